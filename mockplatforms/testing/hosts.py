"""Where a test's workspaces live: in the test's own thread without a socket, or in a server on a thread beside it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlencode

from .. import config
from ..domain.outbox import DELIVERIES, Attempt, Delivery, Failure
from ..gateway.call import Reply, Request
from ..gateway.workspace import Workspace
from ..server import clockwork
from ..server.clockwork import Advance
from ..server.dispatcher import answered, headers
from ..server.simulator import Simulator
from .receivers import HOST, Receiver, Webhook, kept
from .trouble import received

if TYPE_CHECKING:
    import httpx

    from ..server.live import Server

T = TypeVar("T")

_HTTPX = frozenset({"accept", "accept-encoding", "connection", "user-agent", "host", "content-length"})  # headers that only the transport adds

# A test's world: time stands still until the test moves it, and the same test meets the same ids in every run.
VIRTUAL: Mapping[str, str] = {"mode": "frozen", "wire": "virtual"}


class NotPossible(Exception):
    """The control API has refused something. ``problem`` is its problem+json."""

    def __init__(self, asked: str, problem: Mapping[str, Any]) -> None:
        self.problem = dict(problem)
        candidates = problem.get("candidates")
        meant = f" (there are: {', '.join(json.dumps(one, ensure_ascii=False) for one in candidates[:5])})" if candidates else ""
        super().__init__(f"{asked}: {problem.get('detail', problem.get('title', 'refused'))}{meant}")


class Host(Protocol):
    """What a :class:`~mockplatforms.testing.shop.Shop` needs of the place where its workspace lives."""

    base_url: str
    receivers: dict[str, Receiver]  # by workspace

    def control(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
        """A call of the control API under ``/_mock``. Raises NotPossible where it is refused."""
        ...

    def answer(self, request: Request) -> Reply:
        """A call of either platform. Raises NoAnswer where a fault lets none come."""
        ...

    def within(self, work: Callable[[Simulator], T]) -> T:
        """Do something with the simulator where nothing else is done at the same time."""
        ...


def answer_of(asked: str, answer: Any) -> Any:
    """What a call of the control API was answered. Raises NotPossible."""
    if isinstance(answer, Reply):
        if answer.status >= 400:
            raise NotPossible(asked, json.loads(answer.body))
        return json.loads(answer.body) if answer.content_type in ("application/json", "application/problem+json") else answer.body
    status, told = answer
    if status >= 400:
        raise NotPossible(asked, told)
    return told


def raw(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


class Local:
    """A simulator in this thread, without sockets. Webhooks wait until :meth:`Shop.deliver` or time sends them to the test's receiver."""

    base_url = "http://mockplatforms.test"

    def __init__(self) -> None:
        self.settings: Mapping[str, Any] = {**config.defaults(), "log": "none"}
        self.simulator = Simulator()
        self.receivers: dict[str, Receiver] = {}
        self._advancing: set[str] = set()

    def control(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
        from ..server import control

        asked = control.answer(self, method, "/_mock" + path, urlencode(query or {}), raw(body), origin=self.base_url)
        return answer_of(f"{method} {path}", _finish(asked))

    def answer(self, request: Request) -> Reply:
        return received(self.simulator, request)

    def within(self, work: Callable[[Simulator], T]) -> T:
        return work(self.simulator)

    # what the control API asks of the server around it

    async def advance(
        self, workspace: Workspace, target: int, *, deliver: str = "wait", budget: float = 30, stop: Callable[[Workspace], bool] | None = None
    ) -> Advance:
        from ..server.live import AdvanceWithin

        if workspace.name in self._advancing:
            raise AdvanceWithin("an advance of this workspace waits for a webhook receiver to answer: answer the webhook first, then advance")
        self._advancing.add(workspace.name)
        try:
            return await self._driven(workspace, target, deliver, stop)
        finally:
            self._advancing.discard(workspace.name)

    async def _driven(self, workspace: Workspace, target: int, deliver: str, stop: Callable[[Workspace], bool] | None) -> Advance:
        steps = clockwork.advance(workspace, target, deliver=deliver, stop=stop)
        return clockwork.run(steps, lambda delivery: clockwork.record(workspace, delivery, self._attempt(workspace, delivery)))

    def poke(self, workspace: Workspace) -> None:
        """Nothing happens by itself here."""

    async def attempted(self, workspace: Workspace, seconds: float) -> None:
        """Nobody attempts anything while somebody waits."""

    def _attempt(self, workspace: Workspace, delivery: Delivery) -> Attempt:
        at, sent = workspace.now(), headers(workspace, delivery)
        status, error, failure = handed(self.receivers.get(workspace.name, kept), Webhook.of(delivery, sent, delivery.sent or delivery.body))
        return Attempt(at, status, 0, error, failure, tuple(sent.items()), asked=delivery.asked)


def _finish(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing but its turn."""
    try:
        while True:
            waits_for = work.send(None)
            if waits_for is not None:
                work.close()
                raise RuntimeError("this needs sockets: use the served fixture (mockplatforms.testing.serve)")
    except StopIteration as end:
        result: T = end.value
        return result


def handed(receiver: Receiver, webhook: Webhook) -> tuple[int, str, Failure | None]:
    """What a receiver makes of a webhook: an HTTP status, and what is wrong where it is no success."""
    try:
        status = receiver(webhook) or 200
    except Exception as no:
        return 500, f"the receiver raised {type(no).__name__}: {no}", Failure.STATUS
    return (status, *answered(status, b""))


class Served:
    """A server on a thread of this process, at a port of its own: ``with Served() as host: …``, and it is gone."""

    def __init__(self, **settings: Any) -> None:
        self.settings = {**config.defaults(), "port": 0, "log": "none", **settings}
        self.base_url = ""
        self.receivers: dict[str, Receiver] = {}
        self._thread: threading.Thread | None = None
        self._up = threading.Event()
        self._wrong: BaseException | None = None

    def __enter__(self) -> Served:
        self._thread = threading.Thread(target=self._run, name="mockplatforms", daemon=True)
        self._thread.start()
        self._up.wait(30)
        if self._wrong is not None or not self.base_url:
            raise RuntimeError("the server did not start") from self._wrong
        return self

    def __exit__(self, *_: object) -> None:
        self._shell.should_exit = True
        assert self._thread is not None
        self._thread.join(10)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as wrong:
            self._wrong = wrong
            self._up.set()

    async def _serve(self) -> None:
        from ..server.app import App
        from ..server.live import Server, bind
        from ..server.shell import shell

        self._loop = asyncio.get_running_loop()
        with bind(self.settings["host"], self.settings["port"]) as bound:
            self.server = Server(dict(self.settings))
            self.server.dispatcher.transport = _transport(self.server, self.receivers)
            url = f"http://127.0.0.1:{bound.getsockname()[1]}"
            self.server.base_url = url

            def ready() -> None:
                self.base_url = url
                self._up.set()

            self._shell = shell(App(self.server, ready=ready))
            await self._shell.serve(sockets=[bound])

    @property
    def simulator(self) -> Simulator:
        return self.server.simulator

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    def control(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
        from ..server import control

        asked = control.answer(self.server, method, "/_mock" + path, urlencode(query or {}), raw(body), origin=self.base_url)
        return answer_of(f"{method} {path}", self._wait(asked))

    def answer(self, request: Request) -> Reply:
        return self.within(lambda simulator: received(simulator, request))

    def within(self, work: Callable[[Simulator], T]) -> T:
        async def do() -> T:
            return work(self.simulator)

        return self._wait(do())


def _transport(server: Server, receivers: Mapping[str, Receiver]) -> httpx.AsyncBaseTransport:
    """Webhooks to :data:`HOST` go to the test's receivers, on a thread that may call the server; all others out to the net."""
    import httpx

    class Transport(httpx.AsyncBaseTransport):
        def __init__(self) -> None:
            self._net = server.dispatcher.net()

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.host != HOST:
                return await self._net.handle_async_request(request)
            workspace = server.simulator.workspaces.get(request.url.path.strip("/").partition("/")[0])
            delivery = None if workspace is None else workspace.world.get(DELIVERIES, int(request.headers.get("x-mock-delivery", 0)))
            if workspace is None or delivery is None:
                return httpx.Response(404, text="its workspace is gone")
            sent = {name: value for name, value in request.headers.items() if name not in _HTTPX}
            webhook = Webhook.of(delivery, sent, await request.aread())
            receiver = receivers.get(workspace.name, kept)
            status, error, _ = (200, "", None) if receiver is kept else await asyncio.to_thread(handed, receiver, webhook)
            return httpx.Response(status, text=error)

        async def aclose(self) -> None:
            await self._net.aclose()

    return Transport()

