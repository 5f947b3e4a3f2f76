"""Workspaces: made, named, described, begun anew, kept, gone back to, forked and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from ...domain import developers, shops
from ...domain.developers import Grant
from ...domain.phases import Platform
from ...domain.shops import Seller
from ...domain.world import World
from ...gateway.call import Reply
from ...gateway.chaos import FIELDS as CHAOS
from ...gateway.faults import FIELDS as FAULT
from ...gateway.guesses import meant, nearest
from ...gateway.meters import MODES as MODES_OF_QUOTA
from ...gateway.workspace import Workspace
from .. import fixtures
from ..clocks import MODES, WIRES, Clocks
from ..simulator import FACADES
from . import naming
from .routes import Ask, Field, Json, Problem, Route, unknown

CLOCK: Mapping[str, Field] = {
    "mode": {"t": "str", "enum": list(MODES), "help": "how world time runs"},
    "scale": {"t": "int", "range": [1, 1_000_000], "help": "seconds of world time per real second when scaled"},
    "wire": {"t": "str", "enum": list(WIRES), "help": "what stands in payloads: the real clock, or world time"},
}
CREDENTIALS: Mapping[str, Field] = {
    name: {"t": "str", "len": [1, 200]} for name in ("fs_id", "client_id", "client_secret", "app_key", "app_secret", "service_id")
}
ADDRESSES: Mapping[str, Field] = {
    "tiktok_shop": {"t": "str", "help": "the app-wide webhook address; empty: none"},
    "tokopedia": {"t": "str", "help": "every Tokopedia webhook address at once; empty: none"},
}
SELLER_SPEC: Mapping[str, Field] = {
    "key": {"t": "str", "req": True, "len": [1, 40], "help": "short name, unique in the workspace"},
    "name": {"t": "str", "len": [1, 120]},
    "tokopedia": {"t": "bool", "help": "whether it has a Tokopedia shop; true when absent"},
    "tiktok_shop": {"t": "str", "enum": ["existing", "none"], "help": "none: the shop is born at the merge"},
    "road": {"t": "str", "enum": ["rehearsal", "production"]},
    "migrates": {"t": "bool"},
    "products": {"t": "int", "range": [0, 100_000], "help": "how many; 12 when absent"},
}
QUOTA: Mapping[str, Field] = {
    "quota": {"t": "str", "enum": list(MODES_OF_QUOTA), "help": "rate limits: only announced in headers, enforced, or off (for load tests)"},
    "rates": {"t": "obj", "help": "calls a second by endpoint, in place of the platforms' own: {\"getShopInfo\": 2}"},
}
SPEC: Mapping[str, Field] = {
    "seed": {"t": "int", "range": [0, 2**63 - 1], "help": "what all chance follows from; 1 when absent"},
    "world": {"t": "str", "help": "name of a fixture; demo when absent"},
    "credentials": {"t": "obj", "fields": dict(CREDENTIALS), "help": "chosen credentials; those left out follow from id and seed"},
    "webhook_urls": {"t": "obj", "fields": dict(ADDRESSES)},
    "redirect_url": {"t": "str", "help": "where the TikTok Shop authorize page sends the seller back to"},
    "sellers": {"t": "list", "items": {"t": "obj", "fields": dict(SELLER_SPEC)}, "len": [0, 500], "help": "in place of the world's own"},
    "settings": {"t": "obj", "help": "rules chosen otherwise: GET /_mock/settings lists them"},
    "clock": {"t": "obj", "fields": dict(CLOCK)},
    "ids": {"t": "str", "enum": ["epoch", "repeat"], "help": "wire ids: never issued again for another thing, or the same in every run"},
    "epoch": {"t": "int", "range": [0, 4095], "help": "with ids: repeat, where wire ids begin"},
    **QUOTA,
    "faults": {"t": "list", "items": {"t": "obj", "fields": dict(FAULT)}, "help": "calls that go wrong: docs/faults.md"},
    "chaos": {"t": "list", "items": {"t": "obj", "fields": dict(CHAOS)}, "help": "webhooks that go astray: docs/chaos.md"},
    "idle_ttl": {"t": "int", "range": [1, 31_536_000], "help": "real seconds without a call after which the workspace is deleted"},
}
DEFAULTS: Mapping[str, Any] = {
    "seed": 1,
    "world": "demo",
    "settings": {},
    "webhook_urls": {},
    "redirect_url": "",
    "ids": "epoch",
    "quota": "announce",
    "rates": {},
    "faults": [],
    "chaos": [],
}
_CLOCK_DEFAULTS: Mapping[str, Any] = {"mode": "real", "scale": 60, "wire": "real"}


# ---- what a workspace looks like -------------------------------------------------------------------------------------------------------


def described(workspace: Workspace, origin: str) -> Json:
    """Everything that an integration pastes: base URLs, credentials, shops, tokens; of the first seller on top, and of every seller."""
    world, credentials = workspace.world, workspace.credentials
    everyone = [seller_view(workspace, seller) for seller in shops.sellers(world)]
    first = everyone[0] if everyone else {"tokopedia": {"shop_id": None}, "tiktok_shop": None}
    bearer = living(world, Platform.TOKOPEDIA, None, "bearer")
    tiktok = first["tiktok_shop"] or dict.fromkeys(("auth_code", "shop_id", "shop_cipher", "access_token", "refresh_token"))
    return {
        "id": workspace.name,
        "tokopedia": {
            "base_url": origin,
            "accounts_url": origin,
            "fs_id": credentials.fs_id,
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "shop_id": (first["tokopedia"] or {}).get("shop_id"),
            "access_token": None if bearer is None else credentials.token(bearer),
        },
        "tiktok_shop": {
            "base_url": origin,
            "auth_url": origin,
            "app_key": credentials.app_key,
            "app_secret": credentials.app_secret,
            "service_id": credentials.service_id,
            **{name: tiktok[name] for name in ("auth_code", "shop_id", "shop_cipher", "access_token", "refresh_token")},
        },
        "sellers": everyone,
        "seed": world.seed,
        "run": workspace.run,
        "revision": world.revision,
        "deliveries_held": workspace.hold,
        "snapshots": list(workspace.snapshots),
        "redirect_url": developers.app(world, Platform.TIKTOK_SHOP).redirect_url,
        "clock": clock_of(workspace).describe(),
    }


def seller_view(workspace: Workspace, seller: Seller) -> Json:
    """One seller: phase, shops on both platforms, ready tokens."""
    world, credentials = workspace.world, workspace.credentials
    view: Json = {
        "seller": seller.key,
        "name": seller.name,
        "phase": seller.phase.value,
        "road": seller.road,
        "migrates": seller.migrates,
        "tokopedia": None,
        "tiktok_shop": None,
    }
    if seller.tokopedia is not None:
        shop = shops.shop(world, seller.tokopedia)
        view["tokopedia"] = {
            "shop_id": naming.shop_id(world, shop.serial, Platform.TOKOPEDIA),
            "name": shop.name,
            "domain": shop.domain,
            "kind": shop.kind,
        }
    if seller.tiktok_shop is not None:
        shop = shops.shop(world, seller.tiktok_shop)
        view["tiktok_shop"] = {
            "shop_id": naming.shop_id(world, shop.serial, Platform.TIKTOK_SHOP),
            "name": shop.name,
            "kind": shop.kind,
            "shop_cipher": credentials.cipher(shop),
            "authorised": shop.authorised,
            **{
                name: _wire(workspace, seller, kind)
                for name, kind in (("auth_code", "code"), ("access_token", "access"), ("refresh_token", "refresh"))
            },
        }
    return view


def _wire(workspace: Workspace, seller: Seller, kind: str) -> str | None:
    grant = living(workspace.world, Platform.TIKTOK_SHOP, seller.serial, kind)
    return None if grant is None else workspace.credentials.token(grant)


def living(world: World, platform: Platform, seller: int | None, kind: str) -> Grant | None:
    """A grant that still opens something: the ready one while it lives, else the newest."""
    held = [g for g in developers.grants(world, developers.app(world, platform), seller, kind) if not g.used and not g.withdrawn]
    ready = [g for g in held if g.name.startswith("ready") and not (g.expires and g.expires <= world.now.wire)]
    return ready[-1] if ready else held[-1] if held else None


def clock_of(workspace: Workspace) -> Clocks:
    held = workspace.clock
    assert isinstance(held, Clocks)  # the simulator makes every workspace with one
    return held


# ---- making ----------------------------------------------------------------------------------------------------------------------------


def judged(spec: Json) -> Json:
    """A specification that can be made. Raises Problem."""
    world = spec.get("world")
    if world is not None and world not in fixtures.names():
        known = list(fixtures.names())
        raise Problem(
            422,
            "invalid",
            "There is no such world",
            f"there is no world {world!r}; {meant(nearest(world, known))}the worlds are {', '.join(known)}",
            field="world",
            candidates=known,
        )
    fs_id = (spec.get("credentials") or {}).get("fs_id")
    if fs_id is not None and not (fs_id.isascii() and fs_id.isdigit() and len(fs_id) < 19):
        raise Problem(
            422, "invalid", "A value that cannot be", f"credentials.fs_id must be digits, got {fs_id!r}", field="credentials.fs_id"
        )
    for platform, url in (spec.get("webhook_urls") or {}).items():
        address(url, f"webhook_urls.{platform}")
    address(spec.get("redirect_url") or "", "redirect_url")
    rated(spec.get("rates") or {})
    return spec


def rated(rates: Json) -> Json:
    """Calls a second by endpoint. Raises Problem for an endpoint that there is none of, or a rate that cannot be."""
    known = {endpoint.source for facade in FACADES for endpoint in facade.catalog}
    for name, rate in rates.items():
        if name not in known:
            close = nearest(name, known)
            words = f"there is no endpoint {name!r}; {meant(close)}the journal names the endpoint of each call"
            raise Problem(422, "invalid", "There is no such endpoint", words, field=f"rates.{name}", candidates=close)
        if isinstance(rate, bool) or not isinstance(rate, int) or not 1 <= rate <= 1_000_000:
            raise Problem(422, "invalid", "A value that cannot be", f"rates.{name} is calls a second, from 1, not {rate!r}", field=f"rates.{name}")
    return rates


def address(url: str, field: str) -> str:
    """A URL that can be called; empty: none. Raises Problem."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        fine = not url or (parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0)
    except ValueError:
        fine = False
    if not fine or len(url) > 2000 or any(ord(letter) <= 32 for letter in url):
        raise Problem(
            422,
            "invalid",
            "That is no address",
            f"{field} must be an http or https URL such as http://127.0.0.1:9000/webhooks, got {url[:80]!r}",
            field=field,
        )
    return url


