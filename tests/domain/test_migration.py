"""The migration of a pair of shops: what must hold before it, what is under way during it, and what is copied and merged by it."""

from __future__ import annotations

import pytest

from mockplatforms.domain import (
    acceptance,
    cancellations,
    chats,
    clock,
    developers,
    migration,
    orders,
    placing,
    products,
    reviews,
    shipping,
    shops,
)
from mockplatforms.domain.errors import Invalid, MoveRefused, NoAttemptsLeft, NotSold, PreconditionsUnmet
from mockplatforms.domain.events import PhaseChanged, ProductsMerged, ShopsMerged, StockChanged
from mockplatforms.domain.orders import Status
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.products import PRODUCTS, Listing, SkuDraft, Stock
from mockplatforms.domain.timers import TIMERS

TOKOPEDIA, TIKTOK_SHOP = Platform
NINE = [precondition.name for precondition in developers.PRECONDITIONS]
FACTS = {"name": "Barang Baru", "description": "", "category": 1, "weight": 220, "weight_unit": "GR"}


# ---- preconditions and attempts -----------------------------------------------------------------------------------------------------------


def test_a_seeded_world_lacks_the_merge_event_subscription_and_nothing_else(scene, demo):
    standing = developers.preconditions(demo, scene.owner(demo, "maju"))
    assert [one.name for one in standing] == NINE and len(NINE) == 9
    assert [one.name for one in standing if not one.met] == ["merge_event_subscription"]


@pytest.mark.parametrize("name", NINE)
def test_each_precondition_alone_keeps_the_shops_apart_and_spends_nothing(scene, demo, name):
    world = developers.set_precondition(scene.ready(demo), name, False)
    owner = scene.owner(world, "maju")
    refused = scene.refused(migration.link, world, owner.serial)
    assert isinstance(refused, PreconditionsUnmet)
    assert [unmet for unmet, _ in refused.unmet] == [name] and all(todo for _, todo in refused.unmet)
    assert developers.developer(world).attempts_used == 0
    mended = developers.set_precondition(world, name, True)
    assert shops.seller(migration.link(mended, owner.serial), owner.serial).phase is Phase.MERGING


def test_an_unknown_precondition_is_refused_with_the_nine(scene, demo):
    assert all(name in str(scene.refused(developers.set_precondition, demo, "tenth", True)) for name in NINE)


def test_an_option_of_another_test_shop_of_the_app_counts_too(scene):
    world = scene.ready(scene.build(sellers=[{"key": "satu"}, {"key": "dua"}]))
    other = shops.shop_of(world, scene.owner(world, "dua"), TOKOPEDIA)
    world = world.put(shops.SHOPS, other.but(options=("tokocabang",)))
    refused = scene.refused(migration.link, world, scene.owner(world, "satu").serial)
    assert refused.unmet[0][0] == "forbidden_options" and "dua has tokocabang" in refused.unmet[0][1]


def test_without_a_subscription_it_merges_silently_where_the_rule_says_so(scene):
    world = scene.build("small", merge_subscription="silent")
    migration.link(world, scene.owner(world, "kecil").serial)


def test_five_attempts_and_no_sixth(scene, demo):
    world, owner = scene.ready(demo), scene.owner(demo, "maju").serial
    for attempt in range(1, 6):
        world = migration.link(world, owner)
        assert developers.developer(world).attempts_used == attempt
        world = migration.fail(world, owner, "uji gagal")
    refused = scene.refused(migration.link, world, owner)
    assert isinstance(refused, NoAttemptsLeft) and "reset" in str(refused)


def test_a_failed_merge_opens_the_locks_tells_why_and_rings_no_more(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGING)
    serial = scene.owner(world, "maju").serial
    world = migration.fail(world, serial, "stok tidak cocok")
    owner = shops.seller(world, serial)
    assert (owner.phase, owner.failed, owner.linked) == (Phase.PRE_MERGE, "stok tidak cocok", None)
    assert not [t for t in world.shelf(TIMERS).page("by_due") if t.kind == "migration.complete"]
    assert not [event for event in world.told() if isinstance(event, ShopsMerged)]


def test_the_production_road_asks_no_precondition_and_spends_no_attempt(scene, demo):
    owner = scene.owner(demo, "tunggal")
    world = migration.link(demo, owner.serial)
    assert developers.developer(world).attempts_used == 0 and shops.seller(world, owner.serial).phase is Phase.MERGING


