"""What comes over the wire is read as its clients mean it."""

from __future__ import annotations

import httpx

from mockplatforms.testing import Served

OFFER = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA"}


def test_who_offers_http_2_is_answered_with_its_body_read() -> None:
    with Served() as host, httpx.Client(base_url=host.base_url, headers=OFFER, trust_env=False) as http:
        for seed in (7, 8):  # on one connection
            made = http.post("/_mock/workspaces", content=b'{"world": "small", "seed": %d}' % seed + b" " * 100_000)
            assert made.json()["seed"] == seed
