"""Packages: what the courier takes, arranged one by one or in bulk, with slots, labels and tracking."""

from __future__ import annotations

from typing import Any

from ..domain import orders, packages
from ..domain.errors import Refused
from ..domain.instants import DAY, HOUR
from ..domain.orders import ORDERS, Status
from ..domain.packages import PACKAGES, Package, PackageStatus
from ..domain.phases import Family
from ..domain.products import PRODUCTS
from ..domain.shops import COURIERS, WAREHOUSES
from ..domain.table import TOP
from ..domain.world import World
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from . import ids, order_view, paging, words
from .catalog import serves
from .orders import mine
from .paging import Run, Window
from .words import refuse

JAKARTA = 7 * HOUR
_SORTS = {"create_time": "created", "update_time": "updated", "order_pay_time": "paid"}

# What a parcel's journey says at each step: (text, action code). Codes are inferred.
_JOURNEY: dict[Status, tuple[str, int]] = {
    Status.PAID: ("Pesanan dibayar", 101),
    Status.ARRANGED: ("Penjual telah mengatur pengiriman", 102),
    Status.IN_TRANSIT: ("Paket telah diambil kurir", 301),
    Status.DELIVERED: ("Paket telah diterima", 401),
    Status.COMPLETED: ("Pesanan selesai", 501),
    Status.CANCELLED: ("Pesanan dibatalkan", 901),
}


def own(call: Call, text: object) -> Package:
    """The package of that id, of this seller."""
    package = packages.find(call.world, ids.package(call.world).read(text))
    if package.seller != call.seller.serial:
        raise refuse(21011028, f"package {text} is another seller's")
    return package


@serves("search-package-202309", family=Family.FULFILMENT)
def search(call: Call) -> dict[str, Any]:
    """Packages that are on their way or were, by status and time."""
    query, body, world, workspace = call.query, call.body, call.world, call.workspace
    sort, descending, owner = _SORTS[query["sort_field"]], query["sort_order"] == "DESC", call.seller.serial
    filters = paging.bound(owner, "packages", sort, descending, sorted(body.items()))
    run = paging.decode(query.get("page_token"), filters)
    then = paging.world_of(call, run)
    shelf = then.shelf(PACKAGES)
    status = PackageStatus(body["package_status"]) if body.get("package_status") else None
    created = (body.get("create_time_ge", 0), min(body.get("create_time_lt", TOP), call.now.wire + 1))
    updated = (body.get("update_time_ge", 0), min(body.get("update_time_lt", TOP), call.now.wire + 1))
    main = {"created": created, "updated": updated, "paid": (0, TOP)}[sort]
    if status is not None and sort != "paid":
        window = Window(f"by_status_{sort}", (owner, status, main[0]), (owner, status, main[1]))
    else:
        window = Window(f"by_{sort}", (owner, main[0]), (owner, main[1]))
    rest = [bool(status) and sort == "paid", sort != "created" and ("create_time_ge" in body or "create_time_lt" in body)]
    rest.append(sort != "updated" and ("update_time_ge" in body or "update_time_lt" in body))

    def fits(package: Package) -> bool:
        return (
            (status is None or package.status is status)
            and created[0] <= package.created.wire < created[1]
            and updated[0] <= package.updated.wire < updated[1]
        )

    fit = fits if any(rest) else None
    rows, last = paging.page(shelf, window, run.after, descending=descending, size=query["page_size"], fits=fit)
    token = paging.encode(filters, Run(last, run.revision or (workspace.pin() if sort == "updated" else 0))) if last is not None else ""
    rows = [world.get(PACKAGES, row.serial) or row for row in rows]
    call.showed("packages", *[row.serial for row in rows])
    return {"next_page_token": token, "total_count": paging.total(shelf, window, fit, call), "packages": [_brief(world, row) for row in rows]}


def _brief(world: World, package: Package) -> dict[str, Any]:
    shown = {
        "id": ids.text(ids.package(world), package.serial),
        "orders": _orders(world, package),
        "create_time": package.created.wire,
        "update_time": package.updated.wire,
        "status": str(package.status),
        "order_line_item_ids": [ids.text(ids.line(world), unit) for unit in package.items],
    }
    if package.tracking_number:
        carrier = order_view.courier(world, package.courier)
        shown |= {
            "tracking_number": package.tracking_number,
            "shipping_provider_name": carrier.shipper,
            "shipping_provider_id": ids.text(ids.provider(world), carrier.serial),
        }
    return shown


