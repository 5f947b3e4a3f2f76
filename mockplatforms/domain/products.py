"""Products, their SKUs and stock: one record per thing that is sold, seen through one storefront or both."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from .errors import Invalid, ProductState, ProductUnknown, SkuUnknown, TooLittleStock
from .events import PriceChanged, ProductCreated, ProductEdited, ProductStatusChanged, StockChanged
from .instants import Instant
from .phases import Phase, Platform
from .shops import Seller
from .table import Table
from .value import Value, value
from .world import Change, World


class Listing(StrEnum):
    """How a product stands on one platform. The same eight values that TikTok Shop prints; Tokopedia has its own numbers for them."""

    DRAFT = "DRAFT"
    PENDING = "PENDING"
    FAILED = "FAILED"
    ACTIVATE = "ACTIVATE"
    SELLER_DEACTIVATED = "SELLER_DEACTIVATED"
    PLATFORM_DEACTIVATED = "PLATFORM_DEACTIVATED"
    FREEZE = "FREEZE"
    DELETED = "DELETED"


@value
class Stock(Value):
    """Units of one SKU in one warehouse: free to sell, and held by paid orders that are not shipped yet.

    ``short``: how many of the held units were never there, sold by force; they are made good before anything is free again.
    """

    warehouse: int
    available: int
    committed: int = 0
    short: int = 0


@value
class SkuDetails(Value):
    """What a seller tells TikTok Shop of a SKU beyond what sells it; it is kept and shown as it was written.

    ``pictured``: the place of the axis that the SKU's picture shows; ``identifier``: (type, code); ``fees``: (type, amount, kind); ``size``: length, width, height, unit; ``weight``: (value, unit);
    ``lead``: (warehouse, units that may be sold before they are there, days that handling takes).
    """

    external_id: str = ""
    external_urls: tuple[str, ...] = ()
    pictured: int = 0
    identifier: tuple[str, str] | None = None
    fees: tuple[tuple[str, str, str], ...] = ()
    size: tuple[str, str, str, str] | None = None
    weight: tuple[str, str] | None = None
    lead: tuple[tuple[int, int, int], ...] = ()


@value
class Sku(Value):
    """What a buyer puts into the cart. ``options``: one value per axis of the product. Price in whole rupiah."""

    serial: int
    seller_sku: str
    price: int
    stock: tuple[Stock, ...]
    options: tuple[str, ...] = ()
    image: str = ""
    is_primary: bool = False
    active: bool = True  # Tokopedia: a variant child can be inactive by itself
    weight: int | None = None  # grams, where a variant weighs differently
    slashed: int = 0  # Tokopedia: the price while a slash price holds
    details: SkuDetails = SkuDetails()

    @property
    def available(self) -> int:
        total = 0
        for held in self.stock:
            total += held.available
        return total

    @property
    def committed(self) -> int:
        return sum(held.committed for held in self.stock)


@value
class Certification(Value):
    """Papers of a product. ``files``: (id, name, format); ``expires``: unix seconds, 0: never."""

    id: str
    images: tuple[str, ...] = ()
    files: tuple[tuple[str, str, str], ...] = ()
    expires: int = 0


@value
class Details(Value):
    """What a seller tells TikTok Shop of a product beyond what sells it; it is kept and shown as it was written.

    ``size_chart``: ("image", address) or ("template", id); ``delivery_options``: serials, none: those of the warehouse; ``scheduled``: when
    the sale begins, in unix seconds; ``most``: units per order and per buyer.
    """

    certifications: tuple[Certification, ...] = ()
    size_chart: tuple[str, str] | None = None
    video: str = ""
    delivery_options: tuple[int, ...] = ()
    shipping_template: str = ""
    search_terms: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    scheduled: int = 0
    most: tuple[int, int] | None = None


@value
class Finding(Value):
    """Why a review failed: where in the product, why, what would help, on which platform."""

    platform: Platform
    position: str
    reasons: tuple[str, ...]
    suggestions: tuple[str, ...] = ()


@value
class Version(Value):
    """What a seller wrote of a product that buyers don't see: a draft, or what is under review.

    ``facts`` are fields of Product that differ from the live version. Price and stock of SKUs that are live are never in them: a draft keeps
    those it was given as ``prices`` (SKU, rupiah) and ``stocks`` (SKU, warehouse, units). ``platforms``: where a draft is meant to be listed.
    """

    facts: tuple[tuple[str, Any], ...]
    through: str = "open_api"
    prices: tuple[tuple[int, int], ...] = ()
    stocks: tuple[tuple[int, int, int], ...] = ()
    platforms: tuple[Platform, ...] = ()


@value
class Product(Value):
    """One record. ``tokopedia`` and ``tiktok_shop`` say how it is listed there, None: it is not.

    A product born on Tokopedia without variants has no axes and one SKU, and is one Tokopedia product (id of the record); with axes, record
    (the parent) and every SKU (a child) have a Tokopedia product id. On TikTok Shop a record is a product and its SKUs are SKUs.
    After the merge a Tokopedia product and its copy are this one record under two ids. ``merged_into``: after product merge, the
    survivor that this record's copy became; its TikTok Shop id is retired then.
    """

    serial: int
    seller: int
    home: Platform  # where it was born
    name: str
    description: str
    category: int
    weight: int  # in ``weight_unit``
    weight_unit: str  # GR or KG, as it was written
    skus: tuple[Sku, ...]
    created: Instant
    updated: Instant
    revised: int  # revision of the last change
    tokopedia: Listing | None = None
    tiktok_shop: Listing | None = None
    axes: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    brand: str = ""
    condition: str = "NEW"
    min_order: int = 1
    must_insurance: bool = False
    preorder_days: int = 0
    length: int = 0
    width: int = 0
    height: int = 0
    etalase: int = 0
    wholesale: tuple[tuple[int, int], ...] = ()  # (minimum quantity, price)
    attributes: tuple[tuple[str, str], ...] = ()
    audit: str = "APPROVED"  # TikTok Shop's: NONE, AUDITING, FAILED, PRE_APPROVED, APPROVED
    is_on_campaign: bool = False
    bundle: bool = False
    is_cod: bool = False
    copied: Instant | None = None  # when the TikTok Shop copy of a Tokopedia product appeared
    merged_into: int | None = None
    sold: int = 0
    views: int = 0
    external_id: str = ""
    insurance: str = "OPTIONAL"
    idempotency_key: str = ""
    suspended_reason: str = ""
    reviewed: bool = False  # a review let it pass before: there is a version that was live
    tokopedia_audit: str = "APPROVED"  # how the review through TikTok Shop stands for Tokopedia
    findings: tuple[Finding, ...] = ()
    pre_approved: tuple[str, ...] = ()  # what a product that is PRE_APPROVED waits for
    draft: Version | None = None  # beside the live version
    review: Version | None = None
    details: Details = Details()

    @property
    def weight_grams(self) -> int:
        return self.weight * 1000 if self.weight_unit == "KG" else self.weight



def _in_tiktok(p: Product) -> bool:
    """Whether the TikTok Shop product API shows this record."""
    return (p.home is Platform.TIKTOK_SHOP or p.copied is not None) and p.merged_into is None


def _listed(p: Product) -> tuple[tuple[int, str, str, int, int], ...]:
    """Where a record is shown and how it stands there, once for each set of platforms that is all among its own."""
    if not _in_tiktok(p):
        return ()
    there = p.tokopedia is not None and (p.home is not Platform.TOKOPEDIA or p.copied is not None)
    kept = p.created.wire if p.copied is None else p.copied.wire
    found = [("", p.tiktok_shop or p.tokopedia)]
    if p.tiktok_shop is not None:
        found.append(("S", p.tiktok_shop))
    if there:
        found.append(("T", p.tokopedia))
        if p.tiktok_shop is not None:
            found.append(("ST", p.tiktok_shop))
    return tuple((p.seller, platforms, str(listing), kept, p.serial) for platforms, listing in found)


def _seller_skus(p: Product) -> tuple[tuple[int, str, int], ...]:
    """One key per distinct seller SKU of the record, the empty one included."""
    seen = dict.fromkeys(s.seller_sku for s in p.skus)
    return tuple((p.seller, sku, p.serial) for sku in seen)


def _external_ids(p: Product) -> tuple[tuple[int, str, str, int], ...]:
    """The seller's own ids of the record and of its SKUs; each kind is a world of its own."""
    keys = [(p.seller, "product", p.external_id, p.serial)] if p.external_id else []
    seen = dict.fromkeys(s.details.external_id for s in p.skus if s.details.external_id)
    return (*keys, *[(p.seller, "sku", text, p.serial) for text in seen])


