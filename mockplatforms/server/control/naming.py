"""How things are called from outside: by their key, or by the wire id that either platform prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from ...domain import products, shops
from ...domain.chats import CONVERSATIONS, Conversation
from ...domain.errors import ConversationUnknown, Invalid, OrderUnknown, ProductUnknown, WarehouseUnknown
from ...domain.instants import Instant
from ...domain.orders import ORDERS, Order
from ...domain.phases import Platform
from ...domain.products import PRODUCTS, Product, Sku
from ...domain.shops import SHOPS, WAREHOUSES, Seller, Warehouse
from ...domain.table import Table
from ...domain.world import World
from ...gateway.ids import Minted
from ...tiktok_shop import ids as tiktok_ids
from ...tokopedia import ids as tokopedia_ids
from .routes import Json

One = TypeVar("One", Order, Conversation)

# What is called how in the ids of each platform.
_IDS: dict[str, dict[Platform, Callable[[World], Minted]]] = {
    "shop": {Platform.TOKOPEDIA: tokopedia_ids.shop, Platform.TIKTOK_SHOP: tiktok_ids.shop},
    "product": {Platform.TOKOPEDIA: tokopedia_ids.product, Platform.TIKTOK_SHOP: tiktok_ids.product},
    "sku": {Platform.TIKTOK_SHOP: tiktok_ids.sku},
    "order": {Platform.TOKOPEDIA: tokopedia_ids.order, Platform.TIKTOK_SHOP: tiktok_ids.order},
    "package": {Platform.TIKTOK_SHOP: tiktok_ids.package},
    "warehouse": {Platform.TOKOPEDIA: tokopedia_ids.warehouse, Platform.TIKTOK_SHOP: tiktok_ids.warehouse},
    "conversation": {Platform.TOKOPEDIA: tokopedia_ids.conversation, Platform.TIKTOK_SHOP: tiktok_ids.conversation},
    "request": {Platform.TIKTOK_SHOP: tiktok_ids.request},
    "message": {Platform.TOKOPEDIA: tokopedia_ids.message, Platform.TIKTOK_SHOP: tiktok_ids.message},
}


def instant(at: Instant | None) -> Json | None:
    """Both clocks of a moment; None where it has not come."""
    return None if at is None else {"world": at.world, "wire": at.wire}


def moment(given: Any) -> int | None:
    """Unix seconds of world time from a number, digits or an ISO 8601 instant (UTC where it names no zone); None where it is none of them."""
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 13:
        given = int(given)
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 2**40:
        return given
    if isinstance(given, str):
        try:
            read = datetime.fromisoformat(given)
            return int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            pass
    return None


def wire(world: World, kind: str, serial: int, platform: Platform) -> int | str:
    """The id of a thing as that platform prints it: a whole number on Tokopedia, digits as text on TikTok Shop."""
    number = _IDS[kind][platform](world).wire(serial)
    return number if platform is Platform.TOKOPEDIA else str(number)


def _serials(world: World, kind: str, text: str) -> Iterable[tuple[Platform, int]]:
    """What an id may mean, on either platform."""
    for platform, ids in _IDS[kind].items():
        found = ids(world).read(text)
        if found is not None:
            yield platform, found


def serial(world: World, kind: str, text: str, platform: Platform) -> int | None:
    """The serial behind an id of that platform, None where it is none."""
    return next((found for where, found in _serials(world, kind, text) if where is platform), None)


def shop_id(world: World, shop: int | None, platform: Platform) -> int | str | None:
    return None if shop is None else wire(world, "shop", shop, platform)


def shop(world: World, text: str, platform: Platform) -> int:
    """The serial of the shop with that id on that platform."""
    for where, serial in _serials(world, "shop", text):
        found = world.get(SHOPS, serial)
        if where is platform and found is not None and found.platform is platform:
            return serial
    known = [str(shop_id(world, s.serial, platform)) for s in world.shelf(SHOPS).page("by_platform") if s.platform is platform]
    raise Invalid(f"there is no {platform} shop {text!r}; the shops are {', '.join(known) or 'none'}", "shop_id")


# ---- products --------------------------------------------------------------------------------------------------------------------------


def product_ids(world: World, product: Product) -> Json:
    """The ids of a record on the platforms whose product API knows it."""
    return {
        platform.value: wire(world, "product", product.serial, platform) if products.visible(product, platform) else None
        for platform in Platform
    }


def sku_view(world: World, product: Product, sku: Sku) -> Json:
    """A SKU as a candidate: enough to name it and to see why it was meant or not."""
    owner = shops.seller(world, product.seller)
    return {
        "sku": sku.seller_sku,
        "product_id": product_ids(world, product),
        "tokopedia_child_id": wire(world, "product", sku.serial, Platform.TOKOPEDIA)
        if product.axes and product.home is Platform.TOKOPEDIA
        else None,
        "sku_id": wire(world, "sku", sku.serial, Platform.TIKTOK_SHOP) if products.visible(product, Platform.TIKTOK_SHOP) else None,
        "name": product.name,
        "variant": ", ".join(sku.options),
        "available": sku.available,
        "sold_on": [app.value for app in Platform if products.sells(world, owner, product, app)],
    }


def product(world: World, seller: int, text: str) -> tuple[Product, Sku | None]:
    """The record behind a product id of either platform (or a TikTok Shop SKU id), as it stands today; a variant's id names its SKU too."""
    for _, serial in _serials(world, "product", text):
        found = world.get(PRODUCTS, serial)
        if found is not None and found.seller == seller:
            return products.living(world, found), None
        rows = world.shelf(PRODUCTS).page("by_sku_serial", (serial,), (serial + 1,), limit=1)
        if rows and rows[0].seller == seller:
            return _today(world, rows[0], serial)
    for _, serial in _serials(world, "sku", text):
        rows = world.shelf(PRODUCTS).page("by_sku_serial", (serial,), (serial + 1,), limit=1)
        if rows and rows[0].seller == seller:
            return _today(world, rows[0], serial)
    raise ProductUnknown(f"there is no product {text!r} of this seller on either platform")


