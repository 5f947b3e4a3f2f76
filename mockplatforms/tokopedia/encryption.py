"""Buyers' data: blank on the wire, and beside it encrypted for whoever has registered a public key.

The scheme is documented: a 32-byte secret wrapped by RSA-OAEP (SHA-256 for hash and mask, empty label); the hidden fields as JSON in AES-256-GCM under
that secret; ciphertext, tag (16 bytes) and nonce (12 bytes) joined in this order; both in base64. Secret, nonce and padding are drawn from the world's
seed, so equal runs give equal bytes: what makes it safe on the real platform is left out on purpose.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Any

import orjson

from ..domain import developers
from ..domain.phases import Platform
from ..domain.world import World

# Document → the fields that are hidden in it, by the way to them (webhook: observed; list and single order: inferred by analogy).
HIDDEN: dict[str, tuple[tuple[str, ...], ...]] = {
    "notification": (
        ("customer", "name"),
        ("customer", "phone"),
        ("customer", "email"),
        ("recipient", "name"),
        ("recipient", "phone"),
        ("recipient", "address", "address_full"),
    ),
    "list": (
        ("buyer", "name"),
        ("buyer", "phone"),
        ("buyer", "email"),
        ("recipient", "name"),
        ("recipient", "phone"),
        ("recipient", "address", "address_full"),
    ),
    "single": (
        ("buyer_info", "buyer_fullname"),
        ("buyer_info", "buyer_email"),
        ("buyer_info", "buyer_phone"),
        ("order_info", "destination", "receiver_name"),
        ("order_info", "destination", "receiver_phone"),
        ("order_info", "destination", "address_street"),
        ("origin_info", "receiver_name"),
        ("origin_info", "destination_address"),
    ),
}


def protected(world: World, kind: str, name: str, document: dict[str, Any]) -> dict[str, Any]:
    """The document with its hidden fields blank, and encrypted where the app has a key; untouched under the rule ``buyer_data: plain``.

    ``name`` tells this document from every other of the world: what is drawn for it follows from it.
    """
    if world.rules.buyer_data == "plain":
        return document
    hidden: dict[str, Any] = {}
    for *way, field in HIDDEN[kind]:
        inner, copy = document, hidden
        for step in way:
            inner, copy = inner[step], copy.setdefault(step, {})
        copy[field], inner[field] = inner[field], ""
    key = developers.app(world, Platform.TOKOPEDIA).public_key
    if key:
        document["encryption"] = envelope(key, hidden, _drawn(world, kind, name))
    return document


def envelope(key: bytes, hidden: Mapping[str, Any], drawn: bytes) -> dict[str, str]:
    """``secret`` and ``content`` as they stand in a payload. ``drawn``: 76 bytes that take the place of chance."""
    secret, nonce, padding = drawn[:32], drawn[32:44], drawn[44:76]
    return {"secret": base64.b64encode(_wrapped(key, secret, padding)).decode(), "content": content(secret, nonce, orjson.dumps(hidden))}


def content(secret: bytes, nonce: bytes, plain: bytes) -> str:
    """AES-256-GCM: ciphertext, tag, nonce, in base64."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # whoever registers no key need not wait for it

    return base64.b64encode(AESGCM(secret).encrypt(nonce, plain, None) + nonce).decode()


@lru_cache(maxsize=64)
def numbers(key: bytes) -> tuple[int, int]:
    """Modulus and exponent of an RSA public key in PEM. Raises ValueError for anything else."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        read = load_pem_public_key(key)
    except Exception as wrong:  # the library has many classes for what is no key
        raise ValueError(f"it is no public key in PEM: {wrong}") from None
    if not isinstance(read, RSAPublicKey) or read.key_size < 1024:
        raise ValueError("it is no RSA key of 1024 bits or more")
    public = read.public_numbers()
    return public.n, public.e


def _wrapped(key: bytes, secret: bytes, padding: bytes) -> bytes:
    """RSAES-OAEP (RFC 8017, 7.1.1) with given padding instead of a random one, which no library offers."""
    modulus, exponent = numbers(key)
    size = (modulus.bit_length() + 7) // 8
    label = sha256(b"").digest()
    block = label + bytes(size - len(secret) - 2 * len(label) - 2) + b"\x01" + secret
    masked = _xor(block, _mask(padding, len(block)))
    opened = b"\x00" + _xor(padding, _mask(masked, len(padding))) + masked
    return pow(int.from_bytes(opened, "big"), exponent, modulus).to_bytes(size, "big")


def _mask(seed: bytes, size: int) -> bytes:
    """MGF1 with SHA-256."""
    return b"".join(sha256(seed + counter.to_bytes(4, "big")).digest() for counter in range(-(-size // 32)))[:size]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(left, right, strict=True))


def _drawn(world: World, kind: str, name: str) -> bytes:
    purpose = f"{world.seed}:{world.epoch}:{kind}:{name}".encode()
    return blake2b(purpose + b":1", digest_size=44).digest() + blake2b(purpose + b":2", digest_size=32).digest()
