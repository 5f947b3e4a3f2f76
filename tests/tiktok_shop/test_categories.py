"""What a seller looks up before making a product: categories, their rules and attributes, brands, prerequisites."""

from __future__ import annotations

from typing import Any

import pytest
from selling import PRODUCTS_PATH, body, category, create, leaf, read, variant

from mockplatforms.domain import shops
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.shops import CATEGORIES, Category
from mockplatforms.server import fixtures
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import requirements

PATH = "/product/202309/categories"
BRANDS = "/product/202309/brands"
PREREQUISITES = "/product/202312/prerequisites"
VERSIONS = ("v1", "v2")


def tree(client: TikTokShop, **query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.data("GET", PATH, query)["categories"]
    return rows


def named(client: TikTokShop, name: str, **query: str) -> dict[str, Any] | None:
    return next((row for row in tree(client, **query) if row["local_name"] == name), None)


def every(client: TikTokShop) -> list[Category]:
    return client.workspace.world.shelf(CATEGORIES).page("by_serial")


def qualify(client: TikTokShop, *names: str, unmet: tuple[str, ...] = ()) -> None:
    """The shop is let into restricted categories."""
    shop = shops.sellers(client.workspace.world)[0].tiktok_shop
    assert shop is not None
    serials = tuple(row.serial for row in every(client) if row.name in names)
    client.workspace.apply(shops.prepare, shop, unmet=unmet, qualified=serials)


# ---- the tree -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("platform", ["TIKTOK_SHOP", "TOKOPEDIA"])
def test_the_tree_is_a_list_in_which_every_parent_stands(version: str, platform: str, tiktok: TikTokShop) -> None:
    rows = tree(tiktok, category_version=version, listing_platform=platform)
    numbers = [row["id"] for row in rows]
    parents = {row["parent_id"] for row in rows}

    assert len(set(numbers)) == len(numbers)
    assert parents <= set(numbers) | {"0"}
    assert parents - {"0"} == {row["id"] for row in rows if not row["is_leaf"]}


def test_the_tree_is_as_wide_as_a_shop_needs_and_its_second_version_deeper(tiktok: TikTokShop) -> None:
    def levels(rows: list[dict[str, Any]]) -> set[int]:
        above = {row["id"]: row["parent_id"] for row in rows}

        def level(number: str) -> int:
            return 0 if number == "0" else 1 + level(above[number])

        return {level(row["id"]) for row in rows if row["is_leaf"]}

    first, second = tree(tiktok), tree(tiktok, category_version="v2")
    assert len([row for row in first if row["is_leaf"]]) >= 60
    assert len([row for row in first if row["parent_id"] == "0"]) >= 12
    assert levels(first) == {3}
    assert levels(second) == {3, 4, 5}


def test_every_leaf_of_either_version_has_attributes_and_rules(tiktok: TikTokShop) -> None:
    for version in VERSIONS:
        for row in tree(tiktok, category_version=version):
            if row["is_leaf"] and "INVITE_ONLY" not in row["permission_statuses"]:
                asked = {"category_version": version}
                assert tiktok.data("GET", f"{PATH}/{row['id']}/attributes", asked)["attributes"]
                assert tiktok.data("GET", f"{PATH}/{row['id']}/rules", asked)["cod"]


def test_the_reference_data_name_each_other(tiktok: TikTokShop) -> None:
    rows = every(tiktok)
    departments = {row.name for row in rows if row.parent is None}

    assert all(one.id for row in rows for one in requirements.asks(row.asks).attributes)
    assert {name for brand in requirements.brands() for name in brand.departments} <= departments
    assert departments <= {name for brand in requirements.brands() for name in brand.departments}
    for row in rows:
        asks = requirements.asks(row.asks)
        of = {one.name: [value for value, _ in one.values] for one in asks.attributes}
        assert asks.required <= set(of)
        conditions = [one.when for one in asks.attributes if one.when] + [when for _, when in asks.certifications if not isinstance(when, bool)]
        assert all(value in of[name] for name, value in conditions)
        assert len(of) == len(asks.attributes)


def test_a_keyword_narrows_the_tree(tiktok: TikTokShop) -> None:
    rows = tree(tiktok, keyword="KOPI")

    assert rows
    assert all("kopi" in row["local_name"].lower() for row in rows)


def test_names_follow_the_locale(tiktok: TikTokShop) -> None:
    number = category(tiktok, "Kopi Bubuk")

    def name(**query: str) -> str:
        return next(row["local_name"] for row in tree(tiktok, **query) if row["id"] == number)

    assert name() == name(locale="id-ID") == "Kopi Bubuk"
    assert name(locale="en-US") == name(locale="en-GB", keyword="coffee") == "Ground Coffee"


def test_prohibited_categories_are_shown_when_asked_for(tiktok: TikTokShop) -> None:
    told = named(tiktok, "Obat Keras", include_prohibited_categories="true")

    assert told is not None and told["permission_statuses"] == ["PROHIBITED"]
    assert named(tiktok, "Obat Keras") is None
    assert named(tiktok, "Rokok & Vape") is None, "nothing below it is shown"


def test_restricted_categories_say_so_until_the_seller_is_let_in(tiktok: TikTokShop) -> None:
    def told(name: str) -> list[str]:
        row = named(tiktok, name)
        assert row is not None
        statuses: list[str] = row["permission_statuses"]
        return statuses

    assert told("Susu Formula") == ["INVITE_ONLY"]
    assert told("Sepeda Motor Listrik") == ["NON_MAIN_CATEGORY"]
    assert told("Cincin Emas") == ["INVITE_ONLY", "NON_MAIN_CATEGORY"]

    qualify(tiktok, "Susu Formula")
    assert told("Susu Formula") == ["AVAILABLE"]


def test_some_categories_are_on_one_platform_alone(tiktok: TikTokShop) -> None:
    assert named(tiktok, "Kostum & Cosplay") and not named(tiktok, "Kostum & Cosplay", listing_platform="TOKOPEDIA")
    assert named(tiktok, "Tanaman Hidup", listing_platform="TOKOPEDIA") and not named(tiktok, "Tanaman Hidup")


@pytest.mark.parametrize(
    ("query", "code"),
    [({"category_version": "v3"}, 12052217), ({"listing_platform": "SHOPEE"}, 12019210), ({"locale": "xx"}, 12019210), ({"include_prohibited_categories": "x"}, 12019210)],
)
def test_a_wrong_parameter_of_the_tree_is_refused(query: dict[str, str], code: int, tiktok: TikTokShop) -> None:
    assert tiktok.call("GET", PATH, query)["code"] == code


@pytest.mark.parametrize("what", ["rules", "attributes"])
@pytest.mark.parametrize(
    ("name", "version", "code"),
    [("Fashion Wanita", "v1", 12052024), ("Kaos", "v2", 12052230), ("Kaos Crop", "v1", 12052230), ("Kaos Model Khusus", "v2", 12052024), ("Kaos", "v3", 12052217)],
)
def test_rules_and_attributes_are_those_of_leaves_of_the_version(name: str, version: str, code: int, what: str, tiktok: TikTokShop) -> None:
    assert tiktok.call("GET", f"{PATH}/{category(tiktok, name)}/{what}", {"category_version": version})["code"] == code
    assert tiktok.call("GET", f"{PATH}/1/{what}")["code"] == 12052023


@pytest.mark.parametrize(
    ("name", "attributes", "rules"),
    [("Obat Keras", 12052025, 12052220), ("Tas Mewah Bekas", 12052025, 12052446), ("Susu Formula", 0, 12052223), ("Cincin Emas", 0, 12052226), ("Sepeda Motor Listrik", 0, 0)],
)
def test_categories_that_not_everybody_may_use_tell_no_rules(name: str, attributes: int, rules: int, tiktok: TikTokShop) -> None:
    at = f"{PATH}/{category(tiktok, name)}"

    assert tiktok.call("GET", f"{at}/attributes")["code"] == attributes
    assert tiktok.call("GET", f"{at}/rules")["code"] == rules


# ---- attributes and rules -----------------------------------------------------------------------------------------------------------------


def attributes(client: TikTokShop, name: str, **query: str) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in client.data("GET", f"{PATH}/{category(client, name)}/attributes", query)["attributes"]}


