internal import CZeroMQ

/// One open ZeroMQ socket; closed on `deinit`. Used by one thread at a time, which its single owner ensures.
struct SocketHandle: ~Copyable, Sendable {
    @safe struct Storage: BitwiseCopyable, @unchecked Sendable {
        // Sendable: the handle is noncopyable, so one owner uses the socket at any time; handing it over to another
        // thread passes a full fence, which is all that ZeroMQ asks for.
        let socket: UnsafeMutableRawPointer
    }

    let storage: Storage
    let context: Context
    /// Who stands before it, if anybody does.
    private let door: Door?

    /// - Parameter door: Who shall stand before it; `openDoor` comes next.
    init(_ kind: Int32, in context: Context, door: Door? = nil) throws(ZeroMQError) {
        storage = unsafe Storage(socket: try context.open(kind))
        self.context = context
        self.door = door
    }

    deinit {
        // ZeroMQ's own thread must tell nobody of what comes now: the doorkeeper goes when its last socket has gone.
        if door != nil { unsafe zmq_socket_monitor(storage.socket, nil, 0) }
        unsafe zmq_close(storage.socket)
    }

    /// Lets the doorkeeper guard the socket, which must not be bound yet.
    func openDoor() throws(ZeroMQError) { try door?.guardSocket(self) }

    func set(_ option: Int32, to value: Int32, named name: String) throws(ZeroMQError) {
        let done = unsafe withUnsafePointer(to: value) {
            unsafe zmq_setsockopt(storage.socket, option, $0, MemoryLayout<Int32>.size)
        }
        guard done == 0 else { throw .last("zmq_setsockopt \(name)") }
    }

    func set(_ option: Int32, to value: Int64, named name: String) throws(ZeroMQError) {
        let done = unsafe withUnsafePointer(to: value) {
            unsafe zmq_setsockopt(storage.socket, option, $0, MemoryLayout<Int64>.size)
        }
        guard done == 0 else { throw .last("zmq_setsockopt \(name)") }
    }

    func set(_ option: Int32, to text: String, named name: String) throws(ZeroMQError) {
        let bytes = Array(text.utf8)
        let done = unsafe bytes.withUnsafeBytes {
            unsafe zmq_setsockopt(storage.socket, option, $0.baseAddress, $0.count)
        }
        guard done == 0 else { throw .last("zmq_setsockopt \(name)") }
    }

    func bind(to endpoint: String) throws(ZeroMQError) {
        guard unsafe zmq_bind(storage.socket, endpoint) == 0 else { throw .last(endpoint: endpoint) }
    }

    func connect(to endpoint: String) throws(ZeroMQError) {
        guard unsafe zmq_connect(storage.socket, endpoint) == 0 else { throw .last(endpoint: endpoint) }
    }

    /// The endpoint last bound, with the port that the system chose where `*` asked for one.
    func lastEndpoint() throws(ZeroMQError) -> String {
        var bytes = [UInt8](repeating: 0, count: 512)
        var count = bytes.count
        let done = unsafe bytes.withUnsafeMutableBytes {
            unsafe zmq_getsockopt(storage.socket, ZMQ_LAST_ENDPOINT, $0.baseAddress, &count)
        }
        guard done == 0 else { throw .last("zmq_getsockopt LAST_ENDPOINT") }
        return String(decoding: bytes.prefix(max(count - 1, 0)), as: UTF8.self)
    }

    /// Sends one frame; `flags` as ZeroMQ's. A signal does not cut it short.
    func send(_ bytes: RawSpan, flags: Int32) throws(ZeroMQError) {
        let done = unsafe bytes.withUnsafeBytes { frame in
            var result: Int32
            repeat {
                result = unsafe zmq_send(storage.socket, frame.baseAddress, frame.count, flags)
            } while result < 0 && zmq_errno() == EINTR
            return result
        }
        guard done >= 0 else { throw .last("zmq_send") }
    }

    /// For a wait for this socket among others.
    var pollItem: zmq_pollitem_t {
        unsafe zmq_pollitem_t(socket: storage.socket, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
    }

    /// Sends one message of several frames.
    func send(_ frames: [[UInt8]]) throws(ZeroMQError) { try send(frames, flags: 0) }

    /// The same; `flags` as ZeroMQ's, of each frame.
    func send(_ frames: [[UInt8]], flags: Int32) throws(ZeroMQError) {
        for (index, frame) in frames.enumerated() {
            unsafe try send(frame.span.bytes, flags: flags | (index + 1 < frames.count ? ZMQ_SNDMORE : 0))
        }
    }

    /// The next message that is already there; nil when there is none. For short messages of trusted senders.
    func receiveFrames() throws(ZeroMQError) -> [[UInt8]]? {
        var frame = Frame()
        guard try frame.receive(from: self) else { return nil }
        var frames = [frame.array]
        while frame.hasMore, try frame.receive(from: self) { frames.append(frame.array) }
        return frames
    }
}
