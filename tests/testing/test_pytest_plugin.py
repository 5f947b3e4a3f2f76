"""The fixtures as a user's test suite meets them: in a pytest run of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from counting import calls_of

from mockplatforms.testing import Local, workspaces

_TESTS = """
import pytest

def test_a_shop_is_served(shop):
    order = shop.place_order(on="tiktok_shop")
    shop.tiktok_shop.data("GET", "/order/202507/orders", {"ids": str(order.id)})
    shop.assert_known(order)

@pytest.mark.mockplatforms(phase="MERGED", sellers=["satu", "dua"], seed=3, lenient=True)
def test_a_marker_says_what_it_is_like(local_shop):
    assert (local_shop.phase, local_shop.sellers) == ("MERGED", ["satu", "dua"])
    assert local_shop.credentials["seed"] == 3

@pytest.mark.mockplatforms(phase="MERGED", strict=True, faults=[{"fault": "reset", "endpoint": "get-authorized-shops", "nth": [1]}])
def test_a_marker_brings_faults(shop):
    from mockplatforms.testing import NoAnswer
    with pytest.raises(NoAnswer):
        shop.tiktok_shop.call("GET", "/authorization/202309/shops", cipher=False)

def test_a_shop_is_awaited(async_shop):
    import asyncio
    async def story():
        got = []
        async def hear(webhook):
            got.append(webhook.topic)
        await async_shop.receive(hear)
        order = await async_shop.place_order(on="tiktok_shop")
        await async_shop.advance(hours=1)
        return order.platform, "ORDER_STATUS_CHANGE" in got
    assert asyncio.run(story()) == ("tiktok_shop", True)

@pytest.mark.mockplatforms(world="smal")
def test_an_unknown_world(local_shop):
    pass

@pytest.mark.mockplatforms(faults=[{"fault": "explosion"}])
def test_an_unknown_fault(shop):
    pass

@pytest.mark.mockplatforms(settings={"mood": 1})
def test_an_unknown_setting(async_shop):
    pass

@pytest.mark.mockplatforms("MERGED")
def test_no_name(local_shop):
    pass

def test_a_failure_tells_the_story(local_shop):
    local_shop.assert_known(local_shop.place_order(on="tokopedia"))
"""


def _run(at: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    if not _installed():
        command += ["-p", "mockplatforms.pytest_plugin"]
    return subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True, timeout=120, check=False)


def _installed() -> bool:
    from importlib.metadata import entry_points

    return any(entry.name == "mockplatforms" for entry in entry_points(group="pytest11"))


def test_fixtures_marker_and_failures(tmp_path: Path) -> None:
    (tmp_path / "test_user.py").write_text(_TESTS)
    told = _run(tmp_path, "--strict-markers").stdout
    assert "1 failed, 4 passed, 4 errors" in told
    assert "there is no fault 'explosion'" in told or ("explosion" in told and "latency" in told)
    assert "there is no setting 'mood'; the settings are" in told
    assert "mark mockplatforms takes names: phase='MERGED'?" in told
    assert "there is no world 'smal'; did you mean 'small'? the worlds are" in told
    assert "was never fetched" in told
    assert "a buyer orders something of kecil in the tokopedia app" in told


_MANY = """
import pytest

@pytest.mark.parametrize("n", range(500))
def test_isolated(shop, n):
    assert len(shop.orders()) == 4
    shop.place_order(on="tiktok_shop")
    assert len(shop.orders()) == 5
    assert shop.tiktok_shop.data("POST", "/order/202309/orders/search", {"page_size": "50"}, {})["total_count"] == 3
"""


def test_five_hundred_tests_in_eight_processes_do_not_meet(tmp_path: Path) -> None:
    (tmp_path / "test_many.py").write_text(_MANY)
    told = _run(tmp_path, "-n", "8").stdout
    assert "500 passed" in told, told[-2000:]


def test_what_a_tests_workspace_costs_stays_small() -> None:
    """Counted, not timed, so that it says the same on a busy machine: `python -m benchmarks fuzz` has the times."""
    host = Local()

    def used(name: str) -> None:
        with workspaces.shop(host, name):
            pass

    used("first")  # what is made once: the seeded world, the routes
    assert calls_of(lambda: used("second")) < 1500


def test_two_hundred_tests_have_a_workspace_each(tmp_path: Path) -> None:
    (tmp_path / "test_many.py").write_text(_MANY.replace("500", "200"))
    told = _run(tmp_path).stdout
    assert "200 passed" in told, told[-2000:]


def test_nothing_heavy_is_imported_before_a_test_asks() -> None:
    code = "import sys, mockplatforms.pytest_plugin; print([name for name in ('httpx', 'uvicorn', 'hypothesis', 'orjson', 'mockplatforms.testing') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert told.stdout.strip() == "[]"


