"""Products: told by id, shop or SKU, made and changed, listed and taken off; their prices and their stock."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import orjson

from ..domain import migration, once, products, shops, uploads
from ..domain.errors import Refused, SkuUnknown
from ..domain.phases import Family, Platform
from ..domain.products import PRODUCTS, Listing, Product, Sku, SkuDraft
from ..domain.shops import CATEGORIES, ETALASES, SELLERS, WAREHOUSES, Category, Warehouse, default_warehouse
from ..domain.table import TOP
from ..domain.uploads import UPLOADS, Row
from ..domain.world import World
from ..gateway.call import Call, Raw
from ..gateway.refusal import Refusal
from ..tiktok_shop import ids as tiktok_ids
from . import asked, ids, statuses
from .auth import LOCKED
from .catalog import CATALOG
from .words import refuse, words

_T = Platform.TOKOPEDIA
Item = tuple[Product, Sku | None]  # a product of Tokopedia's: the record (simple or parent), or one variant of it


# ---- finding ------------------------------------------------------------------------------------------------------------------------------------


def item(world: World, given: object, seller: int | None = None) -> Item | None:
    """The Tokopedia product behind an id of either platform, None where there is none."""
    serial = ids.product(world).read(given)
    record: Product | None = None
    sku: Sku | None = None
    if serial is not None:
        record = world.get(PRODUCTS, serial)
        if record is None:
            try:
                record, sku = products.of_sku(world, serial)
            except SkuUnknown:
                return None
            if not record.axes:
                return None
    else:
        serial = tiktok_ids.product(world).read(given)
        record = world.get(PRODUCTS, serial) if serial is not None else None
        if record is not None and record.copied is None:
            record = None
    if record is None or not products.visible(record, _T) or (seller is not None and record.seller != seller):
        return None
    return record, sku


def _item_at(world: World, key: tuple[Any, ...]) -> Item:
    record = products.find(world, key[-1])
    return record, None if key[1] == record.serial else products.sku_of(record, key[1])


# ---- telling ------------------------------------------------------------------------------------------------------------------------------------


def view(call: Call, record: Product, sku: Sku | None) -> bytes:
    """One product as JSON, from the cache where this version was told before."""
    fragments = call.workspace.fragments
    if sku is None:
        return fragments.of("toko.product", record, lambda row: orjson.dumps(_view(call, row, None)))
    return fragments.of("toko.variant", record, lambda row: orjson.dumps(_view(call, row, sku)), serial=sku.serial)


def _category_tree(world: World, category: Category) -> bytes:
    chain = []
    at: Category | None = category
    while at is not None:
        chain.append({"id": at.tokopedia, "name": at.name, "title": at.name, "breadcrumbURL": f"https://www.tokopedia.com/p/{at.tokopedia}"})
        at = world.get(CATEGORIES, at.parent) if at.parent is not None else None
    return orjson.dumps(chain[::-1])


@lru_cache(maxsize=8192)
def _pictures(wire: int, images: tuple[str, ...]) -> bytes:
    return orjson.dumps(
        [
            {
                "picID": wire * 10 + place,
                "fileName": picture.rpartition("/")[2],
                "filePath": "product-1",
                "status": 2 if place == 0 else 1,
                "OriginalURL": picture,
                "ThumbnailURL": picture,
                "width": 1000,
                "height": 1000,
                "URL300": picture,
            }
            for place, picture in enumerate(images)
        ]
    )


def _view(call: Call, record: Product, sku: Sku | None) -> dict[str, Any]:
    world = call.world
    of = ids.product(world)
    skus = (sku,) if sku is not None else record.skus
    price, stock = min(one.price for one in skus), sum(one.available for one in skus)
    category = shops.on_tokopedia(world, record.category)
    tree = call.workspace.fragments.of("toko.category", category, lambda row: _category_tree(world, row)) if category is not None else b"[]"
    wire = of.wire(record.serial if sku is None else sku.serial)
    shop = _shop(world, record.seller)
    etalase = world.get(ETALASES, record.etalase)
    listing = record.tokopedia or Listing.DELETED
    if sku is not None and not sku.active and listing is Listing.ACTIVATE:
        listing = Listing.SELLER_DEACTIVATED
    name = _name((record, sku))
    url = f"https://www.tokopedia.com/product/{wire}"
    shown: dict[str, Any] = {
        "basic": {
            "productID": wire,
            "shopID": shop,
            "status": statuses.PRODUCT[listing],
            "name": name,
            "condition": 1 if record.condition == "NEW" else 2,
            "childCategoryID": category.tokopedia if category is not None else 0,
            "shortDesc": record.description,
            "mustInsurance": record.must_insurance,
        },
        "price": {"value": price, "currency": 1, "LastUpdateUnix": record.updated.wire, "idr": price},
        "weight": {"value": record.weight, "unit": 2 if record.weight_unit == "KG" else 1},
        "stock": {"useStock": True, "value": stock, "stockWording": "Stok tersedia" if stock else "Stok habis"},
        "main_stock": stock,
        "reserve_stock": sum(one.committed for one in skus),
        "variant": {},
        "menu": {"id": ids.etalase(world).wire(etalase.serial), "name": etalase.name} if etalase is not None else {},
        "preorder": {"duration": record.preorder_days, "unit": 1, "day": record.preorder_days} if record.preorder_days else {},
        "extraAttribute": {"minOrder": record.min_order, "lastUpdateCategory": record.updated.wire, "isEligibleCOD": record.is_cod, "isOnCampaign": record.is_on_campaign or any(one.slashed for one in skus)},
        "categoryTree": orjson.Fragment(tree),
        "pictures": orjson.Fragment(_pictures(of.wire(record.serial), record.images)),
        "GMStats": {"countSold": record.sold} if record.sold else {},
        "stats": {"countView": record.views} if record.views else {},
        "other": {"sku": (record.skus[0].seller_sku if not record.axes else "") if sku is None else sku.seller_sku, "url": url, "mobileURL": url},
        "campaign": {"StartDate": "0001-01-01T00:00:00Z", "EndDate": "0001-01-01T00:00:00Z"},
        "warehouses": [
            {
                "productID": wire,
                "warehouseID": ids.warehouse(world).wire(place),
                "price": {"value": price, "currency": 1, "LastUpdateUnix": record.updated.wire, "idr": price},
                "stock": {"useStock": True, "value": sum(products.held(one, place).available for one in skus)},
            }
            for place in dict.fromkeys(held.warehouse for one in skus for held in one.stock)
        ],
    }
    if record.wholesale:
        ends = [least - 1 for least, _ in record.wholesale[1:]] + [0]
        shown["wholesale"] = [
            {"price": {"value": each, "currency": 1, "idr": each}, "minQuantity": least, "maxQuantity": end}
            for (least, each), end in zip(record.wholesale, ends, strict=True)
        ]
    if record.length:
        shown["volume"] = {"length": record.length, "width": record.width, "height": record.height}
    if record.axes:
        shown["variant"] = {"isParent": True, "isVariant": False, "childrenID": [of.wire(one.serial) for one in record.skus]} if sku is None else {"isVariant": True, "parentID": of.wire(record.serial)}
    if record.copied is not None:
        shown["tts_product_id"] = str(tiktok_ids.product(world).wire(products.living(world, record).serial))
        if world.rules.tts_sku_id and sku is not None:
            shown["tts_sku_id"] = str(tiktok_ids.sku(world).wire(sku.serial))
    return shown


def _shop(world: World, seller: int) -> int:
    owner = world.get(SELLERS, seller)
    return ids.shop(world).wire(owner.tokopedia) if owner is not None and owner.tokopedia is not None else 0


def _told(call: Call, items: list[Item]) -> Raw:
    parts: list[bytes] = [b"["]
    for record, sku in items:
        parts += [view(call, record, sku), b","]
    if items:
        parts.pop()
        call.showed("products", *dict.fromkeys(record.serial for record, _ in items))
    return Raw(*parts, b"]")


@CATALOG.endpoint("GET", "/inventory/v1/fs/{fs_id}/product/info", family=Family.PRODUCT_READ, effect="read", source="getProductInfo")
def product_info(call: Call) -> Raw:
    """Products by id of either platform, by SKU, or page by page of a shop. After the merge each copied one tells ``tts_product_id``."""
    world = call.world
    named = asked.many(call, "product_id", "product")
    if named:
        found = [one for text in named if (one := item(world, text)) is not None]
        if not found:
            raise refuse("PRD_GRPC_001", f"none of {', '.join(named[:5])} is a product of this app's shops", status=400)
        return _told(call, found)
    urls = asked.many(call, "product_url")
    if urls:
        shown = [one for url in urls if (one := item(world, url.rstrip("/").rpartition("/")[2])) is not None]
        if not shown:
            raise refuse("PRD_USC_004", f"{urls[0][:200]!r} is no product's of this app's shops")
        return _told(call, shown)
    skus = asked.many(call, "sku")
    if skus:
        own = [_of_sku(pair) for text in skus for pair in products.by_seller_sku(world, call.seller.serial, text, _T)]
        if not own:
            raise refuse("PRD_GRPC_001", f"no product of this shop has the SKU {skus[0]!r}", status=400)
        return _told(call, own)
    if not asked.text(call, "shop_id", "warehouse_id"):
        raise refuse("PRD_DLV_004", "the query names no product and no shop")
    number = asked.number(call, "page", bad="PRD_DLV_006", missing="PRD_DLV_005")
    size = asked.number(call, "per_page", bad="PRD_DLV_010", missing="PRD_DLV_009")
    if number < 1:
        raise refuse("PRD_DLV_006", f"page is {number}: from 1")
    if not 1 <= size <= 50:
        raise refuse("PRD_DLV_012", f"per_page is {size}: 1 to 50", 50)
    sort = asked.number(call, "sort", bad="PRD_DLV_007", default=1)
    if not 1 <= sort <= 10:
        raise refuse("PRD_DLV_008", f"sort is {sort}: 1 to 10")
    if asked.text(call, "warehouse_id"):
        call.seller = shops.seller(world, _warehouse(call).seller)
    if sort > 1:
        return _told(call, _sorted(call, sort)[(number - 1) * size : number * size])
    after = ids.product(world).read(asked.text(call, "last_sort")) if asked.text(call, "last_sort") else None
    if number > 1 and not after:
        call.notes.append("numbered pages shift while the shop changes: last_sort does not")
    low = (call.seller.serial, (after or 0) + 1)
    index = world.shelf(PRODUCTS).index("tokopedia_items")
    keys = index.page(low, (call.seller.serial, TOP), skip=0 if after else (number - 1) * size, limit=size)
    return _told(call, [_item_at(world, key) for key in keys])


def _warehouse(call: Call) -> Warehouse:
    """The Tokopedia warehouse that the query names."""
    serial = ids.warehouse(call.world).serial(asked.number(call, "warehouse_id", bad="PRD_DLV_019"))
    held = call.world.get(WAREHOUSES, serial) if serial is not None else None
    if held is None or not held.tokopedia:
        raise refuse("RBAC_MDLW_001", f"warehouse {asked.text(call, 'warehouse_id')} is none of this app's shops'")
    return held


def _skus(one: Item) -> tuple[Sku, ...]:
    return one[0].skus if one[1] is None else (one[1],)


def _cost(one: Item) -> int:
    return min(sku.price for sku in _skus(one))


def _units(one: Item) -> int:
    return sum(sku.available for sku in _skus(one))


# ``sort`` → by what (the newer of two tables that clients have; 1 is the order of creation).
SORTS: dict[int, Callable[[Item], Any]] = {
    2: lambda one: -one[0].updated.wire,
    3: lambda one: -one[0].sold,
    4: lambda one: one[0].sold,
    5: lambda one: -_cost(one),
    6: _cost,
    7: lambda one: _name(one).casefold(),
    8: lambda one: [-ord(letter) for letter in _name(one).casefold()] + [1],
    9: _units,
    10: lambda one: -_units(one),
}


def _name(one: Item) -> str:
    record, sku = one
    return record.name if sku is None else f"{record.name} - {', '.join(sku.options)}"


def _sorted(call: Call, sort: int) -> list[Item]:
    """All of a shop's products in another order than that of creation; sorted once for as long as no product changes."""
    world, owner = call.world, call.seller.serial
    shelf = world.shelf(PRODUCTS)

    def every() -> list[Item]:
        keys = shelf.index("tokopedia_items").page((owner, 0), (owner, TOP))
        return sorted((_item_at(world, key) for key in keys), key=SORTS[sort])

    return call.workspace.derived(("tokopedia products", owner, sort), shelf, every)


