"""Chaos: each kind does to a webhook what it says, to those that it names, and the same in every run."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from mockplatforms.gateway import chaos
from mockplatforms.gateway.odds import Impossible
from mockplatforms.testing import local
from mockplatforms.testing.hosts import Local, NotPossible
from mockplatforms.testing.receivers import Webhook, address
from mockplatforms.testing.shop import Shop
from mockplatforms.tiktok_shop.signing import webhook_signature

ORDER = "ORDER_STATUS_CHANGE"


class Inbox(list[Webhook]):
    """A receiver that keeps what comes, and says which of it is well signed."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.credentials = shop.host.within(lambda simulator: simulator.workspaces[shop.workspace].credentials)
        shop.receive(self.append)

    def of(self, topic: str) -> list[Webhook]:
        return [one for one in self if one.topic == topic]

    def signed(self, one: Webhook) -> bool:
        if one.platform == "tiktok_shop":
            return one.headers["authorization"] == webhook_signature(self.credentials.app_key, self.credentials.app_secret, one.body)
        return False


@pytest.fixture
def shop() -> Iterator[Shop]:
    with local("chaos", world="demo") as made:
        yield made


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


def orders(shop: Shop, count: int = 1) -> list[str]:
    """So many paid orders, each told once; answers their ids."""
    return [shop.place_order(on="tiktok_shop").id for _ in range(count)]


def told(inbox: Inbox) -> list[str]:
    return [one.payload["data"]["order_id"] for one in inbox.of(ORDER) if one.payload["data"]["order_status"] == "AWAITING_SHIPMENT"]


def statuses(shop: Shop, topic: str = ORDER) -> list[str]:
    return [row["status"] for row in shop.control("GET", "/webhooks", topic=topic, limit=1000)["deliveries"]]


