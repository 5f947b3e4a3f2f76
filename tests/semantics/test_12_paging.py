"""Rules of paging and polling while the world changes: page tokens, pinned runs, numbered pages, and windows that adjoin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from control_api import Control, made
from test_semantics import merge, place, tiktok, tokopedia

VIRTUAL = {"mode": "frozen", "wire": "virtual"}
SEARCH = "/order/202309/orders/search"
PRODUCTS = "/product/202502/products/search"
ORDERS = "/v2/order/list"
INFO = "/inventory/v1/fs/{fs_id}/product/info"
BY_UPDATE = {"sort_field": "update_time", "sort_order": "ASC"}
DAY = 86400


@contextmanager
def serving() -> Iterator[Control]:
    """A server with the workspace ``w``: the demo world in virtual time that stands still until it is advanced."""
    server, real = made()
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        control_api("PUT", "", {"seed": 7, "world": "demo", "ids": "repeat", "clock": VIRTUAL})
        yield control_api
        runner.run(server.stop())


@pytest.fixture
def mock() -> Iterator[Control]:
    with serving() as control_api:
        yield control_api


def page(mock: Control, token: str = "", size: int = 3, body: dict[str, Any] | None = None, **query: str) -> tuple[list[str], str]:
    """Ids of one page of orders on TikTok Shop, and the token of the next."""
    asked = {"page_size": str(size), **query, **({"page_token": token} if token else {})}
    told = tiktok(mock).data("POST", SEARCH, asked, body or {})
    return [row["id"] for row in told["orders"]], told["next_page_token"]


def run(mock: Control, between: Callable[[], Any] = lambda: None, **query: str) -> list[str]:
    """All ids of a run of pages; ``between`` happens after each page."""
    rows, token = page(mock, **query)
    while token:
        between()
        more, token = page(mock, token, **query)
        rows += more
    return rows


def wait(mock: Control, seconds: int) -> int:
    """Let time pass; answers what time it is then."""
    mock("POST", "clock/advance", {"seconds": seconds, "deliver": "hold"})
    now: int = mock("GET", "clock")["now"]
    return now


def notes(mock: Control) -> str:
    """What the journal says about the last call."""
    return " ".join(mock("GET", "journal")["exchanges"][-1]["notes"])


def ship(mock: Control, order_id: str) -> None:
    client = tiktok(mock)
    package = client.data("GET", "/order/202309/orders", {"ids": order_id})["orders"][0]["packages"][0]["id"]
    client.data("POST", f"/fulfillment/202309/packages/{package}/ship", None, {"handover_method": "PICKUP"})


# ---- tokens by creation -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort_order", ["ASC", "DESC"])
def test_orders_that_come_in_between_pages_by_creation_neither_skip_nor_double_any(sort_order: str, mock: Control) -> None:
    before = run(mock, sort_order=sort_order)
    coming = iter(range(4))

    def comes() -> None:
        if next(coming, None) is not None:
            place(mock, "tiktok_shop")

    seen = run(mock, comes, sort_order=sort_order)
    assert len(before) > 6
    assert len(set(seen)) == len(seen)
    assert [row for row in seen if row in before] == before


def test_a_token_by_creation_survives_a_restart() -> None:
    with serving() as first:
        whole = run(first, sort_order="ASC")
        rows, token = page(first, sort_order="ASC")
    with serving() as second:
        assert rows + page(second, token, size=50, sort_order="ASC")[0] == whole


@pytest.mark.parametrize("act", ["reset", "snapshots/s/restore"])
def test_a_token_by_creation_survives_a_reset_and_a_restore(act: str, mock: Control) -> None:
    mock("POST", "snapshots", {"name": "s"})
    whole = run(mock, sort_order="ASC")
    rows, token = page(mock, sort_order="ASC")
    mock("POST", act)
    assert rows + page(mock, token, size=50, sort_order="ASC")[0] == whole


def test_a_token_by_creation_survives_the_merge(mock: Control) -> None:
    whole = run(mock, sort_order="ASC")
    rows, token = page(mock, sort_order="ASC")
    merge(mock)
    assert rows + page(mock, token, size=50, sort_order="ASC")[0] == whole


def test_a_token_of_products_survives_the_merge(mock: Control) -> None:
    client = tiktok(mock)
    whole = [row["id"] for row in client.data("POST", PRODUCTS, {"page_size": "100"}, {})["products"]]
    first = client.data("POST", PRODUCTS, {"page_size": "2"}, {})
    merge(mock)
    rest = client.data("POST", PRODUCTS, {"page_size": "100", "page_token": first["next_page_token"]}, {})["products"]
    seen = [row["id"] for row in [*first["products"], *rest]]
    assert len(set(seen)) == len(seen)
    assert [row for row in seen if row in whole] == whole


# ---- runs by update ---------------------------------------------------------------------------------------------------------------------------


def test_a_run_by_update_shows_what_its_first_page_would_have_with_bodies_of_now(mock: Control) -> None:
    waiting = {"order_status": "AWAITING_SHIPMENT"}
    for _ in range(4):
        place(mock, "tiktok_shop")
    whole, _ = page(mock, size=50, body=waiting, **BY_UPDATE)
    first, token = page(mock, body=waiting, **BY_UPDATE)
    wait(mock, 60)
    ship(mock, whole[-1])
    place(mock, "tiktok_shop")
    asked = {"page_size": "50", "page_token": token, **BY_UPDATE}
    rest = tiktok(mock).data("POST", SEARCH, asked, waiting)["orders"]
    assert first + [row["id"] for row in rest] == whole
    assert {row["status"] for row in rest if row["id"] == whole[-1]} == {"AWAITING_COLLECTION"}


def test_a_run_by_update_goes_on_while_each_of_its_orders_is_updated(mock: Control) -> None:
    placed = iter([place(mock, "tiktok_shop")["order_id"] for _ in range(6)])
    whole = page(mock, size=50, **BY_UPDATE)[0]

    def changes() -> None:
        order = next(placed, None)
        if order is not None:
            wait(mock, 10)
            ship(mock, order)

    assert run(mock, changes, **BY_UPDATE) == whole
    assert page(mock, size=50, **BY_UPDATE)[0] != whole


def runs_begun(mock: Control, count: int) -> None:
    """So many runs by update begin, each at a revision of its own."""
    for _ in range(count):
        place(mock, "tiktok_shop", pay=False)
        page(mock, size=1, **BY_UPDATE)


@pytest.mark.parametrize(("later", "dropped"), [(255, False), (256, True)])
def test_the_indexes_of_the_last_256_runs_are_kept(later: int, dropped: bool, mock: Control) -> None:
    _, token = page(mock, **BY_UPDATE)
    runs_begun(mock, later)
    page(mock, token, **BY_UPDATE)
    assert ("was let go" in notes(mock)) is dropped


def test_a_run_whose_index_was_dropped_goes_on_by_the_present_one_and_the_journal_says_so(mock: Control) -> None:
    mock("POST", "snapshots", {"name": "s"})
    whole, _ = page(mock, size=50, **BY_UPDATE)
    first, token = page(mock, **BY_UPDATE)
    mock("POST", "snapshots/s/restore")
    new = place(mock, "tiktok_shop")["order_id"]
    rest, _ = page(mock, token, size=50, **BY_UPDATE)
    assert first + rest == [*whole, new]
    assert "was let go" in notes(mock)


def test_the_runs_of_one_workspace_drop_none_of_another(mock: Control) -> None:
    mock("PUT", "/_mock/workspaces/other", {"seed": 7, "ids": "repeat", "clock": VIRTUAL})
    _, token = page(mock, **BY_UPDATE)
    mock.at = "/_mock/workspaces/other"
    for _ in range(260):
        place(mock, "tiktok_shop", pay=False)
        tiktok(mock, "other").data("POST", SEARCH, {"page_size": "1", **BY_UPDATE}, {})
    mock.at = "/_mock/workspaces/w"
    page(mock, token, **BY_UPDATE)
    assert "was let go" not in notes(mock)


# ---- numbered pages ---------------------------------------------------------------------------------------------------------------------------


def numbered(mock: Control, number: int) -> list[int]:
    """One page of Tokopedia's orders of the last three days."""
    client, now = tokopedia(mock), mock("GET", "clock")["now"]
    asked = {"fs_id": client.fs_id, "shop_id": client.shop_id, "from_date": now - 3 * DAY, "to_date": now, "page": number, "per_page": 2}
    return [row["order_id"] for row in client.data("GET", ORDERS, asked)]


