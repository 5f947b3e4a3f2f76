"""Wire ids: a formula each way, and no id is read as one of another kind, epoch or platform."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mockplatforms.domain.world import World
from mockplatforms.gateway.ids import SERIALS
from mockplatforms.tiktok_shop import ids as tiktok_shop
from mockplatforms.tokopedia import ids as tokopedia

SERIAL = st.integers(1, SERIALS - 1)
EPOCH = st.integers(0, 4095)


@given(seed=st.integers(0, 2**32), epoch=EPOCH, serial=SERIAL)
def test_an_id_leads_back_to_its_serial(seed: int, epoch: int, serial: int) -> None:
    world = World(seed=seed, epoch=epoch)
    for ids in (tokopedia.product(world), tokopedia.order(world), tiktok_shop.product(world), tiktok_shop.order(world)):
        assert ids.read(ids.wire(serial)) == ids.read(str(ids.wire(serial))) == serial


@given(epoch=EPOCH, other=EPOCH, serial=SERIAL)
def test_no_epoch_reads_anothers_ids(epoch: int, other: int, serial: int) -> None:
    if epoch != other:
        made = tokopedia.product(World(seed=1, epoch=epoch)).wire(serial)
        assert tokopedia.product(World(seed=1, epoch=other)).read(made) is None


@given(epoch=EPOCH, serial=SERIAL)
def test_no_platform_reads_the_others_ids(epoch: int, serial: int) -> None:
    world = World(seed=1, epoch=epoch)
    for kind in ("product", "order", "shop", "warehouse"):
        ours, theirs = getattr(tokopedia, kind)(world), getattr(tiktok_shop, kind)(world)
        assert ours.read(theirs.wire(serial)) is None
        assert theirs.read(ours.wire(serial)) is None


def test_what_is_no_id_is_none() -> None:
    ids = tiktok_shop.product(World(seed=1))
    for nothing in ("", "abc", "-1", "9" * 60, None, True, 1.5, [], "１２"):
        assert ids.read(nothing) is None
