"""Rendered things: each version of a thing is turned into bytes once, and the bytes are joined into replies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Fragments:
    """Bytes beside the very value that they show; bounded by bytes, the older half goes first."""

    __slots__ = ("_held", "bytes", "limit")

    def __init__(self, limit: int = 48 * 1024 * 1024) -> None:
        self.limit = limit
        self.bytes = 0
        self._held: dict[tuple[str, int], tuple[Any, bytes]] = {}

    def of(self, view: str, value: T, render: Callable[[T], bytes], *, serial: int | None = None) -> bytes:
        """The bytes of ``value`` in that view, made by ``render`` when this version was not rendered yet.

        ``serial`` names the part of the value that is shown, where it is a part.
        """
        key = (view, value.serial if serial is None else serial)  # type: ignore[attr-defined]  # every row has a serial
        held = self._held.get(key)
        if held is not None:
            if held[0] is value:
                return held[1]
            self.bytes -= len(held[1])
        made = render(value)
        self._held[key] = (value, made)
        self.bytes += len(made)
        if self.bytes > self.limit:
            for old in list(self._held)[: len(self._held) // 2]:
                self.bytes -= len(self._held.pop(old)[1])
        return made
