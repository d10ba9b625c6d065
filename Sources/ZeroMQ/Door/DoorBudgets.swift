/// What the connections of one address, and of all, may cost the thread that publishes, however often they come and go.
/// The unit is a byte of a prefix: the work of putting it into ZeroMQ's tree and of taking it out again, about
/// 170 ns.
public struct DoorBudgets: Sendable {
    /// What the peers of one address may cost at once, and each second after that: a third of a second of work, and
    /// then a twentieth of the thread.
    public var addressBurst = 2 << 20
    public var addressRate = 256 << 10
    /// The same of all addresses together. Beyond it nobody new comes in; who is there already stays.
    public var allBurst = 8 << 20
    public var allRate = 1 << 20
    /// How long nobody may come from an address that has taken more than it may; twice as long when it does that again.
    public var barTime = Duration.seconds(2)
    public var longestBarTime = Duration.seconds(64)

    public init() {}

    /// What each connection costs, and each message: a connection that goes takes ZeroMQ a walk through the whole tree
    /// besides, of a third of the work that built it.
    static let perConnection = 1 << 10
    static let perMessage = 16
    static let walkShare = 3
}
