import Analytics
import Engine
import Market
import TestPrograms

/// One symbol's events, its calendar and settings, drawn from a seed: everything that a feed may do wrong is in it.
struct RandomTape {
    let calendar: any SessionCalendar
    let settings: FlowSettings
    /// Trades have names and conditions, and are taken back and put right.
    let hasChanges: Bool
    /// Every trade has a name, and all are kept.
    let isNamed: Bool
    private(set) var events: [MarketEvent] = []
    private var chance: SeededChance
    private var now: Int64
    /// Names that trades were given, newest last.
    private var names: [UInt64] = []

    /// - Parameter length: events; a far clock and an end of input follow them.
    init(seed: UInt64, length: Int, hasChanges: Bool) throws {
        chance = SeededChance(seed: seed)
        self.hasChanges = hasChanges
        calendar = try RandomTape.calendar(&chance)
        var settings = RandomTape.settings(&chance)
        if hasChanges { RandomTape.addDays(&settings, &chance) }
        self.settings = settings
        let isLucky = chance.below(3) > 0
        isNamed = hasChanges && settings.keptTrades == FlowSettings.standardKeptTrades && isLucky
        // Around the change to daylight time of 2026, and around midnight for a market without a close.
        let days = [Int64](arrayLiteral: 20_516, 20_518, 20_520)
        now = days[chance.below(3)] * Timestamp.day
        if calendar is AroundTheClock { now -= Int64(chance.below(100)) * Timestamp.second }
        jumpToOpening()
        for _ in 0..<length { step() }
        let far = Timestamp(nanoseconds: now + 3600 * Timestamp.second)
        events.append(MarketEvent(.clock, symbol: 0, venueTime: far, receiveTime: far))
        events.append(.control(symbol: 0, venueTime: far, receiveTime: far, action: .endOfInput, index: 0))
    }

