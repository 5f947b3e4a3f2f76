"""Chats that buyers start in either app, and what is said in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ...domain import chats, migration, placing, products, shops
from ...domain.chats import CONVERSATIONS, Conversation, Message
from ...domain.phases import Platform
from ...domain.shops import BUYERS, Seller
from ...domain.world import Change, World
from ...tiktok_shop import chat_pictures, documents, formats
from . import naming
from .orders import BUYER_APP
from .routes import SELLER, Ask, Field, Json, Problem, Route


def described(world: World, chat: Conversation) -> Json:
    """A conversation as the world knows it; its id is that of the platform that shows it."""
    buyer = world.get(BUYERS, chat.buyer)
    old = None if chat.continues is None else world.get(CONVERSATIONS, chat.continues)
    return {
        "key": naming.conversation_key(chat),
        "platform": chat.platform.value,
        "conversation_id": naming.conversation_id(world, chat),
        "seller": shops.seller(world, chat.seller).key,
        "buyer_app": chat.buyer_app.value,
        "buyer": None if buyer is None else buyer.key,
        "messages": chat.messages,
        "unread": chat.unread,
        "open": chat.is_open,
        "continues": None if old is None else naming.conversation_key(old),
        "created": naming.instant(chat.created),
        "updated": naming.instant(chat.updated),
    }


def _message(world: World, message: Message) -> Json:
    chat = chats.find(world, message.conversation)
    return {
        "message_id": naming.wire(world, "message", message.serial, chat.platform),
        "index": message.index,
        "sender": message.sender,
        "kind": message.kind,
        "text": chats.words(message),
        "created": naming.instant(message.created),
    }


async def start(ask: Ask) -> Any:
    """A buyer writes to the seller; who has written before goes on in the same conversation."""
    body, world, seller = ask.body, ask.world, ask.seller
    app = Platform(body["buyer_app"])
    shops.shop_of(world, seller, app)
    who, platform = placing.buyer_named(world, body.get("buyer")), migration.owner_of_new_order(world, seller, app)
    kind, content = _content(ask, seller, platform)
    if kind in BY_PLATFORM:
        raise Problem(422, "invalid", "Nobody writes so", f"{kind} is what the platform itself says in a conversation that is open", field="kind")
    chat, message = ask.apply(chats.buyer_writes, seller.serial, who.serial, app, platform, content, kind=kind)
    return 201, _said(ask.world, chat, message)


# ---- what can be said ---------------------------------------------------------------------------------------------------------------------


def _words(ask: Ask, seller: Seller) -> Json:
    return {"content": ask.body.get("text", "")}


def _picture(ask: Ask, seller: Seller) -> Json:
    """A picture that the integration can fetch."""
    drawn = documents.picture(600, 600)
    name = ask.apply(chat_pictures.keep, seller.serial, drawn, formats.Media("PNG", 600, 600))
    return {"height": 600, "url": chat_pictures.address(ask.origin, name), "width": 600}


def _film(ask: Ask, seller: Seller) -> Json:
    return {**_picture(ask, seller), "duration": "3.0", "format": "mp4", "size": 262144}


def _product(ask: Ask, seller: Seller) -> Json:
    text = _wanted(ask, "product")
    found = products.by_seller_sku(ask.world, seller.serial, text, Platform.TIKTOK_SHOP)
    product = found[0][0] if found else naming.product(ask.world, seller.serial, text)[0]
    return {"product_id": str(naming.wire(ask.world, "product", product.serial, Platform.TIKTOK_SHOP))}


def _order(ask: Ask, seller: Seller) -> Json:
    return {"order_id": str(naming.order_id(ask.world, naming.order(ask.world, _wanted(ask, "order"))))}


def _goods_back(ask: Ask, seller: Seller) -> Json:
    order = naming.order(ask.world, _wanted(ask, "order"))
    return {**_order(ask, seller), "sku_id": str(naming.wire(ask.world, "sku", order.items[0].sku, Platform.TIKTOK_SHOP))}


def _coupon(ask: Ask, seller: Seller) -> Json:
    return {"coupon_id": _wanted(ask, "coupon")}


def _wanted(ask: Ask, name: str) -> str:
    value = ask.body.get(name)
    if not value:
        raise Problem(422, "missing-field", "A field is missing", f"a message of this kind names its {name}", field=name)
    return str(value)


# Type of a message (documented) → what is in it. Fields of those that show no thing, beyond their words: inferred.
KINDS: dict[str, Callable[[Ask, Seller], Json]] = {
    "TEXT": _words,
    "IMAGE": _picture,
    "VIDEO": _film,
    "EMOTICONS": _picture,
    "PRODUCT_CARD": _product,
    "ORDER_CARD": _order,
    "LOGISTICS_CARD": _order,
    "RETURN_REFUND_CARD": _goods_back,
    "COUPON_CARD": _coupon,
    "BUYER_ENTER_FROM_PRODUCT": _product,
    "BUYER_ENTER_FROM_ORDER": _order,
    "BUYER_ENTER_FROM_TRANSFER": _words,
    "ALLOCATED_SERVICE": _words,
    "NOTIFICATION": _words,
    "OTHER": _words,
}
BY_PLATFORM = ("ALLOCATED_SERVICE", "NOTIFICATION", "BUYER_ENTER_FROM_TRANSFER")


def _content(ask: Ask, seller: Seller, platform: Platform) -> tuple[str, str]:
    """Type and content of the message that is asked for."""
    kind = ask.body.get("kind", "TEXT")
    if kind == "TEXT" and not ask.body.get("text"):
        raise Problem(422, "missing-field", "A field is missing", "a message of kind TEXT has a text", field="text")
    if kind != "TEXT" and platform is Platform.TOKOPEDIA:
        raise Problem(422, "invalid", "Only words there", f"a chat that Tokopedia shows holds plain words, no {kind}", field="kind")
    return kind, json.dumps(KINDS[kind](ask, seller), ensure_ascii=False, separators=(",", ":"))


def _said(world: World, chat: int, message: int) -> Json:
    row = world.get(chats.MESSAGES, message)
    assert row is not None  # it was written in this very commit
    return {**described(world, chats.find(world, chat)), "message": _message(world, row)}


async def write(ask: Ask) -> Any:
    """The buyer (or the seller, by hand) goes on; a buyer in an old Tokopedia thread opens a TikTok Shop conversation after the merge."""
    chat = naming.conversation(ask.world, ask.params["conversation"])
    seller, by_seller = shops.seller(ask.world, chat.seller), ask.body.get("from", "buyer") == "seller"
    platform = chat.platform
    if platform is Platform.TOKOPEDIA and not by_seller:
        platform = migration.owner_of_new_order(ask.world, seller, chat.buyer_app)
    kind, content = _content(ask, seller, platform)
    if by_seller:
        message = ask.apply(chats.seller_writes, chat.serial, content, kind=kind)
        return 201, _said(ask.world, chat.serial, message)
    if kind in BY_PLATFORM:
        number, message = ask.apply(chats.platform_writes, chat.serial, content, kind=kind)
    else:
        number, message = ask.apply(_goes_on, chat, platform, kind, content)
    return 201, _said(ask.world, number, message)


def _goes_on(world: World, chat: Conversation, platform: Platform, kind: str, content: str) -> Change:
    return chats.buyer_writes(world, chat.seller, chat.buyer, chat.buyer_app, platform, content, kind=kind, conversation=chat.serial)


async def close(ask: Ask) -> Any:
    """The agent leaves, as after too long a silence."""
    chat = naming.conversation(ask.world, ask.params["conversation"])
    ask.apply(chats.end, chat.serial)
    return described(ask.world, chats.find(ask.world, chat.serial))


async def every(ask: Ask) -> Any:
    """Conversations, the one with the newest message first."""
    world, query = ask.world, ask.query
    owners = [ask.seller] if query.get("seller") else shops.sellers(world)
    wanted = [Platform(query["platform"])] if query.get("platform") else list(Platform)
    rows: list[Conversation] = []
    for owner in owners:
        for platform in wanted:
            rows += world.shelf(CONVERSATIONS).page(
                "by_updated", (owner.serial, platform), (owner.serial, platform + "\0"), reverse=True, limit=query["limit"]
            )
    rows.sort(key=lambda chat: (chat.updated.world, chat.revised, chat.serial), reverse=True)
    return {"conversations": [described(world, chat) for chat in rows[: query["limit"]]]}


async def one(ask: Ask) -> Any:
    world = ask.world
    chat = naming.conversation(world, ask.params["conversation"])
    said = chats.messages(world, chat.serial, newest_first=False)
    return {**described(world, chat), "said": [_message(world, message) for message in said]}


_SAID: dict[str, Field] = {
    "text": {"t": "str", "len": [1, 2000], "help": "what is said; needed unless kind tells another thing"},
    "kind": {"t": "str", "enum": list(KINDS), "help": "type of the message, TEXT when absent; on TikTok Shop only"},
    "product": {"t": "str", "help": "seller SKU or id of a product, for a card of it or a buyer who comes from its page"},
    "order": {"t": "str", "help": "key or id of an order, for a card of it or a buyer who comes from its page"},
    "coupon": {"t": "str", "help": "id of a coupon, for a card of it"},
}
_ANSWER: Json = {
    "key": "conversation-88",
    "platform": "tiktok_shop",
    "conversation_id": "7494560109732334261",
    "seller": "toko",
    "buyer_app": "tokopedia",
    "buyer": "budi",
    "messages": 1,
    "unread": 1,
    "open": True,
    "continues": None,
    "message": {"message_id": "7495…", "index": 1, "sender": "BUYER", "kind": "TEXT", "text": "Halo kak"},
}
_AT = "/workspaces/{id}/conversations"

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        _AT,
        start,
        "A buyer starts a chat in one of the apps",
        body={**SELLER, "buyer_app": BUYER_APP, **_SAID, "buyer": {"t": "str"}},
        example={"buyer_app": "tokopedia", "text": "Halo kak"},
        answer=_ANSWER,
        status=201,
    ),
    Route(
        "GET",
        _AT,
        every,
        "Conversations, newest message first",
        query={
            **SELLER,
            "platform": {"t": "str", "enum": [p.value for p in Platform]},
            "limit": {"t": "int", "range": [1, 1000], "default": 50},
        },
        answer={"conversations": [_ANSWER]},
    ),
    Route("GET", _AT + "/{conversation}", one, "One conversation with all that was said", answer={**_ANSWER, "said": []}),
    Route(
        "POST",
        _AT + "/{conversation}/messages",
        write,
        "The buyer or the seller writes on",
        body={**_SAID, "from": {"t": "str", "enum": ["buyer", "seller"], "help": "buyer when absent"}},
        example={"text": "Masih ada?"},
        answer=_ANSWER,
        status=201,
    ),
    Route("POST", _AT + "/{conversation}/end", close, "A TikTok Shop conversation comes to its end", example={}, answer=_ANSWER),
)
