"""One whole rehearsal over real HTTP: a server, a small integration in a process of its own, and the guide's fourteen scenarios."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, NamedTuple

import httpx

_PACKAGE = Path(__file__).parent.parent


def examples() -> Path:
    """Where the sample integration lies: in the installed package, or beside it."""
    installed = _PACKAGE / "_examples"
    return installed if installed.is_dir() else _PACKAGE.parent / "examples"


class Failed(Exception):
    """A step did not go as the guide says."""


class Stage:
    """The control API on one side, the integration on the other, and what is printed in between."""

    def __init__(self, control: httpx.Client, workspace: str, isv: httpx.Client, *, out: IO[str]) -> None:
        self.http, self.workspace, self.isv, self.out = control, workspace, isv, out
        self.met: list[str] = []

    def say(self, text: str) -> None:
        print(f"      {text}", file=self.out, flush=True)

    def mock(self, method: str, path: str, body: Any = None, *, status: int | None = None) -> Any:
        """A call of the control API."""
        answer = self.http.request(method, f"/_mock/workspaces/{self.workspace}{path}", json=body)
        if status is None and answer.status_code >= 400:
            raise Failed(f"{method} {path}: {answer.json().get('detail', answer.text)}")
        if status is not None:
            self.expect(answer.status_code == status, f"{method} {path} should answer {status}, it answered {answer.status_code}")
        return answer.json()

    def act(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Let the integration do something; a refusal that it meets is printed."""
        answer = self.isv.post(f"/act/{name}", json=arguments)
        if answer.status_code != 200:
            raise Failed(f"the integration broke down in {name!r}: {answer.text[:300]}")
        told: dict[str, Any] = answer.json()
        if "refused" in told:
            no = told["refused"]
            self.met.append(f"{no['platform']} {no['code']}")
            self.say(f"refused by {no['platform']}: {no['code']} {no['message']}")
        return told

    def went(self, name: str, **arguments: Any) -> dict[str, Any]:
        told = self.act(name, **arguments)
        self.expect("refused" not in told, f"{name} was refused")
        return told

    def expect(self, so: bool, words: str) -> None:
        if not so:
            raise Failed(words)

    def webhooks(self, path: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.isv.get("/received").json()["received"]
        return [row for row in rows if row["path"].startswith(path)]


# ---- the steps ---------------------------------------------------------------------------------------------------------------------------------


def preparation(stage: Stage) -> None:
    told = stage.went("sign_in")
    stage.say(f"signed in: Tokopedia shop {told['tokopedia_shop']}, TikTok Shop cipher {told['tiktok_cipher']}")
    unmet = [row for row in stage.mock("GET", "/migration")["preconditions"] if not row["met"]]
    stage.expect([row["name"] for row in unmet] == ["merge_event_subscription"], f"only the subscription should be missing, not {unmet}")
    stage.say(f"8 of 9 preconditions hold; to do: {unmet[0]['detail']}")


def too_early(stage: Stage) -> None:
    no = stage.mock("POST", "/migration/link", {}, status=409)
    stage.say(f"linking is refused: {no['detail']}")
    stage.went("subscribe")
    stage.say("the integration subscribes to the merge event, every other address with it")


def link(stage: Stage) -> None:
    told = stage.mock("POST", "/migration/link", {})
    stage.expect(told["phase"] == "MERGING", f"the phase should be MERGING, it is {told['phase']}")
    stage.say(f"MERGING; attempts left: {told['attempts']['left']} of {told['attempts']['limit']}")


def changed(stage: Stage, act: str, platform: str) -> None:
    told = stage.went(act, platform=platform)
    stage.expect(told["wanted"] == told["now"], f"{act} should read {told['wanted']}, it reads {told['now']}")
    stage.say(f"{act} on {platform} is {told['now']} now")


def v1(stage: Stage) -> None:
    changed(stage, "price", "tiktok_shop")


def v2(stage: Stage) -> None:
    changed(stage, "stock", "tiktok_shop")


def blocked(stage: Stage, platform: str, code: str) -> None:
    for act in ("edit", "create"):
        told = stage.act(act, platform=platform)
        stage.expect("refused" in told and str(told["refused"]["code"]) == code, f"{act} on {platform} should be refused with {code}: {told}")


def v3(stage: Stage) -> None:
    blocked(stage, "tiktok_shop", "12052332")


def bought(stage: Stage, app: str, owner: str) -> str:
    """A buyer orders in that app; the order must arrive on that platform and on no other."""
    order = stage.mock("POST", "/orders", {"buyer_app": app, "items": [], "buyer": "budi"})["orders"][0]
    stage.expect(order["platform"] == owner, f"the order should belong to {owner}, it belongs to {order['platform']}")
    wire = str(order["order_id"])
    for platform in ("tokopedia", "tiktok_shop"):
        shown = [row["id"] for row in stage.went("orders", platform=platform)["orders"]]
        stage.expect((wire in shown) == (platform == owner), f"order {wire} should {'' if platform == owner else 'not '}be shown by {platform}")
    stage.say(f"a buyer ordered in the {app} app: order {wire}, on {owner} only")
    return wire


def v4(stage: Stage) -> None:
    told = stage.went("fulfil", platform="tiktok_shop", order_id=bought(stage, "tiktok_shop", "tiktok_shop"))
    stage.expect(told["status"] == "AWAITING_COLLECTION", f"the order should await collection, it is {told['status']}")
    stage.say(f"shipped with tracking number {told['tracking_number']}")


def v5(stage: Stage) -> None:
    changed(stage, "price", "tokopedia")
    changed(stage, "stock", "tokopedia")


def v6(stage: Stage) -> None:
    blocked(stage, "tokopedia", "SIM_PRD_MERGE_LOCK")


def v7(stage: Stage) -> None:
    told = stage.went("fulfil", platform="tokopedia", order_id=bought(stage, "tokopedia", "tokopedia"))
    stage.expect(told["status"] == 450, f"the order should wait for pick-up (450), it is {told['status']}")
    stage.say("accepted, pick-up requested: 450")


def v8(stage: Stage) -> None:
    told = stage.mock("POST", "/clock/advance", {"until": "MERGED"})
    stage.expect(told["settled"], f"the clock did not settle: {told}")
    stage.mock("POST", "/clock/advance", {"seconds": 1})
    got = stage.webhooks("/tokopedia/shop_merge_notification")
    stage.expect(len(got) == 1 and got[0]["verified"], f"one verified merge webhook should have come: {got}")
    stage.say(f"{(told['to'] - told['from']) / 3600:.1f} hours later: merge webhook {json.dumps(got[0]['payload'])}")


def v9(stage: Stage) -> None:
    told = stage.went("merged")
    block, webhook = told["shop_info"], told["webhooks"][0]["payload"]
    stage.expect(block is not None, "Get Shop Info should tell tts_integration_completed")
    for name in ("toko_shop_id", "tts_seller_id"):
        stage.expect(str(block[name]) == str(webhook[name]), f"{name} differs: {block[name]} and {webhook[name]}")
    stage.say("Get Shop Info and webhook tell the same ids")


def v10(stage: Stage) -> None:
    told = stage.went("map_products")
    stage.expect(not told["missing"], f"without tts_product_id: {told['missing']}")
    stage.expect(not told["wrongly"], f"copied though suspended: {told['wrongly']}")
    stage.expect(told["both_ways"], "a product should be told by either platform's id")
    stage.say(f"all {told['copied']} active and inactive products are mapped, suspended ones are not")


def v11(stage: Stage) -> None:
    order = bought(stage, "tokopedia", "tiktok_shop")
    rows = {row["id"]: row for row in stage.went("orders", platform="tiktok_shop")["orders"]}
    stage.expect(rows[order]["commerce_platform"] == "TOKOPEDIA", "its commerce_platform should be TOKOPEDIA")
    stage.went("fulfil", platform="tiktok_shop", order_id=order)
    again = stage.act("fulfil", platform="tiktok_shop", order_id=order, again=True)
    stage.expect("refused" in again, "shipping it a second time should be refused")
    stage.say("shipped once; the second time was refused")


def v12(stage: Stage) -> None:
    stage.mock("POST", "/conversations", {"buyer_app": "tokopedia", "buyer": "budi", "text": "Halo kak, barangnya ready?"})
    told = stage.went("chat")
    stage.expect("Halo kak, barangnya ready?" in told["read"], f"the buyer's message should be read: {told['read']}")
    stage.say(f"a Tokopedia buyer wrote; answered with {', '.join(told['sent'])}")


def v13(stage: Stage) -> None:
    told = stage.act("edit", platform="tiktok_shop")
    stage.expect("refused" in told and told["refused"]["code"] == 12052332, f"product writes should still be closed: {told}")
    price = stage.act("price", platform="tiktok_shop")
    stage.expect("refused" in price and price["refused"]["code"] == 12052901, f"price should wait for the product merge: {price}")
    stage.say("product writes wait for the merchant")


def confirm(stage: Stage) -> None:
    pairs = stage.mock("GET", "/migration/product-merge")
    told = stage.mock("POST", "/migration/confirm-product-merge", {"default": "merge"})
    stage.expect(told["phase"] == "PRODUCT_MERGED", f"the phase should be PRODUCT_MERGED, it is {told['phase']}")
    stage.say(f"the merchant confirms: {len(pairs.get('proposed', []))} pairs are merged")


def v14(stage: Stage) -> None:
    told = stage.went("flush")
    stage.expect(told["waited"] >= 5, f"what waited should be written now: {told}")
    stage.say(f"{told['waited']} writes had waited; description changed")
    changed(stage, "price", "tiktok_shop")
    changed(stage, "stock", "tiktok_shop")
    stage.expect("done" in stage.went("create", platform="tiktok_shop"), "a new product should be launched")
    for on in (False, True):
        for platform in ("tiktok_shop", "tokopedia"):
            stage.expect(not stage.went("relist", on=on, platform=platform)["errors"], f"listing on {platform} should change")
    stage.say("price, stock, description, launch, list and delist on each platform")


class Step(NamedTuple):
    name: str
    words: str
    do: Callable[[Stage], None]


STEPS: tuple[Step, ...] = (
    Step("Preparation", "accounts, apps, shops: what a rehearsal needs", preparation),
    Step("Subscription", "no link without the merge event", too_early),
    Step("Link", "for good: MERGING begins", link),
    Step("V1", "MERGING · TikTok Shop: the price can change", v1),
    Step("V2", "MERGING · TikTok Shop: the stock can change", v2),
    Step("V3", "MERGING · TikTok Shop: edit and create are locked", v3),
    Step("V4", "MERGING · TikTok Shop: orders are fetched and shipped", v4),
    Step("V5", "MERGING · Tokopedia: price and stock can change", v5),
    Step("V6", "MERGING · Tokopedia: edit and create are locked", v6),
    Step("V7", "MERGING · Tokopedia: orders are fetched, accepted, picked up", v7),
    Step("V8", "MERGING → MERGED: the merge webhook comes, signed", v8),
    Step("V9", "MERGED · Tokopedia: ids agree", v9),
    Step("V10", "MERGED · Tokopedia: every product is mapped", v10),
    Step("V11", "MERGED · TikTok Shop: a Tokopedia buyer's order, shipped once", v11),
    Step("V12", "MERGED · TikTok Shop: a Tokopedia buyer's chat", v12),
    Step("V13", "MERGED · TikTok Shop: product writes wait", v13),
    Step("Confirm", "the merchant confirms the product merge", confirm),
    Step("V14", "PRODUCT_MERGED · TikTok Shop: everything opens again", v14),
)


# ---- the play ----------------------------------------------------------------------------------------------------------------------------------


def run(arguments: Sequence[str] = (), *, out: IO[str] | None = None) -> int:
    """Go through the whole rehearsal. Answers 0 when every step went as the guide says, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="mockplatforms demo", description="Start a server and a small sample ISV, and go through one whole migration.")
    parser.add_argument("--url", default="", help="a running server instead of one of its own")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE", help="a rule chosen otherwise, such as modify_after_merge=lenient")
    given = parser.parse_args(list(arguments))
    out = out or sys.stdout
    settings = dict(pair.partition("=")[::2] for pair in given.setting)
    with ExitStack() as stack:
        url = given.url or _started(stack, [sys.executable, "-m", "mockplatforms", "serve", "--port", "0", "--log", "none"], "mockplatforms listens on ")
        control = stack.enter_context(httpx.Client(base_url=url, timeout=60, trust_env=False))
        spec = {"seed": given.seed, "world": "demo", "clock": {"mode": "frozen", "wire": "real"}, "settings": settings}
        made = control.post("/_mock/workspaces", json=spec)
        if made.status_code != 201:
            print(made.json().get("detail", made.text), file=sys.stderr)
            return 2
        workspace = made.json()
        print(f"Server {url}, workspace {workspace['id']}", file=out, flush=True)
        isv_url = _started(stack, [sys.executable, str(examples() / "sample_isv.py")], "sample ISV listens on ", feed=json.dumps(workspace))
        isv = stack.enter_context(httpx.Client(base_url=isv_url, timeout=60, trust_env=False))
        return _play(Stage(control, workspace["id"], isv, out=out), out)


def _play(stage: Stage, out: IO[str]) -> int:
    colour = out.isatty() and "NO_COLOR" not in os.environ
    green, red, plain = ("\x1b[32m", "\x1b[31m", "\x1b[0m") if colour else ("", "", "")
    for place, step in enumerate(STEPS, start=1):
        done = "█" * (20 * place // len(STEPS))
        print(f"[{place:2}/{len(STEPS)}] {done:<20} {step.name}: {step.words}", file=out, flush=True)
        try:
            step.do(stage)
        except (Failed, httpx.HTTPError, KeyError) as no:
            print(f"      {red}✗ {step.name} did not go as the guide says: {no}{plain}", file=out, flush=True)
            return 1
        print(f"      {green}✓{plain}", file=out, flush=True)
    got = stage.webhooks("/")
    verified = sum(row["verified"] for row in got)
    kinds: dict[str, int] = {}
    for row in got:
        kinds[row["path"]] = kinds.get(row["path"], 0) + 1
    print(f"Webhooks received: {len(got)}, signature verified: {verified}", file=out)
    for path, count in sorted(kinds.items()):
        print(f"  {count:4} × {path}", file=out)
    print(f"Refusals met: {len(stage.met)} ({', '.join(sorted(set(stage.met)))})", file=out)
    print(f"{green}The rehearsal went as the guide says.{plain}", file=out, flush=True)
    return 0 if verified == len(got) else 1


def _started(stack: ExitStack, command: list[str], announces: str, *, feed: str = "") -> str:
    """Start a process that ends with this one, and wait until it tells its address."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE if feed else subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    stack.callback(_ended, process)
    assert process.stdout is not None  # it is a pipe
    if process.stdin is not None:
        process.stdin.write(feed + "\n")
        process.stdin.flush()
    for line in process.stdout:
        if line.startswith(announces):
            return line.removeprefix(announces).strip()
    raise SystemExit(f"{command[1]} did not start")


def _ended(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
