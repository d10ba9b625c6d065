internal import CZeroMQ

/// ZeroMQ's threads and in-process endpoints: one for the program, shared by all its sockets.
///
/// A class, because each socket must keep it alive: ending a context waits for its sockets, so the last socket ends it.
/// Sendable: the pointer never changes and ZeroMQ's context is safe to use from any thread.
public final class Context: @unchecked Sendable {
    @safe private struct Storage: BitwiseCopyable {
        let context: UnsafeMutableRawPointer
    }

    private let storage: Storage

    /// - Parameter threads: Threads for input and output; one carries about a gigabyte a second.
    public init(threads: Int = 1) throws(ZeroMQError) {
        precondition(threads > 0, "A context must have a thread.")
        guard let context = unsafe zmq_ctx_new() else { throw .last("zmq_ctx_new") }
        guard unsafe zmq_ctx_set(context, ZMQ_IO_THREADS, Int32(threads)) == 0 else {
            let error = ZeroMQError.last("zmq_ctx_set")
            unsafe zmq_ctx_term(context)
            throw error
        }
        storage = unsafe Storage(context: context)
    }

    deinit {
        // A signal may interrupt the wait for the last messages to leave; the wait is bounded by the sockets' linger.
        while unsafe zmq_ctx_term(storage.context) != 0, zmq_errno() == EINTR {}
    }

    /// A new socket of ZeroMQ's `kind`; the caller closes it.
    func open(_ kind: Int32) throws(ZeroMQError) -> UnsafeMutableRawPointer {
        guard let socket = unsafe zmq_socket(storage.context, kind) else { throw .last("zmq_socket") }
        return unsafe socket
    }
}
