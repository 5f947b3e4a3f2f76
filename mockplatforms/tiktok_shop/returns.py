"""Refunds, returns and replacements: asked for, judged by the seller, sent back and paid back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..domain import aftersales, once, orders, shipping, shops
from ..domain.aftersales import ALLOWED, DECISIONS, RETURNS, Decision, Kind, Picture, Record, Return, State
from ..domain.errors import Invalid, ProductUnknown, ReturnState, TooLittleStock
from ..domain.orders import Order, Status
from ..domain.phases import Family, Platform
from ..domain.world import Change, World
from ..gateway.call import Call
from . import cancellations, ids, logistics, paging, pictures, reasons
from .cancellations import all_of, kept, lines_of, money, own, repeated
from .catalog import serves
from .order_view import STATUS, courier
from .orders import span
from .paging import Way, Window
from .pictures import NOWHERE
from .words import refuse

_S = Platform.TIKTOK_SHOP

# How each state is spelt (documented); of a replacement some have names of their own.
STATE: dict[State, str] = {
    State.PENDING: "RETURN_OR_REFUND_REQUEST_PENDING",
    State.REJECTED: "REFUND_OR_RETURN_REQUEST_REJECT",
    State.AWAITING_PARCEL: "AWAITING_BUYER_SHIP",
    State.ON_THE_WAY: "BUYER_SHIPPED_ITEM",
    State.PARCEL_REJECTED: "REJECT_RECEIVE_PACKAGE",
    State.OFFERED: "AWAITING_BUYER_RESPONSE",
    State.SUCCEEDED: "RETURN_OR_REFUND_REQUEST_SUCCESS",
    State.COMPLETED: "RETURN_OR_REFUND_REQUEST_COMPLETE",
    State.CANCELLED: "RETURN_OR_REFUND_REQUEST_CANCEL",
}
_DECISIONS = frozenset(map(str, Decision))
_SWAP: dict[State, str] = {
    State.PENDING: "REPLACEMENT_REQUEST_PENDING",
    State.REJECTED: "REPLACEMENT_REQUEST_REJECT",
    State.SUCCEEDED: "REPLACEMENT_REQUEST_REFUND_SUCCESS",
    State.COMPLETED: "REPLACEMENT_REQUEST_COMPLETE",
    State.CANCELLED: "REPLACEMENT_REQUEST_CANCEL",
}


def status(held: Return, state: State | None = None) -> str:
    state = state or held.state
    if held.kind is Kind.REPLACEMENT and state is State.COMPLETED and not held.replacement:
        state = State.SUCCEEDED  # COMPLETE is a new order; what became money keeps that name (documented)
    return _SWAP.get(state, STATE[state]) if held.kind is Kind.REPLACEMENT else STATE[state]


def mine(call: Call, text: object) -> Return:
    serial = ids.request(call.world).read(text)
    held = call.world.get(RETURNS, serial) if serial is not None else None
    if held is None:
        raise refuse(25007006, f"there is no refund or return {text}")
    if held.seller != call.seller.serial:
        raise refuse(25020005, f"return {text} is another seller's")
    return held


def _units(call: Call, order: Order) -> tuple[int, ...]:
    """The units that a body names by line or by SKU and quantity; none: all."""
    body, world = call.body, call.world
    named = lines_of(body)
    every = aftersales.units_of(order)
    if named:
        found = [ids.line(world).read(text) for text in named]
        if any(unit not in every for unit in found):
            raise refuse(25005011, f"order_line_item_ids are {', '.join(named[:5])}: lines of this order are wanted")
        return tuple(unit for unit in found if unit is not None)
    left = [unit for unit in every if unit not in aftersales.taken(world, order)]
    units: list[int] = []
    for row in body.get("skus") or []:
        sku = ids.sku(world).read(row["sku_id"])
        of_sku = [unit for unit in left if aftersales.item_of(order, unit).sku == sku and unit not in units]
        if not 1 <= row["quantity"] <= len(of_sku):
            raise refuse(25005011, f"{row['quantity']} units of SKU {row['sku_id']}: {len(of_sku)} are left in this order")
        units += of_sku[: row["quantity"]]
    return tuple(units)


def amount_of(text: Any) -> int | None:
    if text in (None, ""):
        return None
    if not (isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 13):
        raise refuse(25001001, f"an amount is whole rupiah as text, not {text!r}")
    return int(text)


# ---- asking ------------------------------------------------------------------------------------------------------------------------------


@serves("create-return-202309", family=Family.AFTERSALE, effect="write")
def create(call: Call) -> dict[str, Any]:
    """The seller asks on the buyer's behalf; a retry under the same ``idempotency_key`` asks no second time."""
    body, key = call.body, call.query.get("idempotency_key")
    before = once.made(call.world, call.seller.serial, f"return:{key}") if key else None
    if before is not None:
        return _created(call, before)
    order = own(call, body["order_id"])
    kind, reason = Kind(body["return_type"]), body["return_reason"]
    if reason not in reasons.EVERY:
        raise refuse(25001014, f"there is no reason {reason!r}: {', '.join(reasons.of_seller(kind))}")
    if order.status is Status.CANCELLED:
        raise refuse(25001051, f"order {order.key} is cancelled")
    if reason not in reasons.of_seller(kind):
        wrong = 25001021 if reason in reasons.SELLER_REFUND or reason in reasons.SELLER_RETURN else 25001015
        raise refuse(wrong, f"{reason!r} is no seller's reason for a {kind}: {', '.join(reasons.of_seller(kind))}")
    units, amount = _units(call, order), amount_of(body.get("refund_total"))

    def ask(world: World) -> Change:
        world, made = aftersales.ask(world, order.serial, kind, by="seller", reason=reason, units=units, amount=amount)
        return Change(once.keep(world, order.seller, f"return:{key}", made) if key else world, made)

    try:
        serial = call.apply(ask)
    except Invalid as no:
        raise refuse(25005005 if no.field == "refund_total" else 25005011, str(no)) from None
    except ReturnState as no:
        raise refuse(25001003 if order.status not in ALLOWED["seller", kind] else _in_process(call, order, units), str(no)) from None
    return _created(call, serial)


