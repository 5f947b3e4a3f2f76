"""Rules of reset, restore and fork: what stays, what begins anew, what is closed, and what is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from control_api import ORIGIN, Control, made
from test_semantics import choose, held, link, place, tiktok, tokopedia

from mockplatforms.server import control
from mockplatforms.server.dispatcher import Dispatcher

DAY = 86400
VIRTUAL = {"mode": "frozen", "wire": "virtual"}
SHOP_INFO = "/v1/shop/fs/{fs_id}/shop-info"
SHOPS = "/authorization/202309/shops"
SINGLE = "/v2/fs/{fs_id}/order"
DETAIL = "/order/202309/orders"
AGAIN = ["reset", "snapshots/s/restore"]


@pytest.fixture
def mock() -> Iterator[Control]:
    """A server with the workspace ``w``: the demo world in virtual time that stands still until it is advanced."""
    server, real = made(retry_floor=0)
    with asyncio.Runner() as runner:
        control_api = Control(server, runner, real)
        control_api("PUT", "", {"seed": 7, "world": "demo", "ids": "repeat", "clock": VIRTUAL})
        yield control_api
        runner.run(server.stop())


class Receiver:
    """Takes webhooks; ``then`` happens before each answer."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.then: Callable[[], Awaitable[Any]] | None = None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.got.append(request.content)
        if self.then is not None:
            await self.then()
        return httpx.Response(200)


def receiving(mock: Control) -> Receiver:
    """All webhooks of TikTok Shop go to a receiver in this process from now on."""
    receiver = Receiver()
    mock.server.dispatcher = Dispatcher(httpx.MockTransport(receiver))
    mock("PUT", "webhook-urls", {"tiktok_shop": "http://tts.example/hook"})
    return receiver


def send(mock: Control) -> None:
    mock("POST", "clock/advance", {"seconds": 0})


