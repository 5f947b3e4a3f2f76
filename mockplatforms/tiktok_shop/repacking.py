"""Which goods travel together: an order split over packages, packages of one buyer combined, and taken apart again."""

from __future__ import annotations

from typing import Any

from ..domain import packages, repacking
from ..domain.errors import Invalid, OrderState, OrderUnknown, PackageState
from ..domain.orders import ORDERS, Order
from ..domain.packages import PACKAGES, Package
from ..domain.phases import Family, Platform
from ..domain.table import TOP
from ..domain.world import World
from ..gateway.call import Call
from . import ids, paging
from .catalog import serves
from .fulfilment import errors, own
from .paging import Way, Window
from .words import refuse

_S = Platform.TIKTOK_SHOP
_WRONG, _NOT_SPLIT, _NOT_THERE, _STRANGER, _NOT_COMBINED = 21011005, 21011035, 21011031, 21011029, 10007014
SHOWN = 50  # most packages that one row of Search Combinable Packages tells (inferred)


def _order(call: Call, world: World, text: str) -> Order | None:
    """The seller's TikTok Shop order of that id; None when there is none."""
    serial = ids.order(world).read(text)
    order = None if serial is None else world.get(ORDERS, serial)
    return order if order is not None and order.platform is _S and order.seller == call.seller.serial else None


# ---- splitting ----------------------------------------------------------------------------------------------------------------------------


@serves("get-order-split-attributes-202309", family=Family.COMBINE)
def attributes(call: Call) -> dict[str, Any]:
    """Whether each order can be split, and whether it must be before it can be shipped."""
    told = []
    for text in dict.fromkeys(call.query["order_ids"]):
        order = _order(call, call.world, text)
        if order is None:
            told.append({"order_id": text, "can_split": False, "reason": "The order does not belong to the current seller", "must_split": False})
        else:
            call.showed("orders", order.serial)
            told.append({"order_id": text, **_attributes(call.world, order)})
    return {"split_attributes": told}


def _attributes(world: World, order: Order) -> dict[str, Any]:
    no = repacking.unsplittable(world, order)
    shown: dict[str, Any] = {"can_split": not no, "reason": no}
    beyond = [row for one in order.packages if not no for row in repacking.too_much(world, packages.find(world, one))]
    if beyond:
        shown["must_split_reasons"] = [
            {"type": "TOTAL_COUNT_LIMITATION", "max_count": str(most)}
            if name == repacking.TOTAL
            else {"type": "CATEGORY_ITEM_LIMITATION", "category_id": name, "max_count": str(most)}
            for name, most in beyond
        ]
    return {**shown, "must_split": bool(beyond)}


@serves("split-orders-202309", family=Family.COMBINE, effect="write")
def split(call: Call) -> dict[str, Any]:
    """Lines of an order in packages of their own; the ids of groups are the caller's. Lines that no group names stay together (inferred)."""
    world, text, groups = call.world, call.params["order_id"], call.body["splittable_groups"]
    order = _order(call, world, text)
    if order is None:
        raise refuse(_WRONG, f"there is no order {text} of this shop")
    names = [group["id"] for group in groups]
    if len(set(names)) < len(names):
        raise refuse(_WRONG, "two groups have the same id: the answer could not tell their packages apart")
    read = ids.line(world).read
    units = [[read(line) or 0 for line in group["order_line_item_ids"]] for group in groups]
    try:
        made = call.apply(repacking.split, order.serial, units)
    except Invalid as no:
        raise refuse(_WRONG, str(no)) from None
    except OrderState as no:
        raise refuse(_NOT_SPLIT, str(no)) from None
    called = ids.package(call.world)
    return {"packages": [{"splittable_group_id": name, "id": ids.text(called, serial)} for name, serial in zip(names, made, strict=True)]}


# ---- combining ----------------------------------------------------------------------------------------------------------------------------


