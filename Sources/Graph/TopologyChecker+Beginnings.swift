// A source that begins with a journal: `"market": [ { "kind": "journal", … }, { "kind": "simulated", … } ]`.

extension TopologyChecker {
    private static let remedy = "Write the journal first and then the source that goes on behind it"

    /// The journal of a list of two; nil where the list holds something else.
    mutating func readBeginning(
        _ elements: [JSONValue], at path: JSONPath, _ position: JSONPosition
    ) -> ReadNode? {
        guard elements.count == 2 else {
            add(path, position, "a list of sources has two of them, this one \(elements.count)", Self.remedy)
            return nil
        }
        guard let beginning = read(elements[0], at: path.element(0)) else { return nil }
        guard beginning.facts.replaysJournal else {
            add(
                path.element(0).member("kind"), elements[0].position,
                "\(Quoted.text(beginning.kind.name)) is no journal for another source to go on from", Self.remedy)
            return nil
        }
        return beginning
    }

    /// Whether a node may go on behind a journal.
    mutating func checkContinuation(_ node: ReadNode, _ value: JSONValue, at path: JSONPath) -> Bool {
        guard node.kind.role == .source, !node.facts.replaysJournal else {
            let what = node.kind.role == .source ? "another journal" : node.kind.role.noun
            add(
                path.member("kind"), value.position,
                "\(Quoted.text(node.kind.name)), \(what), cannot go on behind a journal", Self.remedy)
            return false
        }
        return true
    }
}
