"""Refunds and returns of TikTok Shop orders: asked for, judged, sent back, paid back; each a machine of its own beside the order's."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from . import cancellations, orders, placing, products, settlements, timers
from .errors import Invalid, ProductUnknown, ReturnState, ReturnUnknown, TooLittleStock
from .events import ReturnMoved
from .instants import HOUR, Instant
from .orders import Item, Order, Status
from .phases import Platform
from .table import Table
from .value import Value, value
from .world import Change, World


class Kind(StrEnum):
    """What is asked for."""

    REFUND = "REFUND"
    RETURN_AND_REFUND = "RETURN_AND_REFUND"
    REPLACEMENT = "REPLACEMENT"


class State(StrEnum):
    """How far it is, in words that belong to no platform."""

    PENDING = "pending"
    REJECTED = "rejected"
    AWAITING_PARCEL = "awaiting parcel"
    ON_THE_WAY = "on the way"
    PARCEL_REJECTED = "parcel rejected"
    OFFERED = "offered"  # the seller has offered a part, the buyer answers
    SUCCEEDED = "succeeded"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Decision(StrEnum):
    """What a seller can say to it."""

    APPROVE_REFUND = "APPROVE_REFUND"
    APPROVE_RETURN = "APPROVE_RETURN"
    APPROVE_RECEIVED_PACKAGE = "APPROVE_RECEIVED_PACKAGE"
    APPROVE_REPLACEMENT = "APPROVE_REPLACEMENT"
    ISSUE_REPLACEMENT_REFUND = "ISSUE_REPLACEMENT_REFUND"
    OFFER_PARTIAL_REFUND = "OFFER_PARTIAL_REFUND"
    OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG = "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG"
    REJECT_REFUND = "REJECT_REFUND"
    REJECT_RETURN = "REJECT_RETURN"
    REJECT_RECEIVED_PACKAGE = "REJECT_RECEIVED_PACKAGE"
    REJECT_REPLACEMENT = "REJECT_REPLACEMENT"


class Fit(NamedTuple):
    """When a decision fits: for these kinds, in these states; and what becomes of it."""

    kinds: frozenset[Kind]
    states: frozenset[State]
    to: State


_GOODS, _MONEY, _SWAP = frozenset({Kind.RETURN_AND_REFUND}), frozenset({Kind.REFUND}), frozenset({Kind.REPLACEMENT})
_ASKED, _COMING = frozenset({State.PENDING}), frozenset({State.ON_THE_WAY})

# Documented: which decision answers what, and where it leads.
DECISIONS: dict[Decision, Fit] = {
    Decision.APPROVE_REFUND: Fit(_MONEY | _GOODS, _ASKED, State.SUCCEEDED),
    Decision.APPROVE_RETURN: Fit(_GOODS, _ASKED, State.AWAITING_PARCEL),
    Decision.APPROVE_RECEIVED_PACKAGE: Fit(_GOODS, _COMING, State.SUCCEEDED),
    Decision.APPROVE_REPLACEMENT: Fit(_SWAP, _ASKED, State.COMPLETED),
    Decision.ISSUE_REPLACEMENT_REFUND: Fit(_SWAP, _ASKED, State.SUCCEEDED),
    Decision.OFFER_PARTIAL_REFUND: Fit(_MONEY | _GOODS, _ASKED, State.OFFERED),
    Decision.OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG: Fit(_GOODS, _COMING, State.OFFERED),
    Decision.REJECT_REFUND: Fit(_MONEY, _ASKED, State.REJECTED),
    Decision.REJECT_RETURN: Fit(_GOODS, _ASKED, State.REJECTED),
    Decision.REJECT_RECEIVED_PACKAGE: Fit(_GOODS, _COMING, State.PARCEL_REJECTED),
    Decision.REJECT_REPLACEMENT: Fit(_SWAP, _ASKED, State.REJECTED),
}
OVER = frozenset({State.COMPLETED, State.CANCELLED})

# Statuses of the order in which buyer or seller may ask (documented; a seller's refund and return: by market policy).
ALLOWED: dict[tuple[str, Kind], tuple[Status, ...]] = {
    ("buyer", Kind.REFUND): (Status.ARRANGED, Status.IN_TRANSIT, Status.DELIVERED),
    ("buyer", Kind.RETURN_AND_REFUND): (Status.DELIVERED,),
    ("buyer", Kind.REPLACEMENT): (Status.DELIVERED,),
    ("seller", Kind.REFUND): (Status.ARRANGED, Status.DELIVERED),
    ("seller", Kind.RETURN_AND_REFUND): (Status.DELIVERED,),
    ("seller", Kind.REPLACEMENT): (),
}


@value
class Picture(Value):
    """A picture, or a film where it lasts: ``name`` is the id under which the seller uploaded it, empty for what the buyer has shown."""

    width: int
    height: int
    name: str = ""
    millis: int = 0


@value
class Record(Value):
    """One line of its history."""

    at: Instant
    event: str
    by: str  # buyer, seller, system, operator
    reason: str = ""
    note: str = ""
    shown: tuple[Picture, ...] = ()


@value
class Return(Value):
    """``units``: serials of single units of the order's lines. Amounts in whole rupiah. ``deadline``: wire time, 0: the seller has not to answer.

    ``previous`` and ``following``: what the buyer asked for before about one of these units, and after it.
    """

    serial: int
    seller: int
    order: int
    buyer: int
    kind: Kind
    state: State
    by: str
    reason: str
    units: tuple[int, ...]
    amount: int
    shipping: int
    created: Instant
    updated: Instant
    revised: int
    records: tuple[Record, ...] = ()
    deadline: int = 0
    tracking: str = ""
    keeps: bool = False  # the buyer keeps the goods
    offered: int = 0
    declined: bool = False  # the buyer has declined an offer
    arbitration: str = ""  # "", IN_PROGRESS, SUPPORT_BUYER, SUPPORT_SELLER, CLOSED
    refunded: int = 0
    reject_reason: str = ""
    arrived: Instant | None = None  # the goods are with the seller again
    resumes: State = State.PENDING  # where it goes on once an offer is declined
    previous: int = 0
    following: int = 0
    replacement: int = 0  # the order that replaces the goods
    carrier: int = 0  # courier that brings the goods back, where the seller named one

    @property
    def comes_back(self) -> bool:
        """The goods are, were or will be on their way back."""
        return self.kind is Kind.RETURN_AND_REFUND and any(record.event == "AGREE_RETURN" for record in self.records)


RETURNS = Table(
    "returns",
    Return,
    by_created=lambda r: ((r.seller, r.created.wire, r.serial),),
    by_updated=lambda r: ((r.seller, r.updated.wire, r.revised, r.serial),),
    by_order=lambda r: ((r.order, r.serial),),
    by_buyer=lambda r: ((r.seller, r.buyer, r.serial),),
    by_state=lambda r: ((r.seller, r.kind is Kind.REPLACEMENT, r.state, r.created.wire, r.serial),),
)


def find(world: World, serial: int | None) -> Return:
    found = None if serial is None else world.get(RETURNS, serial)
    if found is None:
        raise ReturnUnknown("there is no such refund or return")
    return found


def of_order(world: World, order: int) -> list[Return]:
    return world.shelf(RETURNS).page("by_order", (order,), (order + 1,))


# ---- what can be asked for --------------------------------------------------------------------------------------------------------------


def taken(world: World, order: Order) -> set[int]:
    """Units that another refund or return has, or had; what was rejected keeps its units as long as the buyer may dispute it."""
    return {unit for held in of_order(world, order.serial) if held.state is not State.CANCELLED for unit in held.units}


def units_of(order: Order) -> list[int]:
    return [unit for item in order.items for unit in range(item.serial, item.serial + item.quantity)]


def item_of(order: Order, unit: int) -> Item:
    for item in order.items:
        if item.serial <= unit < item.serial + item.quantity:
            return item
    raise Invalid("that line is none of this order's", "order_line_item_ids")


def refundable(world: World, order: Order, units: Sequence[int]) -> tuple[int, int]:
    """What these units cost the buyer, and the shipping fee that goes back with the last of an order that never arrived."""
    goods = sum(item_of(order, unit).price for unit in units)
    rest = set(units_of(order)) - taken(world, order) - set(units)
    return goods, order.shipping_fee if not rest and order.delivered is None else 0


def ask(
    world: World,
    order_serial: int,
    kind: Kind,
    *,
    by: str,
    reason: str,
    units: Sequence[int] = (),
    amount: int | None = None,
    note: str = "",
    shown: tuple[Picture, ...] = (),
) -> Change:
    """Buyer or seller asks for money back, with or without the goods. No units: all that are left. Answers its serial."""
    order = orders.find(world, order_serial, Platform.TIKTOK_SHOP)
    allowed = ALLOWED[by, kind]
    if not order.buyer_paid:
        raise ReturnState(f"nothing of order {order.key} can be paid back: its buyer has not paid" + (", but will in cash on delivery" if order.is_cod else ""))
    if order.status not in allowed:
        fit = ", ".join(allowed) or "no status at all"
        raise ReturnState(f"a {by} cannot ask for a {kind} of order {order.key}: it is {order.status}; that needs {fit}")
    held = taken(world, order)
    wanted = tuple(units) or tuple(unit for unit in units_of(order) if unit not in held)
    if not wanted or len(set(wanted)) < len(wanted):
        raise Invalid("nothing is left of this order to be refunded" if not wanted else "a unit is named twice", "order_line_item_ids")
    for unit in wanted:
        item_of(order, unit)
        if unit in held:
            raise ReturnState("a unit is in another refund or return already")
    goods, shipping = refundable(world, order, wanted)
    if amount is not None and not 0 < amount <= goods + shipping:
        raise Invalid(f"at most {goods + shipping} rupiah can be refunded, not {amount}", "refund_total")
    before = next((one for one in reversed(of_order(world, order_serial)) if set(one.units) & set(wanted)), None)
    serial, world = world.take()
    now = world.now
    made = Return(
        serial,
        order.seller,
        order.serial,
        order.buyer,
        kind,
        State.PENDING,
        by,
        reason,
        wanted,
        goods if amount is None else min(amount, goods),
        shipping if amount is None else max(0, amount - goods),
        now,
        now,
        world.revision,
        (Record(now, "ORDER_REFUND" if kind is Kind.REFUND else "ORDER_RETURN", by, reason, note, shown),),
        previous=0 if before is None else before.serial,
    )
    if before is not None:
        world = world.put(RETURNS, before.but(following=serial))
    world = _waiting(world.put(RETURNS, made), made)
    return Change(world.tell(ReturnMoved(order.seller, now, serial, "", made.state)), serial)


def cancel_order(world: World, serial: int, *, by: str, reason: str, code: int = 0) -> World:
    """The order is cancelled and paid back as a whole. Raises ReturnState where something of it is, or was, asked back already."""
    order = orders.find(world, serial)
    if taken(world, order):
        raise ReturnState(f"order {order.key} cannot be cancelled: money for some of it goes back by a refund or return, or has gone")
    return cancellations.cancelled(world, serial, by=by, reason=reason, code=code)


# ---- how it goes on -----------------------------------------------------------------------------------------------------------------------


def _waiting(world: World, held: Return) -> World:
    """The seller's time to answer begins: documented 48 hours, 24 for a replacement; silence is a yes."""
    hours = world.rules.replacement_hours if held.kind is Kind.REPLACEMENT else world.rules.return_review_hours
    world = world.put(RETURNS, held.but(deadline=world.now.wire + hours * HOUR))
    return timers.deadline(world, "return.review", held.serial, hours * HOUR)


