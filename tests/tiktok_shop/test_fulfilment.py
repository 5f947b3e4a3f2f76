"""Packages from payment to the courier: shipped alone and in bulk, labelled, tracked, and what is refused on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from mockplatforms.domain import cancellations, orders, packages, placing, shipping, shops
from mockplatforms.domain.packages import PackageStatus
from mockplatforms.domain.phases import Platform
from mockplatforms.domain.shops import COURIERS
from mockplatforms.domain.world import World
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import documents, fulfilment, ids, logistics

_S = Platform.TIKTOK_SHOP
HOUR = 3600


class Placed:
    """An order with one package, and how it stands."""

    def __init__(self, client: TikTokShop, *, by_seller: bool = False, buyer: str = "sari") -> None:
        self.client = client
        workspace = client.workspace
        owner = shops.sellers(workspace.world)[0]
        custom = next(courier for courier in workspace.world.shelf(COURIERS).page("by_service") if courier.shipper_id == 999)

        def place(world: World) -> Any:
            lines = placing.resolve(world, owner, _S, [{"sku": "KRP-01", "quantity": 2}])
            courier = custom if by_seller else None
            return placing.place(world, owner, lines, buyer=placing.buyer_named(world, buyer), buyer_app=_S, platform=_S, courier=courier)

        self.serial: int = workspace.apply(place)
        self.package = orders.find(workspace.world, self.serial).packages[0]
        self.order_id = ids.text(ids.order(workspace.world), self.serial)
        self.id = ids.text(ids.package(workspace.world), self.package)

    @property
    def status(self) -> str:
        order: dict[str, Any] = self.client.data("GET", "/order/202507/orders", {"ids": self.order_id})["orders"][0]
        return f"{order['status']} {order['line_items'][0]['package_status']}"

    @property
    def row(self) -> packages.Package:
        return packages.find(self.client.workspace.world, self.package)

    def act(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.client.workspace.apply(operation, self.serial, *args, **kwargs)

    def ship(self, body: Any = None) -> dict[str, Any]:
        return self.client.call("POST", f"/fulfillment/202309/packages/{self.id}/ship", {}, body)

    def get(self, what: str = "", **query: str) -> dict[str, Any]:
        return self.client.call("GET", f"/fulfillment/202309/packages/{self.id}{what}", query)


@pytest.fixture
def placed(tiktok: TikTokShop) -> Placed:
    return Placed(tiktok)


def carrier(client: TikTokShop, name: str = "JNE") -> str:
    option = ids.text(ids.delivery_option(client.workspace.world), logistics.BY_SELLER)
    rows = client.data("GET", f"/logistics/202309/delivery_options/{option}/shipping_providers")["shipping_providers"]
    return str(next(row["id"] for row in rows if row["name"] == name))


@pytest.mark.parametrize(
    "body", [None, {}, [], {"handover_method": "DROP_OFF"}, {"handover_method": "PICKUP", "pickup_slot": {"start_time": 1, "end_time": 2}}]
)
def test_a_package_is_shipped_once(placed: Placed, body: Any) -> None:
    assert placed.status == "AWAITING_SHIPMENT TO_FULFILL"

    assert (placed.ship(body)["code"], placed.status) == (0, "AWAITING_COLLECTION PROCESSING")

    before = placed.client.workspace.world
    again = placed.ship(body)
    assert (again["code"], again["message"]) == (21008099, "Package has been shipped. Please not ship the package again.")
    assert placed.client.workspace.world is before


def pending(world: World, serial: int) -> World:
    return cancellations.request_cancel(world, serial, "salah pesan")


def cancelled(world: World, serial: int) -> World:
    return cancellations.cancelled(world, serial, by="seller", reason="stok habis")


def shipped(world: World, serial: int) -> World:
    return shipping.ship(world, orders.find(world, serial).packages[0])


# What was done to the order before → the code alone and in bulk.
REFUSED: list[tuple[str, tuple[Callable[[World, int], World], ...], int, int]] = [
    ("the buyer asks to cancel", (pending,), 21011007, 21011007),
    ("it is cancelled", (cancelled,), 21011041, 21011041),
    ("it is shipped", (shipped,), 21008099, 21011040),
    ("it is on its way", (shipped, shipping.collected), 21011020, 21011020),
    ("it is delivered", (shipped, shipping.collected, shipping.delivered), 21011027, 21011027),
]


@pytest.mark.parametrize(("what", "acts", "alone", "bulk"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_shipped_is_refused(tiktok: TikTokShop, what: str, acts: Any, alone: int, bulk: int) -> None:
    placed, fine = Placed(tiktok), Placed(tiktok, buyer="budi")
    for act in acts:
        placed.act(act)
    stood = placed.row

    assert placed.ship()["code"] == alone
    data = tiktok.data("POST", "/fulfillment/202309/packages/ship", {}, {"packages": [{"id": placed.id}, {"id": fine.id}]})

    assert [code for code, _ in next(reversed(tiktok.workspace.journal)).refused] == [str(bulk)]
    assert [(error["code"], error["detail"]) for error in data["errors"]] == [(bulk, {"package_id": placed.id})]
    assert placed.row is stood
    assert fine.status == "AWAITING_COLLECTION PROCESSING"


def test_in_bulk_each_row_sees_those_before_it(placed: Placed) -> None:
    data = placed.client.data(
        "POST", "/fulfillment/202309/packages/ship", {}, {"packages": [{"id": placed.id}, {"id": placed.id}, {"id": "12"}]}
    )

    assert [error["code"] for error in data["errors"]] == [21011040, 21011028]
    assert placed.client.data("POST", "/fulfillment/202309/packages/ship", {}, {"packages": [{"id": Placed(placed.client).id}]}) == {
        "errors": []
    }


def test_a_package_of_another_seller_is_unknown(make: Callable[..., Workspace], simulator: Simulator) -> None:
    workspace = make(sellers=[{"key": "satu", "products": 4}, {"key": "dua", "products": 4}])
    one, two = TikTokShop(simulator, workspace, "satu"), TikTokShop(simulator, workspace, "dua")

    def place(world: World) -> Any:
        owner = shops.named(world, "satu")
        lines = placing.resolve(world, owner, _S, [])
        return placing.place(world, owner, lines, buyer=placing.buyer_named(world, "sari"), buyer_app=_S, platform=_S, force=True)

    serial = workspace.apply(place)
    package = orders.find(workspace.world, serial).packages[0]
    text = ids.text(ids.package(workspace.world), package)

    assert two.call("POST", f"/fulfillment/202309/packages/{text}/ship")["code"] == 21011028
    assert two.call("GET", f"/fulfillment/202309/packages/{text}")["code"] == 10006402
    assert two.call("GET", f"/fulfillment/202309/packages/{text}/handover_time_slots")["code"] == 21001001
    assert two.data("POST", "/fulfillment/202309/packages/ship", {}, {"packages": [{"id": text}]})["errors"][0]["code"] == 21011028
    assert packages.find(workspace.world, package).status is PackageStatus.TO_FULFILL
    assert one.call("POST", f"/fulfillment/202309/packages/{text}/ship")["code"] == 0


def test_a_seller_who_ships_names_courier_and_number(tiktok: TikTokShop) -> None:
    placed = Placed(tiktok, by_seller=True)
    mine = {"tracking_number": "JNE-0001", "shipping_provider_id": carrier(tiktok)}

    assert placed.ship()["code"] == 21011022
    assert placed.ship({"self_shipment": {**mine, "shipping_provider_id": "1"}})["code"] == 21011022
    assert placed.ship({"self_shipment": {"tracking_number": "JNE-0001"}})["code"] == 36009004
    assert placed.ship({"self_shipment": mine})["code"] == 0

    detail = placed.get()["data"]
    assert (detail["shipping_type"], detail["tracking_number"], detail["shipping_provider_name"]) == ("SELLER", "JNE-0001", "JNE")
    assert placed.get("/shipping_documents", document_type="SHIPPING_LABEL")["code"] == 21008017
    assert placed.get("/handover_time_slots")["code"] == 11021009


def test_the_platforms_courier_takes_no_number_of_the_sellers(placed: Placed) -> None:
    answer = placed.ship({"self_shipment": {"tracking_number": "JNE-0001", "shipping_provider_id": carrier(placed.client)}})

    assert answer["code"] == 0
    assert placed.row.tracking_number.startswith("JX")
    assert any("self_shipment" in note for note in next(reversed(placed.client.workspace.journal)).notes)


def update(placed: Placed, path: str, number: str = "JNE-0002", provider: str | None = None) -> int:
    body = {"tracking_number": number, "shipping_provider_id": provider or carrier(placed.client)}
    code: int = placed.client.call("POST", f"/fulfillment/202309/{path}/shipping_info/update", {}, body)["code"]
    return code


def test_courier_and_number_are_corrected_once(tiktok: TikTokShop) -> None:
    placed = Placed(tiktok, by_seller=True)
    assert update(placed, f"packages/{placed.id}") == 21011043
    placed.ship({"self_shipment": {"tracking_number": "JNE-0001", "shipping_provider_id": carrier(tiktok)}})
    assert update(placed, f"packages/{placed.id}", provider="12") == 21011022

    assert update(placed, f"packages/{placed.id}") == 0

    assert (
        tiktok.data("GET", "/order/202507/orders", {"ids": placed.order_id})["orders"][0]["line_items"][0]["tracking_number"] == "JNE-0002"
    )
    assert update(placed, f"packages/{placed.id}", "JNE-0003") == 21011051
    assert update(placed, f"orders/{placed.order_id}", "JNE-0003") == 21011049
    assert placed.row.tracking_number == "JNE-0002"


@pytest.mark.parametrize("number", ["A 1", "Nomor 日本", "JNE-0002"])
def test_a_number_is_not_corrected_to_one_that_no_courier_gives_or_another_package_has(tiktok: TikTokShop, number: str) -> None:
    placed, other = Placed(tiktok, by_seller=True), Placed(tiktok, by_seller=True)
    for one, given in ((placed, "JNE-0001"), (other, "JNE-0002")):
        one.ship({"self_shipment": {"tracking_number": given, "shipping_provider_id": carrier(tiktok)}})

    assert update(placed, f"packages/{placed.id}", number) == 21011022
    assert placed.row.tracking_number == "JNE-0001"


def test_courier_and_number_are_corrected_within_three_days(tiktok: TikTokShop) -> None:
    placed = Placed(tiktok, by_seller=True)
    at = tiktok.workspace.now().later(-72 * HOUR - 1)
    tiktok.workspace.apply(
        shipping.ship, placed.package, tracking="JNE-0001", provider=ids.provider(tiktok.workspace.world).read(carrier(tiktok)), now=at
    )

    assert update(placed, f"packages/{placed.id}") == 21011050


def test_what_the_platform_ships_cannot_be_corrected(placed: Placed) -> None:
    placed.ship()

    assert update(placed, f"packages/{placed.id}") == 21011004


def test_the_detail_of_a_package_agrees_with_its_order(placed: Placed) -> None:
    order = placed.client.data("GET", "/order/202507/orders", {"ids": placed.order_id})["orders"][0]
    detail = placed.get()["data"]

    assert (detail["package_id"], detail["package_status"], detail["tracking_number"]) == (placed.id, "TO_FULFILL", "")
    assert detail["order_line_item_ids"] == [line["id"] for line in order["line_items"]]
    assert [(one["id"], one["skus"][0]["quantity"]) for one in detail["orders"]] == [(placed.order_id, 2)]
    assert detail["recipient_address"].items() <= order["recipient_address"].items()
    placed.ship({"handover_method": "DROP_OFF"})
    assert placed.get()["data"]["handover_method"] == "DROP_OFF"


def test_search_shows_packages_once_they_are_shipped(tiktok: TikTokShop) -> None:
    path = "/fulfillment/202309/packages/search"
    some = [Placed(tiktok) for _ in range(4)]
    before = tiktok.data("POST", path, {"page_size": "50"}, {})["total_count"]
    for placed in some[:3]:
        placed.ship()
    some[0].act(shipping.collected)

    every = tiktok.data("POST", path, {"page_size": "50"}, {})
    assert every["total_count"] == before + 3 == len(every["packages"])
    assert [
        row["id"]
        for row in tiktok.data("POST", path, {"page_size": "50", "sort_order": "ASC"}, {"package_status": "PROCESSING"})["packages"]
    ] == [
        some[1].id,
        some[2].id,
    ]
    assert tiktok.data("POST", path, {"page_size": "50"}, {"package_status": "TO_FULFILL"})["packages"] == []


@pytest.mark.parametrize("sort", ["create_time", "update_time", "order_pay_time"])
@pytest.mark.parametrize(
    "body", [{}, {"package_status": "PROCESSING"}, {"update_time_ge": 1}, {"create_time_ge": 1, "package_status": "PROCESSING"}]
)
def test_a_run_of_package_pages_shows_each_once(tiktok: TikTokShop, sort: str, body: dict[str, Any]) -> None:
    wanted = set()
    for _ in range(7):
        placed = Placed(tiktok)
        placed.ship()
        wanted.add(placed.id)
    seen: list[str] = []
    token = ""
    while True:
        query = {"page_size": "2", "sort_field": sort, **({"page_token": token} if token else {})}
        data = tiktok.data("POST", "/fulfillment/202309/packages/search", query, body)
        seen += [row["id"] for row in data["packages"]]
        token = data["next_page_token"]
        if not token:
            break

    assert len(seen) == len(set(seen)) == data["total_count"]
    assert wanted <= set(seen)


def test_slots_are_tomorrows_and_later(placed: Placed) -> None:
    data = placed.get("/handover_time_slots")["data"]
    now = placed.client.workspace.now().wire

    assert (data["can_pickup"], len(data["pickup_slots"])) == (True, 6)
    assert all(now < slot["start_time"] < slot["end_time"] and slot["avaliable"] is True for slot in data["pickup_slots"])
    assert {(slot["start_time"] + fulfilment.JAKARTA) % 86400 for slot in data["pickup_slots"]} == {9 * HOUR, 13 * HOUR}


LABELS: list[tuple[str, tuple[Callable[[World, int], World], ...], int]] = [
    ("before shipping", (), 21023035),
    ("after pick-up", (shipped, shipping.collected), 21042102),
    ("after delivery", (shipped, shipping.collected, shipping.delivered), 21042102),
    ("when cancelled", (cancelled,), 21023059),
]


@pytest.mark.parametrize(("what", "acts", "code"), LABELS, ids=[row[0] for row in LABELS])
def test_there_is_no_label(placed: Placed, what: str, acts: Any, code: int) -> None:
    for act in acts:
        placed.act(act)

    assert placed.get("/shipping_documents", document_type="SHIPPING_LABEL")["code"] == code


def test_a_label_is_printed_between_shipping_and_pick_up(placed: Placed) -> None:
    placed.ship()

    data = placed.get("/shipping_documents", document_type="SHIPPING_LABEL", document_size="A5")["data"]

    assert data["tracking_number"] == placed.row.tracking_number
    base, _, name = data["doc_url"].rpartition("/")
    assert base.endswith(f"/_mock/documents/{placed.client.workspace.name}/{placed.id}")
    made = documents.document(placed.client.workspace.world, placed.id, name)
    assert made is not None
    assert made.content_type == "application/pdf"
    assert data["tracking_number"].encode() in made.content
    assert b"[0 0 420 595]" in made.content
    picture = placed.get("/shipping_documents", document_type="SHIPPING_LABEL_PICTURE")["data"]["doc_url"].rpartition("/")[2]
    drawn = documents.document(placed.client.workspace.world, placed.id, picture)
    assert drawn is not None
    assert drawn.content.startswith(b"\x89PNG")
    assert documents.document(placed.client.workspace.world, placed.id, "label.exe") is None
    assert documents.document(placed.client.workspace.world, "12", name) is None


def page_texts(pdf: bytes) -> list[str]:
    """The words of each page."""
    drawn = re.findall(rb"stream\n(.*?)\nendstream", pdf.replace(b" T* ", b" T*\n"), re.DOTALL)
    return [b"\n".join(re.findall(rb"\((.*)\) Tj", page)).decode("latin-1") for page in drawn]


def printed(placed: Placed, kind: str) -> documents.Document:
    name = placed.get("/shipping_documents", document_type=kind)["data"]["doc_url"].rpartition("/")[2]
    made = documents.document(placed.client.workspace.world, placed.id, name)
    assert made is not None
    return made


def test_a_label_tells_where_from_where_to_and_what_is_inside(placed: Placed) -> None:
    placed.ship()
    world = placed.client.workspace.world
    where = placed.get()["data"]

    (told,) = page_texts(printed(placed, "SHIPPING_LABEL").content)

    for wanted in (placed.id, placed.order_id, placed.row.tracking_number, "[KRP-01]", "2 x "):
        assert wanted in told
    joined = " ".join(told.split())
    assert where["sender_address"]["full_address"] in joined
    assert where["recipient_address"]["full_address"] in joined
    assert orders.find(world, placed.serial).address.phone not in told
    assert "COD" not in told


def test_label_and_slip_are_two_pages_and_the_slip_is_for_whoever_packs(placed: Placed) -> None:
    placed.ship()

    label, slip = page_texts(printed(placed, "SHIPPING_LABEL_AND_PACKING_SLIP").content)

    assert label.startswith("SHIPPING LABEL ")
    assert slip.startswith("PACKING SLIP")
    assert placed.order_id in slip
    assert placed.row.tracking_number not in slip
    assert page_texts(printed(placed, "PACKING_SLIP").content) == [slip]


def test_a_label_of_goods_paid_in_cash_tells_how_much(placed: Placed) -> None:
    placed.client.workspace.apply(lambda world: world.put(orders.ORDERS, orders.find(world, placed.serial).but(is_cod=True)))
    placed.ship()

    assert f"COD IDR {orders.find(placed.client.workspace.world, placed.serial).total}" in page_texts(printed(placed, "SHIPPING_LABEL").content)[0]


@pytest.mark.parametrize("kind", ["HAZMAT_LABEL", "INVOICE_LABEL"])
def test_what_other_labels_show_is_inferred(placed: Placed, kind: str) -> None:
    placed.ship()

    assert printed(placed, kind).content.startswith(b"%PDF")
    assert any("shipping label" in note for note in next(reversed(placed.client.workspace.journal)).notes)


def test_what_is_too_long_for_a_page_goes_on_overleaf() -> None:
    told = page_texts(documents.document_pdf([f"baris {n}" for n in range(60)], ["sisanya"]))

    assert [page.count("baris") for page in told] == [27, 27, 6, 0]
    assert told[-1] == "sisanya"


def test_a_pdf_tells_where_its_parts_begin() -> None:
    made = documents.document_pdf(["Penerima: (Sari) \\ Wulandari", "日本", "x" * 500, "tab\there\nand there"])

    assert made.startswith(b"%PDF-1.4\n")
    assert made.endswith(b"%%EOF\n")
    table = int(made.rpartition(b"startxref\n")[2].split(b"\n")[0])
    assert made[table:].startswith(b"xref\n0 6\n")
    for number, line in enumerate(made[table:].split(b"\n")[3:8], start=1):
        assert made[int(line[:10]) :].startswith(b"%d 0 obj\n" % number)
    stream = made.partition(b"stream\n")[2].partition(b"\nendstream")[0]
    assert b"/Length %d " % len(stream) in made
    assert rb"(Penerima: \(Sari\) \\ Wulandari)" in stream
    assert b"(??)" in stream


def test_tracking_tells_the_latest_first(placed: Placed) -> None:
    path = f"/fulfillment/202309/orders/{placed.order_id}/tracking"
    assert placed.client.data("GET", path)["tracking"] == []
    for act in (shipped, shipping.collected, shipping.delivered):
        placed.act(act)

    steps = placed.client.data("GET", path)["tracking"]
    assert steps[0]["description"] == "Your package was delivered!"
    assert {step["update_time_millis"] for step in steps} == {placed.client.workspace.now().wire * 1000}
    parcels = placed.client.data("GET", f"/logistics/202604/orders/{placed.order_id}/tracking")["logistics_details"]
    assert [len(parcel["track_list"]) for parcel in parcels] == [3]
    assert placed.client.call("GET", "/fulfillment/202309/orders/77/tracking")["code"] == 21008111


def test_the_label_is_where_the_client_thinks_we_are(placed: Placed) -> None:
    placed.ship()
    request = placed.client.request(
        "GET", f"/fulfillment/202309/packages/{placed.id}/shipping_documents", {"document_type": "SHIPPING_LABEL"}
    )
    request.origin = "https://sandbox.example"

    assert b'"doc_url":"https://sandbox.example/_mock/documents/' in placed.client.simulator.answer(request).body
