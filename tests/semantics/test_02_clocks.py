"""Rules of the two clocks: what goes by world time, what goes by wire time, and how time is let pass."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from control_api import Control, made
from test_semantics import held, link, merge, place, tiktok, tokopedia

from mockplatforms import config
from mockplatforms.server import clockwork
from mockplatforms.server.dispatcher import Dispatcher

DAY = 86400
VIRTUAL = {"mode": "frozen", "wire": "virtual"}
REAL = {"mode": "frozen", "wire": "real"}
SHOP_INFO = "/v1/shop/fs/{fs_id}/shop-info"
SHOPS = "/authorization/202309/shops"
SEARCH = "/order/202309/orders/search"
DETAIL = "/order/202309/orders"


@pytest.fixture
def empty() -> Iterator[Control]:
    """A server without any workspace."""
    server, real = made(retry_floor=0)
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        yield control_api
        runner.run(server.stop())


@pytest.fixture
def virtual(empty: Control) -> Control:
    """A workspace whose wire time is world time; both stand still until they are advanced."""
    empty("PUT", "", {"seed": 7, "ids": "repeat", "clock": VIRTUAL})
    return empty


@pytest.fixture
def wired(empty: Control) -> Control:
    """A workspace whose wire time is the real clock, and whose world time stands still until it is advanced."""
    empty("PUT", "", {"seed": 7, "ids": "repeat", "clock": REAL})
    return empty


class Receiver:
    """Takes webhooks; ``then`` happens before each answer."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.got: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.then: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.got.append(str(request.url))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.then is not None:
            await self.then()
        self.at_once -= 1
        return httpx.Response(self.status)


def receiving(mock: Control, status: int = 200) -> Receiver:
    """All webhooks of the workspace go to a receiver in this process from now on."""
    receiver = Receiver(status)
    mock.server.dispatcher = Dispatcher(httpx.MockTransport(receiver))
    mock("PUT", "webhook-urls", {"tokopedia": "http://toko.example/hook", "tiktok_shop": "http://tts.example/hook"})
    return receiver


