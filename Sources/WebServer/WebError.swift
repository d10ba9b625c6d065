internal import Glibc

/// Why a page server cannot be opened, or one cannot be asked.
public enum WebError: Error, CustomStringConvertible {
    case inUse(address: String)
    case refused(address: String, reason: String)
    case unknownHost(String)
    case noAnswer(address: String, reason: String)
    case malformed(address: String)

    public var description: String {
        switch self {
        case .inUse(let address): "\(address) is in use"
        case .refused(let address, let reason): "cannot listen on \(address): \(reason)"
        case .unknownHost(let host): "no machine is called \(host)"
        case .noAnswer(let address, let reason): "\(address) does not answer: \(reason)"
        case .malformed(let address): "\(address) answers, but not as HTTP"
        }
    }

    static func lastReason(_ number: Int32 = errno) -> String {
        guard let text = unsafe strerror(number) else { return "error \(number)" }
        return unsafe String(cString: text)
    }
}
