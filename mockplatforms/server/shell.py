"""HTTP around the application: how bytes come in and go out."""

from __future__ import annotations

import re
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_OFFER = re.compile(rb"\A([A-Z]+ \S+ HTTP/1\.1\r\n(?:[^\r\n]+\r\n)*?)upgrade: *h2c\r\n", re.IGNORECASE)


class Http(HttpToolsProtocol):
    """HTTP/1.1. Java's client offers HTTP/2 with its requests (``Upgrade: h2c``): an offer that is not taken up, as RFC 9110 allows.

    Without that the parser would hand the connection over after the head, and the body would be lost.
    """

    def data_received(self, data: bytes) -> None:
        super().data_received(_OFFER.sub(rb"\1", data) if b"h2c" in data else data)


def shell(app: Any) -> uvicorn.Server:
    """A server of one application, not yet listening."""
    return uvicorn.Server(
        uvicorn.Config(
            app, http=Http, interface="asgi3", ws="none", proxy_headers=False, log_level="warning", access_log=False, server_header=False,
            timeout_graceful_shutdown=2,
        )
    )  # fmt: skip
