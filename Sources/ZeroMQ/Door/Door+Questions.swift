extension Door {
    /// Whether the sender of a question may be here no more, its key having been taken from the allow-list since it
    /// came: it is turned away.
    func turnsAway(_ question: borrowing Frame) -> Bool {
        let admission = question.admission.flatMap { Admission($0) }
        guard !record.allows(admission?.key) else { return false }
        if let admission, let descriptor = question.descriptor {
            record.turnAway(admission, at: descriptor, .revokedKey)
        }
        return true
    }
}
