import Foundation
import Market
import Testing

/// Holds docs/events.md against the memory of real events.
@Suite struct `The layout of events` {
    private static let document = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/events.md")

    /// The cells of every table row that has so many columns, heads and rules left out.
    private static func rows(under heading: String, columns: Int) throws -> [[String]] {
        let text = try String(contentsOf: document, encoding: .utf8)
        let sections = text.components(separatedBy: "\n## ")
        let section = try #require(sections.first { $0.hasPrefix(heading + "\n") })
        let tables = section.split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2)
        return tables.compactMap { line in
            let cells = line.dropFirst().dropLast().components(separatedBy: "|")
            guard cells.count == columns else { return nil }
            return cells.map { $0.trimmingCharacters(in: [" ", "`"]) }
        }
    }

    private static func event(_ kind: EventKind) -> MarketEvent {
        MarketEvent(kind, symbol: 0, venueTime: Timestamp(nanoseconds: 0), receiveTime: Timestamp(nanoseconds: 0))
    }

    private static func bytes(_ event: MarketEvent) -> [UInt8] {
        unsafe withUnsafeBytes(of: event) { unsafe Array($0) }
    }

    /// Every byte in which two events differ.
    private static func difference(_ left: MarketEvent, _ right: MarketEvent) -> Set<Int> {
        let (left, right) = (bytes(left), bytes(right))
        return Set(left.indices.filter { left[$0] != right[$0] })
    }

    @Test func `an event is one cache line without holes`() throws {
        #expect(MemoryLayout<MarketEvent>.size == 64)
        #expect(MemoryLayout<MarketEvent>.stride == 64)
        var next = 0
        for row in try Self.rows(under: "The 64 bytes", columns: 5) {
            #expect(Int(row[0]) == next, "\(row[2])")
            next += try #require(Int(row[1]))
        }
        #expect(next == 64)
    }

    @Test func `the common fields lie where the document says`() throws {
        let old = Self.event(.trade)
        var probes: [String: MarketEvent] = ["kind": Self.event(.clock)]
        func probe(_ name: String, _ change: (inout MarketEvent) -> Void) {
            var event = old
            change(&event)
            probes[name] = event
        }
        probe("venueTime") { $0.venueTime = Timestamp(nanoseconds: -1) }
        probe("receiveTime") { $0.receiveTime = Timestamp(nanoseconds: -1) }
        probe("marks") { $0.marks = .touch }
        probe("side") { $0.side = .sell }
        probe("variant") { $0.variant = .max }
        probe("symbol") { $0.symbol = .max }
        probe("sequence") { $0.sequence = .max }
        let rows = try Self.rows(under: "The 64 bytes", columns: 5)
        for row in rows where !["first", "second", "third", "fourth"].contains(row[2]) {
            let changed = try #require(probes[row[2]], "no such field: \(row[2])")
            probes[row[2]] = nil
            let (offset, size) = (try #require(Int(row[0])), try #require(Int(row[1])))
            #expect(Self.difference(old, changed) == Set(offset..<offset + size), "\(row[2])")
        }
        #expect(probes.isEmpty, "not in the document: \(probes.keys.sorted())")
    }

    @Test func `each kind's accessors lie where the document says`() throws {
        var probes = WordProbes.all
        for row in try Self.rows(under: "The four words", columns: 5) {
            let name = "\(row[0]).\(row[3])"
            let probe = try #require(probes[name], "no such accessor: \(name)")
            probes[name] = nil
            let (offset, size) = (try #require(Int(row[1])), try #require(Int(row[2])))
            #expect(Self.difference(probe.without, probe.with) == Set(offset..<offset + size), "\(name)")
        }
        #expect(probes.isEmpty, "not in the document: \(probes.keys.sorted())")
    }

    @Test func `the numbers are those of the document`() throws {
        var listed: [String: [String: Int]] = [:]
        for row in try Self.rows(under: "Numbers", columns: 4) {
            listed[row[0], default: [:]][row[2]] = Int(row[1])
        }
        let marks: [String: MarketEvent.Marks] = [
            "lastOfGroup": .lastOfGroup, "touch": .touch, "offExchange": .offExchange, "auction": .auction,
            "snapshot": .snapshot, "volumeOnly": .volumeOnly, "doubtful": .doubtful, "replaced": .replaced,
        ]
        let real: [String: [String: Int]] = [
            "EventKind": Self.numbers(EventKind.self), "Side": Self.numbers(Side.self),
            "OrderAction": Self.numbers(OrderAction.self), "TradingStatus": Self.numbers(TradingStatus.self),
            "GapCause": Self.numbers(GapCause.self), "ControlAction": Self.numbers(ControlAction.self),
            "ConsolidatedTape": Self.numbers(ConsolidatedTape.self),
            "Marks": marks.mapValues { Int($0.rawValue) },
        ]
        #expect(listed == real)
    }

    private static func numbers<Choice: CaseIterable & RawRepresentable<UInt8>>(
        _ type: Choice.Type
    ) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: type.allCases.map { ("\($0)", Int($0.rawValue)) })
    }

    @Test func `every kind says what the state does with it`() throws {
        let told = try Self.rows(under: "What the state does with each kind", columns: 2).flatMap { row in
            row[0].components(separatedBy: ", ").map { $0.trimmingCharacters(in: ["`"]) }
        }
        #expect(Set(told) == Set(EventKind.allCases.map { "\($0)" }))
        #expect(told.count == EventKind.allCases.count)
    }
}

