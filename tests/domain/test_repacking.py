"""Goods are split over packages, combined and taken apart: none is lost or doubled, and orders are as far as their packages are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockplatforms.domain import cancellations, orders, packages, placing, products, repacking, shipping
from mockplatforms.domain.errors import Invalid, OrderState, OrderUnknown, PackageState, Refused
from mockplatforms.domain.events import OrderMoved, PackagesRepacked
from mockplatforms.domain.orders import ORDERS, Status
from mockplatforms.domain.packages import PACKAGES, PackageStatus
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.products import PRODUCTS
from mockplatforms.domain.timers import TIMERS

_S = Platform.TIKTOK_SHOP
DAY = 86400


def buy(scene, world, *, quantities=(2, 1), buyer="sari", app=_S, **more):
    """An order of one line per SKU on TikTok Shop; answers its serial."""
    owner = scene.owner(world, "kecil")
    sold = [sku.seller_sku for row in products.storefront(world, owner, _S, limit=20) for sku in row.skus if sum(stock.available + stock.committed for stock in sku.stock) >= 10]
    items = [{"sku": text, "quantity": quantity} for text, quantity in zip(sold, quantities, strict=False)]
    lines = placing.resolve(world, owner, _S, items)
    return placing.place(world, owner, lines, buyer=placing.buyer_named(world, buyer), buyer_app=app, platform=_S, **more)


def lines(world, serial):
    return [list(item.serials) for item in orders.find(world, serial).items]


def halves(world, serial):
    """The order split, a package per SKU."""
    return repacking.split(world, serial, lines(world, serial))


def told(world, kind=PackagesRepacked):
    """What was told since the last commit, the oldest first."""
    found, chain = [], world.events
    while chain is not None:
        event, chain = chain
        if isinstance(event, kind):
            found.append(event)
    return found[::-1]


def inside(world, serial):
    return packages.find(world, serial).orders


# ---- splitting ----------------------------------------------------------------------------------------------------------------------------


def test_each_sku_of_a_split_order_has_its_package(scene, small):
    world, serial = buy(scene, small)
    old = orders.find(world, serial).packages

    world, made = halves(world, serial)

    order = orders.find(world, serial)
    assert order.packages == made and len(made) == 2
    assert [item.package for item in order.items] == list(made)
    assert [packages.find(world, one).items for one in made] == [tuple(units) for units in lines(world, serial)]
    assert {packages.find(world, one).tag for one in made} == {"SPLIT"}
    scene.refused(packages.find, world, old[0])
    assert told(world)[-1].change == "SPLIT"
    assert told(world)[-1].packages == tuple((one, (serial,)) for one in made)


def test_lines_that_no_group_names_stay_together(scene, small):
    world, serial = buy(scene, small, quantities=(1, 2, 3))
    first, *rest = lines(world, serial)

    world, made = repacking.split(world, serial, [first])

    assert len(made) == 1
    assert [packages.find(world, one).items for one in orders.find(world, serial).packages] == [tuple(first), tuple(unit for units in rest for unit in units)]


def test_units_of_one_sku_stay_together(scene, small):
    world, serial = buy(scene, small, quantities=(2, 1))
    (one, other), third = lines(world, serial)

    assert "one SKU" in str(scene.refused(repacking.split, world, serial, [[one], [other, *third]]))


@pytest.mark.parametrize("groups", [[[]], [[7]], [[0, 0]], [[0], [0]], [[0, 1, 2]]], ids=["empty", "a stranger's line", "a line twice", "a line in two groups", "all in one group"])
def test_groups_that_make_no_sense_are_invalid(scene, small, groups):
    world, serial = buy(scene, small)
    every = [unit for units in lines(world, serial) for unit in units]

    asked = [[every[place] if place < len(every) else 1 for place in group] for group in groups]

    assert isinstance(scene.refused(repacking.split, world, serial, asked), Invalid)


def combined(scene, world):
    """Two orders of one buyer in one package; answers the orders and the package."""
    world, one = buy(scene, world)
    world, two = buy(scene, world, quantities=(1,))
    world, made = repacking.combine(world, [orders.find(world, serial).packages[0] for serial in (one, two)])
    return world, one, two, made


def test_what_stands_in_the_way_of_a_split_is_told(scene, small):
    paid, serial = buy(scene, small)
    unpaid, waiting = buy(scene, small, pay=False)
    single, alone = buy(scene, small, quantities=(3,))
    package = orders.find(paid, serial).packages[0]
    both, one, _, _ = combined(scene, small)
    cases = [
        (paid, serial, ""),
        (halves(paid, serial).world, serial, ""),
        (unpaid, waiting, "Order has not been paid"),
        (cancellations.cancelled(paid, serial, by="seller", reason="habis"), serial, "Order has been canceled"),
        (shipping.ship(paid, package), serial, "Order has been shipped"),
        (cancellations.request_cancel(paid, serial, "salah"), serial, "The buyer has requested to cancel the order"),
        (single, alone, "Order has only one SKU"),
        (both, one, "Order has been combined with other orders"),
    ]
    for world, about, words in cases:
        assert repacking.unsplittable(world, orders.find(world, about)) == words
        if words:
            assert isinstance(scene.refused(halves, world, about), OrderState)


def test_what_is_too_much_for_one_package_must_be_split(scene):
    world = scene.build("small", package_limits=["total=2"])
    world, serial = buy(scene, world)
    world, alone = buy(scene, world, quantities=(5,))
    package, single = (packages.find(world, orders.find(world, one).packages[0]) for one in (serial, alone))

    assert repacking.too_much(world, package) == [("total", 2)]
    assert repacking.too_much(world, single) == []
    world, made = halves(world, serial)
    assert [repacking.too_much(world, packages.find(world, one)) for one in made] == [[], []]


# ---- the journey --------------------------------------------------------------------------------------------------------------------------


def test_a_split_order_is_as_far_as_all_its_packages(scene, small):
    world, serial = buy(scene, small)
    world, (one, two) = halves(world, serial)
    steps = [
        (shipping.ship, one, Status.PARTLY_ARRANGED),
        (shipping.package_collected, one, Status.PARTLY_ARRANGED),
        (shipping.package_delivered, one, Status.PARTLY_ARRANGED),
        (shipping.ship, two, Status.ARRANGED),
        (shipping.package_collected, two, Status.IN_TRANSIT),
        (shipping.package_delivered, two, Status.DELIVERED),
    ]
    for act, package, status in steps:
        world = act(scene.later(world, 60), package)
        assert orders.find(world, serial).status is status
    order = orders.find(world, serial)
    assert order.arranged.world < order.collected.world < order.delivered.world
    assert [event.after for event in told(world, OrderMoved)] == ["partly_arranged", "arranged", "in_transit", "delivered"]


def test_each_package_travels_on_the_clock(scene, small):
    world, serial = buy(scene, small)
    world, (one, two) = halves(world, serial)
    world = shipping.ship(world, one)
    world = scene.advance(world, 3600)
    world = shipping.ship(world, two)

    early = scene.advance(world, 2 * 3600 - 3600)
    assert [packages.find(early, package).status for package in (one, two)] == [PackageStatus.FULFILLING, PackageStatus.PROCESSING]
    late = scene.advance(world, 3 * DAY)
    assert orders.find(late, serial).status is Status.DELIVERED
    assert packages.find(late, two).delivered.world - packages.find(late, one).delivered.world == 3600


def test_units_leave_the_warehouse_with_their_package(scene, small):
    world, serial = buy(scene, small)
    world, (one, two) = halves(world, serial)
    for package in (one, two):
        world = shipping.ship(world, package)

    def held(world):
        return [sum(sku.committed for sku in world.get(PRODUCTS, item.product).skus) for item in orders.find(world, serial).items]

    before = held(world)
    world = shipping.package_collected(world, one)
    assert held(world) == [before[0] - 2, before[1]]
    world = shipping.package_collected(world, two)
    assert held(world) == [before[0] - 2, before[1] - 1]


def test_an_order_with_a_package_on_the_road_is_not_cancelled(scene, small):
    world, serial = buy(scene, small)
    world, made = halves(world, serial)
    for package in made:
        world = shipping.ship(world, package)
    world = shipping.package_collected(world, made[0])

    assert orders.find(world, serial).status is Status.ARRANGED
    assert "courier" in str(scene.refused(cancellations.cancelled, world, serial, by="seller", reason="habis"))


def test_a_package_that_could_not_be_handed_over_waits_for_somebody(scene, small):
    world, serial = buy(scene, small)
    (package,) = orders.find(world, serial).packages
    world = shipping.package_collected(shipping.ship(world, package), package)

    world = scene.advance(shipping.package_not_delivered(world, package, "BUYER_REFUSED"), 30 * DAY)

    assert (orders.find(world, serial).status, packages.find(world, package).failed) == (Status.IN_TRANSIT, "BUYER_REFUSED")
    world = shipping.package_delivered(world, package)
    assert (orders.find(world, serial).status, packages.find(world, package).failed) == (Status.DELIVERED, "")


# ---- combining ----------------------------------------------------------------------------------------------------------------------------


def test_a_combined_package_is_shipped_once_for_all_its_orders(scene, small):
    world, one, two, package = combined(scene, small)

    assert inside(world, package) == (one, two)
    assert told(world)[-1].change == "COMBINE"
    world = shipping.ship(world, package)
    assert {orders.find(world, serial).status for serial in (one, two)} == {Status.ARRANGED}
    scene.refused(shipping.ship, world, package)
    assert {orders.find(scene.advance(world, 3 * DAY), serial).status for serial in (one, two)} == {Status.DELIVERED}


def others(scene, world):
    """Why two packages do not fit → the world with a second order, and that order."""
    first = placing.buyer_named(world, "sari")
    yield "another buyer", buy(scene, world, buyer="budi")
    yield "another app", buy(scene, world, app=Platform.TOKOPEDIA)
    yield "another address", _moved_away(*buy(scene, world), first.address.but(street="Jl. Lain 9"))
    yield "it is shipped", _acted(*buy(scene, world), lambda w, s: shipping.ship(w, orders.find(w, s).packages[0]))
    yield "it is asked to be cancelled", _acted(*buy(scene, world), lambda w, s: cancellations.request_cancel(w, s, "salah"))
    yield "it is split", _acted(*buy(scene, world), lambda w, s: halves(w, s).world)


def _acted(world, serial, act):
    return act(world, serial), serial


def _moved_away(world, serial, address):
    return placing.change_address(world, serial, address), serial


def test_what_does_not_belong_together_is_not_combined(scene, small):
    world, one = buy(scene, small)
    for why, (there, two) in others(scene, world):
        pair = [orders.find(there, serial).packages[0] for serial in (one, two)]
        assert isinstance(scene.refused(repacking.combine, there, pair), PackageState), why
        assert isinstance(scene.refused(repacking.combine, there, pair[::-1]), PackageState), why
        assert not any(row.leads for row in there.shelf(PACKAGES).rows.values()), why


def test_orders_of_the_tokopedia_app_travel_alone(scene, small):
    world, one = buy(scene, small, app=Platform.TOKOPEDIA)
    world, two = buy(scene, world, app=Platform.TOKOPEDIA)

    assert isinstance(scene.refused(repacking.combine, world, [orders.find(world, serial).packages[0] for serial in (one, two)]), PackageState)


def test_one_package_is_none_to_combine(scene, small):
    world, one = buy(scene, small)
    (package,) = orders.find(world, one).packages

    assert isinstance(scene.refused(repacking.combine, world, [package, package]), Invalid)


def test_the_packages_of_a_split_order_become_whole_again(scene, small):
    world, serial = buy(scene, small, quantities=(1, 1, 1))
    world, made = halves(world, serial)

    world, part = repacking.combine(world, made[:2])
    assert (packages.find(world, part).tag, told(world)[-1].change) == ("SPLIT", "CANCEL_SPLIT")
    world, whole = repacking.combine(world, [part, made[2]])

    assert orders.find(world, serial).packages == (whole,)
    assert packages.find(world, whole).tag == ""
    assert repacking.unsplittable(world, orders.find(world, serial)) == ""


def test_who_leads_those_that_may_travel_together_is_always_known(scene, small):
    def leaders(world):
        return [row.orders for row in world.shelf(PACKAGES).page("leading")]

    world, one = buy(scene, small)
    assert leaders(world) == []
    world, two = buy(scene, world)
    world, three = buy(scene, world)
    assert leaders(world) == [(one,)]
    asked = cancellations.request_cancel(world, one, "salah")
    assert leaders(asked) == [(two,)]
    assert leaders(cancellations.settle_cancel(asked, one, "rejected")) == [(one,)]
    assert leaders(cancellations.cancelled(cancellations.cancelled(world, one, by="seller", reason="x"), two, by="seller", reason="x")) == []
    world, _ = repacking.combine(world, [orders.find(world, serial).packages[0] for serial in (one, two)])
    assert leaders(world) == [(three,)]
    companions = packages.companions(world, packages.find(world, orders.find(world, three).packages[0]), 50)
    assert [row.orders for row in companions] == [(three,), (one, two)]


# ---- taking apart -------------------------------------------------------------------------------------------------------------------------


def test_all_orders_leave_a_combined_package(scene, small):
    world, one, two, package = combined(scene, small)

    world, there = repacking.uncombine(world, package)

    assert [inside(world, serial) for serial in there] == [(one,), (two,)]
    assert [orders.find(world, serial).packages for serial in (one, two)] == [(there[0],), (there[1],)]
    assert {packages.find(world, serial).tag for serial in there} == {""}
    scene.refused(packages.find, world, package)
    assert told(world)[-1].change == "CANCEL_COMBINE"
    assert told(world)[-1].packages == ((there[0], (one,)), (there[1], (two,)))
    assert repacking.combine(world, there).result


def test_what_stays_keeps_its_package(scene, small):
    world, one, two, package = combined(scene, small)
    world, three = buy(scene, world)
    world, package = repacking.combine(world, [package, orders.find(world, three).packages[0]])

    world, there = repacking.uncombine(world, package, [two])

    assert there[0] == package
    assert [inside(world, serial) for serial in there] == [(one, three), (two,)]
    assert packages.find(world, package).tag == "COMBINE"
    world, there = repacking.uncombine(world, package, [one])
    assert [(inside(world, serial), packages.find(world, serial).tag) for serial in there] == [((three,), ""), ((one,), "")]


def test_only_a_waiting_package_with_several_orders_is_taken_apart(scene, small):
    world, one, _, package = combined(scene, small)
    alone, serial = buy(scene, small)

    assert isinstance(scene.refused(repacking.uncombine, alone, orders.find(alone, serial).packages[0]), PackageState)
    assert isinstance(scene.refused(repacking.uncombine, world, package, [one + 1]), OrderUnknown)
    assert isinstance(scene.refused(repacking.uncombine, shipping.ship(world, package), package), PackageState)


LEAVING = {
    "cancelled by its seller": (lambda w, s: cancellations.cancelled(w, s, by="seller", reason="x"), "PARTLY_CANCEL_SPLIT", "seller"),
    "cancelled by its buyer": (lambda w, s: cancellations.settle_cancel(cancellations.request_cancel(w, s, "x"), s, "accepted"), "PARTLY_CANCEL_SPLIT", "buyer"),
    "sent elsewhere": (lambda w, s: placing.change_address(w, s, orders.find(w, s).address.but(street="Jl. Lain 9")), "ADDRESS_UPDATE_SPLIT", "buyer"),
}


@pytest.mark.parametrize("why", LEAVING)
def test_an_order_leaves_its_combined_package_when_it_is(scene, small, why):
    act, change, by = LEAVING[why]
    world, one, two, package = combined(scene, small)

    world = act(world, one)

    event = told(world)[-1]
    assert (event.change, event.by) == (change, by)
    assert event.packages == ((package, (two,)), (orders.find(world, one).packages[0], (one,)))
    assert inside(world, package) == (two,) and packages.find(world, package).tag == ""
    assert orders.find(world, two).status is Status.PAID
    assert packages.find(world, orders.find(world, one).packages[0]).status is (PackageStatus.TO_FULFILL if change.startswith("ADDRESS") else PackageStatus.CANCELLED)


def test_an_order_that_is_cancelled_after_shipping_leaves_the_rest_to_the_courier(scene, small):
    world, one, two, package = combined(scene, small)
    world = cancellations.cancelled(shipping.ship(world, package), one, by="seller", reason="x")

    assert told(world)[-1].change == "CANCEL_FULFILL_SPLIT"
    world = scene.advance(world, 3 * DAY)
    assert [orders.find(world, serial).status for serial in (one, two)] == [Status.CANCELLED, Status.DELIVERED]


# ---- laws ---------------------------------------------------------------------------------------------------------------------------------

WAITING = frozenset({PackageStatus.TO_FULFILL})
step = st.one_of(
    st.tuples(st.just("place"), st.sampled_from(["sari", "budi"]), st.lists(st.integers(1, 2), min_size=1, max_size=3)),
    st.tuples(st.just("split"), st.integers(0, 9), st.integers(0, 2)),
    st.tuples(st.just("combine"), st.integers(0, 9), st.integers(0, 9)),
    st.tuples(st.just("uncombine"), st.integers(0, 9), st.integers(0, 2)),
    st.tuples(st.sampled_from(["ship", "scan", "arrive", "fail"]), st.integers(0, 9)),
    st.tuples(st.sampled_from(["cancel", "ask", "refuse", "move"]), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.sampled_from([1800, 7200, 90_000, 200_000])),
)


def acted(scene, world, kind, args):
    """One step of a story, about one of the packages or orders that it fits, or about any where it fits none."""
    if kind == "place":
        return buy(scene, world, buyer=args[0], quantities=tuple(args[1])).world
    if kind == "wait":
        return scene.advance(world, args[0])
    if kind in OF_ORDERS:
        every = sorted(serial for serial, order in world.shelf(ORDERS).rows.items() if order.platform is _S)
        order = every[-1 - args[0] % len(every)]
        if kind == "split":
            units = lines(world, order)
            return repacking.split(world, order, [units[args[1] % len(units)]]).world
        return OF_ORDERS[kind](world, order)
    living = sorted((row for row in world.shelf(PACKAGES).rows.values() if not row.became), key=lambda row: row.serial)
    fit = [row for row in living if FITS[kind](row)] or living
    package = fit[-1 - args[0] % len(fit)]
    if kind == "combine":
        free = packages.companions(world, package, 9) or living
        return repacking.combine(world, [package.serial, free[args[1] % len(free)].serial]).world
    if kind == "uncombine":
        return repacking.uncombine(world, package.serial, package.orders[: args[1]]).world
    return OF_PACKAGES[kind](world, package.serial)


FITS = {
    "combine": lambda package: package.leads,
    "uncombine": lambda package: len(package.orders) > 1,
    "ship": lambda package: package.waits,
    "scan": lambda package: package.status is PackageStatus.PROCESSING,
    "arrive": lambda package: package.status is PackageStatus.FULFILLING,
    "fail": lambda package: package.status is PackageStatus.FULFILLING,
}
OF_PACKAGES = {
    "ship": shipping.ship,
    "scan": shipping.package_collected,
    "arrive": shipping.package_delivered,
    "fail": lambda w, p: shipping.package_not_delivered(w, p, "OTHER"),
}
OF_ORDERS = {
    "split": None,
    "cancel": lambda w, o: cancellations.cancelled(w, o, by="seller", reason="x"),
    "ask": lambda w, o: cancellations.request_cancel(w, o, "x"),
    "refuse": lambda w, o: cancellations.settle_cancel(w, o, "rejected"),
    "move": lambda w, o: placing.change_address(w, o, orders.find(w, o).address.but(street=f"Jl. Lain {o % 2}")),
}
AMONG = {
    Status.PAID: WAITING,
    Status.ARRANGED: frozenset(PackageStatus) - WAITING - {PackageStatus.CANCELLED},
    Status.IN_TRANSIT: frozenset({PackageStatus.FULFILLING, PackageStatus.COMPLETED}),
    Status.DELIVERED: frozenset({PackageStatus.COMPLETED}),
    Status.COMPLETED: frozenset({PackageStatus.COMPLETED}),
    Status.CANCELLED: frozenset({PackageStatus.CANCELLED}),
}


def agrees(world, order):
    """An order's lines lie in the packages that it lists, each in one, and it is as far as they are."""
    held = [packages.find(world, serial) for serial in order.packages]
    assert sorted(unit for package in held for unit in package.items if any(unit in item.serials for item in order.items)) == sorted(unit for item in order.items for unit in item.serials)
    for item in order.items:
        assert set(item.serials) <= set(packages.find(world, item.package).items)
    assert all(order.serial in package.orders for package in held)
    statuses = {package.status for package in held}
    if order.status is Status.PARTLY_ARRANGED:
        assert PackageStatus.TO_FULFILL in statuses and len(statuses) > 1
    else:
        assert statuses <= AMONG[order.status]
    tags = {package.tag for package in held}
    assert (len(held) > 1) is (tags == {"SPLIT"}) and all((len(package.orders) > 1) is (package.tag == "COMBINE") for package in held)


