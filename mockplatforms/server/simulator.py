"""The simulator: all workspaces of one process, found by the credentials of whoever calls."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Container, Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from .. import tiktok_shop, tokopedia
from ..domain import buyers, outbox, seeding, shops
from ..domain.developers import APPS, GRANTS, TOPIC_ADDRESSES, warn
from ..domain.developers import app as app_of
from ..domain.instants import Instant
from ..domain.phases import Platform
from ..domain.rules import RECOMMENDED, Rules
from ..domain.shops import SHOPS, Seller
from ..domain.world import Change, World
from ..gateway import chaos, faults, pipeline
from ..gateway import facade as facades_
from ..gateway.call import Reply, Request
from ..gateway.chaos import Chaos
from ..gateway.credentials import Credentials
from ..gateway.endpoint import Match
from ..gateway.facade import Facade
from ..gateway.faults import Faults, Strike
from ..gateway.guesses import nearest
from ..gateway.journal import Exchange, Journal
from ..gateway.ledger import Entry
from ..gateway.meters import Meters
from ..gateway.workspace import Workspace
from ..tiktok_shop import ids as tiktok_ids
from ..tiktok_shop import topics as tiktok_topics
from ..tokopedia import ids as tokopedia_ids
from ..tokopedia import topics as tokopedia_topics
from . import fixtures
from .clocks import Clocks

FACADES: tuple[Facade, ...] = (tokopedia.FACADE, tiktok_shop.FACADE)
ACTS = 100_000  # so many acts of a workspace are remembered
# What a rule of chaos can name: topics of TikTok Shop, and those of Tokopedia as their deliveries name them.
WEBHOOK_TOPICS: tuple[str, ...] = (
    *dict.fromkeys(
        "merge" if address == "shop_merge_notification_url" else address.removesuffix("_url")
        for addresses, _, _ in tokopedia_topics.WEBHOOKS.values()
        for address in addresses.split(", ")
    ),
    *(row.name for row in tiktok_topics.WEBHOOKS.values()),
)
BY_PLATFORM = {facade.platform: facade for facade in FACADES}


class Act(NamedTuple):
    """One call of the control API about a workspace. ``after``: the exchange that came before it; ``at``: world time; ``path``: below the workspace."""

    after: int
    at: int
    method: str
    path: str
    body: dict[str, Any]
    refused: bool = False


class Simulator:
    """Workspaces, who they are found by, and the journal of everything that came in.

    ``real`` and ``tick`` answer unix seconds and monotonic seconds. ``epoch`` is where wire ids of this process begin.
    """

    def __init__(
        self,
        *,
        real: Callable[[], float] = time.time,
        tick: Callable[[], float] = time.monotonic,
        epoch: int = 0,
        quota: str = "announce",
        public_url: str = "",
        journal_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        self.real = real
        self.tick = tick
        self.public_url = public_url.rstrip("/")
        self.quota = quota
        self.journal_bytes = journal_bytes
        self.workspaces: dict[str, Workspace] = {}
        self.specs: dict[str, dict[str, Any]] = {}
        self.journal = Journal(journal_bytes)  # calls that no workspace claims
        self.watchers: list[Callable[[Workspace], None]] = []
        self.listeners: list[Callable[[Exchange], None]] = []
        self.closed: dict[str, deque[tuple[int, World]]] = {}  # by workspace: (run, the world in which that run ended), the last few
        self.acts: dict[str, deque[Act]] = {}  # by workspace: what the control API has done since its birth or last reset
        self.reborn: dict[str, int] = {}  # by workspace that was reset: the number of the last call before that
        self._used: dict[str, float] = {}  # monotonic second of each workspace's last call
        self._epoch = epoch
        self._exchange = 0
        self._made = 0
        self._keys: dict[str, Workspace] = {}
        self._seeds: dict[tuple[Any, ...], World] = {}

    @property
    def exchanges(self) -> int:
        """How many calls were answered so far: the id of the latest exchange."""
        return self._exchange

    @property
    def taken(self) -> Container[str]:
        """The credentials that open workspaces have."""
        return self._keys

    def numbered_from(self, exchange: int) -> None:
        """Give no number up to this one to an exchange that is still to come."""
        self._exchange = max(self._exchange, exchange)

    # ---- calls ------------------------------------------------------------------------------------------------------------------------

    def answer(self, request: Request, *, held: Strike | None = None) -> Reply:
        """Answer one call to either platform. Never raises for anything that a client can send.

        A reply may have ``trouble``, which whoever brings it to the client has to carry out. Where a fault makes the call itself wait, nothing
        has happened yet: it is to be asked again, ``held`` by the strike in that trouble, once the time has passed or the client has gone.
        """
        self._exchange += 1
        facade, match = _route(request.method, request.path, request.media, "app_key=" in request.query)
        workspace = self._whose(facade, request, match)
        if workspace is None:
            now = Instant(int(self.real()), int(self.real()))
            refused = facade.unknown(request, match, self._nearest(facade, request))
            reply, exchange = pipeline.unclaimed(facade, request, refused, now=now, exchange=self._exchange)
            self.journal.add(exchange)
        else:
            reply, answered = pipeline.answer(facade, workspace, request, match, now=workspace.now(), exchange=self._exchange, held=held)
            if answered is None:
                return reply
            exchange = answered
            workspace.journal.add(exchange)
            workspace.ledger.add(_entry(exchange))
            self._used[workspace.name] = self.tick()
        for listener in self.listeners:
            listener(exchange)
        return reply

    def _whose(self, facade: Facade, request: Request, match: Match) -> Workspace | None:
        """The workspace that the caller's credentials belong to; credentials first, then the header ``X-Mock-Workspace``."""
        for key in facade.keys(request, match):
            found = self._keys.get(key)
            if found is not None:
                return found
        named = request.headers.get("x-mock-workspace")
        return self.workspaces.get(named) if named else None

    def _nearest(self, facade: Facade, request: Request) -> str:
        """Words on what a call without a workspace may have meant."""
        shown = list(facade.keys(request, Match(None, {}, False)))
        for key in shown:
            kind = key.partition(":")[0]
            close = nearest(key, [known for known in self._keys if known.startswith(kind + ":")], cutoff=0.8)
            if close:
                return f"no workspace has {kind} {key.partition(':')[2]!r}; did you mean {close[0].partition(':')[2]!r} of workspace {self._keys[close[0]].name!r}?"
        if shown:
            return f"no workspace has {shown[0].partition(':')[0]} {shown[0].partition(':')[2][:12]!r}…; GET /_mock/workspaces lists those that are open"
        return "the call shows no credentials by which its workspace could be found"

    def exchange(self, number: int) -> Exchange | None:
        """One exchange by its id, whichever workspace it belongs to."""
        for journal in (self.journal, *(workspace.journal for workspace in self.workspaces.values())):
            found = journal.find(number)
            if found is not None:
                return found
        return None

    # ---- workspaces -------------------------------------------------------------------------------------------------------------------

    def create(self, spec: Mapping[str, Any] | None = None, *, name: str | None = None) -> Workspace:
        """Make a workspace: fresh credentials and a seeded world. Raises ValueError in words for a spec that cannot be."""
        spec = dict(spec or {})
        if name is None:
            self._made += 1
            while f"ws-{self._made}" in self.workspaces:
                self._made += 1
            name = f"ws-{self._made}"
        if name in self.workspaces:
            raise ValueError(f"there is a workspace {name!r} already")
        clock = spec.get("clock") or {}
        clocks = Clocks(mode=clock.get("mode", "real"), wire=clock.get("wire", "real"), scale=clock.get("scale", 60), real=self.real)
        seed = spec.get("seed", 1)
        world = self._seeded(spec, seed, clocks.now())
        credentials = Credentials(name, seed, chosen=spec.get("credentials"), taken=self._keys)
        meters = Meters(self.tick, mode=self._quota(spec), rates=spec.get("rates"))
        trouble, disorder = faults_of(spec.get("faults") or (), world), chaos_of(spec.get("chaos") or (), world)
        made = self.adopt(name, world, spec, credentials=credentials, clock=clocks, meters=meters, faults=trouble, chaos=disorder, ids=spec.get("ids", "epoch"))
        self._dress(made, spec)
        return made

    def adopt(self, name: str, world: World, spec: dict[str, Any], *, credentials: Credentials, clock: Clocks, meters: Meters, faults: Faults, chaos: Chaos, ids: str) -> Workspace:
        """Open a workspace around a world that there is already; the name must be free."""
        made = Workspace(name, world, credentials=credentials, clock=clock, teller=self._tell, meters=meters, ids=ids)
        made.journal = Journal(self.journal_bytes)
        made.faults, made.chaos = faults, chaos
        self._open(made)
        self.specs[name] = spec
        self.touch(name)
        return made

    def _seeded(self, spec: Mapping[str, Any], seed: int, born: Instant) -> World:
        """The seeded world of a spec: built once per fixture, sellers and moment of birth, then shared by all who ask for it."""
        rules = RECOMMENDED.but(**(spec.get("settings") or {}))
        fixture = spec.get("world") or "demo"
        sellers = spec.get("sellers")
        key = (fixture, born, rules, repr(sellers))
        world = self._seeds.get(key)
        if world is None:
            world = seeding.build(fixtures.world(fixture), fixtures.catalogue(), seed=0, epoch=0, born=born, rules=rules, sellers=sellers)
            if len(self._seeds) > 32:
                self._seeds.clear()
            self._seeds[key] = world
        return world.but(seed=seed, epoch=self._next_epoch(spec))

    def _quota(self, spec: Mapping[str, Any]) -> str:
        """What is done about rate limits: a server that enforces them does so in every workspace that has not switched them off."""
        wanted: str = spec.get("quota", self.quota)
        return "enforce" if self.quota == "enforce" and wanted != "off" else wanted

    def _next_epoch(self, spec: Mapping[str, Any]) -> int:
        if spec.get("ids", "epoch") == "repeat":
            return int(spec.get("epoch", 0))
        self._epoch += 1
        return self._epoch

    def _open(self, workspace: Workspace) -> None:
        self.workspaces[workspace.name] = workspace
        for key in workspace.credentials.keys():
            self._keys[key] = workspace
        workspace.credentials.announce(lambda key: self._keys.__setitem__(key, workspace))
        workspace.watchers.extend(self.watchers)
        workspace.neighbours = lambda: {
            f"app {other.credentials.app_key} of workspace {other.name!r}": other.credentials.app_secret
            for other in islice(self.workspaces.values(), 256)
            if other is not workspace
        }

    def _dress(self, workspace: Workspace, spec: Mapping[str, Any]) -> None:
        """What a new workspace gets beside its world: ready tokens for each seller, redirect and webhook addresses, buyers."""
        workspace.apply(_ready)
        apps = workspace.credentials.apps
        if spec.get("redirect_url"):
            workspace.apply(lambda world: world.put(APPS, app_of(world, Platform.TIKTOK_SHOP).but(redirect_url=spec["redirect_url"])))
        for platform, url in (spec.get("webhook_urls") or {}).items():
            workspace.apply(set_webhook_url, platform, url)
        assert set(apps) == set(Platform)  # every seeded world has an app on each platform
        workspace.apply(buyers.start)

    def delete(self, name: str) -> None:
        workspace = self.workspaces.pop(name)
        self.specs.pop(name, None)
        self.closed.pop(name, None)
        self.acts.pop(name, None)
        self.reborn.pop(name, None)
        self._used.pop(name, None)
        credentials = workspace.credentials
        for key in (*credentials.keys(), *(f"token:{token}" for token in credentials.tokens)):
            if self._keys.get(key) is workspace:
                del self._keys[key]

    def remember(self, workspace: Workspace, act: Act) -> None:
        """Something was done to the workspace by the control API."""
        self.acts.setdefault(workspace.name, deque(maxlen=ACTS)).append(act)

    def touch(self, name: str) -> None:
        """A workspace is in use, by this call or that."""
        if name in self.workspaces:
            self._used[name] = self.tick()

    def sweep(self) -> list[str]:
        """Delete the workspaces that nobody has called for as long as their ``idle_ttl`` allows. Answers their names."""
        now = self.tick()
        idle = [name for name, spec in self.specs.items() if spec.get("idle_ttl") and now - self._used.get(name, now) > spec["idle_ttl"]]
        for name in idle:
            self.delete(name)
        return idle

    def _close(self, workspace: Workspace) -> None:
        """Keep the world of a run that ends: its deliveries can still be read."""
        self.closed.setdefault(workspace.name, deque(maxlen=8)).append((workspace.run, workspace.world))

    def reset(self, workspace: Workspace) -> None:
        """Begin a new world with full attempts; id, credentials, tokens, redirect and webhook addresses stay."""
        spec = self.specs[workspace.name]
        old = workspace.world
        world = self._seeded(spec, old.seed, workspace.now()).but(rules=old.rules)
        world = _carried(world, old)
        self._close(workspace)
        self.acts.pop(workspace.name, None)
        self.reborn[workspace.name] = self.exchanges
        workspace.replace(world)
        workspace.apply(buyers.start)

    def restore(self, workspace: Workspace, name: str, *, resend: bool = False) -> None:
        """Go back to the world of a snapshot; what a reset keeps stays here too, as it is now.

        Deliveries that were answered since are not sent again, unless ``resend`` asks for it.
        """
        old = workspace.world
        world = _carried(workspace.snapshots[name], old)
        self._close(workspace)
        shelf = world.shelf(outbox.DELIVERIES)
        for delivery in () if resend else (*shelf.page("by_due"), *shelf.page("held")):
            now = old.get(outbox.DELIVERIES, delivery.serial)
            if now is not None and now.body == delivery.body and now.status is outbox.DeliveryStatus.DELIVERED:
                world = world.put(outbox.DELIVERIES, now)
        workspace.replace(world)

    def fork(self, workspace: Workspace, *, name: str | None = None) -> Workspace:
        """Another workspace with the same world, shops and ids, and fresh credentials; its deliveries are held until released."""
        self._made += 1
        made_name = name or f"{workspace.name}-fork-{self._made}"
        if made_name in self.workspaces:
            raise ValueError(f"there is a workspace {made_name!r} already")
        old = workspace.clock
        assert isinstance(old, Clocks)  # made by create
        clocks = Clocks(mode=old.mode, wire=old.wire, scale=old.scale, real=self.real, begin=old.now().world)
        credentials = Credentials(made_name, workspace.world.seed, taken=self._keys)
        meters = Meters(self.tick, mode=workspace.meters.mode, rates=workspace.meters.rates)
        made = self.adopt(made_name, workspace.world, dict(self.specs[workspace.name]), credentials=credentials, clock=clocks, meters=meters, faults=workspace.faults.copy(), chaos=workspace.chaos.copy(), ids=workspace.ids)
        made.hold = True
        self.acts[made_name] = deque(self.acts.get(workspace.name, ()), maxlen=ACTS)
        self.remember(made, Act(self.exchanges, made.now().world, "POST", "/webhooks/hold", {}))
        if workspace.name in self.reborn:
            self.reborn[made_name] = self.reborn[workspace.name]
        if len(made.world.shelf(outbox.DELIVERIES).index("by_due")):
            made.apply(outbox.hold_all)
        return made

    def _tell(self, workspace: Workspace, world: World) -> World:
        world = facades_.tell(FACADES, workspace, world)
        if workspace.chaos.rules or world.shelf(outbox.DELIVERIES).first("by_behind") is not None:
            return chaos.strike(workspace, world, _strangers)
        return world


