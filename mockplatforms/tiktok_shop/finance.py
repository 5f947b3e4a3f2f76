"""Finance: what each order brings in, a statement a day, and what goes to the bank; amounts are whole rupiah as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..domain import orders, settlements
from ..domain.orders import Order
from ..domain.phases import Family
from ..domain.settlements import STATEMENTS, TRANSACTIONS, WITHDRAWALS, Part, Purse, Statement, Sum, Transaction, Withdrawal
from ..domain.table import TOP
from ..domain.world import World
from ..gateway.call import Call
from ..gateway.refusal import Refusal
from . import ids, paging, rows
from .catalog import INVALID, serves
from .paging import Way, Window
from .words import at_gateway, refuse

_TYPES = {"SETTLE", "REVERSE", "WITHDRAW", "TRANSFER"}


def zeros(tree: Any) -> Any:
    """What a tree of names and types is when there is nothing of it: amounts are "0"."""
    if isinstance(tree, dict):
        return {name: zeros(inner) for name, inner in tree.items()}
    return {"str": "0", "int": 0, "bool": False}.get(tree, [])


def _no_one(why: str) -> Refusal:
    """There is no such statement or order of this seller: the endpoints' pages list no code of their own (inferred)."""
    return refuse(INVALID, why)


def _window(call: Call, name: str) -> tuple[int, Any]:
    """From ``…_ge`` to before ``…_lt``; 0 is no bound."""
    return call.query.get(f"{name}_ge") or 0, call.query.get(f"{name}_lt") or TOP


# ---- statements ------------------------------------------------------------------------------------------------------------------------------


@serves("get-statements-202309", family=Family.FINANCE)
def statements(call: Call) -> dict[str, Any]:
    """One row per day (UTC) on which something was settled."""
    query, owner = call.query, call.seller.serial
    low, high = _window(call, "statement_time")
    status = query.get("payment_status")
    if status == "FAILED":
        return {"next_page_token": "", "statements": []}
    begin: tuple[Any, ...] = (owner,) if status is None else (owner, status == "PAID")
    way = Way(Window("by_day" if status is None else "by_paid", (*begin, low), (*begin, high)), "statement_time", frozenset())
    filters = paging.bound(owner, "statements", low, str(high), status, query["sort_order"])
    found = paging.find(call, STATEMENTS, [way], sort="statement_time", descending=query["sort_order"] == "DESC", asked={}, filters=filters)
    return {"next_page_token": found.token, "statements": [_statement(call.world, row) for row in found.rows]}


def _statement(world: World, row: Statement) -> dict[str, Any]:
    made = row.sum
    shown: dict[str, Any] = {
        "id": ids.text(ids.statement(world), row.serial),
        "statement_time": row.day,
        "settlement_amount": str(made.settlement),
        "currency": "IDR",
        "revenue_amount": str(made.revenue),
        "fee_amount": str(made.fees),
        "adjustment_amount": str(made.adjustment),
        "payment_status": "PROCESSING" if row.paid is None else "PAID",
        "payment_id": "" if row.paid is None else ids.text(ids.payment(world), row.serial),
        "net_sales_amount": str(made.revenue),
        "shipping_cost_amount": str(made.shipping),
    }
    if row.paid is not None:
        shown["payment_time"] = row.paid.wire
    return shown


@serves("get-payments-202309", family=Family.FINANCE)
def payments(call: Call) -> dict[str, Any]:
    """Not for sellers of Southeast Asia (documented; what they are told is inferred)."""
    raise at_gateway("scope", "Get Payments is not for Indonesia: Get Withdrawals (GET /finance/202309/withdrawals) tells what was paid")


