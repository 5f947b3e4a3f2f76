"""Orders: searched by filters and sort, page by page, and read by id."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..domain.orders import ORDERS, Item, Order, Status, find
from ..domain.phases import Family, Platform
from ..domain.shops import COURIERS
from ..domain.table import TOP
from ..gateway.call import Call, Raw
from . import ids, logistics, order_view, paging
from .catalog import serves, version
from .paging import Way, Window
from .words import refuse

_S = Platform.TIKTOK_SHOP
Fits = Callable[[Order], bool]

# Which filters an index answers by itself: index → (sorted by, the filters).
_ANSWERS: dict[str, tuple[str, frozenset[str]]] = {
    "by_created": ("create_time", frozenset({"create_time"})),
    "by_updated": ("update_time", frozenset({"update_time"})),
    "by_status_created": ("create_time", frozenset({"create_time", "order_status"})),
    "by_status_updated": ("update_time", frozenset({"update_time", "order_status"})),
    "by_buyer": ("create_time", frozenset({"create_time", "buyer_user_id"})),
    "by_warehouse": ("create_time", frozenset({"create_time", "warehouse_ids"})),
    "cancel_requests": ("create_time", frozenset({"create_time", "is_buyer_request_cancel"})),
}


@serves("get-order-list-202309", family=Family.ORDER_READ)
def search(call: Call) -> Raw:
    """Orders that fit the filters, sorted by creation or by update, ``page_size`` at a time, none later than the call itself."""
    query, body = call.query, call.body
    sort, descending = query["sort_field"], query["sort_order"] == "DESC"
    filters = paging.bound(call.seller.serial, sort, descending, sorted(body.items()))
    status, buyer = _meant(call)
    if status is _NONE or buyer is _NONE:
        paging.decode(query.get("page_token"), filters)
        return Raw(b'{"next_page_token":"","total_count":0,"orders":[]}')
    found = paging.find(
        call,
        ORDERS,
        _ways(call, status, buyer),
        sort=sort,
        descending=descending,
        asked=_asked(call, status, buyer),
        filters=filters,
        pin=sort == "update_time",
    )
    return _told(call, found.rows, b'{"next_page_token":"%s","total_count":%d,"orders":[' % (found.token.encode(), found.total))


_NONE: Any = object()  # a filter that nothing can fit


def _meant(call: Call) -> tuple[Any, Any]:
    """The status and the buyer that the filters name: None for any, ``_NONE`` for what this world does not have."""
    status, buyer = call.body.get("order_status"), call.body.get("buyer_user_id")
    if status:
        status = order_view.NEUTRAL.get(status, _NONE)
    if buyer:
        serial = ids.user(call.world).read(buyer)
        buyer = _NONE if serial is None else serial
    return status or None, buyer or None


def span(call: Call, name: str) -> tuple[int, Any]:
    """The moments from ``…_ge`` to before ``…_lt`` (0: no bound, as clients send it for one), and none after the call itself."""
    body = call.body
    return body.get(f"{name}_ge", 0), min(body.get(f"{name}_lt") or TOP, call.now.wire + 1)


def _ways(call: Call, status: Status | None, buyer: int | None) -> list[Way]:
    spans = {name: span(call, name) for name in ("create_time", "update_time")}
    prefixes: dict[str, tuple[Any, ...]] = {"by_created": (), "by_updated": ()}
    if status is not None:
        prefixes["by_status_created"] = prefixes["by_status_updated"] = (status,)
    if buyer is not None:
        prefixes["by_buyer"] = (buyer,)
    if call.body.get("is_buyer_request_cancel"):
        prefixes["cancel_requests"] = ()
    if len(set(call.body.get("warehouse_ids") or ())) == 1:
        place = ids.warehouse(call.world).read(call.body["warehouse_ids"][0])
        prefixes["by_warehouse"] = (place or 0,)
    ways = []
    for name, prefix in prefixes.items():
        sort, answers = _ANSWERS[name]
        low, high = spans[sort]
        start = (call.seller.serial, _S, *prefix)
        ways.append(Way(Window(name, (*start, low), (*start, high)), sort, answers))
    return ways


def _asked(call: Call, status: Status | None, buyer: int | None) -> dict[str, Fits]:
    """What was asked for, each as a question to one order."""
    body, asked = call.body, dict[str, Fits]()
    if "create_time_ge" in body or "create_time_lt" in body:
        born, end = span(call, "create_time")
        asked["create_time"] = lambda order: born <= order.created.wire < end
    if "update_time_ge" in body or "update_time_lt" in body:
        since, until = span(call, "update_time")
        asked["update_time"] = lambda order: since <= order.updated.wire < until
    if status is not None:
        asked["order_status"] = lambda order: order.status is status
    if buyer is not None:
        asked["buyer_user_id"] = lambda order: order.buyer == buyer
    if "is_buyer_request_cancel" in body:
        pending = body["is_buyer_request_cancel"]
        asked["is_buyer_request_cancel"] = lambda order: (order.cancel_request == "pending") is pending
    if body.get("shipping_type"):
        own = {courier.serial for courier in call.world.shelf(COURIERS).page("by_service") if logistics.seller_ships(courier)}
        wanted = {"TIKTOK": False, "SELLER": True}.get(body["shipping_type"])
        asked["shipping_type"] = lambda order: (order.courier in own) is wanted
    if body.get("warehouse_ids"):
        read = ids.warehouse(call.world).read
        places = {read(text) for text in body["warehouse_ids"]}
        asked["warehouse_ids"] = lambda order: any(item.warehouse in places for item in order.items)
    return asked


def _told(call: Call, rows: list[Order], head: bytes) -> Raw:
    """The orders as they are rendered already: nothing is built but the list of their parts."""
    plain = version(call) == "202507"  # there the type of an ordinary order is empty
    of, render = call.workspace.fragments.of, partial(order_view.render, call.world, plain=plain)
    view = "tt.order.plain" if plain else "tt.order"
    parts = [head]
    for order in rows:
        parts.append(of(view, order, render))
        parts.append(b",")
    if rows:
        parts.pop()
        call.showed("orders", *[order.serial for order in rows])
    parts.append(b"]}")
    return Raw(*parts)


@serves("get-order-detail-202507", family=Family.ORDER_READ)
def detail(call: Call) -> Raw:
    """Orders by id; an id that is none of this shop's is left out, or refuses the call (rule ``order_detail_unknown``)."""
    world, owner = call.world, call.seller.serial
    read = ids.order(world).read
    rows: list[Order] = []
    for text in dict.fromkeys(call.query["ids"]):
        serial = read(text)
        order = world.get(ORDERS, serial) if serial is not None else None
        if order is not None and order.platform is _S and order.seller == owner:
            rows.append(order)
        elif world.rules.order_detail_unknown == "refuse":
            raise refuse(21008111, f"order {text} is not one of this shop's TikTok Shop orders", rule="order_detail_unknown")
        else:
            call.inferred("order_detail_unknown", f"order {text} is not one of this shop's TikTok Shop orders: left out")
    return _told(call, rows, b'{"orders":[')


