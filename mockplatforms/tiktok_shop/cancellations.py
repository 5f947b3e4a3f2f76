"""Cancellations: an order that its seller cancels, and the buyer's wish to cancel, approved or rejected. Whole orders only, as in Indonesia."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..domain import aftersales, cancellations, once, orders, shipping
from ..domain.errors import OrderState, OrderUnknown, ReturnState
from ..domain.orders import ORDERS, Order, Status
from ..domain.phases import Family, Platform
from ..domain.world import World
from ..gateway.call import Call
from . import ids, paging, reasons
from .catalog import serves, version
from .orders import span
from .paging import Way, Window
from .words import refuse

_S = Platform.TIKTOK_SHOP
REQUEST = "CANCELLATION_REQUEST_"


def own(call: Call, text: object) -> Order:
    """The seller's order of that id. Raises Refusal."""
    try:
        order = orders.find(call.world, ids.order(call.world).read(text), _S)
    except OrderUnknown:
        raise refuse(25007006, f"there is no TikTok Shop order {text}") from None
    if order.seller != call.seller.serial:
        raise refuse(25020005, f"order {text} is another seller's")
    return order


def began(order: Order) -> int:
    """The wire time at which its cancellation began; 0: it has none."""
    return order.cancellation.wire if order.cancellation is not None else 0


def status(order: Order) -> str:
    """How far the cancellation is, as answers spell it."""
    if order.status is Status.CANCELLED:
        return REQUEST + "COMPLETE"
    return REQUEST + ("PENDING" if order.cancel_request == "pending" else "CANCELLED")


@serves("cancel-order-202309", family=Family.AFTERSALE, effect="write")
def cancel(call: Call) -> dict[str, Any]:
    """The seller cancels the whole order."""
    body = call.body
    order = own(call, body["order_id"])
    _whole(call, order)
    reason = body["cancel_reason"]
    if reason not in reasons.EVERY:
        raise refuse(25001014, f"there is no reason {reason!r}: {', '.join(reasons.of_seller_cancel(order.status))}")
    if reason in reasons.OFFLINE:
        raise refuse(25001020, f"{reason!r} was taken from Indonesian sellers: {', '.join(reasons.of_seller_cancel(order.status))}")
    if order.status is Status.CANCELLED:
        raise refuse(25001011, f"order {order.key} is cancelled already")
    if order.status in (Status.COMPLETED, Status.DELIVERED):
        raise refuse(25001051, f"order {order.key} is {order.status}")
    if order.status is Status.IN_TRANSIT or shipping.on_the_road(call.world, order):
        raise refuse(25001045, f"order {order.key} is with the courier, or one of its packages is")
    if reason not in reasons.SELLER_CANCEL_PAID and reason not in reasons.SELLER_CANCEL_UNPAID:
        raise refuse(25001015, f"{reason!r} is no seller's reason to cancel: {', '.join(reasons.of_seller_cancel(order.status))}")
    if reason not in reasons.of_seller_cancel(order.status):
        raise refuse(25001021, f"{reason!r} does not fit an order that is {order.status}: {', '.join(reasons.of_seller_cancel(order.status))}")
    try:
        call.apply(aftersales.cancel_order, order.serial, by="seller", reason=reason)
    except ReturnState as no:
        raise refuse(25001011, str(no)) from None
    return {"cancel_id": ids.text(ids.cancellation(call.world), order.serial), "cancel_status": REQUEST + "SUCCESS"}


def _whole(call: Call, order: Order) -> None:
    """Raises Refusal where a body names some lines of the order only."""
    body, world, named = call.body, call.world, lines_of(call.body)
    every = {str(ids.line(world).wire(unit)) for item in order.items for unit in item.serials}
    bought, counted = Counter[str](), Counter[str]()
    for item in order.items:
        bought[ids.text(ids.sku(world), item.sku)] += item.quantity
    for row in body.get("skus") or []:
        counted[row["sku_id"]] += row["quantity"]
    if (named and set(named) != every) or (counted and counted != bought):
        raise refuse(25005010, "single lines cannot be cancelled in Indonesia: leave skus and lines out")


