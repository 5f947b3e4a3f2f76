"""Shops: Get Shop Info with the block that tells a finished merge, closing and opening, and what pharmacies add."""

from __future__ import annotations

import time
from typing import Any

from ..domain import shops
from ..domain.instants import DAY
from ..domain.phases import Family, Platform
from ..domain.shops import SHOPS, Seller, Shop
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from ..tiktok_shop import ids as tiktok_ids
from . import asked, auth, ids, jakarta
from .catalog import CATALOG
from .envelope import Form
from .words import refuse

_T = Platform.TOKOPEDIA


@CATALOG.endpoint("GET", "/v1/shop/fs/{fs_id}/shop-info", family=Family.SHOP, effect="read", source="getShopInfo")
def shop_info(call: Call) -> Form:
    """The shops of the app, or one of them; ``tts_integration_completed`` is there once a shop has merged, and not before."""
    world = call.world
    if asked.text(call, "shop_id"):
        chosen = [call.seller]
    else:
        size = max(1, min(50, asked.number(call, "per_page", bad="SHP_DLV_004", default=50)))
        start = (max(1, asked.number(call, "page", bad="SHP_DLV_003", default=1)) - 1) * size
        chosen = [owner for owner in shops.sellers(world) if owner.tokopedia is not None][start : start + size]
    rows = [(owner, shops.shop(world, owner.tokopedia)) for owner in chosen]
    call.showed("shops", *[shop.serial for _, shop in rows])
    return Form("int", [_view(call, owner, shop) for owner, shop in rows], "Successfully get retrieved shop info data")


def _view(call: Call, owner: Seller, shop: Shop) -> dict[str, Any]:
    world = call.world
    shop_id = ids.shop(world).wire(shop.serial)
    opened = time.strftime("%Y-%m-%d", time.gmtime(shop.opened.wire)) if shop.opened is not None else ""
    places = shops.warehouses(world, owner.serial, _T)
    where = places[0].address if places else None
    shown: dict[str, Any] = {
        "shop_id": shop_id,
        "user_id": ids.user(world).wire(shop.owner),
        "shop_name": shop.name,
        "logo": f"{call.request.origin}/_mock/images/logo-{shop_id}",
        "shop_url": f"https://www.tokopedia.com/{shop.domain}",
        "is_open": int(shop.is_open),
        "status": 1 if shop.is_open else 2,
        "date_shop_created": opened,
        "domain": shop.domain,
        "admin_id": [],
        "reason": "",
        "district_id": where.district_id if where is not None else 0,
        "province_name": where.province if where is not None else "",
        "warehouses": [
            {
                "warehouse_id": ids.warehouse(world).wire(place.serial),
                "partner_id": {"Int64": 0, "Valid": False},
                "shop_id": {"Int64": shop_id, "Valid": True},
                "warehouse_name": place.name,
                "district_id": place.address.district_id,
                "district_name": place.address.district,
                "city_id": place.address.city_id,
                "city_name": place.address.city,
                "province_id": place.address.province_id,
                "province_name": place.address.province,
                "status": 1,
                "postal_code": place.address.postal,
                "is_default": int(place.serial == places[0].serial),
                "latlon": f"{place.address.latitude},{place.address.longitude}",
                "latitude": place.address.latitude,
                "longitude": place.address.longitude,
                "email": "",
                "address_detail": place.address.street,
                "country_name": "Indonesia",
                "is_fulfillment": False,
            }
            for place in places
        ],
        "subscribe_tokocabang": False,
        "is_mitra": False,
    }
    if owner.completed is not None and owner.tiktok_shop is not None and call.now.world >= owner.completed.world + world.rules.shop_info_lag:
        shown["tts_shop_id"] = str(tiktok_ids.shop(world).wire(owner.tiktok_shop))
        shown["tts_integration_completed"] = {
            "toko_shop_id": shop_id,
            "tts_seller_id": tiktok_ids.user(world).wire(owner.serial),
            "completed_time": owner.completed.wire,
        }
    return shown


# ---- open and closed --------------------------------------------------------------------------------------------------------------------------------


def _day(value: Any) -> int | None:
    """The wire time at which a day begins in Jakarta, of YYYYMMDD (observed) or unix seconds; None for neither."""
    text = str(value or "")
    try:
        return jakarta.read(text, "%Y%m%d") if len(text) == 8 else int(text) if text.isdigit() and len(text) < 12 else None
    except ValueError:
        return None


