"""A product as a seller describes it in a request, read into the world's words: texts, weights, prices, variants, stock."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..domain import products, shops
from ..domain.phases import Phase, Platform
from ..domain.products import HIGHEST_PRICE, LOWEST_PRICE, PRODUCTS, Certification, Details, Product, SkuDetails, SkuDraft
from ..domain.shops import WAREHOUSES
from ..domain.world import World
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from . import categories, ids, logistics, pictures, product_view, rows
from .words import refuse

_S = Platform.TIKTOK_SHOP
_PRICE = re.compile(r"(\d{1,12})(\.0{1,2})?", re.ASCII)
_KILOGRAMS = re.compile(r"\d{1,4}(\.\d{1,3})?", re.ASCII)
_CENTIMETRES = re.compile(r"\d{1,5}(\.\d{1,3})?", re.ASCII)
_UNFIT = re.compile(r"&[a-z]+;|&#\d+;|[\x00-\x1f\x7f]|[\U0001f000-\U0001faff]")
_UNFIT_TEXT = re.compile(r"&[a-z]+;|&#\d+;|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\U0001f000-\U0001faff]")
_IMG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_SRC = re.compile(r"""\bsrc\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s/]+(/\S*)?", re.IGNORECASE)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")

_MOST_IMAGES = 30  # in a description (documented)
_VENDOR = ("ibyteimg.com", "tiktokcdn.com", "ttcdn-us.com")  # where the platform's own pictures lie (observed)

# How many digits an identifier may have (the standards' own rules; that the platform checks them is documented, how is inferred).
_DIGITS = {"GTIN": (8, 12, 13, 14), "EAN": (8, 13), "UPC": (12,), "ISBN": (10, 13), "JAN": (8, 13)}

# What a full edit makes of facts that it leaves out (documented: an edit overwrites all but price and stock).
BLANK: dict[str, Any] = {
    "brand": "",
    "length": 0,
    "width": 0,
    "height": 0,
    "is_cod": False,
    "external_id": "",
    "attributes": (),
    "preorder_days": 0,
    "condition": "NEW",
    "min_order": 1,
    "insurance": "OPTIONAL",
}


# ---- the product itself -------------------------------------------------------------------------------------------------------------------


def facts(call: Call, world: World, body: dict[str, Any], product: Product | None = None, *, whole: bool = True, found: list[Refusal] | None = None) -> dict[str, Any]:
    """What a body says of the product itself, as fields of Product; what it doesn't say is left out.

    ``product``: the one that is described anew, as its newest version says; ``whole``: what is left out is blank. With ``found`` every
    refusal is noted there instead of the first being raised.
    """
    said: dict[str, Any] = {}
    details = Details() if product is None or whole else product.details
    for read in _READERS:
        try:
            part = read(call, world, body)
            if part.get("external_id"):
                _unique(world, call.seller.serial, "product", part["external_id"], product)
        except Refusal as no:
            if found is None:
                raise
            found.append(no)
            continue
        details = details.but(**part.pop("details", {}))
        said |= part
    if "insurance" in said and not on_tokopedia(body, product):
        said["insurance"] = "OPTIONAL"
    return said | {"details": details}


def on_tokopedia(body: dict[str, Any], product: Product | None) -> bool:
    """Whether a product will be listed on Tokopedia, where a buyer's insurance can be asked for (documented)."""
    named = body.get("listing_platforms")
    return "TOKOPEDIA" in named if named else product is not None and product.tokopedia is not None


Said = dict[str, Any]


def _plain(call: Call, world: World, body: Said) -> Said:
    said: Said = {}
    if "is_cod_allowed" in body:
        said["is_cod"] = body["is_cod_allowed"]
    if body.get("external_product_id"):
        said["external_id"] = body["external_product_id"]
    if "minimum_order_quantity" in body:
        said["min_order"] = body["minimum_order_quantity"]
    if "shipping_insurance_requirement" in body:
        said["insurance"] = body["shipping_insurance_requirement"]
    if "is_pre_owned" in body:
        said["condition"] = "USED" if body["is_pre_owned"] else "NEW"
    return said


