extension Array where Element: Comparable {
    /// The middle one, of two the larger: what the rounds of a measurement come to.
    var median: Element {
        precondition(!isEmpty, "There must be a round.")
        return sorted()[count / 2]
    }
}
