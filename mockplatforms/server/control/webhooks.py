"""Webhooks: what was told to whom with which attempts, telling it again, and where TikTok Shop's go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from ...domain import developers, outbox, shops
from ...domain.developers import TOPIC_ADDRESSES
from ...domain.errors import DeliveryUnknown, Refused
from ...domain.outbox import DELIVERIES, Delivery, DeliveryStatus
from ...domain.phases import Platform
from ...domain.world import World
from ...gateway import addresses
from ..simulator import set_webhook_url
from . import naming
from .routes import Ask, Field, Json, Route
from .workspaces import ADDRESSES, address


def described(world: World, delivery: Delivery, run: int) -> Json:
    """One delivery with its attempts; the body is told as the text that is sent."""
    try:
        seller = shops.seller(world, delivery.seller).key
    except Refused:
        seller = None
    return {
        "id": delivery.serial,
        "run": run,
        "platform": delivery.platform.value,
        "topic": delivery.topic,
        "seller": seller,
        "url": delivery.url,
        "status": delivery.status.value,
        "caused": naming.instant(delivery.caused),
        "due": delivery.due if delivery.status is DeliveryStatus.OWED else None,
        "attempts": [
            {"at": naming.instant(one.at), "status": one.status, "milliseconds": one.milliseconds, "error": one.error or None}
            for one in delivery.attempts
        ],
        "body": delivery.body.decode("utf-8", "replace"),
        "notes": [note for note in dict.fromkeys((delivery.note, addresses.remark(delivery.url))) if note],
    }


async def every(ask: Ask) -> Any:
    """Deliveries of this run (or of an earlier one that a reset closed), the newest that fit, oldest of them first."""
    workspace, query = ask.workspace, ask.query
    world, run = workspace.world, query.get("run") or workspace.run
    rows: Iterable[Delivery] = _newest_first(world)
    if run != workspace.run:
        closed = next((past for number, past in ask.simulator.closed.get(workspace.name, ()) if number == run), None)
        if closed is None:
            return {"run": run, "deliveries": [], "held": False}
        world, rows = closed, _newest_first(closed)
    fitting = islice((one for one in rows if _fits(world, one, query)), query["limit"])
    return {"run": run, "deliveries": [described(world, one, run) for one in fitting][::-1], "held": workspace.hold}


def _newest_first(world: World) -> Iterator[Delivery]:
    skip, shelf = 0, world.shelf(DELIVERIES)
    while rows := shelf.page("by_serial", reverse=True, skip=skip, limit=256):
        yield from rows
        skip += len(rows)


def _fits(world: World, delivery: Delivery, query: Json) -> bool:
    if "seller" in query and shops.named(world, query["seller"]).serial != delivery.seller:
        return False
    return all(query.get(name, getattr(delivery, name)) == getattr(delivery, name) for name in ("platform", "topic", "status"))


def _delivery(ask: Ask) -> Delivery:
    text = ask.params["delivery"]
    if text.isascii() and text.isdigit() and len(text) < 19:
        found = ask.world.get(DELIVERIES, int(text))
        if found is not None:
            return found
    raise DeliveryUnknown(f"there is no delivery {text!r} in this run: GET …/webhooks lists them")


async def one(ask: Ask) -> Any:
    return described(ask.world, _delivery(ask), ask.workspace.run)


async def redeliver(ask: Ask) -> Any:
    """Tell it once more, with the same bytes."""
    serial = _delivery(ask).serial
    ask.apply(outbox.redeliver, serial)
    return 202, described(ask.world, outbox.find(ask.world, serial), ask.workspace.run)


async def release(ask: Ask) -> Any:
    """What was held (in a fork, or by an advance) is sent; nothing is held any more."""
    count = len(ask.world.shelf(DELIVERIES).index("held"))
    ask.workspace.hold = False
    ask.apply(outbox.release)
    return {"released": count, "held": False}


async def hold(ask: Ask) -> Any:
    """Nothing is sent until it is released."""
    count = len(ask.world.shelf(DELIVERIES).index("by_due"))
    ask.workspace.hold = True
    ask.apply(outbox.hold_all)
    return {"holding": count, "held": True}


# ---- addresses -------------------------------------------------------------------------------------------------------------------------


async def urls(ask: Ask) -> Any:
    """Where webhooks go: TikTok Shop's app-wide address and those of single topics, and what was registered on Tokopedia."""
    world = ask.world
    topics = [
        {"shop_id": naming.shop_id(world, held.shop, Platform.TIKTOK_SHOP), "event_type": held.event_type, "address": held.address}
        for held in world.shelf(TOPIC_ADDRESSES).page("by_shop")
    ]
    return {
        "tiktok_shop": developers.app(world, Platform.TIKTOK_SHOP).webhook_url,
        "tiktok_shop_topics": topics,
        "tokopedia": dict(developers.app(world, Platform.TOKOPEDIA).webhooks),
    }


async def set_urls(ask: Ask) -> Any:
    given = {platform: address(url, platform) for platform, url in ask.body.items()}
    for platform, url in given.items():
        ask.apply(set_webhook_url, platform, url)
    return await urls(ask)


_DELIVERY: Json = {
    "id": 5123,
    "run": 1,
    "platform": "tokopedia",
    "topic": "merge",
    "seller": "toko",
    "url": "http://127.0.0.1:9000/tokopedia/merge",
    "status": "delivered",
    "caused": {"world": 1737363600, "wire": 1737363600},
    "due": None,
    "attempts": [{"at": {"world": 1737363600, "wire": 1737363600}, "status": 200, "milliseconds": 4, "error": None}],
    "body": "{…}",
    "notes": ["the platform would refuse this address: it must be https"],
}
_QUERY: Mapping[str, Field] = {
    "seller": {"t": "str"},
    "platform": {"t": "str", "enum": [p.value for p in Platform]},
    "topic": {"t": "str"},
    "status": {"t": "str", "enum": [s.value for s in DeliveryStatus]},
    "run": {"t": "int", "range": [1, None], "help": "an earlier run, closed by a reset or restore"},
    "limit": {"t": "int", "range": [1, 10_000], "default": 100},
}
_AT = "/workspaces/{id}/webhooks"
_URLS: Json = {
    "tiktok_shop": "http://127.0.0.1:9000/tiktok",
    "tiktok_shop_topics": [],
    "tokopedia": {"shop_merge_notification_url": "http://127.0.0.1:9000/tokopedia/merge"},
}

ROUTES: tuple[Route, ...] = (
    Route("GET", _AT, every, "Deliveries with their attempts", query=_QUERY, answer={"run": 1, "deliveries": [_DELIVERY], "held": False}),
    Route("GET", _AT + "/{delivery}", one, "One delivery", answer=_DELIVERY),
    Route(
        "POST",
        _AT + "/{delivery}/redeliver",
        redeliver,
        "Tell it once more, with the same bytes",
        example={},
        answer={**_DELIVERY, "status": "owed"},
        status=202,
    ),
    Route("POST", _AT + "/release", release, "Send what is held, and hold nothing more", example={}, answer={"released": 3, "held": False}),
    Route("POST", _AT + "/hold", hold, "Send nothing until it is released", example={}, answer={"holding": 3, "held": True}),
    Route("GET", "/workspaces/{id}/webhook-urls", urls, "Where webhooks go", answer=_URLS),
    Route(
        "PUT",
        "/workspaces/{id}/webhook-urls",
        set_urls,
        "Set TikTok Shop's app-wide address, or all Tokopedia addresses at once",
        body=ADDRESSES,
        example={"tiktok_shop": "http://127.0.0.1:9000/tiktok"},
        answer=_URLS,
    ),
)
