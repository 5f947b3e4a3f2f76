"""Time: what the two clocks say, how they run, and letting time pass."""

from __future__ import annotations

from typing import Any

from ...domain import orders, shops
from ...domain.errors import Refused
from ...domain.orders import ORDERS
from ...domain.packages import PACKAGES
from ...domain.phases import Phase
from ...domain.products import PRODUCTS
from ...domain.shops import Seller
from ...domain.timers import TIMERS
from ...domain.world import World
from ...gateway.workspace import Workspace
from ..clocks import Clocks
from ..clockwork import next_moment
from . import naming
from .routes import SELLER, Ask, Field, Json, Problem, Route
from .workspaces import CLOCK, clock_of

_NAMED = ("next_due", *(phase.value for phase in Phase))
UNTIL = f"one of {', '.join(_NAMED)}, unix seconds of world time, or an ISO 8601 instant"
YEARS = 315_360_000  # seconds in ten years: nothing is advanced further at once


def _told(workspace: Workspace) -> Json:
    now = workspace.now()
    return {**clock_of(workspace).describe(), "now": now.wire, "next_due": next_moment(workspace)}


async def show(ask: Ask) -> Any:
    return _told(ask.workspace)


async def put(ask: Ask) -> Any:
    """Another pace from now on. What stands in payloads can change only while no client has been told an instant."""
    workspace = ask.workspace
    hand = clock_of(workspace)
    wire = ask.body.get("wire", hand.wire)
    if wire != hand.wire:
        if any(exchange.run == workspace.run for exchange in workspace.journal):
            detail = (
                f"wire time of {workspace.name!r} is {hand.wire!r} and clients have been told instants of it: it is chosen at creation, "
                f'or by POST /_mock/workspaces/{workspace.name}/reset {{"clock": {{"wire": "{wire}"}}}}'
            )
            raise Problem(409, "wire-chosen", "Wire time was chosen already", detail, field="wire")
        hand = workspace.clock = Clocks(mode=hand.mode, wire=wire, scale=hand.scale, real=hand.real, begin=hand.now().world)
    hand.set(mode=ask.body.get("mode"), scale=ask.body.get("scale"))
    ask.server.poke(workspace)
    return _told(workspace)


# ---- letting time pass -----------------------------------------------------------------------------------------------------------------


async def advance(ask: Ask) -> Any:
    """Let world time pass, each timer at its own moment, and wait for the webhooks that this causes."""
    workspace = ask.workspace
    target = _target(ask)
    report = await ask.server.advance(
        workspace, target, deliver=ask.body.get("deliver", "wait"), budget=ask.body.get("budget", 30), stop=None
    )
    told: Json = {
        "from": report.start.world,
        "to": report.end.world,
        "now": report.end.wire,
        "rang": [_rung(workspace.world, row) for row in report.rang],
        "settled": report.settled,
        "owed": report.owed,
        "next_due": next_moment(workspace),
    }
    if report.stuck_on:
        told["stuck_on"] = report.stuck_on
    return told


def _target(ask: Ask) -> int:
    """The world time to go to. Raises Problem where there is no such moment ahead."""
    workspace, body = ask.workspace, ask.body
    now = workspace.now().world
    if ("seconds" in body) == ("until" in body):
        raise Problem(422, "invalid", "How far?", 'give either seconds, or until ("next_due", a phase or an instant)', field="seconds")
    before: int = body.get("before", 0)
    moment = now + int(body["seconds"]) if "seconds" in body else _moment(ask, now)
    if moment - before < now:
        detail = f"that moment is {moment - now} s away: stopping {before} s before it lies in the past, and time does not go back"
        raise Problem(409, "past", "Time does not go back", detail, field="before" if before else "until")
    if moment - before > now + YEARS:
        raise Problem(422, "invalid", "Too far", f"at most {YEARS} seconds (ten years) at once", field="until")
    return moment - before


def possible_until(until: Any) -> bool:
    """Whether ``until`` names a moment at all."""
    return until in _NAMED or naming.moment(until) is not None


