"""Money and complaints: the saldo history with its exported file, the old statistics, and resolution tickets."""

from __future__ import annotations

from html import escape
from typing import Any

from ..domain import orders
from ..domain.finance import DEPOSITS, Deposit
from ..domain.instants import DAY
from ..domain.orders import ORDERS, Order, Status
from ..domain.phases import Family
from ..domain.products import PRODUCTS
from ..domain.world import World
from ..gateway.call import Call, Reply
from . import asked, auth, ids, jakarta
from . import order_view as view
from .catalog import CATALOG
from .envelope import Form
from .words import refuse

_READ: dict[str, Any] = {"family": Family.FINANCE, "effect": "read"}
LONGEST = 31  # days of a window (documented)


def _shop(call: Call) -> None:
    """The shop that the path names."""
    if asked.whole(call.params["shop_id"]) is None:
        raise refuse("SHP_DLV_002", f"shop_id is {call.params['shop_id'][:40]!r}")
    auth.pick(call, call.params["shop_id"])
    auth.gate(call)


def _day(call: Call, name: str, *, form: str = "%Y-%m-%d") -> int:
    """The wire time at which a day begins in Jakarta: a date, or unix seconds."""
    text = asked.text(call, name)
    if text.isascii() and text.isdigit() and len(text) > 8:
        return int(text[:18])
    try:
        return jakarta.read(text, form)
    except ValueError:
        raise refuse("SHP_DLV_005", f"{name} is {text[:40]!r}: a day such as 2024-03-10, or unix seconds") from None


def _window(call: Call, *, form: str = "%Y-%m-%d", names: tuple[str, str] = ("from_date", "to_date")) -> tuple[int, int]:
    """From the beginning of one day to the end of another."""
    begin, end = _day(call, names[0], form=form), _day(call, names[1], form=form) + DAY
    if not begin < end <= begin + (LONGEST + 1) * DAY:
        raise refuse("SHP_DLV_007", f"the window is {(end - begin) / DAY:.0f} days: 1 to {LONGEST}", LONGEST)
    return begin, end


# ---- saldo --------------------------------------------------------------------------------------------------------------------------------------------


@CATALOG.endpoint("GET", "/v1/fs/{fs_id}/shop/{shop_id}/saldo-history", source="getSaldoHistory", **_READ)
def saldo(call: Call) -> dict[str, Any] | Reply:
    """What came in and went out within up to 31 days, the latest first; with ``export=1`` as a file for a spreadsheet."""
    _shop(call)
    begin, end = _window(call)
    number, size = asked.number(call, "page", bad="SHP_DLV_003", default=1), asked.number(call, "per_page", bad="SHP_DLV_004", default=100)
    if number < 1 or not 1 <= size <= 500:
        raise refuse("SHP_DLV_003" if number < 1 else "SHP_DLV_004", f"page is {number}, per_page {size}: from 1, and 1 to 500")
    low, high = (call.seller.serial, begin), (call.seller.serial, min(end, call.now.wire + 1))
    shelf = call.world.shelf(DEPOSITS)
    if asked.text(call, "export") == "1":
        return _exported(call, shelf.page("by_seller", low, high, reverse=True))
    rows = shelf.page("by_seller", low, high, reverse=True, skip=(number - 1) * size, limit=size + 1)
    return {"have_next_page": len(rows) > size, "saldo_history": [_row(call, row) for row in rows[:size]]}


def _row(call: Call, row: Deposit) -> dict[str, Any]:
    world = call.world
    return {
        "deposit_id": ids.deposit(world).wire(row.serial),
        "type_description": "Disbursement to Seller Marketplace",
        "type": 1001,
        "class": "Transaction",
        "amount": row.amount,
        "note": f"Transaksi Penjualan Berhasil - {view.invoice_of(world, orders.find(world, row.order))}",
        "create_time": jakarta.local(row.at.wire),
        "withdrawal_date": "",
        "withdrawal_status": 0,
        "saldo": row.saldo,
        "image": f"{call.request.origin}/_mock/images/saldo",
    }


def _exported(call: Call, rows: list[Deposit]) -> Reply:
    """A table in HTML under the name of a spreadsheet: every spreadsheet program opens it (that the real file is one, too, is unknown)."""
    told = [_row(call, row) for row in rows]
    columns = ("deposit_id", "create_time", "type_description", "note", "amount", "saldo")
    head = "".join(f"<th>{name}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(row[name]))}</td>" for name in columns) + "</tr>" for row in told)
    page = f'<html><head><meta charset="utf-8"></head><body><table border="1"><tr>{head}</tr>{body}</table></body></html>'
    name = f"saldo-{call.params['shop_id']}.xls"
    return Reply((page.encode(),), content_type="application/vnd.ms-excel", headers=(("Content-Disposition", f'attachment; filename="{name}"'),))


