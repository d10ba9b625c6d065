internal import Graph
internal import Market
internal import Memory
internal import Updates

/// One analytic of one symbol behind its hooks.
///
/// What comes with each trade and quote is a function value made for the analytic's type: it leads straight to the
/// analytic, where a method of a generic class looks up type and method on its way, in one place for all analytics.
class AnalyticSlot {
    typealias TradeHook = (borrowing Trade, inout Surroundings, inout Outbox) -> Void
    typealias QuoteHook = (borrowing Quote, inout Surroundings, inout Outbox) -> Void
    typealias Hook = (inout Surroundings, inout Outbox) -> Void

    /// The hooks that are called often.
    struct Hooks {
        let trade: TradeHook
        let quote: QuoteHook
        let wake: Hook
        let show: Hook
    }

    let hooks: Hooks
    let name: String
    let version: Int
    let interests: Interests

    init(name: String, version: Int, interests: Interests, hooks: Hooks) {
        self.name = name
        self.version = version
        self.interests = interests
        self.hooks = hooks
    }

    func receive(book change: MarketEvent, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func receive(_ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {}
    func change(to settings: any NodeSettings) -> Bool { false }
    func archive(_ archive: inout Archive) {}
}

/// Where an analytic lies: its slot and its hooks share it.
private final class AnalyticHome<Content: ~Copyable> {
    var content: Content

    init(_ content: consuming Content) { self.content = content }
}

/// The slot of one type of analytic.
final class Slot<Content: Analytic & ~Copyable>: AnalyticSlot {
    private let place: AnalyticHome<Content>

    init(_ content: consuming Content) {
        let place = AnalyticHome(content)
        self.place = place
        super.init(
            name: Content.name, version: Content.version, interests: Content.interests,
            hooks: Hooks(
                trade: { place.content.receive($0, &$1, &$2) }, quote: { place.content.receive($0, &$1, &$2) },
                wake: { place.content.wake(&$0, &$1) }, show: { place.content.show(&$0, &$1) }))
    }

    override func receive(
        book change: MarketEvent, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        place.content.receive(book: change, &surroundings, &updates)
    }

    override func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        place.content.receive(bar, &surroundings, &updates)
    }

    override func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        place.content.receive(change, &surroundings, &updates)
    }

    override func receive(_ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        place.content.receive(stop, &surroundings, &updates)
    }

    override func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        place.content.open(session, &surroundings, &updates)
    }

    override func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        place.content.close(session, &surroundings, &updates)
    }

    override func change(to settings: any NodeSettings) -> Bool {
        guard Content.changesWhileRunning, let settings = settings as? Content.Settings else { return false }
        place.content.change(to: settings)
        return true
    }

    override func archive(_ archive: inout Archive) { place.content.archive(&archive) }
}
