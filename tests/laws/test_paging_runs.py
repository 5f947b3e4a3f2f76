"""A run of pages shows each of a thousand things once, in order, with five writes between any two pages: for every search of TikTok Shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks import big_shops
from mockplatforms.domain import chats
from mockplatforms.domain.aftersales import RETURNS
from mockplatforms.domain.chats import CONVERSATIONS
from mockplatforms.domain.orders import ORDERS
from mockplatforms.domain.packages import PACKAGES
from mockplatforms.domain.products import PRODUCTS
from mockplatforms.domain.settlements import STATEMENTS, Statement
from mockplatforms.domain.table import Table
from mockplatforms.domain.world import World
from mockplatforms.testing import TikTokShop

MANY, FEW = 1_000, 300
BOTH = [(field, order) for field in ("create_time", "update_time") for order in ("ASC", "DESC")]


class Search(NamedTuple):
    """How a search is called, what its answer calls the things and their ids, whose rows they are and how large a page may be."""

    method: str
    path: str
    things: str
    id: str
    table: Table[Any]
    page: tuple[int, int]
    query: dict[str, str]
    body: dict[str, Any] | None


def sorted_search(path: str, things: str, id_: str, table: Table[Any], most: int, field: str, order: str, least: int = 1) -> Search:
    return Search("POST", path, things, id_, table, (least, most), {"sort_field": field, "sort_order": order}, {})


SEARCHES: dict[str, Search] = {}
for _field, _order in BOTH:
    for _name, _args in {
        "orders": (big_shops.SEARCH, "orders", "id", ORDERS, 100),
        "packages": (big_shops.PACKAGES, "packages", "id", PACKAGES, 50),
        "returns": (big_shops.RETURNS, "return_orders", "return_id", RETURNS, 50),
        "cancellations": (big_shops.CANCELLATIONS, "cancellations", "cancel_id", ORDERS, 50),
    }.items():
        SEARCHES[f"{_name} by {_field} {_order}"] = sorted_search(*_args, _field, _order, 10 if _name == "returns" else 1)
SEARCHES["packages by order_pay_time DESC"] = sorted_search(big_shops.PACKAGES, "packages", "id", PACKAGES, 50, "order_pay_time", "DESC")
SEARCHES["conversations"] = Search("GET", big_shops.CHATS, "conversations", "id", CONVERSATIONS, (1, 20), {}, None)
for _order in ("ASC", "DESC"):
    SEARCHES[f"statements {_order}"] = Search("GET", "/finance/202309/statements", "statements", "id", STATEMENTS, (1, 100), {"sort_field": "statement_time", "sort_order": _order}, None)
OF_PRODUCTS = {
    "by creation": {},
    "by update": {"update_time_ge": 1},
    "of a status": {"status": "ACTIVATE"},
}


@pytest.fixture(scope="module")
def shop() -> tuple[TikTokShop, World]:
    """A thousand orders with their parcels, refunds and chats, every one of which a buyer once asked to cancel; 300 days of statements."""
    client = big_shops.lived_in(MANY)
    world = client.workspace.world
    for row in world.shelf(ORDERS).page("by_created"):
        asked = row.but(cancel_request="rejected", cancel_requested=row.created)
        world = world.put(ORDERS, asked)
    owner = next(iter(world.shelf(ORDERS).rows.values())).seller
    for day in range(FEW):
        serial, world = world.take()
        world = world.put(STATEMENTS, Statement(serial, owner, day * 86400))
    client.workspace.replace(world.committed())
    return client, client.workspace.world


@pytest.fixture(scope="module")
def goods() -> tuple[TikTokShop, World]:
    client = big_shops.stocked(FEW)
    return client, client.workspace.world


def run(client: TikTokShop, search: Search, size: int, between: Callable[[], None]) -> list[str]:
    """All ids of a run of pages; ``between`` is called after each page."""
    seen: list[str] = []
    token = ""
    for _ in range(2 * MANY):
        query = {**search.query, "page_size": str(size)} | ({"page_token": token} if token else {})
        told = client.data(search.method, search.path, query, search.body)
        assert len(told[search.things]) <= size
        seen += [row[search.id] for row in told[search.things]]
        token = told["next_page_token"]
        if not token:
            return seen
        between()
    raise AssertionError("the run of pages does not end")


def touched(table: Table[Any], row: Any) -> Callable[[World], World]:
    """Something happens to it: it is updated now."""
    if table is CONVERSATIONS:
        return lambda world: chats.buyer_writes(world, row.seller, row.buyer, row.buyer_app, row.platform, '{"content":"Masih ada?"}', conversation=row.serial).world
    if table is STATEMENTS:
        return lambda world: world.put(STATEMENTS, world.get(STATEMENTS, row.serial).but(paid=world.now))  # type: ignore[union-attr]
    return lambda world: world.put(table, world.get(table, row.serial).but(updated=world.now, revised=world.revision))


def law(client: TikTokShop, world: World, search: Search, size: int, which: Iterator[int]) -> None:
    """What an undisturbed run shows, one with five writes between pages shows too: all of it, once, in that order."""
    workspace = client.workspace
    workspace.replace(world)
    quiet = run(client, search, search.page[1], lambda: None)
    rows = sorted(world.shelf(search.table).rows.values(), key=lambda row: row.serial)
    assert len(quiet) == len(set(quiet)) >= FEW

    def busy() -> None:
        for _ in range(5):
            workspace.apply(touched(search.table, rows[next(which) % len(rows)]))

    assert run(client, search, size, busy) == quiet


def places(seed: int) -> Iterator[int]:
    """Which rows are written to, without end."""
    while True:
        seed = (seed * 1_103_515_245 + 12_345) % 2**31
        yield seed >> 8


RARE = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,), database=None)


@pytest.mark.parametrize("name", SEARCHES)
@RARE
@given(data=st.data())
def test_none_is_lost_and_none_is_doubled(name: str, data: st.DataObject, shop: tuple[TikTokShop, World]) -> None:
    search = SEARCHES[name]
    size = data.draw(st.integers(max(search.page[0], search.page[1] // 4), search.page[1]))
    law(*shop, search, size, places(data.draw(st.integers(0, 2**31 - 1))))


@pytest.mark.parametrize("name", OF_PRODUCTS)
@RARE
@given(size=st.integers(20, 100), seed=st.integers(0, 2**31 - 1))
def test_no_product_is_lost_and_none_is_doubled(name: str, size: int, seed: int, goods: tuple[TikTokShop, World]) -> None:
    search = Search("POST", big_shops.PRODUCTS, "products", "id", PRODUCTS, (1, 100), {}, OF_PRODUCTS[name])
    client, world = goods
    client.workspace.replace(world)
    quiet = run(client, search, 100, lambda: None)
    which = places(seed)
    rows = world.shelf(PRODUCTS).page("in_tiktok_created")

    def busy() -> None:
        for _ in range(5):
            client.workspace.apply(touched(PRODUCTS, rows[next(which) % len(rows)]))

    assert len(quiet) == len(set(quiet)) > FEW // 2
    assert run(client, search, size, busy) == quiet


@RARE
@given(size=st.integers(20, 100), sort_order=st.sampled_from(["ASC", "DESC"]))
def test_what_is_placed_while_pages_are_read_disturbs_no_run_by_creation(size: int, sort_order: str, shop: tuple[TikTokShop, World]) -> None:
    client, world = shop
    client.workspace.replace(world)
    search = sorted_search(big_shops.SEARCH, "orders", "id", ORDERS, 100, "create_time", sort_order)
    quiet = run(client, search, 100, lambda: None)
    newest = world.shelf(ORDERS).last("by_created")
    assert newest is not None

    def place() -> None:
        def placed(now: World) -> World:
            serial, now = now.take()
            return now.put(ORDERS, newest.but(serial=serial, created=now.now, updated=now.now))

        client.workspace.apply(placed)

    seen = run(client, search, size, place)
    assert len(seen) == len(set(seen))
    assert (seen[: len(quiet)] if sort_order == "ASC" else seen) == quiet
