"""Versions of a product and their review: what a seller wrote becomes what buyers see only once the platform lets it pass."""

from __future__ import annotations

from typing import Any

from . import products, timers
from .errors import Invalid, ProductState
from .events import ProductAudited, ProductEdited, ProductStatusChanged
from .phases import Platform
from .products import PRODUCTS, Finding, Listing, Product, SkuDraft, Stock, Version
from .table import Table
from .value import Value, value
from .world import Change, World

_BOTH = (Platform.TIKTOK_SHOP, Platform.TOKOPEDIA)
_STOOD = (Listing.ACTIVATE, Listing.SELLER_DEACTIVATED, Listing.PLATFORM_DEACTIVATED)
_NEW = (Listing.DRAFT, Listing.FAILED)
OUTCOMES = ("APPROVED", "PRE_APPROVED", "FAILED")
_AUDIT = {Platform.TIKTOK_SHOP: "audit", Platform.TOKOPEDIA: "tokopedia_audit"}


@value
class Verdict(Value):
    """How a review ends: by hand, or as scripted for the next one. ``platform`` None: on every platform; the others judge by their rules.

    ``reasons`` of a failure, or what a product that is PRE_APPROVED waits for.
    """

    outcome: str
    platform: Platform | None = None
    reasons: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    position: str = "product"


@value
class Script(Value):
    """A verdict for the next review of a product, or of any product of the seller (``product`` 0). Each is for one review."""

    serial: int
    seller: int
    product: int
    verdict: Verdict


SCRIPTS = Table("review_scripts", Script, by_product=lambda s: ((s.seller, s.product, s.serial),))


# ---- versions -----------------------------------------------------------------------------------------------------------------------------


def was_live(product: Product) -> bool:
    """Whether there is a version that buyers saw (or could have seen): an edit of it must pass before it counts."""
    return product.reviewed or any(products.listed(product, platform) in _STOOD for platform in _BOTH)


def as_written(product: Product, version: Version | None) -> Product:
    """The product as that version describes it; SKUs that are live keep the price and stock that they have, unless the version is a draft of them."""
    if version is None:
        return product
    facts = dict(version.facts)
    live = {sku.serial: sku for sku in product.skus}
    skus = [sku.but(price=live[sku.serial].price, stock=live[sku.serial].stock) if sku.serial in live else sku for sku in facts.pop("skus", product.skus)]
    for serial, price in version.prices:
        skus = [sku.but(price=price) if sku.serial == serial else sku for sku in skus]
    for serial, stock in _by_sku(version.stocks).items():
        skus = [sku.but(stock=products.overwritten(sku, stock)) if sku.serial == serial else sku for sku in skus]
    return product.but(skus=tuple(skus), **facts)


def _by_sku(stocks: tuple[tuple[int, int, int], ...]) -> dict[int, tuple[Stock, ...]]:
    found: dict[int, tuple[Stock, ...]] = {}
    for sku, place, units in stocks:
        found[sku] = (*found.get(sku, ()), Stock(place, units))
    return found


def latest(product: Product) -> Version | None:
    """The version that an edit goes on from: the draft, else what is under review (documented); None: the live one."""
    return product.draft or product.review


def edit(
    world: World,
    serial: int,
    facts: dict[str, Any],
    skus: tuple[SkuDraft, ...] | None = None,
    *,
    as_draft: bool = False,
    platforms: tuple[Platform, ...] = (),
    through: str = "open_api",
) -> Change:
    """A product described anew through TikTok Shop: ``facts`` are fields of Product, ``skus`` all of its SKUs where they change.

    What was never live changes at once. An edit of what was live is a version: kept as a draft, or under review while the old version stays;
    prices and stock of live SKUs change at once all the same (documented). ``platforms``: where it is to be listed from now on, none: as it is.
    """
    product = products.find(world, serial)
    if any(products.listed(product, platform) in (Listing.DELETED, Listing.FREEZE) for platform in _BOTH):
        raise ProductState("a deleted or frozen product cannot be edited")
    draft = product.draft or Version((), through)
    platforms = platforms or draft.platforms
    if not was_live(product) and (not as_draft or _unsubmitted(product)):
        base = as_written(product, product.draft)
        facts = {name: getattr(base, name) for name, _ in draft.facts} | {"draft": None} | facts
        if skus is not None:
            facts["skus"], world = products.new_skus(world, base, skus, whole=True)
        world = products.edit(world, serial, Platform.TIKTOK_SHOP, through=through, **facts)
        return Change(world if as_draft else list_on(world, serial, platforms), serial)
    base = as_written(product, latest(product))
    prices, stocks = draft.prices, draft.stocks
    if skus is not None:
        seen = {sku.serial for sku in product.skus}
        facts["skus"], world = products.new_skus(world, base, tuple(_content(one, base, seen) for one in skus), whole=True)
        kept = {sku.serial for sku in facts["skus"]}
        offers = [(old, one) for one in skus if (old := _old(one, base)) is not None and old in seen]
        prices = _replaced(prices, [(old, one.price) for old, one in offers if one.price], kept)
        stocks = _replaced(stocks, [(old, *place) for old, one in offers for place in one.stock], kept)
    content = _difference(base.but(**facts), product)
    if as_draft:
        return Change(world.put(PRODUCTS, product.but(draft=Version(content, through, prices, stocks, platforms), updated=world.now, revised=world.revision)), serial)
    anew = content != _difference(as_written(product, product.review), product)
    if product.draft is not None:
        world = world.put(PRODUCTS, product.but(draft=None, updated=world.now, revised=world.revision))
    for sku, price in prices:
        world = products.set_price(world, serial, sku, price)
    for sku, stock in _by_sku(stocks).items():
        world = products.overwrite(world, serial, sku, stock)
    return Change(list_on(world, serial, platforms, Version(content, through) if anew else None), serial)