def _moment(ask: Ask, now: int) -> int:
    until = ask.body["until"]
    if until == "next_due":
        due = next_moment(ask.workspace)
        return now if due is None else max(now, due)
    if isinstance(until, str) and until in set(Phase):
        return _reaching(ask.world, ask.seller, Phase(until), now)
    read = naming.moment(until)
    if read is not None:
        return read
    raise Problem(422, "invalid", "That is no moment", f"until is {UNTIL}, not {until!r}", field="until", candidates=list(_NAMED))


def _reaching(world: World, seller: Seller, phase: Phase, now: int) -> int:
    """When the seller gets to that phase by itself."""
    order = list(Phase)
    if order.index(seller.phase) >= order.index(phase):
        return now
    due = merge_due(world, seller)
    if phase is Phase.MERGED and due is not None:
        return max(now, due)
    does = {
        Phase.MERGING: "link the shops: POST …/migration/link",
        Phase.MERGED: "link the shops first: POST …/migration/link",
        Phase.PRODUCT_MERGED: "the merchant confirms it: POST …/migration/confirm-product-merge",
    }[phase]
    raise Problem(
        409,
        "not-by-itself",
        "That does not come by itself",
        f"seller {seller.key!r} is in phase {seller.phase} and no time brings {phase}: {does}",
        field="until",
    )


def merge_due(world: World, seller: Seller) -> int | None:
    """World time at which the merge of a seller will be done; None while none is under way."""
    kind = "migration.complete"
    found = world.shelf(TIMERS).page("by_subject", (seller.serial, kind), (seller.serial, kind + "\0"), limit=1)
    return found[0].due if found else None


def _rung(world: World, row: Json) -> Json:
    return {"kind": row["kind"], "at": row["at"], "about": _about(world, row["kind"], row["subject"])}


def _about(world: World, kind: str, subject: int) -> Any:
    """What a timer was about, as it is called from outside."""
    order, package = world.get(ORDERS, subject), world.get(PACKAGES, subject)
    if kind.startswith("order.") and order is not None:
        return order.key
    if kind.startswith("package.") and package is not None:
        return orders.find(world, package.orders[0]).key
    product = world.get(PRODUCTS, subject)
    if product is not None and not kind.startswith("buyers."):
        return naming.product_ids(world, product)
    try:
        return shops.seller(world, subject).key
    except Refused:
        return {1: "tokopedia", 2: "tiktok_shop"}.get(subject)


_ADVANCE: dict[str, Field] = {
    **SELLER,
    "seconds": {"t": "int", "range": [0, YEARS], "help": "seconds of world time"},
    "until": {"t": "any", "help": "next_due, a phase of the seller, unix seconds of world time, or an ISO 8601 instant"},
    "before": {"t": "int", "range": [0, YEARS], "help": "stop so many seconds earlier"},
    "deliver": {
        "t": "str",
        "enum": ["wait", "send", "hold"],
        "help": "wait for first attempts of webhooks, send without waiting, or hold them back",
    },
    "budget": {"t": "num", "range": [0, 3600], "help": "real seconds that this may take; 30 when absent"},
}
_ANSWER: Json = {"now": 1737342000, "world": 1737342000, "mode": "frozen", "scale": 60, "wire": "virtual", "next_due": 1737345600}

ROUTES: tuple[Route, ...] = (
    Route("GET", "/workspaces/{id}/clock", show, "What the two clocks say, and when something is due next", answer=_ANSWER),
    Route(
        "PUT",
        "/workspaces/{id}/clock",
        put,
        "Let world time run with the real clock, by a scale, or not at all",
        body=CLOCK,
        example={"mode": "scaled", "scale": 60},
        answer={**_ANSWER, "mode": "scaled"},
    ),
    Route(
        "POST",
        "/workspaces/{id}/clock/advance",
        advance,
        "Let world time pass",
        body=_ADVANCE,
        example={"until": "MERGED", "before": 60},
        answer={
            "from": 1737342000,
            "to": 1737363540,
            "now": 1737363540,
            "rang": [{"kind": "migration.complete", "at": 1737363600, "about": "toko"}],
            "settled": True,
            "owed": 0,
            "next_due": None,
        },
    ),
)
