#!/bin/sh
# Run Debian's Chromium: the installed one, else the one that tools/debian.sh has unpacked, with its libraries and fonts.
set -eu
[ ! -x /usr/bin/chromium ] || exec /usr/bin/chromium "$@"
root=$(dirname "$0")/../.setup/debian
[ -x "$root/usr/lib/chromium/chromium" ] || { echo "chromium: neither installed nor unpacked" >&2; exit 1; }
root=$(cd "$root" && pwd)
LD_LIBRARY_PATH=$(find "$root/lib" "$root/usr/lib" -name 'lib*.so*' -exec dirname {} + 2>/dev/null | sort -u | paste -sd:)
export LD_LIBRARY_PATH XDG_DATA_HOME="$root/usr/share"
[ ! -e "$root/etc/fonts/fonts.conf" ] || export FONTCONFIG_PATH="$root/etc/fonts"
exec "$root/usr/lib/chromium/chromium" "$@"