def _extras(call: Call, world: World, body: Said) -> Said:
    """What is kept and shown as it is written, and means nothing here."""
    said: Said = {}
    if body.get("shipping_template_id"):
        said["shipping_template"] = body["shipping_template_id"]
    if body.get("search_terms") is not None:
        said["search_terms"] = tuple(body["search_terms"])
    if body.get("key_product_features") is not None:
        said["features"] = tuple(body["key_product_features"])
    if body.get("scheduled_sale"):
        on = body["scheduled_sale"].get("is_enabled_scheduled_sale")
        said["scheduled"] = body["scheduled_sale"].get("schedule_sale_time", 0) if on else 0
    if body.get("purchase_order_quantity_limit"):
        most = body["purchase_order_quantity_limit"]
        said["most"] = (most.get("maximum_order_quantity", 0), most.get("cumulative_order_quantity", 0))
        if 0 < said["most"][0] < body.get("minimum_order_quantity", 1):
            raise refuse(12052319, f"at most {said['most'][0]} units can be ordered, and at least {body['minimum_order_quantity']}")
    return {"details": said}


def _title(call: Call, world: World, body: Said) -> Said:
    text = body.get("title")
    if not text:
        return {}
    if _UNFIT.search(text):
        raise refuse(12052931, "the title carries an HTML escape, an emoji or a control character")
    if _CHINESE.search(text):
        raise refuse(12052262, "the title carries Chinese characters")
    return {"name": text}


def _description(call: Call, world: World, body: Said) -> Said:
    text = body.get("description")
    if not text:
        return {}
    if _UNFIT_TEXT.search(text):
        raise refuse(12052932, "the description carries an HTML escape, an emoji or a control character")
    if _CHINESE.search(text):
        raise refuse(12052346, "the description carries Chinese characters")
    images = _IMG.findall(text)
    if len(images) > _MOST_IMAGES:
        raise refuse(12052056, f"the description has {len(images)} pictures, {_MOST_IMAGES} are possible")
    for image in images:
        source = _SRC.search(image)
        if source is None:
            raise refuse(12052348, f"{image[:80]!r} has no src")
        _shown(call, world, source[1])
    return {"description": text}


def _shown(call: Call, world: World, url: str) -> None:
    """A picture in a description lies where an upload's answer says, or with the platform."""
    host, _, path = url.partition("://")[2].partition("/")
    if not any(host == name or host.endswith("." + name) for name in _VENDOR):
        pictures.known(call, world, path.rpartition("/")[2] or url, 12052340)


def _category(call: Call, world: World, body: Said) -> Said:
    if body.get("category_version") == "v2":
        raise refuse(12052217, "category_version is v2: an Indonesian shop has the tree v1")
    return {"category": categories.leaf(world, body["category_id"]).serial} if body.get("category_id") else {}


def _brand(call: Call, world: World, body: Said) -> Said:
    if not body.get("brand_id"):
        return {}
    name = categories.brand_named(body["brand_id"])
    if name is None:
        raise refuse(12052026, f"brand {body['brand_id']!r} does not exist: GET /product/202309/brands lists them")
    return {"brand": name}


def _images(call: Call, world: World, body: Said) -> Said:
    given = body.get("main_images")
    if given is None:
        return {}
    if not given:
        raise refuse(12052028, "main_images is empty: a product has one picture at least")
    return {"images": tuple(pictures.picture(call, world, row["uri"], 12052300) for row in given)}


def _package(call: Call, world: World, body: Said) -> Said:
    said: Said = {}
    if body.get("package_weight"):
        said["weight"], said["weight_unit"] = _weight(body["package_weight"])
    if body.get("package_dimensions"):
        said |= _size(body["package_dimensions"])
    return said


