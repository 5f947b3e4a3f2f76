"""The envelope of every reply: code, message, request_id and data."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

import orjson

from ..gateway.call import Call, Raw, Reply, Request
from ..gateway.refusal import Refusal

_HEAD = b'{"code":0,"message":"Success","request_id":"'
_TOKEN_HEAD = b'{"code":0,"message":"success","request_id":"'  # the host of the token endpoints writes it so (documented)


@lru_cache(maxsize=64)
def _stamp(second: int) -> bytes:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(second)).encode()


def request_id(second: int, exchange: int) -> bytes:
    """14 digits of date and time, then the exchange's number in hex: it leads back to the exchange."""
    return _stamp(second) + b"%020X" % exchange


def exchange_of(request_id: str) -> int | None:
    """The exchange behind a request id, None when it is none of ours."""
    try:
        return int(request_id[14:], 16) if len(request_id) == 34 else None
    except ValueError:
        return None


def success(call: Call, result: Any) -> Reply:
    """``result`` becomes ``data``; a Reply goes out as it is."""
    mock: tuple[tuple[str, str], ...] = (("X-Mock-Exchange", str(call.exchange)),)
    if call.rule:
        mock = (*mock, ("X-Mock-Inferred", call.rule))
    if isinstance(result, Reply):
        result.headers = (*result.headers, *mock)
        return result
    head = (_HEAD if call.endpoint.signed else _TOKEN_HEAD) + request_id(call.now.wire, call.exchange) + b'","data":'
    if isinstance(result, Raw):
        return Reply((head, *result.parts, b"}"), headers=mock)
    return Reply((head + orjson.dumps({} if result is None else result) + b"}",), headers=mock)


@lru_cache(maxsize=64)
def _statuses(chosen: tuple[str, ...]) -> dict[str, int]:
    """The rule ``tiktok_statuses``: name or code of a refusal → HTTP status."""
    return {name: int(status) for name, _, status in (item.partition("=") for item in chosen)}


def failure(call: Call | None, request: Request, refusal: Refusal, exchange: int) -> Reply:
    """A refusal on the wire; the two tokens' host answers bare text to what it doesn't know."""
    status = refusal.status
    headers: tuple[tuple[str, str], ...] = (("X-Mock-Exchange", str(exchange)),)
    if call is not None and call.world.rules.tiktok_statuses:
        chosen = _statuses(call.world.rules.tiktok_statuses)
        status = chosen.get(refusal.name) or chosen.get(str(refusal.code)) or status
    if refusal.rule:
        headers = (*headers, ("X-Mock-Inferred", refusal.rule))
    if refusal.form == "text":
        return Reply((refusal.message.encode(),), status=status, content_type="text/plain", headers=headers)
    wire = call.now.wire if call is not None else 0
    body: dict[str, Any] = {"code": refusal.code, "message": refusal.message, "request_id": request_id(wire, exchange).decode()}
    if refusal.data is not None:
        body["data"] = refusal.data
    return Reply((orjson.dumps(body),), status=status, headers=headers)
