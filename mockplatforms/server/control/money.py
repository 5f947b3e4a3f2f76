"""What TikTok Shop owes a seller and has paid: balance, money on its way, adjusting it and drawing it."""

from __future__ import annotations

from typing import Any

from ...domain import settlements
from ...domain.settlements import PURSES, STATEMENTS, Purse, Statement, Sum
from ...domain.shops import Seller
from ...domain.table import TOP
from ...domain.world import World
from . import naming
from .routes import SELLER, Ask, Json, Route


def described(world: World, seller: Seller) -> Json:
    """A seller's money in whole rupiah; ``on_the_way``: statements that are not paid yet."""
    waiting: list[Statement] = world.shelf(STATEMENTS).page("by_paid", (seller.serial, False), (seller.serial, False, TOP))
    return {
        "seller": seller.key,
        "balance": settlements.balance(world, seller.serial),
        "on_the_way": sum(row.sum.settlement for row in waiting),
        "unsettled": _parts((world.get(PURSES, seller.serial) or Purse(seller.serial)).sum),
    }


def _parts(made: Sum) -> Json:
    return {"revenue": made.revenue, "fees": made.fees, "adjustment": made.adjustment, "settlement": made.settlement}


async def show(ask: Ask) -> Any:
    return described(ask.world, ask.seller)


# Types of an adjustment that an Indonesian seller may see (documented).
KINDS = (
    "CUSTOMER_SERVICE_COMPENSATION",
    "DEDUCTIONS_INCURRED_BY_SELLER",
    "GMV_PAYMENT_FOR_ADS",
    "PLATFORM_COMMISSION_ADJUSTMENT",
    "PLATFORM_COMMISSION_COMPENSATION",
    "PLATFORM_PENALTY",
    "PROMOTION_ADJUSTMENT",
    "REBATE",
    "PLATFORM_COMPENSATION",
    "PLATFORM_REIMBURSEMENT",
    "LOGISTICS_REIMBURSEMENT",
    "SHIPPING_FEE_ADJUSTMENT",
    "SHIPPING_FEE_COMPENSATION",
    "SHIPPING_FEE_REBATE",
    "OTHER_ADJUSTMENT",
)


async def adjust(ask: Ask) -> Any:
    """The platform gives or takes money beside what was sold."""
    body, seller = ask.body, ask.seller
    order = naming.order(ask.world, body["order"]) if body.get("order") else None
    about = {} if order is None else {"order": order.serial, "created": order.created.wire}
    ask.apply(settlements.adjust, seller.serial, body.get("kind", "OTHER_ADJUSTMENT"), body["amount"], **about)
    return 201, described(ask.world, seller)


async def withdraw(ask: Ask) -> Any:
    """The seller draws from the balance to the bank; no amount: all of it."""
    seller = ask.seller
    ask.apply(settlements.withdraw, seller.serial, ask.body.get("amount"))
    return 201, described(ask.world, seller)


_ANSWER: Json = {"seller": "toko", "balance": 81450, "on_the_way": 60635, "unsettled": {"revenue": 67000, "fees": -6365, "adjustment": 0, "settlement": 60635}}

ROUTES: tuple[Route, ...] = (
    Route("GET", "/workspaces/{id}/money", show, "What TikTok Shop owes a seller and has paid", query=SELLER, answer=_ANSWER),
    Route(
        "POST",
        "/workspaces/{id}/money/adjust",
        adjust,
        "The platform gives or takes money beside what was sold",
        body={
            **SELLER,
            "amount": {"t": "int", "req": True, "range": [-(10**12), 10**12], "help": "whole rupiah; below 0: it is taken"},
            "kind": {"t": "str", "enum": list(KINDS), "help": "OTHER_ADJUSTMENT when absent"},
            "order": {"t": "str", "help": "key or id of a TikTok Shop order that it is about"},
        },
        example={"amount": -5000, "kind": "PLATFORM_PENALTY"},
        answer=_ANSWER,
        status=201,
    ),
    Route(
        "POST",
        "/workspaces/{id}/money/withdraw",
        withdraw,
        "The seller draws money to the bank",
        body={**SELLER, "amount": {"t": "int", "range": [1, 10**12], "help": "whole rupiah; absent: all there is"}},
        example={},
        answer={**_ANSWER, "balance": 0},
        status=201,
    ),
)
