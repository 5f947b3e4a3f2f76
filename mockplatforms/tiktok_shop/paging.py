"""Page tokens: where a page ended, which filters it belongs to and, for pages by update time, at which revision its run began."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

import orjson

from ..domain.table import Key, Shelf, Table
from ..domain.value import Value
from ..domain.world import World
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from .words import refuse

R = TypeVar("R", bound=Value)
Fits = Callable[[R], bool]

SCANNED = 1_000  # most rows that one call looks at behind an index
CHUNK = 200
INVALID = 21001001
_SEAL = b"page token"


class Run(NamedTuple):
    """Where a run of pages stands: the end of the key of the last item told, and the revision of its first page (0: none is pinned)."""

    after: Key | None
    revision: int


class Window(NamedTuple):
    """A stretch of one index, ``low <= key < high``; all but the last part of ``low`` is common to every key in it."""

    name: str
    low: Key
    high: Key


class Way(NamedTuple):
    """A stretch that holds all that is wanted: by what it is sorted, and the filters that it answers by itself."""

    window: Window
    sort: str
    answers: frozenset[str]


class Found(NamedTuple):
    """One page: rows as they are now, how many fit in all, and the token of the next page (empty when this is the last)."""

    rows: list[Any]
    total: int
    token: str


def several(given: Mapping[str, Any], *filters: tuple[str, Callable[[str], Any], Callable[[R], Any]]) -> dict[str, Fits[R]]:
    """Filters that name several things each: a row fits when it has one of them. Of each: its name, what a word in it means, and what a row has."""

    def among(words: Iterable[str], read: Callable[[str], Any], of: Callable[[R], Any]) -> Fits[R]:
        wanted = frozenset(map(read, words))
        return lambda row: of(row) in wanted

    return {name: among(given[name], read, of) for name, read, of in filters if given.get(name)}


# ---- tokens ------------------------------------------------------------------------------------------------------------------------------


def bound(*filters: Any) -> str:
    """What a token's filters are told by."""
    return blake2b(orjson.dumps(filters), digest_size=6).hexdigest()


def encode(filters: str, run: Run) -> str:
    text = orjson.dumps([filters, list(run.after or ()), run.revision])
    return urlsafe_b64encode(_seal(text) + text).decode().rstrip("=")


def decode(token: str | None, filters: str, *, code: int = INVALID, message: str = "") -> Run:
    """The place that a token names; the beginning without one. Raises Refusal for a token of other filters or of nobody."""
    if not token:
        return Run(None, 0)
    bare = token.rstrip("=")
    try:
        raw = b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
        if _seal(raw[6:]) != raw[:6]:
            raise ValueError(token)
        given, after, revision = orjson.loads(raw[6:])
    except ValueError:
        raise _wrong("the page_token is none that was given out", code, message) from None
    if given != filters:
        raise _wrong("the page_token belongs to other filters, sort or page: keep them the same through a run of pages", code, message)
    return Run(tuple(after), revision)


def _seal(text: bytes) -> bytes:
    return blake2b(text, digest_size=6, key=_SEAL).digest()


def _wrong(why: str, code: int, message: str) -> Refusal:
    return refuse(code, why, message=message)


# ---- pages -------------------------------------------------------------------------------------------------------------------------------


def world_of(call: Call, run: Run) -> World:
    """The world whose index the run goes through: the pinned one, or the present where it was let go."""
    if not run.revision:
        return call.world
    pinned = call.workspace.pinned(run.revision)
    if pinned is None:
        call.notes.append(
            f"the index of revision {run.revision} was let go: this page comes from the present one, items may be missed or doubled"
        )
        return call.world
    return pinned


