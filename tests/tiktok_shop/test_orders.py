"""Orders as TikTok Shop shows them: what is told in each status, what is found, and what is not this shop's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from arranged import Seller

from mockplatforms.domain import cancellations, clock, orders, placing, shipping, shops
from mockplatforms.domain.orders import ORDERS, Status
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.shops import COURIERS, SELLERS
from mockplatforms.domain.timers import TIMERS
from mockplatforms.domain.world import World
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop, local
from mockplatforms.tiktok_shop import ids, order_view

SEARCH = "/order/202309/orders/search"
DETAIL = "/order/202507/orders"
_S = Platform.TIKTOK_SHOP


def order(client: TikTokShop, *, sku: str = "KRP-01", quantity: int = 2, buyer: str = "sari", app: Platform = _S, **more: Any) -> str:
    """A buyer orders; answers the order's id."""
    workspace = client.workspace
    owner = shops.sellers(workspace.world)[0]

    def place(world: World) -> Any:
        lines = placing.resolve(world, owner, _S, [{"sku": sku, "quantity": quantity}])
        return placing.place(world, owner, lines, buyer=placing.buyer_named(world, buyer), buyer_app=app, platform=_S, **more)

    return ids.text(ids.order(workspace.world), workspace.apply(place))


def serial(client: TikTokShop, order_id: str) -> int:
    found = ids.order(client.workspace.world).read(order_id)
    assert found is not None
    return found


