"""A small integration in plain httpx: one seller on both platforms, through the migration.

It knows nothing of the simulator but base URLs and credentials, as a real one would. Its settings come as JSON on standard input (what
``POST /_mock/workspaces`` answers); it prints its own address and then does what ``POST /act/{name}`` asks, one business function each.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys
import time
from http.server import ThreadingHTTPServer
from typing import Any

import httpx
from receiver import Inbox, handler_of

LOCKED = 12052332
SECRET = "sample-webhook-secret"
TOPICS = ("ORDER_STATUS_CHANGE", "NEW_CONVERSATION", "NEW_MESSAGE", "PRODUCT_STATUS_CHANGE")


class Refused(Exception):
    """The platform said no."""

    def __init__(self, platform: str, code: Any, message: str) -> None:
        super().__init__(message)
        self.told = {"refused": {"platform": platform, "code": code, "message": message}}


class Tokopedia:
    def __init__(self, given: dict[str, Any], http: httpx.Client) -> None:
        self.given, self.http = given, http
        self.fs_id, self.shop_id = given["fs_id"], given["shop_id"]
        self.token = ""

    def sign_in(self) -> None:
        basic = (self.given["client_id"], self.given["client_secret"])
        answer = self.http.post(f"{self.given['accounts_url']}/token", params={"grant_type": "client_credentials"}, auth=basic)
        answer.raise_for_status()
        self.token = answer.json()["access_token"]

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        url = self.given["base_url"] + path.replace("{fs}", str(self.fs_id))
        answer = self.http.request(method, url, params=query, json=body, headers={"Authorization": f"Bearer {self.token}"})
        if answer.status_code != 200:
            header = answer.json().get("header", {}) if "json" in answer.headers.get("content-type", "") else {}
            raise Refused("tokopedia", header.get("error_code", answer.status_code), header.get("reason", answer.text[:120]))
        return answer.json()["data"]

    def write_rows(self, path: str, rows: list[dict[str, Any]]) -> None:
        data = self.call("POST", path, rows, shop_id=self.shop_id)
        if data["failed_rows"]:
            raise Refused("tokopedia", "failed_rows", str(data["failed_rows_data"][0]["message"]))

    def products(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page = 1
        while rows := self.call("GET", "/inventory/v1/fs/{fs}/product/info", shop_id=self.shop_id, page=page, per_page=50):
            found += rows
            page += 1
        return found

    def orders(self) -> list[dict[str, Any]]:
        now = int(time.time())
        rows: list[dict[str, Any]] = self.call("GET", "/v2/order/list", fs_id=self.fs_id, shop_id=self.shop_id, from_date=now - 2 * 86400, to_date=now, page=1, per_page=50)
        return rows or []


PICTURE = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"  # one dot


class TikTokShop:
    def __init__(self, given: dict[str, Any], http: httpx.Client) -> None:
        self.given, self.http = given, http
        self.token = self.cipher = ""

    def sign_in(self) -> None:
        query = {"app_key": self.given["app_key"], "app_secret": self.given["app_secret"], "auth_code": self.given["auth_code"], "grant_type": "authorized_code"}
        answer = self.http.get(f"{self.given['auth_url']}/api/v2/token/get", params=query).json()
        if answer["code"] != 0:
            raise Refused("tiktok_shop", answer["code"], answer["message"])
        self.token = answer["data"]["access_token"]
        self.cipher = self.call("GET", "/authorization/202309/shops", shop=False)["shops"][0]["cipher"]

    def call(self, method: str, path: str, body: Any = None, *, shop: bool = True, picture: bytes = b"", **query: Any) -> Any:
        raw = json.dumps(body).encode() if body is not None else b""
        given = {"app_key": self.given["app_key"], "timestamp": str(int(time.time())), **{name: str(value) for name, value in query.items()}}
        if shop:
            given["shop_cipher"] = self.cipher
        secret = self.given["app_secret"]
        text = secret + path + "".join(name + given[name] for name in sorted(given)) + raw.decode() + secret
        given["sign"] = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        headers = {"x-tts-access-token": self.token}
        if picture:  # a multipart body is not signed
            reply = self.http.request(method, self.given["base_url"] + path, params=given, files={"data": ("a.png", picture)}, headers=headers)
        else:
            headers["content-type"] = "application/json"
            reply = self.http.request(method, self.given["base_url"] + path, params=given, content=raw, headers=headers)
        answer = reply.json()
        if answer["code"] != 0:
            raise Refused("tiktok_shop", answer["code"], answer["message"])
        return answer["data"]

    def orders(self, **filters: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.call("POST", "/order/202309/orders/search", filters, page_size=50, sort_order="DESC")["orders"]
        return rows


class Isv:
    """The business functions. What cannot be written during the migration waits in ``queue``; what was shipped is shipped once."""

    def __init__(self, given: dict[str, Any], address: str) -> None:
        self.address = address
        http = httpx.Client(timeout=10, trust_env=False)
        self.tokopedia = Tokopedia(given["tokopedia"], http)
        self.tiktok = TikTokShop(given["tiktok_shop"], http)
        self.inbox = Inbox(SECRET, given["tiktok_shop"]["app_key"], given["tiktok_shop"]["app_secret"])
        self.queue: list[str] = []
        self.shipped: set[str] = set()

    def sign_in(self) -> dict[str, Any]:
        self.tokopedia.sign_in()
        self.tiktok.sign_in()
        return {"tokopedia_shop": self.tokopedia.shop_id, "tiktok_cipher": self.tiktok.cipher}

    def subscribe(self) -> dict[str, Any]:
        """Every address again, as one that is left out becomes empty."""
        names = ("order_notification", "order_status", "order_cancellation", "order_request_cancellation", "chat_notification", "product_changes", "shop_merge_notification")
        body = {"fs_id": self.tokopedia.fs_id, "webhook_secret": SECRET, **{f"{name}_url": f"{self.address}/tokopedia/{name}" for name in names}}
        self.tokopedia.call("POST", "/v1/fs/{fs}/register", body)
        for topic in TOPICS:
            self.tiktok.call("PUT", "/event/202309/webhooks", {"event_type": topic, "address": f"{self.address}/tiktok_shop/{topic.lower()}"})
        return {"registered": len(names) + len(TOPICS)}

    # ---- products ---------------------------------------------------------------------------------------------------------------------------

    def _tiktok_product(self, title: str = "") -> dict[str, Any]:
        rows = self.tiktok.call("POST", "/product/202502/products/search", {"status": "ACTIVATE"}, page_size=100)["products"]
        found: dict[str, Any] = next(row for row in rows if row["skus"][0]["seller_sku"] and title in row["title"])
        return found

    def _tokopedia_product(self) -> dict[str, Any]:
        found: dict[str, Any] = next(row for row in self.tokopedia.products() if row["basic"]["status"] == 1 and not row["variant"] and row["other"]["sku"])
        return found

    def price(self, platform: str) -> dict[str, Any]:
        if platform == "tokopedia":
            one = self._tokopedia_product()
            wanted = one["price"]["value"] + 500
            self.tokopedia.write_rows("/inventory/v1/fs/{fs}/price/update", [{"product_id": one["basic"]["productID"], "new_price": wanted}])
            now = self.tokopedia.call("GET", "/inventory/v1/fs/{fs}/product/info", product_id=one["basic"]["productID"])[0]["price"]["value"]
        else:
            product = self._tiktok_product()
            sku = product["skus"][0]
            wanted = int(sku["price"]["sale_price"]) + 500
            body = {"skus": [{"id": sku["id"], "price": {"amount": str(wanted), "currency": "IDR"}}]}
            self.tiktok.call("POST", f"/product/202309/products/{product['id']}/prices/update", body)
            now = int(self.tiktok.call("GET", f"/product/202309/products/{product['id']}")["skus"][0]["price"]["sale_price"])
        return {"wanted": wanted, "now": now}

    def stock(self, platform: str) -> dict[str, Any]:
        if platform == "tokopedia":
            one = self._tokopedia_product()
            self.tokopedia.write_rows("/inventory/v1/fs/{fs}/stock/update", [{"product_id": one["basic"]["productID"], "new_stock": 77}])
            now = self.tokopedia.call("GET", "/inventory/v1/fs/{fs}/product/info", product_id=one["basic"]["productID"])[0]["warehouses"][0]["stock"]["value"]
            return {"wanted": 77, "now": now}
        product = self._tiktok_product()
        sku = product["skus"][0]
        places = [{"warehouse_id": held["warehouse_id"], "quantity": held["quantity"]} for held in sku["inventory"]]  # every one must be listed
        places[0]["quantity"] = 77
        body = {"skus": [{"id": sku["id"], "inventory": places}]}
        failed = self.tiktok.call("POST", f"/product/202309/products/{product['id']}/inventory/update", body)["errors"]
        if failed:
            raise Refused("tiktok_shop", failed[0]["code"], failed[0]["message"])
        now = self.tiktok.call("POST", "/product/202309/inventory/search", {"sku_ids": [sku["id"]]})["inventory"][0]["skus"][0]["warehouse_inventory"]
        now = next(held["available_quantity"] for held in now if held["warehouse_id"] == places[0]["warehouse_id"])
        return {"wanted": 77, "now": now}

    def edit(self, platform: str) -> dict[str, Any]:
        """A new description; during the migration it waits."""
        if platform == "tokopedia":
            one = self._tokopedia_product()
            row = {"id": one["basic"]["productID"], "description": "Deskripsi baru dari sistem kami."}
            return self._queued("edit", lambda: self.tokopedia.call("PATCH", "/v3/products/fs/{fs}/edit", {"products": [row]}, shop_id=self.tokopedia.shop_id))
        product = self._tiktok_product()
        path = f"/product/202509/products/{product['id']}/partial_edit"
        return self._queued("edit", lambda: self.tiktok.call("POST", path, {"description": "Deskripsi baru dari sistem kami."}))

    def create(self, platform: str) -> dict[str, Any]:
        if platform == "tokopedia":
            row = {
                "name": "Produk Baru dari Sistem Kami", "condition": "NEW", "description": "Baru.", "sku": "BARU-01", "price": 25000, "status": "LIMITED",
                "stock": 5, "min_order": 1, "category_id": self._tokopedia_product()["basic"]["childCategoryID"], "price_currency": "IDR", "weight": 200,
                "weight_unit": "GR", "is_must_insurance": False, "etalase": {"id": 1}, "pictures": [{"file_path": "https://images.example/baru.jpg"}],
            }  # fmt: skip
            return self._queued("create", lambda: self.tokopedia.call("POST", "/v3/products/fs/{fs}/create", {"products": [row]}, shop_id=self.tokopedia.shop_id))
        leaf = next(row["id"] for row in self.tiktok.call("GET", "/product/202309/categories")["categories"] if row["is_leaf"])
        warehouse = self.tiktok.call("GET", "/logistics/202309/warehouses")["warehouses"][0]["id"]
        body = {
            "title": "Produk Baru dari Sistem Kami, kemasan 200 gram", "description": "<p>Baru.</p>", "category_id": leaf, "main_images": [{"uri": "tos-baru"}],
            "package_weight": {"value": "0.2", "unit": "KILOGRAM"}, "listing_platforms": ["TIKTOK_SHOP", "TOKOPEDIA"],
            "skus": [{"seller_sku": "BARU-01", "price": {"amount": "25000", "currency": "IDR"}, "inventory": [{"warehouse_id": warehouse, "quantity": 5}]}],
        }  # fmt: skip
        return self._queued("create", lambda: self.tiktok.call("POST", "/product/202309/products", body))

    def _queued(self, name: str, write: Any) -> dict[str, Any]:
        """Try once; what the migration refuses waits, and is not hammered."""
        try:
            return {"done": write()}
        except Refused as no:
            self.queue.append(name)
            return {**no.told, "queued": len(self.queue)}

    def relist(self, on: bool, platform: str) -> dict[str, Any]:
        rows = self.tiktok.call("POST", "/product/202502/products/search", {"status": "ACTIVATE" if not on else "SELLER_DEACTIVATED"}, page_size=100)["products"]
        path = f"/product/202309/products/{'activate' if on else 'deactivate'}"
        errors = self.tiktok.call("POST", path, {"product_ids": [rows[0]["id"]], "listing_platforms": [platform.upper()]})["errors"]
        return {"errors": errors}

    # ---- orders -----------------------------------------------------------------------------------------------------------------------------

    def orders(self, platform: str) -> dict[str, Any]:
        if platform == "tokopedia":
            return {"orders": [{"id": str(row["order_id"]), "status": row["order_status"]} for row in self.tokopedia.orders()]}
        return {"orders": [{"id": row["id"], "status": row["status"], "commerce_platform": row["commerce_platform"]} for row in self.tiktok.orders()]}

    def fulfil(self, platform: str, order_id: str, again: bool = False) -> dict[str, Any]:
        """Ship an order, on the platform that owns it; a second time only when asked (to see that it is refused)."""
        if order_id in self.shipped and not again:
            return {"skipped": "shipped already"}
        if platform == "tokopedia":
            self.tokopedia.call("POST", f"/v1/order/{order_id}/fs/{{fs}}/ack")
            self.tokopedia.call("POST", "/inventory/v1/fs/{fs}/pick-up", {"order_id": int(order_id), "shop_id": self.tokopedia.shop_id})
            status = self.tokopedia.call("GET", "/v2/fs/{fs}/order", order_id=order_id)["order_status"]
            self.shipped.add(order_id)
            return {"status": status}
        order = self.tiktok.call("GET", "/order/202507/orders", ids=order_id)["orders"][0]
        for package in order["packages"]:
            slots = self.tiktok.call("GET", f"/fulfillment/202309/packages/{package['id']}/handover_time_slots")["pickup_slots"]
            slot = {"start_time": slots[0]["start_time"], "end_time": slots[0]["end_time"]}
            self.tiktok.call("POST", f"/fulfillment/202309/packages/{package['id']}/ship", {"handover_method": "PICKUP", "pickup_slot": slot})
        self.shipped.add(order_id)
        order = self.tiktok.call("GET", "/order/202507/orders", ids=order_id)["orders"][0]
        label = self.tiktok.call("GET", f"/fulfillment/202309/packages/{order['packages'][0]['id']}/shipping_documents", document_type="SHIPPING_LABEL")
        return {"status": order["status"], "tracking_number": order["tracking_number"], "label": label["doc_url"]}

    # ---- the migration ------------------------------------------------------------------------------------------------------------------------

    def merged(self) -> dict[str, Any]:
        """What Get Shop Info tells of the merge, beside what the webhook told."""
        info = self.tokopedia.call("GET", "/v1/shop/fs/{fs}/shop-info", shop_id=self.tokopedia.shop_id)[0]
        told = [row for row in self.inbox.received if row["path"].endswith("shop_merge_notification")]
        return {"shop_info": info.get("tts_integration_completed"), "webhooks": told}

    def map_products(self) -> dict[str, Any]:
        """Which TikTok Shop product each Tokopedia product became."""
        rows = self.tokopedia.products()
        copied = [row for row in rows if row["basic"]["status"] in (1, 3)]
        missing = [row["basic"]["productID"] for row in copied if "tts_product_id" not in row]
        wrongly = [row["basic"]["productID"] for row in rows if row["basic"]["status"] not in (1, 3) and "tts_product_id" in row]
        sample = copied[0]
        there = self.tiktok.call("GET", f"/product/202309/products/{sample['tts_product_id']}") if not missing else {}
        back = self.tokopedia.call("GET", "/inventory/v1/fs/{fs}/product/info", product_id=sample.get("tts_product_id", 0)) if not missing else []
        same = bool(back) and back[0]["basic"]["productID"] == sample["basic"]["productID"] and there.get("title") == sample["basic"]["name"]
        return {"copied": len(copied), "missing": missing, "wrongly": wrongly, "both_ways": same}

    def chat(self) -> dict[str, Any]:
        """Answer the latest Tokopedia buyer with several kinds of message."""
        rows = self.tiktok.call("GET", "/customer_service/202309/conversations", page_size=20)["conversations"]
        one = next(row for row in rows if any(person.get("buyer_platform") == "TOKOPEDIA" for person in row["participants"]))
        said = self.tiktok.call("GET", f"/customer_service/202309/conversations/{one['id']}/messages", page_size=10)["messages"]
        buyer = next(person["user_id"] for person in one["participants"] if person["role"] == "BUYER")
        order = self.tiktok.orders(buyer_user_id=buyer)[0]["id"]  # a card shows only what this buyer may see
        listed = self.tiktok.call("POST", "/product/202502/products/search", {"listing_platforms": ["TOKOPEDIA"], "status": "ACTIVATE"}, page_size=1)
        product = listed["products"][0]["id"]
        picture = self.tiktok.call("POST", "/customer_service/202309/images/upload", picture=PICTURE)
        kinds = {
            "TEXT": {"content": "Halo kak, siap dikirim hari ini."},
            "IMAGE": picture,
            "PRODUCT_CARD": {"product_id": product},
            "ORDER_CARD": {"order_id": order},
        }
        for kind, content in kinds.items():
            self.tiktok.call("POST", f"/customer_service/202309/conversations/{one['id']}/messages", {"type": kind, "content": json.dumps(content)})
        self.tiktok.call("POST", f"/customer_service/202309/conversations/{one['id']}/messages/read")
        return {"read": [json.loads(row["content"]).get("content") for row in said], "sent": list(kinds)}

    def flush(self) -> dict[str, Any]:
        """What waited is not lost: how many writes, now written anew on TikTok Shop."""
        waited, self.queue = len(self.queue), []
        return {"waited": waited, **self.edit("tiktok_shop")}

    def act(self, name: str, arguments: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if name not in ACTS:
            return 404, {"error": f"no act {name!r}"}
        try:
            return 200, ACTS[name](self, **arguments)
        except Refused as no:
            return 200, no.told


ACTS: dict[str, Any] = {
    name: getattr(Isv, name)
    for name in ("sign_in", "subscribe", "price", "stock", "edit", "create", "relist", "orders", "fulfil", "merged", "map_products", "chat", "flush")
}


def main() -> None:
    parser = argparse.ArgumentParser(description="A small integration for one seller.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--name", default="127.0.0.1", help="under which name the platforms reach its receiver")
    parser.add_argument("--workspace-url", default="", help="fetch the settings from here instead of reading standard input")
    given = parser.parse_args()
    if given.workspace_url:
        answer = httpx.get(given.workspace_url, trust_env=False)
        answer.raise_for_status()
        settings = answer.json()
    else:
        settings = json.loads(sys.stdin.readline())
    server = ThreadingHTTPServer((given.host, given.port), handler_of(Inbox()))
    isv = Isv(settings, f"http://{given.name}:{server.server_port}")
    server.RequestHandlerClass = handler_of(isv.inbox, isv.act)
    print(f"sample ISV listens on {isv.address}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
