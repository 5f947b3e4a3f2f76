"""How trouble reaches a client over a socket: an answer that comes late, breaks off, stalls, or a connection that is reset."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from ..gateway.call import Reply, Request
from ..gateway.faults import Trouble
from .app import Receive, Send, send_reply, start
from .simulator import Simulator

_NO_LINGER = struct.pack("ii", 1, 0)  # closing resets the connection, instead of ending it as one should


async def meet(simulator: Simulator, request: Request, reply: Reply, receive: Receive, send: Send) -> None:
    """Bring a reply with trouble to the client. Only this call waits."""
    trouble = reply.trouble
    assert trouble is not None  # who calls knows it
    if trouble.kind == "latency":
        await _late(simulator, request, reply, trouble, receive, send)
        return
    if trouble.kind != "reset":
        await send(start(reply, trouble.whole))
        await send({"type": "http.response.body", "body": reply.body, "more_body": True})
    if trouble.kind == "stall":
        await _leaves(receive, trouble.seconds)
    _close(send, reset=trouble.kind == "reset")
    await _leaves(receive, 10)  # the connection is gone a moment later


async def _late(simulator: Simulator, request: Request, reply: Reply, trouble: Trouble, receive: Receive, send: Send) -> None:
    gone = await _leaves(receive, trouble.seconds)
    if trouble.held is not None:
        reply = simulator.answer(request, held=trouble.held.over(gone=gone))
    if not gone:
        await send_reply(send, reply, head=request.method == "HEAD")


async def _leaves(receive: Receive, seconds: float) -> bool:
    """Wait so many seconds; whether the client has gone away meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _close(send: Send, *, reset: bool) -> None:
    """End the connection under a reply that is not whole. Raises ConnectionError where the server lets nobody at it, which ends it too."""
    transport: Any = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionError("a fault ends this connection")
    if reset:
        held = transport.get_extra_info("socket")
        if held is not None:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
    else:
        transport.close()
