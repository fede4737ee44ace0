#!/bin/sh
# libaiotools.so exports what the public headers declare with AIOT_API, no more and no less.
# Called as exports.sh LIBRARY LIST, the list being what functions.py made of the headers.
set -eu
export LC_ALL=C

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# The name of the symbol version is an absolute one (A).
nm -D --defined-only "$1" | sed -n 's/^[0-9a-f]* [^A] //p' | sed 's/@.*//' | sort >"$dir/exported"
sort "$2" >"$dir/declared"
if ! cmp -s "$dir/declared" "$dir/exported"; then
	echo "< declared and not exported; > exported and not declared" >&2
	diff "$dir/declared" "$dir/exported" >&2 || true
	exit 1
fi
echo "$(wc -l <"$dir/declared") functions"
