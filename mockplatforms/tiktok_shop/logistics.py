"""Warehouses, delivery options and shipping providers: where goods lie, how they can travel and who carries them."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from ..domain import migration
from ..domain.errors import WarehouseUnknown
from ..domain.phases import Family
from ..domain.shops import COURIERS, WAREHOUSES, Courier, Warehouse
from ..domain.world import World
from ..gateway.call import Call, Raw
from . import ids
from .catalog import serves
from .words import refuse


class Option(NamedTuple):
    """A way to travel. ``priority``: TikTok Shop's fulfilment priority level (documented); ``days``: longest way (inferred)."""

    name: str
    type: str
    description: str
    priority: int
    days: int


STANDARD, INSTANT, ECONOMY, EXPRESS, BY_SELLER, SAME_DAY, CARGO = range(1, 8)

# Delivery options by number. Types and the names of three are documented; which there are in Indonesia, and the texts, are inferred.
OPTIONS: dict[int, Option] = {
    STANDARD: Option("Standard Shipping", "STANDARD", "Reguler, 2 sampai 5 hari", 600, 5),
    INSTANT: Option("Instant Shipping", "EXPRESS", "Instan, hitungan jam", 100, 1),
    ECONOMY: Option("Economy Shipping", "ECONOMY", "Ekonomi, 3 sampai 8 hari", 700, 8),
    EXPRESS: Option("Express Shipping", "EXPRESS", "Ekspres, besok sampai", 400, 2),
    BY_SELLER: Option("Shipped by Seller", "SEND_BY_SELLER", "Dikirim oleh penjual", 600, 7),
    SAME_DAY: Option("Same Day Shipping", "EXPRESS", "Sampai di hari yang sama", 300, 1),
    CARGO: Option("Cargo Shipping", "ECONOMY", "Kargo, 5 sampai 10 hari", 800, 10),
}

# What a courier's service is called → the option under which TikTok Shop offers it (inferred); all others are standard.
_SERVICES = {
    "instant": INSTANT,
    "instant courier": INSTANT,
    "same day": SAME_DAY,
    "next day": EXPRESS,
    "yes": EXPRESS,
    "best": EXPRESS,
    "over night service": EXPRESS,
    "oke": ECONOMY,
    "gokil": CARGO,
}
_CUSTOM = 999  # the courier number of sellers' own logistics


def option_of(courier: Courier) -> int:
    """The number of the delivery option that this service belongs to."""
    return BY_SELLER if courier.shipper_id == _CUSTOM else _SERVICES.get(courier.service.lower(), STANDARD)


def seller_ships(courier: Courier) -> bool:
    """The seller takes the parcel to a courier of their own choice: shipping type SELLER."""
    return courier.shipper_id == _CUSTOM


def company(world: World, courier: Courier) -> Courier:
    """The service that stands for the whole shipping company: its serial makes the provider's id."""
    return world.shelf(COURIERS).first("by_service", (courier.shipper_id,)) or courier


def carried_by(world: World, courier: Courier) -> dict[str, str]:
    """A shipping provider as orders and packages name it."""
    return {
        "shipping_provider_id": ids.text(ids.provider(world), company(world, courier).serial),
        "shipping_provider_name": courier.shipper,
    }


def provider(world: World, text: object) -> Courier | None:
    """The shipping company behind a provider id, None when there is none."""
    serial = ids.provider(world).read(text)
    found = None if serial is None else world.get(COURIERS, serial)
    return found if found is not None and company(world, found) is found else None


def _mine(call: Call) -> list[Warehouse]:
    rows = call.world.shelf(WAREHOUSES).page("by_seller", (call.seller.serial,), (call.seller.serial + 1,))
    return [row for row in rows if row.tiktok_shop]


