"""The doctor: one call of each kind against a running server, a knock at every registered receiver, and what is wrong in plain words."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from ..tiktok_shop import signing

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one call showed. ``level``: fine, odd (worth knowing) or wrong."""

    level: str
    what: str
    words: str = ""


_MARKS = {"fine": "ok   ", "odd": "note ", "wrong": "WRONG"}


def run(
    url: str,
    workspace: str,
    *,
    webhooks: bool = True,
    tell: Tell = print,
    client: httpx.Client | None = None,
    now: Callable[[], float] = time.time,
) -> int:
    """Look at everything and tell it line by line. Answers the exit code: 0 unless something is wrong."""
    with client or httpx.Client(timeout=5, trust_env=False) as http:
        wrong = 0
        for finding in examine(http, url.rstrip("/"), workspace, webhooks=webhooks, now=now):
            wrong += finding.level == "wrong"
            tell(f"{_MARKS[finding.level]} {finding.what}" + (f": {finding.words}" if finding.words else ""))
    tell("" if not wrong else f"{wrong} thing{'s are' if wrong > 1 else ' is'} wrong")
    return 1 if wrong else 0


def examine(
    http: httpx.Client, url: str, workspace: str, *, webhooks: bool = True, now: Callable[[], float] = time.time
) -> Iterator[Finding]:
    """Findings, in the order in which things depend on each other; after one that all else hangs on, nothing more."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield Finding("wrong", "the address", f"{url!r} is no http or https URL, such as http://127.0.0.1:8700")
        return
    if parts.path not in ("", "/"):
        yield Finding(
            "wrong",
            "the address",
            f"{url} has a path: base URLs are origins ({parts.scheme}://{parts.netloc}); a path before the platforms' own breaks signing",
        )
        return
    try:
        health = http.get(f"{url}/_mock/health")
    except httpx.HTTPError as why:
        yield Finding("wrong", f"the server at {url}", f"nobody answers ({why}); start it with: mockplatforms serve")
        return
    if health.status_code != 200 or _json(health).get("status") != "ok":
        yield Finding("wrong", f"the server at {url}", f"what answers {health.status_code} there is no simulator: {health.text[:120]}")
        return
    yield Finding("fine", f"the server at {url}", f"version {_json(health).get('version')}")
    yield from _machine_clock(health, now())
    described = http.get(f"{url}/_mock/workspaces/{workspace}")
    if described.status_code != 200:
        yield Finding("wrong", f"workspace {workspace!r}", str(_json(described).get("detail", described.text[:200])))
        return
    view = _json(described)
    yield Finding(
        "fine",
        f"workspace {workspace!r}",
        f"{len(view['sellers'])} sellers, clock {view['clock']['mode']}, wire time {view['clock']['wire']}",
    )
    yield from _tokopedia(http, view)
    yield from _tiktok_shop(http, url, workspace, view, int(now()))
    if webhooks:
        yield from _receivers(http, url, workspace)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        read = answer.json()
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _machine_clock(health: httpx.Response, now: float) -> Iterator[Finding]:
    """Both ends of a signature window must agree on the time."""
    told = health.headers.get("date")
    if told:
        apart = abs(parsedate_to_datetime(told).timestamp() - now)
        if apart > 30:
            yield Finding(
                "wrong",
                "the clocks of the two machines",
                f"they are {apart:.0f} s apart: signatures of this machine fall out of the window",
            )


# ---- Tokopedia -------------------------------------------------------------------------------------------------------------------------


def _tokopedia(http: httpx.Client, view: dict[str, Any]) -> Iterator[Finding]:
    app = view["tokopedia"]
    pair = base64.b64encode(f"{app['client_id']}:{app['client_secret']}".encode()).decode()
    token = _try(
        lambda: http.post(
            f"{app['accounts_url']}/token?grant_type=client_credentials", headers={"authorization": f"Basic {pair}", "content-length": "0"}
        )
    )
    bearer = _json(token).get("access_token") if isinstance(token, httpx.Response) else None
    if not bearer:
        yield _failed("Tokopedia token", app["accounts_url"], token)
        return
    yield Finding("fine", "Tokopedia token", f"POST {app['accounts_url']}/token")
    query = f"?shop_id={app['shop_id']}" if app["shop_id"] else ""
    shop = _try(
        lambda: http.get(f"{app['base_url']}/v1/shop/fs/{app['fs_id']}/shop-info{query}", headers={"authorization": f"Bearer {bearer}"})
    )
    if isinstance(shop, httpx.Response) and shop.status_code == 200 and "data" in _json(shop):
        yield Finding("fine", "Tokopedia read", "Get Shop Info")
    else:
        yield _failed("Tokopedia read", app["base_url"], shop)


def _try(call: Callable[[], httpx.Response]) -> httpx.Response | str:
    try:
        return call()
    except httpx.HTTPError as why:
        return f"{type(why).__name__}: {why}"


def _failed(what: str, base: str, answer: httpx.Response | str) -> Finding:
    if isinstance(answer, str):
        return Finding("wrong", what, f"{base} cannot be reached from here ({answer}); is --public-url an address that this machine knows?")
    exchange = answer.headers.get("x-mock-exchange")
    more = (
        f" (why: GET /_mock/exchanges/{exchange})"
        if exchange
        else " (the answer is not this simulator's: does the address lead elsewhere?)"
    )
    return Finding("wrong", what, f"answered {answer.status_code}: {answer.text[:200]}{more}")


# ---- TikTok Shop -----------------------------------------------------------------------------------------------------------------------


def _tiktok_shop(http: httpx.Client, url: str, workspace: str, view: dict[str, Any], now: int) -> Iterator[Finding]:
    app = view["tiktok_shop"]
    owner = next((seller for seller in view["sellers"] if seller["tiktok_shop"] is not None and seller["tiktok_shop"]["authorised"]), None)
    if owner is None:
        yield Finding("odd", "TikTok Shop", "no seller has authorised the app yet: POST …/authorize")
        return
    fresh = _json(http.post(f"{url}/_mock/workspaces/{workspace}/auth-codes", json={"seller": owner["seller"]})).get("auth_code")
    asked = {"app_key": app["app_key"], "app_secret": app["app_secret"], "auth_code": fresh, "grant_type": "authorized_code"}
    token = _try(lambda: http.get(f"{app['auth_url']}/api/v2/token/get?{urlencode(asked)}"))
    held = _json(token).get("data", {}) if isinstance(token, httpx.Response) else {}
    access = held.get("access_token") if isinstance(held, dict) else None
    if not access:
        yield _failed("TikTok Shop token", app["auth_url"], token)
        return
    yield Finding("fine", "TikTok Shop token", f"GET {app['auth_url']}/api/v2/token/get")
    cipher = owner["tiktok_shop"]["shop_cipher"]
    calls: tuple[tuple[str, str, dict[str, str], dict[str, Any] | None], ...] = (
        ("a signed read without a shop", "/authorization/202309/shops", {}, None),
        ("a signed read of a shop, with a body", "/order/202309/orders/search", {"shop_cipher": cipher, "page_size": "1"}, {}),
    )
    for what, path, more, body in calls:
        answer = _try(partial(_signed, http, app, access, path, more, body, now))
        if isinstance(answer, httpx.Response) and answer.status_code == 200 and _json(answer).get("code") == 0:
            yield Finding("fine", "TikTok Shop", what)
        else:
            yield _failed(f"TikTok Shop, {what}", app["base_url"], answer)


def _signed(
    http: httpx.Client, app: dict[str, Any], access: str, path: str, more: dict[str, str], body: dict[str, Any] | None, now: int
) -> httpx.Response:
    """One signed call: GET without a body, POST with one."""
    query = {"app_key": app["app_key"], "timestamp": str(now), **more}
    content = b"" if body is None else json.dumps(body).encode()
    query["sign"] = signing.sign(app["app_secret"], signing.canonical(path, query.items(), content, multipart=False))
    headers = {"x-tts-access-token": access, "content-type": "application/json"}
    return http.request("GET" if body is None else "POST", f"{app['base_url']}{path}?{urlencode(query)}", headers=headers, content=content)


# ---- receivers -------------------------------------------------------------------------------------------------------------------------


def _receivers(http: httpx.Client, url: str, workspace: str) -> Iterator[Finding]:
    """Knock at every registered address with a webhook that nobody signed: a careful receiver answers, and refuses it."""
    urls = _json(http.get(f"{url}/_mock/workspaces/{workspace}/webhook-urls"))
    named = [("TikTok Shop webhooks", urls.get("tiktok_shop") or "")]
    named += [(f"TikTok Shop {row['event_type']}", row["address"]) for row in urls.get("tiktok_shop_topics", [])]
    named += [(f"Tokopedia {name}", address) for name, address in urls.get("tokopedia", {}).items()]
    known = [(name, address) for name, address in named if address]
    if not known:
        yield Finding(
            "odd", "webhooks", "no address is registered: Tokopedia's by POST /v1/fs/{fs_id}/register, TikTok Shop's by PUT …/webhook-urls"
        )
    for address in dict.fromkeys(address for _, address in known):
        what = "the receiver of " + ", ".join(name for name, held in known if held == address)
        yield _knock(http, what, address)


def _knock(http: httpx.Client, what: str, address: str) -> Finding:
    try:
        answer = http.post(address, content=b"{}", headers={"content-type": "application/json", "x-mock-doctor": "1"})
    except httpx.TimeoutException:
        return Finding("wrong", what, f"{address} does not answer within 5 s: answer first and work later, the platforms wait 3 s")
    except (httpx.HTTPError, httpx.InvalidURL) as why:
        return Finding("wrong", what, f"nobody listens at {address} ({why})")
    status = answer.status_code
    if status in (401, 403):
        return Finding("fine", what, f"{address} answers, and refuses a webhook without a signature")
    if 200 <= status < 300:
        return Finding("odd", what, f"{address} answers {status} to a webhook that nobody signed: it does not look at the signature")
    if status in (404, 405):
        return Finding("wrong", what, f"{address} answers {status}: the path or the method (POST) is not served there")
    if status >= 500:
        return Finding("wrong", what, f"{address} answers {status} to an unexpected body: it fails instead of refusing")
    return Finding("fine", what, f"{address} answers {status}")
