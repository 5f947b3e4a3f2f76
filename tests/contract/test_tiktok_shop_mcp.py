"""``tiktok-shop-mcp`` from PyPI, a client written by hand that only reads, with the tools that its own server offers, against a running server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Control = Callable[..., Any]


class Reader:
    """Its client with one shop in its configuration, called as its server calls it."""

    def __init__(self, given: dict[str, Any], base_url: str) -> None:
        from tiktok_shop_mcp.client import TikTokShopClient
        from tiktok_shop_mcp.config import ShopCredentials, config

        names = ("app_key", "app_secret", "access_token", "refresh_token", "shop_cipher")
        self.shop = ShopCredentials({"seller_name": "toko", **{name: given[name] for name in names}})
        config.shops["toko"] = self.shop
        self.client = TikTokShopClient(self.shop)
        self.client.base_url = self.client.auth_url = base_url

    def __call__(self, tool: str, **arguments: Any) -> Any:
        from tiktok_shop_mcp import tools

        return asyncio.run(getattr(tools, tool)(self.client, **arguments))


@pytest.fixture
def read(base_url: str, workspace: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    from tiktok_shop_mcp.config import config

    monkeypatch.setattr(config, "shops", {})
    monkeypatch.setattr(config, "_shops_path", tmp_path / "shops.json")
    return Reader(workspace["tiktok_shop"], base_url)


def test_orders_are_searched_page_by_page_and_read(read: Reader, mock: Control) -> None:
    placed = [mock("POST", "/orders", {"buyer_app": "tiktok_shop", "items": []}) for _ in range(3)]
    first = read("get_orders", order_status="AWAITING_SHIPMENT", page_size=2)
    rest = read("get_orders", order_status="AWAITING_SHIPMENT", page_size=50, next_page_token=first["next_page_token"])
    ids = [row["order_id"] for row in first["orders"] + rest["orders"]]
    assert {order["order_id"] for order in placed} <= set(ids) and len(ids) == len(set(ids)) == first["total_count"]
    every = read("get_orders", page_size=1)  # it posts no body at all where it has no filter
    assert every["total_count"] >= first["total_count"]
    detail = read("get_order_detail", order_ids=[placed[0]["order_id"]])[0]
    assert (detail["order_id"], int(detail["total_amount"]), detail["currency"]) == (placed[0]["order_id"], placed[0]["total"], "IDR")


def test_products_returns_cancellations_and_statements_are_read(read: Reader, mock: Control) -> None:
    products = read("get_products", status="ACTIVATE", page_size=5)
    assert products["total_count"] and all(sku["price"] for product in products["products"] for sku in product["skus"])
    assert read("get_product_detail", product_id=products["products"][0]["product_id"])
    order = mock("POST", "/orders", {"buyer_app": "tiktok_shop", "items": []})
    mock("POST", f"/orders/{order['key']}/request-cancel", {})
    assert order["order_id"] in [row["order_id"] for row in read("search_cancellations", page_size=50)["cancellations"]]
    assert read("search_returns")["returns"] == []
    assert read("get_statements")["statements"] is not None


def test_an_expired_token_is_answered_so_that_it_refreshes_and_goes_on(read: Reader, mock: Control) -> None:
    old = read.shop.access_token
    mock("POST", "/tokens/expire", {"kind": "access"})
    assert read("get_orders")["orders"] is not None
    assert read.shop.access_token != old
