"""A seller's week on both platforms, before, during and after the merge, through ``tiktok-shop-api`` from PyPI alone, with a receiver that listens."""

from __future__ import annotations

import io
import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from tiktok_shop_api import TikTokShop, TikTokShopAuth, TikTokShopError, Webhooks
from tiktok_shop_api.generated import models
from tiktok_shop_api.generated.types import File
from tiktok_shop_api.webhooks import UnknownWebhookEvent

PICTURE = bytes.fromhex("89504e470d0a1a0a0000000d49484452000002580000025808020000003195b6f9")


class Inbox(HTTPServer):
    """Takes webhooks as an integration would: verifies each with the client's own verifier, and answers 401 where it cannot."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.key = self.secret = ""
        self.events: list[Any] = []
        self.refused: list[bytes] = []
        self.others: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Post(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        status = 200
        if self.path == "/tiktok":
            try:
                self.server.events.append(Webhooks.verify_and_parse(app_key=self.server.key, app_secret=self.server.secret, raw_body=body, signature=self.headers["authorization"]))
            except Exception:
                self.server.refused.append(body)
                status = 401
        else:
            self.server.others.append(json.loads(body))
        self.send_response(status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


class Week:
    """The seller's side: a client that is authorised anew whenever days have gone by. The world's side: the control API."""

    def __init__(self, base_url: str, inbox: Inbox) -> None:
        self.base_url = base_url
        self.inbox = inbox
        spec = {"seed": 3, "world": "demo", "clock": {"mode": "frozen", "wire": "virtual"}, "settings": {"tiktok_audit_seconds": 3600}}
        made = httpx.post(f"{base_url}/_mock/workspaces", json=spec, trust_env=False).json()
        self.id, self.seller = made["id"], made["sellers"][0]["seller"]
        given = made["tiktok_shop"]
        inbox.key, inbox.secret = given["app_key"], given["app_secret"]
        self.auth = TikTokShopAuth(given["app_key"], given["app_secret"], base_url=base_url)
        self.tokens = self.auth.exchange_code(given["auth_code"])
        self.clients: list[TikTokShop] = []
        self.mock("PUT", "/webhook-urls", {"tiktok_shop": f"{inbox.url}/tiktok", "tokopedia": f"{inbox.url}/tokopedia"})
        self.enter()

    def enter(self) -> None:
        self.tokens = self.auth.refresh(self.tokens.refresh_token)
        bare = TikTokShop(self.inbox.key, self.inbox.secret, self.tokens.access_token, base_url=self.base_url)
        self.clients.append(bare)
        self.client = bare.with_shop(shop_cipher=bare.authorization.get_authorized_shops().data.shops[0].cipher)
        self.clients.append(self.client)

    def close(self) -> None:
        for client in self.clients:
            client.close()

    def mock(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.base_url}/_mock/workspaces/{self.id}{path}", json=body, timeout=60, trust_env=False)
        assert answer.status_code < 400, answer.text
        return answer.json() if answer.content else None

    def passes(self, days: int = 0, **until: Any) -> None:
        for _ in range(days):
            self.mock("POST", "/clock/advance", {"seconds": 86400})
            self.enter()
        if until:
            self.mock("POST", "/clock/advance", {"seller": self.seller, **until})
            self.enter()

    def order(self, sku: str, quantity: int = 1, app: str = "tiktok_shop") -> dict[str, Any]:
        placed: dict[str, Any] = self.mock("POST", "/orders", {"seller": self.seller, "buyer_app": app, "items": [{"sku": sku, "quantity": quantity}], "force": True})
        return placed

    def act(self, order: dict[str, Any], *acts: str) -> None:
        for act in acts:
            self.mock("POST", f"/orders/{order['key']}/{act}", {})

    def read(self, order: dict[str, Any]) -> Any:
        return self.client.orders.get_order_detail(ids=[order["order_id"]]).data.orders[0]

    def ship(self, order: dict[str, Any]) -> str:
        package: str = self.read(order).packages[0].id
        self.client.fulfillment.ship_package(package, body=body(models.ShipPackageRequest, handover_method="PICKUP"))
        return package

    def found(self) -> list[str]:
        """Every order that is there, page by page."""
        ids: list[str] = []
        token = None
        while True:
            asked = {"page_token": token} if token else {}
            told = self.client.orders.get_order_list(page_size=5, sort_field=models.GetOrderListSortField("update_time"), body=body(models.GetOrderListRequest), **asked).data
            ids += [order.id for order in told.orders]
            token = told.next_page_token
            if not token:
                return ids


def body(model: Any, **fields: Any) -> Any:
    return model.from_dict(fields)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    server = Inbox()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def week(base_url: str, inbox: Inbox) -> Iterator[Week]:
    made = Week(base_url, inbox)
    yield made
    made.close()


def made_product(week: Week) -> tuple[str, str]:
    """A product with a picture is created, passes review, is edited, priced and stocked. Answers its id and its SKU's."""
    products = week.client.products
    picture = File(payload=io.BytesIO(PICTURE), file_name="rajut.png", mime_type="image/png")
    image = products.upload_product_image(body=models.UploadProductImageRequest(data=picture, use_case=models.UploadProductImageRequestUseCase.MAIN_IMAGE)).data
    assert (image.width, image.height) == (600, 600)
    leaf = next(category for category in products.get_categories(locale=models.GetCategoriesLocale("id-ID")).data.categories if category.is_leaf).id
    warehouse = next(one for one in week.client.logistics.get_warehouse_list().data.warehouses if one.type_ == "SALES_WAREHOUSE").id
    sku = {"seller_sku": "MINGGU-01", "price": {"amount": "45000", "currency": "IDR"}, "inventory": [{"warehouse_id": warehouse, "quantity": 7}]}
    whole = {
        "title": "Tas Rajut Buatan Tangan dari Yogyakarta",
        "description": "<p>Rajutan halus, dibuat satu per satu.</p>",
        "category_id": leaf,
        "main_images": [{"uri": image.uri}],
        "package_weight": {"value": "0.35", "unit": "KILOGRAM"},
        "skus": [sku],
    }
    made = products.create_product(body=body(models.CreateProductRequest, **whole)).data
    product, sku_id = made.product_id, made.skus[0].id
    assert products.get_product(product).data.status == "PENDING"
    week.passes(days=1)
    products = week.client.products
    assert products.get_product(product).data.status == "ACTIVATE"

    products.update_price(product, body=body(models.UpdatePriceRequest, skus=[{"id": sku_id, "price": {"amount": "47500", "currency": "IDR"}}]))
    stock = [{"id": sku_id, "inventory": [{"warehouse_id": warehouse, "quantity": 30}]}]
    products.update_inventory(product, body=body(models.UpdateInventoryRequest, skus=stock))
    products.partial_edit_product(product, body=body(models.PartialEditProductRequest, description="<p>Rajutan baru.</p>"))
    edited = whole | {"title": "Tas Rajut yang Lain dari Yogyakarta", "skus": [sku | {"id": sku_id}]}
    edited["skus"][0] = {name: value for name, value in edited["skus"][0].items() if name not in ("price", "inventory")}
    products.edit_product(product, body=body(models.EditProductRequest, **edited))
    week.passes(days=1)
    read = week.client.products.get_product(product).data
    assert (read.title, read.skus[0].price.sale_price) == ("Tas Rajut yang Lain dari Yogyakarta", "47500")
    free = week.client.products.inventory_search(body=body(models.InventorySearchRequest, product_ids=[product])).data.inventory[0].skus[0]
    assert free.total_available_quantity == 30
    return product, sku_id


