"""Programmes outside an ordinary shop: Tokocabang (Tokopedia's own warehouses) and Mitra (kiosks). Their paths answer; little stands behind them."""

from __future__ import annotations

from typing import Any

from ..domain import developers, outbox
from ..domain.phases import Family, Platform
from ..domain.world import World
from ..gateway.call import Call
from . import asked, ids, topics
from . import products as goods
from .catalog import CATALOG
from .orders import own
from .words import refuse

_T = Platform.TOKOPEDIA


@CATALOG.endpoint("POST", "/inventory/v1/fs/{fs_id}/stock/sync", family=Family.PRICE_STOCK, effect="write", source="tokocabangStockSync", gate="rows")
def sync_stock(call: Call) -> dict[str, Any]:
    """Units on hand in one warehouse, row by row."""
    if not asked.text(call, "warehouse_id"):
        raise refuse("PRD_DLV_052", "the query carries no warehouse_id")
    told = goods.overwrite(call)
    return {name: told[name] for name in ("failed_rows", "failed_rows_data", "succeed_rows")}


@CATALOG.endpoint(
    "GET", "/fulfillment/partner/fs/{fs_id}/inventory/stock", family=Family.PRODUCT_READ, effect="read", source="tokocabangGetProductStock"
)
def stock(call: Call) -> list[dict[str, Any]]:
    """Units on hand of products, warehouse by warehouse."""
    named = asked.many(call, "product_ids")
    if not named or not all(text.isascii() and text.isdigit() for text in named):
        raise refuse("INVENTORY_002", f"product_ids is {asked.text(call, 'product_ids')[:60]!r}: numbers joined by commas")
    world = call.world
    found = [thing for text in named if (thing := goods.item(world, text)) is not None]
    call.showed("products", *[record.serial for record, _ in found])
    rows = []
    for record, sku in found:
        units: dict[int, int] = {}
        for one in (sku,) if sku is not None else record.skus:
            for held in one.stock:
                units[held.warehouse] = units.get(held.warehouse, 0) + held.available
        places = [
            {"warehouse_id": ids.warehouse(world).wire(place), "total_stock": count, "campaign_stock": 0, "discount_stock": 0} for place, count in units.items()
        ]
        rows.append({"product_id": ids.product(world).wire(record.serial if sku is None else sku.serial), "warehouse_stock": places})
    return rows


@CATALOG.endpoint(
    "POST",
    "/fulfillment/partner/fs/{fs_id}/webhook/trigger",
    family=Family.WEBHOOK,
    effect="write",
    source="tokocabangTriggerWebhook",
    media="any",
)
def trigger(call: Call) -> None:
    """Send an order's notification now."""
    if call.request.media in ("multipart", "form"):
        given = {name: value.decode("utf-8", "replace").strip() for name, value in asked.form(call).items()}
    else:
        given = asked.fields(call, bad="ICR_VLD_002")
    if given.get("webhook_type", "order_notification") != "order_notification":
        raise refuse("PRD_DLV_038", f"webhook_type is {given.get('webhook_type')!r}", given.get("webhook_type"), "webhook_type", "order_notification")
    order = own(call, given.get("order_id"))
    app = developers.app(call.world, _T)
    url = dict(app.webhooks).get("order_notification_url", "")
    if not url:
        raise refuse("ORD_API_006", "order_notification_url is not registered", status=400)
    body = topics.encoded(topics.order_notification(call.world, order.serial, call.workspace.credentials.fs_id))

    def send(world: World) -> World:
        return outbox.owe(world, seller=order.seller, platform=_T, app=app.serial, topic="order_notification", url=url, body=body, held=call.workspace.hold)

    call.apply(send)


@CATALOG.endpoint(
    "GET",
    "/fulfillment/partner/fs/{fs_id}/webhook/payload",
    family=Family.ORDER_READ,
    effect="read",
    source="tokocabangWebhookPayload",
    mark="inferred",
)
def payload(call: Call) -> dict[str, Any]:
    """An order's notification as it would be sent now."""
    order = own(call, asked.text(call, "order_id"))
    return topics.order_notification(call.world, order.serial, call.workspace.credentials.fs_id)


# Mitra: (source, methods, path, what the specimen's data is). No source tells their bodies: shapes are the simulator's own (inferred).
_AT = "/mitra/integration/v1/fs/{fs_id}"
MITRA: tuple[tuple[str, str, str, Any], ...] = (
    ("mitraGetDriver", "GET", "/driver", {"drivers": []}),
    ("mitraAddDriver", "POST", "/driver", {"success": True}),
    ("mitraUpdateDriver", "PATCH", "/drivers/{phone_number}", {"success": True}),
    ("mitraGetAssignment", "GET", "/drivers/{phone_number}/delivery/assignment", {"assignments": []}),
    ("mitraAssignDelivery", "POST", "/drivers/{phone_number}/delivery/assignment", {"success": True}),
    ("mitraGetDeliveryOrder", "GET", "/drivers/{phone_number}/delivery/order", {"orders": []}),
    ("mitraGetReasons", "GET", "/delivery/reason", {"reasons": [{"id": 1, "reason": "Alamat tidak ditemukan"}]}),
    ("mitraConfirmDelivery", "PUT", "/drivers/{phone_number}/delivery/confirm", {"success": True}),
    ("mitraRescheduleDelivery", "PUT", "/drivers/{phone_number}/delivery/reschedule", {"success": True}),
    ("mitraPoMonitorCreate", "POST", "/po/monitor", {"success": True}),
    ("mitraPoMonitorUpdate", "PATCH", "/po/monitor", {"success": True}),
    ("mitraPoMonitorSubmit", "PATCH", "/po/monitor/submit", {"success": True}),
    ("mitraPoMonitorCancel", "POST", "/po/monitor/cancel", {"success": True}),
    ("mitraProductUnits", "GET", "/products/{barcode}/units", {"units": []}),
)


def _specimen(source: str, data: Any) -> Any:
    def answer(call: Call) -> Any:
        if call.request.method != "GET":
            asked.body(call, bad="PRD_DLV_036")
        call.inferred("mitra", f"{source} answers a specimen: nothing is kept")
        return data

    return answer


for _source, _method, _path, _data in MITRA:
    CATALOG.endpoint(
        _method,
        _AT + _path,
        family=Family.SHOP,
        effect="read" if _method == "GET" else "write",
        source=_source,
        fidelity="specimen",
        mark="observed",
        shop=False,
    )(_specimen(_source, _data))
