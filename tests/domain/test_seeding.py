"""Seed worlds are believable, the same every time, and ask for nothing at their birth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mockplatforms
from mockplatforms.domain import clock, developers, leaving, orders, seeding, shops
from mockplatforms.domain.chats import MESSAGES
from mockplatforms.domain.orders import ORDERS, Status
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.products import PRODUCTS, Listing
from mockplatforms.domain.shops import BUYERS, CATEGORIES, COURIERS, SHOPS
from mockplatforms.domain.table import Shelf
from mockplatforms.server import fixtures

TOKOPEDIA, TIKTOK_SHOP = Platform
REACHED = {  # by the operations that there are; a partly arranged order needs a split, a returned one a return
    TOKOPEDIA: {"unpaid", "paid", "accepted", "arranged", "in_transit", "delivered", "complained", "completed", "cancelled"},
    TIKTOK_SHOP: {"unpaid", "paid", "arranged", "in_transit", "delivered", "completed", "cancelled"},
}


def rows(world):
    return {name: sorted(shelf.rows.items()) for name, shelf in world.shelves.items()}


def products_of(world, scene, key, home):
    return [p for _, p in sorted(world.shelf(PRODUCTS).rows.items()) if p.seller == scene.owner(world, key).serial and p.home is home]


@pytest.mark.parametrize("name", fixtures.names())
def test_a_world_is_born_with_nothing_told_nothing_written_and_nothing_overdue(scene, name):
    world = scene.build(name)
    assert (world.revision, world.events, world.written, world.now) == (0, None, None, world.born)
    due = clock.next_due(world)
    assert due.delivery is None and all(moment is None or moment > world.born.world for moment in (due.world, due.wire))
    assert all(serial < world.next for shelf in world.shelves.values() for serial in shelf.rows)


@pytest.mark.parametrize("name", fixtures.names())
def test_a_world_laid_out_at_once_is_as_if_each_row_had_been_put(scene, name):
    for shelf in scene.build(name).shelves.values():
        anew = Shelf.of(shelf.table, ())
        for _, row in sorted(shelf.rows.items()):
            anew = anew.put(row)
        assert [list(index) for index in shelf.indexes] == [list(index) for index in anew.indexes]


def test_the_same_seed_gives_the_same_rows(scene, demo):
    assert rows(scene.build("demo")) == rows(demo)
    assert rows(scene.build("demo", seed=0)) == rows(demo)


def test_two_processes_build_the_same_world():
    code = (
        "import hashlib; from mockplatforms.domain import seeding; from mockplatforms.domain.instants import Instant;"
        "from mockplatforms.server import fixtures;"
        "w = seeding.build(fixtures.world('demo'), fixtures.catalogue(), seed=5, epoch=0, born=Instant(1737342000, 1737342000));"
        "print(hashlib.sha256(repr([(n, sorted(s.rows.items())) for n, s in w.shelves.items()]).encode()).hexdigest())"
    )
    root = str(Path(mockplatforms.__file__).parent.parent)
    found = {
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": salt, "PYTHONPATH": root}, check=True, capture_output=True).stdout
        for salt in ("1", "2")
    }
    assert len(found) == 1


def test_the_demo_has_three_sellers_each_on_its_own_road(scene, demo):
    told = [(s.key, s.road, s.migrates, s.tokopedia is not None, s.tiktok_shop is not None) for s in shops.sellers(demo)]
    assert told == [("maju", "rehearsal", True, True, True), ("tunggal", "production", True, True, False), ("tetap", "production", False, True, True)]
    kinds = [(s.platform, s.kind) for _, s in sorted(demo.shelf(SHOPS).rows.items())]
    assert kinds == [(TOKOPEDIA, "test"), (TIKTOK_SHOP, "development"), (TOKOPEDIA, "live"), (TOKOPEDIA, "live"), (TIKTOK_SHOP, "live")]


def test_the_demo_shop_holds_every_awkward_thing_once(scene, demo):
    here, there = products_of(demo, scene, "maju", TOKOPEDIA), products_of(demo, scene, "maju", TIKTOK_SHOP)
    assert 110 <= len(here) <= 130 and 18 <= len(there) <= 24
    assert [len(p.skus) for p in here if len(p.skus) == 24] == [24]
    assert [p.tokopedia for p in here if p.tokopedia in (Listing.FREEZE, Listing.PLATFORM_DEACTIVATED)] == ["FREEZE", "PLATFORM_DEACTIVATED", "PLATFORM_DEACTIVATED"]
    assert sum(p.tokopedia is Listing.SELLER_DEACTIVATED for p in here) == 7
    assert sum(p.bundle for p in here) == 1 and sum(p.is_on_campaign for p in here) == 1
    assert sum(not s.seller_sku for p in here for s in p.skus) == 3
    assert {p.weight_unit for p in here} == {"GR", "KG"} and any(len(p.name) <= 6 for p in here)
    assert any(not s.available for p in here if p.tokopedia is Listing.ACTIVATE for s in p.skus)
    assert {len(s.stock) for p in here for s in p.skus} == {2}


def test_there_are_orders_in_every_state_that_can_be_reached(demo):
    for platform, wanted in REACHED.items():
        assert {o.status.value for o in demo.shelf(ORDERS).rows.values() if o.platform is platform} == wanted
    pending = [o.platform for _, o in sorted(demo.shelf(ORDERS).rows.items()) if o.cancel_request == "pending"]
    assert sorted(pending) == [TIKTOK_SHOP, TOKOPEDIA]


def test_every_order_lived_in_the_order_of_time_and_before_the_birth(demo):
    for order in demo.shelf(ORDERS).rows.values():
        moments = [line.at for line in order.history]
        assert moments == sorted(moments) and moments[-1] <= order.updated < demo.born
        assert order.status is not Status.RETURNED
    for message in demo.shelf(MESSAGES).rows.values():
        assert message.created < demo.born


@pytest.mark.parametrize("name", fixtures.names())
def test_products_fit_together(scene, name):
    world = scene.build(name)
    for product in world.shelf(PRODUCTS).rows.values():
        category = world.get(CATEGORIES, product.category)
        assert category is not None and category.is_leaf
        assert product.created < world.born and len(product.name) <= 70 and product.images
        codes = [s.seller_sku for s in product.skus if s.seller_sku]
        assert len(set(codes)) == len(codes) and len({s.options for s in product.skus}) == len(product.skus)
        assert all(len(s.options) == len(product.axes) and 100 <= s.price <= 100_000_000 for s in product.skus)
        assert (product.tokopedia is None) is (product.home is TIKTOK_SHOP)


def test_a_twin_has_the_same_seller_skus_and_a_life_of_its_own(scene, demo):
    here, there = scene.sku(demo, "maju", "KPL-01-HIT-S"), scene.sku(demo, "maju", "KPL-01-HIT-S", TIKTOK_SHOP)
    assert [s.seller_sku for s in here[0].skus] == [s.seller_sku for s in there[0].skus]
    assert not {s.serial for s in here[0].skus} & {s.serial for s in there[0].skus}
    assert here[1].price != there[1].price


# "serller.product.optimize" is how the vendor's page writes the scope of one endpoint.
def test_the_app_has_every_scope_that_an_endpoint_asks_for(demo):
    folder = Path(mockplatforms.__file__).parent / "tiktok_shop" / "rows"
    asked = set()
    for path in folder.glob("*.json"):
        for row in json.loads(path.read_bytes()).values():
            if isinstance(row, dict) and "path" in row:
                asked |= set(row["scope"])
    assert asked and set(developers.app(demo, TIKTOK_SHOP).scopes) == asked


def test_the_apps_are_one_test_app_and_one_live_app_without_addresses(demo):
    tokopedia, tiktok_shop = developers.app(demo, TOKOPEDIA), developers.app(demo, TIKTOK_SHOP)
    assert (tokopedia.kind, tokopedia.webhooks, tiktok_shop.kind, tiktok_shop.target_markets) == ("test", (), "live", ("ID",))


def test_reference_data_has_couriers_categories_and_buyers(demo):
    assert {c.shipper for c in demo.shelf(COURIERS).rows.values()} >= {"JNE", "SiCepat", "AnterAja", "GO-JEK", "J&T"}
    assert len(demo.shelf(CATEGORIES)) >= 24
    found = demo.shelf(BUYERS).page("by_serial")
    assert [b.key for b in found if b.is_test] == ["uji-1", "uji-2", "uji-3"] and len(found) == 15
    for index in ("by_tokopedia", "by_tiktok_shop"):
        numbers = [key[0] for key in demo.shelf(CATEGORIES).index(index)]
        assert len(set(numbers)) == len(numbers)


# ---- sellers of one's own -----------------------------------------------------------------------------------------------------------------


def test_sellers_of_ones_own_come_in_place_of_the_fixtures(scene):
    world = scene.build("demo", sellers=[{"key": "a", "products": 30}, {"key": "b", "tiktok_shop": "none"}, {"key": "c", "tokopedia": False, "products": 3}])
    assert [(s.key, s.road, s.migrates) for s in shops.sellers(world)] == [("a", "rehearsal", True), ("b", "production", True), ("c", "rehearsal", False)]
    counts = [[len(products_of(world, scene, key, home)) for home in Platform] for key in "abc"]
    assert counts == [[30, 10], [12, 0], [0, 3]]
    names = [p.name for p in products_of(world, scene, "a", TOKOPEDIA)]
    assert len(set(names)) == 30
    assert scene.build("demo", sellers=[]).shelves.get("sellers") is None


def test_many_products_all_have_a_name_and_a_code_of_their_own(scene):
    world = scene.build("empty", sellers=[{"key": "besar", "products": 500, "tiktok_shop": "none"}])
    found = products_of(world, scene, "besar", TOKOPEDIA)
    codes = [s.seller_sku for p in found for s in p.skus]
    assert len({p.name for p in found}) == 500 and len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({}, "needs a key"),
        ({"key": ""}, "needs a key"),
        ({"key": "a b"}, "needs a key"),
        ({"key": "x" * 41}, "needs a key"),
        ({"key": 5}, "key of a seller is a text"),
        ({"key": "maju"}, "there is a seller 'maju' already"),
        ({"key": "a", "name": ""}, "1 to 100 letters"),
        ({"key": "a", "produts": 3}, "no field 'produts'"),
        ({"key": "a", "products": -1}, "0 to 100000"),
        ({"key": "a", "products": True}, "whole number"),
        ({"key": "a", "products": 1.5}, "whole number"),
        ({"key": "a", "products": 10**9}, "0 to 100000"),
        ({"key": "a", "tokopedia": "yes"}, "true or false"),
        ({"key": "a", "tiktok_shop": "new"}, "existing or none"),
        ({"key": "a", "road": "short"}, "rehearsal or production"),
        ({"key": "a", "tokopedia": False, "tiktok_shop": "none"}, "needs a shop"),
        (["a"], "a seller is an object"),
        ("a", "a seller is an object"),
        (None, "a seller is an object"),
    ],
)
def test_a_seller_that_cannot_be_is_refused_in_words(demo, spec, words):
    with pytest.raises(ValueError, match=words):
        seeding.add_seller(demo, fixtures.catalogue(), spec)


def test_a_seller_more_is_written_and_nothing_is_told_of_it(scene, demo):
    world, serial = seeding.add_seller(scene.later(demo, 500), fixtures.catalogue(), {"key": "baru", "products": 4})
    assert world.told() == [] and ("sellers", serial) in world.wrote() and len([key for key in world.wrote() if key[0] == "products"]) == 6
    assert all(p.created < demo.born for p in products_of(world, scene, "baru", TOKOPEDIA))
    world, order = scene.buy(world, "baru", TOKOPEDIA, "BLS-01")
    assert orders.find(world, order).status is Status.PAID


def test_a_seller_who_leaves_takes_everything_along_and_nothing_of_others(scene, demo):
    world, serial = seeding.add_seller(demo, fixtures.catalogue(), {"key": "baru"})
    world, _ = scene.buy(world, "baru", TOKOPEDIA, "BLS-01")
    assert {name: found for name, found in rows(leaving.leave(world, serial)).items() if found} == {n: found for n, found in rows(demo).items() if found}


def test_an_unknown_world_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="the worlds are demo, empty, small"):
        fixtures.world("../demo")
