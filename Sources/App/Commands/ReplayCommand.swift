internal import Analytics
internal import Engine
internal import Feeds
internal import Foundation
internal import Graph
internal import Market
internal import Rings
internal import Sinks

/// `millrace replay`: what recordings hold, through the same graph as a run.
struct ReplayCommand: Command {
    static let name = "replay"
    static let usage =
        "replay FILE… [--json] [--session NAME] [--tick T] [--size STEP] [--format F] [--strict] [--digest FILE]"
    static let summary = "replay recordings at full speed and say what they hold, symbol by symbol"
    static let details = """
        Reads DBN (.dbn, .dbn.zst), Binance frames (.gz), US equity ticks (.csv, .zip) and CSV; several files are merged
        by time. Without --tick a symbol's tick is the greatest common divisor of its prices.

          --json            one object per symbol and line instead of a table
          --session NAME    \(Calendars.names.joined(separator: ", ")); us-equities for US equity ticks, else 24x7
          --tick T          the price tick of every symbol, such as 0.01
          --size STEP       the size step of every symbol, such as 0.001
          --format F        \(RecordingFormat.allCases.map(\.rawValue).joined(separator: ", ")), else by content
          --strict          stop at the first row that cannot be read
          --digest FILE     write a line per topic with the SHA-256 of its updates, and one over all
          --lanes N, --batch N   as in run

        Examples:
          millrace replay btcusdt.gz
          millrace replay 20131007_trade.zip 20131007_quote.zip --json
        """

    private let files: [String]
    private let reader: ReaderSettings
    private let overrides: Overrides
    private let isJSON: Bool
    private let session: String?
    private let tick: Price?
    private let sizeStep: Int64?

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        isJSON = arguments.takeFlag("--json")
        let isStrict = arguments.takeFlag("--strict")
        session = try arguments.takeValue("--session")
        if let session, Calendars.named(session) == nil {
            throw UsageError("--session wants one of \(Calendars.names.joined(separator: ", "))")
        }
        let format = try arguments.takeValue("--format").map { name in
            guard let format = RecordingFormat(rawValue: name) else {
                let names = RecordingFormat.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError("--format wants one of \(names)")
            }
            return format
        }
        reader = ReaderSettings(format: format, isStrict: isStrict)
        tick = try ReplayCommand.decimal("--tick", &arguments).map { Price(billionths: $0) }
        sizeStep = try ReplayCommand.decimal("--size", &arguments)
        overrides = try Overrides(&arguments)
        files = arguments.takeWords()
        try arguments.finish()
        if files.isEmpty { throw UsageError("no recording is named") }
    }

    private static func decimal(_ name: String, _ arguments: inout Arguments) throws -> Int64? {
        try arguments.takeValue(name).map { text in
            guard let value = DecimalText.billionths(text), value > 0 else {
                throw UsageError("\(name) wants a decimal above 0, such as 0.01")
            }
            return value
        }
    }

    func run() async throws -> Int32 {
        let world = LiveWorld.make()
        let interruption = Interruption(world.stopping)
        defer { withExtendedLifetime(interruption) {} }
        let survey = try RecordingSurvey(files, reader: reader, learnsTicks: tick == nil)
        let source = ReplaySource(
            ReplaySettings(files: files, reader: reader, speed: .unlimited, symbols: FeedSymbols()))
        let report = ReportSink(areaRule: .standard)
        let run = makeRun(source, report, survey: survey, world: world)
        let progress = ReplayProgress(total: survey.events)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await progress.show { run.counts().flows.first?.events ?? 0 } }
            defer { group.cancelAll() }
            try await run.run()
        }
        printReport(report.reports())
        Terminal.complain(CountsText.text(run.counts()))
        return 0
    }

    private func makeRun(_ source: ReplaySource, _ report: ReportSink, survey: RecordingSurvey, world: World) -> Run {
        var settings = FlowSettings()
        settings.symbolLimit = 1 << 17
        settings.candles = BarSettings(widths: [.seconds(60), .seconds(300)])
        settings.delta = BarSettings(widths: [.seconds(60), .seconds(300)])
        settings.weightedPrice = WeightedPriceSettings()
        settings.profile = ProfileSettings()
        settings.print = PrintSettings()
        overrides.adjust(&settings)
        let calendar = Calendars.named(session ?? survey.session) ?? AroundTheClock()
        let (tick, step) = (tick, sizeStep ?? survey.sizeStep)
        let flow = FlowPart(name: "flow", settings: settings) { symbol in
            Instrument(tick: tick ?? survey.tick(of: symbol), sizeStep: step, calendar: calendar)
        }
        let part = SourcePart(name: "replay", source: source, flow: "flow", symbols: FeedSymbols(), overflow: .wait)
        let topics = overrides.witnesses.isEmpty ? ["session/", "profile/session/"] : []
        let inflow = SinkPart.Inflow(flow: "flow", topics: topics, overflow: .wait)
        let sinks = [SinkPart(name: "report", inflows: [inflow], isTrailing: false) { report }]
        let witnesses = overrides.witnesses.map { witness in
            SinkPart(name: witness.name, inflows: [inflow], isTrailing: false, open: witness.open)
        }
        return Run(sources: [part], flows: [flow], sinks: sinks + witnesses, data: nil, world: world)
    }

    private func printReport(_ reports: [SymbolReport]) {
        if isJSON {
            for report in reports { print(ReportText.json(report)) }
        } else {
            print(ReportText.table(reports))
        }
    }
}

