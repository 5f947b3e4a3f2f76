"""How an app gets in: the page on which a seller accepts, codes for tokens, tokens renewed, and the shops that a token opens."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from ..domain import developers, shops
from ..domain.developers import GRANTS, App, Grant
from ..domain.errors import SellerUnknown
from ..domain.instants import DAY
from ..domain.phases import Family, Platform
from ..domain.shops import SHOPS
from ..domain.world import Change, World
from ..gateway.call import Call, Reply
from ..gateway.refusal import Refusal
from . import ids, scopes
from .catalog import CATALOG, serves
from .words import at_gateway

if TYPE_CHECKING:
    from jinja2 import Template

_TOKEN: dict[str, Any] = {"family": Family.TOKEN, "signed": False, "shop": False, "secret": True}


# ---- the page that a seller accepts ----------------------------------------------------------------------------------------------------


@CATALOG.endpoint("GET|POST", "/open/authorize", "/oauth/authorize", effect="write", source="authorize-page", media="any", **_TOKEN)
def authorize(call: Call) -> Reply:
    """Show who may accept, what and for how long; with ``seller`` and ``auto=accept`` (or ``refuse``) redirect at once, without a browser."""
    given = dict(reversed(call.request.pairs))
    credentials = call.workspace.credentials
    if given.get("service_id", credentials.service_id) != credentials.service_id or given.get("app_key", credentials.app_key) != credentials.app_key:
        raise Refusal(98001004, "invalid params; detail:service_id", words="service_id or app_key is another workspace's", status=400)
    act = given.get("auto", "")
    if act in ("accept", "refuse"):
        return _redirect(call, given, accept=act == "accept")
    world = call.world
    able = [(seller, shops.shop(world, seller.tiktok_shop)) for seller in shops.sellers(world) if seller.tiktok_shop is not None]
    app = credentials.apps[Platform.TIKTOK_SHOP]
    periods = _periods(call)
    page = _page().render(
        app=app,
        able=able,
        who=given.get("seller") or (able[0][0].key if able else ""),
        carried=[(name, value) for name, value in given.items() if name not in _ASKED],
        path=call.request.path,
        words=scopes.WORDS,
        chosen=_chosen(call, app.scopes),
        periods=periods,
        period=_days(call, given) or periods[0],
    )
    return Reply((page.encode(),), content_type="text/html; charset=utf-8")


_ASKED = ("seller", "auto", "scope", "chosen", "days")  # what the page itself asks for
_PERIODS = (180, 90, 30, 7)  # days that a seller may choose instead of the longest (inferred: that there is a choice is documented)


def _longest(call: Call) -> int:
    """The longest authorisation in days; a year where the rule sets no end."""
    return max((call.world.rules.tiktok_refresh_life or 365 * DAY) // DAY, 1)


def _periods(call: Call) -> list[int]:
    longest = _longest(call)
    return [longest, *(days for days in _PERIODS if days < longest)]


def _days(call: Call, given: dict[str, str]) -> int:
    """For how many days the seller lets the app in; 0: for as long as the rule says."""
    text, longest = given.get("days", ""), _longest(call)
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= longest):
        raise Refusal(98001004, "invalid params; detail:days", words=f"days is {text[:20]!r}: a seller authorises for 1 to {longest} days", status=400)
    return int(text)


def _redirect(call: Call, given: dict[str, str], *, accept: bool) -> Reply:
    app = call.workspace.credentials.apps[Platform.TIKTOK_SHOP]
    if not app.redirect_url:
        raise Refusal(98001004, "invalid params; detail:redirect_url", words="the app has no redirect URL: PUT /_mock/workspaces/{id}/apps sets it", status=400)
    try:
        owner = shops.named(call.world, given["seller"]) if given.get("seller") else shops.sellers(call.world)[0]
    except (SellerUnknown, IndexError) as no:
        raise Refusal(98001004, "invalid params; detail:seller", words=str(no), status=400) from None
    if not accept:
        answer = {"code": "null", "error": "auth_denied"}
    else:
        days = _days(call, given)
        grant = call.apply(accepted, owner.serial, _chosen(call, app.scopes), lasts=days * DAY if days < _longest(call) else 0)
        answer = callback(call, grant)
    if given.get("state"):
        answer["state"] = given["state"]
    return Reply((b"",), status=302, content_type="text/plain", headers=(("Location", with_query(app.redirect_url, answer)),))


def _chosen(call: Call, offered: tuple[str, ...]) -> tuple[str, ...]:
    """What the seller gives: the scopes that are named (``scope`` over and over, or joined by commas), all that the app has when none is."""
    named = [scope for name, value in call.request.pairs if name == "scope" for scope in value.split(",") if scope]
    if not named and call.request.parameter("chosen") is None:
        return offered
    strange = [scope for scope in named if scope not in offered]
    if strange:
        raise Refusal(98001004, "invalid params; detail:scope", words=f"the app has no scope {', '.join(strange)}; it has {', '.join(offered)}", status=400)
    return tuple(scope for scope in offered if scope in named)


def callback(call: Call, grant: Grant) -> dict[str, str]:
    """What the redirect carries beside ``state``."""
    credentials = call.workspace.credentials
    return {"app_key": credentials.app_key, "code": credentials.token(grant), "locale": "id-ID", "shop_region": "ID"}


def with_query(url: str, more: dict[str, str]) -> str:
    """The address with more parameters behind those that it has."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(more)) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))


