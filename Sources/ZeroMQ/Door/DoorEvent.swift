internal import CZeroMQ
internal import Glibc

/// What ZeroMQ's own thread tells of the connections of a guarded socket. Pure.
enum DoorEvent: Equatable {
    case accepted(Int32)
    case disconnected(Int32)
    case handshakeDone
    case denied(Denial)
    /// A key that no list names: counted where the question was answered.
    case refusedKey
    case stopped

    static var wanted: Int32 {
        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED
            | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
            | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_MONITOR_STOPPED
    }

    /// Reads a monitor's first frame: the event in two bytes, its value in four. Nil for what is not asked for.
    init?(_ frame: [UInt8]) {
        guard frame.count == 6 else { return nil }
        let event = Int32(frame[0]) | Int32(frame[1]) << 8
        let value = frame[2...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        switch event {
        case ZMQ_EVENT_ACCEPTED: self = .accepted(Int32(bitPattern: value))
        case ZMQ_EVENT_DISCONNECTED: self = .disconnected(Int32(bitPattern: value))
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: self = .handshakeDone
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: self = .denied(.unfinishedHandshake)
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: self = .refusedKey
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: self = .denied(DoorEvent.reason(Int32(bitPattern: value)))
        case ZMQ_EVENT_MONITOR_STOPPED: self = .stopped
        default: return nil
        }
    }

    private static func reason(_ code: Int32) -> Denial {
        switch code {
        case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH, ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC: .wrongSecurity
        default: .brokenHandshake
        }
    }
}
