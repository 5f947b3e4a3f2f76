"""Orders: what a buyer bought of one seller, on the one platform where the order was created and stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from . import finance, packages, products, settlements, shops, timers
from .errors import Ambiguous, BuyerUnknown, Invalid, NotSold, OrderState, OrderUnknown, PackageState, Repeated, TooLittleStock
from .events import (
    AddressChanged,
    CancellationRequested,
    CancellationSettled,
    OrderCancelled,
    OrderMoved,
    OrderPaid,
    OrderPlaced,
    PackagesRepacked,
    PartialFulfilment,
)
from .instants import Instant
from .packages import Package, PackageStatus
from .phases import Platform
from .products import Product, Sku
from .shops import BUYERS, COURIERS, Address, Buyer, Courier, Seller
from .table import TOP, Table
from .value import Value, value
from .world import Change, World


class Status(StrEnum):
    """How far an order is, in words that belong to neither platform; each façade has its own word or number for it."""

    UNPAID = "unpaid"  # 100 · UNPAID
    PAID = "paid"  # 220 · AWAITING_SHIPMENT
    ACCEPTED = "accepted"  # 400 (Tokopedia only)
    PARTLY_ARRANGED = "partly_arranged"  # PARTIALLY_SHIPPING (TikTok Shop only)
    ARRANGED = "arranged"  # 450 · AWAITING_COLLECTION
    IN_TRANSIT = "in_transit"  # 500 · IN_TRANSIT
    DELIVERED = "delivered"  # 600 · DELIVERED
    COMPLAINED = "complained"  # 601 (Tokopedia only)
    COMPLETED = "completed"  # 700 · COMPLETED
    CANCELLED = "cancelled"  # 0, 3, 5, 6, 10, 15 by ``cancelled_by`` and ``cancel_code`` · CANCELLED
    RETURNED = "returned"  # 550 (Tokopedia only)


class Act(StrEnum):
    """What can be done to an order."""

    PAY = "pay"
    ACCEPT = "accept"
    REJECT = "reject"
    REQUEST_PICKUP = "request pick-up for"
    CONFIRM_SHIPPING = "confirm the shipping of"
    SHIP = "ship"
    COLLECT = "collect"
    DELIVER = "deliver"
    COMPLETE = "complete"
    COMPLAIN = "complain about"
    RETURN = "send back"
    CANCEL = "cancel"
    REQUEST_CANCEL = "ask to cancel"


_T, _S = Platform.TOKOPEDIA, Platform.TIKTOK_SHOP
_OPEN_T = (Status.PAID, Status.ACCEPTED)

# (platform, act) → the statuses in which the act is allowed; in every other it is refused with words.
# Tokopedia: its status numbers and error texts; TikTok Shop: the order overview. Cells of acts that are the courier's or buyer's: inferred.
ALLOWED: dict[tuple[Platform, Act], tuple[Status, ...]] = {
    (_T, Act.PAY): (Status.UNPAID,),
    (_T, Act.ACCEPT): (Status.PAID,),
    (_T, Act.REJECT): (Status.PAID, Status.ACCEPTED),
    (_T, Act.REQUEST_PICKUP): (Status.ACCEPTED,),
    (_T, Act.CONFIRM_SHIPPING): (Status.ACCEPTED, Status.ARRANGED),
    (_T, Act.SHIP): (),
    (_T, Act.COLLECT): (Status.ARRANGED,),
    (_T, Act.DELIVER): (Status.IN_TRANSIT,),
    (_T, Act.COMPLETE): (Status.DELIVERED, Status.COMPLAINED),
    (_T, Act.COMPLAIN): (Status.DELIVERED,),
    (_T, Act.RETURN): (Status.IN_TRANSIT, Status.DELIVERED, Status.COMPLAINED),
    (_T, Act.CANCEL): (Status.UNPAID, Status.PAID, Status.ACCEPTED, Status.ARRANGED),
    (_T, Act.REQUEST_CANCEL): (Status.PAID, Status.ACCEPTED, Status.ARRANGED),
    (_S, Act.PAY): (Status.UNPAID,),
    (_S, Act.ACCEPT): (),
    (_S, Act.REJECT): (),
    (_S, Act.REQUEST_PICKUP): (),
    (_S, Act.CONFIRM_SHIPPING): (),
    (_S, Act.SHIP): (Status.PAID, Status.PARTLY_ARRANGED),
    (_S, Act.COLLECT): (Status.PARTLY_ARRANGED, Status.ARRANGED),  # package by package
    (_S, Act.DELIVER): (Status.PARTLY_ARRANGED, Status.ARRANGED, Status.IN_TRANSIT),
    (_S, Act.COMPLETE): (Status.DELIVERED,),
    (_S, Act.COMPLAIN): (),
    (_S, Act.RETURN): (),
    (_S, Act.CANCEL): (Status.UNPAID, Status.PAID, Status.ARRANGED),
    (_S, Act.REQUEST_CANCEL): (Status.PAID,),
}

TERMINAL = frozenset({Status.COMPLETED, Status.CANCELLED, Status.RETURNED})


@value
class Item(Value):
    """One line as the buyer bought it: names and prices are those of that moment.

    ``serial`` … ``serial + quantity - 1`` are the units (TikTok Shop prints one line item per unit). ``package``: TikTok Shop only.
    """

    serial: int
    product: int
    sku: int
    name: str
    variant: str
    seller_sku: str
    image: str
    price: int  # per unit, what the buyer pays
    list_price: int  # per unit, before seller discount
    quantity: int
    weight: int  # grams per unit
    warehouse: int
    package: int = 0
    subsidy: int = 0  # per unit, what the platform pays of the seller's price (TikTok Shop)
    rejected: int = 0  # units that the seller does not deliver (Tokopedia's partial orders)

    @property
    def delivered(self) -> int:
        return self.quantity - self.rejected

    @property
    def sold_for(self) -> int:
        """What a unit brings the seller: what the buyer pays, and what the platform adds."""
        return self.price + self.subsidy

    @property
    def serials(self) -> range:
        """Its units."""
        return range(self.serial, self.serial + self.quantity)


@value
class Happened(Value):
    """One line of an order's history."""

    at: Instant
    status: Status
    by: str  # buyer, seller, system
    text: str = ""
    code: int = 0  # Tokopedia status number where the status alone does not tell it


