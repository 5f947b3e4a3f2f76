"""What TikTok Shop pays a seller: one transaction per order, later refund and adjustment, one statement a day, and what goes to the bank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from . import timers
from .errors import Invalid
from .instants import DAY, NEVER, Instant
from .table import TOP, Table
from .value import Value, value
from .world import Change, World


@value
class Part(Value):
    """What one SKU contributes, in whole rupiah: ``gross`` and its refund before seller discount, discounts below, fees as what they cost.

    ``gross`` ≥ 0, ``discount`` ≤ 0, ``gross_refund`` ≤ 0, ``discount_refund`` ≥ 0, ``commission`` and ``dynamic`` ≤ 0 (above 0 where a
    refund gives them back).
    """

    sku: int
    quantity: int
    gross: int
    discount: int
    gross_refund: int = 0
    discount_refund: int = 0
    commission: int = 0
    dynamic: int = 0

    @property
    def revenue(self) -> int:
        return self.gross + self.discount + self.gross_refund + self.discount_refund

    @property
    def fees(self) -> int:
        return self.commission + self.dynamic


class Sum(NamedTuple):
    """What some transactions come to."""

    revenue: int = 0
    fees: int = 0
    adjustment: int = 0
    shipping: int = 0  # what the buyer paid less what the courier got

    @property
    def settlement(self) -> int:
        return self.revenue + self.fees + self.adjustment + self.shipping

    def plus(self, other: Sum, sign: int = 1) -> Sum:
        return Sum(*(mine + sign * its for mine, its in zip(self, other, strict=True)))


@value
class Transaction(Value):
    """``serial`` is the order's, or that of the return whose refund came after the order had settled. ``statement`` 0: not settled yet.

    ``kind``: ORDER, or the type of an adjustment, which has a serial of its own, an amount and perhaps an order that it is about.
    ``shipping``: what the buyer paid for shipping, which the courier gets.
    """

    serial: int
    seller: int
    order: int
    created: int  # wire time of the order's creation
    parts: tuple[Part, ...]
    shipping: int
    opened: Instant
    settled: Instant = NEVER
    statement: int = 0
    cancelled: bool = False
    kind: str = "ORDER"
    adjustment: int = 0

    @property
    def sum(self) -> Sum:
        return Sum(sum(part.revenue for part in self.parts), sum(part.fees for part in self.parts), self.adjustment)


@value
class Statement(Value):
    """One day (UTC) of one seller. ``paid``: when its money went to the seller's balance."""

    serial: int
    seller: int
    day: int  # wire time at which the day begins
    revenue: int = 0
    fees: int = 0
    adjustment: int = 0
    shipping: int = 0
    transactions: int = 0
    paid: Instant | None = None

    @property
    def sum(self) -> Sum:
        return Sum(self.revenue, self.fees, self.adjustment, self.shipping)


@value
class Withdrawal(Value):
    """One movement of a seller's balance. ``kind``: SETTLE (a statement comes in), REVERSE (one below zero), WITHDRAW (to the bank)."""

    serial: int
    seller: int
    kind: str
    amount: int
    balance: int  # what stood there after it
    at: Instant


@value
class Purse(Value):
    """What a seller's unsettled transactions come to, kept up to date; its serial is the seller's."""

    serial: int
    revenue: int = 0
    fees: int = 0
    adjustment: int = 0
    shipping: int = 0

    @property
    def sum(self) -> Sum:
        return Sum(self.revenue, self.fees, self.adjustment, self.shipping)


TRANSACTIONS = Table(
    "transactions",
    Transaction,
    unsettled=lambda t: ((t.seller, t.created, t.serial),) if not t.statement and not t.cancelled else (),
    by_statement=lambda t: ((t.statement, t.created, t.serial),) if t.statement else (),
    by_order=lambda t: ((t.order, t.serial),) if t.kind == "ORDER" else (),
)
STATEMENTS = Table("statements", Statement, by_day=lambda s: ((s.seller, s.day, s.serial),), by_paid=lambda s: ((s.seller, s.paid is not None, s.day, s.serial),))
WITHDRAWALS = Table("withdrawals", Withdrawal, by_created=lambda w: ((w.seller, w.at.wire, w.serial),), by_kind=lambda w: ((w.seller, w.kind, w.at.wire, w.serial),))
PURSES = Table("purses", Purse)


