public import Graph
internal import Journal
internal import Wire

/// Where a run keeps what must outlive it, and by what rules: a journal of events for each source, a journal of updates
/// and snapshots for each symbols node.
public struct DataFolder: Sendable {
    public let path: String
    let journal: JournalSettings
    /// Between two snapshots of a symbol; zero for none.
    let snapshots: Duration
    /// Bytes of a journal of updates from which on a store that lags is cut off; nil for none.
    let limitBytes: Int?
    /// Bytes of a journal up to which everything is kept that the release of a quarantined symbol needs.
    var quarantineLimit: Int { max(limitBytes ?? DataFolder.standardLimit, journal.keepBytes ?? 0) }
    /// Where the topology sets none: some days of a busy market, on any disk that keeps a market at all.
    private static let standardLimit = 16 << 30
    /// Whether a journal may let go of what nobody needs.
    var trims: Bool { journal.keepBytes != nil || journal.keepAge != nil }

    public init(_ definition: DataDefinition) {
        path = definition.folder
        let sync: JournalSync =
            switch definition.sync {
            case .never: .never
            case .always: .batches
            case .every(let time): .interval(time)
            }
        journal = JournalSettings(
            segmentLimit: definition.segmentBytes, sync: sync, keepBytes: definition.keepBytes,
            keepAge: definition.keepAge)
        limitBytes = definition.limitBytes
        snapshots = definition.snapshots
    }

    func events(of source: String) -> String { "\(path)/events/\(DataFolder.name(source))" }
    func updates(of flow: String) -> String { "\(path)/updates/\(DataFolder.name(flow))" }
    func snapshots(of flow: String) -> String { "\(path)/snapshots/\(DataFolder.name(flow))" }

    func shards(of flow: String) -> String { "\(path)/shards/\(DataFolder.name(flow))" }

    /// The faults of symbols, a file for each symbols node.
    var quarantine: String { "\(path)/quarantine" }
    /// What lanes are at.
    func marks(of flow: String) -> String { "\(path)/marks/\(DataFolder.name(flow))" }

    static func name(_ node: String) -> String {
        PercentEncoding.encode(node).split(separator: ".", omittingEmptySubsequences: false).joined(separator: "%2E")
    }
}
