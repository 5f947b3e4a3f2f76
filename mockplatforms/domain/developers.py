"""The ISV itself: its developer organisation, its apps, what is bound to what, grants, and the nine preconditions of a rehearsal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from . import shops, timers
from .errors import Invalid
from .events import GrantExpiring, GrantGiven, GrantWithdrawn
from .instants import DAY, Instant
from .phases import Platform
from .shops import SHOPS, Seller, Shop
from .table import Table
from .value import Value, value
from .world import Change, World


@value
class Developer(Value):
    """One per workspace. ``broken``: preconditions that the control API has broken on purpose, with the reason."""

    serial: int
    organisation: str
    email: str
    has_account: bool = True
    bound: bool = True  # Partner Center account bound to the Tokopedia Open Platform account
    adapted: bool = True  # declared: adapted to the Indonesian API version
    tested: bool = True  # declared: business flow tested on the development shop
    attempts_used: int = 0


@value
class App(Value):
    """An app on one platform. ``webhooks``: (name of the address, url) pairs, sorted by name."""

    serial: int
    platform: Platform
    name: str
    kind: str  # test or live
    online: bool = True
    target_markets: tuple[str, ...] = ("ID",)
    scopes: tuple[str, ...] = ()
    webhooks: tuple[tuple[str, str], ...] = ()
    webhook_secret: str = ""
    redirect_url: str = ""
    webhook_url: str = ""  # TikTok Shop: the app-wide address
    whitelist: tuple[str, ...] = ()  # addresses from which the app may call (TikTok Shop: networks too)
    switches: tuple[tuple[str, bool], ...] = ()  # Tokopedia: the app's own switches
    public_key: bytes = b""  # Tokopedia: PEM, for buyers' data
    sunset: tuple[int, int, int] | None = None  # Tokopedia: wire times of T1, T2 and T3, once the overlay is switched on


@value
class Grant(Value):
    """A right to call: its wire form (code, token) is made by the workspace from the serial.

    ``kind``: bearer (Tokopedia), code, access, refresh (TikTok Shop). ``name`` is what the wire form follows from; ``family`` ties an access
    token to its refresh token. ``lasts``: seconds that the seller lets the authorisation behind a code last; 0: as long as the rule says.
    """

    serial: int
    name: str
    app: int
    seller: int | None
    kind: str
    issued: Instant
    expires: int  # wire time; 0: lives until used or withdrawn
    used: bool = False
    withdrawn: bool = False
    scopes: tuple[str, ...] = ()
    family: int = 0
    open_id: int = 0
    lasts: int = 0


@value
class TopicAddress(Value):
    """A TikTok Shop webhook address of one shop for one event type; it replaces the app-wide one for that topic."""

    serial: int
    shop: int
    event_type: str
    address: str
    created: Instant
    updated: Instant


DEVELOPERS = Table("developers", Developer, by_serial=lambda d: ((d.serial,),))
APPS = Table("apps", App, by_platform=lambda a: ((a.platform, a.serial),))
GRANTS = Table(
    "grants",
    Grant,
    by_kind=lambda g: ((g.app, g.seller or 0, g.kind, g.serial),),
    by_name=lambda g: ((g.name, g.serial),),
)
TOPIC_ADDRESSES = Table("topic_addresses", TopicAddress, by_shop=lambda t: ((t.shop, t.event_type, t.serial),))

MERGE_EVENT = "shop_merge_notification_url"


def developer(world: World) -> Developer:
    return world.shelf(DEVELOPERS).page("by_serial", limit=1)[0]


def app(world: World, platform: Platform) -> App:
    return world.shelf(APPS).page("by_platform", (platform,), limit=1)[0]


# ---- the nine preconditions -----------------------------------------------------------------------------------------------------------


class Precondition(NamedTuple):
    """One of the nine. ``unmet`` answers what to do, empty when the precondition holds; ``change`` breaks or mends it for real."""

    name: str
    unmet: Callable[[World, Seller], str]
    change: Callable[[World, bool], World]


class Standing(NamedTuple):
    name: str
    met: bool
    detail: str


def _declared(field: str, todo: str) -> tuple[Callable[[World, Seller], str], Callable[[World, bool], World]]:
    """A precondition that is one flag of the developer."""

    def unmet(world: World, seller: Seller) -> str:
        return "" if getattr(developer(world), field) else todo

    def change(world: World, met: bool) -> World:
        return world.put(DEVELOPERS, developer(world).but(**{field: met}))

    return unmet, change


def _no_test_app(world: World, seller: Seller) -> str:
    if app(world, Platform.TOKOPEDIA).kind != "test":
        return "the Tokopedia app is a live app: a rehearsal needs a test app"
    if seller.tokopedia is None or shops.shop(world, seller.tokopedia).kind != "test":
        return f"seller {seller.key!r} has no Tokopedia test shop under the test app"
    return ""


def _make_test_app(world: World, met: bool) -> World:
    return world.put(APPS, app(world, Platform.TOKOPEDIA).but(kind="test" if met else "live"))


def _no_subscription(world: World, seller: Seller) -> str:
    if dict(app(world, Platform.TOKOPEDIA).webhooks).get(MERGE_EVENT):
        return ""
    return "subscribe the test app to the merge event: POST /v1/fs/{fs_id}/register with shop_merge_notification_url (and every other address again)"


def _subscribe(world: World, met: bool) -> World:
    held = app(world, Platform.TOKOPEDIA)
    addresses = {name: url for name, url in held.webhooks if name != MERGE_EVENT}
    if met:
        addresses[MERGE_EVENT] = dict(held.webhooks).get(MERGE_EVENT) or "http://127.0.0.1:8701/tokopedia/merge"
    return world.put(APPS, held.but(webhooks=tuple(sorted(addresses.items()))))


def _test_shops(world: World) -> list[Shop]:
    rows = world.shelf(SHOPS).page("by_platform")
    return [shop for shop in rows if shop.platform is Platform.TOKOPEDIA and shop.kind == "test"]


def _forbidden_options(world: World, seller: Seller) -> str:
    """Over all test shops of the app, not only the one to be linked (documented); which options is not documented."""
    bad = [f"{shop.name} has {option}" for shop in _test_shops(world) for option in shop.options if option in world.rules.forbidden_options]
    return f"switch these options off (which options count is not documented): {', '.join(bad)}" if bad else ""


def _option(world: World, met: bool) -> World:
    forbidden = world.rules.forbidden_options
    for shop in _test_shops(world):
        kept = tuple(option for option in shop.options if option not in forbidden)
        if met:
            world = world.put(SHOPS, shop.but(options=kept))
        else:
            return world.put(SHOPS, shop.but(options=(*kept, forbidden[0]))) if forbidden else world
    return world


def _no_market(world: World, seller: Seller) -> str:
    return "" if "ID" in app(world, Platform.TIKTOK_SHOP).target_markets else "add Indonesia to the target markets of the Tokopedia & Shop app"


def _market(world: World, met: bool) -> World:
    return world.put(APPS, app(world, Platform.TIKTOK_SHOP).but(target_markets=("ID",) if met else ("MY",)))


def _no_development_shop(world: World, seller: Seller) -> str:
    if seller.tiktok_shop is None:
        return f"create a development shop in Indonesia for seller {seller.key!r} (a shop that is born at the merge goes by the production road)"
    shop = shops.shop(world, seller.tiktok_shop)
    if shop.kind != "development" or shop.region != "ID":
        return f"{shop.name} is a {shop.kind} shop in {shop.region}: link a development shop in Indonesia"
    return f"{shop.name} was linked before: create a new development shop" if shop.used else ""


def _new_shop(world: World, met: bool) -> World:
    for shop in world.shelf(SHOPS).page("by_platform"):
        if shop.platform is Platform.TIKTOK_SHOP and shop.kind == "development":
            world = world.put(SHOPS, shop.but(used=not met))
    return world


# The order is that of the rehearsal guide's preparation list.
PRECONDITIONS: tuple[Precondition, ...] = (
    Precondition("developer_account", *_declared("has_account", "register a Tokopedia Developer account")),
    Precondition("test_app", _no_test_app, _make_test_app),
    Precondition("merge_event_subscription", _no_subscription, _subscribe),
    Precondition("forbidden_options", _forbidden_options, _option),
    Precondition("target_market_indonesia", _no_market, _market),
    Precondition(
        "account_binding", *_declared("bound", "bind the Partner Center account to the Tokopedia Open Platform account (organisation ID and e-mail)")
    ),
    Precondition("development_shop", _no_development_shop, _new_shop),
    Precondition("adapted_to_indonesia_api", *_declared("adapted", "adapt the integration to the Indonesian version of the API (202309 or later)")),
    Precondition("tested_on_development_shop", *_declared("tested", "test the business process in the development shop first (onboarding, step 5)")),
)


def preconditions(world: World, seller: Seller) -> list[Standing]:
    """How each of the nine stands for that seller, in the guide's order."""
    standing = []
    for precondition in PRECONDITIONS:
        todo = precondition.unmet(world, seller)
        if precondition.name == "merge_event_subscription" and world.rules.merge_subscription == "silent":
            todo = ""
        standing.append(Standing(precondition.name, not todo, todo or "holds"))
    return standing


