"""A seller's pair of shops in a test: what buyers, the seller and time do to it, in the seller's words, and what must hold of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..domain import outbox, shops
from ..domain.outbox import Delivery
from ..domain.phases import Phase
from ..gateway.endpoint import unversioned
from ..server.control import journal as journals
from ..server.dispatcher import headers
from ..server.simulator import BY_PLATFORM, Simulator
from . import story
from .clients import TikTokShop, Tokopedia
from .hosts import Host
from .receivers import Webhook, address, receiver

if TYPE_CHECKING:
    from .transport import Transport

Json = dict[str, Any]
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the world knows it. ``id`` is the one that its platform prints: a number on Tokopedia, text on TikTok Shop."""

    key: str
    platform: str
    id: int | str
    status: str
    total: int
    raw: Mapping[str, Any] = field(compare=False, repr=False)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Order:
        return cls(told["key"], told["platform"], told["order_id"], told["status"], told["total"], told)


class Shop:
    """One workspace and one of its sellers. What a step here does, a buyer, the seller or the platform would do outside the two APIs.

    ``tiktok_shop`` and ``tokopedia`` are clients that sign and authorise; ``base_url`` and ``credentials`` are for clients of your own.
    """

    def __init__(self, host: Host, workspace: str, seller: str | None = None) -> None:
        self.host = host
        self.workspace = workspace
        self.credentials: Json = host.control("GET", f"/workspaces/{workspace}")
        self.sellers: list[str] = [row["seller"] for row in self.credentials["sellers"]]
        self.seller = seller or (self.sellers[0] if self.sellers else "")
        self.base_url = host.base_url
        self.send = host.answer  # how the clients' requests get to the platforms
        self.acts: list[story.Act] = []
        self._since = host.within(lambda simulator: self._marks(simulator))

    # ---- the clients -------------------------------------------------------------------------------------------------------------------------

    @property
    def tiktok_shop(self) -> TikTokShop:
        """A client of the TikTok Shop API with the seller's ready token."""
        return self.host.within(lambda simulator: TikTokShop(simulator, simulator.workspaces[self.workspace], self.seller, send=self.send))

    @property
    def tokopedia(self) -> Tokopedia:
        """A client of the Tokopedia Open API with the app's ready token."""
        return self.host.within(lambda simulator: Tokopedia(simulator, simulator.workspaces[self.workspace], self.seller, send=self.send))

    @property
    def transport(self) -> Transport:
        """For httpx: ``httpx.Client(transport=shop.transport)``, sync or async; every host is either platform."""
        from .transport import Transport

        return Transport(self.send)

    def of(self, seller: str) -> Shop:
        """Another seller of the same workspace."""
        other = Shop(self.host, self.workspace, seller)
        other.acts, other._since, other.send = self.acts, self._since, self.send
        return other

    # ---- acts --------------------------------------------------------------------------------------------------------------------------------

    def control(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Any call of the control API below this workspace. Raises NotPossible where it is refused."""
        return self.host.control(method, f"/workspaces/{self.workspace}{path}", body, query)

    def _act(self, words: str, method: str, path: str, body: Any = None) -> Any:
        after = self.host.within(lambda simulator: simulator.exchanges)
        told = self.control(method, path, body)
        self.acts.append(story.Act(after, words))
        return told

    def place_order(self, sku: str | None = None, quantity: int = 1, *, on: str = "tokopedia", **more: Any) -> Order:
        """A buyer orders in an app (``on``); no SKU: the seed picks one. ``more`` is what POST …/orders takes (buyer, pay, cod, items …)."""
        items = [{"sku": sku, "quantity": quantity}] if sku else []
        asked = {"seller": self.seller, "buyer_app": on, "items": items, **more}
        what = f"{quantity} × {sku}" if sku else "something"
        told = self._act(f"a buyer orders {what} of {self.seller} in the {on} app", "POST", "/orders", asked)
        made = Order.of(told)
        self.acts[-1] = self.acts[-1].but(f"{self.acts[-1].words}: {made.platform} order {made.id}")
        return made

    def _order(self, order: Order | str, act: str, words: str, **more: Any) -> Order:
        key = order.key if isinstance(order, Order) else order
        return Order.of(self._act(f"{words} ({key})", "POST", f"/orders/{key}/{act}", more))

    def pay(self, order: Order | str) -> Order:
        return self._order(order, "pay", "the buyer pays")

    def cancel(self, order: Order | str, by: str = "buyer") -> Order:
        return self._order(order, "cancel", f"the {by} cancels", by=by)

    def ask_to_cancel(self, order: Order | str) -> Order:
        return self._order(order, "request-cancel", "the buyer asks to cancel")

    def collect(self, order: Order | str) -> Order:
        """The courier scans the parcel."""
        return self._order(order, "collect", "the courier collects the parcel")

    def arrive(self, order: Order | str) -> Order:
        """The parcel arrives at the buyer's."""
        return self._order(order, "deliver", "the parcel arrives")

    def complete(self, order: Order | str) -> Order:
        return self._order(order, "complete", "the buyer is content")

    def ask_for_money_back(self, order: Order | str) -> Json:
        """A buyer of a TikTok Shop order wants the money back and keeps the goods."""
        key = order.key if isinstance(order, Order) else order
        told: Json = self._act(f"the buyer wants the money back ({key})", "POST", "/returns", {"order": key})
        return told

    def message(self, text: str, *, on: str = "tokopedia", buyer: str | None = None) -> Json:
        """A buyer writes to the seller."""
        asked = {"seller": self.seller, "buyer_app": on, "text": text, **({"buyer": buyer} if buyer else {})}
        told: Json = self._act(f"a buyer writes {text!r} in the {on} app", "POST", "/conversations", asked)
        return told

    # ---- the migration -----------------------------------------------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        return self.host.within(lambda simulator: shops.named(simulator.workspaces[self.workspace].world, self.seller).phase)

    def link(self) -> None:
        """The seller links the two shops: MERGING begins."""
        self._act(f"{self.seller} links the two shops: MERGING", "POST", "/migration/link", {"seller": self.seller})

    def merge(self) -> None:
        """Time passes until the shops have merged; links them first where nobody has."""
        if self.phase is Phase.PRE_MERGE:
            self.link()
        self._act(f"the shops of {self.seller} merge: MERGED", "POST", "/clock/advance", {"seller": self.seller, "until": "MERGED"})

    def confirm(self, **choice: Any) -> None:
        """The merchant confirms the product merge; ``choice``: default, decisions."""
        self._act(f"{self.seller} confirms the product merge: PRODUCT_MERGED", "POST", "/migration/confirm-product-merge", {"seller": self.seller, **choice})

    def go(self, phase: Phase | str) -> None:
        """The shops go on to that phase, by the ordinary way."""
        phase = Phase(phase)
        order = list(Phase)
        steps = {Phase.MERGING: self.link, Phase.MERGED: self.merge, Phase.PRODUCT_MERGED: self.confirm}
        if order.index(phase) < order.index(self.phase):
            raise ValueError(f"a migration does not go back: {self.seller} is in {self.phase}, asked for {phase}")
        while self.phase is not phase:
            steps[order[order.index(self.phase) + 1]]()

    # ---- trouble -----------------------------------------------------------------------------------------------------------------------------

    def fault(self, fault: str, side: str = "before", **rule: Any) -> str:
        """Calls go wrong from now on: ``shop.fault("reset", "after", endpoint="ship-package", nth=1)``. Answers the rule's name.

        What a rule may say is told in docs/faults.md; ``nth`` may be one number.
        """
        if isinstance(rule.get("nth"), int):
            rule["nth"] = [rule["nth"]]
        name: str = self._act(f"calls go wrong: {fault}, {side} the effect", "POST", "/faults", {"fault": fault, "side": side, **rule})["id"]
        return name

    @property
    def faults(self) -> list[Json]:
        """The rules of trouble, each with the calls that it has ``matched`` and ``struck``."""
        told: list[Json] = self.control("GET", "/faults")["faults"]
        return told

    def chaos(self, chaos: str, **rule: Any) -> str:
        """Webhooks go astray from now on: ``shop.chaos("lose", topic="merge", nth=1)``. Answers the rule's name; docs/chaos.md tells the rules."""
        if isinstance(rule.get("nth"), int):
            rule["nth"] = [rule["nth"]]
        name: str = self._act(f"webhooks go astray: {chaos}", "POST", "/chaos", {"chaos": chaos, **rule})["id"]
        return name

    def heal(self, name: str | None = None) -> None:
        """No more trouble by that rule, with calls or webhooks; or by any."""
        for kind in ("faults", "chaos"):
            if name is None:
                self._act(f"no more {kind}", "DELETE", f"/{kind}")
            elif any(row["id"] == name for row in self.control("GET", f"/{kind}")[kind]):
                self._act(f"no more trouble by {name}", "DELETE", f"/{kind}/{name}")

    # ---- time and webhooks -------------------------------------------------------------------------------------------------------------------

    def advance(self, **how_far: float) -> Json:
        """Time passes: ``days``, ``hours``, ``minutes`` and ``seconds`` add up. Webhooks that fall due are delivered on the way."""
        strange = sorted(set(how_far) - set(_SECONDS))
        if strange or not how_far:
            raise TypeError(f"advance takes {', '.join(_SECONDS)}, not {', '.join(strange) or 'nothing'}")
        seconds = int(sum(_SECONDS[unit] * count for unit, count in how_far.items()))
        told: Json = self._act(f"{_length(seconds)} pass", "POST", "/clock/advance", {"seconds": seconds})
        return told

    def advance_to(self, until: str | int, *, before: int = 0) -> Json:
        """Time passes until (so many seconds ``before``) ``next_due``, a phase, an ISO 8601 instant or unix seconds of world time."""
        words = f"time passes until {_length(before)} before {until}" if before else f"time passes until {until}"
        told: Json = self._act(words, "POST", "/clock/advance", {"seller": self.seller, "until": until, "before": before})
        return told

    def deliver(self) -> Json:
        """Hand over every webhook that is owed by now, and wait for the answers."""
        told: Json = self.control("POST", "/clock/advance", {"seconds": 0})
        return told

    def hold(self) -> None:
        """No webhook goes out until release()."""
        self._act("webhooks are held", "POST", "/webhooks/hold")

    def release(self) -> None:
        """Webhooks that were held go out, and nothing is held any more."""
        self._act("webhooks are released", "POST", "/webhooks/release")

    def trigger(self, topic: str, *, order: Order | str | None = None, product: str | int | None = None) -> list[Json]:
        """Cause a webhook of a topic, by doing what causes it (GET /_mock/triggers lists them); answers the deliveries that are owed of it."""
        asked: Json = {"topic": topic, "seller": self.seller}
        if order is not None:
            asked["order"] = order.key if isinstance(order, Order) else order
        if product is not None:
            asked["product"] = str(product)
        told = self._act(f"a webhook {topic} is caused", "POST", "/webhooks/trigger", asked)
        self.acts[-1] = self.acts[-1].but(f"{self.acts[-1].words}: {'; '.join(told['did'])}")
        deliveries: list[Json] = told["deliveries"]
        return deliveries

    def deliveries(self, **search: Any) -> list[Json]:
        """Webhooks with every attempt, oldest first. ``search`` is what GET …/webhooks takes (q, topic, platform, status, url, since, until …)."""
        rows: list[Json] = self.control("GET", "/webhooks", **{"limit": 10_000, **search})["deliveries"]
        return rows

    def redeliver(self, delivery: int | Webhook, *, at: int | str | None = None, seconds: int = 0) -> Json:
        """Owe a webhook once more, with the same bytes: in so many seconds from now, or at a world time."""
        number = delivery.delivery if isinstance(delivery, Webhook) else delivery
        when = {"in": seconds} if at is None else {"at": at}
        told: Json = self._act(f"delivery {number} is told once more", "POST", f"/webhooks/{number}/redeliver", when)
        return told

    def receive(self, by: Any) -> None:
        """From now on webhooks go to ``by``: a function of one Webhook that answers a status or nothing, a WSGI or ASGI application, or a URL."""
        if isinstance(by, str):
            self.control("PUT", "/webhook-urls", {"tiktok_shop": by, "tokopedia": by})
            return
        self.host.receivers[self.workspace] = receiver(by)
        self.control("PUT", "/webhook-urls", {name: address(self.workspace, name) for name in ("tiktok_shop", "tokopedia")})

    # ---- looking -----------------------------------------------------------------------------------------------------------------------------

    @property
    def webhooks(self) -> list[Webhook]:
        """Every webhook that this test's world owed so far, oldest first, as it is (to be) sent."""

        def read(simulator: Simulator) -> list[Webhook]:
            workspace = simulator.workspaces[self.workspace]
            rows: Sequence[Delivery] = workspace.world.shelf(outbox.DELIVERIES).page("by_serial", (self._since[1],))
            return [Webhook.of(row, headers(workspace, row), row.body) for row in rows]

        return self.host.within(read)

    @property
    def journal(self) -> list[Json]:
        """Every call of this test so far, as GET …/journal tells it."""

        def read(simulator: Simulator) -> list[Json]:
            return [journals.row(one) for one in simulator.workspaces[self.workspace].journal if one.id > self._since[0]]

        return self.host.within(read)

    def orders(self, on: str | None = None) -> list[Order]:
        """The seller's newest orders, newest first."""
        query = {"seller": self.seller, "limit": 1000, **({"platform": on} if on else {})}
        return [Order.of(row) for row in self.control("GET", "/orders", **query)["orders"]]

    def order(self, order: Order | str) -> Order:
        """That order as it is now."""
        return Order.of(self.control("GET", f"/orders/{order.key if isinstance(order, Order) else order}"))

    def stock(self, sku: str) -> int:
        """Units of a seller SKU that can still be sold, over all records that stand for it."""
        left: int = self.control("GET", "/stock", sku=sku, seller=self.seller)["available"]
        return left

    def story_of(self, order: Order | str) -> Json:
        """Which calls showed an order, changed it, shipped it or were refused."""
        told: Json = self.control("GET", f"/orders/{order.key if isinstance(order, Order) else order}/story")
        return told

    def story(self, last: int = 40) -> str:
        """What happened so far, a line each."""
        return story.told(self.acts, self.journal, last=last)

    def schedule(self, *, calls: bool = False) -> Json:
        """What was done so far as a schedule, to be run again by play() or ``mockplatforms run``; ``calls``: the platforms' calls as well."""
        told: Json = self.control("GET", "/schedule", calls=calls)
        return told

    def bundle(self) -> Json:
        """The whole workspace as it is now, to be opened by opened() or ``mockplatforms open``: ``Path("trouble.json").write_text(json.dumps(…))``."""
        told: Json = self.control("GET", "/bundle")
        return told

    # ---- what must hold ----------------------------------------------------------------------------------------------------------------------

    def assert_known(self, order: Order | str) -> None:
        """Some call has shown this order to the integration."""
        told = self.story_of(order)
        if not told["known"]:
            name = story.name(told["order"])
            asked = [row for row in self.journal if row["platform"] == told["order"]["platform"] and "order" in (row["endpoint"] or "").lower()]
            other = "tiktok_shop" if told["order"]["platform"] == "tokopedia" else "tokopedia"
            seen = [row for row in self.journal if row["platform"] == other and "order" in (row["endpoint"] or "").lower()]
            near = f"{len(asked)} calls for orders were made there"
            near += f"; on {other}, which does not have it, {len(seen)}" if seen else ""
            raise AssertionError(self._failed(f"{name} was never fetched: no list or detail has shown it. {near}", asked))

    def assert_shipped_once(self, order: Order | str) -> None:
        """The goods of this order were handed over by one call, on one platform."""
        told = self.story_of(order)
        tries = [row for row in told["calls"] if row["ships"]]
        if told["shipped"] == 1:
            return
        name = story.name(told["order"])
        if told["shipped"] > 1:
            words = f"{name} was shipped {told['shipped']} times: the same goods left on both platforms"
        elif tries:
            words = f"{name} was not shipped: {len(tries)} calls wanted to and were refused"
        else:
            words = f"{name} was not shipped, and no call wanted to" + ("" if told["known"] else "; no call has even shown it")
        raise AssertionError(self._failed(words, tries))

    def assert_not_shipped(self, order: Order | str) -> None:
        told = self.story_of(order)
        if told["shipped"]:
            raise AssertionError(self._failed(f"{story.name(told['order'])} was shipped", [row for row in told["calls"] if row["shipped"]]))

    def assert_called(self, endpoint: str, *, times: int | None = None, phase: Phase | str | None = None, **fields: Any) -> None:
        """The integration called an endpoint (its name, with or without version, or a part of its path), so many times or at all."""
        found = self._calls(endpoint, phase, fields)
        if (times is None and not found) or (times is not None and len(found) != times):
            wanted = "at least once" if times is None else f"{times} times"
            near = found or self._calls(endpoint, None, {})
            raise AssertionError(self._failed(f"{endpoint} should be called {wanted}{_in(phase)}; it was called {len(found)} times", near))

    def assert_not_called(self, endpoint: str, *, phase: Phase | str | None = None, **fields: Any) -> None:
        """The integration left an endpoint alone (in that phase); ``fields`` narrow it down: verdict, platform, code …"""
        found = self._calls(endpoint, phase, fields)
        if found:
            raise AssertionError(self._failed(f"{endpoint} should not be called{_in(phase)}; it was called {len(found)} times", found))

    def assert_nothing_refused(self) -> None:
        """Every call was answered as asked."""
        refused = [row for row in self.journal if row["verdict"] != "answered"]
        if refused:
            raise AssertionError(self._failed(f"{len(refused)} calls were refused", refused))

    def assert_stock(self, sku: str, units: int) -> None:
        left = self.stock(sku)
        if left != units:
            raise AssertionError(self._failed(f"{units} units of {sku!r} should be left; there are {left}", []))

    def _calls(self, endpoint: str, phase: Phase | str | None, fields: Mapping[str, Any]) -> list[Json]:
        rows = [row for row in self.journal if _means(endpoint, row)]
        if not rows and not self.host.within(lambda simulator: _exists(endpoint)):
            raise ValueError(f"there is no endpoint {endpoint!r}: name it as docs/coverage.md does, with or without the version, or by a part of its path")
        wanted = {**fields, **({"phase": str(Phase(phase))} if phase else {})}
        return [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]

    def _failed(self, words: str, calls: Sequence[Mapping[str, Any]]) -> str:
        near = "\n".join(f"    {story.line(row)}" for row in calls[-10:])
        return words + (f"\n  the calls in question:\n{near}" if near else "") + f"\n  the story so far:\n{self.story()}"

    def _marks(self, simulator: Simulator) -> tuple[int, int]:
        """The exchange and the serial after which this test begins."""
        world = simulator.workspaces[self.workspace].world
        return simulator.exchanges, world.next


def _in(phase: Phase | str | None) -> str:
    return f" in {phase}" if phase else ""


def _length(seconds: int) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds % size == 0 and seconds:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"


def _means(endpoint: str, row: Mapping[str, Any]) -> bool:
    source = row["endpoint"] or ""
    return endpoint in (source, unversioned(source)) or ("/" in endpoint and endpoint in row["path"])


def _exists(endpoint: str) -> bool:
    rows = [one for facade in BY_PLATFORM.values() for one in facade.catalog]
    return any(endpoint in (one.source, unversioned(one.source)) for one in rows) or "/" in endpoint
