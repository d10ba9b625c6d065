internal import Glibc
internal import Synchronization

/// What others tell the doorkeeper's thread, and how they wake it.
final class DoorInbox: Sendable {
    private struct Mail {
        var sockets: [WatchedSocket] = []
        var records: [DoorRecord] = []
        var isEnding = false
        var numbers = 0
    }

    private let mail = Mutex(Mail())
    /// The ends of a pipe: a byte in it wakes the thread.
    let wakeup: Int32
    private let bell: Int32

    init() throws(ZeroMQError) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw .last("pipe") }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (wakeup, bell) = (ends[0], ends[1])
    }

    deinit {
        close(wakeup)
        close(bell)
    }

    /// A number that this doorkeeper has given to nothing else.
    func nextNumber() -> Int {
        mail.withLock { mail in
            mail.numbers += 1
            return mail.numbers
        }
    }

    func add(_ socket: WatchedSocket) {
        mail.withLock { $0.sockets.append(socket) }
        ring()
    }

    func add(_ record: DoorRecord) {
        mail.withLock { $0.records.append(record) }
        ring()
    }

    func end() {
        mail.withLock { $0.isEnding = true }
        ring()
    }

    /// Takes what is new; the flag says that the thread shall end.
    func take() -> (sockets: [WatchedSocket], records: [DoorRecord], isEnding: Bool) {
        var bytes = [UInt8](repeating: 0, count: 64)
        while unsafe read(wakeup, &bytes, bytes.count) > 0 {}
        return mail.withLock { mail in
            defer { (mail.sockets, mail.records) = ([], []) }
            return (mail.sockets, mail.records, mail.isEnding)
        }
    }

    private func ring() {
        var byte: UInt8 = 1
        // A full pipe wakes as well.
        _ = unsafe write(bell, &byte, 1)
    }
}
