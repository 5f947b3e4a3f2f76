"""What TikTok Shop owes by webhook, as a receiver would read it."""

from __future__ import annotations

from typing import Any

import orjson

from mockplatforms.domain.outbox import DELIVERIES, Delivery
from mockplatforms.domain.phases import Platform
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.testing import TikTokShop


def deliveries(workspace: Workspace) -> list[Delivery]:
    return [row for row in workspace.world.shelf(DELIVERIES).page("by_serial") if row.platform is Platform.TIKTOK_SHOP]


class Told:
    """What was told since it was made, or since it was last asked."""

    def __init__(self, client: TikTokShop) -> None:
        self.workspace = client.workspace
        self.seen = len(deliveries(client.workspace))

    def __call__(self) -> list[tuple[int, dict[str, Any]]]:
        rows = deliveries(self.workspace)[self.seen :]
        self.seen += len(rows)
        return [(body["type"], body["data"]) for body in (orjson.loads(row.body) for row in rows)]
