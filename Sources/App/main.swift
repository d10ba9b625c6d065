internal import Foundation
let a = CommandLine.arguments
OrderflowBench(trades: try OrderflowBench.load(a[1]), symbols: Int(a[2])!, burst: Int(a[3])!, rounds: 5).run()
