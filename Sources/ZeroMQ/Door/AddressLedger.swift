/// What the peers of each address have cost the publisher, over all of their connections, and which addresses must stay
/// away for a while. Pure: time is an argument.
struct AddressLedger: Sendable {
    private struct Account {
        var allowance: Allowance
        var seen: ContinuousClock.Instant
    }

    private struct Bar {
        var end: ContinuousClock.Instant
        var length: Duration
    }

    /// Addresses that are remembered; beyond it those are forgotten that have nothing to remember, and then further
    /// ones share an account and are not barred.
    static let addressLimit = 4_096
    /// Whoever is barred again within this time after a bar is barred for twice as long.
    static let memory = Duration.seconds(60)

    private let budgets: DoorBudgets
    private var accounts: [PeerAddress: Account] = [:]
    private var others: Account
    private var all: Account
    private var bars: [PeerAddress: Bar] = [:]
    /// When those may be looked for next that can be forgotten: a look at all of them is not to be had by each message.
    private var nextLook: ContinuousClock.Instant

    init(_ budgets: DoorBudgets, at now: ContinuousClock.Instant) {
        self.budgets = budgets
        nextLook = now
        others = Account(
            allowance: Allowance(burst: budgets.addressBurst, rate: budgets.addressRate), seen: now)
        all = Account(allowance: Allowance(burst: budgets.allBurst, rate: budgets.allRate), seen: now)
    }

    /// Whether all together have cost so much that nobody else may come now.
    mutating func isExhausted(at now: ContinuousClock.Instant) -> Bool { !AddressLedger.spend(0, &all, now) }

    /// Takes what a peer of an address has cost; false when that is more than its address may.
    mutating func charge(_ work: Int, to address: PeerAddress, at now: ContinuousClock.Instant) -> Bool {
        _ = AddressLedger.spend(work, &all, now)
        if accounts[address] == nil, accounts.count >= AddressLedger.addressLimit { forget(at: now) }
        guard accounts[address] != nil || accounts.count < AddressLedger.addressLimit else {
            return AddressLedger.spend(work, &others, now)
        }
        let fresh = Account(
            allowance: Allowance(burst: budgets.addressBurst, rate: budgets.addressRate), seen: now)
        return AddressLedger.spend(work, &accounts[address, default: fresh], now)
    }

    /// Nobody comes from this address for a while.
    mutating func bar(_ address: PeerAddress, at now: ContinuousClock.Instant) {
        var length = budgets.barTime
        if let bar = bars[address] {
            // What is still on its way when an address is barred is no second flood.
            guard bar.end <= now else { return }
            if now - bar.end < AddressLedger.memory { length = min(bar.length * 2, budgets.longestBarTime) }
        } else if bars.count >= AddressLedger.addressLimit {
            forget(at: now)
            guard bars.count < AddressLedger.addressLimit else { return }
        }
        bars[address] = Bar(end: now + length, length: length)
    }

    func isBarred(_ address: PeerAddress, at now: ContinuousClock.Instant) -> Bool {
        bars[address].map { $0.end > now } ?? false
    }

    /// Forgets the accounts that are as new ones are, and the bars that mean nothing any more.
    private mutating func forget(at now: ContinuousClock.Instant) {
        guard now >= nextLook else { return }
        nextLook = now + .seconds(1)
        accounts = accounts.filter { !$0.value.allowance.isWhole(after: (now - $0.value.seen) / .seconds(1)) }
        bars = bars.filter { now - $0.value.end < AddressLedger.memory }
    }

    private static func spend(_ work: Int, _ account: inout Account, _ now: ContinuousClock.Instant) -> Bool {
        defer { account.seen = max(account.seen, now) }
        return account.allowance.spend(work, after: max(.zero, now - account.seen) / .seconds(1))
    }
}
