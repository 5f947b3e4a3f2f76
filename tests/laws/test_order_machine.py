"""Orders of TikTok Shop only move along the arrows that the platform draws, and every answer and webhook tells the same of them."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mockplatforms.testing import NotPossible, Order, Shop, local

DETAIL = "/order/202507/orders"
SEARCH = "/order/202309/orders/search"
# The platform's own picture: from a status to those that may follow it.
ARROWS: dict[str, frozenset[str]] = {
    "": frozenset({"UNPAID"}),
    "UNPAID": frozenset({"AWAITING_SHIPMENT", "CANCELLED"}),
    "AWAITING_SHIPMENT": frozenset({"PARTIALLY_SHIPPING", "AWAITING_COLLECTION", "CANCELLED"}),
    "PARTIALLY_SHIPPING": frozenset({"AWAITING_COLLECTION", "CANCELLED"}),
    "AWAITING_COLLECTION": frozenset({"IN_TRANSIT", "CANCELLED", "COMPLETED"}),
    "IN_TRANSIT": frozenset({"DELIVERED", "CANCELLED", "COMPLETED"}),
    "DELIVERED": frozenset({"COMPLETED"}),
    "COMPLETED": frozenset(),
    "CANCELLED": frozenset(),
}
# Which moments an order of a status must have, and which it cannot have yet.
HAS = {
    "UNPAID": (set(), {"paid_time", "rts_time", "collection_time", "delivery_time", "cancel_time"}),
    "AWAITING_SHIPMENT": ({"paid_time"}, {"rts_time", "collection_time", "delivery_time", "cancel_time"}),
    "AWAITING_COLLECTION": ({"paid_time", "rts_time"}, {"collection_time", "delivery_time", "cancel_time"}),
    "IN_TRANSIT": ({"paid_time", "rts_time", "collection_time"}, {"delivery_time", "cancel_time"}),
    "DELIVERED": ({"paid_time", "rts_time", "collection_time", "delivery_time"}, {"cancel_time"}),
    "COMPLETED": ({"paid_time", "rts_time"}, {"cancel_time"}),
    "CANCELLED": ({"cancel_time"}, {"delivery_time"}),
}
SLA = ("rts_sla_time", "tts_sla_time", "delivery_sla_time", "cancel_order_sla_time", "shipping_due_time", "collection_due_time", "delivery_due_time")
SKUS = ("KRP-01", "KOP-01", "TMB-01")
PLACE = st.integers(0, 9)


class Orders(RuleBasedStateMachine):
    """Buyers, a seller, couriers and time, over both platforms and through the migration."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = local("orders", world="small")
        self.shop: Shop = self.opened.__enter__()
        self.api = self.shop.tiktok_shop
        self.placed: list[Order] = []
        self.promised: dict[str, dict[str, int]] = {}
        self.given = {sku: self.units(sku) + self.with_couriers(sku) for sku in SKUS}

    def teardown(self) -> None:
        self.opened.__exit__(None, None, None)

    # ---- what happens --------------------------------------------------------------------------------------------------------------------------

    @rule(sku=st.sampled_from(SKUS), quantity=st.integers(1, 4), on=st.sampled_from(["tiktok_shop", "tiktok_shop", "tokopedia"]), pay=st.sampled_from([True, True, False]))
    def a_buyer_orders(self, sku: str, quantity: int, on: str, pay: bool) -> None:
        try:
            order = self.shop.place_order(sku, quantity, on=on, pay=pay)
        except NotPossible:
            return  # not sold there, or too few are left
        self.placed.append(order)

    @precondition(lambda self: self.placed)
    @rule(which=PLACE, act=st.sampled_from(["pay", "collect", "collect", "deliver", "deliver", "complete", "request-cancel", "withdraw-cancel", "cancel", "expire"]))
    def something_is_done(self, which: int, act: str) -> None:
        order = self.placed[-1 - which % len(self.placed)]
        try:
            self.shop.control("POST", f"/orders/{order.key}/{act}", {})
        except NotPossible:
            return

    @precondition(lambda self: self.placed)
    @rule(which=PLACE)
    def the_seller_ships(self, which: int) -> None:
        order = self.placed[-1 - which % len(self.placed)]
        if order.platform == "tiktok_shop":
            for package in self.read(order.id)["packages"]:
                self.api.call("POST", f"/fulfillment/202309/packages/{package['id']}/ship", {}, {"handover_method": "PICKUP"})

    @precondition(lambda self: self.placed)
    @rule(which=PLACE)
    def the_seller_cancels(self, which: int) -> None:
        order = self.placed[-1 - which % len(self.placed)]
        body = {"order_id": str(order.id), "cancel_reason": "seller_cancel_reason_out_of_stock"}
        self.api.call("POST", "/return_refund/202309/cancellations", {}, body)

    @rule(approve=st.booleans())
    def the_seller_answers_a_request_to_cancel(self, approve: bool) -> None:
        asked = self.api.data("POST", "/return_refund/202309/cancellations/search", {"page_size": "10"}, {"cancel_status": ["CANCELLATION_REQUEST_PENDING"]})
        for row in asked["cancellations"][:1]:
            body = {} if approve else {"reject_reason": "seller_reject_apply_product_has_been_packed"}
            self.api.call("POST", f"/return_refund/202309/cancellations/{row['cancel_id']}/{'approve' if approve else 'reject'}", {}, body)

    @rule(hours=st.sampled_from([1, 7, 25, 60]))
    def time_passes(self, hours: int) -> None:
        for _ in range(-(-hours // 24)):
            self.shop.advance(hours=min(hours, 24))
        self.api.refresh()

    @rule()
    def the_migration_goes_on(self) -> None:
        for step in (self.shop.link, self.shop.merge, self.shop.confirm):
            try:
                step()
            except NotPossible:
                continue
            self.api.refresh()
            return

    # ---- what must hold ------------------------------------------------------------------------------------------------------------------------

    def read(self, order_id: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.api.data("GET", DETAIL, {"ids": str(order_id)})["orders"][0]
        return found

    def mine(self) -> list[dict[str, Any]]:
        ids = [str(order.id) for order in self.placed if order.platform == "tiktok_shop"]
        return [row for n in range(0, len(ids), 50) for row in self.api.data("GET", DETAIL, {"ids": ",".join(ids[n : n + 50])})["orders"]]

    def told(self) -> dict[str, list[str]]:
        """By order, what webhook 1 said, in the order in which it happened."""
        found: dict[str, list[str]] = {}
        for webhook in self.shop.webhooks:
            if webhook.topic == "ORDER_STATUS_CHANGE":
                found.setdefault(webhook.payload["data"]["order_id"], []).append(webhook.payload["data"]["order_status"])
        return found

    @invariant()
    def statuses_move_along_the_arrows_and_webhooks_tell_each(self) -> None:
        told = self.told()
        for row in self.mine():
            said = ["CANCELLED" if status == "CANCEL" else status for status in told.get(row["id"], [])]
            assert said and said[-1] == row["status"], (row["id"], said, row["status"])
            for was, then in zip(["", *said], said, strict=False):
                assert then in ARROWS[was], (row["id"], said)

    @invariant()
    def moments_and_promises_fit_the_status(self) -> None:
        for row in self.mine():
            must, never = HAS.get(row["status"], (set(), set()))
            assert must <= set(row), (row["status"], must - set(row))
            assert not never & set(row), (row["status"], never & set(row))
            moments = [row[name] for name in ("create_time", "paid_time", "rts_time", "collection_time", "delivery_time") if name in row]
            assert moments == sorted(moments)
            assert row["update_time"] >= max(moments)
            promised = {name: row[name] for name in SLA if name in row}
            if row["status"] != "UNPAID" and "paid_time" in row:
                assert set(promised) == set(SLA)
                assert row["paid_time"] <= row["rts_sla_time"] <= row["tts_sla_time"] <= row["delivery_sla_time"]
                assert self.promised.setdefault(row["id"], promised) == promised, "a promise was moved"
            assert ("recipient_address" in row) is (row["status"] != "UNPAID")
            if "rts_time" not in row:
                assert not row["tracking_number"]

    @invariant()
    def lines_packages_and_search_tell_the_same(self) -> None:
        by_status = {status: set(self.found(status)) for status in HAS}
        for row in self.mine():
            assert {status for status, ids in by_status.items() if row["id"] in ids} == {row["status"]}
            assert {line["display_status"] for line in row["line_items"]} == {row["status"]}
            assert {line["package_id"] for line in row["line_items"] if "package_id" in line} <= {package["id"] for package in row["packages"]}

    def found(self, status: str) -> list[str]:
        ids: list[str] = []
        token = ""
        while True:
            told = self.api.data("POST", SEARCH, {"page_size": "100"} | ({"page_token": token} if token else {}), {"order_status": status})
            ids += [row["id"] for row in told["orders"]]
            token = told["next_page_token"]
            if not token:
                assert told["total_count"] == len(ids) == len(set(ids))
                return ids

    @invariant()
    def money_adds_up_to_the_rupiah(self) -> None:
        for row in self.mine():
            paid = {name: int(value) for name, value in row["payment"].items() if name != "currency"}
            assert paid["sub_total"] == paid["original_total_product_price"] - paid["seller_discount"] - paid["platform_discount"]
            assert paid["shipping_fee"] == paid["original_shipping_fee"] - paid["shipping_fee_seller_discount"] - paid["shipping_fee_platform_discount"]
            fees = ("shipping_fee", "buyer_service_fee", "handling_fee", "shipping_insurance_fee", "item_insurance_fee", "product_tax", "shipping_fee_tax")
            assert paid["total_amount"] == paid["sub_total"] + sum(paid[name] for name in fees)
            assert paid["sub_total"] == sum(int(line["sale_price"]) for line in row["line_items"])
            assert paid["buyer_service_fee"] == sum(int(line["buyer_service_fee"]) for line in row["line_items"])

    # ---- stock ---------------------------------------------------------------------------------------------------------------------------------

    def units(self, sku: str) -> int:
        told = self.shop.control("GET", "/stock", sku=sku)
        assert all(held["available"] >= 0 and held["committed"] >= 0 for record in told["records"] for held in record["stock"])
        assert told["committed"] == sum(row["quantity"] for row in told["reservations"])
        return int(told["available"] + told["committed"])

    @invariant()
    def what_is_there_and_what_left_is_what_was_given(self) -> None:
        """Units free, held and with couriers come to those at the start, on both platforms together, in every phase."""
        for sku, given in self.given.items():
            assert self.units(sku) + self.with_couriers(sku) == given, sku

    def with_couriers(self, sku: str) -> int:
        """Units that a courier has taken; what came back to the seller is on the shelf again."""
        gone = [order for order in self.shop.orders() if order.raw["collected"] is not None and order.status != "returned"]
        return sum(item["quantity"] for order in gone for item in order.raw["items"] if item["sku"] == sku)


TestOrders = Orders.TestCase
TestOrders.settings = settings(max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), database=None)
