"""The named choices of a workspace where the facts conflict or are silent, each with the default that the simulator recommends."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from typing import Any, Literal, Self, get_args, get_type_hints


def _rule(default: Any, help: str, mark: str = "inferred", form: str = "", like: str = "") -> Any:
    return field(default=default, metadata={"help": help, "mark": mark, "form": form, "like": like})


@dataclass(frozen=True, slots=True)
class Rules:
    """One field per rule; ``mark`` says how the default is known: documented, observed or inferred."""

    modify_after_merge: Literal["strict", "lenient", "shadow_write"] = _rule(
        "strict", "C1: price and stock writes between merge and product merge: refused, allowed, or (Tokopedia) accepted without effect"
    )
    order_cutover_lag: int = _rule(0, "C2: seconds after the merge during which buyers' Tokopedia orders still arrive on Tokopedia (0 to 172800)")
    shop_info_lag: int = _rule(0, "seconds after the merge during which Get Shop Info does not tell of it yet (the merge webhook is late by a rule of chaos)")
    copy_trickle: int = _rule(0, "C5: seconds over which product copies appear after the merge; 0: all at the merge")
    count_refused_attempts: bool = _rule(False, "C7: a link refused by a precondition spends an attempt")
    attempts: int = _rule(5, "rehearsals that one developer has", "documented")
    test_orders_from_tokopedia: bool = _rule(True, "C8: buyers may order on Tokopedia from a linked pair of test shops")
    tokopedia_token_life: int = _rule(1209600, "C9: seconds that a Tokopedia access token lives (two weeks; an older page says 2592000)", "documented")
    tiktok_token_life: int = _rule(604800, "seconds that a TikTok Shop access token lives", "documented")
    tiktok_refresh_life: int = _rule(31536000, "seconds that a TikTok Shop authorisation lasts", "observed")
    auth_code_life: int = _rule(0, "seconds that an authorisation code lives; 0: until it is first used (the platform: 1800)")
    merge_hours_low: int = _rule(2, "shortest merge, in hours of world time", "documented")
    merge_hours_high: int = _rule(24, "longest merge, in hours of world time", "documented")
    merge_subscription: Literal["required", "silent"] = _rule("required", "linking without a merge-event address: refused, or it merges silently")
    merge_survivor: Literal["native", "copy"] = _rule("native", "the product that survives when a copy and a native product are merged")
    merge_stock: Literal["sum", "survivor", "lowest"] = _rule("sum", "stock per warehouse after two products are merged")
    lock_code: int = _rule(12052901, "code of a TikTok price or stock write refused between merge and product merge")
    lock_error_code: str = _rule("SIM_PRD_MERGE_LOCK", "error code of a Tokopedia product write refused by the migration (the simulator's own)")
    lock_rows: Literal["rows", "403"] = _rule("rows", "closed Tokopedia price and stock writes: every row fails, or HTTP 403")
    register_replaces: bool = _rule(True, "registering Tokopedia webhooks blanks every address that the call leaves out")
    tts_sku_id: bool = _rule(False, "Get Product Info also tells the TikTok Shop SKU id")
    deadlines: Literal["wire", "world"] = _rule("wire", "the clock that deadlines and expiries hang on")
    tokopedia_retry: tuple[int, ...] = _rule((60, 300, 1800), "seconds between attempts of a Tokopedia notification; the platform publishes none")
    tiktok_retry: tuple[int, ...] = _rule((120, 1800, 10800, 43200), "seconds between attempts of a TikTok Shop webhook", "documented")
    webhook_timeout: int = _rule(3, "real seconds that a webhook receiver has to answer", "documented")
    tiktok_webhook_topics: Literal["documented", "all"] = _rule(
        "documented", "topics that TikTok Shop tells: those of the documents of December 2025, or those of October 2026 too (of which many clients know nothing)"
    )
    low_stock_threshold: int = _rule(5, "available units of a SKU at which TikTok Shop tells that its stock is low (topic 27); 0: only when none is left")
    webhook_url_rules: Literal["lenient", "platform"] = _rule("lenient", "platform: webhook addresses must be https, a domain name, no port (documented for TikTok Shop)")
    buyer_data: Literal["blank", "plain"] = _rule(
        "blank", "buyers' names, phones and addresses in Tokopedia's orders: blank (and encrypted where the app has a public key), or plain"
    )
    ip_whitelist: Literal["ignore", "enforce"] = _rule("ignore", "calls to Tokopedia from addresses outside the app's whitelist: answered, or 403")
    tiktok_ip_allow_list: Literal["ignore", "enforce"] = _rule("ignore", "calls to TikTok Shop from addresses outside the app's IP allow list: answered, or 36009033")
    tiktok_refresh: Literal["keep", "rotate", "rotate_and_revoke"] = _rule(
        "keep", "refreshing a TikTok Shop token: the refresh token stays; or a new one takes its place; or that, and older access tokens die"
    )
    tiktok_statuses: tuple[str, ...] = _rule(
        (), "HTTP statuses of TikTok Shop's own choosing, by code or name of the refusal: ['105002=200', 'missing_token=200', …]", form=r"[a-z_0-9]+=[2-5]\d\d", like="105002=200"
    )
    upload_seconds: int = _rule(0, "world seconds that Tokopedia takes to work off a batch of products (V2); 0: at once")
    unlisted_attributes: Literal["keep", "refuse"] = _rule(
        "keep", "product attributes that Get Attributes doesn't list for the category: kept under the id they came with, or 12052247"
    )
    tiktok_audit_seconds: int = _rule(0, "world seconds that TikTok Shop takes to review a product; 0: at once")
    audit_fails_when: tuple[str, ...] = _rule((), "words that make TikTok Shop's review fail when title or description carries one; 'tokopedia:word' fails there alone")
    draft_beside_live: Literal["keep", "refuse"] = _rule("keep", "a draft of a product that was handed in before: kept beside the live version, or 12052488")
    unknown_pictures: Literal["accept", "refuse"] = _rule("accept", "products that name a picture or file that nobody uploaded: taken with a note, or refused as documented")
    picture_limits: Literal["enforce", "ignore"] = _rule("enforce", "uploads beyond the limits of format and pixels: refused as documented, or taken with a note", "documented")
    zero_stock: Literal["accept", "refuse"] = _rule("accept", "Update Inventory with quantity 0: taken, as sellers do, or 12052055 (documented: from 1)", "observed")
    sku_warehouses: Literal["free", "fixed"] = _rule("free", "an edit that lists a live SKU in another warehouse: moved there, or 12052533")
    listing_limit: int = _rule(0, "products that a TikTok Shop shop may have on sale or under way there before 12052093; 0: no limit")
    courier_pickup_seconds: int = _rule(7200, "world seconds between arranging a parcel and the courier's scan")
    courier_delivery_seconds: int = _rule(172800, "world seconds between the courier's scan and delivery")
    fast_delivery_seconds: int = _rule(10800, "world seconds between an instant or same-day courier's scan of a TikTok Shop package and its delivery")
    order_complete_seconds: int = _rule(172800, "world seconds between delivery and completion of an order")
    accept_deadline: int = _rule(86400, "seconds from payment in which a Tokopedia order must be accepted", "documented")
    ship_deadline: int = _rule(345600, "seconds from payment in which a Tokopedia order must be shipped", "documented")
    tiktok_ship_deadline: int = _rule(172800, "seconds from payment in which a TikTok Shop order must be shipped")
    tiktok_fast_ship_deadline: int = _rule(28800, "seconds from payment in which a TikTok Shop order must be shipped that an instant or same-day courier brings")
    package_limits: tuple[str, ...] = _rule(
        (), "units that one TikTok Shop package may hold, in total or of a category: ['total=20', '601226=1']; orders beyond must be split", form=r"(total|\d+)=[1-9]\d*", like="total=20"
    )
    return_review_hours: int = _rule(48, "hours in which a seller must answer a refund or return, before silence is a yes", "documented")
    replacement_hours: int = _rule(24, "hours in which a seller must answer a replacement", "documented")
    chat_silence_hours: int = _rule(6, "hours after which a TikTok Shop conversation ends when the buyer says nothing more", "documented")
    chat_unanswered_days: int = _rule(7, "days after which a TikTok Shop conversation ends that the seller has not answered", "documented")
    chat_pictures: Literal["refuse", "accept"] = _rule(
        "refuse", "messages of type IMAGE whose url no upload has answered: refused with 45101001, or taken with a note"
    )
    return_ship_hours: int = _rule(168, "hours in which a buyer must send goods back once the return was approved, before it is over")
    dispute_hours: int = _rule(72, "hours in which a buyer may dispute what a seller has rejected, before it is over")
    refund_seconds: int = _rule(60, "world seconds between an approved refund and the money's arrival")
    commission_bp: int = _rule(550, "TikTok Shop's platform commission, in hundredths of a per cent of what the goods bring in")
    dynamic_commission_bp: int = _rule(400, "TikTok Shop's dynamic commission in Indonesia, in hundredths of a per cent of what the goods bring in")
    settlement_seconds: int = _rule(86400, "world seconds between an order's completion and its settlement by TikTok Shop")
    payout_seconds: int = _rule(86400, "world seconds between the end of a statement's day (UTC) and its payment to the seller's balance")
    unpaid_deadline: int = _rule(86400, "seconds in which a buyer must pay")
    buyers_per_hour_tokopedia: int = _rule(0, "orders per world hour that simulated buyers place in the Tokopedia app")
    buyers_per_hour_tiktok_shop: int = _rule(0, "orders per world hour that simulated buyers place in the TikTok app")
    order_detail_unknown: Literal["omit", "refuse"] = _rule("omit", "Get Order Detail with an unknown id: left out, or 21008111", "observed")
    shadow_inflight: bool = _rule(False, "synthetic: unshipped Tokopedia orders show on TikTok Shop as well after the merge, a trap for what ships twice")
    native_on_tokopedia_delay: int = _rule(259200, "world seconds after product merge until native TikTok products go live on Tokopedia", "documented")
    forbidden_options: tuple[str, ...] = _rule(("tokocabang", "multi_location", "mitra"), "options that no test shop of the app may have on; the guide's picture is lost")

    def but(self, **changes: Any) -> Self:
        """These rules with some of them chosen otherwise.

        Raises ValueError in words when a name is unknown or a value is none of the choices.
        """
        hints = _hints()
        for name, given in changes.items():
            if name not in hints:
                raise ValueError(f"there is no setting {name!r}; the settings are {', '.join(sorted(hints))}")
            changes[name] = _formed(name, _fit(name, hints[name], given))
        return replace(self, **changes)


@cache
def _hints() -> dict[str, Any]:
    """What each rule takes; worked out once, as every new workspace asks."""
    return get_type_hints(Rules)


def _formed(name: str, given: Any) -> Any:
    """A list whose every item has the form that its rule wants."""
    form, like = next((f.metadata["form"], f.metadata["like"]) for f in fields(Rules) if f.name == name)
    wrong = next((item for item in given if not re.fullmatch(form, item)), None) if form else None
    if wrong is not None:
        raise ValueError(f"setting {name!r} cannot hold {wrong!r}: each item looks like {like!r}")
    return given


def _fit(name: str, hint: Any, given: Any) -> Any:
    choices = get_args(hint)
    if hint is int and isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    if hint is bool and isinstance(given, bool):
        return given
    if hint is str and isinstance(given, str) and given:
        return given
    if choices and Ellipsis in choices and isinstance(given, (list, tuple)) and all(type(item) is choices[0] and item != "" and (choices[0] is str or item >= 0) for item in given):
        return tuple(given)
    if choices and Ellipsis not in choices and given in choices:
        return given
    plain = {int: "a whole number of 0 or more", bool: "true or false", str: "a text"}.get(hint)
    wanted = plain or (f"a list of {choices[0].__name__}" if Ellipsis in choices else "one of " + ", ".join(map(str, choices)))
    raise ValueError(f"setting {name!r} cannot be {given!r}: it takes {wanted}")


def described() -> list[dict[str, Any]]:
    """Every rule with its default, help and mark, for documents and the control API."""
    return [
        {"name": f.name, "default": None if f.default is MISSING else f.default, "help": f.metadata["help"], "mark": f.metadata["mark"]}
        for f in fields(Rules)
    ]


RECOMMENDED = Rules()
