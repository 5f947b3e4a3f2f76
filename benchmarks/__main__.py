"""One command, one table: ``python -m benchmarks`` (``--quick`` for a first look; ``fuzz``: only what tests of integrations cost)."""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from mockplatforms.domain import orders, seeding, shipping
from mockplatforms.domain.instants import Instant
from mockplatforms.domain.phases import Platform
from mockplatforms.gateway.call import Request
from mockplatforms.server import fixtures
from mockplatforms.server.clocks import FIXED_BIRTH
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import TikTokShop, Tokopedia, rehearse

from . import big_shops, fuzz, webhooks
from .big_shops import FROZEN, SEARCH, crowded
from .load import per_second

HERE = Path(__file__).parent
COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as an installed package is


def median_us(act: Callable[[], Any], times: int) -> float:
    """The median of so many runs, in microseconds; garbage collection stays out of it."""
    gc.collect()
    gc.disable()
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begin)
    gc.enable()
    return statistics.median(taken) * 1e6


class Bare:
    """A bare starlette route behind uvicorn that answers a JSON body of some size, and how long it takes to its first answer."""

    def __init__(self, size: int) -> None:
        begin = time.perf_counter()
        self.process = subprocess.Popen([sys.executable, str(HERE / "bare.py"), str(size)], stdout=subprocess.PIPE, text=True, env=COMPILED)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        per_second(self.port, [get("/")], seconds=0.0)
        self.first_answer = time.perf_counter() - begin

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


class Against:
    """How many calls a second the simulator answers for each that a bare route answers: both by turns, the median of the turns."""

    TURNS = 9

    def __init__(self, bare: Bare, port: int, seconds: float) -> None:
        self.bare = bare
        self.port = port
        self.slice = seconds / self.TURNS

    def ratio(self, calls: list[bytes]) -> float:
        per_second(self.port, calls, self.slice)
        return statistics.median(per_second(self.port, calls, self.slice) / per_second(self.bare.port, [get("/")], self.slice) for _ in range(self.TURNS))


