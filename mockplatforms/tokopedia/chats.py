"""Chats of the Tokopedia app: threads, their replies, and answering."""

from __future__ import annotations

from typing import Any

from ..domain import chats
from ..domain.chats import CONVERSATIONS, MESSAGES, Conversation
from ..domain.errors import ConversationUnknown
from ..domain.phases import Family, Platform
from ..domain.shops import BUYERS
from ..domain.table import TOP
from ..domain.world import Change, World
from ..gateway.call import Call
from . import asked, ids
from .auth import gate, pick
from .catalog import CATALOG
from .envelope import Form
from .orders import own as own_order
from .words import refuse

_T = Platform.TOKOPEDIA
PROBLEM = "Your request format or parameters have some problem."


def _size(call: Call) -> tuple[int, int]:
    number, size = asked.number(call, "page", bad=0, reason=PROBLEM, default=1), asked.number(call, "per_page", bad=0, reason=PROBLEM, default=10)
    if number < 1 or not 1 <= size <= 15:
        raise refuse(0, f"page is {number}, per_page {size}: from 1, and 1 to 15", reason=PROBLEM)
    return number, size


def _own(call: Call) -> Conversation:
    chat = chats.find(call.world, ids.conversation(call.world).read(call.params["msg_id"]), _T)
    if chat.seller != call.seller.serial:
        raise ConversationUnknown("that thread is another shop's")
    return chat


def _contact(world: World, chat: Conversation) -> str:
    buyer = world.get(BUYERS, chat.buyer)
    return buyer.name if buyer is not None else ""


@CATALOG.endpoint("GET", "/v1/chat/fs/{fs_id}/messages", family=Family.CHAT_READ, effect="read", source="getListMessage")
def threads(call: Call) -> Form:
    """The threads of a shop, the latest first."""
    world, owner = call.world, call.seller.serial
    number, size = _size(call)
    wanted = asked.text(call, "filter")
    shelf = world.shelf(CONVERSATIONS)
    low, high, forward = (owner, _T, 0), (owner, _T, TOP), asked.text(call, "order") == "asc"
    if wanted in ("read", "unread"):
        fit = [chat for chat in shelf.page("by_updated", low, high, reverse=not forward, limit=2_000) if bool(chat.unread) == (wanted == "unread")]
        rows = fit[(number - 1) * size : number * size]
    else:
        rows = shelf.page("by_updated", low, high, reverse=not forward, skip=(number - 1) * size, limit=size)
    call.showed("conversations", *[chat.serial for chat in rows])
    return Form("int", [_thread(call, chat) for chat in rows])


def _thread(call: Call, chat: Conversation) -> dict[str, Any]:
    world = call.world
    last = world.get(MESSAGES, chat.last_message)
    user = ids.user(world).wire(chat.buyer)
    return {
        "message_key": f"user-{user}~shop-{ids.shop(world).wire(call.shop.serial)}",
        "msg_id": ids.conversation(world).wire(chat.serial),
        "attributes": {
            "contact": {"id": user, "role": "user", "attributes": {"name": _contact(world, chat), "tag": "Pengguna", "thumbnail": ""}},
            "last_reply_msg": chats.words(last) if last is not None else "",
            "last_reply_time": chat.updated.wire * 1000,
            "read_status": 1 if chat.unread else 2,
            "unreads": chat.unread,
            "pin_status": 0,
        },
    }


@CATALOG.endpoint("GET", "/v1/chat/fs/{fs_id}/messages/{msg_id}/replies", family=Family.CHAT_READ, effect="read", source="getListReply")
def replies(call: Call) -> Form:
    """What was said in a thread, the latest first unless asked otherwise."""
    world, chat = call.world, _own(call)
    number, size = _size(call)
    rows = chats.messages(world, chat.serial, newest_first=asked.text(call, "order") != "asc", skip=(number - 1) * size, limit=size)
    call.showed("messages", *[row.serial for row in rows])
    user, shop = ids.user(world).wire(chat.buyer), ids.shop(world).wire(call.shop.serial)
    return Form(
        "int",
        [
            {
                "msg_id": ids.conversation(world).wire(chat.serial),
                "sender_id": user if row.sender == "BUYER" else shop,
                "role": "User" if row.sender == "BUYER" else "Shop Owner",
                "msg": chats.words(row),
                "reply_time": row.created.wire * 1000,
                "reply_id": ids.message(world).wire(row.serial),
                "sender_name": _contact(world, chat) if row.sender == "BUYER" else call.shop.name,
                "read_status": 1,
                "read_time": 0,
                "status": 1,
                "attachment_id": 0,
                "message_is_read": chat.unread == 0,
                "is_opposite": row.sender == "BUYER",
                "is_first_reply": row.index == 1,
                "is_reported": False,
            }
            for row in rows
        ],
    )


@CATALOG.endpoint("POST", "/v1/chat/fs/{fs_id}/messages/{msg_id}/reply", family=Family.CHAT_WRITE, effect="write", source="sendReply")
def send(call: Call) -> Form:
    """Answer in a thread; it counts as read from then on."""
    given = asked.fields(call, bad=0, reason=PROBLEM)
    if given.get("shop_id"):
        pick(call, given["shop_id"])
    chat = _own(call)
    text = given.get("message")
    if not isinstance(text, str) or not text.strip():
        raise refuse(0, "the body carries no message", reason=PROBLEM)

    def answer(world: World) -> Change:
        world, serial = chats.seller_writes(world, chat.serial, chats.text(text))
        return Change(chats.read(world, chat.serial), serial)

    serial = call.apply(answer)
    world = call.world
    return Form(
        "int",
        {
            "msg_id": ids.conversation(world).wire(chat.serial),
            "sender_id": ids.shop(world).wire(call.shop.serial),
            "role": 2,
            "msg": text,
            "reply_time": call.now.wire * 1000,
            "from": call.shop.name,
            "attachment": {},
            "reply_id": ids.message(world).wire(serial),
        },
    )


@CATALOG.endpoint("GET", "/v1/chat/fs/{fs_id}/initiate", family=Family.CHAT_WRITE, effect="write", source="initiateChat")
def initiate(call: Call) -> Form:
    """The thread with an order's buyer, opened where there is none yet."""
    asked.number(call, "order_id", bad=0, reason=PROBLEM)
    order = own_order(call, asked.text(call, "order_id"))
    gate(call)
    chat = call.apply(chats.open_with, order.seller, _T, order.buyer, _T)
    world = call.world
    buyer = world.get(BUYERS, order.buyer)
    name = buyer.name if buyer is not None else ""
    contact = {"name": name, "tag": "Pengguna", "thumbnail": "", "is_gold": False, "is_official": False}
    told = {"contact": {"id": ids.user(world).wire(order.buyer), "role": "user", "attributes": contact}, "is_success": True}
    return Form("int", {**told, "msg_id": ids.conversation(world).wire(chat)})
