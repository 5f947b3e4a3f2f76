"""Webhooks to real receivers: slow ones, broken ones, hundreds of them; what is owed arrives, and every attempt tells what happened."""

from __future__ import annotations

import asyncio
import random
import ssl
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
import uvicorn
from real_receivers import OK, Got, Receiver, babbles, drips, drops, floods, hangs, listening, redirects, takes
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mockplatforms.domain import outbox
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.world import World
from mockplatforms.server.live import LANE
from mockplatforms.testing import Served
from mockplatforms.tiktok_shop.signing import webhook_signature

REAL = {"mode": "frozen", "wire": "real"}
VIRTUAL = {"mode": "frozen", "wire": "virtual"}


class Sender:
    """A served workspace that owes webhooks to whom it is told to."""

    def __init__(self, host: Served, name: str | None = None, **clock: str) -> None:
        self.host = host
        spec = {"world": "small", "seed": 3, "ids": "repeat", "clock": clock or REAL, **({"id": name} if name else {})}
        self.name = host.control("POST", "/workspaces", spec)["id"]

    def owe(self, urls: list[str], *, body: Callable[[int], bytes] = lambda n: b'{"n":%d}' % n, delay: int = 0) -> list[int]:
        """One webhook for each address, all in one commit; answers their numbers."""

        def all_of_them(world: World) -> World:
            for n, url in enumerate(urls):
                world = outbox.owe(world, seller=0, platform=Platform.TOKOPEDIA, app=0, topic="merge", url=url, body=body(n), delay=delay)
            return world

        def do(simulator: Any) -> list[int]:
            workspace = simulator.workspaces[self.name]
            first = workspace.world.next
            workspace.apply(all_of_them)
            return list(range(first, workspace.world.next))

        return self.host.within(do)

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        return self.host.control(method, f"/workspaces/{self.name}{path}", body, query)

    def advance(self, seconds: int = 0) -> Any:
        return self("POST", "/clock/advance", {"seconds": seconds})

    def told(self, url: str) -> Any:
        """What became of one webhook to that address: its only attempt."""
        (serial,) = self.owe([url])
        self.advance()
        (attempt,) = self("GET", f"/webhooks/{serial}")["attempts"]
        return attempt


def until(true: Callable[[], bool], seconds: float = 10.0) -> float:
    """Wait for something that happens on other threads; answers how long it took."""
    begin = time.monotonic()
    while not true():
        assert time.monotonic() - begin < seconds, "it did not happen"
        time.sleep(0.005)  # other threads work meanwhile
    return time.monotonic() - begin


@pytest.fixture(scope="module")
def host() -> Iterator[Served]:
    with Served(retry_floor=0) as served:
        yield served


@pytest.fixture
def sender(host: Served) -> Sender:
    return Sender(host)


# ---- what an attempt tells -------------------------------------------------------------------------------------------------------------


def test_an_attempt_keeps_what_was_sent_and_what_came_back(sender: Sender) -> None:
    receiver = Receiver(takes)
    with listening(receiver):
        attempt = sender.told(receiver.url("/hook?a=1"))
    (got,) = receiver.got
    assert (got.path, got.body) == ("/hook?a=1", b'{"n":0}')
    assert (attempt["status"], attempt["answer"], attempt["failure"], attempt["error"]) == (200, "ok", None, None)
    assert attempt["headers"].items() <= got.headers.items()
    assert attempt["headers"]["content-type"] == "application/json"
    assert attempt["milliseconds"] >= 0


@pytest.mark.parametrize(
    ("answers", "status", "failure", "words"),
    [
        (drops, 0, "reset", "receiver closed the connection"),
        (redirects, 302, "redirect", "http://127.0.0.1:9/elsewhere: redirects are not followed"),
        (babbles, 0, "malformed", "no HTTP"),
        (floods, 200, "too_large", "longer than"),
    ],
    ids=["drops", "redirects", "babbles", "floods"],
)
def test_what_goes_wrong_is_told_in_a_word_and_in_words(sender: Sender, answers: Any, status: int, failure: str, words: str) -> None:
    receiver = Receiver(answers)
    with listening(receiver):
        attempt = sender.told(receiver.url())
    assert (attempt["status"], attempt["failure"]) == (status, failure), attempt["error"]
    assert words in attempt["error"]
    assert len(attempt["answer"]) <= outbox.KEPT
    assert len(receiver.got) == 1


