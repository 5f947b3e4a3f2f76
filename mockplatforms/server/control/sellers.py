"""Sellers: more of them under the same apps, and those that leave."""

from __future__ import annotations

from typing import Any

from ...domain import developers, leaving, seeding, shops
from ...domain.phases import Platform
from ...domain.shops import CATEGORIES, Shop
from ...domain.world import World
from ...tiktok_shop.categories import ITEMS
from .. import fixtures
from ..simulator import ready_tokens
from .routes import Ask, Json, Problem, Route
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


# ---- whether the seller's TikTok Shop shop can list products ------------------------------------------------------------------------------


def _shop(ask: Ask) -> Shop:
    """The seller's TikTok Shop shop. Raises Problem where there is none."""
    owner = ask.seller
    if owner.tiktok_shop is None:
        raise Problem(409, "no-shop", "There is no shop", f"seller {owner.key!r} has no TikTok Shop shop: it is born at the merge")
    return shops.shop(ask.world, owner.tiktok_shop)


def _listing(ask: Ask, shop: Shop) -> Json:
    restricted = [row for serial in shop.qualified if (row := ask.world.get(CATEGORIES, serial)) is not None]
    return {"seller": ask.seller.key, "unmet": list(shop.unmet), "qualified_categories": [str(row.tiktok_shop) for row in restricted]}


async def listing(ask: Ask) -> Any:
    return _listing(ask, _shop(ask))


async def put_listing(ask: Ask) -> Any:
    """What is left out stays as it is."""
    shop, body = _shop(ask), ask.body
    if not body:
        raise Problem(422, "missing", "Nothing to change", "give unmet or qualified_categories", field="unmet")
    unmet = tuple(dict.fromkeys(body.get("unmet", shop.unmet)))
    qualified = tuple(_restricted(ask.world, text) for text in dict.fromkeys(body["qualified_categories"])) if "qualified_categories" in body else shop.qualified
    ask.apply(shops.prepare, shop.serial, unmet=unmet, qualified=qualified)
    return _listing(ask, _shop(ask))


def _restricted(world: World, text: str) -> int:
    """The serial of a restricted category. Raises Problem with those that there are."""
    every = [row for row in world.shelf(CATEGORIES).page("by_serial") if row.permission and not {"CLOSED", "PROHIBITED"} & set(row.permission)]
    found = next((row for row in every if str(row.tiktok_shop) == text), None)
    if found is None:
        known = ", ".join(f"{row.tiktok_shop} ({row.name})" for row in every)
        detail = f"{text!r} is no category that a seller can be let into; there are {known}"
        raise Problem(422, "invalid", "A category that cannot be", detail, field="qualified_categories", candidates=[str(row.tiktok_shop) for row in every])
    return found.serial


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
_LISTING = {"seller": "toko", "unmet": ["BANk_ACCOUNT"], "qualified_categories": []}

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
    Route("GET", _AT + "/{seller}/listing", listing, "What keeps the seller's TikTok Shop shop from listing products", answer=_LISTING),
    Route(
        "PUT",
        _AT + "/{seller}/listing",
        put_listing,
        "What keeps the seller's TikTok Shop shop from listing products, and the restricted categories that it was let into",
        body={
            "unmet": {
                "t": "list",
                "items": {"t": "str", "enum": list(ITEMS)},
                "help": "what the seller has yet to do, as Check Listing Prerequisites names it; [] for nothing",
            },
            "qualified_categories": {"t": "list", "items": {"t": "str"}, "help": "TikTok Shop ids of restricted categories; [] for none"},
        },
        example={"unmet": ["BANk_ACCOUNT"]},
        answer=_LISTING,
    ),
    Route(
        "DELETE",
        _AT + "/{seller}",
        remove,
        "A seller leaves, with everything that was the seller's",
        answer={"seller": "toko", "deleted": True},
    ),
)
