import Engine
import Foundation
import Graph
import Journal
import Memory
import Stores
import TestStores

/// Stores the updates of an invented journal in a file, from behind the place that the file tells.
///
/// Arguments: the file, records in all, records of a transaction.
let arguments = CommandLine.arguments
guard arguments.count == 4, let total = UInt64(arguments[2]), let batch = UInt64(arguments[3]) else { exit(2) }
let text = #"{ "path": "\#(arguments[1])", "synchronous": "off" }"#
let object = SettingsObject(try JSONParser.parse(text), path: .root)
let sink = try SQLiteSink(SettingsReader.read(SQLiteSettings.self, from: object).settings)
let origin = ProbeJournal.origin
var position = try sink.place(of: ProbeJournal.node)?.position ?? 0
while position < total {
    let last = min(position + batch, total)
    try ProbeJournal.records((position + 1)...last).withRawSpan { try sink.receive($0, from: origin) }
    try sink.commit(JournalPlace(journal: ProbeJournal.id, position: last), of: ProbeJournal.node)
    position = last
}
sink.close()
