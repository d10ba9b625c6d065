internal import Glibc

/// A TCP socket of one's own; closed on `deinit`.
struct PlainSocket: ~Copyable {
    private static let pieceLimit = 16_384

    private let descriptor: Int32
    private let place: SocketPlace

    private init(_ place: SocketPlace) throws(WebError) {
        self.place = place
        descriptor = socket(place.family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw .noAnswer(address: place.text, reason: WebError.lastReason()) }
    }

    deinit { close(descriptor) }

    /// Throws where nobody can listen there now.
    static func checkFree(_ place: SocketPlace) throws(WebError) {
        let socket = try PlainSocket(place)
        var yes: Int32 = 1
        unsafe setsockopt(
            socket.descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let done = unsafe place.with { unsafe Glibc.bind(socket.descriptor, $0, $1) }
        // Two may bind a port that neither listens on; only one may listen.
        guard done == 0, listen(socket.descriptor, 1) == 0 else {
            if errno == EADDRINUSE { throw .inUse(address: place.text) }
            throw .refused(address: place.text, reason: WebError.lastReason())
        }
    }

    /// A connection to whoever listens there; each wait for it ends after `patience`.
    static func connect(to place: SocketPlace, patience: Duration) throws(WebError) -> PlainSocket {
        let socket = try PlainSocket(place)
        let (seconds, attoseconds) = patience.components
        var limit = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(socket.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(socket.descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard unsafe place.with({ unsafe Glibc.connect(socket.descriptor, $0, $1) }) == 0 else {
            throw .noAnswer(address: place.text, reason: WebError.lastReason())
        }
        return socket
    }

    mutating func send(_ bytes: [UInt8]) throws(WebError) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(
                    descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw .noAnswer(address: place.text, reason: WebError.lastReason()) }
            sent += count
        }
    }

    /// The next bytes; none at the end.
    mutating func receive() throws(WebError) -> ArraySlice<UInt8> {
        var bytes = [UInt8](repeating: 0, count: PlainSocket.pieceLimit)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw .noAnswer(address: place.text, reason: WebError.lastReason()) }
        return bytes.prefix(count)
    }
}

/// A machine's address and a port, as the system's calls want them.
struct SocketPlace {
    let text: String
    let family: Int32
    private let bytes: [UInt8]

    init(_ host: String, _ port: Int) throws(WebError) {
        text = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, "\(port)", &hints, &found) == 0, let first = unsafe found else {
            throw .unknownHost(host)
        }
        defer { unsafe freeaddrinfo(found) }
        family = unsafe first.pointee.ai_family
        bytes = unsafe Array(
            UnsafeRawBufferPointer(start: first.pointee.ai_addr, count: Int(first.pointee.ai_addrlen)))
    }

    func with(_ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32) -> Int32 {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe body(bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }
}
