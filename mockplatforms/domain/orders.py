"""Orders: what a buyer bought of one seller, on the one platform where the order was created and stays."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from . import finance, products, settlements, timers
from .errors import OrderState, OrderUnknown
from .events import OrderMoved
from .instants import Instant
from .phases import Platform
from .shops import Address
from .table import Table
from .value import Value, value
from .world import World


class Status(StrEnum):
    """How far an order is, in words that belong to neither platform; each façade has its own word or number for it."""

    UNPAID = "unpaid"  # 100 · UNPAID
    PAID = "paid"  # 220 · AWAITING_SHIPMENT
    ACCEPTED = "accepted"  # 400 (Tokopedia only)
    PARTLY_ARRANGED = "partly_arranged"  # PARTIALLY_SHIPPING (TikTok Shop only)
    ARRANGED = "arranged"  # 450 · AWAITING_COLLECTION
    IN_TRANSIT = "in_transit"  # 500 · IN_TRANSIT
    DELIVERED = "delivered"  # 600 · DELIVERED
    COMPLAINED = "complained"  # 601 (Tokopedia only)
    COMPLETED = "completed"  # 700 · COMPLETED
    CANCELLED = "cancelled"  # 0, 3, 5, 6, 10, 15 by ``cancelled_by`` and ``cancel_code`` · CANCELLED
    RETURNED = "returned"  # 550 (Tokopedia only)


class Act(StrEnum):
    """What can be done to an order."""

    PAY = "pay"
    ACCEPT = "accept"
    REJECT = "reject"
    REQUEST_PICKUP = "request pick-up for"
    CONFIRM_SHIPPING = "confirm the shipping of"
    SHIP = "ship"
    COLLECT = "collect"
    DELIVER = "deliver"
    COMPLETE = "complete"
    COMPLAIN = "complain about"
    RETURN = "send back"
    CANCEL = "cancel"
    REQUEST_CANCEL = "ask to cancel"


_T, _S = Platform.TOKOPEDIA, Platform.TIKTOK_SHOP

# (platform, act) → the statuses in which the act is allowed; in every other it is refused with words.
# Tokopedia: its status numbers and error texts; TikTok Shop: the order overview. Cells of acts that are the courier's or buyer's: inferred.
ALLOWED: dict[tuple[Platform, Act], tuple[Status, ...]] = {
    (_T, Act.PAY): (Status.UNPAID,),
    (_T, Act.ACCEPT): (Status.PAID,),
    (_T, Act.REJECT): (Status.PAID, Status.ACCEPTED),
    (_T, Act.REQUEST_PICKUP): (Status.ACCEPTED,),
    (_T, Act.CONFIRM_SHIPPING): (Status.ACCEPTED, Status.ARRANGED),
    (_T, Act.SHIP): (),
    (_T, Act.COLLECT): (Status.ARRANGED,),
    (_T, Act.DELIVER): (Status.IN_TRANSIT,),
    (_T, Act.COMPLETE): (Status.DELIVERED, Status.COMPLAINED),
    (_T, Act.COMPLAIN): (Status.DELIVERED,),
    (_T, Act.RETURN): (Status.IN_TRANSIT, Status.DELIVERED, Status.COMPLAINED),
    (_T, Act.CANCEL): (Status.UNPAID, Status.PAID, Status.ACCEPTED, Status.ARRANGED),
    (_T, Act.REQUEST_CANCEL): (Status.PAID, Status.ACCEPTED, Status.ARRANGED),
    (_S, Act.PAY): (Status.UNPAID,),
    (_S, Act.ACCEPT): (),
    (_S, Act.REJECT): (),
    (_S, Act.REQUEST_PICKUP): (),
    (_S, Act.CONFIRM_SHIPPING): (),
    (_S, Act.SHIP): (Status.PAID, Status.PARTLY_ARRANGED),
    (_S, Act.COLLECT): (Status.PARTLY_ARRANGED, Status.ARRANGED),  # package by package
    (_S, Act.DELIVER): (Status.PARTLY_ARRANGED, Status.ARRANGED, Status.IN_TRANSIT),
    (_S, Act.COMPLETE): (Status.DELIVERED,),
    (_S, Act.COMPLAIN): (),
    (_S, Act.RETURN): (),
    (_S, Act.CANCEL): (Status.UNPAID, Status.PAID, Status.PARTLY_ARRANGED, Status.ARRANGED),  # until a courier has some of it
    (_S, Act.REQUEST_CANCEL): (Status.PAID,),
}

TERMINAL = frozenset({Status.COMPLETED, Status.CANCELLED, Status.RETURNED})


@value
class Item(Value):
    """One line as the buyer bought it: names and prices are those of that moment.

    ``serial`` … ``serial + quantity - 1`` are the units (TikTok Shop prints one line item per unit). ``package``: TikTok Shop only.
    """

    serial: int
    product: int
    sku: int
    name: str
    variant: str
    seller_sku: str
    image: str
    price: int  # per unit, what the buyer pays
    list_price: int  # per unit, before seller discount
    quantity: int
    weight: int  # grams per unit
    warehouse: int
    package: int = 0
    subsidy: int = 0  # per unit, what the platform pays of the seller's price (TikTok Shop)
    rejected: int = 0  # units that the seller does not deliver (Tokopedia's partial orders)

    @property
    def delivered(self) -> int:
        return self.quantity - self.rejected

    @property
    def sold_for(self) -> int:
        """What a unit brings the seller: what the buyer pays, and what the platform adds."""
        return self.price + self.subsidy

    @property
    def serials(self) -> range:
        """Its units."""
        return range(self.serial, self.serial + self.quantity)


@value
class Happened(Value):
    """One line of an order's history."""

    at: Instant
    status: Status
    by: str  # buyer, seller, system
    text: str = ""
    code: int = 0  # Tokopedia status number where the status alone does not tell it


