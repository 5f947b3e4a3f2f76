"""Chats through TikTok Shop: who writes from which app, what may be sent, and what a seller may begin."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockplatforms.domain import chats, orders, products, shops
from mockplatforms.domain.chats import CONVERSATIONS
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.world import World
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import ids

CHATS = "/customer_service/202309/conversations"
_T, _S = Platform.TOKOPEDIA, Platform.TIKTOK_SHOP
DAY = 86400


def write(client: TikTokShop, text: str = "Halo kak", *, buyer: str = "sari", app: Platform = _S, ago: int = 0) -> str:
    """A buyer writes to the seller on TikTok Shop; answers the conversation's id."""
    workspace = client.workspace
    owner = shops.sellers(workspace.world)[0].serial

    def operation(world: World) -> Any:
        return chats.buyer_writes(world, owner, orders.buyer_named(world, buyer).serial, app, _S, chats.text(text))

    conversation, _ = workspace.apply(operation, now=workspace.now().later(-ago))
    return ids.text(ids.conversation(workspace.world), conversation)


def user(client: TikTokShop, buyer: str) -> str:
    return ids.text(ids.user(client.workspace.world), orders.buyer_named(client.workspace.world, buyer).serial)


def send(client: TikTokShop, chat: str, content: Any, kind: str = "TEXT", version: str = "202309") -> dict[str, Any]:
    text = content if isinstance(content, str) else json.dumps(content)
    return client.call("POST", f"/customer_service/{version}/conversations/{chat}/messages", {}, {"type": kind, "content": text})


def placed(client: TikTokShop, *, buyer: str = "sari", app: Platform = _S, ago: int = 0) -> orders.Order:
    workspace = client.workspace
    owner = shops.sellers(workspace.world)[0]

    def operation(world: World) -> Any:
        lines = orders.resolve(world, owner, _S, [{"sku": "KRP-01"}])
        return orders.place(world, owner, lines, buyer=orders.buyer_named(world, buyer), buyer_app=app, platform=_S)

    serial = workspace.apply(operation, now=workspace.now().later(-ago))
    return orders.find(workspace.world, serial)


def test_a_conversation_tells_from_which_app_the_buyer_writes(tiktok: TikTokShop) -> None:
    write(tiktok, "Dari TikTok", buyer="sari", ago=20)
    write(tiktok, "Dari Tokopedia", buyer="budi", app=_T, ago=10)

    rows = tiktok.data("GET", CHATS, {"page_size": "20"})["conversations"]

    assert [row["participants"][0]["buyer_platform"] for row in rows] == ["TOKOPEDIA", "TIKTOK_SHOP"]
    assert [json.loads(row["latest_message"]["content"])["content"] for row in rows] == ["Dari Tokopedia", "Dari TikTok"]
    assert [row["participants"][0]["user_id"] for row in rows] == [user(tiktok, "budi"), user(tiktok, "sari")]
    assert {(row["unread_count"], row["can_send_message"], row["participant_count"]) for row in rows} == {(1, True, 2)}


def test_one_conversation_is_read_by_its_id(tiktok: TikTokShop) -> None:
    chat = write(tiktok)

    shown = tiktok.data("GET", f"/customer_service/202601/conversations/{chat}")["conversation"]

    assert (shown["id"], shown["unread_count"], "latest_message" in shown) == (chat, 1, False)
    assert tiktok.call("GET", "/customer_service/202601/conversations/77")["code"] == 45101003


def test_the_chats_of_the_old_platform_are_not_shown(tiktok: TikTokShop) -> None:
    assert len(tiktok.workspace.world.shelf(CONVERSATIONS)) == 1
    assert tiktok.data("GET", CHATS, {"page_size": "20"})["conversations"] == []


def test_an_answer_follows_and_reading_empties_the_counter(tiktok: TikTokShop) -> None:
    chat = write(tiktok, "Ready kak?")

    answer = send(tiktok, chat, {"content": "Ready, silakan diorder"})

    assert answer["code"] == 0
    told = tiktok.data("GET", f"{CHATS}/{chat}/messages", {"page_size": "10"})["messages"]
    assert [(message["type"], message["sender"]["role"]) for message in told] == [("TEXT", "CUSTOMER_SERVICE"), ("TEXT", "BUYER")]
    assert told[0]["id"] == answer["data"]["message_id"]
    assert int(told[0]["index"]) > int(told[1]["index"])
    assert tiktok.data("GET", CHATS, {"page_size": "1"})["conversations"][0]["unread_count"] == 1
    assert tiktok.data("POST", f"{CHATS}/{chat}/messages/read") == {}
    assert tiktok.data("GET", CHATS, {"page_size": "1"})["conversations"][0]["unread_count"] == 0