/// What a first look at recordings tells: ticks, and what kind of instruments they are.
struct RecordingSurvey {
    /// Where no price was seen, a cent.
    private static let standardTick = Price(billionths: 10_000_000)

    private let ticks: [String: Price]
    let session: String
    let sizeStep: Int64
    /// Events in all files; 0 where nobody counted.
    let events: Int

    init(_ files: [String], reader: ReaderSettings, learnsTicks: Bool) throws {
        let survey = PriceSurvey()
        var isEquity = true
        var isWhole = true
        var events: UInt64 = 0
        for file in files {
            for recording in try Recordings.open(path: file, settings: reader, directory: survey) {
                isEquity = isEquity && recording.format == .usEquityCSV
                isWhole = isWhole && (recording.format == .usEquityCSV || recording.format == .dbn)
                guard learnsTicks else { continue }
                try survey.read(recording)
                events += recording.counts.events
            }
        }
        ticks = survey.ticks
        session = isEquity ? "us-equities" : "24x7"
        sizeStep = isWhole ? Price.scale : Instrument.defaultSizeStep
        self.events = Int(events)
    }

    func tick(of symbol: Symbol) -> Price { ticks[symbol.name] ?? RecordingSurvey.standardTick }
}

/// Shows on a terminal how far a replay has come.
struct ReplayProgress {
    /// Shorter replays end before anybody could read.
    private static let patience = Duration.milliseconds(500)

    let total: Int

    /// Writes a line again and again until the task is cancelled.
    func show(_ events: @Sendable () -> Int) async {
        guard Terminal.isErrorInteractive else { return }
        let begin = ContinuousClock.now
        while true {
            do { try await Task.sleep(for: ReplayProgress.patience) } catch {
                Terminal.write(error: "\r\u{1B}[K")
                return
            }
            let seconds = (ContinuousClock.now - begin) / .seconds(1)
            let done = events()
            let rate = Double(done) / seconds
            var text = "\r\u{1B}[K\(done) events, \(Int(rate)) a second"
            if total > 0, rate > 0 {
                let part = min(100, done * 100 / total)
                text += ", \(part) %, \(Int(Double(max(total - done, 0)) / rate) + 1) s left"
            }
            Terminal.write(error: text)
        }
    }
}
