"""The ISV's apps: where sellers are sent back to, codes and tokens, and sellers who let the app in or take that back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from ...domain import developers, shops
from ...domain.developers import APPS, GRANTS
from ...domain.instants import DAY
from ...domain.phases import Platform
from ...domain.shops import Seller
from ...domain.world import Change, World
from ...tiktok_shop.authorization import accepted, with_query
from .routes import SELLER, Ask, Field, Json, Problem, Route
from .workspaces import address


def _app(world: World, platform: Platform) -> Json:
    app = developers.app(world, platform)
    view: Json = {"name": app.name, "kind": app.kind, "online": app.online, "scopes": list(app.scopes)}
    if platform is Platform.TIKTOK_SHOP:
        view.update(ip_allow_list=list(app.whitelist), redirect_url=app.redirect_url, webhook_url=app.webhook_url, target_markets=list(app.target_markets))
    else:
        view["webhooks"] = dict(app.webhooks)
    return view


async def show(ask: Ask) -> Any:
    world, credentials = ask.world, ask.workspace.credentials
    return {
        "tokopedia": {**_app(world, Platform.TOKOPEDIA), "fs_id": credentials.fs_id, "client_id": credentials.client_id},
        "tiktok_shop": {**_app(world, Platform.TIKTOK_SHOP), "app_key": credentials.app_key, "service_id": credentials.service_id},
    }


async def put(ask: Ask) -> Any:
    body = ask.body
    changes: Json = {}
    if "redirect_url" in body:
        changes["redirect_url"] = address(body["redirect_url"], "redirect_url")
    if "scopes" in body:
        changes["scopes"] = _scope_keys(body["scopes"])
    if "ip_allow_list" in body:
        changes["whitelist"] = tuple(_network(entry) for entry in body["ip_allow_list"])
    if not changes:
        raise Problem(422, "missing", "Nothing to change", "give redirect_url, scopes or ip_allow_list", field="redirect_url")
    ask.apply(lambda world: world.put(APPS, developers.app(world, Platform.TIKTOK_SHOP).but(**changes)))
    return await show(ask)


def _scope_keys(named: list[str]) -> tuple[str, ...]:
    """The app's scopes: any key of the platform's form, for there are more than endpoints that are served."""
    strange = [scope for scope in named if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", scope)]
    if strange:
        raise Problem(422, "invalid", "A scope that cannot be", f"{strange[0]!r} is no scope key such as seller.order.info", field="scopes")
    return tuple(dict.fromkeys(named))


def _scopes(named: list[str], known: list[str]) -> tuple[str, ...]:
    strange = [scope for scope in named if scope not in known]
    if strange:
        raise Problem(422, "invalid", "A scope that cannot be", f"there is no scope {', '.join(strange)}; there are {', '.join(dict.fromkeys(known))}", field="scopes")
    return tuple(dict.fromkeys(named))


def _network(entry: str) -> str:
    try:
        ip_network(entry, strict=False)
    except ValueError:
        raise Problem(422, "invalid", "An address that cannot be", f"{entry!r} is neither an IP address nor a network", field="ip_allow_list") from None
    return entry


# ---- codes and tokens ------------------------------------------------------------------------------------------------------------------


def _owner(ask: Ask) -> Seller:
    """The seller, who must have a TikTok Shop shop to let anybody into."""
    owner = ask.seller
    if owner.tiktok_shop is None:
        detail = f"seller {owner.key!r} has no TikTok Shop shop: it is born at the merge and can be authorised then"
        raise Problem(409, "no-shop", "There is no shop to authorise", detail)
    return owner


def _granted(ask: Ask) -> tuple[str, ...]:
    """What the seller gives: all that the app has, or the scopes named."""
    offered = developers.app(ask.world, Platform.TIKTOK_SHOP).scopes
    return _scopes(ask.body["scopes"], list(offered)) if "scopes" in ask.body else offered


def _code(world: World, seller: int, scopes: tuple[str, ...], *, lasts: int) -> Change:
    app = developers.app(world, Platform.TIKTOK_SHOP)
    return developers.grant(world, app, "code", seller=seller, life=world.rules.auth_code_life, scopes=scopes, lasts=lasts)


async def auth_code(ask: Ask) -> Any:
    """A fresh code, as if the seller had just accepted."""
    owner, lasts = _owner(ask), ask.body.get("days", 0) * DAY
    let_in = shops.shop_of(ask.world, owner, Platform.TIKTOK_SHOP).authorised
    grant = ask.apply(_code if let_in else accepted, owner.serial, _granted(ask), lasts=lasts)
    code = ask.workspace.credentials.token(grant)
    return 201, {"seller": owner.key, "auth_code": code, "expires": grant.expires or None}


async def authorize(ask: Ask) -> Any:
    """The seller accepts in the App Store: the app's redirect URL is called with a code."""
    owner = _owner(ask)
    url = developers.app(ask.world, Platform.TIKTOK_SHOP).redirect_url
    if not url:
        name = ask.workspace.name
        raise Problem(
            409,
            "no-redirect-url",
            "The app has no redirect URL",
            f'PUT /_mock/workspaces/{name}/apps {{"redirect_url": …}} sets it; POST …/auth-codes gives a code without it',
        )
    grant = ask.apply(accepted, owner.serial, _granted(ask), lasts=ask.body.get("days", 0) * DAY)
    code = ask.workspace.credentials.token(grant)
    carried = {"app_key": ask.workspace.credentials.app_key, "code": code, "locale": "id-ID", "shop_region": "ID"}
    if "state" in ask.body:
        carried["state"] = ask.body["state"]
    called = with_query(url, carried)
    return {
        "seller": owner.key,
        "auth_code": code,
        "state": ask.body.get("state"),
        "called": called,
        **await _visit(called, ask.server.settings),
    }


