"""Tables of the world: rows under serials, and sorted indexes over them, all persistent: an older version never notices a newer one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Generic, TypeVar

import immutables

R = TypeVar("R")
Key = tuple[Any, ...]
_FULL: Final = 48  # most entries of a node; a node that grows past it is split in two
_THIN: Final = 16  # a node with fewer is joined with its neighbour


class _Top:
    """Greater than everything: ``page((7,), (7, TOP))`` are all keys that start with 7."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return other is not self

    def __le__(self, other: object) -> bool:
        return other is self

    def __ge__(self, other: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "TOP"


TOP: Final = _Top()


class _Branch:
    """An inner node: children, the smallest key of each, and how many keys lie below."""

    __slots__ = ("children", "lows", "size")

    def __init__(self, children: tuple[Any, ...], lows: list[Key], size: int) -> None:
        self.children = children
        self.lows = lows
        self.size = size


def _branch(children: tuple[Any, ...]) -> _Branch:
    return _Branch(children, [_low(child) for child in children], sum(map(_size, children)))


# A leaf is a plain tuple of keys; a node is a leaf or a _Branch.
_Node = Any


def _low(node: _Node) -> Key:
    return node[0] if type(node) is tuple else node.lows[0]  # type: ignore[no-any-return]  # nodes are untyped on purpose


def _size(node: _Node) -> int:
    return len(node) if type(node) is tuple else node.size


def _slot(node: _Branch, key: Key) -> int:
    """Which child a key belongs to."""
    place = bisect_left(node.lows, key)
    if place < len(node.lows) and node.lows[place] == key:
        return place
    return place - 1 if place else 0


def _add(node: _Node, key: Key) -> tuple[_Node, ...] | None:
    """The node with the key, as one node or split in two; None when the key is there already."""
    if type(node) is tuple:
        place = bisect_left(node, key)
        if place < len(node) and node[place] == key:
            return None
        grown = (*node[:place], key, *node[place:])
        return (grown,) if len(grown) <= _FULL else (grown[: len(grown) // 2], grown[len(grown) // 2 :])
    place = _slot(node, key)
    below = _add(node.children[place], key)
    if below is None:
        return None
    children = (*node.children[:place], *below, *node.children[place + 1 :])
    if len(children) <= _FULL:
        return (_Branch(children, [*node.lows[:place], *map(_low, below), *node.lows[place + 1 :]], node.size + 1),)
    return _branch(children[: len(children) // 2]), _branch(children[len(children) // 2 :])


def _remove(node: _Node, key: Key) -> _Node | None:
    """The node without the key (perhaps empty); None when the key is not there."""
    if type(node) is tuple:
        place = bisect_left(node, key)
        if place == len(node) or node[place] != key:
            return None
        return node[:place] + node[place + 1 :]
    place = _slot(node, key)
    below = _remove(node.children[place], key)
    if below is None:
        return None
    width = len(below) if type(below) is tuple else len(below.children)
    children = node.children
    if width == 0:
        return _branch(children[:place] + children[place + 1 :]) if len(children) > 1 else ()
    if width >= _THIN or len(children) == 1:
        return _Branch((*children[:place], below, *children[place + 1 :]), [*node.lows[:place], _low(below), *node.lows[place + 1 :]], node.size - 1)
    first = place if place + 1 < len(children) else place - 1
    left, right = (below, children[place + 1]) if first == place else (children[first], below)
    return _branch((*children[:first], *_join(left, right), *children[first + 2 :]))


def _join(left: _Node, right: _Node) -> tuple[_Node, ...]:
    """Two neighbours as one node, or as two of about the same width."""
    if type(left) is tuple:
        keys = left + right
        return (keys,) if len(keys) <= _FULL else (keys[: len(keys) // 2], keys[len(keys) // 2 :])
    children = left.children + right.children
    if len(children) <= _FULL:
        return (_branch(children),)
    return _branch(children[: len(children) // 2]), _branch(children[len(children) // 2 :])


class Sorted:
    """Unique tuple keys in order. Every operation is O(log n) and shares all but one path with the version before."""

    __slots__ = ("_root",)

    def __init__(self, root: _Node = ()) -> None:
        self._root = root

    @classmethod
    def from_sorted(cls, keys: Iterable[Key]) -> Sorted:
        """Keys that are in order and unique already, in O(n)."""
        every = tuple(keys)
        level: list[_Node] = [every[n : n + 32] for n in range(0, len(every), 32)]
        while len(level) > 1:
            level = [_branch(tuple(level[n : n + 32])) for n in range(0, len(level), 32)]
        return cls(level[0] if level else ())

    def add(self, key: Key) -> Sorted:
        grown = _add(self._root, key)
        if grown is None:
            return self
        return Sorted(grown[0] if len(grown) == 1 else _branch(grown))

    def remove(self, key: Key) -> Sorted:
        root = _remove(self._root, key)
        if root is None:
            return self
        while type(root) is _Branch and len(root.children) == 1:
            root = root.children[0]
        return Sorted(root)

    def replace(self, old: Key, new: Key) -> Sorted:
        return self.remove(old).add(new)

    def __len__(self) -> int:
        return _size(self._root)

    def __contains__(self, key: Key) -> bool:
        node = self._root
        while type(node) is not tuple:
            node = node.children[_slot(node, key)]
        place = bisect_left(node, key)
        return place < len(node) and node[place] == key

    def __iter__(self) -> Iterator[Key]:
        return _ascend(self._root)

    def __reversed__(self) -> Iterator[Key]:
        return _descend(self._root)

    def rank(self, key: Key) -> int:
        """How many keys are smaller."""
        node, before = self._root, 0
        while type(node) is not tuple:
            place = _slot(node, key)
            for child in node.children[:place]:
                before += len(child) if type(child) is tuple else child.size
            node = node.children[place]
        return before + bisect_left(node, key)

    def at(self, index: int) -> Key:
        """The key at a position. Raises IndexError where there is none."""
        size = _size(self._root)
        if index < 0:
            index += size
        if not 0 <= index < size:
            raise IndexError(index)
        node = self._root
        while type(node) is not tuple:
            for child in node.children:
                width = len(child) if type(child) is tuple else child.size
                if index < width:
                    node = child
                    break
                index -= width
        return node[index]  # type: ignore[no-any-return]  # nodes are untyped on purpose

    def count(self, low: Key | None = None, high: Key | None = None) -> int:
        """How many keys lie in ``low <= key < high``."""
        end = len(self) if high is None else self.rank(high)
        return max(0, end - (0 if low is None else self.rank(low)))

    def page(self, low: Key | None = None, high: Key | None = None, *, reverse: bool = False, limit: int | None = None, skip: int = 0) -> list[Key]:
        """Keys with ``low <= key < high`` in order, from the far end when ``reverse``."""
        if skip or reverse:
            start = 0 if low is None else self.rank(low)
            end = len(self) if high is None else self.rank(high)
            wanted = end - start - skip if limit is None else min(limit, end - start - skip)
            if wanted <= 0:
                return []
            if reverse:
                return _slice(self._root, end - skip - wanted, wanted)[::-1]
            return _slice(self._root, start + skip, wanted)
        found: list[Key] = []
        for key in _ascend(self._root) if low is None else _ascend_from(self._root, low):
            if (high is not None and key >= high) or (limit is not None and len(found) >= limit):
                break
            found.append(key)
        return found

    def first(self, low: Key | None = None) -> Key | None:
        """The smallest key that is not smaller than ``low``."""
        return next(_ascend(self._root) if low is None else _ascend_from(self._root, low), None)

    def last(self, high: Key | None = None) -> Key | None:
        """The greatest key that is smaller than ``high``."""
        place = (len(self) if high is None else self.rank(high)) - 1
        return self.at(place) if place >= 0 else None


def _ascend(node: _Node) -> Iterator[Key]:
    if type(node) is tuple:
        yield from node
    else:
        for child in node.children:
            yield from _ascend(child)


def _descend(node: _Node) -> Iterator[Key]:
    if type(node) is tuple:
        yield from reversed(node)
    else:
        for child in reversed(node.children):
            yield from _descend(child)


def _ascend_from(node: _Node, low: Key) -> Iterator[Key]:
    if type(node) is tuple:
        yield from node[bisect_left(node, low) :]
    else:
        place = _slot(node, low)
        yield from _ascend_from(node.children[place], low)
        for child in node.children[place + 1 :]:
            yield from _ascend(child)


def _slice(node: _Node, start: int, count: int) -> list[Key]:
    if type(node) is tuple:
        return list(node[start : start + count])
    found: list[Key] = []
    for child in node.children:
        width = len(child) if type(child) is tuple else child.size
        if start < width:
            found += _slice(child, start, count - len(found))
            if len(found) >= count:
                break
            start = 0
        else:
            start -= width
    return found


EMPTY: Final = Sorted()

Keys = Callable[[R], Iterable[Key]]


class Table(Generic[R]):
    """A declaration: the table's name, its row type, and its indexes (name → the keys of a row, each ending in the row's serial)."""

    __slots__ = ("indexes", "name", "names", "places", "row")

    def __init__(self, name: str, row: type[R], **indexes: Keys[R]) -> None:
        self.name = name
        self.row = row
        self.names = tuple(indexes)
        self.indexes: tuple[Keys[R], ...] = tuple(indexes.values())
        self.places = {index: place for place, index in enumerate(indexes)}


class Shelf(Generic[R]):
    """The rows and indexes of one table in one world."""

    __slots__ = ("_sorted", "rows", "table")

    def __init__(self, table: Table[R], rows: immutables.Map[int, R], sorted_: tuple[Sorted, ...]) -> None:
        self.table = table
        self.rows = rows
        self._sorted = sorted_

    @classmethod
    def of(cls, table: Table[R], rows: Iterable[R]) -> Shelf[R]:
        """Many rows at once."""
        every = {row.serial: row for row in rows}  # type: ignore[attr-defined]  # every row has a serial
        return cls(
            table,
            immutables.Map(every),
            tuple(Sorted.from_sorted(sorted(key for row in every.values() for key in keys(row))) for keys in table.indexes),
        )

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, serial: int) -> R | None:
        return self.rows.get(serial)

    def index(self, name: str) -> Sorted:
        return self._sorted[self.table.places[name]]

    def put(self, row: R) -> Shelf[R]:
        """With that row, in place of the one that had its serial. Only indexes whose keys differ are touched."""
        serial: int = row.serial  # type: ignore[attr-defined]  # every row has a serial
        old = self.rows.get(serial)
        indexes = list(self._sorted)
        for place, keys in enumerate(self.table.indexes):
            after = keys(row)
            before = keys(old) if old is not None else ()
            if before != after:
                indexes[place] = _moved(indexes[place], before, after)
        return Shelf(self.table, self.rows.set(serial, row), tuple(indexes))

    def drop(self, serial: int) -> Shelf[R]:
        """Without the row of that serial."""
        old = self.rows.get(serial)
        if old is None:
            return self
        indexes = tuple(_moved(held, keys(old), ()) for held, keys in zip(self._sorted, self.table.indexes, strict=True))
        return Shelf(self.table, self.rows.delete(serial), indexes)

    def page(self, name: str, low: Key | None = None, high: Key | None = None, *, reverse: bool = False, limit: int | None = None, skip: int = 0) -> list[R]:
        """Rows in the order of an index, ``low <= key < high``."""
        rows = self.rows
        return [rows[key[-1]] for key in self.index(name).page(low, high, reverse=reverse, limit=limit, skip=skip)]

    def count(self, name: str, low: Key | None = None, high: Key | None = None) -> int:
        return self.index(name).count(low, high)

    def first(self, name: str, low: Key | None = None) -> R | None:
        key = self.index(name).first(low)
        return None if key is None else self.rows[key[-1]]

    def last(self, name: str, high: Key | None = None) -> R | None:
        key = self.index(name).last(high)
        return None if key is None else self.rows[key[-1]]


def _moved(held: Sorted, before: Iterable[Key], after: Iterable[Key]) -> Sorted:
    for key in before:
        if key not in after:
            held = held.remove(key)
    for key in after:
        held = held.add(key)
    return held
