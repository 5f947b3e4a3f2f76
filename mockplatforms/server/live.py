"""The running server: simulator, dispatcher and the hand that lets due things happen, on one event loop."""

from __future__ import annotations

import asyncio
import gc
import heapq
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from ..domain import clock, outbox
from ..domain.outbox import Attempt, Delivery
from ..gateway.ids import EPOCHS
from ..gateway.journal import Exchange
from ..gateway.workspace import Workspace
from . import clockwork, masking
from .clockwork import Advance, Tried
from .dispatcher import Dispatcher
from .simulator import Simulator

_Key = tuple[str, int, int]  # workspace, run, delivery


class AdvanceWithin(Exception):
    """An advance was asked for by a receiver that the running advance is waiting for."""


class Server:
    """``settings`` as :func:`mockplatforms.config.load` answers them; ``base_url`` is where it listens."""

    def __init__(self, settings: dict[str, Any], *, real: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.base_url = settings["public_url"] or f"http://{settings['host']}:{settings['port']}"
        self.simulator = Simulator(
            real=real,
            epoch=_first_epoch(real()) if settings["ids"] == "epoch" else 0,
            quota=settings["quota"] == "enforce",
            public_url=settings["public_url"],
            journal_bytes=settings["journal_bytes"],
        )
        self.simulator.watchers.append(self.poke)
        self.dispatcher = Dispatcher()
        self._woken = asyncio.Event()
        self._changed: dict[str, Workspace] = {}
        self._waiting: list[tuple[float, str]] = []
        self._flying: dict[_Key, asyncio.Task[Attempt]] = {}
        self._tried: dict[_Key, float] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._advancing: set[str] = set()
        self._attempting: dict[str, asyncio.Future[Any]] = {}
        self._tending: asyncio.Task[None] | None = None

    # ---- running ------------------------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to let things happen by themselves."""
        self._tending = asyncio.create_task(self._tend())

    async def stop(self) -> None:
        for task in (self._tending, *self._flying.values()):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
        await self.dispatcher.close()

    def poke(self, workspace: Workspace) -> None:
        """Something about this workspace has changed: look anew at when it is due next."""
        self._changed[workspace.name] = workspace
        self._woken.set()

    async def _tend(self) -> None:
        """Sleep until something is due somewhere, let it happen, and so on."""
        while True:
            wait = max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), wait)
            self._woken.clear()
            changed, self._changed = self._changed, {}
            now = time.monotonic()
            while self._waiting and self._waiting[0][0] <= now:
                name = heapq.heappop(self._waiting)[1]
                held = self.simulator.workspaces.get(name)
                if held is not None:
                    changed[name] = held
            for workspace in changed.values():
                if workspace.name not in self._advancing and self.simulator.workspaces.get(workspace.name) is workspace:
                    self._look(workspace)
            self._changed = {name: held for name, held in self._changed.items() if name not in changed}
            await asyncio.sleep(0)

    def _look(self, workspace: Workspace) -> None:
        """Ring what is due, send what is due, and note when to look again."""
        clockwork.ring_due(workspace, Advance(workspace.now(), workspace.now()), most=200)
        for delivery in outbox.due(workspace.world, workspace.now().world, limit=256):
            self._send(workspace, delivery)
        wait = self._wait(workspace)
        if wait is not None:
            heapq.heappush(self._waiting, (time.monotonic() + wait, workspace.name))

    def _wait(self, workspace: Workspace) -> float | None:
        """Real seconds until something is due in this workspace by itself; None: nothing."""
        clocks = clockwork.clocks(workspace)
        nearest = clock.next_due(workspace.world)
        waits = [clocks.seconds_until(nearest.world)] if nearest.world is not None else []
        if nearest.wire is not None:
            waits.append(max(0.0, nearest.wire - clocks.real()) if clocks.wire == "real" else clocks.seconds_until(nearest.wire))
        if nearest.delivery is not None and nearest.delivery > workspace.now().world:
            waits.append(clocks.seconds_until(nearest.delivery))
        known = [wait for wait in waits if wait is not None]
        return max(0.01, min(known)) if known else None

    # ---- sending ------------------------------------------------------------------------------------------------------------------------

    def _send(self, workspace: Workspace, delivery: Delivery) -> asyncio.Task[Attempt]:
        """Attempt it once, in the background, unless that is under way."""
        key = (workspace.name, workspace.run, delivery.serial)
        task = self._flying.get(key)
        if task is None:
            task = asyncio.create_task(self._attempt(workspace, delivery, key))
            self._flying[key] = task
        return task

    async def _attempt(self, workspace: Workspace, delivery: Delivery, key: _Key) -> Attempt:
        floor = float(self.settings["retry_floor"])
        try:
            early = self._tried.get(key, 0.0) + floor - time.monotonic() if delivery.attempts else 0.0
            if early > 0:
                await asyncio.sleep(early)
            attempt = await self.dispatcher.attempt(workspace, delivery)
            self._tried[key] = time.monotonic()
            if workspace.run == key[1]:
                clockwork.record(workspace, delivery, attempt)
            if 200 <= attempt.status < 300:
                self._tried.pop(key, None)
            return attempt
        finally:
            self._flying.pop(key, None)
            self.poke(workspace)

    # ---- advancing ----------------------------------------------------------------------------------------------------------------------

    async def advance(
        self,
        workspace: Workspace,
        target: int,
        *,
        deliver: str = "wait",
        budget: float = 30.0,
        stop: Callable[[Workspace], bool] | None = None,
    ) -> Advance:
        """Step world time to ``target``; calls to one workspace queue.

        Raises AdvanceWithin when it is asked for by a receiver whose answer the running advance waits for: known by that this answer does not
        come while the asker waits.
        """
        pending = self._attempting.get(workspace.name)
        if pending is not None:
            await asyncio.wait([pending], timeout=0.5)
            if not pending.done():
                raise AdvanceWithin("an advance of this workspace waits for a webhook receiver to answer: answer the webhook first, then advance")
        async with self._locks.setdefault(workspace.name, asyncio.Lock()):
            self._advancing.add(workspace.name)
            try:
                return await self._advance(workspace, target, deliver, budget, stop)
            finally:
                self._advancing.discard(workspace.name)
                self.poke(workspace)

    async def _advance(self, workspace: Workspace, target: int, deliver: str, budget: float, stop: Callable[[Workspace], bool] | None) -> Advance:
        ends = time.monotonic() + budget
        begin = workspace.now()
        run = workspace.run
        steps = clockwork.advance(workspace, target, deliver=deliver, stop=stop)
        tried: Tried | None = None
        try:
            while True:
                due = next(steps) if tried is None else steps.send(tried)
                tried = await self._attempts(workspace, due) if due else []
                if not due:
                    await asyncio.sleep(0)
                if time.monotonic() > ends or workspace.run != run:
                    steps.close()
                    why = f"the budget of {budget:g} s is spent" if workspace.run == run else "the workspace was reset meanwhile"
                    for delivery, attempt in tried:
                        clockwork.record(workspace, delivery, attempt)
                    owed = len(workspace.world.shelf(outbox.DELIVERIES).index("by_due"))
                    return Advance(begin, workspace.now(), settled=False, owed=owed, stuck_on=why)
        except StopIteration as end:
            report: Advance = end.value
            return report

    async def _attempts(self, workspace: Workspace, due: list[Delivery]) -> Tried:
        """Attempt each: one at a time where wire time is virtual, else side by side."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        self._attempting[workspace.name] = done
        try:
            if clockwork.clocks(workspace).wire == "virtual":
                return [(delivery, attempt) for delivery in due if (attempt := await self._once(workspace, delivery)) is not None]
            answers = await asyncio.gather(*(self._once(workspace, delivery) for delivery in due))
            return [(delivery, attempt) for delivery, attempt in zip(due, answers, strict=True) if attempt is not None]
        finally:
            del self._attempting[workspace.name]
            done.set_result(None)

    async def _once(self, workspace: Workspace, delivery: Delivery) -> Attempt | None:
        """One attempt for the advance to record; None when one that was in flight already has been recorded."""
        key = (workspace.name, workspace.run, delivery.serial)
        flying = self._flying.get(key)
        if flying is not None:
            await asyncio.wait([flying])
            return None
        now = workspace.world.get(outbox.DELIVERIES, delivery.serial)
        if now is None or now.status is not outbox.DeliveryStatus.OWED or now.attempts != delivery.attempts:
            return None  # it was attempted while others of the same moment were
        floor = float(self.settings["retry_floor"]) if clockwork.clocks(workspace).wire == "real" else 0.0
        early = self._tried.get(key, 0.0) + floor - time.monotonic() if delivery.attempts else 0.0
        if early > 0:
            await asyncio.sleep(early)
        attempt = await self.dispatcher.attempt(workspace, delivery)
        self._tried[key] = time.monotonic()
        return attempt


def _first_epoch(second: float) -> int:
    """Where the ids of a process begin: far from those of a process that was started a moment, or some resets, before."""
    return int.from_bytes(blake2b(f"{second:.3f}".encode(), digest_size=4).digest(), "big") % EPOCHS


def log_line(exchange: Exchange) -> str:
    """One line about a call: time, workspace, seller, method, path, code, reason in words, exchange id."""
    at = time.strftime("%H:%M:%S", time.gmtime(exchange.at.wire))
    who = f"{exchange.workspace or '-'}/{exchange.seller or '-'}"
    said = f"{exchange.code} {masking.text(exchange.words)}" if exchange.outcome != "answered" else "ok"
    line = f"{at} {who} {exchange.request.method} {exchange.request.path} → {said} [exchange {exchange.id}]"
    return line if line.isprintable() else "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)


def teller(log: str, write: Callable[[str], None]) -> Callable[[Exchange], None]:
    """Writes the lines that the setting ``log`` asks for: those of refused calls, of all, or none."""

    def tell(exchange: Exchange) -> None:
        if log == "all" or (log == "refused" and exchange.outcome != "answered"):
            write(log_line(exchange))

    return tell


def serve(settings: dict[str, Any], *, prepare: Callable[[Server], None], ready: Callable[[Server], None]) -> None:
    """Listen until stopped. ``prepare`` makes the workspaces; ``ready`` is told when calls are taken."""
    from .app import App
    from .shell import shell

    bound = _bind(settings["host"], settings["port"])
    host = settings["host"] if settings["host"] not in ("0.0.0.0", "::") else "127.0.0.1"
    origin = f"http://[{host}]" if ":" in host else f"http://{host}"

    async def main() -> None:
        server = Server(settings)
        if not settings["public_url"]:
            server.base_url = f"{origin}:{bound.getsockname()[1]}"
        if settings["log"] != "none":
            server.simulator.listeners.append(teller(settings["log"], lambda line: print(line, flush=True)))
        prepare(server)
        gc.collect()
        gc.freeze()  # the worlds made so far are not looked through again
        gc.set_threshold(20_000, 20, 20)
        app = App(server, ready=lambda: ready(server))
        await shell(app).serve(sockets=[bound])

    runner = _runner()
    runner(main())


def _runner() -> Callable[[Any], Any]:
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.run
    run: Callable[[Any], Any] = uvloop.run
    return run


def _bind(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as wrong:
        bound.close()
        raise SystemExit(f"cannot listen on {host}:{port}: {wrong.strerror}; another port: --port") from None
    bound.listen(512)
    bound.setblocking(False)
    return bound
