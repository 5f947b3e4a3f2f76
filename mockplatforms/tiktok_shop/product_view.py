"""Products and their SKUs as TikTok Shop prints them."""

from __future__ import annotations

from typing import Any

import orjson

from ..domain import chance
from ..domain.phases import Platform
from ..domain.products import Listing, Product, Sku
from ..domain.shops import CATEGORIES, Category
from ..domain.world import World
from . import ids

IMAGES = "https://images.mockplatforms.test/"  # pictures have names only: the domain ends in .test and leads nowhere

# Status without its part of the review (documented names; which of them a product under review has is inferred).
_BARE = {Listing.PENDING: "INITIAL", Listing.FAILED: "INITIAL"}


def named(sku: Sku) -> dict[str, str]:
    """The seller's own name of a SKU; one that has none leaves the field out."""
    return {"seller_sku": sku.seller_sku} if sku.seller_sku else {}


def status(product: Product) -> str:
    """How it stands: on TikTok Shop, or on Tokopedia where it is listed on that alone."""
    return str(product.tiktok_shop or product.tokopedia or Listing.DRAFT)


def attribute(name: str) -> str:
    """The id of a sales attribute or of one of its values: follows from its text."""
    return str(7_000_000_000_000_000_000 + chance.bits(0, f"attribute:{name.lower()}", 0) % 10**17)


def image(url: str) -> dict[str, Any]:
    """A picture; what is in the world without an address has only a name."""
    url = url if "://" in url else IMAGES + url
    return {"uri": url.rpartition("/")[2], "urls": [url], "thumb_urls": [url], "width": 1000, "height": 1000}


def price(sku: Sku) -> dict[str, str]:
    text = str(sku.price)
    return {"currency": "IDR", "sale_price": text, "tax_exclusive_price": text}


def inventory(world: World, sku: Sku) -> list[dict[str, Any]]:
    of = ids.warehouse(world)
    return [{"warehouse_id": ids.text(of, held.warehouse), "quantity": held.available} for held in sku.stock]


def sales_attributes(product: Product, sku: Sku) -> list[dict[str, Any]]:
    shown = []
    for axis, value in zip(product.axes, sku.options, strict=False):
        one: dict[str, Any] = {"id": attribute(axis), "name": axis, "value_id": attribute(f"{axis}:{value}"), "value_name": value}
        if sku.image:
            one["sku_img"] = image(sku.image)
        shown.append(one)
    return shown


def integrated(product: Product) -> list[dict[str, str]]:
    """How it stands on Tokopedia; empty where that is none of its platforms."""
    if product.tokopedia is None or (product.home is Platform.TOKOPEDIA and product.copied is None):
        return []
    return [{"platform": "TOKOPEDIA", "status": str(product.tokopedia)}]


def summary(world: World, product: Product) -> bytes:
    """One product in a search, as JSON."""
    shown: dict[str, Any] = {
        "id": ids.text(ids.product(world), product.serial),
        "title": product.name,
        "status": str(product.tiktok_shop),
        "create_time": (product.copied or product.created).wire,
        "update_time": product.updated.wire,
        "sales_regions": ["ID"],
        "is_not_for_sale": False,
        "has_draft": False,
        "audit": {"status": product.audit},
        "skus": [
            {
                "id": ids.text(ids.sku(world), sku.serial),
                **named(sku),
                "price": price(sku),
                "inventory": inventory(world, sku),
                **presale(product),
                "status_info": state(sku),
            }
            for sku in product.skus
        ],
    }
    also = integrated(product)
    if also:
        shown["integrated_platform_statuses"] = also
    if product.tiktok_shop is None:
        del shown["status"], shown["audit"]  # documented: left out for what is listed on Tokopedia alone
    return orjson.dumps(shown)


def whole(world: World, product: Product) -> bytes:
    """One product with everything, as JSON."""
    shown: dict[str, Any] = {
        "id": ids.text(ids.product(world), product.serial),
        "status": str(product.tiktok_shop),
        "title": product.name,
        "description": product.description,
        "category_chains": chain(world, product.category),
        "main_images": [image(url) for url in product.images],
        "package_weight": {"value": kilograms(product.weight_grams), "unit": "KILOGRAM"},
        "is_cod_allowed": product.is_cod,
        "product_attributes": attributes(product),
        "product_types": ["COMBINED_PRODUCT"] if product.bundle else [],
        "is_not_for_sale": False,
        "is_pre_owned": product.condition == "USED",
        "minimum_order_quantity": product.min_order,
        "shipping_insurance_requirement": "REQUIRED" if product.must_insurance else product.insurance,
        "has_draft": False,
        "create_time": (product.copied or product.created).wire,
        "update_time": product.updated.wire,
        "skus": [
            {
                "id": ids.text(ids.sku(world), sku.serial),
                **named(sku),
                "price": price(sku),
                "inventory": inventory(world, sku),
                "sales_attributes": sales_attributes(product, sku),
                **presale(product),
                "status_info": state(sku),
            }
            for sku in product.skus
        ],
    }
    if product.length and product.width and product.height:
        size = {"length": str(product.length), "width": str(product.width), "height": str(product.height), "unit": "CENTIMETER"}
        shown["package_dimensions"] = size
    if product.brand:
        shown["brand"] = {"id": attribute(f"brand:{product.brand}"), "name": product.brand}
    if product.external_id:
        shown["external_product_id"] = product.external_id
    if product.tiktok_shop is None:
        del shown["status"]  # documented: left out, with the next two, for what is listed on Tokopedia alone
    else:
        shown["product_status"] = _BARE.get(product.tiktok_shop, str(product.tiktok_shop))
        shown["audit"] = {"status": product.audit}
    also = integrated(product)
    if also:
        shown["integrated_platform_statuses"] = also
    return orjson.dumps(shown)


def kilograms(grams: int) -> str:
    """A weight as an Indonesian shop reads it: kilograms without needless zeros."""
    whole, rest = divmod(grams, 1000)
    return f"{whole}.{rest:03}".rstrip("0") if rest else str(whole)


def attributes(product: Product) -> list[dict[str, Any]]:
    shown: dict[str, dict[str, Any]] = {}
    for name, text in product.attributes:
        one = shown.setdefault(name, {"id": name if name.isdigit() else attribute(name), "name": name, "values": []})
        one["values"].append({"id": attribute(f"{name}:{text}"), "name": text})
    return list(shown.values())


def presale(product: Product) -> dict[str, Any]:
    if not product.preorder_days:
        return {}
    return {"pre_sale": {"type": "PRE_ORDER", "fulfillment_type": {"handling_duration_days": product.preorder_days}}}


def state(sku: Sku) -> dict[str, str]:
    return {"status": "NORMAL"} if sku.active else {"status": "DEACTIVATED", "deactivation_source": "SELLER"}


def chain(world: World, serial: int) -> list[dict[str, Any]]:
    """The way to a category, from the root, as a product tells it."""
    rows = ancestry(world, serial)
    parents = ["0", *(str(row.tiktok_shop) for row in rows)]
    return [
        {"id": str(row.tiktok_shop), "parent_id": parents[place], "local_name": row.name, "is_leaf": row is rows[-1]} for place, row in enumerate(rows)
    ]


def ancestry(world: World, serial: int) -> list[Category]:
    """A category and all above it, from the root."""
    rows: list[Category] = []
    at: int | None = serial
    while at is not None and (row := world.get(CATEGORIES, at)) is not None:
        rows.append(row)
        at = row.parent
    return rows[::-1]
