"""A server without workspaces, and one with the demo world in a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from control_api import Control, made


@pytest.fixture
def empty() -> Iterator[Control]:
    """A server without any workspace."""
    server, real = made()
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        yield control_api
        runner.run(server.stop())


@pytest.fixture
def mock(empty: Control) -> Control:
    """A server with the workspace ``w``: the demo world in virtual time that stands still until it is advanced."""
    empty("PUT", "", {"seed": 7, "world": "demo", "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}})
    return empty
