"""docs/testing.md, executed: every block of Python runs as it stands there, and every name of the page exists."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from mockplatforms.testing import AsyncShop, Shop, laws, strategies
from mockplatforms.testing.machine import MigrationMachine
from mockplatforms.testing.workspaces import CHOICES

_PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text()
_BLOCKS = re.findall(r"```python\n(.*?)```", _PAGE, re.DOTALL)

# What the page calls the reader's own system: it ships each parcel of TikTok Shop once, and signs by its own means.
_SYSTEM = '''
import httpx, pytest, time
from urllib.parse import urlencode
from mockplatforms.tiktok_shop import signing

class MySystem:
    def __init__(self, base_url, credentials, transport=None):
        self.api, self.sent = credentials["tiktok_shop"], set()
        self.sellers = [row["tiktok_shop"] for row in credentials["sellers"]]
        self.client = httpx.Client(base_url=base_url, transport=transport, trust_env=False)

    def call(self, seller, path, body=b"{}", **query):
        asked = {"app_key": self.api["app_key"], "timestamp": str(int(time.time())), "shop_cipher": seller["shop_cipher"], **query}
        asked["sign"] = signing.sign(self.api["app_secret"], signing.canonical(path, asked.items(), body, multipart=False))
        headers = {"content-type": "application/json", "x-tts-access-token": seller["access_token"]}
        return self.client.post(f"{path}?{urlencode(asked)}", content=body, headers=headers).json()

    def work(self):
        for seller in self.sellers:
            found = self.call(seller, "/order/202309/orders/search", b'{"order_status":"AWAITING_SHIPMENT"}', page_size="50")
            for package in [package["id"] for order in found["data"]["orders"] for package in order["packages"]]:
                if package in self.sent:
                    continue
                self.sent.add(package)
                try:
                    self.call(seller, f"/fulfillment/202309/packages/{package}/ship")
                except httpx.TransportError:
                    pass  # no answer: nobody knows; the next round sees

    def hear(self, body):
        pass
'''
_PROFILE = """
from hypothesis import settings
settings.register_profile("page", max_examples=2, stateful_step_count=5, database=None, deadline=None)
settings.load_profile("page")
"""


def test_every_block_runs_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(_PROFILE)
    (tmp_path / "test_page.py").write_text("\n".join([_SYSTEM, *_BLOCKS]).replace("max_examples=200", "max_examples=2").replace('"outages"}', '"outages"}\n    known_within = 10**9  # this system knows TikTok Shop alone'))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers"]
    told = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, timeout=300, check=False).stdout
    assert re.search(r"\b6 passed", told), told[-4000:]


def test_every_choice_of_the_marker_is_named() -> None:
    assert [name for name in CHOICES if f"`{name}`" not in _PAGE] == []


def test_what_is_named_exists() -> None:
    helpers = re.findall(r"`([a-z_]+)(?:\(.*?\))?`", _PAGE.partition("Also `cancel`")[2].partition("## Without")[0])
    assert len(helpers) > 15 and [name for name in helpers if not hasattr(Shop, name)] == []
    drawn = re.findall(r"`([a-z_]+)(?:\(.*?\))?`", _PAGE.partition("Also `hostile_body`")[2].partition("## The machine")[0])
    assert drawn and [name for name in drawn if not hasattr(strategies, name)] == []
    assert hasattr(AsyncShop, "receive") and hasattr(MigrationMachine, "played") and {"refusals_are_not_hammered"} <= set(laws.ALL)
