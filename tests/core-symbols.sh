#!/bin/sh
# core-symbols.sh ARCHIVE - the portable core asks for nothing but the C library's mem* and str*
# functions and the port.  Exits 77 (skipped) where the build adds calls of its own (sanitizers,
# coverage).
set -eu
LC_ALL=C
export LC_ALL

archive=$1
[ "${2:-none}" = none ] || exit 77

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "NAME TYPE ..." a line; members' headings have no second word.
nm -P --defined-only "$archive" | awk 'NF > 1 && $2 ~ /[A-Z]/ { print $1 }' | sort -u >"$work/has"
nm -P --undefined-only "$archive" | awk 'NF > 1 { print $1 }' | sort -u >"$work/wants"
[ -s "$work/has" ] || { echo "no symbols in $archive" >&2; exit 1; }

# The second line is what compilers add by themselves where they are told to harden all they build,
# the third what they call where the processor has no such instruction: to divide, or with 64 bits.
comm -23 "$work/wants" "$work/has" |
	grep -Ev '^(mem(chr|cmp|cpy|move|set)|str(chr|cmp|len|ncmp)|aiot_port_[a-z_]+)$' |
	grep -Ev '^(_GLOBAL_OFFSET_TABLE_|_gp_disp|__stack_chk_(fail|guard)|__(mem|str)[a-z]+_chk)$' |
	grep -Ev '^(__aeabi_(u?i|u?l)div(mod)?|__aeabi_(llsl|llsr|lasr|lmul)|__[a-z]+[sd]i[23])$' \
		>"$work/foreign" || true
if [ -s "$work/foreign" ]; then
	echo "the core must not need:" >&2
	while read -r symbol; do
		where=$(nm -P -A --undefined-only "$archive" | awk -v s="$symbol" \
			'$2 == s { sub(/.*\[/, "", $1); sub(/\]:.*/, "", $1); printf " %s", $1 }')
		echo "  $symbol:$where" >&2
	done <"$work/foreign"
	exit 1
fi

# Nor may it keep anything of its own: two cores in one program must not meet.
nm -f sysv --defined-only "$archive" | awk -F'|' '
	{ gsub(/ /, "", $7) }
	$7 ~ /^(\.data|\.bss|\*COM\*)/ && $7 !~ /rel\.ro/ { print $1 }' >"$work/state"
if [ -s "$work/state" ]; then
	echo "the core must not have variables of its own:" >&2
	sed 's/^/  /' "$work/state" >&2
	exit 1
fi
