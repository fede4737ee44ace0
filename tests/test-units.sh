#!/bin/sh
# The systemd units say nothing that systemd does not know, the manual pages they name are there,
# and the system's one is as closed as is promised (an exposure of at most 2.0).
# Called as test-units.sh SERVICE SOCKET USER-SERVICE USER-SOCKET MAN-DIR PATH-UNIT; nothing of it need be
# installed.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/system" "$dir/user" "$dir/man" "$dir/man/man1" "$dir/man/man8"
sed 's,^ExecStart=[^ ]*,ExecStart=/bin/true,' "$1" >"$dir/system/aiotoolsd.service"
cp "$2" "$dir/system/aiotoolsd.socket"
sed 's,^ExecStart=[^ ]*,ExecStart=/bin/true,' "$3" >"$dir/user/aiotoolsd.service"
cp "$4" "$dir/user/aiotoolsd.socket"
cp "$6" "$dir/system/aiotools-reboot.path"
cp "$5"/*.1 "$dir/man/man1"
cp "$5"/*.8 "$dir/man/man8"
XDG_RUNTIME_DIR=$dir
MANPATH=$dir/man # systemd-analyze has man look for the pages
export XDG_RUNTIME_DIR MANPATH
verify='systemd-analyze verify --recursive-errors=yes'
command -v man >/dev/null || verify="$verify --man=no"

cd "$dir/system"
$verify ./aiotoolsd.service ./aiotoolsd.socket ./aiotools-reboot.path
systemd-analyze security --offline=true --threshold=20 ./aiotoolsd.service >"$dir/security" || {
	cat "$dir/security" >&2
	exit 1
}
cd "$dir/user"
$verify --user ./aiotoolsd.service ./aiotoolsd.socket
