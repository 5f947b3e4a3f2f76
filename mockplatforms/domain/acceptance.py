"""A seller accepts an order on Tokopedia, whole or in part, or refuses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import cancellations, orders, products, timers
from .errors import Invalid, OrderState, Repeated
from .events import PartialFulfilment
from .orders import ORDERS, Act, Order, Status
from .phases import Platform
from .world import World


class Unchanged(Invalid):
    """A change that changes nothing."""


def accept(world: World, serial: int, *, rejected: Mapping[int, int] | None = None) -> World:
    """The seller accepts a Tokopedia order (220 → 400); ``rejected``: line → units that will not be delivered."""
    order = orders.find(world, serial, Platform.TOKOPEDIA)
    orders.allow(order, Act.ACCEPT)
    if rejected:
        world, order = _without(world, order, rejected)
    world = timers.stop(world, "order.accept_deadline", serial)
    return orders.moved(world, order, Status.ACCEPTED, "seller", accepted=world.now, booking_code=f"{serial:012d}")


def _without(world: World, order: Order, rejected: Mapping[int, int]) -> tuple[World, Order]:
    """The order with fewer units, which are free again. Raises Invalid unless something is left of it."""
    items = []
    for item in order.items:
        less = rejected.get(item.serial, 0)
        if not 0 <= less <= item.delivered:
            raise Invalid(f"of a line of {item.delivered} units, {less} cannot be left out", "quantity_reject")
        if less and order.shadow_of is None:
            world = products.release(world, item.product, item.sku, item.warehouse, less)
        items.append(item.but(rejected=item.rejected + less))
    if not any(item.delivered for item in items):
        raise Invalid("nothing would be left of the order: reject it", "quantity_reject")
    return world, order.but(items=tuple(items))


def request_partial(world: World, serial: int, wanted: Sequence[tuple[int, int]]) -> World:
    """The seller asks the buyer to be content with less. ``wanted``: (serial of the line, units to deliver); lines left out stay whole."""
    order = orders.find(world, serial, Platform.TOKOPEDIA)
    orders.allow(order, Act.ACCEPT)
    if order.partial_status:
        raise Repeated("a partial fulfilment was asked for before")
    lines = {item.serial: item for item in order.items}
    for line, units in wanted:
        if line not in lines:
            raise Invalid("that line is none of this order's", "order_dtl_id")
        if not 0 <= units <= lines[line].quantity:
            raise Invalid(f"{lines[line].quantity} units were ordered, {units} are more", "quantity_request")
    if all(lines[line].quantity == units for line, units in wanted):
        raise Unchanged("there is no change in any quantity", "quantity_request")
    if not any(dict(wanted).get(item.serial, item.quantity) for item in order.items):
        raise Invalid("nothing would be left of the order: reject it", "quantity_request")
    after = order.but(partial=tuple(wanted), partial_status="requested", partial_requested=world.now, updated=world.now, revised=world.revision)
    return world.put(ORDERS, after).tell(PartialFulfilment(order.seller, world.now, serial, "requested"))


def settle_partial(world: World, serial: int, outcome: str) -> World:
    """The buyer answers the seller's wish to deliver less: approved or rejected."""
    order = orders.find(world, serial)
    if order.partial_status != "requested":
        raise OrderState("the seller has not asked to deliver less")
    if outcome == "approved":
        orders.allow(order, Act.ACCEPT)
        less = {line: item.quantity - units for line, units in order.partial for item in order.items if item.serial == line}
        world, order = _without(world, order, less)
    after = order.but(partial_status=outcome, updated=world.now, revised=world.revision)
    return world.put(ORDERS, after).tell(PartialFulfilment(order.seller, world.now, serial, outcome))


def reject(world: World, serial: int, *, code: int, reason: str, empty_products: Sequence[int] = ()) -> World:
    """The seller refuses a Tokopedia order (nack). ``empty_products``: products that go out of stock with it (reason 1)."""
    order = orders.find(world, serial, Platform.TOKOPEDIA)
    if code == 8:
        return cancellations.settle_cancel(world, serial, "accepted")
    orders.allow(order, Act.REJECT)
    world = cancellations.cancelled(world, serial, by="seller", reason=reason, code=10)
    for product in empty_products:
        record = products.living(world, products.find(world, product))
        for sku in record.skus:
            for stock in sku.stock:
                world = products.set_stock(world, record.serial, sku.serial, stock.warehouse, 0)
    return world