def shown(client: TikTokShop, order_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.data("GET", DETAIL, {"ids": order_id})["orders"][0]
    return found


def ship(world: World, order_serial: int) -> World:
    for package in orders.find(world, order_serial).packages:
        world = shipping.ship(world, package, handover="PICKUP")
    return world


def cancel(world: World, order_serial: int) -> World:
    return cancellations.cancelled(world, order_serial, by="seller", reason="seller_cancel_reason_out_of_stock")


# What is done to an order, one after the other → its status, that of its lines' packages, and the moments told then.
LIFE: list[tuple[Callable[[World, int], World], str, str | None, set[str]]] = [
    (placing.paid, "AWAITING_SHIPMENT", "TO_FULFILL", {"paid_time", "rts_sla_time", "tts_sla_time"}),
    (ship, "AWAITING_COLLECTION", "PROCESSING", {"rts_time"}),
    (shipping.collected, "IN_TRANSIT", "FULFILLING", {"collection_time"}),
    (shipping.delivered, "DELIVERED", "COMPLETED", {"delivery_time"}),
    (orders.completed, "COMPLETED", "COMPLETED", set()),
]


def test_an_order_is_told_in_each_status_of_its_life(tiktok: TikTokShop) -> None:
    made = order(tiktok, pay=False)
    told = shown(tiktok, made)
    assert (told["status"], told["packages"], "paid_time" in told, "recipient_address" in told) == ("UNPAID", [], False, False)
    assert {line["display_status"] for line in told["line_items"]} == {"UNPAID"}

    for act, status, package, moments in LIFE:
        tiktok.workspace.apply(act, serial(tiktok, made))
        told = shown(tiktok, made)
        assert told["status"] == status
        assert moments <= set(told)
        assert [(line["display_status"], line["package_status"]) for line in told["line_items"]] == [(status, package)] * 2
        assert [one["id"] for one in told["packages"]] == [told["line_items"][0]["package_id"]]
        assert bool(told["tracking_number"]) is (status != "AWAITING_SHIPMENT")


def test_a_cancelled_order_tells_who_why_and_when(tiktok: TikTokShop) -> None:
    made = order(tiktok)
    tiktok.workspace.apply(cancel, serial(tiktok, made))

    told = shown(tiktok, made)

    assert (told["status"], told["cancellation_initiator"], told["cancel_reason"]) == (
        "CANCELLED",
        "SELLER",
        "Out of stock",  # in words, as the documented samples; Search Cancellations names the reason besides
    )
    assert told["cancel_time"] == tiktok.workspace.now().wire
    assert {(line["cancel_user"], line["package_status"]) for line in told["line_items"]} == {("SELLER", "CANCELLED")}


@pytest.mark.parametrize(
    ("service", "hours"),
    [("Reguler", {"recommended_shipping_time": 24, "rts_sla_time": 48, "cancel_order_sla_time": 48, "tts_sla_time": 72, "delivery_sla_time": 192}),
     ("Instant Courier", {"recommended_shipping_time": 4, "rts_sla_time": 8, "cancel_order_sla_time": 8, "tts_sla_time": 10, "delivery_sla_time": 14})],
)  # fmt: skip
def test_what_must_be_fast_is_due_within_hours(tiktok: TikTokShop, service: str, hours: dict[str, int]) -> None:
    courier = next(one for one in tiktok.workspace.world.shelf(COURIERS).page("by_service") if one.service == service)

    told = shown(tiktok, order(tiktok, courier=courier))

    assert {name: (told[name] - told["paid_time"]) / 3600 for name in hours} == hours


def test_a_fast_parcel_that_leaves_in_time_arrives_in_time(tiktok: TikTokShop) -> None:
    courier = next(one for one in tiktok.workspace.world.shelf(COURIERS).page("by_service") if one.is_fast)
    made = order(tiktok, courier=courier)
    tiktok.workspace.apply(ship, serial(tiktok, made))
    package = orders.find(tiktok.workspace.world, serial(tiktok, made)).packages[0]
    for kind in ("package.collect", "package.deliver"):
        (timer,) = tiktok.workspace.world.shelf(TIMERS).page("by_subject", (package, kind), (package, kind + "\0"))
        now = tiktok.workspace.now()
        tiktok.workspace.apply(clock.ring, timer.serial, now=now.later(timer.due - now.world))

    told = shown(tiktok, made)

    assert told["status"] == "DELIVERED"
    assert told["collection_time"] <= told["tts_sla_time"]
    assert told["delivery_time"] <= told["delivery_sla_time"]


def test_one_line_is_one_unit(tiktok: TikTokShop) -> None:
    lines = shown(tiktok, order(tiktok, quantity=3))["line_items"]

    assert len({line["id"] for line in lines}) == len(lines) == 3
    assert {(line["seller_sku"], line["sale_price"]) for line in lines} == {("KRP-01", lines[0]["sale_price"])}


def test_the_sums_of_a_payment_agree(tiktok: TikTokShop) -> None:
    told = shown(tiktok, order(tiktok, quantity=3))
    paid = {name: int(value) for name, value in told["payment"].items() if name != "currency"}

    assert paid["sub_total"] == paid["original_total_product_price"] - paid["seller_discount"] - paid["platform_discount"]
    assert paid["sub_total"] == sum(int(line["sale_price"]) for line in told["line_items"])
    assert paid["total_amount"] == paid["sub_total"] + paid["shipping_fee"] + paid["buyer_service_fee"] + paid["shipping_insurance_fee"]
    assert told["payment"]["currency"] == "IDR"


def test_the_price_detail_agrees_with_the_order(tiktok: TikTokShop) -> None:
    made = order(tiktok, quantity=2)

    detail = tiktok.data("GET", f"/order/202407/orders/{made}/price_detail")

    assert detail["payment"] == shown(tiktok, made)["payment"]["total_amount"]
    assert [line["id"] for line in detail["line_items"]] == [line["id"] for line in shown(tiktok, made)["line_items"]]
    assert tiktok.call("GET", "/order/202407/orders/5760/price_detail")["code"] == 21008111


def test_an_order_of_the_tokopedia_app_says_so(tiktok: TikTokShop) -> None:
    assert shown(tiktok, order(tiktok, app=Platform.TOKOPEDIA))["commerce_platform"] == "TOKOPEDIA"
    assert shown(tiktok, order(tiktok))["commerce_platform"] == "TIKTOK_SHOP"


def test_with_platform_shipping_name_and_phone_are_masked(tiktok: TikTokShop) -> None:
    where = shown(tiktok, order(tiktok, buyer="sari"))["recipient_address"]

    assert (where["name"], where["first_name"]) == ("S*** W********", "S***")
    assert where["phone_number"] == f"(+62)812*****{where['phone_number'][-2:]}"
    assert [level["address_level"] for level in where["district_info"]] == ["L0", "L1", "L2", "L3"]


def test_an_order_that_the_seller_ships_shows_whom_to_ship_to(tiktok: TikTokShop) -> None:
    custom = next(courier for courier in tiktok.workspace.world.shelf(COURIERS).page("by_service") if courier.shipper_id == 999)

    made = order(tiktok, buyer="sari", courier=custom)

    told = shown(tiktok, made)
    assert (told["shipping_type"], told["recipient_address"]["name"], "shipping_provider" in told) == ("SELLER", "Sari Wulandari", False)
    assert [one["id"] for one in tiktok.data("POST", SEARCH, {"page_size": "50"}, {"shipping_type": "SELLER"})["orders"]] == [made]


def test_search_and_detail_tell_the_same(tiktok: TikTokShop) -> None:
    listed = tiktok.data("POST", SEARCH, {"page_size": "50"}, {})
    wanted = [one["id"] for one in listed["orders"]]

    for version, kind in (("202309", "NORMAL"), ("202507", "")):
        told = [{**one, "order_type": kind} for one in listed["orders"]]
        assert tiktok.data("GET", f"/order/{version}/orders", {"ids": ",".join(wanted)})["orders"] == told
    assert listed["total_count"] == len(wanted) == 2


def test_unknown_ids_are_left_out_unless_the_rule_says_otherwise(make: Callable[..., Workspace], simulator: Simulator) -> None:
    lenient = TikTokShop(simulator, make())
    made = order(lenient)
    reply = lenient.reply("GET", DETAIL, {"ids": f"1,{made},abc,{made}"})

    assert [one["id"] for one in lenient.data("GET", DETAIL, {"ids": f"1,{made},abc,{made}"})["orders"]] == [made]
    assert dict(reply.headers)["X-Mock-Inferred"] == "order_detail_unknown"

    strict = TikTokShop(simulator, make(settings={"order_detail_unknown": "refuse"}))
    assert strict.call("GET", DETAIL, {"ids": f"{order(strict)},1"})["code"] == 21008111


def test_orders_of_tokopedia_and_of_other_sellers_are_not_shown(make: Callable[..., Workspace], simulator: Simulator) -> None:
    workspace = make(sellers=[{"key": "satu", "products": 4}, {"key": "dua", "products": 4}])
    one, two = TikTokShop(simulator, workspace, "satu"), TikTokShop(simulator, workspace, "dua")

    def place(world: World, owner: Any, platform: Platform) -> Any:
        return placing.place(
            world,
            owner,
            placing.resolve(world, owner, platform, []),
            buyer=placing.buyer_named(world, "sari"),
            buyer_app=platform,
            platform=platform,
            force=True,
        )

    satu = shops.named(workspace.world, "satu")
    here = ids.text(ids.order(workspace.world), workspace.apply(place, satu, _S))
    there = ids.text(ids.order(workspace.world), workspace.apply(place, satu, Platform.TOKOPEDIA))

    assert [told["id"] for told in one.data("POST", SEARCH, {"page_size": "50"}, {})["orders"]] == [here]
    assert one.data("GET", DETAIL, {"ids": f"{here},{there}"})["orders"][0]["id"] == here
    assert two.data("POST", SEARCH, {"page_size": "50"}, {})["orders"] == []
    assert two.data("GET", DETAIL, {"ids": here})["orders"] == []


@pytest.mark.parametrize("phase", list(Phase))
def test_orders_are_read_in_every_phase(tiktok: TikTokShop, phase: Phase) -> None:
    made = order(tiktok)
    tiktok.workspace.apply(lambda world: world.put(SELLERS, shops.sellers(world)[0].but(phase=phase)))

    assert made in [one["id"] for one in tiktok.data("POST", SEARCH, {"page_size": "50"}, {})["orders"]]


def test_nothing_is_listed_that_is_later_than_the_call(tiktok: TikTokShop) -> None:
    made = order(tiktok)
    now = tiktok.workspace.now()
    tiktok.workspace.apply(
        lambda world: world.put(ORDERS, orders.find(world, serial(tiktok, made)).but(updated=now.later(60), created=now.later(60)))
    )

    for sort in ("create_time", "update_time"):
        data = tiktok.data("POST", SEARCH, {"page_size": "50", "sort_field": sort}, {"update_time_lt": now.wire + 3600})
        assert made not in [one["id"] for one in data["orders"]]
        assert data["total_count"] == len(data["orders"]) == 2


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ({"page_size": "0"}, {}),
        ({"page_size": "101"}, {}),
        ({"page_size": "ten"}, {}),
        ({"page_size": "10", "sort_field": "price"}, {}),
        ({"page_size": "10", "sort_order": "desc"}, {}),
        ({"page_size": "10"}, {"order_status": "SHIPPED"}),
        ({"page_size": "10"}, {"create_time_ge": "yesterday"}),
        ({"page_size": "10"}, {"warehouse_ids": ["1"] * 101}),
        ({"page_size": "10"}, {"is_buyer_request_cancel": "no"}),
    ],
)
def test_a_wrong_parameter_is_refused(tiktok: TikTokShop, query: dict[str, str], body: dict[str, Any]) -> None:
    assert tiktok.call("POST", SEARCH, query, body)["code"] == 21001001


