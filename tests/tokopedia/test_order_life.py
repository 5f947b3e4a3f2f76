"""An order's whole life on Tokopedia: every number of its status, every way out, and stock that is never lost."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seller import DAY, Seller

from mockplatforms.domain import acceptance, cancellations, clock, orders, placing, products, shipping, shops
from mockplatforms.domain.errors import Refused
from mockplatforms.domain.orders import ALLOWED, Act, Status
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.world import World


@pytest.fixture
def seller() -> Seller:
    return Seller()


def ack(seller: Seller, order: dict[str, Any], body: Any = None) -> Any:
    return seller.post(f"/v1/order/{order['order_id']}/fs/{{fs_id}}/ack", body)


def nack(order: dict[str, Any]) -> str:
    return f"/v1/order/{order['order_id']}/fs/{{fs_id}}/nack"


def status(order: dict[str, Any]) -> str:
    return f"/v1/order/{order['order_id']}/fs/{{fs_id}}/status"


def numbers(seller: Seller, order: dict[str, Any]) -> list[int]:
    """The numbers of the order's history, the oldest first."""
    return [row["hist_status_code"] for row in seller.single(order["order_id"])["order_info"]["order_history"]][::-1]


def test_the_way_of_a_picked_up_order(seller: Seller) -> None:
    order = seller.accepted()
    seller.post("/inventory/v1/fs/{fs_id}/pick-up", {"order_id": order["order_id"], **seller.shop})
    for seconds in (7200, 172800, 172800):
        seller.advance(seconds)
    assert numbers(seller, order) == [100, 220, 400, 450, 500, 600, 700]
    assert seller.single(order["order_id"])["order_info"]["shipping_info"]["awb"]


def test_the_way_of_a_dropped_off_order(seller: Seller) -> None:
    order = seller.accepted()
    assert seller.post(status(order), {"order_status": 500, "shipping_ref_num": "JX0001"}) == "Success"
    told = seller.single(order["order_id"])
    assert (told["order_status"], told["order_info"]["shipping_info"]["awb"]) == (500, "JX0001")
    assert seller.post(status(order), {"order_status": 600, **seller.shop}) == "Success"
    assert seller.single(order["order_id"])["order_status"] == 600


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"order_status": 500}, "ORD_DLV_021"),
        ({"order_status": 600}, "ORD_DLV_022"),
        ({"order_status": 600, "shop_id": 1}, "ORD_USC_016"),
        ({"order_status": 700, "shipping_ref_num": "x"}, "ORD_DLV_023"),
        (b"{", "ORD_DLV_020"),
    ],
)
def test_a_confirmation_that_cannot_be_is_refused(body: Any, code: str, seller: Seller) -> None:
    assert seller.refused("POST", status(seller.accepted()), body) == (400, code)


def test_what_the_state_forbids_has_the_code_of_its_endpoint(seller: Seller) -> None:
    order = seller.order()
    assert seller.refused("POST", status(order), {"order_status": 500, "shipping_ref_num": "x"}) == (400, "LGS_USC_006")
    assert seller.refused("POST", "/inventory/v1/fs/{fs_id}/pick-up", {"order_id": order["order_id"]}) == (400, "LGS_USC_007")
    ack(seller, order)
    assert seller.refused("POST", f"/v1/order/{order['order_id']}/fs/{{fs_id}}/ack") == (400, "ORD_USC_007")


def test_an_order_that_is_not_accepted_in_time_is_cancelled_by_the_system(seller: Seller) -> None:
    order = seller.order()
    seller.advance(DAY)
    told = seller.single(order["order_id"])
    assert told["order_status"] == 6
    assert told["order_info"]["order_history"][0]["action_by"] == "system-automatic"


def test_an_order_that_is_not_shipped_in_time_is_cancelled(seller: Seller) -> None:
    order = seller.accepted()
    seller.advance(4 * DAY)
    assert seller.single(order["order_id"])["order_status"] == 0


