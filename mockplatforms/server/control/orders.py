"""Buyers order in either app, and things happen to their orders: paid, collected, delivered, cancelled, complained about, sent back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...domain import acceptance, aftersales, cancellations, clock, migration, orders, placing, products, shipping, shops
from ...domain.errors import Ambiguous, Invalid, ProductUnknown, Refused
from ...domain.orders import ORDERS, Order, Status
from ...domain.phases import Platform
from ...domain.placing import Line
from ...domain.products import Product, Sku
from ...domain.shops import BUYERS, COURIERS, SHOPS, Courier, Seller
from ...domain.table import TOP
from ...domain.world import Change, World
from ...gateway.guesses import nearest
from . import naming
from .routes import SELLER, Ask, Field, Json, Problem, Route, problem_of

BUYER_APP: Field = {"t": "str", "req": True, "enum": [platform.value for platform in Platform], "help": "the app in which the buyer is"}


def described(world: World, order: Order) -> Json:
    """An order as the world knows it: its key never changes, its id is that of the platform that owns it."""
    buyer = world.get(BUYERS, order.buyer)
    return {
        "key": order.key,
        "platform": order.platform.value,
        "order_id": naming.order_id(world, order),
        "seller": shops.seller(world, order.seller).key,
        "buyer_app": order.buyer_app.value,
        "buyer": None if buyer is None else buyer.key,
        "status": order.status.value,
        "cancel_request": order.cancel_request or None,
        "total": order.total,
        "is_cod": order.is_cod,
        "warehouse": naming.wire(world, "warehouse", order.warehouse, order.platform) if order.warehouse else None,
        "tracking_number": order.tracking_number or order.awb or None,
        "items": [
            {
                "sku": item.seller_sku,
                "product_id": naming.wire(world, "product", _sold_as(world, item, order.platform), order.platform),
                "name": item.name,
                "variant": item.variant,
                "price": item.price,
                "quantity": item.quantity,
            }
            for item in order.items
        ],
        **{
            name: naming.instant(getattr(order, name))
            for name in ("created", "updated", "paid", "accepted", "arranged", "collected", "delivered", "completed", "cancelled")
        },
        "accept_by": order.accept_by or None,
        "ship_by": order.ship_by or None,
        "cancelled_by": order.cancelled_by or None,
        "cancel_reason": order.cancel_reason or None,
    }


def _sold_as(world: World, item: orders.Item, platform: Platform) -> int:
    """The serial behind the product id under which it was sold: on Tokopedia a variant's own."""
    record = world.get(products.PRODUCTS, item.product)
    return item.sku if platform is Platform.TOKOPEDIA and record is not None and record.axes else item.product


# ---- placing ---------------------------------------------------------------------------------------------------------------------------


async def place(ask: Ask) -> Any:
    """Buyers order; nothing is placed unless everything can be."""
    body, owner = ask.body, ask.seller
    app = Platform(body["buyer_app"])
    pay, after = _payment(body.get("pay", True))
    try:
        serials = ask.apply(_place, owner.serial, app, body, pay, after)
    except (Ambiguous, ProductUnknown) as no:
        raise _with_candidates(ask.world, owner, app, no, body) from None
    placed = [described(ask.world, orders.find(ask.world, serial)) for serial in serials]
    return 201, {**placed[0], "orders": placed}


def _place(world: World, seller: int, app: Platform, body: Json, pay: bool, after: int) -> Change:
    owner = shops.seller(world, seller)
    _sells(world, owner, app)
    platform = migration.owner_of_new_order(world, owner, app)
    force = body.get("force", False)
    items = [_item(world, owner, row) for row in body.get("items", [])]
    # One buyer for all orders of a call: they can be combined.
    buyer = placing.buyer_named(world, body.get("buyer"))
    stock = naming.warehouse(world, owner, body["warehouse"]).serial if body.get("warehouse") else None
    courier = _courier(world, body["courier"]) if body.get("courier") else None
    placed = []
    for _ in range(body.get("count", 1)):
        lines: Sequence[Line] = placing.resolve(world, owner, app, items, force=force)
        world, serial = placing.place(
            world,
            owner,
            lines,
            buyer=buyer,
            buyer_app=app,
            platform=platform,
            warehouse=stock,
            courier=courier,
            cod=body.get("cod", False),
            pay=pay,
            pay_after=after,
            force=force,
            note=body.get("note", ""),
            shipping_subsidy=body.get("shipping_subsidy", 0),
        )
        placed.append(serial)
    return Change(world, placed)


