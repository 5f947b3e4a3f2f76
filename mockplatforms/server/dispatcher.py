"""Sending webhooks: one signed HTTP request per attempt, and what became of it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..domain.outbox import KEPT, Attempt, Delivery, Failure
from ..gateway.workspace import Workspace
from .simulator import BY_PLATFORM

if TYPE_CHECKING:
    import httpx


def headers(workspace: Workspace, delivery: Delivery) -> dict[str, str]:
    """The headers of a delivery as it would be sent now, its signature among them."""
    signed = delivery.but(body=delivery.signed) if delivery.signed else delivery
    return {"content-type": "application/json", "x-mock-delivery": str(delivery.serial), **BY_PLATFORM[delivery.platform].sign(workspace, signed)}


def answered(status: int, body: bytes, location: str = "") -> tuple[str, Failure | None]:
    """What is wrong with an answer of that status, in words; nothing with a 2xx."""
    if 200 <= status < 300:
        return "", None
    if 300 <= status < 400:
        return f"the receiver answered {status} and sends on to {location or 'nowhere'}: redirects are not followed, register that address itself", Failure.REDIRECT
    said = body[:200].decode("utf-8", "replace")
    return f"the receiver answered {status}" + (f": {said}" if said else ""), Failure.STATUS


class Dispatcher:
    """Talks to receivers. ``settings`` say where webhooks may go and by whom HTTPS receivers are vouched for; ``transport`` is in place of the net.

    No redirect is followed and no proxy of the environment used. Raises ValueError in words for a setting that cannot be.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None, *, settings: Mapping[str, Any] | None = None) -> None:
        self.transport = transport
        self.settings = settings or {}
        self._net: httpx.AsyncBaseTransport | None = None
        if self.settings.get("webhook_ca"):
            _read_ca(self.settings["webhook_ca"])
        if self.settings.get("webhook_hosts"):
            self.net()

    def net(self) -> httpx.AsyncBaseTransport:
        """A way to real receivers."""
        from .outbound import Allowed, Net  # only who has a receiver pays for it

        return Net(Allowed(self.settings.get("webhook_hosts", ())), self.settings.get("webhook_ca", ""))

    async def attempt(self, workspace: Workspace, delivery: Delivery) -> Attempt:
        """One attempt, the whole of it within the rule ``webhook_timeout``. Never raises: what goes wrong is told in words, with status 0."""
        import httpx

        transport = self.transport or self._net
        if transport is None:
            transport = self._net = self.net()
        at, sent, patience = workspace.now(), headers(workspace, delivery), workspace.world.rules.webhook_timeout
        began = time.monotonic()
        status, body, error, failure = 0, b"", "", None
        try:
            request = httpx.Request("POST", delivery.url, headers=sent, content=delivery.sent or delivery.body)
            async with asyncio.timeout(patience):
                answer = await transport.handle_async_request(request)
                body = await answer.aread()
            status = answer.status_code
            error, failure = answered(status, body, answer.headers.get("location", ""))
            if answer.extensions.get("cut") and failure is None:
                error, failure = "the answer was longer than what is read of one: the rest was dropped", Failure.TOO_LARGE
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as wrong:
            error, failure = _told(wrong, delivery.url, patience)
        virtual = at.world == at.wire
        milliseconds = 0 if virtual else int((time.monotonic() - began) * 1000)
        return Attempt(at, status, milliseconds, error, failure, tuple(sent.items()), body[:KEPT], delivery.asked)

    async def close(self) -> None:
        for held in (self.transport, self._net):
            if held is not None:
                await held.aclose()
        self._net = None


def _told(wrong: Exception, url: str, patience: int) -> tuple[str, Failure]:
    """What went wrong, in words and in one word."""
    import httpx

    from . import outbound

    match wrong:
        case TimeoutError() | httpx.TimeoutException():
            return f"no answer within {patience} s", Failure.TIMEOUT
        case outbound.NotAllowed():
            return str(wrong), Failure.NOT_ALLOWED
        case ssl.SSLCertVerificationError():
            return f"the receiver's certificate is not trusted ({wrong.verify_message}): --webhook-ca names the authority that vouches for it", Failure.TLS
        case ssl.SSLError() if wrong.reason == "WRONG_VERSION_NUMBER":
            return f"what answers at {url} is not TLS: if the receiver speaks plain HTTP, register it with http://", Failure.TLS
        case ssl.SSLError():
            return f"no TLS with the receiver: {wrong.reason or wrong}", Failure.TLS
        case socket.gaierror():
            return f"the host of {url} is not known: {wrong.strerror}", Failure.NO_SUCH_HOST
        case ConnectionRefusedError() | httpx.ConnectError():
            return f"nobody listens at {url}: the connection was refused", Failure.REFUSED
        case outbound.Malformed() | httpx.RemoteProtocolError():
            return str(wrong), Failure.MALFORMED
        case outbound.Truncated():
            return str(wrong), Failure.RESET
        case ConnectionError() | httpx.NetworkError():
            return "the receiver closed the connection before it answered", Failure.RESET
        case OSError():
            return f"{url} cannot be reached: {wrong.strerror or wrong}", Failure.UNREACHABLE
    return f"nothing can be sent to {url!r}: {wrong}", Failure.BAD_URL


def _read_ca(path: str) -> None:
    try:
        ssl.create_default_context(cafile=path)
    except OSError as no:  # ssl.SSLError is one
        raise ValueError(f"--webhook-ca {path}: {no.strerror or no}") from None
