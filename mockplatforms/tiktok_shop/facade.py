"""TikTok Shop put together: every endpoint, the checks before it, the envelope around it and the webhooks behind it."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain.phases import Platform
from ..gateway.call import Request
from ..gateway.endpoint import Match
from ..gateway.facade import Facade
from ..gateway.refusal import Refusal
from . import (
    abroad,
    aftersales,
    authorization,
    cancellations,
    categories,
    chat_pictures,
    customer_service,
    deliveries,
    editing,
    envelope,
    event,
    finance,
    fulfilment,
    inventory,
    listings,
    logistics,
    orders,
    pictures,
    products,
    repacking,
    returns,
    seller,
    topics,
)
from .auth import CHECKS, TROUBLES
from .catalog import CATALOG
from .words import at_gateway, words

GROUPS = (
    authorization, seller, event, categories, pictures, products, editing, listings, inventory, orders, fulfilment, repacking, deliveries, abroad,
    logistics, cancellations, returns, aftersales, customer_service, chat_pictures, finance,
)  # fmt: skip


def keys(request: Request, match: Match) -> Iterator[str]:
    """By what the caller's workspace is found: the app first, then the token."""
    for name, value in request.pairs:
        if name in ("app_key", "service_id") and value:
            yield f"{name}:{value}"
        elif name in ("auth_code", "refresh_token") and value:
            yield f"token:{value}"
    token = request.headers.get("x-tts-access-token")
    if token:
        yield f"token:{token}"


def nothing(request: Request, match: Match) -> Refusal:
    """The platform's answer to a path or method that it doesn't have."""
    segments = [segment for segment in request.path.split("/") if segment]
    if segments[:3] == ["api", "v2", "token"]:
        return Refusal(404, "404 page not found", status=404, form="text", words=f"{request.method} {request.path} is not served here: tokens are fetched with GET")
    if match.known_path:
        taken = [method for method in ("GET", "POST", "PUT", "DELETE") if CATALOG.match(method, request.path, request.media).endpoint is not None]
        return at_gateway("invalid_method", f"{request.path} exists for {' and '.join(taken)}, not for {request.method}")
    dated = len(segments) > 1 and len(segments[1]) == 6 and segments[1].isdecimal()
    served = ", ".join(version for version in versions() if _with(request, segments, version)) if dated else ""
    if served:
        return _no_version(segments[1], served)
    prefix = next((n for n, segment in enumerate(segments) if len(segment) == 6 and segment.isdigit()), 0)
    hint = " (the base URL must be an origin: a path before the platform's own breaks the signature too)" if prefix > 1 else ""
    return at_gateway("invalid_path", f"there is no endpoint {request.method} {request.path}{hint}")


FIRST = "202309"  # what was before it was shut on 2024-12-31 (documented)


def _no_version(asked: str, served: str) -> Refusal:
    """A known resource under another version: shut, no version at all, or one that this resource never had (that this is an invalid path is inferred)."""
    if asked < FIRST:
        return at_gateway("retired_version", f"versions before {FIRST} were shut on 2024-12-31; this endpoint answers under {served}")
    if not "01" <= asked[4:] <= "12":
        return at_gateway("retired_version", f"{asked} is no version: it is a year and a month; this endpoint answers under {served}")
    return at_gateway("invalid_path", f"this endpoint has no version {asked}; it answers under {served}")


def _with(request: Request, segments: list[str], version: str) -> bool:
    path = "/" + "/".join([segments[0], version, *segments[2:]])
    return CATALOG.match(request.method, path, request.media).endpoint is not None


def versions() -> list[str]:
    """Every version that some endpoint answers under."""
    found = {endpoint.path.split("/")[2] for endpoint in CATALOG if endpoint.signed}
    return sorted(found)


def unknown(request: Request, match: Match, nearest: str) -> Refusal:
    """The app key or token is nobody's."""
    if match.endpoint is not None and match.endpoint.source == "authorize-page":
        return Refusal(98001004, "invalid params; detail:service_id", words=nearest, status=400)
    if match.endpoint is not None and match.endpoint.source == "chat-picture":
        shown = "x-tts-access-token" in request.headers
        return at_gateway("invalid_token" if shown else "missing_token", f"a picture of a chat is shown to the seller's token alone: {nearest}")
    if match.endpoint is not None and match.endpoint.source in ("token-get", "token-refresh"):
        absent = next((name for name in ("app_key", "app_secret") if not request.parameter(name)), None)
        if absent:
            return at_gateway("auth_invalid_params", nearest, what=f"{absent} is required")
        return at_gateway("auth_invalid_secret", nearest)
    if request.parameter("app_key") is None and match.endpoint is not None:
        return at_gateway("required_field", nearest, field="app_key")
    return at_gateway("invalid_app_key", nearest) if match.endpoint is not None else nothing(request, match)


FACADE = Facade(
    platform=Platform.TIKTOK_SHOP,
    catalog=CATALOG,
    checks=CHECKS,
    words=words,
    success=envelope.success,
    failure=envelope.failure,
    nothing=nothing,
    keys=keys,
    unknown=unknown,
    concerned=lambda call: getattr(call, "seller", None),  # the token names its seller
    troubles=TROUBLES,
    topics=topics.TOPICS,
    sign=topics.sign,
)
