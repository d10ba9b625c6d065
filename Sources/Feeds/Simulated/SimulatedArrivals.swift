import Market

/// When something happens in a simulated market, and in which symbol.
///
/// A self-exciting process: fresh arrivals come at the rate of the daily curve, with a few symbols taking most of
/// them (weights 1, ½, ⅓ …); every arrival may be echoed once in its own symbol, and one fresh arrival in 64 sets off a
/// whole burst of echoes. Echoes wait for exponential times, so the process needs no memory of when each was born: the
/// next event is one waiting time with the sum of all rates.
struct SimulatedArrivals: Sendable {
    private static let echoShare = 0.5
    private static let burstChance = 64
    private static let burstSizes = 16..<48
    /// What one fresh arrival brings with all its echoes on average: 2.984.
    private static let clusterSize =
        (1 + Double(burstSizes.lowerBound + burstSizes.upperBound - 1) / 2 / Double(burstChance)) / (1 - echoShare)
    /// An echo waits 0.2 s on average, less in a market so fast that too many would be waiting.
    private static let echoWait = 0.2
    private static let meanEchoes = 8_192.0
    /// Beyond this many waiting echoes no new one is added, which the mean stays far below.
    private static let echoLimit = 65_536

    private let choice: WeightedChoice
    /// Fresh arrivals per nanosecond in each part of the UTC day.
    private let freshRates: [Double]
    private let partLength: Int64
    /// Of one waiting echo, per nanosecond.
    private let echoRate: Double
    /// The symbols whose echo is due.
    private var echoes: [Int32] = []
    private var freshRate: Double = 0
    private var partEnd: Int64 = 0
    /// Nanoseconds since 1970; the fraction of one that the last waiting time left is carried on.
    private(set) var time: Int64
    private var fraction: Double = 0

    /// `rate` counts arrivals per second as a mean over a day.
    init(symbols: Int, rate: Double, curve: [Double], start: Timestamp) {
        choice = WeightedChoice((1...symbols).map { 1 / Double($0) })
        let second = Double(Timestamp.second)
        let mean = curve.reduce(0, +) / Double(curve.count)
        freshRates = curve.map { $0 / mean * rate / Self.clusterSize / second }
        partLength = Timestamp.day / Int64(curve.count)
        echoRate = max(1 / Self.echoWait, rate / Self.meanEchoes) / second
        time = start.nanoseconds
        enterPart()
    }

    /// Moves `time` to the next arrival and returns its symbol.
    mutating func next(_ chance: inout Chance) -> Int {
        while true {
            let rate = freshRate + Double(echoes.count) * echoRate
            let wait = fraction + chance.exponential() / rate
            // Waiting has no memory: what has not happened by a part's end is drawn anew with the next part's rate.
            guard wait < Double(partEnd - time) else {
                time = partEnd
                fraction = 0
                enterPart()
                continue
            }
            time += Int64(wait)
            fraction = wait - Double(Int64(wait))
            let isFresh = chance.uniform() * rate < freshRate || echoes.isEmpty
            let symbol = isFresh ? choice.pick(&chance) : takeEcho(&chance)
            addEchoes(of: symbol, isFresh: isFresh, &chance)
            return symbol
        }
    }

    private mutating func enterPart() {
        let (day, past) = time.quotientAndRemainder(dividingBy: Timestamp.day)
        let part = min(Int(past / partLength), freshRates.count - 1)
        freshRate = freshRates[part]
        let isLast = part == freshRates.count - 1
        partEnd = day * Timestamp.day + (isLast ? Timestamp.day : Int64(part + 1) * partLength)
    }

    private mutating func takeEcho(_ chance: inout Chance) -> Int {
        let index = chance.below(echoes.count)
        let symbol = echoes[index]
        echoes[index] = echoes[echoes.count - 1]
        echoes.removeLast()
        return Int(symbol)
    }

    private mutating func addEchoes(of symbol: Int, isFresh: Bool, _ chance: inout Chance) {
        var count = chance.happens(Self.echoShare) ? 1 : 0
        if isFresh, chance.below(Self.burstChance) == 0 {
            count += Self.burstSizes.lowerBound + chance.below(Self.burstSizes.count)
        }
        for _ in 0..<min(count, Self.echoLimit - echoes.count) { echoes.append(Int32(symbol)) }
    }
}