def _in_process(call: Call, order: Order, units: Sequence[int]) -> int:
    """Another request has these units: one that is over, or one that is under way."""
    others = [held for held in aftersales.of_order(call.world, order.serial) if held.state is not State.CANCELLED and (not units or set(units) & set(held.units))]
    return 25001010 if others and all(held.state is State.COMPLETED for held in others) else 25001011


def _created(call: Call, serial: int) -> dict[str, Any]:
    held = aftersales.find(call.world, serial)
    return {"return_id": ids.text(ids.request(call.world), serial), "return_status": status(held)}


@serves("calculate-refund-202309", family=Family.AFTERSALE)
def calculate(call: Call) -> dict[str, Any]:
    """What would go back to the buyer; nothing changes."""
    order, reason = own(call, call.body["order_id"]), call.body["reason_name"]
    if reason not in reasons.EVERY:
        raise refuse(25001001, f"there is no reason {reason!r}")
    units = _units(call, order) or tuple(unit for unit in aftersales.units_of(order) if unit not in aftersales.taken(call.world, order))
    if call.body["request_type"] == "CANCEL":
        return {"order_refund_amount": _calculated(all_of(order))}
    return {"order_refund_amount": _calculated(money(*aftersales.refundable(call.world, order, units)) if order.buyer_paid else money(0))}


def _calculated(amount: dict[str, str]) -> dict[str, str]:
    """As Calculate Refund tells it: without the buyer's service fee, which is in the total."""
    return {name: value for name, value in amount.items() if name != "buyer_service_fee"}


@serves("get-aftersale-eligibility-202309", family=Family.AFTERSALE)
def eligibility(call: Call) -> dict[str, Any]:
    """Which lines can be cancelled, refunded or sent back, by buyer or seller."""
    order = own(call, call.params["order_id"])
    by = call.query.get("initiate_aftersale_user", "SELLER").lower()
    taken = aftersales.taken(call.world, order)
    types = call.query.get("request_types") or ("CANCEL", "REFUND", "RETURN_AND_REFUND")
    rows = []
    for sku in dict.fromkeys(item.sku for item in order.items):
        units = [unit for unit in aftersales.units_of(order) if aftersales.item_of(order, unit).sku == sku]
        rows.append({"sku_id": ids.text(ids.sku(call.world), sku), "line_item_eligibility": [_eligible(call.world, order, what, by, units, taken) for what in types]})
    return {"sku_eligibility": rows}


