"""Schedules: a workspace and what happens in it when, as one JSON or YAML document that can be written by hand, exported and run again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from heapq import merge
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..gateway.call import Reply, Request
from ..gateway.journal import Exchange
from ..gateway.workspace import Workspace
from . import bundles, clockwork
from .simulator import ACTS

if TYPE_CHECKING:
    from .control.routes import Server
    from .simulator import Act, Simulator

Json = dict[str, Any]

DEPTH = 60  # how deep a schedule may go that is written in YAML

_TAG = "tag:yaml.org,2002:"
_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_POSITION = re.compile(r"\[\d+\]")
_DURATION = re.compile(r"(?:\d+[dhms])+", re.ASCII)


class Impossible(ValueError):
    """A schedule that cannot be: why, at which field, and in which line of its text where that is known (from 1)."""

    def __init__(self, reason: str, field: str, line: int | None) -> None:
        super().__init__(f"line {line}: {reason}" if line is not None else reason)
        self.field = field
        self.line = line


class Step(NamedTuple):
    """One row of a timeline. ``at``: seconds of world time since the workspace's birth, or ``after`` since the step before was done;
    both None: as soon as that is done.
    """

    number: int  # from 1
    at: int | None
    after: int | None
    until: Any  # what POST …/clock/advance takes; None: no waiting
    act: tuple[str, str, Json] | None  # a call of the control API below the workspace: method, path, body
    call: Json | None  # a call of a platform
    refused: bool  # the act is refused, and that is right


class Schedule(NamedTuple):
    workspace: Json  # what POST /_mock/workspaces takes
    timeline: tuple[Step, ...]


# ---- reading -----------------------------------------------------------------------------------------------------------------------------


def read(text: str) -> Schedule:
    """The schedule in a JSON or YAML text. Raises Impossible with line and reason."""
    try:
        return judged(orjson.loads(text))  # quick, where nothing is wrong
    except (orjson.JSONDecodeError, Impossible):
        import yaml

    try:
        told, lines = _Yaml(text).read()
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        raise Impossible(f"this is neither YAML nor JSON: {getattr(wrong, 'problem', None) or wrong}", "", None if mark is None else mark.line + 1) from None
    return judged(told, lines)


class _Yaml:
    """A YAML text in the words of JSON: an instant is text, and so is a name. ``lines``: field, as problems name it → the line where it begins.

    Raises Impossible for what JSON has no word for, for a name that stands twice, and for aliases that unfold without end.
    """

    def __init__(self, text: str) -> None:
        import yaml

        self.root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.scalars = yaml.SafeLoader("")
        self.most = len(text) + 10_000  # without aliases a text says less than it has letters
        self.lines: dict[str, int] = {}
        self.count = 0

    def read(self) -> tuple[Any, dict[str, int]]:
        return (None if self.root is None else self._held(self.root, "", 0)), self.lines

    def _held(self, node: Any, at: str, depth: int) -> Any:
        self.lines[at] = node.start_mark.line + 1
        self.count += 1
        if self.count > self.most or depth > DEPTH:
            raise self._no(f"this says too much: it goes more than {DEPTH} deep, or its aliases unfold to more than a schedule can be", at, node)
        kind = node.tag.removeprefix(_TAG)
        if (node.id, kind) == ("sequence", "seq"):
            return [self._held(held, f"{at}[{place}]", depth + 1) for place, held in enumerate(node.value)]
        if (node.id, kind) == ("mapping", "map"):
            return self._object(node, at, depth)
        if kind in ("str", "timestamp") or (kind in ("int", "float") and ":" in node.value):  # YAML 1.1 takes 1:30 for 90
            return node.value
        if kind not in ("int", "float", "bool", "null"):
            raise self._no(f"{kind} is nothing that a schedule can say: it has texts, numbers, true and false, lists and objects", at, node)
        try:
            return self.scalars.construct_object(node)
        except (ValueError, KeyError):
            raise self._no(f"{node.value!r} is no {kind}", at, node) from None

    def _object(self, node: Any, at: str, depth: int) -> Json:
        told: Json = {}
        merged: Json = {}
        for name, held in node.value:
            if name.tag == _TAG + "merge":  # <<: *another
                for one in held.value if held.id == "sequence" else [held]:
                    more = self._held(one, at, depth + 1)
                    merged = {**(more if isinstance(more, dict) else {}), **merged}
                continue
            if name.id != "scalar":
                raise self._no("a name is text", at, name)
            field = f"{at}.{name.value}" if at else str(name.value)
            if name.value in told:
                raise self._no(f"{name.value!r} stands twice", field, name)
            told[name.value] = self._held(held, field, depth + 1)
        return {**merged, **told}

    def _no(self, reason: str, field: str, node: Any) -> Impossible:
        return Impossible(reason, field, node.start_mark.line + 1)


def judged(told: Any, lines: Mapping[str, int] | None = None) -> Schedule:
    """The schedule that a document describes. Raises Impossible."""
    from ..gateway import fields
    from .control.routes import Problem
    from .control.schedules import SCHEDULE
    from .control.workspaces import called
    from .control.workspaces import judged as possible

    where = _Lines(lines or {})
    if not isinstance(told, dict):
        raise where.impossible("a schedule is an object with a workspace and a timeline", "")
    strangers = [one for one in fields.unknown(SCHEDULE, told) if not re.search(r"\.(with|query|headers|body|settings|rates)\.", f"{one}.")]
    if strangers:
        raise where.impossible(f"there is no field {strangers[0]!r} in a schedule", strangers[0])
    said, wrong = fields.body(SCHEDULE, told)
    if wrong:
        raise where.impossible(wrong[0].words, wrong[0].path)
    spec = dict(said.get("workspace") or {})
    name = spec.pop("id", None)
    try:
        possible(spec)
        if name is not None:
            spec["id"] = called(name)
    except (Problem, ValueError) as no:
        detail = no.detail if isinstance(no, Problem) else str(no)
        raise where.impossible(detail, f"workspace.{no.more.get('field', '')}" if isinstance(no, Problem) else "workspace") from None
    for kind in ("faults", "chaos"):
        _rules(kind, spec, [*(spec.get(kind) or ()), *(said.get(kind) or ())], where, of_workspace=len(spec.get(kind) or ()))
    return Schedule(spec, tuple(_steps(told.get("timeline") or [], where)))


def _rules(kind: str, spec: Json, rows: list[Json], where: _Lines, *, of_workspace: int) -> None:
    """Rules of trouble, the workspace's own and those beside it, judged one by one and put into the workspace."""
    from ..gateway import chaos, faults
    from ..gateway.odds import Impossible as NoRule
    from . import fixtures
    from .simulator import FACADES, WEBHOOK_TOPICS

    sellers = [seller["key"] for seller in spec.get("sellers") or fixtures.world(spec.get("world") or "demo")["sellers"]]
    taken: list[str] = []
    for place, row in enumerate(rows):
        try:
            if kind == "faults":
                taken.append(faults.possible(row, FACADES, sellers=sellers, taken=taken).id)
            else:
                taken.append(chaos.possible(row, sellers=sellers, topics=WEBHOOK_TOPICS, taken=taken).id)
        except NoRule as no:
            own = place < of_workspace
            raise where.impossible(str(no), f"{'workspace.' if own else ''}{kind}[{place if own else place - of_workspace}].{no.field}") from None
    if rows:
        spec[kind] = rows


