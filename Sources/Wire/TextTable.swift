internal import Memory

/// A text in a `TextTable`.
struct TextPlace: Sendable {
    fileprivate var firstWord: Int32
    /// In bytes.
    fileprivate var length: Int32
}

/// Constant texts cut into words of eight characters, so that writing one is a few stores.
struct TextTable: Sendable {
    private var words: [UInt64] = []

    mutating func add(_ text: some Sequence<UInt8>) -> TextPlace {
        let first = words.count
        var length = 0
        for byte in text {
            if length % 8 == 0 { words.append(0) }
            words[words.count - 1] |= UInt64(byte) << UInt64(length % 8 * 8)
            length += 1
        }
        return TextPlace(firstWord: Int32(first), length: Int32(length))
    }

    mutating func add(_ text: String) -> TextPlace { add(text.utf8) }

    func write(_ place: TextPlace, to buffer: inout ByteBuffer) {
        var index = Int(place.firstWord)
        var rest = Int(place.length)
        while rest > 8 {
            buffer.append(words[index], length: 8)
            index += 1
            rest -= 8
        }
        if rest > 0 { buffer.append(words[index], length: rest) }
    }
}
