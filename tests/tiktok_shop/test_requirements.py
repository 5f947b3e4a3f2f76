"""What a category asks of a product, when one is made, edited or checked."""

from __future__ import annotations

from typing import Any

import pytest
from selling import EDIT_PATH, PRODUCTS_PATH, body, category, create, move, read, record
from test_categories import attributes, brands, qualify, rules

from mockplatforms.domain.phases import Phase
from mockplatforms.domain.products import PRODUCTS
from mockplatforms.testing import TikTokShop

YEARS = 2_000_000_000  # a moment long after the worlds of these tests
PAPER = {"images": [{"uri": "tos-surat"}], "expiration_date": YEARS}
CHART = {"image": {"uri": "tos-ukuran"}}

Chosen = dict[str, list[str] | str]


def chosen(client: TikTokShop, name: str, **values: list[str] | str) -> list[dict[str, Any]]:
    """Product attributes by name; values that the category lists go by their ids, others by name. Underlines are spaces."""
    known = attributes(client, name)
    given = []
    for attribute, picked in values.items():
        row = known[attribute.replace("_", " ")]
        number = {value["name"]: value["id"] for value in row["values"]}
        texts = [picked] if isinstance(picked, str) else picked
        given.append({"id": row["id"], "values": [{"id": number[text]} if text in number else {"name": text} for text in texts]})
    return given


def paper(client: TikTokShop, name: str, title: str, **changes: Any) -> dict[str, Any]:
    rows = rules(client, name, locale="id-ID")["product_certifications"]
    return {"id": next(row["id"] for row in rows if row["name"] == title), **PAPER, **changes}


def made(client: TikTokShop, name: str, *, values: Chosen | None = None, **more: Any) -> dict[str, Any]:
    """The answer to making a product of that category."""
    given = {"product_attributes": chosen(client, name, **values)} if values else {}
    return client.call("POST", PRODUCTS_PATH, body=body(client, category_id=category(client, name), **given, **more))


def code(client: TikTokShop, name: str, **more: Any) -> int:
    told: int = made(client, name, **more)["code"]
    return told


def test_a_product_that_meets_everything_is_made(tiktok: TikTokShop) -> None:
    of = "Kue Kering"
    values: Chosen = {"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": "BPOM", "Halal": "Ya", "Nomor_Sertifikat_Halal": "ID311100012345", "Berat_Bersih_(gram)": "500"}
    papers = [paper(tiktok, of, "Izin Edar BPOM Pangan"), paper(tiktok, of, "Sertifikat Halal")]

    told = made(tiktok, of, values=values, certifications=papers)

    assert told["code"] == 0, told
    shown = {row["name"]: [value["name"] for value in row["values"]] for row in read(tiktok, told["data"]["product_id"])["product_attributes"]}
    assert shown["Masa Simpan"] == ["6 bulan"] and shown["Jenis Izin Edar"] == ["BPOM"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, 12052104),
        ({"Masa_Simpan": "6 bulan"}, 12052104),
        ({"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": "Tidak Ada"}, 0),
        ({"Masa_Simpan": "200 hari", "Jenis_Izin_Edar": "Tidak Ada"}, 0),
        ({"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": "Surat Sendiri"}, 12052247),
        ({"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": ["BPOM", "P-IRT"]}, 12052246),
        ({"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": "Tidak Ada", "Halal": "Ya"}, 12052182),
        ({"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": "Tidak Ada", "Halal": "Tidak", "Nomor_Sertifikat_Halal": "ID1"}, 12052183),
        ({"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": "Tidak Ada", "Halal": "Ya", "Nomor_Sertifikat_Halal": "ID1"}, 12052105),
        ({"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": "BPOM"}, 12052105),
        ({"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": "Tidak Ada", "Berat_Bersih_(gram)": "setengah kilo"}, 12052256),
        ({"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": "Tidak Ada", "Berat_Bersih_(gram)": "0"}, 12052256),
    ],
    ids=str,
)
def test_attributes_are_held_against_the_category(values: Chosen, expected: int, tiktok: TikTokShop) -> None:
    assert code(tiktok, "Kue Kering", values=values) == expected


