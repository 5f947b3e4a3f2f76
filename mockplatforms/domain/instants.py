"""When something happened, on both clocks: the platform's own time and the time that is printed."""

from __future__ import annotations

from typing import NamedTuple

MINUTE = 60
HOUR = 3600
DAY = 86400
JAKARTA = 7 * HOUR  # by so much Jakarta's clock is ahead of UTC


class Instant(NamedTuple):
    """One moment told twice, both in whole seconds since 1970-01-01 UTC.

    ``world`` drives what the platform does to itself (merge, copying, couriers, retries); ``wire`` stands in payloads and judges
    what the integration was told an instant for (signature windows, filters, expiries, deadlines).
    """

    world: int
    wire: int

    def later(self, seconds: int) -> Instant:
        """The moment that lies so many seconds ahead on both clocks."""
        return Instant(self.world + seconds, self.wire + seconds)


NEVER = Instant(0, 0)
