internal import Postgres

/// Which days' wider candles must be worked out anew, and what went wrong with that.
struct ViewRefresh {
    /// Beats between two refreshes: about ten seconds.
    static let beats = 100

    private var open: ClosedRange<Int>?
    private var committed: ClosedRange<Int>?
    private var beats = 0
    /// Failures since the last refresh that succeeded, and what the operator was told of them.
    private var failures = 0
    private var told: String?

    mutating func note(_ days: [Int]) {
        guard let least = days.min(), let most = days.max() else { return }
        open = ViewRefresh.join(open, least...most)
    }

    mutating func settle() {
        if let open { committed = ViewRefresh.join(committed, open) }
        open = nil
    }

    mutating func forget() { open = nil }

    /// The days to refresh, when it is time.
    mutating func take(isLast: Bool) -> ClosedRange<Int>? {
        beats += 1
        guard isLast || beats >= ViewRefresh.beats else { return nil }
        beats = 0
        defer { committed = nil }
        return committed
    }

    /// These days wait again; returns what to tell the operator where it is new. What passes is told where it comes a
    /// second time: TimescaleDB's own refresh may be at work, and does it.
    mutating func fail(_ days: ClosedRange<Int>, _ reason: String, mayPass: Bool) -> String? {
        committed = ViewRefresh.join(committed, days)
        failures += 1
        guard failures > 1 || !mayPass, told != reason else { return nil }
        told = reason
        return "late candles do not show in wider ones yet (\(reason)): tried again every ten seconds, and at last by "
            + "TimescaleDB's own policy"
    }

    /// Returns what to tell the operator where it was told of failures.
    mutating func succeed() -> String? {
        defer { (failures, told) = (0, nil) }
        return told.map { _ in "wider candles are refreshed again" }
    }

    private static func join(_ range: ClosedRange<Int>?, _ other: ClosedRange<Int>) -> ClosedRange<Int> {
        guard let range else { return other }
        return min(range.lowerBound, other.lowerBound)...max(range.upperBound, other.upperBound)
    }
}

extension TimescaleSink {
    /// Lets late candles show in windows that TimescaleDB has already worked out. It cannot be part of a transaction.
    /// Where it fails the operator is told and it is tried again; where the program ends before it, TimescaleDB's own
    /// policy makes up for it.
    func refreshViews(isLast: Bool = false) {
        guard schema.parting == .timescale, !isOpen, let days = refresh.take(isLast: isLast) else { return }
        let from = days.lowerBound * 86_400
        let to = (days.upperBound + 1) * 86_400
        var failure: (reason: String, mayPass: Bool)?
        for view in CandleView.all where !connection.isBroken {
            let name = Connection.literal("\(Connection.quoted(schema.name)).\(view.name)")
            let call =
                "CALL refresh_continuous_aggregate(\(name)::regclass, to_timestamp(\(from)), to_timestamp(\(to)))"
            do throws(PostgresError) { try connection.run(call) } catch {
                failure = ("\(view.name): \(error)", error.isTransient && failure?.mayPass ?? true)
            }
        }
        if connection.isBroken, failure == nil { failure = ("the connection is lost", true) }
        let line =
            if let failure { refresh.fail(days, failure.reason, mayPass: failure.mayPass && !isLast) } else {
                refresh.succeed()
            }
        if let line { tell(line) }
    }
}
