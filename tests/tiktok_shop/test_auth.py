"""Who may call TikTok Shop: every door in its order, each with the platform's own code, and nothing changed behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from mockplatforms.domain import developers, shops
from mockplatforms.domain.developers import GRANTS
from mockplatforms.gateway.call import Request
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop

SHOPS = "/authorization/202309/shops"
SEARCH = "/order/202309/orders/search"

Change = Callable[[TikTokShop], dict[str, Any]]


def signed(method: str = "POST", path: str = SEARCH, **more: Any) -> Change:
    return lambda client: client.call(method, path, {"page_size": "1"} if path == SEARCH else {}, {} if method == "POST" else None, **more)


def with_token(token: str) -> Change:
    def call(client: TikTokShop) -> dict[str, Any]:
        client.token = token
        return client.call("POST", SEARCH, {"page_size": "1"}, {})

    return call


def with_secret(client: TikTokShop) -> dict[str, Any]:
    client.app_secret = "wrong"
    return client.call("POST", SEARCH, {"page_size": "1"}, {})


REFUSED: list[tuple[str, Change, int, str]] = [
    ("an unknown path", signed(path="/order/202309/nothing"), 36009009, "Invalid path"),
    ("an unknown method", signed(method="PATCH"), 36009010, "Invalid method"),
    ("a version that was retired", signed(path="/order/202212/orders/search"), 36009014, "version name is invalid"),
    ("another app key", signed(app_key="abcdef"), 36009004, "app_key"),
    ("no time", signed(timestamp=0), 36009004, "earlier than 5 minutes"),
    ("a time in milliseconds", signed(timestamp=1_737_342_000_000), 36009004, "exceed the current time"),
    ("a signature by another secret", with_secret, 106001, "`sign` query parameter is invalid"),
    ("a changed signature", signed(sign="0" * 64), 106001, "`sign` query parameter is invalid"),
    ("no signature", signed(sign=""), 36009004, "signature"),
    ("no token", with_token(""), 36009004, "x-tts-access-token"),
    ("a token of nobody", with_token("ROW_nobody"), 105002, "Invalid credentials"),
    ("no cipher", signed(cipher=False), 106013, "shop_cipher"),
    ("a cipher where none belongs", signed(method="GET", path=SHOPS), 36009004, "Unexpected identifier"),
]


@pytest.mark.parametrize(("what", "call", "code", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_is_refused(what: str, call: Change, code: int, message: str, tiktok: TikTokShop) -> None:
    before = tiktok.workspace.world

    answer = call(tiktok)

    assert (answer["code"], message in answer["message"]) == (code, True), answer
    assert set(answer) == {"code", "message", "request_id"}
    assert tiktok.workspace.world is before


def test_a_wrong_signature_is_explained_in_the_journal(tiktok: TikTokShop) -> None:
    tiktok.call("POST", SEARCH, {"page_size": "1"}, {}, sign="0" * 64)

    exchange = next(reversed(tiktok.workspace.journal))
    assert exchange.outcome == "refused"
    assert exchange.detail["signed"].startswith(SEARCH + "app_key")


def test_the_request_id_leads_to_the_exchange(tiktok: TikTokShop) -> None:
    from mockplatforms.tiktok_shop.envelope import exchange_of

    reply = tiktok.reply("POST", SEARCH, {"page_size": "1"}, {})

    assert exchange_of(orjson.loads(reply.body)["request_id"]) == next(reversed(tiktok.workspace.journal)).id
    assert dict(reply.headers)["X-Mock-Exchange"] == str(next(reversed(tiktok.workspace.journal)).id)


def test_a_code_is_exchanged_once(tiktok: TikTokShop) -> None:
    asked = {"app_key": tiktok.app_key, "app_secret": tiktok.app_secret, "auth_code": tiktok.code, "grant_type": "authorized_code"}

    first = tiktok.unsigned("/api/v2/token/get", **asked)
    second = tiktok.unsigned("/api/v2/token/get", **asked)

    assert first["code"] == 0
    assert set(first["data"]) == {
        "access_token", "access_token_expire_in", "refresh_token", "refresh_token_expire_in", "open_id",
        "seller_name", "seller_base_region", "user_type", "granted_scopes",
    }  # fmt: skip
    assert first["data"]["access_token_expire_in"] == tiktok.workspace.now().wire + 604800
    assert (second["code"], second["message"]) == (36004004, "invalid auth code")
    tiktok.token = first["data"]["access_token"]
    assert tiktok.data("GET", SHOPS, cipher=False)["shops"][0]["cipher"] == tiktok.cipher


def test_a_refreshed_token_works_and_so_does_the_old_one(tiktok: TikTokShop) -> None:
    asked = {"app_key": tiktok.app_key, "app_secret": tiktok.app_secret, "refresh_token": tiktok.refresh_token, "grant_type": "refresh_token"}
    new = tiktok.unsigned("/api/v2/token/refresh", **asked)["data"]["access_token"]

    assert new != tiktok.token
    assert tiktok.call("GET", SHOPS, cipher=False)["code"] == 0
    tiktok.token = new
    assert tiktok.call("GET", SHOPS, cipher=False)["code"] == 0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"auth_code": "ROW_no"}, 36004004),
        ({"auth_code": ""}, 98001004),
        ({"app_secret": "no"}, 98001004),
        ({"grant_type": "authorization_code"}, 98001004),
    ],
)
def test_the_token_endpoint_refuses_with_http_200(wrong: dict[str, str], code: int, tiktok: TikTokShop) -> None:
    asked = {"app_key": tiktok.app_key, "app_secret": tiktok.app_secret, "auth_code": tiktok.code, "grant_type": "authorized_code", **wrong}

    assert tiktok.unsigned("/api/v2/token/get", **asked)["code"] == code


def test_fetching_a_token_by_post_is_a_plain_404(tiktok: TikTokShop) -> None:
    reply = tiktok.simulator.answer(Request("POST", "/api/v2/token/get", "", {"content-type": "application/json"}, b"{}"))

    assert (reply.status, reply.body) == (404, b"404 page not found")


def test_an_expired_token_is_told_in_the_105_family(tiktok: TikTokShop) -> None:
    from mockplatforms.server.clockwork import clocks

    clocks(tiktok.workspace).reach(tiktok.workspace.now().world + 604800)

    assert tiktok.call("GET", SHOPS, cipher=False)["code"] == 105002


def test_a_withdrawn_authorisation_lets_nobody_in(tiktok: TikTokShop) -> None:
    world = tiktok.workspace.world
    owner = shops.sellers(world)[0]
    tiktok.workspace.apply(developers.withdraw, tiktok.workspace.credentials.apps[shops.Platform.TIKTOK_SHOP], owner.serial)

    assert tiktok.call("GET", SHOPS, cipher=False)["code"] == 105002


def test_a_scope_that_was_not_given_is_refused(tiktok: TikTokShop) -> None:
    held = tiktok.workspace.credentials.grant(tiktok.workspace.world, tiktok.token)
    assert held is not None
    tiktok.workspace.apply(lambda world: world.put(GRANTS, held.but(scopes=("seller.authorization.info",))))

    assert tiktok.call("GET", SHOPS, cipher=False)["code"] == 0
    assert tiktok.call("POST", SEARCH, {"page_size": "1"}, {})["code"] == 105005


def test_one_sellers_token_does_not_open_anothers_shop(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    workspace = make(sellers=[{"key": "a", "tokopedia": True, "tiktok_shop": "existing"}, {"key": "b", "tokopedia": True, "tiktok_shop": "existing"}])
    a, b = TikTokShop(simulator, workspace, "a"), TikTokShop(simulator, workspace, "b")
    a.cipher = b.cipher

    assert a.call("POST", SEARCH, {"page_size": "1"}, {})["code"] == 101000


def test_the_seller_accepts_without_a_browser(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    workspace = make(redirect_url="https://isv.example/cb?x=1")
    client = TikTokShop(simulator, workspace)
    query = f"service_id={workspace.credentials.service_id}&state=s%261&auto=accept"

    reply = simulator.answer(Request("GET", "/open/authorize", query))

    assert reply.status == 302
    told = parse_qs(urlsplit(dict(reply.headers)["Location"]).query)
    assert (told["x"], told["state"], told["app_key"], told["shop_region"]) == (["1"], ["s&1"], [client.app_key], ["ID"])
    answer = client.unsigned(
        "/api/v2/token/get", app_key=client.app_key, app_secret=client.app_secret, auth_code=told["code"][0], grant_type="authorized_code"
    )
    assert answer["code"] == 0


def test_the_page_shows_sellers_and_both_buttons(simulator: Simulator, workspace: Workspace) -> None:
    reply = simulator.answer(Request("GET", "/oauth/authorize", f"app_key={workspace.credentials.app_key}&state=1"))

    page = reply.body.decode()
    assert reply.content_type.startswith("text/html")
    assert "Accept" in page and "Refuse" in page and shops.sellers(workspace.world)[0].name in page


def test_a_refusal_by_the_seller_says_so(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    workspace = make(redirect_url="https://isv.example/cb")
    reply = simulator.answer(Request("GET", "/open/authorize", f"service_id={workspace.credentials.service_id}&auto=refuse"))

    assert "code=null&error=auth_denied" in dict(reply.headers)["Location"]


def test_a_call_of_nobody_is_kept_with_the_nearest_match(simulator: Simulator, tiktok: TikTokShop) -> None:
    known = tiktok.app_key
    reply = simulator.answer(Request("POST", SEARCH, f"app_key={known[:-1]}_&timestamp=1&sign=x"))

    assert orjson.loads(reply.body)["code"] == 36009004
    assert known in next(reversed(simulator.journal)).words
