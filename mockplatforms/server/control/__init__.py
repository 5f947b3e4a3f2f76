"""The control API: everything that lies outside the two platforms, one module per noun, one row per call."""

from __future__ import annotations

from typing import Any

from ...domain.errors import Refused
from ...gateway.call import Reply
from ..live import AdvanceWithin
from ..simulator import Act
from . import (
    about,
    apps,
    clock,
    conversations,
    discussions,
    documents,
    faults,
    journal,
    migration,
    money,
    orders,
    products,
    returns,
    schedules,
    sellers,
    stock,
    stories,
    triggers,
    webhooks,
    workspaces,
)
from .routes import Ask, Problem, Route, Server, find, problem_of, read

NOUNS = (
    about, workspaces, sellers, apps, clock, migration, orders, stories, products, returns, money, conversations, discussions, stock, journal, faults,
    webhooks, triggers, documents, schedules,
)  # fmt: skip
ROUTES: tuple[Route, ...] = tuple(route for noun in NOUNS for route in noun.ROUTES)


async def answer(server: Server, method: str, path: str, query: str, body: bytes, *, origin: str) -> tuple[int, dict[str, Any]] | Reply:
    """Answer one call of the control API. Never raises for anything that a client can send; a refusal is a problem+json Reply."""
    try:
        server.simulator.sweep()
        route, params = find(ROUTES, "GET" if method == "HEAD" else method, path)
        asked, said = read(route, query, body)
        ask = Ask(server, route, params, asked, said, origin)
        server.simulator.touch(params.get("id", ""))
        answered = await _done(ask, path)
    except Problem as problem:
        return problem.reply()
    except AdvanceWithin as no:
        return Problem(409, "advance-within", "An advance waits for this answer", str(no)).reply()
    except Refused as no:
        return problem_of(no).reply()
    return answered if isinstance(answered, tuple | Reply) else (200, answered)


async def _done(ask: Ask, path: str) -> Any:
    """What the call is answered; an act on a workspace is remembered, so that its schedule can be exported."""
    workspace = ask.simulator.workspaces.get(ask.params.get("id", ""))
    if workspace is None or not ask.route.act:
        return await ask.route.handler(ask)
    act = Act(ask.simulator.exchanges, workspace.now().world, ask.route.method, "/" + "/".join(path.split("/")[4:]), ask.body)
    try:
        answered = await ask.route.handler(ask)
    except (Problem, Refused):
        ask.simulator.remember(workspace, act._replace(refused=True))
        raise
    ask.simulator.remember(workspace, act)
    return answered


__all__ = ["ROUTES", "answer"]
