"""A shop in a test: what buyers and time do, in the seller's words, and assertions that fail with the story."""

from __future__ import annotations

import asyncio
import time
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockplatforms.domain.phases import Phase
from mockplatforms.testing import NotPossible, Served, Shop, Webhook, local, play, serve
from mockplatforms.testing.workspaces import shop as shop_of


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with Served() as host:
        yield host


@pytest.fixture(params=["local", "served"])
def shop(request: pytest.FixtureRequest, server: Served) -> Iterator[Shop]:
    """The same shop without sockets and on a server."""
    if request.param == "local":
        with local(request.node.name) as made:
            yield made
    else:
        with shop_of(server, request.node.nodeid) as made:
            yield made


def packages(shop: Shop, order_id: Any) -> list[str]:
    told = shop.tiktok_shop.data("GET", "/order/202507/orders", {"ids": str(order_id)})
    return [row["id"] for row in told["orders"][0]["packages"]]


def ship(shop: Shop, order_id: Any) -> None:
    for package in packages(shop, order_id):
        shop.tiktok_shop.call("POST", f"/fulfillment/202309/packages/{package}/ship", body={})


def test_a_buyer_orders_and_the_integration_ships_once(shop: Shop) -> None:
    order = shop.place_order("KRP-01", 2, on="tiktok_shop")
    before = shop.stock("KRP-01")
    ship(shop, order.id)
    shop.assert_known(order)
    shop.assert_shipped_once(order)
    shop.assert_called("ship-package", times=1)
    shop.assert_nothing_refused()
    shop.assert_stock("KRP-01", before)
    assert shop.order(order).status == "arranged"


def test_an_order_that_nobody_fetched_is_told_with_the_calls_that_missed_it(shop: Shop) -> None:
    order = shop.place_order(on="tokopedia")
    shop.tiktok_shop.data("POST", "/order/202309/orders/search", {"page_size": "20"}, {})
    with pytest.raises(AssertionError, match=f"tokopedia order {order.id} was never fetched.*on tiktok_shop, which does not have it, 1") as failure:
        shop.assert_known(order)
    assert "a buyer orders something of kecil in the tokopedia app" in str(failure.value)


def test_an_order_that_was_not_shipped_is_told_with_the_refused_attempts(shop: Shop) -> None:
    order = shop.place_order(on="tiktok_shop")
    with pytest.raises(AssertionError, match="no call wanted to; no call has even shown it"):
        shop.assert_shipped_once(order)
    shop.cancel(order)
    ship(shop, order.id)
    with pytest.raises(AssertionError, match="was not shipped: 1 calls wanted to and were refused") as failure:
        shop.assert_shipped_once(order)
    assert "/ship → refused: 21011041" in str(failure.value)
    shop.assert_not_shipped(order)


def test_goods_that_left_on_both_platforms_are_shipped_twice() -> None:
    with local("twice", settings={"shadow_inflight": True}) as shop:
        order = shop.place_order(on="tokopedia")
        shop.merge()
        shadow = next(row["order_id"] for row in shop.story_of(order)["same_goods"] if row["platform"] == "tiktok_shop")
        ship(shop, shadow)
        shop.assert_shipped_once(order)
        api = shop.tokopedia
        api.data("POST", f"/v1/order/{order.id}/fs/{{fs_id}}/ack", body={})
        api.data("POST", "/inventory/v1/fs/{fs_id}/pick-up", body={"order_id": order.id, "shop_id": api.shop_id})
        with pytest.raises(AssertionError, match=f"tokopedia order {order.id} was shipped 2 times: the same goods left on both platforms"):
            shop.assert_shipped_once(order)


def test_calls_that_should_not_be_made_are_shown_with_phase_and_story(shop: Shop) -> None:
    shop.assert_not_called("create-product", phase="MERGING")
    shop.link()
    shop.tiktok_shop.call("POST", "/product/202309/products", body={})
    with pytest.raises(AssertionError, match="create-product should not be called in MERGING; it was called 1 times") as failure:
        shop.assert_not_called("create-product", phase="MERGING")
    assert "kecil links the two shops: MERGING" in str(failure.value)
    shop.assert_not_called("create-product", phase="MERGED")
    with pytest.raises(ValueError, match="there is no endpoint 'creat-product'"):
        shop.assert_not_called("creat-product")
    with pytest.raises(AssertionError, match="1 calls were refused"):
        shop.assert_nothing_refused()


def test_webhooks_go_to_a_function_once_they_are_delivered(shop: Shop) -> None:
    got: list[Webhook] = []
    shop.receive(got.append)
    order = shop.place_order(on="tiktok_shop")
    shop.deliver()
    told = [one for one in got if one.topic == "ORDER_STATUS_CHANGE"]
    assert [one.payload["data"]["order_id"] for one in told] == [order.id, order.id]
    assert all(one.platform == "tiktok_shop" and one.headers["authorization"] for one in told)
    assert {one.body for one in got} == {one.body for one in shop.webhooks}


