"""The one mutable thing: a workspace holds the current world of one ISV, and lets it be changed, kept, forked and begun anew."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ..domain.errors import Refused
from ..domain.instants import Instant
from ..domain.outbox import DELIVERIES
from ..domain.rules import Rules
from ..domain.timers import TIMERS
from ..domain.world import Change, World
from .chaos import Chaos
from .credentials import Credentials
from .faults import Faults
from .fragments import Fragments
from .journal import Journal
from .ledger import Ledger
from .meters import Meters
from .refusal import Refusal

if TYPE_CHECKING:
    from .call import Call

T = TypeVar("T")

_DUE = (TIMERS.name, DELIVERIES.name)  # the tables that say when something is due next

# Owes the webhooks that the events of a change call for; answers the world with the outbox filled.
Teller = Callable[["Workspace", World], World]


class Clock(Protocol):
    """Tells the workspace's two times; lives where the real clock lives."""

    @property
    def real(self) -> Callable[[], float]:
        """Unix seconds as the machine knows them."""
        ...

    def now(self) -> Instant: ...


class Workspace:
    """One ISV's current world, and everything about it that no snapshot keeps: credentials, revision, clock, faults, chaos, past worlds.

    ``world`` is replaced, never changed. ``high`` is the highest serial that any world of this workspace has used: restoring an old
    world never issues an id a second time.
    """

    def __init__(self, name: str, world: World, *, credentials: Credentials, clock: Clock, teller: Teller, meters: Meters, ids: str = "epoch") -> None:
        self.name = name
        self.world = world
        self.credentials = credentials
        self.clock = clock
        self.ids = ids
        self.meters = meters
        self.journal = Journal()
        self.ledger = Ledger()
        self.faults = Faults()
        self.chaos = Chaos()
        self.fragments = Fragments()
        self.run = 1
        self.hold = False  # what becomes owed is held until released (a fork)
        self.high = world.next
        self.snapshots: dict[str, World] = {}
        self.past: deque[tuple[int, World]] = deque(maxlen=256)  # for paging by update time: (revision, world)
        self.watchers: list[Callable[[Workspace], None]] = []  # called when something may be due earlier than it was
        self.readers: list[Callable[[list[tuple[str, int]]], None]] = []  # called with (table, serial) of what a commit has written
        self.neighbours: Callable[[], Mapping[str, str]] = dict  # words for an app of another workspace → its secret, to explain signatures
        self._teller = teller
        self._derived: dict[Hashable, tuple[object, Any]] = {}
        self._wire = 0
        credentials.follow(world)

    def now(self) -> Instant:
        """This moment on both clocks. Wire time never steps back, whatever happens to the clock or to the world."""
        now = self.clock.now()
        if now.wire >= self._wire:
            self._wire = now.wire
            return now
        return Instant(now.world, self._wire)

    def apply(self, operation: Callable[..., World | Change], /, *args: Any, call: Call | None = None, now: Instant | None = None, **kwargs: Any) -> Any:
        """One commit: the operation sees the world at this moment; events, timers and owed webhooks become visible with what it wrote."""
        moment = now or (call.now if call is not None else self.now())
        answer = operation(self.world.at(moment), *args, **kwargs)
        world, result = answer if isinstance(answer, Change) else (answer, None)
        self._commit(world, call)
        return result

    def each(self, rows: Iterable[Any], operation: Callable[[World, Any], World], *, call: Call | None = None) -> list[Exception | None]:
        """A bulk write in one commit; see :meth:`Call.each`."""
        world = self.world.at(call.now if call is not None else self.now())
        answers: list[Exception | None] = []
        for row in rows:
            try:
                world = operation(world, row)
                answers.append(None)
            except (Refused, Refusal) as refused:
                answers.append(refused)
        self._commit(world, call)
        return answers

    def _commit(self, world: World, call: Call | None) -> None:
        if world.written is None and world.events is None:
            return
        if world.events is not None or world.next != self.world.next:  # a webhook can be owed without anything having happened
            world = self._teller(self, world)
        wrote = world.wrote()
        before = self.world.shelves
        if call is not None:
            call.wrote.extend(wrote)
        self.world = world.committed()
        if self.world.next > self.high:
            self.high = self.world.next
        self.credentials.note(self.world, wrote)
        for reader in self.readers:
            reader(wrote)
        after = self.world.shelves
        if after is not before and any(after.get(table) is not before.get(table) for table in _DUE):
            for watcher in self.watchers:
                watcher(self)

    # ---- worlds kept and begun anew -----------------------------------------------------------------------------------------------------

    def snapshot(self, name: str) -> World:
        """Keep the present world under a name: O(1)."""
        self.snapshots[name] = self.world
        return self.world

    def replace(self, world: World) -> None:
        """Go on with another world (reset, restore): the revision rises, no id is issued twice, a new run begins."""
        made = world.but(revision=self.world.revision + 1, events=None, written=None)
        if self.ids == "epoch" and self.high > made.next:
            made = made.but(next=self.high)
        self.world = made
        self.high = max(self.high, made.next)
        self.run += 1
        self.past.clear()
        self.faults.begin()
        self.chaos.begin()
        self.fragments = Fragments()  # the same rows carry other ids in another epoch
        self.credentials.follow(made)
        for watcher in self.watchers:
            watcher(self)

    def govern(self, rules: Rules) -> None:
        """Go on by other rules, in the same world; what is under way keeps the dates that it was given."""
        self.world = self.world.but(rules=rules, revision=self.world.revision + 1)
        self.forget()

    def derived(self, name: Hashable, source: object, make: Callable[[], T]) -> T:
        """What ``make`` works out of ``source`` (a table as it stands), worked out once for as long as that stays the same."""
        held = self._derived.get(name)
        if held is None or held[0] is not source:
            if len(self._derived) > 64:
                self._derived.clear()
            held = self._derived[name] = (source, make())
        found: T = held[1]
        return found

    def forget(self) -> None:
        """Render everything anew: what it looks like has changed, though the rows have not."""
        self.fragments = Fragments()

    def pin(self) -> int:
        """Keep the present world for a run of pages; answers the revision under which it is found again."""
        if not self.past or self.past[-1][0] != self.world.revision:
            self.past.append((self.world.revision, self.world))
        return self.world.revision

    def pinned(self, revision: int) -> World | None:
        """The world of that revision, None once it was let go."""
        for known, world in reversed(self.past):
            if known == revision:
                return world
        return None
