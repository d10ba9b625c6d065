internal import Market
public import Memory
public import Updates

/// A user's own formulas over finished bars, indicators, and what is known of the session: one update for each bar.
///
/// A bar without a price is no bar here. An update speaks of its bar; its quality is the worst over the bars that the
/// value rests on and the stretches between them, with that of the session or of the market's state where it reads
/// them. After a gap values of earlier bars stay in use, and the quality says so until they have left. Nothing is run
/// again where a bar is corrected: as long as such a bar lies in its reach, a value carries `inputRevised`.
public struct Formulas: Analytic {
    public static let name = "formula"
    public static let meaning =
        "Values of formulas over bars, indicators, the session, its profile and the market's state"
    public static let example = #"{ "bars": "1m", "formulas": { "trend": "ema(20) - ema(50)", "up": "trend > 0" } }"#
    public static let interests: Interests = [.bars, .changes, .profile]
    public static let layouts = [FormulaUpdate.layout]

    public static func topics(_ settings: FormulaSettings) -> [TopicEntry] {
        settings.topics.map { TopicEntry(prefix: $0, layout: FormulaUpdate.layout) }
    }

    public static func bars(_ settings: FormulaSettings) -> [String] { settings.bars }

    private var lanes: [FormulaLane] = []

    public init(_ settings: FormulaSettings, at place: AnalyticPlace) {
        let count = settings.plan.programs.count
        for (index, bar) in settings.bars.enumerated() {
            let channels = Array(place.channels[index * count..<(index + 1) * count])
            lanes.append(
                FormulaLane(
                    settings, bars: place.bar(bar), channels: channels, sizeStep: place.instrument.sizeStep))
        }
    }

    public mutating func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        for index in lanes.indices where lanes[index].name == bar.name {
            lanes[index].receive(bar, &surroundings, &updates)
        }
    }

    public mutating func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        for index in lanes.indices { lanes[index].touch(change.trade.time) }
    }
}

/// The formulas over one kind of bars.
private struct FormulaLane: Sendable {
    /// The bars' place among all names.
    let name: Int
    private let reset: IndicatorUpdate.Reset
    private let programs: [FormulaProgram]
    private var channels: [Channel]
    private var machine: FormulaMachine
    private var trail: BarTrail
    /// The worst of each formula's reach.
    private var qualities: [SlidingFold<Quality>]
    private var held: [Bool]
    /// Bars since the last reset.
    private var seen = 0

    init(_ settings: FormulaSettings, bars: Int, channels: [Channel], sizeStep: Int64) {
        name = bars
        reset = settings.reset
        programs = settings.plan.programs
        self.channels = channels
        machine = FormulaMachine(settings.plan, sizeStep: sizeStep)
        trail = BarTrail(reach: programs.map(\.reach).max() ?? 1)
        qualities = programs.map { SlidingFold(length: $0.reach) }
        held = programs.map { _ in false }
    }

    mutating func touch(_ time: Int64) { trail.touch(time) }

    mutating func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard let step = trail.take(bar, surroundings) else { return }
        if step.opensSession { begin() }
        seen += 1
        machine.add(bar, surroundings.board)
        let window = Window(from: bar.bar.start.nanoseconds, to: bar.bar.end.nanoseconds)
        for place in channels.indices {
            let quality = quality(at: place, step, surroundings.board)
            let body = body(at: place, bar, quality, surroundings.board)
            held[place] = body.holds != 0
            let head = surroundings.head(
                on: &channels[place], over: window, as: edition(at: place), quality: quality)
            surroundings.publish(body, head, on: channels[place], &updates)
        }
    }

    private mutating func begin() {
        machine.reset(all: reset == .session)
        guard reset == .session else { return }
        seen = 0
        for place in qualities.indices { qualities[place].removeAll() }
    }

    private mutating func quality(at place: Int, _ step: BarTrail.Step, _ board: borrowing Board) -> Quality {
        let program = programs[place]
        var quality = qualities[place].add(step.quality)
        if program.isAnchored || !program.inputs.isDisjoint(with: [.session, .profile]) {
            quality = quality.worst(step.sessionQuality)
        }
        if program.inputs.contains(.state), let state = board.state {
            quality = quality.worst(state.evidence.quality)
        }
        return quality
    }

    private func edition(at place: Int) -> Edition {
        let program = programs[place]
        let isChanged =
            trail.isChanged(within: min(program.reach, seen)) || program.isAnchored && trail.isChangedInSession
        return Edition(revision: 0, isFinal: true, reason: .none, flags: isChanged ? .inputRevised : [])
    }

    private func body(
        at place: Int, _ bar: FinishedBar, _ quality: Quality, _ board: borrowing Board
    ) -> FormulaUpdate {
        let program = programs[place]
        let value = machine.values[place]
        let holds = !value.isNaN && value != 0
        let state = program.inputs.contains(.state) ? board.state?.evidence.number ?? 0 : 0
        return FormulaUpdate(
            value: value, close: bar.bar.close, candle: Int64(clamping: bar.number),
            bars: Int64(min(program.reach, seen)), state: Int64(clamping: state), inputs: program.inputs.rawValue,
            defined: value.isNaN ? 0 : 1, holds: holds ? 1 : 0, changed: holds != held[place] ? 1 : 0,
            gap: quality.coverage < 1 ? 1 : 0)
    }
}

extension Formulas {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.each(&lanes) { $0.archive(&$1) }
    }
}

extension FormulaLane: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.channels(&channels)
        machine.archive(&archive)
        trail.archive(&archive)
        archive.each(&qualities) { $0.archive(&$1) }
        archive.each(&held) { $1.value(&$0) }
        archive.value(&seen)
    }
}
