internal import Glibc

/// Which connection a descriptor belongs to: descriptors are used again, this number of the system's is not.
struct ConnectionMark: Hashable, Sendable {
    private let cookie: UInt64

    /// Nil where the descriptor belongs to no socket any more.
    init?(of descriptor: Int32) {
        var cookie: UInt64 = 0
        var size = socklen_t(MemoryLayout<UInt64>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, Linux.socketCookie, &cookie, &size) == 0 else { return nil }
        self.cookie = cookie
    }

    /// Ends the connection if the descriptor still is this one's. ZeroMQ notices it as if the peer had gone.
    ///
    /// Between the question and the end lie some instructions in which the connection could close and another one take
    /// its descriptor: that one would have to connect again.
    ///
    /// - Returns: Whether there was something to end.
    func end(_ descriptor: Int32) -> Bool {
        ConnectionMark(of: descriptor) == self && shutdown(descriptor, Int32(SHUT_RDWR)) == 0
    }

    /// Bytes that came over a TCP connection since its beginning; nil for others.
    static func bytesReceived(_ descriptor: Int32) -> UInt64? {
        var facts = [UInt64](repeating: 0, count: Linux.tcpFactsSize / 8)
        var size = socklen_t(Linux.tcpFactsSize)
        guard unsafe getsockopt(descriptor, Int32(IPPROTO_TCP), Linux.tcpFacts, &facts, &size) == 0 else { return nil }
        guard Int(size) >= Linux.bytesReceivedOffset + 8 else { return nil }
        return facts[Linux.bytesReceivedOffset / 8]
    }

    /// Numbers of Linux that the C library's headers lack (asm-generic/socket.h, linux/tcp.h); they are fixed for good.
    private enum Linux {
        static let socketCookie: Int32 = 57
        static let tcpFacts: Int32 = 11
        static let tcpFactsSize = 232
        static let bytesReceivedOffset = 128
    }
}
