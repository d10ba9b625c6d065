/// Why bytes are no message of ours.
public enum WireError: Error, Equatable, Sendable {
    /// The bytes end before what they announce.
    case truncated(needed: Int, found: Int)
    /// Bytes follow the message's end.
    case trailingBytes(Int)
    /// The message belongs to another schema.
    case schemaUnknown(UInt16)
    /// The message is of a version that this program does not read.
    case versionUnknown(found: UInt16, known: UInt16)
    case templateUnknown(UInt16)
    /// A block is longer or shorter than its layout says.
    case blockLength(of: String, expected: Int, found: Int)
    /// A message holds no update, or several of a kind that comes alone.
    case updateCount(Int)
    /// The updates of a message do not follow each other.
    case numberOutOfOrder(expected: UInt64, found: UInt64)
    /// Not JSON, at a byte offset.
    case notJSON(offset: Int, expected: String)
    case fieldUnknown(String)
    case fieldMissing(String)
    case fieldTwice(String)
    /// A field's value is not what its type says, at a byte offset.
    case valueRefused(field: String, offset: Int)
    /// The message is of another kind than the layout it is read with.
    case kindMismatch(expected: String, found: String)
}

extension WireError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let needed, let found): "the message needs \(needed) bytes and has \(found)"
        case .trailingBytes(let count): "\(count) bytes follow the message's end"
        case .schemaUnknown(let id): "schema \(id) is unknown, expected \(WireFormat.schema)"
        case .versionUnknown(let found, let known): "version \(found) is unknown, expected \(known)"
        case .templateUnknown(let template): "template \(template) is unknown"
        case .blockLength(let name, let expected, let found): "\(name) has \(found) bytes, expected \(expected)"
        case .updateCount(let count): "a message of this kind cannot hold \(count) updates"
        case .numberOutOfOrder(let expected, let found): "update \(found) stands where \(expected) belongs"
        case .notJSON(let offset, let expected): "byte \(offset): expected \(expected)"
        case .fieldUnknown(let name): "field \(name) is unknown"
        case .fieldMissing(let name): "field \(name) is missing"
        case .fieldTwice(let name): "field \(name) stands twice"
        case .valueRefused(let field, let offset): "byte \(offset): not a value of field \(field)"
        case .kindMismatch(let expected, let found): "kind \(found) stands where \(expected) belongs"
        }
    }
}