class _Lines:
    """Where in the text a field stands: at itself, or at what it would stand in."""

    def __init__(self, lines: Mapping[str, int]) -> None:
        self.lines = lines

    def impossible(self, reason: str, field: str) -> Impossible:
        line = next((line for known, line in self.lines.items() if field in (known, _POSITION.sub("[]", known))), None)
        at = field
        while line is None and at:
            at = at[: max(at.rfind("."), at.rfind("["), 0)]
            line = self.lines.get(at)
        return Impossible(reason, field, line)


def _steps(rows: list[Any], where: _Lines) -> Iterator[Step]:
    from .control.clock import UNTIL, possible_until

    at = 0
    for place, row in enumerate(rows):
        field = f"timeline[{place}]"
        if sum(name in row for name in ("at", "after", "until")) > 1:
            raise where.impossible("a step has one of at, after and until", field)
        moment, later = (_seconds(row[name], where, f"{field}.{name}") if name in row else None for name in ("at", "after"))
        if moment is not None and moment < at:
            raise where.impossible(f"time does not go back: the step before is at {at} s", f"{field}.at")
        at = at + (later or 0) if moment is None else moment
        if "do" in row and "call" in row:
            raise where.impossible("a step does one thing: do, or call", field)
        if not row.keys() & {"do", "call", "at", "after", "until"}:
            raise where.impossible("a step does something (do, call) or lets time pass (at, after, until)", field)
        if "with" in row and "do" not in row:
            raise where.impossible("with is the body of what a step does: it stands beside do", f"{field}.with")
        if "until" in row and not possible_until(row["until"]):
            raise where.impossible(f"until is {UNTIL}, not {row['until']!r}", f"{field}.until")
        act = _act(row, where, field) if "do" in row else None
        call = _call(row["call"], where, f"{field}.call") if "call" in row else None
        yield Step(place + 1, moment, later, row.get("until"), act, call, bool(row.get("refused")))


