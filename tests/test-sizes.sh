#!/bin/sh
# lib/mcu/sizes.h: what no firmware could run with stops its build, by name.
# Called as test-sizes.sh CC ROOT by the tests.
set -u

CC=${1:?usage: test-sizes.sh CC ROOT}
ROOT=${2:?usage: test-sizes.sh CC ROOT}

said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT

# FILE FLAG...
compile() {
	file=$1
	shift
	"$CC" -std=gnu11 -fsyntax-only -DAIOT_BOARD=1 -I "$ROOT/lib/mcu" -I "$ROOT/lib/core" -I "$ROOT/lib/include" \
		"$@" "$ROOT/lib/mcu/$file" 2>"$said"
}

# FILE FLAG WORDS
refused() {
	compile "$1" || { echo "$1 does not compile as it is:"; cat "$said"; exit 1; }
	if compile "$1" "$2"; then
		echo "$1 compiles with $2"
		exit 1
	fi
	grep -q "$3" "$said" || { echo "$1 is refused with $2, but not with: $3"; cat "$said"; exit 1; }
}

# A board with a log of 100 bytes was built, and stayed silent for ever.
refused noinit.c -DAIOT_LOG_BYTES=100 'AIOT_LOG_BYTES is too small'
refused uart.c -DAIOT_UART_BYTES=100 'counters of 8 bits'