def test_a_seller_who_does_not_migrate_is_not_linked(scene, demo):
    assert isinstance(scene.refused(migration.link, scene.ready(demo), scene.owner(demo, "tetap").serial), MoveRefused)
    native = scene.build(sellers=[{"key": "asli", "tokopedia": False}])
    assert isinstance(scene.refused(migration.link, scene.ready(native), scene.owner(native, "asli").serial), MoveRefused)
    assert isinstance(scene.refused(migration.link, demo, scene.owner(demo, "maju").serial, road="highway"), Invalid)


@pytest.mark.parametrize("seed", range(12))
def test_a_merge_lasts_from_two_hours_to_a_day(scene, seed):
    world = scene.migrate(scene.build("small", seed=seed), "kecil", Phase.MERGING)
    (timer,) = [t for t in world.shelf(TIMERS).page("by_due") if t.kind == "migration.complete"]
    assert 2 * 3600 <= timer.due - world.now.world <= 24 * 3600
    assert scene.owner(scene.advance(world, timer.due - world.now.world), "kecil").phase is Phase.MERGED


# ---- what is copied -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "copied"), [("KOP-01", True), ("BLM-01", True), ("HABIS", True), ("SRX", False), ("CSX", False), ("TEH", True), ("KPX-01-HIT-S", None)]
)
def test_active_and_inactive_products_are_copied_and_suspended_ones_are_not(scene, demo, text, copied):
    world = scene.migrate(demo, "maju", Phase.MERGED)
    if copied is not None:
        assert (scene.sku(world, "maju", text)[0].copied is not None) is copied


def test_a_copy_is_the_same_record_seen_through_both_apis(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGED)
    product, before = scene.sku(world, "maju", "KPL-01-HIT-S")[0], scene.sku(demo, "maju", "KPL-01-HIT-S")[0]
    assert product.skus == before.skus and len(product.skus) == 12
    assert products.visible(product, TOKOPEDIA) and products.visible(product, TIKTOK_SHOP) and not products.visible(before, TIKTOK_SHOP)


def test_nothing_shows_on_tiktok_shop_while_the_shops_merge(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGING)
    assert not any(p.copied for p in world.shelf(PRODUCTS).rows.values())


def test_the_merge_is_told_once_with_both_shops(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGED)
    owner = scene.owner(world, "maju")
    merges = [event for event in world.told() if isinstance(event, ShopsMerged)]
    assert [(m.tokopedia_shop, m.tiktok_shop) for m in merges] == [(owner.tokopedia, owner.tiktok_shop)]
    assert [(e.before, e.after) for e in world.told() if isinstance(e, PhaseChanged)] == [(Phase.PRE_MERGE, Phase.MERGING), (Phase.MERGING, Phase.MERGED)]


def test_copies_trickle_in_when_the_rule_says_so(scene):
    world = scene.migrate(scene.build("small", copy_trickle=3600), "kecil", Phase.MERGED)
    counts = [sum(p.copied is not None for p in scene.advance(world, s).shelf(PRODUCTS).rows.values()) for s in (0, 1800, 3600)]
    assert counts == [1, 5, 8]


def test_a_shop_that_is_born_at_the_merge_must_be_authorised_anew(scene, demo):
    world = scene.migrate(demo, "tunggal", Phase.MERGED)
    owner = scene.owner(world, "tunggal")
    shop = shops.shop(world, owner.tiktok_shop)
    assert not shop.authorised and shop.kind == "live" and shop.opened == world.now
    assert [w.name for w in shops.warehouses(world, owner.serial, TIKTOK_SHOP)] == ["Rumah Tunggal"]


def test_every_tokopedia_warehouse_shows_on_tiktok_shop_after_the_merge(scene, demo):
    owner = scene.owner(demo, "maju").serial
    assert [w.name for w in shops.warehouses(demo, owner, TIKTOK_SHOP)] == ["Gudang Utama"]
    world = scene.migrate(demo, "maju", Phase.MERGED)
    assert [w.name for w in shops.warehouses(world, owner, TIKTOK_SHOP)] == ["Gudang Utama", "Gudang Bandung"]


# ---- what is under way ------------------------------------------------------------------------------------------------------------------------


