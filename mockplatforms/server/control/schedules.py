"""Schedules: run one, and export what has happened as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import schedules
from ..schedules import Impossible
from .routes import Ask, Field, Json, Problem, Route
from .workspaces import SPEC

_CALL: Mapping[str, Field] = {
    "method": {"t": "str", "req": True},
    "path": {"t": "str", "req": True},
    "query": {"t": "str"},
    "headers": {"t": "obj"},
    "body": {"t": "any", "help": "text, JSON, or the bytes in {base64}"},
}
_STEP: Mapping[str, Field] = {
    "at": {"t": "any", "help": "world time since the workspace's birth: seconds, or such as 1h30m"},
    "after": {"t": "any", "help": "the same, since the step before"},
    "until": {"t": "any", "help": "let time pass until then: what POST …/clock/advance takes"},
    "do": {"t": "str", "help": "a call of the control API below the workspace: POST /orders"},
    "with": {"t": "obj", "help": "its body"},
    "refused": {"t": "bool", "help": "it is refused, and that is right"},
    "call": {"t": "obj", "fields": dict(_CALL), "help": "a call of a platform, as it came"},
}
SCHEDULE: Mapping[str, Field] = {
    "workspace": {"t": "obj", "fields": {"id": {"t": "str"}, **SPEC}, "help": "what POST /_mock/workspaces takes"},
    "faults": SPEC["faults"],
    "chaos": SPEC["chaos"],
    "timeline": {"t": "list", "items": {"t": "obj", "fields": dict(_STEP)}, "len": [0, 100_000]},
    "notes": {"t": "list", "help": "what an export says of itself"},
}


def refused(no: Impossible) -> Problem:
    """A schedule that cannot be, as a problem with its line."""
    return Problem(422, "invalid", "The schedule cannot be", str(no), field=no.field, line=no.line)


async def run(ask: Ask) -> Any:
    """Make the workspace of a schedule and let its timeline happen."""
    try:
        schedule = schedules.read(ask.body["text"]) if ask.body.get("text") else schedules.judged(ask.body.get("schedule"))
        played = await schedules.play(ask.server, schedule, pace=ask.body.get("pace", 0))
    except Impossible as no:
        raise refused(no) from None
    except ValueError as no:
        taken = "already" in str(no)
        detail = f"{no}: delete it first, or leave the id out of the schedule" if taken else str(no)
        raise Problem(409 if taken or "another open workspace" in detail else 422, "invalid", "The workspace cannot be made", detail) from None
    return 201, played


async def export(ask: Ask) -> Any:
    """What was done since birth or the last reset, as a schedule."""
    return schedules.export(ask.simulator, ask.workspace, calls=ask.query.get("calls", False))


_EXAMPLE: Json = {
    "workspace": {"id": "rehearsal", "seed": 7, "world": "demo", "clock": {"mode": "frozen", "wire": "virtual"}, "ids": "repeat"},
    "timeline": [
        {"do": "POST /orders", "with": {"buyer_app": "tiktok_shop", "items": []}},
        {"at": "1h", "do": "POST /orders", "with": {"buyer_app": "tokopedia", "items": []}},
    ],
}

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/schedules",
        run,
        "Run a schedule in a workspace of its own",
        body={
            "schedule": {"t": "obj", "help": "a workspace and its timeline"},
            "text": {"t": "str", "help": "the same as a JSON or YAML text: refusals then name the line"},
            "pace": {"t": "num", "range": [0, 60], "help": "real seconds after each step, for an integration that polls"},
        },
        example={"schedule": _EXAMPLE},
        answer={
            "id": "rehearsal",
            "steps": [{"step": 1, "at": 0, "do": "POST /orders", "status": 201, "surprise": ""}],
            "of": 2,
            "world": 1737345600,
            "surprise": "",
        },
        status=201,
    ),
    Route(
        "GET",
        "/workspaces/{id}/schedule",
        export,
        "What was done since birth or the last reset, as a schedule",
        query={"calls": {"t": "bool", "help": "the platforms' calls as well"}},
        answer=_EXAMPLE,
    ),
)
