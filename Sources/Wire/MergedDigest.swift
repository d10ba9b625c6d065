internal import Crypto
internal import Memory

/// The digests of a graph's processes as the one that a single process would have written.
public enum MergedDigest {
    /// The text of one process's digest, and which process it is.
    public struct Part: Sendable {
        public let name: String
        public let text: String

        public init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// Each topic's line as its process wrote it, sorted, and a last one over all.
    /// - Throws: `DigestMergeError` for a part that is none, and for a topic of two parts.
    public static func text(of parts: [Part]) throws(DigestMergeError) -> String {
        var lines: [String: (line: String, part: String)] = [:]
        var (total, leftOut) = (UInt64(0), UInt64(0))
        for part in parts {
            let found = try read(part)
            for topic in found.topics {
                if let other = lines.updateValue((topic.line, part.name), forKey: topic.name) {
                    throw .twice(topic: topic.name, first: other.part, second: part.name)
                }
                total += topic.count
            }
            leftOut += found.leftOut
        }
        let sorted = lines.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { $0.value.line + "\n" }
        return Digest.closed(sorted.joined(), total: total, leftOut: leftOut)
    }

    private static func read(
        _ part: Part
    ) throws(DigestMergeError) -> (topics: [(name: String, count: UInt64, line: String)], leftOut: UInt64) {
        let lines = part.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count >= 2, lines[lines.count - 1].isEmpty else { throw .unfinished(part: part.name) }
        var topics: [(name: String, count: UInt64, line: String)] = []
        for line in lines.dropLast(2) {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3, let count = UInt64(words[1]) else { throw .unfinished(part: part.name) }
            topics.append((words[0], count, line))
        }
        // What a whole digest of these lines ends in, this one must end in too.
        let all = topics.map { $0.line + "\n" }.joined()
        let total = topics.reduce(0) { $0 + $1.count }
        let last = lines[lines.count - 2].split(separator: " ").map(String.init)
        let leftOut = last.count > 4 ? UInt64(last[4]) ?? 0 : 0
        guard part.text == Digest.closed(all, total: total, leftOut: leftOut) else {
            throw .unfinished(part: part.name)
        }
        return (topics, leftOut)
    }
}

/// Digests that cannot be one.
public enum DigestMergeError: Error, Equatable, CustomStringConvertible {
    /// A topic is in the digests of two processes: its symbol has changed its shard meanwhile, and each has a part.
    case twice(topic: String, first: String, second: String)
    /// The text is no whole digest.
    case unfinished(part: String)

    public var description: String {
        switch self {
        case .twice(let topic, let first, let second):
            "\(topic) is in the digests of both \(first) and \(second): no process has all of it"
        case .unfinished(let part): "the digest of \(part) is not whole"
        }
    }
}
