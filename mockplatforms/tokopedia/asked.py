"""What a call asks for, read generously: names in any case, numbers as text, lists repeated or joined by commas."""

from __future__ import annotations

from typing import Any

import orjson

from ..gateway.call import Call
from .words import refuse


def text(call: Call, *names: str) -> str:
    """The first of these query parameters that is given; empty without."""
    for name, value in call.request.pairs:
        if name.lower() in names and value:
            return value
    return ""


def number(call: Call, *names: str, code: str = "", reason: str = "", default: int | None = None) -> int:
    """A whole number of the query. Raises Refusal with ``code`` when it is missing without a default, or no number."""
    value = text(call, *names)
    if not value and default is not None:
        return default
    if not (value.isascii() and value.removeprefix("-").isdigit() and len(value) < 20):
        raise refuse(code or "PRD_DLV_001", reason or f"Invalid {names[0]}", f"the query's {names[0]} is {value[:40]!r}: a whole number is wanted")
    return int(value)


def many(call: Call, *names: str) -> list[str]:
    """Every value of these parameters, repeated or joined by commas."""
    return [part for name, value in call.request.pairs if name.lower() in names for part in value.split(",") if part]


def body(call: Call, *, code: str = "PRD_DLV_016", form: str = "") -> Any:
    """The decoded body with its keys in lower case; ``{}`` for none at all. Raises Refusal for what is no JSON."""
    raw = call.request.body
    if not raw.strip():
        return {}
    try:
        read = orjson.loads(raw)
    except orjson.JSONDecodeError as wrong:
        raise refuse(code, "bad input data" if form == "legacy" else "Invalid Request Body", f"the body is not JSON: {wrong}", form=form) from None
    return read if raw.islower() else _lower(read)


def _lower(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key).lower(): _lower(inner) for key, inner in value.items()}
    return [_lower(inner) for inner in value] if isinstance(value, list) else value


def rows(given: Any, name: str, most: int, code: str = "PRD_DLV_018") -> list[dict[str, Any]]:
    """The rows of a bulk write: a bare list, or one under a name. Raises Refusal when there are none or too many."""
    found = given.get(name) if isinstance(given, dict) else given
    if not isinstance(found, list) or not found or not all(isinstance(row, dict) for row in found):
        raise refuse("PRD_DLV_016", "Invalid Request Body", f"the body must be a list of objects, or {{\"{name}\": [...]}}")
    if len(found) > most:
        raise refuse(code, f"Maximum {most} Rows", f"{len(found)} rows were sent, {most} at most are taken")
    return found


def whole(value: Any) -> int | None:
    """A whole number from what was sent, None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**18 else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 10**15 else None
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 20:
        return int(value.strip())
    return None