async def _visit(url: str, settings: Any) -> Json:
    """Call a redirect URL as a browser would, without following where it leads."""
    import httpx  # only who authorises this way pays for it

    try:
        async with httpx.AsyncClient(timeout=float(settings.get("webhook_timeout", 3)), trust_env=False) as client:
            answer = await client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as why:
        return {"status": 0, "error": f"{type(why).__name__}: {why}", "location": None}
    return {"status": answer.status_code, "error": "", "location": answer.headers.get("location")}


async def withdraw(ask: Ask) -> Any:
    """The seller takes every right back that the TikTok Shop app had."""
    owner = _owner(ask)
    ask.apply(lambda world: developers.withdraw(world, developers.app(world, Platform.TIKTOK_SHOP), owner.serial))
    return {"seller": owner.key, "authorised": False}


_KINDS = {"access": Platform.TIKTOK_SHOP, "refresh": Platform.TIKTOK_SHOP, "code": Platform.TIKTOK_SHOP, "bearer": Platform.TOKOPEDIA}


async def expire(ask: Ask) -> Any:
    """Let living tokens of one kind run out now."""
    kind = ask.body.get("kind", "access")
    platform = _KINDS[kind]
    owner = None if platform is Platform.TOKOPEDIA else _owner(ask)
    count = ask.apply(_expired, platform, None if owner is None else owner.serial, kind)
    return {"kind": kind, "seller": None if owner is None else owner.key, "expired": count}


def _expired(world: World, platform: Platform, seller: int | None, kind: str) -> Change:
    count, now = 0, world.now.wire
    for held in developers.grants(world, developers.app(world, platform), seller, kind):
        if not held.used and not held.withdrawn and not (held.expires and held.expires <= now):
            world = world.put(GRANTS, held.but(expires=now))
            count += 1
    return Change(world, count)


