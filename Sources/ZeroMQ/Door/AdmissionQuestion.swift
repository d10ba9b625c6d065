/// What ZeroMQ asks about a peer that has shown its key (its RFC 27), and the answer. Pure.
struct AdmissionQuestion {
    private static let version = Array("1.0".utf8)

    private let number: [UInt8]
    let domain: String
    /// Nil where the peer has shown no key.
    let key: PublicKey?

    /// Nil for frames that are no question.
    init?(_ frames: [[UInt8]]) {
        // Version, number, domain, address, identity, mechanism, and what the mechanism brings.
        guard frames.count >= 6, frames[0] == AdmissionQuestion.version else { return nil }
        number = frames[1]
        domain = String(decoding: frames[2], as: UTF8.self)
        let isCurve = frames[5] == Array("CURVE".utf8) && frames.count == 7
        key = isCurve ? PublicKey(bytes: frames[6]) : nil
    }

    /// The frames of the answer. The peer's messages will carry its key as its name.
    func answer(isAdmitted: Bool) -> [[UInt8]] {
        let status = isAdmitted ? ["200", "OK", key?.description ?? ""] : ["400", "not on the list", ""]
        return [AdmissionQuestion.version, number] + status.map { Array($0.utf8) } + [[]]
    }
}
