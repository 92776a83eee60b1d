#!/usr/bin/env bash
# All of it on this machine: a private database with foods and recipes, a signing key, the local gateway; then
# a first plan, and it stays up until Ctrl-C. What `make run` calls.
#
#   infra/local/run.sh [--port P] [--quiet]
#   infra/local/run.sh --models             says which models ai-gateway would ask, and nothing else
#
# Models are the providers' whose keys are set (ANTHROPIC_API_KEY, OPENAI_API_KEY, REPLICATE_API_TOKEN), and those of
# LLM_CONFIG_FILE; where nothing is set, the emulator of tests/emulators/providers stands in for all, and the first line says so.
#
# Everything lives in build/run: the database, the key pair, logs, and `env` (CLAMBDA_URL, CLAMBDA_TOKEN, CLAMBDA_KEY) for other
# tools. The key pair is made here and good for nothing else. Ends only what it started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly build=${BUILD:-build}
readonly run=$build/run bin=$build/release
readonly issuer=http://localhost/clambda audience=authenticated
readonly demo_user=11111111-1111-4111-8111-111111111111 # Ada, infra/db/seed/demo.sql
readonly token_lifetime_s=604800                        # a week
readonly demo_budget_usd=5                              # a day, of the tenant that the key here belongs to
port=9000
quiet=
gateway=
models=
key_id=

die() {
    printf 'run: %s\n' "$1" >&2
    exit 1
}

has_key() {
    [ -n "${ANTHROPIC_API_KEY:-}${OPENAI_API_KEY:-}${REPLICATE_API_TOKEN:-}" ]
}

has_provider() {
    has_key || [ -n "${LLM_CONFIG_FILE:-}" ]
}

# One that can be asked: of the file, if it is all there is.
example_model() {
    if [ -z "$real" ] || [ -n "${ANTHROPIC_API_KEY:-}" ]; then
        echo claude-haiku
    elif has_key; then
        echo gpt-mini
    else
        jq -r '.aliases[0].name // .models[0].id // "gpt-mini"' "$LLM_CONFIG_FILE"
    fi
}

say_models() {
    if has_provider && ! has_key; then
        echo "models: those of LLM_CONFIG_FILE, for no provider's key is set here"
    elif has_provider; then
        echo "models: the real providers, for a key of theirs is set here; their calls cost money"
    else
        echo "models: an emulator, for no provider's key is set here; its answers are made up and cost nothing"
    fi
}

while [ $# -gt 0 ]; do
    case $1 in
        --models)
            say_models
            exit 0
            ;;
        --port)
            [[ ${2:-} =~ ^[0-9]+$ ]] || die "--port wants a number"
            port=$2
            shift 2
            ;;
        --quiet)
            quiet=1
            shift
            ;;
        *) die "unknown option $1" ;;
    esac
done

stop_models() {
    [ -z "$models" ] || { kill "$models" 2>/dev/null && wait "$models" 2>/dev/null; } || true
    models=
}

stop_gateway() {
    [ -z "$gateway" ] || { kill "$gateway" 2>/dev/null && wait "$gateway" 2>/dev/null; } || true
    gateway=
}

stop() {
    trap - EXIT INT TERM
    stop_gateway
    stop_models
    [ -z "$key_id" ] || "$bin/infra/db/tool/clambda-db" key revoke "$key_id" >/dev/null || true
    rm -f "$run/env" "$run/provider-keys.json"
    infra/db/cluster.sh stop --data "$run/db" >/dev/null || true
}

say() {
    if [ -t 1 ]; then printf '\033[1m%s\033[0m\n' "$1"; else printf '%s\n' "$1"; fi
}

# In a file of our own, since the command line is everybody's to read.
write_parameters() {
    (umask 077 && jq -n --arg url "$DATABASE_URL" --arg issuer "$issuer" --arg audience "$audience" --arg keys "$PWD/$run/keys/jwks.json" \
        '{DatabaseUrl: $url, AuthIssuer: $issuer, AuthAudience: $audience, AuthKeysFile: $keys}' >"$run/parameters.json")
}