@lru_cache(maxsize=2048)
def _route(method: str, path: str, media: str, has_app_key: bool) -> tuple[Facade, Match]:
    """The platform that a call means: the one that knows its path, else the one that it looks like."""
    segments = path.split("/", 3)
    version = segments[2] if len(segments) > 2 else ""
    like_tiktok = (len(version) == 6 and version.isdigit()) or segments[1:2] == ["api"] or has_app_key
    misses = []
    for facade in reversed(FACADES) if like_tiktok else FACADES:
        match = facade.catalog.match(method, path, media)
        if match.endpoint is not None:
            return facade, match
        misses.append((facade, match))
    return misses[1] if misses[1][1].known_path and not misses[0][1].known_path else misses[0]


def _entry(exchange: Exchange) -> Entry:
    return Entry(
        "exchange",
        exchange.id,
        exchange.at,
        exchange.run,
        exchange.platform,
        exchange.endpoint.source if exchange.endpoint is not None else "",
        exchange.seller,
        exchange.phase,
        exchange.outcome,
        exchange.code,
        tuple(exchange.shown),
        tuple(exchange.changed),
        tuple(exchange.refused),
        exchange.fault.id if exchange.fault is not None else "",
    )


def faults_of(rows: Iterable[Mapping[str, Any]], world: World) -> Faults:
    """The rules of trouble in those rows, for a world with those sellers. Raises faults.Impossible."""
    return Faults(faults.all_possible(rows, FACADES, sellers=[seller.key for seller in shops.sellers(world)]))


