"""A shop in which everything that calls can tell of has happened once, and the calls that tell of it."""

from __future__ import annotations

from collections.abc import Callable

import selling
import test_pictures as pictures_of
from arranged import OUT_OF_STOCK, SESSION, Asked, Seller

from mockplatforms.domain.phases import Phase


def live(seller: Seller) -> None:
    """Orders in every state, a cancellation of either side, a return, a chat, an address of the shop's own, a statement and its payment."""
    seller.shipped_by_seller()
    seller.decide(seller.request("REPLACEMENT"), "APPROVE_REPLACEMENT")
    for at in ("delivered", "transit", "arranged", "paid"):
        seller.order(at)
    seller.order(pay=False)
    seller.api.data("POST", "/return_refund/202309/cancellations", {}, {"order_id": seller.id(), "cancel_reason": OUT_OF_STOCK})
    seller.cancellation()
    seller.shop.cancel(seller.order())
    _came_back(seller)
    _judged(seller)
    seller.chat()
    seller.api.data("PUT", "/event/202309/webhooks", {}, {"event_type": "ORDER_STATUS_CHANGE", "address": "https://isv.example.com/x"})
    for about in ({"order": seller.order("completed").key}, {}):
        seller.shop.control("POST", "/money/adjust", {"amount": -1000, **about})
    seller.shipped_by_seller()
    seller.discounted()
    seller.split()
    seller.combined()
    seller.statement()
    seller.shop.control("POST", "/money/adjust", {"amount": 1000, "order": seller.order("completed").key})
    for at in ("delivered", "transit", "arranged", "paid"):
        seller.order(at)
    seller.cancellation()
    _quarrelled(seller)
    seller.chat()


def _came_back(seller: Seller) -> None:
    """Goods that were sent back, after a first request that the buyer had taken back."""
    order = seller.order("delivered").key
    first = seller.shop.control("POST", "/returns", {"order": order})["return_id"]
    seller.shop.control("POST", f"/returns/{first}/withdraw", {})
    second = seller.shop.control("POST", "/returns", {"order": order, "kind": "RETURN_AND_REFUND", "images": 2, "videos": 1})["return_id"]
    seller.decide(second, "APPROVE_RETURN")
    seller.shop.control("POST", f"/returns/{second}/send-back", {})


def _judged(seller: Seller) -> None:
    """A part that was offered; and a rejection that the buyer disputes."""
    seller.decide(seller.request(), "OFFER_PARTIAL_REFUND", partial_refund={"currency": "IDR", "amount": "1000"})
    disputed = seller.request()
    seller.api.data("POST", f"/return_refund/202309/returns/{disputed}/reject", {}, {"decision": "REJECT_REFUND", "reject_reason": seller.reason(disputed)})
    seller.shop.control("POST", f"/returns/{disputed}/dispute", {})


def _quarrelled(seller: Seller) -> None:
    """Goods that have come back: in one case to be looked at, in another a part was offered and declined, and the rest judged."""
    order = seller.order("delivered").key
    for key in (seller.order("delivered").key, order):
        request = seller.shop.control("POST", "/returns", {"order": key, "kind": "RETURN_AND_REFUND"})["return_id"]
        seller.decide(request, "APPROVE_RETURN")
        for act in ("send-back", "arrive"):
            seller.shop.control("POST", f"/returns/{request}/{act}", {})
    why = {"reject_reason": seller.reason(request)}
    offer = {"decision": "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG", "partial_refund_amount": {"partial_refund_total": "1000", "currency": "IDR"}, **why}
    seller.api.data("POST", f"/return_refund/202606/returns/{request}/reject", {}, offer)
    seller.shop.control("POST", f"/returns/{request}/decline-offer", {})
    seller.api.data("POST", f"/return_refund/202309/returns/{request}/reject", {}, {"decision": "REJECT_RECEIVED_PACKAGE", **why})
    for act in ("dispute", "support-seller"):
        seller.shop.control("POST", f"/returns/{request}/{act}", {})
    seller.shop.control("POST", "/returns", {"order": order})


