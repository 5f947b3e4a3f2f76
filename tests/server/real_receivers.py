"""Receivers of webhooks on real sockets, on a thread of their own: each answers in its own way, and keeps what it got."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass(frozen=True)
class Got:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


Answering = Callable[[Got, asyncio.StreamWriter], Awaitable[None]]


class Receiver:
    """``answers`` writes what comes back; a connection goes on until either side ends it."""

    def __init__(self, answers: Answering, tls: ssl.SSLContext | None = None, *, greeting: bytes = b"") -> None:
        self.answers = answers
        self.greeting = greeting  # what it says before it is asked
        self.tls = tls
        self.got: list[Got] = []
        self.connections = 0
        self.ended = 0
        self.port = 0

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        return f"http{'s' if self.tls else ''}://{host}:{self.port}{path}"

    async def listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self.tls, backlog=2048)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(self.greeting)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = head.split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                got = Got(lines[0].split(" ")[1], headers, body, time.monotonic())
                self.got.append(got)
                await self.answers(got, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # one of the two has gone
        finally:
            writer.close()
            with suppress(OSError, ssl.SSLError):
                await writer.wait_closed()
            self.ended += 1


async def takes(got: Got, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


async def hangs(got: Got, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def drops(got: Got, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def redirects(got: Got, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/elsewhere\r\ncontent-length: 0\r\n\r\n")


async def floods(got: Got, writer: asyncio.StreamWriter) -> None:
    """Ten megabytes."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10485760\r\n\r\n")
    for _ in range(160):
        writer.write(b"x" * 65536)
        await writer.drain()


async def drips(got: Got, writer: asyncio.StreamWriter) -> None:
    """A byte every tenth of a second, each before any time-out for one read."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.1)


async def babbles(got: Got, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")


@contextmanager
def listening(*receivers: Receiver) -> Iterator[None]:
    """All of them listen on one loop on a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin() -> list[asyncio.Server]:
        return [await receiver.listen() for receiver in receivers]

    async def end(servers: list[asyncio.Server]) -> None:
        for server in servers:
            server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    servers = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(end(servers), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
