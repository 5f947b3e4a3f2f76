"""What trouble looks like to a client in this process: nothing sleeps here, but who would have lost patience gets no answer."""

from __future__ import annotations

from ..gateway.call import Reply, Request
from ..server.simulator import Simulator

_WORDS = {
    "latency": "no answer came in time",
    "reset": "the connection was reset",
    "stall": "the answer stalled",
    "truncate": "the connection was closed amid the answer",
}


class NoAnswer(ConnectionError):
    """The connection broke, or the client lost patience, before the whole answer came: nobody knows whether the call was done.

    ``kind``: latency, reset, stall or truncate; ``late``: the client lost patience.
    """

    def __init__(self, request: Request, kind: str, *, late: bool) -> None:
        super().__init__(f"{request.method} {request.path}: {_WORDS[kind]}")
        self.kind = kind
        self.late = late


def received(simulator: Simulator, request: Request) -> Reply:
    """The answer as it reaches the client. Raises NoAnswer."""
    reply = simulator.answer(request)
    trouble = reply.trouble
    if trouble is None:
        return reply
    late = request.patience is not None and trouble.kind in ("latency", "stall") and trouble.seconds > request.patience
    if trouble.held is not None:
        reply = simulator.answer(request, held=trouble.held.over(gone=late))
    if late or trouble.kind != "latency":
        raise NoAnswer(request, trouble.kind, late=late)
    return reply
