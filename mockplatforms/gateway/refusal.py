"""A refusal on its way to the client: the platform's code and message for the wire, the reason in words for the journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """What a façade answers instead of a result.

    ``code`` and ``message`` go onto the wire under ``status``; ``words`` tell the developer what was asked, what is so and what would
    work; ``rule`` names an inferred rule that the answer rests on; ``detail`` is material for the journal (canonical string, fields).
    """

    def __init__(
        self,
        code: int | str,
        message: str,
        *,
        status: int = 200,
        words: str = "",
        rule: str = "",
        data: Any = None,
        detail: Mapping[str, Any] | None = None,
        form: str = "",
        name: str = "",
    ) -> None:
        super().__init__(words or message)
        self.code = code
        self.message = message
        self.status = status
        self.words = words or message
        self.rule = rule
        self.data = data
        self.detail = detail
        self.name = name  # by which settings know it
        self.form = form  # which of the platform's envelopes; "" is its standard one
