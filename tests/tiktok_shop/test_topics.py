"""What TikTok Shop tells by webhook: which topic, with which payload, to which address, under which signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from selling import EDIT_PATH, PRODUCTS_PATH, body, create, id_of, move, named, record
from told import Told, deliveries

from mockplatforms.domain import cancellations, chats, developers, events, migration, orders, placing, products, reviews, shipping, shops
from mockplatforms.domain.events import Event
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.shops import CATEGORIES
from mockplatforms.domain.world import World
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import FACADE, ids, topics
from mockplatforms.tiktok_shop.signing import webhook_signature

_S, _T = Platform.TIKTOK_SHOP, Platform.TOKOPEDIA
APP = "https://isv.example.com/tiktok"
WEBHOOKS = "/event/202309/webhooks"


@pytest.fixture
def tiktok(simulator: Simulator, make: Callable[..., Workspace]) -> TikTokShop:
    """A client of a workspace whose app has a webhook address."""
    return TikTokShop(simulator, make(webhook_urls={"tiktok_shop": APP}))


def owner(client: TikTokShop) -> shops.Seller:
    return shops.sellers(client.workspace.world)[0]


def place(client: TikTokShop, sku: str = "KRP-01", **more: Any) -> int:
    def ordered(world: World) -> Any:
        lines = placing.resolve(world, owner(client), _S, [{"sku": sku, "quantity": 1}])
        return placing.place(world, owner(client), lines, buyer=placing.buyer_named(world, "sari"), buyer_app=_S, platform=_S, **more)

    serial: int = client.workspace.apply(ordered)
    return serial


# ---- the envelope -------------------------------------------------------------------------------------------------------------------------


def test_the_envelope_names_topic_shop_moment_and_notification(tiktok: TikTokShop) -> None:
    serial = place(tiktok, pay=False)

    delivery = deliveries(tiktok.workspace)[-1]
    told = orjson.loads(delivery.body)
    world = tiktok.workspace.world
    assert list(told) == ["type", "tts_notification_id", "shop_id", "timestamp", "data"]
    assert (told["type"], told["timestamp"]) == (1, delivery.caused.wire)
    assert told["tts_notification_id"] == ids.text(ids.notification(world), delivery.serial)
    assert told["shop_id"] == ids.text(ids.shop(world), owner(tiktok).tiktok_shop or 0)
    order_id = ids.text(ids.order(world), serial)
    assert told["data"] == {"order_id": order_id, "order_status": "UNPAID", "is_on_hold_order": False, "update_time": delivery.caused.wire}
    assert (delivery.topic, delivery.url) == ("ORDER_STATUS_CHANGE", APP)


def test_every_notification_has_its_own_id(tiktok: TikTokShop) -> None:
    place(tiktok)
    create(tiktok)
    move(tiktok.workspace, Phase.PRODUCT_MERGED)

    told = [orjson.loads(row.body)["tts_notification_id"] for row in deliveries(tiktok.workspace)]
    assert len(told) > 10
    assert len(set(told)) == len(told)


def test_a_delivery_is_signed_with_app_key_and_secret(tiktok: TikTokShop) -> None:
    place(tiktok)
    delivery, keys = deliveries(tiktok.workspace)[-1], tiktok.workspace.credentials

    headers = FACADE.sign(tiktok.workspace, delivery)

    assert headers == {"authorization": webhook_signature(keys.app_key, keys.app_secret, delivery.body)}


def test_two_equal_runs_tell_the_same_bytes(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    def run(name: str) -> list[bytes]:
        client = TikTokShop(simulator, make(name, webhook_urls={"tiktok_shop": APP}))
        place(client)
        create(client)
        return [row.body for row in deliveries(client.workspace)]

    assert run("a") == run("b") != []


def test_every_event_is_told_or_listed_as_untold() -> None:
    known = {kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event}

    assert set(topics.TOPICS) | set(topics.UNTOLD) == known
    assert not set(topics.TOPICS) & set(topics.UNTOLD)


# ---- orders and packages ------------------------------------------------------------------------------------------------------------------


def test_an_order_tells_each_status_of_its_life(tiktok: TikTokShop) -> None:
    told = Told(tiktok)
    serial = place(tiktok, pay=False)

    def ship(world: World, one: int) -> World:
        for package in orders.find(world, one).packages:
            world = shipping.ship(world, package, handover="PICKUP")
        return world

    for act in (placing.paid, ship, shipping.collected, shipping.delivered, orders.completed):
        tiktok.workspace.apply(act, serial)

    statuses = [data["order_status"] for number, data in told() if number == 1]
    assert statuses == ["UNPAID", "AWAITING_SHIPMENT", "AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED"]


def test_a_cancelled_order_tells_topics_1_and_11(tiktok: TikTokShop) -> None:
    serial = place(tiktok)
    told = Told(tiktok)

    tiktok.workspace.apply(cancellations.cancelled, serial, by="seller", reason="seller_cancel_reason_out_of_stock")

    first, *rest = told()
    assert (first[0], first[1]["order_status"]) == (1, "CANCEL")
    assert [(topic, data["cancellations_role"], data["cancel_status"]) for topic, data in rest] == [
        (11, "SELLER", "CANCELLATION_REQUEST_SUCCESS"),
        (11, "SELLER", "CANCELLATION_REQUEST_COMPLETE"),
    ]
    assert {data["order_id"] for _, data in rest} == {first[1]["order_id"]}


def test_a_cancel_request_tells_how_it_goes(tiktok: TikTokShop) -> None:
    serial = place(tiktok)
    told = Told(tiktok)

    tiktok.workspace.apply(cancellations.request_cancel, serial, reason="berubah pikiran")
    tiktok.workspace.apply(cancellations.settle_cancel, serial, outcome="rejected")

    assert [(number, data["cancellations_role"], data["cancel_status"]) for number, data in told()] == [
        (11, "BUYER", "CANCELLATION_REQUEST_PENDING"),
        (11, "BUYER", "CANCELLATION_REQUEST_CANCELLED"),
    ]


def test_a_new_address_tells_topic_3(tiktok: TikTokShop) -> None:
    serial = place(tiktok)
    told = Told(tiktok)
    row = orders.find(tiktok.workspace.world, serial)

    tiktok.workspace.apply(placing.change_address, serial, row.address.but(street="Jl. Merdeka 1"))

    ((number, data),) = told()
    assert (number, sorted(data)) == (3, ["order_id", "update_time"])


def test_an_order_of_tokopedia_is_not_told(tiktok: TikTokShop) -> None:
    told = Told(tiktok)

    def ordered(world: World) -> Any:
        lines = placing.resolve(world, owner(tiktok), _T, [{"sku": "TMB-01", "quantity": 1}])
        return placing.place(world, owner(tiktok), lines, buyer=placing.buyer_named(world, "sari"), buyer_app=_T, platform=_T)

    tiktok.workspace.apply(ordered)

    assert told() == []


# ---- products -----------------------------------------------------------------------------------------------------------------------------


def test_a_product_tells_its_birth_and_its_review_as_numbers(tiktok: TikTokShop) -> None:
    told = Told(tiktok)

    made = create(tiktok)

    born, passed, review = told()
    assert (born[0], born[1]["product_id"], born[1]["product_types"]) == (16, int(made), [])
    assert (passed[0], passed[1]["product_id"], passed[1]["status"]) == (5, int(made), "PRODUCT_FIRST_PASS_REVIEW")
    assert (review[0], review[1]["product_id"], review[1]["audit"]) == (37, int(made), {"status": "APPROVED", "pre_approved_reasons": []})
    assert "integrated_platform_statuses" not in review[1]


def test_a_slow_review_is_told_when_it_begins_and_when_it_ends(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"tiktok_audit_seconds": 600}, webhook_urls={"tiktok_shop": APP}))
    told = Told(client)
    made = create(client)
    assert [(number, data.get("audit", {}).get("status")) for number, data in told()] == [(16, None), (37, "AUDITING")]

    client.workspace.apply(reviews.audited, record(client, made).serial)

    assert [number for number, _ in told()] == [5, 37]


def test_tiktok_shop_reviews_nothing_of_what_is_on_tokopedia_alone(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"tiktok_audit_seconds": 600}, webhook_urls={"tiktok_shop": APP}))
    copy = named(client, "KOP-01", _T)
    move(client.workspace, Phase.MERGED)
    client.workspace.apply(lambda world: migration.confirm(world, owner(client).serial, default="keep"))
    told = Told(client)

    client.data("POST", f"{EDIT_PATH}/{id_of(client, copy)}/partial_edit", body={"title": "Kopi Bubuk Arabika Gayo Pilihan 200 gram"})

    ((number, data),) = told()
    assert (number, data["audit"]["status"], data["integrated_platform_statuses"]["status"]) == (37, "NONE", "AUDITING")


def test_a_draft_tells_only_its_birth(tiktok: TikTokShop) -> None:
    told = Told(tiktok)

    create(tiktok, save_mode="AS_DRAFT")

    assert [number for number, _ in told()] == [16]


def test_back_on_sale_is_no_first_review(tiktok: TikTokShop) -> None:
    made = id_of(tiktok, named(tiktok, "KRP-01"))
    told = Told(tiktok)

    for verb in ("deactivate", "activate"):
        tiktok.data("POST", f"{PRODUCTS_PATH}/{verb}", body={"product_ids": [made]})

    assert [(number, data.get("status")) for number, data in told()] == [(5, "PRODUCT_STATUS_CHANGED"), (5, "PRODUCT_STATUS_CHANGED"), (37, None)]


def test_an_edit_tells_what_changed(tiktok: TikTokShop) -> None:
    made = id_of(tiktok, named(tiktok, "KRP-01"))
    told = Told(tiktok)

    change = {"title": "Keripik Singkong Balado Pedas Manis", "is_cod_allowed": True, "main_images": [{"uri": "baru"}]}
    tiktok.data("POST", f"{EDIT_PATH}/{made}/partial_edit", body=change)

    ((number, data),) = told()
    assert (number, data["product_id"], data["change_source"]) == (15, made, "OPEN_API")
    assert sorted(data["changed_fields"]) == ["main_images", "others", "title"]


def test_an_edit_of_a_draft_is_not_told(tiktok: TikTokShop) -> None:
    made = create(tiktok, save_mode="AS_DRAFT")
    told = Told(tiktok)

    tiktok.data("POST", f"{EDIT_PATH}/{made}/partial_edit", body={"save_mode": "AS_DRAFT", "description": "x"})

    assert told() == []


def test_another_category_tells_topic_18_with_the_former_one(tiktok: TikTokShop) -> None:
    leaves = [row for row in tiktok.workspace.world.shelf(CATEGORIES).page("by_serial") if row.is_leaf]
    made = create(tiktok, category_id=str(leaves[0].tiktok_shop))
    told = Told(tiktok)
    tiktok.data("PUT", f"{EDIT_PATH}/{made}", body=body(tiktok, category_id=str(leaves[1].tiktok_shop)))

    (data,) = [data for number, data in told() if number == 18]
    assert (data["product_id"], data["previous_category_id"], data["current_category_id"]) == (made, str(leaves[0].tiktok_shop), str(leaves[1].tiktok_shop))


def test_the_merge_tells_each_copy_as_a_new_product(tiktok: TikTokShop) -> None:
    told = Told(tiktok)

    move(tiktok.workspace, Phase.MERGED)

    topics_told = told()
    copies = [row for row in tiktok.workspace.world.shelf(products.PRODUCTS).rows.values() if row.copied is not None]
    assert sorted(data["product_id"] for _, data in topics_told) == sorted(int(id_of(tiktok, row)) for row in copies)
    assert {number for number, _ in topics_told} == {16}


def test_the_product_merge_tells_topics_5_and_37_for_both_ids(tiktok: TikTokShop) -> None:
    copy, native = named(tiktok, "KOP-01", _T), named(tiktok, "KOP-01", _S)
    move(tiktok.workspace, Phase.MERGED)
    told = Told(tiktok)

    tiktok.workspace.apply(lambda world: migration.confirm(world, owner(tiktok).serial, default="merge"))

    about = {int(id_of(tiktok, row)): list[tuple[int, Any]]() for row in (copy, native)}
    for number, data in told():
        if data.get("product_id") in about:
            about[data["product_id"]].append((number, data.get("integrated_platform_statuses")))
    with_tokopedia = {"platform": "TOKOPEDIA", "status": "APPROVED"}
    assert about[int(id_of(tiktok, native))] == [(5, None), (37, with_tokopedia)]
    assert [number for number, _ in about[int(id_of(tiktok, copy))]] == [5, 37]


def test_a_price_is_not_told(tiktok: TikTokShop) -> None:
    native = named(tiktok, "KRP-01")
    told = Told(tiktok)

    tiktok.workspace.apply(products.set_price, native.serial, native.skus[0].serial, 7_000)

    assert told() == []


# ---- chats and access ---------------------------------------------------------------------------------------------------------------------


def test_a_first_message_tells_the_conversation_and_the_message(tiktok: TikTokShop) -> None:
    told = Told(tiktok)
    buyer = placing.buyer_named(tiktok.workspace.world, "dewi")

    def ask(world: World) -> Any:
        return chats.buyer_writes(world, owner(tiktok).serial, buyer.serial, _S, _S, '{"content":"Halo"}')

    tiktok.workspace.apply(ask)

    (first, second) = told()
    assert (first[0], sorted(first[1])) == (13, ["conversation_id", "create_time"])
    assert (second[0], second[1]["type"], second[1]["content"], second[1]["sender"]["role"]) == (14, "TEXT", '{"content":"Halo"}', "BUYER")
    assert second[1]["conversation_id"] == first[1]["conversation_id"]
    assert isinstance(second[1]["index"], str)


def test_a_withdrawn_grant_is_the_last_that_is_told(tiktok: TikTokShop) -> None:
    told = Told(tiktok)

    app = developers.app(tiktok.workspace.world, _S)
    tiktok.workspace.apply(developers.withdraw, app, owner(tiktok).serial)
    place(tiktok)

    ((number, data),) = told()
    shop = ids.text(ids.shop(tiktok.workspace.world), owner(tiktok).tiktok_shop or 0)
    assert (number, data) == (6, {"message": f"Shop_id {shop} is deauthorized from your APP by merchant."})


# ---- addresses ----------------------------------------------------------------------------------------------------------------------------


def test_a_shops_own_address_takes_the_place_of_the_apps(tiktok: TikTokShop) -> None:
    own = "https://shop.example.com/orders"
    tiktok.data("PUT", WEBHOOKS, body={"event_type": "ORDER_STATUS_CHANGE", "address": own})
    place(tiktok)
    create(tiktok)
    assert {row.url for row in deliveries(tiktok.workspace) if row.topic == "ORDER_STATUS_CHANGE"} == {own}
    assert {row.url for row in deliveries(tiktok.workspace) if row.topic == "PRODUCT_CREATION"} == {APP}

    tiktok.data("DELETE", WEBHOOKS, body={"event_type": "ORDER_STATUS_CHANGE"})
    place(tiktok)

    assert deliveries(tiktok.workspace)[-1].url == APP


def test_without_any_address_nothing_is_told(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make())
    place(client)

    assert deliveries(client.workspace) == []


ADDRESSES = [
    ("https://isv.example.com/hook", ""),
    ("http://isv.example.com/hook", "https"),
    ("https://isv.example.com:8443/hook", "port"),
    ("https://127.0.0.1/hook", "domain"),
    ("https://localhost/hook", "domain"),
    ("https://[::1]/hook", "domain"),
]


@pytest.mark.parametrize(("address", "why"), ADDRESSES)
def test_an_address_that_the_platform_would_refuse_is_noted(address: str, why: str, tiktok: TikTokShop) -> None:
    tiktok.data("PUT", WEBHOOKS, body={"event_type": "ORDER_STATUS_CHANGE", "address": address})
    place(tiktok)

    note = deliveries(tiktok.workspace)[-1].note
    assert (note.startswith("the platform would refuse this address"), why in note) == (bool(why), True)


def test_what_is_told_of_a_fork_is_held(tiktok: TikTokShop) -> None:
    fork = tiktok.simulator.fork(tiktok.workspace)
    client = TikTokShop(tiktok.simulator, fork)
    place(client)

    assert {str(row.status) for row in deliveries(fork)} == {"held"}
