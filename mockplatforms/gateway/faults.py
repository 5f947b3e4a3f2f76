"""Scripted trouble: which calls go wrong, how, and on which side of their effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from ..domain.phases import Family, Phase, Platform
from .call import Call, Reply
from .endpoint import Endpoint, unversioned
from .fields import Spec
from .guesses import meant, nearest
from .odds import CHOICE, LONGEST, SECONDS, Impossible, Odds, Ruled, judged, no, possible_seconds, several
from .refusal import Refusal

if TYPE_CHECKING:
    from ..domain.shops import Seller
    from .facade import Facade
    from .journal import Exchange


class Kind(NamedTuple):
    """A kind of trouble: the parameters that it takes, those that it must have, and the sides on which it can come."""

    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    sides: tuple[str, ...] = ("before", "after")
    worded: bool = False  # a platform says it in its own words
    signed: bool = False  # only calls with a token can meet it


KINDS: Mapping[str, Kind] = {
    "latency": Kind(takes=("seconds",), needs=("seconds",)),
    "rate_limit": Kind(takes=("retry_after",), worded=True),
    "server_error": Kind(takes=("status", "form"), worded=True),
    "reset": Kind(),
    "stall": Kind(takes=("bytes", "seconds")),
    "truncate": Kind(takes=("bytes",)),
    "content_type": Kind(takes=("content_type",)),
    "token_expired": Kind(sides=("before",), worded=True, signed=True),
    "clock_skew": Kind(takes=("skew",), needs=("skew",), sides=("before",), worded=True, signed=True),
}
PARAMETERS = tuple(dict.fromkeys(name for kind in KINDS.values() for name in kind.takes))

FIELDS: Mapping[str, Spec] = {
    "id": {"t": "str", "len": [1, 64], "help": "name of the fault; absent: a fresh one"},
    "fault": {"t": "str", "req": True, "enum": list(KINDS), "help": "what goes wrong"},
    "side": {"t": "str", "enum": ["before", "after"], "help": "before: nothing happened; after: it happened, and the client does not learn it; before when absent"},
    "platform": {"t": "str", "enum": list(Platform)},
    "endpoint": {"t": "str", "help": "its name, with or without version (ship-package), or METHOD /path/{template}"},
    "family": {"t": "str", "enum": list(Family)},
    "phase": {"t": "str", "enum": list(Phase), "help": "of the seller whom the call concerns"},
    "seller": {"t": "str", "help": "short name of a seller"},
    "effect": {"t": "str", "enum": ["read", "write"]},
    **CHOICE,
    "status": {"t": "int", "enum": [500, 502, 503, 504], "help": "of server_error; 500 when absent"},
    "form": {"t": "str", "enum": ["platform", "proxy"], "help": "of server_error: the platform's envelope, or a proxy's page; 500 is the platform's when absent, others a proxy's"},
    "seconds": SECONDS,
    "bytes": {"t": "int", "range": [0, None], "help": "after so many the body breaks off; absent: after half"},
    "retry_after": {"t": "int", "range": [0, 86400], "help": "seconds told with rate_limit"},
    "skew": {"t": "int", "range": [-86400 * 365, 86400 * 365], "help": "seconds by which the server's clock is ahead of the right one"},
    "content_type": {"t": "str", "len": [1, 200], "help": "text/html when absent"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Odds):
    """One rule. What is empty, 0 or None says nothing; ``over`` are the endpoints that it is about."""

    NOUN = "fault"
    ALWAYS = ("side",)

    fault: str
    side: str = "before"
    platform: str = ""
    endpoint: str = ""
    family: str = ""
    phase: str = ""
    seller: str = ""
    effect: str = ""
    status: int = 500
    form: str = ""
    bytes: int | None = None
    retry_after: int | None = None
    skew: int = 0
    content_type: str = "text/html"
    over: frozenset[Endpoint] = field(default=frozenset(), compare=False, repr=False)

    @property
    def by_proxy(self) -> bool:
        """The answer is the page of a proxy that stands before the platform."""
        return self.fault == "server_error" and (self.form == "proxy" or (not self.form and self.status != 500))

    def fits(self, call: Call, owner: Seller | None) -> bool:
        """Whether that call, which is about that seller, matches."""
        if call.endpoint not in self.over:
            return False
        if not (self.seller or self.phase):
            return True
        return owner is not None and self.seller in ("", owner.key) and self.phase in ("", owner.phase)


# ---- which faults can be ------------------------------------------------------------------------------------------------------------------------


def possible(asked: Mapping[str, Any], facades: Sequence[Facade], *, sellers: Iterable[str], taken: Iterable[str] = ()) -> Fault:
    """The rule that is asked for. Raises Impossible in words that name it and what is wrong."""
    given = judged(asked, FIELDS, "fault", sellers=sellers, taken=taken)
    kind = KINDS[given["fault"]]
    _parameters(given["id"], given, kind)
    return Fault(**given, over=_over(given["id"], given, kind, facades))


def all_possible(asked: Iterable[Mapping[str, Any]], facades: Sequence[Facade], *, sellers: Iterable[str]) -> tuple[Fault, ...]:
    """Rules in their order. Raises Impossible."""
    owners = list(sellers)
    return several(asked, "fault", lambda row, taken: possible(row, facades, sellers=owners, taken=taken))


def _parameters(name: str, given: Mapping[str, Any], kind: Kind) -> None:
    what = given["fault"]
    for parameter in PARAMETERS:
        if parameter in given and parameter not in kind.takes:
            whose = ", ".join(other for other, row in KINDS.items() if parameter in row.takes)
            raise _no(name, parameter, f"{what} takes no {parameter} (it is for {whose}); it takes {', '.join(kind.takes) or 'none'}")
    for parameter in kind.needs:
        if parameter not in given:
            raise _no(name, parameter, f"{what} needs {parameter}: {FIELDS[parameter].get('help', '')}")
    if given.get("side", "before") not in kind.sides:
        raise _no(name, "side", f"{what} refuses a call at the door, so nothing can have happened: its side is {kind.sides[0]}")
    if given.get("status") == 502 and given.get("form") == "platform":
        raise _no(name, "form", "a 502 is said by a proxy on either platform: form proxy, or status 500, 503 or 504")
    if what == "clock_skew" and not given["skew"]:
        raise _no(name, "skew", "a clock that is 0 seconds off is right: give the seconds by which it is ahead (or, below 0, behind)")
    if not given.get("content_type", "").isprintable() or not given.get("content_type", "").isascii():
        raise _no(name, "content_type", f"a content type such as text/html goes into a header, {given['content_type'][:40]!r} cannot")
    if "seconds" in given and (wrong := possible_seconds(given["seconds"])):
        raise _no(name, "seconds", wrong)


def _over(name: str, given: Mapping[str, Any], kind: Kind, facades: Sequence[Facade]) -> frozenset[Endpoint]:
    """The endpoints that a rule is about."""
    every = [one for facade in facades for one in facade.catalog]
    named = every
    if "endpoint" in given:
        named = [one for one in every if given["endpoint"] in (one.source, unversioned(one.source), one.name)]
        if not named:
            close = nearest(given["endpoint"], [*(one.source for one in every), *(one.name for one in every)])
            raise _no(name, "endpoint", f"there is no endpoint {given['endpoint']!r}; {meant(close)}docs/coverage.md names them all", close)
    saying = {facade.platform for facade in facades if not kind.worded or given["fault"] in facade.troubles}
    able = [one for one in named if one.platform in saying and (one.signed or not kind.signed)]
    if not able:
        where = given.get("platform") or given.get("endpoint") or "any endpoint"
        raise _no(name, "fault", f"{given['fault']} cannot come there: it is for calls with a token{' of ' + ', '.join(sorted(saying)) if len(saying) == 1 else ''}, not for {where}")
    wanted = {what: given[what] for what in ("platform", "family", "effect") if what in given}
    found = frozenset(one for one in able if all(getattr(one, what) == value for what, value in wanted.items()))
    if not found:
        asked = ", ".join(f"{what} {value}" for what, value in wanted.items())
        near = "; ".join(dict.fromkeys(f"{one.source} is {one.platform}, {one.family}, {one.effect}" for one in able)) if "endpoint" in given else ""
        alone = f"{given['fault']} is for {', '.join(sorted(saying))} alone" if len(saying) < len(facades) else ""
        raise _no(name, next(iter(wanted)), f"no call fits {asked}" + (f": {near or alone}" if near or alone else ""))
    return found


def _no(name: str, where: str, words: str, candidates: Sequence[str] = ()) -> Impossible:
    return no("fault", name, where, words, candidates)


# ---- which calls they strike --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that strikes a call: the ``ordinal`` of the call among those that match, and how long it lasts.

    ``then`` is what became of a call that was made to wait before its effect: waited or gone (the client did not wait).
    """

    fault: Fault
    ordinal: int
    seconds: float = 0.0
    then: str = ""

    def over(self, *, gone: bool) -> Strike:
        return replace(self, then="gone" if gone else "waited")


