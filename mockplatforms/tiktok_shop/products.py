"""Products, found and read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..domain import products, reviews
from ..domain.errors import ProductUnknown
from ..domain.phases import Family, Platform
from ..domain.products import PRODUCTS, Listing, Product
from ..domain.shops import CATEGORIES
from ..domain.world import World
from ..gateway.call import Call, Raw
from ..gateway.refusal import Refusal
from . import ids, paging, pictures, product_view
from .catalog import INVALID, serves
from .paging import Run, Way, Window
from .words import refuse, words

_T, _S = Platform.TOKOPEDIA, Platform.TIKTOK_SHOP
_PAGE = 12019108  # "page number is invalid": of a page_token, too (inferred)
_WINDOW = 10_000  # results that a search leads to (documented)
_GONE = (Listing.FREEZE, Listing.DELETED)
Fits = Callable[[Product], bool]


def own(call: Call, world: World, text: object) -> Product:
    """The product of that id, of this seller, as TikTok Shop knows it. Raises ProductUnknown, or Refusal for another seller's."""
    serial = ids.product(world).read(text)
    product = world.get(PRODUCTS, serial) if serial is not None else None
    if product is None or not products.visible(product, _S):
        retired = product is not None and product.merged_into is not None
        raise ProductUnknown(f"product {text} " + ("was merged into another: its id is retired" if retired else "is none that TikTok Shop knows"))
    if product.seller != call.seller.serial:
        raise refuse(12052048, f"product {text} is another seller's")
    return product


def gone(product: Product) -> bool:
    """Frozen or deleted wherever it is listed: it can be neither read alone nor edited (documented)."""
    return all(listing in _GONE for listing in (product.tiktok_shop, product.tokopedia) if listing is not None)


# ---- reading ------------------------------------------------------------------------------------------------------------------------------


@serves("get-product-202309", family=Family.PRODUCT_READ)
def get(call: Call) -> Raw:
    """One product with everything; frozen and deleted ones only show in a search."""
    world = call.world
    product = own(call, world, call.params["product_id"])
    if gone(product):
        raise refuse(12052901, f"the product is {product_view.status(product)}: it is found by a search, not read alone")
    reviewed, drafted = call.query["return_under_review_version"], call.query["return_draft_version"]
    if reviewed and drafted:
        raise refuse(INVALID, "return_under_review_version and return_draft_version exclude each other: ask for one of the two")
    if reviewed and not reviews.under_review(product):
        raise refuse(12052547, f"the audit status is {product.audit}: nothing of this product is under review")
    call.showed("products", product.serial)
    version: product_view.Shown = "review" if reviewed else "draft" if drafted and product.draft is not None else "live"
    if drafted and product.draft is None and product_view.status(product) != Listing.DRAFT:
        call.inferred("no_draft", "the product has no draft: its live version is shown")
    album = pictures.album(call)
    return Raw(call.workspace.fragments.of(f"tt.product.{version}@{album.address}", product, lambda row: product_view.whole(album, row, version)))


@serves("search-products-202502", family=Family.PRODUCT_READ)
def search(call: Call) -> Raw:
    """Products that fit the filters, the newest first; by update where only that is asked for."""
    body, owner = call.body, call.seller.serial
    asked = _asked(call)
    filters = paging.bound(owner, "products", sorted(body.items()))
    named = _named(call)
    if named is None:
        sort = "update" if "update" in asked and "create" not in asked else "create"
        low, high = _span(call, sort)
        ways = [Way(Window(f"in_tiktok_{sort}d", (owner, low), (owner, high)), sort, frozenset({sort})), *_ways(call)]
        _within(call, ways[0], filters, asked)
        found = paging.find(call, PRODUCTS, ways, sort=sort, descending=True, asked=asked, filters=filters, pin=sort == "update")
        rows, total, token = found.rows, found.total, found.token
    else:
        after = paging.decode(call.query.get("page_token"), filters, code=_PAGE).after
        fitting = sorted((row for row in named if all(fit(row) for fit in asked.values())), key=lambda row: -row.serial)
        rest = [row for row in fitting if after is None or row.serial < after[0]]
        rows, total = rest[: call.query["page_size"]], len(fitting)
        token = paging.encode(filters, Run((rows[-1].serial,), 0)) if len(rest) > len(rows) else ""
    parts = [b'{"total_count":%d,"next_page_token":"%s","products":[' % (total, token.encode())]
    version: product_view.Shown = "draft" if body["return_draft_version"] else "live"
    album = pictures.album(call)
    for row in rows:
        parts += [call.workspace.fragments.of(f"tt.product.brief.{version}", row, lambda one: product_view.summary(album, one, version)), b","]
    if rows:
        parts.pop()
    call.showed("products", *[row.serial for row in rows])
    return Raw(*parts, b"]}")