def order_detail(mock: Control, order: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = tiktok(mock).data("GET", DETAIL, {"ids": order["order_id"]})["orders"][0]
    return told


def ship(mock: Control, order: dict[str, Any]) -> None:
    package = order_detail(mock, order)["packages"][0]["id"]
    tiktok(mock).data("POST", f"/fulfillment/202309/packages/{package}/ship", None, {"handover_method": "PICKUP"})


def by_itself(mock: Control) -> None:
    """What is due now happens without any advance, as in a running server."""

    async def story() -> None:
        await mock.server.start()
        mock.server.poke(held(mock))
        await asyncio.sleep(0.05)
        await mock.server.stop()

    mock.runner.run(story())


# ---- world time -----------------------------------------------------------------------------------------------------------------------------------


def test_world_time_moves_with_the_real_clock_when_nothing_else_is_chosen(empty: Control) -> None:
    told = empty("PUT", "", {})["clock"]
    empty.real.second += 90
    assert (told["mode"], empty("GET", "clock")["world"]) == ("real", told["world"] + 90)


def test_couriers_go_by_world_time_while_wire_time_stands_still(wired: Control) -> None:
    order = place(wired, "tiktok_shop")
    ship(wired, order)
    before = wired("GET", "clock")["now"]
    wired("POST", "clock/advance", {"seconds": 7200, "deliver": "hold"})
    assert wired("GET", f"orders/{order['key']}")["status"] == "in_transit"
    assert wired("GET", "clock")["now"] == before


def test_couriers_do_not_go_by_wire_time(wired: Control) -> None:
    order = place(wired, "tiktok_shop")
    ship(wired, order)
    wired.real.second += 7200
    by_itself(wired)
    assert wired("GET", f"orders/{order['key']}")["status"] == "arranged"


def test_the_cut_over_lag_goes_by_world_time(wired: Control) -> None:
    wired("PUT", "settings", {"settings": {"order_cutover_lag": 3600}})
    merge(wired)
    wired.real.second += 3600
    assert place(wired, "tokopedia")["platform"] == "tokopedia"
    wired("POST", "clock/advance", {"seconds": 3600, "deliver": "hold"})
    assert place(wired, "tokopedia")["platform"] == "tiktok_shop"


def test_webhooks_are_tried_again_by_world_time(wired: Control) -> None:
    receiver = receiving(wired, status=500)
    place(wired, "tokopedia", pay=True)
    wired("POST", "clock/advance", {"seconds": 0})
    first = receiver.got.count("http://toko.example/hook")
    wired.real.second += 60
    wired("POST", "clock/advance", {"seconds": 0})
    assert receiver.got.count("http://toko.example/hook") == first > 0
    wired("POST", "clock/advance", {"seconds": 60})
    assert receiver.got.count("http://toko.example/hook") == 2 * first


# ---- wire time ------------------------------------------------------------------------------------------------------------------------------------


def test_wire_time_is_whole_seconds_rounded_down(wired: Control) -> None:
    wired.real.second = 1_763_000_007.9
    assert wired("GET", "clock")["now"] == 1_763_000_007
    assert place(wired, "tiktok_shop")["created"]["wire"] == 1_763_000_007


def test_a_signature_is_judged_by_wire_time(wired: Control) -> None:
    world = wired("POST", "clock/advance", {"seconds": DAY, "deliver": "hold"})["to"]
    client = tiktok(wired)
    assert client.call("GET", SHOPS, cipher=False, timestamp=int(wired.real.second))["code"] == 0
    assert client.call("GET", SHOPS, cipher=False, timestamp=world)["code"] != 0


def test_a_list_is_filtered_by_wire_time(wired: Control) -> None:
    wired("POST", "clock/advance", {"seconds": DAY, "deliver": "hold"})
    order = place(wired, "tiktok_shop")
    wire = int(wired.real.second)
    found = tiktok(wired).data("POST", SEARCH, {"page_size": "50"}, {"create_time_ge": wire, "create_time_lt": wire + 1})["orders"]
    assert [row["id"] for row in found] == [order["order_id"]]


def test_tokens_run_out_by_wire_time(wired: Control) -> None:
    client, bearer = tiktok(wired), tokopedia(wired)
    wired.real.second += 8 * DAY
    assert client.call("GET", SHOPS, cipher=False)["code"] == 105002
    assert bearer.reply("GET", SHOP_INFO).status == 200
    wired.real.second += 8 * DAY
    assert bearer.reply("GET", SHOP_INFO).status == 401


def test_an_order_is_cancelled_when_wire_time_passes_its_deadline(wired: Control) -> None:
    order = place(wired, "tokopedia")
    wired.real.second = order["accept_by"] - 1
    by_itself(wired)
    assert wired("GET", f"orders/{order['key']}")["status"] == "paid"
    wired.real.second = order["accept_by"]
    by_itself(wired)
    assert wired("GET", f"orders/{order['key']}")["status"] == "cancelled"


def test_pick_up_slots_lie_ahead_of_wire_time(wired: Control) -> None:
    wired("POST", "clock/advance", {"seconds": 20 * DAY, "deliver": "hold"})
    order = place(wired, "tiktok_shop")
    package = order_detail(wired, order)["packages"][0]["id"]
    slots = tiktok(wired).data("GET", f"/fulfillment/202309/packages/{package}/handover_time_slots")["pickup_slots"]
    starts = [int(slot["start_time"]) for slot in slots]
    assert starts and all(wired.real.second < start < wired.real.second + 5 * DAY for start in starts)


def test_what_happened_keeps_both_of_its_instants(wired: Control) -> None:
    wired("POST", "clock/advance", {"seconds": 500, "deliver": "hold"})
    wired.real.second += 20
    order = place(wired, "tiktok_shop")
    now = wired("GET", "clock")
    assert order["created"] == {"world": now["world"], "wire": now["now"]}
    assert now["world"] - now["now"] == 480
    wired.real.second += 4000
    wired("POST", "clock/advance", {"seconds": DAY, "deliver": "hold"})
    assert wired("GET", f"orders/{order['key']}")["created"] == order["created"]


def test_an_integration_that_polls_by_its_own_clock_sees_every_order_once_however_far_world_time_jumps(wired: Control) -> None:
    placed, seen, begin = [], [], int(wired.real.second)
    for jump in (0, DAY, 3 * DAY):
        wired("POST", "clock/advance", {"seconds": jump, "deliver": "hold"})
        placed.append(place(wired, "tiktok_shop")["order_id"])
        wired.real.second += 60
        end = int(wired.real.second)
        window = {"create_time_ge": begin, "create_time_lt": end}
        seen += [row["id"] for row in tiktok(wired).data("POST", SEARCH, {"page_size": "100"}, window)["orders"]]
        begin = end
    assert seen == placed


# ---- real or virtual ------------------------------------------------------------------------------------------------------------------------------


def test_a_served_workspace_has_the_real_clock_as_wire_time_when_nothing_else_is_chosen(empty: Control) -> None:
    told = empty("PUT", "", {})["clock"]
    assert (told["wire"], told["now"]) == ("real", int(empty.real.second))


def test_virtual_wire_time_begins_at_a_fixed_instant_whatever_the_real_clock_says(empty: Control) -> None:
    begins = []
    for name in ("one", "two"):
        begins.append(empty("PUT", f"/_mock/workspaces/{name}", {"clock": VIRTUAL})["clock"]["now"])
        empty.real.second += 5 * DAY
    assert begins == [1_737_342_000] * 2


def told_bytes() -> list[bytes]:
    """What two platforms answer in a short virtual story, to the byte."""
    server, real = made()
    with asyncio.Runner() as runner:
        mock = Control(server, runner, real)
        mock("PUT", "", {"seed": 7, "ids": "repeat", "clock": VIRTUAL})
        told = []
        for app in ("tokopedia", "tiktok_shop"):
            place(mock, app)
            mock("POST", "clock/advance", {"seconds": 60, "deliver": "hold"})
        merge(mock)
        now = held(mock).now().wire
        window = {"fs_id": tokopedia(mock).fs_id, "from_date": now - DAY, "to_date": now, "page": 1, "per_page": 50}
        told.append(tokopedia(mock).reply("GET", "/v2/order/list", window).body)
        told.append(tiktok(mock).reply("POST", SEARCH, {"page_size": "50"}, {}).body)
        runner.run(server.stop())
    return told


def test_a_virtual_story_is_told_twice_in_the_same_bytes() -> None:
    first = told_bytes()
    assert first == told_bytes() and all(len(body) > 1000 for body in first)


def test_wire_time_is_not_changed_any_more_once_a_client_was_told_an_instant(virtual: Control) -> None:
    tiktok(virtual).call("GET", SHOPS, cipher=False)
    told = virtual.refused("PUT", "clock", {"wire": "real"})
    assert told["status"] == 409 and "/reset" in told["detail"]


def test_how_world_time_runs_is_kept_by_the_workspace_and_not_by_a_snapshot(virtual: Control) -> None:
    virtual("POST", "snapshots", {"name": "s"})
    virtual("PUT", "clock", {"mode": "scaled", "scale": 30})
    virtual("POST", "snapshots/s/restore")
    told = virtual("GET", "clock")
    assert (told["mode"], told["scale"]) == ("scaled", 30)


# ---- advancing ------------------------------------------------------------------------------------------------------------------------------------


def test_an_advance_tells_from_where_to_where_what_rang_and_what_is_owed(virtual: Control) -> None:
    virtual("PUT", "webhook-urls", {"tokopedia": "http://127.0.0.1:9/hook"})
    link(virtual)
    begin = virtual("GET", "clock")["world"]
    told = virtual("POST", "clock/advance", {"until": "MERGED", "deliver": "hold"})
    assert (told["from"], told["settled"]) == (begin, True)
    assert told["rang"][-1]["kind"] == "migration.complete" and "stuck_on" not in told
    assert told["owed"] == 0
    virtual("POST", "webhooks/release", {})
    assert virtual("POST", "clock/advance", {"seconds": 0, "deliver": "send"})["owed"] > 0


def test_between_two_retries_lies_the_retry_floor_in_real_seconds_when_wire_time_is_real(wired: Control) -> None:
    wired.server.settings["retry_floor"] = 0.2
    receiver = receiving(wired, status=500)
    moments: list[float] = []

    async def note() -> None:
        moments.append(asyncio.get_running_loop().time())

    receiver.then = note
    wired("PUT", "webhook-urls", {"tokopedia": "", "tiktok_shop": "http://tts.example/hook"})
    place(wired, "tiktok_shop")
    wired("POST", "clock/advance", {"seconds": 120})
    per_order = len(moments) // 2
    assert per_order and moments[per_order] - moments[0] >= 0.19


def test_virtual_retries_wait_for_no_real_second(virtual: Control) -> None:
    virtual.server.settings["retry_floor"] = 20
    receiver = receiving(virtual, status=500)
    place(virtual, "tiktok_shop")
    told = virtual("POST", "clock/advance", {"seconds": 120, "budget": 10})
    assert told["settled"] is True and len(receiver.got) > 2


def test_the_retry_floor_is_a_second_in_serve() -> None:
    assert config.defaults()["retry_floor"] == 1


def test_virtual_attempts_are_made_one_at_a_time_and_real_ones_side_by_side(empty: Control) -> None:
    most = {}
    for name, clock in (("virtual", VIRTUAL), ("real", REAL)):
        empty("PUT", f"/_mock/workspaces/{name}", {"clock": clock})
        empty.at = f"/_mock/workspaces/{name}"
        receiver = receiving(empty)

        async def rest() -> None:
            await asyncio.sleep(0.02)

        receiver.then = rest
        place(empty, "tokopedia")
        place(empty, "tiktok_shop")
        empty("POST", "clock/advance", {"seconds": 0})
        assert len(receiver.got) > 2
        most[name] = receiver.most_at_once
    assert most["virtual"] == 1 < most["real"]


def test_a_call_from_a_receiver_sees_the_world_between_the_steps_of_an_advance(virtual: Control) -> None:
    receiver = receiving(virtual)
    order = place(virtual, "tokopedia", pay={"after": 60})
    place(virtual, "tokopedia", pay={"after": 120})
    late: list[int] = []

    async def look() -> None:
        late.append(held(virtual).now().world)
        assert tokopedia(virtual).reply("GET", SHOP_INFO).status == 200

    receiver.then = look
    virtual("POST", "clock/advance", {"seconds": 600})
    paid = order["created"]["world"]
    assert {paid + 60, paid + 120} <= set(late)


def test_a_receiver_that_causes_a_webhook_by_answering_one_is_found(virtual: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clockwork, "STEPS", 20)
    receiver = receiving(virtual)
    order = place(virtual, "tokopedia")
    client = tokopedia(virtual)

    async def cause() -> None:
        body = {"order_id": order["order_id"], "type": "order_status", "url": "http://toko.example/again"}
        assert client.reply("POST", "/v1/fs/{fs_id}/trigger", None, body).status == 200

    receiver.then = cause
    told = virtual("POST", "clock/advance", {"seconds": 60})
    assert (told["settled"], told["stuck_on"]) == (False, "webhooks to http://toko.example/again")


def test_the_budget_of_real_seconds_bounds_an_advance(virtual: Control) -> None:
    link(virtual)
    told = virtual("POST", "clock/advance", {"until": "MERGED", "deliver": "hold", "budget": 0})
    assert told["settled"] is False and "budget of 0 s" in told["stuck_on"]


# ---- sequence -------------------------------------------------------------------------------------------------------------------------------------


def test_in_one_second_the_sequence_of_events_decides_who_owns_an_order(virtual: Control) -> None:
    link(virtual)
    before = place(virtual, "tokopedia")
    virtual("POST", "migration/complete")
    after = place(virtual, "tokopedia")
    assert before["created"] == after["created"]
    assert (before["platform"], after["platform"]) == ("tokopedia", "tiktok_shop")


@pytest.mark.parametrize(("order", "step"), [("ASC", 1), ("DESC", -1)])
def test_equal_seconds_are_sorted_by_sequence(order: str, step: int, virtual: Control) -> None:
    placed = [place(virtual, "tiktok_shop")["order_id"] for _ in range(5)]
    now = held(virtual).now().wire
    virtual("POST", "clock/advance", {"seconds": 1, "deliver": "hold"})
    query = {"page_size": "2", "sort_field": "create_time", "sort_order": order}
    found: list[str] = []
    while len(found) < 5:
        page = tiktok(virtual).data("POST", SEARCH, query, {"create_time_ge": now, "create_time_lt": now + 1})
        found += [row["id"] for row in page["orders"]]
        query["page_token"] = page["next_page_token"]
    assert found == placed[::step]