@value
class Order(Value):
    serial: int
    key: str  # the world's identity of this order, the same in every report
    seller: int
    platform: Platform  # which side owns it, for good
    buyer_app: Platform  # where the buyer ordered: TOKOPEDIA on TikTok Shop after the merge
    buyer: int
    address: Address
    status: Status
    items: tuple[Item, ...]
    shipping_fee: int
    insurance_fee: int
    service_fee: int
    courier: int
    warehouse: int
    created: Instant
    updated: Instant
    revised: int
    history: tuple[Happened, ...]
    packages: tuple[int, ...] = ()
    is_cod: bool = False
    paid: Instant | None = None
    accepted: Instant | None = None
    arranged: Instant | None = None
    collected: Instant | None = None
    delivered: Instant | None = None
    completed: Instant | None = None
    cancelled: Instant | None = None
    cancelled_by: str = ""  # buyer, seller, system
    cancel_reason: str = ""
    cancel_code: int = 0  # Tokopedia status number of a cancellation
    cancel_request: str = ""  # "", pending, accepted, rejected, withdrawn
    cancel_requested: Instant | None = None
    accept_by: int = 0  # wire time
    ship_by: int = 0  # wire time
    awb: str = ""
    booking_code: str = ""
    tracking_number: str = ""
    provider: int = 0  # Courier serial that carries it, once arranged
    note: str = ""
    label_printed: bool = False
    address_changed: bool = False
    partial: tuple[tuple[int, int], ...] = ()  # (serial of the line, units) that the seller asked to deliver instead (Tokopedia)
    partial_status: str = ""  # "", requested, approved, rejected
    partial_requested: Instant | None = None
    detail: int = 0  # Tokopedia status number where the status alone does not tell it
    replaces: int = 0  # the order whose goods this one brings once more, for nothing
    shipping_subsidy: int = 0  # what the platform pays of the shipping fee; ``shipping_fee`` is the buyer's part (TikTok Shop)
    shadow_of: int | None = None  # the Tokopedia order that this one repeats (rule ``shadow_inflight``)

    @property
    def units(self) -> tuple[Item, ...]:
        """The lines whose units this order takes from stock: none where another order has them."""
        return self.items if self.shadow_of is None else ()

    @property
    def product_total(self) -> int:
        return sum(item.price * item.delivered for item in self.items)

    @property
    def total(self) -> int:
        return self.product_total + self.shipping_fee + self.insurance_fee + self.service_fee


def _listed(o: Order) -> tuple[tuple[int, int, int], ...]:
    """Tokopedia's list shows orders that reached 220; the key is the order's creation, so an order paid late appears late."""
    return ((o.seller, o.created.wire, o.serial),) if o.platform is Platform.TOKOPEDIA and o.paid is not None else ()


def _listed_status(o: Order) -> tuple[tuple[int, str, int, int, int], ...]:
    """By status, and within it by the number that is told besides."""
    number = o.detail or (o.cancel_code if o.status is Status.CANCELLED else 0)
    return ((o.seller, o.status, number, o.created.wire, o.serial),) if o.platform is Platform.TOKOPEDIA and o.paid is not None else ()


def _cancelling(rest: Callable[[Order, int], tuple[int, ...]]) -> Callable[[Order], tuple[tuple[int, ...], ...]]:
    """TikTok Shop orders that were cancelled, or that a buyer has asked to cancel."""

    def keys(o: Order) -> tuple[tuple[int, ...], ...]:
        at = o.cancel_requested or o.cancelled
        return ((o.seller, *rest(o, at.wire)),) if at is not None and o.platform is Platform.TIKTOK_SHOP else ()

    return keys


ORDERS = Table(
    "orders",
    Order,
    by_created=lambda o: ((o.seller, o.platform, o.created.wire, o.serial),),
    by_updated=lambda o: ((o.seller, o.platform, o.updated.wire, o.revised, o.serial),),
    by_status_created=lambda o: ((o.seller, o.platform, o.status, o.created.wire, o.serial),),
    by_status_updated=lambda o: ((o.seller, o.platform, o.status, o.updated.wire, o.revised, o.serial),),
    by_buyer=lambda o: ((o.seller, o.platform, o.buyer, o.created.wire, o.serial),),
    by_warehouse=lambda o: tuple((o.seller, o.platform, place, o.created.wire, o.serial) for place in dict.fromkeys(item.warehouse for item in o.items)),
    cancel_requests=lambda o: ((o.seller, o.platform, o.created.wire, o.serial),) if o.cancel_request == "pending" else (),
    cancellations_created=_cancelling(lambda o, at: (at, o.serial)),
    cancellations_updated=_cancelling(lambda o, at: (o.updated.wire, o.revised, o.serial)),
    listed=_listed,
    listed_status=_listed_status,
)


# ---- finding ------------------------------------------------------------------------------------------------------------------------------


def find(world: World, serial: int | None, platform: Platform | None = None) -> Order:
    """The order, on the platform that owns it: elsewhere it is unknown."""
    found = None if serial is None else world.get(ORDERS, serial)
    if found is None or (platform is not None and found.platform is not platform):
        raise OrderUnknown("there is no such order on this platform")
    return found


def allow(order: Order, act: Act) -> None:
    """Raises OrderState when the order's status does not allow the act."""
    allowed = ALLOWED[order.platform, act]
    if order.status not in allowed:
        fit = ", ".join(allowed) or f"no status at all on {order.platform}"
        raise OrderState(f"cannot {act} order {order.key}: it is {order.status}; that needs {fit}")


# ---- placing ------------------------------------------------------------------------------------------------------------------------------


class Unchanged(Invalid):
    """A change that changes nothing."""


class Line(NamedTuple):
    """What a buyer puts into the cart. Discounts are whole rupiah per unit: the seller's own, and what the platform pays."""

    product: Product
    sku: Sku
    quantity: int
    seller_discount: int = 0
    platform_discount: int = 0

    def price(self, app: Platform) -> int:
        """What the buyer pays per unit in that app."""
        sku = self.sku
        listed = sku.slashed if sku.slashed and app is Platform.TOKOPEDIA else sku.price
        return listed - self.seller_discount - self.platform_discount


