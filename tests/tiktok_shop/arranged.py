"""For each endpoint of TikTok Shop a call that succeeds, and the world in which it does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import selling

from mockplatforms.domain import orders, placing, shipping, shops
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.products import PRODUCTS
from mockplatforms.domain.shops import COURIERS
from mockplatforms.domain.world import World
from mockplatforms.testing import Order, Shop, TikTokShop
from mockplatforms.tiktok_shop import ids, logistics

_S = Platform.TIKTOK_SHOP
FILE = (
    b'--b\r\ncontent-disposition: form-data; name="data"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n'
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02X\x00\x00\x02X\x08\x02\x00\x00\x00\r\n"
    b'--b\r\ncontent-disposition: form-data; name="name"\r\n\r\na.png\r\n--b--\r\n'
)
PAPER = (
    b'--b\r\ncontent-disposition: form-data; name="data"; filename="a.pdf"\r\ncontent-type: application/pdf\r\n\r\n%PDF-1.4\r\n'
    b'--b\r\ncontent-disposition: form-data; name="name"\r\n\r\nSNI.PDF\r\n--b--\r\n'
)


class Asked(NamedTuple):
    """Query and body of a call, and what stands for the parameters of its path, in their order."""

    path: tuple[str, ...] = ()
    query: dict[str, str] = {}  # noqa: RUF012  # nobody writes to it
    body: Any = None


class Seller:
    """A seller of the small world, who knows what is in the shop."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.api: TikTokShop = shop.tiktok_shop
        self.workspace = self.api.workspace

    @property
    def world(self) -> World:
        return self.workspace.world

    def order(self, at: str = "paid", **more: Any) -> Order:
        """An order as far as ``at``: paid, arranged, transit, delivered or completed."""
        order = self.shop.place_order("KRP-01", 2, on="tiktok_shop", force=True, **more)
        steps = ("paid", "arranged", "transit", "delivered", "completed")
        acts: tuple[Callable[[], Any], ...] = (
            lambda: self.workspace.apply(shipping.ship, self.placed(order).packages[0], handover="PICKUP"),
            lambda: self.shop.collect(order),
            lambda: self.shop.arrive(order),
            lambda: self.shop.complete(order),
        )
        for act in acts[: steps.index(at)]:
            act()
        return order

    def placed(self, order: Order) -> orders.Order:
        return orders.find(self.world, int(order.key.removeprefix("order-")))

    def id(self, at: str = "paid") -> str:
        return str(self.order(at).id)

    def by_seller(self) -> orders.Order:
        """An order that the seller's own courier brings."""
        owner = shops.sellers(self.world)[0]
        custom = next(courier for courier in self.world.shelf(COURIERS).page("by_service") if courier.shipper_id == 999)

        def place(world: World) -> Any:
            lines = placing.resolve(world, owner, _S, [{"sku": "KRP-01", "quantity": 2}], force=True)
            return placing.place(world, owner, lines, buyer=placing.buyer_named(world, "sari"), buyer_app=_S, platform=_S, courier=custom, force=True)

        serial = self.workspace.apply(place)
        return orders.find(self.world, serial)

    def package_of(self, order: orders.Order) -> str:
        return ids.text(ids.package(self.world), order.packages[0])

    def two_skus(self, buyer: str = "sari", **more: Any) -> orders.Order:
        """A paid order of two SKUs."""
        owner = shops.sellers(self.world)[0]

        def place(world: World) -> Any:
            lines = placing.resolve(world, owner, _S, [{"sku": "KRP-01", "quantity": 2}, {"sku": "KRP-02", "quantity": 1}], force=True)
            return placing.place(world, owner, lines, buyer=placing.buyer_named(world, buyer), buyer_app=_S, platform=_S, force=True, **more)

        serial = self.workspace.apply(place)
        return orders.find(self.world, serial)

    def rule(self, **changes: Any) -> None:
        self.workspace.govern(self.world.rules.but(**changes))

    def discounted(self) -> orders.Order:
        """An order of which seller and platform have taken something off."""
        items = [{"sku": "KRP-01", "quantity": 3, "seller_discount": 1001, "platform_discount": 502}]
        key = self.shop.control("POST", "/orders", {"buyer_app": "tiktok_shop", "buyer": "sari", "items": items, "shipping_subsidy": 999, "force": True})["key"]
        return orders.find(self.world, int(key.removeprefix("order-")))

    def category(self) -> str:
        """The id of the category of the first SKU that :meth:`two_skus` buys."""
        product = self.world.get(PRODUCTS, self.two_skus().items[0].product)
        assert product is not None
        row = self.world.get(shops.CATEGORIES, product.category)
        assert row is not None
        return str(row.tiktok_shop)

    def order_id(self, order: orders.Order) -> str:
        return ids.text(ids.order(self.world), order.serial)

    def lines_of(self, order: orders.Order) -> list[list[str]]:
        """The ids of its line items, SKU by SKU."""
        return [[ids.text(ids.line(self.world), unit) for unit in item.serials] for item in order.items]

    def combined(self) -> str:
        """A package that holds two orders."""
        pair = [self.two_skus(), self.two_skus()]
        told = self.api.data("POST", "/fulfillment/202309/packages/combine", {}, {"combinable_packages": [{"id": self.package_of(order)} for order in pair]})
        found: str = told["packages"][0]["id"]
        return found

    def split(self) -> list[str]:
        """The packages of an order that was split."""
        order = self.two_skus()
        groups = [{"id": str(n), "order_line_item_ids": lines} for n, lines in enumerate(self.lines_of(order))]
        told = self.api.data("POST", f"/fulfillment/202309/orders/{self.order_id(order)}/split", {}, {"splittable_groups": groups})
        return [row["id"] for row in told["packages"]]

    def package(self, at: str = "paid") -> str:
        return self.package_of(self.placed(self.order(at)))

    def provider(self) -> str:
        option = ids.text(ids.delivery_option(self.world), logistics.BY_SELLER)
        told = self.api.data("GET", f"/logistics/202309/delivery_options/{option}/shipping_providers")
        found: str = told["shipping_providers"][0]["id"]
        return found

    def tracked(self, order: orders.Order) -> dict[str, str]:
        return {"tracking_number": f"JX{order.serial:010d}", "shipping_provider_id": self.provider()}

    def shipped_by_seller(self) -> orders.Order:
        order = self.by_seller()
        self.api.data("POST", f"/fulfillment/202309/packages/{self.package_of(order)}/ship", {}, {"self_shipment": self.tracked(order)})
        return order

    def lost(self) -> str:
        """A package of the seller's own fleet that was lost."""
        package = self.package_of(self.shipped_by_seller())
        row = {"id": package, "delivery_type": "DELIVERY_FAILED", "fail_delivery_reason": "PACKAGE_LOST"}
        self.api.data("POST", "/fulfillment/202309/packages/deliver", {}, {"packages": [row]})
        return package

    def with_slot(self) -> str:
        """A package that was shipped for a slot."""
        package = self.package()
        slot = self.api.data("GET", f"/fulfillment/202309/packages/{package}/handover_time_slots")["pickup_slots"][0]
        self.api.data("POST", f"/fulfillment/202309/packages/{package}/ship", {}, {"pickup_slot": {"start_time": slot["start_time"], "end_time": slot["end_time"]}})
        return package

    def cancellation(self) -> str:
        self.shop.ask_to_cancel(self.order())
        told = self.api.data("POST", "/return_refund/202309/cancellations/search", {"page_size": "10"}, {"cancel_status": ["CANCELLATION_REQUEST_PENDING"]})
        found: str = told["cancellations"][0]["cancel_id"]
        return found

    def request(self, kind: str = "REFUND") -> str:
        told: str = self.shop.control("POST", "/returns", {"order": self.order("delivered").key, "kind": kind})["return_id"]
        return told

    def decide(self, request: str, decision: str, **more: Any) -> None:
        self.api.data("POST", f"/return_refund/202309/returns/{request}/approve", {}, {"decision": decision, **more})

    def reason(self, request: str) -> str:
        found: str = self.api.data("GET", "/return_refund/202309/reject_reasons", {"return_or_cancel_id": request})["reasons"][0]["name"]
        return found

    def chat(self) -> str:
        self.shop.message("Halo", on="tiktok_shop")
        found: str = self.api.data("GET", "/customer_service/202309/conversations", {"page_size": "1"})["conversations"][0]["id"]
        return found

    def answered(self) -> str:
        """A chat in which the seller has answered, and that has come to its end."""
        chat = self.chat()
        self.api.data("POST", f"/customer_service/202309/conversations/{chat}/messages", {}, {"type": "TEXT", "content": json.dumps({"content": "Halo"})})
        self.shop.control("POST", f"/conversations/{self.shop.control('GET', '/conversations')['conversations'][0]['key']}/end", {})
        return chat

    def buyer(self) -> str:
        return ids.text(ids.user(self.world), self.placed(self.order()).buyer)

    def product(self) -> str:
        return selling.create(self.api)

    def sku(self, product: str) -> str:
        found: str = selling.read(self.api, product)["skus"][0]["id"]
        return found

    def deleted(self) -> str:
        product = self.product()
        self.api.data("DELETE", selling.PRODUCTS_PATH, {}, {"product_ids": [product]})
        return product

    def deactivated(self) -> str:
        product = self.product()
        self.api.data("POST", f"{selling.PRODUCTS_PATH}/deactivate", {}, {"product_ids": [product]})
        return product

    def statement(self) -> str:
        self.order("completed")
        for _ in range(4):
            self.shop.advance(days=1)
            self.api.refresh()
        found: str = self.api.data("GET", "/finance/202309/statements", {"sort_field": "statement_time", "page_size": "1"})["statements"][0]["id"]
        return found


