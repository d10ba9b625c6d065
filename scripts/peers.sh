#!/bin/bash
# Does orderflow-v1 with other programs, each in its turn right behind this one on the same input, and prints one table.
# PyFlink comes last, as its Java goes on for a moment when its Python has ended. A peer that cannot be had is shown
# with its reason. PEERS, SYMBOLS and TRADES choose; MILLRACE names another build.
set -euo pipefail

read -r -a peers <<<"${PEERS:-python csp bytewax nautilus flink pyflink}"
symbols=${SYMBOLS:-100}
trades=${TRADES:-500000}
millrace=${MILLRACE:-.build/release/millrace}
here=Benchmarks/peers
# Seconds for putting a peer's packages in place, and for its run.
install_limit=900
run_limit=600

export MALLOC_ARENA_MAX=1
input=Benchmarks/data/peers-$symbols-$trades.bin
mkdir -p Benchmarks/data .venv/peers/results
if [ ! -f "$input" ]; then
    echo "Making $input"
    "${MILLRACE_PYTHON:-python3}" Benchmarks/orderflow/generate.py "$symbols" "$trades" "$input"
fi

# give_up PEER STATUS LIMIT LOG: keeps why a peer has no result: the last thing that it said.
give_up() {
    local said
    said=$(grep -E '^(ERROR|[A-Za-z.]*(Error|Exception)|Caused by)' "$4" | tail -n 1 || true)
    [ -n "$said" ] || said=$(grep -v '^[[:space:]]*$' "$4" | tail -n 1 || true)
    [ "$2" -ne 124 ] || said="it took more than $3 s"
    echo "${said:-it ended with $2 and said nothing}" | cut -c 1-200 >".venv/peers/results/$1.failed"
    echo "$1: $(cat ".venv/peers/results/$1.failed")"
}

# install PEER: its packages into a virtual environment of its own; both that use Flink share one.
install() {
    local wanted=${1/pyflink/flink} log=.venv/peers/results/$1.log
    local status=0
    if [ "$1" = python ]; then return 0; fi
    if [[ "$1" == *flink ]] && ! command -v java >/dev/null; then
        echo "there is no Java: Flink needs a JDK 17" >"$log"
        return 1
    fi
    timeout --foreground "$install_limit" \
        scripts/make-venv.sh ".venv/peers/$wanted" "$here/requirements/$wanted.txt" 2>"$log" || status=$?
    if [ "$1" != flink ] || [ "$status" -ne 0 ]; then return "$status"; fi
    if ! command -v javac >/dev/null; then
        echo "there is no Java compiler: its program needs a JDK 17" >"$log"
        return 1
    fi
    mkdir -p .venv/peers/classes
    javac -d .venv/peers/classes -cp "$(flink_jars)" "$here/Orderflow.java" 2>"$log"
}

flink_jars() {
    local python
    python=$(ls .venv/peers/flink/lib | grep -m 1 '^python3')
    echo ".venv/peers/flink/lib/$python/site-packages/pyflink/lib/*"
}

# run PEER: its program on the input.
run() {
    local arguments=("$input" --symbols "$symbols") venv=.venv/peers/${1/pyflink/flink}
    case $1 in
    python) timeout --foreground "$run_limit" python3 "$here/run_python.py" "${arguments[@]}" ;;
    flink) timeout --foreground "$run_limit" java -cp ".venv/peers/classes:$(flink_jars)" Orderflow "${arguments[@]}" ;;
    *) timeout --foreground "$run_limit" "$venv/bin/python" "$here/run_$1.py" "${arguments[@]}" ;;
    esac
}

for peer in "${peers[@]}"; do
    results=.venv/peers/results/$peer
    status=0
    rm -f "$results".*
    install "$peer" || status=$?
    if [ "$status" -ne 0 ]; then
        give_up "$peer" "$status" "$install_limit" "$results.log"
        continue
    fi
    # A pass takes milliseconds: of few rounds the middle one would say little.
    "$millrace" bench orderflow "$input" --symbols "$symbols" --rounds 25 >"$results.own" ||
        echo "Millrace ended with $?"
    run "$peer" >"$results.out" 2>"$results.log" || status=$?
    if [ "$status" -ne 0 ]; then
        give_up "$peer" "$status" "$run_limit" "$results.log"
    else
        grep '^RESULT' "$results.out" || true
    fi
done

echo
echo "orderflow-v1, $symbols symbols, $trades trades, $(date +%F)"
python3 "$here/table.py" .venv/peers/results "${peers[@]}"