def _payment(pay: Any) -> tuple[bool, int]:
    """Paid at once, never by itself, or after so many seconds of world time."""
    if isinstance(pay, bool):
        return pay, 0
    after = pay.get("after") if isinstance(pay, Mapping) and set(pay) == {"after"} else None
    if isinstance(after, int) and not isinstance(after, bool) and 0 <= after <= 31_536_000:
        return (True, 0) if after == 0 else (False, after)
    raise Problem(422, "invalid", "A value that cannot be", 'pay is true, false or {"after": seconds of world time}', field="pay")


def _sells(world: World, owner: Seller, app: Platform) -> None:
    """Refuse where that app has no shop of the seller, or test shops take no orders there."""
    held = owner.tokopedia if app is Platform.TOKOPEDIA else owner.tiktok_shop
    if held is None:
        raise Problem(409, "not-sold", "There is no such shop", f"seller {owner.key!r} has no shop on {app}", field="buyer_app")
    shop = world.get(SHOPS, held)
    if (
        app is Platform.TOKOPEDIA
        and migration.merged(owner)
        and not world.rules.test_orders_from_tokopedia
        and shop is not None
        and shop.kind == "test"
    ):
        detail = "rule test_orders_from_tokopedia is off: buyers order from a linked pair of test shops in the TikTok app only"
        raise Problem(409, "not-sold", "Test shops take no orders there", detail, field="buyer_app")


def _item(world: World, owner: Seller, row: Mapping[str, Any]) -> Json:
    named = [name for name in ("sku", "product_id", "sku_id") if name in row]
    if len(named) != 1:
        raise Invalid("an item is named by one of sku, product_id or sku_id", "items")
    item: Json = {"quantity": row.get("quantity", 1), **{name: row[name] for name in ("seller_discount", "platform_discount") if name in row}}
    if named[0] == "sku":
        return {**item, "sku": row["sku"]}
    return {**item, "product_id": row[named[0]], "found": naming.product(world, owner.serial, row[named[0]])}


def _courier(world: World, text: str) -> Courier:
    known = world.shelf(COURIERS).page("by_service")
    for courier in known:
        if text in (courier.code, courier.service, f"{courier.shipper} {courier.service}", str(courier.service_id)):
            return courier
    for courier in known:
        if text.lower() in (courier.shipper.lower(), str(courier.shipper_id)):
            return courier
    names = ", ".join(dict.fromkeys(f"{courier.shipper} {courier.service}" for courier in known))
    raise Invalid(f"there is no courier {text!r}; there are {names or 'none'}", "courier")


def _with_candidates(world: World, owner: Seller, app: Platform, no: Refused, body: Json) -> Problem:
    """The refusal, with what may have been meant."""
    problem = problem_of(no)
    found: list[tuple[Product, Sku]] = []
    serials = no.candidates if isinstance(no, Ambiguous) else ()
    for serial in serials:
        found.append(products.of_sku(world, serial))
    if not found:
        known = naming.seller_skus(world, owner.serial)
        for row in body.get("items", []):
            for name in nearest(str(row.get("sku", "")), known):
                found += products.by_seller_sku(world, owner.serial, name)
    if not found:
        sold = products.storefront(world, owner, app, limit=20)
        found = [(record, sku) for record in sold for sku in record.skus[:1]][:5]
    problem.more["candidates"] = [naming.sku_view(world, record, sku) for record, sku in found[:20]]
    problem.status = 409
    return problem


# ---- looking ---------------------------------------------------------------------------------------------------------------------------


async def every(ask: Ask) -> Any:
    """The newest orders of a seller, or of all sellers, newest first."""
    world, query = ask.world, ask.query
    owners = [ask.seller] if query.get("seller") else shops.sellers(world)
    wanted = [Platform(query["platform"])] if query.get("platform") else list(Platform)
    limit, status = query["limit"], query.get("status")
    shelf = world.shelf(ORDERS)
    rows: list[Order] = []
    for owner in owners:
        for platform in wanted:
            key: tuple[Any, ...] = (owner.serial, platform, *([status] if status else ()))
            rows += shelf.page("by_status_created" if status else "by_created", key, (*key, TOP), reverse=True, limit=limit)
    rows.sort(key=lambda order: (order.created.world, order.serial), reverse=True)
    return {"orders": [described(world, order) for order in rows[:limit]]}


