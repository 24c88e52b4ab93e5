# Shared by the scripts of bin/. Sourced, never run.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/linli"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CACHE/target}"
export npm_config_cache="${npm_config_cache:-$CACHE/npm}"
export PIP_CACHE_DIR="${PIP_CACHE_DIR:-$CACHE/pip}"
export LINLI_DATA="${LINLI_DATA:-$ROOT/../shared/data}"
mkdir -p "$CACHE"

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# ---- what must be undone when the script ends, however it ends ----
_undo=()
at_end() { _undo+=("$*"); }

# The processes started by process $1, and by those.
offspring() {
  local one
  for one in $(ps -o pid= --ppid "$1" 2>/dev/null || true); do
    offspring "$one"
    printf '%s\n' "$one"
  done
}

_end() {
  local rc=$? i one
  trap - EXIT INT TERM HUP
  for one in $(offspring $$); do kill "$one" 2>/dev/null || true; done
  for ((i = ${#_undo[@]} - 1; i >= 0; i--)); do eval "${_undo[i]}" >/dev/null 2>&1 || true; done
  exit "$rc"
}
trap _end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Runs a long command so that an interrupt does not have to wait for it.
patiently() {
  "$@" &
  wait "$!"
}

# A directory of our own that goes away at the end. Sets the variable named by $1.
temp_dir() {
  local made
  made=$(mktemp -d "${TMPDIR:-/tmp}/linli.XXXXXX")
  printf -v "$1" '%s' "$made"
  at_end "rm -rf '$made'"
}

# ---- the machine ----
# Runs a command as root, where we are root or may become it without being asked for a password.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif have sudo && sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 1
  fi
}

_apt_fresh=0
# apt_install PACKAGE…: installs Debian packages quietly; says what to do where it may not.
apt_install() {
  have apt-get || die "please install: $* (there is no apt-get here)"
  local log="$CACHE/apt.log"
  if [ "$_apt_fresh" = 0 ]; then
    as_root apt-get update -qq >"$log" 2>&1 \
      || die "cannot install as this user; run: sudo apt-get install $*"
    _apt_fresh=1
  fi
  say "installing $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
    >>"$log" 2>&1 || { tail -n 20 "$log" >&2; die "apt-get could not install $*"; }
}

# The folder with initdb and postgres, newest version first, or nothing.
pg_bin() {
  local dir
  while read -r dir; do
    [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && { printf '%s\n' "$dir"; return 0; }
  done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5 -rn)
  have initdb && dirname "$(readlink -f "$(command -v initdb)")"
}

# The browser that the tests drive.
browser() {
  local one
  for one in "${LINLI_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$one" ] && have "$one" && { command -v "$one"; return 0; }
  done
  return 1
}

has_chinese_font() { have fc-list && [ -n "$(fc-list :lang=zh family 2>/dev/null | head -n 1)" ]; }

# What every build needs: a C compiler for SQLite, Rust, Node.
need_build_tools() {
  have gcc || have cc || apt_install gcc libc6-dev
  have pkg-config || apt_install pkg-config
  if ! have cargo && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH="$HOME/.cargo/bin:$PATH"; fi
  have cargo || die "Rust is missing: install it from https://rustup.rs (1.95 or newer)"
  have node || apt_install nodejs npm
  have npm || apt_install npm
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || die "Node 20 or newer is needed, this is $(node --version)"
}

# What the tests need beyond that: a database server, a browser, Chinese letters.
need_test_tools() {
  [ -n "$(pg_bin)" ] || apt_install postgresql
  browser >/dev/null || apt_install chromium
  have strace || apt_install strace
  have curl || apt_install curl
  have ps || apt_install procps
  has_chinese_font || apt_install fontconfig fonts-wqy-microhei
}

# npm_ready FOLDER: its packages, as locked; does nothing when they are there already.
npm_ready() {
  local folder="$ROOT/$1" mark want
  [ -f "$folder/package-lock.json" ] || die "$1/package-lock.json is missing"
  mark="$folder/node_modules/.linli-lock"
  want=$(sha256sum <"$folder/package-lock.json")
  if [ -f "$mark" ] && [ "$(cat "$mark")" = "$want" ]; then return 0; fi
  say "npm packages of $1"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) \
    || die "npm ci in $1 did not succeed"
  printf '%s\n' "$want" >"$mark"
}

