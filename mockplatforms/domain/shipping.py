"""Orders reach their buyers: handed over, scanned by the courier, delivered; on TikTok Shop package by package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import orders, packages, products, timers
from .errors import OrderState, PackageState
from .orders import ORDERS, TERMINAL, Act, Order, Status
from .packages import PackageStatus
from .phases import Platform
from .shops import COURIERS
from .world import World


def ship_within(world: World, order: Order, platform: Platform | None = None) -> int:
    """Seconds from payment in which the order must be shipped on that platform; None: on its own."""
    rules = world.rules
    if (platform or order.platform) is Platform.TOKOPEDIA:
        return rules.ship_deadline
    return min(rules.tiktok_ship_deadline, rules.tiktok_fast_ship_deadline) if is_fast(world, order.courier) else rules.tiktok_ship_deadline


def is_fast(world: World, courier: int) -> bool:
    found = world.get(COURIERS, courier)
    return found is not None and found.is_fast


# ---- handing over -----------------------------------------------------------------------------------------------------------------------


def request_pickup(world: World, serial: int) -> World:
    """The seller calls the courier for a Tokopedia order (400 → 450)."""
    order = orders.find(world, serial, Platform.TOKOPEDIA)
    orders.allow(order, Act.REQUEST_PICKUP)
    world = timers.stop(world, "order.ship_deadline", serial)
    world = timers.set(world, "order.collect", serial, due=world.now.world + world.rules.courier_pickup_seconds)
    return orders.moved(world, order, Status.ARRANGED, "seller", arranged=world.now, provider=order.courier)


def confirm_shipping(world: World, serial: int, awb: str) -> World:
    """The seller hands a Tokopedia parcel over with its number (400 → 500; after a pick-up request it is the same parcel)."""
    order = orders.find(world, serial, Platform.TOKOPEDIA)
    orders.allow(order, Act.CONFIRM_SHIPPING)
    world = timers.stop(timers.stop(world, "order.ship_deadline", serial), "order.collect", serial)
    return _on_its_way(world, order, "seller", awb=awb, arranged=order.arranged or world.now)


def ship(
    world: World, package_serial: int, *, handover: str = "", pickup: tuple[int, int] = (0, 0), tracking: str = "", provider: int | None = None
) -> World:
    """The seller hands a TikTok Shop package to the courier, for all orders in it: package PROCESSING, order AWAITING_COLLECTION once all are."""
    package = packages.find(world, package_serial)
    if package.status is PackageStatus.CANCELLED:
        raise PackageState("this package is cancelled")
    if not package.waits:
        raise PackageState("this package has been shipped already")
    for serial in package.orders:
        order = orders.find(world, serial, Platform.TIKTOK_SHOP)
        if order.cancel_request == "pending":
            raise OrderState("the buyer has asked to cancel: settle that first")
        orders.allow(order, Act.SHIP)
    now = world.now
    number = tracking or packages.tracking_number(world, package_serial, "JX")
    carrier = provider or package.courier
    world = packages.moved(
        world,
        package_serial,
        PackageStatus.PROCESSING,
        tracking_number=number,
        courier=carrier,
        handover=handover,
        pickup_start=pickup[0],
        pickup_end=pickup[1],
        self_shipped=bool(tracking),
        shipped=now,
    )
    world = timers.set(world, "package.collect", package_serial, due=now.world + world.rules.courier_pickup_seconds)
    for serial in package.orders:
        world = follow(world, serial, "seller", arranged=now, tracking_number=number, provider=carrier)
        if orders.find(world, serial).status is not Status.PARTLY_ARRANGED:
            world = timers.stop(world, "order.ship_deadline", serial)
    return world


def correct_tracking(world: World, package_serial: int, *, tracking: str, provider: int) -> World:
    """The seller corrects courier and number of a TikTok Shop package that they have shipped by themselves."""
    package = packages.find(world, package_serial)
    if package.status not in (PackageStatus.PROCESSING, PackageStatus.FULFILLING):
        raise PackageState(f"this package is {package.status}: its number can be corrected while it is under way")
    world = packages.moved(world, package_serial, package.status, tracking_number=tracking, courier=provider, corrected=True)
    for serial in package.orders:
        order = orders.find(world, serial)
        world = world.put(ORDERS, order.but(tracking_number=tracking, provider=provider, updated=world.now, revised=world.revision))
    return world


# ---- on the way -------------------------------------------------------------------------------------------------------------------------


def on_the_road(world: World, order: Order) -> bool:
    """Whether a courier has goods of the order already."""
    return any(packages.find(world, package).collected is not None for package in order.packages)


def collected(world: World, serial: int) -> World:
    """The courier has scanned the parcel; on TikTok Shop every package of the order that waits for it."""
    order = orders.find(world, serial)
    orders.allow(order, Act.COLLECT)
    if order.platform is Platform.TIKTOK_SHOP:
        return _each(world, order, PackageStatus.PROCESSING, package_collected)
    world = timers.stop(world, "order.collect", serial)
    return _on_its_way(world, order, "system", awb=order.awb or packages.tracking_number(world, serial, "TKP"))


def delivered(world: World, serial: int, *, by: str = "system") -> World:
    """The parcel has arrived; on TikTok Shop every package of the order that is on its way."""
    order = orders.find(world, serial)
    orders.allow(order, Act.DELIVER)
    if order.platform is Platform.TIKTOK_SHOP:
        return _each(world, order, PackageStatus.FULFILLING, package_delivered)
    return _arrived(timers.stop(world, "order.deliver", serial), order, by)


def package_collected(world: World, serial: int) -> World:
    """The courier has scanned a package: its units have left the warehouse."""
    package = packages.find(world, serial)
    if package.status is not PackageStatus.PROCESSING:
        raise PackageState(f"this package is {package.status}: a courier scans it once it is shipped")
    world = timers.stop(world, "package.collect", serial)
    world = packages.moved(world, serial, PackageStatus.FULFILLING, collected=world.now)
    rules = world.rules
    way = min(rules.courier_delivery_seconds, rules.fast_delivery_seconds) if is_fast(world, package.courier) else rules.courier_delivery_seconds
    world = timers.set(world, "package.deliver", serial, due=world.now.world + way)
    for one in package.orders:
        for item in orders.find(world, one).units:
            if item.package == serial:
                world = products.consume(world, item.product, item.sku, item.warehouse, item.delivered)
        world = follow(world, one, "system")
    return world


def package_delivered(world: World, serial: int, *, by: str = "system", proof: str = "") -> World:
    """A package has arrived. ``proof``: the address of a picture or document that shows it."""
    package = packages.find(world, serial)
    if package.status is not PackageStatus.FULFILLING:
        raise PackageState(f"this package is {package.status}: it arrives once a courier has it")
    world = timers.stop(world, "package.deliver", serial)
    world = packages.moved(world, serial, PackageStatus.COMPLETED, delivered=world.now, failed="", proof=proof or package.proof)
    for one in package.orders:
        world = follow(world, one, by)
    return world


def package_not_delivered(world: World, serial: int, reason: str, *, proof: str = "") -> World:
    """The attempt to hand a package over failed; it stays on its way until somebody says how it went on (inferred)."""
    package = packages.find(world, serial)
    if package.status is not PackageStatus.FULFILLING:
        raise PackageState(f"this package is {package.status}: handing it over can fail once a courier has it")
    world = timers.stop(world, "package.deliver", serial)
    changes = {"failed": reason, "failed_at": world.now, "proof": proof or package.proof, "updated": world.now, "revised": world.revision}
    return packages.keep(world, package.but(**changes))


# ---- small print ------------------------------------------------------------------------------------------------------------------------


def _each(world: World, order: Order, status: PackageStatus, act: Callable[[World, int], World]) -> World:
    """Do that to every package of the order that is in that status. Raises OrderState when none is."""
    fit = [package for package in order.packages if packages.find(world, package).status is status]
    if not fit:
        raise OrderState(f"order {order.key} is {order.status}, and none of its packages is {status}")
    for package in fit:
        world = act(world, package)
    return world


def _on_its_way(world: World, order: Order, by: str, **changes: Any) -> World:
    for item in order.units:
        world = products.consume(world, item.product, item.sku, item.warehouse, item.delivered)
    world = timers.set(world, "order.deliver", order.serial, due=world.now.world + world.rules.courier_delivery_seconds)
    return orders.moved(world, order, Status.IN_TRANSIT, by, collected=world.now, provider=order.courier, **changes)


def _arrived(world: World, order: Order, by: str) -> World:
    world = timers.set(world, "order.complete", order.serial, due=world.now.world + world.rules.order_complete_seconds)
    return orders.moved(world, order, Status.DELIVERED, by, delivered=world.now)


# How far an order is whose packages are all among these (documented); with some of them still to be shipped it is PARTLY_ARRANGED.
_PROGRESS: tuple[tuple[frozenset[PackageStatus], Status], ...] = (
    (frozenset({PackageStatus.TO_FULFILL}), Status.PAID),
    (frozenset({PackageStatus.COMPLETED}), Status.DELIVERED),
    (frozenset({PackageStatus.COMPLETED, PackageStatus.FULFILLING}), Status.IN_TRANSIT),
    (frozenset({PackageStatus.COMPLETED, PackageStatus.FULFILLING, PackageStatus.PROCESSING}), Status.ARRANGED),
    (frozenset(PackageStatus), Status.PARTLY_ARRANGED),
)


def follow(world: World, serial: int, by: str, **changes: Any) -> World:
    """The order is as far as its packages are."""
    order = orders.find(world, serial)
    held = {packages.find(world, package).status for package in order.packages}
    to = next(status for among, status in _PROGRESS if held <= among)
    if order.status in TERMINAL or to is order.status:
        return world.put(ORDERS, order.but(updated=world.now, revised=world.revision, **changes))
    if to is Status.DELIVERED:
        return _arrived(world, order, by)
    if to is Status.IN_TRANSIT:
        changes["collected"] = world.now
    return orders.moved(world, order, to, by, **changes)
