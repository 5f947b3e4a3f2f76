"""Products: made, changed, found, listed and taken off; their prices and their stock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from ..domain import products, shops
from ..domain.errors import ProductState, ProductUnknown, SkuUnknown, WarehouseUnknown
from ..domain.phases import Family, Phase, Platform
from ..domain.products import HIGHEST_PRICE, LOWEST_PRICE, PRODUCTS, Listing, Product, SkuDraft
from ..domain.shops import CATEGORIES, WAREHOUSES
from ..domain.table import TOP
from ..domain.world import Change, World
from ..gateway.call import Call, Raw
from . import ids, paging, product_view
from .catalog import serves
from .fulfilment import errors
from .paging import Run, Window
from .words import refuse

_T, _S = Platform.TOKOPEDIA, Platform.TIKTOK_SHOP


def own(call: Call, world: World, text: object) -> Product:
    """The product of that id, of this seller, as TikTok Shop knows it. Raises ProductUnknown."""
    serial = ids.product(world).read(text)
    product = world.get(PRODUCTS, serial) if serial is not None else None
    if product is None or product.seller != call.seller.serial or not products.visible(product, _S):
        retired = product is not None and product.merged_into is not None
        raise ProductUnknown(f"product {text} " + ("was merged into another: its id is retired" if retired else "is not one of this shop's TikTok Shop products"))
    return product


# ---- reading --------------------------------------------------------------------------------------------------------------------------------


@serves("get-categories-202309", family=Family.CATALOGUE)
def categories(call: Call) -> dict[str, Any]:
    """The category tree, or the part of it whose names hold a keyword."""
    world = call.world
    rows = world.shelf(CATEGORIES).page("by_serial")
    wanted = (call.query.get("keyword") or "").lower()
    return {
        "categories": [
            {**product_view.category(row, world.get(CATEGORIES, row.parent) if row.parent is not None else None), "permission_statuses": ["AVAILABLE"]}
            for row in rows
            if wanted in row.name.lower()
        ]
    }


@serves("get-product-202309", family=Family.PRODUCT_READ)
def get(call: Call) -> Raw:
    """One product with everything."""
    world = call.world
    product = own(call, world, call.params["product_id"])
    call.showed("products", product.serial)
    return Raw(call.workspace.fragments.of("tt.product", product, lambda row: product_view.whole(world, row)))


@serves("search-products-202502", family=Family.PRODUCT_READ)
def search(call: Call) -> Raw:
    """Products that fit the filters, the newest first; by update time where only that is asked for."""
    world, query, body, owner = call.world, call.query, call.body, call.seller.serial
    size, fits = query["page_size"], _fits(call)
    filters = paging.bound(owner, "products", sorted(body.items()))
    run = paging.decode(query.get("page_token"), filters)
    named = _named(call)
    if named is not None:
        chosen = sorted((row for row in named if fits is None or fits(row)), key=lambda row: -row.serial)
        start = next((n for n, row in enumerate(chosen) if run.after is not None and row.serial < run.after[0]), 0 if run.after is None else len(chosen))
        rows, total = chosen[start : start + size], len(chosen)
        last: Any = (rows[-1].serial,) if start + size < total else None
        revision = 0
    else:
        by_update = ("update_time_ge" in body or "update_time_le" in body) and "create_time_ge" not in body and "create_time_le" not in body
        name = "update" if by_update else "create"
        low, high = body.get(f"{name}_time_ge", 0), min(body.get(f"{name}_time_le", TOP), call.now.wire) + 1
        window = Window(f"in_tiktok_{name}d", (owner, low), (owner, high))
        shelf = paging.world_of(call, run).shelf(PRODUCTS)
        rows, last = paging.page(shelf, window, run.after, descending=True, size=size, fits=fits)
        total = paging.total(shelf, window, fits, call)
        revision = run.revision or (call.workspace.pin() if by_update and last is not None else 0)
        rows = [world.get(PRODUCTS, row.serial) or row for row in rows]
    token = paging.encode(filters, Run(last, revision)) if last is not None else ""
    parts = [b'{"total_count":%d,"next_page_token":"%s","products":[' % (total, token.encode())]
    render: Callable[[Product], bytes] = lambda row: product_view.summary(world, row)
    for row in rows:
        parts += [call.workspace.fragments.of("tt.product.brief", row, render), b","]
    if rows:
        parts.pop()
    call.showed("products", *[row.serial for row in rows])
    return Raw(*parts, b"]}")


def _named(call: Call) -> list[Product] | None:
    """The products of the seller SKUs or SKU ids asked for; None where neither is."""
    world, body = call.world, call.body
    found: dict[int, Product] = {}
    if body.get("sku_ids"):
        for text in body["sku_ids"]:
            serial = ids.sku(world).read(text)
            for row in world.shelf(PRODUCTS).page("by_sku_serial", (serial,), limit=1) if serial is not None else ():
                if any(sku.serial == serial for sku in row.skus):
                    found[row.serial] = row
    elif body.get("seller_skus"):
        for text in body["seller_skus"]:
            found.update({row.serial: row for row, _ in products.by_seller_sku(world, call.seller.serial, text, _S)})
    else:
        return None
    return [row for row in found.values() if row.seller == call.seller.serial and products.visible(row, _S)]


def _fits(call: Call) -> Callable[[Product], bool] | None:
    body = call.body
    tests: list[Callable[[Product], bool]] = []
    if body["status"] != "ALL":
        tests.append(lambda row: product_view.status(row) == body["status"])
    if body.get("audit_status"):
        tests.append(lambda row: row.audit in body["audit_status"])
    if body.get("listing_platforms"):
        wanted = body["listing_platforms"]
        tests.append(lambda row: ("TIKTOK_SHOP" in wanted and row.tiktok_shop is not None) or ("TOKOPEDIA" in wanted and bool(product_view.integrated(row))))
    if "create_time_ge" in body or "create_time_le" in body:
        tests.append(lambda row: body.get("create_time_ge", 0) <= (row.copied or row.created).wire <= body.get("create_time_le", TOP))
    if "update_time_ge" in body or "update_time_le" in body:
        tests.append(lambda row: body.get("update_time_ge", 0) <= row.updated.wire <= body.get("update_time_le", TOP))
    return (lambda row: all(test(row) for test in tests)) if tests else None


# ---- making and changing ----------------------------------------------------------------------------------------------------------------------


@serves("create-product-202309", family=Family.PRODUCT_WRITE, effect="write")
def create(call: Call) -> dict[str, Any]:
    """A new product, submitted for review or kept as a draft. The same idempotency key makes it once."""
    key = call.body.get("idempotency_key") or ""
    made = call.world.shelf(PRODUCTS).page("by_idempotency_key", (call.seller.serial, key), limit=1) if key else []
    if made and made[0].idempotency_key == key:
        serial = made[0].serial
    else:
        serial = call.apply(_create, call)
    product = products.find(call.world, serial)
    return {**_made(call, product), "warnings": []}


def _create(world: World, call: Call) -> Change:
    body = call.body
    drafts, axes = _drafts(call, world, body["skus"])
    also = "TOKOPEDIA" in (body.get("listing_platforms") or ()) and call.seller.phase is Phase.PRODUCT_MERGED
    return products.create(
        world,
        call.seller.serial,
        _S,
        drafts,
        listing=Listing.DRAFT if body["save_mode"] == "AS_DRAFT" else Listing.PENDING,
        tokopedia_too=also,
        axes=axes,
        idempotency_key=body.get("idempotency_key") or "",
        **_facts(call, world, body),
    )


@serves("edit-product-202509", family=Family.PRODUCT_WRITE, effect="write")
def edit(call: Call) -> dict[str, Any]:
    """A product described anew; SKUs that are left out go."""
    serial = call.apply(_edit, call, whole=True)
    product = products.find(call.world, serial)
    return {**_made(call, product), "warnings": [], "audit": {"status": product.audit}}


@serves("partial-edit-product-202509", family=Family.PRODUCT_WRITE, effect="write")
def partial_edit(call: Call) -> dict[str, Any]:
    """Some facts of a product changed, the others kept."""
    serial = call.apply(_edit, call, whole=False)
    product = products.find(call.world, serial)
    return {**_made(call, product), "audit": {"status": product.audit}}


def _edit(world: World, call: Call, *, whole: bool) -> Change:
    body = call.body
    product = own(call, world, call.params["product_id"])
    facts = _facts(call, world, body)
    if body.get("skus"):
        drafts, axes = _drafts(call, world, body["skus"], product)
        made, world = products.new_skus(world, product, drafts, keep_stock=False)
        if not whole:
            changed = {sku.serial for sku in made}
            made = (*[next((new for new in made if new.serial == sku.serial), sku) for sku in product.skus], *[s for s in made if s.serial not in {k.serial for k in product.skus}])
            axes = axes or product.axes
            assert changed  # skus were given
        facts |= {"skus": made, "axes": axes or product.axes}
    return Change(products.edit(world, product.serial, _S, **facts), product.serial)


def _facts(call: Call, world: World, body: dict[str, Any]) -> dict[str, Any]:
    """What a body says of the product itself, in the world's words."""
    facts: dict[str, Any] = {}
    if body.get("title"):
        facts["name"] = body["title"]
    if body.get("description"):
        facts["description"] = body["description"]
    if body.get("category_id"):
        facts["category"] = _category(world, body["category_id"])
    if body.get("main_images"):
        facts["images"] = tuple(row["uri"] for row in body["main_images"])
    weight = body.get("package_weight")
    if weight:
        facts["weight"], facts["weight_unit"] = _weight(weight)
    size = body.get("package_dimensions")
    if size:
        facts |= {name: _whole(size[name], 12052116) for name in ("length", "width", "height")}
    if "is_cod_allowed" in body:
        facts["is_cod"] = body["is_cod_allowed"]
    if body.get("external_product_id"):
        facts["external_id"] = body["external_product_id"]
    return facts


