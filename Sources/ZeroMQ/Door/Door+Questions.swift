extension Door {
    /// Whether the sender of a question may be here no more, its key having been taken from the allow-list since it
    /// came: it is turned away.
    func turnsAway(_ question: borrowing Frame) -> Bool {
        guard !record.allows(question.senderKey) else { return false }
        if let descriptor = question.descriptor, ConnectionMark(of: descriptor)?.end(descriptor) == true {
            record.note(.revokedKey)
        }
        return true
    }
}