def test_a_buyers_wish_to_cancel_is_granted_by_reason_8_or_declined(seller: Seller) -> None:
    order, other = seller.accepted(), seller.accepted()
    assert seller.refused("POST", nack(order), {"reason_code": 8, "reason": "ok"}) == (400, "ORD_USC_019")
    for one in (order, other):
        seller.mock("POST", f"orders/{one['key']}/request-cancel", {"reason": "salah alamat"})
        assert seller.single(one["order_id"])["cancel_request_info"]["status"] == 1
    seller.post(nack(order), {"reason_code": 8, "reason": "ok"})
    assert seller.single(order["order_id"])["order_status"] == 10
    seller.post(f"/v1/order/{other['order_id']}/fs/{{fs_id}}/reject-cancel")
    told = seller.single(other["order_id"])
    assert (told["order_status"], told["cancel_request_info"]["status"]) == (400, 0)


def test_a_wish_to_cancel_is_granted_even_once_the_courier_is_called(seller: Seller) -> None:
    order = seller.accepted()
    seller.post("/inventory/v1/fs/{fs_id}/pick-up", {"order_id": order["order_id"]})
    seller.mock("POST", f"orders/{order['key']}/request-cancel", {})
    seller.post(nack(order), {"reason_code": 8, "reason": "ok"})
    assert seller.single(order["order_id"])["order_status"] == 10


def test_reason_1_takes_products_out_of_stock_and_reason_4_closes_the_shop(seller: Seller) -> None:
    thing = seller.simple()
    order = seller.order(items=[{"sku": thing["other"]["sku"], "quantity": 1}])
    seller.post(nack(order), {"reason_code": 1, "reason": "habis", "empty_products": [thing["basic"]["productID"]]})
    assert seller.stock(thing["other"]["sku"]) == 0
    assert seller.refused("POST", nack(seller.order()), {"reason_code": 4, "shop_close_end_date": "01/01/2020", "shop_close_note": "libur"}) == (400, "ORD_USC_013")
    seller.post(nack(seller.order()), {"reason_code": 4, "shop_close_end_date": "31/12/2030", "shop_close_note": "libur"})
    info = seller.whole("GET", "/v1/shop/fs/{fs_id}/shop-info")["data"][0]
    assert (info["is_open"], info["status"]) == (0, 2)


def test_an_empty_product_must_be_in_the_order(seller: Seller) -> None:
    order = seller.order(items=[{"sku": seller.simple()["other"]["sku"], "quantity": 1}])
    assert seller.refused("POST", nack(order), {"reason_code": 1, "empty_products": [1]}) == (400, "ORD_USC_011")


