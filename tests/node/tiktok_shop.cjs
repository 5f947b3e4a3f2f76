// tiktok-shop-sdk and tiktokshops-api-client from npm against a running server: node tiktok_shop.cjs '<given as JSON>'
// given: the app as the workspace tells it, orders of buyers (paid, other and waiting to be shipped, delivered, one asked to be cancelled) and a refund asked for.
const { createRequire } = require("node:module");
const { TikTokShopSDK, TikTokAPIError } = require("tiktok-shop-sdk");
const { TiktokModule } = require("tiktokshops-api-client");

const axios = createRequire(require.resolve("tiktokshops-api-client"))("axios");
const given = JSON.parse(process.argv[2]);
const app = given.app;
const HOSTS = /^https:\/\/(open-api\.tiktokglobalshop\.com|auth\.tiktok-shops\.com)/;
const here = (url) => String(url).replace(HOSTS, app.base_url);

// Both clients know only the platform's own hosts; the second one's axios and this fetch send them here instead. The SDK gives fetch an
// object of the package form-data, which Node's own fetch cannot send: it goes as the bytes it stands for.
const fetching = globalThis.fetch;
globalThis.fetch = (url, how) => fetching(here(url), how && how.body && how.body.getBuffer ? { ...how, body: how.body.getBuffer() } : how);
axios.interceptors.request.use((config) => Object.assign(config, { url: here(config.url) }));

const told = {};
const data = async (answer) => (await answer).data;
const code = async (answer) => {
  try {
    return (await answer).code;
  } catch (no) {
    return no instanceof TikTokAPIError ? no.code : String(no);
  }
};

async function enter() {
  const sdk = new TikTokShopSDK({ appKey: app.app_key, appSecret: app.app_secret });
  const first = await data(sdk.auth.getAccessToken({ auth_code: app.auth_code, grant_type: "authorized_code" }));
  told.spent = await code(sdk.auth.getAccessToken({ auth_code: app.auth_code, grant_type: "authorized_code" }));
  const token = await data(sdk.auth.refreshAccessToken({ refresh_token: first.refresh_token, grant_type: "refresh_token" }));
  told.lives = token.access_token_expire_in > Date.now() / 1000;
  sdk.setAccessToken(token.access_token);
  const shops = (await data(sdk.shop.getAuthorizedShops())).shops;
  told.shop = shops[0].id;
  told.active = (await data(sdk.seller.getActiveShops())).shops.map((shop) => shop.region);
  told.permissions = (await data(sdk.seller.getSellerPermissions())).permissions;
  told.noCipher = await code(sdk.logistic.getWarehouseList());
  sdk.setShopCipher(shops[0].cipher);
  return [sdk, token, shops[0]];
}