def _make(ask: Ask, spec: Json, name: str | None) -> Workspace:
    try:
        made = ask.simulator.create(judged(spec), name=name)
    except ValueError as no:
        raise Problem(409 if "another open workspace" in str(no) else 422, "invalid", "The workspace cannot be made", str(no)) from None
    ask.server.poke(made)
    return made


def called(text: str) -> str:
    """The name of a workspace, if it can be one. Raises Problem."""
    if not (0 < len(text) <= 64 and text.isascii() and all(letter.isalnum() or letter in "-_." for letter in text)) or text in (".", ".."):
        raise Problem(
            422, "invalid", "That is no name", f"a workspace is called by 1 to 64 letters, digits, - _ or ., not {text[:80]!r}", field="id"
        )
    return text


async def create(ask: Ask) -> Any:
    """A workspace under a fresh name, or under the one that the body gives."""
    spec = dict(ask.body)
    name = spec.pop("id", None)
    if name is not None and called(name) in ask.simulator.workspaces:
        raise Problem(409, "taken", "That name is taken", f"there is a workspace {name!r} already: PUT /_mock/workspaces/{name} returns it")
    return 201, described(_make(ask, spec, name), ask.origin)


async def put(ask: Ask) -> Any:
    """The workspace of that name: made where there is none, returned where there is one of that kind."""
    name = called(ask.params["id"])
    held = ask.simulator.workspaces.get(name)
    if held is None:
        return 201, described(_make(ask, dict(ask.body), name), ask.origin)
    differences = _differences(ask.simulator.specs.get(name, {}), ask.body)
    if differences:
        told = "; ".join(f"{row['field']} is {row['is']!r}, asked for {row['asked']!r}" for row in differences)
        raise Problem(
            409,
            "different",
            "There is another workspace of that name",
            f"workspace {name!r} differs: {told}. DELETE it first, or ask for another name",
            differences=differences,
        )
    return described(held, ask.origin)


