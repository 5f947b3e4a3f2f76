"""Packages of TikTok Shop orders: what the courier takes, from payment to delivery."""

from __future__ import annotations

from enum import StrEnum

from .errors import PackageUnknown
from .instants import Instant
from .table import Table
from .value import Value, value
from .world import World


class PackageStatus(StrEnum):
    TO_FULFILL = "TO_FULFILL"
    PROCESSING = "PROCESSING"
    FULFILLING = "FULFILLING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


@value
class Package(Value):
    serial: int
    seller: int
    orders: tuple[int, ...]
    items: tuple[int, ...]  # serials of the units (line items)
    status: PackageStatus
    courier: int
    warehouse: int
    created: Instant
    updated: Instant
    revised: int
    paid: Instant
    tracking_number: str = ""
    handover: str = ""
    pickup_start: int = 0
    pickup_end: int = 0
    self_shipped: bool = False
    tag: str = ""  # COMBINE or SPLIT
    corrected: bool = False  # courier and number were changed after shipping
    shipped: Instant | None = None
    collected: Instant | None = None
    delivered: Instant | None = None


def _seen(p: Package) -> bool:
    """Search shows a package once it is on its way."""
    return p.status is not PackageStatus.TO_FULFILL


PACKAGES = Table(
    "packages",
    Package,
    by_created=lambda p: ((p.seller, p.created.wire, p.serial),) if _seen(p) else (),
    by_updated=lambda p: ((p.seller, p.updated.wire, p.revised, p.serial),) if _seen(p) else (),
    by_paid=lambda p: ((p.seller, p.paid.wire, p.serial),) if _seen(p) else (),
    by_status_created=lambda p: ((p.seller, p.status, p.created.wire, p.serial),) if _seen(p) else (),
    by_status_updated=lambda p: ((p.seller, p.status, p.updated.wire, p.revised, p.serial),) if _seen(p) else (),
)


def find(world: World, serial: int | None) -> Package:
    found = None if serial is None else world.get(PACKAGES, serial)
    if found is None:
        raise PackageUnknown("there is no such package")
    return found


def tracking_number(world: World, serial: int, prefix: str) -> str:
    """The courier's number of a parcel: follows from the seed."""
    return f"{prefix}{world.between('tracking', serial, 10**10, 10**11 - 1)}"
