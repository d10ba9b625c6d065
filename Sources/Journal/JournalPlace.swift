/// A place in one journal: everything up to its position, nothing behind it.
public struct JournalPlace: Hashable, Sendable {
    /// The journal's own id, drawn when it was made: another journal of the same name is another journal.
    public let journal: UInt64
    /// Records count from 1; 0 stands before the first.
    public let position: UInt64

    public init(journal: UInt64, position: UInt64) {
        self.journal = journal
        self.position = position
    }
}

extension JournalPlace: CustomStringConvertible {
    public var description: String { "position \(position) of journal \(String(journal, radix: 16))" }
}
