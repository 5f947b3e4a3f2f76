"""What a call must bring along: its parameters, checked and converted against rows of facts, in words that name the field.

A :class:`Spec` is plain JSON. :func:`compile_fields` turns a mapping of them into a :class:`Checker`, made once per mapping (which
must not be changed afterwards). Strict where the platforms are, generous where real clients are:

- unknown fields are ignored and left out of the converted value; ``null`` means absent
- an empty list where an object belongs is an empty object, so is no body at all
- a whole number where text belongs becomes text (ids); in a query, where all is text, numbers and booleans are read from it
- a blank query value means absent; blank text in a body misses a required field, and an optional one is not held to its bounds
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal, Required, TypedDict

Kind = Literal["missing", "type", "enum", "length", "range", "malformed"]
Mark = Literal["documented", "observed", "inferred"]


class Spec(TypedDict, total=False):
    """One field as the facts have it. ``len`` counts characters or items, bounds are inclusive, None leaves an end open."""

    t: Required[Literal["str", "int", "num", "bool", "list", "obj", "any"]]
    req: bool
    enum: list[Any]
    len: list[int | None]
    range: list[float | None]
    items: Spec
    fields: dict[str, Spec]
    default: Any
    mark: Mark
    help: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field: ``path`` like ``skus[0].price.amount``, what belongs there and what came instead."""

    path: str
    kind: Kind
    expected: str
    got: str
    mark: Mark = "documented"

    @property
    def empty(self) -> bool:
        """Whether the field is there, with nothing in it."""
        return self.kind == "missing" and self.got != _NOTHING

    @property
    def words(self) -> str:
        """The problem as a sentence for the developer."""
        if self.kind == "missing":
            return f"{self.path} is {'empty' if self.empty else 'missing'}: it must be {self.expected}"
        return f"{self.path} must be {self.expected}, got {self.got}"


_NOTHING = "nothing"  # came in place of a field
MOST = 50  # no more problems than this are told about one value
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_WORDS = {"str": "text", "int": "a whole number", "num": "a number", "bool": "true or false", "list": "a list", "obj": "an object", "any": "a value"}
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_ABSENT: Any = object()
_ANY: Spec = {"t": "any"}
_TEXT: Spec = {"t": "str"}

_At = tuple[Any, ...]  # the way to a value: (the way to its parent, name or position); () is the value itself
_Read = Callable[[Any], Any]
_Visit = Callable[[Any, list[Problem], _At], Any]


class _Wrong(Exception):
    """A leaf that does not fit."""

    def __init__(self, kind: Kind, expected: str) -> None:
        self.kind = kind
        self.expected = expected


class Checker:
    """The compiled form of a mapping of specs: reads queries and bodies."""

    __slots__ = ("_body", "_folded", "_query", "_specs")

    def __init__(self, specs: Mapping[str, Spec], *, fold_case: bool = False) -> None:
        self._specs = specs
        self._folded = {name.lower(): name for name in specs} if fold_case else None
        self._body = _object(specs, fold_case)
        self._query = {name: _parameter(name, spec) for name, spec in specs.items()}

    def query(self, pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, Any], list[Problem]]:
        """The parameters of a decoded query, converted, with defaults; and what is wrong, in the order of the facts.

        Lists come comma-joined, repeated, as JSON, or all of these; of any other parameter given twice the first one counts.
        """
        given: dict[str, str | list[str]] = {}
        for key, value in pairs:
            name: str | None = key
            if self._folded is not None:
                name = self._folded.get(key.lower())
            spec = self._specs.get(name) if name is not None else None
            if spec is None or name is None or not value:
                continue
            if spec["t"] == "list":
                parts = given.setdefault(name, [])
                if isinstance(parts, list):
                    parts.extend(part for part in (piece.strip() for piece in _pieces(value)) if part)
            else:
                given.setdefault(name, value)
        read: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, visit in self._query.items():
            value_read = visit(given.get(name) or None, problems, ((), name))
            if value_read is not _ABSENT:
                read[name] = value_read
        return read, problems[:MOST]

    def body(self, value: Any, *, at: str = "body") -> tuple[dict[str, Any], list[Problem]]:
        """The known fields of a body, converted, with defaults; and what is wrong, in the order of the facts.

        ``at`` is what the body itself is called when it is no object at all.
        """
        if value is None or value == []:
            value = {}
        if not isinstance(value, Mapping):
            return {}, [Problem(at, "type", _WORDS["obj"], _shown(value))]
        problems: list[Problem] = []
        read: dict[str, Any] = self._body(value, problems, ())
        return read, problems[:MOST]


