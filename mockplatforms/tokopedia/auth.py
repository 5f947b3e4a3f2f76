"""Who calls: bearer, app, shop, pace and phase are judged here; and tokens are given."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Mapping
from contextlib import suppress

from ..domain import developers, shops, timers
from ..domain.developers import Grant
from ..domain.migration import allows
from ..domain.orders import ORDERS
from ..domain.phases import Family, Platform
from ..domain.shops import SHOPS, Seller
from ..domain.world import Change, World
from ..gateway.call import Call, Request
from ..gateway.facade import Trouble
from ..gateway.faults import Fault
from ..gateway.meters import Level
from ..gateway.refusal import Refusal
from ..tiktok_shop import ids as tiktok_ids
from . import asked, ids
from .catalog import CATALOG
from .envelope import Form
from .words import refuse

_T = Platform.TOKOPEDIA
NOT_LINKED = "RBAC_MDLW_001"
SUNSET = "Tokopedia Open API Is No Longer Available"
LOCKED = "Product is locked because of shop migration"
RATES = {"getShopInfo": 5}  # requests a second (documented); all others are a guess
RATE = 50


def basic(request: Request) -> tuple[str, str] | None:
    """Client id and secret of a Basic header."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(text.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, secret) if colon else None


def bearer(request: Request) -> str:
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else ""


def sunset(call: Call) -> None:
    """The overlay of September 2025, where it is switched on: writes and webhook management end at T2, everything at T3."""
    dates = call.workspace.credentials.apps[_T].sunset
    if dates is None or call.now.wire < dates[1]:
        return
    endpoint = call.endpoint
    over = call.now.wire >= dates[2]
    if over or (endpoint.family is not Family.TOKEN and (call.request.method != "GET" or endpoint.family is Family.WEBHOOK)):
        what = "the whole Tokopedia API" if over else "its writing part and webhook management"
        raise refuse("SIM_API_SUNSET", f"the sunset overlay is on: {what} ended at {dates[2 if over else 1]}", reason=SUNSET, status=403, rule="sunset")


def whitelist(call: Call) -> None:
    """The caller's address is one of the app's, where the rule ``ip_whitelist`` says so."""
    if call.world.rules.ip_whitelist == "enforce" and call.endpoint.signed:
        allowed = call.workspace.credentials.apps[_T].whitelist
        if allowed and not any(_within(call.request.peer, one) for one in allowed):
            raise refuse(403, f"{call.request.peer or 'the caller'} is not in the app's whitelist: {', '.join(allowed)}", status=403, form="html")


def _within(peer: str, allowed: str) -> bool:
    try:
        return ipaddress.ip_address(peer) in ipaddress.ip_network(allowed)
    except ValueError:
        return False


# ---- checks -----------------------------------------------------------------------------------------------------------------------------------


def token(call: Call) -> None:
    """The bearer is this app's and lives."""
    if not call.endpoint.signed:
        return
    shown = bearer(call.request)
    world = call.world
    grant = call.workspace.credentials.grant(world, shown) if shown else None
    now = timers.deadline_time(world, call.now)
    if grant is None or grant.kind != "bearer" or grant.withdrawn:
        raise refuse(401, "no bearer token" if not shown else "the bearer token is not this workspace's", status=401, form="html")
    if grant.expires and now >= grant.expires:
        raise refuse(401, f"the token expired at {grant.expires}, now is {now}: fetch a new one", status=401, form="html")
    call.grant = grant
    call.app = call.workspace.credentials.apps[_T]


def app(call: Call) -> None:
    """The fs_id is this app's."""
    given = call.params.get("fs_id") or asked.text(call, "fs_id")
    if call.endpoint.signed and given and given != str(call.workspace.credentials.fs_id):
        raise refuse(NOT_LINKED, f"fs_id is {given!r}; this app's is {call.workspace.credentials.fs_id}")


def shop(call: Call) -> None:
    """The shop that the query names is one of this app's; where none is named, the first seller's (calls about a thing find its own)."""
    if not call.endpoint.signed:
        return
    world = call.world
    given = asked.text(call, "shop_id")
    if given:
        pick(call, given)
        return
    first = shops.first_shop(world, _T)
    if first is not None:
        call.seller, call.shop = shops.seller(world, first.seller), first


def pick(call: Call, given: object) -> None:
    """The call is about this shop. Raises Refusal for one that is not linked to the app; a mapped TikTok Shop id will do too."""
    world = call.world
    serial = ids.shop(world).read(given)
    found = world.get(SHOPS, serial) if serial is not None else None
    if found is None:
        serial = tiktok_ids.shop(world).read(given)
        twin = world.get(SHOPS, serial) if serial is not None else None
        owner = shops.seller(world, twin.seller) if twin is not None else None
        if owner is not None and owner.completed is not None and owner.tokopedia is not None:
            found = shops.shop(world, owner.tokopedia)
    if found is None or found.platform is not _T:
        raise refuse(NOT_LINKED, f"shop {given!r} is not linked to this app")
    call.shop, call.seller = found, shops.seller(world, found.seller)


def pace(call: Call) -> None:
    """What is left of the quota stands in the headers; it is enforced where the workspace says so."""
    meters = call.workspace.meters
    if meters.mode == "off" or not call.endpoint.signed:
        return
    source = call.endpoint.source
    level = meters.draw(("tokopedia", source), source, RATES.get(source, RATE), cost=0 if call.held else 1)
    _announce(call, level)
    if not level.allowed:
        raise _too_many(level)


