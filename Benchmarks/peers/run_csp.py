"""orderflow-v1 with csp: an event-driven graph with one node for each symbol.

The trades are one historical edge of structs, made before the clock starts; `csp.demultiplex` parts it by symbol in
C++, each symbol's node takes its trades, and a last edge, two minutes later, ends what is open. The nodes' output is
collected by one more node.
"""

from datetime import timedelta

import csp
import numpy
from csp import ts

from orderflow import MINUTE, Flow, measure


class Trade(csp.Struct):
    instant: int
    symbol: int
    size: int
    price: float
    bid: float
    ask: float


@csp.node
def symbol_flow(trade: ts[Trade], end: ts[int]) -> ts[object]:
    with csp.state():
        s_flow = Flow()
    if csp.ticked(trade):
        ended = s_flow.take(trade.instant, trade.price, trade.size, trade.bid, trade.ask)
        if ended:
            return ended
    if csp.ticked(end):
        ended = s_flow.finish(end)
        if ended:
            return ended


@csp.node
def gather(ended: ts[[object]], into: object):
    if csp.ticked(ended):
        for one in ended:
            into.extend(one)


@csp.graph(memoize=False)
def orderflow(times: object, trades: object, symbols: int, end: object, into: object):
    stream = csp.curve(Trade, (times, trades))
    by_symbol = csp.demultiplex(stream, stream.symbol, list(range(symbols)))
    over = csp.curve(int, [end])
    gather(csp.collect([symbol_flow(by_symbol[symbol], over) for symbol in range(symbols)]), into)


def prepare(trades, symbols):
    instants = numpy.array([trade[0] for trade in trades], dtype="datetime64[ns]")
    structs = numpy.empty(len(trades), dtype=object)
    for place, (instant, symbol, size, price, bid, ask) in enumerate(trades):
        structs[place] = Trade(instant=instant, symbol=symbol, size=size, price=price, bid=bid, ask=ask)
    return instants, structs, symbols


def run(made):
    instants, structs, symbols = made
    start, last = instants[0].astype("datetime64[us]").item(), instants[-1].astype("datetime64[us]").item()
    end = last + timedelta(minutes=2)
    into = []
    over = end, structs[-1].instant + 2 * MINUTE
    csp.run(orderflow, instants, structs, symbols, over, into, starttime=start, endtime=end)
    return into, None


measure("csp", "csp", prepare, run)
