"""Sellers, their shops on both platforms, warehouses, couriers, categories and buyers: who and where."""

from __future__ import annotations

from typing import Any

from . import timers
from .errors import EtalaseUnknown, Invalid, SellerUnknown, ShopUnknown, WarehouseUnknown
from .events import ShopOpened
from .instants import Instant
from .phases import Phase, Platform
from .table import Table
from .value import Value, value
from .world import Change, World


@value
class Seller(Value):
    """One merchant: a shop on either platform or both, with a phase of its own."""

    serial: int
    key: str  # short name, unique in the workspace: what `seller` means in the control API
    name: str
    tokopedia: int | None  # Shop serial
    tiktok_shop: int | None  # Shop serial; None until the merge where the shop is born by it
    road: str  # rehearsal or production
    phase: Phase = Phase.PRE_MERGE
    migrates: bool = True  # False: a seller that never will
    linked: Instant | None = None
    completed: Instant | None = None
    product_merged: Instant | None = None
    failed: str = ""  # why the last merge failed, as Partner Center shows it


@value
class Shop(Value):
    serial: int
    seller: int
    platform: Platform
    name: str
    domain: str
    kind: str  # test, development or live
    region: str = "ID"
    is_open: bool = True
    used: bool = False  # a development shop that was linked before
    options: tuple[str, ...] = ()  # option flags that are on (Tokopedia test shops)
    opened: Instant | None = None
    owner: int = 0  # serial of the owner's user account
    authorised: bool = True  # TikTok Shop: the seller has granted the app access
    closed_note: str = ""
    closed_until: int = 0  # wire time at which a closed shop opens by itself; 0: never
    off_services: tuple[int, ...] = ()  # couriers (serials) that the seller has turned off
    pharmacy: tuple[tuple[str, Any], ...] = ()  # licences of a pharmacy, as they were given
    unmet: tuple[str, ...] = ()  # TikTok Shop: what the seller has yet to do before listing, as Check Listing Prerequisites names it
    qualified: tuple[int, ...] = ()  # TikTok Shop: restricted categories (serials) that the seller was let into


@value
class Address(Value):
    name: str
    phone: str
    street: str
    district: str
    district_id: int
    city: str
    city_id: int
    province: str
    province_id: int
    postal: str
    latitude: str
    longitude: str


@value
class Warehouse(Value):
    """A place that holds stock. ``tokopedia`` and ``tiktok_shop``: on which platform it shows."""

    serial: int
    seller: int
    name: str
    address: Address
    is_default: bool
    tokopedia: bool
    tiktok_shop: bool
    kind: str = "sales"  # sales, return, or dilayani: run by Tokopedia, its stock is not the seller's to set
    enabled: bool = True


@value
class Courier(Value):
    """One service of one shipping company. Numbers are the platforms' own reference data, not ours."""

    serial: int
    shipper_id: int
    shipper: str
    code: str
    service_id: int
    service: str
    fee: int


@value
class Category(Value):
    """A node of the category tree, with its number on each platform (reference data).

    TikTok Shop's tree has two versions: the second has all of the first, and new ones below some of its leaves. A leaf is what
    products can be in, in the version that it came with.
    """

    serial: int
    parent: int | None
    name: str
    tokopedia: int  # 0: not on Tokopedia
    tiktok_shop: int
    is_leaf: bool
    english: str = ""
    asks: str = ""  # which of TikTok Shop's requirements its products must meet
    words: tuple[str, ...] = ()  # other names by which a title is recognised
    permission: tuple[str, ...] = ()  # why not every seller can use it: INVITE_ONLY, NON_MAIN_CATEGORY, PROHIBITED, CLOSED (in this market)
    only: Platform | None = None  # the one platform that takes products of it
    is_new: bool = False  # came with the second version
    is_split: bool = False  # a leaf that has categories below it in the second version


@value
class Buyer(Value):
    """A person who buys in either app."""

    serial: int
    key: str
    name: str
    email: str
    address: Address
    is_test: bool = False


@value
class Etalase(Value):
    """A showcase of a Tokopedia shop."""

    serial: int
    seller: int
    name: str
    deleted: bool = False


SELLERS = Table("sellers", Seller, by_key=lambda s: ((s.key, s.serial),), by_serial=lambda s: ((s.serial,),))
SHOPS = Table("shops", Shop, by_platform=lambda s: ((s.platform, s.serial),))
WAREHOUSES = Table("warehouses", Warehouse, by_seller=lambda w: ((w.seller, not w.is_default, w.serial),))
COURIERS = Table("couriers", Courier, by_service=lambda c: ((c.shipper_id, c.service_id, c.serial),))
CATEGORIES = Table(
    "categories",
    Category,
    by_tokopedia=lambda c: ((c.tokopedia, c.serial),) if c.tokopedia else (),
    by_tiktok_shop=lambda c: ((c.tiktok_shop, c.serial),),
    by_serial=lambda c: ((c.serial,),),
)
BUYERS = Table("buyers", Buyer, by_key=lambda b: ((b.key, b.serial),), by_serial=lambda b: ((b.serial,),))
ETALASES = Table("etalases", Etalase, by_seller=lambda e: ((e.seller, e.serial),))


def seller(world: World, serial: int) -> Seller:
    found = world.get(SELLERS, serial)
    if found is None:
        raise SellerUnknown(f"there is no seller {serial}")
    return found