_checkers: dict[tuple[int, bool], tuple[Mapping[str, Spec], Checker]] = {}


def compile_fields(specs: Mapping[str, Spec], *, fold_case: bool = False) -> Checker:
    """The checker of these specs, made once for each mapping. ``fold_case``: names are known regardless of case (Go services)."""
    key = (id(specs), fold_case)
    found = _checkers.get(key)
    if found is None:
        if len(_checkers) >= 4096:
            _checkers.clear()
        found = _checkers[key] = (specs, Checker(specs, fold_case=fold_case))  # keeps the mapping alive, so its id stays its own
    return found[1]


def _pieces(value: str) -> list[str]:
    """The parts of a list in a query: told with commas, or as a JSON list, as some clients write it."""
    if value[:1] == "[" and value[-1:] == "]":
        with suppress(ValueError):
            return [part if isinstance(part, str) else json.dumps(part) for part in json.loads(value)]
    return value.split(",")


def problems(specs: Mapping[str, Spec], value: Any, *, at: str = "body") -> list[Problem]:
    """What is wrong with a body, in the order of the facts; at most :data:`MOST` of it."""
    return compile_fields(specs).body(value, at=at)[1]


def body(specs: Mapping[str, Spec], value: Any) -> tuple[dict[str, Any], list[Problem]]:
    """The converted body and what is wrong with it."""
    return compile_fields(specs).body(value)


def query(specs: Mapping[str, Spec], pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, Any], list[Problem]]:
    """The converted query parameters and what is wrong with them."""
    return compile_fields(specs).query(pairs)


def unknown(specs: Mapping[str, Spec], value: Any, *, fold_case: bool = False) -> list[str]:
    """Paths of fields that the facts don't know, in the order sent. Items of a list are told once, as ``skus[].colour``."""
    return list(dict.fromkeys(_strangers(specs, value, "", fold_case)))


def _strangers(specs: Mapping[str, Spec], value: Any, prefix: str, fold_case: bool) -> Iterable[str]:
    if not isinstance(value, Mapping):
        return
    folded = {name.lower(): name for name in specs} if fold_case else None
    for key, inner in value.items():
        name: str = str(key) if key in specs or folded is None else folded.get(str(key).lower(), str(key))
        spec = specs.get(name)
        if spec is None:
            yield f"{prefix}{key}"
        elif spec["t"] == "obj" and "fields" in spec:
            yield from _strangers(spec["fields"], inner, f"{prefix}{key}.", fold_case)
        elif spec["t"] == "list" and isinstance(inner, list) and "fields" in spec.get("items", ()):
            for item in inner:
                yield from _strangers(spec["items"]["fields"], item, f"{prefix}{key}[].", fold_case)


# How one field of a body is read.


def _object(specs: Mapping[str, Spec], fold_case: bool) -> _Visit:
    fields = [(name, _field(name, spec, fold_case)) for name, spec in specs.items()]
    folded = {name.lower(): name for name in specs}

    def exact(value: Any, problems: list[Problem], at: _At) -> dict[str, Any]:
        read = {}
        for name, visit in fields:
            inner = visit(value.get(name), problems, at)
            if inner is not _ABSENT:
                read[name] = inner
        return read

    def whatever_case(value: Any, problems: list[Problem], at: _At) -> dict[str, Any]:
        known = {folded[key.lower()]: inner for key, inner in value.items() if isinstance(key, str) and key.lower() in folded}
        known.update((name, value[name]) for name in specs if name in value)
        return exact(known, problems, at)

    return whatever_case if fold_case else exact


def _field(name: str, spec: Spec, fold_case: bool) -> _Visit:
    visit = _value(spec, fold_case)
    absent = _absence(name, spec)
    lenient = spec["t"] == "str" and not spec.get("req")
    blank = _ABSENT if "enum" in spec else ""
    strict = spec["t"] == "str" and spec.get("req")

    def read(value: Any, problems: list[Problem], at: _At) -> Any:
        if value is None:
            return absent(problems, at)
        if value == "" and (lenient or strict):
            return absent(problems, at, "blank text") if strict or blank is _ABSENT else ""
        return visit(value, problems, (at, name))

    return read