def test_attributes_are_those_of_the_category(tiktok: TikTokShop) -> None:
    shoes, phone, biscuits = (attributes(tiktok, name) for name in ("Sneakers Pria", "Smartphone", "Kue Kering"))

    assert [value["name"] for value in shoes["Ukuran"]["values"]] == [str(size) for size in range(36, 46)]
    assert {"RAM", "Kapasitas Penyimpanan"} <= {name for name, row in phone.items() if row["type"] == "SALES_PROPERTY"}
    assert phone["Kapasitas Baterai (mAh)"]["value_data_format"] == "POSITIVE_INT_OR_DECIMAL"
    assert biscuits["Masa Simpan"]["is_requried"] is True
    assert "icon_url" in phone["Warna"]["values"][0] and "icon_url" not in phone["RAM"]["values"][0]


def test_an_attribute_may_hang_on_another(tiktok: TikTokShop) -> None:
    rows = attributes(tiktok, "Kue Kering")
    halal = rows["Halal"]

    assert rows["Nomor Sertifikat Halal"]["requirement_conditions"] == [
        {"condition_type": "VALUE_ID_MATCH", "attribute_id": halal["id"], "attribute_value_id": halal["values"][0]["id"]}
    ]


def test_attributes_keep_their_ids_in_another_language(tiktok: TikTokShop) -> None:
    here, there = attributes(tiktok, "Kaos")["Warna"], attributes(tiktok, "Kaos", locale="en-US")["Colour"]

    assert (here["id"], [value["id"] for value in here["values"]]) == (there["id"], [value["id"] for value in there["values"]])
    assert there["values"][0]["name"] == "Black"


