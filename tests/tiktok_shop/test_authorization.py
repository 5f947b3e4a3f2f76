"""What a seller gives on the authorize page and for how long, what comes back to the app, and how the door reads what callers show."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest

from mockplatforms.domain.phases import Platform
from mockplatforms.gateway.call import Reply, Request
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.clockwork import clocks
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import auth, rows, scopes, signing

DAY = 86400
BACK = "https://isv.example.com/back"
SHOPS = "/authorization/202309/shops"
SEARCH = "/order/202309/orders/search"

Make = Callable[..., Workspace]


@pytest.fixture
def app(simulator: Simulator, make: Make) -> TikTokShop:
    """A client of an app that has registered where its sellers come back to."""
    return TikTokShop(simulator, make(redirect_url=BACK, sellers=[{"key": "satu"}, {"key": "dua"}]))


def visit(client: TikTokShop, **query: str) -> Reply:
    asked = urlencode({"service_id": client.workspace.credentials.service_id, **query})
    return client.simulator.answer(Request("GET", "/open/authorize", asked))


def told(reply: Reply) -> dict[str, str]:
    """What the app learns at its redirect URL."""
    assert reply.status == 302
    location = urlsplit(dict(reply.headers)["Location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == BACK
    return {name: values[0] for name, values in parse_qs(location.query).items()}


def fetched(client: TikTokShop, path: str, **given: str) -> dict[str, Any]:
    return client.unsigned(f"/api/v2/token/{path}", app_key=client.app_key, app_secret=client.app_secret, **given)


def exchanged(client: TikTokShop, code: str) -> dict[str, Any]:
    data: dict[str, Any] = fetched(client, "get", auth_code=code, grant_type="authorized_code")["data"]
    return data


def wait(client: TikTokShop, seconds: int) -> None:
    clocks(client.workspace).reach(client.workspace.now().world + seconds)


def choose(client: TikTokShop, **rules: Any) -> None:
    client.workspace.govern(client.workspace.world.rules.but(**rules))


# ---- the page --------------------------------------------------------------------------------------------------------------------------------


def test_the_page_asks_for_every_scope_in_words(app: TikTokShop) -> None:
    page = visit(app).body.decode()
    offered = app.workspace.credentials.apps[Platform.TIKTOK_SHOP].scopes

    assert set(offered) <= set(scopes.WORDS)
    for scope in offered:
        assert scopes.WORDS[scope].replace("'", "&#39;") in page and f"<code>{scope}</code>" in page


def test_every_scope_that_an_endpoint_wants_of_a_seller_has_words() -> None:
    wanted = {scope for source in rows.ids() for scope in rows.row(source).scope}

    assert wanted <= set(scopes.WORDS)


def test_every_field_of_the_page_has_a_label_and_its_language_is_told(app: TikTokShop) -> None:
    page = visit(app, state='"><script>').body.decode()

    assert '<html lang="en">' in page and "<title>" in page and "<script" not in page
    visible = [tag for tag in re.findall(r"<(?:input|select)[^>]*>", page) if 'type="hidden"' not in tag]
    labels = re.findall(r"<label.*?</label>", page, re.DOTALL)
    assert visible and all(any(tag in label for label in labels) for tag in visible)


def test_without_a_registered_redirect_url_the_page_says_so_and_nobody_is_let_in(simulator: Simulator, make: Make) -> None:
    client = TikTokShop(simulator, make())
    before = client.workspace.world

    assert 'role="alert"' in visit(client).body.decode()
    assert visit(client, auto="accept", redirect_uri=BACK).status == 400
    assert client.workspace.world is before


def test_a_seller_is_sent_to_the_registered_address_whatever_the_link_says(app: TikTokShop) -> None:
    assert told(visit(app, auto="accept", redirect_uri="https://elsewhere.example.com/x"))["code"]


@pytest.mark.parametrize(("seller", "place"), [("satu", 0), ("dua", 1)])
def test_who_logs_in_gives_the_own_shop(seller: str, place: int, app: TikTokShop) -> None:
    answer = told(visit(app, seller=seller, auto="accept", state="s 1&2"))
    data = exchanged(app, answer.pop("code"))

    assert answer == {"app_key": app.app_key, "locale": "id-ID", "shop_region": "ID", "state": "s 1&2"}
    own = TikTokShop(app.simulator, app.workspace, seller)
    own.token = data["access_token"]
    assert own.data("GET", SHOPS, cipher=False)["shops"][0]["cipher"] == own.cipher
    assert own.call("POST", SEARCH, {"page_size": "1"}, {})["code"] == 0


def test_who_refuses_gives_nothing(app: TikTokShop) -> None:
    before = app.workspace.world

    answer = told(visit(app, auto="refuse", state="s"))

    assert answer == {"code": "null", "error": "auth_denied", "state": "s"}
    assert app.workspace.world is before


# ---- for how long ------------------------------------------------------------------------------------------------------------------------------


def test_the_page_offers_shorter_periods_than_the_longest(app: TikTokShop) -> None:
    offered = re.findall(r'<option value="(\d+)"', visit(app).body.decode())
    assert offered == ["365", "180", "90", "30", "7"]

    choose(app, tiktok_refresh_life=60 * DAY)
    assert re.findall(r'<option value="(\d+)"', visit(app).body.decode()) == ["60", "30", "7"]


@pytest.mark.parametrize(("days", "lasts", "access"), [("", 365, 7), ("365", 365, 7), ("30", 30, 7), ("3", 3, 3)])
def test_the_authorisation_lasts_as_long_as_the_seller_chose(days: str, lasts: int, access: int, app: TikTokShop) -> None:
    now = app.workspace.now().wire

    data = exchanged(app, told(visit(app, auto="accept", days=days))["code"])

    assert (data["refresh_token_expire_in"], data["access_token_expire_in"]) == (now + lasts * DAY, now + access * DAY)
    wait(app, lasts * DAY - 1)
    again = fetched(app, "refresh", refresh_token=data["refresh_token"], grant_type="refresh_token")["data"]
    assert again["access_token_expire_in"] == now + lasts * DAY  # a token does not outlive the authorisation
    wait(app, 1)
    assert fetched(app, "refresh", refresh_token=data["refresh_token"], grant_type="refresh_token")["code"] == 36004001
    app.token = again["access_token"]
    assert app.call("GET", SHOPS, cipher=False)["code"] == 105002


@pytest.mark.parametrize("days", ["0", "366", "-1", "ten", "1.5", "9" * 30])
def test_a_period_that_cannot_be_is_refused(days: str, app: TikTokShop) -> None:
    before = app.workspace.world

    assert visit(app, auto="accept", days=days).status == 400
    assert visit(app, days=days).status == 400
    assert app.workspace.world is before


# ---- the token endpoints ------------------------------------------------------------------------------------------------------------------------


def test_an_answer_has_the_documented_fields_in_their_types(app: TikTokShop) -> None:
    answer = fetched(app, "get", auth_code=app.code, grant_type="authorized_code")
    data = answer["data"]

    assert (answer["code"], answer["message"], type(answer["request_id"])) == (0, "success", str)
    assert {name: type(value) for name, value in data.items()} == {
        "access_token": str,
        "access_token_expire_in": int,
        "refresh_token": str,
        "refresh_token_expire_in": int,
        "open_id": str,
        "seller_name": str,
        "seller_base_region": str,
        "user_type": int,
        "granted_scopes": list,
    }
    assert (data["seller_base_region"], data["user_type"]) == ("ID", 0)
    assert all(text.startswith("ROW_") for text in (data["access_token"], data["refresh_token"], app.code, app.cipher))


@pytest.mark.parametrize("path", ["/api/v2/token/get", "/api/v2/token/refresh"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_token_is_fetched_with_get_only(method: str, path: str, tiktok: TikTokShop) -> None:
    reply = tiktok.simulator.answer(Request(method, path, f"app_key={tiktok.app_key}", {"content-type": "application/json"}, b"{}"))

    assert (reply.status, reply.content_type.partition(";")[0], reply.body) == (404, "text/plain", b"404 page not found")


@pytest.mark.parametrize(
    ("name", "given"),
    [("auth_invalid_secret", {"app_secret": "no"}), ("auth_invalid_grant_type", {"grant_type": "no"}), ("auth_invalid_code", {"auth_code": "ROW_no"})],
)
def test_the_status_of_a_refusal_of_the_token_endpoints_is_a_setting(name: str, given: dict[str, str], tiktok: TikTokShop) -> None:
    asked = {"app_key": tiktok.app_key, "app_secret": tiktok.app_secret, "auth_code": tiktok.code, "grant_type": "authorized_code", **given}

    def status() -> int:
        return tiktok.simulator.answer(Request("GET", "/api/v2/token/get", urlencode(asked))).status

    assert status() == 200
    choose(tiktok, tiktok_statuses=[f"{name}=401"])
    assert status() == 401


# ---- what callers show at the door -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"authorization": "Bearer {token}"}, "authorization"),
        ({"access-token": "{token}"}, "access-token"),
        ({}, "x-tts-access-token is missing"),
    ],
)
def test_a_token_is_shown_in_its_own_header(headers: dict[str, str], words: str, tiktok: TikTokShop) -> None:
    request = tiktok.request("GET", SHOPS, cipher=False)
    shown = request.headers.pop("x-tts-access-token")
    request.headers.update({name: value.format(token=shown) for name, value in headers.items()})

    answer = orjson.loads(tiktok.simulator.answer(request).body)

    assert (answer["code"], answer["message"]) == (36009004, rows.gateway("missing_token").message)
    assert words in next(reversed(tiktok.workspace.journal)).words


def test_a_version_parameter_is_signed_like_any_other(tiktok: TikTokShop) -> None:
    query = {"page_size": "1", "version": "202309"}
    request = tiktok.request("POST", SEARCH, query, {})
    pairs = [pair for pair in request.pairs if pair[0] not in ("sign", "version")]
    without = signing.sign(tiktok.app_secret, signing.canonical(SEARCH, pairs, request.body, multipart=False))

    assert tiktok.call("POST", SEARCH, query, {})["code"] == 0
    assert tiktok.call("POST", SEARCH, query, {}, sign=without)["code"] == 106001
    assert next(reversed(tiktok.workspace.journal)).detail["mistake"] == "parameter_left_out"


def test_an_access_token_parameter_is_left_out_of_the_signature(tiktok: TikTokShop) -> None:
    plain = dict(tiktok.request("GET", SHOPS, cipher=False).pairs)["sign"]

    assert tiktok.call("GET", SHOPS, {"access_token": tiktok.token}, cipher=False, sign=plain)["code"] == 0


@pytest.mark.parametrize("timestamp", ["-1", "1.5", "now", " ", "1e9"])
def test_a_timestamp_is_a_number_of_seconds(timestamp: str, tiktok: TikTokShop) -> None:
    answer = tiktok.call("GET", SHOPS, cipher=False, timestamp=timestamp)

    assert (answer["code"], answer["message"]) == (36009004, rows.gateway("timestamp_negative").message)


@pytest.mark.parametrize(("apart", "code"), [(-301, 36009004), (-300, 0), (30, 0), (31, 36009004)])
def test_a_timestamp_lies_within_five_minutes_before_and_thirty_seconds_after(apart: int, code: int, tiktok: TikTokShop) -> None:
    assert tiktok.call("GET", SHOPS, cipher=False, timestamp=tiktok.workspace.now().wire + apart)["code"] == code


def test_a_body_beyond_the_limit_is_refused_before_anything_is_read_of_it(tiktok: TikTokShop) -> None:
    kind = "multipart/form-data; boundary=b"
    answer = tiktok.call("POST", "/product/202309/images/upload", {}, b"x" * (auth.LARGEST + 1), cipher=False, content_type=kind)

    assert (answer["code"], answer["message"]) == (36009021, rows.gateway("file_size").message)


def test_an_upload_that_is_no_form_is_told_so(tiktok: TikTokShop) -> None:
    answer = tiktok.call("POST", "/product/202309/images/upload", {}, {}, cipher=False)

    assert (answer["code"], answer["message"]) == (36009023, rows.gateway("multipart_wanted").message)
