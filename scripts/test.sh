#!/bin/bash
# test.sh [options of swift test]: builds and runs the tests; the runner's own summary comes last, and its status is
# kept.
set -euo pipefail

configuration=()
[ "${1:-}" = -c ] && configuration=(-c "$2")
swift build --build-tests "${configuration[@]}"
mkdir -p .build
log=$(mktemp .build/tests.XXXXXX)
trap 'rm -f "$log"' EXIT
status=0
swift test --skip-build --disable-xctest "$@" 2>&1 | tee "$log" || status=$?
summary='Test run with [0-9]+ test'
if ! tail -n 1 "$log" | grep -qE "$summary"; then
    # After a crash there is no summary, and its absence must be seen too.
    grep -E "$summary" "$log" | tail -n 1 || echo "The tests ended without a summary."
fi
exit "$status"
