"""Webhooks: what was told to whom with which attempts, telling it again, how each receiver does, and where TikTok Shop's go."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from statistics import median
from typing import Any

from ...domain import developers, outbox, shops
from ...domain.developers import TOPIC_ADDRESSES
from ...domain.errors import DeliveryUnknown, Refused
from ...domain.outbox import DELIVERIES, Attempt, Delivery, DeliveryStatus
from ...domain.phases import Platform
from ...domain.table import TOP
from ...domain.world import World
from ...gateway import addresses
from ...gateway.call import Reply
from ..simulator import set_webhook_url
from . import naming, replays
from .clock import YEARS
from .routes import Ask, Field, Json, Problem, Route
from .workspaces import ADDRESSES, address

LOOKED = 20_000  # most deliveries that one search looks at before it answers with a cursor
RECENT = 50  # deliveries of each status from which the log of an endpoint is made


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
        "due": delivery.next,
        "attempts": [_attempt(one) for one in delivery.attempts],
        "body": (delivery.sent or delivery.body).decode("utf-8", "replace"),
        "notes": [note for note in dict.fromkeys((*delivery.note.split("\n"), addresses.remark(delivery.url))) if note],
    }


def _attempt(one: Attempt) -> Json:
    return {
        "at": naming.instant(one.at),
        "status": one.status,
        "milliseconds": one.milliseconds,
        "error": one.error or None,
        "failure": one.failure,
        "asked": one.asked,
        "headers": dict(one.headers),
        "answer": one.answer.decode("utf-8", "replace"),
    }


# ---- searching -------------------------------------------------------------------------------------------------------------------------


async def every(ask: Ask) -> Any:
    """Deliveries of this run (or of an earlier one that a reset closed) that fit, in their order: the newest, or with ``after`` the next.

    ``next`` is the query that goes on with the search; null: there is nothing more.
    """
    workspace, query = ask.workspace, ask.query
    world, run = workspace.world, query.get("run") or workspace.run
    if run != workspace.run:
        closed = next((past for number, past in ask.simulator.closed.get(workspace.name, ()) if number == run), None)
        if closed is None:
            return {"run": run, "deliveries": [], "next": None, "held": False}
        world = closed
    forward = "after" in query
    found: list[Delivery] = []
    fits, more = _fitting(world, query), None
    for looked, one in enumerate(_rows(world, low=query.get("after", 0) + 1, high=query.get("before"), reverse=not forward)):
        if len(found) == query["limit"] or looked == LOOKED:
            more = {"after": one.serial - 1} if forward else {"before": one.serial + 1}
            break
        if fits(one):
            found.append(one)
    told = [described(world, one, run) for one in (found if forward else reversed(found))]
    return {"run": run, "deliveries": told, "next": more, "held": workspace.hold}


def _rows(world: World, *, low: int = 0, high: int | None = None, reverse: bool = False) -> Iterator[Delivery]:
    """Deliveries ``low <= serial < high`` in order, or from the end."""
    skip, shelf = 0, world.shelf(DELIVERIES)
    while rows := shelf.page("by_serial", (low,), None if high is None else (high,), reverse=reverse, skip=skip, limit=256):
        yield from rows
        skip += len(rows)


def _fitting(world: World, query: Mapping[str, Any]) -> Callable[[Delivery], bool]:
    """Whether a delivery fits a search. Raises Problem or Refused in words for a search that cannot be."""
    seller = shops.named(world, query["seller"]).serial if "seller" in query else None
    words = [word.lower() for word in _words(world, query["q"])] if query.get("q") else []
    since, until = (_moment(query, name) for name in ("since", "until"))
    same = {name: query[name] for name in ("platform", "topic", "status", "url") if name in query}

    def fits(one: Delivery) -> bool:
        if any(getattr(one, name) != wanted for name, wanted in same.items()) or (seller is not None and one.seller != seller):
            return False
        if (since is not None and one.caused.world < since) or (until is not None and one.caused.world > until):
            return False
        if not words:
            return True
        text = f"{one.url}\n{one.topic}\n{one.body.decode('utf-8', 'replace')}".lower()
        return any(word in text for word in words)

    return fits


def _words(world: World, text: str) -> list[str]:
    """What to look for: the text, and the id behind it where it is the key of an order."""
    try:
        return [text, str(naming.order_id(world, naming.order(world, text)))]
    except Refused:
        return [text]


def _moment(given: Mapping[str, Any], name: str) -> int | None:
    if name not in given:
        return None
    read = naming.moment(given[name])
    if read is None:
        raise Problem(422, "invalid", "That is no moment", f"{name} is unix seconds of world time or an ISO 8601 instant, not {given[name]!r}", field=name)
    return read


def _delivery(ask: Ask, text: str) -> Delivery:
    if text.isascii() and text.isdigit() and len(text) < 19:
        found = ask.world.get(DELIVERIES, int(text))
        if found is not None:
            return found
    raise DeliveryUnknown(f"there is no delivery {text!r} in this run: GET …/webhooks lists them")


async def one(ask: Ask) -> Any:
    return described(ask.world, _delivery(ask, ask.params["delivery"]), ask.workspace.run)


# ---- telling it again ------------------------------------------------------------------------------------------------------------------


def _when(ask: Ask) -> int:
    """The world time that ``at`` or ``in`` names; without them now. Raises Problem where it lies in the past."""
    now = ask.workspace.now().world
    if "at" in ask.body and "in" in ask.body:
        raise Problem(422, "invalid", "When?", "give either at (a world time) or in (seconds from now)", field="at")
    at = _moment(ask.body, "at")
    if at is not None and at < now:
        raise Problem(409, "past", "Time does not go back", f"{at} lies {now - at} s in the past: world time is {now}", field="at")
    if at is not None and at > now + YEARS:
        raise Problem(422, "invalid", "Too far", f"at most {YEARS} seconds (ten years) from now", field="at")
    return now + int(ask.body.get("in", 0)) if at is None else at


async def redeliver(ask: Ask) -> Any:
    """Tell it once more with the same bytes, now or at a world time to come; the platform's own schedule goes on beside it."""
    serial = _delivery(ask, ask.params["delivery"]).serial
    ask.apply(outbox.redeliver, serial, _when(ask))
    return 202, described(ask.world, outbox.find(ask.world, serial), ask.workspace.run)


