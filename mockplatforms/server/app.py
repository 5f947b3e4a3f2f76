"""The ASGI shell: reads a request's bytes with limits, finds out whose it is for, sends the reply's bytes."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any

import orjson

from ..gateway.call import Reply, Request
from .live import Server

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST = 12 * 1024 * 1024  # bytes of a body: the largest upload that either platform takes is 10 MB
WHOLE = {"/_mock/bundles": 512 * 1024 * 1024, "/_mock/schedules": 512 * 1024 * 1024}  # bytes of what holds a whole workspace, or its calls

# Names under which a client whose hosts cannot be changed may reach us (by its resolver or a proxy).
PLATFORM_HOSTS = (
    "fs.tokopedia.net",
    "accounts.tokopedia.com",
    "open-api.tiktokglobalshop.com",
    "auth.tiktok-shops.com",
    "services.tiktokshop.com",
)


class App:
    """Everything under ``/_mock`` goes to the control API, all else to the platforms. ``ready`` is called once calls are taken."""

    def __init__(self, server: Server, *, ready: Callable[[], None] = lambda: None) -> None:
        self.server = server
        self._ready = ready
        allowed = {*PLATFORM_HOSTS, *(host.lower() for host in server.settings["allowed_hosts"])}
        public = server.settings["public_url"]
        if public:
            allowed.add(_name(public.partition("://")[2].partition("/")[0]))
        self._allowed = allowed
        self._origins: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.server.start()
                await send({"type": "lifespan.startup.complete"})
                self._ready()
            else:
                await self.server.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {_text(name): _text(value) for name, value in scope["headers"]}
        host = headers.get("host", "")
        origin = self._origins.get(host) or self._origin(host)
        if origin is None:
            words = f"this server does not answer to the name {host!r}: add it with --allowed-hosts"
            return await send_reply(send, Reply((orjson.dumps({"type": "about:blank", "title": "Misdirected Request", "status": 421, "detail": words}),), status=421, content_type="application/problem+json"))
        client = scope.get("client") or ("", 0)
        if "x-forwarded-proto" in headers or "x-forwarded-host" in headers:
            origin = self._forwarded(headers, origin, client[0])
        method, path = scope["method"], scope["path"]
        most = WHOLE.get(path, LARGEST)
        body = await _body(receive, most)
        if body is None:
            return
        query = scope["query_string"].decode("latin-1")
        if len(body) > most:
            words = f"a body holds at most {most} bytes"
            return await send_reply(send, Reply((orjson.dumps({"type": "about:blank", "title": "Content Too Large", "status": 413, "detail": words}),), status=413, content_type="application/problem+json"))
        if path.startswith("/_mock") or path == "/":
            reply = await self._control(method, path, query, body, origin)
        else:
            request = Request(method, path, query, headers, body, origin=origin, peer=client[0])
            reply = self.server.simulator.answer(request)
            if reply.trouble is not None:
                from . import trouble  # who asks for none never waits for it

                return await trouble.meet(self.server.simulator, request, reply, receive, send)
        await send_reply(send, reply, head=method == "HEAD")

    async def _control(self, method: str, path: str, query: str, body: bytes, origin: str) -> Reply:
        from . import control  # who only calls the platforms never waits for it

        answered = await control.answer(self.server, method, path, query, body, origin=origin)
        if isinstance(answered, Reply):
            return answered
        status, content = answered
        kind = "application/problem+json" if status >= 400 else "application/json"
        return Reply((orjson.dumps(content) if status != 204 else b"",), status=status, content_type=kind)

    def _origin(self, host: str) -> str | None:
        """Where the client thinks we live; None when we must not answer to that name (a page elsewhere may have rebound it)."""
        name = _name(host)
        known = name in self._allowed or "*" in self._allowed or name == "localhost" or name.endswith(".localhost") or _is_address(name) or not host
        if not known:
            return None
        made: str = self.server.settings["public_url"] or (f"http://{host}" if host else self.server.base_url)
        if len(self._origins) < 256:
            self._origins[host] = made.rstrip("/")
        return made.rstrip("/")

    def _forwarded(self, headers: dict[str, str], origin: str, peer: str) -> str:
        """What a proxy on this machine says of scheme and host."""
        if self.server.settings["public_url"] or not (_is_address(peer) and ipaddress.ip_address(peer).is_loopback):
            return origin
        scheme = headers.get("x-forwarded-proto", "http").split(",")[0].strip()
        host = headers.get("x-forwarded-host", headers.get("host", "")).split(",")[0].strip()
        return f"{scheme}://{host}" if scheme in ("http", "https") and self._origin(host) else origin


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0].lower() if host.count(":") == 1 else host.lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _body(receive: Receive, most: int) -> bytes | None:
    """The whole body, cut a little beyond the largest that is taken; None when the client went away."""
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    chunks, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        if size <= most:
            chunks.append(chunk)
            size += len(chunk)
    return b"".join(chunks)


@lru_cache(maxsize=2048)
def _text(raw: bytes) -> str:
    """A header's name or value; the journal keeps many that are the same."""
    return raw.decode("latin-1")


@lru_cache(maxsize=256)
def _wire_name(name: str) -> bytes:
    return name.lower().encode("latin-1")


def start(reply: Reply, size: int) -> MutableMapping[str, Any]:
    """The message that begins a reply whose body has ``size`` bytes."""
    headers = [(b"content-type", reply.content_type.encode()), (b"content-length", b"%d" % size)]
    for name, value in reply.headers:
        headers.append((_wire_name(name), value.encode("latin-1", "replace")))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}


async def send_reply(send: Send, reply: Reply, *, head: bool = False) -> None:
    body = reply.body
    await send(start(reply, len(body)))
    await send({"type": "http.response.body", "body": b"" if head else body})
