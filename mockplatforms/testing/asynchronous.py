"""The same in an event loop: a shop whose steps are awaited, and a simulator that lives in the test's own loop."""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlencode

from ..domain.outbox import Delivery
from ..gateway.call import Reply, Request
from ..gateway.workspace import Workspace
from ..server import clockwork
from ..server.clockwork import Advance
from ..server.simulator import Simulator
from .hosts import Local, answer_of, raw
from .receivers import Receiver, Webhook, ask_asgi, is_asgi
from .shop import Shop
from .trouble import received

T = TypeVar("T")


class Looped(Local):
    """A simulator in the loop that runs when it is made: only that loop's thread touches it, and webhooks are awaited there."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def _within(self, work: Coroutine[Any, Any, T]) -> T:
        """Called from the thread in which a step of an AsyncShop runs; the loop is free meanwhile."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    def control(self, method: str, path: str, body: Any = None, query: Any = None) -> Any:
        if threading.get_ident() == self._thread:
            return super().control(method, path, body, query)
        from ..server import control

        asked = control.answer(self, method, "/_mock" + path, urlencode(query or {}), raw(body), origin=self.base_url)
        return answer_of(f"{method} {path}", self._within(asked))

    def answer(self, request: Request) -> Reply:
        return self.within(lambda simulator: received(simulator, request))

    def within(self, work: Callable[[Simulator], T]) -> T:
        if threading.get_ident() == self._thread:
            return work(self.simulator)

        async def do() -> T:
            return work(self.simulator)

        return self._within(do())

    async def _driven(self, workspace: Workspace, target: int, deliver: str, stop: Callable[[Workspace], bool] | None) -> Advance:
        steps = clockwork.advance(workspace, target, deliver=deliver, stop=stop)
        try:
            due = next(steps)
            while True:
                if due is not None:
                    clockwork.record(workspace, due, await self._sent(workspace, due))
                due = steps.send(0 if due is None else 1)
        except StopIteration as end:
            report: Advance = end.value
            return report

    async def _sent(self, workspace: Workspace, delivery: Delivery) -> Any:
        """One attempt, on a thread: the receiver may wait for the loop."""
        return await asyncio.to_thread(self._attempt, workspace, delivery)


class AsyncShop:
    """A shop in an event loop: every step of :class:`~mockplatforms.testing.shop.Shop` is awaited (``await shop.advance(hours=5)``), what is only
    looked at is not (``shop.phase``, ``shop.journal``), and :meth:`receive` takes coroutine functions and ASGI applications of this loop.

    ``httpx.AsyncClient(transport=shop.transport)`` needs no socket.
    """

    def __init__(self, shop: Shop) -> None:
        self.sync = shop

    def __getattr__(self, name: str) -> Any:
        held = getattr(self.sync, name)
        if not inspect.ismethod(held) or name in ("send", "story"):
            return held

        @functools.wraps(held)
        async def awaited(*given: Any, **named: Any) -> Any:
            return await asyncio.to_thread(held, *given, **named)

        return awaited

    def of(self, seller: str) -> AsyncShop:
        """Another seller of the same workspace."""
        return AsyncShop(self.sync.of(seller))

    async def receive(self, by: Any) -> None:
        """From now on webhooks go to ``by``: as :meth:`Shop.receive`, or a coroutine function of one Webhook."""
        loop = asyncio.get_running_loop()
        if callable(by) and (is_asgi(by) or inspect.iscoroutinefunction(by)):
            by = _on(loop, functools.partial(ask_asgi, by) if is_asgi(by) else by)
        await asyncio.to_thread(self.sync.receive, by)


def _on(loop: asyncio.AbstractEventLoop, by: Callable[[Webhook], Coroutine[Any, Any, int | None]]) -> Receiver:
    """A receiver that is awaited in a loop, and called from another thread."""
    return lambda webhook: asyncio.run_coroutine_threadsafe(by(webhook), loop).result(60)


__all__ = ["AsyncShop", "Looped"]
