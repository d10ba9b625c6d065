"""orderflow-v1 with bytewax: a keyed stream and one stateful operator that gets the trades of a batch by symbol.

One worker in this process. The source hands out keyed values made before the clock starts; the operator's end of file
ends what is open.
"""

from bytewax import operators
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, StatelessSourcePartition
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

from orderflow import MINUTE, Flow, measure

BATCH = 4096  # values that the source hands over at once


class Trades(DynamicSource):
    def __init__(self, batches):
        self.batches = batches

    def build(self, step_id, worker_index, worker_count):
        return Reading(self.batches)


class Reading(StatelessSourcePartition):
    def __init__(self, batches):
        self.batches = iter(batches)

    def next_batch(self):
        return next(self.batches)  # its end is the stream's


class SymbolLogic(StatefulBatchLogic):
    """The state of one symbol between its batches."""

    def __init__(self, resumed):
        self.flow = resumed or Flow()
        self.instant = 0

    def on_batch(self, trades):
        take, ended = self.flow.take, []
        for instant, size, price, bid, ask in trades:
            new = take(instant, price, size, bid, ask)
            if new:
                ended += new
        self.instant = instant
        return ended, StatefulBatchLogic.RETAIN

    def on_eof(self):
        return self.flow.finish(self.instant + 2 * MINUTE), StatefulBatchLogic.RETAIN

    def snapshot(self):
        return self.flow


class Collecting(DynamicSink):
    def __init__(self):
        self.ended = []

    def build(self, step_id, worker_index, worker_count):
        return Collector(self.ended)


class Collector(StatelessSinkPartition):
    def __init__(self, ended):
        self.ended = ended

    def write_batch(self, items):
        self.ended += [one for _, one in items]


def prepare(trades, symbols):
    names = [f"SYM{symbol}" for symbol in range(symbols)]
    keyed = [
        (names[symbol], (instant, size, price, bid, ask)) for instant, symbol, size, price, bid, ask in trades
    ]
    return [keyed[first : first + BATCH] for first in range(0, len(keyed), BATCH)]


def run(batches):
    sink = Collecting()
    flow = Dataflow("orderflow")
    trades = operators.input("trades", flow, Trades(batches))
    ended = operators.stateful_batch("flow", trades, SymbolLogic)
    operators.output("ended", ended, sink)
    run_main(flow)
    return sink.ended, None


measure("bytewax", "bytewax", prepare, run)
