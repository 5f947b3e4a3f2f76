"""Slash prices: planned, changed, cancelled and viewed; each changes what buyers pay while it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..domain import promotions
from ..domain.errors import Invalid, PromotionUnknown, Refused
from ..domain.phases import Family, Platform
from ..domain.products import Product, Sku, find, sku_of
from ..domain.promotions import SLASH_PRICES, SlashPrice
from ..domain.shops import default_warehouse
from ..domain.table import TOP
from ..domain.world import World
from ..gateway.call import Call
from . import asked, ids, jakarta
from .catalog import CATALOG
from .products import item
from .reference import rupiah
from .words import refuse

_T = Platform.TOKOPEDIA
_WRITE: dict[str, Any] = {"family": Family.PROMOTION, "effect": "write"}
_READ: dict[str, Any] = {"family": Family.PRODUCT_READ, "effect": "read"}
MOST = 100  # rows of one call (inferred from the price calls)


def slash_id(world: World, serial: int) -> int:
    return ids.promotion(world).wire(serial)


def _rows(call: Call) -> list[dict[str, Any]]:
    if not asked.text(call, "shop_id"):
        raise refuse("SPE_DLV_004", "the query carries no shop_id")
    given = asked.body(call, bad="SPE_DLV_006")
    return asked.rows(given, "products", MOST, too_many="SPE_DLV_007", empty="SPE_DLV_006", bad="SPE_DLV_006")


class _Wrong(Refused):
    """A row that cannot be."""


def _target(call: Call, world: World, row: dict[str, Any]) -> tuple[Product, Sku]:
    found = item(world, row.get("product_id"), call.seller.serial)
    if found is None:
        raise _Wrong("Product ID does not belong to Shop ID or Warehouse ID")
    record, sku = found
    if sku is None and record.axes:
        raise _Wrong("a parent has no slash price of its own: name its variants")
    return record, sku or record.skus[0]


def _bulk(call: Call, name: str, change: Callable[[World, dict[str, Any]], World]) -> dict[str, Any]:
    rows = _rows(call)
    meters, source = call.workspace.meters, call.endpoint.source

    def one(world: World, row: dict[str, Any]) -> World:
        if meters.mode == "enforce" and not meters.draw(("tokopedia", "rows", source), source, 50).allowed:
            raise _Wrong("ERR_TOO_MANY_REQUEST")
        return change(world, row)

    failed = []
    for row, no in zip(rows, call.each(rows, one), strict=True):
        if no is not None:
            call.refused.append(("row", str(no)))
            failed.append(f"Error Product ID [{row.get('product_id', 0)}] : Failed {name} Slash Price : {no}")
    return {"total_data": len(rows), "succeed_rows": len(rows) - len(failed), "failed_rows": len(failed), "failed_rows_data": failed or None}


def _terms(record: Product, sku: Sku, row: dict[str, Any]) -> dict[str, int]:
    """Price, times and quantity of a row; the price by itself or as a percentage off."""
    price, percentage = asked.whole(row.get("discounted_price")), asked.whole(row.get("discount_percentage"))
    if not price and not percentage:
        raise _Wrong("discounted_price or discount_percentage is required")
    if not price and percentage is not None and not 1 <= percentage <= 99:
        raise _Wrong("discount_percentage lies from 1 to 99")
    values = {name: asked.whole(row.get(name)) for name in ("start_time_unix", "end_time_unix", "max_order")}
    for name, value in values.items():
        if value is None:
            raise _Wrong(f"{name} is required")
    return {
        "price": price or sku.price * (100 - (percentage or 0)) // 100,
        "begin": values["start_time_unix"] or 0,
        "end": values["end_time_unix"] or 0,
        "max_order": values["max_order"] or 0,
    }


@CATALOG.endpoint("POST", "/v1/slash-price/fs/{fs_id}/add", source="addSlashPrice", **_WRITE)
def add(call: Call) -> dict[str, Any]:
    """Plan slash prices; each begins five minutes from now at the soonest."""

    def change(world: World, row: dict[str, Any]) -> World:
        record, sku = _target(call, world, row)
        return promotions.slash(world, record, sku.serial, **_terms(record, sku, row)).world

    return _bulk(call, "Add", change)


@CATALOG.endpoint("POST", "/v1/slash-price/fs/{fs_id}/update", source="updateSlashPrice", **_WRITE)
def update(call: Call) -> dict[str, Any]:
    """Change slash prices that are not over."""

    def change(world: World, row: dict[str, Any]) -> World:
        record, sku = _target(call, world, row)
        return promotions.reslash(world, record, sku.serial, **_terms(record, sku, row))

    return _bulk(call, "Update", change)


@CATALOG.endpoint("POST", "/v1/slash-price/fs/{fs_id}/cancel", source="cancelSlashPrice", **_WRITE)
def cancel(call: Call) -> dict[str, Any]:
    """End slash prices before their time."""

    def change(world: World, row: dict[str, Any]) -> World:
        serial = ids.promotion(world).read(row.get("slash_price_product_id"))
        held = world.get(SLASH_PRICES, serial) if serial is not None else None
        if held is None or held.seller != call.seller.serial:
            raise PromotionUnknown("slash_price_product_id is none of this shop's")
        _, sku = _target(call, world, row)
        if held.sku != sku.serial:
            raise Invalid("slash_price_product_id is another product's", "product_id")
        return promotions.end(world, held.serial, status="CANCELLED")

    return _bulk(call, "Cancel", change)


# ---- viewing ---------------------------------------------------------------------------------------------------------------------------------------------

STATUS_ID = {"SCHEDULED": 1, "ONGOING": 2, "ENDED": 3, "CANCELLED": 3}  # 2 and 3 documented, 1 inferred


@CATALOG.endpoint("GET", "/v2/slash-price/fs/{fs_id}/view", source="viewSlashPrice", **_READ)
def view(call: Call) -> list[dict[str, Any]]:
    """Slash prices that hold or will hold, page by page."""
    if not asked.text(call, "shop_id", "warehouse_id", "product_id"):
        raise refuse("SPE_DLV_004", "the query names no shop, warehouse or product")
    rows = _page(call, {"SCHEDULED": ("SCHEDULED",), "ONGOING": ("ONGOING",), "PAUSED": (), "": ("SCHEDULED", "ONGOING")})
    return [_told(call, slash, *_thing(call.world, slash)) for slash in rows]


def _page(call: Call, meanings: dict[str, tuple[str, ...]]) -> list[SlashPrice]:
    world = call.world
    number = asked.number(call, "page", bad="SPE_DLV_005")
    size = asked.number(call, "per_page", bad="SPE_DLV_005")
    if not 1 <= size <= 100 or number < 1:
        raise refuse("SPE_DLV_007", f"page is {number}, per_page {size}: from 1, and 1 to 100", "per_page", "max", 100)
    status = asked.text(call, "status").upper()
    if status not in meanings:
        raise refuse("SPE_DLV_008", f"status is {status!r}", status, "status", ", ".join(name for name in meanings if name))
    every = world.shelf(SLASH_PRICES).page("by_seller", (call.seller.serial,), (call.seller.serial, TOP), reverse=True)
    rows = [slash for slash in every if slash.status in meanings[status]]
    if asked.text(call, "product_id"):
        found = item(world, asked.text(call, "product_id"), call.seller.serial)
        if found is None:
            raise refuse("SPE_USC_002", f"product {asked.text(call, 'product_id')} is none of this shop's")
        if found[1] is None and found[0].axes:
            raise refuse("SPE_USC_004", "that product is a parent: ask for its variants")
        rows = [slash for slash in rows if slash.sku == (found[1] or found[0].skus[0]).serial]
    return rows[(number - 1) * size : number * size]


def _thing(world: World, slash: SlashPrice) -> tuple[Product, Sku]:
    record = find(world, slash.product)
    return record, sku_of(record, slash.sku)


def _told(call: Call, slash: SlashPrice, record: Product, sku: Sku) -> dict[str, Any]:
    world = call.world
    place = default_warehouse(world, slash.seller, _T)
    wire = ids.product(world).wire(sku.serial if record.axes else record.serial)
    price = {"min": sku.price, "min_formated": rupiah(sku.price), "max": sku.price, "max_formated": rupiah(sku.price)}
    return {
        "slash_price_product_id": slash_id(world, slash.serial),
        "product_id": wire,
        "name": record.name if not record.axes else f"{record.name} - {', '.join(sku.options)}",
        "price": price,
        "stock": sku.available,
        "url": f"https://www.tokopedia.com/product/{wire}",
        "sku": sku.seller_sku,
        "discounted_price": slash.price,
        "discounted_percentage": slash.percentage,
        "max_order": slash.max_order,
        "start_date": jakarta.local(slash.begin),
        "end_date": jakarta.local(slash.end),
        "warehouses": [
            {
                "warehouse_id": ids.warehouse(world).wire(place.serial),
                "warehouse_name": place.name,
                "warehouse_location": place.address.city,
                "warehouse_stock": sku.available,
                "initial_quota": 0,
                "max_order": slash.max_order,
                "event_id": 0,
            }
        ],
        "slash_price_status_id": STATUS_ID[slash.status],
    }


@CATALOG.endpoint("GET", "/v1/slash-price/fs/{fs_id}/view", source="viewSlashPriceV1", **_READ)
def view_v1(call: Call) -> dict[str, Any]:
    """The same in its first version."""
    if not asked.text(call, "shop_id"):
        raise refuse("SPE_DLV_004", "the query carries no shop_id")
    every = ("SCHEDULED", "ONGOING", "ENDED", "CANCELLED")
    meanings = {"": every, "ALL": every, "ACTIVE": ("ONGOING",), "INACTIVE": ("ENDED", "CANCELLED"), "COMING_SOON": ("SCHEDULED",), "REDIRECTED": ()}
    return {"shop_id": ids.shop(call.world).wire(call.shop.serial), "products": [_told_v1(call, slash) for slash in _page(call, meanings)]}


def _told_v1(call: Call, slash: SlashPrice) -> dict[str, Any]:
    world = call.world
    record, sku = _thing(world, slash)
    wire = ids.product(world).wire
    name = {"SCHEDULED": "Coming Soon", "ONGOING": "Active"}.get(slash.status, "Inactive")
    return {
        "product_id": wire(sku.serial if record.axes else record.serial),
        "product_name": record.name,
        "product_url": f"https://www.tokopedia.com/product/{wire(record.serial)}",
        "status": 1,
        "status_tree": 0,
        "parent_id": wire(record.serial) if record.axes else 0,
        "slash_price_product_id": slash_id(world, slash.serial),
        "slash_price_child_ids": None,
        "product_cover": record.images[0] if record.images else "",
        "etalase": ids.etalase(world).wire(record.etalase) if record.etalase else 0,
        "original_price": sku.price,
        "discounted_price": slash.price,
        "discount_percentage": slash.percentage,
        "start_time_standard": jakarta.local(slash.begin),
        "end_time_standard": jakarta.local(slash.end),
        "start_time": jakarta.local(slash.begin),
        "end_time": jakarta.local(slash.end),
        "initial_quota": 0,
        "remaining_quota": 0,
        "max_order": slash.max_order,
        "slash_price_status_id": STATUS_ID[slash.status],
        "slash_price_status_name": name,
        "join_flashsale": False,
        "use_warehouse": False,
    }


@CATALOG.endpoint("GET", "/v1/campaign/fs/{fs_id}/view", source="viewCampaignProducts", **_READ)
def campaigns(call: Call) -> dict[str, Any]:
    """The campaigns of named products; amounts are texts."""
    world = call.world
    if not asked.text(call, "shop_id"):
        raise refuse("CMP_DLV_001", "the query carries no shop_id", "shop_id", "", "int")
    named = asked.many(call, "product_id")
    if not named:
        raise refuse("CMP_DLV_004", "the query carries no product_id")
    if not all(text.isascii() and text.isdigit() for text in named):
        raise refuse("CMP_DLV_002", f"product_id is {','.join(named)[:60]!r}")
    if len(named) > 20:
        raise refuse("CMP_DLV_003", f"{len(named)} products, 20 at most", "product_id", "max", 20)
    rows = []
    for text in named:
        found = item(world, text, call.seller.serial)
        if found is None:
            raise refuse("CMP_USC_002", f"product {text} is none of this shop's")
        rows.append(_campaign(world, found[0], found[1] or found[0].skus[0]))
    return {"products": rows, "total_product": len(rows)}


def _campaign(world: World, record: Product, sku: Sku) -> dict[str, Any]:
    wire = ids.product(world).wire(sku.serial if record.axes else record.serial)
    slash = promotions.of_sku(world, sku.serial)
    told = {"ID": wire, "price": rupiah(sku.slashed or sku.price), "shop": {}, "max_order": 0, "price_unfmt": str(sku.slashed or sku.price), "min_order": record.min_order}
    if slash is None:
        return {**told, "campaign": {}}
    return {
        **told,
        "max_order": slash.max_order,
        "campaign": {
            "campaignID": 0,
            "slash_price_product_id": slash_id(world, slash.serial),
            "discount_percentage": slash.percentage,
            "discounted_price": str(slash.price),
            "original_price": str(sku.price),
            "custom_stock": sku.available,
            "campaign_status": STATUS_ID[slash.status],
            "start_date": jakarta.local(slash.begin),
            "end_date": jakarta.local(slash.end),
            "campaign_type_name": "Slash Price",
            "campaign_short_name": "Slash Price",
            "max_order": slash.max_order,
            "discounted_price_fmt": rupiah(slash.price),
            "original_price_fmt": rupiah(sku.price),
            "original_stock": sku.available,
            "min_order": record.min_order,
            "additional_cart_info": {"timer_detail": {}},
            "stock_wording": {},
        },
    }
