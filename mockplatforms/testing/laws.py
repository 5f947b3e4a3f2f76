"""What must always hold: of the simulated world, whatever is done to it, and of a good integration, whatever happens to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ..domain import developers, migration, products, shops
from ..domain.aftersales import OVER, RETURNS
from ..domain.chats import CONVERSATIONS, MESSAGES
from ..domain.orders import ORDERS, TERMINAL, Order, Status
from ..domain.outbox import DELIVERIES, DeliveryStatus
from ..domain.packages import PACKAGES, PackageStatus
from ..domain.phases import Phase, Platform
from ..domain.products import PRODUCTS, Product
from ..domain.shops import SELLERS, Seller
from ..domain.table import Table
from ..domain.value import Value
from ..domain.world import World
from ..gateway.endpoint import unversioned
from ..gateway.journal import Exchange
from ..gateway.workspace import Workspace
from ..server.control.stories import SHIPS
from ..tiktok_shop import ids as tiktok_ids
from ..tokopedia import ids as tokopedia_ids
from . import story

R = TypeVar("R", bound=Value)

_HOLDING = (Status.PAID, Status.ACCEPTED, Status.PARTLY_ARRANGED, Status.ARRANGED)  # units are held until the courier has them
_LONG = re.compile(rb"(?<![0-9])[0-9]{16,19}(?![0-9])")


class Watch:
    """What the laws look at: the world before and after a step, the calls made in it, and what earlier steps have shown.

    It keeps up with what is written, so that a law looks at the rows of a step, however big the world is.
    """

    def __init__(self, workspace: Workspace, *, since: int, known_within: int = 7200, most_refused: int = 10) -> None:
        self.workspace = workspace
        self.before = self.after = workspace.world
        self.since = since  # the last exchange before the step
        self.began = workspace.world.next  # serial at which the test's own things begin
        self.calls: list[Exchange] = []
        self.known: set[int] = set()  # serials of orders that some call has shown
        self.shipped: dict[int, set[int]] = {}  # goods (serial of the first order) → orders that a call shipped
        self.refused: Counter[tuple[str, str, int]] = Counter()  # (endpoint, body, hour) of refused writes
        self.idle = False  # the integration missed its last round: it cannot know of what came since
        self.known_within = known_within  # world seconds in which an order must have been fetched
        self.most_refused = most_refused  # identical refused writes an hour
        self._run = workspace.run
        self._wrote: list[tuple[str, int]] = []
        self._touched: dict[str, dict[int, None]] = {}
        self._memories: dict[str, Memory] = {}
        self.sellers: list[Seller] = []  # each seller that the step has written, as every commit left it
        self._sellers: list[Seller] = []
        workspace.readers.append(self._read)

    def _read(self, wrote: list[tuple[str, int]]) -> None:
        """One commit: a step may hold a day of them."""
        self._wrote += wrote
        for table, serial in wrote:
            if table == SELLERS.name and (row := self.workspace.world.get(SELLERS, serial)) is not None:
                self._sellers.append(row)

    def changed(self, table: Table[R]) -> Iterable[tuple[R | None, R]]:
        """Rows of a table that the step has made or changed: as they were, and as they are."""
        old, new = self.before.shelf(table), self.after.shelf(table)
        for serial in self._touched.get(table.name, ()):
            was, row = old.rows.get(serial), new.rows.get(serial)
            if row is not None and was is not row:
                yield was, row

    def lost(self, table: Table[R]) -> list[int]:
        """Serials of the rows that the step has taken away."""
        rows = self.after.shelf(table).rows
        return [serial for serial in self._touched.get(table.name, ()) if serial not in rows]

    def memory(self, law: str) -> Memory:
        """What a law keeps from step to step; empty in a world that is new to it."""
        return self._memories.setdefault(law, Memory(self))

    def step(self, calls: list[Exchange]) -> None:
        """One step was made."""
        wrote, self._wrote = self._wrote, []
        self.sellers, self._sellers = self._sellers, []
        self.before, self.after = self.after, self.workspace.world
        if self.workspace.run != self._run:  # a reset or a restore: another world, in which nothing has changed yet
            self._run, self.before, wrote, self.sellers = self.workspace.run, self.after, [], []
            for held in (self._memories, self.known, self.shipped):
                held.clear()
        self._touched = {}
        for table, serial in wrote:
            self._touched.setdefault(table, {})[serial] = None
        for memory in self._memories.values():
            memory.news = False
        self.calls = calls
        if calls:
            self.since = calls[-1].id
        for call in calls:
            for table, shown in call.shown:
                if table == "orders":
                    self.known.update(shown)
            if call.endpoint is not None and unversioned(call.endpoint.source) in SHIPS:
                for table, serial in call.changed:
                    order = self.after.get(ORDERS, serial) if table == "orders" else None
                    if order is not None:
                        self.shipped.setdefault(order.shadow_of or order.serial, set()).add(order.serial)


class Memory:
    """What one law keeps from step to step. ``news``: it has seen nothing of this world yet."""

    def __init__(self, watch: Watch) -> None:
        self.news = True
        self.held: dict[Any, Any] = {}
        self.count: Counter[Any] = Counter()
        self._watch = watch

    def rows(self, table: Table[R]) -> Iterable[R]:
        """The rows that the law has not seen as they are now: all of them at first, then what each step has written."""
        if self.news:
            return self._watch.after.shelf(table).rows.values()
        return (row for _, row in self._watch.changed(table))


Law = Callable[[Watch], None]
WORLD: dict[str, Law] = {}
INTEGRATION: dict[str, Law] = {}


def _law(of: dict[str, Law]) -> Callable[[Law], Law]:
    def declare(law: Law) -> Law:
        of[law.__name__] = law
        return law

    return declare


world_law = _law(WORLD)
integration_law = _law(INTEGRATION)


def words(name: str) -> str:
    """A law in a sentence."""
    law = WORLD.get(name) or INTEGRATION[name]
    return (law.__doc__ or name).strip()


def _orders(watch: Watch) -> Iterable[tuple[Order | None, Order]]:
    return watch.changed(ORDERS)


# ---- the world ---------------------------------------------------------------------------------------------------------------------------------


@world_law
def stock_is_never_negative(watch: Watch) -> None:
    """No warehouse holds or promises fewer than no units."""
    for _, product in watch.changed(PRODUCTS):
        for sku in product.skus:
            assert all(held.available >= 0 and held.committed >= 0 for held in sku.stock), f"{sku.seller_sku}: {sku.stock}"


@world_law
def units_are_promised_once(watch: Watch) -> None:
    """What warehouses promise is what open orders hold, to the unit."""
    memory = watch.memory("units_are_promised_once")
    if any(was is not None and was.merged_into != product.merged_into for was, product in watch.changed(PRODUCTS)):
        memory.news = True  # what was held of the one is held of the other
        memory.held.clear()
        memory.count.clear()
    touched = {order.serial: order for order in memory.rows(ORDERS)}
    for package in memory.rows(PACKAGES):
        touched |= {serial: order for serial in package.orders if (order := watch.after.get(ORDERS, serial)) is not None}
    goods = {product.serial: None for product in memory.rows(PRODUCTS)}
    for order in touched.values():
        was, now = memory.held.get(order.serial, {}), _held(watch.after, order)
        memory.held[order.serial] = now
        memory.count.subtract(was)
        memory.count.update(now)
        goods |= dict.fromkeys((*was, *now))
    for serial in goods:
        product = products.find(watch.after, serial)
        if product.merged_into is None and product.tokopedia is not products.Listing.DELETED:
            promised = sum(sku.committed for sku in product.skus)
            assert promised == memory.count[serial], f"{product.name} promises {promised} units, open orders hold {memory.count[serial]}"


def _held(world: World, order: Order) -> dict[int, int]:
    """Units of each product that wait in an order for the courier."""
    held: Counter[int] = Counter()
    if order.status in _HOLDING:
        for item in order.units:
            package = world.get(PACKAGES, item.package)
            if package is None or package.collected is None:
                held[_record(world, item.product).serial] += item.delivered
    return dict(held)


def _record(world: World, serial: int) -> Product:
    return products.living(world, products.find(world, serial))


@world_law
def no_order_is_lost(watch: Watch) -> None:
    """An order that was there is there."""
    assert not watch.lost(ORDERS)


@world_law
def an_order_stays_where_it_is(watch: Watch) -> None:
    """Platform, seller, buyer and key of an order never change."""
    for was, order in _orders(watch):
        if was is not None:
            assert (was.platform, was.seller, was.buyer, was.key, was.buyer_app) == (order.platform, order.seller, order.buyer, order.key, order.buyer_app), order.key


@world_law
def new_orders_go_where_the_phase_says(watch: Watch) -> None:
    """A buyer's new order belongs to the platform that the seller's phase names."""
    for was, order in _orders(watch):
        if was is None and order.shadow_of is None and watch.after.rules.order_cutover_lag == 0:
            owner = shops.seller(watch.before, order.seller)
            merged = migration.merged(owner)
            if owner.phase is shops.seller(watch.after, order.seller).phase:
                wanted = Platform.TIKTOK_SHOP if merged else order.buyer_app
                assert order.platform is wanted, f"{order.key}: {order.buyer_app} buyer, {owner.phase}, arrived on {order.platform}"


@world_law
def orders_only_go_on(watch: Watch) -> None:
    """What is over stays over."""
    for was, order in _orders(watch):
        if was is not None and was.status in TERMINAL:
            assert order.status in (was.status, Status.RETURNED), f"{order.key} went from {was.status} to {order.status}"


@world_law
def an_orders_times_are_in_order(watch: Watch) -> None:
    """Created, paid, arranged, collected, delivered, completed: none before the one that comes first."""
    for _, order in _orders(watch):
        times = [at.world for at in (order.created, order.paid, order.arranged, order.collected, order.delivered, order.completed) if at is not None]
        assert times == sorted(times), f"{order.key}: {times}"


@world_law
def money_adds_up(watch: Watch) -> None:
    """An order's total is what its parts come to, and nothing in it is less than nothing."""
    for _, order in _orders(watch):
        goods = sum(item.price * item.delivered for item in order.items)
        assert order.total == goods + order.shipping_fee + order.insurance_fee + order.service_fee, order.key
        assert min(goods, order.shipping_fee, order.insurance_fee, order.service_fee) >= 0, order.key


