"""Checks that every façade uses: the phase gate."""

from __future__ import annotations

from ..domain import migration
from .call import Call


def gate(call: Call) -> migration.Verdict:
    """What the seller's phase gives to this call."""
    return migration.allows(call.world.rules, call.seller, call.endpoint.platform, call.endpoint.family)
