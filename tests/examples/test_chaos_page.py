"""docs/chaos.md, executed: every rule of its table can be posted as it stands there, and every kind has an example."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mockplatforms.domain.rules import RECOMMENDED
from mockplatforms.gateway.chaos import FIELDS, KINDS
from mockplatforms.testing import local

_PAGE = (Path(__file__).parents[2] / "docs" / "chaos.md").read_text()
_ROWS: list[dict[str, Any]] = [json.loads(text) for text in re.findall(r'`(\{"(?:id|chaos)".*?\})`', _PAGE)]


def test_the_table_has_an_example_of_every_kind() -> None:
    assert [row["chaos"] for row in _ROWS] == list(KINDS)


@pytest.mark.parametrize("row", _ROWS, ids=[row["chaos"] for row in _ROWS])
def test_each_example_is_taken_as_it_stands(row: dict[str, Any]) -> None:
    with local("page", world="demo") as shop:
        told = shop.control("POST", "/chaos", row)
        assert row.items() <= told.items()


def test_the_page_names_every_field_and_settings_that_there_are() -> None:
    unnamed = [name for name in FIELDS if f"`{name}`" not in _PAGE and f'"{name}"' not in _PAGE]
    assert unnamed == []
    settings = re.findall(r"`(\w+)`", _PAGE.partition("**Beside the rules**")[2])
    assert all(hasattr(RECOMMENDED, name) or name in ("delay", "merge") for name in settings)
