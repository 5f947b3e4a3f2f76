"""Products from every side: reference data, older lists, slash prices, bundles, discussions."""

from __future__ import annotations

from typing import Any

import pytest
from seller import INFO, Seller

from mockplatforms.domain import products, shops
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.shops import CATEGORIES


@pytest.fixture
def seller() -> Seller:
    return Seller()


# ---- reference ----------------------------------------------------------------------------------------------------------------------------------------


def test_categories_are_a_tree_whose_leaves_products_have(seller: Seller) -> None:
    tree = seller.whole("GET", "/inventory/v1/fs/{fs_id}/product/category")["data"]["categories"]

    def leaves(rows: list[dict[str, Any]]) -> set[str]:
        return {one for row in rows for one in (leaves(row["child"]) if "child" in row else {row["id"]})}

    used = {str(row["basic"]["childCategoryID"]) for row in seller.products()}
    assert used <= leaves(tree)
    found = seller.whole("GET", "/inventory/v1/fs/{fs_id}/product/category", keyword="kopi")["data"]["categories"]
    assert found and all("kopi" in row["name"].lower() and "child" not in row for row in found)


def test_the_tree_has_three_levels_and_each_number_once(seller: Seller) -> None:
    tree = seller.whole("GET", "/inventory/v1/fs/{fs_id}/product/category")["data"]["categories"]

    def ways(rows: list[dict[str, Any]], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
        return [way for row in rows for way in (ways(row["child"], (*above, row["id"])) if "child" in row else [(*above, row["id"])])]

    found = ways(tree)
    assert len(tree) >= 12 and len(found) >= 60
    assert {len(way) for way in found} == {3}
    assert len({way[-1] for way in found}) == len(found)
    kept = {"Fashion Wanita": "1758", "Dapur": "983", "Kecantikan": "61"}
    assert {row["name"]: row["id"] for row in tree if row["name"] in kept} == kept


def test_a_product_of_a_finer_category_of_tiktok_shop_is_in_the_one_above_it(seller: Seller) -> None:
    number, sku = seller.simple()["basic"]["productID"], seller.simple()["other"]["sku"]
    world = seller.workspace.world
    finer = next(row.serial for row in world.shelf(CATEGORIES).page("by_serial") if row.name == "Kopi Bubuk Campuran")
    record = next(row for row, _ in products.by_seller_sku(world, shops.sellers(world)[0].serial, sku) if row.home is Platform.TOKOPEDIA)
    seller.workspace.apply(lambda world: world.put(products.PRODUCTS, record.but(category=finer)))

    told = next(row for row in seller.products() if row["basic"]["productID"] == number)
    assert told["basic"]["childCategoryID"] == 2743
    assert [row["id"] for row in told["categoryTree"]] == [35, 2740, 2743]


def test_the_variants_and_annotations_of_a_category(seller: Seller) -> None:
    category = seller.simple()["basic"]["childCategoryID"]
    new = seller.get("/inventory/v2/fs/{fs_id}/category/get_variant", cat_id=category)
    old = seller.get("/inventory/v1/fs/{fs_id}/category/get_variant", cat_id=category)
    assert new["category_id"] == category and [row["variant_id"] for row in new["variant_details"]] == [row["variant_id"] for row in old]
    assert seller.get("/v1/fs/{fs_id}/product/annotation", cat_id=category)[0]["values"][0]["name"]
    assert seller.refused("GET", "/inventory/v2/fs/{fs_id}/category/get_variant", cat_id="x") == (400, "VRT_DLV_004")
    assert seller.refused("GET", "/inventory/v1/fs/{fs_id}/category/get_variant", cat_id="1") == (400, "VRT_USC_002")


def test_a_family_of_variants_asked_of_parent_or_child(seller: Seller) -> None:
    parent = seller.parent()
    told = seller.get(f"/inventory/v1/fs/{{fs_id}}/product/variant/{parent['basic']['productID']}")
    assert [row["product_id"] for row in told["children"]] == parent["variant"]["childrenID"]
    options = {one["id"] for row in told["variant"] for one in row["option"]}
    assert all(set(row["option_ids"]) <= options and len(row["option_ids"]) == len(told["variant"]) for row in told["children"])
    assert told["children"][0]["price_fmt"].startswith("Rp ")
    assert seller.get(f"/inventory/v1/fs/{{fs_id}}/product/variant/{parent['variant']['childrenID'][0]}") == told
    assert seller.refused("GET", f"/inventory/v1/fs/{{fs_id}}/product/variant/{seller.simple()['basic']['productID']}") == (400, "PRD_GRPC_001")
    assert seller.refused("GET", "/inventory/v1/fs/{fs_id}/product/variant/x") == (400, "VRT_DLV_005")


# ---- lists ------------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "PRD_DLV_005"),
        ({"page": "1"}, "PRD_DLV_009"),
        ({"page": "x", "per_page": "10"}, "PRD_DLV_006"),
        ({"page": "1", "per_page": "x"}, "PRD_DLV_010"),
        ({"page": "1", "per_page": "51"}, "PRD_DLV_012"),
        ({"page": "1", "per_page": "10", "sort": "11"}, "PRD_DLV_008"),
        ({"page": "1", "per_page": "10", "sort": "x"}, "PRD_DLV_007"),
        ({"product_url": "https://www.tokopedia.com/x/y"}, "PRD_USC_004"),
        ({"product_id": "1"}, "PRD_GRPC_001"),
    ],
)
def test_product_info_that_cannot_be_is_refused_with_the_code_of_its_cause(query: dict[str, str], code: str, seller: Seller) -> None:
    shop = {} if "product_url" in query else seller.shop
    status, answer = seller.api.call("GET", INFO, {**shop, **query})
    assert (status, answer["header"]["error_code"]) == (400, code)