def _silence(world: World, state: State) -> int:
    """Hours in which the buyer must do something about a request that stands so; 0: it is not the buyer's turn."""
    rules = world.rules
    buyers = {
        State.OFFERED: rules.return_review_hours,
        State.AWAITING_PARCEL: rules.return_ship_hours,
        State.REJECTED: rules.dispute_hours,
        State.PARCEL_REJECTED: rules.dispute_hours,
    }
    return buyers.get(state, 0)


def _moved(
    world: World, held: Return, to: State, event: str, by: str, *, reason: str = "", note: str = "", shown: tuple[Picture, ...] = (), **changes: object
) -> World:
    now = world.now
    for kind in ("return.review", "return.silence", "return.arrive"):
        world = timers.stop(world, kind, held.serial)
    record = Record(now, event, by, reason, note, shown)
    after = held.but(state=to, updated=now, revised=world.revision, deadline=0, records=(*held.records, record), **changes)
    world = world.put(RETURNS, after).tell(ReturnMoved(held.seller, now, held.serial, held.state, to))
    if to is State.SUCCEEDED:
        return timers.set(world, "return.refund", held.serial, due=now.world + world.rules.refund_seconds)
    hours = _silence(world, to)
    return timers.deadline(world, "return.silence", held.serial, hours * HOUR) if hours else world


