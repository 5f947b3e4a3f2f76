"""Chats with buyers of both apps: conversations, their messages, answering and reading."""

from __future__ import annotations

from typing import Any

import orjson

from ..domain import chats, products, shops
from ..domain.aftersales import RETURNS
from ..domain.chats import CONVERSATIONS, MESSAGES, SESSIONS, Conversation, Message, Session
from ..domain.errors import ConversationUnknown, ProductUnknown
from ..domain.instants import DAY, HOUR
from ..domain.orders import ORDERS
from ..domain.phases import Family, Platform
from ..domain.products import PRODUCTS
from ..domain.shops import BUYERS
from ..domain.table import TOP
from ..domain.world import Change, World
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from . import chat_pictures, ids, paging
from .catalog import serves, version
from .order_view import COMMERCE
from .paging import Run, Window
from .words import refuse

_S = Platform.TIKTOK_SHOP
INVALID = 45101001
_INVALID_WORDS = (
    "Invalid parameter. Please check the parameters."  # how this service words the code where a parameter is to blame (documented)
)


def wrong(why: str) -> Refusal:
    return refuse(INVALID, why, message=_INVALID_WORDS)


def own(call: Call) -> Conversation:
    """The conversation of the path, of this seller. Raises ConversationUnknown."""
    chat = chats.find(call.world, ids.conversation(call.world).read(call.params["conversation_id"]), _S)
    if chat.seller != call.seller.serial:
        raise ConversationUnknown("that conversation is another seller's")
    return chat


def _size(call: Call) -> int:
    size: int = call.query["page_size"]
    if size < 1:
        raise wrong(f"page_size must be 1 or more, got {size}")
    return size


# ---- reading -----------------------------------------------------------------------------------------------------------------------------


@serves("get-conversations-202309", family=Family.CHAT_READ)
def conversations(call: Call) -> dict[str, Any]:
    """The seller's conversations, the one in which somebody wrote last first; a run of pages keeps the order of its first page."""
    world, owner, size = call.world, call.seller.serial, _size(call)
    filters = paging.bound(owner, "conversations")
    run = paging.decode(call.query.get("page_token"), filters, code=INVALID, message=_INVALID_WORDS)
    then = paging.world_of(call, run)
    window = Window("by_updated", (owner, _S, 0), (owner, _S, TOP))
    rows, last = paging.page(then.shelf(CONVERSATIONS), window, run.after, descending=True, size=size, fits=None)
    token = ""
    if last is not None:
        kept = run.revision if call.workspace.pinned(run.revision) is not None else 0
        token = paging.encode(filters, Run(last, kept or call.workspace.pin()))
    rows = [world.get(CONVERSATIONS, row.serial) or row for row in rows]
    call.showed("conversations", *[row.serial for row in rows])
    call.showed("messages", *[row.last_message for row in rows if row.last_message])
    return {"next_page_token": token, "conversations": [{**_conversation(world, row), **_session(call, row)} for row in rows]}


@serves("get-conversation-202601", family=Family.CHAT_READ)
def conversation(call: Call) -> dict[str, Any]:
    """One conversation, as a client library of 2026 knows it: without its latest message, the buyer's app under another name."""
    chat = own(call)
    call.showed("conversations", chat.serial)
    shown = {**_conversation(call.world, chat), **_session(call, chat)}
    for name in ("latest_message", "can_send_message"):
        shown.pop(name, None)
    buyer = shown["participants"][0]
    buyer["platform"] = buyer.pop("buyer_platform")
    return {"conversation": shown}


def _conversation(world: World, chat: Conversation) -> dict[str, Any]:
    buyer, shop = _participant(world, chat, "BUYER"), _participant(world, chat, "SHOP")
    shown: dict[str, Any] = {
        "id": ids.text(ids.conversation(world), chat.serial),
        "participant_count": 2,
        "can_send_message": chat.is_open,
        "unread_count": chat.unread,
        "create_time": chat.created.wire,
        "participants": [{**buyer, "user_id": ids.text(ids.user(world), chat.buyer), "buyer_platform": COMMERCE[chat.buyer_app]}, shop],
    }
    last = world.get(MESSAGES, chat.last_message)
    if last is not None:
        shown["latest_message"] = _message(world, chat, last)
    return shown


# How far a session is (inferred: the field is known from a client library, its values are not).
_PHASES = {False: "PROCESSING", True: "ENDED"}


