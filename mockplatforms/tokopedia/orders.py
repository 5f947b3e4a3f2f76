"""Orders: listed, read, accepted, rejected, picked up, shipped and labelled; only those that Tokopedia owns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from ..domain import acceptance, cancellations, orders, shipping, shops
from ..domain.errors import Invalid, OrderState, Refused, Repeated
from ..domain.instants import DAY
from ..domain.orders import ORDERS, Order, Status
from ..domain.phases import Family, Platform
from ..domain.shops import WAREHOUSES
from ..domain.table import TOP
from ..domain.world import World
from ..gateway.call import Call, Raw, Reply
from . import asked, auth, ids, jakarta, labels, statuses
from . import order_view as view
from . import products as goods
from .catalog import CATALOG
from .envelope import Form
from .words import refuse

_T = Platform.TOKOPEDIA
WINDOW = 3 * DAY  # documented


# ---- listing --------------------------------------------------------------------------------------------------------------------------------------


@CATALOG.endpoint("GET", "/v2/order/list", family=Family.ORDER_READ, effect="read", source="getAllOrders")
def order_list(call: Call) -> Raw:
    """Paid orders created in a window of up to three days, page by page; those that arrive on TikTok Shop are not among them."""
    return Raw(*_orders(call))


@CATALOG.endpoint("GET", "/v1/order/list", family=Family.ORDER_READ, effect="read", source="getAllOrders")
def order_list_v1(call: Call) -> Reply:
    """The same in the envelope of 2017 (JSON:API; its members are inferred)."""
    return Reply((b'{"jsonapi":{"version":"1.0"},"meta":null,"data":', *_orders(call), b',"links":{}}'))


def _orders(call: Call) -> list[bytes]:
    asked.number(call, "fs_id", bad="ORD_DLV_002", missing="ORD_DLV_001")
    if asked.text(call, "shop_id") and asked.text(call, "warehouse_id"):
        raise refuse("ORD_DLV_008", "the query carries both shop_id and warehouse_id")
    begin = asked.number(call, "from_date", bad="ORD_DLV_010", missing="ORD_DLV_009")
    end = asked.number(call, "to_date", bad="ORD_DLV_012", missing="ORD_DLV_011")
    number = asked.number(call, "page", bad="ORD_DLV_015", default=1)
    size = asked.number(call, "per_page", bad="ORD_DLV_017", missing="ORD_DLV_016")
    if number < 1:
        raise refuse("ORD_DLV_015", f"page is {number}: from 1")
    if not 1 <= size <= 100:
        raise refuse("ORD_DLV_017", f"per_page is {size}: 1 to 100")
    if end < begin:
        raise refuse("ORD_DLV_012", f"from_date {begin} is after to_date {end}")
    if end - begin > WINDOW:
        raise refuse("ORD_DLV_013", f"the window is {(end - begin) / DAY:.1f} days, 3 at most are taken", 3)
    status = asked.text(call, "status", "order_status")
    code = asked.number(call, "status", "order_status", bad="ORD_DLV_018") if status else None
    place = _warehouse(call)
    end = min(end, call.now.wire)
    everyone = not asked.text(call, "shop_id") and place is None
    owners = [owner.serial for owner in shops.sellers(call.world) if owner.tokopedia is not None] if everyone else [call.seller.serial]
    meant = statuses.MEANING.get(code) if code is not None else None
    rows = [] if code is not None and meant is None else _page(call.world, owners, (begin, end + 1), meant, place, number, size)
    if number > 1:
        call.notes.append("numbered pages shift while orders come in: an order may be told twice or not at all")
    parts: list[bytes] = [b"["]
    world = call.world
    fs_id = str(call.workspace.credentials.fs_id)
    render: Callable[[Order], bytes] = lambda order: orjson.dumps(view.listed(world, order, fs_id))
    for order in rows:
        parts += [call.workspace.fragments.of("toko.order", order, render), b","]
    if rows:
        parts.pop()
    call.showed("orders", *[order.serial for order in rows])
    return [*parts, b"]"]


def _warehouse(call: Call) -> int | None:
    """The warehouse that the query names; the call is about its seller then."""
    if not asked.text(call, "warehouse_id"):
        return None
    serial = ids.warehouse(call.world).serial(asked.number(call, "warehouse_id", bad="ORD_DLV_007"))
    held = call.world.get(WAREHOUSES, serial) if serial is not None else None
    if held is None or not held.tokopedia:
        raise refuse("RBAC_MDLW_001", f"warehouse {asked.text(call, 'warehouse_id')} is none of this app's shops'")
    call.seller = shops.seller(call.world, held.seller)
    return held.serial


def _page(
    world: World, owners: list[int], window: tuple[int, int], meant: tuple[Status, int] | None, place: int | None, number: int, size: int
) -> list[Order]:
    """One numbered page, the newest first, seller after seller."""
    shelf = world.shelf(ORDERS)
    skip = (number - 1) * size
    rows: list[Order] = []
    for owner in owners:
        name: str = "listed" if meant is None else "listed_status"
        prefix: tuple[Any, ...] = (owner,) if meant is None else (owner, *meant)
        low, high = (*prefix, window[0]), (*prefix, window[1])
        if place is not None:  # no index knows warehouses; the window of three days bounds what is looked through
            found = [order for order in shelf.page(name, low, high, reverse=True) if order.warehouse == place]
            rows += found[skip : skip + size - len(rows)]
        else:
            count = shelf.count(name, low, high)
            if skip < count:
                rows += shelf.page(name, low, high, reverse=True, skip=skip, limit=size - len(rows))
            skip = max(0, skip - count)
        if len(rows) >= size:
            break
    return rows


# ---- one order --------------------------------------------------------------------------------------------------------------------------------------


def own(call: Call, given: object) -> Order:
    """The order of that id; the call is about its seller from then on. Raises OrderUnknown."""
    order = orders.find(call.world, ids.order(call.world).read(given), _T)
    auth.pick(call, ids.shop(call.world).wire(view.shop_of(call.world, order)))
    return order


@CATALOG.endpoint("GET", "/v2/fs/{fs_id}/order", family=Family.ORDER_READ, effect="read", source="getSingleOrder")
def single(call: Call) -> dict[str, Any]:
    """One order with everything, by its id or its invoice number."""
    order_id, invoice = asked.text(call, "order_id"), asked.text(call, "invoice_num")
    if bool(order_id) == bool(invoice):
        raise refuse("ORD_DLV_004" if order_id else "ORD_DLV_003", "exactly one of order_id and invoice_num is wanted")
    order = own(call, order_id or invoice.rpartition("/")[2])
    if invoice and view.invoice_of(call.world, order) != invoice:
        raise refuse("ORD_API_008", f"no order has the invoice number {invoice!r}", status=400)
    call.showed("orders", order.serial)
    return view.single(call.world, order)


# ---- an order's life --------------------------------------------------------------------------------------------------------------------------------

_ACT: dict[str, Any] = {"family": Family.FULFILMENT, "effect": "write"}


def _try(code: str, act: Callable[[], Any], *, kind: type[Refused] = OrderState) -> None:
    """Do it; what the order's state forbids is refused with the code that the endpoint has for it."""
    try:
        act()
    except kind as no:
        raise refuse(code, str(no), status=400) from None


