"""Orders: listed, read, accepted, rejected, picked up and shipped; only those that Tokopedia owns."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import orjson

from ..domain import orders, shops
from ..domain.errors import OrderState
from ..domain.instants import DAY, HOUR
from ..domain.orders import ORDERS, Item, Order, Status
from ..domain.phases import Family, Platform
from ..domain.products import PRODUCTS
from ..domain.shops import BUYERS, COURIERS, WAREHOUSES
from ..domain.world import World
from ..gateway.call import Call, Raw
from . import asked, auth, ids, statuses
from . import products as goods
from .catalog import CATALOG
from .words import refuse

_T = Platform.TOKOPEDIA
UNSET = "0001-01-01T00:00:00Z"
WINDOW = 3 * DAY  # documented
JAKARTA = 7 * HOUR


def stamp(wire: int) -> str:
    """Jakarta's clock written with a Z, as the platform does (observed)."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wire + JAKARTA)) if wire else UNSET


def product_id(world: World, item: Item) -> int:
    """The Tokopedia product that was sold: the variant where there is one."""
    record = world.get(PRODUCTS, item.product)
    return ids.product(world).wire(item.sku if record is not None and record.axes else item.product)


def lines(world: World, order: Order, currency: str = "Rp") -> list[dict[str, Any]]:
    return [
        {
            "id": product_id(world, item),
            "name": item.name if not item.variant else f"{item.name} - {item.variant}",
            "quantity": item.quantity,
            "notes": order.note,
            "weight": item.weight / 1000,
            "total_weight": item.weight * item.quantity / 1000,
            "price": item.price,
            "total_price": item.price * item.quantity,
            "currency": currency,
            "sku": item.seller_sku,
            "is_wholesale": False,
        }
        for item in order.items
    ]


def buyer(world: World, order: Order) -> dict[str, Any]:
    who = world.get(BUYERS, order.buyer)
    name, mail, phone = (who.name, who.email, who.address.phone) if who is not None else ("", "", "")
    return {"id": ids.user(world).wire(order.buyer), "name": name, "phone": phone, "email": mail}


def recipient(order: Order) -> dict[str, Any]:
    where = order.address
    return {
        "name": where.name,
        "phone": where.phone,
        "address": {
            "address_full": where.street,
            "district": where.district,
            "city": where.city,
            "province": where.province,
            "country": "Indonesia",
            "postal_code": where.postal,
            "district_id": where.district_id,
            "city_id": where.city_id,
            "province_id": where.province_id,
            "geo": f"{where.latitude},{where.longitude}",
        },
    }


def logistics(world: World, order: Order) -> dict[str, Any]:
    courier = world.get(COURIERS, order.courier)
    assert courier is not None  # orders name couriers of their world
    where = order.address
    return {
        "shipping_id": courier.shipper_id,
        "district_id": where.district_id,
        "city_id": where.city_id,
        "province_id": where.province_id,
        "geo": f"{where.latitude},{where.longitude}",
        "shipping_agency": courier.shipper,
        "service_type": courier.service,
    }


def amounts(order: Order) -> dict[str, Any]:
    return {
        "ttl_product_price": order.product_total,
        "shipping_cost": order.shipping_fee,
        "insurance_cost": order.insurance_fee,
        "ttl_amount": order.total,
        "voucher_amount": 0,
        "toppoints_amount": 0,
    }


def invoice_of(world: World, order: Order) -> str:
    """The invoice number: it ends in the order's id."""
    day = time.strftime("%Y%m%d", time.gmtime(order.created.wire + JAKARTA))
    return f"INV/{day}/MPL/{ids.order(world).wire(order.serial)}"


def shop_of(world: World, order: Order) -> int:
    owner = shops.seller(world, order.seller)
    return owner.tokopedia or 0


# ---- listing --------------------------------------------------------------------------------------------------------------------------------------


