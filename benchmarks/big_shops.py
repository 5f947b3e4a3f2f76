"""Shops of any size, and the calls that must cost the same in all of them."""

from __future__ import annotations

from typing import Any

import orjson

from mockplatforms.domain import aftersales, chats, orders, packages, placing, products, shops
from mockplatforms.domain.instants import Instant
from mockplatforms.domain.packages import PackageStatus
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.products import Listing
from mockplatforms.gateway.call import Request
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.clocks import FIXED_BIRTH
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop

FROZEN = {"mode": "frozen", "wire": "virtual"}
SEARCH = "/order/202309/orders/search"
PRODUCTS = "/product/202502/products/search"
PACKAGES = "/fulfillment/202309/packages/search"
RETURNS = "/return_refund/202309/returns/search"
CANCELLATIONS = "/return_refund/202309/cancellations/search"
CHATS = "/customer_service/202309/conversations"
PAGE = {"page_size": "20"}
_S = Platform.TIKTOK_SHOP


def crowded(count: int, *, one_second: bool, platform: Platform = Platform.TIKTOK_SHOP) -> tuple[Simulator, Workspace]:
    """A workspace with so many orders of one platform, spread over time or all created in one second."""
    simulator = Simulator(real=lambda: float(FIXED_BIRTH), tick=lambda: 0.0)
    workspace = simulator.create({"world": "empty", "clock": FROZEN, "ids": "repeat", "sellers": [{"key": "a", "tokopedia": True, "tiktok_shop": "existing", "products": 5}]})
    world = workspace.world
    owner = shops.sellers(world)[0]
    buyer = placing.buyer_named(world, None)
    sku = next(p for p in world.shelf(orders.products.PRODUCTS).rows.values() if p.seller == owner.serial and p.home is Platform.TOKOPEDIA)
    world = world.at(Instant(FIXED_BIRTH, FIXED_BIRTH))
    sold = sku.skus[0]
    line = placing.Line(sku.but(tiktok_shop=orders.products.Listing.ACTIVATE), sold, 1)
    world = world.put(orders.products.PRODUCTS, sku.but(skus=(sold.but(stock=(sold.stock[0].but(available=10 * count),)), *sku.skus[1:])))
    for n in range(count):
        at = FIXED_BIRTH - (1 if one_second else count - n)
        world = world.at(Instant(at, at))
        world = placing.place(world, owner, [line], buyer=buyer, buyer_app=platform, platform=platform).world.committed()
    workspace.replace(world.at(Instant(FIXED_BIRTH, FIXED_BIRTH)))
    return simulator, workspace


def stocked(count: int) -> TikTokShop:
    """A shop with so many products, one a second; of the newest a few were refused, are drafts or are on Tokopedia too."""
    simulator = Simulator(real=lambda: float(FIXED_BIRTH), tick=lambda: 0.0)
    sellers = [{"key": "a", "tokopedia": True, "tiktok_shop": "existing", "products": 3 * count}]
    workspace = simulator.create({"world": "empty", "clock": FROZEN, "ids": "repeat", "sellers": sellers})
    world, now = workspace.world, workspace.now()
    odd = {0: {"tiktok_shop": Listing.FAILED, "audit": "FAILED"}, 1: {"tiktok_shop": Listing.DRAFT}, 2: {"tokopedia": Listing.ACTIVATE}}
    for n, row in enumerate(world.shelf(products.PRODUCTS).page("in_tiktok_created", limit=count)):
        at = now.later(-n)
        world = world.put(products.PRODUCTS, row.but(created=at, updated=at, **(odd.get(n % 10, {}) if n < 30 else {})))
    workspace.replace(world.committed())
    return TikTokShop(simulator, workspace)


def lived_in(count: int) -> TikTokShop:
    """A shop with so many orders, one a second, each with its parcel, a refund and a chat; only the last three wait for the seller."""
    simulator, workspace = crowded(count, one_second=False)
    world = workspace.world
    owner = shops.sellers(world)[0].serial
    for row in world.shelf(orders.ORDERS).page("by_created"):
        waits = FIXED_BIRTH - row.created.wire < 4
        for package in row.packages:
            held = packages.find(world, package)
            world = world.put(packages.PACKAGES, held.but(status=PackageStatus.PROCESSING if waits else PackageStatus.COMPLETED))
        refund, world = world.take()
        state = aftersales.State.PENDING if waits else aftersales.State.COMPLETED
        reason, paid = "ecom_order_delivered_refund_reason_damaged", row.product_total
        asked = aftersales.Return(refund, owner, row.serial, row.buyer, aftersales.Kind.REFUND, state, "buyer", reason, (), paid, 0, row.created, row.created, refund)
        chat, world = world.take()
        said, world = world.take()
        opened = chats.Conversation(chat, owner, _S, _S, row.buyer, row.created, row.created, chat, messages=1, last_message=said)
        world = world.put(aftersales.RETURNS, asked).put(chats.CONVERSATIONS, opened)
        world = world.put(chats.MESSAGES, chats.Message(said, chat, 1, "BUYER", "TEXT", '{"content":"Halo"}', row.created)).committed()
    workspace.replace(world)
    return TikTokShop(simulator, workspace)