def test_a_partial_acceptance_gives_units_back_and_lowers_the_sum(seller: Seller) -> None:
    thing = seller.simple()
    sku, wire = thing["other"]["sku"], thing["basic"]["productID"]
    before = seller.stock(sku)
    order = seller.order(items=[{"sku": sku, "quantity": 3}])
    whole = seller.single(order["order_id"])["item_price"]
    ack(seller, order, {"products": [{"product_id": wire, "quantity_deliver": 2, "quantity_reject": 1}]})
    told = seller.single(order["order_id"])
    assert (told["item_price"], seller.stock(sku)) == (whole * 2 // 3, before - 2)
    assert [(row["quantity_deliver"], row["quantity_reject"]) for row in told["order_info"]["order_detail"]] == [(2, 1)]


def test_a_partial_fulfilment_is_asked_for_once_and_settled_by_the_buyer(seller: Seller) -> None:
    thing = seller.simple()
    sku = thing["other"]["sku"]
    before = seller.stock(sku)
    order = seller.order(items=[{"sku": sku, "quantity": 3}])
    line = seller.single(order["order_id"])["order_info"]["order_detail"][0]["order_detail_id"]
    ask = f"/v1/order/{order['order_id']}/fs/{{fs_id}}/pof/request"
    for units, code in ((4, "ORD_API_010"), (3, "ORD_API_013"), (0, "ORD_API_010")):
        assert seller.refused("POST", ask, {"pof_detail": [{"order_dtl_id": line, "quantity_request": units}]}) == (400, code)
    assert seller.post(ask, {"pof_detail": [{"order_dtl_id": line, "quantity_request": 1}]}) == {"success": True}
    assert seller.refused("POST", ask, {"pof_detail": [{"order_dtl_id": line, "quantity_request": 2}]}) == (400, "ORD_API_011")
    assert seller.single(order["order_id"])["pof_info"]["pof_detail_info"][0]["quantity_request"] == 1
    seller.mock("POST", f"orders/{order['key']}/approve-partial", {})
    assert (seller.stock(sku), seller.single(order["order_id"])["pof_info"]["pof_status"]) == (before - 1, 2)


@pytest.mark.parametrize("number", [501, 520, 530, 540])
def test_a_courier_puts_other_numbers_on_an_order_on_its_way(number: int, seller: Seller) -> None:
    order = seller.accepted()
    seller.post(status(order), {"order_status": 500, "shipping_ref_num": "JX1"})
    seller.mock("POST", f"orders/{order['key']}/mark", {"number": number})
    assert seller.single(order["order_id"])["order_status"] == number
    now = seller.workspace.now().wire
    listed = seller.get("/v2/order/list", fs_id=seller.api.fs_id, from_date=now - DAY, to_date=now, page=1, per_page=10, status=number)
    assert [row["order_id"] for row in listed] == [order["order_id"]]
    seller.mock("POST", f"orders/{order['key']}/deliver", {})
    assert seller.single(order["order_id"])["order_status"] == 600


def test_lists_filter_by_every_number(seller: Seller) -> None:
    rejected, waiting = seller.order(), seller.order()
    seller.post(nack(rejected), {"reason_code": 5, "reason": "lain"})
    now = seller.workspace.now().wire

    def listed(**query: Any) -> list[int]:
        asked = {"fs_id": seller.api.fs_id, "from_date": now - DAY, "to_date": now, "page": 1, "per_page": 100, **query}
        return [row["order_id"] for row in seller.get("/v2/order/list", **asked)]

    assert rejected["order_id"] in listed(status=10) and waiting["order_id"] not in listed(status=10)
    assert waiting["order_id"] in listed(status=220) and rejected["order_id"] not in listed(status=220)
    assert listed(status=801) == []
    assert set(listed()) >= {rejected["order_id"], waiting["order_id"]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"fs_id": ""}, "ORD_DLV_001"),
        ({"fs_id": "x"}, "ORD_DLV_002"),
        ({"from_date": ""}, "ORD_DLV_009"),
        ({"from_date": "x"}, "ORD_DLV_010"),
        ({"to_date": ""}, "ORD_DLV_011"),
        ({"to_date": "1.5"}, "ORD_DLV_012"),
        ({"page": "x"}, "ORD_DLV_015"),
        ({"per_page": ""}, "ORD_DLV_016"),
        ({"per_page": "x"}, "ORD_DLV_017"),
        ({"status": "new"}, "ORD_DLV_018"),
        ({"warehouse_id": "1"}, "ORD_DLV_008"),
        ({"from_date": "1"}, "ORD_DLV_013"),
    ],
)
def test_a_list_that_cannot_be_is_refused_with_the_code_of_its_cause(change: dict[str, str], code: str, seller: Seller) -> None:
    now = seller.workspace.now().wire
    query = {"fs_id": str(seller.api.fs_id), "from_date": str(now - DAY), "to_date": str(now), "page": "1", "per_page": "10", **change}
    status, answer = seller.api.call("GET", "/v2/order/list", {**seller.shop, **query})
    if code == "ORD_DLV_002":
        assert status == 403  # another app's number is told by the gateway
    else:
        assert (status, answer["header"]["error_code"]) == (400, code)