def _unsubmitted(product: Product) -> bool:
    return all(products.listed(product, platform) in (None, *_NEW) for platform in _BOTH)


def _old(draft: SkuDraft, base: Product) -> int | None:
    """The SKU that a description is about, None: a new one."""
    if draft.serial is not None:
        return draft.serial
    return next((sku.serial for sku in base.skus if sku.seller_sku and sku.seller_sku == draft.seller_sku), None)


def _content(draft: SkuDraft, base: Product, live: set[int]) -> SkuDraft:
    """A description of a SKU without the price and stock of one that buyers see."""
    return draft.but(price=0, stock=()) if _old(draft, base) in live else draft


def _replaced(old: tuple[Any, ...], new: list[Any], kept: set[int]) -> tuple[Any, ...]:
    """What a draft gave to SKUs before, and what is given now in its place; SKUs that are gone are left out."""
    anew = {row[0] for row in new}
    return (*[row for row in old if row[0] not in anew and row[0] in kept], *new)


_VERSIONED = frozenset(
    ["name", "description", "category", "brand", "images", "weight", "weight_unit", "length", "width", "height", "is_cod", "external_id", "attributes", "condition", "min_order", "insurance", "preorder_days", "axes", "details"]
)  # fmt: skip


def _difference(written: Product, product: Product) -> tuple[tuple[str, Any], ...]:
    """The facts in which a description differs from the live version; price and stock of SKUs that are live make no difference."""
    facts = [(name, getattr(written, name)) for name in sorted(_VERSIONED) if getattr(written, name) != getattr(product, name)]
    live = {sku.serial for sku in product.skus}
    bare = [sku.but(price=0, stock=()) if sku.serial in live else sku for sku in written.skus]
    if bare != [sku.but(price=0, stock=()) for sku in product.skus]:
        facts.append(("skus", written.skus))
    return tuple(facts)


# ---- handed in ----------------------------------------------------------------------------------------------------------------------------


def list_on(world: World, serial: int, platforms: tuple[Platform, ...], version: Version | None = None) -> World:
    """Hand in what was written, and list the product on those platforms.

    What is on sale and not named is taken off; no platform named: they stay, and a draft goes where it was meant for.
    """
    product = products.find(world, serial)
    new = []
    for platform in _BOTH:
        listing = products.listed(product, platform)
        named, fresh = platform in platforms, listing in _NEW or (listing is Listing.PENDING and not was_live(product))
        if (fresh and (named or not platforms)) or (named and listing in (None, Listing.SELLER_DEACTIVATED, Listing.PLATFORM_DEACTIVATED)):
            new.append(platform)
        elif platforms and not named and listing in (Listing.ACTIVATE, Listing.PENDING):
            world = products.set_listing(world, serial, platform, Listing.SELLER_DEACTIVATED)
        elif platforms and not named and listing in _NEW:
            world = products.set_listing(world, serial, platform, None)
    return submit(world, serial, *new, version=version) if new or version is not None else world


