"""The strategies: what is valid is never refused for its form, and what is wrong is refused in words about that very field."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st

from mockplatforms.gateway import faults
from mockplatforms.gateway.call import Reply
from mockplatforms.gateway.journal import Exchange
from mockplatforms.server import schedules
from mockplatforms.server.simulator import BY_PLATFORM
from mockplatforms.testing import Shop, local, strategies
from mockplatforms.tiktok_shop import rows
from mockplatforms.tokopedia.bodies import BODIES

# Endpoints whose row has a body of JSON, by which they can be called; one tells what the others would refuse.
SERVED = {one.source: one for one in BY_PLATFORM["tiktok_shop"].catalog if one.media == "json" and one.method != "GET" and rows.row(one.source).body}
TELLS = {"check-product-listing-202309": {"length", "range", "enum"}}
TOKOPEDIA = {one.source: one for one in BY_PLATFORM["tokopedia"].catalog if one.source in BODIES and one.method == "POST"}
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", 0))  # make fuzz
QUIET = settings(
    max_examples=EXAMPLES // 10 or 20, deadline=None, suppress_health_check=list(HealthCheck), phases=(Stage.generate, Stage.shrink), database=None, derandomize=not EXAMPLES
)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with local("strategies", quota="off") as made:
        yield made


def sent(shop: Shop, source: str, body: Any) -> tuple[Reply, Exchange]:
    """The call with this body, its other parameters as they should be, and what the journal has of it."""
    if source in TOKOPEDIA:
        api = shop.tokopedia
        reply = api.reply("POST", TOKOPEDIA[source].path, {"shop_id": api.shop_id}, body)
    else:
        query = {name: str(held) for name, spec in rows.row(source).query.items() if spec.get("req") and (held := (spec.get("enum") or ["1"])[0])}
        reply = shop.tiktok_shop.reply(SERVED[source].method, re.sub(r"\{\w+\}", "1729000000000000000", SERVED[source].path), query, body)
    return reply, next(reversed(shop.host.within(lambda simulator: simulator.workspaces[shop.workspace].journal)))


def about_form(exchange: Exchange) -> list[str]:
    """What the journal has to say of the form of single fields."""
    return list((exchange.detail or {}).get("fields", ())) if isinstance(exchange.detail, dict) else []


@pytest.mark.parametrize("source", SERVED)
@QUIET
@given(data=st.data())
def test_a_valid_body_is_never_refused_for_its_form(source: str, data: st.DataObject, shop: Shop) -> None:
    body = data.draw(strategies.body(source))
    assert about_form(sent(shop, source, body)[1]) == []


@pytest.mark.parametrize("source", SERVED)
@QUIET
@given(data=st.data())
def test_an_invalid_body_is_refused_for_the_field_that_is_wrong(source: str, data: st.DataObject, shop: Shop) -> None:
    body, wrong = data.draw(strategies.invalid_body(source))
    reply, exchange = sent(shop, source, body)
    if wrong.kind in TELLS.get(source, ()):
        return
    told = about_form(exchange)
    assert len(told) == 1 and re.match(re.escape(wrong.field) + r" (must be|is missing)", told[0]), (wrong, told)
    said = json.loads(reply.body)
    assert exchange.outcome == "refused" and said["code"] == exchange.code != 0
    assert wrong.kind != "missing" or wrong.field in said["message"]


# What Tokopedia's refusals call a field, where it is not by its name.
CALLED = {"product_id": "Product ID", "new_price": "Price", "name": "name", "category_id": "Category ID", "price": "Price", "weight": "Weight", "min_order": "Minimum order"}


def complaints(reply: Reply, exchange: Exchange) -> str:
    told = json.loads(reply.body)
    failed = (told.get("data") or {}).get("failed_rows_data") or [] if isinstance(told.get("data"), dict) else []
    return " ".join([exchange.words, *(str(row.get("message") or row.get("error")) for row in failed)])


@pytest.mark.parametrize("source", TOKOPEDIA)
@QUIET
@given(data=st.data())
def test_tokopedia_judges_bodies_alike(source: str, data: st.DataObject, shop: Shop) -> None:
    product = shop.tokopedia.data("GET", "/inventory/v1/fs/{fs_id}/product/info", {"shop_id": shop.tokopedia.shop_id, "page": 1, "per_page": 1})[0]["basic"]
    here = {"product_id": product["productID"], "category_id": product["childCategoryID"]}
    fixed = {name: held for name, held in here.items() if name in BODIES[source][0]}
    body, wrong = data.draw(strategies.invalid_body(source, **fixed))
    said = complaints(*sent(shop, source, body))
    name = wrong.field.rpartition(".")[2]
    assert CALLED.get(name, name) in said, (wrong, said)
    if source != "updateStockDecrement":  # there may be fewer units than it takes away
        valid = complaints(*sent(shop, source, data.draw(strategies.body(source, **fixed))))
        assert valid == "" or (source == "requestPickup" and "order" in valid), valid


@pytest.mark.parametrize("source", ["create-product-202309", "get-order-list-202309", "updatePrice", "createProductV3"])
@QUIET
@given(data=st.data())
def test_a_hostile_body_is_answered(source: str, data: st.DataObject, shop: Shop) -> None:
    reply, exchange = sent(shop, source, data.draw(strategies.hostile_body(source)))
    assert reply.status < 500 and exchange.outcome in ("answered", "refused")
    json.loads(reply.body)


@pytest.mark.parametrize("platform", ["tiktok_shop", "tokopedia"])
@QUIET
@given(data=st.data())
def test_every_product_is_taken(platform: str, data: st.DataObject, shop: Shop) -> None:
    body = data.draw(strategies.products(shop, platform))
    if platform == "tiktok_shop":
        assert shop.tiktok_shop.data("POST", "/product/202309/products", body=body)["product_id"]
    else:
        api = shop.tokopedia
        assert api.data("POST", "/v3/products/fs/{fs_id}/create", {"shop_id": api.shop_id}, {"products": [body]})["success_data"] == 1


@QUIET
@given(order=strategies.orders())
def test_every_order_can_be_placed(order: dict[str, Any], shop: Shop) -> None:
    with local("orders") as fresh:
        assert fresh.place_order(**order).key


@QUIET
@given(timeline=strategies.timelines())
def test_every_timeline_goes_as_it_says(timeline: dict[str, Any], shop: Shop) -> None:
    told = shop.host.control("POST", "/schedules", {"schedule": timeline})
    shop.host.control("DELETE", f"/workspaces/{told['id']}")
    assert told["surprise"] == "" and len(told["steps"]) == len(timeline["timeline"])
    assert schedules.read(json.dumps(timeline)).workspace == timeline["workspace"]


@QUIET
@given(rule=strategies.faults())
def test_every_fault_can_be_posted(rule: dict[str, Any], shop: Shop) -> None:
    assert shop.control("POST", "/faults", rule)["fault"] in faults.KINDS
    shop.heal()


@QUIET
@given(answers=strategies.webhook_answers())
def test_a_receiver_that_answers_so_is_told_everything_in_the_end(answers: list[int]) -> None:
    with local("answers") as fresh:
        left = iter(answers)
        fresh.receive(lambda webhook: next(left, 200))
        fresh.place_order(on="tiktok_shop")
        fresh.advance(days=3)
        assert fresh.webhooks and {row["status"] for row in fresh.control("GET", "/webhooks")["deliveries"]} == {"delivered"}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: strategies.body("creat-product"), "there is no endpoint 'creat-product' that takes a body of JSON; did you mean create-product"),
        (lambda: strategies.invalid_body("create-product", "range", "title"), r"nothing of create-product can be wrong with field 'title' and kind 'range'; there are .*title \(length\)|nothing of create-product"),
        (lambda: strategies.faults("explosion"), "there is no fault 'explosion'; the faults are latency"),
    ],
)
def test_what_there_is_not_is_said_in_words(asked: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        asked()


@QUIET
@given(body=strategies.body("create-product", title="Kopi Gayo Asli dari Aceh 250 gram", category_id=st.sampled_from(["1", "2"])))
def test_a_field_can_be_fixed_or_drawn_otherwise(body: dict[str, Any]) -> None:
    assert body["title"] == "Kopi Gayo Asli dari Aceh 250 gram" and body["category_id"] in ("1", "2")


@QUIET
@given(told=strategies.invalid_body("create-product", "enum", "skus.price.currency"))
def test_what_is_wrong_can_be_chosen(told: tuple[dict[str, Any], strategies.Wrong]) -> None:
    body, wrong = told
    assert wrong == ("skus[0].price.currency", "enum") and body["skus"][0]["price"]["currency"] == "NO_SUCH_VALUE"


@QUIET
@given(data=st.data())
def test_a_check_of_a_listing_tells_what_creating_it_would_refuse(data: st.DataObject, shop: Shop) -> None:
    kind = data.draw(st.sampled_from(sorted(TELLS["check-product-listing-202309"])))
    body, _ = data.draw(strategies.invalid_body("check-product-listing", kind))
    told = json.loads(sent(shop, "check-product-listing-202309", body)[0].body)
    assert told["data"]["check_result"] == "FAILED" and told["data"]["fail_reasons"]
