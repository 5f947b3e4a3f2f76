"""The migration of one pair of shops: link, merge, product merge; what is copied, mapped and routed at each move."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from . import developers, placing, products, shops, timers
from .developers import DEVELOPERS
from .errors import Invalid, MoveRefused, NoAttemptsLeft, PreconditionsUnmet
from .events import PhaseChanged, ProductCopied, ProductsMerged, ProductStatusChanged, ShopMirrored, ShopsMerged
from .instants import HOUR
from .phases import MOVES, Access, Act, Family, Phase, Platform, access
from .products import PRODUCTS, Listing, Product, Sku, Stock
from .rules import Rules
from .shops import SELLERS, SHOPS, WAREHOUSES, Seller, Shop
from .world import World

# ---- what a phase allows ------------------------------------------------------------------------------------------------------------------


class Verdict(NamedTuple):
    """What a seller's phase gives to a family of calls: open, or refused with the rule and the words."""

    open: bool
    access: Access
    rule: str
    words: str


@lru_cache(maxsize=1024)
def _verdict(platform: Platform, family: Family, phase: Phase, modify: str) -> Verdict:
    given = access(platform, family, phase)
    where = f"{family} on {platform} in phase {phase}"
    if given is Access.C1:
        if modify == "strict" or (modify == "shadow_write" and platform is Platform.TIKTOK_SHOP):
            return Verdict(False, given, "modify_after_merge", f"{where}: price and stock open again with the product merge (rule modify_after_merge: strict)")
        return Verdict(True, given, "modify_after_merge", f"{where}: allowed by rule modify_after_merge: {modify}")
    if given is Access.LOCKED:
        until = "the product merge is confirmed" if phase is Phase.MERGED else "the shops have merged and the product merge is confirmed"
        return Verdict(False, given, "", f"{where}: only price and stock can be edited during shop integration; queue the change until {until}")
    if given is Access.CLOSED:
        return Verdict(False, given, "closed_after_merge", f"{where}: this shop is managed through the TikTok Shop API since the merge")
    return Verdict(True, given, "", "")


def allows(rules: Rules, owner: Seller, platform: Platform, family: Family) -> Verdict:
    """What the seller's phase gives to calls of that family."""
    return _verdict(platform, family, owner.phase, rules.modify_after_merge)


def merged(owner: Seller) -> bool:
    return owner.phase is Phase.MERGED or owner.phase is Phase.PRODUCT_MERGED


def owner_of_new_order(world: World, owner: Seller, buyer_app: Platform) -> Platform:
    """Which platform owns an order (or chat) that a buyer starts in that app now."""
    if buyer_app is Platform.TIKTOK_SHOP or not merged(owner):
        return buyer_app
    if owner.completed is not None and world.now.world < owner.completed.world + world.rules.order_cutover_lag:
        return Platform.TOKOPEDIA
    return Platform.TIKTOK_SHOP


# ---- the moves ----------------------------------------------------------------------------------------------------------------------------


def _move(world: World, owner: Seller, act: Act, **changes: Any) -> World:
    to = MOVES[owner.phase, act]
    if not isinstance(to, Phase):
        raise MoveRefused(f"seller {owner.key!r} is in phase {owner.phase}: {to}")
    world = world.put(SELLERS, owner.but(phase=to, **changes))
    return world.tell(PhaseChanged(owner.serial, world.now, owner.phase, to))