@value
class Order(Value):
    serial: int
    key: str  # the world's identity of this order, the same in every report
    seller: int
    platform: Platform  # which side owns it, for good
    buyer_app: Platform  # where the buyer ordered: TOKOPEDIA on TikTok Shop after the merge
    buyer: int
    address: Address
    status: Status
    items: tuple[Item, ...]
    shipping_fee: int
    insurance_fee: int
    service_fee: int
    courier: int
    warehouse: int
    created: Instant
    updated: Instant
    revised: int
    history: tuple[Happened, ...]
    packages: tuple[int, ...] = ()
    is_cod: bool = False
    paid: Instant | None = None
    accepted: Instant | None = None
    arranged: Instant | None = None
    collected: Instant | None = None
    delivered: Instant | None = None
    completed: Instant | None = None
    cancelled: Instant | None = None
    cancelled_by: str = ""  # buyer, seller, system
    cancel_reason: str = ""
    cancel_code: int = 0  # Tokopedia status number of a cancellation
    cancel_request: str = ""  # "", pending, accepted, rejected, withdrawn
    cancel_requested: Instant | None = None
    accept_by: int = 0  # wire time
    ship_by: int = 0  # wire time
    awb: str = ""
    booking_code: str = ""
    tracking_number: str = ""
    provider: int = 0  # Courier serial that carries it, once arranged
    note: str = ""
    label_printed: bool = False
    address_changed: bool = False
    partial: tuple[tuple[int, int], ...] = ()  # (serial of the line, units) that the seller asked to deliver instead (Tokopedia)
    partial_status: str = ""  # "", requested, approved, rejected
    partial_requested: Instant | None = None
    detail: int = 0  # Tokopedia status number where the status alone does not tell it
    replaces: int = 0  # the order whose goods this one brings once more, for nothing
    shipping_subsidy: int = 0  # what the platform pays of the shipping fee; ``shipping_fee`` is the buyer's part (TikTok Shop)
    shadow_of: int | None = None  # the Tokopedia order that this one repeats (rule ``shadow_inflight``)

    @property
    def units(self) -> tuple[Item, ...]:
        """The lines whose units this order takes from stock: none where another order has them."""
        return self.items if self.shadow_of is None else ()

    @property
    def wished(self) -> bool:
        """Its cancellation, done or not, is what the buyer asked for; what follows a wish that was rejected or withdrawn is not."""
        return self.cancel_requested is not None and (self.cancelled is None or self.cancel_request == "accepted")

    @property
    def cancellation(self) -> Instant | None:
        """When its cancellation began: as a buyer's wish, or at once."""
        return self.cancel_requested if self.wished else self.cancelled

    @property
    def buyer_paid(self) -> bool:
        """The buyer's money has come: who pays in cash does when the goods arrive."""
        return self.delivered is not None if self.is_cod else self.paid is not None

    @property
    def product_total(self) -> int:
        return sum(item.price * item.delivered for item in self.items)

    @property
    def total(self) -> int:
        return self.product_total + self.shipping_fee + self.insurance_fee + self.service_fee


