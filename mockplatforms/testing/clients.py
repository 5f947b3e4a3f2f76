"""Clients of both platforms without a socket: they sign and authorise as real ones do, and call the simulator directly."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson

from ..domain import shops
from ..domain.developers import GRANTS
from ..domain.shops import Seller
from ..gateway.call import Reply, Request
from ..gateway.workspace import Workspace
from ..server.simulator import Simulator
from ..tiktok_shop import signing
from .trouble import received

Send = Callable[[Request], Reply]  # how a request gets to the platforms


class TikTokShop:
    """Calls the TikTok Shop API as one seller's app. ``token`` and ``cipher`` begin as the seller's ready ones."""

    def __init__(self, simulator: Simulator, workspace: Workspace, seller: str | None = None, *, send: Send | None = None) -> None:
        self.simulator = simulator
        self.workspace = workspace
        self.send = send or partial(received, simulator)
        owner = _seller(workspace, seller)
        credentials = workspace.credentials
        self.app_key = credentials.app_key
        self.app_secret = credentials.app_secret
        self.token = _ready(workspace, f"ready.{owner.key}.access")
        self.refresh_token = _ready(workspace, f"ready.{owner.key}.refresh")
        self.code = _ready(workspace, f"ready.{owner.key}.code")
        self.cipher = credentials.cipher(shops.shop(workspace.world, owner.tiktok_shop)) if owner.tiktok_shop is not None else ""

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        *,
        cipher: bool = True,
        content_type: str = "application/json",
        timestamp: int | None = None,
        **override: str,
    ) -> Request:
        """A signed request. ``override`` replaces query parameters after signing (``sign="bad"``)."""
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        at = self.workspace.now().wire if timestamp is None else timestamp
        pairs = {"app_key": self.app_key, "timestamp": str(at), **(query or {})}
        if cipher and self.cipher:
            pairs["shop_cipher"] = self.cipher
        canonical = signing.canonical(path, pairs.items(), raw, multipart=content_type.startswith("multipart/"))
        pairs["sign"] = signing.sign(self.app_secret, canonical)
        pairs.update(override)
        headers = {"content-type": content_type}
        if self.token:
            headers["x-tts-access-token"] = self.token
        return Request(method, path, urlencode(pairs), headers, raw)

    def call(self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None, **more: Any) -> dict[str, Any]:
        """The whole envelope of the reply."""
        answer: dict[str, Any] = orjson.loads(self.reply(method, path, query, body, **more).body)
        return answer

    def reply(self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None, **more: Any) -> Reply:
        return self.send(self.request(method, path, query, body, **more))

    def data(self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None, **more: Any) -> dict[str, Any]:
        """``data`` of a call that must succeed. Raises AssertionError with code and message where it does not."""
        answer = self.call(method, path, query, body, **more)
        assert answer["code"] == 0, f"{method} {path}: {answer['code']} {answer['message']}"
        data: dict[str, Any] = answer["data"]
        return data

    def refresh(self) -> None:
        """Get a new token for the refresh token, before the old one ends. Raises AssertionError where that is refused."""
        answer = self.unsigned("/api/v2/token/refresh", app_key=self.app_key, app_secret=self.app_secret, refresh_token=self.refresh_token, grant_type="refresh_token")
        assert answer["code"] == 0, f"refresh: {answer['code']} {answer['message']}"
        self.token, self.refresh_token = answer["data"]["access_token"], answer["data"]["refresh_token"]

    def unsigned(self, path: str, **query: str) -> dict[str, Any]:
        """A call to the token endpoints."""
        answer: dict[str, Any] = orjson.loads(self.send(Request("GET", path, urlencode(query))).body)
        return answer


class Tokopedia:
    """Calls the Tokopedia Open API as the workspace's app; ``shop_id`` and ``fs_id`` are the first seller's and the app's."""

    def __init__(self, simulator: Simulator, workspace: Workspace, seller: str | None = None, *, send: Send | None = None) -> None:
        from ..tokopedia import ids

        self.simulator = simulator
        self.workspace = workspace
        self.send = send or partial(received, simulator)
        owner = _seller(workspace, seller)
        self.fs_id = workspace.credentials.fs_id
        self.shop_id = ids.shop(workspace.world).wire(owner.tokopedia) if owner.tokopedia is not None else 0
        self.token = _ready(workspace, "ready")

    def reply(
        self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Reply:
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        sent = {"authorization": f"Bearer {self.token}", "content-type": "application/json", **(headers or {})}
        return self.send(Request(method, path.replace("{fs_id}", str(self.fs_id)), urlencode(query or {}), sent, raw))

    def call(self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None, **more: Any) -> tuple[int, Any]:
        """HTTP status and the decoded reply."""
        reply = self.reply(method, path, query, body, **more)
        return reply.status, orjson.loads(reply.body)

    def data(self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None, **more: Any) -> Any:
        """``data`` of a call that must succeed. Raises AssertionError with what was answered where it does not."""
        status, answer = self.call(method, path, query, body, **more)
        assert status == 200, f"{method} {path}: {status} {answer}"
        return answer["data"]

    def new_token(self) -> dict[str, Any]:
        """Fetch a token with Basic credentials."""
        credentials = self.workspace.credentials
        basic = base64.b64encode(f"{credentials.client_id}:{credentials.client_secret}".encode()).decode()
        reply = self.send(Request("POST", "/token", "grant_type=client_credentials", {"authorization": f"Basic {basic}"}))
        answer: dict[str, Any] = orjson.loads(reply.body)
        return answer


def _seller(workspace: Workspace, key: str | None) -> Seller:
    return shops.named(workspace.world, key) if key else shops.sellers(workspace.world)[0]


def _ready(workspace: Workspace, name: str) -> str:
    found = workspace.world.shelf(GRANTS).page("by_name", (name,), limit=1)
    return workspace.credentials.token(found[0]) if found and found[0].name == name else ""


__all__ = ["TikTokShop", "Tokopedia"]
