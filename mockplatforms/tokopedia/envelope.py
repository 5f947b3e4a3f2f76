"""Tokopedia's envelopes: header and data, and the older forms that some endpoints kept."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson

from ..gateway.call import Call, Raw, Reply, Request
from ..gateway.refusal import Refusal

OK = "Your request has been processed successfully"
MALFORMED = "We could not process your request due to malformed request, please check again"
SERVER = "Our server encounters an error, please try again later"
_HEAD = b'{"header":{"process_time":0.04,"messages":"' + OK.encode() + b'"},"data":'
_HTML = {401: "401 Authorization Required", 403: "403 Forbidden"}


class Form:
    """Data for another envelope than the standard one.

    ``form``: int (error_code 0 and a message), legacy (status and error_message), status (the standard one with a status beside it) or bare.
    A refusal's may also be html, text, oauth or key.
    """

    __slots__ = ("data", "form", "message")

    def __init__(self, form: str, data: Any, message: str = "success") -> None:
        self.form = form
        self.data = data
        self.message = message


def success(call: Call, result: Any) -> Reply:
    headers = (*call.headers, ("X-Mock-Exchange", str(call.exchange)))
    if call.rule:
        headers = (*headers, ("X-Mock-Inferred", call.rule))
    if isinstance(result, Reply):
        result.headers = (*result.headers, *headers)
        return result
    if isinstance(result, Raw):
        return Reply((_HEAD, *result.parts, b"}"), headers=headers)
    if isinstance(result, Form):
        return Reply((orjson.dumps(_formed(result)),), headers=headers)
    return Reply((_HEAD + orjson.dumps(result) + b"}",), headers=headers)


def _formed(result: Form) -> Any:
    if result.form == "legacy":
        return {"data": result.data, "status": "200 Ok", "error_message": []}
    if result.form == "status":
        return {"header": {"process_time": 0.04, "messages": OK}, "data": result.data, "status": "200"}
    if result.form == "int":
        return {"header": {"process_time": 0.04, "messages": result.message, "reason": "", "error_code": 0}, "data": result.data}
    return result.data


def failure(call: Call | None, request: Request, refusal: Refusal, exchange: int) -> Reply:
    headers = (*(call.headers if call is not None else ()), ("X-Mock-Exchange", str(exchange)))
    if refusal.rule:
        headers = (*headers, ("X-Mock-Inferred", refusal.rule))
    if refusal.form == "html":
        title = _HTML.get(refusal.status) or f"{refusal.status} {HTTPStatus(refusal.status).phrase}"
        page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        return Reply((page.encode(),), status=refusal.status, content_type="text/html", headers=headers)
    if refusal.form == "text":
        return Reply((refusal.message.encode(),), status=refusal.status, content_type="text/plain", headers=headers)
    body: Any
    if refusal.form == "oauth":
        body = {"error": refusal.code, "error_description": refusal.message}
    elif refusal.form == "bare":
        body = refusal.data
    elif refusal.form == "key":
        body = {"header": {"process_time": 0.02, "messages": SERVER, "response_id": f"{exchange:020d}"}, "data": None}
    elif refusal.form == "legacy":
        body = {"data": None, "status": f"{refusal.status} Bad Request", "error_message": [refusal.message]}
    else:
        text = SERVER if refusal.status >= 500 else MALFORMED
        body = {"header": {"process_time": 0.02, "messages": text, "reason": refusal.message, "error_code": refusal.code}, "data": refusal.data}
    return Reply((orjson.dumps(body),), status=refusal.status, headers=headers)