def _of_statement(call: Call) -> tuple[Statement, paging.Found]:
    """The statement of the path and a page of what it is made of."""
    world, query = call.world, call.query
    serial = ids.statement(world).read(call.params["statement_id"])
    held = world.get(STATEMENTS, serial) if serial is not None else None
    if held is None or held.seller != call.seller.serial:
        raise _no_one(f"there is no statement {call.params['statement_id']} of this seller: Get Statements lists them")
    way = Way(Window("by_statement", (held.serial, 0), (held.serial, TOP)), "order_create_time", frozenset())
    filters = paging.bound(held.serial, "of statement", query["sort_order"])
    return held, paging.find(call, TRANSACTIONS, [way], sort="order_create_time", descending=query["sort_order"] == "DESC", asked={}, filters=filters)


@serves("get-transactions-by-statement-202501", family=Family.FINANCE)
def of_statement(call: Call) -> dict[str, Any]:
    """What a day's statement is made of."""
    world = call.world
    held, found = _of_statement(call)
    tree = rows.row("get-transactions-by-statement-202501").response["transactions"][0]
    made = held.sum
    return {
        "next_page_token": found.token,
        "id": ids.text(ids.statement(world), held.serial),
        "create_time": held.day,
        "status": "SETTLED",
        "currency": "IDR",
        "payable_amount": str(made.settlement),
        "total_settlement_amount": str(made.settlement),
        "total_settlement_breakdown": {
            "total_revenue_amount": str(made.revenue),
            "total_shipping_cost_amount": str(made.shipping),
            "total_fee_tax_amount": str(made.fees),
            "total_adjustment_amount": str(made.adjustment),
        },
        "total_count": found.total,
        "transactions": [_transaction(world, row, tree) for row in found.rows],
    }


@serves("get-transactions-by-statement-202309", family=Family.FINANCE)
def of_statement_202309(call: Call) -> dict[str, Any]:
    """What a day's statement is made of, as the older version tells it: one flat row of amounts per transaction."""
    world = call.world
    held, found = _of_statement(call)
    made = held.sum
    return {
        "next_page_token": found.token,
        "total_count": found.total,
        "statement_id": ids.text(ids.statement(world), held.serial),
        "statement_time": held.day,
        "currency": "IDR",
        "settlement_amount": str(made.settlement),
        "revenue_amount": str(made.revenue),
        "fee_amount": str(made.fees),
        "adjustment_amount": str(made.adjustment),
        "net_sales_amount": str(made.revenue),
        "shipping_cost_amount": str(made.shipping),
        "statement_transactions": [{"id": ids.text(ids.transaction(world), row.serial), **_about(world, row), **_flat(row, row.parts)} for row in found.rows],
    }


def _flat(row: Transaction, parts: Sequence[Part], *, whole: bool = True) -> dict[str, str]:
    """Amounts as version 202309 tells them; ``whole``: with what belongs to the order and to none of its SKUs."""
    total = {name: sum(getattr(part, name) for part in parts) for name in Part.FIELDS[2:]}
    revenue, fees = sum(part.revenue for part in parts), sum(part.fees for part in parts)
    back, adjustment = total["gross_refund"] + total["discount_refund"], row.adjustment if whole else 0
    shipping = row.shipping if whole and row.serial == row.order else 0
    amounts = {
        "settlement_amount": revenue + fees + adjustment,
        "revenue_amount": revenue,
        "net_sales_amount": revenue,
        "gross_sales_amount": total["gross"],
        "gross_sales_refund_amount": total["gross_refund"],
        "seller_discount_amount": total["discount"],
        "seller_discount_refund_amount": total["discount_refund"],
        "after_seller_discounts_subtotal_amount": total["gross"] + total["discount"],
        "fee_amount": fees,
        "platform_commission_amount": total["commission"],
        "transaction_fee_amount": total["dynamic"],
        "adjustment_amount": adjustment,
        "customer_payment_amount": total["gross"] + total["discount"] + shipping,
        "customer_refund_amount": back,
        "customer_order_refund_amount": back,
        "actual_shipping_fee_amount": -shipping,
        "customer_paid_shipping_fee_amount": shipping,
        "customer_shipping_fee_amount": shipping,
    }
    tree = rows.row("get-transactions-by-order-202309").response["statement_transactions"][0]
    none = {name: "0" for name in tree if name.endswith("_amount") or name == "affiliate_commission_before_pit"}
    return {**none, "currency": "IDR", **{name: str(amount) for name, amount in amounts.items()}}


