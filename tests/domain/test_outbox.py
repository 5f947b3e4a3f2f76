"""Webhooks owed are told in order, again by schedule, and always with the same bytes."""

from __future__ import annotations

import pytest

from mockplatforms.domain import outbox
from mockplatforms.domain.outbox import Attempt, DeliveryStatus
from mockplatforms.domain.phases import Platform

TOKOPEDIA, TIKTOK_SHOP = Platform


def owed(world, platform, *, delay=0, held=False, url="http://127.0.0.1:9/x"):
    world = outbox.owe(world, seller=1, platform=platform, app=1, topic="x", url=url, body=b'{"a":1}', delay=delay, held=held)
    return world, world.next - 1


@pytest.mark.parametrize(("platform", "waits"), [(TIKTOK_SHOP, [120, 1800, 10800, 43200]), (TOKOPEDIA, [60, 300, 1800])])
@pytest.mark.parametrize("status", [0, 301, 400, 500])
def test_a_webhook_is_tried_again_by_the_platforms_schedule_and_then_given_up(scene, small, platform, waits, status):
    world, serial = owed(small, platform)
    for wait in waits:
        world = outbox.record(world, serial, Attempt(world.now, status, 5))
        delivery = outbox.find(world, serial)
        assert delivery.status is DeliveryStatus.OWED and delivery.due == world.now.world + wait and delivery.body == b'{"a":1}'
        world = scene.later(world, wait)
        assert [d.serial for d in outbox.due(world, world.now.world)] == [serial]
    world = outbox.record(world, serial, Attempt(world.now, status, 5))
    assert outbox.find(world, serial).status is DeliveryStatus.GIVEN_UP and outbox.next_due(world) is None
    assert len(outbox.find(world, serial).attempts) == len(waits) + 1


@pytest.mark.parametrize(("platform", "status", "answered"), [(TIKTOK_SHOP, 200, True), (TIKTOK_SHOP, 204, True), (TIKTOK_SHOP, 401, True), (TOKOPEDIA, 401, False)])
def test_only_an_answer_ends_it(small, platform, status, answered):
    world, serial = owed(small, platform)
    world = outbox.record(world, serial, Attempt(world.now, status, 5))
    assert (outbox.find(world, serial).status is DeliveryStatus.DELIVERED) is answered


def test_what_is_owed_comes_in_order_of_moment_and_serial(small):
    world, first = owed(small, TOKOPEDIA, delay=10)
    world, second = owed(world, TIKTOK_SHOP)
    world, third = owed(world, TOKOPEDIA)
    assert [d.serial for d in outbox.due(world, world.now.world + 10)] == [second, third, first]
    assert outbox.next_due(world) == world.now.world


def test_what_is_held_is_owed_again_from_the_moment_of_its_release(scene, small):
    world, early = owed(small, TOKOPEDIA)
    world, late = owed(world, TOKOPEDIA, delay=900)
    world = outbox.hold_all(world)
    world, third = owed(world, TOKOPEDIA, held=True)
    assert outbox.next_due(world) is None
    world = outbox.release(scene.later(world, 100))
    assert [(d.serial, d.due - small.now.world) for d in outbox.due(world, world.now.world + 9999)] == [(early, 100), (third, 100), (late, 900)]


def test_a_delivery_can_be_told_once_more_with_the_same_bytes(scene, small):
    world, serial = owed(small, TOKOPEDIA)
    world = outbox.record(world, serial, Attempt(world.now, 200, 5))
    world = outbox.redeliver(scene.later(world, 50), serial)
    (again,) = outbox.due(world, world.now.world)
    assert again.serial == serial and again.body == b'{"a":1}' and len(again.attempts) == 1


def attempted(world, serial, status):
    """One attempt now, of the kind that is next."""
    return outbox.record(world, serial, Attempt(world.now, status, 5, asked=outbox.find(world, serial).asked))


def test_a_redelivery_leaves_the_platforms_schedule_alone(scene, small):
    world, serial = owed(small, TIKTOK_SHOP)
    world = attempted(world, serial, 500)
    scheduled = outbox.find(world, serial).due
    world = outbox.redeliver(scene.later(world, 10), serial)
    assert outbox.find(world, serial).next == world.now.world
    world = attempted(world, serial, 500)
    delivery = outbox.find(world, serial)
    assert (delivery.status, delivery.due, delivery.next) == (DeliveryStatus.OWED, scheduled, scheduled)
    assert [attempt.asked for attempt in delivery.attempts] == [False, True]
    for _ in world.rules.tiktok_retry:
        delivery = outbox.find(world, serial)
        world = attempted(scene.later(world, delivery.due - world.now.world), serial, 500)
    assert outbox.find(world, serial).status is DeliveryStatus.GIVEN_UP
    assert len(outbox.find(world, serial).attempts) == 2 + len(world.rules.tiktok_retry)


def test_a_redelivery_that_is_answered_ends_the_schedule(scene, small):
    world, serial = owed(small, TOKOPEDIA)
    world = attempted(attempted(world, serial, 500), serial, 500)
    world = attempted(outbox.redeliver(scene.later(world, 10), serial), serial, 200)
    assert outbox.find(world, serial).status is DeliveryStatus.DELIVERED
    assert outbox.next_due(world) is None


