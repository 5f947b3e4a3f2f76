// One rehearsal of the migration with Node.js alone: node --test rehearsal.test.mjs
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

const SERVER = process.env.MOCKPLATFORMS_URL ?? "http://127.0.0.1:8700";
const WEBHOOK_SECRET = "chosen when registering";

// A workspace of our own, whose time stands still until we move it; forgotten ten minutes after the last call.
const SPEC = '{"world":"small","clock":{"mode":"frozen","wire":"virtual"},"ids":"repeat","idle_ttl":600}';

async function http(method, url, body, headers = {}) {
  const answer = await fetch(url, { method, body, headers: { "content-type": "application/json", ...headers } });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${url}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}

// ---- the two platforms, as your system calls them; `now` is the time that the workspace shows ----------------------------------

function tiktokShop({ base_url, app_key, app_secret, shop_cipher, access_token }, now) {
  return async (method, path, query = {}, body = {}) => {
    const text = method === "GET" ? "" : JSON.stringify(body);
    const pairs = { app_key, shop_cipher, timestamp: String(await now()), ...query };
    const sorted = Object.keys(pairs).sort().map((name) => name + pairs[name]).join("");
    const sign = createHmac("sha256", app_secret).update(app_secret + path + sorted + text + app_secret).digest("hex");
    const url = `${base_url}${path}?${new URLSearchParams({ ...pairs, sign })}`;
    const answer = await http(method, url, text || undefined, { "x-tts-access-token": access_token });
    assert.equal(answer.code, 0, `${method} ${path}: ${answer.code} ${answer.message}`);
    return answer.data;
  };
}

function tokopedia({ base_url, access_token }) {
  return async (method, path, body) => {
    const answer = await http(method, base_url + path, body && JSON.stringify(body), { authorization: `Bearer ${access_token}` });
    return answer.data;
  };
}

// ---- webhooks: a receiver that keeps what came, and whether its signature fits -------------------------------------------------

async function receiver() {
  const received = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const expected = createHmac("sha256", WEBHOOK_SECRET).update(body).digest("hex");
    const genuine = request.headers["authorization-hmac"] === expected;
    received.push({ genuine, payload: JSON.parse(body) });
    response.writeHead(genuine ? 200 : 401).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { received, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

test("a Tokopedia buyer's order arrives on TikTok Shop after the merge, and nothing is shipped twice", async (t) => {
  const made = await http("POST", `${SERVER}/_mock/workspaces`, SPEC);
  const control = `${SERVER}/_mock/workspaces/${made.id}`;
  t.after(() => http("DELETE", control));
  const act = (path, body = {}) => http("POST", control + path, JSON.stringify(body));
  const now = async () => (await http("GET", `${control}/clock`)).now;
  const tiktok = tiktokShop(made.tiktok_shop, now);
  const toko = tokopedia(made.tokopedia);
  const { fs_id, shop_id } = made.tokopedia;
  const inbox = await receiver();
  t.after(inbox.close);

  // One round of an integration: it ships what each platform shows as paid, there.
  async function round() {
    const to = await now();
    const dates = `from_date=${to - 2 * 86400}&to_date=${to}`;
    for (const order of (await toko("GET", `/v2/order/list?fs_id=${fs_id}&shop_id=${shop_id}&${dates}&page=1&per_page=50`)) ?? []) {
      if (order.order_status === 220) await toko("POST", `/v1/order/${order.order_id}/fs/${fs_id}/ack`, {});
      if ([220, 400].includes(order.order_status)) await toko("POST", `/inventory/v1/fs/${fs_id}/pick-up`, { order_id: order.order_id, shop_id });
    }
    const { orders } = await tiktok("POST", "/order/202309/orders/search", { page_size: "50" }, { order_status: "AWAITING_SHIPMENT" });
    for (const { id } of orders.flatMap((order) => order.packages)) await tiktok("POST", `/fulfillment/202309/packages/${id}/ship`);
    return orders.map((order) => order.id);
  }

  await toko("POST", `/v1/fs/${fs_id}/register`, { fs_id, webhook_secret: WEBHOOK_SECRET, shop_merge_notification_url: `${inbox.url}/merge` });
  await round();

  await act("/migration/link");
  await act("/clock/advance", { until: "MERGED", before: 3600 });
  const before = await act("/orders", { buyer_app: "tokopedia", items: [] });
  assert.equal(before.platform, "tokopedia");
  await act("/clock/advance", { until: "MERGED" }); // answers once the webhooks of this hour were delivered
  const told = inbox.received.map(({ genuine, payload }) => [genuine, payload.status]);
  assert.deepEqual(told, [[true, "merge"]], `not one genuine webhook of the merge: ${JSON.stringify(told)}`);

  const after = await act("/orders", { buyer_app: "tokopedia", items: [] });
  assert.equal(after.platform, "tiktok_shop");
  assert.ok((await round()).includes(after.order_id), "the new order is not on TikTok Shop");

  for (const { key } of (await http("GET", `${control}/orders`)).orders) {
    const { shipped } = await http("GET", `${control}/orders/${key}/story`);
    assert.ok(shipped <= 1, `${key} was shipped on both platforms`);
    if ([before.key, after.key].includes(key)) assert.equal(shipped, 1, `${key} was not shipped`);
  }
});
