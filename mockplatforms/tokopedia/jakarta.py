"""Jakarta's clock, by which Tokopedia writes and reads days and times."""

from __future__ import annotations

import calendar
import time

from ..domain.instants import DAY, JAKARTA


def local(wire: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """What that clock says at a wire time."""
    return time.strftime(form, time.gmtime(wire + JAKARTA))


def read(text: str, form: str) -> int:
    """The wire time at which that clock says so. Raises ValueError for a text of another form."""
    return calendar.timegm(time.strptime(text, form)) - JAKARTA


def midnight(wire: int) -> int:
    """The wire time at which the day began there."""
    return (wire + JAKARTA) // DAY * DAY - JAKARTA
