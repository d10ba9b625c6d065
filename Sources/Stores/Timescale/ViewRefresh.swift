internal import Postgres

/// Which days' wider candles must be worked out anew, and what went wrong with that.
struct ViewRefresh {
    /// Beats between two refreshes: about ten seconds.
    static let beats = 100

    private var open: ClosedRange<Int>?
    private var committed: ClosedRange<Int>?
    private var beats = 0
    /// What the operator was told last, until a refresh succeeds.
    private var trouble: String?

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

    /// These days wait again; returns what to tell the operator where it is new.
    mutating func fail(_ days: ClosedRange<Int>, _ reason: String) -> String? {
        committed = ViewRefresh.join(committed, days)
        defer { trouble = reason }
        guard trouble != reason else { return nil }
        return "late candles do not show in wider ones yet (\(reason)): tried again every ten seconds, and at last by "
            + "TimescaleDB's own policy"
    }

    /// Returns what to tell the operator where it failed before.
    mutating func succeed() -> String? {
        defer { trouble = nil }
        return trouble.map { _ in "wider candles are refreshed again" }
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
        var reason: String?
        for view in CandleView.all where !connection.isBroken {
            let name = Connection.literal("\(Connection.quoted(schema.name)).\(view.name)")
            let call =
                "CALL refresh_continuous_aggregate(\(name)::regclass, to_timestamp(\(from)), to_timestamp(\(to)))"
            do throws(PostgresError) { try connection.run(call) } catch { reason = "\(view.name): \(error)" }
        }
        if connection.isBroken, reason == nil { reason = "the connection is lost" }
        if let line = reason.map({ refresh.fail(days, $0) }) ?? refresh.succeed() { tell(line) }
    }
}