def link(world: World, seller: int, *, road: str | None = None) -> World:
    """Link the pair of shops for good and start the merge.

    On the rehearsal road all nine preconditions must hold and one of the developer's attempts is spent; on the production road the seller
    starts it. Refusals change nothing (unless the rule ``count_refused_attempts`` says so, which the caller applies).
    """
    owner = shops.seller(world, seller)
    road = road or owner.road
    if road not in ("rehearsal", "production"):
        raise Invalid(f"there is no road {road!r}: it is rehearsal or production", "road")
    if owner.phase is not Phase.PRE_MERGE:
        _move(world, owner, Act.LINK)
    if not owner.migrates:
        raise MoveRefused(f"seller {owner.key!r} does not migrate")
    if owner.tokopedia is None:
        raise MoveRefused(f"seller {owner.key!r} has no Tokopedia shop to link")
    if road == "rehearsal":
        developer = developers.developer(world)
        if developer.attempts_used >= world.rules.attempts:
            raise NoAttemptsLeft(f"all {world.rules.attempts} rehearsals of this developer are used; reset the workspace to begin anew")
        unmet = tuple((s.name, s.detail) for s in developers.preconditions(world, owner) if not s.met)
        if unmet:
            raise PreconditionsUnmet(unmet)
        world = world.put(DEVELOPERS, developer.but(attempts_used=developer.attempts_used + 1))
    if owner.tiktok_shop is not None:
        world = world.put(SHOPS, shops.shop(world, owner.tiktok_shop).but(used=True))
    world = _move(world, owner, Act.LINK, linked=world.now, road=road, failed="")
    low, high = world.rules.merge_hours_low * HOUR, world.rules.merge_hours_high * HOUR
    seconds = world.between("merge-duration", owner.serial, low, max(low, high))
    return timers.set(world, "migration.complete", owner.serial, due=world.now.world + seconds)


def spend_refused_attempt(world: World) -> World:
    """Rule ``count_refused_attempts``: a link refused by a precondition spends an attempt."""
    developer = developers.developer(world)
    return world.put(DEVELOPERS, developer.but(attempts_used=developer.attempts_used + 1))


def fail(world: World, seller: int, reason: str) -> World:
    """The merge fails: the locks open again, nobody is told by webhook, the attempt stays spent, the shops can be linked again (inferred)."""
    owner = shops.seller(world, seller)
    world = _move(world, owner, Act.FAIL, failed=reason, linked=None)
    if owner.tiktok_shop is not None:
        world = world.put(SHOPS, shops.shop(world, owner.tiktok_shop).but(used=False))
    return timers.stop(world, "migration.complete", seller)


def complete(world: World, seller: int) -> World:
    """The merge is done: routing switches, products are copied and mapped, warehouses too, Get Shop Info tells it, the webhook goes out."""
    owner = shops.seller(world, seller)
    world = timers.stop(world, "migration.complete", seller)
    world = _move(world, owner, Act.COMPLETE, completed=world.now)
    owner = shops.seller(world, seller)
    if owner.tiktok_shop is None:
        world, owner = _born(world, owner)
    world = _copy_warehouses(world, owner)
    world = _copy_products(world, owner)
    if world.rules.shadow_inflight:
        world = placing.shadow(world, seller)
    assert owner.tokopedia is not None and owner.tiktok_shop is not None  # link demands the one, _born makes the other
    return world.tell(ShopsMerged(seller, world.now, owner.tokopedia, owner.tiktok_shop))


def _born(world: World, owner: Seller) -> tuple[World, Seller]:
    """A seller who had only Tokopedia gets a TikTok Shop at the merge; the app must then be authorised anew."""
    old = shops.shop(world, owner.tokopedia)
    serial, world = world.take()
    shop = Shop(serial, owner.serial, Platform.TIKTOK_SHOP, old.name, old.domain, "live", used=True, opened=world.now, owner=old.owner, authorised=False)
    owner = owner.but(tiktok_shop=serial)
    return world.put(SHOPS, shop).put(SELLERS, owner), owner


def _copy_warehouses(world: World, owner: Seller) -> World:
    """Tokopedia's warehouses are copied where TikTok Shop has none; else each is mapped, the TikTok ones stay as they are.

    A shop that has several from then on loses the delivery options that its products had of their own (documented).
    """
    for warehouse in shops.warehouses(world, owner.serial, Platform.TOKOPEDIA):
        if not warehouse.tiktok_shop:
            world = world.put(WAREHOUSES, warehouse.but(tiktok_shop=True))
    if sum(place.kind == "sales" for place in shops.warehouses(world, owner.serial, Platform.TIKTOK_SHOP)) > 1:
        for product in world.shelf(PRODUCTS).page("on_tiktok_shop", (owner.serial,), (owner.serial + 1,)):
            if product.details.delivery_options:
                world = world.put(PRODUCTS, product.but(details=product.details.but(delivery_options=()), updated=world.now, revised=world.revision))
    return world


