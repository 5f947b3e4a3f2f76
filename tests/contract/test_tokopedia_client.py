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


def test_tokens_orders_products_and_shop(workspace: dict[str, Any], mock: Callable[..., Any]) -> None:
    if not shutil.which("node") or not (NODE / "node_modules").is_dir():
        missing = "Node.js, or the packages of tests/node (npm ci --prefix tests/node)"
        if os.environ.get("CI"):
            pytest.fail(f"missing: {missing}")
        pytest.skip(f"missing: {missing}")
    placed = mock("POST", "/orders", {"buyer_app": "tokopedia", "items": []})["orders"][0]

    ran = subprocess.run(
        ["node", "tokopedia.cjs", json.dumps(workspace), str(placed["order_id"])], cwd=NODE, capture_output=True, text=True, timeout=60, check=False
    )
    told = json.loads(ran.stdout.strip().splitlines()[-1])

    assert "failed" not in told, told
    assert told["token"] == "Bearer"
    assert placed["order_id"] in told["orders"]
    assert (told["single"], told["shipped"]) == (220, 500)
    assert told["shop"] == workspace["tokopedia"]["shop_id"]
    assert told["price"] == 43210
