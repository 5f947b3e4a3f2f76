"""Endpoints and the catalogue of one platform: what can be called, and which of it a call means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..domain.phases import Family, Platform

if TYPE_CHECKING:
    from .call import Call

Handler = Callable[["Call"], Any]
Effect = Literal["read", "write"]


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """One operation of one platform: the facts of it, and the function that answers.

    ``path`` is a template (``/order/{version}/orders/search``); ``media`` tells two operations on one path apart; ``source`` names the
    row of facts; ``fidelity``: stateful, document or specimen; ``mark``: documented, observed or inferred.
    """

    platform: Platform
    method: str
    path: str
    family: Family
    effect: Effect
    source: str
    handler: Handler
    scope: tuple[str, ...] = ()
    media: str = "json"
    signed: bool = True  # False: needs no credentials (token, authorize page)
    shop: bool = True  # False: concerns no single shop
    fidelity: str = "stateful"
    mark: str = "documented"
    gate: Literal["refuse", "rows"] = "refuse"  # rows: the handler itself refuses row by row
    secret: bool = False  # the reply is a secret and stays out of the journal

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def unversioned(source: str) -> str:
    """The name of an endpoint without the version at its end: ``ship-package-202309`` is ``ship-package``."""
    name, _, version = source.rpartition("-")
    return name if len(version) == 6 and version.isdigit() else source


@dataclass(frozen=True, slots=True)
class Match:
    """What a method and a path mean: an endpoint with its path parameters, or why there is none."""

    endpoint: Endpoint | None
    params: dict[str, str]
    known_path: bool  # the path exists, if perhaps not for this method


class _Node:
    __slots__ = ("children", "endpoints", "wildcard")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.wildcard: _Node | None = None
        self.endpoints: dict[str, list[tuple[Endpoint, tuple[str, ...]]]] = {}


_NOTHING = Match(None, {}, False)


class Catalog:
    """All endpoints of one platform, found by method, path and media type; literal segments win over parameters."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._root = _Node()
        self._all: list[Endpoint] = []

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def endpoint(
        self, method: str, *paths: str, family: Family, effect: Effect, source: str, scope: str | tuple[str, ...] = (), **facts: Any
    ) -> Callable[[Handler], Handler]:
        """Declare a handler for a method and one path or several variants of it."""

        def declare(handler: Handler) -> Handler:
            for path in paths:
                for verb in method.split("|"):
                    self.add(
                        Endpoint(
                            self.platform,
                            verb,
                            path,
                            family,
                            effect,
                            source,
                            handler,
                            scope=(scope,) if isinstance(scope, str) and scope else tuple(scope),
                            **facts,
                        )
                    )
            return handler

        return declare

    def add(self, endpoint: Endpoint) -> None:
        """Take one endpoint in. Raises ValueError when method, path shape and media type are taken already."""
        node, names = self._root, []
        for segment in _segments(endpoint.path):
            if segment[:1] == "{":
                names.append(segment[1:-1])
                node.wildcard = node.wildcard or _Node()
                node = node.wildcard
            else:
                node = node.children.setdefault(segment, _Node())
        here = node.endpoints.setdefault(endpoint.method, [])
        if any(other.media == endpoint.media for other, _ in here):
            raise ValueError(f"{endpoint.name} ({endpoint.media}) is declared twice")
        here.append((endpoint, tuple(names)))
        self._all.append(endpoint)

    def match(self, method: str, path: str, media: str = "json") -> Match:
        """Which endpoint a call means. ``media``: ``multipart`` or anything else."""
        values: list[str] = []
        node = _walk(self._root, _segments(path), 0, values, method)
        if node is None:
            return _NOTHING
        here = node.endpoints.get(method)
        if not here:
            return Match(None, {}, bool(node.endpoints))
        endpoint, names = here[0]
        if len(here) > 1 or endpoint.media == "multipart":
            for candidate in here:
                if (candidate[0].media == "multipart") == (media == "multipart"):
                    endpoint, names = candidate
                    break
        return Match(endpoint, dict(zip(names, values, strict=True)) if names else {}, True)


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _walk(node: _Node, segments: list[str], depth: int, values: list[str], method: str) -> _Node | None:
    """The deepest fitting node: literal first, then the parameter; a branch that lacks the method yields to one that has it."""
    if depth == len(segments):
        return node if node.endpoints else None
    segment = segments[depth]
    other: _Node | None = None
    child = node.children.get(segment)
    if child is not None:
        found = _walk(child, segments, depth + 1, values, method)
        if found is not None and (method in found.endpoints or node.wildcard is None):
            return found
        other = found
    if node.wildcard is not None:
        mark = len(values)
        values.append(segment)
        found = _walk(node.wildcard, segments, depth + 1, values, method)
        if found is not None and (other is None or method in found.endpoints):
            return found
        del values[mark:]
    return other
