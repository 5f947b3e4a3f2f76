"""How each webhook is caused at will: by doing what causes it, or by telling it of something that there is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...domain import (
    aftersales,
    chats,
    developers,
    events,
    migration,
    orders,
    packages,
    products,
    promotions,
    shipping,
    shops,
    timers,
    uploads,
)
from ...domain.instants import DAY
from ...domain.orders import Order
from ...domain.outbox import DELIVERIES
from ...domain.phases import Phase, Platform
from ...domain.products import Product
from ...domain.shops import BUYERS, CATEGORIES, Seller
from ...domain.table import TOP
from ...domain.uploads import UPLOADS, Upload
from ...domain.world import Change, World
from ...gateway.guesses import meant, nearest
from ...tiktok_shop.topics import WEBHOOKS
from ...tokopedia.topics import address_of
from . import naming
from .routes import SELLER, Ask, Field, Json, Problem, Route, find
from .webhooks import described

_T, _S = Platform.TOKOPEDIA, Platform.TIKTOK_SHOP


class About(NamedTuple):
    """What a webhook is to be about. An order or a product is there where the trigger needs one."""

    owner: Seller
    order: Order | None = None
    product: Product | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the control API; {order} and {product} stand for their names, the seller is added."""

    path: str
    body: Json


@dataclass(frozen=True, slots=True)
class Do:
    """Something that no call of the control API does."""

    words: str
    operation: Callable[[World, About], World | Change]


@dataclass(frozen=True, slots=True)
class Trigger:
    """``words``: what happens. ``needs``: order or product; one that is not named is placed (and paid), or is the first of the shop.

    ``told`` is done instead of the steps where an order is named.
    """

    platform: Platform
    words: str
    steps: tuple[Call | Do, ...]
    needs: str = ""
    told: Do | None = None


def _order(about: About) -> Order:
    assert about.order is not None  # who needs one has one
    return about.order


def _product(about: About) -> Product:
    assert about.product is not None
    return about.product


# ---- what no call does -----------------------------------------------------------------------------------------------------------------


def _standing(world: World, about: About) -> World:
    order = _order(about)
    return world.tell(events.OrderMoved(order.seller, world.now, order.serial, order.status, order.status))


def _paid(world: World, about: About) -> World:
    return world.tell(events.OrderPaid(about.owner.serial, world.now, _order(about).serial))


def _split(world: World, about: About) -> World:
    package = packages.find(world, _order(about).packages[0])
    return world.tell(events.PackagesRepacked(about.owner.serial, world.now, "SPLIT", "seller", ((package.serial, package.orders),)))


def _ship(world: World, about: About) -> World:
    order = _order(about)
    if order.status is not orders.Status.PAID:
        return world  # it is on its way already
    for package in order.packages:
        world = shipping.ship(world, package)
    return world


def _arrives(world: World, about: About) -> World:
    serial = _order(about).serial
    return shipping.delivered(shipping.collected(_ship(world, about), serial), serial) if _order(about).status is orders.Status.PAID else world


def _return(world: World, about: About) -> int:
    return aftersales.of_order(world, _order(about).serial)[-1].serial


def _return_approved(world: World, about: About) -> World:
    return aftersales.decide(world, _return(world, about), aftersales.Decision.APPROVE_RETURN)


def _paid_back(world: World, about: About) -> World:
    serial = _return(world, about)
    world = aftersales.decide(world, serial, aftersales.Decision.APPROVE_REFUND)
    return aftersales.refunded(timers.stop(world, "return.refund", serial), serial)


def _partly(world: World, about: About) -> World:
    return world.tell(events.PartialFulfilment(about.owner.serial, world.now, _order(about).serial, "requested"))


def _first_words(world: World, about: About) -> World | Change:
    """A buyer writes who has never written to this shop."""
    known = {chat.buyer for chat in world.shelf(chats.CONVERSATIONS).page("by_updated", (about.owner.serial, _S), (about.owner.serial, _S, TOP))}
    stranger = next((buyer for buyer in world.shelf(BUYERS).page("by_serial") if buyer.serial not in known), None)
    if stranger is None:
        raise Problem(409, "no-stranger", "Every buyer has written already", "a conversation is new once for each buyer, and all have written to this shop")
    return chats.buyer_writes(world, about.owner.serial, stranger.serial, _S, _S, chats.text("Halo kak, ready?"))


