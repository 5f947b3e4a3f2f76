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
  process.stdout.write("\n" + JSON.stringify(told) + "\n");
}

main().catch((no) => { process.stdout.write("\n" + JSON.stringify({ failed: String(no && no.stack || no) }) + "\n"); process.exit(1); });
