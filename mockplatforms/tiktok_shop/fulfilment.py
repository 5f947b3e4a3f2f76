"""Packages: what the courier takes, arranged one by one or in bulk, with slots, labels and tracking."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson

from ..domain import aftersales, orders, packages, repacking, shipping
from ..domain.errors import PackageUnknown, Refused
from ..domain.instants import DAY, HOUR, JAKARTA
from ..domain.orders import Item, Order
from ..domain.packages import PACKAGES, Package, PackageStatus
from ..domain.phases import Family
from ..domain.products import PRODUCTS
from ..domain.shops import WAREHOUSES
from ..domain.world import World
from ..gateway.call import Call, Raw
from ..gateway.refusal import Refusal
from . import ids, logistics, order_view, paging, rows, words
from .catalog import serves
from .documents import DROP_OFF_POINTS, Bars
from .orders import mine, span
from .paging import Way, Window
from .words import refuse

# What a client may sort by → the index, what it answers by itself, and whether the order changes while pages are read.
_SORTS: dict[str, tuple[str, frozenset[str]]] = {
    "create_time": ("by_created", frozenset({"create_time"})),
    "update_time": ("by_updated", frozenset({"update_time"})),
    "order_pay_time": ("by_paid", frozenset()),
}
_STATUS_SORTS = {"create_time": "by_status_created", "update_time": "by_status_updated"}


def own(call: Call, text: object, world: World | None = None) -> Package:
    """The package of that id, of this seller. Raises PackageUnknown."""
    then = world or call.world
    serial = ids.package(then).read(text)
    gone = None if serial is None else then.get(PACKAGES, serial)
    if gone is not None and gone.became:
        raise PackageUnknown(f"package {text} is no more: its goods were packed into {', '.join(ids.text(ids.package(then), one) for one in gone.became)}")
    package = packages.find(then, serial)
    if package.seller != call.seller.serial:
        raise PackageUnknown(f"package {text} is another seller's")
    return package


def by_seller(world: World, package: Package) -> bool:
    """The seller ships it, as the buyer chose: the courier of the order tells, the package's own is whom the seller took."""
    return logistics.seller_ships(order_view.courier(world, orders.find(world, package.orders[0]).courier))


# ---- reading -----------------------------------------------------------------------------------------------------------------------------


@serves("search-package-202309", family=Family.FULFILMENT)
def search(call: Call) -> Raw:
    """Packages that are on their way or were, by status and time; those still to be shipped are seen in their orders only (documented)."""
    query, body, owner = call.query, call.body, call.seller.serial
    sort, descending = query["sort_field"], query["sort_order"] == "DESC"
    status = PackageStatus(body["package_status"]) if body.get("package_status") else None
    created, updated = span(call, "create_time"), span(call, "update_time")
    spans = {"create_time": created, "update_time": updated, "order_pay_time": (0, call.now.wire + 1)}
    ways = [Way(Window(name, (owner, spans[by][0]), (owner, spans[by][1])), by, answers) for by, (name, answers) in _SORTS.items()]
    if status is not None:
        for by, name in _STATUS_SORTS.items():
            ways.append(
                Way(Window(name, (owner, status, spans[by][0]), (owner, status, spans[by][1])), by, frozenset({by, "package_status"}))
            )
    asked: dict[str, paging.Fits[Package]] = {}
    if "create_time_ge" in body or "create_time_lt" in body:
        asked["create_time"] = lambda package: created[0] <= package.created.wire < created[1]
    if "update_time_ge" in body or "update_time_lt" in body:
        asked["update_time"] = lambda package: updated[0] <= package.updated.wire < updated[1]
    if status is not None:
        asked["package_status"] = lambda package: package.status is status
    filters = paging.bound(owner, "packages", sort, descending, sorted(body.items()))
    found = paging.find(call, PACKAGES, ways, sort=sort, descending=descending, asked=asked, filters=filters, pin=sort == "update_time")
    call.showed("packages", *[package.serial for package in found.rows])
    of, render = call.workspace.fragments.of, partial(_brief, call.world)
    parts = [b'{"next_page_token":"%s","total_count":%d,"packages":[' % (found.token.encode(), found.total)]
    for package in found.rows:
        parts += (of("tt.package", package, render), b",")
    if found.rows:
        parts.pop()
    return Raw(*parts, b"]}")


