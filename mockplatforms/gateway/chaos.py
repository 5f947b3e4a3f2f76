"""Trouble on the way of webhooks: which are lost, late, doubled, out of order, forged or broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..domain import outbox
from ..domain.instants import DAY, HOUR
from ..domain.outbox import DELIVERIES, Delivery, DeliveryStatus
from ..domain.phases import Platform
from ..domain.shops import SELLERS
from ..domain.world import World
from .fields import Spec
from .guesses import meant, nearest
from .odds import CHOICE, SECONDS, Odds, Ruled, judged, no, possible_seconds, several

if TYPE_CHECKING:
    from .workspace import Workspace

LATEST = 30.0 * DAY  # seconds that a webhook may be late
PATIENCE = HOUR  # world seconds after which one that was to come behind others comes by itself
STRANGE, STRANGE_NUMBER = "SIMULATED_UNKNOWN_STATUS", 999  # statuses that no document knows


class Kind(NamedTuple):
    """A kind of trouble: what happens, in words, and the parameters that it takes and must have."""

    words: str
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "lose": Kind("it is never sent"),
    "delay": Kind("it comes later", ("seconds",), ("seconds",)),
    "duplicate": Kind("it comes more than once, with the same bytes", ("copies", "seconds")),
    "reorder": Kind("it comes behind later ones to the same address", ("behind", "seconds")),
    "hold": Kind("it is held until it is released"),
    "wrong_signature": Kind("its signature does not fit"),
    "wrong_shop": Kind("it names another shop"),
    "unknown_status": Kind("its status is one that no document knows"),
    "unmerge": Kind("a notification of the status unmerge follows it", ("seconds",)),
    "old_timestamp": Kind("its times are old", ("seconds",)),
    "truncate": Kind("its body breaks off, signed as it was whole", ("bytes",)),
    "reserialise": Kind("its body is written anew on the way, signed as it was before"),
}
PARAMETERS = ("seconds", "copies", "behind", "bytes")

FIELDS: Mapping[str, Spec] = {
    "id": {"t": "str", "len": [1, 64], "help": "name of the rule; absent: a fresh one"},
    "chaos": {"t": "str", "req": True, "enum": list(KINDS), "help": "what happens to the webhooks"},
    "platform": {"t": "str", "enum": list(Platform)},
    "topic": {"t": "str", "help": "merge, order_notification, ORDER_STATUS_CHANGE …"},
    "seller": {"t": "str", "help": "short name of a seller"},
    "url": {"t": "str", "help": "how the address begins"},
    **CHOICE,
    "seconds": SECONDS,
    "copies": {"t": "int", "range": [1, 100], "help": "how many more of it come; 1 when absent"},
    "behind": {"t": "int", "range": [1, 100], "help": "how many later ones to the same address come first; 1 when absent"},
    "bytes": {"t": "int", "range": [0, None], "help": "after so many the body breaks off; absent: after half"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Odds):
    """One rule. What is empty, 0 or None says nothing."""

    NOUN = "chaos"

    chaos: str
    platform: str = ""
    topic: str = ""
    seller: str = ""
    url: str = ""
    copies: int = 1
    behind: int = 1
    bytes: int | None = None

    def fits(self, world: World, delivery: Delivery) -> bool:
        """Whether that webhook matches, and there is something to be done to it."""
        if self.platform not in ("", delivery.platform) or self.topic not in ("", delivery.topic) or not delivery.url.startswith(self.url):
            return False
        if self.seller:
            owner = world.get(SELLERS, delivery.seller)
            if owner is None or owner.key != self.seller:
                return False
        if self.chaos == "unmerge":
            return delivery.topic == "merge"
        return self.chaos != "unknown_status" or _changed(delivery.body, _status, _strange) is not None


def possible(asked: Mapping[str, Any], *, sellers: Iterable[str], topics: Iterable[str], taken: Iterable[str] = ()) -> Rule:
    """The rule that is asked for. Raises Impossible in words that name it and what is wrong."""
    given = judged(asked, FIELDS, "chaos", sellers=sellers, taken=taken)
    name, kind = given["id"], KINDS[given["chaos"]]
    known = list(topics)
    if "topic" in given and given["topic"] not in known:
        close = nearest(given["topic"], known)
        raise no("chaos", name, "topic", f"there is no topic {given['topic']!r}; {meant(close)}there are {', '.join(known)}", close or known)
    if given["chaos"] == "unmerge" and given.get("topic", "merge") != "merge":
        raise no("chaos", name, "topic", "unmerge follows the merge notification alone")
    for parameter in PARAMETERS:
        if parameter in given and parameter not in kind.takes:
            whose = ", ".join(other for other, row in KINDS.items() if parameter in row.takes)
            raise no("chaos", name, parameter, f"{given['chaos']} takes no {parameter} (it is for {whose}); it takes {', '.join(kind.takes) or 'none'}")
    for parameter in kind.needs:
        if parameter not in given:
            raise no("chaos", name, parameter, f"{given['chaos']} needs {parameter}: {FIELDS[parameter].get('help', '')}")
    if "seconds" in given and (wrong := possible_seconds(given["seconds"], LATEST)):
        raise no("chaos", name, "seconds", wrong)
    return Rule(**given)


def all_possible(asked: Iterable[Mapping[str, Any]], *, sellers: Iterable[str], topics: Iterable[str]) -> tuple[Rule, ...]:
    """Rules in their order. Raises Impossible."""
    owners, known = list(sellers), list(topics)
    return several(asked, "chaos", lambda row, taken: possible(row, sellers=owners, topics=known, taken=taken))


class Chaos(Ruled[Rule]):
    """A workspace's rules of trouble with webhooks. Each counts every webhook that fits it; of those that strike the same one the first does."""

    __slots__ = ()


