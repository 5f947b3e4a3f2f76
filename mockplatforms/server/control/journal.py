"""What was called and what it was answered: the journal of one workspace, or of all, and single exchanges in full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import merge
from itertools import islice
from typing import Any

from ...gateway.call import Reply
from ...gateway.endpoint import unversioned
from ...gateway.journal import Exchange, Journal
from ...tiktok_shop.envelope import exchange_of
from .. import masking
from . import naming
from .routes import Ask, Field, Json, Problem, Route

OUTCOMES = ("answered", "refused", "failed")


def row(exchange: Exchange) -> Json:
    """One line of the journal."""
    request, endpoint = exchange.request, exchange.endpoint
    return {
        "id": exchange.id,
        "at": naming.instant(exchange.at),
        "workspace": exchange.workspace or None,
        "run": exchange.run,
        "platform": str(exchange.platform) or None,
        "endpoint": None if endpoint is None else endpoint.source,
        "method": request.method,
        "path": request.path,
        "seller": exchange.seller or None,
        "phase": str(exchange.phase) or None,
        "verdict": exchange.outcome,
        "status": exchange.reply.status,
        "code": exchange.code,
        "reason": masking.text(exchange.words) or None,
        "rule": exchange.rule or None,
        "fault": None if exchange.fault is None else {"id": exchange.fault.id, "fault": exchange.fault.fault, "side": exchange.fault.side},
        "notes": [masking.text(note) for note in exchange.notes],
        "rows_refused": [{"code": code, "reason": masking.text(words)} for code, words in exchange.refused],
        "wrote": len(exchange.changed),
    }


def _in_full(exchange: Exchange, known: tuple[str, ...]) -> Json:
    """An exchange with everything kept of it; ``known`` are secrets that may stand in what was signed."""
    request = exchange.request
    secret = exchange.endpoint is not None and exchange.endpoint.secret
    return {
        **row(exchange),
        "request": {
            "method": request.method,
            "path": request.path,
            "query": masking.text(request.query),
            "headers": masking.headers(request.headers),
            "body": masking.body(request.body),
        },
        "reply": _reply(exchange.reply, secret),
        "unsent": None if exchange.unsent is None else _reply(exchange.unsent, secret),
        "detail": _masked(exchange.detail, known),
        "changed": _by_table(exchange.changed),
        "showed": {table: len(serials) for table, serials in exchange.shown},
    }


def _reply(reply: Reply, secret: bool) -> Json:
    return {
        "status": reply.status,
        "content_type": reply.content_type,
        "headers": masking.headers(dict(reply.headers)),
        "body": masking.body(reply.body),
        "secret": secret,
    }


def _by_table(changed: Iterable[tuple[str, int]]) -> dict[str, int]:
    """How many rows of each table were written."""
    counts: dict[str, set[int]] = {}
    for table, serial in changed:
        counts.setdefault(table, set()).add(serial)
    return {table: len(serials) for table, serials in counts.items()}


def _masked(value: Any, known: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        for one in known:
            value = value.replace(one, masking.secret(one))
        return masking.text(value)
    if isinstance(value, Mapping):
        return {str(name): _masked(inner, known) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(inner, known) for inner in value]
    return value if isinstance(value, (int, float, bool, type(None))) else str(value)


# ---- listing ---------------------------------------------------------------------------------------------------------------------------


def _listed(rows: Iterable[Exchange], query: Json) -> list[Json]:
    """The newest rows that fit the filters, oldest of them first. ``rows`` come newest first."""
    fitting = (exchange for exchange in rows if _fits(exchange, query))
    return [row(exchange) for exchange in islice(fitting, query["limit"])][::-1]


def _fits(exchange: Exchange, query: Json) -> bool:
    """``endpoint``: the name of the facts' row, with or without version, or a part of the path."""
    endpoint = query.get("endpoint")
    if (
        endpoint
        and endpoint not in exchange.request.path
        and (exchange.endpoint is None or endpoint not in (exchange.endpoint.source, unversioned(exchange.endpoint.source), exchange.endpoint.name))
    ):
        return False
    return (
        query.get("platform", exchange.platform) == exchange.platform
        and query.get("outcome", exchange.outcome) == exchange.outcome
        and query.get("seller", exchange.seller) == exchange.seller
        and ("fault" not in query or (exchange.fault is not None and query["fault"] == exchange.fault.id))
        and query.get("code", str(exchange.code)) == str(exchange.code)
        and exchange.at.wire >= query.get("since", 0)
        and exchange.id > query.get("after", 0)
        and (query.get("run") or exchange.run) == exchange.run
    )


