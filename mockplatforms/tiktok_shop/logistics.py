"""Warehouses, delivery options and shipping providers."""

from __future__ import annotations

from typing import Any

from ..domain import shops
from ..domain.phases import Family, Platform
from ..domain.shops import COURIERS, Courier
from ..gateway.call import Call
from . import ids
from .catalog import serves
from .words import refuse

# Delivery options by number: (name, description). Inferred from the order samples.
OPTIONS: dict[int, tuple[str, str]] = {1: ("Standard Shipping", "Reguler, 2 sampai 5 hari"), 2: ("Instant Shipping", "Sampai di hari yang sama")}
UNKNOWN = 21001001


@serves("get-warehouse-list-202309", family=Family.LOGISTICS_READ)
def warehouses(call: Call) -> dict[str, Any]:
    """The seller's warehouses, the default one first; Tokopedia's are among them since the merge."""
    world = call.world
    rows = shops.warehouses(world, call.seller.serial, Platform.TIKTOK_SHOP)
    shown = []
    for row in rows:
        where = row.address
        shown.append(
            {
                "id": ids.text(ids.warehouse(world), row.serial),
                "name": row.name,
                "effect_status": "ENABLED" if row.enabled else "DISABLED",
                "type": "SALES_WAREHOUSE",
                "sub_type": "LOCAL_WAREHOUSE",
                "is_default": row.serial == rows[0].serial,
                "address": {
                    "region": "Indonesia",
                    "region_code": "ID",
                    "state": where.province,
                    "city": where.city,
                    "distict": where.district,
                    "town": where.district,
                    "contact_person": where.name,
                    "phone_number": where.phone,
                    "postal_code": where.postal,
                    "full_address": f"{where.street}, {where.district}, {where.city}, {where.province}, {where.postal}",
                    "address_line1": where.street,
                    "address_line2": "",
                    "geolocation": {"latitude": where.latitude, "longitude": where.longitude},
                },
            }
        )
    return {"warehouses": shown}


@serves("get-warehouse-delivery-options-202309", family=Family.LOGISTICS_READ)
def delivery_options(call: Call) -> dict[str, Any]:
    """How goods can leave a warehouse."""
    world = call.world
    serial = ids.warehouse(world).read(call.params["warehouse_id"])
    if serial not in [row.serial for row in shops.warehouses(world, call.seller.serial, Platform.TIKTOK_SHOP)]:
        raise refuse(12052097, f"warehouse {call.params['warehouse_id']} is none of this shop's")
    return {
        "delivery_options": [
            {
                "id": ids.text(ids.delivery_option(world), number),
                "name": name,
                "type": "STANDARD",
                "description": description,
                "dimension_limit": {"max_height": 100, "max_length": 100, "max_width": 100, "unit": "CM"},
                "weight_limit": {"max_weight": 50000, "min_weight": 1, "unit": "GRAM"},
                "platform": ["TIKTOK_SHOP", "TOKOPEDIA"] if call.seller.completed is not None else ["TIKTOK_SHOP"],
            }
            for number, (name, description) in OPTIONS.items()
        ]
    }


@serves("get-shipping-providers-202309", family=Family.LOGISTICS_READ)
def providers(call: Call) -> dict[str, Any]:
    """Who carries by that delivery option."""
    world = call.world
    if ids.delivery_option(world).read(call.params["delivery_option_id"]) not in OPTIONS:
        raise refuse(UNKNOWN, f"delivery option {call.params['delivery_option_id']} is unknown: a warehouse's options are listed by the logistics API")
    rows: dict[str, Courier] = {}
    for courier in world.shelf(COURIERS).page("by_service"):
        rows.setdefault(courier.shipper, courier)
    return {"shipping_providers": [{"id": ids.text(ids.provider(world), row.serial), "name": row.shipper} for row in rows.values()]}
