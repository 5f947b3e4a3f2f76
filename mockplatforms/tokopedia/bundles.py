"""Bundles: products sold together, or one product sold in quantity."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from ..domain import products, promotions
from ..domain.phases import Family, Platform
from ..domain.products import Product, Sku
from ..domain.promotions import BUNDLES, MULTIPLE, SINGLE, Bundle, BundleItem
from ..domain.shops import default_warehouse, warehouses
from ..domain.table import TOP
from ..domain.world import World
from ..gateway.call import Call
from . import asked, ids
from .catalog import CATALOG
from .products import item
from .words import refuse

_T = Platform.TOKOPEDIA
_WRITE: dict[str, Any] = {"family": Family.PROMOTION, "effect": "write"}
_READ: dict[str, Any] = {"family": Family.PRODUCT_READ, "effect": "read"}
ACTIVE, UPCOMING, CANCELLED = 1, 2, -5  # documented
MOST = 10  # products of one bundle (inferred)


def status(bundle: Bundle, now: int) -> int:
    if bundle.cancelled or (bundle.stop and bundle.stop <= now):
        return CANCELLED
    return ACTIVE if bundle.begin <= now else UPCOMING


def _shop(call: Call) -> None:
    if not asked.text(call, "shop_id"):
        raise refuse("BDL_DLV_002", "the query carries no shop_id", "shop_id", "", "int")


@CATALOG.endpoint("POST", "/v1/products/bundle/fs/{fs_id}/create", source="createBundle", **_WRITE)
def create(call: Call) -> dict[str, Any]:
    """A bundle of several products (type 2), or of one product in several quantities (type 1), each of which is a bundle of its own."""
    _shop(call)
    given = asked.fields(call, bad="BDL_DLV_001")
    wanted: dict[str, Any] = given["bundle"] if isinstance(given.get("bundle"), dict) else given
    name = wanted.get("bundle_name")
    kind, begin, stop = asked.whole(wanted.get("bundle_type")), asked.whole(wanted.get("start_time_unix")), asked.whole(wanted.get("stop_time_unix") or 0)
    if not isinstance(name, str) or not 3 <= len(name.strip()) <= 15:
        raise refuse("BDL_DLV_002", "bundle_name has 3 to 15 characters", "bundle_name", name, "string")
    if kind not in (SINGLE, MULTIPLE):
        raise refuse("BDL_DLV_013", f"bundle_type is {wanted.get('bundle_type')!r}")
    if begin is None or stop is None or (stop and stop <= max(begin, call.now.wire)):
        raise refuse("BDL_DLV_002", "start_time_unix and stop_time_unix are unix seconds, the latter later, or 0", "start_time_unix", begin, "int")
    rows = wanted.get("bundle_items")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise refuse("BDL_DLV_001", "bundle_items is a list of objects")
    if not (1 if kind == SINGLE else 2) <= len(rows) <= MOST:
        raise refuse("BDL_USC_003", f"{len(rows)} items were given")
    items = [_item(call, row, kind) for row in rows]
    _together(items, kind)
    made = Bundle(
        0,
        0,
        call.seller.serial,
        name.strip(),
        kind,
        begin,
        stop,
        _warehouses(call, wanted.get("warehouse_id")),
        tuple(items),
        asked.whole(wanted.get("max_order")) or 0,
        asked.whole(wanted.get("original_quota")) or 0,
    )
    every = tuple(made.but(items=(one,)) for one in items) if kind == SINGLE else (made,)
    serials = call.apply(promotions.bundle, every)
    return {"bundle_ids": [ids.bundle(call.world).wire(serial) for serial in serials]}


def _item(call: Call, row: dict[str, Any], kind: int) -> BundleItem:
    world = call.world
    found = item(world, row.get("product_id"), call.seller.serial)
    if found is None:
        raise refuse("PRD_GRPC_002", f"product {row.get('product_id')!r} is none of this shop's", status=400)
    record, sku = found
    price, least = asked.whole(row.get("bundle_price")), asked.whole(row.get("min_order") or 1)
    if price is None or least is None or price < 0:
        raise refuse("BDL_DLV_002", "bundle_price and min_order are whole numbers", "bundle_price", row.get("bundle_price"), "float")
    if kind == SINGLE and least <= 1:
        raise refuse("BDL_USC_007", f"min_order is {least}")
    variants = _variants(world, record, row.get("children"))
    if not variants and price >= min(one.price for one in ((sku,) if sku is not None else record.skus)):
        raise refuse("BDL_USC_009", f"bundle_price {price} is not lower than the product's price")
    if not sum(one.available for one in ((sku,) if sku is not None else record.skus)):
        raise refuse("BDL_USC_010", "the product has no stock")
    return BundleItem(record.serial, sku.serial if sku is not None else 0, price, least, asked.whole(row.get("status")) != 2, variants)


def _variants(world: World, record: Product, children: Any) -> tuple[tuple[int, int], ...]:
    if not children:
        return ()
    known = {ids.product(world).wire(one.serial): one for one in record.skus} if record.axes else {}
    found = []
    for row in children if isinstance(children, list) else [None]:
        one = known.get(asked.whole(row.get("variant_id")) or 0) if isinstance(row, dict) else None
        price = asked.whole(row.get("variant_price")) if isinstance(row, dict) else None
        if one is None or price is None:
            raise refuse("BDL_USC_012", f"{row!r} is no variant of this product with a price")
        if price >= one.price:
            raise refuse("BDL_USC_009", f"variant_price {price} is not lower than {one.price}")
        found.append((one.serial, price))
    return tuple(found)


def _together(items: list[BundleItem], kind: int) -> None:
    things = [(one.product, one.sku) for one in items]
    if kind == MULTIPLE and len(set(things)) < len(things):
        raise refuse("BDL_USC_004", "a product is in the bundle twice")
    if kind == SINGLE and len(set(things)) > 1:
        raise refuse("BDL_USC_005", "a single bundle is of one product")
    if kind == SINGLE and len({one.min_order for one in items}) < len(items):
        raise refuse("BDL_USC_006", "two items have the same min_order")


def _warehouses(call: Call, given: Any) -> tuple[int, ...]:
    world = call.world
    named = given if isinstance(given, list) else [given] if given else []
    if not named:
        return (default_warehouse(world, call.seller.serial, _T).serial,)
    found = [ids.warehouse(world).read(one) for one in named]
    mine = {place.serial for place in warehouses(world, call.seller.serial, _T)}
    if any(serial not in mine for serial in found):
        raise refuse("PRD_USC_029", f"warehouse_id is {given!r}: one of this shop's is wanted")
    return tuple(serial for serial in found if serial is not None)


@CATALOG.endpoint("PATCH", "/v1/products/bundle/fs/{fs_id}/edit", source="cancelBundle", **_WRITE)
def cancel(call: Call) -> dict[str, Any]:
    """A bundle off sale, the only edit that there is."""
    _shop(call)
    given = asked.fields(call, bad="BDL_DLV_001")
    wanted: dict[str, Any] = given["bundle"] if isinstance(given.get("bundle"), dict) else given
    held = _find(call, wanted.get("bundle_id"))
    call.apply(promotions.unbundle, held.serial)
    return {"bundle_id": ids.bundle(call.world).wire(held.serial)}


def _find(call: Call, given: Any) -> Bundle:
    serial = ids.bundle(call.world).read(given)
    held = call.world.get(BUNDLES, serial) if serial is not None else None
    if held is None or held.seller != call.seller.serial:
        raise refuse("BDL_USC_002", f"bundle {given!r} is none of this shop's")
    return held


@CATALOG.endpoint("GET", "/v1/products/bundle/fs/{fs_id}/list", source="getBundleList", **_READ)
def bundles(call: Call) -> dict[str, Any]:
    """The bundles of one type, group after group, from ``last_group_id`` on."""
    _shop(call)
    world = call.world
    kind = asked.number(call, "type", bad="BDL_DLV_013")
    if kind not in (SINGLE, MULTIPLE):
        raise refuse("BDL_DLV_013", f"type is {kind}")
    wanted = asked.number(call, "status", bad="BDL_DLV_002", default=0)
    last = asked.number(call, "last_group_id", bad="BDL_DLV_002", default=0)
    after = (ids.bundle(world).serial(last) or 0) if last else 0
    rows = world.shelf(BUNDLES).page("by_group", (call.seller.serial, kind, after + 1), (call.seller.serial, kind, TOP))
    fit = [row for row in rows if not wanted or status(row, call.now.wire) == wanted]
    groups = [list(held) for _, held in groupby(fit, key=lambda row: row.group)]
    page = groups[:20]
    wire = ids.bundle(world).wire
    return {
        "bundle_list_info": [{**_info(call, row), "bundle_list_item": [_listed(world, row, one) for one in row.items], "sold": 0, "total_bundle_group": len(group)} for group in page for row in group],
        "is_last_page": len(groups) <= 20,
        "last_group_id": wire(page[-1][0].group) if page else 0,
    }


def _info(call: Call, row: Bundle) -> dict[str, Any]:
    wire = ids.bundle(call.world).wire
    return {
        "group_id": wire(row.group),
        "bundle_id": wire(row.serial),
        "name": row.name,
        "type": row.kind,
        "status": status(row, call.now.wire),
        "shop_id": ids.shop(call.world).wire(call.shop.serial),
        "start_time_unix": row.begin,
        "stop_time_unix": row.stop,
    }


def _thing(world: World, one: BundleItem) -> tuple[Product, Sku | None]:
    record = products.find(world, one.product)
    return record, products.sku_of(record, one.sku) if one.sku else None


def _listed(world: World, row: Bundle, one: BundleItem) -> dict[str, Any]:
    record, sku = _thing(world, one)
    wire = ids.product(world).wire
    normal = sku.price if sku is not None else min(each.price for each in record.skus)
    return {
        "bundle_id": ids.bundle(world).wire(row.serial),
        "product_id": wire(one.sku or one.product),
        "name": record.name,
        "pic_url": record.images[0] if record.images else "",
        "product_url": f"https://www.tokopedia.com/product/{wire(one.sku or one.product)}",
        "status": 1 if one.is_shown else 2,
        "quantity": one.min_order,
        "child_ids": [wire(serial) for serial, _ in one.variants],
        "discount_percentage": round(100 * (normal - one.price) / normal) if normal else 0,
        "min_order": one.min_order,
    }


@CATALOG.endpoint("GET", "/v1/products/bundle/fs/{fs_id}/info", source="getBundleInfo", **_READ)
def info(call: Call) -> dict[str, Any]:
    """A bundle in full, or every bundle of a product."""
    _shop(call)
    world = call.world
    if asked.text(call, "bundle_id"):
        rows = [_find(call, asked.number(call, "bundle_id", bad="BDL_DLV_002"))]
    elif asked.text(call, "product_id"):
        found = item(world, asked.number(call, "product_id", bad="BDL_DLV_002"), call.seller.serial)
        if found is None:
            raise refuse("BDL_USC_002", f"product {asked.text(call, 'product_id')} is none of this shop's")
        rows = world.shelf(BUNDLES).page("by_product", (found[0].serial,), (found[0].serial + 1,))
    else:
        raise refuse("BDL_DLV_001", "the query names no bundle and no product")
    return {"bundle_info": [_full(call, row) for row in rows], "error": {}}


def _full(call: Call, row: Bundle) -> dict[str, Any]:
    world = call.world
    quota = {"quota": row.quota, "original_quota": row.quota, "max_order": row.max_order}
    preorder = {"status": "INACTIVE", "status_num": 0, "process_type": "", "process_type_num": 0, "start_time": "", "end_time": "", "order_limit": 0, "max_order": 0, "process_day": 0, "process_time": 0}
    place = ids.warehouse(world).wire(row.warehouses[0]) if row.warehouses else 0
    return {**_info(call, row), "bundle_item": [_item_in_full(world, one) for one in row.items], "warehouse_id": place, **quota, "preorder": preorder}


def _item_in_full(world: World, one: BundleItem) -> dict[str, Any]:
    record, sku = _thing(world, one)
    wire = ids.product(world).wire
    picture = record.images[0] if record.images else ""
    skus = (sku,) if sku is not None else record.skus
    prices = dict(one.variants)
    return {
        "product_id": wire(one.sku or one.product),
        "name": record.name,
        "pic_url": picture,
        "status": 1 if one.is_shown else 2,
        "selection": [],
        "child": [
            {
                "product_id": wire(each.serial),
                "name": ", ".join(each.options),
                "pic_url": each.image or picture,
                "min_order": one.min_order,
                "bundle_price": prices.get(each.serial, one.price),
                "original_price": each.price,
                "stock": each.available,
                "option_id": [],
                "is_buyable": each.available > 0,
            }
            for each in record.skus
            if record.axes and sku is None
        ],
        "bundle_price": one.price,
        "original_price": min(each.price for each in skus),
        "stock": sum(each.available for each in skus),
        "min_order": one.min_order,
        "product_status": "ACTIVE" if record.tokopedia is products.Listing.ACTIVATE else "INACTIVE",
    }
