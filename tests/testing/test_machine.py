"""The fuzzer: a careful integration passes, careless ones are found, and what is found is told as a story, as a test and as a schedule.

FUZZ_EXAMPLES (make fuzz) asks for more examples than a test run has time for, and for other ones each time.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from counting import calls_of
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test
from integrations import (
    CARELESS,
    BreaksOnChats,
    Hammers,
    Integration,
    KeepsOldIds,
    LeavesTooEarly,
    LooksBackAnHour,
    NeedsTheWebhook,
    Rounds,
    SendsAgain,
    ShipsWhatItSees,
    machine,
)

from mockplatforms import cli
from mockplatforms.domain.orders import ORDERS, Status
from mockplatforms.domain.phases import Phase as Merge
from mockplatforms.domain.shops import SELLERS, sellers
from mockplatforms.gateway.call import Reply, Request
from mockplatforms.testing import Local, Served, laws
from mockplatforms.testing.machine import TROUBLE, MigrationMachine

_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", 0))
_BOUNDED = settings(
    max_examples=15, stateful_step_count=25, deadline=None, database=None, derandomize=True, report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck), print_blob=False, phases=[Phase.generate, Phase.shrink],
)  # fmt: skip
_HOUSE = settings(_BOUNDED, max_examples=_EXAMPLES or 40, stateful_step_count=50 if _EXAMPLES else 25, derandomize=not _EXAMPLES)


def test_there_are_twenty_five_laws_each_in_a_sentence() -> None:
    assert len(laws.ALL) >= 25
    assert all(law.__doc__ and law.__doc__.endswith(".") for law in laws.ALL.values())


class Alone(MigrationMachine):
    """The simulator, with nobody at work. ``seen``: the phases that were looked at, and the platforms that had new orders in them."""

    checks = frozenset(laws.WORLD)
    trouble = frozenset({"webhooks", "answers", "outages", "errors"})
    seen: ClassVar[set[tuple[Merge, str]]] = set()

    @invariant()
    def is_seen(self) -> None:
        phase = sellers(self._watch.workspace.world)[0].phase
        self.seen.update((phase, order.platform) for order in self.orders)


class Two(Alone):
    sellers = ("satu", "dua")


@pytest.mark.parametrize("kind", [Alone, Two])
def test_the_simulated_world_keeps_its_laws(kind: type[MigrationMachine]) -> None:
    kind.seen = set()  # type: ignore[attr-defined]
    run_state_machine_as_test(kind, settings=_HOUSE)
    assert {phase for phase, _ in kind.seen} == set(Merge)  # type: ignore[attr-defined]
    assert {platform for _, platform in kind.seen} == {"tokopedia", "tiktok_shop"}  # type: ignore[attr-defined]


def test_a_careful_integration_passes() -> None:
    run_state_machine_as_test(machine(Integration), settings=_HOUSE)


def test_a_careful_integration_passes_over_http() -> None:
    with Served() as host, httpx.Client(base_url=host.base_url, trust_env=False) as client:

        def send(request: Request) -> Reply:
            told = client.request(request.method, f"{request.path}?{request.query}", content=request.body, headers=dict(request.headers))
            return Reply((told.content,), status=told.status_code)

        class OverHttp(machine(Integration, host=host, checks=frozenset(laws.ALL))):  # type: ignore[misc]
            def start(self) -> None:
                self.shop.send = send
                super().start()

        run_state_machine_as_test(OverHttp, settings=settings(_HOUSE, max_examples=max(2, _EXAMPLES // 20), stateful_step_count=15))


@pytest.mark.parametrize("kind", [Rounds, Hammers, BreaksOnChats, KeepsOldIds])
def test_a_careless_integration_is_found(kind: type[Integration]) -> None:
    with pytest.raises(AssertionError, match="the same as a test"):
        run_state_machine_as_test(machine(kind, **CARELESS[kind]), settings=settings(_BOUNDED, phases=[Phase.generate], max_examples=60))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the machine says of an integration whose receiver breaks."""
    with pytest.raises(AssertionError) as failure:
        run_state_machine_as_test(machine(BreaksOnChats, schedules=tmp_path_factory.mktemp("schedules")), settings=settings(_BOUNDED, max_examples=40))
    return str(failure.value)


def test_what_is_found_is_a_short_story_that_runs_as_a_test(found: str, tmp_path: Path) -> None:
    steps = re.findall(r"^        (machine\..*)$", found, re.MULTILINE)
    assert 1 <= len(steps) <= 6
    assert re.search(r"the story:\n    (·|\d)", found)
    with pytest.raises(AssertionError, match="The receiver never breaks"):
        play(machine(BreaksOnChats, schedules=tmp_path), *steps)