def _about(world: World, row: Transaction) -> dict[str, Any]:
    """Which order a transaction is of; or what kind of adjustment it is, and about which order."""
    if row.kind == "ORDER":
        return {"type": "ORDER", "order_id": ids.text(ids.order(world), row.order), "order_create_time": row.created}
    shown: dict[str, Any] = {"type": row.kind, "adjustment_id": ids.text(ids.transaction(world), row.serial)}
    if row.order:
        shown |= {"adjustment_order_id": ids.text(ids.order(world), row.order), "order_create_time": row.created}
    return shown


# What only some transactions have (an adjustment no order, an order no adjustment), and money in reserve, which nobody keeps here.
_OF_SOME = (
    "order_id",
    "order_create_time",
    "order_delivery_time",
    "adjustment_id",
    "adjustment_order_id",
    "reserve_id",
    "reserve_amount",
    "reserve_status",
    "estimated_release_time",
    "associated_order_id",
)


def _transaction(world: World, row: Transaction, tree: Mapping[str, Any]) -> dict[str, Any]:
    made = row.sum
    shown: dict[str, Any] = {name: zeros(inner) for name, inner in tree.items() if name not in _OF_SOME}
    shown |= {
        "id": ids.text(ids.transaction(world), row.serial),
        **_about(world, row),
        "adjustment_amount": str(made.adjustment),
        "settlement_amount": str(made.settlement),
        "revenue_amount": str(made.revenue),
        "shipping_cost_amount": str(made.shipping),
        "fee_tax_amount": str(made.fees),
    }
    _fill(shown, list(row.parts), row.shipping if row.serial == row.order else 0)
    paid_for = orders.find(world, row.order).total if row.serial == row.order else 0
    back = -sum(part.gross_refund + part.discount_refund for part in row.parts)
    shown["supplementary_component"] |= {"customer_payment_amount": str(paid_for), "customer_refund_amount": str(-back)}
    return shown


def _fill(shown: dict[str, Any], parts: list[Part], shipping: int) -> None:
    """The breakdowns: what goods brought in, what shipping cost (the buyer's fee goes to the courier), what the platform takes."""
    total = {name: sum(getattr(part, name) for part in parts) for name in Part.FIELDS[2:]}
    shown["revenue_breakdown"] |= {
        "subtotal_before_discount_amount": str(total["gross"]),
        "seller_discount_amount": str(total["discount"]),
        "refund_subtotal_before_discount_amount": str(total["gross_refund"]),
        "seller_discount_refund_amount": str(total["discount_refund"]),
    }
    shown["shipping_cost_breakdown"] |= {"actual_shipping_fee_amount": str(-shipping), "customer_paid_shipping_fee_amount": str(shipping)}
    shown["fee_tax_breakdown"]["fee"] |= {"platform_commission_amount": str(total["commission"]), "dynamic_commission_amount": str(total["dynamic"])}


# ---- orders ----------------------------------------------------------------------------------------------------------------------------------


@serves("get-transactions-by-order-202501", family=Family.FINANCE)
def of_order(call: Call) -> dict[str, Any]:
    """What one order has brought in by now, SKU by SKU; nothing before it is settled."""
    world = call.world
    order = _order(call, call.params["order_id"])
    settled = [row for row in world.shelf(TRANSACTIONS).page("by_order", (order.serial,), (order.serial + 1,)) if row.statement]
    tree = rows.row("get-transactions-by-order-202501").response["sku_transactions"][0]
    shown = [_of_sku(world, order, row, part, tree) for row in settled for part in row.parts]
    made = Sum()
    for row in settled:
        made = made.plus(row.sum)
    return {
        "order_id": call.params["order_id"],
        "order_create_time": order.created.wire,
        "currency": "IDR",
        "revenue_amount": str(made.revenue),
        "fee_and_tax_amount": str(made.fees),
        "shipping_cost_amount": str(made.shipping),
        "settlement_amount": str(made.settlement),
        "sku_transactions": shown,
        "total_count": len(shown),
    }


