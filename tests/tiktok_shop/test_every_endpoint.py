"""Each endpoint under each of its versions once as it should be called, and then with everything wrong that the door looks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from arranged import CALLS, CLOSED, Asked, Seller
from selling import move

from mockplatforms.domain.developers import GRANTS
from mockplatforms.domain.phases import Family, Phase
from mockplatforms.gateway.call import Reply
from mockplatforms.gateway.endpoint import Endpoint
from mockplatforms.testing import local
from mockplatforms.tiktok_shop import rows
from mockplatforms.tiktok_shop.abroad import ELSEWHERE
from mockplatforms.tiktok_shop.facade import CATALOG

EVERY = [endpoint for endpoint in CATALOG if endpoint.signed and endpoint.source not in CLOSED and endpoint.source not in ELSEWHERE]
ARRANGED = [endpoint for endpoint in EVERY if endpoint.source in CALLS]
WITH_BODY = [endpoint for endpoint in ARRANGED if endpoint.method != "GET" and endpoint.media == "json"]


def named(endpoint: Endpoint) -> str:
    return endpoint.name


@pytest.fixture
def seller() -> Iterator[Seller]:
    with local("every", world="small") as shop:
        yield Seller(shop)


def path(endpoint: Endpoint, asked: Asked) -> str:
    values = iter(asked.path)
    return re.sub(r"\{\w+\}", lambda _: next(values), endpoint.path)


def send(seller: Seller, endpoint: Endpoint, asked: Asked, **more: Any) -> Reply:
    if endpoint.media == "multipart":
        more.setdefault("content_type", "multipart/form-data; boundary=b")
    more.setdefault("cipher", endpoint.shop)
    return seller.api.reply(endpoint.method, path(endpoint, asked), asked.query, asked.body, **more)


def is_refused(seller: Seller, reply: Reply, name: str, *, untouched: Any) -> None:
    said, told = rows.gateway(name), orjson.loads(reply.body)
    assert (told["code"], told["message"], reply.status) == (said.code, said.message, said.status)
    assert set(told) == {"code", "message", "request_id"}
    assert seller.world is untouched


def test_every_endpoint_that_is_served_is_arranged() -> None:
    assert {endpoint.source for endpoint in EVERY} - set(CALLS) == set()


def test_nothing_is_arranged_that_is_not_served() -> None:
    assert set(CALLS) - {endpoint.source for endpoint in EVERY} == set()


@pytest.mark.parametrize("endpoint", ARRANGED, ids=named)
def test_a_call_as_it_should_be_is_answered(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    reply = send(seller, endpoint, asked)
    told = orjson.loads(reply.body)
    assert (reply.status, told["code"], told["message"]) == (200, 0, "Success"), told
    assert set(told) == {"code", "message", "request_id", "data"} and type(told["data"]) is dict
    assert not told["data"].get("errors"), told
    assert re.fullmatch(r"\d{14}[0-9A-F]{20}", told["request_id"])
    last = next(reversed(seller.workspace.journal))
    assert (last.outcome, last.endpoint) == ("answered", endpoint)


@pytest.mark.parametrize("endpoint", ARRANGED, ids=named)
def test_without_a_signature_or_with_a_wrong_one_nobody_enters(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    before = seller.world
    is_refused(seller, send(seller, endpoint, asked, sign=""), "missing_sign", untouched=before)
    is_refused(seller, send(seller, endpoint, asked, sign="0" * 64), "invalid_sign", untouched=before)


@pytest.mark.parametrize("endpoint", ARRANGED, ids=named)
def test_a_stale_and_a_hasty_timestamp_are_refused(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    before, now = seller.world, seller.workspace.now().wire
    is_refused(seller, send(seller, endpoint, asked, timestamp=now - 301), "timestamp_early", untouched=before)
    is_refused(seller, send(seller, endpoint, asked, timestamp=now + 31), "timestamp_late", untouched=before)


@pytest.mark.parametrize("endpoint", ARRANGED, ids=named)
def test_an_expired_token_a_strangers_and_none_are_refused(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    held = seller.workspace.credentials.grant(seller.world, seller.api.token)
    assert held is not None
    seller.workspace.apply(lambda world: world.put(GRANTS, held.but(expires=world.now.wire)))
    before = seller.world
    is_refused(seller, send(seller, endpoint, asked), "expired_token", untouched=before)
    seller.api.token = "ROW_of-nobody"
    is_refused(seller, send(seller, endpoint, asked), "invalid_token", untouched=before)
    seller.api.token = ""
    is_refused(seller, send(seller, endpoint, asked), "missing_token", untouched=before)


@pytest.mark.parametrize("endpoint", ARRANGED, ids=named)
def test_every_scope_but_the_wanted_one_is_not_enough(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    held = seller.workspace.credentials.grant(seller.world, seller.api.token)
    assert held is not None and endpoint.scope
    rest = tuple(scope for scope in held.scopes if scope not in endpoint.scope)
    seller.workspace.apply(lambda world: world.put(GRANTS, held.but(scopes=rest)))
    is_refused(seller, send(seller, endpoint, asked), "scope", untouched=seller.world)


@pytest.mark.parametrize("endpoint", ARRANGED, ids=named)
def test_the_cipher_is_there_where_it_is_wanted_and_only_there(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    before = seller.world
    if not endpoint.shop:
        is_refused(seller, send(seller, endpoint, asked, cipher=True), "unexpected_cipher", untouched=before)
        return
    is_refused(seller, send(seller, endpoint, asked, cipher=False), "missing_cipher", untouched=before)
    for other in ("ROW_of-nobody", "%00", "x" * 3000):
        seller.api.cipher = other
        is_refused(seller, send(seller, endpoint, asked), "token_cipher_mismatch", untouched=before)


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in ARRANGED if endpoint.shop], ids=named)
def test_the_cipher_of_another_sellers_shop_opens_nothing(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    seller.shop.control("POST", "/sellers", {"key": "tetangga", "tiktok_shop": "existing"})
    seller.api.cipher = seller.shop.of("tetangga").tiktok_shop.cipher
    before = seller.world
    is_refused(seller, send(seller, endpoint, asked), "token_cipher_mismatch", untouched=before)
    assert "another seller's shop" in next(reversed(seller.workspace.journal)).words


@pytest.mark.parametrize("endpoint", ARRANGED, ids=named)
def test_a_version_that_nobody_knows_is_told_from_a_path_that_nobody_knows(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    before, way = seller.world, path(endpoint, asked)
    body = asked.body if endpoint.media == "json" else None
    for version, name in (("202212", "retired_version"), ("202308", "retired_version"), ("202413", "retired_version"), ("202310", "invalid_path"), ("203001", "invalid_path")):
        other = seller.api.reply(endpoint.method, re.sub(r"/\d{6}/", f"/{version}/", way, count=1), asked.query, body, cipher=endpoint.shop)
        is_refused(seller, other, name, untouched=before)
    is_refused(seller, seller.api.reply(endpoint.method, f"/nowhere{way}", asked.query, body), "invalid_path", untouched=before)


@pytest.mark.parametrize("endpoint", ARRANGED, ids=named)
def test_another_media_type_is_refused(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    before = seller.world
    if endpoint.method == "GET":
        assert orjson.loads(send(seller, endpoint, asked, content_type="text/plain").body)["code"] == 0  # no body, so no matter
        return
    wrong, name = (("application/xml", "text/plain"), "invalid_format") if endpoint.media == "json" else (("application/json", "text/plain"), "multipart_wanted")
    for content_type in wrong if asked.body is not None else ():
        is_refused(seller, send(seller, endpoint, asked, content_type=content_type), name, untouched=before)


@pytest.mark.parametrize("endpoint", ARRANGED, ids=named)
def test_a_method_that_the_path_does_not_know_is_told_from_a_wrong_path(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    before, way = seller.world, path(endpoint, asked)
    known = {other.method for other in EVERY if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", other.path), way)}
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - known:
        is_refused(seller, seller.api.reply(method, way, asked.query, cipher=endpoint.shop), "invalid_method", untouched=before)


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in ARRANGED if endpoint.effect == "read"], ids=named)
def test_a_call_that_only_reads_writes_nothing(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    before = seller.world
    send(seller, endpoint, asked)
    assert seller.world is before


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=named)
@pytest.mark.parametrize("body", [b"[1]", b'"text"', b"7", b"true"])
def test_a_body_that_is_no_object_is_refused(body: bytes, endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    before = seller.world
    told = orjson.loads(send(seller, endpoint, asked._replace(body=body)).body)
    assert told["code"] in {*rows.row(endpoint.source).errors, 21001001, 36009004} - {rows.INTERNAL}, told
    assert seller.world is before


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=named)
@pytest.mark.parametrize("body", [b"{", b"nonsense", b'{"a":}', b"\xff\xfe"])
def test_what_is_no_json_is_refused(body: bytes, endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    is_refused(seller, send(seller, endpoint, asked._replace(body=body)), "invalid_format", untouched=seller.world)


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=named)
def test_each_field_of_a_wrong_type_is_refused_and_changes_nothing(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    facts = rows.row(endpoint.source).at(endpoint.path.split("/")[2])
    for name, spec in facts.body.items():
        for wrong in ({"str": ({}, [], True), "int": ("one", {}, 1.5), "bool": ("yes", 1), "list": ("x", {"a": 1}), "obj": ("x", 7), "num": ("x", [])}).get(spec["t"], ()):
            before = seller.world
            given = {**(asked.body or {}), name: wrong}
            told = orjson.loads(send(seller, endpoint, asked._replace(body=given)).body)
            assert told["code"] not in (0, rows.INTERNAL), (name, wrong, told)
            assert told["code"] in facts.errors or told["code"] in (21001001, 36009004), (name, wrong, told)
            assert seller.world is before
            last = next(reversed(seller.workspace.journal))
            assert any(name in words for words in last.detail["fields"]), (name, wrong, last.detail)


REQUIRED = [endpoint for endpoint in WITH_BODY if any(spec.get("req") for spec in rows.row(endpoint.source).body.values())]


@pytest.mark.parametrize("endpoint", REQUIRED, ids=named)
def test_each_required_field_that_is_missing_is_named(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    before = seller.world
    for name, spec in rows.row(endpoint.source).body.items():
        if spec.get("req"):
            given = {key: value for key, value in asked.body.items() if key != name}
            told = orjson.loads(send(seller, endpoint, asked._replace(body=given)).body)
            assert told["code"] == 36009004 and name in told["message"], told
            assert seller.world is before


# ---- phases -----------------------------------------------------------------------------------------------------------------------------------


# What the rehearsal guide and the product endpoints' pages close: seven writes while the shops merge and until product merge is confirmed.
SEVEN = {
    "create-product-202309",
    "edit-product-202509",
    "partial-edit-product-202509",
    "activate-product-202309",
    "deactivate-products-202309",
    "delete-products-202309",
    "recover-products-202309",
}
PRICE_AND_STOCK = {"update-price-202309", "update-inventory-202309"}


def expected(source: str, phase: Phase, modify: str) -> int:
    """The code with which a phase answers an endpoint: the matrix in the platform's words."""
    if source in SEVEN and phase in (Phase.MERGING, Phase.MERGED):
        return 12052332
    if source in PRICE_AND_STOCK and phase is Phase.MERGED and modify != "lenient":
        return 12052901
    return 0