def rules(client: TikTokShop, name: str, **query: str) -> dict[str, Any]:
    return client.data("GET", f"{PATH}/{category(client, name)}/rules", query)


def test_rules_tell_the_papers_that_are_wanted(tiktok: TikTokShop) -> None:
    def papers(name: str) -> dict[str, bool]:
        return {row["name"]: row["is_required"] for row in rules(tiktok, name, locale="id-ID")["product_certifications"]}

    assert papers("Lipstik")["Notifikasi Kosmetik BPOM"] is True
    assert papers("Helm") == {"Sertifikat SNI": True}
    assert papers("Kaos") == {}
    assert rules(tiktok, "Helm")["product_certifications"][0]["name"] == "SNI Certificate", "English is the documented default"


def test_rules_differ_by_category(tiktok: TikTokShop) -> None:
    def charts(name: str) -> tuple[bool, bool]:
        chart = rules(tiktok, name)["size_chart"]
        return chart["is_supported"], chart["is_required"]

    assert (charts("Kaos"), charts("Gaun"), charts("Panci")) == ((True, False), (True, True), (False, False))
    frozen, pan = rules(tiktok, "Makanan Beku"), rules(tiktok, "Wajan")
    assert (frozen["cod"], frozen["allowed_special_product_types"]) == ({"is_supported": False}, [])
    assert (pan["cod"], pan["allowed_special_product_types"]) == ({"is_supported": True}, ["PRE_ORDER"])


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


# ---- brands -------------------------------------------------------------------------------------------------------------------------------


def brands(client: TikTokShop, **query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.data("GET", BRANDS, {"page_size": "100", **query})["brands"]
    return rows


def test_brands_are_paged_and_named_by_id(tiktok: TikTokShop) -> None:
    seen, token = [], ""
    while True:
        page = tiktok.data("GET", BRANDS, {"page_size": "20"} | ({"page_token": token} if token else {}))
        seen += page["brands"]
        token = page["next_page_token"]
        if not token:
            break
    assert [row["name"] for row in seen] == sorted(row["name"] for row in seen)
    assert len(seen) == page["total_count"] >= 60

    told = read(tiktok, create(tiktok, brand_id=seen[0]["id"]))
    assert told["brand"] == {"id": seen[0]["id"], "name": seen[0]["name"]}
    assert tiktok.data("GET", BRANDS, {"page_size": "9", "brand_name": seen[0]["name"]})["total_count"] == 1


def test_brands_are_filtered_by_category_and_authorisation(tiktok: TikTokShop) -> None:
    of_shirts, of_pans = ({row["name"] for row in brands(tiktok, category_id=category(tiktok, name))} for name in ("Kaos", "Wajan"))

    assert "Polosan" in of_shirts - of_pans and "Dapurku" in of_pans - of_shirts
    ours, others = brands(tiktok, is_authorized="true"), brands(tiktok, is_authorized="false")
    assert {row["authorized_status"] for row in ours} == {"AUTHORIZED"}
    assert {row["authorized_status"] for row in others} == {"UNAUTHORIEZD"}
    assert len(ours) + len(others) == len(brands(tiktok))
    assert {row["brand_status"] for row in ours} == {"AVAILABLE", "UNAVAILABLE"}
    assert {row["is_t1_brand"] for row in others} == {True, False}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"category_id": "1"}, 12052023),
        ({"category_id": "601152"}, 12052230),
        ({"category_id": "601226", "category_version": "v2"}, 12052230),
        ({"category_version": "v3"}, 12052217),
        ({"page_size": "0"}, 12019109),
        ({"page_size": "101"}, 12019109),
        ({"page_token": "nonsense"}, 12019108),
    ],
)
def test_a_wrong_parameter_of_the_brands_is_refused(query: dict[str, str], code: int, tiktok: TikTokShop) -> None:
    assert tiktok.call("GET", BRANDS, {"page_size": "9", **query})["code"] == code