def test_a_receiver_that_breaks_is_told_again_by_the_schedule(shop: Shop) -> None:
    got: list[Webhook] = []

    def breaks(webhook: Webhook) -> int | None:
        got.append(webhook)
        return 500 if len(got) == 1 else None

    shop.receive(breaks)
    shop.message("Halo kak", on="tiktok_shop")
    shop.deliver()
    first = len(got)
    shop.advance(minutes=10)
    assert len(got) > first
    assert got[0].body in [one.body for one in got[first:]]


def test_webhooks_go_to_a_wsgi_application(shop: Shop) -> None:
    got: list[bytes] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        got.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [b""]

    shop.receive(application)
    shop.place_order(on="tiktok_shop")
    shop.deliver()
    assert sorted(one.body for one in shop.webhooks) == sorted(got)


def test_webhooks_go_to_an_asgi_application(shop: Shop) -> None:
    got: list[bytes] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        got.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    shop.receive(application)
    shop.place_order(on="tiktok_shop")
    shop.deliver()
    assert sorted(one.body for one in shop.webhooks) == sorted(got)


def test_the_migration_goes_on_in_the_sellers_words(shop: Shop) -> None:
    assert shop.phase is Phase.PRE_MERGE
    shop.link()
    assert shop.phase is Phase.MERGING
    shop.merge()
    assert shop.phase is Phase.MERGED
    order = shop.place_order(on="tokopedia")
    assert order.platform == "tiktok_shop"
    shop.confirm()
    assert shop.phase is Phase.PRODUCT_MERGED
    with pytest.raises(ValueError, match="does not go back"):
        shop.go("MERGED")


def test_time_passes_in_days_and_hours(shop: Shop) -> None:
    told = shop.advance(days=1, hours=5)
    assert told["to"] - told["from"] == 29 * 3600
    with pytest.raises(TypeError, match="advance takes seconds, minutes, hours, days, not weeks"):
        shop.advance(weeks=1)


def test_what_cannot_be_is_told_in_words(shop: Shop) -> None:
    with pytest.raises(NotPossible, match="KOP-01"):
        shop.place_order("KOP-1", on="tiktok_shop")
    assert "orders KOP-1" not in shop.story()


def test_a_client_of_your_own_needs_no_socket() -> None:
    with local("httpx") as shop, httpx.Client(transport=shop.transport, base_url="https://fs.tokopedia.net") as client:
        api = shop.credentials["tokopedia"]
        told = client.get(f"/v1/shop/fs/{api['fs_id']}/shop-info", params={"shop_id": api["shop_id"]}, headers={"Authorization": f"Bearer {api['access_token']}"})
        assert told.json()["data"][0]["shop_id"] == api["shop_id"]
    with pytest.raises(RuntimeError):
        client.get("/")


def test_a_client_of_your_own_may_sign_by_the_clock_on_the_wall() -> None:
    with local("wall") as shop, httpx.Client(transport=shop.transport, base_url="https://open-api.tiktokglobalshop.com") as client:
        request = shop.tiktok_shop.request("GET", "/authorization/202309/shops", cipher=False, timestamp=int(time.time()))
        told = client.get(f"{request.path}?{request.query}", headers=dict(request.headers))
        assert told.json()["data"]["shops"]


async def _shop_name(shop: Shop) -> str:
    async with httpx.AsyncClient(transport=shop.transport, base_url="https://fs.tokopedia.net") as client:
        api = shop.credentials["tokopedia"]
        told = await client.get(f"/v1/shop/fs/{api['fs_id']}/shop-info", params={"shop_id": api["shop_id"]}, headers={"Authorization": f"Bearer {api['access_token']}"})
        name: str = told.json()["data"][0]["shop_name"]
        return name


def test_an_async_client_needs_none_either() -> None:
    with local("httpx") as shop:
        assert asyncio.run(_shop_name(shop)) == "Toko Kecil"


def test_a_served_shop_is_called_over_real_http() -> None:
    with serve("http", phase="MERGED") as shop:
        api = shop.credentials["tokopedia"]
        told = httpx.get(f"{shop.base_url}/v1/shop/fs/{api['fs_id']}/shop-info", params={"shop_id": api["shop_id"]}, headers={"Authorization": f"Bearer {api['access_token']}"})
        assert told.json()["data"][0]["tts_integration_completed"]["toko_shop_id"] == api["shop_id"]
        shop.assert_called("getShopInfo", phase="MERGED")