@CATALOG.endpoint("GET", "/v2/order/list", family=Family.ORDER_READ, effect="read", source="getAllOrders")
def order_list(call: Call) -> Raw:
    """Paid orders created in a window of up to three days, page by page; those that arrive on TikTok Shop are not among them."""
    asked.number(call, "fs_id", code="ORD_DLV_001", reason="fs_id Is Required")
    begin = asked.number(call, "from_date", code="ORD_DLV_006", reason="Invalid from_date")
    end = asked.number(call, "to_date", code="ORD_DLV_007", reason="Invalid to_date")
    number = asked.number(call, "page", code="ORD_DLV_008", reason="Invalid page", default=1)
    size = asked.number(call, "per_page", code="ORD_DLV_009", reason="Invalid per_page", default=50)
    if number < 1 or not 1 <= size <= 100:
        raise refuse("ORD_DLV_010", "Invalid page or per_page", f"page is {number}, per_page {size}: from 1, and 1 to 100")
    if end < begin:
        raise refuse("ORD_DLV_012", "from_date Must Be Before to_date", f"from_date {begin} is after to_date {end}")
    if end - begin > WINDOW:
        raise refuse("ORD_DLV_013", "Maximum Date Range Is 3 Days", f"the window is {(end - begin) / DAY:.1f} days, 3 at most are taken")
    status = asked.text(call, "status", "order_status")
    code = asked.number(call, "status", "order_status", code="ORD_DLV_014", reason="Invalid status") if status else None
    neutral = statuses.NEUTRAL.get(code) if code is not None else None
    end = min(end, call.now.wire)
    owners = [call.seller] if asked.text(call, "shop_id") else [owner for owner in shops.sellers(call.world) if owner.tokopedia is not None]
    rows = [] if code is not None and neutral is None else _page(call.world, [owner.serial for owner in owners], (begin, end + 1), neutral, code, number, size)
    parts: list[bytes] = [b"["]
    world = call.world
    fs_id = str(call.workspace.credentials.fs_id)
    render: Callable[[Order], bytes] = lambda order: orjson.dumps(_listed(world, order, fs_id))
    for order in rows:
        parts += [call.workspace.fragments.of("toko.order", order, render), b","]
    if rows:
        parts.pop()
    call.showed("orders", *[order.serial for order in rows])
    return Raw(*parts, b"]")


def _page(world: World, owners: list[int], window: tuple[int, int], status: Status | None, code: int | None, number: int, size: int) -> list[Order]:
    """One numbered page, the newest first, seller after seller."""
    shelf = world.shelf(ORDERS)
    skip = (number - 1) * size
    rows: list[Order] = []
    for owner in owners:
        name, low, high = ("listed", (owner, window[0]), (owner, window[1])) if status is None else ("listed_status", (owner, status, window[0]), (owner, status, window[1]))
        if status is Status.CANCELLED:
            found = [order for order in shelf.page(name, low, high, reverse=True) if order.cancel_code == code]
            rows += found[skip : skip + size - len(rows)]
            skip = max(0, skip - len(found))
        else:
            count = shelf.count(name, low, high)
            if skip < count:
                rows += shelf.page(name, low, high, reverse=True, skip=skip, limit=size - len(rows))
            skip = max(0, skip - count)
        if len(rows) >= size:
            break
    return rows


