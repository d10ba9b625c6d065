internal import CZeroMQ

/// What ZeroMQ refused, with the system's own words.
public enum ZeroMQError: Error, Equatable, Sendable {
    /// Somebody else is bound to the endpoint.
    case addressInUse(endpoint: String)
    /// The endpoint cannot be bound or connected; `reason` is the text of `code`.
    case endpointRefused(endpoint: String, code: Int32, reason: String)
    /// Any other call that failed.
    case callFailed(call: String, code: Int32, reason: String)
}

extension ZeroMQError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .addressInUse(let endpoint): "\(endpoint) is in use by another socket or program"
        case .endpointRefused(let endpoint, _, let reason): "\(endpoint): \(reason)"
        case .callFailed(let call, let code, let reason): "\(call): \(reason) (error \(code))"
        }
    }
}

extension ZeroMQError {
    /// Whether a message could not go because its other side has gone, or has no room.
    var isForLackOfPeer: Bool {
        if case .callFailed(_, let code, _) = self { code == EAGAIN || code == EHOSTUNREACH } else { false }
    }

    /// Whether it could not go because its other side has gone.
    var isForGonePeer: Bool { if case .callFailed(_, let code, _) = self { code == EHOSTUNREACH } else { false } }

    /// The error of this thread's last failed call.
    static func last(_ call: String) -> ZeroMQError {
        let code = zmq_errno()
        return .callFailed(call: call, code: code, reason: text(of: code))
    }

    /// The error of this thread's last failed bind or connect.
    static func last(endpoint: String) -> ZeroMQError {
        let code = zmq_errno()
        if code == EADDRINUSE { return .addressInUse(endpoint: endpoint) }
        return .endpointRefused(endpoint: endpoint, code: code, reason: text(of: code))
    }

    private static func text(of code: Int32) -> String {
        guard let text = unsafe zmq_strerror(code) else { return "unknown error" }
        return unsafe String(cString: text)
    }
}
