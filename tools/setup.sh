#!/bin/sh
# Make `.venv` with bornewatch in it. Usage: tools/setup.sh runtime|dev
# Needs Python 3.11 or newer, nothing else: where Debian's python3-venv is missing it is installed (root) or unpacked beside .venv.
# Quiet when there is nothing to do; the stamp is a hash of what the environment is made of.
set -eu
stage=${1:?say runtime or dev}
cd "$(dirname "$0")/.."

die() { echo "setup: $*" >&2; exit 1; }
say() { echo "setup: $*" >&2; }

python=
for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || die "no Python 3.11 or newer was found: install python3, or name one with PYTHON=..."

locks="lock/runtime.txt lock/build.txt"
[ "$stage" = runtime ] || locks="lock/dev.txt"
stamp=$(cat lock/runtime.txt $locks pyproject.toml tools/setup.sh | sha256sum | cut -c1-32)
# A development environment serves the runtime as well.
dev=$(cat lock/runtime.txt lock/dev.txt pyproject.toml tools/setup.sh | sha256sum | cut -c1-32)
if [ -x .venv/bin/bornewatch ] && .venv/bin/python -c '' 2>/dev/null; then
    have=$(cat .venv/bornewatch.stamp 2>/dev/null || true)
    [ "$have" = "$stamp" ] || [ "$have" = "$dev" ] && exit 0
fi

say "preparing .venv ($stage), about a minute the first time"
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    rm -rf .venv
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv .venv
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        tools/debian.sh python3-venv >/dev/null || die "python3-venv could not be installed: install it with apt-get install python3-venv"
        "$python" -m venv .venv
    else
        tools/debian.sh python3-pip-whl || die "python3-venv is missing and could not be had: install it with apt-get install python3-venv"
        "$python" -m venv --without-pip .venv
        wheel=$(ls .setup/debian/usr/share/python-wheels/pip-*.whl | head -n 1)
        .venv/bin/python "$wheel/pip" install --quiet --no-index --find-links "$(dirname "$wheel")" pip
    fi
fi
requirements=
for lock in $locks; do requirements="$requirements --requirement $lock"; done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086  (the list of options is meant to split)
if ! .venv/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes $requirements >"$log" 2>&1 ||
    ! .venv/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable . >"$log" 2>&1; then
    cat "$log" >&2
    die "the packages could not be installed; the reason stands above"
fi
echo "$stamp" >.venv/bornewatch.stamp