def _stock(s: Seller) -> Asked:
    product = s.product()
    return Asked((product,), body={"skus": [{"id": s.sku(product), "inventory": [{"quantity": 3}]}]})


def _price(s: Seller) -> Asked:
    product = s.product()
    return Asked((product,), body={"skus": [{"id": s.sku(product), "price": {"amount": "47000", "currency": "IDR"}}]})


def _edited(s: Seller) -> Asked:
    product = s.product()
    made = selling.body(s.api, title="Tas Rajut yang Lain dari Yogyakarta")
    made["skus"][0]["id"] = s.sku(product)
    return Asked((product,), body=made)


def _rejected(s: Seller) -> Asked:
    request = s.request()
    return Asked((request,), body={"decision": "REJECT_REFUND", "reject_reason": s.reason(request)})


def _cancel_rejected(s: Seller) -> Asked:
    cancel = s.cancellation()
    return Asked((cancel,), body={"reject_reason": s.reason(cancel)})


def _split(s: Seller) -> Asked:
    order = s.two_skus()
    return Asked((s.order_id(order),), body={"splittable_groups": [{"id": "a", "order_line_item_ids": s.lines_of(order)[0]}]})


def _combined(s: Seller) -> Asked:
    one, two = s.two_skus(), s.two_skus()
    return Asked(body={"combinable_packages": [{"id": s.package_of(one), "order_ids": [s.order_id(one), s.order_id(two)]}]})