def lines_of(body: dict[str, Any]) -> list[str]:
    """The lines that a body names, as either version writes them."""
    return body.get("order_line_item_ids") or [row["order_line_item_id"] for row in body.get("order_line_list") or [] if row.get("order_line_item_id")]


def asked(call: Call, text: str) -> Order:
    """The seller's order of that cancellation. Raises Refusal."""
    serial = ids.cancellation(call.world).read(text)
    order = call.world.get(ORDERS, serial) if serial is not None else None
    if order is None or order.platform is not _S or not began(order):
        raise refuse(25007006, f"there is no cancellation {text}")
    if order.seller != call.seller.serial:
        raise refuse(25020005, "that cancellation is another seller's")
    return order


def repeated(call: Call, purpose: str) -> bool:
    """Whether this call was made before under its ``idempotency_key``."""
    key = call.query.get("idempotency_key")
    return bool(key) and once.known(call.world, call.seller.serial, f"{purpose}:{key}")


def kept(call: Call, world: World, purpose: str) -> World:
    key = call.query.get("idempotency_key")
    return once.keep(world, call.seller.serial, f"{purpose}:{key}") if key else world


def _settle(call: Call, outcome: str, wrong: int) -> dict[str, Any]:
    order = asked(call, call.params["cancel_id"])
    purpose = f"cancellation {outcome} {order.serial}"
    if repeated(call, purpose):
        return {}
    if order.status is Status.CANCELLED:
        raise refuse(25020009 if outcome == "accepted" else 25020010, f"order {order.key} is cancelled already")
    if order.cancel_request != "pending":
        raise refuse(wrong, f"the buyer's request is {order.cancel_request or 'not there'}")
    try:
        call.apply(lambda world: kept(call, cancellations.settle_cancel(world, order.serial, outcome), purpose))
    except OrderState as no:
        raise refuse(25001045, str(no)) from None
    return {}


@serves("approve-cancellation-202309", family=Family.AFTERSALE, effect="write")
def approve(call: Call) -> dict[str, Any]:
    """The buyer's wish is granted: the order is cancelled."""
    return _settle(call, "accepted", 25011012)


@serves("reject-cancellation-202309", family=Family.AFTERSALE, effect="write")
def reject(call: Call) -> dict[str, Any]:
    """The buyer's wish is declined, for one of the reasons that Get Reject Reasons lists; the order goes on."""
    reason = call.body["reject_reason"]
    if reason not in reasons.EVERY:
        raise refuse(25001014, f"there is no reason {reason!r}: Get Reject Reasons lists those that are")
    if reason not in reasons.REJECTIONS:
        raise refuse(25001057, f"{reason!r} is no reason to reject anything: Get Reject Reasons lists those that are")
    if reason not in reasons.REJECT_CANCEL:
        raise refuse(25001016, f"{reason!r} does not reject a cancellation: Get Reject Reasons lists those that do")
    return _settle(call, "rejected", 25011011)


# ---- searching -----------------------------------------------------------------------------------------------------------------------------


@serves("search-cancellations-202309", family=Family.AFTERSALE)
def search(call: Call) -> dict[str, Any]:
    """Cancellations that fit the filters, by creation or by update."""
    query, body, world = call.query, call.body, call.world
    sort, descending, owner = query["sort_field"], query["sort_order"] == "DESC", call.seller.serial
    created, updated = span(call, "create_time"), span(call, "update_time")
    ways = [
        Way(Window("cancellations_created", (owner, created[0]), (owner, created[1])), "create_time", frozenset({"create_time"})),
        Way(Window("cancellations_updated", (owner, updated[0]), (owner, updated[1])), "update_time", frozenset({"update_time"})),
    ]
    asked: dict[str, paging.Fits[Order]] = paging.several(
        body,
        ("cancel_ids", ids.cancellation(world).read, lambda order: order.serial),
        ("order_ids", ids.order(world).read, lambda order: order.serial),
        ("buyer_user_ids", ids.user(world).read, lambda order: order.buyer),
        ("cancel_types", str, _type),
        ("cancel_status", _spelt, status),
    )
    if "create_time_ge" in body or "create_time_lt" in body:
        asked["create_time"] = lambda order: created[0] <= began(order) < created[1]
    if "update_time_ge" in body or "update_time_lt" in body:
        asked["update_time"] = lambda order: updated[0] <= order.updated.wire < updated[1]
    filters = paging.bound(owner, "cancellations", sort, descending, sorted(body.items()))
    found = paging.find(call, ORDERS, ways, sort=sort, descending=descending, asked=asked, filters=filters, pin=sort == "update_time", named=_named(call))
    call.showed("orders", *[order.serial for order in found.rows])
    spelt = REQUEST + ("CANCEL" if version(call) >= "202602" else "CANCELLED")  # observed of 202602, documented of 202309
    return {"cancellations": [_view(world, order, spelt) for order in found.rows], "total_count": found.total, "next_page_token": found.token}


