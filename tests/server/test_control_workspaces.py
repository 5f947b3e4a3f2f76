"""Workspaces: made, named, begun anew, kept, forked, deleted."""

from __future__ import annotations

import pytest
from control_api import ORIGIN, Control


def test_a_workspace_answers_everything_that_an_integration_pastes(empty: Control) -> None:
    status, told, _ = empty.raw("POST", "/_mock/workspaces", b'{"seed": 7, "world": "demo"}')
    assert status == 201
    assert set(told["tokopedia"]) >= {"base_url", "accounts_url", "fs_id", "client_id", "client_secret", "shop_id"}
    assert set(told["tiktok_shop"]) >= {
        "base_url", "auth_url", "app_key", "app_secret", "service_id",
        "auth_code", "shop_id", "shop_cipher", "access_token", "refresh_token",
    }  # fmt: skip
    assert told["tokopedia"]["base_url"] == told["tiktok_shop"]["auth_url"] == ORIGIN
    assert all(told["tokopedia"].values())
    assert all(told["tiktok_shop"].values())
    first = told["sellers"][0]
    assert told["tokopedia"]["shop_id"] == first["tokopedia"]["shop_id"]
    assert told["tiktok_shop"]["shop_id"] == first["tiktok_shop"]["shop_id"]
    assert isinstance(told["tokopedia"]["shop_id"], int)
    assert isinstance(told["tiktok_shop"]["shop_id"], str)


def test_two_workspaces_share_no_credential(empty: Control) -> None:
    one, other = empty("POST", "/_mock/workspaces"), empty("POST", "/_mock/workspaces")
    for platform in ("tokopedia", "tiktok_shop"):
        for name in ("fs_id", "client_id", "client_secret", "app_key", "app_secret", "access_token", "auth_code", "shop_cipher"):
            if name in one[platform]:
                assert one[platform][name] != other[platform][name]


def test_the_same_name_and_seed_answer_the_same_bytes(empty: Control) -> None:
    spec = {"seed": 9, "ids": "repeat", "clock": {"mode": "frozen", "wire": "virtual"}}
    first = empty("PUT", "/_mock/workspaces/same", spec)
    empty("DELETE", "/_mock/workspaces/same")
    assert empty("PUT", "/_mock/workspaces/same", spec) == first


def test_a_named_workspace_is_made_once_and_then_returned(empty: Control) -> None:
    assert empty.raw("PUT", "/_mock/workspaces/ci", b'{"seed": 3}')[0] == 201
    status, told, _ = empty.raw("PUT", "/_mock/workspaces/ci", b'{"seed": 3}')
    assert status == 200
    assert told["id"] == "ci"


def test_a_named_workspace_of_another_kind_is_a_conflict_that_tells_the_difference(empty: Control) -> None:
    empty("PUT", "/_mock/workspaces/ci", {"seed": 3})
    told = empty.refused("PUT", "/_mock/workspaces/ci", {"seed": 4, "clock": {"mode": "frozen"}})
    assert told["status"] == 409
    assert told["differences"] == [{"field": "seed", "is": 3, "asked": 4}, {"field": "clock.mode", "is": "real", "asked": "frozen"}]


