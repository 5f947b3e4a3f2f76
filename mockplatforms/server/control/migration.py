"""The migration of a seller as Partner Center and Seller Center show it: preparation, link, merge, product merge."""

from __future__ import annotations

from typing import Any

from ...domain import developers, migration, shops
from ...domain.errors import Invalid, PreconditionsUnmet
from ...domain.migration import Proposal
from ...domain.orders import ORDERS, TERMINAL, Status
from ...domain.phases import MOVES, Act, Phase, Platform
from ...domain.products import Product
from ...domain.shops import Seller
from ...domain.table import TOP
from ...domain.world import World
from ...gateway.guesses import nearest
from . import naming
from .clock import merge_due
from .routes import SELLER, Ask, Field, Json, Problem, Route, unknown


def preconditions_of(world: World, seller: Seller) -> list[Json]:
    return [{"name": row.name, "met": row.met, "detail": row.detail} for row in developers.preconditions(world, seller)]


def described(ask: Ask, seller: Seller) -> Json:
    """Where a seller's migration stands."""
    world = ask.world
    limit, used = world.rules.attempts, developers.developer(world).attempts_used
    return {
        "seller": seller.key,
        "phase": seller.phase.value,
        "road": seller.road,
        "migrates": seller.migrates,
        "attempts": {"limit": limit, "used": used, "left": max(0, limit - used)},
        "preconditions": preconditions_of(world, seller),
        "shops": _pair(world, seller),
        "times": {name: naming.instant(getattr(seller, name)) for name in ("linked", "completed", "product_merged")},
        "merge_due": merge_due(world, seller),
        "failed": seller.failed or None,
        "moves": {
            act.value: {"allowed": isinstance(MOVES[seller.phase, act], Phase), "detail": str(MOVES[seller.phase, act])} for act in Act
        },
        "under_way": _under_way(world, seller),
        "pairs": [{"seller": one.key, "phase": one.phase.value, **_pair(world, one)} for one in shops.sellers(world)],
    }


def _pair(world: World, seller: Seller) -> Json:
    return {
        platform.value: None
        if serial is None
        else {
            "shop_id": naming.shop_id(world, serial, platform),
            "name": shops.shop(world, serial).name,
            "kind": shops.shop(world, serial).kind,
            "used": shops.shop(world, serial).used,
        }
        for platform, serial in ((Platform.TOKOPEDIA, seller.tokopedia), (Platform.TIKTOK_SHOP, seller.tiktok_shop))
    }


def _under_way(world: World, seller: Seller) -> Json:
    """Tokopedia orders that are not finished, by status: what drains after the merge."""
    shelf, counts = world.shelf(ORDERS), {}
    for status in Status:
        key = (seller.serial, Platform.TOKOPEDIA, status)
        count = 0 if status in TERMINAL else shelf.count("by_status_created", key, (*key, TOP))
        if count:
            counts[status.value] = count
    return counts


async def show(ask: Ask) -> Any:
    return described(ask, ask.seller)


# ---- the moves -------------------------------------------------------------------------------------------------------------------------


async def link(ask: Ask) -> Any:
    """Link the pair for good: the merge begins. Refused with the list of what does not hold."""
    seller = _named_pair(ask)
    try:
        ask.apply(migration.link, seller.serial, road=ask.body.get("road"))
    except PreconditionsUnmet:
        if ask.world.rules.count_refused_attempts:
            ask.apply(migration.spend_refused_attempt)
        raise
    return described(ask, shops.seller(ask.world, seller.serial))


def _named_pair(ask: Ask) -> Seller:
    """The seller whose pair of shops the body names, by seller or by the ids of the shops."""
    world = ask.world
    named: dict[str, int] = {}
    for field, platform in (("tokopedia_shop_id", Platform.TOKOPEDIA), ("tiktok_shop_id", Platform.TIKTOK_SHOP)):
        if field in ask.body:
            named[field] = shops.shop(world, naming.shop(world, ask.body[field], platform)).seller
    owners = list(dict.fromkeys(named.values()))
    if len(owners) > 1 or (owners and ask.body.get("seller") and owners[0] != ask.seller.serial):
        keys = {field: shops.seller(world, owner).key for field, owner in named.items()}
        pairs = [{"seller": one.key, **_pair(world, one)} for one in shops.sellers(world)]
        told = ", ".join(f"{field} is of seller {key!r}" for field, key in keys.items())
        raise Problem(422, "invalid", "These shops are no pair", f"both shops must be of one seller: {told}", candidates=pairs)
    return shops.seller(world, owners[0]) if owners else ask.seller