@world_law
def no_more_is_paid_back_than_was_paid(watch: Watch) -> None:
    """All refunds of an order together come to no more than its buyer paid."""
    for _, held in watch.changed(RETURNS):
        order = watch.after.get(ORDERS, held.order)
        back = sum(row.refunded for row in watch.after.shelf(RETURNS).page("by_order", (held.order,), (held.order + 1,)))
        assert order is not None and back <= order.total, f"{held.order}: {back}"


@world_law
def a_return_that_is_over_stays_over(watch: Watch) -> None:
    """A refund or return that is completed or cancelled never opens again."""
    for was, held in watch.changed(RETURNS):
        assert was is None or was.state not in OVER or held.state is was.state


@world_law
def each_unit_is_in_one_parcel(watch: Watch) -> None:
    """No unit of a TikTok Shop order is in two live packages."""
    memory = watch.memory("each_unit_in_one_parcel")
    touched: list[int] = []
    for package in list(memory.rows(PACKAGES)):
        now = package.items if package.status is not PackageStatus.CANCELLED else ()
        memory.count.subtract(memory.held.get(package.serial, ()))
        memory.count.update(now)
        memory.held[package.serial] = now
        touched += now
    doubled = [unit for unit in touched if memory.count[unit] > 1]
    assert not doubled, f"units {doubled} are in more than one package"


