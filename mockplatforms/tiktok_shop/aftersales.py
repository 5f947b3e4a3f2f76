"""After-sales as a client library of October 2026 knows them: requests, the goods that come back for them, and judging both in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain import aftersales, once, orders
from ..domain.aftersales import RETURNS, Decision, Kind, Return, State
from ..domain.errors import Invalid, ProductUnknown, Refused, ReturnState, TooLittleStock, Unknown
from ..domain.phases import Family
from ..domain.shops import COURIERS
from ..domain.table import TOP
from ..domain.world import World
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from . import ids, paging, reasons, returns
from .catalog import INVALID, serves
from .multipart import parts
from .paging import Way, Window
from .words import refuse, words


def request_status(held: Return, state: State | None = None) -> str:
    """How far the seller's look at a request is; the same words in answers and webhooks."""
    return "PENDING_REQUEST_REVIEW" if (state or held.state) is State.PENDING else "REQUEST_REVIEW_COMPLETED"


def goods_status(held: Return) -> str:
    """How far the goods are that come back; empty where none do."""
    if not held.comes_back:
        return ""
    if held.state is State.AWAITING_PARCEL:
        return "AWAITING_BUYER_RETURN"
    if held.state is State.ON_THE_WAY:
        return "RETURN_IN_TRANSIT" if held.arrived is None else "PENDING_PACKAGE_REVIEW"
    return "PACKAGE_REVIEW_COMPLETED"


# ---- searching -----------------------------------------------------------------------------------------------------------------------------


def _bounds(body: Mapping[str, Any], name: str) -> tuple[int, Any]:
    span = (((body.get("filters") or {}).get("time") or {}).get(name)) or {}
    return span.get("min_unix_time_inclusive", 0), span.get("max_unix_time_exclusive", TOP)


def _found(call: Call, what: str, asked: dict[str, paging.Fits[Return]]) -> paging.Found:
    """A page of the seller's requests, in the order and of the size that the body asks for."""
    body, owner = call.body, call.seller.serial
    sorting, page = body.get("sort") or {}, body.get("pagination") or {}
    sort, descending = sorting.get("sort_field", "CREATE_TIME").lower(), sorting.get("sort_order", "ASC") == "DESC"
    size = page.get("page_size", 10)
    if not 1 <= size <= 50:
        raise refuse(INVALID, f"pagination.page_size is {size}: 1 to 50 is possible (inferred)")
    created, updated = _bounds(body, "create_time"), _bounds(body, "update_time")
    ways = [
        Way(Window("by_created", (owner, created[0]), (owner, created[1])), "create_time", frozenset({"create_time"})),
        Way(Window("by_updated", (owner, updated[0]), (owner, updated[1])), "update_time", frozenset({"update_time"})),
    ]
    given = (body.get("filters") or {}).get("time") or {}
    if given.get("create_time"):
        asked["create_time"] = lambda held: bool(created[0] <= held.created.wire < created[1])
    if given.get("update_time"):
        asked["update_time"] = lambda held: bool(updated[0] <= held.updated.wire < updated[1])
    filters = paging.bound(owner, what, sort, descending, str(body.get("filters") or {}))
    call.query = {"page_size": size, "page_token": page.get("page_token")}
    found = paging.find(call, RETURNS, ways, sort=sort, descending=descending, asked=asked, filters=filters, pin=sort == "update_time")
    call.showed("returns", *[held.serial for held in found.rows])
    return found


@serves("search-aftersales-requests-202603", family=Family.AFTERSALE)
def search(call: Call) -> dict[str, Any]:
    """What buyers have asked for, each request with its lines and what comes back for it."""
    world = call.world
    asked: dict[str, paging.Fits[Return]] = paging.several(
        call.body.get("filters") or {},
        ("aftersales_request_ids", ids.aftersales(world).read, lambda held: held.serial),
        ("aftersales_request_statuses", str, request_status),
        ("return_types", str, lambda held: held.kind),
        ("main_order_ids", ids.order(world).read, lambda held: held.order),
        ("buyer_ids", ids.user(world).read, lambda held: held.buyer),
    )
    found = _found(call, "aftersales", asked)
    return {"aftersales_requests": [_request(call, held) for held in found.rows], "total_count": found.total, "next_page_token": found.token}


