// One rehearsal of the migration with the JDK (17 or later) alone: java Rehearsal.java (exit code 0: it went well)

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import static java.nio.charset.StandardCharsets.UTF_8;

public class Rehearsal {
    static final String WEBHOOK_SECRET = "chosen when registering";

    // A workspace of our own, whose time stands still until we move it; forgotten ten minutes after the last call.
    static final String SPEC = """
        {"world":"small","clock":{"mode":"frozen","wire":"virtual"},"ids":"repeat","idle_ttl":600}""";

    static final HttpClient HTTP = HttpClient.newHttpClient();

    final String control;
    final Json tokopedia;
    final Json tiktokShop;

    Rehearsal(String server) throws Exception {
        Json made = http("POST", server + "/_mock/workspaces", SPEC);
        control = server + "/_mock/workspaces/" + made.text("id");
        tokopedia = made.at("tokopedia");
        tiktokShop = made.at("tiktok_shop");
    }

    public static void main(String[] arguments) throws Exception {
        String server = System.getenv().getOrDefault("MOCKPLATFORMS_URL", "http://127.0.0.1:8700");
        Rehearsal rehearsal = new Rehearsal(server);
        try {
            rehearsal.run();
        } finally {
            http("DELETE", rehearsal.control, null);
        }
        System.out.println("the rehearsal went well");
    }

