"""What TikTok Shop tells by webhook: one row per event, with its topic and payload."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from ..domain import aftersales, chats, developers, events, orders, outbox, products, shops
from ..domain.aftersales import State
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
from . import aftersales as requests
from . import cancellations, ids, product_view, returns, signing
from .order_view import STATUS

_S = Platform.TIKTOK_SHOP


class Webhook(NamedTuple):
    """A topic. ``own``: a shop may set an address of its own for it, under this name; else the name is ours and it goes to the app-wide address
    alone (inferred). ``account``: it names the seller, not the shop. ``newer``: the documents of December 2025 don't know it.
    """

    name: str
    cause: str
    mark: str = "documented"
    own: bool = True
    account: bool = False
    newer: bool = False


WEBHOOKS: dict[int, Webhook] = {
    1: Webhook("ORDER_STATUS_CHANGE", "an order is placed, or its status changes"),
    3: Webhook("RECIPIENT_ADDRESS_UPDATE", "a buyer's address changes"),
    4: Webhook("PACKAGE_UPDATE", "packages are combined or split"),
    5: Webhook("PRODUCT_STATUS_CHANGE", "a product passes its first review, fails one, or its status changes"),
    6: Webhook("SELLER_DEAUTHORIZATION", "a seller withdraws the authorisation"),
    7: Webhook("UPCOMING_AUTHORIZATION_EXPIRATION", "an authorisation ends in 30 days, and every midnight after that"),
    11: Webhook("CANCELLATION_STATUS_CHANGE", "an order is cancelled, or a buyer's wish to cancel goes on"),
    12: Webhook("RETURN_STATUS_CHANGE", "a refund or return is asked for, or goes on"),
    13: Webhook("NEW_CONVERSATION", "an agent joins a conversation, or leaves it"),
    14: Webhook("NEW_MESSAGE", "somebody writes in a conversation"),
    15: Webhook("PRODUCT_INFORMATION_CHANGE", "an edit of a product on sale takes effect"),
    16: Webhook("PRODUCT_CREATION", "a product is created, or copied by the merge"),
    18: Webhook("PRODUCT_CATEGORY_CHANGE", "a product comes into another category"),
    27: Webhook("INVENTORY_STATUS_CHANGE", "a SKU's stock becomes low, or runs out (setting low_stock_threshold)", own=False),
    35: Webhook("TOKOPEDIA_MIRROR_STATUS_CHANGE", "after the product merge, the shop's own products go live on Tokopedia", "inferred", own=False, account=True),
    37: Webhook("PRODUCT_AUDIT_STATUS_CHANGE", "a review of a product begins or ends"),
    50: Webhook("SKU_STATUS_CHANGE", "SKUs are created, taken away, switched on or off (setting tiktok_webhook_topics)", "observed", own=False, newer=True),
    64: Webhook("AFTERSALES_REQUEST_STATUS", "a request is to be reviewed, or was (setting tiktok_webhook_topics)", "observed", own=False, newer=True),
    65: Webhook("RMA_STATUS", "goods that come back go on (setting tiktok_webhook_topics)", "observed", own=False, newer=True),
    67: Webhook("REFUND_SUCCESS", "a buyer's money is back (setting tiktok_webhook_topics)", "observed", own=False, newer=True),
    71: Webhook("INVENTORY_CHANGED_BY_SHOP", "a SKU's available or committed units change (setting tiktok_webhook_topics)", "observed", own=False, newer=True),
}

# What a shop may set an address for and is never told, each with the reason.
NEVER: dict[int, tuple[str, str]] = {
    2: ("REVERSE_STATUS_UPDATE", "the reverse orders of the API before 202309, which was shut on 2024-12-31"),
    33: ("NEW_MESSAGE_LISTENER", "creators write it, and there are none here"),
    36: ("INVOICE_STATUS_CHANGE", "Brazil's invoices"),
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
    order = orders.find(world, event.order)
    direct = order.paid is not None and not order.wished  # what a buyer had asked for was told when it was settled
    told = ["CANCELLATION_REQUEST_SUCCESS", "CANCELLATION_REQUEST_COMPLETE"] if direct else ["CANCELLATION_REQUEST_COMPLETE"]
    return [*_status(world, event.order, Status.CANCELLED), *(_cancellation(world, event.order, cancellations.role(order), status) for status in told)]


def _asked(world: World, event: events.CancellationRequested) -> list[Told]:
    return [_cancellation(world, event.order, "BUYER", "CANCELLATION_REQUEST_PENDING")] if _order(world, event.order) else []


def _settled(world: World, event: events.CancellationSettled) -> list[Told]:
    if not _order(world, event.order):
        return []
    accepted = event.outcome == "accepted"
    return [_cancellation(world, event.order, "BUYER", "CANCELLATION_REQUEST_SUCCESS" if accepted else "CANCELLATION_REQUEST_CANCELLED")]


def _returned(world: World, event: events.ReturnMoved) -> list[Told]:
    held = aftersales.find(world, event.request)
    more = _requested(world, held, event)
    status = returns.status(held, State(event.after))
    if event.after == State.OFFERED or (event.before and returns.status(held, State(event.before)) == status):
        return more  # an offer, whose status the topic's list does not have (documented); or no move of the status: goods that came back have arrived
    told = {
        "order_id": ids.text(ids.order(world), held.order),
        "return_role": held.by.upper(),
        "return_type": str(held.kind),
        "return_status": status,
        "return_id": ids.text(ids.request(world), held.serial),
        "create_time": held.created.wire,
        "update_time": world.now.wire,
    }
    return [(12, told), *more]


def _requested(world: World, held: aftersales.Return, event: events.ReturnMoved) -> list[Told]:
    """What clients of 2026 are told beside it (observed): the request's status, that of the goods, and the money's arrival."""
    request, role, now = ids.text(ids.aftersales(world), held.serial), "SELLER" if held.by == "seller" else "BUYER", world.now.wire
    told: list[Told] = []
    before = requests.request_status(held, State(event.before)) if event.before else ""
    status = requests.request_status(held, State(event.after))
    if status != before:
        data = {"aftersales_request_id": request, "return_role": role, "aftersales_request_status": status}
        told.append((64, {**data, "aftersales_request_create_time": held.created.wire, "aftersales_request_update_time": now}))
    goods = _GOODS.get(requests.goods_status(held), requests.goods_status(held))
    if goods and held.state in _GOODS_MOVE and (held.state is not State.SUCCEEDED or event.before == State.ON_THE_WAY):
        data = {"rma_id": ids.text(ids.rma(world), held.serial), "aftersales_request_id": request, "return_role": role, "rma_status": goods}
        told.append((65, {**data, "rma_request_create_time": held.created.wire, "rma_request_update_time": now}))
    if held.state is State.COMPLETED and held.refunded:
        money = {"refund_status": "SUCCESS", "refund_total": str(held.refunded), "refund_currency": "IDR", "refund_timestamp": now}
        rma = {"rma_id": ids.text(ids.rma(world), held.serial)} if held.comes_back else {}
        told.append((67, {"aftersales_request_id": request, **rma, **money, "line_items": requests.lines(world, held)}))
    return told


# The webhook spells one status otherwise than the search does; and the moves with which the goods' status changes.
_GOODS = {"AWAITING_BUYER_RETURN": "AWAITING_BUYER_SHIPPED"}
_GOODS_MOVE = (State.AWAITING_PARCEL, State.ON_THE_WAY, State.PARCEL_REJECTED, State.SUCCEEDED)


def _address(world: World, event: events.AddressChanged) -> list[Told]:
    return [(3, {"order_id": ids.text(ids.order(world), event.order), "update_time": world.now.wire})] if _order(world, event.order) else []


_ROLES = {"buyer": "ROLE_USER", "seller": "ROLE_SELLER", "system": "ROLE_SYSTEM"}


def _repacked(world: World, event: events.PackagesRepacked) -> list[Told]:
    """One notification for the whole operation, with every package that there is then."""
    there = [
        {"package_id": ids.text(ids.package(world), package), "order_id_list": [ids.text(ids.order(world), one) for one in inside]} for package, inside in event.packages
    ]
    return [(4, {"sc_type": event.change, "role_type": _ROLES[event.by], "package_list": there, "update_time": world.now.wire})]


def _product(world: World, serial: int) -> int:
    """Product ids are numbers in these payloads (documented samples)."""
    return ids.product(world).wire(serial)


def _listing(world: World, event: events.ProductStatusChanged) -> list[Told]:
    product = products.find(world, event.product)
    if event.together or not products.visible(product, _S):
        return []  # one message tells both platforms
    return [_changed(world, event.product, product.suspended_reason)]


def _changed(world: World, product: int, reason: str = "", *, status: str = "PRODUCT_STATUS_CHANGED") -> Told:
    return 5, {"product_id": _product(world, product), "status": status, "suspended_reason": reason, "update_time": world.now.wire}


def _review(world: World, serial: int, audit: str, tokopedia_audit: str) -> Told:
    product = products.find(world, serial)
    if product.tiktok_shop is None:
        audit = "NONE"  # what is listed on Tokopedia alone is judged there
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


def _level(world: World, available: int) -> int:
    return 2 if available > world.rules.low_stock_threshold else 1 if available > 0 else 0


def _low(world: World, event: events.StockChanged) -> list[Told]:
    """A SKU's stock became low, or ran out. That a rise is never told is inferred."""
    level = _level(world, event.sku_available)
    if level >= _level(world, event.sku_available - event.after + event.before):
        return []
    data = {
        "product_id": str(_product(world, event.product)),
        "sku_id": ids.text(ids.sku(world), event.sku),
        "trigger_reason": {"alert_type": "REALTIME", "low_stock_threshold": world.rules.low_stock_threshold},
        "current_inventory_status": "LOW_STOCK" if level else "OUT_OF_STOCK",
        "inventory_distribution": {
            "total_quantity": event.sku_available + event.sku_committed,
            "available_quantity": event.sku_available,
            "creator_reserved_quantity": 0,
            "campaign_reserved_quantity": 0,
            "committed_quantity": event.sku_committed,
        },
        "update_time": event.at.wire,
    }
    return [(27, data)]


