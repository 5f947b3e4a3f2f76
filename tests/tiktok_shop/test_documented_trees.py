"""Every field that an Indonesian shop would get is in some answer, of its documented type; what is left out is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from absent import FOR_GOOD, GAPS
from arranged import CALLS, Seller
from lived import MORE, live
from test_documented_shapes import undocumented
from test_every_endpoint import ARRANGED, send

from mockplatforms.testing import local
from mockplatforms.tiktok_shop import rows

NEWEST = {endpoint.source: endpoint for endpoint in sorted(ARRANGED, key=lambda endpoint: endpoint.path)}
NEVER = frozenset(name for names in FOR_GOOD.values() for name in names)


def documented(tree: Any, at: str = "") -> Iterator[str]:
    """The fields of a tree by their dotted names, a field before those inside it."""
    if isinstance(tree, dict):
        for name, inner in tree.items():
            here = f"{at}.{name}" if at else name
            yield here
            yield from documented(inner, here)
    elif isinstance(tree, list) and tree:
        for inner in tree:
            yield from documented(inner, at)


def lacking(source: str, shown: set[str]) -> list[str]:
    """Documented fields that were not shown, without those inside another such."""
    absent = [name for name in documented(rows.row(source).response) if name not in shown]
    return [name for name in absent if not any(name.startswith(f"{outer}.") for outer in absent)]


@pytest.mark.parametrize("source", sorted(NEWEST))
def test_every_field_of_the_tree_is_shown_or_declared(source: str) -> None:
    with local("tree", world="small") as shop:
        seller = Seller(shop)
        asked = [CALLS[source](seller)]
        answers = [orjson.loads(send(seller, NEWEST[source], asked[0]).body)["data"]]
        if source in MORE:
            live(seller)
            answers += [orjson.loads(send(seller, NEWEST[source], more).body)["data"] for more in MORE[source](seller)]
    facts = rows.row(source).response

    assert [bad for answer in answers for bad in undocumented(answer, facts, source)] == []
    shown = {name for answer in answers for name in documented(answer)}
    strange = [name for name in lacking(source, shown) if not NEVER & set(name.split(".")) and name not in GAPS.get(source, ())]
    assert strange == [], f"neither shown nor declared in absent.py: {strange}"


def test_what_is_declared_absent_is_documented() -> None:
    known = {source: set(documented(rows.row(source).response)) for source in rows.ids()}
    assert {source: names - known[source] for source, names in GAPS.items() if names - known[source]} == {}
    everywhere = {part for names in known.values() for name in names for part in name.split(".")}
    assert NEVER - everywhere == set()