@pytest.mark.parametrize(
    "body",
    [
        {"order_status": "ON_HOLD"},
        {"buyer_user_id": "123"},
        {"buyer_user_id": "nobody"},
        {"warehouse_ids": ["7", "x"]},
        {"create_time_ge": 2**62},
        {"create_time_ge": -(2**62), "create_time_lt": -5},
        {"create_time_ge": 1737342000, "create_time_lt": 1000},
        {"is_buyer_request_cancel": True},
    ],
)
@pytest.mark.parametrize("sort", ["create_time", "update_time"])
def test_filters_that_nothing_fits_find_nothing(tiktok: TikTokShop, body: dict[str, Any], sort: str) -> None:
    data = tiktok.data("POST", SEARCH, {"page_size": "10", "sort_field": sort}, body)

    assert data == {"next_page_token": "", "total_count": 0, "orders": []}


def test_a_request_to_cancel_is_found(tiktok: TikTokShop) -> None:
    made = order(tiktok)
    tiktok.workspace.apply(cancellations.request_cancel, serial(tiktok, made), "salah pesan")

    found = tiktok.data("POST", SEARCH, {"page_size": "10"}, {"is_buyer_request_cancel": True})["orders"]

    assert [(one["id"], one["is_buyer_request_cancel"], one["request_cancel_time"]) for one in found] == [
        (made, True, tiktok.workspace.now().wire)
    ]


