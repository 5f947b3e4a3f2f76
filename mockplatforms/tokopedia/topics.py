"""What Tokopedia tells by webhook: one row per event, with the address it goes to and its payload."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from ..domain import chats, developers, events, outbox, products, shops
from ..domain import orders as domain_orders
from ..domain.chats import MESSAGES
from ..domain.events import Event
from ..domain.outbox import Delivery
from ..domain.phases import Platform
from ..domain.shops import BUYERS
from ..domain.uploads import UPLOADS
from ..domain.world import World
from ..gateway.facade import Topic
from ..gateway.workspace import Workspace
from ..tiktok_shop import ids as tiktok_ids
from . import ids, orders, statuses

_T = Platform.TOKOPEDIA

# Every address that the register call knows (documented; the last two are legacy).
WEBHOOK_ADDRESSES: tuple[str, ...] = (
    "order_notification_url",
    "order_status_url",
    "order_cancellation_url",
    "order_request_cancellation_url",
    "order_partial_fulfillment_url",
    "chat_notification_url",
    "product_creation_url",
    "product_edit_url",
    "product_changes_url",
    "product_discussion_url",
    "campaign_notification_url",
    "shop_merge_notification_url",
    "order_actions_url",
    "order_confirm_delivery_notification_url",
)

Told = tuple[str, dict[str, Any]]  # the topic (an address without ``_url``) and its payload


def encoded(payload: dict[str, Any]) -> bytes:
    return orjson.dumps(payload)


def order_status(world: World, serial: int, fs_id: int) -> dict[str, Any]:
    order = domain_orders.find(world, serial)
    return {
        "order_status": statuses.number(order),
        "fs_id": fs_id,
        "shop_id": ids.shop(world).wire(orders.shop_of(world, order)),
        "order_id": ids.order(world).wire(serial),
        "product_details": [{key: value for key, value in line.items() if key != "is_wholesale"} for line in orders.lines(world, order, "Rp.")],
    }


def order_notification(world: World, serial: int, fs_id: int) -> dict[str, Any]:
    order = domain_orders.find(world, serial)
    owner = shops.seller(world, order.seller)
    shop = shops.shop(world, owner.tokopedia)
    wire = ids.order(world).wire(serial)
    return {
        "fs_id": fs_id,
        "order_id": wire,
        "invoice_ref_num": orders.invoice_of(world, order),
        "products": [{key: value for key, value in line.items() if key != "is_wholesale"} for line in orders.lines(world, order, "Rp.")],
        "customer": orders.buyer(world, order),
        "recipient": orders.recipient(order),
        "shop_id": ids.shop(world).wire(shop.serial),
        "warehouse_id": ids.warehouse(world).wire(order.warehouse),
        "shop_name": shop.name,
        "payment_id": wire + 1,
        "payment_date": orders.stamp(order.paid.wire if order.paid is not None else 0),
        "logistics": orders.logistics(world, order),
        "amt": orders.amounts(order),
        "dropshipper_info": {"name": "", "phone": ""},
        "voucher_info": {"voucher_code": "", "voucher_type": 0},
        "device_type": "",
        "create_time": order.created.wire,
        "order_status": statuses.number(order),
        "custom_fields": {},
        "accept_partial": False,
        "is_plus": False,
    }


# The two webhooks of an order that can be shown or sent at will.
ORDER: dict[str, Callable[[World, int, int], dict[str, Any]]] = {"order_status": order_status, "order_notification": order_notification}


def _ours(world: World, serial: int) -> bool:
    return domain_orders.find(world, serial).platform is _T


def _paid(world: World, event: events.OrderPaid, fs_id: int) -> list[Told]:
    if not _ours(world, event.order):
        return []
    return [("order_notification", order_notification(world, event.order, fs_id)), ("order_status", order_status(world, event.order, fs_id))]


def _moved(world: World, event: events.OrderMoved, fs_id: int) -> list[Told]:
    return [("order_status", order_status(world, event.order, fs_id))] if _ours(world, event.order) else []


def _cancelled(world: World, event: events.OrderCancelled, fs_id: int) -> list[Told]:
    order = domain_orders.find(world, event.order)
    if order.platform is not _T or order.paid is None:
        return []
    told = order_status(world, event.order, fs_id)
    return [("order_status", told), ("order_cancellation", told)]


def _asked(world: World, event: events.CancellationRequested, fs_id: int) -> list[Told]:
    return [("order_request_cancellation", {"order_id": ids.order(world).wire(event.order)})] if _ours(world, event.order) else []


def _message(world: World, event: events.MessageSent, fs_id: int) -> list[Told]:
    chat = chats.find(world, event.conversation)
    message = world.get(MESSAGES, event.message)
    if chat.platform is not _T or message is None or message.sender != "BUYER":
        return []
    buyer = world.get(BUYERS, chat.buyer)
    told = {
        "msg_id": ids.conversation(world).wire(chat.serial),
        "buyer_id": ids.user(world).wire(chat.buyer),
        "message": chats.words(message),
        "thumbnail": "",
        "full_name": buyer.name if buyer is not None else "",
        "shop_id": _shop(world, chat.seller),
    }
    return [("chat_notification", told)]


def _shop(world: World, seller: int) -> int:
    return ids.shop(world).wire(shops.seller(world, seller).tokopedia or 0)


def _changes(world: World, seller: int, product: int, sku: int | None, action: str, fs_id: int, **more: Any) -> list[Told]:
    record = products.find(world, product)
    if record.home is not _T:
        return []
    wire = ids.product(world).wire(sku if sku is not None and record.axes else product)
    row = {"action": action, "product_id": wire, "shop_id": _shop(world, seller), **more, "update_time": world.now.wire * 10**9}
    return [("product_changes", {"fs_id": fs_id, "product_changes_data": [row]})]


_STOCK = {"order": "stock_decrement", "decrement": "stock_decrement", "increment": "stock_increment", "order_cancelled": "stock_increment"}


def _stock(world: World, event: events.StockChanged, fs_id: int) -> list[Told]:
    owner = shops.seller(world, event.seller)
    if owner.tokopedia is None:
        return []
    default = shops.default_warehouse(world, event.seller, _T).serial == event.warehouse
    more = {
        "warehouse_id": ids.warehouse(world).wire(event.warehouse),
        "value": str(event.after),
        "previous_value": str(event.before),
        "is_default_warehouse": default,
    }
    return _changes(world, event.seller, event.product, event.sku, _STOCK.get(event.cause, "stock_overwrite"), fs_id, **more)


def _price(world: World, event: events.PriceChanged, fs_id: int) -> list[Told]:
    owner = shops.seller(world, event.seller)
    if owner.tokopedia is None:
        return []
    place = shops.default_warehouse(world, event.seller, _T).serial
    more = {"warehouse_id": ids.warehouse(world).wire(place), "value": str(event.after), "previous_value": str(event.before), "is_default_warehouse": True}
    return _changes(world, event.seller, event.product, event.sku, "price_changes", fs_id, **more)


def _listing(world: World, event: events.ProductStatusChanged, fs_id: int) -> list[Told]:
    if event.platform is not _T or not event.after:
        return []
    number = statuses.PRODUCT[products.Listing(event.after)]
    return _changes(world, event.seller, event.product, None, "status_changes", fs_id, value=str(number))


def _upload(world: World, event: events.UploadFinished, fs_id: int) -> list[Told]:
    upload = world.get(UPLOADS, event.upload)
    owner = shops.seller(world, event.seller)
    if upload is None or owner.tokopedia is None:
        return []
    shop = shops.shop(world, owner.tokopedia)
    told = {
        "upload_id": ids.upload(world).wire(upload.serial),
        "shop_id": ids.shop(world).wire(shop.serial),
        "user_id": ids.user(world).wire(shop.owner),
        "fs_id": fs_id,
        "status": "DONE",
        "total_data": len(upload.rows),
        "success_rows_data": [{"product_id": ids.product(world).wire(serial)} for serial in upload.succeeded],
    }
    return [("product_creation" if event.kind == "create" else "product_edit", told)]


def _merged(world: World, event: events.ShopsMerged, fs_id: int) -> list[Told]:
    """Ids are texts here and numbers in Get Shop Info (documented)."""
    told = {
        "status": "merge",
        "tts_seller_id": str(tiktok_ids.user(world).wire(event.seller)),
        "toko_shop_id": str(ids.shop(world).wire(event.tokopedia_shop)),
        "timestamp": world.now.wire,
    }
    return [("merge", told)]


# Event → what is told of it.
PAYLOADS: dict[type[Event], Callable[[World, Any, int], list[Told]]] = {
    events.OrderPaid: _paid,
    events.OrderMoved: _moved,
    events.OrderCancelled: _cancelled,
    events.CancellationRequested: _asked,
    events.MessageSent: _message,
    events.StockChanged: _stock,
    events.PriceChanged: _price,
    events.ProductStatusChanged: _listing,
    events.UploadFinished: _upload,
    events.ShopsMerged: _merged,
}

# Events of which Tokopedia tells nothing: there is no topic for them, or another one tells it.
UNTOLD: tuple[type[Event], ...] = (
    events.OrderPlaced,
    events.CancellationSettled,
    events.AddressChanged,
    events.PackageChanged,
    events.ProductCreated,
    events.ProductEdited,
    events.ProductAudited,
    events.ConversationOpened,
    events.PhaseChanged,
    events.ProductCopied,
    events.ProductsMerged,
    events.GrantGiven,
    events.GrantWithdrawn,
)


def _address(topic: str) -> str:
    return "shop_merge_notification_url" if topic == "merge" else f"{topic}_url"


def _topic(payload: Callable[[World, Any, int], list[Told]]) -> Topic:
    def topic(workspace: Workspace, world: World, event: Event) -> World:
        app = workspace.credentials.apps[_T]
        if not app.webhooks:
            return world
        addresses = dict(app.webhooks)
        for name, told in payload(world, event, workspace.credentials.fs_id):
            url = addresses.get(_address(name))
            if url:
                world = outbox.owe(world, seller=event.seller, platform=_T, app=app.serial, topic=name, url=url, body=encoded(told), held=workspace.hold)
        return world

    return topic


TOPICS: Mapping[type[Event], Topic] = {event: _topic(payload) for event, payload in PAYLOADS.items()}


def sign(workspace: Workspace, delivery: Delivery) -> dict[str, str]:
    """The headers of a delivery: its HMAC, where the app has a secret."""
    secret = developers.app(workspace.world, _T).webhook_secret
    return {"authorization-hmac": hmac.new(secret.encode(), delivery.body, hashlib.sha256).hexdigest()} if secret else {}
