"""For tests of integrations: a simulator in the same process, and clients that sign as real ones do."""

from .clients import TikTokShop, Tokopedia
from .rehearsal import rehearse

__all__ = ["TikTokShop", "Tokopedia", "rehearse"]