def _listed(world: World, order: Order, fs_id: str) -> dict[str, Any]:
    wire = ids.order(world).wire(order.serial)
    return {
        "fs_id": fs_id,
        "order_id": wire,
        "is_cod_mitra": False,
        "accept_partial": False,
        "invoice_ref_num": invoice_of(world, order),
        "have_product_bundle": False,
        "products": lines(world, order),
        "products_fulfilled": [
            {"product_id": product_id(world, item), "quantity_deliver": item.quantity - item.rejected, "quantity_reject": item.rejected} for item in order.items
        ],
        "device_type": "",
        "buyer": buyer(world, order),
        "shop_id": ids.shop(world).wire(shop_of(world, order)),
        "payment_id": wire + 1,
        "recipient": recipient(order),
        "logistics": logistics(world, order),
        "amt": amounts(order),
        "dropshipper_info": {},
        "voucher_info": {"voucher_code": "", "voucher_type": 0},
        "order_status": statuses.number(order),
        "warehouse_id": ids.warehouse(world).wire(order.warehouse),
        "fulfill_by": 0,
        "create_time": order.created.wire,
        "custom_fields": {"awb": order.awb} if order.awb else {},
        "promo_order_detail": {"order_id": wire, "total_cashback": 0, "total_discount": 0, "total_discount_product": 0, "total_discount_shipping": 0, "total_discount_details": None, "summary_promo": None},
    }


# ---- one order --------------------------------------------------------------------------------------------------------------------------------------


def own(call: Call, given: object) -> Order:
    """The order of that id; the call is about its seller from then on. Raises OrderUnknown."""
    order = orders.find(call.world, ids.order(call.world).read(given), _T)
    auth.pick(call, ids.shop(call.world).wire(shop_of(call.world, order)))
    return order


@CATALOG.endpoint("GET", "/v2/fs/{fs_id}/order", family=Family.ORDER_READ, effect="read", source="getSingleOrder")
def single(call: Call) -> dict[str, Any]:
    """One order with everything, by its id or its invoice number."""
    order_id, invoice = asked.text(call, "order_id"), asked.text(call, "invoice_num")
    if bool(order_id) == bool(invoice):
        raise refuse("ORD_DLV_003", "order_id Or invoice_num Is Required", "exactly one of order_id and invoice_num is wanted")
    order = own(call, order_id or invoice.rpartition("/")[2])
    if invoice and invoice_of(call.world, order) != invoice:
        raise refuse("ORD_API_008", "Data Not Found", f"no order has the invoice number {invoice!r}")
    call.showed("orders", order.serial)
    return _single(call.world, order)