def _differences(held: Mapping[str, Any], asked: Mapping[str, Any]) -> list[Json]:
    """Fields in which what is asked for is not what was made; a field that is not asked for makes no difference."""
    found = []
    for field, wanted in asked.items():
        was = held.get(field, DEFAULTS.get(field))
        if field == "clock":
            was = {**_CLOCK_DEFAULTS, **(was or {})}
        if isinstance(wanted, dict) and field in ("clock", "credentials"):
            rows = [(f"{field}.{name}", (was or {}).get(name), value) for name, value in wanted.items()]
        else:
            rows = [(field, was, wanted)]
        found += [{"field": name, "is": before, "asked": value} for name, before, value in rows if before != value]
    return found


async def every(ask: Ask) -> Any:
    rows = [
        {
            "id": workspace.name,
            "world": ask.simulator.specs.get(name, {}).get("world") or "demo",
            "seed": workspace.world.seed,
            "run": workspace.run,
            "revision": workspace.world.revision,
            "sellers": [seller.key for seller in shops.sellers(workspace.world)],
            "fs_id": workspace.credentials.fs_id,
            "app_key": workspace.credentials.app_key,
            "idle_ttl": ask.simulator.specs.get(name, {}).get("idle_ttl"),
        }
        for name, workspace in ask.simulator.workspaces.items()
    ]
    return {"workspaces": rows}


