"""Time passes only when told: which timer is due next, and what it does when it rings."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from . import (
    aftersales,
    buyers,
    cancellations,
    chats,
    developers,
    migration,
    orders,
    outbox,
    placing,
    promotions,
    reviews,
    settlements,
    shipping,
    shops,
    timers,
    uploads,
)
from .errors import OrderState, Refused
from .instants import Instant
from .timers import TIMERS, Timer
from .world import World

Ring = Callable[[World, int], World]

RINGS: dict[str, Ring] = {
    **cancellations.RINGS,
    "order.pay": placing.paid,
    "order.collect": shipping.collected,
    "order.deliver": shipping.delivered,
    "order.complete": orders.completed,
    "package.collect": shipping.package_collected,
    "package.deliver": shipping.package_delivered,
    **developers.RINGS,
    "migration.complete": migration.complete,
    "migration.copy": migration.copy,
    "migration.natives": migration.natives_go_live,
    "product.audit": reviews.audited,
    "upload.work": uploads.work_off,
    "return.review": aftersales.overdue,
    "return.silence": aftersales.silent,
    "return.arrive": aftersales.arrived,
    "return.refund": aftersales.refunded,
    "chat.end": chats.end,
    "settlement.due": settlements.settled,
    "statement.pay": settlements.paid,
    "shop.close": shops.close_as_planned,
    "shop.open": shops.reopen,
    "slash.begin": promotions.begin,
    "slash.end": promotions.end,
    "buyers.tick": buyers.tick,
}


class Next(NamedTuple):
    """The earliest moment at which something is due, on each clock; None: nothing waits there."""

    world: int | None
    wire: int | None
    delivery: int | None


def next_due(world: World) -> Next:
    """When something rings or must be sent next."""
    return Next(_first(world, "world"), _first(world, "wire"), outbox.next_due(world))


def _first(world: World, clock: str) -> int | None:
    key = world.shelf(TIMERS).index("by_due").first((clock,))
    return key[1] if key is not None and key[0] == clock else None


def due(world: World, now: Instant) -> Timer | None:
    """The timer that rings next at or before that moment: of all that are due on either clock the first in order of (due, serial)."""
    shelf = world.shelf(TIMERS)
    found = None
    for clock, moment in (("world", now.world), ("wire", now.wire)):
        key = shelf.index("by_due").first((clock,))
        if key is not None and key[0] == clock and key[1] <= moment and (found is None or (key[1], key[2]) < found):
            found = (key[1], key[2])
    return None if found is None else shelf.get(found[1])


def ring(world: World, serial: int) -> World:
    """Ring one timer at ``world.now``. What it is about may have moved on (an order was cancelled): then nothing happens but that it is gone."""
    timer = world.get(TIMERS, serial)
    if timer is None:
        return world
    world = world.drop(TIMERS, serial)
    try:
        return RINGS[timer.kind](world, timer.subject)
    except Refused:
        return world


def expire(world: World, serial: int) -> World:
    """Let an order's next deadline pass at once. Raises OrderState where it waits for none."""
    orders.find(world, serial)
    for kind in ("order.unpaid_deadline", "order.accept_deadline", "order.cancel_review", "order.ship_deadline", "order.complete"):
        if world.shelf(TIMERS).page("by_subject", (serial, kind), (serial, kind + "\0"), limit=1):
            return RINGS[kind](timers.stop(world, kind, serial), serial)
    raise OrderState("this order waits for no deadline")