def _within(call: Call, way: Way, filters: str, asked: dict[str, Fits]) -> None:
    """A search leads to its first 10,000 results; where filters leave some out, the index doesn't tell how many came before."""
    run = paging.decode(call.query.get("page_token"), filters, code=_PAGE)
    if run.after is None or asked.keys() - way.answers:
        return
    told = paging.world_of(call, run).shelf(PRODUCTS).count(way.window.name, (*way.window.low[:-1], *run.after), way.window.high)
    if told + call.query["page_size"] > _WINDOW:
        raise refuse(12052180, f"{told} products were told already, and a search leads to {_WINDOW}: narrow it by create_time or update_time")


def _ways(call: Call) -> list[Way]:
    """Stretches of what stands as it is asked for, by creation: by status and platforms, and by one state of review."""
    body, owner = call.body, call.seller.serial
    low, high = _span(call, "create")
    ways: list[Way] = []
    start: tuple[Any, ...]
    if body["status"] != "ALL":
        wanted = body.get("listing_platforms") or ()
        platforms = "S" * ("TIKTOK_SHOP" in wanted) + "T" * ("TOKOPEDIA" in wanted)
        start = (owner, platforms, body["status"])
        ways.append(Way(Window("in_tiktok_listed", (*start, low), (*start, high)), "create", frozenset({"create", "status", "listing_platforms"})))
    if len(set(body.get("audit_status") or ())) == 1:
        start = (owner, body["audit_status"][0])
        ways.append(Way(Window("in_tiktok_audit", (*start, low), (*start, high)), "create", frozenset({"create", "audit_status"})))
    return ways


def _span(call: Call, name: str) -> tuple[int, int]:
    """From when to before when; nothing later than the call itself."""
    last, now = call.body.get(f"{name}_time_le") or 0, call.now.wire
    return call.body.get(f"{name}_time_ge", 0), (min(last, now) if last else now) + 1


def _named(call: Call) -> list[Product] | None:
    """The products of the seller SKUs or SKU ids asked for; None where neither is."""
    world, body = call.world, call.body
    if len(body.get("seller_skus") or ()) > 10:
        raise refuse(12019027, f"{len(body['seller_skus'])} seller_skus were given, 10 are possible")
    found: dict[int, Product] = {}
    if body.get("sku_ids"):
        for text in body["sku_ids"]:
            for row in of_sku(world, text):
                found[row.serial] = row
    elif body.get("seller_skus"):
        for text in body["seller_skus"]:
            found.update({row.serial: row for row, _ in products.by_seller_sku(world, call.seller.serial, text, _S)})
    else:
        return None
    return [row for row in found.values() if row.seller == call.seller.serial and products.visible(row, _S)]


def of_sku(world: World, text: str) -> list[Product]:
    """The product of that SKU id, if there is one."""
    serial = ids.sku(world).read(text)
    return world.shelf(PRODUCTS).page("by_sku_serial", (serial,), (serial + 1,), limit=1) if serial is not None else []


def _asked(call: Call) -> dict[str, Fits]:
    """Filter → whether a product fits it."""
    body = call.body
    status, wanted = body["status"], frozenset(body.get("listing_platforms") or ())
    if wanted and status == "ALL":
        raise refuse(12052910, "listing_platforms needs a status other than ALL beside it")
    asked: dict[str, Fits] = {}
    for name, code in (("create", 12019118), ("update", 12019119)):
        low, high = body.get(f"{name}_time_ge", 0), body.get(f"{name}_time_le")
        if low < 0 or (high and high < low):
            raise refuse(code, f"{name}_time_ge is {low}, {name}_time_le is {high}: the first must not be later than the second")
        if f"{name}_time_ge" in body or f"{name}_time_le" in body:
            asked[name] = _between(name, *_span(call, name))
    if status != "ALL":
        only_there = wanted == {"TOKOPEDIA"}
        asked["status"] = lambda row: str(row.tokopedia if only_there else row.tiktok_shop or row.tokopedia) == status
    if wanted:
        asked["listing_platforms"] = lambda row: ("TIKTOK_SHOP" not in wanted or row.tiktok_shop is not None) and ("TOKOPEDIA" not in wanted or bool(product_view.integrated(row)))
    if body.get("category_version") == "v1":  # the second version of the tree has all of the first
        asked["category_version"] = lambda row: (held := call.world.get(CATEGORIES, row.category)) is not None and not held.is_new
    if body.get("sns_filter"):
        asked["sns_filter"] = lambda row: False  # nothing can be subscribed to here
    if body.get("audit_status"):
        asked["audit_status"] = lambda row: row.tiktok_shop is not None and row.audit in body["audit_status"]
    return asked


def _between(name: str, low: int, high: int) -> Fits:
    if name == "update":
        return lambda row: low <= row.updated.wire < high
    return lambda row: low <= (row.copied or row.created).wire < high


def refused(call: Call, no: Exception) -> Refusal:
    """Why a row of a bulk write was refused, in the platform's words."""
    refusal = no if isinstance(no, Refusal) else words(call, no)  # type: ignore[arg-type]  # each() notes only refusals
    call.refused.append((str(refusal.code), refusal.words))
    return refusal