def _today(world: World, record: Product, sku: int) -> tuple[Product, Sku]:
    one = products.sku_of(record, sku)
    living = products.living(world, record)
    if living is record:
        return record, one
    return living, next((other for other in living.skus if other.seller_sku == one.seller_sku), living.skus[0])


def seller_skus(world: World, seller: int) -> list[str]:
    """Every seller SKU of a seller, in the order of the alphabet."""
    keys = world.shelf(PRODUCTS).index("by_seller_sku").page((seller,), (seller + 1,))
    return list(dict.fromkeys(key[1] for key in keys if key[1]))


# ---- orders, conversations, warehouses -------------------------------------------------------------------------------------------------


def order_id(world: World, order: Order) -> int | str:
    return wire(world, "order", order.serial, order.platform)


def order(world: World, text: str) -> Order:
    """The order of that key, or of that id on the platform that owns it."""
    found = _keyed(world, ORDERS, "order", text)
    if found is None:
        raise OrderUnknown(f"there is no order {text!r}: name it by its key (order-…) or by the id that its platform prints")
    return found


def conversation_key(chat: Conversation) -> str:
    return f"conversation-{chat.serial}"


def conversation_id(world: World, chat: Conversation) -> int | str:
    return wire(world, "conversation", chat.serial, chat.platform)


def conversation(world: World, text: str) -> Conversation:
    """The conversation of that key, or of that id on the platform that shows it."""
    found = _keyed(world, CONVERSATIONS, "conversation", text)
    if found is None:
        raise ConversationUnknown(f"there is no conversation {text!r}: name it by its key (conversation-…) or by the id that its platform prints")
    return found


def _keyed(world: World, table: Table[One], kind: str, text: str) -> One | None:
    """The row of that key (``kind-serial``), or of that id on the platform that owns it."""
    name, _, number = text.partition("-")
    if name == kind and number.isascii() and number.isdigit() and len(number) < 19 and (found := world.get(table, int(number))) is not None:
        return found
    owned = ((platform, world.get(table, serial)) for platform, serial in _serials(world, kind, text))
    return next((found for platform, found in owned if found is not None and found.platform is platform), None)


def warehouse(world: World, owner: Seller, text: str) -> Warehouse:
    """A warehouse of a seller by its id on either platform, or by its name."""
    held = [w for w in world.shelf(WAREHOUSES).page("by_seller", (owner.serial,), (owner.serial + 1,)) if w.kind == "sales"]
    for w in held:
        if w.name == text or any(serial == w.serial for _, serial in _serials(world, "warehouse", text)):
            return w
    names = "; ".join(f"{w.name} ({wire(world, 'warehouse', w.serial, Platform.TOKOPEDIA)})" for w in held)
    raise WarehouseUnknown(f"seller {owner.key!r} has no warehouse {text!r}; there are {names or 'none'}")
