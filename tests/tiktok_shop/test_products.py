"""Products made, read, found and described anew through the TikTok Shop API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selling import (
    EDIT_PATH,
    PRODUCTS_PATH,
    SEARCH,
    body,
    create,
    found,
    id_of,
    listed,
    move,
    named,
    read,
    record,
    sku_of,
    variant,
    warehouse,
)

from mockplatforms.domain import reviews, shops
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.products import PRODUCTS, Listing
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import ids, rows

_S, _T = Platform.TIKTOK_SHOP, Platform.TOKOPEDIA
TWO = [
    {"sales_attributes": [{"name": "Warna", "value_name": "Merah"}], "seller_sku": "RJT-M"},
    {"sales_attributes": [{"name": "Warna", "value_name": "Navy"}], "seller_sku": "RJT-N"},
]


def two(client: TikTokShop) -> list[dict[str, Any]]:
    return [variant(client, **one) for one in TWO]


# ---- made ---------------------------------------------------------------------------------------------------------------------------------


def test_a_product_is_read_back_as_it_was_made(tiktok: TikTokShop) -> None:
    answer = tiktok.data("POST", PRODUCTS_PATH, body=body(tiktok, skus=two(tiktok), minimum_order_quantity=2, is_cod_allowed=True))
    told = read(tiktok, answer["product_id"])

    assert (told["title"], told["status"], told["product_status"], told["audit"]) == (body(tiktok)["title"], "ACTIVATE", "ACTIVATE", {"status": "APPROVED"})
    assert told["package_weight"] == {"value": "0.35", "unit": "KILOGRAM"}
    assert "package_dimensions" not in told
    assert (told["minimum_order_quantity"], told["is_cod_allowed"], told["main_images"][0]["uri"]) == (2, True, "tos-maliva-i-rajut")
    assert told["category_chains"][-1]["id"] == body(tiktok)["category_id"]
    assert [sku["id"] for sku in told["skus"]] == [sku["id"] for sku in answer["skus"]]
    first = told["skus"][0]
    assert first["price"] == {"currency": "IDR", "sale_price": "45000", "tax_exclusive_price": "45000"}
    assert first["inventory"] == [{"warehouse_id": warehouse(tiktok), "quantity": 7}]
    assert [(one["name"], one["value_name"]) for one in first["sales_attributes"]] == [("Warna", "Merah")]


def test_ids_are_text_and_moments_are_numbers(tiktok: TikTokShop) -> None:
    told = read(tiktok, create(tiktok))

    assert isinstance(told["id"], str)
    assert int(told["id"]) > 2**53
    assert isinstance(told["create_time"], int)
    assert isinstance(told["skus"][0]["price"]["sale_price"], str)
    assert isinstance(told["skus"][0]["inventory"][0]["quantity"], int)


def test_the_same_idempotency_key_makes_one_product(tiktok: TikTokShop) -> None:
    first, again, other = (create(tiktok, idempotency_key=key) for key in ("a", "a", "b"))

    assert first == again != other


def test_an_idempotency_key_belongs_to_one_seller(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    workspace = make(world="demo")
    made = []
    for owner in [one for one in shops.sellers(workspace.world) if one.tiktok_shop is not None][:2]:
        place = shops.default_warehouse(workspace.world, owner.serial, _S)
        client = TikTokShop(simulator, workspace, owner.key)
        stock = [{"warehouse_id": ids.text(ids.warehouse(workspace.world), place.serial), "quantity": 1}]
        made.append(create(client, idempotency_key="k", skus=[variant(client) | {"inventory": stock}]))

    assert len(set(made)) == 2


def test_a_draft_is_reviewed_when_it_is_listed(tiktok: TikTokShop) -> None:
    draft = create(tiktok, save_mode="AS_DRAFT")
    told = read(tiktok, draft)
    assert (told["status"], told["audit"]["status"]) == ("DRAFT", "NONE")

    answer = tiktok.data("PUT", f"{EDIT_PATH}/{draft}", body=body(tiktok))

    assert answer["audit"] == {"status": "APPROVED"}
    assert read(tiktok, draft)["status"] == "ACTIVATE"


def test_a_review_takes_its_time(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"tiktok_audit_seconds": 600}))
    made = create(client)
    told = read(client, made)
    assert (told["status"], told["product_status"], told["audit"]["status"]) == ("PENDING", "INITIAL", "AUDITING")
    assert client.data("GET", f"{PRODUCTS_PATH}/{made}", {"return_under_review_version": "true"})["id"] == made

    client.workspace.apply(reviews.audited, record(client, made).serial)

    assert read(client, made)["status"] == "ACTIVATE"
    assert client.call("GET", f"{PRODUCTS_PATH}/{made}", {"return_under_review_version": "true"})["code"] == 12052547


def bad(path: str, value: Any) -> Callable[[TikTokShop], dict[str, Any]]:
    """A body with one thing wrong in it; ``path`` like ``skus.0.price.amount``."""

    def made(client: TikTokShop) -> dict[str, Any]:
        whole = body(client)
        at: Any = whole
        *way, last = (int(part) if part.isdigit() else part for part in path.split("."))
        for part in way:
            at = at[part]
        at[last] = value
        return whole

    return made


def _same_options(client: TikTokShop) -> dict[str, Any]:
    return body(client, skus=[variant(client, **TWO[0]), variant(client, **TWO[0] | {"seller_sku": "RJT-X"})])


def _other_axes(client: TikTokShop) -> dict[str, Any]:
    return body(client, skus=[variant(client, **TWO[0]), variant(client, sales_attributes=[{"name": "Ukuran", "value_name": "S"}])])


def _no_axes(client: TikTokShop) -> dict[str, Any]:
    return body(client, skus=[variant(client), variant(client, seller_sku="RJT-02")])


def _many_axes(client: TikTokShop) -> dict[str, Any]:
    return body(client, skus=[variant(client, sales_attributes=[{"name": f"Sumbu {n}", "value_name": "A"} for n in range(4)])])


def _root_category(client: TikTokShop) -> dict[str, Any]:
    tree = client.data("GET", "/product/202309/categories")["categories"]
    return body(client, category_id=next(row["id"] for row in tree if not row["is_leaf"]))


SIZE = {"length": "10", "width": "10", "height": "10", "unit": "CENTIMETER"}
REFUSED: list[tuple[str, Callable[[TikTokShop], dict[str, Any]], int]] = [
    ("a title of 24 characters", bad("title", "x" * 24), 12052051),
    ("a title of 256 characters", bad("title", "x" * 256), 12052051),
    ("a title with an emoji", bad("title", "Tas Rajut Buatan Tangan \U0001f600 dari Yogyakarta"), 12052931),
    ("a title with an HTML escape", bad("title", "Tas Rajut Buatan Tangan &nbsp; dari Yogyakarta"), 12052931),
    ("a description of 10,001 characters", bad("description", "x" * 10_001), 12052013),
    ("a category of nobody", bad("category_id", "1"), 12052023),
    ("a category that is no number", bad("category_id", "tas"), 12052023),
    ("a category with others below it", _root_category, 12052024),
    ("a brand of nobody", bad("brand_id", "1"), 12052026),
    ("ten pictures", bad("main_images", [{"uri": f"p{n}"} for n in range(10)]), 12052306),
    ("a picture from elsewhere", bad("main_images", [{"uri": "https://example.com/a.jpg"}]), 12052300),
    ("no weight at all", bad("package_weight.value", "0"), 12052181),
    ("a weight in words", bad("package_weight.value", "berat"), 12019011),
    ("a weight with four decimals", bad("package_weight.value", "0.1234"), 12019011),
    ("a weight in grams", bad("package_weight.unit", "GRAM"), 12019011),
    ("a weight in pounds", bad("package_weight.unit", "POUND"), 12019061),
    ("a size of nothing", bad("package_dimensions", SIZE | {"width": "0"}), 12052116),
    ("a size in inches", bad("package_dimensions", SIZE | {"unit": "INCH"}), 12019061),
    ("a price of 99", bad("skus.0.price.amount", "99"), 12052073),
    ("a price of 100,000,001", bad("skus.0.price.amount", "100000001"), 12052570),
    ("a price with cents", bad("skus.0.price.amount", "15000.50"), 12052073),
    ("a price in words", bad("skus.0.price.amount", "murah"), 12052073),
    ("a price in dollars", bad("skus.0.price.currency", "USD"), 12052084),
    ("a price in no currency", bad("skus.0.price.currency", "XXX"), 12052084),
    ("a warehouse of nobody", bad("skus.0.inventory.0.warehouse_id", "1"), 12052097),
    ("a stock of 100,000", bad("skus.0.inventory.0.quantity", 100_000), 12052055),
    ("a seller SKU of 51 characters", bad("skus.0.seller_sku", "x" * 51), 12052054),
    ("a minimum order of 21", bad("minimum_order_quantity", 21), 12052706),
    ("a pre-order of two days", bad("skus.0.pre_sale", {"type": "PRE_ORDER", "fulfillment_type": {"handling_duration_days": 2}}), 12052712),
    ("goods made to order", bad("skus.0.pre_sale", {"type": "MADE_TO_ORDER"}), 12019099),
    ("101 SKUs", bad("skus", [{}] * 101), 12052050),
    ("two SKUs that are alike", _same_options, 12052560),
    ("SKUs with different attributes", _other_axes, 12052550),
    ("SKUs that nothing tells apart", _no_axes, 12052550),
    ("four sales attributes", _many_axes, 12052525),
    ("Tokopedia before the product merge", bad("listing_platforms", ["TIKTOK_SHOP", "TOKOPEDIA"]), 12052994),
]


@pytest.mark.parametrize(("what", "made", "code"), REFUSED, ids=[row[0] for row in REFUSED])
def test_is_refused(what: str, made: Callable[[TikTokShop], dict[str, Any]], code: int, tiktok: TikTokShop) -> None:
    whole, before = made(tiktok), tiktok.workspace.world

    answer = tiktok.call("POST", PRODUCTS_PATH, body=whole)

    assert (answer["code"], answer["message"]) == (code, rows.message(code)), answer
    assert tiktok.workspace.world is before


def test_a_check_tells_what_creating_would_answer_and_makes_nothing(tiktok: TikTokShop) -> None:
    before = tiktok.workspace.world
    path = f"{PRODUCTS_PATH}/listing_check"

    undiagnosed = {"is_diagnosis_required": "false"}
    assert tiktok.data("POST", path, undiagnosed, body(tiktok)) == {"check_result": "PASS", "fail_reasons": []}
    failed = tiktok.data("POST", path, undiagnosed, bad("package_weight.value", "0")(tiktok))
    assert failed == {"check_result": "FAILED", "fail_reasons": [{"code": 12052181, "message": rows.message(12052181)}]}
    assert tiktok.workspace.world is before


# ---- described anew -----------------------------------------------------------------------------------------------------------------------


def test_an_edit_blanks_what_it_leaves_out_but_prices_and_stock(tiktok: TikTokShop) -> None:
    made = create(tiktok, skus=two(tiktok), package_dimensions=SIZE, external_product_id="E-1", is_cod_allowed=True)
    kept = [{key: sku[key] for key in ("id", "seller_sku")} for sku in read(tiktok, made)["skus"]]

    tiktok.data("PUT", f"{EDIT_PATH}/{made}", body=body(tiktok, title="Tas Rajut Pandan Buatan Tangan", skus=kept))

    told = read(tiktok, made)
    assert told["title"] == "Tas Rajut Pandan Buatan Tangan"
    assert ("package_dimensions" in told, "external_product_id" in told, told["is_cod_allowed"]) == (False, False, False)
    assert [sku["id"] for sku in told["skus"]] == [sku["id"] for sku in kept]
    assert {sku["price"]["sale_price"] for sku in told["skus"]} == {"45000"}
    assert [one["value_name"] for sku in told["skus"] for one in sku["sales_attributes"]] == ["Merah", "Navy"]


def test_an_edit_drops_skus_that_it_leaves_out_and_adds_new_ones(tiktok: TikTokShop) -> None:
    made = create(tiktok, skus=two(tiktok))
    first = read(tiktok, made)["skus"][0]["id"]
    rows_ = [{"id": first, **TWO[0]}, variant(tiktok, seller_sku="RJT-H", sales_attributes=[{"name": "Warna", "value_name": "Hitam"}])]

    tiktok.data("PUT", f"{EDIT_PATH}/{made}", body=body(tiktok, skus=rows_))

    told = read(tiktok, made)["skus"]
    assert [sku["seller_sku"] for sku in told] == ["RJT-M", "RJT-H"]
    assert told[0]["id"] == first


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_what_an_edit_leaves_out_of_a_sku_is_blank_but_for_price_stock_and_attributes(method: str, tiktok: TikTokShop) -> None:
    pictured = [{"name": "Warna", "value_name": "Merah", "sku_img": {"uri": "tos-merah"}}]
    made = create(tiktok, skus=[variant(tiktok, sales_attributes=pictured)])
    before = read(tiktok, made)["skus"][0]

    def edited(**row: Any) -> dict[str, Any]:
        skus = [{"id": before["id"], **row}]
        sent = body(tiktok, skus=skus) if method == "PUT" else {"skus": skus}
        tiktok.data(method, f"{EDIT_PATH}/{made}" + ("" if method == "PUT" else "/partial_edit"), body=sent)
        (told,) = read(tiktok, made)["skus"]
        return told

    assert edited() == {name: value for name, value in before.items() if name != "seller_sku"}
    assert "sku_img" not in edited(sales_attributes=[{"name": "Warna", "value_name": "Merah"}])["sales_attributes"][0]


def test_a_partial_edit_leaves_the_rest_alone(tiktok: TikTokShop) -> None:
    made = create(tiktok, package_dimensions=SIZE)
    before = read(tiktok, made)

    tiktok.data("POST", f"{EDIT_PATH}/{made}/partial_edit", body={"description": "<p>Lebih besar.</p>"})

    after = read(tiktok, made)
    assert {key for key in before if before[key] != after[key]} == {"description"}


@pytest.mark.parametrize("version", ["202309", "202509"])
def test_an_edit_is_taken_in_each_version(version: str, tiktok: TikTokShop) -> None:
    made = create(tiktok)

    tiktok.data("POST", f"/product/{version}/products/{made}/partial_edit", body={"title": "Judul Baru yang Cukup Panjang Sekali"})

    assert read(tiktok, made)["title"] == "Judul Baru yang Cukup Panjang Sekali"


EDITS: list[tuple[str, Callable[[TikTokShop, str], dict[str, Any]], int]] = [
    ("a SKU of another product", lambda client, made: {"skus": [{"id": sku_of(client, named(client, "KRP-01"))}]}, 12052557),
    ("a new SKU without a price", lambda client, made: {"skus": [{"seller_sku": "NEW"}]}, 12052571),
    ("a new SKU without stock", lambda client, made: {"skus": [{"seller_sku": "NEW", "price": {"amount": "500", "currency": "IDR"}}]}, 12019022),
    ("an empty list of SKUs", lambda client, made: {"skus": []}, 12052902),
    ("a title that is too short", lambda client, made: {"title": "pendek"}, 12052051),
    ("Tokopedia before the product merge", lambda client, made: {"listing_platforms": ["TOKOPEDIA"]}, 12052994),
]


@pytest.mark.parametrize(("what", "change", "code"), EDITS, ids=[row[0] for row in EDITS])
def test_an_edit_is_refused(what: str, change: Callable[[TikTokShop, str], dict[str, Any]], code: int, tiktok: TikTokShop) -> None:
    made = create(tiktok)
    before = tiktok.workspace.world

    answer = tiktok.call("POST", f"{EDIT_PATH}/{made}/partial_edit", body=change(tiktok, made))

    assert answer["code"] == code, answer
    assert tiktok.workspace.world is before


# ---- whose it is --------------------------------------------------------------------------------------------------------------------------


def test_a_tokopedia_product_is_unknown_until_it_is_copied(tiktok: TikTokShop) -> None:
    born = named(tiktok, "TMB-01", _T)
    text = id_of(tiktok, born)
    assert tiktok.call("GET", f"{PRODUCTS_PATH}/{text}")["code"] == 12052032
    assert text not in listed(tiktok)

    move(tiktok.workspace, Phase.MERGED)

    told = read(tiktok, text)
    assert told["integrated_platform_statuses"] == [{"platform": "TOKOPEDIA", "status": "ACTIVATE"}]
    assert not {"status", "product_status", "audit"} & set(told)
    assert text in listed(tiktok)


@pytest.mark.parametrize("text", ["", "0", "abc", "999999999999999999999999", "1729000000000000001", "-1"])
def test_an_id_of_nobody_is_not_found(text: str, tiktok: TikTokShop) -> None:
    assert tiktok.call("GET", f"{PRODUCTS_PATH}/{text or '%20'}")["code"] == 12052032


def test_another_sellers_product_is_not_shown(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    workspace = make(world="demo")
    first, second = [one for one in shops.sellers(workspace.world) if one.tiktok_shop is not None][:2]
    theirs = next(row for row in workspace.world.shelf(PRODUCTS).page("on_tiktok_shop", (second.serial,), (second.serial + 1,)))
    client = TikTokShop(simulator, workspace, first.key)

    assert client.call("GET", f"{PRODUCTS_PATH}/{id_of(client, theirs)}")["code"] == 12052048


def test_a_retired_copy_is_not_found(tiktok: TikTokShop) -> None:
    copy, native = named(tiktok, "KOP-01", _T), named(tiktok, "KOP-01", _S)

    move(tiktok.workspace, Phase.PRODUCT_MERGED)

    assert tiktok.call("GET", f"{PRODUCTS_PATH}/{id_of(tiktok, copy)}")["code"] == 12052032
    survivor = read(tiktok, id_of(tiktok, native))
    assert survivor["integrated_platform_statuses"] == [{"platform": "TOKOPEDIA", "status": "ACTIVATE"}]
    assert survivor["status"] == "ACTIVATE"
    assert id_of(tiktok, copy) not in listed(tiktok)


@pytest.mark.parametrize("phase", [Phase.MERGING, Phase.MERGED])
def test_making_and_editing_are_closed_while_shops_merge(phase: Phase, tiktok: TikTokShop) -> None:
    made = create(tiktok)
    whole = body(tiktok)
    move(tiktok.workspace, phase)

    calls = [
        ("POST", PRODUCTS_PATH, whole),
        ("PUT", f"{EDIT_PATH}/{made}", whole),
        ("POST", f"{EDIT_PATH}/{made}/partial_edit", {"description": "x"}),
        *(("POST", f"{PRODUCTS_PATH}/{act}", {"product_ids": [made]}) for act in ("activate", "deactivate", "recover")),
        ("DELETE", PRODUCTS_PATH, {"product_ids": [made]}),
    ]
    assert {tiktok.call(method, path, body=sent)["code"] for method, path, sent in calls} == {12052332}
    assert tiktok.data("POST", f"{PRODUCTS_PATH}/listing_check", body=whole)["check_result"] == "PASS"


# ---- on both platforms --------------------------------------------------------------------------------------------------------------------


def standing(client: TikTokShop, product_id: str) -> tuple[Listing | None, Listing | None]:
    row = record(client, product_id)
    return row.tiktok_shop, row.tokopedia


PLATFORMS = [
    (None, (Listing.ACTIVATE, None)),
    (["TIKTOK_SHOP"], (Listing.ACTIVATE, None)),
    (["TOKOPEDIA"], (None, Listing.ACTIVATE)),
    (["TIKTOK_SHOP", "TOKOPEDIA"], (Listing.ACTIVATE, Listing.ACTIVATE)),
]


@pytest.mark.parametrize(("given", "stands"), PLATFORMS)
def test_after_the_product_merge_a_product_is_listed_where_it_is_meant_for(given: list[str] | None, stands: Any, tiktok: TikTokShop) -> None:
    move(tiktok.workspace, Phase.PRODUCT_MERGED)

    made = create(tiktok, **({} if given is None else {"listing_platforms": given}))

    assert standing(tiktok, made) == stands
    told = read(tiktok, made)
    assert ("status" in told, "integrated_platform_statuses" in told) == (stands[0] is not None, stands[1] is not None)


EDITED = [
    ([], (Listing.ACTIVATE, Listing.ACTIVATE)),
    (["TIKTOK_SHOP"], (Listing.ACTIVATE, Listing.SELLER_DEACTIVATED)),
    (["TOKOPEDIA"], (Listing.SELLER_DEACTIVATED, Listing.ACTIVATE)),
    (["TIKTOK_SHOP", "TOKOPEDIA"], (Listing.ACTIVATE, Listing.ACTIVATE)),
]


@pytest.mark.parametrize(("given", "stands"), EDITED)
def test_an_edit_takes_a_product_off_the_platforms_that_it_leaves_out(given: list[str], stands: Any, tiktok: TikTokShop) -> None:
    move(tiktok.workspace, Phase.PRODUCT_MERGED)
    made = create(tiktok, listing_platforms=["TIKTOK_SHOP", "TOKOPEDIA"])
    change = {"description": "Lebih besar."} | ({"listing_platforms": given} if given else {})

    tiktok.data("POST", f"{EDIT_PATH}/{made}/partial_edit", body=change)

    assert standing(tiktok, made) == stands


def test_used_goods_are_for_tokopedia_alone(tiktok: TikTokShop) -> None:
    move(tiktok.workspace, Phase.PRODUCT_MERGED)

    assert tiktok.call("POST", PRODUCTS_PATH, body=body(tiktok, is_pre_owned=True))["code"] == 12052316
    assert read(tiktok, create(tiktok, is_pre_owned=True, listing_platforms=["TOKOPEDIA"]))["is_pre_owned"] is True


# ---- found --------------------------------------------------------------------------------------------------------------------------------


def test_pages_show_every_product_once(tiktok: TikTokShop) -> None:
    made = [create(tiktok, skus=[variant(tiktok, seller_sku=f"RJT-{n}")]) for n in range(5)]
    everything = listed(tiktok)
    assert everything[:5] == made[::-1]

    seen, token = [], ""
    while True:
        page = found(tiktok, 2, token)
        assert page["total_count"] == len(everything)
        seen += [row["id"] for row in page["products"]]
        token = page["next_page_token"]
        if not token:
            break
    assert seen == everything


def test_a_page_token_belongs_to_its_filters(tiktok: TikTokShop) -> None:
    token = found(tiktok, 1)["next_page_token"]

    assert tiktok.call("POST", SEARCH, {"page_size": "1", "page_token": token}, {"status": "ACTIVATE"})["code"] == 12019108


FILTERS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("everything", {}, {"live", "off", "draft"}),
    ("what is on sale", {"status": "ACTIVATE"}, {"live"}),
    ("what is off sale", {"status": "SELLER_DEACTIVATED"}, {"off"}),
    ("drafts", {"status": "DRAFT"}, {"draft"}),
    ("by seller SKU", {"seller_skus": ["S-live", "S-draft", "S-none"]}, {"live", "draft"}),
    ("by seller SKU and status", {"seller_skus": ["S-live", "S-draft"], "status": "DRAFT"}, {"draft"}),
    ("what passed its review", {"audit_status": ["APPROVED"]}, {"live", "off"}),
    ("what is made later", {"create_time_ge": 4_000_000_000}, set()),
    ("what changed earlier", {"update_time_le": 1}, set()),
    ("what changed since", {"update_time_ge": 1}, {"live", "off", "draft"}),
    ("on TikTok Shop", {"listing_platforms": ["TIKTOK_SHOP"], "status": "ACTIVATE"}, {"live"}),
    ("on Tokopedia", {"listing_platforms": ["TOKOPEDIA"], "status": "ACTIVATE"}, set()),
]


@pytest.mark.parametrize(("what", "filters", "expected"), FILTERS, ids=[row[0] for row in FILTERS])
def test_a_search_finds(what: str, filters: dict[str, Any], expected: set[str], tiktok: TikTokShop) -> None:
    made = {name: create(tiktok, skus=[variant(tiktok, seller_sku=f"S-{name}")], **more) for name, more in (("live", {}), ("off", {}), ("draft", {"save_mode": "AS_DRAFT"}))}
    tiktok.data("POST", f"{PRODUCTS_PATH}/deactivate", body={"product_ids": [made["off"]]})

    shown = set(listed(tiktok, **filters))

    assert {name for name, text in made.items() if text in shown} == expected


def test_both_platforms_mean_products_that_are_on_both(tiktok: TikTokShop) -> None:
    move(tiktok.workspace, Phase.PRODUCT_MERGED)
    both = ["TIKTOK_SHOP", "TOKOPEDIA"]
    made = [create(tiktok, listing_platforms=given) for given in (["TIKTOK_SHOP"], ["TOKOPEDIA"], both)]

    def hits(given: list[str]) -> list[bool]:
        shown = listed(tiktok, listing_platforms=given, status="ACTIVATE")
        return [text in shown for text in made]

    assert (hits(["TIKTOK_SHOP"]), hits(["TOKOPEDIA"]), hits(both)) == ([True, False, True], [False, True, True], [False, False, True])


def test_products_are_found_by_sku_id(tiktok: TikTokShop) -> None:
    known = named(tiktok, "KRP-01")

    assert listed(tiktok, sku_ids=[sku_of(tiktok, known), "1"]) == [id_of(tiktok, known)]


def test_a_page_by_update_time_neither_skips_nor_doubles(tiktok: TikTokShop) -> None:
    everything = set(listed(tiktok, update_time_ge=1))
    first = found(tiktok, 1, update_time_ge=1)
    moved = next(text for text in everything if text != first["products"][0]["id"])
    tiktok.data("POST", f"{EDIT_PATH}/{moved}/partial_edit", body={"description": "Lebih besar."})

    seen, token = [first["products"][0]["id"]], first["next_page_token"]
    while token:
        page = found(tiktok, 1, token, update_time_ge=1)
        seen += [row["id"] for row in page["products"]]
        token = page["next_page_token"]

    assert sorted(seen) == sorted(everything)


SEARCHES: list[tuple[dict[str, str], dict[str, Any], int]] = [
    ({"page_size": "101"}, {}, 12019109),
    ({"page_size": "0"}, {}, 12019109),
    ({"page_size": "many"}, {}, 12019109),
    ({}, {}, 36009004),
    ({"page_size": "1"}, {"status": "NONSENSE"}, 12052910),
    ({"page_size": "1"}, {"seller_skus": [str(n) for n in range(11)]}, 12019027),
    ({"page_size": "1"}, {"sku_ids": [str(n) for n in range(11)]}, 12019087),
    ({"page_size": "1"}, {"create_time_ge": 2, "create_time_le": 1}, 12019118),
    ({"page_size": "1"}, {"update_time_ge": -5}, 12019119),
    ({"page_size": "1"}, {"listing_platforms": ["TIKTOK_SHOP"]}, 12052910),
    ({"page_size": "1", "page_token": "nonsense"}, {}, 12019108),
    ({"page_size": "1", "page_token": "nonsense"}, {"seller_skus": ["A"]}, 12019108),
]


@pytest.mark.parametrize(("query", "filters", "code"), SEARCHES)
def test_a_search_is_refused(query: dict[str, str], filters: dict[str, Any], code: int, tiktok: TikTokShop) -> None:
    assert tiktok.call("POST", SEARCH, query, filters)["code"] == code


# ---- pictures -----------------------------------------------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")


def upload(client: TikTokShop, picture: bytes, *, boundary: str = "b1", field: str = "data", use_case: str = "MAIN_IMAGE") -> dict[str, Any]:
    form = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'.encode()
        + picture
        + f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="use_case"\r\n\r\n{use_case}\r\n--{boundary}--\r\n'.encode()
    )
    return client.call("POST", "/product/202309/images/upload", body=form, cipher=False, content_type=f"multipart/form-data; boundary={boundary}")


def test_a_pictures_name_follows_from_its_bytes(tiktok: TikTokShop) -> None:
    first, again, other = upload(tiktok, PNG), upload(tiktok, PNG, boundary="b2"), upload(tiktok, PNG + b"x")

    told = first["data"]
    assert (told["width"], told["height"], told["use_case"]) == (640, 480, "MAIN_IMAGE")
    assert told == again["data"]
    assert told["uri"] != other["data"]["uri"]
    assert read(tiktok, create(tiktok, main_images=[{"uri": told["uri"]}]))["main_images"][0]["urls"] == [told["url"]]


PICTURES = [({"field": "file"}, PNG, 11050001), ({}, b"", 12038002), ({}, PNG + bytes(10 * 1024 * 1024), 12038005), ({"use_case": "NONE"}, PNG, 11050001)]


@pytest.mark.parametrize(("more", "picture", "code"), PICTURES)
def test_a_picture_is_refused(more: dict[str, str], picture: bytes, code: int, tiktok: TikTokShop) -> None:
    assert upload(tiktok, picture, **more)["code"] == code