@pytest.mark.parametrize("answers", [hangs, drips])
def test_the_whole_of_an_attempt_is_bounded_in_time(sender: Sender, answers: Any) -> None:
    sender("PUT", "/settings", {"settings": {"webhook_timeout": 1}})
    receiver = Receiver(answers)
    with listening(receiver):
        began = time.monotonic()
        attempt = sender.told(receiver.url())
    assert time.monotonic() - began < 2.5
    assert (attempt["status"], attempt["failure"], attempt["error"]) == (0, "timeout", "no answer within 1 s")


@pytest.mark.parametrize(
    ("url", "failure", "words"),
    [
        ("http://127.0.0.1:9/x", "refused", "nobody listens"),
        ("http://nowhere.invalid/x", "no_such_host", "nowhere.invalid"),
        ("http://192.0.2.7/x", "not_allowed", "--webhook-hosts 192.0.2.7"),
        ("http://169.254.169.254/latest/meta-data", "not_allowed", "neither loopback nor private"),
        ("ftp://127.0.0.1/x", "bad_url", "http and https"),
        ("http://[::1/x", "bad_url", "nothing can be sent"),
        ("http://127.0.0.1:99999/x", "bad_url", "nothing can be sent"),
        ("http:///x", "bad_url", "http and https"),
        ("http://" + "a" * 70 + ".example/x", "bad_url", "nothing can be sent"),
    ],
)
def test_where_nobody_is_reached_the_attempt_says_why(sender: Sender, url: str, failure: str, words: str) -> None:
    attempt = sender.told(url)
    assert (attempt["status"], attempt["failure"]) == (0, failure), attempt["error"]
    assert words in attempt["error"]


