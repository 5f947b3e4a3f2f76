"""A product's title: what it may hold, and which category it speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from ..domain.shops import Category
from ..domain.table import Shelf
from . import texts
from .words import refuse

_WORD = re.compile(r"[^\W_]+")
# Words that tell between categories and name none by themselves.
_MODIFIERS = frozenset(
    (
        "aksesoris", "alat", "anak", "android", "atasan", "badan", "bayi", "busana", "celana", "dan", "dapur", "formal", "full",
        "hidup", "ibu", "ios", "kaca", "kering", "lengan", "listrik", "makanan", "medis", "minuman", "mobil", "model", "motor", "muslim",
        "pakaian", "panjang", "pendek", "peralatan", "perawatan", "perlengkapan", "premium", "pria", "rambut", "rumah", "segar",
        "set", "untuk", "wajah", "wanita",
    )
)


def fit(text: str) -> str:
    """The title, if it is one. Raises Refusal."""
    if not text.strip():
        raise refuse(12052261, "the title is blank")
    if texts.unfit(text):
        raise refuse(12052931, "the title carries an HTML escape, an emoji or a control character")
    if texts.chinese(text):
        raise refuse(12052262, "the title carries Chinese characters")
    return text


class _Names(NamedTuple):
    """By what a title is known to speak of a category: phrases, the words of its name, those of the names above it."""

    phrases: tuple[tuple[str, ...], ...]
    own: frozenset[str]
    above: frozenset[str]
    part_of: int | None  # a category of the second version: the one that it is a part of


def best(shelf: Shelf[Category], leaves: Iterable[Category], title: str) -> Category | None:
    """The leaf that the title speaks of most; of equals the first. None where no name is in it (the scores are the simulator's own)."""
    names, said = _index(shelf), _words(title)
    scored = [(score, -place, row) for place, row in enumerate(leaves) if (score := _score(names, row.serial, said))]
    return max(scored, key=lambda one: one[:2])[2] if scored else None


def _score(names: dict[int, _Names], serial: int, said: tuple[str, ...]) -> int:
    name = names[serial]
    held = set(said)
    own = name.own & held
    found = [(4 * len(phrase), place) for phrase in name.phrases if (place := _place(phrase, said)) is not None]
    longest, place = max(found, key=lambda one: (one[0], -one[1]), default=(0, len(said)))
    score = longest + (2 if place < 3 else 0) + 2 * len(own)
    if name.part_of is not None:
        whole = _score(names, name.part_of, said)
        return whole and whole + score
    return score + len(name.above & held) if found or own - _MODIFIERS else 0


def _place(phrase: tuple[str, ...], said: tuple[str, ...]) -> int | None:
    size = len(phrase)
    return next((at for at in range(len(said) - size + 1) if said[at : at + size] == phrase), None)


@lru_cache(maxsize=4)
def _index(shelf: Shelf[Category]) -> dict[int, _Names]:
    """The names of every category; all worlds share one shelf of them."""
    found: dict[int, _Names] = {}
    for row in shelf.page("by_serial"):
        above = found.get(row.parent or 0)
        over = above.own | above.above if above is not None else frozenset()
        phrases = tuple(dict.fromkeys([_words(row.name), *map(_words, row.words)]))
        found[row.serial] = _Names(phrases, frozenset(_words(row.name)), over, row.parent if row.is_new else None)
    return found


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))
