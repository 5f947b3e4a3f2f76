"""Scripted trouble: which calls it strikes, what each platform then says, what has happened, and what the journal tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from mockplatforms.domain.orders import ORDERS
from mockplatforms.gateway import faults
from mockplatforms.gateway.call import Reply
from mockplatforms.server.simulator import FACADES
from mockplatforms.testing import NoAnswer, NotPossible, Order, Shop, local

SEARCH = "/order/202309/orders/search"
SHOP_INFO = "/v1/shop/fs/{fs_id}/shop-info"
PARAMETERS: dict[str, dict[str, Any]] = {"latency": {"seconds": 2}, "clock_skew": {"skew": 3600}}
CASES = [pytest.param(kind, side, id=f"{kind}-{side}") for kind, row in faults.KINDS.items() for side in row.sides]


@pytest.fixture
def shop() -> Iterator[Shop]:
    with local("faults") as made:
        yield made


def package(shop: Shop, order: Order) -> str:
    told = shop.tiktok_shop.data("GET", "/order/202507/orders", {"ids": str(order.id)})
    found: str = told["orders"][0]["packages"][0]["id"]
    return found


def ship(shop: Shop, package: str) -> Reply | None:
    """The seller's software ships; None where no answer came."""
    try:
        return shop.tiktok_shop.reply("POST", f"/fulfillment/202309/packages/{package}/ship", body={})
    except NoAnswer:
        return None


def search(shop: Shop) -> Reply | None:
    try:
        return shop.tiktok_shop.reply("POST", SEARCH, {"page_size": "10"}, {})
    except NoAnswer:
        return None


def info(shop: Shop) -> Reply | None:
    api = shop.tokopedia
    try:
        return api.reply("GET", SHOP_INFO, {"shop_id": api.shop_id})
    except NoAnswer:
        return None


def code(reply: Reply | None) -> int:
    assert reply is not None
    told: int = orjson.loads(reply.body)["code"]
    return told


# ---- on which side of the effect --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "side"), CASES)
def test_before_the_effect_nothing_has_happened_and_after_it_it_has(kind: str, side: str, shop: Shop) -> None:
    order = shop.place_order(on="tiktok_shop")
    parcel = package(shop, order)
    shop.fault(kind, side, endpoint="ship-package", **PARAMETERS.get(kind, {}))
    reply = ship(shop, parcel)
    shipped = shop.order(order).status == "arranged"
    assert shipped == (side == "after" or kind == "latency")
    if kind == "latency":
        assert code(reply) == 0
    elif kind == "content_type":
        assert reply is not None and reply.content_type == "text/html"
    else:
        assert reply is None or reply.status >= 400
    assert [(row["matched"], row["struck"]) for row in shop.faults] == [(1, 1)]


def test_who_repeats_a_shipment_that_got_no_answer_is_told_that_it_has_left(shop: Shop) -> None:
    order = shop.place_order(on="tiktok_shop")
    parcel = package(shop, order)
    shop.fault("reset", "after", endpoint="ship-package", nth=1)
    assert ship(shop, parcel) is None
    assert code(ship(shop, parcel)) != 0
    first, second = [row for row in shop.journal if row["endpoint"] == "ship-package-202309"]
    assert (first["verdict"], first["wrote"] > 0, second["verdict"], second["wrote"]) == ("failed", True, "refused", 0)
    shop.assert_shipped_once(order)


def test_who_repeats_a_shipment_that_was_not_made_ships_once(shop: Shop) -> None:
    order = shop.place_order(on="tiktok_shop")
    parcel = package(shop, order)
    shop.fault("reset", "before", endpoint="ship-package", nth=1)
    assert ship(shop, parcel) is None
    shop.assert_not_shipped(order)
    assert code(ship(shop, parcel)) == 0
    shop.assert_shipped_once(order)


def test_an_order_in_an_answer_that_was_lost_is_not_known(shop: Shop) -> None:
    order = shop.place_order(on="tiktok_shop")
    shop.fault("truncate", "after", endpoint="get-order-list", nth=1)
    search(shop)
    with pytest.raises(AssertionError, match="was never fetched"):
        shop.assert_known(order)
    search(shop)
    shop.assert_known(order)


# ---- what the platforms say -------------------------------------------------------------------------------------------------------------------