def submit(world: World, serial: int, *platforms: Platform, version: Version | None = None) -> World:
    """Hand a product to the review, to be on sale on those platforms once it passes; a version is judged wherever the product is listed."""
    product = products.find(world, serial)
    listings: dict[str, Any] = {str(platform): Listing.PENDING for platform in platforms}
    judged = [p for p in _BOTH if p in platforms or (version is not None and products.listed(product, p) in (*_STOOD, Listing.PENDING))]
    under = product.but(
        reviewed=was_live(product),
        review=version or product.review,
        findings=tuple(found for found in product.findings if found.platform not in judged),
        suspended_reason="" if platforms else product.suspended_reason,
        updated=world.now,
        revised=world.revision,
        **listings,
        **{_AUDIT[platform]: "AUDITING" for platform in judged},
    )
    world = timers.stop(world.put(PRODUCTS, under), "product.audit", serial)
    if not world.rules.tiktok_audit_seconds:
        return _end(world, under, Verdict("", None), was=product)
    if _audits(under) != _audits(product):
        world = world.tell(ProductAudited(product.seller, world.now, serial, under.audit, under.tokopedia_audit))
    return timers.set(world, "product.audit", serial, due=world.now.world + world.rules.tiktok_audit_seconds)


def _audits(product: Product) -> tuple[str, str]:
    return product.audit, product.tokopedia_audit


def under_review(product: Product) -> tuple[Platform, ...]:
    """The platforms on which somebody still looks at it."""
    return tuple(platform for platform in _BOTH if products.listed(product, platform) is not None and getattr(product, _AUDIT[platform]) == "AUDITING")


# ---- judged -------------------------------------------------------------------------------------------------------------------------------


def script(world: World, seller: int, verdict: Verdict, product: int = 0) -> World:
    """How the next review of that product ends, or of any product of the seller."""
    serial, world = world.take()
    return world.put(SCRIPTS, Script(serial, seller, product, _sound(verdict)))


def audited(world: World, serial: int) -> World:
    """The time that a review takes is over: it ends as scripted, else by the rules."""
    product = products.find(world, serial)
    return _end(world, product, Verdict("", None), was=product) if under_review(product) else world


def judge(world: World, serial: int, verdict: Verdict) -> World:
    """A review ends by hand, or what was PRE_APPROVED is judged at last. Raises ProductState when nobody looks at the product."""
    was = products.find(world, serial)
    waiting = was.audit == "PRE_APPROVED" and was.tiktok_shop is not None
    if not under_review(was) and not waiting:
        raise ProductState(f"the product is not under review (audit {was.audit}): script the verdict for its next review")
    product = was.but(audit="AUDITING") if waiting else was
    return _end(timers.stop(world, "product.audit", serial), product, _sound(verdict), was=was)


def _sound(verdict: Verdict) -> Verdict:
    if verdict.outcome not in OUTCOMES:
        raise Invalid(f"a review ends {', '.join(OUTCOMES)}, not {verdict.outcome!r}", "outcome")
    if verdict.outcome == "PRE_APPROVED" and verdict.platform is Platform.TOKOPEDIA:
        raise Invalid("PRE_APPROVED is TikTok Shop's: on Tokopedia a product is APPROVED or FAILED", "outcome")
    return verdict


def _end(world: World, product: Product, verdict: Verdict, *, was: Product) -> World:
    """The review ends on every platform at once. ``was``: the product as it was last told.

    A version that passes anywhere becomes the live one; where it failed meanwhile, the product is taken off. One that fails everywhere is gone.
    """
    judged = under_review(product)
    if not verdict.outcome:
        world, verdict = _scripted(world, product)
    verdicts = {platform: _verdict(world, product, platform, verdict) for platform in judged}
    passed = [platform for platform, given in verdicts.items() if given.outcome != "FAILED"]
    changes: dict[str, Any] = {_AUDIT[platform]: given.outcome for platform, given in verdicts.items()}
    changes |= {"pre_approved": ()} if Platform.TIKTOK_SHOP in judged else {}
    findings = [found for found in product.findings if found.platform not in judged]
    for platform, given in verdicts.items():
        listing = products.listed(product, platform)
        if given.outcome == "APPROVED" and listing is Listing.PENDING:
            changes[platform] = Listing.ACTIVATE
        elif given.outcome == "PRE_APPROVED":
            changes["pre_approved"] = given.reasons or ("KYC_PENDING",)
        elif given.outcome == "FAILED":
            reasons = given.reasons or ("violate listing rules",)
            findings.append(Finding(platform, given.position, reasons, given.suggestions))
            if listing is Listing.PENDING:
                changes[platform] = Listing.FAILED
            elif listing is Listing.ACTIVATE and passed:
                changes |= {platform: Listing.PLATFORM_DEACTIVATED, "suspended_reason": reasons[0]}
    version = product.review
    edited: tuple[str, ...] = ()
    if version is not None and passed:
        fresh = as_written(product, version)
        edited = tuple(name for name, _ in version.facts)
        changes |= {name: getattr(fresh, name) for name in edited}
    after = product.but(
        review=None,
        findings=tuple(findings),
        reviewed=product.reviewed or bool(passed),
        updated=world.now,
        revised=world.revision,
        **changes,
    )
    world = world.put(PRODUCTS, after)
    if edited and version is not None:
        world = world.tell(ProductEdited(product.seller, world.now, product.serial, Platform.TIKTOK_SHOP, edited, version.through))
    return _told(world, was, after, failed=len(passed) < len(judged))