# Statuses of the order in which it can be cancelled, or its cancellation be asked for (documented).
CANCELLED_FROM: dict[str, tuple[Status, ...]] = {"seller": orders.ALLOWED[_S, orders.Act.CANCEL], "buyer": (Status.UNPAID, Status.PAID)}


def _eligible(world: World, order: Order, what: str, by: str, units: Sequence[int], taken: set[int]) -> dict[str, Any]:
    if what == "CANCEL":  # whole orders only
        fits, free = order.status in CANCELLED_FROM[by] and not shipping.on_the_road(world, order), not taken
    else:
        fits, free = order.status in ALLOWED[by, Kind(what)] and order.buyer_paid, taken.isdisjoint(units)
    eligible = fits and free
    lines = [str(ids.line(world).wire(unit)) for unit in units]
    shown: dict[str, Any] = {"request_type": what, "order_line_items_ids": lines, "eligible": eligible, "order_line_list": [{"order_line_item_id": line} for line in lines]}
    if eligible:
        shown["available_reason_names"] = list(reasons.of(what, by, order.status))
    else:
        shown |= {"ineligible_code": 25001003 if free else 25001011, "ineligible_reason": f"The order is {STATUS[order.status]}" if free else "Another request is in process"}
    return shown


# ---- judging -----------------------------------------------------------------------------------------------------------------------------


def _decide(call: Call, decision: str, wrong: int, **more: Any) -> dict[str, Any]:
    held = mine(call, call.params["return_id"])
    purpose = f"return {decision} {held.serial}"
    if repeated(call, purpose):
        return {}
    known = {"DIRECT_REFUND": "APPROVE_REFUND"}.get(decision, decision)
    if known not in _DECISIONS:
        raise refuse(25020004, f"{decision} is not for an Indonesian shop")
    chosen = Decision(known)
    no = aftersales.fits(held, chosen)
    if no:
        raise refuse(_unfit(held, chosen, no, wrong), f"{decision} does not fit a {held.kind} that is {held.state}: {'the platform judges it now' if no == 'judged' else _fitting(held)}")
    try:
        call.apply(lambda world: kept(call, aftersales.decide(world, held.serial, chosen, **more), purpose))
    except Invalid as bad:
        raise refuse(25011032 if chosen is Decision.OFFER_PARTIAL_REFUND else 25001001, str(bad)) from None
    except (TooLittleStock, ProductUnknown) as bad:
        raise refuse(25001044, str(bad)) from None
    return {}


def _unfit(held: Return, decision: Decision, no: str, wrong: int) -> int:
    """The code for a decision that does not fit; endpoints that approve and that reject list different ones."""
    rejects = decision.startswith("REJECT")
    if no == "over":
        if not rejects or held.state is State.CANCELLED:
            return 25020009 if not rejects else 25020012
        return 25020011 if held.arrived is not None else 25020010
    return {"kind": 25020004, "judged": 25011010}.get(no, 25007007 if held.state is State.OFFERED and not rejects else wrong)


def _fitting(held: Return) -> str:
    fit = [str(decision) for decision in DECISIONS if not aftersales.fits(held, decision)]
    return f"{' or '.join(fit)} would" if fit else "nothing is to be decided"


@serves("approve-return-202309", family=Family.AFTERSALE, effect="write")
def approve(call: Call) -> dict[str, Any]:
    """The seller says yes: to the money, to the goods coming back, to the parcel that came, or to a part."""
    body = call.body
    part = amount_of((body.get("partial_refund") or {}).get("amount")) or 0
    if body["decision"] == "OFFER_PARTIAL_REFUND" and (body.get("partial_refund") or {}).get("currency") not in ("IDR", "", None):
        raise refuse(25001001, "money is told in IDR here")
    wrong = 25011013 if body["decision"] == "APPROVE_RECEIVED_PACKAGE" else 25011012
    return _decide(call, body["decision"], wrong, keeps=bool(body.get("buyer_keep_item")), part=part)


