"""Parameters are checked against their row of facts: strict where platforms are, generous where real clients are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockplatforms.gateway.fields import MOST, Problem, Spec, body, compile_fields, problems, query, unknown

PRODUCT: dict[str, Spec] = {
    "title": {"t": "str", "req": True, "len": [5, 20]},
    "mode": {"t": "str", "enum": ["LISTING", "AS_DRAFT"], "default": "LISTING"},
    "skus": {
        "t": "list",
        "req": True,
        "len": [None, 3],
        "items": {
            "t": "obj",
            "fields": {
                "id": {"t": "str"},
                "price": {"t": "obj", "req": True, "fields": {"amount": {"t": "str", "req": True}, "currency": {"t": "str", "enum": ["IDR"]}}},
                "quantity": {"t": "int", "range": [1, 99999], "mark": "inferred"},
            },
        },
    },
    "weight": {"t": "num", "range": [0, None]},
    "cod": {"t": "bool"},
    "platforms": {"t": "list", "items": {"t": "str", "enum": ["TOKOPEDIA", "TIKTOK_SHOP"]}, "default": ["TIKTOK_SHOP"]},
    "extra": {"t": "any"},
}
SEARCH: dict[str, Spec] = {
    "ids": {"t": "list", "req": True, "len": [None, 3], "items": {"t": "str"}},
    "page_size": {"t": "int", "range": [1, 100], "default": 20},
    "rate": {"t": "num"},
    "draft": {"t": "bool"},
    "order": {"t": "str", "enum": ["ASC", "DESC"]},
    "page_token": {"t": "str"},
    "shop": {"t": "list", "items": {"t": "int"}},
}
GOOD = {"title": "Kopi Gayo", "skus": [{"price": {"amount": "5000"}}]}


def changed(**fields: Any) -> dict[str, Any]:
    return {**GOOD, **fields}


def sku(**fields: Any) -> dict[str, Any]:
    return changed(skus=[{"price": {"amount": "5000"}, **fields}])


def test_a_good_body_comes_back_with_its_defaults() -> None:
    assert body(PRODUCT, GOOD) == ({**GOOD, "mode": "LISTING", "platforms": ["TIKTOK_SHOP"]}, [])


@pytest.mark.parametrize(
    ("sent", "path", "kind"),
    [
        ({"skus": GOOD["skus"]}, "title", "missing"),
        (changed(title=None), "title", "missing"),
        (changed(title=""), "title", "missing"),
        (changed(title="Kopi"), "title", "length"),
        (changed(title="K" * 21), "title", "length"),
        (changed(title=1.5), "title", "type"),
        (changed(title=True), "title", "type"),
        (changed(title=["Kopi Gayo"]), "title", "type"),
        (changed(title="Kopi \ud800 Gayo"), "title", "malformed"),
        (changed(title=10**30), "title", "type"),
        (changed(mode="LATER"), "mode", "enum"),
        (changed(skus=[]), "skus", "missing"),
        (changed(skus={}), "skus", "type"),
        (changed(skus=GOOD["skus"] * 4), "skus", "length"),
        (changed(skus=["x"]), "skus[0]", "type"),
        (changed(skus=[{}]), "skus[0].price", "missing"),
        (changed(skus=[{"price": "5000"}]), "skus[0].price", "type"),
        (changed(skus=[{"price": []}]), "skus[0].price.amount", "missing"),
        (changed(skus=[*GOOD["skus"], {"price": {"amount": {}}}]), "skus[1].price.amount", "type"),
        (sku(price={"amount": "1", "currency": "USD"}), "skus[0].price.currency", "enum"),
        (sku(quantity=0), "skus[0].quantity", "range"),
        (sku(quantity=10**25), "skus[0].quantity", "range"),
        (sku(quantity=5.0), "skus[0].quantity", "type"),
        (sku(quantity="5"), "skus[0].quantity", "type"),
        (sku(quantity=True), "skus[0].quantity", "type"),
        (changed(weight="1"), "weight", "type"),
        (changed(weight=-0.5), "weight", "range"),
        (changed(weight=float("nan")), "weight", "malformed"),
        (changed(cod=1), "cod", "type"),
        (changed(platforms=["TOKOPEDIA", "EBAY"]), "platforms[1]", "enum"),
        (changed(extra={"deep": ["\udfff"]}), "extra", "malformed"),
    ],
)
def test_a_field_that_does_not_fit_is_named_with_its_path(sent: Any, path: str, kind: str) -> None:
    found = problems(PRODUCT, sent)

    assert [(problem.path, problem.kind) for problem in found] == [(path, kind)]
    assert path in found[0].words


def test_what_is_no_object_at_all_is_a_problem_of_the_whole_body() -> None:
    assert problems(PRODUCT, "kopi", at="payload") == [Problem("payload", "type", "an object", '"kopi"')]
    assert problems(PRODUCT, ["kopi"])[0].path == "body"


@pytest.mark.parametrize("nothing", [None, {}, []])
def test_no_body_an_empty_one_and_an_empty_list_are_the_same(nothing: Any) -> None:
    assert body({"name": {"t": "str"}}, nothing) == ({}, [])
    assert [problem.path for problem in problems(PRODUCT, nothing)] == ["title", "skus"]


def test_ids_sent_as_numbers_become_text() -> None:
    assert body(PRODUCT, sku(id=1729592969712207013))[0]["skus"][0]["id"] == "1729592969712207013"


def test_null_and_blank_choices_count_as_absent() -> None:
    read, amiss = body(PRODUCT, changed(mode="", platforms=None, weight=None))

    assert amiss == []
    assert (read["mode"], read["platforms"], "weight" in read) == ("LISTING", ["TIKTOK_SHOP"], False)


def test_optional_blank_text_is_kept_and_not_held_to_its_bounds() -> None:
    assert body({"note": {"t": "str", "len": [3, 5]}}, {"note": ""}) == ({"note": ""}, [])


def test_problems_come_in_the_order_of_the_facts_and_not_endlessly() -> None:
    found = problems(PRODUCT, {"cod": "x", "skus": [{"quantity": "a"}], "title": "x"})

    assert [problem.path for problem in found] == ["title", "skus[0].price", "skus[0].quantity", "cod"]
    assert len(problems({"n": {"t": "list", "items": {"t": "int"}}}, {"n": ["x"] * 100_000})) == MOST


def test_a_problem_carries_the_mark_of_the_fact_that_it_rests_on() -> None:
    assert problems(PRODUCT, sku(quantity=0)) == [Problem("skus[0].quantity", "range", "1 to 99999", "0", "inferred")]


def test_a_problem_says_what_belongs_there() -> None:
    said = [problem.words for problem in problems(PRODUCT, {"title": "Kopi", "mode": "LATER"})]

    assert said == [
        'title must be 5 to 20 characters, got "Kopi"',
        'mode must be one of LISTING, AS_DRAFT, got "LATER"',
        "skus is missing: it must be 1 to 3 items",
    ]


def test_unknown_fields_are_ignored_but_can_be_told() -> None:
    sent = changed(colour="red", skus=[{"price": {"amount": "1", "tax": 2}}, {"price": {"amount": "1"}, "size": "L"}])

    assert problems(PRODUCT, sent) == []
    assert "colour" not in body(PRODUCT, sent)[0]
    assert unknown(PRODUCT, sent) == ["skus[].price.tax", "skus[].size", "colour"]


def test_case_of_names_matters_unless_folded() -> None:
    sent = {"TITLE": "Kopi Gayo", "Skus": [{"Price": {"AMOUNT": "5000"}}]}

    assert [problem.path for problem in problems(PRODUCT, sent)] == ["title", "skus"]
    read, amiss = compile_fields(PRODUCT, fold_case=True).body(sent)
    assert amiss == []
    assert read["skus"] == [{"price": {"amount": "5000"}}]
    assert unknown(PRODUCT, sent, fold_case=True) == []


def test_the_exact_name_wins_over_a_folded_one() -> None:
    assert compile_fields({"name": {"t": "str"}}, fold_case=True).body({"name": "a", "Name": "b"})[0] == {"name": "a"}


def test_a_default_is_never_shared() -> None:
    body(PRODUCT, GOOD)[0]["platforms"].append("TOKOPEDIA")

    assert body(PRODUCT, GOOD)[0]["platforms"] == ["TIKTOK_SHOP"]


def test_a_checker_is_made_once_for_each_mapping() -> None:
    assert compile_fields(PRODUCT) is compile_fields(PRODUCT)
    assert compile_fields(PRODUCT) is not compile_fields(PRODUCT, fold_case=True)


def test_a_query_is_converted_with_its_lists_joined_by_commas_or_repeated() -> None:
    pairs = [("ids", "1,2"), ("page_size", "50"), ("draft", "TRUE"), ("rate", "-1.5"), ("shop", "7, 8,"), ("ids", "3"), ("sign", "x")]

    assert query(SEARCH, pairs) == ({"ids": ["1", "2", "3"], "page_size": 50, "rate": -1.5, "draft": True, "shop": [7, 8]}, [])


def test_blank_query_values_mean_absent_and_the_first_of_two_counts() -> None:
    pairs = [("ids", "1"), ("page_size", ""), ("order", ""), ("page_token", ""), ("order", "ASC"), ("order", "DESC")]

    assert query(SEARCH, pairs) == ({"ids": ["1"], "page_size": 20, "order": "ASC"}, [])


@pytest.mark.parametrize(
    ("pairs", "path", "kind"),
    [
        ([], "ids", "missing"),
        ([("ids", ",")], "ids", "missing"),
        ([("ids", "1,2,3,4")], "ids", "length"),
        ([("ids", "1"), ("page_size", "ten")], "page_size", "malformed"),
        ([("ids", "1"), ("page_size", "1_0")], "page_size", "malformed"),
        ([("ids", "1"), ("page_size", "٣")], "page_size", "malformed"),
        ([("ids", "1"), ("page_size", "9" * 5000)], "page_size", "malformed"),
        ([("ids", "1"), ("page_size", "101")], "page_size", "range"),
        ([("ids", "1"), ("rate", "nan")], "rate", "malformed"),
        ([("ids", "1"), ("draft", "perhaps")], "draft", "malformed"),
        ([("ids", "1"), ("order", "asc")], "order", "enum"),
        ([("ids", "1"), ("shop", "1,x")], "shop[1]", "malformed"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(pairs: list[tuple[str, str]], path: str, kind: str) -> None:
    assert [(problem.path, problem.kind) for problem in query(SEARCH, pairs)[1]] == [(path, kind)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*PRODUCT, "price", "amount", "id", "x"]), inner, max_size=5),
    max_leaves=12,
)


@given(sent=JSON)
@settings(deadline=None)
def test_whatever_is_sent_is_answered_with_a_value_that_a_reply_could_carry(sent: Any) -> None:
    for fold_case in (False, True):
        read, amiss = compile_fields(PRODUCT, fold_case=fold_case).body(sent)

        json.dumps(read, allow_nan=False).encode()
        assert all(problem.words.encode() for problem in amiss)


@given(pairs=st.lists(st.tuples(st.sampled_from([*SEARCH, "x"]), st.text(max_size=6)), max_size=8))
@settings(deadline=None)
def test_whatever_a_query_says_it_is_answered(pairs: list[tuple[str, str]]) -> None:
    read, amiss = query(SEARCH, pairs)

    assert set(read) <= set(SEARCH)
    assert all(problem.path for problem in amiss)
