"""A seller leaves: everything that was the seller's goes, and nobody else's."""

from __future__ import annotations

from . import shops
from .chats import MESSAGES
from .developers import TOPIC_ADDRESSES
from .settlements import PURSES
from .shops import SELLERS
from .timers import TIMERS
from .world import World


def leave(world: World, seller: int) -> World:
    """This world without that seller: shops, products, orders, chats, grants, owed webhooks and what would have rung about them."""
    owner = shops.seller(world, seller)
    gone = {seller}
    for shelf in list(world.shelves.values()):
        if "seller" in shelf.table.row.FIELDS:
            for serial in sorted(shelf.rows):
                if shelf.rows[serial].seller == seller:
                    gone.add(serial)
                    world = world.drop(shelf.table, serial)
    for message in world.shelf(MESSAGES).page("by_conversation"):
        if message.conversation in gone:
            world = world.drop(MESSAGES, message.serial)
    for address in world.shelf(TOPIC_ADDRESSES).page("by_shop"):
        if address.shop in gone:
            world = world.drop(TOPIC_ADDRESSES, address.serial)
    for timer in world.shelf(TIMERS).page("by_due"):
        if timer.subject in gone and not timer.kind.startswith("buyers."):
            world = world.drop(TIMERS, timer.serial)
    return world.drop(PURSES, seller).drop(SELLERS, owner.serial)
