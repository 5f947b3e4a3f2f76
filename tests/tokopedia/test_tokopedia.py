"""The Tokopedia Open API as an integration meets it: envelopes, products, orders, chats and webhooks, through the migration."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from mockplatforms.domain import chats, migration, placing, shops
from mockplatforms.domain.outbox import DELIVERIES
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.gateway.call import Request
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import BY_PLATFORM, Simulator
from mockplatforms.testing import TikTokShop, Tokopedia, rehearse
from mockplatforms.testing.rehearsal import merge

INFO = "/inventory/v1/fs/{fs_id}/product/info"
PRICE = "/inventory/v1/fs/{fs_id}/price/update"
STOCK = "/inventory/v1/fs/{fs_id}/stock/update"
T = Platform.TOKOPEDIA


def listed(client: Tokopedia) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.data("GET", INFO, {"shop_id": client.shop_id, "page": 1, "per_page": 50})
    return rows


def simple(client: Tokopedia) -> dict[str, Any]:
    return next(row for row in listed(client) if not row["variant"] and row["other"]["sku"] and row["basic"]["status"] == 1)


def merged(client: Tokopedia) -> None:
    from mockplatforms.domain.developers import set_precondition

    workspace = client.workspace
    owner = shops.sellers(workspace.world)[0]
    workspace.apply(set_precondition, "merge_event_subscription", True)
    workspace.apply(migration.link, owner.serial)
    merge(workspace, owner.serial)


def order(client: Tokopedia, *, pay: bool = True) -> int:
    """A paid order of one thing; answers its id."""
    from mockplatforms.tokopedia import ids

    def place(world: Any) -> Any:
        owner = shops.sellers(world)[0]
        lines = placing.resolve(world, owner, T, ())
        return placing.place(world, owner, lines, buyer=placing.buyer_named(world, None), buyer_app=T, platform=T, pay=pay)

    return ids.order(client.workspace.world).wire(client.workspace.apply(place))


def orders_of(client: Tokopedia, **query: Any) -> list[dict[str, Any]]:
    now = client.workspace.now().wire
    asked = {"fs_id": client.fs_id, "shop_id": client.shop_id, "from_date": now - 86400, "to_date": now, "page": 1, "per_page": 50, **query}
    rows: list[dict[str, Any]] = client.data("GET", "/v2/order/list", asked)
    return rows


# ---- who calls ----------------------------------------------------------------------------------------------------------------------------------


def test_a_token_stands_while_it_lives(tokopedia: Tokopedia) -> None:
    first, second = tokopedia.new_token(), tokopedia.new_token()

    assert first == second
    assert set(first) == {"access_token", "event_code", "expires_in", "last_login_type", "sq_check", "token_type"}
    assert (first["access_token"], first["expires_in"]) == (tokopedia.token, 1209600)


def test_wrong_client_credentials_are_told(tokopedia: Tokopedia) -> None:
    reply = tokopedia.simulator.answer(Request("POST", "/token", "grant_type=client_credentials", {"authorization": "Basic eDp5"}))

    assert orjson.loads(reply.body)["error"] == "invalid_client"


def test_a_bad_bearer_gets_html(tokopedia: Tokopedia) -> None:
    tokopedia.token = "c:nobody"

    reply = tokopedia.reply("GET", INFO, {"shop_id": tokopedia.shop_id})

    assert (reply.status, reply.content_type) == (401, "text/html")
    assert b"401 Authorization Required" in reply.body


@pytest.mark.parametrize(("path", "shop"), [(INFO, 999), (INFO.replace("{fs_id}", "99999"), None)])
def test_what_is_not_linked_to_the_app_is_refused(path: str, shop: int | None, tokopedia: Tokopedia) -> None:
    status, answer = tokopedia.call("GET", path, {"shop_id": shop or tokopedia.shop_id, "page": 1, "per_page": 1})

    assert (status, answer["header"]["error_code"], answer["data"]) == (403, "RBAC_MDLW_001", None)


def test_every_reply_tells_what_is_left_of_the_quota(tokopedia: Tokopedia) -> None:
    headers = dict(tokopedia.reply("GET", "/v1/shop/fs/{fs_id}/shop-info", {"shop_id": tokopedia.shop_id}).headers)

    assert headers["X-Ratelimit-Limit"] == "5 req/s (burst 5)"
    assert headers["X-Ratelimit-Remaining"] == "4"
    assert headers["X-Ratelimit-Reset-After"] == "-0.000000"
    assert headers["X-Ratelimit-Full-Reset-After"] == "0.200000"


def test_an_enforced_quota_refuses_with_429(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = Tokopedia(simulator, make(quota="enforce"))

    statuses = [client.reply("GET", "/v1/shop/fs/{fs_id}/shop-info", {"shop_id": client.shop_id}).status for _ in range(6)]

    assert statuses == [200] * 5 + [429]


# ---- products -------------------------------------------------------------------------------------------------------------------------------------


def test_a_parent_lists_its_children_and_each_is_a_product(tokopedia: Tokopedia) -> None:
    rows = {row["basic"]["productID"]: row for row in listed(tokopedia)}
    parent = next(row for row in rows.values() if row["variant"].get("isParent"))

    for child in parent["variant"]["childrenID"]:
        assert rows[child]["variant"] == {"isVariant": True, "parentID": parent["basic"]["productID"]}


def test_pages_adjoin(tokopedia: Tokopedia) -> None:
    whole = [row["basic"]["productID"] for row in listed(tokopedia)]
    pages = [tokopedia.data("GET", INFO, {"shop_id": tokopedia.shop_id, "page": n, "per_page": 4}) for n in range(1, 20)]

    assert [row["basic"]["productID"] for page in pages for row in page] == whole


def test_a_price_and_a_stock_are_written_and_read(tokopedia: Tokopedia) -> None:
    one = simple(tokopedia)
    product, sku = one["basic"]["productID"], one["other"]["sku"]

    told = tokopedia.data("POST", PRICE, {"shop_id": tokopedia.shop_id}, [{"product_id": product, "new_price": 43210.0}, {"product_id": 999, "new_price": 1000}])
    assert (told["succeed_rows"], told["failed_rows"], told["failed_rows_data"][0]["message"]) == (1, 1, "Invalid Product ID.")
    tokopedia.data("POST", STOCK, {"shop_id": tokopedia.shop_id}, [{"sku": sku, "new_stock": 31}])
    told = tokopedia.data("POST", "/inventory/v2/fs/{fs_id}/stock/decrement", {"shop_id": tokopedia.shop_id}, [{"sku": sku, "stock_value": 1}])

    assert told["succeed_rows_data"][0]["stock"] == 30
    now = tokopedia.data("GET", INFO, {"product_id": product})[0]
    assert (now["price"]["value"], now["warehouses"][0]["stock"]["value"]) == (43210, 30)


def test_stock_never_goes_below_none(tokopedia: Tokopedia) -> None:
    sku = simple(tokopedia)["other"]["sku"]

    told = tokopedia.data("POST", "/inventory/v1/fs/{fs_id}/stock/decrement", {"shop_id": tokopedia.shop_id}, [{"sku": sku, "stock_value": 10_000}])

    assert (told["succeed_rows"], told["failed_rows"]) == (0, 1)


def test_a_product_is_created_edited_and_taken_off(tokopedia: Tokopedia) -> None:
    category = simple(tokopedia)["basic"]["childCategoryID"]
    row = {"Name": "Kopi Baru 200 g", "price": 45000, "stock": 5, "weight": 200, "weight_unit": "GR", "category_id": category, "sku": "NEW-1", "status": "LIMITED"}

    made = tokopedia.data("POST", "/v3/products/fs/{fs_id}/create", {"shop_id": tokopedia.shop_id}, {"products": [row, {"name": ""}]})
    assert (made["success_data"], made["fail_data"]) == (1, 1)
    product = made["success_rows_data"][0]["product_id"]
    tokopedia.data("PATCH", "/v3/products/fs/{fs_id}/edit", {"shop_id": tokopedia.shop_id}, {"products": [{"id": product, "name": "Kopi Lain 200 g"}]})
    assert tokopedia.data("GET", INFO, {"product_id": product})[0]["basic"]["name"] == "Kopi Lain 200 g"
    tokopedia.data("POST", "/v1/products/fs/{fs_id}/inactive", {"shop_id": tokopedia.shop_id}, {"product_id": [product]})
    assert tokopedia.data("GET", INFO, {"product_id": product})[0]["basic"]["status"] == 3


def test_a_batch_is_told_by_its_status(tokopedia: Tokopedia) -> None:
    category = simple(tokopedia)["basic"]["childCategoryID"]
    row = {"name": "Kopi Batch", "price": 45000, "stock": 5, "weight": 200, "category_id": category}

    upload = tokopedia.data("POST", "/v2/products/fs/{fs_id}/create", {"shop_id": tokopedia.shop_id}, {"products": [row]})["upload_id"]
    told = tokopedia.data("GET", f"/v2/products/fs/{{fs_id}}/status/{upload}", {"shop_id": tokopedia.shop_id})["upload_data"][0]

    assert (told["status"], told["success_rows"], told["failed_rows"]) == ("DONE", 1, 0)


# ---- orders ---------------------------------------------------------------------------------------------------------------------------------------


def test_an_order_is_listed_accepted_picked_up_and_no_more(tokopedia: Tokopedia) -> None:
    wire = order(tokopedia)

    assert wire in [row["order_id"] for row in orders_of(tokopedia, status=220)]
    assert tokopedia.data("POST", f"/v1/order/{wire}/fs/{{fs_id}}/ack") == "success"
    status, again = tokopedia.call("POST", f"/v1/order/{wire}/fs/{{fs_id}}/ack")
    assert (status, again["header"]["error_code"]) == (400, "ORD_USC_007")
    tokopedia.data("POST", "/inventory/v1/fs/{fs_id}/pick-up", None, {"order_id": wire, "shop_id": tokopedia.shop_id})
    single = tokopedia.data("GET", "/v2/fs/{fs_id}/order", {"order_id": wire})
    assert single["order_status"] == 450
    assert tokopedia.data("GET", "/v2/fs/{fs_id}/order", {"invoice_num": single["invoice_number"]})["order_id"] == wire


def test_an_invoice_carries_the_day_in_jakarta_and_the_orders_id(tokopedia: Tokopedia) -> None:
    wire = order(tokopedia)

    assert tokopedia.data("GET", "/v2/fs/{fs_id}/order", {"order_id": wire})["invoice_number"] == f"INV/20250120/MPL/{wire}"


def test_an_unpaid_order_is_not_listed(tokopedia: Tokopedia) -> None:
    assert order(tokopedia, pay=False) not in [row["order_id"] for row in orders_of(tokopedia)]


@pytest.mark.parametrize(
    ("body", "code"),
    [({"reason_code": 6}, "ORD_USC_014"), ({"reason_code": 7}, "ORD_USC_009"), ({"reason_code": 4, "reason": "x"}, "ORD_USC_012"), ({"reason_code": 8, "reason": "x"}, "ORD_USC_019")],
)
def test_a_rejection_needs_its_reason(body: dict[str, Any], code: str, tokopedia: Tokopedia) -> None:
    wire = order(tokopedia)

    status, answer = tokopedia.call("POST", f"/v1/order/{wire}/fs/{{fs_id}}/nack", None, body)

    assert (status, answer["header"]["error_code"]) == (400, code)
    assert tokopedia.data("GET", "/v2/fs/{fs_id}/order", {"order_id": wire})["order_status"] == 220


def test_a_rejected_order_gives_its_units_back(tokopedia: Tokopedia) -> None:
    before = sum(row["main_stock"] for row in listed(tokopedia))
    wire = order(tokopedia)
    assert sum(row["main_stock"] for row in listed(tokopedia)) < before

    tokopedia.data("POST", f"/v1/order/{wire}/fs/{{fs_id}}/nack", None, {"reason_code": 5, "reason": "lain-lain"})

    assert sum(row["main_stock"] for row in listed(tokopedia)) == before
    assert tokopedia.data("GET", "/v2/fs/{fs_id}/order", {"order_id": wire})["order_status"] == 10


def test_a_window_of_more_than_three_days_is_refused(tokopedia: Tokopedia) -> None:
    now = tokopedia.workspace.now().wire
    _, answer = tokopedia.call("GET", "/v2/order/list", {"fs_id": tokopedia.fs_id, "from_date": now - 4 * 86400, "to_date": now, "page": 1, "per_page": 10})

    assert answer["header"]["error_code"] == "ORD_DLV_013"


# ---- chats ----------------------------------------------------------------------------------------------------------------------------------------


def test_a_thread_is_read_and_answered(tokopedia: Tokopedia) -> None:
    thread = tokopedia.data("GET", "/v1/chat/fs/{fs_id}/messages", {"shop_id": tokopedia.shop_id, "page": 1, "per_page": 10})[0]
    path = f"/v1/chat/fs/{{fs_id}}/messages/{thread['msg_id']}"

    tokopedia.data("POST", f"{path}/reply", None, {"shop_id": tokopedia.shop_id, "message": "Siap kak"})

    said = tokopedia.data("GET", f"{path}/replies", {"shop_id": tokopedia.shop_id, "page": 1, "per_page": 10})
    assert (said[0]["msg"], said[0]["role"], said[0]["is_opposite"]) == ("Siap kak", "Shop Owner", False)


# ---- the migration ----------------------------------------------------------------------------------------------------------------------------------


def test_shop_info_tells_the_merge_once_it_is_done(tokopedia: Tokopedia) -> None:
    def block() -> Any:
        return tokopedia.data("GET", "/v1/shop/fs/{fs_id}/shop-info", {"shop_id": tokopedia.shop_id})[0].get("tts_integration_completed")

    assert block() is None
    merged(tokopedia)
    assert block()["toko_shop_id"] == tokopedia.shop_id


def test_copies_are_told_by_either_id_and_suspended_ones_are_none(tokopedia: Tokopedia) -> None:
    merged(tokopedia)

    for row in listed(tokopedia):
        assert ("tts_product_id" in row) == (row["basic"]["status"] in (1, 3))
    one = simple(tokopedia)
    assert tokopedia.data("GET", INFO, {"product_id": one["tts_product_id"]})[0]["basic"]["productID"] == one["basic"]["productID"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v3/products/fs/{fs_id}/create", {"products": [{"name": "x"}]}),
        ("PATCH", "/v2/products/fs/{fs_id}/edit", {"products": [{"id": 1}]}),
        ("POST", "/v1/products/fs/{fs_id}/active", {"product_id": [1]}),
    ],
)
def test_product_writes_are_closed_after_the_merge(method: str, path: str, body: Any, tokopedia: Tokopedia) -> None:
    merged(tokopedia)

    status, answer = tokopedia.call(method, path, {"shop_id": tokopedia.shop_id}, body)

    assert (status, answer["header"]["error_code"]) == (403, "SIM_PRD_MERGE_LOCK")


@pytest.mark.parametrize(("rule", "succeeds", "changes"), [("strict", 0, False), ("lenient", 1, True), ("shadow_write", 1, False)])
def test_prices_after_the_merge_go_by_the_rule(rule: str, succeeds: int, changes: bool, simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = Tokopedia(simulator, make(settings={"modify_after_merge": rule}))
    merged(client)
    one = simple(client)

    reply = client.reply("POST", PRICE, {"shop_id": client.shop_id}, [{"product_id": one["basic"]["productID"], "new_price": 77777}])

    assert orjson.loads(reply.body)["data"]["succeed_rows"] == succeeds
    assert (simple(client)["price"]["value"] == 77777) == changes
    assert "X-Mock-Inferred" in dict(reply.headers)


def test_an_order_unpaid_at_the_merge_appears_on_tokopedia_when_paid(tokopedia: Tokopedia) -> None:
    from mockplatforms.tokopedia import ids

    wire = order(tokopedia, pay=False)
    serial = ids.order(tokopedia.workspace.world).read(wire)
    assert serial is not None
    merged(tokopedia)

    tokopedia.workspace.apply(placing.paid, serial)

    assert wire in [row["order_id"] for row in orders_of(tokopedia)]
    found = TikTokShop(tokopedia.simulator, tokopedia.workspace).data("POST", "/order/202309/orders/search", {"page_size": "50"}, {})
    assert all(row["commerce_platform"] != "TOKOPEDIA" for row in found["orders"])


def test_an_old_thread_is_still_answered_after_the_merge(tokopedia: Tokopedia) -> None:
    merged(tokopedia)
    thread = tokopedia.data("GET", "/v1/chat/fs/{fs_id}/messages", {"shop_id": tokopedia.shop_id})[0]

    tokopedia.data("POST", f"/v1/chat/fs/{{fs_id}}/messages/{thread['msg_id']}/reply", {"shop_id": tokopedia.shop_id}, {"message": "Masih ada kak"})

    held = [row for row in tokopedia.workspace.world.shelf(chats.CONVERSATIONS).rows.values() if row.platform is T]
    assert held


def test_a_rehearsal_in_one_call(simulator: Simulator, workspace: Workspace) -> None:
    rehearse(simulator, workspace)

    assert shops.sellers(workspace.world)[0].phase is Phase.PRODUCT_MERGED


# ---- webhooks ----------------------------------------------------------------------------------------------------------------------------------------


def test_registering_blanks_what_is_left_out(tokopedia: Tokopedia) -> None:
    for body in ({"order_status_url": "https://isv.example/s", "webhook_secret": "demo-webhook-secret"}, {"shop_merge_notification_url": "https://isv.example/m"}):
        status, answer = tokopedia.call("POST", "/v1/fs/{fs_id}/register", None, {"fs_id": tokopedia.fs_id, **body})
        assert (status, answer) == (200, {"data": "success", "status": "200 Ok", "error_message": []})

    _, answer = tokopedia.call("GET", "/v1/fs/{fs_id}")
    assert (answer["data"]["order_status_url"], answer["data"]["shop_merge_notification_url"]) == ("", "https://isv.example/m")


def test_bad_addresses_are_refused_in_the_old_envelope(tokopedia: Tokopedia) -> None:
    status, answer = tokopedia.call("POST", "/v1/fs/{fs_id}/register", None, {"order_status_url": 7})

    assert (status, answer) == (400, {"data": None, "status": "400 Bad Request", "error_message": ["bad input data"]})


def test_a_webhook_is_signed_by_the_golden_vector(tokopedia: Tokopedia) -> None:
    body = b'{"order_id":880000001}'
    assert hmac.new(b"demo-webhook-secret", body, hashlib.sha256).hexdigest() == "98c9e610ba2f53383c4c8abd507731ab094059f0ab20f8de2a5e46fab096b750"
    addresses = {"order_status_url": "http://127.0.0.1:1/s", "order_notification_url": "http://127.0.0.1:1/n", "webhook_secret": "demo-webhook-secret"}
    tokopedia.call("POST", "/v1/fs/{fs_id}/register", None, addresses)
    order(tokopedia)

    told = tokopedia.workspace.world.shelf(DELIVERIES).page("by_serial")
    assert [row.topic for row in told] == ["order_notification", "order_status"]
    for row in told:
        header = BY_PLATFORM[T].sign(tokopedia.workspace, row)["authorization-hmac"]
        assert header == hmac.new(b"demo-webhook-secret", row.body, hashlib.sha256).hexdigest()
    assert orjson.loads(told[0].body)["order_status"] == 220


def test_the_merge_webhook_tells_the_ids_as_text(tokopedia: Tokopedia) -> None:
    tokopedia.call("POST", "/v1/fs/{fs_id}/register", None, {"shop_merge_notification_url": "http://127.0.0.1:1/m"})
    owner = shops.sellers(tokopedia.workspace.world)[0]
    tokopedia.workspace.apply(migration.link, owner.serial)
    merge(tokopedia.workspace, owner.serial)

    told = [orjson.loads(row.body) for row in tokopedia.workspace.world.shelf(DELIVERIES).page("by_serial") if row.topic == "merge"]

    info = tokopedia.data("GET", "/v1/shop/fs/{fs_id}/shop-info", {"shop_id": tokopedia.shop_id})[0]["tts_integration_completed"]
    assert len(told) == 1 and told[0]["status"] == "merge"
    assert (told[0]["toko_shop_id"], told[0]["tts_seller_id"]) == (str(info["toko_shop_id"]), str(info["tts_seller_id"]))


def test_an_orders_webhook_is_shown_and_sent_at_will(tokopedia: Tokopedia) -> None:
    wire = order(tokopedia)

    shown = tokopedia.data("GET", f"/v1/order/{wire}/fs/{{fs_id}}/webhook", {"type": "order_status"})
    tokopedia.data("POST", "/v1/fs/{fs_id}/trigger", None, {"order_id": wire, "type": "order_status", "url": "http://127.0.0.1:1/x"})

    sent = tokopedia.workspace.world.shelf(DELIVERIES).page("by_serial")[-1]
    assert (orjson.loads(sent.body), sent.url) == (shown, "http://127.0.0.1:1/x")