@CATALOG.endpoint("POST", "/v1/order/{order_id}/fs/{fs_id}/ack", source="acceptOrder", **_ACT)
def ack(call: Call) -> str:
    """The seller accepts: all of it, or with ``products`` fewer units of some."""
    order = own(call, call.params["order_id"])
    given = asked.body(call, bad="ORD_DLV_020")
    less = _rejected(call, order, given.get("products")) if isinstance(given, dict) and given.get("products") else {}
    _try("ORD_USC_007", lambda: call.apply(acceptance.accept, order.serial, rejected=less), kind=Refused)
    return "success"


def _rejected(call: Call, order: Order, rows: Any) -> dict[int, int]:
    """Line → units that the seller does not deliver."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise refuse("ORD_DLV_020", "products must be a list of objects")
    lines = {view.product_id(call.world, item): item for item in order.items}
    less: dict[int, int] = {}
    for row in rows:
        item = lines.get(asked.whole(row.get("product_id")) or 0)
        if item is None:
            raise refuse("ORD_USC_011", f"product {row.get('product_id')} is not in this order")
        rejected = asked.whole(row.get("quantity_reject", 0))
        deliver = asked.whole(row.get("quantity_deliver", item.quantity - (rejected or 0)))
        if rejected is None or deliver is None or rejected + deliver != item.quantity:
            raise refuse("ORD_USC_007", f"of {item.quantity} units {row.get('quantity_deliver')} and {row.get('quantity_reject')} are to be delivered and rejected")
        less[item.serial] = rejected
    return less


@CATALOG.endpoint("POST", "/v1/order/{order_id}/fs/{fs_id}/nack", source="rejectOrder", **_ACT)
def nack(call: Call) -> str:
    """The seller rejects, with a reason by number; 8 grants the buyer's wish to cancel."""
    order = own(call, call.params["order_id"])
    given = asked.fields(call, bad="ORD_DLV_020")
    code = asked.whole(given.get("reason_code") or 0)
    if code not in (0, 1, 2, 3, 4, 5, 7, 8):
        raise refuse("ORD_USC_014", f"reason_code is {given.get('reason_code')!r}: 0 to 5, 7 or 8")
    reason = given["reason"].strip() if isinstance(given.get("reason"), str) else ""
    if code in (0, 7, 8) and not 1 <= len(reason) <= 512:
        raise refuse("ORD_USC_009", f"reason_code {code} needs a reason of up to 512 characters")
    if code == 8 and order.cancel_request != "pending":
        raise refuse("ORD_USC_019", "reason_code 8 is for an order that the buyer has asked to cancel")
    until, note = _rest(call, given) if code == 4 else (0, "")
    empty = tuple(_empty(call, order, text) for text in given.get("empty_products") or [] if code == 1)

    def rejected(world: World) -> World:
        world = acceptance.reject(world, order.serial, code=code, reason=reason or f"reason {code}", empty_products=empty)
        return shops.close(world, call.shop.serial, note=note, until=until) if until else world

    _try("ORD_USC_014", lambda: call.apply(rejected))
    return "success"