def test_an_audit_goes_on_while_the_shops_merge(scene):
    world = scene.build("small", tiktok_audit_seconds=600)
    world, serial = products.create(world, scene.owner(world, "kecil").serial, TIKTOK_SHOP, (SkuDraft("B", 5000),), listing=Listing.DRAFT, **FACTS)
    world = scene.advance(scene.migrate(reviews.submit(world, serial, TIKTOK_SHOP), "kecil", Phase.MERGING), 600)
    assert products.find(world, serial).tiktok_shop is Listing.ACTIVATE


@pytest.mark.parametrize("listing", [Listing.DRAFT, Listing.PENDING, Listing.FAILED, Listing.PLATFORM_DEACTIVATED, Listing.FREEZE, Listing.DELETED])
def test_what_counts_is_how_a_product_stands_at_the_merge(scene, demo, listing):
    world = scene.migrate(demo, "maju", Phase.MERGING)
    product, _ = scene.sku(world, "maju", "KOP-01")
    world = products.set_listing(world, product.serial, TOKOPEDIA, listing)
    world = migration.complete(world, product.seller)
    assert products.find(world, product.serial).copied is None


def test_an_order_unpaid_at_the_merge_stays_on_tokopedia_and_takes_units_when_paid(scene, demo):
    world, serial = scene.buy(demo, "maju", TOKOPEDIA, "KOP-04", pay=False)
    world = scene.migrate(world, "maju", Phase.MERGED)
    world = placing.paid(world, serial)
    order = orders.find(world, serial, TOKOPEDIA)
    assert order.status is Status.PAID
    assert scene.sku(world, "maju", "KOP-04")[1].available == scene.sku(demo, "maju", "KOP-04")[1].available - 1
    assert orders.find(acceptance.accept(world, serial), serial).status is Status.ACCEPTED


def test_an_order_unpaid_at_the_merge_is_cancelled_when_the_copy_has_sold_the_last_unit(scene, demo):
    world, serial = scene.buy(demo, "maju", TOKOPEDIA, "SATU", pay=False)
    world = scene.migrate(world, "maju", Phase.MERGED)
    world, _ = scene.buy(world, "maju", TOKOPEDIA, "SATU")
    assert orders.find(placing.paid(world, serial), serial).status is Status.CANCELLED


def test_a_request_to_cancel_is_settled_on_tokopedia_after_the_merge(scene, demo):
    world, serial = scene.buy(demo, "maju", TOKOPEDIA, "KOP-04")
    world = scene.migrate(cancellations.request_cancel(world, serial, "salah"), "maju", Phase.MERGED)
    world = cancellations.settle_cancel(world, serial, "accepted")
    assert orders.find(world, serial, TOKOPEDIA).cancel_request == "accepted"
    assert scene.sku(world, "maju", "KOP-04")[1].available == scene.sku(demo, "maju", "KOP-04")[1].available


def test_an_open_complaint_goes_on_on_tokopedia(scene, demo):
    world = scene.migrate(demo, "maju", Phase.PRODUCT_MERGED)
    (case,) = [o for o in world.shelf(orders.ORDERS).rows.values() if o.status is Status.COMPLAINED]
    assert orders.find(orders.completed(world, case.serial), case.serial, TOKOPEDIA).status is Status.COMPLETED


def test_an_old_chat_is_answered_on_tokopedia_and_goes_on_on_tiktok_shop(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGED)
    owner, buyer = scene.owner(world, "maju"), placing.buyer_named(world, "sari").serial
    old = world.shelf(chats.CONVERSATIONS).page("by_buyer", (owner.serial, TOKOPEDIA, buyer), limit=1)[0]
    world, _ = chats.seller_writes(world, old.serial, chats.text("Masih di sini kak"))
    side = migration.owner_of_new_order(world, owner, TOKOPEDIA)
    world, (new, message) = chats.buyer_writes(world, owner.serial, buyer, TOKOPEDIA, side, chats.text("Halo?"), conversation=old.serial)
    taken = chats.find(world, new, TIKTOK_SHOP)
    assert taken.continues == old.serial and taken.buyer_app is TOKOPEDIA and taken.last_message == message
    world, (again, _) = chats.buyer_writes(world, owner.serial, buyer, TOKOPEDIA, side, chats.text("Kak?"), conversation=old.serial)
    assert again == new and chats.find(world, new).unread == 2