def _of_sku(pair: tuple[Product, Sku]) -> Item:
    record, sku = pair
    return (record, sku) if record.axes else (record, None)


# ---- price and stock ------------------------------------------------------------------------------------------------------------------------------

_WRITE: dict[str, Any] = {"family": Family.PRICE_STOCK, "effect": "write", "gate": "rows"}


class _Wrong(Refused):
    """A row that cannot be: its text is what the platform prints."""


def _target(call: Call, world: World, row: dict[str, Any]) -> tuple[Product, Sku]:
    """The SKU that a row of a bulk write means; its sku wins over its product_id."""
    text = row.get("sku")
    if isinstance(text, str) and text:
        found = products.by_seller_sku(world, call.seller.serial, text, _T)
        if not found:
            raise _Wrong("Invalid SKU.")
        return found[0]
    one = item(world, row.get("product_id"), call.seller.serial)
    if one is None:
        raise _Wrong("Invalid Product ID.")
    record, sku = one
    if sku is None and record.axes:
        raise _Wrong("Invalid Product ID.")  # a parent has neither price nor stock of its own (inferred)
    return record, sku or record.skus[0]


def _bulk(call: Call, field: str, change: Callable[[World, Product, Sku, dict[str, Any]], World]) -> tuple[dict[str, Any], list[tuple[Product, Sku]]]:
    """Rows of a price or stock write: those refused are told, beside how many went through; and the SKUs that these meant."""
    rows = asked.rows(asked.body(call), "products", 100)
    if not asked.text(call, "shop_id"):
        raise refuse("PRD_DLV_016", "the query carries no shop_id")
    verdict = migration.allows(call.world.rules, call.seller, _T, Family.PRICE_STOCK)
    if not verdict.open and call.world.rules.lock_rows == "403":
        raise refuse(call.world.rules.lock_error_code, verdict.words, reason=LOCKED, status=403, rule="lock_rows")
    if verdict.rule:
        call.inferred("lock_rows" if not verdict.open else verdict.rule, verdict.words)
    shadow = verdict.open and verdict.rule == "modify_after_merge" and call.world.rules.modify_after_merge == "shadow_write"
    meters, source = call.workspace.meters, call.endpoint.source

    def one(world: World, row: dict[str, Any]) -> World:
        if not verdict.open:
            raise _Wrong(f"{LOCKED} ({verdict.words})")
        if meters.mode == "enforce" and not meters.draw(("tokopedia", "rows", source), source, 50).allowed:
            raise _Wrong("ERR_TOO_MANY_REQUEST")
        record, sku = _target(call, world, row)
        changed = world if shadow else change(world, record, sku, row)
        done.append((record, sku))
        return changed

    failed: list[dict[str, Any]] = []
    done: list[tuple[Product, Sku]] = []
    for row, no in zip(rows, call.each(rows, one), strict=True):
        if no is None:
            continue
        said = str(no) if isinstance(no, _Wrong) else (no.message if isinstance(no, Refusal) else words(call, no).message if isinstance(no, Refused) else "")
        call.refused.append(("row", str(no)))
        told: dict[str, Any] = {"sku": row.get("sku") or "", "product_url": "", field: row.get(field, 0), "message": said}
        if not row.get("sku"):
            told = {"product_id": row.get("product_id", 0), **told}
        failed.append(told)
    return {"failed_rows": len(failed), "failed_rows_data": failed, "succeed_rows": len(done)}, done