# ---- resolution --------------------------------------------------------------------------------------------------------------------------------------


@CATALOG.endpoint("GET", "/resolution/v1/fs/{fs_id}/ticket", source="getResolutionTicket", family=Family.AFTERSALE, effect="read")
def tickets(call: Call) -> dict[str, Any]:
    """Orders that buyers have complained about within a window of up to 31 days."""
    if not asked.text(call, "shop_id"):
        raise refuse("SHP_DLV_013", "the query carries no shop_id")
    begin, end = _window(call)
    world = call.world
    low, high = (call.seller.serial, begin - 60 * DAY), (call.seller.serial, end)
    rows = [(order, opened) for order in world.shelf(ORDERS).page("listed", low, high) if (opened := _complained(order)) and begin <= opened < end]
    call.showed("orders", *[order.serial for order, _ in rows])
    shop = {"shop_id": ids.shop(world).wire(call.shop.serial), "shop_name": call.shop.name, "ticket": [_ticket(world, order, opened) for order, opened in rows]}
    return {"is_success": True, "startdate": asked.text(call, "from_date"), "enddate": asked.text(call, "to_date"), "shops": [shop]}


def _complained(order: Order) -> int:
    """When the buyer opened a case, 0 for none."""
    return next((row.at.wire for row in order.history if row.status is Status.COMPLAINED), 0)


def _ticket(world: World, order: Order, opened: int) -> dict[str, Any]:
    over = order.status is not Status.COMPLAINED
    return {
        "id": ids.order(world).wire(order.serial) + 3,
        "problem_type": "Barang tidak sesuai",
        "status": "Finished" if over else "On Progress",
        "open_date": jakarta.local(opened),
        "sla_date": jakarta.local(opened + 3 * DAY),
        "close_date": jakarta.local(order.updated.wire) if over else "",
        "invoice_number": view.invoice_of(world, order),
        "solution": "Refund" if order.status is Status.RETURNED else "",
        "complaint_product": [
            {
                "id": view.product_id(world, item),
                "name": item.name,
                "qty": item.delivered,
                "price": item.price,
                "final_price": item.price * item.delivered,
                "image": item.image,
            }
            for item in order.items
        ],
        "fault": "",
        "shipping_amt": order.shipping_fee,
        "total_issued_funds": order.product_total if order.status is Status.RETURNED else 0,
    }


# ---- statistics ------------------------------------------------------------------------------------------------------------------------------------------


def _sold(call: Call) -> tuple[list[Order], tuple[int, int]]:
    """The orders of the window that the query names, and the window."""
    _shop(call)
    begin, end = _window(call, form="%Y%m%d", names=("start_date", "end_date"))
    return call.world.shelf(ORDERS).page("listed", (call.seller.serial, begin), (call.seller.serial, end)), (begin, end)


def _date(wire: int) -> int:
    return int(jakarta.local(wire, "%Y%m%d"))


def _days(rows: list[Order], window: tuple[int, int]) -> dict[int, list[Order]]:
    days: dict[int, list[Order]] = {_date(at): [] for at in range(window[0], window[1], DAY)}
    for order in rows:
        days.setdefault(_date(order.created.wire), []).append(order)
    return days


def _units(rows: list[Order]) -> int:
    return sum(item.delivered for order in rows if order.status is not Status.CANCELLED for item in order.items)


_STATISTIC: dict[str, Any] = {**_READ, "mark": "observed"}


@CATALOG.endpoint("GET", "/v1/statistics/shop_performance/fs/{fs_id}/{shop_id}", source="getShopPerformance", **_STATISTIC)
def performance(call: Call) -> Form:
    """Sales day by day; nobody clicks on advertisements here."""
    rows, window = _sold(call)

    def told(some: list[Order]) -> dict[str, int]:
        return {"cpc_prod_sum": 0, "cpc_shop_sum": 0, "trans_sum": len(some), "sold_sum": _units(some), "view_sum": 10 * len(some)}

    cells = [{**told(some), "date": day} for day, some in _days(rows, window).items()]
    return Form("bare", {"data": {"summary": told(rows), "cells": cells, "status": "OK", "error_message": []}})


