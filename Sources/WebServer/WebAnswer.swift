/// What a page server says to one request.
public struct WebAnswer: Sendable {
    public let status: Int
    public let contentType: String
    public let body: [UInt8]

    public init(status: Int, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// A short text for people.
    public static func text(_ status: Int, _ text: String) -> WebAnswer {
        WebAnswer(status: status, contentType: "text/plain; charset=utf-8", body: Array("\(text)\n".utf8))
    }
}

/// What whoever asks may cost.
public struct WebLimits: Sendable {
    /// Connections at once; one more takes the place of the oldest, so that nobody can keep others out by waiting.
    public let connections: Int
    /// How long a connection may take for a request and its answer, or be silent between two.
    public let patience: Duration

    public init(connections: Int, patience: Duration) {
        self.connections = connections
        self.patience = patience
    }

    /// Bytes of a request's first line and headers; a longer one is refused.
    public static let headerLimit = 4_096
    /// Bytes of an answer that are handed to the system at once.
    static let chunkLimit = 16_384
}
