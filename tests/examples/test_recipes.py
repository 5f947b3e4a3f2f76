"""The recipes of docs/recipes.md do the rehearsal that they show, in each language, and fail where an integration would."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from mockplatforms.testing import Served

ROOT = Path(__file__).parent.parent.parent
RECIPES = ROOT / "examples" / "recipes"


class Recipe(NamedTuple):
    command: str  # as docs/recipes.md tells it
    debian: str  # the packages that bring it


LANGUAGES = {
    "node": Recipe("node --test rehearsal.test.mjs", "nodejs"),
    "php": Recipe("php rehearsal.php", "php-cli php-curl"),
    "java": Recipe("java Rehearsal.java", "default-jdk-headless"),
    "go": Recipe("go test -count=1 ./...", "golang-go"),
}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as host:
        yield host


def rehearsed(language: str, at: Path, url: str) -> subprocess.CompletedProcess[str]:
    """Run a recipe in its folder. Skips where its language is missing, and fails there under CI."""
    recipe = LANGUAGES[language]
    command = recipe.command.split()
    if shutil.which(command[0]) is None:
        missing = f"missing: {command[0]}, for the recipe in {language} (apt-get install {recipe.debian})"
        if os.environ.get("CI"):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    environment = {**os.environ, "MOCKPLATFORMS_URL": url}
    return subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rehearsal_goes_well(language: str, served: Served) -> None:
    ran = rehearsed(language, RECIPES / language, served.base_url)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert served.control("GET", "/workspaces") == {"workspaces": []}  # it left nothing behind


# What is made of a recipe so that it has to fail, and what it says then.
CARELESS = {
    "an order is shown on both platforms": ('"idle_ttl":600', '"idle_ttl":600,"settings":{"shadow_inflight":true}', "was shipped on both platforms"),
    "webhooks carry no signature": ("webhook_secret", "no_secret", "genuine|signature"),
}


@pytest.mark.parametrize("fault", CARELESS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rehearsal_that_goes_wrong_fails_and_says_why(language: str, fault: str, served: Served, tmp_path: Path) -> None:
    right, wrong, words = CARELESS[fault]
    at = shutil.copytree(RECIPES / language, tmp_path / language)
    changed = 0
    for file in at.iterdir():
        text = file.read_text()
        changed += text.count(right)
        file.write_text(text.replace(right, wrong))
    assert changed == 1

    ran = rehearsed(language, at, served.base_url)

    assert ran.returncode != 0
    assert any(word in ran.stdout + ran.stderr for word in words.split("|")), ran.stdout + ran.stderr


def test_the_guide_tells_how_to_run_each() -> None:
    guide = (ROOT / "docs" / "recipes.md").read_text()

    assert sorted(LANGUAGES) == sorted(folder.name for folder in RECIPES.iterdir())
    assert all(recipe.command in guide and recipe.debian in guide for recipe in LANGUAGES.values())
