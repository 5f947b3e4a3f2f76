"""What products are described by: categories, the variants and annotations of a category, and a product's own variants."""

from __future__ import annotations

from typing import Any

import orjson

from ..domain import products
from ..domain.phases import Family
from ..domain.products import Product
from ..domain.shops import CATEGORIES, Category
from ..domain.table import TOP
from ..domain.world import World
from ..gateway.call import Call, Raw
from . import asked, ids
from .catalog import CATALOG
from .envelope import Form
from .products import item
from .words import refuse

_READ: dict[str, Any] = {"family": Family.CATALOGUE, "effect": "read"}


# ---- categories ---------------------------------------------------------------------------------------------------------------------------------


@CATALOG.endpoint("GET", "/inventory/v1/fs/{fs_id}/product/category", source="getAllCategories", **_READ)
def categories(call: Call) -> Form:
    """The whole tree; with ``keyword`` a flat list of leaves by their whole way. Ids are texts."""
    world = call.world
    keyword = asked.text(call, "keyword").casefold()
    every = world.shelf(CATEGORIES).page("by_tokopedia")
    if keyword:
        ways = [(" / ".join(way(world, row)), row) for row in every if row.is_leaf]
        found = [{"name": text, "id": str(row.tokopedia)} for text, row in ways if keyword in text.casefold()]
        return Form("int", {"categories": found[:10]}, "Successfully Retrieve Category")
    children: dict[int | None, list[Category]] = {}
    for row in every:
        children.setdefault(row.parent, []).append(row)

    def told(row: Category) -> dict[str, Any]:
        below = children.get(row.serial)
        return {"name": row.name, "id": str(row.tokopedia), **({"child": [told(one) for one in below]} if below else {})}

    return Form("int", {"categories": [told(row) for row in children.get(None, [])]}, "Successfully Retrieve Category")


def way(world: World, category: Category) -> list[str]:
    names = [category.name]
    at = category
    while at.parent is not None and (above := world.get(CATEGORIES, at.parent)) is not None:
        names.append(above.name)
        at = above
    return names[::-1]


def _category(call: Call) -> Category:
    number = asked.number(call, "cat_id", bad="VRT_DLV_004")
    found = call.world.shelf(CATEGORIES).page("by_tokopedia", (number,), (number, TOP), limit=1)
    if not found:
        raise refuse("VRT_USC_002", f"there is no category {number}")
    return found[0]


# Variants that a seller may choose from, the same for every category (ids and names of the two axes: documented; values: the simulator's own).
AXES: tuple[tuple[int, str, str, tuple[tuple[int, str, str, str], ...]], ...] = (
    (1, "Warna", "colour", ((1, "Hitam", "#000000", "Black"), (2, "Putih", "#ffffff", "White"), (3, "Merah", "#ff0000", "Red"), (4, "Hijau", "#006400", "Green"))),
    (6, "Ukuran", "size", ((21, "S", "", "S"), (22, "M", "", "M"), (23, "L", "", "L"), (24, "XL", "", "XL"))),
)


@CATALOG.endpoint("GET", "/inventory/v2/fs/{fs_id}/category/get_variant", source="getVariantsByCategoryId", fidelity="document", **_READ)
def variants_of_category(call: Call) -> dict[str, Any]:
    """The variants that products of a category may have."""
    category = _category(call)
    return {
        "category_id": category.tokopedia,
        "variant_id_combinations": [[1], [6], [1, 6]],
        "variant_details": [
            {
                "variant_id": axis,
                "has_unit": 0,
                "identifier": identifier,
                "name": name,
                "status": 1,
                "units": [
                    {
                        "variant_unit_id": 0,
                        "status": 1,
                        "unit_name": "",
                        "unit_short_name": "",
                        "unit_values": [
                            {"variant_unit_value_id": number, "status": 1, "value": text, "equivalent_value_id": 0, "english_value": english, "hex": colour, "icon": ""}
                            for number, text, colour, english in values
                        ],
                    }
                ],
                "is_primary": int(axis == 1),
            }
            for axis, name, identifier, values in AXES
        ],
    }


@CATALOG.endpoint("GET", "/inventory/v1/fs/{fs_id}/category/get_variant", source="getVariantsByCategoryIdV1", fidelity="document", **_READ)
def variants_of_category_v1(call: Call) -> list[dict[str, Any]]:
    """The same in its first version: a flat list."""
    _category(call)
    return [
        {
            "variant_id": axis,
            "name": name,
            "identifier": identifier,
            "status": 1,
            "has_unit": 0,
            "units": [
                {
                    "unit_id": 0,
                    "name": "",
                    "short_name": "",
                    "values": [{"value_id": number, "value": text, "hex_code": colour, "icon": ""} for number, text, colour, _ in values],
                }
            ],
        }
        for axis, name, identifier, values in AXES
    ]


