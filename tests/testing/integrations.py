"""A careful integration of both platforms, and careless ones: each makes one mistake that integrations of the migration make."""

from __future__ import annotations

from typing import Any

import orjson

from mockplatforms.testing import Shop, TikTokShop, Tokopedia, Webhook
from mockplatforms.testing.machine import MigrationMachine, NoAnswer

DAY = 86400


class Integration:
    """Polls both platforms for every seller, ships what is paid, and follows the migration."""

    def __init__(self, shop: Shop) -> None:
        self.shops = [shop.of(key) for key in shop.sellers]
        self.tiktok: dict[str, TikTokShop] = {one.seller: one.tiktok_shop for one in self.shops}
        self.tokopedia: dict[str, Tokopedia] = {one.seller: one.tokopedia for one in self.shops}
        self.merged: set[str] = set()
        self.sent: set[str] = set()  # packages that were shipped
        self.heard = 0
        self.products: dict[str, str] = {}  # seller → id of the TikTok Shop product whose price it keeps
        self.waiting: dict[str, int] = {}  # seller → round in which a refused price is tried again
        self.rounds = 0
        self.fetched = self.now(shop.seller)  # when the tokens of TikTok Shop were fetched

    def round(self) -> None:
        self.rounds += 1
        if self.now(self.shops[0].seller) > self.fetched + 3 * DAY:
            for one in set(self.tiktok.values()):
                one.refresh()
            self.fetched = self.now(self.shops[0].seller)
        for one in self.shops:
            self.follow(one.seller)
            self.drain(one.seller)
            self.ship(one.seller)
            self.price(one.seller)

    def now(self, seller: str) -> int:
        return self.tiktok[seller].workspace.now().wire

    # ---- the migration ---------------------------------------------------------------------------------------------------------------------

    def hear(self, webhook: Webhook) -> None:
        self.heard += 1

    def follow(self, seller: str) -> None:
        """Whether this seller's shops have merged: Get Shop Info says so, webhook or not."""
        api = self.tokopedia[seller]
        asked = ("GET", "/v1/shop/fs/{fs_id}/shop-info", {"shop_id": api.shop_id})
        reply = api.reply(*asked)
        if reply.status == 401:  # Tokopedia gives the same token until it has ended
            api.token = api.new_token().get("access_token", api.token)
            reply = api.reply(*asked)
        if b"tts_integration_completed" in reply.body:
            self.merged.add(seller)

    # ---- orders ----------------------------------------------------------------------------------------------------------------------------

    def drain(self, seller: str) -> None:
        """Tokopedia's orders: accepted, then picked up; for as long as there are any."""
        api, now = self.tokopedia[seller], self.now(seller)
        rows = api.data("GET", "/v2/order/list", {"fs_id": api.fs_id, "shop_id": api.shop_id, "from_date": now - 2 * DAY, "to_date": now, "page": 1, "per_page": 100})
        for row in rows or []:
            number, status = row["order_id"], row["order_status"]
            if status == 220:
                api.reply("POST", f"/v1/order/{number}/fs/{{fs_id}}/ack", body={})
                status = 400
            if status == 400 and self.may_pick_up(row):
                api.reply("POST", "/inventory/v1/fs/{fs_id}/pick-up", body={"order_id": number, "shop_id": api.shop_id})

    def may_pick_up(self, row: dict[str, Any]) -> bool:
        return True

    def orders(self, seller: str) -> list[dict[str, Any]]:
        api, rows, token = self.tiktok[seller], [], ""
        while True:
            told = api.data("POST", "/order/202309/orders/search", {"page_size": "50", **({"page_token": token} if token else {})}, {"order_status": "AWAITING_SHIPMENT"})
            rows += told["orders"]
            token = told["next_page_token"]
            if not token:
                return rows

    def ship(self, seller: str) -> None:
        for row in self.orders(seller):
            if not row.get("is_buyer_request_cancel"):
                for package in row["packages"]:
                    self.hand_over(seller, row, package["id"])

    def hand_over(self, seller: str, order: dict[str, Any], package: str) -> None:
        if package not in self.sent:
            self.tiktok[seller].call("POST", f"/fulfillment/202309/packages/{package}/ship", body={})
            self.sent.add(package)

    # ---- prices ----------------------------------------------------------------------------------------------------------------------------

    def price(self, seller: str) -> None:
        """Keeps the price of one product; refused, it waits a day of rounds."""
        if self.rounds < self.waiting.get(seller, 0):
            return
        api = self.tiktok[seller]
        product = self.product(seller)
        if product is None:
            return
        shown = api.call("GET", f"/product/202309/products/{product}")
        if shown["code"]:
            return
        sku = shown["data"]["skus"][0]["id"]
        told = api.call("POST", f"/product/202309/products/{product}/prices/update", body={"skus": [{"id": sku, "price": {"amount": "65000", "currency": "IDR"}}]})
        self.waiting[seller] = self.rounds + (24 if told["code"] else 6)

    def product(self, seller: str) -> str | None:
        """The first product that TikTok Shop lists today."""
        rows = self.tiktok[seller].data("POST", "/product/202502/products/search", {"page_size": "50"}, {"status": "ACTIVATE"})["products"]
        return rows[0]["id"] if rows else None