def _named(call: Call) -> list[Order] | None:
    """The cancellations that the filters name, by their ids or their orders'; None where they name none."""
    body, world = call.body, call.world
    read = ids.cancellation(world).read if body.get("cancel_ids") else ids.order(world).read
    texts = body.get("cancel_ids") or body.get("order_ids")
    if not texts:
        return None
    rows = [world.get(ORDERS, read(text) or 0) for text in dict.fromkeys(texts)]
    held = [order for order in rows if order is not None and order.platform is Platform.TIKTOK_SHOP and order.seller == call.seller.serial]
    return [order for order in held if order.cancellation is not None]


def _spelt(name: str) -> str:
    """A status as answers spell it; one of the documents' spellings of a filter is shorter."""
    return f"{name}LED" if name.endswith("REQUEST_CANCEL") else name


def _type(order: Order) -> str:
    return "BUYER_CANCEL" if order.wished else "CANCEL"


def role(order: Order) -> str:
    """Whose cancellation it is: the buyer's who asked for it, whoever grants it."""
    return "BUYER" if order.wished else order.cancelled_by.upper()


def money(goods: int, shipping: int = 0, service: int = 0) -> dict[str, str]:
    """A refund in parts; nobody is taxed here."""
    return {
        "currency": "IDR",
        "refund_total": str(goods + shipping + service),
        "refund_subtotal": str(goods),
        "refund_shipping_fee": str(shipping),
        "refund_tax": "0",
        "retail_delivery_fee": "0",
        "buyer_service_fee": str(service),
    }


def all_of(order: Order) -> dict[str, str]:
    """What goes back of an order that is cancelled: everything that was paid, nothing of what would be in cash on delivery."""
    if not order.buyer_paid:
        return money(0)
    return money(order.product_total + order.insurance_fee, order.shipping_fee, order.service_fee)


def _view(world: World, order: Order, spelt: str) -> dict[str, Any]:
    cancel = ids.text(ids.cancellation(world), order.serial)
    wire = ids.line(world).wire
    lines = [
        {
            "cancel_line_item_id": str(ids.cancellation(world).wire(unit)),
            "order_line_item_id": str(wire(unit)),
            "sku_id": ids.text(ids.sku(world), item.sku),
            "sku_name": item.variant or "Default",
            "product_image": {"url": item.image, "width": 200, "height": 200},
            "product_name": item.name,
            "refund_amount": money(item.price if order.buyer_paid else 0),
            **({"seller_sku": item.seller_sku} if item.seller_sku else {}),
        }
        for item in order.items
        for unit in range(item.serial, item.serial + item.quantity)
    ]
    reason, said = reasons.of_cancellation(order)
    state = status(order)
    shown: dict[str, Any] = {
        "cancel_id": cancel,
        "order_id": ids.text(ids.order(world), order.serial),
        "cancel_type": _type(order),
        "cancel_status": spelt if state == REQUEST + "CANCELLED" else state,
        "role": role(order),
        "cancel_reason": reason,
        "cancel_reason_text": said,
        "create_time": began(order),
        "update_time": order.updated.wire,
        "refund_amount": all_of(order),
        "cancel_line_items": lines,
        "should_replenish_stock": order.cancelled is not None and order.paid is not None,
    }
    if order.cancel_request == "pending" and order.cancel_requested is not None:
        shown["seller_next_action_response"] = [{"action": "SELLER_RESPOND_CANCEL", "deadline": order.cancel_requested.wire + world.rules.return_review_hours * 3600}]
    return shown