def set_precondition(world: World, name: str, met: bool) -> World:
    """Break or mend one of the nine, for real. Raises Invalid for an unknown name."""
    for precondition in PRECONDITIONS:
        if precondition.name == name:
            return precondition.change(world, met)
    raise Invalid(f"there is no precondition {name!r}; the nine are {', '.join(p.name for p in PRECONDITIONS)}", "name")


# ---- webhooks and grants ------------------------------------------------------------------------------------------------------------------


def register_webhooks(world: World, addresses: Mapping[str, str], secret: str | None) -> World:
    """Tokopedia's register call: it replaces every address (rule ``register_replaces``); those left out become empty."""
    held = app(world, Platform.TOKOPEDIA)
    kept = {} if world.rules.register_replaces else dict(held.webhooks)
    kept.update({name: url for name, url in addresses.items() if url})
    return world.put(APPS, held.but(webhooks=tuple(sorted(kept.items())), webhook_secret=held.webhook_secret if secret is None else secret))


def set_topic_address(world: World, shop: int, event_type: str, address: str) -> World:
    """One shop's own webhook address for one event type."""
    now = world.now
    held = topic_address(world, shop, event_type)
    if held is not None:
        return world.put(TOPIC_ADDRESSES, held.but(address=address, updated=now))
    serial, world = world.take()
    return world.put(TOPIC_ADDRESSES, TopicAddress(serial, shop, event_type, address, now, now))


