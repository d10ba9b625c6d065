internal import Memory

/// A run of commands in the form in which they go over the wire: put together once, sent at once.
///
/// Arguments are bytes of any value; their number stands before them, so nothing in them is ever read as a command.
public struct RedisCommands: ~Copyable, Sendable {
    /// The server's own limit of one command's words.
    public static let wordLimit = 1 << 20
    /// The server's own limit of one word, in bytes.
    public static let lengthLimit = 512 << 20

    private var buffer: ByteBuffer
    /// Commands that stand here, each one whole.
    public private(set) var count = 0
    /// Words that the last command still wants.
    private var missing = 0

    public init(capacity: Int = 1 << 16) { buffer = ByteBuffer(capacity: capacity) }

    public var byteCount: Int { buffer.count }
    public var isEmpty: Bool { count == 0 }

    /// Begins a command of so many words, its name included; `add` must give each of them.
    public mutating func begin(_ words: Int) {
        precondition(missing == 0, "A command must have all its words before the next begins.")
        precondition(words > 0 && words <= RedisCommands.wordLimit, "A command's words must be within the limit.")
        append(UInt8(ascii: "*"), number: words)
        missing = words
        count += 1
    }

    public mutating func add(_ word: RawSpan) {
        precondition(word.byteCount <= RedisCommands.lengthLimit, "A word must be within the limit.")
        precondition(missing > 0, "A command must not have more words than it began with.")
        missing -= 1
        append(UInt8(ascii: "$"), number: word.byteCount)
        buffer.append(word)
        buffer.append(RedisCommands.lineEnd, length: 2)
    }

    public mutating func add(_ word: [UInt8]) { word.withRawSpan { add($0) } }
    public mutating func add(_ word: String) { add(Array(word.utf8)) }
    public mutating func add(_ number: Int) { add("\(number)") }

    /// A whole command of texts.
    public mutating func append(_ words: String...) {
        begin(words.count)
        for word in words { add(word) }
    }

    public mutating func removeAll() {
        buffer.removeAll()
        (count, missing) = (0, 0)
    }

    /// Lends the bytes for sending.
    public func withBytes<Result, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result
    {
        precondition(missing == 0, "Only whole commands may be sent.")
        return try buffer.withBytes(body)
    }

    /// A carriage return and a line feed, the first in the lowest byte.
    private static let lineEnd: UInt64 = 0x0A0D

    /// A mark, a number and the end of the line: one store for all numbers below 100,000.
    private mutating func append(_ mark: UInt8, number: Int) {
        guard number < 100_000 else {
            buffer.append(mark)
            for digit in "\(number)".utf8 { buffer.append(digit) }
            return buffer.append(RedisCommands.lineEnd, length: 2)
        }
        var word = RedisCommands.lineEnd
        var length = 2
        var rest = UInt64(number)
        repeat {
            word = word << 8 | (0x30 + rest % 10)
            rest /= 10
            length += 1
        } while rest > 0
        buffer.append(word << 8 | UInt64(mark), length: length + 1)
    }
}
