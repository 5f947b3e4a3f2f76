"""Why orders are cancelled, refunded and sent back in Indonesia: the platform's names (documented), with texts of our own."""

from __future__ import annotations

from ..domain.aftersales import Kind, Return, State
from ..domain.orders import Order, Status

# Who may give it, and in which statuses of the order → names.
SELLER_CANCEL_UNPAID = {
    "seller_cancel_unpaid_reason_out_of_stock": "Out of stock",
    "seller_cancel_unpaid_reason_wrong_price": "Pricing error",
    "seller_cancel_unpaid_reason_buyer_hasnt_paid_within_time_allowed": "Buyer did not pay in time",
}
SELLER_CANCEL_PAID = {
    "seller_cancel_reason_out_of_stock": "Out of stock",
    "seller_cancel_reason_wrong_price": "Pricing error",
}
# Known, but taken from Indonesian sellers (on 2025-08-31).
OFFLINE = {"seller_cancel_paid_reason_address_not_deliver": "Cannot deliver to the buyer's address"}
_TO_SHIP = "ecom_order_to_ship_canceled_reason_"
BUYER_CANCEL = {
    _TO_SHIP + "change_payment_method": "Want to change the payment method",
    _TO_SHIP + "discount_not_expected": "Discount not as expected",
    _TO_SHIP + "created_by_mistakes": "Ordered by mistake",
    _TO_SHIP + "high_delivery_costs": "Delivery costs too high",
    _TO_SHIP + "better_price": "Found a better price",
    _TO_SHIP + "wrong_delivery_info": "Wrong delivery information",
    _TO_SHIP + "not_shipped_on_time": "Not shipped on time",
}
_UNPAID = "ecom_order_unpaid_canceled_reason_"
BUYER_CANCEL_UNPAID = {
    _UNPAID + "payment_method_not_available": "The payment method is not available",
    _UNPAID + "wrong_delivery_info": "Wrong delivery information",
    _UNPAID + "created_by_mistakes": "Ordered by mistake",
    _UNPAID + "better_price": "Found a better price",
    _UNPAID + "no_longer_needed": "No longer needed",
    _UNPAID + "other": "Other",
    "buyer_cancel_need_to_input/change_coupon_code": "Need to enter or change a coupon code",
    "buyer_cancel_wrong_item_variation_(colour,_size,_etc.)": "Wrong variation",
}
SYSTEM_CANCEL = {
    "system_cancel_unpaid_time_out": "Not paid in time",
    "system_cancel_order_reason_shipping_timeout": "Not shipped in time",
    "system_cancel_order_untracked": "Not scanned by the courier in time",
    "platform_cancel": "Cancelled by the platform",
    "package_lost": "The parcel was lost",
    "package_damaged": "The parcel was damaged",
    "returned_to_shipper_refused": "The buyer refused the parcel",
}
_DELIVERED = "ecom_order_delivered_refund_reason_"
BUYER_REFUND_UNDELIVERED = {"ecom_order_shipped_refund_reason_not_arrive_on_time": "Has not arrived on time"}
BUYER_REFUND = {
    **{
        _DELIVERED + name: text
        for name, text in (
            ("not_received", "Not received"),
            ("not_match", "Does not match the description"),
            ("missing_product", "Something is missing"),
            ("damaged", "Damaged"),
            ("defective", "Defective"),
            ("wrong_product", "Wrong product"),
            ("missed_delivery_date", "Arrived too late"),
            ("other", "Other"),
        )
    },
    "buyer_refund_suspected_counterfeit": "Suspected counterfeit",
}
_BACK = "ecom_order_delivered_refund_and_return_reason_"
BUYER_RETURN = {
    _BACK + "not_match_description": "Does not match the description",
    _BACK + "damaged": "Damaged",
    _BACK + "defective": "Defective",
    _BACK + "wrong_product": "Wrong product",
    _BACK + "missed_delivery": "Arrived too late",
    "buyer_return_and_refund_suspected_counterfeit": "Suspected counterfeit",
}
SELLER_REFUND = {_DELIVERED + "missing_product_seller": "Something is missing"}
SELLER_RETURN = {_BACK + "wrong_product_seller": "Wrong product"}
_RESPOND = "order_manage_list_action_respond_popup_reject_reason_"
REJECT_CANCEL = {
    _RESPOND + "invalid_cancellation_reason": "The reason is not valid",
    _RESPOND + "delivered": "The parcel is on its way",
    _RESPOND + "buyer_agree": "Agreed with the buyer",
    "seller_reject_apply_product_has_been_packed": "The product has been packed",
    "system_cancel_failed_due_to_tts": "The parcel is with the courier",
}
REJECT_REQUEST = {
    **{f"reverse_reject_request_reason_{n}": text for n, text in enumerate(("Agreed with the buyer", "No evidence", "Not the goods sold", "Used by the buyer", "Past the deadline"), start=1)},
    "seller_reject_apply_unable_to_change_address": "The address cannot be changed",
    "seller_reject_apply_need_to_apply_for_refund&return": "A refund alone is not possible: send the goods back",
    "seller_reject_apply_item_is_correct": "The item is correct",
    "seller_reject_apply_reason_is_unclear_or_lack_of_evidence": "The reason is unclear or evidence is missing",
    "seller_reject_apply_products_will_be_sent_separately": "Products are sent separately",
    "seller_reject_apply_package_has_not_exceeded_estimated_delivery_time": "The parcel is not late yet",
}
REJECT_PARCEL = {
    **{f"reverse_reject_return_parcel_reason_{n}": text for n, text in enumerate(("Not received", "Wrong item returned", "Damaged by the buyer", "Incomplete", "Used"), start=1)},
    "seller_reject_apply_you_have_reached_an_agreement_with_the_buyer": "Agreed with the buyer",
}

