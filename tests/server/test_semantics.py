"""The rules where sellers, two clocks, stock, ids, refusals, forks and quotas meet, as an integration and its tester see them.

Rules with a plain test of their own elsewhere (stock, migration, paging, clocks) are not repeated here.
"""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from control_api import ORIGIN, Control, made

from mockplatforms.gateway.call import Request
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server import clockwork
from mockplatforms.server.live import log_line
from mockplatforms.testing import TikTokShop, Tokopedia

INFO = "/inventory/v1/fs/{fs_id}/product/info"
PRICE = "/inventory/v1/fs/{fs_id}/price/update"
SEARCH = "/order/202309/orders/search"
DAY = 86400


def held(mock: Control, name: str = "w") -> Workspace:
    return mock.server.simulator.workspaces[name]


def tokopedia(mock: Control, name: str = "w", seller: str | None = None) -> Tokopedia:
    return Tokopedia(mock.server.simulator, held(mock, name), seller)


def tiktok(mock: Control, name: str = "w", seller: str | None = None) -> TikTokShop:
    return TikTokShop(mock.server.simulator, held(mock, name), seller)


def link(mock: Control, **body: Any) -> None:
    mock("PUT", "preconditions/merge_event_subscription", {"met": True})
    mock("POST", "migration/link", body)


def merge(mock: Control, **body: Any) -> None:
    link(mock, **body)
    mock("POST", "migration/complete", body)


def choose(mock: Control, **settings: Any) -> None:
    mock("PUT", "settings", {"settings": settings})