def _brief(world: World, package: Package) -> bytes:
    shown = {
        "id": ids.text(ids.package(world), package.serial),
        "orders": _orders(world, package),
        "create_time": package.created.wire,
        "update_time": package.updated.wire,
        "status": str(package.status),
        "tracking_number": package.tracking_number,
        **logistics.carried_by(world, order_view.courier(world, package.courier)),
        "order_line_item_ids": [ids.text(ids.line(world), unit) for unit in package.items],
    }
    return orjson.dumps(shown)


def _orders(world: World, package: Package) -> list[dict[str, Any]]:
    shown = []
    for serial in package.orders:
        skus = [
            {
                "id": ids.text(ids.sku(world), item.sku),
                "name": item.variant or item.name,
                "image_url": item.image,
                "quantity": item.quantity,
            }
            for item in _inside(orders.find(world, serial), package)
        ]
        shown.append({"id": ids.text(ids.order(world), serial), "skus": skus})
    return shown


def _inside(order: Order, package: Package) -> list[Item]:
    """The items of an order that lie in the package."""
    units = frozenset(package.items)
    return [item for item in order.items if item.serial in units]


@serves("get-package-detail-202309", family=Family.FULFILMENT)
def detail(call: Call) -> dict[str, Any]:
    """One package, with where it comes from and where it goes."""
    world = call.world
    try:
        package = own(call, call.params["package_id"])
    except PackageUnknown as no:
        raise refuse(10006402, str(no)) from None
    order = orders.find(world, package.orders[0])
    items = [item for serial in package.orders for item in _inside(orders.find(world, serial), package)]
    insured = sum(orders.find(world, serial).insurance_fee for serial in package.orders)
    own_shipping, option = by_seller(world, package), logistics.option_of(order_view.courier(world, order.courier))
    sender = world.get(WAREHOUSES, package.warehouse)
    shown: dict[str, Any] = {
        "package_id": ids.text(ids.package(world), package.serial),
        "orders": _orders(world, package),
        "package_status": str(package.status),
        "has_multi_skus": len({item.sku for item in items}) > 1,
        "package_sub_status": _sub_status(package),
        "split_and_combine_tag": package.tag or "DEFAULT",
        "note_tag": "BUYER_NOTED" if any(orders.find(world, serial).note for serial in package.orders) else "BUYER_UNNOTED",
        "insurance": {
            "is_purchased": insured > 0,
            "coverage_amount": str(sum(item.price * item.quantity for item in items) if insured else 0),
            "is_claim_eligible": False,
            "claim_status": "NOT_STARTED",
        },
        "biz_extension_tags": [],
        "shipping_type": "SELLER" if own_shipping else "TIKTOK",
        "delivery_option_id": ids.text(ids.delivery_option(world), option),
        "delivery_option_name": logistics.OPTIONS[option].name,
        "tracking_number": package.tracking_number,
        "create_time": package.created.wire,
        "update_time": package.updated.wire,
        "order_line_item_ids": [ids.text(ids.line(world), unit) for unit in package.items],
        "recipient_address": _address(order_view.address(order.address, masked=not own_shipping)),
        "weight": {"value": str(sum(item.weight * item.quantity for item in items)), "unit": "GRAM"},
        "dimension": _dimension(world, items[0].product) if items else _size(0, 0, 0),
        "warehouse_id": ids.text(ids.warehouse(world), package.warehouse),
    }
    if package.collected is not None:
        shown["last_mile_tracking_number"] = package.tracking_number
    if package.failed in _EXCEPTIONS:
        shown["ship_exception_reason"] = _EXCEPTIONS[package.failed]
    if sender is not None:
        shown["sender_address"] = _address(order_view.address(sender.address))
    if package.shipped is not None or not own_shipping:
        shown |= logistics.carried_by(world, order_view.courier(world, package.courier))
    if package.handover:
        shown["handover_method"] = package.handover
    if package.pickup_start:
        shown["pickup_slot"] = {"start_time": package.pickup_start, "end_time": package.pickup_end}
    call.showed("packages", package.serial)
    return shown