def test_numbered_pages_of_orders_shift_while_orders_come_in_and_the_journal_warns(mock: Control) -> None:
    for _ in range(4):
        place(mock, "tokopedia")
    first = numbered(mock, 1)
    assert notes(mock) == ""
    place(mock, "tokopedia")
    assert numbered(mock, 2)[0] == first[-1]
    assert "numbered pages shift" in notes(mock)


def listed(mock: Control, size: int = 3, **asked: Any) -> list[int]:
    """Ids of one page of products on Tokopedia, of a seller whose products are all simple."""
    client = tokopedia(mock, seller="tetap")
    rows = client.data("GET", INFO, {"shop_id": client.shop_id, "per_page": size, **asked})
    return [row["basic"]["productID"] for row in rows]


def take_off(mock: Control, product: int) -> None:
    client = tokopedia(mock, seller="tetap")
    client.data("POST", "/v3/products/fs/{fs_id}/delete", {"shop_id": client.shop_id}, {"product_id": [product]})


def test_a_numbered_page_of_products_skips_one_when_an_earlier_one_goes_and_the_journal_warns(mock: Control) -> None:
    whole = listed(mock, page=1, size=50)
    take_off(mock, whole[0])
    assert listed(mock, page=2) == whole[4:7]
    assert "numbered pages shift" in notes(mock)