def test_tiktok_shop_says_that_there_were_too_many_requests(shop: Shop) -> None:
    shop.fault("rate_limit", platform="tiktok_shop", retry_after=7)
    reply = search(shop)
    assert reply is not None
    assert (reply.status, code(reply), dict(reply.headers)["Retry-After"]) == (429, 36009002, "7")
    assert set(orjson.loads(reply.body)) == {"code", "message", "request_id"}


def test_tokopedia_says_it_as_its_quota_does(shop: Shop) -> None:
    shop.control("PUT", "/settings", {"quota": "enforce", "rates": {"getShopInfo": 1}})
    info(shop)
    quota = info(shop)
    shop.control("PUT", "/settings", {"quota": "announce", "rates": {}})
    shop.fault("rate_limit", platform="tokopedia")
    fault = info(shop)
    assert quota is not None and fault is not None
    assert (fault.status, fault.body, fault.content_type) == (429, quota.body, quota.content_type)
    told = dict(fault.headers)
    assert (told["X-Ratelimit-Limit"], told["X-Ratelimit-Remaining"], told["X-Ratelimit-Reset-After"]) == ("5 req/s (burst 5)", "0", "0.200000")


ERRORS = [
    ({}, 500, 36009003),
    ({"status": 503, "form": "platform"}, 503, 36009003),
    ({"status": 504, "form": "platform"}, 504, 36009007),
    ({"status": 502}, 502, None),
    ({"status": 503}, 503, None),
    ({"status": 504}, 504, None),
    ({"status": 500, "form": "proxy"}, 500, None),
]


@pytest.mark.parametrize(("row", "status", "said"), ERRORS, ids=[str(row) for row, _, _ in ERRORS])
def test_tiktok_shop_fails_in_its_envelope_and_its_proxy_with_a_page(row: dict[str, Any], status: int, said: int | None, shop: Shop) -> None:
    shop.fault("server_error", endpoint="get-order-list-202309", **row)
    reply = search(shop)
    assert reply is not None and reply.status == status
    if said is None:
        assert reply.content_type == "text/html" and str(status).encode() in reply.body
    else:
        assert code(reply) == said


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [("GET", SHOP_INFO, "SHP_API_003"), ("GET", "/inventory/v1/fs/{fs_id}/product/info", "PRD_API_003"), ("GET", "/v2/order/list", "ORD_API_003"), ("GET", "/v1/chat/fs/{fs_id}/messages", None)],
)
def test_tokopedia_fails_with_the_code_of_the_service_that_was_asked(method: str, path: str, said: str | None, shop: Shop) -> None:
    shop.fault("server_error", platform="tokopedia")
    api = shop.tokopedia
    status, told = api.call(method, path, {"shop_id": api.shop_id})
    assert status == 500
    assert told["header"]["messages"] == "Our server encounters an error, please try again later"
    assert told["header"].get("error_code") == said


def test_a_token_of_tiktok_shop_ends_early(shop: Shop) -> None:
    shop.fault("token_expired", platform="tiktok_shop", nth=1)
    reply = search(shop)
    assert reply is not None and (reply.status, code(reply)) == (401, 105002)
    assert b"has expired" in reply.body
    assert code(search(shop)) == 0


def test_a_token_of_tokopedia_ends_early(shop: Shop) -> None:
    shop.fault("token_expired", platform="tokopedia", nth=1)
    reply = info(shop)
    assert reply is not None and (reply.status, reply.content_type) == (401, "text/html")
    assert b"401 Authorization Required" in reply.body
    again = info(shop)
    assert again is not None and again.status == 200


@pytest.mark.parametrize(("skew", "said"), [(301, b"not be earlier than 5 minutes"), (-31, b"not exceed the current time by more than 30 seconds")])
def test_a_server_whose_clock_is_wrong_refuses_a_right_timestamp(skew: int, said: bytes, shop: Shop) -> None:
    shop.fault("clock_skew", skew=skew)
    reply = search(shop)
    assert reply is not None and code(reply) == 36009004
    assert said in reply.body


def test_a_clock_that_is_little_off_is_not_noticed_and_the_journal_tells_it(shop: Shop) -> None:
    name = shop.fault("clock_skew", skew=200)
    assert code(search(shop)) == 0
    last = shop.journal[-1]
    assert (last["verdict"], last["fault"]["id"]) == ("answered", name)
    assert last["notes"] == [f"fault '{name}' (clock_skew, before the effect): the server's clock was 200 s off, which nobody noticed"]