def _bulk_stock(call: Call, place: int, field: str, change: Callable[[World, Product, Sku, dict[str, Any]], World]) -> dict[str, Any]:
    """As :func:`_bulk`, telling the stock that each row has led to in one warehouse."""
    told, done = _bulk(call, field, change)
    world = call.world
    rows = []
    for record, sku in done:
        held = sku_now(world, record, sku)
        rows.append(
            {
                "productID": ids.product(world).wire(sku.serial if record.axes else record.serial),
                "warehouseID": ids.warehouse(world).wire(place),
                "shopID": ids.shop(world).wire(call.shop.serial),
                "stock": products.held(held, place).available,
                "price": held.price,
            }
        )
    return {**told, "succeed_rows_data": rows, "total_data": told["failed_rows"] + len(rows)}


def sku_now(world: World, record: Product, sku: Sku) -> Sku:
    return products.sku_of(products.find(world, record.serial), sku.serial)


def _place(call: Call, world: World) -> int:
    """The warehouse that a write means: the query's, else the default one."""
    text = asked.text(call, "warehouse_id")
    if not text:
        return default_warehouse(world, call.seller.serial, _T).serial
    serial = ids.warehouse(world).read(text)
    row = world.get(WAREHOUSES, serial) if serial is not None else None
    if row is None or row.seller != call.seller.serial or not row.tokopedia:
        raise refuse("RBAC_MDLW_001", f"warehouse {text} is none of this shop's")
    return row.serial


