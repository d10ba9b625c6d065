/// What a replay socket says to a question: one message, whose first frame is this head as JSON. Of a replay, and of
/// the last values, a topic and a payload follow for each message, as they are published.
public enum ReplayAnswer: Equatable, Sendable {
    /// How far an answer has come; whoever wants more asks on behind `position`.
    public struct Coverage: Equatable, Sendable {
        public var publisher: UInt64
        /// What was asked for.
        public var after: UInt64
        /// Everything behind `after` up to here, on the topics asked for, is in this answer or was in none.
        public var position: UInt64
        /// The oldest position that the journal still holds, and the last.
        public var oldest: UInt64
        public var head: UInt64
        public var messages: Int

        public init(publisher: UInt64, after: UInt64, position: UInt64, oldest: UInt64, head: UInt64, messages: Int) {
            self.publisher = publisher
            self.after = after
            self.position = position
            self.oldest = oldest
            self.head = head
            self.messages = messages
        }
    }

    /// Why a question has no answer: a name that a program knows, and where it helps the journal's ends.
    public struct Refusal: Error, Equatable, Sendable {
        public var reason: Reason
        public var oldest: UInt64?
        public var head: UInt64?

        public init(_ reason: Reason, oldest: UInt64? = nil, head: UInt64? = nil) {
            self.reason = reason
            self.oldest = oldest
            self.head = head
        }
    }

    public enum Reason: String, CaseIterable, Sendable {
        case junk
        case tooLong = "too long"
        case tooManyTopics = "too many topics"
        case unknownPublisher = "unknown publisher"
        case noJournal = "no journal"
        case beforeOldest = "before the oldest"
        case aheadOfHead = "ahead of the head"
        case noLastValues = "no last values"
        case unreadableJournal = "unreadable journal"
    }

    case replay(Coverage)
    case numbers(ReplayNumbers)
    case last(messages: Int, left: Int)
    /// The addresses, as JSON.
    case addresses(String)
    case refused(Refusal)
}

/// The last numbers of topics, as a publisher knows them.
public struct ReplayNumbers: Equatable, Sendable {
    public struct Publisher: Equatable, Sendable {
        public var id: UInt64
        /// Numbers of topics that were last published up to here are not known any more: an earlier run has done it.
        public var since: UInt64
        /// Up to here everything is counted in.
        public var head: UInt64

        public init(id: UInt64, since: UInt64, head: UInt64) {
            self.id = id
            self.since = since
            self.head = head
        }
    }

    public struct Line: Equatable, Sendable {
        public var topic: String
        public var publisher: UInt64
        public var number: UInt64
        public var position: UInt64

        public init(topic: String, publisher: UInt64, number: UInt64, position: UInt64) {
            self.topic = topic
            self.publisher = publisher
            self.number = number
            self.position = position
        }
    }

    public var publishers: [Publisher]
    public var topics: [Line]
    /// Topics that found no room in the answer.
    public var left: Int

    public init(publishers: [Publisher], topics: [Line], left: Int) {
        self.publishers = publishers
        self.topics = topics
        self.left = left
    }
}

// MARK: Writing

extension ReplayAnswer {
    public var text: [UInt8] {
        switch self {
        case .replay(let coverage):
            let numbers =
                #""after":\#(coverage.after),"position":\#(coverage.position),"oldest":\#(coverage.oldest),"#
                + #""head":\#(coverage.head),"messages":\#(coverage.messages)"#
            let publisher = Identifier.text(coverage.publisher)
            return Array(#"{"answer":"replay","publisher":"\#(publisher)",\#(numbers)}"#.utf8)
        case .numbers(let numbers): return Array(ReplayAnswer.text(numbers).utf8)
        case .last(let messages, let left):
            return Array(#"{"answer":"last","messages":\#(messages),"left":\#(left)}"#.utf8)
        case .addresses(let list): return Array(#"{"answer":"addresses","addresses":\#(list)}"#.utf8)
        case .refused(let refusal):
            var members = [#""error":"\#(refusal.reason.rawValue)""#]
            if let oldest = refusal.oldest { members.append(#""oldest":\#(oldest)"#) }
            if let head = refusal.head { members.append(#""head":\#(head)"#) }
            return Array("{\(members.joined(separator: ","))}".utf8)
        }
    }

    private static func text(_ numbers: ReplayNumbers) -> String {
        let publishers = numbers.publishers.map {
            #"{"publisher":"\#(Identifier.text($0.id))","since":\#($0.since),"head":\#($0.head)}"#
        }
        let topics = numbers.topics.map {
            #"{"topic":\#(JSONText.quoted($0.topic)),"publisher":"\#(Identifier.text($0.publisher))","#
                + #""number":\#($0.number),"position":\#($0.position)}"#
        }
        return #"{"answer":"numbers","publishers":[\#(publishers.joined(separator: ","))],"#
            + #""topics":[\#(topics.joined(separator: ","))],"left":\#(numbers.left)}"#
    }
}
