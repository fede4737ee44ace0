#!/bin/sh
# clang-format has nothing to change.  Called as format.sh ROOT by the tests; status 77 (not run)
# where there is none.
set -u
cd "${1:?usage: format.sh ROOT}" || exit 1

command -v clang-format >/dev/null || exit 77
find lib daemon ctl services.d examples tests \( -name '*.c' -o -name '*.h' \) -print0 |
	xargs -0 clang-format --dry-run -Werror
