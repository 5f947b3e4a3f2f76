"""Wire ids: one reversible formula per kind between a serial and the id that a client sees; no table anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ..domain import chance

EPOCHS = 1 << 12
SERIALS = 1 << 21


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """How ids of one kind look: they start at ``low`` and grow by about ``stride`` a serial. Each is declared once, and is itself only.

    ``lasting`` ids ignore the epoch: the same shop, warehouse or seller keeps its id over resets and restarts.
    """

    name: str
    low: int
    stride: int
    lasting: bool = False


class Minted:
    """The ids of one kind in one world (seed and epoch): ``wire(serial)`` and back.

    An id is ``low + n * stride + jitter(n)`` with ``n = epoch * SERIALS + serial`` and a keyed jitter below the stride, so ids grow with time
    as real ones do, an id that was never issued is recognised, and no epoch issues an id of another.
    """

    __slots__ = ("_base", "_key", "_low", "_stride")

    def __init__(self, kind: Kind, seed: int, epoch: int) -> None:
        self._low = kind.low
        self._stride = kind.stride
        self._base = 0 if kind.lasting else (epoch % EPOCHS) * SERIALS
        self._key = chance.bits(seed, f"id:{kind.name}", 0) | 1

    def wire(self, serial: int) -> int:
        n = self._base + serial
        return self._low + n * self._stride + (n * self._key >> 7) % self._stride

    def serial(self, wire: int) -> int | None:
        """The serial behind a wire id, None when this world never issued such an id."""
        n = (wire - self._low) // self._stride
        serial = n - self._base
        if not 1 <= serial < SERIALS or self.wire(serial) != wire:
            return None
        return serial

    def read(self, text: object) -> int | None:
        """As :meth:`serial`, of whatever a client sent: digits as text or a whole number."""
        if isinstance(text, bool):
            return None
        if isinstance(text, int):
            return self.serial(text)
        if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 40:
            return self.serial(int(text))
        return None


@lru_cache(maxsize=4096)
def minted(kind: Kind, seed: int, epoch: int) -> Minted:
    return Minted(kind, seed, epoch)
