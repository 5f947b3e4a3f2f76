"""Chats: a conversation belongs to one platform, like an order; its messages are kept in order."""

from __future__ import annotations

import json

from . import timers
from .errors import ConversationState, ConversationUnknown
from .events import ConversationClosed, ConversationOpened, MessageSent
from .instants import HOUR, Instant
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
    session: int = 0  # the latest stretch of it (TikTok Shop)


@value
class Session(Value):
    """A stretch of a TikTok Shop conversation: from its opening to its end. ``answered``: when the seller first answered the buyer."""

    serial: int
    seller: int
    conversation: int
    buyer: int
    begin: Instant
    end: Instant | None = None
    asked: Instant | None = None  # the buyer's first message in it
    answered: Instant | None = None


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
SESSIONS = Table("sessions", Session, by_begin=lambda s: ((s.seller, s.begin.wire, s.serial),))
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
    return Change(_begun(world.put(CONVERSATIONS, made), made), serial)


def _begun(world: World, chat: Conversation) -> World:
    """A conversation is open, for the first time or again."""
    now = world.now
    if chat.platform is Platform.TIKTOK_SHOP:
        session, world = world.take()
        world = world.put(SESSIONS, Session(session, chat.seller, chat.serial, chat.buyer, now))
        world = _waits(world.put(CONVERSATIONS, chat.but(is_open=True, session=session)), chat, for_buyer=True)
    return world.tell(ConversationOpened(chat.seller, now, chat.serial))


def _waits(world: World, chat: Conversation, *, for_buyer: bool) -> World:
    """Silence ends a conversation: the buyer's after some hours, the seller's after some days (documented)."""
    if chat.platform is not Platform.TIKTOK_SHOP:
        return world
    rules = world.rules
    hours = rules.chat_silence_hours if for_buyer else rules.chat_unanswered_days * 24
    return timers.set(timers.stop(world, "chat.end", chat.serial), "chat.end", chat.serial, due=world.now.world + hours * HOUR)


def _said(world: World, chat: Conversation, sender: str, kind: str, content: str) -> Change:
    if not chat.is_open:
        world = _begun(world, chat)
        chat = find(world, chat.serial)
    serial, world = world.take()
    now = world.now
    index = chat.messages + 1
    world = world.put(MESSAGES, Message(serial, chat.serial, index, sender, kind, content, now))
    unread = chat.unread + 1 if sender == "BUYER" else chat.unread
    world = world.put(CONVERSATIONS, chat.but(messages=index, unread=unread, last_message=serial, updated=now, revised=world.revision))
    if sender in ("BUYER", "CUSTOMER_SERVICE"):
        world = _waits(_noted(world, chat, sender), chat, for_buyer=sender != "BUYER")
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


def _noted(world: World, chat: Conversation, sender: str) -> World:
    """Who asked and who answered first in this session."""
    session = world.get(SESSIONS, chat.session)
    if session is None:
        return world
    if sender == "BUYER":
        return world if session.asked is not None else world.put(SESSIONS, session.but(asked=world.now))
    return world if session.answered is not None or session.asked is None else world.put(SESSIONS, session.but(answered=world.now))


def seller_writes(world: World, conversation: int, content: str, *, kind: str = "TEXT", role: str = "CUSTOMER_SERVICE") -> Change:
    """The seller answers, or the seller's robot or system (``role``). Answers the message's serial."""
    return _said(world, find(world, conversation), role, kind, content)


def platform_writes(world: World, conversation: int, content: str, *, kind: str) -> Change:
    """The platform itself says something in it. Answers (conversation, message)."""
    world, message = _said(world, find(world, conversation), "SYSTEM", kind, content)
    return Change(world, (conversation, message))


def reopen(world: World, conversation: int) -> World:
    """A conversation that had come to its end goes on."""
    chat = find(world, conversation)
    return world if chat.is_open else _begun(world, chat)


def end(world: World, conversation: int) -> World:
    """A TikTok Shop conversation comes to its end: the agent leaves, nobody can write until it is opened again."""
    chat = find(world, conversation)
    if chat.platform is not Platform.TIKTOK_SHOP or not chat.is_open:
        raise ConversationState("this conversation has come to its end already" if not chat.is_open else "chats of Tokopedia have no end")
    world = timers.stop(world, "chat.end", conversation)
    session = world.get(SESSIONS, chat.session)
    if session is not None:
        world = world.put(SESSIONS, session.but(end=world.now))
    return world.put(CONVERSATIONS, chat.but(is_open=False)).tell(ConversationClosed(chat.seller, world.now, conversation))


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