def _items(p: Product) -> tuple[tuple[int, int, int], ...]:
    """Tokopedia lists the record and, where it has axes, each of its variants as a product of its own."""
    if p.home is not Platform.TOKOPEDIA or p.tokopedia is Listing.DELETED:
        return ()
    children = tuple((p.seller, s.serial, p.serial) for s in p.skus) if p.axes else ()
    return ((p.seller, p.serial, p.serial), *children)


PRODUCTS = Table(
    "products",
    Product,
    tokopedia_items=_items,
    by_sku_serial=lambda p: tuple((s.serial, p.serial) for s in p.skus),
    by_seller_sku=_seller_skus,
    on_tokopedia=lambda p: ((p.seller, p.serial),) if p.tokopedia is not None else (),
    on_tiktok_shop=lambda p: ((p.seller, p.serial),) if p.tiktok_shop is not None else (),
    in_tiktok_created=lambda p: ((p.seller, p.created.wire if p.copied is None else p.copied.wire, p.serial),) if _in_tiktok(p) else (),
    in_tiktok_listed=_listed,
    in_tiktok_audit=lambda p: ((p.seller, p.audit, p.created.wire if p.copied is None else p.copied.wire, p.serial),) if _in_tiktok(p) and p.tiktok_shop is not None else (),
    in_tiktok_updated=lambda p: ((p.seller, p.updated.wire, p.revised, p.serial),) if _in_tiktok(p) else (),
    by_external_id=_external_ids,
    by_idempotency_key=lambda p: ((p.seller, p.idempotency_key, p.serial),) if p.idempotency_key else (),
)


