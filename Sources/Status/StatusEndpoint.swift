internal import Engine
public import Graph
internal import Rings
internal import WebServer

/// Answers over HTTP how the program is, on a thread of its own, until it is closed.
///
/// It reads counts that others raise, without a lock: no lane waits for whoever asks.
public final class StatusEndpoint: Sendable {
    /// Prometheus, an orchestrator and some people; a scrape takes milliseconds.
    private static let limits = WebLimits(connections: 32, patience: .seconds(5))

    private let closing: Signal
    private let thread: OwnThread
    /// Where it listens, `127.0.0.1:9464`.
    public let address: String

    private init(closing: Signal, thread: OwnThread, address: String) {
        self.closing = closing
        self.thread = thread
        self.address = address
    }

    /// Listens from here on; throws where it cannot.
    public static func open(
        _ definition: StatusDefinition, version: String, report: @escaping @Sendable () -> StatusReport
    ) async throws -> StatusEndpoint {
        let closing = Signal()
        let opened = Guarded(definition.port)
        let opening = Opening()
        let pages = StatusPages(version: version, report: report)
        let thread = OwnThread {
            Seat.name("status")
            do {
                var server = try PageServer(
                    host: definition.host, port: definition.port, limits: StatusEndpoint.limits, answer: pages.answer)
                opened.withLock { $0 = server.port }
                opening.finish(.success(()))
                server.serve { !closing.isRaised }
            } catch { opening.finish(.failure(error)) }
        }
        try await opening.value()
        let address = "\(definition.host):\(opened.withLock { $0 })"
        return StatusEndpoint(closing: closing, thread: thread, address: address)
    }

    public func close() async {
        closing.raise()
        try? await thread.value()
    }
}
