"""The shipping label of an order: one HTML page, with a bar code of its booking or waybill."""

from __future__ import annotations

from html import escape

from ..domain import shops
from ..domain.orders import Order
from ..domain.shops import COURIERS
from ..domain.world import World
from . import order_view as view


def page(world: World, order: Order) -> str:
    """A page of its own, without a script or a picture from elsewhere, as wide as a label."""
    shop = shops.shop(world, shops.seller(world, order.seller).tokopedia)
    courier = world.get(COURIERS, order.courier)
    assert courier is not None  # orders name couriers of their world
    where, code = order.address, order.awb or order.booking_code
    weight = sum(item.weight * item.delivered for item in order.items) / 1000
    rows = "".join(f"<tr><td>{escape(row['name'])}</td><td>{escape(row['sku'])}</td><td>{row['quantity']}</td></tr>" for row in view.lines(world, order))
    return f"""<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="utf-8">
<title>Label {escape(view.invoice_of(world, order))}</title>
<style>
body{{font:14px/1.4 sans-serif;margin:0;padding:16px;width:10cm;color:#000;background:#fff}}
table{{border-collapse:collapse;width:100%}} td,th{{border-top:1px solid #000;padding:4px;text-align:left;vertical-align:top}}
.code{{font:700 18px monospace;letter-spacing:2px}} svg{{display:block;width:100%;height:56px}}
</style>
</head>
<body>
<h1>{escape(courier.shipper)} {escape(courier.service)}</h1>
{_bars(code)}
<p class="code">{escape(code)}</p>
<p>{escape(view.invoice_of(world, order))}{" · COD" if order.is_cod else ""}</p>
<table>
<tr><th>Kepada</th><td>{escape(where.name)}<br>{escape(where.street)}<br>{escape(where.district)}, {escape(where.city)}, {escape(where.postal)}<br>{escape(where.province)}<br>{escape(where.phone)}</td></tr>
<tr><th>Dari</th><td>{escape(shop.name)}</td></tr>
<tr><th>Berat</th><td>{weight:g} kg</td></tr>
</table>
<table><tr><th>Produk</th><th>SKU</th><th>Jumlah</th></tr>{rows}</table>
</body>
</html>
"""


def _bars(code: str) -> str:
    """The code as bars: broad for ones, narrow for zeros of each letter's bits (it looks like a bar code; no scanner reads it)."""
    at, bars = 0, []
    for bit in "".join(f"{ord(letter) % 128:07b}" for letter in code):
        width = 3 if bit == "1" else 1
        bars.append(f'<rect x="{at}" y="0" width="{width}" height="56"/>')
        at += width + 1
    return f'<svg viewBox="0 0 {at} 56" preserveAspectRatio="none" role="img" aria-label="{escape(code)}">{"".join(bars)}</svg>'
