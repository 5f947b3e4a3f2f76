"""What the tests of products share: a body that makes one, ids of what is in the world, and a seller who moves on."""

from __future__ import annotations

from typing import Any

from mockplatforms.domain import migration, products, shops
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.products import PRODUCTS, Product
from mockplatforms.domain.shops import CATEGORIES
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import ids, logistics

PRODUCTS_PATH = "/product/202309/products"
EDIT_PATH = "/product/202509/products"
SEARCH = "/product/202502/products/search"
MOVES = {Phase.MERGING: 1, Phase.MERGED: 2, Phase.PRODUCT_MERGED: 3}


def leaf(client: TikTokShop) -> str:
    """The id of some category in which products can be."""
    rows = client.workspace.world.shelf(CATEGORIES).page("by_serial")
    return str(next(row.tiktok_shop for row in rows if row.is_leaf))


def category(client: TikTokShop, name: str) -> str:
    """The id of the category of that name."""
    rows = client.workspace.world.shelf(CATEGORIES).page("by_serial")
    return str(next(row.tiktok_shop for row in rows if row.name == name))


def warehouse(client: TikTokShop) -> str:
    world = client.workspace.world
    row = shops.default_warehouse(world, shops.sellers(world)[0].serial, Platform.TIKTOK_SHOP)
    return ids.text(ids.warehouse(world), row.serial)


def variant(client: TikTokShop, *, seller_sku: str = "RJT-01", price: str = "45000", quantity: int = 7, **more: Any) -> dict[str, Any]:
    stock = [{"warehouse_id": warehouse(client), "quantity": quantity}]
    return {"seller_sku": seller_sku, "price": {"amount": price, "currency": "IDR"}, "inventory": stock, **more}


def body(client: TikTokShop, **changes: Any) -> dict[str, Any]:
    """What makes a product."""
    made: dict[str, Any] = {
        "title": "Tas Rajut Buatan Tangan dari Yogyakarta",
        "description": "<p>Rajutan halus, dibuat satu per satu.</p>",
        "category_id": leaf(client),
        "main_images": [{"uri": "tos-maliva-i-rajut"}],
        "package_weight": {"value": "0.35", "unit": "KILOGRAM"},
        "skus": [variant(client)],
    }
    return made | changes


def full(client: TikTokShop, **changes: Any) -> dict[str, Any]:
    """What makes a product of which the seller has told everything."""
    size, days = {"length": "10", "width": "10", "height": "10", "unit": "CENTIMETER"}, {"handling_duration_days": 7}
    attributes = [{"name": "Warna", "value_name": "Merah", "sku_img": {"uri": "merah"}}]
    sku = variant(
        client,
        seller_sku="LENGKAP",
        sales_attributes=attributes,
        external_sku_id="ERP-1-M",
        external_urls=["https://example.com/1"],
        identifier_code={"type": "EAN", "code": "1234567890123"},
        fees=[{"type": "PFAND", "amount": "500", "additional_attribute": "REUSABLE"}],
        sku_dimensions=size,
        sku_weight={"value": "0.3", "unit": "KILOGRAM"},
        pre_sale={"type": "PRE_ORDER", "fulfillment_type": days},
    )
    sku["inventory"][0] |= {"backorder_quantity": 9, "handling_time": 4}
    told: dict[str, Any] = {
        "skus": [sku],
        "external_product_id": "ERP-1",
        "package_dimensions": size,
        "product_attributes": [{"id": "100392", "values": [{"name": "Sehari-hari"}]}],
        "category_id": category(client, "Serum Wajah"),
        "certifications": [{"id": "602401", "images": [{"uri": "sni"}], "files": [{"id": "v09sni", "name": "SNI.PDF", "format": "PDF"}], "expiration_date": 4102444800}],
        "size_chart": {"image": {"uri": "ukuran"}},
        "delivery_option_ids": [ids.text(ids.delivery_option(client.workspace.world), logistics.STANDARD)],
        "shipping_template_id": "7552764259994699538",
        "search_terms": ["tas rajut"],
        "key_product_features": ["Dibuat dengan tangan"],
        "scheduled_sale": {"is_enabled_scheduled_sale": True, "schedule_sale_time": 4102444800},
        "purchase_order_quantity_limit": {"maximum_order_quantity": 3, "cumulative_order_quantity": 5},
    }
    return body(client, **told | changes)


def create(client: TikTokShop, **changes: Any) -> str:
    """A product is made; answers its id."""
    made: str = client.data("POST", PRODUCTS_PATH, body=body(client, **changes))["product_id"]
    return made


def read(client: TikTokShop, product_id: str) -> dict[str, Any]:
    return client.data("GET", f"{PRODUCTS_PATH}/{product_id}")


def found(client: TikTokShop, size: int = 100, token: str = "", **filters: Any) -> dict[str, Any]:
    query = {"page_size": str(size)} | ({"page_token": token} if token else {})
    return client.data("POST", SEARCH, query, filters)


def listed(client: TikTokShop, **filters: Any) -> list[str]:
    return [row["id"] for row in found(client, **filters)["products"]]


def named(client: TikTokShop, seller_sku: str, home: Platform = Platform.TIKTOK_SHOP) -> Product:
    """The record of that seller SKU that was born on that platform."""
    world = client.workspace.world
    owner = shops.sellers(world)[0].serial
    return next(row for row, _ in products.by_seller_sku(world, owner, seller_sku) if row.home is home)


def id_of(client: TikTokShop, product: Product) -> str:
    return ids.text(ids.product(client.workspace.world), product.serial)


def sku_of(client: TikTokShop, product: Product, place: int = 0) -> str:
    return ids.text(ids.sku(client.workspace.world), product.skus[place].serial)


def record(client: TikTokShop, product_id: str) -> Product:
    world = client.workspace.world
    row = world.get(PRODUCTS, ids.product(world).read(product_id) or 0)
    assert row is not None
    return row


def move(workspace: Workspace, to: Phase) -> None:
    """The first seller's shops go on to that phase."""
    owner = shops.sellers(workspace.world)[0].serial
    steps = [
        lambda world: migration.link(world, owner, road="production"),
        lambda world: migration.complete(world, owner),
        lambda world: migration.confirm(world, owner, default="merge"),
    ]
    for step in steps[: MOVES[to]]:
        workspace.apply(step)