def _listed(o: Order) -> tuple[tuple[int, int, int], ...]:
    """Tokopedia's list shows orders that reached 220; the key is the order's creation, so an order paid late appears late."""
    return ((o.seller, o.created.wire, o.serial),) if o.platform is Platform.TOKOPEDIA and o.paid is not None else ()


def _listed_status(o: Order) -> tuple[tuple[int, str, int, int, int], ...]:
    """By status, and within it by the number that is told besides."""
    number = o.detail or (o.cancel_code if o.status is Status.CANCELLED else 0)
    return ((o.seller, o.status, number, o.created.wire, o.serial),) if o.platform is Platform.TOKOPEDIA and o.paid is not None else ()


def _cancelling(rest: Callable[[Order, int], tuple[int, ...]]) -> Callable[[Order], tuple[tuple[int, ...], ...]]:
    """TikTok Shop orders that were cancelled, or that a buyer has asked to cancel."""

    def keys(o: Order) -> tuple[tuple[int, ...], ...]:
        at = o.cancellation
        return ((o.seller, *rest(o, at.wire)),) if at is not None and o.platform is Platform.TIKTOK_SHOP else ()

    return keys


ORDERS = Table(
    "orders",
    Order,
    by_created=lambda o: ((o.seller, o.platform, o.created.wire, o.serial),),
    by_updated=lambda o: ((o.seller, o.platform, o.updated.wire, o.revised, o.serial),),
    by_status_created=lambda o: ((o.seller, o.platform, o.status, o.created.wire, o.serial),),
    by_status_updated=lambda o: ((o.seller, o.platform, o.status, o.updated.wire, o.revised, o.serial),),
    by_buyer=lambda o: ((o.seller, o.platform, o.buyer, o.created.wire, o.serial),),
    by_warehouse=lambda o: tuple((o.seller, o.platform, place, o.created.wire, o.serial) for place in dict.fromkeys(item.warehouse for item in o.items)),
    cancel_requests=lambda o: ((o.seller, o.platform, o.created.wire, o.serial),) if o.cancel_request == "pending" else (),
    cancellations_created=_cancelling(lambda o, at: (at, o.serial)),
    cancellations_updated=_cancelling(lambda o, at: (o.updated.wire, o.revised, o.serial)),
    listed=_listed,
    listed_status=_listed_status,
)


# ---- finding ------------------------------------------------------------------------------------------------------------------------------


def find(world: World, serial: int | None, platform: Platform | None = None) -> Order:
    """The order, on the platform that owns it: elsewhere it is unknown."""
    found = None if serial is None else world.get(ORDERS, serial)
    if found is None or (platform is not None and found.platform is not platform):
        raise OrderUnknown("there is no such order on this platform")
    return found


def allow(order: Order, act: Act) -> None:
    """Raises OrderState when the order's status does not allow the act."""
    allowed = ALLOWED[order.platform, act]
    if order.status not in allowed:
        fit = ", ".join(allowed) or f"no status at all on {order.platform}"
        raise OrderState(f"cannot {act} order {order.key}: it is {order.status}; that needs {fit}")


