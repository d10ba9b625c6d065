internal import Engine
internal import Feeds
internal import Graph
internal import Sinks
internal import Stores

extension Catalogue {
    /// Every kind of node that this program can run.
    static let millrace = Catalogue(
        sources: [
            SourceKind(kind: SimulatedSource.kind, symbols: { _ in FeedSymbols() }) { settings, _ in
                SimulatedSource(SettingsReader.read(SimulatedSourceSettings.self, from: settings).settings)
            },
            SourceKind(
                kind: ReplaySource.kind,
                symbols: { SettingsReader.read(ReplaySettings.self, from: $0).settings.symbols },
                open: { settings, _ in ReplaySource(SettingsReader.read(ReplaySettings.self, from: settings).settings) }
            ),
            SourceKind(
                kind: JournalSource.kind,
                symbols: { SettingsReader.read(JournalSourceSettings.self, from: $0).settings.symbols },
                open: { settings, _ in
                    JournalSource(SettingsReader.read(JournalSourceSettings.self, from: settings).settings)
                }),
            SourceKind(kind: ControlSource.kind, symbols: { _ in FeedSymbols() }) { settings, _ in
                try ControlSource(SettingsReader.read(ControlSettings.self, from: settings).settings)
            },
        ],
        sinks: [
            SinkKind(kind: ConsoleSink.kind) { settings, context in
                try ConsoleSink(
                    SettingsReader.read(ConsoleSettings.self, from: settings).settings, in: context, to: Terminal.screen
                )
            },
            SinkKind(
                kind: PublishSink.kind,
                address: { settings, node, part in
                    PublishSink.address(
                        SettingsReader.read(PublishSettings.self, from: settings).settings, of: node, in: part)
                },
                open: { settings, context in
                    try PublishSink(
                        SettingsReader.read(PublishSettings.self, from: settings).settings, in: context,
                        tell: Terminal.complain)
                }),
            SinkKind(kind: RedisSink.kind) { settings, context in
                try RedisSink(
                    SettingsReader.read(RedisSettings.self, from: settings).settings, in: context,
                    tell: Terminal.complain)
            },
            SinkKind(kind: TimescaleSink.kind) { settings, context in
                try TimescaleSink.open(SettingsReader.read(TimescaleSettings.self, from: settings).settings) {
                    Terminal.complain("\(context.name): \($0)")
                }
            },
            SinkKind(kind: SQLiteSink.kind) { settings, _ in
                try SQLiteSink(SettingsReader.read(SQLiteSettings.self, from: settings).settings)
            },
        ])
}