    private static func calendar(_ chance: inout SeededChance) throws -> any SessionCalendar {
        switch chance.below(3) {
        case 0: return AroundTheClock()
        case 1: return USEquities(.regular)
        default:
            return try LocalCalendar(
                name: "short", zone: "America/New_York", open: "09:30", close: "09:33",
                days: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])
        }
    }

    private static func settings(_ chance: inout SeededChance) -> FlowSettings {
        var settings = FlowSettings()
        let widths: [Duration] = [.milliseconds(500), .seconds(1), .seconds(2), .seconds(3), .seconds(7), .seconds(60)]
        var subset: [Duration] { widths.filter { _ in chance.below(2) == 0 } }
        settings.candles = BarSettings(widths: subset)
        settings.delta = BarSettings(widths: subset)
        settings.live = [.zero, .milliseconds(250), .seconds(1), .seconds(4)][chance.below(4)]
        settings.grace = [.zero, .zero, .milliseconds(700), .seconds(2)][chance.below(4)]
        settings.horizon = [.zero, .seconds(5), .seconds(35)][chance.below(3)]
        settings.weightedPrice = WeightedPriceSettings()
        settings.profile = ProfileSettings()
        settings.ring = 1 << (7 + chance.below(3))
        return settings
    }

    private static func addDays(_ settings: inout FlowSettings, _ chance: inout SeededChance) {
        if chance.below(3) == 0 { settings.candles = BarSettings(widths: [.seconds(1)]) }
        if chance.below(2) == 0 { settings.candles?.widths.append(.seconds(86_400)) }
        if chance.below(3) == 0 { settings.delta?.widths.append(.seconds(86_400)) }
        if chance.below(6) == 0 { settings.candles = BarSettings(widths: [.seconds(86_400)]) }
        if chance.below(4) == 0 { settings.keptTrades = chance.below(20) }
    }

    /// Just before the next open, or well inside a session.
    private mutating func jumpToOpening() {
        switch calendar.place(of: Timestamp(nanoseconds: now)) {
        case .inside(let session):
            if chance.below(2) == 0 { now = session.close.nanoseconds - 4 * Timestamp.second }
        case .outside(let next):
            guard let next else { return }
            let shift = Int64(chance.below(20)) - 5
            now = next.open.nanoseconds + shift * Timestamp.second
        }
    }

    private mutating func step() {
        switch chance.below(40) {
        case 0...10: break
        case 11...20: now += Int64(chance.below(3_000_000))
        case 21...32: now += Int64(chance.below(900_000_000))
        case 33...36: now += Int64(chance.below(4_000_000_000))
        case 37: now += Int64(chance.below(40)) * Timestamp.second
        case 38: now = (now / Timestamp.second + 1) * Timestamp.second
        default: if chance.below(4) == 0 { jumpToOpening() }
        }
        var time = now
        if chance.below(8) == 0 { time -= Int64(chance.below(chance.below(3) == 0 ? 60_000 : 3_000)) * 1_000_000 }
        if hasChanges, chance.below(9) == 0 {
            addChange(Timestamp(nanoseconds: time))
        } else {
            events.append(event(Timestamp(nanoseconds: time)))
        }
    }

    private mutating func event(_ time: Timestamp) -> MarketEvent {
        switch chance.below(60) {
        case 0...3: return quote(time)
        case 4...6: return MarketEvent(.clock, symbol: 0, venueTime: time, receiveTime: time)
        case 7: return Make.gap(Double(time.nanoseconds) / 1e9)
        case 8:
            var event = MarketEvent(.status, symbol: 0, venueTime: time, receiveTime: time)
            event.variant = UInt8(chance.below(6))
            return event
        case 9:
            let kinds: [EventKind] = [.cancel, .restate, .order, .bookReset, .level, .control]
            return MarketEvent(kinds[chance.below(kinds.count)], symbol: 0, venueTime: time, receiveTime: time)
        default: return trade(time)
        }
    }

    private mutating func quote(_ time: Timestamp) -> MarketEvent {
        let bid = chance.below(10) == 0 ? Price.none : Price(billionths: 10_000_000 * Int64(9_990 + chance.below(15)))
        let ask = Price(billionths: 10_000_000 * Int64(9_997 + chance.below(15)))
        return .quote(
            symbol: 0, venueTime: time, receiveTime: time, bid: bid, bidSize: .zero, ask: ask, askSize: .zero)
    }

    private mutating func trade(_ time: Timestamp) -> MarketEvent {
        var price = 10_000_000 * Int64(9_990 + chance.below(25))
        if chance.below(20) == 0 { price += Int64(chance.below(10_000_000)) }
        if chance.below(40) == 0 { price = [0, -5, .max, .min, Price.limit + 1][chance.below(5)] }
        var quantity = Int64(1 + chance.below(500))
        if chance.below(40) == 0 { quantity = [0, -1, Quantity.limit, Quantity.limit + 1, .max][chance.below(5)] }
        var event = MarketEvent.trade(
            symbol: 0, venueTime: time, receiveTime: time, price: Price(billionths: price),
            quantity: Quantity(steps: quantity))
        event.side = Side(rawValue: UInt8(chance.below(3))) ?? .unknown
        switch chance.below(12) {
        case 0: event.marks = .volumeOnly
        case 1: event.marks = .auction
        case 2: event.marks = .offExchange
        case 3: event.marks = [.volumeOnly, .offExchange]
        default: break
        }
        if hasChanges { name(&event) }
        return event
    }

    // MARK: Names, conditions, changes

    private mutating func name(_ event: inout MarketEvent) {
        setConditions(&event)
        guard isNamed || chance.below(12) > 0 else { return }
        // Now and then a venue gives a number twice.
        let isTwice = chance.below(25) == 0
        event.identifier = isTwice ? names.randomElement(using: &chance) ?? 1 : UInt64(names.count + 1)
        event.venue = UInt16(event.identifier % 2)
        names.append(event.identifier)
    }

    private mutating func setConditions(_ event: inout MarketEvent) {
        guard chance.below(3) > 0 else { return }
        event.tape = .c
        let codes = PlainSale.codes
        event.conditions = SaleCodes.bits(chance.below(2) == 0 ? "@" : codes[chance.below(codes.count)])
    }

    /// A cancel, a correction as a pair or alone; of a recent trade, of any, or of none.
    private mutating func addChange(_ time: Timestamp) {
        let recent = names.suffix(chance.below(3) == 0 ? 400 : 12)
        let isKnown = chance.below(isNamed ? 40 : 12) > 0
        let name = isKnown ? recent.randomElement(using: &chance) ?? 1 : 1_000_000 + chance.next() % 1000
        guard isKnown || !isNamed else { return }
        switch chance.below(5) {
        case 0, 1: events.append(change(.cancel, time, name))
        case 2: events.append(change(.restate, time, name))
        default:
            var cancel = change(.cancel, time, name)
            if chance.below(4) > 0 { cancel.marks = .replaced }
            events.append(cancel)
            // Now and then the second half is lost.
            guard chance.below(8) > 0 else {
                events.append(MarketEvent(.clock, symbol: 0, venueTime: time, receiveTime: time))
                return
            }
            let again = chance.below(2) == 0 ? name : UInt64(names.count + 1)
            if again != name { names.append(again) }
            events.append(change(.restate, time, again))
        }
    }

    private mutating func change(_ kind: EventKind, _ time: Timestamp, _ name: UInt64) -> MarketEvent {
        let trade = trade(time)
        var event = MarketEvent(kind, symbol: 0, venueTime: time, receiveTime: time)
        event.price = trade.price
        event.quantity = trade.quantity
        event.identifier = name
        event.venue = UInt16(name % 2)
        if chance.below(2) == 0 { setConditions(&event) }
        return event
    }
}
