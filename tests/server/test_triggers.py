"""Every webhook can be caused at will, and is told to who listens: by the control API, from the command line and in a test."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from control_api import Control
from real_receivers import Receiver, listening, takes
from test_semantics import held, place

from mockplatforms import cli
from mockplatforms.domain import shops
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.server import listener
from mockplatforms.server.control.triggers import TRIGGERS
from mockplatforms.testing import NotPossible, Served, local
from mockplatforms.tiktok_shop.topics import WEBHOOKS
from mockplatforms.tokopedia.topics import WEBHOOK_ADDRESSES, address_of

# Legacy addresses of Tokopedia to which nothing is told.
SILENT = {"order_actions_url", "order_confirm_delivery_notification_url"}


@pytest.fixture
def addressed(mock: Control) -> Control:
    """A workspace all of whose webhooks have an address, and wait until time is let pass."""
    mock("PUT", "webhook-urls", {"tokopedia": "http://127.0.0.1:9/k", "tiktok_shop": "http://127.0.0.1:9/t"})
    return mock


def test_every_topic_has_a_trigger() -> None:
    assert {row.name for row in WEBHOOKS.values()} == {topic for topic, row in TRIGGERS.items() if row.platform is Platform.TIKTOK_SHOP}
    assert {address_of(topic) for topic, row in TRIGGERS.items() if row.platform is Platform.TOKOPEDIA} == set(WEBHOOK_ADDRESSES) - SILENT


@pytest.mark.parametrize("topic", TRIGGERS)
def test_a_webhook_of_every_topic_is_caused(addressed: Control, topic: str) -> None:
    if any(row.newer and row.name == topic for row in WEBHOOKS.values()):
        assert "tiktok_webhook_topics" in addressed.refused("POST", "webhooks/trigger", {"topic": topic})["detail"]
        addressed("PUT", "settings", {"settings": {"tiktok_webhook_topics": "all"}})
    told = addressed("POST", "webhooks/trigger", {"topic": topic})
    assert told["did"]
    assert told["deliveries"]
    assert {(row["topic"], row["platform"]) for row in told["deliveries"]} == {(topic, told["platform"])}
    assert set(addressed("GET", "webhooks", topic=topic)["deliveries"][-1]) >= set(told["deliveries"][-1])


# Of these the payload names the request, not the order.
OF_A_REQUEST = {"AFTERSALES_REQUEST_STATUS", "RMA_STATUS", "REFUND_SUCCESS"}


@pytest.mark.parametrize("topic", [topic for topic, row in TRIGGERS.items() if (row.needs == "order" or row.told is not None) and topic not in OF_A_REQUEST])
def test_it_is_about_the_order_that_is_named(addressed: Control, topic: str) -> None:
    order = place(addressed, TRIGGERS[topic].platform.value)
    count = len(addressed("GET", "orders", limit=1000)["orders"])
    told = addressed("POST", "webhooks/trigger", {"topic": topic, "order": str(order["order_id"])})
    assert all(str(order["order_id"]) in row["body"] for row in told["deliveries"])
    assert len(addressed("GET", "orders", limit=1000)["orders"]) == count


def test_it_is_about_the_product_that_is_named(addressed: Control) -> None:
    first = json.loads(addressed("POST", "webhooks/trigger", {"topic": "PRODUCT_CREATION"})["deliveries"][0]["body"])["data"]["product_id"]
    told = addressed("POST", "webhooks/trigger", {"topic": "PRODUCT_INFORMATION_CHANGE", "product": str(first)})
    assert json.loads(told["deliveries"][0]["body"])["data"]["product_id"] == str(first)


def test_the_merge_is_told_once_more_to_who_has_merged(addressed: Control) -> None:
    first = addressed("POST", "webhooks/trigger", {"topic": "merge"})
    seller = shops.named(held(addressed).world, first["deliveries"][0]["seller"])
    assert seller.phase is Phase.MERGED
    again = addressed("POST", "webhooks/trigger", {"topic": "merge"})
    assert [row["body"] for row in again["deliveries"]] == [row["body"] for row in first["deliveries"]]


def test_what_cannot_be_caused_is_refused_before_anything_is_done(mock: Control) -> None:
    world = held(mock).world
    assert "did you mean 'merge'" in mock.refused("POST", "webhooks/trigger", {"topic": "mrege"})["detail"]
    assert "listen --register" in mock.refused("POST", "webhooks/trigger", {"topic": "merge"})["detail"]
    assert held(mock).world is world


def test_an_order_of_the_other_platform_is_refused(addressed: Control) -> None:
    order = place(addressed, "tokopedia")
    told = addressed.refused("POST", "webhooks/trigger", {"topic": "ORDER_STATUS_CHANGE", "order": order["key"]})
    assert (told["status"], told["field"]) == (409, "order")


def test_who_has_withdrawn_is_told_nothing_more(addressed: Control) -> None:
    addressed("POST", "webhooks/trigger", {"topic": "SELLER_DEAUTHORIZATION"})
    assert "authorize" in addressed.refused("POST", "webhooks/trigger", {"topic": "NEW_MESSAGE"})["detail"]


def test_what_the_migration_has_ended_is_told_as_such(addressed: Control) -> None:
    addressed("POST", "webhooks/trigger", {"topic": "merge"})
    told = addressed.refused("POST", "webhooks/trigger", {"topic": "chat_notification"})
    assert "tokopedia tells nothing of it" in told["detail"]
    assert "MERGED" in told["detail"]
    assert told["did"]


def test_a_test_causes_webhooks_by_the_same_table() -> None:
    with local() as shop:
        order = shop.place_order(on="tiktok_shop")
        (told,) = shop.trigger("ORDER_STATUS_CHANGE", order=order)
        assert str(order.id) in told["body"]
        assert shop.webhooks[-1].delivery == told["id"]
        assert shop.webhooks[-1].body == told["body"].encode()
        got: list[bytes] = []
        shop.deliver()
        shop.receive(lambda webhook: got.append(webhook.body))
        shop.redeliver(shop.webhooks[-1], seconds=60)
        shop.advance(minutes=2)
        assert got.count(told["body"].encode()) == 1
        assert [one["asked"] for one in shop.deliveries(q=str(order.id))[-1]["attempts"]] == [False, True]
        with pytest.raises(NotPossible, match="did you mean 'merge'"):
            shop.trigger("mrege")
        assert "a webhook ORDER_STATUS_CHANGE is caused" in shop.story()


# ---- the command line ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def host() -> Iterator[Served]:
    with Served(retry_floor=0) as served:
        served.control("PUT", "/workspaces/default", {"world": "small", "clock": {"mode": "frozen", "wire": "virtual"}})
        yield served


def test_without_a_topic_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["trigger"]) == 0
    printed = capsys.readouterr().out
    assert all(topic in printed and row.words in printed for topic, row in TRIGGERS.items())


def test_the_command_causes_a_webhook_and_says_what_it_did(host: Served, capsys: pytest.CaptureFixture[str]) -> None:
    receiver = Receiver(takes)
    with listening(receiver):
        host.control("PUT", "/workspaces/default/webhook-urls", {"tiktok_shop": receiver.url()})
        assert cli.main(["trigger", "ORDER_STATUS_CHANGE", "--url", host.base_url]) == 0
        printed = capsys.readouterr().out
        assert "POST /orders" in printed
        assert f"ORDER_STATUS_CHANGE → {receiver.url()} (owed)" in printed
        order = host.control("GET", "/workspaces/default/orders")["orders"][0]
        assert cli.main(["trigger", "RECIPIENT_ADDRESS_UPDATE", "--order", order["key"], "--url", host.base_url]) == 0
        assert order["key"] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(["trigger", "mrege"], "did you mean 'merge'"), (["trigger", "merge", "--workspace", "defualt"], "did you mean 'default'"), (["listen", "--workspace", "x"], "there is no workspace 'x'")],
)
def test_what_is_refused_is_told_in_words(host: Served, arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*arguments, "--url", host.base_url]) == 2
    assert word in capsys.readouterr().err


def test_where_no_server_is_the_command_says_how_to_start_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["trigger", "merge", "--url", "http://127.0.0.1:9"]) == 2
    assert "mockplatforms serve" in capsys.readouterr().err


class Listening(threading.Thread):
    """A ``listen`` on a thread, with what it has told."""

    def __init__(self, host: Served, **options: Any) -> None:
        super().__init__(daemon=True)
        self.host = host
        self.options = listener.Options(**options)
        self.lines: list[str] = []
        self.start()

    def run(self) -> None:
        listener.listen(self.host.base_url, "default", self.options, tell=self.lines.append)

    def until_it_listens(self) -> None:
        begin = time.monotonic()
        while not self.lines and time.monotonic() - begin < 10:
            time.sleep(0.005)

    def __enter__(self) -> Listening:
        self.until_it_listens()
        return self

    def __exit__(self, *_: object) -> None:
        self.join(20)
        assert not self.is_alive()


def test_listening_needs_no_receiver_of_ones_own(host: Served) -> None:
    host.control("PUT", "/workspaces/default/webhook-urls", {"tiktok_shop": "http://127.0.0.1:9/before", "tokopedia": ""})
    with Listening(host, register=True, count=2) as heard:
        host.control("POST", "/workspaces/default/webhooks/trigger", {"topic": "ORDER_STATUS_CHANGE"})
    first = heard.lines[1]
    assert "tiktok_shop ORDER_STATUS_CHANGE → http://127.0.0.1:" in first
    assert "  200  " in first
    body = json.loads("\n".join(heard.lines[2].splitlines()))
    assert (body["type"], body["data"]["order_status"]) == (1, "UNPAID")
    told = host.control("GET", "/workspaces/default/webhook-urls")
    assert (told["tiktok_shop"], told["tokopedia"]) == ("http://127.0.0.1:9/before", {})


def test_what_fails_is_told_with_its_reason(host: Served) -> None:
    host.control("PUT", "/workspaces/default/webhook-urls", {"tiktok_shop": "http://127.0.0.1:9/x"})
    with Listening(host, count=1) as heard:
        host.control("POST", "/workspaces/default/webhooks/trigger", {"topic": "NEW_MESSAGE"})
    assert "http://127.0.0.1:9/x  refused  " in heard.lines[1]
    assert "nobody listens" in heard.lines[1]


def test_what_is_delivered_is_forwarded_with_its_headers_and_bytes(host: Served) -> None:
    receiver, other = Receiver(takes), Receiver(takes)
    with listening(receiver, other):
        host.control("PUT", "/workspaces/default/webhook-urls", {"tiktok_shop": receiver.url()})
        with Listening(host, forward=other.url("/copy"), count=1) as heard:
            host.control("POST", "/workspaces/default/webhooks/trigger", {"topic": "NEW_MESSAGE"})
    assert heard.lines[2].split() == ["forwarded", "→", other.url("/copy"), "200"]
    (copy,) = other.got
    original = next(got for got in receiver.got if got.body == copy.body)
    for name in ("authorization", "content-type", "x-mock-delivery"):
        assert copy.headers[name] == original.headers[name]


def test_listening_goes_well_with_a_pipe(host: Served) -> None:
    receiver = Receiver(takes)
    with listening(receiver):
        host.control("PUT", "/workspaces/default/webhook-urls", {"tiktok_shop": receiver.url()})
        command = [sys.executable, "-m", "mockplatforms", "listen", "--json", "--count", "2", "--url", host.base_url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listens:
            assert listens.stdout is not None
            while listens.poll() is None and not receiver.got:
                host.control("POST", "/workspaces/default/webhooks/trigger", {"topic": "ORDER_STATUS_CHANGE"})
                time.sleep(0.1)
            while listens.poll() is None:  # it may have begun to listen only now
                host.control("POST", "/workspaces/default/webhooks/trigger", {"topic": "ORDER_STATUS_CHANGE"})
                time.sleep(0.2)
            rows = [json.loads(line) for line in listens.stdout]
    assert [row["topic"] for row in rows] == ["ORDER_STATUS_CHANGE"] * 2
    assert {row["attempt"]["status"] for row in rows} == {200}