async def sunset(ask: Ask) -> Any:
    """Switch the overlay of September 2025 on or off: the three dates are offsets from this moment, in seconds of wire time."""
    body = ask.body
    offsets = [body.get(name, usual) for name, usual in zip(("t1", "t2", "t3"), SUNSET, strict=True)]
    if sorted(offsets) != offsets:
        raise Problem(422, "invalid", "The dates are out of order", "t1 comes before t2, and t2 before t3", field="t1")
    now = ask.workspace.now().wire
    t1, t2, t3 = (now + offset for offset in offsets)
    dates = (t1, t2, t3) if body.get("on", True) else None
    ask.apply(lambda world: world.put(developers.APPS, developers.app(world, Platform.TOKOPEDIA).but(sunset=dates)))
    return {"on": dates is not None, "now": now, **dict(zip(("t1", "t2", "t3"), dates or (None, None, None), strict=True))}


SUNSET = (0, 10 * DAY, 20 * DAY)  # 10, 20 and 30 September 2025

SCOPES: Mapping[str, Field] = {
    "scopes": {"t": "list", "items": {"t": "str"}, "help": "what the seller gives; absent: all that the app has"},
    "days": {"t": "int", "range": [1, 3650], "help": "for how long the seller gives it; absent: as the setting tiktok_refresh_life says"},
}

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/workspaces/{id}/apps",
        show,
        "Describe the two apps",
        answer={"tokopedia": {"fs_id": 15512}, "tiktok_shop": {"app_key": "…", "redirect_url": ""}},
    ),
    Route(
        "PUT",
        "/workspaces/{id}/apps",
        put,
        "Set redirect URL, scopes or IP allow list of the TikTok Shop app",
        body={
            "redirect_url": {"t": "str", "help": "where the authorize page sends the seller back to"},
            "scopes": {"t": "list", "items": {"t": "str"}, "help": "what the app may ask of sellers; grants keep theirs, but open no more than this"},
            "ip_allow_list": {"t": "list", "items": {"t": "str"}, "help": "addresses or networks; enforced where the setting tiktok_ip_allow_list says so"},
        },
        example={"redirect_url": "http://127.0.0.1:9000/callback"},
        answer={"tiktok_shop": {"redirect_url": "http://127.0.0.1:9000/callback"}},
    ),
    Route(
        "POST",
        "/workspaces/{id}/authorize",
        authorize,
        "A seller authorises from the App Store: the app's redirect URL is called with a code",
        body={**SELLER, **SCOPES, "state": {"t": "str"}},
        example={"seller": "toko", "state": "xyz"},
        answer={
            "seller": "toko",
            "auth_code": "ROW_…",
            "state": "xyz",
            "called": "http://127.0.0.1:9000/callback?app_key=…",
            "status": 200,
            "error": "",
            "location": None,
        },
    ),
    Route(
        "POST",
        "/workspaces/{id}/deauthorize",
        withdraw,
        "A seller takes back what the TikTok Shop app was granted",
        body=SELLER,
        example={},
        answer={"seller": "toko", "authorised": False},
    ),
    Route(
        "POST",
        "/workspaces/{id}/auth-codes",
        auth_code,
        "A fresh TikTok Shop authorization code",
        body={**SELLER, **SCOPES},
        example={},
        answer={"seller": "toko", "auth_code": "ROW_…", "expires": None},
        status=201,
    ),
    Route(
        "POST",
        "/workspaces/{id}/tokens/expire",
        expire,
        "Let tokens of one kind run out now",
        body={**SELLER, "kind": {"t": "str", "enum": list(_KINDS), "help": "access when absent; bearer is Tokopedia's"}},
        example={"kind": "access"},
        answer={"kind": "access", "seller": "toko", "expired": 1},
    ),
    Route(
        "PUT",
        "/workspaces/{id}/sunset",
        sunset,
        "Switch the end of the Tokopedia API on or off (T1 portal, T2 writes and webhook management, T3 everything)",
        body={
            "on": {"t": "bool", "help": "true when absent"},
            **{name: {"t": "int", "range": [0, 10**9], "help": f"seconds from now; {usual} when absent"} for name, usual in zip(("t1", "t2", "t3"), SUNSET, strict=True)},
        },
        example={"on": True, "t1": 0, "t2": 864000, "t3": 1728000},
        answer={"on": True, "now": 1737342000, "t1": 1737342000, "t2": 1738206000, "t3": 1739070000},
    ),
)
