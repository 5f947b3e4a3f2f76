"""Rules of authorisation: the page on which sellers accept, the App Store's way in, rights taken back, and codes and tokens that are ready."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest
from control_api import Control, made
from test_semantics import choose, held, merge, tiktok, tokopedia

from mockplatforms.gateway.call import Reply, Request
from mockplatforms.server import banner

DAY = 86400
BACK = "https://isv.example/back?x=1"
PATHS = ["/open/authorize", "/oauth/authorize"]
SHOPS = "/authorization/202309/shops"
INFO = "/inventory/v1/fs/{fs_id}/product/info"


@pytest.fixture
def mock() -> Iterator[Control]:
    """A server with the workspace ``w``: the demo world in virtual time that stands still until it is advanced."""
    server, real = made()
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        spec = {"seed": 7, "world": "demo", "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}, "redirect_url": BACK}
        control_api("PUT", "", spec)
        yield control_api
        runner.run(server.stop())


def visit(mock: Control, path: str = PATHS[0], **query: str) -> Reply:
    """What a browser is answered that opens the authorize page."""
    service = held(mock).credentials.service_id
    return mock.server.simulator.answer(Request("GET", path, urlencode({"service_id": service, **query})))


def redirected(reply: Reply) -> dict[str, list[str]]:
    """What the app is told at its redirect URL."""
    assert reply.status == 302
    return parse_qs(urlsplit(dict(reply.headers)["Location"]).query)


def exchanged(mock: Control, code: str) -> Reply:
    """The token endpoint's answer to a code."""
    credentials = held(mock).credentials
    query = {"app_key": credentials.app_key, "app_secret": credentials.app_secret, "auth_code": code, "grant_type": "authorized_code"}
    return mock.server.simulator.answer(Request("GET", "/api/v2/token/get", urlencode(query)))


def shop_opened_by(mock: Control, code: str) -> str:
    """The name of the shop that the token behind a code opens."""
    client = tiktok(mock)
    client.token = orjson.loads(exchanged(mock, code).body)["data"]["access_token"]
    name: str = client.data("GET", SHOPS, cipher=False)["shops"][0]["name"]
    return name


def works(mock: Control, token: str) -> bool:
    client = tiktok(mock)
    client.token = token
    return bool(client.call("GET", SHOPS, cipher=False)["code"] == 0)


# ---- the page ---------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_the_page_shows_every_seller_with_a_shop_the_scopes_and_both_buttons(path: str, mock: Control) -> None:
    reply = visit(mock, path)
    page = reply.body.decode()
    scopes = mock("GET", "apps")["tiktok_shop"]["scopes"]
    shown = [seller["name"] in page for seller in mock("GET", "sellers")["sellers"]]
    assert reply.content_type.startswith("text/html")
    assert shown == [True, False, True]  # the second seller's shop is born at the merge
    assert scopes and all(scope in page for scope in scopes)
    assert "Accept" in page and "Refuse" in page


@pytest.mark.parametrize("path", PATHS)
def test_accepting_redirects_with_code_state_app_key_locale_and_region(path: str, mock: Control) -> None:
    reply = visit(mock, path, auto="accept", state="s&1")
    told = redirected(reply)
    assert dict(reply.headers)["Location"].startswith(BACK + "&")
    assert set(told) == {"x", "code", "state", "app_key", "locale", "shop_region"}
    assert (told["state"], told["app_key"], told["shop_region"]) == (["s&1"], [held(mock).credentials.app_key], ["ID"])
    assert exchanged(mock, told["code"][0]).status == 200


@pytest.mark.parametrize(("seller", "name"), [("maju", "Maju Jaya"), ("tetap", "Tetap Setia")])
def test_without_a_browser_a_chosen_seller_accepts(seller: str, name: str, mock: Control) -> None:
    assert shop_opened_by(mock, redirected(visit(mock, seller=seller, auto="accept"))["code"][0]) == name


def test_a_seller_who_refuses_gives_no_code_and_the_state_comes_back(mock: Control) -> None:
    told = redirected(visit(mock, auto="refuse", state="abc"))
    assert (told["error"], told["code"], told["state"]) == (["auth_denied"], ["null"], ["abc"])


def test_an_unknown_seller_is_refused_in_words(mock: Control) -> None:
    reply = visit(mock, seller="nobody", auto="accept")
    assert reply.status == 400
    assert "nobody" in mock("GET", "journal")["exchanges"][-1]["reason"]