# What a client library of 2026 knows besides the status; which of the values stands for what is inferred, their spelling is the platform's.
_SUB_STATUS = {
    PackageStatus.TO_FULFILL: "CREATED",
    PackageStatus.PROCESSING: "RTS",
    PackageStatus.FULFILLING: "TTS",
    PackageStatus.COMPLETED: "DELIVERED",
    PackageStatus.CANCELLED: "CANCELLED",
}
_EXCEPTIONS = {"PACKAGE_LOST": "PACKAGE_LOST", "PACKAGE_DAMAGE": "PACKAGE_DAMAGAED", "BUYER_REFUSED": "RETURNED_TO_SHIPPER"}


def _sub_status(package: Package) -> str:
    return "SHIP_EXCEPTION" if package.failed in _EXCEPTIONS else _SUB_STATUS[package.status]


# The parts of an address that a package shows.
_BRIEF = ("full_address", "phone_number", "name", "postal_code", "address_detail", "region_code", "address_line1", "address_line2")


def _address(whole: Mapping[str, Any]) -> dict[str, Any]:
    return {name: whole[name] for name in _BRIEF}


def _dimension(world: World, serial: int) -> dict[str, str]:
    product = world.get(PRODUCTS, serial)
    return _size(0, 0, 0) if product is None else _size(product.length, product.width, product.height)


def _size(length: int, width: int, height: int) -> dict[str, str]:
    return {"length": str(length), "width": str(width), "height": str(height), "unit": "CM"}


# ---- shipping ----------------------------------------------------------------------------------------------------------------------------

# Why a package in that status can't be shipped: status → (code alone, code in bulk). The codes are those that the two pages list.
_SHIPPED: dict[PackageStatus, tuple[int, int]] = {
    PackageStatus.PROCESSING: (21008099, 21011040),
    PackageStatus.FULFILLING: (21011020, 21011020),
    PackageStatus.COMPLETED: (21011027, 21011027),
    PackageStatus.CANCELLED: (21011041, 21011041),
}
_AFTER_SALE, _NO_SUCH_CARRIER, _USED, _NO_NUMBER = 21011007, 21011022, 21011025, 11028006
_TOO_MANY, _NOT_WITH_OTHERS = 11021018, 11006013
_NUMBER = re.compile(r"[A-Za-z0-9/-]{4,50}")  # what a courier's number looks like (inferred)


@serves("ship-package-202309", family=Family.FULFILMENT, effect="write")
def ship(call: Call) -> dict[str, Any]:
    """Hand a package over. The platform's courier needs to be told nothing; a seller who ships names courier and number."""
    call.apply(_ship, call, call.params["package_id"], call.body, bulk=False)
    return {}


@serves("batch-ship-packages-202309", family=Family.FULFILMENT, effect="write")
def batch_ship(call: Call) -> dict[str, Any]:
    """Hand over many; those refused are named, the others go."""
    rows = call.body["packages"]
    answers = call.each(rows, lambda world, row: _ship(world, call, row["id"], row, bulk=True))
    return {"errors": errors(call, "package_id", [row["id"] for row in rows], answers)}


