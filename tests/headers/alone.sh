#!/bin/sh
# Each public header compiles alone, in C and in C++, with nothing included before it, and twice.
# Called as alone.sh INCDIR by the tests; takes every compiler that is there.
set -u
export LC_ALL=C

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

# check HEADER COMPILER FLAG...
check() {
	header=$1 compiler=$2
	shift 2
	command -v "$compiler" >/dev/null || return
	printf '#include <%s>\n#include <%s>\n' "$header" "$header" >"$dir/alone.h"
	if "$compiler" "$@" -Wall -Wextra -Werror -fsyntax-only -I "$incdir" \
		-include "$dir/alone.h" -x "$language" /dev/null; then
		passed=$((passed + 1))
	else
		echo "FAIL: $header by $compiler $*" >&2
		failed=$((failed + 1))
	fi
}

incdir=${1:?usage: alone.sh INCDIR}
for path in "$incdir"/*.h; do
	header=${path##*/}
	freestanding=
	[ "$header" != aiotools.h ] || freestanding=-ffreestanding
	language=c
	for compiler in gcc clang; do
		for standard in c99 gnu11 gnu17; do
			check "$header" "$compiler" -std=$standard -pedantic $freestanding
		done
	done
	language=c++
	for compiler in g++ clang++; do
		for standard in c++11 c++17; do
			check "$header" "$compiler" -std=$standard -pedantic $freestanding
		done
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
