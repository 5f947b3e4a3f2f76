"""The endpoints of TikTok Shop that are served, each declared beside the function that answers it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson

from ..domain.phases import Family, Platform
from ..gateway.call import Call
from ..gateway.endpoint import Catalog, Effect, Endpoint, Handler
from ..gateway.fields import Checker, Problem
from ..gateway.refusal import Refusal
from . import rows
from .words import at_gateway, refuse

CATALOG = Catalog(Platform.TIKTOK_SHOP)
_CLOSED = 12052700  # "The seller is inactive."
INVALID = 21001001  # "Invalid parameters": what a business service says of a field (inferred where its page lists no other)


def serves(row_id: str, *, family: Family, effect: Effect = "read", tells: str = "", **facts: Any) -> Callable[[Handler], Handler]:
    """Declare the function that answers one row of facts, under every version of its path.

    Before it is called ``call.query`` and ``call.body`` hold what came, checked and converted by that row as it is under the version
    of the path; what it answers beyond that version is left out. ``tells``: the function answers what another endpoint would refuse;
    ``call.findings`` holds what that one says of values that are too long, too large or unknown.
    """
    row = rows.row(row_id)

    def declare(handler: Handler) -> Handler:
        for version, path in zip(row.versions, row.paths, strict=True):
            CATALOG.add(
                Endpoint(
                    Platform.TIKTOK_SHOP,
                    row.method,
                    path,
                    family,
                    effect,
                    row.id,
                    _answering(row, version, handler, tells),
                    scope=row.scope,
                    media=row.media,
                    shop=row.cipher == "required",
                    mark=row.version_marks.get(version, row.mark),
                    **facts,
                )
            )
        return handler

    return declare


def version(call: Call) -> str:
    """The version under which this endpoint was called."""
    return call.endpoint.path.split("/", 3)[2]


def _answering(row: rows.Row, version: str, handler: Handler, tells: str) -> Handler:
    checkers: list[tuple[Checker, Checker]] = []
    later = row.later(version)

    def answer(call: Call) -> Any:
        if not checkers:
            facts = row.at(version)
            checkers.append((facts.query_checker, facts.body_checker))
        _read(call, row, *checkers[0], tells=tells)
        if _CLOSED in row.errors and not tells:
            _open(call)
        return rows.without(handler(call), later) if later else handler(call)

    return answer


def _open(call: Call) -> None:
    """Endpoints whose page lists the code for it are not for shops that are closed."""
    if not call.shop.is_open or "SHOP_STATUS" in call.shop.unmet:
        raise refuse(_CLOSED, "the shop is closed: it is active again once the seller opens it")


_TELLABLE = ("length", "range", "enum")


def _read(call: Call, row: rows.Row, query: Checker, body: Checker, *, tells: str) -> None:
    problems: list[Problem]
    call.query, problems = query.query(call.request.pairs)
    if not problems and row.media == "json" and row.method != "GET":
        call.body, problems = body.body(_json(call), at="")
    if tells and all(problem.kind in _TELLABLE or _of_field(rows.row(tells), problem) for problem in problems):
        call.findings = [_refusal(rows.row(tells), problem, [problem]) for problem in problems]
        for problem in problems:  # the rest of such a field is looked at no further
            call.body.pop(re.split(r"[.\[]", problem.path, maxsplit=1)[0], None)
    elif problems:
        first = problems[0]
        if first.kind == "missing" and not _of_field(row, first):
            raise at_gateway("required_field", "; ".join(p.words for p in problems), field=first.path, detail={"fields": [p.words for p in problems]})
        raise _refusal(row, first, problems)


def _refusal(row: rows.Row, first: Problem, problems: list[Problem]) -> Refusal:
    """What the endpoint's service says of its first problem; the words tell of all."""
    of_field = _of_field(row, first)
    code, message = (of_field, "") if of_field else (INVALID, "") if INVALID in row.errors else complaint(row)
    refusal = refuse(code, "; ".join(p.words for p in problems), message=message)
    refusal.detail = {"fields": [problem.words for problem in problems]}
    return refusal


# What services say of single fields: (field, what is wrong with it) → codes, of which the endpoint's page lists one.
_FIELDS: dict[tuple[str, str], tuple[int, ...]] = {
    ("title", "empty"): (12052261,),
    ("title", "length"): (12052051,),
    ("product_title", "empty"): (12052261,),
    ("product_title", "length"): (12052051,),
    ("category_version", "enum"): (12052217,),
    ("listing_platform", "enum"): (12019210,),
    ("locale", "enum"): (12019210,),
    ("include_prohibited_categories", "malformed"): (12019210,),
    ("description", "empty"): (12052015,),
    ("description", "length"): (12052013,),
    ("main_images", "empty"): (12052028,),
    ("main_images", "length"): (12052306,),
    ("skus", "empty"): (12052902,),
    ("skus", "length"): (12052050,),
    ("skus.id", "empty"): (12052036,),
    ("skus.seller_sku", "length"): (12052054,),
    ("skus.sales_attributes.name", "length"): (12052242,),
    ("skus.price.currency", "enum"): (12052084,),
    ("skus.inventory.quantity", "range"): (12019024, 12052055),
    ("skus.inventory.quantity", "type"): (12019024,),
    ("minimum_order_quantity", "range"): (12052706,),
    ("product_ids", "length"): (12019120,),
    ("seller_skus", "length"): (12019027,),
    ("sku_ids", "length"): (12019087, 12019015),
    ("page_size", "range"): (12019109,),
    ("page_size", "malformed"): (12019109,),
}
_POSITION = re.compile(r"\[\d+\]")


def _of_field(row: rows.Row, problem: Problem) -> int | None:
    codes = _FIELDS.get((_POSITION.sub("", problem.path), "empty" if problem.empty else problem.kind), ())
    return next((code for code in codes if code in row.errors), None)


def complaint(row: rows.Row) -> tuple[int, str]:
    """The code and wording with which this endpoint's service complains of a parameter."""
    told = [(code, text) for code in row.errors if code != rows.INTERNAL for text in rows.messages(code)]
    for signs in (("invalid param", "param error"), ("parameter",)):
        for code, text in told:
            if any(sign in text.lower() for sign in signs):
                return code, text
    return INVALID, ""


def _json(call: Call) -> Any:
    raw = call.request.body
    if not raw or not raw.strip():
        return {}
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as wrong:
        raise at_gateway("invalid_format", f"the body is not JSON: {wrong}") from None