def test_attribute_rows_are_held_to_their_form(tiktok: TikTokShop) -> None:
    (material,) = chosen(tiktok, "Kaos", Bahan=["Katun"])

    def told(*rows: dict[str, Any]) -> int:
        return code(tiktok, "Kaos", product_attributes=list(rows))

    assert told(material) == 0
    assert told(material, material) == 12052254
    assert told({**material, "values": material["values"] * 2}) == 12052251
    assert told({**material, "values": [{"id": "1"}]}) == 12052529
    assert told({**material, "values": [{}]}) == 12052248
    assert told({**material, "values": [{"id": "1", "name": "Wol"}]}) == 0, "a value of the seller's own, sent back with the id it was read under"


def test_messages_name_what_they_speak_of(tiktok: TikTokShop) -> None:
    values: Chosen = {"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": "Tidak Ada", "Halal": "Ya"}
    assert made(tiktok, "Kue Kering", values=values)["message"] == "The 'Nomor Sertifikat Halal' field is required as you've selected 'Ya' for 'Halal'."


def test_attributes_that_no_category_lists_are_kept_or_refused_by_a_rule(tiktok: TikTokShop) -> None:
    strange = [{"id": "100089", "values": [{"name": "Ya"}]}]
    assert code(tiktok, "Kaos", product_attributes=strange) == 0

    tiktok.workspace.govern(tiktok.workspace.world.rules.but(unlisted_attributes="refuse"))
    assert code(tiktok, "Kaos", product_attributes=strange) == 12052247


def test_papers_are_held_against_the_category(tiktok: TikTokShop) -> None:
    def told(*papers: dict[str, Any]) -> int:
        return code(tiktok, "Helm", certifications=list(papers))

    sni = paper(tiktok, "Helm", "Sertifikat SNI")
    assert told(sni) == 0
    assert told({"id": sni["id"], "files": [{"id": "v09ea0g", "name": "sni.pdf", "format": "PDF"}], "expiration_date": YEARS}) == 0
    assert told() == 12052105
    assert told({"id": sni["id"], "expiration_date": YEARS}) == 12052105, "a paper without pictures or files is none"
    assert told(sni, sni) == 12052656
    assert told({**sni, "id": "1"}) == 12052655
    assert told({**sni, "images": [{"uri": "https://example.com/sni.jpg"}]}) == 12052650
    assert told({key: value for key, value in sni.items() if key != "expiration_date"}) == 12052385
    assert told({**sni, "expiration_date": 1}) == 12052385


def test_a_size_chart_is_held_against_the_category(tiktok: TikTokShop) -> None:
    values: Chosen = {"Bahan": ["Katun"]}
    assert code(tiktok, "Gaun", values=values) == 12052673
    assert code(tiktok, "Gaun", values=values, size_chart=CHART) == 0
    assert code(tiktok, "Gaun", values=values, size_chart={"template": {"id": "7267563252536723205"}}) == 0
    assert code(tiktok, "Gaun", values=values, size_chart={"image": {"uri": "https://example.com/a.jpg"}}) == 12052670
    assert code(tiktok, "Kaos", size_chart=CHART) == 0


def test_payment_on_delivery_and_pre_order_are_held_against_the_category(tiktok: TikTokShop) -> None:
    values: Chosen = {"Masa_Simpan": "6 bulan", "Cara_Penyimpanan": "Beku"}
    whole = body(tiktok)
    whole["skus"][0]["pre_sale"] = {"type": "PRE_ORDER", "fulfillment_type": {"handling_duration_days": 7}}

    assert code(tiktok, "Makanan Beku", values=values, is_cod_allowed=True) == 12052222
    assert code(tiktok, "Makanan Beku", values=values, skus=whole["skus"]) == 12052712
    assert code(tiktok, "Makanan Beku", values=values) == 0
    assert code(tiktok, "Kaos", skus=whole["skus"], is_cod_allowed=True) == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Obat Keras", 12052220),
        ("Tas Mewah Bekas", 12052446),
        ("Susu Formula", 12052223),
        ("Sepeda Motor Listrik", 12052225),
        ("Cincin Emas", 12052226),
        ("Tanaman Hidup", 12052330),
        ("Kaos Crop", 12052230),
    ],
)
def test_a_category_that_the_seller_cannot_use_is_refused(name: str, expected: int, tiktok: TikTokShop) -> None:
    assert code(tiktok, name) == expected