# wait_for_line FILE PID: what it prints after "listening on " goes to `address`.
wait_for_line() {
    for _ in $(seq 100); do
        address=$(sed -n 's/^listening on //p' "$1")
        [ -z "$address" ] || return 0
        kill -0 "$2" 2>/dev/null || break
        sleep 0.1
    done
    return 1
}

# Sets what write_provider_keys hands on: keys that only the emulator knows, and where it is.
start_models() {
    : >"$run/models.out"
    python3 tests/emulators/providers/emulator.py --port 0 >"$run/models.out" 2>"$run/models.log" 8>&- &
    models=$!
    wait_for_line "$run/models.out" "$models" || die "the emulator of the providers did not start; see $run/models.log"
    export ANTHROPIC_API_KEY=sk-emu-anthropic OPENAI_API_KEY=sk-emu-openai REPLICATE_API_TOKEN=r8_emu LLM_CONFIG_FILE=$PWD/$run/models.json
    jq -n --arg at "$address" '{providers: ["anthropic", "openai", "replicate", "bedrock"] | map({name: ., base_url: "\($at)/\(.)"})}' >"$run/models.json"
}

# For the functions that may know them, with their other settings; in a file, as above.
write_provider_keys() {
    (umask 077 && jq -n '(env | with_entries(select(.key | IN("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "REPLICATE_API_TOKEN")
        or test("^LLM_")))) as $models
        | {AiGatewayFunction: ($models + (env | with_entries(select(.key | . == "CLAMBDA_RECORD_DIR" or test("^OTEL_"))))),
           RefinerFunction: $models}' >"$run/provider-keys.json")
}

start_gateway() {
    : >"$run/gateway.out" # the address of the last run must not be taken for this one's
    "$bin/infra/local/clambda-local" --listen "127.0.0.1:$1" --bootstraps "$bin/functions" \
        --parameters "$run/parameters.json" --env-vars "$run/provider-keys.json" template.yaml >"$run/gateway.out" 2>"$run/gateway.log" 8>&- &
    gateway=$!
    wait_for_line "$run/gateway.out" "$gateway" && url=$address && return 0
    stop_gateway
    return 1
}

show_plan() {
    jq -r '.plan as $p | "\(.week_theme), from \($p.week_start_date): \($p.targets.energy_kcal) kcal and \($p.targets.protein_g) g protein a day",
        ($p.days[] | "\n  \(.day) \(.date)   \(.nutrition.calories) kcal  \(.nutrition.protein) g protein  \(.nutrition.fat) g fat  \(.nutrition.carbohydrates) g carbohydrate",
        (.meals[] | "    \(.meal_type)\(" " * (11 - (.meal_type | length)))\(.title)  (\(.nutrition.calories) kcal)"))' "$1"
}

say_models
mkdir -p "$run"
exec 8>"$run/lock"
flock --nonblock 8 || die "it runs already in this checkout: $(sed -n 's/^CLAMBDA_URL=//p' "$run/env" 2>/dev/null)"
trap stop EXIT
trap 'exit 0' INT TERM

say "database"
infra/db/cluster.sh start --data "$run/db" >/dev/null 8>&-
# shellcheck disable=SC1091
. "$run/db/env"
export DATABASE_URL ADMIN_DATABASE_URL
"$bin/infra/db/tool/clambda-db" migrate
"$bin/infra/db/tool/clambda-db" seed

[ -e "$run/keys/jwks.json" ] || "$bin/infra/auth/clambda-token" keygen --alg ES256 --out "$run/keys" >/dev/null
token=$("$bin/infra/auth/clambda-token" --keys "$run/keys/private" --sub "$demo_user" --iss "$issuer" --aud "$audience" --ttl "$token_lifetime_s")

