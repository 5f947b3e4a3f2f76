"""Trouble on request: which calls of a workspace go wrong, how, and how often each of its rules has struck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ...domain import shops
from ...gateway import faults
from ...gateway.faults import FIELDS, Fault, Faults, Impossible
from ..simulator import FACADES
from .routes import Ask, Field, Json, Problem, Route, nearest

T = TypeVar("T")


def view(held: Faults, rule: Fault) -> Json:
    """A rule with the calls that it has matched and struck since the run began."""
    matched, struck = held.counts.get(rule.id, (0, 0))
    return {**rule.row, "matched": matched, "struck": struck}


def told(held: Faults) -> Json:
    return {"faults": [view(held, rule) for rule in held.rules]}


def _or_problem(make: Callable[[], T]) -> T:
    """What ``make`` answers. Raises Problem for a fault that cannot be."""
    try:
        return make()
    except Impossible as no:
        raise Problem(422, "invalid", "That fault cannot be", str(no), field=no.field, candidates=no.candidates) from None


def _sellers(ask: Ask) -> list[str]:
    return [seller.key for seller in shops.sellers(ask.world)]


def _named(ask: Ask) -> Fault:
    """The fault that the path names. Raises Problem."""
    name, held = ask.params["fault"], ask.workspace.faults
    for rule in held.rules:
        if rule.id == name:
            return rule
    known = [rule.id for rule in held.rules]
    close = nearest(name, known, most=1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    raise Problem(404, "unknown", "There is no such fault", f"there is no fault {name!r}; {meant}there are {', '.join(known) or 'none'}", candidates=known)


async def every(ask: Ask) -> Any:
    return told(ask.workspace.faults)


async def add(ask: Ask) -> Any:
    """One more rule, after the others."""
    held = ask.workspace.faults
    rule = _or_problem(lambda: faults.possible(ask.body, FACADES, sellers=_sellers(ask), taken=[one.id for one in held.rules]))
    held.put(rule)
    return 201, view(held, rule)


async def replace(ask: Ask) -> Any:
    """These rules in place of all others; each counts from 0."""
    workspace = ask.workspace
    workspace.faults = Faults(_or_problem(lambda: faults.all_possible(ask.body["faults"], FACADES, sellers=_sellers(ask))))
    return told(workspace.faults)


async def clear(ask: Ask) -> Any:
    gone = told(ask.workspace.faults)["faults"]
    ask.workspace.faults = Faults()
    return {"deleted": [row["id"] for row in gone]}


async def one(ask: Ask) -> Any:
    return view(ask.workspace.faults, _named(ask))


async def put(ask: Ask) -> Any:
    """The rule of that name: made where there is none, replaced where there is one; it counts from 0."""
    held = ask.workspace.faults
    rule = _or_problem(lambda: faults.possible({**ask.body, "id": ask.params["fault"]}, FACADES, sellers=_sellers(ask)))
    held.put(rule)
    return view(held, rule)


async def delete(ask: Ask) -> Any:
    rule = _named(ask)
    ask.workspace.faults.drop(rule.id)
    return {"id": rule.id, "deleted": True}


_UNNAMED: Mapping[str, Field] = {name: spec for name, spec in FIELDS.items() if name != "id"}
_EXAMPLE: Json = {"fault": "reset", "side": "after", "endpoint": "ship-package", "nth": [1]}
_ROW: Json = {"id": "ship-lost", **_EXAMPLE, "matched": 2, "struck": 1}

ROUTES: tuple[Route, ...] = (
    Route("GET", "/workspaces/{id}/faults", every, "The rules of trouble in their order, and how often each matched and struck", answer={"faults": [_ROW]}),
    Route("POST", "/workspaces/{id}/faults", add, "Let calls go wrong", body=FIELDS, example={"id": "ship-lost", **_EXAMPLE}, answer=_ROW, status=201),
    Route(
        "PUT",
        "/workspaces/{id}/faults",
        replace,
        "These rules in place of all others",
        body={"faults": {"t": "list", "req": True, "items": {"t": "obj", "fields": dict(FIELDS)}, "help": "in the order in which they are looked at"}},
        example={"faults": [{"id": "ship-lost", **_EXAMPLE}]},
        answer={"faults": [_ROW]},
    ),
    Route("DELETE", "/workspaces/{id}/faults", clear, "Let nothing go wrong any more", answer={"deleted": ["ship-lost"]}),
    Route("GET", "/workspaces/{id}/faults/{fault}", one, "One rule with its counts", answer=_ROW),
    Route("PUT", "/workspaces/{id}/faults/{fault}", put, "Make or replace the rule of that name", body=_UNNAMED, example=_EXAMPLE, answer=_ROW),
    Route("DELETE", "/workspaces/{id}/faults/{fault}", delete, "Let one rule go", answer={"id": "ship-lost", "deleted": True}),
)