@serves("get-transactions-by-order-202309", family=Family.FINANCE)
def of_order_202309(call: Call) -> dict[str, Any]:
    """What one order has brought in by now, as the older version tells it: by statement, and within it by SKU."""
    world = call.world
    order = _order(call, call.params["order_id"])
    told = []
    for row in world.shelf(TRANSACTIONS).page("by_order", (order.serial,), (order.serial + 1,)):
        held = world.get(STATEMENTS, row.statement)
        if held is None:
            continue
        told.append(
            {
                "id": ids.text(ids.transaction(world), row.serial),
                "statement_id": ids.text(ids.statement(world), held.serial),
                "statement_time": held.day,
                "status": "SETTLED",
                **_flat(row, row.parts),
                "sku_statement_transactions": [{**_named(world, order, part), **_flat(row, [part], whole=False)} for part in row.parts],
            }
        )
    return {"order_id": call.params["order_id"], "order_create_time": order.created.wire, "statement_transactions": told}


def _named(world: World, order: Order, part: Part) -> dict[str, Any]:
    item = next(item for item in order.items if item.sku == part.sku)
    return {"sku_id": ids.text(ids.sku(world), part.sku), "sku_name": item.variant or "Default", "product_name": item.name, "quantity": part.quantity}


def _order(call: Call, text: str) -> Order:
    serial = ids.order(call.world).read(text)
    held = call.world.get(orders.ORDERS, serial) if serial is not None else None
    if held is None or held.seller != call.seller.serial or call.world.get(TRANSACTIONS, held.serial) is None:
        raise _no_one(f"there is no order {text} of this seller with TikTok Shop's money in it")
    return held


def _of_sku(world: World, order: Order, row: Transaction, part: Part, tree: Mapping[str, Any]) -> dict[str, Any]:
    first = row.serial == row.order and part is row.parts[0]
    shown: dict[str, Any] = zeros(tree) | {
        **_named(world, order, part),
        "statement_id": ids.text(ids.statement(world), row.statement),
        "quantity": str(part.quantity),
        "settlement_amount": str(part.revenue + part.fees),
        "revenue_amount": str(part.revenue),
        "fee_tax_amount": str(part.fees),
    }
    _fill(shown, [part], row.shipping if first else 0)
    return shown


@serves("get-unsettled-transactions-202507", family=Family.FINANCE)
def unsettled(call: Call) -> dict[str, Any]:
    """Paid orders whose money is still to come, with what it will come to as things stand."""
    world, query, owner = call.world, call.query, call.seller.serial
    low, high = _window(call, "search_time")
    window = Window("unsettled", (owner, low), (owner, high))
    filters = paging.bound(owner, "unsettled", low, str(high), query["sort_order"])
    found = paging.find(
        call, TRANSACTIONS, [Way(window, "order_create_time", frozenset())], sort="order_create_time", descending=query["sort_order"] == "DESC", asked={}, filters=filters
    )
    tree = rows.row("get-unsettled-transactions-202507").response["transactions"][0]
    made = _estimate(call, window, low == 0 and high is TOP)
    return {
        "next_page_token": found.token,
        "total_count": found.total,
        "sum_est_settlement_amount": str(made.settlement),
        "sum_est_revenue_amount": str(made.revenue),
        "sum_est_adjustment_amount": str(made.adjustment),
        "sum_est_fee_amount": str(made.fees),
        "transactions": [_expected(world, row, tree) for row in found.rows],
    }


