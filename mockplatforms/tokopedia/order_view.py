"""How Tokopedia tells an order: in lists, in full and in webhooks, with the buyer's data blank or encrypted."""

from __future__ import annotations

from typing import Any

from ..domain import shops
from ..domain.orders import Happened, Item, Order, Status
from ..domain.products import PRODUCTS
from ..domain.shops import BUYERS, COURIERS, WAREHOUSES
from ..domain.world import World
from . import ids, jakarta, statuses
from .encryption import protected

UNSET = "0001-01-01T00:00:00Z"


def stamp(wire: int) -> str:
    """Jakarta's clock written with a Z, as the platform does (observed)."""
    return jakarta.local(wire, "%Y-%m-%dT%H:%M:%SZ") if wire else UNSET


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
    day = jakarta.local(order.created.wire, "%Y%m%d")
    return f"INV/{day}/MPL/{ids.order(world).wire(order.serial)}"


def shop_of(world: World, order: Order) -> int:
    owner = shops.seller(world, order.seller)
    return owner.tokopedia or 0


def listed(world: World, order: Order, fs_id: str) -> dict[str, Any]:
    """A row of Get All Orders."""
    wire = ids.order(world).wire(order.serial)
    document = {
        "fs_id": fs_id,
        "order_id": wire,
        "is_cod_mitra": False,
        "accept_partial": False,
        "invoice_ref_num": invoice_of(world, order),
        "have_product_bundle": False,
        "products": lines(world, order),
        "products_fulfilled": [
            {"product_id": product_id(world, item), "quantity_deliver": item.delivered, "quantity_reject": item.rejected} for item in order.items
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
        "promo_order_detail": {
            "order_id": wire,
            "total_cashback": 0,
            "total_discount": 0,
            "total_discount_product": 0,
            "total_discount_shipping": 0,
            "total_discount_details": None,
            "summary_promo": None,
        },
        "shipment_fulfillment": {"accept_deadline": stamp(order.accept_by), "confirm_shipping_deadline": stamp(order.ship_by)},
        "is_plus": False,
    }
    if order.partial_status:
        document["pof_info"] = partial(world, order)
    return protected(world, "list", f"{order.serial}.{order.revised}", document)


# Numbers of a partial fulfilment's state: no source has them (inferred).
PARTIAL = {"requested": 1, "approved": 2, "rejected": 3}


def partial(world: World, order: Order) -> dict[str, Any]:
    """How the seller's wish to deliver less stands."""
    at = stamp(order.partial_requested.wire if order.partial_requested is not None else 0)
    return {
        "order_id": ids.order(world).wire(order.serial),
        "pof_status": PARTIAL[order.partial_status],
        "shipping_price": order.shipping_fee,
        "insurance_price": order.insurance_fee,
        "create_time": at,
        "create_by": 0,
        "create_by_type": 1,
        "update_time": stamp(order.updated.wire),
        "update_by": 0,
        "update_by_type": 1 if order.partial_status == "requested" else 2,
    }


def booked(world: World, order: Order) -> dict[str, Any]:
    """A row of the fulfilment orders (COB and COD), with its booking code."""
    wire = ids.order(world).wire(order.serial)
    status = statuses.number(order)
    return {
        "order": {
            "order_id": wire,
            "buyer_id": ids.user(world).wire(order.buyer),
            "seller_id": ids.shop(world).wire(shop_of(world, order)),
            "payment_id": wire + 1,
            "order_status": status,
            "invoice_number": invoice_of(world, order),
            "invoice_pdf_link": f"{invoice_of(world, order).replace('/', '-')}.pdf",
            "open_amt": order.total,
            "payment_amt_cod": order.total if order.is_cod else 0,
        },
        "order_history": [{"order_hist_id": wire + place, "status": _number(row), "shipping_date": None, "create_by": 0} for place, row in enumerate(order.history, start=1)][::-1],
        "order_detail": [
            {
                "order_detail_id": ids.order(world).wire(item.serial),
                "product_id": product_id(world, item),
                "product_name": item.name,
                "quantity": item.quantity,
                "product_price": item.price,
                "insurance_price": 0,
            }
            for item in order.items
        ],
        "drop_shipper": {"order_id": 0, "dropship_name": "", "dropship_telp": ""},
        "type_meta": {"kelontong": {}, "cod": {}, "sampai": {}, "now": {}, "ppp": {}, "trade_in": {}, "vehicle_leasing": {}},
        "order_shipment_fulfillment": _fulfilment(order, wire) if order.accepted is not None else None,
        "booking_data": {"order_id": wire, "booking_code": order.booking_code, "booking_status": 200} if order.booking_code else {"order_id": 0, "booking_code": "", "booking_status": 0},
    }


def _number(row: Happened) -> int:
    return row.code or statuses.ORDER.get(row.status, 0)


def _fulfilment(order: Order, wire: int) -> dict[str, Any]:
    shipped = order.status in (Status.IN_TRANSIT, Status.DELIVERED, Status.COMPLETED, Status.COMPLAINED, Status.RETURNED)
    return {
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
    }


def single(world: World, order: Order) -> dict[str, Any]:
    wire = ids.order(world).wire(order.serial)
    who, place = buyer(world, order), world.get(WAREHOUSES, order.warehouse)
    owner = shops.seller(world, order.seller)
    shop = shops.shop(world, owner.tokopedia)
    courier = world.get(COURIERS, order.courier)
    assert courier is not None and place is not None  # orders name couriers and warehouses of their world
    warehouse = ids.warehouse(world).wire(place.serial)
    where, here = order.address, place.address
    shop_id = ids.shop(world).wire(shop.serial)
    document: dict[str, Any] = {
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
        "shipment_fulfillment": _fulfilment(order, wire),
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
                    "quantity_deliver": item.delivered,
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
        "shipping_date": stamp(order.collected.wire) if order.collected is not None else None,
        "update_time": stamp(order.updated.wire),
        "payment_date": stamp(order.paid.wire if order.paid is not None else 0),
        "delivered_date": stamp(order.delivered.wire) if order.delivered is not None else None,
        "est_shipping_date": None,
        "est_delivery_date": None,
        "related_invoices": None,
        "custom_fields": None,
    }
    if order.partial_status:
        wanted = dict(order.partial)
        document["pof_info"] = {
            **partial(world, order),
            "pof_detail_info": [
                {
                    "order_id": wire,
                    "order_dtl_id": ids.order(world).wire(item.serial),
                    "product_id": product_id(world, item),
                    "quantity_request": wanted[item.serial],
                    "total_price_request": item.price * wanted[item.serial],
                }
                for item in order.items
                if item.serial in wanted
            ],
        }
    return protected(world, "single", f"{order.serial}.{order.revised}", document)
