internal import Graph
internal import Market
internal import Memory
internal import Updates

/// One analytic of one symbol behind its hooks.
class AnalyticSlot {
    let name: String
    let version: Int
    let interests: Interests

    init(name: String, version: Int, interests: Interests) {
        self.name = name
        self.version = version
        self.interests = interests
    }

    func receive(_ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func receive(_ quote: Quote, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func receive(book change: MarketEvent, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func receive(_ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func show(_ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func change(to settings: any NodeSettings) -> Bool { false }
    func archive(_ archive: inout Archive) {}
}

/// The slot of one type of analytic.
final class Slot<Content: Analytic & ~Copyable>: AnalyticSlot {
    private var content: Content

    init(_ content: consuming Content) {
        self.content = content
        super.init(name: Content.name, version: Content.version, interests: Content.interests)
    }

    override func receive(_ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        content.receive(trade, &surroundings, &updates)
    }

    override func receive(_ quote: Quote, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        content.receive(quote, &surroundings, &updates)
    }

    override func receive(
        book change: MarketEvent, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        content.receive(book: change, &surroundings, &updates)
    }

    override func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        content.receive(bar, &surroundings, &updates)
    }

    override func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        content.receive(change, &surroundings, &updates)
    }

    override func receive(_ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        content.receive(stop, &surroundings, &updates)
    }

    override func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        content.open(session, &surroundings, &updates)
    }

    override func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        content.close(session, &surroundings, &updates)
    }

    override func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        content.wake(&surroundings, &updates)
    }

    override func show(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        content.show(&surroundings, &updates)
    }

    override func change(to settings: any NodeSettings) -> Bool {
        guard Content.changesWhileRunning, let settings = settings as? Content.Settings else { return false }
        content.change(to: settings)
        return true
    }

    override func archive(_ archive: inout Archive) { content.archive(&archive) }
}