def _category(world: World, text: str) -> int:
    rows = world.shelf(CATEGORIES).page("by_tiktok_shop", (int(text),), (int(text) + 1,), limit=1) if text.isascii() and text.isdigit() and len(text) < 18 else []
    if not rows:
        raise refuse(12052023, f"category {text!r} is none of the tree: GET /product/202309/categories lists them")
    if not rows[0].is_leaf:
        raise refuse(12052230, f"category {text} ({rows[0].name}) is no leaf: choose one below it")
    return rows[0].serial


def _weight(given: dict[str, Any]) -> tuple[int, str]:
    try:
        value = Decimal(given["value"])
    except InvalidOperation:
        value = Decimal(0)
    if not value.is_finite() or not 0 < value < 10**6:
        raise refuse(12019011, f"package_weight.value is {given['value']!r}: it must be a number above 0")
    if given["unit"] == "KILOGRAM" and value == value.to_integral_value():
        return int(value), "KG"
    factor = {"KILOGRAM": Decimal(1000), "POUND": Decimal("453.592"), "GRAM": Decimal(1)}[given["unit"]]
    return max(1, round(value * factor)), "GR"


def _whole(text: str, code: int) -> int:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value < 10**6:
        raise refuse(code, f"{text!r} is no size in centimetres")
    return round(value)


