"""Orders: searched by filters and sort, page by page, and read by id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..domain import orders
from ..domain.orders import ORDERS, Order
from ..domain.phases import Family, Platform
from ..domain.table import TOP, Shelf
from ..gateway.call import Call, Raw
from . import ids, order_view, paging
from .catalog import serves
from .paging import Run, Window
from .words import refuse

_S = Platform.TIKTOK_SHOP
Fits = Callable[[Order], bool]


@serves("get-order-list-202309", family=Family.ORDER_READ)
def search(call: Call) -> Raw:
    """Orders that fit the filters, sorted by creation or by update, ``page_size`` at a time."""
    query, body, workspace = call.query, call.body, call.workspace
    by_update, descending = query["sort_field"] == "update_time", query["sort_order"] == "DESC"
    size = query["page_size"]
    filters = paging.bound(call.seller.serial, by_update, descending, sorted(body.items()))
    run = paging.decode(query.get("page_token"), filters)
    world = paging.world_of(call, run)
    shelf = world.shelf(ORDERS)
    window, fits = _window(call, shelf, body, by_update)
    if window is None:
        return Raw(b'{"next_page_token":"","total_count":0,"orders":[]}')
    fit = _every(fits)
    rows, last = paging.page(shelf, window, run.after, descending=descending, size=size, fits=fit)
    total = paging.total(shelf, window, fit, call)
    token = ""
    if last is not None:
        token = paging.encode(filters, Run(last, run.revision or (workspace.pin() if by_update else 0)))
    if world is not call.world:
        now = call.world.shelf(ORDERS).rows
        rows = [now.get(row.serial, row) for row in rows]
    return _told(call, rows, b'{"next_page_token":"%s","total_count":%d,"orders":[' % (token.encode(), total))


def _told(call: Call, rows: list[Order], head: bytes) -> Raw:
    world, fragments = call.world, call.workspace.fragments
    render: Callable[[Order], bytes] = lambda order: order_view.render(world, order)  # noqa: E731
    parts = [head]
    for order in rows:
        parts.append(fragments.of("tt.order", order, render))
        parts.append(b",")
    if rows:
        parts.pop()
        call.showed("orders", *[order.serial for order in rows])
    parts.append(b"]}")
    return Raw(*parts)


def _window(call: Call, shelf: Shelf[Order], body: dict[str, Any], by_update: bool) -> tuple[Window | None, list[Fits]]:
    """The narrowest stretch of an index in the order asked for, and what must still be looked at row by row. None: nothing can fit."""
    owner = call.seller.serial
    created = (body.get("create_time_ge", 0), min(body.get("create_time_lt", TOP), call.now.wire + 1))
    updated = (body.get("update_time_ge", 0), min(body.get("update_time_lt", TOP), call.now.wire + 1))
    if body.get("shipping_type", "TIKTOK") != "TIKTOK":
        return None, []
    fits: list[Fits] = []
    status = buyer = None
    if body.get("order_status"):
        status = order_view.NEUTRAL.get(body["order_status"])
        if status is None:
            return None, []
    if body.get("buyer_user_id"):
        buyer = ids.user(call.world).read(body["buyer_user_id"])
        if buyer is None:
            return None, []
    main, other = (updated, created) if by_update else (created, updated)
    name = "updated" if by_update else "created"
    windows = [(Window(f"by_{name}", (owner, _S, main[0]), (owner, _S, main[1])), "")]
    if status is not None:
        windows.append((Window(f"by_status_{name}", (owner, _S, status, main[0]), (owner, _S, status, main[1])), "status"))
    if buyer is not None and not by_update:
        windows.append((Window("by_buyer", (owner, _S, buyer, main[0]), (owner, _S, buyer, main[1])), "buyer"))
    window, covers = min(windows, key=lambda row: (shelf.count(row[0].name, row[0].low, row[0].high), row[1] == "")) if len(windows) > 1 else windows[0]
    if status is not None and covers != "status":
        fits.append(lambda order: order.status is status)
    if buyer is not None and covers != "buyer":
        fits.append(lambda order: order.buyer == buyer)
    given = "create_time" if by_update else "update_time"
    if f"{given}_ge" in body or f"{given}_lt" in body:
        fits.append((lambda order: other[0] <= order.created.wire < other[1]) if by_update else (lambda order: other[0] <= order.updated.wire < other[1]))
    if "is_buyer_request_cancel" in body:
        asked = body["is_buyer_request_cancel"]
        fits.append(lambda order: (order.cancel_request == "pending") is asked)
    if body.get("warehouse_ids"):
        read = ids.warehouse(call.world).read
        wanted = {read(text) for text in body["warehouse_ids"]}
        fits.append(lambda order: order.warehouse in wanted)
    return window, fits


def _every(fits: list[Fits]) -> Fits | None:
    if not fits:
        return None
    return fits[0] if len(fits) == 1 else lambda order: all(fit(order) for fit in fits)


@serves("get-order-detail-202507", family=Family.ORDER_READ)
def detail(call: Call) -> Raw:
    """Orders by id; an id that is none of this shop's is left out, or refuses the call (rule ``order_detail_unknown``)."""
    world = call.world
    read = ids.order(world).read
    rows: list[Order] = []
    for text in dict.fromkeys(call.query["ids"]):
        serial = read(text)
        order = world.get(ORDERS, serial) if serial is not None else None
        if order is not None and order.platform is _S and order.seller == call.seller.serial:
            rows.append(order)
        elif world.rules.order_detail_unknown == "refuse":
            raise refuse(21008111, f"order {text} is not one of this shop's TikTok Shop orders", rule="order_detail_unknown")
        else:
            call.inferred("order_detail_unknown", f"order {text} is not one of this shop's TikTok Shop orders: left out")
    return _told(call, rows, b'{"orders":[')


def mine(call: Call, text: object) -> Order:
    """The order of that id, of this seller. Raises OrderUnknown."""
    order = orders.find(call.world, ids.order(call.world).read(text), _S)
    if order.seller != call.seller.serial:
        raise refuse(21008111, f"order {text} is another seller's")
    return order


