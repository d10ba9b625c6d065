/// What a topology says of the folder in which a run keeps what must outlive it.
public struct DataDefinition: NodeSettings, Equatable {
    /// When what a journal takes is brought from the system's memory to the device.
    public enum Sync: Equatable, Sendable {
        case never, always
        case every(Duration)

        init?(_ text: String) {
            switch text {
            case "never": self = .never
            case "always": self = .always
            case _:
                guard let duration = DurationText.duration(text), duration > .zero else { return nil }
                self = .every(duration)
            }
        }
    }

    public let folder: String
    public let sync: Sync
    /// Between two snapshots of a symbol; zero for none.
    public let snapshots: Duration
    /// How much of a journal stays although nobody needs it any more; nil for all of it.
    public let keepBytes: Int?
    public let keepAge: Duration?
    /// How many bytes a journal of updates may take because a store needs them; nil for as many as it takes. Also how
    /// many any journal may take because a quarantined symbol needs them.
    public let limitBytes: Int?
    /// From how many bytes on a journal goes on in the next file.
    public let segmentBytes: Int

    public init(reading reader: inout SettingsReader) {
        folder = reader.text("folder", default: nil, meaning: "Journals and snapshots of this topology lie here")
        sync =
            reader.parsedText(
                "sync", type: "sync rule", required: false,
                meaning: "When a journal is brought to the device: never, always (before anything goes out), or 1s",
                remedy: "Write \"never\", \"always\" or a time such as \"1s\"", Sync.init) ?? .every(.seconds(1))
        snapshots = reader.duration(
            "snapshots", default: .seconds(60), in: .zero ... .seconds(86_400),
            meaning: "Time between two snapshots of a symbol; off for none")
        keepBytes = reader.optionalInteger(
            "keepBytes", in: 1...Int.max,
            meaning: "Bytes of a journal that stay although no snapshot and no store needs them; all of it without it")
        keepAge = reader.optionalDuration(
            "keepAge", in: .seconds(1) ... .seconds(3_650 * 86_400),
            meaning: "How far back a journal stays although no snapshot and no store needs it")
        limitBytes = reader.optionalInteger(
            "limitBytes", in: 1...Int.max,
            meaning: "Bytes that a journal may have for a store that lags or a symbol in quarantine; then it is cut off"
        )
        segmentBytes = reader.integer(
            "segmentBytes", default: 256 << 20, in: 1 << 10...1 << 30,
            meaning: "From how many bytes on a journal goes on in the next file; whole files are let go")
        if let keepBytes, let limitBytes, limitBytes < keepBytes {
            reader.fault(
                at: "limitBytes", problem: "it is less than what is to be kept",
                remedy: "Write at least as much as \"keepBytes\"")
        }
    }
}