def resolve(world: World, owner: Seller, app: Platform, items: Sequence[Mapping[str, Any]], *, force: bool = False, purpose: str = "order") -> list[Line]:
    """Cart lines from ``{"sku" | "product" | "sku_serial", "quantity"}``, among what that app's storefront sells; no items: the seed picks.

    Raises Ambiguous, NotSold or TooLittleStock with the candidates.
    """
    if not items:
        return [_pick(world, owner, app, purpose)]
    lines = [_line(world, owner, app, item, force=force) for item in items]
    if not force:
        _enough(lines)
    return lines


def _line(world: World, owner: Seller, app: Platform, item: Mapping[str, Any], *, force: bool) -> Line:
    quantity = item.get("quantity", 1)
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= 1000:
        raise Invalid(f"a quantity is a whole number from 1 to 1000, not {quantity!r}", "quantity")
    if "sku" in item:
        every = products.by_seller_sku(world, owner.serial, str(item["sku"]))
        named = f"seller SKU {item['sku']!r}"
    else:
        product, sku = item["found"]
        every = [(product, sku)] if sku is not None else [(product, one) for one in product.skus]
        named = f"product {item.get('product_id')}"
    sold = [(p, s) for p, s in every if products.sells(world, owner, p, app)] or (every if force else [])
    if not sold:
        raise NotSold(f"{app} does not sell {named} of {owner.key!r} at this moment", tuple(s.serial for _, s in every))
    if len(sold) > 1:
        raise Ambiguous(f"{named} means {len(sold)} things that {app} sells: name one by its product_id", tuple(s.serial for _, s in sold))
    line = Line(*sold[0], quantity, item.get("seller_discount", 0), item.get("platform_discount", 0))
    if line.price(app) < 0:
        raise Invalid(f"{named} costs less than its discounts", "items")
    return line


def _enough(lines: Sequence[Line]) -> None:
    """Raises TooLittleStock unless some warehouse holds all units of each SKU that the cart asks for."""
    wanted: dict[int, int] = {}
    for line in lines:
        sku = line.sku
        wanted[sku.serial] = wanted.get(sku.serial, 0) + line.quantity
        most = max((stock.available for stock in sku.stock), default=0)
        if most < wanted[sku.serial]:
            text = f"{sku.seller_sku or line.product.name!r}: {wanted[sku.serial]} wanted, {most} left in one warehouse (force: true sells anyway)"
            raise TooLittleStock(text, (sku.serial,))


def _pick(world: World, owner: Seller, app: Platform, purpose: str) -> Line:
    """One unit of something in stock, drawn by the seed."""
    index = "on_tiktok_shop" if app is Platform.TIKTOK_SHOP else "on_tokopedia"
    held = world.shelf(products.PRODUCTS).index(index)
    low = held.rank((owner.serial,))
    count = held.rank((owner.serial + 1,)) - low
    start = world.between(purpose, world.next, 0, max(0, count - 1))
    for step in range(count):
        product = products.find(world, held.at(low + (start + step) % count)[-1])
        if products.sells(world, owner, product, app):
            for sku in product.skus:
                if sku.available > 0:
                    return Line(product, sku, 1)
    raise NotSold(f"{app} sells nothing of {owner.key!r} that is in stock")


def place(
    world: World,
    owner: Seller,
    lines: Sequence[Line],
    *,
    buyer: Buyer,
    buyer_app: Platform,
    platform: Platform,
    warehouse: int | None = None,
    courier: Courier | None = None,
    cod: bool = False,
    pay: bool = True,
    pay_after: int = 0,
    force: bool = False,
    note: str = "",
    replaces: int = 0,
    shipping_subsidy: int = 0,
) -> Change:
    """A buyer orders; prices and names are those of this moment. ``platform`` owns the order for good. Answers its serial.

    ``replaces``: the order that is made good by this one, which then costs nothing. ``shipping_subsidy``: rupiah that the platform pays of the
    shipping fee. Raises Invalid for that and discounts where Tokopedia owns the order.
    """
    courier = courier or _courier(world)
    if not 0 <= shipping_subsidy <= courier.fee:
        raise Invalid(f"shipping costs {courier.fee} rupiah: the platform can pay up to that of it, not {shipping_subsidy}", "shipping_subsidy")
    if platform is Platform.TOKOPEDIA and (shipping_subsidy or any(line.seller_discount or line.platform_discount for line in lines)):
        raise Invalid("discounts and subsidies are given on orders that TikTok Shop owns", "buyer_app")
    place_ = warehouse or shops.default_warehouse(world, owner.serial, platform).serial
    units = sum(line.quantity for line in lines)
    serial, world = world.take(1 + units)
    items, at = [], serial + 1
    for line in lines:
        product, sku = line.product, line.sku
        items.append(
            Item(
                at,
                product.serial,
                sku.serial,
                product.name,
                ", ".join(sku.options),
                sku.seller_sku,
                sku.image or (product.images[0] if product.images else ""),
                0 if replaces else line.price(buyer_app),
                0 if replaces else sku.price,
                line.quantity,
                sku.weight or product.weight_grams,
                _stocked(sku, place_, line.quantity),
                subsidy=line.platform_discount,
            )
        )
        at += line.quantity
    now = world.now
    order = Order(
        serial=serial,
        key=f"order-{serial}",
        seller=owner.serial,
        platform=platform,
        buyer_app=buyer_app,
        buyer=buyer.serial,
        address=buyer.address,
        status=Status.UNPAID,
        items=tuple(items),
        shipping_fee=0 if replaces else courier.fee - shipping_subsidy,
        shipping_subsidy=shipping_subsidy,
        insurance_fee=0,
        service_fee=0 if platform is Platform.TOKOPEDIA or replaces else 1000,
        courier=courier.serial,
        warehouse=items[0].warehouse,
        created=now,
        updated=now,
        revised=world.revision,
        history=(Happened(now, Status.UNPAID, "buyer"),),
        is_cod=cod,
        note=note,
        replaces=replaces,
    )
    world = world.put(ORDERS, order).tell(OrderPlaced(owner.serial, now, serial))
    if pay or cod:
        world = paid(world, serial, force=force)
    else:
        world = timers.set(world, "order.unpaid_deadline", serial, due=_due(world, world.rules.unpaid_deadline), clock=world.rules.deadlines)
        if pay_after:
            world = timers.set(world, "order.pay", serial, due=now.world + pay_after)
    return Change(world, serial)


