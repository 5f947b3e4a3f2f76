"""What a call asks for, read generously: names in any case, numbers as text, lists repeated or joined by commas."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson

from ..gateway.call import Call
from .words import refuse


def text(call: Call, *names: str) -> str:
    """The first of these query parameters that is given; empty without."""
    for name, value in call.request.pairs:
        if name.lower() in names and value:
            return value
    return ""


def number(call: Call, *names: str, bad: str | int, missing: str | int | None = None, default: int | None = None, reason: str = "") -> int:
    """A whole number of the query: one that is no number is refused with the code ``bad``, none at all (and no default) with ``missing``."""
    value = text(call, *names)
    if not value:
        if default is not None:
            return default
        raise refuse(bad if missing is None else missing, f"the query carries no {names[0]}", names[0], "", "int", reason=reason)
    if not (value.isascii() and value.removeprefix("-").isdigit() and len(value) < 19):
        raise refuse(bad, f"the query's {names[0]} is {value[:40]!r}: a whole number is wanted", names[0], value[:40], "int", reason=reason)
    return int(value)


def many(call: Call, *names: str) -> list[str]:
    """Every value of these parameters, repeated or joined by commas."""
    return [part.strip() for name, value in call.request.pairs if name.lower() in names for part in value.split(",") if part.strip()]


def body(call: Call, *, bad: str | int = "PRD_DLV_036", reason: str = "", form: str = "") -> Any:
    """The decoded body with its keys in lower case; ``{}`` for none at all. What is no JSON is refused with the code ``bad``."""
    raw = call.request.body
    if not raw.strip():
        return {}
    try:
        read = orjson.loads(raw)
    except orjson.JSONDecodeError as wrong:
        raise refuse(bad, f"the body is not JSON: {wrong}", reason=reason, form=form) from None
    return read if raw.islower() else _lower(read)


def fields(call: Call, *, bad: str | int = "PRD_DLV_043", reason: str = "") -> dict[str, Any]:
    """The body where it must be an object; ``{}`` for none at all."""
    given = body(call, bad=bad, reason=reason)
    if not isinstance(given, dict):
        raise refuse(bad, "the body must be an object", reason=reason)
    return given


def form(call: Call) -> dict[str, bytes]:
    """The parts of a form by name, in either encoding of forms; ``{}`` for a body that is none."""
    raw = call.request.body
    if call.request.media == "form":
        return {name: value.encode() for name, value in parse_qsl(raw.decode("latin-1"))}
    from email.parser import BytesParser  # few calls bring such a body

    head = f"content-type: {call.request.headers.get('content-type', '')}\r\n\r\n".encode("latin-1", "replace")
    found: dict[str, bytes] = {}
    for part in BytesParser().parsebytes(head + raw).walk():
        content = None if part.is_multipart() else part.get_payload(decode=True)
        if isinstance(content, bytes) and part.get_param("name", header="content-disposition") is not None:
            found[str(part.get_param("name", header="content-disposition"))] = content
    return found


def _lower(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key).lower(): _lower(inner) for key, inner in value.items()}
    return [_lower(inner) for inner in value] if isinstance(value, list) else value


def rows(given: Any, name: str, most: int, *, too_many: str = "PRD_DLV_018", empty: str = "PRD_DLV_020", bad: str = "PRD_DLV_043") -> list[dict[str, Any]]:
    """The rows of a bulk write: a bare list, or one under a name. Raises Refusal when there are none or too many."""
    found = given.get(name) if isinstance(given, dict) else given
    if found is None or found == []:
        raise refuse(empty, "the body carries no row")
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise refuse(bad, f"the body must be a list of objects, or {{\"{name}\": [...]}}")
    if len(found) > most:
        raise refuse(too_many, f"{len(found)} rows were sent, {most} at most are taken", most)
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


def flag(value: Any) -> bool | None:
    """True or false from what was sent: a boolean, 0 or 1, or their words; None where it is none."""
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
    return bool(value) if isinstance(value, bool) or value in (0, 1) else None
