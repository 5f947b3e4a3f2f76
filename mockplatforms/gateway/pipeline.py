"""How a call is answered: match, check, handle, envelope; whatever is refused on the way becomes the platform's own words."""

from __future__ import annotations

from ..domain.errors import Refused
from ..domain.instants import Instant
from . import faults
from .call import Call, Reply, Request
from .endpoint import Match
from .facade import Facade
from .faults import Strike
from .journal import Exchange
from .refusal import Refusal
from .workspace import Workspace


def answer(
    facade: Facade, workspace: Workspace, request: Request, match: Match, *, now: Instant, exchange: int, held: Strike | None = None
) -> tuple[Reply, Exchange | None]:
    """The reply to one call of one workspace, and the exchange for its journal. Never raises for anything that a client can send.

    There is no exchange where a fault makes the call wait before it is answered: it is to be asked again, ``held`` by that fault.
    """
    call = Call(workspace, request, now, exchange)
    call.held = strike = held
    refused: Refusal | None = None
    failed = False
    try:
        if match.endpoint is None:
            raise facade.nothing(request, match)
        call.endpoint = match.endpoint
        call.params = match.params
        for check in facade.checks:
            check(call)
        early: Reply | None = None
        if workspace.faults.rules or held is not None:
            owner = facade.concerned(call)
            strike = held or workspace.faults.strike(call, owner)
            if strike is not None:
                if owner is not None:
                    call.seller = owner
                failed = True  # where the platform refuses in its own words too
                early = faults.before(facade, call, strike)
                failed = early is not None or (strike.fault.side == "after" and strike.fault.fault != "latency")
        if early is not None and early.trouble is not None and early.trouble.held is not None:
            return early, None
        reply = early or facade.success(call, match.endpoint.handler(call))
    except Refused as no:
        refused = facade.words(call, no)
    except Refusal as no:
        refused = no
    if refused is not None:
        reply = facade.failure(call, request, refused, exchange)
    whole: Reply | None = None
    if strike is not None and strike.fault.side == "after":
        whole, reply = reply, faults.after(facade, call, strike, reply)
    made = Exchange(exchange, now, request, reply)
    made.of(call)
    made.platform = facade.platform
    made.endpoint = match.endpoint
    if refused is not None:
        made.outcome = "refused"
        made.code = refused.code
        made.words = refused.words
        made.rule = refused.rule or made.rule
        made.detail = refused.detail
    if strike is not None:
        faults.tell(made, strike, failed=failed, whole=whole)
    return reply, made


def unclaimed(facade: Facade, request: Request, refused: Refusal, *, now: Instant, exchange: int) -> tuple[Reply, Exchange]:
    """The reply to a call that belongs to no workspace."""
    reply = facade.failure(None, request, refused, exchange)
    made = Exchange(exchange, now, request, reply)
    made.platform = facade.platform
    made.outcome = "refused"
    made.code = refused.code
    made.words = refused.words
    made.detail = refused.detail
    return reply, made
