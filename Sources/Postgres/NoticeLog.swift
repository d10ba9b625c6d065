/// What the server said beside its answers: the newest remarks, and how many older ones were dropped.
///
/// A class, because libpq holds its address. Touched by its connection only, so by one thread at a time.
final class NoticeLog {
    /// More remarks between two looks say nothing new.
    static let limit = 64

    private(set) var notices: [String] = []
    private(set) var dropped = 0

    func append(_ notice: String) {
        if notices.count == NoticeLog.limit {
            notices.removeFirst()
            dropped += 1
        }
        notices.append(notice)
    }

    func take() -> [String] {
        defer {
            notices = []
            dropped = 0
        }
        return dropped == 0 ? notices : ["\(dropped) earlier remarks were dropped"] + notices
    }
}