@world_law
def a_parcel_leaves_once(watch: Watch) -> None:
    """The moment at which a package was shipped never changes."""
    for was, package in watch.changed(PACKAGES):
        assert was is None or was.shipped is None or package.shipped == was.shipped, package.serial


@world_law
def packages_and_orders_agree(watch: Watch) -> None:
    """An order lists the live packages that list it."""
    for _, order in _orders(watch):
        for serial in order.packages:
            package = watch.after.get(PACKAGES, serial)
            assert package is not None and (order.serial in package.orders or package.status is PackageStatus.CANCELLED), f"{order.key} and package {serial}"


@world_law
def the_migration_never_goes_back(watch: Watch) -> None:
    """Phases go on one by one; only a merge that fails leads back."""
    order = list(Phase)
    known = {row.serial: row.phase for row in watch.before.shelf(SELLERS).rows.values()} if watch.sellers else {}
    for seller in watch.sellers:
        was = known.get(seller.serial, seller.phase)
        known[seller.serial] = seller.phase
        step = order.index(seller.phase) - order.index(was)
        assert step in (0, 1) or (was is Phase.MERGING and seller.phase is Phase.PRE_MERGE and seller.failed), f"{seller.key}: {was} → {seller.phase}"


@world_law
def attempts_are_only_spent(watch: Watch) -> None:
    """The count of a developer's attempts never falls, and never passes the limit."""
    was, used = developers.developer(watch.before).attempts_used, developers.developer(watch.after).attempts_used
    assert was <= used <= watch.after.rules.attempts, f"{was} → {used}"


