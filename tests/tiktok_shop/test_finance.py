"""Finance: what is settled when, that every figure is the sum of its parts to the rupiah, and that nothing is told of Tokopedia's money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_documented_shapes import undocumented

from mockplatforms.domain.aftersales import RETURNS
from mockplatforms.testing import NotPossible, Order, Shop, local
from mockplatforms.tiktok_shop import rows

DAY = 86400
SORT = {"sort_field": "statement_time"}
BY_ORDER = {"sort_field": "order_create_time"}


class Books:
    """A seller's shop, and its books as Finance tells them."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.api = shop.tiktok_shop

    def get(self, path: str, **query: str) -> dict[str, Any]:
        return self.api.data("GET", "/finance/" + path, query)

    def statements(self, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        token = ""
        while True:
            told = self.get("202309/statements", **SORT, page_size="2", **({"page_token": token} if token else {}), **query)
            found += told["statements"]
            token = told["next_page_token"]
            if not token:
                return found

    def transactions(self, statement: str) -> dict[str, Any]:
        return self.get(f"202501/statements/{statement}/statement_transactions", page_size="100", **BY_ORDER)

    def of(self, order: Order) -> dict[str, Any]:
        return self.get(f"202501/orders/{order.id}/statement_transactions")

    def unsettled(self, **query: str) -> dict[str, Any]:
        return self.get("202507/orders/unsettled", page_size="100", **BY_ORDER, **query)

    def withdrawals(self, types: str = "SETTLE,REVERSE,WITHDRAW") -> list[dict[str, Any]]:
        rows_: list[dict[str, Any]] = self.get("202309/withdrawals", types=types, page_size="100")["withdrawals"]
        return rows_

    def pass_days(self, days: int) -> None:
        """Days go by; the token is refreshed on the way, as it lives for seven."""
        for _ in range(days):
            self.shop.advance(days=1)
            self.api.refresh()

    def ship(self, order: Order) -> None:
        for package in self.api.data("GET", "/order/202507/orders", {"ids": str(order.id)})["orders"][0]["packages"]:
            self.api.data("POST", f"/fulfillment/202309/packages/{package['id']}/ship", body={})

    def completed(self, sku: str = "KRP-01", quantity: int = 1, on: str = "tiktok_shop") -> Order:
        order = self.shop.place_order(sku, quantity, on=on)
        self.ship(order)
        for act in (self.shop.collect, self.shop.arrive, self.shop.complete):
            act(order)
        return order

    def ask_back(self, order: Order, units: int = 1) -> None:
        """The buyer asks for the money of some units; the seller says yes, and it arrives."""
        made = self.shop.control("POST", "/returns", {"order": order.key, "kind": "REFUND", "units": units})
        self.api.data("POST", f"/return_refund/202309/returns/{made['return_id']}/approve", body={"decision": "APPROVE_REFUND"})
        self.shop.control("POST", f"/returns/{made['return_id']}/refund", {})


@pytest.fixture
def books() -> Iterator[Books]:
    with local("finance", world="small") as shop:
        yield Books(shop)


def test_a_paid_order_waits_to_be_settled_with_what_it_will_come_to(books: Books) -> None:
    before = books.unsettled()
    order = books.shop.place_order("KRP-01", 2, on="tiktok_shop")
    told = books.unsettled()
    assert told["total_count"] == before["total_count"] + 1
    row = next(row for row in told["transactions"] if row["order_id"] == order.id)
    goods = sum(item["price"] * item["quantity"] for item in order.raw["items"])
    fees = -(goods * 550 // 10_000) - goods * 400 // 10_000
    assert (row["est_revenue_amount"], row["est_fee_tax_amount"], row["est_settlement_amount"]) == (str(goods), str(fees), str(goods + fees))
    assert row["unsettled_reason"] == "waiting for delivery"
    assert int(told["sum_est_settlement_amount"]) == int(before["sum_est_settlement_amount"]) + goods + fees


def test_an_unpaid_and_a_cancelled_order_bring_nothing(books: Books) -> None:
    before = books.unsettled()
    books.shop.place_order("KRP-01", on="tiktok_shop", pay=False)
    order = books.shop.place_order("KRP-01", on="tiktok_shop")
    books.shop.cancel(order)
    assert books.unsettled() == before


def test_a_completed_order_is_settled_a_day_later_and_paid_a_day_after_that(books: Books) -> None:
    order = books.completed()
    assert books.of(order)["sku_transactions"] == []
    books.pass_days(1)
    statement = books.statements()[-1]
    assert statement["payment_status"] == "PROCESSING"
    assert statement["statement_time"] % DAY == 0
    assert books.of(order)["settlement_amount"] == books.of(order)["sku_transactions"][0]["settlement_amount"]
    assert {row["statement_id"] for row in books.of(order)["sku_transactions"]} == {statement["id"]}
    books.pass_days(2)
    paid = books.statements()[-1]
    assert paid["payment_status"] == "PAID"
    assert paid["payment_time"] == statement["statement_time"] + 2 * DAY
    assert paid["payment_id"]


def test_the_balance_is_what_was_paid_and_can_be_drawn(books: Books) -> None:
    books.completed(quantity=3)
    books.pass_days(4)
    came = sum(int(row["amount"]) for row in books.withdrawals("SETTLE"))
    assert came == sum(int(row["settlement_amount"]) for row in books.statements(payment_status="PAID")) > 0
    assert books.shop.control("GET", "/money")["balance"] == came
    with pytest.raises(NotPossible, match="the balance is"):
        books.shop.control("POST", "/money/withdraw", {"amount": came + 1})
    books.shop.control("POST", "/money/withdraw", {"amount": 1000})
    assert books.withdrawals()[0] | {"id": "", "create_time": 0} == {"id": "", "type": "WITHDRAW", "amount": "1000", "currency": "IDR", "status": "SUCCESS", "create_time": 0}
    assert books.shop.control("POST", "/money/withdraw", {})["balance"] == 0


def test_money_that_goes_back_before_the_settlement_lessens_it(books: Books) -> None:
    order = books.shop.place_order("KRP-01", 2, on="tiktok_shop")
    books.ship(order)
    books.shop.collect(order)
    books.shop.arrive(order)
    before = next(row for row in books.unsettled()["transactions"] if row["order_id"] == order.id)
    books.ask_back(order)
    row = next(row for row in books.unsettled()["transactions"] if row["order_id"] == order.id)
    assert int(row["est_revenue_amount"]) * 2 == int(before["est_revenue_amount"])
    assert row["revenue_breakdown"]["refund_subtotal_before_discount_amount"] == "-" + row["est_revenue_amount"]


def test_money_that_goes_back_after_the_settlement_is_taken_from_a_later_one(books: Books) -> None:
    order = books.shop.place_order("KRP-01", 2, on="tiktok_shop")
    books.ship(order)
    books.shop.collect(order)
    books.shop.arrive(order)
    made = books.shop.control("POST", "/returns", {"order": order.key, "kind": "REFUND", "units": 1})
    books.shop.complete(order)
    books.pass_days(1)
    settled = books.of(order)
    assert made["refunded"] == 0
    books.pass_days(3)  # nobody answers the buyer: after 48 hours that is a yes
    told = books.of(order)
    assert len(told["sku_transactions"]) == 2
    assert len({row["statement_id"] for row in told["sku_transactions"]}) == 2
    assert int(told["revenue_amount"]) * 2 == int(settled["revenue_amount"])
    assert int(told["fee_and_tax_amount"]) * 2 <= int(settled["fee_and_tax_amount"]) + 2


def test_a_tokopedia_buyers_order_after_the_merge_is_settled_here_and_tokopedias_own_is_not(books: Books) -> None:
    old = books.shop.place_order("TMB-01", on="tokopedia")
    books.shop.merge()
    new = books.shop.place_order("TMB-01", on="tokopedia")
    told = [row["order_id"] for row in books.unsettled()["transactions"]]
    assert new.id in told
    assert str(old.id) not in told
    assert books.api.call("GET", f"/finance/202501/orders/{old.id}/statement_transactions")["code"] == 21001001


def test_each_day_has_one_statement_and_pages_lead_through_them(books: Books) -> None:
    for _ in range(5):
        books.completed()
        books.pass_days(1)
    every = books.statements()
    days = [row["statement_time"] for row in every]
    assert days == sorted(set(days))
    assert len(days) >= 5
    assert [row["id"] for row in books.statements(sort_order="DESC")] == [row["id"] for row in every][::-1]
    middle = str(days[2])
    assert [row["statement_time"] for row in books.statements(statement_time_ge=middle)] == days[2:]
    assert [row["statement_time"] for row in books.statements(statement_time_lt=middle)] == days[:2]
    assert {row["payment_status"] for row in books.statements(payment_status="PROCESSING")} == {"PROCESSING"}
    assert books.statements(payment_status="FAILED") == []


def test_each_version_tells_transactions_in_its_own_fields_and_to_the_same_rupiah(books: Books) -> None:
    order = books.shop.place_order("KRP-01", 3, on="tiktok_shop")
    books.ship(order)
    for act in (books.shop.collect, books.shop.arrive):
        act(order)
    asked = books.shop.control("POST", "/returns", {"order": order.key, "units": 1})["return_id"]
    books.shop.complete(order)
    books.pass_days(1)
    books.api.data("POST", f"/return_refund/202309/returns/{asked}/approve", body={"decision": "APPROVE_REFUND"})
    books.shop.control("POST", f"/returns/{asked}/refund", {})
    statement = books.statements()[0]
    new, old = books.of(order), books.get(f"202309/orders/{order.id}/statement_transactions")
    assert new["settlement_amount"] == str(sum(int(row["settlement_amount"]) for row in old["statement_transactions"]))
    for row in old["statement_transactions"]:
        assert row["settlement_amount"] == str(sum(int(part["settlement_amount"]) for part in row["sku_statement_transactions"]))
        assert int(row["fee_amount"]) == int(row["platform_commission_amount"]) + int(row["transaction_fee_amount"])
    whole = books.get(f"202309/statements/{statement['id']}/statement_transactions", **BY_ORDER)
    assert (whole["settlement_amount"], whole["statement_time"]) == (statement["settlement_amount"], statement["statement_time"])
    assert sum(int(row["settlement_amount"]) for row in whole["statement_transactions"]) == int(statement["settlement_amount"])


@pytest.mark.parametrize("about", [True, False])
def test_an_adjustment_is_settled_beside_the_orders(books: Books, about: bool) -> None:
    order = books.completed()
    books.shop.control("POST", "/money/adjust", {"amount": -5000, "kind": "PLATFORM_PENALTY", **({"order": order.key} if about else {})})
    waiting = next(row for row in books.unsettled()["transactions"] if row["type"] == "PLATFORM_PENALTY")
    assert (waiting["est_settlement_amount"], waiting["est_adjustment_amount"], "order_id" in waiting) == ("-5000", "-5000", False)
    books.pass_days(1)
    statement = books.statements()[0]
    assert statement["adjustment_amount"] == "-5000"
    for row in (books.transactions(statement["id"])["transactions"], books.get(f"202309/statements/{statement['id']}/statement_transactions", **BY_ORDER)["statement_transactions"]):
        told = next(one for one in row if one["type"] == "PLATFORM_PENALTY")
        assert (told["settlement_amount"], told["adjustment_amount"], told.get("adjustment_order_id")) == ("-5000", "-5000", order.id if about else None)
    assert books.of(order)["settlement_amount"] == str(int(statement["settlement_amount"]) + 5000)


@pytest.mark.parametrize("version", ["202309", "202605"])
def test_payments_are_not_for_indonesia(books: Books, version: str) -> None:
    answer = books.api.call("GET", f"/finance/{version}/payments", {"sort_field": "create_time"})
    assert (answer["code"], "Get Withdrawals" in next(reversed(books.api.workspace.journal)).words) == (105005, True)


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("202309/statements", {}, 36009004),
        ("202309/statements", {"sort_field": "id"}, 21001001),
        ("202309/statements", {**SORT, "page_size": "101"}, 21001001),
        ("202501/statements/7238000000000000001/statement_transactions", BY_ORDER, 21001001),
        ("202501/orders/1/statement_transactions", {}, 21001001),
        ("202309/withdrawals", {}, 36009004),
        ("202309/withdrawals", {"types": "GIFT"}, 21001001),
        ("202309/withdrawals", {"types": "SETTLE", "page_token": "nonsense"}, 21001001),
    ],
)
def test_what_cannot_be_asked_is_refused(books: Books, path: str, query: dict[str, str], code: int) -> None:
    before = books.api.workspace.world
    assert books.api.call("GET", "/finance/" + path, query)["code"] == code
    assert books.api.workspace.world is before