def _announce(call: Call, level: Level) -> None:
    call.headers = (
        ("X-Ratelimit-Limit", f"{level.limit} req/s (burst {level.burst})"),
        ("X-Ratelimit-Remaining", str(level.remaining)),
        ("X-Ratelimit-Reset-After", f"{level.wait:.6f}" if level.wait else "-0.000000"),
        ("X-Ratelimit-Full-Reset-After", f"{level.full:.6f}"),
    )


def _too_many(level: Level) -> Refusal:
    why = f"{level.limit} calls a second are allowed; one fits again in {level.wait:.2f} s"
    return refuse("ERR_TOO_MANY_REQUEST", why, reason="ERR_TOO_MANY_REQUEST", status=429)


def phase(call: Call) -> None:
    """The seller's phase leaves this door open."""
    endpoint = call.endpoint
    if endpoint.signed and endpoint.gate != "rows" and hasattr(call, "seller"):
        gate(call)


def gate(call: Call) -> None:
    """Raises Refusal where the phase of the call's seller has closed this family of calls."""
    verdict = allows(call.world.rules, call.seller, _T, call.endpoint.family)
    if not verdict.open:
        raise refuse(call.world.rules.lock_error_code, verdict.words, reason=LOCKED, status=403, rule="lock_error_code")


CHECKS = (pace, sunset, token, whitelist, app, shop, phase)


# ---- faults -----------------------------------------------------------------------------------------------------------------------------------


def concerned(call: Call) -> Seller | None:
    """Whom a call is about: the seller of the order or the shop that it names anywhere, else the one whom the checks have found."""
    try:
        given = asked.body(call)
    except Refusal:
        given = None
    said = given if isinstance(given, dict) else {}
    world = call.world
    serial = ids.order(world).read(call.params.get("order_id") or asked.text(call, "order_id") or said.get("order_id"))
    order = world.get(ORDERS, serial) if serial is not None else None
    if order is not None and order.platform is _T:
        return shops.seller(world, order.seller)
    named = call.params.get("shop_id") or said.get("shop_id")
    if named:
        with suppress(Refusal):
            pick(call, named)
    return getattr(call, "seller", None)


# The documented code by which a service of Tokopedia says that another one failed it; a family without one says it without a code (documented
# of one endpoint). Which code comes when is inferred.
_FAILED = {
    Family.PRODUCT_READ: "PRD_API_003",
    Family.PRODUCT_WRITE: "PRD_API_003",
    Family.PRICE_STOCK: "PRD_API_003",
    Family.ORDER_READ: "ORD_API_003",
    Family.FULFILMENT: "ORD_API_003",
    Family.LOGISTICS_READ: "LGS_API_003",
    Family.LOGISTICS_WRITE: "LGS_API_003",
    Family.SHOP: "SHP_API_003",
    Family.SHOP_WRITE: "SHP_API_003",
}


def _hurried(call: Call, fault: Fault) -> None:
    """Refused as the quota refuses, with nothing left in the headers."""
    source = call.endpoint.source
    rate = call.workspace.meters.rates.get(source, RATES.get(source, RATE))
    level = Level(False, rate, rate, 0, float(fault.retry_after or 1 / rate), 1.0)
    _announce(call, level)
    raise _too_many(level)


def _failing(call: Call, fault: Fault) -> None:
    code = _FAILED.get(call.endpoint.family, "")
    why = f"the platform fails with {fault.status}"
    if not call.endpoint.signed:
        raise refuse(fault.status, why, status=fault.status, form="html")
    raise refuse(code, why, status=fault.status, form="" if code else "key")


def _expired(call: Call, fault: Fault) -> None:
    raise refuse(401, "the token expired early: fetch a new one", status=401, form="html")


TROUBLES: Mapping[str, Trouble] = {"rate_limit": _hurried, "server_error": _failing, "token_expired": _expired}


# ---- tokens -----------------------------------------------------------------------------------------------------------------------------------


@CATALOG.endpoint("POST", "/token", family=Family.TOKEN, effect="write", source="authentication", signed=False, shop=False, secret=True, media="any")
def give(call: Call) -> Form:
    """A token for the app: the standing one while it lives, a new one after that."""
    known = basic(call.request)
    credentials = call.workspace.credentials
    if known != (credentials.client_id, credentials.client_secret):
        why = "client id or secret is wrong, or the Basic header is missing"
        raise refuse("invalid_client", why, reason="Client authentication failed", status=401, form="oauth")
    wanted = asked.text(call, "grant_type")
    if not wanted and b"grant_type" in call.request.body:
        wanted = "client_credentials" if b"client_credentials" in call.request.body else "other"
    if wanted and wanted != "client_credentials":
        raise refuse("unsupported_grant_type", f"grant_type is {wanted!r}", reason="grant_type must be client_credentials", form="oauth")
    held: Grant = call.apply(_standing)
    left = held.expires - call.now.wire
    return Form(
        "bare",
        {"access_token": credentials.token(held), "event_code": "", "expires_in": left, "last_login_type": "", "sq_check": False, "token_type": "Bearer"},
    )


def _standing(world: World) -> Change:
    app_ = developers.app(world, _T)
    for held in reversed(developers.grants(world, app_, None, "bearer")):
        if not held.withdrawn and held.expires > world.now.wire:
            return Change(world, held)
    return developers.grant(world, app_, "bearer", seller=None, life=world.rules.tokopedia_token_life)