def _session(call: Call, chat: Conversation) -> dict[str, Any]:
    """The latest session of a conversation, for a call that wants it."""
    held = call.world.get(SESSIONS, chat.session)
    if held is None:
        return {}
    serial = ids.text(ids.session(call.world), held.serial)
    shown: dict[str, Any] = {"cur_session_id": serial} if call.query.get("need_session_id") else {}
    if call.query.get("need_session_info"):
        shown["cur_session"] = {"id": serial, "phase": _PHASES[held.end is not None]}
    return shown


def _participant(world: World, chat: Conversation, role: str) -> dict[str, str]:
    """Who takes part or writes, in that role: the buyer, or whoever speaks for the seller."""
    if role == "BUYER":
        buyer = world.get(BUYERS, chat.buyer)
        serial, name = chat.buyer, buyer.name if buyer is not None else ""
    else:
        serial, name = chat.seller, shops.shop_of(world, shops.seller(world, chat.seller), _S).name
    return {"im_user_id": ids.text(ids.im_user(world), serial), "role": role, "nickname": name, "avatar": ""}


def _message(world: World, chat: Conversation, message: Message) -> dict[str, Any]:
    return {
        "id": ids.text(ids.message(world), message.serial),
        "type": message.kind,
        "content": message.content,
        "create_time": message.created.wire,
        "is_visible": True,
        "index": str(message.index),
        "sender": _participant(world, chat, message.sender),
    }


@serves("get-conversation-messages-202309", family=Family.CHAT_READ)
def messages(call: Call) -> dict[str, Any]:
    """The messages of a conversation, the latest first unless asked otherwise; reading them here leaves them unread."""
    world, chat, size = call.world, own(call), _size(call)
    descending = call.query["sort_order"] == "DESC"
    filters = paging.bound(chat.serial, "messages", descending)
    run = paging.decode(call.query.get("page_token"), filters, code=INVALID, message=_INVALID_WORDS)
    window = Window("by_conversation", (chat.serial, 0), (chat.serial, TOP))
    rows, last = paging.page(world.shelf(MESSAGES), window, run.after, descending=descending, size=size, fits=None)
    call.showed("messages", *[row.serial for row in rows])
    return {
        "next_page_token": paging.encode(filters, Run(last, 0)) if last is not None else "",
        "unsupported_msg_tips": _TIPS if any(row.kind == "OTHER" for row in rows) else "",
        "messages": [{**_message(world, chat, row), **_plainly(call, row)} for row in rows],
    }


_TIPS = "This message type is not supported here. Please view it in Seller Center."  # its wording is not documented


def _plainly(call: Call, message: Message) -> dict[str, str]:
    """A message's content and words once more, for a call that wants them (observed)."""
    shown = {"data": message.content} if call.query.get("need_data") else {}
    return {**shown, "plaintext": chats.words(message)} if call.query.get("need_plaintext") else shown


# ---- writing -----------------------------------------------------------------------------------------------------------------------------

# What the content of a message must hold: type → fields (documented); what is wrong with a card has a code of its own.
_CONTENT: dict[str, tuple[str, ...]] = {
    "TEXT": ("content",),
    "IMAGE": ("url",),
    "PRODUCT_CARD": ("product_id",),
    "ORDER_CARD": ("order_id",),
    "RETURN_REFUND_CARD": ("order_id", "sku_id"),
    "COUPON_CARD": ("coupon_id",),
    "LOGISTICS_CARD": ("order_id",),
    "VIDEO": ("url",),
}
_WRONG_CARD = {"RETURN_REFUND_CARD": 45101002, "COUPON_CARD": 45111017}
_SINCE_202606 = ("LOGISTICS_CARD", "VIDEO")  # observed: the older version does not know them
_RULES = 45109001


@serves("send-message-202309", family=Family.CHAT_WRITE, effect="write")
def send(call: Call) -> dict[str, Any]:
    """Answer a buyer. ``content`` is a JSON text whose fields depend on ``type``."""
    chat, kind, content = own(call), call.body["type"], call.body["content"]
    if kind in _SINCE_202606 and version(call) < "202606":
        raise refuse(45111001, f"messages of type {kind} are sent by version 202606")
    inside = _inside(kind, content)
    if not chat.is_open:
        raise refuse(_RULES, "this conversation has come to its end: Create Conversation opens it again")
    _fitting(call, chat, kind, inside)
    message = call.apply(chats.seller_writes, chat.serial, content, kind=kind, role=call.body.get("sender_role", "CUSTOMER_SERVICE"))
    return {"message_id": ids.text(ids.message(call.world), message)}


