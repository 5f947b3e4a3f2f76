"""Slash prices and bundles of a Tokopedia shop: what is cheaper, when, and for how many."""

from __future__ import annotations

from . import products, timers
from .errors import BundleUnknown, Invalid, PromotionUnknown
from .events import PromotionChanged
from .instants import Instant
from .products import Listing, Product
from .table import Table
from .value import Value, value
from .world import Change, World

LEAD = 300  # seconds that a slash price must lie ahead when it is made (observed)


@value
class SlashPrice(Value):
    """One SKU at a lower price for a while. ``begin`` and ``end`` are wire times."""

    serial: int
    seller: int
    product: int
    sku: int
    price: int
    percentage: int
    begin: int
    end: int
    max_order: int
    status: str  # SCHEDULED, ONGOING, ENDED or CANCELLED
    created: Instant


SLASH_PRICES = Table(
    "slash_prices",
    SlashPrice,
    by_seller=lambda s: ((s.seller, s.serial),),
    by_sku=lambda s: ((s.sku, s.serial),) if s.status in ("SCHEDULED", "ONGOING") else (),
)


def of_sku(world: World, sku: int) -> SlashPrice | None:
    """The slash price that holds or will hold for a SKU."""
    found = world.shelf(SLASH_PRICES).page("by_sku", (sku,), (sku + 1,), limit=1)
    return found[0] if found else None


def slash(world: World, record: Product, sku: int, *, price: int, begin: int, end: int, max_order: int) -> Change:
    """Plan a slash price. Answers its serial. Raises Invalid for one that cannot be."""
    if of_sku(world, sku) is not None:
        raise Invalid("the product has a slash price already", "product_id")
    serial, world = world.take()
    made = _fit(world, record, SlashPrice(serial, record.seller, record.serial, sku, price, 0, begin, end, max_order, "SCHEDULED", world.now))
    if begin < world.now.wire + LEAD:
        raise Invalid(f"a slash price begins at least {LEAD} seconds from now", "start_time_unix")
    return Change(_planned(world.put(SLASH_PRICES, made), made), serial)


def reslash(world: World, record: Product, sku: int, *, price: int, begin: int, end: int, max_order: int) -> World:
    """Change a slash price that has not ended; of one that holds already, the beginning stays."""
    held = of_sku(world, sku)
    if held is None:
        raise PromotionUnknown("the product has no slash price")
    after = _fit(world, record, held.but(price=price, begin=begin if held.status == "SCHEDULED" else held.begin, end=end, max_order=max_order))
    world = _planned(world.put(SLASH_PRICES, after), after)
    return _shown(world, after, after.price) if after.status == "ONGOING" else world


def _fit(world: World, record: Product, slash: SlashPrice) -> SlashPrice:
    normal = products.sku_of(record, slash.sku).price
    if record.tokopedia is not Listing.ACTIVATE:
        raise Invalid("only an active product can have a slash price", "product_id")
    if not products.LOWEST_PRICE <= slash.price < normal:
        raise Invalid(f"the discounted price must lie from {products.LOWEST_PRICE} to below {normal}, not at {slash.price}", "discounted_price")
    if slash.end <= max(slash.begin, world.now.wire):
        raise Invalid("a slash price ends after it begins, and not in the past", "end_time_unix")
    if slash.max_order < 1:
        raise Invalid("max_order is 1 at least", "max_order")
    return slash.but(percentage=round(100 * (normal - slash.price) / normal))


def _planned(world: World, slash: SlashPrice) -> World:
    for kind in ("slash.begin", "slash.end"):
        world = timers.stop(world, kind, slash.serial)
    if slash.status == "SCHEDULED":
        world = timers.set(world, "slash.begin", slash.serial, due=slash.begin, clock="wire")
    return timers.set(world, "slash.end", slash.serial, due=slash.end, clock="wire")


def begin(world: World, serial: int) -> World:
    """The slash price holds from now on."""
    held = find(world, serial)
    if held.status != "SCHEDULED":
        return world
    world = _shown(world.put(SLASH_PRICES, held.but(status="ONGOING")), held, held.price)
    return world.tell(PromotionChanged(held.seller, world.now, serial, is_active=True))


def end(world: World, serial: int, *, status: str = "ENDED") -> World:
    """The slash price is over: by itself, or cancelled."""
    held = find(world, serial)
    if held.status not in ("SCHEDULED", "ONGOING"):
        raise PromotionUnknown("this slash price is over")
    for kind in ("slash.begin", "slash.end"):
        world = timers.stop(world, kind, serial)
    world = world.put(SLASH_PRICES, held.but(status=status))
    if held.status == "SCHEDULED":
        return world
    return _shown(world, held, 0).tell(PromotionChanged(held.seller, world.now, serial, is_active=False))


def _shown(world: World, slash: SlashPrice, price: int) -> World:
    record = products.find(world, slash.product)
    if all(sku.serial != slash.sku for sku in record.skus):
        return world  # the variant was taken out meanwhile
    return products.with_sku(world, record, products.sku_of(record, slash.sku).but(slashed=price))


def find(world: World, serial: int | None) -> SlashPrice:
    found = None if serial is None else world.get(SLASH_PRICES, serial)
    if found is None:
        raise PromotionUnknown("there is no such slash price")
    return found


# ---- bundles --------------------------------------------------------------------------------------------------------------------------------

SINGLE, MULTIPLE = 1, 2


@value
class BundleItem(Value):
    """One product of a bundle. ``variants``: (SKU serial, price) where its variants have prices of their own."""

    product: int
    sku: int
    price: int
    min_order: int
    is_shown: bool
    variants: tuple[tuple[int, int], ...] = ()


@value
class Bundle(Value):
    """Products sold together, or one product sold in quantity. ``begin`` and ``stop`` are wire times; ``stop`` 0: endless."""

    serial: int
    group: int
    seller: int
    name: str
    kind: int
    begin: int
    stop: int
    warehouses: tuple[int, ...]
    items: tuple[BundleItem, ...]
    max_order: int
    quota: int
    cancelled: bool = False


BUNDLES = Table(
    "bundles",
    Bundle,
    by_group=lambda b: ((b.seller, b.kind, b.group, b.serial),),
    by_product=lambda b: tuple((item.product, b.serial) for item in b.items),
)


def bundle(world: World, bundles: tuple[Bundle, ...]) -> Change:
    """Put bundles on sale that belong to one group. Answers their serials."""
    first, world = world.take(len(bundles))
    for place, made in enumerate(bundles):
        world = world.put(BUNDLES, made.but(serial=first + place, group=first))
    return Change(world, tuple(range(first, first + len(bundles))))


def unbundle(world: World, serial: int) -> World:
    """A bundle is taken off sale."""
    return world.put(BUNDLES, find_bundle(world, serial).but(cancelled=True))


def find_bundle(world: World, serial: int | None) -> Bundle:
    found = None if serial is None else world.get(BUNDLES, serial)
    if found is None:
        raise BundleUnknown("there is no such bundle")
    return found
