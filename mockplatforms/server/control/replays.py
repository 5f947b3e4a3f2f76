"""A delivery told another way: as a curl command, as a test, and as what tells two of them apart."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...domain.outbox import Attempt, Delivery
from ...gateway.workspace import Workspace
from ..dispatcher import headers
from . import naming
from .routes import Json

_NOTHING = object()  # where one side has no such part


class Sent(NamedTuple):
    """What was sent and what came back, by name; ``body`` as parsed JSON where it is some."""

    what: Json
    headers: Mapping[str, str]
    body: Any


def _headers(workspace: Workspace, delivery: Delivery, attempt: Attempt | None = None) -> dict[str, str]:
    """As they were sent last, or would be sent now."""
    last = attempt or (delivery.attempts[-1] if delivery.attempts else None)
    return dict(last.headers) if last is not None and last.headers else headers(workspace, delivery)


def as_curl(workspace: Workspace, delivery: Delivery, *, ca: str = "") -> str:
    """A command for sh that sends the same request: bytes, headers, and no proxy or redirect between."""
    parts = ["curl", "-sS", "-i", "-g", "--noproxy", "*", "-X", "POST", delivery.url]
    if ca:
        parts += ["--cacert", ca]
    for name, value in _headers(workspace, delivery).items():
        parts += ["-H", f"{name}: {value}"]
    return shlex.join([*parts, "--data-raw", delivery.body.decode("utf-8", "surrogateescape")]) + "\n"


_TEST = '''"""Webhook {serial} of {platform} ({topic}), as it was sent: its handler must take it."""

import http.client
import ssl
from urllib.parse import urlsplit

URL = {url!r}
HEADERS = {headers}
BODY = {body!r}
CA = {ca!r}  # PEM file of the authority that vouches for the handler; empty: a public one


def test_{name}_is_taken():
    parts = urlsplit(URL)
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.netloc, timeout=10, context=ssl.create_default_context(cafile=CA or None))
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("POST", (parts.path or "/") + ("?" + parts.query if parts.query else ""), BODY, HEADERS)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    assert 200 <= answer.status < 300, f"the handler answered {{answer.status}}: {{said[:500]!r}}"
'''


def as_test(workspace: Workspace, delivery: Delivery, *, ca: str = "") -> str:
    """A pytest file of the standard library alone that sends the same request and wants a 2xx."""
    sent = "{\n" + "".join(f"    {name!r}: {value!r},\n" for name, value in _headers(workspace, delivery).items()) + "}"
    name = re.sub(r"\W+", "_", f"{delivery.topic.lower()}_{delivery.serial}")
    return _TEST.format(
        serial=delivery.serial, platform=delivery.platform, topic=delivery.topic, url=delivery.url, headers=sent, body=delivery.body, ca=ca, name=name
    )


# ---- differences -----------------------------------------------------------------------------------------------------------------------


def of(workspace: Workspace, delivery: Delivery, attempt: Attempt | None = None) -> Sent:
    """One attempt of a delivery, or the delivery itself as it was sent last."""
    what: Json = {"url": delivery.url, "topic": delivery.topic}
    if attempt is not None:
        what = {
            "at": naming.instant(attempt.at),
            "status": attempt.status,
            "failure": attempt.failure,
            "error": attempt.error or None,
            "milliseconds": attempt.milliseconds,
            "answer": attempt.answer.decode("utf-8", "replace"),
        }
    try:
        body = json.loads(delivery.body)
    except ValueError:
        body = delivery.body.decode("utf-8", "replace")
    return Sent(what, _headers(workspace, delivery, attempt), body)


def told(left: Sent, right: Sent) -> Json:
    """Everything in which two differ, by its JSON path, and the same in words."""
    pairs = [("", left.what, right.what), ("headers", left.headers, right.headers), ("body", left.body, right.body)]
    found = [difference for path, one, other in pairs for difference in _differences(path, one, other)]
    rows = [{"where": path, "left": _shown(one), "right": _shown(other)} for path, one, other in found]
    return {"differences": rows, "words": [_words(*row) for row in found] or ["they are the same"]}


def _differences(path: str, left: Any, right: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for name in dict.fromkeys((*left, *right)):
            yield from _differences(f"{path}.{name}" if path else name, left.get(name, _NOTHING), right.get(name, _NOTHING))
    elif isinstance(left, list) and isinstance(right, list):
        for place in range(max(len(left), len(right))):
            one, other = (side[place] if place < len(side) else _NOTHING for side in (left, right))
            yield from _differences(f"{path}[{place}]", one, other)
    elif left is _NOTHING or right is _NOTHING or type(left) is not type(right) or left != right:
        yield path, left, right


def _shown(value: Any) -> Any:
    return None if value is _NOTHING else value


def _words(path: str, left: Any, right: Any) -> str:
    if left is _NOTHING:
        return f"{path}: only the second has it: {json.dumps(right, ensure_ascii=False)}"
    if right is _NOTHING:
        return f"{path}: only the first has it: {json.dumps(left, ensure_ascii=False)}"
    return f"{path}: {json.dumps(left, ensure_ascii=False)} and {json.dumps(right, ensure_ascii=False)}"