def _inside(kind: str, content: str) -> dict[str, Any]:
    """The fields of a message. Raises Refusal unless ``content`` is a JSON object as text with all that its type needs."""
    try:
        inside = orjson.loads(content)
    except orjson.JSONDecodeError:
        inside = None
    wanted = ", ".join(f'"{name}": "…"' for name in _CONTENT[kind])
    if not isinstance(inside, dict):
        raise wrong(f"content must be a JSON object as text, such as {{{wanted}}}; it is {content[:60]!r}")
    for name in _CONTENT[kind]:
        given = inside.get(name)
        if not isinstance(given, str) or not given.strip():
            why = f"the content of a message of type {kind} is {{{wanted}}}; {name} is {str(given)[:60]!r}"
            raise refuse(_WRONG_CARD[kind], why) if kind in _WRONG_CARD else wrong(why)
    return inside


def _fitting(call: Call, chat: Conversation, kind: str, inside: dict[str, Any]) -> None:
    """Raises Refusal for a card of something that this buyer cannot be shown."""
    world = call.world
    if kind == "IMAGE" and not chat_pictures.is_kept(world, chat.seller, inside["url"]):
        why = f"{inside['url'][:80]!r} is no picture of this shop's chats: POST /customer_service/202309/images/upload answers the url"
        if world.rules.chat_pictures == "refuse":
            raise refuse(INVALID, why, message=_INVALID_WORDS, rule="chat_pictures")
        call.inferred("chat_pictures", why)
    if kind == "PRODUCT_CARD":
        serial = ids.product(world).read(inside["product_id"])
        product = None if serial is None else world.get(PRODUCTS, serial)
        if product is None or product.seller != chat.seller:
            raise wrong(f"product {inside['product_id']} is none of this shop's")
        if not _on_sale(world, chat, product.serial):
            raise refuse(
                _RULES,
                f"product {inside['product_id']} is not on sale in the buyer's app, {chat.buyer_app} (the rule is documented, its code inferred)",
            )
    if kind in ("ORDER_CARD", "RETURN_REFUND_CARD", "LOGISTICS_CARD"):
        serial = ids.order(world).read(inside["order_id"])
        order = None if serial is None else world.get(ORDERS, serial)
        if order is None or order.seller != chat.seller or order.buyer != chat.buyer:
            why = f"order {inside['order_id']} is none of this buyer's in this shop"
            raise refuse(_WRONG_CARD[kind], why) if kind in _WRONG_CARD else wrong(why)
        sku = ids.sku(world).read(inside["sku_id"]) if kind == "RETURN_REFUND_CARD" else None
        if kind == "RETURN_REFUND_CARD" and sku not in [item.sku for item in order.items]:
            raise refuse(_WRONG_CARD[kind], f"SKU {inside['sku_id']} is not in order {inside['order_id']}")
    if kind == "COUPON_CARD":
        raise refuse(_WRONG_CARD[kind], f"coupon {inside['coupon_id']} is unknown: this shop has none")


def _on_sale(world: World, chat: Conversation, product: int) -> bool:
    try:
        found = products.find(world, product)
    except ProductUnknown:
        return False
    return products.sells(world, shops.seller(world, chat.seller), found, chat.buyer_app)


@serves("read-message-202309", family=Family.CHAT_WRITE, effect="write")
def read(call: Call) -> dict[str, Any]:
    """The seller has read the conversation."""
    call.apply(chats.read, own(call).serial)
    return {}


# A seller may begin a chat with who has chatted or ordered within so many days (documented).
CHATTED_WITHIN, ORDERED_WITHIN = 30 * DAY, 60 * DAY


