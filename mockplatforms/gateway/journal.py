"""The journal: every call and what it was answered, bounded by bytes; what had to be let go is counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..domain.instants import Instant

if TYPE_CHECKING:
    from .call import Call, Reply, Request
    from .endpoint import Endpoint
    from .faults import Fault

_ROW = 900  # bytes that an exchange costs besides its texts
_SHARED = 512  # a part of this size or more is shared with the cache of rendered things and not counted again


class Exchange:
    """One call and its answer. ``outcome``: answered, refused or failed (a fault); ``code`` is the platform's; ``words`` say why.

    ``reply`` is what the client got; ``unsent`` what it would have got of the effect, had no ``fault`` struck.
    """

    __slots__ = (
        "at", "changed", "code", "detail", "endpoint", "fault", "id", "notes", "outcome", "phase", "platform", "refused", "reply", "request", "rule", "run", "seller", "shown",
        "size", "unsent", "words", "workspace",
    )

    def __init__(self, id: int, at: Instant, request: Request, reply: Reply) -> None:  # noqa: A002  # it is the exchange's id
        self.id = id
        self.at = at
        self.request = request
        self.reply = reply
        self.workspace = ""
        self.run = 0
        self.platform = ""
        self.endpoint: Endpoint | None = None
        self.seller = ""
        self.phase = ""
        self.outcome = "answered"
        self.code: int | str = 0
        self.words = ""
        self.rule = ""
        self.fault: Fault | None = None
        self.unsent: Reply | None = None
        self.notes: Sequence[str] = ()
        self.detail: Any = None
        self.shown: Sequence[tuple[str, tuple[int, ...]]] = ()
        self.changed: Sequence[tuple[str, int]] = ()
        self.refused: Sequence[tuple[str, str]] = ()
        self.size = 0  # bytes that the journal counts for it

    def of(self, call: Call) -> None:
        """Take over what the call learnt on its way; an empty list is not worth keeping, there are many."""
        self.workspace = call.workspace.name
        self.run = call.workspace.run
        self.notes = call.notes or ()
        self.rule = call.rule
        self.shown = call.shown or ()
        self.changed = call.wrote or ()
        self.refused = call.refused or ()
        seller = getattr(call, "seller", None)
        if seller is not None:
            self.seller = seller.key
            self.phase = seller.phase


class Journal:
    """Exchanges in order, newest last. ``let_go`` counts those that the bound has pushed out."""

    __slots__ = ("_rows", "bytes", "let_go", "limit")

    def __init__(self, limit: int = 32 * 1024 * 1024) -> None:
        self.limit = limit
        self.bytes = 0
        self.let_go = 0
        self._rows: deque[Exchange] = deque()

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._rows)

    def __reversed__(self) -> Iterator[Exchange]:
        return reversed(self._rows)

    def add(self, exchange: Exchange) -> None:
        exchange.request.settle()
        exchange.size = _size(exchange)
        self._rows.append(exchange)
        self.bytes += exchange.size
        while self.bytes > self.limit and len(self._rows) > 1:
            self.bytes -= self._rows.popleft().size
            self.let_go += 1

    def find(self, id: int) -> Exchange | None:  # noqa: A002  # it is the exchange's id
        """The exchange of that id: ids grow, so this is a binary search over the rows."""
        low, high = 0, len(self._rows)
        while low < high:
            middle = (low + high) // 2
            if self._rows[middle].id < id:
                low = middle + 1
            else:
                high = middle
        return self._rows[low] if low < len(self._rows) and self._rows[low].id == id else None


def _size(exchange: Exchange) -> int:
    request = exchange.request
    own = 0
    for part in exchange.reply.parts if exchange.unsent is None else (*exchange.reply.parts, *exchange.unsent.parts):
        if len(part) < _SHARED:
            own += len(part)
    return _ROW + len(request.body) + len(request.query) + own + len(exchange.words)
