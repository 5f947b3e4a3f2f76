"""Rules of ids: never issued again for another thing, the same in every run where that is chosen, and each platform's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from control_api import Control, RealClock, made
from test_semantics import merge, place, product, tiktok, tokopedia

from mockplatforms import config
from mockplatforms.gateway.ids import SERIALS
from mockplatforms.server.live import Server

VIRTUAL = {"mode": "frozen", "wire": "virtual"}


@pytest.fixture
def empty() -> Iterator[Control]:
    """A server without any workspace."""
    server, real = made()
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        yield control_api
        runner.run(server.stop())


@pytest.fixture
def mock(empty: Control) -> Control:
    """A server with the workspace ``w``: the demo world in virtual time that stands still until it is advanced."""
    empty("PUT", "", {"seed": 7, "ids": "repeat", "clock": VIRTUAL})
    return empty


def ids_of(mock: Control, name: str, **spec: Any) -> list[Any]:
    """Ids of the first orders and products of a workspace that is made by this specification."""
    mock.at = f"/_mock/workspaces/{name}"
    mock("PUT", "", {"seed": 7, "clock": VIRTUAL, **spec})
    orders = [place(mock, app)["order_id"] for app in ("tokopedia", "tiktok_shop")]
    named = [record["product_id"] for record in mock("GET", "stock", sku="KOP-02")["records"]]
    return [*orders, *(one["tokopedia"] or one["tiktok_shop"] for one in named)]


def digits(found: Any, name: str = "") -> Iterator[Any]:
    """Every value below a name that says it is an id."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from digits(value, key)
    elif isinstance(found, list):
        for value in found:
            yield from digits(value, name)
    elif name == "id" or name.endswith("_id"):
        yield found


# ---- epochs -----------------------------------------------------------------------------------------------------------------------------------


def test_two_workspaces_of_one_seed_share_no_id(empty: Control) -> None:
    one, other = ids_of(empty, "one"), ids_of(empty, "other")
    assert not set(one) & set(other)


def test_a_workspace_that_is_made_again_under_its_name_issues_no_id_a_second_time(empty: Control) -> None:
    before = ids_of(empty, "one")
    empty("DELETE", "")
    assert not set(before) & set(ids_of(empty, "one"))


def test_a_thing_that_a_restore_has_undone_is_unknown_and_its_id_is_given_to_no_other(empty: Control) -> None:
    empty("PUT", "", {"seed": 7, "clock": VIRTUAL})
    empty("POST", "snapshots", {"name": "s"})
    gone = place(empty, "tiktok_shop")["order_id"]
    empty("POST", "snapshots/s/restore")
    later = [place(empty, "tiktok_shop")["order_id"] for _ in range(5)]
    assert gone not in later
    assert empty.refused("GET", f"orders/{gone}")["status"] == 404


def test_repeating_ids_are_the_same_in_every_workspace_of_that_seed(empty: Control) -> None:
    assert ids_of(empty, "one", ids="repeat") == ids_of(empty, "other", ids="repeat")


def test_repeating_ids_begin_where_the_chosen_epoch_says(empty: Control) -> None:
    fifth = ids_of(empty, "one", ids="repeat", epoch=5)
    assert ids_of(empty, "two", ids="repeat", epoch=5) == fifth
    assert not set(ids_of(empty, "three", ids="repeat", epoch=6)) & set(fifth)


def test_another_seed_writes_other_ids(empty: Control) -> None:
    """Tokopedia's numbers are short, so a seed among a few writes the same one now and then; TikTok Shop's never meet."""
    written = [ids_of(empty, f"seed-{seed}", ids="repeat", seed=seed) for seed in range(7, 15)]
    assert len({str(ids) for ids in written}) == len(written)
    long = [number for ids in written for number in ids if len(str(number)) > 15]
    assert len(set(long)) == len(long) >= len(written)


# ---- two platforms ----------------------------------------------------------------------------------------------------------------------------