def _absence(name: str, spec: Spec) -> Callable[..., Any]:
    mark: Mark = spec.get("mark", "documented")
    if "default" in spec:
        default = json.dumps(spec["default"])
        if isinstance(spec["default"], (list, dict)):
            return lambda *_: json.loads(default)
        return lambda *_: spec["default"]
    if not spec.get("req"):
        return lambda *_: _ABSENT

    def missing(problems: list[Problem], at: _At, got: str = _NOTHING) -> Any:
        problems.append(Problem(_path((at, name)), "missing", _expected(spec), got, mark))
        return _ABSENT

    return missing


def _value(spec: Spec, fold_case: bool) -> _Visit:
    mark: Mark = spec.get("mark", "documented")
    if spec["t"] == "list":
        return _list(spec, fold_case)
    if spec["t"] == "obj" and "fields" in spec:
        inside = _object(spec["fields"], fold_case)

        def fields(value: Any, problems: list[Problem], at: _At) -> Any:
            if isinstance(value, Mapping):
                return inside(value, problems, at)
            if value == [] and isinstance(value, list):
                return inside({}, problems, at)
            problems.append(Problem(_path(at), "type", _WORDS["obj"], _shown(value), mark))
            return _ABSENT

        return fields
    return _leaf(_bounded(spec, _READ[spec["t"]]), mark)


def _list(spec: Spec, fold_case: bool) -> _Visit:
    mark: Mark = spec.get("mark", "documented")
    item = _value(spec.get("items", _ANY), fold_case)
    low, high = spec.get("len", [None, None])
    required = bool(spec.get("req"))

    def read(value: Any, problems: list[Problem], at: _At) -> Any:
        if not isinstance(value, list):
            problems.append(Problem(_path(at), "type", _WORDS["list"], _shown(value), mark))
            return _ABSENT
        if not value and required:
            problems.append(Problem(_path(at), "missing", _expected(spec), "an empty list", mark))
            return _ABSENT
        if value and ((low is not None and len(value) < low) or (high is not None and len(value) > high)):
            problems.append(Problem(_path(at), "length", _bounds(low, high, "item"), f"{len(value)} items", mark))
            return _ABSENT
        read = []
        for position, inner in enumerate(value):
            inner = item(inner, problems, (at, position))
            if inner is not _ABSENT:
                read.append(inner)
            elif len(problems) >= MOST:
                break
        return read

    return read


def _leaf(read: _Read, mark: Mark) -> _Visit:
    def visit(value: Any, problems: list[Problem], at: _At) -> Any:
        try:
            return read(value)
        except _Wrong as wrong:
            problems.append(Problem(_path(at), wrong.kind, wrong.expected, _shown(value), mark))
            return _ABSENT

    return visit


def _bounded(spec: Spec, read: _Read) -> _Read:
    """A reader that also holds the value to the bounds of the facts."""
    if "enum" in spec:
        allowed = frozenset(spec["enum"])
        among = "one of " + ", ".join(map(str, spec["enum"]))

        def listed(value: Any) -> Any:
            value = read(value)
            if value not in allowed:
                raise _Wrong("enum", among)
            return value

        return listed
    if spec["t"] == "str" and "len" in spec:
        low, high = spec["len"]

        def measured(value: Any) -> Any:
            value = read(value)
            if (low is not None and len(value) < low) or (high is not None and len(value) > high):
                raise _Wrong("length", _bounds(low, high, "character"))
            return value

        return measured
    if spec["t"] in ("int", "num") and "range" in spec:
        least, most = spec["range"]

        def ranged(value: Any) -> Any:
            value = read(value)
            if (least is not None and value < least) or (most is not None and value > most):
                raise _Wrong("range", _bounds(least, most, ""))
            return value

        return ranged
    return read


def _text(value: Any) -> str:
    if type(value) is str:
        if not value.isascii():
            _sound(value)
        return value
    if type(value) is int and _LOWEST <= value <= _HIGHEST:
        return str(value)
    raise _Wrong("type", _WORDS["str"])