def test_what_is_found_is_a_schedule_that_runs_again(found: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = found.rpartition("mockplatforms run ")[2].strip()
    assert cli.main(["run", file]) == 0
    assert "as the schedule says" in capsys.readouterr().out
    schedule = json.loads(Path(file).read_text())
    host = Local()
    played = host.control("POST", "/schedules", {"schedule": schedule})
    again = host.control("GET", f"/workspaces/{played['id']}/schedule", query={"calls": "true"})
    assert again["timeline"] == schedule["timeline"] and "notes" not in again  # the same acts and calls, to the byte
    rows = host.control("GET", f"/workspaces/{played['id']}/webhooks")["deliveries"]
    assert rows and all(row["status"] == "delivered" for row in rows)


_SUITE = """
import os
from hypothesis import Phase, settings
from mockplatforms.testing.machine import MigrationMachine

class Breaks(MigrationMachine):
    def webhook(self, webhook):
        assert webhook.topic not in ("ORDER_STATUS_CHANGE", "order_notification")

chosen = dict(max_examples=30, stateful_step_count=10)
if "REUSE" in os.environ:
    chosen["phases"] = [Phase.reuse]
if "FORGET" in os.environ:
    chosen["database"] = None
TestBreaks = Breaks.TestCase
TestBreaks.settings = settings(TestBreaks.settings, **chosen)
"""


_CI = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "BUILDKITE", "CIRCLECI", "CIRRUS_CI", "CODEBUILD_BUILD_ID", "HEROKU_TEST_RUN_ID", "TEAMCITY_VERSION", "bamboo.buildKey")


def _suite(at: Path, *arguments: str, **environment: str) -> str:
    """What pytest says of a user's suite, where it isn't known to run in CI: there Hypothesis keeps no examples."""
    (at / "test_user.py").write_text(_SUITE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
    return subprocess.run(command, cwd=at, env={**{name: held for name, held in os.environ.items() if name not in _CI}, "PYTHONPATH": os.pathsep.join(sys.path), **environment}, capture_output=True, text=True, timeout=300, check=False).stdout


def _test_in(told: str) -> list[str]:
    return re.findall(r"^E +(machine\..*)$", told, re.MULTILINE)


def test_a_seed_of_hypothesis_finds_the_same_again(tmp_path: Path) -> None:
    first, second = (_suite(tmp_path, "--hypothesis-seed=7", FORGET="1") for _ in range(2))
    assert _test_in(first) == _test_in(second) != []
    assert "mockplatforms run " + str(tmp_path / ".mockplatforms" / "Breaks.webhooks_are_answered.json") in first


def test_the_example_database_knows_what_was_found(tmp_path: Path) -> None:
    assert "failed" not in _suite(tmp_path, REUSE="1")
    first = _suite(tmp_path)
    again = _suite(tmp_path, REUSE="1")
    assert "1 failed" in again and _test_in(again) == _test_in(first) != []


def play(kind: type[MigrationMachine], *steps: str) -> None:
    """Play steps as a failure prints them: lines of Python."""
    with kind.played() as played:
        for step in steps:
            exec(step, {"machine": played})


# A careless integration, the story that breaks it, and what is said of it.
STORIES = [
    (
        LeavesTooEarly,
        ["machine.seller_links()", "machine.shops_merge(orders=[(-3600, 'tokopedia', False)])", "machine.time_passes(seconds=86400)"],
        r"was paid \d+ h ago and no call has shown it",
    ),
    (
        NeedsTheWebhook,
        ["machine.seller_links()", "machine.trouble_comes(what='the merge webhook is lost')", "machine.shops_merge(orders=[(60, 'tokopedia', True)])", "machine.time_passes(seconds=86400)"],
        r"was paid \d+ h ago and no call has shown it",
    ),
    (
        SendsAgain,
        ["machine.time_passes(seconds=60)", "machine.trouble_comes(what='the next write gets no answer, though it is done')", "machine.buyer_orders(app='tiktok_shop')"],
        "a package that had left was shipped again",
    ),
    (
        ShipsWhatItSees,
        [
            "machine.seller_links()",
            "machine.trouble_comes(what='the next write gets no answer, and is not done')",
            "machine.shops_merge(orders=[(-1, 'tokopedia', True)])",
            "machine.time_passes(seconds=3600)",
        ],
        "were shipped 2 times",
    ),
    (
        LooksBackAnHour,
        ["machine.buyer_orders(app='tiktok_shop', paid=False)", "machine.time_passes(seconds=14400)", "machine.buyer_acts()", "machine.time_passes(seconds=14400)"],
        r"was paid \d+ h ago and no call has shown it",
    ),
]


@pytest.mark.parametrize(("kind", "steps", "words"), STORIES, ids=[kind.__name__ for kind, _, _ in STORIES])
def test_a_story_breaks_who_is_careless_and_not_who_is_careful(kind: type[Integration], steps: list[str], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        play(machine(kind, **CARELESS[kind]), *steps)
    if kind is not ShipsWhatItSees:  # whoever ships what is shown falls into that trap, which is synthetic
        play(machine(Integration), *steps)


STRIKES = [(what, trouble) for what, (kind, *trouble) in TROUBLE.items() if kind in ("answers", "errors")]


@pytest.mark.parametrize(("what", "trouble"), STRIKES, ids=[what for what, _ in STRIKES])
def test_trouble_with_answers_is_a_fault_that_strikes_so_many_writes(what: str, trouble: list[str]) -> None:
    fault, _, side = trouble[0].partition(" ")
    with machine(Integration).played() as played:
        played.trouble_comes(what=what)
        for _ in range(4):
            played.buyer_orders(app="tiktok_shop")
        struck = [row for row in played.shop.journal if row["verdict"] == "failed"]
    assert [(row["fault"]["fault"], row["fault"]["side"], row["wrote"] > 0) for row in struck] == [(fault, side, side == "after")] * int(trouble[1])


def calls_of_a_look(products: int) -> int:
    """How many functions are called when the laws look at a step in a shop of that size."""
    with machine(Integration, sellers=[{"key": "besar", "products": products}]).played() as played:
        played.buyer_orders(app="tiktok_shop")
        with played.machine._step("buyer_writes"):
            played.machine.shop.place_order(on="tiktok_shop")
        return calls_of(played.machine.laws_hold)


def test_laws_look_at_what_a_step_has_written_however_big_the_shop_is() -> None:
    assert calls_of_a_look(400) <= 1.2 * calls_of_a_look(20)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"checks": {"never_shiped_twice"}}, "there is no law 'never_shiped_twice'; did you mean 'never_shipped_twice'"),
        ({"trouble": {"webhook"}}, "there is no kind of trouble 'webhook'; did you mean 'webhooks'"),
        ({"world": "smal"}, "there is no world 'smal'; did you mean 'small'"),
    ],
)
def test_a_machine_that_cannot_be_is_refused_in_words(choices: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words), machine(Integration, **choices).played():
        pass