async function goods(sdk) {
  const product = sdk.product;
  told.prerequisites = await code(product.getProductPrerequisites());
  const categories = (await data(product.getCategories({ locale: "id-ID" }))).categories;
  const leaf = categories.find((category) => category.is_leaf).id;
  told.rules = "cod" in (await data(product.getCategoryRules({ category_id: leaf, query: { locale: "id-ID" } })));
  told.attributes = Array.isArray((await data(product.getAttributes({ category_id: leaf, query: { locale: "id-ID" } }))).attributes);
  told.brands = (await data(product.getBrands({ category_id: leaf, page_size: 10 }))).total_count;
  told.recommended = (await data(product.recommendCategory({ product_title: "Kopi Bubuk Robusta Lampung 250 gram" }))).leaf_category_id;
  told.warehouses = (await data(sdk.logistic.getWarehouseList())).warehouses.map((warehouse) => warehouse.type);
  const warehouse = (await data(sdk.logistic.getWarehouseList())).warehouses.find((one) => one.type === "SALES_WAREHOUSE").id;
  const options = (await data(sdk.logistic.getWarehouseDeliveryOptions(warehouse))).delivery_options;
  told.providers = [];
  for (const option of options) told.providers.push(await code(sdk.logistic.getShippingProviders(option.id)));

  // The SDK signs the shop's cipher into every call, also into this one, which takes none: a caller leaves it out.
  const cipher = sdk.shopCipher;
  const picture = Buffer.from("89504e470d0a1a0a0000000d49484452000002580000025808020000003195b6f9", "hex");
  told.withCipher = (await product.uploadProductImage({ data: picture, use_case: "MAIN_IMAGE" })).code;
  sdk.setShopCipher(undefined);
  const image = await data(product.uploadProductImage({ data: picture, use_case: "MAIN_IMAGE" }));
  sdk.setShopCipher(cipher);
  told.image = [image.width, image.height, image.use_case];

  const body = {
    title: "Tas Rajut Buatan Tangan dari Yogyakarta — edisi kopi & teh",
    description: "<p>Rajutan halus, dibuat satu per satu. ☕</p>",
    category_id: leaf,
    main_images: [{ uri: image.uri }],
    package_weight: { value: "0.35", unit: "KILOGRAM" },
    skus: [{ seller_sku: "NODE-01", price: { amount: "45000", currency: "IDR" }, inventory: [{ warehouse_id: warehouse, quantity: 7 }] }],
  };
  told.check = (await data(product.checkProductListing(body))).check_result;
  const made = await data(product.createProduct(body));
  const id = made.product_id;
  told.refused = await code(product.createProduct({ ...body, title: "pendek" }));
  const sku = made.skus[0].id;
  await product.updateProductPrice({ product_id: id, body: { skus: [{ id: sku, price: { amount: "47500", currency: "IDR" } }] } });
  await product.updateProductInventory({ product_id: id, body: { skus: [{ id: sku, inventory: [{ warehouse_id: warehouse, quantity: 4 }] }] } });
  await product.editProduct({ product_id: id, body: { ...body, title: "Tas Rajut yang Lain dari Yogyakarta", skus: [{ ...body.skus[0], id: sku, price: { amount: "47500", currency: "IDR" }, inventory: [{ warehouse_id: warehouse, quantity: 4 }] }] } });
  await product.partialEditProduct({ product_id: id, body: { description: "<p>Rajutan baru.</p>" } });
  const read = await data(product.getProduct({ product_id: id }));
  told.product = [read.title, read.description, read.skus[0].price.sale_price, read.skus[0].inventory[0].quantity];
  told.inventory = (await data(product.searchInventory({ product_ids: [id] }))).inventory[0].skus[0].total_available_quantity;
  const found = await data(product.searchProducts({ query: { page_size: 100 }, body: { seller_skus: ["NODE-01"] } }));
  told.found = [found.total_count, found.products[0].id === id];
  const live = await data(product.searchProducts({ query: { page_size: 1 }, body: { status: "ACTIVATE" } }));
  const chosen = { product_ids: [live.products[0].id] };
  told.shelf = [];
  for (const act of [product.deactivateProducts, product.activateProducts, product.deleteProducts, product.recoverProduct]) {
    const answer = await data(act.call(product, chosen));
    told.shelf.push((answer.errors || []).length);
  }
}

async function sales(sdk) {
  const page = await data(sdk.order.getOrderList({ query: { page_size: 2, sort_field: "create_time", sort_order: "DESC" }, body: { order_status: "AWAITING_SHIPMENT" } }));
  told.orders = page.orders.map((order) => order.id);
  const next = await data(sdk.order.getOrderList({ query: { page_size: 2, sort_field: "create_time", sort_order: "DESC", page_token: page.next_page_token }, body: { order_status: "AWAITING_SHIPMENT" } }));
  told.nextPage = next.orders.every((order) => !told.orders.includes(order.id));
  told.all = (await data(sdk.order.getOrderList({ query: { page_size: 100 } }))).total_count;
  told.emptyObject = await code(sdk.order.getOrderList({ query: { page_size: 100 }, body: {} }));
  const details = (await data(sdk.order.getOrderDetail({ ids: [given.paid, given.other] }))).orders;
  told.details = details.map((order) => order.id);
  const paid = details.find((order) => order.id === given.paid);
  const other = details.find((order) => order.id === given.other).packages[0].id;
  told.sum = Number(paid.payment.total_amount);
  told.lines = Number((await data(sdk.order.getPriceDetail({ order_id: given.paid }))).payment);
  const parcel = paid.packages[0].id;
  told.slots = (await data(sdk.fulfillment.getPackageHandoverTimeSlots(parcel))).can_pickup;
  // Neither client has a method of its own that ships as the platform wants it; this is the SDK's own signed request.
  told.ship = (await sdk.requestCipher({ method: "POST", path: `/fulfillment/202309/packages/${parcel}/ship`, body: { handover_method: "DROP_OFF" } })).code;
  told.twice = await code(sdk.requestCipher({ method: "POST", path: `/fulfillment/202309/packages/${parcel}/ship`, body: { handover_method: "DROP_OFF" } }));
  told.parcels = (await data(sdk.fulfillment.searchPackage({ query: { page_size: 50 }, body: { package_status: "PROCESSING" } }))).packages.some((one) => one.id === parcel);
  told.status = (await data(sdk.order.getOrderDetail({ ids: given.paid }))).orders[0].status;
  return [parcel, other];
}