def _ship(world: World, call: Call, text: str, how: Mapping[str, Any], *, bulk: bool) -> World:
    package = own(call, text, world)
    if package.status in _SHIPPED:
        raise refuse(_SHIPPED[package.status][bulk], f"package {text} is {package.status}: only a package TO_FULFILL can be shipped")
    for serial in package.orders:
        if orders.find(world, serial).cancel_request == "pending":
            raise refuse(_AFTER_SALE, f"the buyer has asked to cancel order {ids.text(ids.order(world), serial)}: settle that first")
    for name, most in repacking.too_much(world, package):
        code = _TOO_MANY if name == repacking.TOTAL else _NOT_WITH_OTHERS
        raise refuse(code, f"package {text} holds more than {most} units{'' if name == repacking.TOTAL else f' of category {name}'}: Split Orders divides it", rule="package_limits")
    given = how.get("self_shipment")
    slot = how.get("pickup_slot") or {}
    pickup = (slot.get("start_time", 0), slot.get("end_time", 0))  # told, but without effect in Indonesia since October 2024 (documented)
    if not by_seller(world, package):
        if given:
            call.notes.append(f"package {text} travels with the platform's courier: self_shipment has no effect (inferred)")
        return shipping.ship(world, package.serial, handover=how.get("handover_method", "PICKUP"), pickup=pickup)
    if not given:
        raise refuse(
            _NO_SUCH_CARRIER, f"package {text} is shipped by the seller: self_shipment must name tracking_number and shipping_provider_id"
        )
    carrier = _carrier(world, given["shipping_provider_id"])
    return shipping.ship(world, package.serial, tracking=_number(world, package, given["tracking_number"]), provider=carrier)


def _number(world: World, package: Package, given: str, *, bad: int = _NO_NUMBER, used: int = _USED) -> str:
    """A courier's number that no other package of the seller has. ``bad`` and ``used``: the codes of those that are none, or another package's."""
    if not _NUMBER.fullmatch(given):
        raise refuse(bad, f"{given[:60]!r} is no courier's number: those have 4 to 50 letters, digits, / and -", rule="tracking_numbers")
    for other in packages.numbered(world, package.seller, given):
        if other.serial != package.serial:
            raise refuse(used, f"{given} is the number of package {ids.text(ids.package(world), other.serial)}")
    return given


def _carrier(world: World, text: str) -> int:
    found = logistics.provider(world, text)
    if found is None or logistics.seller_ships(found):
        raise refuse(_NO_SUCH_CARRIER, f"shipping provider {text} is unknown: Get Shipping Providers lists those of the delivery option")
    return found.serial


def errors(call: Call, name: str, given: list[str], answers: list[Exception | None]) -> list[dict[str, Any]]:
    """The rows that were refused, as ``errors`` of a bulk write."""
    told = []
    for text, no in zip(given, answers, strict=True):
        if no is None:
            continue
        refusal = words.words(call, no) if isinstance(no, Refused) else no
        assert isinstance(refusal, Refusal)  # each() notes nothing else
        call.refused.append((str(refusal.code), refusal.words))
        told.append({"code": refusal.code, "message": refusal.message, "detail": {name: text}})
    return told


def slots(wire: int) -> list[tuple[int, int]]:
    """When a courier can come: three mornings and afternoons from tomorrow, Jakarta time (inferred)."""
    midnight = (wire + JAKARTA) // DAY * DAY - JAKARTA
    return [(midnight + day * DAY + begin * HOUR, midnight + day * DAY + (begin + 4) * HOUR) for day in (1, 2, 3) for begin in (9, 13)]


@serves("get-package-handover-time-slots-202309", family=Family.FULFILMENT)
def time_slots(call: Call) -> dict[str, Any]:
    """When the courier can come for a package. The misspelt ``avaliable`` is the platform's."""
    text = call.params["package_id"]
    try:
        package = own(call, text)
    except PackageUnknown as no:
        raise refuse(paging.INVALID, str(no)) from None
    if by_seller(call.world, package):
        raise refuse(11021009, f"package {text} is shipped by the seller: no courier of the platform comes for it")
    free = [{"start_time": start, "end_time": end, "avaliable": True} for start, end in slots(call.now.wire)]
    points = f"{call.request.origin}/_mock/documents/{call.workspace.name}/{text}/{DROP_OFF_POINTS}-a6.pdf"
    return {"can_pickup": True, "can_drop_off": True, "can_van_collection": False, "drop_off_point_url": points, "pickup_slots": free}


# ---- correcting what was said on shipping ------------------------------------------------------------------------------------------------