def _attributes(call: Call, world: World, body: Said) -> Said:
    given = body.get("product_attributes")
    if not given:
        return {}
    names = [one["id"] for one in given]
    if len(set(names)) < len(names):
        raise refuse(12052254, "a product attribute stands twice")
    pairs = tuple(pair for one in given for pair in _attribute(one))
    if len(set(pairs)) < len(pairs):
        raise refuse(12052251, "a product attribute has a value twice")
    return {"attributes": pairs}


def _attribute(given: dict[str, Any]) -> list[tuple[str, str]]:
    name = categories.attribute_named(given["id"]) or given["id"]
    pairs = [(name, text) for one in given["values"] if (text := one.get("name") or categories.value_named(one.get("id") or "") or one.get("id"))]
    for _, text in pairs:
        if _UNFIT.search(text):
            raise refuse(12052935, f"the value {text[:40]!r} of a product attribute carries an HTML escape, an emoji or a control character")
    return pairs


def _preorder_of(call: Call, world: World, body: Said) -> Said:
    days = _preorder(body)
    return {} if days is None else {"preorder_days": days}


def _certifications(call: Call, world: World, body: Said) -> Said:
    given = body.get("certifications")
    if given is None:
        return {}
    names = [row["id"] for row in given]
    if len(set(names)) < len(names):
        raise refuse(12052656, "a certification stands twice")
    made = []
    for row in given:
        images = tuple(pictures.picture(call, world, one["uri"], 12052650) for one in row.get("images") or ())
        files = tuple((pictures.file(call, world, one["id"], 12052658), one["name"], one["format"]) for one in row.get("files") or ())
        expires = row.get("expiration_date") or 0
        if expires and expires <= call.now.wire:
            raise refuse(12052385, f"certification {row['id']} expired at {expires}: it is {call.now.wire} now")
        made.append(Certification(row["id"], images, files, expires))
    return {"details": {"certifications": tuple(made)}}


def _size_chart(call: Call, world: World, body: Said) -> Said:
    given = body.get("size_chart")
    if given is None:
        return {}
    if given.get("image"):
        return {"details": {"size_chart": ("image", pictures.picture(call, world, given["image"]["uri"], 12052670))}}
    return {"details": {"size_chart": ("template", given["template"]["id"]) if given.get("template") else None}}


def _video(call: Call, world: World, body: Said) -> Said:
    return {"details": {"video": pictures.file(call, world, body["video"]["id"], 12052360)}} if body.get("video") else {}


def _delivery(call: Call, world: World, body: Said) -> Said:
    given = body.get("delivery_option_ids")
    if given is None:
        return {}
    serials = [ids.delivery_option(world).read(text) for text in dict.fromkeys(given)]
    for text, serial in zip(given, serials, strict=False):
        if serial not in logistics.OPTIONS:
            raise refuse(12052405, f"delivery option {text} is none of the shop's: GET /logistics/202309/warehouses/…/delivery_options lists them")
    return {"details": {"delivery_options": tuple(serial for serial in serials if serial is not None)}}


def _kind(call: Call, world: World, body: Said) -> Said:
    """Kinds of products that an Indonesian seller cannot make."""
    if body.get("is_not_for_sale"):
        raise refuse(12052992, "is_not_for_sale is true: gifts need a permission that no seller here has")
    if body.get("primary_combined_product_id") or any(row.get("combined_skus") for row in body.get("skus") or ()):
        raise refuse(12052849, "combined products need a permission that no seller here has")
    return {}


_READERS: tuple[Callable[[Call, World, Said], Said], ...] = (
    _kind, _title, _description, _category, _brand, _images, _package, _attributes, _preorder_of, _certifications, _size_chart, _video, _delivery, _extras, _plain,
)  # fmt: skip


