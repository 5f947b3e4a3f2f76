"""Rules of quotas: announced always, enforced when asked, refilled by real time, and counted per app, shop and endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from control_api import Control, made
from test_semantics import tiktok, tokopedia

VIRTUAL = {"mode": "frozen", "wire": "virtual"}
SHOP_INFO = "/v1/shop/fs/{fs_id}/shop-info"
INFO = "/inventory/v1/fs/{fs_id}/product/info"
SHOPS = "/authorization/202309/shops"
SEARCH = "/order/202309/orders/search"


class Tick:
    """Real seconds from any fixed point, moved by hand."""

    def __init__(self) -> None:
        self.second = 100.0

    def __call__(self) -> float:
        return self.second


def serving(**settings: Any) -> Iterator[tuple[Control, Tick]]:
    server, real = made(**settings)
    tick = Tick()
    server.simulator.tick = tick
    with asyncio.Runner() as runner:
        yield Control(server, runner, real), tick
        runner.run(server.stop())


@pytest.fixture
def served() -> Iterator[tuple[Control, Tick]]:
    """A server without workspaces, and its real clock."""
    yield from serving()


@pytest.fixture
def enforcing() -> Iterator[tuple[Control, Tick]]:
    """The same, started with ``--quota enforce``."""
    yield from serving(quota="enforce")


def workspace(mock: Control, name: str = "w", **spec: Any) -> Control:
    mock.at = f"/_mock/workspaces/{name}"
    mock("PUT", "", {"seed": 7, "ids": "repeat", "clock": VIRTUAL, **spec})
    return mock


def shop_info(mock: Control, name: str = "w", seller: str | None = None) -> int:
    client = tokopedia(mock, name, seller)
    return client.reply("GET", SHOP_INFO, {"shop_id": client.shop_id}).status


def search(mock: Control, name: str = "w", seller: str | None = None) -> int:
    code: int = tiktok(mock, name, seller).call("POST", SEARCH, {"page_size": "1"}, {})["code"]
    return code


def spent(call: Callable[[], int], fine: int) -> int:
    """How many calls in a row are answered, up to a hundred."""
    return next((count for count in range(100) if call() != fine), 100)


# ---- announced and enforced -------------------------------------------------------------------------------------------------------------------


def test_what_is_not_enforced_is_announced_and_refuses_nothing(served: tuple[Control, Tick]) -> None:
    mock = workspace(served[0])
    client = tokopedia(mock)
    left = [dict(client.reply("GET", SHOP_INFO).headers)["X-Ratelimit-Remaining"] for _ in range(7)]
    assert left == ["4", "3", "2", "1", "0", "0", "0"]
    assert shop_info(mock) == 200


def test_a_refusal_announces_when_a_call_fits_again(served: tuple[Control, Tick]) -> None:
    mock = workspace(served[0], quota="enforce")
    client = tokopedia(mock)
    reply = [client.reply("GET", SHOP_INFO) for _ in range(6)][-1]
    told = dict(reply.headers)
    assert (reply.status, told["X-Ratelimit-Remaining"], told["X-Ratelimit-Reset-After"]) == (429, "0", "0.200000")


def test_one_flag_enforces_the_quotas_of_every_workspace(enforcing: tuple[Control, Tick]) -> None:
    for name in ("w", "other"):
        mock = workspace(enforcing[0], name)
        assert mock("GET", "settings")["quota"] == "enforce"
        assert spent(lambda name=name: shop_info(mock, name), 200) == 5


def test_quotas_are_enforced_in_the_workspace_that_asks(served: tuple[Control, Tick]) -> None:
    mock = workspace(workspace(served[0], "strict", quota="enforce"), "lax")
    assert (spent(lambda: shop_info(mock, "strict"), 200), spent(lambda: shop_info(mock, "lax"), 200)) == (5, 100)


def test_quotas_are_enforced_and_only_announced_again_in_a_running_workspace(served: tuple[Control, Tick]) -> None:
    mock = workspace(served[0])
    mock("PUT", "settings", {"quota": "enforce"})
    assert spent(lambda: shop_info(mock), 200) == 5
    mock("PUT", "settings", {"quota": "announce"})
    assert shop_info(mock) == 200


@pytest.mark.parametrize(("name", "call", "fine"), [("getShopInfo", shop_info, 200), ("get-order-list-202309", search, 0)])
def test_a_rate_of_ones_own_holds_for_that_endpoint(name: str, call: Callable[..., int], fine: int, served: tuple[Control, Tick]) -> None:
    mock = workspace(served[0], quota="enforce", rates={name: 3})
    assert spent(lambda: call(mock), fine) == 3


# ---- refill -----------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("call", "fine", "rate"), [(shop_info, 200, 5), (search, 0, 50)], ids=["tokopedia", "tiktok_shop"])
def test_calls_fit_again_as_real_seconds_pass(call: Callable[..., int], fine: int, rate: int, served: tuple[Control, Tick]) -> None:
    mock = workspace(served[0], quota="enforce")
    assert spent(lambda: call(mock), fine) == rate
    served[1].second += 3 / rate + 0.001
    assert spent(lambda: call(mock), fine) == 3
    served[1].second += 3600
    assert spent(lambda: call(mock), fine) == rate


def test_neither_world_time_nor_the_machines_clock_gives_a_call_back(served: tuple[Control, Tick]) -> None:
    mock = workspace(served[0], quota="enforce", clock={"mode": "frozen", "wire": "real"})
    spent(lambda: shop_info(mock), 200)
    mock("POST", "clock/advance", {"seconds": 86400, "deliver": "hold"})
    mock.real.second += 3600
    assert shop_info(mock) == 429


def test_a_reset_gives_no_call_back(served: tuple[Control, Tick]) -> None:
    mock = workspace(served[0], quota="enforce")
    spent(lambda: shop_info(mock), 200)
    mock("POST", "reset")
    assert shop_info(mock) == 429


def test_a_fork_counts_for_itself(served: tuple[Control, Tick]) -> None:
    mock = workspace(served[0], quota="enforce")
    spent(lambda: shop_info(mock), 200)
    name = mock("POST", "fork", {"id": "what-if"})["id"]
    assert spent(lambda: shop_info(mock, name), 200) == 5
    assert shop_info(mock) == 429


# ---- what is counted together -----------------------------------------------------------------------------------------------------------------


def test_on_tokopedia_all_shops_of_the_app_draw_on_one_quota(served: tuple[Control, Tick]) -> None:
    mock = workspace(served[0], quota="enforce")
    assert spent(lambda: shop_info(mock, seller="maju"), 200) == 5
    assert shop_info(mock, seller="tetap") == 429


def test_on_tokopedia_each_endpoint_has_a_quota_of_its_own_and_most_are_generous(served: tuple[Control, Tick]) -> None:
    mock = workspace(served[0], quota="enforce")
    client = tokopedia(mock)
    spent(lambda: shop_info(mock), 200)
    reply = client.reply("GET", INFO, {"shop_id": client.shop_id, "page": 1, "per_page": 1})
    assert (reply.status, dict(reply.headers)["X-Ratelimit-Limit"]) == (200, "50 req/s (burst 50)")


def test_on_tiktok_shop_each_shop_may_call_an_endpoint_fifty_times_a_second(served: tuple[Control, Tick]) -> None:
    mock = workspace(served[0], quota="enforce")
    assert spent(lambda: search(mock, seller="maju"), 0) == 50
    assert spent(lambda: search(mock, seller="tetap"), 0) == 50
    assert tiktok(mock).call("GET", SHOPS, cipher=False)["code"] == 0


def test_a_call_beyond_the_quota_of_tiktok_shop_is_refused_in_words_and_changes_nothing(served: tuple[Control, Tick]) -> None:
    mock = workspace(served[0], quota="enforce", rates={"get-order-list-202309": 1})
    search(mock)
    code = search(mock)
    last = mock("GET", "journal")["exchanges"][-1]
    assert code != 0 and last["code"] == code
    assert (last["verdict"], last["wrote"]) == ("refused", 0) and "1 calls a second" in last["reason"]
