"""Rules of trouble under an address of the control API: listed, added, replaced and let go, the same for every kind of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from ...domain import shops
from ...gateway.odds import Impossible, Odds, Ruled
from ...gateway.workspace import Workspace
from .routes import Ask, Field, Json, Problem, Route, unknown

T = TypeVar("T")


class Noun(NamedTuple):
    """What such rules are called, where a workspace holds them, and how they are made. ``module``: where the OpenAPI document lists them."""

    one: str  # a fault; also the path parameter
    many: str  # faults: the path, the field, the attribute of the workspace
    module: str
    fields: Mapping[str, Field]
    possible: Callable[[Mapping[str, Any], Sequence[str], Iterable[str]], Any]  # row, sellers, names that are taken
    all_possible: Callable[[Iterable[Mapping[str, Any]], Sequence[str]], Any]
    words: Mapping[str, str]  # summaries of the calls: every, add, replace, clear, one, put, delete
    example: Json


def or_problem(noun: str, make: Callable[[], T]) -> T:
    """What ``make`` answers. Raises Problem for a rule that cannot be."""
    try:
        return make()
    except Impossible as no:
        raise Problem(422, "invalid", f"That {noun} cannot be", str(no), field=no.field, candidates=no.candidates) from None


def routes(noun: Noun) -> tuple[Route, ...]:
    """The calls about rules of one kind."""

    def of(workspace: Workspace) -> Ruled[Any]:
        held: Ruled[Any] = getattr(workspace, noun.many)
        return held

    def view(held: Ruled[Any], rule: Odds) -> Json:
        matched, struck = held.counts.get(rule.id, (0, 0))
        return {**rule.row, "matched": matched, "struck": struck}

    def told(held: Ruled[Any]) -> Json:
        return {noun.many: [view(held, rule) for rule in held.rules]}

    def sellers(ask: Ask) -> list[str]:
        return [seller.key for seller in shops.sellers(ask.world)]

    def named(ask: Ask) -> Any:
        name, held = ask.params[noun.one], of(ask.workspace)
        for rule in held.rules:
            if rule.id == name:
                return rule
        known = [rule.id for rule in held.rules]
        raise unknown(noun.one, name, known, f"there are {', '.join(known) or 'none'}")

    async def every(ask: Ask) -> Any:
        return told(of(ask.workspace))

    async def add(ask: Ask) -> Any:
        """One more rule, after the others."""
        held = of(ask.workspace)
        rule = or_problem(noun.one, lambda: noun.possible(ask.body, sellers(ask), [one.id for one in held.rules]))
        held.put(rule)
        return 201, view(held, rule)

    async def replace(ask: Ask) -> Any:
        """These rules in place of all others; each counts from 0."""
        made = type(of(ask.workspace))(or_problem(noun.one, lambda: noun.all_possible(ask.body[noun.many], sellers(ask))))
        setattr(ask.workspace, noun.many, made)
        return told(made)

    async def clear(ask: Ask) -> Any:
        held = of(ask.workspace)
        setattr(ask.workspace, noun.many, type(held)())
        return {"deleted": [rule.id for rule in held.rules]}

    async def one(ask: Ask) -> Any:
        return view(of(ask.workspace), named(ask))

    async def put(ask: Ask) -> Any:
        """The rule of that name: made where there is none, replaced where there is one; it counts from 0."""
        held = of(ask.workspace)
        rule = or_problem(noun.one, lambda: noun.possible({**ask.body, "id": ask.params[noun.one]}, sellers(ask), ()))
        held.put(rule)
        return view(held, rule)

    async def delete(ask: Ask) -> Any:
        rule = named(ask)
        of(ask.workspace).drop(rule.id)
        return {"id": rule.id, "deleted": True}

    handlers: dict[str, Callable[[Ask], Awaitable[Any]]] = {"every": every, "add": add, "replace": replace, "clear": clear, "one": one, "put": put, "delete": delete}
    for handler in handlers.values():
        handler.__module__ = noun.module
    unnamed = {name: spec for name, spec in noun.fields.items() if name != "id"}
    row = {**noun.example, "matched": 2, "struck": 1}
    all_of: Mapping[str, Field] = {noun.many: {"t": "list", "req": True, "items": {"t": "obj", "fields": dict(noun.fields)}, "help": "in the order in which they are looked at"}}
    at = f"/workspaces/{{id}}/{noun.many}"
    said = noun.words
    return (
        Route("GET", at, every, said["every"], answer={noun.many: [row]}),
        Route("POST", at, add, said["add"], body=noun.fields, example=noun.example, answer=row, status=201),
        Route("PUT", at, replace, said["replace"], body=all_of, example={noun.many: [noun.example]}, answer={noun.many: [row]}),
        Route("DELETE", at, clear, said["clear"], answer={"deleted": [noun.example["id"]]}),
        Route("GET", f"{at}/{{{noun.one}}}", one, said["one"], answer=row),
        Route("PUT", f"{at}/{{{noun.one}}}", put, said["put"], body=unnamed, example={name: held for name, held in noun.example.items() if name != "id"}, answer=row),
        Route("DELETE", f"{at}/{{{noun.one}}}", delete, said["delete"], answer={"id": noun.example["id"], "deleted": True}),
    )
