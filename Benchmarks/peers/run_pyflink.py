"""orderflow-v1 with PyFlink: a keyed process function in Python.

The trades are a collection that is written to a file before the clock starts, which Flink's reader hands over by type.
Python runs inside of Flink's own process (`thread` mode), its fast way. The states stay in a dictionary of the
function: as Flink's keyed state they would be pickled twice a trade, some three times slower, and no snapshot is asked
for. The clock runs from the first trade to the timer at the end of all time that ends the last symbol; Flink's file
sink takes what is emitted.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from pyflink.common import Configuration, Encoder, Types
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink

import orderflow

END_OF_TIME = 2**63 - 1
CLOCK = "CLOCK"
TRADE = Types.TUPLE([Types.LONG(), Types.INT(), Types.INT(), Types.DOUBLE(), Types.DOUBLE(), Types.DOUBLE()])


class SymbolFunction(KeyedProcessFunction):
    def open(self, runtime_context):
        self.began = None
        self.flows = {}

    def process_element(self, trade, context):
        if self.began is None:
            self.began = time.perf_counter_ns()
        instant, symbol, size, price, bid, ask = trade
        flow = self.flows.get(symbol)
        if flow is None:
            flow = self.flows[symbol] = orderflow.Flow()
            context.timer_service().register_event_time_timer(END_OF_TIME)
        for one in flow.take(instant, price, size, bid, ask):
            yield " ".join(map(str, one))

    def on_timer(self, timestamp, context):
        for one in self.flows[context.get_current_key()].finish(END_OF_TIME):
            yield " ".join(map(str, one))
        yield f"{CLOCK} {self.began} {time.perf_counter_ns()}"


def prepare(trades, symbols):
    settings = Configuration()
    settings.set_string("python.execution-mode", "thread")
    settings.set_boolean("pipeline.object-reuse", True)
    environment = StreamExecutionEnvironment.get_execution_environment(settings)
    environment.set_parallelism(1)
    environment.add_python_file(orderflow.__file__)
    folder = tempfile.TemporaryDirectory()
    sink = FileSink.for_row_format(folder.name, Encoder.simple_string_encoder()).build()
    (
        environment.from_collection(trades, TRADE)
        .key_by(lambda trade: trade[1], Types.INT())
        .process(SymbolFunction(), Types.STRING())
        .sink_to(sink)
    )
    return environment, folder


def run(made):
    environment, folder = made
    environment.execute("orderflow")
    ended, clocks = [], []
    for file in Path(folder.name).rglob("*"):
        for line in file.read_text().splitlines() if file.is_file() else ():
            words = line.split()
            if words[0] == CLOCK:
                clocks.append((int(words[1]), int(words[2])))
                continue
            kind = orderflow.Candle if len(words) == len(orderflow.Candle._fields) else orderflow.Minute
            ended.append(kind(*map(int, words)))
    return ended, (max(end for _, end in clocks) - clocks[0][0]) / 1e9


# Flink looks for `python` by its name: it shall find this one.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
orderflow.measure("pyflink", "apache-flink", prepare, run)
