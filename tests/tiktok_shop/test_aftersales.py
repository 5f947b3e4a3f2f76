"""Cancellations, refunds and returns: who may do what when, what it costs, what it tells, and that nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from test_documented_shapes import undocumented

from mockplatforms import config
from mockplatforms.domain import aftersales, cancellations, orders, outbox, products, settlements, shipping, shops
from mockplatforms.domain.aftersales import Decision, Kind, State
from mockplatforms.domain.errors import Refused, ReturnState
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.world import World
from mockplatforms.gateway.call import Reply
from mockplatforms.server import clockwork, control
from mockplatforms.server.clocks import FIXED_BIRTH
from mockplatforms.server.live import Server
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import ids, reasons, returns, rows

_S = Platform.TIKTOK_SHOP
HOUR = 3600
BASE = "/return_refund/202309"
CANCEL = "seller_cancel_reason_out_of_stock"
REFUND = "ecom_order_delivered_refund_reason_damaged"


class Shop:
    """One TikTok Shop seller in virtual time, with the control API beside it."""

    def __init__(self) -> None:
        self.server = Server({**config.defaults(), "ids": "repeat", "log": "none"}, real=lambda: float(FIXED_BIRTH))
        spec = {"world": "small", "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}, "webhook_urls": {"tiktok_shop": "http://127.0.0.1:9/hook"}}
        self.workspace = self.server.simulator.create(spec, name="w")
        self.api = TikTokShop(self.server.simulator, self.workspace)

    def mock(self, method: str, path: str, body: Any = None) -> Any:
        raw = b"" if body is None else json.dumps(body).encode()
        answered = asyncio.run(control.answer(self.server, method, f"/_mock/workspaces/w/{path}", "", raw, origin="http://x"))
        assert not isinstance(answered, Reply), answered.body
        return answered[1]

    def advance(self, seconds: int) -> None:
        clockwork.run(clockwork.advance(self.workspace, self.workspace.now().world + seconds, deliver="hold"), lambda delivery: None)  # type: ignore[arg-type,return-value]

    def order(self, *, quantity: int = 2, at: str = "paid") -> dict[str, Any]:
        """An order of one SKU, as far as ``at``: paid, arranged, transit, delivered or completed."""
        told: dict[str, Any] = self.mock("POST", "orders", {"buyer_app": "tiktok_shop", "items": [{"sku": "KRP-01", "quantity": quantity}]})
        if at != "paid":
            self.workspace.apply(shipping.ship, orders.find(self.workspace.world, self.serial(told)).packages[0], handover="PICKUP")
        for act, reached in (("collect", "transit"), ("deliver", "delivered"), ("complete", "completed")):
            if at in ("transit", "delivered", "completed") and ("transit", "delivered", "completed").index(at) >= ("transit", "delivered", "completed").index(reached):
                self.mock("POST", f"orders/{told['key']}/{act}", {})
        return told

    def serial(self, order: dict[str, Any]) -> int:
        return int(order["key"].removeprefix("order-"))

    def ask(self, order: dict[str, Any], kind: str = "REFUND", **more: Any) -> str:
        told: str = self.mock("POST", "returns", {"order": order["key"], "kind": kind, **more})["return_id"]
        return told

    def act(self, request: str, name: str) -> dict[str, Any]:
        told: dict[str, Any] = self.mock("POST", f"returns/{request}/{name}", {})
        return told

    def approve(self, request: str, decision: str, **more: Any) -> Any:
        return self.api.call("POST", f"{BASE}/returns/{request}/approve", {}, {"decision": decision, **more})

    def reject(self, request: str, decision: str, reason: str) -> Any:
        return self.api.call("POST", f"{BASE}/returns/{request}/reject", {}, {"decision": decision, "reject_reason": reason})

    def shown(self, request: str) -> dict[str, Any]:
        found = self.api.data("POST", f"{BASE}/returns/search", {"page_size": "10"}, {"return_ids": [request]})["return_orders"]
        assert len(found) == 1
        row: dict[str, Any] = found[0]
        return row

    def act_shown(self, request: str) -> dict[str, Any]:
        """A request as the control API tells it."""
        found: dict[str, Any] = next(row for row in self.mock("GET", "returns")["returns"] if row["return_id"] == request)
        return found

    def stock(self) -> int:
        owner = shops.sellers(self.workspace.world)[0]
        return sum(sku.available for _, sku in products.by_seller_sku(self.workspace.world, owner.serial, "KRP-01", _S))

    def told(self, number: int) -> list[dict[str, Any]]:
        rows_ = sorted(self.workspace.world.shelf(outbox.DELIVERIES).rows.values(), key=lambda row: row.serial)
        return [body["data"] for row in rows_ if row.platform == "tiktok_shop" and (body := orjson.loads(row.body))["type"] == number]


@pytest.fixture
def shop() -> Shop:
    return Shop()


# ---- cancellations -------------------------------------------------------------------------------------------------------------------------------


def cancel(shop: Shop, order: dict[str, Any], reason: str = "seller_cancel_reason_out_of_stock", **more: Any) -> Any:
    return shop.api.call("POST", f"{BASE}/cancellations", {}, {"order_id": order["order_id"], "cancel_reason": reason, **more})


def cancellations_of(shop: Shop, **body: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.api.data("POST", f"{BASE}/cancellations/search", {"page_size": "50"}, body)["cancellations"]
    return found


def test_a_seller_cancels_an_order_and_its_units_are_free_again(shop: Shop) -> None:
    before = shop.stock()
    order = shop.order()
    told = cancel(shop, order)["data"]
    assert told["cancel_status"] == "CANCELLATION_REQUEST_SUCCESS" and shop.stock() == before
    row = cancellations_of(shop, cancel_ids=[told["cancel_id"]])[0]
    assert (row["cancel_type"], row["cancel_status"], row["role"]) == ("CANCEL", "CANCELLATION_REQUEST_COMPLETE", "SELLER")
    detail = shop.api.data("GET", "/order/202309/orders", {"ids": order["order_id"]})["orders"][0]
    assert row["refund_amount"]["refund_total"] == detail["payment"]["total_amount"] and len(row["cancel_line_items"]) == 2
    assert shop.told(11)[-1]["cancel_status"] == "CANCELLATION_REQUEST_COMPLETE"


@pytest.mark.parametrize(
    ("at", "reason", "more", "code"),
    [
        ("paid", "no_such_reason", {}, 25001014),
        ("paid", "ecom_order_to_ship_canceled_reason_better_price", {}, 25001015),
        ("paid", "seller_cancel_unpaid_reason_wrong_price", {}, 25001021),
        ("paid", "seller_cancel_reason_wrong_price", {"order_line_item_ids": ["1"]}, 25005010),
        ("transit", "seller_cancel_reason_wrong_price", {}, 25001045),
        ("delivered", "seller_cancel_reason_wrong_price", {}, 25001051),
    ],
)
def test_a_cancellation_that_cannot_be_is_refused(at: str, reason: str, more: dict[str, Any], code: int, shop: Shop) -> None:
    order = shop.order(at=at)
    before = shop.workspace.world
    assert cancel(shop, order, reason, **more)["code"] == code
    assert shop.workspace.world is before


def test_an_order_is_not_cancelled_by_what_was_not_in_it(shop: Shop) -> None:
    order = shop.order(quantity=1)
    assert cancel(shop, order, skus=[{"sku_id": "9", "quantity": 1}])["code"] == 25005010
    line = shop.api.data("GET", "/order/202309/orders", {"ids": order["order_id"]})["orders"][0]["line_items"][0]
    assert cancel(shop, order, skus=[{"sku_id": line["sku_id"], "quantity": 1}])["code"] == 0


def test_an_order_of_which_something_is_asked_back_is_not_cancelled_and_paid_back_twice(shop: Shop) -> None:
    order = shop.order(at="arranged")
    request = shop.ask(order, units=1)
    before = shop.workspace.world
    assert cancel(shop, order)["code"] == 25001011
    assert shop.workspace.world is before
    told = shop.api.data("GET", f"{BASE}/orders/{order['order_id']}/aftersale_eligibility")["sku_eligibility"][0]["line_item_eligibility"]
    assert [(row["request_type"], row["eligible"], row.get("ineligible_code")) for row in told if row["request_type"] == "CANCEL"] == [("CANCEL", False, 25001011)]
    shop.act(request, "withdraw")
    assert cancel(shop, order)["code"] == 0


def test_a_seller_who_has_rejected_a_wish_may_cancel_and_it_is_the_sellers_own_cancellation(shop: Shop) -> None:
    order = shop.order()
    shop.mock("POST", f"orders/{order['key']}/request-cancel", {})
    wish = cancellations_of(shop, order_ids=[order["order_id"]])[0]
    shop.api.data("POST", f"{BASE}/cancellations/{wish['cancel_id']}/reject", {}, {"reject_reason": "seller_reject_apply_product_has_been_packed"})
    shop.advance(60)
    cancel(shop, order)
    row = cancellations_of(shop, order_ids=[order["order_id"]])[0]
    assert (row["cancel_type"], row["role"], row["create_time"]) == ("CANCEL", "SELLER", wish["create_time"] + 60)
    assert [(data["cancel_status"].removeprefix("CANCELLATION_REQUEST_"), data["cancellations_role"]) for data in shop.told(11)] == [
        ("PENDING", "BUYER"),
        ("CANCELLED", "BUYER"),
        ("SUCCESS", "SELLER"),
        ("COMPLETE", "SELLER"),
    ]


def test_a_wish_that_the_platform_grants_is_the_buyers_cancellation_to_the_end(shop: Shop) -> None:
    order = shop.order()
    shop.mock("POST", f"orders/{order['key']}/request-cancel", {})
    shop.advance(49 * HOUR)
    assert cancellations_of(shop, order_ids=[order["order_id"]])[0]["role"] == "BUYER"
    assert {data["cancellations_role"] for data in shop.told(11) if data["order_id"] == order["order_id"]} == {"BUYER"}


def test_nothing_goes_back_of_what_would_be_paid_in_cash_on_delivery(shop: Shop) -> None:
    order = shop.mock("POST", "orders", {"buyer_app": "tiktok_shop", "items": [{"sku": "KRP-01"}], "cod": True})
    body = {"order_id": order["order_id"], "reason_name": CANCEL, "request_type": "CANCEL"}
    assert shop.api.data("POST", f"{BASE}/refunds/calculate", {}, body)["order_refund_amount"]["refund_total"] == "0"
    shop.workspace.apply(shipping.ship, orders.find(shop.workspace.world, shop.serial(order)).packages[0], handover="PICKUP")
    with pytest.raises(ReturnState, match="cash on delivery"):
        shop.workspace.apply(aftersales.ask, shop.serial(order), Kind.REFUND, by="buyer", reason=REFUND)
    cancel(shop, order)
    row = cancellations_of(shop, order_ids=[order["order_id"]])[0]
    assert row["refund_amount"]["refund_total"] == row["cancel_line_items"][0]["refund_amount"]["refund_total"] == "0"


def test_goods_paid_in_cash_can_be_paid_back_once_they_are_there(shop: Shop) -> None:
    order = shop.mock("POST", "orders", {"buyer_app": "tiktok_shop", "items": [{"sku": "KRP-01"}], "cod": True})
    shop.workspace.apply(shipping.ship, orders.find(shop.workspace.world, shop.serial(order)).packages[0], handover="PICKUP")
    shop.mock("POST", f"orders/{order['key']}/collect", {})
    shop.mock("POST", f"orders/{order['key']}/deliver", {})
    assert shop.approve(shop.ask(order), "APPROVE_REFUND")["code"] == 0


def test_an_order_is_cancelled_once(shop: Shop) -> None:
    order = shop.order()
    cancel(shop, order)
    assert cancel(shop, order)["code"] == 25001011
    assert cancel(shop, {"order_id": "1"})["code"] == 25007006


def test_a_buyers_wish_is_approved_and_a_retry_with_its_key_does_nothing_more(shop: Shop) -> None:
    order = shop.order()
    shop.mock("POST", f"orders/{order['key']}/request-cancel", {})
    row = cancellations_of(shop, cancel_status=["CANCELLATION_REQUEST_PENDING"])[0]
    assert row["cancel_type"] == "BUYER_CANCEL" and row["seller_next_action_response"][0]["action"] == "SELLER_RESPOND_CANCEL"
    path = f"{BASE}/cancellations/{row['cancel_id']}/approve"
    assert shop.api.call("POST", path, {"idempotency_key": "k1"})["code"] == 0
    before = shop.workspace.world
    assert shop.api.call("POST", path, {"idempotency_key": "k1"})["code"] == 0
    assert shop.api.call("POST", path)["code"] == 25020009
    assert shop.workspace.world is before
    assert [one["cancel_status"].rpartition("_")[2] for one in shop.told(11) if one["order_id"] == order["order_id"]] == ["PENDING", "SUCCESS", "COMPLETE"]


def test_a_buyers_wish_is_rejected_for_a_listed_reason(shop: Shop) -> None:
    order = shop.order()
    shop.mock("POST", f"orders/{order['key']}/request-cancel", {})
    cancel_id = cancellations_of(shop)[-1]["cancel_id"]
    listed = shop.api.data("GET", f"{BASE}/reject_reasons", {"return_or_cancel_id": cancel_id})["reasons"]
    path = f"{BASE}/cancellations/{cancel_id}/reject"
    assert shop.api.call("POST", path, {}, {"reject_reason": "x"})["code"] == 25001014
    assert shop.api.call("POST", path, {}, {"reject_reason": "reverse_reject_request_reason_1"})["code"] == 25001016
    assert shop.api.call("POST", path, {}, {"reject_reason": listed[0]["name"]})["code"] == 0
    assert cancellations_of(shop, cancel_ids=[cancel_id])[0]["cancel_status"] == "CANCELLATION_REQUEST_CANCELLED"
    assert cancellations_of(shop, cancel_status=["CANCELLATION_REQUEST_CANCEL"], cancel_ids=[cancel_id])
    assert shop.api.call("POST", path, {}, {"reject_reason": listed[0]["name"]})["code"] == 25011011
    assert cancel(shop, order)["code"] == 0


def test_cancellations_are_found_by_each_filter_and_page(shop: Shop) -> None:
    made = [shop.order() for _ in range(3)]
    for order in made:
        cancel(shop, order)
    first = shop.api.data("POST", f"{BASE}/cancellations/search", {"page_size": "2"}, {"order_ids": [order["order_id"] for order in made]})
    rest = shop.api.data("POST", f"{BASE}/cancellations/search", {"page_size": "2", "page_token": first["next_page_token"]}, {"order_ids": [order["order_id"] for order in made]})
    assert [row["order_id"] for row in first["cancellations"] + rest["cancellations"]] == [order["order_id"] for order in made]
    assert cancellations_of(shop, cancel_types=["BUYER_CANCEL"], order_ids=[made[0]["order_id"]]) == []


# ---- refunds and returns ---------------------------------------------------------------------------------------------------------------------------


def test_a_refund_is_approved_and_paid(shop: Shop) -> None:
    order = shop.order(at="delivered")
    before = shop.stock()
    request = shop.ask(order)
    row = shop.shown(request)
    assert (row["return_status"], row["return_type"], row["role"]) == ("RETURN_OR_REFUND_REQUEST_PENDING", "REFUND", "BUYER")
    assert row["seller_next_action_response"][0]["deadline"] == row["create_time"] + 48 * HOUR
    assert shop.approve(request, "APPROVE_REFUND")["code"] == 0
    assert shop.shown(request)["return_status"] == "RETURN_OR_REFUND_REQUEST_SUCCESS"
    shop.advance(60)
    assert shop.shown(request)["return_status"] == "RETURN_OR_REFUND_REQUEST_COMPLETE"
    assert shop.stock() == before
    assert [one["return_status"].rpartition("_")[2] for one in shop.told(12)] == ["PENDING", "SUCCESS", "COMPLETE"]


def test_goods_come_back_and_are_on_the_shelf_again(shop: Shop) -> None:
    order = shop.order(at="delivered")
    before = shop.stock()
    request = shop.ask(order, "RETURN_AND_REFUND")
    shop.approve(request, "APPROVE_RETURN")
    assert shop.shown(request)["return_status"] == "AWAITING_BUYER_SHIP"
    shop.act(request, "send-back")
    assert shop.shown(request)["return_status"] == "BUYER_SHIPPED_ITEM" and shop.shown(request)["return_tracking_number"]
    shop.act(request, "arrive")
    assert shop.shown(request)["seller_next_action_response"][0]["action"] == "SELLER_RESPOND_RECEIVE_PACKAGE"
    shop.approve(request, "APPROVE_RECEIVED_PACKAGE")
    shop.act(request, "refund")
    assert shop.shown(request)["return_status"] == "RETURN_OR_REFUND_REQUEST_COMPLETE" and shop.stock() == before + 2


def test_a_buyer_who_keeps_the_goods_gives_nothing_back(shop: Shop) -> None:
    order = shop.order(at="delivered")
    before = shop.stock()
    request = shop.ask(order, "RETURN_AND_REFUND")
    shop.approve(request, "APPROVE_RETURN", buyer_keep_item=True)
    shop.advance(60)
    assert (shop.shown(request)["return_status"], shop.shown(request)["can_buyer_keep_item"], shop.stock()) == ("RETURN_OR_REFUND_REQUEST_COMPLETE", True, before)


def test_a_part_is_offered_declined_offered_again_and_taken(shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"))
    whole = int(shop.shown(request)["refund_amount"]["refund_total"])
    part = {"currency": "IDR", "amount": str(whole // 2)}
    assert shop.approve(request, "OFFER_PARTIAL_REFUND", partial_refund={"currency": "IDR", "amount": str(whole)})["code"] == 25011032
    shop.approve(request, "OFFER_PARTIAL_REFUND", partial_refund=part)
    assert shop.shown(request)["partial_refund"] == part
    shop.act(request, "decline-offer")
    assert shop.shown(request)["buyer_rejected_partial_refund"] is True
    shop.approve(request, "OFFER_PARTIAL_REFUND", partial_refund=part)
    shop.act(request, "accept-offer")
    shop.advance(60)
    row = shop.shown(request)
    assert row["refund_amount"]["refund_total"] == part["amount"]
    assert sum(int(line["refund_amount"]["refund_total"]) for line in row["return_line_items"]) == int(part["amount"])


def test_a_refund_tells_what_had_been_taken_off_the_price(shop: Shop) -> None:
    items = [{"sku": "KRP-01", "quantity": 2, "seller_discount": 300, "platform_discount": 500}]
    order = shop.mock("POST", "orders", {"buyer_app": "tiktok_shop", "items": items, "shipping_subsidy": 5000})
    shop.workspace.apply(shipping.ship, orders.find(shop.workspace.world, shop.serial(order)).packages[0], handover="PICKUP")
    discounts = {"currency": "IDR", "product_seller_discount": "600", "product_platform_discount": "1000", "shipping_fee_seller_discount": "0"}
    assert shop.shown(shop.ask(order))["discount_amount"] == [{**discounts, "shipping_fee_platform_discount": "5000"}]


def test_silence_is_a_yes(shop: Shop) -> None:
    money, goods, swap = shop.ask(shop.order(at="delivered")), shop.ask(shop.order(at="delivered"), "RETURN_AND_REFUND"), shop.ask(shop.order(at="delivered"), "REPLACEMENT")
    shop.advance(24 * HOUR)
    assert shop.shown(swap)["return_status"] == "REPLACEMENT_REQUEST_COMPLETE"
    shop.advance(24 * HOUR + 60)
    assert shop.shown(money)["return_status"] == "RETURN_OR_REFUND_REQUEST_COMPLETE"
    assert shop.shown(goods)["return_status"] == "AWAITING_BUYER_SHIP"
    records = shop.api.data("GET", f"{BASE}/returns/{money}/records")["records"]
    assert [row["role"] for row in records] == ["BUYER", "SYSTEM", "SYSTEM"]


def test_a_rejection_is_disputed_and_judged(shop: Shop) -> None:
    lost, won = shop.ask(shop.order(at="delivered")), shop.ask(shop.order(at="delivered"))
    for request in (lost, won):
        listed = shop.api.data("GET", f"{BASE}/reject_reasons", {"return_or_cancel_id": request})["reasons"]
        assert shop.reject(request, "REJECT_REFUND", listed[0]["name"])["code"] == 0
        shop.act(request, "dispute")
        assert shop.shown(request)["arbitration_status"] == "IN_PROGRESS"
    shop.act(lost, "support-buyer")
    shop.act(won, "support-seller")
    assert (shop.shown(lost)["return_status"], shop.shown(won)["return_status"]) == ("RETURN_OR_REFUND_REQUEST_SUCCESS", "RETURN_OR_REFUND_REQUEST_CANCEL")


def test_a_parcel_is_rejected_for_a_reason_about_parcels(shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"), "RETURN_AND_REFUND")
    shop.approve(request, "APPROVE_RETURN")
    shop.act(request, "send-back")
    assert shop.reject(request, "REJECT_RECEIVED_PACKAGE", "reverse_reject_request_reason_1")["code"] == 25001016
    assert shop.reject(request, "REJECT_RECEIVED_PACKAGE", "reverse_reject_return_parcel_reason_2")["code"] == 0
    assert shop.shown(request)["return_status"] == "REJECT_RECEIVE_PACKAGE"


@pytest.mark.parametrize(
    ("kind", "decision", "code"),
    [("REFUND", "APPROVE_RETURN", 25020004), ("RETURN_AND_REFUND", "APPROVE_RECEIVED_PACKAGE", 25011013), ("REFUND", "APPROVE_REPLACEMENT", 25020004)],
)
def test_a_decision_must_fit(kind: str, decision: str, code: int, shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"), kind)
    before = shop.workspace.world
    assert shop.approve(request, decision)["code"] == code
    assert shop.workspace.world is before


def test_what_was_taken_back_can_no_longer_be_approved(shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"))
    shop.act(request, "withdraw")
    assert shop.approve(request, "APPROVE_REFUND")["code"] == 25020009
    assert shop.shown(request)["return_status"] == "RETURN_OR_REFUND_REQUEST_CANCEL"


def create(shop: Shop, order: dict[str, Any], **more: Any) -> Any:
    body = {"order_id": order["order_id"], "return_type": "REFUND", "return_reason": "ecom_order_delivered_refund_reason_missing_product_seller", **more}
    return shop.api.call("POST", f"{BASE}/returns", {}, body)


def test_a_seller_refunds_single_units_up_to_what_is_left(shop: Shop) -> None:
    order = shop.order(at="delivered")
    line = shop.api.data("GET", "/order/202309/orders", {"ids": order["order_id"]})["orders"][0]["line_items"][0]
    told = create(shop, order, order_line_item_ids=[line["id"]])["data"]
    assert told["return_status"] == "RETURN_OR_REFUND_REQUEST_PENDING"
    assert create(shop, order, order_line_item_ids=[line["id"]])["code"] == 25001011
    assert create(shop, order, skus=[{"sku_id": line["sku_id"], "quantity": 2}])["code"] == 25005011
    assert create(shop, order, skus=[{"sku_id": line["sku_id"], "quantity": 1}], refund_total="999999999")["code"] == 25005005
    assert create(shop, order, skus=[{"sku_id": line["sku_id"], "quantity": 1}])["code"] == 0
    assert create(shop, order)["code"] == 25005011


@pytest.mark.parametrize(
    ("at", "more", "code"),
    [
        ("delivered", {"return_reason": "x"}, 25001014),
        ("delivered", {"return_reason": REFUND}, 25001015),
        ("delivered", {"return_reason": "ecom_order_delivered_refund_and_return_reason_wrong_product_seller"}, 25001021),
        ("paid", {}, 25001003),
        ("delivered", {"order_id": "1"}, 25007006),
        ("delivered", {"refund_total": "1.5"}, 25001001),
    ],
)
def test_a_return_that_cannot_be_is_refused(at: str, more: dict[str, Any], code: int, shop: Shop) -> None:
    order = shop.order(at=at)
    before = shop.workspace.world
    assert create(shop, order, **more)["code"] == code
    assert shop.workspace.world is before


def test_what_a_refund_would_be_is_what_it_is(shop: Shop) -> None:
    order = shop.order(at="delivered")
    asked = {"order_id": order["order_id"], "request_type": "REFUND", "reason_name": REFUND}
    told = shop.api.data("POST", f"{BASE}/refunds/calculate", {}, asked)["order_refund_amount"]
    assert {**told, "buyer_service_fee": "0"} == shop.shown(shop.ask(order))["refund_amount"]  # the search alone tells the service fee (documented)
    rest = shop.api.data("POST", f"{BASE}/refunds/calculate", {}, asked)["order_refund_amount"]
    assert rest["refund_total"] == "0"


def test_eligibility_follows_the_order(shop: Shop) -> None:
    def told(order: dict[str, Any], by: str) -> dict[str, bool]:
        rows_ = shop.api.data("GET", f"{BASE}/orders/{order['order_id']}/aftersale_eligibility", {"initiate_aftersale_user": by})["sku_eligibility"]
        return {one["request_type"]: one["eligible"] for one in rows_[0]["line_item_eligibility"]}

    waiting, there = shop.order(), shop.order(at="delivered")
    assert told(waiting, "BUYER") == {"CANCEL": True, "REFUND": False, "RETURN_AND_REFUND": False}
    assert told(there, "BUYER") == {"CANCEL": False, "REFUND": True, "RETURN_AND_REFUND": True}
    shop.ask(there)
    assert told(there, "BUYER")["REFUND"] is False


def test_decisions_are_told_with_their_reasons(shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"))
    rows_ = {row["decision"]: row for row in shop.api.data("GET", "/return_refund/202601/decision_eligibility", {"return_or_cancel_id": request})["decisions"]}
    assert rows_["APPROVE_REFUND"]["eligible"] is True and rows_["APPROVE_RETURN"]["ineligible_code"] == 25020004
    assert rows_["REJECT_REFUND"]["available_reject_reasons"][0]["name"] in reasons.REJECT_REQUEST


@pytest.mark.parametrize("body", [{"return_types": ["REFUND"]}, {"return_status": ["RETURN_OR_REFUND_REQUEST_PENDING"]}, {"create_time_ge": 1}, {"update_time_ge": 1}])
def test_returns_are_found_by_filters(body: dict[str, Any], shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"))
    found = shop.api.data("POST", f"{BASE}/returns/search", {"page_size": "10", "sort_field": "update_time"}, body)
    assert [row["return_id"] for row in found["return_orders"]] == [request] and found["total_count"] == 1
    none = {"return_types": ["REPLACEMENT"]} if "return_types" in body else {"return_status": ["AWAITING_BUYER_SHIP"]}
    assert shop.api.data("POST", f"{BASE}/returns/search", {"page_size": "10"}, none)["total_count"] == 0


def test_replies_hold_nothing_but_documented_fields(shop: Shop) -> None:
    order = shop.order(at="delivered")
    request = shop.ask(order, "RETURN_AND_REFUND")
    shop.approve(request, "APPROVE_RETURN")
    shop.act(request, "send-back")
    offered = shop.ask(shop.order(at="delivered"))
    shop.approve(offered, "OFFER_PARTIAL_REFUND", partial_refund={"currency": "IDR", "amount": "1000"})
    asked = shop.order()
    shop.mock("POST", f"orders/{asked['key']}/request-cancel", {})
    calls: list[tuple[str, str, str, dict[str, str], Any]] = [
        ("search-returns-202309", "POST", f"{BASE}/returns/search", {"page_size": "10"}, {}),
        ("search-cancellations-202309", "POST", f"{BASE}/cancellations/search", {"page_size": "50"}, {}),
        ("get-return-records-202309", "GET", f"{BASE}/returns/{request}/records", {}, None),
        ("get-reject-reasons-202309", "GET", f"{BASE}/reject_reasons", {"return_or_cancel_id": request}, None),
        ("get-aftersale-eligibility-202309", "GET", f"{BASE}/orders/{order['order_id']}/aftersale_eligibility", {}, None),
        ("calculate-refund-202309", "POST", f"{BASE}/refunds/calculate", {}, {"order_id": asked["order_id"], "request_type": "CANCEL", "reason_name": CANCEL}),
        ("get-decision-eligibility-202601", "GET", "/return_refund/202601/decision_eligibility", {"return_or_cancel_id": request}, None),
    ]
    for row, method, path, query, body in calls:
        data = shop.api.data(method, path, query, body)
        assert data and undocumented(data, rows.row(row).response, row) == []


def test_both_known_versions_answer(shop: Shop) -> None:
    for version in ("202309", "202602"):
        assert shop.api.call("POST", f"/return_refund/{version}/returns/search", {"page_size": "10"}, {})["code"] == 0


# What one version takes or tells, and the other does not: (method, path, query, body, names in the answer since 202602).
def _known(told: Any) -> set[str]:
    if isinstance(told, list):
        return {name for item in told for name in _known(item)}
    return set(told) | {name for inner in told.values() for name in _known(inner)} if isinstance(told, dict) else set()


def test_each_version_tells_its_own_fields(shop: Shop) -> None:
    order = shop.order()
    cancel(shop, order)
    shop.ask(shop.order(at="delivered"))
    told = {
        version: _known(
            [
                shop.api.data("POST", f"/return_refund/{version}/cancellations/search", {"page_size": "10"}, {}),
                shop.api.data("POST", f"/return_refund/{version}/returns/search", {"page_size": "10"}, {}),
                shop.api.data("GET", f"/return_refund/{version}/orders/{order['order_id']}/aftersale_eligibility"),
            ]
        )
        for version in ("202309", "202602")
    }
    assert told["202602"] - told["202309"] == {"should_replenish_stock", "is_quick_refund", "order_line_list", "order_line_item_id"} - told["202309"]
    assert told["202309"] <= told["202602"]


def test_a_rejected_wish_is_spelt_as_each_version_spells_it(shop: Shop) -> None:
    order = shop.order()
    shop.mock("POST", f"orders/{order['key']}/request-cancel", {})
    cancel_id = cancellations_of(shop)[-1]["cancel_id"]
    shop.api.data("POST", f"{BASE}/cancellations/{cancel_id}/reject", {}, {"reject_reason": "seller_reject_apply_product_has_been_packed"})
    for version, spelt in (("202309", "CANCELLATION_REQUEST_CANCELLED"), ("202602", "CANCELLATION_REQUEST_CANCEL")):
        told = shop.api.data("POST", f"/return_refund/{version}/cancellations/search", {"page_size": "10"}, {"cancel_ids": [cancel_id], "cancel_status": [spelt]})
        assert [row["cancel_status"] for row in told["cancellations"]] == [spelt]


def test_lines_are_named_as_each_version_names_them(shop: Shop) -> None:
    order = shop.order(at="delivered")
    line = shop.api.data("GET", "/order/202309/orders", {"ids": order["order_id"]})["orders"][0]["line_items"][0]["id"]
    asked = {"order_id": order["order_id"], "request_type": "REFUND", "reason_name": REFUND, "order_line_list": [{"order_line_item_id": line}]}
    old, new = (shop.api.data("POST", f"/return_refund/{version}/refunds/calculate", {}, asked)["order_refund_amount"]["refund_total"] for version in ("202309", "202602"))
    assert int(old) == 2 * int(new)  # the older version does not know the field: all lines are meant


def test_only_202606_offers_a_part_for_what_came_back(shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"), "RETURN_AND_REFUND")
    shop.approve(request, "APPROVE_RETURN")
    shop.act(request, "send-back")
    offer = {
        "decision": "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG",
        "reject_reason": "reverse_reject_return_parcel_reason_3",
        "partial_refund_amount": {"partial_refund_total": "1000", "currency": "IDR"},
    }
    assert shop.api.call("POST", f"/return_refund/202606/returns/{request}/reject", {}, offer)["code"] == 25020012  # it has not arrived
    shop.act(request, "arrive")
    assert shop.api.call("POST", f"{BASE}/returns/{request}/reject", {}, offer)["code"] == 11050001  # "invalid param": 202309 knows no such decision
    before = shop.stock()
    assert shop.api.call("POST", f"/return_refund/202606/returns/{request}/reject", {}, offer)["code"] == 0
    assert shop.act(request, "decline-offer")["status"] == "BUYER_SHIPPED_ITEM"
    assert shop.api.call("POST", f"/return_refund/202606/returns/{request}/reject", {}, offer)["code"] == 0
    shop.act(request, "accept-offer")
    shop.advance(60)
    assert shop.shown(request)["refund_amount"]["refund_total"] == "1000" and shop.stock() == before + 2


def test_a_replacement_is_an_order_that_costs_nothing(shop: Shop) -> None:
    order = shop.order(at="delivered")
    before, unsettled = shop.stock(), shop.api.data("GET", "/finance/202507/orders/unsettled", {"sort_field": "order_create_time"})
    request = shop.ask(order, "REPLACEMENT")
    shop.approve(request, "APPROVE_REPLACEMENT")
    told = shop.api.data("POST", "/order/202309/orders/search", {"page_size": "1", "sort_field": "create_time", "sort_order": "DESC"}, {})["orders"][0]
    assert (told["is_replacement_order"], told["replaced_order_id"], told["payment"]["total_amount"]) == (True, order["order_id"], "0")
    assert (told["status"], len(told["line_items"]), shop.stock()) == ("AWAITING_SHIPMENT", 2, before - 2)
    assert shop.api.data("GET", "/finance/202507/orders/unsettled", {"sort_field": "order_create_time"}) == unsettled


def test_a_replacement_that_is_out_of_stock_becomes_money(shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"), "REPLACEMENT")
    shop.mock("POST", "orders", {"buyer_app": "tiktok_shop", "items": [{"sku": "KRP-01", "quantity": shop.stock()}]})
    before = shop.workspace.world
    assert shop.approve(request, "APPROVE_REPLACEMENT")["code"] == 25001044
    assert shop.workspace.world is before
    shop.advance(24 * HOUR + 60)
    assert shop.shown(request)["return_status"] == "REPLACEMENT_REQUEST_REFUND_SUCCESS" and not shop.act_shown(request)["replacement"]


def test_a_replacement_that_became_money_is_found_and_told_as_such_once(shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"), "REPLACEMENT")
    shop.approve(request, "ISSUE_REPLACEMENT_REFUND")
    shop.advance(60)
    assert shop.act_shown(request)["refunded"] > 0
    assert [data["return_status"] for data in shop.told(12)] == ["REPLACEMENT_REQUEST_PENDING", "REPLACEMENT_REQUEST_REFUND_SUCCESS"]
    for status, count in (("REPLACEMENT_REQUEST_REFUND_SUCCESS", 1), ("REPLACEMENT_REQUEST_COMPLETE", 0)):
        assert shop.api.data("POST", f"{BASE}/returns/search", {"page_size": "10"}, {"return_status": [status]})["total_count"] == count


def test_a_reason_that_was_taken_from_indonesian_sellers_is_offline(shop: Shop) -> None:
    assert cancel(shop, shop.order(), "seller_cancel_paid_reason_address_not_deliver")["code"] == 25001020


def test_a_wish_that_the_seller_leaves_unanswered_is_granted(shop: Shop) -> None:
    shop.mock("PUT", "settings", {"settings": {"tiktok_ship_deadline": 10**6}})
    order = shop.order()
    shop.mock("POST", f"orders/{order['key']}/request-cancel", {})
    deadline = cancellations_of(shop)[-1]["seller_next_action_response"][0]["deadline"]
    shop.advance(deadline - shop.workspace.now().wire)
    assert cancellations_of(shop)[-1]["cancel_status"] == "CANCELLATION_REQUEST_COMPLETE"


@pytest.mark.parametrize(
    ("steps", "hours", "state"),
    [
        (["reject"], 72, "RETURN_OR_REFUND_REQUEST_CANCEL"),
        (["reject", "dispute"], 72, "REFUND_OR_RETURN_REQUEST_REJECT"),
        (["approve"], 168, "RETURN_OR_REFUND_REQUEST_CANCEL"),
        (["offer"], 48, "RETURN_OR_REFUND_REQUEST_PENDING"),
    ],
)
def test_a_buyers_silence_is_a_no(steps: list[str], hours: int, state: str, shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"), "RETURN_AND_REFUND")
    acts: dict[str, Any] = {
        "reject": lambda: shop.reject(request, "REJECT_RETURN", "reverse_reject_request_reason_2"),
        "approve": lambda: shop.approve(request, "APPROVE_RETURN"),
        "offer": lambda: shop.approve(request, "OFFER_PARTIAL_REFUND", partial_refund={"currency": "IDR", "amount": "1000"}),
        "dispute": lambda: shop.act(request, "dispute"),
    }
    for step in steps:
        acts[step]()
    before = shop.shown(request)["return_status"]
    shop.advance(hours * HOUR - 1)
    assert shop.shown(request)["return_status"] == before
    shop.api.refresh()
    shop.advance(1)
    assert shop.shown(request)["return_status"] == state


def test_while_the_platform_judges_the_seller_cannot(shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"))
    shop.reject(request, "REJECT_REFUND", "reverse_reject_request_reason_2")
    shop.act(request, "dispute")
    assert shop.approve(request, "APPROVE_REFUND")["code"] == 25011010
    shop.act(request, "withdraw")
    assert shop.shown(request)["arbitration_status"] == "CLOSED"


def test_a_rejected_unit_cannot_be_asked_for_twice_while_it_may_be_disputed(shop: Shop) -> None:
    order = shop.order(at="delivered", quantity=1)
    request = shop.ask(order)
    shop.reject(request, "REJECT_REFUND", "reverse_reject_request_reason_2")
    assert create(shop, order)["code"] == 25005011
    shop.act(request, "expire")
    second = shop.ask(order)
    assert (shop.shown(request)["next_return_id"], shop.shown(second)["pre_return_id"]) == (second, request)


def test_the_same_key_asks_once(shop: Shop) -> None:
    order = shop.order(at="delivered")
    body = {"order_id": order["order_id"], "return_type": "REFUND", "return_reason": "ecom_order_delivered_refund_reason_missing_product_seller"}
    first = shop.api.data("POST", f"{BASE}/returns", {"idempotency_key": "k"}, body)
    before = shop.workspace.world
    assert shop.api.data("POST", f"{BASE}/returns", {"idempotency_key": "k"}, body) == first
    assert shop.workspace.world is before


def test_what_a_buyer_shows_can_be_looked_at(shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"), images=1, videos=1, note="Pecah")
    record = shop.api.data("GET", f"{BASE}/returns/{request}/records")["records"][0]
    assert record["note"] == "Pecah" and record["videos"][0]["duration_millis"] == 3000
    for url, kind in ((record["images"][0]["url"], "image/png"), (record["videos"][0]["url"], "video/mp4"), (record["videos"][0]["cover"], "image/png")):
        answered = asyncio.run(control.answer(shop.server, "GET", url[url.index("/_mock") :], "", b"", origin="http://x"))
        assert isinstance(answered, Reply) and (answered.status, answered.content_type) == (200, kind)


def test_an_order_that_was_paid_back_in_full_is_over(shop: Shop) -> None:
    order = shop.order(at="transit")
    request = shop.ask(order)
    shop.approve(request, "APPROVE_REFUND")
    shop.act(request, "refund")
    assert shop.api.data("GET", "/order/202309/orders", {"ids": order["order_id"]})["orders"][0]["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("act", "name"),
    [("unpaid", "system_cancel_unpaid_time_out"), ("late", "system_cancel_order_reason_shipping_timeout"), ("buyer", "ecom_order_to_ship_canceled_reason_created_by_mistakes")],
)
def test_every_cancellation_has_a_reason_that_the_platform_knows(act: str, name: str, shop: Shop) -> None:
    order = shop.mock("POST", "orders", {"buyer_app": "tiktok_shop", "items": [{"sku": "KRP-01"}], "pay": act != "unpaid"})
    shop.mock("POST", f"orders/{order['key']}/{'request-cancel' if act == 'buyer' else 'expire'}", {})
    row = cancellations_of(shop, order_ids=[order["order_id"]])[0]
    assert (row["cancel_reason"], bool(row["cancel_reason_text"])) == (name, True)


# ---- as clients of 2026 see it ----------------------------------------------------------------------------------------------------------------


def requests(shop: Shop, **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.api.data("POST", "/return_refund/202603/aftersales/search", {}, {"filters": filters})["aftersales_requests"]
    return found


def goods(shop: Shop, **filters: Any) -> list[dict[str, Any]]:
    body = {"filters": filters, "sort": {"sort_field": "UPDATE_TIME", "sort_order": "DESC"}}
    found: list[dict[str, Any]] = shop.api.data("POST", "/return_refund/202604/rma/search", {}, body)["return_merchandise_authorizations"]
    return found


def test_a_request_and_the_goods_that_come_back_for_it_are_two_things(shop: Shop) -> None:
    shop.mock("PUT", "settings", {"settings": {"tiktok_webhook_topics": "all"}})
    request = shop.ask(shop.order(at="delivered"), "RETURN_AND_REFUND")
    assert (requests(shop)[0]["status"], goods(shop)) == ("PENDING_REQUEST_REVIEW", [])
    shop.approve(request, "APPROVE_RETURN")
    seen = [goods(shop)[0]["status"]]
    for act in ("send-back", "arrive"):
        shop.act(request, act)
        seen.append(goods(shop)[0]["status"])
    shop.approve(request, "APPROVE_RECEIVED_PACKAGE")
    shop.act(request, "refund")
    seen.append(goods(shop)[0]["status"])
    assert seen == ["AWAITING_BUYER_RETURN", "RETURN_IN_TRANSIT", "PENDING_PACKAGE_REVIEW", "PACKAGE_REVIEW_COMPLETED"]
    assert requests(shop, aftersales_request_statuses=["PENDING_REQUEST_REVIEW"]) == [] and goods(shop, statuses=["RETURN_IN_TRANSIT"]) == []
    held = requests(shop, aftersales_request_ids=[goods(shop)[0]["aftersales_request_id"]])[0]
    assert held["sku_return_requests"][0]["return_id"] == request
    assert [row["aftersales_request_status"] for row in shop.told(64)] == ["PENDING_REQUEST_REVIEW", "REQUEST_REVIEW_COMPLETED"]
    assert [row["rma_status"] for row in shop.told(65)] == ["AWAITING_BUYER_SHIPPED", *seen[1:]]
    assert [row["refund_total"] for row in shop.told(67)] == [held["sku_return_requests"][0]["refund_amount"]["refund_total"]]
    assert [row["return_status"] for row in shop.told(12)].count("BUYER_SHIPPED_ITEM") == 1


def test_newer_topics_are_told_to_those_who_want_them(shop: Shop) -> None:
    shop.ask(shop.order(at="delivered"))
    assert (shop.told(64), len(shop.told(12))) == ([], 1)


def decided(shop: Shop, request: dict[str, Any], action: str, **more: Any) -> dict[str, Any]:
    lines = [{"return_line_item_id": line["return_line_item_id"]} for line in request["line_items"]]
    return {"request_id": request["id"], "line_item_decisions": [{"line_items": lines, "action": action, **more}]}


def test_requests_are_judged_in_bulk_each_for_itself(shop: Shop) -> None:
    for kind in ("REFUND", "RETURN_AND_REFUND", "REPLACEMENT", "REFUND"):
        shop.ask(shop.order(at="delivered", quantity=1), kind)
    money, back, swap, wrong = requests(shop)
    rows_ = [
        decided(shop, money, "OFFER_PARTIAL_REFUND", alternative_solution_details={"partial_refund_amount": "1000", "currency": "IDR"}),
        decided(shop, back, "REJECT_REQUEST", reason={"reason_id": "reverse_reject_request_reason_2", "text": "Maaf"}),
        decided(shop, swap, "REFUND_INSTEAD"),
        decided(shop, wrong, "APPROVE_RETURN_PACKAGE"),
        {"request_id": "1", "line_item_decisions": [{"line_items": [{"return_line_item_id": "1"}], "action": "APPROVE_REQUEST"}]},
    ]
    told = shop.api.data("POST", "/return_refund/202609/aftersales/review", {}, {"aftersales_request_decisions": rows_})
    assert [row["code"] for row in told["errors"]] == ["25020004", "25007006"]
    states = {row["return_id"]: row["return_status"] for row in shop.api.data("POST", f"{BASE}/returns/search", {"page_size": "10"}, {})["return_orders"]}
    assert list(states.values()) == ["AWAITING_BUYER_RESPONSE", "REFUND_OR_RETURN_REQUEST_REJECT", "REPLACEMENT_REQUEST_REFUND_SUCCESS", "RETURN_OR_REFUND_REQUEST_PENDING"]


def test_a_review_under_the_same_key_is_done_once(shop: Shop) -> None:
    shop.ask(shop.order(at="delivered"))
    row = {**decided(shop, requests(shop)[0], "APPROVE_REQUEST"), "idempotency_key": "k"}
    for _ in range(2):
        assert shop.api.data("POST", "/return_refund/202609/aftersales/review", {}, {"aftersales_request_decisions": [row]}) == {}


def test_what_may_be_offered_has_a_range(shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"))
    whole = int(shop.shown(request)["refund_amount"]["refund_total"])
    told = shop.api.data("GET", "/return_refund/202606/review_decision", {"seller_id": "1", "return_or_cancel_id": request})["line_items"]
    offer = next(row for row in told[0]["decisions"] if row["decision"] == "OFFER_PARTIAL_REFUND")
    assert offer["partial_refund_amount_range"] == {"min_amount": "1", "max_amount": str(whole - 1), "currency": "IDR"} and len(told) == 2


def test_decisions_about_a_wish_to_cancel_are_told_too(shop: Shop) -> None:
    shop.mock("POST", f"orders/{shop.order()['key']}/request-cancel", {})
    cancel_id = cancellations_of(shop)[-1]["cancel_id"]
    told = shop.api.data("GET", "/return_refund/202601/decision_eligibility", {"return_or_cancel_id": cancel_id})["decisions"]
    assert {row["decision"]: row["eligible"] for row in told} == {"APPROVE_REQUEST_CANCEL": True, "REJECT_REQUEST_CANCEL": True}
    assert shop.api.data("GET", "/return_refund/202606/review_decision", {"seller_id": "1", "return_or_cancel_id": cancel_id})["line_items"]


def labelled(shop: Shop, request: str, **fields: str) -> int:
    body = "".join(f'--b\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()) + "--b--\r\n"
    path = "/return_refund/202405/returns/shipping_documents"
    code: int = shop.api.call("POST", path, {"return_ids": request}, body.encode(), content_type="multipart/form-data; boundary=b")["code"]
    return code


def test_the_seller_names_the_courier_that_brings_goods_back(shop: Shop) -> None:
    request = shop.ask(shop.order(at="delivered"), "RETURN_AND_REFUND")
    provider = shop.shown(request)["return_provider_id"]
    assert labelled(shop, request, tracking_number="JX1", return_provider_id=provider) == 25001003
    shop.approve(request, "APPROVE_RETURN")
    assert labelled(shop, request, tracking_number="JX1") == 25001001
    assert labelled(shop, request, tracking_number="JX1", return_provider_id="1") == 25001001
    assert labelled(shop, "1", tracking_number="JX1", return_provider_id=provider) == 25007006
    assert labelled(shop, request, tracking_number="JX1", return_provider_id=provider) == 0
    shop.act(request, "send-back")
    assert shop.shown(request)["return_tracking_number"] == "JX1"


# ---- laws ---------------------------------------------------------------------------------------------------------------------------------------------

# Where a request may go (documented), with what the platform does when the buyer or the seller is silent.
MOVES: dict[State, set[State]] = {
    State.PENDING: {State.SUCCEEDED, State.AWAITING_PARCEL, State.OFFERED, State.REJECTED, State.CANCELLED, State.COMPLETED},
    State.OFFERED: {State.SUCCEEDED, State.PENDING, State.ON_THE_WAY, State.CANCELLED},
    State.REJECTED: {State.CANCELLED, State.SUCCEEDED, State.AWAITING_PARCEL},
    State.AWAITING_PARCEL: {State.ON_THE_WAY, State.CANCELLED},
    State.ON_THE_WAY: {State.ON_THE_WAY, State.SUCCEEDED, State.PARCEL_REJECTED, State.OFFERED, State.CANCELLED},
    State.PARCEL_REJECTED: {State.SUCCEEDED, State.CANCELLED},
    State.SUCCEEDED: {State.COMPLETED},
    State.COMPLETED: set(),
    State.CANCELLED: set(),
}
which = st.integers(0, 3)


class AfterSales(RuleBasedStateMachine):
    """An order of three units that was delivered, another that waits, and all that buyer, seller and time may do about them."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop()
        self.shop.mock("PUT", "settings", {"settings": {"order_complete_seconds": 10**8, "tiktok_ship_deadline": 10**8}})
        self.start = self.units() + self.sold()
        placed = self.shop.order(at="delivered", quantity=3)
        self.order = self.shop.serial(placed)
        self.wish = self.shop.serial(self.shop.order(quantity=2))
        self.requests: list[int] = []

    @property
    def world(self) -> World:
        return self.shop.workspace.world

    def units(self) -> int:
        return self.shop.stock()

    def sold(self) -> int:
        """Units of that SKU in orders that stand, those of the seed among them."""
        rows_ = self.world.shelf(orders.ORDERS).rows.values()
        standing = [order for order in rows_ if order.platform is _S and order.paid is not None and order.status is not orders.Status.CANCELLED]
        return sum(item.quantity for order in standing for item in order.items if item.seller_sku == "KRP-01")

    def held(self) -> list[aftersales.Return]:
        return [aftersales.find(self.world, serial) for serial in self.requests]

    def do(self, operation: Any, *args: Any, **more: Any) -> None:
        with contextlib.suppress(Refused):
            self.shop.workspace.apply(operation, *args, **more)

    def about(self, number: int, operation: Any, *args: Any, **more: Any) -> None:
        if number < len(self.requests):
            self.do(operation, self.requests[number], *args, **more)

    @rule(kind=st.sampled_from(list(Kind)), units=st.integers(1, 3))
    def the_buyer_asks(self, kind: Kind, units: int) -> None:
        order = orders.find(self.world, self.order)
        free = [unit for unit in aftersales.units_of(order) if unit not in aftersales.taken(self.world, order)]
        with contextlib.suppress(Refused):
            self.requests.append(self.shop.workspace.apply(aftersales.ask, self.order, kind, by="buyer", reason="x", units=tuple(free[:units])))

    @rule(number=which, decision=st.sampled_from(list(Decision)), part=st.integers(0, 60_000), keeps=st.booleans())
    def the_seller_decides(self, number: int, decision: Decision, part: int, keeps: bool) -> None:
        self.about(number, aftersales.decide, decision, part=part, keeps=keeps)

    @rule(number=which, accepts=st.booleans())
    def the_buyer_answers_an_offer(self, number: int, accepts: bool) -> None:
        self.about(number, aftersales.answer_offer, accepts=accepts)

    @rule(number=which)
    def the_buyer_sends_the_goods_back(self, number: int) -> None:
        self.about(number, aftersales.send_back, "")

    @rule(number=which)
    def the_buyer_takes_it_back(self, number: int) -> None:
        self.about(number, aftersales.withdraw)

    @rule(number=which, outcome=st.sampled_from(["IN_PROGRESS", "SUPPORT_BUYER", "SUPPORT_SELLER"]))
    def it_is_disputed_or_judged(self, number: int, outcome: str) -> None:
        self.about(number, aftersales.arbitrate, outcome)

    @rule(hours=st.sampled_from([1, 24, 48, 72, 168]))
    def time_goes_by(self, hours: int) -> None:
        self.shop.advance(hours * HOUR)

    @rule(outcome=st.sampled_from(["ask", "accepted", "rejected", "withdrawn", "cancel"]))
    def the_other_order_is_to_be_cancelled(self, outcome: str) -> None:
        if outcome == "ask":
            self.do(cancellations.request_cancel, self.wish, reason="x")
        elif outcome == "cancel":
            self.do(cancellations.cancelled, self.wish, by="seller", reason="seller_cancel_reason_out_of_stock")
        else:
            self.do(cancellations.settle_cancel, self.wish, outcome)

    @invariant()
    def states_move_along_the_documents(self) -> None:
        for told in self.shop.told(12):
            serial = ids.request(self.world).read(told["return_id"])
            assert serial in self.requests
        for held in self.held():
            path = [aftersales.State.PENDING, *_walked(held)]
            for before, after in itertools.pairwise(path):
                assert after in MOVES[before], (before, after)

    @invariant()
    def no_rupiah_goes_back_twice(self) -> None:
        order = orders.find(self.world, self.order)
        held = self.held()
        live = [unit for one in held if one.state is not State.CANCELLED for unit in one.units]
        assert len(live) == len(set(live)) <= 3
        assert sum(one.refunded for one in held) <= order.product_total + order.shipping_fee
        assert all(one.refunded == (one.amount + one.shipping if one.state is State.COMPLETED and not one.replacement else 0) for one in held)
        sold = settlements.of_order(self.world, self.order)
        assert sum(one.sum.revenue for one in sold) == order.product_total - sum(one.amount for one in held if one.refunded)

    @invariant()
    def no_unit_is_lost(self) -> None:
        held = self.held()
        back = sum(len(one.units) for one in held if one.refunded and one.kind is Kind.RETURN_AND_REFUND and one.tracking and not one.keeps)
        assert self.units() + self.sold() == self.start + back

    @invariant()
    def each_move_is_told_once(self) -> None:
        for held in self.held():
            said = [row["return_status"] for row in self.shop.told(12) if ids.request(self.world).read(row["return_id"]) == held.serial]
            paid_instead = held.kind is Kind.REPLACEMENT and not held.replacement  # its money's arrival is no move of the status
            untold = {State.OFFERED, State.COMPLETED} if paid_instead else {State.OFFERED}
            assert said == [returns.status(held, state) for state in [State.PENDING, *_walked(held)] if state not in untold]
        steps = [row["cancel_status"].removeprefix("CANCELLATION_REQUEST_") for row in self.shop.told(11) if ids.order(self.world).read(row["order_id"]) == self.wish]
        assert all(pair in {("PENDING", "SUCCESS"), ("PENDING", "CANCELLED"), ("SUCCESS", "COMPLETE"), ("CANCELLED", "PENDING"), ("CANCELLED", "SUCCESS")} for pair in itertools.pairwise(steps))
        assert steps.count("COMPLETE") <= 1

    def teardown(self) -> None:
        """In the end everybody's silence ends all that is not before a judge."""
        self.shop.advance(40 * 24 * HOUR)
        assert all(held.state in aftersales.OVER or held.arbitration == "IN_PROGRESS" for held in self.held())
        self.no_unit_is_lost()
        self.no_rupiah_goes_back_twice()


