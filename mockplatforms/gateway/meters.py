"""Quotas: announced unless they are off, enforced when asked; they refill by real monotonic time, whatever the workspace's clocks do."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import NamedTuple

MODES = ("announce", "enforce", "off")  # off: neither counted nor told


class Level(NamedTuple):
    """What a bucket holds after a call. ``wait``: seconds until one request fits again, 0 while any is left."""

    allowed: bool
    limit: int
    burst: int
    remaining: int
    wait: float
    full: float


class Meters:
    """Leaky buckets by key. ``tick`` answers real seconds from any fixed point, never backwards; ``rates``: endpoint → calls a second."""

    __slots__ = ("_buckets", "_counts", "_tick", "mode", "rates")

    def __init__(self, tick: Callable[[], float], *, mode: str = "announce", rates: Mapping[str, int] | None = None) -> None:
        self._tick = tick
        self.mode = mode
        self.rates = dict(rates or {})
        self._buckets: dict[Hashable, tuple[float, float]] = {}
        self._counts: dict[Hashable, tuple[int, float]] = {}

    def draw(self, key: Hashable, name: str, rate: int, *, cost: int = 1) -> Level:
        """Take ``cost`` requests out of the bucket of ``key``; refused draws take nothing."""
        rate = self.rates.get(name, rate)
        now = self._tick()
        level, seen = self._buckets.get(key, (float(rate), now))
        level = min(float(rate), level + (now - seen) * rate)
        allowed = level >= cost or self.mode != "enforce"
        if allowed:
            level = max(0.0, level - cost)
        self._buckets[key] = (level, now)
        return Level(allowed, rate, rate, int(level), 0.0 if level >= 1 else (1 - level) / rate, (rate - level) / rate)

    def count(self, key: Hashable, limit: int, *, window: float) -> bool:
        """One more of at most ``limit`` within ``window`` seconds, counted from the first; False: they are spent."""
        now = self._tick()
        spent, since = self._counts.get(key, (0, now))
        if now - since >= window:
            spent, since = 0, now
        if spent >= limit:
            return False
        self._counts[key] = (spent + 1, since)
        return True