def _single(world: World, order: Order) -> dict[str, Any]:
    wire = ids.order(world).wire(order.serial)
    who, place = buyer(world, order), world.get(WAREHOUSES, order.warehouse)
    owner = shops.seller(world, order.seller)
    shop = shops.shop(world, owner.tokopedia)
    courier = world.get(COURIERS, order.courier)
    assert courier is not None and place is not None  # orders name couriers and warehouses of their world
    warehouse = ids.warehouse(world).wire(place.serial)
    where, here = order.address, place.address
    shop_id = ids.shop(world).wire(shop.serial)
    shipped = order.status in (Status.IN_TRANSIT, Status.DELIVERED, Status.COMPLETED, Status.COMPLAINED, Status.RETURNED)
    return {
        "order_id": wire,
        "buyer_id": who["id"],
        "seller_id": shop_id,
        "payment_id": wire + 1,
        "is_affiliate": False,
        "is_fulfillment": False,
        "order_warehouse": {
            "warehouse_id": warehouse,
            "fulfill_by": 0,
            "meta_data": {
                "warehouse_id": warehouse,
                "partner_id": 0,
                "shop_id": shop_id,
                "warehouse_name": place.name,
                "district_id": here.district_id,
                "district_name": here.district,
                "city_id": here.city_id,
                "city_name": here.city,
                "province_id": here.province_id,
                "province_name": here.province,
                "status": 1,
                "postal_code": here.postal,
                "is_default": int(place.is_default),
                "latlon": f"{here.latitude},{here.longitude}",
                "latitude": here.latitude,
                "longitude": here.longitude,
                "email": "",
                "address_detail": here.street,
                "country_name": "Indonesia",
                "is_fulfillment": False,
            },
        },
        "order_status": statuses.number(order),
        "invoice_number": invoice_of(world, order),
        "invoice_pdf": f"{invoice_of(world, order).replace('/', '-')}.pdf",
        "invoice_url": f"https://www.tokopedia.com/invoice.pl?id={wire}",
        "open_amt": order.total,
        "lp_amt": 0,
        "cashback_amt": 0,
        "info": "",
        "comment": order.note,
        "item_price": order.product_total,
        "buyer_info": {"buyer_id": who["id"], "buyer_fullname": who["name"], "buyer_email": who["email"], "buyer_phone": who["phone"]},
        "shop_info": {
            "shop_owner_id": ids.user(world).wire(shop.owner),
            "shop_owner_email": "",
            "shop_owner_phone": here.phone,
            "shop_name": shop.name,
            "shop_domain": shop.domain,
            "shop_id": shop_id,
        },
        "shipment_fulfillment": {
            "id": wire + 2,
            "order_id": wire,
            "payment_date_time": stamp(order.paid.wire if order.paid is not None else 0),
            "is_same_day": False,
            "accept_deadline": stamp(order.accept_by),
            "confirm_shipping_deadline": stamp(order.ship_by),
            "item_delivered_deadline": {"Time": UNSET, "Valid": False},
            "is_accepted": order.accepted is not None,
            "is_confirm_shipping": shipped,
            "is_item_delivered": order.delivered is not None,
            "fulfillment_status": 0,
        },
        "preorder": {"order_id": 0, "preorder_type": 0, "preorder_process_time": 0, "preorder_process_start": UNSET, "preorder_deadline": UNSET, "shop_id": 0, "customer_id": 0},
        "order_info": {
            "order_detail": [
                {
                    "order_detail_id": ids.order(world).wire(item.serial),
                    "product_id": product_id(world, item),
                    "product_name": item.name if not item.variant else f"{item.name} - {item.variant}",
                    "product_desc_pdp": "",
                    "product_desc_atc": "",
                    "product_price": item.price,
                    "subtotal_price": item.price * item.quantity,
                    "weight": item.weight / 1000,
                    "total_weight": item.weight * item.quantity / 1000,
                    "quantity": item.quantity,
                    "quantity_deliver": item.quantity - item.rejected,
                    "quantity_reject": item.rejected,
                    "is_free_returns": False,
                    "insurance_price": 0,
                    "normal_price": item.list_price,
                    "currency_id": 2,
                    "currency_rate": 0,
                    "min_order": 1,
                    "child_cat_id": 0,
                    "campaign_id": "",
                    "product_picture": item.image,
                    "snapshot_url": "",
                    "sku": item.seller_sku,
                }
                for item in order.items
            ],
            "order_history": [
                {
                    "action_by": {"system": "system-automatic"}.get(step.by, step.by),
                    "hist_status_code": step.code or statuses.ORDER.get(step.status, order.cancel_code),
                    "message": step.text,
                    "timestamp": stamp(step.at.wire),
                    "comment": step.text,
                    "create_by": 1,
                    "update_by": "system",
                }
                for step in reversed(order.history)
            ],
            "order_age_day": 0,
            "shipping_age_day": 0,
            "delivery_age_day": 0,
            "partial_process": False,
            "shipping_info": {
                "sp_id": courier.service_id,
                "shipping_id": courier.shipper_id,
                "logistic_name": courier.shipper,
                "logistic_service": courier.service,
                "shipping_price": order.shipping_fee,
                "shipping_price_rate": order.shipping_fee,
                "shipping_fee": 0,
                "insurance_price": order.insurance_fee,
                "fee": 0,
                "is_change_courier": False,
                "second_sp_id": 0,
                "second_shipping_id": 0,
                "second_logistic_name": "",
                "second_logistic_service": "",
                "second_agency_fee": 0,
                "second_insurance": 0,
                "second_rate": 0,
                "awb": order.awb,
                "autoresi_cashless_status": 0,
                "autoresi_awb": order.awb,
                "autoresi_shipping_price": 0,
                "count_awb": int(bool(order.awb)),
                "isCashless": False,
                "is_fake_delivery": False,
            },
            "destination": {
                "receiver_name": where.name,
                "receiver_phone": where.phone,
                "address_street": where.street,
                "address_district": where.district,
                "address_city": where.city,
                "address_province": where.province,
                "address_postal": where.postal,
                "customer_address_id": 0,
                "district_id": where.district_id,
                "city_id": where.city_id,
                "province_id": where.province_id,
            },
            "is_replacement": False,
            "replacement_multiplier": 0,
        },
        "origin_info": {"sender_name": shop.name, "origin_province": here.province_id, "origin_province_name": here.province, "origin_city": here.city_id, "origin_city_name": here.city, "origin_address": here.street, "origin_district": here.district_id, "origin_district_name": here.district, "origin_postal_code": here.postal, "origin_geo": f"{here.latitude},{here.longitude}", "receiver_name": where.name, "destination_address": where.street, "destination_province": where.province_id, "destination_city": where.city_id, "destination_district": where.district_id, "destination_postal_code": where.postal, "destination_geo": f"{where.latitude},{where.longitude}", "destination_loc": {"lat": 0, "lon": 0}},
        "payment_info": {"payment_id": wire + 1, "payment_ref_num": invoice_of(world, order), "payment_date": stamp(order.paid.wire if order.paid is not None else 0), "payment_method": 0, "payment_status": "Verified" if order.paid is not None else "Waiting", "payment_status_id": 2 if order.paid is not None else 1, "create_time": stamp(order.created.wire), "pg_id": 12, "gateway_name": "Virtual Account", "discount_amount": 0, "voucher_code": "", "voucher_id": 0},
        "insurance_info": {"insurance_type": 0},
        "hold_info": None,
        "cancel_request_info": {"create_time": stamp(order.cancel_requested.wire), "reason": order.cancel_reason, "status": int(order.cancel_request == "pending")} if order.cancel_requested is not None else None,
        "create_time": stamp(order.created.wire),
        "shipping_date": stamp(order.collected.wire if order.collected is not None else 0),
        "update_time": stamp(order.updated.wire),
        "payment_date": stamp(order.paid.wire if order.paid is not None else 0),
        "delivered_date": stamp(order.delivered.wire if order.delivered is not None else 0),
        "est_shipping_date": None,
        "est_delivery_date": None,
    }