def copyable(product: Product) -> bool:
    """Active and inactive products are copied; suspended, rejected and deleted ones and drafts are not (documented)."""
    return product.home is Platform.TOKOPEDIA and product.tokopedia in (Listing.ACTIVATE, Listing.SELLER_DEACTIVATED) and product.copied is None


def _copy_products(world: World, owner: Seller) -> World:
    rows = [p for p in world.shelf(PRODUCTS).page("on_tokopedia", (owner.serial,), (owner.serial + 1,)) if copyable(p)]
    trickle = world.rules.copy_trickle
    for place, product in enumerate(rows):
        late = trickle * place // max(1, len(rows))
        world = timers.set(world, "migration.copy", product.serial, due=world.now.world + late) if late else copy(world, product.serial)
    return world


def copy(world: World, serial: int) -> World:
    """One product's copy appears: from now on the record is seen through both APIs under two ids."""
    product = products.find(world, serial)
    if not copyable(product):
        return world
    world = world.put(PRODUCTS, product.but(copied=world.now, updated=world.now, revised=world.revision))
    return world.tell(ProductCopied(product.seller, world.now, serial))


# ---- product merge ------------------------------------------------------------------------------------------------------------------------


class Proposal(NamedTuple):
    """A copy and the native product that may be the same goods. ``reason``: why the pair is not proposed; empty: it is."""

    copy: Product
    native: Product | None
    differs: tuple[str, ...]
    reason: str


def proposals(world: World, seller: int) -> list[Proposal]:
    """Every copy with its native twin, where all seller SKUs agree and weights are equal; the others with the reason."""
    rows = world.shelf(PRODUCTS).page("on_tokopedia", (seller,), (seller + 1,))
    return [_propose(world, product) for product in rows if product.copied is not None and product.merged_into is None]


def _propose(world: World, product: Product) -> Proposal:
    wanted = sorted(sku.seller_sku for sku in product.skus)
    if not all(wanted):
        return Proposal(product, None, (), "a SKU of the copy has no seller SKU")
    if len(set(wanted)) < len(wanted):
        return Proposal(product, None, (), "several SKUs of the copy have the same seller SKU")
    found = products.by_seller_sku(world, product.seller, product.skus[0].seller_sku, Platform.TIKTOK_SHOP)
    every = {p.serial: p for p, _ in found}.values()
    copies = [p for p in every if p.home is Platform.TOKOPEDIA]
    natives = [p for p in every if p.home is Platform.TIKTOK_SHOP and p.tiktok_shop not in (Listing.DELETED, Listing.FREEZE)]
    if len(copies) > 1:
        return Proposal(product, None, (), f"{len(copies)} copies carry its seller SKU")
    if not natives:
        return Proposal(product, None, (), "no native product carries its seller SKU")
    if len(natives) > 1:
        return Proposal(product, None, (), f"{len(natives)} native products carry its seller SKU")
    native = natives[0]
    if sorted(sku.seller_sku for sku in native.skus) != wanted:
        return Proposal(product, native, (), "the seller SKUs of their variants do not all agree")
    if native.weight_grams != product.weight_grams:
        return Proposal(product, native, ("weight",), f"the weights differ: {product.weight_grams} g and {native.weight_grams} g")
    differs = [field for field in ("name", "description", "category") if getattr(product, field) != getattr(native, field)]
    if {s.seller_sku: s.price for s in product.skus} != {s.seller_sku: s.price for s in native.skus}:
        differs.append("price")
    return Proposal(product, native, tuple(differs), "")


