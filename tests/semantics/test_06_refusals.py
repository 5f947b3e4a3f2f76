"""Rules of the refusals that nobody has documented: what each platform answers to a write that the migration has closed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from control_api import Control, made
from selling import body, create
from test_semantics import choose, link, merge, product, tiktok, tokopedia

from mockplatforms.gateway.call import Reply
from mockplatforms.testing import TikTokShop

MALFORMED = "We could not process your request due to malformed request, please check again"
PRODUCTS = "/product/202309/products"
EDIT = "/product/202509/products"
ALONE = "BLS-03"
PRICE = "/inventory/v1/fs/{fs_id}/price/update"
STOCK = "/inventory/v1/fs/{fs_id}/stock/update"
MORE = "/inventory/v2/fs/{fs_id}/stock/increment"
FEWER = "/inventory/v2/fs/{fs_id}/stock/decrement"

# What the seller does to each product write of TikTok Shop: path and body of a product.
WRITES: dict[str, tuple[str, str]] = {
    "create": ("POST", PRODUCTS),
    "edit": ("PUT", EDIT + "/{id}"),
    "partial edit": ("POST", EDIT + "/{id}/partial_edit"),
    "activate": ("POST", PRODUCTS + "/activate"),
    "deactivate": ("POST", PRODUCTS + "/deactivate"),
    "recover": ("POST", PRODUCTS + "/recover"),
    "delete": ("DELETE", PRODUCTS),
}
TOKOPEDIA_WRITES = [
    ("POST", "/v3/products/fs/{fs_id}/create", {"products": [{"name": "Kopi"}]}),
    ("PATCH", "/v3/products/fs/{fs_id}/edit", {"products": [{"id": 1}]}),
    ("DELETE", "/v3/products/fs/{fs_id}/delete", {"product_id": [1]}),
    ("POST", "/v1/products/fs/{fs_id}/active", {"product_id": [1]}),
    ("POST", "/v1/products/fs/{fs_id}/inactive", {"product_id": [1]}),
    ("POST", "/v1/products/bundle/fs/{fs_id}/create", {}),
    ("PATCH", "/v1/products/bundle/fs/{fs_id}/edit", {}),
    ("POST", "/v1/slash-price/fs/{fs_id}/add", []),
    ("POST", "/v1/slash-price/fs/{fs_id}/update", []),
    ("POST", "/v1/slash-price/fs/{fs_id}/cancel", []),
    ("POST", "/v2/products/fs/{fs_id}/create", {"products": [{"name": "Kopi"}]}),
    ("PATCH", "/v2/products/fs/{fs_id}/edit", {"products": [{"id": 1}]}),
]


@pytest.fixture
def mock() -> Iterator[Control]:
    """A server with the workspace ``w``: the demo world in virtual time that stands still until it is advanced."""
    server, real = made()
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        control_api("PUT", "", {"seed": 7, "world": "demo", "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}})
        yield control_api
        runner.run(server.stop())


def move(mock: Control, phase: str) -> None:
    """The first seller's shops go on to that phase."""
    if phase == "MERGING":
        link(mock)
    else:
        merge(mock)
        if phase == "PRODUCT_MERGED":
            mock("POST", "migration/confirm-product-merge")


def decoded(reply: Reply) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(reply.body)
    return told


def marked(mock: Control, reply: Reply) -> tuple[str | None, str | None]:
    """The rule that a reply says it rests on, and the one that the journal names."""
    headers = dict(reply.headers)
    return headers.get("X-Mock-Inferred"), mock("GET", f"/_mock/exchanges/{headers['X-Mock-Exchange']}")["rule"]


def native(client: TikTokShop) -> dict[str, Any]:
    """A product that is sold on TikTok Shop alone."""
    found = client.data("POST", f"{PRODUCTS}/search", {"page_size": "1"}, {"seller_skus": ["TTK-01"]})["products"][0]
    return client.data("GET", f"{PRODUCTS}/{found['id']}")


# ---- TikTok Shop ------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["MERGING", "MERGED"])
@pytest.mark.parametrize("write", WRITES)
def test_a_product_write_is_refused_with_http_200_and_12052332_for_the_whole_call(write: str, phase: str, mock: Control) -> None:
    client = tiktok(mock)
    made_id, whole = create(client), body(client)
    before = client.data("GET", f"{PRODUCTS}/{made_id}")
    move(mock, phase)
    method, path = WRITES[write]
    sent = whole if write in ("create", "edit", "partial edit") else {"product_ids": [made_id]}
    reply = client.reply(method, path.replace("{id}", made_id), None, sent)
    assert (reply.status, decoded(reply)["code"]) == (200, 12052332)
    assert not decoded(reply).get("data")
    assert client.data("GET", f"{PRODUCTS}/{made_id}") == before


@pytest.mark.parametrize("write", WRITES)
def test_product_writes_are_open_again_after_the_product_merge(write: str, mock: Control) -> None:
    client = tiktok(mock)
    made_id, whole = create(client), body(client)
    move(mock, "PRODUCT_MERGED")
    method, path = WRITES[write]
    sent = whole if write in ("create", "edit", "partial edit") else {"product_ids": [made_id]}
    assert client.call(method, path.replace("{id}", made_id), None, sent)["code"] != 12052332


