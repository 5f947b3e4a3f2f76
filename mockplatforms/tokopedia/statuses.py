"""Tokopedia's numbers for how an order or a product stands."""

from __future__ import annotations

from ..domain.orders import DETAILS, Order, Status
from ..domain.products import Listing

# Documented codes; a cancellation's number says who cancelled and is kept with the order.
ORDER: dict[Status, int] = {
    Status.UNPAID: 100,
    Status.PAID: 220,
    Status.ACCEPTED: 400,
    Status.ARRANGED: 450,
    Status.IN_TRANSIT: 500,
    Status.RETURNED: 550,
    Status.DELIVERED: 600,
    Status.COMPLAINED: 601,
    Status.COMPLETED: 700,
}
CANCELLED = (0, 3, 5, 6, 10, 15)

# Number → how such an order stands: its status, and what is kept with it besides.
MEANING: dict[int, tuple[Status, int]] = {
    **{number: (statuses[0], number) for number, statuses in DETAILS.items()},
    **{number: (Status.CANCELLED, number) for number in CANCELLED},
    **{number: (status, 0) for status, number in ORDER.items()},
}

# Documented: 1 active, 3 inactive, 0 deleted, -1 pending, -2 banned; drafts and failures are shown as pending (inferred).
PRODUCT: dict[Listing, int] = {
    Listing.ACTIVATE: 1,
    Listing.SELLER_DEACTIVATED: 3,
    Listing.DELETED: 0,
    Listing.PENDING: -1,
    Listing.DRAFT: -1,
    Listing.FAILED: -1,
    Listing.PLATFORM_DEACTIVATED: -2,
    Listing.FREEZE: -2,
}


def number(order: Order) -> int:
    """The status number of an order."""
    if order.detail:
        return order.detail
    return order.cancel_code if order.status is Status.CANCELLED else ORDER[order.status]
