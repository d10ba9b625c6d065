internal import Market
public import Updates

/// One row of a profile, or one node: the row's lower edge and its volume.
public struct ProfileRow: BitwiseCopyable, Equatable, Sendable {
    public var price: Int64
    public var volume: Int64

    public init(price: Int64, volume: Int64) {
        self.price = price
        self.volume = volume
    }

    static func fields(_ volume: String) -> [UpdateField] {
        [
            UpdateField("price", .price, \ProfileRow.price, "Lower edge of the row."),
            UpdateField("volume", .quantity, \ProfileRow.volume, volume),
        ]
    }
}

/// A profile's summary; its rows and nodes follow as groups. Every price is the lower edge of its row.
public struct ProfileUpdate: UpdateBody {
    public var control: Int64
    public var high: Int64
    public var low: Int64
    public var rowHeight: Int64
    public var total: Int64
    public var controlVolume: Int64
    public var areaVolume: Int64
    public var trades: Int64

    /// Without an area, where nothing was traded, the three prices are `Price.none`.
    public init(_ profile: borrowing VolumeProfile, _ area: ValueArea?, trades: Int64) {
        let none = Price.none.billionths
        control = area.map { profile.lowerEdge(ofRow: $0.control) } ?? none
        high = area.map { profile.lowerEdge(ofRow: $0.high) } ?? none
        low = area.map { profile.lowerEdge(ofRow: $0.low) } ?? none
        rowHeight = profile.rowHeight
        total = profile.total
        controlVolume = area?.controlVolume ?? 0
        areaVolume = area?.volume ?? 0
        self.trades = trades
    }

    public static let layout = UpdateLayout(
        template: 3, kind: "profile", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("poc", .price, \Self.control, "Point of control: the row with the most volume, lower edge."),
            UpdateField("vah", .price, \Self.high, "Highest row of the value area, lower edge."),
            UpdateField("val", .price, \Self.low, "Lowest row of the value area, lower edge."),
            UpdateField("rowHeight", .price, \Self.rowHeight, "Height of a row; doubled where rows were merged."),
            UpdateField("total", .quantity, \Self.total, "Volume of all rows."),
            UpdateField("pocVolume", .quantity, \Self.controlVolume, "Volume of the point of control."),
            UpdateField("areaVolume", .quantity, \Self.areaVolume, "Volume of the value area."),
            UpdateField("trades", .count, \Self.trades, "Trades that carried volume."),
        ],
        groups: [
            GroupLayout(
                "rows", size: MemoryLayout<ProfileRow>.size,
                fields: ProfileRow.fields("Volume of the row; empty rows between others are listed.")),
            GroupLayout("highNodes", size: MemoryLayout<ProfileRow>.size, fields: ProfileRow.fields("Volume there.")),
            GroupLayout("lowNodes", size: MemoryLayout<ProfileRow>.size, fields: ProfileRow.fields("Volume there.")),
        ],
        meaning: "Volume by price of a window with point of control, value area and nodes.")
}

extension VolumeProfile {
    /// Calls `body` with each row from the lowest to the highest, the empty ones between them too.
    public func forEachRow(_ body: (ProfileRow) -> Void) {
        let first = lowestRow
        withRows { rows in
            for index in 0..<rows.count {
                body(ProfileRow(price: lowerEdge(ofRow: first + Int64(index)), volume: rows[index]))
            }
        }
    }

    /// The row with this number, as a node's entry.
    public func entry(ofRow row: Int64) -> ProfileRow {
        ProfileRow(price: lowerEdge(ofRow: row), volume: volume(ofRow: row))
    }
}
