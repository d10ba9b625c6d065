import TestPrograms
import Testing

@testable import ZeroMQ

/// What decides at a door, without a socket.
@Suite struct `The pieces of a door` {
    @Test func `an account counts each prefix once, and what was never asked for frees nothing`() {
        var ledger = PeerLedger<Int>(PeerLedger.Limits(subscriptions: 3, prefixBytes: 100, allPrefixBytes: 1_000))
        func ask(_ text: String, _ isSubscription: Bool = true) -> Bool {
            ledger.receive(isSubscription: isSubscription, of: Array(text.utf8), from: 1).isModest
        }
        let asked = [ask("a"), ask("a"), ask("b"), ask("x", false), ask("y", false), ask("c"), ask("d")]
        #expect(asked == [true, true, true, true, true, true, false])
        let after = [ask("d", false), ask("b", false), ask("b")]
        #expect(after == [true, true, true])
        let long = ledger.receive(isSubscription: true, of: [UInt8](repeating: 7, count: 101), from: 2)
        #expect(!long.isModest)
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
                let before = ledger.allPrefixBytes
                let found = ledger.receive(isSubscription: isSubscription, of: prefix, from: peer)
                try #require(found.isModest == isModest)
                // A prefix that several ask for stands in the tree once.
                let all = sets.values.reduce(Set()) { $0.union($1) }.reduce(0) { $0 + $1.count }
                let known = ledger.allPrefixBytes
                try #require(known == all && found.work == abs(known - before) + DoorBudgets.perMessage)
                if chance.below(40) == 0 {
                    ledger.remove(peer)
                    sets[peer] = nil
                }
            }
            for peer in 0..<3 { ledger.remove(peer) }
            let rest = ledger.allPrefixBytes
            #expect(rest == 0)
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

    @Test func `an address pays for all of its connections, and others do not`() {
        let start = ContinuousClock.now
        var budgets = DoorBudgets()
        (budgets.addressBurst, budgets.addressRate) = (1_000, 100)
        var ledger = AddressLedger(budgets, at: start)
        let (one, other) = (PeerAddress("10.0.0.1"), PeerAddress("10.0.0.2"))
        let first = [ledger.charge(600, to: one, at: start), ledger.charge(600, to: one, at: start)]
        #expect(first == [true, false])
        let others = ledger.charge(600, to: other, at: start)
        #expect(others)
        let later = [
            ledger.charge(700, to: one, at: start + .seconds(10)),
            ledger.charge(700, to: one, at: start + .seconds(20)),
        ]
        #expect(later == [true, true])
        // A debt is bounded: an address that floods for a year is not kept out for another.
        for _ in 0..<1_000 { _ = ledger.charge(1_000_000, to: one, at: start + .seconds(20)) }
        let after = ledger.charge(900, to: one, at: start + .seconds(40))
        #expect(after)
    }

    @Test func `a bar is lifted, and comes back twice as long`() {
        let start = ContinuousClock.now
        var ledger = AddressLedger(DoorBudgets(), at: start)
        let address = PeerAddress("10.0.0.1")
        func isBarred(_ seconds: Double) -> Bool { ledger.isBarred(address, at: start + .seconds(seconds)) }
        ledger.bar(address, at: start)
        // The rest of the same flood is no second one.
        ledger.bar(address, at: start + .seconds(1))
        #expect(isBarred(1.9) && !isBarred(2) && !ledger.isBarred(PeerAddress("10.0.0.2"), at: start))
        ledger.bar(address, at: start + .seconds(3))
        #expect(isBarred(6.9) && !isBarred(7))
        ledger.bar(address, at: start + .seconds(68))
        #expect(isBarred(69.9) && !isBarred(70))
        var time = 70.0
        for _ in 0..<10 {
            ledger.bar(address, at: start + .seconds(time))
            time += 64
        }
        #expect(!isBarred(time))
    }

