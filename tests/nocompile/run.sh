#!/bin/sh
# The traps of the coroutine macros, one a file: each must be refused, and by the diagnostic that its
# head names.  Called as run.sh CC INCDIR PCDIR by the tests, once for each compiler that is there.
#
# Each is compiled at -O0 and -O2, with the flags of this project and with none but those that
# pkg-config gives, PCDIR being where aiotools.pc is: the header itself makes the errors.
#
# A head says for gcc and for clang one of
#	refused by COMPILER, FLAG: PATTERN	FLAG is the warning that has to speak, or `always`;
#						PATTERN is an extended regular expression
#	accepted by COMPILER			it compiles, although it is wrong
# or that for each of the two levels, as in "refused by gcc at -O0, ...".
#
# KNOWN, AND SEEN BY NO COMPILER: the files that both accept, control.c apart.  They are compiled all
# the same, so that the day a compiler learns to see one is noticed here.
set -u
export LC_ALL=C

CC=${1:?usage: run.sh CC INCDIR PCDIR}
INCDIR=${2:?usage: run.sh CC INCDIR PCDIR}
PCDIR=${3:?usage: run.sh CC INCDIR PCDIR}
HERE=$(dirname "$0")

# Those of the top meson.build, all as errors.
OURS="-I $INCDIR -std=gnu11 -Wall -Wextra -Wshadow -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes
	-Wold-style-definition -Wpointer-arith -Wimplicit-fallthrough -Wformat=2
	-Wno-unused-parameter -Wno-missing-field-initializers -fvisibility=hidden -Werror"

if "$CC" -dM -E -x c /dev/null | grep -q __clang__; then
	NAME=clang
else
	NAME=gcc
	OURS="$OURS -Wjump-misses-init"
fi
THEIRS="-fPIC $(PKG_CONFIG_PATH=$PCDIR pkg-config --cflags aiotools)" || exit 1

DIAGNOSTICS=$(mktemp) || exit 1
trap 'rm -f "$DIAGNOSTICS"' EXIT
passed=0 failed=0 unseen=""

bad() {
	echo "FAIL: $1 ($NAME $OPTIMISE $WHOSE flags): $2" >&2
	sed 's/^/	/' "$DIAGNOSTICS" >&2
	failed=$((failed + 1))
}

# Says why the diagnostics are not those of the head line "FLAG: PATTERN".
misses() {
	flag=${1%%: *}
	pattern=${1#*: }
	grep -Eq -- "error: .*($pattern)" "$DIAGNOSTICS" ||
		{ echo "refused, but not with: $pattern"; return; }
	[ "$flag" = always ] ||
		grep -Eq -- "error: .*($pattern).*[[]-Werror(=|,-W)${flag#-W}[]]" "$DIAGNOSTICS" ||
		echo "refused, but not by $flag"
}

check() {
	refused=$(sed -n "s/^ \* refused by $NAME\( at $OPTIMISE\)*, //p" "$1")
	accepted=$(sed -n "/^ \* accepted by $NAME\( at $OPTIMISE\)*\$/p" "$1")
	if [ -n "$refused" ] && [ -n "$accepted" ] || [ -z "$refused$accepted" ]; then
		: >"$DIAGNOSTICS"
		bad "$1" "its head has to say one thing of $NAME"
		return
	fi
	if "$CC" $FLAGS "$OPTIMISE" -c "$1" -o /dev/null 2>"$DIAGNOSTICS"; then
		why=${refused:+"compiles, but $refused was to stop it"}
	elif [ -n "$accepted" ]; then
		why="is now refused: say so in its head"
	else
		why=$(misses "$refused")
	fi
	if [ -n "$why" ]; then
		bad "$1" "$why"
	else
		passed=$((passed + 1))
	fi
}

for OPTIMISE in -O0 -O2; do
	for file in "$HERE"/*.c; do
		WHOSE=our FLAGS=$OURS
		check "$file"
		WHOSE=pkg-config FLAGS=$THEIRS
		check "$file"
	done
done
for file in "$HERE"/*.c; do
	[ "${file##*/}" = control.c ] || ! grep -q "^ \* accepted by $NAME" "$file" ||
		unseen="$unseen ${file##*/}"
done

echo "$NAME: $passed passed, $failed failed; not seen by it:$unseen"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
