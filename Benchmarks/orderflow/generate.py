"""Makes the input of the benchmark orderflow-v1: trades of many symbols, each with the touch it met.

    generate.py SYMBOLS TRADES OUTPUT

The same arguments give the same bytes with the NumPy of Benchmarks/requirements.txt: all chance comes from one
generator (PCG64, seed 42) that is asked in a fixed order. A record has 40 little-endian bytes:

    0   int64    venue time, nanoseconds since 1970 UTC
    8   uint32   symbol, from 0
    12  uint32   size
    16  float64  price, two places
    24  float64  best bid before the trade
    32  float64  best ask before the trade

Trades come a thousand a second on average over all symbols, never two within a microsecond. Each symbol's middle
starts at 100.00 and steps by a cent up, down or not at all before each of its trades; bid and ask stand a cent
beside it, and a trade takes place at one of them (45 % each) or between (10 %).
"""

import argparse
import os

import numpy

SEED = 42
START = 1_700_000_040 * 10**9  # a whole minute
MEAN_GAP = 1_000_000.0  # nanoseconds
LEAST_GAP = 1_000
FIRST_MIDDLE = 10_000  # hundredths

RECORD = numpy.dtype(
    [("time", "<i8"), ("symbol", "<u4"), ("size", "<u4"), ("price", "<f8"), ("bid", "<f8"), ("ask", "<f8")]
)


def middles(symbols, steps, count):
    """The middle that each trade finds, in hundredths: a walk of each symbol's own."""
    middle = numpy.empty(len(steps), numpy.int64)
    # Stable, so that each symbol's trades stay in their order.
    by_symbol = numpy.argsort(symbols, kind="stable")
    ends = numpy.cumsum(numpy.bincount(symbols, minlength=count))
    for places in numpy.split(by_symbol, ends[:-1]):
        middle[places] = FIRST_MIDDLE + numpy.cumsum(steps[places])
    return middle


def records(count, trades):
    """All trades. The order of the five draws is part of the benchmark's definition."""
    chance = numpy.random.default_rng(SEED)
    gaps = chance.exponential(MEAN_GAP, trades).astype(numpy.int64)
    symbols = chance.integers(0, count, trades).astype(numpy.uint32)
    steps = chance.integers(-1, 2, trades).astype(numpy.int64)
    places = chance.choice(numpy.array([-1, 0, 1]), trades, p=[0.45, 0.10, 0.45])
    sizes = chance.integers(1, 501, trades).astype(numpy.uint32)

    middle = middles(symbols, steps, count)
    made = numpy.empty(trades, RECORD)
    made["time"] = START + numpy.cumsum(numpy.maximum(gaps, LEAST_GAP))
    made["symbol"] = symbols
    made["size"] = sizes
    made["price"] = (middle + places) / 100.0
    made["bid"] = (middle - 1) / 100.0
    made["ask"] = (middle + 1) / 100.0
    return made


def main():
    parser = argparse.ArgumentParser(description="Makes the input of the benchmark orderflow-v1.")
    parser.add_argument("symbols", type=int)
    parser.add_argument("trades", type=int)
    parser.add_argument("output")
    wish = parser.parse_args()
    if wish.symbols < 1 or wish.trades < 1:
        parser.error("there must be at least one symbol and one trade")
    # Whole or absent: an interrupted run must not leave a short file that looks like an input.
    unfinished = wish.output + ".part"
    records(wish.symbols, wish.trades).tofile(unfinished)
    os.replace(unfinished, wish.output)


if __name__ == "__main__":
    main()
