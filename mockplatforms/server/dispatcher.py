"""Sending webhooks: one signed HTTP request per attempt, and what became of it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from ..domain.outbox import Attempt, Delivery
from ..gateway.workspace import Workspace
from .simulator import BY_PLATFORM

if TYPE_CHECKING:
    import httpx


class Dispatcher:
    """Talks to receivers: http and https, any port, no redirects followed, no proxy of the environment used."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.transport = transport  # in place of the net
        self._client: httpx.AsyncClient | None = None

    async def attempt(self, workspace: Workspace, delivery: Delivery) -> Attempt:
        """One attempt. Never raises: what goes wrong is told in words, with status 0."""
        import httpx  # only who has a receiver pays for it

        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, transport=self.transport, limits=httpx.Limits(max_connections=64))
        at = workspace.now()
        began = time.monotonic()
        headers = {"content-type": "application/json", "x-mock-delivery": str(delivery.serial)}
        headers.update(BY_PLATFORM[delivery.platform].sign(workspace, delivery))
        status, error, seconds = 0, "", workspace.world.rules.webhook_timeout
        try:
            async with asyncio.timeout(seconds):  # the whole answer: httpx's own timeout counts each read anew
                answer = await self._client.post(delivery.url, content=delivery.body, headers=headers, timeout=None)
            status = answer.status_code
            if not 200 <= status < 300:
                error = f"the receiver answered {status}: {answer.text[:200]}"
        except TimeoutError:
            error = f"no answer within {seconds} s"
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as wrong:
            error = f"{type(wrong).__name__}: {wrong or 'no connection'}"
        virtual = at.world == at.wire
        return Attempt(at, status, 0 if virtual else int((time.monotonic() - began) * 1000), error)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None