# ---- an order's life ----------------------------------------------------------------------------------------------------------------------


def moved(world: World, order: Order, to: Status, by: str, text: str = "", *, told: bool = True, **changes: Any) -> World:
    """The order in its next status, with a line of history and an event."""
    now = world.now
    changes = {"detail": 0, **changes}
    after = order.but(status=to, updated=now, revised=world.revision, history=(*order.history, Happened(now, to, by, text)), **changes)
    world = world.put(ORDERS, after)
    return world.tell(OrderMoved(order.seller, now, order.serial, order.status, to)) if told else world


def completed(world: World, serial: int) -> World:
    """The buyer is content, or the time to complain is over."""
    order = find(world, serial)
    allow(order, Act.COMPLETE)
    world = moved(timers.stop(world, "order.complete", serial), order, Status.COMPLETED, "system", completed=world.now)
    if order.platform is Platform.TOKOPEDIA:
        return finance.disburse(world, order.seller, serial, order.product_total)
    return settlements.due(world, serial)


def paid_back(world: World, serial: int) -> World:
    """All that the buyer paid for goods has gone back: the order is over, wherever its parcels are (documented for TikTok Shop)."""
    order = find(world, serial)
    if order.status not in (Status.ARRANGED, Status.IN_TRANSIT, Status.DELIVERED):
        return world
    for kind in ("order.collect", "order.deliver", "order.complete"):
        world = timers.stop(world, kind, serial)
    return settlements.due(moved(world, order, Status.COMPLETED, "system", completed=world.now), serial)


def complain(world: World, serial: int) -> World:
    """The buyer opens a case about a delivered Tokopedia order (600 → 601)."""
    order = find(world, serial)
    allow(order, Act.COMPLAIN)
    return moved(timers.stop(world, "order.complete", serial), order, Status.COMPLAINED, "buyer")


def returned(world: World, serial: int) -> World:
    """The goods of a Tokopedia order have come back to the seller (550): its units are free again."""
    order = find(world, serial)
    allow(order, Act.RETURN)
    for item in order.units:
        world = products.take_back(world, item.product, item.sku, item.warehouse, item.delivered)
    for kind in ("order.deliver", "order.complete"):
        world = timers.stop(world, kind, serial)
    return moved(world, order, Status.RETURNED, "system")


def printed(world: World, serial: int) -> World:
    """The seller has printed the label."""
    return world.put(ORDERS, find(world, serial).but(label_printed=True))


# Tokopedia status numbers that are told besides the status itself → the statuses in which they may be (documented or observed numbers).
DETAILS: dict[int, tuple[Status, ...]] = {
    103: (Status.UNPAID,),
    200: (Status.UNPAID,),
    221: (Status.PAID,),
    501: (Status.IN_TRANSIT,),
    520: (Status.IN_TRANSIT,),
    530: (Status.IN_TRANSIT,),
    540: (Status.IN_TRANSIT,),
    690: (Status.DELIVERED,),
    691: (Status.DELIVERED,),
    695: (Status.DELIVERED,),
    698: (Status.DELIVERED,),
    699: (Status.COMPLETED,),
    701: (Status.COMPLETED,),
    2: (Status.CANCELLED,),
    4: (Status.CANCELLED,),
    11: (Status.PAID,),
}


def mark(world: World, serial: int, number: int) -> World:
    """Courier, payment or fraud screening puts another number on a Tokopedia order, or takes it off again (0)."""
    order = find(world, serial, Platform.TOKOPEDIA)
    if number and order.status not in DETAILS.get(number, ()):
        fit = ", ".join(str(known) for known, statuses in DETAILS.items() if order.status in statuses) or "none"
        raise OrderState(f"order {order.key} is {order.status}: the numbers that it may carry then are {fit}, not {number}")
    return moved(world, order, order.status, "system", detail=number)