def _orders(world: World, package: Package) -> list[dict[str, Any]]:
    shown = []
    for serial in package.orders:
        order = orders.find(world, serial)
        inside = [item for item in order.items if item.package == package.serial]
        skus = [
            {"id": ids.text(ids.sku(world), item.sku), "name": item.variant or item.name, "image_url": item.image, "quantity": item.quantity}
            for item in inside
        ]
        shown.append({"id": ids.text(ids.order(world), serial), "skus": skus})
    return shown


@serves("get-package-detail-202309", family=Family.FULFILMENT)
def detail(call: Call) -> dict[str, Any]:
    """One package, with where it comes from and where it goes."""
    world = call.world
    package = own(call, call.params["package_id"])
    order = orders.find(world, package.orders[0])
    carrier = order_view.courier(world, package.courier)
    items = [item for serial in package.orders for item in orders.find(world, serial).items if item.package == package.serial]
    sender = world.get(WAREHOUSES, package.warehouse)
    shown: dict[str, Any] = {
        "package_id": ids.text(ids.package(world), package.serial),
        "orders": _orders(world, package),
        "package_status": str(package.status),
        "has_multi_skus": len(items) > 1,
        "note_tag": "NONE",
        "shipping_type": "SELLER" if package.self_shipped else "TIKTOK",
        "delivery_option_id": ids.text(ids.delivery_option(world), 1),
        "delivery_option_name": "Standard Shipping",
        "create_time": package.created.wire,
        "update_time": package.updated.wire,
        "order_line_item_ids": [ids.text(ids.line(world), unit) for unit in package.items],
        "recipient_address": {key: value for key, value in order_view.address(order.address).items() if key in _BRIEF},
        "weight": {"value": str(sum(item.weight * item.quantity for item in items)), "unit": "GRAM"},
        "dimension": _dimension(world, items[0].product) if items else {"length": "0", "width": "0", "height": "0", "unit": "CM"},
        "warehouse_id": ids.text(ids.warehouse(world), package.warehouse),
    }
    if package.tag:
        shown["split_and_combine_tag"] = package.tag
    if sender is not None:
        shown["sender_address"] = {key: value for key, value in order_view.address(sender.address).items() if key in _BRIEF}
    if package.tracking_number:
        shown |= {
            "tracking_number": package.tracking_number,
            "shipping_provider_name": carrier.shipper,
            "shipping_provider_id": ids.text(ids.provider(world), carrier.serial),
            "handover_method": package.handover,
        }
    if package.pickup_start:
        shown["pickup_slot"] = {"start_time": package.pickup_start, "end_time": package.pickup_end}
    call.showed("packages", package.serial)
    return shown


_BRIEF = frozenset(
    ("full_address", "phone_number", "name", "postal_code", "address_detail", "region_code", "address_line1", "address_line2")
)


def _dimension(world: World, serial: int) -> dict[str, str]:
    product = world.get(PRODUCTS, serial)
    length, width, height = (product.length, product.width, product.height) if product is not None else (0, 0, 0)
    return {"length": str(length), "width": str(width), "height": str(height), "unit": "CM"}


# ---- shipping -------------------------------------------------------------------------------------------------------------------------------


def slots(wire: int) -> list[tuple[int, int]]:
    """When a courier can come: three mornings and afternoons from tomorrow, Jakarta time (inferred)."""
    midnight = (wire + JAKARTA) // DAY * DAY - JAKARTA
    return [(midnight + day * DAY + begin * HOUR, midnight + day * DAY + (begin + 4) * HOUR) for day in (1, 2, 3) for begin in (9, 13)]


@serves("ship-package-202309", family=Family.FULFILMENT, effect="write")
def ship(call: Call) -> dict[str, Any]:
    """Hand a package over: picked up by default, dropped off, or by a courier of the seller's own."""
    package, how = _handover(call, call.world, call.params["package_id"], call.body)
    call.apply(orders.ship, package.serial, **how)
    return {}