def delete_topic_address(world: World, shop: int, event_type: str) -> World:
    held = topic_address(world, shop, event_type)
    return world if held is None else world.drop(TOPIC_ADDRESSES, held.serial)


def topic_address(world: World, shop: int, event_type: str) -> TopicAddress | None:
    found = world.shelf(TOPIC_ADDRESSES).page("by_shop", (shop, event_type), (shop, event_type + "\0"), limit=1)
    return found[0] if found else None


def grant(
    world: World,
    owner: App,
    kind: str,
    *,
    seller: int | None,
    life: int,
    name: str = "",
    scopes: tuple[str, ...] = (),
    family: int = 0,
    lasts: int = 0,
) -> Change:
    """A right to call, for ``life`` seconds of wire time (0: until used or withdrawn). Answers the Grant."""
    serial, world = world.take()
    expires = world.now.wire + life if life else 0
    made = Grant(serial, name or _name(world, serial), owner.serial, seller, kind, world.now, expires, scopes=scopes, family=family or serial, lasts=lasts)
    world = world.put(GRANTS, made)
    if kind == "access" and seller is not None:
        world = world.tell(GrantGiven(seller, world.now, owner.serial))
    if kind == "refresh":
        world = warn(world, made)
    return Change(world, made)


def _name(world: World, serial: int) -> str:
    """A name that no grant has: where ids repeat, one that a reset or restore has kept may have this serial's."""
    name = f"{world.epoch}.{serial}"
    while any(held.name == name for held in world.shelf(GRANTS).page("by_name", (name,), limit=1)):
        name += "'"
    return name


# ---- an authorisation that ends --------------------------------------------------------------------------------------------------------------

NOTICE = 30 * DAY  # how long before its end the platform begins to tell (documented)


def warn(world: World, held: Grant) -> World:
    """Let the platform tell 30 days before this authorisation ends."""
    if not held.expires:
        return world
    return _remind(world, held.serial, max(held.expires - NOTICE, world.now.wire))


def _remind(world: World, grant: int, due: int) -> World:
    """The timer has the serial of its grant: no wire id moves on because one is set."""
    return world.put(timers.TIMERS, timers.Timer(grant, world.rules.deadlines, due, "grant.expiring", grant))


def expiring(world: World, serial: int) -> World:
    """An authorisation is about to end: told now, and again at every midnight (UTC, inferred) until it is renewed or over."""
    held = world.get(GRANTS, serial)
    now = timers.deadline_time(world, world.now)
    if held is None or held.seller is None or held.withdrawn or held.used or now >= held.expires:
        return world
    latest = world.shelf(GRANTS).page("by_kind", (held.app, held.seller, "refresh", serial + 1), (held.app, held.seller, "refresh\0"))
    if any(not other.withdrawn and not other.used and (not other.expires or other.expires > held.expires) for other in latest):
        return world  # the seller has authorised anew
    world = world.tell(GrantExpiring(held.seller, world.now, held.app, held.expires, -(-(held.expires - now) // DAY)))
    return _remind(world, serial, now - now % DAY + DAY)


RINGS: dict[str, Callable[[World, int], World]] = {"grant.expiring": expiring}


def grants(world: World, owner: App, seller: int | None, kind: str) -> list[Grant]:
    """The grants of one kind that an app holds of one seller (None: of no seller), oldest first."""
    low = (owner.serial, seller or 0, kind)
    return world.shelf(GRANTS).page("by_kind", low, (owner.serial, seller or 0, kind + "\0"))


def withdraw(world: World, owner: App, seller: int) -> World:
    """The seller takes every right back that the app had."""
    for kind in ("access", "refresh", "code"):
        for held in grants(world, owner, seller, kind):
            world = world.put(GRANTS, held.but(withdrawn=True))
    held_shop = shops.seller(world, seller).tiktok_shop
    if held_shop is not None:
        world = world.put(SHOPS, shops.shop(world, held_shop).but(authorised=False))
    return world.tell(GrantWithdrawn(seller, world.now, owner.serial))
