"""Products put on sale, taken off, deleted and recovered, up to twenty at once; those refused are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..domain import products, reviews
from ..domain.errors import ProductState, ProductUnknown
from ..domain.phases import Family, Phase, Platform
from ..domain.products import Listing, Product, Sku
from ..domain.shops import WAREHOUSES
from ..domain.world import World
from ..gateway.call import Call
from . import categories, rows
from .catalog import serves
from .products import own, refused
from .words import code_of, refuse

_T, _S = Platform.TOKOPEDIA, Platform.TIKTOK_SHOP
_CHECK_FAILED = 12052990  # wraps the causes in ``extra_errors`` on some endpoints (documented samples)


def _in_bulk(call: Call, change: Callable[[World, Product], World], *, wrapped: bool = False) -> dict[str, Any]:
    texts = list(dict.fromkeys(call.body["product_ids"]))
    answers = call.each(texts, lambda world, text: change(world, _own(call, world, text)))
    errors: list[dict[str, Any]] = []
    for text, no in zip(texts, answers, strict=True):
        if no is None:
            continue
        told = refused(call, no)
        if wrapped:
            causes = [{"code": told.code, "message": told.message}]
            errors.append({"code": _CHECK_FAILED, "message": rows.message(_CHECK_FAILED), "detail": {"product_id": text, "extra_errors": causes}})
        else:
            errors.append({"code": told.code, "message": told.message, "detail": {"product_id": text}})
    return {"errors": errors}


def _own(call: Call, world: World, text: str) -> Product:
    """The product of that id. Raises ProductUnknown, or Refusal where the page of the endpoint has another code for it."""
    try:
        return own(call, world, text)
    except ProductUnknown as no:
        if code_of(no) in rows.row(call.endpoint.source).errors:
            raise
        raise refuse(12052048, str(no)) from None


def _wanted(call: Call) -> list[Platform]:
    return [platform for platform in (_S, _T) if platform.upper() in call.body["listing_platforms"]]


def _deliverable(world: World, sku: Sku) -> bool:
    return any((place := world.get(WAREHOUSES, held.warehouse)) is not None and place.enabled for held in sku.stock)


@serves("activate-product-202309", family=Family.PRODUCT_WRITE, effect="write")
def activate(call: Call) -> dict[str, Any]:
    """Products submitted to go on sale on the platforms named, on TikTok Shop where none is."""
    wanted = _wanted(call)

    def change(world: World, product: Product) -> World:
        start = []
        for platform in wanted:
            listing = products.listed(product, platform)
            if listing is None and call.seller.phase is not Phase.PRODUCT_MERGED:
                raise refuse(12052330, f"the product cannot be listed on {platform} before the product merge")
            if listing not in (None, Listing.ACTIVATE, Listing.PENDING, Listing.SELLER_DEACTIVATED, Listing.PLATFORM_DEACTIVATED):
                raise ProductState(f"the product is {listing} on {platform}: only what was deactivated can be activated")
            if platform is _S and product.condition == "USED":
                raise refuse(12052330, "used goods are listed on TOKOPEDIA alone")
            if listing not in (Listing.ACTIVATE, Listing.PENDING):
                start.append(platform)
        if start and not all(_deliverable(world, sku) for sku in product.skus):
            raise refuse(12019022, "a SKU lies in no warehouse that ships: name one with Update Inventory or an edit")
        if not start:
            return world
        categories.judge_whole(call, world, product, start)
        return reviews.submit(world, product.serial, *start)

    return _in_bulk(call, change, wrapped=True)


@serves("deactivate-products-202309", family=Family.PRODUCT_WRITE, effect="write")
def deactivate(call: Call) -> dict[str, Any]:
    """Products off sale on the platforms named, on TikTok Shop where none is; the other goes on selling."""
    wanted = _wanted(call)

    def change(world: World, product: Product) -> World:
        standing = [platform for platform in wanted if products.listed(product, platform) is not None]
        if not standing:
            raise refuse(12052330, f"the product is not listed on {' or '.join(wanted)}")
        for platform in standing:
            listing = products.listed(product, platform)
            if listing not in (Listing.ACTIVATE, Listing.PENDING, Listing.SELLER_DEACTIVATED):
                raise ProductState(f"the product is {listing} on {platform}: only what is on sale can be deactivated")
        return products.set_listings(world, product.serial, dict.fromkeys(standing, Listing.SELLER_DEACTIVATED))

    return _in_bulk(call, change)


@serves("delete-products-202309", family=Family.PRODUCT_WRITE, effect="write")
def delete(call: Call) -> dict[str, Any]:
    """Products gone until they are recovered; one that is frozen anywhere stays."""

    def change(world: World, product: Product) -> World:
        standing = {platform: listing for platform in (_S, _T) if (listing := products.listed(product, platform)) is not None}
        for platform, listing in standing.items():
            if listing is Listing.FREEZE:
                raise ProductState(f"the product is frozen on {platform}: it cannot be deleted")
        if all(listing is Listing.DELETED for listing in standing.values()):
            raise ProductState("the product is deleted already")
        return products.set_listings(reviews.withdraw(world, product.serial), product.serial, dict.fromkeys(standing, Listing.DELETED))

    return _in_bulk(call, change)


@serves("recover-products-202309", family=Family.PRODUCT_WRITE, effect="write")
def recover(call: Call) -> dict[str, Any]:
    """Deleted products back, off sale."""

    def change(world: World, product: Product) -> World:
        gone = [platform for platform in (_S, _T) if products.listed(product, platform) is Listing.DELETED]
        if not gone:
            raise ProductState("the product is not deleted: there is nothing to recover")
        return products.set_listings(world, product.serial, dict.fromkeys(gone, Listing.SELLER_DEACTIVATED))

    return _in_bulk(call, change)