async def one(ask: Ask) -> Any:
    return described(ask.workspace, ask.origin)


async def delete(ask: Ask) -> Any:
    name = ask.workspace.name
    ask.simulator.delete(name)
    return {"id": name, "deleted": True}


# ---- packed and opened again -------------------------------------------------------------------------------------------------------------


async def bundle(ask: Ask) -> Any:
    """The workspace as one document: worlds, deliveries, journal, settings, seed; ``mockplatforms open`` shows it elsewhere."""
    from .. import bundles

    workspace = ask.workspace
    saved = (("content-disposition", f'attachment; filename="{workspace.name}.bundle.json"'),)
    return Reply((bundles.pack(ask.simulator, workspace),), headers=saved)


async def open_bundle(ask: Ask) -> Any:
    """A bundle opened as a workspace: time stands still, what it owes is held."""
    from .. import bundles

    name = ask.body.get("id")
    try:
        made = bundles.unpack(ask.simulator, orjson.dumps(ask.body["bundle"]), name=None if name is None else called(name))
    except ValueError as no:
        raise Problem(409 if "already" in str(no) or "another open workspace" in str(no) else 422, "invalid", "The bundle cannot be opened", str(no)) from None
    ask.server.poke(made)
    return 201, described(made, ask.origin)


# ---- begun anew, kept, gone back to, forked --------------------------------------------------------------------------------------------


async def reset(ask: Ask) -> Any:
    """A new world with full attempts; id, credentials, tokens and addresses stay."""
    workspace = ask.workspace
    clock = ask.body.get("clock")
    if clock:
        old = clock_of(workspace)
        wire = clock.get("wire", old.wire)
        begin = old.now().world if wire == old.wire else workspace.now().wire  # both times begin at the last that clients were told
        workspace.clock = Clocks(
            mode=clock.get("mode", old.mode), wire=wire, scale=clock.get("scale", old.scale), real=old.real, begin=begin
        )
    ask.simulator.reset(workspace)
    ask.server.poke(workspace)
    return described(workspace, ask.origin)


async def snapshot(ask: Ask) -> Any:
    workspace = ask.workspace
    name = ask.body.get("name")
    if name is None:
        number = len(workspace.snapshots) + 1
        while f"snapshot-{number}" in workspace.snapshots:
            number += 1
        name = f"snapshot-{number}"
    called(name)
    kept = workspace.snapshot(name)
    return 201, {"name": name, "revision": kept.revision, "snapshots": list(workspace.snapshots)}


async def snapshots(ask: Ask) -> Any:
    return {"snapshots": [{"name": name, "revision": world.revision} for name, world in ask.workspace.snapshots.items()]}


def _snapshot(ask: Ask) -> str:
    name, known = ask.params["name"], list(ask.workspace.snapshots)
    if name not in known:
        raise unknown("snapshot", name, known, f"there are {', '.join(known) or 'none'}")
    return name


async def restore(ask: Ask) -> Any:
    """Back to the world of a snapshot; deliveries that were answered since are not sent again, unless asked (``resend``)."""
    name, workspace = _snapshot(ask), ask.workspace
    ask.simulator.restore(workspace, name, resend=ask.body.get("resend", False))
    ask.server.poke(workspace)
    return described(workspace, ask.origin)


async def forget(ask: Ask) -> Any:
    name = _snapshot(ask)
    del ask.workspace.snapshots[name]
    return {"name": name, "deleted": True}


async def fork(ask: Ask) -> Any:
    """Another workspace with the same world, shops and ids, and fresh credentials; its deliveries are held until released."""
    workspace, name = ask.workspace, ask.body.get("id")
    if name is not None and called(name) in ask.simulator.workspaces:
        raise Problem(409, "taken", "That name is taken", f"there is a workspace {name!r} already")
    made = ask.simulator.fork(workspace, name=name)
    ask.server.poke(made)
    return 201, {**described(made, ask.origin), "forked_from": workspace.name}


