"""Older ways to list products, and what buyers ask about them."""

from __future__ import annotations

from typing import Any

from ..domain import shops
from ..domain.discussions import QUESTIONS, Answer, Question
from ..domain.phases import Family, Platform
from ..domain.products import PRODUCTS, Listing, Product
from ..domain.shops import BUYERS, default_warehouse
from ..domain.table import TOP
from ..domain.world import World
from ..gateway.call import Call
from . import asked, ids, jakarta, statuses
from .catalog import CATALOG
from .envelope import Form
from .products import item
from .reference import rupiah, way
from .words import refuse

_T = Platform.TOKOPEDIA
_READ: dict[str, Any] = {"family": Family.PRODUCT_READ, "effect": "read"}


@CATALOG.endpoint("GET", "/v2/products/fs/{fs_id}/{page}/{per_page}", source="getAllProductsV2", mark="observed", **_READ)
def products_v2(call: Call) -> Form:
    """A numbered page of a shop's products in the envelope of 2020; with ``product_id`` that one."""
    world = call.world
    number, size = asked.whole(call.params["page"]), asked.whole(call.params["per_page"])
    if not number or not size or number < 1 or not 1 <= size <= 50:
        raise refuse("", f"page is {call.params['page']!r}, per_page {call.params['per_page']!r}: from 1, and 1 to 50", reason="bad input data", form="legacy")
    named = asked.text(call, "product_id")
    if named:
        found = item(world, named)
        rows = [found[0]] if found is not None else []
    else:
        rows = world.shelf(PRODUCTS).page("on_tokopedia", (call.seller.serial,), (call.seller.serial + 1,), skip=(number - 1) * size, limit=size)
    call.showed("products", *[row.serial for row in rows])
    return Form("legacy", [_brief(call, row) for row in rows if row.tokopedia is not Listing.DELETED])


def _brief(call: Call, row: Product) -> dict[str, Any]:
    world = call.world
    category = shops.on_tokopedia(world, row.category)
    return {
        "product_id": ids.product(world).wire(row.serial),
        "name": row.name,
        "sku": row.skus[0].seller_sku if not row.axes else "",
        "shop_id": ids.shop(world).wire(call.shop.serial),
        "shop_name": call.shop.name,
        "category_id": category.tokopedia if category is not None else 0,
        "desc": row.description,
        "stock": sum(sku.available for sku in row.skus),
        "price": min(sku.price for sku in row.skus),
        "status": str(statuses.PRODUCT[row.tokopedia or Listing.DELETED]),
    }


_ORDERS = frozenset({1, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16, 23})
_PRICES = (1, 500_000_000)


@CATALOG.endpoint("GET", "/inventory/v1/fs/{fs_id}/product/list", source="getAllActiveProducts", mark="observed", **_READ)
def active_products(call: Call) -> dict[str, Any]:
    """The shop's products on sale, as its page shows them, with filters; prices are texts."""
    world = call.world
    size = asked.number(call, "rows", bad="PRD_DLV_023", missing="PRD_DLV_022")
    if not 1 <= size <= 200:
        raise refuse("PRD_DLV_024", f"rows is {size}: 1 to 200", 1, 200)
    start = asked.number(call, "start", bad="PRD_DLV_026", missing="PRD_DLV_025")
    order = asked.number(call, "order_by", bad="PRD_DLV_027", default=1)
    if order not in _ORDERS or start < 0:
        raise refuse("PRD_DLV_028" if start >= 0 else "PRD_DLV_026", f"order_by is {order}, start {start}")
    low = asked.number(call, "price_min", bad="PRD_DLV_029", default=_PRICES[0])
    high = asked.number(call, "price_max", bad="PRD_DLV_031", default=_PRICES[1])
    for code, price in (("PRD_DLV_030", low), ("PRD_DLV_032", high)):
        if not _PRICES[0] <= price <= _PRICES[1]:
            raise refuse(code, f"a price of {price}", *_PRICES)
    for code, name in (("PRD_DLV_033", "preorder"), ("PRD_DLV_034", "free_return"), ("PRD_DLV_035", "wholesale")):
        text = asked.text(call, name)
        if text and asked.flag(text) is None:
            raise refuse(code, f"{name} is {text!r}: true or false")
    shelf, owner = world.shelf(PRODUCTS), call.seller.serial
    active = call.workspace.derived(
        ("active products", owner), shelf, lambda: [row for row in shelf.page("on_tokopedia", (owner,), (owner + 1,)) if row.tokopedia is Listing.ACTIVATE]
    )
    found = [row for row in active if _fits(call, row, low, high)]
    if order != 1:
        found.sort(key=_key(order))
    rows = found[start : start + size]
    call.showed("products", *[row.serial for row in rows])
    place = default_warehouse(world, call.seller.serial, _T).address
    shop = {"id": ids.shop(world).wire(call.shop.serial), "name": call.shop.name, "uri": f"https://www.tokopedia.com/{call.shop.domain}", "location": place.province}
    return {"total_data": len(found), "shop": shop, "products": [_shown(call, row, place.city) for row in rows]}


def _key(order: int) -> Any:
    """How an ``order_by`` sorts; of most numbers no source tells what they mean, those keep the order of creation (inferred)."""
    keys = {3: lambda row: min(s.price for s in row.skus), 4: lambda row: -min(s.price for s in row.skus), 5: lambda row: -row.sold, 9: lambda row: -row.serial}
    return keys.get(order, lambda row: row.serial)