def amount(given: dict[str, Any]) -> int:
    """A price in whole rupiah from ``{"amount", "currency"}``."""
    text = given.get("amount") or given.get("sale_price") or ""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value != value.to_integral_value():
        raise refuse(12052073, f"price.amount is {text!r}: a price is whole rupiah as text, such as \"15000\"")
    if given.get("currency") != "IDR":
        raise refuse(12052073, f"the currency of an Indonesian shop is IDR, not {given.get('currency')!r}")
    if not LOWEST_PRICE <= value <= HIGHEST_PRICE:
        raise refuse(12052570 if value > HIGHEST_PRICE else 12052073, f"a price lies between {LOWEST_PRICE} and {HIGHEST_PRICE} rupiah, not at {value}")
    return int(value)


def warehouse(call: Call, world: World, text: str | None) -> int:
    """The warehouse of that id; the default one where none is named. Raises WarehouseUnknown."""
    if not text:
        return shops.default_warehouse(world, call.seller.serial, _S).serial
    serial = ids.warehouse(world).read(text)
    row = world.get(WAREHOUSES, serial) if serial is not None else None
    if row is None or row.seller != call.seller.serial or not row.tiktok_shop:
        raise WarehouseUnknown(f"warehouse {text} is none of this shop's")
    return row.serial