def fits(held: Return, decision: Decision) -> str:
    """Why a decision does not fit; empty when it does: ``kind``, ``state``, ``over`` or ``judged`` (the platform decides now)."""
    rule = DECISIONS[decision]
    if held.kind not in rule.kinds:
        return "kind"
    early = decision is Decision.OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG and held.arrived is None
    if held.state in rule.states and not early:
        return ""
    if held.arbitration == "IN_PROGRESS":
        return "judged"
    return "over" if held.state in OVER or held.state is State.SUCCEEDED else "state"


def decide(
    world: World,
    serial: int,
    decision: Decision,
    *,
    by: str = "seller",
    reason: str = "",
    note: str = "",
    keeps: bool = False,
    part: int = 0,
    shown: tuple[Picture, ...] = (),
) -> World:
    """The seller approves or rejects. ``keeps``: the buyer keeps the goods; ``part``: what is offered instead of all."""
    held = find(world, serial)
    no = fits(held, decision)
    if no:
        raise ReturnState(f"{decision} does not fit a {held.kind} that is {held.state}")
    to = DECISIONS[decision].to
    if to is State.OFFERED:
        if not 0 < part < held.amount + held.shipping:
            raise Invalid(f"a part lies between 0 and {held.amount + held.shipping} rupiah, not at {part}", "partial_refund.amount")
        return _moved(world, held, to, "OFFER_PARTIAL_REFUND", by, reason=reason, note=note, shown=shown, offered=part, resumes=held.state)
    if decision is Decision.APPROVE_RETURN and keeps:
        return _moved(world, held, State.SUCCEEDED, "AGREE_REFUND", by, note=note, keeps=True)
    if decision is Decision.APPROVE_REPLACEMENT:
        world, order = _replaced(world, held)
        return _moved(world, held, to, "AGREE_REPLACEMENT", by, note=note, replacement=order)
    verb, _, what = decision.partition("_")
    if verb == "REJECT":
        return _moved(world, held, to, f"REJECT_{what}", by, reason=reason, note=note, shown=shown, reject_reason=reason)
    return _moved(world, held, to, f"AGREE_{what}", by, note=note)


