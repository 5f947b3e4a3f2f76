"""One ISV's world as a value: every table with its indexes, the next serial, and what has been written and told since the last commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from . import chance
from .events import Event
from .instants import NEVER, Instant
from .rules import RECOMMENDED, Rules
from .table import Shelf, Table
from .value import Value

R = TypeVar("R", bound=Value)

# A linked list, newest first: appending is O(1) and shares everything, however many products a merge copies.
Chain = tuple[Any, "Chain"] | None


class World:
    """Nothing here changes: every act answers a new world that shares all but what it wrote.

    ``seed`` keys all chance; ``epoch`` keys all wire ids; ``born`` is the workspace's birth; ``now`` is the moment of the operation
    under way; ``revision`` counts commits. Rows are keyed by serials that no client ever sees.
    """

    __slots__ = ("born", "epoch", "events", "next", "now", "revision", "rules", "seed", "shelves", "written")

    seed: int
    epoch: int
    born: Instant
    now: Instant
    revision: int
    rules: Rules
    next: int
    shelves: dict[str, Shelf[Any]]
    events: Chain
    written: Chain

    def __init__(self, *, seed: int = 0, epoch: int = 0, born: Instant = NEVER, rules: Rules = RECOMMENDED) -> None:
        self.seed = seed
        self.epoch = epoch
        self.born = born
        self.now = born
        self.revision = 0
        self.rules = rules
        self.next = 1
        self.shelves = {}
        self.events = None
        self.written = None

    def _copy(self) -> World:
        made = World.__new__(World)
        made.seed = self.seed
        made.epoch = self.epoch
        made.born = self.born
        made.now = self.now
        made.revision = self.revision
        made.rules = self.rules
        made.next = self.next
        made.shelves = self.shelves
        made.events = self.events
        made.written = self.written
        return made

    # ---- reading --------------------------------------------------------------------------------------------------------------------

    def shelf(self, table: Table[R]) -> Shelf[R]:
        """All rows of one table, with its indexes."""
        return self.shelves.get(table.name, table.empty)

    def get(self, table: Table[R], serial: int) -> R | None:
        shelf = self.shelves.get(table.name)
        return None if shelf is None else shelf.get(serial)

    def draw(self, purpose: str, serial: int) -> float:
        """A keyed number in [0, 1): the same in every run and every fork."""
        return chance.draw(self.seed, purpose, serial)

    def between(self, purpose: str, serial: int, low: int, high: int) -> int:
        """A keyed whole number from ``low`` to ``high``, both included."""
        return chance.between(self.seed, purpose, serial, low, high)

    # ---- writing --------------------------------------------------------------------------------------------------------------------

    def put(self, table: Table[R], row: R, *, moves: tuple[str, ...] | None = None) -> World:
        """This world with that row: the only way to write. Row, indexes and the list of written keys stay together.

        ``moves``: as :meth:`Shelf.put` takes it.
        """
        made = self._copy()
        made.shelves = {**self.shelves, table.name: self.shelf(table).put(row, moves=moves)}
        made.written = ((table.name, row.serial), self.written)  # type: ignore[attr-defined]  # every row has a serial
        return made

    def fill(self, table: Table[R], rows: Iterable[R]) -> World:
        """Many new rows at once, for a world that is being made: told to nobody, and far quicker than one by one."""
        made = self._copy()
        held = self.shelf(table).rows.values()
        made.shelves = {**self.shelves, table.name: Shelf.of(table, (*held, *rows))}
        return made

    def drop(self, table: Table[R], serial: int) -> World:
        """This world without that row."""
        made = self._copy()
        made.shelves = {**self.shelves, table.name: self.shelf(table).drop(serial)}
        made.written = ((table.name, serial), self.written)
        return made

    def take(self, count: int = 1) -> tuple[int, World]:
        """The first of ``count`` fresh serials, and the world in which they are taken."""
        made = self._copy()
        made.next = self.next + count
        return self.next, made

    def tell(self, event: Event) -> World:
        """This world in which that has happened, too."""
        made = self._copy()
        made.events = (event, self.events)
        return made

    # ---- the workspace's part -------------------------------------------------------------------------------------------------------

    def at(self, now: Instant) -> World:
        """The same world at another moment."""
        made = self._copy()
        made.now = now
        return made

    def committed(self) -> World:
        """The same world one revision on, its list of what was written and told emptied."""
        made = self._copy()
        made.revision = self.revision + 1
        made.events = made.written = None
        return made

    def but(self, **changes: Any) -> World:
        """The same world with other ``rules``, ``seed``, ``epoch``, ``next``, ``born`` …"""
        made = self._copy()
        for name, value in changes.items():
            setattr(made, name, value)
        return made

    def told(self) -> list[Event]:
        """What has happened since the last commit, in order."""
        return oldest_first(self.events)

    def wrote(self) -> list[tuple[str, int]]:
        """(table, serial) of what has been written since the last commit, in order, repeats included."""
        return oldest_first(self.written)


def oldest_first(chain: Chain) -> list[Any]:
    return list(_links(chain))[::-1]


def _links(chain: Chain) -> Iterator[Any]:
    while chain is not None:
        link, chain = chain
        yield link


class Change(NamedTuple):
    """What an operation answers: the world after it, and what the caller wants to know of it."""

    world: World
    result: Any = None
