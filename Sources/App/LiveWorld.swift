internal import Engine
internal import Foundation
internal import Market
internal import Rings

/// The real world: the system's clocks, and the signals that end a run.
enum LiveWorld {
    static func make() -> World {
        World(
            stopping: Signal(),
            now: { Timestamp(nanoseconds: Seat.wallClock) },
            sleep: { nanoseconds in Thread.sleep(forTimeInterval: Double(nanoseconds) / 1e9) },
            chance: { UInt64.random(in: 1...UInt64.max) }, tell: { Terminal.complain("millrace: \($0)") })
    }
}

/// Ends a run in order at the first Ctrl-C or SIGTERM, and at once at the second.
final class Interruption {
    /// Nanoseconds within which several requests are one: the end of a parent brings one for each of its threads.
    private static let breath: Int64 = 300_000_000
    private let sources: [any DispatchSourceSignal]

    init(_ stopping: Signal) {
        let first = Guarded<Int64?>(nil)
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { @Sendable in
                let (now, isStopping) = (Seat.monotonic, stopping.isRaised)
                let before = first.withLock { first in
                    defer { first = first ?? now }
                    return first
                }
                if let before, now - before <= Interruption.breath { return }
                if isStopping {
                    Terminal.restore()
                    _exit(128 + number)
                }
                stopping.raise()
            }
            source.resume()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }
}
