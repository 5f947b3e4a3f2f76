"""Chats, webhooks, apps and sellers as the control API shows and moves them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from control_api import Control

from mockplatforms.domain import outbox
from mockplatforms.domain.outbox import DELIVERIES
from mockplatforms.domain.phases import Platform


def _merged(mock: Control) -> None:
    mock("PUT", "preconditions/merge_event_subscription", {"met": True})
    mock("POST", "migration/link")
    mock("POST", "migration/complete")
    mock("POST", "webhooks/hold")


# ---- chats -----------------------------------------------------------------------------------------------------------------------------


def test_a_buyer_starts_a_chat_and_both_sides_go_on(mock: Control) -> None:
    chat = mock("POST", "conversations", {"buyer_app": "tokopedia", "text": "Halo kak"})
    assert chat["platform"] == "tokopedia"
    assert chat["message"]["text"] == "Halo kak"
    mock("POST", f"conversations/{chat['key']}/messages", {"text": "Siap", "from": "seller"})
    mock("POST", f"conversations/{chat['conversation_id']}/messages", {"text": "Masih ada?"})
    said = mock("GET", f"conversations/{chat['key']}")["said"]
    assert [row["text"] for row in said][-3:] == ["Halo kak", "Siap", "Masih ada?"]
    assert mock("GET", "conversations")["conversations"][0]["key"] == chat["key"]


def test_after_the_merge_an_old_thread_goes_on_as_a_tiktok_shop_conversation(mock: Control) -> None:
    chat = mock("POST", "conversations", {"buyer_app": "tokopedia", "text": "Halo kak"})
    _merged(mock)
    told = mock("POST", f"conversations/{chat['key']}/messages", {"text": "Masih ada?"})
    assert told["platform"] == "tiktok_shop"
    assert told["buyer_app"] == "tokopedia"
    assert told["continues"] == chat["key"]
    reply = mock("POST", f"conversations/{chat['key']}/messages", {"text": "Ada", "from": "seller"})
    assert reply["key"] == chat["key"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"buyer_app": "tokopedia"},
        {"buyer_app": "tokopedia", "text": ""},
        {"text": "x"},
        {"buyer_app": "tokopedia", "text": "x", "buyer": "nobody"},
    ],
)
def test_a_chat_that_cannot_be_is_refused(mock: Control, body: dict[str, Any]) -> None:
    before = mock.server.simulator.workspaces["w"].world
    mock.refused("POST", "conversations", body)
    assert mock.server.simulator.workspaces["w"].world is before


def test_an_unknown_conversation_is_refused(mock: Control) -> None:
    assert mock.refused("POST", "conversations/conversation-0/messages", {"text": "x"})["status"] == 404


# ---- webhooks --------------------------------------------------------------------------------------------------------------------------


def _owe(mock: Control) -> int:
    workspace = mock.server.simulator.workspaces["w"]
    seller = workspace.world.shelf(DELIVERIES)
    before = set(seller.rows)
    workspace.apply(outbox.owe, seller=0, platform=Platform.TOKOPEDIA, app=0, topic="merge", url="http://127.0.0.1:9/x", body=b'{"a":1}')
    return next(serial for serial in workspace.world.shelf(DELIVERIES).rows if serial not in before)


def test_a_delivery_is_listed_with_its_attempts_and_what_the_platform_would_say(mock: Control) -> None:
    serial = _owe(mock)
    told = mock("GET", "webhooks", topic="merge")["deliveries"][-1]
    assert told["id"] == serial
    assert told["status"] == "owed"
    assert told["body"] == '{"a":1}'
    assert told["attempts"] == []
    assert any("the platform would refuse this address" in note for note in told["notes"])


def test_an_attempt_that_fails_is_told_and_tried_again_by_the_schedule(mock: Control) -> None:
    serial = _owe(mock)
    told = mock("POST", "clock/advance", {"seconds": 0})
    assert told["settled"] is True
    assert told["owed"] == 1
    row = mock("GET", f"webhooks/{serial}")
    assert row["attempts"][0]["status"] == 0
    assert row["attempts"][0]["error"]
    assert row["due"] > told["to"]
    again = mock("POST", f"webhooks/{serial}/redeliver")
    assert again["due"] == told["to"]


def test_deliveries_are_held_and_released(mock: Control) -> None:
    serial = _owe(mock)
    assert mock("POST", "webhooks/hold")["holding"] >= 1
    assert mock("GET", f"webhooks/{serial}")["status"] == "held"
    assert mock("POST", "webhooks/release")["held"] is False
    assert mock("GET", f"webhooks/{serial}")["status"] == "owed"


def test_deliveries_of_an_earlier_run_can_still_be_read(mock: Control) -> None:
    serial = _owe(mock)
    mock("POST", "reset")
    assert mock("GET", "webhooks", topic="merge")["deliveries"] == []
    assert [row["id"] for row in mock("GET", "webhooks", topic="merge", run=1)["deliveries"]] == [serial]


def test_an_unknown_delivery_is_refused(mock: Control) -> None:
    for name in ("0", "x", "9" * 30):
        assert mock.refused("POST", f"webhooks/{name}/redeliver")["status"] == 404


def test_webhook_addresses_are_set_and_told(mock: Control) -> None:
    told = mock("PUT", "webhook-urls", {"tiktok_shop": "http://127.0.0.1:9/t"})
    assert told["tiktok_shop"] == "http://127.0.0.1:9/t"
    assert (
        mock("PUT", "webhook-urls", {"tokopedia": "http://127.0.0.1:9/k"})["tokopedia"]["shop_merge_notification_url"]
        == "http://127.0.0.1:9/k"
    )
    assert "http" in mock.refused("PUT", "webhook-urls", {"tiktok_shop": "127.0.0.1:9"})["detail"]
    assert mock("GET", "webhook-urls")["tiktok_shop"] == "http://127.0.0.1:9/t"


# ---- apps and sellers ------------------------------------------------------------------------------------------------------------------


def test_each_authorization_code_is_fresh(mock: Control) -> None:
    codes = {mock("POST", "auth-codes")["auth_code"] for _ in range(3)}
    assert len(codes) == 3


def test_the_redirect_url_is_set_and_called_with_a_code(mock: Control) -> None:
    assert "PUT" in mock.refused("POST", "authorize")["detail"]
    called: list[str] = []

    async def receiver(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append((await reader.readuntil(b"\r\n")).decode())
        writer.write(b"HTTP/1.1 302 Found\r\nlocation: /done\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def listen() -> asyncio.Server:
        return await asyncio.start_server(receiver, "127.0.0.1", 0)

    listening = mock.runner.run(listen())
    port = listening.sockets[0].getsockname()[1]
    mock("PUT", "apps", {"redirect_url": f"http://127.0.0.1:{port}/back?x=1"})
    told = mock("POST", "authorize", {"state": "abc"})
    listening.close()
    mock.runner.run(listening.wait_closed())
    assert (told["status"], told["location"]) == (302, "/done")
    assert told["auth_code"].replace("=", "%3D") in called[0]
    assert "x=1&" in called[0]
    assert "state=abc" in called[0]


def test_a_redirect_url_where_nobody_listens_is_told(mock: Control) -> None:
    mock("PUT", "apps", {"redirect_url": "http://127.0.0.1:9/back"})
    told = mock("POST", "authorize")
    assert told["status"] == 0
    assert told["error"]


def test_a_seller_takes_the_grant_back_and_gives_it_again(mock: Control) -> None:
    assert mock("POST", "deauthorize")["authorised"] is False
    assert mock("GET", "")["sellers"][0]["tiktok_shop"]["authorised"] is False
    assert mock("GET", "")["tiktok_shop"]["access_token"] is None
    mock("POST", "auth-codes")
    assert mock("GET", "")["sellers"][0]["tiktok_shop"]["authorised"] is True


def test_tokens_run_out_at_will(mock: Control) -> None:
    assert mock("POST", "tokens/expire", {"kind": "access"})["expired"] == 1
    assert mock("POST", "tokens/expire", {"kind": "access"})["expired"] == 0
    assert mock("POST", "tokens/expire", {"kind": "bearer"})["seller"] is None
    assert "bearer" in mock.refused("POST", "tokens/expire", {"kind": "cookie"})["detail"]


def test_a_seller_without_tiktok_shop_has_nothing_to_authorise(mock: Control) -> None:
    alone = next(seller["seller"] for seller in mock("GET", "")["sellers"] if seller["tiktok_shop"] is None)
    assert "born at the merge" in mock.refused("POST", "auth-codes", {"seller": alone})["detail"]


def test_a_seller_comes_with_tokens_and_leaves_with_everything(mock: Control) -> None:
    before = mock.server.simulator.workspaces["w"].world
    told = mock("POST", "sellers", {"key": "baru", "name": "Toko Baru"})
    assert told["tiktok_shop"]["access_token"]
    assert mock.refused("POST", "sellers", {"key": "baru"})["status"] in (409, 422)
    order = mock("POST", "orders", {"buyer_app": "tokopedia", "seller": "baru"}) if told["tokopedia"] else None
    mock("DELETE", "sellers/baru")
    assert mock.refused("GET", "sellers/baru")["status"] == 404
    if order is not None:
        assert mock.refused("GET", f"orders/{order['key']}")["status"] == 404
    after = mock.server.simulator.workspaces["w"].world
    assert {name: len(shelf) for name, shelf in after.shelves.items() if len(shelf)} == {
        name: len(shelf) for name, shelf in before.shelves.items() if len(shelf)
    }


def test_other_sellers_keep_everything_when_one_leaves(mock: Control) -> None:
    first, *_, last = mock("GET", "sellers")["sellers"]
    orders = mock("GET", "orders", seller=first["seller"])
    mock("DELETE", f"sellers/{last['seller']}")
    assert mock("GET", "orders", seller=first["seller"]) == orders
    assert last["seller"] not in [seller["seller"] for seller in mock("GET", "sellers")["sellers"]]
