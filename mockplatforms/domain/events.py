"""What can happen in the world, one value each, in the past tense. Every event carries both instants and the seller it concerns."""

from __future__ import annotations

from .instants import Instant
from .phases import Phase, Platform
from .value import Value, value


@value
class Event(Value):
    seller: int
    at: Instant


# ---- orders -----------------------------------------------------------------------------------------------------------------------------


@value
class OrderPlaced(Event):
    order: int


@value
class OrderPaid(Event):
    order: int


@value
class OrderMoved(Event):
    """An order went from one status to the next."""

    order: int
    before: str
    after: str


@value
class OrderCancelled(Event):
    order: int
    by: str
    reason: str
    before: str


@value
class CancellationRequested(Event):
    order: int
    reason: str


@value
class CancellationSettled(Event):
    """A buyer's request to cancel was accepted, rejected or withdrawn (``outcome``)."""

    order: int
    outcome: str


@value
class ReturnMoved(Event):
    """A refund or return went from one state to the next; it was asked for where ``before`` is empty."""

    request: int
    before: str
    after: str


@value
class PartialFulfilment(Event):
    """The seller asked to deliver less than was ordered, or the buyer answered: requested, approved or rejected."""

    order: int
    outcome: str


@value
class AddressChanged(Event):
    order: int


@value
class PackagesRepacked(Event):
    """Goods of orders were packed anew. ``change`` in TikTok Shop's words (COMBINE, SPLIT, …); ``packages``: (package, its orders) as they are then."""

    change: str
    by: str  # buyer, seller, system
    packages: tuple[tuple[int, tuple[int, ...]], ...]


# ---- products ---------------------------------------------------------------------------------------------------------------------------


@value
class ProductCreated(Event):
    product: int
    platform: Platform


@value
class ProductEdited(Event):
    product: int
    platform: Platform
    fields: tuple[str, ...]
    through: str  # seller_center or open_api


@value
class ProductStatusChanged(Event):
    """``together``: it changed on the other platform in the same moment, which was told before this."""

    product: int
    platform: Platform
    before: str
    after: str
    together: bool = False


@value
class ProductAudited(Event):
    """A review of a product began or ended: how it stands on TikTok Shop and on Tokopedia now.

    ``first``: it had never passed one before; ``failed``: on a platform at least.
    """

    product: int
    audit: str
    tokopedia_audit: str
    first: bool = False
    failed: bool = False


@value
class PriceChanged(Event):
    product: int
    sku: int
    before: int
    after: int


@value
class StockChanged(Event):
    """Units of one SKU in one warehouse changed; ``cause``: overwrite, increment, decrement, order, order_cancelled, merge.

    ``before`` and ``after`` are the available units there, ``committed`` is by how much those held for orders changed;
    ``sku_available`` and ``sku_committed`` are the SKU's in all warehouses afterwards.
    """

    product: int
    sku: int
    warehouse: int
    before: int
    after: int
    cause: str
    committed: int
    sku_available: int
    sku_committed: int


@value
class PromotionChanged(Event):
    """A slash price of one SKU began or ended to hold."""

    promotion: int
    is_active: bool


@value
class UploadFinished(Event):
    """A Tokopedia V2 batch of products was worked off."""

    upload: int
    kind: str  # create or edit
    products: tuple[int, ...]


@value
class Discussed(Event):
    """A question about a product was asked, or answered (``answer``: its serial, 0 for the question itself)."""

    question: int
    answer: int


# ---- chats ------------------------------------------------------------------------------------------------------------------------------


@value
class ConversationOpened(Event):
    conversation: int


@value
class ConversationClosed(Event):
    conversation: int


@value
class MessageSent(Event):
    conversation: int
    message: int


# ---- migration and access ---------------------------------------------------------------------------------------------------------------


@value
class PhaseChanged(Event):
    before: Phase
    after: Phase


@value
class ShopsMerged(Event):
    """The merge of a pair of shops is done: the one event that the merge webhook tells."""

    tokopedia_shop: int
    tiktok_shop: int


@value
class ProductCopied(Event):
    product: int


@value
class ProductsMerged(Event):
    """A copy and a native product became one; ``retired`` answers no more under its TikTok Shop id."""

    survivor: int
    retired: int


@value
class ShopMirrored(Event):
    """What a TikTok Shop shop sells is in the Tokopedia app too from now on."""

    shop: int


@value
class ShopOpened(Event):
    """A Tokopedia shop closed, or opened again."""

    shop: int
    is_open: bool


@value
class GrantGiven(Event):
    app: int


@value
class GrantExpiring(Event):
    """An authorisation ends at ``expires`` (wire time), in that many days."""

    app: int
    expires: int
    days: int


@value
class GrantWithdrawn(Event):
    app: int
