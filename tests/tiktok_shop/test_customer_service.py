"""Chats through TikTok Shop: who writes from which app, what may be sent, and what a seller may begin."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from mockplatforms.domain import aftersales, chats, orders, outbox, pictures, placing, products, shops
from mockplatforms.domain.aftersales import Kind
from mockplatforms.domain.chats import CONVERSATIONS
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.world import World
from mockplatforms.gateway.call import Reply, Request
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import Shop, TikTokShop, local
from mockplatforms.tiktok_shop import ids, rows

CHATS = "/customer_service/202309/conversations"
_T, _S = Platform.TOKOPEDIA, Platform.TIKTOK_SHOP
DAY = 86400


def write(client: TikTokShop, text: str = "Halo kak", *, buyer: str = "sari", app: Platform = _S, ago: int = 0) -> str:
    """A buyer writes to the seller on TikTok Shop; answers the conversation's id."""
    workspace = client.workspace
    owner = shops.sellers(workspace.world)[0].serial

    def operation(world: World) -> Any:
        return chats.buyer_writes(world, owner, placing.buyer_named(world, buyer).serial, app, _S, chats.text(text))

    conversation, _ = workspace.apply(operation, now=workspace.now().later(-ago))
    return ids.text(ids.conversation(workspace.world), conversation)


def user(client: TikTokShop, buyer: str) -> str:
    return ids.text(ids.user(client.workspace.world), placing.buyer_named(client.workspace.world, buyer).serial)


def send(client: TikTokShop, chat: str, content: Any, kind: str = "TEXT", version: str = "202309") -> dict[str, Any]:
    text = content if isinstance(content, str) else json.dumps(content)
    return client.call("POST", f"/customer_service/{version}/conversations/{chat}/messages", {}, {"type": kind, "content": text})


def placed(client: TikTokShop, *, buyer: str = "sari", app: Platform = _S, ago: int = 0) -> orders.Order:
    workspace = client.workspace
    owner = shops.sellers(workspace.world)[0]

    def operation(world: World) -> Any:
        lines = placing.resolve(world, owner, _S, [{"sku": "KRP-01"}])
        return placing.place(world, owner, lines, buyer=placing.buyer_named(world, buyer), buyer_app=app, platform=_S)

    serial = workspace.apply(operation, now=workspace.now().later(-ago))
    return orders.find(workspace.world, serial)


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x40\x00\x00\x00\x20\x08\x02\x00\x00\x00"


def upload(client: TikTokShop, picture: bytes, field: str = "data") -> dict[str, Any]:
    body = b'--b\r\ncontent-disposition: form-data; name="%s"; filename="a.png"\r\n\r\n%s\r\n--b--\r\n' % (field.encode(), picture)
    return client.call("POST", "/customer_service/202309/images/upload", {}, body, content_type="multipart/form-data; boundary=b")


def uploaded(client: TikTokShop, picture: bytes = PNG) -> dict[str, Any]:
    told: dict[str, Any] = upload(client, picture)["data"]
    return told


def fetch(client: TikTokShop, url: str, *, token: str | None = None, cipher: str | None = None) -> Reply:
    token, cipher = client.token if token is None else token, client.cipher if cipher is None else cipher
    headers = {"x-tts-access-token": token} if token else {}
    return client.send(Request("GET", url.partition("8700")[2], urlencode({"shop_cipher": cipher} if cipher else {}), headers))


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
        ("IMAGE", {"url": "https://images.example/1.jpg", "width": 100, "height": 100}, 45101001),
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
        ("IMAGE", uploaded(tiktok)),
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


def test_who_somebody_is_in_a_chat_is_not_who_orders(tiktok: TikTokShop) -> None:
    write(tiktok)
    row = tiktok.data("GET", CHATS, {"page_size": "20"})["conversations"][0]
    buyer = next(one for one in row["participants"] if one["role"] == "BUYER")

    assert buyer["user_id"] == user(tiktok, "sari") != buyer["im_user_id"]
    assert row["latest_message"]["sender"]["im_user_id"] == buyer["im_user_id"]
    assert tiktok.call("POST", CHATS, {}, {"buyer_user_id": buyer["im_user_id"]})["code"] == 45101001
    assert "user_id is wanted" in next(reversed(tiktok.workspace.journal)).words
    assert tiktok.call("POST", CHATS, {}, {"buyer_user_id": buyer["user_id"]})["code"] == 0


def test_a_chat_that_has_ended_is_opened_again(tiktok: TikTokShop) -> None:
    chat = write(tiktok)
    serial = ids.conversation(tiktok.workspace.world).read(chat)
    assert serial is not None
    tiktok.workspace.apply(chats.end, serial)
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