def test_a_list_of_types_may_be_json(books: Books) -> None:
    books.completed()
    books.pass_days(4)
    assert books.withdrawals('["SETTLE"]') == books.withdrawals("SETTLE") != []


def test_every_answer_has_the_documented_shape(books: Books) -> None:
    order = books.completed()
    books.pass_days(4)
    other = books.shop.place_order("KRP-01", on="tiktok_shop")
    assert other.id in [row["order_id"] for row in books.unsettled()["transactions"]]
    answers = {
        "get-statements-202309": books.get("202309/statements", **SORT),
        "get-transactions-by-statement-202501": books.transactions(books.statements()[-1]["id"]),
        "get-transactions-by-order-202501": books.of(order),
        "get-unsettled-transactions-202507": books.unsettled(),
        "get-withdrawals-202309": books.get("202309/withdrawals", types="SETTLE"),
    }
    for source, told in answers.items():
        assert undocumented(told, rows.row(source).response, source) == []


# ---- laws --------------------------------------------------------------------------------------------------------------------------------------

_ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("order"), st.integers(1, 3), st.sampled_from(["tiktok_shop", "tokopedia"])),
        st.tuples(st.sampled_from(["ship", "collect", "arrive", "complete", "cancel", "back", "adjust"]), st.integers(0, 5), st.just("")),
        st.tuples(st.just("days"), st.integers(1, 3), st.just("")),
        st.tuples(st.just("merge"), st.just(0), st.just("")),
    ),
    max_size=14,
)