# Event of the history → state that it leads to; others lead to none.
_LEADS = {
    "AGREE_REFUND": State.SUCCEEDED,
    "AGREE_RETURN": State.AWAITING_PARCEL,
    "AGREE_RECEIVED_PACKAGE": State.SUCCEEDED,
    "AGREE_REPLACEMENT": State.COMPLETED,
    "AGREE_REPLACEMENT_REFUND": State.SUCCEEDED,
    "OFFER_PARTIAL_REFUND": State.OFFERED,
    "ACCEPT_PARTIAL_REFUND": State.SUCCEEDED,
    "REJECT_REFUND": State.REJECTED,
    "REJECT_RETURN": State.REJECTED,
    "REJECT_REPLACEMENT": State.REJECTED,
    "REJECT_RECEIVED_PACKAGE": State.PARCEL_REJECTED,
    "BUYER_SHIP": State.ON_THE_WAY,
    "BUYER_CANCEL": State.CANCELLED,
    "TIMEOUT_CANCEL": State.CANCELLED,
    "PLATFORM_REJECT": State.CANCELLED,
    "REFUND_COMPLETE": State.COMPLETED,
}


def _walked(held: aftersales.Return) -> list[State]:
    """The states that its history leads through after it was asked for."""
    walked: list[State] = []
    for record in held.records:
        if record.event == "REJECT_PARTIAL_REFUND":
            walked.append(held.resumes if State.ON_THE_WAY not in walked else State.ON_THE_WAY)
        elif record.event in _LEADS:
            walked.append(_LEADS[record.event])
    return walked


TestAfterSales = AfterSales.TestCase
TestAfterSales.settings = settings(max_examples=40, stateful_step_count=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
