internal import Postgres

/// Candles of a wider width, from those of a minute: a plain view, or TimescaleDB's continuous aggregate with the same
/// columns. Windows are counted from 1970, so a day is one of UTC.
struct CandleView: Sendable {
    let width: String
    let interval: String

    static let all = [
        CandleView(width: "5m", interval: "5 minutes"), CandleView(width: "15m", interval: "15 minutes"),
        CandleView(width: "30m", interval: "30 minutes"), CandleView(width: "1h", interval: "1 hour"),
        CandleView(width: "1d", interval: "1 day"),
    ]

    var name: String { "candles_\(width)" }

    func plain(in schema: String) -> String {
        let bucket = "date_bin(interval '\(interval)', start_time, timestamptz '1970-01-01 00:00:00+00')"
        return """
            CREATE VIEW \(Connection.quoted(schema)).\(name) AS SELECT node, symbol, \(bucket) AS start_time, \
            (array_agg(open ORDER BY start_time) FILTER (WHERE open IS NOT NULL))[1] AS open, \
            max(high) AS high, min(low) AS low, \
            (array_agg(close ORDER BY start_time DESC) FILTER (WHERE close IS NOT NULL))[1] AS close, \
            \(CandleView.sums) FROM \(Connection.quoted(schema)).candles WHERE width = '1m' GROUP BY node, symbol, 3
            """
    }

    /// The refreshing policy covers all times, so that late candles show however late they are.
    func continuous(in schema: String) -> [String] {
        let view = "\(Connection.quoted(schema)).\(name)"
        return [
            """
            CREATE MATERIALIZED VIEW \(view) WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS \
            SELECT node, symbol, time_bucket(interval '\(interval)', candles.start_time) AS start_time, \
            first(open, candles.start_time) FILTER (WHERE open IS NOT NULL) AS open, \
            max(high) AS high, min(low) AS low, \
            last(close, candles.start_time) FILTER (WHERE close IS NOT NULL) AS close, \
            \(CandleView.sums) FROM \(Connection.quoted(schema)).candles WHERE width = '1m' \
            GROUP BY node, symbol, 3 WITH NO DATA
            """,
            """
            SELECT add_continuous_aggregate_policy(\(Connection.literal(view))::regclass, start_offset => NULL, \
            end_offset => interval '\(interval)', schedule_interval => interval '\(interval)')
            """,
        ]
    }

    private static let sums = """
        sum(volume) AS volume, sum(buy) AS buy, sum(sell) AS sell, sum(neutral) AS neutral, \
        sum(trades)::bigint AS trades, \
        sum(vwap * volume::float8) / nullif(sum(volume::float8) FILTER (WHERE vwap IS NOT NULL), 0) \
        AS vwap, min(coverage) AS coverage, count(*) AS minutes
        """
}
