"""Orders and their lines as TikTok Shop prints them: one line for each unit that was bought."""

from __future__ import annotations

from typing import Any

import orjson

from ..domain.instants import HOUR
from ..domain.orders import Item, Order, Status
from ..domain.packages import PACKAGES, Package, PackageStatus
from ..domain.phases import Platform
from ..domain.shops import BUYERS, COURIERS, Address, Courier
from ..domain.world import World
from . import ids, logistics, reasons
from .pictures import NOWHERE

# The neutral status → TikTok Shop's (documented). ON_HOLD is not used in Indonesia (inferred).
STATUS: dict[Status, str] = {
    Status.UNPAID: "UNPAID",
    Status.PAID: "AWAITING_SHIPMENT",
    Status.PARTLY_ARRANGED: "PARTIALLY_SHIPPING",
    Status.ARRANGED: "AWAITING_COLLECTION",
    Status.IN_TRANSIT: "IN_TRANSIT",
    Status.DELIVERED: "DELIVERED",
    Status.COMPLETED: "COMPLETED",
    Status.CANCELLED: "CANCELLED",
}
NEUTRAL = {text: status for status, text in STATUS.items()}
COMMERCE = {Platform.TOKOPEDIA: "TOKOPEDIA", Platform.TIKTOK_SHOP: "TIKTOK_SHOP"}
_INITIATOR = {"buyer": "BUYER", "seller": "SELLER", "system": "SYSTEM"}
_OF_PACKAGE = {
    PackageStatus.TO_FULFILL: Status.PAID,
    PackageStatus.PROCESSING: Status.ARRANGED,
    PackageStatus.FULFILLING: Status.IN_TRANSIT,
    PackageStatus.COMPLETED: Status.DELIVERED,
    PackageStatus.CANCELLED: Status.CANCELLED,
}
_TAG = {"COMBINE": "COMBINED", "SPLIT": "SPLIT"}

def courier(world: World, serial: int) -> Courier:
    found = world.get(COURIERS, serial)
    assert found is not None  # orders and packages name couriers of their world
    return found


def render(world: World, order: Order, *, plain: bool = False) -> bytes:
    """One order as JSON. It follows from the order, and from what changes only together with it: its packages.

    ``plain``: an ordinary order has no type (documented for version 202507).
    """
    shown = view(world, order)
    return orjson.dumps(shown | {"order_type": ""} if plain else shown)


def view(world: World, order: Order) -> dict[str, Any]:
    chosen = courier(world, order.courier)
    by_seller = logistics.seller_ships(chosen)
    option = logistics.option_of(chosen)
    inside = [package for package in (world.get(PACKAGES, serial) for serial in order.packages) if package is not None]
    tag = next((_TAG[package.tag] for package in inside if package.tag), None)
    shown: dict[str, Any] = {
        "id": ids.text(ids.order(world), order.serial),
        "status": STATUS[order.status],
        "commerce_platform": COMMERCE[order.buyer_app],
        "create_time": order.created.wire,
        "update_time": order.updated.wire,
        "user_id": ids.text(ids.user(world), order.buyer),
        **_buyer(world, order),
        "buyer_avatar": f"{NOWHERE}avatar-{order.buyer % 8}.jpg",
        "buyer_message": order.note,
        "seller_note": "",
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "fulfillment_priority_level": logistics.OPTIONS[option].priority,
        "shipping_type": "SELLER" if by_seller else "TIKTOK",
        "delivery_type": "HOME_DELIVERY",
        "delivery_option_id": ids.text(ids.delivery_option(world), option),
        "delivery_option_name": logistics.OPTIONS[option].name,
        "warehouse_id": ids.text(ids.warehouse(world), order.warehouse),
        "is_cod": order.is_cod,
        "is_sample_order": False,
        "is_on_hold_order": False,
        "is_replacement_order": bool(order.replaces),
        "is_subscription_order": False,
        "is_refundable_sample": False,
        "order_type": "NORMAL",
        "is_buyer_request_cancel": order.cancel_request == "pending",
        "has_updated_recipient_address": order.address_changed,
        "tracking_number": order.tracking_number,  # empty until shipped (documented for SEA)
        "payment": payment(order),
        "packages": [{"id": ids.text(ids.package(world), package.serial)} for package in inside],
        **_times(order, option),
        **_cancelled(order, "cancellation_initiator"),
    }
    if order.paid is not None:
        shown["payment_method_name"] = "Bayar di tempat" if order.is_cod else "Virtual Account"
    if order.status is not Status.UNPAID:  # hidden while unpaid (documented)
        shown["recipient_address"] = address(order.address, masked=not by_seller)
    if _has_provider(order, by_seller):
        carrier = logistics.carried_by(world, courier(world, order.provider or order.courier))
        shown |= {"shipping_provider": carrier["shipping_provider_name"], "shipping_provider_id": carrier["shipping_provider_id"]}
    if order.replaces:
        shown["replaced_order_id"] = ids.text(ids.order(world), order.replaces)
    if tag is not None:
        shown["split_or_combine_tag"] = tag
    held = {package.serial: package for package in inside}
    shown["line_items"] = [line for item in order.items for line in _lines(world, order, item, held.get(item.package), by_seller)]
    _share(shown["line_items"], order.service_fee)
    return shown


