"""Orders are split and packages combined over the API, their packages travel one by one, and every code of the pages can be had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from arranged import FILE, OUT_OF_STOCK, Seller

from mockplatforms.domain import cancellations, orders, outbox, repacking, shipping
from mockplatforms.domain.orders import Order
from mockplatforms.domain.packages import PACKAGES
from mockplatforms.domain.phases import Platform
from mockplatforms.testing import local
from mockplatforms.tiktok_shop import documents, ids, rows
from mockplatforms.tiktok_shop.abroad import ELSEWHERE

F = "/fulfillment/202309"


@pytest.fixture
def seller() -> Iterator[Seller]:
    with local("repacking", world="small") as shop:
        yield Seller(shop)


def shown(seller: Seller, order: Order) -> dict[str, Any]:
    told: dict[str, Any] = seller.api.data("GET", "/order/202507/orders", {"ids": seller.order_id(order)})["orders"][0]
    return told


def code(seller: Seller, method: str, path: str, query: dict[str, str] | None = None, body: Any = None) -> int:
    told: int = seller.api.call(method, path, query or {}, body)["code"]
    return told


def package(seller: Seller, text: str) -> Any:
    return seller.world.get(PACKAGES, ids.package(seller.world).read(text) or 0)


def split(seller: Seller, order: Order, *groups: list[str]) -> dict[str, Any]:
    body = {"splittable_groups": [{"id": f"g{n}", "order_line_item_ids": lines} for n, lines in enumerate(groups)]}
    return seller.api.call("POST", f"{F}/orders/{seller.order_id(order)}/split", {}, body)


def combine(seller: Seller, *rows_: dict[str, Any]) -> dict[str, Any]:
    return seller.api.data("POST", f"{F}/packages/combine", {}, {"combinable_packages": list(rows_)})


def ship(seller: Seller, text: str) -> int:
    return code(seller, "POST", f"{F}/packages/{text}/ship", {}, {"handover_method": "PICKUP"})


def attributes(seller: Seller, *texts: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = seller.api.data("GET", f"{F}/orders/split_attributes", {"order_ids": ",".join(texts)})["split_attributes"]
    return told


def told(seller: Seller) -> list[dict[str, Any]]:
    """What webhook 4 has told, the latest last."""
    bodies = [orjson.loads(row.body) for row in seller.world.shelf(outbox.DELIVERIES).page("by_serial")]
    return [{name: value for name, value in body["data"].items() if name != "update_time"} for body in bodies if body["type"] == 4]


def listening(seller: Seller) -> None:
    seller.api.data("PUT", "/event/202309/webhooks", {}, {"event_type": "PACKAGE_UPDATE", "address": "https://isv.example.com/x"})


# ---- splitting ----------------------------------------------------------------------------------------------------------------------------


def test_a_split_order_shows_each_line_in_its_package(seller: Seller) -> None:
    listening(seller)
    order = seller.two_skus()
    bread, cake = seller.lines_of(order)

    answer = split(seller, order, bread, cake)["data"]["packages"]

    assert [row["splittable_group_id"] for row in answer] == ["g0", "g1"]
    first, second = (row["id"] for row in answer)
    view = shown(seller, order)
    assert [row["id"] for row in view["packages"]] == [first, second]
    assert view["split_or_combine_tag"] == "SPLIT"
    assert {line["id"]: line["package_id"] for line in view["line_items"]} == {**dict.fromkeys(bread, first), **dict.fromkeys(cake, second)}
    detail = seller.api.data("GET", f"{F}/packages/{first}")
    assert (detail["split_and_combine_tag"], detail["order_line_item_ids"]) == ("SPLIT", bread)
    order_id = seller.order_id(order)
    there = [{"package_id": one, "order_id_list": [order_id]} for one in (first, second)]
    assert told(seller) == [{"sc_type": "SPLIT", "role_type": "ROLE_SELLER", "package_list": there}]


def test_packages_of_a_split_order_travel_one_by_one(seller: Seller) -> None:
    order = seller.two_skus()
    first, second = (row["id"] for row in split(seller, order, *seller.lines_of(order))["data"]["packages"])
    seen = []
    for act in (
        lambda: ship(seller, first),
        lambda: seller.shop.advance(hours=2),
        lambda: ship(seller, second),
        lambda: seller.shop.advance(hours=2),
        lambda: seller.shop.advance(hours=46),
        lambda: seller.shop.advance(hours=2),
    ):
        act()
        view = shown(seller, order)
        seen.append((view["status"], *dict.fromkeys(f"{line['display_status']} {line['package_status']}" for line in view["line_items"])))

    assert seen == [
        ("PARTIALLY_SHIPPING", "AWAITING_COLLECTION PROCESSING", "AWAITING_SHIPMENT TO_FULFILL"),
        ("PARTIALLY_SHIPPING", "IN_TRANSIT FULFILLING", "AWAITING_SHIPMENT TO_FULFILL"),
        ("AWAITING_COLLECTION", "IN_TRANSIT FULFILLING", "AWAITING_COLLECTION PROCESSING"),
        ("IN_TRANSIT", "IN_TRANSIT FULFILLING"),
        ("IN_TRANSIT", "DELIVERED COMPLETED", "IN_TRANSIT FULFILLING"),
        ("DELIVERED", "DELIVERED COMPLETED"),
    ]
    numbers = {line["tracking_number"] for line in shown(seller, order)["line_items"]}
    parcels = seller.api.data("GET", f"/logistics/202604/orders/{seller.order_id(order)}/tracking")["logistics_details"]
    assert numbers == {parcel["newest_tracking_no"] for parcel in parcels} and len(numbers) == 2
    steps = seller.api.data("GET", f"{F}/orders/{seller.order_id(order)}/tracking")["tracking"]
    assert len(steps) == 6 and [step["update_time_millis"] for step in steps] == sorted((step["update_time_millis"] for step in steps), reverse=True)


def test_one_package_of_an_order_is_collected_and_delivered_by_hand(seller: Seller) -> None:
    order = seller.two_skus()
    first, second = (row["id"] for row in split(seller, order, *seller.lines_of(order))["data"]["packages"])
    for text in (first, second):
        ship(seller, text)

    def act(name: str, **what: str) -> str:
        told: str = seller.shop.control("POST", f"/orders/{order.key}/{name}", what)["status"]
        return told

    assert act("collect", package=first) == "arranged"
    assert act("collect") == "in_transit"
    assert act("deliver", package=second) == "in_transit"
    with pytest.raises(Exception, match="has no package 12"):
        act("deliver", package="12")
    assert act("deliver") == "delivered"


def test_what_can_and_must_be_split_is_told(seller: Seller) -> None:
    order, single = seller.two_skus(), seller.placed(seller.order())

    plain = attributes(seller, seller.order_id(order), seller.order_id(single), "12")

    assert [(row["can_split"], row["reason"], row["must_split"]) for row in plain] == [
        (True, "", False),
        (False, "Order has only one SKU", False),
        (False, "The order does not belong to the current seller", False),
    ]
    seller.rule(package_limits=["total=2", f"{seller.category()}=1"])
    (row,) = attributes(seller, seller.order_id(order))
    assert row["must_split"] and row["must_split_reasons"] == [
        {"type": "TOTAL_COUNT_LIMITATION", "max_count": "2"},
        {"type": "CATEGORY_ITEM_LIMITATION", "category_id": seller.category(), "max_count": "1"},
    ]
    assert ship(seller, seller.package_of(order)) == 11021018
    seller.rule(package_limits=[f"{seller.category()}=1"])
    assert ship(seller, seller.package_of(order)) == 11006013
    made = split(seller, order, *seller.lines_of(order))["data"]["packages"]
    assert [ship(seller, row["id"]) for row in made] == [0, 0]


def test_an_order_that_is_partly_shipped_can_be_cancelled_until_a_courier_has_some_of_it(seller: Seller) -> None:
    body = {"cancel_reason": "seller_cancel_reason_out_of_stock"}
    codes = []
    for collected in (True, False):
        order = seller.two_skus()
        text = split(seller, order, *seller.lines_of(order))["data"]["packages"][0]["id"]
        ship(seller, text)
        if collected:
            seller.workspace.apply(shipping.package_collected, package(seller, text).serial)
        codes.append(code(seller, "POST", "/return_refund/202309/cancellations", {}, {"order_id": seller.order_id(order), **body}))

    assert codes == [25001045, 0]


# ---- combining ----------------------------------------------------------------------------------------------------------------------------


def combinable(seller: Seller) -> list[list[str]]:
    rows_ = seller.api.data("GET", f"{F}/combinable_packages/search", {"page_size": "50"})["combinable_packages"]
    return [row["order_ids"] for row in rows_]


def test_what_can_travel_together_is_found_combined_and_found_no_more(seller: Seller) -> None:
    listening(seller)
    held = len(combinable(seller))
    one, two, other = seller.two_skus(), seller.two_skus(), seller.two_skus(buyer="budi")
    pair = [seller.order_id(one), seller.order_id(two)]
    rows_ = seller.api.data("GET", f"{F}/combinable_packages/search", {"page_size": "50"})
    (row,) = [row for row in rows_["combinable_packages"] if pair[0] in row["order_ids"]]
    assert rows_["total_count"] == len(rows_["combinable_packages"]) >= held
    assert seller.order_id(other) not in row["order_ids"]

    answer = combine(seller, {"id": row["id"], "order_ids": pair})

    ((made,), bad) = (answer["packages"], answer["errors"])
    assert (made["order_ids"], bad) == (pair, [])
    for order in (one, two):
        view = shown(seller, order)
        assert (view["packages"], view["split_or_combine_tag"]) == ([{"id": made["id"]}], "COMBINED")
    detail = seller.api.data("GET", f"{F}/packages/{made['id']}")
    assert ([order["id"] for order in detail["orders"]], detail["split_and_combine_tag"]) == (pair, "COMBINE")
    assert told(seller) == [{"sc_type": "COMBINE", "role_type": "ROLE_SELLER", "package_list": [{"package_id": made["id"], "order_id_list": pair}]}]
    assert not any(set(pair) < set(row) and len(row) == 2 for row in combinable(seller))


@pytest.mark.parametrize("how", ["the group by its id", "its orders", "its packages", "its packages with their orders"])
def test_a_group_is_combined_however_it_is_named(seller: Seller, how: str) -> None:
    one, two = seller.two_skus(buyer="budi"), seller.two_skus(buyer="budi")
    packages_, pair = [seller.package_of(one), seller.package_of(two)], [seller.order_id(one), seller.order_id(two)]
    named = {
        "the group by its id": [{"id": packages_[0]}],
        "its orders": [{"id": packages_[0], "order_ids": pair}],
        "its packages": [{"id": text} for text in packages_],
        "its packages with their orders": [{"id": text, "order_ids": [order]} for text, order in zip(packages_, pair, strict=True)],
    }

    answer = combine(seller, *named[how])

    assert [row["order_ids"] for row in answer["packages"]] == [pair]
    assert answer["errors"] == []


def test_rows_that_cannot_be_combined_are_named_and_the_others_go(seller: Seller) -> None:
    one, two, other = seller.two_skus(), seller.two_skus(), seller.two_skus(buyer="budi")
    pair = [seller.order_id(one), seller.order_id(two)]

    answer = combine(
        seller, {"id": "12"}, {"id": seller.package_of(one), "order_ids": [pair[0], seller.order_id(other)]}, {"id": seller.package_of(one), "order_ids": pair}
    )

    assert [(row["code"], row["detail"]["package_id"]) for row in answer["errors"]] == [(21011028, "12"), (21011031, seller.package_of(one))]
    assert [row["order_ids"] for row in answer["packages"]] == [pair]
    again = combine(seller, {"id": seller.package_of(one), "order_ids": pair})["errors"]
    assert [row["code"] for row in again] == [21011028]
    last = next(reversed(seller.workspace.journal))
    assert "packed into" in last.refused[0][1]


def test_orders_of_the_tokopedia_app_are_not_combined(seller: Seller) -> None:
    pair = [seller.two_skus(buyer="sari"), seller.two_skus(buyer="sari")]
    for order in pair:
        seller.workspace.apply(lambda world, order=order: repacking.regrouped(world.put(orders.ORDERS, order.but(buyer_app=Platform.TOKOPEDIA)), order.packages))

    answer = combine(seller, *({"id": seller.package_of(order)} for order in pair))

    assert {row["code"] for row in answer["errors"]} == {10007014}
    assert {row["message"] for row in answer["errors"]} == {"fulfillment not allow combine package"}
    assert not any(seller.order_id(pair[0]) in row for row in combinable(seller))


def test_a_combined_package_is_taken_apart(seller: Seller) -> None:
    listening(seller)
    text = seller.combined()
    one, two = (ids.text(ids.order(seller.world), serial) for serial in package(seller, text).orders)

    answer = seller.api.data("POST", f"{F}/packages/{text}/uncombine", {}, {"order_ids": [two]})["packages"]

    assert [row["order_ids"] for row in answer] == [[one], [two]]
    assert answer[0]["id"] == text
    last = told(seller)[-1]
    assert (last["sc_type"], last["role_type"]) == ("CANCEL_COMBINE", "ROLE_SELLER")
    assert last["package_list"] == [{"package_id": row["id"], "order_id_list": row["order_ids"]} for row in answer]


def test_one_order_of_a_combined_package_is_cancelled(seller: Seller) -> None:
    listening(seller)
    text = seller.combined()
    one, two = (orders.find(seller.world, serial) for serial in package(seller, text).orders)

    seller.api.data("POST", "/return_refund/202309/cancellations", {}, {"order_id": seller.order_id(one), "cancel_reason": OUT_OF_STOCK})

    assert [shown(seller, order)["status"] for order in (one, two)] == ["CANCELLED", "AWAITING_SHIPMENT"]
    last = told(seller)[-1]
    assert (last["sc_type"], last["role_type"]) == ("PARTLY_CANCEL_SPLIT", "ROLE_SELLER")
    assert last["package_list"][0] == {"package_id": text, "order_id_list": [seller.order_id(two)]}
    assert ship(seller, text) == 0
    assert "split_or_combine_tag" not in shown(seller, two)


def test_a_label_of_a_combined_package_names_both_orders(seller: Seller) -> None:
    text = seller.combined()
    ship(seller, text)

    url = seller.api.data("GET", f"{F}/packages/{text}/shipping_documents", {"document_type": "PACKING_SLIP"})["doc_url"]

    made = documents.document(seller.world, text, url.rpartition("/")[2])
    assert made is not None
    for serial in package(seller, text).orders:
        assert ids.text(ids.order(seller.world), serial).encode() in made.content


def test_money_of_a_split_order_adds_up(seller: Seller) -> None:
    order = seller.two_skus()
    for row in split(seller, order, *seller.lines_of(order))["data"]["packages"]:
        ship(seller, row["id"])
    seller.shop.advance(days=10)
    seller.api.refresh()

    sums = seller.api.data("GET", f"/finance/202501/orders/{seller.order_id(order)}/statement_transactions")

    assert shown(seller, order)["status"] == "COMPLETED"
    assert int(sums["revenue_amount"]) == order.product_total == sum(int(row["revenue_amount"]) for row in sums["sku_transactions"])


def test_a_line_of_a_split_order_is_refunded(seller: Seller) -> None:
    order = seller.two_skus()
    for row in split(seller, order, *seller.lines_of(order))["data"]["packages"]:
        ship(seller, row["id"])
    seller.shop.advance(days=3)
    (line,) = seller.lines_of(order)[1]
    body = {"order_id": seller.order_id(order), "return_type": "REFUND", "return_reason": "ecom_order_delivered_refund_reason_missing_product_seller", "order_line_item_ids": [line]}

    made = seller.api.data("POST", "/return_refund/202309/returns", {}, body)["return_id"]

    (row,) = seller.api.data("POST", "/return_refund/202309/returns/search", {"page_size": "10"}, {"return_ids": [made]})["return_orders"]
    assert [one["order_line_item_id"] for one in row["return_line_items"]] == [line]
    assert int(row["refund_amount"]["refund_subtotal"]) == order.items[1].price


# ---- delivered by the seller --------------------------------------------------------------------------------------------------------------


def report(seller: Seller, text: str, how: str, **more: str) -> list[int]:
    told = seller.api.data("POST", f"{F}/packages/deliver", {}, {"packages": [{"id": text, "delivery_type": how, **more}]})
    return [row["code"] for row in told["errors"]]


def test_a_seller_with_a_fleet_reports_the_delivery(seller: Seller) -> None:
    order = seller.shipped_by_seller()
    text = seller.package_of(order)

    assert report(seller, text, "DELIVERY_FAILED", fail_delivery_reason="BUYER_REFUSED") == []
    detail = seller.api.data("GET", f"{F}/packages/{text}")
    assert (detail["package_status"], detail["package_sub_status"], detail["ship_exception_reason"]) == ("FULFILLING", "SHIP_EXCEPTION", "RETURNED_TO_SHIPPER")
    assert report(seller, text, "DELIVERY_SUCCESS") == []
    assert shown(seller, order)["status"] == "DELIVERED"
    assert report(seller, text, "UPDATE_POD", file_type="IMG", file_url="https://isv.example.com/pod.png") == []
    assert package(seller, text).proof == "https://isv.example.com/pod.png"
    assert report(seller, text, "DELIVERY_SUCCESS") == [21011003]


def test_what_a_courier_of_the_platform_carries_is_not_reported(seller: Seller) -> None:
    assert report(seller, seller.package("arranged"), "DELIVERY_SUCCESS") == [10007014]
    assert report(seller, "12", "DELIVERY_SUCCESS") == [21011028]
    assert report(seller, seller.package_of(seller.by_seller()), "DELIVERY_SUCCESS") == [21011003]


def upload(seller: Seller, what: str, content: bytes) -> dict[str, Any]:
    body = b'--b\r\ncontent-disposition: form-data; name="data"; filename="a"\r\n\r\n' + content + b'\r\n--b\r\ncontent-disposition: form-data; name="name"\r\n\r\nbukti\r\n--b--\r\n'
    told: dict[str, Any] = orjson.loads(seller.api.reply("POST", f"{F}/{what}/upload", {}, body, content_type="multipart/form-data; boundary=b").body)
    return told


PNG = FILE.partition(b"\r\n\r\n")[2].partition(b"\r\n--b")[0]
PDF = documents.document_pdf(["Diterima"])


def test_a_proof_comes_back_as_it_was(seller: Seller) -> None:
    image, file = upload(seller, "images", PNG)["data"], upload(seller, "files", PDF)["data"]

    assert (image["width"], image["height"], file["name"]) == (600, 600, "bukti")
    for told, content, kind in ((image, PNG, "image/png"), (file, PDF, "application/pdf")):
        _, _, place, name = told["url"].rsplit("/", 3)
        assert documents.document(seller.world, place, name) == documents.Document(content, kind)
    assert documents.document(seller.world, "proofs", "12.png") is None


@pytest.mark.parametrize(
    ("what", "content", "code"),
    [
        ("images", b"", 12038002),
        ("files", b"", 12038002),
        ("images", b"GIF89a", 12038004),
        ("files", PNG, 12038004),
        ("files", b"%PDF" + b"x" * 10 * 1024 * 1024, 12038005),
        ("images", PNG + b"x" * 5 * 1024 * 1024, 12038005),
        ("images", PNG.replace(b"\x02X", b"\x00X"), 12019116),
    ],
    ids=str,
)
def test_what_proves_nothing_is_refused(seller: Seller, what: str, content: bytes, code: int) -> None:
    before = seller.world

    assert upload(seller, what, content)["code"] == code
    assert seller.world is before


# ---- every code that can be had -----------------------------------------------------------------------------------------------------------


def _shipped(seller: Seller, order: Order) -> Order:
    ship(seller, seller.package_of(order))
    return order


def _correct(seller: Seller, order: Order, path: str = "", **more: str) -> int:
    body = {**seller.tracked(order), "tracking_number": "JX0098765432", **more}
    return code(seller, "POST", f"{F}/{path or f'packages/{seller.package_of(order)}'}/shipping_info/update", {}, body)


def _own(seller: Seller, number: str) -> int:
    order = seller.by_seller()
    return code(seller, "POST", f"{F}/packages/{seller.package_of(order)}/ship", {}, {"self_shipment": {**seller.tracked(order), "tracking_number": number}})


def _refund(seller: Seller, order: Order, *, approve: bool) -> Order:
    seller.workspace.apply(shipping.delivered, order.serial) if orders.find(seller.world, order.serial).status == "in_transit" else None
    told = seller.shop.control("POST", "/returns", {"order": order.key, "kind": "REFUND"})
    if approve:
        seller.api.data("POST", f"/return_refund/202309/returns/{told['return_id']}/approve", {}, {"decision": "APPROVE_REFUND"})
        seller.shop.advance(seconds=120)
    return order


def _label(seller: Seller, order: Order) -> int:
    return code(seller, "GET", f"{F}/packages/{seller.package_of(order)}/shipping_documents", {"document_type": "SHIPPING_LABEL"})


def _uncombine(seller: Seller, text: str, *order_ids: str) -> int:
    return code(seller, "POST", f"{F}/packages/{text}/uncombine", {}, {"order_ids": list(order_ids)})


def _split_order(seller: Seller, *lines: list[str]) -> int:
    order = seller.two_skus()
    found: int = split(seller, order, *(lines or seller.lines_of(order)[:1] * 2))["code"]
    return found


def _half(seller: Seller) -> int:
    order = seller.two_skus()
    (first, _), (third,) = seller.lines_of(order)
    found: int = split(seller, order, [first], [third])["code"]
    return found


def _twice(seller: Seller) -> int:
    order = seller.two_skus()
    for row in split(seller, order, *seller.lines_of(order))["data"]["packages"]:
        ship(seller, row["id"])
    return _correct(seller, order, f"orders/{seller.order_id(order)}")


# What a page's code is for → the call that gets it. Ship, label and time slots: test_fulfilment has the rest.
CODES: list[tuple[str, int, Callable[[Seller], int]]] = [
    ("ship: a number with strange letters", 11028006, lambda s: _own(s, "JX 00*1")),
    ("ship: a number that another package has", 21011025, lambda s: [_own(s, "JX0011112222") for _ in range(2)][1]),
    ("update: the buyer asks for money back", 21011007, lambda s: _correct(s, _refund(s, s.shipped_by_seller(), approve=False))),
    ("update: money went back", 25001010, lambda s: _correct(s, _refund(s, s.shipped_by_seller(), approve=True))),
    ("update: it is cancelled", 21011042, lambda s: _correct(s, _cancelled(s, s.shipped_by_seller()))),
    ("update: it is delivered", 21011030, lambda s: _correct(s, _delivered(s, s.shipped_by_seller()))),
    ("update: an order in two packages", 10007002, _twice),
    ("update: a stranger's package", 21011028, lambda s: _correct(s, s.shipped_by_seller(), "packages/12")),
    ("label: the buyer asks for money back", 21021010, lambda s: _label(s, _refund(s, _shipped(s, s.two_skus()), approve=False))),
    ("split: a stranger's order", 21011005, lambda s: code(s, "POST", f"{F}/orders/12/split", {}, {"splittable_groups": [{"id": "a", "order_line_item_ids": ["1"]}]})),
    ("split: a line in two groups", 21011005, _split_order),
    ("split: a stranger's line", 21011005, lambda s: _split_order(s, ["12"])),
    ("split: units of one SKU", 21011035, _half),
    ("split: it is shipped", 21011035, lambda s: int(split(s, _shipped(s, order := s.two_skus()), s.lines_of(order)[0])["code"])),
    ("uncombine: a stranger's package", 21011028, lambda s: _uncombine(s, "12")),
    ("uncombine: a stranger's order", 21011029, lambda s: _uncombine(s, s.combined(), "12")),
    ("uncombine: one order alone", 21011005, lambda s: _uncombine(s, s.package())),
]


def _cancelled(seller: Seller, order: Order) -> Order:
    seller.workspace.apply(cancellations.cancelled, order.serial, by="system", reason="package_lost")
    return order


def _delivered(seller: Seller, order: Order) -> Order:
    report(seller, seller.package_of(order), "DELIVERY_SUCCESS")
    return order


@pytest.mark.parametrize(("why", "wanted", "act"), CODES, ids=[row[0] for row in CODES])
def test_each_code_has_its_cause(seller: Seller, why: str, wanted: int, act: Callable[[Seller], int]) -> None:
    assert act(seller) == wanted


def test_number_and_courier_may_come_as_the_version_of_2026_sends_them(seller: Seller) -> None:
    order = seller.shipped_by_seller()
    listed = {"shipping_info_list": [{**seller.tracked(order), "tracking_number": "JX0098765432"}]}

    assert code(seller, "POST", f"/fulfillment/202610/packages/{seller.package_of(order)}/shipping_info/update", {}, {"shipping_info_list": []}) == 36009004
    assert code(seller, "POST", f"/fulfillment/202610/packages/{seller.package_of(order)}/shipping_info/update", {}, listed) == 0
    assert package(seller, seller.package_of(order)).tracking_number == "JX0098765432"


@pytest.mark.parametrize("source", ELSEWHERE)
def test_what_is_for_other_countries_says_so(seller: Seller, source: str) -> None:
    facts, before = rows.row(source), seller.world
    for path in facts.paths:
        told = seller.api.call(facts.method, path.replace("{order_id}", "12"), {}, {} if facts.method == "POST" else None)

        assert told["code"] == ELSEWHERE[source][0] and told["message"] == rows.message(told["code"])
        last = next(reversed(seller.workspace.journal))
        assert "for shops in" in last.words and last.rule == "elsewhere"
        assert seller.world is before


# ---- money --------------------------------------------------------------------------------------------------------------------------------


def test_discounts_are_told_to_the_rupiah(seller: Seller) -> None:
    order = seller.discounted()
    view = shown(seller, order)
    paid = {name: int(value) for name, value in view["payment"].items() if name != "currency"}
    listed = order.items[0].list_price

    assert (paid["seller_discount"], paid["platform_discount"], paid["shipping_fee_platform_discount"]) == (3003, 1506, 999)
    assert paid["original_total_product_price"] == 3 * listed
    assert paid["sub_total"] == paid["original_total_product_price"] - paid["seller_discount"] - paid["platform_discount"]
    assert paid["shipping_fee"] == paid["original_shipping_fee"] - paid["shipping_fee_seller_discount"] - paid["shipping_fee_platform_discount"]
    assert paid["total_amount"] == paid["sub_total"] + paid["shipping_fee"] + paid["buyer_service_fee"] + paid["shipping_insurance_fee"]
    for name in ("seller_discount", "platform_discount"):
        assert sum(int(line[name]) for line in view["line_items"]) == paid[name]
    assert sum(int(line["sale_price"]) for line in view["line_items"]) == paid["sub_total"]
    detail = seller.api.data("GET", f"/order/202407/orders/{seller.order_id(order)}/price_detail")
    assert int(detail["payment"]) == paid["total_amount"]
    assert int(detail["subtotal"]) == int(detail["sku_list_price"]) - int(detail["subtotal_deduction_seller"]) - int(detail["subtotal_deduction_platform"])
    assert (detail["voucher_deduction_seller"], detail["voucher_deduction_platform"], detail["shipping_fee_deduction_platform_voucher"]) == ("1020000", "1010000", "1030000")


def test_the_platform_pays_the_seller_what_it_has_taken_off(seller: Seller) -> None:
    order = seller.discounted()
    ship(seller, seller.package_of(order))
    seller.shop.advance(days=10)
    seller.api.refresh()

    sums = seller.api.data("GET", f"/finance/202501/orders/{seller.order_id(order)}/statement_transactions")

    assert int(sums["revenue_amount"]) == 3 * (order.items[0].list_price - 1001)


def test_a_full_refund_of_a_discounted_order_leaves_nothing(seller: Seller) -> None:
    order = _refund(seller, _arrived(seller, seller.discounted()), approve=True)
    seller.shop.advance(days=10)
    seller.api.refresh()

    sums = seller.api.data("GET", f"/finance/202501/orders/{seller.order_id(order)}/statement_transactions")

    assert int(sums["revenue_amount"]) == 0


def _arrived(seller: Seller, order: Order) -> Order:
    ship(seller, seller.package_of(order))
    for act in (shipping.collected, shipping.delivered):
        seller.workspace.apply(act, order.serial)
    return order


@pytest.mark.parametrize(
    "body",
    [
        {"items": [{"sku": "KRP-01", "quantity": 1, "seller_discount": 10_000_000}]},
        {"items": [{"sku": "KRP-01", "quantity": 1}], "shipping_subsidy": 1_000_000},
        {"buyer_app": "tokopedia", "items": [{"sku": "KOP-03", "quantity": 1, "platform_discount": 1}]},
        {"buyer_app": "tokopedia", "items": [{"sku": "KOP-03", "quantity": 1}], "shipping_subsidy": 1},
    ],
    ids=["more than the price", "more than shipping costs", "on Tokopedia", "shipping on Tokopedia"],
)
def test_discounts_that_cannot_be_are_refused(seller: Seller, body: dict[str, Any]) -> None:
    before = seller.world
    with pytest.raises(Exception, match=r"rupiah|discounts"):
        seller.shop.control("POST", "/orders", {"buyer_app": "tiktok_shop", **body})
    assert seller.world is before
