internal import Foundation
internal import ZeroMQ

/// What carries messages to the subscriber.
enum Transport: String, CaseIterable, Sendable {
    case tcp, ipc, inproc

    /// An endpoint that nobody else uses.
    func endpoint() throws -> String {
        switch self {
        case .inproc: return "inproc://bench-\(UInt64.random(in: 0...UInt64.max))"
        case .ipc:
            let name = "millrace-bench-\(UInt64.random(in: 0...UInt64.max)).sock"
            return "ipc://" + FileManager.default.temporaryDirectory.appending(path: name).path()
        case .tcp:
            // A free port of the system's choice; it is given back at once, and nobody else gets the same soon.
            let socket = try PublishSocket(in: try Context())
            return try socket.bind(to: "tcp://127.0.0.1:*")
        }
    }

    /// Removes what an endpoint leaves behind.
    func remove(_ endpoint: String) {
        guard self == .ipc else { return }
        try? FileManager.default.removeItem(atPath: String(endpoint.dropFirst("ipc://".count)))
    }
}
