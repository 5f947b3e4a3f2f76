"""No unit is sold twice and none is lost, an order stays where it was placed, and a fork leaves its origin alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockplatforms.domain import acceptance, cancellations, clock, migration, orders, packages, placing, products, reviews, shipping, shops
from mockplatforms.domain.errors import NotSold, Refused, SkuUnknown, TooLittleStock
from mockplatforms.domain.orders import ORDERS, Status
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.products import PRODUCTS, Listing, SkuDraft, Stock
from mockplatforms.domain.table import Shelf
from mockplatforms.domain.timers import TIMERS

TOKOPEDIA, TIKTOK_SHOP = Platform


def ship(world, serial):
    for package in orders.find(world, serial).packages:
        world = shipping.ship(world, package)
    return world


ACTS = {
    "pay": placing.paid,
    "accept": acceptance.accept,
    "reject": lambda w, s: acceptance.reject(w, s, code=1, reason="habis"),
    "pickup": shipping.request_pickup,
    "confirm": lambda w, s: shipping.confirm_shipping(w, s, "AWB1"),
    "ship": ship,
    "collect": shipping.collected,
    "deliver": shipping.delivered,
    "complete": orders.completed,
    "complain": orders.complain,
    "cancel": lambda w, s: cancellations.cancelled(w, s, by="seller", reason="habis"),
    "request_cancel": lambda w, s: cancellations.request_cancel(w, s, "salah"),
    "accept_cancel": lambda w, s: cancellations.settle_cancel(w, s, "accepted"),
    "reject_cancel": lambda w, s: cancellations.settle_cancel(w, s, "rejected"),
    "expire": clock.expire,
}
ONWARD = {Phase.PRE_MERGE: migration.link, Phase.MERGING: migration.complete, Phase.MERGED: migration.confirm}
TEXTS = ("KOP-01", "KOP-02", "KOP-03", "TMB-01", "KRP-01", "KPL-01-HIT-S")

orders_placed = st.tuples(st.just("place"), st.sampled_from(Platform), st.sampled_from(TEXTS), st.integers(1, 9), st.booleans())
orders_acted = st.tuples(st.just("act"), st.sampled_from(sorted(ACTS)), st.integers(0, 6))
time_passed = st.tuples(st.just("wait"), st.integers(1, 90_000))
moved = st.tuples(st.just("move"), st.sampled_from(["onward", "onward", "onward", "fail"]))
stories = st.lists(st.one_of(orders_placed, orders_acted, orders_acted, time_passed, moved), min_size=5, max_size=40)


def lived(scene, world, story):
    """The world after each step of a story; a refused step changes nothing."""
    owner = scene.owner(world, "kecil").serial
    yield world
    for kind, *args in story:
        try:
            if kind == "place":
                app, text, quantity, pay = args
                world, _ = scene.buy(world, "kecil", app, text, quantity, pay=pay)
            elif kind == "act":
                every = sorted(world.shelf(ORDERS).rows)
                world = ACTS[args[0]](world, every[-1 - args[1] % len(every)])
            elif kind == "wait":
                world = scene.advance(world, args[0])
            elif args[0] == "fail":
                world = migration.fail(world, owner, "uji")
            else:
                world = ONWARD.get(shops.seller(world, owner).phase, migration.link)(world, owner)
        except Refused:
            continue
        yield world


def units(world):
    """(free, held by orders, shipped, held by force) units of all living records."""
    living = [p for p in world.shelf(PRODUCTS).rows.values() if p.merged_into is None]
    stocks = [stock for p in living for sku in p.skus for stock in sku.stock]
    shipped = sum(i.quantity for o in world.shelf(ORDERS).rows.values() if o.collected is not None for i in o.items)
    return sum(s.available for s in stocks), sum(s.committed for s in stocks), shipped, sum(s.short for s in stocks)


@settings(max_examples=250, deadline=None)
@given(story=stories)
def test_stock_is_never_negative_and_never_lost(scene, small, story):
    begin = scene.ready(small)
    total = sum(units(begin)[:3])
    for world in lived(scene, begin, story):
        free, held, shipped, short = units(world)
        assert free + held + shipped == total and not short
        assert all(stock.available >= 0 and stock.committed >= 0 for p in world.shelf(PRODUCTS).rows.values() for sku in p.skus for stock in sku.stock)
        waiting = [o for o in world.shelf(ORDERS).rows.values() if o.paid and not o.collected and o.status is not Status.CANCELLED]
        assert held == sum(item.quantity for order in waiting for item in order.items)


@settings(max_examples=40, deadline=None)
@given(story=stories)
def test_an_order_lives_on_one_side_only_and_keeps_its_key(scene, small, story):
    known = {}
    for world in lived(scene, scene.ready(small), story):
        for order in world.shelf(ORDERS).rows.values():
            assert known.setdefault(order.serial, (order.platform, order.key)) == (order.platform, order.key)
            other = TIKTOK_SHOP if order.platform is TOKOPEDIA else TOKOPEDIA
            scene.refused(orders.find, world, order.serial, other)


@settings(max_examples=40, deadline=None)
@given(story=stories)
def test_a_fork_never_disturbs_its_origin(scene, small, story):
    origin = scene.ready(small)
    before = {name: (dict(shelf.rows), [list(index) for index in shelf.indexes]) for name, shelf in origin.shelves.items()}
    for _ in lived(scene, origin, story):
        pass
    assert {name: (dict(shelf.rows), [list(index) for index in shelf.indexes]) for name, shelf in origin.shelves.items()} == before


@settings(max_examples=40, deadline=None)
@given(story=stories)
def test_indexes_say_what_the_rows_say(scene, small, story):
    *_, world = lived(scene, scene.ready(small), story)
    for shelf in world.shelves.values():
        anew = Shelf.of(shelf.table, shelf.rows.values())
        assert [list(index) for index in shelf.indexes] == [list(index) for index in anew.indexes]


@settings(max_examples=15, deadline=None)
@given(story=stories)
def test_the_same_story_of_the_same_seed_ends_in_the_same_rows(scene, small, story):
    first, second = ([dict(shelf.rows) for shelf in [*lived(scene, scene.ready(small), story)][-1].shelves.values()] for _ in range(2))
    assert first == second


# ---- single cases -------------------------------------------------------------------------------------------------------------------------


def test_a_sale_takes_units_a_cancellation_gives_them_back(scene, demo):
    _, sku = scene.sku(demo, "maju", "KOP-04")
    world, order = scene.buy(demo, "maju", TOKOPEDIA, "KOP-04", 2)
    assert scene.sku(world, "maju", "KOP-04")[1].available == sku.available - 2
    world = cancellations.cancelled(world, order, by="seller", reason="habis")
    assert scene.sku(world, "maju", "KOP-04")[1] == sku


@pytest.mark.parametrize("end", [clock.expire, lambda w, s: cancellations.request_cancel(w, s, "salah"), ACTS["cancel"]])
def test_an_unpaid_order_that_ends_gives_nothing_back(scene, demo, end):
    world, _ = scene.buy(demo, "maju", TOKOPEDIA, "KOP-04")
    before = scene.sku(world, "maju", "KOP-04")[1]
    world, serial = scene.buy(world, "maju", TOKOPEDIA, "KOP-04", pay=False)
    world = end(world, serial)
    assert orders.find(world, serial).status is Status.CANCELLED and scene.sku(world, "maju", "KOP-04")[1] == before


def test_twins_are_strangers_before_the_merge(scene, demo):
    _, native = scene.sku(demo, "maju", "KOP-01", TIKTOK_SHOP)
    world, _ = scene.buy(demo, "maju", TOKOPEDIA, "KOP-01")
    assert scene.sku(world, "maju", "KOP-01", TIKTOK_SHOP)[1] == native


def test_an_unpaid_order_takes_nothing_and_is_cancelled_when_nothing_is_left_as_it_is_paid(scene, demo):
    world, late = scene.buy(demo, "maju", TOKOPEDIA, "SATU", pay=False)
    assert scene.sku(world, "maju", "SATU")[1].available == 1
    world, _ = scene.buy(world, "maju", TOKOPEDIA, "SATU")
    world = placing.paid(world, late)
    assert orders.find(world, late).status is Status.CANCELLED and orders.find(world, late).cancelled_by == "system"


@pytest.mark.parametrize(
    ("items", "error"),
    [
        ([{"sku": "SATU", "quantity": 2}], TooLittleStock),
        ([{"sku": "SATU"}, {"sku": "SATU"}], TooLittleStock),
        ([{"sku": "HABIS"}], TooLittleStock),
        ([{"sku": "TTK-01"}], NotSold),
        ([{"sku": "SRX"}], NotSold),
        ([{"sku": "tidak ada"}], NotSold),
        ([{"sku": "KOP-01", "quantity": 0}], Refused),
        ([{"sku": "KOP-01", "quantity": True}], Refused),
    ],
)
def test_a_cart_that_cannot_be_is_refused_before_anything_is_placed(scene, demo, items, error):
    assert isinstance(scene.refused(placing.resolve, demo, scene.owner(demo, "maju"), TOKOPEDIA, items), error)


def test_a_cart_that_no_single_warehouse_can_fill_is_refused(scene, demo):
    _, sku = scene.sku(demo, "maju", "TOC")
    assert [stock.available for stock in sku.stock] == [25, 5]
    refused = scene.refused(placing.resolve, demo, scene.owner(demo, "maju"), TOKOPEDIA, [{"sku": "TOC", "quantity": 26}])
    assert "25 left in one warehouse" in str(refused)


def test_a_seller_sku_on_two_products_is_ambiguous_and_names_both(scene, demo):
    refused = scene.refused(placing.resolve, demo, scene.owner(demo, "maju"), TOKOPEDIA, [{"sku": "GANDA-01"}])
    assert len(refused.candidates) == 2


def test_case_and_trailing_space_make_another_seller_sku(scene, demo):
    owner = scene.owner(demo, "maju").serial
    found = [products.by_seller_sku(demo, owner, text) for text in ("Led-Strip", "LED-STRIP", "LED-STRIP ")]
    assert [len(rows) for rows in found] == [1, 1, 1] and len({rows[0][0].serial for rows in found}) == 3


def test_units_sold_by_force_are_made_good_before_any_is_free_again(scene, demo):
    world, order = scene.buy(demo, "maju", TOKOPEDIA, "SATU", 4, force=True)
    stock = scene.sku(world, "maju", "SATU")[1].stock[0]
    assert (stock.available, stock.committed, stock.short) == (0, 4, 3)
    world = cancellations.cancelled(world, order, by="seller", reason="habis")
    assert scene.sku(world, "maju", "SATU")[1] == scene.sku(demo, "maju", "SATU")[1]


def test_units_sold_by_force_and_shipped_leave_nothing_behind(scene, demo):
    world, order = scene.buy(demo, "maju", TOKOPEDIA, "SATU", 4, force=True)
    world = shipping.confirm_shipping(acceptance.accept(world, order), order, "AWB1")
    stock = scene.sku(world, "maju", "SATU")[1].stock[0]
    assert (stock.available, stock.committed, stock.short) == (0, 0, 0)


def test_an_order_can_be_cancelled_after_its_variant_was_taken_out(scene, demo):
    world, order = scene.buy(demo, "maju", TOKOPEDIA, "KMJ-02-M")
    product, sku = scene.sku(world, "maju", "KMJ-02-M")
    world = products.edit(world, product.serial, TOKOPEDIA, skus=tuple(s for s in product.skus if s.serial != sku.serial))
    assert isinstance(scene.refused(products.of_sku, world, sku.serial), SkuUnknown)
    assert orders.find(cancellations.cancelled(world, order, by="buyer", reason="batal"), order).status is Status.CANCELLED


def test_an_edit_keeps_units_that_orders_hold(scene, demo):
    world, order = scene.buy(demo, "maju", TOKOPEDIA, "KOP-04", 2)
    product, sku = scene.sku(world, "maju", "KOP-04")
    main, second = (stock.warehouse for stock in sku.stock)
    skus, world = products.new_skus(world, product, (SkuDraft("KOP-04", stock=((second, 50),)),), whole=False)
    assert skus[0].stock == (Stock(second, 50), Stock(main, 0, 2))
    assert skus[0].serial == sku.serial
    world = cancellations.cancelled(products.edit(world, product.serial, TOKOPEDIA, skus=skus), order, by="buyer", reason="batal")
    assert scene.sku(world, "maju", "KOP-04")[1].available == 52


def test_two_variants_of_an_edit_never_share_one_identity(scene, demo):
    product, sku = scene.sku(demo, "maju", "KOP-04")
    skus, _ = products.new_skus(demo, product, (SkuDraft("KOP-04", price=500), SkuDraft("KOP-04", price=900)), whole=False)
    assert skus[0].serial == sku.serial != skus[1].serial


@pytest.mark.parametrize("price", [0, 99, 100_000_001, -5])
def test_a_price_keeps_its_bounds(scene, demo, price):
    product, sku = scene.sku(demo, "maju", "KOP-04")
    assert "between 100 and 100000000" in str(scene.refused(products.set_price, demo, product.serial, sku.serial, price))


def test_stock_is_set_and_shifted_but_never_below_nothing(scene, demo):
    product, sku = scene.sku(demo, "maju", "KOP-04")
    where = sku.stock[0].warehouse
    world = products.set_stock(demo, product.serial, sku.serial, where, 7)
    world = products.shift_stock(world, product.serial, sku.serial, where, -7, cause="decrement")
    assert scene.sku(world, "maju", "KOP-04")[1].stock[0].available == 0
    assert isinstance(scene.refused(products.shift_stock, world, product.serial, sku.serial, where, -1, cause="decrement"), TooLittleStock)
    scene.refused(products.set_stock, world, product.serial, sku.serial, where, -1)
    assert [type(event).__name__ for event in world.told()] == ["StockChanged", "StockChanged"]


def test_a_new_native_product_passes_review_at_once_or_after_a_while(scene):
    for seconds, listing in ((0, Listing.ACTIVATE), (600, Listing.PENDING)):
        world = scene.build("small", tiktok_audit_seconds=seconds)
        owner = scene.owner(world, "kecil").serial
        facts = {"name": "Kopi Baru", "description": "", "category": 1, "weight": 100, "weight_unit": "GR"}
        world, serial = products.create(world, owner, TIKTOK_SHOP, (SkuDraft("BARU", 5000),), listing=Listing.DRAFT, **facts)
        world = reviews.submit(world, serial, TIKTOK_SHOP)
        assert products.find(world, serial).tiktok_shop is listing
        assert products.find(scene.advance(world, 601), serial).tiktok_shop is Listing.ACTIVATE


def test_shipping_twice_is_refused_and_stays_one_parcel(scene, demo):
    world, serial = scene.buy(demo, "maju", TIKTOK_SHOP, "TTK-01")
    (package,) = orders.find(world, serial).packages
    world = shipping.ship(world, package)
    assert "shipped already" in str(scene.refused(shipping.ship, world, package))
    assert packages.find(world, package).status is packages.PackageStatus.PROCESSING


def test_pickup_and_later_confirmation_are_one_parcel(scene, demo):
    world, serial = scene.buy(demo, "maju", TOKOPEDIA, "KOP-04")
    world = shipping.request_pickup(acceptance.accept(world, serial), serial)
    world = shipping.confirm_shipping(world, serial, "AWB1")
    assert scene.sku(world, "maju", "KOP-04")[1].committed == 0
    assert [t.kind for t in world.shelf(TIMERS).page("by_subject", (serial,), (serial + 1,))] == ["order.deliver"]
    scene.refused(shipping.confirm_shipping, world, serial, "AWB2")
    assert orders.find(scene.advance(world, 3 * 86400), serial).status is Status.DELIVERED


def test_each_phase_sends_a_new_order_to_its_owner(scene):
    table = {
        Phase.PRE_MERGE: (TOKOPEDIA, TIKTOK_SHOP),
        Phase.MERGING: (TOKOPEDIA, TIKTOK_SHOP),
        Phase.MERGED: (TIKTOK_SHOP, TIKTOK_SHOP),
        Phase.PRODUCT_MERGED: (TIKTOK_SHOP, TIKTOK_SHOP),
    }
    for phase, owners in table.items():
        world = scene.migrate(scene.build("small"), "kecil", phase)
        owner = scene.owner(world, "kecil")
        assert tuple(migration.owner_of_new_order(world, owner, app) for app in Platform) == owners


def test_with_a_cut_over_lag_buyers_orders_still_arrive_on_tokopedia_for_a_while(scene):
    world = scene.migrate(scene.build("small", order_cutover_lag=3600), "kecil", Phase.MERGED)
    owner = scene.owner(world, "kecil")
    found = [migration.owner_of_new_order(scene.later(world, s), owner, TOKOPEDIA) for s in (0, 3599, 3600)]
    assert found == [TOKOPEDIA, TOKOPEDIA, TIKTOK_SHOP]


def test_one_sellers_merge_leaves_the_others_alone(scene, demo):
    world = scene.migrate(demo, "maju", Phase.PRODUCT_MERGED)
    before, after = (
        {p.serial: p for p in w.shelf(PRODUCTS).rows.values() if p.seller != shops.named(w, "maju").serial} for w in (demo, world)
    )
    assert before == after
    assert migration.owner_of_new_order(world, scene.owner(world, "tetap"), TOKOPEDIA) is TOKOPEDIA


def test_seeding_and_stock_agree_on_what_is_held(demo):
    free, held, _, short = units(demo)
    waiting = [o for o in demo.shelf(ORDERS).rows.values() if o.paid and not o.collected and o.status is not Status.CANCELLED]
    assert free > 0 and short == 0 and held == sum(i.quantity for o in waiting for i in o.items)
