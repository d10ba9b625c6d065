internal import CZeroMQ

/// Why the other end of a connection does not let this program in.
public enum KeyRefusal: Sendable, CustomStringConvertible {
    /// Its allow-list does not name this program's key.
    case unknownKey
    /// One end wants keys and the other none, or the server's key is another one.
    case otherSecurity

    public var description: String {
        switch self {
        case .unknownKey: "does not let this process in: its key is on no list there"
        case .otherSecurity: "does not let this process in: one of the two has keys and the other none"
        }
    }

    /// Reads a monitor's first frame; nil for what is no refusal.
    init?(_ frame: [UInt8]) {
        switch DoorEvent(frame) {
        case .refusedKey?: self = .unknownKey
        case .denied(.wrongSecurity)?: self = .otherSecurity
        case .denied(_)?, .accepted(_)?, .disconnected(_)?, .handshakeDone?, .stopped?, nil: return nil
        }
    }
}

extension SocketHandle {
    /// Follows the handshakes of a connecting socket from now on, which must not be connected yet.
    func watchHandshakes() throws(ZeroMQError) -> SocketHandle {
        let address = "inproc://handshakes-\(unsafe UInt(bitPattern: storage.socket))"
        let wanted = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
        guard unsafe zmq_socket_monitor(storage.socket, address, wanted) == 0 else {
            throw .last("zmq_socket_monitor")
        }
        let events = try SocketHandle(ZMQ_PAIR, in: context)
        try events.set(ZMQ_LINGER, to: Int32(0), named: "LINGER")
        try events.connect(to: address)
        return events
    }

    func stopWatching() { unsafe zmq_socket_monitor(storage.socket, nil, 0) }
}