def _count(row: dict[str, Any], field: str) -> int:
    value = asked.whole(row.get(field))
    if value is None or not 0 <= value <= 10_000_000:
        raise _Wrong(f"Invalid {field}.")
    return value


@CATALOG.endpoint("POST", "/inventory/v1/fs/{fs_id}/price/update", source="updatePrice", **_WRITE)
def update_price(call: Call) -> dict[str, Any]:
    """New prices, up to 100 rows."""

    def change(world: World, record: Product, sku: Sku, row: dict[str, Any]) -> World:
        price = asked.whole(row.get("new_price"))
        if price is None or not products.LOWEST_PRICE <= price <= products.HIGHEST_PRICE:
            raise _Wrong("Invalid Price.")
        return products.set_price(world, record.serial, sku.serial, price)

    return _bulk(call, "new_price", change)[0]


@CATALOG.endpoint("POST", "/inventory/v1/fs/{fs_id}/stock/update", source="updateStockOverwrite", **_WRITE)
def update_stock(call: Call) -> dict[str, Any]:
    """So many units are free to sell, up to 100 rows."""
    return overwrite(call)


def overwrite(call: Call) -> dict[str, Any]:
    """Set the free units of each row in the warehouse that the query names."""
    place = _place(call, call.world)
    return _bulk_stock(call, place, "new_stock", lambda world, record, sku, row: products.set_stock(world, record.serial, sku.serial, place, _count(row, "new_stock")))


