"""The four phases of a migration: which act leads where, and what each phase lets each platform do."""

from __future__ import annotations

from enum import StrEnum


class Platform(StrEnum):
    TOKOPEDIA = "tokopedia"
    TIKTOK_SHOP = "tiktok_shop"


class Phase(StrEnum):
    PRE_MERGE = "PRE_MERGE"
    MERGING = "MERGING"
    MERGED = "MERGED"
    PRODUCT_MERGED = "PRODUCT_MERGED"


class Act(StrEnum):
    """What somebody (or time) may do to a pair of shops."""

    LINK = "link"
    COMPLETE = "complete"
    FAIL = "fail"
    CONFIRM_PRODUCT_MERGE = "confirm_product_merge"
    UNLINK = "unlink"


P0, P1, P2, P3 = Phase

# Every pair (phase, act) is answered: the phase it leads to, or the words of the refusal.
MOVES: dict[tuple[Phase, Act], Phase | str] = {
    (P0, Act.LINK): P1,
    (P0, Act.COMPLETE): "these shops are not linked yet: link them first",
    (P0, Act.FAIL): "these shops are not linked yet: there is no merge that could fail",
    (P0, Act.CONFIRM_PRODUCT_MERGE): "there is nothing to merge yet: link the shops and wait for the merge",
    (P0, Act.UNLINK): "these shops are not linked",
    (P1, Act.LINK): "these shops are already being merged: wait for the merge webhook, do not link again",
    (P1, Act.COMPLETE): P2,
    (P1, Act.FAIL): P0,
    (P1, Act.CONFIRM_PRODUCT_MERGE): "the shops are still merging: product merge can be confirmed after the merge webhook",
    (P1, Act.UNLINK): "integration is irreversible: there is no unlinking, not even while it runs",
    (P2, Act.LINK): "these shops are merged already: integration is irreversible and cannot be done twice",
    (P2, Act.COMPLETE): "these shops are merged already",
    (P2, Act.FAIL): "these shops are merged already: a finished merge cannot fail any more",
    (P2, Act.CONFIRM_PRODUCT_MERGE): P3,
    (P2, Act.UNLINK): "integration is irreversible: there is no unlinking",
    (P3, Act.LINK): "these shops are merged already: integration is irreversible and cannot be done twice",
    (P3, Act.COMPLETE): "these shops are merged already",
    (P3, Act.FAIL): "these shops are merged already: a finished merge cannot fail any more",
    (P3, Act.CONFIRM_PRODUCT_MERGE): "product merge was confirmed already",
    (P3, Act.UNLINK): "integration is irreversible: there is no unlinking",
}


class Access(StrEnum):
    """What a phase gives to a family of calls."""

    OPEN = "open"
    DRAIN = "drain"  # history and what is under way can be read and finished; nothing new appears
    LOCKED = "locked"  # refused while the shops are being merged
    CLOSED = "closed"  # refused for good on this platform
    C1 = "c1"  # conflict C1: price and stock between merge and product merge; settled by the rule ``modify_after_merge``


class Family(StrEnum):
    """Calls that stand or fall together."""

    TOKEN = "token"
    SHOP = "shop"
    CATALOGUE = "catalogue"
    PRODUCT_READ = "product_read"
    PRODUCT_WRITE = "product_write"
    PRICE_STOCK = "price_stock"
    ORDER_READ = "order_read"
    FULFILMENT = "fulfilment"
    COMBINE = "combine"
    AFTERSALE = "aftersale"
    CHAT_READ = "chat_read"
    CHAT_WRITE = "chat_write"
    LOGISTICS_READ = "logistics_read"
    LOGISTICS_WRITE = "logistics_write"
    SHOP_WRITE = "shop_write"
    PROMOTION = "promotion"
    FINANCE = "finance"
    WEBHOOK = "webhook"


_OPEN = (Access.OPEN,) * 4
_T, _S = Platform.TOKOPEDIA, Platform.TIKTOK_SHOP

# One row per platform and family, one cell per phase in the order PRE_MERGE, MERGING, MERGED, PRODUCT_MERGED.
# Sources: rehearsal guide, integration one-pager, seller university; (i) marks a cell that is inferred.
MATRIX: dict[tuple[Platform, Family], tuple[Access, Access, Access, Access]] = {
    (_T, Family.TOKEN): _OPEN,
    (_T, Family.SHOP): _OPEN,
    (_T, Family.CATALOGUE): _OPEN,
    (_T, Family.PRODUCT_READ): _OPEN,
    (_T, Family.PRODUCT_WRITE): (Access.OPEN, Access.LOCKED, Access.CLOSED, Access.CLOSED),
    (_T, Family.PRICE_STOCK): (Access.OPEN, Access.OPEN, Access.C1, Access.CLOSED),  # (i) in the last phase
    (_T, Family.ORDER_READ): (Access.OPEN, Access.OPEN, Access.DRAIN, Access.DRAIN),
    (_T, Family.FULFILMENT): (Access.OPEN, Access.OPEN, Access.DRAIN, Access.DRAIN),  # (i) after the merge
    (_T, Family.AFTERSALE): (Access.OPEN, Access.OPEN, Access.DRAIN, Access.DRAIN),
    (_T, Family.CHAT_READ): (Access.OPEN, Access.OPEN, Access.DRAIN, Access.DRAIN),
    (_T, Family.CHAT_WRITE): (Access.OPEN, Access.OPEN, Access.DRAIN, Access.DRAIN),  # (i)
    (_T, Family.LOGISTICS_READ): _OPEN,
    (_T, Family.LOGISTICS_WRITE): (Access.OPEN, Access.OPEN, Access.CLOSED, Access.CLOSED),  # (i)
    (_T, Family.SHOP_WRITE): (Access.OPEN, Access.OPEN, Access.CLOSED, Access.CLOSED),  # (i)
    (_T, Family.PROMOTION): (Access.OPEN, Access.LOCKED, Access.CLOSED, Access.CLOSED),  # (i)
    (_T, Family.FINANCE): (Access.OPEN, Access.OPEN, Access.DRAIN, Access.DRAIN),
    (_T, Family.WEBHOOK): _OPEN,
    (_S, Family.TOKEN): _OPEN,
    (_S, Family.SHOP): _OPEN,
    (_S, Family.CATALOGUE): _OPEN,
    (_S, Family.PRODUCT_READ): _OPEN,
    (_S, Family.PRODUCT_WRITE): (Access.OPEN, Access.LOCKED, Access.LOCKED, Access.OPEN),
    (_S, Family.PRICE_STOCK): (Access.OPEN, Access.OPEN, Access.C1, Access.OPEN),
    (_S, Family.ORDER_READ): _OPEN,
    (_S, Family.FULFILMENT): _OPEN,
    (_S, Family.COMBINE): _OPEN,
    (_S, Family.AFTERSALE): _OPEN,
    (_S, Family.CHAT_READ): _OPEN,
    (_S, Family.CHAT_WRITE): _OPEN,
    (_S, Family.LOGISTICS_READ): _OPEN,
    (_S, Family.LOGISTICS_WRITE): _OPEN,
    (_S, Family.PROMOTION): _OPEN,
    (_S, Family.FINANCE): _OPEN,
    (_S, Family.WEBHOOK): _OPEN,
}

_ORDINAL = {phase: n for n, phase in enumerate(Phase)}


def access(platform: Platform, family: Family, phase: Phase) -> Access:
    """What this phase gives to this family of calls on this platform."""
    return MATRIX[platform, family][_ORDINAL[phase]]
