#!/bin/sh
# Have Debian packages: as root they are installed, otherwise they are downloaded with what they need and unpacked into
# .setup/debian. Usage: tools/debian.sh PACKAGE... ; exit 1 where one cannot be had.
set -eu
cd "$(dirname "$0")/.."
command -v apt-get >/dev/null || exit 1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

quietly() { "$@" >"$log" 2>&1 || { tail -n 3 "$log" >&2; return 1; }; }

if [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -n "$missing" ] || exit 0
    echo "setup: installing Debian's$missing" >&2
    # shellcheck disable=SC2086
    quietly apt-get install --yes --no-install-recommends $missing && exit 0
    quietly apt-get update && quietly apt-get install --yes --no-install-recommends $missing
    exit
fi

state=.setup/apt
mkdir -p "$state/lists/partial" "$state/cache/archives/partial" .setup/debian
for package in "$@"; do
    [ -e ".setup/debian/.have-$package" ] && continue
    echo "setup: unpacking Debian's $package beside .venv" >&2
    here="-o Dir::State::lists=$PWD/$state/lists -o Dir::Cache=$PWD/$state/cache -o APT::Sandbox::User=$(id -un)"
    # shellcheck disable=SC2086
    [ -e "$state/updated" ] || { quietly apt-get $here update && touch "$state/updated"; }
    # shellcheck disable=SC2086
    needed=$(apt-get $here install --simulate --no-install-recommends "$package" 2>"$log" | sed -n 's/^Inst \([^ ]*\) .*/\1/p')
    [ -n "$needed" ] || needed=$package
    # shellcheck disable=SC2086
    (cd "$state/cache/archives" && quietly apt-get -o Dir::State::lists="$OLDPWD/$state/lists" -o Dir::Cache="$OLDPWD/$state/cache" download $needed)
    for file in "$state"/cache/archives/*.deb; do dpkg -x "$file" .setup/debian; done
    rm -f "$state"/cache/archives/*.deb
    touch ".setup/debian/.have-$package"
done
