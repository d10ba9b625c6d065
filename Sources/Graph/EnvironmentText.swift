/// Replaces `${NAME}` and `${NAME:-fallback}` inside the texts of a file; `$${` stands for a plain `${`.
///
/// The fallback serves where the variable is unset or empty. Names of members are left as they are. What a variable
/// holds may be a secret: it never stands in a fault.
struct EnvironmentText {
    private enum Failure: Error {
        case missing(name: String)
        case malformed
    }

    private(set) var faults: [TopologyFault] = []
    private let environment: [String: String]

    init(_ environment: [String: String]) { self.environment = environment }

    mutating func replace(_ value: JSONValue, at path: JSONPath) -> JSONValue {
        switch value.content {
        case .null, .flag, .number: return value
        case .list(let elements):
            let replaced = elements.enumerated().map { replace($1, at: path.element($0)) }
            return JSONValue(.list(replaced), at: value.position)
        case .object(let members):
            let replaced = members.map { member in
                JSONMember(
                    name: member.name, position: member.position,
                    value: replace(member.value, at: path.member(member.name)))
            }
            return JSONValue(.object(replaced), at: value.position)
        case .text(let text):
            guard text.utf8.contains(UInt8(ascii: "$")) else { return value }
            return replace(text, of: value, at: path)
        }
    }

    private mutating func replace(_ text: String, of value: JSONValue, at path: JSONPath) -> JSONValue {
        do throws(Failure) {
            let (replaced, used) = try expand(text)
            let origin: JSONValue.Origin = used ? .environment(written: text) : .file
            return JSONValue(.text(replaced), at: value.position, origin: origin)
        } catch {
            switch error {
            case .missing(let name):
                fail(
                    value, path, "the environment has no variable \(name)",
                    "Set it, or write a fallback: ${\(name):-value}")
            case .malformed:
                fail(
                    value, path, "\(Quoted.text(text)) has a ${ that is no variable",
                    "Write ${NAME}, ${NAME:-fallback}, or $${ for the two characters themselves")
            }
        }
        return JSONValue(.text(""), at: value.position, origin: .missing)
    }

    private mutating func fail(_ value: JSONValue, _ path: JSONPath, _ problem: String, _ remedy: String) {
        faults.append(TopologyFault(path: path, position: value.position, problem: problem, remedy: remedy))
    }

    /// The text with its variables replaced, and whether it had any.
    private func expand(_ text: String) throws(Failure) -> (text: String, used: Bool) {
        var result = ""
        var used = false
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                guard let end = rest.firstIndex(of: "}") else { throw .malformed }
                result += try value(of: rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
                used = true
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
        }
        return (result + rest, used)
    }

    private func value(of reference: Substring) throws(Failure) -> String {
        let name = String(reference.prefix { $0 != ":" })
        let fallback = reference.dropFirst(name.count)
        guard EnvironmentText.isName(name), fallback.isEmpty || fallback.hasPrefix(":-") else { throw .malformed }
        let value = environment[name]
        if let value, !value.isEmpty || fallback.isEmpty { return value }
        guard !fallback.isEmpty else { throw .missing(name: name) }
        return String(fallback.dropFirst(2))
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first), name.utf8.count <= 128 else { return false }
        return name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
        }
    }
}

extension JSONValue {
    /// Whether this value or one inside it satisfies the test on where it came from.
    func hasOrigin(_ test: (Origin) -> Bool) -> Bool {
        if test(origin) { return true }
        return switch content {
        case .null, .flag, .number, .text: false
        case .list(let elements): elements.contains { $0.hasOrigin(test) }
        case .object(let members): members.contains { $0.value.hasOrigin(test) }
        }
    }
}
