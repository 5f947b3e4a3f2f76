"""A Tokopedia seller with an app: what the tests of this platform do again and again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import orjson

from mockplatforms import config
from mockplatforms.domain import outbox
from mockplatforms.gateway.call import Reply
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server import clockwork, control
from mockplatforms.server.clocks import FIXED_BIRTH
from mockplatforms.server.live import Server
from mockplatforms.testing import Tokopedia

INFO = "/inventory/v1/fs/{fs_id}/product/info"
ORIGIN = "http://127.0.0.1:8700"
DAY = 86400


class Seller:
    """One workspace in virtual time that stands still, the Tokopedia API and the control API of it."""

    def __init__(self, world: str = "small", *, real: Callable[[], float] = lambda: float(FIXED_BIRTH), **spec: Any) -> None:
        self.server = Server({**config.defaults(), "ids": "repeat", "log": "none"}, real=real)
        given = {"world": world, "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}, **spec}
        self.workspace: Workspace = self.server.simulator.create(given, name="w")
        self.api = Tokopedia(self.server.simulator, self.workspace)
        self.shop = {"shop_id": self.api.shop_id}

    # ---- the API ----------------------------------------------------------------------------------------------------------------------------

    def get(self, path: str, **query: Any) -> Any:
        return self.api.data("GET", path, {**self.shop, **query})

    def post(self, path: str, body: Any = None, *, method: str = "POST", **query: Any) -> Any:
        return self.api.data(method, path, {**self.shop, **query}, body)

    def whole(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The whole envelope of a success."""
        status, answer = self.api.call(method, path, {**self.shop, **query}, body)
        assert status == 200, answer
        return answer

    def reply(self, method: str, path: str, body: Any = None, **query: Any) -> Reply:
        return self.api.reply(method, path, {**self.shop, **query}, body)

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, str]:
        """Status and error code of a refusal that has changed nothing."""
        before = self.workspace.world
        reply = self.reply(method, path, body, **query)
        assert reply.status >= 400, reply.body
        assert self.workspace.world is before
        answer = orjson.loads(reply.body)
        return reply.status, answer["header"]["error_code"]

    # ---- what lies outside --------------------------------------------------------------------------------------------------------------------

    def mock(self, method: str, path: str, body: Any = None) -> Any:
        """The control API of the workspace."""
        raw = b"" if body is None else json.dumps(body).encode()
        answered = asyncio.run(control.answer(self.server, method, f"/_mock/workspaces/w/{path}", "", raw, origin=ORIGIN))
        assert not isinstance(answered, Reply), answered.body
        return answered[1]

    def advance(self, seconds: int) -> None:
        clockwork.run(clockwork.advance(self.workspace, self.workspace.now().world + seconds, deliver="hold"), lambda delivery: None)  # type: ignore[arg-type,return-value]

    def order(self, **more: Any) -> dict[str, Any]:
        """A paid order of one thing, as the control API tells it."""
        told: dict[str, Any] = self.mock("POST", "orders", {"buyer_app": "tokopedia", **more})
        return told

    def accepted(self, **more: Any) -> dict[str, Any]:
        order = self.order(**more)
        self.post(f"/v1/order/{order['order_id']}/fs/{{fs_id}}/ack")
        return order

    def single(self, order: int) -> dict[str, Any]:
        told: dict[str, Any] = self.api.data("GET", "/v2/fs/{fs_id}/order", {"order_id": order})
        return told

    def products(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.get(INFO, page=1, per_page=50)
        return rows

    def simple(self) -> dict[str, Any]:
        """An active product without variants, with a SKU and some stock."""
        return next(r for r in self.products() if not r["variant"] and r["other"]["sku"] and r["basic"]["status"] == 1 and r["main_stock"] > 5)

    def parent(self) -> dict[str, Any]:
        return next(r for r in self.products() if r["variant"].get("isParent") and r["basic"]["status"] == 1)

    def stock(self, sku: str) -> int:
        rows: list[dict[str, Any]] = self.get(INFO, sku=sku)
        return int(rows[0]["main_stock"])

    # ---- webhooks --------------------------------------------------------------------------------------------------------------------------------

    def listen(self) -> None:
        """Register every address under one origin."""
        from mockplatforms.tokopedia import WEBHOOK_ADDRESSES

        urls = {name: f"http://127.0.0.1:9000/{name}" for name in WEBHOOK_ADDRESSES}
        self.api.call("POST", "/v1/fs/{fs_id}/register", None, {"fs_id": self.api.fs_id, **urls, "webhook_secret": "s"})

    def told(self, topic: str) -> list[dict[str, Any]]:
        """The payloads that are owed or were sent to one address, in order."""
        rows = sorted(self.workspace.world.shelf(outbox.DELIVERIES).rows.values(), key=lambda row: row.serial)
        return [orjson.loads(row.body) for row in rows if row.platform == "tokopedia" and row.topic == topic]