class Served:
    """The simulator as its users run it."""

    def __init__(self) -> None:
        begin = time.perf_counter()
        command = [sys.executable, "-m", "mockplatforms", "serve", "--port", "0", "--buyers-per-hour", "0", "--log", "none"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=COMPILED)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().removeprefix("mockplatforms listens on ").strip()
        self.port = int(self.url.rpartition(":")[2])
        per_second(self.port, [get("/v1/fs/1")], seconds=0.0)
        self.first_answer = time.perf_counter() - begin

    def memory(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


def get(path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode()


def post(path: str, body: bytes, headers: str = "") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def raw(request: Request) -> bytes:
    """A signed request as bytes on the wire."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items() if name != "content-type")
    path = f"{request.path}?{request.query}"
    return post(path, request.body, headers) if request.method == "POST" else get(path, headers)


def _simple_product(server: Served, given: dict[str, Any], info: str) -> int:
    """The id of a product without variants, shown to take a new price."""
    import httpx

    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {given['access_token']}"}, trust_env=False) as client:
        listed = client.get(info, params={"shop_id": given["shop_id"], "page": 1, "per_page": 50}).json()["data"]
        prices = f"/inventory/v1/fs/{given['fs_id']}/price/update?shop_id={given['shop_id']}"
        for product in listed:
            wire: int = product["basic"]["productID"]
            if client.post(prices, json=[{"product_id": wire, "new_price": 19_000}]).json()["data"]["succeed_rows"]:
                return wire
    raise AssertionError("no product of this shop takes a new price")


def over_http(seconds: float) -> list[tuple[str, str, str]]:
    import httpx

    rows = []
    server = Served()
    try:
        spec = {"seed": 5, "world": "demo", "sellers": [{"key": "a", "tokopedia": True, "tiktok_shop": "existing", "products": 40}]}
        made = httpx.post(f"{server.url}/_mock/workspaces", json=spec, trust_env=False, timeout=60).json()
        for app in ("tokopedia", "tiktok_shop"):
            body = {"buyer_app": app, "items": [], "count": 100}
            for _ in range(10 if app == "tiktok_shop" else 1):
                httpx.post(f"{server.url}/_mock/workspaces/{made['id']}/orders", json=body, trust_env=False, timeout=60)
        client = _Remote(made)
        search = client.request("POST", SEARCH, {"page_size": "20", "sort_order": "DESC"}, {})
        small = client.request("GET", "/authorization/202309/shops", cipher=False)
        warehouses = client.request("GET", "/logistics/202309/warehouses")
        size = len(httpx.post(f"{server.url}{search.path}?{search.query}", content=search.body, headers=search.headers, trust_env=False).content)
        small_size = len(httpx.get(f"{server.url}{warehouses.path}?{warehouses.query}", headers=warehouses.headers, trust_env=False).content)
        given = made["tokopedia"]
        bearer = f"Authorization: Bearer {given['access_token']}\r\n"
        info = f"/inventory/v1/fs/{given['fs_id']}/product/info"
        wire = _simple_product(server, given, info)
        writes = []
        for n in range(50):
            row = orjson.dumps([{"product_id": wire, "new_price": 20_000 + n}])
            writes += [post(f"/inventory/v1/fs/{given['fs_id']}/price/update?shop_id={given['shop_id']}", row, bearer), get(f"{info}?product_id={wire}", bearer)]
        large, little = Bare(size), Bare(small_size)
        try:
            against_large, against_little = Against(large, server.port, seconds), Against(little, server.port, seconds)
            rows.append((f"signed orders/search, 20 orders of 1,000 ({size / 1024:.0f} KB)", f"{against_large.ratio([raw(search)]):.2f}× bare", "≥ 1.5×"))
            rows.append((f"signed small read ({small_size / 1024:.1f} KB)", f"{against_little.ratio([raw(warehouses)]):.2f}× bare", "≥ 0.6×"))
            rows.append(("signed authorized shops", f"{against_little.ratio([raw(small)]):.2f}× bare", "≥ 0.6×"))
            rows.append(("price update, then product info", f"{against_little.ratio(writes):.2f}× two bare calls", "≥ 0.6×"))
        finally:
            large.close()
            little.close()
    finally:
        server.close()
    starts, bares, memory = [], [], 0.0
    for _ in range(5):
        bare, mine = Bare(100), Served()
        starts.append(mine.first_answer)
        bares.append(bare.first_answer)
        memory = mine.memory()
        bare.close()
        mine.close()
    rows.append(("cold start to first answer", f"{statistics.median(starts) / statistics.median(bares):.2f}× bare", "≤ 1.6×"))
    rows.append(("resident memory, idle", f"{memory:.0f} MB", "≤ 80 MB"))
    return rows


class _Remote(TikTokShop):
    """Signs for a workspace of another process."""

    def __init__(self, made: dict[str, Any]) -> None:
        given = made["tiktok_shop"]
        self.app_key, self.app_secret = given["app_key"], given["app_secret"]
        self.token, self.cipher = given["access_token"], given["shop_cipher"]

    def request(self, method: str, path: str, query: Any = None, body: Any = None, **more: Any) -> Request:
        return super().request(method, path, query, body, timestamp=int(time.time()), **more)


def growth(sizes: list[int]) -> list[tuple[str, str, str]]:
    told: dict[str, list[float]] = {}
    forks = []
    for spread in (False, True):
        for count in sizes if not spread else [sizes[0], sizes[-1]]:
            simulator, workspace = crowded(count, one_second=spread)
            gc.freeze()
            client = TikTokShop(simulator, workspace)
            kinds = {
                "orders/search": ({"page_size": "20"}, {}),
                "orders/search by update_time": ({"page_size": "20", "sort_field": "update_time"}, {}),
                "orders/search with filters": ({"page_size": "20"}, {"order_status": "AWAITING_SHIPMENT", "create_time_ge": FIXED_BIRTH - 100}),
            }
            name = ", all in one second" if spread else ""
            for kind, (query, body) in kinds.items():
                request = client.request("POST", SEARCH, query, body)
                told.setdefault(kind + name, []).append(median_us(lambda request=request: simulator.answer(request), 200))
            packages = [row.serial for row in workspace.world.shelf(orders.PACKAGES).rows.values()][:60]
            waiting = iter(packages)
            told.setdefault("ship" + name, []).append(median_us(lambda waiting=waiting: workspace.apply(shipping.ship, next(waiting)), min(50, len(packages))))
            if not spread:
                names = iter(range(10_000))
                forks.append(median_us(lambda: simulator.fork(workspace, name=f"fork-{next(names)}"), 50))
            gc.unfreeze()
    rows = [(kind + f": {sizes[0]:,} → {sizes[-1]:,} orders", " → ".join(f"{value:,.0f} µs" for value in values) + f" ({values[-1] / values[0]:.1f}×)", "≤ 3×") for kind, values in told.items()]
    rows.append((f"fork at {sizes[-1]:,} orders", f"{forks[-1] / 1000:.2f} ms", "≤ 1 ms"))
    return rows


def big_tokopedia_shops(products_: list[int], orders_: list[int]) -> list[tuple[str, str, str]]:
    """What a shop's size costs on Tokopedia: lists, product info by SKU, price and stock."""
    told: dict[str, list[float]] = {}
    for count in products_:
        simulator = Simulator(real=lambda: float(FIXED_BIRTH), tick=lambda: 0.0)
        workspace = simulator.create({"world": "empty", "clock": FROZEN, "ids": "repeat", "sellers": [{"key": "a", "tokopedia": True, "tiktok_shop": "none", "products": count}]})
        gc.freeze()
        client = Tokopedia(simulator, workspace)
        info, shop = "/inventory/v1/fs/{fs_id}/product/info", {"shop_id": client.shop_id}
        page = client.data("GET", info, {**shop, "page": count // 100, "per_page": 50})
        thing = next(row for row in page if not row["variant"] and row["other"]["sku"])
        wire, sku = thing["basic"]["productID"], thing["other"]["sku"]
        prices = iter(range(20_000, 10**6))
        kinds: dict[str, Callable[[], Any]] = {
            "product page of 50": lambda client=client, shop=shop: client.reply("GET", info, {**shop, "page": 1, "per_page": 50}),
            "product info by SKU": lambda client=client, shop=shop, sku=sku: client.reply("GET", info, {**shop, "sku": sku}),
            "price update": lambda client=client, shop=shop, wire=wire, prices=prices: client.reply("POST", info.replace("product/info", "price/update"), shop, [{"product_id": wire, "new_price": next(prices)}]),
            "stock update": lambda client=client, shop=shop, wire=wire, prices=prices: client.reply("POST", info.replace("product/info", "stock/update"), shop, [{"product_id": wire, "new_stock": next(prices)}]),
        }
        for kind, act in kinds.items():
            told.setdefault(f"Tokopedia {kind}: {products_[0]:,} → {products_[-1]:,} products", []).append(median_us(act, 200))
        gc.unfreeze()
    for count in orders_:
        simulator, workspace = crowded(count, one_second=False, platform=Platform.TOKOPEDIA)
        gc.freeze()
        client = Tokopedia(simulator, workspace)
        query = {"fs_id": client.fs_id, "shop_id": client.shop_id, "from_date": FIXED_BIRTH - 80, "to_date": FIXED_BIRTH, "page": 1, "per_page": 50}
        for kind, more in (("order list", {}), ("order list by status", {"status": 220})):
            act = lambda client=client, query=query, more=more: client.reply("GET", "/v2/order/list", {**query, **more})
            told.setdefault(f"Tokopedia {kind}: {orders_[0]:,} → {orders_[-1]:,} orders", []).append(median_us(act, 200))
        gc.unfreeze()
    return [(kind, " → ".join(f"{value:,.0f} µs" for value in values) + f" ({values[-1] / values[0]:.1f}×)", "≤ 3×") for kind, values in told.items()]


def big_tiktok_shops(products_: list[int], orders_: list[int]) -> list[tuple[str, str, str]]:
    """What a shop's size costs on TikTok Shop: every search, also for what few things are, and every read by id."""
    told: dict[str, list[float]] = {}
    kinds = ((products_, "products", big_shops.stocked, big_shops.product_calls), (orders_, "orders", big_shops.lived_in, big_shops.order_calls))
    for counts, of, made, calls in kinds:
        for count in counts:
            client = made(count)
            gc.freeze()
            for kind, request in calls(client).items():
                name = f"TikTok Shop {kind}: {counts[0]:,} → {counts[-1]:,} {of}"
                told.setdefault(name, []).append(median_us(lambda client=client, request=request: client.simulator.answer(request), 100))
            gc.unfreeze()
    return [(kind, " → ".join(f"{value:,.0f} µs" for value in values) + f" ({values[-1] / values[0]:.1f}×)", "≤ 2×") for kind, values in told.items()]


def rehearsals(seconds: float) -> tuple[str, str, str]:
    simulator = Simulator(real=lambda: float(FIXED_BIRTH), tick=lambda: 0.0)
    done, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        workspace = simulator.create({"world": "small", "clock": FROZEN, "ids": "repeat"}, name="w")
        rehearse(simulator, workspace)
        simulator.delete("w")
        done += 1
    return ("whole rehearsals in process (small world)", f"{done / (time.perf_counter() - begin):.0f} /s", "≥ 100 /s")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure, and print one table.")
    parser.add_argument("--quick", action="store_true", help="shorter runs, and 10,000 orders at most")
    parser.add_argument("what", nargs="?", choices=["all", "fuzz"], default="all", help="fuzz: set-up of tests, calls in process, and the machine")
    chosen = parser.parse_args()
    quick = chosen.quick
    rows = fuzz.table(quick) if chosen.what == "fuzz" else [*servers(quick), *fuzz.table(quick)]
    width = max(len(row[0]) for row in rows)
    for what, figure, aim in rows:
        print(f"{what:<{width}}  {figure:<44} {aim}")


def servers(quick: bool) -> list[tuple[str, str, str]]:
    """What is served, and how it grows."""
    seconds = 1.0 if quick else 4.0
    begin = time.perf_counter()
    seeding.build(fixtures.world("demo"), fixtures.catalogue(), seed=1, epoch=0, born=Instant(FIXED_BIRTH, FIXED_BIRTH))
    rows = [("demo world made", f"{(time.perf_counter() - begin) * 1000:.0f} ms", "")]
    rows += over_http(seconds)
    rows += growth([100, 10_000] if quick else [100, 10_000, 100_000])
    rows += big_tokopedia_shops([100, 5_000], [100, 10_000]) if quick else big_tokopedia_shops([100, 50_000], [100, 100_000])
    rows += big_tiktok_shops([100, 2_000], [100, 10_000]) if quick else big_tiktok_shops([100, 2_000, 20_000], [100, 10_000, 100_000])
    rows += webhooks.rows(2_000 if quick else 10_000)
    rows.append(rehearsals(seconds))
    return rows


if __name__ == "__main__":
    main()
