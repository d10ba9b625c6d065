"""orderflow-v1 with NautilusTrader: a strategy in its backtest engine.

The engine gets a quote tick wherever a symbol's touch has changed and a trade tick for each trade, made before the
clock starts, as its wranglers would. Its own aggregators build the candles from trade ticks; the strategy tells sides
by the quote in the engine's cache and keeps profile, volumes and delta, and ends a minute when its bar comes. The bars
of the last minute end by a last quote two minutes later.
"""

from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.common.config import LoggingConfig
from nautilus_trader.data.config import DataEngineConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BarType, QuoteTick, TradeTick
from nautilus_trader.model.enums import AccountType, AggressorSide, BarAggregation, OmsType
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TradeId, Venue
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.risk.config import RiskEngineConfig
from nautilus_trader.trading.config import StrategyConfig
from nautilus_trader.trading.strategy import Strategy

from orderflow import MINUTE, Candle, Minute, cents, measure, value_area

VENUE = Venue("SIM")


class OrderFlowSettings(StrategyConfig, frozen=True):
    instruments: tuple[InstrumentId, ...]


class SymbolFlow:
    """What the engine does not keep of a symbol: last price and side, volume by side and by price."""

    __slots__ = ("rising", "last", "buy", "sell", "delta", "rows")

    def __init__(self):
        self.rising = True
        self.last = self.buy = self.sell = self.delta = 0
        self.rows = {}

    def take(self, row, size, bid, ask):
        if row >= ask:
            self.rising = True
        elif row <= bid:
            self.rising = False
        elif row != self.last:
            self.rising = row > self.last
        self.last = row
        if self.rising:
            self.buy += size
        else:
            self.sell += size
        self.rows[row] = self.rows.get(row, 0) + size


class OrderFlow(Strategy):
    def __init__(self, config):
        super().__init__(config)
        self.flows = {}
        self.ended = []

    def on_start(self):
        for instrument in self.config.instruments:
            self.flows[instrument] = SymbolFlow()
            self.subscribe_trade_ticks(instrument)
            for width in ("1-SECOND", "1-MINUTE"):
                self.subscribe_bars(BarType.from_str(f"{instrument}-{width}-LAST-INTERNAL"))

    def on_trade_tick(self, tick):
        quote = self.cache.quote_tick(tick.instrument_id)
        self.flows[tick.instrument_id].take(
            cents(tick.price.as_double()), int(tick.size.as_double()),
            cents(quote.bid_price.as_double()), cents(quote.ask_price.as_double()),
        )

    def on_bar(self, bar):
        prices = [cents(price.as_double()) for price in (bar.open, bar.high, bar.low, bar.close)]
        if bar.bar_type.spec.aggregation == BarAggregation.SECOND:
            self.ended.append(Candle(*prices, int(bar.volume.as_double())))
            return
        flow = self.flows[bar.bar_type.instrument_id]
        flow.delta += flow.buy - flow.sell
        self.ended.append(Minute(*prices, flow.buy, flow.sell, flow.delta, *value_area(flow.rows)))
        flow.buy = flow.sell = 0


def instrument(symbol):
    name = Symbol(f"SYM{symbol}")
    return Equity(
        instrument_id=InstrumentId(name, VENUE), raw_symbol=name, currency=USD, price_precision=2,
        price_increment=Price.from_str("0.01"), lot_size=Quantity.from_int(1), ts_event=0, ts_init=0,
    )


def ticks(trades, instruments):
    """Quotes and trades in their order; a quote where a symbol's touch is another than before."""
    ids = [one.id for one in instruments]
    one_lot = Quantity.from_int(1)
    touches, made = {}, []
    for number, (instant, symbol, size, price, bid, ask) in enumerate(trades):
        if touches.get(symbol) != (bid, ask):
            touches[symbol] = bid, ask
            made.append(QuoteTick(ids[symbol], Price(bid, 2), Price(ask, 2), one_lot, one_lot, instant, instant))
        made.append(
            TradeTick(
                ids[symbol], Price(price, 2), Quantity(size, 0), AggressorSide.NO_AGGRESSOR, TradeId(str(number)),
                instant, instant,
            )
        )
    end = trades[-1][0] + 2 * MINUTE
    symbol, bid, ask = trades[-1][1], trades[-1][4], trades[-1][5]
    made.append(QuoteTick(ids[symbol], Price(bid, 2), Price(ask, 2), one_lot, one_lot, end, end))
    return made


def prepare(trades, symbols):
    instruments = [instrument(symbol) for symbol in range(symbols)]
    engine = BacktestEngine(
        BacktestEngineConfig(
            logging=LoggingConfig(bypass_logging=True),
            # Bars are half-open, and none is made of a second without trades.
            data_engine=DataEngineConfig(
                time_bars_interval_type="right-open", time_bars_build_with_no_updates=False
            ),
            risk_engine=RiskEngineConfig(bypass=True),
            run_analysis=False,
        )
    )
    engine.add_venue(VENUE, OmsType.NETTING, AccountType.CASH, [Money(1_000_000, USD)])
    for one in instruments:
        engine.add_instrument(one)
    engine.add_data(ticks(trades, instruments), sort=False)
    strategy = OrderFlow(OrderFlowSettings(instruments=tuple(one.id for one in instruments)))
    engine.add_strategy(strategy)
    return engine, strategy


def run(made):
    engine, strategy = made
    engine.run()
    return strategy.ended, None


measure("nautilus", "nautilus_trader", prepare, run)