def place(mock: Control, app: str, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = mock("POST", "orders", {"buyer_app": app, **more})
    return told


def product(mock: Control, sku: str) -> dict[str, Any]:
    client = tokopedia(mock)
    found: dict[str, Any] = client.data("GET", INFO, {"shop_id": client.shop_id, "sku": sku})[0]
    return found


def shelf(mock: Control) -> list[dict[str, Any]]:
    """Everything that the first Tokopedia shop lists, variants too."""
    client, rows = tokopedia(mock), []
    while len(rows) % 50 == 0:
        more = client.data("GET", INFO, {"shop_id": client.shop_id, "page": len(rows) // 50 + 1, "per_page": 50})
        if not more:
            break
        rows += more
    return rows


def stock(mock: Control, sku: str) -> dict[str, Any]:
    told: dict[str, Any] = mock("GET", "stock", sku=sku)
    return told


# ---- 1 workspaces, sellers, roads ------------------------------------------------------------------------------------------------------------


def test_a_call_is_its_workspaces_by_any_of_its_credentials(mock: Control) -> None:
    mock("PUT", "/_mock/workspaces/other", {"seed": 8, "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}})
    for name in ("w", "other"):
        bearer, signed = tokopedia(mock, name), tiktok(mock, name)
        assert bearer.call("GET", "/v1/shop/fs/{fs_id}/shop-info")[0] == 200
        assert signed.call("GET", "/authorization/202309/shops", cipher=False)["code"] == 0
        assert {exchange.workspace for exchange in held(mock, name).journal} == {name}


def test_a_call_of_nobody_is_told_by_its_nearest_match(mock: Control) -> None:
    client = tiktok(mock)
    client.app_key = client.app_key[:-1] + ("x" if client.app_key[-1] != "x" else "y")
    client.call("GET", "/authorization/202309/shops", cipher=False)
    last = mock("GET", "/_mock/journal")["exchanges"][-1]
    assert held(mock).credentials.app_key in last["reason"]


def test_a_batch_under_way_when_the_lock_comes_fails_row_by_row_in_its_status(mock: Control) -> None:
    choose(mock, upload_seconds=600)
    client = tokopedia(mock)
    category = product(mock, stock_sku(mock))["basic"]["childCategoryID"]
    row = {"name": "Kopi Gayo 250 g", "category_id": category, "price": 45000, "stock": 3, "sku": "NEW-1"}
    upload = client.data("POST", "/v2/products/fs/{fs_id}/create", {"shop_id": client.shop_id}, {"products": [row]})["upload_id"]
    status = f"/v2/products/fs/{{fs_id}}/status/{upload}"
    assert client.data("GET", status, {"shop_id": client.shop_id})["upload_data"][0]["status"] == "PROCESSING"
    link(mock)
    mock("POST", "clock/advance", {"seconds": 600})
    told = client.data("GET", status, {"shop_id": client.shop_id})["upload_data"][0]
    assert (told["status"], told["success_rows"], told["failed_rows"]) == ("DONE", 0, 1)
    assert "migration" in told["failed_rows_data"][0]["error"][0] and told["failed_rows_data"][0]["sku"] == "NEW-1"


def test_a_batch_that_meets_no_lock_is_made_when_its_time_has_come(mock: Control) -> None:
    choose(mock, upload_seconds=600)
    client = tokopedia(mock)
    category = product(mock, stock_sku(mock))["basic"]["childCategoryID"]
    row = {"name": "Kopi Gayo 250 g", "category_id": category, "price": 45000, "stock": 3, "sku": "NEW-1"}
    client.data("POST", "/v2/products/fs/{fs_id}/create", {"shop_id": client.shop_id}, {"products": [row]})
    assert client.call("GET", INFO, {"shop_id": client.shop_id, "sku": "NEW-1"})[0] != 200
    mock("POST", "clock/advance", {"seconds": 600})
    assert product(mock, "NEW-1")["price"]["value"] == 45000


def test_a_running_campaign_runs_on_through_the_merge(mock: Control) -> None:
    def on_campaign() -> list[str]:
        return [row["other"]["sku"] for row in shelf(mock) if row["extraAttribute"]["isOnCampaign"]]

    before = on_campaign()
    link(mock)
    assert before and on_campaign() == before
    mock("POST", "migration/complete")
    assert on_campaign() == before


def test_a_return_under_way_goes_on_on_tokopedia_and_its_units_come_back_to_the_shared_record(mock: Control) -> None:
    sku = stock_sku(mock)
    begin = stock(mock, sku)["available"]
    order = place(mock, "tokopedia", items=[{"sku": sku, "quantity": 1}])
    client = tokopedia(mock)
    client.data("POST", f"/v1/order/{order['order_id']}/fs/{{fs_id}}/ack", None, {"products": []})
    client.data("POST", f"/v1/order/{order['order_id']}/fs/{{fs_id}}/status", None, {"order_status": 500, "shipping_ref_num": "JX1234567"})
    mock("POST", f"orders/{order['key']}/deliver")
    merge(mock)
    assert stock(mock, sku)["available"] == begin - 1
    assert mock("POST", f"orders/{order['key']}/return")["platform"] == "tokopedia"
    assert stock(mock, sku)["available"] == begin


def stock_sku(mock: Control) -> str:
    """A SKU of one simple Tokopedia product with some stock, sold nowhere else."""
    for row in shelf(mock):
        sku: str = row["other"]["sku"]
        plain = not row["variant"] and sku and sku == sku.strip() and row["basic"]["status"] == 1 and row["main_stock"] > 5
        if plain and len(stock(mock, sku)["records"]) == 1:
            return sku
    raise AssertionError("the demo world has such a product")


# ---- 2 two clocks -----------------------------------------------------------------------------------------------------------------------------


def test_a_jump_of_a_day_ends_the_merge_but_cancels_no_order_and_kills_no_token(empty: Control) -> None:
    empty("PUT", "", {"seed": 7, "clock": {"mode": "frozen", "wire": "real"}})
    order = place(empty, "tokopedia")
    link(empty)
    empty("POST", "clock/advance", {"seconds": 20 * DAY, "deliver": "hold"})
    assert empty("GET", "migration")["phase"] == "MERGED"
    assert empty("GET", f"orders/{order['key']}")["status"] == "paid"
    assert tokopedia(empty).call("GET", "/v1/shop/fs/{fs_id}/shop-info")[0] == 200
    assert tiktok(empty).call("GET", "/authorization/202309/shops", cipher=False)["code"] == 0


def test_with_deadlines_on_world_time_the_same_jump_cancels_the_order_and_kills_the_token(empty: Control) -> None:
    empty("PUT", "", {"seed": 7, "clock": {"mode": "frozen", "wire": "real"}, "settings": {"deadlines": "world"}})
    order = place(empty, "tokopedia")
    empty("POST", "clock/advance", {"seconds": 20 * DAY, "deliver": "hold"})
    assert empty("GET", f"orders/{order['key']}")["status"] == "cancelled"
    assert tokopedia(empty).reply("GET", "/v1/shop/fs/{fs_id}/shop-info").status == 401


def test_a_printed_instant_does_not_move_when_world_time_jumps(empty: Control) -> None:
    empty("PUT", "", {"seed": 7, "clock": {"mode": "frozen", "wire": "real"}})
    order = place(empty, "tiktok_shop")

    def deadline() -> int:
        detail = tiktok(empty).data("GET", "/order/202309/orders", {"ids": order["order_id"]})["orders"][0]
        due: int = detail["rts_sla_time"]
        return due

    before = deadline()
    empty("POST", "clock/advance", {"seconds": DAY, "deliver": "hold"})
    assert deadline() == before == int(empty.real.second) + 172800


def test_wire_time_never_turns_back_neither_by_the_machines_clock_nor_by_restore(empty: Control) -> None:
    empty("PUT", "", {"seed": 7, "clock": {"mode": "real", "wire": "real"}})
    empty("POST", "snapshots", {"name": "early"})
    empty.real.second += 1000
    late = empty("GET", "clock")["now"]
    empty.real.second -= 900
    assert empty("GET", "clock")["now"] == late
    empty("POST", "snapshots/early/restore")
    assert empty("GET", "clock")["now"] == late


def test_in_virtual_time_a_timestamp_of_either_clock_is_taken(mock: Control) -> None:
    client = tiktok(mock)
    for at in (held(mock).now().wire, int(mock.real.second)):
        answer = mock.server.simulator.answer(client.request("GET", "/authorization/202309/shops", cipher=False, timestamp=at))
        assert orjson.loads(answer.body)["code"] == 0
    wrong = client.request("GET", "/authorization/202309/shops", cipher=False, timestamp=held(mock).now().wire + 40)
    assert orjson.loads(mock.server.simulator.answer(wrong).body)["code"] != 0


def test_timers_ring_each_at_its_own_moment_and_the_advance_tells_them(mock: Control) -> None:
    order = place(mock, "tiktok_shop")
    package = tiktok(mock).data("GET", "/order/202309/orders", {"ids": order["order_id"]})["orders"][0]["packages"][0]["id"]
    tiktok(mock).data("POST", f"/fulfillment/202309/packages/{package}/ship", None, {"handover_method": "PICKUP"})
    begin = mock("GET", "clock")["world"]
    told = mock("POST", "clock/advance", {"seconds": 10 * DAY, "deliver": "hold"})
    rang = [(row["kind"], row["at"] - begin) for row in told["rang"] if row["about"] == order["key"]]
    assert rang == [("package.collect", 7200), ("package.deliver", 7200 + 172800), ("order.complete", 7200 + 2 * 172800)]
    history = mock("GET", f"orders/{order['key']}")["history"]
    assert [row["at"]["world"] - begin for row in history if row["status"] in ("in_transit", "delivered", "completed")] == [7200, 180000, 352800]


def test_what_causes_itself_without_end_is_found_and_named(mock: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clockwork, "STEPS", 3)
    monkeypatch.setattr(clockwork.ring_due, "__kwdefaults__", {"most": 3})
    for _ in range(6):
        place(mock, "tokopedia")
    told = mock("POST", "clock/advance", {"seconds": 40 * DAY, "deliver": "hold"})
    assert told["settled"] is False and told["stuck_on"].startswith("timers at")


# ---- 3 stock and price --------------------------------------------------------------------------------------------------------------------------


def test_a_copy_begins_with_what_is_available_while_paid_orders_keep_their_units(mock: Control) -> None:
    sku = stock_sku(mock)
    before = stock(mock, sku)["available"]
    place(mock, "tokopedia", items=[{"sku": sku, "quantity": 2}])
    merge(mock)
    told = stock(mock, sku)
    assert (told["available"], told["committed"]) == (before - 2, 2)
    copy = tiktok(mock).data("POST", "/product/202309/products/search", {"page_size": "10"}, {"seller_skus": [sku]})["products"][0]
    assert sum(place["quantity"] for place in copy["skus"][0]["inventory"]) == before - 2


def test_a_rejected_order_gives_its_units_back_to_the_shared_record(mock: Control) -> None:
    sku = stock_sku(mock)
    before = stock(mock, sku)["available"]
    order = place(mock, "tokopedia", items=[{"sku": sku, "quantity": 2}])
    merge(mock)
    client = tokopedia(mock)
    client.data("POST", f"/v1/order/{order['order_id']}/fs/{{fs_id}}/nack", None, {"reason_code": 2, "reason": "pembeli salah pilih varian"})
    assert stock(mock, sku)["available"] == before


def test_lenient_a_write_by_either_id_changes_the_one_record(mock: Control) -> None:
    choose(mock, modify_after_merge="lenient")
    sku = stock_sku(mock)
    merge(mock)
    client, other = tokopedia(mock), tiktok(mock)
    shown = product(mock, sku)
    for given, price in ((shown["basic"]["productID"], 51_000), (shown["tts_product_id"], 52_000)):
        client.data("POST", PRICE, {"shop_id": client.shop_id}, [{"product_id": int(given), "new_price": price}])
        copy = other.data("GET", f"/product/202309/products/{shown['tts_product_id']}")
        assert copy["skus"][0]["price"]["tax_exclusive_price"] == str(price)


# ---- 4 copies, variants, product merge -------------------------------------------------------------------------------------------------------------


def parent_of(mock: Control) -> dict[str, Any]:
    return next(row for row in shelf(mock) if row["variant"].get("isParent") and row["basic"]["status"] == 1)


def test_a_parent_becomes_one_product_with_a_sku_per_child_and_all_carry_its_id(mock: Control) -> None:
    parent = parent_of(mock)
    merge(mock)
    client = tokopedia(mock)
    family = client.data("GET", INFO, {"product_id": ",".join(map(str, [parent["basic"]["productID"], *parent["variant"]["childrenID"]]))})
    mapped = {row["tts_product_id"] for row in family}
    assert len(family) == 1 + len(parent["variant"]["childrenID"]) and len(mapped) == 1
    assert not any("tts_sku_id" in row for row in family)
    copy = tiktok(mock).data("GET", f"/product/202309/products/{mapped.pop()}")
    children = [row for row in family if row["variant"].get("isVariant")]
    assert sorted(sku.get("seller_sku", "") for sku in copy["skus"]) == sorted(row["other"]["sku"] for row in children)
    assert all("seller_sku" not in sku or sku["seller_sku"] for sku in copy["skus"])


def test_the_sku_id_is_told_where_the_setting_says_so(mock: Control) -> None:
    choose(mock, tts_sku_id=True)
    parent = parent_of(mock)
    merge(mock)
    child = tokopedia(mock).data("GET", INFO, {"product_id": parent["variant"]["childrenID"][0]})[0]
    copy = tiktok(mock).data("GET", f"/product/202309/products/{child['tts_product_id']}")
    assert child["tts_sku_id"] in [sku["id"] for sku in copy["skus"]]


def test_a_copy_keeps_a_short_name_but_an_edit_of_the_title_must_obey_the_bounds(mock: Control) -> None:
    client = tokopedia(mock)
    short = next(row for row in shelf(mock) if len(row["basic"]["name"]) < 25 and row["basic"]["status"] == 1 and not row["variant"])
    merge(mock)
    mock("POST", "migration/confirm-product-merge", {"default": "keep"})
    wire = client.data("GET", INFO, {"product_id": short["basic"]["productID"]})[0]["tts_product_id"]
    signed = tiktok(mock)
    copy = signed.data("GET", f"/product/202309/products/{wire}")
    assert copy["title"] == short["basic"]["name"]
    assert signed.call("POST", f"/product/202309/products/{wire}/partial_edit", None, {"title": "Terlalu pendek"})["code"] == 12052051


def test_the_retired_id_is_not_found_and_named_in_batches_while_tts_product_id_names_the_survivor(mock: Control) -> None:
    merge(mock)
    pair = mock("GET", "migration/product-merge")["proposed"][0]
    retired, survivor, toko = pair["copy_id"], pair["native_id"], pair["tokopedia_product_id"]
    mock("POST", "migration/confirm-product-merge")
    signed = tiktok(mock)
    assert signed.call("GET", f"/product/202309/products/{retired}")["code"] != 0
    batch = signed.call("POST", "/product/202309/products/deactivate", None, {"product_ids": [retired]})
    assert retired in orjson.dumps(batch["data"]["errors"]).decode()
    assert tokopedia(mock).data("GET", INFO, {"product_id": toko})[0]["tts_product_id"] == survivor


# ---- 5 ids -----------------------------------------------------------------------------------------------------------------------------------------


def test_a_reset_a_restore_and_a_new_workspace_each_begin_a_new_epoch(empty: Control) -> None:
    empty("PUT", "", {"seed": 7, "clock": {"mode": "frozen", "wire": "virtual"}})
    seen = [place(empty, "tokopedia")["order_id"]]
    empty("POST", "reset")
    seen.append(place(empty, "tokopedia")["order_id"])
    empty("POST", "snapshots", {"name": "s"})
    seen.append(place(empty, "tokopedia")["order_id"])
    empty("POST", "snapshots/s/restore")
    seen.append(place(empty, "tokopedia")["order_id"])
    assert len(set(seen)) == 4
    assert tokopedia(empty).call("GET", f"/v2/fs/{held(empty).credentials.fs_id}/order", {"order_id": seen[0]})[0] != 200


def test_repeating_ids_are_the_same_after_a_reset(mock: Control) -> None:
    first = place(mock, "tokopedia")["order_id"]
    mock("POST", "reset")
    assert place(mock, "tokopedia")["order_id"] == first


def test_ids_are_integers_on_one_platform_and_long_digit_strings_on_the_other(mock: Control) -> None:
    assert isinstance(place(mock, "tokopedia")["order_id"], int)
    other = place(mock, "tiktok_shop")["order_id"]
    assert isinstance(other, str) and other.isdigit() and 18 <= len(other) <= 19 and int(other) > 2**53


# ---- 7 orders ---------------------------------------------------------------------------------------------------------------------------------------


def test_a_shadow_shows_an_unshipped_order_on_both_sides_and_takes_no_units(mock: Control) -> None:
    choose(mock, shadow_inflight=True)
    sku = stock_sku(mock)
    order = place(mock, "tokopedia", items=[{"sku": sku, "quantity": 2}])
    merge(mock)
    signed = tiktok(mock)
    twins = [row for row in signed.data("POST", SEARCH, {"page_size": "100"}, {})["orders"] if row["line_items"][0].get("seller_sku") == sku and row.get("commerce_platform") == "TOKOPEDIA"]
    assert len(twins) == 1 and twins[0]["status"] == "AWAITING_SHIPMENT"
    before = stock(mock, sku)
    signed.data("POST", f"/fulfillment/202309/packages/{twins[0]['packages'][0]['id']}/ship", None, {"handover_method": "PICKUP"})
    mock("POST", "clock/advance", {"seconds": 7200, "deliver": "hold"})
    assert stock(mock, sku) == before
    assert mock("GET", f"orders/{order['key']}")["platform"] == "tokopedia"


def test_without_the_rule_no_order_shows_on_both_sides(mock: Control) -> None:
    place(mock, "tokopedia")
    merge(mock)
    rows = tiktok(mock).data("POST", SEARCH, {"page_size": "100"}, {})["orders"]
    assert not [row for row in rows if row.get("commerce_platform") == "TOKOPEDIA"]


def test_orders_of_one_buyer_to_one_address_can_be_combined(mock: Control) -> None:
    first, second = (place(mock, "tiktok_shop", buyer="sari") for _ in range(2))
    rows = tiktok(mock).data("GET", "/order/202309/orders", {"ids": f"{first['order_id']},{second['order_id']}"})["orders"]
    assert rows[0]["recipient_address"] == rows[1]["recipient_address"] and rows[0]["user_id"] == rows[1]["user_id"]


# ---- 9 authorisation -----------------------------------------------------------------------------------------------------------------------------------


def test_a_code_lives_until_it_is_used_unless_the_setting_gives_it_its_thirty_minutes(empty: Control) -> None:
    for name, settings, works in (("kind", {}, True), ("real", {"auth_code_life": 1800}, False)):
        spec = {"clock": {"mode": "frozen", "wire": "virtual"}, "settings": settings}
        empty("PUT", f"/_mock/workspaces/{name}", spec)
        empty.at = f"/_mock/workspaces/{name}"
        code = empty("POST", "auth-codes", {})["auth_code"]
        empty("POST", "clock/advance", {"seconds": DAY, "deliver": "hold"})
        client = tiktok(empty, name)
        told = client.unsigned("/api/v2/token/get", app_key=client.app_key, app_secret=client.app_secret, auth_code=code, grant_type="authorized_code")
        assert (told["code"] == 0) == works


def test_ready_tokens_and_credentials_of_default_are_the_same_at_every_start() -> None:
    told = []
    for _ in range(2):
        server, _ = made()
        workspace = server.simulator.create({}, name="default")
        signed = TikTokShop(server.simulator, workspace)
        told.append((signed.app_key, signed.app_secret, signed.token, signed.refresh_token, signed.cipher, Tokopedia(server.simulator, workspace).token))
    assert told[0] == told[1]


# ---- 10 reset, restore, fork ------------------------------------------------------------------------------------------------------------------------------


def test_a_reset_closes_the_journal_under_a_run_number_and_loses_nothing(mock: Control) -> None:
    tokopedia(mock).call("GET", "/v1/shop/fs/{fs_id}/shop-info")
    mock("POST", "reset")
    tokopedia(mock).call("GET", "/v1/shop/fs/{fs_id}/shop-info")
    assert [row["run"] for row in mock("GET", "journal")["exchanges"]] == [1, 2]


def test_a_restore_raises_the_revision(mock: Control) -> None:
    mock("POST", "snapshots", {"name": "s"})
    place(mock, "tokopedia")
    before = mock("GET", "")["revision"]
    mock("POST", "snapshots/s/restore")
    assert mock("GET", "")["revision"] > before


def test_webhooks_of_a_fork_are_held_until_released(mock: Control) -> None:
    mock("PUT", "webhook-urls", {"tiktok_shop": "http://127.0.0.1:9/hook"})
    forked = mock("POST", "fork", {})["id"]
    mock.at = f"/_mock/workspaces/{forked}"
    place(mock, "tiktok_shop")
    assert {row["status"] for row in mock("GET", "webhooks")["deliveries"]} == {"held"}
    mock("POST", "webhooks/release", {})
    assert "held" not in {row["status"] for row in mock("GET", "webhooks")["deliveries"]}


# ---- 11 quotas ----------------------------------------------------------------------------------------------------------------------------------------------


def test_a_rate_of_ones_own_is_announced_and_enforced_when_asked(mock: Control) -> None:
    client = tokopedia(mock)
    path = "/v1/shop/fs/{fs_id}/shop-info"
    mock("PUT", "settings", {"quota": "enforce", "rates": {"getShopInfo": 2}})
    replies = [client.reply("GET", path) for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert dict(replies[0].headers)["X-Ratelimit-Limit"] == "2 req/s (burst 2)"
    assert client.call("GET", INFO, {"shop_id": client.shop_id, "page": 1, "per_page": 1})[0] == 200


def test_quotas_refill_by_real_time_and_no_restore_gives_a_call_back(empty: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    second = 100.0
    empty.server.simulator.tick = lambda: second
    empty("PUT", "", {"quota": "enforce", "rates": {"getShopInfo": 1}, "clock": {"mode": "frozen", "wire": "virtual"}})
    client = tokopedia(empty)

    def status() -> int:
        return client.reply("GET", "/v1/shop/fs/{fs_id}/shop-info").status

    empty("POST", "snapshots", {"name": "s"})
    assert (status(), status()) == (200, 429)
    empty("POST", "snapshots/s/restore")
    empty("POST", "clock/advance", {"seconds": 3600})
    assert status() == 429
    second += 1
    assert status() == 200


def test_rates_that_cannot_be_are_refused_in_words(mock: Control) -> None:
    assert "did you mean 'getShopInfo'" in mock.refused("PUT", "settings", {"rates": {"getShopInfos": 2}})["detail"]
    assert "calls a second" in mock.refused("PUT", "settings", {"rates": {"getShopInfo": 0}})["detail"]
    assert "modify_after_merge" in mock.refused("PUT", "settings", {"settings": {"modify_after_merge": "perhaps"}})["detail"]
    assert mock("GET", "settings")["rates"] == {}


# ---- 13 addresses ----------------------------------------------------------------------------------------------------------------------------------------------


def document_url(mock: Control, origin: str) -> str:
    order = place(mock, "tiktok_shop")
    client = tiktok(mock)
    package = client.data("GET", "/order/202309/orders", {"ids": order["order_id"]})["orders"][0]["packages"][0]["id"]
    client.data("POST", f"/fulfillment/202309/packages/{package}/ship", None, {"handover_method": "PICKUP"})
    request = client.request("GET", f"/fulfillment/202309/packages/{package}/shipping_documents", {"document_type": "SHIPPING_LABEL"})
    url: str = orjson.loads(mock.server.simulator.answer(Request(request.method, request.path, request.query, request.headers, origin=origin)).body)["data"]["doc_url"]
    return url


def test_addresses_are_built_from_where_the_client_thinks_we_live(mock: Control) -> None:
    assert document_url(mock, "http://simulator:8700").startswith("http://simulator:8700/")
    assert document_url(mock, ORIGIN).startswith(ORIGIN)


@pytest.mark.parametrize(("rule", "status"), [("lenient", 200), ("platform", 400)])
def test_an_address_that_the_platform_would_refuse_is_taken_unless_the_rule_says_otherwise(rule: str, status: int, mock: Control) -> None:
    choose(mock, webhook_url_rules=rule)
    client = tokopedia(mock)
    reply = client.reply("POST", "/v1/fs/{fs_id}/register", None, {"order_notification_url": "http://127.0.0.1:9000/hook"})
    assert reply.status == status
    journal = mock("GET", "journal")["exchanges"][-1]
    assert "https" in (journal["reason"] if status != 200 else " ".join(journal["notes"]))


# ---- 14 what every reply and log line tells ------------------------------------------------------------------------------------------------------------------------


def test_every_reply_names_its_exchange_and_a_refused_one_is_logged_in_words_without_secrets(mock: Control) -> None:
    client = tokopedia(mock)
    token = client.token
    seen = []
    mock.server.simulator.listeners.append(seen.append)
    reply = client.reply("GET", "/v1/shop/fs/1/shop-info")
    client.token = "c:wrong"
    client.reply("GET", "/v1/shop/fs/{fs_id}/shop-info")
    number = dict(reply.headers)["X-Mock-Exchange"]
    assert mock("GET", f"/_mock/exchanges/{number}")["reason"]
    line = log_line(seen[0])
    assert f"[exchange {number}]" in line and "w/" in line and "GET /v1/shop/fs/1/shop-info" in line and "fs_id" in line
    everything = orjson.dumps([mock("GET", f"/_mock/exchanges/{one.id}") for one in seen]).decode() + "".join(map(log_line, seen))
    assert token not in everything and client.workspace.credentials.client_secret not in everything
