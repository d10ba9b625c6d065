import Market
import Testing
import Wire

@Suite struct `Topics` {
    @Test func `a symbol is percent-encoded and comes back`() throws {
        let topic = Topic(prefix: "candle/1m/", subject: Sample.subject("BTC/USD"))
        #expect(topic.text == "candle/1m/BTC%2FUSD/")
        #expect(try Topic("candle/1m/BTC%2FUSD/") == topic)
        for name in ["A-._~9", "50%", "a b", "Ä€𝄞", "%2F", #"\"?#[]@"#] {
            let topic = Topic(prefix: "x/", subject: Sample.subject(name))
            #expect(try Topic(topic.text).subject == name)
            #expect(topic.text.utf8.allSatisfy { $0 > 32 && $0 < 127 })
        }
        #expect(Topic(prefix: "heartbeat/", subject: .node("public")).text == "heartbeat/public/")
    }

    @Test func `a text that is no topic is refused`() {
        for text in ["", "/", "candle/", "candle/BTC", "candle//BTC/", "/BTC/", "candle/BTC//"] {
            #expect(throws: TopicError.self, "\(text)") { try Topic(text) }
        }
        for part in ["%", "%2", "%2f", "%41", "a b", "%FF", "ä"] {
            #expect(throws: TopicError.partRefused("k/\(part)/", part: part)) { try Topic("k/\(part)/") }
        }
    }

    @Test func `a prefix that ends in a slash never matches half a name`() throws {
        let topic = try Topic("candle/1m/ESZ4/")
        for prefix in ["", "candle/", "candle/1m/", "candle/1m/ESZ4/"] { #expect(topic.matches(prefix)) }
        for prefix in ["candle/1/", "candle/1m/ES/", "delta/", "candle/1m/ESZ4/x"] { #expect(!topic.matches(prefix)) }
    }
}
