"""For tests of integrations: workspaces, shops that speak the seller's words, and clients that sign as real ones do."""

from .asynchronous import AsyncShop
from .clients import TikTokShop, Tokopedia
from .hosts import Local, NotPossible, Served
from .receivers import Webhook
from .rehearsal import rehearse
from .shop import Order, Shop
from .trouble import NoAnswer
from .workspaces import local, opened, play, serve, shop

__all__ = [
    "AsyncShop", "Local", "NoAnswer", "NotPossible", "Order", "Served", "Shop", "TikTokShop", "Tokopedia", "Webhook", "local", "opened", "play",
    "rehearse", "serve", "shop",
]  # fmt: skip
