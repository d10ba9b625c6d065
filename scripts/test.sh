#!/bin/bash
# test.sh [--release] [options of swift test]: builds and runs the tests; the runner's own summary comes last, and its
# status is kept.
set -euo pipefail

build=()
if [ "${1:-}" = --release ]; then
    shift
    # Tests look behind `internal`, which a release hides otherwise. Built apart, so that it does not undo `make build`.
    build=(-c release -Xswiftc -enable-testing --scratch-path .build/campaign)
fi
swift build --build-tests "${build[@]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
swift test --skip-build --disable-xctest "${build[@]}" "$@" 2>&1 | tee "$log" || status=$?
summary='Test run with [0-9]+ test'
if ! tail -n 1 "$log" | grep -qE "$summary"; then
    # After a crash there is no summary, and its absence must be seen too.
    grep -E "$summary" "$log" | tail -n 1 || echo "The tests ended without a summary."
fi
exit "$status"