def _requests(client: TikTokShop, calls: dict[str, tuple[str, str, dict[str, str], Any]]) -> dict[str, Request]:
    made = {name: client.request(*call) for name, call in calls.items()}
    for name, request in made.items():
        told = orjson.loads(client.simulator.answer(request).body)
        assert told["code"] == 0, (name, told)
    return made


def product_calls(client: TikTokShop) -> dict[str, Request]:
    """By name: searches of every kind, and reads by id."""
    one = client.data("POST", PRODUCTS, {"page_size": "1"}, {})["products"][0]
    sku = {"sku_ids": [one["skus"][0]["id"]]}
    both = ["TOKOPEDIA", "TIKTOK_SHOP"]
    return _requests(
        client,
        {
            "products/search": ("POST", PRODUCTS, PAGE, {}),
            "products/search, most fit": ("POST", PRODUCTS, PAGE, {"status": "ACTIVATE"}),
            "products/search, few fit": ("POST", PRODUCTS, PAGE, {"status": "FAILED"}),
            "products/search, none fits": ("POST", PRODUCTS, PAGE, {"status": "FREEZE"}),
            "products/search by review": ("POST", PRODUCTS, PAGE, {"audit_status": ["FAILED"]}),
            "products/search by platforms": ("POST", PRODUCTS, PAGE, {"status": "ACTIVATE", "listing_platforms": both}),
            "products/search by update": ("POST", PRODUCTS, PAGE, {"update_time_ge": FIXED_BIRTH - 50}),
            "products/search by SKU": ("POST", PRODUCTS, PAGE, sku),
            "inventory/search": ("POST", "/product/202309/inventory/search", {}, sku),
            "product": ("GET", f"/product/202309/products/{one['id']}", {}, None),
        },
    )


def order_calls(client: TikTokShop) -> dict[str, Request]:
    """By name: searches of every kind, and reads by id."""
    order = client.data("POST", SEARCH, PAGE, {})["orders"][0]
    refund = client.data("POST", RETURNS, PAGE, {})["return_orders"][0]
    chat = client.data("GET", CHATS, PAGE)["conversations"][0]["id"]
    return _requests(
        client,
        {
            "orders/search of a status": ("POST", SEARCH, PAGE, {"order_status": "AWAITING_SHIPMENT"}),
            "orders/search of a buyer": ("POST", SEARCH, PAGE, {"buyer_user_id": order["user_id"]}),
            "orders/search, requests to cancel": ("POST", SEARCH, PAGE, {"is_buyer_request_cancel": True}),
            "orders/search of a warehouse": ("POST", SEARCH, PAGE, {"warehouse_ids": [order["warehouse_id"]]}),
            "orders/search of both times": ("POST", SEARCH, PAGE, {"create_time_ge": FIXED_BIRTH - 90, "update_time_ge": FIXED_BIRTH - 90}),
            "order detail": ("GET", "/order/202507/orders", {"ids": order["id"]}, None),
            "packages/search": ("POST", PACKAGES, PAGE, {}),
            "packages/search, few fit": ("POST", PACKAGES, PAGE, {"package_status": "PROCESSING"}),
            "returns/search": ("POST", RETURNS, PAGE, {}),
            "returns/search of an order": ("POST", RETURNS, PAGE, {"order_ids": [refund["order_id"]]}),
            "returns/search by id": ("POST", RETURNS, PAGE, {"return_ids": [refund["return_id"]]}),
            "returns/search, few fit": ("POST", RETURNS, PAGE, {"return_status": ["RETURN_OR_REFUND_REQUEST_PENDING"]}),
            "cancellations/search": ("POST", CANCELLATIONS, PAGE, {}),
            "cancellations/search of an order": ("POST", CANCELLATIONS, PAGE, {"order_ids": [order["id"]]}),
            "conversations": ("GET", CHATS, PAGE, None),
            "messages": ("GET", f"{CHATS}/{chat}/messages", {"page_size": "10"}, None),
            "statements": ("GET", "/finance/202309/statements", {**PAGE, "sort_field": "statement_time"}, None),
        },
    )