def deliveries(mock: Control, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = mock("GET", "webhooks", **query)["deliveries"]
    return rows


def tokens(mock: Control) -> list[str]:
    """Tokens of either platform, the ready ones and one of each that were fetched."""
    client, bearer = tiktok(mock), tokopedia(mock)
    asked = {"app_key": client.app_key, "app_secret": client.app_secret, "auth_code": client.code, "grant_type": "authorized_code"}
    fetched = client.unsigned("/api/v2/token/get", **asked)["data"]["access_token"]
    return [client.token, fetched, bearer.token]


def working(mock: Control, shown: list[str]) -> list[bool]:
    client, bearer = tiktok(mock), tokopedia(mock)
    answers = []
    for token in shown[:-1]:
        client.token = token
        answers.append(client.call("GET", SHOPS, cipher=False)["code"] == 0)
    bearer.token = shown[-1]
    return [*answers, bearer.reply("GET", SHOP_INFO).status == 200]


# ---- what stays -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", AGAIN)
def test_id_and_app_credentials_stay(act: str, mock: Control) -> None:
    mock("POST", "snapshots", {"name": "s"})
    before = mock("GET", "")
    after = mock("POST", act)
    assert after["id"] == before["id"]
    for platform, names in (("tokopedia", ("fs_id", "client_id", "client_secret")), ("tiktok_shop", ("app_key", "app_secret", "service_id"))):
        assert [after[platform][name] for name in names] == [before[platform][name] for name in names]


@pytest.mark.parametrize("act", AGAIN)
def test_ready_and_fetched_tokens_go_on_working(act: str, mock: Control) -> None:
    mock("POST", "snapshots", {"name": "s"})
    shown = tokens(mock)
    mock("POST", act)
    assert working(mock, shown) == [True, True, True]


def test_after_a_restore_tokens_that_are_older_than_the_snapshot_go_on_working(mock: Control) -> None:
    shown = tokens(mock)
    mock("POST", "snapshots", {"name": "s"})
    mock("POST", "snapshots/s/restore")
    assert working(mock, shown) == [True, True, True]


@pytest.mark.parametrize("act", AGAIN)
def test_a_token_fetched_afterwards_is_another_one(act: str, mock: Control) -> None:
    mock("POST", "snapshots", {"name": "s"})
    kept = tokens(mock)[1]
    mock("POST", act)
    client = tiktok(mock)
    refreshed = {"app_key": client.app_key, "app_secret": client.app_secret, "refresh_token": client.refresh_token, "grant_type": "refresh_token"}
    fetched = client.unsigned("/api/v2/token/refresh", **refreshed)["data"]["access_token"]
    assert fetched != kept and working(mock, [kept, fetched, tokopedia(mock).token]) == [True, True, True]


@pytest.mark.parametrize("act", AGAIN)
def test_tokens_of_a_seller_who_authorised_since_go_on_working(act: str, mock: Control) -> None:
    mock("POST", "deauthorize")
    mock("POST", "snapshots", {"name": "s"})
    code = mock("POST", "auth-codes")["auth_code"]
    client = tiktok(mock)
    asked = {"app_key": client.app_key, "app_secret": client.app_secret, "auth_code": code, "grant_type": "authorized_code"}
    client.token = client.unsigned("/api/v2/token/get", **asked)["data"]["access_token"]
    told = mock("POST", act)
    assert client.call("GET", SHOPS, cipher=False)["code"] == 0
    assert told["sellers"][0]["tiktok_shop"]["authorised"]


@pytest.mark.parametrize("act", AGAIN)
def test_redirect_and_webhook_addresses_stay(act: str, mock: Control) -> None:
    mock("POST", "snapshots", {"name": "s"})
    mock("PUT", "apps", {"redirect_url": "https://isv.example/back"})
    mock("PUT", "webhook-urls", {"tiktok_shop": "https://isv.example/tts", "tokopedia": "https://isv.example/toko"})
    before = mock("GET", "webhook-urls")
    assert mock("POST", act)["redirect_url"] == "https://isv.example/back"
    assert mock("GET", "webhook-urls") == before


@pytest.mark.parametrize("act", AGAIN)
def test_a_shops_own_webhook_address_stays(act: str, mock: Control) -> None:
    mock("POST", "snapshots", {"name": "s"})
    client = tiktok(mock)
    client.data("PUT", "/event/202309/webhooks", body={"event_type": "ORDER_STATUS_CHANGE", "address": "https://isv.example/orders"})
    mock("POST", act)
    told = tiktok(mock).data("GET", "/event/202309/webhooks")["webhooks"]
    assert [(row["event_type"], row["address"]) for row in told] == [("ORDER_STATUS_CHANGE", "https://isv.example/orders")]


@pytest.mark.parametrize("act", AGAIN)
def test_a_shops_own_webhook_address_that_was_taken_back_stays_gone(act: str, mock: Control) -> None:
    client = tiktok(mock)
    client.data("PUT", "/event/202309/webhooks", body={"event_type": "ORDER_STATUS_CHANGE", "address": "https://isv.example/orders"})
    mock("POST", "snapshots", {"name": "s"})
    client.data("DELETE", "/event/202309/webhooks", body={"event_type": "ORDER_STATUS_CHANGE"})
    mock("POST", act)
    assert tiktok(mock).data("GET", "/event/202309/webhooks")["webhooks"] == []


# ---- what begins anew -------------------------------------------------------------------------------------------------------------------------


def test_a_reset_begins_a_world_without_what_has_happened_since(mock: Control) -> None:
    before = [row["key"] for row in mock("GET", "orders", limit=1000)["orders"]]
    order = place(mock, "tokopedia")
    mock("POST", "reset")
    assert len(mock("GET", "orders", limit=1000)["orders"]) == len(before)
    assert order["created"]["wire"] <= mock("GET", "clock")["now"]
    assert not [row for row in mock("GET", "orders", status="paid")["orders"] if row["created"] == order["created"]]


def test_a_reset_gives_full_attempts_even_when_all_were_spent(mock: Control) -> None:
    choose(mock, attempts=1)
    link(mock)
    mock("POST", "migration/fail", {"reason": "a shop was closed"})
    assert mock("GET", "migration")["attempts"]["used"] == 1
    mock("POST", "reset")
    link(mock)
    assert mock("GET", "migration")["phase"] == "MERGING"


def test_a_restore_goes_back_to_the_attempts_of_the_snapshot(mock: Control) -> None:
    link(mock)
    mock("POST", "migration/fail", {"reason": "a shop was closed"})
    mock("POST", "snapshots", {"name": "s"})
    link(mock)
    mock("POST", "snapshots/s/restore")
    told = mock("GET", "migration")
    assert (told["phase"], told["attempts"]["used"]) == ("PRE_MERGE", 1)


# ---- what is closed ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", AGAIN)
def test_the_journal_goes_on_under_the_next_run_and_the_earlier_one_is_told(act: str, mock: Control) -> None:
    mock("POST", "snapshots", {"name": "s"})
    tokopedia(mock).call("GET", SHOP_INFO)
    assert mock("POST", act)["run"] == 2
    tiktok(mock).call("GET", SHOPS, cipher=False)
    assert [row["platform"] for row in mock("GET", "journal", run=1)["exchanges"]] == ["tokopedia"]
    assert [row["platform"] for row in mock("GET", "journal", run=2)["exchanges"]] == ["tiktok_shop"]


@pytest.mark.parametrize("act", AGAIN)
def test_deliveries_of_the_closed_run_are_still_told_with_their_attempts(act: str, mock: Control) -> None:
    mock("POST", "snapshots", {"name": "s"})
    receiving(mock)
    place(mock, "tiktok_shop")
    send(mock)
    before = deliveries(mock)
    mock("POST", act)
    assert deliveries(mock) == []
    assert before and deliveries(mock, run=1) == before
    assert {row["attempts"][0]["status"] for row in before} == {200}


# ---- what is sent again -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "times"), [({}, 1), ({"resend": True}, 2)], ids=["by itself", "asked for"])
def test_a_delivery_that_was_answered_is_sent_again_after_a_restore_only_when_asked(body: dict[str, Any], times: int, mock: Control) -> None:
    receiver = receiving(mock)
    place(mock, "tiktok_shop")
    mock("POST", "snapshots", {"name": "s"})
    send(mock)
    sent = len(receiver.got)
    mock("POST", "snapshots/s/restore", body)
    send(mock)
    assert sent and len(receiver.got) == sent * times


def test_a_delivery_that_was_still_owed_is_sent_after_a_restore(mock: Control) -> None:
    receiver = receiving(mock)
    place(mock, "tiktok_shop")
    mock("POST", "snapshots", {"name": "s"})
    mock("POST", "snapshots/s/restore")
    assert receiver.got == []
    send(mock)
    assert receiver.got


def test_a_restore_withdraws_an_attempt_in_flight(mock: Control) -> None:
    receiver = receiving(mock)
    place(mock, "tiktok_shop", pay=False)
    mock("POST", "snapshots", {"name": "s"})

    async def restore() -> None:
        receiver.then = None
        await control.answer(mock.server, "POST", f"{mock.at}/snapshots/s/restore", "", b"", origin=ORIGIN)

    async def by_itself() -> None:
        receiver.then = restore
        await mock.server.start()
        mock.server.poke(held(mock))
        await asyncio.sleep(0.1)
        await mock.server.stop()

    mock.runner.run(by_itself())
    assert len(receiver.got) == 2 and receiver.got[0] == receiver.got[1]
    assert [[one["status"] for one in row["attempts"]] for row in deliveries(mock)] == [[200]]
    assert [row["attempts"] for row in deliveries(mock, run=1)] == [[]]


# ---- fork -------------------------------------------------------------------------------------------------------------------------------------


def forked(mock: Control) -> str:
    name: str = mock("POST", "fork", {"id": "what-if"})["id"]
    return name


def test_a_fork_answers_with_credentials_and_tokens_of_its_own_that_work(mock: Control) -> None:
    origin, fork = mock("GET", ""), mock("POST", "fork", {"id": "what-if"})
    secrets = {"fs_id", "client_id", "client_secret", "app_key", "app_secret", "service_id"}
    secrets |= {"access_token", "refresh_token", "auth_code", "shop_cipher"}
    for platform in ("tokopedia", "tiktok_shop"):
        assert not [name for name in secrets & set(origin[platform]) if origin[platform][name] == fork[platform][name]]
    client, bearer = tiktok(mock, "what-if"), tokopedia(mock, "what-if")
    client.token, bearer.token = fork["tiktok_shop"]["access_token"], fork["tokopedia"]["access_token"]
    assert client.call("GET", SHOPS, cipher=False)["code"] == 0
    assert bearer.reply("GET", SHOP_INFO).status == 200


def test_a_fork_has_the_shops_and_ids_of_its_origin(mock: Control) -> None:
    toko, tts = place(mock, "tokopedia"), place(mock, "tiktok_shop")
    origin = mock("GET", "")
    name = forked(mock)
    fork = mock("GET", f"/_mock/workspaces/{name}")
    assert [fork[platform]["shop_id"] for platform in ("tokopedia", "tiktok_shop")] == [origin[p]["shop_id"] for p in ("tokopedia", "tiktok_shop")]
    assert tokopedia(mock, name).data("GET", SINGLE, {"order_id": toko["order_id"]})["order_id"] == toko["order_id"]
    assert tiktok(mock, name).data("GET", DETAIL, {"ids": tts["order_id"]})["orders"][0]["id"] == tts["order_id"]


def test_the_same_act_in_a_fork_and_in_its_origin_leaves_the_other_alone(mock: Control) -> None:
    name = forked(mock)
    place(mock, "tokopedia")
    before = mock("GET", f"/_mock/workspaces/{name}/orders")
    assert mock("GET", "orders") != before
    mock("POST", f"/_mock/workspaces/{name}/reset")
    assert len(mock("GET", "orders", limit=1000)["orders"]) == len(mock("GET", f"/_mock/workspaces/{name}/orders", limit=1000)["orders"]) + 1


def test_what_a_fork_owed_at_its_birth_is_held_until_released(mock: Control) -> None:
    receiver = receiving(mock)
    place(mock, "tiktok_shop")
    name = forked(mock)
    mock.at = f"/_mock/workspaces/{name}"
    mock("POST", "clock/advance", {"seconds": DAY})
    assert receiver.got == []
    owed = len(deliveries(mock, status="held"))
    mock("POST", "webhooks/release")
    send(mock)
    assert owed and len(receiver.got) == owed


# ---- credentials ------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "seed"), [("ci", 8), ("cj", 7)], ids=["another seed", "another id"])
def test_credentials_follow_from_id_and_seed(name: str, seed: int, mock: Control) -> None:
    def secrets(name: str, seed: int) -> list[Any]:
        told = mock("PUT", f"/_mock/workspaces/{name}", {"seed": seed, "clock": VIRTUAL})
        mock("DELETE", f"/_mock/workspaces/{name}")
        names = [("tokopedia", "client_secret"), ("tokopedia", "access_token"), ("tiktok_shop", "app_secret"), ("tiktok_shop", "access_token")]
        return [told[platform][name] for platform, name in names]

    assert secrets("ci", 7) == secrets("ci", 7)
    assert not set(secrets("ci", 7)) & set(secrets(name, seed))


def test_a_workspace_that_chooses_the_fs_id_of_an_open_one_is_refused(mock: Control) -> None:
    taken = mock("GET", "")["tokopedia"]["fs_id"]
    told = mock.refused("PUT", "/_mock/workspaces/two", {"credentials": {"fs_id": str(taken)}})
    assert told["status"] == 409 and str(taken) in told["detail"]