def _shipping(s: Seller) -> Asked:
    order = s.shipped_by_seller()
    return Asked((s.package_of(order),), body={**s.tracked(order), "tracking_number": "JX0098765432"})


def _order_shipping(s: Seller) -> Asked:
    order = s.shipped_by_seller()
    return Asked((ids.text(ids.order(s.world), order.serial),), body={**s.tracked(order), "tracking_number": "JX0098765432"})


REFUND = "ecom_order_delivered_refund_reason_damaged"
MISSING = "ecom_order_delivered_refund_reason_missing_product_seller"
def _requested(s: Seller) -> Asked:
    s.request()
    return Asked(body={"pagination": {"page_size": 10}})


def _coming_back(s: Seller) -> Asked:
    s.decide(s.request("RETURN_AND_REFUND"), "APPROVE_RETURN")
    return Asked(body={"pagination": {"page_size": 10}})


def _reviewed(s: Seller) -> Asked:
    s.request()
    held = s.api.data("POST", "/return_refund/202603/aftersales/search", {}, {})["aftersales_requests"][0]
    lines = [{"return_line_item_id": line["return_line_item_id"]} for line in held["line_items"]]
    return Asked(body={"aftersales_request_decisions": [{"request_id": held["id"], "line_item_decisions": [{"line_items": lines, "action": "APPROVE_REQUEST"}]}]})


