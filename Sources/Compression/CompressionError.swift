/// Why bytes of a file could not be had.
public enum CompressionError: Error, Equatable, Sendable {
    case cannotOpen(file: String, reason: String)
    case cannotRead(file: String, reason: String)
    /// The compressed form is broken; what came before was delivered.
    case damaged(file: String, form: CompressedForm, detail: String)
    /// The compressed form ends before its end mark.
    case cutOff(file: String, form: CompressedForm)
    /// More bytes come out than `ExpansionLimit` allows: a bomb, or no recording.
    case expands(file: String, decoded: UInt64, encoded: UInt64)
    /// A form this program does not read.
    case refused(file: String, reason: String)
}

/// What bytes are wrapped in.
public enum CompressedForm: String, Sendable, CaseIterable {
    case zstd, gzip, zip
}

extension CompressionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cannotOpen(let file, let reason): "\(file) cannot be opened: \(reason)"
        case .cannotRead(let file, let reason): "\(file) cannot be read: \(reason)"
        case .damaged(let file, let form, let detail): "\(file): damaged \(form.rawValue): \(detail)"
        case .cutOff(let file, let form): "\(file): the \(form.rawValue) ends before its end mark"
        case .expands(let file, let decoded, let encoded):
            "\(file): \(encoded) bytes grew to more than \(decoded); refused as a bomb"
        case .refused(let file, let reason): "\(file): \(reason)"
        }
    }
}
