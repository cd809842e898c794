#!/bin/sh
# What the tests of real engines and those in a browser need beside Python packages. Root gets it installed; anybody else is told the command.
set -eu
missing=""
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing="$missing faketime"
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v chromium >/dev/null || missing="$missing chromium fonts-dejavu-core fonts-liberation"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "installing Debian packages:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086  # each word is a package
    exec apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
echo "the tests of real engines and those in a browser need$missing. Install with: sudo apt-get install -y$missing" >&2
exit 1