def test_a_seller_who_was_let_in_sells_in_a_restricted_category(tiktok: TikTokShop) -> None:
    qualify(tiktok, "Sepeda Motor Listrik")
    assert code(tiktok, "Sepeda Motor Listrik", values={"Jenis_Kendaraan": ["Motor"]}) == 0


def test_a_product_of_the_second_version_tells_its_whole_way(tiktok: TikTokShop) -> None:
    number = category(tiktok, "Kaos Crop")
    assert code(tiktok, "Kaos", category_version="v2") == 12052230

    shown = read(tiktok, create(tiktok, category_id=number, category_version="v2"))["category_chains"]

    assert [row["local_name"] for row in shown] == ["Fashion Wanita", "Atasan", "Kaos", "Kaos Model Khusus", "Kaos Crop"]
    assert [row["is_leaf"] for row in shown] == [False, False, False, False, True]
    assert [row["parent_id"] for row in shown] == ["0", *(row["id"] for row in shown[:-1])]


def brand(client: TikTokShop, name: str) -> str:
    (row,) = brands(client, brand_name=name)
    number: str = row["id"]
    return number


def test_a_brand_is_held_against_the_seller(tiktok: TikTokShop) -> None:
    assert code(tiktok, "Kaos", brand_id=brand(tiktok, "Polosan")) == 0
    assert code(tiktok, "Kaos", brand_id=brand(tiktok, "Benang Lurik")) == 0, "unauthorised, and not T1"
    assert code(tiktok, "Kaos", brand_id=brand(tiktok, "Maheswari Paris")) == 12052201
    assert code(tiktok, "Kaos", brand_id=brand(tiktok, "Kalandra Atelier")) == 0, "T1, and authorised"
    assert code(tiktok, "Kaos", brand_id=brand(tiktok, "Putri Bedak Lama")) == 12052200


def test_on_tokopedia_alone_any_brand_may_be_listed(tiktok: TikTokShop) -> None:
    t1 = brand(tiktok, "Maheswari Paris")
    move(tiktok.workspace, Phase.PRODUCT_MERGED)

    assert code(tiktok, "Kaos", brand_id=t1, listing_platforms=["TOKOPEDIA"]) == 0
    assert code(tiktok, "Kaos", brand_id=t1, listing_platforms=["TOKOPEDIA", "TIKTOK_SHOP"]) == 12052201
    there = create(tiktok, listing_platforms=["TOKOPEDIA"])
    assert tiktok.call("POST", f"{EDIT_PATH}/{there}/partial_edit", body={"brand_id": t1})["code"] == 0, "it stays where it is listed"


def test_a_category_of_one_platform_takes_products_of_that_platform(tiktok: TikTokShop) -> None:
    values: Chosen = {"Jenis_Tanaman": "Daun Hias"}
    move(tiktok.workspace, Phase.PRODUCT_MERGED)

    assert code(tiktok, "Tanaman Hidup", values=values, listing_platforms=["TOKOPEDIA"]) == 0
    assert code(tiktok, "Tanaman Hidup", values=values, listing_platforms=["TOKOPEDIA", "TIKTOK_SHOP"]) == 12052330


def test_a_draft_may_leave_out_what_is_required_but_says_nothing_wrong(tiktok: TikTokShop) -> None:
    assert code(tiktok, "Kue Kering", save_mode="AS_DRAFT") == 0
    assert code(tiktok, "Kue Kering", save_mode="AS_DRAFT", values={"Jenis_Izin_Edar": "Surat Sendiri"}) == 12052247
    assert code(tiktok, "Susu Formula", save_mode="AS_DRAFT") == 12052223


