"""The server itself: that it is well, what can be set, and this API's own description."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ... import __version__
from ...config import SETTINGS
from ...domain import rules
from ..fixtures import names
from . import workspaces
from .routes import ROOT, Ask, Problem, Route


async def health(ask: Ask) -> Any:
    return {"status": "ok", "version": __version__, "workspaces": len(ask.simulator.workspaces), "base_url": ask.origin}


async def index(ask: Ask) -> Any:
    """What lives here, for whoever opens the bare origin."""
    return {
        "name": "mockplatforms",
        "version": __version__,
        "tokopedia": {"base_url": ask.origin, "accounts_url": ask.origin},
        "tiktok_shop": {"base_url": ask.origin, "auth_url": ask.origin},
        "control": {
            "base_url": ask.origin + ROOT,
            "openapi": f"{ask.origin}{ROOT}/openapi.json",
            "workspaces": f"{ask.origin}{ROOT}/workspaces",
        },
    }


async def settings(ask: Ask) -> Any:
    """Rules that a workspace may choose otherwise (``settings`` at its creation), the server's own settings, and the worlds."""
    return {
        "settings": rules.described(),
        "server": [
            {
                "name": row.name,
                "value": ask.server.settings.get(row.name, row.default),
                "default": row.default,
                "help": row.help,
                "environment": row.environment,
            }
            for row in SETTINGS
        ],
        "worlds": list(names()),
    }


async def chosen(ask: Ask) -> Any:
    """The rules of one workspace as they are."""
    held = ask.world.rules
    meters = ask.workspace.meters
    return {
        "settings": {field.name: getattr(held, field.name) for field in fields(held)},
        "quota": meters.mode,
        "rates": meters.rates,
    }


async def choose(ask: Ask) -> Any:
    """Other rules and rate limits from now on; a reset keeps them."""
    workspace = ask.workspace
    rates = workspaces.rated(ask.body["rates"]) if "rates" in ask.body else None
    try:
        wanted = workspace.world.rules.but(**ask.body.get("settings", {}))
    except ValueError as no:
        raise Problem(422, "invalid", "A setting that cannot be", str(no), field="settings") from None
    workspace.govern(wanted)
    if "quota" in ask.body:
        workspace.meters.mode = ask.body["quota"]
    if rates is not None:
        workspace.meters.rates = dict(rates)
    return await chosen(ask)


async def openapi(ask: Ask) -> Any:
    from . import openapi as described  # only who reads it pays for it

    return described.document(ask.origin)


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/health",
        health,
        "Whether the server is well",
        answer={"status": "ok", "version": __version__, "workspaces": 1, "base_url": "http://127.0.0.1:8700"},
    ),
    Route("GET", "/", index, "What lives here", answer={"name": "mockplatforms", "version": __version__}),
    Route(
        "GET",
        "/settings",
        settings,
        "Every rule with its default, help and mark; the server's own settings; the worlds",
        answer={
            "settings": [{"name": "attempts", "default": 5, "help": "rehearsals that one developer has", "mark": "documented"}],
            "server": [],
            "worlds": ["demo"],
        },
    ),
    Route(
        "GET",
        "/workspaces/{id}/settings",
        chosen,
        "The rules and rate limits of one workspace",
        answer={"settings": {"attempts": 5}, "quota": "announce", "rates": {}},
    ),
    Route(
        "PUT",
        "/workspaces/{id}/settings",
        choose,
        "Other rules and rate limits from now on; what is left out stays",
        body={"settings": {"t": "obj", "help": "rules chosen otherwise: GET /_mock/settings lists them"}, **workspaces.QUOTA},
        example={"settings": {"modify_after_merge": "lenient"}, "quota": "enforce", "rates": {"getShopInfo": 2}},
        answer={"settings": {"modify_after_merge": "lenient"}, "quota": "enforce", "rates": {"getShopInfo": 2}},
    ),
    Route("GET", "/openapi.json", openapi, "This document", answer={"openapi": "3.1.0"}),
)
