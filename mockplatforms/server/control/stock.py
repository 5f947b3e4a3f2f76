"""The ground truth of stock: every record, listing and reservation behind a seller SKU."""

from __future__ import annotations

from typing import Any

from ...domain import products, shops
from ...domain.orders import ORDERS, Status
from ...domain.phases import Platform
from ...domain.products import Product, Sku
from ...domain.shops import WAREHOUSES, Seller
from ...domain.world import World
from ...gateway.guesses import nearest
from . import naming
from .routes import SELLER, Ask, Json, Problem, Route

HOLDING = (Status.PAID, Status.ACCEPTED, Status.PARTLY_ARRANGED, Status.ARRANGED)  # units are held from payment until the courier has them


async def show(ask: Ask) -> Any:
    world, text = ask.world, ask.query["sku"]
    owners = [ask.seller] if ask.query.get("seller") else shops.sellers(world)
    records = [_record(world, owner, record, sku) for owner in owners for record, sku in products.by_seller_sku(world, owner.serial, text)]
    if not records:
        known = [name for owner in owners for name in naming.seller_skus(world, owner.serial)]
        close = nearest(text, known)
        meant = f"; did you mean {', '.join(map(repr, close))}?" if close else ""
        raise Problem(
            404,
            "unknown",
            "There is no such seller SKU",
            f"no product carries the seller SKU {text!r} (to the letter: case and spaces count){meant}",
            candidates=close,
        )
    return {
        "sku": text,
        "records": records,
        "available": sum(row["available"] for row in records if row["merged_into"] is None),
        "committed": sum(row["committed"] for row in records if row["merged_into"] is None),
        "reservations": _reservations(world, owners, text),
    }


def _record(world: World, owner: Seller, record: Product, sku: Sku) -> Json:
    """One record: after the merge a Tokopedia product and its copy are one."""
    survivor = (
        None if record.merged_into is None else naming.wire(world, "product", products.living(world, record).serial, Platform.TIKTOK_SHOP)
    )
    return {
        "seller": owner.key,
        **naming.sku_view(world, record, sku),
        "home": record.home.value,
        "copied": naming.instant(record.copied),
        "merged_into": survivor,
        "price": sku.price,
        "listings": {
            "tokopedia": None if record.tokopedia is None else record.tokopedia.value,
            "tiktok_shop": None if record.tiktok_shop is None else record.tiktok_shop.value,
        },
        "stock": [
            {
                "warehouse_id": {platform.value: naming.wire(world, "warehouse", held.warehouse, platform) for platform in Platform},
                "name": getattr(world.get(WAREHOUSES, held.warehouse), "name", None),
                "available": held.available,
                "committed": held.committed,
            }
            for held in sku.stock
        ],
        "available": sku.available,
        "committed": sku.committed,
    }


def _reservations(world: World, owners: list[Seller], text: str) -> list[Json]:
    """Orders that hold units of this seller SKU: paid, and not with the courier yet."""
    shelf = world.shelf(ORDERS)
    held = []
    for owner in owners:
        for platform in Platform:
            for status in HOLDING:
                for order in shelf.page("by_status_created", (owner.serial, platform, status), (owner.serial, platform, status + "\0")):
                    units = sum(item.quantity for item in order.units if item.seller_sku == text)
                    if units:
                        held.append(
                            {
                                "order": order.key,
                                "order_id": naming.order_id(world, order),
                                "platform": platform.value,
                                "status": status.value,
                                "quantity": units,
                            }
                        )
    return held


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/workspaces/{id}/stock",
        show,
        "Every record, listing and reservation behind a seller SKU",
        query={**SELLER, "sku": {"t": "str", "req": True, "help": "to the letter"}},
        answer={
            "sku": "KAOS-01",
            "records": [{"seller": "toko", "home": "tokopedia", "available": 12, "committed": 1}],
            "available": 12,
            "committed": 1,
            "reservations": [{"order": "order-4711", "order_id": 1104711223, "platform": "tokopedia", "status": "paid", "quantity": 1}],
        },
    ),
)
