"""``tiktok-shop-sdk`` and ``tiktokshops-api-client`` from npm, clients that nobody here wrote, against a running server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiktok_shop_api import TikTokShop
from tiktok_shop_api.generated import models

NODE = Path(__file__).parent.parent / "node"


@pytest.fixture
def sold(workspace: dict[str, Any], mock: Callable[..., Any], client: TikTokShop) -> dict[str, Any]:
    """A shop to which buyers have done a little of everything, and the ids that tell of it."""

    def order(*acts: str) -> dict[str, Any]:
        placed: dict[str, Any] = mock("POST", "/orders", {"buyer_app": "tiktok_shop", "items": []})
        for act in acts:
            if act == "collect":
                package = client.orders.get_order_detail(ids=[placed["order_id"]]).data.orders[0].packages[0].id
                client.fulfillment.ship_package(package, body=models.ShipPackageRequest.from_dict({"handover_method": "DROP_OFF"}))
            mock("POST", f"/orders/{placed['key']}/{act}", {})
        return placed

    made = {
        "delivered": order("collect", "deliver"),
        "asked": order("request-cancel"),
        "waiting": order(),
        "other": order(),
        "paid": order(),
    }
    refund = mock("POST", "/returns", {"order": made["delivered"]["key"], "kind": "REFUND"})["return_id"]
    app = workspace["tiktok_shop"] | {"auth_code": mock("POST", "/auth-codes", {})["auth_code"]}
    return {"app": app, "refund": refund, "total": made["paid"]["total"], **{name: one["order_id"] for name, one in made.items()}}


@pytest.fixture
def told(sold: dict[str, Any]) -> dict[str, Any]:
    """What both clients saw in that shop."""
    if not shutil.which("node") or not (NODE / "node_modules").is_dir():
        missing = "Node.js, or the packages of tests/node (npm ci --prefix tests/node)"
        if os.environ.get("CI"):
            pytest.fail(f"missing: {missing}")
        pytest.skip(f"missing: {missing}")
    ran = subprocess.run(["node", "tiktok_shop.cjs", json.dumps(sold)], cwd=NODE, capture_output=True, text=True, timeout=120, check=False)
    seen: dict[str, Any] = json.loads(ran.stdout.strip().splitlines()[-1])
    assert "failed" not in seen, seen
    return seen


def test_both_clients_go_through_a_shop(told: dict[str, Any], sold: dict[str, Any], mock: Callable[..., Any]) -> None:
    app = sold["app"]
    assert (told["shop"], told["active"], told["lives"], told["spent"]) == (app["shop_id"], ["ID"], True, 36004004)
    assert told["noCipher"] == 106013

    assert (told["prerequisites"], told["rules"], told["attributes"]) == (0, True, True) and told["brands"] and told["recommended"]
    assert told["warehouses"] == ["SALES_WAREHOUSE", "RETURN_WAREHOUSE"] and 0 in told["providers"]
    assert (told["image"], told["check"], told["refused"]) == ([600, 600, "MAIN_IMAGE"], "PASS", 12052051)
    assert told["product"] == ["Tas Rajut yang Lain dari Yogyakarta", "<p>Rajutan baru.</p>", "47500", 4]
    assert (told["inventory"], told["found"], told["shelf"]) == (4, [1, True], [0, 0, 0, 0])

    assert told["orders"] == [sold["paid"], sold["other"]] and told["nextPage"] and told["all"] > 4
    assert set(told["details"]) == {sold["paid"], sold["other"]}
    assert told["sum"] == told["lines"] == sold["total"]
    assert (told["slots"], told["ship"], told["twice"], told["parcels"], told["status"]) == (True, 0, 21008099, True, "AWAITING_COLLECTION")

    assert told["reasons"] and told["eligible"] == 1 and told["records"] == 1
    assert (told["returns"], told["approved"]) == (["RETURN_OR_REFUND_REQUEST_PENDING"], 0)
    assert (told["asked"], told["cancelApproved"], told["cancelled"]) == ("CANCELLATION_REQUEST_PENDING", 0, "CANCELLATION_REQUEST_SUCCESS")
    assert (told["calculated"], told["statements"], told["withdrawals"]) == ("IDR", True, True)
    assert (told["webhooks"], told["left"]) == ([["ORDER_STATUS_CHANGE", "https://isv.example.com/hook"]], 0)

    second = told["second"]
    assert (second["code"], second["shop"], second["detail"], second["total"]) == (36004004, app["shop_id"], 2, sold["total"])
    assert {sold[name] for name in ("paid", "other", "waiting", "delivered", "asked")} <= set(second["orders"])
    assert (second["slots"], second["document"]) == (0, [200, "application/pdf", True]) and second["categories"]


def test_what_the_clients_do_wrong_is_refused_as_the_platform_would_and_told_by_name(told: dict[str, Any], mock: Callable[..., Any]) -> None:
    assert told["withCipher"] == 36009004  # the SDK sends the shop's cipher where none is taken
    assert told["emptyObject"] == told["second"]["ship"] == 106001  # the SDK does not sign {}, the other signs no body when it ships
    assert told["second"]["brands"] == 36009009  # its path has the version 2309
    refused = [row for row in mock("GET", "/journal")["exchanges"] if row["code"] in (106001, "106001")]
    assert len(refused) == 2
    assert all("the body was left out" in row["reason"] for row in refused)