def replace(world: World, order: Order, lines: Sequence[Line]) -> Change:
    """Goods of an order go out once more, to the same buyer by the same courier, for nothing. Answers the new order's serial."""
    buyer, courier = world.get(BUYERS, order.buyer), world.get(COURIERS, order.courier)
    assert buyer is not None  # who has ordered stays known
    owner = shops.seller(world, order.seller)
    return place(
        world, owner, lines, buyer=buyer, buyer_app=order.buyer_app, platform=order.platform, warehouse=order.warehouse, courier=courier, replaces=order.serial
    )


def _stocked(sku: Sku, warehouse: int, quantity: int) -> int:
    """The warehouse that ships: the wanted one if it has enough, else the first that has."""
    if products.held(sku, warehouse).available >= quantity:
        return warehouse
    return next((stock.warehouse for stock in sku.stock if stock.available >= quantity), warehouse)


def _courier(world: World) -> Courier:
    shelf = world.shelf(COURIERS)
    found = shelf.first("by_service", (11,)) or shelf.first("by_service")
    if found is None:
        raise Invalid("this world has no courier")
    return found


def _due(world: World, seconds: int) -> int:
    return (world.now.wire if world.rules.deadlines == "wire" else world.now.world) + seconds


def buyer_named(world: World, key: str | None, *, test: bool = False) -> Buyer:
    """The buyer of that short name; None: the seed picks."""
    shelf = world.shelf(BUYERS)
    if key is not None:
        found = shelf.page("by_key", (key,), (key + "\0",), limit=1)
        if not found:
            raise BuyerUnknown(f"there is no buyer {key!r}; the buyers are {', '.join(b.key for b in shelf.page('by_serial'))}")
        return found[0]
    if not len(shelf):
        raise BuyerUnknown("this world has no buyers")
    key_ = shelf.index("by_serial").at(world.between("buyer", world.next, 0, len(shelf) - 1))
    row = shelf.get(key_[-1])
    assert row is not None  # the index was made from the rows
    return row


# ---- an order's life ----------------------------------------------------------------------------------------------------------------------


def _moved(world: World, order: Order, to: Status, by: str, text: str = "", *, told: bool = True, **changes: Any) -> World:
    """The order in its next status, with a line of history and an event."""
    now = world.now
    changes = {"detail": 0, **changes}
    after = order.but(status=to, updated=now, revised=world.revision, history=(*order.history, Happened(now, to, by, text)), **changes)
    world = world.put(ORDERS, after)
    return world.tell(OrderMoved(order.seller, now, order.serial, order.status, to)) if told else world


def paid(world: World, serial: int, *, force: bool = False) -> World:
    """The buyer's payment is verified: units are taken from stock; with none left the order is cancelled."""
    order = find(world, serial)
    allow(order, Act.PAY)
    before = world
    try:
        for item in order.items:
            world = products.reserve(world, item.product, item.sku, item.warehouse, item.quantity, force=force)
    except TooLittleStock:
        return cancelled(before, serial, by="system", reason="out of stock when paid", code=3)
    world = timers.stop(world, "order.unpaid_deadline", serial)
    now = world.now
    rules = world.rules
    if order.platform is Platform.TOKOPEDIA:
        changes: dict[str, Any] = {
            "accept_by": now.wire + rules.accept_deadline,
            "ship_by": now.wire + rules.ship_deadline,
        }
        world = timers.set(world, "order.accept_deadline", serial, due=_due(world, rules.accept_deadline), clock=rules.deadlines)
    else:
        package, world = _packed(world, order)
        changes = {
            "ship_by": now.wire + rules.tiktok_ship_deadline,
            "packages": (package,),
            "items": tuple(item.but(package=package) for item in order.items),
        }
        goods = [(item.sku, item.quantity, item.list_price * item.quantity, item.sold_for * item.quantity) for item in order.items]
        if not order.replaces:
            world = settlements.opened(world, order=serial, seller=order.seller, created=order.created.wire, goods=goods, shipping=order.shipping_fee)
    world = timers.set(
        world, "order.ship_deadline", serial, due=_due(world, rules.ship_deadline if order.platform is Platform.TOKOPEDIA else rules.tiktok_ship_deadline), clock=rules.deadlines
    )
    world = _moved(world, order, Status.PAID, "buyer", told=False, paid=now, **changes)
    return world.tell(OrderPaid(order.seller, now, serial))


def _packed(world: World, order: Order) -> tuple[int, World]:
    """The one package of a paid TikTok Shop order."""
    serial, world = world.take()
    now = world.now
    units = tuple(unit for item in order.items for unit in item.serials)
    made = Package(serial, order.seller, (order.serial,), units, PackageStatus.TO_FULFILL, order.courier, order.warehouse, now, now, world.revision, now)
    return serial, packages.keep(world, made.but(together=_common(order)))


def _common(order: Order) -> str:
    """What orders have in common that can travel in one package: buyer, address, warehouse and courier. Orders of Tokopedia's app never can (documented)."""
    if order.buyer_app is Platform.TOKOPEDIA or order.cancel_request == "pending":
        return ""
    to = order.address
    return "|".join(map(str, (order.buyer, order.warehouse, order.courier, to.name, to.phone, to.street, to.district_id, to.postal)))


