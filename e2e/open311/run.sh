#!/usr/bin/env bash
# Four public clients of Open311, their own code unchanged, against a demonstration district of its
# own: georeport, civicbot and three from PyPI, open311 from npm. The two XML modules that the last
# one pulls in need a compiler for a Node of long ago: they are left out, and it asks in JSON. The same server's description of our own
# interface goes before the validator of OpenAPI. The last line is `N passed, N failed`.
#   LINLI_BIN   the program ($CARGO_TARGET_DIR/debug/linli)
#   LINLI_URL   a server that runs already, instead of one of our own
#   LINLI_KEY   the key of that server (the demonstration's)
set -euo pipefail
# shellcheck source=bin/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../bin/lib.sh"
here="$ROOT/e2e/open311"

export LINLI_KEY="${LINLI_KEY:-linli-demo-open311-key}"
if [ -z "${LINLI_URL:-}" ]; then
  linli="${LINLI_BIN:-$CARGO_TARGET_DIR/debug/linli}"
  [ -x "$linli" ] || die "$linli is missing: cargo build --bin linli"
  temp_dir work
  port=$(free_port)
  LINLI_URL="http://127.0.0.1:$port"
  "$linli" demo --dir "$work/demo" >"$work/log" 2>&1 || { tail "$work/log" >&2; die "no demo"; }
  "$linli" serve --dir "$work/demo" --listen "127.0.0.1:$port" >>"$work/log" 2>&1 &
  for _ in $(seq 100); do
    curl -fs -o "$work/ready" "$LINLI_URL/readyz" && break
    sleep 0.1
  done
  curl -fs "$LINLI_URL/readyz" >/dev/null || { tail "$work/log" >&2; die "no server"; }
fi
export LINLI_URL

# The JavaScript client lives in a folder of the cache, so that nothing of it lies in the project.
npm_place="$CACHE/npm-open311"
if ! cmp -s "$here/node/package.json" "$npm_place/package.json"; then
  rm -rf "$npm_place"
  mkdir -p "$npm_place"
  cp "$here/node/package.json" "$npm_place/package.json"
  (cd "$npm_place" && npm install --ignore-scripts --no-audit --no-fund --no-package-lock \
    --loglevel=error >&2) || { rm -rf "$npm_place"; die "npm could not install open311"; }
fi
python=$(python_ready open311 "$here/requirements.txt")

passed=0 failed=0
count() {
  local line
  while IFS= read -r line; do
    printf '%s\n' "$line"
    case "$line" in
      "ok "*) passed=$((passed + 1)) ;;
      "not ok "*) failed=$((failed + 1)) ;;
    esac
  done
}
for client in georeport civicbot three; do
  count < <("$python" "$here/$client.check.py" 2>&1 || echo "not ok $client ended badly")
done
python=$(python_ready openapi "$ROOT/e2e/api/openapi.txt")
count < <("$python" "$ROOT/e2e/api/openapi.check.py" 2>&1 || echo "not ok openapi ended badly")
count < <(NODE_PATH="$npm_place/node_modules" node "$here/open311.check.cjs" 2>&1 \
  || echo "not ok open311 ended badly")

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