def sold(week: Week) -> None:
    """Orders are shipped with their labels, delivered, refunded, sent back and cancelled; chats are answered."""
    kept, refunded, sent_back, unwanted, lacking = (week.order("MINGGU-01") for _ in range(5))
    assert {order["order_id"] for order in (kept, refunded, sent_back, unwanted, lacking)} <= set(week.found())
    packages = [week.ship(order) for order in (kept, refunded, sent_back)]
    assert {week.read(order).status for order in (kept, refunded, sent_back)} == {"AWAITING_COLLECTION"}
    label = week.client.fulfillment.get_package_shipping_document(packages[0], document_type="SHIPPING_LABEL").data
    assert httpx.get(label.doc_url, trust_env=False).content.startswith(b"%PDF") and label.tracking_number
    moving = week.client.fulfillment.search_package(page_size=50, body=body(models.SearchPackageRequest, package_status="PROCESSING")).data
    assert set(packages) <= {package.id for package in moving.packages}
    for order in (kept, refunded, sent_back):
        week.act(order, "collect", "deliver")
    assert week.client.fulfillment.get_order_tracking(kept["order_id"]).data.tracking

    returns = week.client.return_and_refund
    refund = week.mock("POST", "/returns", {"order": refunded["key"], "kind": "REFUND"})["return_id"]
    returns.approve_return(refund, body=body(models.ApproveReturnRequest, decision="APPROVE_REFUND"))
    week.mock("POST", f"/returns/{refund}/refund", {})
    back = week.mock("POST", "/returns", {"order": sent_back["key"], "kind": "RETURN_AND_REFUND"})["return_id"]
    returns.approve_return(back, body=body(models.ApproveReturnRequest, decision="APPROVE_RETURN"))
    week.mock("POST", f"/returns/{back}/send-back", {})
    week.mock("POST", f"/returns/{back}/arrive", {})
    returns.approve_return(back, body=body(models.ApproveReturnRequest, decision="APPROVE_RECEIVED_PACKAGE"))
    week.mock("POST", f"/returns/{back}/refund", {})
    over = returns.search_returns(page_size="10", body=body(models.SearchReturnsRequest, return_ids=[refund, back])).data.return_orders
    assert {row.return_status for row in over} == {"RETURN_OR_REFUND_REQUEST_COMPLETE"}
    assert len(returns.get_return_records(back).data.records) >= 4

    week.act(unwanted, "request-cancel")
    asked = returns.search_cancellations(page_size="10", body=body(models.SearchCancellationsRequest, order_ids=[unwanted["order_id"]])).data.cancellations[0]
    returns.approve_cancellation(asked.cancel_id, body=body(models.ApproveCancellationRequest))
    returns.cancel_order(body=body(models.CancelOrderRequest, order_id=lacking["order_id"], cancel_reason="seller_cancel_reason_out_of_stock"))
    assert {week.read(order).status for order in (unwanted, lacking)} == {"CANCELLED"}

    answered(week, "tiktok_shop", "TIKTOK_SHOP")
    week.act(kept, "complete")


