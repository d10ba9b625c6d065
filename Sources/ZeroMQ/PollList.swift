internal import CZeroMQ

/// Sockets and descriptors that one thread waits for together.
///
/// Made for one wait: whoever adds a socket keeps it open until then.
@safe public struct PollList: ~Copyable {
    private var items: [zmq_pollitem_t]

    public init() { unsafe items = [] }

    public mutating func add(_ socket: borrowing QuestionSocket) { add(socket.handle) }

    /// The end of a pipe or the like.
    public mutating func add(descriptor: Int32) {
        unsafe items.append(zmq_pollitem_t(socket: nil, fd: descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
    }

    mutating func add(_ handle: borrowing SocketHandle) { unsafe items.append(handle.pollItem) }

    /// Waits until one of them can be read, at most `limit`; a signal ends the wait early. Returns the places of those
    /// that can, in the order in which they were added.
    public mutating func wait(within limit: Duration) throws(ZeroMQError) -> [Int] {
        let count = unsafe zmq_poll(&items, Int32(items.count), limit.wholeMilliseconds)
        guard count >= 0 || zmq_errno() == EINTR else { throw .last("zmq_poll") }
        guard count > 0 else { return [] }
        return unsafe items.indices.filter { unsafe items[$0].revents != 0 }
    }
}
