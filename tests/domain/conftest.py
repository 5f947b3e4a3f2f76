"""Worlds to begin from, and the few things that every test of the domain does with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockplatforms.domain import clock, developers, migration, placing, products, seeding, shops
from mockplatforms.domain.errors import Refused
from mockplatforms.domain.instants import Instant
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.products import Product
from mockplatforms.domain.rules import RECOMMENDED
from mockplatforms.domain.shops import Seller
from mockplatforms.domain.world import World
from mockplatforms.server import fixtures

BORN = Instant(1737342000, 1737342000)


class Scene:
    """What a test arranges, in the seller's words. Worlds are values: every test may begin from the same one."""

    def build(self, name: str = "demo", *, seed: int = 0, sellers: Any = None, **rules: Any) -> World:
        return seeding.build(
            fixtures.world(name), fixtures.catalogue(), seed=seed, epoch=0, born=BORN, rules=RECOMMENDED.but(**rules), sellers=sellers
        )

    def later(self, world: World, seconds: int) -> World:
        """So much later, nothing rung."""
        return world.at(world.now.later(seconds))

    def advance(self, world: World, seconds: int) -> World:
        """So much later, every timer rung at its own moment."""
        goal = world.now.later(seconds)
        while (timer := clock.due(world, goal)) is not None:
            moment = max(timer.due, world.now.world)
            world = clock.ring(world.at(Instant(moment, moment)), timer.serial)
        return world.at(goal)

    def ready(self, world: World) -> World:
        """With all nine preconditions met."""
        for precondition in developers.PRECONDITIONS:
            world = developers.set_precondition(world, precondition.name, True)
        return world

    def migrate(self, world: World, key: str, phase: Phase, **decisions: Any) -> World:
        """That seller in that phase; time stands still."""
        serial = shops.named(world, key).serial
        if phase is not Phase.PRE_MERGE:
            world = migration.link(self.ready(world), serial)
        if phase in (Phase.MERGED, Phase.PRODUCT_MERGED):
            world = migration.complete(world, serial)
        if phase is Phase.PRODUCT_MERGED:
            world = migration.confirm(world, serial, **decisions)
        return world

    def sku(self, world: World, key: str, text: str, home: Platform = Platform.TOKOPEDIA) -> tuple[Product, products.Sku]:
        """The SKU of that text that was born on that platform."""
        found = [(p, s) for p, s in products.by_seller_sku(world, shops.named(world, key).serial, text) if p.home is home]
        assert len(found) == 1
        return found[0]

    def buy(self, world: World, key: str, app: Platform, text: str, quantity: int = 1, *, pay: bool = True, force: bool = False) -> tuple[World, int]:
        """A buyer orders in that app; answers the order's serial."""
        owner = shops.named(world, key)
        lines = placing.resolve(world, owner, app, [{"sku": text, "quantity": quantity}], force=force)
        platform = migration.owner_of_new_order(world, owner, app)
        return placing.place(world, owner, lines, buyer=placing.buyer_named(world, "sari"), buyer_app=app, platform=platform, pay=pay, force=force)

    def owner(self, world: World, key: str) -> Seller:
        return shops.named(world, key)

    def refused(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Refused:
        """The refusal that the operation raises."""
        with pytest.raises(Refused) as caught:
            operation(*args, **kwargs)
        return caught.value


@pytest.fixture(scope="session")
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="session")
def demo(scene: Scene) -> World:
    return scene.build("demo")


@pytest.fixture(scope="session")
def small(scene: Scene) -> World:
    return scene.build("small")
