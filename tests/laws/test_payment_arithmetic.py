"""What an order costs adds up to the rupiah on every page that tells it, whatever was bought at whatever discount."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from arranged import Seller
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockplatforms.domain.orders import ORDERS
from mockplatforms.testing import local
from mockplatforms.tiktok_shop import ids

RUPIAH = st.integers(0, 100_000_000)
LINES = st.lists(st.tuples(st.integers(100, 100_000_000), st.integers(0, 100), st.integers(1, 20)), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def seller() -> Iterator[Seller]:
    with local("payment", world="small") as shop:
        yield Seller(shop)


def bought(seller: Seller, lines: list[tuple[int, int, int]], shipping: int, insurance: int, service: int) -> dict[str, Any]:
    """An order of such lines (price before discount, per cent off, units) and fees, as its detail tells it."""
    order = seller.placed(seller.order())
    serial = seller.world.next
    items = []
    for listed, off, units in lines:
        items.append(order.items[0].but(serial=serial, list_price=listed, price=listed - listed * off // 100, quantity=units))
        serial += units
    made = order.but(items=tuple(items), shipping_fee=shipping, insurance_fee=insurance, service_fee=service)
    seller.workspace.apply(lambda world: world.put(ORDERS, made).but(next=serial))
    told: dict[str, Any] = seller.api.data("GET", "/order/202507/orders", {"ids": ids.text(ids.order(seller.world), order.serial)})["orders"][0]
    return told


LAW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)


@LAW
@given(lines=LINES, shipping=RUPIAH, insurance=RUPIAH, service=RUPIAH)
def test_an_orders_payment_is_the_sum_of_its_parts(lines: list[tuple[int, int, int]], shipping: int, insurance: int, service: int, seller: Seller) -> None:
    told = bought(seller, lines, shipping, insurance, service)
    paid = {name: int(value) for name, value in told["payment"].items() if name != "currency"}
    sold = sum((listed - listed * off // 100) * units for listed, off, units in lines)

    assert min(paid.values()) >= 0 and all(value.isdigit() for name, value in told["payment"].items() if name != "currency")
    assert paid["sub_total"] == sold == paid["original_total_product_price"] - paid["seller_discount"] - paid["platform_discount"]
    assert paid["shipping_fee"] == paid["original_shipping_fee"] - paid["shipping_fee_seller_discount"] - paid["shipping_fee_platform_discount"]
    assert paid["total_amount"] == sold + shipping + insurance + service
    assert len(told["line_items"]) == sum(units for _, _, units in lines)
    for name, of_lines in {"sub_total": "sale_price", "original_total_product_price": "original_price", "seller_discount": "seller_discount", "buyer_service_fee": "buyer_service_fee"}.items():
        assert paid[name] == sum(int(line[of_lines]) for line in told["line_items"]), name


@LAW
@given(lines=LINES, shipping=RUPIAH, insurance=RUPIAH, service=RUPIAH)
def test_the_price_detail_tells_the_same_sums(lines: list[tuple[int, int, int]], shipping: int, insurance: int, service: int, seller: Seller) -> None:
    told = bought(seller, lines, shipping, insurance, service)
    detail = seller.api.data("GET", f"/order/202407/orders/{told['id']}/price_detail")

    assert detail["payment"] == told["payment"]["total_amount"]
    assert int(detail["total"]) - int(detail["payment"]) == int(told["payment"]["seller_discount"])
    assert sum(int(line["sku_sale_price"]) for line in detail["line_items"]) == int(told["payment"]["sub_total"])
    assert {line["id"] for line in detail["line_items"]} == {line["id"] for line in told["line_items"]}


@LAW
@given(lines=LINES, shipping=RUPIAH)
def test_a_refund_of_everything_is_what_was_paid_for_it(lines: list[tuple[int, int, int]], shipping: int, seller: Seller) -> None:
    told = bought(seller, lines, shipping, 0, 0)
    body = {"order_id": told["id"], "request_type": "CANCEL", "reason_name": "seller_cancel_reason_out_of_stock"}
    refund = seller.api.data("POST", "/return_refund/202309/refunds/calculate", {}, body)["order_refund_amount"]

    assert int(refund["refund_total"]) == int(refund["refund_subtotal"]) + int(refund["refund_shipping_fee"]) + int(refund["refund_tax"])
    assert int(refund["refund_total"]) == int(told["payment"]["total_amount"])
