import Analytics
import Foundation
import Graph
import Market
import Memory
import Updates

/// What is to go wrong: in the first trade of a symbol from an event number on. Its text in a file: `trap 2 1000`.
struct FaultPlan: Sendable, CustomReflectable, CustomStringConvertible {
    enum Deed: String {
        /// A check that fails, an abort, recursion without an end, a wrong address.
        case trap, abort, recursion, address
        /// It does not come to an end.
        case loop
        /// The analytic says by itself that it cannot go on.
        case fail
    }

    let deed: Deed
    /// The symbol's place in its node.
    let symbol: UInt32
    let number: UInt64

    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 3, let deed = Deed(rawValue: String(words[0])), let symbol = UInt32(words[1]),
            let number = UInt64(words[2])
        else { return nil }
        self.deed = deed
        self.symbol = symbol
        self.number = number
    }

    // With and without a fault the settings are the same: what is kept of one run serves the next.
    var customMirror: Mirror { Mirror(self, children: []) }
    var description: String { "plan" }
}

/// An analytic that publishes nothing and goes wrong as it is told.
struct PlantedFault: Analytic {
    struct Settings: NodeSettings, CustomReflectable {
        let plan: FaultPlan?
        init(_ plan: FaultPlan?) { self.plan = plan }
        init(reading reader: inout SettingsReader) { plan = nil }
        var customMirror: Mirror { Mirror(self, children: []) }
    }

    static let name = "planted"
    static let meaning = "A fault"
    static let example = "{}"
    static let interests: Interests = [.trades]
    static let layouts: [UpdateLayout] = []
    static let version = 1
    static func topics(_ settings: Settings) -> [TopicEntry] { [] }

    private let plan: FaultPlan?
    private var hasFailed = false

    init(_ settings: Settings, at place: AnalyticPlace) { plan = settings.plan }

    mutating func receive(_ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard let plan, !hasFailed, surroundings.symbol == plan.symbol, trade.number >= plan.number else { return }
        let number = trade.number
        switch plan.deed {
        case .trap: precondition(number == 0, "This check must fail.")
        case .abort: abort()
        case .recursion: print(PlantedFault.deepen(number))
        case .address: unsafe UnsafeMutablePointer<UInt64>(bitPattern: 64)?.pointee = number
        case .loop: while plan.number > 0 { usleep(1_000) }
        case .fail:
            hasFailed = true
            surroundings.fail("the planted fault of trade \(number)")
        }
    }

    private static func deepen(_ number: UInt64) -> UInt64 {
        // Nobody comes so far: the stack ends before.
        guard number < .max else { return 0 }
        let words = InlineArray<16, UInt64>(repeating: number)
        return words[Int(number % 16)] &+ deepen(number &+ 1) &+ words[0]
    }

    mutating func archive(_ archive: inout Archive) {}
}
