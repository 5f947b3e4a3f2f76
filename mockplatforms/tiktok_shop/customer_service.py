"""Chats with buyers of both apps: conversations, their messages, answering and reading."""

from __future__ import annotations

import json
from typing import Any

from ..domain import chats
from ..domain.chats import CONVERSATIONS, MESSAGES, Conversation, Message
from ..domain.errors import ConversationUnknown
from ..domain.phases import Family, Platform
from ..domain.shops import BUYERS
from ..domain.table import TOP
from ..domain.world import World
from ..gateway.call import Call
from . import ids, paging
from .catalog import serves
from .order_view import COMMERCE
from .paging import Run, Window
from .words import refuse

_S = Platform.TIKTOK_SHOP
INVALID = 21001001


def own(call: Call) -> Conversation:
    chat = chats.find(call.world, ids.conversation(call.world).read(call.params["conversation_id"]), _S)
    if chat.seller != call.seller.serial:
        raise ConversationUnknown("that conversation is another seller's")
    return chat


@serves("get-conversations-202309", family=Family.CHAT_READ)
def conversations(call: Call) -> dict[str, Any]:
    """The seller's conversations, the latest first."""
    world, owner = call.world, call.seller.serial
    size = max(1, call.query["page_size"])
    filters = paging.bound(owner, "conversations")
    run = paging.decode(call.query.get("page_token"), filters)
    shelf = paging.world_of(call, run).shelf(CONVERSATIONS)
    rows, last = paging.page(shelf, Window("by_updated", (owner, _S, 0), (owner, _S, TOP)), run.after, descending=True, size=size, fits=None)
    token = paging.encode(filters, Run(last, run.revision or call.workspace.pin())) if last is not None else ""
    rows = [world.get(CONVERSATIONS, row.serial) or row for row in rows]
    call.showed("conversations", *[row.serial for row in rows])
    return {"next_page_token": token, "conversations": [_conversation(world, row, with_last=True) for row in rows]}


@serves("get-conversation-202601", family=Family.CHAT_READ)
def conversation(call: Call) -> dict[str, Any]:
    """One conversation."""
    chat = own(call)
    call.showed("conversations", chat.serial)
    return {"conversation": _conversation(call.world, chat, with_last=False)}


def _conversation(world: World, chat: Conversation, *, with_last: bool) -> dict[str, Any]:
    user = ids.text(ids.user(world), chat.buyer)
    shown: dict[str, Any] = {
        "id": ids.text(ids.conversation(world), chat.serial),
        "participant_count": 2,
        "can_send_message": True,
        "unread_count": chat.unread,
        "create_time": chat.created.wire,
        "participants": [
            {"im_user_id": user, "user_id": user, "role": "BUYER", "nickname": _buyer(world, chat), "avatar": "", "buyer_platform": COMMERCE[chat.buyer_app]},
            {"im_user_id": _agent(world, chat), "role": "SHOP", "nickname": "Toko", "avatar": ""},
        ],
    }
    last = world.get(MESSAGES, chat.last_message) if with_last else None
    if last is not None:
        shown["latest_message"] = _message(world, chat, last)
    return shown


def _buyer(world: World, chat: Conversation) -> str:
    buyer = world.get(BUYERS, chat.buyer)
    return buyer.name if buyer is not None else ""


def _agent(world: World, chat: Conversation) -> str:
    return ids.text(ids.user(world), chat.seller)


def _message(world: World, chat: Conversation, message: Message) -> dict[str, Any]:
    buyer = message.sender == "BUYER"
    return {
        "id": ids.text(ids.message(world), message.serial),
        "type": message.kind,
        "content": message.content,
        "create_time": message.created.wire,
        "is_visible": True,
        "index": str(message.index),
        "sender": {
            "im_user_id": ids.text(ids.user(world), chat.buyer) if buyer else _agent(world, chat),
            "role": message.sender,
            "nickname": _buyer(world, chat) if buyer else "Toko",
            "avatar": "",
        },
    }


@serves("get-conversation-messages-202309", family=Family.CHAT_READ)
def messages(call: Call) -> dict[str, Any]:
    """The messages of a conversation, the latest first unless asked otherwise."""
    world, chat = call.world, own(call)
    descending = call.query["sort_order"] == "DESC"
    filters = paging.bound(chat.serial, descending)
    run = paging.decode(call.query.get("page_token"), filters)
    window = Window("by_conversation", (chat.serial,), (chat.serial, TOP))
    rows, last = paging.page(world.shelf(MESSAGES), window, run.after, descending=descending, size=max(1, call.query["page_size"]), fits=None)
    call.showed("messages", *[row.serial for row in rows])
    return {
        "next_page_token": paging.encode(filters, Run(last, 0)) if last is not None else "",
        "unsupported_msg_tips": "",
        "messages": [_message(world, chat, row) for row in rows],
    }


@serves("send-message-202309", family=Family.CHAT_WRITE, effect="write")
def send(call: Call) -> dict[str, Any]:
    """Answer a buyer. ``content`` is a JSON text whose fields depend on ``type``."""
    chat, body = own(call), call.body
    try:
        inside = json.loads(body["content"])
    except ValueError:
        inside = None
    if not isinstance(inside, dict):
        raise refuse(INVALID, f"content must be a JSON object as text, such as {{\"content\": \"Halo\"}}; it is {body['content'][:60]!r}")
    if body["type"] == "TEXT" and not isinstance(inside.get("content"), str):
        raise refuse(INVALID, "the content of a TEXT message is {\"content\": \"…\"}")
    message = call.apply(chats.seller_writes, chat.serial, body["content"], kind=body["type"])
    return {"message_id": ids.text(ids.message(call.world), message)}


@serves("read-message-202309", family=Family.CHAT_WRITE, effect="write")
def read(call: Call) -> dict[str, Any]:
    """The seller has read the conversation."""
    call.apply(chats.read, own(call).serial)
    return {}


@serves("create-conversation-202309", family=Family.CHAT_WRITE, effect="write")
def create(call: Call) -> dict[str, Any]:
    """The conversation with a buyer, opened where there is none."""
    buyer = ids.user(call.world).read(call.body["buyer_user_id"])
    if buyer is None or call.world.get(BUYERS, buyer) is None:
        raise refuse(45109003, f"there is no buyer {call.body['buyer_user_id']}")
    serial = call.apply(chats.open_with, call.seller.serial, _S, buyer, _S)
    return {"conversation_id": ids.text(ids.conversation(call.world), serial)}


@serves("get-agent-settings-202309", family=Family.CHAT_READ)
def agent_settings(call: Call) -> dict[str, Any]:
    """Whether chats reach this agent."""
    return {"can_accept_chat": True}
