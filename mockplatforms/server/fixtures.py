"""The seed worlds that come with the simulator: which there are, and what stands in them."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent.parent


@lru_cache(maxsize=1)
def folder() -> Path:
    """Where the fixtures lie: in the installed package, or beside it in a checkout."""
    installed = _PACKAGE / "_fixtures"
    return installed if installed.is_dir() else _PACKAGE.parent / "fixtures"


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The names of all seed worlds, sorted."""
    return tuple(sorted(path.stem for path in (folder() / "worlds").glob("*.json")))


@lru_cache(maxsize=16)
def world(name: str) -> dict[str, Any]:
    """What stands in the seed world of that name (shared: nobody changes it). Raises ValueError in words for an unknown name."""
    if name not in names():
        raise ValueError(f"there is no world {name!r}; the worlds are {', '.join(names())}")
    return _read(folder() / "worlds" / f"{name}.json")


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Any]:
    """What all seed worlds share: couriers, categories, buyers, apps and the goods that sellers are given (shared: nobody changes it)."""
    return {**_read(folder() / "catalogue.json"), "categories": _read(folder() / "categories.json")["tree"]}


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found
