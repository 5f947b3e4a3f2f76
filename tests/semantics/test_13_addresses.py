"""Rules of addresses: the ones that we issue lead back to where the client found us, and webhooks may go anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from control_api import Control, made
from test_semantics import choose, place, tiktok, tokopedia

from mockplatforms.server.app import App
from mockplatforms.server.dispatcher import Dispatcher

PUBLIC = "https://sandbox.example"
LABEL = {"document_type": "SHIPPING_LABEL"}
WEBHOOKS = "/event/202309/webhooks"
SEARCH = "/order/202309/orders/search"
RECEIVERS = [
    "http://isv.example/hook",
    "https://isv.example/hook",
    "https://isv.example:8443/hook",
    "http://127.0.0.1:9000/hook",
    "http://localhost:9000/hook",
    "http://[::1]:9000/hook",
    "http://192.168.1.7/hook",
    "http://10.0.0.7:3000/hook",
    "http://receiver:8080/hook",
]


def serving(**settings: Any) -> Iterator[Control]:
    server, real = made(**settings)
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        control_api("PUT", "", {"seed": 7, "world": "demo", "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}})
        yield control_api
        runner.run(server.stop())


@pytest.fixture
def mock() -> Iterator[Control]:
    """A server with the workspace ``w``: the demo world in virtual time that stands still until it is advanced."""
    yield from serving()


@pytest.fixture
def public() -> Iterator[Control]:
    """The same, started with ``--public-url``."""
    yield from serving(public_url=PUBLIC)


def ask(
    mock: Control, url: str, method: str = "GET", headers: dict[str, str] | None = None, content: bytes = b"", peer: str = "127.0.0.1"
) -> httpx.Response:
    """What the server answers to a request as it comes over a socket; a name that leads elsewhere stands in the Host header alone."""

    async def story() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(App(mock.server), client=(peer, 5000))) as client:
            return await client.request(method, url, headers=headers, content=content)

    return mock.runner.run(story())


def label_url(mock: Control, origin: str, *, headers: dict[str, str] | None = None, peer: str = "127.0.0.1") -> str:
    """Where a label is, as a client is told who calls us at that origin."""
    client = tiktok(mock)
    package = client.data("GET", "/order/202309/orders", {"ids": place(mock, "tiktok_shop")["order_id"]})["orders"][0]["packages"][0]["id"]
    client.data("POST", f"/fulfillment/202309/packages/{package}/ship", None, {"handover_method": "PICKUP"})
    signed = client.request("GET", f"/fulfillment/202309/packages/{package}/shipping_documents", LABEL)
    reply = ask(mock, f"{origin}{signed.path}?{signed.query}", headers={**signed.headers, **(headers or {})}, peer=peer)
    url: str = reply.json()["data"]["doc_url"]
    return url


def logo_url(mock: Control, origin: str, *, headers: dict[str, str] | None = None, peer: str = "127.0.0.1") -> str:
    """Where a shop's logo is, as a client is told who calls us at that origin."""
    client = tokopedia(mock)
    sent = {"authorization": f"Bearer {client.token}", **(headers or {})}
    url: str = ask(mock, f"{origin}/v1/shop/fs/{client.fs_id}/shop-info", headers=sent, peer=peer).json()["data"][0]["logo"]
    return url


def base_url(mock: Control, origin: str, *, headers: dict[str, str] | None = None, peer: str = "127.0.0.1") -> str:
    """What an integration is told to use as base URL."""
    told = ask(mock, f"{origin}{mock.at}", headers=headers, peer=peer).json()
    assert told["tokopedia"]["base_url"] == told["tiktok_shop"]["auth_url"]
    url: str = told["tiktok_shop"]["base_url"]
    return url


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


Issued = Callable[..., str]
issued = pytest.mark.parametrize("of", [label_url, logo_url, base_url], ids=["label", "image", "base URL"])


# ---- what we issue ----------------------------------------------------------------------------------------------------------------------------


@issued
@pytest.mark.parametrize("origin", ["http://127.0.0.1:8700", "http://localhost:9", "http://fs.tokopedia.net", "http://[::1]:8700"])
def test_an_address_is_built_from_the_host_that_the_client_called(of: Issued, origin: str, mock: Control) -> None:
    assert origin_of(of(mock, origin)) == origin


@issued
def test_an_address_is_built_from_the_public_url_whatever_the_client_called(of: Issued, public: Control) -> None:
    headers = {"x-forwarded-proto": "http", "x-forwarded-host": "localhost:1"}
    assert origin_of(of(public, "http://127.0.0.1:8700", headers=headers)) == PUBLIC