def _labelled(s: Seller) -> Asked:
    request = s.request("RETURN_AND_REFUND")
    s.decide(request, "APPROVE_RETURN")
    fields = {"tracking_number": "JX0012345678", "return_provider_id": s.provider()}
    body = "".join(f'--b\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    return Asked(query={"return_ids": request}, body=f"{body}--b--\r\n".encode())


def _searched(s: Seller) -> Asked:
    s.answered()
    return Asked(query={"page_size": "10"}, body={"begin_time_ge": 0, "begin_time_lt": 2**40})


def _ended(s: Seller) -> Asked:
    chat = s.chat()
    told = s.api.data("GET", f"/customer_service/202601/conversations/{chat}", {"need_session_id": "true"})
    return Asked((chat, told["conversation"]["cur_session_id"]))


SESSION = {"need_session_id": "true", "need_session_info": "true"}
# Served, and refused to every Indonesian shop.
CLOSED = frozenset(["get-payments-202309"])
OUT_OF_STOCK = "seller_cancel_reason_out_of_stock"
PAGE = {"page_size": "1"}

# Row of facts → the call that succeeds.
CALLS: dict[str, Callable[[Seller], Asked]] = {
    "get-authorized-shops-202309": lambda s: Asked(),
    "get-active-shops-202309": lambda s: Asked(),
    "get-seller-permissions-202309": lambda s: Asked(),
    "get-shop-group-and-related-shops-202601": lambda s: Asked(),
    "get-shop-webhooks-202309": lambda s: Asked(),
    "update-shop-webhook-202309": lambda s: Asked(body={"event_type": "ORDER_STATUS_CHANGE", "address": "https://isv.example.com/x"}),
    "delete-shop-webhook-202309": lambda s: Asked(body={"event_type": "ORDER_STATUS_CHANGE"}),
    "get-warehouse-list-202309": lambda s: Asked(),
    "get-warehouse-delivery-options-202309": lambda s: Asked((selling.warehouse(s.api),)),
    "get-shipping-providers-202309": lambda s: Asked((ids.text(ids.delivery_option(s.world), logistics.BY_SELLER),)),
    "get-logistics-tracking-202604": lambda s: Asked((s.id("transit"),)),
    "get-order-list-202309": lambda s: Asked(query=PAGE, body={"order_status": "AWAITING_SHIPMENT"}),
    "get-order-detail-202507": lambda s: Asked(query={"ids": s.id()}),
    "get-price-detail-202407": lambda s: Asked((s.id(),)),
    "cancel-order-202309": lambda s: Asked(body={"order_id": s.id(), "cancel_reason": OUT_OF_STOCK}),
    "approve-cancellation-202309": lambda s: Asked((s.cancellation(),)),
    "reject-cancellation-202309": _cancel_rejected,
    "search-cancellations-202309": lambda s: Asked(query=PAGE, body={"order_ids": [s.id()]}),
    "create-return-202309": lambda s: Asked(body={"order_id": s.id("delivered"), "return_reason": MISSING, "return_type": "REFUND"}),
    "calculate-refund-202309": lambda s: Asked(body={"order_id": s.id("delivered"), "request_type": "REFUND", "reason_name": REFUND}),
    "get-aftersale-eligibility-202309": lambda s: Asked((s.id("delivered"),)),
    "approve-return-202309": lambda s: Asked((s.request(),), body={"decision": "APPROVE_REFUND"}),
    "reject-return-202309": _rejected,
    "get-reject-reasons-202309": lambda s: Asked(query={"return_or_cancel_id": s.request()}),
    "get-return-records-202309": lambda s: Asked((s.request(),)),
    "get-available-review-decisions-202606": lambda s: Asked(query={"return_or_cancel_id": s.request(), "seller_id": "1"}),
    "search-aftersales-requests-202603": lambda s: _requested(s),
    "search-return-merchandise-authorizations-202604": lambda s: _coming_back(s),
    "review-aftersales-requests-202609": lambda s: _reviewed(s),
    "upload-return-shipping-information-202405": lambda s: _labelled(s),
    "get-decision-eligibility-202601": lambda s: Asked(query={"return_or_cancel_id": s.request()}),
    "search-returns-202309": lambda s: Asked(query={"page_size": "10"}, body={"return_ids": [s.request()]}),
    "get-categories-202309": lambda s: Asked(),
    "get-category-rules-202309": lambda s: Asked((selling.leaf(s.api),)),
    "get-attributes-202309": lambda s: Asked((selling.leaf(s.api),)),
    "get-brands-202309": lambda s: Asked(query=PAGE),
    "recommend-category-202309": lambda s: Asked(body={"product_title": "Kopi Bubuk Robusta Lampung 250 gram"}),
    "check-listing-prerequisites-202312": lambda s: Asked(),
    "get-conversations-202309": lambda s: Asked(query={"page_size": "1"}),
    "get-conversation-202601": lambda s: Asked((s.chat(),), query=SESSION),
    "get-conversation-messages-202309": lambda s: Asked((s.chat(),), query=PAGE),
    "send-message-202309": lambda s: Asked((s.chat(),), body={"type": "TEXT", "content": json.dumps({"content": "Halo"})}),
    "read-message-202309": lambda s: Asked((s.chat(),)),
    "create-conversation-202309": lambda s: Asked(body={"buyer_user_id": s.buyer()}),
    "get-agent-settings-202309": lambda s: Asked(),
    "upload-buyer-messages-image-202309": lambda s: Asked(body=FILE),
    "search-sessions-202602": lambda s: _searched(s),
    "end-session-202605": lambda s: _ended(s),
    "update-agent-settings-202309": lambda s: Asked(body={"can_accept_chat": False}),
    "search-package-202309": lambda s: Asked(query=PAGE, body={"package_status": "PROCESSING"}),
    "get-package-detail-202309": lambda s: Asked((s.package(),)),
    "ship-package-202309": lambda s: Asked((s.package(),), body={"handover_method": "PICKUP"}),
    "batch-ship-packages-202309": lambda s: Asked(body={"packages": [{"id": s.package(), "handover_method": "PICKUP"}]}),
    "get-package-handover-time-slots-202309": lambda s: Asked((s.package(),)),
    "get-package-shipping-document-202309": lambda s: Asked((s.package("arranged"),), query={"document_type": "SHIPPING_LABEL"}),
    "get-tracking-202309": lambda s: Asked((s.id("transit"),)),
    "get-order-split-attributes-202309": lambda s: Asked(query={"order_ids": s.order_id(s.two_skus())}),
    "split-orders-202309": _split,
    "search-combinable-packages-202309": lambda s: Asked(query=PAGE),
    "combine-package-202309": _combined,
    "uncombine-packages-202309": lambda s: Asked((s.combined(),), body={}),
    "update-package-delivery-status-202309": lambda s: Asked(body={"packages": [{"id": s.package_of(s.shipped_by_seller()), "delivery_type": "DELIVERY_SUCCESS"}]}),
    "fulfillment-upload-delivery-file-202309": lambda s: Asked(body=FILE.replace(b"\x89PNG", b"%PDF")),
    "fulfillment-upload-delivery-image-202309": lambda s: Asked(body=FILE),
    "update-package-shipping-info-202309": _shipping,
    "update-package-shipping-info-202610": lambda s: (asked := _shipping(s))._replace(body={"shipping_info_list": [asked.body]}),
    "update-shipping-info-202309": _order_shipping,
    "get-product-202309": lambda s: Asked((s.product(),)),
    "search-products-202502": lambda s: Asked(query=PAGE, body={"status": "ALL"}),
    "create-product-202309": lambda s: Asked(body=selling.body(s.api)),
    "check-product-listing-202309": lambda s: Asked(body=selling.body(s.api)),
    "edit-product-202509": _edited,
    "partial-edit-product-202509": lambda s: Asked((s.product(),), body={"title": "Tas Rajut yang Lain dari Yogyakarta"}),
    "upload-product-image-202309": lambda s: Asked(body=FILE),
    "upload-product-file-202309": lambda s: Asked(body=PAPER),
    "update-price-202309": _price,
    "update-inventory-202309": _stock,
    "inventory-search-202309": lambda s: Asked(body={"product_ids": [s.product()]}),
    "activate-product-202309": lambda s: Asked(body={"product_ids": [s.deactivated()]}),
    "deactivate-products-202309": lambda s: Asked(body={"product_ids": [s.product()]}),
    "delete-products-202309": lambda s: Asked(body={"product_ids": [s.product()]}),
    "recover-products-202309": lambda s: Asked(body={"product_ids": [s.deleted()]}),
    "get-statements-202309": lambda s: Asked(query={"sort_field": "statement_time", **PAGE}),
    "get-transactions-by-order-202309": lambda s: Asked((s.id("completed"),)),
    "get-transactions-by-order-202501": lambda s: Asked((s.id("completed"),)),
    "get-transactions-by-statement-202309": lambda s: Asked((s.statement(),), query={"sort_field": "order_create_time", **PAGE}),
    "get-transactions-by-statement-202501": lambda s: Asked((s.statement(),), query={"sort_field": "order_create_time", **PAGE}),
    "get-unsettled-transactions-202507": lambda s: Asked(query={"sort_field": "order_create_time", **PAGE}),
    "get-withdrawals-202309": lambda s: Asked(query={"types": "SETTLE", **PAGE}),
}
