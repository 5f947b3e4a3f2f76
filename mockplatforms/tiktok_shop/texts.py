"""What TikTok Shop lets nobody write into a product: HTML escapes, emojis, control characters, Chinese."""

from __future__ import annotations

import re

_UNFIT = re.compile(r"&[a-z]+;|&#\d+;|[\x00-\x1f\x7f]|[\U0001f000-\U0001faff]")
_UNFIT_LINES = re.compile(r"&[a-z]+;|&#\d+;|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\U0001f000-\U0001faff]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def unfit(text: str) -> bool:
    """Whether a text of one line carries an HTML escape, an emoji or a control character."""
    return _UNFIT.search(text) is not None


def unfit_lines(text: str) -> bool:
    """The same of a text that may have lines."""
    return _UNFIT_LINES.search(text) is not None


def chinese(text: str) -> bool:
    return _CHINESE.search(text) is not None