@issued
def test_an_address_is_built_from_what_a_proxy_on_this_machine_says(of: Issued, mock: Control) -> None:
    headers = {"x-forwarded-proto": "https", "x-forwarded-host": "mock.localhost"}
    assert origin_of(of(mock, "http://127.0.0.1:8700", headers=headers)) == "https://mock.localhost"


@issued
def test_what_a_stranger_says_of_being_a_proxy_is_not_believed(of: Issued, mock: Control) -> None:
    headers = {"x-forwarded-proto": "https", "x-forwarded-host": "mock.localhost"}
    assert origin_of(of(mock, "http://127.0.0.1:8700", headers=headers, peer="203.0.113.9")) == "http://127.0.0.1:8700"


def test_a_name_that_is_none_of_ours_is_not_answered(mock: Control) -> None:
    assert ask(mock, "http://evil.example/_mock/health").status_code == 421


def test_a_label_is_fetched_from_the_address_that_was_told(mock: Control) -> None:
    reply = ask(mock, label_url(mock, "http://localhost:8700"))
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/pdf")


@pytest.mark.parametrize("path", ["/mock" + SEARCH, "/a/b" + SEARCH])
def test_a_base_url_with_a_path_prefix_is_refused_and_the_journal_says_why(path: str, mock: Control) -> None:
    signed = tiktok(mock).request("POST", path, {"page_size": "1"}, {})
    reply = ask(mock, f"http://127.0.0.1:8700{path}?{signed.query}", "POST", signed.headers, signed.body)
    assert reply.json()["code"] != 0
    assert "the base URL must be an origin" in mock("GET", "journal")["exchanges"][-1]["reason"]


# ---- receivers --------------------------------------------------------------------------------------------------------------------------------


def of_tokopedia(mock: Control, url: str) -> bool:
    """Whether Tokopedia's façade takes the address."""
    return tokopedia(mock).reply("POST", "/v1/fs/{fs_id}/register", None, {"order_notification_url": url}).status == 200


def of_tiktok_shop(mock: Control, url: str) -> bool:
    """Whether TikTok Shop's façade takes the address."""
    return bool(tiktok(mock).call("PUT", WEBHOOKS, body={"event_type": "ORDER_STATUS_CHANGE", "address": url})["code"] == 0)


register = pytest.mark.parametrize(("app", "taken"), [("tokopedia", of_tokopedia), ("tiktok_shop", of_tiktok_shop)], ids=["tokopedia", "tiktok_shop"])


def received(mock: Control, app: str) -> list[str]:
    """Where the webhooks of a new order go."""
    got: list[str] = []

    def receive(request: httpx.Request) -> httpx.Response:
        got.append(str(request.url))
        return httpx.Response(200)

    mock.server.dispatcher = Dispatcher(httpx.MockTransport(receive))
    place(mock, app)
    mock("POST", "clock/advance", {"seconds": 0})
    return got


@register
@pytest.mark.parametrize("url", RECEIVERS)
def test_a_webhook_goes_to_any_scheme_port_name_and_address(url: str, app: str, taken: Callable[[Control, str], bool], mock: Control) -> None:
    assert taken(mock, url)
    assert set(received(mock, app)) == {url}


@register
@pytest.mark.parametrize("url", RECEIVERS)
def test_the_delivery_log_notes_what_the_platform_would_refuse(
    url: str, app: str, taken: Callable[[Control, str], bool], mock: Control
) -> None:
    assert taken(mock, url)
    place(mock, app)
    notes = mock("GET", "webhooks", platform=app)["deliveries"][-1]["notes"]
    assert any("the platform would refuse this address" in note for note in notes) is (url != "https://isv.example/hook")


@register
@pytest.mark.parametrize("url", RECEIVERS)
def test_the_platforms_own_rules_are_applied_where_the_setting_says_so(
    url: str, app: str, taken: Callable[[Control, str], bool], mock: Control
) -> None:
    choose(mock, webhook_url_rules="platform")
    assert taken(mock, url) is (url == "https://isv.example/hook")


@register
@pytest.mark.parametrize("url", ["ftp://isv.example/hook", "isv.example/hook", "http://"])
def test_what_is_no_address_of_a_web_server_is_never_taken(url: str, app: str, taken: Callable[[Control, str], bool], mock: Control) -> None:
    assert not taken(mock, url)