# ---- which calls are meant --------------------------------------------------------------------------------------------------------------------

MATCHERS = [
    ({"platform": "tiktok_shop"}, [1, 1, 0]),
    ({"platform": "tokopedia"}, [0, 0, 1]),
    ({"endpoint": "ship-package-202309"}, [0, 1, 0]),
    ({"endpoint": "ship-package"}, [0, 1, 0]),
    ({"endpoint": "POST /fulfillment/202309/packages/{package_id}/ship"}, [0, 1, 0]),
    ({"family": "order_read"}, [1, 0, 0]),
    ({"phase": "PRE_MERGE"}, [1, 1, 1]),
    ({"phase": "MERGED"}, [0, 0, 0]),
    ({"seller": "kecil"}, [1, 1, 1]),
    ({"effect": "write"}, [0, 1, 0]),
    ({"effect": "read", "platform": "tiktok_shop"}, [1, 0, 0]),
    ({}, [1, 1, 1]),
]


@pytest.mark.parametrize(("row", "wanted"), MATCHERS, ids=[str(row) for row, _ in MATCHERS])
def test_a_rule_matches_the_calls_that_it_describes(row: dict[str, Any], wanted: list[int], shop: Shop) -> None:
    parcel = package(shop, shop.place_order(on="tiktok_shop"))
    shop.fault("latency", seconds=0, **row)
    matched = []
    for call in (search, lambda shop: ship(shop, parcel), info):
        before = shop.faults[0]["matched"]
        call(shop)
        matched.append(shop.faults[0]["matched"] - before)
    assert matched == wanted


def test_a_rule_for_a_seller_and_a_phase_follows_them() -> None:
    with local("two", sellers=["satu", "dua"]) as shop:
        shop.fault("rate_limit", seller="satu", phase="MERGED")
        one, two = shop.of("satu"), shop.of("dua")
        assert (code(search(one)), code(search(two))) == (0, 0)
        one.merge()
        assert (code(search(one)), code(search(two))) == (36009002, 0)


def test_on_tokopedia_a_call_is_about_the_seller_of_the_order_or_shop_that_it_names() -> None:
    with local("named", sellers=["satu", "dua"]) as shop:
        two = shop.of("dua")
        first, second = shop.place_order(on="tokopedia"), two.place_order(on="tokopedia")
        shop.fault("server_error", seller="dua", effect="write")
        api = shop.tokopedia
        calls: list[tuple[str, Any]] = [
            (f"/v1/order/{first.id}/fs/{{fs_id}}/ack", {}),
            (f"/v1/order/{second.id}/fs/{{fs_id}}/ack", {}),
            ("/inventory/v1/fs/{fs_id}/pick-up", {"order_id": first.id, "shop_id": api.shop_id}),
            ("/inventory/v1/fs/{fs_id}/pick-up", {"order_id": second.id, "shop_id": two.tokopedia.shop_id}),
        ]
        assert [api.reply("POST", path, body=body).status for path, body in calls] == [200, 500, 200, 500]
        assert [row["seller"] for row in shop.journal] == ["satu", "dua", "satu", "dua"]


def struck(shop: Shop, calls: int = 12) -> list[int]:
    """The ordinals of those of so many searches that are struck."""
    return [n for n in range(1, calls + 1) if code(search(shop)) != 0]


@pytest.mark.parametrize(
    ("row", "wanted"),
    [({"nth": [2, 5]}, [2, 5]), ({"every": 4}, [4, 8, 12]), ({"times": 3}, [1, 2, 3]), ({"every": 3, "times": 2}, [3, 6]), ({"probability": 0}, []), ({"probability": 1, "nth": [7]}, [7])],
    ids=str,
)
def test_of_the_calls_that_match_those_are_struck_that_the_rule_names(row: dict[str, Any], wanted: list[int], shop: Shop) -> None:
    shop.fault("rate_limit", endpoint="get-order-list", **row)
    assert struck(shop) == wanted


def drawn(seed: int, name: str = "now-and-then", **rule: Any) -> list[int]:
    with local("drawn", seed=seed) as shop:
        shop.fault("rate_limit", id=name, endpoint="get-order-list", probability=0.3, **rule)
        return struck(shop, 40)


