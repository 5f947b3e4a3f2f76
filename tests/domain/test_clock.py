"""Time passes only when told; what waits rings in order, and simulated buyers come by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockplatforms.domain import acceptance, buyers, clock, orders, placing, shipping, timers
from mockplatforms.domain.chats import CONVERSATIONS
from mockplatforms.domain.instants import Instant
from mockplatforms.domain.orders import ORDERS, Status
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.timers import TIMERS

TOKOPEDIA, TIKTOK_SHOP = Platform


@given(st.lists(st.tuples(st.sampled_from(["world", "wire"]), st.integers(1, 50)), max_size=30))
def test_timers_ring_in_order_of_moment_and_serial(scene, waits):
    world = scene.build("empty")
    base = world.now.world
    for n, (hangs_on, wait) in enumerate(waits):
        world = timers.set(world, "order.pay", n, due=base + wait, clock=hangs_on)
    rung, goal = [], world.now.later(60)
    while (timer := clock.due(world, goal)) is not None:
        rung.append((timer.due, timer.serial))
        world = clock.ring(world, timer.serial)
    assert rung == sorted(rung) and len(rung) == len(waits)
    assert clock.next_due(world) == (None, None, None)


def test_nothing_rings_before_its_moment_on_its_own_clock(scene):
    world = scene.build("empty")
    now = world.now
    world = timers.set(world, "order.pay", 1, due=now.wire + 10, clock="wire")
    assert clock.due(world, Instant(now.world + 10**6, now.wire + 9)) is None
    assert clock.due(world, Instant(now.world, now.wire + 10)) is not None
    assert clock.next_due(world).wire == now.wire + 10


def test_every_kind_of_timer_that_is_set_can_ring(scene):
    world = scene.migrate(scene.build("demo", copy_trickle=600, tiktok_audit_seconds=60, buyers_per_hour_tokopedia=3), "maju", Phase.PRODUCT_MERGED)
    world = buyers.start(world)
    assert {t.kind for t in world.shelf(TIMERS).page("by_due")} <= set(clock.RINGS)


def test_a_timer_whose_order_has_moved_on_rings_for_nothing(scene, small):
    world, serial = scene.buy(small, "kecil", TOKOPEDIA, "KOP-03", pay=False)
    world = timers.set(world, "order.pay", serial, due=world.now.world + 5)
    world = placing.paid(world, serial)
    later = scene.advance(world, 10)
    assert orders.find(later, serial) == orders.find(world, serial)


@pytest.mark.parametrize(
    ("app", "acts", "seconds", "by"),
    [
        (TOKOPEDIA, "unpaid", 86400, "system"),
        (TOKOPEDIA, "paid", 86400, "system"),
        (TOKOPEDIA, "accepted", 345600, "system"),
        (TIKTOK_SHOP, "paid", 172800, "system"),
    ],
)
def test_a_deadline_cancels_at_its_second_and_not_before(scene, small, app, acts, seconds, by):
    text = "KOP-03" if app is TOKOPEDIA else "KRP-02"
    world, serial = scene.buy(small, "kecil", app, text, pay=acts != "unpaid")
    if acts == "accepted":
        world = acceptance.accept(world, serial)
    before = orders.find(world, serial).status
    assert orders.find(scene.advance(world, seconds - 1), serial).status is before
    after = orders.find(scene.advance(world, seconds), serial)
    assert after.status is Status.CANCELLED and after.cancelled_by == by
    assert orders.find(clock.expire(world, serial), serial).status is Status.CANCELLED


def test_deadlines_hang_on_wire_time_unless_the_rule_says_world(scene):
    for rule in ("wire", "world"):
        world = scene.build("small", deadlines=rule)
        world, serial = scene.buy(world, "kecil", TOKOPEDIA, "KOP-03")
        moments = {t.clock for t in world.shelf(TIMERS).page("by_subject", (serial,), (serial + 1,)) if t.kind.endswith("deadline")}
        assert moments == {rule}


def test_a_parcel_goes_its_way_by_itself(scene, small):
    world, serial = scene.buy(small, "kecil", TIKTOK_SHOP, "KRP-02")
    world = shipping.ship(world, orders.find(world, serial).packages[0])
    seen = []
    for seconds in (0, 7200, 172800, 172800):
        world = scene.advance(world, seconds)
        seen.append(orders.find(world, serial).status)
    assert seen == [Status.ARRANGED, Status.IN_TRANSIT, Status.DELIVERED, Status.COMPLETED]
    moments = [line.at.world for line in orders.find(world, serial).history]
    assert moments == sorted(moments)


@pytest.mark.parametrize("phase", Phase)
def test_simulated_buyers_order_on_the_right_side_in_every_phase(scene, phase):
    world = scene.migrate(scene.build("small", buyers_per_hour_tokopedia=4, buyers_per_hour_tiktok_shop=2), "kecil", phase)
    if phase is Phase.MERGING:
        timer = next(t for t in world.shelf(TIMERS).page("by_due") if t.kind == "migration.complete")
        world = timers.stop(world, timer.kind, timer.subject)
    known = set(world.shelf(ORDERS).rows)
    later = scene.advance(buyers.start(world), 12 * 3600)
    new = [o for serial, o in sorted(later.shelf(ORDERS).rows.items()) if serial not in known]
    assert {o.buyer_app for o in new} == set(Platform) and 20 < len(new) < 90
    merged = phase in (Phase.MERGED, Phase.PRODUCT_MERGED)
    assert all(o.platform is (TIKTOK_SHOP if merged else o.buyer_app) for o in new)
    assert len(later.shelf(CONVERSATIONS)) > len(world.shelf(CONVERSATIONS))


def test_no_buyers_come_where_the_rate_is_nothing(scene, small):
    assert not [t for t in buyers.start(small).shelf(TIMERS).page("by_due") if t.kind == "buyers.tick"]


def test_buyers_of_a_shop_that_sells_nothing_do_nothing_and_come_again(scene):
    world = buyers.start(scene.build("empty", buyers_per_hour_tokopedia=60))
    later = scene.advance(world, 3600)
    assert not len(later.shelf(ORDERS)) and [t.kind for t in later.shelf(TIMERS).page("by_due")] == ["buyers.tick"]
