/// Settings under which analytics find something in little time, by name, in no order.
enum RestartSettings {
    static let texts: [(name: String, text: String)] = [
        (
            "book",
            #"""
            { "levels": 4, "ladder": 6, "interval": "3s" }
            """#
        ),
        (
            "bars",
            #"""
            { "tick": [7], "volume": ["400"], "dollar": ["30000"], "imbalance": [{ "of": "volume", "expected": 9
            }], "runs": [{ "expected": 8 }] }
            """#
        ),
        (
            "footprint",
            #"""
            { "widths": ["10s", "1m"], "rowTicks": 1, "ratio": 1.5, "stack": 2, "minimumVolume": "1", "live":
            "2s" }
            """#
        ),
        (
            "exhaustion",
            #"""
            { "widths": ["30s"], "levels": 2, "share": 0.6 }
            """#
        ),
        (
            "sweep",
            #"""
            { "book": { "gap": "5ms", "levels": 2 }, "intermarket": { "gap": "50ms", "venues": 2,
            "flaggedShare": 0, "percentile": 0.9, "window": 200, "minimumCount": 30, "minimumNotional": "10" },
            "options": { "enabled": true, "prints": 2, "venues": 1, "block": 50 }, "timer": "50ms" }
            """#
        ),
        (
            "iceberg",
            #"""
            { "within": "200ms", "idle": "5s", "refills": 1, "ratio": 1, "history": 2 }
            """#
        ),
        (
            "hidden",
            #"""
            { "gap": "500ms", "within": "20ms" }
            """#
        ),
        (
            "absorption",
            #"""
            { "window": "5s", "zoneTicks": 2, "percentile": 0.6, "history": 50, "minimumSamples": 5, "share":
            0.1, "confirmTicks": 1, "expiry": "20s" }
            """#
        ),
        (
            "unusual",
            #"""
            { "sessions": 3, "minimumSessions": 1, "minimumRelative": 0.5, "minimumScore": 0.5 }
            """#
        ),
        (
            "divergence",
            #"""
            { "bars": "10s", "reach": 1, "minimumChange": 0, "minimumBars": 2, "history": 20 }
            """#
        ),
        (
            "touch",
            #"""
            { "leave": 1, "lookback": 3, "refresh": "10s" }
            """#
        ),
        (
            "tpo",
            #"""
            { "bracket": "2m", "initialBalance": "4m", "rowTicks": 2, "live": true }
            """#
        ),
        (
            "state",
            #"""
            { "evaluation": "1m", "window": "5m", "efficiencyBars": 3, "bracket": "2m", "acceptanceBrackets": 1,
            "confirmations": 1, "dwell": "1m", "imbalance": 0.4, "balance": 0.3, "minimumFeatures": 1 }
            """#
        ),
        (
            "vpin",
            #"""
            { "buckets": 4, "width": "10s", "sigma": 12, "minimum": 3, "history": 20, "toxic": 0.7,
            "bucketVolume": "150" }
            """#
        ),
        (
            "indicators",
            #"""
            { "series": [{ "bars": "10s", "sma": [3], "ema": [4], "rsi": 4, "macd": {}, "bollinger": {}, "vwap":
            true, "atr": 3, "mfi": 4, "obv": true, "highest": 5, "lowest": 5, "stdev": 5, "roc": 3 }, { "bars":
            "tick/7", "sma": [5] }] }
            """#
        ),
        (
            "formula",
            #"""
            { "bars": "10s", "formulas": { "trend": "ema(3) - ema(7)", "up": "trend > trend[2]", "far":
            "close[4] + vwap" } }
            """#
        ),
        (
            "signals",
            #"""
            { "bars": "10s", "atr": 4, "minimumConfidence": 0, "rules": { "trend": {}, "reversion": {
            "requireState": false }, "eighty": {}, "sma": { "fast": 2, "slow": 5 }, "rsi": { "length": 4, "low":
            40, "high": 60 }, "macd": { "fast": 2, "slow": 5, "signal": 3 }, "bollinger": { "length": 5,
            "width": 1 } } }
            """#
        ),
    ]
}
