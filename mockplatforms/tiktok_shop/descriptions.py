"""A product as a seller describes it in a request, read into the world's words: texts, pictures, weights, papers."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..domain import products
from ..domain.phases import Phase, Platform
from ..domain.products import PRODUCTS, Certification, Details, Product
from ..domain.world import World
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from . import categories, ids, logistics, pictures, texts, titles
from .words import refuse

_S = Platform.TIKTOK_SHOP
_KILOGRAMS = re.compile(r"\d{1,4}(\.\d{1,3})?", re.ASCII)
_CENTIMETRES = re.compile(r"\d{1,5}(\.\d{1,3})?", re.ASCII)
_IMG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_SRC = re.compile(r"""\bsrc\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)

_MOST_IMAGES = 30  # in a description (documented)
_VENDOR = ("ibyteimg.com", "tiktokcdn.com", "ttcdn-us.com")  # where the platform's own pictures lie (observed)

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
                unique(world, call.seller.serial, "product", part["external_id"], product)
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
    return {"name": titles.fit(body["title"])} if "title" in body else {}


def _description(call: Call, world: World, body: Said) -> Said:
    text = body.get("description")
    if text is None:
        return {}
    if not text.strip():
        raise refuse(12052015, "the description is blank")
    if texts.unfit_lines(text):
        raise refuse(12052932, "the description carries an HTML escape, an emoji or a control character")
    if texts.chinese(text):
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
    if not body.get("category_id"):
        return {}
    return {"category": categories.leaf(world, body["category_id"], body.get("category_version") or "v1").serial}


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
    return {"images": tuple(pictures.main(call, world, row["uri"]) for row in given)}


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
        if texts.unfit(text):
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


def unique(world: World, seller: int, kind: str, text: str, product: Product | None) -> None:
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
    text, unit = given["value"], given.get("unit", "KILOGRAM")  # one that there is not has been told of
    if unit == "POUND":
        raise refuse(12019061, "package_weight.unit is POUND: an Indonesian shop weighs in KILOGRAM")
    if unit != "KILOGRAM" or not _KILOGRAMS.fullmatch(text):
        raise refuse(12019011, f"package_weight is {text!r} {unit}: it must be kilograms with up to three decimals, unit KILOGRAM")
    grams = int(Decimal(text) * 1000)
    if not grams:
        raise refuse(12052181, "package_weight.value is 0: it must be above 0")
    return (grams // 1000, "KG") if grams % 1000 == 0 else (grams, "GR")


def _size(given: dict[str, Any]) -> dict[str, int]:
    if given.get("unit") == "INCH":
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