@serves("create-conversation-202309", family=Family.CHAT_WRITE, effect="write")
def create(call: Call) -> dict[str, Any]:
    """The conversation with a buyer, opened where there is none, opened again where it had ended."""
    world, owner = call.world, call.seller.serial
    buyer = ids.user(world).read(call.body["buyer_user_id"])
    if buyer is None or world.get(BUYERS, buyer) is None:
        known = ids.im_user(world).read(call.body["buyer_user_id"]) is not None
        raise wrong(f"there is no buyer {call.body['buyer_user_id']}" + (": that looks like an im_user_id, the participant's user_id is wanted" if known else ""))
    held = max(_with(world, owner, buyer), key=lambda chat: (chat.updated.wire, chat.serial), default=None)
    newest = world.shelf(ORDERS).page("by_buyer", (owner, _S, buyer), (owner, _S, buyer, TOP), reverse=True, limit=1)
    chatted = held is not None and held.updated.wire >= call.now.wire - CHATTED_WITHIN
    ordered = bool(newest) and newest[0].created.wire >= call.now.wire - ORDERED_WITHIN
    returned = world.shelf(RETURNS).count("by_buyer", (owner, buyer), (owner, buyer + 1)) > 0
    if not chatted and not ordered and not returned:
        raise refuse(45109003, f"buyer {call.body['buyer_user_id']} has neither chatted within 30 days nor ordered within 60, and wanted nothing back")
    app = held.buyer_app if held is not None else newest[0].buyer_app
    serial = call.apply(_opened, owner, buyer, app)
    return {"conversation_id": ids.text(ids.conversation(call.world), serial)}


def _with(world: World, seller: int, buyer: int) -> list[Conversation]:
    return world.shelf(CONVERSATIONS).page("by_buyer", (seller, _S, buyer), (seller, _S, buyer, TOP))


def _opened(world: World, seller: int, buyer: int, app: Platform) -> Change:
    world, serial = chats.open_with(world, seller, _S, buyer, app)
    return Change(chats.reopen(world, serial), serial)


# ---- agents ------------------------------------------------------------------------------------------------------------------------------


@serves("get-agent-settings-202309", family=Family.CHAT_READ)
def agent_settings(call: Call) -> dict[str, Any]:
    """Whether chats reach this agent."""
    return {"can_accept_chat": chats.accepts(call.world, call.seller.serial)}


@serves("update-agent-settings-202309", family=Family.CHAT_WRITE, effect="write")
def update_agent_settings(call: Call) -> dict[str, Any]:
    """Let chats reach this agent, or not: then no agent joins (webhook 13), though buyers write all the same."""
    call.apply(chats.accept, call.seller.serial, accepts=call.body["can_accept_chat"])
    return {}


# ---- sessions (known from a client library of 2026) ---------------------------------------------------------------------------------------


_LARGEST_PAGE = 100  # sessions (inferred)


@serves("search-sessions-202602", family=Family.CHAT_READ)
def sessions(call: Call) -> dict[str, Any]:
    """Sessions that began within a stretch of time, the latest first."""
    world, owner, size, body = call.world, call.seller.serial, min(_size(call), _LARGEST_PAGE), call.body
    begin, end, name = body["begin_time_ge"], body["begin_time_lt"], body.get("buyer_nickname")
    filters = paging.bound(owner, "sessions", begin, end, name)
    run = paging.decode(call.query.get("page_token"), filters, code=INVALID, message=_INVALID_WORDS)
    window = Window("by_begin", (owner, begin), (owner, end))
    fits = (lambda row: _buyer(world, row.buyer) == name) if name else None
    rows, last = paging.page(world.shelf(SESSIONS), window, run.after, descending=True, size=size, fits=fits)
    return {"next_page_token": paging.encode(filters, Run(last, 0)) if last is not None else "", "sessions": [_held(world, row) for row in rows]}


def _buyer(world: World, serial: int) -> str:
    buyer = world.get(BUYERS, serial)
    return buyer.name if buyer is not None else ""


_LATE = 12 * HOUR  # seconds until a first answer is late (inferred)


def _held(world: World, row: Session) -> dict[str, Any]:
    waited = None if row.asked is None or row.answered is None else row.answered.wire - row.asked.wire
    shown: dict[str, Any] = {
        "id": ids.text(ids.session(world), row.serial),
        "conversation_id": ids.text(ids.conversation(world), row.conversation),
        "begin_time": row.begin.wire,
        "buyer_nickname": _buyer(world, row.buyer),
        "chat_tags": [],
        "first_response_late": waited is not None and waited > _LATE,
    }
    if row.end is not None:
        shown["end_time"] = row.end.wire
    if waited is not None:
        shown["first_response_time"] = waited
    return shown


@serves("end-session-202605", family=Family.CHAT_WRITE, effect="write")
def end_session(call: Call) -> dict[str, Any]:
    """The agent ends the session that is under way."""
    chat = own(call)
    if ids.session(call.world).read(call.params["session_id"]) != chat.session:
        raise refuse(45101003, f"session {call.params['session_id']} is not the latest of this conversation")
    call.apply(chats.end, chat.serial)
    return {}