@world_law
def locked_goods_stay_as_they_are(watch: Watch) -> None:
    """While the merge runs and until the merchant confirms it, no call changes a product's name or description."""
    for was, product in watch.changed(PRODUCTS):
        if was is not None:
            phases = {shops.seller(world, product.seller).phase for world in (watch.before, watch.after)}
            if phases <= {Phase.MERGING, Phase.MERGED}:
                assert (was.name, was.description) == (product.name, product.description), f"{was.name} became {product.name} in {phases}"


@world_law
def a_retired_product_stays_retired(watch: Watch) -> None:
    """A copy that was merged into another product never comes back."""
    for was, product in watch.changed(PRODUCTS):
        assert was is None or was.merged_into is None or product.merged_into is not None, product.name


@world_law
def a_copy_appears_once(watch: Watch) -> None:
    """The moment at which a Tokopedia product was copied never changes."""
    for was, product in watch.changed(PRODUCTS):
        assert was is None or was.copied is None or product.copied == was.copied, product.name


@world_law
def a_webhooks_bytes_never_change(watch: Watch) -> None:
    """Body, address and topic of a delivery are made once."""
    for was, row in watch.changed(DELIVERIES):
        assert was is None or (was.body, was.topic, was.platform, was.seller) == (row.body, row.topic, row.platform, row.seller), row.serial


@world_law
def attempts_of_a_webhook_only_grow(watch: Watch) -> None:
    """What was attempted stays on record."""
    for was, row in watch.changed(DELIVERIES):
        assert was is None or row.attempts[: len(was.attempts)] == was.attempts, row.serial


@world_law
def a_delivered_webhook_was_answered(watch: Watch) -> None:
    """Delivered means that the last attempt got an answer."""
    for _, row in watch.changed(DELIVERIES):
        assert row.status is not DeliveryStatus.DELIVERED or (row.attempts and row.attempts[-1].status), row.serial


@world_law
def no_webhook_is_dropped(watch: Watch) -> None:
    """What was owed is still on the list."""
    assert not watch.lost(DELIVERIES)


@world_law
def messages_are_counted(watch: Watch) -> None:
    """A conversation has as many messages as it says, and no more unread than that."""
    for _, chat in watch.changed(CONVERSATIONS):
        count = watch.after.shelf(MESSAGES).count("by_conversation", (chat.serial,), (chat.serial + 1,))
        assert chat.messages == count and 0 <= chat.unread <= count, f"{chat.messages}, {count}, {chat.unread}"


@world_law
def time_never_steps_back(watch: Watch) -> None:
    """Both clocks only go on, and so do serials and revisions."""
    was, now = watch.before, watch.after
    assert now.now.wire >= was.now.wire and now.now.world >= was.now.world
    assert now.next >= was.next and now.revision >= was.revision


@world_law
def the_simulator_never_breaks(watch: Watch) -> None:
    """No call is answered with an internal error, unless a fault was asked for."""
    for call in watch.calls:
        assert call.reply.status < 500 or call.outcome == "failed", story_line(call)


@world_law
def a_refused_call_changes_nothing(watch: Watch) -> None:
    """Where the answer is a refusal, no order, product or package was written."""
    for call in watch.calls:
        if call.outcome == "refused" and not call.refused:
            touched = [table for table, _ in call.changed if table in ("orders", "products", "packages")]
            assert not touched, f"{story_line(call)} wrote {touched}"


# ---- an integration ----------------------------------------------------------------------------------------------------------------------------


@integration_law
def never_shipped_twice(watch: Watch) -> None:
    """The same goods leave once, on one platform."""
    for goods, orders in watch.shipped.items() if watch.calls else ():
        if len(orders) > 1:
            held = [watch.after.get(ORDERS, serial) for serial in sorted(orders)]
            told = ", ".join(f"{one.platform} order {_wire(watch.after, one)}" for one in held if one is not None)
            raise AssertionError(f"the goods of order-{goods} were shipped {len(orders)} times: {told}")


@integration_law
def never_shipped_again(watch: Watch) -> None:
    """Nobody tries to ship what was shipped or cancelled before."""
    for call in watch.calls:
        if call.endpoint is not None and unversioned(call.endpoint.source) in SHIPS and call.outcome == "refused" and call.platform == Platform.TIKTOK_SHOP:
            ids = tiktok_ids.package(watch.after)
            for wire in _ids(call):
                serial = ids.serial(wire)
                package = None if serial is None else watch.after.get(PACKAGES, serial)
                assert package is None or package.shipped is None, f"a package that had left was shipped again: {story_line(call)}"


