"""Nothing of the Tokopedia Open API is missing, and the table that says so is true."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mockplatforms.server import coverage
from mockplatforms.tokopedia.facade import CATALOG
from mockplatforms.tokopedia.topics import WEBHOOK_ADDRESSES, WEBHOOKS
from mockplatforms.tokopedia.words import codes

HERE = Path(__file__).parent
ROOM = HERE.parent.parent / "mockplatforms" / "tokopedia"


def test_every_endpoint_that_is_known_is_served_under_all_its_paths_and_methods() -> None:
    known = {tuple(row) for row in json.loads((HERE / "endpoints.json").read_text())}
    served = {(endpoint.source, endpoint.method, endpoint.path, endpoint.mark) for endpoint in CATALOG}
    assert known <= served
    assert {row[0] for row in known} == {row[0] for row in served} and len({row[0] for row in known}) == 91


def test_the_table_in_the_documents_is_what_is_served() -> None:
    assert (HERE.parent.parent / "docs" / "coverage.md").read_text() == coverage.text()


def test_every_webhook_has_an_address_that_can_be_registered() -> None:
    assert len(WEBHOOKS) == 13
    assert {name for address, _, _ in WEBHOOKS.values() for name in address.split(", ")} <= set(WEBHOOK_ADDRESSES)


def test_every_code_that_is_used_is_a_documented_one() -> None:
    used = {code for path in ROOM.glob("*.py") for code in re.findall(r'"([A-Z]{2,9}_[A-Z]+_\d{3})"', path.read_text())}
    assert len(codes()) == 283 and len(used) > 100
    assert used <= set(codes())


def test_the_layer_of_a_code_says_its_status() -> None:
    for code, (status, text) in codes().items():
        layer = code.rpartition("_")[0].rpartition("_")[2]
        assert text
        if code.startswith("RBAC"):
            assert status == 403
        elif layer in ("API", "GRPC", "DB", "CACHE", "MQ"):
            assert status == 500
        elif code not in ("PRD_USC_024", "ETS_USC_001"):
            assert status == 400
