internal import Engine
internal import Rings
internal import ZeroMQ

/// Answers what other processes ask of this one's journals, on a thread of its own.
final class LinkServer: JournalService {
    private let desk: Guarded<LinkDesk?>
    private let stopping = Signal()
    private let bell: Bell

    /// - Parameter door: Who stands before the address; nil where nobody comes but processes of this machine.
    init(_ journals: [ServedJournal], at address: String, in context: Context, door: Door?, _ world: World) throws {
        let socket = try AnswerSocket(
            in: context, limits: LinkLimits.questions, linger: LinkLimits.linger, door: door)
        try socket.bind(to: address)
        let bell = Bell()
        for journal in journals { journal.progress.ring(bell) }
        self.bell = bell
        desk = Guarded(LinkDesk(socket, journals, bell, log: door.map { DoorLog(of: $0) }, world))
    }

    func stop() {
        stopping.raise()
        bell.ring()
    }

    func work() throws {
        guard let desk = desk.withLock({ $0.take() }) else { return }
        while !stopping.isRaised { try desk.turn(unless: stopping) }
        try desk.sayEnd()
    }
}
