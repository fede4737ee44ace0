#!/bin/sh
# The systemd units say nothing that systemd does not know, and the system's one is as closed as is
# promised (an exposure of at most 2.0).
# Called as test-units.sh SERVICE SOCKET USER-SERVICE USER-SOCKET; the daemon itself need not be
# installed.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/system" "$dir/user"
sed 's,^ExecStart=[^ ]*,ExecStart=/bin/true,' "$1" >"$dir/system/aiotoolsd.service"
cp "$2" "$dir/system/aiotoolsd.socket"
sed 's,^ExecStart=[^ ]*,ExecStart=/bin/true,' "$3" >"$dir/user/aiotoolsd.service"
cp "$4" "$dir/user/aiotoolsd.socket"
XDG_RUNTIME_DIR=$dir
export XDG_RUNTIME_DIR

cd "$dir/system"
systemd-analyze verify --recursive-errors=yes ./aiotoolsd.service ./aiotoolsd.socket
systemd-analyze security --offline=true --threshold=20 ./aiotoolsd.service >"$dir/security" || {
	cat "$dir/security" >&2
	exit 1
}
cd "$dir/user"
systemd-analyze verify --user --recursive-errors=yes ./aiotoolsd.service ./aiotoolsd.socket
