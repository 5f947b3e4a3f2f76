"""Chats that buyers start in either app, and what is said in them."""

from __future__ import annotations

from typing import Any

from ...domain import chats, migration, orders, shops
from ...domain.chats import CONVERSATIONS, Conversation, Message
from ...domain.phases import Platform
from ...domain.shops import BUYERS
from ...domain.world import Change, World
from . import naming
from .orders import BUYER_APP
from .routes import SELLER, Ask, Field, Json, Route


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
    body = ask.body
    chat, message = ask.apply(_start, ask.seller.serial, Platform(body["buyer_app"]), body.get("buyer"), body["text"])
    return 201, _said(ask.world, chat, message)


def _start(world: World, seller: int, app: Platform, buyer: str | None, text: str) -> Change:
    owner = shops.seller(world, seller)
    shops.shop_of(world, owner, app)
    who = orders.buyer_named(world, buyer)
    return chats.buyer_writes(world, seller, who.serial, app, migration.owner_of_new_order(world, owner, app), chats.text(text))


def _said(world: World, chat: int, message: int) -> Json:
    row = world.get(chats.MESSAGES, message)
    assert row is not None  # it was written in this very commit
    return {**described(world, chats.find(world, chat)), "message": _message(world, row)}


async def write(ask: Ask) -> Any:
    """The buyer (or the seller, by hand) goes on; a buyer in an old Tokopedia thread opens a TikTok Shop conversation after the merge."""
    chat = naming.conversation(ask.world, ask.params["conversation"])
    if ask.body.get("from", "buyer") == "seller":
        message = ask.apply(chats.seller_writes, chat.serial, chats.text(ask.body["text"]))
        return 201, _said(ask.world, chat.serial, message)
    number, message = ask.apply(_goes_on, chat, ask.body["text"])
    return 201, _said(ask.world, number, message)


def _goes_on(world: World, chat: Conversation, text: str) -> Change:
    platform = chat.platform
    if platform is Platform.TOKOPEDIA:
        platform = migration.owner_of_new_order(world, shops.seller(world, chat.seller), chat.buyer_app)
    return chats.buyer_writes(world, chat.seller, chat.buyer, chat.buyer_app, platform, chats.text(text), conversation=chat.serial)


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


_TEXT: Field = {"t": "str", "req": True, "len": [1, 2000]}
_ANSWER: Json = {
    "key": "conversation-88",
    "platform": "tiktok_shop",
    "conversation_id": "7494560109732334261",
    "seller": "toko",
    "buyer_app": "tokopedia",
    "buyer": "budi",
    "messages": 1,
    "unread": 1,
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
        body={**SELLER, "buyer_app": BUYER_APP, "text": _TEXT, "buyer": {"t": "str"}},
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
        body={"text": _TEXT, "from": {"t": "str", "enum": ["buyer", "seller"], "help": "buyer when absent"}},
        example={"text": "Masih ada?"},
        answer=_ANSWER,
        status=201,
    ),
)
