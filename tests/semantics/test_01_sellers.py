"""Rules of workspaces, sellers and roads: one app on each platform for any number of sellers, each migrating by itself."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from control_api import Control, made
from selling import create
from test_semantics import choose, held, link, merge, place, tiktok, tokopedia

from mockplatforms.gateway.call import Request

SHOP_INFO = "/v1/shop/fs/{fs_id}/shop-info"
PRICE = "/inventory/v1/fs/{fs_id}/price/update"
PRODUCTS = "/product/202309/products"
SHOPS = "/authorization/202309/shops"
SLASH = "/v1/slash-price/fs/{fs_id}"
BUNDLE = "/v1/products/bundle/fs/{fs_id}"


@pytest.fixture
def mock() -> Iterator[Control]:
    """A server with the workspace ``w``: the demo world in virtual time that stands still until it is advanced."""
    server, real = made()
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        control_api("PUT", "", {"seed": 7, "world": "demo", "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}})
        yield control_api
        runner.run(server.stop())


def product_id(mock: Control, sku: str, seller: str = "maju") -> int:
    """The Tokopedia id of what carries that seller SKU."""
    found: int = mock("GET", "stock", sku=sku, seller=seller)["records"][0]["product_id"]["tokopedia"]
    return found


# ---- sellers of one app ---------------------------------------------------------------------------------------------------------------------


def test_one_app_on_each_platform_serves_every_seller(mock: Control) -> None:
    mock("POST", "sellers", {"key": "baru"})
    bearer = tokopedia(mock)
    for seller in mock("GET", "sellers")["sellers"]:
        shop = seller["tokopedia"]["shop_id"]
        assert [row["shop_id"] for row in bearer.data("GET", SHOP_INFO, {"shop_id": shop})] == [shop]
    seen = set()
    for name in ("maju", "tetap", "baru"):
        signed = tiktok(mock, seller=name)
        seen.add((signed.app_key, signed.data("GET", SHOPS, cipher=False)["shops"][0]["id"]))
    assert len({key for key, _ in seen}) == 1
    assert len({shop for _, shop in seen}) == 3


def test_a_shop_that_is_born_at_the_merge_opens_once_the_seller_has_authorised_the_app(mock: Control) -> None:
    assert mock("GET", "sellers/tunggal")["tiktok_shop"] is None
    merge(mock, seller="tunggal")
    born = mock("GET", "sellers/tunggal")["tiktok_shop"]
    assert (born["authorised"], born["access_token"]) == (False, None)
    client = tiktok(mock, seller="tunggal")
    code = mock("POST", "auth-codes", {"seller": "tunggal"})["auth_code"]
    told = client.unsigned("/api/v2/token/get", app_key=client.app_key, app_secret=client.app_secret, auth_code=code, grant_type="authorized_code")
    client.token = told["data"]["access_token"]
    assert client.data("POST", f"{PRODUCTS}/search", {"page_size": "1"}, {})["total_count"] > 0


@pytest.mark.parametrize(("seller", "code"), [("maju", 12052332), ("tetap", 0)])
def test_the_lock_of_one_seller_is_no_others(seller: str, code: int, mock: Control) -> None:
    client = tiktok(mock, seller=seller)
    native = client.data("POST", f"{PRODUCTS}/search", {"page_size": "1"}, {"status": "ACTIVATE"})["products"][0]["id"]
    link(mock, seller="maju")
    assert client.call("POST", f"{PRODUCTS}/deactivate", None, {"product_ids": [native]})["code"] == code


def test_orders_are_routed_by_the_phase_of_the_seller_who_is_ordered_from(mock: Control) -> None:
    merge(mock, seller="maju")
    assert place(mock, "tokopedia", seller="maju")["platform"] == "tiktok_shop"
    assert place(mock, "tokopedia", seller="tunggal")["platform"] == "tokopedia"
    assert place(mock, "tokopedia", seller="tetap")["platform"] == "tokopedia"


def test_one_bearer_writes_prices_of_the_seller_who_has_not_merged_and_none_of_the_one_who_has(mock: Control) -> None:
    merge(mock, seller="maju")
    bearer = tokopedia(mock)
    wrote = {}
    for seller in ("maju", "tunggal"):
        shop = mock("GET", f"sellers/{seller}")["tokopedia"]["shop_id"]
        row = {"product_id": product_id(mock, "KOP-01", seller), "new_price": 63_000}
        wrote[seller] = bearer.data("POST", PRICE, {"shop_id": shop}, [row])["succeed_rows"]
    assert wrote == {"maju": 0, "tunggal": 1}


# ---- roads --------------------------------------------------------------------------------------------------------------------------------------


def test_a_seller_goes_by_the_rehearsal_road_unless_another_is_chosen(mock: Control) -> None:
    assert mock("POST", "sellers", {"key": "satu"})["road"] == "rehearsal"
    assert mock("POST", "sellers", {"key": "dua", "road": "production"})["road"] == "production"


def test_on_the_production_road_the_live_shop_of_a_live_app_merges_without_preconditions_and_attempts(mock: Control) -> None:
    told = mock("POST", "migration/link", {"seller": "tunggal"})
    assert "merge_event_subscription" in [row["name"] for row in told["preconditions"] if not row["met"]]
    assert (told["phase"], told["attempts"]["used"]) == ("MERGING", 0)
    assert told["shops"]["tokopedia"]["kind"] == "live"
    done = mock("POST", "migration/complete", {"seller": "tunggal"})
    assert done["shops"]["tiktok_shop"]["kind"] == "live"


def test_a_merge_cannot_be_taken_back(mock: Control) -> None:
    link(mock)
    assert mock("GET", "migration")["moves"]["unlink"] == {
        "allowed": False,
        "detail": "integration is irreversible: there is no unlinking, not even while it runs",
    }
    mock("POST", "migration/complete")
    assert "cannot fail any more" in mock.refused("POST", "migration/fail")["detail"]
    assert "cannot be done twice" in mock.refused("POST", "migration/link")["detail"]
    assert mock("GET", "migration")["phase"] == "MERGED"


def test_sellers_who_go_one_after_the_other_merge_each_at_its_own_moment(mock: Control) -> None:
    mock("PUT", "settings", {"settings": {"merge_hours_low": 2, "merge_hours_high": 2}})
    link(mock, seller="maju")
    mock("POST", "clock/advance", {"seconds": 3600, "deliver": "hold"})
    link(mock, seller="tunggal")
    first = mock("POST", "clock/advance", {"until": "MERGED", "seller": "maju", "deliver": "hold"})["to"]
    assert mock("GET", "migration", seller="tunggal")["phase"] == "MERGING"
    assert mock("POST", "clock/advance", {"until": "MERGED", "seller": "tunggal", "deliver": "hold"})["to"] == first + 3600
    assert {mock("GET", "migration", seller=name)["phase"] for name in ("maju", "tunggal")} == {"MERGED"}


# ---- whose a call is ----------------------------------------------------------------------------------------------------------------------------


def answered_by(mock: Control, request: Request) -> str | None:
    """The workspace whose journal keeps that call."""
    number = dict(mock.server.simulator.answer(request).headers)["X-Mock-Exchange"]
    found: str | None = mock("GET", f"/_mock/exchanges/{number}")["workspace"]
    return found


def test_a_call_is_its_workspaces_by_client_id_even_with_a_wrong_secret(mock: Control) -> None:
    basic = base64.b64encode(f"{held(mock).credentials.client_id}:wrong".encode()).decode()
    assert answered_by(mock, Request("POST", "/token", "grant_type=client_credentials", {"authorization": f"Basic {basic}"})) == "w"


def test_a_call_is_its_workspaces_by_fs_id_even_with_an_unknown_bearer(mock: Control) -> None:
    path = f"/v1/shop/fs/{held(mock).credentials.fs_id}/shop-info"
    assert answered_by(mock, Request("GET", path, "", {"authorization": "Bearer c:nobodys"})) == "w"


def test_a_call_that_shows_no_credentials_is_kept_and_says_so(mock: Control) -> None:
    assert answered_by(mock, Request("GET", SHOPS)) is None
    last = mock("GET", "/_mock/journal")["exchanges"][-1]
    assert last["reason"] and "no credentials" in last["reason"]


# ---- moves --------------------------------------------------------------------------------------------------------------------------------------


def test_in_every_phase_each_act_is_allowed_or_refused_in_words(mock: Control) -> None:
    mock("PUT", "preconditions/merge_event_subscription", {"met": True})
    allowed = {}
    for step in ("link", "complete", "confirm-product-merge", ""):
        told = mock("GET", "migration")
        assert set(told["moves"]) == {"link", "complete", "fail", "confirm_product_merge", "unlink"}
        assert all(len(move["detail"]) > 20 for move in told["moves"].values() if not move["allowed"])
        allowed[told["phase"]] = {act for act, move in told["moves"].items() if move["allowed"]}
        if step:
            mock("POST", f"migration/{step}")
    assert allowed == {"PRE_MERGE": {"link"}, "MERGING": {"complete", "fail"}, "MERGED": {"confirm_product_merge"}, "PRODUCT_MERGED": set()}


def test_when_a_merge_fails_the_locks_open_without_a_webhook_and_partner_center_alone_tells_why(mock: Control) -> None:
    mock("PUT", "webhook-urls", {"tokopedia": "http://127.0.0.1:9/toko", "tiktok_shop": "http://127.0.0.1:9/tts"})
    client = tiktok(mock)
    whole = {"product_ids": [client.data("POST", f"{PRODUCTS}/search", {"page_size": "1"}, {"status": "ACTIVATE"})["products"][0]["id"]]}
    link(mock)
    assert client.call("POST", f"{PRODUCTS}/deactivate", None, whole)["code"] == 12052332
    before = mock("GET", "webhooks")["deliveries"]
    told = mock("POST", "migration/fail", {"reason": "katalog terlalu besar"})
    assert (told["failed"], told["attempts"]["used"]) == ("katalog terlalu besar", 1)
    assert mock("GET", "webhooks")["deliveries"] == before
    assert "katalog" not in orjson.dumps(tokopedia(mock).data("GET", SHOP_INFO)).decode()
    assert client.call("POST", f"{PRODUCTS}/deactivate", None, whole)["code"] == 0


# ---- what is under way --------------------------------------------------------------------------------------------------------------------------


def test_the_audit_of_a_native_product_goes_on_through_the_merge(mock: Control) -> None:
    choose(mock, tiktok_audit_seconds=600)
    client = tiktok(mock)
    made_id = create(client)
    link(mock)
    mock("POST", "migration/complete")
    assert client.data("GET", f"{PRODUCTS}/{made_id}")["status"] == "PENDING"
    mock("POST", "clock/advance", {"seconds": 600, "deliver": "hold"})
    assert client.data("GET", f"{PRODUCTS}/{made_id}")["status"] == "ACTIVATE"


def slashed(mock: Control) -> list[Any]:
    client = tokopedia(mock)
    rows = client.data("GET", "/v2/slash-price/fs/{fs_id}/view", {"shop_id": client.shop_id, "page": 1, "per_page": 100, "status": "ONGOING"})
    return [(row["slash_price_product_id"], row["discounted_price"]) for row in rows]


def test_a_running_slash_price_runs_on_while_shops_merge_and_cannot_be_changed(mock: Control) -> None:
    client = tokopedia(mock)
    now = held(mock).now().wire
    thing = product_id(mock, "BLS-03")
    row = {"product_id": thing, "discounted_price": 80_000, "start_time_unix": now + 600, "end_time_unix": now + 9 * 86400, "max_order": 2}
    assert client.data("POST", f"{SLASH}/add", {"shop_id": client.shop_id}, [row])["succeed_rows"] == 1
    mock("POST", "clock/advance", {"seconds": 600, "deliver": "hold"})
    running = slashed(mock)
    link(mock)
    end = [{"product_id": thing, "slash_price_product_id": next(number for number, price in running if price == 80_000)}]
    status, told = client.call("POST", f"{SLASH}/cancel", {"shop_id": client.shop_id}, end)
    assert (status, told["header"]["error_code"]) == (403, "SIM_PRD_MERGE_LOCK")
    assert slashed(mock) == running


def test_a_running_bundle_runs_on_while_shops_merge_and_cannot_be_changed(mock: Control) -> None:
    client = tokopedia(mock)
    shop = {"shop_id": client.shop_id}
    items = [{"product_id": product_id(mock, sku), "bundle_price": 30_000, "min_order": 1} for sku in ("BLS-03", "BLS-04")]
    body = {"bundle_name": "Duo Blus", "bundle_type": 2, "start_time_unix": held(mock).now().wire, "stop_time_unix": 0, "bundle_items": items}
    bundle = client.data("POST", f"{BUNDLE}/create", shop, body)["bundle_ids"][0]
    link(mock)
    assert client.call("PATCH", f"{BUNDLE}/edit", shop, {"bundle_id": bundle, "status": "CANCELLED"})[0] == 403
    assert client.data("GET", f"{BUNDLE}/info", {**shop, "bundle_id": bundle})["bundle_info"][0]["status"] == 1


def test_a_cancel_request_that_is_open_at_the_merge_is_settled_on_tokopedia(mock: Control) -> None:
    order = place(mock, "tokopedia")
    mock("POST", f"orders/{order['key']}/request-cancel", {"reason": "salah warna"})
    merge(mock)
    client = tokopedia(mock)
    client.data("POST", f"/v1/order/{order['order_id']}/fs/{{fs_id}}/nack", None, {"reason_code": 8, "reason": "pembeli minta batal ya"})
    told = mock("GET", f"orders/{order['key']}")
    assert (told["platform"], told["status"]) == ("tokopedia", "cancelled")


def test_a_grant_that_is_withdrawn_while_shops_merge_leaves_the_merge_alone_and_asks_for_a_new_one(mock: Control) -> None:
    link(mock)
    mock("POST", "deauthorize", {"seller": "maju"})
    assert mock("POST", "migration/complete")["phase"] == "MERGED"
    client = tiktok(mock)
    assert client.call("POST", f"{PRODUCTS}/search", {"page_size": "1"}, {})["code"] != 0
    code = mock("POST", "auth-codes", {"seller": "maju"})["auth_code"]
    told = client.unsigned("/api/v2/token/get", app_key=client.app_key, app_secret=client.app_secret, auth_code=code, grant_type="authorized_code")
    client.token = told["data"]["access_token"]
    assert client.call("POST", f"{PRODUCTS}/search", {"page_size": "1"}, {})["code"] == 0
