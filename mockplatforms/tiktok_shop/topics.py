"""What TikTok Shop tells by webhook: one row per event, with its topic and payload."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from ..domain import aftersales, chats, developers, events, orders, outbox, products, shops
from ..domain.chats import MESSAGES
from ..domain.events import Event
from ..domain.orders import Status
from ..domain.outbox import Delivery
from ..domain.phases import Platform
from ..domain.products import PRODUCTS, Listing
from ..domain.shops import CATEGORIES
from ..domain.world import World
from ..gateway import addresses
from ..gateway.facade import Topic
from ..gateway.workspace import Workspace
from . import ids, product_view, returns, signing
from .order_view import STATUS

_S = Platform.TIKTOK_SHOP

# Topic number → event type (documented).
TYPES: dict[int, str] = {
    1: "ORDER_STATUS_CHANGE",
    3: "RECIPIENT_ADDRESS_UPDATE",
    4: "PACKAGE_UPDATE",
    5: "PRODUCT_STATUS_CHANGE",
    6: "SELLER_DEAUTHORIZATION",
    7: "UPCOMING_AUTHORIZATION_EXPIRATION",
    11: "CANCELLATION_STATUS_CHANGE",
    12: "RETURN_STATUS_CHANGE",
    13: "NEW_CONVERSATION",
    14: "NEW_MESSAGE",
    15: "PRODUCT_INFORMATION_CHANGE",
    16: "PRODUCT_CREATION",
    18: "PRODUCT_CATEGORY_CHANGE",
    37: "PRODUCT_AUDIT_STATUS_CHANGE",
}

Told = tuple[int, dict[str, Any]]
_FIELDS = {"name": "title", "description": "description", "images": "main_images", "attributes": "product_attributes"}


def _order(world: World, serial: int) -> bool:
    return orders.find(world, serial).platform is _S


def _status(world: World, order: int, status: Status) -> list[Told]:
    text = {Status.CANCELLED: "CANCEL", Status.PARTLY_ARRANGED: "AWAITING_SHIPMENT"}.get(status) or STATUS[status]
    data = {"order_id": ids.text(ids.order(world), order), "order_status": text, "is_on_hold_order": False, "update_time": world.now.wire}
    return [(1, data)]


def _placed(world: World, event: events.OrderPlaced) -> list[Told]:
    return _status(world, event.order, Status.UNPAID) if _order(world, event.order) else []


def _paid(world: World, event: events.OrderPaid) -> list[Told]:
    return _status(world, event.order, Status.PAID) if _order(world, event.order) else []


def _moved(world: World, event: events.OrderMoved) -> list[Told]:
    return _status(world, event.order, Status(event.after)) if _order(world, event.order) else []


def _cancellation(world: World, order: int, role: str, status: str) -> Told:
    cancel = ids.text(ids.cancellation(world), order)
    return 11, {"order_id": ids.text(ids.order(world), order), "cancellations_role": role, "cancel_status": status, "cancel_id": cancel, "create_time": world.now.wire}


def _cancelled(world: World, event: events.OrderCancelled) -> list[Told]:
    if not _order(world, event.order):
        return []
    return [*_status(world, event.order, Status.CANCELLED), _cancellation(world, event.order, event.by.upper(), "CANCELLATION_REQUEST_COMPLETE")]


def _asked(world: World, event: events.CancellationRequested) -> list[Told]:
    return [_cancellation(world, event.order, "BUYER", "CANCELLATION_REQUEST_PENDING")] if _order(world, event.order) else []


def _settled(world: World, event: events.CancellationSettled) -> list[Told]:
    if not _order(world, event.order):
        return []
    accepted = event.outcome == "accepted"
    return [_cancellation(world, event.order, "BUYER", "CANCELLATION_REQUEST_SUCCESS" if accepted else "CANCELLATION_REQUEST_CANCELLED")]


def _returned(world: World, event: events.ReturnMoved) -> list[Told]:
    held = aftersales.find(world, event.request)
    told = {
        "order_id": ids.text(ids.order(world), held.order),
        "return_role": held.by.upper(),
        "return_type": str(held.kind),
        "return_status": returns.status(held, aftersales.State(event.after)),
        "return_id": ids.text(ids.request(world), held.serial),
        "create_time": held.created.wire,
        "update_time": world.now.wire,
    }
    return [(12, told)]


def _address(world: World, event: events.AddressChanged) -> list[Told]:
    return [(3, {"order_id": ids.text(ids.order(world), event.order), "update_time": world.now.wire})] if _order(world, event.order) else []


# What a change of packages is called; arranging one ("SHIP") is told by the order's status alone.
_PACKAGE = {"COMBINE": "COMBINE", "UNCOMBINE": "CANCEL_COMBINE", "SPLIT": "SPLIT"}


def _package(world: World, event: events.PackageChanged) -> list[Told]:
    if event.change not in _PACKAGE:
        return []
    package = {"package_id": ids.text(ids.package(world), event.package), "order_id_list": [ids.text(ids.order(world), serial) for serial in event.orders]}
    return [(4, {"sc_type": _PACKAGE[event.change], "role_type": "ROLE_SELLER", "package_list": [package], "update_time": world.now.wire})]


def _product(world: World, serial: int) -> int:
    """Product ids are numbers in these payloads (documented samples)."""
    return ids.product(world).wire(serial)


def _listing(world: World, event: events.ProductStatusChanged) -> list[Told]:
    product = products.find(world, event.product)
    if not products.visible(product, _S):
        return []
    return [_changed(world, event.product, product.suspended_reason)]


def _changed(world: World, product: int, reason: str = "", *, status: str = "PRODUCT_STATUS_CHANGED") -> Told:
    return 5, {"product_id": _product(world, product), "status": status, "suspended_reason": reason, "update_time": world.now.wire}


def _review(world: World, serial: int, audit: str, tokopedia_audit: str) -> Told:
    product = products.find(world, serial)
    reasons = list(product.pre_approved) if audit == "PRE_APPROVED" else []
    data: dict[str, Any] = {"product_id": _product(world, serial), "audit": {"status": audit, "pre_approved_reasons": reasons}, "update_time": world.now.wire}
    if product_view.integrated(product):
        data["integrated_platform_statuses"] = {"platform": "TOKOPEDIA", "status": tokopedia_audit}
    return 37, data


def _audited(world: World, event: events.ProductAudited) -> list[Told]:
    review = _review(world, event.product, event.audit, event.tokopedia_audit)
    if not event.first and not event.failed:
        return [review]
    status = "PRODUCT_FIRST_PASS_REVIEW" if event.first else "PRODUCT_AUDIT_FAILURE"
    return [_changed(world, event.product, products.find(world, event.product).suspended_reason, status=status), review]


def _merged(world: World, event: events.ProductsMerged) -> list[Told]:
    told = []
    for serial in (event.survivor, event.retired):
        product = products.find(world, serial)
        told += [_changed(world, serial), _review(world, serial, product.audit, product.tokopedia_audit)]
    return told


def _edited(world: World, event: events.ProductEdited) -> list[Told]:
    product = products.find(world, event.product)
    if not products.visible(product, _S) or Listing.ACTIVATE not in (product.tiktok_shop, product.tokopedia):
        return []
    names = list(dict.fromkeys(_FIELDS.get(field, "others") for field in event.fields))
    source = "OPEN_API" if event.through == "open_api" else "SELLER_CENTER"
    data = {"product_id": str(_product(world, event.product)), "change_source": source, "changed_fields": names, "update_time": world.now.wire}
    return [(15, data)]


def _recategorised(before: World, world: World, event: events.ProductEdited) -> list[Told]:
    """A product in another category; only the world before the change knows which it left."""
    after, old = products.find(world, event.product), before.get(PRODUCTS, event.product)
    if "category" not in event.fields or old is None or not products.visible(after, _S):
        return []
    was, now = (str(row.tiktok_shop) if (row := world.get(CATEGORIES, product.category)) is not None else "" for product in (old, after))
    data = {"product_id": str(_product(world, event.product)), "previous_category_id": was, "current_category_id": now, "update_time": world.now.wire}
    return [(18, data)] if was != now else []


def _creation(world: World, product: int) -> list[Told]:
    return [(16, {"product_id": _product(world, product), "product_types": [], "update_time": world.now.wire})]


def _created(world: World, event: events.ProductCreated) -> list[Told]:
    return _creation(world, event.product) if event.platform is _S else []


def _copied(world: World, event: events.ProductCopied) -> list[Told]:
    """Copies appear as new products, in a burst at the merge (inferred)."""
    return _creation(world, event.product)


def _opened(world: World, event: events.ConversationOpened) -> list[Told]:
    chat = chats.find(world, event.conversation)
    return [(13, {"conversation_id": ids.text(ids.conversation(world), chat.serial), "create_time": world.now.wire})] if chat.platform is _S else []


def _message(world: World, event: events.MessageSent) -> list[Told]:
    chat = chats.find(world, event.conversation)
    message = world.get(MESSAGES, event.message)
    if chat.platform is not _S or message is None:
        return []
    sender = chat.buyer if message.sender == "BUYER" else chat.seller
    return [
        (
            14,
            {
                "message_id": ids.text(ids.message(world), message.serial),
                "index": str(message.index),
                "conversation_id": ids.text(ids.conversation(world), chat.serial),
                "type": message.kind,
                "content": message.content,
                "create_time": message.created.wire,
                "is_visible": True,
                "sender": {"im_user_id": ids.text(ids.user(world), sender), "role": message.sender},
            },
        )
    ]


def _withdrawn(world: World, event: events.GrantWithdrawn) -> list[Told]:
    shop = shops.shop(world, shops.seller(world, event.seller).tiktok_shop)
    return [(6, {"message": f"Shop_id {ids.text(ids.shop(world), shop.serial)} is deauthorized from your APP by merchant."})]


def _expiring(world: World, event: events.GrantExpiring) -> list[Told]:
    shop = ids.text(ids.shop(world), shops.shop(world, shops.seller(world, event.seller).tiktok_shop).serial)
    message = f"Authorization of shop_id {shop} is expiring in {event.days} days. Please direct the merchant to re-authorize."
    return [(7, {"message": message, "expiration_time": str(event.expires)})]


# Event → what is told of it.
PAYLOADS: dict[type[Event], Callable[[World, Any], list[Told]]] = {
    events.OrderPlaced: _placed,
    events.OrderPaid: _paid,
    events.OrderMoved: _moved,
    events.OrderCancelled: _cancelled,
    events.CancellationRequested: _asked,
    events.CancellationSettled: _settled,
    events.AddressChanged: _address,
    events.ReturnMoved: _returned,
    events.PackageChanged: _package,
    events.ProductStatusChanged: _listing,
    events.ProductAudited: _audited,
    events.ProductsMerged: _merged,
    events.ProductEdited: _edited,
    events.ProductCreated: _created,
    events.ProductCopied: _copied,
    events.ConversationOpened: _opened,
    events.MessageSent: _message,
    events.GrantExpiring: _expiring,
    events.GrantWithdrawn: _withdrawn,
}

# Events of which TikTok Shop tells nothing: the platform has no topic for them, or another one tells it.
UNTOLD: tuple[type[Event], ...] = (
    events.PriceChanged,
    events.StockChanged,
    events.UploadFinished,
    events.PromotionChanged,
    events.Discussed,
    events.PartialFulfilment,
    events.ShopOpened,
    events.PhaseChanged,
    events.ShopsMerged,
    events.GrantGiven,
)


def _topic(payload: Callable[[World, Any], list[Told]]) -> Topic:
    return lambda workspace, world, event: _tell(workspace, world, event, payload(world, event))


def _edit(workspace: Workspace, world: World, event: Event) -> World:
    assert isinstance(event, events.ProductEdited)
    return _tell(workspace, world, event, [*_edited(world, event), *_recategorised(workspace.world, world, event)])


def _tell(workspace: Workspace, world: World, event: Event, told: list[Told]) -> World:
    """Owe each of these to the shop's own address for that type, else to the app's, else to nobody."""
    owner = shops.seller(world, event.seller)
    if owner.tiktok_shop is None or not told:
        return world
    app, shop = developers.app(world, _S), shops.shop(world, owner.tiktok_shop)
    if not shop.authorised and not isinstance(event, events.GrantWithdrawn):
        return world
    for number, data in told:
        own = developers.topic_address(world, shop.serial, TYPES[number])
        url = own.address if own is not None else app.webhook_url
        if not url:
            continue
        body = {
            "type": number,
            "tts_notification_id": ids.text(ids.notification(world), world.next),
            "shop_id": ids.text(ids.shop(world), shop.serial),
            "timestamp": world.now.wire,
            "data": data,
        }
        no = addresses.objection(url)
        world = outbox.owe(
            world,
            seller=owner.serial,
            platform=_S,
            app=app.serial,
            topic=TYPES[number],
            url=url,
            body=orjson.dumps(body),
            held=workspace.hold,
            note=f"the platform would refuse this address: {no}" if no else "",
        )
    return world


TOPICS: Mapping[type[Event], Topic] = {event: _topic(payload) for event, payload in PAYLOADS.items()} | {events.ProductEdited: _edit}


def sign(workspace: Workspace, delivery: Delivery) -> dict[str, str]:
    """The headers of a delivery: its signature, bare hex."""
    credentials = workspace.credentials
    return {"authorization": signing.webhook_signature(credentials.app_key, credentials.app_secret, delivery.body)}
