"""Keyed chance: the same seed, purpose and serial always draw the same number, in any order and in any process."""

from __future__ import annotations

from hashlib import blake2b

_SCALE = 1.0 / (1 << 64)


def draw(seed: int, purpose: str, serial: int) -> float:
    """A number in [0, 1) that depends on nothing but its arguments."""
    return bits(seed, purpose, serial) * _SCALE


def bits(seed: int, purpose: str, serial: int) -> int:
    """64 keyed bits."""
    digest = blake2b(f"{purpose}:{serial}".encode(), digest_size=8, key=seed.to_bytes(16, "big", signed=True)).digest()
    return int.from_bytes(digest, "big")


def between(seed: int, purpose: str, serial: int, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``, both included."""
    return low + bits(seed, purpose, serial) % (high - low + 1)
