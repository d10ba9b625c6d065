internal import CPostgres
internal import Glibc

/// libpq's connection in its waiting-free mode, closed on `deinit`; every wait has an end.
struct ConnectionHandle: ~Copyable, Sendable {
    @safe struct Storage: @unchecked Sendable {
        // Sendable: the handle is noncopyable, so one owner uses the connection and its notices at any time.
        let connection: OpaquePointer
        let notices: NoticeLog
    }

    let storage: Storage

    /// Connects, signs in, and waits for both within the limit.
    init(to address: ServerAddress, within limit: Duration) throws(PostgresError) {
        let options =
            address.options + [
                ServerAddress.Option(name: "client_encoding", value: "UTF8"),
                ServerAddress.Option(name: "fallback_application_name", value: "millrace"),
            ]
        guard let connection = unsafe ConnectionHandle.begin(options) else {
            throw PostgresError(message: "no memory for a connection")
        }
        // The sign-in's errors carry their code only where the text is to be verbose.
        unsafe PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        do {
            unsafe try ConnectionHandle.signIn(connection, address, until: .now + limit, limit)
        } catch {
            unsafe PQfinish(connection)
            throw error
        }
        unsafe PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
        unsafe PQsetnonblocking(connection, 1)
        let notices = NoticeLog()
        // Unretained: the storage keeps the log as long as the connection lives.
        unsafe PQsetNoticeReceiver(
            connection,
            { log, result in
                guard let log = unsafe log, let text = unsafe PQresultErrorField(result, Field.message) else { return }
                unsafe Unmanaged<NoticeLog>.fromOpaque(log).takeUnretainedValue().append(String(cString: text))
            }, Unmanaged.passUnretained(notices).toOpaque())
        storage = unsafe Storage(connection: connection, notices: notices)
    }

    deinit { unsafe PQfinish(storage.connection) }

    private static func begin(_ options: [ServerAddress.Option]) -> OpaquePointer? {
        var texts = unsafe (options.map(\.name) + options.map(\.value)).map { unsafe strdup($0) }
        defer { unsafe texts.forEach { unsafe free($0) } }
        unsafe texts.insert(nil, at: options.count)
        let list = unsafe texts.map { unsafe UnsafePointer($0) } + [nil]
        return unsafe list.withUnsafeBufferPointer { list in
            guard let names = list.baseAddress else { return nil }
            return unsafe PQconnectStartParams(names, names + options.count + 1, 0)
        }
    }

    private static func signIn(
        _ connection: OpaquePointer, _ address: ServerAddress, until deadline: ContinuousClock.Instant,
        _ limit: Duration
    ) throws(PostgresError) {
        var state = unsafe PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED else { throw unsafe .ofSigningIn(connection) }
            let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
            guard unsafe SocketWait.wait(PQsocket(connection), for: events, until: deadline) else {
                throw PostgresError(message: "\(address) did not answer within \(limit)")
            }
            state = unsafe PQconnectPoll(connection)
        }
    }
}

/// Waiting for a connection's socket.
enum SocketWait {
    /// Whether the socket became ready; false once the deadline has passed. A closed socket counts as ready.
    static func wait(_ socket: Int32, for events: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        var item = pollfd(fd: socket, events: Int16(events), revents: 0)
        while true {
            let (seconds, attoseconds) = (deadline - .now).components
            // Rounded up, so that a short wait never becomes a busy one.
            let milliseconds = max(seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1, 0)
            let count = unsafe poll(&item, 1, Int32(clamping: milliseconds))
            if count > 0 || (count < 0 && errno != EINTR) { return true }
            if count == 0, deadline <= .now { return false }
        }
    }
}
