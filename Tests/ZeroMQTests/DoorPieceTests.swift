import TestPrograms
import Testing

@testable import ZeroMQ

/// What decides at a door, without a socket.
@Suite struct `The pieces of a door` {
    @Test func `an account counts each prefix once, and what was never asked for frees nothing`() {
        var ledger = PeerLedger<Int>(PeerLedger.Limits(subscriptions: 3, prefixBytes: 100, allPrefixBytes: 1_000))
        func ask(_ text: String, _ isSubscription: Bool = true) -> Bool {
            ledger.receive(isSubscription: isSubscription, of: Array(text.utf8), from: 1)
        }
        let asked = [ask("a"), ask("a"), ask("b"), ask("x", false), ask("y", false), ask("c"), ask("d")]
        #expect(asked == [true, true, true, true, true, true, false])
        let after = [ask("d", false), ask("b", false), ask("b")]
        #expect(after == [true, true, true])
        let long = ledger.receive(isSubscription: true, of: [UInt8](repeating: 7, count: 101), from: 2)
        #expect(!long)
    }

    @Test func `accounts are those of sets of prefixes`() throws {
        for seed in 0..<UInt64(20 * Campaign.factor) {
            var chance = SeededChance(seed: 71 + seed + Campaign.seed)
            let limits = PeerLedger<Int>.Limits(subscriptions: 6, prefixBytes: 20, allPrefixBytes: 1_000)
            var ledger = PeerLedger<Int>(limits)
            var sets: [Int: Set<[UInt8]>] = [:]
            for _ in 0..<500 {
                let peer = chance.below(3)
                let prefix = [UInt8](repeating: UInt8(chance.below(3)), count: chance.below(6))
                let isSubscription = chance.below(3) > 0
                if isSubscription { sets[peer, default: []].insert(prefix) } else { sets[peer]?.remove(prefix) }
                let set = sets[peer] ?? []
                let isModest = set.count <= 6 && set.reduce(0) { $0 + $1.count } <= 20
                let found = ledger.receive(isSubscription: isSubscription, of: prefix, from: peer)
                try #require(found == isModest)
                let all = sets.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } }
                let known = ledger.allPrefixBytes
                try #require(known == all)
            }
        }
    }

    @Test func `an allowance grows with time up to its burst`() {
        var allowance = Allowance(burst: 1_000, rate: 100)
        let first = [allowance.take(total: 1_000, after: 0), allowance.take(total: 1_001, after: 0)]
        #expect(first == [true, false])
        let later = [allowance.take(total: 1_100, after: 1), allowance.take(total: 1_101, after: 0)]
        #expect(later == [true, false])
        var rested = Allowance(burst: 1_000, rate: 100)
        let whole = [rested.take(total: 1_000, after: 1_000), rested.take(total: 1_001, after: 0)]
        #expect(whole == [true, false])
    }

    @Test func `a question is answered by its number, and junk is none`() throws {
        let key = try KeyPair.make().publicKey
        let bytes = (0..<32).map { UInt8($0) }
        let start = ["1.0", "7", "public#1", "127.0.0.1", "", "CURVE"].map { Array($0.utf8) }
        let question = try #require(AdmissionQuestion(start + [bytes]))
        #expect(question.domain == "public#1" && question.key == PublicKey(bytes: bytes) && question.key != key)
        let yes = question.answer(isAdmitted: true).map { String(decoding: $0, as: UTF8.self) }
        #expect(yes == ["1.0", "7", "200", "OK", PublicKey(bytes: bytes)?.description, ""])
        let no = question.answer(isAdmitted: false).map { String(decoding: $0, as: UTF8.self) }
        #expect(no == ["1.0", "7", "400", "not on the list", "", ""])
        #expect(AdmissionQuestion([]) == nil && AdmissionQuestion([[49], [50]]) == nil)
        let plain = ["1.0", "8", "public#1", "127.0.0.1", "", "PLAIN", "ann", "word"].map { Array($0.utf8) }
        #expect(AdmissionQuestion(plain)?.key == nil)
        #expect(AdmissionQuestion(start + [[1, 2, 3]])?.key == nil)
    }
}
