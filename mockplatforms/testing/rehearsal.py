"""One whole migration without a socket: prepare, link, wait, merge, confirm."""

from __future__ import annotations

from ..domain import migration, shops
from ..domain.developers import set_precondition
from ..gateway.workspace import Workspace
from ..server import clockwork
from ..server.simulator import Simulator


def rehearse(simulator: Simulator, workspace: Workspace, seller: str | None = None) -> None:
    """Take a seller of an in-process workspace from PRE_MERGE to PRODUCT_MERGED; webhooks that become due stay owed."""
    owner = shops.named(workspace.world, seller) if seller else shops.sellers(workspace.world)[0]
    workspace.apply(set_precondition, "merge_event_subscription", True)
    workspace.apply(migration.link, owner.serial)
    merge(workspace, owner.serial)
    workspace.apply(migration.confirm, owner.serial)


def merge(workspace: Workspace, seller: int) -> None:
    """Let time pass until that seller's shops have merged."""

    def done(held: Workspace) -> bool:
        return migration.merged(shops.seller(held.world, seller))

    steps = clockwork.advance(workspace, workspace.now().world + 48 * 3600, deliver="send", stop=done)
    for _ in steps:
        pass
