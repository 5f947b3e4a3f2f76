"""Couriers: which there are, and which of them a shop offers."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from ..domain.phases import Family
from ..domain.shops import COURIERS, SHOPS, Courier
from ..domain.world import World
from ..gateway.call import Call
from . import asked, ids
from .catalog import CATALOG
from .words import refuse


def _companies(world: World) -> list[tuple[Courier, list[Courier]]]:
    """Each shipping company with its services."""
    rows = world.shelf(COURIERS).page("by_service")
    return [(services[0], services) for _, held in groupby(rows, key=lambda row: row.shipper_id) if (services := list(held))]


def _shop(call: Call) -> None:
    if not asked.text(call, "shop_id"):
        raise refuse("PRD_DLV_016", "the query carries no shop_id")


@CATALOG.endpoint("GET", "/v2/logistic/fs/{fs_id}/info", family=Family.LOGISTICS_READ, effect="read", source="getShipmentInfo")
def shipments(call: Call) -> list[dict[str, Any]]:
    """Every courier and service that there is."""
    _shop(call)
    return [
        {
            "shipper_id": company.shipper_id,
            "shipper_name": company.shipper,
            "logo": f"{call.request.origin}/_mock/images/courier-{company.code}",
            "services": [{"service_id": row.service_id, "service_name": row.service, "service_desc": ""} for row in services],
        }
        for company, services in _companies(call.world)
    ]


@CATALOG.endpoint("GET", "/v1/logistic/fs/{fs_id}/active-info", family=Family.LOGISTICS_READ, effect="read", source="getActiveCourier")
def active(call: Call) -> dict[str, Any]:
    """The couriers that the shop offers; a company all of whose services are off is not available."""
    _shop(call)
    off = set(call.shop.off_services)
    return {
        "Shops": [
            {
                "ShopID": ids.shop(call.world).wire(call.shop.serial),
                "ShipmentInfos": [
                    {
                        "ShipmentID": company.shipper_id,
                        "ShipmentName": company.shipper,
                        "ShipmentCode": company.code,
                        "ShipmentAvailable": int(any(row.serial not in off for row in services)),
                        "ShipmentImage": f"{call.request.origin}/_mock/images/courier-{company.code}",
                        "ShipmentPackages": [
                            {"IsAvailable": int(row.serial not in off), "ProductName": row.service, "ShippingProductID": row.service_id} for row in services
                        ],
                        "AWBStatus": 1,
                    }
                    for company, services in _companies(call.world)
                ],
            }
        ]
    }


@CATALOG.endpoint("POST", "/v2/logistic/fs/{fs_id}/update", family=Family.LOGISTICS_WRITE, effect="write", source="updateShipmentInfo")
def update(call: Call) -> dict[str, Any]:
    """Services on (1) or off (0): ``{"1": {"6": 0}}`` turns JNE YES off; what is left out stays."""
    _shop(call)
    given = asked.fields(call)
    known = {(row.shipper_id, row.service_id): row.serial for row in call.world.shelf(COURIERS).page("by_service")}
    off = set(call.shop.off_services)
    if not given:
        raise refuse("PRD_DLV_020", "the body names no courier")
    for shipper, services in given.items():
        if not isinstance(services, dict):
            raise refuse("PRD_DLV_043", f"{shipper} must map services to 1 or 0")
        for service, on in services.items():
            serial = known.get((asked.whole(shipper) or 0, asked.whole(service) or 0))
            wanted = asked.flag(on)
            if serial is None or wanted is None:
                raise refuse("PRD_DLV_042", f"{shipper}/{service}: {on!r} is no service that can be switched so", service, on, "0 or 1")
            off = off - {serial} if wanted else off | {serial}
    call.apply(lambda world: world.put(SHOPS, call.shop.but(off_services=tuple(sorted(off)))))
    return {"status": "OK", "server_process_time": "0.08", "message_status": ["Berhasil memperbarui layanan kurir"], "data": {"success": True}}
