"""The running server: simulator, dispatcher and the hand that lets due things happen, on one event loop."""

from __future__ import annotations

import asyncio
import gc
import heapq
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from typing import Any, TypeVar

from ..domain import clock, outbox
from ..domain.outbox import Attempt, Delivery
from ..gateway.ids import EPOCHS
from ..gateway.journal import Exchange
from ..gateway.workspace import Workspace
from . import clockwork, masking
from .clockwork import Advance
from .dispatcher import Dispatcher
from .simulator import Simulator

K = TypeVar("K")
LANE = 4  # most attempts in flight to one address: who waits for a slow one waits in its own lane

_AHEAD = 64  # how far a lane looks for one that does not rest
_Key = tuple[str, int, int]  # workspace, run, delivery
_Lane = tuple[str, str]  # workspace, address


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
            quota=settings["quota"],
            public_url=settings["public_url"],
            journal_bytes=settings["journal_bytes"],
        )
        self.simulator.watchers.append(self.poke)
        self.dispatcher = Dispatcher(settings=settings)
        self._woken = asyncio.Event()
        self._changed: dict[str, Workspace] = {}
        self._waiting: list[tuple[float, str]] = []
        self._planned: dict[str, float] = {}  # the earliest of each workspace in ``_waiting``
        self._flying: dict[_Key, asyncio.Task[None]] = {}
        self._lanes: Counter[_Lane] = Counter()  # attempts in flight
        self._aloft: Counter[str] = Counter()  # the same by workspace
        self._made: Counter[str] = Counter()  # attempts recorded so far, by workspace
        self._stirred: dict[str, asyncio.Event] = {}  # by workspace whose advance waits for all that is due
        self._listening: dict[str, list[asyncio.Future[None]]] = {}
        self._recording = False
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
        if self._recording:
            return
        self._changed[workspace.name] = workspace
        self._woken.set()
        if workspace.name in self._stirred:
            self._stirred[workspace.name].set()

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
                when, name = heapq.heappop(self._waiting)
                if self._planned.get(name) == when:
                    del self._planned[name]
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
        self._wake(workspace, self._fill_all(workspace))
        self._wake(workspace, self._wait(workspace))

    def _wake(self, workspace: Workspace, wait: float | None) -> None:
        """Look at this workspace again in so many real seconds, unless that is planned for an earlier moment."""
        if wait is None:
            return
        when = time.monotonic() + wait
        if when < self._planned.get(workspace.name, float("inf")):
            self._planned[workspace.name] = when
            heapq.heappush(self._waiting, (when, workspace.name))

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

    def _fill_all(self, workspace: Workspace) -> float | None:
        """Fill every lane in which something is due; answers as :meth:`_fill` does."""
        if clockwork.clocks(workspace).wire == "virtual":
            return self._fill(workspace)
        rests = [self._fill(workspace, url) for url in outbox.lanes(workspace.world, workspace.now().world)]
        return min((rest for rest in rests if rest is not None), default=None)

    def _fill(self, workspace: Workspace, url: str = "") -> float | None:
        """Have as many attempts in flight to one address as its lane takes, the first that are due.

        Where wire time is virtual there is one lane for all addresses, and one attempt at a time: two runs are alike.
        Answers in how many real seconds one that rests between two attempts may be attempted; None: none rests.
        """
        virtual = clockwork.clocks(workspace).wire == "virtual"
        world, until, now = workspace.world, workspace.now().world, time.monotonic()
        free = 1 - self._aloft[workspace.name] if virtual else LANE - self._lanes[workspace.name, url]
        rest = None
        if free <= 0:
            return None
        for delivery in outbox.due(world, until, limit=_AHEAD) if virtual else outbox.lane(world, url, until, limit=_AHEAD):
            key = (workspace.name, workspace.run, delivery.serial)
            if key in self._flying:
                continue
            early = self._tried.get(key, float("-inf")) + float(self.settings["retry_floor"]) - now
            if early > 0:
                rest = early if rest is None else min(rest, early)
                continue
            self._lanes[workspace.name, delivery.url] += 1
            self._aloft[workspace.name] += 1
            self._flying[key] = asyncio.create_task(self._attempt(workspace, delivery, key))
            free -= 1
            if not free:
                return None
        return rest

    async def _attempt(self, workspace: Workspace, delivery: Delivery, key: _Key) -> None:
        name = workspace.name
        try:
            self._note(workspace, delivery, await self.dispatcher.attempt(workspace, delivery), key)
        finally:
            del self._flying[key]
            _one_less(self._lanes, (name, delivery.url))
            _one_less(self._aloft, name)
        stir = self._stirred.get(name)
        if stir is not None and not self._aloft[name]:
            stir.set()
        by_itself = self._tending is not None and name not in self._advancing
        if (stir is not None or by_itself) and workspace.run == key[1] and self.simulator.workspaces.get(name) is workspace:
            self._wake(workspace, self._fill(workspace, delivery.url))
            self._wake(workspace, self._wait(workspace))

    def _note(self, workspace: Workspace, delivery: Delivery, attempt: Attempt, key: _Key) -> None:
        """Record an attempt, if the world that it belongs to still goes on. Nothing but its own lane is concerned by that."""
        if workspace.run != key[1]:
            self._tried.pop(key, None)
            return
        self._tried[key] = time.monotonic()
        self._recording = True
        try:
            clockwork.record(workspace, delivery, attempt)
        finally:
            self._recording = False
        after = workspace.world.get(outbox.DELIVERIES, delivery.serial)
        if after is None or after.next is None:
            del self._tried[key]
        self._made[workspace.name] += 1
        for listener in self._listening.pop(workspace.name, ()):
            if not listener.done():
                listener.set_result(None)

    async def attempted(self, workspace: Workspace, seconds: float) -> None:
        """Wait until another attempt is recorded, at most so long."""
        listener: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._listening.setdefault(workspace.name, []).append(listener)
        await asyncio.wait([listener], timeout=seconds)

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
        try:
            due = next(steps)
            while True:
                tried = await self._deliver(workspace, due, ends) if due is not None else 0
                if due is None:
                    await asyncio.sleep(0)
                if time.monotonic() > ends or workspace.run != run:
                    steps.close()
                    why = f"the budget of {budget:g} s is spent" if workspace.run == run else "the workspace was reset meanwhile"
                    return Advance(begin, workspace.now(), settled=False, owed=outbox.count_due(workspace.world), stuck_on=why)
                due = steps.send(tried)
        except StopIteration as end:
            report: Advance = end.value
            return report

    async def _deliver(self, workspace: Workspace, first: Delivery, ends: float) -> int:
        """Attempt what is due now: where wire time is virtual this one alone, else all, lane by lane. Answers how many attempts were made."""
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._attempting[workspace.name] = done
        try:
            if clockwork.clocks(workspace).wire == "virtual":
                return await self._alone(workspace, first)
            return await self._all(workspace, ends)
        finally:
            del self._attempting[workspace.name]
            done.set_result(None)

    async def _alone(self, workspace: Workspace, delivery: Delivery) -> int:
        key = (workspace.name, workspace.run, delivery.serial)
        flying = self._flying.get(key)
        if flying is not None:
            await asyncio.wait([flying])  # it was sent by itself a moment ago
        else:
            self._note(workspace, delivery, await self.dispatcher.attempt(workspace, delivery), key)
        return 1

    async def _all(self, workspace: Workspace, ends: float) -> int:
        """Until nothing is due or in flight, the time is up, the world another one, or there is no end of it."""
        name, run, before = workspace.name, workspace.run, self._made[workspace.name]
        most = clockwork.STEPS + outbox.count_due(workspace.world, workspace.now().world)
        stir = self._stirred[name] = asyncio.Event()
        try:
            while workspace.run == run and time.monotonic() < ends and self._made[name] - before < most:
                stir.clear()
                rest = self._fill_all(workspace)
                if not self._aloft[name] and rest is None:
                    break
                with suppress(TimeoutError):
                    await asyncio.wait_for(stir.wait(), min(ends - time.monotonic(), rest or 60.0))
        finally:
            del self._stirred[name]
        return self._made[name] - before


