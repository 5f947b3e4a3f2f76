"""A shop's size costs nothing: a call looks at no more rows in a big shop than in a small one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks import big_shops
from mockplatforms.domain.table import Shelf
from mockplatforms.gateway.call import Request
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import paging

SMALL, BIG = 100, 1_500


class Counted:
    """The rows of a table, which count how often one is looked at."""

    def __init__(self, rows: Any, seen: list[int]) -> None:
        self.rows = rows
        self.seen = seen

    def __getitem__(self, serial: int) -> Any:
        self.seen[0] += 1
        return self.rows[serial]

    def get(self, serial: int, default: Any = None) -> Any:
        self.seen[0] += 1
        return self.rows.get(serial, default)

    def __iter__(self) -> Iterator[int]:
        self.seen[0] += len(self.rows)
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def values(self) -> Any:
        self.seen[0] += len(self.rows)
        return self.rows.values()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rows, name)


def looked_at(client: TikTokShop, request: Request) -> int:
    """How many rows a call looks at, of all tables."""
    workspace, seen = client.workspace, [0]
    world = workspace.world
    workspace.world = world.but(shelves={name: Shelf(shelf.table, Counted(shelf.rows, seen), shelf.indexes) for name, shelf in world.shelves.items()})
    try:
        assert client.simulator.answer(request).status == 200
    finally:
        workspace.world = world
    return seen[0]


def test_what_no_index_answers_is_looked_for_among_so_many_rows_and_the_journal_says_so() -> None:
    client = big_shops.lived_in(BIG)
    request = client.request("POST", big_shops.SEARCH, big_shops.PAGE, {"shipping_type": "SELLER"})

    assert paging.SCANNED <= looked_at(client, request) <= paging.SCANNED + 40  # and a few couriers
    assert any("upper bound" in note for note in next(reversed(client.workspace.journal)).notes)


@pytest.mark.parametrize(("made", "calls"), [(big_shops.stocked, big_shops.product_calls), (big_shops.lived_in, big_shops.order_calls)], ids=["products", "orders"])
def test_a_call_looks_at_as_many_rows_in_a_big_shop_as_in_a_small_one(made: Any, calls: Any) -> None:
    small, big = made(SMALL), made(BIG)
    few = {name: looked_at(small, request) for name, request in calls(small).items()}
    many = {name: looked_at(big, request) for name, request in calls(big).items()}
    assert all(few.values())
    assert {name: count for name, count in many.items() if count > few[name] + 5} == {}