def test_the_same_seed_draws_the_same_calls_and_another_seed_or_name_others() -> None:
    first = drawn(1)
    assert first == drawn(1)
    assert 4 <= len(first) <= 20
    assert len({tuple(first), tuple(drawn(2)), tuple(drawn(1, "another"))}) == 3


def test_what_is_drawn_does_not_depend_on_other_rules_and_calls() -> None:
    with local("drawn", seed=1) as shop:
        shop.fault("latency", seconds={"low": 1, "high": 2}, probability=0.5, platform="tokopedia")
        shop.fault("rate_limit", id="now-and-then", endpoint="get-order-list", probability=0.3)
        wanted = []
        for n in range(1, 41):
            info(shop)
            if code(search(shop)) != 0:
                wanted.append(n)
    assert wanted == drawn(1)


@pytest.mark.parametrize("seconds", [{"low": 0.5, "high": 2}, {"mean": 1.5}, {"mean": 1.5, "distribution": "exponential"}], ids=str)
def test_how_long_it_takes_is_drawn_from_the_seed(seconds: dict[str, Any]) -> None:
    def run() -> list[str]:
        with local("slow") as shop:
            shop.fault("latency", seconds=seconds)
            for _ in range(10):
                search(shop)
            return [row["notes"][0] for row in shop.journal]

    first = run()
    assert first == run()
    assert len(set(first)) == 10


def test_a_call_that_is_refused_at_the_door_is_no_match(shop: Shop) -> None:
    shop.fault("rate_limit", nth=1)
    shop.tiktok_shop.reply("POST", SEARCH, {"page_size": "10"}, {}, sign="bad")
    shop.tiktok_shop.reply("GET", "/no/202309/such/path")
    assert shop.faults[0]["matched"] == 0
    assert code(search(shop)) == 36009002


def test_of_two_rules_the_first_strikes_and_both_count(shop: Shop) -> None:
    shop.fault("rate_limit", id="first", nth=1)
    shop.fault("server_error", id="second", nth=[1, 2])
    assert [code(search(shop)) for _ in range(3)] == [36009002, 36009003, 0]
    assert [(row["id"], row["matched"], row["struck"]) for row in shop.faults] == [("first", 3, 1), ("second", 3, 1)]


# ---- runs -------------------------------------------------------------------------------------------------------------------------------------


def test_a_reset_and_a_restore_keep_the_rules_and_count_from_zero(shop: Shop) -> None:
    shop.fault("rate_limit", nth=1)
    shop.control("POST", "/snapshots", {"name": "here"})
    for path in ("/reset", "/snapshots/here/restore"):
        assert [code(search(shop)) for _ in range(2)] == [36009002, 0]
        shop.control("POST", path)
        assert [(row["matched"], row["struck"]) for row in shop.faults] == [(0, 0)]


def test_a_fork_takes_rules_and_counts_along_and_counts_for_itself(shop: Shop) -> None:
    shop.fault("rate_limit", nth=2)
    search(shop)
    forked = Shop(shop.host, shop.control("POST", "/fork", {"id": "what-if"})["id"])
    try:
        assert [code(search(forked)) for _ in range(2)] == [36009002, 0]
        assert shop.faults[0]["matched"] == 1
    finally:
        shop.host.control("DELETE", "/workspaces/what-if")


def test_two_runs_of_a_script_tell_the_same_to_the_byte() -> None:
    def run() -> list[Any]:
        rows = [
            {"fault": "reset", "side": "after", "effect": "write", "every": 2},
            {"fault": "latency", "seconds": {"mean": 1}, "probability": 0.5},
            {"fault": "truncate", "probability": 0.2},
        ]
        with local("script", faults=rows) as shop:
            for _ in range(6):
                parcel = _try_package(shop)
                if parcel:
                    ship(shop, parcel)
            workspace = shop.host.within(lambda simulator: simulator.workspaces[shop.workspace])
            return [(one.outcome, one.words, tuple(one.notes), one.reply.body, one.reply.headers) for one in workspace.journal]

    first = run()
    assert first == run()
    assert {row[0] for row in first} >= {"failed", "answered"}


def _try_package(shop: Shop) -> str:
    order = shop.place_order(on="tiktok_shop")
    try:
        return package(shop, order)
    except NoAnswer:
        return ""


# ---- what the journal tells -------------------------------------------------------------------------------------------------------------------


