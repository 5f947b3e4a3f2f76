"""Products and their SKUs as TikTok Shop prints them."""

from __future__ import annotations

from typing import Any, Literal

import orjson

from ..domain import chance, pictures, reviews
from ..domain.phases import Platform
from ..domain.products import Certification, Listing, Product, Sku
from ..domain.shops import CATEGORIES, Category
from ..domain.world import World
from . import ids, logistics
from .pictures import Album

Shown = Literal["live", "draft", "review"]


def named(sku: Sku) -> dict[str, str]:
    """The seller's own name of a SKU; one that has none leaves the field out."""
    return {"seller_sku": sku.seller_sku} if sku.seller_sku else {}


def status(product: Product) -> str:
    """How it stands: on TikTok Shop, or on Tokopedia where it is listed on that alone."""
    return str(product.tiktok_shop or product.tokopedia or Listing.DRAFT)


def bare(product: Product) -> str:
    """Its status without the part of the review: what was live before and waits for one is off sale meanwhile (names documented, use inferred)."""
    if product.tiktok_shop in (Listing.PENDING, Listing.FAILED):
        return "SELLER_DEACTIVATED" if product.reviewed else "INITIAL"
    return str(product.tiktok_shop)


def attribute(name: str) -> str:
    """The id of a sales attribute or of one of its values: follows from its text."""
    return str(7_000_000_000_000_000_000 + chance.bits(0, f"attribute:{name.lower()}", 0) % 10**17)


def price(sku: Sku) -> dict[str, str]:
    text = str(sku.price)
    return {"currency": "IDR", "sale_price": text, "tax_exclusive_price": text}


def inventory(world: World, sku: Sku) -> list[dict[str, Any]]:
    of = ids.warehouse(world)
    lead = {place: (units, days) for place, units, days in sku.details.lead}
    shown: list[dict[str, Any]] = []
    for held in sku.stock:
        units, days = lead.get(held.warehouse, (0, 0))
        shown.append({"warehouse_id": ids.text(of, held.warehouse), "quantity": held.available})
        shown[-1] |= ({"backorder_quantity": units} if units else {}) | ({"handling_time": days} if days else {})
    return shown


def sales_attributes(product: Product, sku: Sku, album: Album | None = None) -> list[dict[str, Any]]:
    """The values of a variant; its picture belongs to one axis (documented)."""
    shown: list[dict[str, Any]] = []
    for place, (axis, value) in enumerate(zip(product.axes, sku.options, strict=False)):
        one: dict[str, Any] = {"id": attribute(axis), "name": axis, "value_id": attribute(f"{axis}:{value}"), "value_name": value}
        if sku.image and place == sku.details.pictured and album is not None:
            one["sku_img"] = album.shown(sku.image)
        shown.append(one)
    return shown


def fees(sku: Sku) -> list[dict[str, str]]:
    return [{"type": kind, "amount": amount, "additional_attribute": more} for kind, amount, more in sku.details.fees]


def integrated(product: Product) -> list[dict[str, str]]:
    """How it stands on Tokopedia; empty where that is none of its platforms."""
    if product.tokopedia is None or (product.home is Platform.TOKOPEDIA and product.copied is None):
        return []
    return [{"platform": "TOKOPEDIA", "status": str(product.tokopedia)}]


def audit(product: Product, version: Shown = "live") -> dict[str, Any]:
    status = "NONE" if version == "draft" else product.audit
    return {"status": status} | ({"pre_approved_reasons": list(product.pre_approved)} if status == "PRE_APPROVED" else {})


def _version(product: Product, version: Shown) -> tuple[Product, str]:
    """What one version says, and how it stands; the first version of all is live, draft and under review in one."""
    held = {"draft": product.draft, "review": product.review, "live": None}[version]
    if held is None:
        return product, str(product.tiktok_shop)
    return reviews.as_written(product, held), "DRAFT" if version == "draft" else "PENDING"


def summary(album: Album, product: Product, version: Shown) -> bytes:
    """One product in a search, as JSON."""
    world = album.world
    written, status = _version(product, version)
    shown: dict[str, Any] = {
        "id": ids.text(ids.product(world), product.serial),
        "title": written.name,
        "status": status,
        "create_time": (product.copied or product.created).wire,
        "update_time": product.updated.wire,
        "sales_regions": ["ID"],
        "is_not_for_sale": False,
        "has_draft": product.draft is not None,
        "audit": audit(product, "draft" if written is not product and version == "draft" else "live"),
        "skus": [
            {
                "id": ids.text(ids.sku(world), sku.serial),
                **named(sku),
                "price": price(sku),
                "inventory": inventory(world, sku),
                **presale(written),
                "status_info": state(sku),
                **({"fees": fees(sku)} if sku.details.fees else {}),
            }
            for sku in written.skus
        ],
        **scheduled(written),
    }
    also = integrated(product)
    if also:
        shown["integrated_platform_statuses"] = also
    if product.tiktok_shop is None:
        del shown["status"], shown["audit"]  # documented: left out for what is listed on Tokopedia alone
    return orjson.dumps(shown)