def _replaced(world: World, held: Return) -> Change:
    """The goods go out once more, for nothing. Answers the new order's serial."""
    order = orders.find(world, held.order)
    lines = []
    for item in order.items:
        count = sum(item.serial <= unit < item.serial + item.quantity for unit in held.units)
        if count:
            product = products.find(world, item.product)
            lines.append(placing.Line(product, products.sku_of(product, item.sku), count))
    world, serial = placing.replace(world, order, lines)
    if orders.find(world, serial).status is orders.Status.CANCELLED:
        raise TooLittleStock("there are not enough units for a replacement: give the money back instead (ISSUE_REPLACEMENT_REFUND)")
    return Change(world, serial)


# What silence of the seller means: documented a yes.
_YES: dict[tuple[State, Kind], Decision] = {
    (State.PENDING, Kind.REFUND): Decision.APPROVE_REFUND,
    (State.PENDING, Kind.RETURN_AND_REFUND): Decision.APPROVE_RETURN,
    (State.PENDING, Kind.REPLACEMENT): Decision.APPROVE_REPLACEMENT,
    (State.ON_THE_WAY, Kind.RETURN_AND_REFUND): Decision.APPROVE_RECEIVED_PACKAGE,
}


def overdue(world: World, serial: int) -> World:
    """The seller has not answered in time: the platform says yes. A replacement that cannot be sent becomes money."""
    held = find(world, serial)
    decision = _YES.get((held.state, held.kind))
    if decision is None or not held.deadline:
        return world
    try:
        return decide(world, serial, decision, by="system")
    except (TooLittleStock, ProductUnknown):
        return decide(world, serial, Decision.ISSUE_REPLACEMENT_REFUND, by="system")


def silent(world: World, serial: int) -> World:
    """The buyer has not answered in time: an offer is declined, and what was not sent back or disputed is over."""
    held = find(world, serial)
    if held.state is State.OFFERED:
        return answer_offer(world, serial, accepts=False, by="system")
    if not _silence(world, held.state) or held.arbitration == "IN_PROGRESS":
        return world
    return _moved(world, held, State.CANCELLED, "TIMEOUT_CANCEL", "system")


def send_back(world: World, serial: int, tracking: str, *, carrier: int = 0) -> World:
    """The buyer has handed the parcel over; it arrives by itself."""
    held = find(world, serial)
    if held.state is not State.AWAITING_PARCEL:
        raise ReturnState(f"this return is {held.state}: a parcel is sent back once the return was approved")
    number = tracking or held.tracking or f"RT{serial:010d}"
    world = _moved(world, held, State.ON_THE_WAY, "BUYER_SHIP", "buyer", tracking=number, carrier=carrier or held.carrier)
    return timers.set(world, "return.arrive", serial, due=world.now.world + world.rules.courier_delivery_seconds)


def label(world: World, serial: int, *, tracking: str, carrier: int) -> World:
    """The seller says with which courier and number the goods come back."""
    held = find(world, serial)
    if held.state is not State.AWAITING_PARCEL:
        raise ReturnState(f"this return is {held.state}: a label belongs to one whose goods have still to be sent back")
    return world.put(RETURNS, held.but(tracking=tracking, carrier=carrier, updated=world.now, revised=world.revision))


