internal import Foundation

/// Listens on a free port of this machine and answers whatever comes with prepared bytes: a server that is none.
public final class ScriptedServer: Sendable {
    public let port: UInt16
    private let listener: Int32

    /// - Parameter answers: One for each piece of input, over all connections in turn; the last one again and again. An
    ///   empty one closes the connection.
    public init(_ answers: [String]) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        listener = descriptor
        port = try FreePort.bind(descriptor)
        listen(descriptor, 8)
        Thread.detachNewThread { ScriptedServer.serve(descriptor, answers) }
    }

    // The thread that waits for a connection wakes up and ends.
    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func serve(_ listener: Int32, _ answers: [String]) {
        defer { close(listener) }
        var rest = answers[...]
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            defer { close(connection) }
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while unsafe recv(connection, &buffer, buffer.count, 0) > 0 {
                let answer = rest.first ?? ""
                if rest.count > 1 { rest.removeFirst() }
                guard !answer.isEmpty else { break }
                let bytes = Array(answer.utf8)
                _ = unsafe send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            }
        }
    }
}

/// Ports that nobody has at this moment.
enum FreePort {
    struct Failure: Error {}

    /// Binds a socket to one of this machine's own address.
    static func bind(_ descriptor: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let done = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe Foundation.bind(descriptor, address, length) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard done else { throw Failure() }
        return UInt16(bigEndian: address.sin_port)
    }

    /// One that was free a moment ago, for a program that binds by itself.
    static func find() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return try bind(descriptor)
    }
}