def chaos_of(rows: Iterable[Mapping[str, Any]], world: World) -> Chaos:
    """The rules of trouble with webhooks in those rows, for a world with those sellers. Raises odds.Impossible."""
    return Chaos(chaos.all_possible(rows, sellers=[seller.key for seller in shops.sellers(world)], topics=WEBHOOK_TOPICS))


def _strangers(world: World, delivery: outbox.Delivery) -> dict[str, int]:
    """This seller's ids on either platform → those of another seller; where there is none, ids that were never given out."""
    own = shops.seller(world, delivery.seller)
    other = next((seller for seller in shops.sellers(world) if seller.serial != own.serial and seller.tokopedia is not None and seller.tiktok_shop is not None), None)
    mints = (tokopedia_ids.shop(world), tiktok_ids.shop(world), tiktok_ids.user(world))
    mine = (own.tokopedia, own.tiktok_shop, own.serial)
    theirs = (None, None, None) if other is None else (other.tokopedia, other.tiktok_shop, other.serial)
    pairs = [(mint, one, another) for mint, one, another in zip(mints, mine, theirs, strict=True) if one is not None]
    return {str(mint.wire(one)): mint.wire(one) + 1 if another is None else mint.wire(another) for mint, one, another in pairs}


def _ready(world: World) -> World:
    """Ready tokens: one bearer for the Tokopedia app; code, access and refresh for each seller who has authorised the TikTok Shop app."""
    from ..domain import developers

    world = developers.grant(world, app_of(world, Platform.TOKOPEDIA), "bearer", seller=None, life=world.rules.tokopedia_token_life, name="ready").world
    app = app_of(world, Platform.TIKTOK_SHOP)
    for seller in shops.sellers(world):
        if seller.tiktok_shop is not None and shops.shop(world, seller.tiktok_shop).authorised:
            world = ready_tokens(world, app.serial, seller.serial, seller.key)
    return world


