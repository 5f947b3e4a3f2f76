"""Rules of stock and price through the phases: strangers before the merge, one record after it, and the truth behind a seller SKU."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from control_api import Control, made
from test_semantics import choose, link, merge, place, product, tiktok, tokopedia

TWIN = "KOP-02"  # carried by a product on each platform
ALONE = "BLS-03"  # carried by one Tokopedia product
LAST = "SATU"  # one unit is left
STOCK = "/inventory/v1/fs/{fs_id}/stock/update"
PRODUCTS = "/product/202309/products"


@pytest.fixture
def mock() -> Iterator[Control]:
    """A server with the workspace ``w``: the demo world in virtual time that stands still until it is advanced."""
    server, real = made()
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        control_api("PUT", "", {"seed": 7, "world": "demo", "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}})
        yield control_api
        runner.run(server.stop())


def records(mock: Control, sku: str) -> dict[str, dict[str, Any]]:
    """The first seller's records of a seller SKU, by the platform on which each was born."""
    return {row["home"]: row for row in mock("GET", "stock", sku=sku, seller="maju")["records"]}


def free(mock: Control, sku: str) -> dict[str, int]:
    return {home: row["available"] for home, row in records(mock, sku).items()}


def copy_of(mock: Control, sku: str) -> dict[str, Any]:
    """The copy of a Tokopedia product as TikTok Shop shows it."""
    return tiktok(mock).data("GET", f"{PRODUCTS}/{product(mock, sku)['tts_product_id']}")


