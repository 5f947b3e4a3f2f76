"""Whatever is sent, a platform answers in its own envelope, and what is refused changes nothing: a fuzz of every endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson
import pytest
from arranged import CALLS, FILE, Asked, Seller
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mockplatforms.domain.world import World
from mockplatforms.gateway.call import Reply, Request
from mockplatforms.gateway.endpoint import Endpoint
from mockplatforms.testing import local
from mockplatforms.tiktok_shop import rows, signing
from mockplatforms.tiktok_shop.facade import CATALOG

EVERY = [endpoint for endpoint in CATALOG if endpoint.signed]
NEWEST = {endpoint.source: endpoint for endpoint in EVERY}  # of each row the last version: all versions share one function
JSON_BODY = {source: endpoint for source, endpoint in NEWEST.items() if endpoint.media == "json" and endpoint.method != "GET"}
Spec = Mapping[str, Any]


class Arranged(NamedTuple):
    """A seller, a call that succeeds, and the world in which it does."""

    seller: Seller
    asked: Asked
    world: World


@pytest.fixture
def seller() -> Iterator[Seller]:
    with local("hostile", world="small") as shop:
        yield Seller(shop)


@pytest.fixture
def arranged(source: str, seller: Seller) -> Arranged:
    """Each example begins in this world anew."""
    asked = CALLS[source](seller) if source in CALLS else Asked(("1",) * NEWEST[source].path.count("{"), body={})  # closed in Indonesia: no call succeeds
    return Arranged(seller, asked, seller.world)


# ---- what is sent ------------------------------------------------------------------------------------------------------------------------------

ODD_TEXT = st.one_of(
    st.sampled_from(
        ["", " ", "0", "-1", "1", "٣", "1e5", "1.5", "0x10", "NaN", "null", "true", "[]", "{}", "\x00", "a\x00b", "\u202e", "\ud83d", "𝕏" * 40, "'; DROP--", "../..", "%00", "%s%n", "{0}", "${x}"]
    ),
    st.sampled_from(["9" * 18, "9" * 30, "1" * 5000, "x" * 300, "é" * 1000, "1729000000000000000", "576000000000000000", "-" + "9" * 20]),
    st.text(max_size=20),
)
ODD_NUMBER = st.one_of(
    st.sampled_from([0, -1, 1, 10, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63), 10**30, 0.5, -0.0, 1e300, 1e-300]),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
)
ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), ODD_NUMBER, ODD_TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(ODD_TEXT, st.sampled_from(["id", "skus", "price"])), inner, max_size=4)),
    max_leaves=8,
)


def _fields(specs: Mapping[str, Spec], right: Any, ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of the known fields; each is what belongs there, nearly so, or anything at all."""
    return st.fixed_dictionaries({}, optional={name: _value(spec, right.get(name) if isinstance(right, dict) else None, ids) for name, spec in specs.items()})


def _value(spec: Spec, right: Any, ids: list[str]) -> st.SearchStrategy[Any]:
    near: list[st.SearchStrategy[Any]] = [ODD]
    if right is not None:
        near += [st.just(right)] * 3
    match spec["t"]:
        case "obj" if "fields" in spec:
            near += [_fields(spec["fields"], right, ids)] * 2
        case "list":
            item = spec.get("items", {"t": "any"})
            inner = _value(item, right[0] if isinstance(right, list) and right else None, ids)
            near += [st.lists(inner, max_size=4)] * 2
            if isinstance(right, list) and right:
                near.append(st.sampled_from([2, 30, 400]).map(lambda times: right * times))
        case "str":
            near += [st.sampled_from(ids), ODD_TEXT, st.sampled_from(["0", "1", "100", "-5", "99999999999999", "1000000.001", "IDR", "KILOGRAM"])]
        case "int" | "num":
            near.append(ODD_NUMBER)
        case "bool":
            near.append(st.booleans())
    if "enum" in spec:
        near.append(st.sampled_from(spec["enum"]))
    return st.one_of(near)


PLAIN = st.sampled_from(["0", "1", "1.00", "0.001", "-1", "45000", "45000.5", "100000001", "1e3", "IDR", "USD", "KILOGRAM", "GRAM", "Warna", "https://isv.example.com/x", " ", "x" * 60, "kopi é ☕", "<p>Rajutan</p>"])


