"""Webhooks in the control API: searched, told again, told another way, and watched as they are delivered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from control_api import Control
from real_receivers import Receiver, listening, takes
from test_semantics import held, place

from mockplatforms.server.dispatcher import Dispatcher

TOKOPEDIA, TIKTOK_SHOP = "http://toko.example/hook", "http://tts.example/hook"
HOUR = 3600


class Answers:
    """A receiver in this process that answers as it is told to, 200 at first."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[bytes] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.got.append(request.content)
        return httpx.Response(self.status, text="said")


@pytest.fixture
def receiver(mock: Control) -> Answers:
    answers = Answers()
    mock.server.dispatcher = Dispatcher(httpx.MockTransport(answers))
    mock("PUT", "webhook-urls", {"tokopedia": TOKOPEDIA, "tiktok_shop": TIKTOK_SHOP})
    return answers


def found(mock: Control, **search: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = mock("GET", "webhooks", **search)["deliveries"]
    return rows


def advance(mock: Control, seconds: int = 0) -> None:
    mock("POST", "clock/advance", {"seconds": seconds})


# ---- searching -------------------------------------------------------------------------------------------------------------------------


def test_deliveries_are_found_by_what_is_in_them(mock: Control, receiver: Answers) -> None:
    order, other = place(mock, "tiktok_shop"), place(mock, "tokopedia")
    (told, *_) = found(mock, q=order["order_id"])
    notification = json.loads(told["body"])["tts_notification_id"]
    assert [row["id"] for row in found(mock, q=notification)] == [told["id"]]
    assert {row["topic"] for row in found(mock, q=order["key"])} == {"ORDER_STATUS_CHANGE"}
    assert found(mock, q=order["key"]) == found(mock, q=order["order_id"])
    assert {row["platform"] for row in found(mock, q="TOKO.example")} == {"tokopedia"}
    assert {row["topic"] for row in found(mock, q="order_notif")} == {"order_notification"}
    assert all(str(other["order_id"]) in row["body"] for row in found(mock, q=other["order_id"]))
    assert found(mock, q="nothing of the kind") == []


def test_deliveries_are_found_by_every_filter(mock: Control, receiver: Answers) -> None:
    place(mock, "tiktok_shop")
    place(mock, "tokopedia")
    every = found(mock)
    for name in ("platform", "topic", "url", "seller"):
        for value in {row[name] for row in every}:
            assert found(mock, **{name: value}) == [row for row in every if row[name] == value]
    advance(mock)
    place(mock, "tokopedia")
    assert len(found(mock, status="delivered")) == len(every)
    assert {row["status"] for row in found(mock, status="owed")} == {"owed"}


def test_deliveries_are_found_by_when_they_were_caused(mock: Control, receiver: Answers) -> None:
    place(mock, "tokopedia")
    early = found(mock)
    now = held(mock).now().world
    advance(mock, HOUR)
    place(mock, "tokopedia")
    late = found(mock)[len(early) :]
    assert [row["id"] for row in found(mock, until=now)] == [row["id"] for row in early]
    assert [row["id"] for row in found(mock, since=now + HOUR)] == [row["id"] for row in late]
    assert [row["id"] for row in found(mock, since="2025-01-20T11:00:00+07:00")] == [row["id"] for row in late]
    assert "ISO 8601" in mock.refused("GET", "webhooks", since="yesterday")["detail"]


@pytest.mark.parametrize("first", [{}, {"after": 0}], ids=["backwards", "forwards"])
def test_a_search_goes_on_where_it_stopped(mock: Control, receiver: Answers, first: dict[str, int]) -> None:
    for _ in range(5):
        place(mock, "tokopedia")
    every = [row["id"] for row in found(mock)]
    pages: list[list[int]] = []
    query: dict[str, int] | None = first
    while query is not None:
        told = mock("GET", "webhooks", limit=4, **query)
        pages.append([row["id"] for row in told["deliveries"]])
        query = told["next"]
    assert len(pages) == -(-len(every) // 4)
    assert [one for page in (pages if first else reversed(pages)) for one in page] == every


# ---- telling it again ------------------------------------------------------------------------------------------------------------------


def test_a_delivery_is_told_again_at_a_chosen_moment(mock: Control, receiver: Answers) -> None:
    place(mock, "tokopedia")
    advance(mock)
    row = found(mock)[0]
    count, now = len(receiver.got), held(mock).now().world
    assert mock("POST", f"webhooks/{row['id']}/redeliver", {"in": HOUR})["due"] == now + HOUR
    advance(mock, HOUR - 1)
    assert len(receiver.got) == count
    advance(mock, 1)
    assert receiver.got[count:].count(row["body"].encode()) == 1
    again = mock("GET", f"webhooks/{row['id']}")
    assert [(one["asked"], one["at"]["world"]) for one in again["attempts"]] == [(False, now), (True, now + HOUR)]
    assert (again["status"], again["due"]) == ("delivered", None)


def test_what_cannot_be_is_refused(mock: Control, receiver: Answers) -> None:
    place(mock, "tokopedia")
    number = found(mock)[0]["id"]
    assert mock.refused("POST", f"webhooks/{number}/redeliver", {"at": 5})["status"] == 409
    assert mock.refused("POST", f"webhooks/{number}/redeliver", {"at": "soon"})["field"] == "at"
    assert mock.refused("POST", f"webhooks/{number}/redeliver", {"at": 5, "in": 5})["status"] == 422
    assert mock.refused("POST", "webhooks/redeliver", {})["field"] == "since"


def test_everything_since_a_moment_is_told_again_in_its_order(mock: Control, receiver: Answers) -> None:
    place(mock, "tokopedia")
    advance(mock, HOUR)
    since = held(mock).now().world
    place(mock, "tokopedia")
    place(mock, "tiktok_shop")
    advance(mock)
    wanted = [row["body"].encode() for row in found(mock, since=since, platform="tokopedia")]
    receiver.got.clear()
    told = mock("POST", "webhooks/redeliver", {"since": since, "platform": "tokopedia", "at": since + 60})
    assert told == {"redelivering": len(wanted), "at": since + 60}
    advance(mock, 120)
    assert receiver.got == wanted


def test_what_was_given_up_arrives_when_it_is_told_again(mock: Control, receiver: Answers) -> None:
    receiver.status = 500
    place(mock, "tokopedia")
    advance(mock, 2 * HOUR)
    lost = found(mock, status="given_up", platform="tokopedia")
    assert lost
    receiver.status = 200
    mock("POST", "webhooks/redeliver", {"since": 0, "status": "given_up"})
    advance(mock)
    assert found(mock, status="given_up") == []
    assert {row["attempts"][-1]["asked"] for row in found(mock, platform="tokopedia")} == {True}


# ---- told another way ------------------------------------------------------------------------------------------------------------------


def _text(mock: Control, path: str) -> str:
    status, told, media = mock.raw("GET", path)
    assert (status, media) == (200, "text/plain; charset=utf-8")
    text: str = told
    return text


def _delivered(mock: Control, url: str) -> dict[str, Any]:
    """A webhook of a TikTok Shop order, its body full of quotes and of what a shell would read."""
    mock("PUT", "webhook-urls", {"tiktok_shop": url})
    mock("POST", "conversations", {"buyer_app": "tiktok_shop", "text": "it's $HOME `id` \"100%\" \\ 'x' @file é\n"})
    advance(mock)
    row = found(mock, topic="NEW_MESSAGE")[-1]
    assert row["status"] == "delivered"
    return row


def test_the_curl_command_sends_the_same_request(mock: Control) -> None:
    receiver = Receiver(takes)
    with listening(receiver):
        row = _delivered(mock, receiver.url("/a b?x=1&y='2'".replace(" ", "%20")))
        command = _text(mock, f"webhooks/{row['id']}/curl")
        subprocess.run(["sh", "-c", command], check=True, capture_output=True, timeout=20, env={"PATH": os.environ["PATH"], "http_proxy": "http://127.0.0.1:9"})
    first, second = (got for got in receiver.got if got.body == row["body"].encode())
    assert first.path == second.path
    assert first.headers.items() >= row["attempts"][0]["headers"].items() <= second.headers.items()


@pytest.mark.parametrize("code", [0, 1])
def test_the_test_sends_the_same_request_and_wants_a_2xx(mock: Control, tmp_path: Path, code: int) -> None:
    receiver = Receiver(takes)
    with listening(receiver):
        row = _delivered(mock, receiver.url("/hook?x=1"))
        (tmp_path / "test_handler.py").write_text(_text(mock, f"webhooks/{row['id']}/test"))

        async def refuses(got: Any, writer: Any) -> None:
            writer.write(b"HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\nbusy")

        receiver.answers = refuses if code else takes
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:mockplatforms", "test_handler.py"]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ran.returncode == code, ran.stdout
    assert ("the handler answered 500: b'busy'" in ran.stdout) is bool(code)
    first, second = (got for got in receiver.got if got.body == row["body"].encode())
    assert first.path == second.path
    assert first.headers.items() >= row["attempts"][0]["headers"].items() <= second.headers.items()


def test_two_attempts_are_told_apart(mock: Control, receiver: Answers) -> None:
    receiver.status = 500
    place(mock, "tokopedia")
    advance(mock)
    receiver.status = 200
    advance(mock, 60)
    number = found(mock, topic="order_notification")[-1]["id"]
    told = mock("GET", f"webhooks/{number}/diff", attempts="1,2")
    assert {row["where"]: (row["left"], row["right"]) for row in told["differences"] if row["where"] in ("status", "failure")} == {
        "status": (500, 200),
        "failure": ("status", None),
    }
    assert "status: 500 and 200" in told["words"]
    assert not any(row["where"].startswith(("headers", "body")) for row in told["differences"])
    assert told == mock("GET", f"webhooks/{number}/diff")
    assert "2 attempts" in mock.refused("GET", f"webhooks/{number}/diff", attempts="1,3")["detail"]


def test_a_new_secret_shows_as_another_signature(mock: Control, receiver: Answers) -> None:
    from mockplatforms.domain.developers import register_webhooks

    held(mock).apply(register_webhooks, {"order_notification_url": TOKOPEDIA}, "first")
    receiver.status = 500
    place(mock, "tokopedia")
    advance(mock)
    held(mock).apply(register_webhooks, {"order_notification_url": TOKOPEDIA}, "second")
    advance(mock, 60)
    number = found(mock, topic="order_notification")[-1]["id"]
    told = mock("GET", f"webhooks/{number}/diff")
    assert [row["where"] for row in told["differences"] if row["where"].startswith("headers")] == ["headers.authorization-hmac"]


def test_two_deliveries_are_told_apart_by_the_paths_of_their_bodies(mock: Control, receiver: Answers) -> None:
    place(mock, "tiktok_shop")
    unpaid, paid = found(mock, topic="ORDER_STATUS_CHANGE")[-2:]
    told = mock("GET", f"webhooks/{unpaid['id']}/diff", **{"with": paid["id"]})
    assert 'body.data.order_status: "UNPAID" and "AWAITING_SHIPMENT"' in told["words"]
    assert {row["where"] for row in told["differences"]} >= {"body.tts_notification_id", "headers.authorization", "headers.x-mock-delivery"}
    same = mock("GET", f"webhooks/{unpaid['id']}/diff", **{"with": unpaid["id"]})
    assert same == {"differences": [], "words": ["they are the same"]}
    assert mock.refused("GET", f"webhooks/{unpaid['id']}/diff", **{"with": "x"})["status"] == 404


# ---- how receivers do ------------------------------------------------------------------------------------------------------------------


def test_the_log_tells_how_each_address_does(mock: Control, receiver: Answers) -> None:
    place(mock, "tokopedia")
    advance(mock)
    delivered = len(found(mock, url=TOKOPEDIA))
    receiver.status = 503
    advance(mock, HOUR)
    failing = held(mock).now().world
    place(mock, "tokopedia")
    owed = len(found(mock, url=TOKOPEDIA)) - delivered
    advance(mock, 60)
    (row,) = mock("GET", "webhooks/log", q="toko.")["endpoints"]
    assert (row["delivered"], row["owed"], row["given_up"], row["held"]) == (delivered, owed, 0, 0)
    assert (row["failing_since"], row["oldest_owed"], row["last_status"]) == (failing, failing, 503)
    assert row["last_error"] == "the receiver answered 503: said"
    assert (row["median_milliseconds"], row["max_milliseconds"]) == (0, 0)
    receiver.status = 200
    advance(mock, HOUR)
    (row,) = mock("GET", "webhooks/log", q="toko.")["endpoints"]
    assert (row["delivered"], row["owed"], row["failing_since"]) == (delivered + owed, 0, None)
    assert {row["url"] for row in mock("GET", "webhooks/log")["endpoints"]} >= {TOKOPEDIA}


def _stream(mock: Control, **query: Any) -> list[dict[str, Any]]:
    from urllib.parse import urlencode

    status, told, media = mock.raw("GET", "webhooks/stream", query=urlencode(query))
    assert (status, media) == (200, "application/x-ndjson")
    return [json.loads(line) for line in told.splitlines()]


def test_attempts_are_streamed_as_they_happen(mock: Control, receiver: Answers) -> None:
    assert _stream(mock, wait=0) == []
    receiver.status = 500
    place(mock, "tokopedia")
    advance(mock)
    first = _stream(mock, after=0, wait=0)
    assert [row["id"] for row in first] == [row["id"] for row in found(mock)]
    assert {row["attempt"]["status"] for row in first} == {500}
    receiver.status = 200
    advance(mock, 60)
    second = _stream(mock, after=first[-1]["number"], wait=0)
    assert {(row["attempts"], row["attempt"]["status"]) for row in second} == {(2, 200)}
    assert [row["number"] for row in _stream(mock, after=0, wait=0, limit=2)] == [row["number"] for row in first[:2]]
    assert _stream(mock, after=second[-1]["number"] + 999, wait=0) == []


def test_who_waits_is_told_the_next_attempt_at_once(mock: Control, receiver: Answers) -> None:
    import asyncio

    from control_api import ORIGIN

    from mockplatforms.server import control

    async def story() -> bytes:
        waiting = asyncio.create_task(control.answer(mock.server, "GET", f"{mock.at}/webhooks/stream", "wait=30", b"", origin=ORIGIN))
        await asyncio.sleep(0)
        await control.answer(mock.server, "POST", f"{mock.at}/orders", "", b'{"buyer_app": "tokopedia"}', origin=ORIGIN)
        await control.answer(mock.server, "POST", f"{mock.at}/clock/advance", "", b'{"seconds": 0}', origin=ORIGIN)
        answered = await asyncio.wait_for(waiting, 5)
        body: bytes = answered.body  # type: ignore[union-attr]
        return body

    assert mock.runner.run(story()).count(b"\n") >= 1


def test_a_url_that_is_none_is_told_as_such(mock: Control) -> None:
    from mockplatforms.domain import outbox
    from mockplatforms.domain.phases import Platform

    held(mock).apply(outbox.owe, seller=0, platform=Platform.TOKOPEDIA, app=0, topic="merge", url="http://[::1/x", body=b"{}")
    (row,) = found(mock, topic="merge")
    assert "it is no URL" in row["notes"][0]


