#!/bin/bash
# Measures the core on orderflow-v1: three inputs, two burst sizes, each side by side with C in one run. Where REFERENCE
# names the work's reference program, it runs in turn with them, and the C twin is held against it too.
set -euo pipefail

trades=2000000
# One arena: the C twin's rows then come from where those of a program of one thread come from.
export MALLOC_ARENA_MAX=1
results=()
status=0
mkdir -p Benchmarks/data
for symbols in 100 1000 10000; do
    input=Benchmarks/data/$symbols.bin
    if [ ! -f "$input" ]; then
        echo "Making $input"
        "${MILLRACE_PYTHON:-python3}" Benchmarks/orderflow/generate.py "$symbols" "$trades" "$input"
    fi
    for burst in 64 1024; do
        output=$(.build/release/millrace bench orderflow "$input" --symbols "$symbols" --burst "$burst") || status=1
        echo "$output"
        results+=("$(grep '^RESULT' <<<"$output" || echo "symbols=$symbols burst=$burst: no result")")
        if [ -n "${REFERENCE:-}" ]; then
            reference=$("$REFERENCE" "$input" "$symbols" dense 9 | grep -o 'trades/s=[0-9]*' | cut -d= -f2)
            twin=$(grep -o 'c_trades_per_second=[0-9]*' <<<"$output" | cut -d= -f2)
            results+=("TWIN orderflow-v1 symbols=$symbols c_trades_per_second=$twin reference_trades_per_second=$reference ratio=$(awk "BEGIN { printf \"%.3f\", $twin / $reference }")")
        fi
    done
done
echo
printf '%s\n' "${results[@]}"
exit "$status"
