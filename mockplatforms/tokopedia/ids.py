"""Wire ids of Tokopedia: whole numbers, one formula per kind of thing."""

from __future__ import annotations

from collections.abc import Callable

from ..domain.world import World
from ..gateway.ids import Kind, Minted, minted

# Widths follow the samples: orders 10 digits, products 11, shops 8, warehouses 8 (inferred from samples).
_PRODUCT = Kind("toko.product", 10_000_000_000, 13)
_ORDER = Kind("toko.order", 1_000_000_000, 4)
_SHOP = Kind("toko.shop", 11_000_000, 17, lasting=True)
_WAREHOUSE = Kind("toko.warehouse", 12_000_000, 13, lasting=True)
_USER = Kind("toko.user", 90_000_000, 19, lasting=True)
_CONVERSATION = Kind("toko.conversation", 2_000_000_000, 5)
_MESSAGE = Kind("toko.message", 7_000_000_000, 5)
_UPLOAD = Kind("toko.upload", 5_000_000, 3)
_PROMOTION = Kind("toko.promotion", 6_000_000, 3)
_BUNDLE = Kind("toko.bundle", 1_000_000, 3)
_DEPOSIT = Kind("toko.deposit", 9_000_000_000, 5)
_ETALASE = Kind("toko.etalase", 23_000_000, 11, lasting=True)


def _of(kind: Kind) -> Callable[[World], Minted]:
    def ids(world: World) -> Minted:
        return minted(kind, world.seed, world.epoch)

    return ids


product = _of(_PRODUCT)
order = _of(_ORDER)
shop = _of(_SHOP)
warehouse = _of(_WAREHOUSE)
user = _of(_USER)
conversation = _of(_CONVERSATION)
message = _of(_MESSAGE)
upload = _of(_UPLOAD)
etalase = _of(_ETALASE)
promotion = _of(_PROMOTION)
bundle = _of(_BUNDLE)
deposit = _of(_DEPOSIT)