def test_a_query_without_any_selector_is_refused(seller: Seller) -> None:
    status, answer = seller.api.call("GET", INFO, {})
    assert (status, answer["header"]["error_code"]) == (400, "PRD_DLV_004")


def test_products_are_found_by_url_and_by_warehouse(seller: Seller) -> None:
    thing = seller.simple()
    assert seller.get(INFO, product_url=thing["other"]["url"])[0]["basic"]["productID"] == thing["basic"]["productID"]
    place = thing["warehouses"][0]["warehouseID"]
    rows = seller.api.data("GET", INFO, {"warehouse_id": place, "page": 1, "per_page": 50})
    assert thing["basic"]["productID"] in [row["basic"]["productID"] for row in rows]


@pytest.mark.parametrize(
    ("sort", "key"),
    [(5, lambda row: -row["price"]["value"]), (6, lambda row: row["price"]["value"]), (7, lambda row: row["basic"]["name"].casefold()), (9, lambda row: row["main_stock"]), (10, lambda row: -row["main_stock"])],
)
def test_products_are_sorted(sort: int, key: Any, seller: Seller) -> None:
    rows = seller.get(INFO, page=1, per_page=50, sort=sort)
    assert rows == sorted(rows, key=key) and len(rows) == len(seller.products())


def test_the_list_of_2020(seller: Seller) -> None:
    told = seller.whole("GET", "/v2/products/fs/{fs_id}/1/50")
    assert told["status"] == "200 Ok" and {row["shop_id"] for row in told["data"]} == {seller.api.shop_id}
    one = seller.simple()["basic"]["productID"]
    assert [row["product_id"] for row in seller.whole("GET", "/v2/products/fs/{fs_id}/1/50", product_id=one)["data"]] == [one]
    status, answer = seller.api.call("GET", "/v2/products/fs/{fs_id}/0/50", seller.shop)
    assert (status, answer["error_message"]) == (400, ["bad input data"])


def test_a_literal_segment_wins_over_page_and_size(seller: Seller) -> None:
    assert seller.refused("GET", "/v2/products/fs/{fs_id}/status/1") == (400, "PRD_USC_025")