def _drafts(call: Call, world: World, rows: list[dict[str, Any]], product: Product | None = None) -> tuple[tuple[SkuDraft, ...], tuple[str, ...]]:
    axes: tuple[str, ...] = ()
    drafts = []
    known = {product_view.attribute(f"{axis}:{value}"): value for sku in (product.skus if product else ()) for axis, value in zip(product.axes if product else (), sku.options, strict=False)}
    names = {product_view.attribute(axis): axis for axis in (product.axes if product else ())}
    for row in rows:
        attributes = row.get("sales_attributes") or []
        axes = axes or tuple(one.get("name") or names.get(one.get("id") or "") or f"Attribute {one.get('id') or n + 1}" for n, one in enumerate(attributes))
        options = tuple(one.get("value_name") or known.get(one.get("value_id") or "") or str(one.get("value_id") or "") for one in attributes)
        stock = tuple((warehouse(call, world, one.get("warehouse_id")), one.get("quantity", 0)) for one in row.get("inventory") or ())
        serial = ids.sku(world).read(row["id"]) if row.get("id") else None
        if row.get("id") and (serial is None or product is None or all(sku.serial != serial for sku in product.skus)):
            raise refuse(12052556, f"SKU {row['id']} is none of this product's")
        picture = next((one["sku_img"]["uri"] for one in attributes if one.get("sku_img")), "")
        drafts.append(SkuDraft(row.get("seller_sku") or "", amount(row["price"]) if row.get("price") else 0, stock, options, picture, serial=serial))
    return tuple(drafts), axes


def _made(call: Call, product: Product) -> dict[str, Any]:
    world = call.world
    call.showed("products", product.serial)
    return {
        "product_id": ids.text(ids.product(world), product.serial),
        "skus": [
            {
                "id": ids.text(ids.sku(world), sku.serial),
                "seller_sku": sku.seller_sku,
                "sales_attributes": [{"id": one["id"], "value_id": one["value_id"]} for one in product_view.sales_attributes(product, sku)],
            }
            for sku in product.skus
        ],
    }


# ---- listing in bulk ----------------------------------------------------------------------------------------------------------------------------

_BANNED = (Listing.FREEZE, Listing.PLATFORM_DEACTIVATED)


def _in_bulk(call: Call, change: Callable[[World, Product], World]) -> dict[str, Any]:
    rows = list(dict.fromkeys(call.body["product_ids"]))
    return {"errors": errors(call, "product_id", rows, call.each(rows, lambda world, text: change(world, own(call, world, text))))}


def _relist(call: Call, to: Listing) -> dict[str, Any]:
    wanted = [Platform(name.lower()) for name in call.body["listing_platforms"]]

    def change(world: World, product: Product) -> World:
        for platform in wanted:
            held = products.listed(product, platform)
            if held in _BANNED or held is Listing.DELETED:
                raise ProductState(f"the product is {held} on {platform}: it cannot be {to}")
            if held is None and (to is not Listing.ACTIVATE or (platform is _T and product.home is _S and call.seller.phase is not Phase.PRODUCT_MERGED)):
                continue
            world = products.set_listing(world, product.serial, platform, to)
        return world

    return _in_bulk(call, change)


@serves("activate-product-202309", family=Family.PRODUCT_WRITE, effect="write")
def activate(call: Call) -> dict[str, Any]:
    """Products on sale; those refused are named."""
    return _relist(call, Listing.ACTIVATE)


@serves("deactivate-products-202309", family=Family.PRODUCT_WRITE, effect="write")
def deactivate(call: Call) -> dict[str, Any]:
    """Products off sale; those refused are named."""
    return _relist(call, Listing.SELLER_DEACTIVATED)


@serves("delete-products-202309", family=Family.PRODUCT_WRITE, effect="write")
def delete(call: Call) -> dict[str, Any]:
    """Products gone, until they are recovered."""

    def change(world: World, product: Product) -> World:
        for platform in (_S, _T):
            if products.listed(product, platform) is not None:
                world = products.set_listing(world, product.serial, platform, Listing.DELETED)
        return world

    return _in_bulk(call, change)


@serves("recover-products-202309", family=Family.PRODUCT_WRITE, effect="write")
def recover(call: Call) -> dict[str, Any]:
    """Deleted products back, off sale."""

    def change(world: World, product: Product) -> World:
        gone = [platform for platform in (_S, _T) if products.listed(product, platform) is Listing.DELETED]
        if not gone:
            raise ProductState("the product is not deleted: there is nothing to recover")
        for platform in gone:
            world = products.set_listing(world, product.serial, platform, Listing.SELLER_DEACTIVATED)
        return world

    return _in_bulk(call, change)


