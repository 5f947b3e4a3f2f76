# A rehearsal in ten lines. What follows its name is one round of your integration: sh rehearsal.sh your-integration --once
set -e
M=${MOCKPLATFORMS_URL:-http://127.0.0.1:8700}/_mock/workspaces/default
call() { method=$1 path=$2; shift 2; curl -sS --fail-with-body -X "$method" "$M$path" "$@"; echo; }
order() { call POST /orders -d '{"buyer_app":"tokopedia","items":[]}' | grep "\"platform\":\"$1\"" || { echo "it is not on $1"; exit 1; }; }
call PUT /webhook-urls -d "{\"tokopedia\":\"${WEBHOOKS_URL:-http://127.0.0.1:9000/webhooks}\"}" # where your system takes them
call POST /migration/link
call POST /clock/advance -d '{"until":"MERGED","before":3600}'; order tokopedia; "$@"
call POST /clock/advance -d '{"until":"MERGED"}'; order tiktok_shop; "$@"
call GET '/journal?outcome=refused' | grep '"exchanges":\[\]' || { echo "calls of yours were refused"; exit 1; }
for key in $(call GET /orders | grep -o 'order-[0-9]*' | sort -u); do call GET "/orders/$key/story" | grep -q '"shipped":[01],'; done
