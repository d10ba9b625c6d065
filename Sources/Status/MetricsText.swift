internal import Engine
internal import Market

/// A report in the text format of Prometheus, version 0.0.4.
public enum MetricsText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    public static func text(_ report: StatusReport, version: String) -> String {
        var page = MetricPage()
        page.gauge("millrace_build_info", "The version that runs; always 1.") { [.one(1, [("version", version)])] }
        page.gauge("millrace_phase", "1 for the phase that the run is in.") {
            StatusReport.Phase.allCases.map { phase in .one(phase == report.phase ? 1 : 0, [("phase", phase.rawValue)])
            }
        }
        page.gauge("millrace_healthy", "Whether nothing is wrong.") { [.one(report.isHealthy ? 1 : 0, [])] }
        page.gauge("millrace_ready", "Whether others may rely on what is published.") {
            [.one(report.isReady ? 1 : 0, [])]
        }
        if let counts = report.counts {
            addSources(counts.sources, to: &page)
            addFlows(counts.flows, to: &page)
            addLinks(counts.links, to: &page)
            addStores(counts.lags, to: &page)
        }
        page.gauge("process_start_time_seconds", "When the program began, in seconds since 1970.") {
            [.seconds(report.began.nanoseconds, [])]
        }
        if let usage = report.usage { addUsage(usage, to: &page) }
        return page.text
    }

    private static func addSources(_ sources: [RunCounts.SourceLine], to page: inout MetricPage) {
        func each(_ value: (RunCounts.SourceLine) -> Int) -> [MetricPage.Sample] {
            sources.map { .one(value($0), [("source", $0.name)]) }
        }
        page.counter("millrace_source_events_accepted_total", "Events that went to their symbols.") {
            each(\.accepted)
        }
        page.counter("millrace_source_events_refused_total", "Events that found no room.") { each(\.refused) }
        page.counter("millrace_source_gaps_total", "Gaps that were declared for refused events.") { each(\.gaps) }
    }

    private static func addFlows(_ flows: [RunCounts.FlowLine], to page: inout MetricPage) {
        func each(_ value: (RunCounts.FlowLine) -> Int) -> [MetricPage.Sample] {
            flows.map { .one(value($0), [("node", $0.name)]) }
        }
        page.gauge("millrace_symbols", "Symbols of a symbols node.") { each(\.symbols) }
        page.gauge("millrace_symbols_refused", "Symbols beyond the limit of a symbols node.") {
            each(\.refusedSymbols.count)
        }
        page.counter("millrace_events_total", "Events that the symbols have taken.") { each(\.events) }
        page.gauge("millrace_symbols_quarantined", "Symbols that broke and take nothing any more.") {
            each(\.quarantined)
        }
        page.gauge("millrace_symbol_faults", "Faults of symbols that are known, by what is done about them.") {
            flows.flatMap { flow in
                SymbolFault.Standing.allCases.map { standing in
                    .one(
                        flow.faults[standing, default: 0], [("node", flow.name), ("standing", standing.rawValue)])
                }
            }
        }
    }

    private static func addLinks(_ links: [RunCounts.LinkLine], to page: inout MetricPage) {
        func each(_ value: (RunCounts.LinkLine) -> Int) -> [MetricPage.Sample] {
            links.map { .one(value($0), [("from", $0.from), ("to", $0.to)]) }
        }
        page.counter("millrace_link_updates_offered_total", "Updates given to a link.") { each(\.offered) }
        page.counter("millrace_link_updates_delivered_total", "Updates that the sink has taken.") { each(\.delivered) }
        page.counter("millrace_link_updates_dropped_total", "Updates that found no room in the link.") {
            each(\.dropped)
        }
        // The counts are read one after the other while they move.
        page.gauge("millrace_link_updates_in_flight", "Updates between the two ends of a link.") {
            each { max($0.inFlight, 0) }
        }
    }

    private static func addStores(_ lags: [RunCounts.LagLine], to page: inout MetricPage) {
        func labels(_ lag: RunCounts.LagLine) -> [(String, String)] { [("from", lag.from), ("to", lag.to)] }
        page.gauge("millrace_store_lag_updates", "Updates in the journal that a store does not hold yet.") {
            lags.map { .one(max($0.updates, 0), labels($0)) }
        }
        page.gauge("millrace_store_position", "Place in the journal up to which a store holds everything.") {
            lags.map { .one($0.position, labels($0)) }
        }
        page.gauge("millrace_store_venue_time_seconds", "Venue time up to which a store holds updates, since 1970.") {
            lags.map { .seconds($0.time.nanoseconds, labels($0)) }
        }
        page.counter("millrace_store_read_bytes_total", "Bytes of the journal that a store has taken since the start.")
        { lags.map { .one($0.byteCount, labels($0)) } }
    }

    private static func addUsage(_ usage: ProcessUsage, to page: inout MetricPage) {
        page.counter("process_cpu_seconds_total", "User and system time of the process.") {
            [.real(usage.cpuTime / .seconds(1), [])]
        }
        page.gauge("process_resident_memory_bytes", "Memory that the process holds.") {
            [.one(usage.residentBytes, [])]
        }
        page.gauge("process_virtual_memory_bytes", "Address space that the process has asked for.") {
            [.one(usage.virtualBytes, [])]
        }
        page.gauge("process_threads", "Threads of the process.") { [.one(usage.threads, [])] }
        page.gauge("process_open_fds", "Open files and sockets.") { [.one(usage.openFiles, [])] }
    }
}
