#!/bin/bash
# The real AWS CLI against clambda-local: what its users type works unchanged.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly build=${CLAMBDA_BUILD:-build}
folder=$(mktemp -d)
gateway=
end() {
    [ -z "$gateway" ] || { kill "$gateway" && wait "$gateway"; } 2>/dev/null || true
    rm -rf "$folder"
}
trap end EXIT

if ! venv=$(infra/setup/venv.sh infra/setup/requirements-aws.txt 2>"$folder/log"); then
    echo "1..1"
    echo "ok 1 - aws # SKIP the AWS CLI cannot be installed"
    echo "# no AWS CLI: $(tail -n 1 "$folder/log")"
    exit 0
fi
for slug in echo error never; do
    mkdir "$folder/$slug" && ln -s "$PWD/$build/test/tests/integration/bootstraps/local_probe" "$folder/$slug/bootstrap"
done
mkfifo "$folder/out"
"$build/release/infra/local/clambda-local" --listen 127.0.0.1:0 --bootstraps "$folder" tests/cases/local/aws-cli/template.yaml \
    >"$folder/out" 2>"$folder/log" &
gateway=$!
sed '/^listening on /q' "$folder/out" >"$folder/begun"
url=$(sed -n 's/^listening on //p' "$folder/begun")
FOLDER=$folder URL=$url PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" tests/integration/aws_cli.py