def shadow(world: World, seller: int) -> World:
    """Show every unshipped Tokopedia order of a seller on TikTok Shop as well: the same purchase, the same units (rule ``shadow_inflight``)."""
    now = world.now
    for status in (Status.PAID, Status.ACCEPTED):
        low = (seller, Platform.TOKOPEDIA, status)
        for order in world.shelf(ORDERS).page("by_status_created", low, (*low, TOP)):
            first, world = world.take(1 + sum(item.quantity for item in order.items))
            items, at = [], first + 1
            for item in order.items:
                items.append(item.but(serial=at))
                at += item.quantity
            twin = order.but(
                serial=first,
                platform=Platform.TIKTOK_SHOP,
                status=Status.PAID,
                items=tuple(items),
                created=now,
                updated=now,
                paid=now,
                revised=world.revision,
                history=(Happened(now, Status.PAID, "system"),),
                ship_by=now.wire + world.rules.tiktok_ship_deadline,
                accept_by=0,
                shadow_of=order.serial,
            )
            package, world = _packed(world, twin)
            twin = twin.but(packages=(package,), items=tuple(item.but(package=package) for item in twin.items))
            world = world.put(ORDERS, twin).tell(OrderPlaced(seller, now, first)).tell(OrderPaid(seller, now, first))
    return world


def accept(world: World, serial: int, *, rejected: Mapping[int, int] | None = None) -> World:
    """The seller accepts a Tokopedia order (220 → 400); ``rejected``: line → units that will not be delivered."""
    order = find(world, serial, Platform.TOKOPEDIA)
    allow(order, Act.ACCEPT)
    if rejected:
        world, order = _without(world, order, rejected)
    world = timers.stop(world, "order.accept_deadline", serial)
    return _moved(world, order, Status.ACCEPTED, "seller", accepted=world.now, booking_code=f"{serial:012d}")


def _without(world: World, order: Order, rejected: Mapping[int, int]) -> tuple[World, Order]:
    """The order with fewer units, which are free again. Raises Invalid unless something is left of it."""
    items = []
    for item in order.items:
        less = rejected.get(item.serial, 0)
        if not 0 <= less <= item.delivered:
            raise Invalid(f"of a line of {item.delivered} units, {less} cannot be left out", "quantity_reject")
        if less and order.shadow_of is None:
            world = products.release(world, item.product, item.sku, item.warehouse, less)
        items.append(item.but(rejected=item.rejected + less))
    if not any(item.delivered for item in items):
        raise Invalid("nothing would be left of the order: reject it", "quantity_reject")
    return world, order.but(items=tuple(items))


def request_partial(world: World, serial: int, wanted: Sequence[tuple[int, int]]) -> World:
    """The seller asks the buyer to be content with less. ``wanted``: (serial of the line, units to deliver); lines left out stay whole."""
    order = find(world, serial, Platform.TOKOPEDIA)
    allow(order, Act.ACCEPT)
    if order.partial_status:
        raise Repeated("a partial fulfilment was asked for before")
    lines = {item.serial: item for item in order.items}
    for line, units in wanted:
        if line not in lines:
            raise Invalid("that line is none of this order's", "order_dtl_id")
        if not 0 <= units <= lines[line].quantity:
            raise Invalid(f"{lines[line].quantity} units were ordered, {units} are more", "quantity_request")
    if all(lines[line].quantity == units for line, units in wanted):
        raise Unchanged("there is no change in any quantity", "quantity_request")
    if not any(dict(wanted).get(item.serial, item.quantity) for item in order.items):
        raise Invalid("nothing would be left of the order: reject it", "quantity_request")
    after = order.but(partial=tuple(wanted), partial_status="requested", partial_requested=world.now, updated=world.now, revised=world.revision)
    return world.put(ORDERS, after).tell(PartialFulfilment(order.seller, world.now, serial, "requested"))


def settle_partial(world: World, serial: int, outcome: str) -> World:
    """The buyer answers the seller's wish to deliver less: approved or rejected."""
    order = find(world, serial)
    if order.partial_status != "requested":
        raise OrderState("the seller has not asked to deliver less")
    if outcome == "approved":
        allow(order, Act.ACCEPT)
        less = {line: item.quantity - units for line, units in order.partial for item in order.items if item.serial == line}
        world, order = _without(world, order, less)
    after = order.but(partial_status=outcome, updated=world.now, revised=world.revision)
    return world.put(ORDERS, after).tell(PartialFulfilment(order.seller, world.now, serial, outcome))


# Tokopedia status numbers that are told besides the status itself → the statuses in which they may be (documented or observed numbers).
DETAILS: dict[int, tuple[Status, ...]] = {
    103: (Status.UNPAID,),
    200: (Status.UNPAID,),
    221: (Status.PAID,),
    501: (Status.IN_TRANSIT,),
    520: (Status.IN_TRANSIT,),
    530: (Status.IN_TRANSIT,),
    540: (Status.IN_TRANSIT,),
    690: (Status.DELIVERED,),
    691: (Status.DELIVERED,),
    695: (Status.DELIVERED,),
    698: (Status.DELIVERED,),
    699: (Status.COMPLETED,),
    701: (Status.COMPLETED,),
    2: (Status.CANCELLED,),
    4: (Status.CANCELLED,),
    11: (Status.PAID,),
}


def mark(world: World, serial: int, number: int) -> World:
    """Courier, payment or fraud screening puts another number on a Tokopedia order, or takes it off again (0)."""
    order = find(world, serial, Platform.TOKOPEDIA)
    if number and order.status not in DETAILS.get(number, ()):
        fit = ", ".join(str(known) for known, statuses in DETAILS.items() if order.status in statuses) or "none"
        raise OrderState(f"order {order.key} is {order.status}: the numbers that it may carry then are {fit}, not {number}")
    return _moved(world, order, order.status, "system", detail=number)


def reject(world: World, serial: int, *, code: int, reason: str, empty_products: Sequence[int] = ()) -> World:
    """The seller refuses a Tokopedia order (nack). ``empty_products``: products that go out of stock with it (reason 1)."""
    order = find(world, serial, Platform.TOKOPEDIA)
    if code == 8:
        return settle_cancel(world, serial, "accepted")
    allow(order, Act.REJECT)
    world = cancelled(world, serial, by="seller", reason=reason, code=10)
    for product in empty_products:
        record = products.living(world, products.find(world, product))
        for sku in record.skus:
            for stock in sku.stock:
                world = products.set_stock(world, record.serial, sku.serial, stock.warehouse, 0)
    return world


