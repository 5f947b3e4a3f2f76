"""A server whose clock is moved by hand, and its control API as a function."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

from mockplatforms import config
from mockplatforms.gateway.call import Reply
from mockplatforms.server import control
from mockplatforms.server.live import Server

ORIGIN = "http://127.0.0.1:8700"


class RealClock:
    """The machine's clock, as far as these tests know."""

    def __init__(self) -> None:
        self.second = 1_763_000_000.0

    def __call__(self) -> float:
        return self.second


class Control:
    """The control API of one server. ``at`` is the path of the workspace that calls are about."""

    def __init__(self, server: Server, runner: asyncio.Runner, real: RealClock) -> None:
        self.server = server
        self.runner = runner
        self.real = real
        self.at = "/_mock/workspaces/w"

    def raw(self, method: str, path: str, body: bytes = b"", query: str = "") -> tuple[int, Any, str]:
        """Status, JSON and media type of an answer. Paths that begin with ``/`` are whole, others are below ``at``."""
        whole = path if path.startswith("/") else f"{self.at}/{path}" if path else self.at
        answered = self.runner.run(control.answer(self.server, method, whole, query, body, origin=ORIGIN))
        if isinstance(answered, Reply):
            told = json.loads(answered.body) if answered.content_type in ("application/json", "application/problem+json") else answered.body.decode()
            return answered.status, told, answered.content_type
        return *answered, "application/json"

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON of an answer that must be a success."""
        status, told, _ = self.raw(method, path, b"" if body is None else json.dumps(body).encode(), urlencode(query))
        assert status < 300, told
        return told

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The problem of an answer that must be a refusal in words."""
        status, told, media = self.raw(method, path, b"" if body is None else json.dumps(body).encode(), urlencode(query))
        assert 400 <= status < 500, told
        assert media == "application/problem+json"
        assert told["status"] == status
        assert {"type", "title", "detail"} <= set(told)
        return told


def made(**settings: Any) -> tuple[Server, RealClock]:
    real = RealClock()
    return Server({**config.defaults(), "ids": "repeat", "log": "none", **settings}, real=real), real
