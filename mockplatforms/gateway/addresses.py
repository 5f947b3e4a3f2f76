"""Where webhooks may go, by the platforms' own rules; the simulator is more lenient unless told otherwise."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from .call import Call

NO_URL = "it is no URL of a web server"  # refused always: nothing could be sent there


def objection(url: str) -> str:
    """Why a platform would not take this address; empty when it would (https, a domain name, no port: documented for TikTok Shop)."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return NO_URL
    if parts.scheme not in ("http", "https") or not host:
        return NO_URL
    if parts.scheme != "https":
        return "it must be https"
    if port is not None:
        return "it must not name a port"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "" if "." in host else "it must name a domain"
    return "it must name a domain, not an address"


def remark(url: str) -> str:
    """What is noted of a delivery to this address; empty when the platform would take it."""
    no = objection(url)
    return f"the platform would refuse this address: {no}" if no else ""


def judge(call: Call, url: str) -> str:
    """Why this address is refused to the call; empty when it is taken. What only the platform would refuse is noted (``webhook_url_rules``)."""
    no = objection(url)
    if no is NO_URL or (no and call.world.rules.webhook_url_rules == "platform"):
        return no
    if no:
        call.inferred("webhook_url_rules", remark(url))
    return ""
