internal import Foundation

/// The histogram file: for each side the steps that counted something.
enum LatencyTable {
    static func text(_ curves: [(name: String, histogram: LatencyHistogram)]) -> String {
        var lines = ["side\tup_to_us\tcount\tshare"]
        for (name, histogram) in curves {
            for row in histogram.rows {
                let share = Double(row.upTo) / Double(histogram.count)
                lines.append("\(name)\t\(Double(row.nanoseconds) / 1_000)\t\(row.count)\t\(share)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// A picture of times by percentile: to the right ever rarer times, upward ever longer ones, both in powers of ten.
struct LatencyPlot {
    private static let (width, height, margin) = (720.0, 400.0, 60.0)
    private static let colours = ["#c0392b", "#2c5f8a"]
    /// Percentiles that the lower edge names: 1 − 10^-n.
    private static let marks = ["0", "90", "99", "99.9", "99.99", "99.999"]

    let title: String
    let curves: [(name: String, histogram: LatencyHistogram)]

    /// The powers of ten of a microsecond that hold all times.
    private var decades: ClosedRange<Int> {
        let all = curves.flatMap { $0.histogram.rows.map { Double($0.nanoseconds) / 1_000 } }.filter { $0 > 0 }
        let least = Int(log10(all.min() ?? 1).rounded(.down))
        return least...max(Int(log10(all.max() ?? 10).rounded(.up)), least + 1)
    }

    var svg: String {
        let (width, height) = (LatencyPlot.width, LatencyPlot.height)
        var parts = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(text(width)) \(text(height))\" "
                + "font-family=\"sans-serif\" font-size=\"12\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
            label(width / 2, 24, title, anchor: "middle"),
            label(width / 2, height - 12, "percentile", anchor: "middle"),
        ]
        parts += grid
        for (index, curve) in curves.enumerated() {
            let points = points(curve.histogram)
            let colour = LatencyPlot.colours[index % LatencyPlot.colours.count]
            parts.append(
                "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\" points=\"\(points)\"/>"
            )
            parts.append(
                "<g fill=\"\(colour)\">"
                    + label(LatencyPlot.margin + 12, 60 + 18 * Double(index), curve.name, anchor: "start") + "</g>")
        }
        return (parts + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private var grid: [String] {
        let (left, right) = (LatencyPlot.margin, LatencyPlot.width - 20)
        let (top, bottom) = (40.0, LatencyPlot.height - LatencyPlot.margin)
        var parts: [String] = []
        for decade in decades {
            let y = y(pow(10, Double(decade)))
            parts.append(line(left, y, right, y))
            let value = decade < 0 ? "\(pow(10, Double(decade)))" : text(pow(10, Double(decade)))
            parts.append(label(left - 6, y + 4, "\(value) µs", anchor: "end"))
        }
        for (index, mark) in LatencyPlot.marks.enumerated() {
            let x = x(rarity: Double(index))
            parts.append(line(x, top, x, bottom))
            parts.append(label(x, bottom + 18, "\(mark) %", anchor: "middle"))
        }
        return parts
    }

    private func points(_ histogram: LatencyHistogram) -> String {
        let last = Double(LatencyPlot.marks.count - 1)
        return histogram.rows.map { row in
            let rest = Double(histogram.count - row.upTo) / Double(histogram.count)
            let rarity = rest > 0 ? min(-log10(rest), last) : last
            return "\(text(x(rarity: rarity))),\(text(y(Double(row.nanoseconds) / 1_000)))"
        }.joined(separator: " ")
    }

    private func x(rarity: Double) -> Double {
        let left = LatencyPlot.margin
        return left + rarity / Double(LatencyPlot.marks.count - 1) * (LatencyPlot.width - 20 - left)
    }

    private func y(_ microseconds: Double) -> Double {
        let (top, bottom) = (40.0, LatencyPlot.height - LatencyPlot.margin)
        let part = log10(max(microseconds, 0.001)) - Double(decades.lowerBound)
        return bottom - part / Double(decades.upperBound - decades.lowerBound) * (bottom - top)
    }

    private func line(_ x: Double, _ y: Double, _ toX: Double, _ toY: Double) -> String {
        "<line x1=\"\(text(x))\" y1=\"\(text(y))\" x2=\"\(text(toX))\" y2=\"\(text(toY))\" stroke=\"#ddd\"/>"
    }

    private func label(_ x: Double, _ y: Double, _ words: String, anchor: String) -> String {
        "<text x=\"\(text(x))\" y=\"\(text(y))\" text-anchor=\"\(anchor)\">\(words)</text>"
    }

    private func text(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