@pytest.mark.parametrize(("status", "after"), [(500, DeliveryStatus.GIVEN_UP), (200, DeliveryStatus.DELIVERED)])
def test_what_was_given_up_can_be_told_once_more_at_a_moment_to_come(scene, small, status, after):
    world, serial = owed(small, TOKOPEDIA)
    for _ in range(1 + len(world.rules.tokopedia_retry)):
        world = attempted(world, serial, 0)
    assert outbox.find(world, serial).status is DeliveryStatus.GIVEN_UP
    moment = world.now.world + 3600
    world = outbox.redeliver(world, serial, moment)
    assert outbox.next_due(world) == moment
    assert outbox.due(world, moment - 1) == []
    world = attempted(scene.later(world, 3600), serial, status)
    assert outbox.find(world, serial).status is after
    assert outbox.next_due(world) is None


def test_a_redelivery_that_fails_keeps_what_was_delivered_delivered(scene, small):
    world, serial = owed(small, TOKOPEDIA)
    world = attempted(outbox.redeliver(attempted(world, serial, 200), serial), serial, 500)
    assert outbox.find(world, serial).status is DeliveryStatus.DELIVERED
    assert outbox.next_due(world) is None


def test_a_redelivery_that_was_asked_for_while_another_attempt_was_made_is_made_too(small):
    world, serial = owed(small, TOKOPEDIA)
    world = outbox.record(outbox.redeliver(world, serial), serial, Attempt(small.now, 200, 5))
    assert outbox.next_due(world) == world.now.world


def test_redeliveries_are_held_like_all_else(scene, small):
    world, serial = owed(small, TOKOPEDIA)
    world = outbox.hold_all(outbox.redeliver(attempted(world, serial, 200), serial))
    assert outbox.next_due(world) is None
    assert [d.serial for d in outbox.due(outbox.release(world), world.now.world)] == [serial]


def test_each_address_is_a_lane_in_order_of_moment_and_serial(small):
    world, serials = small, []
    for n in range(6):
        world, serial = owed(world, TOKOPEDIA, delay=10 - n, url=f"http://127.0.0.1:9/{n % 2}")
        serials.append(serial)
    world, _ = owed(world, TOKOPEDIA, delay=99, url="http://127.0.0.1:9/later")
    until = world.now.world + 10
    assert list(outbox.lanes(world, until)) == ["http://127.0.0.1:9/0", "http://127.0.0.1:9/1"]
    assert [d.serial for d in outbox.lane(world, "http://127.0.0.1:9/0", until, limit=9)] == serials[4::-2]
    assert [d.serial for d in outbox.lane(world, "http://127.0.0.1:9/0", until, limit=1)] == [serials[4]]
    assert (outbox.count_due(world, until), outbox.count_due(world)) == (6, 7)


def test_an_unknown_delivery_is_refused(scene, small):
    assert "no such delivery" in str(scene.refused(outbox.redeliver, small, 999999))


def test_redeliveries_at_different_moments_are_all_made_when_what_was_held_is_released(scene, small):
    world, serial = owed(small, TOKOPEDIA)
    moments = tuple(world.now.world + wait for wait in (50, 60, 900))
    world = attempted(world, serial, 200)
    for moment in moments:
        world = outbox.redeliver(world, serial, moment)
    now = world.now.world + 100
    world = outbox.release(scene.later(outbox.hold_all(world), 100))
    assert outbox.find(world, serial).status is DeliveryStatus.DELIVERED
    assert outbox.find(world, serial).again == (now, now, moments[2])


@pytest.mark.parametrize(("status", "after"), [(200, DeliveryStatus.DELIVERED), (500, DeliveryStatus.HELD)])
def test_what_is_held_while_its_attempt_is_under_way_is_held_for_what_is_still_to_come(scene, small, status, after):
    world, serial = owed(small, TIKTOK_SHOP)
    world = outbox.record(outbox.hold_all(world), serial, Attempt(small.now, status, 5))
    assert outbox.find(world, serial).status is after
    assert outbox.next_due(world) is None
    world = outbox.release(scene.later(world, 10))
    assert outbox.next_due(world) == (small.now.world + 120 if after is DeliveryStatus.HELD else None)


def test_a_redelivery_that_is_held_while_another_is_under_way_is_not_lost(scene, small):
    world, serial = owed(small, TOKOPEDIA)
    world = outbox.redeliver(outbox.redeliver(attempted(world, serial, 200), serial), serial, small.now.world + 60)
    world = outbox.record(outbox.hold_all(world), serial, Attempt(small.now, 200, 5, asked=True))
    assert outbox.find(world, serial).status is DeliveryStatus.HELD
    assert outbox.find(outbox.release(world), serial).next == small.now.world + 60


def test_what_was_delivered_and_is_held_for_a_redelivery_can_be_told_at_once(small):
    world, serial = owed(small, TOKOPEDIA)
    world = outbox.hold_all(outbox.redeliver(attempted(world, serial, 200), serial, small.now.world + 60))
    world = outbox.redeliver(world, serial)
    delivery = outbox.find(world, serial)
    assert (delivery.status, delivery.again) == (DeliveryStatus.DELIVERED, (small.now.world, small.now.world + 60))