def _one_less(count: Counter[K], of: K) -> None:
    count[of] -= 1
    if not count[of]:
        del count[of]


def _first_epoch(second: float) -> int:
    """Where the ids of a process begin: far from those of a process that was started a moment, or some resets, before."""
    return int.from_bytes(blake2b(f"{second:.3f}".encode(), digest_size=4).digest(), "big") % EPOCHS


def log_line(exchange: Exchange) -> str:
    """One line about a call: time, workspace, seller, method, path, code, reason in words, exchange id."""
    at = time.strftime("%H:%M:%S", time.gmtime(exchange.at.wire))
    who = f"{exchange.workspace or '-'}/{exchange.seller or '-'}"
    said = f"{exchange.code or exchange.outcome} {masking.text(exchange.words)}" if exchange.outcome != "answered" else "ok"
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

    Dispatcher(settings=settings)  # a setting that cannot be is told before anybody connects
    _many_sockets()
    bound = bind(settings["host"], settings["port"])
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


def _many_sockets() -> None:
    """Let hundreds of receivers have some connections each, where the machine allows more than it gives at first."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8192 if hard == resource.RLIM_INFINITY else min(8192, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _runner() -> Callable[[Any], Any]:
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.run
    run: Callable[[Any], Any] = uvloop.run
    return run


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises SystemExit in words where it cannot."""
    # Only for a socket that names its protocol does asyncio send small replies at once.
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as wrong:
        bound.close()
        raise SystemExit(f"cannot listen on {host}:{port}: {wrong.strerror}; another port: --port") from None
    bound.listen(512)
    bound.setblocking(False)
    return bound