def _seconds(told: Any, where: _Lines, field: str) -> int:
    from .control.clock import YEARS

    seconds = -1
    if isinstance(told, int) and not isinstance(told, bool):
        seconds = told
    elif isinstance(told, str) and len(told) < 40 and _DURATION.fullmatch(told):
        seconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([dhms])", told))
    if not 0 <= seconds <= YEARS:
        raise where.impossible(f"a length of time is seconds, or such as 1h30m or 2d, and at most ten years, not {told!r}", field)
    return seconds


def _act(row: Json, where: _Lines, field: str) -> tuple[str, str, Json]:
    from .control import ROUTES
    from .control.routes import Problem, find
    from .control.routes import read as taken

    method, _, path = str(row["do"]).strip().partition(" ")
    method, path = method.upper(), path.strip()
    if not path.startswith("/") or path.startswith("/_mock"):
        raise where.impossible(f"do is a method and a path below the workspace, such as POST /orders, not {row['do']!r}", f"{field}.do")
    body = row.get("with") or {}
    try:
        route, _ = find(ROUTES, method, f"/_mock/workspaces/x{path}")
        taken(route, "", orjson.dumps(body))
    except Problem as no:
        inner = no.more.get("field")
        raise where.impossible(re.sub(r"/_mock/workspaces/(?:x|\{id\})", "", no.detail), f"{field}.with.{inner}" if inner else f"{field}.do") from None
    except TypeError as no:  # JSON knows no such number or text
        raise where.impossible(f"that cannot be sent as JSON: {no}", f"{field}.with") from None
    if route.method == "GET" or path == "/":
        raise where.impossible(f"{method} {path} is nothing that happens in the workspace", f"{field}.do")
    return method, path, body


def _call(told: Json, where: _Lines, field: str) -> Json:
    try:
        _request(told)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise where.impossible("the body of a call is text, JSON, or the bytes in {base64: …}", f"{field}.body") from None
    if not str(told["path"]).startswith("/"):
        raise where.impossible(f"the path of a call begins with /, not {told['path']!r}", f"{field}.path")
    return told


# ---- running -----------------------------------------------------------------------------------------------------------------------------


async def play(server: Server, schedule: Schedule, *, pace: float = 0.0) -> Json:
    """Make the workspace and let the timeline happen; time is stepped from act to act, webhooks are waited for on the way.

    Stops at the first step that goes otherwise than it says. ``pace``: real seconds after each step, for an integration that polls.
    """
    import asyncio

    spec = dict(schedule.workspace)
    workspace = server.simulator.create({name: held for name, held in spec.items() if name != "id"}, name=spec.get("id"))
    server.poke(workspace)
    born = workspace.world.born.world
    done: list[Json] = []
    for step in schedule.timeline:
        told = await _take(server, workspace, step, born)
        done.append(told)
        await server.advance(workspace, workspace.now().world)
        if told["surprise"]:
            break
        if pace:
            await asyncio.sleep(pace)
    surprise = done[-1]["surprise"] if done else ""
    return {"id": workspace.name, "steps": done, "of": len(schedule.timeline), "world": workspace.now().world, "surprise": surprise}