EVERY: dict[str, str] = {
    **SELLER_CANCEL_UNPAID,
    **SELLER_CANCEL_PAID,
    **OFFLINE,
    **BUYER_CANCEL,
    **BUYER_CANCEL_UNPAID,
    **SYSTEM_CANCEL,
    **BUYER_REFUND_UNDELIVERED,
    **BUYER_REFUND,
    **BUYER_RETURN,
    **SELLER_REFUND,
    **SELLER_RETURN,
    **REJECT_CANCEL,
    **REJECT_REQUEST,
    **REJECT_PARCEL,
}


REJECTIONS = frozenset([*REJECT_CANCEL, *REJECT_REQUEST, *REJECT_PARCEL])
_WORDS = {"not paid in time": "system_cancel_unpaid_time_out", "not shipped in time": "system_cancel_order_reason_shipping_timeout"}


def text(name: str) -> str:
    return EVERY.get(name, name)


def of_cancellation(order: Order) -> tuple[str, str]:
    """Name and text of why an order is cancelled; what people say in their own words has the nearest name."""
    said = order.cancel_reason
    if said in EVERY:
        return said, EVERY[said]
    if said in _WORDS:
        return _WORDS[said], EVERY[_WORDS[said]]
    if order.cancel_requested is not None:
        return _TO_SHIP + "created_by_mistakes", said
    named = {"buyer": _UNPAID + "no_longer_needed", "seller": next(iter(of_seller_cancel(Status.UNPAID if order.paid is None else Status.PAID)))}
    return named.get(order.cancelled_by, "platform_cancel"), said


def of_seller_cancel(status: Status) -> dict[str, str]:
    """What a seller may give for cancelling an order that stands so."""
    return SELLER_CANCEL_UNPAID if status is Status.UNPAID else SELLER_CANCEL_PAID


def of_buyer_cancel(status: Status) -> dict[str, str]:
    return BUYER_CANCEL_UNPAID if status is Status.UNPAID else BUYER_CANCEL


def of_seller(kind: Kind) -> dict[str, str]:
    return SELLER_REFUND if kind is Kind.REFUND else SELLER_RETURN


def of_buyer(kind: Kind, status: Status) -> dict[str, str]:
    """What a buyer may give for wanting money or goods back of an order that stands so."""
    if kind is Kind.REFUND:
        return BUYER_REFUND if status is Status.DELIVERED else BUYER_REFUND_UNDELIVERED
    return BUYER_RETURN


def of(what: str, by: str, status: Status) -> dict[str, str]:
    """Who may give which reason for a CANCEL, REFUND or RETURN_AND_REFUND of an order that stands so. ``by``: seller or buyer."""
    if what == "CANCEL":
        return of_seller_cancel(status) if by == "seller" else of_buyer_cancel(status)
    return of_seller(Kind(what)) if by == "seller" else of_buyer(Kind(what), status)


def of_rejection(held: Return) -> dict[str, str]:
    """What a seller may give for saying no to it as it stands."""
    return REJECT_PARCEL if held.state is State.ON_THE_WAY else REJECT_REQUEST