def test_the_journal_says_that_it_was_a_fault_what_happened_and_what_the_client_should_have_got(shop: Shop) -> None:
    parcel = package(shop, shop.place_order(on="tiktok_shop"))
    shop.fault("reset", "after", id="ship-lost", endpoint="ship-package")
    ship(shop, parcel)
    row = shop.control("GET", "/journal", outcome="failed")["exchanges"][-1]
    assert row["reason"] == "fault 'ship-lost' (reset, after the effect): the call was done, and the client does not know"
    assert (row["fault"], row["status"], row["code"]) == ({"id": "ship-lost", "fault": "reset", "side": "after"}, 0, 0)
    full = shop.host.control("GET", f"/exchanges/{row['id']}")
    assert (full["reply"]["body"], full["unsent"]["status"]) == ("", 200)
    assert '"code":0' in full["unsent"]["body"].replace(" ", "")
    assert [one["id"] for one in shop.control("GET", "/journal", fault="ship-lost")["exchanges"]] == [row["id"]]
    assert shop.control("GET", "/journal", fault="another")["exchanges"] == []


WORDS = [
    ("reset", "before", "nothing happened"),
    ("server_error", "after", "the call was done, and the client does not know"),
    ("content_type", "after", "the call was done, and told as text/html"),
    ("token_expired", "before", "nothing happened; the token expired early: refresh it"),
]


@pytest.mark.parametrize(("kind", "side", "words"), WORDS, ids=[f"{kind}-{side}" for kind, side, _ in WORDS])
def test_the_words_of_a_fault(kind: str, side: str, words: str, shop: Shop) -> None:
    parcel = package(shop, shop.place_order(on="tiktok_shop"))
    shop.fault(kind, side, id="it", endpoint="ship-package")
    ship(shop, parcel)
    assert shop.journal[-1]["reason"] == f"fault 'it' ({kind}, {side} the effect): {words}"


def test_a_call_that_was_refused_and_whose_refusal_was_lost_is_told_as_that(shop: Shop) -> None:
    order = shop.place_order(on="tiktok_shop")
    parcel = package(shop, order)
    shop.cancel(order)
    shop.fault("reset", "after", endpoint="ship-package")
    ship(shop, parcel)
    assert "the call was refused with 21011041, and the client does not know" in shop.journal[-1]["reason"]


def test_the_ledger_names_the_fault(shop: Shop) -> None:
    shop.fault("reset", id="gone", nth=1)
    search(shop)
    search(shop)
    told = shop.host.within(lambda simulator: [(row.outcome, row.fault) for row in simulator.workspaces[shop.workspace].ledger if row.kind == "exchange"])
    assert told == [("failed", "gone"), ("answered", "")]


def test_the_reply_says_which_fault_it_was(shop: Shop) -> None:
    shop.fault("rate_limit", id="busy", nth=1)
    first, second = search(shop), search(shop)
    assert first is not None and second is not None
    assert dict(first.headers)["X-Mock-Fault"] == "busy"
    assert "X-Mock-Fault" not in dict(second.headers)


