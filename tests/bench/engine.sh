#!/usr/bin/env bash
# What a request to a model costs us, layer by layer, before a provider that answers at once (tests/bench/engine.c).
# Environment: BUILD (build), BENCH_COUNT (20000).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly build=${BUILD:-build}
readonly out=$build/bench/engine-run count=${BENCH_COUNT:-20000}
upstream=

end() {
    [[ -z $upstream ]] || kill "$upstream" 2>/dev/null || true
    rm -rf "$out"
}
trap end EXIT
trap 'exit 1' INT TERM

mkdir -p "$out"
"$build/bench/gateway/upstream" -n 5 -i 0 >"$out/upstream" &
upstream=$!
for ((i = 0; i < 100; i++)); do
    port=$(sed -n 's/^listening on 127.0.0.1://p' "$out/upstream")
    [[ -z $port ]] || break
    sleep 0.05
done
cat >"$out/models.json" <<END
{"providers": [{"name": "bench", "wire": "openai", "base_url": "http://127.0.0.1:$port", "needs_no_key": true}],
 "models": [{"provider": "bench", "id": "model", "context_tokens": 1000, "max_output_tokens": 100, "accepts": ["stream"],
  "checked": "2026-11-01", "prices": [{"input": 1, "output": 2}]}]}
END
LLM_CONFIG_FILE=$out/models.json "$build/bench/engine" "$port" "$count"
