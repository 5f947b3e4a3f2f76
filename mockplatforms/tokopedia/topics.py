"""What Tokopedia tells by webhook: one row per event, with the address it goes to and its payload."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from ..domain import chats, developers, discussions, events, outbox, products, promotions, shops
from ..domain import orders as domain_orders
from ..domain.chats import MESSAGES
from ..domain.events import Event
from ..domain.outbox import Delivery
from ..domain.phases import Platform
from ..domain.shops import BUYERS
from ..domain.uploads import UPLOADS, Upload
from ..domain.world import World
from ..gateway.facade import Topic
from ..gateway.workspace import Workspace
from ..tiktok_shop import ids as tiktok_ids
from . import ids, jakarta, statuses
from . import order_view as orders
from .encryption import protected
from .envelope import MALFORMED

_T = Platform.TOKOPEDIA

# Webhook → (address, what causes it, how its payload is known).
WEBHOOKS: Mapping[str, tuple[str, str, str]] = {
    "whOrderNotification": ("order_notification_url", "an order is paid (220)", "documented"),
    "whOrderStatus": ("order_status_url", "an order's status changes", "documented"),
    "whOrderCancellation": ("order_cancellation_url", "an order is cancelled or rejected", "documented"),
    "whOrderRequestCancellation": ("order_request_cancellation_url", "a buyer asks to cancel", "documented"),
    "whOrderPartialFulfillment": ("order_partial_fulfillment_url", "less is to be delivered, and the buyer's answer to that", "inferred"),
    "whChat": ("chat_notification_url", "a buyer writes", "documented"),
    "whProductCreation": ("product_creation_url", "a batch of new products is worked off", "documented"),
    "whProductEdit": ("product_edit_url", "a batch of edits is worked off", "documented"),
    "whProductUploadError": ("product_creation_url, product_edit_url", "rows of a batch have failed", "documented"),
    "whProductChanges": ("product_changes_url", "stock, price or status of a product changes", "documented"),
    "whCampaign": ("campaign_notification_url", "a slash price begins or ends", "documented"),
    "whDiscussion": ("product_discussion_url", "a buyer asks about a product, or is answered", "documented"),
    "whShopMerge": ("shop_merge_notification_url", "the shops have merged", "documented"),
}

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


def order_notification(world: World, serial: int, fs_id: int, *, sealed: bool = True) -> dict[str, Any]:
    """A new order. ``sealed``: with the buyer's data blank and encrypted, as the rule ``buyer_data`` says."""
    order = domain_orders.find(world, serial)
    owner = shops.seller(world, order.seller)
    shop = shops.shop(world, owner.tokopedia)
    wire = ids.order(world).wire(serial)
    document = {
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
    return protected(world, "notification", f"{serial}.{order.revised}", document) if sealed else document


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
    if owner.tokopedia is None or event.before == event.after:
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
    topic = "product_creation" if event.kind == "create" else "product_edit"
    if upload.failed:
        return [(topic, _upload_failed(world, upload))]
    told = {
        "upload_id": ids.upload(world).wire(upload.serial),
        "shop_id": ids.shop(world).wire(shop.serial),
        "user_id": ids.user(world).wire(shop.owner),
        "fs_id": fs_id,
        "status": "DONE",
        "total_data": len(upload.rows),
        "success_rows_data": [{"product_id": ids.product(world).wire(serial)} for serial in upload.succeeded],
    }
    return [(topic, told)]


def _upload_failed(world: World, upload: Upload) -> dict[str, Any]:
    """A batch of which rows failed is told in an envelope (documented)."""
    failed = [{"product_id": 0, "product_name": name, "product_price": 0, "sku": sku, "error": [why]} for name, sku, why in upload.failed]
    return {
        "header": {"process_time": 0.04, "messages": MALFORMED, "reason": "", "error_code": ""},
        "data": {
            "upload_id": ids.upload(world).wire(upload.serial),
            "status": "DONE",
            "total_data": len(upload.rows),
            "unprocessed_rows": 0,
            "success_rows": len(upload.succeeded),
            "failed_rows": len(failed),
            "failed_rows_data": failed,
            "processed_rows": len(upload.rows),
        },
    }


def _campaign(world: World, event: events.PromotionChanged, fs_id: int) -> list[Told]:
    slash = promotions.find(world, event.promotion)
    record = products.find(world, slash.product)
    sku = next((one for one in record.skus if one.serial == slash.sku), record.skus[0])
    told = {
        "action": "slash_price_active" if event.is_active else "slash_price_inactive",
        "fs_id": fs_id,
        "product_id": ids.product(world).wire(sku.serial if record.axes else record.serial),
        "shop_id": _shop(world, event.seller),
        "original_price": sku.price,
        "discounted_price": slash.price,
        "discount_percentage": slash.percentage,
        "start_date": jakarta.local(slash.begin),  # as the campaign pages write it (that the webhook does so too is inferred)
        "end_date": jakarta.local(slash.end),
    }
    return [("campaign_notification", told)]


def _discussed(world: World, event: events.Discussed, fs_id: int) -> list[Told]:
    question = discussions.find(world, event.question)
    record = products.find(world, question.product)
    product, shop = ids.product(world).wire(record.serial), _shop(world, event.seller)
    if not event.answer:
        asked = {
            "id": str(ids.message(world).wire(question.serial)),
            "product_id": product,
            "shop_id": shop,
            "user_id": ids.user(world).wire(question.buyer),
            "message": question.text,
            "create_time": {"original": jakarta.local(question.at.wire), "unix": question.at.wire},
        }
        return [("product_discussion", {"fs_id": fs_id, "discussion_type": "NewQuestion", "discussion_data": asked})]
    answer = next(one for one in question.answers if one.serial == event.answer)
    by = world.get(BUYERS, answer.buyer) if answer.buyer is not None else None
    owner = shops.shop(world, shops.seller(world, event.seller).tokopedia)
    said = {
        "question_id": ids.message(world).wire(question.serial),
        "shop_id": shop,
        "user_id": ids.user(world).wire(by.serial if by is not None else owner.owner),
        "user_full_name": by.name if by is not None else owner.name,
        "product_id": product,
        "product_name": record.name,
        "answer_id": ids.message(world).wire(answer.serial),
        "message": answer.text,
    }
    return [("product_discussion", {"fs_id": fs_id, "discussion_type": "DiscussionAnswer", "discussion_data": said})]


def _partial(world: World, event: events.PartialFulfilment, fs_id: int) -> list[Told]:
    """No source has this payload (inferred): what it is about, and where it stands; the rest is fetched from the single order."""
    order = domain_orders.find(world, event.order)
    told = {
        "fs_id": fs_id,
        "order_id": ids.order(world).wire(event.order),
        "shop_id": ids.shop(world).wire(orders.shop_of(world, order)),
        "pof_status": orders.PARTIAL[event.outcome],
    }
    return [("order_partial_fulfillment", told)]


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
    events.PromotionChanged: _campaign,
    events.Discussed: _discussed,
    events.PartialFulfilment: _partial,
    events.ShopsMerged: _merged,
}

