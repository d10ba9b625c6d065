/// Metrics as Prometheus reads them: for each name its help, its type and its samples.
struct MetricPage {
    /// One value with its labels.
    struct Sample {
        let value: String
        let labels: [(name: String, value: String)]

        static func one(_ value: Int, _ labels: [(String, String)]) -> Sample {
            Sample(value: "\(value)", labels: labels.map { (name: $0.0, value: $0.1) })
        }

        static func real(_ value: Double, _ labels: [(String, String)]) -> Sample {
            Sample(value: "\(value)", labels: labels.map { (name: $0.0, value: $0.1) })
        }

        /// Nanoseconds, written as seconds.
        static func seconds(_ nanoseconds: Int64, _ labels: [(String, String)]) -> Sample {
            real(Double(nanoseconds) / 1e9, labels)
        }
    }

    private(set) var text = ""

    mutating func gauge(_ name: String, _ help: String, _ samples: () -> [Sample]) {
        add(name, help, "gauge", samples())
    }

    /// A count that only grows while the process lives.
    mutating func counter(_ name: String, _ help: String, _ samples: () -> [Sample]) {
        precondition(name.hasSuffix("_total"), "The name of a counter must end in _total.")
        add(name, help, "counter", samples())
    }

    /// A name without samples is left out.
    private mutating func add(_ name: String, _ help: String, _ type: String, _ samples: [Sample]) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(MetricPage.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n"
        for sample in samples {
            let labels = sample.labels.map { "\($0.name)=\"\(MetricPage.escaped($0.value, quotes: true))\"" }
            text += labels.isEmpty ? name : "\(name){\(labels.joined(separator: ","))}"
            text += " \(sample.value)\n"
        }
    }

    static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            case _: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
