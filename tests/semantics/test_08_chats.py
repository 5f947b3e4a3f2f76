"""Rules of chats and history across the switch: an old thread goes on elsewhere, and what drains on Tokopedia is told there to its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from control_api import Control, made
from test_semantics import merge, place, tiktok, tokopedia

ALONE = "BLS-03"  # carried by one Tokopedia product
THREADS = "/v1/chat/fs/{fs_id}/messages"
CHATS = "/customer_service/202309/conversations"
DAY = 86400
JAKARTA = 7 * 3600


@pytest.fixture
def mock() -> Iterator[Control]:
    """A server with the workspace ``w``: the demo world in virtual time that stands still until it is advanced."""
    server, real = made()
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        control_api("PUT", "", {"seed": 7, "world": "demo", "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}})
        yield control_api
        runner.run(server.stop())


# ---- chats ------------------------------------------------------------------------------------------------------------------------------------


def write(mock: Control, chat: dict[str, Any], text: str) -> dict[str, Any]:
    """The buyer goes on in a conversation."""
    told: dict[str, Any] = mock("POST", f"conversations/{chat['key']}/messages", {"text": text})
    return told


def old_thread(mock: Control) -> dict[str, Any]:
    """A thread that a Tokopedia buyer has begun, as the control API tells it; the shops have merged since."""
    told: dict[str, Any] = mock("POST", "conversations", {"buyer_app": "tokopedia", "buyer": "sari", "text": "Halo kak"})
    merge(mock)
    return told


def replies(mock: Control, thread: dict[str, Any]) -> list[str]:
    client = tokopedia(mock)
    asked = {"shop_id": client.shop_id, "page": 1, "per_page": 15, "order": "asc"}
    rows = client.data("GET", f"{THREADS}/{thread['conversation_id']}/replies", asked)
    return [row["msg"] for row in rows]


def conversations(mock: Control) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tiktok(mock).data("GET", CHATS, {"page_size": "20"})["conversations"]
    return rows


def said(mock: Control, conversation: str) -> list[str]:
    rows = tiktok(mock).data("GET", f"{CHATS}/{conversation}/messages", {"page_size": "10", "sort_order": "ASC"})["messages"]
    return [orjson.loads(row["content"])["content"] for row in rows]


def test_until_the_merge_a_buyer_goes_on_in_the_old_thread(mock: Control) -> None:
    thread = mock("POST", "conversations", {"buyer_app": "tokopedia", "buyer": "sari", "text": "Halo kak"})
    before = len(conversations(mock))
    write(mock, thread, "Masih ada?")
    assert replies(mock, thread)[-2:] == ["Halo kak", "Masih ada?"]
    assert len(conversations(mock)) == before


def test_after_the_merge_a_message_in_an_old_thread_opens_a_conversation_of_a_tokopedia_buyer(mock: Control) -> None:
    thread = old_thread(mock)
    before = {row["id"] for row in conversations(mock)}
    opened = write(mock, thread, "Masih ada?")["conversation_id"]
    new = [row for row in conversations(mock) if row["id"] not in before]
    assert [row["id"] for row in new] == [opened]
    assert new[0]["participants"][0]["buyer_platform"] == "TOKOPEDIA"
    assert said(mock, opened) == ["Masih ada?"]


def test_the_next_message_in_an_old_thread_continues_that_conversation(mock: Control) -> None:
    thread = old_thread(mock)
    opened = write(mock, thread, "Masih ada?")["conversation_id"]
    assert write(mock, thread, "Kak?")["conversation_id"] == opened
    assert said(mock, opened) == ["Masih ada?", "Kak?"]


def test_a_tokopedia_buyers_conversation_is_not_the_one_that_the_same_buyer_has_in_the_tiktok_app(mock: Control) -> None:
    thread = old_thread(mock)
    native = mock("POST", "conversations", {"buyer_app": "tiktok_shop", "buyer": "sari", "text": "Dari TikTok"})
    opened = write(mock, thread, "Masih ada?")
    assert opened["conversation_id"] != native["conversation_id"]


def test_a_tokopedia_buyer_who_writes_first_after_the_merge_writes_on_tiktok_shop(mock: Control) -> None:
    merge(mock)
    told = mock("POST", "conversations", {"buyer_app": "tokopedia", "buyer": "sari", "text": "Halo kak"})
    row = next(row for row in conversations(mock) if row["id"] == told["conversation_id"])
    assert row["participants"][0]["buyer_platform"] == "TOKOPEDIA"


def test_after_the_merge_the_old_thread_takes_no_more_messages_of_the_buyer(mock: Control) -> None:
    thread = old_thread(mock)
    before = replies(mock, thread)
    write(mock, thread, "Masih ada?")
    assert replies(mock, thread) == before


def test_after_the_merge_the_sellers_replies_in_the_old_thread_are_delivered(mock: Control) -> None:
    thread = old_thread(mock)
    client = tokopedia(mock)
    client.data("POST", f"{THREADS}/{thread['conversation_id']}/reply", {"shop_id": client.shop_id}, {"message": "Masih ada kak"})
    assert replies(mock, thread)[-1] == "Masih ada kak"
    assert mock("GET", f"conversations/{thread['key']}")["said"][-1]["text"] == "Masih ada kak"


def test_after_the_merge_a_buyers_message_is_told_by_tiktok_shop_and_not_by_tokopedia(mock: Control) -> None:
    mock("PUT", "webhook-urls", {"tokopedia": "http://127.0.0.1:9/toko", "tiktok_shop": "http://127.0.0.1:9/tts"})
    thread = old_thread(mock)
    before = {row["id"] for row in mock("GET", "webhooks", limit=10_000)["deliveries"]}
    write(mock, thread, "Masih ada?")
    told = [row for row in mock("GET", "webhooks", limit=10_000)["deliveries"] if row["id"] not in before]
    assert {row["platform"] for row in told} == {"tiktok_shop"}


# ---- history ----------------------------------------------------------------------------------------------------------------------------------


def draining(mock: Control) -> dict[str, Any]:
    """A Tokopedia order that is on its way; the shops have merged since."""
    order = place(mock, "tokopedia", items=[{"sku": ALONE}])
    client = tokopedia(mock)
    client.data("POST", f"/v1/order/{order['order_id']}/fs/{{fs_id}}/ack", None, {"products": []})
    client.data("POST", f"/v1/order/{order['order_id']}/fs/{{fs_id}}/status", None, {"order_status": 500, "shipping_ref_num": "JX1"})
    merge(mock)
    return order


def on_tiktok_shop(mock: Control) -> dict[str, Any]:
    """A Tokopedia buyer's order that came after the merge, on its way."""
    order = place(mock, "tokopedia", items=[{"sku": ALONE}])
    client = tiktok(mock)
    package = client.data("GET", "/order/202309/orders", {"ids": order["order_id"]})["orders"][0]["packages"][0]["id"]
    client.data("POST", f"/fulfillment/202309/packages/{package}/ship", None, {"handover_method": "PICKUP"})
    mock("POST", f"orders/{order['key']}/collect")
    return order