def test_active_products_with_filters(seller: Seller) -> None:
    path = "/inventory/v1/fs/{fs_id}/product/list"
    every = seller.whole("GET", path, rows=200, start=0)["data"]
    assert every["total_data"] == len(every["products"]) > 5
    found = seller.whole("GET", path, rows=10, start=0, keyword="kopi")["data"]["products"]
    assert found and all("kopi" in row["name"].lower() and row["price"].startswith("Rp ") for row in found)
    without = seller.whole("GET", path, rows=200, start=0, exclude_keyword="kopi")["data"]
    assert without["total_data"] == every["total_data"] - seller.whole("GET", path, rows=1, start=0, keyword="kopi")["data"]["total_data"]
    dear = max(row["price"]["value"] for row in seller.products())
    assert seller.whole("GET", path, rows=10, start=0, price_min=dear + 1)["data"]["total_data"] == 0


@pytest.mark.parametrize(
    ("query", "code"),
    [({}, "PRD_DLV_022"), ({"rows": "x"}, "PRD_DLV_023"), ({"rows": "0"}, "PRD_DLV_024"), ({"rows": "1"}, "PRD_DLV_025"), ({"rows": "1", "start": "x"}, "PRD_DLV_026"),
     ({"rows": "1", "start": "0", "order_by": "2"}, "PRD_DLV_028"), ({"rows": "1", "start": "0", "price_min": "x"}, "PRD_DLV_029"), ({"rows": "1", "start": "0", "price_min": "0"}, "PRD_DLV_030"),
     ({"rows": "1", "start": "0", "price_max": "x"}, "PRD_DLV_031"), ({"rows": "1", "start": "0", "preorder": "x"}, "PRD_DLV_033")],
)
def test_a_list_of_active_products_that_cannot_be_is_refused(query: dict[str, str], code: str, seller: Seller) -> None:
    assert seller.refused("GET", "/inventory/v1/fs/{fs_id}/product/list", **query) == (400, code)


# ---- slash prices ------------------------------------------------------------------------------------------------------------------------------------


def terms(seller: Seller, thing: dict[str, Any], **more: Any) -> dict[str, Any]:
    now = seller.workspace.now().wire
    return {"product_id": thing["basic"]["productID"], "discount_percentage": 10, "start_time_unix": now + 600, "end_time_unix": now + 7200, "max_order": 5, **more}