@CATALOG.endpoint("POST", "/v2/shop/fs/{fs_id}/shop-status", family=Family.SHOP_WRITE, effect="write", source="updateShopStatus")
def update_status(call: Call) -> Form:
    """Open the shop, or close it for some days; the answer is an envelope within an envelope (documented)."""
    given = asked.fields(call, bad="SHP_DLV_008")
    if asked.whole(given.get("shop_id")) is None:
        raise refuse("SHP_DLV_002", f"shop_id is {given.get('shop_id')!r}")
    auth.pick(call, given["shop_id"])
    auth.gate(call)
    action = given.get("action")
    if action == "open":
        call.apply(shops.reopen, call.shop.serial)
    elif action == "close":
        begin, end = (_day(given.get(name)) for name in ("start_date", "end_date"))
        now = asked.flag(given.get("close_now", False))
        today = jakarta.midnight(call.now.wire)
        if end is None or (begin is None and not now):
            raise refuse("SHP_DLV_005", f"start_date is {given.get('start_date')!r}, end_date {given.get('end_date')!r}: YYYYMMDD is wanted")
        first = today if now or begin is None else begin
        if first < today or end < first:
            raise _no(call, "Tanggal mulai tutup toko tidak boleh kurang dari hari ini" if first < today else "Tanggal buka toko harus setelah tanggal tutup toko")
        call.apply(shops.close, call.shop.serial, note=str(given.get("close_note") or "")[:100], begin=0 if now else first, until=end + DAY)
    else:
        raise _no(call, f"Aksi {action!r} tidak dikenal")
    return Form("bare", _nested(200, "Successfully Update Shop Status", None, "200", "Berhasil memperbarui Status Toko"))


def _nested(code: int, messages: str, inner: list[str] | None, text: str, data: str) -> dict[str, Any]:
    header = {"process_time": 0.09, "messages": messages, "reason": "", "error_code": code}
    return {"header": header, "data": {"header": {"process_time": 0.02, "Messages": inner, "reason": "", "error_code": text}, "data": data}}


def _no(call: Call, said: str) -> Refusal:
    """A refusal in this endpoint's own double envelope."""
    return refuse(500, said, reason=said, form="bare", data=_nested(500, "Failed Update Shop Status", [said], "400", ""))


# ---- pharmacies ----------------------------------------------------------------------------------------------------------------------------------------

LICENCES = ("sia_number", "sipa_number", "apj", "sia_license_expiration", "sipa_license_expiration")


@CATALOG.endpoint("GET", "/v1/epharmacy/fs/{fs_id}/shop/attributes/info", family=Family.SHOP, effect="read", source="getEpharmacyShopInfo")
def pharmacy(call: Call) -> Form:
    """A pharmacy's licences as they were given."""
    if not asked.text(call, "shop_id"):
        raise refuse(400, "the query carries no shop_id", reason="shop_id is required", form="bare", data=_pharmacy(400, None, "shop_id is required"))
    held = dict(call.shop.pharmacy)
    return Form("bare", _pharmacy(200, {name: held.get(name, 0 if name.endswith("expiration") else "") for name in LICENCES}))


def _pharmacy(code: int, data: Any, error: str = "") -> dict[str, Any]:
    """This endpoint's own envelope, spelt as the platform spells it."""
    return {"header": {"server_prosess_time": "12.40ms", "code": code}, "data": data, **({"error": error} if error else {})}


@CATALOG.endpoint(
    "POST",
    "/v1/epharmacy/fs/{fs_id}/shop/attributes/update",
    "/v1/epharmacy/fs/{fs_id}/shop/attribute/update",
    family=Family.SHOP_WRITE,
    effect="write",
    source="setEpharmacyShopInfo",
)
def update_pharmacies(call: Call) -> Form:
    """Licences of several pharmacies, row by row."""
    rows = asked.rows(asked.body(call, bad="SHP_DLV_008"), "shops", 100, bad="SHP_DLV_008", empty="SHP_DLV_008")
    told = []
    for row in rows:
        said = "Updated Successfully"
        try:
            auth.pick(call, row.get("shop_id"))
            auth.gate(call)
        except Refusal as no:
            call.refused.append(("row", no.words))
            said = "Unauthorized"
        else:
            given: dict[str, Any] = row["pharmacy_info"] if isinstance(row.get("pharmacy_info"), dict) else {}
            licences = tuple((name, given[name]) for name in LICENCES if isinstance(given.get(name), (int, str)))
            call.apply(lambda world, licences=licences: world.put(SHOPS, call.shop.but(pharmacy=licences)))
        told.append({"shop_id": row.get("shop_id"), "message": said})
    return Form("bare", {"header": {"server_prosess_time": 0.0124, "code": "200"}, "data": told})
