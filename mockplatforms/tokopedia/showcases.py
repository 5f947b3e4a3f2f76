"""Showcases (etalase): the shelves on which a shop groups its products."""

from __future__ import annotations

from typing import Any

from ..domain import shops
from ..domain.errors import EtalaseUnknown, Invalid
from ..domain.phases import Family, Platform
from ..domain.products import PRODUCTS, Listing
from ..domain.shops import Etalase
from ..gateway.call import Call
from . import asked, ids
from .catalog import CATALOG
from .words import refuse

_WRITE: dict[str, Any] = {"family": Family.SHOP_WRITE, "effect": "write"}
_T = Platform.TOKOPEDIA


def _shop(call: Call, missing: str) -> None:
    if not asked.text(call, "shop_id"):
        raise refuse(missing, "the query carries no shop_id")


def _named(call: Call, given: dict[str, Any]) -> str:
    name = given.get("name")
    if not isinstance(name, str) or not name.strip():
        raise refuse("PRD_DLV_045", "the body carries no name", "name")
    return name.strip()


def _of(call: Call, given: dict[str, Any]) -> int:
    serial = ids.etalase(call.world).read(given.get("id"))
    try:
        return shops.etalase(call.world, serial, call.seller.serial).serial
    except EtalaseUnknown:
        raise refuse("SHP_GRPC_003", f"showcase {given.get('id')!r} is none of this shop's", status=400) from None


def _try(act: Any) -> Any:
    try:
        return act()
    except Invalid as no:
        raise refuse("PRD_DLV_039" if "characters" in str(no) else "PRD_DLV_041", str(no), "name", "max", 128) from None


@CATALOG.endpoint("POST", "/v1/showcase/fs/{fs_id}/create", source="createShowcase", **_WRITE)
def create(call: Call) -> dict[str, Any]:
    """A showcase more."""
    _shop(call, "SHP_DLV_013")
    name = _named(call, asked.fields(call))
    serial = _try(lambda: call.apply(shops.create_etalase, call.seller.serial, name))
    return {"message": "Etalase berhasil dibuat", "created_id": ids.etalase(call.world).wire(serial)}


@CATALOG.endpoint("PATCH|POST", "/v1/showcase/fs/{fs_id}/update", source="updateShowcase", **_WRITE)
def update(call: Call) -> dict[str, Any]:
    """A showcase under another name."""
    _shop(call, "SHP_DLV_013")
    given = asked.fields(call)
    serial, name = _of(call, given), _named(call, given)
    _try(lambda: call.apply(shops.rename_etalase, serial, call.seller.serial, name))
    return {"message": "Etalase berhasil diubah"}


@CATALOG.endpoint("POST", "/v1/showcase/fs/{fs_id}/delete", source="deleteShowcase", **_WRITE)
def delete(call: Call) -> dict[str, Any]:
    """A showcase fewer; its products stay."""
    _shop(call, "SHP_DLV_013")
    call.apply(shops.delete_etalase, _of(call, asked.fields(call)), call.seller.serial)
    return {"message": "Etalase berhasil dihapus"}


@CATALOG.endpoint("GET", "/v1/showcase/fs/{fs_id}/get", family=Family.SHOP, effect="read", source="getShowcase")
def showcases(call: Call) -> dict[str, Any]:
    """The shop's own showcases, and the groups that every shop has."""
    _shop(call, "SHP_DLV_013")
    number = asked.number(call, "page", bad="SHP_DLV_003", default=1)
    size = asked.number(call, "page_count", bad="SHP_DLV_014", default=100)
    if not 1 <= size <= 200 or number < 1:
        raise refuse("SHP_DLV_010", f"page is {number}, page_count {size}: from 1, and 1 to 200")
    hide = asked.text(call, "hide_zero")
    if hide and asked.flag(hide) is None:
        raise refuse("SHP_DLV_009", f"hide_zero is {hide!r}: true or false")
    display = asked.text(call, "display") or "all"
    if display not in ("showcase", "group", "all"):
        raise refuse("SHP_DLV_011", f"display is {display!r}: showcase, group or all")
    counts = _counts(call)
    rows = [row for row in shops.etalases(call.world, call.seller.serial) if counts.get(row.serial) or not asked.flag(hide or "0")]
    start = (number - 1) * size
    group = [_told("sold", "Produk Terjual", -3, sum(counts.values())), _told("discount", "Diskon", -1, 0)]
    return {
        "showcase": [_row(call, row, counts.get(row.serial, 0)) for row in rows[start : start + size]] if display != "group" else [],
        "showcase_group": group if display != "showcase" else [],
        "use_ace": True,
        "showcase_without_ace": [],
        "prev_link": "",
        "next_link": "",
    }


def _counts(call: Call) -> dict[int, int]:
    """How many products each showcase holds."""
    shelf = call.world.shelf(PRODUCTS)

    def count() -> dict[int, int]:
        counts: dict[int, int] = {}
        for record in shelf.page("on_tokopedia", (call.seller.serial,), (call.seller.serial + 1,)):
            if record.tokopedia is not Listing.DELETED:
                counts[record.etalase] = counts.get(record.etalase, 0) + 1
        return counts

    return call.workspace.derived(("showcases", call.seller.serial), shelf, count)


def _row(call: Call, row: Etalase, count: int) -> dict[str, Any]:
    return _told(row.name.lower().replace(" ", "-"), row.name, ids.etalase(call.world).wire(row.serial), count)


def _told(alias: str, name: str, number: int, count: int) -> dict[str, Any]:
    uri = f"https://www.tokopedia.com/etalase/{alias}"
    return {"id": number, "name": name, "alias": alias, "uri": uri, "product_count": count, "is_highlighted": False, "badge": "", "ace_default_sort": 9}


@CATALOG.endpoint("GET", "/inventory/v1/fs/{fs_id}/product/etalase", family=Family.SHOP, effect="read", source="getShowcaseAllEtalase")
def etalases(call: Call) -> dict[str, Any]:
    """The shop and its showcases, as products name them."""
    _shop(call, "PRD_DLV_016")
    world, shop = call.world, call.shop
    places = shops.warehouses(world, call.seller.serial, _T)
    uri = f"https://www.tokopedia.com/{shop.domain}"
    return {
        "shop": {"id": ids.shop(world).wire(shop.serial), "name": shop.name, "uri": uri, "location": places[0].address.province if places else ""},
        "etalase": [
            {
                "etalase_id": ids.etalase(world).wire(row.serial),
                "etalase_name": row.name,
                "alias": row.name.lower().replace(" ", "-"),
                "url": f"{uri}/etalase/{row.name.lower().replace(' ', '-')}",
            }
            for row in shops.etalases(world, call.seller.serial)
        ],
    }