def _returns(seller: Seller) -> list[str]:
    told = seller.api.data("POST", "/return_refund/202309/returns/search", {"page_size": "50"}, {})["return_orders"]
    return [row["return_id"] for row in told]


def _orders(seller: Seller) -> list[str]:
    told = seller.api.data("POST", "/order/202309/orders/search", {"page_size": "100"}, {})["orders"]
    return [row["id"] for row in told]


def _products(seller: Seller) -> list[str]:
    return selling.listed(seller.api)


def _settled(seller: Seller) -> str:
    told = seller.api.data("GET", "/finance/202309/statements", {"sort_field": "statement_time", "page_size": "1"})["statements"][0]["id"]
    rows = seller.api.data("GET", f"/finance/202501/statements/{told}/statement_transactions", {"sort_field": "order_create_time", "page_size": "1"})
    found: str = rows["transactions"][0]["order_id"]
    return found


def _of_statements(seller: Seller) -> list[Asked]:
    told = seller.api.data("GET", "/finance/202309/statements", {"sort_field": "statement_time", "page_size": "100"})["statements"]
    return [Asked((row["id"],), query={"sort_field": "order_create_time", "page_size": "100"}) for row in told]


def _listed_everywhere(seller: Seller) -> list[str]:
    """Products of which everything is told, on both platforms: one whose review failed, one that waits for papers, one with a template."""
    api, made = seller.api, []
    selling.move(seller.workspace, Phase.PRODUCT_MERGED)
    video = pictures_of.upload(api, pictures_of.video(1280, 720), "klip.mp4", to="files")["data"]["id"]
    for number, outcome in enumerate(("FAILED", "PRE_APPROVED", "APPROVED")):
        seller.shop.control("POST", "/audits", {"outcome": outcome})
        told = selling.full(api, listing_platforms=["TIKTOK_SHOP", "TOKOPEDIA"], external_product_id=f"ERP-{number}", video={"id": video})
        told["skus"][0] |= {"external_sku_id": f"ERP-SKU-{number}"}
        made.append(api.data("POST", selling.PRODUCTS_PATH, {}, told)["product_id"])
    api.data("POST", f"{selling.EDIT_PATH}/{made[-1]}/partial_edit", {}, {"size_chart": {"template": {"id": "7267563252536723205"}}})
    return made


def _everything_wrong(seller: Seller) -> list[Asked]:
    return [Asked(body=selling.body(seller.api, title="pendek", shipping_insurance_requirement="REQUIRED"))]


def _full_edit(seller: Seller) -> list[Asked]:
    made = seller.product()
    return [Asked((made,), body=selling.full(seller.api, shipping_insurance_requirement="REQUIRED"))]


def _partial_edit(seller: Seller) -> list[Asked]:
    return [Asked((seller.product(),), body={"skus": selling.full(seller.api)["skus"]})]


def _strange_sku(seller: Seller) -> list[Asked]:
    product = seller.product()
    elsewhere = {"id": seller.sku(product), "inventory": [{"warehouse_id": "1", "quantity": 3}]}
    return [Asked((product,), body={"skus": [{"id": "1", "inventory": [{"quantity": 3}]}, elsewhere]})]


