"""What can happen in the world, one value each, in the past tense. Every event carries both instants and the seller it concerns."""

from __future__ import annotations

from dataclasses import dataclass

from .instants import Instant
from .phases import Phase, Platform


@dataclass(frozen=True, slots=True)
class Event:
    seller: int
    at: Instant


# ---- orders -----------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    order: int


@dataclass(frozen=True, slots=True)
class OrderPaid(Event):
    order: int


@dataclass(frozen=True, slots=True)
class OrderMoved(Event):
    """An order went from one status to the next."""

    order: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class OrderCancelled(Event):
    order: int
    by: str
    reason: str
    before: str


@dataclass(frozen=True, slots=True)
class CancellationRequested(Event):
    order: int
    reason: str


@dataclass(frozen=True, slots=True)
class CancellationSettled(Event):
    """A buyer's request to cancel was accepted, rejected or withdrawn (``outcome``)."""

    order: int
    outcome: str


@dataclass(frozen=True, slots=True)
class AddressChanged(Event):
    order: int


@dataclass(frozen=True, slots=True)
class PackageChanged(Event):
    package: int
    orders: tuple[int, ...]
    change: str


# ---- products ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProductCreated(Event):
    product: int
    platform: Platform


@dataclass(frozen=True, slots=True)
class ProductEdited(Event):
    product: int
    platform: Platform
    fields: tuple[str, ...]
    through: str  # seller_center or open_api


@dataclass(frozen=True, slots=True)
class ProductStatusChanged(Event):
    product: int
    platform: Platform
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ProductAudited(Event):
    """A platform's review of a product began (AUDITING) or ended; ``first``: it had never passed one before."""

    product: int
    platform: Platform
    audit: str
    first: bool = False


@dataclass(frozen=True, slots=True)
class PriceChanged(Event):
    product: int
    sku: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class StockChanged(Event):
    """Available units of one SKU in one warehouse changed; ``cause``: overwrite, increment, decrement, order, order_cancelled, merge."""

    product: int
    sku: int
    warehouse: int
    before: int
    after: int
    cause: str


@dataclass(frozen=True, slots=True)
class UploadFinished(Event):
    """A Tokopedia V2 batch of products was worked off."""

    upload: int
    kind: str  # create or edit
    products: tuple[int, ...]


# ---- chats ------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConversationOpened(Event):
    conversation: int


@dataclass(frozen=True, slots=True)
class MessageSent(Event):
    conversation: int
    message: int


# ---- migration and access ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhaseChanged(Event):
    before: Phase
    after: Phase


@dataclass(frozen=True, slots=True)
class ShopsMerged(Event):
    """The merge of a pair of shops is done: the one event that the merge webhook tells."""

    tokopedia_shop: int
    tiktok_shop: int


@dataclass(frozen=True, slots=True)
class ProductCopied(Event):
    product: int


@dataclass(frozen=True, slots=True)
class ProductsMerged(Event):
    """A copy and a native product became one; ``retired`` answers no more under its TikTok Shop id."""

    survivor: int
    retired: int


@dataclass(frozen=True, slots=True)
class GrantGiven(Event):
    app: int


@dataclass(frozen=True, slots=True)
class GrantWithdrawn(Event):
    app: int