async def redeliver_since(ask: Ask) -> Any:
    """Tell all that fit once more, in the order in which they were caused."""
    at = _when(ask)
    fits = _fitting(ask.world, ask.body)
    serials = [row.serial for row in _rows(ask.world) if fits(row)]
    ask.apply(_redeliver, serials, at)
    return 202, {"redelivering": len(serials), "at": at}


def _redeliver(world: World, serials: Iterable[int], at: int) -> World:
    for serial in serials:
        world = outbox.redeliver(world, serial, at)
    return world


async def release(ask: Ask) -> Any:
    """What was held (in a fork, or by an advance) is sent; nothing is held any more."""
    count = len(ask.world.shelf(DELIVERIES).index("held"))
    ask.workspace.hold = False
    ask.apply(outbox.release)
    return {"released": count, "held": False}


async def hold(ask: Ask) -> Any:
    """Nothing is sent until it is released."""
    count = outbox.count_due(ask.world)
    ask.workspace.hold = True
    ask.apply(outbox.hold_all)
    return {"holding": count, "held": True}


# ---- told another way ------------------------------------------------------------------------------------------------------------------


async def as_curl(ask: Ask) -> Any:
    """A command that sends the same request."""
    text = replays.as_curl(ask.workspace, _delivery(ask, ask.params["delivery"]), ca=ask.server.settings["webhook_ca"])
    return Reply((text.encode(),), content_type="text/plain; charset=utf-8")


async def as_test(ask: Ask) -> Any:
    """A pytest file that sends the same request and wants a 2xx."""
    text = replays.as_test(ask.workspace, _delivery(ask, ask.params["delivery"]), ca=ask.server.settings["webhook_ca"])
    return Reply((text.encode(),), content_type="text/plain; charset=utf-8")


async def diff(ask: Ask) -> Any:
    """How two attempts of one delivery differ, or two deliveries; without a word the first attempt and the last."""
    left = _delivery(ask, ask.params["delivery"])
    if "with" in ask.query:
        right = _delivery(ask, ask.query["with"])
        return replays.told(replays.of(ask.workspace, left), replays.of(ask.workspace, right))
    count = len(left.attempts)
    numbers = ask.query.get("attempts", f"1,{count}").split(",")
    known = {str(number): number for number in range(1, count + 1)}
    if len(numbers) != 2 or any(number.strip() not in known for number in numbers):
        detail = f"attempts names two of this delivery's {count} attempts, such as 1,2; with names another delivery"
        raise Problem(422, "invalid", "There are no such attempts", detail, field="attempts")
    first, second = (left.attempts[known[number.strip()] - 1] for number in numbers)
    return replays.told(replays.of(ask.workspace, left, first), replays.of(ask.workspace, left, second))