def ready_tokens(world: World, app_serial: int, seller: int, key: str) -> World:
    """An access and a refresh token and an unused code of one seller, under names that a reset keeps."""
    from ..domain import developers

    app = app_of(world, Platform.TIKTOK_SHOP)
    rules = world.rules
    world, refresh = developers.grant(world, app, "refresh", seller=seller, life=rules.tiktok_refresh_life, name=f"ready.{key}.refresh", scopes=app.scopes)
    world = developers.grant(
        world, app, "access", seller=seller, life=rules.tiktok_token_life, name=f"ready.{key}.access", scopes=app.scopes, family=refresh.family
    ).world
    return developers.grant(world, app, "code", seller=seller, life=rules.auth_code_life, name=f"ready.{key}.code", scopes=app.scopes).world


def _carried(world: World, old: World) -> World:
    """What reset and restore keep: apps' addresses and secrets, and every token, under the same names for the same sellers.

    A token that both worlds know stands as it does in the one that is gone to; one that was given since comes along, with the seller's
    consent behind it. Who has no shop there (it is born at the merge) has given nothing there.
    """
    for platform in Platform:
        was, now = app_of(old, platform), app_of(world, platform)
        world = world.put(APPS, now.but(webhooks=was.webhooks, webhook_secret=was.webhook_secret, redirect_url=was.redirect_url, webhook_url=was.webhook_url))
    tiktok = app_of(world, Platform.TIKTOK_SHOP)
    world = world.put(APPS, tiktok.but(scopes=app_of(old, tiktok.platform).scopes, whitelist=app_of(old, tiktok.platform).whitelist))
    sellers = {seller.key: seller for seller in shops.sellers(world)}
    return _with_addresses(_with_grants(world, old, sellers), old, sellers)