@pytest.mark.parametrize("sort_order", ["ASC", "DESC"])
def test_a_run_of_pages_shows_each_message_once(tiktok: TikTokShop, sort_order: str) -> None:
    for n in range(9):
        chat = write(tiktok, f"pesan {n}")
    seen: list[str] = []
    token = ""
    while True:
        query = {"page_size": "4", "sort_order": sort_order, **({"page_token": token} if token else {})}
        data = tiktok.data("GET", f"{CHATS}/{chat}/messages", query)
        seen += [json.loads(message["content"])["content"] for message in data["messages"]]
        token = data["next_page_token"]
        if not token:
            break

    wanted = [f"pesan {n}" for n in range(9)]
    assert seen == (wanted if sort_order == "ASC" else wanted[::-1])


def test_a_run_of_conversation_pages_is_not_disturbed_by_new_messages(tiktok: TikTokShop) -> None:
    names = [buyer.key for buyer in tiktok.workspace.world.shelf(shops.BUYERS).page("by_key")][:7]
    wanted = [write(tiktok, buyer=name, ago=100 - n) for n, name in enumerate(names)][::-1]
    seen: list[str] = []
    token = ""
    for name in names:
        data = tiktok.data("GET", CHATS, {"page_size": "2", **({"page_token": token} if token else {})})
        seen += [row["id"] for row in data["conversations"]]
        token = data["next_page_token"]
        if not token:
            break
        write(tiktok, "lagi", buyer=name)

    assert seen == wanted


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("TEXT", "Halo", 45101001),
        ("TEXT", '"Halo"', 45101001),
        ("TEXT", "[]", 45101001),
        ("TEXT", {"text": "Halo"}, 45101001),
        ("TEXT", {"content": "  "}, 45101001),
        ("TEXT", {"content": 5}, 45101001),
        ("TEXT", "x" * 2001, 45101001),
        ("TEXT", "", 36009004),
        ("EMOTICONS", {"content": "Halo"}, 45101001),
        ("IMAGE", {"width": 1}, 45101001),
        ("PRODUCT_CARD", {"product_id": "12"}, 45101001),
        ("ORDER_CARD", {"order_id": "12"}, 45101001),
        ("RETURN_REFUND_CARD", {"order_id": "12"}, 45101002),
        ("RETURN_REFUND_CARD", {"order_id": "12", "sku_id": "12"}, 45101002),
        ("COUPON_CARD", {"coupon_id": "12"}, 45111017),
        ("VIDEO", {"url": "https://video.example/1"}, 45111001),
    ],
)
def test_a_message_that_cannot_be_is_refused(tiktok: TikTokShop, kind: str, content: Any, code: int) -> None:
    chat = write(tiktok)
    before = tiktok.workspace.world

    assert send(tiktok, chat, content, kind)["code"] == code
    assert tiktok.workspace.world is before


def test_cards_and_pictures_are_sent(tiktok: TikTokShop) -> None:
    world = tiktok.workspace.world
    order = placed(tiktok)
    item = order.items[0]
    chat = write(tiktok)
    order_id, sku_id = ids.text(ids.order(world), order.serial), ids.text(ids.sku(world), item.sku)

    for kind, content in (
        ("IMAGE", {"url": "https://images.example/1.jpg", "width": 100, "height": 100}),
        ("PRODUCT_CARD", {"product_id": ids.text(ids.product(world), item.product)}),
        ("ORDER_CARD", {"order_id": order_id}),
        ("RETURN_REFUND_CARD", {"order_id": order_id, "sku_id": sku_id}),
    ):
        assert send(tiktok, chat, content, kind)["code"] == 0
    assert send(tiktok, chat, {"url": "https://video.example/1"}, "VIDEO", "202606")["code"] == 0


def test_an_order_card_shows_no_other_buyers_order(tiktok: TikTokShop) -> None:
    order = placed(tiktok, buyer="budi")

    assert (
        send(tiktok, write(tiktok, buyer="sari"), {"order_id": ids.text(ids.order(tiktok.workspace.world), order.serial)}, "ORDER_CARD")[
            "code"
        ]
        == 45101001
    )


