"""orderflow-v1 by hand in Python: one dictionary of states and one loop, no library. What the others' frames add to it
can be read off the table."""

from orderflow import MINUTE, Flow, measure


def run(trades):
    flows, ended = {}, []
    for instant, symbol, size, price, bid, ask in trades:
        flow = flows.get(symbol)
        if flow is None:
            flow = flows[symbol] = Flow()
        new = flow.take(instant, price, size, bid, ask)
        if new:
            ended += new
    end = trades[-1][0] + 2 * MINUTE
    for flow in flows.values():
        ended += flow.finish(end)
    return ended, None


measure("python", None, lambda trades, symbols: trades, run)