    @Test func `everybody together can cost so much that nobody else may come, for a while`() {
        let start = ContinuousClock.now
        var budgets = DoorBudgets()
        (budgets.allBurst, budgets.allRate) = (1_000, 100)
        var ledger = AddressLedger(budgets, at: start)
        for last in 1...11 { _ = ledger.charge(100, to: PeerAddress("10.0.0.\(last)"), at: start) }
        let full = ledger.isExhausted(at: start)
        let rested = ledger.isExhausted(at: start + .seconds(2))
        #expect(full && !rested)
    }

    @Test func `as many addresses as there are cost bounded memory and are bounded together`() {
        let start = ContinuousClock.now
        var budgets = DoorBudgets()
        (budgets.addressBurst, budgets.addressRate) = (1_000, 100)
        var ledger = AddressLedger(budgets, at: start)
        var refused = 0
        for number in 0..<20_000 {
            let address = PeerAddress("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)")
            if !ledger.charge(500, to: address, at: start) { refused += 1 }
            ledger.bar(address, at: start)
        }
        // Those beyond the limit share one account, of two of them.
        #expect(refused == 20_000 - AddressLedger.addressLimit - 2)
        let rested = ledger.charge(500, to: PeerAddress("10.9.9.9"), at: start + .seconds(11))
        #expect(rested)
    }

    @Test func `an address is the same from the system, from ZeroMQ, and on an admission`() throws {
        #expect(PeerAddress("127.0.0.1") == PeerAddress("::ffff:127.0.0.1"))
        #expect(PeerAddress("2001:db8::1") == PeerAddress("2001:db8::ffff:1"), "a network of its own")
        #expect(PeerAddress("2001:db8::1") != PeerAddress("2001:db8:0:1::1"))
        #expect(PeerAddress("fe80::1%eth0") == PeerAddress("fe80::1") && PeerAddress("127.0.0.1") != .none)
        #expect(PeerAddress("") == .none && PeerAddress("localhost:0:0:7") == .none && PeerAddress(of: -1) == .none)
        for text in ["127.0.0.1", "2001:db8::1", ""] {
            let key = text.isEmpty ? nil : try KeyPair.make().publicKey
            let admission = Admission(moment: 7, address: PeerAddress(text), key: key)
            let read = try #require(Admission(admission.text))
            #expect(read == admission && read.key == key && read.moment == 7)
        }
        for bad in ["", "7", "7 -", "x - -", "7 zz -", "7 - short", "7 7f - -"] { #expect(Admission(bad) == nil) }
    }

    @Test func `a question is answered by its number, and junk is none`() throws {
        let key = try KeyPair.make().publicKey
        let bytes = (0..<32).map { UInt8($0) }
        let start = ["1.0", "7", "public#1", "127.0.0.1", "", "CURVE"].map { Array($0.utf8) }
        let question = try #require(AdmissionQuestion(start + [bytes]))
        #expect(question.domain == "public#1" && question.key == PublicKey(bytes: bytes) && question.key != key)
        func text(_ verdict: AdmissionQuestion.Verdict) -> [String] {
            question.answer(verdict).map { String(decoding: $0, as: UTF8.self) }
        }
        let admission = Admission(moment: 3, address: question.address, key: question.key)
        #expect(question.address == PeerAddress("127.0.0.1"))
        #expect(text(.admitted(admission)) == ["1.0", "7", "200", "OK", admission.text, ""])
        #expect(text(.denied(.unknownKey)) == ["1.0", "7", "400", "not on the list", "", ""])
        #expect(text(.denied(.floodedBefore)) == ["1.0", "7", "300", "not now", "", ""])
        #expect(AdmissionQuestion([]) == nil && AdmissionQuestion([[49], [50]]) == nil)
        let plain = ["1.0", "8", "public#1", "127.0.0.1", "", "PLAIN", "ann", "word"].map { Array($0.utf8) }
        #expect(AdmissionQuestion(plain)?.key == nil)
        #expect(AdmissionQuestion(start + [[1, 2, 3]])?.key == nil)
    }
}
