"""Categories, what they ask of a product, and brands: what a seller looks up before making a product."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..domain import products, shops
from ..domain.phases import Family, Platform
from ..domain.products import PRODUCTS, Listing, Product
from ..domain.shops import CATEGORIES, Category, Shop
from ..domain.world import World
from ..gateway.call import Call
from . import paging, product_view, requirements, texts, titles
from .catalog import serves
from .paging import Run
from .pictures import NOWHERE
from .requirements import Asks, Attribute, Certification, Condition
from .words import refuse

_S = Platform.TIKTOK_SHOP


def attribute_named(text: str) -> str | None:
    """The name of the attribute with that id."""
    return requirements.attribute_names().get(text)


def value_named(text: str) -> str | None:
    """The name of the attribute value with that id."""
    return requirements.value_names().get(text)


def brand_named(text: str) -> str | None:
    """The name of the brand with that id."""
    found = requirements.brands_by_id().get(text)
    return found.name if found is not None else None


# ---- the tree -----------------------------------------------------------------------------------------------------------------------------


def found(world: World, text: str) -> Category:
    """The category of that id, in whichever version of the tree. Raises Refusal."""
    rows = world.shelf(CATEGORIES).page("by_tiktok_shop", (int(text),), (int(text) + 1,), limit=1) if text.isascii() and text.isdigit() and len(text) < 18 else []
    if not rows:
        raise refuse(12052023, f"category {text!r} is none of the tree: GET /product/202309/categories lists them")
    return rows[0]


def leaf(world: World, text: str, version: str = "v1", *, no_leaf: int = 12052024) -> Category:
    """The category of that id, in which products can be in that version of the tree. Raises Refusal."""
    row = found(world, text)
    if row.is_new and version == "v1":
        raise refuse(12052230, f"category {text} ({row.name}) came with the second version: ask with category_version=v2")
    if row.is_split and version == "v2":
        raise refuse(12052230, f"category {text} ({row.name}) has categories below it in the second version: choose one of them, or ask with category_version=v1")
    if not row.is_leaf:
        raise refuse(no_leaf, f"category {text} ({row.name}) is no leaf: choose one below it")
    return row


def _is_leaf(row: Category, version: str) -> bool:
    return row.is_leaf and not (row.is_split and version == "v2")


def _open(rows: Iterable[Category], version: str, platform: str, *, prohibited: bool) -> list[Category]:
    """The categories that a platform shows in a version: leaves that are open to it, and all above them."""
    hidden = {"CLOSED"} if prohibited else {"CLOSED", "PROHIBITED"}
    shown, parents = [], set()
    for row in reversed(list(rows)):  # what is above comes before what is below
        if row.is_new and version == "v1":
            continue
        offered = row.only in (None, Platform(platform.lower())) and not hidden & set(row.permission)
        if row.serial in parents or (_is_leaf(row, version) and offered):
            shown.append(row)
            parents.add(row.parent)
    return shown[::-1]


def _permission(shop: Shop, row: Category) -> list[str]:
    return list(row.permission) if row.permission and row.serial not in shop.qualified else ["AVAILABLE"]


def _name(row: Category, locale: str | None) -> str:
    """The texts that there are: Indonesian, and English for every other locale (inferred)."""
    return row.name if locale in (None, "id-ID") else row.english


@serves("get-categories-202309", family=Family.CATALOGUE)
def tree(call: Call) -> dict[str, Any]:
    """The category tree of a version and a platform, or the part of it whose names hold a keyword."""
    world, query = call.world, call.query
    version, locale, wanted = query["category_version"], query.get("locale"), (query.get("keyword") or "").casefold()
    every = world.shelf(CATEGORIES)
    if version == "v2":
        call.inferred("category_v2", "which categories the second version has below the first one's leaves is the simulator's guess")
    rows = _open(every.page("by_serial"), version, query["listing_platform"], prohibited=query.get("include_prohibited_categories", False))
    shown = []
    for row in rows:
        name = _name(row, locale)
        if wanted in name.casefold():
            parent = every.get(row.parent) if row.parent is not None else None
            shown.append(
                {
                    "id": str(row.tiktok_shop),
                    "parent_id": str(parent.tiktok_shop) if parent is not None else "0",
                    "local_name": name,
                    "is_leaf": _is_leaf(row, version),
                    "permission_statuses": _permission(call.shop, row),
                }
            )
    return {"categories": shown}


@serves("recommend-category-202309", family=Family.CATALOGUE)
def recommend(call: Call) -> dict[str, Any]:
    """The leaf that the title speaks of, and all above it."""
    world, body = call.world, call.body
    _described(body)
    title, version, locale = titles.fit(body["product_title"]), body["category_version"], body.get("locale")
    every = world.shelf(CATEGORIES)
    leaves = [row for row in _open(every.page("by_serial"), version, body["listing_platform"], prohibited=False) if _is_leaf(row, version)]
    chosen = titles.best(every, [row for row in leaves if "NON_MAIN_CATEGORY" not in _permission(call.shop, row)], title)
    if chosen is None:
        outside = titles.best(every, leaves, title)
        if outside is not None:
            raise refuse(12052912, f"the title speaks of {outside.name}, which is outside the main category of this shop")
        raise refuse(12019064, "the title speaks of no category: GET /product/202309/categories lists them")
    call.inferred("recommendation", "the title's words decide; the platform looks at description and images, too")
    chain = product_view.ancestry(world, chosen.serial)
    return {
        "leaf_category_id": str(chosen.tiktok_shop),
        "categories": [
            {
                "id": str(row.tiktok_shop),
                "name": _name(row, locale),
                "level": level,
                "is_leaf": row is chain[-1],
                "permission_statuses": _permission(call.shop, row),
            }
            for level, row in enumerate(chain, start=1)
        ],
    }


def _described(body: dict[str, Any]) -> None:
    """What is said beside the title is held to the rules of a product, and not looked at (inferred)."""
    if texts.chinese(body.get("description") or ""):
        raise refuse(12052346, "the description carries Chinese characters")
    pictures = body.get("images") or []
    if len(pictures) > 9:
        raise refuse(12052306, f"{len(pictures)} images were given, 9 are possible")
    for picture in pictures:
        uri = picture.get("uri") or ""
        if not uri:
            raise refuse(12019009, "an image has no uri")
        if "://" in uri:
            raise refuse(12052300, f"{uri[:80]!r} is an address: pictures are named by the uri that POST /product/202309/images/upload answers")


# ---- what a category asks -----------------------------------------------------------------------------------------------------------------


def _usable(shop: Shop, row: Category) -> None:
    """Refuse a category that this shop cannot sell in."""
    name = f"category {row.tiktok_shop} ({row.name})"
    if "CLOSED" in row.permission:
        raise refuse(12052446, f"{name} is open in other countries only")
    if "PROHIBITED" in row.permission:
        raise refuse(12052220, f"{name} is PROHIBITED: nobody sells such goods here")
    if "INVITE_ONLY" in _permission(shop, row):
        code = 12052226 if "NON_MAIN_CATEGORY" in row.permission else 12052223
        raise refuse(code, f"{name} is INVITE_ONLY and this shop was not let in: the control API can say so (qualified_categories)")


@serves("get-category-rules-202309", family=Family.CATALOGUE)
def rules(call: Call) -> dict[str, Any]:
    """What a category asks of its products beside attributes. English unless asked otherwise (documented)."""
    row = leaf(call.world, call.params["category_id"], call.query["category_version"])
    _usable(call.shop, row)
    asks, tongue = requirements.asks(row.asks), _tongue(call)
    return {
        "product_certifications": [_certification(paper, when, tongue) for paper, when in asks.certifications],
        "size_chart": {"is_supported": bool(asks.measures), "is_required": asks.needs_size_chart, **_measured(asks, tongue)},
        "cod": {"is_supported": asks.takes_cod},
        "package_dimension": {"is_required": False},  # documented: optional in Indonesia
        "epr": {"is_required": False},
        "allowed_special_product_types": ["PRE_ORDER"] if asks.takes_pre_order else [],
        "fees": [],
        "seller_sku": {"is_required": False},
    }


def _tongue(call: Call) -> int:
    """Which of two texts: the Indonesian, or the English for every other locale (inferred)."""
    return int(call.query.get("locale") not in (None, "id-ID"))


def _condition(when: Condition) -> list[dict[str, str]]:
    name, value = when
    return [{"condition_type": "VALUE_ID_MATCH", "attribute_id": product_view.attribute(name), "attribute_value_id": product_view.attribute(f"{name}:{value}")}]


def _certification(paper: Certification, when: bool | Condition, tongue: int) -> dict[str, Any]:
    return {
        "id": paper.id,
        "name": paper.name[tongue],
        "is_required": when is True,
        "document_details": paper.details[tongue],
        "sample_image_url": f"{NOWHERE}certification-{paper.id}.png",
        "expiration_date": {"is_required": paper.expires},
        "requirement_conditions": [] if isinstance(when, bool) else _condition(when),
    }


def _measured(asks: Asks, tongue: int) -> dict[str, Any]:
    """The lines of the size chart, as a client library of October 2026 knows them."""
    if not asks.measures:
        return {}
    options = [
        {
            "id": one.id,
            "name": one.name[tongue],
            "role": one.role,
            "unit": one.unit,
            "metric_value_range": list(one.metric),
            "imperial_value_range": list(one.imperial),
        }
        for one in asks.measures
    ]
    return {"measurement_and_options": [{"measurement_type": "GENERIC_MEASUREMENTS", "options": options}]}


@serves("get-attributes-202309", family=Family.CATALOGUE)
def attributes(call: Call) -> dict[str, Any]:
    """The attributes of a category's products. The misspelt ``is_requried`` is the platform's."""
    row = leaf(call.world, call.params["category_id"], call.query["category_version"])
    if {"CLOSED", "PROHIBITED"} & set(row.permission):
        raise refuse(12052025, f"category {row.tiktok_shop} ({row.name}) is not for sellers here: {', '.join(row.permission)}")
    asks, tongue = requirements.asks(row.asks), _tongue(call)
    return {"attributes": [_attribute(one, one.name in asks.required, tongue) for one in asks.attributes]}


def _attribute(one: Attribute, is_required: bool, tongue: int) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": one.id,
        "name": (one.name, one.english)[tongue],
        "type": "SALES_PROPERTY" if one.is_sales else "PRODUCT_PROPERTY",
        "is_requried": is_required,
        "values": [_value(one, texts, tongue) for texts in one.values],
        "is_customizable": one.is_customizable,
        "is_multiple_selection": one.is_multiple,
        "requirement_conditions": _condition(one.when) if one.when is not None else [],
    }
    if one.is_number:
        shown["value_data_format"] = "POSITIVE_INT_OR_DECIMAL"
    return shown


def _value(one: Attribute, texts: tuple[str, str], tongue: int) -> dict[str, str]:
    number = one.value_id(texts[0])
    icon = {"icon_url": f"{NOWHERE}icon-{number}.png"} if one.has_icons else {}
    return {"id": number, "name": texts[tongue], **icon}


@serves("get-brands-202309", family=Family.CATALOGUE)
def brands(call: Call) -> dict[str, Any]:
    """The brands that a product can have, by name; those of a category are those of its department."""
    world, query = call.world, call.query
    row = leaf(world, query["category_id"], query["category_version"], no_leaf=12052230) if query.get("category_id") else None
    department = product_view.ancestry(world, row.serial)[0].name if row is not None else None
    wanted, authorised = (query.get("brand_name") or "").casefold(), query.get("is_authorized")
    fitting = [
        one
        for one in requirements.brands()
        if wanted in one.name.casefold() and authorised in (None, one.is_authorized) and (department is None or department in one.departments)
    ]
    filters = paging.bound("brands", wanted, authorised, query.get("category_id"))
    run = paging.decode(query.get("page_token"), filters, code=12019108)
    rest = [one for one in fitting if run.after is None or one.name > run.after[0]]
    page = rest[: query["page_size"]]
    return {
        "brands": [
            {
                "id": one.id,
                "name": one.name,
                "authorized_status": "AUTHORIZED" if one.is_authorized else "UNAUTHORIEZD",  # the misspelling is the platform's
                "is_t1_brand": one.is_t1,
                "brand_status": "AVAILABLE" if one.is_available else "UNAVAILABLE",
            }
            for one in page
        ],
        "total_count": len(fitting),
        "next_page_token": paging.encode(filters, Run((page[-1].name,), 0)) if len(page) < len(rest) else "",
    }


# ---- whether a shop can list, and a product be listed -------------------------------------------------------------------------------------

# What is checked before a shop can list → the code with which a listing is refused, and what the seller is told. ``BANk_ACCOUNT`` is the
# platform's spelling. The texts are the simulator's own but for RETURN_WAREHOUSE; which code goes with which item is inferred.
ITEMS: dict[str, tuple[int, str]] = {
    "SHOP_STATUS": (12052700, "The shop is not active. Activate the shop on TikTok Shop Seller Center first and try again."),
    "SHOP_TAX": (12052703, "The tax information of the shop is incomplete. Complete it on TikTok Shop Seller Center first and try again."),
    "PICKUP_WAREHOUSE": (12052115, "The shop has no pickup warehouse. Add one on TikTok Shop Seller Center first and try again."),
    "RETURN_WAREHOUSE": (
        12052535,
        "Couldn't publish this product as you haven't set the return warehouse for your shop. "
        "Add the return warehouse information on TikTok Shop Seller Center first and try again.",
    ),
    "DELIVERY_OPTION": (12052405, "No delivery option is on. Turn one on on TikTok Shop Seller Center first and try again."),
    "SHIPPING_TEMPLATE": (12052402, "The shop has no shipping template. Add one on TikTok Shop Seller Center first and try again."),
    "PRODUCT_QUANTITY_LIMIT": (12052093, "The shop has as many products as it may list."),
    "EXTENDED_PRODUCER_RESPONSIBILITY": (12052995, "The EPR registration of the shop is incomplete."),
    "BANk_ACCOUNT": (12052995, "The shop has no bank account. Add one on TikTok Shop Seller Center first and try again."),
    "CONTACT_INFO": (12052923, "The shop has no contact information. Add it on TikTok Shop Seller Center first and try again."),
}


def _failing(call: Call, world: World) -> set[str]:
    """The items that fail: those the seller has yet to do, and what the state of the shop says. Any warehouse takes returns (inferred)."""
    shop = call.shop
    places = [row for row in shops.warehouses(world, call.seller.serial, _S) if row.enabled]
    failing = set(shop.unmet)
    if not shop.is_open:
        failing.add("SHOP_STATUS")
    if not any(row.kind == "sales" for row in places):
        failing.add("PICKUP_WAREHOUSE")
    if not places:
        failing.add("RETURN_WAREHOUSE")
    if _full(call, world):
        failing.add("PRODUCT_QUANTITY_LIMIT")
    return failing


def _full(call: Call, world: World) -> bool:
    """Whether as many products are on sale, or on the way there, as the rule ``listing_limit`` lets a shop have."""
    limit, shelf, owner = world.rules.listing_limit, world.shelf(PRODUCTS), call.seller.serial
    held = [shelf.count("in_tiktok_listed", (owner, "S", str(at)), (owner, "S", f"{at}\0")) for at in (Listing.ACTIVATE, Listing.PENDING)]
    return bool(limit) and sum(held) >= limit


@serves("check-listing-prerequisites-202312", family=Family.CATALOGUE)
def prerequisites(call: Call) -> dict[str, Any]:
    """What must be so before the shop can list products, and whether it is."""
    failing = _failing(call, call.world)
    return {
        "check_results": [
            {"check_item": item, "is_failed": item in failing, "fail_reasons": [why] if item in failing else []} for item, (_, why) in ITEMS.items()
        ]
    }


def judge(call: Call, world: World, body: dict[str, Any], product: Product | None = None) -> None:
    """Refuse a product that its category does not take as the body describes it.

    ``product``: the one that an edit describes anew. A draft is held to what is said, not to what is missing.
    """
    if body.get("category_id"):
        row: Category | None = leaf(world, body["category_id"], body.get("category_version") or "v1")
    else:
        row = world.get(CATEGORIES, product.category) if product is not None else None
    if row is None:
        return
    meant = set(body.get("listing_platforms") or ()) or {one.name for one in Platform if product is not None and products.listed(product, one) is not None}
    if product is None or product.category != row.serial:
        _usable(call.shop, row)
        if "NON_MAIN_CATEGORY" in _permission(call.shop, row):
            raise refuse(12052225, f"category {row.tiktok_shop} ({row.name}) is outside the main category of this shop")
        if row.only is not None and meant - {row.only.name}:
            raise refuse(12052330, f"category {row.tiktok_shop} ({row.name}) is on {row.only.name} alone: choose one that both platforms list")
    requirements.check(world, requirements.asks(row.asks), body, product, on_tiktok=_S.name in meant)
    if product is None and body.get("save_mode") != "AS_DRAFT":
        _shop(call, world)


def judge_whole(call: Call, world: World, product: Product, start: Iterable[Platform]) -> None:
    """Refuse a product that is handed in, as it is written, where its category asks for more, or the shop cannot list.

    ``start``: the platforms on which it is to go on sale.
    """
    row, meant = world.get(CATEGORIES, product.category), {*start}
    if row is not None:
        requirements.check_whole(world, requirements.asks(row.asks), product, on_tiktok=_S in meant)
    if meant:
        _shop(call, world)


def _shop(call: Call, world: World) -> None:
    """Refuse to list anything in a shop that cannot."""
    failing = _failing(call, world)
    item = next((item for item in ITEMS if item in failing), None)
    if item is not None:
        rule = "listing_limit" if item == "PRODUCT_QUANTITY_LIMIT" and item not in call.shop.unmet else ""
        raise refuse(ITEMS[item][0], f"the shop cannot list now: {item} fails; Check Listing Prerequisites tells why", rule=rule)