@serves("reject-return-202309", family=Family.AFTERSALE, effect="write")
def reject(call: Call) -> dict[str, Any]:
    """The seller says no, for one of the reasons that Get Reject Reasons lists."""
    body = call.body
    held = mine(call, call.params["return_id"])
    reason = body["reject_reason"]
    if reason not in reasons.EVERY:
        raise refuse(25001014, f"there is no reason {reason!r}: Get Reject Reasons lists those that are")
    if reason not in reasons.REJECTIONS:
        raise refuse(25001057, f"{reason!r} is no reason to reject anything: Get Reject Reasons lists those that are")
    if held.state in (State.PENDING, State.ON_THE_WAY) and reason not in reasons.of_rejection(held):
        raise refuse(25001016, f"{reason!r} does not fit: Get Reject Reasons lists those that do")
    part = amount_of((body.get("partial_refund_amount") or {}).get("partial_refund_total")) or 0
    pictures = tuple(Picture(row.get("width", 0), row.get("height", 0), row["image_id"]) for row in body.get("images") or [])
    return _decide(call, body["decision"], 25020012, reason=reason, note=body.get("comment", ""), part=part, shown=pictures)


@serves("get-reject-reasons-202309", family=Family.AFTERSALE)
def reject_reasons(call: Call) -> dict[str, Any]:
    """Why a seller may say no to this request or cancellation as it stands."""
    text = call.query["return_or_cancel_id"]
    if ids.request(call.world).read(text) is not None:
        listed = reasons.of_rejection(mine(call, text))
    else:
        cancellations.asked(call, text)
        listed = reasons.REJECT_CANCEL
    return {"reasons": [{"name": name, "text": said} for name, said in listed.items()]}


@serves("get-return-records-202309", family=Family.AFTERSALE)
def records(call: Call) -> dict[str, Any]:
    """What has happened to it, the oldest first."""
    held = mine(call, call.params["return_id"])
    return {
        "records": [
            {
                "event": row.event,
                "role": row.by.upper(),
                "description": row.event.replace("_", " ").capitalize(),
                "reason_text": reasons.text(row.reason),
                "note": row.note,
                "create_time": row.at.wire,
                **_shown(call, held, row),
            }
            for row in held.records
        ]
    }


def _shown(call: Call, held: Return, row: Record) -> dict[str, Any]:
    """Pictures and films of one line of the history."""
    album = pictures.album(call)
    at = f"{call.request.origin}/_mock/documents/{call.workspace.name}/{ids.text(ids.request(call.world), held.serial)}/"
    images = [{"url": album.shown(NOWHERE + one.name)["urls"][0] if one.name else f"{at}evidence-{n}.png", "width": one.width, "height": one.height} for n, one in enumerate(row.shown) if not one.millis]
    videos = [
        {"url": f"{at}evidence-{n}.mp4", "cover": f"{at}evidence-{n}.png", "width": one.width, "height": one.height, "duration_millis": one.millis}
        for n, one in enumerate(row.shown)
        if one.millis
    ]
    return {**({"images": images} if images else {}), **({"videos": videos} if videos else {})}


@serves("get-decision-eligibility-202601", family=Family.AFTERSALE)
def decisions(call: Call) -> dict[str, Any]:
    """What the seller may decide about it now."""
    return {"decisions": may_decide(call, call.query["return_or_cancel_id"])}


_OF_CANCELLATIONS = ("APPROVE_REQUEST_CANCEL", "REJECT_REQUEST_CANCEL")


def may_decide(call: Call, text: str) -> list[dict[str, Any]]:
    """Each decision that is asked for: whether it fits the cancellation, refund or return of that id, and if not, why."""
    held = mine(call, text) if ids.request(call.world).read(text) is not None else None
    order = None if held is not None else cancellations.asked(call, text)
    asked = call.query.get("check_decisions") or ([str(decision) for decision in DECISIONS] if held is not None else _OF_CANCELLATIONS)
    told = []
    for name in asked:
        known = {"DIRECT_REFUND": "APPROVE_REFUND"}.get(name, name)
        if held is not None:
            no = aftersales.fits(held, Decision(known)) if known in _DECISIONS else "kind"
            what, listed = f"it is a {held.kind} that is {held.state}", reasons.of_rejection(held)
        else:
            assert order is not None  # it is one of both
            no = "kind" if name not in _OF_CANCELLATIONS else "" if order.cancel_request == "pending" else "state"
            what, listed = f"it is a cancellation, and the buyer's request is {order.cancel_request or 'not there'}", reasons.REJECT_CANCEL
        row: dict[str, Any] = {"decision": name, "eligible": not no}
        if no:
            row |= {"ineligible_code": 25020004 if no == "kind" else 25011010 if no == "judged" else 25011012, "ineligible_reason": what}
        elif name.startswith("REJECT"):
            row["available_reject_reasons"] = [{"name": reason, "text": said} for reason, said in listed.items()]
        told.append(row)
    return told