def answered(week: Week, app: str, platform: str) -> None:
    """A buyer writes in an app; the seller reads and answers."""
    week.mock("POST", "/conversations", {"seller": week.seller, "buyer_app": app, "text": "Halo, masih ada?"})
    service = week.client.customer_service
    chat = service.get_conversations(page_size=10).data.conversations[0]
    assert platform in {person.buyer_platform for person in chat.participants if person.role == "BUYER"} and chat.unread_count
    said = service.get_conversation_messages(chat.id, page_size=5).data.messages[0]
    assert json.loads(said.content) == {"content": "Halo, masih ada?"}
    service.send_message(chat.id, body=body(models.SendMessageRequest, type="TEXT", content=json.dumps({"content": "Masih, kak."})))
    service.mark_buyer_messages_as_read(chat.id, body=body(models.MarkBuyerMessagesAsReadRequest))
    assert service.get_conversation(chat.id).data.conversation.unread_count == 0


def merged(week: Week, product: str, sku: str) -> None:
    """The shops merge: what is locked stays locked, a Tokopedia buyer's order and chat come to TikTok Shop, and product merge opens everything."""
    old = week.order("TMB-03", app="tokopedia")
    assert (old["platform"], str(old["order_id"]) in week.found()) == ("tokopedia", False)
    week.mock("POST", "/migration/link", {"seller": week.seller})
    locked = body(models.PartialEditProductRequest, description="<p>Tidak bisa.</p>")
    with pytest.raises(TikTokShopError) as refused:
        week.client.products.partial_edit_product(product, body=locked)
    assert refused.value.code == 12052332
    week.client.products.update_price(product, body=body(models.UpdatePriceRequest, skus=[{"id": sku, "price": {"amount": "48000", "currency": "IDR"}}]))
    week.passes(until="MERGED")

    found = week.client.products.search_products(page_size=100, body=body(models.SearchProductsRequest, status="ACTIVATE")).data
    assert found.total_count > 1
    new = week.order("TMB-03", app="tokopedia")
    assert (new["platform"], week.read(new).commerce_platform) == ("tiktok_shop", "TOKOPEDIA")
    assert new["order_id"] in week.found() and str(old["order_id"]) not in week.found()
    week.ship(new)
    week.act(new, "collect", "deliver", "complete")
    answered(week, "tokopedia", "TOKOPEDIA")

    week.mock("POST", "/migration/confirm-product-merge", {"seller": week.seller})
    week.client.products.partial_edit_product(product, body=locked)
    both = {"product_ids": [product], "listing_platforms": ["TIKTOK_SHOP"]}
    week.client.products.deactivate_products(body=body(models.DeactivateProductsRequest, **both))
    assert week.client.products.get_product(product).data.status == "SELLER_DEACTIVATED"
    week.client.products.activate_products(body=body(models.ActivateProductsRequest, **both))


def books(week: Week) -> None:
    """Every statement is what its transactions come to, and the money can be drawn."""
    week.passes(days=3)
    finance = week.client.finance
    statements = finance.get_statements(sort_field="statement_time", page_size=100).data.statements
    assert statements
    for statement in statements:
        rows = finance.get_transactions_by_statement(statement.id, sort_field="order_create_time", page_size=100).data
        assert sum(int(row.settlement_amount) for row in rows.transactions) == int(statement.settlement_amount)
    order = next(row.order_id for row in rows.transactions if row.order_id)
    assert finance.get_transactions_by_order(order).data.sku_transactions
    assert finance.get_unsettled_transactions(sort_field="order_create_time", page_size=10).data.transactions is not None
    week.mock("POST", "/money/withdraw", {"seller": week.seller, "amount": 1000})
    drawn = finance.get_seller_financial_transactions(types=[models.GetSellerFinancialTransactionsTypesItem("WITHDRAW")], page_size=10).data
    assert drawn is not None


def test_a_selling_week_with_a_merge_in_it(week: Week, inbox: Inbox) -> None:
    product, sku = made_product(week)
    sold(week)
    merged(week, product, sku)
    books(week)
    week.mock("POST", "/clock/advance", {"seconds": 0})

    assert inbox.refused == []
    assert not [event for event in inbox.events if isinstance(event, UnknownWebhookEvent)]
    told = Counter(event.type_ for event in inbox.events)
    assert {1, 5, 11, 12, 13, 14, 15, 16, 37} <= set(told)
    assert len({event.tts_notification_id for event in inbox.events}) == len(inbox.events)
    assert [one["status"] for one in inbox.others if "tts_seller_id" in one] == ["merge"]
    assert week.mock("GET", "/webhooks")["deliveries"]