# ---- finding ------------------------------------------------------------------------------------------------------------------------------


def find(world: World, serial: int | None) -> Product:
    found = None if serial is None else world.get(PRODUCTS, serial)
    if found is None:
        raise ProductUnknown("there is no such product")
    return found


def of_sku(world: World, sku: int | None) -> tuple[Product, Sku]:
    """The product that a SKU belongs to, and the SKU."""
    if sku is not None:
        found = world.shelf(PRODUCTS).first("by_sku_serial", (sku,))
        for one in found.skus if found is not None else ():
            if found is not None and one.serial == sku:
                return found, one
    raise SkuUnknown("there is no such SKU")


def living(world: World, product: Product) -> Product:
    """The record that stands for this one today: the survivor, once a product merge has made two records one."""
    while product.merged_into is not None:
        product = find(world, product.merged_into)
    return product


def by_seller_sku(world: World, seller: int, text: str, platform: Platform | None = None) -> list[tuple[Product, Sku]]:
    """Every SKU that carries this seller SKU, to the letter; on one platform or on either."""
    found = world.shelf(PRODUCTS).page("by_seller_sku", (seller, text), (seller, text + "\0"))
    return [(p, s) for p in found if platform is None or visible(p, platform) for s in p.skus if s.seller_sku == text]


def visible(product: Product, platform: Platform) -> bool:
    """Whether the platform's product API knows this record: born there, or copied there by the merge."""
    if platform is Platform.TOKOPEDIA:
        return product.home is Platform.TOKOPEDIA and product.tokopedia is not Listing.DELETED
    return _in_tiktok(product)


def sells(world: World, owner: Seller, product: Product, app: Platform) -> bool:
    """Whether that app's storefront sells the product at this moment."""
    if product.merged_into is not None:
        return False
    if app is Platform.TIKTOK_SHOP:
        return product.tiktok_shop is Listing.ACTIVATE
    if product.tokopedia is not Listing.ACTIVATE:
        return False
    if owner.phase in (Phase.MERGED, Phase.PRODUCT_MERGED) and product.home is Platform.TOKOPEDIA:
        return product.copied is not None
    return True


def storefront(world: World, owner: Seller, app: Platform, *, after: int = 0, limit: int | None = None) -> list[Product]:
    """What that app sells of this seller, in the order of birth."""
    index = "on_tiktok_shop" if app is Platform.TIKTOK_SHOP else "on_tokopedia"
    rows = world.shelf(PRODUCTS).page(index, (owner.serial, after), (owner.serial + 1,), limit=limit)
    return [p for p in rows if sells(world, owner, p, app)]


# ---- stock and price ----------------------------------------------------------------------------------------------------------------------