@CATALOG.endpoint("POST", "/inventory/v2/fs/{fs_id}/stock/increment", "/inventory/v1/fs/{fs_id}/stock/increment", source="updateStockIncrement", **_WRITE)
def increment_stock(call: Call) -> dict[str, Any]:
    """So many units more."""
    return _shift(call, +1, "increment")


@CATALOG.endpoint("POST", "/inventory/v2/fs/{fs_id}/stock/decrement", "/inventory/v1/fs/{fs_id}/stock/decrement", source="updateStockDecrement", **_WRITE)
def decrement_stock(call: Call) -> dict[str, Any]:
    """So many units fewer; fewer than none is refused."""
    return _shift(call, -1, "decrement")


_REQUEST = re.compile(r"[A-Za-z0-9_-]{1,20}", re.ASCII)


def _once(call: Call) -> None:
    """A ``request_id`` is good for one call: a retry that carries it again changes nothing."""
    name = asked.text(call, "request_id")
    if not name:
        return
    if not _REQUEST.fullmatch(name):
        raise refuse("PRD_DLV_042", f"request_id is {name[:40]!r}: up to 20 letters, digits, _ or -", "request_id", name[:40], "string")
    if once.known(call.world, call.seller.serial, f"stock:{name}"):
        raise refuse("PRD_DLV_041", f"request_id {name!r} was used before", "request_id")
    call.apply(once.keep, call.seller.serial, f"stock:{name}")


def _shift(call: Call, sign: int, cause: str) -> dict[str, Any]:
    place = _place(call, call.world)
    _once(call)
    return _bulk_stock(
        call,
        place,
        "stock_value",
        lambda world, record, sku, row: products.shift_stock(world, record.serial, sku.serial, place, sign * _count(row, "stock_value"), cause=cause),
    )


# ---- listing --------------------------------------------------------------------------------------------------------------------------------------


@CATALOG.endpoint("POST", "/v1/products/fs/{fs_id}/active", family=Family.PRODUCT_WRITE, effect="write", source="setActiveProduct")
def activate(call: Call) -> dict[str, Any]:
    """Products on sale, up to 25."""
    return _relist(call, Listing.ACTIVATE)


@CATALOG.endpoint("POST", "/v1/products/fs/{fs_id}/inactive", family=Family.PRODUCT_WRITE, effect="write", source="setInactiveProduct")
def deactivate(call: Call) -> dict[str, Any]:
    """Products off sale, up to 25."""
    return _relist(call, Listing.SELLER_DEACTIVATED)


@CATALOG.endpoint("POST|DELETE", "/v3/products/fs/{fs_id}/delete", family=Family.PRODUCT_WRITE, effect="write", source="deleteProduct")
def delete(call: Call) -> dict[str, Any]:
    """Products gone."""
    return _relist(call, Listing.DELETED)


def _relist(call: Call, to: Listing) -> dict[str, Any]:
    named = asked.fields(call).get("product_id")
    named = [named] if isinstance(named, int | str) else named
    if not isinstance(named, list) or not named or len(named) > 25:
        raise refuse("PRD_DLV_017" if not named else "PRD_DLV_018", "product_id is a list of 1 to 25 ids", 25)

    def one(world: World, text: Any) -> World:
        found = item(world, text, call.seller.serial)
        if found is None:
            raise _Wrong(f"Error Product ID [{text}] : There are some problem when retrieve product info")
        record, sku = found
        if record.tokopedia in (Listing.FREEZE, Listing.PLATFORM_DEACTIVATED) and to is Listing.ACTIVATE:
            raise _Wrong(f"Error Product ID [{text}] : Product is banned")
        if sku is not None and to is not Listing.DELETED:
            return products.with_sku(world, record, sku.but(active=to is Listing.ACTIVATE))
        return products.set_listing(world, record.serial, _T, to)

    failed = [str(no) for no in call.each(named, one) if no is not None]
    call.refused.extend(("row", text) for text in failed)
    return {"total_data": len(named), "succeed_rows": len(named) - len(failed), "failed_rows": len(failed), "failed_rows_data": failed or None}