async def one(ask: Ask) -> Any:
    world = ask.world
    order = naming.order(world, ask.params["order"])
    history = [{"status": row.status.value, "at": naming.instant(row.at), "by": row.by, "text": row.text} for row in order.history]
    return {**described(world, order), "history": history}


# ---- acts ------------------------------------------------------------------------------------------------------------------------------

_CANCEL_CODES = {"buyer": 15, "seller": 10, "system": 0}  # Tokopedia status numbers (observed)


def _pay(world: World, serial: int, body: Json) -> World:
    return placing.paid(world, serial, force=body.get("force", False))


def _cancel(world: World, serial: int, body: Json) -> World:
    by = body.get("by", "buyer")
    return aftersales.cancel_order(world, serial, by=by, reason=body.get("reason", f"cancelled by the {by}"), code=_CANCEL_CODES[by])


def _request_cancel(world: World, serial: int, body: Json) -> World:
    return cancellations.request_cancel(world, serial, body.get("reason", "the buyer has changed their mind"))


def _address(world: World, serial: int, body: Json) -> World:
    if not body:
        raise Invalid(f"name what changes: {', '.join(_ADDRESS)}", "name")
    return placing.change_address(world, serial, orders.find(world, serial).address.but(**body))


def _collect(world: World, serial: int, body: Json) -> World:
    return shipping.package_collected(world, _package(world, serial, body["package"])) if "package" in body else shipping.collected(world, serial)


def _deliver(world: World, serial: int, body: Json) -> World:
    return shipping.package_delivered(world, _package(world, serial, body["package"])) if "package" in body else shipping.delivered(world, serial)


def _package(world: World, serial: int, text: str) -> int:
    held = {naming.wire(world, "package", package, Platform.TIKTOK_SHOP): package for package in orders.find(world, serial).packages}
    if text not in held:
        raise Invalid(f"the order has no package {text}; it has {', '.join(map(str, held)) or 'none'}", "package")
    return held[text]


_PACKAGE: Mapping[str, Field] = {"package": {"t": "str", "help": "one package of a TikTok Shop order; absent: every one that can be"}}
_ADDRESS: Mapping[str, Field] = {
    name: {"t": "str", "len": [1, 500]}
    for name in ("name", "phone", "street", "district", "city", "province", "postal", "latitude", "longitude")
}
_REASON: Field = {"t": "str", "len": [1, 500]}

# act → (what it does, what it may bring along, in words)
ACTS: dict[str, tuple[Callable[[World, int, Json], World], Mapping[str, Field], str]] = {
    "pay": (_pay, {"force": {"t": "bool", "help": "even with too little stock"}}, "The buyer's payment is verified"),
    "cancel": (_cancel, {"by": {"t": "str", "enum": list(_CANCEL_CODES)}, "reason": _REASON}, "The order is cancelled"),
    "request-cancel": (_request_cancel, {"reason": _REASON}, "The buyer asks to cancel"),
    "withdraw-cancel": (
        lambda world, serial, body: cancellations.settle_cancel(world, serial, "withdrawn"),
        {},
        "The buyer takes the request to cancel back",
    ),
    "collect": (_collect, _PACKAGE, "The courier scans the parcel"),
    "deliver": (_deliver, _PACKAGE, "The parcel arrives"),
    "complete": (lambda world, serial, body: orders.completed(world, serial), {}, "The buyer is content"),
    "complain": (lambda world, serial, body: orders.complain(world, serial), {}, "The buyer opens a case"),
    "return": (lambda world, serial, body: orders.returned(world, serial), {}, "The goods come back to the seller"),
    "approve-partial": (lambda world, serial, body: acceptance.settle_partial(world, serial, "approved"), {}, "The buyer is content with fewer units"),
    "refuse-partial": (lambda world, serial, body: acceptance.settle_partial(world, serial, "rejected"), {}, "The buyer wants all that was ordered"),
    "mark": (
        lambda world, serial, body: orders.mark(world, serial, body.get("number", 0)),
        {"number": {"t": "int", "range": [0, 999], "help": "such as 501, 520, 530, 540 on the way, 690 after it; 0 takes it off"}},
        "Courier, payment or fraud screening puts a Tokopedia status number on the order",
    ),
    "address": (_address, _ADDRESS, "The buyer corrects the address"),
    "expire": (lambda world, serial, body: clock.expire(world, serial), {}, "The order's next deadline passes at once"),
}