_REFUNDED = 25001010
CORRECTED_WITHIN = 72 * HOUR  # documented, as is that it works once
_UNCHANGEABLE: dict[PackageStatus, tuple[int, str]] = {
    PackageStatus.TO_FULFILL: (21011043, "is not shipped yet"),
    PackageStatus.COMPLETED: (21011030, "was delivered"),
    PackageStatus.CANCELLED: (21011042, "is cancelled"),
}


@serves("update-package-shipping-info-202309", family=Family.FULFILMENT, effect="write")
def update_package(call: Call) -> dict[str, Any]:
    """Another courier or number for a package that the seller has shipped: once, within 72 hours."""
    call.apply(_correct, call, own(call, call.params["package_id"]).serial, call.body, late=21011050, again=21011051)
    return {}


@serves("update-package-shipping-info-202610", family=Family.FULFILMENT, effect="write")
def update_package_by_list(call: Call) -> dict[str, Any]:
    """The same with a list of couriers and numbers; a package has one of each, so the first counts (inferred)."""
    first, *others = call.body["shipping_info_list"]
    if others:
        call.inferred("one_tracking_number", f"a package has one tracking number: {len(others)} further ones are left out")
    call.apply(_correct, call, own(call, call.params["package_id"]).serial, first, late=21011050, again=21011051)
    return {}


@serves("update-shipping-info-202309", family=Family.FULFILMENT, effect="write")
def update_order(call: Call) -> dict[str, Any]:
    """The same by the order, where all of it lies in one package."""
    order = mine(call, call.params["order_id"])
    if len(order.packages) != 1:
        raise refuse(10007002, f"order {call.params['order_id']} has {len(order.packages)} packages: this call is for orders with one")
    call.apply(_correct, call, order.packages[0], call.body, late=21011049, again=21011049)
    return {}


def _correct(world: World, call: Call, serial: int, given: dict[str, Any], *, late: int, again: int) -> World:
    package = packages.find(world, serial)
    if not by_seller(world, package):
        raise refuse(21011004, "this package travels with the platform's courier")
    if package.status in _UNCHANGEABLE:
        code, why = _UNCHANGEABLE[package.status]
        raise refuse(code, f"this package {why}")
    asked = _asked_back(world, package)
    if asked - aftersales.OVER:
        raise refuse(_AFTER_SALE, "the buyer asks for money back: settle that first")
    if aftersales.State.COMPLETED in asked:
        raise refuse(_REFUNDED, "money for goods in this package went back to the buyer")
    if package.corrected:
        raise refuse(again, "courier and number of a package can be changed once")
    if package.shipped is not None and world.now.wire > package.shipped.wire + CORRECTED_WITHIN:
        raise refuse(late, "courier and number of a package can be changed within 72 hours of shipping")
    carrier, number = _carrier(world, given["shipping_provider_id"]), _number(world, package, given["tracking_number"], bad=_NO_SUCH_CARRIER, used=_NO_SUCH_CARRIER)
    return shipping.correct_tracking(world, serial, tracking=number, provider=carrier)


def _asked_back(world: World, package: Package) -> set[aftersales.State]:
    """How far the refunds and returns of goods in the package are."""
    inside = frozenset(package.items)
    return {row.state for one in package.orders for row in aftersales.of_order(world, one) if not inside.isdisjoint(row.units)}


# ---- labels ------------------------------------------------------------------------------------------------------------------------------

# When there is no label (documented): only between arranging the shipment and its pick-up.
_NO_LABEL: dict[PackageStatus, tuple[int, str]] = {
    PackageStatus.TO_FULFILL: (21023035, "is not shipped yet"),
    PackageStatus.FULFILLING: (21042102, "was picked up"),
    PackageStatus.COMPLETED: (21042102, "was picked up"),
    PackageStatus.CANCELLED: (21023059, "is cancelled"),
}
_IN_AFTER_SALE = 21021010


