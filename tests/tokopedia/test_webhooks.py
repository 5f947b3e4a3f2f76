"""Each of the thirteen webhooks: caused by what causes it in reality, with the fields that clients read."""

from __future__ import annotations

from typing import Any

import pytest
from seller import DAY, Seller

from mockplatforms.domain.developers import set_precondition


@pytest.fixture
def seller() -> Seller:
    made = Seller()
    made.listen()
    return made


def last(seller: Seller, topic: str) -> dict[str, Any]:
    return seller.told(topic)[-1]


def test_a_paid_order(seller: Seller) -> None:
    order = seller.order(items=[{"sku": seller.simple()["other"]["sku"], "quantity": 2}])
    told = last(seller, "order_notification")
    assert (told["order_id"], told["fs_id"], told["order_status"]) == (order["order_id"], seller.api.fs_id, 220)
    assert told["invoice_ref_num"].startswith("INV/") and told["products"][0]["total_price"] == 2 * told["products"][0]["price"]
    assert told["amt"]["ttl_amount"] == sum(told["amt"][name] for name in ("ttl_product_price", "shipping_cost", "insurance_cost"))
    assert set(told["logistics"]) == {"shipping_id", "district_id", "city_id", "province_id", "geo", "shipping_agency", "service_type"}
    assert isinstance(told["create_time"], int) and told["payment_date"].endswith("Z")


def test_each_status(seller: Seller) -> None:
    order = seller.accepted()
    seller.post(f"/v1/order/{order['order_id']}/fs/{{fs_id}}/status", {"order_status": 500, "shipping_ref_num": "JX"})
    seller.advance(4 * DAY)
    assert [row["order_status"] for row in seller.told("order_status") if row["order_id"] == order["order_id"]] == [220, 400, 500, 600, 700]
    assert set(last(seller, "order_status")) == {"order_status", "fs_id", "shop_id", "order_id", "product_details"}


def test_a_cancellation(seller: Seller) -> None:
    order = seller.order()
    seller.post(f"/v1/order/{order['order_id']}/fs/{{fs_id}}/nack", {"reason_code": 5, "reason": "lain"})
    assert last(seller, "order_cancellation") == last(seller, "order_status")
    assert last(seller, "order_cancellation")["order_status"] == 10
    assert last(seller, "product_changes")["product_changes_data"][0]["action"] == "stock_increment"


def test_a_wish_to_cancel(seller: Seller) -> None:
    order = seller.accepted()
    seller.mock("POST", f"orders/{order['key']}/request-cancel", {})
    assert last(seller, "order_request_cancellation") == {"order_id": order["order_id"]}


def test_a_partial_fulfilment(seller: Seller) -> None:
    order = seller.order(items=[{"sku": seller.simple()["other"]["sku"], "quantity": 2}])
    line = seller.single(order["order_id"])["order_info"]["order_detail"][0]["order_detail_id"]
    seller.post(f"/v1/order/{order['order_id']}/fs/{{fs_id}}/pof/request", {"pof_detail": [{"order_dtl_id": line, "quantity_request": 1}]})
    seller.mock("POST", f"orders/{order['key']}/refuse-partial", {})
    assert [row["pof_status"] for row in seller.told("order_partial_fulfillment")] == [1, 3]


def test_a_chat(seller: Seller) -> None:
    seller.mock("POST", "conversations", {"buyer_app": "tokopedia", "buyer": "budi", "text": "Halo"})
    told = last(seller, "chat_notification")
    assert (told["message"], told["shop_id"]) == ("Halo", seller.api.shop_id)
    assert set(told) == {"msg_id", "buyer_id", "message", "thumbnail", "full_name", "shop_id"}


def row(seller: Seller, **more: Any) -> dict[str, Any]:
    return {"name": "Kopi Gayo 250 g", "category_id": seller.simple()["basic"]["childCategoryID"], "price": 45000, "stock": 3, "sku": "NEW-1", **more}


def test_batches_that_are_worked_off(seller: Seller) -> None:
    upload = seller.post("/v2/products/fs/{fs_id}/create", {"products": [row(seller)]})["upload_id"]
    told = last(seller, "product_creation")
    assert (told["upload_id"], told["status"], told["total_data"]) == (upload, "DONE", 1)
    made = told["success_rows_data"][0]["product_id"]
    seller.post("/v2/products/fs/{fs_id}/edit", {"products": [{"id": made, "name": "Kopi Gayo 500 g"}]}, method="PATCH")
    assert last(seller, "product_edit")["success_rows_data"] == [{"product_id": made}]


