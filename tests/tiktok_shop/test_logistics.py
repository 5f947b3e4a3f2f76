"""Warehouses, delivery options and shipping providers as TikTok Shop lists them."""

from __future__ import annotations

import pytest

from mockplatforms.domain import shops
from mockplatforms.domain.phases import Phase
from mockplatforms.domain.shops import COURIERS, SELLERS, WAREHOUSES
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import ids, logistics

WAREHOUSE_LIST = "/logistics/202309/warehouses"


def test_warehouses_are_the_sellers_on_tiktok_shop(tiktok: TikTokShop) -> None:
    workspace = tiktok.workspace
    first = workspace.world.shelf(WAREHOUSES).page("by_seller")[0]
    workspace.apply(lambda world: world.put(WAREHOUSES, first.but(serial=9001, is_default=False, kind="return", name="Gudang Retur")))
    workspace.apply(lambda world: world.put(WAREHOUSES, first.but(serial=9002, is_default=False, tiktok_shop=False)))

    rows = tiktok.data("GET", WAREHOUSE_LIST)["warehouses"]

    assert [(row["type"], row["is_default"], row["effect_status"]) for row in rows] == [
        ("SALES_WAREHOUSE", True, "ENABLED"),
        ("RETURN_WAREHOUSE", False, "ENABLED"),
    ]
    assert rows[0]["address"]["distict"] == first.address.district
    assert rows[0]["address"]["geolocation"] == {"latitude": first.address.latitude, "longitude": first.address.longitude}


def test_delivery_options_tell_in_which_app_they_are_offered(tiktok: TikTokShop) -> None:
    warehouse = tiktok.data("GET", WAREHOUSE_LIST)["warehouses"][0]["id"]
    path = f"/logistics/202309/warehouses/{warehouse}/delivery_options"

    assert {tuple(row["platform"]) for row in tiktok.data("GET", path)["delivery_options"]} == {("TIKTOK_SHOP",)}
    tiktok.workspace.apply(lambda world: world.put(SELLERS, shops.sellers(world)[0].but(phase=Phase.MERGED)))
    assert {tuple(row["platform"]) for row in tiktok.data("GET", path)["delivery_options"]} == {("TIKTOK_SHOP", "TOKOPEDIA")}
    assert {frozenset(row) for row in tiktok.data("GET", path, {"scope": "PRODUCT"})["delivery_options"]} == {frozenset({"id", "name"})}
    assert tiktok.call("GET", "/logistics/202309/warehouses/12/delivery_options")["code"] == 12052097


@pytest.mark.parametrize("number", list(logistics.OPTIONS))
def test_only_the_sellers_own_shipping_has_providers_to_choose(tiktok: TikTokShop, number: int) -> None:
    option = ids.text(ids.delivery_option(tiktok.workspace.world), number)

    answer = tiktok.call("GET", f"/logistics/202309/delivery_options/{option}/shipping_providers")

    assert answer["code"] == (0 if number == logistics.BY_SELLER else 21008117)
    if number == logistics.BY_SELLER:
        names = [row["name"] for row in answer["data"]["shipping_providers"]]
        assert len(names) == len(set(names))
        assert "JNE" in names


def test_an_unknown_delivery_option_is_refused(tiktok: TikTokShop) -> None:
    assert tiktok.call("GET", "/logistics/202309/delivery_options/5/shipping_providers")["code"] == 21008116


def test_every_courier_has_a_delivery_option_and_a_company(tiktok: TikTokShop) -> None:
    world = tiktok.workspace.world
    couriers = world.shelf(COURIERS).page("by_service")

    assert {logistics.option_of(courier) for courier in couriers} == set(logistics.OPTIONS)
    for courier in couriers:
        named = logistics.carried_by(world, courier)
        found = logistics.provider(world, named["shipping_provider_id"])
        assert found is not None
        assert found.shipper == courier.shipper == named["shipping_provider_name"]
