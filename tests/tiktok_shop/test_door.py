"""The door of TikTok Shop: which check comes before which, statuses and addresses by setting, scopes, refreshing, and authorisations that end."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from mockplatforms import config
from mockplatforms.domain import developers
from mockplatforms.domain.developers import APPS, GRANTS
from mockplatforms.domain.outbox import DELIVERIES
from mockplatforms.domain.phases import Platform
from mockplatforms.gateway.call import Reply, Request
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server import clockwork, control
from mockplatforms.server.clocks import FIXED_BIRTH
from mockplatforms.server.live import Server
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import rows, signing

DAY = 86400
SHOPS = "/authorization/202309/shops"
SEARCH = "/order/202309/orders/search"
SECOND: dict[str, Any] = {"sellers": [{"key": "a"}, {"key": "b"}]}
Make = Callable[..., Workspace]


def rule(client: TikTokShop, **rules: Any) -> None:
    client.workspace.govern(client.workspace.world.rules.but(**rules))


def advance(client: TikTokShop, seconds: int) -> None:
    workspace = client.workspace
    clockwork.run(clockwork.advance(workspace, workspace.now().world + seconds, deliver="hold"), lambda delivery: None)  # type: ignore[arg-type,return-value]


# ---- one check before the other --------------------------------------------------------------------------------------------------------------

Fault = Callable[[TikTokShop, dict[str, Any]], None]


def _no_scope(client: TikTokShop, asked: dict[str, Any]) -> None:
    held = client.workspace.credentials.grant(client.workspace.world, client.token)
    assert held is not None
    client.workspace.apply(lambda world: world.put(GRANTS, held.but(scopes=("seller.product.basic",))))


def _withdrawn(client: TikTokShop, asked: dict[str, Any]) -> None:
    client.token = "ROW_of-nobody"


# What is wrong, in the order in which the gateway looks: name, how it is brought about, what is answered.
FAULTS: list[tuple[str, Fault, str]] = [
    ("path", lambda c, asked: asked.update(path="/order/202309/orders/nothing"), "invalid_path"),
    ("method", lambda c, asked: asked.update(method="PATCH"), "invalid_method"),
    ("media type", lambda c, asked: asked.update(content_type="application/xml"), "invalid_format"),
    ("app key", lambda c, asked: asked.update(app_key="abcdef"), "invalid_app_key"),
    ("time", lambda c, asked: asked.update(timestamp="1"), "timestamp_early"),
    ("no signature", lambda c, asked: asked.update(sign=""), "missing_sign"),
    ("wrong signature", lambda c, asked: asked.setdefault("sign", "0" * 64), "invalid_sign"),
    ("token", _withdrawn, "invalid_token"),
    ("scope", _no_scope, "scope"),
    ("cipher", lambda c, asked: asked.update(cipher=False), "missing_cipher"),
    ("body", lambda c, asked: asked.update(body=b"{"), "invalid_format"),
]
PAIRS = [(first, later) for first, later in itertools.combinations(FAULTS, 2) if (first[0], later[0]) != ("token", "scope")]  # a token of nobody has no scope to lack


@pytest.mark.parametrize(("first", "later"), PAIRS, ids=[f"{first[0]} before {later[0]}" for first, later in PAIRS])
def test_of_two_faults_the_earlier_check_answers(first: tuple[str, Fault, str], later: tuple[str, Fault, str], tiktok: TikTokShop) -> None:
    asked: dict[str, Any] = {"method": "POST", "path": SEARCH, "body": b"{}"}
    for fault in (first[1], later[1]) if later[1] is not _no_scope else (later[1], first[1]):
        fault(tiktok, asked)
    said = rows.gateway(first[2])

    answer = tiktok.reply(asked.pop("method"), asked.pop("path"), {"page_size": "1"}, asked.pop("body"), **asked)

    told = orjson.loads(answer.body)
    assert (told["code"], told["message"], answer.status) == (said.code, said.message, said.status)


# ---- statuses and addresses ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [["105002=200"], ["invalid_token=200"], ["105002=403", "invalid_token=200"]])
def test_the_status_of_a_refusal_can_be_chosen_by_code_or_by_name(chosen: list[str], tiktok: TikTokShop) -> None:
    tiktok.token = "ROW_of-nobody"
    assert tiktok.reply("GET", SHOPS, cipher=False).status == 401
    rule(tiktok, tiktok_statuses=chosen)

    reply = tiktok.reply("GET", SHOPS, cipher=False)

    assert (reply.status, orjson.loads(reply.body)["code"]) == (200, 105002)


def test_other_statuses_stay_as_they_are_and_a_business_code_may_have_one(tiktok: TikTokShop) -> None:
    rule(tiktok, tiktok_statuses=["21001001=400", "overload=500"])
    refused = tiktok.reply("PUT", "/event/202309/webhooks", {}, {"event_type": "NOTHING", "address": "https://isv.example/x"})

    assert (refused.status, tiktok.reply("GET", "/nothing/202309/x", cipher=False).status) == (400, 404)


@pytest.mark.parametrize("wrong", ["105002", "105002=ok", "105002=99", "=200", "A=200"])
def test_a_status_that_cannot_be_is_refused_in_words(wrong: str, tiktok: TikTokShop) -> None:
    with pytest.raises(ValueError, match="105002=200"):
        tiktok.workspace.world.rules.but(tiktok_statuses=[wrong])


def test_an_inferred_status_is_marked(tiktok: TikTokShop) -> None:
    inferred = tiktok.reply("POST", SEARCH, {"page_size": "1"}, {}, sign="0" * 64)
    observed = tiktok.reply("GET", "/order/202309/nothing")

    assert dict(inferred.headers)["X-Mock-Inferred"] == "tiktok_statuses"
    assert "X-Mock-Inferred" not in dict(observed.headers)


@pytest.mark.parametrize(
    ("allowed", "peer", "code"),
    [
        ((), "10.0.0.1", 0),
        (("10.0.0.1",), "10.0.0.1", 0),
        (("10.0.0.0/8", "::1"), "10.9.9.9", 0),
        (("10.0.0.0/8", "::1"), "::1", 0),
        (("10.0.0.1",), "10.0.0.2", 36009033),
        (("10.0.0.1",), "", 36009033),
    ],
)
def test_where_it_is_enforced_the_app_is_called_from_its_addresses_only(allowed: tuple[str, ...], peer: str, code: int, tiktok: TikTokShop) -> None:
    app = developers.app(tiktok.workspace.world, Platform.TIKTOK_SHOP)
    tiktok.workspace.apply(lambda world: world.put(APPS, app.but(whitelist=allowed)))

    def answered() -> int:
        request = tiktok.request("GET", SHOPS, cipher=False)
        request.peer = peer
        told: int = orjson.loads(tiktok.simulator.answer(request).body)["code"]
        return told

    assert answered() == 0
    rule(tiktok, tiktok_ip_allow_list="enforce")
    assert answered() == code


# ---- parameters of older versions ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"category_asset_cipher": "GCP_x"}, "unexpected_category_cipher"),
        ({"version": "v2"}, "invalid_version"),
        ({"shop_id": "12345"}, "invalid_shop_id"),
        ({"shop_id": "zero"}, "invalid_shop_id"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(query: dict[str, str], name: str, tiktok: TikTokShop) -> None:
    answer = tiktok.call("POST", SEARCH, {"page_size": "1", **query}, {})

    assert (answer["code"], answer["message"]) == (rows.gateway(name).code, rows.gateway(name).message)


def test_what_old_clients_still_send_is_let_pass(tiktok: TikTokShop) -> None:
    own = tiktok.data("GET", SHOPS, cipher=False)["shops"][0]["id"]
    for query in ({"version": "202309", "shop_id": own}, {"version": "", "shop_id": "", "category_asset_cipher": ""}, {"access_token": tiktok.token}):
        assert tiktok.call("POST", SEARCH, {"page_size": "1", **query}, {})["code"] == 0


# ---- codes and tokens ------------------------------------------------------------------------------------------------------------------------

TOKEN = ["app_key", "app_secret", "grant_type"]


def asked(client: TikTokShop, path: str) -> dict[str, str]:
    of = {"get": {"auth_code": client.code, "grant_type": "authorized_code"}, "refresh": {"refresh_token": client.refresh_token, "grant_type": "refresh_token"}}
    return {"app_key": client.app_key, "app_secret": client.app_secret, **of[path]}


def fetched(client: TikTokShop, path: str, **changes: str | None) -> dict[str, Any]:
    query = {name: value for name, value in {**asked(client, path), **changes}.items() if value is not None}
    reply = client.simulator.answer(Request("GET", f"/api/v2/token/{path}", "&".join(f"{name}={value}" for name, value in query.items())))
    assert reply.status == 200
    told: dict[str, Any] = orjson.loads(reply.body)
    return told


WRONG: list[tuple[str, str, str | None, int]] = [
    *((path, name, value, 98001004) for path in ("get", "refresh") for name in TOKEN for value in (None, "")),
    *((path, "grant_type", value, 98001004) for path in ("get", "refresh") for value in ("authorization_code", "client_credentials")),
    *((path, name, "wrong", 98001004) for path in ("get", "refresh") for name in ("app_key", "app_secret")),
    ("get", "auth_code", None, 98001004),
    ("get", "auth_code", "", 98001004),
    ("get", "auth_code", "ROW_no", 36004004),
    ("refresh", "refresh_token", None, 98001004),
    ("refresh", "refresh_token", "", 98001004),
    ("refresh", "refresh_token", "ROW_no", 36004005),
]


@pytest.mark.parametrize(("path", "name", "value", "code"), WRONG)
def test_a_wrong_parameter_of_the_token_endpoints_has_its_code(path: str, name: str, value: str | None, code: int, tiktok: TikTokShop) -> None:
    before = tiktok.workspace.world

    answer = fetched(tiktok, path, **{name: value})

    assert (answer["code"], set(answer)) == (code, {"code", "message", "request_id"})
    assert tiktok.workspace.world is before


def test_tokens_of_one_kind_are_none_of_another(tiktok: TikTokShop) -> None:
    assert fetched(tiktok, "get", auth_code=tiktok.refresh_token)["code"] == 36004004
    assert fetched(tiktok, "get", auth_code=tiktok.token)["code"] == 36004004
    assert fetched(tiktok, "refresh", refresh_token=tiktok.code)["code"] == 36004005
    assert fetched(tiktok, "refresh", refresh_token=tiktok.token)["code"] == 36004005
    for wrong in (tiktok.refresh_token, tiktok.code):
        tiktok.token = wrong
        assert tiktok.call("GET", SHOPS, cipher=False)["code"] == 105002


@pytest.mark.parametrize(("choice", "stays", "old_works"), [("keep", True, True), ("rotate", False, True), ("rotate_and_revoke", False, False)])
def test_what_a_refresh_does_to_the_old_tokens_is_a_setting(choice: str, stays: bool, old_works: bool, tiktok: TikTokShop) -> None:
    rule(tiktok, tiktok_refresh=choice)
    expires = fetched(tiktok, "get")["data"]["refresh_token_expire_in"]
    advance(tiktok, DAY)

    new = fetched(tiktok, "refresh")["data"]

    assert (new["refresh_token"] == tiktok.refresh_token) is stays
    assert new["refresh_token_expire_in"] == expires
    assert (tiktok.call("GET", SHOPS, cipher=False)["code"] == 0) is old_works
    assert fetched(tiktok, "refresh")["code"] == (0 if stays else 36004005)
    tiktok.token = new["access_token"]
    assert tiktok.call("GET", SHOPS, cipher=False)["code"] == 0
    tiktok.refresh_token = new["refresh_token"]
    assert fetched(tiktok, "refresh")["code"] == 0


def test_a_refresh_token_that_has_run_out_is_told_so(tiktok: TikTokShop) -> None:
    advance(tiktok, 366 * DAY)

    assert (fetched(tiktok, "refresh")["code"], fetched(tiktok, "refresh")["message"]) == (36004001, "rt has expired")
    assert tiktok.call("GET", SHOPS, cipher=False)["code"] == 105002


# ---- an authorisation that ends --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def told(simulator: Simulator, make: Make) -> TikTokShop:
    return TikTokShop(simulator, make(webhook_urls={"tiktok_shop": "https://isv.example.com/hook"}))


def warnings(client: TikTokShop) -> list[dict[str, Any]]:
    held = [orjson.loads(row.body) for row in client.workspace.world.shelf(DELIVERIES).page("by_serial")]
    return [body for body in held if body["type"] == 7]


def test_thirty_days_before_its_end_and_then_at_every_midnight_webhook_7_is_told(told: TikTokShop) -> None:
    shop = told.data("GET", SHOPS, cipher=False)["shops"][0]["id"]
    end = told.workspace.now().wire + 31536000
    advance(told, 335 * DAY - 1)
    assert warnings(told) == []
    advance(told, 1)
    (first,) = warnings(told)
    assert first["shop_id"] == shop
    assert first["data"] == {
        "message": f"Authorization of shop_id {shop} is expiring in 30 days. Please direct the merchant to re-authorize.",
        "expiration_time": str(end),
    }
    advance(told, 3 * DAY)
    assert [body["timestamp"] % DAY for body in warnings(told)[1:]] == [0, 0, 0]
    advance(told, 60 * DAY)
    assert len(warnings(told)) == 31
    assert max(body["timestamp"] for body in warnings(told)) < end


@pytest.mark.parametrize("how", ["authorised anew", "withdrawn"])
def test_webhook_7_falls_silent_when_the_seller_acts(how: str, told: TikTokShop) -> None:
    advance(told, 336 * DAY)
    before = len(warnings(told))
    assert before == 2
    app = developers.app(told.workspace.world, Platform.TIKTOK_SHOP)
    seller = told.workspace.credentials.grant(told.workspace.world, told.token).seller  # type: ignore[union-attr]
    if how == "withdrawn":
        told.workspace.apply(developers.withdraw, app, seller)
    else:
        assert fetched(told, "get")["code"] == 0
    advance(told, 10 * DAY)

    assert len(warnings(told)) == before


# ---- what a seller gives ---------------------------------------------------------------------------------------------------------------------


def accepted(simulator: Simulator, workspace: Workspace, query: str) -> Reply:
    return simulator.answer(Request("GET", "/open/authorize", f"service_id={workspace.credentials.service_id}&auto=accept{query}"))


@pytest.mark.parametrize(
    ("query", "scopes"),
    [
        ("&chosen=1&scope=seller.order.info&scope=seller.authorization.info", {"seller.order.info", "seller.authorization.info"}),
        ("&scope=seller.order.info,seller.authorization.info", {"seller.order.info", "seller.authorization.info"}),
        ("&chosen=1", set()),
    ],
)
def test_a_seller_may_give_some_scopes_only(query: str, scopes: set[str], simulator: Simulator, make: Make) -> None:
    workspace = make(redirect_url="https://isv.example/cb")
    client = TikTokShop(simulator, workspace)
    client.code = parse_qs(urlsplit(dict(accepted(simulator, workspace, query).headers)["Location"]).query)["code"][0]
    given = fetched(client, "get")["data"]
    client.token = given["access_token"]

    assert set(given["granted_scopes"]) == scopes
    assert client.call("POST", SEARCH, {"page_size": "1"}, {})["code"] == (0 if "seller.order.info" in scopes else 105005)
    assert client.call("GET", "/logistics/202309/warehouses")["code"] == 105005


def test_a_scope_that_the_app_lacks_cannot_be_given(simulator: Simulator, make: Make) -> None:
    assert accepted(simulator, make(redirect_url="https://isv.example/cb"), "&scope=seller.everything").status == 400


class Served:
    """A server with one workspace, and its control API."""

    def __init__(self) -> None:
        self.server = Server({**config.defaults(), "ids": "repeat", "log": "none"}, real=lambda: float(FIXED_BIRTH))
        self.workspace = self.server.simulator.create({"world": "small", "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}}, name="w")
        self.api = TikTokShop(self.server.simulator, self.workspace)

    def mock(self, method: str, path: str, body: Any = None) -> Any:
        raw = b"" if body is None else json.dumps(body).encode()
        whole = path if path.startswith("/") else f"/_mock/workspaces/w/{path}"
        answered = asyncio.run(control.answer(self.server, method, whole, "", raw, origin="http://x"))
        return orjson.loads(answered.body) if isinstance(answered, Reply) else answered[1]


@pytest.fixture
def served() -> Served:
    return Served()


def test_scopes_are_taken_from_the_app_and_given_back(served: Served) -> None:
    offered = served.mock("GET", "apps")["tiktok_shop"]["scopes"]
    served.mock("PUT", "apps", {"scopes": ["seller.authorization.info"]})
    assert served.api.call("POST", SEARCH, {"page_size": "1"}, {})["code"] == 105005
    assert served.mock("POST", "auth-codes", {"scopes": ["seller.order.info"]})["status"] == 422
    assert served.mock("PUT", "apps", {"scopes": ["Everything!"]})["status"] == 422
    served.mock("PUT", "apps", {"scopes": offered})
    assert served.api.call("POST", SEARCH, {"page_size": "1"}, {})["code"] == 0


def test_a_code_for_some_scopes_and_an_allow_list_by_the_control_api(served: Served) -> None:
    served.api.code = served.mock("POST", "auth-codes", {"scopes": ["seller.order.info"]})["auth_code"]
    assert fetched(served.api, "get")["data"]["granted_scopes"] == ["seller.order.info"]
    assert served.mock("PUT", "apps", {"ip_allow_list": ["10.0.0.0/8"]})["tiktok_shop"]["ip_allow_list"] == ["10.0.0.0/8"]
    assert served.mock("PUT", "apps", {"ip_allow_list": ["ten"]})["status"] == 422
    assert served.mock("PUT", "apps", {})["status"] == 422


# ---- wrong signatures are explained ----------------------------------------------------------------------------------------------------------


def _signed(secret: str, request: Request, *, path: str | None = None, drop: str = "", body: bytes | None = None) -> str:
    pairs = [pair for pair in request.pairs if pair[0] not in ("sign", drop)]
    text = signing.canonical(request.path if path is None else path, pairs, request.body if body is None else body, multipart=False)
    return signing.sign(secret, text)


EXPLAINED: list[tuple[str, Callable[[Served, Request], str]]] = [
    ("body_not_signed", lambda s, r: _signed(s.api.app_secret, r, body=b"")),
    ("body_python_spacing", lambda s, r: _signed(s.api.app_secret, r, body=json.dumps(json.loads(r.body)).encode())),
    ("upper_case_hex", lambda s, r: _signed(s.api.app_secret, r).upper()),
    ("cipher_left_out", lambda s, r: _signed(s.api.app_secret, r, drop="shop_cipher")),
    ("path_missing", lambda s, r: _signed(s.api.app_secret, r, path="")),
    ("path_prefixed", lambda s, r: _signed(s.api.app_secret, r, path="/api" + r.path)),
    ("path_trailing_slash", lambda s, r: _signed(s.api.app_secret, r, path=r.path + "/")),
    ("wrong_secret", lambda s, r: _signed(s.api.app_key, r)),
    ("other_secret", lambda s, r: _signed(s.workspace.credentials.client_secret, r)),
    ("other_secret", lambda s, r: _signed(s.server.simulator.create({}, name="other").credentials.app_secret, r)),
]


@pytest.mark.parametrize(("mistake", "make_sign"), EXPLAINED, ids=[f"{name}-{number}" for number, (name, _) in enumerate(EXPLAINED)])
def test_a_mistake_is_named_in_the_journal_and_by_the_exchange(mistake: str, make_sign: Callable[[Served, Request], str], served: Served) -> None:
    right = served.api.request("POST", SEARCH, {"page_size": "1"}, {"order_status": "UNPAID", "update_time_ge": 1})
    wrong = make_sign(served, right)

    reply = served.api.reply("POST", SEARCH, {"page_size": "1"}, {"order_status": "UNPAID", "update_time_ge": 1}, sign=wrong)

    assert orjson.loads(reply.body)["code"] == 106001
    shown = served.mock("GET", f"/_mock/exchanges/{dict(reply.headers)['X-Mock-Exchange']}")
    assert shown["detail"]["mistake"] == mistake
    assert signing.WORDS[mistake] in shown["reason"]
    assert signing.WORDS[mistake] in served.mock("GET", "journal")["exchanges"][-1]["reason"]
    assert served.api.app_secret not in json.dumps(shown)