def _share(lines: list[dict[str, Any]], fee: int) -> None:
    """The buyer's service fee (Indonesia only, documented) in equal shares over the lines, what is left over on the first (inferred)."""
    each, rest = divmod(fee, len(lines)) if lines else (0, 0)
    for line in lines:
        line["buyer_service_fee"] = str(each + rest)
        rest = 0


def _has_provider(order: Order, by_seller: bool) -> bool:
    """Platform shipping names its courier from payment on; a seller names theirs when they ship (inferred)."""
    return order.arranged is not None if by_seller else order.paid is not None


def _buyer(world: World, order: Order) -> dict[str, str]:
    buyer = world.get(BUYERS, order.buyer)
    return {} if buyer is None else {"buyer_email": buyer.email, "buyer_nickname": buyer.name}


def _times(order: Order, option: int) -> dict[str, int]:
    """What has happened when, and by when the next must have; a moment that did not come is left out."""
    happened = {
        "paid_time": order.paid,
        "rts_time": order.arranged,
        "collection_time": order.collected,
        "delivery_time": order.delivered,
        "request_cancel_time": order.cancel_requested,
        "cancel_time": order.cancelled,
    }
    times = {name: at.wire for name, at in happened.items() if at is not None}
    if order.ship_by:
        begin = order.ship_by if order.paid is None else order.paid.wire
        times["recommended_shipping_time"] = (begin + order.ship_by) // 2  # inferred
        collect_by = order.ship_by + logistics.OPTIONS[option].collected * HOUR
        deliver_by = collect_by + logistics.OPTIONS[option].way * HOUR
        times |= {
            "rts_sla_time": order.ship_by,
            "shipping_due_time": order.ship_by,
            "cancel_order_sla_time": order.ship_by,  # the simulator cancels at that moment
            "tts_sla_time": collect_by,
            "collection_due_time": collect_by,
            "delivery_sla_time": deliver_by,
            "delivery_due_time": deliver_by,
        }
    return times


def _cancelled(order: Order, who: str) -> dict[str, str]:
    if order.status is not Status.CANCELLED:
        return {}
    return {"cancel_reason": reasons.of_cancellation(order)[1], who: _INITIATOR.get(order.cancelled_by, "SYSTEM")}