def test_the_body_breaks_off_where_the_rule_says(shop: Shop) -> None:
    shop.fault("truncate", "after", bytes=20, nth=[1])
    shop.fault("truncate", "after", bytes=10**9, nth=[2])
    shop.fault("truncate", "after", nth=[3])
    for _ in range(3):
        search(shop)
    held = shop.host.within(lambda simulator: list(simulator.workspaces[shop.workspace].journal))
    sizes = [(len(one.reply.body), len(one.unsent.body)) for one in held if one.unsent is not None]
    whole = sizes[0][1]
    assert sizes == [(20, whole), (whole - 1, whole), (whole // 2, whole)]


# ---- what cannot be ---------------------------------------------------------------------------------------------------------------------------

IMPOSSIBLE = [
    ({"fault": "rest"}, "fault must be one of latency"),
    ({"fault": "reset", "side": "between"}, "side must be one of before, after"),
    ({"fault": "reset", "endpoint": "ship-packages"}, "there is no endpoint 'ship-packages'; did you mean 'ship-package-202309'\\? docs"),
    ({"fault": "reset", "sellr": "kecil"}, "there is no .*'sellr'.*did you mean 'seller'"),
    ({"fault": "reset", "seller": "kecik"}, "there is no seller 'kecik'; did you mean 'kecil'"),
    ({"fault": "reset", "seconds": 3}, r"reset takes no seconds \(it is for latency, stall\)"),
    ({"fault": "latency"}, "latency needs seconds"),
    ({"fault": "latency", "seconds": {"low": 3, "high": 1}}, "seconds is a number"),
    ({"fault": "latency", "seconds": -1}, "seconds is a number"),
    ({"fault": "latency", "seconds": True}, "seconds is a number"),
    ({"fault": "latency", "seconds": {"mean": 1, "distribution": "normal"}}, "seconds is a number"),
    ({"fault": "token_expired", "side": "after"}, "nothing can have happened: its side is before"),
    ({"fault": "clock_skew", "skew": 3600, "side": "after"}, "nothing can have happened"),
    ({"fault": "clock_skew", "skew": 0}, "a clock that is 0 seconds off is right"),
    ({"fault": "clock_skew", "skew": 3600, "platform": "tokopedia"}, "clock_skew is for tiktok_shop alone"),
    ({"fault": "token_expired", "endpoint": "token-refresh"}, "it is for calls with a token"),
    ({"fault": "server_error", "status": 418}, "status must be one of 500, 502, 503, 504"),
    ({"fault": "server_error", "status": 502, "form": "platform"}, "a 502 is said by a proxy"),
    ({"fault": "reset", "platform": "tokopedia", "endpoint": "ship-package"}, "no call fits platform tokopedia: ship-package-202309 is tiktok_shop"),
    ({"fault": "reset", "nth": [1], "every": 2}, "give one of them"),
    ({"fault": "reset", "nth": [0]}, r"nth\[0\] must be"),
    ({"fault": "reset", "probability": 1.5}, "probability must be"),
    ({"fault": "content_type", "content_type": "text/html\r\nx: y"}, "goes into a header"),
    ({"fault": "reset", "id": "a b"}, "a fault is called by"),
]


@pytest.mark.parametrize(("row", "words"), IMPOSSIBLE, ids=[str(row) for row, _ in IMPOSSIBLE])
def test_what_cannot_be_is_refused_in_words_that_name_the_rule(row: dict[str, Any], words: str) -> None:
    with pytest.raises(faults.Impossible, match=words) as no:
        faults.possible(row, FACADES, sellers=["kecil"])
    assert str(no.value).startswith(f"fault {row.get('id') or row['fault'] + '-1'!r}: ")
    assert no.value.field


def test_a_name_is_given_once(shop: Shop) -> None:
    shop.fault("reset", id="lost")
    with pytest.raises(NotPossible, match="there is a fault of that name already"):
        shop.fault("stall", id="lost")
    assert [shop.fault("reset"), shop.fault("reset"), shop.fault("stall")] == ["reset-1", "reset-2", "stall-1"]


# ---- quotas off -------------------------------------------------------------------------------------------------------------------------------


def test_rate_limits_are_switched_off_for_load_tests(shop: Shop) -> None:
    shop.control("PUT", "/settings", {"quota": "off", "rates": {"getShopInfo": 1}})
    replies = [info(shop) for _ in range(20)]
    assert {reply.status for reply in replies if reply is not None} == {200}
    assert not any(name.startswith("X-Ratelimit") for reply in replies if reply is not None for name, _ in reply.headers)
    assert shop.control("GET", "/settings")["quota"] == "off"
    shop.control("PUT", "/settings", {"quota": "enforce"})
    first = info(shop)
    assert first is not None and dict(first.headers)["X-Ratelimit-Remaining"] == "0"  # the first that counts


def test_a_call_that_waits_counts_once(shop: Shop) -> None:
    shop.control("PUT", "/settings", {"quota": "enforce", "rates": {"getShopInfo": 2}})
    shop.fault("latency", seconds=1)
    assert [reply.status for _ in range(3) if (reply := info(shop)) is not None] == [200, 200, 429]


def test_faults_leave_no_trace_in_the_world(shop: Shop) -> None:
    shop.fault("reset", "before", effect="write")
    parcel = package(shop, shop.place_order(on="tiktok_shop"))
    before = shop.host.within(lambda simulator: simulator.workspaces[shop.workspace].world)
    ship(shop, parcel)
    after = shop.host.within(lambda simulator: simulator.workspaces[shop.workspace].world)
    assert after is before and after.shelf(ORDERS) is before.shelf(ORDERS)