def sellers(world: World) -> list[Seller]:
    """All sellers in the order in which they came."""
    return world.shelf(SELLERS).page("by_serial")


def named(world: World, key: str) -> Seller:
    """The seller of that short name."""
    found = world.shelf(SELLERS).page("by_key", (key,), limit=1)
    if not found or found[0].key != key:
        known = ", ".join(s.key for s in sellers(world))
        raise SellerUnknown(f"there is no seller {key!r}; the sellers are {known or 'none'}")
    return found[0]


def shop(world: World, serial: int | None) -> Shop:
    found = None if serial is None else world.get(SHOPS, serial)
    if found is None:
        raise ShopUnknown("this seller has no shop on that platform")
    return found


def shop_of(world: World, owner: Seller, platform: Platform) -> Shop:
    """The shop of a seller on one platform. Raises ShopUnknown where there is none."""
    return shop(world, owner.tokopedia if platform is Platform.TOKOPEDIA else owner.tiktok_shop)


def first_shop(world: World, platform: Platform) -> Shop | None:
    """The shop of a platform that came first, None while there is none."""
    found = world.shelf(SHOPS).first("by_platform", (platform,))
    return found if found is not None and found.platform is platform else None


def warehouses(world: World, owner: int, platform: Platform) -> list[Warehouse]:
    """The sales warehouses of a seller that show on one platform, the default one first."""
    rows = world.shelf(WAREHOUSES).page("by_seller", (owner,), (owner + 1,))
    return [w for w in rows if w.kind == "sales" and (w.tokopedia if platform is Platform.TOKOPEDIA else w.tiktok_shop)]


def close(world: World, serial: int, *, note: str, until: int = 0, begin: int = 0) -> World:
    """The shop takes a rest, now or from ``begin`` on; it opens by itself at ``until`` (wire times; 0: at once, and never)."""
    held = shop(world, serial)
    world = timers.stop(timers.stop(world, "shop.close", serial), "shop.open", serial)
    if begin > world.now.wire:
        world = world.put(SHOPS, held.but(closed_note=note, closed_until=until))
        return timers.set(world, "shop.close", serial, due=begin, clock="wire")
    return _closed(world, held.but(closed_note=note, closed_until=until))


def close_as_planned(world: World, serial: int) -> World:
    """The moment from which the shop wanted to be closed has come."""
    return _closed(world, shop(world, serial))


def _closed(world: World, held: Shop) -> World:
    world = world.put(SHOPS, held.but(is_open=False)).tell(ShopOpened(held.seller, world.now, held.serial, is_open=False))
    return timers.set(world, "shop.open", held.serial, due=held.closed_until, clock="wire") if held.closed_until else world


def reopen(world: World, serial: int) -> World:
    """The shop sells again."""
    held = shop(world, serial)
    world = timers.stop(timers.stop(world, "shop.close", serial), "shop.open", serial)
    world = world.put(SHOPS, held.but(is_open=True, closed_note="", closed_until=0))
    return world if held.is_open else world.tell(ShopOpened(held.seller, world.now, serial, is_open=True))


def on_tokopedia(world: World, serial: int | None) -> Category | None:
    """The category as Tokopedia's tree knows it: itself, or the nearest above it that has a number there."""
    while serial is not None and (row := world.get(CATEGORIES, serial)) is not None:
        if row.tokopedia:
            return row
        serial = row.parent
    return None


def prepare(world: World, serial: int, *, unmet: tuple[str, ...], qualified: tuple[int, ...]) -> World:
    """What a TikTok Shop shop has yet to do before it can list, and the restricted categories that it was let into."""
    return world.put(SHOPS, shop(world, serial).but(unmet=unmet, qualified=qualified))


def etalases(world: World, owner: int) -> list[Etalase]:
    """The showcases of a seller's shop, the oldest first."""
    return [row for row in world.shelf(ETALASES).page("by_seller", (owner,), (owner + 1,)) if not row.deleted]


def etalase(world: World, serial: int | None, owner: int) -> Etalase:
    found = None if serial is None else world.get(ETALASES, serial)
    if found is None or found.seller != owner or found.deleted:
        raise EtalaseUnknown("this shop has no such showcase")
    return found


def create_etalase(world: World, owner: int, name: str) -> Change:
    """A new showcase. Answers its serial."""
    _free(world, owner, name)
    serial, world = world.take()
    return Change(world.put(ETALASES, Etalase(serial, owner, name)), serial)


def rename_etalase(world: World, serial: int, owner: int, name: str) -> World:
    held = etalase(world, serial, owner)
    if held.name != name:
        _free(world, owner, name)
    return world.put(ETALASES, held.but(name=name))


def delete_etalase(world: World, serial: int, owner: int) -> World:
    """The showcase is gone; its products stay, in none."""
    return world.put(ETALASES, etalase(world, serial, owner).but(deleted=True))


def _free(world: World, owner: int, name: str) -> None:
    if not 1 <= len(name) <= 128:
        raise Invalid(f"a showcase has a name of 1 to 128 characters, not of {len(name)}", "name")
    if any(row.name.casefold() == name.casefold() for row in etalases(world, owner)):
        raise Invalid(f"there is a showcase {name!r} already", "name")


def default_warehouse(world: World, owner: int, platform: Platform) -> Warehouse:
    found = warehouses(world, owner, platform)
    if not found:
        raise WarehouseUnknown("this shop has no warehouse")
    return found[0]
