"""Orders and their lines as TikTok Shop prints them."""

from __future__ import annotations

from typing import Any

import orjson

from ..domain.orders import Order, Status
from ..domain.phases import Platform
from ..domain.shops import BUYERS, COURIERS, Address, Courier
from ..domain.world import World
from . import ids

# The neutral status → TikTok Shop's, for the order and for its packages.
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
PACKAGE_STATUS: dict[Status, str] = {
    Status.UNPAID: "TO_FULFILL",
    Status.PAID: "TO_FULFILL",
    Status.PARTLY_ARRANGED: "TO_FULFILL",
    Status.ARRANGED: "PROCESSING",
    Status.IN_TRANSIT: "FULFILLING",
    Status.DELIVERED: "COMPLETED",
    Status.COMPLETED: "COMPLETED",
    Status.CANCELLED: "CANCELLED",
}
NEUTRAL = {text: status for status, text in STATUS.items()}
COMMERCE = {Platform.TOKOPEDIA: "TOKOPEDIA", Platform.TIKTOK_SHOP: "TIKTOK_SHOP"}
_INITIATOR = {"buyer": "BUYER", "seller": "SELLER", "system": "SYSTEM"}


def courier(world: World, serial: int) -> Courier:
    found = world.get(COURIERS, serial)
    assert found is not None  # orders and packages name couriers of their world
    return found


def render(world: World, order: Order) -> bytes:
    """One order as JSON."""
    return orjson.dumps(view(world, order))


def view(world: World, order: Order) -> dict[str, Any]:
    sku_id, product_id, line_id, package_id = ids.sku(world), ids.product(world), ids.line(world), ids.package(world)
    carrier = courier(world, order.provider or order.courier)
    provider = ids.text(ids.provider(world), carrier.serial)
    status = STATUS[order.status]
    package_status = PACKAGE_STATUS[order.status]
    arranged = order.arranged is not None
    shared: dict[str, Any] = {"currency": "IDR", "display_status": status, "is_gift": False, "is_dangerous_good": False, "sku_type": "NORMAL"}
    if order.paid is not None:
        shared["package_status"] = package_status
    if arranged:
        shared |= {"shipping_provider_id": provider, "shipping_provider_name": carrier.shipper, "tracking_number": order.tracking_number, "rts_time": _wire(order.arranged)}
    if order.cancelled is not None:
        shared |= {"cancel_reason": order.cancel_reason, "cancel_user": _INITIATOR.get(order.cancelled_by, "SYSTEM")}
    lines = []
    for item in order.items:
        one = {
            **shared,
            "product_id": ids.text(product_id, item.product),
            "sku_id": ids.text(sku_id, item.sku),
            "product_name": item.name,
            "sku_name": item.variant,
            "seller_sku": item.seller_sku,
            "sku_image": item.image,
            "sale_price": str(item.price),
            "original_price": str(item.list_price),
            "platform_discount": "0",
            "seller_discount": str(item.list_price - item.price),
        }
        if item.package:
            one["package_id"] = ids.text(package_id, item.package)
        lines += [{"id": ids.text(line_id, item.serial + unit), **one} for unit in range(item.quantity)]
    shown: dict[str, Any] = {
        "id": ids.text(ids.order(world), order.serial),
        "status": status,
        "commerce_platform": COMMERCE[order.buyer_app],
        "order_type": "NORMAL",
        "create_time": order.created.wire,
        "update_time": order.updated.wire,
        "user_id": ids.text(ids.user(world), order.buyer),
        "buyer_email": _buyer_mail(world, order),
        "buyer_message": order.note,
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": "TIKTOK",
        "delivery_type": "HOME_DELIVERY",
        "delivery_option_id": ids.text(ids.delivery_option(world), 1),
        "delivery_option_name": "Standard Shipping",
        "warehouse_id": ids.text(ids.warehouse(world), order.warehouse),
        "is_cod": order.is_cod,
        "is_sample_order": False,
        "is_on_hold_order": False,
        "is_replacement_order": False,
        "is_buyer_request_cancel": order.cancel_request == "pending",
        "has_updated_recipient_address": order.address_changed,
        "payment_method_name": "Bayar di tempat" if order.is_cod else "Virtual Account",
        "payment": _payment(order),
        "recipient_address": address(order.address),
        "packages": [{"id": ids.text(package_id, serial)} for serial in order.packages],
        "line_items": lines,
    }
    if order.paid is not None:
        shown["paid_time"] = order.paid.wire
        shown["rts_sla_time"] = shown["shipping_due_time"] = order.ship_by
        shown["tts_sla_time"] = shown["collection_due_time"] = order.ship_by + 86400
        shown["cancel_order_sla_time"] = order.ship_by + 5 * 86400
        shown["delivery_sla_time"] = shown["delivery_due_time"] = order.ship_by + 7 * 86400
    if arranged:
        shown |= {"rts_time": _wire(order.arranged), "tracking_number": order.tracking_number, "shipping_provider": carrier.shipper, "shipping_provider_id": provider}
    if order.collected is not None:
        shown["collection_time"] = order.collected.wire
    if order.delivered is not None:
        shown["delivery_time"] = order.delivered.wire
    if order.cancel_requested is not None:
        shown["request_cancel_time"] = order.cancel_requested.wire
    if order.cancelled is not None:
        shown |= {"cancel_time": order.cancelled.wire, "cancel_reason": order.cancel_reason, "cancellation_initiator": _INITIATOR.get(order.cancelled_by, "SYSTEM")}
    return shown


def _wire(at: Any) -> int:
    wire: int = at.wire
    return wire


def _buyer_mail(world: World, order: Order) -> str:
    buyer = world.get(BUYERS, order.buyer)
    return buyer.email if buyer is not None else ""


def _payment(order: Order) -> dict[str, str]:
    goods, listed = order.product_total, sum(item.list_price * item.quantity for item in order.items)
    return {
        "currency": "IDR",
        "sub_total": str(goods),
        "shipping_fee": str(order.shipping_fee),
        "original_shipping_fee": str(order.shipping_fee),
        "shipping_fee_seller_discount": "0",
        "shipping_fee_platform_discount": "0",
        "seller_discount": str(listed - goods),
        "platform_discount": "0",
        "original_total_product_price": str(listed),
        "buyer_service_fee": str(order.service_fee),
        "handling_fee": "0",
        "shipping_insurance_fee": str(order.insurance_fee),
        "product_tax": "0",
        "total_amount": str(order.total),
    }


def address(where: Address) -> dict[str, Any]:
    """A person's address with its levels, from country to district."""
    first, _, last = where.name.partition(" ")
    return {
        "name": where.name,
        "first_name": first,
        "last_name": last,
        "phone_number": where.phone,
        "full_address": f"Indonesia, {where.province}, {where.city}, {where.district}, {where.street}",
        "address_detail": where.street,
        "address_line1": where.street,
        "address_line2": "",
        "address_line3": "",
        "address_line4": "",
        "postal_code": where.postal,
        "region_code": "ID",
        "district_info": [
            {"address_level": f"L{level}", "address_level_name": name, "address_name": text}
            for level, (name, text) in enumerate(
                (("Country", "Indonesia"), ("Province", where.province), ("City", where.city), ("District", where.district))
            )
        ],
    }