def sku_of(product: Product, serial: int) -> Sku:
    for sku in product.skus:
        if sku.serial == serial:
            return sku
    raise SkuUnknown("that SKU does not belong to this product")


def with_sku(world: World, product: Product, sku: Sku) -> World:
    """The product with one SKU put in place of its former version."""
    same_name = sku_of(product, sku.serial).seller_sku == sku.seller_sku
    skus = tuple([sku if one.serial == sku.serial else one for one in product.skus])
    made = product.but(skus=skus, updated=world.now, revised=world.revision)
    return world.put(PRODUCTS, made, moves=("in_tiktok_updated",) if same_name else None)


def held(sku: Sku, warehouse: int) -> Stock:
    for stock in sku.stock:
        if stock.warehouse == warehouse:
            return stock
    return Stock(warehouse, 0)


def _restock(sku: Sku, after: Stock) -> Sku:
    if any(stock.warehouse == after.warehouse for stock in sku.stock):
        return sku.but(stock=tuple([after if stock.warehouse == after.warehouse else stock for stock in sku.stock]))
    return sku.but(stock=(*sku.stock, after))


def _stand_in(world: World, product: int, sku: int) -> tuple[Product, Sku]:
    """The record and SKU that hold the units today: a merged copy's units lie with the survivor's SKU of the same seller SKU.

    Raises SkuUnknown when the variant has been taken out of the product since.
    """
    record = find(world, product)
    one = sku_of(record, sku)
    while record.merged_into is not None:
        record = find(world, record.merged_into)
        same = [s for s in record.skus if s.seller_sku == one.seller_sku] or record.skus
        if len(same) != 1:
            raise SkuUnknown(f"no variant {one.seller_sku!r} is left")
        one = same[0]
    return record, one


def _store(world: World, product: Product, sku: Sku, after: Stock, *, cause: str) -> World:
    made = _restock(sku, after)
    return restocked(with_sku(world, product, made), product, made, held(sku, after.warehouse), after, cause=cause)


def restocked(world: World, product: Product, sku: Sku, before: Stock, after: Stock, *, cause: str) -> World:
    """Tell that the units of a SKU in one warehouse are others now; ``sku`` is the SKU as it is after that."""
    if (before.available, before.committed) == (after.available, after.committed):
        return world
    told = StockChanged(
        product.seller,
        world.now,
        product.serial,
        sku.serial,
        after.warehouse,
        before.available,
        after.available,
        cause,
        committed=after.committed - before.committed,
        sku_available=sku.available,
        sku_committed=sku.committed,
    )
    return world.tell(told)


def _where(sku: Sku, warehouse: int) -> Stock:
    """The stock of that warehouse, or of the one that took its place when records were merged."""
    for stock in sku.stock:
        if stock.warehouse == warehouse:
            return stock
    return sku.stock[0] if sku.stock else Stock(warehouse, 0)


def reserve(world: World, product: int, sku: int, warehouse: int, quantity: int, *, cause: str = "order", force: bool = False) -> World:
    """Units of a paid order: no longer free, not yet gone. Raises TooLittleStock."""
    try:
        record, one = _stand_in(world, product, sku)
    except SkuUnknown as gone:
        raise TooLittleStock(str(gone), (sku,)) from None
    stock = _where(one, warehouse)
    if stock.available < quantity and not force:
        raise TooLittleStock(f"{quantity} units of {one.seller_sku or one.serial!r} were asked for, {stock.available} are left", (one.serial,))
    taken = min(quantity, stock.available)
    after = Stock(stock.warehouse, stock.available - taken, stock.committed + quantity, stock.short + quantity - taken)
    return _store(world, record, one, after, cause=cause)


def release(world: World, product: int, sku: int, warehouse: int, quantity: int, *, cause: str = "order_cancelled") -> World:
    """Units of an order that will not be shipped, free again; those of a variant that is gone are gone with it."""
    try:
        record, one = _stand_in(world, product, sku)
    except SkuUnknown:
        return world
    stock = _where(one, warehouse)
    good = min(quantity, stock.short)
    after = Stock(stock.warehouse, stock.available + quantity - good, max(0, stock.committed - quantity), stock.short - good)
    return _store(world, record, one, after, cause=cause)


