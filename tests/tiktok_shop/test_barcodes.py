"""Bar codes can be read again by what knows no more than the standard."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from mockplatforms.tiktok_shop import barcodes

# Symbols that everybody can look up: begin of set B, a space, "0", "A", "a", and the end.
KNOWN = {104: "211214", 0: "212222", 16: "123122", 33: "111323", 65: "121124", 106: "2331112"}


def widths(code: str) -> str:
    return "".join(str(len(list(run))) for _, run in groupby(code))


def test_no_two_symbols_are_alike_and_each_is_eleven_modules_wide() -> None:
    symbols = barcodes._WIDTHS
    assert {value: symbols[value] for value in KNOWN} == KNOWN
    assert len(symbols) == len(set(symbols)) == 107
    assert {sum(map(int, symbol)) for symbol in symbols[:-1]} == {11}


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=50))
def test_what_was_written_is_read(text: str) -> None:
    told = widths(barcodes.modules(text))
    values = [barcodes._WIDTHS.index(told[at : at + 6]) for at in range(0, len(told) - 7, 6)]

    assert told.endswith(KNOWN[106])
    begin, *letters, check = values
    assert "".join(chr(value + 32) for value in letters) == text
    assert check == (begin + sum(place * value for place, value in enumerate(letters, start=1))) % 103
