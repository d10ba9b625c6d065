extension Int128 {
    /// The nearest double. The library's own conversion is generic and slow; most sums fit 64 bits.
    @inline(__always)
    var double: Double {
        if let narrow = Int64(exactly: self) { return Double(narrow) }
        return Double(self)
    }
}