@serves("search-combinable-packages-202309", family=Family.COMBINE)
def combinable(call: Call) -> dict[str, Any]:
    """Orders that could travel together, a row for each such group; its id is that of the oldest package in it (inferred)."""
    owner = call.seller.serial
    ways = [Way(Window("leading", (owner, 0), (owner, TOP)), "create_time", frozenset())]
    found = paging.find(call, PACKAGES, ways, sort="create_time", descending=False, asked={}, filters=paging.bound(owner, "combinable"))
    world = call.world
    told = []
    for package in found.rows:
        orders = [one for companion in packages.companions(world, package, SHOWN) for one in companion.orders]
        call.showed("orders", *orders)
        told.append(_shown(world, package.serial, orders))
    return {"combinable_packages": told, "next_page_token": found.token, "total_count": found.total}


def _shown(world: World, package: int, orders: list[int] | tuple[int, ...]) -> dict[str, Any]:
    return {"id": ids.text(ids.package(world), package), "order_ids": [ids.text(ids.order(world), one) for one in orders]}


Row = dict[str, Any]


@serves("combine-package-202309", family=Family.COMBINE, effect="write")
def combine(call: Call) -> dict[str, Any]:
    """Each row a group as Search Combinable Packages tells it, or part of one: its orders travel in one new package.

    Rows that name one order (or only themselves) are put together with the others of the same buyer and address (inferred): so a list of
    the packages to be combined does as well.
    """
    groups, made = _groups(call, call.body["combinable_packages"]), list[int]()

    def together(world: World, group: list[Row]) -> World:
        serials = [serial for row in group for serial in _meant(call, world, row, alone=len(group) == 1)]
        try:
            world, serial = repacking.combine(world, serials)
        except (Invalid, PackageState) as no:
            raise refuse(_NOT_COMBINED, str(no), message="fulfillment not allow combine package") from None
        made.append(serial)
        return world

    answers = call.each(groups, together)
    named = [(row["id"], no) for group, no in zip(groups, answers, strict=True) for row in group]
    told = [_shown(call.world, serial, packages.find(call.world, serial).orders) for serial in made]
    return {"packages": told, "errors": errors(call, "package_id", [text for text, _ in named], [no for _, no in named])}


def _groups(call: Call, rows: list[Row]) -> list[list[Row]]:
    """Rows that are combined with each other: one that names several orders by itself, the others by what they have in common."""
    groups: list[list[Row]] = []
    pools: dict[object, list[Row]] = {}
    for row in rows:
        package = call.world.get(PACKAGES, ids.package(call.world).read(row["id"]) or 0)
        if package is None or len(row.get("order_ids", ())) > 1:
            groups.append([row])
            continue
        common = package.together or package.orders
        if common not in pools:
            groups.append(pools.setdefault(common, []))
        pools[common].append(row)
    return groups


def _meant(call: Call, world: World, row: Row, *, alone: bool) -> list[int]:
    """The packages that a row means: those of the orders that it names, else itself; a lone row that names none means its whole group."""
    package = own(call, row["id"], world)
    if not row.get("order_ids"):
        return [one.serial for one in packages.companions(world, package, SHOWN)] if alone else [package.serial]
    return [_place(call, world, package, text) for text in row["order_ids"]]


def _place(call: Call, world: World, package: Package, text: str) -> int:
    """The package of an order that may travel with that one."""
    order = _order(call, world, text)
    if order is not None and order.serial in package.orders:
        return package.serial
    for serial in () if order is None else order.packages:
        there = packages.find(world, serial)
        if there.waits and there.together and there.together == package.together:
            return serial
    raise refuse(_NOT_THERE, f"order {text} cannot travel with package {ids.text(ids.package(world), package.serial)}: Search Combinable Packages tells which can")


@serves("uncombine-packages-202309", family=Family.COMBINE, effect="write")
def uncombine(call: Call) -> dict[str, Any]:
    """Orders leave a combined package, each into one of its own; without ``order_ids`` all of them. Tells every package that there is then."""
    package = own(call, call.params["package_id"])
    read = ids.order(call.world).read
    leaving = [read(text) or 0 for text in call.body.get("order_ids", ())]
    try:
        there = call.apply(repacking.uncombine, package.serial, leaving)
    except OrderUnknown as no:
        raise refuse(_STRANGER, str(no)) from None
    except PackageState as no:
        raise refuse(_WRONG, str(no)) from None
    return {"packages": [_shown(call.world, serial, packages.find(call.world, serial).orders) for serial in there]}
