"""Schedules: what happens when, written by hand or exported, runs alike each time."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from control_api import Control

from mockplatforms import cli
from mockplatforms.server import schedules
from mockplatforms.testing import local
from mockplatforms.testing.hosts import Local, NotPossible, Served

BY_HAND = """\
workspace:
  id: rehearsal
  seed: 7
  world: demo
  clock: {mode: frozen, wire: virtual}
  ids: repeat
  webhook_urls: {tiktok_shop: "http://127.0.0.1:9/t", tokopedia: "http://127.0.0.1:9/k"}
timeline:
  - do: POST /orders                       # at once
    with: {buyer_app: tiktok_shop, items: []}
  - at: 1h
    do: POST /migration/link
  - after: 30m
    do: POST /orders
    with: {buyer_app: tokopedia, items: []}
  - until: MERGED
  - do: POST /migration/link
    refused: true                          # nobody merges twice
"""


def told(host: Local, name: str) -> tuple[Any, Any]:
    """The bytes that were sent or will be, in order, and the orders."""
    rows = host.control("GET", f"/workspaces/{name}/webhooks", query={"limit": 1000})["deliveries"]
    return [(row["topic"], row["caused"], row["body"]) for row in rows], host.control("GET", f"/workspaces/{name}/orders")


def test_a_schedule_written_by_hand_happens_as_it_says() -> None:
    host = Local()
    played = host.control("POST", "/schedules", {"text": BY_HAND})
    assert played["surprise"] == ""
    assert [(step["at"], step.get("do")) for step in played["steps"][:3]] == [(0, "POST /orders"), (3600, "POST /migration/link"), (5400, "POST /orders")]
    assert host.control("GET", "/workspaces/rehearsal/migration")["phase"] == "MERGED"


def test_two_runs_give_the_same_bytes_in_the_same_order() -> None:
    runs = []
    for _ in range(2):
        host = Local()
        host.control("POST", "/schedules", {"text": BY_HAND})
        runs.append(told(host, "rehearsal"))
    assert runs[0] == runs[1]
    assert len(runs[0][0]) > 10


def test_what_was_done_is_exported_and_runs_again_to_the_same_bytes() -> None:
    with local("original", world="demo") as shop:
        host = shop.host
        order = shop.place_order(on="tiktok_shop")
        shop.advance(hours=2)
        shop.link()
        package = shop.tiktok_shop.data("GET", "/order/202309/orders", {"ids": order.id})["orders"][0]["packages"][0]["id"]
        shop.tiktok_shop.data("POST", f"/fulfillment/202309/packages/{package}/ship", {}, {"handover_method": "PICKUP"})
        shop.merge()
        shop.message("Halo", on="tokopedia")
        exported = host.control("GET", f"/workspaces/{shop.workspace}/schedule", query={"calls": "true"})
        assert isinstance(host, Local)
        before = told(host, shop.workspace)
        journal = [(row["path"], row["code"], row["at"]) for row in shop.control("GET", "/journal")["exchanges"]]
        assert "notes" not in exported

    again = Local()
    again.control("POST", "/schedules", {"text": json.dumps(exported)})
    assert told(again, exported["workspace"]["id"]) == before
    assert [(row["path"], row["code"], row["at"]) for row in again.control("GET", f"/workspaces/{exported['workspace']['id']}/journal")["exchanges"]] == journal
    assert again.control("GET", f"/workspaces/{exported['workspace']['id']}/schedule", query={"calls": "true"})["timeline"] == exported["timeline"]


def test_an_export_says_what_keeps_it_from_being_exact(mock: Control) -> None:
    mock("PUT", "/_mock/workspaces/real", {"seed": 3})
    notes = mock("GET", "/_mock/workspaces/real/schedule")["notes"]
    assert len(notes) == 2
    assert "frozen" in notes[0]
    assert "ids: repeat" in notes[1]


def test_faults_and_chaos_of_a_schedule_strike_in_its_workspace() -> None:
    host = Local()
    trouble = "faults:\n  - {fault: reset, side: after, endpoint: ship-package}\nchaos:\n  - {id: merge-lost, chaos: lose, topic: merge}\n"
    assert host.control("POST", "/schedules", {"text": trouble + BY_HAND})["surprise"] == ""
    assert host.control("GET", "/workspaces/rehearsal/chaos/merge-lost")["struck"] == 1
    assert [row["fault"] for row in host.control("GET", "/workspaces/rehearsal/faults")["faults"]] == ["reset"]


def test_a_reset_begins_an_empty_schedule(mock: Control) -> None:
    mock("POST", "orders", {"buyer_app": "tiktok_shop", "items": []})
    assert len(mock("GET", "schedule")["timeline"]) == 1
    mock("POST", "reset")
    assert mock("GET", "schedule")["timeline"] == []


def test_a_run_stops_at_the_first_surprise_and_says_why() -> None:
    host = Local()
    for text, words in (
        (BY_HAND.replace("    refused: true                          # nobody merges twice\n", ""), "POST /migration/link: refused"),
        (BY_HAND.replace("- after: 30m\n", "- after: 30m\n    refused: true\n"), "it was answered"),
    ):
        played = host.control("POST", "/schedules", {"text": text})
        assert words in played["surprise"]
        assert played["steps"][-1]["surprise"] == played["surprise"]
        host.control("DELETE", "/workspaces/rehearsal")


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("world: demo", "world: dmeo"), 4, "did you mean 'demo'"),
        (("at: 1h", "at: soon"), 11, "1h30m"),
        (("after: 30m", "at: 30m"), 13, "time does not go back"),
        (("POST /migration/link", "POST /migration/lnik"), 12, "did you mean"),
        (("buyer_app: tokopedia, items", "buyer_app: shopee, items"), 15, "buyer_app"),
        (("until: MERGED", "untill: MERGED"), 16, "untill"),
        (("seed: 7", "seed: seven"), 3, "seed"),
        (("timeline:", "timeline: ["), 9, "neither YAML nor JSON"),
        (("timeline:", "chaos:\n  - {chaos: lose, topic: merge}\n  - chaos: delay\n    topic: mergr\ntimeline:"), 11, "did you mean 'merge'"),
        (("ids: repeat", "faults:\n    - fault: reset\n      endpoint: ship-pakage"), 8, "did you mean"),
        (("- until: MERGED", "- until: MERGED\n    at: 2d"), 16, "one of at, after and until"),
        (("until: MERGED", "until: MERGDE"), 16, "until is one of next_due, PRE_MERGE"),
        (("at: 1h", "at: 1:30"), 11, "1h30m"),
        (("at: 1h", "at: 99999d"), 11, "at most ten years"),
        (("at: 1h", "at: !!binary aGE="), 11, "binary is nothing that a schedule can say"),
        (("at: 1h", "at: 99999999999999999999999"), 11, "at most ten years"),
        (("do: POST /migration/link\n  - after", "do: POST /migration/link\n    do: POST /reset\n  - after"), 13, "'do' stands twice"),
        (("items: []}\n  - at", f"items: [], count: {10**30}}}\n  - at"), 10, "cannot be sent as JSON"),
        (("do: POST /migration/link", "do: POST"), 12, "do is a method and a path below the workspace"),
        (("do: POST /migration/link", "do: POST /_mock/workspaces/rehearsal/orders"), 12, "a path below the workspace"),
        (("do: POST /migration/link", "do: GET /orders"), 12, "nothing that happens"),
        (("do: POST /migration/link", "with: {}"), 12, "it stands beside do"),
        (("do: POST /migration/link", "call: {method: GET, path: shop/list}"), 12, "begins with /"),
        (("do: POST /migration/link", "call: {method: GET, path: /x, body: {base64: '$'}}"), 12, "the body of a call is text, JSON"),
        (("items: []}\n  - at", "items: [], 1: 2}\n  - at"), 10, "there is no field '1'"),
        (("timeline:", "chaos: &all\n  - *all\ntimeline:"), 8, "aliases unfold"),
        (("timeline:", "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\ntimeline:"), 8, "aliases"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_with_line_and_reason(change: tuple[str, str], line: int, words: str) -> None:
    with pytest.raises(schedules.Impossible) as no:
        schedules.read(BY_HAND.replace(*change))
    assert no.value.line == line, str(no.value)
    assert words in str(no.value)


def test_instants_are_written_without_quotes_and_parts_are_used_again() -> None:
    host = Local()
    text = (
        "workspace: {id: w, clock: {mode: frozen, wire: virtual}}\n"
        "timeline:\n  - &order\n    do: post /orders\n    with: {buyer_app: tokopedia, items: []}\n"
        "  - until: 2025-01-20T05:00:00Z\n  - {<<: *order, after: 10m}\n"
    )
    played = host.control("POST", "/schedules", {"text": text})
    assert (played["surprise"], played["steps"][2]["at"]) == ("", 2 * 3600 + 600)


def test_the_body_of_a_call_may_be_json_and_its_headers_are_written_in_any_case() -> None:
    host = Local()
    call = {"method": "post", "path": "/order/202309/orders/search", "headers": {"Content-Type": "application/json"}, "body": {"order_status": "UNPAID"}}
    assert host.control("POST", "/schedules", {"schedule": {"workspace": {"id": "w"}, "timeline": [{"call": call}]}})["surprise"] == ""
    (row,) = host.control("GET", "/journal")["exchanges"]
    asked = host.control("GET", f"/exchanges/{row['id']}")["request"]
    assert (asked["method"], json.loads(asked["body"])) == ("POST", {"order_status": "UNPAID"})
    assert "content-type" in asked["headers"]


def test_a_step_that_comes_too_late_is_a_surprise() -> None:
    played = Local().control("POST", "/schedules", {"text": BY_HAND.replace("  - at: 1h", "  - do: POST /clock/advance\n    with: {seconds: 4000}\n  - at: 1h")})
    assert played["surprise"] == "step 3: time does not go back: it is 400 s later already"


def test_time_since_the_step_before_is_that_also_after_a_reset() -> None:
    order = {"do": "POST /orders", "with": {"buyer_app": "tokopedia", "items": []}}
    steps = [{"at": 100, **order}, {"do": "POST /reset"}, {"after": 10, **order}]
    played = Local().control("POST", "/schedules", {"schedule": {"workspace": {"clock": {"mode": "frozen", "wire": "virtual"}}, "timeline": steps}})
    assert [step["at"] for step in played["steps"]] == [100, 100, 110]


def test_an_export_after_a_restore_has_the_calls_of_before() -> None:
    with local("restored", world="demo") as shop:
        shop.control("POST", "/snapshots", {"name": "early"})
        shop.tokopedia.call("GET", "/v2/order/list", {})
        shop.control("POST", "/snapshots/early/restore")
        shop.tokopedia.call("GET", "/v2/order/list", {})
        steps = shop.control("GET", "/schedule", calls="true")["timeline"]
        assert [step.get("do", "call") for step in steps] == ["POST /snapshots", "call", "POST /snapshots/early/restore", "call"]


def test_an_export_of_a_fork_has_what_was_done_before_it_and_that_its_webhooks_are_held() -> None:
    with local("origin", world="demo") as shop:
        shop.place_order(on="tiktok_shop")
        shop.control("POST", "/fork", {"id": "fork"})
        exported = shop.host.control("GET", "/workspaces/fork/schedule")
        before = [(row["body"], row["status"]) for row in shop.host.control("GET", "/workspaces/fork/webhooks")["deliveries"]]
        shop.host.control("DELETE", "/workspaces/fork")
    assert [step["do"] for step in exported["timeline"]] == ["POST /orders", "POST /webhooks/hold"]
    again = Local()
    again.control("POST", "/schedules", {"schedule": exported})
    after = [(row["body"], row["status"]) for row in again.control("GET", "/workspaces/fork/webhooks")["deliveries"]]
    assert [body for body, _ in after] == [body for body, _ in before]


def test_an_export_after_a_reset_says_what_is_not_in_it(mock: Control) -> None:
    mock("PUT", "settings", {"settings": {"shop_info_lag": 60}})
    mock("POST", "reset")
    assert any("begins with a reset" in note for note in mock("GET", "schedule")["notes"])


def test_a_schedule_whose_workspace_is_there_already_is_refused_with_what_helps() -> None:
    host = Local()
    host.control("POST", "/schedules", {"text": BY_HAND})
    with pytest.raises(NotPossible, match="delete it first, or leave the id out"):
        host.control("POST", "/schedules", {"text": BY_HAND})


def test_the_control_api_tells_line_and_field(empty: Control) -> None:
    problem = empty.refused("POST", "/_mock/schedules", {"text": BY_HAND.replace("at: 1h", "at: soon")})
    assert problem["line"] == 11
    assert problem["field"] == "timeline[1].at"
    assert empty("GET", "/_mock/workspaces")["workspaces"] == []


# ---- the commands ------------------------------------------------------------------------------------------------------------------------


def test_the_command_run_tells_each_step_and_whether_all_went_as_the_schedule_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rehearsal.yaml"
    file.write_text(BY_HAND)
    assert cli.main(["run", str(file)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1].split() == ["3600", "s", "POST", "/migration/link", "200"]
    assert told[-1] == "5 steps, as the schedule says"
    file.write_text(BY_HAND.replace("    refused: true", "    refused: false"))
    assert cli.main(["run", str(file)]) == 1
    assert "step 5, POST /migration/link: refused" in capsys.readouterr().out


def test_the_command_run_takes_a_schedule_from_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(BY_HAND))
    assert cli.main(["run", "-"]) == 0
    assert "5 steps, as the schedule says" in capsys.readouterr().out


def test_the_command_run_names_a_file_that_is_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "no.yaml").write_bytes(b"\xff\xfe")
    assert cli.main(["run", str(tmp_path / "no.yaml")]) == 2
    assert "no.yaml is no text in UTF-8" in capsys.readouterr().err


def test_the_command_run_names_the_line_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rehearsal.yaml"
    file.write_text(BY_HAND.replace("at: 1h", "at: soon"))
    assert cli.main(["run", str(file)]) == 2
    assert "line 11: a length of time" in capsys.readouterr().err


def test_what_the_command_export_prints_the_command_run_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Served() as host:
        host.control("POST", "/schedules", {"text": BY_HAND})
        assert cli.main(["export", "--url", host.base_url, "--workspace", "rehearsal"]) == 0
    file = tmp_path / "again.json"
    file.write_text(capsys.readouterr().out)
    assert cli.main(["run", str(file)]) == 0
    assert cli.main(["export", "--url", host.base_url]) == 2
