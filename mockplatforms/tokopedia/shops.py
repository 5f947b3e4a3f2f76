"""Get Shop Info, with the block that tells a finished merge."""

from __future__ import annotations

import time
from typing import Any

from ..domain import shops
from ..domain.phases import Family, Platform
from ..domain.shops import Seller, Shop
from ..gateway.call import Call
from . import asked, ids
from .catalog import CATALOG
from .envelope import Form

_T = Platform.TOKOPEDIA


@CATALOG.endpoint("GET", "/v1/shop/fs/{fs_id}/shop-info", family=Family.SHOP, effect="read", source="getShopInfo")
def shop_info(call: Call) -> Form:
    """The shops of the app, or one of them; ``tts_integration_completed`` is there once a shop has merged, and not before."""
    world = call.world
    if asked.text(call, "shop_id"):
        chosen = [call.seller]
    else:
        size = max(1, min(50, asked.number(call, "per_page", default=50)))
        start = (max(1, asked.number(call, "page", default=1)) - 1) * size
        chosen = [owner for owner in shops.sellers(world) if owner.tokopedia is not None][start : start + size]
    rows = [(owner, shops.shop(world, owner.tokopedia)) for owner in chosen]
    call.showed("shops", *[shop.serial for _, shop in rows])
    return Form("int", [_view(call, owner, shop) for owner, shop in rows], "Successfully get retrieved shop info data")


def _view(call: Call, owner: Seller, shop: Shop) -> dict[str, Any]:
    from ..tiktok_shop import ids as tiktok_ids

    world = call.world
    shop_id = ids.shop(world).wire(shop.serial)
    opened = time.strftime("%Y-%m-%d", time.gmtime(shop.opened.wire)) if shop.opened is not None else ""
    places = shops.warehouses(world, owner.serial, _T)
    where = places[0].address if places else None
    shown: dict[str, Any] = {
        "shop_id": shop_id,
        "user_id": ids.user(world).wire(shop.owner),
        "shop_name": shop.name,
        "logo": f"{call.request.origin}/_mock/images/logo-{shop_id}",
        "shop_url": f"https://www.tokopedia.com/{shop.domain}",
        "is_open": int(shop.is_open),
        "status": 1 if shop.is_open else 2,
        "date_shop_created": opened,
        "domain": shop.domain,
        "admin_id": [],
        "reason": "",
        "district_id": where.district_id if where is not None else 0,
        "province_name": where.province if where is not None else "",
        "warehouses": [
            {
                "warehouse_id": ids.warehouse(world).wire(place.serial),
                "partner_id": {"Int64": 0, "Valid": False},
                "shop_id": {"Int64": shop_id, "Valid": True},
                "warehouse_name": place.name,
                "district_id": place.address.district_id,
                "district_name": place.address.district,
                "city_id": place.address.city_id,
                "city_name": place.address.city,
                "province_id": place.address.province_id,
                "province_name": place.address.province,
                "status": 1,
                "postal_code": place.address.postal,
                "is_default": int(place.serial == places[0].serial),
                "latlon": f"{place.address.latitude},{place.address.longitude}",
                "latitude": place.address.latitude,
                "longitude": place.address.longitude,
                "email": "",
                "address_detail": place.address.street,
                "country_name": "Indonesia",
                "is_fulfillment": False,
            }
            for place in places
        ],
        "subscribe_tokocabang": False,
        "is_mitra": False,
    }
    if owner.completed is not None and owner.tiktok_shop is not None:
        shown["tts_shop_id"] = str(tiktok_ids.shop(world).wire(owner.tiktok_shop))
        shown["tts_integration_completed"] = {
            "toko_shop_id": shop_id,
            "tts_seller_id": tiktok_ids.user(world).wire(owner.serial),
            "completed_time": owner.completed.wire,
        }
    return shown
