import Foundation
import Glibc

/// A TCP connection that speaks whatever the test wants.
final class RawPeer {
    private var descriptor: Int32

    /// Connects to a port of this machine; nil where nobody accepts.
    init?(port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = RawPeer.address(port)
        let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return nil }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    fileprivate init(accepted descriptor: Int32) { self.descriptor = descriptor }

    deinit { close() }

    /// Ends the connection; nothing may be sent any more.
    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Sends what the other end takes; false when it took no more.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var start = 0
        while start < bytes.count {
            let step = unsafe bytes[start...].withUnsafeBytes { rest in
                unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard step > 0 else { return false }
            start += step
        }
        return true
    }

    /// Receives so many bytes, fewer when the other end closes or five seconds pass.
    func receive(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var room = [UInt8](repeating: 0, count: count - bytes.count)
            let step = unsafe recv(descriptor, &room, room.count, 0)
            guard step > 0 else { break }
            bytes += room.prefix(step)
        }
        return bytes
    }

    /// Whether the other end has closed, after at most five seconds; what it still sends is thrown away.
    var isClosed: Bool {
        var room = [UInt8](repeating: 0, count: 65_536)
        let deadline = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < deadline {
            let step = unsafe recv(descriptor, &room, room.count, 0)
            if step == 0 || (step < 0 && errno == ECONNRESET) { return true }
            if step < 0 { return false }
        }
        return false
    }

    fileprivate static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

/// A port at which a test receives raw connections.
final class RawPort {
    private let descriptor: Int32
    let number: UInt16

    init?() {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = RawPeer.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = descriptor
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(bound, generic, length) == 0 && listen(bound, 8) == 0
                    && getsockname(bound, generic, &length) == 0
            }
        }
        number = UInt16(bigEndian: address.sin_port)
        guard isBound else { return nil }
    }

    deinit { close(descriptor) }

    func accept() -> RawPeer { RawPeer(accepted: Glibc.accept(descriptor, nil, nil)) }
}

/// Pieces of ZeroMQ's protocol (its RFC 23), as a stranger would write them.
enum RawFrames {
    /// Sixty-four bytes that every peer begins with.
    static func greeting(_ mechanism: String, isServer: Bool = false, major: UInt8 = 3) -> [UInt8] {
        let name = Array(mechanism.utf8)
        return [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, major, 0] + name
            + [UInt8](repeating: 0, count: 20 - name.count) + [isServer ? 1 : 0] + [UInt8](repeating: 0, count: 31)
    }

    static func frame(_ body: [UInt8], flags: UInt8 = 0) -> [UInt8] {
        if body.count < 256 { return [flags, UInt8(body.count)] + body }
        return [flags | 2] + bigEndian(UInt64(body.count)) + body
    }

    static func bigEndian(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    /// The only command of a handshake without keys.
    static let ready: [UInt8] = {
        let name = Array("\u{5}READY".utf8)
        let property = [11] + Array("Socket-Type".utf8) + [0, 0, 0, 3] + Array("SUB".utf8)
        return frame(name + property, flags: 4)
    }()

    static func subscription(_ prefix: [UInt8]) -> [UInt8] { frame([1] + prefix) }

    /// A subscriber without keys, connected and past its handshake.
    static func subscriber(port: UInt16) -> RawPeer? {
        guard let peer = RawPeer(port: port) else { return nil }
        peer.send(greeting("NULL"))
        guard peer.receive(64).count == 64 else { return nil }
        peer.send(ready)
        // Taken whole: a connection that is closed with something unread throws away what it sent last.
        let head = peer.receive(2)
        guard head.count == 2, peer.receive(Int(head[1])).count == Int(head[1]) else { return nil }
        return peer
    }
}

/// What the system knows of this process.
enum OwnProcess {
    /// Bytes of memory that it really uses.
    static var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return (Int(line.filter(\.isNumber)) ?? 0) << 10
    }

    static var descriptors: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0 }
}