def test_a_draft_that_is_handed_in_is_judged_as_a_whole(tiktok: TikTokShop) -> None:
    of = "Kue Kering"
    draft = made(tiktok, of, save_mode="AS_DRAFT")["data"]["product_id"]

    def handed_in(**said: Any) -> int:
        told: int = tiktok.call("POST", f"{EDIT_PATH}/{draft}/partial_edit", body=said)["code"]
        return told

    assert handed_in(description="Dipanggang setiap pagi.") == 12052104
    assert read(tiktok, draft)["status"] == "DRAFT"
    assert handed_in(description="Dipanggang setiap pagi.", save_mode="AS_DRAFT") == 0
    values: Chosen = {"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": "BPOM", "Halal": "Ya", "Nomor_Sertifikat_Halal": "ID311100012345"}
    assert handed_in(product_attributes=chosen(tiktok, of, **values)) == 12052105, "papers are wanted, too"
    papers = [paper(tiktok, of, "Izin Edar BPOM Pangan"), paper(tiktok, of, "Sertifikat Halal")]
    assert handed_in(product_attributes=chosen(tiktok, of, **values), certifications=papers) == 0
    assert read(tiktok, draft)["status"] == "ACTIVATE"


def test_what_goes_on_sale_is_judged_as_a_whole(tiktok: TikTokShop) -> None:
    def causes(product_id: str) -> list[int]:
        (error,) = tiktok.data("POST", f"{PRODUCTS_PATH}/activate", body={"product_ids": [product_id]})["errors"]
        return [cause["code"] for cause in error["detail"]["extra_errors"]]

    move(tiktok.workspace, Phase.PRODUCT_MERGED)
    there = create(tiktok, brand_id=brand(tiktok, "Maheswari Paris"), listing_platforms=["TOKOPEDIA"], category_id=category(tiktok, "Kaos"))
    assert causes(there) == [12052201], "on Tokopedia alone any brand may be listed"

    gown = made(tiktok, "Gaun", values={"Bahan": ["Katun"]}, size_chart=CHART)["data"]["product_id"]
    tiktok.data("POST", f"{PRODUCTS_PATH}/deactivate", body={"product_ids": [gown]})
    row = record(tiktok, gown)
    tiktok.workspace.apply(lambda world: world.put(PRODUCTS, row.but(details=row.details.but(size_chart=None))))
    assert causes(gown) == [12052673]


def test_a_check_of_a_listing_finds_what_making_it_would(tiktok: TikTokShop) -> None:
    told = tiktok.data("POST", f"{PRODUCTS_PATH}/listing_check", body=body(tiktok, category_id=category(tiktok, "Helm")))
    assert (told["check_result"], [row["code"] for row in told["fail_reasons"]]) == ("FAILED", [12052105])


def test_an_edit_is_held_to_its_category_and_a_partial_one_to_what_it_speaks_of(tiktok: TikTokShop) -> None:
    of = "Kue Kering"
    values: Chosen = {"Masa_Simpan": "6 bulan", "Jenis_Izin_Edar": "Tidak Ada"}
    product = made(tiktok, of, values=values)["data"]["product_id"]

    def edited(method: str, path: str, **said: Any) -> int:
        told: int = tiktok.call(method, f"{EDIT_PATH}/{product}{path}", body=said)["code"]
        return told

    assert edited("PUT", "", **body(tiktok, category_id=category(tiktok, of))) == 12052104
    assert edited("POST", "/partial_edit", title="Nastar Keju Edisi Lebaran 500 gram") == 0
    assert edited("POST", "/partial_edit", product_attributes=chosen(tiktok, of, Masa_Simpan="3 bulan")) == 12052104
    assert edited("POST", "/partial_edit", product_attributes=chosen(tiktok, of, Masa_Simpan="3 bulan", Jenis_Izin_Edar="BPOM"), certifications=[]) == 12052105
    assert read(tiktok, product)["title"] == "Nastar Keju Edisi Lebaran 500 gram"
