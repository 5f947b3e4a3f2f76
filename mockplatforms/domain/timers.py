"""Timers: what will happen by itself, and on which of the two clocks it waits."""

from __future__ import annotations

from .instants import Instant
from .table import Table
from .value import Value, value
from .world import World


@value
class Timer(Value):
    """``kind`` names the operation that rings (a row in ``domain.clock.RINGS``), ``subject`` the serial of what it is about."""

    serial: int
    clock: str  # world or wire
    due: int
    kind: str
    subject: int


TIMERS = Table(
    "timers",
    Timer,
    by_due=lambda t: ((t.clock, t.due, t.serial),),
    by_subject=lambda t: ((t.subject, t.kind, t.serial),),
)


def set(world: World, kind: str, subject: int, *, due: int, clock: str = "world") -> World:  # noqa: A001  # timers.set reads as it should
    """A timer that rings at ``due`` on that clock."""
    serial, world = world.take()
    return world.put(TIMERS, Timer(serial, clock, due, kind, subject))


def deadline(world: World, kind: str, subject: int, seconds: int) -> World:
    """A timer that rings in so many seconds on the clock that deadlines hang on."""
    return set(world, kind, subject, due=deadline_time(world, world.now) + seconds, clock=world.rules.deadlines)


def stop(world: World, kind: str, subject: int) -> World:
    """Every timer of that kind about that subject, taken away."""
    for timer in world.shelf(TIMERS).page("by_subject", (subject, kind), (subject, kind + "\0")):
        world = world.drop(TIMERS, timer.serial)
    return world


def deadline_time(world: World, now: Instant) -> int:
    """What time it is on the clock that deadlines and expiries hang on: wire, unless the rule ``deadlines`` says world."""
    return now.wire if world.rules.deadlines == "wire" else now.world
