"""The way out: one HTTP/1.1 request to a webhook receiver, over a kept connection to an address that webhooks may go to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, TypeAlias

import httptools
import httpx

MOST: Final = 64 * 1024  # bytes of an answer that are read; what comes after is dropped with the connection
IDLE: Final = 2.0  # seconds that a connection is kept for the next webhook: less than any common server keeps it

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_Origin: TypeAlias = tuple[str, str, int]  # scheme, host, port

# Loopback and private networks. Link-local addresses are none: cloud machines keep their credentials there.
NEAR: tuple[_Network, ...] = tuple(
    ipaddress.ip_network(text) for text in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


class NotAllowed(OSError):
    """Webhooks may not go there."""


class Malformed(OSError):
    """What came back is no HTTP."""


class Truncated(OSError):
    """The connection was closed before the whole answer had come."""


class Allowed:
    """Where webhooks may go: near addresses, and the rows of the setting ``webhook_hosts``. Raises ValueError for a row that cannot be."""

    def __init__(self, rows: Iterable[str] = ()) -> None:
        self.names: set[str] = set()
        self.networks: list[_Network] = list(NEAR)
        for row in rows:
            if any(letter in row for letter in "/:") or row.replace(".", "").isdigit():
                try:
                    self.networks.append(ipaddress.ip_network(row.strip("[]"), strict=False))
                except ValueError:
                    raise ValueError(f"--webhook-hosts takes host names, addresses and networks such as 203.0.113.0/24, not {row!r}") from None
            else:
                self.names.add(row.lower())

    def may(self, host: str, address: str) -> bool:
        """Whether a webhook may go to that address, which its host's name has led to."""
        if "*" in self.names or host.lower() in self.names:
            return True
        one = _address(address)
        return one is not None and any(one in network for network in self.networks if network.version == one.version)


def _address(text: str) -> _Address | None:
    try:
        one = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (one.ipv4_mapped or one) if isinstance(one, ipaddress.IPv6Address) else one