def test_a_batch_of_which_rows_failed_is_told_in_an_envelope(seller: Seller) -> None:
    seller.post("/v2/products/fs/{fs_id}/create", {"products": [row(seller), row(seller, price=1)]})
    told = last(seller, "product_creation")
    assert (told["data"]["success_rows"], told["data"]["failed_rows"], told["data"]["failed_rows_data"][0]["product_name"]) == (1, 1, "Kopi Gayo 250 g")


@pytest.mark.parametrize(
    ("path", "field", "action"),
    [
        ("/inventory/v1/fs/{fs_id}/stock/update", "new_stock", "stock_overwrite"),
        ("/inventory/v2/fs/{fs_id}/stock/increment", "stock_value", "stock_increment"),
        ("/inventory/v2/fs/{fs_id}/stock/decrement", "stock_value", "stock_decrement"),
        ("/inventory/v1/fs/{fs_id}/price/update", "new_price", "price_changes"),
    ],
)
def test_changes_of_stock_and_price(path: str, field: str, action: str, seller: Seller) -> None:
    thing = seller.simple()
    seller.post(path, [{"product_id": thing["basic"]["productID"], field: 12_345 if field == "new_price" else 3}])
    change = last(seller, "product_changes")["product_changes_data"][0]
    assert (change["action"], change["product_id"]) == (action, thing["basic"]["productID"])
    assert isinstance(change["value"], str) and isinstance(change["previous_value"], str) and len(str(change["update_time"])) == 19
    assert change["is_default_warehouse"] is True


def test_a_change_of_status(seller: Seller) -> None:
    wire = seller.simple()["basic"]["productID"]
    seller.post("/v1/products/fs/{fs_id}/inactive", {"product_id": [wire]})
    change = last(seller, "product_changes")["product_changes_data"][0]
    assert (change["action"], change["value"]) == ("status_changes", "3")
    assert not {"previous_value", "warehouse_id", "is_default_warehouse"} & set(change)


def test_a_slash_price_that_begins_and_ends(seller: Seller) -> None:
    thing = seller.simple()
    wire, price, now = thing["basic"]["productID"], thing["price"]["value"], seller.workspace.now().wire
    terms = {"product_id": wire, "discounted_price": price - 1000, "start_time_unix": now + 600, "end_time_unix": now + 1200, "max_order": 5}
    assert seller.post("/v1/slash-price/fs/{fs_id}/add", [terms])["succeed_rows"] == 1
    seller.advance(1200)
    told = seller.told("campaign_notification")
    assert [row["action"] for row in told] == ["slash_price_active", "slash_price_inactive"]
    assert (told[0]["product_id"], told[0]["original_price"], told[0]["discounted_price"]) == (wire, price, price - 1000)


def test_a_discussion(seller: Seller) -> None:
    thing = seller.simple()
    asked = seller.mock("POST", "discussions", {"product_id": str(thing["basic"]["productID"]), "buyer": "budi", "text": "Ready?"})
    seller.mock("POST", f"discussions/{asked['question_id']}/answers", {"text": "Ready kak"})
    question, answer = seller.told("product_discussion")
    assert (question["discussion_type"], question["discussion_data"]["message"]) == ("NewQuestion", "Ready?")
    assert (answer["discussion_type"], answer["discussion_data"]["question_id"]) == ("DiscussionAnswer", asked["question_id"])


def test_the_merge(seller: Seller) -> None:
    seller.workspace.apply(set_precondition, "merge_event_subscription", True)
    seller.mock("POST", "migration/link", {})
    seller.mock("POST", "migration/complete", {})
    told = last(seller, "shop_merge_notification" if seller.told("shop_merge_notification") else "merge")
    assert (told["status"], told["toko_shop_id"]) == ("merge", str(seller.api.shop_id))
    assert isinstance(told["tts_seller_id"], str) and isinstance(told["timestamp"], int)


def test_a_shown_webhook_is_the_one_that_is_sent(seller: Seller) -> None:
    order = seller.order()["order_id"]
    for kind in ("order_notification", "order_status"):
        shown = seller.api.data("GET", f"/v1/order/{order}/fs/{{fs_id}}/webhook", {"type": kind})
        seller.post("/v1/fs/{fs_id}/trigger", {"order_id": order, "type": kind, "url": ""})
        assert last(seller, kind) == shown
    assert seller.refused("GET", f"/v1/order/{order}/fs/{{fs_id}}/webhook", type="x") == (400, "PRD_DLV_038")


def test_without_a_registered_address_nothing_can_be_triggered() -> None:
    seller = Seller()
    order = seller.order()["order_id"]
    assert seller.refused("POST", "/v1/fs/{fs_id}/trigger", {"order_id": order, "type": "order_status"}) == (400, "ORD_API_006")