# ---- an order's life --------------------------------------------------------------------------------------------------------------------------------

_ACT: dict[str, Any] = {"family": Family.FULFILMENT, "effect": "write"}


def _try(code: str, reason: str, act: Callable[[], Any]) -> None:
    try:
        act()
    except OrderState as no:
        raise refuse(code, reason, str(no)) from None


@CATALOG.endpoint("POST", "/v1/order/{order_id}/fs/{fs_id}/ack", source="acceptOrder", **_ACT)
def ack(call: Call) -> str:
    """The seller accepts; an empty body accepts everything."""
    order = own(call, call.params["order_id"])
    asked.body(call, code="ORD_DLV_005")
    _try("ORD_USC_007", "Error When Request Accept Order To Ext Service", lambda: call.apply(orders.accept, order.serial))
    return "success"


@CATALOG.endpoint("POST", "/v1/order/{order_id}/fs/{fs_id}/nack", source="rejectOrder", **_ACT)
def nack(call: Call) -> str:
    """The seller rejects, with a reason by number."""
    order = own(call, call.params["order_id"])
    given = asked.body(call, code="ORD_DLV_005")
    given = given if isinstance(given, dict) else {}
    code = asked.whole(given.get("reason_code", 0))
    if code not in (0, 1, 2, 3, 4, 5, 7, 8):
        raise refuse("ORD_USC_008", "Invalid Reason Code", f"reason_code is {given.get('reason_code')!r}: 0 to 5, 7 or 8")
    reason = given.get("reason") if isinstance(given.get("reason"), str) else ""
    if code in (0, 7, 8) and not reason:
        raise refuse("ORD_USC_009", "Reason Is Required", f"reason_code {code} needs a reason")
    if code == 4 and not (given.get("shop_close_end_date") and given.get("shop_close_note")):
        raise refuse("ORD_USC_010", "Shop Close Date And Note Are Required", "reason_code 4 needs shop_close_end_date and shop_close_note")
    if code == 8 and order.cancel_request != "pending":
        raise refuse("ORD_USC_019", "There Is No Cancel Request From Buyer", "reason_code 8 is for an order that the buyer has asked to cancel")
    empty = []
    for text in given.get("empty_products") or [] if isinstance(given.get("empty_products"), list) else []:
        found = goods.item(call.world, text, order.seller)
        if found is not None:
            empty.append(found[0].serial)
    _try("ORD_USC_014", "Error When Request Reject Order To Ext Service", lambda: call.apply(orders.reject, order.serial, code=code, reason=reason or f"reason {code}", empty_products=tuple(empty)))
    return "success"


