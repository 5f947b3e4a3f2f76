"""Products put on sale, taken off, deleted and recovered in bulk: who is refused is named, the others go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selling import PRODUCTS_PATH, create, id_of, listed, move, named, read, record
from told import Told

from mockplatforms.domain import reviews
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.products import PRODUCTS, Listing
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import rows

_S, _T = Platform.TIKTOK_SHOP, Platform.TOKOPEDIA
BOTH = ["TIKTOK_SHOP", "TOKOPEDIA"]


def act(client: TikTokShop, verb: str, *product_ids: str, **more: Any) -> list[dict[str, Any]]:
    """Answers the errors."""
    sent = {"product_ids": list(product_ids), **more}
    if verb == "delete":
        return client.data("DELETE", PRODUCTS_PATH, body=sent)["errors"]  # type: ignore[no-any-return]  # JSON
    return client.data("POST", f"{PRODUCTS_PATH}/{verb}", body=sent)["errors"]  # type: ignore[no-any-return]  # JSON


def put(client: TikTokShop, product_id: str, **changes: Any) -> None:
    """The record as the platform itself would set it."""
    client.workspace.apply(lambda world: world.put(PRODUCTS, record(client, product_id).but(**changes)))


# How it stands, what is done, how it stands then; None: it is refused and stays.
TRANSITIONS: list[tuple[Listing, str, Listing | None]] = [
    (Listing.ACTIVATE, "activate", Listing.ACTIVATE),
    (Listing.SELLER_DEACTIVATED, "activate", Listing.ACTIVATE),
    (Listing.PLATFORM_DEACTIVATED, "activate", Listing.ACTIVATE),
    (Listing.DRAFT, "activate", None),
    (Listing.FAILED, "activate", None),
    (Listing.FREEZE, "activate", None),
    (Listing.DELETED, "activate", None),
    (Listing.ACTIVATE, "deactivate", Listing.SELLER_DEACTIVATED),
    (Listing.SELLER_DEACTIVATED, "deactivate", Listing.SELLER_DEACTIVATED),
    (Listing.PLATFORM_DEACTIVATED, "deactivate", None),
    (Listing.DRAFT, "deactivate", None),
    (Listing.FREEZE, "deactivate", None),
    (Listing.DELETED, "deactivate", None),
    (Listing.ACTIVATE, "delete", Listing.DELETED),
    (Listing.DRAFT, "delete", Listing.DELETED),
    (Listing.PLATFORM_DEACTIVATED, "delete", Listing.DELETED),
    (Listing.FREEZE, "delete", None),
    (Listing.DELETED, "delete", None),
    (Listing.DELETED, "recover", Listing.SELLER_DEACTIVATED),
    (Listing.ACTIVATE, "recover", None),
    (Listing.FREEZE, "recover", None),
]


@pytest.mark.parametrize(("before", "verb", "after"), TRANSITIONS)
def test_a_listing_moves_as_documented(before: Listing, verb: str, after: Listing | None, tiktok: TikTokShop) -> None:
    made = create(tiktok)
    put(tiktok, made, tiktok_shop=before)

    errors = act(tiktok, verb, made)

    assert record(tiktok, made).tiktok_shop is (before if after is None else after)
    assert [error["detail"]["product_id"] for error in errors] == ([made] if after is None else [])


def test_one_that_is_refused_does_not_stop_the_others(tiktok: TikTokShop) -> None:
    good, draft = create(tiktok), create(tiktok, save_mode="AS_DRAFT")

    errors = act(tiktok, "deactivate", "1", good, draft)

    assert errors == [
        {"code": 12052032, "message": rows.message(12052032), "detail": {"product_id": "1"}},
        {"code": 12052901, "message": rows.message(12052901), "detail": {"product_id": draft}},
    ]
    assert read(tiktok, good)["status"] == "SELLER_DEACTIVATED"


def test_an_activation_wraps_its_causes(tiktok: TikTokShop) -> None:
    draft = create(tiktok, save_mode="AS_DRAFT")

    (error,) = act(tiktok, "activate", draft)

    cause = {"code": 12052901, "message": rows.message(12052901)}
    assert error == {"code": 12052990, "message": rows.message(12052990), "detail": {"product_id": draft, "extra_errors": [cause]}}


def test_twenty_one_products_are_too_many(tiktok: TikTokShop) -> None:
    answer = tiktok.call("DELETE", PRODUCTS_PATH, body={"product_ids": [str(n) for n in range(21)]})

    assert answer["code"] == 12019120


def test_a_deleted_product_is_found_but_not_read_or_edited(tiktok: TikTokShop) -> None:
    made = create(tiktok)
    act(tiktok, "delete", made)

    assert tiktok.call("GET", f"{PRODUCTS_PATH}/{made}")["code"] == 12052901
    assert tiktok.call("POST", f"{PRODUCTS_PATH.replace('202309', '202509')}/{made}/partial_edit", body={"description": "x"})["code"] == 12052901
    assert made in listed(tiktok, status="DELETED")
    assert made not in listed(tiktok, status="ACTIVATE")


def test_activating_waits_for_the_review(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"tiktok_audit_seconds": 600}))
    native = named(client, "KRP-01")
    text = id_of(client, native)
    act(client, "deactivate", text)

    act(client, "activate", text)

    assert read(client, text)["status"] == "PENDING"
    client.workspace.apply(reviews.audited, native.serial)
    assert read(client, text)["status"] == "ACTIVATE"


def test_taken_off_while_under_review_a_product_stays_off(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"tiktok_audit_seconds": 600}))
    made = create(client)
    act(client, "deactivate", made)

    client.workspace.apply(reviews.audited, record(client, made).serial)

    assert read(client, made)["status"] == "SELLER_DEACTIVATED"


# Which platforms are named → how it stands on TikTok Shop and on Tokopedia, first on both.
NAMED: list[tuple[list[str] | None, tuple[Listing, Listing]]] = [
    (None, (Listing.SELLER_DEACTIVATED, Listing.ACTIVATE)),
    (["TIKTOK_SHOP"], (Listing.SELLER_DEACTIVATED, Listing.ACTIVATE)),
    (["TOKOPEDIA"], (Listing.ACTIVATE, Listing.SELLER_DEACTIVATED)),
    (BOTH, (Listing.SELLER_DEACTIVATED, Listing.SELLER_DEACTIVATED)),
]


@pytest.mark.parametrize(("given", "stands"), NAMED)
def test_the_platform_that_is_not_named_goes_on_selling(given: list[str] | None, stands: tuple[Listing, Listing], tiktok: TikTokShop) -> None:
    move(tiktok.workspace, Phase.PRODUCT_MERGED)
    made = create(tiktok, listing_platforms=BOTH)
    more = {} if given is None else {"listing_platforms": given}

    act(tiktok, "deactivate", made, **more)
    row = record(tiktok, made)
    assert (row.tiktok_shop, row.tokopedia) == stands

    act(tiktok, "activate", made, listing_platforms=BOTH)
    row = record(tiktok, made)
    assert (row.tiktok_shop, row.tokopedia) == (Listing.ACTIVATE, Listing.ACTIVATE)


def test_a_copy_is_put_on_tiktok_shop_after_the_product_merge(tiktok: TikTokShop) -> None:
    copy = named(tiktok, "TMB-01", _T)
    move(tiktok.workspace, Phase.PRODUCT_MERGED)

    (error,) = act(tiktok, "deactivate", id_of(tiktok, copy))
    assert error["code"] == 12052330

    assert act(tiktok, "activate", id_of(tiktok, copy)) == []
    told = read(tiktok, id_of(tiktok, copy))
    assert (told["status"], told["integrated_platform_statuses"][0]["status"]) == ("ACTIVATE", "ACTIVATE")


def test_tokopedia_is_closed_to_those_who_have_not_merged(tiktok: TikTokShop) -> None:
    (error,) = act(tiktok, "activate", create(tiktok), listing_platforms=["TOKOPEDIA"])

    assert [cause["code"] for cause in error["detail"]["extra_errors"]] == [12052330]


def test_a_retired_copy_is_named_among_the_errors(tiktok: TikTokShop) -> None:
    copy = named(tiktok, "KOP-01", _T)
    move(tiktok.workspace, Phase.PRODUCT_MERGED)

    (error,) = act(tiktok, "delete", id_of(tiktok, copy))

    assert error == {"code": 12052032, "message": rows.message(12052032), "detail": {"product_id": id_of(tiktok, copy)}}


def test_a_product_frozen_on_one_platform_is_not_deleted_from_the_other(tiktok: TikTokShop) -> None:
    move(tiktok.workspace, Phase.PRODUCT_MERGED)
    made = create(tiktok, listing_platforms=BOTH)
    put(tiktok, made, tokopedia=Listing.FREEZE)

    (error,) = act(tiktok, "delete", made)

    assert error["code"] == 12052901
    assert record(tiktok, made).tiktok_shop is Listing.ACTIVATE


# ---- told ---------------------------------------------------------------------------------------------------------------------------------


def test_one_message_tells_of_both_platforms(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(webhook_urls={"tiktok_shop": "https://isv.example.com/tiktok"}))
    move(client.workspace, Phase.PRODUCT_MERGED)
    made = create(client, listing_platforms=BOTH)
    told = Told(client)

    for verb, more in (("deactivate", {"listing_platforms": BOTH}), ("delete", {}), ("recover", {})):
        assert act(client, verb, made, **more) == []
        assert [(topic, data["status"]) for topic, data in told()] == [(5, "PRODUCT_STATUS_CHANGED")], verb


def test_the_review_of_a_product_ends_when_it_is_deleted(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"tiktok_audit_seconds": 3600}, webhook_urls={"tiktok_shop": "https://isv.example.com/tiktok"}))
    made = create(client)
    told = Told(client)

    assert act(client, "delete", made) == []
    client.workspace.apply(reviews.audited, record(client, made).serial)

    assert [(topic, data.get("status") or data["audit"]["status"]) for topic, data in told()] == [(37, "NONE"), (5, "PRODUCT_STATUS_CHANGED")]
    assert act(client, "recover", made) == []
    assert (read(client, made)["status"], read(client, made)["audit"]) == ("SELLER_DEACTIVATED", {"status": "NONE"})


def test_an_unknown_product_is_told_by_the_code_of_the_page(tiktok: TikTokShop) -> None:
    (activated,) = act(tiktok, "activate", "5")
    (deactivated,) = act(tiktok, "deactivate", "5")

    assert [cause["code"] for cause in activated["detail"]["extra_errors"]] == [12052048]
    assert deactivated["code"] == 12052032
