public import Market

/// Cuts time into equal windows: half-open, labelled by their start, counted from an anchor (definitions §0).
///
/// The anchor is the session's open, so that widths that do not divide the session (7 min, 4 h) begin with it.
public struct Bucket: BitwiseCopyable, Equatable, Sendable {
    /// Nanoseconds; above 0.
    public let width: Int64
    public let anchor: Timestamp

    public init(width: Int64, anchor: Timestamp) {
        precondition(width > 0, "A bucket must have a width.")
        self.width = width
        self.anchor = anchor
    }

    /// The start of the window that holds `time`, before the anchor too.
    public func start(of time: Timestamp) -> Timestamp {
        let since = time - anchor
        var place = since % width
        if place < 0 { place += width }
        return Timestamp(nanoseconds: time.nanoseconds &- place)
    }

    /// The first instant after the window that holds `time`; the last representable one where there is no later.
    public func end(of time: Timestamp) -> Timestamp { start(of: time) + width }
}