def request_pickup(world: World, serial: int) -> World:
    """The seller calls the courier for a Tokopedia order (400 → 450)."""
    order = find(world, serial, Platform.TOKOPEDIA)
    allow(order, Act.REQUEST_PICKUP)
    world = timers.stop(world, "order.ship_deadline", serial)
    world = timers.set(world, "order.collect", serial, due=world.now.world + world.rules.courier_pickup_seconds)
    return _moved(world, order, Status.ARRANGED, "seller", arranged=world.now, provider=order.courier)


def confirm_shipping(world: World, serial: int, awb: str) -> World:
    """The seller hands a Tokopedia parcel over with its number (400 → 500; after a pick-up request it is the same parcel)."""
    order = find(world, serial, Platform.TOKOPEDIA)
    allow(order, Act.CONFIRM_SHIPPING)
    world = timers.stop(timers.stop(world, "order.ship_deadline", serial), "order.collect", serial)
    return _on_its_way(world, order, "seller", awb=awb, arranged=order.arranged or world.now)


def _on_its_way(world: World, order: Order, by: str, **changes: Any) -> World:
    for item in order.units:
        world = products.consume(world, item.product, item.sku, item.warehouse, item.delivered)
    world = timers.set(world, "order.deliver", order.serial, due=world.now.world + world.rules.courier_delivery_seconds)
    return _moved(world, order, Status.IN_TRANSIT, by, collected=world.now, provider=order.courier, **changes)


def collected(world: World, serial: int) -> World:
    """The courier has scanned the parcel; on TikTok Shop every package of the order that waits for it."""
    order = find(world, serial)
    allow(order, Act.COLLECT)
    if order.platform is Platform.TIKTOK_SHOP:
        return _each(world, order, PackageStatus.PROCESSING, package_collected)
    world = timers.stop(world, "order.collect", serial)
    return _on_its_way(world, order, "system", awb=order.awb or packages.tracking_number(world, serial, "TKP"))


def delivered(world: World, serial: int, *, by: str = "system") -> World:
    """The parcel has arrived; on TikTok Shop every package of the order that is on its way."""
    order = find(world, serial)
    allow(order, Act.DELIVER)
    if order.platform is Platform.TIKTOK_SHOP:
        return _each(world, order, PackageStatus.FULFILLING, package_delivered)
    return _arrived(timers.stop(world, "order.deliver", serial), order, by)


def _arrived(world: World, order: Order, by: str) -> World:
    world = timers.set(world, "order.complete", order.serial, due=world.now.world + world.rules.order_complete_seconds)
    return _moved(world, order, Status.DELIVERED, by, delivered=world.now)


def completed(world: World, serial: int) -> World:
    """The buyer is content, or the time to complain is over."""
    order = find(world, serial)
    allow(order, Act.COMPLETE)
    world = _moved(timers.stop(world, "order.complete", serial), order, Status.COMPLETED, "system", completed=world.now)
    if order.platform is Platform.TOKOPEDIA:
        return finance.disburse(world, order.seller, serial, order.product_total)
    return settlements.due(world, serial)


def paid_back(world: World, serial: int) -> World:
    """All that the buyer paid for goods has gone back: the order is over, wherever its parcels are (documented for TikTok Shop)."""
    order = find(world, serial)
    if order.status not in (Status.ARRANGED, Status.IN_TRANSIT, Status.DELIVERED):
        return world
    for kind in ("order.collect", "order.deliver", "order.complete"):
        world = timers.stop(world, kind, serial)
    return settlements.due(_moved(world, order, Status.COMPLETED, "system", completed=world.now), serial)


def complain(world: World, serial: int) -> World:
    """The buyer opens a case about a delivered Tokopedia order (600 → 601)."""
    order = find(world, serial)
    allow(order, Act.COMPLAIN)
    return _moved(timers.stop(world, "order.complete", serial), order, Status.COMPLAINED, "buyer")


def printed(world: World, serial: int) -> World:
    """The seller has printed the label."""
    return world.put(ORDERS, find(world, serial).but(label_printed=True))


def returned(world: World, serial: int) -> World:
    """The goods of a Tokopedia order have come back to the seller (550): its units are free again."""
    order = find(world, serial)
    allow(order, Act.RETURN)
    for item in order.units:
        world = products.take_back(world, item.product, item.sku, item.warehouse, item.delivered)
    for kind in ("order.deliver", "order.complete"):
        world = timers.stop(world, kind, serial)
    return _moved(world, order, Status.RETURNED, "system")


def cancelled(world: World, serial: int, *, by: str, reason: str, code: int = 0) -> World:
    """The order will not be shipped: its units are free again. ``code``: the Tokopedia status number (0, 3, 5, 6, 10, 15)."""
    order = find(world, serial)
    allow(order, Act.CANCEL)
    if on_the_road(world, order):
        raise OrderState(f"cannot cancel order {order.key}: one of its packages is with the courier")
    if order.paid is not None:
        for item in order.units:
            world = products.release(world, item.product, item.sku, item.warehouse, item.delivered)
    for kind in ("order.unpaid_deadline", "order.pay", "order.accept_deadline", "order.ship_deadline", "order.cancel_review", "order.collect"):
        world = timers.stop(world, kind, serial)
    for package in order.packages:
        held = packages.find(world, package)
        if len(held.orders) > 1:
            world = _out_of(world, held, serial, by, "PARTLY_CANCEL_SPLIT" if held.waits else "CANCEL_FULFILL_SPLIT")
        else:
            world = timers.stop(world, "package.collect", package)
    order = find(world, serial)
    for package in order.packages:
        world = packages.moved(world, package, PackageStatus.CANCELLED)
    world = settlements.dropped(world, serial)
    request = "accepted" if order.cancel_request == "pending" else order.cancel_request
    world = _moved(
        world, order, Status.CANCELLED, by, reason, told=False, cancelled=world.now, cancelled_by=by, cancel_reason=reason, cancel_code=code, cancel_request=request
    )
    if request != order.cancel_request:
        world = world.tell(CancellationSettled(order.seller, world.now, serial, request))
    return world.tell(OrderCancelled(order.seller, world.now, serial, by, reason, order.status))


