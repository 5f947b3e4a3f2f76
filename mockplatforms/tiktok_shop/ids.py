"""Wire ids of TikTok Shop: strings of digits, one formula per kind of thing."""

from __future__ import annotations

from collections.abc import Callable

from ..domain.world import World
from ..gateway.ids import Kind, Minted, minted

_STRIDE = 4_000_037

# Where each kind begins follows the samples: orders 57…, products and SKUs 1729…, packages 115…, the rest 7… (inferred from samples).
_PRODUCT = Kind("tts.product", 1_729_000_000_000_000_000, _STRIDE)
_SKU = Kind("tts.sku", 1_730_000_000_000_000_000, _STRIDE)
_ORDER = Kind("tts.order", 576_000_000_000_000_000, _STRIDE)
_LINE = Kind("tts.line", 577_000_000_000_000_000, _STRIDE)
_PACKAGE = Kind("tts.package", 1_152_000_000_000_000_000, _STRIDE)
_SHOP = Kind("tts.shop", 7_494_000_000_000_000_000, _STRIDE, lasting=True)
_WAREHOUSE = Kind("tts.warehouse", 7_312_000_000_000_000_000, _STRIDE, lasting=True)
_USER = Kind("tts.user", 7_494_500_000_000_000_000, _STRIDE, lasting=True)
_CONVERSATION = Kind("tts.conversation", 7_494_560_000_000_000_000, _STRIDE)
_MESSAGE = Kind("tts.message", 7_495_000_000_000_000_000, _STRIDE)
_SESSION = Kind("tts.session", 7_495_500_000_000_000_000, _STRIDE)
_PROVIDER = Kind("tts.provider", 6_841_700_000_000_000_000, _STRIDE, lasting=True)
_OPTION = Kind("tts.delivery_option", 7_091_000_000_000_000_000, _STRIDE, lasting=True)
_CANCELLATION = Kind("tts.cancellation", 4_035_000_000_000_000_000, _STRIDE)
_REQUEST = Kind("tts.return", 4_037_000_000_000_000_000, _STRIDE)
_AFTERSALES = Kind("tts.aftersales_request", 4_038_000_000_000_000_000, _STRIDE)
_RMA = Kind("tts.rma", 4_039_000_000_000_000_000, _STRIDE)
_RETURN_PACKAGE = Kind("tts.return_package", 1_153_000_000_000_000_000, _STRIDE)
_STATEMENT = Kind("tts.statement", 7_238_000_000_000_000_000, _STRIDE)
_PAYMENT = Kind("tts.payment", 3_459_000_000_000_000_000, _STRIDE)
_TRANSACTION = Kind("tts.transaction", 1_636_000_000_000_000_000, _STRIDE)
_WITHDRAWAL = Kind("tts.withdrawal", 7_239_000_000_000_000_000, _STRIDE)
_PROOF = Kind("tts.proof", 7_240_000_000_000_000_000, _STRIDE)
_NOTIFICATION = Kind("tts.notification", 7_327_000_000_000_000_000, _STRIDE)


def _of(kind: Kind) -> Callable[[World], Minted]:
    def ids(world: World) -> Minted:
        return minted(kind, world.seed, world.epoch)

    return ids


product = _of(_PRODUCT)
sku = _of(_SKU)
order = _of(_ORDER)
line = _of(_LINE)
package = _of(_PACKAGE)
shop = _of(_SHOP)
warehouse = _of(_WAREHOUSE)
user = _of(_USER)
conversation = _of(_CONVERSATION)
message = _of(_MESSAGE)
session = _of(_SESSION)
provider = _of(_PROVIDER)
delivery_option = _of(_OPTION)
cancellation = _of(_CANCELLATION)
request = _of(_REQUEST)
aftersales = _of(_AFTERSALES)
rma = _of(_RMA)
return_package = _of(_RETURN_PACKAGE)
statement = _of(_STATEMENT)
payment = _of(_PAYMENT)
transaction = _of(_TRANSACTION)
withdrawal = _of(_WITHDRAWAL)
proof = _of(_PROOF)
notification = _of(_NOTIFICATION)


def open_id(seller: int) -> str:
    """Who a seller is to the app: a name of its own, not the shop's id."""
    return f"7010736057180325{seller:016x}"


def text(ids: Minted, serial: int) -> str:
    """The id as clients see it."""
    return str(ids.wire(serial))
