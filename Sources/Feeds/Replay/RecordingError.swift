public import Compression

/// Why a recording cannot be replayed, or stopped.
public enum RecordingError: Error, Equatable, Sendable {
    /// The file cannot be opened, or its first bytes cannot be had.
    case unavailable(CompressionError)
    /// No known format; `saw` names what stands there.
    case unrecognised(file: String, saw: String)
    /// A known format that is not replayed, with the reason.
    case refused(file: String, reason: String)
    /// The first row that could not be read, where the settings ask for strictness.
    case fault(RecordingFault)
}

extension RecordingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unavailable(let error): error.description
        case .unrecognised(let file, let saw):
            "\(file): no recording that can be replayed; it holds \(saw). Readable: "
                + RecordingFormat.allCases.map(\.rawValue).joined(separator: ", ")
        case .refused(let file, let reason): "\(file): \(reason)"
        case .fault(let fault): fault.description
        }
    }
}

/// Where in a file something stands.
public enum RecordingPlace: Equatable, Sendable, CustomStringConvertible {
    /// Lines are counted from 1.
    case line(UInt64)
    /// Bytes of the unpacked content before it.
    case byte(UInt64)

    public var description: String {
        switch self {
        case .line(let number): "line \(number)"
        case .byte(let offset): "byte \(offset)"
        }
    }
}

/// One row that could not be read.
public struct RecordingFault: Equatable, Sendable, CustomStringConvertible {
    public let file: String
    public let place: RecordingPlace
    public let reason: FaultReason

    public var description: String { "\(file), \(place): \(reason)" }
}

/// Why a row could not be read.
public enum FaultReason: Error, Equatable, Sendable {
    /// The file ends inside of the row.
    case cutOff(found: Int, needed: Int)
    /// The packed form is damaged from here on.
    case damaged(CompressionError)
    case lineTooLong(limit: Int)
    case json(String)
    /// A field that the row must have.
    case missing(String)
    /// A field whose text is no exact decimal of at most nine places.
    case notDecimal(String)
    case notNumber(String)
    case notTime(String)
    case notSide(String)
    case notTape(String)
    case notAction(String)
    case fewFields(found: Int, needed: Int)
    /// A quote that opens and does not close.
    case openQuote
    /// A binary record too short for its kind.
    case recordLength(found: Int, needed: Int)
    /// A book snapshot without a symbol in a file of several.
    case ambiguousSnapshot
    /// A value out of the range that an event can hold.
    case outOfRange(String)
}

extension FaultReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cutOff(let found, let needed): "the file ends after \(found) of \(needed) bytes of a row"
        case .damaged(let error): error.description
        case .lineTooLong(let limit): "a line of more than \(limit) bytes"
        case .json(let detail): "no JSON: \(detail)"
        case .missing(let field): "no \(field)"
        case .notDecimal(let field): "\(field) is no exact decimal of at most nine places"
        case .notNumber(let field): "\(field) is no whole number"
        case .notTime(let field): "\(field) is no time"
        case .notSide(let field): "\(field) is none of the values of a side"
        case .notTape(let field): "\(field) is none of A, B, C and O"
        case .notAction(let field): "\(field) is none of trade, cancel, replaced and restate"
        case .fewFields(let found, let needed): "\(found) fields where \(needed) are needed"
        case .openQuote: "a quote that does not close"
        case .recordLength(let found, let needed): "a record of \(found) bytes where \(needed) are needed"
        case .ambiguousSnapshot: "a book snapshot without a symbol in a file of several symbols"
        case .outOfRange(let field): "\(field) is out of range"
        }
    }
}