# ---- how receivers do ------------------------------------------------------------------------------------------------------------------


async def log(ask: Ask) -> Any:
    """How each address does. Durations and errors are those of its latest deliveries."""
    wanted = ask.query.get("q", "").lower()
    index = ask.world.shelf(DELIVERIES).index("by_url")
    rows, key = [], index.first()
    while key is not None:
        if wanted in key[0].lower():
            rows.append(_doing(ask.world, key[0]))
        key = index.first((key[0], TOP))
    return {"endpoints": rows}


def _doing(world: World, url: str) -> Json:
    shelf = world.shelf(DELIVERIES)
    counts = {status.value: shelf.count("by_url", (url, status), (url, status, TOP)) for status in DeliveryStatus}
    oldest = shelf.page("by_url", (url, DeliveryStatus.OWED), (url, DeliveryStatus.OWED, TOP), limit=1)
    recent = [row for status in DeliveryStatus for row in shelf.page("by_url", (url, status), (url, status, TOP), reverse=True, limit=RECENT)]
    made = sorted(((one, row.platform) for row in recent for one in row.attempts), key=lambda pair: (pair[0].at.world, pair[0].at.wire))
    attempts = [one for one, _ in made]
    failing = None
    for one, platform in reversed(made):
        if outbox.answers(platform, one.status):
            break
        failing = one.at.world
    durations = [one.milliseconds for one in attempts]
    last = attempts[-1] if attempts else None
    error = next((one.error for one in reversed(attempts) if one.error), None)
    return {
        "url": url,
        "platforms": sorted({row.platform.value for row in recent}),
        **counts,
        "oldest_owed": oldest[0].caused.world if oldest else None,
        "failing_since": failing,
        "last_attempt": None if last is None else naming.instant(last.at),
        "last_status": None if last is None else last.status,
        "last_error": error,
        "median_milliseconds": median(durations) if durations else None,
        "max_milliseconds": max(durations, default=None),
    }


async def stream(ask: Ask) -> Any:
    """The attempts that came after a number, a line of JSON each; waits for the next where there is none. X-Mock-After names the latest."""
    workspace, query = ask.workspace, ask.query
    after = min(query.get("after", workspace.ledger.count), workspace.ledger.count)
    rows = _happened(ask, after)
    if not rows:
        await ask.server.attempted(workspace, query["wait"])
        rows = _happened(ask, after)
    latest = rows[-1]["number"] if rows else after
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return Reply((lines.encode(),), content_type=_LINES, headers=(("X-Mock-After", str(latest)),))


def _happened(ask: Ask, after: int) -> list[Json]:
    """The attempts of this run after a number, as many as are asked for."""
    world = ask.world
    told: list[Json] = []
    for number, entry in ask.workspace.ledger.after(after):
        if len(told) == ask.query["limit"]:
            break
        delivery = world.get(DELIVERIES, entry.id) if entry.kind == "delivery" and entry.run == ask.workspace.run else None
        if delivery is not None and len(delivery.attempts) >= entry.attempt:
            row = described(world, delivery, entry.run)
            told.append({"number": number, **row, "attempts": entry.attempt, "attempt": row["attempts"][entry.attempt - 1]})
    return told


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


# ---- rows ------------------------------------------------------------------------------------------------------------------------------