@pytest.mark.parametrize("gone", [0, 2], ids=["an earlier one", "the one it names"])
def test_last_sort_does_not_shift_when_a_product_goes(gone: int, mock: Control) -> None:
    whole = listed(mock, page=1, size=50)
    take_off(mock, whole[gone])
    assert listed(mock, page=2, last_sort=whole[2]) == whole[3:6]
    assert notes(mock) == ""


# ---- windows ----------------------------------------------------------------------------------------------------------------------------------


def test_adjoining_windows_of_creation_see_each_order_of_tiktok_shop_once(mock: Control) -> None:
    begin, placed, seen = mock("GET", "clock")["now"], [], []
    for _ in range(3):
        placed.append(place(mock, "tiktok_shop")["order_id"])
        end = wait(mock, 30)
        placed.append(place(mock, "tiktok_shop")["order_id"])
        seen += page(mock, size=50, body={"create_time_ge": begin, "create_time_lt": end}, sort_order="ASC")[0]
        placed.append(place(mock, "tiktok_shop")["order_id"])
        begin = end
    end = wait(mock, 1)
    seen += page(mock, size=50, body={"create_time_ge": begin, "create_time_lt": end}, sort_order="ASC")[0]
    assert seen == placed


def test_adjoining_windows_of_update_see_each_change_of_an_order_once(mock: Control) -> None:
    order = place(mock, "tiktok_shop")["order_id"]
    begin, seen = mock("GET", "clock")["now"], []
    for change in (lambda: None, lambda: ship(mock, order), lambda: None, lambda: mock("POST", f"orders/{order}/collect"), lambda: None):
        change()
        end = wait(mock, 30)
        seen.append(page(mock, size=50, body={"update_time_ge": begin, "update_time_lt": end}, **BY_UPDATE)[0])
        begin = end
    assert seen == [[order], [order], [], [order], []]


def test_adjoining_windows_that_end_before_their_call_see_each_order_of_tokopedia_once(mock: Control) -> None:
    client, begin = tokopedia(mock), mock("GET", "clock")["now"]
    placed, seen = [], []
    for _ in range(3):
        placed.append(place(mock, "tokopedia")["order_id"])
        end = wait(mock, 30)
        placed.append(place(mock, "tokopedia")["order_id"])
        asked = {"fs_id": client.fs_id, "shop_id": client.shop_id, "from_date": begin, "to_date": end - 1, "page": 1, "per_page": 50}
        seen += [row["order_id"] for row in client.data("GET", ORDERS, asked)][::-1]
        begin = end
    assert seen == placed[:-1]
