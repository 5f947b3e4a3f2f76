"""Rules of what every reply and log line tells: the exchange behind it, one line per refused call, and no secret anywhere."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from control_api import Control, made
from test_semantics import tiktok, tokopedia

from mockplatforms.gateway.call import Reply, Request
from mockplatforms.gateway.journal import Exchange
from mockplatforms.server.live import log_line, teller
from mockplatforms.testing import TikTokShop

VIRTUAL = {"mode": "frozen", "wire": "virtual"}
SHOP_INFO = "/v1/shop/fs/{fs_id}/shop-info"
SHOPS = "/authorization/202309/shops"
SEARCH = "/order/202309/orders/search"
FAKE = {"webhook_secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}


@pytest.fixture
def mock() -> Iterator[Control]:
    """A server with the workspace ``w``: the demo world in virtual time that stands still until it is advanced."""
    server, real = made()
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        control_api("PUT", "", {"seed": 7, "ids": "repeat", "clock": VIRTUAL})
        yield control_api
        runner.run(server.stop())


def sent(mock: Control, method: str, path: str, query: str = "", **headers: str) -> Reply:
    return mock.server.simulator.answer(Request(method, path, query, headers))


def basic(mock: Control) -> str:
    held = tiktok(mock).workspace.credentials
    return "Basic " + base64.b64encode(f"{held.client_id}:{held.client_secret}".encode()).decode()


def number(reply: Reply) -> str:
    found = [value for name, value in reply.headers if name == "X-Mock-Exchange"]
    assert len(found) == 1
    return found[0]


def token_get(mock: Control, **query: str) -> Reply:
    client = tiktok(mock)
    asked = {"app_key": client.app_key, "app_secret": client.app_secret, "auth_code": client.code, "grant_type": "authorized_code", **query}
    return sent(mock, "GET", "/api/v2/token/get", "&".join(f"{name}={value}" for name, value in asked.items()))


CALLS: dict[str, Callable[[Control], Reply]] = {
    "tokopedia answered": lambda mock: tokopedia(mock).reply("GET", SHOP_INFO),
    "tokopedia refused": lambda mock: tokopedia(mock).reply("GET", "/v1/shop/fs/1/shop-info"),
    "tokopedia no such path": lambda mock: sent(mock, "GET", "/no/such/path"),
    "tokopedia wrong method": lambda mock: tokopedia(mock).reply("DELETE", SHOP_INFO),
    "tokopedia nobody's": lambda mock: sent(mock, "GET", "/v1/shop/fs/1/shop-info"),
    "tokopedia token": lambda mock: sent(mock, "POST", "/token", "grant_type=client_credentials", authorization=basic(mock)),
    "tokopedia token refused": lambda mock: sent(mock, "POST", "/token", authorization="Basic eDp5"),
    "tiktok shop answered": lambda mock: tiktok(mock).reply("GET", SHOPS, cipher=False),
    "tiktok shop refused": lambda mock: tiktok(mock).reply("GET", SHOPS, cipher=False, sign="bad"),
    "tiktok shop no such path": lambda mock: tiktok(mock).reply("GET", "/order/202309/no/such"),
    "tiktok shop retired version": lambda mock: tiktok(mock).reply("GET", "/order/202212/orders"),
    "tiktok shop nobody's": lambda mock: sent(mock, "GET", SHOPS, "app_key=nobody"),
    "tiktok shop token": token_get,
    "tiktok shop token refused": lambda mock: token_get(mock, auth_code="ROW_x"),
    "tiktok shop token by post": lambda mock: sent(mock, "POST", "/api/v2/token/get"),
    "authorize page": lambda mock: sent(mock, "GET", "/open/authorize", f"service_id={tiktok(mock).workspace.credentials.service_id}"),
}


# ---- the exchange behind a reply ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_reply_names_its_exchange_which_tells_the_call(call: Callable[[Control], Reply], mock: Control) -> None:
    reply = call(mock)
    told = mock("GET", f"/_mock/exchanges/{number(reply)}")
    assert told["reply"]["status"] == reply.status
    assert told["path"] == mock("GET", "/_mock/journal")["exchanges"][-1]["path"]


def test_no_two_calls_share_an_exchange_id_across_workspaces_and_runs(mock: Control) -> None:
    mock("PUT", "/_mock/workspaces/other", {"seed": 8, "clock": VIRTUAL})
    seen = [number(tokopedia(mock, name).reply("GET", SHOP_INFO)) for name in ("w", "other", "w")]
    mock("POST", "reset")
    seen.append(number(tokopedia(mock).reply("GET", SHOP_INFO)))
    assert len(set(seen)) == 4


@pytest.mark.parametrize("name", ["tiktok shop answered", "tiktok shop refused", "tiktok shop nobody's", "tiktok shop token"])
def test_the_request_id_of_tiktok_shop_leads_to_the_same_exchange(name: str, mock: Control) -> None:
    reply = CALLS[name](mock)
    told = mock("GET", f"/_mock/exchanges/{orjson.loads(reply.body)['request_id']}")
    assert str(told["id"]) == number(reply)


@pytest.mark.parametrize("text", ["0", "999999", "nonsense", "2025012003000000000000000000000000ZZ", "1" * 34])
def test_an_exchange_that_there_is_none_of_is_refused_in_words(text: str, mock: Control) -> None:
    assert "X-Mock-Exchange" in mock.refused("GET", f"/_mock/exchanges/{text}")["detail"]


# ---- one line per refused call ----------------------------------------------------------------------------------------------------------


def printed(mock: Control, log: str = "refused") -> list[str]:
    """The lines that ``serve`` prints from now on."""
    lines: list[str] = []
    mock.server.simulator.listeners.append(teller(log, lines.append))
    return lines


def test_a_refused_call_is_one_line_with_time_workspace_seller_method_path_code_reason_and_exchange(mock: Control) -> None:
    lines = printed(mock)
    reply = tiktok(mock, seller="maju").reply("POST", SEARCH, {"page_size": "1000"}, {})
    code = orjson.loads(reply.body)["code"]
    at = mock("GET", "journal")["exchanges"][-1]
    assert len(lines) == 1
    assert lines[0].startswith("03:00:00 w/maju ")
    assert f"POST {SEARCH} → {code} {at['reason']}" in lines[0] and lines[0].endswith(f"[exchange {number(reply)}]")


def test_a_call_that_is_answered_is_no_line_unless_all_are_asked_for(mock: Control) -> None:
    few, every, none = printed(mock), printed(mock, "all"), printed(mock, "none")
    tokopedia(mock).reply("GET", SHOP_INFO)
    tokopedia(mock).reply("GET", "/v1/shop/fs/1/shop-info")
    assert (len(few), len(every), len(none)) == (1, 2, 0)


def test_a_call_of_nobody_is_a_line_without_workspace_and_seller(mock: Control) -> None:
    lines = printed(mock)
    sent(mock, "GET", SHOPS, "app_key=nobody")
    assert len(lines) == 1 and " -/- GET " in lines[0]


def test_a_path_with_line_breaks_and_escapes_in_it_is_still_one_line(mock: Control) -> None:
    lines = printed(mock)
    sent(mock, "GET", "/no\r\n03:00:00 w/toko GET /forged → ok\x1b[2J")
    assert len(lines) == 1 and lines[0].isprintable()


# ---- no secret anywhere -----------------------------------------------------------------------------------------------------------------------


def everything(mock: Control, seen: list[Exchange]) -> str:
    told = [mock("GET", f"/_mock/exchanges/{one.id}") for one in seen] + [mock("GET", "/_mock/journal"), mock("GET", "journal")]
    return json.dumps(told) + "\n".join(log_line(one) for one in seen)


def secrets(mock: Control) -> dict[str, str]:
    held, client = tiktok(mock).workspace.credentials, tiktok(mock)
    return {
        "app_secret": held.app_secret,
        "client_secret": held.client_secret,
        "basic": basic(mock).removeprefix("Basic "),
        "access": client.token,
        "refresh": client.refresh_token,
        "code": client.code,
        "bearer": tokopedia(mock).token,
        **FAKE,
    }


def refreshed(mock: Control, client: TikTokShop) -> Reply:
    query = f"app_key={client.app_key}&app_secret={client.app_secret}&refresh_token={client.refresh_token}&grant_type=refresh_token"
    return sent(mock, "GET", "/api/v2/token/refresh", query)


def test_secrets_and_tokens_are_masked_in_journal_and_log(mock: Control) -> None:
    hidden = secrets(mock)
    seen: list[Exchange] = []
    mock.server.simulator.listeners.append(seen.append)
    for call in CALLS.values():
        call(mock)
    client, bearer = tiktok(mock), tokopedia(mock)
    handed = [orjson.loads(refreshed(mock, client).body)["data"][name] for name in ("access_token", "refresh_token")]
    bearer.reply("POST", "/v1/fs/{fs_id}/register", None, {"order_notification_url": "https://isv.example/o", **FAKE})
    bearer.reply("GET", SHOP_INFO, {"access_token": hidden["access"]})
    bearer.reply("POST", "/v1/fs/{fs_id}/register", None, f"app_secret={hidden['app_secret']}&x={hidden['bearer']}".encode())
    client.reply("POST", SEARCH, {"page_size": "10", "app_secret": hidden["app_secret"]}, {"app_secret": hidden["app_secret"]}, sign="bad")
    sent(mock, "GET", SHOPS, f"app_key={client.app_key[:-1]}", **{"x-tts-access-token": hidden["access"][:-1]})
    sent(mock, "GET", SHOP_INFO, authorization=f"Bearer {hidden['bearer'][:-1]}")
    told = everything(mock, seen)
    shown = [name for name, value in {**hidden, "handed access": handed[0], "handed refresh": handed[1]}.items() if value in told]
    assert shown == []


def test_what_is_masked_can_still_be_recognised(mock: Control) -> None:
    bearer = tokopedia(mock)
    reply = bearer.reply("GET", SHOP_INFO)
    told: dict[str, Any] = mock("GET", f"/_mock/exchanges/{number(reply)}")
    assert told["request"]["headers"]["authorization"] == f"Bearer {bearer.token[:6]}…({len(bearer.token)})"