def whole(album: Album, product: Product, version: Shown) -> bytes:
    """One product with everything, as JSON."""
    world = album.world
    written, status = _version(product, version)
    shown: dict[str, Any] = {
        "id": ids.text(ids.product(world), product.serial),
        "status": status,
        "title": written.name,
        "description": written.description,
        "category_chains": chain(world, written.category),
        "main_images": [album.shown(url) for url in written.images],
        "package_weight": {"value": kilograms(written.weight_grams), "unit": "KILOGRAM"},
        "is_cod_allowed": written.is_cod,
        "product_attributes": attributes(written),
        "product_types": ["COMBINED_PRODUCT"] if product.bundle else [],
        "is_not_for_sale": False,
        "is_pre_owned": written.condition == "USED",
        "minimum_order_quantity": written.min_order,
        "shipping_insurance_requirement": "REQUIRED" if written.must_insurance else written.insurance,
        "has_draft": product.draft is not None,
        "create_time": (product.copied or product.created).wire,
        "update_time": product.updated.wire,
        "skus": [_sku(album, written, sku) for sku in written.skus],
        **_details(album, written),
    }
    if written.length and written.width and written.height:
        size = {"length": str(written.length), "width": str(written.width), "height": str(written.height), "unit": "CENTIMETER"}
        shown["package_dimensions"] = size
    if written.brand:
        shown["brand"] = {"id": attribute(f"brand:{written.brand}"), "name": written.brand}
    if written.external_id:
        shown["external_product_id"] = written.external_id
    if product.findings:
        shown["audit_failed_reasons"] = [
            {"position": one.position, "reasons": list(one.reasons), "suggestions": list(one.suggestions), "listing_platform": one.platform.upper()}
            for one in product.findings
        ]
    if product.tiktok_shop is None:
        del shown["status"]  # documented: left out, with the next two, for what is listed on Tokopedia alone
    else:
        shown["product_status"] = bare(product)
        shown["audit"] = audit(product, "draft" if written is not product and version == "draft" else "live")
    also = integrated(product)
    if also:
        shown["integrated_platform_statuses"] = also
    return orjson.dumps(shown)


def _sku(album: Album, product: Product, sku: Sku) -> dict[str, Any]:
    told = sku.details
    shown: dict[str, Any] = {
        "id": ids.text(ids.sku(album.world), sku.serial),
        **named(sku),
        "price": price(sku),
        "inventory": inventory(album.world, sku),
        "sales_attributes": sales_attributes(product, sku, album),
        **presale(product),
        "status_info": state(sku),
    }
    if told.external_id:
        shown["external_sku_id"] = told.external_id
    if told.external_urls:
        shown["external_urls"] = list(told.external_urls)
    if told.identifier:
        shown["identifier_code"] = {"code": told.identifier[1], "type": told.identifier[0]}
    if told.fees:
        shown["fees"] = fees(sku)
    if told.size:
        shown["sku_dimensions"] = dict(zip(("length", "width", "height", "unit"), told.size, strict=True))
    if product.details.most:
        shown["purchase_order_quantity_limit"] = dict(zip(("maximum_order_quantity", "cumulative_order_quantity"), product.details.most, strict=True))
    if told.weight:
        shown["sku_weight"] = dict(zip(("value", "unit"), told.weight, strict=True))
    return shown


def _details(album: Album, product: Product) -> dict[str, Any]:
    told = product.details
    shown: dict[str, Any] = {}
    if told.certifications:
        shown["certifications"] = [_certification(album, one) for one in told.certifications]
    if told.size_chart:
        kind, text = told.size_chart
        shown["size_chart"] = {"image": album.shown(text)} if kind == "image" else {"template": {"id": text}}
    if told.video:
        kept = pictures.named(album.world, told.video)
        shown["video"] = {"id": told.video}
        if kept is not None:
            url = album.address + told.video
            shown["video"] |= {"cover_url": url, "format": kept.form, "url": url, "width": kept.width, "height": kept.height, "size": len(kept.content)}
    if told.delivery_options:
        of = ids.delivery_option(album.world)
        shown["delivery_options"] = [{"id": ids.text(of, one), "name": logistics.OPTIONS[one].name, "is_available": True} for one in told.delivery_options]
    if told.shipping_template:
        shown["shipping_template_id"] = told.shipping_template
    if told.search_terms:
        shown["search_terms"] = list(told.search_terms)
    if told.features:
        shown["key_product_features"] = list(told.features)
    return shown | scheduled(product)


def scheduled(product: Product) -> dict[str, Any]:
    moment = product.details.scheduled
    return {"scheduled_sale": {"is_enabled_scheduled_sale": True, "schedule_sale_time": moment}} if moment else {}


def _certification(album: Album, one: Certification) -> dict[str, Any]:
    files = [{"id": file, "urls": [album.address + file], "name": name, "format": form} for file, name, form in one.files]
    shown = {"id": one.id, "title": f"Certification {one.id}", "files": files, "images": [album.shown(url) for url in one.images]}
    return shown | ({"expiration_date": one.expires} if one.expires else {})


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
