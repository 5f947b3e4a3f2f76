"""An edit of what buyers see is a version of its own until a review lets it pass; drafts wait beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selling import EDIT_PATH, PRODUCTS_PATH, SEARCH, body, create, found, move, read, record, variant, warehouse
from test_inventory import second_warehouse
from told import Told

from mockplatforms.domain import products, reviews
from mockplatforms.domain.errors import ProductState
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.products import Listing
from mockplatforms.domain.reviews import Verdict
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop

_S, _T = Platform.TIKTOK_SHOP, Platform.TOKOPEDIA
APP = "https://isv.example.com/tiktok"
BOTH = ["TIKTOK_SHOP", "TOKOPEDIA"]
OLD, NEW = "Tas Rajut Buatan Tangan dari Yogyakarta", "Tas Rajut Pandan Buatan Tangan Ibu"
REVIEWED, DRAFT = {"return_under_review_version": "true"}, {"return_draft_version": "true"}


@pytest.fixture
def slow(simulator: Simulator, make: Callable[..., Workspace]) -> TikTokShop:
    """A shop after the product merge, where a review takes an hour."""
    client = TikTokShop(simulator, make(settings={"tiktok_audit_seconds": 3600}, webhook_urls={"tiktok_shop": APP}))
    move(client.workspace, Phase.PRODUCT_MERGED)
    return client


def live(client: TikTokShop, **changes: Any) -> str:
    """A product that a review has let pass."""
    made = create(client, **changes)
    passes(client, made)
    return made


def passes(client: TikTokShop, made: str) -> None:
    client.workspace.apply(reviews.audited, record(client, made).serial)


def judged(client: TikTokShop, made: str, outcome: str, platform: Platform | None = None, *reasons: str) -> None:
    client.workspace.apply(reviews.judge, record(client, made).serial, Verdict(outcome, platform, reasons, ("Write it anew.",)))


def edit(client: TikTokShop, made: str, **changes: Any) -> dict[str, Any]:
    return client.data("POST", f"{EDIT_PATH}/{made}/partial_edit", body=changes)


def seen(client: TikTokShop, made: str, query: dict[str, str]) -> dict[str, Any]:
    return client.data("GET", f"{PRODUCTS_PATH}/{made}", query)


# ---- under review -------------------------------------------------------------------------------------------------------------------------


def test_buyers_see_the_live_version_until_the_review_lets_the_new_one_pass(slow: TikTokShop) -> None:
    made = live(slow)

    assert edit(slow, made, title=NEW)["audit"] == {"status": "AUDITING"}
    before, under = read(slow, made), seen(slow, made, REVIEWED)
    assert (before["title"], before["status"], before["product_status"], before["audit"]) == (OLD, "ACTIVATE", "ACTIVATE", {"status": "AUDITING"})
    assert (under["title"], under["status"], under["product_status"]) == (NEW, "PENDING", "ACTIVATE")

    passes(slow, made)
    after = read(slow, made)
    assert (after["title"], after["status"], after["audit"]) == (NEW, "ACTIVATE", {"status": "APPROVED"})
    assert slow.call("GET", f"{PRODUCTS_PATH}/{made}", REVIEWED)["code"] == 12052547


def test_the_old_version_stays_for_good_when_the_review_fails(slow: TikTokShop) -> None:
    made = live(slow)
    edit(slow, made, title=NEW)

    judged(slow, made, "FAILED", None, "The title names another brand")

    told = read(slow, made)
    assert (told["title"], told["status"], told["audit"]) == (OLD, "ACTIVATE", {"status": "FAILED"})
    (reason,) = told["audit_failed_reasons"]
    assert reason == {"position": "product", "reasons": ["The title names another brand"], "suggestions": ["Write it anew."], "listing_platform": "TIKTOK_SHOP"}
    assert made in [row["id"] for row in found(slow, audit_status=["FAILED"])["products"]]


def test_price_and_stock_of_what_is_live_change_without_a_review(slow: TikTokShop) -> None:
    made = live(slow)
    sku = read(slow, made)["skus"][0]
    row = {"id": sku["id"], "seller_sku": sku["seller_sku"], "price": {"amount": "47000", "currency": "IDR"}, "inventory": [{"warehouse_id": warehouse(slow), "quantity": 3}]}

    assert edit(slow, made, skus=[row])["audit"] == {"status": "APPROVED"}
    edit(slow, made, title=NEW, skus=[row | {"price": {"amount": "48000", "currency": "IDR"}}])

    told = read(slow, made)
    assert (told["title"], told["skus"][0]["price"]["sale_price"], told["skus"][0]["inventory"][0]["quantity"]) == (OLD, "48000", 3)
    assert seen(slow, made, REVIEWED)["skus"][0]["price"]["sale_price"] == "48000"


def test_a_sale_while_a_version_is_under_review_is_not_undone_by_it(slow: TikTokShop) -> None:
    made = live(slow)
    edit(slow, made, skus=[{"id": read(slow, made)["skus"][0]["id"], "seller_sku": "RJT-99"}])
    row = record(slow, made)

    slow.workspace.apply(products.reserve, row.serial, row.skus[0].serial, row.skus[0].stock[0].warehouse, 2)
    passes(slow, made)

    told = read(slow, made)["skus"][0]
    assert (told["seller_sku"], told["inventory"][0]["quantity"]) == ("RJT-99", 5)
    assert record(slow, made).skus[0].committed == 2


def test_an_edit_lists_where_a_variant_lies_as_a_whole(slow: TikTokShop) -> None:
    made = live(slow)
    row, second = read(slow, made)["skus"][0], second_warehouse(slow)

    edit(slow, made, skus=[{"id": row["id"], "inventory": [{"warehouse_id": second, "quantity": 4}]}])

    assert read(slow, made)["skus"][0]["inventory"] == [{"warehouse_id": second, "quantity": 4}]


def test_back_in_review_a_product_is_off_sale(slow: TikTokShop) -> None:
    made = live(slow)
    for verb in ("deactivate", "activate"):
        slow.data("POST", f"{PRODUCTS_PATH}/{verb}", body={"product_ids": [made]})

    assert (read(slow, made)["status"], read(slow, made)["product_status"]) == ("PENDING", "SELLER_DEACTIVATED")


def test_a_new_variant_is_bought_once_it_has_passed(slow: TikTokShop) -> None:
    made = live(slow, skus=[variant(slow, sales_attributes=[{"name": "Warna", "value_name": "Merah"}])])
    kept = {"id": read(slow, made)["skus"][0]["id"], "sales_attributes": [{"name": "Warna", "value_name": "Merah"}]}
    more = variant(slow, seller_sku="RJT-N", sales_attributes=[{"name": "Warna", "value_name": "Navy"}])

    answer = edit(slow, made, skus=[kept, more])

    assert len(answer["skus"]) == 2
    assert len(read(slow, made)["skus"]) == 1
    passes(slow, made)
    assert [sku["id"] for sku in read(slow, made)["skus"]] == [sku["id"] for sku in answer["skus"]]
    assert read(slow, made)["skus"][1]["inventory"][0]["quantity"] == 7


def test_an_edit_goes_on_from_what_is_under_review(slow: TikTokShop) -> None:
    made = live(slow)
    edit(slow, made, title=NEW)
    edit(slow, made, description="<p>Lebih besar.</p>")

    under = seen(slow, made, REVIEWED)

    assert (under["title"], under["description"]) == (NEW, "<p>Lebih besar.</p>")
    passes(slow, made)
    assert read(slow, made)["title"] == NEW


def test_what_is_taken_off_while_under_review_stays_off_in_its_new_version(slow: TikTokShop) -> None:
    made = live(slow)
    edit(slow, made, title=NEW)
    slow.data("POST", f"{PRODUCTS_PATH}/deactivate", body={"product_ids": [made]})

    passes(slow, made)

    assert (read(slow, made)["title"], read(slow, made)["status"]) == (NEW, "SELLER_DEACTIVATED")


def test_a_product_that_failed_at_first_is_handed_in_again_by_an_edit(slow: TikTokShop) -> None:
    made = create(slow)
    judged(slow, made, "FAILED")
    assert (read(slow, made)["status"], read(slow, made)["product_status"]) == ("FAILED", "INITIAL")

    assert edit(slow, made, title=NEW)["audit"] == {"status": "AUDITING"}
    assert "audit_failed_reasons" not in read(slow, made)
    passes(slow, made)

    assert (read(slow, made)["title"], read(slow, made)["status"]) == (NEW, "ACTIVATE")


def test_approved_but_for_the_sellers_papers_a_product_waits(slow: TikTokShop) -> None:
    made = create(slow)

    judged(slow, made, "PRE_APPROVED")
    told = read(slow, made)
    assert (told["status"], told["audit"]) == ("PENDING", {"status": "PRE_APPROVED", "pre_approved_reasons": ["KYC_PENDING"]})

    judged(slow, made, "APPROVED")
    assert (read(slow, made)["status"], read(slow, made)["audit"]) == ("ACTIVATE", {"status": "APPROVED"})


def test_nothing_is_judged_that_nobody_looks_at(slow: TikTokShop) -> None:
    with pytest.raises(ProductState, match="not under review"):
        judged(slow, live(slow), "FAILED")


# ---- drafts -------------------------------------------------------------------------------------------------------------------------------


def test_a_draft_waits_beside_the_live_version(slow: TikTokShop) -> None:
    made = live(slow)
    sku = read(slow, made)["skus"][0]["id"]
    row = {"id": sku, "price": {"amount": "99000", "currency": "IDR"}, "inventory": [{"warehouse_id": warehouse(slow), "quantity": 1}]}

    edit(slow, made, save_mode="AS_DRAFT", title=NEW, skus=[row])

    told, draft = read(slow, made), seen(slow, made, DRAFT)
    assert (told["title"], told["status"], told["has_draft"], told["audit"]) == (OLD, "ACTIVATE", True, {"status": "APPROVED"})
    assert (told["skus"][0]["price"]["sale_price"], told["skus"][0]["inventory"][0]["quantity"]) == ("45000", 7)
    assert (draft["title"], draft["status"], draft["audit"]) == (NEW, "DRAFT", {"status": "NONE"})
    assert (draft["skus"][0]["price"]["sale_price"], draft["skus"][0]["inventory"][0]["quantity"]) == ("99000", 1)
    (listed,) = [one for one in found(slow, return_draft_version=True)["products"] if one["id"] == made]
    assert (listed["title"], listed["status"], listed["has_draft"]) == (NEW, "DRAFT", True)


def test_a_draft_is_handed_in_by_the_next_edit_that_lists(slow: TikTokShop) -> None:
    made = live(slow)
    row = {"id": read(slow, made)["skus"][0]["id"], "price": {"amount": "99000", "currency": "IDR"}}
    edit(slow, made, save_mode="AS_DRAFT", title=NEW, skus=[row], listing_platforms=BOTH)

    edit(slow, made, description="<p>Lebih besar.</p>")

    told, under = read(slow, made), seen(slow, made, REVIEWED)
    assert (told["has_draft"], told["skus"][0]["price"]["sale_price"], told["title"]) == (False, "99000", OLD)
    assert (under["title"], under["description"]) == (NEW, "<p>Lebih besar.</p>")
    assert told["integrated_platform_statuses"] == [{"platform": "TOKOPEDIA", "status": "PENDING"}]


def test_a_draft_wins_over_what_is_under_review(slow: TikTokShop) -> None:
    made = live(slow)
    edit(slow, made, description="<p>Yang dinilai.</p>")
    edit(slow, made, save_mode="AS_DRAFT", title=NEW)

    draft = seen(slow, made, DRAFT)
    assert (draft["title"], draft["description"]) == (NEW, "<p>Yang dinilai.</p>")
    passes(slow, made)
    assert (read(slow, made)["title"], read(slow, made)["description"], read(slow, made)["has_draft"]) == (OLD, "<p>Yang dinilai.</p>", True)


def test_draft_and_version_under_review_are_not_asked_for_at_once(slow: TikTokShop) -> None:
    assert slow.call("GET", f"{PRODUCTS_PATH}/{live(slow)}", REVIEWED | DRAFT)["code"] == 21001001


def test_without_a_draft_the_live_version_is_shown(slow: TikTokShop) -> None:
    made = live(slow)

    assert seen(slow, made, DRAFT) == read(slow, made)


def test_a_region_may_keep_no_draft_of_what_was_submitted(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"draft_beside_live": "refuse"}))
    made, new = create(client), create(client, save_mode="AS_DRAFT", skus=[variant(client, seller_sku="B")])

    assert client.call("POST", f"{EDIT_PATH}/{made}/partial_edit", body={"save_mode": "AS_DRAFT", "title": NEW})["code"] == 12052488
    assert edit(client, new, save_mode="AS_DRAFT", title=NEW)["product_id"] == new


# ---- both platforms -----------------------------------------------------------------------------------------------------------------------


# The verdict on Tokopedia and TikTok Shop → the title that is live, and how the product stands on TikTok Shop and Tokopedia.
MIXED = [
    ("APPROVED", "APPROVED", NEW, (Listing.ACTIVATE, Listing.ACTIVATE)),
    ("FAILED", "APPROVED", NEW, (Listing.ACTIVATE, Listing.PLATFORM_DEACTIVATED)),
    ("APPROVED", "FAILED", NEW, (Listing.PLATFORM_DEACTIVATED, Listing.ACTIVATE)),
    ("FAILED", "FAILED", OLD, (Listing.ACTIVATE, Listing.ACTIVATE)),
]


@pytest.mark.parametrize(("tokopedia", "tiktok", "title", "stands"), MIXED)
def test_one_version_is_live_on_both_platforms(tokopedia: str, tiktok: str, title: str, stands: tuple[Listing, Listing], slow: TikTokShop) -> None:
    made = live(slow, listing_platforms=BOTH)
    edit(slow, made, title=NEW)

    if tokopedia == tiktok:
        judged(slow, made, tiktok)
    else:
        judged(slow, made, "FAILED", _T if tokopedia == "FAILED" else _S, "violates the rules")

    row = record(slow, made)
    assert (read(slow, made)["title"], (row.tiktok_shop, row.tokopedia)) == (title, stands)
    assert (row.tokopedia_audit, row.audit) == (tokopedia, tiktok)
    failing = [one["listing_platform"] for one in read(slow, made).get("audit_failed_reasons", [])]
    assert failing == [name for name, outcome in (("TIKTOK_SHOP", tiktok), ("TOKOPEDIA", tokopedia)) if outcome == "FAILED"]


def test_a_product_that_failed_on_one_platform_is_listed_there_again_by_name(slow: TikTokShop) -> None:
    made = live(slow, listing_platforms=BOTH)
    edit(slow, made, title=NEW)
    judged(slow, made, "FAILED", _T)

    edit(slow, made, title=OLD, listing_platforms=BOTH)
    passes(slow, made)

    row = record(slow, made)
    assert (row.tiktok_shop, row.tokopedia, row.name) == (Listing.ACTIVATE, Listing.ACTIVATE, OLD)


def test_a_new_product_may_pass_on_one_platform_alone(slow: TikTokShop) -> None:
    made = create(slow, listing_platforms=BOTH)

    judged(slow, made, "FAILED", _T)

    row = record(slow, made)
    assert (row.tiktok_shop, row.tokopedia) == (Listing.ACTIVATE, Listing.FAILED)


def test_a_forbidden_word_fails_where_it_is_forbidden(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"audit_fails_when": ["tokopedia:pandan", "palsu"]}))
    move(client.workspace, Phase.PRODUCT_MERGED)
    made = create(client, title=NEW, listing_platforms=BOTH)
    worse = create(client, title=f"{NEW} Palsu", listing_platforms=BOTH, skus=[variant(client, seller_sku="P")])

    assert (record(client, made).tiktok_shop, record(client, made).tokopedia) == (Listing.ACTIVATE, Listing.FAILED)
    assert (record(client, worse).tiktok_shop, record(client, worse).tokopedia) == (Listing.FAILED, Listing.FAILED)


def test_a_script_ends_one_review_of_one_product(tiktok: TikTokShop) -> None:
    made, other = create(tiktok), create(tiktok, skus=[variant(tiktok, seller_sku="B")])
    row = record(tiktok, made)
    tiktok.workspace.apply(reviews.script, row.seller, Verdict("FAILED"), row.serial)

    for product_id in (other, made, made):
        edit(tiktok, product_id, title=f"{NEW} {len(read(tiktok, made)['title'])}")

    assert read(tiktok, other)["title"].startswith(NEW)
    assert read(tiktok, made)["title"].startswith(NEW)
    assert tiktok.workspace.world.shelf(reviews.SCRIPTS).count("by_product") == 0


def test_a_script_for_any_product_ends_the_next_review(tiktok: TikTokShop) -> None:
    owner = record(tiktok, create(tiktok)).seller
    tiktok.workspace.apply(reviews.script, owner, Verdict("FAILED"))

    first, second = (create(tiktok, skus=[variant(tiktok, seller_sku=name)]) for name in "XY")

    assert (read(tiktok, first)["status"], read(tiktok, second)["status"]) == ("FAILED", "ACTIVATE")


# ---- told ---------------------------------------------------------------------------------------------------------------------------------


def test_an_edit_is_told_when_its_review_begins_and_when_it_takes_effect(slow: TikTokShop) -> None:
    made = live(slow, listing_platforms=BOTH)
    told = Told(slow)

    edit(slow, made, title=NEW)
    ((number, data),) = told()
    assert (number, data["audit"]["status"], data["integrated_platform_statuses"]) == (37, "AUDITING", {"platform": "TOKOPEDIA", "status": "AUDITING"})

    passes(slow, made)
    assert [(number, data.get("changed_fields") or data["audit"]["status"]) for number, data in told()] == [(15, ["title"]), (37, "APPROVED")]


def test_a_failed_edit_is_told_as_a_failure_and_not_as_a_change(slow: TikTokShop) -> None:
    made = live(slow)
    edit(slow, made, title=NEW)
    told = Told(slow)

    judged(slow, made, "FAILED")

    assert [(number, data.get("status") or data["audit"]["status"]) for number, data in told()] == [(5, "PRODUCT_AUDIT_FAILURE"), (37, "FAILED")]


def test_a_mixed_verdict_tells_what_each_platform_says(slow: TikTokShop) -> None:
    made = live(slow, listing_platforms=BOTH)
    edit(slow, made, title=NEW)
    told = Told(slow)

    judged(slow, made, "FAILED", _T, "The title names another brand")

    changed, status, review = told()
    assert (changed[0], status[0], review[0]) == (15, 5, 37)
    assert (status[1]["status"], status[1]["suspended_reason"]) == ("PRODUCT_AUDIT_FAILURE", "The title names another brand")
    assert (review[1]["audit"]["status"], review[1]["integrated_platform_statuses"]["status"]) == ("APPROVED", "FAILED")


def test_a_draft_beside_the_live_version_is_told_to_nobody(slow: TikTokShop) -> None:
    made = live(slow)
    told = Told(slow)

    edit(slow, made, save_mode="AS_DRAFT", title=NEW)

    assert told() == []


# ---- by the platform itself ---------------------------------------------------------------------------------------------------------------


def test_a_frozen_product_is_found_but_not_read_edited_or_deleted(slow: TikTokShop) -> None:
    made, told = live(slow), Told(slow)

    slow.workspace.apply(reviews.freeze, record(slow, made).serial, None, "Counterfeit")

    ((number, data),) = told()
    assert (number, data["status"], data["suspended_reason"]) == (5, "PRODUCT_STATUS_CHANGED", "Counterfeit")
    assert slow.call("GET", f"{PRODUCTS_PATH}/{made}")["code"] == 12052901
    assert slow.call("POST", f"{EDIT_PATH}/{made}/partial_edit", body={"title": NEW})["code"] == 12052901
    (error,) = slow.data("DELETE", PRODUCTS_PATH, body={"product_ids": [made]})["errors"]
    assert error["code"] == 12052901
    assert made in [row["id"] for row in slow.data("POST", SEARCH, {"page_size": "10"}, {"status": "FREEZE"})["products"]]


def test_an_unfrozen_product_is_off_sale_and_can_be_activated(slow: TikTokShop) -> None:
    made = live(slow)
    serial = record(slow, made).serial
    slow.workspace.apply(reviews.freeze, serial, _S, "Counterfeit")

    slow.workspace.apply(reviews.unfreeze, serial, _S, "")
    assert read(slow, made)["status"] == "PLATFORM_DEACTIVATED"
    assert slow.data("POST", f"{PRODUCTS_PATH}/activate", body={"product_ids": [made]})["errors"] == []
    passes(slow, made)

    assert read(slow, made)["status"] == "ACTIVATE"


@pytest.mark.parametrize(("act", "words"), [(reviews.unfreeze, "not frozen"), (reviews.suspend, "not on sale")])
def test_the_platform_does_not_do_what_is_done(act: Callable[..., Any], words: str, slow: TikTokShop) -> None:
    made = create(slow, save_mode="AS_DRAFT")

    with pytest.raises(ProductState, match=words):
        slow.workspace.apply(act, record(slow, made).serial, None, "")


def test_a_full_edit_blanks_the_version_and_not_what_is_live(slow: TikTokShop) -> None:
    made = live(slow, is_cod_allowed=True)

    slow.data("PUT", f"{EDIT_PATH}/{made}", body=body(slow))

    assert (read(slow, made)["is_cod_allowed"], seen(slow, made, REVIEWED)["is_cod_allowed"]) == (True, False)