def request_cancel(world: World, serial: int, reason: str) -> World:
    """The buyer asks to cancel; an unpaid order is cancelled at once."""
    order = find(world, serial)
    if order.status is Status.UNPAID:
        return cancelled(world, serial, by="buyer", reason=reason, code=15)
    allow(order, Act.REQUEST_CANCEL)
    if order.cancel_request == "pending":
        raise OrderState("the buyer has asked already")
    after = order.but(cancel_request="pending", cancel_requested=world.now, cancel_reason=reason, updated=world.now, revised=world.revision)
    if order.platform is Platform.TIKTOK_SHOP:
        due = _due(world, world.rules.return_review_hours * 3600)
        world = timers.set(world, "order.cancel_review", serial, due=due, clock=world.rules.deadlines)
    return regrouped(world.put(ORDERS, after), after.packages).tell(CancellationRequested(order.seller, world.now, serial, reason))


def settle_cancel(world: World, serial: int, outcome: str) -> World:
    """The seller accepts or rejects the buyer's request, or the buyer withdraws it."""
    order = find(world, serial)
    if order.cancel_request != "pending":
        raise OrderState("the buyer has not asked to cancel this order")
    if outcome == "accepted":
        return cancelled(world, serial, by="buyer", reason=order.cancel_reason, code=10)
    world = timers.stop(world, "order.cancel_review", serial)
    after = order.but(cancel_request=outcome, updated=world.now, revised=world.revision)
    return regrouped(world.put(ORDERS, after), after.packages).tell(CancellationSettled(order.seller, world.now, serial, outcome))


def change_address(world: World, serial: int, address: Address) -> World:
    """The buyer corrects the address of an order that is not on its way."""
    order = find(world, serial)
    if order.status not in (Status.UNPAID, Status.PAID, Status.ACCEPTED):
        raise OrderState(f"order {order.key} is {order.status}: its address can no longer change")
    after = order.but(address=address, address_changed=True, updated=world.now, revised=world.revision)
    world = world.put(ORDERS, after).tell(AddressChanged(order.seller, world.now, serial))
    for one in order.packages:
        package = packages.find(world, one)
        if len(package.orders) > 1:
            world = _out_of(world, package, serial, "buyer", "ADDRESS_UPDATE_SPLIT")
    return regrouped(world, find(world, serial).packages)


# ---- TikTok Shop packages -----------------------------------------------------------------------------------------------------------------

# How far an order is whose packages are all among these (documented); with some of them still to be shipped it is PARTLY_ARRANGED.
_PROGRESS: tuple[tuple[frozenset[PackageStatus], Status], ...] = (
    (frozenset({PackageStatus.TO_FULFILL}), Status.PAID),
    (frozenset({PackageStatus.COMPLETED}), Status.DELIVERED),
    (frozenset({PackageStatus.COMPLETED, PackageStatus.FULFILLING}), Status.IN_TRANSIT),
    (frozenset({PackageStatus.COMPLETED, PackageStatus.FULFILLING, PackageStatus.PROCESSING}), Status.ARRANGED),
    (frozenset(PackageStatus), Status.PARTLY_ARRANGED),
)


def _follow(world: World, serial: int, by: str, **changes: Any) -> World:
    """The order is as far as its packages are."""
    order = find(world, serial)
    held = {packages.find(world, package).status for package in order.packages}
    to = next(status for among, status in _PROGRESS if held <= among)
    if order.status in TERMINAL or to is order.status:
        return world.put(ORDERS, order.but(updated=world.now, revised=world.revision, **changes))
    if to is Status.DELIVERED:
        return _arrived(world, order, by)
    if to is Status.IN_TRANSIT:
        changes["collected"] = world.now
    return _moved(world, order, to, by, **changes)


def _each(world: World, order: Order, status: PackageStatus, act: Callable[[World, int], World]) -> World:
    """Do that to every package of the order that is in that status. Raises OrderState when none is."""
    fit = [package for package in order.packages if packages.find(world, package).status is status]
    if not fit:
        raise OrderState(f"order {order.key} is {order.status}, and none of its packages is {status}")
    for package in fit:
        world = act(world, package)
    return world


def on_the_road(world: World, order: Order) -> bool:
    """Whether a courier has goods of the order already."""
    return any(packages.find(world, package).collected is not None for package in order.packages)


def ship(
    world: World, package_serial: int, *, handover: str = "", pickup: tuple[int, int] = (0, 0), tracking: str = "", provider: int | None = None
) -> World:
    """The seller hands a TikTok Shop package to the courier, for all orders in it: package PROCESSING, order AWAITING_COLLECTION once all are."""
    package = packages.find(world, package_serial)
    if package.status is PackageStatus.CANCELLED:
        raise PackageState("this package is cancelled")
    if not package.waits:
        raise PackageState("this package has been shipped already")
    for serial in package.orders:
        order = find(world, serial, Platform.TIKTOK_SHOP)
        if order.cancel_request == "pending":
            raise OrderState("the buyer has asked to cancel: settle that first")
        allow(order, Act.SHIP)
    now = world.now
    number = tracking or packages.tracking_number(world, package_serial, "JX")
    carrier = provider or package.courier
    world = packages.moved(
        world,
        package_serial,
        PackageStatus.PROCESSING,
        tracking_number=number,
        courier=carrier,
        handover=handover,
        pickup_start=pickup[0],
        pickup_end=pickup[1],
        self_shipped=bool(tracking),
        shipped=now,
    )
    world = timers.set(world, "package.collect", package_serial, due=now.world + world.rules.courier_pickup_seconds)
    for serial in package.orders:
        world = _follow(world, serial, "seller", arranged=now, tracking_number=number, provider=carrier)
        if find(world, serial).status is not Status.PARTLY_ARRANGED:
            world = timers.stop(world, "order.ship_deadline", serial)
    return world