# ---- what is not settled yet ----------------------------------------------------------------------------------------------------------------


def opened(world: World, *, order: int, seller: int, created: int, goods: Sequence[tuple[int, int, int, int]], shipping: int) -> World:
    """A paid order's money waits to be settled. ``goods``: (SKU, units, rupiah before seller discount, rupiah paid) per line."""
    parts: dict[int, Part] = {}
    for sku, units, gross, paid in goods:
        had = parts.get(sku) or Part(sku, 0, 0, 0)
        parts[sku] = had.but(quantity=had.quantity + units, gross=had.gross + gross, discount=had.discount + paid - gross)
    made = Transaction(order, seller, order, created, tuple(_charged(world, part) for part in parts.values()), shipping, world.now)
    return _purse(world.put(TRANSACTIONS, made), seller, made.sum)


def adjust(world: World, seller: int, kind: str, amount: int, *, order: int = 0, created: int = 0) -> Change:
    """The platform gives (or, below zero, takes) money beside what was sold; it settles like an order's. Answers its serial."""
    if not amount:
        raise Invalid("an adjustment of 0 rupiah changes nothing", "amount")
    serial, world = world.take()
    made = Transaction(serial, seller, order, created or world.now.wire, (), 0, world.now, kind=kind, adjustment=amount)
    world = _purse(world.put(TRANSACTIONS, made), seller, made.sum)
    return Change(due(world, serial), serial)


