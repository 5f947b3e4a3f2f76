"""Who calls: app key, time, signature, token, scope, shop, pace and phase are judged here, in the platform's order."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from ..domain import shops, timers
from ..domain.migration import allows
from ..domain.phases import Family, Platform
from ..gateway.call import Call
from ..gateway.facade import Trouble
from ..gateway.faults import Fault
from ..gateway.refusal import Refusal
from . import ids, rows, signing
from .words import at_gateway, refuse

EARLY, LATE = 300, 30  # seconds that a timestamp may lie before and after the server's (documented)
LARGEST = 11 * 1024 * 1024  # bytes of a body: room for the largest picture (10 MB) and its form (inferred; that there is a limit is documented)
PER_SECOND = 50  # calls per app, shop and endpoint (documented)
CHATS_PER_DAY, CHATS_SPENT = 10_000, 45101004  # calls about chats per shop, and what is said beyond them (documented)


def signature(call: Call) -> None:
    """Media type, app key, timestamp and signature: the call comes from the app."""
    endpoint, request = call.endpoint, call.request
    if not endpoint.signed:
        return
    media = request.media
    if endpoint.media == "multipart":
        if media != "multipart":
            raise at_gateway("multipart_wanted", f"content-type was {request.headers.get('content-type', 'absent')!r}")
    elif request.body and media not in ("json", ""):
        raise at_gateway("invalid_format", f"content-type was {media!r}: send application/json")
    if len(request.body) > LARGEST:
        raise at_gateway("file_size", f"the body has {len(request.body)} bytes, {LARGEST} are possible")
    given = dict(reversed(request.pairs))
    credentials = call.workspace.credentials
    key = given.get("app_key", "")
    if not key:
        raise at_gateway("required_field", "the query carries no app_key", field="app_key")
    if key != credentials.app_key:
        raise at_gateway("invalid_app_key", f"app_key is {key!r}; this workspace's is {credentials.app_key!r}")
    _address(call)
    _timely(call, given.get("timestamp", ""))
    sign = given.get("sign", "")
    if not sign:
        raise at_gateway("missing_sign", "the query carries no sign")
    multipart = media == "multipart"
    right = signing.canonical(request.path, request.pairs, request.body, multipart=multipart)
    if signing.sign(credentials.app_secret, right) != sign:
        why = signing.diagnose(
            credentials.app_secret,
            request.method,
            request.path,
            request.pairs,
            request.body,
            request.headers.get("content-type", ""),
            sign,
            access_token=request.headers.get("x-tts-access-token", ""),
            host=request.headers.get("host", ""),
            raw_query=request.query,
            other_secrets={"this workspace's Tokopedia app": credentials.client_secret, **call.workspace.neighbours()},
        )
        detail = {"signed": why.ours, "theirs": why.theirs, "differs_at": why.differs_at, "mistake": why.mistake}
        raise at_gateway("invalid_sign", why.words, detail=detail)


def _address(call: Call) -> None:
    """The caller's address is on the app's allow list, where the rule ``tiktok_ip_allow_list`` says so (that it comes here is inferred)."""
    if call.world.rules.tiktok_ip_allow_list != "enforce":
        return
    allowed = call.workspace.credentials.apps[Platform.TIKTOK_SHOP].whitelist
    peer = call.request.peer
    if allowed and not _among(peer, allowed):
        raise at_gateway("ip_refused", f"{peer or 'the caller'} is not on the app's IP allow list: {', '.join(allowed)}")


def _among(peer: str, allowed: tuple[str, ...]) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return any(address in ip_network(entry, strict=False) for entry in allowed)


def _timely(call: Call, text: str, *, skew: int = 0) -> None:
    if not text:
        raise at_gateway("required_field", "the query carries no timestamp", field="timestamp")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise at_gateway("timestamp_negative", f"timestamp is {text[:40]!r}: it must be unix seconds")
    at, wire = int(text), call.now.wire + skew
    if wire - EARLY <= at <= wire + LATE:
        return
    real = int(call.workspace.clock.real()) + skew
    if real - EARLY <= at <= real + LATE:
        return  # where wire time is virtual, the real clock is as good
    name = "timestamp_early" if at < wire else "timestamp_late"
    hint = " (milliseconds? seconds are wanted)" if at > 10**12 else ""
    raise at_gateway(name, f"timestamp is {at}, now is {wire}: it must lie within {EARLY} s before and {LATE} s after{hint}")


def token(call: Call) -> None:
    """The token belongs to this app, lives, and gives the scope that the endpoint wants."""
    if call.endpoint.signed:
        bearer(call)


def bearer(call: Call) -> None:
    """Whose token it is. Raises Refusal for one that opens nothing here."""
    endpoint = call.endpoint
    shown = call.request.headers.get("x-tts-access-token", "")
    if not shown:
        raise at_gateway("missing_token", f"the header x-tts-access-token is missing{_elsewhere(call)}")
    world = call.world
    grant = call.workspace.credentials.grant(world, shown)
    if grant is None or grant.kind != "access" or grant.seller is None:
        kind = {"refresh": "a refresh token", "code": "an authorization code", "bearer": "a Tokopedia token"}.get(grant.kind if grant else "", "not one of this workspace")
        raise at_gateway("invalid_token", f"the token shown is {kind}")
    if grant.withdrawn:
        raise at_gateway("invalid_token", "the seller has withdrawn this authorisation")
    now = timers.deadline_time(world, call.now)
    if grant.expires and now >= grant.expires:
        raise at_gateway("expired_token", f"the token expired at {grant.expires}, now is {now}: refresh it")
    call.grant = grant
    call.app = call.workspace.credentials.apps[Platform.TIKTOK_SHOP]
    if endpoint.scope:
        wanted = " or ".join(endpoint.scope)
        if not any(scope in grant.scopes for scope in endpoint.scope):
            raise at_gateway("scope", f"the endpoint needs the scope {wanted}; the seller gave {', '.join(grant.scopes) or 'none'}")
        if not any(scope in grant.scopes and scope in call.app.scopes for scope in endpoint.scope):
            raise at_gateway("scope", f"the endpoint needs the scope {wanted}; the app has it no more, only {', '.join(call.app.scopes) or 'none'}")
    call.seller = shops.seller(world, grant.seller)


def _elsewhere(call: Call) -> str:
    """Where else a client has put its token."""
    if call.request.parameter("access_token"):
        return " (the access_token query parameter was retired with 202309)"
    wrong = next((name for name in ("authorization", "access-token", "access_token", "x-access-token") if call.request.headers.get(name)), "")
    return f" (a token in the header {wrong} is not looked at)" if wrong else ""


def shop(call: Call) -> None:
    """The shop that the cipher names is the seller's who gave the token."""
    if call.endpoint.signed:
        cipher(call)


