internal import CZeroMQ

/// Room for one received frame, at an address that stays: ZeroMQ keeps short frames inside the message itself.
struct Frame: ~Copyable, Sendable {
    @safe private struct Storage: BitwiseCopyable, @unchecked Sendable {
        // Sendable: the frame is noncopyable, so exactly one owner reaches this pointer at any time.
        let message: UnsafeMutablePointer<zmq_msg_t>
    }

    private let storage: Storage

    init() {
        let message = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)
        unsafe zmq_msg_init(message)
        storage = unsafe Storage(message: message)
    }

    deinit {
        unsafe zmq_msg_close(storage.message)
        unsafe storage.message.deallocate()
    }

    /// Takes the next frame that is already there; false when there is none.
    mutating func receive(from handle: borrowing SocketHandle) throws(ZeroMQError) -> Bool {
        var result: Int32
        repeat {
            result = unsafe zmq_msg_recv(storage.message, handle.storage.socket, ZMQ_DONTWAIT)
        } while result < 0 && zmq_errno() == EINTR
        if result >= 0 { return true }
        guard zmq_errno() == EAGAIN else { throw .last("zmq_msg_recv") }
        return false
    }

    /// Whether more frames of the same message follow.
    var hasMore: Bool { unsafe zmq_msg_more(storage.message) != 0 }

    /// Lends the bytes for reading.
    func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
        let count = unsafe zmq_msg_size(storage.message)
        guard count > 0, let base = unsafe zmq_msg_data(storage.message) else { return body(RawSpan()) }
        return body(unsafe RawSpan(_unsafeStart: base, byteCount: count))
    }

    /// A copy of the bytes.
    var array: [UInt8] { withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } } }

    /// The connection that the frame came by; nil for one without a descriptor (of this program's own sockets, or where
    /// the connection has closed).
    var descriptor: Int32? {
        let descriptor = unsafe zmq_msg_get(storage.message, ZMQ_SRCFD)
        return descriptor >= 0 ? descriptor : nil
    }

    /// How the sender was let in, as the door wrote it; nil where no door stands before the socket, and for what comes
    /// from this program itself.
    var admission: String? {
        guard let text = unsafe zmq_msg_gets(storage.message, "User-Id") else { return nil }
        return unsafe String(cString: text)
    }
}