def mine(call: Call, text: object) -> Order:
    """The order of that id, of this seller. Raises OrderUnknown or Refusal."""
    order = find(call.world, ids.order(call.world).read(text), _S)
    if order.seller != call.seller.serial:
        raise refuse(21008111, f"order {text} is another seller's")
    return order


@serves("get-price-detail-202407", family=Family.ORDER_READ)
def price_detail(call: Call) -> dict[str, Any]:
    """What an order and each of its units cost, before and after discounts. How the sums belong together is inferred."""
    order = mine(call, call.params["order_id"])
    call.showed("orders", order.serial)
    wire = ids.line(call.world).wire
    lines = [
        {"id": str(wire(unit)), **_priced(item.list_price, item.price, item.subsidy), "cod_fee_amount": "0", **_promoted(item)}
        for item in order.items
        for unit in item.serials
    ]
    fees = order.insurance_fee + order.service_fee
    whole = _priced(
        order_view.listed_total(order), order.product_total, order_view.subsidies(order), fees=fees, shipping=order.shipping_fee, shipping_subsidy=order.shipping_subsidy
    )
    return {**whole, "cod_fee_net_amount": "0", "line_items": lines}


# What stands where a voucher took something off: a kind of voucher, odd as it is (documented).
_NEW_USER, _SELLER_SKU_PRICE, _FREE_SHIPPING = "1010000", "1020000", "1030000"


def _promoted(item: Item) -> dict[str, Any]:
    """What the seller has taken off a unit, as a client library of 2026 knows it; the activity is 0 where no promotion did it."""
    off = item.list_price - item.sold_for
    return {
        "seller_funded_product_promotions": [{"activity_id": "0", "discount_amount": str(off), "discount_type": "SELLER_DISCOUNT"}] if off else [],
        "seller_funded_shipping_promotions": [],
    }


def _priced(listed: int, sold: int, subsidy: int, *, fees: int = 0, shipping: int = 0, shipping_subsidy: int = 0) -> dict[str, str]:
    own = listed - sold - subsidy
    vouchers = {
        "voucher_deduction_platform": _NEW_USER if subsidy else "",
        "voucher_deduction_seller": _SELLER_SKU_PRICE if own else "",
        "shipping_fee_deduction_platform_voucher": _FREE_SHIPPING if shipping_subsidy else "",
    }
    return {
        "currency": "IDR",
        "total": str(listed + shipping + shipping_subsidy + fees),
        "payment": str(sold + shipping + fees),
        **vouchers,
        "sku_list_price": str(listed),
        "sku_sale_price": str(sold),
        "subtotal": str(sold),
        "subtotal_deduction_seller": str(own),
        "subtotal_deduction_platform": str(subsidy),
        "subtotal_tax_amount": "0",
        "shipping_list_price": str(shipping + shipping_subsidy),
        "shipping_sale_price": str(shipping),
        "shipping_fee_deduction_seller": "0",
        "shipping_fee_deduction_platform": str(shipping_subsidy),
        "tax_amount": "0",
        "tax_rate": "0",
        "net_price_amount": str(sold),
        "cod_fee": "0",
    }
