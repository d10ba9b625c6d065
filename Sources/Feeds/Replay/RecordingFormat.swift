internal import Compression

/// The forms of recordings that are replayed.
public enum RecordingFormat: String, CaseIterable, Sendable, Decodable {
    /// Databento's DBN, versions 1 to 3, or its bare records.
    case dbn
    /// Binance's frames, one JSON text per line.
    case binance
    /// US equity ticks, one symbol and day per file, told by the file's name.
    case usEquityCSV
    /// Any CSV through a column map.
    case csv
}

/// What the first bytes of a content look like.
enum ContentKind: Equatable {
    case format(RecordingFormat)
    /// Nothing that is replayed, in words.
    case other(String)

    /// Bytes that are looked at.
    static let headLimit = 16 << 10

    /// Tells a content by its first bytes and its file's name.
    init(_ head: [UInt8], file: String) {
        if head.isEmpty {
            self = .other("nothing: it is empty")
        } else if head.starts(with: Array("DBN".utf8)) || Self.isRecord(head) {
            self = .format(.dbn)
        } else if let kind = Self.json(head) {
            self = kind
        } else if !Self.isText(head) {
            self = .other("binary content that begins with " + Self.hexadecimal(head.prefix(8)))
        } else if EquityFile(path: file) != nil {
            self = .format(.usEquityCSV)
        } else {
            self = .format(.csv)
        }
    }

    /// A bare DBN record: a length that fits its kind, with or without eight bytes of send time.
    private static func isRecord(_ head: [UInt8]) -> Bool {
        guard head.count >= 16, let kind = DBNRecordKind(rawValue: head[1]), kind != .symbolMapping else {
            return false
        }
        let size = Int(head[0]) * 4
        return size == kind.size || size == kind.size + 8
    }

    /// JSON lines, perhaps each behind a receive time; nil for anything else.
    private static func json(_ head: [UInt8]) -> ContentKind? {
        var index = head.firstIndex { ![9, 10, 13, 32].contains($0) } ?? 0
        let start = index
        while index < head.count, (48...57).contains(head[index]) { index += 1 }
        let digits = index - start
        while index < head.count, head[index] == 32 || head[index] == 9 { index += 1 }
        guard index < head.count, digits == 0 || index > start + digits else { return nil }
        if head[index] == UInt8(ascii: "[") {
            return .other("a JSON array; lines with one Binance frame each are read")
        }
        guard head[index] == UInt8(ascii: "{") else { return nil }
        let text = String(decoding: head[index...], as: UTF8.self)
        let marks = ["\"e\"", "\"stream\"", "\"lastUpdateId\"", "\"result\""]
        let isTicker = text.contains("\"u\"") && text.contains("\"B\"")
        guard isTicker || marks.contains(where: { text.contains($0) }) else {
            return .other("JSON without the fields of Binance's frames")
        }
        return .format(.binance)
    }

    private static func isText(_ head: [UInt8]) -> Bool {
        head.allSatisfy { $0 >= 32 && $0 != 127 || [9, 10, 13].contains($0) }
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }
}