# ---- making and changing ----------------------------------------------------------------------------------------------------------------------------


@CATALOG.endpoint("POST", "/v3/products/fs/{fs_id}/create", family=Family.PRODUCT_WRITE, effect="write", source="createProductV3")
def create(call: Call) -> dict[str, Any]:
    """New products at once; a row that cannot be is told beside those that were made."""
    rows = asked.rows(asked.body(call), "products", 25, too_many="PRD_DLV_037")
    made, failed = _work(call, rows, _created)
    return {
        "total_data": len(rows),
        "success_data": len(made),
        "fail_data": len(failed),
        "success_rows_data": [{"product_id": ids.product(call.world).wire(serial)} for serial in made],
        "failed_rows_data": [
            {"product_name": row.get("name", ""), "product_price": row.get("price", 0), "sku": row.get("sku", ""), "error": [why]} for row, why in failed
        ],
    }


@CATALOG.endpoint("PATCH|POST", "/v3/products/fs/{fs_id}/edit", family=Family.PRODUCT_WRITE, effect="write", source="editProductV3")
def edit(call: Call) -> dict[str, Any]:
    """Products changed at once: only what is sent. Some clients POST what the documents PATCH."""
    rows = asked.rows(asked.body(call), "products", 25, too_many="PRD_DLV_037")
    made, failed = _work(call, rows, _edited)
    world = call.world
    return {
        "total_data": len(rows),
        "success_data": len(made),
        "fail_data": len(failed),
        "success_rows_data": [
            {"product_id": ids.product(world).wire(serial), "product_sku": products.find(world, serial).skus[0].seller_sku} for serial in made
        ],
        "failed_rows_data": [{"product_id": row.get("id", 0), "sku": row.get("sku", ""), "error": [why]} for row, why in failed],
    }


@CATALOG.endpoint("POST", "/v2/products/fs/{fs_id}/create", family=Family.PRODUCT_WRITE, effect="write", source="createProductV2")
def create_upload(call: Call) -> dict[str, Any]:
    """New products as a batch, whose outcome is told by its status and by webhook."""
    return _upload(call, "create", _created)


@CATALOG.endpoint("PATCH|POST", "/v2/products/fs/{fs_id}/edit", family=Family.PRODUCT_WRITE, effect="write", source="editProductV2")
def edit_upload(call: Call) -> dict[str, Any]:
    """Products changed as a batch."""
    return _upload(call, "edit", _edited)


Reader = Callable[[World, Call, dict[str, Any]], Row]


def _work(call: Call, rows: list[dict[str, Any]], read: Reader) -> tuple[list[int], list[tuple[dict[str, Any], str]]]:
    made: list[int] = []

    def one(world: World, row: dict[str, Any]) -> World:
        world, serial = uploads.perform(world, call.seller.serial, read(world, call, row))
        made.append(serial)
        return world

    failed = [(row, str(no)) for row, no in zip(rows, call.each(rows, one), strict=True) if no is not None]
    call.refused.extend(("row", why) for _, why in failed)
    call.showed("products", *made)
    return made, failed


def _upload(call: Call, kind: str, read: Reader) -> dict[str, Any]:
    rows = asked.rows(asked.body(call), "products", 25, too_many="PRD_DLV_037")
    described = tuple(_described(call, row, read) for row in rows)
    serial = call.apply(uploads.submit, call.seller.serial, kind, described)
    held = uploads.find(call.world, serial)
    call.refused.extend(("row", why) for _, _, why in held.failed)
    call.showed("products", *held.succeeded)
    return {"upload_id": ids.upload(call.world).wire(serial)}


def _described(call: Call, row: dict[str, Any], read: Reader) -> Row:
    try:
        return read(call.world, call, row)
    except Refused as no:
        return Row(name=str(row.get("name") or ""), seller_sku=str(row.get("sku") or ""), wrong=str(no))


@CATALOG.endpoint("GET", "/v2/products/fs/{fs_id}/status/{upload_id}", family=Family.PRODUCT_READ, effect="read", source="checkUploadStatus")
def upload_status(call: Call) -> dict[str, Any]:
    """How far a batch is."""
    serial = ids.upload(call.world).read(call.params["upload_id"])
    upload = call.world.get(UPLOADS, serial) if serial is not None else None
    if upload is None or upload.seller != call.seller.serial:
        raise refuse("PRD_USC_025", f"upload {call.params['upload_id']} is none of this shop's")
    done = len(upload.succeeded) + len(upload.failed)
    row: dict[str, Any] = {
        "upload_id": ids.upload(call.world).wire(upload.serial),
        "status": upload.status,
        "total_data": len(upload.rows),
        "unprocessed_rows": len(upload.rows) - done,
        "success_rows": len(upload.succeeded),
        "failed_rows": len(upload.failed),
        "processed": done,
    }
    if upload.succeeded:
        row["success_rows_data"] = [{"product_id": ids.product(call.world).wire(one)} for one in upload.succeeded]
    if upload.failed:
        row["failed_rows_data"] = [{"product_name": name, "product_price": 0, "sku": sku, "error": [why]} for name, sku, why in upload.failed]
    return {"upload_data": [row]}