def _told(world: World, was: Product, after: Product, *, failed: bool) -> World:
    """What a review changed. Of one that is over at once, and changed nothing but the words of a product, nobody hears."""
    first = after.reviewed and not was_live(was)
    moved = [platform for platform in _BOTH if products.listed(was, platform) is not products.listed(after, platform)]
    for platform in moved:
        if not first and not failed:
            before, now = products.listed(was, platform), products.listed(after, platform)
            world = world.tell(ProductStatusChanged(after.seller, world.now, after.serial, platform, before or "", now or ""))
            break  # one message tells both platforms
    if moved or failed or _audits(was) != _audits(after):
        world = world.tell(ProductAudited(after.seller, world.now, after.serial, after.audit, after.tokopedia_audit, first, failed))
    return world


def _scripted(world: World, product: Product) -> tuple[World, Verdict]:
    for about in (product.serial, 0):
        row = world.shelf(SCRIPTS).first("by_product", (product.seller, about))
        if row is not None and (row.seller, row.product) == (product.seller, about):
            return world.drop(SCRIPTS, row.serial), row.verdict
    return world, Verdict("", None)


def _verdict(world: World, product: Product, platform: Platform, given: Verdict) -> Verdict:
    """What that platform says: as given to it, else FAILED for a word that the rules forbid there, else APPROVED."""
    if given.outcome and given.platform in (None, platform):
        return Verdict("APPROVED") if given.outcome == "PRE_APPROVED" and platform is Platform.TOKOPEDIA else given
    written = as_written(product, product.review)
    text = f"{written.name}\n{written.description}".lower()
    for rule in world.rules.audit_fails_when:
        where, _, word = rule.rpartition(":")
        if where in ("", platform) and word.lower() in text:
            return Verdict("FAILED", platform, (f"the title or description carries {word!r}",), (f"Remove {word!r} and submit the product again.",))
    return Verdict("APPROVED")


def withdraw(world: World, serial: int) -> World:
    """Nobody goes on looking at a product that the seller deletes: what was under review is gone (inferred)."""
    product = products.find(world, serial)
    looking = under_review(product)
    if not looking:
        return world
    after = product.but(review=None, updated=world.now, revised=world.revision, **{_AUDIT[platform]: "APPROVED" if product.reviewed else "NONE" for platform in looking})
    world = timers.stop(world.put(PRODUCTS, after), "product.audit", serial)
    return world.tell(ProductAudited(after.seller, world.now, serial, after.audit, after.tokopedia_audit))


# ---- what the platform does to a product by itself --------------------------------------------------------------------------------------------


def freeze(world: World, serial: int, platform: Platform | None, reason: str) -> World:
    """The platform freezes a product: it can be neither read nor changed there until it is unfrozen."""
    return _moved(world, serial, platform, lambda listing: None if listing is Listing.FREEZE else Listing.FREEZE, reason, "frozen already")


def unfreeze(world: World, serial: int, platform: Platform | None, reason: str) -> World:
    """A frozen product is off sale again, and can be activated (documented)."""
    return _moved(world, serial, platform, lambda listing: Listing.PLATFORM_DEACTIVATED if listing is Listing.FREEZE else None, reason, "not frozen")


def suspend(world: World, serial: int, platform: Platform | None, reason: str) -> World:
    """The platform takes a product off sale."""
    return _moved(world, serial, platform, lambda listing: Listing.PLATFORM_DEACTIVATED if listing in (Listing.ACTIVATE, Listing.PENDING) else None, reason, "not on sale")


def _moved(world: World, serial: int, platform: Platform | None, goes: Any, reason: str, otherwise: str) -> World:
    product = products.find(world, serial)
    moving = [(p, to) for p in _BOTH if platform in (None, p) and (at := products.listed(product, p)) not in (None, Listing.DELETED) and (to := goes(at)) is not None]
    if not moving:
        raise ProductState(f"the product is {otherwise}{f' on {platform}' if platform else ''}")
    return products.set_listings(world, serial, dict(moving), reason=reason)