def test_a_warehouse_without_stock_is_mapped_like_any_other(scene):
    world = scene.build("empty")
    owner = scene.owner(world, "kosong").serial
    serial, world = world.take()
    bare = shops.warehouses(world, owner, TOKOPEDIA)[0].but(serial=serial, name="Kosong", is_default=False, tiktok_shop=False)
    world = scene.migrate(world.put(shops.WAREHOUSES, bare), "kosong", Phase.MERGED)
    assert "Kosong" in [w.name for w in shops.warehouses(world, owner, TIKTOK_SHOP)]


def test_a_withdrawn_grant_does_not_stop_the_merge(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGING)
    owner = scene.owner(world, "maju").serial
    world = migration.complete(developers.withdraw(world, developers.app(world, TIKTOK_SHOP), owner), owner)
    assert scene.owner(world, "maju").phase is Phase.MERGED
    assert not shops.shop(world, scene.owner(world, "maju").tiktok_shop).authorised


# ---- product merge ------------------------------------------------------------------------------------------------------------------------


def proposal(world, scene, text):
    serial = scene.owner(world, "maju").serial
    (found,) = [p for p in migration.proposals(world, serial) if any(s.seller_sku == text for s in p.copy.skus)]
    return found


def test_pairs_are_proposed_where_seller_skus_and_weights_agree(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGED)
    assert proposal(world, scene, "KOP-01").reason == "" and proposal(world, scene, "KOP-01").differs == ("price",)
    assert proposal(world, scene, "BLS-01").differs == ()
    assert proposal(world, scene, "TMB-01").differs == ("name", "price")
    assert "weights differ: 600 g and 750 g" in proposal(world, scene, "TMX").reason
    assert "no native product" in proposal(world, scene, "CHN-01").reason
    reasons = [p.reason for p in migration.proposals(world, scene.owner(world, "maju").serial)]
    assert "a SKU of the copy has no seller SKU" in reasons and sum(not reason for reason in reasons) == 11


def test_a_weight_in_kilograms_equals_the_same_weight_in_grams(scene, demo):
    product, _ = scene.sku(demo, "maju", "WJN-01")
    assert (product.weight, product.weight_unit, product.weight_grams) == (1, "KG", 1000)
    world, _ = products.create(demo, product.seller, TIKTOK_SHOP, (SkuDraft("WJN-01", 100000),), listing=Listing.ACTIVATE, **{**FACTS, "weight": 1000})
    assert proposal(scene.migrate(world, "maju", Phase.MERGED), scene, "WJN-01").reason == ""


def test_two_copies_of_one_seller_sku_are_never_merged_into_one_native(scene, demo):
    product = next(p for p, _ in products.by_seller_sku(demo, scene.owner(demo, "maju").serial, "GANDA-01"))
    facts = {**FACTS, "weight": product.weight, "weight_unit": product.weight_unit}
    world, native = products.create(demo, product.seller, TIKTOK_SHOP, (SkuDraft("GANDA-01", 5000),), listing=Listing.ACTIVATE, **facts)
    world = scene.migrate(world, "maju", Phase.MERGED)
    reasons = [p.reason for p in migration.proposals(world, product.seller) if p.copy.skus[0].seller_sku == "GANDA-01"]
    assert reasons == ["2 copies carry its seller SKU"] * 2
    assert products.find(migration.confirm(world, product.seller), native).tokopedia is None


def test_variants_that_share_a_seller_sku_are_not_proposed(scene, demo):
    product, sku = scene.sku(demo, "maju", "KMJ-01-M")
    twice = tuple(s.but(seller_sku="SAMA") for s in product.skus)
    world = products.edit(demo, product.serial, TOKOPEDIA, skus=twice)
    assert "same seller SKU" in proposal(scene.migrate(world, "maju", Phase.MERGED), scene, "SAMA").reason
    assert sku.seller_sku == "KMJ-01-M"