# Answers, for a seller's own ids as text, those of somebody else in their place.
Strangers = Callable[[World, Delivery], Mapping[str, int]]


def strike(workspace: Workspace, world: World, strangers: Strangers) -> World:
    """The world in which what has become owed since the last commit meets its trouble."""
    before, fresh = workspace.world.shelf(DELIVERIES), [serial for table, serial in world.wrote() if table == DELIVERIES.name]
    for serial in dict.fromkeys(fresh):
        delivery = world.get(DELIVERIES, serial)
        if delivery is None or before.get(serial) is not None:
            continue
        world = outbox.overtaken(world, delivery)
        struck: tuple[Rule, int] | None = None
        for rule in workspace.chaos.rules:
            if rule.fits(world, delivery):
                ordinal = workspace.chaos.hit(rule, world.seed, may=struck is None)
                struck = struck or ((rule, ordinal) if ordinal else None)
        if struck is not None:
            world = _struck(world, delivery, *struck, strangers)
    return world


def _struck(world: World, one: Delivery, rule: Rule, ordinal: int, strangers: Strangers) -> World:
    """What the rule does to a webhook that is owed and not sent yet."""
    seed = world.seed

    def seconds(otherwise: int) -> int:
        return round(rule.lasts(ordinal, seed, otherwise))

    note = f"chaos {rule.id!r} ({rule.chaos}): {KINDS[rule.chaos].words}"
    told = one.but(note=f"{note}\n{one.note}" if one.note else note)
    match rule.chaos:
        case "lose":
            told = told.but(status=DeliveryStatus.LOST)
        case "hold":
            told = told.but(status=DeliveryStatus.HELD)
        case "delay":
            told = told.but(due=one.due + seconds(0))
        case "reorder":
            told = told.but(due=one.due + seconds(PATIENCE), behind=rule.behind)
        case "duplicate":
            for _ in range(rule.copies):
                world = _again(world, told, one.body, seconds(0))
        case "unmerge":
            world = _again(world, told, _changed(one.body, lambda name: name == "status", lambda _: "unmerge") or one.body, seconds(0))
        case "wrong_signature":
            told = told.but(signed=one.body + b" ")
        case "wrong_shop":
            others = strangers(world, one)
            told = told.but(body=_changed(one.body, _shop, lambda held: _like(held, others.get(str(held)))) or one.body)
        case "unknown_status":
            told = told.but(body=_changed(one.body, _status, _strange) or one.body)
        case "old_timestamp":
            told = told.but(body=_changed(one.body, _time, lambda held: _earlier(held, seconds(DAY))) or one.body)
        case "truncate":
            told = told.but(sent=one.body[: len(one.body) // 2 if rule.bytes is None else rule.bytes] or b" ", signed=one.body)
        case "reserialise":
            told = told.but(sent=json.dumps(json.loads(one.body), indent=1, sort_keys=True).encode(), signed=one.body)
    return world.put(DELIVERIES, told)


def _again(world: World, one: Delivery, body: bytes, later: int) -> World:
    held = one.status is DeliveryStatus.HELD
    return outbox.owe(
        world, seller=one.seller, platform=one.platform, app=one.app, topic=one.topic, url=one.url, body=body, delay=one.due - world.now.world + later, held=held, note=one.note
    )


# ---- changed payloads -------------------------------------------------------------------------------------------------------------------------


def _shop(name: str) -> bool:
    return name.endswith(("shop_id", "seller_id", "seller_open_id"))


def _status(name: str) -> bool:
    return name == "status" or name.endswith("_status")


def _time(name: str) -> bool:
    return name == "timestamp" or name.endswith("_time")


def _strange(held: Any) -> Any:
    return STRANGE_NUMBER if isinstance(held, int) else STRANGE


def _like(held: Any, other: int | None) -> Any:
    """Another id, of the type that stands there."""
    return held if other is None else str(other) if isinstance(held, str) else other


def _earlier(held: Any, seconds: int) -> Any:
    if isinstance(held, int) and held > 10**9:
        unit = 10**9 if held > 10**17 else 1000 if held > 10**12 else 1  # nanoseconds, milliseconds or seconds
        return held - seconds * unit
    return str(int(held) - seconds) if isinstance(held, str) and held.isdigit() and len(held) == 10 else held


def _changed(body: bytes, at: Callable[[str], bool], change: Callable[[Any], Any]) -> bytes | None:
    """The payload with the values at those names changed, texts and numbers alone; None where that changes nothing."""

    def walk(held: Any, name: str = "") -> Any:
        if isinstance(held, dict):
            return {key: walk(value, key) for key, value in held.items()}
        if isinstance(held, list):
            return [walk(value, name) for value in held]
        return change(held) if at(name) and isinstance(held, (str, int)) and not isinstance(held, bool) else held

    made = orjson.dumps(walk(orjson.loads(body)))
    return None if made == orjson.dumps(orjson.loads(body)) else made


__all__ = ["FIELDS", "KINDS", "Chaos", "Rule", "all_possible", "possible", "strike"]
