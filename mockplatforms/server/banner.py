"""What the server prints when it is ready: everything that an integration pastes into its own configuration."""

from __future__ import annotations

from typing import Any

from .control.workspaces import described
from .simulator import Simulator


def text(simulator: Simulator, origin: str) -> str:
    """Base URLs, credentials, shops and ready tokens of every workspace, and where the control API is."""
    lines = [f"mockplatforms listens on {origin}", ""]
    for workspace in simulator.workspaces.values():
        lines += _workspace(described(workspace, simulator.public_url or origin))
    lines += [
        f"Control API      {origin}/_mock   (described at {origin}/_mock/openapi.json)",
        "Something wrong? mockplatforms doctor" + ("" if origin.endswith(":8700") else f" --url {origin}"),
        "",
    ]
    return "\n".join(lines)


def _workspace(view: dict[str, Any]) -> list[str]:
    tokopedia, tiktok, clock = view["tokopedia"], view["tiktok_shop"], view["clock"]
    pace = f"scaled, {clock['scale']} s per real second" if clock["mode"] == "scaled" else clock["mode"]
    rows = [
        ("Tokopedia API", tokopedia["base_url"]),
        ("Tokopedia accounts", tokopedia["accounts_url"]),
        ("  fs_id", tokopedia["fs_id"]),
        ("  client id", tokopedia["client_id"]),
        ("  client secret", tokopedia["client_secret"]),
        ("  bearer", tokopedia["access_token"]),
        ("TikTok Shop API", tiktok["base_url"]),
        ("TikTok Shop auth", tiktok["auth_url"]),
        ("  app key", tiktok["app_key"]),
        ("  app secret", tiktok["app_secret"]),
        ("  service id", tiktok["service_id"]),
    ]
    lines = [f"Workspace {view['id']!r}: clock {pace}, wire time {clock['wire']}", *(f"  {name:<20} {value}" for name, value in rows)]
    for seller in view["sellers"]:
        lines += ["", f"  Seller {seller['seller']} ({seller['name']}), {seller['phase']}"]
        lines += [f"    {name:<18} {value}" for name, value in _seller(seller)]
    return [*lines, ""]


def _seller(seller: dict[str, Any]) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    if seller["tokopedia"] is not None:
        rows.append(("Tokopedia shop", seller["tokopedia"]["shop_id"]))
    shop = seller["tiktok_shop"]
    if shop is None:
        return [*rows, ("TikTok Shop shop", "none yet: it is born at the merge")] if seller["migrates"] else rows
    rows += [("TikTok Shop shop", shop["shop_id"]), ("  cipher", shop["shop_cipher"])]
    rows += [(f"  {name.replace('_', ' ')}", shop[name]) for name in ("access_token", "refresh_token", "auth_code") if shop[name]]
    return rows
