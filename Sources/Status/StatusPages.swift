internal import Foundation
internal import WebServer

/// What each path of the status endpoint holds.
struct StatusPages: Sendable {
    private struct Verdict: Encodable {
        let status: String
        let healthy: Bool
        let ready: Bool
        let problems: [String]
        /// How many symbols broke, and why the first of them did; left out where none is broken.
        let quarantined: Int?
        let broken: [String]?
    }

    /// Sentences on broken symbols in one answer.
    private static let brokenLimit = 16

    let version: String
    let report: @Sendable () -> StatusReport

    func answer(_ path: String) -> WebAnswer {
        switch path {
        case "/metrics":
            let text = MetricsText.text(report(), version: version)
            return WebAnswer(status: 200, contentType: MetricsText.contentType, body: Array(text.utf8))
        case "/health":
            let report = report()
            return verdict(report, isGood: report.isHealthy)
        case "/ready":
            let report = report()
            return verdict(report, isGood: report.isReady)
        case _: return .text(404, "there are /metrics, /health and /ready")
        }
    }

    private func verdict(_ report: StatusReport, isGood: Bool) -> WebAnswer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let verdict = Verdict(
            status: report.phase.rawValue, healthy: report.isHealthy, ready: report.isReady, problems: report.problems,
            quarantined: report.broken.isEmpty ? nil : report.broken.count,
            broken: report.broken.isEmpty ? nil : Array(report.broken.prefix(StatusPages.brokenLimit)))
        let body = (try? encoder.encode(verdict)).map { Array($0) + [UInt8(ascii: "\n")] }
        return WebAnswer(status: isGood ? 200 : 503, contentType: "application/json", body: body ?? Array("{}\n".utf8))
    }
}
