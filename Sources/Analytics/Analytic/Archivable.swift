public import Memory

/// Something that lists what the stream has made of it, once for writing it down and taking it back.
protocol Archivable: ~Copyable {
    mutating func archive(_ archive: inout Archive)
}

extension Archive {
    /// What a channel has counted; where it publishes follows from the node's settings.
    public mutating func channel(_ channel: inout Channel) {
        number(&channel.number, ofSlot: UInt64(channel.slot))
    }

    public mutating func channels(_ channels: inout [Channel]) {
        each(&channels) { $1.channel(&$0) }
    }
}