# What moved the stock, in the words of topic 71 (observed: manual_adjustment; the others are inferred).
_TRIGGERS = {"order": "order", "order_cancelled": "order_cancellation", "merge": "product_merge"}


def _stock(world: World, event: events.StockChanged) -> list[Told]:
    if not products.visible(products.find(world, event.product), _S):
        return []
    low = _low(world, event)
    return low if world.rules.tiktok_webhook_topics == "documented" else [*low, _moved_stock(world, event)]


def _moved_stock(world: World, event: events.StockChanged) -> Told:
    available, at = event.after - event.before, datetime.fromtimestamp(event.at.wire, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = ids.text(ids.notification(world), world.next)
    detail = {
        "idempotency_key": name,
        "trigger_source": _TRIGGERS.get(event.cause, "manual_adjustment"),
        "occurred_at": at,
        "total_quantity_delta": available + event.committed,
        "available_quantity_delta": available,
        "committed_quantity_delta": event.committed,
        "in_shop_quantity_delta": available,
        "campaign_locked_quantity_delta": 0,
        "creator_locked_quantity_delta": 0,
    }
    data = {
        "event_id": name,
        "occurred_at": at,
        "shop_id": ids.shop(world).wire(shops.shop(world, shops.seller(world, event.seller).tiktok_shop).serial),
        "product_id": _product(world, event.product),
        "sku_id": ids.sku(world).wire(event.sku),
        "quantity_snapshot_after_change": {
            "total_quantity": event.sku_available + event.sku_committed,
            "total_available_quantity": event.sku_available,
            "total_committed_quantity": event.sku_committed,
            "in_shop_quantity": event.sku_available,
            "campaign_locked_quantity": 0,
            "creator_locked_quantity": 0,
        },
        "change_detail": [detail],
    }
    return 71, data


def _skus(before: World, world: World, serial: int) -> list[Told]:
    """Which SKUs of a product came, went, or were switched on or off; only the world before the change knows the former ones."""
    product, old = products.find(world, serial), before.get(PRODUCTS, serial)
    if not products.visible(product, _S):
        return []
    was = {sku.serial: sku.active for sku in old.skus} if old is not None and products.visible(old, _S) else {}
    now = {sku.serial: sku.active for sku in product.skus}
    status: dict[int, dict[str, str]] = {sku: {"status": "DELETED"} for sku in was if sku not in now}
    for sku, active in now.items():
        if sku not in was:
            status[sku] = {"status": "CREATED"}
        elif active is not was[sku]:
            status[sku] = {"status": "ACTIVATED"} if active else {"status": "DEACTIVATED", "deactivation_source": "SELLER"}
    told = [{"sku_id": ids.text(ids.sku(world), sku), **how} for sku, how in status.items()]
    return [(50, {"product_id": str(_product(world, serial)), "skus": told, "update_time": world.now.wire})] if told else []


def _mirrored(world: World, event: events.ShopMirrored) -> list[Told]:
    return [(35, {"tts_shop_id": ids.text(ids.shop(world), event.shop), "update_time": world.now.wire, "mirror_status": "MIRRORED"})]


def _agent(world: World, event: events.ConversationOpened | events.ConversationClosed) -> list[Told]:
    """The agent joins or leaves; an agent who takes no chats does neither (inferred)."""
    chat = chats.find(world, event.conversation)
    if not chats.accepts(world, chat.seller):
        return []
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
                "sender": {"im_user_id": ids.text(ids.im_user(world), sender), "role": message.sender},
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
    events.PackagesRepacked: _repacked,
    events.ProductStatusChanged: _listing,
    events.ProductAudited: _audited,
    events.ProductsMerged: _merged,
    events.StockChanged: _stock,
    events.ShopMirrored: _mirrored,
    events.ConversationOpened: _agent,
    events.ConversationClosed: _agent,
    events.MessageSent: _message,
    events.GrantExpiring: _expiring,
    events.GrantWithdrawn: _withdrawn,
}