_ID: Mapping[str, Field] = {"id": {"t": "str", "help": "name of the workspace; absent: a fresh one"}}
_EXAMPLE = {
    "seed": 7,
    "world": "demo",
    "webhook_urls": {"tiktok_shop": "http://127.0.0.1:9000/tiktok"},
    "clock": {"mode": "frozen", "wire": "virtual"},
}
_ANSWER: Json = {
    "id": "ws-1",
    "tokopedia": {
        "base_url": "http://127.0.0.1:8700",
        "accounts_url": "http://127.0.0.1:8700",
        "fs_id": 15512,
        "client_id": "…",
        "client_secret": "…",
        "shop_id": 10479573,
        "access_token": "c:…",
    },
    "tiktok_shop": {
        "base_url": "http://127.0.0.1:8700",
        "auth_url": "http://127.0.0.1:8700",
        "app_key": "…",
        "app_secret": "…",
        "service_id": "7300…",
        "auth_code": "ROW_…",
        "shop_id": "7494…",
        "shop_cipher": "ROW_…",
        "access_token": "ROW_…",
        "refresh_token": "ROW_…",
    },
    "sellers": [{"seller": "toko", "phase": "PRE_MERGE", "tokopedia": {"shop_id": 10479573}, "tiktok_shop": {"shop_id": "7494…"}}],
    "seed": 7,
    "run": 1,
    "revision": 1,
    "deliveries_held": False,
    "snapshots": [],
    "redirect_url": "",
    "clock": {"now": 1737342000, "world": 1737342000, "mode": "frozen", "scale": 60, "wire": "virtual"},
}

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/workspaces",
        create,
        "Make an isolated workspace with fresh credentials and a seeded world",
        body={**SPEC, **_ID},
        example=_EXAMPLE,
        answer=_ANSWER,
        status=201,
    ),
    Route(
        "GET",
        "/workspaces",
        every,
        "List the open workspaces",
        answer={"workspaces": [{"id": "default", "world": "demo", "seed": 1, "run": 1, "sellers": ["toko"]}]},
    ),
    Route(
        "PUT",
        "/workspaces/{id}",
        put,
        "Make a named workspace, or return it; 409 tells a difference",
        body=SPEC,
        example=_EXAMPLE,
        answer=_ANSWER,
    ),
    Route("GET", "/workspaces/{id}", one, "Describe a workspace: base URLs, credentials, sellers, tokens", answer=_ANSWER),
    Route("GET", "/workspaces/{id}/bundle", bundle, "The whole workspace as one document, to be opened elsewhere as it is"),
    Route(
        "POST",
        "/bundles",
        open_bundle,
        "Open a bundle as a workspace: time stands still, what it owes is held",
        body={"id": {"t": "str", "help": "another name than its own"}, "bundle": {"t": "obj", "req": True, "help": "what GET …/bundle answered"}},
        example={"id": "his-trouble", "bundle": {"mockplatforms": "0.1.0", "format": 1}},
        answer=_ANSWER,
        status=201,
    ),
    Route("DELETE", "/workspaces/{id}", delete, "Delete a workspace", answer={"id": "ws-1", "deleted": True}),
    Route(
        "POST",
        "/workspaces/{id}/reset",
        reset,
        "Begin a new world with full attempts; id, credentials, tokens and addresses stay",
        body={"clock": {"t": "obj", "fields": dict(CLOCK), "help": "another clock from here on; the one place where wire may change"}},
        example={},
        answer=_ANSWER,
    ),
    Route(
        "POST",
        "/workspaces/{id}/snapshots",
        snapshot,
        "Keep the present world under a name",
        body={"name": {"t": "str"}},
        example={"name": "before-merge"},
        answer={"name": "before-merge", "revision": 12, "snapshots": ["before-merge"]},
        status=201,
    ),
    Route(
        "GET",
        "/workspaces/{id}/snapshots",
        snapshots,
        "List the kept worlds",
        answer={"snapshots": [{"name": "before-merge", "revision": 12}]},
    ),
    Route(
        "POST",
        "/workspaces/{id}/snapshots/{name}/restore",
        restore,
        "Go back to a kept world",
        body={"resend": {"t": "bool", "help": "also send again what was answered since"}},
        example={},
        answer=_ANSWER,
    ),
    Route("DELETE", "/workspaces/{id}/snapshots/{name}", forget, "Let a kept world go", answer={"name": "before-merge", "deleted": True}),
    Route(
        "POST",
        "/workspaces/{id}/fork",
        fork,
        "Another workspace with the same world and fresh credentials; its deliveries are held until released",
        body=_ID,
        example={"id": "what-if"},
        answer={**_ANSWER, "forked_from": "default"},
        status=201,
    ),
)
