#!/bin/sh
# Every check and test, in the order in which they are quick to fail. Quiet but for what is wrong and the tests' closing line.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# The tests start the program hundreds of times; without compiled files each start takes a second longer.
unset PYTHONDONTWRITEBYTECODE

check() {
    name=$1; shift
    if ! "$@" >"$log" 2>&1; then cat "$log"; echo "check: $name failed" >&2; exit 1; fi
}

tools/debian.sh chromium libatomic1 || echo "check: no Chromium could be had, the browser tests are skipped by name" >&2
tools/debian.sh postgresql || echo "check: no PostgreSQL could be had, its tests are skipped by name" >&2
tools/debian.sh freeradius-utils || echo "check: no radclient could be had, its tests are skipped by name" >&2
# Debian's Alertmanager reads a file of its own under /usr/share: unpacked elsewhere it does not start.
{ [ "$(id -u)" = 0 ] && tools/debian.sh prometheus-alertmanager; } ||
    echo "check: no Alertmanager could be had, its tests are skipped by name" >&2
tools/npm.sh || echo "check: npm's peers could not be had, its tests are skipped by name" >&2
check "ruff" $bin/ruff check --quiet .
check "ruff format" $bin/ruff format --quiet --check .
check "mypy" $bin/mypy
check "import-linter" $bin/lint-imports --no-cache
check "deptry" $bin/deptry .
# Four at a time: much of what is tested waits. A file stays together, for its tests share a service; the longest files come first as
# they are named, and not last for having few tests.
$bin/python -m pytest -q -m "not slow" -n 4 --dist loadfile --no-loadscope-reorder