# The same, of events whose payload also needs the world before the change.
CHANGES: dict[type[Event], Callable[[World, World, Any], list[Told]]] = {
    events.ProductEdited: lambda before, world, event: [
        *_edited(world, event),
        *_recategorised(before, world, event),
        *(_skus(before, world, event.product) if "skus" in event.fields else ()),
    ],
    events.ProductCreated: lambda before, world, event: [*_created(world, event), *_skus(before, world, event.product)],
    events.ProductCopied: lambda before, world, event: [*_copied(world, event), *_skus(before, world, event.product)],
}

# Events of which TikTok Shop tells nothing: the platform has no topic for them, or another one tells it.
UNTOLD: tuple[type[Event], ...] = (
    events.PriceChanged,
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
    return lambda workspace, world, event: _tell(workspace, world, event, lambda: payload(world, event))


def _changed_topic(payload: Callable[[World, World, Any], list[Told]]) -> Topic:
    return lambda workspace, world, event: _tell(workspace, world, event, lambda: payload(workspace.world, world, event))


def _tell(workspace: Workspace, world: World, event: Event, payload: Callable[[], list[Told]]) -> World:
    """Owe what is told of it to the shop's own address for that topic, else to the app's, else to nobody."""
    owner = shops.seller(world, event.seller)
    if owner.tiktok_shop is None:
        return world
    app, shop = developers.app(world, _S), shops.shop(world, owner.tiktok_shop)
    if not shop.authorised and not isinstance(event, events.GrantWithdrawn):
        return world
    for number, data in payload():
        topic = WEBHOOKS[number]
        if topic.newer and world.rules.tiktok_webhook_topics == "documented":
            continue
        own = developers.topic_address(world, shop.serial, topic.name) if topic.own else None
        url = own.address if own is not None else app.webhook_url
        if not url:
            continue
        whom = {"seller_open_id": ids.open_id(owner.serial)} if topic.account else {"shop_id": ids.text(ids.shop(world), shop.serial)}
        body = {"type": number, "tts_notification_id": ids.text(ids.notification(world), world.next), **whom, "timestamp": world.now.wire, "data": data}
        world = outbox.owe(
            world,
            seller=owner.serial,
            platform=_S,
            app=app.serial,
            topic=topic.name,
            url=url,
            body=orjson.dumps(body),
            held=workspace.hold,
            note=addresses.remark(url),
        )
    return world


TOPICS: Mapping[type[Event], Topic] = {
    **{event: _topic(payload) for event, payload in PAYLOADS.items()},
    **{event: _changed_topic(payload) for event, payload in CHANGES.items()},
}


def sign(workspace: Workspace, delivery: Delivery) -> dict[str, str]:
    """The headers of a delivery: its signature, bare hex."""
    credentials = workspace.credentials
    return {"authorization": signing.webhook_signature(credentials.app_key, credentials.app_secret, delivery.body)}
