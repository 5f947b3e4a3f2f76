"""Versions of TikTok Shop: a resource answers under each version that is known for it, with that version's fields, and under no other."""

from __future__ import annotations

import itertools
import re

import orjson
import pytest
from arranged import CALLS, Asked, Seller

from mockplatforms.gateway.endpoint import Endpoint
from mockplatforms.testing import TikTokShop
from mockplatforms.testing.workspaces import local
from mockplatforms.tiktok_shop import FACADE, rows

SIGNED = [endpoint for endpoint in FACADE.catalog if endpoint.signed]
KNOWN = sorted({endpoint.path.split("/")[2] for endpoint in SIGNED})


def resource(endpoint: Endpoint) -> tuple[str, str, bool]:
    return endpoint.method, re.sub(r"/\d{6}/", "/{version}/", re.sub(r"\{\w+\}", "{}", endpoint.path)), endpoint.media == "multipart"


VERSIONS: dict[tuple[str, str, bool], set[str]] = {}
for one in SIGNED:
    VERSIONS.setdefault(resource(one), set()).add(one.path.split("/")[2])


@pytest.mark.parametrize("asked", VERSIONS, ids=lambda asked: " ".join(map(str, asked[:2])))
def test_a_resource_has_the_versions_that_are_known_for_it_and_no_others(asked: tuple[str, str, bool], tiktok: TikTokShop) -> None:
    method, path, multipart = asked
    filled = path.replace("{}", "1")
    retired, never = rows.gateway("retired_version"), rows.gateway("invalid_path")
    for version in [*KNOWN, "201805", "202212", "202308", "202310", "202400", "202413", "203001", "999999"]:
        code = tiktok.call(method, filled.replace("{version}", version), cipher=False, content_type="multipart/form-data; boundary=b" if multipart else "application/json")["code"]

        if version in VERSIONS[asked]:
            assert code not in (retired.code, never.code), version
        elif version < "202309" or not "01" <= version[4:] <= "12":
            assert code == retired.code, version
        elif FACADE.catalog.match(method, filled.replace("{version}", version)).known_path:
            assert code == rows.gateway("invalid_method").code, version
        else:
            assert code == never.code, version


def test_a_version_that_a_resource_never_had_is_told_with_those_that_it_has(tiktok: TikTokShop) -> None:
    reply = tiktok.reply("GET", "/order/202508/orders", {"ids": "1"})

    told = orjson.loads(reply.body)
    assert (reply.status, told["code"], told["message"]) == (404, 36009009, rows.gateway("invalid_path").message)
    words = next(reversed(tiktok.workspace.journal)).words
    assert "202508" in words and "202309, 202507" in words


def test_a_method_that_a_path_does_not_take_is_told_with_those_that_it_takes(tiktok: TikTokShop) -> None:
    assert tiktok.call("PATCH", "/product/202309/products")["code"] == 36009010

    assert "exists for POST and DELETE, not for PATCH" in next(reversed(tiktok.workspace.journal)).words


@pytest.mark.parametrize("path", ["/order/latest/orders", "/order/v2/orders", "/order/20250/orders", "/order//orders", "/api/orders/search"])
def test_what_is_no_version_is_no_path(path: str, tiktok: TikTokShop) -> None:
    assert tiktok.call("GET", path, {"ids": "1"})["code"] == 36009009


def test_token_endpoints_alone_answer_an_unknown_path_in_plain_text(tiktok: TikTokShop) -> None:
    reply = tiktok.reply("GET", "/api/v2/token/revoke", cipher=False)

    assert (reply.status, reply.body) == (404, b"404 page not found")


# ---- fields of versions ----------------------------------------------------------------------------------------------------------------------


TRACKED = {"tracking_number": "JX0098765432"}


@pytest.mark.parametrize(
    ("version", "wrapped", "code"),
    [("202309", False, 0), ("202610", True, 0), ("202309", True, 36009004), ("202610", False, 36009004)],
)
def test_shipping_info_of_a_package_is_one_in_202309_and_a_list_in_202610(version: str, wrapped: bool, code: int) -> None:
    with local("versions", world="small") as shop:
        seller = Seller(shop)
        order = seller.shipped_by_seller()
        given = {**seller.tracked(order), **TRACKED}
        path = f"/fulfillment/{version}/packages/{seller.package_of(order)}/shipping_info/update"

        answer = seller.api.call("POST", path, {}, {"shipping_info_list": [given]} if wrapped else given)

        assert answer["code"] == code
        number = seller.api.data("GET", f"/fulfillment/202309/packages/{seller.package_of(order)}")["tracking_number"]
        assert (number == TRACKED["tracking_number"]) is (code == 0)


def test_of_several_numbers_for_one_package_the_first_counts_and_the_reply_says_so() -> None:
    with local("versions", world="small") as shop:
        seller = Seller(shop)
        order = seller.shipped_by_seller()
        given = seller.tracked(order)
        infos = [{**given, **TRACKED}, {**given, "tracking_number": "JX0000000001", "note": "dus kedua"}]

        path = f"/fulfillment/202610/packages/{seller.package_of(order)}/shipping_info/update"
        reply = seller.api.reply("POST", path, {}, {"shipping_info_list": infos})

        assert (orjson.loads(reply.body)["code"], dict(reply.headers)["X-Mock-Inferred"]) == (0, "one_tracking_number")
        assert seller.api.data("GET", f"/fulfillment/202309/packages/{seller.package_of(order)}")["tracking_number"] == TRACKED["tracking_number"]


READS = [source for source in ("search-products-202502", "check-listing-prerequisites-202312") if source in CALLS]


@pytest.mark.parametrize("source", READS)
def test_versions_without_fields_of_their_own_answer_the_same(source: str) -> None:
    row = rows.row(source)
    with local("versions", world="small") as shop:
        seller = Seller(shop)
        asked: Asked = CALLS[source](seller)

        answers = [seller.api.data(row.method, path, asked.query, asked.body) for path in row.paths]

        assert len(answers) > 1
        assert all(one == other for one, other in itertools.pairwise(answers))


@pytest.mark.parametrize(
    ("create", "edit", "search"), [("202309", "202309", "202309"), ("202309", "202509", "202502"), ("202309", "202309", "202312")]
)
def test_a_product_is_made_edited_and_found_by_clients_of_any_year(create: str, edit: str, search: str) -> None:
    import selling

    with local("versions", world="small") as shop:
        api = shop.tiktok_shop
        product = api.data("POST", f"/product/{create}/products", {"version": create}, selling.body(api))["product_id"]
        api.data("POST", f"/product/{edit}/products/{product}/partial_edit", {"version": edit}, {"title": "Tas Rajut yang Lain dari Yogyakarta"})
        found = api.data("POST", f"/product/{search}/products/search", {"page_size": "100", "version": search}, {"audit_status": ["APPROVED"]})

        assert next(row["title"] for row in found["products"] if row["id"] == product) == "Tas Rajut yang Lain dari Yogyakarta"
