"""Tables of the world: rows under serials, and sorted indexes over them, all persistent: an older version never notices a newer one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import attrgetter, lt
from typing import Any, Final, Generic, TypeAlias, TypeVar

import immutables

R = TypeVar("R")
Key = tuple[Any, ...]
_FULL: Final = 48  # most entries of a node; a node that grows past it is split in two
_THIN: Final = 16  # a node with fewer is joined with its neighbour
_FILL: Final = 36  # most entries of a node when many keys are laid out at once: room to grow


class _Top:
    """Greater than everything else: ``page((7,), (7, TOP))`` are all keys that start with 7."""

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

    def __reduce__(self) -> str:
        return "TOP"  # copies and pickles are the one there is


TOP: Final = _Top()


class _Branch:
    """An inner node. Its lists are never changed once it is made, so versions share them."""

    __slots__ = ("children", "lows", "size", "sizes")

    def __init__(self, children: list[_Node], lows: list[Key], sizes: list[int], size: int) -> None:
        self.children = children
        self.lows = lows  # the smallest key below each child
        self.sizes = sizes  # how many keys lie below each child
        self.size = size


# A leaf is a plain tuple of keys (which the garbage collector soon stops looking at); all leaves lie equally deep.
_Node: TypeAlias = tuple[Key, ...] | _Branch


def _branch(children: list[_Node]) -> _Branch:
    sizes = [_size(child) for child in children]
    return _Branch(children, [_low(child) for child in children], sizes, sum(sizes))


def _low(node: _Node) -> Key:
    return node[0] if isinstance(node, tuple) else node.lows[0]


def _size(node: _Node) -> int:
    return len(node) if isinstance(node, tuple) else node.size


def _slot(node: _Branch, key: Key) -> int:
    """Which child a key belongs to."""
    return (bisect_right(node.lows, key) or 1) - 1


def _patched(node: _Branch, place: int, below: _Node, grown: int) -> _Branch:
    """The branch with another child in that place, which holds so many keys more."""
    children = node.children.copy()
    children[place] = below
    lows, low = node.lows, _low(below)
    if lows[place] is not low:
        lows = lows.copy()
        lows[place] = low
    sizes = node.sizes
    if grown:
        sizes = sizes.copy()
        sizes[place] += grown
    return _Branch(children, lows, sizes, node.size + grown)


def _add(node: _Node, key: Key) -> _Node | None:
    """The node with the key, perhaps one wider than it may be; None when it is there already."""
    if isinstance(node, tuple):
        place = bisect_left(node, key)
        if place < len(node) and node[place] == key:
            return None
        return (*node[:place], key, *node[place:])
    place = _slot(node, key)
    below = _add(node.children[place], key)
    if below is None:
        return None
    if _width(below) <= _FULL:
        return _patched(node, place, below, 1)
    return _branch([*node.children[:place], *_halves(below), *node.children[place + 1 :]])


def _remove(node: _Node, key: Key) -> _Node | None:
    """The node without the key (an empty leaf when it was the only one); None when the key is not there."""
    if isinstance(node, tuple):
        place = bisect_left(node, key)
        if place == len(node) or node[place] != key:
            return None
        return node[:place] + node[place + 1 :]
    place = _slot(node, key)
    below = _remove(node.children[place], key)
    if below is None:
        return None
    if _width(below) >= _THIN:
        return _patched(node, place, below, -1)
    first = place if place + 1 < len(node.children) else place - 1
    pair = (below, node.children[place + 1]) if first == place else (node.children[first], below)
    return _branch([*node.children[:first], *_joined(*pair), *node.children[first + 2 :]])


def _replace(node: _Node, old: Key, new: Key) -> _Node | None:
    """The node with one key in place of another; None unless the old is there, the new is not, and both belong to the same leaf."""
    if isinstance(node, tuple):
        place = bisect_left(node, old)
        if place == len(node) or node[place] != old:
            return None
        goal = bisect_left(node, new)
        if goal < len(node) and node[goal] == new:
            return None
        if goal <= place:
            return (*node[:goal], new, *node[goal:place], *node[place + 1 :])
        return (*node[:place], *node[place + 1 : goal], new, *node[goal:])
    place = _slot(node, old)
    if place != _slot(node, new):
        return None
    below = _replace(node.children[place], old, new)
    return None if below is None else _patched(node, place, below, 0)


def _width(node: _Node) -> int:
    return len(node) if isinstance(node, tuple) else len(node.children)


def _halves(node: _Node) -> tuple[_Node, _Node]:
    middle = _width(node) // 2
    if isinstance(node, tuple):
        return node[:middle], node[middle:]
    return _branch(node.children[:middle]), _branch(node.children[middle:])


def _joined(left: _Node, right: _Node) -> tuple[_Node, ...]:
    """Two neighbours as one node, or as two of about the same width."""
    whole: _Node
    if isinstance(left, tuple) and isinstance(right, tuple):
        whole = left + right
    else:
        assert isinstance(left, _Branch) and isinstance(right, _Branch), "all leaves lie equally deep"
        whole = _branch(left.children + right.children)
    return (whole,) if _width(whole) <= _FULL else _halves(whole)


def _even(count: int) -> Iterator[slice]:
    """So many things in as few even groups as hold them with some room left."""
    groups = -(-count // _FILL)
    return (slice(n * count // groups, (n + 1) * count // groups) for n in range(groups))


class Sorted:
    """Unique tuple keys in order. Every operation is O(log n) and shares all but one path with the version before.

    Bounds may be shorter than keys: ``(7,)`` lies before every longer key that starts with 7, ``(7, TOP)`` after them.
    """

    __slots__ = ("_root",)

    def __init__(self, root: _Node = ()) -> None:
        self._root = root

    @classmethod
    def from_sorted(cls, keys: Iterable[Key]) -> Sorted:
        """Keys that are in order and unique already, in O(n). Raises ValueError when they are not."""
        every = tuple(keys)
        if not all(map(lt, every, islice(every, 1, None))):
            raise ValueError("keys must be ascending and unique")
        if len(every) <= _FULL:
            return cls(every)
        level: list[_Node] = [every[group] for group in _even(len(every))]
        while len(level) > 1:
            level = [_branch(level[group]) for group in _even(len(level))]
        return cls(level[0])

    def add(self, key: Key) -> Sorted:
        """With that key; the same object when it is there already."""
        root = _add(self._root, key)
        if root is None:
            return self
        return Sorted(root if _width(root) <= _FULL else _branch(list(_halves(root))))

    def remove(self, key: Key) -> Sorted:
        """Without that key; the same object when it is not there."""
        root = _remove(self._root, key)
        if root is None:
            return self
        while isinstance(root, _Branch) and len(root.children) == 1:
            root = root.children[0]
        return Sorted(root)

    def replace(self, old: Key, new: Key) -> Sorted:
        """Without the one and with the other: one path when both belong to the same leaf."""
        root = _replace(self._root, old, new)
        return self.remove(old).add(new) if root is None else Sorted(root)

    def __len__(self) -> int:
        return _size(self._root)

    def __contains__(self, key: Key) -> bool:
        node = self._root
        while isinstance(node, _Branch):
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
        while isinstance(node, _Branch):
            place = _slot(node, key)
            before += sum(node.sizes[:place])
            node = node.children[place]
        return before + bisect_left(node, key)

    def at(self, index: int) -> Key:
        """The key at a position, from the end when negative. Raises IndexError where there is none."""
        size = _size(self._root)
        place = index + size if index < 0 else index
        if not 0 <= place < size:
            raise IndexError(f"no key at {index}, there are {size}")
        return _slice(self._root, place, 1)[0]

    def count(self, low: Key | None = None, high: Key | None = None) -> int:
        """How many keys lie in ``low <= key < high``."""
        end = len(self) if high is None else self.rank(high)
        return max(0, end - (0 if low is None else self.rank(low)))

    def page(
        self, low: Key | None = None, high: Key | None = None, *, reverse: bool = False, limit: int | None = None, skip: int = 0
    ) -> list[Key]:
        """Keys with ``low <= key < high`` in order, from the far end when ``reverse``, without the first ``skip``, at most ``limit``."""
        skip = max(0, skip)
        if reverse:
            end = (len(self) if high is None else self.rank(high)) - skip
            start = max(0, end - limit) if limit is not None else 0 if low is None else self.rank(low)
            found = _slice(self._root, start, end - start)
            if low is not None and found and found[0] < low:
                del found[: bisect_left(found, low)]
            found.reverse()
            return found
        start = (0 if low is None else self.rank(low)) + skip
        wanted = limit if limit is not None else (len(self) if high is None else self.rank(high)) - start
        found = _slice(self._root, start, wanted)
        if high is not None and found and not found[-1] < high:
            del found[bisect_left(found, high) :]
        return found

    def first(self, low: Key | None = None) -> Key | None:
        """The smallest key that is not smaller than ``low``."""
        node, after = self._root, None
        if low is None:
            return _low(node) if _size(node) else None
        while isinstance(node, _Branch):
            place = _slot(node, low)
            if place + 1 < len(node.lows):
                after = node.lows[place + 1]
            node = node.children[place]
        place = bisect_left(node, low)
        return node[place] if place < len(node) else after

    def last(self, high: Key | None = None) -> Key | None:
        """The greatest key that is smaller than ``high``."""
        node = self._root
        while isinstance(node, _Branch):
            place = len(node.lows) if high is None else bisect_left(node.lows, high)
            node = node.children[(place or 1) - 1]
        place = len(node) if high is None else bisect_left(node, high)
        return node[place - 1] if place else None


def _ascend(node: _Node) -> Iterator[Key]:
    if isinstance(node, tuple):
        yield from node
    else:
        for child in node.children:
            yield from _ascend(child)


def _descend(node: _Node) -> Iterator[Key]:
    if isinstance(node, tuple):
        yield from reversed(node)
    else:
        for child in reversed(node.children):
            yield from _descend(child)


def _slice(node: _Node, start: int, count: int) -> list[Key]:
    """At most so many keys from a position on."""
    if count <= 0:
        return []
    if isinstance(node, tuple):
        return list(node[start : start + count])
    found: list[Key] = []
    for place, size in enumerate(node.sizes):
        if start < size:
            found += _slice(node.children[place], start, count - len(found))
            if len(found) >= count:
                break
            start = 0
        else:
            start -= size
    return found


Keys = Callable[[R], Iterable[Key]]


class Table(Generic[R]):
    """A declaration: the table's name, its row type, and its indexes by name.

    An index is a function from a row to its keys, tuples whose last element is the row's ``serial``. A row may have several keys in
    an index, or none: ``by_deadline=lambda o: ((o.deadline, o.serial),) if o.deadline else ()``.
    """

    __slots__ = ("empty", "indexes", "name", "names", "places", "row")

    def __init__(self, name: str, row: type[R], /, **indexes: Keys[R]) -> None:
        self.name = name
        self.row = row
        self.names = tuple(indexes)
        self.indexes: tuple[Keys[R], ...] = tuple(indexes.values())
        self.places = {index: place for place, index in enumerate(indexes)}
        self.empty: Shelf[R] = Shelf.of(self, ())  # where a world has no row of it

    def __repr__(self) -> str:
        return f"Table({self.name!r})"


_serial: Callable[[Any], int] = attrgetter("serial")


class Shelf(Generic[R]):
    """The rows and indexes of one table in one world. Every write answers a new shelf."""

    __slots__ = ("indexes", "rows", "table")

    def __init__(self, table: Table[R], rows: immutables.Map[int, R], indexes: tuple[Sorted, ...]) -> None:
        self.table = table
        self.rows = rows
        self.indexes = indexes

    @classmethod
    def of(cls, table: Table[R], rows: Iterable[R]) -> Shelf[R]:
        """Many rows at once; of two with one serial the later."""
        every = {_serial(row): row for row in rows}
        indexes = (Sorted.from_sorted(sorted({key for row in every.values() for key in keys(row)})) for keys in table.indexes)
        return cls(table, immutables.Map(every), tuple(indexes))

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, serial: int) -> R | None:
        return self.rows.get(serial)

    def put(self, row: R, *, moves: tuple[str, ...] | None = None) -> Shelf[R]:
        """With that row, in place of the one that had its serial. Only indexes whose keys differ are touched.

        ``moves`` names the only indexes in which they can differ, where the caller knows.
        """
        serial = _serial(row)
        old = self.rows.get(serial)
        if old is row:
            return self
        indexes, table = self.indexes, self.table
        for place in range(len(indexes)) if moves is None or old is None else [table.places[name] for name in moves]:
            keys = table.indexes[place]
            before = () if old is None else tuple(keys(old))
            after = tuple(keys(row))
            if before != after:
                indexes = (*indexes[:place], _moved(indexes[place], before, after), *indexes[place + 1 :])
        return Shelf(self.table, self.rows.set(serial, row), indexes)

    def drop(self, serial: int) -> Shelf[R]:
        """Without the row of that serial; the same object when there is none."""
        old = self.rows.get(serial)
        if old is None:
            return self
        indexes = (_moved(held, tuple(keys(old)), ()) for held, keys in zip(self.indexes, self.table.indexes, strict=True))
        return Shelf(self.table, self.rows.delete(serial), tuple(indexes))

    def index(self, name: str) -> Sorted:
        """One index as it is now; it stays so however the shelf goes on."""
        return self.indexes[self.table.places[name]]

    def page(
        self,
        name: str,
        low: Key | None = None,
        high: Key | None = None,
        *,
        reverse: bool = False,
        limit: int | None = None,
        skip: int = 0,
    ) -> list[R]:
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


def _moved(held: Sorted, before: tuple[Key, ...], after: tuple[Key, ...]) -> Sorted:
    """An index in which a row goes from some keys to others."""
    if len(before) == len(after) == 1:
        return held.replace(before[0], after[0])
    for key in before:
        if key not in after:
            held = held.remove(key)
    for key in after:
        if key not in before:
            held = held.add(key)
    return held