real=
! has_provider || real=1
[ -z "${LLM_CONFIG_FILE:-}" ] || LLM_CONFIG_FILE=$(realpath "$LLM_CONFIG_FILE")
[ -n "$real" ] || start_models
write_provider_keys

# A virtual key of Ada's, for this run alone; it is told once, here.
"$bin/infra/db/tool/clambda-db" tenant set demo >/dev/null
"$bin/infra/db/tool/clambda-db" budget set tenant demo day "$demo_budget_usd" >/dev/null
made=$("$bin/infra/db/tool/clambda-db" key create demo run --user "$demo_user" --expires-hours 168)
key_id=$(sed -n 's/^id //p' <<<"$made")
key=$(sed -n 's/^key //p' <<<"$made")

say "gateway"
write_parameters
start_gateway "$port" || { tail -n 1 "$run/gateway.log" && echo "asking for another port" && start_gateway 0; } || {
    tail -n 20 "$run/gateway.log" >&2
    die "the gateway did not start; $run/gateway.log has the rest"
}
(umask 077 && printf 'CLAMBDA_URL=%s\nCLAMBDA_TOKEN=%s\nCLAMBDA_KEY=%s\n' "$url" "$token" "$key" >"$run/env")
echo "listening on $url, log in $run/gateway.log"

say "a first plan, for Ada (omnivore, no tree nuts, no eggplant)"
rm -f "$run/plan.json"
if ! curl --silent --show-error --fail-with-body --max-time 60 -X POST "$url/plan-generator" -H "authorization: Bearer $token" \
    -d '{"force_regenerate":true}' -o "$run/plan.json"; then
    cat "$run/plan.json" >&2 || true
    tail -n 20 "$run/gateway.log" >&2
    die "no plan; the gateway's log is above"
fi
[ -n "$quiet" ] || show_plan "$run/plan.json"

plan_id=$(jq -r .plan_id "$run/plan.json")
model=$(example_model)
cat <<END

The whole answer is in $run/plan.json. In another terminal, as Ada (docs/plan-generator.md has other people):

  TOKEN=$token

  curl -s $url/health
  curl -s -X POST $url/plan-generator -H "authorization: Bearer \$TOKEN" -d '{"force_regenerate":true,"preferences":{"max_prep_time":15}}'
  curl -s -X POST $url/nutrition-validator -H "authorization: Bearer \$TOKEN" -d '{"meal_plan_id":"$plan_id"}'

And models, $([ -n "$real" ] && echo "the real ones, with at most $demo_budget_usd USD a day" || echo "which an emulator plays"); OPENAI_BASE_URL=$url/_url/ai-gateway/v1, ANTHROPIC_BASE_URL=$url/_url/ai-gateway (docs/ai-gateway.md):

  KEY=$key

  curl -sN $url/_url/ai-gateway/v1/chat/completions -H "authorization: Bearer \$KEY" -d '{"model":"$model","stream":true,"messages":[{"role":"user","content":"Name three lunches."}]}'
  curl -s $url/v1/messages -H "x-api-key: \$KEY" -H "anthropic-version: 2023-06-01" -d '{"model":"$model","max_tokens":200,"messages":[{"role":"user","content":"Name three lunches."}]}'

The refiner words its plans with the same models; its page is $url/_url/refiner/test-refiner#token=$token

  curl -s -X POST $url/refiner -H "authorization: Bearer \$TOKEN" -d '{"user_request":{"original_prompt":"a poster of my dog at the beach"}}'

More keys, budgets, recordings (docs/ai-gateway.md):

  (set -a && . $run/db/env && $bin/infra/db/tool/clambda-db key list)

What it does, as it does it: $url/_/

Ctrl-C ends it.
END
status=0
wait "$gateway" || status=$?
gateway=
tail -n 5 "$run/gateway.log" >&2
die "the gateway ended by itself, with status $status"
