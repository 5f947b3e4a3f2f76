"""Packages of TikTok Shop orders: what the courier takes, from payment to delivery."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from .errors import PackageUnknown
from .instants import Instant
from .table import TOP, Table
from .value import Value, value
from .world import Change, World


class PackageStatus(StrEnum):
    TO_FULFILL = "TO_FULFILL"
    PROCESSING = "PROCESSING"
    FULFILLING = "FULFILLING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


@value
class Package(Value):
    """``became``: the packages that its goods were packed into instead; nobody sees it any more."""

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
    together: str = ""  # what it has in common with those that it may travel with; empty: it travels alone
    leads: bool = False  # it is the first of two or more that may travel together
    became: tuple[int, ...] = ()
    failed: str = ""  # why the last attempt to hand it over failed
    failed_at: Instant | None = None
    proof: str = ""  # address of the proof of delivery

    @property
    def waits(self) -> bool:
        """It is not shipped yet."""
        return self.status is PackageStatus.TO_FULFILL


def _seen(p: Package) -> bool:
    """Search shows a package once it is on its way."""
    return not p.waits and not p.became


def _free(p: Package) -> tuple[tuple[int, str, int], ...]:
    return ((p.seller, p.together, p.serial),) if p.waits and p.together else ()


PACKAGES = Table(
    "packages",
    Package,
    by_created=lambda p: ((p.seller, p.created.wire, p.serial),) if _seen(p) else (),
    by_updated=lambda p: ((p.seller, p.updated.wire, p.revised, p.serial),) if _seen(p) else (),
    by_paid=lambda p: ((p.seller, p.paid.wire, p.serial),) if _seen(p) else (),
    by_status_created=lambda p: ((p.seller, p.status, p.created.wire, p.serial),) if _seen(p) else (),
    by_status_updated=lambda p: ((p.seller, p.status, p.updated.wire, p.revised, p.serial),) if _seen(p) else (),
    by_number=lambda p: ((p.seller, p.tracking_number, p.serial),) if p.shipped is not None and not p.became else (),
    free=_free,
    leading=lambda p: ((p.seller, p.serial),) if p.leads else (),
)


@value
class Proof(Value):
    """A picture or document that a seller has handed in to show that a package arrived."""

    serial: int
    seller: int
    content: bytes


PROOFS = Table("proofs", Proof)


def prove(world: World, seller: int, content: bytes) -> Change:
    """Keep a proof of delivery. Answers its serial."""
    serial, world = world.take()
    return Change(world.put(PROOFS, Proof(serial, seller, content)), serial)


def find(world: World, serial: int | None) -> Package:
    """The package as it is now. Raises PackageUnknown, also for one whose goods were packed anew."""
    found = None if serial is None else world.get(PACKAGES, serial)
    if found is None:
        raise PackageUnknown("there is no such package")
    if found.became:
        raise PackageUnknown("this package is no more: its goods were packed anew")
    return found


def keep(world: World, package: Package) -> World:
    """This world with that package: the only way to write one. Where it joins or leaves those that may travel together, who leads them is settled anew."""
    before = world.get(PACKAGES, package.serial)
    left, joined = _free(before) if before is not None else (), _free(package)
    if left == joined:
        return world.put(PACKAGES, package)
    world = world.put(PACKAGES, package.but(leads=False))
    for group in dict.fromkeys(key[:2] for key in left + joined):
        for place, one in enumerate(first := world.shelf(PACKAGES).page("free", group, (*group, TOP), limit=2)):
            leads = place == 0 and len(first) == 2
            if one.leads is not leads:
                world = world.put(PACKAGES, one.but(leads=leads))
    return world


def moved(world: World, serial: int, to: PackageStatus, **changes: Any) -> World:
    """The package in its next status."""
    return keep(world, find(world, serial).but(status=to, updated=world.now, revised=world.revision, **changes))


def packed(world: World, like: Package, *, orders: tuple[int, ...], items: tuple[int, ...], tag: str = "", together: str = "") -> tuple[int, World]:
    """A new package for these goods, as far on its way as that one. Answers its serial."""
    serial, world = world.take()
    now = world.now
    made = like.but(serial=serial, orders=orders, items=items, tag=tag, together=together, leads=False, created=now, updated=now, revised=world.revision)
    return serial, keep(world, made)


def gone(world: World, serial: int, became: tuple[int, ...]) -> World:
    """The package is no more: those took its place."""
    return moved(world, serial, PackageStatus.CANCELLED, became=became, together="")


def numbered(world: World, seller: int, number: str) -> list[Package]:
    """The packages of a seller that a courier carries under that number."""
    return world.shelf(PACKAGES).page("by_number", (seller, number), (seller, number + "\0"))


def companions(world: World, package: Package, limit: int) -> list[Package]:
    """The packages that may travel together with this one, itself among them, the oldest first."""
    group = (package.seller, package.together)
    return world.shelf(PACKAGES).page("free", group, (*group, TOP), limit=limit) if _free(package) else []


def tracking_number(world: World, serial: int, prefix: str) -> str:
    """The courier's number of a parcel: follows from the seed."""
    return f"{prefix}{world.between('tracking', serial, 10**10, 10**11 - 1)}"