def _lines(world: World, order: Order, item: Item, package: Package | None, by_seller: bool) -> list[dict[str, Any]]:
    line: dict[str, Any] = {
        "product_id": ids.text(ids.product(world), item.product),
        "product_name": item.name,
        "sku_id": ids.text(ids.sku(world), item.sku),
        "sku_name": item.variant or "Default",
        "sku_image": item.image,
        "sku_type": "NORMAL",
        "display_status": _display(order, package),
        "currency": "IDR",
        "original_price": str(item.list_price),
        "sale_price": str(item.price),
        "seller_discount": str(item.list_price - item.sold_for),
        "platform_discount": str(item.subsidy),
        "is_gift": False,
        "is_dangerous_good": False,
        "needs_prescription": False,
        **_cancelled(order, "cancel_user"),
    }
    if item.seller_sku:
        line["seller_sku"] = item.seller_sku
    if package is not None:
        line |= {
            "package_id": ids.text(ids.package(world), package.serial),
            "package_status": str(package.status),
            "tracking_number": package.tracking_number,
        }
        if package.shipped is not None:
            line["rts_time"] = package.shipped.wire
        if _has_provider(order, by_seller):
            line |= logistics.carried_by(world, courier(world, package.courier))
    wire = ids.line(world).wire
    return [{"id": str(wire(unit)), **line} for unit in range(item.serial, item.serial + item.quantity)]


def _display(order: Order, package: Package | None) -> str:
    """The status of a line: that of its own package between payment and completion (documented), else that of the order."""
    return STATUS[order.status if package is None or order.status is Status.COMPLETED else _OF_PACKAGE[package.status]]


def payment(order: Order) -> dict[str, str]:
    """What the buyer pays: sub_total + shipping_fee + fees = total_amount (documented)."""
    goods, listed, subsidy = order.product_total, listed_total(order), subsidies(order)
    return {
        "currency": "IDR",
        "sub_total": str(goods),
        "shipping_fee": str(order.shipping_fee),
        "seller_discount": str(listed - goods - subsidy),
        "platform_discount": str(subsidy),
        "total_amount": str(order.total),
        "original_total_product_price": str(listed),
        "original_shipping_fee": str(order.shipping_fee + order.shipping_subsidy),
        "shipping_fee_seller_discount": "0",
        "shipping_fee_platform_discount": str(order.shipping_subsidy),
        "shipping_fee_cofunded_discount": "0",
        "shipping_fee_tax": "0",
        "product_tax": "0",
        "buyer_service_fee": str(order.service_fee),
        "handling_fee": "0",
        "shipping_insurance_fee": str(order.insurance_fee),
        "item_insurance_fee": "0",
    }


def listed_total(order: Order) -> int:
    """All goods at their prices before discount."""
    return sum(item.list_price * item.quantity for item in order.items)


def subsidies(order: Order) -> int:
    """What the platform pays of the goods' prices."""
    return sum(item.subsidy * item.quantity for item in order.items)


def address(where: Address, *, masked: bool = False) -> dict[str, Any]:
    """A person's address with its levels, from country to district. ``masked``: name and phone as they are shown with platform shipping."""
    name, phone = (_starred(where.name), _short(where.phone)) if masked else (where.name, where.phone)
    first, _, last = name.partition(" ")
    levels = (("Country", "Indonesia"), ("Province", where.province), ("City", where.city), ("District", where.district))
    return {
        "name": name,
        "first_name": first,
        "last_name": last,
        "phone_number": phone,
        "full_address": f"{where.street}, {where.district}, {where.city}, {where.province}, Indonesia, {where.postal}",
        "address_detail": where.street,
        "address_line1": where.street,
        "address_line2": "",
        "address_line3": "",
        "address_line4": "",
        "postal_code": where.postal,
        "region_code": "ID",
        "district_info": [
            {"address_level": f"L{n}", "address_level_name": level, "address_name": text} for n, (level, text) in enumerate(levels)
        ],
    }


def _starred(name: str) -> str:
    """Every word by its first letter (documented that it is masked; how is inferred)."""
    return " ".join(word[0] + "*" * (len(word) - 1) for word in name.split())


def _short(phone: str) -> str:
    bare = phone.removeprefix("62")
    return f"(+62){bare[:3]}{'*' * max(0, len(bare) - 5)}{bare[-2:]}"
