public import Journal

/// A sink that remembers how far it has come, so that a kill at any moment costs nothing and doubles nothing.
///
/// It reads the journal of updates of each symbols node that feeds it, from the place that it stored itself in the same
/// transaction as its rows. `flush` only says that no more waits at the moment.
public protocol StoreSink: Sink {
    /// The last place that was committed of a symbols node's updates; nil where there is none yet.
    func place(of node: String) throws -> JournalPlace?
    /// Makes everything that was received since the last commit durable, and `place` with it: both or neither.
    func commit(_ place: JournalPlace, of node: String) throws
    /// Forgets what was received since the last commit and connects anew.
    func reopen() throws
}

/// A store cannot take anything at the moment: whoever feeds it waits, opens it again, and begins behind what it holds.
public struct StoreUnavailable: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
