"""Webhook addresses of a shop, and what the seller API tells of shops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockplatforms.domain import shops
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import ids, rows

PATH = "/event/202309/webhooks"
ORDERS = {"event_type": "ORDER_STATUS_CHANGE", "address": "https://isv.example.com/orders"}


def test_a_shop_begins_without_addresses_of_its_own(tiktok: TikTokShop) -> None:
    assert tiktok.data("GET", PATH) == {"webhooks": [], "total_count": 0}


def test_an_address_is_set_replaced_and_taken_away(tiktok: TikTokShop) -> None:
    assert tiktok.data("PUT", PATH, body=ORDERS) == {}
    assert tiktok.data("PUT", PATH, body=ORDERS | {"address": "https://isv.example.com/new"}) == {}

    told = tiktok.data("GET", PATH)
    (row,) = told["webhooks"]
    assert told["total_count"] == 1
    assert (row["event_type"], row["address"]) == ("ORDER_STATUS_CHANGE", "https://isv.example.com/new")
    assert isinstance(row["create_time"], int)
    assert row["create_time"] <= row["update_time"]

    for _ in range(2):
        assert tiktok.data("DELETE", PATH, body={"event_type": "ORDER_STATUS_CHANGE"}) == {}
    assert tiktok.data("GET", PATH)["total_count"] == 0


def test_each_of_the_seventeen_event_types_takes_an_address_of_up_to_255_characters(tiktok: TikTokShop) -> None:
    types = rows.row("update-shop-webhook-202309").body["event_type"]["enum"]
    longest = "https://isv.example.com/" + "x" * 231
    for event_type in types:
        assert tiktok.data("PUT", PATH, body={"event_type": event_type, "address": longest}) == {}

    told = tiktok.data("GET", PATH)

    assert (len(longest), len(types), told["total_count"]) == (255, 17, 17)
    assert {row["event_type"] for row in told["webhooks"]} == set(types)


def test_an_indonesian_shop_is_in_no_group_and_has_no_relatives(tiktok: TikTokShop) -> None:
    group = tiktok.data("GET", "/seller/202601/shop_groups", cipher=False)["shop_group_data"]
    (own,) = tiktok.data("GET", "/authorization/202309/shops", cipher=False)["shops"]

    assert "shop_group" not in group
    (shop,) = group["shops"]
    assert (shop["shop_id"], shop["shop_name"], shop["shop_region"]) == (own["id"], own["name"], "ID")


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", "an event type of nobody", ORDERS | {"event_type": "NOTHING"}),
    ("PUT", "an address of 256 characters", ORDERS | {"address": "https://isv.example.com/" + "x" * 232}),
    ("PUT", "what is no address", ORDERS | {"address": "isv.example.com"}),
    ("PUT", "an address by a number", ORDERS | {"address": ["x"]}),
    ("PUT", "another scheme", ORDERS | {"address": "ftp://isv.example.com/a"}),
    ("PUT", "a host that is missing", ORDERS | {"address": "https://"}),
    ("PUT", "a port in words", ORDERS | {"address": "https://isv.example.com:port/hook"}),
    ("PUT", "no address", {"event_type": "ORDER_STATUS_CHANGE"}),
    ("DELETE", "no event type", {}),
    ("DELETE", "an event type of nobody", {"event_type": "NOTHING"}),
]


@pytest.mark.parametrize(("method", "what", "sent"), REFUSED, ids=[f"{row[0]} {row[1]}" for row in REFUSED])
def test_is_refused(method: str, what: str, sent: dict[str, Any], tiktok: TikTokShop) -> None:
    before = tiktok.workspace.world

    assert tiktok.call(method, PATH, body=sent)["code"] in (21001001, 36009004)
    assert tiktok.workspace.world is before


@pytest.mark.parametrize(
    "address",
    [
        "http://isv.example.com/hook",
        "https://isv.example.com:8443/hook",
        "https://isv.example.com:443/hook",
        "https://192.0.2.7/hook",
        "https://[2001:db8::1]/hook",
        "https://localhost/hook",
    ],
)
def test_the_platforms_own_rules_hold_when_asked_for(address: str, simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"webhook_url_rules": "platform"}))

    assert client.call("PUT", PATH, body=ORDERS | {"address": address})["code"] == 21001001
    assert client.data("GET", PATH)["total_count"] == 0
    assert client.data("PUT", PATH, body=ORDERS) == {}


def test_the_shops_of_a_seller_are_told(tiktok: TikTokShop) -> None:
    owner = shops.sellers(tiktok.workspace.world)[0]

    told = tiktok.data("GET", "/seller/202309/shops", cipher=False)

    assert told == {"shops": [{"id": ids.text(ids.shop(tiktok.workspace.world), owner.tiktok_shop or 0), "region": "ID"}]}


def test_a_closed_shop_is_not_active(tiktok: TikTokShop) -> None:
    shop = shops.shop(tiktok.workspace.world, shops.sellers(tiktok.workspace.world)[0].tiktok_shop)
    tiktok.workspace.apply(lambda world: world.put(shops.SHOPS, shop.but(is_open=False)))

    assert tiktok.data("GET", "/seller/202309/shops", cipher=False) == {"shops": []}


def test_a_local_seller_has_no_special_permissions(tiktok: TikTokShop) -> None:
    assert tiktok.data("GET", "/seller/202309/permissions", cipher=False) == {"permissions": []}
