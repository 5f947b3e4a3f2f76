// One rehearsal of the migration with Go's standard library alone: go test ./...
package rehearsal

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"sort"
	"strconv"
	"testing"
)

const webhookSecret = "chosen when registering"

// A workspace of our own, whose time stands still until we move it; forgotten ten minutes after the last call.
const spec = `{"world":"small","clock":{"mode":"frozen","wire":"virtual"},"ids":"repeat","idle_ttl":600}`

type object = map[string]any

func signed(secret, text string) string {
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(text))
	return hex.EncodeToString(sum.Sum(nil))
}

// call sends body (nil: none) and reads the answer into told.
func call(t *testing.T, method, address string, body []byte, headers map[string]string, told any) {
	t.Helper()
	request, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s", method, address, answer.Status, text)
	}
	if told != nil {
		if err := json.Unmarshal(text, told); err != nil {
			t.Fatalf("%s %s: %v in %s", method, address, err, text)
		}
	}
}

func jsonOf(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

// What POST /_mock/workspaces answers, as far as we need it.
type workspace struct {
	ID        string `json:"id"`
	Tokopedia struct {
		BaseURL     string `json:"base_url"`
		AccessToken string `json:"access_token"`
		FsID        int64  `json:"fs_id"`
		ShopID      int64  `json:"shop_id"`
	} `json:"tokopedia"`
	TikTokShop struct {
		BaseURL     string `json:"base_url"`
		AppKey      string `json:"app_key"`
		AppSecret   string `json:"app_secret"`
		ShopCipher  string `json:"shop_cipher"`
		AccessToken string `json:"access_token"`
	} `json:"tiktok_shop"`
	control string
}

// An order as the control API tells it. Its id is a number on Tokopedia and a text on TikTok Shop.
type order struct {
	Key      string `json:"key"`
	Platform string `json:"platform"`
	OrderID  any    `json:"order_id"`
}

func (w *workspace) act(t *testing.T, path, body string, told any) {
	t.Helper()
	call(t, "POST", w.control+path, []byte(body), nil, told)
}

// now is the time that the workspace shows.
func (w *workspace) now(t *testing.T) int64 {
	t.Helper()
	var clock struct{ Now int64 }
	call(t, "GET", w.control+"/clock", nil, nil, &clock)
	return clock.Now
}

// ---- the two platforms, as your system calls them ----------------------------------------------------------------------------

func (w *workspace) tokopedia(t *testing.T, method, path string, body any, data any) {
	t.Helper()
	var text []byte
	if body != nil {
		text = jsonOf(body)
	}
	told := struct{ Data any }{data}
	call(t, method, w.Tokopedia.BaseURL+path, text, map[string]string{"Authorization": "Bearer " + w.Tokopedia.AccessToken}, &told)
}

func (w *workspace) tiktokShop(t *testing.T, path string, query map[string]string, body string, data any) {
	t.Helper()
	app := w.TikTokShop
	pairs := map[string]string{"app_key": app.AppKey, "shop_cipher": app.ShopCipher, "timestamp": strconv.FormatInt(w.now(t), 10)}
	for name, value := range query {
		pairs[name] = value
	}
	names := make([]string, 0, len(pairs))
	for name := range pairs {
		names = append(names, name)
	}
	sort.Strings(names)
	text, sent := app.AppSecret+path, url.Values{}
	for _, name := range names {
		text += name + pairs[name]
		sent.Set(name, pairs[name])
	}
	sent.Set("sign", signed(app.AppSecret, text+body+app.AppSecret))
	told := struct {
		Code    int
		Message string
		Data    any
	}{Data: data}
	headers := map[string]string{"x-tts-access-token": app.AccessToken}
	call(t, "POST", app.BaseURL+path+"?"+sent.Encode(), []byte(body), headers, &told)
	if told.Code != 0 {
		t.Fatalf("%s: %d %s", path, told.Code, told.Message)
	}
}

// round is one round of an integration: it ships what each platform shows as paid, there. Answers the ids that TikTok Shop showed.
func (w *workspace) round(t *testing.T) map[any]bool {
	t.Helper()
	fs, shop, now := w.Tokopedia.FsID, w.Tokopedia.ShopID, w.now(t)
	var listed []struct {
		OrderID     int64 `json:"order_id"`
		OrderStatus int   `json:"order_status"`
	}
	query := fmt.Sprintf("fs_id=%d&shop_id=%d&from_date=%d&to_date=%d&page=1&per_page=50", fs, shop, now-2*86400, now)
	w.tokopedia(t, "GET", "/v2/order/list?"+query, nil, &listed)
	for _, one := range listed {
		if one.OrderStatus == 220 {
			w.tokopedia(t, "POST", fmt.Sprintf("/v1/order/%d/fs/%d/ack", one.OrderID, fs), object{}, nil)
		}
		if one.OrderStatus == 220 || one.OrderStatus == 400 {
			w.tokopedia(t, "POST", fmt.Sprintf("/inventory/v1/fs/%d/pick-up", fs), object{"order_id": one.OrderID, "shop_id": shop}, nil)
		}
	}
	var found struct {
		Orders []struct {
			ID       string
			Packages []struct{ ID string }
		}
	}
	paid := `{"order_status":"AWAITING_SHIPMENT"}`
	w.tiktokShop(t, "/order/202309/orders/search", map[string]string{"page_size": "50"}, paid, &found)
	shown := map[any]bool{}
	for _, one := range found.Orders {
		shown[one.ID] = true
		for _, parcel := range one.Packages {
			w.tiktokShop(t, "/fulfillment/202309/packages/"+parcel.ID+"/ship", nil, "{}", nil)
		}
	}
	return shown
}

// ---- the rehearsal -------------------------------------------------------------------------------------------------------------

func TestAfterTheMergeOrdersArriveOnTikTokShopAndNothingIsShippedTwice(t *testing.T) {
	server := os.Getenv("MOCKPLATFORMS_URL")
	if server == "" {
		server = "http://127.0.0.1:8700"
	}
	var w workspace
	call(t, "POST", server+"/_mock/workspaces", []byte(spec), nil, &w)
	w.control = server + "/_mock/workspaces/" + w.ID
	defer call(t, "DELETE", w.control, nil, nil, nil)

	type webhook struct {
		genuine bool
		status  any
	}
	received := make(chan webhook, 10)
	inbox := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		genuine := hmac.Equal([]byte(request.Header.Get("Authorization-Hmac")), []byte(signed(webhookSecret, string(body))))
		payload := object{}
		_ = json.Unmarshal(body, &payload)
		received <- webhook{genuine, payload["status"]}
		if !genuine {
			answer.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer inbox.Close()

	fs := w.Tokopedia.FsID
	wanted := object{"fs_id": fs, "webhook_secret": webhookSecret, "shop_merge_notification_url": inbox.URL + "/merge"}
	w.tokopedia(t, "POST", fmt.Sprintf("/v1/fs/%d/register", fs), wanted, nil)
	w.round(t)

	w.act(t, "/migration/link", "{}", nil)
	w.act(t, "/clock/advance", `{"until":"MERGED","before":3600}`, nil)
	var before, after order
	w.act(t, "/orders", `{"buyer_app":"tokopedia","items":[]}`, &before)
	if before.Platform != "tokopedia" {
		t.Fatalf("before the merge an order arrived on %s", before.Platform)
	}
	w.act(t, "/clock/advance", `{"until":"MERGED"}`, nil) // answers once the webhooks of this hour were delivered
	select {
	case got := <-received:
		if !got.genuine || got.status != "merge" {
			t.Fatalf("the webhook is not a genuine one of the merge: %+v", got)
		}
	default:
		t.Fatal("no webhook came")
	}

	w.act(t, "/orders", `{"buyer_app":"tokopedia","items":[]}`, &after)
	if after.Platform != "tiktok_shop" {
		t.Fatalf("after the merge an order arrived on %s", after.Platform)
	}
	if shown := w.round(t); !shown[after.OrderID] {
		t.Fatalf("the new order %v is not on TikTok Shop: %v", after.OrderID, shown)
	}

	var all struct{ Orders []order }
	call(t, "GET", w.control+"/orders", nil, nil, &all)
	for _, one := range all.Orders {
		var story struct{ Shipped int }
		call(t, "GET", w.control+"/orders/"+one.Key+"/story", nil, nil, &story)
		if story.Shipped > 1 {
			t.Errorf("%s was shipped on both platforms", one.Key)
		}
		if story.Shipped == 0 && (one.Key == before.Key || one.Key == after.Key) {
			t.Errorf("%s was not shipped", one.Key)
		}
	}
}