def confirm(world: World, seller: int, *, default: str | None = None, decisions: Sequence[tuple[int, str]] = ()) -> World:
    """The merchant confirms the product merge. ``decisions``: (serial of a copy, merge or keep); the rest goes by ``default`` (merge)."""
    owner = shops.seller(world, seller)
    world = _move(world, owner, Act.CONFIRM_PRODUCT_MERGE, product_merged=world.now)
    if default not in (None, "merge", "keep"):
        raise Invalid(f"the default is merge or keep, not {default!r}", "default")
    offered = {p.copy.serial: p for p in proposals(world, seller) if not p.reason and p.native is not None}
    chosen = dict(decisions)
    for serial, decision in chosen.items():
        if decision not in ("merge", "keep"):
            raise Invalid(f"a decision is merge or keep, not {decision!r}", "decision")
        if serial not in offered:
            raise Invalid("a decision is about a pair that is proposed: GET …/migration/product-merge lists them", "copy_id")
    for serial, proposal in offered.items():
        if (chosen.get(serial) or default or "merge") == "merge" and proposal.native is not None:
            world = _unite(world, proposal.copy, proposal.native)
    if world.rules.native_on_tokopedia_delay:
        world = timers.set(world, "migration.natives", seller, due=world.now.world + world.rules.native_on_tokopedia_delay)
    else:
        world = natives_go_live(world, seller)
    return world


def _unite(world: World, duplicate: Product, native: Product) -> World:
    """Copy and native become one record; the other's TikTok Shop id is retired."""
    survivor, retired = (native, duplicate) if world.rules.merge_survivor == "native" else (duplicate, native)
    others = {sku.seller_sku: sku for sku in retired.skus}
    skus = []
    for sku in survivor.skus:
        united = sku.but(stock=_united_stock(world, sku, others[sku.seller_sku]))
        for after in united.stock:
            world = products.restocked(world, survivor, united, products.held(sku, after.warehouse), after, cause="merge")
        skus.append(united)
    world = world.put(
        PRODUCTS,
        survivor.but(
            skus=tuple(skus),
            tokopedia=duplicate.tokopedia,
            tokopedia_audit=duplicate.tokopedia_audit,
            tiktok_shop=native.tiktok_shop,
            audit=native.audit,
            updated=world.now,
            revised=world.revision,
        ),
    )
    world = world.put(PRODUCTS, retired.but(merged_into=survivor.serial, updated=world.now, revised=world.revision))
    return world.tell(ProductsMerged(survivor.seller, world.now, survivor.serial, retired.serial))


def _united_stock(world: World, mine: Sku, theirs: Sku) -> tuple[Stock, ...]:
    """Stock per warehouse after two records became one; units held by orders stay held, whatever the rule says of the free ones."""
    rule = world.rules.merge_stock
    warehouses = dict.fromkeys([s.warehouse for s in mine.stock] + [s.warehouse for s in theirs.stock])
    united = []
    for warehouse in warehouses:
        a, b = products.held(mine, warehouse), products.held(theirs, warehouse)
        free = {"sum": a.available + b.available, "survivor": a.available, "lowest": min(a.available, b.available)}[rule]
        united.append(Stock(warehouse, free, a.committed + b.committed, a.short + b.short))
    return tuple(united)


def natives_go_live(world: World, seller: int) -> World:
    """Some days after the product merge, native TikTok Shop products show in the Tokopedia app too, unless they were kept separate (documented)."""
    mirrored = None
    for product in world.shelf(PRODUCTS).page("on_tiktok_shop", (seller,), (seller + 1,)):
        twin = any(
            p.home is Platform.TOKOPEDIA and p.copied is not None and p.merged_into is None
            for sku in product.skus
            if sku.seller_sku
            for p, _ in products.by_seller_sku(world, seller, sku.seller_sku)
        )
        if product.home is Platform.TIKTOK_SHOP and product.tokopedia is None and product.tiktok_shop is Listing.ACTIVATE and not twin:
            world = world.put(PRODUCTS, product.but(tokopedia=Listing.ACTIVATE, tokopedia_audit="APPROVED", updated=world.now, revised=world.revision))
            world = world.tell(ProductStatusChanged(seller, world.now, product.serial, Platform.TOKOPEDIA, "", Listing.ACTIVATE))
            mirrored = shops.seller(world, seller).tiktok_shop
    return world if mirrored is None else world.tell(ShopMirrored(seller, world.now, mirrored))
