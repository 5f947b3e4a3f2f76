"""What docs/webhooks.md shows can be typed: its commands run against a server, its test passes, its lists are complete."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mockplatforms.domain.outbox import Failure
from mockplatforms.server.control import ROUTES
from mockplatforms.testing import Served

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_its_commands_can_be_typed() -> None:
    with Served() as host:
        host.control("PUT", "/workspaces/default", {"world": "small", "clock": {"mode": "frozen"}})
        port = host.base_url.rpartition(":")[2]
        for block in blocks("sh"):
            script = block.replace("mockplatforms ", f"{sys.executable} -m mockplatforms ").replace(":8700", f":{port}").replace("curl -s", "curl -sS --fail-with-body")
            ran = subprocess.run(["sh", "-e", "-c", script], capture_output=True, text=True, timeout=60, env={**os.environ, "MOCKPLATFORMS_PORT": port})
            assert ran.returncode == 0, ran.stdout + ran.stderr
            assert "ORDER_STATUS_CHANGE → http://127.0.0.1:9000/tiktok" in ran.stdout
            assert '"failing_since"' in ran.stdout


@pytest.mark.parametrize("block", blocks("python"))
def test_its_test_passes(block: str) -> None:
    exec(compile(block, "docs/webhooks.md", "exec"), {})


def test_it_names_every_call_and_every_failure() -> None:
    for route in ROUTES:
        if "/webhook" in route.path:
            assert route.path.removeprefix("/workspaces/{id}") in PAGE, route.path
    assert all(f"`{failure}`" in PAGE for failure in Failure)
