import Foundation
import TestPrograms
import Testing

/// The files of deploy/ are checked by programs of others, and each check finds a mistake.
@Suite(.enabled(if: PythonProgram.hasPackage("kubernetes_validate, compose_spec, yaml")))
struct `The files of deploy` {
    /// One mistake in one file: what stands there, what is written instead, and what the check must say.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let file: String
        let good: String
        let bad: String
        let finding: String
        var testDescription: String { "\(file): \(bad)" }

        init(_ file: String, _ good: String, _ bad: String, _ finding: String) {
            self.file = file
            self.good = good
            self.bad = bad
            self.finding = finding
        }
    }

    private static let script = PythonProgram.root.appending(path: "scripts/check-deploy.py").path()
    /// As it was built beside the tests.
    private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "millrace").path()
    private static let folder = PythonProgram.root.appending(path: "deploy")

    @Test func `nothing is wrong with them`() throws {
        let check = try PythonProgram.finish(PythonProgram.path, [Self.script, Self.folder.path(), Self.program])
        #expect(check.status == 0 && check.output == "deploy: nothing to say\n", "\(check.output)")
    }

    @Test(arguments: [
        Mistake("kubernetes/symbols.yaml", "replicas: 4", "replica: 4", "replica"),
        Mistake("kubernetes/symbols.yaml", "replicas: 4", "replicas: 5", "5 replicas for 4 shards"),
        Mistake("kubernetes/symbols.yaml", "pod-index", "pod-name", "the shard is not the pod's ordinal"),
        Mistake(
            "kubernetes/symbols.yaml", "serviceName: millrace-symbols", "serviceName: other", "no Service is called"),
        Mistake("kubernetes/feed.yaml", "runAsNonRoot: true", "runAsNonRoot: \"yes\"", "runAsNonRoot"),
        Mistake("kubernetes/feed.yaml", "kind: StatefulSet", "kind: StateSet", "StateSet"),
        Mistake("kubernetes/feed.yaml", "path: /ready", "path: /health", "readinessProbe asks for /health"),
        Mistake(
            "kubernetes/feed.yaml", "name: status, containerPort", "name: state, containerPort", "startupProbe asks"),
        Mistake("kubernetes/feed.yaml", "--process\", \"feed", "--process\", \"food", "no process food"),
        Mistake(
            "kubernetes/feed.yaml", "name: scratch, mountPath", "name: scrap, mountPath", "no volume is called scrap"),
        Mistake("kubernetes/feed.yaml", "maxUnavailable: 1", "maxUnavailable: 1\n  maxUnavailable: 2", "twice"),
        Mistake("kubernetes/topology.yaml", "\"processes\": {", "\"processes\" {", "is no JSON"),
        Mistake("kubernetes/network.yaml", "policyTypes: [Ingress]", "policyTypes: Ingress", "policyTypes"),
        Mistake("container/compose.yaml", "condition: service_started", "condition: service_begun", "compose.yaml"),
        Mistake("container/compose.yaml", "restart: on-failure", "restarts: on-failure", "restarts"),
        Mistake("container/compose.yaml", "source: alerts", "source: alarms", "called alarms among the configs"),
        Mistake(
            "container/compose.yaml", "POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password\n      REDIS",
            "POSTGRES_PASSWORD: hunter2\n      REDIS", "POSTGRES_PASSWORD stands in the file: *******"),
        Mistake(
            "container/compose.yaml", "timescale:/var/lib", "timescaledb:/var/lib", "there is no volume timescaledb"),
        Mistake("container/Containerfile", "debian:bookworm-slim", "debian", "DL3006"),
        Mistake("container/Containerfile", "WORKDIR /build", "RUN cd /build", "DL3003"),
        Mistake("container/Containerfile", "USER 10001:10001", "USER root", "DL3002"),
        Mistake(
            "container/Containerfile", "libwebsockets17 libzmq5", "libwebsockets17", "libzmq.so.5 of libzmq5, which"),
        Mistake("container/Containerfile", "libzmq5 libzstd1", "libzmq5 libxml2 libzstd1", "needs libxml2"),
        Mistake("container/Containerfile", " tzdata ", " ", "needs tzdata, which the image does not install"),
        Mistake("container/Containerfile", "STOPSIGNAL", "STOP", "Containerfile"),
        Mistake("prometheus/alerts.yml", "millrace_ready", "millrace_reddy", "nothing is called millrace_reddy"),
        Mistake("prometheus/alerts.yml", "for: 5m", "for: long", "is no duration"),
        Mistake("prometheus/alerts.yml", "[5m]) > 0", "[5m] > 0", "is no expression"),
        Mistake("prometheus/prometheus.yml", "millrace:9464", "millrace:9090", "here ['millrace:9090']"),
        Mistake("prometheus/prometheus.yml", "[alerts.yml]", "[alarms.yml]", "there is no file alarms.yml"),
    ])
    func `a planted mistake is found`(mistake: Mistake) throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "deploy-\(UUID().uuidString)")
        let copy = place.appending(path: "deploy")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: place) }
        try FileManager.default.copyItem(at: Self.folder, to: copy)
        let file = copy.appending(path: mistake.file)
        let text = try String(contentsOf: file, encoding: .utf8)
        try #require(text.contains(mistake.good))
        try text.replacing(mistake.good, with: mistake.bad).write(to: file, atomically: false, encoding: .utf8)
        let check = try PythonProgram.finish(PythonProgram.path, [Self.script, copy.path(), Self.program])
        #expect(check.status == 1 && check.output.contains(mistake.finding), "\(check.output)")
    }
}
