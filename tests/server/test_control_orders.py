"""Buyers order, and things happen to their orders."""

from __future__ import annotations

from typing import Any

import pytest
from control_api import Control


def _sold(mock: Control, app: str, **wanted: Any) -> dict[str, Any]:
    """A SKU that an app sells, as the control API lists candidates: of a product that nothing else shares its SKU with."""
    told = mock.refused("POST", "orders", {"buyer_app": app, "items": [{"sku": "no such sku at all"}]})
    found: dict[str, Any] = next(row for row in told["candidates"] if app in row["sold_on"] and row["sku"])
    return found


@pytest.mark.parametrize(("app", "kind"), [("tokopedia", int), ("tiktok_shop", str)])
def test_an_order_answers_its_key_and_the_id_of_the_platform_that_owns_it(mock: Control, app: str, kind: type) -> None:
    told = mock("POST", "orders", {"buyer_app": app})
    assert told["platform"] == app
    assert isinstance(told["order_id"], kind)
    assert told["key"].startswith("order-")
    assert told["status"] == "paid"
    assert told["created"]["world"] == told["created"]["wire"] == mock("GET", "clock")["now"]
    assert [row["key"] for row in told["orders"]] == [told["key"]]
    for name in (told["key"], told["order_id"]):
        assert mock("GET", f"orders/{name}")["key"] == told["key"]


def test_many_orders_are_placed_in_one_call_for_one_buyer(mock: Control) -> None:
    told = mock("POST", "orders", {"buyer_app": "tiktok_shop", "count": 5, "buyer": None})
    assert len({row["order_id"] for row in told["orders"]}) == 5
    assert len({row["buyer"] for row in told["orders"]}) == 1


def test_the_same_seed_picks_the_same_order(mock: Control) -> None:
    mock("POST", "snapshots", {"name": "s"})
    first = mock("POST", "orders", {"buyer_app": "tokopedia"})
    mock("POST", "snapshots/s/restore")
    assert mock("POST", "orders", {"buyer_app": "tokopedia"})["items"] == first["items"]


def test_items_are_named_by_sku_or_by_the_product_id_of_either_platform(mock: Control) -> None:
    row = _sold(mock, "tokopedia")
    by_sku = mock("POST", "orders", {"buyer_app": "tokopedia", "items": [{"sku": row["sku"], "quantity": 2}]})
    assert by_sku["items"][0]["quantity"] == 2
    name = row["tokopedia_child_id"] or row["product_id"]["tokopedia"]
    by_id = mock("POST", "orders", {"buyer_app": "tokopedia", "items": [{"product_id": name}]})
    assert by_id["items"][0]["sku"] == row["sku"]


def test_after_the_merge_a_product_is_named_by_either_id_and_the_order_is_tiktok_shops(mock: Control) -> None:
    row = _sold(mock, "tokopedia")
    mock("PUT", "preconditions/merge_event_subscription", {"met": True})
    mock("POST", "migration/link")
    mock("POST", "migration/complete")
    copied = mock("GET", "stock", sku=row["sku"])["records"][0]
    for name in (copied["product_id"]["tiktok_shop"], copied["tokopedia_child_id"] or copied["product_id"]["tokopedia"], copied["sku_id"]):
        item = {"sku_id": name} if name == copied["sku_id"] else {"product_id": name}
        if item.get("product_id") == copied["product_id"]["tiktok_shop"] and copied["tokopedia_child_id"]:
            continue  # a product with variants: its id alone is ambiguous
        told = mock("POST", "orders", {"buyer_app": "tokopedia", "items": [item]})
        assert told["platform"] == "tiktok_shop"
        assert told["buyer_app"] == "tokopedia"
        assert told["items"][0]["sku"] == row["sku"]


def test_what_is_not_sold_is_refused_with_candidates_and_nothing_is_placed(mock: Control) -> None:
    row = _sold(mock, "tokopedia")
    before = mock("GET", "orders")
    told = mock.refused("POST", "orders", {"buyer_app": "tokopedia", "items": [{"sku": row["sku"]}, {"sku": row["sku"] + "x"}]})
    assert row["sku"] in [candidate["sku"] for candidate in told["candidates"]]
    assert mock("GET", "orders") == before


def test_too_little_stock_is_refused_unless_it_is_forced(mock: Control) -> None:
    row = _sold(mock, "tokopedia")
    item = {"sku": row["sku"], "quantity": 1000}
    told = mock.refused("POST", "orders", {"buyer_app": "tokopedia", "items": [item]})
    assert "left" in told["detail"]
    assert mock("POST", "orders", {"buyer_app": "tokopedia", "items": [item], "force": True})["status"] == "paid"
    held = mock("GET", "stock", sku=row["sku"])
    assert all(record["available"] >= 0 for record in held["records"])


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "buyer_app"),
        ({"buyer_app": "shopee"}, "tokopedia"),
        ({"buyer_app": "tokopedia", "items": [{"quantity": 1}]}, "sku, product_id or sku_id"),
        ({"buyer_app": "tokopedia", "items": [{"sku": "a", "product_id": "1"}]}, "one of"),
        ({"buyer_app": "tokopedia", "items": [{"product_id": "1"}]}, "no product '1'"),
        ({"buyer_app": "tokopedia", "count": 0}, "count"),
        ({"buyer_app": "tokopedia", "pay": "later"}, "after"),
        ({"buyer_app": "tokopedia", "pay": {"after": -1}}, "after"),
        ({"buyer_app": "tokopedia", "buyer": "nobody"}, "the buyers are"),
        ({"buyer_app": "tokopedia", "warehouse": "moon"}, "no warehouse"),
        ({"buyer_app": "tokopedia", "courier": "pigeon"}, "no courier"),
        ({"buyer_app": "tokopedia", "items": [{"sku": "a", "quantity": 0}]}, "quantity"),
        ({"buyer_app": "tokopedia", "items": [{"sku": "a", "qty": 1}]}, "quantity"),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_changes_nothing(mock: Control, body: dict[str, Any], word: str) -> None:
    before = mock.server.simulator.workspaces["w"].world
    assert word in mock.refused("POST", "orders", body)["detail"]
    assert mock.server.simulator.workspaces["w"].world is before