def package_collected(world: World, serial: int) -> World:
    """The courier has scanned a package: its units have left the warehouse."""
    package = packages.find(world, serial)
    if package.status is not PackageStatus.PROCESSING:
        raise PackageState(f"this package is {package.status}: a courier scans it once it is shipped")
    world = timers.stop(world, "package.collect", serial)
    world = packages.moved(world, serial, PackageStatus.FULFILLING, collected=world.now)
    world = timers.set(world, "package.deliver", serial, due=world.now.world + world.rules.courier_delivery_seconds)
    for one in package.orders:
        for item in find(world, one).units:
            if item.package == serial:
                world = products.consume(world, item.product, item.sku, item.warehouse, item.delivered)
        world = _follow(world, one, "system")
    return world


def package_delivered(world: World, serial: int, *, by: str = "system", proof: str = "") -> World:
    """A package has arrived. ``proof``: the address of a picture or document that shows it."""
    package = packages.find(world, serial)
    if package.status is not PackageStatus.FULFILLING:
        raise PackageState(f"this package is {package.status}: it arrives once a courier has it")
    world = timers.stop(world, "package.deliver", serial)
    world = packages.moved(world, serial, PackageStatus.COMPLETED, delivered=world.now, failed="", proof=proof or package.proof)
    for one in package.orders:
        world = _follow(world, one, by)
    return world


def package_not_delivered(world: World, serial: int, reason: str, *, proof: str = "") -> World:
    """The attempt to hand a package over failed; it stays on its way until somebody says how it went on (inferred)."""
    package = packages.find(world, serial)
    if package.status is not PackageStatus.FULFILLING:
        raise PackageState(f"this package is {package.status}: handing it over can fail once a courier has it")
    world = timers.stop(world, "package.deliver", serial)
    changes = {"failed": reason, "failed_at": world.now, "proof": proof or package.proof, "updated": world.now, "revised": world.revision}
    return packages.keep(world, package.but(**changes))


def apart(world: World, package: Package, leaving: Sequence[int]) -> tuple[World, tuple[int, ...]]:
    """Orders leave a combined package, each into one of its own; what stays keeps it. Answers the packages that there are then."""
    made = []
    for one in leaving:
        order = find(world, one)
        units = tuple(unit for item in order.items for unit in item.serials)
        serial, world = packages.packed(world, package, orders=(one,), items=units)
        world = put_into(world, order, {item.serial: serial for item in order.items})
        made.append(serial)
    rest = tuple(one for one in package.orders if one not in leaving)
    if not rest:
        world = packages.gone(world, package.serial, tuple(made))
        return regrouped(world, made), tuple(made)
    gone = {unit for one in made for unit in packages.find(world, one).items}
    left = package.but(orders=rest, items=tuple(unit for unit in package.items if unit not in gone), updated=world.now, revised=world.revision)
    world = packages.keep(world, left.but(tag="COMBINE" if len(rest) > 1 else ""))
    for one in rest:
        world = _follow(world, one, "system")
    there = (package.serial, *made)
    return regrouped(world, there), there


def _out_of(world: World, package: Package, order: int, by: str, change: str) -> World:
    """One order leaves a combined package because of what happened to it."""
    world, there = apart(world, package, [order])
    return repacked(world, package.seller, change, by, there)


def put_into(world: World, order: Order, places: Mapping[int, int]) -> World:
    """The order with its lines in these packages. ``places``: serial of the line → package."""
    items = tuple(item.but(package=places[item.serial]) for item in order.items)
    there = tuple(dict.fromkeys(item.package for item in items))
    return world.put(ORDERS, order.but(items=items, packages=there, updated=world.now, revised=world.revision))


def regrouped(world: World, changed: Sequence[int]) -> World:
    """What these packages may travel together with follows from their orders; goods of a split order travel alone (inferred)."""
    for serial in changed:
        package = packages.find(world, serial)
        common = [_common(find(world, one)) for one in package.orders]
        world = packages.keep(world, package.but(together="" if package.tag == "SPLIT" or "" in common else common[0]))
    return world


def repacked(world: World, seller: int, change: str, by: str, there: Sequence[int]) -> World:
    """Tell that goods were packed anew, into these packages."""
    return world.tell(PackagesRepacked(seller, world.now, change, by, tuple((one, packages.find(world, one).orders) for one in there)))


def correct_tracking(world: World, package_serial: int, *, tracking: str, provider: int) -> World:
    """The seller corrects courier and number of a TikTok Shop package that they have shipped by themselves."""
    package = packages.find(world, package_serial)
    if package.status not in (PackageStatus.PROCESSING, PackageStatus.FULFILLING):
        raise PackageState(f"this package is {package.status}: its number can be corrected while it is under way")
    world = packages.moved(world, package_serial, package.status, tracking_number=tracking, courier=provider, corrected=True)
    for serial in package.orders:
        order = find(world, serial)
        world = world.put(ORDERS, order.but(tracking_number=tracking, provider=provider, updated=world.now, revised=world.revision))
    return world


# ---- deadlines ----------------------------------------------------------------------------------------------------------------------------

# Timers about orders: kind → what it does to the order when it rings.
RINGS: dict[str, Any] = {
    "order.pay": paid,
    "order.unpaid_deadline": lambda world, serial: cancelled(world, serial, by="system", reason="not paid in time", code=0),
    "order.accept_deadline": lambda world, serial: cancelled(world, serial, by="system", reason="not accepted in time", code=6),
    "order.ship_deadline": lambda world, serial: cancelled(world, serial, by="system", reason="not shipped in time", code=0),
    "order.cancel_review": lambda world, serial: settle_cancel(world, serial, "accepted"),
    "order.collect": collected,
    "order.deliver": delivered,
    "package.collect": package_collected,
    "package.deliver": package_delivered,
    "order.complete": completed,
}


def expire(world: World, serial: int) -> World:
    """Let the order's next deadline pass at once."""
    find(world, serial)
    for kind in ("order.unpaid_deadline", "order.accept_deadline", "order.cancel_review", "order.ship_deadline", "order.complete"):
        if world.shelf(timers.TIMERS).page("by_subject", (serial, kind), (serial, kind + "\0"), limit=1):
            change: World = RINGS[kind](timers.stop(world, kind, serial), serial)
            return change
    raise OrderState("this order waits for no deadline")
