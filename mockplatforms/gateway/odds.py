"""Which of many a rule of trouble is meant for: by number, by turn, or by chance drawn from the seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Generic, Self, TypeVar

from ..domain.chance import draw
from .fields import Spec
from .fields import body as read
from .guesses import meant, nearest

LONGEST = 3600.0  # seconds that trouble with a call may last

CHOICE: Mapping[str, Spec] = {
    "nth": {"t": "list", "items": {"t": "int", "range": [1, None]}, "len": [1, 1000], "help": "which of those that match, counted from 1"},
    "every": {"t": "int", "range": [1, None], "help": "each so-many-th of those that match"},
    "times": {"t": "int", "range": [1, None], "help": "at most so many times; absent: without end"},
    "probability": {"t": "num", "range": [0, 1], "help": "of each that matches; drawn from the seed, so every run draws the same"},
}
SECONDS: Spec = {"t": "any", "help": "a number, {\"low\", \"high\"}, or {\"mean\"} of an exponential distribution, drawn from the seed"}


class Impossible(ValueError):
    """A rule that cannot be; ``field`` is what is wrong with it."""

    def __init__(self, words: str, field: str, candidates: Sequence[str] = ()) -> None:
        super().__init__(words)
        self.field = field
        self.candidates = list(candidates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """A rule with a name, and when it strikes. What is empty or 0 says nothing."""

    NOUN: ClassVar[str] = "rule"
    ALWAYS: ClassVar[tuple[str, ...]] = ()  # what is told though it is as it was not asked for

    id: str
    nth: tuple[int, ...] = ()
    every: int = 0
    times: int = 0
    probability: float = 1.0
    seconds: float | Mapping[str, Any] | None = None

    @property
    def row(self) -> dict[str, Any]:
        """The rule as it was asked for."""
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.compare and (one.name in self.ALWAYS or getattr(self, one.name) != one.default)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}

    def falls_on(self, ordinal: int, seed: int) -> bool:
        """Whether that one of those that match is meant."""
        if (self.nth and ordinal not in self.nth) or (self.every and ordinal % self.every):
            return False
        return self.probability >= 1 or draw(seed, f"{self.NOUN} {self.id}", ordinal) < self.probability

    def lasts(self, ordinal: int, seed: int, otherwise: float = LONGEST) -> float:
        """Seconds that it lasts on that one."""
        if self.seconds is None:
            return otherwise
        if not isinstance(self.seconds, Mapping):
            return self.seconds
        chance = draw(seed, f"{self.NOUN} {self.id} seconds", ordinal)
        if "mean" in self.seconds:
            return -float(self.seconds["mean"]) * math.log(1 - chance)
        low, high = float(self.seconds["low"]), float(self.seconds["high"])
        return low + (high - low) * chance


R = TypeVar("R", bound=Odds)


class Ruled(Generic[R]):
    """Rules in their order, and how many each has matched and struck since the run began."""

    __slots__ = ("counts", "rules")

    def __init__(self, rules: Iterable[R] = ()) -> None:
        self.rules = tuple(rules)
        self.counts: dict[str, tuple[int, int]] = {}

    def hit(self, rule: R, seed: int, *, may: bool = True) -> int:
        """Count one that matches the rule; its ordinal if the rule strikes it, else 0. ``may``: nothing else has struck it."""
        matched, hits = self.counts.get(rule.id, (0, 0))
        strikes = may and not (rule.times and hits >= rule.times) and rule.falls_on(matched + 1, seed)
        self.counts[rule.id] = (matched + 1, hits + strikes)
        return matched + 1 if strikes else 0

    def put(self, rule: R) -> None:
        """Add a rule, or put it in the place of the one of that name; it counts from 0."""
        self.counts.pop(rule.id, None)
        known = any(one.id == rule.id for one in self.rules)
        self.rules = tuple(rule if one.id == rule.id else one for one in self.rules) if known else (*self.rules, rule)

    def drop(self, name: str) -> None:
        self.rules = tuple(one for one in self.rules if one.id != name)
        self.counts.pop(name, None)

    def begin(self) -> None:
        """Count from 0 again: a new run meets the same trouble."""
        self.counts.clear()

    def copy(self) -> Self:
        made = type(self)(self.rules)
        made.counts = dict(self.counts)
        return made


# ---- which rules can be -----------------------------------------------------------------------------------------------------------------------


def judged(asked: Mapping[str, Any], specs: Mapping[str, Spec], noun: str, *, sellers: Iterable[str], taken: Iterable[str]) -> dict[str, Any]:
    """What a rule is asked to say, read by those specs and with a name. Raises Impossible in words that name it and what is wrong.

    ``noun`` is what such a rule is called, and the field that tells its kind.
    """
    known = list(taken)
    given, wrong = read(specs, asked)
    strange = [field for field in asked if field not in specs]
    name = given.get("id") or _fresh(str(asked.get(noun, noun)), known)
    if strange:
        close = nearest(strange[0], specs)
        raise no(noun, name, strange[0], f"there is no {strange[0]!r}; {meant(close)}known: {', '.join(specs)}", close)
    if wrong:
        raise no(noun, name, wrong[0].path.partition("[")[0], wrong[0].words)
    if not (name.isascii() and all(letter.isalnum() or letter in "-_." for letter in name)):
        raise no(noun, name, "id", f"a {noun} is called by letters, digits, - _ or .")
    if name in known:
        raise no(noun, name, "id", f"there is a {noun} of that name already")
    if "nth" in given and "every" in given:
        raise no(noun, name, "every", "nth names them one by one and every repeats: give one of them")
    owners = list(sellers)
    if "seller" in given and given["seller"] not in owners:
        close = nearest(given["seller"], owners)
        raise no(noun, name, "seller", f"there is no seller {given['seller']!r}; {meant(close)}there are {', '.join(owners) or 'none'}", close or owners)
    if "nth" in given:
        given["nth"] = tuple(sorted(set(given["nth"])))
    return {**given, "id": name}


def several(asked: Iterable[Mapping[str, Any]], noun: str, possible: Callable[[Mapping[str, Any], Iterable[str]], R]) -> tuple[R, ...]:
    """Rules in their order; ``possible`` makes one, given the names that are taken. Raises Impossible."""
    rows, made = list(asked), dict[str, R]()
    chosen = [str(row.get("id") or "") for row in rows if isinstance(row, Mapping)]
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise Impossible(f"{noun}[{number}] must be an object", f"{noun}[{number}]")
        own = row if row.get("id") else {**row, "id": _fresh(str(row.get(noun, noun)), [*made, *chosen])}
        one = possible(own, made)
        made[one.id] = one
    return tuple(made.values())


def no(noun: str, name: str, where: str, words: str, candidates: Sequence[str] = ()) -> Impossible:
    return Impossible(f"{noun} {name!r}: {words}", where, candidates)


def _fresh(kind: str, taken: Iterable[str]) -> str:
    held = set(taken)
    return next(name for number in range(1, len(held) + 2) if (name := f"{kind[:40]}-{number}") not in held)


def possible_seconds(asked: Any, most: float = LONGEST) -> str:
    """What is wrong with a number, a range or an exponential distribution; empty: nothing."""
    words = f"seconds is a number from 0 to {most:g}, {{\"low\": …, \"high\": …}} or {{\"mean\": …, \"distribution\": \"exponential\"}}, not {asked!r}"
    if not isinstance(asked, Mapping):
        numbers = [asked]
    elif set(asked) == {"low", "high"}:
        numbers = [asked["low"], asked["high"]]
    elif "mean" in asked and set(asked) <= {"mean", "distribution"} and asked.get("distribution", "exponential") == "exponential":
        numbers = [asked["mean"]]
    else:
        numbers = [None]
    fine = all(isinstance(number, (int, float)) and not isinstance(number, bool) and 0 <= number <= most for number in numbers)
    return "" if fine and numbers == sorted(numbers) else words