def _do(books: Books, orders: list[Order], act: str, number: int, app: str) -> None:
    shop = books.shop
    if act == "order":
        orders.append(shop.place_order("KRP-01" if app == "tiktok_shop" else "TMB-01", number, on=app))
    elif act == "days":
        books.pass_days(number)
    elif act == "merge":
        shop.merge()
        books.api.refresh()
    elif orders:
        order = orders[number % len(orders)]
        if act == "ship" and order.platform == "tiktok_shop":
            books.ship(order)
        elif act == "back":
            books.ask_back(order)
        elif act == "adjust":
            shop.control("POST", "/money/adjust", {"amount": 1000 * number - 2500, "order": order.key})
        elif act in ("collect", "arrive", "complete", "cancel"):
            getattr(shop, act)(order)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=_ACTS)
def test_every_figure_is_the_sum_of_its_parts(acts: list[tuple[str, int, str]]) -> None:
    with local("sums", world="small") as shop:
        books = Books(shop)
        orders: list[Order] = []
        for act, number, app in acts:
            try:
                _do(books, orders, act, number, app)
            except (NotPossible, AssertionError):  # the order is not so far, or nothing is left
                continue
        in_all = _settled(books)
        unsettled = books.unsettled()
        rows_ = unsettled["transactions"]
        for name in ("settlement", "revenue", "adjustment"):
            assert int(unsettled[f"sum_est_{name}_amount"]) == sum(int(row[f"est_{name}_amount"]) for row in rows_)
        assert all(int(row["est_settlement_amount"]) == int(row["est_revenue_amount"]) + int(row["est_fee_tax_amount"]) + int(row["est_shipping_cost_amount"]) + int(row["est_adjustment_amount"]) for row in rows_)
        assert int(unsettled["sum_est_revenue_amount"]) + in_all == _sold(books)
        balance = sum(int(row["amount"]) * (1 if row["type"] == "SETTLE" else -1) for row in books.withdrawals())
        assert balance == sum(int(row["settlement_amount"]) for row in books.statements(payment_status="PAID")) == shop.control("GET", "/money")["balance"]