async def complete(ask: Ask) -> Any:
    """End MERGING now."""
    seller = ask.seller
    ask.apply(migration.complete, seller.serial)
    return described(ask, shops.seller(ask.world, seller.serial))


async def fail(ask: Ask) -> Any:
    """The merge fails: back to PRE_MERGE, no webhook, the attempt stays spent (inferred)."""
    seller = ask.seller
    ask.apply(migration.fail, seller.serial, ask.body.get("reason", "the shops could not be merged"))
    return described(ask, shops.seller(ask.world, seller.serial))


# ---- product merge ---------------------------------------------------------------------------------------------------------------------


async def product_merge(ask: Ask) -> Any:
    """Which copies may be merged with which native products, and why the others are not proposed."""
    world, seller = ask.world, ask.seller
    every = migration.proposals(world, seller.serial)
    return {
        "seller": seller.key,
        "phase": seller.phase.value,
        "confirmed": naming.instant(seller.product_merged),
        "proposed": [_proposal(world, one) for one in every if not one.reason],
        "not_proposed": [{**_proposal(world, one), "reason": one.reason} for one in every if one.reason],
    }


def _proposal(world: World, one: Proposal) -> Json:
    def value(product: Product, field: str) -> Any:
        if field == "price":
            return [sku.price for sku in product.skus]
        return product.weight_grams if field == "weight" else getattr(product, field)

    return {
        "copy_id": naming.wire(world, "product", one.copy.serial, Platform.TIKTOK_SHOP),
        "native_id": None if one.native is None else naming.wire(world, "product", one.native.serial, Platform.TIKTOK_SHOP),
        "tokopedia_product_id": naming.wire(world, "product", one.copy.serial, Platform.TOKOPEDIA),
        "name": one.copy.name,
        "seller_skus": [sku.seller_sku for sku in one.copy.skus],
        "differs": []
        if one.native is None
        else [{"field": field, "copy": value(one.copy, field), "native": value(one.native, field)} for field in one.differs],
    }


async def confirm(ask: Ask) -> Any:
    """The merchant confirms the product merge, for all that is proposed or product by product."""
    world, seller = ask.world, ask.seller
    if seller.phase is not Phase.MERGED:
        ask.apply(migration.confirm, seller.serial)  # refused in the words of the phase
    decisions = [(_copy(world, seller, row["copy_id"]), row["decision"]) for row in ask.body.get("decisions", [])]
    ask.apply(migration.confirm, seller.serial, default=ask.body.get("default"), decisions=decisions)
    return described(ask, shops.seller(ask.world, seller.serial))


def _copy(world: World, seller: Seller, text: str) -> int:
    """The record of a copy that is proposed, by its id on either platform."""
    offered = [one for one in migration.proposals(world, seller.serial) if not one.reason]
    for one in offered:
        if text in {str(naming.wire(world, "product", one.copy.serial, platform)) for platform in Platform}:
            return one.copy.serial
    known = [str(naming.wire(world, "product", one.copy.serial, Platform.TIKTOK_SHOP)) for one in offered]
    raise Problem(
        422,
        "invalid",
        "No such pair is proposed",
        f"copy_id {text!r} is in no proposed pair: GET …/migration/product-merge lists them",
        field="decisions",
        candidates=nearest(text, known) or known[:20],
    )


# ---- the nine preconditions ------------------------------------------------------------------------------------------------------------


async def preconditions(ask: Ask) -> Any:
    return {"seller": ask.seller.key, "preconditions": preconditions_of(ask.world, ask.seller)}


