"""Prices and stock of products: changed at once, without review, and looked up."""

from __future__ import annotations

from typing import Any

from ..domain import products
from ..domain.errors import ProductState
from ..domain.phases import Family, Platform
from ..domain.products import PRODUCTS, Listing, Product, Sku
from ..domain.shops import WAREHOUSES
from ..domain.world import World
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from . import ids, product_view, rows, variants
from .catalog import serves
from .products import of_sku, own, refused
from .words import refuse

_CHECK_FAILED = 12052990


def _on_sale(call: Call, world: World) -> Product:
    """The product of the path; its price and stock can be changed while it is on sale somewhere (documented: it must be ACTIVATE)."""
    product = own(call, world, call.params["product_id"])
    if Listing.ACTIVATE not in (product.tiktok_shop, product.tokopedia):
        raise ProductState(f"the product is {product_view.status(product)}: price and stock change while it is {Listing.ACTIVATE}")
    return product


def _once(given: list[dict[str, Any]]) -> None:
    names = [row["id"] for row in given]
    if len(set(names)) < len(names):
        raise refuse(12052553, "a SKU id stands twice")


def _sku(world: World, product: Product, text: str, code: int) -> Sku:
    serial = ids.sku(world).read(text)
    for sku in product.skus:
        if sku.serial == serial:
            return sku
    raise refuse(code, f"SKU {text} is none of this product's")


@serves("update-price-202309", family=Family.PRICE_STOCK, effect="write")
def update_price(call: Call) -> dict[str, Any]:
    """New prices for some SKUs of a product: all of them, or none."""

    def change(world: World) -> World:
        product = _on_sale(call, world)
        if product.is_on_campaign:
            raise refuse(12052038, "the product is in a promotion that is running: its price is locked")
        for row in call.body["skus"]:
            sku = _sku(world, product, row["id"], 12052557)
            world = products.set_price(world, product.serial, sku.serial, variants.amount(row["price"], malformed=12052012))
        return world

    _once(call.body["skus"])
    call.apply(change)
    return {}


@serves("update-inventory-202309", family=Family.PRICE_STOCK, effect="write")
def update_inventory(call: Call) -> dict[str, Any]:
    """How many of each SKU are free to sell per warehouse; SKUs that were refused are named, with every cause."""
    given = call.body["skus"]
    _once(given)
    product = _on_sale(call, call.world)

    def change(world: World, row: dict[str, Any]) -> World:
        sku = _sku(world, product, row["id"], 12052556)
        for place, quantity in _quantities(call, world, sku, row["inventory"]).items():
            if product.is_on_campaign and quantity < products.held(sku, place).available:
                raise refuse(12052393, f"the product is in a promotion that is running: its stock of {products.held(sku, place).available} cannot sink to {quantity}")
            world = products.set_stock(world, product.serial, sku.serial, place, quantity)
        return products.set_lead(world, product.serial, sku.serial, variants.lead(call, world, row["inventory"]))

    errors: list[dict[str, Any]] = []
    for row, no in zip(given, call.each(given, change), strict=True):
        if no is not None:
            told = refused(call, no)
            causes = told.data or [{"code": told.code, "message": told.message}]
            errors.append({"code": _CHECK_FAILED, "message": rows.message(_CHECK_FAILED), "detail": {"sku_id": row["id"], "extra_errors": causes}})
    return {"errors": errors}


def _quantities(call: Call, world: World, sku: Sku, given: list[dict[str, Any]]) -> dict[int, int]:
    """Warehouse → units, as listed. A SKU in several warehouses wants all of them listed (documented)."""
    places = [held.warehouse for held in sku.stock if (row := world.get(WAREHOUSES, held.warehouse)) is None or row.kind == "sales"]
    asked: dict[int, int] = {}
    causes: list[dict[str, Any]] = []
    why = []
    for one in given:
        text = one.get("warehouse_id")
        try:
            place = places[0] if not text and len(places) == 1 else variants.warehouse(call, world, text)
            if place in asked:
                raise refuse(12019022, f"warehouse {text} stands twice")
            if one["quantity"] == 0 and world.rules.zero_stock == "refuse":
                raise refuse(12052055, f"quantity for warehouse {text} is 0: from 1 to 99999 are possible", rule="zero_stock")
            if place not in places and world.rules.sku_warehouses == "fixed":
                raise refuse(12052533, f"the SKU does not lie in warehouse {text}: its warehouses are fixed", rule="sku_warehouses")
            asked[place] = one["quantity"]
        except Refusal as no:
            causes.append({"warehouse_id": text or "", "code": no.code, "message": no.message})
            why.append(no.words)
    if causes:
        raise refuse(causes[0]["code"], "; ".join(why), data=causes, message=causes[0]["message"])
    if len(places) > 1 and not set(places) <= set(asked):
        raise refuse(12019028, f"the SKU lies in {len(places)} warehouses: list every one with its quantity")
    return asked


@serves("inventory-search-202309", family=Family.PRODUCT_READ)
def inventory_search(call: Call) -> dict[str, Any]:
    """Stock by product ids or by SKU ids; ids that are none of this shop's are left out."""
    world, body = call.world, call.body
    by_product, by_sku = body.get("product_ids") or [], body.get("sku_ids") or []
    if bool(by_product) == bool(by_sku):
        raise refuse(12019008, "either product_ids or sku_ids must be given, not both")
    found: dict[int, Product] = {}
    for text in by_product:
        row = world.get(PRODUCTS, ids.product(world).read(text) or 0)
        if row is not None:
            found[row.serial] = row
    for text in by_sku:
        found.update({row.serial: row for row in of_sku(world, text)})
    only = set(by_sku)
    shown = []
    for row in found.values():
        if row.seller == call.seller.serial and products.visible(row, Platform.TIKTOK_SHOP):
            shown.append(
                {
                    "product_id": ids.text(ids.product(world), row.serial),
                    "skus": [_stock(world, sku) for sku in row.skus if not only or ids.text(ids.sku(world), sku.serial) in only],
                }
            )
            call.showed("products", row.serial)
    return {"inventory": shown}


def _stock(world: World, sku: Sku) -> dict[str, Any]:
    return {
        "id": ids.text(ids.sku(world), sku.serial),
        **product_view.named(sku),
        "total_available_quantity": sku.available,
        "total_committed_quantity": sku.committed,
        "warehouse_inventory": [
            {"warehouse_id": ids.text(ids.warehouse(world), held.warehouse), "available_quantity": held.available, "committed_quantity": held.committed}
            for held in sku.stock
        ],
        "total_available_inventory_distribution": {"in_shop_inventory": {"quantity": sku.available}},
    }
