"""Fuzzing an integration: a Hypothesis state machine of buyers, sellers, couriers and time around a migration, to be subclassed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import httpx
from hypothesis import Phase as Stage
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ..domain import outbox, shops
from ..domain.orders import ORDERS
from ..domain.phases import Phase
from ..server.simulator import Simulator
from . import laws, story, strategies, workspaces
from .hosts import Host, Local, NotPossible
from .receivers import Webhook
from .shop import Order, Shop
from .trouble import NoAnswer

APPS = strategies.apps()
AROUND = strategies.orders_around_the_merge(1, 6)  # a merge without orders tries nothing
THEN = st.sampled_from([86400, 0, 3600, 60, 4 * 3600])  # a day first: with much time in each step, a story that has been made short has few steps
_CHANGEABLE = ("unpaid", "paid", "accepted")
_MOVING = ("arranged", "in_transit")

# What can go wrong: the kind of trouble, what happens (chaos: docs/chaos.md; a fault and its side: docs/faults.md), and to which webhooks, or to how many
# writes.
TROUBLE: Mapping[str, tuple[str, str, str]] = {
    "the next webhook is lost": ("webhooks", "lose", ""),
    "the next webhook comes twice": ("webhooks", "duplicate", ""),
    "the next webhook comes after a later one": ("webhooks", "reorder", ""),
    "the merge webhook is lost": ("webhooks", "lose", "merge"),
    "the merge webhook comes twice": ("webhooks", "duplicate", "merge"),
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
# Arguments of steps that a story does not repeat.
_USUAL: Mapping[str, tuple[Any, ...]] = {"seller": (0,), "which": (0,), "then": (0,), "trouble": ("",), "orders": ([],), "quantity": (1,), "paid": (True,), "linked": (False,)}


class MigrationMachine(RuleBasedStateMachine):
    """A seller's shops, what happens around them, and the integration that must cope.

    Subclass it: :meth:`start` makes the integration, :meth:`integrate` lets it do one round of its work, :meth:`webhook` hands it one
    webhook. After every step the laws in ``checks`` are looked at; a broken one fails with the story so far, with the same story as a test,
    and with a schedule of it for ``mockplatforms run``. ``then``: seconds that pass after what has been done, while the integration goes on.
    """

    world: ClassVar[str] = "small"
    sellers: ClassVar[Iterable[Any] | None] = None
    settings: ClassVar[Mapping[str, Any]] = {}
    seed: ClassVar[int] = 1
    known_within: ClassVar[int] = 7200  # world seconds in which an order must have been fetched
    checks: ClassVar[frozenset[str]] = frozenset(laws.ALL)  # which laws are looked at; take away what does not concern you
    trouble: ClassVar[frozenset[str]] = frozenset({"webhooks", "answers", "outages"})  # kinds of :data:`TROUBLE`; there is "errors" too
    host: ClassVar[Host | None] = None  # None: in process; a Served host: on its server
    schedules: ClassVar[Path | None] = None  # where the schedule of a broken law is written; None: .mockplatforms beside the test

    _shared: ClassVar[Local] = Local()
    _runs: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        _known("law", self.checks, laws.ALL)
        _known("kind of trouble", self.trouble, [kind for kind, *_ in TROUBLE.values()])
        self._stack = ExitStack()
        host = self.host or self._shared
        MigrationMachine._runs += 1
        name = f"{type(self).__name__}-{MigrationMachine._runs if self.host else 0}"
        self.shop: Shop = self._stack.enter_context(
            workspaces.shop(host, name, world=self.world, seed=self.seed, settings=dict(self.settings), sellers=None if self.sellers is None else list(self.sellers))
        )
        self.orders: list[Order] = []
        self.steps: list[str] = []  # the story as calls of this machine
        self._missed = 0  # rounds that the integration is yet to miss
        self._watch = host.within(self._watched)
        self.shop.receive(lambda webhook: self.webhook(webhook))
        self.start()

    def _watched(self, simulator: Simulator) -> laws.Watch:
        return laws.Watch(simulator.workspaces[self.shop.workspace], since=simulator.exchanges, known_within=self.known_within)

    # ---- what a subclass says ------------------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the integration. ``self.shop`` has credentials, clients, and the transport for clients of your own."""

    def integrate(self) -> None:
        """One round of the integration's work: it polls, ships, writes what is waiting."""

    def webhook(self, webhook: Webhook) -> int | None:
        """One webhook for the integration. Answers an HTTP status, or nothing for 200."""
        return None

    # ---- how it begins -------------------------------------------------------------------------------------------------------------------------

    @initialize(linked=st.sampled_from([False, True, True]))
    def begins(self, linked: bool = False) -> None:
        """The first seller may have linked the shops already."""
        if linked:
            self.seller_links()

    # ---- buyers --------------------------------------------------------------------------------------------------------------------------------

    @rule(app=APPS, quantity=st.integers(1, 2), paid=st.booleans(), seller=PLACE, then=THEN)
    def buyer_orders(self, app: str, quantity: int = 1, paid: bool = True, seller: int = 0, then: int = 0) -> None:
        """A buyer orders in an app, and pays at once or not."""
        with self._step("buyer_orders", app=app, quantity=quantity, paid=paid, seller=seller, then=then):
            shop = self._of(seller)
            order = shop.place_order(on=app, pay=paid)
            self.orders.append(order)
            for _ in range(quantity - 1):
                self.orders.append(shop.place_order(on=app, pay=paid))

    @precondition(lambda self: self._any(*_CHANGEABLE))
    @rule(which=PLACE, then=THEN)
    def buyer_acts(self, which: int = 0, then: int = 0) -> None:
        """A buyer pays what is unpaid, or asks to cancel what is paid."""
        with self._step("buyer_acts", which=which, then=then):
            order = self._one(which, *_CHANGEABLE)
            if self.shop.order(order).status == "unpaid":
                self.shop.pay(order)
            else:
                self.shop.ask_to_cancel(order)

    @rule(app=APPS, seller=PLACE, then=THEN)
    def buyer_writes(self, app: str, seller: int = 0, then: int = 0) -> None:
        with self._step("buyer_writes", app=app, seller=seller, then=then):
            self._of(seller).message("Halo kak, ready?", on=app)

    @precondition(lambda self: bool(self._refundable()))
    @rule(which=PLACE, then=THEN)
    def buyer_wants_money_back(self, which: int = 0, then: int = 0) -> None:
        """A buyer of TikTok Shop who has the goods, or is to have them, asks for the money."""
        with self._step("buyer_wants_money_back", which=which, then=then):
            fitting = self._refundable()
            self.shop.ask_for_money_back(fitting[which % len(fitting)])

    # ---- sellers -------------------------------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self._phases(Phase.PRE_MERGE, Phase.MERGING, Phase.MERGED))
    @rule(data=st.data(), seller=PLACE, then=st.sampled_from([86400, 86400, 0]))
    def migration_goes_on(self, data: Any, seller: int = 0, then: int = 0) -> None:
        """The next move of a seller's migration. One rule, so that Hypothesis tries all of them in a row or none."""
        fitting = [row for row in self._sellers() if row.phase is not Phase.PRODUCT_MERGED]
        phase = fitting[seller % len(fitting)].phase
        place = [row for row in fitting if row.phase is phase].index(fitting[seller % len(fitting)])
        if phase is Phase.PRE_MERGE:
            self.seller_links(place, then)
        elif phase is Phase.MERGED:
            self.seller_confirms(place, then)
        else:
            kinds = (self._troubles("merge"), self._troubles(), self._troubles())  # what is about the merge comes more often than its share
            trouble = data.draw(st.one_of(st.just(""), *(st.sampled_from(few) for few in kinds if few)))
            self.shops_merge(data.draw(AROUND), trouble, place, then)

    def seller_links(self, seller: int = 0, then: int = 0) -> None:
        with self._step("seller_links", seller=seller, then=then):
            self._in(seller, Phase.PRE_MERGE).link()

    def shops_merge(self, orders: Sequence[tuple[int, str, bool]] = (), trouble: str = "", seller: int = 0, then: int = 0) -> None:
        """The merge is done, amid trouble. Buyers order seconds before and after it; who does not pay at once pays three hours later."""
        with self._step("shops_merge", orders=orders, trouble=trouble, seller=seller, then=then):
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

    def seller_confirms(self, seller: int = 0, then: int = 0) -> None:
        with self._step("seller_confirms", seller=seller, then=then):
            self._in(seller, Phase.MERGED).confirm()

    # ---- the platform, and time ----------------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self._any(*_MOVING))
    @rule(which=PLACE, then=THEN)
    def courier_moves(self, which: int = 0, then: int = 0) -> None:
        """The courier collects a parcel that waits, or brings one that is on its way."""
        with self._step("courier_moves", which=which, then=then):
            order = self._one(which, *_MOVING)
            if self.shop.order(order).status == "arranged":
                self.shop.collect(order)
            else:
                self.shop.arrive(order)

    def time_passes(self, seconds: int) -> None:
        """Time passes, and the integration goes on working meanwhile: every hour, at most six times."""
        with self._step("time_passes", seconds=seconds):
            self._pass(seconds)

    def _pass(self, seconds: int) -> None:
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

    def _troubles(self, about: str = "") -> list[str]:
        return [name for name, (kind, _, what) in TROUBLE.items() if kind in self.trouble and about in ("", what)]

    def _trouble(self, what: str) -> None:
        kind, *trouble = TROUBLE[what]
        if kind == "webhooks":
            chaos, topic = trouble
            self.shop.control("POST", "/chaos", {"chaos": chaos, "times": 1, **({"topic": topic} if topic else {})})
        elif kind == "outages":
            self._missed = int(trouble[1])
        else:
            fault, _, side = trouble[0].partition(" ")  # takes the place of the one before: trouble never piles up to a failure without end
            self.shop.control("PUT", "/faults/trouble", {"fault": fault, "side": side, "effect": "write", "times": int(trouble[1])})

    # ---- after every step ----------------------------------------------------------------------------------------------------------------------

    def _step(self, name: str, *, then: int = 0, **arguments: Any) -> _Step:
        said = {**arguments, "then": then}
        self.steps.append(f"machine.{name}({', '.join(f'{key}={value!r}' for key, value in said.items() if value not in _USUAL.get(key, ()))})")

        def after() -> None:
            self._round()
            if then:
                self._pass(min(then, 3600) if self._phases(Phase.MERGING) else then)  # how a merge ends is for shops_merge to say
                self._round()

        return _Step(after)

    def _round(self) -> None:
        self._deliver()
        self._watch.idle = self._missed > 0
        if self._missed:
            self._missed -= 1
            return
        try:
            self.integrate()
        except (NoAnswer, httpx.TransportError):
            self._watch.idle = True  # an integration that lets it through has to pick up its work in the next round
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
        self.shop.host.within(lambda _: self._look())
        for name, law in laws.ALL.items():
            if name in self.checks:
                try:
                    law(self._watch)
                except AssertionError as no:
                    raise AssertionError(f"{laws.words(name)}\n  But: {no}\n  (law {name})\n{self._told(name)}") from None

    def _look(self) -> None:
        """Take the calls since the last look."""
        calls: list[Any] = []
        for exchange in reversed(self._watch.workspace.journal):
            if exchange.id <= self._watch.since:
                break
            calls.append(exchange)
        self._watch.step(calls[::-1])

    def _told(self, name: str) -> str:
        """The story so far, and the same as a test and as a schedule."""
        steps = "\n".join(f"        {step}" for step in self.steps)
        test = f"def test_{name}():\n    with {type(self).__name__}.played() as machine:\n{steps}\n"
        return f"  the story:\n{self.shop.story(60)}\n\n  the same as a test:\n\n{test}\n  the same as a schedule: mockplatforms run {self._scheduled(name)}\n"

    def _scheduled(self, name: str) -> Path:
        """Write down what was done, calls included; of failures by one name the last one stays, which is the shortest."""
        schedule = self.shop.schedule(calls=True)
        return story.kept(json.dumps(schedule, indent=1, ensure_ascii=False), f"{type(self).__name__}.{name}.json", beside=type(self), at=self.schedules)

    @classmethod
    def played(cls) -> _Played:
        """A machine to be played by hand: ``with MyMachine.played() as machine: machine.buyer_orders(app="tokopedia")``; laws are checked after each step."""
        return _Played(cls)

    @classmethod
    @lru_cache
    def _to_test_case(cls) -> Any:
        """``TestCase`` looks for one failure at a time, and does not explain it: that takes long, and has nothing to say of steps."""
        case = super()._to_test_case()
        case.settings = settings(case.settings, report_multiple_bugs=False, phases=[Stage.explicit, Stage.reuse, Stage.generate, Stage.target, Stage.shrink])
        return case

    def teardown(self) -> None:
        """Let the workspace go."""
        self._stack.close()

    # ---- which one -----------------------------------------------------------------------------------------------------------------------------

    def _of(self, seller: int) -> Shop:
        every = self.shop.sellers
        key = every[seller % len(every)]
        return self.shop if key == self.shop.seller else self.shop.of(key)

    def _phases(self, *phases: Phase) -> bool:
        return any(seller.phase in phases for seller in self._sellers())

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

    def _refundable(self) -> list[Order]:
        return [order for order in self._with("in_transit", "delivered") if order.platform == "tiktok_shop"]

    def _one(self, which: int, *statuses: str) -> Order:
        fitting = self._with(*statuses)
        return fitting[which % len(fitting)]


def _known(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    for name in sorted(set(given) - set(known)):
        close = difflib.get_close_matches(name, list(known), n=1)
        meant = f"did you mean {close[0]!r}? " if close else ""
        raise ValueError(f"there is no {what} {name!r}; {meant}there are {', '.join(dict.fromkeys(known))}")


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
        self.machine = machine

    def __getattr__(self, name: str) -> Any:
        held = getattr(self.machine, name)
        if not callable(held):
            return held

        def step(*given: Any, **named: Any) -> Any:
            answer = held(*given, **named)
            self.machine.laws_hold()
            return answer

        return step


__all__ = ["MigrationMachine", "NoAnswer"]
