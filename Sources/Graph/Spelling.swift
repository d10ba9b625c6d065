/// What a person may have meant by a name that does not exist.
public enum Spelling {
    /// Names longer than this are not compared: nobody mistypes them into something near.
    static let lengthLimit = 48

    /// The candidate with the fewest typing mistakes (a letter missing, added, replaced, or two swapped; case does not
    /// count), if they are at most a third of the name; nil where nothing is near.
    public static func nearest(to name: String, among candidates: [String]) -> String? {
        let letters = Array(name.lowercased().unicodeScalars)
        guard letters.count <= lengthLimit else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().unicodeScalars)
            guard other.count <= lengthLimit else { continue }
            let bound = max(1, max(letters.count, other.count) / 3)
            guard abs(letters.count - other.count) <= bound else { continue }
            let distance = distance(letters, other)
            if distance <= bound, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// A sentence for a fault: the nearest candidate, else the list of what exists.
    public static func remedy(for name: String, among candidates: [String]) -> String {
        if let nearest = nearest(to: name, among: candidates) { return "Did you mean \(Quoted.text(nearest))?" }
        guard !candidates.isEmpty else { return "Nothing can stand here; take it away" }
        let shown = candidates.prefix(16).map { Quoted.text($0) }.joined(separator: ", ")
        return "Possible here: \(shown)" + (candidates.count > 16 ? " and \(candidates.count - 16) more" : "")
    }

    /// The optimal string alignment distance.
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let change = last[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(change, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
