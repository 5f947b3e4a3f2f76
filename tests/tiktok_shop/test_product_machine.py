"""One product through everything that a seller, the review and the platform can do to it, in any order: laws that always hold."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from selling import EDIT_PATH, PRODUCTS_PATH, create, found, move, record
from told import Told

from mockplatforms.domain import reviews
from mockplatforms.domain.errors import ProductState
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.products import Listing, Product
from mockplatforms.domain.reviews import Verdict
from mockplatforms.server.clocks import FIXED_BIRTH
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop

_S, _T = Platform.TIKTOK_SHOP, Platform.TOKOPEDIA
EIGHT = {str(listing) for listing in Listing}
NAMES = st.sampled_from([["TIKTOK_SHOP"], ["TOKOPEDIA"], ["TIKTOK_SHOP", "TOKOPEDIA"]])
TITLES = st.integers(0, 9).map(lambda n: f"Tas Rajut Buatan Tangan Nomor {n}")
PLATFORMS = st.sampled_from([None, _S, _T])


class OneProduct(RuleBasedStateMachine):
    """A seller after the product merge, whose reviews take an hour unless somebody ends them."""

    def __init__(self) -> None:
        super().__init__()
        simulator = Simulator(real=lambda: float(FIXED_BIRTH), tick=lambda: 0.0)
        clock = {"mode": "frozen", "wire": "virtual"}
        urls = {"tiktok_shop": "https://isv.example.com/tiktok"}
        workspace = simulator.create({"world": "small", "clock": clock, "ids": "repeat", "settings": {"tiktok_audit_seconds": 3600}, "webhook_urls": urls})
        self.client = TikTokShop(simulator, workspace)
        move(workspace, Phase.PRODUCT_MERGED)
        self.told = Told(self.client)
        self.made = ""
        self.seen: Product | None = None  # as it stood before the step

    # ---- what is done -------------------------------------------------------------------------------------------------------------------

    @property
    def product(self) -> Product:
        return record(self.client, self.made)

    def call(self, method: str, path: str, body: dict[str, Any]) -> None:
        """A call of the seller's, which may be refused."""
        answer = self.client.call(method, path, body=body)
        assert answer["code"] in (0, 12052901, 12052316), answer
        for error in (answer.get("data") or {}).get("errors", []):
            assert error["code"] in (12052901, 12052990, 12052330), error

    def act(self, operation: Any, *args: Any) -> None:
        with suppress(ProductState):
            self.client.workspace.apply(operation, self.product.serial, *args)

    @precondition(lambda self: not self.made)
    @rule(names=NAMES, draft=st.booleans(), title=TITLES)
    def is_made(self, names: list[str], draft: bool, title: str) -> None:
        self.made = create(self.client, title=title, listing_platforms=names, save_mode="AS_DRAFT" if draft else "LISTING")

    @precondition(lambda self: self.made)
    @rule(title=TITLES, draft=st.booleans(), names=st.none() | NAMES)
    def is_edited(self, title: str, draft: bool, names: list[str] | None) -> None:
        sent: dict[str, Any] = {"title": title, "save_mode": "AS_DRAFT" if draft else "LISTING"} | ({"listing_platforms": names} if names else {})
        self.call("POST", f"{EDIT_PATH}/{self.made}/partial_edit", sent)

    @precondition(lambda self: self.made)
    @rule(price=st.integers(100, 10_000), draft=st.booleans())
    def is_priced(self, price: int, draft: bool) -> None:
        row = {"seller_sku": "RJT-01", "price": {"amount": str(price), "currency": "IDR"}}
        self.call("POST", f"{EDIT_PATH}/{self.made}/partial_edit", {"skus": [row], "save_mode": "AS_DRAFT" if draft else "LISTING"})

    @precondition(lambda self: self.made)
    @rule(outcome=st.sampled_from(reviews.OUTCOMES), platform=st.sampled_from([None, _S]))
    def is_judged(self, outcome: str, platform: Platform | None) -> None:
        self.act(reviews.judge, Verdict(outcome, platform))

    @precondition(lambda self: self.made)
    @rule()
    def fails_on_tokopedia(self) -> None:
        self.act(reviews.judge, Verdict("FAILED", _T))

    @precondition(lambda self: self.made)
    @rule()
    def an_hour_passes(self) -> None:
        self.act(reviews.audited)

    @precondition(lambda self: self.made)
    @rule(verb=st.sampled_from(["activate", "deactivate"]), names=NAMES)
    def is_listed(self, verb: str, names: list[str]) -> None:
        self.call("POST", f"{PRODUCTS_PATH}/{verb}", {"product_ids": [self.made], "listing_platforms": names})

    @precondition(lambda self: self.made)
    @rule(back=st.booleans())
    def is_deleted(self, back: bool) -> None:
        self.call("DELETE", PRODUCTS_PATH, {"product_ids": [self.made]})
        if back:
            self.call("POST", f"{PRODUCTS_PATH}/recover", {"product_ids": [self.made]})

    @precondition(lambda self: self.made)
    @rule(operation=st.sampled_from([reviews.freeze, reviews.unfreeze, reviews.suspend]), platform=PLATFORMS)
    def the_platform_acts(self, operation: Any, platform: Platform | None) -> None:
        self.act(operation, platform, "reason")

    # ---- what always holds --------------------------------------------------------------------------------------------------------------

    @invariant()
    def the_laws_hold(self) -> None:
        told = self.told()
        if not self.made:
            return
        now, before = self.product, self.seen
        self.seen = now
        (brief,) = [row for row in found(self.client)["products"] if row["id"] == self.made]
        whole = self.client.call("GET", f"{PRODUCTS_PATH}/{self.made}")
        self.statuses_are_of_the_eight(brief)
        self.search_and_get_agree(brief, whole)
        self.live_versions_change_by_a_review_alone(before, now)
        self.each_change_of_an_audit_is_told_once(before, now, told)
        self.only_what_takes_effect_is_told_as_a_change(before, now, told)

    def statuses_are_of_the_eight(self, brief: dict[str, Any]) -> None:
        told = [brief.get("status", "ACTIVATE"), *[row["status"] for row in brief.get("integrated_platform_statuses", [])]]
        assert set(told) <= EIGHT
        assert ("status" in brief) == ("audit" in brief) == (self.product.tiktok_shop is not None)

    def search_and_get_agree(self, brief: dict[str, Any], whole: dict[str, Any]) -> None:
        if whole["code"] == 0:
            both = set(brief) & set(whole["data"]) - {"skus"}
            assert {name: brief[name] for name in both} == {name: whole["data"][name] for name in both}
            assert [sku["price"] for sku in brief["skus"]] == [sku["price"] for sku in whole["data"]["skus"]]
        else:
            assert whole["code"] == 12052901
            assert {brief.get("status"), *[row["status"] for row in brief.get("integrated_platform_statuses", [])]} <= {None, "FREEZE", "DELETED"}

    def live_versions_change_by_a_review_alone(self, before: Product | None, now: Product) -> None:
        if before is not None and reviews.was_live(before) and now.name != before.name:
            assert before.review is not None
            assert reviews.as_written(before, before.review).name == now.name
            assert "APPROVED" in now.audit + now.tokopedia_audit
            assert now.review is None

    def each_change_of_an_audit_is_told_once(self, before: Product | None, now: Product, told: list[tuple[int, dict[str, Any]]]) -> None:
        audits = [(data["audit"]["status"], data.get("integrated_platform_statuses", {}).get("status")) for number, data in told if number == 37]
        was = (before.audit, before.tokopedia_audit) if before is not None else ("NONE", "NONE")
        if (now.audit, now.tokopedia_audit) == was:
            assert audits == []
        else:
            assert audits == [(now.audit, now.tokopedia_audit if now.tokopedia is not None else None)]

    def only_what_takes_effect_is_told_as_a_change(self, before: Product | None, now: Product, told: list[tuple[int, dict[str, Any]]]) -> None:
        titled = [data for number, data in told if number == 15 and "title" in data["changed_fields"]]
        on_sale = Listing.ACTIVATE in (now.tiktok_shop, now.tokopedia)
        assert len(titled) == (before is not None and before.name != now.name and on_sale)


def test_a_product_keeps_its_laws_whatever_is_done_to_it() -> None:
    bounded = settings(max_examples=60, stateful_step_count=30, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(OneProduct, settings=bounded)