@serves("get-package-shipping-document-202309", family=Family.FULFILMENT)
def document(call: Call) -> dict[str, Any]:
    """The label of a package that is arranged, as an address to fetch it from."""
    text, kind = call.params["package_id"], call.query["document_type"]
    package = own(call, text)
    if by_seller(call.world, package):
        raise refuse(21008017, f"package {text} is shipped by the seller")
    if package.status in _NO_LABEL:
        code, why = _NO_LABEL[package.status]
        raise refuse(code, f"package {text} {why}: labels are printed between shipping and pick-up")
    if _asked_back(call.world, package) - aftersales.OVER:
        raise refuse(_IN_AFTER_SALE, f"the buyer asks for money back for goods in package {text}: settle that first", message=rows.messages(_IN_AFTER_SALE)[1])
    if call.query["document_format"] != "PDF":
        call.notes.append("labels in ZPL are for Brazil only (documented): this one is a PDF")
    if kind in ("HAZMAT_LABEL", "INVOICE_LABEL"):
        call.inferred("document_type", f"what a {kind} is in Indonesia is not documented: this one shows what a shipping label does")
    picture = kind == "SHIPPING_LABEL_PICTURE"
    name = f"{kind.lower()}.png" if picture else f"{kind.lower()}-{call.query['document_size'].lower()}.pdf"
    url = f"{call.request.origin}/_mock/documents/{call.workspace.name}/{ids.text(ids.package(call.world), package.serial)}/{name}"
    return {"doc_url": url, "tracking_number": package.tracking_number}


def _labelled(world: World, package_id: str) -> Package | None:
    serial = ids.package(world).read(package_id)
    return None if serial is None else world.get(PACKAGES, serial)


def _drop_off_points(world: World, package: Package) -> list[str]:
    """Where the package can be handed in, line by line. Where it is is inferred."""
    sender = world.get(WAREHOUSES, package.warehouse)
    if sender is None:
        return []
    where = sender.address
    return [f"{order_view.courier(world, package.courier).shipper} {where.district}", f"{where.district}, {where.city}, {where.province}"]


def pages(world: World, package_id: str, paper: str) -> list[list[str]] | None:
    """What stands on the pages of a document of a package, line by line; None when there is no such package."""
    package = _labelled(world, package_id)
    if package is None:
        return None
    title = paper.replace("_", " ").upper().removesuffix(" AND PACKING SLIP")
    if paper == DROP_OFF_POINTS:
        return [[title, "", *_drop_off_points(world, package)]]
    slip = ["PACKING SLIP", "", f"Package {package_id}", *_packed(world, package)]
    if paper == "packing_slip":
        return [slip]
    return [_label(world, package, title), slip] if paper == "shipping_label_and_packing_slip" else [_label(world, package, title)]


def _label(world: World, package: Package, title: str) -> list[str]:
    carrier = order_view.courier(world, package.courier)
    sender = world.get(WAREHOUSES, package.warehouse)
    inside = [orders.find(world, serial) for serial in package.orders]
    cash = sum(one.total for one in inside if one.is_cod and one.packages[0] == package.serial)  # of a split order with its first package (inferred)
    return [
        f"{title}  {carrier.shipper}",
        Bars(package.tracking_number),
        package.tracking_number,
        f"Package {ids.text(ids.package(world), package.serial)}",
        *([f"COD IDR {cash}"] if cash else []),
        "",
        *_addressed("To", order_view.address(inside[0].address, masked=not by_seller(world, package))),
        *(_addressed("From", order_view.address(sender.address)) if sender is not None else []),
        "",
        *_packed(world, package),
    ]


def _addressed(to: str, where: Mapping[str, Any]) -> list[str]:
    return [f"{to}: {where['name']} {where['phone_number']}", where["full_address"]]


def _packed(world: World, package: Package) -> list[str]:
    """Order by order, what lies in the package."""
    lines = []
    for order in (orders.find(world, serial) for serial in package.orders):
        lines.append(f"Order {ids.text(ids.order(world), order.serial)}")
        lines += [f"{item.quantity} x {item.name} {item.variant}".rstrip() + (f" [{item.seller_sku}]" if item.seller_sku else "") for item in _inside(order, package)]
        lines += [f"Note: {order.note}"] if order.note else []
    return lines
