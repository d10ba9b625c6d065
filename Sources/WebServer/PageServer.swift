internal import CWebSockets
internal import Glibc

/// A small HTTP server: it answers GET and HEAD, one thread at a time, within limits.
///
/// Whoever owns it calls `serve` on a thread of its own; closing is its end.
public struct PageServer: ~Copyable, Sendable {
    /// How long one wait lasts before the server looks whether it is still wanted.
    private static let pulse: Int64 = 100_000

    @safe struct Storage: @unchecked Sendable {
        // Sendable: the server is noncopyable, so one owner uses the context at any time, and the library's callbacks
        // come from its calls alone.
        let context: OpaquePointer
        let settled: Settled
    }

    /// What the library keeps the addresses of, for as long as its context lives.
    @safe struct Settled {
        /// An entry for this server and an empty one as the list's end.
        let protocols: UnsafeMutablePointer<lws_protocols>
        let host: UnsafeMutablePointer<CChar>?
        /// The timer that ends a wait.
        let timer: UnsafeMutablePointer<lws_sorted_usec_list_t>
        let connections: Unmanaged<Connections>

        init(_ host: String, _ connections: Connections) {
            unsafe protocols = .allocate(capacity: 2)
            unsafe protocols.initialize(repeating: lws_protocols(), count: 2)
            let name: StaticString = "http"
            unsafe protocols.pointee.name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
            unsafe protocols.pointee.callback = connectionStep
            unsafe self.host = host == "0.0.0.0" ? nil : strdup(host)
            unsafe timer = .allocate(capacity: 1)
            unsafe timer.initialize(to: lws_sorted_usec_list_t())
            unsafe self.connections = .passRetained(connections)
        }

        func free() {
            unsafe protocols.deallocate()
            unsafe Glibc.free(host)
            unsafe timer.deallocate()
            unsafe connections.release()
        }
    }

    private let storage: Storage
    /// Where it listens, with the port that the system chose where 0 stood.
    public let port: Int

    /// - Parameter host: a numeric address of this machine, or `0.0.0.0` for all of them.
    /// - Parameter answer: says what a path holds; called on the thread that serves.
    public init(
        host: String, port: Int, limits: WebLimits, answer: @escaping @Sendable (_ path: String) -> WebAnswer
    ) throws(WebError) {
        let place = try SocketPlace(host, port)
        // The library does not say why it cannot listen: another socket tries before.
        try PlainSocket.checkFree(place)
        let settled = Settled(host, Connections(limits: limits, answer: answer))
        guard let context = unsafe PageServer.open(port, limits, settled),
            let vhost = unsafe lws_get_vhost_by_name(context, "default")
        else {
            settled.free()
            throw .refused(address: place.text, reason: "the library gives no reason")
        }
        storage = unsafe Storage(context: context, settled: settled)
        self.port = Int(unsafe lws_get_vhost_listen_port(vhost))
    }

    deinit {
        unsafe lws_context_destroy(storage.context)
        storage.settled.free()
    }

    /// Answers for as long as it is wanted; looks ten times a second.
    public mutating func serve(while isWanted: () -> Bool) {
        while isWanted() {
            unsafe lws_sul_schedule(storage.context, 0, storage.settled.timer, { _ in }, PageServer.pulse)
            if unsafe lws_service(storage.context, 0) < 0 { return }
        }
        unsafe lws_sul_schedule(storage.context, 0, storage.settled.timer, { _ in }, -1)
    }

    private static func open(_ port: Int, _ limits: WebLimits, _ settled: Settled) -> OpaquePointer? {
        // Its own words would stand between the program's; what matters comes back as an error.
        lws_set_log_level(0, nil)
        var settings = unsafe lws_context_creation_info()
        unsafe settings.port = Int32(port)
        unsafe settings.iface = UnsafePointer(settled.host)
        unsafe settings.protocols = UnsafePointer(settled.protocols)
        unsafe settings.user = settled.connections.toOpaque()
        unsafe settings.gid = -1
        unsafe settings.uid = -1
        unsafe settings.options = UInt64(
            LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME)
        // Beside the connections: the listening socket, the wake-up pipe, and those whose place was just taken.
        unsafe settings.fd_limit_per_thread = UInt32(2 * limits.connections + 8)
        unsafe settings.max_http_header_data = UInt16(WebLimits.headerLimit)
        let seconds = max(Int(limits.patience.components.seconds), 1)
        unsafe settings.timeout_secs = UInt32(seconds)
        unsafe settings.timeout_secs_ah_idle = UInt32(seconds)
        unsafe settings.keepalive_timeout = Int32(seconds)
        return unsafe lws_create_context(&settings)
    }
}