def accepted(world: World, seller: int, given: tuple[str, ...] | None = None, *, lasts: int = 0) -> Change:
    """The seller lets the app in, for these scopes (``given``; None: all that the app has) and so many seconds (0: by the rule). Answers the Grant of a code."""
    owner = shops.seller(world, seller)
    if owner.tiktok_shop is not None:
        world = world.put(SHOPS, shops.shop(world, owner.tiktok_shop).but(authorised=True))
    app = developers.app(world, Platform.TIKTOK_SHOP)
    allowed = app.scopes if given is None else given
    return developers.grant(world, app, "code", seller=seller, life=world.rules.auth_code_life, scopes=allowed, lasts=lasts)


@cache
def _page() -> Template:
    from jinja2 import Environment  # only who opens the page pays for it

    text = (Path(__file__).with_name("templates") / "authorize.html").read_text()
    return Environment(autoescape=True).from_string(text)


# ---- codes and tokens ---------------------------------------------------------------------------------------------------------------------


@CATALOG.endpoint("GET", "/api/v2/token/get", effect="write", source="token-get", **_TOKEN)
def token_get(call: Call) -> dict[str, Any]:
    """A code for an access and a refresh token; each code once."""
    given = _asked(call, "authorized_code", "auth_code")
    grant = call.workspace.credentials.grant(call.world, given["auth_code"])
    if grant is None or grant.kind != "code" or grant.withdrawn:
        raise at_gateway("auth_invalid_code", "no such authorization code was given in this workspace")
    if grant.used:
        raise at_gateway("auth_invalid_code", "this authorization code was used before: each works once")
    if grant.expires and call.now.wire >= grant.expires:
        raise at_gateway("auth_invalid_code", f"this authorization code expired at {grant.expires}")
    if grant.name.startswith("ready.") or not call.world.rules.auth_code_life:
        call.inferred("auth_code_life", "codes live until they are first used; the platform's live 30 minutes")
    access, refresh = call.apply(_exchanged, grant.serial)
    return _tokens(call, access, refresh)


@CATALOG.endpoint("GET", "/api/v2/token/refresh", effect="write", source="token-refresh", **_TOKEN)
def token_refresh(call: Call) -> dict[str, Any]:
    """A new access token; whether refresh token and old access token live on is open (rule ``tiktok_refresh``)."""
    given = _asked(call, "refresh_token", "refresh_token")
    grant = call.workspace.credentials.grant(call.world, given["refresh_token"])
    if grant is None or grant.kind != "refresh" or grant.withdrawn or grant.used:
        raise at_gateway("auth_unknown_refresh_token", "no such refresh token is held in this workspace")
    if grant.expires and call.now.wire >= grant.expires:
        raise at_gateway("auth_refresh_token_expired", f"this refresh token expired at {grant.expires}: the seller must authorise again")
    call.inferred("tiktok_refresh")
    return _tokens(call, *call.apply(_renewed, grant.serial))


