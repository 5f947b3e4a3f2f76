"""Trouble with calls on request: which calls of a workspace go wrong, how, and how often each of its rules has struck."""

from __future__ import annotations

from ...gateway import faults
from ..simulator import FACADES
from .ruled import Noun, routes

ROUTES = routes(
    Noun(
        "fault",
        "faults",
        __name__,
        faults.FIELDS,
        lambda row, sellers, taken: faults.possible(row, FACADES, sellers=sellers, taken=taken),
        lambda rows, sellers: faults.all_possible(rows, FACADES, sellers=sellers),
        {
            "every": "The rules of trouble with calls in their order, and how often each matched and struck",
            "add": "Let calls go wrong",
            "replace": "These rules in place of all others",
            "clear": "Let nothing go wrong any more",
            "one": "One rule with its counts",
            "put": "Make or replace the rule of that name",
            "delete": "Let one rule go",
        },
        {"id": "ship-lost", "fault": "reset", "side": "after", "endpoint": "ship-package", "nth": [1]},
    )
)