async function aftersales(sdk) {
  const returns = sdk.return_refund;
  told.reasons = (await data(returns.getRejectReasons({ return_or_cancel_id: given.refund, locale: "id-ID" }))).reasons.length;
  told.eligible = (await data(returns.getAftersaleEligibility({ order_id: given.delivered, query: {} }))).sku_eligibility.length;
  told.returns = (await data(returns.searchReturn({ query: { page_size: 10 }, body: { return_ids: [given.refund] } }))).return_orders.map((one) => one.return_status);
  told.records = (await data(returns.getReturnRecord({ return_id: given.refund, query: { locale: "id-ID" } }))).records.length;
  told.approved = (await returns.approveReturn({ return_id: given.refund, query: {}, body: { decision: "APPROVE_REFUND" } })).code;
  const asked = (await data(returns.searchCancellation({ query: { page_size: 10 }, body: { order_ids: [given.asked] } }))).cancellations[0];
  told.asked = asked.cancel_status;
  told.cancelApproved = (await returns.approveCancellation({ cancel_id: asked.cancel_id })).code;
  const cancelled = await data(returns.cancelOrder({ order_id: given.waiting, cancel_reason: "seller_cancel_reason_out_of_stock" }));
  told.cancelled = cancelled.cancel_status;
  told.calculated = (await data(returns.calculateCancellation({ order_id: given.delivered, request_type: "REFUND", reason_name: "ecom_order_delivered_refund_reason_damaged" }))).order_refund_amount.currency;
}

async function money(sdk) {
  const statements = (await data(sdk.finance.getStatements({ sort_field: "statement_time", page_size: 10 }))).statements;
  told.statements = Array.isArray(statements);
  told.withdrawals = Array.isArray((await data(sdk.finance.getWithdrawals({ types: ["SETTLE", "WITHDRAW"], page_size: 10 }))).withdrawals);
  told.payments = await code(sdk.finance.getPayments({ sort_field: "create_time", page_size: 10 }));
}

async function webhooks(sdk) {
  await sdk.event.updateShopWebhook({ event_type: "ORDER_STATUS_CHANGE", address: "https://isv.example.com/hook" });
  const held = await data(sdk.event.getShopWebhooks());
  told.webhooks = held.webhooks.map((one) => [one.event_type, one.address]);
  await sdk.event.deleteShopWebhook({ event_type: "ORDER_STATUS_CHANGE" });
  told.left = (await data(sdk.event.getShopWebhooks())).total_count;
}

async function another(token, shop, parcel, other) {
  const config = { appKey: app.app_key, appSecret: app.app_secret, shopId: shop.id, shopCipher: shop.cipher, accessToken: token.access_token, refreshToken: token.refresh_token };
  const client = new TiktokModule(config);
  const fresh = (await client.refreshToken()).data;
  client.setConfig({ accessToken: fresh.access_token, refreshToken: fresh.refresh_token });
  told.second = {
    code: (await client.fetchTokenWithAuthCode("ROW_nothing")).code,
    shop: (await client.getAuthorizedShop()).data.shops[0].id,
    orders: (await client.getOrderList({ updateTimeGe: Math.floor(Date.now() / 1000) - 86400, pageSize: 50, sortField: "update_time", sortOrder: "DESC" })).data.orders.map((order) => order.id),
    detail: (await client.getOrderDetail(`${given.paid},${given.delivered}`)).data.orders.length,
    total: Number((await client.getPriceDetail(given.paid)).data.payment),
    slots: (await client.getPackageTimeSlots(other)).code,
    label: (await client.getShippingDocument(parcel, "SHIPPING_LABEL")).data.doc_url,
    categories: (await client.getCategories()).data.categories.length,
    ship: (await client.shipPackage(other, { handover_method: "PICKUP", pickup_slot: {} })).code,
    brands: (await client.getBrands("600001")).code,
  };
  const label = await fetching(told.second.label);
  told.second.document = [label.status, label.headers.get("content-type"), (await label.arrayBuffer()).byteLength > 500];
}

async function main() {
  const [sdk, token, shop] = await enter();
  await goods(sdk);
  const [parcel, other] = await sales(sdk);
  await aftersales(sdk);
  await money(sdk);
  await webhooks(sdk);
  await another(token, shop, parcel, other);
  process.stdout.write("\n" + JSON.stringify(told) + "\n");
}

main().catch((no) => {
  process.stdout.write("\n" + JSON.stringify({ failed: String((no && no.stack) || no), code: no && no.code, told }) + "\n");
  process.exit(1);
});