@integration_law
def every_order_is_known(watch: Watch) -> None:
    """Each paid order is fetched in time, from the platform that has it."""
    waiting = watch.memory("every_order_is_known").held
    for _, order in _orders(watch):
        if order.serial >= watch.began and order.paid is not None and order.status is not Status.CANCELLED:
            waiting[order.serial] = order
        else:
            waiting.pop(order.serial, None)
    for serial in watch.known.intersection(waiting):
        del waiting[serial]
    now = watch.workspace.now().world
    if not watch.idle:
        for order in waiting.values():
            late = now - order.paid.world
            assert late <= watch.known_within, f"{order.platform} order {_wire(watch.after, order)} ({order.key}) was paid {late // 3600} h ago and no call has shown it"


@integration_law
def no_id_is_rounded(watch: Watch) -> None:
    """No call names an id that is near one of ours, as a number that lost its last digits does."""
    wires = _wires(watch)
    for call in watch.calls:
        for given in _ids(call) if call.outcome == "refused" or call.refused else ():
            kind, wire = wires.get(float(given), ("", given))
            assert wire == given, f"{kind} {wire} was called {given}, rounded: {story_line(call)}"


@integration_law
def no_write_to_a_retired_product(watch: Watch) -> None:
    """After the product merge nobody writes to the id of a copy that was merged away."""
    ids = tiktok_ids.product(watch.after)
    for call in watch.calls:
        if call.platform == Platform.TIKTOK_SHOP and call.endpoint is not None and call.endpoint.effect == "write":
            for wire in _ids(call):
                serial = ids.serial(wire)
                product = None if serial is None else watch.after.get(PRODUCTS, serial)
                assert product is None or product.merged_into is None, f"{product and product.name}'s id {wire} is retired: {story_line(call)}"


@integration_law
def refusals_are_not_hammered(watch: Watch) -> None:
    """The same refused write is not sent again and again."""
    for call in watch.calls:
        if call.endpoint is not None and call.endpoint.effect == "write" and (call.outcome == "refused" or call.refused):
            key = (call.endpoint.source, call.request.path + call.request.body.decode("utf-8", "replace"), call.at.world // 3600)
            watch.refused[key] += 1
            assert watch.refused[key] <= watch.most_refused, f"refused {watch.refused[key]} times within an hour: {story_line(call)}"


@integration_law
def no_one_elses_things(watch: Watch) -> None:
    """No call in one seller's name asks for what is another's."""
    for call in watch.calls:
        assert "another seller" not in call.words, story_line(call)


@integration_law
def webhooks_are_answered(watch: Watch) -> None:
    """The receiver never breaks: it answers each webhook with success, or refuses its signature."""
    for _, row in watch.changed(DELIVERIES):
        last = row.attempts[-1] if row.attempts else None
        assert last is None or last.status < 500 or last.status == 503, f"{row.topic} webhook {row.serial}: {last.error if last else ''}"


def story_line(call: Exchange) -> str:
    from ..server.control.journal import row

    return story.line(row(call))


def _wire(world: World, order: Order) -> int | str:
    if order.platform is Platform.TOKOPEDIA:
        return tokopedia_ids.order(world).wire(order.serial)
    return tiktok_ids.text(tiktok_ids.order(world), order.serial)


def _ids(call: Exchange) -> list[int]:
    """What may be ids of TikTok Shop in a call."""
    return [int(text) for text in dict.fromkeys(_LONG.findall(b" ".join((call.request.path.encode(), call.request.body, call.request.query.encode()))))]


def _wires(watch: Watch) -> Mapping[float, tuple[str, int]]:
    """Every id of TikTok Shop under what it is rounded to."""
    memory, world = watch.memory("no_id_is_rounded"), watch.after
    found: dict[float, tuple[str, int]] = memory.held
    for kind, table, ids in (("order", ORDERS, tiktok_ids.order), ("product", PRODUCTS, tiktok_ids.product), ("package", PACKAGES, tiktok_ids.package)):
        rows: Iterable[Any] = memory.rows(table)
        for row in rows:
            skus = [("SKU", tiktok_ids.sku(world).wire(sku.serial)) for sku in row.skus] if kind == "product" else []
            for name, wire in ((kind, ids(world).wire(row.serial)), *skus):
                found[float(wire)] = (name, wire)
    return found


ALL: Mapping[str, Law] = {**WORLD, **INTEGRATION}
