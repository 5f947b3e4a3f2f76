"""Orders come to be: what is in the cart, at whose price and from which warehouse; paid for, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from . import cancellations, orders, packages, products, repacking, settlements, shipping, shops, timers
from .errors import Ambiguous, BuyerUnknown, Invalid, NotSold, OrderState, TooLittleStock
from .events import AddressChanged, OrderPaid, OrderPlaced
from .orders import ORDERS, Act, Happened, Item, Order, Status
from .phases import Platform
from .products import Product, Sku
from .shops import BUYERS, COURIERS, Address, Buyer, Courier, Seller
from .table import TOP
from .world import Change, World

# ---- the cart ---------------------------------------------------------------------------------------------------------------------------


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


# ---- placing and paying -----------------------------------------------------------------------------------------------------------------


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
        world = timers.deadline(world, "order.unpaid_deadline", serial, world.rules.unpaid_deadline)
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


def buyer_named(world: World, key: str | None) -> Buyer:
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


def paid(world: World, serial: int, *, force: bool = False) -> World:
    """The buyer's payment is verified: units are taken from stock; with none left the order is cancelled."""
    order = orders.find(world, serial)
    orders.allow(order, Act.PAY)
    before = world
    try:
        for item in order.items:
            world = products.reserve(world, item.product, item.sku, item.warehouse, item.quantity, force=force)
    except TooLittleStock:
        return cancellations.cancelled(before, serial, by="system", reason="out of stock when paid", code=3)
    world = timers.stop(world, "order.unpaid_deadline", serial)
    now = world.now
    rules = world.rules
    if order.platform is Platform.TOKOPEDIA:
        changes: dict[str, Any] = {
            "accept_by": now.wire + rules.accept_deadline,
            "ship_by": now.wire + shipping.ship_within(world, order),
        }
        world = timers.deadline(world, "order.accept_deadline", serial, rules.accept_deadline)
    else:
        package, world = repacking.in_one(world, order)
        changes = {
            "ship_by": now.wire + shipping.ship_within(world, order),
            "packages": (package,),
            "items": tuple(item.but(package=package) for item in order.items),
        }
        goods = [(item.sku, item.quantity, item.list_price * item.quantity, item.sold_for * item.quantity) for item in order.items]
        if not order.replaces:
            world = settlements.opened(world, order=serial, seller=order.seller, created=order.created.wire, goods=goods, shipping=order.shipping_fee)
    world = timers.deadline(world, "order.ship_deadline", serial, shipping.ship_within(world, order))
    world = orders.moved(world, order, Status.PAID, "buyer", told=False, paid=now, **changes)
    return world.tell(OrderPaid(order.seller, now, serial))


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
                ship_by=now.wire + shipping.ship_within(world, order, Platform.TIKTOK_SHOP),
                accept_by=0,
                shadow_of=order.serial,
            )
            package, world = repacking.in_one(world, twin)
            twin = twin.but(packages=(package,), items=tuple(item.but(package=package) for item in twin.items))
            world = world.put(ORDERS, twin).tell(OrderPlaced(seller, now, first)).tell(OrderPaid(seller, now, first))
    return world


def change_address(world: World, serial: int, address: Address) -> World:
    """The buyer corrects the address of an order that is not on its way."""
    order = orders.find(world, serial)
    if order.status not in (Status.UNPAID, Status.PAID, Status.ACCEPTED):
        raise OrderState(f"order {order.key} is {order.status}: its address can no longer change")
    after = order.but(address=address, address_changed=True, updated=world.now, revised=world.revision)
    world = world.put(ORDERS, after).tell(AddressChanged(order.seller, world.now, serial))
    for one in order.packages:
        package = packages.find(world, one)
        if len(package.orders) > 1:
            world = repacking.out_of(world, package, serial, "buyer", "ADDRESS_UPDATE_SPLIT")
    return repacking.regrouped(world, orders.find(world, serial).packages)