def test_orders_of_one_warehouse_are_listed(seller: Seller) -> None:
    order = seller.order()
    place = seller.single(order["order_id"])["order_warehouse"]["warehouse_id"]
    now = seller.workspace.now().wire
    asked = {"fs_id": seller.api.fs_id, "from_date": now - DAY, "to_date": now, "page": 1, "per_page": 100, "warehouse_id": place}
    rows = seller.api.data("GET", "/v2/order/list", asked)
    assert order["order_id"] in [row["order_id"] for row in rows] and {row["warehouse_id"] for row in rows} == {place}


def test_the_list_of_2017_has_its_own_envelope(seller: Seller) -> None:
    order = seller.order()
    now = seller.workspace.now().wire
    told = seller.whole("GET", "/v1/order/list", fs_id=seller.api.fs_id, from_date=now - DAY, to_date=now, page=1, per_page=100)
    assert order["order_id"] in [row["order_id"] for row in told["data"]] and "header" not in told


def test_a_label_is_a_page_once_the_order_is_accepted_and_marks_it_as_printed(seller: Seller) -> None:
    order = seller.order()
    label = f"/v1/order/{order['order_id']}/fs/{{fs_id}}/shipping-label"
    assert seller.refused("GET", label) == (500, "ORD_API_008")
    ack(seller, order)
    for path, printed in ((f"{label}?printed=0", False), (label, True)):
        reply = seller.api.reply("GET", path.partition("?")[0], {"printed": "0"} if "?" in path else {})
        assert reply.content_type.startswith("text/html") and b"<svg" in reply.body and b"<!DOCTYPE html>" in reply.body
        serial = int(order["key"].removeprefix("order-"))
        assert orders.find(seller.workspace.world, serial).label_printed is printed
    assert seller.api.reply("GET", label.replace("/v1/", "/v2/")).status == 200


def test_fulfilment_orders_tell_booking_codes_and_go_on_from_a_cursor(seller: Seller) -> None:
    made = [seller.accepted()["order_id"] for _ in range(3)]
    first = seller.whole("GET", "/v1/fs/{fs_id}/fulfillment_order", order_id=made[0])
    assert first["status"] == "200" and first["data"]["order_data"][0]["booking_data"]["booking_code"]
    after = seller.get("/v1/fs/{fs_id}/fulfillment_order", next_order_id=made[0], per_page=2)
    assert [row["order"]["order_id"] for row in after["order_data"]] == made[1:]
    before = seller.get("/v1/fs/{fs_id}/fulfillment_order", first_order_id=made[2], per_page=1)
    assert [row["order"]["order_id"] for row in before["order_data"]] == [made[1]]
    assert seller.refused("GET", "/v1/fs/{fs_id}/fulfillment_order", next_order_id="x") == (400, "ORD_DLV_025")


def test_a_completed_order_is_disbursed_and_a_complaint_becomes_a_ticket(seller: Seller) -> None:
    order, other = seller.accepted(), seller.accepted()
    for one in (order, other):
        seller.post(status(one), {"order_status": 500, "shipping_ref_num": "JX1"})
        seller.mock("POST", f"orders/{one['key']}/deliver", {})
    seller.mock("POST", f"orders/{order['key']}/complete", {})
    seller.mock("POST", f"orders/{other['key']}/complain", {})
    today = orjson.loads(orjson.dumps(seller.single(order["order_id"])["create_time"]))[:10]
    saldo = seller.get(f"/v1/fs/{{fs_id}}/shop/{seller.api.shop_id}/saldo-history", from_date=today, to_date=today, page=1, per_page=10)
    row = saldo["saldo_history"][0]
    assert row["type"] == 1001 and row["note"].endswith(seller.single(order["order_id"])["invoice_number"]) and row["amount"] > 0
    tickets = seller.get("/resolution/v1/fs/{fs_id}/ticket", from_date=today, to_date=today)["shops"][0]["ticket"]
    assert [row["invoice_number"] for row in tickets] == [seller.single(other["order_id"])["invoice_number"]]