def packages_agree(world):
    """Living packages are listed by their orders; of those that may travel together the first leads, and nobody else."""
    living = [row for row in world.shelf(PACKAGES).rows.values() if not row.became]
    for package in living:
        assert all(package.serial in orders.find(world, one).packages for one in package.orders)
        free = packages.companions(world, package, 100)
        assert package.leads is (len(free) > 1 and free[0] is package)
    rings = {(timer.kind, timer.subject) for timer in world.shelf(TIMERS).rows.values() if timer.kind.startswith("package.")}
    assert {subject for kind, subject in rings if kind == "package.collect"} == {row.serial for row in living if row.status is PackageStatus.PROCESSING}
    assert {subject for kind, subject in rings if kind == "package.deliver"} == {row.serial for row in living if row.status is PackageStatus.FULFILLING and not row.failed}


@settings(max_examples=200, deadline=None)
@given(story=st.lists(step, min_size=4, max_size=30))
def test_no_line_is_lost_or_doubled_and_statuses_agree(scene, small, story):
    world, _ = buy(scene, small)
    world, _ = buy(scene, world)
    stocks = [stock for product in world.shelf(PRODUCTS).rows.values() for sku in product.skus for stock in sku.stock]
    total = sum(stock.available + stock.committed for stock in stocks)
    for kind, *args in story:
        try:
            world = acted(scene, world, kind, args)
        except Refused:
            continue
        for order in world.shelf(ORDERS).rows.values():
            if order.platform is _S and order.paid is not None:
                agrees(world, order)
        packages_agree(world)
        stocks = [stock for product in world.shelf(PRODUCTS).rows.values() for sku in product.skus for stock in sku.stock]
        left = sum(item.quantity for order in world.shelf(ORDERS).rows.values() for item in order.items if item.package and packages.find(world, item.package).collected is not None)
        gone = sum(item.quantity for order in small.shelf(ORDERS).rows.values() for item in order.items if item.package and packages.find(small, item.package).collected is not None)
        assert sum(stock.available + stock.committed for stock in stocks) + left - gone == total
