"""Webhook addresses of one shop: one for each event type, in place of the app-wide one."""

from __future__ import annotations

from typing import Any

from ..domain import developers
from ..domain.developers import TOPIC_ADDRESSES
from ..domain.phases import Family
from ..gateway import addresses
from ..gateway.call import Call
from .catalog import serves
from .words import refuse

INVALID = 21001001


@serves("get-shop-webhooks-202309", family=Family.WEBHOOK)
def webhooks(call: Call) -> dict[str, Any]:
    """The addresses that this shop has of its own."""
    rows = call.world.shelf(TOPIC_ADDRESSES).page("by_shop", (call.shop.serial,), (call.shop.serial + 1,))
    shown = [{"event_type": row.event_type, "address": row.address, "create_time": row.created.wire, "update_time": row.updated.wire} for row in rows]
    return {"webhooks": shown, "total_count": len(shown)}


@serves("update-shop-webhook-202309", family=Family.WEBHOOK, effect="write")
def update(call: Call) -> dict[str, Any]:
    """This event type goes to that address from now on."""
    address = call.body["address"]
    no = addresses.judge(call, address)
    if no:
        raise refuse(INVALID, f"address {address!r} is refused: {no}", rule="webhook_url_rules")
    call.apply(developers.set_topic_address, call.shop.serial, call.body["event_type"], address)
    return {}


@serves("delete-shop-webhook-202309", family=Family.WEBHOOK, effect="write")
def delete(call: Call) -> dict[str, Any]:
    """The app-wide address holds again for this event type; it succeeds even if none was set."""
    call.apply(developers.delete_topic_address, call.shop.serial, call.body["event_type"])
    return {}
