import Foundation
import Rings

// No `await` here: two programs that begin with one cannot be linked into the tests' own in a release.
let stopping = Signal()
signal(SIGTERM, SIG_IGN)
let ending = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
ending.setEventHandler { @Sendable [stopping] in stopping.raise() }
ending.resume()
Task.detached { [stopping] in
    exit(await Probe.run(Array(CommandLine.arguments.dropFirst()), stopping: stopping))
}
dispatchMain()
