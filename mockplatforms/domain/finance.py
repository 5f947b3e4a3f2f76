"""A Tokopedia seller's saldo: what completed orders brought in, and what was drawn."""

from __future__ import annotations

from .instants import Instant
from .table import Table
from .value import Value, value
from .world import World


@value
class Deposit(Value):
    """One line of the saldo history. ``amount`` in whole rupiah; ``saldo`` is what stood there after it."""

    serial: int
    seller: int
    order: int
    amount: int
    saldo: int
    at: Instant


DEPOSITS = Table("deposits", Deposit, by_seller=lambda d: ((d.seller, d.at.wire, d.serial),))


def disburse(world: World, seller: int, order: int, amount: int) -> World:
    """A completed order's money goes to the seller."""
    last = world.shelf(DEPOSITS).last("by_seller", (seller + 1,))
    before = last.saldo if last is not None and last.seller == seller else 0
    serial, world = world.take()
    return world.put(DEPOSITS, Deposit(serial, seller, order, amount, before + amount, world.now))
