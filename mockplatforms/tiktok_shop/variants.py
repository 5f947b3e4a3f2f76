"""The variants of a product as a seller describes them in a request: attributes, prices, stock, identifiers."""

from __future__ import annotations

import re
from typing import Any

from ..domain import products, shops
from ..domain.phases import Platform
from ..domain.products import HIGHEST_PRICE, LOWEST_PRICE, Product, SkuDetails, SkuDraft
from ..domain.shops import WAREHOUSES
from ..domain.world import World
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from . import categories, descriptions, ids, pictures, product_view, rows, texts
from .words import refuse

_PRICE = re.compile(r"(\d{1,12})(\.0{1,2})?", re.ASCII)
_URL = re.compile(r"https?://[^\s/]+(/\S*)?", re.IGNORECASE)

# How many digits an identifier may have (the standards' own rules; that the platform checks them is documented, how is inferred).
_DIGITS = {"GTIN": (8, 12, 13, 14), "EAN": (8, 13), "UPC": (12,), "ISBN": (10, 13), "JAN": (8, 13)}


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
        return shops.default_warehouse(world, call.seller.serial, Platform.TIKTOK_SHOP).serial
    serial = ids.warehouse(world).read(text)
    row = world.get(WAREHOUSES, serial) if serial is not None else None
    if row is None:
        raise refuse(12052097, f"warehouse {text} does not exist: GET /logistics/202309/warehouses lists them")
    if row.seller == call.seller.serial and row.kind == "dilayani":
        raise refuse(12052382, f"warehouse {text} is run by Dilayani Tokopedia: the platform counts what lies there")
    if row.seller == call.seller.serial and row.kind != "sales":
        raise refuse(12052532, f"warehouse {text} is for returns: nothing is sold from there")
    if row.seller != call.seller.serial or not row.tiktok_shop:
        whose = "another seller's" if row.seller != call.seller.serial else "not on TikTok Shop"
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
    made: list[SkuDraft] = []
    for row in given:
        try:
            made.append(_sku(call, world, row, axes, product))
        except Refusal as no:
            if found is None:
                raise
            found.append(no)
    named = [draft.serial for draft in made if draft.serial is not None]
    if len(set(named)) < len(named):
        raise refuse(12052553, "two rows name the same SKU")
    told = [draft.options for draft in made if draft.options]
    if len(set(told)) < len(told):
        raise refuse(12052560, "two SKUs have the same sales attributes: each combination may stand once")
    codes = [draft.details.identifier for draft in made if draft.details.identifier]
    if len(set(codes)) < len(codes):
        raise refuse(12052592, "two SKUs have the same identifier code")
    externals = [draft.details.external_id for draft in made if draft.details.external_id]
    if len(set(externals)) < len(externals):
        raise refuse(12052996, "two SKUs have the same external_sku_id")
    for text in externals:
        descriptions.unique(world, call.seller.serial, "sku", text, product)
    return tuple(made), axes


def _axes(world: World, given: list[dict[str, Any]], product: Product | None) -> tuple[str, ...]:
    if not given:
        return ()
    sets = [[_axis(one, product) for one in row.get("sales_attributes") or ()] for row in given]
    if product is not None and not any(sets) and all(_old(world, row, product) for row in given):
        return product.axes
    if not sets:
        return ()  # too many to be read, which has been told
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
    name: str = one.get("name") or known.get(text) or categories.attribute_named(text) or ""
    if not name and text:
        raise refuse(12052527, f"sales attribute {text} is neither the category's nor the product's: Get Attributes lists them, or give a name")
    if not name:
        raise refuse(12052241, "a sales attribute has neither a name nor an id")
    if texts.unfit(name):
        raise refuse(12052933, f"the sales attribute {name[:40]!r} carries an HTML escape, an emoji or a control character")
    if texts.chinese(name):
        raise refuse(12052243, f"the sales attribute {name[:40]!r} carries Chinese characters")
    return name


def _sku(call: Call, world: World, row: dict[str, Any], axes: tuple[str, ...], product: Product | None) -> SkuDraft:
    serial = _old(world, row, product)
    old = next((sku for sku in product.skus if sku.serial == serial), None) if product else None
    options, image, pictured = _options(call, world, row, axes, product)
    stock: dict[int, int] = {}
    for one in row.get("inventory") or ():
        place = warehouse(call, world, one.get("warehouse_id"))
        if place in stock:
            raise refuse(12052910, f"warehouse {one.get('warehouse_id') or 'the default one'} stands twice in the inventory of a SKU")
        stock[place] = one.get("quantity", 0)
    if old is None and not row.get("price"):
        raise refuse(12052571 if product else 12052073, "a new SKU has no price")
    if old is None and not stock:
        raise refuse(12019022 if product else 12052096, "a new SKU has no inventory: name a warehouse and a quantity")
    if old is not None and stock and world.rules.sku_warehouses == "fixed" and set(stock) != {held.warehouse for held in old.stock}:
        raise refuse(12052533, "the SKU lies in other warehouses than the row lists: name those that it has", rule="sku_warehouses")
    price = amount(row["price"]) if row.get("price") else 0
    seller_sku = row.get("seller_sku") or ""
    if texts.chinese(seller_sku):
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
        value = one.get("value_name") or known.get(text) or categories.value_named(text) or ""
        if not value and text:
            raise refuse(12052529, f"value {text} of a sales attribute is neither the category's nor the product's: Get Attributes lists them, or give a value_name")
        if not value:
            message = rows.message(12052248).replace("{{property_type}}", "sales attribute")
            raise refuse(12052248, "a sales attribute has neither a value name nor a value id", message=message)
        if texts.unfit(value):
            raise refuse(12052934, f"the value {value[:40]!r} of a sales attribute carries an HTML escape, an emoji or a control character")
        if texts.chinese(value):
            message = rows.message(12052250).replace("{{property_type}}", "sales attribute")
            raise refuse(12052250, f"the value {value[:40]!r} of a sales attribute carries Chinese characters", message=message)
        axis = _axis(one, product)
        chosen[axis] = value
        if one.get("sku_img"):
            shown.append((pictures.picture(call, world, one["sku_img"]["uri"], 12052520), axes.index(axis) if axis in axes else 0))
    if len(shown) > 1:
        raise refuse(12052528, "pictures belong to one sales attribute only")
    image, pictured = shown[0] if shown else ("", 0)
    return tuple(chosen[axis] for axis in axes) if given else (), image, pictured