def test_chosen_credentials_addresses_and_settings_are_taken(empty: Control) -> None:
    told = empty(
        "POST",
        "/_mock/workspaces",
        {
            "id": "mine",
            "credentials": {"fs_id": "15999", "app_key": "key-of-mine", "app_secret": "secret-of-mine"},
            "webhook_urls": {"tiktok_shop": "http://127.0.0.1:9/t"},
            "redirect_url": "http://127.0.0.1:9/back",
            "settings": {"attempts": 3},
        },
    )
    assert told["tokopedia"]["fs_id"] == 15999
    assert told["tiktok_shop"]["app_key"] == "key-of-mine"
    assert told["redirect_url"] == "http://127.0.0.1:9/back"
    assert empty("GET", "/_mock/workspaces/mine/webhook-urls")["tiktok_shop"] == "http://127.0.0.1:9/t"
    assert empty("GET", "/_mock/workspaces/mine/settings")["settings"]["attempts"] == 3


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ({"world": "dmeo"}, "'demo'"),
        ({"settings": {"atempts": 3}}, "attempts"),
        ({"settings": {"attempts": "many"}}, "attempts"),
        ({"credentials": {"fs_id": "abc"}}, "digits"),
        ({"webhook_urls": {"tiktok_shop": "not a url"}}, "http"),
        ({"webhook_urls": {"shopee": "http://127.0.0.1:9"}}, "tiktok_shop"),
        ({"redirect_url": "ftp://example.com"}, "http"),
        ({"seed": "seven"}, "seed"),
        ({"seed": -1}, "seed"),
        ({"clock": {"mode": "stopped"}}, "frozen"),
        ({"idle_ttl": 0}, "idle_ttl"),
        ({"id": "../etc"}, "letters"),
    ],
)
def test_a_specification_that_cannot_be_is_refused_and_nothing_is_made(empty: Control, spec: dict[str, object], word: str) -> None:
    told = empty.refused("POST", "/_mock/workspaces", spec)
    assert word in told["detail"]
    assert empty("GET", "/_mock/workspaces")["workspaces"] == []


def test_credentials_of_another_open_workspace_are_refused(empty: Control) -> None:
    empty("PUT", "/_mock/workspaces/one", {"credentials": {"app_key": "mine"}})
    told = empty.refused("PUT", "/_mock/workspaces/two", {"credentials": {"app_key": "mine"}})
    assert told["status"] == 409
    assert [row["id"] for row in empty("GET", "/_mock/workspaces")["workspaces"]] == ["one"]


def test_a_deleted_workspace_is_gone(mock: Control) -> None:
    mock("DELETE", "")
    assert mock.refused("GET", "")["status"] == 404


def test_a_reset_keeps_credentials_and_tokens_and_gives_full_attempts(mock: Control) -> None:
    mock("PUT", "preconditions/merge_event_subscription", {"met": True})
    mock("POST", "migration/link")
    before = mock("GET", "")
    after = mock("POST", "reset")
    assert after["sellers"][0]["phase"] == "PRE_MERGE"
    assert after["run"] == before["run"] + 1
    assert mock("GET", "migration")["attempts"]["used"] == 0
    for platform in ("tokopedia", "tiktok_shop"):
        assert after[platform] == before[platform]


def test_a_snapshot_is_gone_back_to(mock: Control) -> None:
    mock("POST", "snapshots", {"name": "before"})
    mock("PUT", "preconditions/merge_event_subscription", {"met": True})
    mock("POST", "migration/link")
    assert mock("GET", "snapshots")["snapshots"][0]["name"] == "before"
    mock("POST", "snapshots/before/restore")
    assert mock("GET", "migration")["phase"] == "PRE_MERGE"
    assert "before" in mock.refused("POST", "snapshots/befor/restore")["detail"]
    mock("DELETE", "snapshots/before")
    assert mock("GET", "snapshots") == {"snapshots": []}


def test_a_fork_has_fresh_credentials_the_same_shops_and_never_disturbs_its_origin(mock: Control) -> None:
    origin = mock("GET", "")
    fork = mock("POST", "fork", {"id": "what-if"})
    assert fork["forked_from"] == "w"
    assert fork["deliveries_held"] is True
    assert fork["tiktok_shop"]["shop_id"] == origin["tiktok_shop"]["shop_id"]
    assert fork["tiktok_shop"]["access_token"] != origin["tiktok_shop"]["access_token"]
    assert fork["tiktok_shop"]["app_key"] != origin["tiktok_shop"]["app_key"]
    world = mock.server.simulator.workspaces["w"].world
    mock("PUT", "/_mock/workspaces/what-if/preconditions/merge_event_subscription", {"met": True})
    mock("POST", "/_mock/workspaces/what-if/migration/link")
    assert mock.server.simulator.workspaces["w"].world is world
    assert mock.refused("POST", "fork", {"id": "what-if"})["status"] == 409


