"""Webhooks at the command line, printed as they are delivered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

Tell = Callable[[str], None]
Json = dict[str, Any]


def _tell(line: str) -> None:
    print(line, flush=True)


def _ask(http: httpx.Client, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
    """A call of the control API. Raises ValueError in words where it is refused or nobody answers."""
    try:
        answer = http.request(method, f"/_mock{path}", json=body, params=query)
    except httpx.HTTPError as why:
        raise ValueError(f"nobody answers at {http.base_url} ({why}); start it with: mockplatforms serve") from None
    if answer.status_code >= 400:
        try:
            detail = answer.json()["detail"]
        except (ValueError, KeyError):
            detail = f"what answers {answer.status_code} there is no simulator"
        raise ValueError(detail)
    return answer


def _client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=httpx.Timeout(10, read=90), trust_env=False)


@dataclass(frozen=True, slots=True)
class Options:
    """``forward``: an address that gets the same request; ``register``: a receiver of its own; ``count``: the end, 0: none."""

    forward: str = ""
    register: bool = False
    as_json: bool = False
    count: int = 0


def listen(url: str, workspace: str, options: Options, *, tell: Tell = _tell, client: httpx.Client | None = None) -> int:
    """Tell every attempt as it happens, until it is interrupted or has told as many as it should. Raises ValueError where it cannot go on."""
    with client or _client(url) as http, _receiver() if options.register else nullcontext("") as own:
        path = f"/workspaces/{workspace}"
        # From here on: what comes while the receiver is registered is told too.
        after = int(_ask(http, "GET", f"{path}/webhooks/stream", wait=0).headers["x-mock-after"])
        with _registered(http, path, own) if own else nullcontext():
            if not options.as_json:
                tell(f"listening to the webhooks of workspace {workspace!r}" + (f", which go to {own} now" if own else ""))
            told = 0
            while True:
                answer = _ask(http, "GET", f"{path}/webhooks/stream", after=after)
                after = int(answer.headers["x-mock-after"])
                for text in answer.text.splitlines():
                    _show(json.loads(text), text, options, tell)
                    told += 1
                    if told == options.count:
                        return 0


@contextmanager
def _registered(http: httpx.Client, path: str, own: str) -> Iterator[None]:
    """All webhooks go to that address, and afterwards where they went before (on Tokopedia: where that was one address)."""
    before = _ask(http, "GET", f"{path}/webhook-urls").json()
    _ask(http, "PUT", f"{path}/webhook-urls", {"tiktok_shop": own, "tokopedia": own})
    try:
        yield
    finally:
        addresses = set(before["tokopedia"].values())
        _ask(http, "PUT", f"{path}/webhook-urls", {"tiktok_shop": before["tiktok_shop"], "tokopedia": addresses.pop() if len(addresses) == 1 else ""})


def _show(row: Json, text: str, options: Options, tell: Tell) -> None:
    """Tell one attempt, and send it on where that is asked for."""
    said = _forwarded(options.forward, row) if options.forward else ""
    if options.as_json:
        tell(text)
        return
    tell(line(row))
    if options.register:
        tell(_indented(row["body"]))
    if said:
        tell(f"         forwarded → {options.forward}  {said}")


def line(row: Json) -> str:
    """One attempt: wire time, platform, topic, address, status, milliseconds, how the body begins; or what went wrong."""
    attempt = row["attempt"]
    at = datetime.fromtimestamp(attempt["at"]["wire"], UTC).strftime("%H:%M:%S")
    number = f" (attempt {row['attempts']})" if row["attempts"] > 1 else ""
    said = attempt["error"] or row["body"][:80]
    text = f"{at} {row['platform']:<11} {row['topic']} → {row['url']}  {attempt['status'] or attempt['failure']}  {attempt['milliseconds']} ms{number}  {said}"
    return text if text.isprintable() else "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _indented(body: str) -> str:
    with suppress(ValueError):
        body = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    return "\n".join(f"         {text}" for text in body.splitlines())


def _forwarded(url: str, row: Json) -> str:
    """Send the request of an attempt on; answers what became of it."""
    try:
        answer = httpx.post(url, content=row["body"].encode(), headers=row["attempt"]["headers"], timeout=10, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as why:
        return f"{type(why).__name__}: {why}"
    return str(answer.status_code)


class _Takes(BaseHTTPRequestHandler):
    """Says yes to every webhook."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # the name that http.server calls
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """The stream tells it."""


@contextmanager
def _receiver() -> Iterator[str]:
    """A receiver on a free port of this machine; answers its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Takes)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/webhooks"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
