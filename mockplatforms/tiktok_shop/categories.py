"""Categories, what they ask of a product, and brands: what a seller looks up before making a product."""

from __future__ import annotations

from typing import Any

from ..domain import shops
from ..domain.phases import Family, Platform
from ..domain.shops import CATEGORIES, Category
from ..domain.world import World
from ..gateway.call import Call
from . import paging, product_view
from .catalog import serves
from .paging import Run
from .words import refuse

# Attributes that every leaf asks for: name → (type, values). Names and values are the simulator's own; the platform has its own for each category.
ATTRIBUTES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Warna": ("SALES_PROPERTY", ("Hitam", "Putih", "Navy", "Merah")),
    "Ukuran": ("SALES_PROPERTY", ("S", "M", "L", "XL")),
    "Varian": ("SALES_PROPERTY", ()),
    "Bahan": ("PRODUCT_PROPERTY", ("Katun", "Rayon", "Plastik", "Stainless Steel")),
    "Negara Asal": ("PRODUCT_PROPERTY", ("Indonesia", "Tiongkok", "Jepang")),
    "Garansi": ("PRODUCT_PROPERTY", ("Tidak ada garansi", "1 tahun")),
}

# Brands that exist: the simulator's own. A brand that a product had before keeps its name.
BRANDS = ("Ayu", "Colok", "Dapurku", "Kebun Kita", "Polosan", "Sejuk")

_ATTRIBUTE_NAMES = {product_view.attribute(name): name for name in ATTRIBUTES}
_VALUE_NAMES = {product_view.attribute(f"{name}:{value}"): value for name, (_, values) in ATTRIBUTES.items() for value in values}
_BRAND_NAMES = {product_view.attribute(f"brand:{name}"): name for name in BRANDS}


def attribute_named(text: str) -> str | None:
    """The name of the attribute with that id."""
    return _ATTRIBUTE_NAMES.get(text)


def value_named(text: str) -> str | None:
    """The name of the attribute value with that id."""
    return _VALUE_NAMES.get(text)


def brand_named(text: str) -> str | None:
    """The name of the brand with that id."""
    return _BRAND_NAMES.get(text)


def found(world: World, text: str) -> Category:
    """The category of that id. Raises Refusal."""
    rows = world.shelf(CATEGORIES).page("by_tiktok_shop", (int(text),), (int(text) + 1,), limit=1) if text.isascii() and text.isdigit() and len(text) < 18 else []
    if not rows:
        raise refuse(12052023, f"category {text!r} is none of the tree: GET /product/202309/categories lists them")
    return rows[0]


def leaf(world: World, text: str) -> Category:
    """The category of that id, in which products can be. Raises Refusal."""
    row = found(world, text)
    if not row.is_leaf:
        raise refuse(12052024, f"category {text} ({row.name}) is no leaf: choose one below it")
    return row


@serves("get-categories-202309", family=Family.CATALOGUE)
def tree(call: Call) -> dict[str, Any]:
    """The category tree, or the part of it whose names hold a keyword; the same tree for both platforms (inferred)."""
    world = call.world
    wanted = (call.query.get("keyword") or "").lower()
    shown = []
    for row in world.shelf(CATEGORIES).page("by_serial"):
        if wanted in row.name.lower():
            parent = world.get(CATEGORIES, row.parent) if row.parent is not None else None
            shown.append({**product_view.category(row, parent), "permission_statuses": ["AVAILABLE"]})
    return {"categories": shown}


@serves("get-category-rules-202309", family=Family.CATALOGUE)
def rules(call: Call) -> dict[str, Any]:
    """What a category asks of its products: nothing in particular, cash on delivery and pre-order are possible."""
    leaf(call.world, call.params["category_id"])
    return {
        "product_certifications": [],
        "size_chart": {"is_supported": False, "is_required": False},
        "cod": {"is_supported": True},
        "package_dimension": {"is_required": False},
        "epr": {"is_required": False},
        "allowed_special_product_types": ["PRE_ORDER"],
        "fees": [],
    }


@serves("get-attributes-202309", family=Family.CATALOGUE)
def attributes(call: Call) -> dict[str, Any]:
    """The attributes of a category's products. The misspelt ``is_requried`` is the platform's."""
    leaf(call.world, call.params["category_id"])
    return {
        "attributes": [
            {
                "id": product_view.attribute(name),
                "name": name,
                "type": kind,
                "is_requried": False,
                "values": [{"id": product_view.attribute(f"{name}:{value}"), "name": value} for value in values],
                "is_customizable": True,
                "is_multiple_selection": kind == "PRODUCT_PROPERTY",
            }
            for name, (kind, values) in ATTRIBUTES.items()
        ]
    }


@serves("get-brands-202309", family=Family.CATALOGUE)
def brands(call: Call) -> dict[str, Any]:
    """The brands that a product can have, by name."""
    query = call.query
    if query.get("category_id"):
        found(call.world, query["category_id"])
    wanted, authorised = (query.get("brand_name") or "").lower(), query.get("is_authorized")
    fitting = [name for name in BRANDS if wanted in name.lower() and authorised is not False]
    filters = paging.bound("brands", wanted, authorised, query.get("category_id"))
    run = paging.decode(query.get("page_token"), filters)
    rest = [name for name in fitting if run.after is None or name > run.after[0]]
    page = rest[: query["page_size"]]
    return {
        "brands": [
            {"id": product_view.attribute(f"brand:{name}"), "name": name, "authorized_status": "AUTHORIZED", "is_t1_brand": False, "brand_status": "AVAILABLE"}
            for name in page
        ],
        "total_count": len(fitting),
        "next_page_token": paging.encode(filters, Run((page[-1],), 0)) if len(page) < len(rest) else "",
    }


@serves("recommend-category-202309", family=Family.CATALOGUE)
def recommend(call: Call) -> dict[str, Any]:
    """The leaf whose name shares most words with the title; of equals the first."""
    world, words = call.world, set(call.body["product_title"].lower().split())
    leaves = [row for row in world.shelf(CATEGORIES).page("by_serial") if row.is_leaf]
    scored = [(len(words & set(row.name.lower().split())), -place) for place, row in enumerate(leaves)]
    best, place = max(scored, default=(0, 0))
    if not best:
        raise refuse(12019064, "no category's name shares a word with the title: GET /product/202309/categories lists them")
    chosen = leaves[-place]
    chain = product_view.chain(world, chosen.serial)
    return {
        "leaf_category_id": str(chosen.tiktok_shop),
        "categories": [
            {"id": one["id"], "name": one["local_name"], "level": level, "is_leaf": one["is_leaf"], "permission_statuses": ["AVAILABLE"]}
            for level, one in enumerate(chain, start=1)
        ],
    }


@serves("check-listing-prerequisites-202312", family=Family.CATALOGUE)
def prerequisites(call: Call) -> dict[str, Any]:
    """Whether the shop can list products: it is open and has a warehouse."""
    checks = {
        "SHOP_STATUS": (call.shop.is_open, "The shop is closed."),
        "PICKUP_WAREHOUSE": (bool(shops.warehouses(call.world, call.seller.serial, Platform.TIKTOK_SHOP)), "The shop has no warehouse that ships."),
        "DELIVERY_OPTION": (True, ""),
        "PRODUCT_QUANTITY_LIMIT": (True, ""),
    }
    return {"check_results": [{"check_item": item, "is_failed": not fine, "fail_reasons": [] if fine else [why]} for item, (fine, why) in checks.items()]}
