internal import CZeroMQ

/// A guarded socket as the doorkeeper sees it: its connections, and what they have sent.
final class WatchedSocket: @unchecked Sendable {
    // Sendable: made by one thread, handed over through a lock, and touched by the doorkeeper's thread alone from then.

    private struct Visitor {
        /// Nil for a connection that had gone before anybody looked.
        let mark: ConnectionMark?
        let address: PeerAddress
        var allowance: Allowance
    }

    private let events: SocketHandle
    let record: DoorRecord
    /// Those that are connected, by their descriptors.
    private var visitors: [Int32: Visitor] = [:]
    /// Connections that were ended as they came: ZeroMQ will tell of their handshakes, and they count once.
    private var endedAtOnce = 0
    private(set) var isOver = false

    init(_ events: consuming SocketHandle, _ record: DoorRecord) {
        self.events = events
        self.record = record
    }

    var hasVisitors: Bool { !visitors.isEmpty }
    var pollItem: zmq_pollitem_t { unsafe events.pollItem }

    /// Takes all events that are there.
    func takeEvents() {
        while !isOver {
            do throws(ZeroMQError) {
                guard let frames = try events.receiveFrames() else { break }
                if let event = frames.first.flatMap({ DoorEvent($0) }) { take(event) }
            } catch {
                isOver = true
            }
        }
        record.note(connections: visitors.count)
    }

    /// Ends the connections that have sent more than they may.
    func weigh(after seconds: Double) {
        for (descriptor, visitor) in visitors {
            guard let mark = visitor.mark, let total = ConnectionMark.bytesReceived(descriptor) else { continue }
            var allowance = visitor.allowance
            let isModest = allowance.take(total: total, after: seconds)
            visitors[descriptor]?.allowance = allowance
            // Of a descriptor that has passed to another one the count was the other's.
            guard !isModest, mark.end(descriptor) else { continue }
            record.bar(visitor.address)
            record.note(.inboundBytes)
            leave(descriptor)
        }
    }

    private func take(_ event: DoorEvent) {
        switch event {
        case .accepted(let descriptor): welcome(descriptor)
        case .disconnected(let descriptor): leave(descriptor)
        case .handshakeDone: record.noteAdmission()
        case .denied(.unfinishedHandshake) where endedAtOnce > 0: endedAtOnce -= 1
        case .denied(let reason): record.note(reason)
        case .refusedKey: break
        case .stopped: isOver = true
        }
    }

    private func welcome(_ descriptor: Int32) {
        leave(descriptor)
        let address = PeerAddress(of: descriptor)
        let mark = ConnectionMark(of: descriptor)
        if let mark, let denial = record.arrive(descriptor, mark, from: address) {
            endedAtOnce += 1
            _ = mark.end(descriptor)
            return record.note(denial)
        }
        visitors[descriptor] = Visitor(
            mark: mark, address: address,
            allowance: Allowance(burst: record.rules.inboundBurst, rate: record.rules.inboundRate))
    }

    private func leave(_ descriptor: Int32) {
        visitors[descriptor] = nil
        record.leave(descriptor)
    }
}
