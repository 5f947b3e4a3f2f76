"""Signatures fit the golden vectors, and each common mistake in them is recognised by name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiktok_shop_api import Webhooks
from tiktok_shop_api.signing import Signer

from mockplatforms.tiktok_shop.signing import UNKNOWN, WORDS, Diagnosis, canonical, diagnose, sign, webhook_signature

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/vectors/tiktok_shop_signing.json").read_text())
SECRET = "testsecret456"
PATH = "/product/202309/products/1729592969712207013/inventory/update"
TOKEN = "ROW_token"
BODY = '{"skus": [{"quantity":5,"id":"17295","note":"kopi/é <b>"}],"at":1}'.encode()
PAIRS = [("timestamp", "1700000000"), ("shop_cipher", "ROW_a/b+c="), ("app_key", "testkey123"), ("shop_id", ""), ("sign", "?")]


def named(vector: dict[str, Any]) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", VECTORS["requests"], ids=named)
def test_a_request_is_signed_as_the_golden_vector_says(vector: dict[str, Any]) -> None:
    pairs = [tuple(pair) for pair in vector["query"]]

    text = canonical(vector["path"], pairs, vector["body"].encode(), multipart=vector["media_type"].startswith("multipart"))

    assert text.decode() == vector["canonical"]
    assert sign(vector["secret"], text) == vector["sign"]


@pytest.mark.parametrize("vector", VECTORS["webhooks"], ids=named)
def test_a_webhook_is_signed_as_the_golden_vector_says(vector: dict[str, Any]) -> None:
    assert webhook_signature(vector["app_key"], vector["secret"], vector["body"].encode()) == vector["signature"]


@pytest.mark.parametrize("vector", VECTORS["requests"], ids=named)
def test_a_golden_signature_is_taken_and_the_same_of_any_other_request_is_not(vector: dict[str, Any]) -> None:
    pairs = [*(tuple(pair) for pair in vector["query"]), ("sign", vector["sign"])]

    def fits(path: str = vector["path"], body: str = vector["body"]) -> bool:
        found = diagnose(vector["secret"], vector["method"], path, pairs, body.encode(), vector["media_type"], vector["sign"])
        return found.words == WORDS["nothing"]

    assert fits()
    assert not fits(path=vector["path"] + "s")
    assert fits(body=vector["body"] + " ") is vector["media_type"].startswith("multipart")


@pytest.mark.parametrize("vector", VECTORS["requests"], ids=named)
def test_other_peoples_clients_sign_as_the_golden_vector_says(vector: dict[str, Any]) -> None:
    pairs = [(name, value) for name, value in vector["query"]]
    body = vector["body"] if vector["method"] == "POST" else None

    theirs = Signer.sign(path=vector["path"], query=pairs, content_type=vector["media_type"] or None, body=body.encode() if body else None, app_secret=vector["secret"])

    assert theirs == vector["sign"]


@pytest.mark.parametrize("vector", VECTORS["webhooks"], ids=named)
def test_other_peoples_receivers_take_the_golden_webhook(vector: dict[str, Any]) -> None:
    body = vector["body"].encode()

    assert Webhooks.verify(app_key=vector["app_key"], app_secret=vector["secret"], raw_body=body, signature=vector["signature"])
    assert not Webhooks.verify(app_key=vector["app_key"], app_secret=vector["secret"], raw_body=body + b" ", signature=vector["signature"])


def test_every_vector_names_its_source() -> None:
    sources = {vector["source"] for vector in VECTORS["requests"] + VECTORS["webhooks"]}

    assert sources == {"vendor documentation", "computed with two independent implementations"}


def signed(text: str | bytes, secret: str = SECRET) -> str:
    return sign(secret, text.encode() if isinstance(text, str) else text)


def string(*, path: str = PATH, pairs: list[tuple[str, str]] | None = None, body: bytes = BODY) -> bytes:
    chosen = sorted(pairs if pairs is not None else [pair for pair in PAIRS if pair[0] != "sign"])
    return (path + "".join(name + value for name, value in chosen)).encode() + body


def other(name: str, value: str) -> list[tuple[str, str]]:
    return [(key, value if key == name else old) for key, old in PAIRS if key != "sign"]


PARAMETERS = [pair for pair in PAIRS if pair[0] != "sign"]
KEY = SECRET.encode()
VALUE = json.loads(BODY)
RIGHT = string()


def wrapped_base64() -> str:
    return base64.b64encode(hmac.digest(KEY, KEY + RIGHT + KEY, "sha256")).decode()


MISTAKES: list[tuple[str, Callable[[], str]]] = [
    ("body_not_signed", lambda: signed(string(body=b""))),
    ("body_compact", lambda: signed(string(body=json.dumps(VALUE, separators=(",", ":"), ensure_ascii=False).encode()))),
    ("body_compact", lambda: signed(string(body=json.dumps(VALUE, separators=(",", ":")).encode()))),
    ("body_python_spacing", lambda: signed(string(body=json.dumps(VALUE).encode()))),
    ("body_sorted_keys", lambda: signed(string(body=json.dumps(VALUE, sort_keys=True).encode()))),
    ("body_sorted_keys", lambda: signed(string(body=json.dumps(VALUE, sort_keys=True, separators=(",", ":")).encode()))),
    ("body_indented", lambda: signed(string(body=json.dumps(VALUE, indent=2, ensure_ascii=False).encode()))),
    ("body_escapes", lambda: signed(string(body=json.dumps(VALUE, separators=(",", ":")).replace("/", "\\/").encode()))),
    ("upper_case_hex", lambda: signed(RIGHT).upper()),
    ("base64", wrapped_base64),
    ("base64", lambda: wrapped_base64().replace("+", " ")),
    ("not_wrapped", lambda: hmac.digest(KEY, RIGHT, "sha256").hex()),
    ("only_prefixed", lambda: hmac.digest(KEY, KEY + RIGHT, "sha256").hex()),
    ("only_suffixed", lambda: hmac.digest(KEY, RIGHT + KEY, "sha256").hex()),
    ("plain_sha256", lambda: hashlib.sha256(KEY + RIGHT + KEY).hexdigest()),
    ("md5", lambda: hashlib.md5(KEY + RIGHT + KEY).hexdigest()),
    ("md5", lambda: hashlib.md5(KEY + RIGHT + KEY).hexdigest().upper()),
    ("access_token_included", lambda: signed(string(pairs=[*PARAMETERS, ("access_token", TOKEN)]))),
    ("cipher_left_out", lambda: signed(string(pairs=[pair for pair in PARAMETERS if pair[0] != "shop_cipher"]))),
    ("path_missing", lambda: signed(string(path=""))),
    ("wrong_secret", lambda: signed(RIGHT, "testkey123")),
    ("wrong_secret", lambda: signed(RIGHT, TOKEN)),
    ("wrong_secret", lambda: signed(RIGHT, SECRET + "\n")),
    ("wrong_secret", lambda: signed(RIGHT, SECRET.upper())),
    ("sign_included", lambda: signed(string(pairs=[*PARAMETERS, ("sign", "")]))),
    ("values_not_decoded", lambda: signed(string(pairs=other("shop_cipher", "ROW_a%2Fb%2Bc%3D")))),
    ("values_not_decoded", lambda: signed(string(pairs=other("shop_cipher", "ROW_a%2fb%2bc%3d")))),
    ("values_not_decoded", lambda: signed(string(pairs=other("shop_cipher", quote("ROW_a/b+c="))))),
    ("values_decoded_twice", lambda: signed(string(pairs=other("shop_cipher", "ROW_a/b c=")))),
    ("blanks_dropped", lambda: signed(string(pairs=[pair for pair in PARAMETERS if pair[1]]))),
    ("not_sorted", lambda: signed(PATH.encode() + "".join(name + value for name, value in PARAMETERS).encode() + BODY)),
    ("parameter_left_out", lambda: signed(string(pairs=[pair for pair in PARAMETERS if pair[0] not in ("app_key", "timestamp", "shop_cipher", "shop_id")]))),
    ("path_prefixed", lambda: signed(string(path="/api" + PATH))),
    ("path_prefixed", lambda: signed(string(path=PATH.removeprefix("/product")))),
    ("path_without_slash", lambda: signed(string(path=PATH[1:]))),
    ("path_with_host", lambda: signed(string(path="http://localhost:8080" + PATH))),
    ("path_with_host", lambda: signed(string(path="https://open-api.tiktokglobalshop.com" + PATH))),
    ("path_trailing_slash", lambda: signed(string(path=PATH + "/"))),
    ("timestamp_milliseconds", lambda: signed(string(pairs=other("timestamp", "1700000000000")))),
    ("timestamp_milliseconds", lambda: signed(string(pairs=other("timestamp", "1700000000437")))),
    ("timestamp_taken_twice", lambda: signed(string(pairs=other("timestamp", "1699999999")))),
    ("joined_as_query", lambda: signed(PATH + "&".join(f"{name}={value}" for name, value in sorted(PARAMETERS)) + BODY.decode())),
    ("joined_as_query", lambda: signed(PATH + "?" + "&".join(f"{name}={value}" for name, value in sorted(PARAMETERS)) + BODY.decode())),
    ("other_secret", lambda: signed(RIGHT, "the-secret-of-another")),
    ("other_secret + body_not_signed", lambda: signed(string(body=b""), "the-secret-of-another")),
    ("body_not_signed + not_wrapped", lambda: hmac.digest(KEY, string(body=b""), "sha256").hex()),
    ("body_not_signed + blanks_dropped", lambda: signed(string(pairs=[pair for pair in PARAMETERS if pair[1]], body=b""))),
]


def judge(sent: str, *, body: bytes = BODY, media_type: str = "application/json", pairs: list[tuple[str, str]] = PAIRS, raw_query: str = "") -> Diagnosis:
    others = {"app-2": "the-secret-of-another"}
    return diagnose(
        SECRET, "POST", PATH, pairs, body, media_type, sent, other_secrets=others, access_token=TOKEN, host="localhost:8080", raw_query=raw_query
    )


@pytest.mark.parametrize(("mistake", "made"), MISTAKES, ids=[f"{name}-{number}" for number, (name, _) in enumerate(MISTAKES)])
def test_a_common_mistake_is_recognised(mistake: str, made: Callable[[], str]) -> None:
    found = judge(made())

    assert found.mistake == mistake
    assert all(WORDS[name] in found.words for name in mistake.split(" + "))
    assert found.ours == RIGHT.decode()
    assert found.theirs is not None


def test_a_multipart_body_that_was_signed_is_recognised() -> None:
    found = judge(signed(string(body=b"--x\r\n\xff\r\n--x--")), body=b"--x\r\n\xff\r\n--x--", media_type="multipart/form-data; boundary=x")

    assert found.mistake == "multipart_body"
    assert found.differs_at == len(found.ours)


def test_a_body_that_was_signed_but_not_sent_is_recognised() -> None:
    assert judge(signed(string(body=b"{}")), body=b"").mistake == "body_invented"


@pytest.mark.parametrize("body", ["{}", '{"note":"kopi/é","page_size":"20"}', '{"note": "kopi/\\u00e9", "page_size": "20"}'])
def test_a_body_that_was_signed_on_a_get_is_recognised(body: str) -> None:
    pairs = [("app_key", "testkey123"), ("note", "kopi/é"), ("page_size", "20"), ("timestamp", "1700000000")]
    sent = signed(string(pairs=pairs, body=body.encode()))

    assert diagnose(SECRET, "GET", PATH, pairs, b"", "application/json", sent).mistake == "get_body"


@pytest.mark.parametrize("query", ["app_key=testkey123&shop_cipher=ROW_a%2Fb&timestamp=1700000000", "app_key=testkey123&shop_cipher=ROW_a/b&timestamp=1700000000"])
@pytest.mark.parametrize("and_parameters", [True, False])
def test_a_path_that_was_signed_with_its_query_is_recognised(query: str, and_parameters: bool) -> None:
    pairs = [("app_key", "testkey123"), ("shop_cipher", "ROW_a/b"), ("timestamp", "1700000000")]
    sent = signed(string(path=f"{PATH}?{query}", pairs=pairs if and_parameters else [], body=b""))
    raw = "app_key=testkey123&shop_cipher=ROW_a%2Fb&timestamp=1700000000&sign=" + sent

    assert diagnose(SECRET, "GET", PATH, pairs, b"", "", sent, raw_query=raw).mistake == "path_with_query"


def test_other_escapes_in_an_otherwise_equal_body_are_recognised() -> None:
    sent = '{"name":"kopi é"}'.encode()

    assert judge(signed(string(body=b'{"name":"kopi \\u00e9"}')), body=sent).mistake == "body_escapes"


def test_a_timestamp_sent_in_milliseconds_and_signed_in_seconds_is_recognised() -> None:
    sent = [(name, "1700000000123" if name == "timestamp" else value) for name, value in PAIRS]

    assert judge(signed(RIGHT), pairs=sent).mistake == "timestamp_milliseconds"


def test_an_access_token_in_the_query_that_was_signed_is_recognised() -> None:
    sent = [*PAIRS, ("access_token", "in-the-query")]

    assert judge(signed(string(pairs=[*PARAMETERS, ("access_token", "in-the-query")])), pairs=sent).mistake == "access_token_included"


def test_a_query_signed_as_it_was_sent_is_recognised() -> None:
    raw = "timestamp=1700000000&shop_cipher=ROW%5Fa%2Fb%2Bc%3D&app_key=testkey123&shop_id=&sign=x"
    found = judge(signed(string(pairs=other("shop_cipher", "ROW%5Fa%2Fb%2Bc%3D"))), raw_query=raw)

    assert found.mistake == "values_not_decoded"


def test_a_diagnosis_points_at_the_first_difference() -> None:
    found = judge(signed(string(body=b"")))

    assert found.theirs is not None
    assert found.differs_at == len(found.theirs)
    assert found.ours.startswith(found.theirs)


def test_a_mistake_in_the_hex_alone_has_no_difference_in_the_strings() -> None:
    assert judge(signed(RIGHT).upper()).differs_at is None


def test_a_signature_that_fits_is_no_mistake() -> None:
    found = judge(signed(RIGHT))

    assert (found.mistake, found.words) == (None, WORDS["nothing"])


@pytest.mark.parametrize("sent", ["", "nonsense", "00" * 32, "é\ud800"])
def test_a_signature_that_nothing_explains_is_told_so(sent: str) -> None:
    found = judge(sent)

    assert (found.mistake, found.words, found.theirs) == (None, UNKNOWN, None)


def test_another_app_is_named_by_its_key() -> None:
    assert "app-2" in judge(signed(RIGHT, "the-secret-of-another")).words


def test_every_mistake_that_has_words_is_tested() -> None:
    tested = {name for names, _ in MISTAKES for name in names.split(" + ")}

    assert set(WORDS) - tested == {"nothing", "body_invented", "multipart_body", "get_body", "path_with_query"}


def test_repeated_parameters_are_signed_in_the_order_sent() -> None:
    assert canonical("/p", [("b", "2"), ("a", "2"), ("a", "1")], b"", multipart=False) == b"/pa2a1b2"


@given(path=st.text(max_size=20), pairs=st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=5), body=st.binary(max_size=40), sent=st.text(max_size=10))
@settings(max_examples=25, deadline=None)
def test_no_request_however_odd_breaks_the_diagnosis(path: str, pairs: list[tuple[str, str]], body: bytes, sent: str) -> None:
    found = diagnose(SECRET, "POST", path, pairs, body, "application/json", sent)

    assert found.mistake is None