def test_laws_begin_anew_after_a_reset() -> None:
    with machine(Integration).played() as played:
        played.buyer_orders(app="tokopedia")
        played.machine.shop.control("POST", "/reset")
        played.time_passes(seconds=3600)
        played.buyer_orders(app="tiktok_shop")


def broken(watch: laws.Watch, **changes: Any) -> None:
    """The test's order is as no act can make it."""
    workspace = watch.workspace
    order = next(row for row in workspace.world.shelf(ORDERS).rows.values() if row.serial >= watch.began)
    workspace.apply(lambda world: world.put(ORDERS, order.but(**changes)))


@pytest.mark.parametrize("phases", [[Merge.MERGED], [Merge.MERGED, Merge.PRODUCT_MERGED], [Merge.MERGING, Merge.PRODUCT_MERGED], [Merge.MERGING, Merge.MERGED, Merge.MERGING]])
def test_a_phase_that_is_left_out_is_told_though_a_step_holds_several(phases: list[Merge]) -> None:
    with machine(Integration).played() as played:
        workspace = played.machine._watch.workspace
        for phase in phases:
            seller = sellers(workspace.world)[0]
            workspace.apply(lambda world, seller=seller, phase=phase: world.put(SELLERS, seller.but(phase=phase)))
        with pytest.raises(AssertionError, match=r"\(law the_migration_never_goes_back\)"):
            played.machine.laws_hold()


@pytest.mark.parametrize(
    ("changes", "law"),
    [
        ({"shipping_fee": -1}, "money_adds_up"),
        ({"status": Status.CANCELLED}, "units_are_promised_once"),
        ({"key": "order-0"}, "an_order_stays_where_it_is"),
    ],
)
def test_a_world_that_breaks_a_law_is_told_by_its_name(changes: dict[str, Any], law: str) -> None:
    with machine(Integration).played() as played:
        played.buyer_orders(app="tiktok_shop")
        broken(played.machine._watch, **changes)
        with pytest.raises(AssertionError, match=rf"\(law {law}\)"):
            played.machine.laws_hold()
