#!/bin/bash
# Measures what BENCH names (all of it unless said otherwise): the core on orderflow-v1, side by side with C in one run;
# latency beside bare ZeroMQ; throughput, fan-out, stages and recovery. Where REFERENCE names the work's reference
# program, it runs in turn with the core, and the C twin is held against it too. In the end each ratio stands beside the
# last stored one; with STORE set the results are stored.
set -euo pipefail

millrace=.build/release/millrace
stored=Benchmarks/results/stored.jsonl
trades=2000000
results=()
status=0

# Runs a benchmark and keeps its last lines; of one that fails only that it did.
measure() {
    local output
    if output=$("$millrace" bench "$@"); then
        results+=("$(grep '^RESULT' <<<"$output" || echo "$*: no result")")
    else
        status=1
        results+=("$*: failed")
    fi
    echo "$output"
}

orderflow() {
    mkdir -p Benchmarks/data
    for symbols in 100 1000 10000; do
        local input=Benchmarks/data/$symbols.bin
        if [ ! -f "$input" ]; then
            echo "Making $input"
            "${MILLRACE_PYTHON:-python3}" Benchmarks/orderflow/generate.py "$symbols" "$trades" "$input"
        fi
        for burst in 64 1024; do
            # One arena: the C twin's rows then come from where those of a program of one thread come from.
            MALLOC_ARENA_MAX=1 measure orderflow "$input" --symbols "$symbols" --burst "$burst"
            if [ -n "${REFERENCE:-}" ]; then twin "$input" "$symbols"; fi
        done
    done
}

# Holds the C twin's last rate against the reference program's.
twin() {
    local rate reference
    rate=$(grep -o 'c_trades_per_second=[0-9]*' <<<"${results[-1]}" | cut -d= -f2 || true)
    reference=$("$REFERENCE" "$1" "$2" dense 9 | grep -o 'trades/s=[0-9]*' | cut -d= -f2 || true)
    if [ -z "$rate" ] || [ -z "$reference" ]; then
        status=1
        results+=("TWIN orderflow-v1 symbols=$2: failed")
        return
    fi
    results+=("TWIN orderflow-v1 symbols=$2 c_trades_per_second=$rate reference_trades_per_second=$reference ratio=$(awk "BEGIN { printf \"%.3f\", $rate / $reference }")")
}

for part in ${BENCH:-orderflow latency throughput fan-out stages recovery}; do
    case $part in
    orderflow) orderflow ;;
    latency) measure latency --folder Benchmarks/data/latency ;;
    recovery)
        folder=$(mktemp -d)
        measure recovery "$folder"
        rm -rf "$folder"
        ;;
    *) measure "$part" ;;
    esac
done
echo
printf '%s\n' "${results[@]}"
echo
# The commit, with "-dirty" behind it where the files are not the commit's.
printf '%s\n' "${results[@]}" |
    "$millrace" bench compare "$stored" ${STORE:+--store "$(git describe --always --dirty --exclude '*')"} || status=1
exit "$status"
