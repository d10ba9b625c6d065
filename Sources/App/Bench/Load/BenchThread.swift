internal import Foundation

/// Work on a thread of its own, which may be tied to a core and may block.
enum BenchThread {
    /// Runs the work and waits for it.
    static func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Swift.Result { try work() }) }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }
}
