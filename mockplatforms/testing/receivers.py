"""Webhooks as a test meets them, and where they go: to a function of the test, to its WSGI or ASGI application, or into a list."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from ..domain.outbox import Delivery
from ..domain.phases import Platform

HOST = "webhooks.mockplatforms.test"  # webhooks to this name never leave the process

# Takes a webhook; answers an HTTP status, or nothing for 200. What it raises is the receiver's 500.
Receiver = Callable[["Webhook"], int | None]


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook as it is sent. ``body`` are the bytes that ``headers`` sign; ``path`` is where its address points to."""

    platform: str
    topic: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    delivery: int = 0
    payload: Any = field(default=None, compare=False)

    @classmethod
    def of(cls, delivery: Delivery, headers: Mapping[str, str], body: bytes) -> Webhook:
        try:
            payload = orjson.loads(body)
        except orjson.JSONDecodeError:
            payload = None
        return cls(delivery.platform.value, delivery.topic, delivery.url, dict(headers), body, delivery.serial, payload)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


def address(workspace: str, platform: Platform | str) -> str:
    """Where a workspace's webhooks go when a test sets no address of its own."""
    return f"http://{HOST}/{workspace}/{platform}"


def kept(webhook: Webhook) -> int:
    """The receiver of a test that wants none: it says yes to everything."""
    return 200


def receiver(of: Any) -> Receiver:
    """A receiver out of a function of one webhook, an ASGI application or a WSGI application.

    Raises TypeError for anything else.
    """
    if not callable(of):
        raise TypeError(f"a receiver is a function of one webhook, or an ASGI or WSGI application, not {of!r}")
    if is_asgi(of):
        return lambda webhook: _ask_asgi(of, webhook)
    if _takes(of) == 2:
        return lambda webhook: _ask_wsgi(of, webhook)
    taken: Receiver = of
    return taken


def _takes(of: Any) -> int:
    """How many positional arguments a callable wants."""
    import inspect

    try:
        rows = inspect.signature(of).parameters.values()
    except (TypeError, ValueError):
        return 1
    return sum(row.kind in (row.POSITIONAL_ONLY, row.POSITIONAL_OR_KEYWORD) and row.default is row.empty for row in rows)


def is_asgi(of: Any) -> bool:
    """Whether this is an ASGI application."""
    return _takes(of) == 3


def _ask_wsgi(application: Callable[..., Any], webhook: Webhook) -> int:
    parts = urlsplit(webhook.url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": webhook.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or HOST,
        "SERVER_PORT": str(parts.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": webhook.headers.get("content-type", "application/json"),
        "CONTENT_LENGTH": str(len(webhook.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(webhook.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in webhook.headers.items()}
    said: list[str] = []
    rows = application(environ, lambda status, headers, *rest: said.append(status))
    for _ in rows:
        pass
    getattr(rows, "close", lambda: None)()
    return int(said[0].split(" ", 1)[0])


async def ask_asgi(application: Callable[..., Awaitable[None]], webhook: Webhook) -> int:
    """The status with which an ASGI application answers a webhook."""
    parts = urlsplit(webhook.url)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": parts.scheme,
        "path": webhook.path,
        "raw_path": webhook.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in {"host": parts.netloc, **webhook.headers}.items()],
        "server": (parts.hostname, parts.port or 80),
        "client": ("127.0.0.1", 0),
    }
    status = 500
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": webhook.body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    await application(scope, receive, send)
    return status


def _ask_asgi(application: Callable[..., Awaitable[None]], webhook: Webhook) -> int:
    """The same from where no loop can be waited for: on a loop of a thread of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(ask_asgi(application, webhook))).result()
