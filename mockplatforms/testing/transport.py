"""An integration's httpx client without a socket: its requests are answered in this process, whatever host they name."""

from __future__ import annotations

import httpx

from ..gateway.call import Request
from .clients import Send


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers requests by ``send``; for ``httpx.Client`` and ``httpx.AsyncClient``."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        url = request.url
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        asked = Request(request.method, url.path, url.query.decode("ascii"), {name.lower(): value for name, value in request.headers.items()}, body, origin=origin)
        reply = self._send(asked)
        headers = [("content-type", reply.content_type), *reply.headers]
        return httpx.Response(reply.status, headers=headers, content=reply.body, request=request)
