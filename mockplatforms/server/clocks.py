"""The two clocks of a workspace, wound by the real one or by hand: the only place that knows what time it really is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..domain.instants import Instant

FIXED_BIRTH = 1_737_342_000  # 2025-01-20 10:00 in Jakarta: where virtual time begins
MODES = ("real", "scaled", "frozen")
WIRES = ("real", "virtual")


class Standing:
    """The real clock as it stood at one moment, until it is let run on from there: for a world that is looked at later."""

    __slots__ = ("_at", "_since")

    def __init__(self, at: float) -> None:
        self._at = at
        self._since: float | None = None

    def __call__(self) -> float:
        return self._at if self._since is None else self._at + time.monotonic() - self._since

    def run(self) -> None:
        """From now on time passes."""
        if self._since is None:
            self._since = time.monotonic()


class Clocks:
    """World time runs with the real clock, by a scale, or stands still; wire time is the real clock, or world time.

    ``real`` answers unix seconds as the machine knows them.
    """

    __slots__ = ("_since", "_world", "mode", "real", "scale", "wire")

    def __init__(self, *, mode: str = "frozen", wire: str = "virtual", scale: int = 60, real: Callable[[], float] = time.time, begin: int | None = None) -> None:
        self.mode = mode
        self.wire = wire
        self.scale = scale
        self.real = real
        self._since = real()
        self._world = float(begin if begin is not None else (FIXED_BIRTH if wire == "virtual" else self._since))

    @property
    def rate(self) -> int:
        """Seconds of world time per real second."""
        return {"real": 1, "scaled": self.scale, "frozen": 0}[self.mode]

    def world(self) -> float:
        return self._world + (self.real() - self._since) * self.rate if self.mode != "frozen" else self._world

    def now(self) -> Instant:
        world = int(self.world())
        return Instant(world, world if self.wire == "virtual" else int(self.real()))

    def reach(self, world: float) -> None:
        """Let world time be at least so late."""
        now = self.world()
        if world > now:
            self._world, self._since = float(world), self.real()

    def set(self, *, mode: str | None = None, scale: int | None = None) -> None:
        """Another pace from now on; the present moment stays."""
        if isinstance(self.real, Standing) and mode not in (None, "frozen"):
            self.real.run()
        self._world, self._since = self.world(), self.real()
        self.mode = mode or self.mode
        self.scale = scale or self.scale

    def seconds_until(self, world: int) -> float | None:
        """Real seconds until world time gets there by itself; None: never."""
        if self.rate == 0:
            return None if self.world() < world else 0.0
        return max(0.0, (world - self.world()) / self.rate)

    def describe(self) -> dict[str, Any]:
        now = self.now()
        return {"now": now.wire, "world": now.world, "mode": self.mode, "scale": self.scale, "wire": self.wire}