def page(
    shelf: Shelf[R], window: Window, after: Key | None, *, descending: bool, size: int, fits: Fits[R] | None
) -> tuple[list[R], Key | None]:
    """Up to ``size`` rows behind ``after`` that fit, and the end of the key of the last one looked at when there may be more."""
    index, rows, common = shelf.index(window.name), shelf.rows, len(window.low) - 1
    low, high = window.low, window.high
    if after is not None:
        key = (*low[:common], *after)
        low, high = (low, min(high, key)) if descending else (max(low, (*key, 0)), high)
    if fits is None:
        keys = index.page(low, high, reverse=descending, limit=size + 1)
        return [rows[key[-1]] for key in keys[:size]], keys[size - 1][common:] if len(keys) > size else None
    found: list[R] = []
    last: Key = ()
    for _ in range(SCANNED // CHUNK):
        keys = index.page(low, high, reverse=descending, limit=CHUNK)
        for key in keys:
            row = rows[key[-1]]
            if fits(row):
                if len(found) == size:
                    return found, last[common:]
                found.append(row)
            last = key
        if len(keys) < CHUNK:
            return found, None
        low, high = (low, last) if descending else ((*last, 0), high)
    return found, last[common:]


def total(shelf: Shelf[R], window: Window, fits: Fits[R] | None, call: Call) -> int:
    """How many fit in all: exact where the index tells it or few enough are to be looked at, else an upper bound."""
    count = shelf.count(window.name, window.low, window.high)
    if fits is None:
        return count
    if count <= SCANNED:
        return sum(map(fits, shelf.page(window.name, window.low, window.high)))
    call.notes.append(f"total_count is an upper bound: these filters are counted among {SCANNED} rows at most, here are {count}")
    return count


def find(
    call: Call,
    table: Table[R],
    ways: Sequence[Way],
    *,
    sort: str,
    descending: bool,
    asked: Mapping[str, Fits[R]],
    filters: str,
    pin: bool = False,
    named: Iterable[R] | None = None,
) -> Found:
    """One page of what fits all that is ``asked``, through the narrowest of the ``ways``.

    ``asked``: filter → whether a row fits it. ``pin``: the order changes while pages are read (sorted by update), so the run keeps the index
    of its first page; the rows are the present ones all the same. ``named``: all that can fit, where the filters name it. The query gives ``page_size`` and ``page_token``.
    """
    size = call.query["page_size"]
    run = decode(call.query.get("page_token"), filters)
    world = world_of(call, run)
    shelf = world.shelf(table)
    way = _narrowest(shelf, ways, sort, asked)
    fits = _all([fit for name, fit in asked.items() if named is not None or name not in way.answers])
    if named is not None:
        then = [shelf.get(row.serial) for row in named]  # type: ignore[attr-defined]  # every row has a serial
        every = [row for row in then if row is not None and (fits is None or fits(row))]
        rows, last = _sorted(table, every, next(other.window for other in ways if other.sort == sort), run.after, descending, size)
        count = len(every)
    elif way.sort == sort:
        rows, last = page(shelf, way.window, run.after, descending=descending, size=size, fits=fits)
        count = total(shelf, way.window, fits, call)
    else:
        every = [row for row in shelf.page(*way.window) if fits is None or fits(row)]
        rows, last = _sorted(table, every, next(other.window for other in ways if other.sort == sort), run.after, descending, size)
        count = len(every)
    token = ""
    if last is not None:
        kept = run.revision if world is not call.world or call.workspace.pinned(run.revision) is not None else 0
        token = encode(filters, Run(last, (kept or call.workspace.pin()) if pin else 0))
    if world is not call.world:
        present = call.world.shelf(table).rows
        rows = [present.get(row.serial, row) for row in rows]  # type: ignore[attr-defined]  # every row has a serial
    return Found(rows, count, token)


def _narrowest(shelf: Shelf[R], ways: Sequence[Way], sort: str, asked: Mapping[str, Fits[R]]) -> Way:
    """The way with the fewest rows to look at: one in the wanted order that leaves nothing to look at, else the shortest stretch."""
    if len(ways) == 1:
        return ways[0]
    straight = [way for way in ways if way.sort == sort]
    for way in straight:
        if way.answers.issuperset(asked):
            return way
    counted = [(shelf.count(*way.window), way.sort != sort, way) for way in ways]
    count, aside, way = min(counted, key=lambda row: row[:2])
    if aside and count > SCANNED:
        return min((row for row in counted if not row[1]), key=lambda row: row[0])[2]
    return way


def _all(fits: list[Fits[R]]) -> Fits[R] | None:
    if len(fits) < 2:
        return fits[0] if fits else None
    return lambda row: all(fit(row) for fit in fits)


def _sorted(table: Table[R], every: list[R], window: Window, after: Key | None, descending: bool, size: int) -> tuple[list[R], Key | None]:
    """A page of rows that were found in another order; their keys are those of the window's index."""
    keys_of, common = table.indexes[table.places[window.name]], len(window.low) - 1
    keyed = [(next(iter(keys_of(row)))[common:], row) for row in every]
    if after is not None:
        keyed = [one for one in keyed if (one[0] < after if descending else one[0] > after)]
    keyed.sort(key=lambda one: one[0], reverse=descending)
    return [row for _, row in keyed[:size]], keyed[size - 1][0] if len(keyed) > size else None


__all__ = ["SCANNED", "Found", "Run", "Way", "Window", "bound", "decode", "encode", "find", "page", "several", "total", "world_of"]
