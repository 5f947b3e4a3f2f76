"""Fulfilment that is documented for other countries: there, and refused to a shop in Indonesia in words that help."""

from __future__ import annotations

from typing import Any

from ..domain.phases import Family
from ..gateway.call import Call
from .catalog import serves
from .words import refuse

# Row of facts → the code with which it refuses, and where it is for and what does it here. The codes are those of the pages' own lists
# where these have one that fits; that they are what an Indonesian shop would get is inferred.
ELSEWHERE: dict[str, tuple[int, str]] = {
    "mark-package-as-shipped-202309": (21008106, "the USA, the United Kingdom, Japan and the EU: ship the order's package with Ship Package"),
    "create-packages-202309": (21008106, "the USA: in Indonesia an order has its package from payment on, and Split Orders makes several of it"),
    "get-eligible-shipping-service-202309": (21011037, "the USA: in Indonesia the buyer chooses the delivery option, Get Order Detail tells it"),
    "tts-tracking-validation-202508": (21008106, "the USA: shipping_type of an order tells whether the platform's courier takes it"),
    "upload-invoice-202502": (21008106, "Brazil: orders in Indonesia are shipped without an invoice"),
}


def _declare(row: str, code: int, words: str) -> None:
    @serves(row, family=Family.FULFILMENT, effect="read")
    def elsewhere(call: Call) -> Any:
        raise refuse(code, f"this is for shops in {words}", rule="elsewhere")


for _row, (_code, _words) in ELSEWHERE.items():
    _declare(_row, _code, _words)
