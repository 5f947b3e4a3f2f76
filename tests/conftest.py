"""What many tests begin with: a simulator in this process, a workspace of it, and a client of each platform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.clocks import FIXED_BIRTH
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop, Tokopedia

FROZEN = {"mode": "frozen", "wire": "virtual"}


@pytest.fixture
def simulator() -> Simulator:
    """A simulator whose real clock stands still."""
    return Simulator(real=lambda: float(FIXED_BIRTH), tick=lambda: 0.0)


@pytest.fixture
def make(simulator: Simulator) -> Callable[..., Workspace]:
    """Makes workspaces with virtual, frozen clocks and repeating ids; keywords go into the spec."""

    def create(name: str | None = None, **spec: Any) -> Workspace:
        return simulator.create({"world": "small", "clock": FROZEN, "ids": "repeat", **spec}, name=name)

    return create


@pytest.fixture
def workspace(make: Callable[..., Workspace]) -> Workspace:
    return make()


@pytest.fixture
def tiktok(simulator: Simulator, workspace: Workspace) -> TikTokShop:
    return TikTokShop(simulator, workspace)


@pytest.fixture
def tokopedia(simulator: Simulator, workspace: Workspace) -> Tokopedia:
    return Tokopedia(simulator, workspace)