@CATALOG.endpoint("GET", "/v1/statistics/product-statistics/fs/{fs_id}/{shop_id}", source="getProductStatistic", **_STATISTIC)
def best_sellers(call: Call) -> Form:
    """What sold best."""
    rows, _ = _sold(call)
    world = call.world
    by_product: dict[int, list[Order]] = {}
    for order in rows:
        for item in order.items:
            by_product.setdefault(item.product, []).append(order)

    def told(some: list[Order]) -> dict[str, int]:
        gone = [order for order in some if order.status is Status.CANCELLED]
        rejected = [order for order in gone if order.cancelled_by == "seller"]
        return {"cancel_sum": len(gone), "trans_sum": len(some), "conv_sum": 10, "sold_sum": _units(some), "reject_sum": len(rejected), "view_sum": 10 * len(some)}

    size = max(1, min(100, asked.number(call, "pagesize", bad="SHP_DLV_004", default=10)))
    best = sorted(by_product.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:size]
    cells = []
    for serial, some in best:
        record, wire = world.get(PRODUCTS, serial), ids.product(world).wire(serial)
        named = {"product.product_name": record.name if record is not None else "", "product.product_id": wire, "product.cat_id": 0}
        cells.append({**named, "product.product_link": f"https://www.tokopedia.com/product/{wire}", **told(some)})
    return Form("bare", {"data": {"product_best_seller_info": {"summary": told(rows), "cells": cells}}})


@CATALOG.endpoint("GET", "/v1/statistics/transaction-statistics/fs/{fs_id}/{shop_id}", source="getTransactionStatistic", **_STATISTIC)
def transactions(call: Call) -> Form:
    """Orders and amounts by how they went, day by day."""
    rows, window = _sold(call)

    def told(some: list[Order]) -> dict[str, int]:
        gone = [order for order in some if order.status is Status.CANCELLED]
        there = [order for order in some if order.delivered is not None]
        return {
            "cpc_shop_sum": 0,
            "insurance_amt": sum(order.insurance_fee for order in some),
            "success_sum": sum(order.status is Status.COMPLETED for order in some),
            "ship_amt": sum(order.shipping_fee for order in some),
            "delivered_amt": sum(order.product_total for order in there),
            "rejected_amt": sum(order.product_total for order in gone),
            "new_sum": len(some),
            "cpc_prod_sum": 0,
            "rejected_sum": len(gone),
            "delivered_sum": len(there),
        }

    whole = told(rows)
    graph = {"summary": whole, "cells": [{**told(some), "date": day} for day, some in _days(rows, window).items()]}
    summary = {"summary": {name: whole[name] for name in ("rejected_sum", "new_sum", "success_sum")}}
    return Form("bare", {"data": {"TransGraph": graph, "TransSummary": summary}})


@CATALOG.endpoint("GET", "/v1/statistics/buyer-statistics/fs/{fs_id}/{shop_id}", source="getBuyerStatistic", **_STATISTIC)
def buyers(call: Call) -> Form:
    """Who bought most, and where they live; sexes and ages are nobody's business here."""
    rows, window = _sold(call)
    world = call.world
    by_buyer: dict[int, list[Order]] = {}
    cities: dict[tuple[int, str], list[Order]] = {}
    for order in rows:
        by_buyer.setdefault(order.buyer, []).append(order)
        cities.setdefault((order.address.city_id, order.address.city), []).append(order)
    days = _days(rows, window)
    counts = [len({order.buyer for order in some}) for some in days.values()]
    none = [0] * len(days)
    graph = {"total_buyer": len(by_buyer), "male_buyer": 0, "female_buyer": 0, "success_trans": sum(order.status is Status.COMPLETED for order in rows), "product_sold": _units(rows)}
    ages = {f"age{number}": 0 for number in range(1, 6)}
    top = sorted(by_buyer.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:10]
    details = [
        {
            "d_customer_id": ids.user(world).wire(serial),
            "sex": 0,
            "customer_name": view.buyer(world, some[0])["name"] if world.rules.buyer_data == "plain" else "",
            "transaction": len(some),
            "product": _units(some),
            "profit": sum(order.product_total for order in some),
        }
        for serial, some in top
    ]
    places = [{"d_city_id": city, "city_name": name, "user": len({order.buyer for order in some}), "transaction": len(some)} for (city, name), some in sorted(cities.items())[:10]]
    return Form(
        "bare",
        {
            "data": {
                "buyer_graph": {**graph, **ages, "diff_total": 0, "date_graph": list(days), "male_graph": none, "female_graph": none, "total_graph": counts},
                "top_buyer": {"details": details, "next": "", "limit": 10},
                "top_buyer_location": {"details": places, "next": "", "limit": 10},
                "follower_information": {"links": {"self": "", "next": "", "prev": ""}, "data": {"list": [], "total": 0}},
            }
        },
    )