def _told(exchanges: list[Json], journals: Iterable[Journal]) -> Json:
    held = list(journals)
    return {"exchanges": exchanges, "bytes": sum(journal.bytes for journal in held), "let_go": sum(journal.let_go for journal in held)}


async def of_workspace(ask: Ask) -> Any:
    journal = ask.workspace.journal
    return _told(_listed(reversed(journal), ask.query), [journal])


async def of_all(ask: Ask) -> Any:
    """Every call to this server, those that no workspace claims included."""
    simulator = ask.simulator
    journals = [simulator.journal, *(workspace.journal for workspace in simulator.workspaces.values())]
    newest_first = merge(*(reversed(journal) for journal in journals), key=lambda exchange: exchange.id, reverse=True)
    return _told(_listed(newest_first, ask.query), journals)


async def one(ask: Ask) -> Any:
    """An exchange by the number in X-Mock-Exchange, or by a TikTok Shop request_id."""
    text = ask.params["exchange"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else exchange_of(text)
    found = None if number is None else ask.simulator.exchange(number)
    if found is None:
        detail = f"there is no exchange {text!r}: give the number in X-Mock-Exchange or a request_id; a full journal lets old ones go"
        raise Problem(404, "unknown", "There is no such exchange", detail)
    owner = ask.simulator.workspaces.get(found.workspace)
    return _in_full(found, () if owner is None else tuple(one for one in (owner.credentials.app_secret, owner.credentials.client_secret) if len(one) > 12))


_FILTERS: Mapping[str, Field] = {
    "platform": {"t": "str", "enum": ["tokopedia", "tiktok_shop"]},
    "endpoint": {"t": "str", "help": "name of an endpoint, with or without version, or a part of its path"},
    "outcome": {"t": "str", "enum": list(OUTCOMES)},
    "seller": {"t": "str"},
    "fault": {"t": "str", "help": "name of a fault: the calls that it struck"},
    "code": {"t": "str", "help": "the platform's code"},
    "since": {"t": "int", "range": [0, None], "help": "wire time, unix seconds"},
    "after": {"t": "int", "range": [0, None], "help": "exchange id: only later ones"},
    "run": {"t": "int", "range": [1, None], "help": "only that run: a reset or restore begins the next"},
    "limit": {"t": "int", "range": [1, 10_000], "default": 100},
}
_ROW: Json = {
    "id": 12,
    "at": {"world": 1737342000, "wire": 1737342000},
    "workspace": "default",
    "run": 1,
    "platform": "tiktok_shop",
    "endpoint": "get-order-list-202309",
    "method": "POST",
    "path": "/order/202309/orders/search",
    "seller": "toko",
    "phase": "PRE_MERGE",
    "verdict": "refused",
    "status": 200,
    "code": 36009009,
    "reason": "the query carries no sign",
    "rule": None,
    "fault": None,
    "notes": [],
    "rows_refused": [],
    "wrote": 0,
}

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/journal",
        of_all,
        "Every call to this server, unclaimed ones included",
        query=_FILTERS,
        answer={"exchanges": [_ROW], "bytes": 1832, "let_go": 0},
    ),
    Route(
        "GET",
        "/exchanges/{exchange}",
        one,
        "One exchange in full, secrets masked",
        answer={
            **_ROW,
            "request": {"method": "POST", "path": "/order/202309/orders/search", "query": "app_key=…", "headers": {}, "body": "{}"},
            "reply": {"status": 200, "body": "{…}"},
            "unsent": None,
            "detail": None,
        },
    ),
    Route(
        "GET",
        "/workspaces/{id}/journal",
        of_workspace,
        "The calls of one workspace",
        query=_FILTERS,
        answer={"exchanges": [_ROW], "bytes": 1832, "let_go": 0},
    ),
)