# Row of facts → further calls in that shop.
MORE: dict[str, Callable[[Seller], list[Asked]]] = {
    "get-order-list-202309": lambda s: [Asked(query={"page_size": "100"}, body={})],
    "get-order-detail-202507": lambda s: [Asked(query={"ids": ",".join(_orders(s)[n : n + 50])}) for n in range(0, len(_orders(s)), 50)],
    "get-price-detail-202407": lambda s: [Asked((order,)) for order in _orders(s)],
    "search-cancellations-202309": lambda s: [Asked(query={"page_size": "50"}, body={})],
    "search-returns-202309": lambda s: [Asked(query={"page_size": "50"}, body={})],
    "get-attributes-202309": lambda s: [Asked((selling.category(s.api, name),)) for name in ("Smartphone", "Earphone & TWS")],
    "get-category-rules-202309": lambda s: [Asked((selling.category(s.api, name),)) for name in ("Gaun", "Earphone & TWS")],
    "search-aftersales-requests-202603": lambda s: [Asked(body={"pagination": {"page_size": 50}})],
    "search-return-merchandise-authorizations-202604": lambda s: [Asked(body={"pagination": {"page_size": 50}})],
    "review-aftersales-requests-202609": lambda s: [Asked(body={"aftersales_request_decisions": [{"request_id": "1", "line_item_decisions": [{"line_items": [{"return_line_item_id": "1"}], "action": "APPROVE_REQUEST"}]}]})],
    "get-available-review-decisions-202606": lambda s: [Asked(query={"return_or_cancel_id": request, "seller_id": "1"}) for request in _returns(s)],
    "get-return-records-202309": lambda s: [Asked((request,)) for request in _returns(s)],
    "get-conversations-202309": lambda s: [Asked(query={"page_size": "20", **SESSION})],
    "get-conversation-messages-202309": lambda s: [Asked((s.chat(),), query={"page_size": "10", "need_data": "true", "need_plaintext": "true"})],
    "get-shop-webhooks-202309": lambda s: [Asked()],
    "search-package-202309": lambda s: [Asked(query={"page_size": "50"}, body={})],
    "get-package-detail-202309": lambda s: [Asked((s.package(at),)) for at in ("arranged", "transit", "delivered")] + [Asked((s.lost(),)), Asked((s.with_slot(),))],
    "search-combinable-packages-202309": lambda s: [Asked(query={"page_size": "50"}) for _ in (s.two_skus(), s.two_skus())],
    "get-order-split-attributes-202309": lambda s: [Asked(query={"order_ids": s.order_id(s.two_skus())}) for _ in [s.rule(package_limits=["total=2", f"{s.category()}=1"])]],
    "combine-package-202309": lambda s: [Asked(body={"combinable_packages": [{"id": "1"}]})],
    "update-package-delivery-status-202309": lambda s: [Asked(body={"packages": [{"id": "1", "delivery_type": "DELIVERY_SUCCESS"}]})],
    "search-products-202502": lambda s: [Asked(query={"page_size": str(len(_listed_everywhere(s)) + 97)}, body={})],
    "get-product-202309": lambda s: [Asked((product,)) for product in _products(s) + _listed_everywhere(s)],
    "create-product-202309": lambda s: [Asked(body=selling.full(s.api, shipping_insurance_requirement="REQUIRED"))],
    "edit-product-202509": _full_edit,
    "partial-edit-product-202509": _partial_edit,
    "check-product-listing-202309": _everything_wrong,
    "update-inventory-202309": _strange_sku,
    "get-statements-202309": lambda s: [Asked(query={"sort_field": "statement_time", "page_size": "10"})],
    "get-transactions-by-statement-202309": _of_statements,
    "get-transactions-by-statement-202501": _of_statements,
    "get-transactions-by-order-202309": lambda s: [Asked((_settled(s),))],
    "get-transactions-by-order-202501": lambda s: [Asked((_settled(s),))],
    "get-unsettled-transactions-202507": lambda s: [Asked(query={"sort_field": "order_create_time", "page_size": "100"})],
    "get-withdrawals-202309": lambda s: [Asked(query={"types": "SETTLE,WITHDRAW", "page_size": "100"})],
    "batch-ship-packages-202309": lambda s: [Asked(body={"packages": [{"id": "1"}]})],
    "activate-product-202309": lambda s: [Asked(body={"product_ids": ["1"]})],
    "deactivate-products-202309": lambda s: [Asked(body={"product_ids": ["1"]})],
    "delete-products-202309": lambda s: [Asked(body={"product_ids": ["1"]})],
    "recover-products-202309": lambda s: [Asked(body={"product_ids": ["1"]})],
}
