#!/bin/sh
# A port of lib/mcu is small: at most 5 files and 300 lines in its directory.
# Called as ports.sh ROOT by the tests.  A directory with a cross.ini is a port.
set -u
export LC_ALL=C
cd "${1:?usage: ports.sh ROOT}/lib/mcu" || exit 1

failed=0 ports=0
for cross in */cross.ini; do
	port=${cross%/*}
	files=$(find "$port" -type f | wc -l)
	lines=$(find "$port" -type f -exec cat {} + | wc -l)
	ports=$((ports + 1))
	echo "$port: $files files, $lines lines"
	if [ "$files" -gt 5 ] || [ "$lines" -gt 300 ]; then
		echo "$port: over 5 files or 300 lines; what is not the board's own belongs into lib/mcu" >&2
		failed=$((failed + 1))
	fi
done
[ "$ports" -ge 3 ] || { echo "only $ports ports were found" >&2; exit 1; }
[ "$failed" -eq 0 ]
