/// What ZeroMQ asks about a peer before its handshake ends (its RFC 27), and the answer. Pure.
struct AdmissionQuestion {
    private static let version = Array("1.0".utf8)

    private let number: [UInt8]
    let domain: String
    let address: PeerAddress
    /// Nil where the peer has shown no key.
    let key: PublicKey?

    /// Nil for frames that are no question.
    init?(_ frames: [[UInt8]]) {
        // Version, number, domain, address, identity, mechanism, and what the mechanism brings.
        guard frames.count >= 6, frames[0] == AdmissionQuestion.version else { return nil }
        number = frames[1]
        domain = String(decoding: frames[2], as: UTF8.self)
        address = PeerAddress(String(decoding: frames[3], as: UTF8.self))
        let isCurve = frames[5] == Array("CURVE".utf8) && frames.count == 7
        key = isCurve ? PublicKey(bytes: frames[6]) : nil
    }

    /// The frames of the answer. The peer's messages will carry its admission as its name.
    func answer(_ verdict: Verdict) -> [[UInt8]] {
        let status =
            switch verdict {
            case .admitted(let admission): ["200", "OK", admission.text]
            // The peer is told, and ZeroMQ's own sockets do not come again.
            case .denied(.unknownKey): ["400", "not on the list", ""]
            // The connection is closed without a word, and the peer may try again.
            case .denied: ["300", "not now", ""]
            }
        return [AdmissionQuestion.version, number] + status.map { Array($0.utf8) } + [[]]
    }

    /// What a door says of somebody.
    enum Verdict: Equatable {
        case admitted(Admission)
        case denied(Denial)
    }
}
