"""The tables of the migration have an answer for everything."""

from __future__ import annotations

from itertools import product

import pytest

from mockplatforms.domain import migration
from mockplatforms.domain.errors import MoveRefused
from mockplatforms.domain.orders import ALLOWED
from mockplatforms.domain.orders import Act as OrderAct
from mockplatforms.domain.phases import MATRIX, MOVES, Access, Act, Family, Phase, Platform, access
from mockplatforms.domain.rules import RECOMMENDED
from mockplatforms.domain.shops import Seller

NOT_ON_TIKTOK_SHOP = {Family.SHOP_WRITE}
NOT_ON_TOKOPEDIA = {Family.COMBINE}


def test_every_act_in_every_phase_is_answered():
    assert set(MOVES) == set(product(Phase, Act))
    assert all(isinstance(answer, Phase) or len(answer) > 10 for answer in MOVES.values())


def test_the_way_leads_forward_but_for_a_merge_that_fails():
    assert {pair: to for pair, to in MOVES.items() if isinstance(to, Phase)} == {
        (Phase.PRE_MERGE, Act.LINK): Phase.MERGING,
        (Phase.MERGING, Act.COMPLETE): Phase.MERGED,
        (Phase.MERGING, Act.FAIL): Phase.PRE_MERGE,
        (Phase.MERGED, Act.CONFIRM_PRODUCT_MERGE): Phase.PRODUCT_MERGED,
    }


def test_every_family_has_a_row_on_each_platform_that_knows_it():
    tokopedia = {(Platform.TOKOPEDIA, family) for family in Family if family not in NOT_ON_TOKOPEDIA}
    tiktok_shop = {(Platform.TIKTOK_SHOP, family) for family in Family if family not in NOT_ON_TIKTOK_SHOP}
    assert set(MATRIX) == tokopedia | tiktok_shop
    assert all(len(row) == 4 for row in MATRIX.values())


def test_everything_is_open_before_the_merge():
    assert {row[0] for row in MATRIX.values()} == {Access.OPEN}


def test_every_order_act_has_its_statuses_on_each_platform():
    assert set(ALLOWED) == set(product(Platform, OrderAct))


@pytest.mark.parametrize(
    ("platform", "modify", "phase", "is_open"),
    [
        (Platform.TOKOPEDIA, "strict", Phase.MERGING, True),
        (Platform.TOKOPEDIA, "strict", Phase.MERGED, False),
        (Platform.TOKOPEDIA, "lenient", Phase.MERGED, True),
        (Platform.TOKOPEDIA, "shadow_write", Phase.MERGED, True),
        (Platform.TOKOPEDIA, "lenient", Phase.PRODUCT_MERGED, False),
        (Platform.TIKTOK_SHOP, "strict", Phase.MERGED, False),
        (Platform.TIKTOK_SHOP, "lenient", Phase.MERGED, True),
        (Platform.TIKTOK_SHOP, "shadow_write", Phase.MERGED, False),
        (Platform.TIKTOK_SHOP, "strict", Phase.PRODUCT_MERGED, True),
    ],
)
def test_price_and_stock_follow_the_rule_between_merge_and_product_merge(platform, modify, phase, is_open):
    owner = Seller(1, "a", "A", 2, 3, "rehearsal", phase=phase)
    assert migration.allows(RECOMMENDED.but(modify_after_merge=modify), owner, platform, Family.PRICE_STOCK).open is is_open


def test_a_closed_door_says_why():
    for (platform, family), phase in product(MATRIX, Phase):
        owner = Seller(1, "a", "A", 2, 3, "rehearsal", phase=phase)
        verdict = migration.allows(RECOMMENDED, owner, platform, family)
        assert verdict.access is access(platform, family, phase)
        assert verdict.open or family in verdict.words


def test_a_seller_cannot_link_twice(scene, demo):
    world = scene.migrate(demo, "maju", Phase.MERGING)
    refused = scene.refused(migration.link, world, scene.owner(world, "maju").serial)
    assert isinstance(refused, MoveRefused) and "do not link again" in str(refused)
