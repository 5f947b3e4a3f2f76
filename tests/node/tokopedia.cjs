// tokopedia-client from npm against a running server: node tokopedia.cjs '<workspace as JSON>' <order id>
const Client = require("tokopedia-client").default;

async function main() {
  const given = JSON.parse(process.argv[2]).tokopedia;
  const client = new Client({ client_id: given.client_id, client_secret: given.client_secret, fs_id: given.fs_id });
  client.client.defaults.baseURL = given.base_url;
  client.client.interceptors.request.use((config) => {
    config.url = config.url.replace(/^https:\/\/accounts\.tokopedia\.com/, given.accounts_url);
    return config;
  });
  const told = {};
  told.token = (await client.authenticate()).token_type;
  const now = Math.floor(Date.now() / 1000);
  const data = (answer) => (answer && answer.data && answer.data.data !== undefined ? answer.data.data : answer.data || answer);
  told.orders = data(await client.order.getOrder({ from_date: now - 86400, to_date: now + 60, page: 1, per_page: 50, shop_id: given.shop_id })).map((order) => order.order_id);
  const id = Number(process.argv[3]);
  told.single = data(await client.order.getSingleOrder(id)).order_status;
  await client.order.acceptOrder({ order_id: id });
  await client.order.updateStatus({ order_id: id, order_status: 500, shipping_ref_num: "JNE0001" });
  told.shipped = data(await client.order.getSingleOrder(id)).order_status;
  const products = data(await client.product.getProductByShop({ shop_id: given.shop_id, page: 1, per_page: 50 }));
  const simple = products.find((product) => product.other.sku && !product.variant.isParent);
  told.product = simple.basic.productID;
  await client.product.updateProductPrice({ shop_id: given.shop_id, update_details: [{ product_id: told.product, new_price: 43210 }] });
  told.price = data(await client.product.getProductInfo([told.product]))[0].price.value;
  told.shop = data(await client.shop.getShopInfo(given.shop_id))[0].shop_id;
  await everythingElse(client, given, id, Number(process.argv[4]), told);
  process.stdout.write("\n" + JSON.stringify(told) + "\n");
}

async function everythingElse(client, given, shipped, waiting, told) {
  const day = new Date(Date.now() + 7 * 3600 * 1000).toISOString().slice(0, 10).replaceAll("-", "");
  told.invoice = (await client.order.getSingleOrder(shipped)).data.invoice_number;
  told.byInvoice = (await client.order.getSingleOrder(told.invoice)).data.order_id;
  told.thread = (await client.chat.initChat(shipped)).msg_id;
  told.threads = (await client.chat.listMessage({ shop_id: given.shop_id, page: 1, per_page: 10 })).length;
  told.label = (await client.logistic.printShippingLabel(shipped)).includes("<svg");
  told.couriers = (await client.logistic.getShipmentInfo(given.shop_id)).map((one) => one.shipper_id);
  told.updated = (await client.logistic.updateShipmentInfo(given.shop_id, { 1: { 6: 0 } })).data.success;
  await client.order.acceptOrder({ order_id: waiting });
  told.pickup = (await client.logistic.pickup(waiting, given.shop_id, "2026-01-01 10:00:00")).result;
  told.old = (await client.product.getAllProduct({ page: 1, per_page: 10 })).data.length;
  told.active = (await client.product.getAllActiveProduct({ shop_id: given.shop_id, rows: 5, start: 0 })).products.length;
  told.bySku = (await client.product.getProductBySku("no-such-sku").catch((no) => String(no.message || no))).length > 0;
  told.performance = (await client.statistic.getShopPerformance(given.shop_id, day, day)).summary.trans_sum;
  told.best = (await client.statistic.getProductStatistic(given.shop_id, day, day, 5)).product_best_seller_info.cells.length;
  told.graph = (await client.statistic.getTransactionStatistic(given.shop_id, day, day, 5)).TransSummary.summary.new_sum;
  told.buyers = (await client.statistic.getBuyerStatistic({ shop_id: given.shop_id, start_date: day, end_date: day })).buyer_graph.total_buyer;
  told.registered = (await client.webhook.registerWebhook({ order_notification_url: "http://127.0.0.1:9/n", webhook_secret: "s" })).data;
  told.webhooks = (await client.webhook.listWebhook()).order_notification_url;
}

main().catch((no) => { process.stdout.write("\n" + JSON.stringify({ failed: String(no && no.stack || no) }) + "\n"); process.exit(1); });
