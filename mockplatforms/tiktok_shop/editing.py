"""Products made and described anew: drafts, versions under review, and a check beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ..domain import products, reviews
from ..domain.errors import ProductState
from ..domain.phases import Family, Platform
from ..domain.products import PRODUCTS, Listing, Product, SkuDraft
from ..domain.shops import CATEGORIES
from ..domain.world import Change, World
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from . import categories, descriptions, diagnoses, ids, product_view, variants
from .catalog import serves
from .products import gone, own
from .words import refuse

_T, _S = Platform.TOKOPEDIA, Platform.TIKTOK_SHOP
_NEW = (Listing.DRAFT, Listing.FAILED)


@serves("create-product-202309", family=Family.PRODUCT_WRITE, effect="write")
def create(call: Call) -> dict[str, Any]:
    """A new product, submitted for review or kept as a draft. The same idempotency key makes it once."""
    key = call.body.get("idempotency_key") or ""
    made = call.world.shelf(PRODUCTS).page("by_idempotency_key", (call.seller.serial, key), (call.seller.serial, key + "\0"), limit=1) if key else []
    serial = made[0].serial if made else call.apply(_create, call)
    return {**_made(call, products.find(call.world, serial)), "warnings": _warnings(call)}


class _Described(NamedTuple):
    wanted: list[Platform]
    skus: tuple[SkuDraft, ...]
    facts: dict[str, Any]


def _described(call: Call, world: World, found: list[Refusal] | None = None) -> _Described:
    """A new product as the body describes it. With ``found`` every refusal is noted there instead of the first being raised."""
    body = call.body
    try:
        wanted = descriptions.platforms(call, body.get("listing_platforms") or []) or [_S]
        skus, axes = variants.skus(call, world, body.get("skus") or [], found=found)
        _in_one_place(call, skus)
    except Refusal as no:
        if found is None:
            raise
        found.append(no)
        wanted, skus, axes = [_S], (), ()
    facts = descriptions.facts(call, world, body, found=found)
    try:
        categories.judge(call, world, body)
    except Refusal as no:
        if found is None:
            raise
        found.append(no)
    return _Described(wanted, skus, facts | {"axes": axes})


def _in_one_place(call: Call, skus: Iterable[SkuDraft]) -> None:
    if call.body.get("delivery_option_ids") and any(len(sku.stock) > 1 for sku in skus):
        raise refuse(12052404, "delivery_option_ids are for goods that lie in one warehouse; a SKU lies in several, whose own options hold")


def _create(world: World, call: Call) -> Change:
    wanted, skus, facts = _described(call, world)
    world, serial = products.create(
        world,
        call.seller.serial,
        _S,
        skus,
        listing=Listing.DRAFT,
        tokopedia_too=_T in wanted,
        on_tiktok=_S in wanted,
        audit="NONE",
        tokopedia_audit="NONE",
        idempotency_key=call.body.get("idempotency_key") or "",
        **facts,
    )
    return Change(world if _as_draft(call) else reviews.submit(world, serial, *wanted), serial)


def _as_draft(call: Call) -> bool:
    return bool(call.body.get("save_mode") == "AS_DRAFT")


def _warnings(call: Call, product: Product | None = None) -> list[dict[str, str]]:
    """What was taken otherwise than it was written."""
    told = []
    if _as_draft(call):
        told.append("Your product will not be sent for review.")  # documented sample
    asked = call.body.get("shipping_insurance_requirement", "OPTIONAL")
    if asked != "OPTIONAL" and not descriptions.on_tokopedia(call.body, product):
        told.append("shipping_insurance_requirement only applies to products listed on TOKOPEDIA.")
    return [{"message": text} for text in told]


@serves("check-product-listing-202309", family=Family.PRODUCT_READ, tells="create-product-202309")
def check_listing(call: Call) -> dict[str, Any]:
    """What creating the product would answer, without making it: everything that is wrong, and what could be better."""
    found = call.findings
    described = _described(call, call.world.at(call.now), found)
    reasons = list({no.code: {"code": no.code, "message": no.message} for no in found}.values())
    call.notes += [no.words for no in found]
    answer: dict[str, Any] = {"check_result": "FAILED" if reasons else "PASS", "fail_reasons": reasons}
    warned = _warnings(call)
    if warned:
        answer["warnings"] = warned[0]  # one object here, a list elsewhere (documented)
    if call.query["is_diagnosis_required"]:
        category = call.world.get(CATEGORIES, described.facts.get("category", 0))
        answer["diagnoses"] = diagnoses.of(call.body, category.name if category is not None else "")
    return answer


# ---- changing -----------------------------------------------------------------------------------------------------------------------------


@serves("edit-product-202509", family=Family.PRODUCT_WRITE, effect="write")
def edit(call: Call) -> dict[str, Any]:
    """A product described anew: what is left out is blank or gone, but for prices, stock and platforms."""
    serial = call.apply(_edit, call, whole=True)
    product = products.find(call.world, serial)
    return {**_made(call, product), "warnings": _warnings(call, product), **_audit(product)}


@serves("partial-edit-product-202509", family=Family.PRODUCT_WRITE, effect="write")
def partial_edit(call: Call) -> dict[str, Any]:
    """Some facts of a product described anew, each as a whole; the others stay."""
    serial = call.apply(_edit, call, whole=False)
    product = products.find(call.world, serial)
    return {**_made(call, product), **_audit(product)}


def _edit(world: World, call: Call, *, whole: bool) -> Change:
    body = call.body
    product = own(call, world, call.params["product_id"])
    if Listing.FREEZE in (product.tiktok_shop, product.tokopedia) or gone(product):
        stands = {str(at): str(listing) for at in (_S, _T) if (listing := products.listed(product, at)) is not None}
        raise ProductState(f"the product is {' and '.join(f'{listing} on {at}' for at, listing in stands.items())}: it cannot be edited")
    draft = _as_draft(call)
    if draft and world.rules.draft_beside_live == "refuse" and any(at not in (None, *_NEW) for at in (product.tiktok_shop, product.tokopedia)):
        raise refuse(12052488, f"the product is {product_view.status(product)}: a draft is possible until it is submitted for the first time", rule="draft_beside_live")
    base = reviews.as_written(product, reviews.latest(product))
    facts = (descriptions.BLANK if whole else {}) | descriptions.facts(call, world, body, base, whole=whole)
    categories.judge(call, world, body, base)
    if body.get("skus") == []:
        raise refuse(12052902, "the list of SKUs is empty: leave it out, or describe them")
    skus = None
    if "skus" in body:
        skus, facts["axes"] = variants.skus(call, world, body["skus"], base)
        _in_one_place(call, skus)
    wanted = descriptions.platforms(call, body.get("listing_platforms") or [], base)
    if not draft and (product.draft is not None or not reviews.was_live(product)):
        new = [at for at in (_S, _T) if products.listed(product, at) in _NEW]
        categories.judge_whole(call, world, base.but(**facts), [at for at in new if at in (wanted or new)])
    return reviews.edit(world, product.serial, facts, skus, as_draft=draft, platforms=tuple(wanted))


def _audit(product: Product) -> dict[str, Any]:
    return {"audit": {"status": product.audit}} if product.tiktok_shop is not None else {}


def _made(call: Call, product: Product) -> dict[str, Any]:
    """The ids of a product and of the SKUs that its newest version has."""
    world = call.world
    call.showed("products", product.serial)
    written = reviews.as_written(product, reviews.latest(product))
    return {
        "product_id": ids.text(ids.product(world), product.serial),
        "skus": [
            {
                "id": ids.text(ids.sku(world), sku.serial),
                **product_view.named(sku),
                "sales_attributes": [{"id": one["id"], "value_id": one["value_id"]} for one in product_view.sales_attributes(written, sku)],
                **({"external_sku_id": sku.details.external_id} if sku.details.external_id else {}),
                **({"fees": product_view.fees(sku)} if sku.details.fees else {}),
            }
            for sku in written.skus
        ],
    }
