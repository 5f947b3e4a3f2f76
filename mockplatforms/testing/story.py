"""What happened in a test, a line each: what the test did, and what the integration called; and where it is written down."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_JAKARTA = timedelta(hours=7)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that the test did. ``after``: the last exchange before it."""

    after: int
    words: str

    def but(self, words: str) -> Act:
        return replace(self, words=words)


def clock(unix: int) -> str:
    """An instant as a seller in Jakarta reads it."""
    return (datetime.fromtimestamp(unix, UTC) + _JAKARTA).strftime("%d %b %H:%M:%S")


def name(order: Mapping[str, Any]) -> str:
    """An order as a sentence begins with it."""
    return f"{order['platform']} order {order['order_id']}"


def line(row: Mapping[str, Any]) -> str:
    """One call of the journal."""
    said = "ok" if row["verdict"] == "answered" else f"{row['verdict']}: {row['code'] or ''} {row['reason'] or ''}".replace("  ", " ").rstrip()
    return f"{clock(row['at']['world'])} {row['method']} {row['path']} → {said} [{row['phase'] or '-'}, exchange {row['id']}]"


def told(acts: Sequence[Act], journal: Sequence[Mapping[str, Any]], *, last: int = 40) -> str:
    """Acts and calls in the order in which they happened, the last so many of them."""
    rows = [(act.after, 1, f"· {act.words}") for act in acts] + [(row["id"], 0, line(row)) for row in journal]
    rows.sort(key=lambda row: row[:2])
    texts = [text for _, _, text in rows]
    let_go = f"    … {len(texts) - last} before\n" if len(texts) > last else ""
    return let_go + "\n".join(f"    {text}" for text in texts[-last:])


def kept(text: str, name: str, *, beside: type, at: Path | None = None) -> Path:
    """Write a text to a file of that name: in ``at``, else in .mockplatforms beside the source of a class, else where temporary files are."""
    folders = [at] if at is not None else [*_beside(beside), Path(tempfile.gettempdir()) / "mockplatforms"]
    for folder in folders[:-1]:
        try:
            return _written(text, folder / name)
        except OSError:
            pass  # a source that cannot be written beside, as in an image
    return _written(text, folders[-1] / name)


def _beside(kind: type) -> list[Path]:
    try:
        return [Path(inspect.getfile(kind)).resolve().parent / ".mockplatforms"]
    except (TypeError, OSError):
        return []  # a class without a file: typed in, or made


def _written(text: str, file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.parent.name == ".mockplatforms":
        (file.parent / ".gitignore").write_text("*\n")
    file.write_text(text, encoding="utf-8")
    return file
