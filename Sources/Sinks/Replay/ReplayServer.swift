internal import Engine
internal import Foundation
internal import Journal
internal import Market
internal import Rings
internal import Wire
internal import ZeroMQ

/// The thread that answers questions about a publishing node's stream. The node publishes on, whatever is asked here.
final class ReplayServer: Sendable {
    /// Questions of one subscriber that wait, and answers to it: each is at most some megabytes.
    private static let queueLimit = 4
    /// How long one wait for a question lasts before the thread looks whether it is to end.
    private static let patience = Duration.milliseconds(50)

    private enum State: Sendable {
        case opening
        case open(endpoint: String)
        case ended((any Error)?)
    }

    /// When the stream has ended, whoever has asked before may lack its end: this long after a question another may
    /// come, and this long the end is put off at most.
    private static let pause: Int64 = 1_000_000_000
    private static let lastPatience: Int64 = 5_000_000_000
    /// How often the stream's end is told meanwhile.
    private static let lastBeat: Int64 = 200_000_000

    private let state = Guarded<State>(.opening)
    private let closing = Signal()

    /// What is answered, and where.
    struct Plan: Sendable {
        let name: String
        let endpoint: String
        let encoding: MessageEncoding
        let addresses: [PublicAddress]
        let now: @Sendable () -> Timestamp
        /// The nodes that feed the publishing one.
        let origins: [Origin]
        let sockets: Context
        /// Who stands before the socket; nil for nobody.
        let door: Door?

        struct Origin: Sendable {
            let node: String
            let publisher: UInt64
            /// The edges from it to the publishing node, one at least.
            let edges: [SinkContext.Inflow]
            let since: UInt64
            /// Where the journal lies; nil for none.
            let journal: String?
        }
    }

    /// Opens the socket; throws where that fails.
    init(_ plan: Plan, values: LastValues?) throws {
        let thread = Thread { [self] in
            Seat.name("replay-\(plan.name)")
            do {
                try serve(plan, values)
                state.withLock { $0 = .ended(nil) }
            } catch { state.withLock { $0 = .ended(error) } }
        }
        thread.start()
        _ = try endpoint
    }

    /// Where it answers, with the real port; waits until that is known.
    var endpoint: String {
        get throws {
            var looks = 0
            while true {
                switch state.withLock({ $0 }) {
                case .opening: break
                case .open(let endpoint): return endpoint
                case .ended(let error?): throw error
                case .ended(nil): return ""
                }
                looks += 1
                Seat.wait(looks)
            }
        }
    }

    /// Throws why the thread has ended, if it has.
    func check() throws {
        if case .ended(let error?) = state.withLock({ $0 }) { throw error }
    }

    /// Ends the thread, and does something now and then while those who have asked still may; throws why it ended
    /// before.
    func close(_ meanwhile: () throws -> Void) throws {
        closing.raise()
        var looks = 0
        var last = Seat.monotonic
        while true {
            if case .ended(let error) = state.withLock({ $0 }) {
                if let error { throw error }
                return
            }
            looks += 1
            Seat.wait(looks)
            guard Seat.monotonic - last >= ReplayServer.lastBeat else { continue }
            last = Seat.monotonic
            try meanwhile()
        }
    }

    private func serve(_ plan: Plan, _ values: LastValues?) throws {
        var desk = ReplayDesk(encoding: plan.encoding, values: values, addresses: plan.addresses, now: plan.now)
        for origin in plan.origins {
            desk.add(
                ReplayDesk.Origin(
                    publisher: origin.publisher, edges: origin.edges, since: origin.since,
                    history: try origin.journal.map { try UpdateHistory(of: origin.node, opening: $0) }, source: nil))
        }
        var socket = try AnswerSocket(
            in: plan.sockets,
            limits: QueueLimits(
                queueLimit: ReplayServer.queueLimit, frameLimit: Int64(2 * ReplayQuestion.byteLimit)),
            door: plan.door)
        let endpoint = try socket.bind(to: plan.endpoint)
        state.withLock { $0 = .open(endpoint: endpoint) }
        var lastQuestion: Int64?
        var end: Int64?
        while true {
            let hasAnswered = try socket.serve(within: ReplayServer.patience) { desk.answer($0) }
            let time = Seat.monotonic
            if hasAnswered { lastQuestion = time }
            guard closing.isRaised else { continue }
            let closedSince = end ?? time
            end = closedSince
            guard let last = lastQuestion, time - max(last, closedSince) < ReplayServer.pause,
                time - closedSince < ReplayServer.lastPatience
            else { return }
        }
    }
}