@CATALOG.endpoint("POST", "/inventory/v1/fs/{fs_id}/pick-up", source="requestPickup", **_ACT)
def pick_up(call: Call) -> dict[str, Any]:
    """Call the courier for an accepted order."""
    given = asked.body(call, code="LGS_DLV_003")
    order = own(call, given.get("order_id") if isinstance(given, dict) else None)
    if given.get("shop_id") not in (None, "", ids.shop(call.world).wire(call.shop.serial), str(ids.shop(call.world).wire(call.shop.serial))):
        raise refuse("LGS_USC_002", "Order Does Not Belong To Shop", f"order {given.get('order_id')} is not shop {given.get('shop_id')}'s")
    _try("LGS_USC_001", "Order Status Is Not Valid For Request Pickup", lambda: call.apply(orders.request_pickup, order.serial))
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(call.now.wire + JAKARTA))
    return {"order_id": ids.order(call.world).wire(order.serial), "shop_id": ids.shop(call.world).wire(call.shop.serial), "request_time": when, "result": "Permintaan pickup diterima."}


@CATALOG.endpoint("POST", "/v1/order/{order_id}/fs/{fs_id}/status", source="confirmShipping", **_ACT)
def confirm_shipping(call: Call) -> str:
    """The parcel is with the courier (500), with its AWB; 600 tells its delivery."""
    order = own(call, call.params["order_id"])
    given = asked.body(call, code="ORD_DLV_020")
    given = given if isinstance(given, dict) else {}
    status = asked.whole(given.get("order_status"))
    if status == 600:
        _try("ORD_USC_016", "Order Status Is Not Valid For Delivered", lambda: call.apply(orders.delivered, order.serial, by="seller"))
        return "Success"
    if status != 500:
        raise refuse("ORD_DLV_021", "Invalid Order Status", f"order_status is {given.get('order_status')!r}: 500 is wanted")
    awb = given.get("shipping_ref_num")
    if not isinstance(awb, str) or not awb.strip():
        raise refuse("ORD_DLV_022", "Shipping Ref Num Is Required", "shipping_ref_num carries the AWB")
    _try("ORD_USC_003", "Order Status Is Not Valid For Confirm Shipping", lambda: call.apply(orders.confirm_shipping, order.serial, awb.strip()))
    return "Success"


@CATALOG.endpoint("POST", "/v1/order/{order_id}/fs/{fs_id}/reject-cancel", source="rejectRequestCancel", **_ACT)
def reject_cancel(call: Call) -> dict[str, bool]:
    """The buyer's wish to cancel is declined."""
    order = own(call, call.params["order_id"])
    _try("ORD_USC_024", "There Is No Cancel Request From Buyer", lambda: call.apply(orders.settle_cancel, order.serial, "rejected"))
    return {"success": True}


