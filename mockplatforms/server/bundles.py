"""Bundles: a workspace as one JSON document, with its worlds, deliveries, journal, settings and seed, to be opened elsewhere as it was."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Mapping
from typing import Any

import orjson

from .. import __version__
from ..domain import plain
from ..domain.instants import Instant
from ..domain.outbox import hold_all
from ..gateway.call import Reply, Request
from ..gateway.credentials import Credentials
from ..gateway.endpoint import Endpoint
from ..gateway.faults import Fault
from ..gateway.journal import Exchange
from ..gateway.ledger import Entry
from ..gateway.meters import Meters
from ..gateway.workspace import Workspace
from .clocks import Clocks, Standing
from .simulator import ACTS, BY_PLATFORM, Act, Simulator, chaos_of, faults_of

FORMAT = 1  # rises when older versions could not read what is written
Json = dict[str, Any]


def pack(simulator: Simulator, workspace: Workspace) -> bytes:
    """Everything that the workspace is and remembers. It holds the app credentials that were chosen for it, and every call as it came."""
    held, now = workspace.clock, workspace.now()
    assert isinstance(held, Clocks)  # the simulator makes every workspace with one
    return orjson.dumps(
        {
            "mockplatforms": __version__,
            "format": FORMAT,
            "id": workspace.name,
            "spec": simulator.specs[workspace.name],
            "ids": workspace.ids,
            "clock": {"world": now.world, "wire": now.wire, "kind": held.wire, "scale": held.scale},
            "run": workspace.run,
            "high": workspace.high,
            "held": workspace.hold,
            "quota": {"mode": workspace.meters.mode, "rates": workspace.meters.rates},
            "faults": {"rules": [one.row for one in workspace.faults.rules], "counts": workspace.faults.counts},
            "chaos": {"rules": [one.row for one in workspace.chaos.rules], "counts": workspace.chaos.counts},
            "world": plain.plain(workspace.world),
            "snapshots": {name: plain.plain(world) for name, world in workspace.snapshots.items()},
            "closed": [[run, plain.plain(world)] for run, world in simulator.closed.get(workspace.name, ())],
            "reborn": simulator.reborn.get(workspace.name),
            "acts": list(simulator.acts.get(workspace.name, ())),
            "journal": {"let_go": workspace.journal.let_go, "exchanges": [_exchange(one) for one in workspace.journal]},
            "ledger": {"let_go": workspace.ledger.let_go, "entries": [list(entry) for entry in workspace.ledger]},
        },
        default=_told,
    )


def unpack(simulator: Simulator, document: bytes, *, name: str | None = None) -> Workspace:
    """Open a bundle as a workspace of this simulator, under its own name or another. Raises ValueError in words.

    Time stands still at the moment of the bundle, and what it owes is held, so that nothing happens until it is asked for. Under its own
    name it has the credentials that it had; under another it gets fresh ones, unless they were chosen.
    """
    told = _read(document)
    there = set(simulator.workspaces)
    try:
        return _opened(simulator, told, name or told["id"])
    except (KeyError, TypeError, AttributeError) as wrong:
        for half in set(simulator.workspaces) - there:
            simulator.delete(half)
        raise ValueError(f"the bundle is not whole: {type(wrong).__name__} {wrong}") from None


def _read(document: bytes) -> Json:
    try:
        told = orjson.loads(document)
    except orjson.JSONDecodeError as wrong:
        raise ValueError(f"that is no bundle, it is not even JSON: {wrong}") from None
    if not isinstance(told, dict) or "mockplatforms" not in told:
        raise ValueError("that is no bundle: GET /_mock/workspaces/{id}/bundle answers one")
    if told.get("format") != FORMAT:
        raise ValueError(f"the bundle was made by mockplatforms {told['mockplatforms']} in format {told.get('format')}; this version reads format {FORMAT}")
    return told


def _opened(simulator: Simulator, told: Json, name: str) -> Workspace:
    if name in simulator.workspaces:
        raise ValueError(f"there is a workspace {name!r} already: open the bundle under another name")
    world, at, spec, quota = hold_all(plain.made(told["world"])).but(written=None), told["clock"], told["spec"], told["quota"]
    snapshots = {label: plain.made(kept) for label, kept in told["snapshots"].items()}
    closed = [(run, plain.made(past)) for run, past in told["closed"]]
    acts = deque((Act(*act) for act in told["acts"]), maxlen=ACTS)
    trouble = faults_of(told["faults"]["rules"], world)
    trouble.counts = {label: (matched, struck) for label, (matched, struck) in told["faults"]["counts"].items()}
    disorder = chaos_of(told["chaos"]["rules"], world)
    disorder.counts = {label: (matched, struck) for label, (matched, struck) in told["chaos"]["counts"].items()}
    exchanges = [_kept(row, name) for row in told["journal"]["exchanges"]]
    entries = [_entry(row) for row in told["ledger"]["entries"]]
    made = simulator.adopt(
        name,
        world,
        spec,
        credentials=Credentials(name, world.seed, chosen=spec.get("credentials"), taken=simulator.taken),
        clock=Clocks(mode="frozen", wire=at["kind"], scale=at["scale"], real=Standing(at["wire"]), begin=at["world"]),
        meters=Meters(simulator.tick, mode=quota["mode"], rates=quota["rates"]),
        faults=trouble,
        chaos=disorder,
        ids=told["ids"],
    )
    made.run, made.high, made.hold, made.snapshots = told["run"], told["high"], True, snapshots
    simulator.closed[name] = deque(closed, maxlen=8)
    simulator.acts[name] = acts
    if not told["held"]:
        simulator.remember(made, Act(max((exchange.id for exchange in exchanges), default=0), at["world"], "POST", "/webhooks/hold", {}))
    if told.get("reborn") is not None:
        simulator.reborn[name] = told["reborn"]
    for exchange in exchanges:
        made.journal.add(exchange)
    for entry in entries:
        made.ledger.add(entry)
    made.journal.let_go, made.ledger.let_go = told["journal"]["let_go"], told["ledger"]["let_go"]
    simulator.numbered_from(max((exchange.id for exchange in exchanges), default=0))
    return made


# ---- calls -----------------------------------------------------------------------------------------------------------------------------

_KEPT = ("run", "platform", "seller", "phase", "outcome", "code", "words", "rule", "notes", "detail", "shown", "changed", "refused")


def _exchange(one: Exchange) -> Json:
    request = one.request
    return {
        "id": one.id,
        "at": list(one.at),
        "request": [request.method, request.path, request.query, dict(request.headers), text(request.body), request.origin, request.peer],
        "reply": _reply(one.reply),
        "unsent": None if one.unsent is None else _reply(one.unsent),
        "fault": None if one.fault is None else one.fault.row,
        "endpoint": None if one.endpoint is None else [one.endpoint.method, one.endpoint.path],
        **{name: getattr(one, name) for name in _KEPT},
    }


def _kept(row: Json, workspace: str) -> Exchange:
    method, path, query, headers, body, origin, peer = row["request"]
    request = Request(method, path, query, headers, raw(body), origin=origin, peer=peer)
    made = Exchange(row["id"], Instant(*row["at"]), request, _replied(row["reply"]))
    made.unsent = None if row["unsent"] is None else _replied(row["unsent"])
    made.fault = None if row["fault"] is None else Fault(**row["fault"])
    for name in _KEPT:
        setattr(made, name, row[name])
    made.shown = [(table, tuple(serials)) for table, serials in row["shown"]]
    made.changed = [(table, serial) for table, serial in row["changed"]]
    made.workspace = workspace
    made.endpoint = _endpoint(row["platform"], row["endpoint"])
    return made


def _reply(reply: Reply) -> list[Any]:
    return [text(reply.body), reply.status, reply.content_type, list(reply.headers)]


def _replied(told: list[Any]) -> Reply:
    content, status, kind, headers = told
    return Reply((raw(content),), status=status, content_type=kind, headers=tuple((name, value) for name, value in headers))


def _endpoint(platform: str, called: list[str] | None) -> Endpoint | None:
    """The endpoint as this version knows it; None where it knows it no longer."""
    facade = next((held for name, held in BY_PLATFORM.items() if name == platform), None)
    if called is None or facade is None:
        return None
    return next((one for one in facade.catalog if [one.method, one.path] == called), None)


def _told(held: Any) -> Any:
    """What JSON has no word for: a named tuple is a list, all else is told as text."""
    return list(held) if isinstance(held, tuple) else str(held)


def text(content: bytes) -> str | Json:
    """Bytes as JSON can hold them: text, or ``{"base64": …}``."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(content).decode()}


def raw(content: str | Mapping[str, str]) -> bytes:
    """The bytes that :func:`text` has told."""
    return content.encode() if isinstance(content, str) else b64decode(content["base64"], validate=True)


def _entry(row: list[Any]) -> Entry:
    one = Entry(*row)
    shown = tuple((table, tuple(serials)) for table, serials in one.shown)
    changed, refused = tuple((table, serial) for table, serial in one.changed), tuple((code, words) for code, words in one.refused)
    return one._replace(at=Instant(*one.at), shown=shown, changed=changed, refused=refused)
