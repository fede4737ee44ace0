#!/bin/sh
# Who may include whom, what nobody calls, and how long a file may be.
# Called as includes.sh ROOT by the tests; looks at text alone.
#
#	lib/include   stddef stdint stdbool stdarg, each other
#	lib/core      the same, limits.h and string.h, its own, aiotools.h
#	lib/posix     its own, core's, aiotools.h; no uv.h
#	lib/mcu       stddef stdint stdbool stdarg string.h, its own, core's, aiotools.h
#	lib/mcu/native  the same, and the system's: that board is a process; no uv.h
#	lib/test      its own, the host's and the core's, uv.h
#	ctl           its own, core's, posix's, aiotools.h; no uv.h
#	daemon        its own, the public headers; no uv.h
#	services.d    aiotools.h, aiotools-pin.h and C's own headers; more only where the head says "host
#	              only"
#	examples      the public headers, uv.h
set -u
export LC_ALL=C
cd "${1:?usage: includes.sh ROOT}" || exit 1

failed=0
bad() {
	echo "$1" >&2
	failed=$((failed + 1))
}

sources() {
	find "$@" \( -name '*.c' -o -name '*.h' \) -not -path '*/nocompile/*' | sort
}

# "FILE:LINE:<uv.h>" for each #include below a directory, but for one below it.
includes() {
	sources "$1" -not -path "${2:-}/*" | xargs grep -Hn '^[[:space:]]*#[[:space:]]*include' |
		sed 's/^\([^:]*:[0-9]*\):[^<"]*\([<"][^>"]*\).*/\1:\2/'
}

# only DIRECTORY WHERE-QUOTED-ONES-LIE SYSTEM-PATTERN PROJECT-PATTERN [BUT-NOT]: every include of DIRECTORY is
# a header of the project that lies in one of those places or matches, or a system's that matches.
only() {
	for found in $(includes "$1" "${5:-}"); do
		name=${found##*[<\"]}
		known=no
		for place in $2; do
			[ ! -f "$place/$name" ] || known=yes
		done
		if [ "$known" = no ] && [ -n "$(find lib daemon ctl -path lib/mcu/include -prune -o -name "$name" -print)" ]; then
			echo "$name" | grep -Eqx "$4" || bad "$found: not to be included from $1"
		elif [ "$known" = no ]; then
			echo "$name" | grep -Eqx "$3" || bad "$found: not to be included from $1"
		fi
	done
}

bare='std(def|int|bool|arg)\.h'
no_uv='[a-tv-z].*\.h|u[a-uw-z].*\.h'
pure='(assert|ctype|errno|inttypes|limits|math|stdio|stdlib|string|time)\.h'
public='aiotools(-host|-json|-pin|-posix)?\.h'
only lib/include lib/include "$bare" none
only lib/core lib/core "$bare|(limits|string)\.h" 'aiotools(-json)?\.h'
only lib/posix "lib/posix lib/core" "$no_uv" 'aiotools\.h'
only lib/mcu "lib/mcu lib/mcu/include lib/core" "$bare|string\.h" 'aiotools(-pin)?\.h' lib/mcu/native
only lib/mcu/native "lib/mcu lib/core" "$no_uv" 'aiotools\.h'
only lib/test "lib/test lib/host lib/core" '.*' "$public"
only ctl "ctl lib/core lib/posix" "$no_uv" 'aiotools\.h'
only daemon daemon "$no_uv" "$public"
only services.d services.d "$no_uv" 'aiotools(-json|-pin|-posix)?\.h'
only examples examples '.*' "$public"

for found in $(includes services.d | grep -Ev "[<\"]($bare|$pure|aiotools(-pin)?\.h)\$"); do
	sed '/\*\//q' "${found%%:*}" | tr -s '\n\t *' ' ' | grep -iq 'host only' ||
		bad "$found: no board has it, and the file's head does not say \"host only\""
done

everything="lib daemon ctl services.d examples tests"

# forbid PATTERN WHY DIRECTORY...
forbid() {
	pattern=$1 why=$2
	shift 2
	for found in $(sources "$@" | xargs grep -EHn "$pattern" | sed 's/^\([^:]*:[0-9]*\):.*/\1/'); do
		bad "$found: $why"
	done
}

forbid '(^|[^[:alnum:]_])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|alloca|gets)[[:space:]]*\(' \
	'calls what nobody may call' $everything
forbid '(^|[^[:alnum:]_])exit[[:space:]]*\(' 'only main() ends the program' lib services.d
forbid 'TODO|FIXME' 'a note to oneself' $everything
forbid '(^|[[:space:];{}])//' 'a // comment' $everything
forbid '[^ -~	]' 'not ASCII' $everything

for file in $(sources $everything); do
	[ "$(wc -l <"$file")" -le 500 ] || sed '/\*\//q' "$file" | tr -s '\n\t *' ' ' |
		grep -Eiq '(over 500 lines|the length) ' ||
		bad "$file: over 500 lines, and its head does not say why (\"The length is ...\")"
	case $file in
	*.c) head -n 1 "$file" | grep -q '^/\*' || bad "$file: does not begin with what it is" ;;
	esac
done

echo "$failed faults"
[ "$failed" -eq 0 ]
