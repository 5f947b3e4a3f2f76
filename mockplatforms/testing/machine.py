"""Fuzzing an integration: a Hypothesis state machine of buyers, sellers, couriers and time around a migration, to be subclassed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, ClassVar

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ..domain import outbox, shops
from ..domain.orders import ORDERS
from ..domain.phases import Phase
from . import laws, workspaces
from .hosts import Host, Local, NotPossible
from .receivers import Webhook
from .shop import Order, Shop
from .trouble import NoAnswer

APPS = st.sampled_from(["tokopedia", "tiktok_shop"])
WAITS = st.sampled_from([60, 900, 3600, 4 * 3600, 86400])
# Orders around a merge: seconds before or after it, the app, and whether the buyer pays at once or some hours later.
AROUND = st.lists(st.tuples(st.sampled_from([-3600, -60, -1, 1, 60, 3600]), APPS, st.booleans()), max_size=3)
_CHANGEABLE = ("unpaid", "paid", "accepted")
_MOVING = ("arranged", "in_transit")

# What can go wrong: the kind of trouble, what happens, and to which webhooks, or to how many writes (a fault and its side: docs/faults.md).
TROUBLE: Mapping[str, tuple[str, str, str]] = {
    "the next webhook is lost": ("webhooks", "lost", "any"),
    "the next webhook comes twice": ("webhooks", "doubled", "any"),
    "the next webhook comes after a later one": ("webhooks", "late", "any"),
    "the merge webhook is lost": ("webhooks", "lost", "merge"),
    "the merge webhook comes twice": ("webhooks", "doubled", "merge"),
    "the next write gets no answer, and is not done": ("answers", "reset before", "1"),
    "the next write gets no answer, though it is done": ("answers", "reset after", "1"),
    "the next three writes get no answer, and are not done": ("answers", "reset before", "3"),
    "the next three writes get no answer, though they are done": ("answers", "reset after", "3"),
    "the next write is answered with an error, and is not done": ("errors", "server_error before", "1"),
    "the next write is answered with an error, though it is done": ("errors", "server_error after", "1"),
    "the next three writes are too many": ("errors", "rate_limit before", "3"),
    "the integration misses its next round": ("outages", "", "1"),
    "the integration misses its next three rounds": ("outages", "", "3"),
}
PLACE = st.integers(0, 7)  # which of those that there are, counted round


class MigrationMachine(RuleBasedStateMachine):
    """A seller's shops, what happens around them, and the integration that must cope.

    Subclass it: :meth:`start` makes the integration, :meth:`integrate` lets it do one round of its work, :meth:`webhook` hands it one
    webhook. After every step the laws in ``checks`` are looked at; a broken one fails with the story so far, and with the same story as a test.
    """

    world: ClassVar[str] = "small"
    sellers: ClassVar[Iterable[Any] | None] = None
    settings: ClassVar[Mapping[str, Any]] = {}
    seed: ClassVar[int] = 1
    known_within: ClassVar[int] = 7200  # world seconds in which an order must have been fetched
    checks: ClassVar[frozenset[str]] = frozenset(laws.ALL)  # which laws are looked at; take away what does not concern you
    trouble: ClassVar[frozenset[str]] = frozenset({"webhooks", "answers", "outages"})  # kinds of :data:`TROUBLE`; there is "errors" too
    host: ClassVar[Host | None] = None  # None: in process; a Served host: over its port

    _shared: ClassVar[Local] = Local()
    _runs: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        host = self.host or self._shared
        MigrationMachine._runs += 1
        name = f"{type(self).__name__}-{MigrationMachine._runs if self.host else 0}"
        self.shop: Shop = self._stack.enter_context(
            workspaces.shop(host, name, world=self.world, seed=self.seed, settings=dict(self.settings), sellers=None if self.sellers is None else list(self.sellers))
        )
        self.orders: list[Order] = []
        self.steps: list[str] = []  # the story as calls of this machine
        self._late: list[Webhook] = []
        self._webhook_trouble: list[tuple[str, str]] = []
        self._missed = 0  # rounds that the integration is yet to miss
        workspace = host.within(lambda simulator: simulator.workspaces[self.shop.workspace])
        self._watch = laws.Watch(workspace, workspace.world, workspace.world, began=workspace.world.next, known_within=self.known_within)
        self._watch.since = host.within(lambda simulator: simulator.exchanges)
        self.shop.receive(self._webhook)
        self.start()

    # ---- what a subclass says ------------------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the integration. ``self.shop`` has credentials, clients, and the transport for clients of your own."""

    def integrate(self) -> None:
        """One round of the integration's work: it polls, ships, writes what is waiting."""

    def webhook(self, webhook: Webhook) -> int | None:
        """One webhook for the integration. Answers an HTTP status, or nothing for 200."""
        return None

    # ---- buyers --------------------------------------------------------------------------------------------------------------------------------

    @rule(app=APPS, quantity=st.integers(1, 2), paid=st.booleans(), seller=PLACE)
    def buyer_orders(self, app: str, quantity: int = 1, paid: bool = True, seller: int = 0) -> None:
        """A buyer orders in an app, and pays at once or not."""
        with self._step("buyer_orders", app=app, quantity=quantity, paid=paid, seller=seller):
            shop = self._of(seller)
            order = shop.place_order(on=app, pay=paid)
            self.orders.append(order)
            for _ in range(quantity - 1):
                self.orders.append(shop.place_order(on=app, pay=paid))

    @precondition(lambda self: self._any(*_CHANGEABLE))
    @rule(which=PLACE)
    def buyer_acts(self, which: int = 0) -> None:
        """A buyer pays what is unpaid, or asks to cancel what is paid."""
        with self._step("buyer_acts", which=which):
            order = self._one(which, *_CHANGEABLE)
            if self.shop.order(order).status == "unpaid":
                self.shop.pay(order)
            else:
                self.shop.ask_to_cancel(order)

    @rule(app=APPS, seller=PLACE)
    def buyer_writes(self, app: str, seller: int = 0) -> None:
        with self._step("buyer_writes", app=app, seller=seller):
            self._of(seller).message("Halo kak, ready?", on=app)

    # ---- sellers -------------------------------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self._phases(Phase.PRE_MERGE))
    @rule(seller=PLACE)
    def seller_links(self, seller: int = 0) -> None:
        with self._step("seller_links", seller=seller):
            self._in(seller, Phase.PRE_MERGE).link()

    @precondition(lambda self: self._phases(Phase.MERGING))
    @rule(data=st.data(), seller=PLACE)
    def shops_merge(self, data: Any = None, orders: Sequence[tuple[int, str, bool]] = (), trouble: str = "", seller: int = 0) -> None:
        """The merge is done, amid trouble. Buyers order seconds before and after it; who does not pay at once pays three hours later."""
        if data is not None:
            orders, trouble = data.draw(AROUND), data.draw(st.sampled_from(["", *self._troubles()]))
        with self._step("shops_merge", orders=orders, trouble=trouble, seller=seller):
            shop = self._in(seller, Phase.MERGING)
            if trouble:
                self._trouble(trouble)
            at = -7200
            for offset, app, paid in sorted(orders):
                if at < 0:
                    shop.advance_to("MERGED", before=max(0, -offset))
                if offset > 0:
                    shop.advance(seconds=offset - max(at, 0))
                at = offset
                self.orders.append(shop.place_order(on=app, pay=paid or {"after": 3 * 3600}))
                self._round()
            shop.merge()

    @precondition(lambda self: self._phases(Phase.MERGED))
    @rule(seller=PLACE)
    def seller_confirms(self, seller: int = 0) -> None:
        with self._step("seller_confirms", seller=seller):
            self._in(seller, Phase.MERGED).confirm()

    # ---- the platform, and time ----------------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self._any(*_MOVING))
    @rule(which=PLACE)
    def courier_moves(self, which: int = 0) -> None:
        """The courier collects a parcel that waits, or brings one that is on its way."""
        with self._step("courier_moves", which=which):
            order = self._one(which, *_MOVING)
            if self.shop.order(order).status == "arranged":
                self.shop.collect(order)
            else:
                self.shop.arrive(order)

    @rule(seconds=WAITS)
    def time_passes(self, seconds: int) -> None:
        """Time passes, and the integration goes on working meanwhile: every hour, at most six times."""
        with self._step("time_passes", seconds=seconds):
            piece = max(3600, seconds // 6)
            while seconds > 0:
                self.shop.advance(seconds=min(seconds, piece))
                seconds -= piece
                if seconds > 0:
                    self._round()

    # ---- trouble -------------------------------------------------------------------------------------------------------------------------------

    @precondition(lambda self: bool(self.trouble))
    @rule(data=st.data())
    def trouble_comes(self, data: Any = None, what: str = "") -> None:
        """What comes next goes wrong: see :data:`TROUBLE`."""
        what = what or data.draw(st.sampled_from(self._troubles()))
        self.steps.append(f"machine.trouble_comes(what={what!r})")
        self._trouble(what)

    def _troubles(self) -> list[str]:
        return [name for name, (kind, *_) in TROUBLE.items() if kind in self.trouble]

    def _trouble(self, what: str) -> None:
        kind, *trouble = TROUBLE[what]
        if kind == "webhooks":
            self._webhook_trouble.append((trouble[0], trouble[1]))
        elif kind == "outages":
            self._missed += int(trouble[1])
        else:
            fault, _, side = trouble[0].partition(" ")
            self.shop.control("POST", "/faults", {"fault": fault, "side": side, "effect": "write", "times": int(trouble[1])})

    def _webhook(self, webhook: Webhook) -> int | None:
        place = next((n for n, (_, about) in enumerate(self._webhook_trouble) if about in ("any", webhook.topic)), None)
        what = "" if place is None else self._webhook_trouble.pop(place)[0]
        if what == "lost":
            return 200
        if what == "late":
            self._late.append(webhook)
            return 200
        answer = self.webhook(webhook)
        if what == "doubled":
            self.webhook(webhook)
        late, self._late = self._late, []
        for one in late:
            self.webhook(one)
        return answer

    # ---- after every step ----------------------------------------------------------------------------------------------------------------------

    def _step(self, name: str, **arguments: Any) -> _Step:
        self.steps.append(f"machine.{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})")
        return _Step(self._round)

    def _round(self) -> None:
        self._deliver()
        self._watch.idle = self._missed > 0
        if self._missed:
            self._missed -= 1
            return
        try:
            self.integrate()
        except (NoAnswer, httpx.TransportError):
            pass  # an integration that lets it through has to pick up its work in the next round
        except Exception as wrong:
            wrong.add_note(self._told("integration_goes_on"))
            raise
        self._deliver()

    def _deliver(self) -> None:
        workspace = self._watch.workspace
        due = outbox.next_due(workspace.world)
        if due is not None and due <= workspace.now().world:
            self.shop.deliver()

    @invariant()
    def laws_hold(self) -> None:
        """Every law in ``checks``, over what the last step did."""
        workspace = self._watch.workspace
        calls: list[Any] = []
        for exchange in reversed(workspace.journal):
            if exchange.id <= self._watch.since:
                break
            calls.append(exchange)
        self._watch.step(calls[::-1])
        for name, law in laws.ALL.items():
            if name in self.checks:
                try:
                    law(self._watch)
                except AssertionError as no:
                    raise AssertionError(f"{laws.words(name)}\n  But: {no}\n  (law {name})\n{self._told(name)}") from None

    def _told(self, name: str) -> str:
        """The story so far, and the same as a test."""
        steps = "\n".join(f"        {step}" for step in self.steps)
        return f"  the story:\n{self.shop.story(60)}\n\n  the same as a test:\n\ndef test_{name}():\n    with {type(self).__name__}.played() as machine:\n{steps}\n"

    @classmethod
    def played(cls) -> _Played:
        """A machine to be played by hand: ``with MyMachine.played() as machine: machine.buyer_orders(app="tokopedia")``; laws are checked after each step."""
        return _Played(cls)

    def teardown(self) -> None:
        self._stack.close()

    # ---- which one -----------------------------------------------------------------------------------------------------------------------------

    def _of(self, seller: int) -> Shop:
        every = self.shop.sellers
        key = every[seller % len(every)]
        return self.shop if key == self.shop.seller else self.shop.of(key)

    def _phases(self, phase: Phase) -> bool:
        return any(seller.phase is phase for seller in self._sellers())

    def _sellers(self) -> list[Any]:
        return [row for row in shops.sellers(self._watch.workspace.world) if row.migrates]

    def _in(self, seller: int, phase: Phase) -> Shop:
        fitting = [row.key for row in self._sellers() if row.phase is phase]
        key = fitting[seller % len(fitting)]
        return self.shop if key == self.shop.seller else self.shop.of(key)

    def _with(self, *statuses: str) -> list[Order]:
        world = self._watch.workspace.world
        return [order for order in self.orders if world.shelf(ORDERS).rows[int(order.key.partition("-")[2])].status in statuses]

    def _any(self, *statuses: str) -> bool:
        return bool(self._with(*statuses))

    def _one(self, which: int, *statuses: str) -> Order:
        fitting = self._with(*statuses)
        return fitting[which % len(fitting)]


class _Step:
    """One step of the story: what the world forbids does not happen, and then the integration has its turn."""

    def __init__(self, after: Callable[[], None]) -> None:
        self._after = after

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, _: object) -> bool:
        if kind is not None and not issubclass(kind, NotPossible):
            return False
        self._after()
        return kind is not None


class _Played:
    def __init__(self, kind: type[MigrationMachine]) -> None:
        self._kind = kind

    def __enter__(self) -> Any:
        self._machine = self._kind()
        return _Checked(self._machine)

    def __exit__(self, *_: object) -> None:
        self._machine.teardown()


class _Checked:
    """A machine whose laws are looked at after each step."""

    def __init__(self, machine: MigrationMachine) -> None:
        self._machine = machine

    def __getattr__(self, name: str) -> Any:
        held = getattr(self._machine, name)
        if not callable(held):
            return held

        def step(*given: Any, **named: Any) -> Any:
            answer = held(*given, **named)
            self._machine.laws_hold()
            return answer

        return step


__all__ = ["MigrationMachine", "NoAnswer"]
