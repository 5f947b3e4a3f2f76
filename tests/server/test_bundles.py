"""Bundles: what one colleague has packed, another sees as it was, and can go on from."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from control_api import Control

from mockplatforms import testing
from mockplatforms.domain import plain
from mockplatforms.server import bundles
from mockplatforms.testing import local
from mockplatforms.testing.hosts import Local, Served
from mockplatforms.testing.shop import Shop

# What a colleague looks at, below the workspace's address.
SEEN = ("", "/faults", "/journal", "/migration", "/orders", "/snapshots", "/webhook-urls")


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop in the middle of its migration: orders, a message, a refused call, a snapshot; webhooks answered and owed."""
    with local("packed") as shop:
        shop.place_order("KRP-01", 2, on="tiktok_shop")
        shop.message("Halo, masih ada?", on="tokopedia")
        shop.deliver()
        shop.tiktok_shop.call("POST", "/order/202309/orders/search", {"page_size": "0"}, {})
        shop.fault("server_error", id="down", endpoint="get-order-list", side="after", nth=1)
        shop.tiktok_shop.call("POST", "/order/202309/orders/search", {"page_size": "10"}, {})
        shop.control("POST", "/snapshots", {"name": "before"})
        shop.link()
        shop.advance(hours=1)
        shop.place_order(on="tokopedia")
        yield shop


def packed(shop: Shop) -> bytes:
    return shop.host.within(lambda simulator: bundles.pack(simulator, simulator.workspaces[shop.workspace]))


def seen(shop: Shop, path: str) -> dict[str, Any]:
    """What the control API tells, without how much memory that takes here."""
    return {name: held for name, held in shop.control("GET", path).items() if name != "bytes"}


def opened(document: bytes) -> Shop:
    """The bundle in a simulator that knows nothing of the one in which it was packed."""
    host = Local()
    return Shop(host, bundles.unpack(host.simulator, document).name)


def test_a_world_is_written_down_and_read_back_as_it_was(shop: Shop) -> None:
    world = shop.host.within(lambda simulator: simulator.workspaces[shop.workspace].world)
    told = json.loads(json.dumps(plain.plain(world)))
    again = plain.made(told)
    assert plain.plain(again) == plain.plain(world)
    for name, shelf in world.shelves.items():
        assert dict(again.shelves[name].rows) == dict(shelf.rows)
        assert [list(index) for index in again.shelves[name].indexes] == [list(index) for index in shelf.indexes]


@pytest.mark.parametrize("path", SEEN)
def test_a_bundle_shows_elsewhere_the_very_same(shop: Shop, path: str) -> None:
    told, again = seen(shop, path), seen(opened(packed(shop)), path)
    assert again == ({**told, "deliveries_held": True} if path == "" else told)


def test_every_call_is_shown_as_it_was(shop: Shop) -> None:
    there = opened(packed(shop))
    rows = shop.control("GET", "/journal")["exchanges"]
    assert [row["verdict"] for row in rows] == ["refused", "failed"]
    for row in rows:
        assert there.host.control("GET", f"/exchanges/{row['id']}") == shop.host.control("GET", f"/exchanges/{row['id']}")


def test_what_is_owed_is_held_until_it_is_released(shop: Shop) -> None:
    told = shop.control("GET", "/webhooks")["deliveries"]
    there = opened(packed(shop))
    again = there.control("GET", "/webhooks")
    owed = [row for row in told if row["status"] == "owed"]
    assert owed
    assert again["held"]
    assert [row for row in again["deliveries"] if row["status"] != "held"] == [row for row in told if row["status"] != "owed"]
    assert [row["body"] for row in again["deliveries"]] == [row["body"] for row in told]
    there.control("POST", "/webhooks/release")
    assert [row["id"] for row in there.control("GET", "/webhooks")["deliveries"] if row["status"] == "owed"] == [row["id"] for row in owed]


