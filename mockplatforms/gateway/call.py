"""One call under way: the request as it came, who makes it, and the world it sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from ..domain.instants import Instant
from ..domain.world import Change, World

if TYPE_CHECKING:
    from ..domain.developers import App, Grant
    from ..domain.shops import Seller, Shop
    from .endpoint import Endpoint
    from .faults import Strike, Trouble
    from .refusal import Refusal
    from .workspace import Workspace


class Request:
    """A request as bytes and text. Header names are lower case; ``origin`` is where the client thinks we live (scheme and host).

    ``patience``: seconds after which a client in this process, where nothing really waits, would give up.
    """

    __slots__ = ("_pairs", "body", "headers", "method", "origin", "path", "patience", "peer", "query")

    def __init__(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        *,
        origin: str = "http://127.0.0.1:8700",
        peer: str = "",
        patience: float | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers or {}
        self.body = body
        self.origin = origin
        self.peer = peer
        self.patience = patience
        self._pairs: list[tuple[str, str]] | None = None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The query as decoded (name, value) pairs in the order sent, blank values included."""
        if self._pairs is None:
            self._pairs = query_pairs(self.query)
        return self._pairs

    def settle(self) -> None:
        """Let go of what can be read anew, before the request is kept."""
        self._pairs = None

    def parameter(self, name: str) -> str | None:
        for key, value in self.pairs:
            if key == name:
                return value
        return None

    @property
    def media(self) -> str:
        """``multipart``, ``form``, ``json`` or the bare media type as sent; empty when the client names none."""
        kind = self.headers.get("content-type", "")
        if not kind or kind.startswith("application/json"):
            return "json" if kind else ""
        bare = kind.partition(";")[0].strip().lower()
        return {"multipart/form-data": "multipart", "application/x-www-form-urlencoded": "form", "application/json": "json"}.get(bare, bare)


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Decode a query generously: dangling ``?`` and ``&``, missing ``=``, a second ``?`` as separator."""
    if not query:
        return []
    decode = unquote_plus if "%" in query or "+" in query else None
    pairs = []
    for part in query.replace("?", "&").split("&") if "?" in query else query.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((decode(name), decode(value)) if decode else (name, value))
    return pairs


class Reply:
    """What goes back. ``parts`` are joined on sending; large ones are shared with the cache of rendered things.

    ``trouble`` is what a fault does to it on its way; status 0: nothing of it is sent.
    """

    __slots__ = ("content_type", "headers", "parts", "status", "trouble")

    def __init__(
        self,
        parts: Iterable[bytes],
        *,
        status: int = 200,
        content_type: str = "application/json",
        headers: tuple[tuple[str, str], ...] = (),
        trouble: Trouble | None = None,
    ) -> None:
        self.parts = tuple(parts)
        self.status = status
        self.content_type = content_type
        self.headers = headers
        self.trouble = trouble

    @property
    def body(self) -> bytes:
        return self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)


class Raw:
    """Data that is rendered already: parts of JSON to be joined into the envelope."""

    __slots__ = ("parts",)

    def __init__(self, *parts: bytes) -> None:
        self.parts = parts


class Call:
    """One call. Checks fill in who makes it; the handler reads ``world`` and changes it through :meth:`apply`."""

    __slots__ = ("app", "body", "endpoint", "exchange", "findings", "grant", "headers", "held", "notes", "now", "params", "query", "refused", "request", "rule", "seller", "shop", "shown", "workspace", "wrote")

    workspace: Workspace
    request: Request
    endpoint: Endpoint
    params: dict[str, str]
    query: dict[str, Any]
    body: Any
    app: App
    grant: Grant | None
    seller: Seller
    shop: Shop
    now: Instant

    def __init__(self, workspace: Workspace, request: Request, now: Instant, exchange: int) -> None:
        self.workspace = workspace
        self.request = request
        self.now = now
        self.exchange = exchange
        self.params = {}
        self.query = {}
        self.body = None
        self.grant = None
        self.held: Strike | None = None  # the fault that made it wait: it comes for the second time
        self.headers: tuple[tuple[str, str], ...] = ()  # what the reply carries beside its body
        self.notes: list[str] = []
        self.rule = ""
        self.shown: list[tuple[str, tuple[int, ...]]] = []
        self.wrote: list[tuple[str, int]] = []
        self.refused: list[tuple[str, str]] = []
        self.findings: list[Refusal] = []  # what is wrong with its fields, where the endpoint tells that instead of refusing

    @property
    def world(self) -> World:
        return self.workspace.world

    def apply(self, operation: Callable[..., World | Change], /, *args: Any, **kwargs: Any) -> Any:
        """Do something to the world: one commit. Answers the operation's result; a refusal raises and changes nothing."""
        return self.workspace.apply(operation, *args, call=self, **kwargs)

    def each(self, rows: Iterable[Any], operation: Callable[[World, Any], World]) -> list[Exception | None]:
        """A bulk write: rows in order, each seeing those before it, a refused one leaving nothing behind; one commit.

        Answers one entry per row: None, or why it was refused.
        """
        return self.workspace.each(rows, operation, call=self)

    def showed(self, kind: str, *serials: int) -> None:
        """Note what this call lets the client see."""
        if serials:
            self.shown.append((kind, serials))

    def inferred(self, rule: str, note: str = "") -> None:
        """This reply rests on an inferred rule: the reply and the journal say so."""
        self.rule = rule
        if note:
            self.notes.append(note)