def ends(mock: Control, order: dict[str, Any], *acts: str) -> None:
    for act in acts:
        mock("POST", f"orders/{order['key']}/{act}")


def today(mock: Control, form: str = "%Y-%m-%d") -> str:
    return time.strftime(form, time.gmtime(mock("GET", "clock")["now"] + JAKARTA))


def saldo(mock: Control) -> list[dict[str, Any]]:
    client, day = tokopedia(mock), today(mock)
    path = f"/v1/fs/{{fs_id}}/shop/{client.shop_id}/saldo-history"
    rows: list[dict[str, Any]] = client.data("GET", path, {"from_date": day, "to_date": day, "page": 1, "per_page": 100})["saldo_history"]
    return rows


def tickets(mock: Control) -> list[dict[str, Any]]:
    client, day = tokopedia(mock), today(mock)
    told = client.data("GET", "/resolution/v1/fs/{fs_id}/ticket", {"shop_id": client.shop_id, "from_date": day, "to_date": day})
    rows: list[dict[str, Any]] = told["shops"][0]["ticket"]
    return rows


def completed(mock: Control) -> int:
    """How many of today's orders Tokopedia's statistics count as completed."""
    client, day = tokopedia(mock), today(mock, "%Y%m%d")
    path = f"/v1/statistics/transaction-statistics/fs/{{fs_id}}/{client.shop_id}"
    count: int = client.data("GET", path, {"start_date": day, "end_date": day})["TransSummary"]["summary"]["success_sum"]
    return count


def test_the_money_of_a_draining_order_comes_into_the_saldo(mock: Control) -> None:
    order = draining(mock)
    before = saldo(mock)
    ends(mock, order, "deliver", "complete")
    assert len(saldo(mock)) == len(before) + 1
    assert str(order["order_id"]) in saldo(mock)[0]["note"]


def test_the_money_of_an_order_on_tiktok_shop_never_comes_into_the_saldo(mock: Control) -> None:
    merge(mock)
    before = saldo(mock)
    ends(mock, on_tiktok_shop(mock), "deliver", "complete")
    assert saldo(mock) == before


def test_a_complaint_about_a_draining_order_becomes_a_ticket(mock: Control) -> None:
    order = draining(mock)
    before = tickets(mock)
    ends(mock, order, "deliver", "complain")
    assert [str(order["order_id"]) in row["invoice_number"] for row in tickets(mock) if row not in before] == [True]


def test_a_return_of_an_order_on_tiktok_shop_becomes_no_ticket(mock: Control) -> None:
    merge(mock)
    before = tickets(mock)
    order = on_tiktok_shop(mock)
    ends(mock, order, "deliver")
    mock("POST", "returns", {"order": order["key"], "kind": "REFUND"})
    assert tickets(mock) == before


def test_statistics_count_a_draining_order_as_it_ends(mock: Control) -> None:
    order = draining(mock)
    before = completed(mock)
    ends(mock, order, "deliver", "complete")
    assert completed(mock) == before + 1


def test_statistics_never_count_an_order_on_tiktok_shop(mock: Control) -> None:
    merge(mock)
    before = completed(mock)
    ends(mock, on_tiktok_shop(mock), "deliver", "complete")
    assert completed(mock) == before
