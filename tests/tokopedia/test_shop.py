"""A shop and its app: showcases, couriers, opening hours, chats, money, statistics, whitelist, switches and the end of the API."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest
from seller import DAY, Seller

from mockplatforms.gateway.call import Request

JAKARTA = 7 * 3600


@pytest.fixture
def seller() -> Seller:
    return Seller()


def today(seller: Seller, form: str = "%Y-%m-%d", days: int = 0) -> str:
    return time.strftime(form, time.gmtime(seller.workspace.now().wire + JAKARTA + days * DAY))


# ---- showcases ---------------------------------------------------------------------------------------------------------------------------------------


def test_a_showcase_is_made_renamed_and_deleted(seller: Seller) -> None:
    made = seller.post("/v1/showcase/fs/{fs_id}/create", {"name": "Diskon Ramadan"})["created_id"]
    names = {row["id"]: row["name"] for row in seller.get("/v1/showcase/fs/{fs_id}/get")["showcase"]}
    assert names[made] == "Diskon Ramadan"
    for method, name in (("PATCH", "Ramadan"), ("POST", "Lebaran")):
        seller.post("/v1/showcase/fs/{fs_id}/update", {"id": made, "name": name}, method=method)
        assert name in [row["etalase_name"] for row in seller.get("/inventory/v1/fs/{fs_id}/product/etalase")["etalase"]]
    seller.post("/v1/showcase/fs/{fs_id}/delete", {"id": made})
    assert made not in [row["id"] for row in seller.get("/v1/showcase/fs/{fs_id}/get")["showcase"]]
    assert seller.refused("POST", "/v1/showcase/fs/{fs_id}/delete", {"id": made}) == (400, "SHP_GRPC_003")


def test_two_showcases_never_share_a_name(seller: Seller) -> None:
    seller.post("/v1/showcase/fs/{fs_id}/create", {"Name": "Sama"})
    assert seller.refused("POST", "/v1/showcase/fs/{fs_id}/create", {"name": "sama"}) == (400, "PRD_DLV_041")
    assert seller.refused("POST", "/v1/showcase/fs/{fs_id}/create", {"name": "x" * 200}) == (400, "PRD_DLV_039")


@pytest.mark.parametrize(("query", "code"), [({"hide_zero": "x"}, "SHP_DLV_009"), ({"page_count": "999"}, "SHP_DLV_010"), ({"display": "x"}, "SHP_DLV_011"), ({"page_count": "x"}, "SHP_DLV_014")])
def test_a_list_of_showcases_that_cannot_be_is_refused(query: dict[str, str], code: str, seller: Seller) -> None:
    assert seller.refused("GET", "/v1/showcase/fs/{fs_id}/get", **query) == (400, code)


# ---- couriers ----------------------------------------------------------------------------------------------------------------------------------------


def test_a_service_that_is_turned_off_is_no_longer_active(seller: Seller) -> None:
    every = {row["shipper_id"]: [one["service_id"] for one in row["services"]] for row in seller.get("/v2/logistic/fs/{fs_id}/info")}
    assert every[1] == [1, 2, 6] or {1, 2, 6} <= set(every[1])

    def available() -> dict[int, int]:
        infos = seller.get("/v1/logistic/fs/{fs_id}/active-info")["Shops"][0]["ShipmentInfos"]
        return {one["ShippingProductID"]: one["IsAvailable"] for row in infos for one in row["ShipmentPackages"]}

    assert available()[6] == 1
    assert seller.post("/v2/logistic/fs/{fs_id}/update", {"1": {"6": 0}})["data"] == {"success": True}
    assert (available()[6], available()[1]) == (0, 1)
    seller.post("/v2/logistic/fs/{fs_id}/update", {"1": {"6": 1}})
    assert available()[6] == 1
    assert seller.refused("POST", "/v2/logistic/fs/{fs_id}/update", {"1": {"999": 0}}) == (400, "PRD_DLV_042")


# ---- open and closed -----------------------------------------------------------------------------------------------------------------------------------


def info(seller: Seller) -> dict[str, Any]:
    row: dict[str, Any] = seller.whole("GET", "/v1/shop/fs/{fs_id}/shop-info")["data"][0]
    return row


def test_a_shop_closes_for_some_days_and_opens_by_itself(seller: Seller) -> None:
    body = {**seller.shop, "action": "close", "start_date": today(seller, "%Y%m%d", 1), "end_date": today(seller, "%Y%m%d", 2), "close_note": "libur"}
    told = seller.whole("POST", "/v2/shop/fs/{fs_id}/shop-status", body)
    assert (told["header"]["error_code"], told["data"]["header"]["error_code"], told["data"]["header"]["Messages"]) == (200, "200", None)
    states = []
    for _ in range(4):
        states.append(info(seller)["is_open"])
        seller.advance(DAY)
    assert states == [1, 0, 0, 1]


def test_a_shop_closes_and_opens_at_once(seller: Seller) -> None:
    seller.whole("POST", "/v2/shop/fs/{fs_id}/shop-status", {**seller.shop, "action": "close", "close_now": True, "end_date": today(seller, "%Y%m%d", 3)})
    assert info(seller)["status"] == 2
    seller.whole("POST", "/v2/shop/fs/{fs_id}/shop-status", {**seller.shop, "action": "open"})
    assert info(seller)["status"] == 1


def test_a_closing_in_the_past_is_refused_in_the_double_envelope(seller: Seller) -> None:
    body = {**seller.shop, "action": "close", "start_date": "20200101", "end_date": "20200102"}
    status, answer = seller.api.call("POST", "/v2/shop/fs/{fs_id}/shop-status", None, body)
    assert status == 400 and answer["header"]["error_code"] == 500
    assert answer["data"]["header"]["error_code"] == "400" and "hari ini" in answer["data"]["header"]["Messages"][0]


def test_a_pharmacy_keeps_its_licences(seller: Seller) -> None:
    rows = [{**seller.shop, "pharmacy_info": {"sia_number": "SIA-1", "sia_license_expiration": 1893456000}}, {"shop_id": 1}]
    told = seller.whole("POST", "/v1/epharmacy/fs/{fs_id}/shop/attributes/update", rows)
    assert [row["message"] for row in told["data"]] == ["Updated Successfully", "Unauthorized"]
    held = seller.whole("GET", "/v1/epharmacy/fs/{fs_id}/shop/attributes/info")
    assert held["data"]["sia_number"] == "SIA-1" and "server_prosess_time" in held["header"]


# ---- chats ---------------------------------------------------------------------------------------------------------------------------------------------


def test_a_thread_with_an_orders_buyer_is_opened_once(seller: Seller) -> None:
    order = seller.order(buyer="dewi")["order_id"]
    first = seller.api.data("GET", "/v1/chat/fs/{fs_id}/initiate", {"order_id": order})
    assert first["is_success"] and seller.api.data("GET", "/v1/chat/fs/{fs_id}/initiate", {"order_id": order})["msg_id"] == first["msg_id"]
    seller.post(f"/v1/chat/fs/{{fs_id}}/messages/{first['msg_id']}/reply", {**seller.shop, "message": "Halo kak"})
    assert seller.get(f"/v1/chat/fs/{{fs_id}}/messages/{first['msg_id']}/replies", page=1, per_page=5)[0]["msg"] == "Halo kak"


# ---- money and statistics --------------------------------------------------------------------------------------------------------------------------------


def completed(seller: Seller) -> int:
    order = seller.accepted()
    seller.post(f"/v1/order/{order['order_id']}/fs/{{fs_id}}/status", {"order_status": 500, "shipping_ref_num": "JX1"})
    for act in ("deliver", "complete"):
        seller.mock("POST", f"orders/{order['key']}/{act}", {})
    wire: int = order["order_id"]
    return wire


def test_saldo_adds_up_pages_and_is_exported(seller: Seller) -> None:
    wires = [completed(seller) for _ in range(3)]
    path, day = f"/v1/fs/{{fs_id}}/shop/{seller.api.shop_id}/saldo-history", today(seller)
    rows = seller.get(path, from_date=day, to_date=day, page=1, per_page=500)["saldo_history"]
    amounts = [seller.single(wire)["item_price"] for wire in wires]
    assert [row["amount"] for row in rows[:3]] == amounts[::-1] and rows[0]["saldo"] - rows[2]["saldo"] == amounts[1] + amounts[2]
    assert seller.get(path, from_date=day, to_date=day, page=1, per_page=2)["have_next_page"] is True
    file = seller.reply("GET", path, from_date=day, to_date=day, page=1, per_page=10, export=1)
    assert file.content_type == "application/vnd.ms-excel" and b"<table" in file.body and str(rows[0]["deposit_id"]).encode() in file.body


@pytest.mark.parametrize(("query", "code"), [({"from_date": "x"}, "SHP_DLV_005"), ({"from_date": "2020-01-01"}, "SHP_DLV_007"), ({"page": "x"}, "SHP_DLV_003"), ({"per_page": "501"}, "SHP_DLV_004")])
def test_a_history_that_cannot_be_is_refused(query: dict[str, str], code: str, seller: Seller) -> None:
    asked = {"from_date": today(seller), "to_date": today(seller), "page": "1", "per_page": "10", **query}
    assert seller.refused("GET", f"/v1/fs/{{fs_id}}/shop/{seller.api.shop_id}/saldo-history", **asked) == (400, code)


def test_another_shops_money_is_nobodys_business(seller: Seller) -> None:
    assert seller.refused("GET", "/v1/fs/{fs_id}/shop/1/saldo-history", from_date=today(seller), to_date=today(seller)) == (403, "RBAC_MDLW_001")


def test_statistics_tell_what_was_sold(seller: Seller) -> None:
    completed(seller)
    window = {"start_date": today(seller, "%Y%m%d"), "end_date": today(seller, "%Y%m%d")}

    def told(name: str) -> Any:
        return seller.whole("GET", f"/v1/statistics/{name}/fs/{{fs_id}}/{seller.api.shop_id}", **window)["data"]

    assert told("shop_performance")["summary"]["trans_sum"] >= 1 and told("shop_performance")["cells"][0]["date"] == int(window["start_date"])
    assert told("product-statistics")["product_best_seller_info"]["cells"][0]["product.product_name"]
    assert told("transaction-statistics")["TransSummary"]["summary"]["success_sum"] == 1
    assert told("buyer-statistics")["buyer_graph"]["total_buyer"] >= 1


# ---- the app ---------------------------------------------------------------------------------------------------------------------------------------------


def test_the_whitelist_is_kept_and_enforced_where_the_rule_says_so(seller: Seller) -> None:
    assert seller.api.data("POST", "/v1/fs/{fs_id}/whitelist", None, {"insert": ["203.0.113.9", "10.0.0.0/8"]})["ip_whitelisted"] == ["203.0.113.9", "10.0.0.0/8"]
    assert seller.api.data("POST", "/v1/fs/{fs_id}/whitelist", None, {"delete": ["203.0.113.9"]})["ip_whitelisted"] == ["10.0.0.0/8"]
    assert seller.refused("POST", "/v1/fs/{fs_id}/whitelist", {"insert": ["999.1.1.1"]}) == (400, "PRD_DLV_042")

    def status(peer: str) -> int:
        headers = {"authorization": f"Bearer {seller.api.token}"}
        return seller.server.simulator.answer(Request("GET", f"/v1/fs/{seller.api.fs_id}/whitelist", "", headers, peer=peer)).status

    assert status("127.0.0.1") == 200
    seller.mock("PUT", "settings", {"settings": {"ip_whitelist": "enforce"}})
    assert (status("127.0.0.1"), status("10.1.2.3")) == (403, 200)


def test_switches_are_kept(seller: Seller) -> None:
    assert seller.api.data("POST", "/v1/fs/{fs_id}/state", None, {"switcher_webhook": True}) == {"switcher_webhook": True}
    assert seller.refused("POST", "/v1/fs/{fs_id}/state", {"switcher_webhook": "perhaps"}) == (400, "PRD_DLV_042")


def test_the_sunset_ends_writes_then_everything(seller: Seller) -> None:
    seller.listen()
    seller.mock("PUT", "sunset", {"t1": 0, "t2": DAY, "t3": 2 * DAY})
    order = seller.order()
    write = f"/v1/order/{order['order_id']}/fs/{{fs_id}}/ack"

    def answers() -> list[int]:
        register = seller.api.reply("POST", "/v1/fs/{fs_id}/register", None, {})
        return [seller.reply("GET", "/v1/shop/fs/{fs_id}/shop-info").status, seller.reply("POST", write).status, register.status, token()]

    def token() -> int:
        return seller.server.simulator.answer(Request("POST", "/token", "grant_type=client_credentials", basic(seller))).status

    assert answers() == [200, 200, 200, 200]
    seller.listen()
    seller.advance(DAY)
    assert answers() == [200, 403, 403, 200]
    before = len(seller.told("order_notification"))
    seller.order()
    assert len(seller.told("order_notification")) == before + 1
    seller.advance(DAY)
    assert answers() == [403, 403, 403, 403]
    seller.order()
    assert len(seller.told("order_notification")) == before + 1
    seller.mock("PUT", "sunset", {"on": False})
    assert answers()[0] == 200


def basic(seller: Seller) -> dict[str, str]:
    import base64

    held = seller.workspace.credentials
    return {"authorization": "Basic " + base64.b64encode(f"{held.client_id}:{held.client_secret}".encode()).decode()}


# ---- envelopes and quotas ---------------------------------------------------------------------------------------------------------------------------------


def test_double_slashes_and_capital_keys_are_tolerated(seller: Seller) -> None:
    assert seller.reply("GET", "//v1/shop/fs/{fs_id}/shop-info").status == 200
    wire = seller.simple()["basic"]["productID"]
    assert seller.post("/inventory/v1/fs/{fs_id}/price/update", [{"Product_ID": wire, "NEW_PRICE": 77000}])["succeed_rows"] == 1


def test_rows_beyond_the_quota_fail_one_by_one() -> None:
    seller = Seller()
    wires = [row["basic"]["productID"] for row in seller.products() if not row["variant"]][:3]
    seller.mock("PUT", "settings", {"quota": "enforce", "rates": {"updatePrice": 2}})
    told = seller.post("/inventory/v1/fs/{fs_id}/price/update", [{"product_id": wire, "new_price": 50000} for wire in wires])
    assert [row["message"] for row in told["failed_rows_data"]] == ["ERR_TOO_MANY_REQUEST"] and told["succeed_rows"] == 2
    assert seller.reply("POST", "/inventory/v1/fs/{fs_id}/price/update", [{"product_id": wires[0], "new_price": 1}]).status in (200, 429)


def test_mitra_answers_specimens_and_says_so(seller: Seller) -> None:
    reply = seller.reply("GET", "/mitra/integration/v1/fs/{fs_id}/driver")
    assert orjson.loads(reply.body)["data"] == {"drivers": []} and dict(reply.headers)["X-Mock-Inferred"] == "mitra"


def test_tokocabang_counts_units_by_warehouse(seller: Seller) -> None:
    thing = seller.simple()
    wire, place = thing["basic"]["productID"], thing["warehouses"][0]["warehouseID"]
    told = seller.post("/inventory/v1/fs/{fs_id}/stock/sync", [{"product_id": wire, "new_stock": 41}], warehouse_id=place)
    assert told == {"failed_rows": 0, "failed_rows_data": [], "succeed_rows": 1}
    rows = seller.get("/fulfillment/partner/fs/{fs_id}/inventory/stock", product_ids=f"{wire}")
    assert rows[0]["warehouse_stock"][0] == {"warehouse_id": place, "total_stock": 41, "campaign_stock": 0, "discount_stock": 0}
    assert seller.refused("GET", "/fulfillment/partner/fs/{fs_id}/inventory/stock", product_ids="x") == (400, "INVENTORY_002")


def test_tokocabang_triggers_a_notification_from_a_form(seller: Seller) -> None:
    seller.listen()
    order = seller.order()["order_id"]
    body = f'--b\r\ncontent-disposition: form-data; name="webhook_type"\r\n\r\norder_notification\r\n--b\r\ncontent-disposition: form-data; name="order_id"\r\n\r\n{order}\r\n--b--\r\n'
    before = len(seller.told("order_notification"))
    path = "/fulfillment/partner/fs/{fs_id}/webhook/trigger"
    assert seller.api.reply("POST", path, {}, body.encode(), headers={"content-type": "multipart/form-data; boundary=b"}).status == 200
    assert len(seller.told("order_notification")) == before + 1
