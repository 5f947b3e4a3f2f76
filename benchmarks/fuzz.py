"""What tests of integrations cost: setting up, calls in process, steps of the machine, and how soon it finds what was planted."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from mockplatforms.testing import Local, Served, laws, local, workspaces
from mockplatforms.testing.machine import MigrationMachine

Rows = list[tuple[str, str, str]]
STEPS = 25
_BOUNDED = settings(stateful_step_count=STEPS, deadline=None, database=None, report_multiple_bugs=False, suppress_health_check=list(HealthCheck), print_blob=False)


def _us(act: Callable[[int], Any], times: int) -> float:
    """The median of so many runs, in microseconds."""
    taken = []
    for n in range(times):
        begin = time.perf_counter()
        act(n)
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken) * 1e6


def setting_up() -> Rows:
    """A workspace for each test."""
    host = Local()
    spec = workspaces.spec(workspaces.chosen({}), "x")
    names = (f"w-{n}" for n in range(10**6))

    def made(on: Any) -> None:
        with workspaces.shop(on, next(names)):
            pass

    made(host)
    host.control("POST", "/workspaces", {**spec, "id": "kept"})
    acts: dict[str, Callable[[int], Any]] = {
        "a new workspace": lambda n: host.control("POST", "/workspaces", {**spec, "id": next(names)}),
        "a fork": lambda n: host.control("POST", "/workspaces/kept/fork", {"id": next(names)}),
        "a reset": lambda n: host.control("POST", "/workspaces/kept/reset"),
        "a test's shop, made and gone, in process": lambda n: made(host),
    }
    rows = [(name, f"{_us(act, 200) / 1000:.2f} ms", "≤ 1 ms") for name, act in acts.items()]
    with Served() as server:
        made(server)
        rows.append(("a test's shop, made and gone, on the session's server", f"{_us(lambda n: made(server), 200) / 1000:.2f} ms", ""))
    return rows


_SUITE = """
import pytest

@pytest.mark.parametrize("n", range(200))
def test_isolated(shop, n):
    shop.place_order(on="tiktok_shop")
    assert shop.tiktok_shop.data("POST", "/order/202309/orders/search", {"page_size": "50"}, {})["total_count"] == 3
"""


def suites() -> Rows:
    """Whole runs of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_user.py").write_text(_SUITE)
        begin = time.perf_counter()
        told = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder, capture_output=True, text=True, check=False).stdout
        taken = time.perf_counter() - begin
        assert "200 passed" in told, told[-2000:]
    code = "import time, pytest; begin = time.perf_counter(); import mockplatforms.pytest_plugin; print(time.perf_counter() - begin)"
    plugin = statistics.median(float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout) for _ in range(5))
    return [("200 tests with a workspace each, pytest and all", f"{taken:.1f} s", "≤ 5 s"), ("import of the pytest plugin, beside pytest", f"{plugin * 1000:.1f} ms", "≤ 10 ms")]


def calls() -> Rows:
    """A signed call in process: the answer alone, with our client, and through httpx."""
    import httpx

    rows = []
    with local("calls", quota="off") as shop:
        api = shop.tiktok_shop
        path = "/logistics/202309/warehouses"
        request = api.request("GET", path)
        given = shop.credentials["tokopedia"]
        with httpx.Client(transport=shop.transport, base_url="http://fs.tokopedia.test", headers={"Authorization": f"Bearer {given['access_token']}"}) as client:
            kinds: dict[str, tuple[Callable[[int], Any], str]] = {
                "Simulator.answer, signed small read": (lambda n: api.simulator.answer(request), "≥ 10,000 /s"),
                "the same by the signing client, signed and decoded": (lambda n: api.call("GET", path), "≥ 10,000 /s"),
                "Tokopedia's shop info by httpx without a socket": (lambda n: client.get(f"/v1/shop/fs/{given['fs_id']}/shop-info", params={"shop_id": given["shop_id"]}), ""),
            }
            rows += [(name, f"{1e6 / _us(act, 2000):,.0f} /s", aim) for name, (act, aim) in kinds.items()]
    return rows


class Bare(RuleBasedStateMachine):
    """What Hypothesis alone costs: rules that do nothing."""


for _n in range(10):
    setattr(Bare, f"rule_{_n}", rule(app=st.sampled_from(["a", "b"]), quantity=st.integers(1, 2), paid=st.booleans(), seller=st.integers(0, 7))(lambda self, **drawn: None))


class Trivial(MigrationMachine):
    """An integration that does next to nothing."""

    checks = frozenset(laws.WORLD)

    def integrate(self) -> None:
        self.shop.tiktok_shop.call("GET", "/authorization/202309/shops", cipher=False)


def counted(kind: type[RuleBasedStateMachine]) -> type[RuleBasedStateMachine]:
    """The machine with a count of its steps."""

    class Counted(kind):  # type: ignore[misc,valid-type]
        count = 0

        @invariant()
        def is_counted(self) -> None:
            type(self).count += 1

    Counted.__name__ = Counted.__qualname__ = kind.__name__
    return Counted


def steps(examples: int) -> Rows:
    """Steps of the machine in a second."""
    rates = {}
    for kind in (Bare, Trivial):
        machine = counted(kind)
        begin = time.perf_counter()
        run_state_machine_as_test(machine, settings=settings(_BOUNDED, max_examples=examples, derandomize=True, phases=[Phase.generate]))
        rates[kind] = machine.count / (time.perf_counter() - begin)  # type: ignore[attr-defined]
    return [("steps of the machine, trivial integration", f"{rates[Trivial]:,.0f} /s ({rates[Trivial] / rates[Bare]:.2f}× a machine of Hypothesis that does nothing)", "≥ 1,000 /s")]


def planted(seeds: int) -> Rows:
    """Ten integrations with a mistake each: after how many steps it is found, and how short the story gets."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "testing"))
    import integrations

    rows = []
    for kind, choices in sorted(integrations.CARELESS.items(), key=lambda row: row[0].__name__):
        found, lengths, taken = [], [], []
        for number in range(1, seeds + 1):
            with tempfile.TemporaryDirectory() as folder:
                machine = counted(integrations.machine(kind, schedules=Path(folder), **choices))
                first = _steps_to_failure(machine, number, [Phase.generate])
                begin = time.perf_counter()
                told = _steps_to_failure(machine, number, [Phase.generate, Phase.shrink]) if first else None
            found.append(first[0] if first else None)
            lengths.append(len(re.findall(r"^        machine\.", told[1], re.MULTILINE)) if told else 0)
            taken.append(time.perf_counter() - begin)
        rows.append((f"planted: {kind.__name__}", f"found after {' / '.join(str(one or '–') for one in found)} steps, told in {' / '.join(map(str, lengths))}, {statistics.median(taken):.1f} s", "≤ 2,000, ≤ 6"))
    return rows


def _steps_to_failure(machine: type[RuleBasedStateMachine], number: int, phases: list[Phase]) -> tuple[int, str] | None:
    machine.count = 0  # type: ignore[attr-defined]
    try:
        run_state_machine_as_test(seed(number)(machine), settings=settings(_BOUNDED, max_examples=2000 // STEPS, phases=phases))
    except AssertionError as no:
        return machine.count, str(no)  # type: ignore[attr-defined]
    return None


def table(quick: bool) -> Rows:
    return [*setting_up(), *calls(), *suites(), *steps(20 if quick else 100), *planted(1 if quick else 3)]
