"""A product as a seller describes it in a request, read into the world's words: texts, weights, prices, variants, stock."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from ..domain import shops
from ..domain.phases import Phase, Platform
from ..domain.products import HIGHEST_PRICE, LOWEST_PRICE, Product, SkuDraft
from ..domain.shops import WAREHOUSES
from ..domain.world import World
from ..gateway.call import Call
from . import categories, ids, product_view, rows, titles
from .words import refuse

_S = Platform.TIKTOK_SHOP
_PRICE = re.compile(r"(\d{1,12})(\.0{1,2})?", re.ASCII)
_KILOGRAMS = re.compile(r"\d{1,4}(\.\d{1,3})?", re.ASCII)
_CENTIMETRES = re.compile(r"\d{1,5}(\.\d{1,3})?", re.ASCII)

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
}


# ---- the product itself -------------------------------------------------------------------------------------------------------------------


def facts(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """What a body says of the product itself; what it doesn't say is left out."""
    said: dict[str, Any] = {}
    if body.get("title"):
        said["name"] = titles.fit(body["title"])
    if body.get("description"):
        said["description"] = body["description"]
    if body.get("category_id"):
        said["category"] = categories.leaf(world, body["category_id"], body.get("category_version") or "v1").serial
    if body.get("brand_id"):
        said["brand"] = _brand(body["brand_id"])
    if body.get("main_images"):
        said["images"] = tuple(picture(row["uri"], 12052300) for row in body["main_images"])
    if body.get("package_weight"):
        said["weight"], said["weight_unit"] = _weight(body["package_weight"])
    if body.get("package_dimensions"):
        said |= _size(body["package_dimensions"])
    if "is_cod_allowed" in body:
        said["is_cod"] = body["is_cod_allowed"]
    if body.get("external_product_id"):
        said["external_id"] = body["external_product_id"]
    if body.get("product_attributes"):
        said["attributes"] = tuple(pair for one in body["product_attributes"] for pair in _attribute(one))
    if "minimum_order_quantity" in body:
        said["min_order"] = body["minimum_order_quantity"]
    if "shipping_insurance_requirement" in body:
        said["insurance"] = body["shipping_insurance_requirement"]
    if "is_pre_owned" in body:
        said["condition"] = "USED" if body["is_pre_owned"] else "NEW"
    days = _preorder(body)
    if days is not None:
        said["preorder_days"] = days
    return said


def platforms(call: Call, names: list[str]) -> list[Platform]:
    """The platforms that a product is meant for. Raises Refusal when the seller is not on both yet."""
    wanted = [Platform(name.lower()) for name in dict.fromkeys(names) if name in ("TIKTOK_SHOP", "TOKOPEDIA")]
    if Platform.TOKOPEDIA in wanted and call.seller.phase is not Phase.PRODUCT_MERGED:
        raise refuse(12052994, f"listing_platforms names TOKOPEDIA: that is for sellers whose products are merged; this one is in phase {call.seller.phase}")
    if call.body.get("is_pre_owned") and wanted and wanted != [Platform.TOKOPEDIA]:
        raise refuse(12052316, "is_pre_owned is for products that are listed on TOKOPEDIA alone")
    return wanted


def _brand(text: str) -> str:
    name = categories.brand_named(text)
    if name is None:
        raise refuse(12052026, f"brand {text!r} does not exist: GET /product/202309/brands lists them")
    return name


def picture(uri: str, code: int) -> str:
    """The address of a picture that was uploaded before. Raises Refusal for an address from elsewhere."""
    if "://" in uri:
        raise refuse(code, f"{uri[:80]!r} is an address: pictures are named by the uri that POST /product/202309/images/upload answers")
    return product_view.IMAGES + uri


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
    for name in ("length", "width", "height"):
        if not _CENTIMETRES.fullmatch(given[name]) or not Decimal(given[name]):
            raise refuse(12052116, f"package_dimensions.{name} is {given[name]!r}: it must be centimetres above 0")
    return {name: max(1, round(Decimal(given[name]))) for name in ("length", "width", "height")}


def _attribute(given: dict[str, Any]) -> list[tuple[str, str]]:
    name = categories.attribute_named(given["id"]) or given["id"]
    return [(name, text) for one in given["values"] if (text := one.get("name") or categories.value_named(one.get("id") or "") or one.get("id"))]