def _created(world: World, call: Call, row: dict[str, Any]) -> Row:
    """A row of a create call as a product to be made."""
    name = row.get("name")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= 70:
        raise _Wrong("Product name must be filled and at most 70 characters")
    facts = _facts(world, call, row)
    if "category" not in facts:
        raise _Wrong("Category ID is required")
    drafts, axes = _drafts(row, default_warehouse(world, call.seller.serial, _T).serial)
    listing = Listing.SELLER_DEACTIVATED if row.get("status") == "EMPTY" else Listing.ACTIVATE
    facts = {"description": "", "weight": 1, "weight_unit": "GR", **facts}
    return Row(name, str(row.get("sku") or ""), facts=tuple(facts.items()), drafts=drafts, axes=axes, listing=listing)


def _edited(world: World, call: Call, row: dict[str, Any]) -> Row:
    """A row of an edit call as what changes of which product: named by its id, else by its SKU."""
    given = row.get("id", row.get("product_id"))
    found = item(world, given, call.seller.serial) if given else None
    if found is None and isinstance(row.get("sku"), str) and row["sku"]:
        pairs = products.by_seller_sku(world, call.seller.serial, row["sku"], _T)
        found = _of_sku(pairs[0]) if pairs else None
    if found is None:
        raise _Wrong("Product not found")
    record, _ = found
    if record.tokopedia not in (Listing.ACTIVATE, Listing.SELLER_DEACTIVATED):
        raise _Wrong("Product not support for edit, status value must 1 or 3")
    if record.sold and isinstance(row.get("name"), str) and row["name"].strip() not in ("", record.name):
        raise _Wrong("Product name cannot be changed after a transaction")
    facts = tuple(_facts(world, call, row).items())
    if row.get("variant"):
        drafts, axes = _drafts(row, default_warehouse(world, call.seller.serial, _T).serial)
        return Row(record.name, product=record.serial, facts=facts, drafts=drafts, axes=axes)
    return Row(
        record.name,
        row["sku"] if given and isinstance(row.get("sku"), str) else None,
        product=record.serial,
        facts=facts,
        price=_price(row) if row.get("price") is not None else None,
        stock=_count(row, "stock") if row.get("stock") is not None else None,
    )


def _price(row: dict[str, Any]) -> int:
    price = asked.whole(row.get("price"))
    if price is None or not products.LOWEST_PRICE <= price <= products.HIGHEST_PRICE:
        raise _Wrong(f"Price must be between {products.LOWEST_PRICE} and {products.HIGHEST_PRICE}")
    return price