def _settled(books: Books) -> int:
    """What was settled in all; every statement is checked against its transactions, and these against their orders."""
    revenue = 0
    orders: dict[str, int] = {}
    for statement in books.statements():
        told = books.transactions(statement["id"])
        whole = told["total_settlement_breakdown"]
        assert told["total_settlement_amount"] == statement["settlement_amount"]
        assert int(statement["settlement_amount"]) == sum(int(whole[f"total_{name}_amount"]) for name in ("revenue", "shipping_cost", "fee_tax", "adjustment"))
        for name, sums in (("revenue_amount", "total_revenue_amount"), ("fee_tax_amount", "total_fee_tax_amount"), ("settlement_amount", "")):
            added = sum(int(row[name]) for row in told["transactions"])
            assert added == int(whole[sums] if sums else told["total_settlement_amount"])
        for row in (row for row in told["transactions"] if row["type"] == "ORDER"):
            orders[row["order_id"]] = orders.get(row["order_id"], 0) + int(row["settlement_amount"])
            parts = row["revenue_breakdown"]
            assert int(row["revenue_amount"]) == sum(int(value) for value in parts.values())
            assert int(row["fee_tax_amount"]) == sum(int(value) for part in row["fee_tax_breakdown"].values() for value in part.values())
        revenue += int(statement["revenue_amount"])
    for order, settled in orders.items():
        told = books.get(f"202501/orders/{order}/statement_transactions")
        assert int(told["settlement_amount"]) == settled == sum(int(row["settlement_amount"]) for row in told["sku_transactions"])
    return revenue


def _sold(books: Books) -> int:
    """What TikTok Shop orders that stand have brought in, less what went back for goods."""
    returned: dict[int, int] = {}
    for held in books.api.workspace.world.shelf(RETURNS).rows.values():
        returned[held.order] = returned.get(held.order, 0) + (held.amount if held.refunded else 0)
    total = 0
    for order in books.shop.orders(on="tiktok_shop"):
        if order.status not in ("unpaid", "cancelled"):
            goods = sum(item["price"] * item["quantity"] for item in order.raw["items"])
            total += goods - returned.get(int(order.key.removeprefix("order-")), 0)
    return total
