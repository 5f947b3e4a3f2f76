"""What TikTok Shop says when the world refuses: one row per class of refusal."""

from __future__ import annotations

from typing import Any

from ..domain import errors
from ..domain.errors import Refused
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from . import rows

# Refusal of the world → code. The nearest class in the tree decides. Codes are documented ones; which of them the platform picks is inferred
# where its pages list several that would fit.
CODES: dict[type[Refused], int] = {
    errors.Refused: rows.INTERNAL,
    errors.Unknown: 21001001,
    errors.ShopUnknown: 10006402,
    errors.ProductUnknown: 12052032,
    errors.SkuUnknown: 12052556,
    errors.OrderUnknown: 21008111,
    errors.ReturnUnknown: 25007006,
    errors.PackageUnknown: 21011028,
    errors.ConversationUnknown: 45101003,
    errors.WarehouseUnknown: 12052097,
    errors.CategoryUnknown: 12052023,
    errors.Forbidden: 10006402,
    errors.Locked: 12052332,
    errors.Conflict: 21011003,
    errors.OrderState: 21011041,
    errors.ReturnState: 25001003,
    errors.PackageState: 21008099,
    errors.ProductState: 12052901,
    errors.ConversationState: 45109001,
    errors.ListingRefused: 12052901,
    errors.TooLittleStock: 12052037,
    errors.Invalid: 21001001,
}


def code_of(refused: Refused) -> int:
    for kind in type(refused).__mro__:
        if kind in CODES:
            return CODES[kind]
    return rows.INTERNAL


def words(call: Call, refused: Refused) -> Refusal:
    """The platform's refusal for one of the world's."""
    return refuse(code_of(refused), str(refused))


def refuse(code: int, why: str, *, data: Any = None, rule: str = "", message: str = "") -> Refusal:
    """A refusal with a code of the platform's: its own message on the wire, ``why`` in the journal."""
    return Refusal(code, message or rows.message(code), status=rows.status(code), words=why, data=data, rule=rule)


def at_gateway(name: str, why: str, *, detail: Any = None, **fill: str) -> Refusal:
    """A refusal by the platform's gateway, before any service is asked (``invalid_sign``, ``missing_cipher`` …)."""
    said = rows.gateway(name)
    message = said.message.format(**fill) if fill else said.message
    rule = "tiktok_statuses" if said.status_mark == "inferred" else ""
    return Refusal(said.code, message, status=said.status, words=why, rule=rule, detail=detail, name=name)