def _facts(world: World, call: Call, row: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if isinstance(row.get("name"), str) and row["name"].strip():
        if len(row["name"]) > 70:
            raise _Wrong("Product name must be at most 70 characters")
        facts["name"] = row["name"].strip()
    if isinstance(row.get("description"), str):
        if len(row["description"]) > 2000:
            raise _Wrong("Description must be at most 2000 characters")
        facts["description"] = row["description"]
    if row.get("category_id") is not None:
        number = asked.whole(row["category_id"])
        found = world.shelf(CATEGORIES).page("by_tokopedia", (number,), (number + 1,), limit=1) if number is not None else []
        if not found or not found[0].is_leaf:
            raise _Wrong("Category ID is not valid: it must be a leaf")
        facts["category"] = found[0].serial
    if row.get("weight") is not None:
        weight = asked.whole(row["weight"])
        if weight is None or not 0 < weight <= 500_000:
            raise _Wrong("Weight must be a whole number above 0")
        facts["weight"] = weight
        facts["weight_unit"] = "KG" if str(row.get("weight_unit", "GR")).upper() == "KG" else "GR"
    for field, allowed in _CHOICES.items():
        if row.get(field) is not None and row[field] not in allowed:
            raise _Wrong(f"Value {row[field]} of field {field} is not allowed, the allowed fields are {', '.join(allowed)}")
    if row.get("condition"):
        facts["condition"] = row["condition"]
    if row.get("min_order") is not None:
        least = asked.whole(row["min_order"])
        if least is None or not 1 <= least <= 10_000:
            raise _Wrong("Minimum order must be a whole number from 1 to 10000")
        facts["min_order"] = least
    if isinstance(row.get("sku"), str) and len(row["sku"]) > 50:
        raise _Wrong("SKU must be at most 50 characters")
    shelf = row.get("etalase") or row.get("menu")
    if isinstance(shelf, dict) and shelf.get("id"):
        serial = ids.etalase(world).read(shelf["id"])
        if serial is None or all(one.serial != serial for one in shops.etalases(world, call.seller.serial)):
            raise _Wrong(f"Etalase {shelf['id']} is not this shop's")
        facts["etalase"] = serial
    if "wholesale" in row:
        facts["wholesale"] = _wholesale(row["wholesale"])
    if "preorder" in row:
        facts["preorder_days"] = _preorder(row["preorder"])
    if isinstance(row.get("is_must_insurance"), bool):
        facts["must_insurance"] = row["is_must_insurance"]
    pictures = row.get("pictures")
    if isinstance(pictures, list) and pictures:
        facts["images"] = tuple(str(one.get("file_path", "")) for one in pictures if isinstance(one, dict))
    size = row.get("dimension")
    if isinstance(size, dict) and size:
        values = {name: asked.whole(size.get(name)) for name in ("length", "width", "height")}
        if any(value is None or value < 0 for value in values.values()):
            raise _Wrong("Dimension needs length, width and height")
        facts |= values
    return facts


# Fields with a closed set of values (documented).
_CHOICES: dict[str, tuple[str, ...]] = {
    "condition": ("NEW", "USED"),
    "status": ("LIMITED", "UNLIMITED", "EMPTY"),
    "price_currency": ("IDR", "USD"),
    "weight_unit": ("GR", "KG"),
}


def _wholesale(given: Any) -> tuple[tuple[int, int], ...]:
    """(minimum quantity, price) rows, each of more units and a lower price than the one before; an empty list clears them."""
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise _Wrong("Wholesale must be a list")
    rows = [(asked.whole(row.get("min_qty")), asked.whole(row.get("price"))) for row in given]
    steps = [(least, price) for least, price in rows if least is not None and price is not None and least > 1 and price >= products.LOWEST_PRICE]
    if len(steps) < len(rows) or any(not (a[0] < b[0] and a[1] > b[1]) for a, b in pairwise(steps)):
        raise _Wrong("Wholesale needs growing min_qty from 2 and falling prices")
    return tuple(steps)


def _preorder(given: Any) -> int:
    """Days of a pre-order; an empty object clears it."""
    if not isinstance(given, dict):
        raise _Wrong("Preorder must be an object")
    if not given or asked.flag(given.get("is_active")) is False:
        return 0
    days = asked.whole(given.get("duration"))
    if days is None or not 1 <= days <= 90 or given.get("time_unit", "DAY") != "DAY":
        raise _Wrong("Preorder needs a duration of 1 to 90 in time_unit DAY")
    return days


def _drafts(row: dict[str, Any], place: int) -> tuple[tuple[SkuDraft, ...], tuple[str, ...]]:
    """The SKUs of a row: one, or one per variant, whose combination points into the options of each selection."""
    variant = row.get("variant")
    if not isinstance(variant, dict) or not variant.get("products"):
        stock = asked.whole(row.get("stock"))
        return (SkuDraft(str(row.get("sku") or ""), _price(row), ((place, stock if stock is not None and stock >= 0 else 1),)),), ()
    selections = [one for one in variant.get("selection") or [] if isinstance(one, dict)]
    axes = tuple(str(one.get("name") or {1: "Warna", 6: "Ukuran"}.get(asked.whole(one.get("id")) or 0) or f"Varian {n}") for n, one in enumerate(selections, start=1))
    drafts = []
    for one in variant["products"]:
        if not isinstance(one, dict):
            raise _Wrong("Variant products must be objects")
        chosen = one.get("combination")
        if not isinstance(chosen, list) or len(chosen) != len(selections):
            raise _Wrong("Variant combination does not fit its selections")
        options = []
        for selection, at in zip(selections, chosen, strict=True):
            values = selection.get("options")
            if not isinstance(values, list) or not isinstance(at, int) or isinstance(at, bool) or not 0 <= at < len(values) or not isinstance(values[at], dict):
                raise _Wrong("Variant combination points to no option")
            options.append(str(values[at].get("value", "")))
        stock = asked.whole(one.get("stock"))
        drafts.append(
            SkuDraft(str(one.get("sku") or ""), _price(one), ((place, max(0, stock or 0)),), tuple(options), is_primary=one.get("is_primary") is True)
        )
    return tuple(drafts), axes