def test_an_idle_workspace_is_deleted_and_one_in_use_is_not(empty: Control) -> None:
    simulator = empty.server.simulator
    second = [0.0]
    simulator.tick = lambda: second[0]
    empty("PUT", "/_mock/workspaces/short", {"idle_ttl": 60})
    empty("PUT", "/_mock/workspaces/lasting", {})
    second[0] = 50
    empty("GET", "/_mock/workspaces/short/clock")
    second[0] = 100
    assert [row["id"] for row in empty("GET", "/_mock/workspaces")["workspaces"]] == ["short", "lasting"]
    second[0] = 200
    assert [row["id"] for row in empty("GET", "/_mock/workspaces")["workspaces"]] == ["lasting"]


def test_sellers_are_chosen_at_creation(empty: Control) -> None:
    told = empty(
        "POST", "/_mock/workspaces", {"sellers": [{"key": "a", "products": 3}, {"key": "b", "tiktok_shop": "none", "products": 0}]}
    )
    assert [seller["seller"] for seller in told["sellers"]] == ["a", "b"]
    assert told["sellers"][1]["tiktok_shop"] is None
    assert "did you mean 'key'" in empty.refused("POST", "/_mock/workspaces", {"sellers": [{"keys": "a"}]})["detail"]
    assert "already" in empty.refused("POST", "/_mock/workspaces", {"sellers": [{"key": "a"}, {"key": "a"}]})["detail"]


def test_what_keeps_a_shop_from_listing_is_set_and_read_back(mock: Control) -> None:
    seller = mock("GET", "")["sellers"][0]["seller"]
    at = f"sellers/{seller}/listing"
    assert mock("GET", at) == {"seller": seller, "unmet": [], "qualified_categories": []}

    known = mock.refused("PUT", at, {"qualified_categories": ["1"]})["candidates"]
    told = mock("PUT", at, {"unmet": ["BANk_ACCOUNT", "SHOP_TAX", "SHOP_TAX"], "qualified_categories": known[:1]})
    assert told == mock("GET", at) == {"seller": seller, "unmet": ["BANk_ACCOUNT", "SHOP_TAX"], "qualified_categories": known[:1]}
    assert mock("PUT", at, {"unmet": []}) == {"seller": seller, "unmet": [], "qualified_categories": known[:1]}, "the other stays"

    assert mock.refused("PUT", at, {"unmet": ["BANK_ACCOUNT"]})["status"] == 422
    assert "give unmet" in mock.refused("PUT", at, {})["detail"]


def test_a_workspace_without_sellers_says_so_where_one_is_needed(empty: Control) -> None:
    told = empty("PUT", "/_mock/workspaces/none", {"sellers": []})
    assert told["sellers"] == []
    assert told["tiktok_shop"]["shop_id"] is None
    assert "POST" in empty.refused("GET", "/_mock/workspaces/none/migration")["detail"]
    assert empty("POST", "/_mock/workspaces/none/sellers", {"key": "first"})["seller"] == "first"


def test_a_reset_may_choose_another_wire_time_which_never_turns_back(empty: Control) -> None:
    real = empty("PUT", "/_mock/workspaces/w", {})["clock"]
    told = empty("POST", "/_mock/workspaces/w/reset", {"clock": {"wire": "virtual", "mode": "frozen"}})["clock"]
    assert told["wire"] == "virtual"
    assert told["now"] == told["world"] >= real["now"]
    assert empty("POST", "/_mock/workspaces/w/clock/advance", {"seconds": 60, "deliver": "hold"})["now"] == told["now"] + 60
