internal import Analytics

/// What stands for a node's settings in its symbols' snapshots, section by section.
struct SnapshotMarks: Sendable {
    let state: UInt64
    let bars: UInt64
    let profile: UInt64
    let print: UInt64
    /// In the order of the analytics that the node lists.
    let analytics: [UInt64]

    /// `widths` are those of all bars that are made, the base first.
    init(_ settings: FlowSettings, widths: [Int64]) {
        state = SettingsMark.of("\(settings.sideRule) \(settings.firstSign)")
        let published = [settings.candles?.widths ?? [], settings.delta?.widths ?? []]
        let times = [settings.horizon, settings.grace]
        bars = SettingsMark.of("\(widths) \(published) \(times) \(settings.keptTrades)")
        // Somebody else may read a profile that nobody publishes.
        let (rowTicks, rowLimit) = (settings.profile?.rowTicks ?? 1, settings.profile?.rowLimit ?? 0)
        profile = SettingsMark.of("\(rowTicks) \(rowLimit)")
        print = settings.print.map { SettingsMark.of($0) } ?? 0
        analytics = settings.analytics.map { SettingsMark.of($0.settings) }
    }
}
