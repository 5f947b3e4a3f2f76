"""Orders are cancelled: at once, when the seller grants the buyer's wish, or because something was not done in time."""

from __future__ import annotations

from collections.abc import Callable

from . import orders, packages, products, repacking, settlements, shipping, timers
from .errors import OrderState
from .events import CancellationRequested, CancellationSettled, OrderCancelled
from .instants import HOUR
from .orders import ORDERS, Act, Status
from .packages import PackageStatus
from .phases import Platform
from .world import World


def cancelled(world: World, serial: int, *, by: str, reason: str, code: int = 0) -> World:
    """The order will not be shipped: its units are free again. ``code``: the Tokopedia status number (0, 3, 5, 6, 10, 15)."""
    order = orders.find(world, serial)
    orders.allow(order, Act.CANCEL)
    if shipping.on_the_road(world, order):
        raise OrderState(f"cannot cancel order {order.key}: one of its packages is with the courier")
    if order.paid is not None:
        for item in order.units:
            world = products.release(world, item.product, item.sku, item.warehouse, item.delivered)
    for kind in ("order.unpaid_deadline", "order.pay", "order.accept_deadline", "order.ship_deadline", "order.cancel_review", "order.collect"):
        world = timers.stop(world, kind, serial)
    for package in order.packages:
        held = packages.find(world, package)
        if len(held.orders) > 1:
            world = repacking.out_of(world, held, serial, by, "PARTLY_CANCEL_SPLIT" if held.waits else "CANCEL_FULFILL_SPLIT")
        else:
            world = timers.stop(world, "package.collect", package)
    order = orders.find(world, serial)
    for package in order.packages:
        world = packages.moved(world, package, PackageStatus.CANCELLED)
    world = settlements.dropped(world, serial)
    request = "accepted" if order.cancel_request == "pending" else order.cancel_request
    world = orders.moved(
        world, order, Status.CANCELLED, by, reason, told=False, cancelled=world.now, cancelled_by=by, cancel_reason=reason, cancel_code=code, cancel_request=request
    )
    if request != order.cancel_request:
        world = world.tell(CancellationSettled(order.seller, world.now, serial, request))
    return world.tell(OrderCancelled(order.seller, world.now, serial, by, reason, order.status))


def request_cancel(world: World, serial: int, reason: str) -> World:
    """The buyer asks to cancel; an unpaid order is cancelled at once."""
    order = orders.find(world, serial)
    if order.status is Status.UNPAID:
        return cancelled(world, serial, by="buyer", reason=reason, code=15)
    orders.allow(order, Act.REQUEST_CANCEL)
    if order.cancel_request == "pending":
        raise OrderState("the buyer has asked already")
    after = order.but(cancel_request="pending", cancel_requested=world.now, cancel_reason=reason, updated=world.now, revised=world.revision)
    if order.platform is Platform.TIKTOK_SHOP:
        world = timers.deadline(world, "order.cancel_review", serial, world.rules.return_review_hours * HOUR)
    return repacking.regrouped(world.put(ORDERS, after), after.packages).tell(CancellationRequested(order.seller, world.now, serial, reason))


def settle_cancel(world: World, serial: int, outcome: str) -> World:
    """The seller accepts or rejects the buyer's request, or the buyer withdraws it."""
    order = orders.find(world, serial)
    if order.cancel_request != "pending":
        raise OrderState("the buyer has not asked to cancel this order")
    if outcome == "accepted":
        return cancelled(world, serial, by="buyer", reason=order.cancel_reason, code=10)
    world = timers.stop(world, "order.cancel_review", serial)
    after = order.but(cancel_request=outcome, updated=world.now, revised=world.revision)
    return repacking.regrouped(world.put(ORDERS, after), after.packages).tell(CancellationSettled(order.seller, world.now, serial, outcome))


# Timers about what was not done in time: kind → what it does to the order when it rings.
RINGS: dict[str, Callable[[World, int], World]] = {
    "order.unpaid_deadline": lambda world, serial: cancelled(world, serial, by="system", reason="not paid in time", code=0),
    "order.accept_deadline": lambda world, serial: cancelled(world, serial, by="system", reason="not accepted in time", code=6),
    "order.ship_deadline": lambda world, serial: cancelled(world, serial, by="system", reason="not shipped in time", code=0),
    "order.cancel_review": lambda world, serial: settle_cancel(world, serial, "accepted"),
}