_LINES = "application/x-ndjson"
_ATTEMPT: Json = {
    "at": {"world": 1737363600, "wire": 1737363600},
    "status": 200,
    "milliseconds": 4,
    "error": None,
    "failure": None,
    "asked": False,
    "headers": {"content-type": "application/json", "authorization-hmac": "4f1c…"},
    "answer": "ok",
}
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
    "attempts": [_ATTEMPT],
    "body": "{…}",
    "notes": ["the platform would refuse this address: it must be https"],
}
_MOMENT = "unix seconds of world time, or an ISO 8601 instant"
_FILTERS: Mapping[str, Field] = {
    "q": {"t": "str", "len": [1, 200], "help": "in the address, the topic or the body: a notification id, an order id or key, any text"},
    "url": {"t": "str"},
    "topic": {"t": "str"},
    "platform": {"t": "str", "enum": [p.value for p in Platform]},
    "seller": {"t": "str"},
    "status": {"t": "str", "enum": [s.value for s in DeliveryStatus]},
    "since": {"t": "str", "help": f"caused then or later: {_MOMENT}"},
    "until": {"t": "str", "help": f"caused then or earlier: {_MOMENT}"},
}
_QUERY: Mapping[str, Field] = {
    **_FILTERS,
    "before": {"t": "int", "range": [0, None], "help": "number of a delivery: only earlier ones"},
    "after": {"t": "int", "range": [0, None], "help": "number of a delivery: only later ones, the next of them first"},
    "run": {"t": "int", "range": [1, None], "help": "an earlier run, closed by a reset or restore"},
    "limit": {"t": "int", "range": [1, 10_000], "default": 100},
}
_WHEN: Mapping[str, Field] = {
    "at": {"t": "any", "help": _MOMENT},
    "in": {"t": "int", "range": [0, YEARS], "help": "seconds of world time from now"},
}
_AT = "/workspaces/{id}/webhooks"
_URLS: Json = {
    "tiktok_shop": "http://127.0.0.1:9000/tiktok",
    "tiktok_shop_topics": [],
    "tokopedia": {"shop_merge_notification_url": "http://127.0.0.1:9000/tokopedia/merge"},
}
_DOING: Json = {
    "url": "http://127.0.0.1:9000/tiktok",
    "platforms": ["tiktok_shop"],
    "owed": 2,
    "delivered": 40,
    "given_up": 0,
    "held": 0,
    "oldest_owed": 1737363600,
    "failing_since": 1737363600,
    "last_attempt": {"world": 1737363720, "wire": 1737363720},
    "last_status": 0,
    "last_error": "no answer within 3 s",
    "median_milliseconds": 4,
    "max_milliseconds": 3001,
}

ROUTES: tuple[Route, ...] = (
    Route("GET", _AT, every, "Deliveries with their attempts", query=_QUERY, answer={"run": 1, "deliveries": [_DELIVERY], "next": {"before": 5123}, "held": False}),
    Route("GET", _AT + "/{delivery}", one, "One delivery", answer=_DELIVERY),
    Route(
        "POST",
        _AT + "/{delivery}/redeliver",
        redeliver,
        "Tell it once more, with the same bytes, now or at a world time to come",
        body=_WHEN,
        example={"in": 60},
        answer={**_DELIVERY, "due": 1737363660},
        status=202,
    ),
    Route(
        "POST",
        _AT + "/redeliver",
        redeliver_since,
        "Tell all that fit once more, in their order",
        body={**_FILTERS, "since": {"t": "any", "req": True, "help": f"caused then or later: {_MOMENT}"}, "until": {"t": "any", "help": _MOMENT}, **_WHEN},
        example={"since": 1737363600, "topic": "merge", "in": 60},
        answer={"redelivering": 3, "at": 1737363660},
        status=202,
    ),
    Route("GET", _AT + "/{delivery}/curl", as_curl, "The request as a curl command", answer="curl -sS …", media="text/plain"),
    Route("GET", _AT + "/{delivery}/test", as_test, "The request as a pytest file", answer="def test_…", media="text/plain"),
    Route(
        "GET",
        _AT + "/{delivery}/diff",
        diff,
        "How two attempts differ, or two deliveries",
        query={
            "attempts": {"t": "str", "help": "two attempts of this delivery, such as 1,2; absent: the first and the last"},
            "with": {"t": "str", "help": "number of another delivery"},
        },
        answer={"differences": [{"where": "status", "left": 0, "right": 200}], "words": ["status: 0, then 200"]},
    ),
    Route(
        "GET",
        _AT + "/log",
        log,
        "How each receiver does",
        query={"q": {"t": "str", "help": "a part of the address"}},
        answer={"endpoints": [_DOING]},
    ),
    Route(
        "GET",
        _AT + "/stream",
        stream,
        "Attempts as they happen, a line of JSON each",
        query={
            "after": {"t": "int", "range": [0, None], "help": "the number of the last line, or X-Mock-After; absent: only what comes from now on"},
            "wait": {"t": "num", "range": [0, 60], "default": 25, "help": "real seconds to wait for the next"},
            "limit": {"t": "int", "range": [1, 10_000], "default": 1000},
        },
        answer='{"number": 7, "id": 5123, "topic": "merge", "attempt": {"status": 200, …}, …}',
        media=_LINES,
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
