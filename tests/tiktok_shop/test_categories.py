"""What a seller looks up before making a product: categories, their rules and attributes, brands, prerequisites."""

from __future__ import annotations

from typing import Any

import pytest
from selling import PRODUCTS_PATH, body, create, leaf, read, variant

from mockplatforms.testing import TikTokShop

PATH = "/product/202309/categories"
BRANDS = "/product/202309/brands"


def tree(client: TikTokShop, **query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.data("GET", PATH, query)["categories"]
    return rows


def test_the_tree_is_a_list_in_which_every_parent_stands(tiktok: TikTokShop) -> None:
    rows = tree(tiktok)
    known = {row["id"] for row in rows}

    assert {row["parent_id"] for row in rows} <= known | {"0"}
    assert not {row["parent_id"] for row in rows} & {row["id"] for row in rows if row["is_leaf"]}
    assert tree(tiktok, listing_platform="TOKOPEDIA") == rows


def test_a_keyword_narrows_the_tree(tiktok: TikTokShop) -> None:
    rows = tree(tiktok, keyword="KOPI")

    assert rows
    assert all("kopi" in row["local_name"].lower() for row in rows)


@pytest.mark.parametrize("what", ["rules", "attributes"])
def test_rules_and_attributes_are_those_of_leaves(what: str, tiktok: TikTokShop) -> None:
    root = next(row["id"] for row in tree(tiktok) if not row["is_leaf"])

    assert tiktok.data("GET", f"{PATH}/{leaf(tiktok)}/{what}")
    assert tiktok.call("GET", f"{PATH}/{root}/{what}")["code"] == 12052024
    assert tiktok.call("GET", f"{PATH}/1/{what}")["code"] == 12052023


def test_attributes_are_named_by_id_when_a_product_is_made(tiktok: TikTokShop) -> None:
    rows = {row["name"]: row for row in tiktok.data("GET", f"{PATH}/{leaf(tiktok)}/attributes")["attributes"]}
    colour, material = rows["Warna"], rows["Bahan"]
    option = {"id": colour["id"], "value_id": colour["values"][0]["id"]}

    made = create(
        tiktok,
        skus=[variant(tiktok, sales_attributes=[option])],
        product_attributes=[{"id": material["id"], "values": [{"id": material["values"][0]["id"]}, {"name": "Wol"}]}, {"id": "100089", "values": [{"name": "Ya"}]}],
    )

    told = read(tiktok, made)
    assert told["skus"][0]["sales_attributes"] == [{"id": colour["id"], "name": "Warna", "value_id": option["value_id"], "value_name": colour["values"][0]["name"]}]
    assert [(one["id"], [value["name"] for value in one["values"]]) for one in told["product_attributes"]] == [
        (material["id"], [material["values"][0]["name"], "Wol"]),
        ("100089", ["Ya"]),
    ]


def test_brands_are_paged_and_named_by_id(tiktok: TikTokShop) -> None:
    seen, token = [], ""
    while True:
        page = tiktok.data("GET", BRANDS, {"page_size": "4"} | ({"page_token": token} if token else {}))
        seen += page["brands"]
        token = page["next_page_token"]
        if not token:
            break
    assert [row["name"] for row in seen] == sorted(row["name"] for row in seen)
    assert len(seen) == page["total_count"]

    told = read(tiktok, create(tiktok, brand_id=seen[0]["id"]))
    assert told["brand"] == {"id": seen[0]["id"], "name": seen[0]["name"]}
    assert tiktok.data("GET", BRANDS, {"page_size": "9", "brand_name": seen[0]["name"]})["total_count"] == 1
    assert tiktok.call("GET", BRANDS, {"page_size": "9", "category_id": "1"})["code"] == 12052023


def test_a_category_is_recommended_by_the_words_of_the_title(tiktok: TikTokShop) -> None:
    wanted = next(row for row in tree(tiktok) if row["is_leaf"] and row["local_name"] == "Kopi Bubuk")

    told = tiktok.data("POST", f"{PATH}/recommend", body={"product_title": "Kopi Bubuk Robusta Lampung 250 gram"})

    assert told["leaf_category_id"] == wanted["id"]
    assert [row["level"] for row in told["categories"]] == [1, 2, 3]
    assert tiktok.call("POST", f"{PATH}/recommend", body={"product_title": "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"})["code"] == 12019064


@pytest.mark.parametrize("version", ["202309", "202312"])
def test_a_shop_that_is_open_can_list_products(version: str, tiktok: TikTokShop) -> None:
    told = tiktok.data("GET", f"/product/{version}/prerequisites")["check_results"]

    assert {row["check_item"]: row["is_failed"] for row in told}["SHOP_STATUS"] is False
    assert not any(row["is_failed"] for row in told)


def test_a_body_in_other_case_is_understood(tiktok: TikTokShop) -> None:
    whole = body(tiktok)
    whole["Title"] = whole.pop("title")

    assert tiktok.data("POST", PRODUCTS_PATH, body=whole)["product_id"]