# ---- pictures -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("picture", "size"),
    [(PNG, (64, 32)), (b"GIF89a\x10\x00\x08\x00rest", (16, 8)), (b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x0f\x00\x00\x07\x00\x00", (16, 8))],
)
def test_a_picture_is_uploaded_sent_and_fetched_byte_for_byte(tiktok: TikTokShop, picture: bytes, size: tuple[int, int]) -> None:
    told = uploaded(tiktok, picture)
    assert (told["width"], told["height"]) == size
    assert send(tiktok, write(tiktok), told, "IMAGE")["code"] == 0
    reply = fetch(tiktok, told["url"])
    assert (reply.status, reply.body) == (200, picture)


@pytest.mark.parametrize(
    ("picture", "field", "code"),
    [(b"no picture", "data", 45101008), (b"BM" + bytes(40), "data", 45101008), (PNG, "file", 45101001), (b"", "data", 45101001), (PNG + bytes(10 * 1024 * 1024), "data", 45101008)],
)
def test_what_cannot_be_uploaded_is_refused(tiktok: TikTokShop, picture: bytes, field: str, code: int) -> None:
    before = tiktok.workspace.world
    assert upload(tiktok, picture, field)["code"] == code
    assert tiktok.workspace.world is before


def test_a_picture_is_shown_to_the_sellers_token_with_the_shops_cipher_alone(tiktok: TikTokShop) -> None:
    url = uploaded(tiktok)["url"]
    assert orjson.loads(fetch(tiktok, url, token="").body)["code"] == 36009004
    assert orjson.loads(fetch(tiktok, url, token="ROW_of-nobody").body)["code"] == rows.gateway("invalid_token").code
    assert orjson.loads(fetch(tiktok, url, cipher="").body)["code"] == 106013
    assert orjson.loads(fetch(tiktok, url, cipher="ROW_of-nobody").body)["code"] == 101000
    assert fetch(tiktok, url + "0").status == 404


def test_a_world_keeps_as_many_pictures_as_it_has_room_for(tiktok: TikTokShop) -> None:
    first = uploaded(tiktok)["url"]
    for n in range(pictures.ROOM // (9 * 1024 * 1024) + 1):
        uploaded(tiktok, PNG + bytes([n]) * (9 * 1024 * 1024))
    assert fetch(tiktok, first).status == 404
    assert len(tiktok.workspace.world.shelf(pictures.UPLOADED)) <= pictures.ROOM // (9 * 1024 * 1024)


# ---- what buyers say, and how it ends ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop() -> Iterator[Shop]:
    with local("chats", world="small") as made:
        yield made


def say(shop: Shop, kind: str, **more: Any) -> dict[str, Any]:
    """A buyer says that in their conversation, which has begun with a greeting; answers the message as the API tells it."""
    chat = shop.message("Halo", on="tiktok_shop", buyer="sari")
    shop.control("POST", f"/conversations/{chat['key']}/messages", {"kind": kind, **more})
    told: dict[str, Any] = shop.tiktok_shop.data("GET", f"{CHATS}/{chat['conversation_id']}/messages", {"page_size": "1"})
    return told


@pytest.mark.parametrize(
    ("kind", "more", "fields"),
    [
        ("IMAGE", {}, {"height", "url", "width"}),
        ("VIDEO", {}, {"url", "height", "width", "duration", "format", "size"}),
        ("EMOTICONS", {}, {"url", "height", "width"}),
        ("PRODUCT_CARD", {"product": "KRP-01"}, {"product_id"}),
        ("BUYER_ENTER_FROM_PRODUCT", {"product": "KRP-01"}, {"product_id"}),
        ("ORDER_CARD", {"order": "?"}, {"order_id"}),
        ("LOGISTICS_CARD", {"order": "?"}, {"order_id"}),
        ("BUYER_ENTER_FROM_ORDER", {"order": "?"}, {"order_id"}),
        ("RETURN_REFUND_CARD", {"order": "?"}, {"order_id", "sku_id"}),
        ("COUPON_CARD", {"coupon": "7137"}, {"coupon_id"}),
        ("BUYER_ENTER_FROM_TRANSFER", {}, {"content"}),
        ("ALLOCATED_SERVICE", {"text": "Agent joined"}, {"content"}),
        ("NOTIFICATION", {"text": "Parcel arrived"}, {"content"}),
        ("OTHER", {}, {"content"}),
    ],
)
def test_every_type_of_message_can_be_read(shop: Shop, kind: str, more: dict[str, str], fields: set[str]) -> None:
    if "order" in more:
        more = {"order": shop.place_order("KRP-01", on="tiktok_shop").key}
    read = say(shop, kind, **more)
    message = read["messages"][0]
    content = json.loads(message["content"])
    assert (message["type"], set(content)) == (kind, fields)
    assert message["sender"]["role"] == ("SYSTEM" if kind in ("ALLOCATED_SERVICE", "NOTIFICATION", "BUYER_ENTER_FROM_TRANSFER") else "BUYER")
    assert bool(read["unsupported_msg_tips"]) == (kind == "OTHER")
    if "url" in fields:
        assert fetch(shop.tiktok_shop, content["url"].replace(content["url"].partition("/chat_pictures")[0], "http://x:8700")).status == 200


@pytest.mark.parametrize(("answered", "hours"), [(True, 6), (False, 7 * 24)])
def test_silence_ends_a_conversation(shop: Shop, answered: bool, hours: int) -> None:
    api, chat = shop.tiktok_shop, shop.message("Halo", on="tiktok_shop", buyer="sari")["conversation_id"]
    if answered:
        send(api, chat, {"content": "Halo juga"})
    shop.advance(seconds=hours * 3600 - 1)
    assert api.data("GET", CHATS, {"page_size": "1"})["conversations"][0]["can_send_message"] is True
    api.refresh()
    shop.advance(seconds=1)
    assert api.data("GET", CHATS, {"page_size": "1"})["conversations"][0]["can_send_message"] is False
    assert send(api, chat, {"content": "Masih ada?"})["code"] == 45109001
    shop.message("Halo lagi", on="tiktok_shop", buyer="sari")
    assert send(api, chat, {"content": "Masih ada"})["code"] == 0


def test_the_agent_joins_and_leaves(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    tiktok = TikTokShop(simulator, make(webhook_urls={"tiktok_shop": "https://isv.example.com/tiktok"}))
    chat = write(tiktok)
    serial = ids.conversation(tiktok.workspace.world).read(chat)
    assert serial is not None
    tiktok.workspace.apply(chats.end, serial)
    tiktok.data("PUT", "/customer_service/202309/agents/settings", {}, {"can_accept_chat": False})
    write(tiktok)  # no agent joins
    bodies = [orjson.loads(row.body) for row in tiktok.workspace.world.shelf(outbox.DELIVERIES).page("by_serial")]
    assert [body["type"] for body in bodies] == [13, 14, 13, 14]
    assert {body["data"]["conversation_id"] for body in bodies} == {chat}


def test_sessions_tell_when_the_seller_first_answered(tiktok: TikTokShop) -> None:
    chat = write(tiktok, ago=100)
    send(tiktok, chat, {"content": "Halo"})
    shown = tiktok.data("GET", f"/customer_service/202601/conversations/{chat}", {"need_session_id": "true", "need_session_info": "true"})["conversation"]
    window = {"begin_time_ge": 0, "begin_time_lt": 2**40}
    held = tiktok.data("POST", "/customer_service/202602/sessions/search", {"page_size": "10"}, window)["sessions"]
    assert [(row["id"], row["conversation_id"], row["first_response_time"], "end_time" in row) for row in held] == [(shown["cur_session_id"], chat, 100, False)]
    path = f"/customer_service/202605/conversations/{chat}/sessions/{shown['cur_session_id']}/end"
    assert tiktok.call("POST", path)["code"] == 0
    assert tiktok.call("POST", path)["code"] == 45109001
    assert tiktok.data("POST", "/customer_service/202602/sessions/search", {"page_size": "10"}, {**window, "buyer_nickname": held[0]["buyer_nickname"]})["sessions"][0]["end_time"]
    assert tiktok.data("POST", "/customer_service/202602/sessions/search", {"page_size": "10"}, {**window, "buyer_nickname": "nobody"})["sessions"] == []


def test_whoever_wanted_money_back_may_be_written_to(tiktok: TikTokShop) -> None:
    order = placed(tiktok, buyer="rina", ago=61 * DAY)

    def ask(world: World) -> Any:
        return aftersales.ask(world.put(orders.ORDERS, order.but(status=orders.Status.DELIVERED)), order.serial, Kind.REFUND, by="buyer", reason="x")

    tiktok.workspace.apply(ask)
    assert tiktok.call("POST", CHATS, {}, {"buyer_user_id": user(tiktok, "rina")})["code"] == 0


def test_a_robot_answers_under_202606_only(tiktok: TikTokShop) -> None:
    chat = write(tiktok)
    for version, role in (("202309", "CUSTOMER_SERVICE"), ("202606", "ROBOT")):
        body = {"type": "TEXT", "content": json.dumps({"content": "Halo"}), "sender_role": "ROBOT"}
        tiktok.data("POST", f"/customer_service/{version}/conversations/{chat}/messages", {}, body)
        assert tiktok.data("GET", f"{CHATS}/{chat}/messages", {"page_size": "1", "need_plaintext": "true"})["messages"][0]["sender"]["role"] == role


def test_the_days_quota_ends_where_it_is_enforced(tiktok: TikTokShop) -> None:
    meters = tiktok.workspace.meters
    meters.mode, meters.rates = "enforce", {"customer_service": 3}
    assert [tiktok.call("GET", CHATS, {"page_size": "1"})["code"] for _ in range(5)] == [0, 0, 0, 45101004, 45101004]
