"""A server in a process of its own, as its users run it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from tiktok_shop_api import TikTokShop, TikTokShopAuth


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "mockplatforms", "serve", "--port", "0", "--buyers-per-hour", "0", "--log", "none"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline().removeprefix("mockplatforms listens on ").strip()
    assert url.startswith("http"), "the server did not start"
    yield url
    process.terminate()
    process.wait(10)
    process.stdout.close()


@pytest.fixture
def workspace(base_url: str) -> dict[str, Any]:
    """Credentials and ids of a fresh workspace."""
    made = httpx.post(f"{base_url}/_mock/workspaces", json={"seed": 3, "world": "demo"}, trust_env=False)
    assert made.status_code == 201
    answer: dict[str, Any] = made.json()
    return answer


@pytest.fixture
def mock(base_url: str, workspace: dict[str, Any]) -> Callable[..., Any]:
    """Calls the control API of the workspace."""

    def call(method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{base_url}/_mock/workspaces/{workspace['id']}{path}", json=body, timeout=30, trust_env=False)
        assert answer.status_code < 400, answer.text
        return answer.json()

    return call


@pytest.fixture
def client(base_url: str, workspace: dict[str, Any]) -> Iterator[TikTokShop]:
    """``tiktok-shop-api`` from PyPI, authorised for the only seller's shop by the code that the workspace begins with."""
    given = workspace["tiktok_shop"]
    auth = TikTokShopAuth(given["app_key"], given["app_secret"], base_url=base_url)
    tokens = auth.exchange_code(given["auth_code"])
    tokens = auth.refresh(tokens.refresh_token)
    first = TikTokShop(given["app_key"], given["app_secret"], tokens.access_token, base_url=base_url)
    shops = first.authorization.get_authorized_shops()
    second = first.with_shop(shop_cipher=shops.data.shops[0].cipher)
    yield second
    second.close()
    first.close()
