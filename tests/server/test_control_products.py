"""Products as the control API shows them: versions, reviews that end as told, and what the platform does by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import selling

from mockplatforms.testing import Shop, local
from mockplatforms.testing.hosts import NotPossible

OLD, NEW = "Tas Rajut Buatan Tangan dari Yogyakarta", "Tas Rajut Pandan Buatan Tangan Ibu"


@pytest.fixture
def shop() -> Iterator[Shop]:
    with local("products", phase="PRODUCT_MERGED", settings={"tiktok_audit_seconds": 3600}) as made:
        yield made


def live(shop: Shop) -> str:
    made = selling.create(shop.tiktok_shop, listing_platforms=["TIKTOK_SHOP", "TOKOPEDIA"])
    shop.advance(hours=1)
    shop.tiktok_shop.refresh()
    return made


def edit(shop: Shop, made: str, **changes: Any) -> None:
    shop.tiktok_shop.data("POST", f"{selling.EDIT_PATH}/{made}/partial_edit", body=changes)


def test_a_product_shows_its_versions(shop: Shop) -> None:
    made = live(shop)
    edit(shop, made, title=NEW)
    edit(shop, made, save_mode="AS_DRAFT", description="<p>Lebih besar.</p>")

    told = shop.control("GET", f"/products/{made}")

    assert (told["title"], told["audits"]) == (OLD, {"tiktok_shop": "AUDITING", "tokopedia": "AUDITING"})
    assert told["under_review"] == {"changes": ["name"], "title": NEW}
    assert told["draft"] == {"changes": ["description", "name"], "title": NEW}


def test_a_review_ends_by_hand(shop: Shop) -> None:
    made = live(shop)
    edit(shop, made, title=NEW)

    told = shop.control("POST", f"/products/{made}/audit", {"outcome": "FAILED", "platform": "tokopedia", "reasons": ["No"], "suggestions": ["Yes"], "position": "title"})

    assert (told["title"], told["listings"]) == (NEW, {"tiktok_shop": "ACTIVATE", "tokopedia": "PLATFORM_DEACTIVATED"})
    assert told["findings"] == [{"platform": "tokopedia", "position": "title", "reasons": ["No"], "suggestions": ["Yes"]}]


def test_a_review_takes_world_time(shop: Shop) -> None:
    made = live(shop)
    edit(shop, made, title=NEW)

    shop.advance(minutes=59)
    assert shop.control("GET", f"/products/{made}")["title"] == OLD
    shop.advance(minutes=1)
    assert shop.control("GET", f"/products/{made}")["title"] == NEW


def test_the_next_review_ends_as_scripted(shop: Shop) -> None:
    made = live(shop)
    told = shop.control("POST", f"/products/{made}/audit", {"outcome": "FAILED"})
    assert told["scripted"] == [{"outcome": "FAILED", "platform": None, "reasons": []}]

    edit(shop, made, title=NEW)
    shop.advance(hours=1)

    after = shop.control("GET", f"/products/{made}")
    assert (after["title"], after["audits"]["tiktok_shop"], after["scripted"]) == (OLD, "FAILED", [])


def test_the_next_review_of_any_product_ends_as_scripted(shop: Shop) -> None:
    told = shop.control("POST", "/audits", {"outcome": "FAILED", "reasons": ["No"]})
    assert told["scripted"] == [{"outcome": "FAILED", "platform": None, "reasons": ["No"]}]

    assert shop.control("GET", f"/products/{live(shop)}")["listings"] == {"tiktok_shop": "FAILED", "tokopedia": "FAILED"}


def test_the_platform_freezes_thaws_and_takes_off(shop: Shop) -> None:
    made = live(shop)

    assert shop.control("POST", f"/products/{made}/suspend", {"platform": "tokopedia", "reason": "Late"})["listings"]["tokopedia"] == "PLATFORM_DEACTIVATED"
    frozen = shop.control("POST", f"/products/{made}/freeze", {"reason": "Counterfeit"})
    assert (frozen["listings"], frozen["suspended_reason"]) == ({"tiktok_shop": "FREEZE", "tokopedia": "FREEZE"}, "Counterfeit")
    assert shop.control("POST", f"/products/{made}/unfreeze", {"platform": "tiktok_shop"})["listings"]["tiktok_shop"] == "PLATFORM_DEACTIVATED"


@pytest.mark.parametrize(
    ("path", "body"),
    [("audit", {"outcome": "FAILED", "when": "now"}), ("audit", {"outcome": "PRE_APPROVED", "platform": "tokopedia"}), ("audit", {"outcome": "NO"}), ("unfreeze", {})],
)
def test_what_cannot_be_is_refused(path: str, body: dict[str, Any], shop: Shop) -> None:
    made = live(shop)

    with pytest.raises(NotPossible):
        shop.control("POST", f"/products/{made}/{path}", body)