def test_what_may_not_go_somewhere_is_still_owed_and_arrives_once_it_may(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Receiver(takes)
    with listening(receiver):
        allowed = sender.host.server.dispatcher.transport._net.allowed
        monkeypatch.setattr(allowed, "networks", [])
        (serial,) = sender.owe([receiver.url()])
        sender.advance()
        held = sender("GET", f"/webhooks/{serial}")
        assert (held["status"], held["attempts"][0]["failure"]) == ("owed", "not_allowed")
        assert held["due"] is not None
        monkeypatch.undo()
        sender("POST", f"/webhooks/{serial}/redeliver")
        sender.advance()
    assert sender("GET", f"/webhooks/{serial}")["status"] == "delivered"
    assert [got.body for got in receiver.got] == [b'{"n":0}']


def test_connections_are_used_again(sender: Sender) -> None:
    receiver = Receiver(takes)
    with listening(receiver):
        sender.owe([receiver.url()] * 40)
        sender.advance()
    assert len(receiver.got) == 40
    assert receiver.connections <= LANE


def test_a_receiver_whose_connection_has_ended_is_called_on_a_new_one(sender: Sender) -> None:
    async def takes_and_closes(got: Got, writer: Any) -> None:
        writer.write(OK)
        writer.close()

    receiver = Receiver(takes_and_closes)
    with listening(receiver):
        for count in range(1, 6):
            assert sender.told(receiver.url())["status"] == 200
            until(lambda count=count: receiver.ended == count)
    assert receiver.connections == 5


# ---- TLS -------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    ca, path = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return ca, path


def _tls(ca: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names).configure_cert(context)
    return context


def test_a_receiver_with_tls_is_trusted_by_the_authority_that_was_named(authority: tuple[trustme.CA, Path]) -> None:
    ca, path = authority
    good, other = Receiver(takes, _tls(ca, "localhost", "127.0.0.1")), Receiver(takes, _tls(ca, "isv.example"))
    with listening(good, other), Served(webhook_ca=str(path)) as host:
        sender = Sender(host)
        assert sender.told(good.url(host="localhost"))["status"] == 200
        assert sender.told(good.url())["status"] == 200
        refused = sender.told(other.url())
        assert (refused["status"], refused["failure"]) == (0, "tls")
        assert "not trusted" in refused["error"]
    assert len(good.got) == 2
    assert other.got == []


def test_a_receiver_with_tls_is_not_trusted_by_default(sender: Sender, authority: tuple[trustme.CA, Path]) -> None:
    receiver = Receiver(takes, _tls(authority[0], "127.0.0.1"))
    with listening(receiver):
        attempt = sender.told(receiver.url())
    assert attempt["failure"] == "tls"
    assert "--webhook-ca" in attempt["error"]


def test_a_receiver_that_speaks_no_tls_is_told_apart(sender: Sender) -> None:
    receiver = Receiver(takes, greeting=b"SSH-2.0-OpenSSH_9.6\r\n")
    with listening(receiver):
        attempt = sender.told(receiver.url().replace("http:", "https:"))
    assert attempt["failure"] == "tls"
    assert "register it with http://" in attempt["error"]


# ---- a real application ----------------------------------------------------------------------------------------------------------------


def test_a_uvicorn_application_gets_the_bytes_that_are_signed(sender: Sender) -> None:
    got: list[tuple[dict[str, str], bytes]] = []

    async def hook(request: Request) -> Response:
        got.append((dict(request.headers), await request.body()))
        return PlainTextResponse("taken", 202)

    config = uvicorn.Config(Starlette(routes=[Route("/hook", hook, methods=["POST"])]), port=0, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/hook"
    try:
        sender("PUT", "/webhook-urls", {"tokopedia": url, "tiktok_shop": url})
        sender("POST", "/orders", {"buyer_app": "tiktok_shop", "pay": True})
        sender.advance()
    finally:
        server.should_exit = True
        thread.join(10)
    deliveries = sender("GET", "/webhooks")["deliveries"]
    assert {row["status"] for row in deliveries} == {"delivered"}
    assert Counter(body for _, body in got) == Counter(row["body"].encode() for row in deliveries)
    sent = {row["body"].encode(): row["attempts"][0]["headers"] for row in deliveries}
    for headers, body in got:
        assert sent[body].items() <= headers.items()


# ---- no head-of-line blocking ----------------------------------------------------------------------------------------------------------


def _three_hundred(receiver: Receiver) -> list[str]:
    return [receiver.url(f"/{n}") for n in range(300)]


async def _all_but_one(got: Got, writer: Any) -> None:
    await (hangs if got.path == "/0" else takes)(got, writer)


SOON = 3.0  # seconds: a fraction of what who hangs is waited for, and many times what it takes on a quiet machine (benchmarks measure it)


def test_who_hangs_holds_up_nobody_else_and_no_call(sender: Sender) -> None:
    sender("PUT", "/settings", {"settings": {"webhook_timeout": 20}})
    receiver = Receiver(_all_but_one)
    with listening(receiver), httpx.Client(base_url=sender.host.base_url, trust_env=False) as client:
        calls: list[float] = []

        def call() -> None:
            begin = time.monotonic()
            assert client.get("/_mock/workspaces").status_code == 200
            calls.append(time.monotonic() - begin)

        def others_have_theirs() -> bool:
            call()
            return len({got.path for got in receiver.got} - {"/0"}) == 299

        sender.owe(_three_hundred(receiver)[1:])
        until(others_have_theirs)
        idle = statistics.median(calls)
        receiver.got.clear()
        calls.clear()
        sender.owe([receiver.url("/0")] * 50 + _three_hundred(receiver)[1:])
        took = until(others_have_theirs)
        until(lambda: any(got.path == "/0" for got in receiver.got))
        hung = [got for got in receiver.got if got.path == "/0"]
    assert took < SOON
    assert len(hung) <= LANE
    assert statistics.median(calls) < max(0.1, 3 * idle)


def test_an_advance_lets_all_others_have_theirs_while_it_waits_for_who_hangs(sender: Sender) -> None:
    sender("PUT", "/settings", {"settings": {"webhook_timeout": 6}})
    receiver = Receiver(_all_but_one)
    with listening(receiver):
        sender.owe(_three_hundred(receiver))
        began = time.monotonic()
        report = sender.advance()
    others = [got.at - began for got in receiver.got if got.path != "/0"]
    assert len(others) == 299
    assert max(others) < SOON
    assert (report["settled"], report["owed"]) == (True, 1)


def test_what_a_receiver_causes_while_another_hangs_arrives_in_the_same_advance(sender: Sender) -> None:
    sender("PUT", "/settings", {"settings": {"webhook_timeout": 6}})
    slow, later = Receiver(hangs), Receiver(takes)

    async def causes(got: Got, writer: Any) -> None:
        await asyncio.to_thread(lambda: sender.owe([later.url()]))
        await takes(got, writer)

    first = Receiver(causes)
    with listening(slow, first, later):
        sender.owe([slow.url(), first.url()])
        began = time.monotonic()
        sender.advance()
    assert [got.at - began < SOON for got in later.got] == [True]


def test_one_address_gets_its_webhooks_in_their_order(host: Served) -> None:
    sender = Sender(host, **VIRTUAL)
    receiver = Receiver(takes)
    with listening(receiver):
        sender.owe([receiver.url()] * 30)
        until(lambda: len(receiver.got) == 30)  # by itself, without any advance
    assert [got.body for got in receiver.got] == [b'{"n":%d}' % n for n in range(30)]


# ---- nothing is lost -------------------------------------------------------------------------------------------------------------------


class Moody:
    """Fails at random, by its seed: drops the connection, refuses, or takes it."""

    def __init__(self, seed: int, often: float = 0.2) -> None:
        self.chance = random.Random(seed)
        self.often = often
        self.taken: list[bytes] = []

    async def __call__(self, got: Got, writer: Any) -> None:
        drawn = self.chance.random()
        if drawn < self.often / 2:
            writer.transport.abort()
        elif drawn < self.often:
            writer.write(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
        else:
            self.taken.append(got.body)
            writer.write(OK)


def test_none_of_ten_thousand_is_lost_by_a_receiver_that_fails_at_random(sender: Sender) -> None:
    sender("PUT", "/settings", {"settings": {"tokopedia_retry": [60] * 20}})
    moody = Moody(5)
    receiver = Receiver(moody)
    with listening(receiver):
        sender.owe([receiver.url(f"/{n % 50}") for n in range(10_000)])
        report = sender("POST", "/clock/advance", {"seconds": 3600, "budget": 60})
    assert (report["settled"], report["owed"]) == (True, 0)
    assert sorted(set(moody.taken)) == sorted(b'{"n":%d}' % n for n in range(10_000))
    (endpoints,) = ({row["delivered"] for row in sender("GET", "/webhooks/log")["endpoints"]},)
    assert endpoints == {200}


def test_two_runs_with_one_seed_tell_the_same_bytes_in_the_same_order(host: Served) -> None:
    heard = []
    for _ in range(2):
        moody = Moody(5)
        receiver = Receiver(moody)
        sender = Sender(host, "twice", **VIRTUAL)
        with listening(receiver):
            hooks = {app: receiver.url(f"/{app}") for app in ("tokopedia", "tiktok_shop")}
            sender("PUT", "/webhook-urls", hooks)
            for app in hooks:
                sender("POST", "/orders", {"buyer_app": app, "pay": True, "count": 20})
            sender("POST", "/migration/link", {})
            sender.advance(2 * 86400)
        heard.append([(got.path, got.body) for got in receiver.got])
        host.control("DELETE", f"/workspaces/{sender.name}")
    assert len(heard[0]) > 100
    assert heard[0] == heard[1]


def test_chaos_goes_over_the_wire_as_its_rules_say(host: Served) -> None:
    rules = [{"chaos": "wrong_signature", "nth": [1]}, {"chaos": "truncate", "nth": [2], "bytes": 30}, {"chaos": "lose", "nth": [3]}, {"chaos": "duplicate", "nth": [4]}]
    receiver = Receiver(takes)
    with listening(receiver):
        spec = {"world": "small", "ids": "repeat", "clock": REAL, "webhook_urls": {"tiktok_shop": receiver.url()}, "chaos": [{**rule, "topic": "ORDER_STATUS_CHANGE"} for rule in rules]}
        given = host.control("POST", "/workspaces", spec)
        for _ in range(5):
            host.control("POST", f"/workspaces/{given['id']}/orders", {"buyer_app": "tiktok_shop", "items": [], "pay": False})
        host.control("POST", f"/workspaces/{given['id']}/clock/advance", {"seconds": 0})
        rows = host.control("GET", f"/workspaces/{given['id']}/webhooks", query={"topic": "ORDER_STATUS_CHANGE"})["deliveries"]
        until(lambda: len(receiver.got) >= len(rows) - 1)

    key, secret = given["tiktok_shop"]["app_key"], given["tiktok_shop"]["app_secret"]
    by_number = {int(got.headers["x-mock-delivery"]): got for got in receiver.got}
    forged, broken, lost, fourth, again, fifth = (row["id"] for row in rows)
    assert len(by_number[broken].body) == 30
    assert lost not in by_number
    assert by_number[fourth].body == by_number[again].body != by_number[fifth].body
    assert {number: got.headers["authorization"] == webhook_signature(key, secret, got.body) for number, got in by_number.items()} == {
        forged: False, broken: False, fourth: True, fifth: True, again: True
    }  # fmt: skip
