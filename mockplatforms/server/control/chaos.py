"""Trouble with webhooks on request: which are lost, late, doubled, out of order, forged or broken, and how often each rule has struck."""

from __future__ import annotations

from ...gateway import chaos
from ..simulator import WEBHOOK_TOPICS
from .ruled import Noun, routes

ROUTES = routes(
    Noun(
        "rule",
        "chaos",
        __name__,
        chaos.FIELDS,
        lambda row, sellers, taken: chaos.possible(row, sellers=sellers, topics=WEBHOOK_TOPICS, taken=taken),
        lambda rows, sellers: chaos.all_possible(rows, sellers=sellers, topics=WEBHOOK_TOPICS),
        {
            "every": "The rules of trouble with webhooks in their order, and how often each matched and struck",
            "add": "Let webhooks go astray",
            "replace": "These rules in place of all others",
            "clear": "Let every webhook arrive as it should",
            "one": "One rule with its counts",
            "put": "Make or replace the rule of that name",
            "delete": "Let one rule go",
        },
        {"id": "merge-lost", "chaos": "lose", "topic": "merge", "nth": [1]},
    )
)
