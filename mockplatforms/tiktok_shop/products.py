"""Products: found, read, made and described anew."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from ..domain import products
from ..domain.errors import ProductState, ProductUnknown
from ..domain.phases import Family, Platform
from ..domain.products import PRODUCTS, Listing, Product
from ..domain.world import Change, World
from ..gateway.call import Call, Raw
from ..gateway.refusal import Refusal
from . import drafts, ids, paging, product_view
from .catalog import serves
from .paging import Run, Way, Window
from .words import refuse, words

_T, _S = Platform.TOKOPEDIA, Platform.TIKTOK_SHOP
_GONE = (Listing.FREEZE, Listing.DELETED)
_NEW = (Listing.DRAFT, Listing.FAILED)
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
    if call.query["return_under_review_version"] and product.audit != "AUDITING":
        raise refuse(12052547, f"the audit status is {product.audit}: nothing of this product is under review")
    call.showed("products", product.serial)
    return Raw(call.workspace.fragments.of("tt.product", product, lambda row: product_view.whole(world, row)))


@serves("search-products-202502", family=Family.PRODUCT_READ)
def search(call: Call) -> Raw:
    """Products that fit the filters, the newest first; by update where only that is asked for."""
    world, body, owner = call.world, call.body, call.seller.serial
    asked = _asked(call)
    filters = paging.bound(owner, "products", sorted(body.items()))
    named = _named(call)
    if named is None:
        sort = "update" if "update" in asked and "create" not in asked else "create"
        low, high = _span(call, sort)
        ways = [Way(Window(f"in_tiktok_{sort}d", (owner, low), (owner, high)), sort, frozenset({sort})), *_ways(call)]
        found = paging.find(call, PRODUCTS, ways, sort=sort, descending=True, asked=asked, filters=filters, pin=sort == "update")
        rows, total, token = found.rows, found.total, found.token
    else:
        after = paging.decode(call.query.get("page_token"), filters).after
        fitting = sorted((row for row in named if all(fit(row) for fit in asked.values())), key=lambda row: -row.serial)
        rest = [row for row in fitting if after is None or row.serial < after[0]]
        rows, total = rest[: call.query["page_size"]], len(fitting)
        token = paging.encode(filters, Run((rows[-1].serial,), 0)) if len(rest) > len(rows) else ""
    parts = [b'{"total_count":%d,"next_page_token":"%s","products":[' % (total, token.encode())]
    for row in rows:
        parts += [call.workspace.fragments.of("tt.product.brief", row, lambda one: product_view.summary(world, one)), b","]
    if rows:
        parts.pop()
    call.showed("products", *[row.serial for row in rows])
    return Raw(*parts, b"]}")


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
    if body.get("audit_status"):
        asked["audit_status"] = lambda row: row.tiktok_shop is not None and row.audit in body["audit_status"]
    return asked


def _between(name: str, low: int, high: int) -> Fits:
    if name == "update":
        return lambda row: low <= row.updated.wire < high
    return lambda row: low <= (row.copied or row.created).wire < high


# ---- making -------------------------------------------------------------------------------------------------------------------------------


@serves("create-product-202309", family=Family.PRODUCT_WRITE, effect="write")
def create(call: Call) -> dict[str, Any]:
    """A new product, submitted for review or kept as a draft. The same idempotency key makes it once."""
    key = call.body.get("idempotency_key") or ""
    made = call.world.shelf(PRODUCTS).page("by_idempotency_key", (call.seller.serial, key), (call.seller.serial, key + "\0"), limit=1) if key else []
    serial = made[0].serial if made else call.apply(_create, call)
    return {**_made(call, products.find(call.world, serial)), "warnings": []}


def _create(world: World, call: Call) -> Change:
    body = call.body
    wanted = drafts.platforms(call, body["listing_platforms"]) or [_S]
    skus, axes = drafts.skus(call, world, body["skus"])
    facts = drafts.facts(world, body)
    draft = body.get("save_mode") == "AS_DRAFT"
    return products.create(
        world,
        call.seller.serial,
        _S,
        skus,
        listing=Listing.DRAFT if draft else Listing.PENDING,
        tokopedia_too=_T in wanted,
        on_tiktok=_S in wanted,
        axes=axes,
        audit="NONE",
        idempotency_key=body.get("idempotency_key") or "",
        **facts,
    )


@serves("check-product-listing-202309", family=Family.PRODUCT_READ)
def check_listing(call: Call) -> dict[str, Any]:
    """What creating the product would answer, without making it."""
    try:
        _create(call.world.at(call.now), call)
    except Refusal as no:
        return {"check_result": "FAILED", "fail_reasons": [{"code": no.code, "message": no.message}]}
    return {"check_result": "PASS", "fail_reasons": []}


# ---- changing -----------------------------------------------------------------------------------------------------------------------------


@serves("edit-product-202509", family=Family.PRODUCT_WRITE, effect="write")
def edit(call: Call) -> dict[str, Any]:
    """A product described anew: what is left out is blank or gone, but for prices, stock and platforms."""
    serial = call.apply(_edit, call, whole=True)
    product = products.find(call.world, serial)
    return {**_made(call, product), "warnings": [], **_audit(product)}


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
        raise ProductState(f"the product is {product_view.status(product)}: it cannot be edited")
    draft = body.get("save_mode") == "AS_DRAFT"
    standing = [listing for listing in (product.tiktok_shop, product.tokopedia) if listing is not None]
    if draft and any(listing not in _NEW for listing in standing):
        raise refuse(12052901, f"the product is {product_view.status(product)}: the simulator keeps no draft beside a version that is live", rule="no_draft_of_live")
    facts = (drafts.BLANK if whole else {}) | drafts.facts(world, body)
    if body.get("skus") == []:
        raise refuse(12052902, "the list of SKUs is empty: leave it out, or describe them")
    if "skus" in body:
        listed, axes = drafts.skus(call, world, body["skus"], product)
        made, world = products.new_skus(world, product, listed, keep_stock=False)
        facts |= {"skus": made, "axes": axes}
    wanted = drafts.platforms(call, body.get("listing_platforms") or [])
    world = products.edit(world, product.serial, _S, **facts)
    return Change(world if draft else _listed(world, product.serial, wanted), product.serial)


def _listed(world: World, serial: int, wanted: list[Platform]) -> World:
    """After an edit: a draft is submitted; platforms that are named are listed on, those left out taken off. None named: they stay."""
    product = products.find(world, serial)
    new = []
    for platform in (_S, _T):
        listing = products.listed(product, platform)
        if (listing in _NEW and (platform in wanted or not wanted)) or (platform in wanted and (listing is None or listing is Listing.SELLER_DEACTIVATED)):
            new.append(platform)
        elif wanted and platform not in wanted and listing is Listing.ACTIVATE:
            world = products.set_listing(world, serial, platform, Listing.SELLER_DEACTIVATED)
    return products.submit(world, serial, *new) if new else world


def _audit(product: Product) -> dict[str, Any]:
    return {"audit": {"status": product.audit}} if product.tiktok_shop is not None else {}


def _made(call: Call, product: Product) -> dict[str, Any]:
    world = call.world
    call.showed("products", product.serial)
    return {
        "product_id": ids.text(ids.product(world), product.serial),
        "skus": [
            {
                "id": ids.text(ids.sku(world), sku.serial),
                **product_view.named(sku),
                "sales_attributes": [{"id": one["id"], "value_id": one["value_id"]} for one in product_view.sales_attributes(product, sku)],
            }
            for sku in product.skus
        ],
    }


def refused(call: Call, no: Exception) -> Refusal:
    """Why a row of a bulk write was refused, in the platform's words."""
    refusal = no if isinstance(no, Refusal) else words(call, no)  # type: ignore[arg-type]  # each() notes only refusals
    call.refused.append((str(refusal.code), refusal.words))
    return refusal