@serves("batch-ship-packages-202309", family=Family.FULFILMENT, effect="write")
def batch_ship(call: Call) -> dict[str, Any]:
    """Hand over many; those refused are named, the others go."""

    def one(world: World, row: dict[str, Any]) -> World:
        package, how = _handover(call, world, row["id"], row)
        return orders.ship(world, package.serial, **how)

    rows = call.body["packages"]
    return {"errors": errors(call, "package_id", [row["id"] for row in rows], call.each(rows, one))}


def errors(call: Call, name: str, given: list[str], answers: list[Exception | None]) -> list[dict[str, Any]]:
    """The rows that were refused, as ``errors`` of a bulk write."""
    told = []
    for text, no in zip(given, answers, strict=True):
        if no is None:
            continue
        refusal = no if isinstance(no, Refusal) else words.words(call, no) if isinstance(no, Refused) else None
        assert refusal is not None  # each() notes nothing else
        call.refused.append((str(refusal.code), refusal.words))
        told.append({"code": refusal.code, "message": refusal.message, "detail": {name: text}})
    return told


def _handover(call: Call, world: World, text: str, body: dict[str, Any]) -> tuple[Package, dict[str, Any]]:
    package = own(call, text)
    package = world.get(PACKAGES, package.serial) or package
    for serial in package.orders:
        order = world.get(ORDERS, serial)
        if order is not None and order.cancel_request == "pending":
            raise refuse(21008044, "the buyer has asked to cancel: settle that first")
    if package.status is PackageStatus.CANCELLED:
        raise refuse(21011041, f"package {text} is cancelled")
    how: dict[str, Any] = {"handover": body.get("handover_method", "PICKUP")}
    own_courier = body.get("self_shipment")
    if own_courier:
        provider = ids.provider(world).read(own_courier["shipping_provider_id"])
        if provider is None or world.get(COURIERS, provider) is None:
            raise refuse(21011022, f"shipping provider {own_courier['shipping_provider_id']} is unknown: the delivery option's providers are listed by the logistics API")
        how |= {"tracking": own_courier["tracking_number"], "provider": provider}
    slot = body.get("pickup_slot") or {}
    if slot.get("start_time") and how["handover"] == "PICKUP":
        chosen = (slot["start_time"], slot.get("end_time", 0))
        if chosen not in slots(call.now.wire):
            raise refuse(21011053, f"{chosen} is none of the slots that handover_time_slots offers")
        how["pickup"] = chosen
    return package, how


@serves("get-package-handover-time-slots-202309", family=Family.FULFILMENT)
def time_slots(call: Call) -> dict[str, Any]:
    """When the courier can come for a package. The misspelt ``avaliable`` is the platform's."""
    own(call, call.params["package_id"])
    free = [{"start_time": start, "end_time": end, "avaliable": True} for start, end in slots(call.now.wire)]
    return {"can_pickup": True, "can_drop_off": True, "can_van_collection": False, "drop_off_point_url": f"{call.request.origin}/_mock/documents/drop-off", "pickup_slots": free}


@serves("get-package-shipping-document-202309", family=Family.FULFILMENT)
def document(call: Call) -> dict[str, Any]:
    """The label of a package that was arranged, as an address to fetch it from."""
    package = own(call, call.params["package_id"])
    if package.status is PackageStatus.TO_FULFILL:
        raise refuse(21011003, f"package {call.params['package_id']} has no label before it is shipped (inferred)")
    kind = "zpl" if call.query["document_format"] == "ZPL" else "pdf"
    name = f"{call.workspace.name}/{call.params['package_id']}/{call.query['document_type'].lower()}.{kind}"
    return {"doc_url": f"{call.request.origin}/_mock/documents/{name}", "tracking_number": package.tracking_number}


@serves("get-tracking-202309", family=Family.FULFILMENT)
def tracking(call: Call) -> dict[str, Any]:
    """How far an order has travelled, the latest first."""
    order = mine(call, call.params["order_id"])
    steps = [(step.at.wire, *_JOURNEY[step.status]) for step in order.history if step.status in _JOURNEY]
    return {"tracking": [{"description": text, "update_time_millis": at * 1000, "action_code": code} for at, text, code in reversed(steps)]}
