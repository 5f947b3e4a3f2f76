"""Products, as the platform's people see them: every version, how its review ends, and what the platform does to it by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...domain import products, reviews, shops
from ...domain.phases import Platform
from ...domain.products import Product, Version
from ...domain.reviews import SCRIPTS, Verdict
from ...domain.world import World
from . import naming
from .routes import SELLER, Ask, Field, Json, Route


def described(world: World, product: Product) -> Json:
    scripts = world.shelf(SCRIPTS).page("by_product", (product.seller, product.serial), (product.seller, product.serial + 1))
    return {
        "product_id": naming.product_ids(world, product),
        "seller": shops.seller(world, product.seller).key,
        "title": product.name,
        "listings": {platform.value: at.value if (at := products.listed(product, platform)) is not None else None for platform in Platform},
        "audits": {"tiktok_shop": product.audit, "tokopedia": product.tokopedia_audit},
        "suspended_reason": product.suspended_reason,
        "findings": [{"platform": one.platform.value, "position": one.position, "reasons": list(one.reasons), "suggestions": list(one.suggestions)} for one in product.findings],
        "draft": _version(product, product.draft),
        "under_review": _version(product, product.review),
        "scripted": [_verdict(row.verdict) for row in scripts],
    }


def _version(product: Product, version: Version | None) -> Json | None:
    """What a version changes, and the title under which it would go live."""
    return None if version is None else {"changes": sorted(name for name, _ in version.facts), "title": reviews.as_written(product, version).name}


def _verdict(verdict: Verdict) -> Json:
    return {"outcome": verdict.outcome, "platform": verdict.platform, "reasons": list(verdict.reasons)}


def _named(ask: Ask) -> Product:
    return naming.product(ask.world, ask.seller.serial, ask.params["product"])[0]


async def show(ask: Ask) -> Any:
    return described(ask.world, _named(ask))


def _given(ask: Ask) -> Verdict:
    body = ask.body
    platform = Platform(body["platform"]) if body.get("platform") else None
    return Verdict(body["outcome"], platform, tuple(body.get("reasons") or ()), tuple(body.get("suggestions") or ()), body.get("position") or "product")


async def audit(ask: Ask) -> Any:
    """A review ends like this: the one under way, or else the product's next."""
    product, verdict = _named(ask), _given(ask)
    now = bool(reviews.under_review(product)) or product.audit == "PRE_APPROVED"
    if now if ask.body.get("when") is None else ask.body["when"] == "now":
        ask.apply(reviews.judge, product.serial, verdict)
    else:
        ask.apply(reviews.script, product.seller, verdict, product.serial)
    return described(ask.world, products.find(ask.world, product.serial))


async def script(ask: Ask) -> Any:
    """The next review of any product of the seller ends like this; each script is for one review, in the order given."""
    ask.apply(reviews.script, ask.seller.serial, _given(ask))
    rows = ask.world.shelf(SCRIPTS).page("by_product", (ask.seller.serial, 0), (ask.seller.serial, 1))
    return 201, {"seller": ask.seller.key, "scripted": [_verdict(row.verdict) for row in rows]}


# act → (what it does, in words)
ACTS: dict[str, tuple[Callable[[World, int, Platform | None, str], World], str]] = {
    "freeze": (reviews.freeze, "The platform freezes a product"),
    "unfreeze": (reviews.unfreeze, "A frozen product is off sale again, and can be activated"),
    "suspend": (reviews.suspend, "The platform takes a product off sale"),
}


def _acting(name: str) -> Callable[[Ask], Any]:
    operation = ACTS[name][0]

    async def act(ask: Ask) -> Any:
        product, where = _named(ask), ask.body.get("platform")
        ask.apply(operation, product.serial, Platform(where) if where else None, ask.body.get("reason") or "")
        return described(ask.world, products.find(ask.world, product.serial))

    return act


_AT = "/workspaces/{id}/products/{product}"
_PLATFORM: Field = {"t": "str", "enum": [platform.value for platform in Platform], "help": "absent: wherever the product is listed"}
_TEXTS: Field = {"t": "list", "items": {"t": "str"}}
_OUTCOME: dict[str, Field] = {
    **SELLER,
    "outcome": {"t": "str", "req": True, "enum": list(reviews.OUTCOMES)},
    "platform": {**_PLATFORM, "help": "absent: on every platform; on the others the rules decide"},
    "reasons": {**_TEXTS, "help": "why it fails, or what a product that is PRE_APPROVED waits for (KYC_PENDING)"},
    "suggestions": {**_TEXTS, "help": "what would help"},
    "position": {"t": "str", "help": "where in the product; product when absent"},
}
_ANSWER: Json = {
    "product_id": {"tokopedia": None, "tiktok_shop": "1729…"},
    "listings": {"tokopedia": "PLATFORM_DEACTIVATED", "tiktok_shop": "ACTIVATE"},
    "audits": {"tokopedia": "FAILED", "tiktok_shop": "APPROVED"},
    "draft": None,
    "under_review": None,
}
_EXAMPLE: Json = {"outcome": "FAILED", "platform": "tokopedia", "reasons": ["The title names another brand"]}

ROUTES: tuple[Route, ...] = (
    Route("GET", _AT, show, "A product with its versions and reviews", query=SELLER, answer=_ANSWER),
    Route(
        "POST",
        _AT + "/audit",
        audit,
        "How TikTok Shop's review of a product ends",
        body={**_OUTCOME, "when": {"t": "str", "enum": ["now", "next"], "help": "absent: now where a review is under way, else the next"}},
        example=_EXAMPLE,
        answer=_ANSWER,
    ),
    Route(
        "POST",
        "/workspaces/{id}/audits",
        script,
        "How the next review of any product ends",
        body=_OUTCOME,
        example=_EXAMPLE,
        answer={"seller": "toko", "scripted": [_EXAMPLE]},
        status=201,
    ),
    *(
        Route(
            "POST",
            f"{_AT}/{name}",
            _acting(name),
            summary,
            body={**SELLER, "platform": _PLATFORM, "reason": {"t": "str", "help": "what webhook 5 tells as suspended_reason"}},
            example={"platform": "tiktok_shop", "reason": "Counterfeit"},
            answer=_ANSWER,
        )
        for name, (_, summary) in ACTS.items()
    ),
)
