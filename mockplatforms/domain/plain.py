"""Worlds as plain documents: what can be written into a file and read back as the very same world."""

from __future__ import annotations

import pkgutil
import types
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any, Union, get_args, get_origin, get_type_hints

from .instants import Instant
from .rules import Rules
from .table import Shelf, Table
from .value import Value
from .world import World

Json = dict[str, Any]


def tables() -> dict[str, Table[Any]]:
    """Every table that a room declares, by name."""
    rooms = [import_module(f"{__package__}.{found.name}") for found in pkgutil.iter_modules(import_module(str(__package__)).__path__)]
    return {held.name: held for room in rooms for held in vars(room).values() if isinstance(held, Table)}


def plain(world: World) -> Json:
    """A world between two commits, as dictionaries, lists, numbers and texts."""
    return {
        "seed": world.seed,
        "epoch": world.epoch,
        "next": world.next,
        "revision": world.revision,
        "born": list(world.born),
        "now": list(world.now),
        "rules": {name: list(held) if isinstance(held, tuple) else held for name, held in asdict(world.rules).items()},
        "tables": {name: [_plain(row) for _, row in sorted(shelf.rows.items())] for name, shelf in sorted(world.shelves.items())},
    }


def made(told: Json) -> World:
    """The world that was told. Raises ValueError in words for a document that cannot be one."""
    for name in ("seed", "epoch", "next", "revision"):
        if not isinstance(told.get(name), int):
            raise ValueError(f"the document holds no world of this version: {name} is a whole number")
    try:
        world = World(seed=told["seed"], epoch=told["epoch"], born=Instant(*told["born"]), rules=Rules().but(**told["rules"]))
        known = tables()
        unknown = told["tables"].keys() - known.keys()
        if unknown:
            raise ValueError(f"there is no table {min(unknown)!r} in this version")
        makers = {name: _row(known[name].row) for name in told["tables"]}
        shelves = {name: Shelf.of(known[name], [makers[name](row) for row in rows]) for name, rows in told["tables"].items()}
        return world.but(next=told["next"], revision=told["revision"], now=Instant(*told["now"]), shelves=shelves)
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError(f"the document holds no world of this version: {type(wrong).__name__} {wrong}") from None


def _plain(held: Any) -> Any:
    if isinstance(held, Value):
        defaults = getattr(type(held), "_DEFAULTS", {})
        told = {name: getattr(held, name) for name in held.FIELDS}
        return {name: _plain(one) for name, one in told.items() if name not in defaults or one != defaults[name]}
    if isinstance(held, tuple | list):
        return [_plain(one) for one in held]
    if isinstance(held, bytes):
        return b64encode(held).decode()
    if isinstance(held, StrEnum):
        return held.value
    return held


@cache
def _maker(hint: Any) -> Callable[[Any], Any]:
    """What makes a value of that type out of its plain form."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Instant:
        return lambda told: Instant(*told)
    if origin is tuple and inner[1:] == (Ellipsis,):
        one = _maker(inner[0])
        return lambda told: tuple([one(part) for part in told])
    if origin is tuple:
        makers = [_maker(part) for part in inner]
        return lambda told: tuple([make(part) for make, part in zip(makers, told, strict=True)])
    if origin in (Union, types.UnionType):
        only = _maker(next(part for part in inner if part is not type(None)))
        return lambda told: None if told is None else only(told)
    if isinstance(hint, type) and issubclass(hint, Value):
        return _row(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if hint is bytes:
        return b64decode
    return _frozen if hint is Any else lambda told: told


def _row(kind: type[Value]) -> Callable[[Json], Value]:
    hints = get_type_hints(kind)
    makers = {name: _maker(hints[name]) for name in kind.FIELDS}
    return lambda told: kind(**{name: makers[name](held) for name, held in told.items()})


def _frozen(told: Any) -> Any:
    """What was a tuple before it was written down."""
    return tuple(_frozen(part) for part in told) if isinstance(told, list) else told
