"""Chats: a conversation belongs to one platform, like an order; its messages are kept in order."""

from __future__ import annotations

import json

from .errors import ConversationUnknown
from .events import ConversationOpened, MessageSent
from .instants import Instant
from .phases import Platform
from .table import Table
from .value import Value, value
from .world import Change, World


@value
class Conversation(Value):
    serial: int
    seller: int
    platform: Platform  # which API shows it
    buyer_app: Platform  # where the buyer writes
    buyer: int
    created: Instant
    updated: Instant
    revised: int
    messages: int = 0  # how many; the index of the last one
    unread: int = 0  # of the seller
    last_message: int = 0
    continues: int | None = None  # the old Tokopedia thread that this one took over after the merge
    is_open: bool = True


@value
class Message(Value):
    serial: int
    conversation: int
    index: int
    sender: str  # BUYER, SHOP, CUSTOMER_SERVICE, SYSTEM, ROBOT
    kind: str  # TEXT, IMAGE, PRODUCT_CARD, ORDER_CARD …
    content: str  # TikTok Shop's JSON string; Tokopedia prints the text in it
    created: Instant
    read: Instant | None = None


@value
class Desk(Value):
    """Where a seller's chats are answered; its serial is the seller's. Without a row chats are accepted."""

    serial: int
    accepts: bool = True


CONVERSATIONS = Table(
    "conversations",
    Conversation,
    by_updated=lambda c: ((c.seller, c.platform, c.updated.wire, c.revised, c.serial),),
    by_buyer=lambda c: ((c.seller, c.platform, c.buyer, c.serial),),
)
MESSAGES = Table("messages", Message, by_conversation=lambda m: ((m.conversation, m.index, m.serial),))
DESKS = Table("desks", Desk)


def find(world: World, serial: int | None, platform: Platform | None = None) -> Conversation:
    found = None if serial is None else world.get(CONVERSATIONS, serial)
    if found is None or (platform is not None and found.platform is not platform):
        raise ConversationUnknown("there is no such conversation on this platform")
    return found


def messages(world: World, conversation: int, *, newest_first: bool, skip: int = 0, limit: int | None = None) -> list[Message]:
    return world.shelf(MESSAGES).page("by_conversation", (conversation,), (conversation + 1,), reverse=newest_first, skip=skip, limit=limit)


def open_with(world: World, seller: int, platform: Platform, buyer: int, buyer_app: Platform, *, continues: int | None = None) -> Change:
    """The conversation of that buyer with the seller, opened where there is none. Answers its serial."""
    for held in world.shelf(CONVERSATIONS).page("by_buyer", (seller, platform, buyer), (seller, platform, buyer + 1)):
        if held.buyer_app is buyer_app:
            return Change(world, held.serial)
    serial, world = world.take()
    now = world.now
    made = Conversation(serial, seller, platform, buyer_app, buyer, now, now, world.revision, continues=continues)
    return Change(world.put(CONVERSATIONS, made).tell(ConversationOpened(seller, now, serial)), serial)


def _said(world: World, chat: Conversation, sender: str, kind: str, content: str) -> Change:
    serial, world = world.take()
    now = world.now
    index = chat.messages + 1
    world = world.put(MESSAGES, Message(serial, chat.serial, index, sender, kind, content, now))
    unread = chat.unread + 1 if sender == "BUYER" else chat.unread
    world = world.put(CONVERSATIONS, chat.but(messages=index, unread=unread, last_message=serial, updated=now, revised=world.revision))
    return Change(world.tell(MessageSent(chat.seller, now, chat.serial, serial)), serial)


def buyer_writes(
    world: World, seller: int, buyer: int, buyer_app: Platform, platform: Platform, content: str, *, kind: str = "TEXT", conversation: int | None = None
) -> Change:
    """A buyer writes. ``platform`` shows it; in an old Tokopedia thread after the merge a TikTok Shop conversation takes over.

    Answers (conversation, message).
    """
    continues = None
    if conversation is not None:
        chat = find(world, conversation)
        buyer, buyer_app = chat.buyer, chat.buyer_app
        if chat.platform is not platform:
            continues, conversation = chat.serial, None
    if conversation is None:
        world, conversation = open_with(world, seller, platform, buyer, buyer_app, continues=continues)
    world, message = _said(world, find(world, conversation), "BUYER", kind, content)
    return Change(world, (conversation, message))


def seller_writes(world: World, conversation: int, content: str, *, kind: str = "TEXT") -> Change:
    """The seller answers. Answers the message's serial."""
    return _said(world, find(world, conversation), "CUSTOMER_SERVICE", kind, content)


def reopen(world: World, conversation: int) -> World:
    """A conversation that had come to its end goes on."""
    chat = find(world, conversation)
    return world if chat.is_open else world.put(CONVERSATIONS, chat.but(is_open=True))


def accepts(world: World, seller: int) -> bool:
    """Whether chats reach the seller's agent."""
    desk = world.get(DESKS, seller)
    return desk is None or desk.accepts


def accept(world: World, seller: int, *, accepts: bool) -> World:
    return world.put(DESKS, Desk(seller, accepts))


def read(world: World, conversation: int) -> World:
    """The seller has read everything."""
    chat = find(world, conversation)
    return world.put(CONVERSATIONS, chat.but(unread=0)) if chat.unread else world


def text(words: str) -> str:
    """A plain text as the content of a message: TikTok Shop's JSON string."""
    return json.dumps({"content": words}, ensure_ascii=False, separators=(",", ":"))


def words(message: Message) -> str:
    """What a message says in plain words (Tokopedia shows only that)."""
    try:
        content = json.loads(message.content)
    except ValueError:
        return message.content
    if not isinstance(content, dict):
        return message.content
    return str(content.get("content") or content.get("url") or message.content)