def _acting(name: str) -> Callable[[Ask], Any]:
    operation = ACTS[name][0]

    async def act(ask: Ask) -> Any:
        serial = naming.order(ask.world, ask.params["order"]).serial
        ask.apply(operation, serial, ask.body)
        return described(ask.world, orders.find(ask.world, serial))

    return act


_ITEM: Mapping[str, Field] = {
    "sku": {"t": "str", "help": "seller SKU, to the letter"},
    "product_id": {"t": "str", "help": "product id of either platform"},
    "sku_id": {"t": "str", "help": "TikTok Shop SKU id"},
    "quantity": {"t": "int", "range": [1, 1000]},
    "seller_discount": {"t": "int", "range": [0, 1_000_000_000], "help": "rupiah per unit that the seller takes off (orders that TikTok Shop owns)"},
    "platform_discount": {"t": "int", "range": [0, 1_000_000_000], "help": "rupiah per unit that the platform pays (orders that TikTok Shop owns)"},
}
_PLACE: Mapping[str, Field] = {
    **SELLER,
    "buyer_app": BUYER_APP,
    "items": {"t": "list", "len": [0, 100], "items": {"t": "obj", "fields": dict(_ITEM)}, "help": "absent: the seed picks"},
    "pay": {"t": "any", "help": 'true, false or {"after": seconds}'},
    "count": {"t": "int", "range": [1, 1000], "help": "so many such orders, of one buyer"},
    "buyer": {"t": "str", "help": "short name of a buyer; absent: the seed picks"},
    "warehouse": {"t": "str", "help": "id on either platform, or name"},
    "courier": {"t": "str", "help": "company, service, or both"},
    "cod": {"t": "bool", "help": "cash on delivery"},
    "force": {"t": "bool", "help": "sell what is out of stock or not listed"},
    "note": {"t": "str", "len": [0, 500]},
    "shipping_subsidy": {"t": "int", "range": [0, 1_000_000_000], "help": "rupiah that the platform pays of the shipping fee (orders that TikTok Shop owns)"},
}
_ORDER: Json = {
    "key": "order-4711",
    "platform": "tokopedia",
    "order_id": 1104711223,
    "seller": "toko",
    "buyer_app": "tokopedia",
    "buyer": "budi",
    "status": "paid",
    "total": 125000,
    "items": [{"sku": "KAOS-01", "product_id": 11555123456, "name": "Kaos", "variant": "", "price": 105000, "quantity": 1}],
    "created": {"world": 1737342000, "wire": 1737342000},
    "paid": {"world": 1737342000, "wire": 1737342000},
}
_AT = "/workspaces/{id}/orders"

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        _AT,
        place,
        "A buyer orders in one of the apps",
        body=_PLACE,
        example={"buyer_app": "tokopedia", "items": [{"sku": "KAOS-01", "quantity": 1}], "pay": True, "count": 1},
        answer={**_ORDER, "orders": [_ORDER]},
        status=201,
    ),
    Route(
        "GET",
        _AT,
        every,
        "The newest orders, newest first",
        query={
            **SELLER,
            "platform": {"t": "str", "enum": [p.value for p in Platform]},
            "status": {"t": "str", "enum": [s.value for s in Status]},
            "limit": {"t": "int", "range": [1, 1000], "default": 50},
        },
        answer={"orders": [_ORDER]},
    ),
    Route(
        "GET",
        _AT + "/{order}",
        one,
        "One order with its history, by key or by the id that its platform prints",
        answer={**_ORDER, "history": [{"status": "paid", "at": {"world": 1737342000, "wire": 1737342000}, "by": "buyer", "text": ""}]},
    ),
    *(
        Route("POST", _AT + "/{order}/" + name, _acting(name), summary, body=takes, example={}, answer=_ORDER)
        for name, (_, takes, summary) in ACTS.items()
        if name != "address"
    ),
    Route(
        "POST",
        _AT + "/{order}/address",
        _acting("address"),
        ACTS["address"][2],
        body=_ADDRESS,
        example={"street": "Jl. Melati 7"},
        answer=_ORDER,
    ),
)
