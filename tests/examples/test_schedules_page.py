"""docs/schedules.md, executed: its schedule runs as it stands there, its example is a test, and it names every field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mockplatforms import cli
from mockplatforms.server.control.schedules import SCHEDULE
from mockplatforms.testing import play

_PAGE = (Path(__file__).parents[2] / "docs" / "schedules.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", _PAGE, re.DOTALL)


def test_the_schedule_runs_as_it_stands_there() -> None:
    (text,) = _blocks("yaml")
    shop = play(text)
    assert shop.phase == "MERGED"
    assert [row["status"] for row in shop.deliveries(topic="merge")] == ["lost"]


def test_the_example_in_python_runs() -> None:
    (code,) = _blocks("python")
    exec(code, {})


def test_the_command_runs_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (text,) = _blocks("yaml")
    (tmp_path / "rehearsal.yaml").write_text(text)
    assert cli.main(["run", str(tmp_path / "rehearsal.yaml")]) == 0
    assert "6 steps, as the schedule says" in capsys.readouterr().out


def test_the_page_names_every_field_of_a_step() -> None:
    items = SCHEDULE["timeline"]["items"]["fields"]
    names = [*items, *items["call"]["fields"]]
    assert [name for name in names if f"`{name}`" not in _PAGE] == []
