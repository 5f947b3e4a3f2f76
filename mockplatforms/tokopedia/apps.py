"""What an app has of its own: the addresses it may call from, its switches, and the public key for buyers' data."""

from __future__ import annotations

import ipaddress
from typing import Any

from ..domain.developers import APPS, app
from ..domain.phases import Family, Platform
from ..domain.world import World
from ..gateway.call import Call
from . import asked, encryption
from .catalog import CATALOG
from .words import refuse

_T = Platform.TOKOPEDIA
MOST = 100  # addresses in a whitelist (inferred)


@CATALOG.endpoint("GET", "/v1/fs/{fs_id}/whitelist", family=Family.WEBHOOK, effect="read", source="getIpWhitelist", shop=False)
def whitelist(call: Call) -> dict[str, Any]:
    """The addresses from which the app may call."""
    return _allowed(call)


def _allowed(call: Call) -> dict[str, Any]:
    return {"fs_id": call.workspace.credentials.fs_id, "ip_whitelisted": list(app(call.world, _T).whitelist)}


@CATALOG.endpoint("POST", "/v1/fs/{fs_id}/whitelist", family=Family.WEBHOOK, effect="write", source="updateIpWhitelist", shop=False, mark="observed")
def change_whitelist(call: Call) -> dict[str, Any]:
    """Addresses more (``insert``) or fewer (``delete``, inferred)."""
    given = asked.fields(call, bad="PRD_DLV_043")
    more, less = _addresses(given.get("insert")), _addresses(given.get("delete"))
    if not more and not less:
        raise refuse("PRD_DLV_045", "the body carries neither insert nor delete", "insert")

    def changed(world: World) -> World:
        held = app(world, _T)
        kept = [address for address in dict.fromkeys((*held.whitelist, *more)) if address not in less]
        return world.put(APPS, held.but(whitelist=tuple(kept)[:MOST]))

    call.apply(changed)
    return _allowed(call)


def _addresses(given: Any) -> list[str]:
    if given in (None, ""):
        return []
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise refuse("PRD_DLV_042", "insert and delete are lists of addresses", "insert", given, "list of ip")
    try:
        return [str(ipaddress.ip_network(one, strict=False)) if "/" in one else str(ipaddress.ip_address(one)) for one in given]
    except ValueError as wrong:
        raise refuse("PRD_DLV_042", str(wrong), "insert", given, "ip") from None


@CATALOG.endpoint("POST", "/v1/fs/{fs_id}/state", family=Family.WEBHOOK, effect="write", source="setFsState", shop=False, mark="observed")
def switch(call: Call) -> dict[str, bool]:
    """The app's own switches, such as ``switcher_webhook``; that they hold and what each does is inferred."""
    given = asked.fields(call, bad="PRD_DLV_043")
    wanted = {name: asked.flag(value) for name, value in given.items()}
    wrong = [name for name, value in wanted.items() if value is None]
    if wrong or not wanted:
        raise refuse("PRD_DLV_042", "the body is an object of switches, each true or false", wrong[0] if wrong else "switcher_webhook", "", "bool")

    def switched(world: World) -> World:
        held = app(world, _T)
        return world.put(APPS, held.but(switches=tuple(sorted({**dict(held.switches), **{name: bool(value) for name, value in wanted.items()}}.items()))))

    call.apply(switched)
    call.inferred("setFsState")
    return dict(app(call.world, _T).switches)


@CATALOG.endpoint(
    "POST", "/v1/fs/{fs_id}/register", family=Family.WEBHOOK, effect="write", source="registerPublicKey", shop=False, media="multipart"
)
def register_key(call: Call) -> None:
    """The RSA key under which buyers' data are encrypted from now on; a second one takes the place of the first."""
    key = asked.form(call).get("public_key", b"")
    try:
        encryption.numbers(key)
    except ValueError as wrong:
        raise refuse("", f"public_key: {wrong}" if key else "the form carries no file public_key", status=500, form="key") from None
    call.apply(lambda world: world.put(APPS, app(world, _T).but(public_key=key)))
    call.workspace.forget()  # what was rendered under another key is of no use now
    return None