# ---- searching -----------------------------------------------------------------------------------------------------------------------------


@serves("search-returns-202309", family=Family.AFTERSALE)
def search(call: Call) -> dict[str, Any]:
    """Refunds and returns that fit the filters, by creation or by update."""
    query, body, world = call.query, call.body, call.world
    sort, descending, owner = query["sort_field"], query["sort_order"] == "DESC", call.seller.serial
    created, updated = span(call, "create_time"), span(call, "update_time")
    ways = [
        Way(Window("by_created", (owner, created[0]), (owner, created[1])), "create_time", frozenset({"create_time"})),
        Way(Window("by_updated", (owner, updated[0]), (owner, updated[1])), "update_time", frozenset({"update_time"})),
    ]
    stands = _stands(body.get("return_status") or ())
    if stands is not None:
        start = (owner, *stands)
        ways.append(Way(Window("by_state", (*start, created[0]), (*start, created[1])), "create_time", frozenset({"create_time", "return_status"})))
    asked: dict[str, paging.Fits[Return]] = paging.several(
        body,
        ("return_ids", ids.request(world).read, lambda held: held.serial),
        ("order_ids", ids.order(world).read, lambda held: held.order),
        ("buyer_user_ids", ids.user(world).read, lambda held: held.buyer),
        ("return_types", str, lambda held: held.kind),
        ("return_status", str, status),
        ("arbitration_status", str, lambda held: held.arbitration),
    )
    if "create_time_ge" in body or "create_time_lt" in body:
        asked["create_time"] = lambda held: created[0] <= held.created.wire < created[1]
    if "update_time_ge" in body or "update_time_lt" in body:
        asked["update_time"] = lambda held: updated[0] <= held.updated.wire < updated[1]
    if body.get("seller_proposed_return_type"):
        asked["seller_proposed_return_type"] = lambda held: held.offered > 0
    filters = paging.bound(owner, "returns", sort, descending, sorted(body.items()))
    found = paging.find(call, RETURNS, ways, sort=sort, descending=descending, asked=asked, filters=filters, pin=sort == "update_time", named=_named(call))
    call.showed("returns", *[held.serial for held in found.rows])
    return {"return_orders": [view(world, held) for held in found.rows], "total_count": found.total, "next_page_token": found.token}


def _stands(statuses: Sequence[str]) -> tuple[bool, State] | None:
    """Whether of a replacement, and the state, that the only status stands for; None where more than one is meant."""
    found = [(swap, state) for swap in (False, True) for state in State if ((_SWAP.get(state) if swap else None) or STATE[state]) in statuses]
    kept = {(True, State.SUCCEEDED), (True, State.COMPLETED)}  # a replacement that became money is told as one state in both
    return found[0] if len(found) == 1 and found[0] not in kept else None


def _named(call: Call) -> list[Return] | None:
    """What the filters name by id, order or buyer; None where they name nothing."""
    body, world, owner = call.body, call.world, call.seller.serial
    if body.get("return_ids"):
        read = ids.request(world).read
        rows = [world.get(RETURNS, read(text) or 0) for text in dict.fromkeys(body["return_ids"])]
    elif body.get("order_ids"):
        sold = ids.order(world).read
        rows = [held for text in dict.fromkeys(body["order_ids"]) for held in aftersales.of_order(world, sold(text) or 0)]
    elif body.get("buyer_user_ids"):
        buyers = [ids.user(world).read(text) or 0 for text in dict.fromkeys(body["buyer_user_ids"])]
        rows = [held for buyer in buyers for held in world.shelf(RETURNS).page("by_buyer", (owner, buyer), (owner, buyer + 1))]
    else:
        return None
    return [held for held in rows if held is not None and held.seller == owner]


