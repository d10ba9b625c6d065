/// A line that says to programs what a benchmark found: `RESULT name field=value …`.
struct ResultLine: Equatable, Sendable {
    private(set) var fields: [(name: String, value: String)] = []
    let benchmark: String

    init(_ benchmark: String) { self.benchmark = benchmark }

    mutating func add(_ name: String, _ value: some CustomStringConvertible) { fields.append((name, "\(value)")) }

    /// A number with so many places.
    mutating func add(_ name: String, _ value: Double, places: Int) {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        guard value.isFinite else { return add(name, "none") }
        add(name, places == 0 ? "\(Int(value.rounded()))" : "\((value * scale).rounded() / scale)")
    }

    /// The least and the most of what the rounds came to.
    mutating func addSpread(_ ratios: [Double], of name: String? = nil, places: Int) {
        let end = name.map { "_\($0)" } ?? ""
        add("least\(end)", ratios.min() ?? 0, places: places)
        add("most\(end)", ratios.max() ?? 0, places: places)
    }

    /// Nanoseconds as microseconds.
    mutating func add(_ name: String, nanoseconds: Int64) { add(name, Double(nanoseconds) / 1_000, places: 1) }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    var text: String { (["RESULT", benchmark] + fields.map { "\($0.name)=\($0.value)" }).joined(separator: " ") }

    /// Nil for a line that is none.
    init?(parsing line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 2, words[0] == "RESULT" else { return nil }
        self.init(words[1])
        for word in words.dropFirst(2) {
            guard let mark = word.firstIndex(of: "=") else { return nil }
            add(String(word[..<mark]), String(word[word.index(after: mark)...]))
        }
    }

    static func == (left: ResultLine, right: ResultLine) -> Bool { left.text == right.text }
}
