"""docs/faults.md, executed: every fault of its table can be posted as it stands there, and every kind has an example."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mockplatforms.gateway.faults import FIELDS, KINDS
from mockplatforms.gateway.meters import MODES
from mockplatforms.testing import local

_PAGE = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()
_ROWS: list[dict[str, Any]] = [json.loads(text) for text in re.findall(r'`(\{"(?:id|fault)".*?\})`', _PAGE)]


def test_the_table_has_an_example_of_every_kind() -> None:
    assert [row["fault"] for row in _ROWS] == list(KINDS)


@pytest.mark.parametrize("row", _ROWS, ids=[row["fault"] for row in _ROWS])
def test_each_example_is_taken_as_it_stands(row: dict[str, Any]) -> None:
    with local("page") as shop:
        told = shop.control("POST", "/faults", row)
        assert row.items() <= told.items()


def test_the_page_names_every_field_and_every_mode_of_the_quota() -> None:
    unnamed = [name for name in FIELDS if f"`{name}`" not in _PAGE and f'"{name}"' not in _PAGE]
    assert unnamed == []
    assert f'"quota": "{MODES[-1]}"' in _PAGE
