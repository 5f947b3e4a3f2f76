"""The journal: what was called, with what verdict, and no secret in it."""

from __future__ import annotations

import json

from control_api import ORIGIN, Control

from mockplatforms.gateway.call import Request
from mockplatforms.server import masking


def _call(mock: Control, method: str, path: str, query: str = "", headers: dict[str, str] | None = None, body: bytes = b"") -> int:
    reply = mock.server.simulator.answer(Request(method, path, query, headers, body, origin=ORIGIN))
    return int(dict(reply.headers)["X-Mock-Exchange"])


def _search(mock: Control) -> int:
    view = mock("GET", "")["tiktok_shop"]
    query = f"app_key={view['app_key']}&timestamp=1737342000&sign=abc&shop_cipher={view['shop_cipher']}"
    return _call(
        mock,
        "POST",
        "/order/202309/orders/search",
        query,
        {"x-tts-access-token": view["access_token"], "content-type": "application/json"},
        b"{}",
    )


def test_a_refused_call_stands_in_the_journal_with_phase_verdict_and_reason(mock: Control) -> None:
    number = _search(mock)
    told = mock("GET", "journal")["exchanges"][-1]
    assert told["id"] == number
    assert told["verdict"] == "refused"
    assert told["reason"]
    assert told["platform"] == "tiktok_shop"
    assert told["endpoint"]


def test_the_journal_is_filtered(mock: Control) -> None:
    number = _search(mock)
    assert [
        row["id"]
        for row in mock("GET", "journal", platform="tiktok_shop", outcome="refused", endpoint="orders/search", since=0)["exchanges"]
    ] == [number]
    for none in (
        {"platform": "tokopedia"},
        {"outcome": "answered"},
        {"endpoint": "nothing"},
        {"since": 10**11},
        {"after": number},
        {"run": 2},
        {"code": "0"},
    ):
        assert mock("GET", "journal", **none)["exchanges"] == []
    assert mock.refused("GET", "journal", limit=0)["field"] == "limit"


def test_unclaimed_calls_stand_in_the_journal_of_all(mock: Control) -> None:
    mine = _search(mock)
    nobodys = _call(mock, "GET", "/authorization/202309/shops", "app_key=nobody&timestamp=1&sign=x")
    assert [row["id"] for row in mock("GET", "/_mock/journal")["exchanges"]] == [mine, nobodys]
    assert mock("GET", "/_mock/journal", limit=1)["exchanges"][0]["workspace"] is None
    assert [row["id"] for row in mock("GET", "journal")["exchanges"]] == [mine]


def test_an_exchange_is_told_in_full_by_its_number_or_request_id_with_secrets_masked(mock: Control) -> None:
    number = _search(mock)
    told = mock("GET", f"/_mock/exchanges/{number}")
    view = mock("GET", "")["tiktok_shop"]
    assert "sign=abc" in told["request"]["query"]
    assert view["access_token"] not in str(told)
    assert told["request"]["headers"]["x-tts-access-token"].startswith(view["access_token"][:6])
    request_id = json.loads(told["reply"]["body"])["request_id"]
    assert mock("GET", f"/_mock/exchanges/{request_id}")["id"] == number


def test_an_unknown_exchange_is_refused(mock: Control) -> None:
    for name in ("999999", "x", "20250101000000ZZZZZZZZZZZZZZZZZZZZ", "9" * 40):
        assert mock.refused("GET", f"/_mock/exchanges/{name}")["status"] == 404


def test_secrets_are_masked_wherever_they_stand() -> None:
    token = "ROW_" + "a1-_" * 20
    texts = [
        f'{{"access_token":"{token}","code":0}}',
        f"app_secret=0123456789abcdef&sign=ff00&auth_code={token}",
        f"the token {token} is another seller's",
        '{"client_secret": "hunter2hunter2"}',
        "bearer c:abcdefghijklmnopqrstuv was not found",
    ]
    for text in texts:
        masked = masking.text(text)
        for secret in (token, "0123456789abcdef", "hunter2hunter2", "c:abcdefghijklmnopqrstuv"):
            assert secret not in masked
    assert '"code":0' in masking.text(texts[0])
    assert "sign=ff00" in masking.text(texts[1])
    headers = masking.headers({"authorization": "Basic dXNlcjpwYXNzd29yZA==", "host": "localhost"})
    assert headers["authorization"].startswith("Basic dXNlcj…")
    assert headers["host"] == "localhost"
    assert masking.body(b"\xff\x00") == "(2 bytes that are no text)"
