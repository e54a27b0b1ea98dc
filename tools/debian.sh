#!/bin/sh
# Have Debian packages: as root they are installed, otherwise they are downloaded with what they need and unpacked into
# .setup/debian. Usage: tools/debian.sh PACKAGE... ; exit 1 where one cannot be had.
set -eu
cd "$(dirname "$0")/.."
command -v apt-get >/dev/null || { echo "setup: no apt-get here for $*" >&2; exit 1; }

missing=
for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
    [ "$(id -u)" != 0 ] && [ -e ".setup/debian/.have-$package" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    echo "setup: installing Debian's$missing" >&2
    # The tests start servers of their own; nobody asked for any that run for ever.
    case " $missing " in
        *" postgresql "*)
            [ -e /etc/postgresql-common/createcluster.conf ] || {
                mkdir -p /etc/postgresql-common
                echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
            } ;;
    esac
    case " $missing " in
        *" prometheus-alertmanager "*)
            unit=/etc/systemd/system/prometheus-alertmanager.service
            [ -e "$unit" ] || { mkdir -p "${unit%/*}" && ln -s /dev/null "$unit"; } ;;
    esac
    update() { apt-get update; }
    # shellcheck disable=SC2086  (the list of packages is meant to split)
    have() { apt-get -o Dpkg::Options::=--force-confold install --yes --no-install-recommends $missing; }
else
    state=$PWD/.setup/apt
    into=$PWD/.setup/debian
    mkdir -p "$state/lists/partial" "$state/archives/partial" "$into"
    echo "setup: unpacking Debian's$missing beside .venv" >&2
    get() {
        apt-get -o Dir::State::lists="$state/lists" -o Dir::Cache="$state" -o Acquire::Languages=none \
            -o APT::Sandbox::User="$(id -un)" "$@"
    }
    update() { get update; }
    have() (
        cd "$state/archives" || exit 1
        rm -f ./*.deb
        # shellcheck disable=SC2086
        needed=$(get install --simulate --no-install-recommends $missing) || exit 1
        # shellcheck disable=SC2046
        get download $(echo "$needed" | sed -n 's/^Inst \([^ ]*\) .*/\1/p') || exit 1
        for file in ./*.deb; do dpkg -x "$file" "$into" || exit 1; done
        rm -f ./*.deb
        for package in $missing; do touch "$into/.have-$package" || exit 1; done
    )
fi

# The lists of packages may be missing or old; the second attempt is made with new ones.
have >"$log" 2>&1 || { update && have; } >"$log" 2>&1 || { tail -n 3 "$log" >&2; exit 1; }