    void run() throws Exception {
        record Webhook(boolean genuine, String status) {}
        Queue<Webhook> received = new ConcurrentLinkedQueue<>();
        HttpServer inbox = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        inbox.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            String signature = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization-Hmac"));
            boolean genuine = MessageDigest.isEqual(signature.getBytes(UTF_8), hmac(WEBHOOK_SECRET, body).getBytes(UTF_8));
            received.add(new Webhook(genuine, Json.read(body).text("status")));
            exchange.sendResponseHeaders(genuine ? 200 : 401, -1);
            exchange.close();
        });
        inbox.start();
        try {
            String fs = tokopedia.text("fs_id");
            String address = "http://127.0.0.1:" + inbox.getAddress().getPort() + "/merge";
            tokopedia("POST", "/v1/fs/" + fs + "/register", """
                {"fs_id":%s,"webhook_secret":"%s","shop_merge_notification_url":"%s"}""".formatted(fs, WEBHOOK_SECRET, address));
            round();

            act("/migration/link", "{}");
            act("/clock/advance", """
                {"until":"MERGED","before":3600}""");
            Json before = buyerOrders();
            check(before.text("platform").equals("tokopedia"), "before the merge an order arrived on " + before.text("platform"));
            act("/clock/advance", """
                {"until":"MERGED"}"""); // answers once the webhooks of this hour were delivered
            check(List.copyOf(received).equals(List.of(new Webhook(true, "merge"))), "not one genuine webhook of the merge: " + received);

            Json after = buyerOrders();
            check(after.text("platform").equals("tiktok_shop"), "after the merge an order arrived on " + after.text("platform"));
            check(round().contains(after.text("order_id")), "the new order is not on TikTok Shop");

            for (Json order : http("GET", control + "/orders", null).at("orders").rows()) {
                String key = order.text("key");
                int shipped = http("GET", control + "/orders/" + key + "/story", null).number("shipped");
                check(shipped <= 1, key + " was shipped on both platforms");
                boolean ours = List.of(before.text("key"), after.text("key")).contains(key);
                check(shipped == 1 || !ours, key + " was not shipped");
            }
        } finally {
            inbox.stop(0);
        }
    }

    /** One round of an integration: it ships what each platform shows as paid, there. Answers the ids that TikTok Shop showed. */
    List<String> round() throws Exception {
        String fs = tokopedia.text("fs_id"), shop = tokopedia.text("shop_id");
        long now = now();
        String dates = "&from_date=" + (now - 2 * 86400) + "&to_date=" + now;
        for (Json order : tokopedia("GET", "/v2/order/list?fs_id=" + fs + "&shop_id=" + shop + dates + "&page=1&per_page=50", null).rows()) {
            String id = order.text("order_id");
            int status = order.number("order_status");
            if (status == 220) {
                tokopedia("POST", "/v1/order/" + id + "/fs/" + fs + "/ack", "{}");
            }
            if (status == 220 || status == 400) {
                tokopedia("POST", "/inventory/v1/fs/" + fs + "/pick-up", "{\"order_id\":%s,\"shop_id\":%s}".formatted(id, shop));
            }
        }
        List<String> shown = new ArrayList<>();
        String paid = """
            {"order_status":"AWAITING_SHIPMENT"}""";
        for (Json order : tiktokShop("/order/202309/orders/search", Map.of("page_size", "50"), paid).at("orders").rows()) {
            shown.add(order.text("id"));
            for (Json parcel : order.at("packages").rows()) {
                tiktokShop("/fulfillment/202309/packages/" + parcel.text("id") + "/ship", Map.of(), "{}");
            }
        }
        return shown;
    }

    // ---- the two platforms, as your system calls them -------------------------------------------------------------------------

    Json tokopedia(String method, String path, String body) throws Exception {
        return http(method, tokopedia.text("base_url") + path, body, "Authorization", "Bearer " + tokopedia.text("access_token")).at("data");
    }

    Json tiktokShop(String path, Map<String, String> query, String body) throws Exception {
        String secret = tiktokShop.text("app_secret");
        Map<String, String> pairs = new TreeMap<>(query);
        pairs.put("app_key", tiktokShop.text("app_key"));
        pairs.put("shop_cipher", tiktokShop.text("shop_cipher"));
        pairs.put("timestamp", String.valueOf(now()));
        String sorted = pairs.entrySet().stream().map(pair -> pair.getKey() + pair.getValue()).collect(Collectors.joining());
        pairs.put("sign", hmac(secret, secret + path + sorted + body + secret));
        String sent = pairs.entrySet().stream().map(pair -> pair.getKey() + "=" + URLEncoder.encode(pair.getValue(), UTF_8)).collect(Collectors.joining("&"));
        Json answer = http("POST", tiktokShop.text("base_url") + path + "?" + sent, body, "x-tts-access-token", tiktokShop.text("access_token"));
        check(answer.number("code") == 0, path + ": " + answer.text("code") + " " + answer.text("message"));
        return answer.at("data");
    }

    // ---- buyers, the seller and time ---------------------------------------------------------------------------------------------

    Json act(String path, String body) throws Exception {
        return http("POST", control + path, body);
    }

    Json buyerOrders() throws Exception {
        return act("/orders", """
            {"buyer_app":"tokopedia","items":[]}""");
    }

    /** The time that the workspace shows. */
    long now() throws Exception {
        return http("GET", control + "/clock", null).number("now");
    }

    // ---- small print ---------------------------------------------------------------------------------------------------------------

    static void check(boolean holds, String words) {
        if (!holds) {
            throw new AssertionError(words);
        }
    }

    static String hmac(String secret, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(UTF_8)));
        } catch (java.security.GeneralSecurityException no) {
            throw new IllegalStateException(no);
        }
    }

    static Json http(String method, String url, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).header("Content-Type", "application/json");
        request.method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        var answer = HTTP.send(request.build(), BodyHandlers.ofString());
        check(answer.statusCode() < 300, method + " " + url + ": " + answer.statusCode() + " " + answer.body());
        return answer.body().isEmpty() ? new Json(null) : Json.read(answer.body());
    }

    /** What a JSON text holds. The JDK reads no JSON: use your project's library in place of this. */
    record Json(Object held) {
        static Json read(String text) {
            return new Json(new Reader(text).value());
        }

        Json at(String name) {
            return new Json(((Map<?, ?>) held).get(name));
        }

        String text(String name) {
            return String.valueOf(at(name).held);
        }

        int number(String name) {
            return Integer.parseInt(text(name));
        }

        /** The rows of a list; null holds none. */
        List<Json> rows() {
            return held == null ? List.of() : ((List<?>) held).stream().map(Json::new).toList();
        }

        static final class Reader {
            private final String text;
            private int at;

            Reader(String text) {
                this.text = text;
            }

            Object value() {
                return switch (next()) {
                    case '{' -> {
                        Map<String, Object> made = new LinkedHashMap<>();
                        for (at++; next() != '}'; comma()) {
                            String name = string();
                            next();
                            at++; // the colon
                            made.put(name, value());
                        }
                        at++;
                        yield made;
                    }
                    case '[' -> {
                        List<Object> made = new ArrayList<>();
                        for (at++; next() != ']'; comma()) {
                            made.add(value());
                        }
                        at++;
                        yield made;
                    }
                    case '"' -> string();
                    default -> { // a number (kept as it is written: long ids lose nothing), true, false or null
                        int from = at;
                        while (at < text.length() && ",]} \n\r\t".indexOf(text.charAt(at)) < 0) {
                            at++;
                        }
                        String word = text.substring(from, at);
                        yield word.equals("null") ? null : word;
                    }
                };
            }

            private String string() {
                StringBuilder made = new StringBuilder();
                for (at++; text.charAt(at) != '"'; at++) {
                    if (text.charAt(at) != '\\') {
                        made.append(text.charAt(at));
                    } else if (text.charAt(++at) == 'u') {
                        made.append((char) Integer.parseInt(text, at + 1, at + 5, 16));
                        at += 4;
                    } else {
                        int escape = "bfnrt".indexOf(text.charAt(at));
                        made.append(escape < 0 ? text.charAt(at) : "\b\f\n\r\t".charAt(escape));
                    }
                }
                at++;
                return made.toString();
            }

            private void comma() {
                if (next() == ',') {
                    at++;
                }
            }

            private char next() {
                while (Character.isWhitespace(text.charAt(at))) {
                    at++;
                }
                return text.charAt(at);
            }
        }
    }
}
