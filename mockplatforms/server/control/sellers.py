"""Sellers: more of them under the same apps, and those that leave."""

from __future__ import annotations

from typing import Any

from ...domain import developers, leaving, seeding, shops
from ...domain.phases import Platform
from .. import fixtures
from ..simulator import ready_tokens
from .routes import Ask, Problem, Route
from .workspaces import SELLER_SPEC, seller_view


async def every(ask: Ask) -> Any:
    workspace = ask.workspace
    return {"sellers": [seller_view(workspace, seller) for seller in shops.sellers(workspace.world)]}


async def one(ask: Ask) -> Any:
    return seller_view(ask.workspace, ask.seller)


async def add(ask: Ask) -> Any:
    """A seller more, with shops, warehouses and products, and ready tokens where it has a TikTok Shop shop."""
    try:
        serial = ask.apply(seeding.add_seller, fixtures.catalogue(), dict(ask.body))
    except ValueError as no:
        raise Problem(422, "invalid", "The seller cannot be", str(no)) from None
    world = ask.world
    seller = shops.seller(world, serial)
    if seller.tiktok_shop is not None and shops.shop(world, seller.tiktok_shop).authorised:
        ask.apply(ready_tokens, developers.app(world, Platform.TIKTOK_SHOP).serial, serial, seller.key)
    return 201, seller_view(ask.workspace, seller)


async def remove(ask: Ask) -> Any:
    seller = ask.seller
    ask.apply(leaving.leave, seller.serial)
    return {"seller": seller.key, "deleted": True}


_ANSWER = {
    "seller": "toko",
    "name": "Toko",
    "phase": "PRE_MERGE",
    "road": "rehearsal",
    "migrates": True,
    "tokopedia": {"shop_id": 10479573, "name": "Toko", "domain": "toko", "kind": "test"},
    "tiktok_shop": {
        "shop_id": "7494…",
        "shop_cipher": "ROW_…",
        "authorised": True,
        "auth_code": "ROW_…",
        "access_token": "ROW_…",
        "refresh_token": "ROW_…",
    },
}
_AT = "/workspaces/{id}/sellers"

ROUTES: tuple[Route, ...] = (
    Route("GET", _AT, every, "The sellers of a workspace, each with phase, shops and tokens", answer={"sellers": [_ANSWER]}),
    Route(
        "POST",
        _AT,
        add,
        "A seller more under the same apps",
        body=SELLER_SPEC,
        example={"key": "baru", "products": 20},
        answer=_ANSWER,
        status=201,
    ),
    Route("GET", _AT + "/{seller}", one, "One seller", answer=_ANSWER),
    Route(
        "DELETE",
        _AT + "/{seller}",
        remove,
        "A seller leaves, with everything that was the seller's",
        answer={"seller": "toko", "deleted": True},
    ),
)