class Trouble(NamedTuple):
    """What happens to a reply on its way: latency, reset, stall or truncate.

    ``whole``: bytes that are announced of which the reply holds only the first; ``held``: the call is yet to be answered, by
    ``Simulator.answer(request, held=…)``, once ``seconds`` have passed.
    """

    kind: str
    seconds: float = 0.0
    whole: int = 0
    held: Strike | None = None


class Faults(Ruled[Fault]):
    """A workspace's rules of trouble with calls. Each counts every call that fits it; of those that strike the same call the first does."""

    __slots__ = ()

    def strike(self, call: Call, owner: Seller | None) -> Strike | None:
        """Count a call that has passed all checks and is about that seller; the fault that strikes it, if any does."""
        struck: Strike | None = None
        seed = call.world.seed
        for rule in self.rules:
            if rule.fits(call, owner):
                ordinal = self.hit(rule, seed, may=struck is None)
                if ordinal:
                    struck = Strike(rule, ordinal, min(LONGEST, rule.lasts(ordinal, seed)))
        return struck


# ---- what they do -------------------------------------------------------------------------------------------------------------------------------


def before(facade: Facade, call: Call, strike: Strike) -> Reply | None:
    """The answer in place of the effect; None where the call goes on. Raises Refusal where the platform says it in its own words."""
    rule = strike.fault
    if rule.side == "after":
        return None
    if rule.fault == "latency":
        if not strike.then:
            return Reply((), status=0, trouble=Trouble("latency", strike.seconds, held=strike))
        return Reply((), status=0) if strike.then == "gone" else None
    if rule.by_proxy:
        return page(rule.status)
    if KINDS[rule.fault].worded:
        facade.troubles[rule.fault](call, rule)
        return None  # the skew of the clock is too small to be noticed
    if rule.fault == "content_type":
        return page(200, rule.content_type)
    return _broken(strike, facade.success(call, {}))


