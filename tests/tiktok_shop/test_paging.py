"""Page tokens: a run of pages shows each thing once, whatever happens between two pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockplatforms.domain import cancellations, orders, placing, shipping, shops
from mockplatforms.domain.orders import ORDERS, Status
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.shops import Seller
from mockplatforms.domain.world import World
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import ids, paging

SEARCH = "/order/202309/orders/search"
_S = Platform.TIKTOK_SHOP


@pytest.fixture
def shop(make: Callable[..., Workspace], simulator: Any) -> TikTokShop:
    """A shop with thirty orders, one every ten seconds, placed by three buyers in turn; all are paid, every third is on its way, and some are to be cancelled."""
    workspace = make(sellers=[{"key": "toko", "products": 4}])
    owner = shops.named(workspace.world, "toko")
    start = workspace.now().later(-1000)
    for n in range(30):
        at = start.later(n * 10)
        serial = workspace.apply(_place, owner, ("sari", "budi", "dewi")[n % 3], now=at)
        if n % 3 == 0:
            for package in orders.find(workspace.world, serial).packages:
                workspace.apply(shipping.ship, package, now=at.later(5))
        elif n % 9 == 1:
            workspace.apply(cancellations.request_cancel, serial, "salah pesan", now=at.later(6))
    return TikTokShop(simulator, workspace)


def _place(world: World, owner: Seller, buyer: str) -> Any:
    lines = placing.resolve(world, owner, _S, [])
    return placing.place(world, owner, lines, buyer=placing.buyer_named(world, buyer), buyer_app=_S, platform=_S, force=True)


def run(
    shop: TikTokShop, size: int = 7, body: dict[str, Any] | None = None, between: Callable[[int], None] = lambda page: None, **query: str
) -> list[str]:
    """All ids of a run of pages; ``between`` is called after each page."""
    seen: list[str] = []
    token = ""
    for page in range(100):
        data = shop.data("POST", SEARCH, {"page_size": str(size), **query, **({"page_token": token} if token else {})}, body or {})
        seen += [order["id"] for order in data["orders"]]
        token = data["next_page_token"]
        if not token:
            return seen
        between(page)
    raise AssertionError("the run of pages does not end")


def expected(shop: TikTokShop, key: Callable[[orders.Order], Any], fits: Callable[[orders.Order], bool] = lambda order: True) -> list[str]:
    world = shop.workspace.world
    rows = [order for order in world.shelf(ORDERS).rows.values() if order.platform is _S and fits(order)]
    return [ids.text(ids.order(world), order.serial) for order in sorted(rows, key=key)]


def by_creation(order: orders.Order) -> Any:
    return order.created.wire, order.serial


def by_update(order: orders.Order) -> Any:
    return order.updated.wire, order.revised, order.serial


def touch(shop: TikTokShop, serial: int) -> None:
    """Something happens to an order: it is updated now."""

    def change(world: World) -> World:
        order = orders.find(world, serial)
        return world.put(ORDERS, order.but(updated=world.now, revised=world.revision, note=f"{order.note}!"))

    shop.workspace.apply(change)


@pytest.mark.parametrize("size", [1, 7, 10, 30, 100])
@pytest.mark.parametrize("sort_order", ["ASC", "DESC"])
@pytest.mark.parametrize(("sort_field", "key"), [("create_time", by_creation), ("update_time", by_update)])
def test_a_run_shows_everything_once_and_in_order(shop: TikTokShop, sort_field: str, key: Any, sort_order: str, size: int) -> None:
    wanted = expected(shop, key)

    assert run(shop, size, sort_field=sort_field, sort_order=sort_order) == (wanted if sort_order == "ASC" else wanted[::-1])


@pytest.mark.parametrize("sort_order", ["ASC", "DESC"])
def test_updates_between_pages_neither_skip_nor_double_anything(shop: TikTokShop, sort_order: str) -> None:
    wanted = expected(shop, by_update)
    serials = [order.serial for order in shop.workspace.world.shelf(ORDERS).rows.values() if order.platform is _S]

    def busy(page: int) -> None:
        for serial in serials[page * 5 : page * 5 + 10]:
            touch(shop, serial)

    seen = run(shop, 4, between=busy, sort_field="update_time", sort_order=sort_order)

    assert seen == (wanted if sort_order == "ASC" else wanted[::-1])


def test_a_pinned_run_shows_orders_as_they_are_now(shop: TikTokShop) -> None:
    first = shop.data("POST", SEARCH, {"page_size": "5", "sort_field": "update_time", "sort_order": "ASC"}, {})
    rest = expected(shop, by_update)[5]
    serial = ids.order(shop.workspace.world).read(rest)
    assert serial is not None
    touch(shop, serial)

    second = shop.data(
        "POST", SEARCH, {"page_size": "5", "sort_field": "update_time", "sort_order": "ASC", "page_token": first["next_page_token"]}, {}
    )

    assert (second["orders"][0]["id"], second["orders"][0]["buyer_message"]) == (rest, "!")


def test_a_run_whose_index_was_let_go_goes_on_and_the_journal_says_so(shop: TikTokShop) -> None:
    first = shop.data("POST", SEARCH, {"page_size": "5", "sort_field": "update_time"}, {})
    shop.workspace.past.clear()

    second = shop.data("POST", SEARCH, {"page_size": "5", "sort_field": "update_time", "page_token": first["next_page_token"]}, {})

    assert len(second["orders"]) == 5
    assert any("was let go" in note for note in next(reversed(shop.workspace.journal)).notes)


# A filter (moments as seconds before now, the buyer by name) → which orders fit it, given the present moment and the buyer's name.
FILTERS: list[tuple[dict[str, Any], Callable[[orders.Order, int, str], bool]]] = [
    ({"order_status": "AWAITING_SHIPMENT"}, lambda order, now, buyer: order.status is Status.PAID),
    ({"buyer_user_id": "budi"}, lambda order, now, buyer: buyer == "budi"),
    ({"order_status": "AWAITING_COLLECTION", "buyer_user_id": "sari"}, lambda order, now, buyer: order.status is Status.ARRANGED),
    ({"update_time_ge": -800}, lambda order, now, buyer: order.updated.wire >= now - 800),
    ({"create_time_ge": -900, "create_time_lt": -800}, lambda order, now, buyer: now - 900 <= order.created.wire < now - 800),
    (
        {"create_time_ge": -900, "update_time_lt": -820},
        lambda order, now, buyer: now - 900 <= order.created.wire and order.updated.wire < now - 820,
    ),
    ({"update_time_lt": 500, "create_time_lt": 0}, lambda order, now, buyer: True),
    ({"warehouse_ids": "own", "order_status": "AWAITING_COLLECTION"}, lambda order, now, buyer: order.status is Status.ARRANGED),
    ({"is_buyer_request_cancel": True}, lambda order, now, buyer: order.cancel_request == "pending"),
    ({"shipping_type": "TIKTOK", "is_buyer_request_cancel": False}, lambda order, now, buyer: order.cancel_request != "pending"),
]


@pytest.mark.parametrize(("body", "fits"), FILTERS, ids=["+".join(row[0]) for row in FILTERS])
@pytest.mark.parametrize("sort_field", ["create_time", "update_time"])
def test_filters_are_counted_and_paged_alike_by_either_sort(
    shop: TikTokShop, sort_field: str, body: dict[str, Any], fits: Callable[[orders.Order, int, str], bool]
) -> None:
    world, now = shop.workspace.world, shop.workspace.now().wire
    names = {buyer.serial: buyer.key for buyer in world.shelf(shops.BUYERS).page("by_key")}
    asked: dict[str, Any] = {name: value + now if type(value) is int else value for name, value in body.items()}
    if "buyer_user_id" in asked:
        asked["buyer_user_id"] = ids.text(ids.user(world), placing.buyer_named(world, asked["buyer_user_id"]).serial)
    if "warehouse_ids" in asked:
        asked["warehouse_ids"] = [ids.text(ids.warehouse(world), shops.default_warehouse(world, shops.sellers(world)[0].serial, _S).serial)]
    wanted = expected(shop, by_creation if sort_field == "create_time" else by_update, lambda order: fits(order, now, names[order.buyer]))

    assert wanted
    assert run(shop, 3, asked, sort_field=sort_field, sort_order="ASC") == wanted
    assert shop.data("POST", SEARCH, {"page_size": "1", "sort_field": sort_field}, asked)["total_count"] == len(wanted)


def test_the_narrowest_index_may_change_between_pages(shop: TikTokShop) -> None:
    world = shop.workspace.world
    buyer = placing.buyer_named(world, "budi")
    body = {"buyer_user_id": ids.text(ids.user(world), buyer.serial), "order_status": "AWAITING_SHIPMENT"}
    wanted = expected(shop, by_creation, lambda order: order.buyer == buyer.serial and order.status is Status.PAID)

    def ship_the_others(page: int) -> None:
        for order in list(shop.workspace.world.shelf(ORDERS).rows.values()):
            if order.platform is _S and order.status is Status.PAID and order.buyer != buyer.serial:
                shop.workspace.apply(shipping.ship, order.packages[0])

    assert run(shop, 2, body, ship_the_others, sort_order="ASC") == wanted


def test_a_token_belongs_to_its_filters_and_sort(shop: TikTokShop) -> None:
    token = shop.data("POST", SEARCH, {"page_size": "5"}, {})["next_page_token"]

    for query, body in (({"sort_order": "ASC"}, {}), ({"sort_field": "update_time"}, {}), ({}, {"order_status": "AWAITING_SHIPMENT"})):
        assert shop.call("POST", SEARCH, {"page_size": "5", "page_token": token, **query}, body)["code"] == 21001001
    assert len(shop.data("POST", SEARCH, {"page_size": "9", "page_token": token}, {})["orders"]) == 9


def test_a_token_that_was_tampered_with_is_refused(shop: TikTokShop) -> None:
    token = shop.data("POST", SEARCH, {"page_size": "5"}, {})["next_page_token"]
    other = "B" if token[20] != "B" else "C"

    for wrong in (token[:-1], token[1:], token[:20] + other + token[21:], token + "!", "x", "0", "é", "====", "A" * 300, token.swapcase()):
        assert shop.call("POST", SEARCH, {"page_size": "5", "page_token": wrong}, {})["code"] == 21001001, wrong


def test_a_token_needs_no_padding_and_bears_it(shop: TikTokShop) -> None:
    token = shop.data("POST", SEARCH, {"page_size": "5"}, {})["next_page_token"]

    assert not set(token) & set("+/=")
    assert len(shop.data("POST", SEARCH, {"page_size": "5", "page_token": token + "=" * (-len(token) % 4)}, {})["orders"]) == 5


def test_behind_an_index_no_more_than_the_bound_is_scanned_and_nothing_is_lost(shop: TikTokShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "SCANNED", 4)
    monkeypatch.setattr(paging, "CHUNK", 2)
    body = {"is_buyer_request_cancel": False, "update_time_ge": 1, "order_status": "AWAITING_COLLECTION"}

    assert run(shop, 3, body, sort_order="ASC") == expected(shop, by_creation, lambda order: order.status is Status.ARRANGED)