def _listed(world: World, about: About) -> World:
    product = _product(about)
    now = product.tiktok_shop or ""
    return world.tell(events.ProductStatusChanged(about.owner.serial, world.now, product.serial, _S, now, now))


def _edited(world: World, about: About) -> World:
    return world.tell(events.ProductEdited(about.owner.serial, world.now, _product(about).serial, _S, ("name",), "seller_center"))


def _created(world: World, about: About) -> World:
    return world.tell(events.ProductCreated(about.owner.serial, world.now, _product(about).serial, _S))


def _recategorised(world: World, about: About) -> World:
    product = _product(about)
    here = world.get(CATEGORIES, product.category)
    other = next(row for row in world.shelf(CATEGORIES).page("by_serial") if row.is_leaf and (here is None or row.tiktok_shop != here.tiktok_shop))
    return products.edit(world, product.serial, _S, through="seller_center", category=other.serial)


def _audited(world: World, about: About) -> World:
    product = _product(about)
    return world.tell(events.ProductAudited(about.owner.serial, world.now, product.serial, product.audit or "APPROVED", product.tokopedia_audit))


def _expiring(world: World, about: About) -> World:
    app = developers.app(world, _S)
    return world.tell(events.GrantExpiring(about.owner.serial, world.now, app.serial, world.now.wire + 30 * DAY, 30))


def _restocked(world: World, about: About) -> World:
    product = _product(about)
    place = shops.default_warehouse(world, about.owner.serial, _T).serial
    return products.shift_stock(world, product.serial, product.skus[0].serial, place, 1, cause="increment")


def _restocked_there(world: World, about: About) -> World:
    product = _product(about)
    sku = product.skus[0]
    return products.shift_stock(world, product.serial, sku.serial, sku.stock[0].warehouse, 1, cause="increment")


def _sold_out(world: World, about: About) -> World:
    product = _product(about)
    sku = next((one for one in product.skus if one.available), None)
    if sku is None:
        raise Problem(409, "sold-out", "It is sold out already", f"product {product.name!r} has no unit left that could be the last: name another product", field="product")
    for held in sku.stock:
        world = products.set_stock(world, product.serial, sku.serial, held.warehouse, 0)
    return world


def _switched(world: World, about: About) -> World:
    product = _product(about)
    first, *others = product.skus
    return products.edit(world, product.serial, _S, through="seller_center", skus=(first.but(active=not first.active), *others))


def _mirrored(world: World, about: About) -> World:
    assert about.owner.tiktok_shop is not None  # who has no shop there has no address either
    return world.tell(events.ShopMirrored(about.owner.serial, world.now, about.owner.tiktok_shop))


def _batch(kind: str) -> Callable[[World, About], World]:
    def batch(world: World, about: About) -> World:
        product = _product(about)
        serial, world = world.take()
        rows = (uploads.Row(product.name, product=product.serial),)
        world = world.put(UPLOADS, Upload(serial, about.owner.serial, kind, rows, "DONE", world.now, succeeded=(product.serial,)))
        return world.tell(events.UploadFinished(about.owner.serial, world.now, serial, kind, (product.serial,)))

    return batch