# ---- recommendation -----------------------------------------------------------------------------------------------------------------------


def recommend(client: TikTokShop, title: str, **more: Any) -> dict[str, Any]:
    return client.call("POST", f"{PATH}/recommend", body={"product_title": title, **more})


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Kopi Bubuk Robusta Lampung 250 gram", "Kopi Bubuk"),
        ("Sepatu Sneakers Pria Kanvas Hitam Casual", "Sneakers Pria"),
        ("Handphone Android 8/256 GB Garansi Resmi", "Smartphone"),
        ("Lip Cream Matte Tahan Lama 12 Jam Nude", "Lipstik"),
        ("Helm Half Face SNI Motor Bogo Retro", "Helm"),
        ("Rice Cooker 1.8 Liter Hemat Listrik", "Rice Cooker"),
        ("Novel Romantis Senja di Kota Lama", "Novel"),
        ("Popok Bayi Perekat Ukuran M isi 34", "Popok Sekali Pakai"),
        ("Hijab Segi Empat Voal Motif Bunga", "Kerudung Segi Empat"),
        ("Powerbank 10000 mAh Fast Charging", "Power Bank"),
        ("Oli Motor Matic 10W-40 800 ml Sintetis", "Oli Mesin"),
        ("Mainan Kayu Balok Susun Anak 3 Tahun", "Mainan Edukasi"),
        ("Nastar Kue Lebaran Premium Keju 500 gr", "Kue Kering"),
        ("Kemeja Wanita Lengan Panjang Putih Kantor", "Blouse"),
        ("Susu Formula Bayi 0-6 Bulan 400 gram", "Susu Formula"),
    ],
)
def test_a_category_is_recommended_by_the_words_of_the_title(title: str, name: str, tiktok: TikTokShop) -> None:
    told = recommend(tiktok, title)["data"]

    assert told["leaf_category_id"] == category(tiktok, name)
    assert [row["level"] for row in told["categories"]] == [1, 2, 3]
    assert [row["is_leaf"] for row in told["categories"]] == [False, False, True]
    assert told["categories"][-1]["name"] == name


def test_the_goods_of_the_seed_worlds_are_recommended_where_they_are(tiktok: TikTokShop) -> None:
    for template in fixtures.catalogue()["templates"].values():
        for version in template["versions"]:
            assert recommend(tiktok, f"{template['name']} {version} baru")["data"]["leaf_category_id"] == str(template["category"])


def test_the_second_version_is_recommended_to_its_leaves(tiktok: TikTokShop) -> None:
    told = recommend(tiktok, "Kaos Oversize Katun Combed 30s Hitam", category_version="v2", locale="en-US")["data"]

    assert told["leaf_category_id"] == category(tiktok, "Kaos Oversize")
    assert [row["name"] for row in told["categories"]] == ["Womenswear & Underwear", "Women's Tops", "T-Shirts", "Special-Cut T-Shirts", "Oversized T-Shirts"]


