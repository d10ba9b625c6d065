import Updates

/// Whether a layout's fields lie behind one another without a hole, end where its body ends, have names of their own
/// and sentences for meanings.
func fieldsTile(_ layout: UpdateLayout) -> Bool {
    var next = 0
    for field in layout.fields {
        guard field.offset == next, field.meaning.hasSuffix(".") else { return false }
        next += field.type.size
    }
    return next == layout.size && next % 8 == 0 && Set(layout.fields.map(\.name)).count == layout.fields.count
}
