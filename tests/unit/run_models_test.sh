#!/usr/bin/env bash
# Whoever starts `make run` sees in its first line whether models are real and cost money.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC1091
. tests/support/tap.sh
unset ANTHROPIC_API_KEY OPENAI_API_KEY REPLICATE_API_TOKEN LLM_CONFIG_FILE

says() {
    infra/local/run.sh --models | grep -q "$1"
}

echo "1..8"
check "without a key they are an emulator's" says '^models: an emulator, '
check "an empty key is none" env ANTHROPIC_API_KEY= bash -c 'infra/local/run.sh --models | grep -q "^models: an emulator, "'
for name in ANTHROPIC_API_KEY OPENAI_API_KEY REPLICATE_API_TOKEN; do
    check "with $name they are real" env "$name=x" bash -c 'infra/local/run.sh --models | grep -q "^models: the real providers, "'
done
check "a table of one's own is asked" env LLM_CONFIG_FILE=x bash -c 'infra/local/run.sh --models | grep -q "^models: those of LLM_CONFIG_FILE, "'
check "an empty table's name is none" env LLM_CONFIG_FILE= bash -c 'infra/local/run.sh --models | grep -q "^models: an emulator, "'
check "make run says it before it builds" bash -c "env -u MAKEFLAGS -u MAKELEVEL make -n run | head -n 1 | grep -qx 'infra/local/run.sh --models'"
exit "$failed"
