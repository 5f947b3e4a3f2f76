"""What is due next, and letting it happen: timers in order, each at its own moment, then the webhooks that are due."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from ..domain import clock, outbox
from ..domain.instants import Instant
from ..domain.outbox import Attempt, Delivery
from ..gateway.ledger import Entry
from ..gateway.workspace import Workspace
from .clocks import Clocks

STEPS = 10_000  # most timers and attempts at one moment: beyond it something causes itself


@dataclass(slots=True)
class Advance:
    """What an advance did: timers that rang (kind, subject, world time), whether everything due is done, what is still owed."""

    start: Instant
    end: Instant
    rang: list[dict[str, Any]] = field(default_factory=list)
    settled: bool = True
    owed: int = 0
    stuck_on: str = ""


def clocks(workspace: Workspace) -> Clocks:
    held = workspace.clock
    assert isinstance(held, Clocks)  # the server makes every workspace with one
    return held


def next_moment(workspace: Workspace, *, deliveries: bool = True) -> int | None:
    """World time of the next thing that happens by itself; wire timers count where wire time is world time."""
    nearest = clock.next_due(workspace.world)
    moments = [moment for moment in (nearest.world, nearest.delivery if deliveries else None) if moment is not None]
    if nearest.wire is not None and clocks(workspace).wire == "virtual":
        moments.append(nearest.wire)
    return min(moments, default=None)


def ring_due(workspace: Workspace, report: Advance, *, most: int = STEPS) -> bool:
    """Ring every timer that is due now, each in a commit of its own and at its own moment. False: there was no end of it."""
    for _ in range(most):
        now = workspace.now()
        timer = clock.due(workspace.world, now)
        if timer is None:
            return True
        world = min(now.world, timer.due) if timer.clock == "world" or clocks(workspace).wire == "virtual" else now.world
        wire = world if clocks(workspace).wire == "virtual" else now.wire
        workspace.apply(clock.ring, timer.serial, now=Instant(max(world, workspace.world.born.world), wire))
        report.rang.append({"kind": timer.kind, "subject": timer.subject, "at": timer.due})
    return False


def advance(workspace: Workspace, target: int, *, deliver: str = "wait", stop: Callable[[Workspace], bool] | None = None) -> Generator[Delivery | None, int, Advance]:
    """Step world time to ``target``. Yields the first delivery that is due at a moment, for as long as there is one.

    Whoever drives it attempts and records that one, or any number of those that are due, and sends how many. Between moments it yields None,
    so that others can be let in.

    ``deliver``: wait (attempts are made on the way), send (they are left to be sent by themselves), hold (they are held back).
    ``stop``: asked after each moment; True ends the advance there.
    """
    report = Advance(workspace.now(), workspace.now())
    hand = clocks(workspace)
    tries = 0
    while True:
        moment = next_moment(workspace, deliveries=deliver == "wait")
        if moment is None or moment > target:
            break
        at_moment = max(moment, workspace.now().world)
        hand.reach(at_moment)
        if not ring_due(workspace, report):
            report.settled, report.stuck_on = False, f"timers at {at_moment}"
            break
        if deliver == "hold":
            workspace.apply(outbox.hold_all)
        elif deliver == "wait":
            most = STEPS + outbox.count_due(workspace.world, at_moment)  # however many are owed: what they cause is counted
            while due := outbox.due(workspace.world, workspace.now().world, limit=1):
                if tries >= most:
                    report.settled, report.stuck_on = False, f"webhooks to {due[0].url}"
                    break
                tries += yield due[0]
                ring_due(workspace, report)
        if not report.settled or (stop is not None and stop(workspace)):
            break
        yield None
        tries = tries if next_moment(workspace) == moment else 0
    if report.settled and stop is None:
        hand.reach(target)
    report.end = workspace.now()
    report.owed = outbox.count_due(workspace.world)
    return report


def record(workspace: Workspace, delivery: Delivery, attempt: Attempt) -> None:
    """Keep one attempt in the world and in the ledger."""
    if workspace.world.get(outbox.DELIVERIES, delivery.serial) is None:
        return  # the world was restored or reset while the attempt was in flight
    workspace.apply(outbox.record, delivery.serial, attempt, now=attempt.at)
    answered = outbox.answers(delivery.platform, attempt.status)
    workspace.ledger.add(
        Entry(
            "delivery",
            delivery.serial,
            attempt.at,
            workspace.run,
            delivery.platform,
            delivery.topic,
            str(delivery.seller),
            "",
            "delivered" if answered else "failed",
            attempt.status,
            (),
            (),
            () if answered else ((str(attempt.status), attempt.error),),
            attempt=len(outbox.find(workspace.world, delivery.serial).attempts),
        )
    )


def run(steps: Generator[Delivery | None, int, Advance], deliver: Callable[[Delivery], None]) -> Advance:
    """Drive an advance without a loop: one delivery at a time, in order of (due, serial). ``deliver`` attempts and records it."""
    try:
        due = next(steps)
        while True:
            if due is not None:
                deliver(due)
            due = steps.send(due is not None)
    except StopIteration as end:
        report: Advance = end.value
        return report