def test_each_seller_has_words_of_its_own(shop: Shop) -> None:
    with local("two", sellers=["satu", "dua"]) as both:
        other = both.of("dua")
        other.link()
        assert (both.phase, other.phase) == (Phase.PRE_MERGE, Phase.MERGING)
        assert other.place_order(on="tiktok_shop").raw["seller"] == "dua"


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"world": "smal"}, "there is no world 'smal'; did you mean 'small'"),
        ({"phase": "MERGD"}, "there is no phase 'MERGD'; the phases are PRE_MERGE"),
        ({"sede": 1}, "a test's workspace has no 'sede'; did you mean 'seed'"),
        ({"sellers": ["satu"], "seller": "dua"}, "there is no seller 'dua'; the sellers are satu"),
        ({"sellers": "satu"}, r"sellers is a list: sellers=\['satu'\]"),
        ({"strict": True, "lenient": True}, "strict or lenient, not both"),
    ],
)
def test_a_workspace_that_cannot_be_is_refused_in_words(choices: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words), local("wrong", **choices):
        pass


def test_the_same_test_meets_the_same_ids() -> None:
    def story() -> tuple[Any, ...]:
        with local("same", seed=5) as shop:
            order = shop.place_order(on="tokopedia")
            shop.deliver()
            return order.id, shop.credentials, [(one.body, one.headers) for one in shop.webhooks]

    assert story() == story()


def test_what_was_done_happens_again_in_one_line() -> None:
    with local("done", world="demo") as shop:
        order = shop.place_order(on="tiktok_shop")
        shop.advance(minutes=40)
        again = play(shop.schedule(calls=True))
        assert again.orders() == shop.orders()
        assert again.order(order).status == shop.order(order).status


def test_a_schedule_that_goes_otherwise_fails_the_test(tmp_path: Path) -> None:
    (tmp_path / "twice.yaml").write_text("timeline:\n  - do: POST /orders/order-1/pay\n")
    with pytest.raises(AssertionError, match="step 1, POST /orders/order-1/pay: refused"):
        play(tmp_path / "twice.yaml")


def test_webhooks_wait_while_they_are_held() -> None:
    with local("held", world="demo") as shop:
        shop.hold()
        shop.place_order(on="tiktok_shop")
        shop.deliver()
        assert {row["status"] for row in shop.deliveries()} == {"held"}
        shop.release()
        shop.deliver()
        assert {row["status"] for row in shop.deliveries(topic="ORDER_STATUS_CHANGE")} == {"delivered"}


# ---- in an event loop ----------------------------------------------------------------------------------------------------------------------


async def _a_day(opened: Any) -> None:
    async with opened as shop:
        got: list[Webhook] = []

        async def hear(webhook: Webhook) -> int:
            await asyncio.sleep(0)
            got.append(webhook)
            async with httpx.AsyncClient(transport=shop.transport, base_url="https://fs.tokopedia.net") as client:  # it calls back before it answers
                api = shop.credentials["tokopedia"]
                told = await client.get(f"/v1/shop/fs/{api['fs_id']}/shop-info", params={"shop_id": api["shop_id"]}, headers={"Authorization": f"Bearer {api['access_token']}"})
            return told.status_code

        await shop.receive(hear)
        orders = await asyncio.gather(*(shop.place_order(on="tiktok_shop") for _ in range(3)))
        await shop.advance(hours=1)
        assert {one.payload["data"]["order_id"] for one in got if one.topic == "ORDER_STATUS_CHANGE"} == {order.id for order in orders}
        assert shop.phase is Phase.PRE_MERGE and len(shop.webhooks) == len(got)
        await shop.merge()
        with pytest.raises(AssertionError, match="was never fetched"):
            await shop.assert_known(orders[0])


@pytest.mark.parametrize("opened", [local, serve])
def test_a_shop_in_an_event_loop_is_awaited_and_its_receivers_are_too(opened: Any) -> None:
    asyncio.run(_a_day(opened("loop")))


async def _to_asgi(opened: Any) -> None:
    async with opened as shop:
        loop, got = asyncio.get_running_loop(), []

        async def application(scope: Any, receive: Any, send: Any) -> None:
            assert asyncio.get_running_loop() is loop  # the test's own, where its pools and locks live
            got.append((await receive())["body"])
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        await shop.receive(application)
        await shop.place_order(on="tiktok_shop")
        await shop.deliver()
        assert sorted(one.body for one in shop.webhooks) == sorted(got) != []


@pytest.mark.parametrize("opened", [local, serve])
def test_webhooks_go_to_an_asgi_application_in_the_tests_own_loop(opened: Any) -> None:
    asyncio.run(_to_asgi(opened("asgi")))


# ---- without pytest ------------------------------------------------------------------------------------------------------------------------


class WithUnittest(unittest.TestCase):
    """A test case of unittest: the context manager is all that it needs."""

    def setUp(self) -> None:
        self.shop = self.enterContext(local(self.id(), phase="MERGED"))

    def test_a_tokopedia_buyers_order_is_shipped_on_tiktok_shop(self) -> None:
        order = self.shop.place_order(on="tokopedia")
        ship(self.shop, order.id)
        self.shop.assert_shipped_once(order)
        assert order.platform == "tiktok_shop"