def test_both_go_on_alike(shop: Shop) -> None:
    there = opened(packed(shop))
    there.control("POST", "/webhooks/release")
    for one in (shop, there):
        one.merge()
        one.place_order("KRP-01", 1, on="tiktok_shop")
    searched = [one.tiktok_shop.data("POST", "/order/202309/orders/search", {"page_size": "20"}, {}) for one in (shop, there)]
    assert searched[0] == searched[1]
    assert [row["body"] for row in shop.control("GET", "/webhooks")["deliveries"]] == [row["body"] for row in there.control("GET", "/webhooks")["deliveries"]]


def test_the_next_call_gets_a_number_of_its_own(shop: Shop) -> None:
    there = opened(packed(shop))
    there.tiktok_shop.data("POST", "/order/202309/orders/search", {"page_size": "20"}, {})
    numbers = [row["id"] for row in there.control("GET", "/journal")["exchanges"]]
    assert len(set(numbers)) == len(numbers) == 3


def test_a_bundle_opens_beside_its_origin_under_another_name_with_fresh_credentials(mock: Control) -> None:
    whole = mock("GET", "bundle")
    assert mock.refused("POST", "/_mock/bundles", {"bundle": whole})["status"] == 409
    told = mock("POST", "/_mock/bundles", {"bundle": whole, "id": "beside"})
    assert told["id"] == "beside"
    assert told["tiktok_shop"]["app_key"] != mock("GET", "")["tiktok_shop"]["app_key"]
    assert told["tiktok_shop"]["shop_id"] == mock("GET", "")["tiktok_shop"]["shop_id"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 99}, "format 99"),
        ({"world": {}}, "no world of this version"),
        ({"journal": None}, "not whole"),
        ({"held": ...}, "not whole"),
        ({"ledger": {"entries": []}}, "not whole"),
        ({"mockplatforms": ...}, "that is no bundle"),
    ],
)
def test_what_is_no_bundle_is_refused_in_words_and_opens_nothing(mock: Control, change: dict[str, Any], words: str) -> None:
    whole = {name: held for name, held in {**mock("GET", "bundle"), **change}.items() if held is not ...}
    assert words in mock.refused("POST", "/_mock/bundles", {"bundle": whole, "id": "beside"})["detail"]
    assert [row["id"] for row in mock("GET", "/_mock/workspaces")["workspaces"]] == ["w"]


def test_the_command_open_serves_the_bundle_as_it_was(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "his.json"
    file.write_bytes(packed(shop))
    process = subprocess.Popen([sys.executable, "-m", "mockplatforms.cli", "open", str(file), "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        origin = process.stdout.readline().split()[-1]
        told = httpx.get(f"{origin}/_mock/workspaces/{shop.workspace}/journal").json()
        assert told["exchanges"] == shop.control("GET", "/journal")["exchanges"]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)


def test_the_command_open_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    for name, content, words in (("gone.json", None, "No such file"), ("no.json", b"{", "not even JSON")):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        done = subprocess.run([sys.executable, "-m", "mockplatforms.cli", "open", str(tmp_path / name), "--port", "0"], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 2
        assert words in done.stderr


def test_a_running_server_opens_a_bundle_that_is_larger_than_any_upload() -> None:
    with local("full") as shop, Served() as host:
        whole = shop.bundle()
        whole["filler"] = "x" * (13 * 1024 * 1024)
        told = httpx.post(f"{host.base_url}/_mock/bundles", content=json.dumps({"bundle": whole}), timeout=60)
    assert (told.status_code, told.json()["id"]) == (201, shop.workspace)


def test_a_bundle_is_opened_in_one_line(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "his.json").write_text(json.dumps(shop.bundle()))
    there = testing.opened(tmp_path / "his.json")
    assert there.orders() == shop.orders()
    there.release()
    assert [row["id"] for row in there.deliveries(status="owed")] == [row["id"] for row in shop.deliveries(status="owed")]


def test_a_schedule_of_what_was_done_after_opening_says_that_webhooks_were_held(shop: Shop) -> None:
    there = testing.opened(shop.bundle())
    assert there.schedule()["timeline"] == [*shop.schedule()["timeline"], {"at": 3600, "do": "POST /webhooks/hold"}]