# Annotations: (name, values), the same for every category (the simulator's own).
ANNOTATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (("Bahan", ("Katun", "Kanvas", "Kulit", "Plastik")), ("Asal Produk", ("Lokal", "Impor")))


@CATALOG.endpoint("GET", "/v1/fs/{fs_id}/product/annotation", source="getProductAnnotationByCategoryId", fidelity="document", **_READ)
def product_annotations(call: Call) -> list[dict[str, Any]]:
    """What else may be told of products of a category."""
    category = _category(call)
    return [
        {
            "variant": name,
            "sort_order": place,
            "values": [{"id": category.tokopedia * 100 + place * 10 + number, "name": text, "data": ""} for number, text in enumerate(values)],
        }
        for place, (name, values) in enumerate(ANNOTATIONS, start=1)
    ]


# ---- the variants of a product ---------------------------------------------------------------------------------------------------------------------


def rupiah(amount: int) -> str:
    """An amount as the shop shows it: ``Rp 50.000``."""
    return "Rp " + f"{amount:,}".replace(",", ".")


@CATALOG.endpoint(
    "GET", "/inventory/v1/fs/{fs_id}/product/variant/{product_id}", family=Family.PRODUCT_READ, effect="read", source="getVariantsByProductId"
)
def variants_of_product(call: Call) -> Raw:
    """A parent's variants and its children; asked of a child, of its whole family."""
    if asked.whole(call.params["product_id"]) is None:
        raise refuse("VRT_DLV_005", f"product_id is {call.params['product_id'][:40]!r}")
    found = item(call.world, call.params["product_id"])
    if found is None or not found[0].axes:
        why = "has no variants" if found is not None else "is none of this app's shops'"
        raise refuse("PRD_GRPC_001", f"product {call.params['product_id']} {why}", status=400)
    record = found[0]
    call.showed("products", record.serial)
    return Raw(call.workspace.fragments.of("toko.variants", record, lambda row: orjson.dumps(_family(call.world, row))))


def _family(world: World, record: Product) -> dict[str, Any]:
    wire = ids.product(world).wire
    values = {axis: list(dict.fromkeys(sku.options[axis] for sku in record.skus if len(sku.options) > axis)) for axis in range(len(record.axes))}
    option = {(axis, text): wire(record.serial) * 100 + axis * 30 + place for axis, texts in values.items() for place, text in enumerate(texts, start=1)}
    primary = next((sku for sku in record.skus if sku.is_primary), record.skus[0])
    return {
        "parent_id": wire(record.serial),
        "default_child": wire(primary.serial),
        "sizechart": "",
        "variant": [
            {
                "name": name.lower(),
                "identifier": {"warna": "colour", "ukuran": "size"}.get(name.lower(), ""),
                "unit_name": "",
                "position": place + 1,
                "option": [{"id": option[place, text], "value": text, "hex": ""} for text in values[place]],
            }
            for place, name in enumerate(record.axes)
        ],
        "children": [_child(world, record, sku, [option[axis, text] for axis, text in enumerate(sku.options)]) for sku in record.skus],
    }


def _child(world: World, record: Product, sku: products.Sku, options: list[int]) -> dict[str, Any]:
    wire = ids.product(world).wire(sku.serial)
    picture = sku.image or (record.images[0] if record.images else "")
    on = record.tokopedia is products.Listing.ACTIVATE and sku.active
    return {
        "name": f"{record.name} - {', '.join(sku.options)}",
        "url": f"https://www.tokopedia.com/product/{wire}",
        "product_id": wire,
        "price": sku.price,
        "price_fmt": rupiah(sku.price),
        "stock": sku.available,
        "main_stock": sku.available,
        "reserve_stock": sku.committed,
        "sku": sku.seller_sku,
        "option_ids": options,
        "enabled": on,
        "is_buyable": on and sku.available > 0,
        "is_wishlist": False,
        "picture": {"original": picture, "thumbnail": picture},
        "campaign": {
            "is_active": bool(sku.slashed),
            "discounted_percentage": round(100 * (sku.price - sku.slashed) / sku.price) if sku.slashed else 0,
            "discounted_price": sku.slashed,
            "discounted_price_fmt": rupiah(sku.slashed) if sku.slashed else "",
            "campaign_type": 0,
            "campaign_type_name": "",
            "start_date": "",
            "end_date": "",
        },
        "always_available": False,
        "stock_wording": "Stok tersedia" if sku.available else "Stok habis",
        "other_variant_stock": "available" if any(other.available for other in record.skus if other is not sku) else "empty",
        "is_limited_stock": False,
    }
