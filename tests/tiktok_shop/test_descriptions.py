"""What a seller may write of a product: each documented limit with its code, and everything that is kept is shown again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selling import EDIT_PATH, PRODUCTS_PATH, body, category, create, found, listed, move, read, record, variant
from test_categories import failing
from test_inventory import second_warehouse

from mockplatforms.domain import shops
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.products import Listing
from mockplatforms.domain.shops import WAREHOUSES
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import ids, logistics, rows

BOTH = ["TIKTOK_SHOP", "TOKOPEDIA"]
IMG = '<img src="https://p16-oec-va.ibyteimg.com/tos/a.jpg">'
DAYS = {"handling_duration_days": 7}


def with_sku(**facts: Any) -> Callable[[TikTokShop], dict[str, Any]]:
    return lambda client: body(client, skus=[variant(client, **facts)])


def with_skus(*facts: dict[str, Any]) -> Callable[[TikTokShop], dict[str, Any]]:
    """Variants of two colours and so on, each with facts of its own."""
    return lambda client: body(
        client, skus=[variant(client, seller_sku=f"V{n}", **{"sales_attributes": [{"name": "Warna", "value_name": f"Warna {n}"}]} | more) for n, more in enumerate(facts)]
    )


def with_(**facts: Any) -> Callable[[TikTokShop], dict[str, Any]]:
    return lambda client: body(client, **facts)


def code(kind: str, text: str) -> dict[str, Any]:
    return {"identifier_code": {"type": kind, "code": text}}


SIZE = {"length": "10", "width": "10", "height": "10", "unit": "CENTIMETER"}
REFUSED: list[tuple[str, Callable[[TikTokShop], dict[str, Any]], int]] = [
    ("a title with Chinese characters", with_(title="Tas Rajut 手工 Buatan Tangan dari Yogyakarta"), 12052262),
    ("a description with an emoji", with_(description="Bagus \U0001f600"), 12052932),
    ("a description with a control character", with_(description="Bagus \x07"), 12052932),
    ("a description with Chinese characters", with_(description="手工"), 12052346),
    ("31 pictures in a description", with_(description=IMG * 31), 12052056),
    ("a picture without an address", with_(description="<img width='3'>"), 12052348),
    ("a gift", with_(is_not_for_sale=True), 12052992),
    ("a combined product", with_sku(combined_skus=[{"product_id": "1", "sku_id": "1", "sku_count": 1}]), 12052849),
    ("an attribute twice", with_(product_attributes=[{"id": "1", "values": [{"name": "A"}]}, {"id": "1", "values": [{"name": "B"}]}]), 12052254),
    ("a value twice", with_(product_attributes=[{"id": "1", "values": [{"name": "A"}, {"name": "A"}]}]), 12052251),
    ("a value with an emoji", with_(product_attributes=[{"id": "1", "values": [{"name": "\U0001f600"}]}]), 12052935),
    ("a height in words", with_(package_dimensions=SIZE | {"height": "tinggi"}), 12052003),
    ("a width in words", with_(package_dimensions=SIZE | {"width": "lebar"}), 12052004),
    ("a length in words", with_(package_dimensions=SIZE | {"length": "panjang"}), 12052005),
    ("a delivery option of nobody", with_(delivery_option_ids=["1"]), 12052405),
    ("a certification twice", with_(certifications=[{"id": "1"}, {"id": "1"}]), 12052656),
    ("an expired certification", with_(certifications=[{"id": "1", "expiration_date": 1}]), 12052385),
    ("a limit below the minimum", with_(minimum_order_quantity=5, purchase_order_quantity_limit={"maximum_order_quantity": 4}), 12052319),
    ("a sales attribute with an emoji", with_sku(sales_attributes=[{"name": "Warna \U0001f600", "value_name": "A"}]), 12052933),
    ("a sales attribute in Chinese", with_sku(sales_attributes=[{"name": "手工", "value_name": "A"}]), 12052243),
    ("a sales attribute of 21 characters", with_sku(sales_attributes=[{"name": "x" * 21, "value_name": "A"}]), 12052242),
    ("a value of a sales attribute with an escape", with_sku(sales_attributes=[{"name": "Warna", "value_name": "A&amp;B"}]), 12052934),
    ("a seller SKU in Chinese", with_sku(seller_sku="手工"), 12052554),
    ("an address that is none", with_sku(external_urls=["toko saya"]), 12052235),
    ("an identifier without a type", with_sku(identifier_code={"code": "123"}), 12052600),
    ("an EAN of twelve digits", with_sku(**code("EAN", "123456789012")), 12052591),
    ("a GTIN of letters", with_sku(**code("GTIN", "ABCDEFGHIJKLMN")), 12052591),
    ("an ISBN with an X in the middle", with_sku(**code("ISBN", "12345X7890")), 12052598),
    ("two SKUs with one identifier", with_skus(code("EAN", "12345678"), code("EAN", "12345678")), 12052592),
    ("two SKUs with one external id", with_skus({"external_sku_id": "E"}, {"external_sku_id": "E"}), 12052996),
    ("a pre-order without a type", with_sku(pre_sale={"fulfillment_type": DAYS}), 12019096),
    ("a pre-order without a time", with_sku(pre_sale={"type": "PRE_ORDER"}), 12019095),
    ("a pre-order of no days", with_sku(pre_sale={"type": "PRE_ORDER", "fulfillment_type": {}}), 12019095),
    ("a pre-order of 0 days", with_sku(pre_sale={"type": "PRE_ORDER", "fulfillment_type": {"handling_duration_days": 0}}), 12019098),
    ("a pre-order of 31 days", with_sku(pre_sale={"type": "PRE_ORDER", "fulfillment_type": {"handling_duration_days": 31}}), 12052712),
]


@pytest.mark.parametrize(("what", "made", "code_"), REFUSED, ids=[row[0] for row in REFUSED])
def test_is_refused(what: str, made: Callable[[TikTokShop], dict[str, Any]], code_: int, tiktok: TikTokShop) -> None:
    whole, before = made(tiktok), tiktok.workspace.world

    answer = tiktok.call("POST", PRODUCTS_PATH, body=whole)

    assert (answer["code"], answer["message"]) == (code_, rows.message(code_)), answer
    assert tiktok.workspace.world is before


TAKEN: list[tuple[str, Callable[[TikTokShop], dict[str, Any]]]] = [
    ("a title of 25 characters", with_(title="x" * 25)),
    ("a title of 255 characters", with_(title="x" * 255)),
    ("a description of 10,000 characters", with_(description="x" * 10_000)),
    ("a description with lines", with_(description="Satu\r\n\tDua")),
    ("30 pictures in a description", with_(description=IMG * 30)),
    ("nine pictures", with_(main_images=[{"uri": f"p{n}"} for n in range(9)])),
    ("a price of 100", with_sku(price="100")),
    ("a price of 100,000,000", with_sku(price="100000000")),
    ("a seller SKU of 50 characters", with_sku(seller_sku="x" * 50)),
    ("a minimum order of 20", with_(minimum_order_quantity=20)),
    ("an ISBN that ends in X", with_sku(**code("ISBN", "123456789X"))),
    ("100 SKUs", with_skus(*[{} for _ in range(100)])),
    ("a pre-order of three days", with_sku(pre_sale={"type": "PRE_ORDER", "fulfillment_type": {"handling_duration_days": 3}})),
]


@pytest.mark.parametrize(("what", "made"), TAKEN, ids=[row[0] for row in TAKEN])
def test_is_taken(what: str, made: Callable[[TikTokShop], dict[str, Any]], tiktok: TikTokShop) -> None:
    assert tiktok.call("POST", PRODUCTS_PATH, body=made(tiktok))["code"] == 0


def test_what_a_seller_tells_is_shown_again(tiktok: TikTokShop) -> None:
    option = ids.text(ids.delivery_option(tiktok.workspace.world), logistics.STANDARD)
    sku = {
        "external_sku_id": "ERP-1-M",
        "external_urls": ["https://example.com/1"],
        "identifier_code": {"type": "EAN", "code": "1234567890123"},
        "fees": [{"type": "PFAND", "amount": "500", "additional_attribute": "REUSABLE"}],
        "sku_dimensions": SIZE,
        "sku_weight": {"value": "0.3", "unit": "KILOGRAM"},
        "sales_attributes": [{"name": "Ukuran", "value_name": "M"}, {"name": "Warna", "value_name": "Merah", "sku_img": {"uri": "merah"}}],
        "pre_sale": {"type": "PRE_ORDER", "fulfillment_type": DAYS},
    }
    stock = {"backorder_quantity": 9, "handling_time": 4}
    row = variant(tiktok, **sku)
    row["inventory"][0] |= stock
    kept: dict[str, Any] = {
        "external_product_id": "ERP-1",
        "shipping_template_id": "7552764259994699538",
        "size_chart": {"template": {"id": "7267563252536723205"}},
        "search_terms": ["tas rajut"],
        "key_product_features": ["Dibuat dengan tangan"],
        "scheduled_sale": {"is_enabled_scheduled_sale": True, "schedule_sale_time": 4102444800},
    }

    answer = tiktok.data("POST", PRODUCTS_PATH, body=body(tiktok, skus=[row], delivery_option_ids=[option], purchase_order_quantity_limit={"maximum_order_quantity": 3, "cumulative_order_quantity": 5}, **kept))

    told = read(tiktok, answer["product_id"])
    assert {name: told[name] for name in kept} == kept
    assert told["delivery_options"] == [{"id": option, "name": "Standard Shipping", "is_available": True}]
    shown = told["skus"][0]
    assert {name: shown[name] for name in sku if name != "sales_attributes"} == {name: sku[name] for name in sku if name != "sales_attributes"}
    assert {name: shown["inventory"][0][name] for name in stock} == stock
    assert [one.get("sku_img", {}).get("uri") for one in shown["sales_attributes"]] == [None, "merah"]
    assert shown["purchase_order_quantity_limit"] == {"maximum_order_quantity": 3, "cumulative_order_quantity": 5}
    assert (answer["skus"][0]["external_sku_id"], answer["skus"][0]["fees"]) == ("ERP-1-M", sku["fees"])
    (brief,) = [one for one in found(tiktok)["products"] if one["id"] == answer["product_id"]]
    assert (brief["skus"][0]["inventory"], brief["skus"][0]["fees"], brief["scheduled_sale"]) == (shown["inventory"], sku["fees"], kept["scheduled_sale"])


def test_a_partial_edit_replaces_what_it_names_and_keeps_the_rest(tiktok: TikTokShop) -> None:
    bpom, halal = {"id": "602401", "expiration_date": 4102444800}, {"id": "602404"}
    made = create(tiktok, category_id=category(tiktok, "Serum Wajah"), certifications=[bpom], size_chart={"template": {"id": "2"}}, external_product_id="E")

    tiktok.data("POST", f"{EDIT_PATH}/{made}/partial_edit", body={"certifications": [halal]})
    told = read(tiktok, made)
    assert ([one["id"] for one in told["certifications"]], told["size_chart"], told["external_product_id"]) == ([halal["id"]], {"template": {"id": "2"}}, "E")

    tiktok.data("PUT", f"{EDIT_PATH}/{made}", body=body(tiktok))
    assert not {"certifications", "size_chart", "external_product_id"} & set(read(tiktok, made))


def test_an_external_id_stands_for_one_product(tiktok: TikTokShop) -> None:
    create(tiktok, external_product_id="E", skus=[variant(tiktok, external_sku_id="S")])

    assert tiktok.call("POST", PRODUCTS_PATH, body=body(tiktok, external_product_id="E"))["code"] == 12052996
    assert tiktok.call("POST", PRODUCTS_PATH, body=body(tiktok, skus=[variant(tiktok, external_sku_id="S")]))["code"] == 12052996
    assert create(tiktok, external_product_id="S", skus=[variant(tiktok, external_sku_id="E")])


def test_an_identifier_stays_as_it_was_submitted(tiktok: TikTokShop) -> None:
    made = create(tiktok, skus=[variant(tiktok, **code("EAN", "12345678"))])
    row = {"id": read(tiktok, made)["skus"][0]["id"]}

    answer = tiktok.call("POST", f"{EDIT_PATH}/{made}/partial_edit", body={"skus": [row | code("EAN", "87654321")]})

    assert answer["code"] == 12052593
    tiktok.data("POST", f"{EDIT_PATH}/{made}/partial_edit", body={"skus": [row]})
    assert read(tiktok, made)["skus"][0]["identifier_code"] == {"type": "EAN", "code": "12345678"}


EDITS: list[tuple[str, dict[str, Any], int]] = [
    ("no pre-order, in seven days", {"skus": [{"pre_sale": {"type": "NONE", "fulfillment_type": DAYS}}]}, 12019094),
    ("one SKU of each kind", {"skus": [{"pre_sale": {"type": "NONE"}}, {"pre_sale": {"type": "PRE_ORDER", "fulfillment_type": DAYS}}]}, 12019100),
    ("no picture", {"main_images": []}, 12052028),
    ("a blank title", {"title": ""}, 12052261),
    ("a blank description", {"description": " "}, 12052015),
    ("a sales attribute that nobody knows", {"skus": [{"sales_attributes": [{"id": "77", "value_name": "Merah"}]}]}, 12052527),
    ("a value that nobody knows", {"skus": [{"sales_attributes": [{"name": "Warna", "value_id": "77"}]}]}, 12052529),
    ("a value in Chinese", {"skus": [{"sales_attributes": [{"name": "Warna", "value_name": "红色"}]}]}, 12052250),
]


@pytest.mark.parametrize(("what", "sent", "code_"), EDITS, ids=[row[0] for row in EDITS])
def test_an_edit_is_refused(what: str, sent: dict[str, Any], code_: int, tiktok: TikTokShop) -> None:
    made = create(tiktok)

    assert tiktok.call("POST", f"{EDIT_PATH}/{made}/partial_edit", body=sent)["code"] == code_


BLANK: list[tuple[str, Any, int]] = [
    ("title", "", 12052261),
    ("description", "", 12052015),
    ("main_images", [], 12052028),
    ("skus", [], 36009004),  # no code of its own on the page
    ("title", None, 36009004),
]


@pytest.mark.parametrize(("field", "sent", "code_"), BLANK)
def test_a_product_with_nothing_in_a_field_is_refused_by_the_code_for_it(field: str, sent: Any, code_: int, tiktok: TikTokShop) -> None:
    assert tiktok.call("POST", PRODUCTS_PATH, body=body(tiktok, **{field: sent}))["code"] == code_


def test_a_sku_lies_once_in_a_warehouse(tiktok: TikTokShop) -> None:
    row = variant(tiktok)
    row["inventory"] *= 2

    assert tiktok.call("POST", PRODUCTS_PATH, body=body(tiktok, skus=[row]))["code"] == 12052910


def test_goods_in_several_warehouses_have_no_delivery_options_of_their_own(tiktok: TikTokShop) -> None:
    row = variant(tiktok)
    row["inventory"].append({"warehouse_id": second_warehouse(tiktok), "quantity": 1})
    option = ids.text(ids.delivery_option(tiktok.workspace.world), logistics.STANDARD)

    assert tiktok.call("POST", PRODUCTS_PATH, body=body(tiktok, skus=[row], delivery_option_ids=[option]))["code"] == 12052404
    assert create(tiktok, skus=[row])


def test_a_shop_that_gets_more_warehouses_at_the_merge_loses_the_delivery_options_of_its_products(tiktok: TikTokShop) -> None:
    option = ids.text(ids.delivery_option(tiktok.workspace.world), logistics.STANDARD)
    made = create(tiktok, delivery_option_ids=[option])
    assert [one["id"] for one in read(tiktok, made)["delivery_options"]] == [option]
    second_warehouse(tiktok, tiktok_shop=False, tokopedia=True)

    move(tiktok.workspace, Phase.MERGED)

    assert "delivery_options" not in read(tiktok, made)


# ---- where it is listed -------------------------------------------------------------------------------------------------------------------


def test_insurance_is_asked_for_on_tokopedia_alone(tiktok: TikTokShop) -> None:
    move(tiktok.workspace, Phase.PRODUCT_MERGED)
    asked = {"shipping_insurance_requirement": "REQUIRED"}

    answer = tiktok.data("POST", PRODUCTS_PATH, body=body(tiktok, **asked))
    assert [one["message"] for one in answer["warnings"]] == ["shipping_insurance_requirement only applies to products listed on TOKOPEDIA."]
    assert read(tiktok, answer["product_id"])["shipping_insurance_requirement"] == "OPTIONAL"

    made = create(tiktok, listing_platforms=BOTH, **asked)
    assert read(tiktok, made)["shipping_insurance_requirement"] == "REQUIRED"
    tiktok.data("PUT", f"{EDIT_PATH}/{made}", body=body(tiktok, **asked))
    assert read(tiktok, made)["shipping_insurance_requirement"] == "REQUIRED"


def test_used_goods_stay_on_tokopedia(tiktok: TikTokShop) -> None:
    move(tiktok.workspace, Phase.PRODUCT_MERGED)
    used, new = create(tiktok, is_pre_owned=True, listing_platforms=["TOKOPEDIA"]), create(tiktok, skus=[variant(tiktok, seller_sku="B")])

    assert tiktok.call("POST", f"{EDIT_PATH}/{used}/partial_edit", body={"listing_platforms": BOTH})["code"] == 12052316
    assert tiktok.call("PUT", f"{EDIT_PATH}/{new}", body=body(tiktok, is_pre_owned=True))["code"] == 12052316
    (error,) = tiktok.data("POST", f"{PRODUCTS_PATH}/activate", body={"product_ids": [used]})["errors"]
    assert [cause["code"] for cause in error["detail"]["extra_errors"]] == [12052330]


def test_a_draft_goes_where_it_is_meant_for_in_the_end(tiktok: TikTokShop) -> None:
    move(tiktok.workspace, Phase.PRODUCT_MERGED)
    made = create(tiktok, save_mode="AS_DRAFT")

    tiktok.data("POST", f"{EDIT_PATH}/{made}/partial_edit", body={"listing_platforms": ["TOKOPEDIA"]})

    row = record(tiktok, made)
    assert (row.tiktok_shop, row.tokopedia) == (None, Listing.ACTIVATE)
    assert not {"status", "product_status", "audit"} & set(read(tiktok, made))


def test_a_seller_lists_as_many_products_as_the_shop_may(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make())
    client.workspace.govern(client.workspace.world.rules.but(listing_limit=len(listed(client)) + 1))

    made = create(client)

    assert client.call("POST", PRODUCTS_PATH, body=body(client))["code"] == 12052093
    assert failing(client) == {"PRODUCT_QUANTITY_LIMIT"}
    draft = create(client, save_mode="AS_DRAFT")
    assert client.call("POST", f"{EDIT_PATH}/{draft}/partial_edit", body={"is_cod_allowed": True})["code"] == 12052093
    client.data("POST", f"{PRODUCTS_PATH}/deactivate", body={"product_ids": [made]})
    assert failing(client) == set()
    assert client.call("POST", f"{EDIT_PATH}/{draft}/partial_edit", body={"is_cod_allowed": True})["code"] == 0
    (error,) = client.data("POST", f"{PRODUCTS_PATH}/activate", body={"product_ids": [made]})["errors"]
    assert [cause["code"] for cause in error["detail"]["extra_errors"]] == [12052093]


def test_without_a_warehouse_that_ships_a_product_is_not_activated(tiktok: TikTokShop) -> None:
    made = create(tiktok)
    tiktok.data("POST", f"{PRODUCTS_PATH}/deactivate", body={"product_ids": [made]})
    world = tiktok.workspace.world
    place = shops.default_warehouse(world, shops.sellers(world)[0].serial, Platform.TIKTOK_SHOP)
    tiktok.workspace.apply(lambda world: world.put(WAREHOUSES, place.but(enabled=False)))

    (error,) = tiktok.data("POST", f"{PRODUCTS_PATH}/activate", body={"product_ids": [made]})["errors"]

    assert [cause["code"] for cause in error["detail"]["extra_errors"]] == [12019022]


# ---- checked beforehand -------------------------------------------------------------------------------------------------------------------


def check(client: TikTokShop, sent: dict[str, Any], **query: str) -> dict[str, Any]:
    return client.data("POST", f"{PRODUCTS_PATH}/listing_check", query, sent)


def test_a_check_tells_everything_that_is_wrong(tiktok: TikTokShop) -> None:
    before = tiktok.workspace.world
    wrong = body(tiktok, title="pendek", brand_id="1", category_id="1", package_weight={"value": "0", "unit": "KILOGRAM"})
    wrong["skus"][0]["price"]["amount"] = "1"

    told = check(tiktok, wrong)

    assert told["check_result"] == "FAILED"
    assert {reason["code"] for reason in told["fail_reasons"]} == {12052051, 12052026, 12052023, 12052181, 12052073}
    assert tiktok.workspace.world is before


CHECKED: list[tuple[str, Any, int]] = [
    ("title", "", 12052261),
    ("main_images", [], 12052028),
    ("skus", 101, 12052050),
    ("package_weight", {"value": "1", "unit": "STONE"}, 12052910),
    ("package_dimensions", {"length": "1", "width": "1", "height": "1", "unit": "FOOT"}, 12052910),
]


@pytest.mark.parametrize(("field", "sent", "code_"), CHECKED)
def test_a_check_tells_of_fields_that_cannot_be(field: str, sent: Any, code_: int, tiktok: TikTokShop) -> None:
    told = check(tiktok, body(tiktok, **{field: [variant(tiktok)] * sent if isinstance(sent, int) else sent}))

    assert [reason["code"] for reason in told["fail_reasons"]] == [code_]


def test_a_check_of_what_is_missing_is_refused_like_making_it(tiktok: TikTokShop) -> None:
    sent = body(tiktok)
    del sent["title"]

    assert tiktok.call("POST", f"{PRODUCTS_PATH}/listing_check", body=sent)["code"] == tiktok.call("POST", PRODUCTS_PATH, body=sent)["code"] != 0


def test_a_check_tells_what_could_be_better(tiktok: TikTokShop) -> None:
    told = check(tiktok, body(tiktok, shipping_insurance_requirement="REQUIRED"))

    assert (told["check_result"], told["warnings"]["message"]) == ("PASS", "shipping_insurance_requirement only applies to products listed on TOKOPEDIA.")
    assert [one["field"] for one in told["diagnoses"]] == ["TITLE", "DESCRIPTION", "IMAGE", "ATTRIBUTE"]
    assert told["diagnoses"][0]["diagnosis_results"][0]["code"] == "TITLE_LESS_THAN_40_CHARACTERS"
    assert "diagnoses" not in check(tiktok, body(tiktok), is_diagnosis_required="false")


# ---- searched -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filters", [{"sns_filter": "CONFIGURED"}, {"sns_filter": "ELIGIBLE"}])
def test_what_an_indonesian_shop_cannot_have_is_not_found(filters: dict[str, str], tiktok: TikTokShop) -> None:
    assert found(tiktok, **filters)["products"] == []


@pytest.mark.parametrize("version", ["202309", "202312", "202502"])
def test_a_search_finds_the_same_in_each_version(version: str, tiktok: TikTokShop) -> None:
    made = create(tiktok)

    told = tiktok.data("POST", f"/product/{version}/products/search", {"page_size": "1"}, {"status": "ACTIVATE"})

    assert [row["id"] for row in told["products"]] == [made]


def test_a_search_leads_to_its_first_ten_thousand_results(tiktok: TikTokShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockplatforms.tiktok_shop.products._WINDOW", 4)
    for n in range(6):
        create(tiktok, skus=[variant(tiktok, seller_sku=f"N{n}")])

    second = found(tiktok, 2, found(tiktok, 2)["next_page_token"])

    beyond = tiktok.call("POST", "/product/202502/products/search", {"page_size": "2", "page_token": second["next_page_token"]}, {})
    assert (beyond["code"], beyond["message"]) == (12052180, rows.message(12052180))
