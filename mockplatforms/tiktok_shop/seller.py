"""The seller's shops, as the seller API tells them."""

from __future__ import annotations

from typing import Any

from ..domain import shops
from ..domain.phases import Family
from ..gateway.call import Call
from . import ids
from .catalog import serves


@serves("get-active-shops-202309", family=Family.SHOP)
def active_shops(call: Call) -> dict[str, Any]:
    """The seller's shops that are open."""
    if call.seller.tiktok_shop is None:
        return {"shops": []}
    shop = shops.shop(call.world, call.seller.tiktok_shop)
    if not shop.is_open:
        return {"shops": []}
    call.showed("shops", shop.serial)
    return {"shops": [{"id": ids.text(ids.shop(call.world), shop.serial), "region": shop.region}]}


@serves("get-seller-permissions-202309", family=Family.SHOP)
def permissions(call: Call) -> dict[str, Any]:
    """What a local seller may do beyond the usual: nothing."""
    return {"permissions": []}