@serves("get-warehouse-list-202309", family=Family.LOGISTICS_READ)
def warehouses(call: Call) -> Raw:
    """The seller's warehouses, the default one first; Tokopedia's are among them since the merge."""
    rows = _mine(call)
    default = next((row.serial for row in rows if row.kind == "sales"), None)
    call.showed("warehouses", *[row.serial for row in rows])
    fragments = call.workspace.fragments
    told = []
    for row in rows:
        if row.serial == default or (row.is_default and row.kind != "sales"):
            told.append(fragments.of("tts.warehouse.default", row, lambda one: orjson.dumps(_warehouse(call.world, one, is_default=True))))
        else:
            told.append(fragments.of("tts.warehouse", row, lambda one: orjson.dumps(_warehouse(call.world, one, is_default=False))))
    return Raw(b'{"warehouses":[', b",".join(told), b"]}")


def _warehouse(world: World, row: Warehouse, *, is_default: bool) -> dict[str, Any]:
    where = row.address
    wire = ids.text(ids.warehouse(world), row.serial)
    return {
        "id": wire,
        "entity_id": wire,
        "name": row.name,
        "effect_status": "ENABLED" if row.enabled else "DISABLED",
        "type": "RETURN_WAREHOUSE" if row.kind == "return" else "SALES_WAREHOUSE",
        "sub_type": "DOMESTIC_WAREHOUSE",
        "is_default": is_default,
        "address": {
            "region": "Indonesia",
            "region_code": "ID",
            "state": where.province,
            "city": where.city,
            "distict": where.district,  # the platform spells it so
            "town": "",
            "contact_person": where.name,
            "phone_number": where.phone,
            "postal_code": where.postal,
            "full_address": f"{where.street}, {where.district}, {where.city}, {where.province}, {where.postal}",
            "address_line1": where.street,
            "address_line2": "",
            "geolocation": {"latitude": where.latitude, "longitude": where.longitude},
        },
    }


@serves("get-warehouse-delivery-options-202309", family=Family.LOGISTICS_READ)
def delivery_options(call: Call) -> dict[str, Any]:
    """How goods can leave a warehouse."""
    world = call.world
    serial = ids.warehouse(world).read(call.params["warehouse_id"])
    if serial not in [row.serial for row in _mine(call)]:
        raise WarehouseUnknown(f"warehouse {call.params['warehouse_id']} is none of this shop's")
    options = ids.delivery_option(world)
    brief = [{"id": ids.text(options, number), "name": option.name} for number, option in OPTIONS.items()]
    if call.query["scope"] == "PRODUCT":
        return {"delivery_options": brief}
    platforms = ["TIKTOK_SHOP", "TOKOPEDIA"] if migration.merged(call.seller) else ["TIKTOK_SHOP"]
    return {
        "delivery_options": [
            {
                **names,
                "type": option.type,
                "description": option.description,
                "dimension_limit": {"max_height": 100, "max_length": 100, "max_width": 100, "unit": "CM"},
                "weight_limit": {"max_weight": 50000, "min_weight": 1, "unit": "GRAM"},
                "platform": platforms,
            }
            for names, option in zip(brief, OPTIONS.values(), strict=True)
        ]
    }


@serves("get-shipping-providers-202309", family=Family.LOGISTICS_READ)
def providers(call: Call) -> dict[str, Any]:
    """The couriers among whom a seller may choose who ships by themselves."""
    world = call.world
    number = ids.delivery_option(world).read(call.params["delivery_option_id"])
    if number not in OPTIONS:
        raise refuse(
            21008116,
            f"delivery option {call.params['delivery_option_id']} is unknown: a warehouse's delivery options are listed by the logistics API",
        )
    if number != BY_SELLER:
        raise refuse(21008117, f"{OPTIONS[number].name} is run by the platform: only {OPTIONS[BY_SELLER].name} has providers to choose")
    rows: dict[int, Courier] = {}
    for courier in world.shelf(COURIERS).page("by_service"):
        rows.setdefault(courier.shipper_id, courier)
    return {
        "shipping_providers": [
            {"id": ids.text(ids.provider(world), row.serial), "name": row.shipper} for row in rows.values() if not seller_ships(row)
        ]
    }