# ---- price and stock -----------------------------------------------------------------------------------------------------------------------------


@serves("update-price-202309", family=Family.PRICE_STOCK, effect="write")
def update_price(call: Call) -> dict[str, Any]:
    """New prices for some SKUs of a product: all of them, or none."""

    def change(world: World) -> World:
        product = own(call, world, call.params["product_id"])
        for row in call.body["skus"]:
            world = products.set_price(world, product.serial, _sku(world, product, row["id"]), amount(row["price"]))
        return world

    call.apply(change)
    return {}


def _sku(world: World, product: Product, text: str) -> int:
    serial = ids.sku(world).read(text)
    if serial is None or all(sku.serial != serial for sku in product.skus):
        raise SkuUnknown(f"SKU {text} is none of this product's")
    return serial


@serves("update-inventory-202309", family=Family.PRICE_STOCK, effect="write")
def update_inventory(call: Call) -> dict[str, Any]:
    """How many of each SKU are free to sell per warehouse; SKUs that were refused are named."""
    product = own(call, call.world, call.params["product_id"])

    def change(world: World, row: dict[str, Any]) -> World:
        sku = _sku(world, product, row["id"])
        for one in row["inventory"]:
            world = products.set_stock(world, product.serial, sku, warehouse(call, world, one.get("warehouse_id")), one["quantity"])
        return world

    rows = call.body["skus"]
    return {"errors": errors(call, "sku_id", [row["id"] for row in rows], call.each(rows, change))}


@serves("inventory-search-202309", family=Family.PRODUCT_READ)
def inventory_search(call: Call) -> dict[str, Any]:
    """Stock by product or SKU ids; ids that are none of this shop's are left out."""
    world, body = call.world, call.body
    wanted: dict[int, Product] = {}
    for text in body.get("product_ids") or ():
        serial = ids.product(world).read(text)
        row = world.get(PRODUCTS, serial) if serial is not None else None
        if row is not None:
            wanted[row.serial] = row
    only = {serial for text in body.get("sku_ids") or () if (serial := ids.sku(world).read(text)) is not None}
    for serial in sorted(only):
        for row in world.shelf(PRODUCTS).page("by_sku_serial", (serial,), (serial + 1,), limit=1):
            wanted.setdefault(row.serial, row)
    shown = []
    for row in wanted.values():
        if row.seller != call.seller.serial or not products.visible(row, _S):
            continue
        skus = [sku for sku in row.skus if not only or sku.serial in only or body.get("product_ids")]
        shown.append(
            {
                "product_id": ids.text(ids.product(world), row.serial),
                "skus": [
                    {
                        "id": ids.text(ids.sku(world), sku.serial),
                        "seller_sku": sku.seller_sku,
                        "total_available_quantity": sku.available,
                        "total_committed_quantity": sku.committed,
                        "warehouse_inventory": [
                            {"warehouse_id": ids.text(ids.warehouse(world), held.warehouse), "available_quantity": held.available, "committed_quantity": held.committed}
                            for held in sku.stock
                        ],
                    }
                    for sku in skus
                ],
            }
        )
        call.showed("products", row.serial)
    return {"inventory": shown}


@serves("upload-product-image-202309", family=Family.CATALOGUE, effect="write")
def upload_image(call: Call) -> dict[str, Any]:
    """A picture to name in products; its address follows from its bytes."""
    raw = call.request.body
    if b'name="data"' not in raw and b"name=data" not in raw:
        raise refuse(11050001, "the multipart body has no field `data`")
    name = "tos-maliva-i-" + hashlib.blake2b(raw, digest_size=12).hexdigest()
    case = next((known for known in ("ATTRIBUTE_IMAGE", "DESCRIPTION_IMAGE", "CERTIFICATION_IMAGE", "SIZE_CHART_IMAGE") if known.encode() in raw[:4096] + raw[-1024:]), "MAIN_IMAGE")
    return {"uri": name, "url": f"{call.request.origin}/_mock/images/{name}", "width": 1000, "height": 1000, "use_case": case}