def _unique(world: World, seller: int, kind: str, text: str, product: Product | None) -> None:
    """An id of the seller's own stands for one thing (documented for products that are made)."""
    held = world.shelf(PRODUCTS).page("by_external_id", (seller, kind, text), (seller, kind, text + "\0"), limit=2)
    others = [row for row in held if (product is None or row.serial != product.serial) and row.merged_into is None]
    if others:
        raise refuse(12052996, f"another product carries the external {kind} id {text[:60]!r}: it is {ids.text(ids.product(world), others[0].serial)}")


def platforms(call: Call, names: list[str], product: Product | None = None) -> list[Platform]:
    """The platforms that a product is meant for, none: as it stands. Raises Refusal when the seller is not on both yet."""
    wanted = [Platform(name.lower()) for name in dict.fromkeys(names) if name in ("TIKTOK_SHOP", "TOKOPEDIA")]
    if Platform.TOKOPEDIA in wanted and call.seller.phase is not Phase.PRODUCT_MERGED:
        raise refuse(12052994, f"listing_platforms names TOKOPEDIA: that is for sellers whose products are merged; this one is in phase {call.seller.phase}")
    used = call.body.get("is_pre_owned", product is not None and product.condition == "USED")
    standing = wanted or [one for one in (_S, Platform.TOKOPEDIA) if product is not None and products.listed(product, one) is not None]
    if used and _S in standing:
        raise refuse(12052316, "is_pre_owned is for products that are listed on TOKOPEDIA alone")
    return wanted