# ---- laws ---------------------------------------------------------------------------------------------------------------------------------------------

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["accept", "less", "reject", "pickup", "ship", "collect", "deliver", "complete", "complain", "return", "ask", "grant", "decline", "cancel", "expire", "partial", "approve", "mark"]),
        st.integers(0, 3),
    ),
    max_size=25,
)
OF: dict[str, Any] = {
    "accept": lambda w, s: acceptance.accept(w, s),
    "less": lambda w, s: acceptance.accept(w, s, rejected={orders.find(w, s).items[0].serial: 1}),
    "reject": lambda w, s: acceptance.reject(w, s, code=5, reason="x"),
    "pickup": shipping.request_pickup,
    "ship": lambda w, s: shipping.confirm_shipping(w, s, "AWB"),
    "collect": shipping.collected,
    "deliver": shipping.delivered,
    "complete": orders.completed,
    "complain": orders.complain,
    "return": orders.returned,
    "ask": lambda w, s: cancellations.request_cancel(w, s, "x"),
    "grant": lambda w, s: cancellations.settle_cancel(w, s, "accepted"),
    "decline": lambda w, s: cancellations.settle_cancel(w, s, "rejected"),
    "cancel": lambda w, s: cancellations.cancelled(w, s, by="system", reason="x", code=0),
    "expire": clock.expire,
    "partial": lambda w, s: acceptance.request_partial(w, s, [(orders.find(w, s).items[0].serial, 1)]),
    "approve": lambda w, s: acceptance.settle_partial(w, s, "approved"),
    "mark": lambda w, s: orders.mark(w, s, 540),
}
GONE = (Status.IN_TRANSIT, Status.DELIVERED, Status.COMPLAINED, Status.COMPLETED)
TARGETS = {Act.ACCEPT: Status.ACCEPTED, Act.REQUEST_PICKUP: Status.ARRANGED, Act.DELIVER: Status.DELIVERED, Act.COMPLETE: Status.COMPLETED, Act.COMPLAIN: Status.COMPLAINED, Act.RETURN: Status.RETURNED, Act.CANCEL: Status.CANCELLED}


def legal(before: Status, after: Status) -> bool:
    """Whether some act leads from one status to the other."""
    if before is after:
        return True
    if after is Status.IN_TRANSIT:
        return before in ALLOWED[Platform.TOKOPEDIA, Act.CONFIRM_SHIPPING]
    return any(to is after and before in ALLOWED[Platform.TOKOPEDIA, act] for act, to in TARGETS.items())


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(story=ACTS)
def test_no_illegal_transition_is_reachable_and_no_unit_is_ever_lost(story: list[tuple[str, int]]) -> None:
    world: World = Seller().workspace.world
    owner = shops.sellers(world)[0]
    record = next(p for p in world.shelf(products.PRODUCTS).rows.values() if p.seller == owner.serial and p.home is Platform.TOKOPEDIA and not p.axes and sum(s.available for s in p.skus) > 8)
    sku = record.skus[0].serial

    def units(world: World) -> int:
        held = products.sku_of(products.find(world, record.serial), sku)
        return held.available + held.committed

    start = units(world)
    serials = []
    for _ in range(4):
        now = products.find(world, record.serial)
        line = placing.Line(now, products.sku_of(now, sku), 2)
        world, serial = placing.place(world, owner, [line], buyer=placing.buyer_named(world, None), buyer_app=Platform.TOKOPEDIA, platform=Platform.TOKOPEDIA)
        serials.append(serial)
    for name, at in story:
        before = orders.find(world, serials[at])
        try:
            world = OF[name](world, serials[at])
        except Refused:
            continue
        after = orders.find(world, serials[at])
        assert legal(before.status, after.status), (name, before.status, after.status)
        away = sum(item.delivered for serial in serials for item in orders.find(world, serial).items if orders.find(world, serial).status in GONE)
        assert units(world) == start - away
        held = products.sku_of(products.find(world, record.serial), sku)
        waiting = sum(item.delivered for serial in serials for item in orders.find(world, serial).items if orders.find(world, serial).status in (Status.PAID, Status.ACCEPTED, Status.ARRANGED))
        assert held.committed == waiting