def _slashed(world: World, about: About) -> World:
    product = _product(about)
    sku, now = product.skus[0], world.now.wire
    held = promotions.of_sku(world, sku.serial)
    if held is not None and held.status == "ONGOING":
        return promotions.end(world, held.serial)
    if held is not None:
        return promotions.begin(world, held.serial)
    begin = now + promotions.LEAD
    world, serial = promotions.slash(world, product, sku.serial, price=max(products.LOWEST_PRICE, sku.price * 9 // 10), begin=begin, end=begin + DAY, max_order=1)
    return promotions.begin(world, serial)


def _merge(world: World, about: About) -> World:
    """The seller links the shops, and they merge at once; of merged ones it is told again."""
    owner = about.owner
    if owner.phase in (Phase.PRE_MERGE, Phase.MERGING):
        return migration.complete(migration.link(world, owner.serial) if owner.phase is Phase.PRE_MERGE else world, owner.serial)
    assert owner.tokopedia is not None and owner.tiktok_shop is not None  # who has merged has both
    return world.tell(events.ShopsMerged(owner.serial, world.now, owner.tokopedia, owner.tiktok_shop))


# ---- the table -------------------------------------------------------------------------------------------------------------------------


def _orders(app: Platform) -> Call:
    return Call("/orders", {"buyer_app": app.value, "pay": True})


def _writes(app: Platform) -> Call:
    return Call("/conversations", {"buyer_app": app.value, "text": "Halo kak, ready?"})


_STANDS = Do("where the order stands is told again", _standing)
_ASKS_TO_CANCEL = Call("/orders/{order}/request-cancel", {"reason": "the buyer has changed their mind"})
_ASKS_BACK = (Do("the seller ships", _ship), Call("/returns", {"order": "{order}", "kind": "REFUND"}))

TRIGGERS: Mapping[str, Trigger] = {
    "ORDER_STATUS_CHANGE": Trigger(_S, "a buyer orders and pays; of an order that is named: where it stands", (_orders(_S),), told=_STANDS),
    "RECIPIENT_ADDRESS_UPDATE": Trigger(_S, "the buyer corrects the address", (Call("/orders/{order}/address", {"street": "Jl. Melati 7"}),), "order"),
    "PACKAGE_UPDATE": Trigger(_S, "the order's package is told as split", (Do("the package is told as split", _split),), "order"),
    "PRODUCT_STATUS_CHANGE": Trigger(_S, "where a product stands is told again", (Do("where the product stands is told again", _listed),), "product"),
    "SELLER_DEAUTHORIZATION": Trigger(_S, "the seller withdraws the authorisation: its tokens are dead", (Call("/deauthorize", {}),)),
    "UPCOMING_AUTHORIZATION_EXPIRATION": Trigger(_S, "an end of the authorisation in 30 days is announced", (Do("an end in 30 days is announced", _expiring),)),
    "CANCELLATION_STATUS_CHANGE": Trigger(_S, "the buyer asks to cancel", (_ASKS_TO_CANCEL,), "order"),
    "RETURN_STATUS_CHANGE": Trigger(_S, "the seller ships, and the buyer asks for money back", _ASKS_BACK, "order"),
    "AFTERSALES_REQUEST_STATUS": Trigger(_S, "the seller ships, and the buyer asks for money back", _ASKS_BACK, "order"),
    "RMA_STATUS": Trigger(
        _S,
        "the parcel arrives, the buyer wants to send it back, and the seller agrees",
        (Do("the parcel arrives", _arrives), Call("/returns", {"order": "{order}", "kind": "RETURN_AND_REFUND"}), Do("the seller agrees", _return_approved)),
        "order",
    ),
    "REFUND_SUCCESS": Trigger(_S, "the buyer asks for money back, and gets it", (*_ASKS_BACK, Do("the seller agrees, and the money arrives", _paid_back)), "order"),
    "NEW_CONVERSATION": Trigger(_S, "a buyer writes for the first time", (Do("a buyer writes for the first time", _first_words),)),
    "NEW_MESSAGE": Trigger(_S, "a buyer writes", (_writes(_S),)),
    "PRODUCT_INFORMATION_CHANGE": Trigger(_S, "an edit of a product's name is told", (Do("an edit of the name is told", _edited),), "product"),
    "PRODUCT_CREATION": Trigger(_S, "a product is told as new", (Do("the product is told as new", _created),), "product"),
    "PRODUCT_CATEGORY_CHANGE": Trigger(_S, "a product is put into another category", (Do("the product is put into another category", _recategorised),), "product"),
    "PRODUCT_AUDIT_STATUS_CHANGE": Trigger(_S, "the result of a product's review is told again", (Do("the result of the review is told again", _audited),), "product"),
    "INVENTORY_STATUS_CHANGE": Trigger(_S, "a product's SKU runs out of stock", (Do("a SKU runs out of stock", _sold_out),), "product"),
    "TOKOPEDIA_MIRROR_STATUS_CHANGE": Trigger(_S, "that the shop is mirrored on Tokopedia is told", (Do("the shop is told as mirrored", _mirrored),)),
    "SKU_STATUS_CHANGE": Trigger(_S, "a product's first SKU is switched off, or on", (Do("a SKU is switched off or on", _switched),), "product"),
    "INVENTORY_CHANGED_BY_SHOP": Trigger(_S, "a product gets one unit more", (Do("the product gets one unit more", _restocked_there),), "product"),
    "order_notification": Trigger(_T, "a buyer orders and pays; of an order that is named: its payment", (_orders(_T),), told=Do("the payment is told again", _paid)),
    "order_status": Trigger(_T, "a buyer orders and pays; of an order that is named: where it stands", (_orders(_T),), told=_STANDS),
    "order_cancellation": Trigger(_T, "the buyer cancels", (Call("/orders/{order}/cancel", {}),), "order"),
    "order_request_cancellation": Trigger(_T, "the buyer asks to cancel", (_ASKS_TO_CANCEL,), "order"),
    "order_partial_fulfillment": Trigger(_T, "the seller's wish to deliver less is told", (Do("a wish to deliver less is told", _partly),), "order"),
    "chat_notification": Trigger(_T, "a buyer writes", (_writes(_T),)),
    "product_creation": Trigger(_T, "a batch of new products is told as done", (Do("a batch of one product is told as done", _batch("create")),), "product"),
    "product_edit": Trigger(_T, "a batch of edits is told as done", (Do("a batch of one edit is told as done", _batch("edit")),), "product"),
    "product_changes": Trigger(_T, "a product gets one unit more", (Do("the product gets one unit more", _restocked),), "product"),
    "product_discussion": Trigger(_T, "a buyer asks about a product", (Call("/discussions", {"product_id": "{product}", "text": "Ready kak?"}),), "product"),
    "campaign_notification": Trigger(_T, "a slash price begins, or the one that holds ends", (Do("a slash price begins or ends", _slashed),), "product"),
    "merge": Trigger(_T, "the shops merge; of merged ones: that they have", (Do("the shops have merged", _merge),)),
}


def listed() -> list[Json]:
    """Every topic with what is done to cause it."""
    return [{"topic": topic, "platform": row.platform.value, "does": row.words, "needs": row.needs or None} for topic, row in TRIGGERS.items()]


# ---- doing it --------------------------------------------------------------------------------------------------------------------------


async def every(ask: Ask) -> Any:
    return {"triggers": listed()}


async def trigger(ask: Ask) -> Any:
    """Cause a webhook of a topic; answers what was done and what is told of it."""
    topic = ask.body["topic"]
    row = TRIGGERS.get(topic)
    if row is None:
        close = nearest(topic, TRIGGERS)
        raise Problem(422, "unknown-topic", "There is no such topic", f"no webhook is called {topic!r}; {meant(close)}GET /_mock/triggers lists them all", field="topic", candidates=close or list(TRIGGERS))
    owner = ask.seller
    _addressed(ask.world, owner, row.platform, topic)
    before = ask.world.next
    did: list[str] = []
    about = await _about(ask, owner, row, did)
    for step in (row.told,) if row.told is not None and about.order is not None else row.steps:
        did.append(await _step(ask, step, about))
    caused = [one for one in ask.world.shelf(DELIVERIES).page("by_serial", (before,)) if one.topic == topic]
    if not caused:
        phase = shops.seller(ask.world, owner.serial).phase
        detail = f"it was done ({'; '.join(did)}), but {row.platform} tells nothing of it: seller {owner.key!r} is in phase {phase}"
        raise Problem(409, "untold", "No webhook came of it", detail, did=did)
    return 201, {"topic": topic, "platform": row.platform.value, "did": did, "deliveries": [described(ask.world, one, ask.workspace.run) for one in caused]}


async def _about(ask: Ask, owner: Seller, row: Trigger, did: list[str]) -> About:
    """The order or product that is named, or one that will do."""
    world, order, product = ask.world, None, None
    if ask.body.get("order"):
        order = naming.order(world, ask.body["order"])
        if order.platform is not row.platform:
            raise Problem(409, "other-platform", "That order belongs to the other platform", f"{row.platform} tells nothing of order {order.key}: it is on {order.platform}", field="order")
        owner = shops.seller(world, order.seller)
    elif row.needs == "order":
        placed = await _call(ask, _orders(row.platform), About(owner))
        order = naming.order(ask.world, placed["key"])
        did.append(f"POST /orders made {order.key}")
    if ask.body.get("product"):
        product = naming.product(world, owner.serial, ask.body["product"])[0]
    elif row.needs == "product":
        product = next((one for one in products.storefront(world, owner, row.platform) if one.home is row.platform or row.platform is _S), None)
        if product is None:
            raise Problem(409, "no-product", "There is no product", f"seller {owner.key!r} sells nothing on {row.platform}", field="product")
    return About(owner, order, product)


async def _step(ask: Ask, step: Call | Do, about: About) -> str:
    if isinstance(step, Do):
        ask.apply(step.operation, about)
        return step.words
    await _call(ask, step, about)
    return f"POST {_filled(ask.world, step.path, about)}"


async def _call(ask: Ask, call: Call, about: About) -> Any:
    """Make a call of the control API as anybody would; what it refuses is refused."""
    from . import ROUTES

    path = f"/_mock/workspaces/{ask.params['id']}{_filled(ask.world, call.path, about)}"
    route, params = find(ROUTES, "POST", path)
    body = json.loads(_filled(ask.world, json.dumps(call.body), about))
    if "seller" in route.body:
        body["seller"] = about.owner.key
    answered = await route.handler(Ask(ask.server, route, params, {}, body, ask.origin))
    return answered[1] if isinstance(answered, tuple) else answered


def _filled(world: World, text: str, about: About) -> str:
    if about.order is not None:
        text = text.replace("{order}", about.order.key)
    if about.product is not None:
        text = text.replace("{product}", str(naming.wire(world, "product", about.product.serial, _T)))
    return text


def _addressed(world: World, owner: Seller, platform: Platform, topic: str) -> None:
    """Refuse where nobody would be told, before anything is done."""
    app = developers.app(world, platform)
    if platform is _T:
        name = address_of(topic)
        url, where = dict(app.webhooks).get(name, ""), f"Tokopedia's {name}"
    else:
        shop = shops.shop(world, owner.tiktok_shop)
        row = next(row for row in WEBHOOKS.values() if row.name == topic)
        if row.newer and world.rules.tiktok_webhook_topics == "documented":
            detail = f"{topic} is newer than the documents: PUT …/settings with tiktok_webhook_topics 'all' has it told"
            raise Problem(409, "not-told", "That topic is not told here", detail, field="topic")
        own = developers.topic_address(world, shop.serial, topic) if row.own else None
        url, where = own.address if own is not None else app.webhook_url, "TikTok Shop"
        if not shop.authorised:
            raise Problem(409, "not-authorised", "The app is not authorised", f"seller {owner.key!r} has not authorised the TikTok Shop app: POST …/authorize")
    if not url:
        raise Problem(409, "no-address", "No address is registered", f"no webhook address is registered for {where}: PUT …/webhook-urls, or mockplatforms listen --register")


_BODY: Mapping[str, Field] = {
    "topic": {"t": "str", "req": True, "len": [1, 100], "help": "one that GET /_mock/triggers lists"},
    **SELLER,
    "order": {"t": "str", "help": "key or id of an order; absent: one is placed where it is needed"},
    "product": {"t": "str", "help": "id of a product; absent: the first of the shop"},
}
_ANSWER: Json = {"topic": "ORDER_STATUS_CHANGE", "platform": "tiktok_shop", "did": ["POST /orders"], "deliveries": []}

ROUTES: tuple[Route, ...] = (
    Route("GET", "/triggers", every, "Every topic of webhooks, and how it is caused", answer={"triggers": listed()[:1]}),
    Route("POST", "/workspaces/{id}/webhooks/trigger", trigger, "Cause a webhook", body=_BODY, example={"topic": "ORDER_STATUS_CHANGE"}, answer=_ANSWER, status=201),
)

__all__ = ["ROUTES", "TRIGGERS", "listed"]