def _weight(given: dict[str, Any]) -> tuple[int, str]:
    text, unit = given["value"], given["unit"]
    if unit == "POUND":
        raise refuse(12019061, "package_weight.unit is POUND: an Indonesian shop weighs in KILOGRAM")
    if unit != "KILOGRAM" or not _KILOGRAMS.fullmatch(text):
        raise refuse(12019011, f"package_weight is {text!r} {unit}: it must be kilograms with up to three decimals, unit KILOGRAM")
    grams = int(Decimal(text) * 1000)
    if not grams:
        raise refuse(12052181, "package_weight.value is 0: it must be above 0")
    return (grams // 1000, "KG") if grams % 1000 == 0 else (grams, "GR")


def _size(given: dict[str, Any]) -> dict[str, int]:
    if given["unit"] == "INCH":
        raise refuse(12019061, "package_dimensions.unit is INCH: an Indonesian shop measures in CENTIMETER")
    for name, malformed in (("height", 12052003), ("width", 12052004), ("length", 12052005)):
        if not _CENTIMETRES.fullmatch(given[name]):
            raise refuse(malformed, f"package_dimensions.{name} is {given[name]!r}: it must be centimetres as text, such as \"12\"")
        if not Decimal(given[name]):
            raise refuse(12052116, f"package_dimensions.{name} is 0: it must be above 0")
    return {name: max(1, round(Decimal(given[name]))) for name in ("length", "width", "height")}


def _preorder(body: dict[str, Any]) -> int | None:
    """Days that the seller takes to make the goods; None where no SKU speaks of it. The world keeps one number per product."""
    said: dict[str, int] = {}
    rows_given = body.get("skus") or ()
    for row in rows_given:
        given = row.get("pre_sale")
        if not given:
            continue
        kind, how = given.get("type"), given.get("fulfillment_type")
        if not kind:
            raise refuse(12019096, "pre_sale.type is missing")
        if kind == "NONE":
            if how:
                raise refuse(12019094, "pre_sale.type is NONE: it goes without a fulfillment_type")
            said[kind] = 0
        elif kind == "PRE_ORDER":
            if not how:
                raise refuse(12019095, "pre_sale.fulfillment_type is missing")
            days = how.get("handling_duration_days")
            if not days:
                raise refuse(12019098, "pre_sale.fulfillment_type.handling_duration_days is missing or 0")
            if not 3 <= days <= 30:
                raise refuse(12052712, f"handling_duration_days is {days}: from 3 to 30 are possible")
            said[kind] = max(said.get(kind, 0), days)
        else:
            raise refuse(12019099, f"pre_sale.type is {kind}: an Indonesian shop knows PRE_ORDER")
    if len(said) > 1:
        raise refuse(12019100, f"SKUs have different pre_sale types: {', '.join(sorted(said))}")
    return next(iter(said.values()), None)


# ---- variants -----------------------------------------------------------------------------------------------------------------------------


def amount(given: dict[str, Any], *, malformed: int = 12052073) -> int:
    """A price in whole rupiah from ``{"amount", "currency"}``. Raises Refusal, with ``malformed`` for what is no number."""
    text, currency = given.get("amount") or "", given.get("currency")
    if currency != "IDR":
        raise refuse(12052084, f"the currency of an Indonesian shop is IDR, not {currency!r}")
    number = _PRICE.fullmatch(text)
    if number is None:
        raise refuse(malformed, f'price.amount is {text[:40]!r}: a price is whole rupiah as text, such as "15000"')
    price = int(number[1])
    if not LOWEST_PRICE <= price <= HIGHEST_PRICE:
        raise refuse(12052570 if price > HIGHEST_PRICE else 12052073, f"a price lies between {LOWEST_PRICE} and {HIGHEST_PRICE} rupiah, not at {price}")
    return price


def warehouse(call: Call, world: World, text: str | None) -> int:
    """The warehouse of that id; the default one where none is named. Raises Refusal."""
    if not text:
        return shops.default_warehouse(world, call.seller.serial, _S).serial
    serial = ids.warehouse(world).read(text)
    row = world.get(WAREHOUSES, serial) if serial is not None else None
    if row is None:
        raise refuse(12052097, f"warehouse {text} does not exist: GET /logistics/202309/warehouses lists them")
    if row.seller == call.seller.serial and row.kind == "dilayani":
        raise refuse(12052382, f"warehouse {text} is run by Dilayani Tokopedia: the platform counts what lies there")
    if row.seller != call.seller.serial or not row.tiktok_shop or row.kind != "sales":
        whose = "another seller's" if row.seller != call.seller.serial else "for returns" if row.kind != "sales" else "not on TikTok Shop"
        raise refuse(12052530, f"warehouse {text} is {whose}", message=rows.message(12052530).replace("{{warehouse ID}}", text))
    if not row.enabled:
        raise refuse(12052531, f"warehouse {text} is disabled")
    return row.serial


def skus(
    call: Call, world: World, given: list[dict[str, Any]], product: Product | None = None, *, found: list[Refusal] | None = None
) -> tuple[tuple[SkuDraft, ...], tuple[str, ...]]:
    """The variants that a body lists and the names of their axes. ``product``: the one that is edited. Raises Refusal.

    With ``found`` every variant that is refused is noted there, the others are answered.
    """
    axes = _axes(world, given, product)
    drafts: list[SkuDraft] = []
    for row in given:
        try:
            drafts.append(_sku(call, world, row, axes, product))
        except Refusal as no:
            if found is None:
                raise
            found.append(no)
    named = [draft.serial for draft in drafts if draft.serial is not None]
    if len(set(named)) < len(named):
        raise refuse(12052553, "two rows name the same SKU")
    told = [draft.options for draft in drafts if draft.options]
    if len(set(told)) < len(told):
        raise refuse(12052560, "two SKUs have the same sales attributes: each combination may stand once")
    codes = [draft.details.identifier for draft in drafts if draft.details.identifier]
    if len(set(codes)) < len(codes):
        raise refuse(12052592, "two SKUs have the same identifier code")
    externals = [draft.details.external_id for draft in drafts if draft.details.external_id]
    if len(set(externals)) < len(externals):
        raise refuse(12052996, "two SKUs have the same external_sku_id")
    for text in externals:
        _unique(world, call.seller.serial, "sku", text, product)
    return tuple(drafts), axes


def _axes(world: World, given: list[dict[str, Any]], product: Product | None) -> tuple[str, ...]:
    sets = [[_axis(one, product) for one in row.get("sales_attributes") or ()] for row in given]
    if product is not None and not any(sets) and all(_old(world, row, product) for row in given):
        return product.axes
    for names in sets:
        if len(set(names)) < len(names):
            raise refuse(12052244, f"a sales attribute stands twice: {', '.join(names)}")
        if sorted(names) != sorted(sets[0]):
            raise refuse(12052550, "all SKUs must have the same sales attributes")
    if len(sets[0]) > 3:
        raise refuse(12052525, f"{len(sets[0])} sales attributes were given, 3 are possible")
    if not sets[0] and len(given) > 1:
        raise refuse(12052550, "several SKUs need sales attributes that tell them apart")
    return tuple(sets[0])


def _axis(one: dict[str, Any], product: Product | None) -> str:
    """The name of a sales attribute that is given by name or by id."""
    text: str = one.get("id") or ""
    known = {product_view.attribute(axis): axis for axis in (product.axes if product else ())}
    name: str = one.get("name") or known.get(text) or categories.attribute_named(text) or text
    if not name:
        raise refuse(12052241, "a sales attribute has neither a name nor an id")
    if _UNFIT.search(name):
        raise refuse(12052933, f"the sales attribute {name[:40]!r} carries an HTML escape, an emoji or a control character")
    if _CHINESE.search(name):
        raise refuse(12052243, f"the sales attribute {name[:40]!r} carries Chinese characters")
    return name


def _sku(call: Call, world: World, row: dict[str, Any], axes: tuple[str, ...], product: Product | None) -> SkuDraft:
    serial = _old(world, row, product)
    old = next((sku for sku in product.skus if sku.serial == serial), None) if product else None
    options, image, pictured = _options(call, world, row, axes, product)
    stock: dict[int, int] = {}
    for one in row.get("inventory") or ():
        stock[warehouse(call, world, one.get("warehouse_id"))] = one.get("quantity", 0)
    if old is None and not row.get("price"):
        raise refuse(12052571 if product else 12052073, "a new SKU has no price")
    if old is None and not stock:
        raise refuse(12019022 if product else 12052096, "a new SKU has no inventory: name a warehouse and a quantity")
    if old is not None and stock and world.rules.sku_warehouses == "fixed" and set(stock) != {held.warehouse for held in old.stock}:
        raise refuse(12052533, "the SKU lies in other warehouses than the row lists: name those that it has", rule="sku_warehouses")
    price = amount(row["price"]) if row.get("price") else 0
    seller_sku = row.get("seller_sku") or ""
    if _CHINESE.search(seller_sku):
        raise refuse(12052554, f"seller_sku {seller_sku[:40]!r} carries Chinese characters")
    details = _told(call, world, row, old).but(pictured=pictured)
    return SkuDraft(seller_sku, price, tuple(stock.items()), options, image, serial=serial, details=details)


def _told(call: Call, world: World, row: dict[str, Any], old: products.Sku | None) -> SkuDetails:
    """What a row tells of a SKU beyond what sells it: kept as it is written, blank where it is left out."""
    for url in row.get("external_urls") or ():
        if not _URL.fullmatch(url):
            raise refuse(12052235, f"external_urls holds {url[:60]!r}: each is an address with http or https")
    identifier = _identifier(row.get("identifier_code") or {})
    if old is not None and old.details.identifier and identifier and identifier != old.details.identifier:
        raise refuse(12052593, f"the SKU has the identifier code {old.details.identifier[1]}: it cannot become {identifier[1]}")
    before = old.details if old is not None else SkuDetails()
    size, weight = row.get("sku_dimensions"), row.get("sku_weight")
    return SkuDetails(
        external_id=row.get("external_sku_id") or "",
        external_urls=tuple(row.get("external_urls") or ()),
        identifier=identifier or before.identifier,
        fees=tuple((one.get("type") or "", one.get("amount") or "", one.get("additional_attribute") or "") for one in row.get("fees") or ()),
        size=(size.get("length", ""), size.get("width", ""), size.get("height", ""), size.get("unit", "")) if size else None,
        weight=(weight.get("value", ""), weight.get("unit", "")) if weight else None,
        lead=lead(call, world, row["inventory"]) if row.get("inventory") else before.lead,
    )


def lead(call: Call, world: World, given: list[dict[str, Any]]) -> tuple[tuple[int, int, int], ...]:
    """What an inventory says of goods that are not there yet: (warehouse, units that may be sold all the same, days that handling takes)."""
    told = [(one, one.get("backorder_quantity") or 0, one.get("handling_time") or 0) for one in given]
    return tuple((warehouse(call, world, one.get("warehouse_id")), units, days) for one, units, days in told if units or days)


def _identifier(given: dict[str, Any]) -> tuple[str, str] | None:
    """The type and code of an identifier, None where the row has none. Raises Refusal for a code that cannot be of that type."""
    kind, code = given.get("type"), given.get("code")
    if not code:
        return None
    if not kind:
        raise refuse(12052600, f"identifier_code {code[:40]!r} has no type")
    if "X" in code[:-1].upper() and kind == "ISBN":
        raise refuse(12052598, f"ISBN {code[:40]!r} has an X before its last place")
    digits = code[:-1] if kind == "ISBN" and code[-1:].upper() == "X" else code
    if not (digits.isascii() and digits.isdigit()) or len(code) not in _DIGITS[kind]:
        raise refuse(12052591, f"{kind} {code[:40]!r} must have {' or '.join(map(str, _DIGITS[kind]))} digits")
    return kind, code


def _old(world: World, row: dict[str, Any], product: Product | None) -> int | None:
    """The SKU that a row of an edit speaks of: by id, else by its seller SKU. None: a new one. Raises Refusal."""
    if row.get("id"):
        serial = ids.sku(world).read(row["id"])
        if product is None or all(sku.serial != serial for sku in product.skus):
            raise refuse(12052557, f"SKU {row['id']} is none of this product's")
        return serial
    named = row.get("seller_sku")
    same = [sku.serial for sku in (product.skus if product and named else ()) if sku.seller_sku == named]
    return same[0] if len(same) == 1 else None


def _options(call: Call, world: World, row: dict[str, Any], axes: tuple[str, ...], product: Product | None) -> tuple[tuple[str, ...], str, int]:
    """One value per axis, and the picture of the variant with the axis that it shows; no values where the row speaks of none."""
    given = row.get("sales_attributes") or ()
    known: dict[str, str] = {}
    if product is not None:
        for sku in product.skus:
            known |= {product_view.attribute(f"{axis}:{option}"): option for axis, option in zip(product.axes, sku.options, strict=False)}
    chosen: dict[str, str] = {}
    shown: list[tuple[str, int]] = []
    for one in given:
        text = one.get("value_id") or ""
        value = one.get("value_name") or known.get(text) or categories.value_named(text) or text
        if not value:
            message = rows.message(12052248).replace("{{property_type}}", "sales attribute")
            raise refuse(12052248, "a sales attribute has neither a value name nor a value id", message=message)
        if _UNFIT.search(value):
            raise refuse(12052934, f"the value {value[:40]!r} of a sales attribute carries an HTML escape, an emoji or a control character")
        axis = _axis(one, product)
        chosen[axis] = value
        if one.get("sku_img"):
            shown.append((pictures.picture(call, world, one["sku_img"]["uri"], 12052520), axes.index(axis) if axis in axes else 0))
    if len(shown) > 1:
        raise refuse(12052528, "pictures belong to one sales attribute only")
    image, pictured = shown[0] if shown else ("", 0)
    return tuple(chosen[axis] for axis in axes) if given else (), image, pictured
