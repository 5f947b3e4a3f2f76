"""Buyers' data are blank on the wire and encrypted for the app's key; a library that the product does not use takes them apart again."""

from __future__ import annotations

import base64
import json
from typing import Any

import orjson
import pytest
from Crypto.Cipher import AES, PKCS1_OAEP
from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from seller import DAY, Seller

from mockplatforms.gateway.call import Reply
from mockplatforms.tokopedia import encryption

KEY = RSA.generate(2048)
OTHER = RSA.generate(1024)


def register(seller: Seller, content: bytes, *, field: str = "public_key", extra: bytes = b"") -> Reply:
    body = b'--b\r\ncontent-disposition: form-data; name="%s"; filename="key.pub"\r\ncontent-type: application/octet-stream\r\n\r\n%s\r\n%s--b--\r\n' % (field.encode(), content, extra)
    headers = {"content-type": "multipart/form-data; boundary=b"}
    return seller.api.reply("POST", "/v1/fs/{fs_id}/register", {"upload": "1"}, body, headers=headers)


def opened(sealed: dict[str, str], key: Any = KEY) -> Any:
    """What a client with the private key reads, by a second implementation."""
    secret = PKCS1_OAEP.new(key, hashAlgo=SHA256).decrypt(base64.b64decode(sealed["secret"]))
    raw = base64.b64decode(sealed["content"])
    nonce, tag, cipher = raw[-12:], raw[-28:-12], raw[:-28]
    return json.loads(AES.new(secret, AES.MODE_GCM, nonce=nonce).decrypt_and_verify(cipher, tag))


@pytest.fixture
def seller() -> Seller:
    made = Seller()
    assert register(made, KEY.public_key().export_key()).status == 200
    return made


def listed(seller: Seller) -> list[dict[str, Any]]:
    now = seller.workspace.now().wire
    rows: list[dict[str, Any]] = seller.get("/v2/order/list", fs_id=seller.api.fs_id, from_date=now - DAY, to_date=now, page=1, per_page=100)
    return rows


def test_the_golden_vector() -> None:
    secret, nonce = b"0123456789:;<=>?@ABCDEFGHIJKLMNO", b"nonce-12byte"
    made = encryption.content(secret, nonce, b'{"recipient":{"name":"Uji Coba"}}')
    assert made == "hClRtRgri2pndPmlP69N8VUzL1D93eVndxJWMY9pSHcJoX11YmjZUi4zg+Ger8hJc25vbmNlLTEyYnl0ZQ=="


@pytest.mark.parametrize("key", [KEY, OTHER])
def test_another_library_takes_an_envelope_apart(key: Any) -> None:
    sealed = encryption.envelope(key.public_key().export_key(), {"a": {"b": "ç"}}, bytes(range(76)))
    assert len(base64.b64decode(sealed["secret"])) == key.size_in_bytes()
    assert opened(sealed, key) == {"a": {"b": "ç"}}


def test_a_single_order_carries_its_hidden_fields(seller: Seller) -> None:
    told = seller.single(seller.order(buyer="sari")["order_id"])
    assert told["buyer_info"]["buyer_fullname"] == told["order_info"]["destination"]["address_street"] == told["origin_info"]["receiver_name"] == ""
    hidden = opened(told["encryption"])
    assert hidden["buyer_info"]["buyer_fullname"].startswith("Sari") and hidden["order_info"]["destination"]["receiver_phone"]
    assert set(hidden["origin_info"]) == {"receiver_name", "destination_address"}
    assert told["order_info"]["destination"]["address_city"]


def test_a_list_carries_the_hidden_fields_of_each_order(seller: Seller) -> None:
    seller.order(buyer="sari")
    rows = listed(seller)
    assert rows and all(row["buyer"]["name"] == row["recipient"]["address"]["address_full"] == "" for row in rows)
    hidden = [opened(row["encryption"]) for row in rows]
    assert all(set(one) == {"buyer", "recipient"} and one["recipient"]["address"]["address_full"] for one in hidden)
    assert len({row["encryption"]["secret"] for row in rows}) == len(rows)


def test_an_order_notification_carries_them_too(seller: Seller) -> None:
    seller.listen()
    seller.order(buyer="sari")
    told = seller.told("order_notification")[-1]
    assert told["customer"]["name"] == told["recipient"]["phone"] == ""
    assert opened(told["encryption"])["customer"]["name"].startswith("Sari")


def test_a_triggered_webhook_is_plain_where_that_was_asked_for(seller: Seller) -> None:
    order = seller.order(buyer="sari")["order_id"]
    for encrypted in (True, False):
        seller.post("/v1/fs/{fs_id}/trigger", {"order_id": order, "type": "order_notification", "url": "http://127.0.0.1:9/", "is_encrypted": encrypted})
    sealed, plain = seller.told("order_notification")[-2:]
    assert "encryption" in sealed and "encryption" not in plain
    assert plain["customer"]["name"].startswith("Sari")


def test_without_a_key_the_fields_are_blank_and_nothing_is_encrypted() -> None:
    seller = Seller()
    told = seller.single(seller.order(buyer="sari")["order_id"])
    assert told["buyer_info"]["buyer_fullname"] == "" and "encryption" not in told


def test_the_rule_leaves_everything_readable() -> None:
    seller = Seller(settings={"buyer_data": "plain"})
    register(seller, KEY.public_key().export_key())
    told = seller.single(seller.order(buyer="sari")["order_id"])
    assert told["buyer_info"]["buyer_fullname"].startswith("Sari") and "encryption" not in told


def test_a_second_key_takes_the_place_of_the_first_at_once(seller: Seller) -> None:
    seller.order(buyer="sari")
    listed(seller)
    register(seller, OTHER.public_key().export_key())
    assert opened(listed(seller)[0]["encryption"], OTHER)


def test_equal_runs_give_equal_bytes() -> None:
    def run() -> bytes:
        seller = Seller()
        register(seller, KEY.public_key().export_key())
        order = seller.order(buyer="sari")["order_id"]
        return seller.api.reply("GET", "/v2/fs/{fs_id}/order", {"order_id": order}).body

    assert run() == run()


@pytest.mark.parametrize(("content", "field"), [(b"no key", "public_key"), (b"", "public_key"), (KEY.public_key().export_key(), "other")])
def test_what_is_no_key_gets_the_documented_failure(content: bytes, field: str) -> None:
    seller = Seller()
    before = seller.workspace.world
    reply = register(seller, content, field=field)
    answer = orjson.loads(reply.body)
    assert reply.status == 500 and len(answer["header"]["response_id"]) == 20 and "error_code" not in answer["header"]
    assert seller.workspace.world is before


def test_addresses_are_registered_at_the_same_path_by_json(seller: Seller) -> None:
    seller.listen()
    told = seller.api.call("GET", "/v1/fs/{fs_id}")[1]["data"]
    assert told["order_status_url"].endswith("/order_status_url")
    assert "encryption" in seller.single(seller.order()["order_id"])