/// For each accessor of each kind, two events that differ in it alone and in every one of its bytes.
private enum WordProbes {
    typealias Probe = (without: MarketEvent, with: MarketEvent)

    private static let start = Timestamp(nanoseconds: 0)
    private static let price = Price(billionths: -1)
    private static let size = Quantity(steps: -1)

    static var all: [String: Probe] {
        words.merging(quotes) { first, _ in first }.merging(others) { first, _ in first }
    }

    private static func probe(_ kind: EventKind, _ change: (inout MarketEvent) -> Void) -> Probe {
        let without = MarketEvent(kind, symbol: 0, venueTime: start, receiveTime: start)
        var with = without
        change(&with)
        return (without, with)
    }

    /// What is set through an accessor.
    private static var words: [String: Probe] {
        var probes: [String: Probe] = [:]
        for kind in [EventKind.trade, .level, .order, .cancel, .restate] {
            probes["\(kind).price"] = probe(kind) { $0.price = price }
            probes["\(kind).quantity"] = probe(kind) { $0.quantity = size }
        }
        for kind in [EventKind.trade, .order, .cancel, .restate] {
            probes["\(kind).identifier"] = probe(kind) { $0.identifier = .max }
        }
        for kind in [EventKind.trade, .cancel, .restate] {
            probes["\(kind).conditions"] = probe(kind) { $0.conditions = .max }
            probes["\(kind).venue"] = probe(kind) { $0.venue = .max }
            probes["\(kind).tape"] = probe(kind) { $0.tape = .c }
        }
        probes["order.orderAction"] = probe(.order) { $0.orderAction = .fill }
        probes["status.tradingStatus"] = probe(.status) { $0.tradingStatus = .closed }
        return probes
    }

    private static func quote(_ bid: Int64, _ bidSize: Int64, _ ask: Int64, _ askSize: Int64) -> MarketEvent {
        .quote(
            symbol: 0, venueTime: start, receiveTime: start, bid: Price(billionths: bid),
            bidSize: Quantity(steps: bidSize), ask: Price(billionths: ask), askSize: Quantity(steps: askSize))
    }

    private static func touch(_ bid: Int64, _ ask: Int64) -> MarketEvent {
        probe(.trade) { $0.setTouch(bid: Price(billionths: bid), ask: Price(billionths: ask)) }.with
    }

    private static var quotes: [String: Probe] {
        [
            "quote.bid": (quote(0, 0, 0, 0), quote(-1, 0, 0, 0)),
            "quote.bidSize": (quote(0, 0, 0, 0), quote(0, -1, 0, 0)),
            "quote.ask": (quote(0, 0, 0, 0), quote(0, 0, -1, 0)),
            "quote.askSize": (quote(0, 0, 0, 0), quote(0, 0, 0, -1)),
            "trade.touchBid": (touch(0, 0), touch(-1, 0)),
            "trade.touchAsk": (touch(0, 0), touch(0, -1)),
        ]
    }

    private static func gap(
        _ first: UInt64, _ last: UInt64, _ count: UInt64, _ cause: GapCause = .feed
    ) -> MarketEvent {
        .gap(symbol: 0, venueTime: start, receiveTime: start, cause: cause, first: first, last: last, count: count)
    }

    private static func control(_ action: ControlAction, _ index: UInt32) -> MarketEvent {
        .control(symbol: 0, venueTime: start, receiveTime: start, action: action, index: index)
    }

    private static var others: [String: Probe] {
        [
            "gap.gapCause": (gap(0, 0, 0), gap(0, 0, 0, .ring)),
            "gap.gapFirst": (gap(0, 0, 0), gap(.max, 0, 0)),
            "gap.gapLast": (gap(0, 0, 0), gap(0, .max, 0)),
            "gap.gapCount": (gap(0, 0, 0), gap(0, 0, .max)),
            "control.controlAction": (control(.endOfInput, 0), control(.settings, 0)),
            "control.controlIndex": (control(.endOfInput, 0), control(.endOfInput, .max)),
        ]
    }
}
