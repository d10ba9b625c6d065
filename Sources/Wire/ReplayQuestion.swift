internal import Memory

/// What a subscriber may ask of a publisher's replay socket: one frame of JSON.
public enum ReplayQuestion: Equatable, Sendable {
    /// Updates again, from the journal; `limit` messages at most where it is given.
    case replay(ReplayRange, limit: Int?)
    /// The last number of each topic that begins with one of these; of one publisher where it is named, and then only
    /// what it has published behind a position.
    case numbers(topics: [String], publisher: UInt64?, after: UInt64)
    /// The last message of each topic that begins with one of these.
    case last(topics: [String])
    /// Where all public endpoints of the topology are.
    case addresses

    /// Topics that one question may name: each record of the journal is held against them once.
    public static let topicLimit = 256
    /// Bytes of a question: that many topics of the longest names.
    public static let byteLimit = 64 << 10

    /// As it is sent.
    public var text: [UInt8] {
        var members: [String]
        switch self {
        case .replay(let range, let limit):
            members = [
                #""ask":"replay""#, ReplayQuestion.publisher(range.publisher), #""after":\#(range.after)"#,
                #""upTo":\#(range.upTo)"#, ReplayQuestion.list(range.topics),
            ]
            if let limit { members.append(#""limit":\#(limit)"#) }
        case .numbers(let topics, let publisher, let after):
            members = [#""ask":"numbers""#, ReplayQuestion.list(topics)]
            if let publisher { members += [ReplayQuestion.publisher(publisher), #""after":\#(after)"#] }
        case .last(let topics): members = [#""ask":"last""#, ReplayQuestion.list(topics)]
        case .addresses: members = [#""ask":"addresses""#]
        }
        return Array("{\(members.joined(separator: ","))}".utf8)
    }

    private static func publisher(_ id: UInt64) -> String { #""publisher":"\#(Identifier.text(id))""# }
    private static func list(_ topics: [String]) -> String {
        #""topics":[\#(topics.map(JSONText.quoted).joined(separator: ","))]"#
    }

    /// Reads a question. Members that are not known are passed over; those of another question count for nothing.
    public init(_ bytes: [UInt8]) throws(WireError) {
        var members = Members()
        var reader = JSONReader(bytes)
        try reader.object { (key, reader) throws(WireError) in try members.take(key, from: &reader) }
        try reader.end()
        switch members.ask {
        case "replay":
            guard let publisher = members.publisher else { throw .fieldMissing("publisher") }
            guard let after = members.after else { throw .fieldMissing("after") }
            guard let upTo = members.upTo else { throw .fieldMissing("upTo") }
            let range = ReplayRange(publisher: publisher, after: after, upTo: upTo, topics: members.topics)
            self = .replay(range, limit: members.limit)
        case "numbers":
            self = .numbers(topics: members.topics, publisher: members.publisher, after: members.after ?? 0)
        case "last": self = .last(topics: members.topics)
        case "addresses": self = .addresses
        case .some: throw .valueRefused(field: "ask", offset: 0)
        case nil: throw .fieldMissing("ask")
        }
    }

    private struct Members {
        var ask: String?
        var publisher: UInt64?
        var after: UInt64?
        var upTo: UInt64?
        var limit: Int?
        var topics: [String] = []

        mutating func take(_ key: String, from reader: inout JSONReader) throws(WireError) {
            switch key {
            case "ask": ask = try reader.string()
            case "publisher": publisher = try reader.identifier(key)
            case "after": after = try reader.integer(key, as: UInt64.self)
            case "upTo": upTo = try reader.integer(key, as: UInt64.self)
            case "limit": limit = try reader.integer(key, as: Int.self)
            case "topics":
                var list: [String] = []
                try reader.array { (reader) throws(WireError) in list.append(try reader.string()) }
                topics = list
            default: try reader.skip()
            }
        }
    }
}

/// How a publisher's id is written: sixteen hexadecimal digits, for it may pass 2^53.
public enum Identifier {
    public static func text(_ id: UInt64) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
