"""Webhooks owed: what must still be told to whom, with every attempt that was made."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from .errors import DeliveryUnknown
from .instants import Instant
from .phases import Platform
from .table import TOP, Table
from .value import Value, value
from .world import World


class DeliveryStatus(StrEnum):
    OWED = "owed"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    HELD = "held"  # not sent until released (fork, deliver=hold)
    LOST = "lost"  # never sent, as a rule of chaos says


class Failure(StrEnum):
    """Why an attempt is no success, or (TOO_LARGE) what was odd about one."""

    TIMEOUT = "timeout"
    REFUSED = "refused"
    RESET = "reset"
    TLS = "tls"
    NO_SUCH_HOST = "no_such_host"
    UNREACHABLE = "unreachable"
    NOT_ALLOWED = "not_allowed"
    BAD_URL = "bad_url"
    MALFORMED = "malformed"
    REDIRECT = "redirect"
    STATUS = "status"
    TOO_LARGE = "too_large"


KEPT = 2048  # most bytes of an answer that an attempt keeps


@value
class Attempt(Value):
    """One request and what became of it. The body that was sent is the delivery's."""

    at: Instant
    status: int  # HTTP status; 0: no answer
    milliseconds: int
    error: str = ""
    failure: Failure | None = None
    headers: tuple[tuple[str, str], ...] = ()  # as sent, the signature among them
    answer: bytes = b""  # how the answer's body begins
    asked: bool = False  # a redelivery, outside the platform's schedule


@value
class Delivery(Value):
    """One webhook for one address. ``body`` is made once, at the commit that caused it: a retry never changes the bytes.

    ``sent`` and ``signed`` are what goes over the wire and what its signature is made over, where chaos makes them other than the body.
    """

    serial: int
    seller: int
    platform: Platform
    app: int
    topic: str  # merge, order_notification, ORDER_STATUS_CHANGE …
    url: str
    body: bytes
    caused: Instant
    due: int  # world time of the next attempt by the platform's schedule, while it is owed
    status: DeliveryStatus = DeliveryStatus.OWED
    attempts: tuple[Attempt, ...] = ()
    note: str = ""  # a line each
    again: tuple[int, ...] = ()  # world times of redeliveries that were asked for, in order
    sent: bytes = b""
    signed: bytes = b""
    was: DeliveryStatus = DeliveryStatus.OWED  # while it is held: what it is again when it is released
    behind: int = 0  # so many later ones to the same address overtake it
    after: int = 0  # the one that has overtaken it last: of what is due at one moment, this comes behind that

    @property
    def next(self) -> int | None:
        """World time of its next attempt, by the schedule or asked for; None: there is none."""
        if self.status is DeliveryStatus.HELD:
            return None
        if self.status is DeliveryStatus.OWED:
            return min(self.due, *self.again) if self.again else self.due
        return self.again[0] if self.again else None

    @property
    def asked(self) -> bool:
        """Whether its next attempt is a redelivery."""
        return bool(self.again) and self.again[0] == self.next


def _place(d: Delivery) -> tuple[int, bool, int]:
    """Its place among what is due at the same moment: by serial, but behind the one that has overtaken it."""
    return d.after or d.serial, d.after > 0, d.serial


DELIVERIES = Table(
    "deliveries",
    Delivery,
    by_serial=lambda d: ((d.serial,),),
    by_due=lambda d: ((d.next, *_place(d)),) if d.next is not None else (),
    by_lane=lambda d: ((d.url, d.next, *_place(d)),) if d.next is not None else (),
    by_url=lambda d: ((d.url, d.status, d.serial),),
    held=lambda d: ((d.serial,),) if d.status is DeliveryStatus.HELD else (),
    by_behind=lambda d: ((d.url, d.serial),) if d.behind else (),
)


def owe(world: World, *, seller: int, platform: Platform, app: int, topic: str, url: str, body: bytes, delay: int = 0, held: bool = False, note: str = "") -> World:
    """One webhook more to tell, ``delay`` seconds of world time from now."""
    serial, world = world.take()
    status = DeliveryStatus.HELD if held else DeliveryStatus.OWED
    return world.put(
        DELIVERIES, Delivery(serial, seller, platform, app, topic, url, body, world.now, world.now.world + delay, status=status, note=note)
    )


def overtaken(world: World, later: Delivery) -> World:
    """Those that are to come behind others to this address, when one more has become owed: the last that they wait for takes them along."""
    for one in world.shelf(DELIVERIES).page("by_behind", (later.url,), (later.url, TOP)):
        if one.behind > 1:
            world = world.put(DELIVERIES, one.but(behind=one.behind - 1))
        else:
            world = world.put(DELIVERIES, one.but(behind=0, due=later.due, after=later.serial))
    return world


