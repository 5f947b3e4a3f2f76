"""Refunds and returns of TikTok Shop orders, as buyers, couriers and the platform move them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...domain import aftersales, orders, shops, timers
from ...domain.aftersales import RETURNS, Kind, Picture, Return, State
from ...domain.errors import ReturnState
from ...domain.phases import Platform
from ...domain.world import World
from ...tiktok_shop import reasons
from ...tiktok_shop.returns import status
from . import naming
from .routes import SELLER, Ask, Field, Json, Problem, Route

_S = Platform.TIKTOK_SHOP


def described(world: World, held: Return) -> Json:
    return {
        "return_id": naming.wire(world, "request", held.serial, _S),
        "order_id": naming.wire(world, "order", held.order, _S),
        "order": orders.find(world, held.order).key,
        "seller": shops.seller(world, held.seller).key,
        "kind": str(held.kind),
        "status": status(held),
        "reason": held.reason,
        "amount": held.amount + held.shipping,
        "refunded": held.refunded,
        "arbitration": held.arbitration or None,
        "replacement": orders.find(world, held.replacement).key if held.replacement else None,
        "units": len(held.units),
        "deadline": held.deadline or None,
        "created": naming.instant(held.created),
        "updated": naming.instant(held.updated),
    }


async def ask(ask: Ask) -> Any:
    """A buyer asks for money back, with or without sending the goods back; no number of units: all."""
    body, world = ask.body, ask.world
    order = naming.order(world, body["order"])
    kind = Kind(body.get("kind", "REFUND"))
    listed = reasons.of_buyer(kind, order.status)
    reason = body.get("reason") or next(iter(listed))
    if reason not in listed:
        raise Problem(422, "invalid", "There is no such reason", f"{reason!r} is no buyer's reason for a {kind}: {', '.join(listed)}", field="reason", candidates=list(listed))
    taken = aftersales.taken(world, order)
    free = [unit for unit in aftersales.units_of(order) if unit not in taken]
    shown = (Picture(200, 200),) * body.get("images", 0) + (Picture(200, 200, millis=3000),) * body.get("videos", 0)
    units = tuple(free[: body.get("units", len(free))])
    serial = ask.apply(aftersales.ask, order.serial, kind, by="buyer", reason=reason, units=units, note=body.get("note", ""), shown=shown)
    return 201, described(ask.world, aftersales.find(ask.world, serial))


async def every(ask: Ask) -> Any:
    """The refunds and returns of a seller, the latest first."""
    world, owner = ask.world, ask.seller.serial
    rows = world.shelf(RETURNS).page("by_created", (owner,), (owner + 1,), reverse=True, limit=500)
    return {"returns": [described(world, row) for row in rows]}


def _expire(world: World, serial: int) -> World:
    held = aftersales.find(world, serial)
    if held.deadline:
        return aftersales.overdue(timers.stop(world, "return.review", serial), serial)
    after = aftersales.silent(timers.stop(world, "return.silence", serial), serial)
    if aftersales.find(after, serial).state is held.state:
        raise ReturnState(f"this request is {held.state}: nobody has to answer it")
    return after


def _refund(world: World, serial: int) -> World:
    if aftersales.find(world, serial).state is not State.SUCCEEDED:
        raise ReturnState("the money goes back once the request was approved")
    return aftersales.refunded(timers.stop(world, "return.refund", serial), serial)


# act → (what it does, in words)
ACTS: dict[str, tuple[Callable[[World, int], World], str]] = {
    "send-back": (lambda world, serial: aftersales.send_back(world, serial, ""), "The buyer hands the parcel over"),
    "arrive": (aftersales.arrived, "The parcel is back with the seller"),
    "withdraw": (aftersales.withdraw, "The buyer takes the request back"),
    "accept-offer": (lambda world, serial: aftersales.answer_offer(world, serial, accepts=True), "The buyer is content with the part that was offered"),
    "decline-offer": (lambda world, serial: aftersales.answer_offer(world, serial, accepts=False), "The buyer wants all of it"),
    "dispute": (lambda world, serial: aftersales.arbitrate(world, serial, "IN_PROGRESS"), "The buyer asks the platform to judge a rejection"),
    "support-buyer": (lambda world, serial: aftersales.arbitrate(world, serial, "SUPPORT_BUYER"), "The platform judges for the buyer"),
    "support-seller": (lambda world, serial: aftersales.arbitrate(world, serial, "SUPPORT_SELLER"), "The platform judges for the seller"),
    "refund": (_refund, "The money arrives at once"),
    "expire": (_expire, "The time to answer is over at once: the seller's (a yes) or the buyer's (a no)"),
}


def _acting(name: str) -> Callable[[Ask], Any]:
    operation = ACTS[name][0]

    async def act(ask: Ask) -> Any:
        held = aftersales.find(ask.world, naming.serial(ask.world, "request", ask.params["return"], _S))
        ask.apply(operation, held.serial)
        return described(ask.world, aftersales.find(ask.world, held.serial))

    return act


_AT = "/workspaces/{id}/returns"
_BODY: dict[str, Field] = {
    "order": {"t": "str", "req": True, "help": "key of a TikTok Shop order, or its id"},
    "kind": {"t": "str", "enum": [str(kind) for kind in Kind], "help": "REFUND when absent"},
    "reason": {"t": "str", "help": "one of the platform's names; absent: the first that fits"},
    "units": {"t": "int", "range": [1, 1000], "help": "how many; absent: all that are left"},
    "note": {"t": "str", "len": [0, 500], "help": "what the buyer says about it"},
    "images": {"t": "int", "range": [0, 9], "help": "pictures that the buyer shows"},
    "videos": {"t": "int", "range": [0, 3], "help": "films that the buyer shows"},
}
_ANSWER: Json = {"return_id": "4037…", "order_id": "5764…", "kind": "REFUND", "status": "RETURN_OR_REFUND_REQUEST_PENDING", "amount": 125000}

ROUTES: tuple[Route, ...] = (
    Route("POST", _AT, ask, "A buyer asks for money back, or to send goods back", body=_BODY, example={"order": "order-4711", "kind": "REFUND"}, answer=_ANSWER, status=201),
    Route("GET", _AT, every, "The refunds and returns of a seller, the latest first", query=SELLER, answer={"returns": [_ANSWER]}),
    *(Route("POST", _AT + "/{return}/" + name, _acting(name), summary, example={}, answer=_ANSWER) for name, (_, summary) in ACTS.items()),
)
