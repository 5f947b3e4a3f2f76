"""The control API described as an OpenAPI 3.1 document, made from the rows that answer it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import __version__
from . import ROUTES
from .routes import ROOT, Field, Json, Route

_TYPES = {"str": "string", "int": "integer", "num": "number", "bool": "boolean", "list": "array", "obj": "object"}
_BOUNDS = {"str": ("minLength", "maxLength"), "list": ("minItems", "maxItems")}
_PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what was asked, what is so, what would work"},
        "field": {"type": "string"},
        "candidates": {"type": "array", "items": {}, "description": "what may have been meant"},
        "unmet": {"type": "array", "items": {"type": "object"}},
        "differences": {"type": "array", "items": {"type": "object"}},
    },
}
_PARAMETERS = {
    "id": "name of the workspace; the demo workspace is default",
    "seller": "short name of a seller",
    "order": "key of an order, or its id on either platform",
    "conversation": "key of a conversation, or its id on either platform",
    "return": "id of a refund or return",
    "question": "id of a question, as its asking answered it",
    "delivery": "number of a delivery",
    "exchange": "number of an exchange, or a TikTok Shop request_id",
    "fault": "name of a fault",
    "name": "name; of an upload: as the platform's answer names it",
    "product": "product id of either platform",
    "package": "id of a TikTok Shop package",
    "document": "kind of document and its ending, as the platform's answer names it",
}


def document(origin: str) -> Json:
    """The whole document, for a server that lives at ``origin``."""
    paths: dict[str, Json] = {}
    for route in ROUTES:
        paths.setdefault(ROOT + route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mockplatforms control API",
            "version": __version__,
            "description": "Workspaces, time, the migration, buyers and what was called: everything that lies outside the two platforms.",
        },
        "servers": [{"url": origin}],
        "tags": [{"name": name} for name in dict.fromkeys(_tag(route) for route in ROUTES)],
        "paths": paths,
        "components": {"schemas": {"Problem": _PROBLEM}},
    }


def _tag(route: Route) -> str:
    return route.handler.__module__.rpartition(".")[2]


def _operation(route: Route) -> Json:
    name = route.handler.__name__
    operation: Json = {
        "operationId": f"{_tag(route)}_{name}" if name != "act" else f"{route.segments[2]}_{route.segments[-1].replace('-', '_')}",
        "tags": [_tag(route)],
        "summary": route.summary,
        "responses": {
            str(route.status): {
                "description": route.summary,
                "content": {route.media: {"schema": {"type": "object" if route.media == "application/json" else "string"}, "example": route.answer}},
            },
            "default": {
                "description": "What would work instead",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    parameters = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}, "description": _PARAMETERS[part[1:-1]]}
        for part in route.segments
        if part[:1] == "{"
    ]
    parameters += [
        {"name": field, "in": "query", "required": bool(spec.get("req")), "schema": _schema(spec), **_help(spec)}
        for field, spec in route.query.items()
    ]
    if parameters:
        operation["parameters"] = parameters
    if route.method in ("POST", "PUT"):
        content: Json = {"schema": _object(route.body)}
        if route.example is not None:
            content["example"] = route.example
        operation["requestBody"] = {
            "required": any(spec.get("req") for spec in route.body.values()),
            "content": {"application/json": content},
        }
    return operation


def _help(spec: Field) -> Json:
    return {"description": spec["help"]} if "help" in spec else {}


def _object(specs: Mapping[str, Any]) -> Json:
    made: Json = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {**_schema(spec), **_help(spec)} for name, spec in specs.items()},
    }
    required = [name for name, spec in specs.items() if spec.get("req")]
    if required:
        made["required"] = required
    return made


def _schema(spec: Any) -> Json:
    """One field as JSON Schema."""
    if spec["t"] == "any":
        return {}
    if spec["t"] == "obj" and "fields" in spec:
        return _object(spec["fields"])
    made: Json = {"type": _TYPES[spec["t"]]}
    if "enum" in spec:
        made["enum"] = spec["enum"]
    if "default" in spec:
        made["default"] = spec["default"]
    if spec["t"] == "list":
        made["items"] = _schema(spec.get("items", {"t": "any"}))
    for name, bound in zip(_BOUNDS.get(spec["t"], ()), spec.get("len", ()), strict=False):
        if bound is not None:
            made[name] = bound
    for name, bound in zip(("minimum", "maximum"), spec.get("range", ()), strict=False):
        if bound is not None:
            made[name] = bound
    return made