def consume(world: World, product: int, sku: int, warehouse: int, quantity: int) -> World:
    """Units that left the warehouse: those that were there first, then those that the seller found elsewhere."""
    try:
        record, one = _stand_in(world, product, sku)
    except SkuUnknown:
        return world
    stock = _where(one, warehouse)
    committed = max(0, stock.committed - quantity)
    return _store(world, record, one, Stock(stock.warehouse, stock.available, committed, min(stock.short, committed)), cause="order")


def take_back(world: World, product: int, sku: int, warehouse: int, quantity: int) -> World:
    """Units that had left the warehouse, free to sell again."""
    record, one = _stand_in(world, product, sku)
    stock = _where(one, warehouse)
    return _store(world, record, one, Stock(stock.warehouse, stock.available + quantity, stock.committed), cause="order_cancelled")


def set_stock(world: World, product: int, sku: int, warehouse: int, quantity: int, *, cause: str = "overwrite") -> World:
    """So many units are free to sell from now on."""
    if quantity < 0:
        raise Invalid(f"stock cannot be {quantity}", "stock")
    record = find(world, product)
    one = sku_of(record, sku)
    stock = held(one, warehouse)
    return _store(world, record, one, stock.but(available=quantity), cause=cause)


def overwrite(world: World, product: int, sku: int, stock: tuple[Stock, ...]) -> World:
    """The free units of a SKU are those that are listed, and no others; units that orders hold stay held."""
    record = find(world, product)
    one = sku_of(record, sku)
    after = one.but(stock=overwritten(one, stock))
    if after.stock == one.stock:
        return world
    world = with_sku(world, record, after)
    for place in dict.fromkeys(row.warehouse for row in (*one.stock, *after.stock)):
        world = restocked(world, record, after, held(one, place), held(after, place), cause="overwrite")
    return world


def set_lead(world: World, product: int, sku: int, lead: tuple[tuple[int, int, int], ...]) -> World:
    """What may be sold of a SKU before it is there; see :class:`SkuDetails`."""
    record = find(world, product)
    one = sku_of(record, sku)
    return world if one.details.lead == lead else with_sku(world, record, one.but(details=one.details.but(lead=lead)))


def shift_stock(world: World, product: int, sku: int, warehouse: int, delta: int, *, cause: str) -> World:
    """So many units more (or fewer) are free to sell. Raises TooLittleStock when fewer than none would be left."""
    record = find(world, product)
    one = sku_of(record, sku)
    stock = held(one, warehouse)
    if stock.available + delta < 0:
        raise TooLittleStock(f"stock is {stock.available}: it cannot go down by {-delta}", (one.serial,))
    return _store(world, record, one, stock.but(available=stock.available + delta), cause=cause)


LOWEST_PRICE = 100  # documented on both platforms, in rupiah
HIGHEST_PRICE = 100_000_000


def set_price(world: World, product: int, sku: int, price: int) -> World:
    """The price per unit in whole rupiah, from 100 to 100,000,000."""
    if not LOWEST_PRICE <= price <= HIGHEST_PRICE:
        raise Invalid(f"a price lies between {LOWEST_PRICE} and {HIGHEST_PRICE} rupiah, not at {price}", "price")
    record = find(world, product)
    one = sku_of(record, sku)
    if one.price == price:
        return world
    world = with_sku(world, record, one.but(price=price))
    return world.tell(PriceChanged(record.seller, world.now, product, sku, one.price, price))


# ---- making and changing ------------------------------------------------------------------------------------------------------------------


@value
class SkuDraft(Value):
    """A SKU as a seller describes it. ``stock``: (warehouse serial, units); ``serial`` names an existing SKU in an edit."""

    seller_sku: str = ""
    price: int = 0
    stock: tuple[tuple[int, int], ...] = ()
    options: tuple[str, ...] = ()
    image: str = ""
    is_primary: bool = False
    serial: int | None = None
    details: SkuDetails = SkuDetails()


