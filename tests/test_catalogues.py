"""Every endpoint of both platforms: in every phase it answers as the table says, and no body makes it fall over."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockplatforms.domain import events, migration, shops
from mockplatforms.domain.phases import MATRIX, Phase, Platform
from mockplatforms.gateway.call import Reply
from mockplatforms.gateway.endpoint import Endpoint
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.clocks import FIXED_BIRTH
from mockplatforms.server.simulator import FACADES, Simulator
from mockplatforms.testing import TikTokShop, Tokopedia
from mockplatforms.tiktok_shop import topics as tiktok_topics
from mockplatforms.tokopedia import topics as tokopedia_topics

ENDPOINTS = [endpoint for facade in FACADES for endpoint in facade.catalog]
SIGNED = [endpoint for endpoint in ENDPOINTS if endpoint.signed]
LOCKS = {"12052332", "12052901", "SIM_PRD_MERGE_LOCK"}


def fresh() -> tuple[Simulator, Workspace]:
    simulator = Simulator(real=lambda: float(FIXED_BIRTH), tick=lambda: 0.0)
    return simulator, simulator.create({"world": "small", "clock": {"mode": "frozen", "wire": "virtual"}, "ids": "repeat"}, name="w")


def call(simulator: Simulator, workspace: Workspace, endpoint: Endpoint, body: Any = None, query: dict[str, str] | None = None, fill: str = "1") -> Reply:
    """A well-signed call of one endpoint."""
    path = re.sub(r"\{(?!fs_id)\w+\}", fill, endpoint.path)
    if endpoint.platform is Platform.TOKOPEDIA:
        client = Tokopedia(simulator, workspace)
        return client.reply(endpoint.method, path, {"shop_id": str(client.shop_id), "fs_id": str(client.fs_id), **(query or {})}, body)
    tiktok = TikTokShop(simulator, workspace)
    media = "multipart/form-data; boundary=x" if endpoint.media == "multipart" else "application/json"
    return tiktok.reply(endpoint.method, path, query or {}, body, cipher=endpoint.shop, content_type=media)


def code_of(reply: Reply) -> str:
    if not reply.content_type.startswith("application/json"):
        return str(reply.status)
    answer = orjson.loads(reply.body)
    return str(answer.get("code", answer.get("header", {}).get("error_code", "")))


def test_every_endpoint_has_its_facts() -> None:
    for endpoint in ENDPOINTS:
        assert endpoint.source and endpoint.mark in ("documented", "observed", "inferred")
        assert endpoint.fidelity in ("stateful", "document", "specimen")
        assert (endpoint.platform, endpoint.family) in MATRIX, endpoint.name
    names = [(endpoint.platform, endpoint.method, endpoint.path, endpoint.media) for endpoint in ENDPOINTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("endpoint", SIGNED, ids=lambda endpoint: f"{endpoint.platform}-{endpoint.method}-{endpoint.path}")
def test_every_endpoint_answers_in_every_phase_as_the_table_says(endpoint: Endpoint, phase: Phase) -> None:
    simulator, workspace = fresh()
    owner = shops.sellers(workspace.world)[0]
    workspace.apply(lambda world: world.put(shops.SELLERS, owner.but(phase=phase)))
    before = workspace.world

    reply = call(simulator, workspace, endpoint, {} if endpoint.method != "GET" else None)

    verdict = migration.allows(before.rules, owner.but(phase=phase), endpoint.platform, endpoint.family)
    assert reply.status < 500 and next(reversed(workspace.journal)).phase == phase
    if endpoint.gate == "refuse":
        assert (code_of(reply) in LOCKS) == (not verdict.open), reply.body
    if not verdict.open:
        assert workspace.world is before


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "skus", "product_id", "products", "price", "stock", "new_stock", "order_id", "variant", "name", "content", "sku", "status"]), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("endpoint", SIGNED, ids=lambda endpoint: f"{endpoint.platform}-{endpoint.method}-{endpoint.path}")
def test_no_body_makes_an_endpoint_fall_over(endpoint: Endpoint) -> None:
    simulator, workspace = fresh()

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(body=ANYTHING, value=st.text(st.characters(codec="utf-8"), max_size=12), fill=st.sampled_from(["1", "0", "abc", "9" * 30, "-1"]))
    def story(body: Any, value: str, fill: str) -> None:
        try:
            raw = orjson.dumps(body)
        except TypeError:  # beyond 64 bits
            raw = str(body).encode("utf-8", "surrogatepass")
        query = {"page_size": value, "page": value, "page_token": value, "ids": value, "product_id": value, "from_date": value}
        reply = call(simulator, workspace, endpoint, raw, query if len(value) % 2 else {}, fill)
        assert reply.status < 500, (reply.status, reply.body)

    story()


@pytest.mark.parametrize("garbage", [b"{", b"\xff\xfe", b"[" * 5000, b"null", b"[]", b'"text"', b"0"])
@pytest.mark.parametrize("endpoint", [endpoint for endpoint in SIGNED if endpoint.method != "GET"], ids=lambda endpoint: f"{endpoint.platform}-{endpoint.method}-{endpoint.path}")
def test_garbage_gets_the_platforms_own_refusal(endpoint: Endpoint, garbage: bytes) -> None:
    simulator, workspace = fresh()

    assert call(simulator, workspace, endpoint, garbage).status < 500


def test_every_event_is_told_or_listed_as_untold() -> None:
    every = {kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event) and kind is not events.Event}
    for topics in (tiktok_topics, tokopedia_topics):
        assert set(topics.TOPICS) | set(topics.UNTOLD) == every
        assert not set(topics.TOPICS) & set(topics.UNTOLD)


def story(simulator: Simulator, workspace: Workspace) -> list[bytes]:
    """Some calls of either platform, as bytes."""
    replies = []
    for endpoint in SIGNED:
        if endpoint.method == "GET":
            replies.append(call(simulator, workspace, endpoint, None, {"page_size": "5", "page": "1"}).body)
    tiktok = TikTokShop(simulator, workspace)
    replies.append(tiktok.reply("POST", "/order/202309/orders/search", {"page_size": "5"}, {}).body)
    replies.append(tiktok.reply("POST", "/product/202502/products/search", {"page_size": "5"}, {}).body)
    return replies


def test_the_same_seed_and_calls_give_the_same_bytes() -> None:
    assert story(*fresh()) == story(*fresh())


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_the_same_bytes_in_another_process_with_another_hash_seed(hash_seed: str, tmp_path: Any) -> None:
    import hashlib
    import os
    import subprocess
    import sys
    from pathlib import Path

    root = Path(__file__).parent.parent
    script = "import sys, hashlib; sys.path[:0] = [sys.argv[1], sys.argv[1] + '/tests']; import test_catalogues as t; print(hashlib.sha256(b'\\n'.join(t.story(*t.fresh()))).hexdigest())"
    ran = subprocess.run(
        [sys.executable, "-c", script, str(root)], env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert ran.stdout.strip() == hashlib.sha256(b"\n".join(story(*fresh()))).hexdigest()


