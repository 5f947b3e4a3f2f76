"""What is promised of the project's files."""

from __future__ import annotations

import tomllib
from pathlib import Path

from mockplatforms import config
from mockplatforms.server import demo, fixtures

ROOT = Path(__file__).parent.parent


def test_the_wheel_carries_fixtures_and_examples() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert wheel["force-include"] == {"fixtures": "mockplatforms/_fixtures", "examples": "mockplatforms/_examples"}
    assert list(fixtures.names()) == ["demo", "empty", "small"]
    assert (demo.examples() / "sample_isv.py").is_file()


def test_the_image_carries_what_the_wheel_is_made_of() -> None:
    copied = {line.split()[1] for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("COPY") and len(line.split()) == 3}

    assert {"mockplatforms", "fixtures", "examples"} <= copied
    assert all((ROOT / name).exists() for name in copied)


def test_settings_are_read_from_flags_then_environment() -> None:
    values = config.load({"port": "1"}, {"MOCKPLATFORMS_PORT": "2", "MOCKPLATFORMS_SEED": "3"})

    assert (values["port"], values["seed"]) == (1, 3)