def test_a_product_card_is_for_the_app_in_which_the_product_is_sold(tiktok: TikTokShop) -> None:
    world = tiktok.workspace.world
    native = products.by_seller_sku(world, shops.sellers(world)[0].serial, "KRP-01")[0][0]
    card = {"product_id": ids.text(ids.product(world), native.serial)}

    assert send(tiktok, write(tiktok, buyer="budi", app=_T), card, "PRODUCT_CARD")["code"] == 45109001
    assert send(tiktok, write(tiktok, buyer="sari"), card, "PRODUCT_CARD")["code"] == 0


def test_a_chat_that_has_ended_is_opened_again(tiktok: TikTokShop) -> None:
    chat = write(tiktok)
    serial = ids.conversation(tiktok.workspace.world).read(chat)
    assert serial is not None
    tiktok.workspace.apply(lambda world: world.put(CONVERSATIONS, chats.find(world, serial).but(is_open=False)))
    assert send(tiktok, chat, {"content": "Halo"})["code"] == 45109001

    assert tiktok.data("POST", CHATS, {}, {"buyer_user_id": user(tiktok, "sari")}) == {"conversation_id": chat}

    assert send(tiktok, chat, {"content": "Halo"})["code"] == 0


# What there was with the buyer, and how many days ago → the code of opening a conversation.
BEFORE: list[tuple[str, int, int]] = [
    ("nothing", 0, 45109003),
    ("a chat", 29, 0),
    ("a chat", 31, 45109003),
    ("an order", 59, 0),
    ("an order", 61, 45109003),
]


@pytest.mark.parametrize(("what", "days", "code"), BEFORE)
def test_a_seller_writes_first_only_to_those_they_know(tiktok: TikTokShop, what: str, days: int, code: int) -> None:
    if what == "a chat":
        write(tiktok, buyer="rina", ago=days * DAY)
    if what == "an order":
        placed(tiktok, buyer="rina", ago=days * DAY)

    assert tiktok.call("POST", CHATS, {}, {"buyer_user_id": user(tiktok, "rina")})["code"] == code


def test_a_conversation_about_a_tokopedia_order_is_with_a_tokopedia_buyer(tiktok: TikTokShop) -> None:
    placed(tiktok, buyer="sari", app=_T)

    chat = tiktok.data("POST", CHATS, {}, {"buyer_user_id": user(tiktok, "sari")})["conversation_id"]

    row = tiktok.data("GET", CHATS, {"page_size": "5"})["conversations"][0]
    assert (row["id"], row["participants"][0]["buyer_platform"], "latest_message" in row) == (chat, "TOKOPEDIA", False)
    assert tiktok.data("POST", CHATS, {}, {"buyer_user_id": user(tiktok, "sari")})["conversation_id"] == chat


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("", {"page_size": "21"}),
        ("", {"page_size": "0"}),
        ("", {"page_size": "5", "page_token": "AAAA"}),
        ("/{chat}/messages", {"page_size": "11"}),
        ("/{chat}/messages", {"page_size": "-1"}),
        ("/{chat}/messages", {"page_size": "5", "page_token": "1612353423"}),
    ],
)
def test_a_wrong_parameter_is_told_in_this_services_words(tiktok: TikTokShop, path: str, query: dict[str, str]) -> None:
    answer = tiktok.call("GET", CHATS + path.format(chat=write(tiktok)), query)

    assert (answer["code"], answer["message"]) == (45101001, "Invalid parameter. Please check the parameters.")


def test_an_unknown_conversation_is_not_found(tiktok: TikTokShop) -> None:
    assert tiktok.call("GET", f"{CHATS}/12/messages", {"page_size": "5"})["code"] == 45101003
    assert send(tiktok, "12", {"content": "Halo"})["code"] == 45101003
    assert tiktok.call("POST", f"{CHATS}/12/messages/read")["code"] == 45101003
    assert tiktok.call("POST", CHATS, {}, {"buyer_user_id": "12"})["code"] == 45101001


def test_an_agent_may_close_their_desk(tiktok: TikTokShop) -> None:
    path = "/customer_service/202309/agents/settings"
    assert tiktok.data("GET", path) == {"can_accept_chat": True}

    assert tiktok.data("PUT", path, {}, {"can_accept_chat": False}) == {}

    assert tiktok.data("GET", path) == {"can_accept_chat": False}
