"""Replies about orders, packages, warehouses and chats hold nothing but documented fields of documented types, and never a null."""

from __future__ import annotations

from typing import Any

import pytest

from mockplatforms.domain import cancellations, chats, orders, placing, shipping, shops
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.world import World
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import ids, logistics, rows

_S = Platform.TIKTOK_SHOP
_TYPES: dict[Any, type] = {"str": str, "int": int, "bool": bool}
_CHATS = "/customer_service/202309/conversations"
_PACKAGES = "/fulfillment/202309/packages"

# Row of facts → the call: method, path, query, body. Names in braces are things of the world below.
CALLS: list[tuple[str, str, str, dict[str, str], Any]] = [
    ("get-order-list-202309", "POST", "/order/202309/orders/search", {"page_size": "1"}, {}),
    ("get-order-detail-202507", "GET", "/order/202507/orders", {"ids": "{order},{waiting},{unpaid},{cancelled}"}, None),
    ("get-price-detail-202407", "GET", "/order/202407/orders/{order}/price_detail", {}, None),
    ("search-package-202309", "POST", f"{_PACKAGES}/search", {"page_size": "1"}, {}),
    ("get-package-detail-202309", "GET", f"{_PACKAGES}/{{package}}", {}, None),
    ("get-package-detail-202309", "GET", f"{_PACKAGES}/{{waiting_package}}", {}, None),
    ("get-package-handover-time-slots-202309", "GET", f"{_PACKAGES}/{{package}}/handover_time_slots", {}, None),
    ("get-package-shipping-document-202309", "GET", f"{_PACKAGES}/{{package}}/shipping_documents", {"document_type": "PACKING_SLIP"}, None),
    ("batch-ship-packages-202309", "POST", f"{_PACKAGES}/ship", {}, {"packages": [{"id": "1"}]}),
    ("get-tracking-202309", "GET", "/fulfillment/202309/orders/{order}/tracking", {}, None),
    ("get-logistics-tracking-202604", "GET", "/logistics/202604/orders/{order}/tracking", {}, None),
    ("get-warehouse-list-202309", "GET", "/logistics/202309/warehouses", {}, None),
    ("get-warehouse-delivery-options-202309", "GET", "/logistics/202309/warehouses/{warehouse}/delivery_options", {}, None),
    ("get-shipping-providers-202309", "GET", "/logistics/202309/delivery_options/{option}/shipping_providers", {}, None),
    ("get-conversations-202309", "GET", _CHATS, {"page_size": "1"}, None),
    ("get-conversation-202601", "GET", "/customer_service/202601/conversations/{chat}", {}, None),
    ("get-conversation-messages-202309", "GET", f"{_CHATS}/{{chat}}/messages", {"page_size": "1"}, None),
    ("send-message-202309", "POST", f"{_CHATS}/{{chat}}/messages", {}, {"type": "TEXT", "content": '{"content":"Halo"}'}),
    ("create-conversation-202309", "POST", _CHATS, {}, {"buyer_user_id": "{user}"}),
    ("get-agent-settings-202309", "GET", "/customer_service/202309/agents/settings", {}, None),
]


@pytest.fixture
def names(tiktok: TikTokShop) -> dict[str, str]:
    """A world with an order in each state of interest and a chat of two messages; answers wire ids by name."""
    workspace = tiktok.workspace
    owner = shops.sellers(workspace.world)[0]

    def place(world: World, **more: Any) -> Any:
        lines = placing.resolve(world, owner, _S, [{"sku": "KRP-01", "quantity": 2}])
        return placing.place(world, owner, lines, buyer=placing.buyer_named(world, "sari"), buyer_app=_S, platform=_S, **more)

    def write(world: World) -> Any:
        return chats.buyer_writes(world, owner.serial, placing.buyer_named(world, "sari").serial, _S, _S, chats.text("Halo"))

    shipped, waiting, unpaid, cancelled = (workspace.apply(place, pay=pay) for pay in (True, True, False, True))
    slot = (1_737_424_800, 1_737_439_200)
    workspace.apply(shipping.ship, orders.find(workspace.world, shipped).packages[0], handover="PICKUP", pickup=slot)
    workspace.apply(cancellations.cancelled, cancelled, by="buyer", reason="salah pesan")
    workspace.apply(write)
    chat, _ = workspace.apply(write)
    world = workspace.world
    made = {"order": shipped, "waiting": waiting, "unpaid": unpaid, "cancelled": cancelled}
    return {
        **{name: ids.text(ids.order(world), serial) for name, serial in made.items()},
        "package": ids.text(ids.package(world), orders.find(world, shipped).packages[0]),
        "waiting_package": ids.text(ids.package(world), orders.find(world, waiting).packages[0]),
        "warehouse": ids.text(ids.warehouse(world), shops.default_warehouse(world, owner.serial, _S).serial),
        "option": ids.text(ids.delivery_option(world), logistics.BY_SELLER),
        "chat": ids.text(ids.conversation(world), chat),
        "user": ids.text(ids.user(world), placing.buyer_named(world, "sari").serial),
    }


def undocumented(value: Any, facts: Any, at: str) -> list[str]:
    """Where a reply leaves what the facts say of it."""
    if isinstance(value, list) and isinstance(facts, list):
        return [bad for inner in value for bad in undocumented(inner, facts[0], f"{at}[]")]
    if isinstance(value, dict) and isinstance(facts, dict):
        strange = [f"{at}.{name} is not documented" for name in value if name not in facts]
        return strange + [bad for name in value if name in facts for bad in undocumented(value[name], facts[name], f"{at}.{name}")]
    return [] if _TYPES.get(facts) is type(value) else [f"{at} is {value!r}, documented is {facts}"]


@pytest.mark.parametrize(("row", "method", "path", "query", "body"), CALLS, ids=[f"{call[0]} {call[2]}" for call in CALLS])
def test_a_reply_is_as_documented(
    tiktok: TikTokShop, names: dict[str, str], row: str, method: str, path: str, query: dict[str, str], body: Any
) -> None:
    asked = {name: text.format(**names) for name, text in query.items()}
    given = {"buyer_user_id": names["user"]} if body == {"buyer_user_id": "{user}"} else body

    data = tiktok.data(method, path.format(**names), asked, given)

    assert data
    assert undocumented(data, rows.row(row).response, row) == []
