"""The TikTok Shop API as a seller's integration meets it: one façade over the world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..gateway.facade import Facade

    FACADE: Facade

__all__ = ["FACADE"]


def __getattr__(name: str) -> Any:
    if name == "FACADE":
        from .facade import FACADE

        return FACADE
    raise AttributeError(name)