def price_and_stock(client: TikTokShop) -> list[Reply]:
    """A price write and an inventory write of one product."""
    shown = native(client)
    sku = shown["skus"][0]
    price = {"skus": [{"id": sku["id"], "price": {"amount": "5000", "currency": "IDR"}}]}
    stock = {"skus": [{"id": sku["id"], "inventory": [{"warehouse_id": sku["inventory"][0]["warehouse_id"], "quantity": 1}]}]}
    at = f"{PRODUCTS}/{shown['id']}"
    return [client.reply("POST", f"{at}/prices/update", None, price), client.reply("POST", f"{at}/inventory/update", None, stock)]


def test_price_and_inventory_are_refused_with_http_200_and_12052901_for_the_whole_call(mock: Control) -> None:
    client = tiktok(mock)
    before = native(client)
    merge(mock)
    for reply in price_and_stock(client):
        assert (reply.status, decoded(reply)["code"]) == (200, 12052901)
        assert not decoded(reply).get("data")
        assert marked(mock, reply) == ("modify_after_merge", "modify_after_merge")
    assert native(client) == before


def test_the_code_of_a_refused_price_and_inventory_is_chosen(mock: Control) -> None:
    choose(mock, lock_code=12052332)
    merge(mock)
    assert [decoded(reply)["code"] for reply in price_and_stock(tiktok(mock))] == [12052332, 12052332]


# ---- Tokopedia --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["MERGING", "MERGED", "PRODUCT_MERGED"])
@pytest.mark.parametrize(("method", "path", "sent"), TOKOPEDIA_WRITES)
def test_a_closed_write_is_refused_with_403_in_the_standard_envelope(method: str, path: str, sent: Any, phase: str, mock: Control) -> None:
    move(mock, phase)
    client = tokopedia(mock)
    reply = client.reply(method, path, {"shop_id": client.shop_id}, sent)
    header = decoded(reply)["header"]
    assert (reply.status, header["messages"], header["error_code"]) == (403, MALFORMED, "SIM_PRD_MERGE_LOCK")
    assert header["reason"] == "Product is locked because of shop migration"
    assert marked(mock, reply) == ("lock_error_code", "lock_error_code")


def test_the_error_code_of_a_closed_write_is_chosen(mock: Control) -> None:
    choose(mock, lock_error_code="PRD_USC_999")
    merge(mock)
    client = tokopedia(mock)
    _, told = client.call("POST", "/v1/products/fs/{fs_id}/active", {"shop_id": client.shop_id}, {"product_id": [1]})
    assert told["header"]["error_code"] == "PRD_USC_999"


@pytest.mark.parametrize("phase", ["MERGED", "PRODUCT_MERGED"])
@pytest.mark.parametrize(("path", "field"), [(PRICE, "new_price"), (STOCK, "new_stock"), (MORE, "stock_value"), (FEWER, "stock_value")])
def test_closed_price_and_stock_are_answered_with_200_and_every_row_fails(path: str, field: str, phase: str, mock: Control) -> None:
    move(mock, phase)
    before = product(mock, ALONE)
    client = tokopedia(mock)
    sent = [{"sku": ALONE, field: 5_000}, {"product_id": before["basic"]["productID"], field: 6_000}]
    reply = client.reply("POST", path, {"shop_id": client.shop_id}, sent)
    told = decoded(reply)["data"]
    assert (reply.status, told["succeed_rows"], told["failed_rows"], len(told["failed_rows_data"])) == (200, 0, 2, 2)
    assert all(row["message"].startswith("Product is locked because of shop migration") for row in told["failed_rows_data"])
    assert marked(mock, reply) == ("lock_rows", "lock_rows")
    assert product(mock, ALONE) == before


@pytest.mark.parametrize("path", [PRICE, STOCK, MORE, FEWER])
def test_closed_price_and_stock_are_refused_whole_where_the_rule_says_so(path: str, mock: Control) -> None:
    choose(mock, lock_rows="403")
    merge(mock)
    client = tokopedia(mock)
    status, told = client.call("POST", path, {"shop_id": client.shop_id}, [{"sku": ALONE, "new_price": 5_000, "new_stock": 5, "stock_value": 5}])
    assert (status, told["header"]["messages"], told["header"]["error_code"]) == (403, MALFORMED, "SIM_PRD_MERGE_LOCK")


def test_the_words_of_a_refusal_stand_in_the_journal(mock: Control) -> None:
    merge(mock)
    client = tokopedia(mock)
    client.reply("POST", PRICE, {"shop_id": client.shop_id}, [{"sku": ALONE, "new_price": 5_000}])
    notes = mock("GET", "journal")["exchanges"][-1]["notes"]
    assert any("price and stock open again with the product merge" in note for note in notes)


@pytest.mark.parametrize("name", ["lock_code", "lock_error_code", "lock_rows", "modify_after_merge", "merge_stock", "merge_survivor"])
def test_each_inferred_rule_is_a_setting_that_says_how_it_is_known(name: str, mock: Control) -> None:
    row = next(row for row in mock("GET", "/_mock/settings")["settings"] if row["name"] == name)
    assert row["mark"] == "inferred" and row["help"]