def _with_grants(world: World, old: World, sellers: Mapping[str, Seller]) -> World:
    here = {app_of(old, platform).serial: app_of(world, platform) for platform in Platform}
    known = {grant.name: grant for grant in world.shelf(GRANTS).page("by_name")}
    families = {was.family: known[was.name].family for was in old.shelf(GRANTS).page("by_name") if was.name in known}
    for grant in old.shelf(GRANTS).page("by_name"):
        app, owner = here[grant.app], None
        if grant.name in known:
            continue
        if grant.seller is not None:
            owner = sellers.get(shops.seller(old, grant.seller).key)
            if owner is None or (app.platform is Platform.TIKTOK_SHOP and owner.tiktok_shop is None):
                continue
        serial, world = world.take()
        family = families.setdefault(grant.family, serial)
        made = grant.but(serial=serial, app=app.serial, seller=None if owner is None else owner.serial, family=family)
        world = world.put(GRANTS, made)
        if grant.kind == "refresh" and not grant.used and not grant.withdrawn:
            world = warn(world, made)
        if grant.kind == "access" and not grant.withdrawn and owner is not None and owner.tiktok_shop is not None:
            world = world.put(SHOPS, shops.shop(world, owner.tiktok_shop).but(authorised=True))
    return world


def _with_addresses(world: World, old: World, sellers: Mapping[str, Seller]) -> World:
    for held in world.shelf(TOPIC_ADDRESSES).page("by_shop"):
        world = world.drop(TOPIC_ADDRESSES, held.serial)
    for held in old.shelf(TOPIC_ADDRESSES).page("by_shop"):
        owner = sellers.get(shops.seller(old, shops.shop(old, held.shop).seller).key)
        if owner is not None and owner.tiktok_shop is not None:
            serial, world = world.take()
            world = world.put(TOPIC_ADDRESSES, held.but(serial=serial, shop=owner.tiktok_shop))
    return world


def set_webhook_url(world: World, platform: str, url: str) -> World:
    """TikTok Shop's app-wide webhook address, or every Tokopedia address at once."""
    if platform == "tiktok_shop":
        return world.put(APPS, app_of(world, Platform.TIKTOK_SHOP).but(webhook_url=url))
    if platform == "tokopedia":
        return world.put(APPS, app_of(world, Platform.TOKOPEDIA).but(webhooks=tuple((name, url) for name in sorted(tokopedia.WEBHOOK_ADDRESSES)) if url else ()))
    raise ValueError(f"webhook_urls are for tokopedia and tiktok_shop, not {platform!r}")


__all__ = ["BY_PLATFORM", "FACADES", "Change", "Rules", "Simulator", "ready_tokens", "set_webhook_url"]