def test_the_code_of_the_lock_stands_on_exactly_those_seven_pages() -> None:
    assert set(rows.listed_by(12052332)) == SEVEN
    assert {endpoint.source for endpoint in EVERY if endpoint.family is Family.PRODUCT_WRITE} == SEVEN
    assert {endpoint.source for endpoint in EVERY if endpoint.family is Family.PRICE_STOCK} == PRICE_AND_STOCK


RULED = [(endpoint, modify) for endpoint in ARRANGED for modify in (("strict", "lenient") if endpoint.source in PRICE_AND_STOCK else ("strict",))]


@pytest.mark.parametrize("phase", [Phase.MERGING, Phase.MERGED, Phase.PRODUCT_MERGED])
@pytest.mark.parametrize(("endpoint", "modify"), RULED, ids=[f"{endpoint.name} {modify}" for endpoint, modify in RULED])
def test_each_phase_opens_and_closes_what_the_matrix_says(endpoint: Endpoint, phase: Phase, modify: str, seller: Seller) -> None:
    seller.workspace.govern(seller.world.rules.but(modify_after_merge=modify))
    asked = CALLS[endpoint.source](seller)
    move(seller.workspace, phase)
    before, code = seller.world, expected(endpoint.source, phase, modify)
    reply = send(seller, endpoint, asked)
    told = orjson.loads(reply.body)
    assert (reply.status, told["code"]) == (200, code), told
    if code:
        last = next(reversed(seller.workspace.journal))
        assert set(told) == {"code", "message", "request_id"} and last.words
        assert seller.world is before


@pytest.mark.parametrize("endpoint", ARRANGED, ids=named)
def test_a_merge_that_fails_opens_everything_again(endpoint: Endpoint, seller: Seller) -> None:
    asked = CALLS[endpoint.source](seller)
    move(seller.workspace, Phase.MERGING)
    seller.shop.control("POST", "/migration/fail", {})
    assert orjson.loads(send(seller, endpoint, asked).body)["code"] == 0
