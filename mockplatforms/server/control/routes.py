"""How a call of the control API is read: rows of routes, what each must bring along, and what it is told when it brings something else."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote

from ...domain import errors, shops
from ...domain.errors import Refused
from ...domain.shops import Seller
from ...domain.world import World
from ...gateway import fields
from ...gateway.call import Reply, query_pairs
from ...gateway.fields import Spec
from ...gateway.guesses import meant, nearest
from ...gateway.workspace import Workspace

if TYPE_CHECKING:
    from ..clockwork import Advance
    from ..simulator import Simulator

ROOT = "/_mock"
Json = dict[str, Any]


Field = Spec  # its help stands in the OpenAPI document


class Server(Protocol):
    """What the control API needs of the server around it."""

    @property
    def simulator(self) -> Simulator: ...

    @property
    def settings(self) -> Mapping[str, Any]: ...

    @property
    def base_url(self) -> str: ...

    async def advance(
        self,
        workspace: Workspace,
        target: int,
        *,
        deliver: str = "wait",
        budget: float = 30,
        stop: Callable[[Workspace], bool] | None = None,
    ) -> Advance: ...

    def poke(self, workspace: Workspace) -> None: ...

    async def attempted(self, workspace: Workspace, seconds: float) -> None: ...


class Problem(Exception):  # it is called what RFC 9457 calls it
    """A refusal as problem+json: what was asked, what is so and what would work. ``more`` are members of its own, like ``candidates``."""

    def __init__(self, status: int, kind: str, title: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.more = more

    def reply(self) -> Reply:
        told = {
            "type": f"urn:mockplatforms:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }
        return Reply((json.dumps(told, ensure_ascii=False).encode(),), status=self.status, content_type="application/problem+json")


# What the domain refuses, most special first: status, kind, title.
REFUSED: tuple[tuple[type[Refused], int, str, str], ...] = (
    (errors.PreconditionsUnmet, 409, "preconditions-unmet", "Preconditions do not hold"),
    (errors.NoAttemptsLeft, 409, "no-attempts-left", "No attempts left"),
    (errors.Unknown, 404, "unknown", "There is no such thing"),
    (errors.NotSold, 409, "not-sold", "That app does not sell it"),
    (errors.TooLittleStock, 409, "too-little-stock", "Too little stock"),
    (errors.Ambiguous, 409, "ambiguous", "More than one thing fits"),
    (errors.Forbidden, 409, "not-allowed", "Not allowed now"),
    (errors.Conflict, 409, "conflict", "It does not fit the state of the thing"),
    (errors.Invalid, 422, "invalid", "A value that cannot be"),
    (Refused, 409, "refused", "Refused"),
)


def problem_of(refused: Refused) -> Problem:
    """What the world refused, as a problem."""
    status, kind, title = next(row[1:] for row in REFUSED if isinstance(refused, row[0]))
    more: Json = {}
    if isinstance(refused, errors.PreconditionsUnmet):
        more["unmet"] = [{"name": name, "detail": detail} for name, detail in refused.unmet]
    if isinstance(refused, errors.Invalid) and refused.field:
        more["field"] = refused.field
    return Problem(status, kind, title, str(refused), **more)


def unknown(what: str, name: str, known: Sequence[str], there: str) -> Problem:
    """That a path names something that there is none of. ``there``: what there is."""
    words = f"there is no {what} {name!r}; {meant(nearest(name, known))}{there}"
    return Problem(404, "unknown", f"There is no such {what}", words, candidates=list(known))


@dataclass(frozen=True, slots=True)
class Route:
    """One row: what is called, by whom it is answered, what it takes, and an example of either direction for the document.

    ``example`` is a request body, ``answer`` what comes back for it.
    """

    method: str
    path: str  # under /_mock, with {parameters}
    handler: Callable[[Ask], Awaitable[Any]]
    summary: str
    body: Mapping[str, Field] = field(default_factory=dict)
    query: Mapping[str, Field] = field(default_factory=dict)
    example: Any = None
    answer: Any = field(default_factory=dict)
    status: int = 200
    media: str = "application/json"  # of what comes back
    act: bool = field(init=False)  # it changes one workspace, and belongs into its schedule
    segments: tuple[str, ...] = field(init=False)  # of the path

    def __post_init__(self) -> None:
        below = self.path.startswith("/workspaces/{id}/") and not self.path.endswith(("/reset", "/fork"))
        object.__setattr__(self, "act", self.method != "GET" and below)
        object.__setattr__(self, "segments", tuple(part for part in self.path.split("/") if part))


SELLER: Mapping[str, Field] = {"seller": {"t": "str", "help": "short name of a seller; absent: the first"}}


class Ask:
    """One call of the control API: parameters, query and body are read and judged."""

    def __init__(self, server: Server, route: Route, params: dict[str, str], query: Json, body: Json, origin: str) -> None:
        self.server = server
        self.route = route
        self.params = params
        self.query = query
        self.body = body
        self.origin = server.simulator.public_url or origin

    @property
    def simulator(self) -> Simulator:
        return self.server.simulator

    @property
    def workspace(self) -> Workspace:
        """The workspace that the path names."""
        name = self.params["id"]
        found = self.simulator.workspaces.get(name)
        if found is None:
            known = list(self.simulator.workspaces)
            raise Problem(
                404,
                "unknown",
                "There is no such workspace",
                f"there is no workspace {name!r}; {meant(nearest(name, known))}GET {ROOT}/workspaces lists those that are open",
                candidates=known[:20],
            )
        return found

    @property
    def world(self) -> World:
        return self.workspace.world

    @property
    def seller(self) -> Seller:
        """The seller that path, body or query name; absent: the first."""
        key = self.params.get("seller") or self.body.get("seller") or self.query.get("seller")
        world = self.world
        if key:
            return shops.named(world, key)
        everyone = shops.sellers(world)
        if not everyone:
            raise Problem(
                409,
                "no-seller",
                "There is no seller",
                f"workspace {self.params['id']!r} has no seller yet: POST {ROOT}/workspaces/{self.params['id']}/sellers makes one",
            )
        return everyone[0]

    def apply(self, operation: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Do something to the world in one commit, and let what is due because of it be noticed."""
        workspace = self.workspace
        result = workspace.apply(operation, *args, **kwargs)
        self.server.poke(workspace)
        return result