def arrived(world: World, serial: int) -> World:
    """The parcel is with the seller, whose time to look at it begins."""
    held = find(world, serial)
    if held.state is not State.ON_THE_WAY or held.arrived is not None:
        return world
    world = _moved(world, held, State.ON_THE_WAY, "PARCEL_ARRIVED", "system", arrived=world.now)
    return _waiting(world, find(world, serial))


def withdraw(world: World, serial: int) -> World:
    """The buyer takes it back."""
    held = find(world, serial)
    if held.state in OVER or held.state is State.SUCCEEDED:
        raise ReturnState(f"this request is {held.state}: it can no longer be taken back")
    return _moved(world, held, State.CANCELLED, "BUYER_CANCEL", "buyer", arbitration="CLOSED" if held.arbitration else "")


def answer_offer(world: World, serial: int, *, accepts: bool, by: str = "buyer") -> World:
    """The buyer takes the part that the seller has offered, or waits for the seller to judge the whole."""
    held = find(world, serial)
    if held.state is not State.OFFERED:
        raise ReturnState("the seller has offered no part")
    if accepts:
        goods = min(held.offered, held.amount)
        keeps = held.resumes is State.PENDING
        return _moved(world, held, State.SUCCEEDED, "ACCEPT_PARTIAL_REFUND", by, amount=goods, shipping=held.offered - goods, keeps=keeps)
    world = _moved(world, held, held.resumes, "REJECT_PARTIAL_REFUND", by, declined=True)
    return _waiting(world, find(world, serial))


def arbitrate(world: World, serial: int, outcome: str) -> World:
    """The buyer disputes a rejection (IN_PROGRESS), and the platform decides (SUPPORT_BUYER, SUPPORT_SELLER)."""
    held = find(world, serial)
    if held.state not in (State.REJECTED, State.PARCEL_REJECTED):
        raise ReturnState(f"this request is {held.state}: only what the seller has rejected can be disputed")
    if outcome == "IN_PROGRESS":
        if held.arbitration:
            raise ReturnState("the buyer has disputed the rejection already")
        world = timers.stop(world, "return.silence", serial)
        record = Record(world.now, "BUYER_DISPUTE", "buyer", held.reason)
        return world.put(RETURNS, held.but(arbitration=outcome, updated=world.now, revised=world.revision, records=(*held.records, record)))
    if held.arbitration != "IN_PROGRESS":
        raise ReturnState("the buyer has not disputed the rejection")
    if outcome == "SUPPORT_SELLER":
        return _moved(world, held, State.CANCELLED, "PLATFORM_REJECT", "operator", arbitration=outcome)
    if held.kind is Kind.RETURN_AND_REFUND and held.state is State.REJECTED:
        return _moved(world, held, State.AWAITING_PARCEL, "AGREE_RETURN", "operator", arbitration=outcome)
    return _moved(world, held, State.SUCCEEDED, "AGREE_REFUND", "operator", arbitration=outcome)


def refunded(world: World, serial: int) -> World:
    """The money is with the buyer; goods that came back are on the shelf again."""
    held = find(world, serial)
    if held.state is not State.SUCCEEDED:
        return world
    order = orders.find(world, held.order)
    if held.kind is Kind.RETURN_AND_REFUND and held.tracking and not held.keeps and order.shadow_of is None:
        for item in order.items:
            count = sum(item.serial <= unit < item.serial + item.quantity for unit in held.units)
            if count:
                world = products.take_back(world, item.product, item.sku, item.warehouse, count)
    world = settlements.refunded(world, held.order, held.serial, _back(order, held))
    world = _moved(world, held, State.COMPLETED, "REFUND_COMPLETE", "system", refunded=held.amount + held.shipping)
    back = sum(one.amount for one in of_order(world, held.order) if one.refunded)
    return orders.paid_back(world, held.order) if back >= order.product_total else world


def shares(order: Order, held: Return) -> list[tuple[int, int]]:
    """(unit, rupiah): what goes back for each, the first units their whole price, where it is a part of all."""
    left, rows = held.amount, []
    for unit in held.units:
        share = min(item_of(order, unit).price, left)
        left -= share
        rows.append((unit, share))
    return rows


def _back(order: Order, held: Return) -> list[tuple[int, int]]:
    """(SKU, rupiah) of what goes back for goods, the platform's part of their price with it."""
    rows = []
    for unit, share in shares(order, held):
        item = item_of(order, unit)
        rows.append((item.sku, share * item.sold_for // item.price if item.price else 0))
    return rows