def _preorder(body: dict[str, Any]) -> int | None:
    """Days that the seller takes to make the goods; None where no SKU speaks of it. The world keeps one number per product."""
    said = None
    for row in body.get("skus") or ():
        given = row.get("pre_sale") or {}
        kind = given.get("type")
        if kind == "NONE":
            said = said or 0
        elif kind == "PRE_ORDER":
            days = (given.get("fulfillment_type") or {}).get("handling_duration_days")
            if not days:
                raise refuse(12019098, "pre_sale.fulfillment_type.handling_duration_days is missing")
            if not 3 <= days <= 30:
                raise refuse(12052712, f"handling_duration_days is {days}: from 3 to 30 are possible")
            said = max(said or 0, days)
        elif kind:
            raise refuse(12019099, f"pre_sale.type is {kind}: an Indonesian shop knows PRE_ORDER")
    return said


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
    if row.seller != call.seller.serial or not row.tiktok_shop or row.kind != "sales":
        whose = "another seller's" if row.seller != call.seller.serial else "for returns" if row.kind != "sales" else "not on TikTok Shop"
        raise refuse(12052530, f"warehouse {text} is {whose}", message=rows.message(12052530).replace("{{warehouse ID}}", text))
    if not row.enabled:
        raise refuse(12052531, f"warehouse {text} is disabled")
    return row.serial


def skus(call: Call, world: World, given: list[dict[str, Any]], product: Product | None = None) -> tuple[tuple[SkuDraft, ...], tuple[str, ...]]:
    """The variants that a body lists and the names of their axes. ``product``: the one that is edited. Raises Refusal."""
    axes = _axes(world, given, product)
    drafts = tuple(_sku(call, world, row, axes, product) for row in given)
    named = [draft.serial for draft in drafts if draft.serial is not None]
    if len(set(named)) < len(named):
        raise refuse(12052553, "two rows name the same SKU")
    told = [draft.options for draft in drafts if draft.options]
    if len(set(told)) < len(told):
        raise refuse(12052560, "two SKUs have the same sales attributes: each combination may stand once")
    return drafts, axes


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
    return name


def _sku(call: Call, world: World, row: dict[str, Any], axes: tuple[str, ...], product: Product | None) -> SkuDraft:
    old = _old(world, row, product)
    options, image = _options(row, axes, product)
    stock: dict[int, int] = {}
    for one in row.get("inventory") or ():
        stock[warehouse(call, world, one.get("warehouse_id"))] = one.get("quantity", 0)
    if old is None and not row.get("price"):
        raise refuse(12052571 if product else 12052073, "a new SKU has no price")
    if old is None and not stock:
        raise refuse(12019022 if product else 12052096, "a new SKU has no inventory: name a warehouse and a quantity")
    price = amount(row["price"]) if row.get("price") else 0
    return SkuDraft(row.get("seller_sku") or "", price, tuple(stock.items()), options, image, serial=old)


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


def _options(row: dict[str, Any], axes: tuple[str, ...], product: Product | None) -> tuple[tuple[str, ...], str]:
    """One value per axis, and the picture of the variant; no values where the row speaks of none."""
    given = row.get("sales_attributes") or ()
    if not given:
        return (), ""
    known: dict[str, str] = {}
    if product is not None:
        for sku in product.skus:
            known |= {product_view.attribute(f"{axis}:{option}"): option for axis, option in zip(product.axes, sku.options, strict=False)}
    chosen: dict[str, str] = {}
    pictures = []
    for one in given:
        text = one.get("value_id") or ""
        value = one.get("value_name") or known.get(text) or categories.value_named(text) or text
        if not value:
            message = rows.message(12052248).replace("{{property_type}}", "sales attribute")
            raise refuse(12052248, "a sales attribute has neither a value name nor a value id", message=message)
        chosen[_axis(one, product)] = value
        if one.get("sku_img"):
            pictures.append(picture(one["sku_img"]["uri"], 12052520))
    if len(pictures) > 1:
        raise refuse(12052528, "pictures belong to one sales attribute only")
    return tuple(chosen[axis] for axis in axes), pictures[0] if pictures else ""
