"""Webhooks owed: what must still be told to whom, with every attempt that was made."""

from __future__ import annotations

from enum import StrEnum

from .errors import DeliveryUnknown
from .instants import Instant
from .phases import Platform
from .table import Table
from .value import Value, value
from .world import World


class DeliveryStatus(StrEnum):
    OWED = "owed"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    HELD = "held"  # not sent until released (fork, deliver=hold)


@value
class Attempt(Value):
    at: Instant
    status: int  # HTTP status; 0: no answer
    milliseconds: int
    error: str = ""


@value
class Delivery(Value):
    """One webhook for one address. ``body`` is made once, at the commit that caused it: a retry never changes the bytes."""

    serial: int
    seller: int
    platform: Platform
    app: int
    topic: str  # merge, order_notification, ORDER_STATUS_CHANGE …
    url: str
    body: bytes
    caused: Instant
    due: int  # world time of the next attempt
    status: DeliveryStatus = DeliveryStatus.OWED
    attempts: tuple[Attempt, ...] = ()
    note: str = ""


DELIVERIES = Table(
    "deliveries",
    Delivery,
    by_serial=lambda d: ((d.serial,),),
    by_due=lambda d: ((d.due, d.serial),) if d.status is DeliveryStatus.OWED else (),
    held=lambda d: ((d.serial,),) if d.status is DeliveryStatus.HELD else (),
)


def owe(world: World, *, seller: int, platform: Platform, app: int, topic: str, url: str, body: bytes, delay: int = 0, held: bool = False, note: str = "") -> World:
    """One webhook more to tell, ``delay`` seconds of world time from now."""
    serial, world = world.take()
    status = DeliveryStatus.HELD if held else DeliveryStatus.OWED
    return world.put(
        DELIVERIES, Delivery(serial, seller, platform, app, topic, url, body, world.now, world.now.world + delay, status=status, note=note)
    )


def find(world: World, serial: int | None) -> Delivery:
    found = None if serial is None else world.get(DELIVERIES, serial)
    if found is None:
        raise DeliveryUnknown("there is no such delivery")
    return found


def due(world: World, until: int, *, limit: int | None = None) -> list[Delivery]:
    """What must be told at or before that world time, in order of (due, serial)."""
    return world.shelf(DELIVERIES).page("by_due", None, (until + 1,), limit=limit)


def next_due(world: World) -> int | None:
    """World time of the next attempt, None when nothing is owed."""
    key = world.shelf(DELIVERIES).index("by_due").first()
    return None if key is None else key[0]


def answers(platform: Platform, status: int) -> bool:
    """Whether a receiver's status is an answer: 2xx; to TikTok Shop 401 (signature refused) is one too, and it never asks again (documented)."""
    return 200 <= status < 300 or (platform is Platform.TIKTOK_SHOP and status == 401)


def record(world: World, serial: int, attempt: Attempt) -> World:
    """One attempt was made: delivered if it was answered, else tried again by the platform's schedule, given up at its end."""
    delivery = find(world, serial)
    attempts = (*delivery.attempts, attempt)
    schedule = world.rules.tokopedia_retry if delivery.platform is Platform.TOKOPEDIA else world.rules.tiktok_retry
    if answers(delivery.platform, attempt.status):
        return world.put(DELIVERIES, delivery.but(status=DeliveryStatus.DELIVERED, attempts=attempts))
    if len(attempts) > len(schedule):
        return world.put(DELIVERIES, delivery.but(status=DeliveryStatus.GIVEN_UP, attempts=attempts))
    return world.put(DELIVERIES, delivery.but(attempts=attempts, due=attempt.at.world + schedule[len(attempts) - 1]))


def redeliver(world: World, serial: int) -> World:
    """Tell it once more, now, with the same bytes."""
    delivery = find(world, serial)
    return world.put(DELIVERIES, delivery.but(status=DeliveryStatus.OWED, due=world.now.world))


def hold_all(world: World) -> World:
    """Nothing that is owed is sent until it is released."""
    for delivery in world.shelf(DELIVERIES).page("by_due"):
        world = world.put(DELIVERIES, delivery.but(status=DeliveryStatus.HELD))
    return world


def release(world: World) -> World:
    """What was held is owed again, now."""
    for delivery in world.shelf(DELIVERIES).page("held"):
        world = world.put(DELIVERIES, delivery.but(status=DeliveryStatus.OWED, due=max(delivery.due, world.now.world)))
    return world
