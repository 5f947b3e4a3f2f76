"""Webhook addresses of the app: registered all at once, listed; and an order's webhook shown or sent at will."""

from __future__ import annotations

from typing import Any

from ..domain import developers, outbox
from ..domain.phases import Family, Platform
from ..domain.world import World
from ..gateway import addresses
from ..gateway.call import Call
from . import asked, topics
from .catalog import CATALOG
from .envelope import Form
from .orders import own
from .topics import WEBHOOK_ADDRESSES
from .words import refuse

_T = Platform.TOKOPEDIA
BAD = "bad input data"


@CATALOG.endpoint("POST", "/v1/fs/{fs_id}/register", family=Family.WEBHOOK, effect="write", source="registerWebhook", shop=False)
def register(call: Call) -> Form:
    """Every address at once: one that is left out becomes empty (rule ``register_replaces``)."""
    given = asked.body(call, bad="", reason=BAD, form="legacy")
    if not isinstance(given, dict):
        raise refuse("", "the body must be an object", reason=BAD, form="legacy")
    wanted = {}
    for name in WEBHOOK_ADDRESSES:
        url = given.get(name) or ""
        no = "it is no text" if not isinstance(url, str) else addresses.judge(call, url) if url else ""
        if no:
            raise refuse("", f"{name} is refused: {no}", reason=BAD, form="legacy")
        wanted[name] = url
    secret = given.get("webhook_secret")
    if secret is not None and not isinstance(secret, str):
        raise refuse("", "webhook_secret must be a text", reason=BAD, form="legacy")
    call.apply(developers.register_webhooks, wanted, secret)
    call.inferred("register_replaces")
    return Form("legacy", "success")


@CATALOG.endpoint("GET", "/v1/fs/{fs_id}", family=Family.WEBHOOK, effect="read", source="getRegisteredWebhooks", shop=False)
def registered(call: Call) -> Form:
    """The addresses as they stand; empty ones too."""
    app = developers.app(call.world, _T)
    held = dict(app.webhooks)
    return Form("legacy", {"fs_id": call.workspace.credentials.fs_id, **{name: held.get(name, "") for name in WEBHOOK_ADDRESSES}, "webhook_secret": app.webhook_secret})


@CATALOG.endpoint("GET", "/v1/order/{order_id}/fs/{fs_id}/webhook", family=Family.ORDER_READ, effect="read", source="getOrderWebhook")
def payload(call: Call) -> dict[str, Any]:
    """The webhook of an order as it would be sent now."""
    order = own(call, call.params["order_id"])
    return _payload(call, order.serial, asked.text(call, "type"))


def _payload(call: Call, serial: int, kind: str, *, sealed: bool = True) -> dict[str, Any]:
    if kind not in topics.ORDER:
        raise refuse("PRD_DLV_038", f"type is {kind!r}: order_status or order_notification", kind, "type", ", ".join(topics.ORDER))
    fs_id = call.workspace.credentials.fs_id
    return topics.order_notification(call.world, serial, fs_id, sealed=sealed) if kind == "order_notification" else topics.order_status(call.world, serial, fs_id)


@CATALOG.endpoint("POST", "/v1/fs/{fs_id}/trigger", family=Family.WEBHOOK, effect="write", source="triggerWebhook")
def trigger(call: Call) -> str:
    """Send an order's webhook now, to the given address or the registered one."""
    given = asked.fields(call)
    order = own(call, given.get("order_id"))
    kind = str(given.get("type") or "")
    body = topics.encoded(_payload(call, order.serial, kind, sealed=asked.flag(given.get("is_encrypted", True)) is not False))
    app = developers.app(call.world, _T)
    url = given.get("url") or dict(app.webhooks).get(f"{kind}_url", "")
    if not isinstance(url, str) or not url:
        raise refuse("ORD_API_006", f"no url was given and {kind}_url is not registered", status=400)

    def send(world: World) -> World:
        return outbox.owe(world, seller=order.seller, platform=_T, app=app.serial, topic=kind, url=url, body=body, held=call.workspace.hold)

    call.apply(send)
    return "success"


__all__ = ["WEBHOOK_ADDRESSES"]
