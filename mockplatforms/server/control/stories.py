"""The story of one order: which calls showed it, changed it, shipped it, or wanted to and were refused."""

from __future__ import annotations

from typing import Any

from ...domain.orders import ORDERS, Order
from ...domain.phases import Platform
from ...domain.table import TOP
from ...domain.world import World
from ...gateway.endpoint import unversioned
from ...gateway.journal import Exchange
from ...tiktok_shop import ids as tiktok_ids
from . import naming
from .journal import row
from .orders import described
from .routes import Ask, Json, Route

# The endpoints by which a seller lets go of goods, without the version of their names.
SHIPS = frozenset({"ship-package", "batch-ship-packages", "mark-package-as-shipped", "requestPickup", "confirmShipping"})


def same_goods(world: World, order: Order) -> list[Order]:
    """Every order that stands for the same goods: a shadow repeats its origin on the other platform."""
    origin = order if order.shadow_of is None else world.get(ORDERS, order.shadow_of) or order
    near = (origin.seller, Platform.TIKTOK_SHOP, origin.buyer)
    return [origin, *(held for held in world.shelf(ORDERS).page("by_buyer", near, (*near, TOP)) if held.shadow_of == origin.serial)]


def _names(world: World, order: Order) -> list[str]:
    """How calls may name this order: by its id, and by the ids of its packages."""
    packages = [tiktok_ids.text(tiktok_ids.package(world), serial) for serial in order.packages]
    return [str(naming.order_id(world, order)), *packages]


def told(world: World, order: Order, journal: list[Exchange]) -> Json:
    """The calls that concern this order (or another order of the same goods), oldest first.

    ``shipped`` counts the orders of these goods that some call shipped: two are one parcel too many.
    """
    goods = same_goods(world, order)
    serials = {held.serial for held in goods}
    names = [name for held in goods for name in _names(world, held)]
    calls, shipped = [], set()
    for exchange in journal:
        showed = any(table == "orders" and not serials.isdisjoint(shown) for table, shown in exchange.shown)
        changed = {serial for table, serial in exchange.changed if table == "orders"} & serials
        text = exchange.request.path + exchange.request.query + exchange.request.body.decode("utf-8", "replace")
        named = any(name in text for name in names)
        if not (showed or changed or named):
            continue
        source = unversioned(exchange.endpoint.source) if exchange.endpoint is not None else ""
        ships = source in SHIPS
        if ships:
            shipped |= changed
        calls.append({**row(exchange), "showed": showed, "changed": bool(changed), "ships": ships, "shipped": ships and bool(changed)})
    return {
        "order": described(world, order),
        "same_goods": [{"platform": held.platform.value, "order_id": naming.order_id(world, held)} for held in goods],
        "known": any(call["showed"] for call in calls),
        "shipped": len(shipped),
        "calls": calls,
    }


async def show(ask: Ask) -> Any:
    run = ask.workspace.run
    return told(ask.world, naming.order(ask.world, ask.params["order"]), [one for one in ask.workspace.journal if one.run == run])


ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/workspaces/{id}/orders/{order}/story",
        show,
        "Which calls showed an order, changed it, shipped it, or were refused",
        answer={"order": {}, "same_goods": [{"platform": "tokopedia", "order_id": 1104711223}], "known": True, "shipped": 1, "calls": []},
    ),
)
