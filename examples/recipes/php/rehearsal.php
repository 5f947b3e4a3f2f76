<?php
// One rehearsal of the migration with php-cli and php-curl alone: php rehearsal.php (exit code 0: it went well)
declare(strict_types=1);

const WEBHOOK_SECRET = 'chosen when registering';

// A workspace of our own, whose time stands still until we move it; forgotten ten minutes after the last call.
const SPEC = '{"world":"small","clock":{"mode":"frozen","wire":"virtual"},"ids":"repeat","idle_ttl":600}';

function check(bool $holds, string $words): void
{
    if (!$holds) {
        throw new RuntimeException($words);
    }
}

function http(string $method, string $url, ?string $body = null, array $headers = []): mixed
{
    $curl = curl_init($url);
    curl_setopt_array($curl, [
        CURLOPT_CUSTOMREQUEST => $method, CURLOPT_RETURNTRANSFER => true, CURLOPT_NOPROXY => '*', CURLOPT_TIMEOUT => 60,
        CURLOPT_HTTPHEADER => ['Content-Type: application/json', ...$headers],
    ]);
    if ($body !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
    }
    $text = curl_exec($curl);
    check($text !== false, "$method $url: " . curl_error($curl));
    $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    check($status < 300, "$method $url: $status $text");
    return json_decode($text, true);
}

// ---- the two platforms, as your system calls them; $now is the time that the workspace shows ------------------------------------

function tiktokShop(array $app, int $now, string $path, array $query = [], string $body = '{}'): array
{
    $pairs = ['app_key' => $app['app_key'], 'shop_cipher' => $app['shop_cipher'], 'timestamp' => (string) $now, ...$query];
    ksort($pairs, SORT_STRING);
    $text = $app['app_secret'] . $path;
    foreach ($pairs as $name => $value) {
        $text .= $name . $value;
    }
    $pairs['sign'] = hash_hmac('sha256', $text . $body . $app['app_secret'], $app['app_secret']);
    $url = $app['base_url'] . $path . '?' . http_build_query($pairs);
    $answer = http('POST', $url, $body, ["x-tts-access-token: {$app['access_token']}"]);
    check($answer['code'] === 0, "$path: {$answer['code']} {$answer['message']}");
    return $answer['data'];
}

function tokopedia(array $app, string $method, string $path, ?array $body = null): mixed
{
    $text = $body === null ? null : json_encode((object) $body);
    return http($method, $app['base_url'] . $path, $text, ["Authorization: Bearer {$app['access_token']}"])['data'];
}

/** One round of an integration: it ships what each platform shows as paid, there. Answers the ids that TikTok Shop showed. */
function round_of_work(array $toko, array $tiktok, int $now): array
{
    ['fs_id' => $fs, 'shop_id' => $shop] = $toko;
    $from = $now - 2 * 86400;
    $listed = tokopedia($toko, 'GET', "/v2/order/list?fs_id=$fs&shop_id=$shop&from_date=$from&to_date=$now&page=1&per_page=50");
    foreach ($listed ?? [] as $order) {
        if ($order['order_status'] === 220) {
            tokopedia($toko, 'POST', "/v1/order/{$order['order_id']}/fs/$fs/ack", []);
        }
        if (in_array($order['order_status'], [220, 400], true)) {
            tokopedia($toko, 'POST', "/inventory/v1/fs/$fs/pick-up", ['order_id' => $order['order_id'], 'shop_id' => $shop]);
        }
    }
    $paid = '{"order_status":"AWAITING_SHIPMENT"}';
    $orders = tiktokShop($tiktok, $now, '/order/202309/orders/search', ['page_size' => '50'], $paid)['orders'];
    foreach ($orders as $order) {
        foreach ($order['packages'] as $package) {
            tiktokShop($tiktok, $now, "/fulfillment/202309/packages/{$package['id']}/ship");
        }
    }
    return array_column($orders, 'id');
}

/** Take one webhook from a listening socket. Answers its payload; a signature that does not fit ends the rehearsal. */
function received(mixed $listening): array
{
    $connection = stream_socket_accept($listening, 10);
    check($connection !== false, 'no webhook came');
    $head = stream_get_line($connection, 65536, "\r\n\r\n");
    preg_match('/^content-length: *(\d+)/mi', $head, $length);
    preg_match('/^authorization-hmac: *(\w+)/mi', $head, $signature);
    $body = stream_get_contents($connection, (int) $length[1]);
    $genuine = hash_equals(hash_hmac('sha256', $body, WEBHOOK_SECRET), $signature[1] ?? '');
    fwrite($connection, 'HTTP/1.1 ' . ($genuine ? '200 OK' : '401 Unauthorized') . "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    fclose($connection);
    check($genuine, 'the signature of a webhook does not fit');
    return json_decode($body, true);
}

// ---- the rehearsal ---------------------------------------------------------------------------------------------------------------

function rehearse(string $server): void
{
    $made = http('POST', "$server/_mock/workspaces", SPEC);
    ['tokopedia' => $toko, 'tiktok_shop' => $tiktok] = $made;
    $control = "$server/_mock/workspaces/{$made['id']}";
    $act = fn (string $path, string $body = '{}'): array => http('POST', $control . $path, $body);
    $now = fn (): int => http('GET', "$control/clock")['now'];
    try {
        $listening = stream_socket_server('tcp://127.0.0.1:0');
        $address = 'http://' . stream_socket_get_name($listening, false);
        $fs = $toko['fs_id'];
        $wanted = ['fs_id' => $fs, 'webhook_secret' => WEBHOOK_SECRET, 'shop_merge_notification_url' => "$address/merge"];
        tokopedia($toko, 'POST', "/v1/fs/$fs/register", $wanted);
        round_of_work($toko, $tiktok, $now());

        $act('/migration/link');
        $act('/clock/advance', '{"until":"MERGED","before":3600}');
        $before = $act('/orders', '{"buyer_app":"tokopedia","items":[]}');
        check($before['platform'] === 'tokopedia', "before the merge an order arrived on {$before['platform']}");
        $act('/clock/advance', '{"until":"MERGED","deliver":"send"}'); // send: PHP does one thing at a time, so it is not waited for us
        check(received($listening)['status'] === 'merge', 'the webhook tells of something else');

        $after = $act('/orders', '{"buyer_app":"tokopedia","items":[]}');
        check($after['platform'] === 'tiktok_shop', "after the merge an order arrived on {$after['platform']}");
        check(in_array($after['order_id'], round_of_work($toko, $tiktok, $now()), true), 'the new order is not on TikTok Shop');

        foreach (http('GET', "$control/orders")['orders'] as ['key' => $key]) {
            $shipped = http('GET', "$control/orders/$key/story")['shipped'];
            check($shipped <= 1, "$key was shipped on both platforms");
            check($shipped === 1 || !in_array($key, [$before['key'], $after['key']], true), "$key was not shipped");
        }
    } finally {
        http('DELETE', $control);
    }
}

try {
    rehearse(getenv('MOCKPLATFORMS_URL') ?: 'http://127.0.0.1:8700');
    echo "the rehearsal went well\n";
} catch (RuntimeException $wrong) {
    fwrite(STDERR, "the rehearsal failed: {$wrong->getMessage()}\n");
    exit(1);
}
