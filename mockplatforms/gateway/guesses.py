"""What somebody may have meant who named a thing that there is none of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def nearest(word: str, known: Iterable[str], *, most: int = 3, cutoff: float = 0.5) -> list[str]:
    """The known words closest to this one, each once; of two that are equally close the one known first. ``cutoff``: how alike, from 0 to 1."""
    import difflib  # nobody who names things right needs it

    return difflib.get_close_matches(word, list(dict.fromkeys(known)), n=most, cutoff=cutoff)


def meant(close: Sequence[str]) -> str:
    """The question that goes before what there is; empty when nothing is close."""
    return f"did you mean {close[0]!r}? " if close else ""