def test_a_product_has_an_integer_on_tokopedia_and_another_id_as_text_on_tiktok_shop(mock: Control) -> None:
    merge(mock)
    shown = product(mock, "BLS-03")
    mine, other = shown["basic"]["productID"], shown["tts_product_id"]
    assert type(mine) is int and type(other) is str
    assert str(mine) != other


def test_a_warehouse_has_an_integer_on_tokopedia_and_another_id_as_text_on_tiktok_shop(mock: Control) -> None:
    places = mock("GET", "stock", sku="BLS-03")["records"][0]["stock"]
    for named in (row["warehouse_id"] for row in places):
        assert type(named["tokopedia"]) is int and type(named["tiktok_shop"]) is str
        assert str(named["tokopedia"]) != named["tiktok_shop"]


def test_every_id_in_an_order_of_tiktok_shop_is_text_beyond_what_a_double_holds(mock: Control) -> None:
    order = place(mock, "tiktok_shop")
    shown = tiktok(mock).data("GET", "/order/202309/orders", {"ids": order["order_id"]})["orders"][0]
    found = [shown["id"], *(row[name] for row in shown["line_items"] for name in ("id", "product_id", "sku_id")), shown["packages"][0]["id"]]
    assert all(type(one) is str and 18 <= len(one) <= 19 and int(one) > 2**53 for one in found)
    assert all(type(one) is str for one in digits(shown))


def test_every_id_in_an_order_of_tokopedia_is_an_integer(mock: Control) -> None:
    order = place(mock, "tokopedia")
    shown = tokopedia(mock).data("GET", "/v2/fs/{fs_id}/order", {"order_id": order["order_id"]})
    assert type(shown["order_id"]) is int
    assert {type(shown["shop_info"]["shop_id"]), type(shown["buyer_info"]["buyer_id"])} == {int}


def test_an_order_keeps_its_key_and_its_id_through_the_whole_migration(mock: Control) -> None:
    order = place(mock, "tokopedia")
    merge(mock)
    mock("POST", "migration/confirm-product-merge")
    told = mock("GET", f"orders/{order['key']}")
    assert (told["key"], told["order_id"]) == (order["key"], order["order_id"])
    assert mock("GET", f"orders/{order['order_id']}")["key"] == order["key"]


def test_neither_platform_knows_the_others_id_of_an_order(mock: Control) -> None:
    orders = {app: place(mock, app)["order_id"] for app in ("tokopedia", "tiktok_shop")}
    assert tokopedia(mock).call("GET", "/v2/fs/{fs_id}/order", {"order_id": orders["tiktok_shop"]})[0] != 200
    assert tiktok(mock).data("GET", "/order/202309/orders", {"ids": str(orders["tokopedia"])})["orders"] == []


def test_no_key_of_the_world_is_told_by_a_platform(mock: Control) -> None:
    order = place(mock, "tiktok_shop")
    shown = tiktok(mock).data("GET", "/order/202309/orders", {"ids": order["order_id"]})
    assert order["key"] not in orjson.dumps(shown).decode()


def started(second: float, resets: int = 0) -> list[int]:
    """Ids of the first order of each run of a server that starts at that real second."""
    real = RealClock()
    real.second = second
    server = Server({**config.defaults(), "log": "none"}, real=real)
    with asyncio.Runner() as runner:
        mock = Control(server, runner, real)
        mock("PUT", "", {"seed": 7})
        told = [place(mock, "tokopedia")["order_id"]]
        for _ in range(resets):
            mock("POST", "reset")
            told.append(place(mock, "tokopedia")["order_id"])
        runner.run(server.stop())
    return told


@pytest.mark.parametrize("later", [0.5, 1, 30, 60, 997 * 60])
def test_no_start_shares_an_epoch_with_an_earlier_one(later: float) -> None:
    width = 4 * SERIALS  # ids of Tokopedia orders in one epoch

    def epochs(ids: list[int]) -> set[int]:
        return {(one - 1_000_000_000) // width for one in ids}

    assert not epochs(started(1_763_000_000, 2)) & epochs(started(1_763_000_000 + later, 1))