def order_by(mock: Control, app: str, sku: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return place(mock, app, items=[{"sku": sku, "quantity": quantity}], **more)


# ---- before the merge -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("merging", [False, True])
@pytest.mark.parametrize(("app", "other"), [("tokopedia", "tiktok_shop"), ("tiktok_shop", "tokopedia")])
def test_until_the_merge_a_sale_on_one_side_never_touches_the_twin(app: str, other: str, merging: bool, mock: Control) -> None:
    if merging:
        link(mock)
    before = free(mock, TWIN)
    order_by(mock, app, TWIN, 2)
    assert free(mock, TWIN) == {app: before[app] - 2, other: before[other]}


@pytest.mark.parametrize("merging", [False, True])
def test_until_the_merge_a_price_on_one_side_never_touches_the_twin(merging: bool, mock: Control) -> None:
    if merging:
        link(mock)
    before = records(mock, TWIN)["tiktok_shop"]["price"]
    client = tokopedia(mock)
    client.data("POST", "/inventory/v1/fs/{fs_id}/price/update", {"shop_id": client.shop_id}, [{"sku": TWIN, "new_price": 71_000}])
    told = records(mock, TWIN)
    assert (told["tokopedia"]["price"], told["tiktok_shop"]["price"]) == (71_000, before)


# ---- one record -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sku", [ALONE, "BLM-01"])
def test_a_product_and_its_copy_have_one_name_price_and_stock_per_warehouse(sku: str, mock: Control) -> None:
    merge(mock)
    shown, copy = product(mock, sku), copy_of(mock, sku)
    assert copy["title"] == shown["basic"]["name"]
    assert copy["skus"][0]["price"]["tax_exclusive_price"] == str(shown["price"]["value"])
    held = {row["warehouse_id"]["tokopedia"]: row["warehouse_id"]["tiktok_shop"] for row in records(mock, sku)["tokopedia"]["stock"]}
    told = {held[place["warehouseID"]]: place["stock"]["value"] for place in shown["warehouses"]}
    assert {place["warehouse_id"]: place["quantity"] for place in copy["skus"][0]["inventory"]} == told


def test_a_banned_product_has_no_copy(mock: Control) -> None:
    merge(mock)
    assert "tts_product_id" not in product(mock, "SRX")
    assert tiktok(mock).data("POST", f"{PRODUCTS}/search", {"page_size": "10"}, {"seller_skus": ["SRX"]})["products"] == []


def test_a_sale_after_the_merge_takes_units_of_both_views(mock: Control) -> None:
    merge(mock)
    before = product(mock, ALONE)["main_stock"]
    order_by(mock, "tokopedia", ALONE, 3)
    assert product(mock, ALONE)["main_stock"] == before - 3
    assert sum(row["quantity"] for row in copy_of(mock, ALONE)["skus"][0]["inventory"]) == before - 3


# ---- what is in flight ------------------------------------------------------------------------------------------------------------------------


def test_a_tokopedia_order_that_is_cancelled_after_the_merge_gives_its_units_back_to_the_record(mock: Control) -> None:
    before = free(mock, ALONE)
    order = order_by(mock, "tokopedia", ALONE, 2)
    merge(mock)
    assert free(mock, ALONE) == {"tokopedia": before["tokopedia"] - 2}
    mock("POST", f"orders/{order['key']}/cancel", {"by": "buyer"})
    assert sum(row["quantity"] for row in copy_of(mock, ALONE)["skus"][0]["inventory"]) == before["tokopedia"]


def test_an_order_unpaid_at_the_merge_takes_units_of_the_record_when_it_is_paid(mock: Control) -> None:
    before = free(mock, ALONE)
    order = order_by(mock, "tokopedia", ALONE, 2, pay=False)
    merge(mock)
    assert free(mock, ALONE) == before
    assert mock("POST", f"orders/{order['key']}/pay")["platform"] == "tokopedia"
    assert sum(row["quantity"] for row in copy_of(mock, ALONE)["skus"][0]["inventory"]) == before["tokopedia"] - 2


def test_an_order_unpaid_at_the_merge_is_cancelled_when_it_is_paid_and_nothing_is_left(mock: Control) -> None:
    order = order_by(mock, "tokopedia", LAST, pay=False)
    merge(mock)
    order_by(mock, "tokopedia", LAST)
    told = mock("POST", f"orders/{order['key']}/pay")
    assert (told["status"], told["cancelled_by"]) == ("cancelled", "system")
    assert free(mock, LAST) == {"tokopedia": 0}


# ---- writes between merge and product merge -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "changes"), [("lenient", True), ("shadow_write", False)])
def test_a_stock_write_on_tokopedia_after_the_merge_goes_by_the_rule(rule: str, changes: bool, mock: Control) -> None:
    choose(mock, modify_after_merge=rule)
    merge(mock)
    before = copy_of(mock, ALONE)["skus"][0]["inventory"]
    client = tokopedia(mock)
    told = client.data("POST", STOCK, {"shop_id": client.shop_id}, [{"sku": ALONE, "new_stock": 77}])
    after = copy_of(mock, ALONE)["skus"][0]["inventory"]
    assert told["succeed_rows"] == 1
    assert (after != before) == changes == (77 in [row["quantity"] for row in after])


def test_lenient_a_price_written_on_tiktok_shop_is_read_on_tokopedia(mock: Control) -> None:
    choose(mock, modify_after_merge="lenient")
    merge(mock)
    copy = copy_of(mock, ALONE)
    row = {"id": copy["skus"][0]["id"], "price": {"amount": "54321", "currency": "IDR"}}
    tiktok(mock).data("POST", f"{PRODUCTS}/{copy['id']}/prices/update", None, {"skus": [row]})
    assert product(mock, ALONE)["price"]["value"] == 54_321


# ---- native products --------------------------------------------------------------------------------------------------------------------------


def test_the_merge_leaves_a_native_product_untouched(mock: Control) -> None:
    native = records(mock, TWIN)["tiktok_shop"]["product_id"]["tiktok_shop"]
    before = tiktok(mock).data("GET", f"{PRODUCTS}/{native}")
    merge(mock)
    assert tiktok(mock).data("GET", f"{PRODUCTS}/{native}") == before


@pytest.mark.parametrize(("app", "other"), [("tokopedia", "tiktok_shop"), ("tiktok_shop", "tokopedia")])
def test_until_the_product_merge_a_twin_is_a_second_record_with_its_own_stock(app: str, other: str, mock: Control) -> None:
    merge(mock)
    before, prices = free(mock, TWIN), {row["price"] for row in records(mock, TWIN).values()}
    assert order_by(mock, app, TWIN, 2)["platform"] == "tiktok_shop"
    assert free(mock, TWIN) == {app: before[app] - 2, other: before[other]}
    assert len(prices) == 2


# ---- ground truth -----------------------------------------------------------------------------------------------------------------------------


def test_the_truth_behind_a_seller_sku_tells_every_record_listing_and_reservation(mock: Control) -> None:
    held = mock("GET", "stock", sku=TWIN, seller="maju")["reservations"]
    orders = {app: order_by(mock, app, TWIN, 2) for app in ("tokopedia", "tiktok_shop")}
    told = mock("GET", "stock", sku=TWIN, seller="maju")
    assert [(row["home"], row["listings"]) for row in told["records"]] == [
        ("tokopedia", {"tokopedia": "ACTIVATE", "tiktok_shop": None}),
        ("tiktok_shop", {"tokopedia": None, "tiktok_shop": "ACTIVATE"}),
    ]
    new = [row for row in told["reservations"] if row not in held]
    assert {(row["platform"], row["order_id"], row["quantity"]) for row in new} == {(app, order["order_id"], 2) for app, order in orders.items()}
    assert told["committed"] == sum(row["committed"] for row in told["records"]) == sum(row["quantity"] for row in told["reservations"])


def test_the_truth_tells_one_record_with_the_ids_of_both_platforms_after_the_merge(mock: Control) -> None:
    merge(mock)
    (record,) = mock("GET", "stock", sku=ALONE, seller="maju")["records"]
    shown = product(mock, ALONE)
    assert record["product_id"] == {"tokopedia": shown["basic"]["productID"], "tiktok_shop": shown["tts_product_id"]}
    assert record["copied"] is not None
