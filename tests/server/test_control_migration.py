"""The migration as Partner Center and Seller Center show it."""

from __future__ import annotations

import pytest
from control_api import Control


@pytest.fixture
def ready(mock: Control) -> Control:
    mock("PUT", "preconditions/merge_event_subscription", {"met": True})
    return mock


def test_a_fresh_seller_lacks_only_the_merge_event_subscription(mock: Control) -> None:
    told = mock("GET", "migration")
    assert told["phase"] == "PRE_MERGE"
    assert told["attempts"] == {"limit": 5, "used": 0, "left": 5}
    assert len(told["preconditions"]) == 9
    assert [row["name"] for row in told["preconditions"] if not row["met"]] == ["merge_event_subscription"]
    assert set(told["shops"]) == {"tokopedia", "tiktok_shop"}
    assert told["times"] == {"linked": None, "completed": None, "product_merged": None}


def test_linking_is_refused_with_the_list_of_what_does_not_hold(mock: Control) -> None:
    mock("PUT", "preconditions/account_binding", {"met": False})
    told = mock.refused("POST", "migration/link")
    assert [row["name"] for row in told["unmet"]] == ["merge_event_subscription", "account_binding"]
    assert all(row["detail"] for row in told["unmet"])
    assert mock("GET", "migration")["attempts"]["used"] == 0


@pytest.mark.parametrize("place", range(9))
def test_each_precondition_is_broken_and_mended_for_real(ready: Control, place: int) -> None:
    name = ready("GET", "preconditions")["preconditions"][place]["name"]
    assert ready("PUT", f"preconditions/{name}", {"met": False})["met"] is False
    assert [row["name"] for row in ready.refused("POST", "migration/link")["unmet"]] == [name]
    assert ready("PUT", f"preconditions/{name}", {"met": True})["met"] is True
    assert ready("POST", "migration/link")["phase"] == "MERGING"


def test_an_unknown_precondition_is_refused_with_the_nine(mock: Control) -> None:
    told = mock.refused("PUT", "preconditions/account_bindng", {"met": True})
    assert "'account_binding'" in told["detail"]
    assert len(told["candidates"]) == 9


def test_linking_spends_an_attempt_and_cannot_be_done_twice(ready: Control) -> None:
    told = ready("POST", "migration/link")
    assert told["attempts"] == {"limit": 5, "used": 1, "left": 4}
    assert told["merge_due"] > ready("GET", "clock")["world"]
    assert "do not link again" in ready.refused("POST", "migration/link")["detail"]
    assert ready("GET", "migration")["attempts"]["used"] == 1


def test_the_pair_may_be_named_by_its_shops(ready: Control) -> None:
    first = ready("GET", "")["sellers"][0]
    body = {"tokopedia_shop_id": str(first["tokopedia"]["shop_id"]), "tiktok_shop_id": first["tiktok_shop"]["shop_id"]}
    assert ready("POST", "migration/link", body)["seller"] == first["seller"]


def test_shops_of_two_sellers_are_no_pair(ready: Control) -> None:
    sellers = ready("GET", "")["sellers"]
    other = next(seller for seller in sellers[1:] if seller["tokopedia"] is not None)
    body = {"tokopedia_shop_id": str(other["tokopedia"]["shop_id"]), "tiktok_shop_id": sellers[0]["tiktok_shop"]["shop_id"]}
    assert "of one seller" in ready.refused("POST", "migration/link", body)["detail"]
    assert "no tokopedia shop" in ready.refused("POST", "migration/link", {"tokopedia_shop_id": "1"})["detail"]


def test_a_merge_that_fails_opens_the_locks_and_the_attempt_stays_spent(ready: Control) -> None:
    ready("POST", "migration/link")
    told = ready("POST", "migration/fail", {"reason": "catalogue too large"})
    assert told["phase"] == "PRE_MERGE"
    assert told["failed"] == "catalogue too large"
    assert told["attempts"]["used"] == 1


def test_completing_ends_the_merge_now(ready: Control) -> None:
    assert "link them first" in ready.refused("POST", "migration/complete")["detail"]
    ready("POST", "migration/link")
    told = ready("POST", "migration/complete")
    assert told["phase"] == "MERGED"
    assert told["times"]["completed"]["wire"]
    assert told["merge_due"] is None


def test_product_merge_proposes_twins_and_says_why_the_others_are_not(ready: Control) -> None:
    assert ready("GET", "migration/product-merge")["proposed"] == []
    ready("POST", "migration/link")
    ready("POST", "migration/complete")
    told = ready("GET", "migration/product-merge")
    assert told["proposed"]
    assert all(row["copy_id"] != row["native_id"] for row in told["proposed"])
    assert all(row["reason"] for row in told["not_proposed"])


def test_the_merchant_confirms_product_by_product(ready: Control) -> None:
    assert "nothing to merge yet" in ready.refused("POST", "migration/confirm-product-merge")["detail"]
    ready("POST", "migration/link")
    ready("POST", "migration/complete")
    proposed = ready("GET", "migration/product-merge")["proposed"]
    kept = proposed[0]
    told = ready.refused("POST", "migration/confirm-product-merge", {"decisions": [{"copy_id": "12", "decision": "keep"}]})
    assert "product-merge lists them" in told["detail"]
    assert ready("GET", "migration")["phase"] == "MERGED"
    done = ready(
        "POST", "migration/confirm-product-merge", {"default": "merge", "decisions": [{"copy_id": kept["copy_id"], "decision": "keep"}]}
    )
    assert done["phase"] == "PRODUCT_MERGED"
    stock = ready("GET", "stock", sku=kept["seller_skus"][0], seller=done["seller"])
    assert {row["merged_into"] for row in stock["records"]} == {None}


def test_sellers_migrate_each_by_themselves(ready: Control) -> None:
    sellers = [seller["seller"] for seller in ready("GET", "")["sellers"]]
    ready("POST", "migration/link", {"seller": sellers[0]})
    assert ready("GET", "migration", seller=sellers[0])["phase"] == "MERGING"
    assert ready("GET", "migration", seller=sellers[1])["phase"] == "PRE_MERGE"


def test_the_sixth_rehearsal_is_refused_without_side_effect(ready: Control) -> None:
    for _ in range(5):
        ready("POST", "migration/link")
        ready("POST", "migration/fail")
        ready("PUT", "preconditions/development_shop", {"met": True})
    told = ready.refused("POST", "migration/link")
    assert "reset the workspace" in told["detail"]
    assert ready("GET", "migration")["attempts"] == {"limit": 5, "used": 5, "left": 0}
