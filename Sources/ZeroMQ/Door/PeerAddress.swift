internal import Glibc

/// Where a peer comes from: an address of the Internet's fourth version, or the first half of one of the sixth, since
/// whoever has one of those has the other 2^64 of its network too. All peers without an address count as one.
struct PeerAddress: Hashable, Sendable {
    /// Those that come by a path of this machine.
    static let none = PeerAddress(bytes: [])
    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

    private let bytes: [UInt8]

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// - Parameter sixteen: An address of the sixth version, which may hold one of the fourth.
    private init(sixteen: [UInt8]) {
        bytes = Array(sixteen.starts(with: PeerAddress.mapped) ? sixteen.suffix(4) : sixteen.prefix(8))
    }

    /// As the system and ZeroMQ write it, `127.0.0.1` or `fe80::1%eth0`.
    init(_ text: String) {
        let text = String(text.prefix { $0 != "%" })
        var (four, sixteen) = ([UInt8](repeating: 0, count: 4), [UInt8](repeating: 0, count: 16))
        if unsafe inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: four)
        } else if unsafe inet_pton(AF_INET6, text, &sixteen) == 1 {
            self.init(sixteen: sixteen)
        } else {
            self = .none
        }
    }

    /// Of a connection's other end, as the system holds it.
    init(of descriptor: Int32) {
        var place = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        self = unsafe withUnsafeMutableBytes(of: &place) { bytes -> PeerAddress in
            guard let start = bytes.baseAddress,
                unsafe getpeername(descriptor, start.assumingMemoryBound(to: sockaddr.self), &size) == 0
            else { return .none }
            // Behind family and port: four bytes of the one kind, sixteen of the other behind its label.
            switch unsafe Int32(bytes.load(as: sa_family_t.self)) {
            case AF_INET: return unsafe PeerAddress(bytes: Array(bytes[4..<8]))
            case AF_INET6: return unsafe PeerAddress(sixteen: Array(bytes[8..<24]))
            case _: return .none
            }
        }
    }

    // MARK: On an admission

    /// Digits that `init(digits:)` reads.
    var digits: String {
        bytes.isEmpty ? "-" : bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// Nil for what `digits` does not write.
    init?(digits: Substring) {
        guard digits != "-" else {
            self = .none
            return
        }
        let values = digits.compactMap(\.hexDigitValue)
        guard values.count == digits.count, [8, 16].contains(values.count) else { return nil }
        self.init(
            bytes: stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) })
    }
}
