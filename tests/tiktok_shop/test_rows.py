"""The rows of facts hold together: every endpoint has what a façade needs of it, every code has words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mockplatforms.gateway.fields import Spec
from mockplatforms.tiktok_shop import rows
from mockplatforms.tiktok_shop.rows import Row

ALL = [rows.row(source_id) for source_id in rows.ids()]
TYPES = {"str", "int", "num", "bool", "list", "obj", "any"}


def specs(fields: Mapping[str, Spec]) -> Iterator[Spec]:
    for spec in fields.values():
        yield spec
        if "items" in spec:
            yield from specs({"item": spec["items"]})
        if "fields" in spec:
            yield from specs(spec["fields"])


def leaves(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for inner in tree.values():
            yield from leaves(inner)
    elif isinstance(tree, list):
        assert len(tree) == 1
        yield from leaves(tree[0])
    else:
        yield tree


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.id)
def test_a_row_is_well_formed(row: Row) -> None:
    assert row.method in {"GET", "POST", "PUT", "DELETE"}
    assert row.path.count("{version}") == 1
    assert list(row.versions) == sorted(set(row.versions))
    assert row.id.rpartition("-")[2] in row.versions
    assert all(re.fullmatch(r"\d{6}", version) for version in row.versions)
    assert set(row.version_marks) <= set(row.versions)
    assert row.scope
    assert set(leaves(row.response)) <= TYPES - {"list", "obj"}
    for spec in [*specs(row.query), *specs(row.body)]:
        assert spec["t"] in TYPES
        assert ("items" in spec) == (spec["t"] == "list")
        assert "fields" not in spec or spec["t"] == "obj"
    assert not row.query_checker.query([])[0].keys() - row.query.keys()
    assert not row.body_checker.body({})[0].keys() - row.body.keys()


def test_no_two_rows_mean_the_same_call() -> None:
    calls = [(row.method, re.sub(r"\{\w+\}", "{}", path), row.media) for row in ALL for path in row.paths]

    assert len(calls) == len(set(calls))


@pytest.mark.parametrize(
    ("source_id", "versions"),
    [
        ("search-products-202502", {"202309", "202312", "202502"}),
        ("get-order-detail-202507", {"202309", "202507"}),
        ("edit-product-202509", {"202309", "202509"}),
        ("partial-edit-product-202509", {"202309", "202509"}),
        ("search-cancellations-202309", {"202309", "202602"}),
        ("check-listing-prerequisites-202312", {"202309", "202312"}),
    ],
)
def test_a_resource_answers_under_every_version_that_clients_use(source_id: str, versions: set[str]) -> None:
    assert set(rows.row(source_id).versions) == versions


def test_a_row_tells_its_paths() -> None:
    assert rows.row("get-order-detail-202507").paths == ("/order/202309/orders", "/order/202507/orders")


def test_shop_calls_need_a_cipher_and_account_calls_do_not() -> None:
    without = {row.id for row in ALL if row.cipher == "none" and row.mark == "documented"}

    assert {"get-authorized-shops-202309", "get-active-shops-202309", "upload-product-image-202309"} <= without
    assert rows.row("get-order-list-202309").cipher == "required"


def test_uploads_are_multipart() -> None:
    assert {row.id for row in ALL if row.media == "multipart"} >= {"upload-product-image-202309", "upload-buyer-messages-image-202309"}


def test_a_real_order_search_passes_its_row() -> None:
    row = rows.row("get-order-list-202309")

    query, amiss = row.query_checker.query([("page_size", "20"), ("sort_order", "DESC"), ("shop_cipher", "ROW_x"), ("page_token", "")])
    body, amiss_too = row.body_checker.body({"order_status": "AWAITING_SHIPMENT", "update_time_ge": 1699990000, "Create_Time_Lt": 5})

    assert (amiss, amiss_too) == ([], [])
    assert query == {"page_size": 20, "sort_order": "DESC", "sort_field": "create_time"}
    assert body == {"order_status": "AWAITING_SHIPMENT", "update_time_ge": 1699990000, "create_time_lt": 5}


def test_stock_may_be_set_without_naming_the_warehouse() -> None:
    body, amiss = rows.row("update-inventory-202309").body_checker.body({"skus": [{"id": 17295, "inventory": [{"quantity": 0}]}]})

    assert amiss == []
    assert body == {"skus": [{"id": "17295", "inventory": [{"quantity": 0}]}]}


def test_an_indonesian_title_has_at_least_25_characters() -> None:
    assert rows.row("create-product-202309").body["title"]["len"] == [25, 255]


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.id)
def test_every_code_that_a_row_lists_has_words(row: Row) -> None:
    for code in row.errors:
        assert rows.message(code)
        assert row.id in rows.listed_by(code) or code in {rows.gateway(name).code for name in rows.gateway_names()}


def test_business_errors_come_with_200_and_those_of_the_gateway_with_their_own_status() -> None:
    assert [rows.status(code) for code in (0, 12052332, 36009002, 36009009, 36009010, 106001, 105002)] == [200, 200, 429, 404, 405, 401, 401]


def test_an_expired_token_and_a_bad_signature_are_told_apart_by_their_codes() -> None:
    assert rows.gateway("expired_token").code // 1000 == 105
    assert rows.gateway("invalid_token").code // 1000 == 105
    assert rows.gateway("invalid_sign").code == 106001


def test_every_code_that_is_counted_has_words() -> None:
    assert len(rows.codes()) > 450
    assert all(rows.messages(code)[0] == rows.message(code) for code in rows.codes())


@pytest.mark.parametrize("ask", [lambda: rows.row("no-such-endpoint"), lambda: rows.group("errors"), lambda: rows.message(1), lambda: rows.gateway("x")])
def test_what_nobody_knows_is_a_key_error(ask: Any) -> None:
    with pytest.raises(KeyError):
        ask()
