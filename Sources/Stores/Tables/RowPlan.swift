internal import Market
public import Memory
public import Updates
internal import Wire

/// How the updates of one topic become rows: made once for each topic of a node, then only offsets are read.
public struct RowPlan: Sendable {
    /// Columns that come from an update's head and from its symbol, whatever its kind.
    static let headColumns = Set(["symbol", "start_time", "end_time"] + StoredTables.said.map(\.name))

    private let layout: UpdateLayout
    private let encoding: JSONEncoding
    private let steps: [TableStep]
    private let takesGrowing: Bool
    /// The tables that rows go to, by their places in `StoredTables.all`.
    public let tables: [Int]

    /// One table and the cells of a row.
    private struct TableStep: Sendable {
        let table: Int
        /// The group whose entries are the rows; -1 where the update is the row.
        let group: Int
        let isGrouped: Bool
        let onlyFinal: Bool
        let cells: [RowCell]
    }

    /// - Parameter keepsLive: Whether values of windows that still grow are kept too.
    public init(_ entry: TopicEntry, keepsLive: Bool) {
        let topic = TopicParts(entry.prefix)
        layout = entry.layout
        encoding = JSONEncoding(entry.layout)
        takesGrowing = keepsLive || !topic.grows
        steps = TableRoute.routes(of: entry).map { route in
            let isGrouped =
                switch route.table.form {
                case .grouped: true
                case .appended, .revised: false
                }
            return TableStep(
                table: StoredTables.index(of: route.table),
                group: route.group.flatMap { name in entry.layout.groups.firstIndex { $0.name == name } } ?? -1,
                isGrouped: isGrouped, onlyFinal: route.onlyFinal,
                cells: route.table.columns.map { RowCell($0, route, topic, entry.layout) })
        }
        tables = steps.map(\.table)
    }

    /// Whether these bytes are an update of this topic, no more and no less.
    public func isWhole(_ update: RawSpan) -> Bool { layout.isWhole(update) }

    /// Writes the rows of an update that is whole; `scratch` is used for JSON and holds nothing afterwards.
    public func write<Writer: RowWriter & ~Copyable>(
        _ update: RawSpan, sizeStep: Int64, into writer: inout Writer, scratch: inout ByteBuffer
    ) throws {
        let head = RecordReader.updateHead(of: update)
        guard takesGrowing || head.isFinal else { return }
        for step in steps where !step.onlyFinal || head.isFinal {
            guard step.group >= 0 else {
                try write(step, update, sizeStep: sizeStep, into: &writer, scratch: &scratch)
                continue
            }
            if step.isGrouped { try writer.beginGroup(step.table, start: head.start.nanoseconds) }
            let (first, count) = place(of: step.group, in: update)
            for index in 0..<count {
                let entry = first + index * layout.groups[step.group].size
                try writer.begin(step.table)
                for cell in step.cells { try cell.write(update, head, entry: entry, into: &writer) }
                try writer.end()
            }
        }
    }

    private func write<Writer: RowWriter & ~Copyable>(
        _ step: TableStep, _ update: RawSpan, sizeStep: Int64, into writer: inout Writer, scratch: inout ByteBuffer
    ) throws {
        let head = RecordReader.updateHead(of: update)
        try writer.begin(step.table)
        for cell in step.cells {
            guard cell.isJSON else {
                try cell.write(update, head, entry: 0, into: &writer)
                continue
            }
            defer { scratch.removeAll() }
            if let index = cell.group {
                encoding.encodeGroup(index, of: update, sizeStep: sizeStep, into: &scratch)
            } else {
                encoding.encodeBody(update, sizeStep: sizeStep, into: &scratch)
            }
            try scratch.withBytes { try writer.append(json: $0) }
        }
        try writer.end()
    }

    /// Where a group's entries begin, and how many there are.
    private func place(of group: Int, in update: RawSpan) -> (first: Int, count: Int) {
        var offset = UpdateHead.size + layout.size
        for index in 0..<group {
            offset += 4 + Int(update.integer(at: offset + 2, as: UInt16.self)) * layout.groups[index].size
        }
        return (offset + 4, Int(update.integer(at: offset + 2, as: UInt16.self)))
    }
}
