"""Rules of copies, variants and the product merge, as both platforms show them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from control_api import Control, made
from test_semantics import choose, merge, place, product, shelf, tiktok, tokopedia

TWIN = "KOP-02"
INFO = "/inventory/v1/fs/{fs_id}/product/info"
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


def confirm(mock: Control, body: Any = None) -> None:
    mock("POST", "migration/confirm-product-merge", body)


def pair(mock: Control, sku: str = TWIN) -> dict[str, Any]:
    """What is proposed, or not proposed, for the copy that carries that seller SKU."""
    told = mock("GET", "migration/product-merge")
    return next(row for row in told["proposed"] + told["not_proposed"] if sku in row["seller_skus"])


def read(mock: Control, product_id: str) -> dict[str, Any]:
    return tiktok(mock).data("GET", f"{PRODUCTS}/{product_id}")


def facts(shown: dict[str, Any]) -> Any:
    """What stays the same of a product that survives: its id, title, and the id and price of each SKU."""
    return shown["id"], shown["title"], [(sku["id"], sku["price"]) for sku in shown["skus"]]


def stocks(shown: dict[str, Any]) -> dict[str, int]:
    return {row["warehouse_id"]: row["quantity"] for row in shown["skus"][0]["inventory"]}


# ---- copies -----------------------------------------------------------------------------------------------------------------------------------


def test_a_simple_product_becomes_one_product_with_one_sku(mock: Control) -> None:
    merge(mock)
    assert [sku["seller_sku"] for sku in read(mock, product(mock, "BLS-03")["tts_product_id"])["skus"]] == ["BLS-03"]


# ---- what is proposed -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "skus"), [("Keripik Pisang Manis Tanpa Kode", 1), ("Kaos Anak Tanpa Kode SKU", 2)])
def test_a_copy_leaves_out_a_seller_sku_that_is_empty(name: str, skus: int, mock: Control) -> None:
    merge(mock)
    mapped = next(row["tts_product_id"] for row in shelf(mock) if row["basic"]["name"] == name)
    copy = read(mock, mapped)
    assert len(copy["skus"]) == skus
    assert all("seller_sku" not in sku for sku in copy["skus"])


def test_a_pair_is_proposed_with_what_differs(mock: Control) -> None:
    merge(mock)
    told = pair(mock, "TMB-01")
    copy, native = read(mock, told["copy_id"]), read(mock, told["native_id"])
    differs = {row["field"]: (row["copy"], row["native"]) for row in told["differs"]}
    assert differs["name"] == (copy["title"], native["title"])
    assert set(differs) == {"name", "price"}


@pytest.mark.parametrize(("sku", "reason"), [("TMX", "weights differ"), ("CHN-01", "no native product"), ("", "no seller SKU")])
def test_what_is_not_proposed_is_told_with_the_reason(sku: str, reason: str, mock: Control) -> None:
    merge(mock)
    told = mock("GET", "migration/product-merge")
    assert any(sku in row["seller_skus"] and reason in row["reason"] for row in told["not_proposed"])
    assert not any(sku in row["seller_skus"] for row in told["proposed"])


def test_without_a_body_everything_proposed_is_merged(mock: Control) -> None:
    merge(mock)
    proposed = mock("GET", "migration/product-merge")["proposed"]
    confirm(mock)
    client = tokopedia(mock)
    mapped = [client.data("GET", INFO, {"product_id": row["tokopedia_product_id"]})[0]["tts_product_id"] for row in proposed]
    assert proposed and mapped == [row["native_id"] for row in proposed]


def test_a_decision_goes_before_the_default(mock: Control) -> None:
    merge(mock)
    chosen, other = mock("GET", "migration/product-merge")["proposed"][:2]
    confirm(mock, {"default": "keep", "decisions": [{"copy_id": chosen["copy_id"], "decision": "merge"}]})
    signed = tiktok(mock)
    assert signed.call("GET", f"{PRODUCTS}/{chosen['copy_id']}")["code"] == 12052032
    assert signed.call("GET", f"{PRODUCTS}/{other['copy_id']}")["code"] == 0


# ---- merged -----------------------------------------------------------------------------------------------------------------------------------


def test_the_native_product_survives_with_its_ids_title_and_price_and_is_sold_on_tokopedia_too(mock: Control) -> None:
    merge(mock)
    native = pair(mock, "TMB-01")["native_id"]
    before = read(mock, native)
    confirm(mock)
    after = read(mock, native)
    assert facts(after) == facts(before)
    assert "integrated_platform_statuses" not in before
    assert after["integrated_platform_statuses"] == [{"platform": "TOKOPEDIA", "status": "ACTIVATE"}]


def test_the_copy_survives_with_its_ids_title_and_price_where_the_rule_says_so(mock: Control) -> None:
    choose(mock, merge_survivor="copy")
    merge(mock)
    told = pair(mock, "TMB-01")
    before = read(mock, told["copy_id"])
    confirm(mock)
    assert facts(read(mock, told["copy_id"])) == facts(before)
    assert tiktok(mock).call("GET", f"{PRODUCTS}/{told['native_id']}")["code"] == 12052032


@pytest.mark.parametrize(("rule", "united"), [("sum", lambda a, b: a + b), ("survivor", lambda a, b: b), ("lowest", min)])
def test_stock_per_warehouse_goes_by_the_rule(rule: str, united: Any, mock: Control) -> None:
    choose(mock, merge_stock=rule)
    merge(mock)
    told = pair(mock)
    copy, native = stocks(read(mock, told["copy_id"])), stocks(read(mock, told["native_id"]))
    confirm(mock)
    assert set(copy) - set(native)
    assert stocks(read(mock, told["native_id"])) == {place: united(copy.get(place, 0), native.get(place, 0)) for place in {**copy, **native}}


def test_an_order_placed_on_a_copy_keeps_the_ids_it_was_sold_under_and_gives_its_units_to_the_survivor(mock: Control) -> None:
    merge(mock)
    told = pair(mock)
    sku = read(mock, told["copy_id"])["skus"][0]["id"]
    order = place(mock, "tokopedia", items=[{"product_id": told["copy_id"], "quantity": 2}])
    confirm(mock)
    line = tiktok(mock).data("GET", "/order/202309/orders", {"ids": order["order_id"]})["orders"][0]["line_items"][0]
    assert (line["product_id"], line["sku_id"]) == (told["copy_id"], sku)
    before = sum(stocks(read(mock, told["native_id"])).values())
    mock("POST", f"orders/{order['key']}/cancel", {"by": "seller"})
    assert sum(stocks(read(mock, told["native_id"])).values()) == before + 2


@pytest.mark.parametrize("act", ["activate", "deactivate", "recover"])
def test_batch_writes_name_the_retired_id_among_their_errors(act: str, mock: Control) -> None:
    merge(mock)
    retired = pair(mock)["copy_id"]
    confirm(mock)
    told = tiktok(mock).call("POST", f"{PRODUCTS}/{act}", None, {"product_ids": [retired]})
    assert retired in orjson.dumps(told["data"]["errors"]).decode()


# ---- kept -------------------------------------------------------------------------------------------------------------------------------------


def test_on_keep_the_copy_is_sold_on_tokopedia_alone_and_the_native_on_tiktok_shop_alone(mock: Control) -> None:
    merge(mock)
    told = pair(mock)
    confirm(mock, {"default": "keep"})
    for app, mine, other in (("tokopedia", "copy_id", "native_id"), ("tiktok_shop", "native_id", "copy_id")):
        assert place(mock, app, items=[{"product_id": told[mine]}])["items"][0]["product_id"] == told[mine]
        assert mock.refused("POST", "orders", {"buyer_app": app, "items": [{"product_id": told[other]}]})["status"] == 409


def test_on_keep_both_products_are_read_and_the_tokopedia_product_still_names_its_copy(mock: Control) -> None:
    merge(mock)
    told = pair(mock)
    before = [facts(read(mock, told[name])) for name in ("copy_id", "native_id")]
    confirm(mock, {"default": "keep"})
    assert [facts(read(mock, told[name])) for name in ("copy_id", "native_id")] == before
    assert tokopedia(mock).data("GET", INFO, {"product_id": told["tokopedia_product_id"]})[0]["tts_product_id"] == told["copy_id"]