def test_what_is_lost_is_never_sent_and_can_be_redelivered(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("lose", topic=ORDER)
    orders(shop)
    shop.advance(days=3)
    assert inbox.of(ORDER) == []
    rows = shop.control("GET", "/webhooks", topic=ORDER)["deliveries"]
    assert {row["status"] for row in rows} == {"lost"}
    assert rows[0]["notes"][0].startswith("chaos 'lose-1' (lose): it is never sent")
    shop.control("POST", f"/webhooks/{rows[0]['id']}/redeliver")
    shop.deliver()
    assert len(inbox.of(ORDER)) == 1


def test_a_webhook_that_the_seller_has_triggered_meets_chaos_too(shop: Shop, inbox: Inbox) -> None:
    order = shop.place_order(on="tokopedia")
    shop.deliver()
    shop.chaos("lose", id="lost", topic="order_status")
    fs_id = shop.credentials["tokopedia"]["fs_id"]
    shop.tokopedia.data("POST", f"/v1/fs/{fs_id}/trigger", None, {"order_id": order.id, "type": "order_status", "url": address(shop.workspace, "tokopedia")})
    assert shop.deliveries(topic="order_status")[-1]["status"] == "lost"


def test_what_was_done_to_a_webhook_and_what_is_odd_about_its_address_are_told_once_each(shop: Shop) -> None:
    shop.receive("http://127.0.0.1:9/hook")
    shop.chaos("delay", id="late", seconds=60)
    orders(shop)
    assert shop.deliveries()[0]["notes"] == ["chaos 'late' (delay): it comes later", "the platform would refuse this address: it must be https"]


def test_what_is_delayed_comes_later(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("delay", topic=ORDER, seconds=600)
    orders(shop)
    shop.advance(seconds=599)
    assert inbox.of(ORDER) == []
    shop.advance(seconds=1)
    assert inbox.of(ORDER)


def test_a_duplicate_has_the_same_bytes(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("duplicate", topic=ORDER, copies=2, nth=1)
    orders(shop)
    shop.deliver()
    first, *rest = inbox.of(ORDER)
    assert [one.body for one in rest].count(first.body) == 2
    assert len({one.delivery for one in inbox.of(ORDER)}) == len(inbox.of(ORDER))


@pytest.mark.parametrize("behind", [1, 2])
def test_what_is_reordered_comes_behind_later_ones(shop: Shop, inbox: Inbox, behind: int) -> None:
    shop.chaos("reorder", topic=ORDER, nth=1, behind=behind)
    shop.control("POST", "/webhooks/hold")
    shop.control("POST", "/webhooks/release")
    first = shop.place_order(on="tiktok_shop", pay=False).id
    later = [shop.place_order(on="tiktok_shop", pay=False).id for _ in range(3)]
    shop.deliver()
    assert [one.payload["data"]["order_id"] for one in inbox.of(ORDER)] == [*later[:behind], first, *later[behind:]]


def test_what_nothing_follows_comes_by_itself(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("reorder", topic=ORDER, nth=1, seconds=300)
    shop.place_order(on="tiktok_shop", pay=False)
    shop.deliver()
    assert inbox.of(ORDER) == []
    shop.advance(seconds=300)
    assert len(inbox.of(ORDER)) == 1


def test_what_is_held_waits_for_its_release(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("hold", topic=ORDER)
    orders(shop)
    shop.advance(days=2)
    assert inbox.of(ORDER) == []
    shop.control("POST", "/webhooks/release")
    shop.deliver()
    assert inbox.of(ORDER)


@pytest.mark.parametrize("kind", ["wrong_signature", "truncate", "reserialise"])
def test_forged_and_broken_bytes_are_not_well_signed(shop: Shop, inbox: Inbox, kind: str) -> None:
    shop.chaos(kind, topic=ORDER, nth=1)
    orders(shop)
    shop.deliver()
    assert [inbox.signed(one) for one in inbox.of(ORDER)] == [False, *[True] * (len(inbox.of(ORDER)) - 1)]


def test_a_truncated_body_breaks_off_and_a_reserialised_one_says_the_same(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("truncate", topic=ORDER, nth=1, bytes=20)
    shop.chaos("reserialise", topic=ORDER, nth=2)
    shop.place_order(on="tiktok_shop", pay=False)
    shop.place_order(on="tiktok_shop", pay=False)
    shop.deliver()
    bodies = [row["body"] for row in shop.control("GET", "/webhooks", topic=ORDER)["deliveries"]]
    broken, anew = inbox.of(ORDER)
    assert (len(broken.body), broken.payload) == (20, None)
    assert bodies == [broken.body.decode(), anew.body.decode()]
    assert anew.payload["data"]["order_status"] == "UNPAID"
    assert b'\n "data"' in anew.body


def test_another_shops_ids_stand_there_well_signed(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("wrong_shop", topic=ORDER, nth=1)
    orders(shop)
    shop.deliver()
    mine = shop.control("GET", "")["sellers"]
    others = {row["tiktok_shop"]["shop_id"] for row in mine[1:] if row["tiktok_shop"]}
    first, second = inbox.of(ORDER)[:2]
    assert first.payload["shop_id"] in others
    assert second.payload["shop_id"] == mine[0]["tiktok_shop"]["shop_id"]
    assert inbox.signed(first)


def test_a_status_that_no_document_knows_is_of_the_right_type(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("unknown_status")
    orders(shop)
    shop.place_order(on="tokopedia")
    shop.deliver()
    assert inbox.of(ORDER)[0].payload["data"]["order_status"] == chaos.STRANGE
    assert inbox.of("order_status")[0].payload["order_status"] == chaos.STRANGE_NUMBER
    assert inbox.signed(inbox.of(ORDER)[0])


def test_what_has_no_status_is_no_match_for_an_unknown_one(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("unknown_status", topic="chat_notification")
    shop.message("Halo")
    assert shop.control("GET", "/chaos")["chaos"][0]["matched"] == 0


def test_old_times_lie_a_day_back(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("old_timestamp", topic=ORDER, nth=1)
    orders(shop)
    shop.deliver()
    first, second = inbox.of(ORDER)[:2]
    assert first.payload["timestamp"] == second.payload["timestamp"] - 86400
    assert first.payload["data"]["update_time"] == second.payload["data"]["update_time"] - 86400
    assert inbox.signed(first)


def test_times_in_nanoseconds_lie_as_far_back(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("old_timestamp", topic="product_changes", nth=1, seconds=60)
    for _ in range(2):
        shop.place_order("KRP-01", on="tokopedia", force=True)
    shop.deliver()
    first, second = (one.payload["product_changes_data"][0]["update_time"] for one in inbox.of("product_changes"))
    assert first == second - 60 * 10**9


def test_unmerge_follows_the_merge(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("unmerge", seconds=3600)
    shop.merge()
    assert [one.payload["status"] for one in inbox.of("merge")] == ["merge"]
    shop.advance(hours=1)
    merged, unmerged = inbox.of("merge")
    assert unmerged.payload == {**merged.payload, "status": "unmerge"}


def test_a_forged_merge_of_tokopedia_is_not_well_signed(shop: Shop, inbox: Inbox) -> None:
    shop.tokopedia.reply("POST", "/v1/fs/{fs_id}/register", body={"webhook_secret": "rahasia", "shop_merge_notification_url": address(shop.workspace, "tokopedia")})
    shop.chaos("wrong_signature", topic="merge")
    shop.merge()
    (merged,) = inbox.of("merge")
    assert merged.headers["authorization-hmac"] != hmac.new(b"rahasia", merged.body, hashlib.sha256).hexdigest()


# ---- which, and how often ----------------------------------------------------------------------------------------------------------------------


def test_rules_strike_exact_numbers_and_turns(shop: Shop, inbox: Inbox) -> None:
    shop.chaos("lose", id="second", topic=ORDER, nth=[2, 5])
    shop.chaos("lose", id="third", topic=ORDER, every=3, times=1)
    for _ in range(7):
        shop.place_order(on="tiktok_shop", pay=False)
    assert [number for number, status in enumerate(statuses(shop), 1) if status == "lost"] == [2, 3, 5]
    assert [(row["id"], row["matched"], row["struck"]) for row in shop.control("GET", "/chaos")["chaos"]] == [("second", 7, 2), ("third", 7, 1)]


def test_rates_are_drawn_from_the_seed() -> None:
    runs = []
    for seed in (1, 1, 2):
        with local("rates", seed=seed) as shop:
            shop.chaos("lose", topic=ORDER, probability=0.5)
            for _ in range(40):
                shop.place_order("KRP-01", on="tiktok_shop", pay=False, force=True)
            runs.append([status == "lost" for status in statuses(shop)])
    assert runs[0] == runs[1] != runs[2]
    assert 10 < sum(runs[0]) < 30


def test_seller_platform_and_address_narrow_a_rule(shop: Shop, inbox: Inbox) -> None:
    other = next(key for key in shop.sellers if key != shop.seller and shop.control("GET", f"/sellers/{key}")["tiktok_shop"])
    shop.chaos("lose", id="other", seller=other)
    shop.chaos("lose", id="tokopedia", platform="tokopedia", topic="order_notification")
    shop.chaos("lose", id="elsewhere", url="https://elsewhere.example/")
    orders(shop)
    shop.place_order(on="tokopedia")
    shop.of(other).place_order(on="tiktok_shop")
    counts = {row["id"]: row["struck"] for row in shop.control("GET", "/chaos")["chaos"]}
    assert counts["other"] > 0
    assert counts["tokopedia"] == 1
    assert counts["elsewhere"] == 0


def test_two_runs_give_the_same_bytes_in_the_same_order() -> None:
    rules: list[dict[str, Any]] = [
        {"chaos": "lose", "probability": 0.1},
        {"chaos": "duplicate", "probability": 0.2},
        {"chaos": "reorder", "probability": 0.2},
        {"chaos": "delay", "seconds": {"low": 10, "high": 900}, "probability": 0.3},
        {"chaos": "wrong_shop", "probability": 0.1},
    ]
    runs = []
    for _ in range(2):
        with local("twice", world="demo", chaos=rules) as shop:
            inbox = Inbox(shop)
            for _ in range(10):
                shop.place_order(on="tiktok_shop")
                shop.place_order(on="tokopedia")
                shop.advance(minutes=5)
            shop.merge()
            runs.append([(one.topic, one.body) for one in inbox])
    assert runs[0] == runs[1]


def test_a_reset_counts_anew_and_a_fork_goes_on(shop: Shop) -> None:
    shop.chaos("lose", topic=ORDER, nth=1)
    orders(shop)
    shop.host.control("POST", f"/workspaces/{shop.workspace}/fork", {"id": "forked"})
    assert shop.host.control("GET", "/workspaces/forked/chaos") == shop.control("GET", "/chaos")
    shop.control("POST", "/reset", {})
    assert [(row["matched"], row["struck"]) for row in shop.control("GET", "/chaos")["chaos"]] == [(0, 0)]
    orders(shop)
    assert statuses(shop)[0] == "lost"


def test_rules_are_replaced_and_let_go(shop: Shop) -> None:
    shop.chaos("lose", id="one")
    shop.control("PUT", "/chaos", {"chaos": [{"id": "two", "chaos": "hold"}, {"chaos": "delay", "seconds": 5}]})
    assert [row["id"] for row in shop.control("GET", "/chaos")["chaos"]] == ["two", "delay-1"]
    shop.heal("two")
    assert [row["id"] for row in shop.control("GET", "/chaos")["chaos"]] == ["delay-1"]
    shop.heal()
    assert shop.control("GET", "/chaos")["chaos"] == []


IMPOSSIBLE: list[tuple[dict[str, Any], str, str]] = [
    ({"chaos": "loose"}, "chaos", "one of"),
    ({"chaos": "lose", "topic": "mergr"}, "topic", "did you mean 'merge'"),
    ({"chaos": "lose", "seller": "tokoo"}, "seller", "did you mean 'toko'"),
    ({"chaos": "delay"}, "seconds", "delay needs seconds"),
    ({"chaos": "delay", "seconds": -1}, "seconds", "from 0 to"),
    ({"chaos": "lose", "bytes": 3}, "bytes", "it is for truncate"),
    ({"chaos": "unmerge", "topic": "chat_notification"}, "topic", "merge notification alone"),
    ({"chaos": "lose", "nth": [1], "every": 2}, "every", "give one of them"),
    ({"chaos": "lose", "tpoic": "merge"}, "tpoic", "did you mean 'topic'"),
]


@pytest.mark.parametrize(("row", "field", "words"), IMPOSSIBLE, ids=[str(row) for row, _, _ in IMPOSSIBLE])
def test_a_rule_that_cannot_be_is_refused_in_words(row: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(Impossible, match=words) as no:
        chaos.possible(row, sellers=["toko"], topics=["merge", "chat_notification"])
    assert no.value.field == field


def test_a_workspace_with_a_rule_that_cannot_be_is_not_made() -> None:
    host = Local()
    with pytest.raises(NotPossible, match="delay needs seconds"):
        host.control("POST", "/workspaces", {"id": "x", "chaos": [{"chaos": "delay"}]})
    assert host.control("GET", "/workspaces")["workspaces"] == []


# ---- Get Shop Info ---------------------------------------------------------------------------------------------------------------------------------


def merged(shop: Shop) -> bool:
    api = shop.tokopedia
    return "tts_integration_completed" in json.dumps(api.data("GET", "/v1/shop/fs/{fs_id}/shop-info", {"shop_id": api.shop_id}))


@pytest.mark.parametrize(("settings", "rules", "webhook_first"), [({"shop_info_lag": 600}, [], True), ({}, [{"chaos": "delay", "topic": "merge", "seconds": 600}], False)])
def test_get_shop_info_and_the_merge_webhook_lag_behind_each_other(settings: dict[str, Any], rules: list[dict[str, Any]], webhook_first: bool) -> None:
    with local("lag", world="demo", settings=settings, chaos=rules) as shop:
        inbox = Inbox(shop)
        shop.merge()
        assert (bool(inbox.of("merge")), merged(shop)) == (webhook_first, not webhook_first)
        shop.advance(seconds=600)
        assert (bool(inbox.of("merge")), merged(shop)) == (True, True)
