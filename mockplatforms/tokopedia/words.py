"""What Tokopedia says when the world refuses: one row per class of refusal."""

from __future__ import annotations

from typing import Any

from ..domain import errors
from ..domain.errors import Refused
from ..gateway.call import Call
from ..gateway.refusal import Refusal

# Refusal of the world → (error code, reason, HTTP status). Codes are documented ones, their choice for each class is inferred.
WORDS: dict[type[Refused], tuple[str, str, int]] = {
    errors.Refused: ("PRD_API_007", "Failed to process the request", 500),
    errors.Unknown: ("ORD_API_008", "Data Not Found", 400),
    errors.ShopUnknown: ("RBAC_MDLW_001", "fs_id Is Not Associated With Shop ID or Warehouse ID", 403),
    errors.ProductUnknown: ("PRD_GRPC_001", "Product Not Found", 400),
    errors.SkuUnknown: ("PRD_GRPC_001", "Product Not Found", 400),
    errors.OrderUnknown: ("ORD_API_008", "Data Not Found", 400),
    errors.ConversationUnknown: ("CHAT_USC_001", "Your request format or parameters have some problem.", 400),
    errors.WarehouseUnknown: ("RBAC_MDLW_001", "fs_id Is Not Associated With Shop ID or Warehouse ID", 403),
    errors.CategoryUnknown: ("PRD_DLV_038", "Category Not Found", 400),
    errors.Forbidden: ("RBAC_MDLW_002", "This App Has No Permission For This API", 403),
    errors.Conflict: ("ORD_USC_003", "Order Status Is Not Valid For This Action", 400),
    errors.OrderState: ("ORD_USC_003", "Order Status Is Not Valid For This Action", 400),
    errors.ProductState: ("PRD_USC_008", "Product Status Is Not Valid For This Action", 400),
    errors.TooLittleStock: ("PRD_USC_027", "Stock Is Not Enough", 400),
    errors.Invalid: ("PRD_DLV_016", "Invalid Request Body", 400),
}


def words(call: Call, refused: Refused) -> Refusal:
    """The platform's refusal for one of the world's."""
    for kind in type(refused).__mro__:
        if kind in WORDS:
            code, reason, status = WORDS[kind]
            return refuse(code, reason, str(refused), status=status)
    raise AssertionError(refused)  # Refused itself has a row


def refuse(code: Any, reason: str, why: str = "", *, status: int = 400, rule: str = "", form: str = "") -> Refusal:
    """A refusal with a code and reason of the platform's; ``why`` stands in the journal."""
    return Refusal(code, reason, status=status, words=why or reason, rule=rule, form=form)
