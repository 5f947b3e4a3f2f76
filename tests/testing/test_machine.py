"""The fuzzer: a careful integration passes, careless ones are found, and what is found is told as a story and as a test."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
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

from mockplatforms.testing import Served, laws
from mockplatforms.testing.machine import TROUBLE, MigrationMachine

_BOUNDED = settings(
    max_examples=15, stateful_step_count=25, deadline=None, database=None, derandomize=True, report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck), print_blob=False,
)  # fmt: skip


def test_there_are_twenty_five_laws_each_in_a_sentence() -> None:
    assert len(laws.ALL) >= 25
    assert all(law.__doc__ and law.__doc__.endswith(".") for law in laws.ALL.values())


class Alone(MigrationMachine):
    """The simulator, with nobody at work."""

    checks = frozenset(laws.WORLD)


class Two(Alone):
    sellers = ("satu", "dua")


@pytest.mark.parametrize("kind", [Alone, Two])
def test_the_simulated_world_keeps_its_laws(kind: type[MigrationMachine]) -> None:
    run_state_machine_as_test(kind, settings=_BOUNDED)


def test_the_simulated_world_keeps_its_laws_when_it_is_served() -> None:
    with Served() as host:
        kind = type("Over", (Alone,), {"host": host})
        run_state_machine_as_test(kind, settings=settings(_BOUNDED, max_examples=3))


def test_a_careful_integration_passes() -> None:
    run_state_machine_as_test(machine(Integration), settings=_BOUNDED)


@pytest.mark.parametrize("kind", [Rounds, Hammers, BreaksOnChats, KeepsOldIds])
def test_a_careless_integration_is_found(kind: type[Integration]) -> None:
    with pytest.raises(AssertionError, match="the same as a test"):
        run_state_machine_as_test(machine(kind, **CARELESS[kind]), settings=settings(_BOUNDED, phases=[Phase.generate], max_examples=60))


def test_what_is_found_is_a_short_story_that_runs_as_a_test() -> None:
    with pytest.raises(AssertionError) as failure:
        run_state_machine_as_test(machine(BreaksOnChats), settings=settings(_BOUNDED, max_examples=40))
    told = str(failure.value)
    steps = re.findall(r"^        (machine\..*)$", told, re.MULTILINE)
    assert 1 <= len(steps) <= 6
    assert re.search(r"the story:\n    (·|\d)", told)
    with pytest.raises(AssertionError, match="The receiver never breaks"):
        play(machine(BreaksOnChats), *steps)


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
