"""What Tokopedia says when it refuses: its codes with their texts and statuses, and one row per class of the world's refusals."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from ..domain import errors
from ..domain.errors import Refused
from ..gateway.call import Call
from ..gateway.refusal import Refusal

# Refusal of the world → (error code, status where it is not the code's usual one). The codes are documented, which class has which is inferred.
WORDS: dict[type[Refused], tuple[str, int | None]] = {
    errors.Refused: ("ORD_API_006", 400),
    errors.Unknown: ("ORD_API_008", 400),
    errors.ShopUnknown: ("RBAC_MDLW_001", None),
    errors.ProductUnknown: ("PRD_GRPC_001", 400),
    errors.SkuUnknown: ("PRD_GRPC_001", 400),
    errors.OrderUnknown: ("ORD_API_008", 400),
    errors.WarehouseUnknown: ("RBAC_MDLW_001", None),
    errors.CategoryUnknown: ("VRT_USC_002", None),
    errors.BundleUnknown: ("PRD_USC_029", None),
    errors.Forbidden: ("RBAC_MDLW_002", None),
    errors.Conflict: ("ORD_USC_020", None),
    errors.OrderState: ("ORD_USC_020", None),
    errors.ProductState: ("PRD_USC_028", None),
    errors.TooLittleStock: ("PRD_DLV_040", None),
    errors.Invalid: ("PRD_DLV_043", None),
}


@cache
def codes() -> dict[str, tuple[int, str]]:
    """Every documented error code with its status (inferred from its layer) and its text."""
    return {code: (status, text) for code, (status, text) in orjson.loads((Path(__file__).parent / "codes.json").read_bytes()).items()}


def words(call: Call, refused: Refused) -> Refusal:
    """The platform's refusal for one of the world's."""
    for kind in type(refused).__mro__:
        if kind in WORDS:
            code, status = WORDS[kind]
            return refuse(code, str(refused), status=status)
    raise AssertionError(refused)  # Refused itself has a row


def refuse(
    code: int | str, why: str, *values: object, reason: str = "", status: int | None = None, rule: str = "", form: str = "", data: Any = None
) -> Refusal:
    """A refusal with one of the platform's codes; ``why`` stands in the journal.

    Text and status follow from the code: ``values`` fill the gaps of the text; ``reason`` and ``status`` go before, and must be given for what is
    no code of the table.
    """
    usual, text = codes().get(str(code), (400, ""))
    said = reason or filled(text, values)
    return Refusal(code, said, status=usual if status is None else status, words=why or said, rule=rule, form=form, data=data)


_GAP = re.compile(r"%[dsv]")


def filled(text: str, values: tuple[object, ...]) -> str:
    rest = iter(values)
    return _GAP.sub(lambda gap: str(next(rest, "")), text)