class Net(httpx.AsyncBaseTransport):
    """One request at a time and connection; a connection is used again by who goes to the same origin.

    The address that was judged is the one that is connected to: a name that leads elsewhere a moment later is of no use. A request is
    sent once: what a receiver may have got is not sent again behind the back of the delivery log.
    """

    def __init__(self, allowed: Allowed, ca: str = "") -> None:
        self.allowed = allowed
        self.ca = ca
        self._idle: dict[_Origin, list[_Connection]] = {}
        self._resolving: dict[tuple[str, int], asyncio.Task[list[str]]] = {}
        self._tls: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme not in ("http", "https") or not url.host:
            raise httpx.UnsupportedProtocol("webhooks go to http and https addresses")
        origin = (url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80))
        if not 0 < origin[2] < 65536:
            raise ValueError(f"there is no port {origin[2]}")
        if origin in self._idle:
            await asyncio.sleep(0)  # what has ended meanwhile is noticed
        connection = self._kept(origin) or await self._connect(origin)
        try:
            answer = await connection.ask(_bytes(request, await request.aread()))
        except BaseException:
            connection.close()
            raise
        if answer.keep:
            self._keep(origin, connection)
        else:
            connection.close()
        headers = [(name, value) for name, value in answer.headers if name.lower() in (b"location", b"content-type")]
        return httpx.Response(answer.status, headers=headers, content=bytes(answer.body), extensions={"cut": answer.cut})

    async def aclose(self) -> None:
        every = [connection for kept in self._idle.values() for connection in kept]
        self._idle.clear()
        for connection in every:
            connection.close()
        with suppress(TimeoutError):  # a receiver with TLS may never say goodbye
            async with asyncio.timeout(1):
                await asyncio.gather(*(connection.writer.wait_closed() for connection in every), return_exceptions=True)

    # ---- connections ----------------------------------------------------------------------------------------------------------------

    def _kept(self, origin: _Origin) -> _Connection | None:
        """The connection that became idle last, if it can still be used."""
        kept = self._idle.get(origin, [])
        while kept:
            connection = kept.pop()
            if connection.usable and time.monotonic() - connection.since < IDLE:
                return connection
            connection.close()
        return None

    def _keep(self, origin: _Origin, connection: _Connection) -> None:
        connection.since = time.monotonic()
        self._idle.setdefault(origin, []).append(connection)
        asyncio.get_running_loop().call_later(IDLE, self._sweep, origin)

    def _sweep(self, origin: _Origin) -> None:
        """Close what nobody came for."""
        old = time.monotonic() - IDLE
        kept = self._idle.get(origin, [])
        while kept and kept[0].since <= old:
            kept.pop(0).close()
        if not kept:
            self._idle.pop(origin, None)

    async def _connect(self, origin: _Origin) -> _Connection:
        """Raises NotAllowed where no address of that host may be gone to, and what the last address that may has raised."""
        scheme, host, port = origin
        found = await self._addresses(host, port)
        allowed = [address for address in found if self.allowed.may(host, address)]
        if not allowed:
            raise NotAllowed(_not_allowed(host, found))
        tls = self._context() if scheme == "https" else None
        for place, address in enumerate(allowed, 1):
            try:
                return _Connection(*await asyncio.open_connection(address, port, ssl=tls, server_hostname=host if tls else None))
            except ssl.SSLError:
                raise
            except OSError:
                if place == len(allowed):
                    raise
        raise AssertionError("unreachable")

    async def _addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, asked for once however many wait for them: few names at a time can be looked up."""
        if _address(host) is not None:
            return [host]
        if host.endswith(".localhost"):  # loopback by RFC 6761, which not every resolver knows
            host = "localhost"
        task = self._resolving.get((host, port))
        if task is None:
            task = self._resolving[host, port] = asyncio.create_task(_resolved(host, port))
            task.add_done_callback(lambda _: self._resolving.pop((host, port)))
        return await asyncio.shield(task)

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = httpx.create_ssl_context(trust_env=False)
            if self.ca:
                self._tls.load_verify_locations(self.ca)
        return self._tls


def _not_allowed(host: str, found: list[str]) -> str:
    one = _address(host)
    if one is not None and one.is_unspecified:
        return f"{host} is where a server listens, not where it is: register 127.0.0.1 in its place, or the machine's own address"
    where = f"{host} is" if one is not None else f"{host} is at {', '.join(found) or 'no address'}:"
    return f"{where} neither loopback nor private. If it may get webhooks, say so: --webhook-hosts {host}"


async def _resolved(host: str, port: int) -> list[str]:
    rows = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


def _bytes(request: httpx.Request, body: bytes) -> bytes:
    head = b"%s %s HTTP/1.1\r\n" % (request.method.encode(), request.url.raw_path)
    return head + b"".join(b"%s: %s\r\n" % pair for pair in request.headers.raw) + b"\r\n" + body


class _Connection:
    """One socket to a receiver."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.since = 0.0  # when it became idle

    @property
    def usable(self) -> bool:
        return not (self.reader.at_eof() or self.writer.is_closing())

    async def ask(self, request: bytes) -> _Answer:
        """Raises OSError in one form or another where no whole answer comes."""
        self.writer.write(request)
        answer = _Answer()
        read = 0
        while not answer.complete:
            if read > MOST:
                answer.cut = True
                break
            data = await self.reader.read(MOST)
            read += len(data)
            if not data and answer.until_closed:
                break
            if not data:
                raise Truncated("the receiver closed the connection before " + ("the whole answer had come" if read else "it answered"))
            answer.feed(data)
        if not answer.status:
            raise Malformed(f"the head of the answer is longer than {MOST} bytes")
        return answer

    def close(self) -> None:
        self.writer.close()


class _Answer:
    """An answer as it is read. ``cut``: it was longer than what is read; ``until_closed``: it ends with the connection."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.complete = self.cut = self.keep = self.until_closed = False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as no:
            if not self.complete:
                raise Malformed(f"what came back is no HTTP/1.1: {no}") from None

    # called by the parser, once for each answer: of those that only announce another (1xx) nothing is kept

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.complete:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if not self.complete and status >= 200:
            self.status = status
            self.until_closed = not any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in self.headers)

    def on_body(self, data: bytes) -> None:
        if not self.complete and len(self.body) < MOST:
            self.body += data

    def on_message_complete(self) -> None:
        if self.status and not self.complete:
            self.complete, self.keep = True, self._parser.should_keep_alive()
        elif not self.complete:
            self.headers.clear()


__all__ = ["MOST", "Allowed", "Malformed", "Net", "NotAllowed", "Truncated"]