# Events of which Tokopedia tells nothing: there is no topic for them, or another one tells it.
UNTOLD: tuple[type[Event], ...] = (
    events.OrderPlaced,
    events.CancellationSettled,
    events.AddressChanged,
    events.PackagesRepacked,
    events.ProductCreated,
    events.ProductEdited,
    events.ProductAudited,
    events.ConversationOpened,
    events.ConversationClosed,
    events.PhaseChanged,
    events.ProductCopied,
    events.ProductsMerged,
    events.ShopOpened,
    events.ShopMirrored,
    events.ReturnMoved,
    events.GrantGiven,
    events.GrantExpiring,
    events.GrantWithdrawn,
)


def address_of(topic: str) -> str:
    """The name under which the address of a topic is registered."""
    return "shop_merge_notification_url" if topic == "merge" else f"{topic}_url"


def _topic(payload: Callable[[World, Any, int], list[Told]]) -> Topic:
    def topic(workspace: Workspace, world: World, event: Event) -> World:
        app = workspace.credentials.apps[_T]
        if not app.webhooks or (app.sunset is not None and world.now.wire >= app.sunset[2]):
            return world
        addresses = dict(app.webhooks)
        for name, told in payload(world, event, workspace.credentials.fs_id):
            url = addresses.get(address_of(name))
            if url:
                world = outbox.owe(world, seller=event.seller, platform=_T, app=app.serial, topic=name, url=url, body=encoded(told), held=workspace.hold)
        return world

    return topic


TOPICS: Mapping[type[Event], Topic] = {event: _topic(payload) for event, payload in PAYLOADS.items()}


def sign(workspace: Workspace, delivery: Delivery) -> dict[str, str]:
    """The headers of a delivery: its HMAC, where the app has a secret."""
    secret = developers.app(workspace.world, _T).webhook_secret
    return {"authorization-hmac": hmac.new(secret.encode(), delivery.body, hashlib.sha256).hexdigest()} if secret else {}