def _waits(world: World, held: Return) -> dict[str, Any]:
    if not held.deadline:
        return {}
    asked = {Kind.REFUND: "SELLER_RESPOND_REFUND", Kind.RETURN_AND_REFUND: "SELLER_RESPOND_RETURN", Kind.REPLACEMENT: "SELLER_RESPOND_REPLACEMENT"}
    action = "SELLER_RESPOND_RECEIVE_PACKAGE" if held.state is State.ON_THE_WAY else asked[held.kind]
    return {"seller_next_action_response": [{"action": action, "deadline": held.deadline}]}


def _discounts(order: Order, held: Return) -> dict[str, str]:
    """What seller and platform had taken off the prices of the goods, and of the shipping fee where that goes back."""
    items = [aftersales.item_of(order, unit) for unit in held.units]
    return {
        "currency": "IDR",
        "product_seller_discount": str(sum(item.list_price - item.sold_for for item in items)),
        "product_platform_discount": str(sum(item.subsidy for item in items)),
        "shipping_fee_seller_discount": "0",
        "shipping_fee_platform_discount": str(order.shipping_subsidy if held.shipping else 0),
    }


def view(world: World, held: Return) -> dict[str, Any]:
    order = orders.find(world, held.order)
    wire, request = ids.line(world).wire, ids.request(world)
    lines = []
    for unit, share in aftersales.shares(order, held):
        item = aftersales.item_of(order, unit)
        lines.append(
            {
                "return_line_item_id": str(request.wire(unit)),
                "order_line_item_id": str(wire(unit)),
                "sku_id": ids.text(ids.sku(world), item.sku),
                "sku_name": item.variant or "Default",
                "product_name": item.name,
                "product_image": {"url": item.image, "width": 200, "height": 200},
                "refund_amount": money(share),
                **({"seller_sku": item.seller_sku} if item.seller_sku else {}),
            }
        )
    shown: dict[str, Any] = {
        "return_id": ids.text(request, held.serial),
        "order_id": ids.text(ids.order(world), held.order),
        "return_type": str(held.kind),
        "return_status": status(held),
        "role": held.by.upper(),
        "return_reason": held.reason,
        "return_reason_text": reasons.text(held.reason),
        "create_time": held.created.wire,
        "update_time": held.updated.wire,
        "can_buyer_keep_item": held.keeps,
        "return_line_items": lines,
        "refund_amount": money(held.amount, held.shipping),
        "discount_amount": [_discounts(order, held)],
        "shipping_fee_amount": [{"currency": "IDR", "seller_paid_return_shipping_fee": "0", "platform_paid_return_shipping_fee": "0", "buyer_paid_return_shipping_fee": "0"}],
        "is_combined_return": False,
        "buyer_rejected_partial_refund": held.declined,
        "is_quick_refund": False,
        **_waits(world, held),
    }
    for name, other in (("pre_return_id", held.previous), ("next_return_id", held.following)):
        if other:
            shown[name] = ids.text(request, other)
    if held.arbitration:
        shown["arbitration_status"] = held.arbitration
    if held.kind is not Kind.REFUND:
        carried = logistics.carried_by(world, courier(world, held.carrier or order.courier))
        shown |= {"shipment_type": "PLATFORM", "handover_method": "DROP_OFF", "return_method": "PLATFORM_SHIPPED"}
        if held.comes_back:
            shown["return_shipping_document_type"] = "SHIPPING_LABEL"
        shown |= {"return_provider_name": carried["shipping_provider_name"], "return_provider_id": carried["shipping_provider_id"]}
        place = shops.default_warehouse(world, held.seller, _S).address
        shown["return_warehouse_address"] = {"full_address": f"{place.street}, {place.district}, {place.city}, {place.province}, {place.postal}"}
    if held.tracking:
        shown["return_tracking_number"] = held.tracking
    if held.offered:
        shown |= {"seller_proposed_return_type": "PARTIAL_REFUND", "partial_refund": {"currency": "IDR", "amount": str(held.offered)}}
    return shown
