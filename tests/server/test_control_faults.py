"""Faults by the control API: made, listed with their counts, replaced, let go, and refused where they cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from control_api import Control
from test_semantics import tiktok

LOST = {"fault": "reset", "side": "after", "endpoint": "ship-package", "nth": [1]}
SEARCH = "/order/202309/orders/search"


def search(mock: Control) -> int:
    code: int = tiktok(mock).call("POST", SEARCH, {"page_size": "5"}, {})["code"]
    return code


def test_a_fault_is_made_and_told_as_it_was_asked_for_with_its_counts(mock: Control) -> None:
    made = mock("POST", "faults", {"id": "ship-lost", **LOST})
    assert made == {"id": "ship-lost", **LOST, "matched": 0, "struck": 0}
    assert mock("GET", "faults") == {"faults": [made]}
    assert mock("GET", "faults/ship-lost") == made


def test_every_fault_is_told_as_it_was_asked_for(mock: Control) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "a", "fault": "latency", "side": "before", "seconds": {"low": 0.5, "high": 2}, "family": "order_read", "probability": 0.25},
        {"id": "b", "fault": "server_error", "side": "after", "status": 503, "form": "platform", "every": 3, "times": 2},
        {"id": "c", "fault": "clock_skew", "side": "before", "skew": -600, "phase": "MERGED", "seller": "maju"},
        {"id": "d", "fault": "stall", "side": "after", "bytes": 0, "seconds": 30, "effect": "write", "platform": "tokopedia"},
        {"id": "e", "fault": "rate_limit", "side": "before", "retry_after": 0, "probability": 0},
    ]
    told = mock("PUT", "faults", {"faults": rows})["faults"]
    assert [{name: value for name, value in row.items() if name not in ("matched", "struck")} for row in told] == rows


def test_a_fault_is_replaced_in_its_place_and_counts_from_zero(mock: Control) -> None:
    for name in ("first", "second"):
        mock("POST", "faults", {"id": name, "fault": "latency", "seconds": 0})
    search(mock)
    told = mock("PUT", "faults/first", {"fault": "rate_limit", "times": 1})
    assert (told["fault"], told["matched"]) == ("rate_limit", 0)
    assert [row["id"] for row in mock("GET", "faults")["faults"]] == ["first", "second"]
    assert [search(mock), search(mock)] == [36009002, 0]
    assert [(row["matched"], row["struck"]) for row in mock("GET", "faults")["faults"]] == [(2, 1), (3, 1)]


def test_a_fault_is_made_under_the_name_in_the_path(mock: Control) -> None:
    assert mock("PUT", "faults/lost", LOST)["id"] == "lost"


def test_faults_are_let_go_one_by_one_and_all_at_once(mock: Control) -> None:
    mock("PUT", "faults", {"faults": [{"fault": "rate_limit"}, {"fault": "rate_limit"}, {"id": "other", "fault": "reset"}]})
    assert [row["id"] for row in mock("GET", "faults")["faults"]] == ["rate_limit-1", "rate_limit-2", "other"]
    assert mock("DELETE", "faults/rate_limit-1") == {"id": "rate_limit-1", "deleted": True}
    assert mock("DELETE", "faults") == {"deleted": ["rate_limit-2", "other"]}
    assert mock("GET", "faults") == {"faults": []}
    assert search(mock) == 0


def test_a_fault_that_there_is_none_of_is_refused_with_those_that_are(mock: Control) -> None:
    mock("PUT", "faults/ship-lost", LOST)
    for method in ("GET", "DELETE"):
        told = mock.refused(method, "faults/ship-lots")
        assert told["status"] == 404
        assert "did you mean 'ship-lost'" in told["detail"]


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ({"id": "x", "fault": "reset", "endpoint": "ship-pakage"}, "endpoint", "did you mean 'ship-package-202309'"),
        ({"id": "x", "fault": "token_expired", "side": "after"}, "side", "fault 'x': token_expired refuses a call at the door"),
        ({"fault": "reset", "fualt": 1}, "fualt", "did you mean 'fault'"),
        ({"fault": "reset", "phase": "MERGE"}, "phase", "PRE_MERGE"),
        ({"fault": "reset", "seller": "nobody"}, "seller", "there are"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(row: dict[str, Any], field: str, words: str, mock: Control) -> None:
    mock("PUT", "faults/lost", LOST)
    for method, path, body in (("POST", "faults", row), ("PUT", "faults", {"faults": [row]})):
        told = mock.refused(method, path, body)
        assert told["status"] == 422
        assert words in told["detail"]
        assert told["field"].rpartition(".")[2] == field
    assert [one["id"] for one in mock("GET", "faults")["faults"]] == ["lost"]


def test_a_workspace_is_made_with_faults_and_without_any_that_cannot_be(empty: Control) -> None:
    spec = {"seed": 7, "clock": {"mode": "frozen", "wire": "virtual"}, "faults": [{"fault": "rate_limit", "nth": [2]}]}
    empty("PUT", "", spec)
    assert empty("PUT", "", spec)["id"] == "w"
    assert [search(empty) for _ in range(3)] == [0, 36009002, 0]
    other = empty.refused("PUT", "/_mock/workspaces/other", {**spec, "faults": [{"fault": "latency"}]})
    assert "fault 'latency-1': latency needs seconds" in other["detail"]
    assert [row["id"] for row in empty("GET", "/_mock/workspaces")["workspaces"]] == ["w"]
    assert empty.refused("PUT", "", {**spec, "faults": []})["status"] == 409


def test_rate_limits_are_off_in_the_workspace_that_says_so_whatever_the_server_does(empty: Control) -> None:
    empty.server.simulator.quota = "enforce"
    empty("PUT", "", {"quota": "off"})
    empty("PUT", "/_mock/workspaces/other", {"quota": "announce"})
    assert empty("GET", "settings")["quota"] == "off"
    assert empty("GET", "/_mock/workspaces/other/settings")["quota"] == "enforce"
