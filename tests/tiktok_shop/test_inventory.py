"""Prices and stock through the TikTok Shop API: what is set, what is refused, and whose pool it is in each phase."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selling import PRODUCTS_PATH, create, id_of, move, named, read, record, sku_of, variant, warehouse

from mockplatforms.domain import products, shops
from mockplatforms.domain.phases import Phase, Platform
from mockplatforms.domain.products import Listing, Product
from mockplatforms.domain.shops import WAREHOUSES, Warehouse
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop
from mockplatforms.tiktok_shop import ids, rows

SEARCH = "/product/202309/inventory/search"
_S, _T = Platform.TIKTOK_SHOP, Platform.TOKOPEDIA


def reprice(client: TikTokShop, product: Product, amount: str, **more: Any) -> dict[str, Any]:
    sent = {"skus": [{"id": sku_of(client, product), "price": {"amount": amount, "currency": "IDR"} | more}]}
    return client.call("POST", f"{PRODUCTS_PATH}/{id_of(client, product)}/prices/update", body=sent)


def restock(client: TikTokShop, product: Product, *stock: dict[str, Any], sku: str = "") -> dict[str, Any]:
    sent = {"skus": [{"id": sku or sku_of(client, product), "inventory": list(stock)}]}
    return client.call("POST", f"{PRODUCTS_PATH}/{id_of(client, product)}/inventory/update", body=sent)


def here(client: TikTokShop, quantity: int) -> dict[str, Any]:
    return {"warehouse_id": warehouse(client), "quantity": quantity}


def second_warehouse(client: TikTokShop, **changes: Any) -> str:
    """One more warehouse of the seller; answers its id."""

    def add(world: Any) -> Any:
        owner = shops.sellers(world)[0]
        old = shops.default_warehouse(world, owner.serial, _S)
        serial, world = world.take()
        facts = {"kind": "sales", "enabled": True, "tiktok_shop": True, "tokopedia": False, "seller": owner.serial} | changes
        return world.put(WAREHOUSES, Warehouse(serial, name="Gudang Dua", address=old.address, is_default=False, **facts))

    client.workspace.apply(add)
    world = client.workspace.world
    newest = max(row.serial for row in world.shelf(WAREHOUSES).rows.values())
    return ids.text(ids.warehouse(world), newest)


# ---- prices -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", ["100", "45000", "45000.00", "100000000"])
def test_a_price_is_set(amount: str, tiktok: TikTokShop) -> None:
    native = named(tiktok, "KRP-01")

    assert reprice(tiktok, native, amount)["data"] == {}

    whole = amount.split(".")[0]
    assert read(tiktok, id_of(tiktok, native))["skus"][0]["price"]["sale_price"] == whole


PRICES: list[tuple[str, dict[str, Any], int]] = [
    ("99", {}, 12052073),
    ("100000001", {}, 12052570),
    ("-500", {}, 12052012),
    ("1e5", {}, 12052012),
    ("٤٥٠٠٠", {}, 12052012),
    ("NaN", {}, 12052012),
    ("", {}, 12052012),
    ("45000", {"currency": "USD"}, 12052084),
]


@pytest.mark.parametrize(("amount", "more", "code"), PRICES)
def test_a_price_is_refused(amount: str, more: dict[str, Any], code: int, tiktok: TikTokShop) -> None:
    before = tiktok.workspace.world

    assert reprice(tiktok, named(tiktok, "KRP-01"), amount, **more)["code"] == code
    assert tiktok.workspace.world is before


def test_prices_of_a_product_change_all_or_none(tiktok: TikTokShop) -> None:
    native = named(tiktok, "KRP-01")
    good = {"id": sku_of(tiktok, native), "price": {"amount": "5000", "currency": "IDR"}}
    stranger = good | {"id": sku_of(tiktok, named(tiktok, "KRP-02"))}
    path = f"{PRODUCTS_PATH}/{id_of(tiktok, native)}/prices/update"

    assert tiktok.call("POST", path, body={"skus": [good, stranger]})["code"] == 12052557
    assert tiktok.call("POST", path, body={"skus": [good, good]})["code"] == 12052553
    assert record(tiktok, id_of(tiktok, native)) is native


# ---- stock --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", [0, 1, 99_999])
def test_stock_is_set(quantity: int, tiktok: TikTokShop) -> None:
    native = named(tiktok, "KRP-01")

    assert restock(tiktok, native, here(tiktok, quantity))["data"] == {"errors": []}

    assert read(tiktok, id_of(tiktok, native))["skus"][0]["inventory"] == [here(tiktok, quantity)]


def test_units_that_orders_hold_stay_held(tiktok: TikTokShop) -> None:
    native = named(tiktok, "KRP-01")
    held = native.skus[0].committed
    assert held > 0

    restock(tiktok, native, here(tiktok, 4))

    assert record(tiktok, id_of(tiktok, native)).skus[0].committed == held


def test_a_sku_in_one_warehouse_needs_no_name_for_it(tiktok: TikTokShop) -> None:
    native = named(tiktok, "KRP-01")

    assert restock(tiktok, native, {"quantity": 9})["data"] == {"errors": []}

    assert record(tiktok, id_of(tiktok, native)).skus[0].available == 9


def test_a_sku_in_several_warehouses_wants_all_of_them(tiktok: TikTokShop) -> None:
    other = second_warehouse(tiktok)
    made = record(tiktok, create(tiktok, skus=[variant(tiktok) | {"inventory": [here(tiktok, 3), {"warehouse_id": other, "quantity": 4}]}]))

    (error,) = restock(tiktok, made, here(tiktok, 9))["data"]["errors"]
    assert [cause["code"] for cause in error["detail"]["extra_errors"]] == [12019028]

    assert restock(tiktok, made, here(tiktok, 9), {"warehouse_id": other, "quantity": 0})["data"] == {"errors": []}
    assert [(one.available) for one in record(tiktok, id_of(tiktok, made)).skus[0].stock] == [9, 0]


def test_a_refused_sku_is_named_with_every_cause_and_the_others_are_set(tiktok: TikTokShop) -> None:
    native = named(tiktok, "KRP-01")
    disabled, returns = second_warehouse(tiktok, enabled=False), second_warehouse(tiktok, kind="return")
    stock = [{"warehouse_id": text, "quantity": 1} for text in ("1", disabled, returns)]
    made = [{"id": "5", "inventory": [here(tiktok, 1)]}, {"id": sku_of(tiktok, native), "inventory": stock}]

    errors = tiktok.data("POST", f"{PRODUCTS_PATH}/{id_of(tiktok, native)}/inventory/update", body={"skus": made})["errors"]

    assert [(error["code"], error["detail"]["sku_id"]) for error in errors] == [(12052990, "5"), (12052990, sku_of(tiktok, native))]
    assert errors[0]["detail"]["extra_errors"] == [{"code": 12052556, "message": rows.message(12052556)}]
    causes = errors[1]["detail"]["extra_errors"]
    assert [(cause["warehouse_id"], cause["code"]) for cause in causes] == [("1", 12052097), (disabled, 12052531), (returns, 12052532)]
    assert record(tiktok, id_of(tiktok, native)) is native


@pytest.mark.parametrize(
    ("path", "sent", "code"),
    [
        ("inventory/update", {"skus": []}, 12052902),
        ("inventory/update", {"skus": [{"id": "", "inventory": [{"quantity": 1}]}]}, 12052036),
        ("inventory/update", {"skus": [{"id": "1", "inventory": [{"quantity": "1"}]}]}, 12019024),
        ("inventory/update", {}, 36009004),
        ("prices/update", {"skus": []}, 12052902),
        ("prices/update", {}, 36009004),
    ],
)
def test_what_is_there_with_nothing_in_it_has_a_code_of_its_own(path: str, sent: dict[str, Any], code: int, tiktok: TikTokShop) -> None:
    assert tiktok.call("POST", f"{PRODUCTS_PATH}/{id_of(tiktok, named(tiktok, 'KRP-01'))}/{path}", body=sent)["code"] == code


def test_stock_of_100_000_is_refused(tiktok: TikTokShop) -> None:
    assert restock(tiktok, named(tiktok, "KRP-01"), here(tiktok, 100_000))["code"] == 12019024
    assert restock(tiktok, named(tiktok, "KRP-01"), here(tiktok, -1))["code"] == 12019024


@pytest.mark.parametrize("listing", [Listing.SELLER_DEACTIVATED, Listing.DRAFT, Listing.FREEZE, Listing.DELETED])
def test_only_what_is_on_sale_changes_price_and_stock(listing: Listing, tiktok: TikTokShop) -> None:
    native = named(tiktok, "KRP-01")
    tiktok.workspace.apply(products.set_listing, native.serial, _S, listing)

    assert {reprice(tiktok, native, "5000")["code"], restock(tiktok, native, here(tiktok, 1))["code"]} == {12052901}


# ---- through the phases -------------------------------------------------------------------------------------------------------------------

# Phase, how writes between merge and product merge are taken → the code of a price or stock write.
PHASES: list[tuple[Phase | None, str, int]] = [
    (None, "strict", 0),
    (Phase.MERGING, "strict", 0),
    (Phase.MERGED, "strict", 12052901),
    (Phase.MERGED, "lenient", 0),
    (Phase.MERGED, "shadow_write", 12052901),
    (Phase.PRODUCT_MERGED, "strict", 0),
]


@pytest.mark.parametrize(("phase", "rule", "code"), PHASES)
def test_price_and_stock_open_and_close_with_the_phases(phase: Phase | None, rule: str, code: int, simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"modify_after_merge": rule}))
    if phase is not None:
        move(client.workspace, phase)
    native = named(client, "KRP-01")

    assert reprice(client, native, "5000")["code"] == code
    assert restock(client, native, here(client, 1))["code"] == code


def test_a_copy_and_its_tokopedia_product_are_one_record(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"modify_after_merge": "lenient"}))
    born = named(client, "TMB-01", _T)
    twin = named(client, "KOP-01", _S)
    move(client.workspace, Phase.MERGED)
    copy = record(client, id_of(client, born))

    stock = [{"warehouse_id": one["warehouse_id"], "quantity": 2} for one in read(client, id_of(client, born))["skus"][0]["inventory"]]
    assert restock(client, copy, *stock)["data"] == {"errors": []}

    assert named(client, "TMB-01", _T).skus[0].available == 2 * len(stock)
    assert named(client, "KOP-01", _S).skus == twin.skus


# ---- looked up ----------------------------------------------------------------------------------------------------------------------------


def test_stock_is_looked_up_by_product_or_by_sku(tiktok: TikTokShop) -> None:
    native = named(tiktok, "KRP-01")
    by_product = tiktok.data("POST", SEARCH, body={"product_ids": [id_of(tiktok, native), "1"]})["inventory"]
    by_sku = tiktok.data("POST", SEARCH, body={"sku_ids": [sku_of(tiktok, native), "1"]})["inventory"]

    assert by_product == by_sku
    (row,) = by_product
    (sku,) = row["skus"]
    assert (row["product_id"], sku["id"], sku["seller_sku"]) == (id_of(tiktok, native), sku_of(tiktok, native), "KRP-01")
    assert (sku["total_available_quantity"], sku["total_committed_quantity"]) == (native.skus[0].available, native.skus[0].committed)
    assert sum(one["available_quantity"] for one in sku["warehouse_inventory"]) == native.skus[0].available


def test_a_tokopedia_product_is_left_out_until_it_is_copied(tiktok: TikTokShop) -> None:
    asked = {"product_ids": [id_of(tiktok, named(tiktok, "TMB-01", _T))]}
    assert tiktok.data("POST", SEARCH, body=asked) == {"inventory": []}

    move(tiktok.workspace, Phase.MERGED)

    assert len(tiktok.data("POST", SEARCH, body=asked)["inventory"]) == 1


LOOKUPS = [({}, 12019008), ({"product_ids": ["1"], "sku_ids": ["1"]}, 12019008), ({"product_ids": ["1"] * 101}, 12019120), ({"sku_ids": ["1"] * 601}, 12019015)]


@pytest.mark.parametrize(("asked", "code"), LOOKUPS)
def test_a_lookup_is_refused(asked: dict[str, Any], code: int, tiktok: TikTokShop) -> None:
    assert tiktok.call("POST", SEARCH, body=asked)["code"] == code


# ---- choices of the workspace -------------------------------------------------------------------------------------------------------------


def cause(answer: dict[str, Any]) -> int:
    """The first cause for which the only SKU was refused."""
    (error,) = answer["data"]["errors"]
    assert error["code"] == 12052990
    found: int = error["detail"]["extra_errors"][0]["code"]
    return found


def test_nothing_left_is_a_stock_unless_the_workspace_goes_by_the_documents(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    generous, strict = (TikTokShop(simulator, make(settings={"zero_stock": rule})) for rule in ("accept", "refuse"))

    assert restock(generous, named(generous, "KRP-01"), here(generous, 0))["data"]["errors"] == []
    assert cause(restock(strict, named(strict, "KRP-01"), here(strict, 0))) == 12052055
    assert named(strict, "KRP-01").skus[0].available > 0


def test_the_warehouses_of_a_sku_may_be_fixed(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"sku_warehouses": "fixed"}))
    native, second = named(client, "KRP-01"), second_warehouse(client)
    elsewhere = {"warehouse_id": second, "quantity": 5}

    assert cause(restock(client, native, here(client, 5), elsewhere)) == 12052533
    sent = {"skus": [{"id": sku_of(client, native), "inventory": [elsewhere]}]}
    assert client.call("POST", f"/product/202509/products/{id_of(client, native)}/partial_edit", body=sent)["code"] == 12052533
    assert restock(client, native, here(client, 5))["data"]["errors"] == []


def test_what_dilayani_tokopedia_counts_is_not_the_sellers_to_set(tiktok: TikTokShop) -> None:
    native, run = named(tiktok, "KRP-01"), second_warehouse(tiktok, kind="dilayani")
    place = ids.warehouse(tiktok.workspace.world).read(run) or 0
    tiktok.workspace.apply(products.set_stock, native.serial, native.skus[0].serial, place, 40)

    assert cause(restock(tiktok, native, {"warehouse_id": run, "quantity": 5})) == 12052382
    assert restock(tiktok, native, here(tiktok, 3))["data"]["errors"] == []
    told = read(tiktok, id_of(tiktok, native))["skus"][0]["inventory"]
    assert sorted(row["quantity"] for row in told) == [3, 40]


def test_a_running_promotion_locks_the_price_and_keeps_the_stock(tiktok: TikTokShop) -> None:
    native = named(tiktok, "KRP-01")
    held = native.skus[0].available
    tiktok.workspace.apply(lambda world: world.put(products.PRODUCTS, native.but(is_on_campaign=True)))

    assert reprice(tiktok, native, "45000")["code"] == 12052038
    assert cause(restock(tiktok, native, here(tiktok, held - 1))) == 12052393
    assert restock(tiktok, native, here(tiktok, held + 1))["data"]["errors"] == []


def test_goods_that_are_not_there_yet_are_told_with_the_stock(tiktok: TikTokShop) -> None:
    native = named(tiktok, "KRP-01")

    restock(tiktok, native, here(tiktok, 3) | {"backorder_quantity": 9, "handling_time": 4})

    (told,) = read(tiktok, id_of(tiktok, native))["skus"][0]["inventory"]
    assert told == {"warehouse_id": warehouse(tiktok), "quantity": 3, "backorder_quantity": 9, "handling_time": 4}