def find(world: World, serial: int | None) -> Delivery:
    found = None if serial is None else world.get(DELIVERIES, serial)
    if found is None:
        raise DeliveryUnknown("there is no such delivery")
    return found


def due(world: World, until: int, *, limit: int | None = None) -> list[Delivery]:
    """What must be told at or before that world time, in order of (due, serial)."""
    return world.shelf(DELIVERIES).page("by_due", None, (until + 1,), limit=limit)


def count_due(world: World, until: int | None = None) -> int:
    """How many have an attempt to come, at or before that world time or at all."""
    return world.shelf(DELIVERIES).count("by_due", None, None if until is None else (until + 1,))


def lanes(world: World, until: int) -> Iterator[str]:
    """The addresses to which something is due by then. What waits behind the first of each is not looked at."""
    index = world.shelf(DELIVERIES).index("by_lane")
    key = index.first()
    while key is not None:
        if key[1] <= until:
            yield key[0]
        key = index.first((key[0], TOP))


def lane(world: World, url: str, until: int, *, limit: int) -> list[Delivery]:
    """The first that are due to one address by then, in order of (due, serial)."""
    return world.shelf(DELIVERIES).page("by_lane", (url,), (url, until + 1), limit=limit)


def next_due(world: World) -> int | None:
    """World time of the next attempt, None when nothing is owed."""
    key = world.shelf(DELIVERIES).index("by_due").first()
    return None if key is None else key[0]


def answers(platform: Platform, status: int) -> bool:
    """Whether a receiver's status is an answer: 2xx; to TikTok Shop 401 (signature refused) is one too, and it never asks again (documented)."""
    return 200 <= status < 300 or (platform is Platform.TIKTOK_SHOP and status == 401)


def record(world: World, serial: int, attempt: Attempt) -> World:
    """One attempt was made: delivered if it was answered, else tried again by the platform's schedule, given up at its end.

    A redelivery that fails leaves everything as it was. One that was in flight when it was held stays held for what is still to come.
    """
    delivery = find(world, serial)
    held = delivery.status is DeliveryStatus.HELD
    status, moment = delivery.was if held else delivery.status, delivery.due
    after = delivery.but(attempts=(*delivery.attempts, attempt), again=delivery.again[1:] if attempt.asked else delivery.again)
    if answers(delivery.platform, attempt.status):
        status = DeliveryStatus.DELIVERED
    elif not attempt.asked and status is DeliveryStatus.OWED:
        schedule = world.rules.tokopedia_retry if delivery.platform is Platform.TOKOPEDIA else world.rules.tiktok_retry
        made = sum(not one.asked for one in after.attempts)
        if made > len(schedule):
            status = DeliveryStatus.GIVEN_UP
        else:
            moment = attempt.at.world + schedule[made - 1]
    if held and (status is DeliveryStatus.OWED or after.again):
        return world.put(DELIVERIES, after.but(due=moment, was=status))
    return world.put(DELIVERIES, after.but(due=moment, status=status))


def redeliver(world: World, serial: int, at: int | None = None) -> World:
    """Tell it once more with the same bytes, now or at a world time to come; the platform's own schedule goes on beside it."""
    delivery = find(world, serial)
    moment = world.now.world if at is None else max(at, world.now.world)
    if delivery.status is DeliveryStatus.HELD:
        if delivery.was is DeliveryStatus.OWED:
            return world.put(DELIVERIES, delivery.but(status=DeliveryStatus.OWED, due=moment))
        delivery = delivery.but(status=delivery.was)
    return world.put(DELIVERIES, delivery.but(again=tuple(sorted((*delivery.again, moment)))))


def hold_all(world: World) -> World:
    """Nothing is sent until it is released, redeliveries that were asked for among it."""
    for delivery in world.shelf(DELIVERIES).page("by_due"):
        world = world.put(DELIVERIES, delivery.but(status=DeliveryStatus.HELD, was=delivery.status))
    return world


def release(world: World) -> World:
    """What was held is again what it was: what fell due meanwhile is due now."""
    now = world.now.world
    for delivery in world.shelf(DELIVERIES).page("held"):
        again = tuple(max(moment, now) for moment in delivery.again)
        world = world.put(DELIVERIES, delivery.but(status=delivery.was, due=max(delivery.due, now), again=again))
    return world
