"""Each endpoint once as it should be called, and then with the wrong token, app, shop and body."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from seller import DAY, INFO, Seller

from mockplatforms.gateway.call import Reply
from mockplatforms.tokopedia.facade import CATALOG

SOURCES = sorted({row[0] for row in json.loads((Path(__file__).parent / "endpoints.json").read_text())} - {"authentication"})
KEY = b"""-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo
4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0/IzW7yWR7QkrmBL7jTKEn5u
+qKhbwKfBstIs+bMY2Zkp18gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyeh
kd3qqGElvW/VDL5AaWTg0nLVkjRo9z+40RQzuVaE8AkAFmxZzow3x+VJYKdjykkJ
0iT9wCS0DRTXu269V264Vf/3jvredZiKRkgwlL9xNAwxXFg0x/XFw005UWVRIKdg
cKWTjpBP2dPwVZ4WWC+9aGVd+Gyn1o0CLelf4rEjGoXbAAEgAqeGUxrcIlbjXfbc
mwIDAQAB
-----END PUBLIC KEY-----
"""

Asked = tuple[str, str, dict[str, Any], Any]  # method, path, query, body


def day(seller: Seller, form: str = "%Y-%m-%d") -> str:
    return time.strftime(form, time.gmtime(seller.workspace.now().wire + 7 * 3600))


def product(seller: Seller) -> int:
    wire: int = seller.simple()["basic"]["productID"]
    return wire


def category(seller: Seller) -> int:
    number: int = seller.simple()["basic"]["childCategoryID"]
    return number


def new(seller: Seller) -> dict[str, Any]:
    return {"name": "Kopi Gayo 250 g", "category_id": category(seller), "price": 45000, "stock": 3, "sku": "NEW-1"}


def slash(seller: Seller) -> dict[str, Any]:
    now = seller.workspace.now().wire
    return {"product_id": product(seller), "discount_percentage": 10, "start_time_unix": now + 600, "end_time_unix": now + 7200, "max_order": 5}


def slashed(seller: Seller) -> dict[str, Any]:
    seller.post("/v1/slash-price/fs/{fs_id}/add", [slash(seller)])
    row: dict[str, Any] = seller.get("/v2/slash-price/fs/{fs_id}/view", page=1, per_page=1)[0]
    return {"slash_price_product_id": row["slash_price_product_id"], "product_id": row["product_id"]}


def bundle(seller: Seller) -> dict[str, Any]:
    rows = [row for row in seller.products() if not row["variant"] and row["basic"]["status"] == 1][:2]
    items = [{"product_id": row["basic"]["productID"], "status": 1, "bundle_price": row["price"]["value"] - 1000, "min_order": 1} for row in rows]
    return {"bundle": {"bundle_name": "Paket Hemat", "bundle_type": 2, "bundle_status": 1, "start_time_unix": seller.workspace.now().wire, "warehouse_id": [], "bundle_items": items}}


def bundled(seller: Seller) -> int:
    wire: int = seller.post("/v1/products/bundle/fs/{fs_id}/create", bundle(seller))["bundle_ids"][0]
    return wire


def showcase(seller: Seller) -> int:
    wire: int = seller.post("/v1/showcase/fs/{fs_id}/create", {"name": "Baru"})["created_id"]
    return wire


def thread(seller: Seller) -> int:
    seller.mock("POST", "conversations", {"buyer_app": "tokopedia", "text": "Halo"})
    wire: int = seller.get("/v1/chat/fs/{fs_id}/messages", page=1, per_page=1)[0]["msg_id"]
    return wire


def line(seller: Seller) -> tuple[int, int]:
    order = seller.order(items=[{"sku": seller.simple()["other"]["sku"], "quantity": 2}])["order_id"]
    return order, seller.single(order)["order_info"]["order_detail"][0]["order_detail_id"]


def asked_to_cancel(seller: Seller) -> int:
    order = seller.accepted()
    seller.mock("POST", f"orders/{order['key']}/request-cancel", {})
    wire: int = order["order_id"]
    return wire


def window(seller: Seller) -> dict[str, Any]:
    now = seller.workspace.now().wire
    return {"fs_id": seller.api.fs_id, "from_date": now - DAY, "to_date": now, "page": 1, "per_page": 10}


def days(seller: Seller) -> dict[str, str]:
    return {"start_date": day(seller, "%Y%m%d"), "end_date": day(seller, "%Y%m%d")}


def between(seller: Seller) -> dict[str, str]:
    return {"from_date": day(seller), "to_date": day(seller)}


def registered(seller: Seller) -> int:
    seller.listen()
    wire: int = seller.order()["order_id"]
    return wire


def partial(seller: Seller) -> Asked:
    order, detail = line(seller)
    return "POST", f"/v1/order/{order}/fs/{{fs_id}}/pof/request", {}, {"pof_detail": [{"order_dtl_id": detail, "quantity_request": 1}]}


AT_STATISTICS = "/v1/statistics/{}/fs/{{fs_id}}/{}"
BUNDLE = "/v1/products/bundle/fs/{fs_id}/"

# Endpoint → how it is called so that it answers.
HAPPY: dict[str, Callable[[Seller], Asked]] = {
    "getProductInfo": lambda s: ("GET", INFO, {"page": 1, "per_page": 10}, None),
    "getVariantsByCategoryId": lambda s: ("GET", "/inventory/v2/fs/{fs_id}/category/get_variant", {"cat_id": category(s)}, None),
    "getVariantsByCategoryIdV1": lambda s: ("GET", "/inventory/v1/fs/{fs_id}/category/get_variant", {"cat_id": category(s)}, None),
    "getVariantsByProductId": lambda s: ("GET", f"/inventory/v1/fs/{{fs_id}}/product/variant/{s.parent()['basic']['productID']}", {}, None),
    "getProductAnnotationByCategoryId": lambda s: ("GET", "/v1/fs/{fs_id}/product/annotation", {"cat_id": category(s)}, None),
    "getProductDiscussion": lambda s: ("GET", "/v1/discussion/fs/{fs_id}/list", {"product_id": product(s), "page": 1, "per_page": 10}, None),
    "updateStockOverwrite": lambda s: ("POST", "/inventory/v1/fs/{fs_id}/stock/update", {}, [{"product_id": product(s), "new_stock": 5}]),
    "updateStockIncrement": lambda s: ("POST", "/inventory/v2/fs/{fs_id}/stock/increment", {}, [{"product_id": product(s), "stock_value": 1}]),
    "updateStockDecrement": lambda s: ("POST", "/inventory/v1/fs/{fs_id}/stock/decrement", {}, [{"product_id": product(s), "stock_value": 1}]),
    "updatePrice": lambda s: ("POST", "/inventory/v1/fs/{fs_id}/price/update", {}, [{"product_id": product(s), "new_price": 50000}]),
    "deleteProduct": lambda s: ("DELETE", "/v3/products/fs/{fs_id}/delete", {}, {"product_id": [product(s)]}),
    "setInactiveProduct": lambda s: ("POST", "/v1/products/fs/{fs_id}/inactive", {}, {"product_id": [product(s)]}),
    "setActiveProduct": lambda s: ("POST", "/v1/products/fs/{fs_id}/active", {}, {"product_id": [product(s)]}),
    "createProductV3": lambda s: ("POST", "/v3/products/fs/{fs_id}/create", {}, {"products": [new(s)]}),
    "editProductV3": lambda s: ("PATCH", "/v3/products/fs/{fs_id}/edit", {}, {"products": [{"id": product(s), "name": "Kopi lain"}]}),
    "createProductV2": lambda s: ("POST", "/v2/products/fs/{fs_id}/create", {}, {"products": [new(s)]}),
    "editProductV2": lambda s: ("PATCH", "/v2/products/fs/{fs_id}/edit", {}, {"products": [{"id": product(s), "name": "Kopi lain"}]}),
    "checkUploadStatus": lambda s: ("GET", f"/v2/products/fs/{{fs_id}}/status/{s.post('/v2/products/fs/{fs_id}/create', {'products': [new(s)]})['upload_id']}", {}, None),
    "getAllProductsV2": lambda s: ("GET", "/v2/products/fs/{fs_id}/1/10", {}, None),
    "getAllActiveProducts": lambda s: ("GET", "/inventory/v1/fs/{fs_id}/product/list", {"rows": 10, "start": 0}, None),
    "getAllCategories": lambda s: ("GET", "/inventory/v1/fs/{fs_id}/product/category", {}, None),
    "getAllOrders": lambda s: ("GET", "/v2/order/list", window(s), None),
    "getSingleOrder": lambda s: ("GET", "/v2/fs/{fs_id}/order", {"order_id": s.order()["order_id"]}, None),
    "acceptOrder": lambda s: ("POST", f"/v1/order/{s.order()['order_id']}/fs/{{fs_id}}/ack", {}, None),
    "rejectOrder": lambda s: ("POST", f"/v1/order/{s.order()['order_id']}/fs/{{fs_id}}/nack", {}, {"reason_code": 5, "reason": "lain"}),
    "rejectRequestCancel": lambda s: ("POST", f"/v1/order/{asked_to_cancel(s)}/fs/{{fs_id}}/reject-cancel", {}, None),
    "requestPartialOrderFulfillment": partial,
    "requestPickup": lambda s: ("POST", "/inventory/v1/fs/{fs_id}/pick-up", {}, {"order_id": s.accepted()["order_id"], **s.shop}),
    "confirmShipping": lambda s: ("POST", f"/v1/order/{s.accepted()['order_id']}/fs/{{fs_id}}/status", {}, {"order_status": 500, "shipping_ref_num": "JX"}),
    "getShippingLabel": lambda s: ("GET", f"/v1/order/{s.accepted()['order_id']}/fs/{{fs_id}}/shipping-label", {}, None),
    "getShippingLabelV2": lambda s: ("GET", f"/v2/order/{s.accepted()['order_id']}/fs/{{fs_id}}/shipping-label", {}, None),
    "getOrderCobCod": lambda s: ("GET", "/v1/fs/{fs_id}/fulfillment_order", {"per_page": 5}, None),
    "getResolutionTicket": lambda s: ("GET", "/resolution/v1/fs/{fs_id}/ticket", between(s), None),
    "updateShipmentInfo": lambda s: ("POST", "/v2/logistic/fs/{fs_id}/update", {}, {"1": {"6": 0}}),
    "getShipmentInfo": lambda s: ("GET", "/v2/logistic/fs/{fs_id}/info", {}, None),
    "getActiveCourier": lambda s: ("GET", "/v1/logistic/fs/{fs_id}/active-info", {}, None),
    "createShowcase": lambda s: ("POST", "/v1/showcase/fs/{fs_id}/create", {}, {"name": "Baru"}),
    "updateShowcase": lambda s: ("PATCH", "/v1/showcase/fs/{fs_id}/update", {}, {"id": showcase(s), "name": "Lama"}),
    "deleteShowcase": lambda s: ("POST", "/v1/showcase/fs/{fs_id}/delete", {}, {"id": showcase(s)}),
    "getShowcase": lambda s: ("GET", "/v1/showcase/fs/{fs_id}/get", {}, None),
    "getShowcaseAllEtalase": lambda s: ("GET", "/inventory/v1/fs/{fs_id}/product/etalase", {}, None),
    "updateShopStatus": lambda s: ("POST", "/v2/shop/fs/{fs_id}/shop-status", {}, {**s.shop, "action": "open"}),
    "getShopInfo": lambda s: ("GET", "/v1/shop/fs/{fs_id}/shop-info", {}, None),
    "getEpharmacyShopInfo": lambda s: ("GET", "/v1/epharmacy/fs/{fs_id}/shop/attributes/info", {}, None),
    "setEpharmacyShopInfo": lambda s: ("POST", "/v1/epharmacy/fs/{fs_id}/shop/attributes/update", {}, [{**s.shop, "pharmacy_info": {"apj": "x"}}]),
    "getListMessage": lambda s: ("GET", "/v1/chat/fs/{fs_id}/messages", {"page": 1, "per_page": 10}, None),
    "getListReply": lambda s: ("GET", f"/v1/chat/fs/{{fs_id}}/messages/{thread(s)}/replies", {"page": 1, "per_page": 10}, None),
    "sendReply": lambda s: ("POST", f"/v1/chat/fs/{{fs_id}}/messages/{thread(s)}/reply", {}, {**s.shop, "message": "Ya kak"}),
    "initiateChat": lambda s: ("GET", "/v1/chat/fs/{fs_id}/initiate", {"order_id": s.order()["order_id"]}, None),
    "addSlashPrice": lambda s: ("POST", "/v1/slash-price/fs/{fs_id}/add", {}, [slash(s)]),
    "updateSlashPrice": lambda s: ("POST", "/v1/slash-price/fs/{fs_id}/update", {}, [{**slash(s), **slashed(s)}]),
    "cancelSlashPrice": lambda s: ("POST", "/v1/slash-price/fs/{fs_id}/cancel", {}, [slashed(s)]),
    "viewSlashPrice": lambda s: ("GET", "/v2/slash-price/fs/{fs_id}/view", {"page": 1, "per_page": 10}, None),
    "viewSlashPriceV1": lambda s: ("GET", "/v1/slash-price/fs/{fs_id}/view", {"page": 1, "per_page": 10}, None),
    "viewCampaignProducts": lambda s: ("GET", "/v1/campaign/fs/{fs_id}/view", {"product_id": product(s)}, None),
    "createBundle": lambda s: ("POST", BUNDLE + "create", {}, bundle(s)),
    "cancelBundle": lambda s: ("PATCH", BUNDLE + "edit", {}, {"bundle_id": bundled(s)}),
    "getBundleList": lambda s: ("GET", BUNDLE + "list", {"type": 2}, None),
    "getBundleInfo": lambda s: ("GET", BUNDLE + "info", {"bundle_id": bundled(s)}, None),
    "getSaldoHistory": lambda s: ("GET", f"/v1/fs/{{fs_id}}/shop/{s.api.shop_id}/saldo-history", {**between(s), "page": 1, "per_page": 10}, None),
    "getShopPerformance": lambda s: ("GET", AT_STATISTICS.format("shop_performance", s.api.shop_id), days(s), None),
    "getProductStatistic": lambda s: ("GET", AT_STATISTICS.format("product-statistics", s.api.shop_id), days(s), None),
    "getTransactionStatistic": lambda s: ("GET", AT_STATISTICS.format("transaction-statistics", s.api.shop_id), days(s), None),
    "getBuyerStatistic": lambda s: ("GET", AT_STATISTICS.format("buyer-statistics", s.api.shop_id), days(s), None),
    "getRegisteredWebhooks": lambda s: ("GET", "/v1/fs/{fs_id}", {}, None),
    "registerWebhook": lambda s: ("POST", "/v1/fs/{fs_id}/register", {}, {"order_status_url": "http://127.0.0.1:9/x"}),
    "registerPublicKey": lambda s: ("POST", "/v1/fs/{fs_id}/register", {"upload": 1}, b'--b\r\ncontent-disposition: form-data; name="public_key"; filename="k"\r\n\r\n' + KEY + b"\r\n--b--\r\n"),
    "getOrderWebhook": lambda s: ("GET", f"/v1/order/{s.order()['order_id']}/fs/{{fs_id}}/webhook", {"type": "order_status"}, None),
    "triggerWebhook": lambda s: ("POST", "/v1/fs/{fs_id}/trigger", {}, {"order_id": registered(s), "type": "order_status"}),
    "getIpWhitelist": lambda s: ("GET", "/v1/fs/{fs_id}/whitelist", {}, None),
    "updateIpWhitelist": lambda s: ("POST", "/v1/fs/{fs_id}/whitelist", {}, {"insert": ["10.0.0.1"]}),
    "setFsState": lambda s: ("POST", "/v1/fs/{fs_id}/state", {}, {"switcher_webhook": True}),
    "tokocabangStockSync": lambda s: ("POST", "/inventory/v1/fs/{fs_id}/stock/sync", {"warehouse_id": s.simple()["warehouses"][0]["warehouseID"]}, [{"product_id": product(s), "new_stock": 4}]),
    "tokocabangGetProductStock": lambda s: ("GET", "/fulfillment/partner/fs/{fs_id}/inventory/stock", {"product_ids": product(s)}, None),
    "tokocabangTriggerWebhook": lambda s: ("POST", "/fulfillment/partner/fs/{fs_id}/webhook/trigger", {}, {"order_id": registered(s), "webhook_type": "order_notification"}),
    "tokocabangWebhookPayload": lambda s: ("GET", "/fulfillment/partner/fs/{fs_id}/webhook/payload", {"order_id": s.order()["order_id"]}, None),
    **{
        endpoint.source: lambda s, endpoint=endpoint: (endpoint.method, endpoint.path.replace("{phone_number}", "0812").replace("{barcode}", "899"), {}, None)
        for endpoint in CATALOG
        if endpoint.source.startswith("mitra")
    },
}


def send(seller: Seller, asked: Asked, *, shop: object = None, **more: Any) -> Reply:
    method, path, query, body = asked
    headers = {"content-type": "multipart/form-data; boundary=b"} if isinstance(body, bytes) and body.startswith(b"--b") else {}
    return seller.api.reply(method, path, {"shop_id": seller.api.shop_id if shop is None else shop, **query}, body, headers=headers, **more)


def error(reply: Reply) -> str:
    return str(orjson.loads(reply.body).get("header", {}).get("error_code", ""))


def test_every_endpoint_has_a_happy_call() -> None:
    assert sorted(HAPPY) == SOURCES


@pytest.mark.parametrize("source", SOURCES)
def test_a_call_as_it_should_be_is_answered(source: str) -> None:
    seller = Seller()
    reply = send(seller, HAPPY[source](seller))
    assert reply.status == 200, reply.body[:300]
    last = next(reversed(seller.workspace.journal))
    assert (last.outcome, last.refused) == ("answered", ()) and last.endpoint is not None and last.endpoint.source == source
    assert {"X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset-After", "X-Ratelimit-Full-Reset-After", "X-Mock-Exchange"} <= set(dict(reply.headers))
    if last.endpoint.effect == "write" and last.endpoint.fidelity == "stateful" and source not in ("setActiveProduct", "updateShopStatus"):
        assert last.changed, "a write that has written nothing"


@pytest.mark.parametrize("source", SOURCES)
def test_the_wrong_token_gets_html_and_changes_nothing(source: str) -> None:
    seller = Seller()
    asked = HAPPY[source](seller)
    before, seller.api.token = seller.workspace.world, "c:wrong"
    reply = send(seller, asked)
    assert (reply.status, reply.content_type) == (401, "text/html") and b"401 Authorization Required" in reply.body
    assert seller.workspace.world is before


@pytest.mark.parametrize("source", SOURCES)
def test_another_apps_number_is_refused(source: str) -> None:
    seller = Seller()
    method, path, query, body = HAPPY[source](seller)
    before = seller.workspace.world
    query = {**query, "fs_id": 99} if "fs_id" in query else query
    reply = send(seller, (method, path.replace("{fs_id}", "99"), query, body))
    assert (reply.status, error(reply)) == (403, "RBAC_MDLW_001")
    assert seller.workspace.world is before


@pytest.mark.parametrize("source", SOURCES)
def test_another_apps_shop_is_refused(source: str) -> None:
    seller = Seller()
    asked = HAPPY[source](seller)
    before = seller.workspace.world
    reply = send(seller, asked, shop=12345678)
    assert (reply.status, error(reply)) == (403, "RBAC_MDLW_001")
    assert seller.workspace.world is before


WRITES = [source for source in SOURCES if isinstance(HAPPY[source](Seller())[3], (dict, list))]  # those with a JSON body
MALFORMED = [(source, body) for source in WRITES for body in (b"{", b"[1]", b"7", b'{"products":7}', b"[]", b"{}")]


# Registering no address at all takes every address away, and what is no address is ignored.
@pytest.mark.parametrize(("source", "body"), [pair for pair in MALFORMED if pair not in (("registerWebhook", b"{}"), ("registerWebhook", b'{"products":7}'))])
def test_a_malformed_body_is_refused_and_changes_nothing(source: str, body: bytes) -> None:
    seller = Seller()
    method, path, query, _ = HAPPY[source](seller)
    before = seller.workspace.world
    reply = send(seller, (method, path, query, body))
    assert reply.status >= 400, reply.body
    assert seller.workspace.world is before


@pytest.mark.parametrize("source", WRITES)
def test_fields_of_the_wrong_type_are_refused_or_fail_row_by_row(source: str) -> None:
    seller = Seller()
    method, path, query, given = HAPPY[source](seller)

    def spoilt(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: spoilt(inner) for name, inner in value.items()}
        return [spoilt(inner) for inner in value] if isinstance(value, list) else {"wrong": True}

    before = seller.workspace.world.shelves
    reply = send(seller, (method, path, query, spoilt(given)))
    answer = orjson.loads(reply.body)
    rows = answer.get("data") or {}
    failed = rows.get("failed_rows", rows.get("fail_data", 0)) if isinstance(rows, dict) else 0
    assert 400 <= reply.status < 500 or failed or "Unauthorized" in reply.body.decode() or source.endswith("V2"), reply.body
    if not source.endswith("V2"):  # a batch is kept even when every row of it has failed
        assert {name: shelf.rows for name, shelf in seller.workspace.world.shelves.items()} == {name: shelf.rows for name, shelf in before.items()}