def test_the_warehouse_is_a_filter(tiktok: TikTokShop) -> None:
    made = order(tiktok)
    place = shown(tiktok, made)["warehouse_id"]

    assert made in [one["id"] for one in tiktok.data("POST", SEARCH, {"page_size": "10"}, {"warehouse_ids": [place]})["orders"]]


def test_an_order_that_did_not_change_is_rendered_once(tiktok: TikTokShop) -> None:
    made = order(tiktok)
    first = tiktok.reply("POST", SEARCH, {"page_size": "10"}, {}).parts
    second = tiktok.reply("GET", "/order/202309/orders", {"ids": made}).parts
    details = [tiktok.reply("GET", DETAIL, {"ids": made}).parts for _ in range(2)]

    for one, again in ((first, second), details):
        assert [part for part in one for other in again if part is other and len(part) > 1000]


def test_the_ledger_knows_which_orders_were_shown(tiktok: TikTokShop) -> None:
    made = order(tiktok)
    shown(tiktok, made)

    assert next(reversed(tiktok.workspace.journal)).shown == [("orders", (serial(tiktok, made),))]


def test_every_status_that_tiktok_shop_has_for_its_orders_has_its_word() -> None:
    used = {status for (platform, _), allowed in orders.ALLOWED.items() if platform is _S for status in allowed}

    assert used | {Status.COMPLETED, Status.CANCELLED} <= set(order_view.STATUS)
    assert len(order_view.NEUTRAL) == len(order_view.STATUS)


def test_the_buyers_service_fee_is_shared_by_the_lines_without_a_rupiah_lost() -> None:
    with local("fee", world="small") as shop:
        seller = Seller(shop)
        row = seller.api.data("GET", "/order/202507/orders", {"ids": seller.id()})["orders"][0]

    assert sum(int(line["buyer_service_fee"]) for line in row["line_items"]) == int(row["payment"]["buyer_service_fee"]) > 0


def test_the_type_of_an_ordinary_order_is_empty_in_version_202507(tiktok: TikTokShop) -> None:
    made = order(tiktok)
    types = [tiktok.data("GET", f"/order/{version}/orders", {"ids": made})["orders"][0]["order_type"] for version in ("202309", "202507")]
    searched = tiktok.data("POST", "/order/202309/orders/search", {"page_size": "10"}, {})["orders"][0]["order_type"]
    assert [*types, searched] == ["NORMAL", "", "NORMAL"]