def _charged(world: World, part: Part) -> Part:
    """With the platform's fees on what the goods brought in."""
    rules, net = world.rules, max(0, part.revenue)
    return part.but(commission=-(net * rules.commission_bp // 10_000), dynamic=-(net * rules.dynamic_commission_bp // 10_000))


def _purse(world: World, seller: int, change: Sum, sign: int = 1) -> World:
    held = world.get(PURSES, seller) or Purse(seller)
    now = held.sum.plus(change, sign)
    return world.put(PURSES, held.but(revenue=now.revenue, fees=now.fees, adjustment=now.adjustment, shipping=now.shipping))


def dropped(world: World, order: int) -> World:
    """The order was cancelled: nothing of it will be settled."""
    held = world.get(TRANSACTIONS, order)
    if held is None or held.statement or held.cancelled:
        return world
    world = timers.stop(world, "settlement.due", order)
    return _purse(world.put(TRANSACTIONS, held.but(cancelled=True)), held.seller, held.sum, -1)


def due(world: World, order: int) -> World:
    """The order is completed (or the adjustment made): its money settles some time later."""
    if world.get(TRANSACTIONS, order) is None:
        return world
    return timers.set(world, "settlement.due", order, due=world.now.world + world.rules.settlement_seconds)


def refunded(world: World, order: int, back: int, goods: Sequence[tuple[int, int]]) -> World:
    """Money of an order went back to its buyer. ``back``: serial of the return; ``goods``: (SKU, rupiah) of it."""
    held = world.get(TRANSACTIONS, order)
    if held is None or held.cancelled:
        return world
    if not held.statement:
        after = held.but(parts=tuple(_charged(world, _less(part, goods)) for part in held.parts))
        return _purse(_purse(world.put(TRANSACTIONS, after), held.seller, held.sum, -1), held.seller, after.sum)
    before = of_order(world, order)
    parts = []
    for part in held.parts:
        had = _together(part.sku, before)
        now = _charged(world, _less(had, goods))
        change = Part(
            part.sku, 0, 0, 0, now.gross_refund - had.gross_refund, now.discount_refund - had.discount_refund, now.commission - had.commission, now.dynamic - had.dynamic
        )
        if change.gross_refund or change.discount_refund:
            parts.append(change)
    made = Transaction(back, held.seller, order, held.created, tuple(parts), 0, world.now)
    return _settle(_purse(world.put(TRANSACTIONS, made), made.seller, made.sum), made)


def _less(part: Part, goods: Sequence[tuple[int, int]]) -> Part:
    """With what went back for this SKU, before discount and after it."""
    back = sum(rupiah for sku, rupiah in goods if sku == part.sku)
    paid = part.gross + part.discount
    gross = part.gross * back // paid if paid else 0
    return part.but(gross_refund=part.gross_refund - gross, discount_refund=part.discount_refund + gross - back)


def of_order(world: World, order: int) -> list[Transaction]:
    """What one order has brought in, and what went back of it afterwards."""
    return world.shelf(TRANSACTIONS).page("by_order", (order,), (order + 1,))


def _together(sku: int, transactions: Sequence[Transaction]) -> Part:
    made = Part(sku, 0, 0, 0)
    for part in (part for one in transactions for part in one.parts if part.sku == sku):
        made = Part(sku, *(getattr(made, name) + getattr(part, name) for name in Part.FIELDS[1:]))
    return made


# ---- settling and paying --------------------------------------------------------------------------------------------------------------------


def settled(world: World, order: int) -> World:
    """The order's money is settled: it is on the statement of this day."""
    held = world.get(TRANSACTIONS, order)
    return world if held is None or held.statement or held.cancelled else _settle(world, held)


def _settle(world: World, held: Transaction) -> World:
    now = world.now
    day = now.wire // DAY * DAY
    found = world.shelf(STATEMENTS).page("by_day", (held.seller, day), (held.seller, day + 1), limit=1)
    if found and found[0].paid is None:
        statement = found[0]
    else:
        serial, world = world.take()
        statement = Statement(serial, held.seller, day)
        world = timers.set(world, "statement.pay", serial, due=now.world + day + DAY - now.wire + world.rules.payout_seconds)
    made = statement.sum.plus(held.sum)
    world = world.put(
        STATEMENTS,
        statement.but(revenue=made.revenue, fees=made.fees, adjustment=made.adjustment, shipping=made.shipping, transactions=statement.transactions + 1),
    )
    world = world.put(TRANSACTIONS, held.but(statement=statement.serial, settled=now))
    return _purse(world, held.seller, held.sum, -1)


def balance(world: World, seller: int) -> int:
    """Whole rupiah that the seller can draw."""
    last = world.shelf(WITHDRAWALS).page("by_created", (seller,), (seller, TOP), reverse=True, limit=1)
    return last[0].balance if last else 0


def _move(world: World, seller: int, kind: str, amount: int) -> Change:
    serial, world = world.take()
    sign = 1 if kind == "SETTLE" else -1
    return Change(world.put(WITHDRAWALS, Withdrawal(serial, seller, kind, amount, balance(world, seller) + sign * amount, world.now)), serial)


def paid(world: World, statement: int) -> World:
    """A statement's money goes to the seller's balance; where it is below zero, from it."""
    held = world.get(STATEMENTS, statement)
    if held is None or held.paid is not None:
        return world
    world = world.put(STATEMENTS, held.but(paid=world.now))
    amount = held.sum.settlement
    return _move(world, held.seller, "SETTLE" if amount >= 0 else "REVERSE", abs(amount)).world if amount else world


def withdraw(world: World, seller: int, amount: int | None = None) -> Change:
    """The seller draws money to the bank; no amount: all there is. Answers its serial. Raises Invalid beyond the balance."""
    held = balance(world, seller)
    wanted = held if amount is None else amount
    if not 0 < wanted <= held:
        raise Invalid(f"the balance is {held} rupiah: between 1 and that can be drawn, not {wanted}", "amount")
    return _move(world, seller, "WITHDRAW", wanted)
