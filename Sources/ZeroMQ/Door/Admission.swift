/// One connection that was let in. ZeroMQ carries it with each of its messages, so that what was sent is told by who
/// sent it, and not by a descriptor that may belong to somebody else by now.
struct Admission: Hashable, Sendable {
    /// When that was, by the door's own count of arrivals and admissions.
    let moment: UInt64
    let address: PeerAddress
    /// Nil where no keys are asked for.
    let key: PublicKey?

    init(moment: UInt64, address: PeerAddress, key: PublicKey?) {
        self.moment = moment
        self.address = address
        self.key = key
    }

    /// As ZeroMQ carries it.
    var text: String { "\(moment) \(address.digits) \(key?.description ?? "-")" }

    /// Nil for what is no such text.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 3, let moment = UInt64(words[0]), let address = PeerAddress(digits: words[1]) else {
            return nil
        }
        let key = PublicKey(String(words[2]))
        guard key != nil || words[2] == "-" else { return nil }
        self.init(moment: moment, address: address, key: key)
    }
}
