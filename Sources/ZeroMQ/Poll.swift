internal import CZeroMQ

/// Waiting for a socket, for a file descriptor, or for both.
public enum Poll {
    /// What can be read without waiting.
    public struct Ready: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let socket = Ready(rawValue: 1)
        public static let descriptor = Ready(rawValue: 2)
    }

    /// Waits until something can be read, at most `limit`; a signal ends the wait early. Empty when nothing came.
    public static func wait(
        for socket: borrowing SubscribeSocket, or descriptor: Int32? = nil, within limit: Duration
    ) throws(ZeroMQError) -> Ready {
        var places = PollList()
        places.add(socket.handle)
        if let descriptor { places.add(descriptor: descriptor) }
        var ready: Ready = []
        for place in try places.wait(within: limit) { ready.insert(place == 0 ? .socket : .descriptor) }
        return ready
    }
}

extension Poll {
    /// Waits until a socket can be read, at most `limit`; a signal ends the wait early.
    static func wait(for handle: borrowing SocketHandle, within limit: Duration) throws(ZeroMQError) -> Bool {
        var places = PollList()
        places.add(handle)
        return try !places.wait(within: limit).isEmpty
    }
}

extension SocketHandle {
    /// Waits until a message can be sent, at most `limit`; a signal ends the wait early.
    func waitForRoom(within limit: Duration) throws(ZeroMQError) {
        var item = unsafe zmq_pollitem_t(socket: storage.socket, fd: 0, events: Int16(ZMQ_POLLOUT), revents: 0)
        guard unsafe zmq_poll(&item, 1, limit.wholeMilliseconds) < 0, zmq_errno() != EINTR else { return }
        throw .last("zmq_poll")
    }
}

extension Duration {
    /// Milliseconds rounded up, so that a short wait never becomes a busy one; at most a day.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let rest = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int(min(seconds, 86_400) * 1_000 + rest)
    }
}
