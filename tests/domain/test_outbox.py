"""Webhooks owed are told in order, again by schedule, and always with the same bytes."""

from __future__ import annotations

import pytest

from mockplatforms.domain import outbox
from mockplatforms.domain.outbox import Attempt, DeliveryStatus
from mockplatforms.domain.phases import Platform

TOKOPEDIA, TIKTOK_SHOP = Platform


def owed(world, platform, *, delay=0, held=False):
    world = outbox.owe(world, seller=1, platform=platform, app=1, topic="x", url="http://127.0.0.1:9/x", body=b'{"a":1}', delay=delay, held=held)
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


def test_an_unknown_delivery_is_refused(scene, small):
    assert "no such delivery" in str(scene.refused(outbox.redeliver, small, 999999))
