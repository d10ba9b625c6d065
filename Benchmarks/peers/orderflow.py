"""The work orderflow-v1 in plain Python: what every peer that computes in Python shares, and how it reports.

Benchmarks/README.md defines the work. Prices are counted in hundredths. A candle of one second is the one that trades
are added to; the minute is folded from its seconds.
"""

import argparse
import gc
import statistics
import struct
import sys
import time
from importlib import metadata
from typing import NamedTuple

RECORD = struct.Struct("<qIIddd")  # as Benchmarks/orderflow/generate.py writes it
SECOND = 10**9
MINUTE = 60 * SECOND


class Candle(NamedTuple):
    """One second of a symbol."""

    open: int
    high: int
    low: int
    close: int
    volume: int


class Minute(NamedTuple):
    """One minute of a symbol, with the value area of all its trades so far."""

    open: int
    high: int
    low: int
    close: int
    buy: int
    sell: int
    delta: int
    control: int
    area_low: int
    area_high: int


def cents(price):
    """A price of two places in hundredths, exactly."""
    return int(price * 100.0 + 0.5)


def value_area(rows):
    """The row with the most volume (the lowest of equals), and the rows around it that hold 70 % of all volume: one row
    at a time, the larger side first, up where both weigh the same."""
    most = max(rows.values())
    control = min(row for row, volume in rows.items() if volume == most)
    lowest, highest = min(rows), max(rows)
    low = high = control
    held, total = most, sum(rows.values())
    while held * 10 < total * 7:
        above = rows.get(high + 1, 0) if high < highest else -1
        below = rows.get(low - 1, 0) if low > lowest else -1
        if above >= below:
            high += 1
            held += above
        else:
            low -= 1
            held += below
    return control, low, high


class Flow:
    """What one symbol knows. `take` returns the candles and minutes that end before the trade, mostly none."""

    __slots__ = (
        "rising", "last", "second_end", "minute_end", "open", "high", "low", "close", "volume",
        "minute", "buy", "sell", "delta", "rows",
    )

    def __init__(self):
        self.rising = True
        self.last = 0  # below every price: the first trade inside of its touch is a buy
        self.second_end = self.minute_end = 0
        self.open = self.high = self.low = self.close = 0
        self.volume = 0
        self.minute = None
        self.buy = self.sell = self.delta = 0
        self.rows = {}

    def take(self, instant, price, size, bid, ask):
        """Takes one trade; times in nanoseconds."""
        row = int(price * 100.0 + 0.5)
        if price >= ask:
            self.rising = True
        elif price <= bid:
            self.rising = False
        elif row != self.last:
            self.rising = row > self.last
        self.last = row

        ended = ()
        if instant < self.second_end:
            if row > self.high:
                self.high = row
            elif row < self.low:
                self.low = row
            self.close = row
            self.volume += size
        else:
            ended = self.finish(instant)
            self.second_end = instant - instant % SECOND + SECOND
            self.open = self.high = self.low = self.close = row
            self.volume = size

        if self.rising:
            self.buy += size
        else:
            self.sell += size
        rows = self.rows
        rows[row] = rows.get(row, 0) + size
        return ended

    def finish(self, instant):
        """Ends the second that is open, and the minute if it is over at this instant."""
        ended = []
        if self.volume:
            ended.append(Candle(self.open, self.high, self.low, self.close, self.volume))
            if self.minute:
                first, high, low = self.minute
                self.minute = first, max(high, self.high), min(low, self.low)
            else:
                self.minute = self.open, self.high, self.low
            self.volume = 0
        if instant >= self.minute_end:
            if self.minute:
                ended.append(self.finish_minute())
            self.minute_end = instant - instant % MINUTE + MINUTE
        return ended

    def finish_minute(self):
        self.delta += self.buy - self.sell
        minute = Minute(
            self.minute[0], self.minute[1], self.minute[2], self.close, self.buy, self.sell, self.delta,
            *value_area(self.rows)
        )
        self.minute = None
        self.buy = self.sell = 0
        return minute


class Check:
    """Counts and sums over all that was emitted: the same for everybody who did the work."""

    def __init__(self, ended=()):
        self.seconds = self.minutes = self.second_prices = self.volume = self.minute_prices = self.areas = 0
        self.buy = self.sell = self.delta = 0
        for one in ended:
            self.add(one)

    def add(self, one):
        prices = one.open + one.high + one.low + one.close
        if isinstance(one, Candle):
            self.seconds += 1
            self.second_prices += prices
            self.volume += one.volume
        else:
            self.minutes += 1
            self.minute_prices += prices
            self.areas += one.control + one.area_low + one.area_high
            self.buy += one.buy
            self.sell += one.sell
            self.delta += one.delta

    def __str__(self):
        return (
            f"CHECK n1s={self.seconds} n1m={self.minutes} s1={self.second_prices} v={self.volume} "
            f"m1={self.minute_prices} va={self.areas} buy={self.buy} sell={self.sell} cvd={self.delta}"
        )


def read(path):
    """All trades of an input: (time, symbol, size, price, bid, ask)."""
    with open(path, "rb") as file:
        return list(RECORD.iter_unpack(file.read()))


def version(package):
    return metadata.version(package) if package else ".".join(map(str, sys.version_info[:3]))


def measure(peer, package, prepare, run):
    """What each peer's program does: `prepare(trades, symbols)` makes its input before the clock starts, `run(made)`
    does the work once and returns all that was emitted, with the seconds that it took if it knows better than the clock
    around it. Prints CHECK and RESULT, the median of the rounds."""
    parser = argparse.ArgumentParser(description=f"orderflow-v1 with {peer}")
    parser.add_argument("input")
    parser.add_argument("--symbols", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    wish = parser.parse_args()
    trades = read(wish.input)
    speeds, checks = [], set()
    for _ in range(wish.rounds):
        made = prepare(trades, wish.symbols)
        # What was made is not garbage: Python shall not look through it again and again while the clock runs.
        gc.collect()
        gc.freeze()
        begin = time.perf_counter()
        ended, seconds = run(made)
        seconds = seconds or time.perf_counter() - begin
        del made
        gc.unfreeze()
        speeds.append(len(trades) / seconds)
        checks.add(str(Check(ended)))
    if len(checks) != 1:
        sys.exit(f"the rounds came to different results: {sorted(checks)}")
    print(checks.pop())
    print(
        f"RESULT orderflow-v1 peer={peer} version={version(package)} symbols={wish.symbols} trades={len(trades)} "
        f"trades_per_second={int(statistics.median(speeds))}",
        flush=True,
    )