def _typed(specs: Mapping[str, Spec], right: Any, ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of the right types throughout, with what is required, that mean nothing or something else: what services must judge."""
    right = right if isinstance(right, dict) else {}
    fields = {name: _leaf(spec, right.get(name), ids) for name, spec in specs.items()}
    kept = {name for name, spec in specs.items() if spec.get("req") or name in right}
    return st.fixed_dictionaries({name: fields[name] for name in fields if name in kept}, optional={name: fields[name] for name in fields if name not in kept})


def _leaf(spec: Spec, right: Any, ids: list[str]) -> st.SearchStrategy[Any]:
    match spec["t"]:
        case "obj":
            other: st.SearchStrategy[Any] = _typed(spec.get("fields", {}), right, ids)
        case "list":
            item = _leaf(spec.get("items", {"t": "str"}), right[0] if right else None, ids)
            other = st.lists(item, min_size=1, max_size=3)
        case "str":
            other = st.sampled_from(spec["enum"]) if "enum" in spec else st.one_of(st.sampled_from(ids), PLAIN)
        case "int" | "num":
            low, high = spec.get("range", (None, None))
            other = st.one_of(st.integers(int(low or -3), int(high or 40)), st.sampled_from([int(low or 0), int(high or 2**53)]))
        case "bool":
            other = st.booleans()
        case _:
            other = ODD
    return other if right is None else st.one_of(st.just(right), st.just(right), st.just(right), other)


def _ids(asked: Asked) -> list[str]:
    """Ids of things that are in the shop, out of a call that succeeds."""
    found = [*asked.path, *re.findall(r"\d{15,20}", orjson.dumps([asked.query, asked.body if type(asked.body) is not bytes else ""]).decode())]
    return found or ["0"]


def _query(specs: Mapping[str, Spec], right: Mapping[str, str]) -> st.SearchStrategy[str]:
    """A query as it stands in the URL: known names with odd values, names twice, broken percent signs."""
    names = st.one_of(st.sampled_from([*specs, "page_size", "page_token", "sort_field"]), ODD_TEXT)
    pair = st.tuples(names, st.one_of(ODD_TEXT, st.sampled_from([*right.values(), "1", "100", "ASC", "create_time"])))
    spoiled = st.sampled_from(["%", "%zz", "a=%ff%fe", "&&", "=", "?", "a==b", "page_size=%31", "page_size=1&page_size=2", "ids=[1", "+=+", "\u00e9=1"])
    good = "&".join(f"{name}={quote(value)}" for name, value in right.items())

    def joined(parts: tuple[bool, list[tuple[str, str]], list[str]]) -> str:
        whole, pairs, broken = parts
        said = [f"{_quoted(name)}={_quoted(value)}" for name, value in pairs]
        return "&".join([*([good] if whole and good else []), *said, *broken])

    return st.tuples(st.booleans(), st.lists(pair, max_size=3), st.lists(spoiled, max_size=2)).map(joined)


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


def _written(value: Any) -> bytes:
    """JSON of anything, numbers beyond 64 bits and halves of surrogates included."""
    import json

    return json.dumps(value).encode()


RAW = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"", b" ", b"null", b"[]", b"{}", b"[1]", b'"text"', b"12", b"true", b"NaN", b"{", b'{"a":', b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b'{"a":1}{"b":2}', b'{"a":\x00}',
            b"[" * 100_000, b'{"a":' * 50_000, b'{"title":"' + b"x" * 1_000_000 + b'"}', b'{"page_size":' + b"9" * 10_000 + b"}", b'{"a":"\\ud800"}', b"a=1&b=2", b"<xml/>",
        ]
    ),
)  # fmt: skip


def sent(seller: Seller, endpoint: Endpoint, path: str, query: str, body: bytes, content_type: str) -> Reply:
    """A call that is signed as it should be, however odd the rest of it."""
    api = seller.api
    parts = [query] if query else []
    parts += [f"app_key={api.app_key}", f"timestamp={seller.workspace.now().wire}"]
    if endpoint.shop:
        parts.append(f"shop_cipher={quote(api.cipher)}")
    request = Request(endpoint.method, path, "&".join(parts))
    text = signing.canonical(path, request.pairs, body, multipart=content_type.startswith("multipart/form-data"))
    headers = {"content-type": content_type, "x-tts-access-token": api.token}
    return api.send(Request(endpoint.method, path, f"{request.query}&sign={signing.sign(api.app_secret, text)}", headers, body))


def is_answered(seller: Seller, reply: Reply, before: World) -> None:
    """In the platform's envelope, with a status that no server error has; and refused means unchanged."""
    told = orjson.loads(reply.body)
    assert reply.status < 500, told
    assert set(told) <= {"code", "message", "request_id", "data"}
    assert type(told["code"]) is int and told["message"] and re.fullmatch(r"\d{14}[0-9A-F]{20}", told["request_id"])
    assert told["code"] != rows.INTERNAL, told
    if told["code"]:
        assert seller.world is before, told
    else:
        assert type(told["data"]) is dict


def can_be_read(seller: Seller) -> None:
    """What was taken can be shown: the newest of everything, and each newest product and order in full."""
    api = seller.api
    page = {"page_size": "10"}
    for row in api.data("POST", "/product/202502/products/search", page, {})["products"]:
        assert api.call("GET", f"/product/202309/products/{row['id']}")["code"] in (0, 12052901)
    orders = api.data("POST", "/order/202309/orders/search", page, {})["orders"]
    api.data("GET", "/order/202507/orders", {"ids": ",".join(row["id"] for row in orders)})
    for path in ("/fulfillment/202309/packages", "/return_refund/202309/returns", "/return_refund/202309/cancellations"):
        api.data("POST", f"{path}/search", page, {})
    api.data("GET", "/customer_service/202309/conversations", page)
    seller.shop.control("GET", "/stock", sku="KRP-01")


def path_of(endpoint: Endpoint, values: tuple[str, ...]) -> str:
    given = iter(values)
    return re.sub(r"\{\w+\}", lambda _: next(given, "0"), endpoint.path)


QUIET = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate, Phase.shrink), database=None)