def _estimate(call: Call, window: Window, everything: bool) -> Sum:
    """What all of it comes to: kept up to date for all, added up for a stretch of time."""
    world, owner = call.world, call.seller.serial
    if everything:
        return (world.get(settlements.PURSES, owner) or Purse(owner)).sum
    made = Sum()
    for row in world.shelf(TRANSACTIONS).page(*window, limit=paging.SCANNED):
        made = made.plus(row.sum)
    if world.shelf(TRANSACTIONS).count(*window) > paging.SCANNED:
        call.notes.append(f"the sums are those of the first {paging.SCANNED} transactions in that stretch of time")
    return made


def _expected(world: World, row: Transaction, tree: Mapping[str, Any]) -> dict[str, Any]:
    made = row.sum
    shown: dict[str, Any] = {name: zeros(inner) for name, inner in tree.items() if name not in _OF_SOME}
    shown |= {
        **_about(world, row),
        **(_awaited(world, row) if row.kind == "ORDER" else {"estimated_settlement": str(row.opened.wire + world.rules.settlement_seconds), "unsettled_reason": "waiting for settlement"}),
        "id": ids.text(ids.transaction(world), row.serial),
        "status": "UNSETTLED",
        "currency": "IDR",
        "est_adjustment_amount": str(made.adjustment),
        "est_settlement_amount": str(made.settlement),
        "est_revenue_amount": str(made.revenue),
        "est_shipping_cost_amount": str(made.shipping),
        "est_fee_tax_amount": str(made.fees),
    }
    _fill(shown, list(row.parts), row.shipping)
    return shown


def _awaited(world: World, row: Transaction) -> dict[str, Any]:
    """What an order's money still waits for."""
    order = orders.find(world, row.order)
    delivered = order.delivered is not None
    shown: dict[str, Any] = {
        "estimated_settlement": "" if order.completed is None else str(order.completed.wire + world.rules.settlement_seconds),
        "unsettled_reason": "waiting for settlement" if order.completed is not None else "waiting for completion" if delivered else "waiting for delivery",
    }
    return {**shown, "order_delivery_time": order.delivered.wire} if order.delivered is not None else shown


# ---- the bank --------------------------------------------------------------------------------------------------------------------------------


@serves("get-withdrawals-202309", family=Family.FINANCE)
def withdrawals(call: Call) -> dict[str, Any]:
    """What came to the seller's balance (SETTLE), was taken back (REVERSE) or drawn (WITHDRAW), the latest first."""
    query, owner = call.query, call.seller.serial
    low, high = _window(call, "create_time")
    types = sorted(set(query["types"]))
    strange = [kind for kind in types if kind not in _TYPES]
    if strange:
        raise refuse(INVALID, f"types are {', '.join(sorted(_TYPES))}, not {strange[0]!r}")
    ways = [Way(Window("by_created", (owner, low), (owner, high)), "create_time", frozenset())]
    asked: dict[str, Any] = {}
    if len(types) == 1:
        ways = [Way(Window("by_kind", (owner, types[0], low), (owner, types[0], high)), "create_time", frozenset())]
    elif not {"SETTLE", "REVERSE", "WITHDRAW"} <= set(types):
        asked["types"] = lambda row: row.kind in types
    filters = paging.bound(owner, "withdrawals", low, str(high), types)
    found = paging.find(call, WITHDRAWALS, ways, sort="create_time", descending=True, asked=asked, filters=filters)
    return {"next_page_token": found.token, "total_count": found.total, "withdrawals": [_withdrawal(call.world, row) for row in found.rows]}


def _withdrawal(world: World, row: Withdrawal) -> dict[str, Any]:
    return {
        "id": ids.text(ids.withdrawal(world), row.serial),
        "type": row.kind,
        "amount": str(row.amount),
        "currency": "IDR",
        "status": "SUCCESS",
        "create_time": row.at.wire,
    }
