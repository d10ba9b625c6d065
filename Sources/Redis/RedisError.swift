/// Why a Redis server cannot be used, now or at all. No case holds a password.
public enum RedisError: Error, Equatable, Sendable {
    /// Nobody listens there, or the name means nothing.
    case cannotConnect(address: String, reason: String)
    /// The server did not take or send a byte for so long.
    case timedOut(address: String, limit: Duration)
    /// The connection has ended, from the other side or by the network.
    case closed(address: String, reason: String)
    /// The server reads its data from disk and answers nothing else yet.
    case loading(address: String)
    /// What answers there speaks another protocol.
    case notRedis(address: String, reason: String)
    case wrongPassword(address: String)
    case passwordMissing(address: String)
    /// The address names a password, and the server wants none.
    case passwordNotWanted(address: String)
    /// A command that opens the connection was refused.
    case refused(address: String, command: String, RedisRefusal)
    /// A reply is longer than the connection takes, in bytes or elements.
    case replyTooLong(address: String, limit: Int)

    /// Whether the same may work later without anybody changing something.
    public var isPassing: Bool {
        switch self {
        case .cannotConnect, .timedOut, .closed, .loading: true
        case .notRedis, .wrongPassword, .passwordMissing, .passwordNotWanted, .refused, .replyTooLong: false
        }
    }
}

extension RedisError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cannotConnect(let address, let reason): "\(address): cannot connect: \(reason)"
        case .timedOut(let address, let limit): "\(address): the server did not move for \(limit)"
        case .closed(let address, let reason): "\(address): the connection ended: \(reason)"
        case .loading(let address): "\(address): the server still loads its data"
        case .notRedis(let address, let reason): "\(address): this is no Redis server: \(reason)"
        case .wrongPassword(let address): "\(address): the server refuses the password"
        case .passwordMissing(let address): "\(address): the server wants a password"
        case .passwordNotWanted(let address): "\(address): the address has a password, but the server has none"
        case .refused(let address, let command, let refusal): "\(address): \(command) was refused: \(refusal)"
        case .replyTooLong(let address, let limit): "\(address): a reply is longer than \(limit)"
        }
    }
}