@pytest.mark.parametrize("source", NEWEST)
@QUIET
@given(data=st.data())
def test_odd_fields_of_body_and_query_are_answered(source: str, data: st.DataObject, arranged: Arranged) -> None:
    seller, asked, world = arranged
    endpoint, facts, ids = NEWEST[source], rows.row(source), _ids(asked)
    seller.workspace.replace(world)
    path = path_of(endpoint, tuple(data.draw(st.one_of(st.just(value), st.sampled_from(["0", "1", "-1", "x", "9" * 40, "%00", "%E9", "٣", " ", ids[-1]]))) for value in asked.path))
    query = data.draw(_query(facts.query, asked.query))
    body, content_type = b"", "application/json"
    if endpoint.media == "multipart":
        body, content_type = asked.body, "multipart/form-data; boundary=b"
    elif endpoint.method != "GET":
        body = _written(data.draw(st.one_of(_fields(facts.body, asked.body, ids), _fields(facts.body, asked.body, ids).map(lambda few: {**(asked.body or {}), **few}), ODD)))
    before = seller.world
    is_answered(seller, sent(seller, endpoint, path, query, body, content_type), before)


@pytest.mark.parametrize("source", JSON_BODY)
@QUIET
@given(data=st.data())
def test_bodies_of_the_right_types_that_make_no_sense_are_answered(source: str, data: st.DataObject, arranged: Arranged) -> None:
    seller, asked, world = arranged
    seller.workspace.replace(world)
    body = _written(data.draw(_typed(rows.row(source).body, asked.body, _ids(asked))))
    query = "&".join(f"{name}={quote(value)}" for name, value in asked.query.items())
    before = seller.world
    is_answered(seller, sent(seller, NEWEST[source], path_of(NEWEST[source], asked.path), query, body, "application/json"), before)
    if seller.world is not before:
        can_be_read(seller)


@pytest.mark.parametrize("source", JSON_BODY)
@QUIET
@given(body=RAW, content_type=st.sampled_from(["application/json", "application/json; charset=utf-16", "APPLICATION/JSON", "", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"]))
def test_bodies_that_are_no_json_are_answered(source: str, body: bytes, content_type: str, arranged: Arranged) -> None:
    seller, asked, world = arranged
    seller.workspace.replace(world)
    before = seller.world
    query = "&".join(f"{name}={quote(value)}" for name, value in asked.query.items())
    is_answered(seller, sent(seller, NEWEST[source], path_of(NEWEST[source], asked.path), query, body, content_type), before)


PART = st.sampled_from(
    [
        FILE,
        FILE[: len(FILE) // 2],
        FILE.replace(b"\r\n", b"\n"),
        FILE.replace(b'name="data"', b'name="other"'),
        FILE.replace(b'name="data"', b"name=data"),
        FILE.replace(b"content-disposition", b"x-disposition"),
        FILE.replace(b"a.png", b"\xff\x00\xfe"),
        FILE.replace(b"image/png", b"text/html"),
        FILE + FILE,
        b"--b--\r\n",
        b"--b\r\n\r\n",
        b"--b\r\ncontent-disposition: form-data; name=\"data\"; filename=\"a.png\"\r\n\r\n\r\n--b--\r\n",
        b"--b\r\n" * 1000,
        b"",
        b"nonsense",
        b"\x00" * 1000,
    ]
)


@pytest.mark.parametrize("source", [source for source, endpoint in NEWEST.items() if endpoint.media == "multipart"])
@QUIET
@given(body=st.one_of(PART, st.binary(max_size=80)), content_type=st.sampled_from(["multipart/form-data; boundary=b", 'multipart/form-data; boundary="b"', "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=é", "application/json", "multipart/mixed; boundary=b", ""]))
def test_bad_uploads_are_answered(source: str, body: bytes, content_type: str, arranged: Arranged) -> None:
    seller, asked, world = arranged
    seller.workspace.replace(world)
    before = seller.world
    is_answered(seller, sent(seller, NEWEST[source], path_of(NEWEST[source], asked.path), "", body, content_type), before)


@QUIET
@given(path=st.one_of(st.text(max_size=40), st.sampled_from(["/", "//", "/order//orders", "/order/202309/orders/search/", "/product/202309/products/%2e%2e", "/product/202309/products/" + "9" * 5000])), query=st.text(max_size=60), body=RAW)
def test_any_request_at_all_is_answered(path: str, query: str, body: bytes, seller: Seller) -> None:
    before = seller.world
    reply = seller.api.send(Request("POST", path, query, {"content-type": "application/json"}, body))
    assert reply.status < 500
    assert seller.world is before
