"""The authorize page as a seller sees it: a real browser opens it, reads it and answers."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next((path for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (path := shutil.which(name))), None)
    if found is None:
        words = "missing: Chromium (apt-get install chromium)"
        pytest.fail(words) if os.environ.get("CI") else pytest.skip(words)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def callback() -> Iterator[str]:
    """Where the app wants sellers to be sent back to."""

    class Landing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"welcome back")

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Landing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/callback"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def link(base_url: str, workspace: dict[str, Any], mock: Callable[..., Any], callback: str) -> str:
    mock("PUT", "/apps", {"redirect_url": callback})
    return f"{base_url}/open/authorize?service_id={workspace['tiktok_shop']['service_id']}&state=s-1"


def test_a_seller_accepts_and_the_code_opens_that_sellers_shop(page: Page, link: str, base_url: str, workspace: dict[str, Any], callback: str) -> None:
    page.goto(link)
    assert page.get_by_role("heading").inner_text().endswith("asks for access to your shop")
    assert page.get_by_role("radio").count() >= 1 and page.get_by_role("radio").first.is_checked()
    assert page.get_by_label("See orders, with buyers' names and addresses").is_checked()
    assert page.get_by_text("seller.order.info").is_visible()
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url(f"{callback}?**")
    answer = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    app = workspace["tiktok_shop"]
    assert (answer["state"], answer["app_key"], answer["shop_region"]) == ("s-1", app["app_key"], "ID")
    asked = {"app_key": app["app_key"], "app_secret": app["app_secret"], "auth_code": answer["code"], "grant_type": "authorized_code"}
    token = httpx.get(f"{base_url}/api/v2/token/get", params=asked, trust_env=False).json()
    assert token["code"] == 0 and token["data"]["access_token"]


def test_another_seller_gives_less_for_a_shorter_time(page: Page, link: str, base_url: str, workspace: dict[str, Any], callback: str) -> None:
    page.goto(link)
    page.get_by_role("radio").last.check()
    page.get_by_label("Split and combine packages").uncheck()
    page.get_by_label("The app must ask again after").select_option("30")
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url(f"{callback}?**")
    app = workspace["tiktok_shop"]
    asked = {"app_key": app["app_key"], "app_secret": app["app_secret"], "auth_code": parse_qs(urlsplit(page.url).query)["code"][0], "grant_type": "authorized_code"}
    data = httpx.get(f"{base_url}/api/v2/token/get", params=asked, trust_env=False).json()["data"]
    assert data["seller_name"] == workspace["sellers"][-1]["name"]
    assert "seller.fulfillment.package.write" not in data["granted_scopes"] and "seller.order.info" in data["granted_scopes"]
    assert data["refresh_token_expire_in"] - data["access_token_expire_in"] == (30 - 7) * 86400


def test_a_seller_refuses_and_no_code_is_given(page: Page, link: str, callback: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Refuse").click()
    page.wait_for_url(f"{callback}?**")
    answer = parse_qs(urlsplit(page.url).query)
    assert answer["error"] == ["auth_denied"] and answer["code"] == ["null"]


def test_the_page_can_be_used_by_keyboard_and_reports_no_error(page: Page, link: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda wrong: said.append(str(wrong)))
    page.goto(link)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "seller"
    assert said == [] and page.evaluate("document.documentElement.lang") == "en"