def create(world: World, owner: int, home: Platform, skus: tuple[SkuDraft, ...], *, listing: Listing, tokopedia_too: bool = False, **facts: Any) -> Change:
    """A new product of that seller, born on that platform. ``facts`` are fields of Product. Answers its serial."""
    serial, world = world.take(1 + len(skus))
    made = tuple(
        Sku(serial + 1 + n, d.seller_sku, d.price, tuple(Stock(w, q) for w, q in d.stock), d.options, d.image, d.is_primary, details=d.details)
        for n, d in enumerate(skus)
    )
    on_tiktok = listing if home is Platform.TIKTOK_SHOP and facts.pop("on_tiktok", True) else None
    product = Product(
        serial=serial,
        seller=owner,
        home=home,
        skus=made,
        created=world.now,
        updated=world.now,
        revised=world.revision,
        tokopedia=listing if home is Platform.TOKOPEDIA or tokopedia_too else None,
        tiktok_shop=on_tiktok,
        **facts,
    )
    return Change(world.put(PRODUCTS, product).tell(ProductCreated(owner, world.now, serial, home)), serial)


def edit(world: World, serial: int, platform: Platform, *, through: str = "open_api", **changes: Any) -> World:
    """A product with some facts changed, through one platform's API."""
    product = find(world, serial)
    if Listing.DELETED in (product.tokopedia, product.tiktok_shop):
        raise ProductState("a deleted product cannot be edited")
    told = tuple(sorted(name for name, new in changes.items() if getattr(product, name) != new))
    if not told:
        return world
    after = product.but(updated=world.now, revised=world.revision, **changes)
    world = world.put(PRODUCTS, after).tell(ProductEdited(product.seller, world.now, serial, platform, told, through))
    former = {sku.serial: sku for sku in product.skus}
    for sku in after.skus if "skus" in told else ():
        for stock in sku.stock if sku.serial in former else ():
            world = restocked(world, after, sku, held(former[sku.serial], stock.warehouse), stock, cause="overwrite")
    return world


def listed(product: Product, platform: Platform) -> Listing | None:
    return product.tokopedia if platform is Platform.TOKOPEDIA else product.tiktok_shop


def set_listing(world: World, serial: int, platform: Platform, to: Listing | None, *, reason: str = "") -> World:
    """How the product stands on that platform from now on, and why the platform says so."""
    return set_listings(world, serial, {platform: to}, reason=reason)


def set_listings(world: World, serial: int, to: Mapping[Platform, Listing | None], *, reason: str = "") -> World:
    """How the product stands on each of those platforms from now on, in one moment."""
    product = find(world, serial)
    moved: dict[str, Any] = {platform: listing for platform, listing in to.items() if listed(product, platform) is not listing}
    if not moved:
        return world
    world = world.put(PRODUCTS, product.but(updated=world.now, revised=world.revision, suspended_reason=reason, **moved))
    for place, platform in enumerate(moved):
        before, now = listed(product, Platform(platform)) or "", moved[platform] or ""
        world = world.tell(ProductStatusChanged(product.seller, world.now, serial, Platform(platform), before, now, together=place > 0))
    return world


def new_skus(world: World, product: Product, drafts: tuple[SkuDraft, ...], *, whole: bool) -> tuple[tuple[Sku, ...], World]:
    """The SKUs of an edit: those that name a known serial (or seller SKU) keep their identity, once each; others are new.

    A draft that leaves out price, stock or options leaves them as they are; other facts too, unless it describes the SKU as a ``whole``.
    """
    known = {sku.serial: sku for sku in product.skus}
    by_text = {sku.seller_sku: sku.serial for sku in product.skus if sku.seller_sku}
    made = []
    for draft in drafts:
        old = known.pop(draft.serial if draft.serial is not None else by_text.get(draft.seller_sku, 0), None)
        stock = tuple(Stock(w, q) for w, q in draft.stock)
        if old is not None:
            made.append(
                old.but(
                    seller_sku=draft.seller_sku if whole else draft.seller_sku or old.seller_sku,
                    price=draft.price or old.price,
                    stock=overwritten(old, stock) if stock else old.stock,
                    options=draft.options or old.options,
                    image=draft.image if whole and draft.options else draft.image or old.image,
                    details=draft.details,
                )
            )
        else:
            serial, world = world.take()
            made.append(Sku(serial, draft.seller_sku, draft.price, stock, draft.options, draft.image, draft.is_primary, details=draft.details))
    return tuple(made), world


def overwritten(sku: Sku, stock: tuple[Stock, ...]) -> tuple[Stock, ...]:
    """The free units as an edit lists them; units that orders hold stay held, also where the edit lists nothing."""
    named = {after.warehouse for after in stock}
    listed = [held(sku, after.warehouse).but(available=after.available) for after in stock]
    return (*listed, *(before.but(available=0) for before in sku.stock if before.warehouse not in named and before.committed))