@pytest.mark.parametrize(("rule", "expected"), [("sum", (15, 4)), ("survivor", (12, 0)), ("lowest", (3, 0))])
def test_stock_of_the_survivor_follows_the_rule(scene, rule, expected):
    world = scene.build("demo", merge_stock=rule)
    copy, sku = scene.sku(world, "maju", "KOP-01")
    main, second = (stock.warehouse for stock in sku.stock)
    native, other = scene.sku(world, "maju", "KOP-01", TIKTOK_SHOP)
    world = products.set_stock(world, copy.serial, sku.serial, main, 3)
    world = products.set_stock(world, copy.serial, sku.serial, second, 4)
    world = products.set_stock(world, native.serial, other.serial, main, 12)
    world = scene.migrate(world, "maju", Phase.PRODUCT_MERGED)
    survivor = products.find(world, native.serial).skus[0]
    assert (products.held(survivor, main).available, products.held(survivor, second).available) == expected
    assert products.held(survivor, main).committed == products.held(other, main).committed


def test_the_native_product_survives_and_gains_tokopedia(scene, demo):
    copy, native = scene.sku(demo, "maju", "KOP-01")[0], scene.sku(demo, "maju", "KOP-01", TIKTOK_SHOP)[0]
    world = scene.migrate(demo, "maju", Phase.PRODUCT_MERGED)
    survivor, retired = products.find(world, native.serial), products.find(world, copy.serial)
    assert (survivor.name, survivor.skus[0].price, survivor.tokopedia, survivor.tiktok_shop) == (native.name, native.skus[0].price, Listing.ACTIVATE, Listing.ACTIVATE)
    assert retired.merged_into == survivor.serial and products.living(world, retired) == survivor
    assert not products.visible(retired, TIKTOK_SHOP) and products.visible(retired, TOKOPEDIA)
    assert ProductsMerged(native.seller, world.now, native.serial, copy.serial) in world.told()
    assert [e for e in world.told() if isinstance(e, StockChanged) and e.product == native.serial and e.cause == "merge"]


def test_the_copy_survives_where_the_rule_says_so(scene):
    world = scene.build("demo", merge_survivor="copy")
    copy, native = scene.sku(world, "maju", "KOP-01")[0], scene.sku(world, "maju", "KOP-01", TIKTOK_SHOP)[0]
    world = scene.migrate(world, "maju", Phase.PRODUCT_MERGED)
    assert products.find(world, native.serial).merged_into == copy.serial
    survivor = products.find(world, copy.serial)
    assert survivor.tiktok_shop is Listing.ACTIVATE and survivor.skus[0].price == copy.skus[0].price


def test_both_apps_sell_the_survivor_and_from_one_pool(scene, demo):
    world = scene.migrate(demo, "maju", Phase.PRODUCT_MERGED)
    native, sku = scene.sku(world, "maju", "KOP-01", TIKTOK_SHOP)
    for app in Platform:
        world, serial = scene.buy(world, "maju", app, "KOP-01")
        assert orders.find(world, serial, TIKTOK_SHOP).items[0].product == native.serial
    assert scene.sku(world, "maju", "KOP-01", TIKTOK_SHOP)[1].available == sku.available - 2


def test_an_order_placed_on_a_copy_gives_its_units_back_to_the_survivor(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGED)
    copy, sku = scene.sku(world, "maju", "KOP-02")
    native, _ = scene.sku(world, "maju", "KOP-02", TIKTOK_SHOP)
    world, serial = scene.buy(world, "maju", TOKOPEDIA, "KOP-02", 2)
    world = migration.confirm(world, copy.seller)
    assert orders.find(world, serial).items[0].product == copy.serial and orders.find(world, serial).items[0].sku == sku.serial
    before = products.find(world, native.serial).skus[0]
    world = cancellations.cancelled(world, serial, by="seller", reason="habis")
    after = products.find(world, native.serial).skus[0]
    assert (after.available, after.committed) == (before.available + 2, before.committed - 2)


def test_on_keep_both_live_on_each_on_its_own_side(scene, demo):
    world = scene.migrate(demo, "maju", Phase.PRODUCT_MERGED, default="keep")
    copy, native = scene.sku(world, "maju", "KOP-01")[0], scene.sku(world, "maju", "KOP-01", TIKTOK_SHOP)[0]
    owner = scene.owner(world, "maju")
    assert (copy.merged_into, native.tokopedia) == (None, None)
    assert products.sells(world, owner, copy, TOKOPEDIA) and not products.sells(world, owner, copy, TIKTOK_SHOP)
    assert products.sells(world, owner, native, TIKTOK_SHOP) and not products.sells(world, owner, native, TOKOPEDIA)
    later = scene.advance(world, 10 * 86400)
    assert products.find(later, native.serial).tokopedia is None


