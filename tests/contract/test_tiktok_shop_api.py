"""``tiktok-shop-api`` from PyPI, a typed client that nobody here wrote, against a running server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tiktok_shop_api import TikTokShop, TikTokShopError, Webhooks
from tiktok_shop_api.generated import models


def test_products_are_found_read_and_changed(client: TikTokShop) -> None:
    found = client.products.search_products(page_size=20, body=models.SearchProductsRequest.from_dict({"status": "ACTIVATE"})).data
    assert found.total_count and found.products
    product = found.products[0]
    client.products.update_price(product.id, body=models.UpdatePriceRequest.from_dict({"skus": [{"id": product.skus[0].id, "price": {"amount": "77000", "currency": "IDR"}}]}))
    read = client.products.get_product(product.id).data
    assert read.skus[0].price.sale_price == "77000"
    stock = [{"id": product.skus[0].id, "inventory": [{"quantity": 9}]}]
    client.products.update_inventory(product.id, body=models.UpdateInventoryRequest.from_dict({"skus": stock}))


def test_orders_are_searched_read_and_shipped(client: TikTokShop, mock: Callable[..., Any]) -> None:
    placed = mock("POST", "/orders", {"buyer_app": "tiktok_shop", "items": []})["orders"][0]
    found = client.orders.get_order_list(page_size=20, body=models.GetOrderListRequest.from_dict({"order_status": "AWAITING_SHIPMENT"})).data
    assert placed["order_id"] in [order.id for order in found.orders]
    order = client.orders.get_order_detail(ids=[placed["order_id"]]).data.orders[0]
    package = order.packages[0].id
    client.fulfillment.ship_package(package, body=models.ShipPackageRequest.from_dict({"handover_method": "DROP_OFF"}))
    assert client.orders.get_order_detail(ids=[order.id]).data.orders[0].status == "AWAITING_COLLECTION"
    assert client.fulfillment.get_package_detail(package).data.tracking_number
    with pytest.raises(TikTokShopError):
        client.fulfillment.ship_package(package, body=models.ShipPackageRequest.from_dict({"handover_method": "DROP_OFF"}))


def test_chats_warehouses_and_webhooks(client: TikTokShop, mock: Callable[..., Any]) -> None:
    mock("POST", "/conversations", {"buyer_app": "tiktok_shop", "text": "Halo"})
    chats = client.customer_service.get_conversations(page_size=10).data.conversations
    assert chats
    assert client.customer_service.get_conversation_messages(chats[0].id, page_size=5).data.messages
    assert client.logistics.get_warehouse_list().data.warehouses
    client.event.update_shop_webhook(body=models.UpdateShopWebhookRequest.from_dict({"event_type": "ORDER_STATUS_CHANGE", "address": "https://isv.example/hook"}))
    assert client.event.get_shop_webhooks().data.total_count == 1
    assert client.seller.get_active_shops().data.shops


def test_its_webhook_verification_accepts_ours(client: TikTokShop, workspace: dict[str, Any]) -> None:
    from mockplatforms.tiktok_shop.signing import webhook_signature

    given = workspace["tiktok_shop"]
    body = b'{"type":1,"tts_notification_id":"7327112393057371910","shop_id":"7494049642642441621","timestamp":1644412885,"data":{"order_id":"576486316948490001","order_status":"UNPAID","is_on_hold_order":false,"update_time":1644412885}}'
    signature = webhook_signature(given["app_key"], given["app_secret"], body)

    event = Webhooks.verify_and_parse(app_key=given["app_key"], app_secret=given["app_secret"], raw_body=body, signature=signature)

    assert event is not None