def _sound(value: str) -> None:
    """Refuse half of a surrogate pair, which no reply could carry."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Wrong("malformed", "text in valid Unicode") from None


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise _Wrong("type", _WORDS["int"])
    if not _LOWEST <= value <= _HIGHEST:
        raise _Wrong("range", "a whole number of 64 bits")
    return value


def _number(value: Any) -> int | float:
    if type(value) is int:
        return _integer(value)
    if type(value) is not float:
        raise _Wrong("type", _WORDS["num"])
    if not isfinite(value):
        raise _Wrong("malformed", "a finite number")
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise _Wrong("type", _WORDS["bool"])
    return value


def _mapping(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _anything(value)
    if value == [] and isinstance(value, list):
        return {}
    raise _Wrong("type", _WORDS["obj"])


def _anything(value: Any) -> Any:
    """A value as it came, provided that a reply could carry it: valid Unicode and finite numbers all the way down."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, str):
            if not inner.isascii():
                _sound(inner)
        elif isinstance(inner, Mapping):
            waiting.extend(inner)
            waiting.extend(inner.values())
        elif isinstance(inner, list):
            waiting.extend(inner)
        elif isinstance(inner, float):
            _number(inner)
    return value


_READ: dict[str, _Read] = {"str": _text, "int": _integer, "num": _number, "bool": _boolean, "obj": _mapping, "any": _anything}


# How one parameter of a query is read: all is text.


def _parameter(name: str, spec: Spec) -> _Visit:
    mark: Mark = spec.get("mark", "documented")
    absent = _absence(name, spec)
    many = spec["t"] == "list"
    inner: Spec = spec.get("items", _TEXT) if many else spec
    leaf = _leaf(_bounded(inner, _WRITTEN[inner["t"]]), mark)
    low, high = spec.get("len", [None, None])

    def read(value: Any, problems: list[Problem], at: _At) -> Any:
        if value is None:
            return absent(problems, ())
        if not many:
            return leaf(value, problems, at)
        if (low is not None and len(value) < low) or (high is not None and len(value) > high):
            problems.append(Problem(_path(at), "length", _bounds(low, high, "item"), f"{len(value)} items", mark))
            return _ABSENT
        return [item for item in (leaf(part, problems, (at, position)) for position, part in enumerate(value)) if item is not _ABSENT]

    return read


def _written_integer(value: str) -> int:
    if not _INTEGER.fullmatch(value):
        raise _Wrong("malformed", _WORDS["int"])
    return _integer(int(value))


def _written_number(value: str) -> float | int:
    if not _NUMBER.fullmatch(value):
        raise _Wrong("malformed", _WORDS["num"])
    return float(value) if "." in value else int(value)


def _written_boolean(value: str) -> bool:
    read = _BOOLEANS.get(value.lower())
    if read is None:
        raise _Wrong("malformed", _WORDS["bool"])
    return read


def _written_json(value: str) -> Any:
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):
        raise _Wrong("malformed", _WORDS["obj"]) from None
    return _mapping(read)


_WRITTEN: dict[str, _Read] = {
    "str": _text,
    "int": _written_integer,
    "num": _written_number,
    "bool": _written_boolean,
    "obj": _written_json,
    "any": _text,
    "list": _text,
}


# Words.


def _path(at: _At) -> str:
    steps: list[str] = []
    while at:
        at, step = at
        steps.append(f"[{step}]" if isinstance(step, int) else f".{step}")
    return "".join(reversed(steps)).removeprefix(".")


def _expected(spec: Spec) -> str:
    if "enum" in spec:
        return "one of " + ", ".join(map(str, spec["enum"]))
    if "len" in spec:
        low, high = spec["len"]
        return _bounds(low or (1 if spec.get("req") else None), high, "item" if spec["t"] == "list" else "character")
    if "range" in spec:
        least, most = spec["range"]
        return _bounds(least, most, "")
    return _WORDS[spec["t"]]


def _bounds(low: float | None, high: float | None, unit: str) -> str:
    units = f" {unit}s" if unit else ""
    if low is None:
        return f"at most {high}{units}"
    return f"at least {low}{units}" if high is None else f"{low} to {high}{units}"


def _shown(value: Any) -> str:
    """A value as the developer wrote it, cut short."""
    if isinstance(value, str):
        value = value[:80]
    elif isinstance(value, Mapping):
        return "an object"
    elif isinstance(value, list):
        return f"a list of {len(value)}"
    elif type(value) is int and not _LOWEST <= value <= _HIGHEST:
        return "a number beyond 64 bits"
    text = json.dumps(value, default=lambda other: type(other).__name__)
    return text if len(text) <= 60 else text[:59] + "…"
