"""Time as the control API tells it and lets it pass."""

from __future__ import annotations

import asyncio

import pytest
from control_api import ORIGIN, Control

from mockplatforms.domain import outbox
from mockplatforms.domain.phases import Platform
from mockplatforms.gateway.call import Reply
from mockplatforms.server import control


def _linked(mock: Control) -> int:
    mock("PUT", "preconditions/merge_event_subscription", {"met": True})
    due: int = mock("POST", "migration/link")["merge_due"]
    return due


def test_the_clock_tells_both_times_and_what_is_due_next(mock: Control) -> None:
    told = mock("GET", "clock")
    assert told["mode"] == "frozen"
    assert told["wire"] == "virtual"
    assert told["now"] == told["world"]
    assert "next_due" in told


def test_world_time_runs_as_it_is_told(mock: Control) -> None:
    before = mock("GET", "clock")["world"]
    assert mock("PUT", "clock", {"mode": "scaled", "scale": 60})["scale"] == 60
    mock.real.second += 10
    assert mock("GET", "clock")["world"] == before + 600
    mock("PUT", "clock", {"mode": "frozen"})
    mock.real.second += 10
    assert mock("GET", "clock")["world"] == before + 600


def test_wire_time_is_chosen_while_no_client_was_told_an_instant(mock: Control) -> None:
    assert mock("PUT", "clock", {"wire": "real"})["wire"] == "real"


def test_advancing_by_seconds_moves_world_time(mock: Control) -> None:
    told = mock("POST", "clock/advance", {"seconds": 1})
    assert told["to"] == told["from"] + 1
    assert told["settled"] is True
    assert mock("GET", "clock")["world"] == told["to"]


def test_advancing_to_a_phase_stops_where_the_merge_is_done(mock: Control) -> None:
    due = _linked(mock)
    told = mock("POST", "clock/advance", {"until": "MERGED", "deliver": "hold"})
    assert told["to"] == due
    assert told["rang"][-1]["kind"] == "migration.complete"
    assert told["rang"][-1]["about"] == mock("GET", "migration")["seller"]
    assert mock("GET", "migration")["phase"] == "MERGED"


def test_advancing_can_stop_before_the_moment(mock: Control) -> None:
    due = _linked(mock)
    assert mock("POST", "clock/advance", {"until": "MERGED", "before": 60})["to"] == due - 60
    assert mock("GET", "migration")["phase"] == "MERGING"


def test_advancing_to_an_instant_or_to_what_is_due_next(mock: Control) -> None:
    now = mock("GET", "clock")["world"]
    assert mock("POST", "clock/advance", {"until": now + 5})["to"] == now + 5
    assert mock("POST", "clock/advance", {"until": "2025-02-01T00:00:00+00:00", "deliver": "hold"})["to"] == 1738368000
    _linked(mock)
    due = mock("GET", "clock")["next_due"]
    assert mock("POST", "clock/advance", {"until": "next_due"})["to"] == due


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "either seconds, or until"),
        ({"seconds": 1, "until": "next_due"}, "either seconds, or until"),
        ({"seconds": -1}, "seconds"),
        ({"seconds": "1"}, "seconds"),
        ({"until": "tomorrow"}, "next_due"),
        ({"until": True}, "next_due"),
        ({"until": 5}, "time does not go back"),
        ({"until": "MERGED"}, "link the shops first"),
        ({"until": "PRODUCT_MERGED"}, "confirm-product-merge"),
        ({"seconds": 5, "before": 10}, "time does not go back"),
        ({"seconds": 5, "deliver": "later"}, "wait"),
    ],
)
def test_a_moment_that_cannot_be_reached_is_refused_and_no_time_passes(mock: Control, body: dict[str, object], word: str) -> None:
    before = mock("GET", "clock")
    assert word in mock.refused("POST", "clock/advance", body)["detail"]
    assert mock("GET", "clock") == before


def test_a_phase_that_is_reached_already_takes_no_time(mock: Control) -> None:
    told = mock("POST", "clock/advance", {"until": "PRE_MERGE"})
    assert told["from"] == told["to"]


def test_an_advance_from_within_a_delivery_of_that_advance_is_refused(mock: Control) -> None:
    answers: list[tuple[int, str]] = []

    async def receiver(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        answered = await control.answer(mock.server, "POST", f"{mock.at}/clock/advance", "", b'{"seconds": 60}', origin=ORIGIN)
        assert isinstance(answered, Reply)
        answers.append((answered.status, answered.body.decode()))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def listen() -> asyncio.Server:
        return await asyncio.start_server(receiver, "127.0.0.1", 0)

    listening = mock.runner.run(listen())
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/hook"
    workspace = mock.server.simulator.workspaces["w"]
    workspace.apply(outbox.owe, seller=0, platform=Platform.TOKOPEDIA, app=0, topic="merge", url=url, body=b"{}")
    told = mock("POST", "clock/advance", {"seconds": 10})
    listening.close()
    mock.runner.run(listening.wait_closed())
    assert told["to"] == told["from"] + 10
    assert [status for status, _ in answers] == [409]
    assert "answer the webhook first" in answers[0][1]
    assert mock("GET", "webhooks", topic="merge")["deliveries"][-1]["status"] == "delivered"
