"""Tokopedia put together: every endpoint, the checks before it, the envelope around it and the webhooks behind it."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain.phases import Platform
from ..gateway.call import Request
from ..gateway.endpoint import Match
from ..gateway.facade import Facade
from ..gateway.refusal import Refusal
from . import (
    apps,
    auth,
    bundles,
    chats,
    envelope,
    finance,
    listings,
    logistics,
    orders,
    partners,
    products,
    promotions,
    reference,
    shops,
    showcases,
    topics,
    webhooks,
)
from .catalog import CATALOG
from .words import refuse, words

GROUPS = (
    auth, shops, showcases, products, listings, reference, promotions, bundles, orders, logistics, chats, finance, webhooks, apps, partners
)


def keys(request: Request, match: Match) -> Iterator[str]:
    """By what the caller's workspace is found: bearer or client id, then fs_id."""
    token = auth.bearer(request)
    if token:
        yield f"token:{token}"
    known = auth.basic(request)
    if known is not None:
        yield f"client_id:{known[0]}"
    fs_id = match.params.get("fs_id") or request.parameter("fs_id")
    if fs_id:
        yield f"fs_id:{fs_id}"


def nothing(request: Request, match: Match) -> Refusal:
    """The answer to a path or method that there is none of (inferred)."""
    said = f"{request.path} exists, but not for {request.method}" if match.known_path else f"there is no endpoint {request.method} {request.path}"
    return Refusal(404, "404 page not found", status=404, words=said, form="text")


def unknown(request: Request, match: Match, nearest: str) -> Refusal:
    """The credentials are nobody's."""
    if match.endpoint is None:
        return nothing(request, match)
    if not match.endpoint.signed:
        return refuse("invalid_client", nearest, reason="Client authentication failed", status=401, form="oauth")
    return refuse(401, nearest, status=401, form="html")


FACADE = Facade(
    platform=Platform.TOKOPEDIA,
    catalog=CATALOG,
    checks=auth.CHECKS,
    words=words,
    success=envelope.success,
    failure=envelope.failure,
    nothing=nothing,
    keys=keys,
    unknown=unknown,
    concerned=auth.concerned,
    troubles=auth.TROUBLES,
    topics=topics.TOPICS,
    sign=topics.sign,
)