# ---- the App Store ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [None, "abc"])
def test_an_app_store_authorisation_calls_the_redirect_url_itself(state: str | None, mock: Control) -> None:
    called: list[str] = []

    async def receiver(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append((await reader.readuntil(b"\r\n")).decode().split(" ")[1])
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    listening = mock.runner.run(asyncio.start_server(receiver, "127.0.0.1", 0))
    mock("PUT", "apps", {"redirect_url": f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/back"})
    told = mock("POST", "authorize", {"seller": "tetap", **({"state": state} if state else {})})
    listening.close()
    mock.runner.run(listening.wait_closed())
    carried = parse_qs(urlsplit(called[0]).query)
    assert told["status"] == 200
    assert carried.get("state") == ([state] if state else None)
    assert shop_opened_by(mock, carried["code"][0]) == "Tetap Setia"


# ---- taken back and given again ---------------------------------------------------------------------------------------------------------------


def test_a_grant_that_is_withdrawn_lets_nobody_in_and_no_code_or_refresh_token_helps(mock: Control) -> None:
    client = tiktok(mock)
    mock("POST", "deauthorize")
    asked = {"app_key": client.app_key, "app_secret": client.app_secret, "refresh_token": client.refresh_token, "grant_type": "refresh_token"}
    assert not works(mock, client.token)
    assert client.unsigned("/api/v2/token/get", **{**asked, "auth_code": client.code, "grant_type": "authorized_code"})["code"] == 36004004
    assert client.unsigned("/api/v2/token/refresh", **asked)["code"] != 0


def test_withdrawing_one_sellers_grant_leaves_the_others_alone(mock: Control) -> None:
    other = tiktok(mock, seller="tetap").token
    mock("POST", "deauthorize", {"seller": "maju"})
    assert works(mock, other)


def test_a_withdrawn_grant_is_given_again_on_the_page(mock: Control) -> None:
    old = tiktok(mock).token
    mock("POST", "deauthorize")
    assert shop_opened_by(mock, redirected(visit(mock, seller="maju", auto="accept"))["code"][0]) == "Maju Jaya"
    assert mock("GET", "sellers/maju")["tiktok_shop"]["authorised"] is True
    assert not works(mock, old)


def test_a_shop_that_is_born_at_the_merge_is_authorised_after_it(mock: Control) -> None:
    assert "born at the merge" in mock.refused("POST", "auth-codes", {"seller": "tunggal"})["detail"]
    merge(mock, seller="tunggal")
    assert shop_opened_by(mock, mock("POST", "auth-codes", {"seller": "tunggal"})["auth_code"]) == "Toko Tunggal"


# ---- codes and tokens -------------------------------------------------------------------------------------------------------------------------


def printed_code(mock: Control) -> str:
    code: str = mock("GET", "")["tiktok_shop"]["auth_code"]
    assert code in banner.text(mock.server.simulator, "http://127.0.0.1:8700")
    return code


def created_code(mock: Control) -> str:
    code: str = mock("POST", "auth-codes", {})["auth_code"]
    return code


@pytest.mark.parametrize("code_of", [printed_code, created_code])
def test_a_code_lives_until_it_is_first_used_and_the_reply_says_that_this_is_a_kindness(code_of: Any, mock: Control) -> None:
    code = code_of(mock)
    mock("POST", "clock/advance", {"seconds": 60 * DAY, "deliver": "hold"})
    reply = exchanged(mock, code)
    assert dict(reply.headers)["X-Mock-Inferred"] == "auth_code_life"
    assert "30 minutes" in " ".join(mock("GET", "journal")["exchanges"][-1]["notes"])
    assert b'"code":0' in reply.body
    assert b'"code":36004004' in exchanged(mock, code).body


@pytest.mark.parametrize(("seconds", "code"), [(1799, 0), (1800, 36004004)])
def test_a_created_code_lives_for_its_thirty_minutes_where_the_setting_says_so(seconds: int, code: int, mock: Control) -> None:
    choose(mock, auth_code_life=1800)
    fresh = created_code(mock)
    mock("POST", "clock/advance", {"seconds": seconds, "deliver": "hold"})
    assert f'"code":{code},'.encode() in exchanged(mock, fresh).body


def test_a_printed_code_lives_for_its_thirty_minutes_where_the_setting_says_so(mock: Control) -> None:
    mock("PUT", "/_mock/workspaces/real", {"clock": {"mode": "frozen", "wire": "virtual"}, "settings": {"auth_code_life": 1800}})
    mock.at = "/_mock/workspaces/real"
    code = mock("GET", "")["tiktok_shop"]["auth_code"]
    mock("POST", "clock/advance", {"seconds": 1800, "deliver": "hold"})
    client = tiktok(mock, "real")
    told = client.unsigned("/api/v2/token/get", app_key=client.app_key, app_secret=client.app_secret, auth_code=code, grant_type="authorized_code")
    assert told["code"] == 36004004


def test_every_seller_with_a_shop_has_ready_tokens_answered_at_creation(mock: Control) -> None:
    spec = {"sellers": [{"key": "a"}, {"key": "b"}, {"key": "c", "tiktok_shop": "none"}], "clock": {"mode": "frozen", "wire": "virtual"}}
    told = mock("POST", "/_mock/workspaces", {**spec, "id": "fresh"})
    assert [seller["tiktok_shop"] is None for seller in told["sellers"]] == [False, False, True]
    for seller in told["sellers"][:2]:
        view, client = seller["tiktok_shop"], tiktok(mock, "fresh", seller["seller"])
        client.token, client.cipher = view["access_token"], view["shop_cipher"]
        assert client.data("GET", SHOPS, cipher=False)["shops"][0]["id"] == view["shop_id"]
        assert client.data("POST", "/order/202309/orders/search", {"page_size": "1"}, {})["orders"] is not None
        asked = {"app_key": client.app_key, "app_secret": client.app_secret, "refresh_token": view["refresh_token"], "grant_type": "refresh_token"}
        assert client.unsigned("/api/v2/token/refresh", **asked)["code"] == 0


def test_a_ready_token_of_tokopedia_is_answered_at_creation(mock: Control) -> None:
    told = mock("POST", "/_mock/workspaces", {"id": "fresh"})["tokopedia"]
    client = tokopedia(mock, "fresh")
    client.token = told["access_token"]
    assert client.call("GET", INFO, {"shop_id": told["shop_id"], "page": 1, "per_page": 1})[0] == 200
