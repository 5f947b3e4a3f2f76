"""A client that costs next to nothing: prepared bytes over kept-open sockets, and no more parsing than the length of a reply."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence

CONNECTIONS = 4


def per_second(port: int, requests: Sequence[bytes], seconds: float) -> float:
    """Requests answered per second; they go round in order, each connection waiting for its answers. Raises on any status but 2xx or 4xx."""
    sockets = [_connect(port) for _ in range(CONNECTIONS)]
    try:
        _round(sockets, requests[0])
        if not seconds:
            return 0.0
        done, place, begin = 0, 0, time.perf_counter()
        while time.perf_counter() - begin < seconds:
            _round(sockets, requests[place % len(requests)])
            done += CONNECTIONS
            place += 1
        return done / (time.perf_counter() - begin)
    finally:
        for one in sockets:
            one.close()


def _connect(port: int) -> socket.socket:
    for _ in range(400):
        try:
            one = socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.005)
            continue
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return one
    raise ConnectionError(f"nobody listens on {port}")


def _round(sockets: list[socket.socket], request: bytes) -> None:
    for one in sockets:
        one.sendall(request)
    for one in sockets:
        _answer(one)


def _answer(one: socket.socket) -> None:
    held = b""
    while b"\r\n\r\n" not in held:
        more = one.recv(65536)
        if not more:
            raise ConnectionError("the server hung up")
        held += more
    head, _, rest = held.partition(b"\r\n\r\n")
    if head[9:10] not in (b"2", b"4"):
        raise ConnectionError(head[:80].decode())
    low = head.lower()
    at = low.index(b"content-length:") + 15
    left = int(low[at:].split(b"\r\n", 1)[0]) - len(rest)
    while left > 0:
        left -= len(one.recv(65536))
