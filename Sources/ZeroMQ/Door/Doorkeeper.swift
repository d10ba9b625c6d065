internal import CZeroMQ
internal import Foundation
internal import Glibc
internal import Synchronization

/// Stands before the endpoints of one context, on a thread of its own: lets known keys in, counts connections, and
/// ends those that take more than they may. It never waits for a peer, and nobody who publishes waits for it.
public final class Doorkeeper: Sendable {
    private let context: Context
    private let inbox: DoorInbox
    private let ended = DispatchSemaphore(value: 0)

    /// - Throws: where the context has a doorkeeper already.
    public init(in context: Context) throws(ZeroMQError) {
        let questions = try SocketHandle(ZMQ_REP, in: context)
        try questions.set(ZMQ_LINGER, to: Int32(0), named: "LINGER")
        // Where ZeroMQ asks about the peers of all sockets of a context (its RFC 27).
        try questions.bind(to: "inproc://zeromq.zap.01")
        let inbox = try DoorInbox()
        let rounds = DoorRounds(questions, inbox)
        let ended = ended
        let thread = Thread {
            rounds.run()
            ended.signal()
        }
        thread.start()
        self.inbox = inbox
        self.context = context
    }

    deinit {
        // All sockets behind its doors have closed: they keep it.
        inbox.end()
        ended.wait()
    }

    /// A door for one endpoint.
    public func door(_ name: String, _ rules: DoorRules) -> Door {
        let record = DoorRecord("\(name)#\(inbox.nextNumber())", rules)
        inbox.add(record)
        return Door(record, keeper: self)
    }

    /// Follows the connections of a socket from now on; to be called on the socket's thread before it binds.
    func watch(_ handle: borrowing SocketHandle, for record: DoorRecord) throws(ZeroMQError) {
        let address = "inproc://door-\(inbox.nextNumber())"
        guard unsafe zmq_socket_monitor(handle.storage.socket, address, DoorEvent.wanted) == 0 else {
            throw .last("zmq_socket_monitor")
        }
        // Connected at once: ZeroMQ's thread waits where an event finds nobody.
        let events = try SocketHandle(ZMQ_PAIR, in: context)
        try events.set(ZMQ_LINGER, to: Int32(0), named: "LINGER")
        try events.connect(to: address)
        inbox.add(WatchedSocket(events, record))
    }
}