@serves("search-return-merchandise-authorizations-202604", family=Family.AFTERSALE)
def search_goods(call: Call) -> dict[str, Any]:
    """Goods that come back, or did."""
    world = call.world
    asked: dict[str, paging.Fits[Return]] = paging.several(
        call.body.get("filters") or {},
        ("rma_ids", ids.rma(world).read, lambda held: held.serial),
        ("package_ids", ids.return_package(world).read, lambda held: held.serial),
        ("aftersales_request_ids", ids.aftersales(world).read, lambda held: held.serial),
        ("statuses", str, goods_status),
        ("main_order_ids", ids.order(world).read, lambda held: held.order),
    )
    asked["comes_back"] = lambda held: held.comes_back
    found = _found(call, "rma", asked)
    shown = [{**_goods(call, held), **_part(call, "SKU_RETURN_REQUESTS", sku_return_requests=[_sku_return(world, held)])} for held in found.rows]
    return {"return_merchandise_authorizations": shown, "total_count": found.total, "next_page_token": found.token}


def _part(call: Call, name: str, **fields: Any) -> dict[str, Any]:
    """A part of an answer, where ``whitelisted_data_fields`` names it, or names none."""
    wanted = call.body.get("whitelisted_data_fields")
    return fields if not wanted or name in wanted else {}


def _request(call: Call, held: Return) -> dict[str, Any]:
    world = call.world
    shown: dict[str, Any] = {"id": ids.text(ids.aftersales(world), held.serial), "status": request_status(held)}
    shown |= _part(call, "LINE_ITEMS", line_items=lines(world, held))
    shown |= _part(call, "SKU_RETURN_REQUESTS", sku_return_requests=[_sku_return(world, held)])
    if held.comes_back:
        shown |= _part(call, "RETURN_MERCHANDISE_AUTHORIZATIONS", return_merchandise_authorizations=[_goods(call, held)])
    return shown


def lines(world: World, held: Return) -> list[dict[str, str]]:
    """The units that a request is about."""
    order, request = orders.find(world, held.order), ids.request(world)
    return [
        {
            "return_line_item_id": str(request.wire(unit)),
            "sku_id": ids.text(ids.sku(world), aftersales.item_of(order, unit).sku),
            "main_order_id": ids.text(ids.order(world), held.order),
            "sku_return_request_id": ids.text(request, held.serial),
        }
        for unit in held.units
    ]


def _goods(call: Call, held: Return) -> dict[str, Any]:
    world = call.world
    shown: dict[str, Any] = {
        "id": ids.text(ids.rma(world), held.serial),
        "aftersales_request_id": ids.text(ids.aftersales(world), held.serial),
        "status": goods_status(held),
        **_part(call, "LINE_ITEMS", line_items=lines(world, held)),
    }
    if held.tracking:
        shown["package_id"] = ids.text(ids.return_package(world), held.serial)
    return shown


def _sku_return(world: World, held: Return) -> dict[str, Any]:
    """A request as Search Returns tells it, in the words of 2026."""
    shown = returns.view(world, held)
    shown["buyer_keep_item"] = shown.pop("can_buyer_keep_item")
    discount, fee = shown.pop("discount_amount")[0], shown.pop("shipping_fee_amount")[0]
    shown["discount"] = {name: value for name, value in discount.items() if name != "currency"}
    shown["shipping_fee"] = {f"{name}_amount": value for name, value in fee.items() if name != "currency"}
    part = shown.pop("partial_refund", None)
    if part is not None:
        shown["partial_refund_amount"] = {"partial_refund_total": part["amount"], "currency": part["currency"]}
    if held.replacement:
        shown["reshipment_order_id"] = ids.text(ids.order(world), held.replacement)
    return shown


# ---- judging -------------------------------------------------------------------------------------------------------------------------------

_DECISIONS = frozenset(map(str, Decision))
_ASKED = {Kind.REFUND: "REFUND", Kind.RETURN_AND_REFUND: "RETURN", Kind.REPLACEMENT: "REPLACEMENT"}


def _decision(action: str, kind: Kind) -> Decision | None:
    """What an action means for a request of that kind; None: nothing."""
    named = {
        "APPROVE_REQUEST": f"APPROVE_{_ASKED[kind]}",
        "REJECT_REQUEST": f"REJECT_{_ASKED[kind]}",
        "APPROVE_RETURN_PACKAGE": "APPROVE_RECEIVED_PACKAGE",
        "REJECT_RETURN_PACKAGE": "REJECT_RECEIVED_PACKAGE",
        "REFUND_INSTEAD": "ISSUE_REPLACEMENT_REFUND" if kind is Kind.REPLACEMENT else "APPROVE_REFUND",
    }.get(action, action)
    return Decision(named) if named in _DECISIONS else None


@serves("review-aftersales-requests-202609", family=Family.AFTERSALE, effect="write")
def review(call: Call) -> dict[str, Any]:
    """The seller judges several requests at once; each row for itself, what could not be is named in ``errors``."""
    rows = call.body.get("aftersales_request_decisions") or []
    answers = call.each(rows, lambda world, row: _reviewed(world, call, row))
    told = []
    for row, no in zip(rows, answers, strict=True):
        if no is None:
            continue
        refusal = no if isinstance(no, Refusal) else words(call, no) if isinstance(no, Refused) else None
        assert refusal is not None  # each() notes only refusals
        call.refused.append((str(refusal.code), refusal.words))
        told.append({"code": str(refusal.code), "message": f"{row['request_id']}: {refusal.message}"})
    return {"errors": told} if told else {}


