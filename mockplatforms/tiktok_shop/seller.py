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


@serves("get-shop-group-and-related-shops-202601", family=Family.SHOP)
def shop_group(call: Call) -> dict[str, Any]:
    """The shops beside the seller's own: an Indonesian seller is in no group (only one of the USA and Mexico is documented)."""
    owner = call.seller
    if owner.tiktok_shop is None:
        return {"shop_group_data": {"shops": []}}
    world = call.world
    shop = shops.shop(world, owner.tiktok_shop)
    call.showed("shops", shop.serial)
    told = {"shop_id": ids.text(ids.shop(world), shop.serial), "seller_id": ids.text(ids.user(world), owner.serial), "shop_name": shop.name, "shop_region": shop.region}
    return {"shop_group_data": {"shops": [told]}}
