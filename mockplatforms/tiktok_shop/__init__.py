"""The TikTok Shop API as a seller's integration meets it: one façade over the world."""

from .facade import FACADE

__all__ = ["FACADE"]
