public import Graph

/// What a topology says of a store in an SQLite file.
public struct SQLiteSettings: NodeSettings {
    /// When the system is told to bring what was committed to the disk.
    public enum Synchronous: String, CaseIterable, Sendable { case off, normal, full }

    public let path: String
    public let synchronous: Synchronous
    /// Bytes; nil for as many as the disk has.
    public let sizeLimit: Int?
    public let keepsLive: Bool

    public init(reading reader: inout SettingsReader) {
        path = reader.text("path", default: "data/millrace.db", meaning: "The file; its folder is made where missing")
        synchronous = reader.choice(
            "synchronous", default: Synchronous.normal,
            meaning: "`full` survives a power cut without a loss, `normal` a kill; `off` leaves it to the system")
        sizeLimit = reader.optionalInteger(
            "sizeLimit", in: 1 << 20...1 << 46,
            meaning: "Bytes that the file may have; then it is as if the disk were full. The log beside it comes on top"
        )
        keepsLive = reader.flag(
            "live", default: false, meaning: "Whether values of windows that still grow are stored too")
        if path.isEmpty {
            reader.fault(at: "path", problem: "the path is empty", remedy: "Name a file, such as data/millrace.db")
        }
    }
}