def _rest(call: Call, given: dict[str, Any]) -> tuple[int, str]:
    """Until when (wire time) the shop is closed, and what it says meanwhile."""
    day, note = given.get("shop_close_end_date"), given.get("shop_close_note")
    if not day or not isinstance(note, str) or not note.strip():
        raise refuse("ORD_USC_012", "reason_code 4 needs shop_close_end_date and shop_close_note")
    try:
        until = jakarta.read(str(day), "%d/%m/%Y") + DAY
    except ValueError:
        until = 0
    if until <= call.now.wire or len(note) > 100:
        raise refuse("ORD_USC_013", f"shop_close_end_date is {day!r}: DD/MM/YYYY from today on, with a note of up to 100 characters")
    return until, note


def _empty(call: Call, order: Order, text: object) -> int:
    found = goods.item(call.world, text, order.seller)
    if found is None or all(item.product != found[0].serial for item in order.items):
        raise refuse("ORD_USC_011", f"product {text!r} of empty_products is not in this order")
    return found[0].serial


@CATALOG.endpoint("POST", "/inventory/v1/fs/{fs_id}/pick-up", source="requestPickup", **_ACT)
def pick_up(call: Call) -> dict[str, Any]:
    """Call the courier for an accepted order."""
    given = asked.fields(call, bad="LGS_DLV_003")
    if given.get("order_id") in (None, ""):
        raise refuse("LGS_DLV_004", "the body carries no order_id")
    if asked.whole(given["order_id"]) is None:
        raise refuse("LGS_DLV_006", f"order_id is {given['order_id']!r}: a whole number is wanted")
    order = own(call, given["order_id"])
    shop = ids.shop(call.world).wire(call.shop.serial)
    if given.get("shop_id") not in (None, "", shop, str(shop)):
        raise refuse("LGS_USC_010", f"order {given.get('order_id')} is not shop {given.get('shop_id')}'s")
    _try("LGS_USC_007", lambda: call.apply(shipping.request_pickup, order.serial))
    when = jakarta.local(call.now.wire)
    return {"order_id": ids.order(call.world).wire(order.serial), "shop_id": shop, "request_time": when, "result": "Permintaan pickup diterima."}


@CATALOG.endpoint("POST", "/v1/order/{order_id}/fs/{fs_id}/status", source="confirmShipping", **_ACT)
def confirm_shipping(call: Call) -> str:
    """The parcel is with the courier (500), with its AWB; 600 tells its delivery."""
    order = own(call, call.params["order_id"])
    given = asked.fields(call, bad="ORD_DLV_020")
    status = asked.whole(given.get("order_status"))
    if status == 600:
        if not given.get("shop_id"):
            raise refuse("ORD_DLV_022", "to set an order delivered the body must carry shop_id")
        _try("ORD_USC_016", lambda: call.apply(shipping.delivered, order.serial, by="seller"))
        return "Success"
    if status != 500:
        raise refuse("ORD_DLV_023", f"order_status is {given.get('order_status')!r}: 500 is wanted")
    awb = given.get("shipping_ref_num")
    if not isinstance(awb, str) or not awb.strip():
        raise refuse("ORD_DLV_021", "shipping_ref_num carries the AWB")
    _try("LGS_USC_006", lambda: call.apply(shipping.confirm_shipping, order.serial, awb.strip()))
    return "Success"


@CATALOG.endpoint("POST", "/v1/order/{order_id}/fs/{fs_id}/reject-cancel", source="rejectRequestCancel", **_ACT)
def reject_cancel(call: Call) -> dict[str, bool]:
    """The buyer's wish to cancel is declined."""
    order = own(call, call.params["order_id"])
    _try("ORD_API_016", lambda: call.apply(cancellations.settle_cancel, order.serial, "rejected"))
    return {"success": True}