async def _take(server: Server, workspace: Workspace, step: Step, born: int) -> Json:
    """One step: time first, then the act or call. ``surprise``: why it went otherwise than the schedule says."""
    stuck = ""
    at = workspace.now().world - born + step.after if step.after is not None else step.at
    late = 0 if at is None else workspace.now().world - born - at
    if late > 0 and clockwork.clocks(workspace).mode == "frozen" and (server.simulator.specs[workspace.name].get("clock") or {}).get("mode") == "frozen":
        stuck = f"step {step.number}: time does not go back: it is {late} s later already"
    elif at is not None:
        report = await server.advance(workspace, max(workspace.now().world, born + at), budget=600)
        stuck = f"step {step.number}: time does not get there: {report.stuck_on or 'it takes longer than ten minutes'}" if not report.settled else ""
    told: Json = {"step": step.number, "at": workspace.now().world - born, "surprise": stuck}
    if stuck:
        return told
    acts = [("POST", "/clock/advance", {"until": step.until})] if step.until is not None else []
    for method, path, body in [*acts, *([step.act] if step.act else [])]:
        status, answer = await _control(server, workspace, method, path, body)
        told |= {"do": f"{method} {path}", "status": status}
        refused = status >= 400
        if refused is not step.refused:
            why = answer.get("detail", "") if refused else "it was answered"
            told["surprise"] = f"step {step.number}, {method} {path}: " + (f"refused: {why}" if refused else "the schedule says that it is refused, it was answered")
    if step.call is not None:
        reply = server.simulator.answer(_request(step.call))
        told |= {"call": f"{step.call['method']} {step.call['path']}", "status": reply.status}
    return told


async def _control(server: Server, workspace: Workspace, method: str, path: str, body: Json) -> tuple[int, Json]:
    from . import control

    answered = await control.answer(server, method, f"/_mock/workspaces/{workspace.name}{path}", "", orjson.dumps(body), origin=server.base_url)
    if isinstance(answered, Reply):
        return answered.status, orjson.loads(answered.body) if answered.content_type.endswith("json") else {}
    return answered


def _request(told: Json) -> Request:
    held = told.get("body") or ""
    as_told = isinstance(held, str) or (isinstance(held, dict) and held.keys() == {"base64"})
    headers = {name.lower(): str(value) for name, value in (told.get("headers") or {}).items()}
    return Request(told["method"].upper(), told["path"], told.get("query", ""), headers, bundles.raw(held) if as_told else orjson.dumps(held))


# ---- writing -----------------------------------------------------------------------------------------------------------------------------


def export(simulator: Simulator, workspace: Workspace, *, calls: bool = False) -> Json:
    """What was done since birth or the last reset by the control API, as a schedule; ``calls``: the platforms' calls as well, as they came."""
    born = workspace.world.born.world
    rows = [(act.after, 1, act.at - born, _did(act)) for act in simulator.acts.get(workspace.name, ())]
    made = [(one.id, 0, one.at.world - born, {"call": _called(one)}) for one in workspace.journal if one.id > simulator.reborn.get(workspace.name, 0)] if calls else []
    timeline = [{"at": at, **row} for _, _, at, row in merge(rows, made, key=lambda row: row[:2])]
    told: Json = {"workspace": {"id": workspace.name, "seed": workspace.world.seed, **simulator.specs[workspace.name]}, "timeline": timeline}
    notes = list(_doubts(simulator, workspace, calls))
    return {**told, "notes": notes} if notes else told


def _doubts(simulator: Simulator, workspace: Workspace, calls: bool) -> Iterator[str]:
    """What keeps two runs of the export from being the same to the byte."""
    spec = simulator.specs[workspace.name]
    if (spec.get("clock") or {}).get("wire") != "virtual" or (spec.get("clock") or {}).get("mode") != "frozen":
        yield "time ran by itself: with clock {mode: frozen, wire: virtual} two runs give the same bytes"
    if spec.get("ids") != "repeat":
        yield "ids are new at each start: with ids: repeat two runs give the same"
    if len(simulator.acts.get(workspace.name, ())) == ACTS:
        yield f"there were more than the {ACTS} acts that are remembered"
    if workspace.name in simulator.reborn:
        yield "it begins with a reset: the time of day, and rules, trouble and addresses that were set before it, are not in it"
    if calls and workspace.journal.let_go:
        yield f"the journal has let go of the first {workspace.journal.let_go} calls"


def _did(act: Act) -> Json:
    told: Json = {"do": f"{act.method} {act.path}"}
    if act.body:
        told["with"] = act.body
    return {**told, "refused": True} if act.refused else told


def _called(one: Exchange) -> Json:
    request = one.request
    told = {"method": request.method, "path": request.path, "query": request.query, "headers": dict(request.headers), "body": bundles.text(request.body)}
    return {name: held for name, held in told.items() if held}
