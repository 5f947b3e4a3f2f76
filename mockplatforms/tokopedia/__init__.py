"""The Tokopedia Open API as a seller's integration meets it: one façade over the world."""

from .facade import FACADE
from .webhooks import WEBHOOK_ADDRESSES

__all__ = ["FACADE", "WEBHOOK_ADDRESSES"]
