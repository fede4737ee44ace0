#!/bin/sh
# Every fuzzer for a few seconds from its corpus, as a test.  Called as short.sh ROOT BUILD-DIR.
set -u
unset CC CFLAGS LDFLAGS
exec "$1/tools/fuzz" --short --build-dir "$2"
