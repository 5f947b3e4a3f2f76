"""Every topic of TikTok Shop, told of what causes it: the documented fields in the documented types, to the right address, as often as documented."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import selling
from arranged import Seller

from mockplatforms import config
from mockplatforms.domain import developers, placing, shops
from mockplatforms.domain.outbox import DELIVERIES, Delivery, DeliveryStatus
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.world import World
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.clocks import FIXED_BIRTH
from mockplatforms.server.dispatcher import Dispatcher
from mockplatforms.server.live import Server
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop
from mockplatforms.testing.workspaces import local
from mockplatforms.tiktok_shop import ids, rows, topics

_S = Platform.TIKTOK_SHOP
DAY = 86400
APP, OWN = "https://isv.example.com/app", "https://isv.example.com/own"
ADDRESSES = "/event/202309/webhooks"

# Topic → the event type, whom the envelope names, and the documented fields: a type, its values where they are listed; [x] is a list of x.
DOCUMENTED: dict[int, dict[str, Any]] = {int(number): row for number, row in json.loads(Path(__file__).with_name("webhooks.json").read_text()).items()}

# Documented fields that are never told, each with the reason.
NEVER = {
    27: {"trigger_reason.lead_days": "documented: not returned for REALTIME; nothing predicts here"},
    67: {"line_items.sub_return_line_item_id": "parts of a bundle, which is not sold here"},
    50: {"skus.deactivation_source": "no variant of a TikTok Shop product is ever switched off here"},
}
_IS: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: type(value) is str,
    "int": lambda value: type(value) is int,
    "bool": lambda value: type(value) is bool,
    "time": lambda value: type(value) is str and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) is not None,
}


def wrong(value: Any, facts: Any, at: str) -> list[str]:
    """What of this payload is not as documented."""
    if isinstance(facts, dict):
        if not isinstance(value, dict):
            return [f"{at} is no object"]
        strange = [f"{at}.{name} is not documented" for name in value if name not in facts]
        return strange + [no for name, inner in value.items() if name in facts for no in wrong(inner, facts[name], f"{at}.{name}")]
    if isinstance(facts, list):
        return [no for inner in value for no in wrong(inner, facts[0], f"{at}[]")] if isinstance(value, list) else [f"{at} is no list"]
    kind, _, among = facts.partition(": ")
    return [] if _IS[kind](value) and (not among or value in among.split()) else [f"{at} is {value!r}, documented is {facts}"]


def leaves(facts: Any, at: str = "") -> set[str]:
    if isinstance(facts, list):
        return leaves(facts[0], at)
    if isinstance(facts, dict):
        return {leaf for name, inner in facts.items() for leaf in leaves(inner, f"{at}.{name}" if at else name)}
    return {at}


def shown(value: Any, at: str = "") -> set[str]:
    if isinstance(value, list):
        return {leaf for inner in value for leaf in shown(inner, at)} or {at}
    if isinstance(value, dict):
        return {leaf for name, inner in value.items() for leaf in shown(inner, f"{at}.{name}" if at else name)}
    return {at}


# ---- a seller's months, in which everything happens that is told ----------------------------------------------------------------------------


def lived(seed: int) -> list[Delivery]:
    """What was told in a shop in which every topic has been caused."""
    rules = {"tiktok_webhook_topics": "all", "tiktok_refresh_life": 60 * DAY, "tiktok_audit_seconds": 60}
    with local("told", world="small", seed=seed, settings=rules) as shop:
        seller = Seller(shop)
        _sell(seller)
        _keep_shop(seller)
        shop.merge()
        shop.confirm()
        shop.advance(days=4)
        seller.api.refresh()
        shop.advance(days=31)
        workspace = seller.workspace
        workspace.apply(developers.withdraw, developers.app(workspace.world, _S), shops.sellers(workspace.world)[0].serial)
        return [row for row in workspace.world.shelf(DELIVERIES).page("by_serial") if row.platform is _S]


def _sell(seller: Seller) -> None:
    """Orders, their end, a buyer who moves, one who asks, one who sends goods back."""
    seller.order("completed")
    seller.shop.cancel(seller.order())
    seller.cancellation()
    moved = seller.order()
    seller.shop.control("POST", f"/orders/{moved.key}/address", {"street": "Jl. Merdeka 1"})
    back = seller.request("RETURN_AND_REFUND")
    seller.decide(back, "APPROVE_RETURN")
    for act in ("send-back", "arrive"):
        seller.shop.control("POST", f"/returns/{back}/{act}", {})
    seller.decide(back, "APPROVE_RECEIVED_PACKAGE")
    seller.shop.control("POST", f"/returns/{back}/refund", {})
    seller.decide(seller.request(), "OFFER_PARTIAL_REFUND", partial_refund={"currency": "IDR", "amount": "1000"})
    seller.chat()
    seller.split()


def _keep_shop(seller: Seller) -> None:
    """A product is made, reviewed, edited in every respect, runs low and out, and is taken from sale."""
    api = seller.api
    leaves = [row for row in seller.world.shelf(shops.CATEGORIES).page("by_serial") if row.is_leaf]
    product = seller.product()
    seller.shop.advance(minutes=2)
    sku = {"id": seller.sku(product)}
    for quantity in (3, 0, 40):
        stock = [{"quantity": quantity}]
        api.data("POST", f"{selling.PRODUCTS_PATH}/{product}/inventory/update", {}, {"skus": [{**sku, "inventory": stock}]})
    made = selling.body(api, title="Tas Rajut yang Lain dari Yogyakarta", category_id=str(leaves[1].tiktok_shop))
    api.data("PUT", f"{selling.EDIT_PATH}/{product}", {}, {**made, "skus": [selling.variant(api, seller_sku="RJT-02")]})
    seller.shop.advance(minutes=2)
    api.data("POST", f"{selling.PRODUCTS_PATH}/deactivate", {}, {"product_ids": [product]})


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    return [orjson.loads(row.body) for row in lived(1)]


@pytest.mark.parametrize("number", topics.WEBHOOKS)
def test_a_topic_tells_its_documented_fields_in_their_documented_types(number: int, told: list[dict[str, Any]]) -> None:
    bodies = [body for body in told if body["type"] == number]
    facts = DOCUMENTED[number]
    assert bodies, f"topic {number} was never told"

    for body in bodies:
        assert list(body) == ["type", "tts_notification_id", facts["whom"], "timestamp", "data"]
        assert (type(body["tts_notification_id"]), type(body[facts["whom"]]), type(body["timestamp"])) == (str, str, int)
        assert wrong(body["data"], facts["data"], "data") == []

    missing = leaves(facts["data"]) - {leaf for body in bodies for leaf in shown(body["data"])}
    assert missing == set(NEVER.get(number, {}))


def test_a_topic_goes_by_its_event_type_where_it_has_one() -> None:
    for number, topic in topics.WEBHOOKS.items():
        facts = DOCUMENTED[number]
        assert (topic.name if topic.own else None, topic.account) == (facts["event_type"], facts["whom"] == "seller_open_id")


def test_each_of_the_seventeen_event_types_is_told_or_has_a_reason_why_not() -> None:
    types = set(rows.row("update-shop-webhook-202309").body["event_type"]["enum"])

    assert len(types) == 17
    assert {topic.name for topic in topics.WEBHOOKS.values() if topic.own} | {name for name, _ in topics.NEVER.values()} == types


@pytest.mark.parametrize("seed", range(2, 12))
def test_equal_seeds_tell_equal_bytes_each_under_an_id_of_its_own(seed: int) -> None:
    bodies = [row.body for row in lived(seed)]

    assert bodies == [row.body for row in lived(seed)]
    assert len({orjson.loads(body)["tts_notification_id"] for body in bodies}) == len(bodies) > 50


# ---- stock that runs low -------------------------------------------------------------------------------------------------------------------


Make = Callable[..., Workspace]


@pytest.fixture
def selling_one(simulator: Simulator, make: Make) -> Callable[..., tuple[TikTokShop, Callable[[int], list[dict[str, Any]]]]]:
    """A shop with one new product in it, and a way to set its stock that answers what was told of it."""

    def opened(quantity: int, **settings: Any) -> tuple[TikTokShop, Callable[[int], list[dict[str, Any]]]]:
        client = TikTokShop(simulator, make(webhook_urls={"tiktok_shop": APP}, settings=settings))
        product = selling.create(client, skus=[selling.variant(client, quantity=quantity)])
        sku = selling.read(client, product)["skus"][0]["id"]

        def stock(units: int) -> list[dict[str, Any]]:
            before = len(_owed(client))
            body = {"skus": [{"id": sku, "inventory": [{"quantity": units}]}]}
            client.data("POST", f"{selling.PRODUCTS_PATH}/{product}/inventory/update", {}, body)
            return [orjson.loads(row.body) for row in _owed(client)[before:]]

        return client, stock

    return opened


def _owed(client: TikTokShop) -> list[Delivery]:
    return [row for row in client.workspace.world.shelf(DELIVERIES).page("by_serial") if row.platform is _S]


@pytest.mark.parametrize(
    ("threshold", "steps"),
    [
        (5, [(6, None), (5, "LOW_STOCK"), (3, None), (0, "OUT_OF_STOCK"), (4, None), (9, None), (0, "OUT_OF_STOCK")]),
        (0, [(1, None), (0, "OUT_OF_STOCK"), (1, None)]),
        (20, [(21, None), (20, "LOW_STOCK")]),
    ],
)
def test_stock_that_falls_to_the_threshold_or_to_nothing_is_told_by_topic_27(threshold: int, steps: list[tuple[int, str | None]], selling_one: Any) -> None:
    _, stock = selling_one(30, low_stock_threshold=threshold)
    for units, status in steps:
        bodies = stock(units)

        assert [(body["type"], body["data"]["current_inventory_status"]) for body in bodies] == ([(27, status)] if status else [])
        if status:
            assert bodies[0]["data"]["trigger_reason"] == {"alert_type": "REALTIME", "low_stock_threshold": threshold}
            assert bodies[0]["data"]["inventory_distribution"]["available_quantity"] == units


def test_a_paid_order_takes_units_and_is_told_with_what_it_holds(selling_one: Any) -> None:
    client, _ = selling_one(6, low_stock_threshold=5, tiktok_webhook_topics="all")
    before = len(_owed(client))

    def ordered(world: World) -> Any:
        owner = shops.sellers(world)[0]
        lines = placing.resolve(world, owner, _S, [{"sku": "RJT-01", "quantity": 2}])
        return placing.place(world, owner, lines, buyer=placing.buyer_named(world, "sari"), buyer_app=_S, platform=_S)

    client.workspace.apply(ordered)

    bodies = {body["type"]: body["data"] for body in (orjson.loads(row.body) for row in _owed(client)[before:])}
    distribution = bodies[27]["inventory_distribution"]
    assert (distribution["total_quantity"], distribution["available_quantity"], distribution["committed_quantity"]) == (6, 4, 2)
    (detail,) = bodies[71]["change_detail"]
    assert (detail["total_quantity_delta"], detail["available_quantity_delta"], detail["committed_quantity_delta"]) == (0, -2, 2)
    assert bodies[71]["quantity_snapshot_after_change"]["total_committed_quantity"] == 2


def test_topics_of_october_2026_are_told_only_when_asked_for(selling_one: Any) -> None:
    _, stock = selling_one(30)
    assert stock(29) == []

    _, stock = selling_one(30, tiktok_webhook_topics="all")
    assert [body["type"] for body in stock(28)] == [71]


# ---- mirrored to Tokopedia -------------------------------------------------------------------------------------------------------------------


def test_the_shop_is_mirrored_when_its_own_products_go_live_on_tokopedia_three_days_after_the_product_merge() -> None:
    with local("mirror", world="small") as shop:
        seller = Seller(shop)
        open_id = seller.api.unsigned("/api/v2/token/get", app_key=seller.api.app_key, app_secret=seller.api.app_secret, auth_code=seller.api.code, grant_type="authorized_code")["data"]["open_id"]
        shop.merge()
        shop.confirm()
        shop.advance(days=3, seconds=-1)
        assert 35 not in [orjson.loads(row.body)["type"] for row in _owed(seller.api)]

        shop.advance(seconds=1)

        (body,) = [told for told in (orjson.loads(row.body) for row in _owed(seller.api)) if told["type"] == 35]
        assert body["seller_open_id"] == open_id and "shop_id" not in body
        shop_id = ids.text(ids.shop(seller.world), shops.sellers(seller.world)[0].tiktok_shop or 0)
        assert body["data"] == {"tts_shop_id": shop_id, "update_time": seller.workspace.now().wire, "mirror_status": "MIRRORED"}


# ---- addresses -------------------------------------------------------------------------------------------------------------------------------


def test_a_shops_own_address_goes_before_the_apps_and_only_for_its_topic(simulator: Simulator, make: Make) -> None:
    client = TikTokShop(simulator, make(webhook_urls={"tiktok_shop": APP}))
    for name in (topic.name for topic in topics.WEBHOOKS.values() if topic.own and topic.name != "PRODUCT_STATUS_CHANGE"):
        client.data("PUT", ADDRESSES, body={"event_type": name, "address": OWN})

    selling.create(client)

    assert {(row.topic, row.url) for row in _owed(client)} == {
        ("PRODUCT_CREATION", OWN),
        ("PRODUCT_AUDIT_STATUS_CHANGE", OWN),
        ("PRODUCT_STATUS_CHANGE", APP),
    }


def test_a_shops_own_address_is_told_where_the_app_has_none(simulator: Simulator, make: Make) -> None:
    client = TikTokShop(simulator, make())
    client.data("PUT", ADDRESSES, body={"event_type": "PRODUCT_CREATION", "address": OWN})

    selling.create(client)

    assert [(row.topic, row.url) for row in _owed(client)] == [("PRODUCT_CREATION", OWN)]


def test_another_shops_address_is_not_this_ones(simulator: Simulator, make: Make) -> None:
    workspace = make(sellers=[{"key": "satu"}, {"key": "dua"}])
    one, two = TikTokShop(simulator, workspace, "satu"), TikTokShop(simulator, workspace, "dua")
    one.data("PUT", ADDRESSES, body={"event_type": "PRODUCT_STATUS_CHANGE", "address": OWN})
    assert two.data("GET", ADDRESSES)["total_count"] == 0

    for client in (two, one):
        product = selling.listed(client)[0]
        client.data("POST", f"{selling.PRODUCTS_PATH}/deactivate", body={"product_ids": [product]})

    (only,) = _owed(one)
    assert orjson.loads(only.body)["data"]["product_id"] == int(product)


def test_the_moment_of_an_address_moves_with_it() -> None:
    with local("moved", world="small") as shop:
        api = shop.tiktok_shop
        api.data("PUT", ADDRESSES, body={"event_type": "NEW_MESSAGE", "address": APP})
        (first,) = api.data("GET", ADDRESSES)["webhooks"]
        shop.advance(minutes=5)
        api.data("PUT", ADDRESSES, body={"event_type": "NEW_MESSAGE", "address": OWN})

        (second,) = api.data("GET", ADDRESSES)["webhooks"]
        assert second == {"event_type": "NEW_MESSAGE", "address": OWN, "create_time": first["create_time"], "update_time": first["update_time"] + 300}


# ---- delivery over HTTP ------------------------------------------------------------------------------------------------------------------------


class Receiver:
    """Answers every webhook in the same way, and keeps what came."""

    def __init__(self, answer: Callable[[], Awaitable[httpx.Response]]) -> None:
        self.answer = answer
        self.got: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.got.append(request)
        return await self.answer()


def answering(status: int, **headers: str) -> Receiver:
    async def answer() -> httpx.Response:
        return httpx.Response(status, headers=headers)

    return Receiver(answer)


@asynccontextmanager
async def running(receiver: Receiver, **settings: Any) -> AsyncIterator[tuple[Server, Workspace]]:
    """A server whose webhooks go to that receiver, and a workspace that owes one of topic 3."""
    server = Server({**config.defaults(), "retry_floor": 0, "ids": "repeat", "log": "none"}, real=lambda: float(FIXED_BIRTH))
    server.dispatcher = Dispatcher(httpx.MockTransport(receiver))
    spec = {"world": "small", "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}, "settings": settings}
    workspace = server.simulator.create(spec, name="w")
    client = TikTokShop(server.simulator, workspace)
    client.data("PUT", ADDRESSES, body={"event_type": "PRODUCT_CREATION", "address": OWN})
    await server.start()
    try:
        selling.create(client)
        yield server, workspace
    finally:
        await server.stop()


def one(workspace: Workspace) -> Delivery:
    (row,) = workspace.world.shelf(DELIVERIES).page("by_serial")
    return row


def test_a_webhook_is_tried_again_after_2_and_30_minutes_3_and_12_hours_and_then_no_more() -> None:
    async def story() -> None:
        receiver = answering(500)
        async with running(receiver) as (server, workspace):
            start = workspace.now().world
            await server.advance(workspace, start + 3 * DAY)

            delivery = one(workspace)
            waits = [attempt.at.world - start for attempt in delivery.attempts]
            assert waits == [0, 120, 120 + 1800, 120 + 1800 + 10800, 120 + 1800 + 10800 + 43200]
            assert delivery.status is DeliveryStatus.GIVEN_UP
            assert {request.content for request in receiver.got} == {delivery.body}
            assert len({request.headers["authorization"] for request in receiver.got}) == 1
            assert receiver.got[0].headers["content-type"] == "application/json"

    asyncio.run(story())


@pytest.mark.parametrize("status", [200, 401])
def test_an_answer_of_200_or_401_ends_it(status: int) -> None:
    async def story() -> None:
        receiver = answering(status)
        async with running(receiver) as (server, workspace):
            await server.advance(workspace, workspace.now().world + DAY)

            assert len(receiver.got) == 1
            assert one(workspace).status is DeliveryStatus.DELIVERED
            (row,) = [entry for entry in workspace.ledger if entry.kind == "delivery"]
            assert row.outcome == "delivered"

    asyncio.run(story())


def test_a_redirect_is_no_answer_and_is_not_followed() -> None:
    async def story() -> None:
        receiver = answering(307, location="https://elsewhere.example.com/hook")
        async with running(receiver) as (server, workspace):
            await server.advance(workspace, workspace.now().world + 119)

            assert [str(request.url) for request in receiver.got] == [OWN]
            assert one(workspace).status is DeliveryStatus.OWED

    asyncio.run(story())


def test_a_receiver_that_takes_longer_than_it_may_has_not_answered() -> None:
    class Slow(httpx.AsyncByteStream):
        """Sends a byte now and then, and never ends."""

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"."
                await asyncio.sleep(0.05)

    async def answer() -> httpx.Response:
        return httpx.Response(200, stream=Slow())

    async def story() -> None:
        receiver = Receiver(answer)
        async with running(receiver, webhook_timeout=1) as (server, workspace):
            await server.advance(workspace, workspace.now().world + 1)

            (attempt,) = one(workspace).attempts
            assert (attempt.status, attempt.error) == (0, "no answer within 1 s")

    asyncio.run(story())


def test_a_receiver_has_three_seconds() -> None:
    from mockplatforms.domain.rules import RECOMMENDED

    assert RECOMMENDED.webhook_timeout == 3
