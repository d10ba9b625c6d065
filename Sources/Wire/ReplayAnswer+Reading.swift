extension ReplayAnswer {
    /// Reads an answer's first frame. Members that are not known are passed over.
    public init(_ bytes: [UInt8]) throws(WireError) {
        var members = Members()
        var reader = JSONReader(bytes)
        try reader.object { (key, reader) throws(WireError) in try members.take(key, from: &reader) }
        try reader.end()
        if let error = members.error {
            guard let reason = Reason(rawValue: error) else { throw .valueRefused(field: "error", offset: 0) }
            self = .refused(Refusal(reason, oldest: members.oldest, head: members.head))
            return
        }
        switch members.answer {
        case "replay":
            guard let publisher = members.publisher else { throw .fieldMissing("publisher") }
            guard let position = members.position else { throw .fieldMissing("position") }
            self = .replay(
                Coverage(
                    publisher: publisher, after: members.after ?? 0, position: position, oldest: members.oldest ?? 0,
                    head: members.head ?? position, messages: members.messages))
        case "numbers":
            self = .numbers(
                ReplayNumbers(publishers: members.publishers, topics: members.topics, left: members.left))
        case "last": self = .last(messages: members.messages, left: members.left)
        case "addresses": self = .addresses(members.addresses)
        case .some: throw .valueRefused(field: "answer", offset: 0)
        case nil: throw .fieldMissing("answer")
        }
    }

    private struct Members {
        var answer: String?
        var error: String?
        var publisher: UInt64?
        var after: UInt64?
        var position: UInt64?
        var oldest: UInt64?
        var head: UInt64?
        var messages = 0
        var left = 0
        var publishers: [ReplayNumbers.Publisher] = []
        var topics: [ReplayNumbers.Line] = []
        var addresses = "[]"

        mutating func take(_ key: String, from reader: inout JSONReader) throws(WireError) {
            switch key {
            case "answer": answer = try reader.string()
            case "error": error = try reader.string()
            case "publisher": publisher = try reader.identifier(key)
            case "after": after = try reader.integer(key, as: UInt64.self)
            case "position": position = try reader.integer(key, as: UInt64.self)
            case "oldest": oldest = try reader.integer(key, as: UInt64.self)
            case "head": head = try reader.integer(key, as: UInt64.self)
            case "messages": messages = try reader.integer(key, as: Int.self)
            case "left": left = try reader.integer(key, as: Int.self)
            case "publishers": publishers = try reader.list(Members.publisher)
            case "topics": topics = try reader.list(Members.line)
            case "addresses":
                let start = reader.index
                try reader.skip()
                addresses = String(decoding: reader.bytes[start..<reader.index], as: UTF8.self)
            default: try reader.skip()
            }
        }

        private static func publisher(_ reader: inout JSONReader) throws(WireError) -> ReplayNumbers.Publisher {
            var publisher = ReplayNumbers.Publisher(id: 0, since: 0, head: 0)
            try reader.object { (key, reader) throws(WireError) in
                switch key {
                case "publisher": publisher.id = try reader.identifier(key)
                case "since": publisher.since = try reader.integer(key, as: UInt64.self)
                case "head": publisher.head = try reader.integer(key, as: UInt64.self)
                default: try reader.skip()
                }
            }
            return publisher
        }

        private static func line(_ reader: inout JSONReader) throws(WireError) -> ReplayNumbers.Line {
            var line = ReplayNumbers.Line(topic: "", publisher: 0, number: 0, position: 0)
            try reader.object { (key, reader) throws(WireError) in
                switch key {
                case "topic": line.topic = try reader.string()
                case "publisher": line.publisher = try reader.identifier(key)
                case "number": line.number = try reader.integer(key, as: UInt64.self)
                case "position": line.position = try reader.integer(key, as: UInt64.self)
                default: try reader.skip()
                }
            }
            return line
        }
    }
}

extension JSONReader {
    fileprivate mutating func list<Element>(
        _ element: (inout JSONReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        var list: [Element] = []
        try array { (reader) throws(WireError) in list.append(try element(&reader)) }
        return list
    }
}
