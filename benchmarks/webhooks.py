"""What webhooks cost: how many go out in a second, and what calls notice of a receiver that hangs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from mockplatforms.domain import outbox
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.world import World
from mockplatforms.testing import Served

ADDRESSES = 300


def _owe(host: Served, urls: list[str]) -> None:
    def all_of_them(world: World) -> World:
        for url in urls:
            world = outbox.owe(world, seller=0, platform=Platform.TOKOPEDIA, app=0, topic="merge", url=url, body=b'{"status":"merge"}')
        return world

    host.within(lambda simulator: simulator.workspaces["w"].apply(all_of_them))


def _left(host: Served, but: str) -> int:
    """How many are owed to other addresses than that one."""

    def count(simulator: Any) -> int:
        shelf = simulator.workspaces["w"].world.shelf(outbox.DELIVERIES)
        owed: int = outbox.count_due(simulator.workspaces["w"].world) - shelf.count("by_url", (but, "owed"), (but, "owee"))
        return owed

    return host.within(count)


def rows(count: int) -> list[tuple[str, str, str]]:
    receiver = subprocess.Popen([sys.executable, str(Path(__file__).parent / "receiver.py")], stdout=subprocess.PIPE, text=True)
    assert receiver.stdout is not None
    origin = f"http://127.0.0.1:{int(receiver.stdout.readline())}"
    try:
        with Served() as host, httpx.Client(base_url=host.base_url, trust_env=False) as client:
            host.control("PUT", "/workspaces/w", {"world": "small", "clock": {"mode": "frozen", "wire": "real"}})

            def call() -> float:
                begin = time.perf_counter()
                client.get("/_mock/workspaces/w/clock")
                return time.perf_counter() - begin

            idle = statistics.median(call() for _ in range(500))
            others = [f"{origin}/{1 + n % (ADDRESSES - 1)}" for n in range(count)]
            begin = time.perf_counter()
            _owe(host, others)
            while _left(host, f"{origin}/0"):
                time.sleep(0.01)
            each = count / (time.perf_counter() - begin)
            _owe(host, [f"{origin}/0"] * 500 + others[: ADDRESSES - 1])
            begin = time.perf_counter()
            while _left(host, f"{origin}/0"):
                time.sleep(0.001)
            last = time.perf_counter() - begin
            hung = statistics.median(call() for _ in range(500))
    finally:
        receiver.terminate()
        receiver.wait()
    return [
        (f"webhooks delivered, {count:,} to {ADDRESSES} addresses", f"{each:,.0f} /s", ""),
        (f"{ADDRESSES - 1} addresses served while one hangs", f"{last * 1000:,.0f} ms", "≤ 1,000 ms"),
        ("a call while one address hangs", f"{hung / idle:.2f}× idle ({hung * 1e6:,.0f} µs)", "≤ 2×"),
    ]
