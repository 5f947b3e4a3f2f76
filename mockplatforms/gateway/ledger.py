"""The ledger: for each exchange and each delivery one small row of what it showed, changed or was refused. Verdicts read this."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from ..domain.instants import Instant


class Entry(NamedTuple):
    """One row. ``kind``: exchange or delivery; ``shown`` and ``changed``: (table, serial); ``refused``: (code, words) pairs."""

    kind: str
    id: int
    at: Instant
    run: int
    platform: str
    what: str  # endpoint source, or topic
    seller: str
    phase: str
    outcome: str
    code: int | str
    shown: tuple[tuple[str, tuple[int, ...]], ...]
    changed: tuple[tuple[str, int], ...]
    refused: tuple[tuple[str, str], ...]
    fault: str = ""  # id of the one that struck it
    attempt: int = 0  # of a delivery: which of its attempts


def _size(entry: Entry) -> int:
    size = 320 + 80 * (len(entry.changed) + len(entry.refused))
    for _, serials in entry.shown:
        size += 40 * len(serials)
    return size


class Ledger:
    """Rows in order, bounded by (estimated) bytes; ``let_go`` counts what the bound has pushed out."""

    __slots__ = ("_rows", "bytes", "let_go", "limit")

    def __init__(self, limit: int = 16 * 1024 * 1024) -> None:
        self.limit = limit
        self.bytes = 0
        self.let_go = 0
        self._rows: deque[Entry] = deque()

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._rows)

    @property
    def count(self) -> int:
        """How many rows were added so far: the number of the latest."""
        return self.let_go + len(self._rows)

    def after(self, number: int) -> list[tuple[int, Entry]]:
        """The rows that came after that one, as far as they are kept, each with its number."""
        newer = min(len(self._rows), max(0, self.count - number))
        rows = list(islice(reversed(self._rows), newer))[::-1]
        return list(enumerate(rows, self.count - newer + 1))

    def add(self, entry: Entry) -> None:
        self._rows.append(entry)
        self.bytes += _size(entry)
        while self.bytes > self.limit and len(self._rows) > 1:
            self.bytes -= _size(self._rows.popleft())
            self.let_go += 1