# The assets of the pages; made again when something they are made of is newer.
web_ready() {
  npm_ready web
  local dist="$ROOT/web/dist"
  if [ -f "$dist/app.css" ] && [ -f "$dist/app.js" ] \
    && [ -z "$(find "$ROOT/web" -path "$ROOT/web/node_modules" -prune -o -path "$dist" -prune \
      -o -path "$ROOT/web/verify/test" -prune -o -type f -newer "$dist/app.css" -print -quit)" ]; then
    return 0
  fi
  (cd "$ROOT/web" && node build.mjs >&2) || die "the assets in web/ could not be built"
}

# python_ready NAME REQUIREMENTS: a Python of our own with these packages; prints its path.
python_ready() {
  local place="$CACHE/python/$1" list="$2" want
  have python3 || apt_install python3 python3-venv
  want=$(sha256sum <"$list")
  if [ ! -f "$place/.ready" ] || [ "$(cat "$place/.ready")" != "$want" ]; then
    rm -rf "$place"
    python3 -m venv "$place" >&2 || {
      apt_install python3-venv
      python3 -m venv "$place" >&2
    }
    "$place/bin/pip" install -q --disable-pip-version-check -r "$list" >&2 \
      || die "the Python packages of $list could not be installed"
    printf '%s\n' "$want" >"$place/.ready"
  fi
  printf '%s\n' "$place/bin/python"
}

# sum_before FILE WORD PATTERN: the numbers before WORD on the lines that match PATTERN, added up.
sum_before() {
  { grep -E "$3" "$1" || true; } | { grep -oE "[0-9]+ $2" || true; } \
    | awk '{n += $1} END {print n + 0}'
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => {
    console.log(s.address().port); s.close(); })'
}

# ---- a PostgreSQL of our own ----
# Starts a server on a unix socket and a free port, for this run only. Sets LINLI_TEST_PG.
pg_start() {
  local bin data log port user as=() try
  bin=$(pg_bin)
  [ -n "$bin" ] || die "PostgreSQL 15 or newer is not installed; run bin/setup"
  temp_dir PG_HOME
  data="$PG_HOME/data" log="$PG_HOME/server.log"
  user=$(id -un)
  if [ "$(id -u)" = 0 ]; then
    # PostgreSQL refuses to run as root.
    user=nobody
    id -u postgres >/dev/null 2>&1 && user=postgres
    chown "$user" "$PG_HOME"
    as=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups)
  fi
  chmod 755 "$PG_HOME"
  (cd "$PG_HOME" && "${as[@]}" "$bin/initdb" -D "$data" -U linli -A trust -E UTF8 --locale=C \
    --no-sync >"$PG_HOME/initdb.log" 2>&1) || {
    tail -n 20 "$PG_HOME/initdb.log" >&2
    die "initdb failed"
  }
  for try in 1 2 3; do
    port=$(free_port)
    if (cd "$PG_HOME" && "${as[@]}" "$bin/pg_ctl" -D "$data" -l "$log" -w -t 30 -s start \
      -o "-c listen_addresses=127.0.0.1 -p $port -c unix_socket_directories=$PG_HOME \
          -c max_connections=200 -c shared_buffers=128MB -c timezone=UTC" >/dev/null 2>&1); then
      at_end "cd '$PG_HOME' && ${as[*]} '$bin/pg_ctl' -D '$data' -m immediate -w -s stop"
      break
    fi
    [ "$try" = 3 ] && { tail -n 20 "$log" >&2; die "PostgreSQL did not start"; }
  done
  "$bin/createdb" -h 127.0.0.1 -p "$port" -U linli linli
  export LINLI_TEST_PG="postgres://linli@127.0.0.1:$port/linli"
}