async def set_precondition(ask: Ask) -> Any:
    """Break or mend one of the nine, for real."""
    name, seller = ask.params["name"], ask.seller
    known = [row.name for row in developers.PRECONDITIONS]
    if name not in known:
        raise unknown("precondition", name, known, f"the nine are {', '.join(known)}")
    ask.apply(developers.set_precondition, name, ask.body["met"])
    row = next(row for row in preconditions_of(ask.world, seller) if row["name"] == name)
    if row["met"] is not ask.body["met"]:
        raise Invalid(f"precondition {name!r} stays {'met' if row['met'] else 'unmet'} for seller {seller.key!r}: {row['detail']}", "met")
    return {**row, "preconditions": preconditions_of(ask.world, seller)}


_DECISION: dict[str, Field] = {
    "copy_id": {"t": "str", "req": True, "help": "id of the copy, on either platform"},
    "decision": {"t": "str", "req": True, "enum": ["merge", "keep"]},
}
_ANSWER: Json = {
    "seller": "toko",
    "phase": "PRE_MERGE",
    "road": "rehearsal",
    "migrates": True,
    "attempts": {"limit": 5, "used": 0, "left": 5},
    "preconditions": [{"name": "developer_account", "met": True, "detail": "holds"}],
    "shops": {
        "tokopedia": {"shop_id": 10479573, "name": "Toko", "kind": "test", "used": False},
        "tiktok_shop": {"shop_id": "7494…", "name": "Toko", "kind": "development", "used": False},
    },
    "times": {"linked": None, "completed": None, "product_merged": None},
    "merge_due": None,
    "failed": None,
    "moves": {"link": {"allowed": True, "detail": "MERGING"}},
    "under_way": {"paid": 2},
    "pairs": [],
}
_MERGE = "/workspaces/{id}/migration"

ROUTES: tuple[Route, ...] = (
    Route("GET", _MERGE, show, "Phase, attempts, the nine preconditions, shops and times", query=SELLER, answer=_ANSWER),
    Route(
        "POST",
        _MERGE + "/link",
        link,
        "Link the pair of shops for good; the merge begins",
        body={
            **SELLER,
            "road": {"t": "str", "enum": ["rehearsal", "production"]},
            "tokopedia_shop_id": {"t": "str"},
            "tiktok_shop_id": {"t": "str"},
        },
        example={"seller": "toko"},
        answer={**_ANSWER, "phase": "MERGING"},
    ),
    Route("POST", _MERGE + "/complete", complete, "End MERGING now", body=SELLER, example={}, answer={**_ANSWER, "phase": "MERGED"}),
    Route(
        "POST",
        _MERGE + "/fail",
        fail,
        "Let the merge fail (inferred: no guide describes it)",
        body={**SELLER, "reason": {"t": "str", "len": [1, 500]}},
        example={"reason": "catalogue could not be copied"},
        answer={**_ANSWER, "failed": "catalogue could not be copied"},
    ),
    Route(
        "GET",
        _MERGE + "/product-merge",
        product_merge,
        "Which copies may be merged with which native products",
        query=SELLER,
        answer={
            "seller": "toko",
            "phase": "MERGED",
            "confirmed": None,
            "proposed": [{"copy_id": "1729…", "native_id": "1729…", "tokopedia_product_id": 11555123456, "differs": []}],
            "not_proposed": [],
        },
    ),
    Route(
        "POST",
        _MERGE + "/confirm-product-merge",
        confirm,
        "The merchant confirms the product merge",
        body={
            **SELLER,
            "default": {"t": "str", "enum": ["merge", "keep"]},
            "decisions": {"t": "list", "len": [0, 5000], "items": {"t": "obj", "fields": dict(_DECISION)}},
        },
        example={"default": "merge", "decisions": [{"copy_id": "1729382476012345678", "decision": "keep"}]},
        answer={**_ANSWER, "phase": "PRODUCT_MERGED"},
    ),
    Route(
        "GET",
        "/workspaces/{id}/preconditions",
        preconditions,
        "The nine preconditions of a rehearsal",
        query=SELLER,
        answer={"seller": "toko", "preconditions": [{"name": "developer_account", "met": True, "detail": "holds"}]},
    ),
    Route(
        "PUT",
        "/workspaces/{id}/preconditions/{name}",
        set_precondition,
        "Break or mend one of the nine preconditions",
        body={**SELLER, "met": {"t": "bool", "req": True}},
        example={"met": False},
        answer={"name": "account_binding", "met": False, "detail": "bind the Partner Center account …", "preconditions": []},
    ),
)
