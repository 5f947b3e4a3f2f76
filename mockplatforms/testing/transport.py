"""An integration's httpx client without a socket: its requests are answered in this process, whatever host they name."""

from __future__ import annotations

import httpx

from ..gateway.call import Request
from .clients import Send
from .trouble import NoAnswer


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers requests by ``send``; for ``httpx.Client`` and ``httpx.AsyncClient``.

    Nothing sleeps: where an answer would come later than the client's read timeout allows, ReadTimeout is raised at once.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        url = request.url
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        headers = {name.lower(): value for name, value in request.headers.items()}
        patience = request.extensions.get("timeout", {}).get("read")
        asked = Request(request.method, url.path, url.query.decode("ascii"), headers, body, origin=origin, patience=patience)
        try:
            reply = self._send(asked)
        except NoAnswer as no:
            raise _error(no)(str(no), request=request) from no
        return httpx.Response(reply.status, headers=[("content-type", reply.content_type), *reply.headers], content=reply.body, request=request)


def _error(no: NoAnswer) -> type[httpx.TransportError]:
    """What httpx raises over a socket."""
    if no.late:
        return httpx.ReadTimeout
    return httpx.ReadError if no.kind == "reset" else httpx.RemoteProtocolError