class LeavesTooEarly(Integration):
    """Forgets Tokopedia at the merge: an order that was placed before it, and paid after, is lost."""

    def drain(self, seller: str) -> None:
        if seller not in self.merged:
            super().drain(seller)


class NeedsTheWebhook(Integration):
    """Stops with a seller's orders at the merge until the merge webhook has come: where that is lost, for good."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop)
        self.told = False

    def hear(self, webhook: Webhook) -> None:
        self.told = self.told or webhook.topic == "merge"

    def ship(self, seller: str) -> None:
        if self.told or seller not in self.merged:
            super().ship(seller)


class SendsAgain(Integration):
    """Repeats a shipment that got no answer, without looking first."""

    def hand_over(self, seller: str, order: dict[str, Any], package: str) -> None:
        try:
            super().hand_over(seller, order, package)
        except NoAnswer:
            super().hand_over(seller, order, package)


class Rounds(Integration):
    """Reads ids as floating-point numbers."""

    def product(self, seller: str) -> str | None:
        found = super().product(seller)
        return None if found is None else f"{float(found):.0f}"

    def price(self, seller: str) -> None:
        product = self.product(seller)
        if product is not None:
            self.tiktok[seller].call("GET", f"/product/202309/products/{product}")


class Hammers(Integration):
    """Sends a refused write again at once, and again."""

    def price(self, seller: str) -> None:
        product = self.product(seller)
        if product is not None:
            for _ in range(12):
                body = {"product_ids": [product], "listing_platforms": ["TIKTOK_SHOP"]}
                if self.tiktok[seller].call("POST", "/product/202309/products/deactivate", body=body)["code"] == 0:
                    self.tiktok[seller].call("POST", "/product/202309/products/activate", body=body)
                    return


class ShipsWhatItSees(Integration):
    """Ships whatever either platform shows: with orders shown on both sides, twice."""


class KeepsOldIds(Integration):
    """Takes the ids of TikTok Shop's products once and keeps them through the product merge."""

    def product(self, seller: str) -> str | None:
        if seller not in self.merged:
            return None
        if seller not in self.products:
            rows = self.tiktok[seller].data("POST", "/product/202502/products/search", {"page_size": "50"}, {"listing_platforms": ["TOKOPEDIA"], "status": "ACTIVATE"})["products"]
            self.products[seller] = rows[-1]["id"] if rows else ""
        return self.products[seller] or None

    def price(self, seller: str) -> None:
        product = self.product(seller)
        if product and self.rounds % 3 == 0:
            api = self.tiktok[seller]
            api.call("POST", f"/product/202309/products/{product}/prices/update", body={"skus": [{"id": "1", "price": {"amount": "65000", "currency": "IDR"}}]})


class BreaksOnChats(Integration):
    """Its receiver knows orders and nothing else."""

    def hear(self, webhook: Webhook) -> None:
        data = webhook.payload.get("data", webhook.payload)
        if webhook.platform == "tiktok_shop":
            data["order_id"]


class LooksBackAnHour(Integration):
    """Polls orders by their creation, an hour back: an order that is paid later is never seen."""

    def orders(self, seller: str) -> list[dict[str, Any]]:
        told = self.tiktok[seller].data("POST", "/order/202309/orders/search", {"page_size": "50"}, {"order_status": "AWAITING_SHIPMENT", "create_time_ge": self.now(seller) - 3600})
        rows: list[dict[str, Any]] = told["orders"]
        return rows


class MixesSellers(Integration):
    """Signs every call in the first seller's name."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop)
        first = self.tiktok[shop.sellers[0]]
        self.tiktok = dict.fromkeys(self.tiktok, first)


CARELESS: dict[type[Integration], dict[str, Any]] = {
    LeavesTooEarly: {},
    NeedsTheWebhook: {},
    SendsAgain: {},
    Rounds: {},
    Hammers: {},
    ShipsWhatItSees: {"settings": {"shadow_inflight": True}},
    KeepsOldIds: {},
    BreaksOnChats: {},
    LooksBackAnHour: {},
    MixesSellers: {"sellers": [{"key": "satu", "products": 4}, {"key": "dua", "products": 4}]},
}


def machine(kind: type[Integration], **choices: Any) -> type[MigrationMachine]:
    """The machine that tries an integration."""

    class Machine(MigrationMachine):
        def start(self) -> None:
            self.integration = kind(self.shop)

        def integrate(self) -> None:
            self.integration.round()

        def webhook(self, webhook: Webhook) -> None:
            self.integration.hear(webhook)

    for name, value in choices.items():
        setattr(Machine, name, value)
    Machine.__name__ = Machine.__qualname__ = f"{kind.__name__}Machine"
    return Machine


__all__ = ["CARELESS", "Integration", "machine", "orjson"]