def test_a_seller_without_a_shop_there_takes_no_orders_there(mock: Control) -> None:
    alone = next(seller["seller"] for seller in mock("GET", "")["sellers"] if seller["tiktok_shop"] is None)
    assert "no shop on tiktok_shop" in mock.refused("POST", "orders", {"buyer_app": "tiktok_shop", "seller": alone})["detail"]


def test_a_buyer_may_pay_later_or_never(mock: Control) -> None:
    told = mock("POST", "orders", {"buyer_app": "tokopedia", "pay": {"after": 600}})
    assert told["status"] == "unpaid"
    mock("POST", "clock/advance", {"seconds": 600, "deliver": "hold"})
    assert mock("GET", f"orders/{told['key']}")["status"] == "paid"
    unpaid = mock("POST", "orders", {"buyer_app": "tiktok_shop", "pay": False})
    assert unpaid["status"] == "unpaid"
    assert mock("POST", f"orders/{unpaid['order_id']}/pay")["status"] == "paid"


def test_acts_move_an_order_or_are_refused_in_words(mock: Control) -> None:
    key = mock("POST", "orders", {"buyer_app": "tokopedia"})["key"]
    assert "needs in_transit" in mock.refused("POST", f"orders/{key}/deliver")["detail"]
    assert mock("POST", f"orders/{key}/request-cancel", {"reason": "wrong size"})["cancel_request"] == "pending"
    assert mock("POST", f"orders/{key}/withdraw-cancel")["cancel_request"] == "withdrawn"
    assert mock("POST", f"orders/{key}/address", {"street": "Jl. Melati 7"})["status"] == "paid"
    assert "name what changes" in mock.refused("POST", f"orders/{key}/address", {})["detail"]
    told = mock("POST", f"orders/{key}/cancel", {"by": "buyer", "reason": "changed my mind"})
    assert (told["status"], told["cancelled_by"]) == ("cancelled", "buyer")
    assert mock.refused("POST", f"orders/{key}/cancel")["status"] == 409


def test_goods_that_come_back_are_free_to_sell_again(mock: Control) -> None:
    row = _sold(mock, "tokopedia")
    before = mock("GET", "stock", sku=row["sku"])["available"]
    key = mock("POST", "orders", {"buyer_app": "tokopedia", "items": [{"sku": row["sku"], "quantity": 2}]})["key"]
    told = mock("GET", "stock", sku=row["sku"])
    assert (told["available"], told["committed"]) == (before - 2, 2)
    assert [held["order"] for held in told["reservations"]] == [key]
    workspace = mock.server.simulator.workspaces["w"]
    from mockplatforms.domain import acceptance, shipping

    serial = int(key.removeprefix("order-"))
    workspace.apply(acceptance.accept, serial)
    workspace.apply(shipping.request_pickup, serial)
    assert mock("POST", f"orders/{key}/collect")["status"] == "in_transit"
    assert mock("POST", f"orders/{key}/deliver")["status"] == "delivered"
    assert mock("POST", f"orders/{key}/complain")["status"] == "complained"
    assert mock("POST", f"orders/{key}/return")["status"] == "returned"
    told = mock("GET", "stock", sku=row["sku"])
    assert (told["available"], told["committed"], told["reservations"]) == (before, 0, [])


def test_a_deadline_passes_at_will(mock: Control) -> None:
    key = mock("POST", "orders", {"buyer_app": "tokopedia"})["key"]
    assert mock("POST", f"orders/{key}/expire")["status"] == "cancelled"
    assert "waits for no deadline" in mock.refused("POST", f"orders/{key}/expire")["detail"]


def test_an_unknown_order_is_refused(mock: Control) -> None:
    for name in ("order-999999999", "1", "x", "order-x", "9" * 40):
        assert mock.refused("GET", f"orders/{name}")["status"] == 404


def test_orders_are_listed_newest_first(mock: Control) -> None:
    one = mock("POST", "orders", {"buyer_app": "tokopedia"})
    mock("POST", "clock/advance", {"seconds": 1, "deliver": "hold"})
    other = mock("POST", "orders", {"buyer_app": "tiktok_shop", "pay": False})
    assert [row["key"] for row in mock("GET", "orders", limit=2)["orders"]] == [other["key"], one["key"]]
    assert [row["key"] for row in mock("GET", "orders", platform="tokopedia", limit=1)["orders"]] == [one["key"]]
    assert {row["status"] for row in mock("GET", "orders", status="unpaid")["orders"]} == {"unpaid"}


def test_stock_of_an_unknown_sku_is_refused_with_the_nearest(mock: Control) -> None:
    row = _sold(mock, "tokopedia")
    assert row["sku"] in mock.refused("GET", "stock", sku=row["sku"] + " ")["candidates"]
    assert mock.refused("GET", "stock")["field"] == "sku"
