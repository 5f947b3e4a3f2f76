"""What the bodies of Tokopedia's writes look like: the fields that the platform judges, and the list in whose rows they stand."""

from __future__ import annotations

from collections.abc import Mapping

from ..domain import products
from ..gateway.fields import Spec

_PRICE: Spec = {"t": "int", "req": True, "range": [products.LOWEST_PRICE, products.HIGHEST_PRICE]}
_UNITS: Spec = {"t": "int", "req": True, "range": [0, 10_000_000]}
_PRODUCT: Spec = {"t": "int", "req": True, "help": "a product's id, or a variant's"}

# Endpoint → fields, and the name of the list of rows (empty: the body is the object itself).
BODIES: Mapping[str, tuple[Mapping[str, Spec], str]] = {
    "updatePrice": ({"product_id": _PRODUCT, "new_price": _PRICE}, "products"),
    "updateStockOverwrite": ({"product_id": _PRODUCT, "new_stock": _UNITS}, "products"),
    "updateStockIncrement": ({"product_id": _PRODUCT, "stock_value": _UNITS}, "products"),
    "updateStockDecrement": ({"product_id": _PRODUCT, "stock_value": _UNITS}, "products"),
    "createProductV3": (
        {
            "name": {"t": "str", "req": True, "len": [1, 70]},
            "category_id": {"t": "int", "req": True},
            "price": _PRICE,
            "price_currency": {"t": "str", "enum": ["IDR", "USD"]},
            "status": {"t": "str", "enum": ["LIMITED", "UNLIMITED", "EMPTY"]},
            "condition": {"t": "str", "enum": ["NEW", "USED"]},
            "weight": {"t": "int", "range": [1, 500_000]},
            "weight_unit": {"t": "str", "enum": ["GR", "KG"]},
            "min_order": {"t": "int", "range": [1, 10_000]},
        },
        "products",
    ),
    "requestPickup": ({"order_id": {"t": "int", "req": True}}, ""),
}