def _asked(call: Call, grant_type: str, wanted: str) -> dict[str, str]:
    given = dict(reversed(call.request.pairs))
    missing = [name for name in ("app_key", "app_secret", wanted, "grant_type") if not given.get(name)]
    if missing:
        raise at_gateway("auth_invalid_params", f"{', '.join(missing)} missing from the query", detail={"missing": missing}, what=f"{missing[0]} is required")
    credentials = call.workspace.credentials
    if given["app_key"] != credentials.app_key or given["app_secret"] != credentials.app_secret:
        raise at_gateway("auth_invalid_secret", "app_key and app_secret are not those of this workspace's TikTok Shop app")
    if given["grant_type"] != grant_type:
        raise at_gateway("auth_invalid_grant_type", f"grant_type is {given['grant_type']!r}: here it is {grant_type!r}")
    return given


def _exchanged(world: World, code: int) -> Change:
    held = world.get(GRANTS, code)
    assert held is not None and held.seller is not None  # the handler has just looked it up
    world = world.put(GRANTS, held.but(used=True))
    app = developers.app(world, Platform.TIKTOK_SHOP)
    life = held.lasts or world.rules.tiktok_refresh_life
    world, refresh = developers.grant(world, app, "refresh", seller=held.seller, life=life, scopes=held.scopes)
    world, access = _access(world, app, refresh)
    return Change(world, (access, refresh))


def _access(world: World, app: App, refresh: Grant) -> Change:
    """An access token, which does not outlive the authorisation (inferred)."""
    life = world.rules.tiktok_token_life
    if refresh.expires:
        left = max(refresh.expires - world.now.wire, 1)
        life = min(life or left, left)
    return developers.grant(world, app, "access", seller=refresh.seller, life=life, scopes=refresh.scopes, family=refresh.family)


def _renewed(world: World, refresh: int) -> Change:
    held = world.get(GRANTS, refresh)
    assert held is not None  # the handler has just looked it up
    app, rules, refreshed = developers.app(world, Platform.TIKTOK_SHOP), world.rules, held
    if rules.tiktok_refresh == "rotate_and_revoke":
        for old in developers.grants(world, app, held.seller, "access"):
            if old.family == held.family and not old.withdrawn:
                world = world.put(GRANTS, old.but(withdrawn=True))
    if rules.tiktok_refresh != "keep":
        world = world.put(GRANTS, held.but(used=True))
        left = max(held.expires - world.now.wire, 1) if held.expires else 0
        world, refreshed = developers.grant(world, app, "refresh", seller=held.seller, life=left, scopes=held.scopes, family=held.family)
    world, access = _access(world, app, refreshed)
    return Change(world, (access, refreshed))


def _tokens(call: Call, access: Grant, refresh: Grant) -> dict[str, Any]:
    world, credentials = call.world, call.workspace.credentials
    assert access.seller is not None  # codes and refresh tokens are a seller's
    owner = shops.seller(world, access.seller)
    return {
        "access_token": credentials.token(access),
        "access_token_expire_in": access.expires,
        "refresh_token": credentials.token(refresh),
        "refresh_token_expire_in": refresh.expires,
        "open_id": ids.open_id(owner.serial),
        "seller_name": owner.name,
        "seller_base_region": "ID",
        "user_type": 0,
        "granted_scopes": list(access.scopes),
    }


@serves("get-authorized-shops-202309", family=Family.TOKEN)
def authorized_shops(call: Call) -> dict[str, Any]:
    """The shop that the token's seller has opened to the app, with its cipher; none before a shop that is born at the merge is there."""
    owner = call.seller
    if owner.tiktok_shop is None:
        return {"shops": []}
    shop = shops.shop(call.world, owner.tiktok_shop)
    wire = ids.text(ids.shop(call.world), shop.serial)
    call.showed("shops", shop.serial)
    return {
        "shops": [
            {
                "id": wire,
                "name": shop.name,
                "region": shop.region,
                "seller_type": "LOCAL",
                "cipher": call.workspace.credentials.cipher(shop),
                "code": f"IDLC{wire[-6:]}",
            }
        ]
    }
