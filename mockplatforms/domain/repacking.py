"""Which goods of TikTok Shop orders travel together: one order in one package, split over several, or combined with others of its buyer; and undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import orders, packages, shipping
from .errors import Invalid, OrderState, OrderUnknown, PackageState
from .events import PackagesRepacked
from .orders import ORDERS, Order, Status
from .packages import Package, PackageStatus
from .phases import Platform
from .products import PRODUCTS
from .shops import CATEGORIES
from .world import Change, World

TOTAL = "total"


# ---- splitting ----------------------------------------------------------------------------------------------------------------------------


def unsplittable(world: World, order: Order) -> str:
    """Why the order cannot be split, in words for its seller; empty when it can. What stands in the way is inferred."""
    if order.status is Status.CANCELLED:
        return "Order has been canceled"  # documented sample
    if order.status is Status.UNPAID:
        return "Order has not been paid"
    if order.status is not Status.PAID:
        return "Order has been shipped"
    if order.cancel_request == "pending":
        return "The buyer has requested to cancel the order"
    if any(len(packages.find(world, one).orders) > 1 for one in order.packages):
        return "Order has been combined with other orders"
    if len({item.sku for item in order.items}) < 2:
        return "Order has only one SKU"
    return ""


def split(world: World, serial: int, groups: Sequence[Sequence[int]]) -> Change:
    """An order's units travel in several packages. Answers the serial of each group's package, in their order.

    Units that no group names stay together in one more package (inferred). Raises OrderState where the order cannot be split, or not so;
    Invalid where a group makes no sense.
    """
    order = orders.find(world, serial)
    no = unsplittable(world, order)
    if no:
        raise OrderState(f"order {order.key} cannot be split: {no[0].lower()}{no[1:]}")
    named = [unit for group in groups for unit in group]
    every = [unit for item in order.items for unit in item.serials]
    if not all(groups) or len(set(named)) < len(named) or not set(named) <= set(every):
        raise Invalid("each group names lines of the order, at least one, and no line is in two of them", "splittable_groups")
    parts = [frozenset(group) for group in groups]
    rest = frozenset(every) - frozenset(named)
    if rest:
        parts.append(rest)
    if len(parts) < 2:
        raise Invalid("one group with all lines of the order splits nothing", "splittable_groups")
    for sku in dict.fromkeys(item.sku for item in order.items):
        units = {unit for item in order.items if item.sku == sku for unit in item.serials}
        if sum(bool(units & part) for part in parts) > 1:
            raise OrderState(f"order {order.key} cannot be split so: all units of one SKU stay in one package")
    like, made = packages.find(world, order.packages[0]), []
    for part in parts:
        package, world = packages.packed(world, like, orders=(serial,), items=tuple(unit for unit in every if unit in part), tag="SPLIT")
        made.append(package)
    for old in order.packages:
        world = packages.gone(world, old, tuple(made))
    places = {item.serial: package for item in order.items for package, part in zip(made, parts, strict=True) if item.serial in part}
    world = put_into(world, order, places)
    return Change(repacked(world, order.seller, "SPLIT", "seller", made), tuple(made[: len(groups)]))


def limits(world: World) -> dict[str, int]:
    """How many units one package may hold, in total and of single categories (rule ``package_limits``)."""
    pairs = (row.split("=") for row in world.rules.package_limits)
    return {name: int(most) for name, most in pairs}


def too_much(world: World, package: Package) -> list[tuple[str, int]]:
    """The limits that a package with more than one SKU goes beyond; goods of one SKU cannot be split (documented)."""
    found = limits(world)
    if not found:
        return []
    inside = [item for one in package.orders for item in orders.find(world, one).items if item.package == package.serial]
    if len({item.sku for item in inside}) < 2:
        return []
    held = {TOTAL: sum(item.quantity for item in inside)}
    for item in inside:
        product = world.get(PRODUCTS, item.product)
        category = None if product is None else world.get(CATEGORIES, product.category)
        if category is not None:
            name = str(category.tiktok_shop)
            held[name] = held.get(name, 0) + item.quantity
    return [(name, most) for name, most in found.items() if held.get(name, 0) > most]


# ---- combining ----------------------------------------------------------------------------------------------------------------------------


def combine(world: World, serials: Sequence[int]) -> Change:
    """Packages of one buyer that wait to be shipped become one; the packages of a split order become whole again. Answers its serial."""
    held = [packages.find(world, serial) for serial in dict.fromkeys(serials)]
    if len(held) < 2:
        raise Invalid("two packages at least can be combined", "combinable_packages")
    if not all(package.waits for package in held):
        raise PackageState("a package that was shipped or cancelled cannot be combined")
    first = held[0]
    halves = all(package.tag == "SPLIT" and package.orders == first.orders for package in held)
    if not halves and (not first.together or any((package.seller, package.together) != (first.seller, first.together) for package in held)):
        raise PackageState("only packages of one buyer, address, warehouse and courier can be combined, none of them of the Tokopedia app, split, or asked to be cancelled")
    inside = tuple(dict.fromkeys(order for package in held for order in package.orders))
    units = tuple(sorted(unit for package in held for unit in package.items))
    places = frozenset(package.serial for package in held)
    whole = halves and places == frozenset(orders.find(world, inside[0]).packages)
    tag = "" if whole else "SPLIT" if halves else "COMBINE"
    made, world = packages.packed(world, first, orders=inside, items=units, tag=tag)
    for package in held:
        world = packages.gone(world, package.serial, (made,))
    for one in inside:
        order = orders.find(world, one)
        world = put_into(world, order, {item.serial: made if item.package in places else item.package for item in order.items})
    world = regrouped(world, [made])
    return Change(repacked(world, first.seller, "CANCEL_SPLIT" if halves else "COMBINE", "seller", [made]), made)


def uncombine(world: World, serial: int, leaving: Sequence[int] = ()) -> Change:
    """Orders leave a combined package, each into one of its own; none named: all. Answers the packages that there are then."""
    package = packages.find(world, serial)
    if not package.waits or len(package.orders) < 2:
        raise PackageState("only a package that holds several orders and is not shipped can be taken apart")
    strange = [one for one in leaving if one not in package.orders]
    if strange:
        raise OrderUnknown("an order that is not in the package cannot leave it")
    world, there = apart(world, package, tuple(dict.fromkeys(leaving)) or package.orders)
    return Change(repacked(world, package.seller, "CANCEL_COMBINE", "seller", there), there)


# ---- what is where ----------------------------------------------------------------------------------------------------------------------


def in_one(world: World, order: Order) -> tuple[int, World]:
    """The one package of a TikTok Shop order that was just paid. Answers its serial."""
    serial, world = world.take()
    now = world.now
    units = tuple(unit for item in order.items for unit in item.serials)
    made = Package(serial, order.seller, (order.serial,), units, PackageStatus.TO_FULFILL, order.courier, order.warehouse, now, now, world.revision, now)
    return serial, packages.keep(world, made.but(together=_common(order)))


def apart(world: World, package: Package, leaving: Sequence[int]) -> tuple[World, tuple[int, ...]]:
    """Orders leave a combined package, each into one of its own; what stays keeps it. Answers the packages that there are then."""
    made = []
    for one in leaving:
        order = orders.find(world, one)
        units = tuple(unit for item in order.items for unit in item.serials)
        serial, world = packages.packed(world, package, orders=(one,), items=units)
        world = put_into(world, order, {item.serial: serial for item in order.items})
        made.append(serial)
    rest = tuple(one for one in package.orders if one not in leaving)
    if not rest:
        world = packages.gone(world, package.serial, tuple(made))
        return regrouped(world, made), tuple(made)
    gone = {unit for one in made for unit in packages.find(world, one).items}
    left = package.but(orders=rest, items=tuple(unit for unit in package.items if unit not in gone), updated=world.now, revised=world.revision)
    world = packages.keep(world, left.but(tag="COMBINE" if len(rest) > 1 else ""))
    for one in rest:
        world = shipping.follow(world, one, "system")
    there = (package.serial, *made)
    return regrouped(world, there), there


def out_of(world: World, package: Package, order: int, by: str, change: str) -> World:
    """One order leaves a combined package because of what happened to it."""
    world, there = apart(world, package, [order])
    return repacked(world, package.seller, change, by, there)


def put_into(world: World, order: Order, places: Mapping[int, int]) -> World:
    """The order with its lines in these packages. ``places``: serial of the line → package."""
    items = tuple(item.but(package=places[item.serial]) for item in order.items)
    there = tuple(dict.fromkeys(item.package for item in items))
    return world.put(ORDERS, order.but(items=items, packages=there, updated=world.now, revised=world.revision))


def regrouped(world: World, changed: Sequence[int]) -> World:
    """What these packages may travel together with follows from their orders; goods of a split order travel alone (inferred)."""
    for serial in changed:
        package = packages.find(world, serial)
        common = [_common(orders.find(world, one)) for one in package.orders]
        world = packages.keep(world, package.but(together="" if package.tag == "SPLIT" or "" in common else common[0]))
    return world


def _common(order: Order) -> str:
    """What orders have in common that can travel in one package: buyer, address, warehouse and courier. Orders of Tokopedia's app never can (documented)."""
    if order.buyer_app is Platform.TOKOPEDIA or order.cancel_request == "pending":
        return ""
    to = order.address
    return "|".join(map(str, (order.buyer, order.warehouse, order.courier, to.name, to.phone, to.street, to.district_id, to.postal)))


def repacked(world: World, seller: int, change: str, by: str, there: Sequence[int]) -> World:
    """Tell that goods were packed anew, into these packages."""
    return world.tell(PackagesRepacked(seller, world.now, change, by, tuple((one, packages.find(world, one).orders) for one in there)))
