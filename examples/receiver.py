"""A webhook receiver in plain Python: verifies the signatures of both platforms and keeps what it got.

Run it:  python receiver.py --port 8701 --tokopedia-secret S --app-key K --app-secret A
Then register http://127.0.0.1:8701/tokopedia/… and http://127.0.0.1:8701/tiktok_shop; GET /received shows what came.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Inbox:
    """What came in, in order, each with whether its signature fits."""

    def __init__(self, tokopedia_secret: str = "", app_key: str = "", app_secret: str = "") -> None:
        self.tokopedia_secret = tokopedia_secret
        self.app_key = app_key
        self.app_secret = app_secret
        self.received: list[dict[str, Any]] = []

    def take(self, path: str, headers: Any, body: bytes) -> bool:
        """Keep one webhook. Answers whether it is genuine."""
        if path.startswith("/tiktok_shop"):
            expected = hmac.new(self.app_secret.encode(), self.app_key.encode() + body, hashlib.sha256).hexdigest()
            genuine = hmac.compare_digest(headers.get("Authorization", ""), expected)
        else:
            expected = hmac.new(self.tokopedia_secret.encode(), body, hashlib.sha256).hexdigest()
            genuine = hmac.compare_digest(headers.get("Authorization-Hmac", ""), expected)
        try:
            payload = json.loads(body)
        except ValueError:
            return False
        self.received.append({"path": path, "verified": genuine, "payload": payload})
        return genuine


def handler_of(inbox: Inbox, act: Any = None) -> type[BaseHTTPRequestHandler]:
    """A request handler around an inbox; ``act(name, arguments)`` answers POST /act/{name}."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(200, {"status": "ok"} if self.path == "/health" else {"received": inbox.received})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if act is not None and self.path.startswith("/act/"):
                status, answer = act(self.path.removeprefix("/act/"), json.loads(body or b"{}"))
                self._send(status, answer)
            else:
                self._send(200 if inbox.take(self.path, self.headers, body) else 401, {})

        def _send(self, status: int, content: Any) -> None:
            raw = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:
            """Webhooks are shown by GET /received, not in a log."""

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description="Receive webhooks of both platforms.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8701)
    parser.add_argument("--tokopedia-secret", default="")
    parser.add_argument("--app-key", default="")
    parser.add_argument("--app-secret", default="")
    given = parser.parse_args()
    inbox = Inbox(given.tokopedia_secret, given.app_key, given.app_secret)
    server = ThreadingHTTPServer((given.host, given.port), handler_of(inbox))
    print(f"receiver listens on http://{given.host}:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