def test_a_category_is_recommended_among_those_of_the_platform(tiktok: TikTokShop) -> None:
    there = recommend(tiktok, "Emas Antam Batangan 1 Gram Sertifikat", listing_platform="TOKOPEDIA")["data"]

    assert there["leaf_category_id"] == category(tiktok, "Emas Batangan")
    assert there["categories"][-1]["permission_statuses"] == ["INVITE_ONLY"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"product_title": "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"}, 12019064),
        ({"product_title": "Rokok Elektrik Pod Vape Starter Kit"}, 12019064),
        ({"product_title": "Motor Listrik 1500 Watt Jarak 60 km"}, 12052912),
        ({"product_title": "Kopi"}, 12052051),
        ({"product_title": "Kopi Bubuk " * 30}, 12052051),
        ({"product_title": " " * 30}, 12052261),
        ({"product_title": "Kopi Bubuk Robusta 咖啡 Lampung 250"}, 12052262),
        ({"product_title": "Kopi Bubuk &nbsp; Robusta Lampung"}, 12052931),
        ({"category_version": "v3"}, 12052217),
        ({"description": "x" * 10_001}, 12052013),
        ({"description": "咖啡"}, 12052346),
        ({"images": [{}]}, 12019009),
        ({"images": [{"uri": f"tos-{n}"} for n in range(10)]}, 12052306),
        ({"images": [{"uri": "https://example.com/a.jpg"}]}, 12052300),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_cannot_be_recommended_is_refused(body: dict[str, Any], code: int, tiktok: TikTokShop) -> None:
    assert tiktok.call("POST", f"{PATH}/recommend", body={"product_title": "Kopi Bubuk Robusta Lampung 250 gram", **body})["code"] == code


# ---- prerequisites ------------------------------------------------------------------------------------------------------------------------


def failing(client: TikTokShop, path: str = PREREQUISITES) -> set[str]:
    rows = client.data("GET", path)["check_results"]
    assert len(rows) == 10
    assert all(bool(row["fail_reasons"]) is row["is_failed"] for row in rows)
    return {row["check_item"] for row in rows if row["is_failed"]}


@pytest.mark.parametrize("version", ["202309", "202312"])
def test_a_shop_that_is_open_can_list_products(version: str, tiktok: TikTokShop) -> None:
    assert failing(tiktok, f"/product/{version}/prerequisites") == set()


def test_what_the_seller_has_yet_to_do_keeps_products_from_being_listed(tiktok: TikTokShop) -> None:
    codes = {"SHOP_TAX": 12052703, "RETURN_WAREHOUSE": 12052535, "SHIPPING_TEMPLATE": 12052402, "BANk_ACCOUNT": 12052995, "CONTACT_INFO": 12052923}
    for item, code in codes.items():
        qualify(tiktok, unmet=(item,))
        assert failing(tiktok) == {item}
        assert tiktok.call("POST", PRODUCTS_PATH, body=body(tiktok))["code"] == code
        assert create(tiktok, save_mode="AS_DRAFT"), "a draft waits for it"


def test_a_shop_without_a_warehouse_cannot_list(tiktok: TikTokShop) -> None:
    world = tiktok.workspace.world
    whole = body(tiktok)
    for row in shops.warehouses(world, shops.sellers(world)[0].serial, Platform.TIKTOK_SHOP):
        tiktok.workspace.apply(lambda world, row=row: world.put(shops.WAREHOUSES, row.but(enabled=False)))

    assert failing(tiktok) == {"PICKUP_WAREHOUSE", "RETURN_WAREHOUSE"}
    assert tiktok.call("POST", PRODUCTS_PATH, body=whole)["code"] == 12052531


def test_a_shop_that_is_closed_looks_nothing_up(tiktok: TikTokShop) -> None:
    qualify(tiktok, unmet=("SHOP_STATUS",))

    assert failing(tiktok) == {"SHOP_STATUS"}
    assert tiktok.call("GET", PATH)["code"] == 12052700
    assert tiktok.call("GET", BRANDS, {"page_size": "9"})["code"] == 12052700
    assert recommend(tiktok, "Kopi Bubuk Robusta Lampung 250 gram")["code"] == 12052700
    assert tiktok.call("POST", PRODUCTS_PATH, body=body(tiktok))["code"] == 12052700
    assert tiktok.call("POST", f"{PRODUCTS_PATH}/deactivate", body={"product_ids": ["1"]})["code"] == 12052700, "nor changes anything"
    assert tiktok.call("POST", f"{PRODUCTS_PATH}/listing_check", body=body(tiktok))["code"] == 0, "a check tells of it"


def test_a_body_in_other_case_is_understood(tiktok: TikTokShop) -> None:
    whole = body(tiktok)
    whole["Title"] = whole.pop("title")

    assert tiktok.data("POST", PRODUCTS_PATH, body=whole)["product_id"]
