#!/bin/sh
# The manual pages are set without a warning: no unknown macro, no line that does not fit.
# Called as man.sh ROOT; skipped where there is no groff.
set -u
command -v groff >/dev/null || exit 77
status=0
for page in "$1"/man/*.[1-8]; do
	said=$(groff -ww -mandoc -Tutf8 -z "$page" 2>&1) && [ -z "$said" ] && continue
	echo "$page: ${said:-groff failed}"
	status=1
done
exit $status
