"""Rules of orders: what a buyer's cart may name, what an order answers, what can be chosen for it, and that shipping twice is one parcel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from control_api import Control, made
from test_semantics import link, merge, place, product, stock, tiktok, tokopedia

ALONE = "BLS-03"  # carried by one Tokopedia product
TWICE = "GANDA-01"  # carried by two Tokopedia products
LAST = "SATU"  # one unit is left
OFF = "PNL-01"  # taken off by the seller, none in stock
DETAIL = "/order/202309/orders"
SINGLE = "/v2/fs/{fs_id}/order"
LISTING = "/v1/products/fs/{fs_id}"


@pytest.fixture
def mock() -> Iterator[Control]:
    """A server with the workspace ``w``: the demo world in virtual time that stands still until it is advanced."""
    server, real = made()
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        control_api("PUT", "", {"seed": 7, "world": "demo", "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}})
        yield control_api
        runner.run(server.stop())


def on_tokopedia(mock: Control, order: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = tokopedia(mock).data("GET", SINGLE, {"order_id": order["order_id"]})
    return told


def on_tiktok(mock: Control, order: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = tiktok(mock).data("GET", DETAIL, {"ids": order["order_id"]})["orders"][0]
    return told


def switch(mock: Control, sku: str, act: str) -> None:
    """The seller puts a Tokopedia product on sale, or takes it off."""
    client = tokopedia(mock)
    sent = {"product_id": [product(mock, sku)["basic"]["productID"]]}
    client.data("POST", f"{LISTING}/{act}", {"shop_id": client.shop_id}, sent)


# ---- what a cart may name ---------------------------------------------------------------------------------------------------------------------


def test_what_is_taken_off_sale_is_not_ordered_until_it_is_on_sale_again(mock: Control) -> None:
    item = {"sku": ALONE}
    switch(mock, ALONE, "inactive")
    assert "does not sell" in mock.refused("POST", "orders", {"buyer_app": "tokopedia", "items": [item]})["detail"]
    switch(mock, ALONE, "active")
    assert place(mock, "tokopedia", items=[item])["items"][0]["sku"] == ALONE


@pytest.mark.parametrize(("app", "sku"), [("tiktok_shop", ALONE), ("tokopedia", "TTK-01")])
def test_until_the_merge_no_app_sells_what_the_other_alone_has(app: str, sku: str, mock: Control) -> None:
    assert f"{app} does not sell" in mock.refused("POST", "orders", {"buyer_app": app, "items": [{"sku": sku}]})["detail"]


def test_a_product_is_named_by_the_other_platforms_id_too(mock: Control) -> None:
    merge(mock)
    shown = product(mock, ALONE)
    orders = [place(mock, "tokopedia", items=[{"product_id": name}]) for name in (str(shown["basic"]["productID"]), shown["tts_product_id"])]
    assert [order["items"][0]["product_id"] for order in orders] == [shown["tts_product_id"]] * 2


@pytest.mark.parametrize(
    ("item", "why", "candidates"),
    [
        ({"sku": TWICE}, "means 2 things", [TWICE, TWICE]),
        ({"sku": LAST, "quantity": 2}, "1 left", [LAST]),
        ({"sku": OFF}, "does not sell", [OFF]),
    ],
    ids=["ambiguous", "too little stock", "not sold there"],
)
def test_a_cart_that_cannot_be_is_refused_with_the_candidates_and_nothing_is_placed(
    item: dict[str, Any], why: str, candidates: list[str], mock: Control
) -> None:
    before = mock("GET", "orders")
    told = mock.refused("POST", "orders", {"buyer_app": "tokopedia", "items": [{"sku": ALONE}, item]})
    assert told["status"] == 409
    assert why in told["detail"]
    assert [row["sku"] for row in told["candidates"]] == candidates
    assert mock("GET", "orders") == before


def test_a_candidate_is_ordered_by_its_product_id(mock: Control) -> None:
    told = mock.refused("POST", "orders", {"buyer_app": "tokopedia", "items": [{"sku": TWICE}]})
    for row in told["candidates"]:
        name = row["product_id"]["tokopedia"]
        assert place(mock, "tokopedia", items=[{"product_id": str(name)}])["items"][0]["product_id"] == name


def test_by_force_what_is_not_on_sale_is_sold(mock: Control) -> None:
    assert place(mock, "tokopedia", items=[{"sku": OFF}], force=True)["items"][0]["sku"] == OFF


@pytest.mark.parametrize("app", ["tokopedia", "tiktok_shop"])
def test_without_items_the_seed_picks_what_that_app_sells(app: str, mock: Control) -> None:
    item = place(mock, app)["items"][0]
    records = stock(mock, item["sku"])["records"]
    assert item["quantity"] == 1
    assert app in next(row for row in records if row["product_id"][app] is not None)["sold_on"]


# ---- what it answers and what can be chosen ---------------------------------------------------------------------------------------------------


def test_an_order_answers_the_seller_whose_it_is(mock: Control) -> None:
    assert place(mock, "tokopedia", seller="tetap")["seller"] == "tetap"


@pytest.mark.parametrize(("before", "platform"), [(lambda mock: None, "tokopedia"), (link, "tokopedia"), (merge, "tiktok_shop")])
def test_an_order_of_a_tokopedia_buyer_answers_the_platform_that_owns_it_in_each_phase(before: Any, platform: str, mock: Control) -> None:
    before(mock)
    order = place(mock, "tokopedia", items=[{"sku": ALONE}])
    assert (order["platform"], order["buyer_app"]) == (platform, "tokopedia")


@pytest.mark.parametrize("app", ["tokopedia", "tiktok_shop"])
def test_a_chosen_buyer_orders(app: str, mock: Control) -> None:
    assert place(mock, app, buyer="sari")["buyer"] == "sari"


def test_a_chosen_warehouse_ships(mock: Control) -> None:
    order = place(mock, "tokopedia", items=[{"sku": ALONE}], warehouse="Gudang Bandung")
    assert on_tokopedia(mock, order)["order_warehouse"]["meta_data"]["warehouse_name"] == "Gudang Bandung"
    held = {row["name"]: row["committed"] for row in stock(mock, ALONE)["records"][0]["stock"]}
    assert held == {"Gudang Utama": 0, "Gudang Bandung": 1}


def test_a_chosen_courier_carries_it(mock: Control) -> None:
    sent = on_tokopedia(mock, place(mock, "tokopedia", courier="JNE"))["order_info"]["shipping_info"]
    assert (sent["logistic_name"], on_tiktok(mock, place(mock, "tiktok_shop", courier="JNE"))["shipping_provider"]) == ("JNE", "JNE")


def test_an_order_with_cash_on_delivery_is_to_be_shipped_without_a_payment(mock: Control) -> None:
    order = place(mock, "tiktok_shop", cod=True, pay=False)
    told = on_tiktok(mock, order)
    assert (told["is_cod"], told["status"]) == (True, "AWAITING_SHIPMENT")


# ---- shipping twice ---------------------------------------------------------------------------------------------------------------------------


def accepted(mock: Control) -> dict[str, Any]:
    order = place(mock, "tokopedia", items=[{"sku": ALONE, "quantity": 2}])
    tokopedia(mock).data("POST", f"/v1/order/{order['order_id']}/fs/{{fs_id}}/ack", None, {"products": []})
    return order


def confirm(mock: Control, order: dict[str, Any], awb: str) -> int:
    sent = {"order_status": 500, "shipping_ref_num": awb}
    return tokopedia(mock).reply("POST", f"/v1/order/{order['order_id']}/fs/{{fs_id}}/status", None, sent).status


def call_courier(mock: Control, order: dict[str, Any]) -> int:
    client = tokopedia(mock)
    return client.reply("POST", "/inventory/v1/fs/{fs_id}/pick-up", None, {"order_id": order["order_id"], "shop_id": client.shop_id}).status


def test_a_pick_up_and_a_later_confirmation_are_one_parcel(mock: Control) -> None:
    before = stock(mock, ALONE)
    order = accepted(mock)
    assert (call_courier(mock, order), confirm(mock, order, "JX1")) == (200, 200)
    after = stock(mock, ALONE)
    assert (after["available"], after["committed"]) == (before["available"] - 2, before["committed"])
    told = mock("POST", "clock/advance", {"seconds": 10 * 86400, "deliver": "hold"})
    assert [row["kind"] for row in told["rang"] if row["about"] == order["key"]] == ["order.deliver", "order.complete"]
    assert mock("GET", f"orders/{order['key']}")["tracking_number"] == "JX1"
    assert stock(mock, ALONE) == after


@pytest.mark.parametrize("awb", ["JX1", "JX2"])
def test_a_second_confirmation_is_refused_and_the_parcel_keeps_its_number(awb: str, mock: Control) -> None:
    order = accepted(mock)
    confirm(mock, order, "JX1")
    after = stock(mock, ALONE)
    assert confirm(mock, order, awb) == 400
    assert mock("GET", f"orders/{order['key']}")["tracking_number"] == "JX1"
    assert stock(mock, ALONE) == after


def test_a_second_pick_up_is_refused(mock: Control) -> None:
    order = accepted(mock)
    assert (call_courier(mock, order), call_courier(mock, order)) == (200, 400)


def test_a_package_that_is_shipped_twice_leaves_once(mock: Control) -> None:
    order = place(mock, "tiktok_shop", items=[{"sku": "TTK-01", "quantity": 2}])
    package = on_tiktok(mock, order)["packages"][0]["id"]
    codes = [tiktok(mock).call("POST", f"/fulfillment/202309/packages/{package}/ship", None, {"handover_method": "PICKUP"})["code"] for _ in range(2)]
    assert (codes[0] == 0, codes[1] == 0) == (True, False)
    before = stock(mock, "TTK-01")
    told = mock("POST", "clock/advance", {"seconds": 7200, "deliver": "hold"})
    assert [row["kind"] for row in told["rang"] if row["about"] == order["key"]] == ["package.collect"]
    after = stock(mock, "TTK-01")
    assert (after["available"], after["committed"]) == (before["available"], before["committed"] - 2)