def cipher(call: Call) -> None:
    """Whose shop is meant. Raises Refusal where the query names another than the token's."""
    endpoint, owner = call.endpoint, call.seller
    given = dict(reversed(call.request.pairs))
    shown = given.get("shop_cipher")
    _legacy(call, given)
    if endpoint.shop:
        if not shown:
            raise at_gateway("missing_cipher", "the query carries no shop_cipher: GET /authorization/202309/shops tells it")
        serial = call.workspace.credentials.shop(shown)
        if serial is None or serial != owner.tiktok_shop:
            whose = "no shop of this workspace has" if serial is None else "another seller's shop has"
            raise at_gateway("token_cipher_mismatch", f"{whose} the cipher {shown!r}; the token is seller {owner.key!r}'s")
    elif shown:
        raise at_gateway("unexpected_cipher", "this endpoint takes no shop_cipher")
    if owner.tiktok_shop is not None:
        call.shop = shops.shop(call.world, owner.tiktok_shop)


def _legacy(call: Call, given: dict[str, str]) -> None:
    """Parameters of other callers or older versions, which old clients still send blank or as they were."""
    if given.get("category_asset_cipher"):
        raise at_gateway("unexpected_category_cipher", "category_asset_cipher is for affiliate partners; sellers' endpoints take shop_cipher")
    version = given.get("version")
    if version and not (len(version) == 6 and version.isascii() and version.isdigit()):
        raise at_gateway("invalid_version", f"version is {version[:40]!r}: six digits as in the path, or leave it out")
    shop_id = given.get("shop_id")
    if shop_id:
        own = call.seller.tiktok_shop
        if own is None or ids.shop(call.world).read(shop_id) != own:
            raise at_gateway("invalid_shop_id", f"shop_id is {shop_id[:40]!r}, not the shop of seller {call.seller.key!r}; it went with 202309: leave it out")


def pace(call: Call) -> None:
    """Not more calls a second than the platform allows, where the workspace enforces it."""
    meters = call.workspace.meters
    if meters.mode == "enforce" and call.endpoint.signed:
        source = call.endpoint.source
        level = meters.draw(("tiktok_shop", call.seller.serial, source), source, PER_SECOND, cost=0 if call.held else 1)
        if not level.allowed:
            raise at_gateway("rate_limit", f"{level.limit} calls a second are allowed for {source}; one fits again in {level.wait:.2f} s")
        if CHATS_SPENT in rows.row(source).errors:
            limit = meters.rates.get("customer_service", CHATS_PER_DAY)
            if not meters.count(("tiktok_shop chats", call.seller.serial), limit, window=86_400):
                raise refuse(CHATS_SPENT, f"{limit} calls a day are allowed about chats; the day is counted from the first of them")


def phase(call: Call) -> None:
    """The seller's phase leaves this door open."""
    endpoint = call.endpoint
    if not endpoint.signed or endpoint.gate == "rows":
        return
    verdict = allows(call.world.rules, call.seller, Platform.TIKTOK_SHOP, endpoint.family)
    if not verdict.open:
        raise locked(call, endpoint.family, verdict.words, verdict.rule)
    if verdict.rule:
        call.inferred(verdict.rule, verdict.words)


def locked(call: Call, family: Family, words: str, rule: str) -> Refusal:
    """What the platform answers to a product write that the migration has closed."""
    if family is not Family.PRICE_STOCK:
        return refuse(12052332, words, rule=rule)
    code = call.world.rules.lock_code
    try:
        message = rows.message(code)
    except KeyError:
        message = rows.message(12052901)
    return refuse(code, words, rule=rule, message=message)


CHECKS = (signature, token, shop, pace, phase)


# ---- faults -----------------------------------------------------------------------------------------------------------------------------------


def _too_many(call: Call, fault: Fault) -> None:
    raise at_gateway("rate_limit", f"too many calls of {call.endpoint.source}, as the fault has it")


def _failing(call: Call, fault: Fault) -> None:
    raise at_gateway({503: "overload", 504: "timeout"}.get(fault.status, "internal"), f"the platform fails with {fault.status}")


def _expired(call: Call, fault: Fault) -> None:
    raise at_gateway("expired_token", "the token expired early: refresh it")


def _skewed(call: Call, fault: Fault) -> None:
    """The server's clock is wrong: a timestamp that is right may be too early or too late for it."""
    _timely(call, call.request.parameter("timestamp") or "", skew=fault.skew)


TROUBLES: Mapping[str, Trouble] = {"rate_limit": _too_many, "server_error": _failing, "token_expired": _expired, "clock_skew": _skewed}