def _fits(call: Call, row: Product, low: int, high: int) -> bool:
    name = row.name.casefold()
    wanted, unwanted, sku = asked.text(call, "keyword").casefold(), asked.text(call, "exclude_keyword").casefold(), asked.text(call, "sku")
    flags = {"preorder": bool(row.preorder_days), "wholesale": bool(row.wholesale), "free_return": False}
    return (
        low <= min(one.price for one in row.skus) <= high
        and wanted in name
        and not (unwanted and unwanted in name)
        and (not sku or any(one.seller_sku == sku for one in row.skus))
        and all(asked.flag(text) == is_so for field, is_so in flags.items() if (text := asked.text(call, field)))
    )


def _shown(call: Call, row: Product, city: str) -> dict[str, Any]:
    world = call.world
    wire = ids.product(world).wire(row.serial)
    category = shops.on_tokopedia(world, row.category)
    price, slashed = min(one.price for one in row.skus), min((one.slashed for one in row.skus if one.slashed), default=0)
    picture = row.images[0] if row.images else ""
    return {
        "id": wire,
        "name": row.name,
        "childs": [ids.product(world).wire(one.serial) for one in row.skus] if row.axes else None,
        "url": f"https://www.tokopedia.com/product/{wire}",
        "image_url": picture,
        "image_url_700": picture,
        "price": rupiah(slashed or price),
        "discounted_price": rupiah(slashed) if slashed else "",
        "shop": {
            "id": ids.shop(world).wire(call.shop.serial),
            "name": call.shop.name,
            "is_gold": True,
            "url": f"https://www.tokopedia.com/{call.shop.domain}",
            "location": city,
            "city": city,
            "reputation": "",
            "clover": "",
            "is_official": False,
            "is_power_badge": True,
        },
        "wholesale_price": [
            {"quantity_min": least, "quantity_max": row.wholesale[place + 1][0] - 1 if place + 1 < len(row.wholesale) else 0, "price": each}
            for place, (least, each) in enumerate(row.wholesale)
        ],
        "courier_count": 0,
        "condition": 1 if row.condition == "NEW" else 2,
        "category_id": category.tokopedia if category is not None else 0,
        "category_name": category.name if category is not None else "",
        "category_breadcrumb": "/".join(way(world, category)) if category is not None else "",
        "department_id": str(category.tokopedia) if category is not None else "0",
        "labels": [],
        "badges": [],
        "is_featured": False,
        "rating": 0,
        "count_review": 0,
        "original_price": rupiah(price) if slashed else "",
        "discount_expired": "",
        "discount_percentage": round(100 * (price - slashed) / price) if slashed else 0,
        "sku": row.skus[0].seller_sku if not row.axes else "",
        "stock": sum(one.available for one in row.skus),
    }


# ---- discussions ---------------------------------------------------------------------------------------------------------------------------------------


@CATALOG.endpoint("GET", "/v1/discussion/fs/{fs_id}/list", source="getProductDiscussion", **_READ)
def discussion(call: Call) -> dict[str, Any]:
    """What buyers ask about a product, the latest first, with the answers. Keys begin with capitals (observed)."""
    world = call.world
    asked.number(call, "shop_id", bad="PRD_DLV_003", missing="PRD_DLV_016")
    asked.number(call, "product_id", bad="PRD_DLV_021", missing="PRD_DLV_017")
    number, size = asked.number(call, "page", bad="PRD_DLV_006", default=1), asked.number(call, "per_page", bad="PRD_DLV_010", default=10)
    if not 1 <= size <= 10 or number < 1:
        raise refuse("PRD_DLV_012", f"page is {number}, per_page {size}: from 1, and 1 to 10", 10)
    found = item(world, asked.text(call, "product_id"), call.seller.serial)
    if found is None:
        raise refuse("PRD_USC_002", f"product {asked.text(call, 'product_id')} is none of this shop's")
    low, high = (found[0].serial, 0), (found[0].serial, TOP)
    shelf = world.shelf(QUESTIONS)
    rows, total = shelf.page("by_product", low, high, reverse=True, skip=(number - 1) * size, limit=size), shelf.count("by_product", low, high)
    return {
        "HasNext": number * size < total,
        "TotalQuestion": total,
        "Question": [_question(call, row) for row in rows],
        "ProductID": ids.product(world).wire(found[0].serial if found[1] is None else found[1].serial),
        "ShopID": ids.shop(world).wire(call.shop.serial),
        "ShopURL": f"https://www.tokopedia.com/{call.shop.domain}",
    }


def _question(call: Call, row: Question) -> dict[str, Any]:
    world = call.world
    return {
        "Content": row.text,
        "MaskedContent": row.text,
        "UserName": _name(world, row.buyer),
        "UserID": ids.user(world).wire(row.buyer),
        "CreateTime": jakarta.local(row.at.wire),
        "CreateTimeFormatted": jakarta.local(row.at.wire)[:10],
        "TotalAnswer": len(row.answers),
        "Answer": [_answer(call, one) for one in row.answers],
        "QuestionID": ids.message(world).wire(row.serial),
        "AnswererThumbnail": "",
        "UserThumbnail": "",
    }


def _answer(call: Call, one: Answer) -> dict[str, Any]:
    world = call.world
    return {
        "Content": one.text,
        "MaskedContent": one.text,
        "UserName": call.shop.name if one.buyer is None else _name(world, one.buyer),
        "UserThumbnail": "",
        "UserID": ids.user(world).wire(call.shop.owner if one.buyer is None else one.buyer),
        "CreateTime": jakarta.local(one.at.wire),
        "CreateTimeFormatted": jakarta.local(one.at.wire)[:10],
        "AttachedProduct": [],
        "LikeCount": 0,
        "AnswerID": ids.message(world).wire(one.serial),
        "IsSeller": one.buyer is None,
    }


def _name(world: World, serial: int) -> str:
    buyer = world.get(BUYERS, serial)
    return buyer.name if buyer is not None else ""
