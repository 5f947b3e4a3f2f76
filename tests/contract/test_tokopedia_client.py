"""``tokopedia-client`` from npm, a client that nobody here wrote, against a running server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NODE = Path(__file__).parent.parent / "node"


def test_every_module_of_the_client_works(workspace: dict[str, Any], mock: Callable[..., Any]) -> None:
    if not shutil.which("node") or not (NODE / "node_modules").is_dir():
        missing = "Node.js, or the packages of tests/node (npm ci --prefix tests/node)"
        if os.environ.get("CI"):
            pytest.fail(f"missing: {missing}")
        pytest.skip(f"missing: {missing}")
    placed, waiting = (mock("POST", "/orders", {"buyer_app": "tokopedia", "items": []})["orders"][0] for _ in range(2))

    ran = subprocess.run(
        ["node", "tokopedia.cjs", json.dumps(workspace), str(placed["order_id"]), str(waiting["order_id"])], cwd=NODE, capture_output=True, text=True, timeout=60, check=False
    )
    told = json.loads(ran.stdout.strip().splitlines()[-1])

    assert "failed" not in told, told
    assert told["token"] == "Bearer"
    assert placed["order_id"] in told["orders"]
    assert (told["single"], told["shipped"]) == (220, 500)
    assert told["shop"] == workspace["tokopedia"]["shop_id"]
    assert told["price"] == 43210
    assert told["byInvoice"] == placed["order_id"] and told["thread"] and told["threads"] >= 1
    assert told["label"] is True and told["pickup"] == "Permintaan pickup diterima."
    assert 1 in told["couriers"] and told["updated"] is True
    assert told["old"] == 10 and told["active"] == 5
    assert min(told["performance"], told["best"], told["graph"], told["buyers"]) >= 1
    assert (told["registered"], told["webhooks"]) == ("success", "http://127.0.0.1:9/n")
