"""What the platform's documentation says of each endpoint and each error code, as rows; a group's rows are read on first use.

The rows tell what an Indonesian seller meets, from the documentation of December 2025 joined with what a client library of October
2026 knows beyond it (marked observed). Fields of other markets are left out; the checker ignores fields that it doesn't know.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from ..gateway.fields import Checker, Mark, Spec, compile_fields

_HERE = Path(__file__).with_name("rows")
INTERNAL = 36009003


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """The facts of one endpoint.

    ``path`` has ``{version}`` in it and ``versions`` lists all that answer, oldest first; ``scope``: any of these will do; ``response``
    is the tree of names and types below ``data`` (``[x]`` a list of x); ``errors`` are the codes that the endpoint's page lists.
    ``added``: version → part (``query``, ``body``, ``response``) → what came with that version, as dotted names; ``name=value`` is one
    value of an enum. Older versions neither take nor answer it (:meth:`at`).
    """

    id: str
    group: str
    title: str
    method: str
    path: str
    versions: tuple[str, ...]
    version_marks: Mapping[str, Mark]  # versions that are not documented for this endpoint
    scope: tuple[str, ...]
    cipher: Literal["required", "none"]
    media: Literal["json", "multipart"]
    mark: Mark
    source: str
    query: Mapping[str, Spec]
    body: Mapping[str, Spec]
    errors: tuple[int, ...]
    response: Mapping[str, Any]
    added: Mapping[str, Mapping[str, tuple[str, ...]]]

    def at(self, version: str) -> Row:
        """The facts of this endpoint as they are under one of its versions."""
        later = [parts for name, parts in self.added.items() if name > version]
        if not later:
            return self
        lacking = {part: [name for parts in later for name in parts.get(part, ())] for part in ("query", "body", "response")}
        return replace(
            self,
            query=_fields(self.query, lacking["query"]),
            body=_fields(self.body, lacking["body"]),
            response=without(self.response, lacking["response"]),
        )

    def later(self, version: str) -> tuple[str, ...]:
        """The fields of the answer that came with later versions than this one."""
        return tuple(name for since, parts in self.added.items() if since > version for name in parts.get("response", ()))

    @property
    def paths(self) -> tuple[str, ...]:
        """The path template once per version, oldest first."""
        return tuple(self.path.replace("{version}", version, 1) for version in self.versions)

    @property
    def query_checker(self) -> Checker:
        return compile_fields(self.query)

    @property
    def body_checker(self) -> Checker:
        """The checker of the body; the platform's services know names regardless of case (inferred)."""
        return compile_fields(self.body, fold_case=True)


def without(tree: Any, names: Iterable[str]) -> Any:
    """An answer, or the tree of one, without the fields of those dotted names; lists on the way are walked through."""
    here: dict[str, list[str]] = {}
    for name in names:
        first, _, rest = name.partition(".")
        here.setdefault(first, []).append(rest)
    if isinstance(tree, list):
        return [without(item, names) for item in tree]
    if not here or not isinstance(tree, Mapping):
        return tree
    return {name: without(inner, here.get(name, ())) for name, inner in tree.items() if "" not in here.get(name, ())}


def _fields(specs: Mapping[str, Spec], names: Iterable[str]) -> Mapping[str, Spec]:
    """The specs without the fields, and the values of enums, of those names (no deeper than the first level)."""
    values: dict[str, set[str]] = {}
    for name in names:
        field, _, value = name.partition("=")
        values.setdefault(field, set()).add(value)
    kept: dict[str, Spec] = {}
    for name, spec in specs.items():
        gone = values.get(name, set())
        if "" not in gone:
            kept[name] = _narrowed(spec, gone) if gone else spec
    return kept


def _narrowed(spec: Spec, gone: set[str]) -> Spec:
    if spec["t"] == "list":
        return {**spec, "items": _narrowed(spec["items"], gone)}
    return {**spec, "enum": [value for value in spec["enum"] if value not in gone]}


@dataclass(frozen=True, slots=True)
class Words:
    """One answer of the gateway itself: its code and message, the HTTP status it comes with, and how sure we are of message and status."""

    code: int
    message: str
    status: int
    mark: Mark
    status_mark: Mark


def row(source_id: str) -> Row:
    """The facts of one endpoint. Raises KeyError when there is no such row."""
    return group(_index()[source_id])[source_id]


@cache
def group(name: str) -> Mapping[str, Row]:
    """All rows of one group (``orders``, ``fulfilment``, …). Raises KeyError when there is no such group."""
    if name not in groups():
        raise KeyError(name)
    return MappingProxyType({source_id: _row(source_id, name, facts) for source_id, facts in _read(name).items()})


@cache
def groups() -> tuple[str, ...]:
    return tuple(_read("index"))


def ids() -> tuple[str, ...]:
    """The ids of all rows, group by group."""
    return tuple(_index())


def message(code: int) -> str:
    """What the platform says with this code: of several wordings the commonest. Raises KeyError for a code nobody has seen."""
    return messages(code)[0]


def messages(code: int) -> tuple[str, ...]:
    """All wordings of a code, the commonest first: some codes are told differently from endpoint to endpoint."""
    facts = _errors()["codes"].get(str(code))
    if facts is not None:
        return (facts["message"], *facts.get("also", ()))
    found = tuple(dict.fromkeys(words.message for words in _gateway().values() if words.code == code))
    if not found:
        raise KeyError(code)
    return found


def status(code: int) -> int:
    """The HTTP status that comes with a code: 200 for business codes (observed), the first row of the gateway's table for its own."""
    return next((words.status for words in _gateway().values() if words.code == code), 200)


def listed_by(code: int) -> tuple[str, ...]:
    """The endpoints whose page lists this code. ``INTERNAL`` is on nearly every page and told by none."""
    return tuple(_errors()["codes"].get(str(code), {}).get("in", ()))


def codes() -> tuple[int, ...]:
    """All codes with words: the business codes in ascending order, then the gateway's."""
    return tuple(dict.fromkeys([*map(int, _errors()["codes"]), *(words.code for words in _gateway().values())]))


def gateway(name: str) -> Words:
    """An answer of the gateway by name (``invalid_sign``, ``missing_cipher``, …). Raises KeyError when there is none."""
    return _gateway()[name]


def gateway_names() -> tuple[str, ...]:
    return tuple(_gateway())


def _row(source_id: str, group_name: str, facts: dict[str, Any]) -> Row:
    return Row(
        id=source_id,
        group=group_name,
        title=facts["title"],
        method=facts["method"],
        path=facts["path"],
        versions=tuple(facts["versions"]),
        version_marks=facts.get("version_marks", {}),
        scope=tuple(facts["scope"]),
        cipher=facts["cipher"],
        media=facts.get("media", "json"),
        mark=facts.get("mark", "documented"),
        source=facts["source"],
        query=facts["query"],
        body=facts["body"],
        errors=tuple(facts["errors"]),
        response=facts["response"],
        added={version: {part: tuple(names) for part, names in parts.items()} for version, parts in facts.get("added", {}).items()},
    )


def _read(name: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((_HERE / f"{name}.json").read_bytes())
    return facts


@cache
def _index() -> dict[str, str]:
    return {source_id: name for name, members in _read("index").items() for source_id in members}


@cache
def _errors() -> dict[str, Any]:
    return _read("errors")


@cache
def _gateway() -> dict[str, Words]:
    return {name: Words(**facts) for name, facts in _errors()["gateway"].items()}