def test_a_slash_price_is_planned_holds_and_is_paid(seller: Seller) -> None:
    thing = seller.simple()
    price = thing["price"]["value"]
    assert seller.post("/v1/slash-price/fs/{fs_id}/add", [terms(seller, thing)])["succeed_rows"] == 1
    planned = seller.get("/v2/slash-price/fs/{fs_id}/view", page=1, per_page=10, status="SCHEDULED")[0]
    assert (planned["discounted_price"], planned["discounted_percentage"]) == (price * 9 // 10, 10)
    seller.advance(600)
    assert seller.get("/v2/slash-price/fs/{fs_id}/view", page=1, per_page=10, status="ONGOING")[0]["slash_price_status_id"] == 2
    assert seller.get("/v1/campaign/fs/{fs_id}/view", product_id=thing["basic"]["productID"])["products"][0]["campaign"]["discounted_price"] == str(price * 9 // 10)
    assert seller.get(INFO, product_id=thing["basic"]["productID"])[0]["extraAttribute"]["isOnCampaign"] is True
    detail = seller.single(seller.order(items=[{"sku": thing["other"]["sku"], "quantity": 1}])["order_id"])["order_info"]["order_detail"][0]
    assert (detail["product_price"], detail["normal_price"]) == (price * 9 // 10, price)
    seller.advance(7200)
    assert seller.single(seller.order(items=[{"sku": thing["other"]["sku"], "quantity": 1}])["order_id"])["item_price"] == price


def test_a_slash_price_is_changed_and_cancelled(seller: Seller) -> None:
    thing = seller.simple()
    seller.post("/v1/slash-price/fs/{fs_id}/add", [terms(seller, thing)])
    seller.post("/v1/slash-price/fs/{fs_id}/update", [terms(seller, thing, discount_percentage=20)])
    row = seller.get("/v1/slash-price/fs/{fs_id}/view", page=1, per_page=10, status="COMING_SOON")["products"][0]
    assert row["discount_percentage"] == 20
    cancel = [{"slash_price_product_id": row["slash_price_product_id"], "product_id": thing["basic"]["productID"]}]
    assert seller.post("/v1/slash-price/fs/{fs_id}/cancel", cancel)["succeed_rows"] == 1
    assert seller.post("/v1/slash-price/fs/{fs_id}/cancel", cancel)["failed_rows"] == 1
    assert seller.get("/v2/slash-price/fs/{fs_id}/view", page=1, per_page=10) == []


@pytest.mark.parametrize("wrong", [{"start_time_unix": 1}, {"discount_percentage": 0}, {"discounted_price": 10**9}, {"end_time_unix": 1}, {"max_order": None}, {"product_id": 1}])
def test_a_row_that_cannot_be_fails_by_itself(wrong: dict[str, Any], seller: Seller) -> None:
    thing = seller.simple()
    told = seller.post("/v1/slash-price/fs/{fs_id}/add", [terms(seller, thing, **wrong), terms(seller, thing)])
    assert (told["succeed_rows"], told["failed_rows"]) == (1, 1)
    assert told["failed_rows_data"][0].startswith("Error Product ID [")


def test_a_view_that_cannot_be_is_refused(seller: Seller) -> None:
    assert seller.refused("GET", "/v2/slash-price/fs/{fs_id}/view", page="x", per_page=1) == (400, "SPE_DLV_005")
    assert seller.refused("GET", "/v2/slash-price/fs/{fs_id}/view", page=1, per_page=1, status="x") == (400, "SPE_DLV_008")
    assert seller.refused("GET", "/v2/slash-price/fs/{fs_id}/view", page=1, per_page=1, product_id=seller.parent()["basic"]["productID"]) == (400, "SPE_USC_004")
    assert seller.refused("GET", "/v1/campaign/fs/{fs_id}/view") == (400, "CMP_DLV_004")
    assert seller.refused("GET", "/v1/campaign/fs/{fs_id}/view", product_id="x") == (400, "CMP_DLV_002")
    assert seller.refused("GET", "/v1/campaign/fs/{fs_id}/view", product_id="1") == (400, "CMP_USC_002")


def test_a_slash_price_and_a_bundle_under_way_run_on_but_cannot_be_changed_while_the_shops_merge(seller: Seller) -> None:
    thing = seller.simple()
    seller.post("/v1/slash-price/fs/{fs_id}/add", [terms(seller, thing)])
    seller.advance(600)
    seller.mock("PUT", "preconditions/merge_event_subscription", {"met": True})
    seller.mock("POST", "migration/link", {})
    assert seller.refused("POST", "/v1/slash-price/fs/{fs_id}/update", [terms(seller, thing)]) == (403, "SIM_PRD_MERGE_LOCK")
    assert seller.get("/v2/slash-price/fs/{fs_id}/view", page=1, per_page=10, status="ONGOING")
    seller.mock("POST", "migration/complete", {})
    assert seller.get("/v2/slash-price/fs/{fs_id}/view", page=1, per_page=10, status="ONGOING")
    seller.advance(7200)
    assert seller.get("/v2/slash-price/fs/{fs_id}/view", page=1, per_page=10, status="ONGOING") == []


# ---- bundles -------------------------------------------------------------------------------------------------------------------------------------------


def bundle(seller: Seller, things: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    items = [{"product_id": one["basic"]["productID"], "status": 1, "bundle_price": one["price"]["value"] - 1000, "min_order": 1} for one in things]
    now = seller.workspace.now().wire
    return {"bundle": {"bundle_name": "Paket Hemat", "bundle_type": 2, "bundle_status": 1, "start_time_unix": now, "warehouse_id": [], "bundle_items": items, **more}}


def things(seller: Seller) -> list[dict[str, Any]]:
    return [row for row in seller.products() if not row["variant"] and row["basic"]["status"] == 1 and row["main_stock"] > 2][:2]


def test_a_bundle_is_made_listed_shown_and_taken_off(seller: Seller) -> None:
    two = things(seller)
    made = seller.post("/v1/products/bundle/fs/{fs_id}/create", bundle(seller, two))["bundle_ids"]
    listed = seller.get("/v1/products/bundle/fs/{fs_id}/list", type=2)
    assert listed["is_last_page"] and [row["bundle_id"] for row in listed["bundle_list_info"]] == made
    full = seller.get("/v1/products/bundle/fs/{fs_id}/info", bundle_id=made[0])["bundle_info"][0]
    assert (full["status"], [row["product_id"] for row in full["bundle_item"]]) == (1, [row["basic"]["productID"] for row in two])
    assert seller.get("/v1/products/bundle/fs/{fs_id}/info", product_id=two[0]["basic"]["productID"])["bundle_info"][0] == full
    seller.post("/v1/products/bundle/fs/{fs_id}/edit", {"bundle": {"bundle_id": made[0]}}, method="PATCH")
    assert seller.get("/v1/products/bundle/fs/{fs_id}/list", type=2, status=1)["bundle_list_info"] == []
    assert seller.get("/v1/products/bundle/fs/{fs_id}/list", type=2, status=-5)["bundle_list_info"]


def test_a_product_in_quantity_is_one_bundle_per_quantity(seller: Seller) -> None:
    one = things(seller)[0]
    items = [{"product_id": one["basic"]["productID"], "status": 1, "bundle_price": one["price"]["value"] - 500 * n, "min_order": n} for n in (2, 3)]
    made = seller.post("/v1/products/bundle/fs/{fs_id}/create", bundle(seller, [], bundle_type=1, bundle_items=items))["bundle_ids"]
    rows = seller.get("/v1/products/bundle/fs/{fs_id}/list", type=1)["bundle_list_info"]
    assert len(made) == 2 and {row["group_id"] for row in rows} == {made[0]} and rows[0]["total_bundle_group"] == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [({"bundle_name": "ab"}, "BDL_DLV_002"), ({"bundle_type": 3}, "BDL_DLV_013"), ({"bundle_items": []}, "BDL_USC_003"), ({"stop_time_unix": 1}, "BDL_DLV_002"), ({"warehouse_id": [1]}, "PRD_USC_029"), ({"bundle_items": 1}, "BDL_DLV_001")],
)
def test_a_bundle_that_cannot_be_is_refused(change: dict[str, Any], code: str, seller: Seller) -> None:
    assert seller.refused("POST", "/v1/products/bundle/fs/{fs_id}/create", bundle(seller, things(seller), **change)) == (400, code)


def test_the_items_of_a_bundle_must_fit(seller: Seller) -> None:
    one, two = things(seller)
    path = "/v1/products/bundle/fs/{fs_id}/create"
    assert seller.refused("POST", path, bundle(seller, [one, one])) == (400, "BDL_USC_004")
    dear = {**one, "price": {"value": one["price"]["value"] + 5000}}
    assert seller.refused("POST", path, bundle(seller, [dear, two])) == (400, "BDL_USC_009")
    assert seller.refused("POST", path, bundle(seller, [one, two], bundle_type=1)) == (400, "BDL_USC_007")


# ---- discussions ---------------------------------------------------------------------------------------------------------------------------------------


def test_questions_and_answers_are_listed_the_latest_first(seller: Seller) -> None:
    wire = seller.simple()["basic"]["productID"]
    for text in ("Ready?", "Ada warna lain?"):
        asked = seller.mock("POST", "discussions", {"product_id": str(wire), "buyer": "budi", "text": text})
    seller.mock("POST", f"discussions/{asked['question_id']}/answers", {"text": "Belum ada kak"})
    told = seller.get("/v1/discussion/fs/{fs_id}/list", product_id=wire, page=1, per_page=1)
    assert (told["HasNext"], told["TotalQuestion"], told["Question"][0]["Content"]) == (True, 2, "Ada warna lain?")
    assert told["Question"][0]["Answer"][0]["IsSeller"] is True
    assert seller.refused("GET", "/v1/discussion/fs/{fs_id}/list", product_id=wire, page=1, per_page=11) == (400, "PRD_DLV_012")
    assert seller.refused("GET", "/v1/discussion/fs/{fs_id}/list", product_id=1) == (400, "PRD_USC_002")


# ---- making and changing ----------------------------------------------------------------------------------------------------------------------------------


def new(seller: Seller, **more: Any) -> dict[str, Any]:
    return {"name": "Kopi Gayo 250 g", "category_id": seller.simple()["basic"]["childCategoryID"], "price": 45000, "stock": 3, "sku": "NEW-1", **more}


def test_a_product_is_made_with_everything_that_can_be_told_of_it(seller: Seller) -> None:
    shelf = seller.get("/inventory/v1/fs/{fs_id}/product/etalase")["etalase"][0]["etalase_id"]
    more = {"etalase": {"id": shelf}, "wholesale": [{"min_qty": 5, "price": 44000}, {"min_qty": 10, "price": 43000}], "preorder": {"is_active": True, "duration": 7, "time_unit": "DAY"}}
    told = seller.post("/v3/products/fs/{fs_id}/create", [new(seller, **more, condition="USED", min_order=2, weight=250, weight_unit="GR")])
    made = seller.get(INFO, product_id=told["success_rows_data"][0]["product_id"])[0]
    assert made["menu"]["id"] == shelf and made["preorder"]["day"] == 7
    assert [(row["minQuantity"], row["maxQuantity"], row["price"]["value"]) for row in made["wholesale"]] == [(5, 9, 44000), (10, 0, 43000)]
    assert (made["basic"]["condition"], made["extraAttribute"]["minOrder"]) == (2, 2)
    seller.post("/v3/products/fs/{fs_id}/edit", {"products": [{"id": made["basic"]["productID"], "wholesale": [], "preorder": {}}]}, method="PATCH")
    cleared = seller.get(INFO, product_id=made["basic"]["productID"])[0]
    assert "wholesale" not in cleared and cleared["preorder"] == {}


@pytest.mark.parametrize(
    "wrong",
    [{"condition": "OLD"}, {"status": "MANY"}, {"price_currency": "EUR"}, {"sku": "x" * 51}, {"etalase": {"id": 1}}, {"wholesale": [{"min_qty": 1, "price": 1}]}, {"preorder": {"is_active": True, "duration": 0}}, {"min_order": 0}, {"price": 99}, {"category_id": 1}, {"name": ""}, {"name": "x" * 71}],
)
def test_a_product_that_cannot_be_is_told_with_its_row(wrong: dict[str, Any], seller: Seller) -> None:
    told = seller.post("/v3/products/fs/{fs_id}/create", {"products": [new(seller, **wrong), new(seller)]})
    assert (told["success_data"], told["fail_data"]) == (1, 1) and told["failed_rows_data"][0]["error"][0]


def test_a_name_is_locked_after_a_sale_and_a_banned_product_is_not_edited(seller: Seller) -> None:
    sold = next(row for row in seller.products() if row["GMStats"] and not row["variant"])
    told = seller.post("/v3/products/fs/{fs_id}/edit", {"products": [{"id": sold["basic"]["productID"], "name": "Nama baru"}]}, method="PATCH")
    assert "transaction" in told["failed_rows_data"][0]["error"][0]


def test_a_named_change_of_stock_is_made_once(seller: Seller) -> None:
    thing = seller.simple()
    rows = [{"product_id": thing["basic"]["productID"], "stock_value": 2}]
    path = "/inventory/v2/fs/{fs_id}/stock/increment"
    seller.post(path, rows, request_id="retry-1")
    assert seller.refused("POST", path, rows, request_id="retry-1") == (400, "PRD_DLV_041")
    assert seller.stock(thing["other"]["sku"]) == thing["main_stock"] + 2
    assert seller.refused("POST", path, rows, request_id="not allowed!") == (400, "PRD_DLV_042")
