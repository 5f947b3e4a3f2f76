"""Calls that a client has given a name, so that a retry does nothing a second time."""

from __future__ import annotations

from .table import Table
from .value import Value, value
from .world import World


@value
class Named(Value):
    serial: int
    seller: int
    name: str
    made: int = 0  # serial of what it has made


NAMED = Table("named_calls", Named, by_name=lambda n: ((n.seller, n.name, n.serial),))


def known(world: World, seller: int, name: str) -> bool:
    """Whether this seller's call of that name was made before."""
    return world.shelf(NAMED).count("by_name", (seller, name), (seller, name + "\0")) > 0


def made(world: World, seller: int, name: str) -> int | None:
    """What this seller's call of that name has made, None: it was not made before."""
    found = world.shelf(NAMED).page("by_name", (seller, name), (seller, name + "\0"), limit=1)
    return found[0].made if found else None


def keep(world: World, seller: int, name: str, made: int = 0) -> World:
    serial, world = world.take()
    return world.put(NAMED, Named(serial, seller, name, made))
