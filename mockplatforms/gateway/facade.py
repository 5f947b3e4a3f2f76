"""One platform put together: its catalogue, its checks in order, its words for refusals, its envelopes and what it tells by webhook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..domain.errors import Refused
from ..domain.events import Event
from ..domain.phases import Platform
from ..domain.world import World
from .call import Call, Reply, Request
from .endpoint import Catalog, Match
from .refusal import Refusal

if TYPE_CHECKING:
    from ..domain.shops import Seller
    from .faults import Fault
    from .workspace import Workspace

Check = Callable[[Call], None]
Words = Callable[[Call, Refused], Refusal]
Trouble = Callable[[Call, "Fault"], None]
Topic = Callable[["Workspace", World, Event], World]


@dataclass(frozen=True, slots=True)
class Facade:
    """``topics``: event type → what owes its webhooks. Everything platform-specific that the pipeline needs, and nothing else."""

    platform: Platform
    catalog: Catalog
    checks: Sequence[Check]
    words: Words
    success: Callable[[Call, Any], Reply]
    failure: Callable[[Call | None, Request, Refusal, int], Reply]
    nothing: Callable[[Request, Match], Refusal]
    keys: Callable[[Request, Match], Iterator[str]]  # by what a caller's workspace is found: "token:…", "app_key:…", best first
    unknown: Callable[[Request, Match, str], Refusal]  # the call belongs to no workspace; the text tells the nearest
    concerned: Callable[[Call], Seller | None]  # whom a call that has passed the checks is about, before it is answered
    troubles: Mapping[str, Trouble]  # kind of fault → what raises the platform's own words for it
    topics: Mapping[type[Event], Topic]
    sign: Callable[[Workspace, Any], dict[str, str]]


def tell(facades: Sequence[Facade], workspace: Workspace, world: World) -> World:
    """Owe every webhook that the events of this change call for, platform by platform, in the order in which things happened."""
    for event in world.told():
        for facade in facades:
            topic = facade.topics.get(type(event))
            if topic is not None:
                world = topic(workspace, world, event)
    return world
