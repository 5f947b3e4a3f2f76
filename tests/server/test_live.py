"""The running server: what is due is sent, an advance waits for its webhooks, and a receiver that calls back is no trap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from mockplatforms import config
from mockplatforms.domain import migration, outbox, shops
from mockplatforms.domain.developers import register_webhooks
from mockplatforms.domain.outbox import DELIVERIES, DeliveryStatus
from mockplatforms.domain.phases import Phase
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.clocks import FIXED_BIRTH
from mockplatforms.server.dispatcher import Dispatcher
from mockplatforms.server.live import AdvanceWithin, Server

FROZEN = {"mode": "frozen", "wire": "virtual"}
DAY = 86400


class Receiver:
    """Answers webhooks; ``then`` is awaited before it does."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.got: list[httpx.Request] = []
        self.then: Callable[[], Any] | None = None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.got.append(request)
        if self.then is not None:
            await self.then()
        return httpx.Response(self.status)


@asynccontextmanager
async def running(receiver: Receiver, **clock: Any) -> AsyncIterator[tuple[Server, Workspace]]:
    server = Server({**config.defaults(), "retry_floor": 0, "ids": "repeat"}, real=lambda: float(FIXED_BIRTH))
    server.dispatcher = Dispatcher(httpx.MockTransport(receiver))
    workspace = server.simulator.create({"world": "small", "clock": {**FROZEN, **clock}, "ids": "repeat"}, name="w")
    workspace.apply(register_webhooks, {"shop_merge_notification_url": "http://isv.example/merge"}, "secret")
    await server.start()
    try:
        yield server, workspace
    finally:
        await server.stop()


def merging(workspace: Workspace) -> int:
    owner = shops.sellers(workspace.world)[0]
    workspace.apply(migration.link, owner.serial)
    return owner.serial


def merge_calls(receiver: Receiver) -> list[httpx.Request]:
    return [request for request in receiver.got if request.url.path == "/merge"]


def test_an_advance_ends_the_merge_and_waits_for_the_webhook() -> None:
    async def story() -> None:
        receiver = Receiver()
        async with running(receiver) as (server, workspace):
            seller = merging(workspace)
            report = await server.advance(workspace, workspace.now().world + DAY)

            assert report.settled and report.owed == 0
            assert "migration.complete" in [rung["kind"] for rung in report.rang]
            assert shops.seller(workspace.world, seller).phase is Phase.MERGED
            assert len(merge_calls(receiver)) == 1

    asyncio.run(story())


def test_a_webhook_that_is_not_taken_is_tried_again_by_the_schedule_with_the_same_bytes() -> None:
    async def story() -> None:
        receiver = Receiver(status=500)
        async with running(receiver) as (server, workspace):
            merging(workspace)
            await server.advance(workspace, workspace.now().world + 2 * DAY)

            bodies = {request.content for request in merge_calls(receiver)}
            assert len(bodies) == 1
            assert len(merge_calls(receiver)) == 1 + len(workspace.world.rules.tokopedia_retry)
            delivery = next(d for d in workspace.world.shelf(DELIVERIES).page("by_serial") if d.topic == "merge")
            assert delivery.status is DeliveryStatus.GIVEN_UP

    asyncio.run(story())


def test_without_waiting_the_webhook_goes_out_by_itself() -> None:
    async def story() -> None:
        receiver = Receiver()
        async with running(receiver) as (server, workspace):
            merging(workspace)
            await server.advance(workspace, workspace.now().world + DAY, deliver="send")
            for _ in range(200):
                if outbox.next_due(workspace.world) is None:
                    break
                await asyncio.sleep(0.01)

            assert len(merge_calls(receiver)) == 1

    asyncio.run(story())


def test_held_webhooks_stay_until_they_are_released() -> None:
    async def story() -> None:
        receiver = Receiver()
        async with running(receiver) as (server, workspace):
            merging(workspace)
            await server.advance(workspace, workspace.now().world + DAY, deliver="hold")
            await asyncio.sleep(0.05)
            assert receiver.got == []

            workspace.apply(outbox.release)
            report = await server.advance(workspace, workspace.now().world)
            assert report.owed == 0 and len(merge_calls(receiver)) == 1

    asyncio.run(story())


def test_a_receiver_that_advances_from_within_its_answer_is_refused() -> None:
    async def story() -> None:
        receiver = Receiver()
        async with running(receiver) as (server, workspace):
            merging(workspace)
            refused: list[str] = []

            async def advance_again() -> None:
                receiver.then = None
                with pytest.raises(AdvanceWithin) as no:
                    await server.advance(workspace, workspace.now().world + 1)
                refused.append(str(no.value))

            receiver.then = advance_again
            report = await server.advance(workspace, workspace.now().world + DAY)

            assert refused and "answer the webhook first" in refused[0]
            assert report.settled

    asyncio.run(story())


def test_a_receiver_may_call_the_platform_while_it_is_told() -> None:
    async def story() -> None:
        receiver = Receiver()
        async with running(receiver) as (server, workspace):
            seller = merging(workspace)
            seen: list[Phase] = []

            async def look() -> None:
                seen.append(shops.seller(workspace.world, seller).phase)

            receiver.then = look
            await server.advance(workspace, workspace.now().world + DAY)

            assert Phase.MERGED in seen

    asyncio.run(story())


def test_advances_of_one_workspace_queue() -> None:
    async def story() -> None:
        async with running(Receiver()) as (server, workspace):
            begin = workspace.now().world
            first, second = await asyncio.gather(server.advance(workspace, begin + 100), server.advance(workspace, begin + 200))

            assert (first.end.world, second.end.world) == (begin + 100, begin + 200)

    asyncio.run(story())


def test_a_spent_budget_is_told() -> None:
    async def story() -> None:
        async with running(Receiver()) as (server, workspace):
            merging(workspace)
            report = await server.advance(workspace, workspace.now().world + DAY, budget=-1.0)

            assert not report.settled and "budget" in report.stuck_on

    asyncio.run(story())
