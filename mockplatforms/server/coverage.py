"""What is served, as a table: every endpoint and webhook with how much stands behind it and how it is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..gateway.endpoint import Endpoint
from ..tiktok_shop import topics as tiktok_shop
from ..tokopedia import topics as tokopedia
from .simulator import FACADES

HEAD = """# What is served

Made by `mockplatforms coverage`; a test keeps it true.

*Fidelity*: **stateful** – reads and changes the world; **document** – answers from reference data; **specimen** – answers a fixed example.
*Mark*: **documented** – in the platform's own documents; **observed** – in clients or replies seen in the wild; **inferred** – the most plausible reading.
"""


def text() -> str:
    """The whole document, in Markdown."""
    return "\n".join([HEAD, *_lines()]) + "\n"


def _lines() -> Iterator[str]:
    for facade in FACADES:
        rows = list(_rows(facade.catalog))
        yield f"## {facade.platform.value.replace('_', ' ').title()}: {len(rows)} endpoints"
        yield ""
        yield "| endpoint | calls | family | fidelity | mark |"
        yield "|---|---|---|---|---|"
        yield from rows
        yield ""
    yield f"## Tokopedia: {len(tokopedia.WEBHOOKS)} webhooks"
    yield ""
    yield "| webhook | address | caused by | mark |"
    yield "|---|---|---|---|"
    for name, (address, cause, mark) in tokopedia.WEBHOOKS.items():
        yield f"| {name} | `{address}` | {cause} | {mark} |"
    yield ""
    yield f"## TikTok Shop: {len(tiktok_shop.WEBHOOKS)} webhooks"
    yield ""
    yield "| type | event type | caused by | mark |"
    yield "|---|---|---|---|"
    for number, topic in tiktok_shop.WEBHOOKS.items():
        event_type = f"`{topic.name}`" if topic.own else "none: to the app-wide address"
        yield f"| {number} | {event_type} | {topic.cause} | {topic.mark} |"
    for number, (name, why) in tiktok_shop.NEVER.items():
        yield f"| {number} | `{name}` | never told: {why} | documented |"


def _rows(catalog: Iterable[Endpoint]) -> Iterator[str]:
    """One row for each endpoint, with all its methods and paths; a path that is known otherwise than the newest says how."""
    by_source: dict[str, list[Endpoint]] = {}
    for endpoint in catalog:
        by_source.setdefault(endpoint.source, []).append(endpoint)
    for source, held in sorted(by_source.items(), key=lambda pair: (pair[1][0].family, pair[0])):
        last = held[-1]
        calls = "<br>".join(f"`{endpoint.name}`" + (f" ({endpoint.mark})" if endpoint.mark != last.mark else "") for endpoint in held)
        yield f"| {source} | {calls} | {last.family} | {last.fidelity} | {last.mark} |"