@CATALOG.endpoint("POST", "/v1/order/{order_id}/fs/{fs_id}/pof/request", source="requestPartialOrderFulfillment", **_ACT)
def request_partial(call: Call) -> dict[str, bool]:
    """Ask the buyer to be content with fewer units; once per order."""
    order = own(call, call.params["order_id"])
    rows = asked.fields(call, bad="ORD_DLV_020").get("pof_detail")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise refuse("ORD_DLV_020", "the body carries no pof_detail")
    wanted = []
    for row in rows:
        line, units = ids.order(call.world).read(row.get("order_dtl_id")), asked.whole(row.get("quantity_request"))
        if line is None or units is None:
            raise refuse("ORD_DLV_020", f"order_dtl_id is {row.get('order_dtl_id')!r}, quantity_request {row.get('quantity_request')!r}: whole numbers are wanted")
        wanted.append((line, units))
    try:
        call.apply(acceptance.request_partial, order.serial, wanted)
    except Repeated as no:
        raise refuse("ORD_API_011", str(no), status=400) from None
    except acceptance.Unchanged as no:
        raise refuse("ORD_API_013", str(no), status=400) from None
    except Invalid as no:
        raise refuse("ORD_API_010", str(no), status=400) from None
    except OrderState as no:
        raise refuse("ORD_USC_001", str(no)) from None
    return {"success": True}


# ---- labels -----------------------------------------------------------------------------------------------------------------------------------------


@CATALOG.endpoint("GET", "/v1/order/{order_id}/fs/{fs_id}/shipping-label", family=Family.ORDER_READ, effect="write", source="getShippingLabel")
def label(call: Call) -> Reply:
    """The label of an accepted order as a page; unless ``printed=0`` it counts as printed from then on."""
    return _label(call)


@CATALOG.endpoint(
    "GET", "/v2/order/{order_id}/fs/{fs_id}/shipping-label", family=Family.ORDER_READ, effect="write", source="getShippingLabelV2", mark="inferred"
)
def label_v2(call: Call) -> Reply:
    """The second version of the label was announced; its path and that it answers the same are inferred."""
    return _label(call)


def _label(call: Call) -> Reply:
    order = own(call, call.params["order_id"])
    if order.accepted is None or order.status is Status.CANCELLED:
        raise refuse("ORD_API_008", f"order {order.key} is {order.status}: there is a label once it was accepted")
    if asked.text(call, "printed") != "0" and not order.label_printed:
        call.apply(orders.printed, order.serial)
    call.showed("orders", order.serial)
    return Reply((labels.page(call.world, order).encode(),), content_type="text/html; charset=utf-8")


# ---- fulfilment orders ------------------------------------------------------------------------------------------------------------------------------


@CATALOG.endpoint("GET", "/v1/fs/{fs_id}/fulfillment_order", family=Family.ORDER_READ, effect="read", source="getOrderCobCod")
def fulfilment_orders(call: Call) -> Form:
    """Accepted orders with their booking codes, from a cursor on: towards newer ones (``next_order_id``) or older ones (``first_order_id``)."""
    world = call.world
    if asked.text(call, "order_id"):
        asked.number(call, "order_id", bad="ORD_DLV_026")
        rows = [own(call, asked.text(call, "order_id"))]
    else:
        rows = _after(call)
    call.showed("orders", *[order.serial for order in rows])
    wire = ids.order(world).wire
    told = [view.booked(world, order) for order in rows]
    cursors = {"next_order_id": wire(rows[-1].serial) if rows else 0, "first_order_id": wire(rows[0].serial) if rows else 0}
    return Form("status", {"order_data": told, **cursors})


def _after(call: Call) -> list[Order]:
    world = call.world
    size = max(1, min(100, asked.number(call, "per_page", bad="ORD_DLV_017", default=10)))
    onward, back = asked.number(call, "next_order_id", bad="ORD_DLV_025", default=0), asked.number(call, "first_order_id", bad="ORD_DLV_024", default=0)
    low: tuple[Any, ...] = (call.seller.serial, 0)
    high: tuple[Any, ...] = (call.seller.serial, TOP)
    shelf = world.shelf(ORDERS)
    serial = ids.order(world).read(onward or back)
    if serial is not None and (order := world.get(ORDERS, serial)) is not None:
        here = (call.seller.serial, order.created.wire, serial)
        low, high = ((*here, TOP), high) if onward else (low, here)
    rows = shelf.page("listed", low, high, reverse=bool(back), limit=size)
    return rows[::-1] if back else rows