def find(routes: Iterable[Route], method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route that a call means, with its path parameters. Raises Problem 404 or 405 with what would work."""
    segments = [unquote(part) for part in path.split("/") if part][1:]  # behind /_mock
    others: list[str] = []
    best: tuple[int, Route, dict[str, str]] | None = None
    count = len(segments)
    for route in routes:
        params = _fits(route.segments, segments) if len(route.segments) == count else None
        if params is None:
            continue
        if route.method != method:
            others.append(route.method)
        elif best is None or len(params) < best[0]:
            best = (len(params), route, params)
    if best is not None:
        return best[1], best[2]
    if others:
        allowed = ", ".join(sorted(set(others)))
        raise Problem(
            405, "method", "That method is not answered here", f"{method} {path} is not answered; {allowed} is", allowed=sorted(set(others))
        )
    shapes = sorted({ROOT + route.path for route in routes})
    close = nearest(path, shapes)
    detail = f"there is no {path}" + (f"; did you mean {close[0]}?" if close else "") + f" GET {ROOT}/openapi.json lists everything"
    raise Problem(404, "unknown-path", "There is no such address", detail, candidates=close)


def _fits(template: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    """The path parameters of a call that fits; both have as many segments."""
    for wanted, given in zip(template, segments, strict=True):
        if wanted != given and wanted[0] != "{":
            return None
    return {wanted[1:-1]: given for wanted, given in zip(template, segments, strict=True) if wanted[0] == "{"}


def read(route: Route, query: str, body: bytes) -> tuple[Json, Json]:
    """Query and body as the route wants them. Raises Problem 400 or 422 that names the field."""
    pairs = query_pairs(query)
    _known(route.query, dict(pairs), "query parameter")
    asked, wrong = fields.query(route.query, pairs)
    _fine(wrong)
    given: Any = None
    if body.strip():
        try:
            given = json.loads(body)
        except (ValueError, RecursionError) as why:
            raise Problem(400, "malformed", "The body is no JSON", f"the body must be a JSON object: {why}") from None
    if route.method == "GET":
        return asked, {}
    if isinstance(given, dict):
        _known(route.body, given, "field")
    said, wrong = fields.body(route.body, given)
    _fine(wrong)
    return asked, said


def _known(specs: Mapping[str, Field], given: Mapping[str, Any], what: str) -> None:
    """Refuse what no row knows, with the nearest name."""
    for path in fields.unknown(specs, given):
        *parents, name = path.split(".")
        here: Mapping[str, Any] = specs
        for parent in parents:
            spec = here[parent.removesuffix("[]")]
            here = spec["items"]["fields"] if parent.endswith("[]") else spec["fields"]
        close = nearest(name, here, most=1)
        known = ", ".join(here) or "none"
        raise Problem(
            422,
            "unknown-field",
            f"Unknown {what}",
            f"there is no {what} {path!r}; {meant(close)}known: {known}",
            field=path,
            candidates=close or list(here),
        )


def _fine(wrong: list[fields.Problem]) -> None:
    if wrong:
        more = [{"field": one.path, "detail": one.words} for one in wrong]
        raise Problem(
            422, "invalid", "A value that cannot be", "; ".join(one.words for one in wrong[:5]), field=wrong[0].path, problems=more
        )
