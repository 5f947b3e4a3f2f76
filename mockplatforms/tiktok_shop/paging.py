"""Page tokens: where a page ended, which filters it belongs to and, for pages by update time, at which revision its run began."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

import orjson

from ..domain.table import Key, Shelf
from ..domain.world import World
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from .words import refuse

R = TypeVar("R")
SCANNED = 10_000  # most rows that one call looks at behind an index
COUNTED = 2_000  # most rows that are looked at to count what an index alone doesn't tell
INVALID = 21001001


class Run(NamedTuple):
    """Where a run of pages stands: the key of the last item told, and the revision of its first page (0: none is pinned)."""

    after: Key | None
    revision: int


class Window(NamedTuple):
    """A stretch of one index, ``low <= key < high``."""

    name: str
    low: Key
    high: Key


def bound(*filters: Any) -> str:
    """What a token's filters are told by."""
    return blake2b(orjson.dumps(filters), digest_size=6).hexdigest()


def encode(filters: str, run: Run) -> str:
    text = orjson.dumps([filters, list(run.after or ()), run.revision])
    return urlsafe_b64encode(text + blake2b(text, digest_size=4).digest()).decode().rstrip("=")


def decode(token: str | None, filters: str) -> Run:
    """The place that a token names; the beginning without one. Raises Refusal for a token of other filters or of nobody."""
    if not token:
        return Run(None, 0)
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        text, seal = raw[:-4], raw[-4:]
        if blake2b(text, digest_size=4).digest() != seal:
            raise ValueError(token)
        given, after, revision = orjson.loads(text)
    except ValueError:
        raise _wrong("the page_token is none that was given out") from None
    if given != filters:
        raise _wrong("the page_token belongs to other filters, sort or page: keep them the same through a run of pages")
    return Run(tuple(after), revision)


def _wrong(why: str) -> Refusal:
    return refuse(INVALID, why)


def world_of(call: Call, run: Run) -> World:
    """The world whose index the run goes through: the pinned one, or the present where it was let go."""
    if not run.revision:
        return call.world
    pinned = call.workspace.pinned(run.revision)
    if pinned is None:
        call.notes.append(f"the index of revision {run.revision} was let go: this page comes from the present one, items may be missed or doubled")
        return call.world
    return pinned


def page(
    shelf: Shelf[R], window: Window, after: Key | None, *, descending: bool, size: int, fits: Callable[[R], bool] | None
) -> tuple[list[R], Key | None]:
    """Up to ``size`` rows behind ``after`` that fit, and the key of the last one looked at when there may be more."""
    index = shelf.index(window.name)
    low, high = window.low, window.high
    if after is not None:
        low, high = (low, min(high, after)) if descending else (max(low, (*after, 0)), high)
    rows: list[R] = []
    seen, last = 0, None
    while seen < SCANNED:
        keys = index.page(low, high, reverse=descending, limit=size + 1 if fits is None else 200)
        for place, key in enumerate(keys):
            if len(rows) == size:
                return rows, last
            row = shelf.rows[key[-1]]
            last = key
            if fits is None or fits(row):
                rows.append(row)
            elif place + seen >= SCANNED:
                return rows, last
        seen += len(keys)
        if len(keys) < (size + 1 if fits is None else 200):
            return rows, None
        low, high = (low, last) if descending else ((*last, 0), high)  # type: ignore[assignment, misc]  # there was a key
    return rows, last


def total(shelf: Shelf[R], window: Window, fits: Callable[[R], bool] | None, call: Call) -> int:
    """How many fit in all: exact where the index tells it or few enough are to be looked at, else an upper bound."""
    count = shelf.count(window.name, window.low, window.high)
    if fits is None:
        return count
    if count <= COUNTED:
        return sum(1 for row in shelf.page(window.name, window.low, window.high) if fits(row))
    call.notes.append("total_count is an upper bound: these filters are not counted beyond 2,000 rows")
    return count


__all__ = ["COUNTED", "Run", "Window", "bound", "decode", "encode", "page", "total", "world_of"]