def _reviewed(world: World, call: Call, row: Mapping[str, Any]) -> World:
    kind = ids.rma(world) if row.get("request_id_type") == "RMA" else ids.aftersales(world)
    serial = kind.read(row["request_id"])
    held = None if serial is None else world.get(RETURNS, serial)
    if held is None or held.seller != call.seller.serial:
        raise refuse(25007006, f"there is no request {row['request_id']} of this shop")
    key = row.get("idempotency_key")
    name = f"review {held.serial}:{key}"
    if key and once.known(world, held.seller, name):
        return world
    for one in row["line_item_decisions"]:
        named = {line["return_line_item_id"] for line in one["line_items"]}
        if named != {str(ids.request(world).wire(unit)) for unit in held.units}:
            raise refuse(25020004, "a request is judged as a whole here: name all its lines")
        world = _judged(world, held, one)
    return once.keep(world, held.seller, name) if key else world


def _judged(world: World, held: Return, one: Mapping[str, Any]) -> World:
    decision = _decision(one["action"], held.kind)
    reason, part = (one.get("reason") or {}), returns.amount_of((one.get("alternative_solution_details") or {}).get("partial_refund_amount")) or 0
    no = "kind" if decision is None else aftersales.fits(held, decision)
    if decision is None or no:
        raise refuse(25020004 if no == "kind" else 25011010 if no == "judged" else 25011012, f"{one['action']} does not fit a {held.kind} that is {held.state}")
    if decision.startswith("REJECT") and reason.get("reason_id") not in reasons.of_rejection(held):
        raise refuse(25001014, f"{reason.get('reason_id')!r} is no reason to reject it: {', '.join(reasons.of_rejection(held))}")
    try:
        return aftersales.decide(world, held.serial, decision, reason=reason.get("reason_id", ""), note=reason.get("text", ""), part=part)
    except Invalid as bad:
        raise refuse(25011032, str(bad)) from None
    except (TooLittleStock, ProductUnknown) as bad:
        raise refuse(25001044, str(bad)) from None


@serves("get-available-review-decisions-202606", family=Family.AFTERSALE)
def available(call: Call) -> dict[str, Any]:
    """What the seller may decide now, line by line."""
    text = call.query["return_or_cancel_id"]
    decisions = returns.may_decide(call, text)
    serial = ids.request(call.world).read(text)
    held = None if serial is None else call.world.get(RETURNS, serial)
    if held is None:
        order = orders.find(call.world, ids.cancellation(call.world).read(text))
        units = [str(ids.cancellation(call.world).wire(unit)) for unit in aftersales.units_of(order)]
        return {"line_items": [{"return_line_item_id": unit, "decisions": decisions} for unit in units]}
    for row in decisions:
        if row["decision"].startswith("OFFER") and row["eligible"]:
            row["partial_refund_amount_range"] = {"min_amount": "1", "max_amount": str(held.amount + held.shipping - 1), "currency": "IDR"}
    return {"line_items": [{"return_line_item_id": line["return_line_item_id"], "decisions": decisions} for line in lines(call.world, held)]}


# ---- sending back --------------------------------------------------------------------------------------------------------------------------


@serves("upload-return-shipping-information-202405", family=Family.AFTERSALE, effect="write")
def label(call: Call) -> dict[str, Any]:
    """The seller tells with which courier and number the goods come back; the label itself is not kept."""
    given = parts(call, 25001001)
    tracking, provider = (given.get(name, b"").decode("utf-8", "replace").strip() for name in ("tracking_number", "return_provider_id"))
    if not tracking or not provider:
        raise refuse(25001001, "the multipart body names tracking_number and return_provider_id")
    carrier = ids.provider(call.world).read(provider)
    if carrier is None or call.world.get(COURIERS, carrier) is None:
        raise refuse(25001001, f"there is no courier {provider}: Get Shipping Providers lists those that are")
    kind = ids.rma(call.world) if call.query.get("return_id_type") == "RMA" else ids.request(call.world)

    def tell(world: World) -> World:
        for text in call.query["return_ids"]:
            serial = kind.read(text)
            held = None if serial is None else world.get(RETURNS, serial)
            if held is None or held.seller != call.seller.serial:
                raise refuse(25007006, f"there is no return {text} of this shop")
            world = aftersales.label(world, held.serial, tracking=tracking, carrier=carrier)
        return world

    try:
        call.apply(tell)
    except (ReturnState, Unknown) as no:
        raise refuse(25001003, str(no)) from None
    return {}
