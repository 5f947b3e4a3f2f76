"""What the control API is asked, and how it refuses."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from control_api import Control

from mockplatforms.gateway import fields
from mockplatforms.server.control import ROUTES
from mockplatforms.server.control.openapi import document
from mockplatforms.server.control.routes import Route


def test_an_unknown_address_is_refused_with_the_nearest_one(empty: Control) -> None:
    told = empty.refused("GET", "/_mock/workspace")
    assert told["status"] == 404
    assert "/_mock/workspaces" in told["detail"]


def test_a_wrong_method_is_refused_with_those_that_work(empty: Control) -> None:
    told = empty.refused("DELETE", "/_mock/health")
    assert told["status"] == 405
    assert told["allowed"] == ["GET"]


def test_an_unknown_field_is_refused_with_the_nearest_name(empty: Control) -> None:
    told = empty.refused("POST", "/_mock/workspaces", {"sead": 7})
    assert "did you mean 'seed'" in told["detail"]
    assert told["candidates"] == ["seed"]
    assert empty("GET", "/_mock/workspaces") == {"workspaces": []}


def test_an_unknown_field_inside_an_object_is_refused_with_the_nearest_name(empty: Control) -> None:
    assert "did you mean 'wire'" in empty.refused("POST", "/_mock/workspaces", {"clock": {"wired": "real"}})["detail"]


def test_an_unknown_query_parameter_is_refused(mock: Control) -> None:
    assert "did you mean 'platform'" in mock.refused("GET", "journal", platfrom="tokopedia")["detail"]


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"text"', b"\xff\xfe", b"7", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(mock: Control, body: bytes) -> None:
    before = mock.server.simulator.workspaces["w"].world
    status, told, media = mock.raw("POST", f"{mock.at}/orders", body)
    assert status in (400, 422)
    assert media == "application/problem+json"
    assert told["detail"]
    assert mock.server.simulator.workspaces["w"].world is before


def test_an_unknown_workspace_is_refused_with_those_that_are_open(mock: Control) -> None:
    told = mock.refused("GET", "/_mock/workspaces/W1")
    assert told["status"] == 404
    assert told["candidates"] == ["w"]


def test_an_unknown_seller_is_refused_with_the_known_ones(mock: Control) -> None:
    told = mock.refused("GET", "migration", seller="nobody")
    keys = [seller["seller"] for seller in mock("GET", "")["sellers"]]
    assert all(key in told["detail"] for key in keys)


def _writes() -> list[Any]:
    return [pytest.param(route, id=f"{route.method} {route.path}") for route in ROUTES if route.method in ("POST", "PUT")]


@pytest.mark.parametrize("route", _writes())
def test_the_example_of_every_route_is_one_that_it_takes(route: Route) -> None:
    assert route.example is not None
    assert fields.unknown(route.body, route.example) == []
    assert fields.problems(route.body, route.example) == []


@pytest.mark.parametrize("route", _writes())
@pytest.mark.parametrize("junk", [{"nonsense": 1}, [1], 7, "text", {"seller": {"a": 1}}, {"seller": "\ud800"}])
def test_junk_never_raises_and_never_changes_anything(mock: Control, route: Route, junk: Any) -> None:
    before = mock.server.simulator.workspaces["w"].world
    path = "/_mock" + re.sub(r"\{id\}", "w", route.path)
    status, told, _ = mock.raw(route.method, re.sub(r"\{\w+\}", "x", path), json.dumps(junk).encode())
    assert 400 <= status < 500, told
    assert mock.server.simulator.workspaces["w"].world is before


def test_no_two_routes_are_the_same() -> None:
    shapes = [(route.method, re.sub(r"\{\w+\}", "{}", route.path)) for route in ROUTES]
    assert len(set(shapes)) == len(shapes)


def test_the_document_describes_every_route_with_examples() -> None:
    described = document("http://127.0.0.1:8700")
    assert described["openapi"] == "3.1.0"
    operations = [(path, method, operation) for path, methods in described["paths"].items() for method, operation in methods.items()]
    assert len(operations) == len(ROUTES)
    assert len({operation["operationId"] for _, _, operation in operations}) == len(ROUTES)
    for path, method, operation in operations:
        assert operation["summary"]
        named = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path))
        success = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
        assert all("example" in content for content in success["content"].values())
        if method in ("post", "put"):
            assert "example" in operation["requestBody"]["content"]["application/json"]
    json.dumps(described)


def test_the_document_is_served(empty: Control) -> None:
    assert empty("GET", "/_mock/openapi.json")["info"]["title"]


def test_health_and_settings_answer_without_any_workspace(empty: Control) -> None:
    assert empty("GET", "/_mock/health")["status"] == "ok"
    assert empty("GET", "/")["control"]["openapi"].endswith("/_mock/openapi.json")
    told = empty("GET", "/_mock/settings")
    assert {"modify_after_merge", "attempts"} <= {row["name"] for row in told["settings"]}
    assert "demo" in told["worlds"]
