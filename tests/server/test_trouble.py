"""Trouble as a client meets it: over a socket and in this process alike, on either side of the effect, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from mockplatforms.gateway.call import Request
from mockplatforms.server import trouble
from mockplatforms.testing import Order, Served, Shop, local
from mockplatforms.testing.workspaces import shop as shop_of

SHIP = "/fulfillment/202309/packages/{}/ship"
SEARCH = "/order/202309/orders/search"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with Served() as host:
        yield host


@pytest.fixture
def served(request: pytest.FixtureRequest, server: Served) -> Iterator[Shop]:
    with shop_of(server, request.node.nodeid) as made:
        yield made


@pytest.fixture(params=["socket", "in process"])
def shop(request: pytest.FixtureRequest, server: Served) -> Iterator[Shop]:
    if request.param == "socket":
        with shop_of(server, request.node.nodeid) as made:
            yield made
    else:
        with local(request.node.name) as made:
            yield made


@contextmanager
def client(shop: Shop, timeout: float = 5.0) -> Iterator[httpx.Client]:
    """The httpx client of an integration, over a socket where there is a server."""
    transport = None if isinstance(shop.host, Served) else shop.transport
    with httpx.Client(base_url=shop.base_url, timeout=timeout, transport=transport, trust_env=False) as made:
        yield made


def send(http: httpx.Client, request: Request) -> httpx.Response:
    return http.request(request.method, f"{request.path}?{request.query}", headers=request.headers, content=request.body)


def shipment(shop: Shop) -> tuple[Order, Request]:
    """An order of TikTok Shop, and the call that ships it."""
    order = shop.place_order(on="tiktok_shop")
    api = shop.tiktok_shop
    told = api.data("GET", "/order/202507/orders", {"ids": str(order.id)})
    return order, api.request("POST", SHIP.format(told["orders"][0]["packages"][0]["id"]), body={})


def is_shipped(shop: Shop, order: Order) -> bool:
    return shop.order(order).status == "arranged"


BROKEN: list[tuple[str, dict[str, Any], type[Exception]]] = [
    ("reset", {}, httpx.ReadError),
    ("truncate", {"bytes": 10}, httpx.RemoteProtocolError),
    ("stall", {}, httpx.ReadTimeout),
    ("stall", {"seconds": 0.05}, httpx.RemoteProtocolError),
    ("latency", {"seconds": 60}, httpx.ReadTimeout),
]


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize(("kind", "row", "raised"), BROKEN, ids=[f"{kind}-{row}" for kind, row, _ in BROKEN])
def test_no_answer_comes_and_on_one_side_it_has_happened(kind: str, row: dict[str, Any], raised: type[Exception], side: str, shop: Shop) -> None:
    order, request = shipment(shop)
    shop.fault(kind, side, endpoint="ship-package", **row)
    with client(shop, timeout=0.3) as http, pytest.raises(raised) as no:
        send(http, request)
    assert type(no.value) is raised
    eventually(lambda: shop.control("GET", "/journal", endpoint="ship-package")["exchanges"] != [])
    assert is_shipped(shop, order) == (side == "after")
    row_told = shop.journal[-1]
    assert (row_told["fault"]["fault"], row_told["fault"]["side"], row_told["wrote"] > 0) == (kind, side, side == "after")
    if (kind, side) != ("latency", "after"):
        assert row_told["verdict"] == "failed"
    if (kind, side) == ("latency", "before"):
        assert "the client went away: nothing happened" in row_told["reason"]


@pytest.mark.parametrize("side", ["before", "after"])
def test_who_waits_long_enough_is_answered(side: str, shop: Shop) -> None:
    order, request = shipment(shop)
    shop.fault("latency", side, seconds=0.05, endpoint="ship-package")
    with client(shop) as http:
        answer = send(http, request)
    assert (answer.status_code, answer.json()["code"]) == (200, 0)
    assert is_shipped(shop, order)
    assert shop.journal[-1]["verdict"] == "answered"
    shop.assert_shipped_once(order)


@pytest.mark.parametrize("side", ["before", "after"])
def test_an_answer_of_the_wrong_type_is_a_page_or_the_answer_under_a_wrong_name(side: str, shop: Shop) -> None:
    order, request = shipment(shop)
    shop.fault("content_type", side, endpoint="ship-package", content_type="text/plain")
    with client(shop) as http:
        answer = send(http, request)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/plain")
    assert answer.text.startswith("<html>" if side == "before" else '{"code":0')
    assert is_shipped(shop, order) == (side == "after")


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize(("kind", "row", "status"), [("server_error", {"status": 502}, 502), ("server_error", {}, 500), ("rate_limit", {}, 429)], ids=str)
def test_an_answer_of_failure_comes_whole(kind: str, row: dict[str, Any], status: int, side: str, shop: Shop) -> None:
    order, request = shipment(shop)
    shop.fault(kind, side, endpoint="ship-package", **row)
    with client(shop) as http:
        assert send(http, request).status_code == status
        assert send(http, request).status_code == status  # the connection lives on
    assert is_shipped(shop, order) == (side == "after")


def test_a_careless_integration_that_repeats_what_it_does_not_know_is_told_that_the_goods_have_left(shop: Shop) -> None:
    order, request = shipment(shop)
    shop.fault("reset", "after", endpoint="ship-package", times=1)
    with client(shop) as http:
        try:
            answer = send(http, request)
        except httpx.TransportError:
            answer = send(http, request)
    assert answer.json()["code"] != 0
    first, second = [row["verdict"] for row in shop.journal if row["endpoint"] == "ship-package-202309"]
    assert (first, second) == ("failed", "refused")
    shop.assert_shipped_once(order)


def test_in_process_nobody_sleeps() -> None:
    with local("virtual") as shop, client(shop, timeout=7200) as http:
        _, request = shipment(shop)
        shop.fault("latency", "before", seconds=3600)
        began = time.monotonic()
        assert send(http, request).json()["code"] == 0
        assert time.monotonic() - began < 5


# ---- what only a socket shows -----------------------------------------------------------------------------------------------------------------


def eventually(holds: Callable[[], bool], seconds: float = 5) -> None:
    """The server learns a moment after the client that the client has gone; ``holds`` asks the server, which gives it its turn."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come true"


