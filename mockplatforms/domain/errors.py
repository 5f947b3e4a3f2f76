"""Everything that the world can refuse, one class each.

Refused
├── Unknown          ShopUnknown · ProductUnknown · SkuUnknown · OrderUnknown · PackageUnknown · ConversationUnknown · WarehouseUnknown
│                    BuyerUnknown · SellerUnknown · CategoryUnknown · DeliveryUnknown · EtalaseUnknown · PromotionUnknown · BundleUnknown
│                    QuestionUnknown · ReturnUnknown
├── Forbidden        NotYours · Locked · MoveRefused · PreconditionsUnmet · NoAttemptsLeft
├── Conflict         OrderState · ReturnState · PackageState · ProductState · ConversationState · ListingRefused · Repeated · Ambiguous · NotSold · TooLittleStock
└── Invalid          a value that cannot be: price, stock, text, reference
"""

from __future__ import annotations


class Refused(Exception):
    """The world says no; nothing has changed. The text says what was asked, what is so and what would work."""


class Unknown(Refused):
    """No such thing in this world (or not for this seller)."""


class ShopUnknown(Unknown): ...


class ProductUnknown(Unknown): ...


class SkuUnknown(Unknown): ...


class OrderUnknown(Unknown): ...


class PackageUnknown(Unknown): ...


class ConversationUnknown(Unknown): ...


class WarehouseUnknown(Unknown): ...


class BuyerUnknown(Unknown): ...


class SellerUnknown(Unknown): ...


class CategoryUnknown(Unknown): ...


class DeliveryUnknown(Unknown): ...


class EtalaseUnknown(Unknown): ...


class PromotionUnknown(Unknown): ...


class BundleUnknown(Unknown): ...


class QuestionUnknown(Unknown): ...


class ReturnUnknown(Unknown): ...


class Forbidden(Refused):
    """The thing exists; this act is not allowed."""


class NotYours(Forbidden): ...


class Locked(Forbidden):
    """The migration has closed this door."""


class MoveRefused(Forbidden):
    """A phase does not let itself be left this way."""


class PreconditionsUnmet(Forbidden):
    """Linking needs all nine preconditions; ``unmet`` names those that do not hold, each with what to do."""

    def __init__(self, unmet: tuple[tuple[str, str], ...]) -> None:
        super().__init__("the shops cannot be linked yet: " + "; ".join(f"{name}: {detail}" for name, detail in unmet))
        self.unmet = unmet


class NoAttemptsLeft(Forbidden): ...


class Conflict(Refused):
    """The act does not fit the state of the thing."""


class OrderState(Conflict): ...


class ReturnState(Conflict):
    """A refund or return is not in a state that allows it."""


class PackageState(Conflict): ...


class ProductState(Conflict): ...


class ConversationState(Conflict): ...


class ListingRefused(Conflict):
    """A product cannot be listed on that platform."""


class Repeated(Conflict):
    """The same request was made before."""


class Ambiguous(Conflict):
    """More than one thing fits; ``candidates`` names them."""

    def __init__(self, text: str, candidates: tuple[int, ...] = ()) -> None:
        super().__init__(text)
        self.candidates = candidates


class NotSold(Ambiguous):
    """That app's storefront does not sell it at this moment."""


class TooLittleStock(Ambiguous):
    """Fewer units are left than were asked for."""


class Invalid(Refused):
    """A value that cannot be; ``field`` names it."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field
