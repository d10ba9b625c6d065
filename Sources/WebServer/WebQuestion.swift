/// Asks an HTTP server for one page and takes the answer.
public enum WebQuestion {
    /// Bytes of an answer; a longer one is cut.
    public static let answerLimit = 1 << 20

    /// Waits at most about `patience` for each step.
    public static func get(
        host: String, port: Int, path: String, patience: Duration
    ) throws(WebError) -> (status: Int, body: String) {
        let place = try SocketPlace(host, port)
        var socket = try PlainSocket.connect(to: place, patience: patience)
        try socket.send(Array("GET \(path) HTTP/1.1\r\nHost: \(place.text)\r\nConnection: close\r\n\r\n".utf8))
        var bytes: [UInt8] = []
        while bytes.count < answerLimit {
            let piece = try socket.receive()
            if piece.isEmpty { break }
            bytes += piece
        }
        guard let answer = parse(String(decoding: bytes, as: UTF8.self)) else { throw .malformed(address: place.text) }
        return answer
    }

    /// Status and body of an answer in one piece.
    static func parse(_ text: String) -> (status: Int, body: String)? {
        let words = text.prefix(64).split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]),
            let end = text.firstRange(of: "\r\n\r\n")
        else { return nil }
        return (status, String(text[end.upperBound...]))
    }
}