def raw(shop: Shop, request: Request) -> socket.socket:
    """A bare connection over which the call was sent."""
    host, _, port = shop.base_url.removeprefix("http://").partition(":")
    made = socket.create_connection((host, int(port)), timeout=5)
    headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    made.sendall(f"{request.method} {request.path}?{request.query} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {len(request.body)}\r\n\r\n".encode() + request.body)
    return made


def until(connection: socket.socket, end: bytes) -> bytes:
    """What comes, to that end."""
    got = b""
    while not got.endswith(end):
        piece = connection.recv(65536)
        assert piece, got
        got += piece
    return got


def drained(connection: socket.socket) -> bytes:
    """All that comes until the server ends the connection."""
    got = b""
    while piece := connection.recv(65536):
        got += piece
    return got


def test_a_reset_is_a_reset_and_no_byte_comes(served: Shop) -> None:
    _, request = shipment(served)
    served.fault("reset", "after", endpoint="ship-package")
    with raw(served, request) as connection, pytest.raises(ConnectionResetError):
        drained(connection)


def test_a_cut_body_comes_with_the_length_of_the_whole(served: Shop) -> None:
    _, request = shipment(served)
    served.fault("truncate", "after", endpoint="ship-package", bytes=9)
    with raw(served, request) as connection:
        head, _, body = drained(connection).partition(b"\r\n\r\n")
    assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", b'{"code":0')
    whole = served.host.control("GET", f"/exchanges/{served.journal[-1]['id']}")["unsent"]["body"]
    length = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")).partition(b":")[2])
    assert length > 9 and whole


def test_a_stalled_body_begins_and_then_nothing_comes(served: Shop) -> None:
    _, request = shipment(served)
    served.fault("stall", "after", endpoint="ship-package", bytes=9)
    with raw(served, request) as connection:
        until(connection, b'{"code":0')
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_while_one_call_waits_others_are_answered(served: Shop) -> None:
    order, request = shipment(served)
    served.fault("latency", "before", seconds=30, endpoint="ship-package")
    with raw(served, request), client(served) as http:
        eventually(lambda: served.faults[0]["struck"] == 1)
        began = time.monotonic()
        assert send(http, served.tiktok_shop.request("POST", SEARCH, {"page_size": "5"}, {})).json()["code"] == 0
        assert time.monotonic() - began < 5
        assert not is_shipped(served, order)
    eventually(lambda: served.control("GET", "/journal", outcome="failed")["exchanges"] != [])
    assert not is_shipped(served, order)


def test_what_waited_before_its_effect_meets_the_world_as_it_is_then(served: Shop) -> None:
    order, request = shipment(served)
    served.fault("latency", "before", seconds=1.5, endpoint="ship-package")
    with raw(served, request) as connection:
        eventually(lambda: served.faults[0]["struck"] == 1)
        served.cancel(order)
        assert b'"code":21011041' in until(connection, b"}")
    assert (served.journal[-1]["verdict"], served.journal[-1]["fault"]["fault"]) == ("refused", "latency")


def test_the_control_api_knows_no_trouble(served: Shop) -> None:
    served.fault("reset")
    with client(served) as http:
        assert http.get(f"/_mock/workspaces/{served.workspace}").status_code == 200
        assert http.get(f"/_mock/workspaces/{served.workspace}/faults").json()["faults"][0]["matched"] == 0


def test_a_server_that_lets_nobody_at_its_connections_is_made_to_end_them() -> None:
    with local("elsewhere") as shop:
        _, request = shipment(shop)
        shop.fault("truncate", "after", bytes=9)
        sent: list[Any] = []

        async def send_on(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.disconnect"}

        reply = shop.host.within(lambda simulator: simulator.answer(request))
        with pytest.raises(ConnectionError):
            asyncio.run(shop.host.within(lambda simulator: trouble.meet(simulator, request, reply, receive, send_on)))
    assert [message.get("body") for message in sent] == [None, b'{"code":0']