def test_decisions_go_before_the_default(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGED)
    copy, other = scene.sku(world, "maju", "KOP-01")[0], scene.sku(world, "maju", "KOP-02")[0]
    world = migration.confirm(world, copy.seller, default="merge", decisions=[(copy.serial, "keep")])
    assert products.find(world, copy.serial).merged_into is None and products.find(world, other.serial).merged_into is not None


@pytest.mark.parametrize(
    "said", [{"default": "maybe"}, {"decisions": [(1, "merge")]}, {"decisions": [("TMX", "merge")]}, {"decisions": [("KOP-01", "perhaps")]}]
)
def test_a_confirmation_that_cannot_be_is_refused_whole(scene, demo, said):
    world = scene.migrate(demo, "maju", Phase.MERGED)
    decisions = [(scene.sku(world, "maju", who)[0].serial if isinstance(who, str) else who, what) for who, what in said.get("decisions", ())]
    owner = scene.owner(world, "maju").serial
    assert isinstance(scene.refused(migration.confirm, world, owner, default=said.get("default"), decisions=decisions), Invalid)


def test_native_products_go_live_on_tokopedia_three_days_after_the_product_merge(scene, demo):
    world = scene.migrate(demo, "maju", Phase.PRODUCT_MERGED)
    owner = scene.owner(world, "maju")
    assert isinstance(scene.refused(placing.resolve, world, owner, TOKOPEDIA, [{"sku": "TTK-01"}]), NotSold)
    world = scene.advance(world, 3 * 86400)
    assert placing.resolve(world, owner, TOKOPEDIA, [{"sku": "TTK-01"}])
    draft, _ = scene.sku(world, "maju", "TTD", TIKTOK_SHOP)
    assert draft.tokopedia is None


def test_weight_twins_stay_two_records_with_their_own_stock(scene, demo):
    world = scene.migrate(demo, "maju", Phase.PRODUCT_MERGED)
    copy, native = scene.sku(world, "maju", "TMX")[0], scene.sku(world, "maju", "TMX", TIKTOK_SHOP)[0]
    assert copy.merged_into is None and copy.skus == scene.sku(demo, "maju", "TMX")[0].skus
    assert native.skus[0].stock == scene.sku(demo, "maju", "TMX", TIKTOK_SHOP)[0].skus[0].stock


def test_a_variant_of_a_copy_finds_its_own_variant_of_the_survivor(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGED)
    world, serial = scene.buy(world, "maju", TOKOPEDIA, "KPL-01-NAV-XL", 2)
    where = orders.find(world, serial).items[0].warehouse
    world = migration.confirm(world, scene.owner(world, "maju").serial)
    _, sku = scene.sku(world, "maju", "KPL-01-NAV-XL", TIKTOK_SHOP)
    assert products.held(sku, where).committed == 2
    world = scene.advance(shipping.ship(world, orders.find(world, serial).packages[0]), 7200)
    _, sku = scene.sku(world, "maju", "KPL-01-NAV-XL", TIKTOK_SHOP)
    assert products.held(sku, where) == Stock(where, products.held(sku, where).available, 0)


def test_units_of_a_variant_that_the_survivor_no_longer_has_go_to_no_other(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGED)
    world, serial = scene.buy(world, "maju", TOKOPEDIA, "KPL-01-NAV-XL")
    world = migration.confirm(world, scene.owner(world, "maju").serial)
    native, sku = scene.sku(world, "maju", "KPL-01-NAV-XL", TIKTOK_SHOP)
    world = products.edit(world, native.serial, TIKTOK_SHOP, skus=tuple(s for s in native.skus if s.serial != sku.serial))
    after = cancellations.cancelled(world, serial, by="seller", reason="habis")
    assert orders.find(after, serial).status is Status.CANCELLED
    assert products.find(after, native.serial).skus == products.find(world, native.serial).skus


def test_ringing_the_end_of_a_merge_that_failed_changes_nothing(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGING)
    (timer,) = [t for t in world.shelf(TIMERS).page("by_due") if t.kind == "migration.complete"]
    failed = migration.fail(world, scene.owner(world, "maju").serial, "uji")
    assert clock.ring(failed, timer.serial) is failed