def after(facade: Facade, call: Call, strike: Strike, reply: Reply) -> Reply:
    """What the client gets in place of the reply to what has happened."""
    rule = strike.fault
    if rule.fault == "latency":
        return Reply(reply.parts, status=reply.status, content_type=reply.content_type, headers=reply.headers, trouble=Trouble("latency", strike.seconds))
    if rule.by_proxy:
        return page(rule.status)
    if KINDS[rule.fault].worded:
        try:
            facade.troubles[rule.fault](call, rule)
        except Refusal as no:
            return facade.failure(call, call.request, no, call.exchange)
    if rule.fault == "content_type":
        return Reply(reply.parts, status=reply.status, content_type=rule.content_type, headers=reply.headers)
    return _broken(strike, reply)


def _broken(strike: Strike, reply: Reply) -> Reply:
    """As much of a reply as comes through."""
    rule = strike.fault
    if rule.fault == "reset":
        return Reply((), status=0, trouble=Trouble("reset"))
    body = reply.body
    whole = max(len(body), 1)
    cut = body[: whole // 2 if rule.bytes is None else min(rule.bytes, whole - 1)]
    trouble = Trouble(rule.fault, strike.seconds, whole)
    return Reply((cut,), status=reply.status, content_type=reply.content_type, headers=reply.headers, trouble=trouble)


def page(status: int, content_type: str = "text/html") -> Reply:
    """A page of a proxy that stands before the platform."""
    title = f"{status} {HTTPStatus(status).phrase}" if status != 200 else "Please try again later"
    html = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    return Reply((html.encode(),), status=status, content_type=content_type)


def tell(made: Exchange, strike: Strike, *, failed: bool, whole: Reply | None) -> None:
    """Note in an exchange that a fault struck it; ``whole`` is the reply that the client should have got.

    The reply says it too. What a call only showed, and the client did not get to see, it has not shown.
    """
    rule = made.fault = strike.fault
    words = f"fault {rule.id!r} ({rule.fault}, {rule.side} the effect): {_happened(made, strike, failed)}"
    extra = [("X-Mock-Fault", rule.id)]
    if rule.retry_after is not None:
        extra.append(("Retry-After", str(rule.retry_after)))
    made.reply.headers = (*made.reply.headers, *extra)
    if not failed:
        made.notes = (*made.notes, words)
        return
    made.outcome = "failed"
    made.words = words
    made.unsent = whole
    if rule.fault != "content_type":
        made.shown = ()


def _happened(made: Exchange, strike: Strike, failed: bool) -> str:
    rule = strike.fault
    if rule.side == "before":
        if rule.fault == "latency":
            waited = f"{strike.seconds:.3g} s"
            return f"the call was to wait {waited}, and the client went away: nothing happened" if strike.then == "gone" else f"the call waited {waited} before it was done"
        if not failed:
            return f"the server's clock was {rule.skew} s off, which nobody noticed"
        return "nothing happened" + (f"; {made.words}" if made.words else "")
    if made.outcome == "refused":
        done = f"the call was refused with {made.code}"
    else:
        done = "the call was done" if made.changed else "the call was answered"
    if rule.fault == "latency":
        return f"{done}, and told {strike.seconds:.3g} s later"
    return done + (f", and told as {rule.content_type}" if rule.fault == "content_type" else ", and the client does not know")


__all__ = ["FIELDS", "KINDS", "Fault", "Faults", "Impossible", "Strike", "Trouble", "all_possible", "possible"]