# ---- pictures -----------------------------------------------------------------------------------------------------------------------------

_LARGEST = 10 * 1024 * 1024  # documented
_NAME = re.compile(rb'content-disposition:[^\r\n]*[; ]name="?([^";\r\n]+)"?', re.IGNORECASE)
_CASES = ("MAIN_IMAGE", "ATTRIBUTE_IMAGE", "DESCRIPTION_IMAGE", "CERTIFICATION_IMAGE", "SIZE_CHART_IMAGE", "CUSTOMIZATION_IMAGE")


@serves("upload-product-image-202309", family=Family.CATALOGUE, effect="write")
def upload_image(call: Call) -> dict[str, Any]:
    """A picture to name in products; its name follows from its bytes. Nothing is kept of it."""
    parts = _parts(call)
    if "data" not in parts:
        raise refuse(11050001, "the multipart body has no field `data`")
    picture, case = parts["data"], parts.get("use_case", b"").decode("ascii", "replace") or "MAIN_IMAGE"
    if case not in _CASES:
        raise refuse(11050001, f"use_case is {case[:40]!r}: it must be one of {', '.join(_CASES)}")
    if not picture:
        raise refuse(12038002, "the field `data` is empty")
    if len(picture) > _LARGEST:
        raise refuse(12038005, f"the picture has {len(picture)} bytes, {_LARGEST} are possible")
    width, height = _dimensions(picture)
    if not width:
        call.inferred("any_picture", "the platform would refuse this picture: it is none of JPG, PNG, WEBP, HEIC, BMP")
        width = height = 1000
    elif case == "MAIN_IMAGE" and not (300 <= width <= 4000 and 300 <= height <= 4000):
        call.inferred("any_picture", f"the platform would refuse this picture: {width} × {height} pixels, a main image has 300 to 4000 each way")
    name = "tos-maliva-i-" + hashlib.blake2b(picture, digest_size=12).hexdigest()
    return {"uri": name, "url": product_view.IMAGES + name, "width": width, "height": height, "use_case": case}


def _parts(call: Call) -> dict[str, bytes]:
    """The fields of a multipart body by name."""
    kind = call.request.headers.get("content-type", "")
    boundary = re.search(r'boundary="?([^";]+)"?', kind, re.IGNORECASE)
    if boundary is None:
        raise refuse(11050001, "the content-type names no boundary")
    found: dict[str, bytes] = {}
    for part in call.request.body.split(b"--" + boundary[1].strip().encode("latin-1", "replace")):
        head, gap, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if gap and name is not None:
            found.setdefault(name[1].decode("ascii", "replace"), content.removesuffix(b"\r\n"))
    return found


def _dimensions(picture: bytes) -> tuple[int, int]:
    """Width and height of a picture; 1000 each way where its format keeps them out of easy reach, 0 where it is no picture."""
    if picture.startswith(b"\x89PNG\r\n\x1a\n") and len(picture) >= 24:
        return int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
    if picture.startswith(b"\xff\xd8"):
        return _jpeg(picture)
    known = picture.startswith(b"BM") or (picture[:4] == b"RIFF" and picture[8:12] == b"WEBP") or picture[4:8] == b"ftyp"
    return (1000, 1000) if known else (0, 0)


def _jpeg(picture: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(picture) and picture[at] == 0xFF:
        marker, size = picture[at + 1], int.from_bytes(picture[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(picture[at + 7 : at + 9], "big"), int.from_bytes(picture[at + 5 : at + 7], "big")
        at += 2 + size
    return 1000, 1000
