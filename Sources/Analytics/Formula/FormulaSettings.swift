public import Graph

/// What a topology says of `formula`: the bars, and the formulas by name.
public struct FormulaSettings: NodeSettings {
    public let bars: [String]
    public let reset: IndicatorUpdate.Reset
    public let plan: FormulaPlan

    public init(reading reader: inout SettingsReader) {
        bars = BarNames.read(&reader)
        reset = reader.choice(
            "reset", default: IndicatorUpdate.Reset.never,
            meaning: "When indicators and earlier values begin anew; obv always does with a session")
        var plan = FormulaPlan()
        _ = reader.texts(
            byName: "formulas", required: true,
            meaning: "Formulas by name, such as \"trend\": \"ema(20) - ema(50)\"; one may name those above it"
        ) { name, text throws(SettingRefusal) in
            try FormulaSettings.checkName(name)
            do throws(FormulaFault) {
                try plan.add(text, named: name)
            } catch {
                plan.addUndefined(named: name)
                throw SettingRefusal(problem: "\(error.place): \(error.problem)", remedy: error.remedy)
            }
        }
        self.plan = plan
        if plan.programs.isEmpty, reader.has("formulas"), reader.faults.isEmpty {
            reader.fault(at: "formulas", problem: "no formula is there", remedy: #"Write "trend": "ema(20) - ema(50)""#)
        }
        let topics = plan.programs.count * bars.count
        if topics > FormulaPlan.formulaLimit {
            reader.fault(
                at: "formulas", problem: "these are \(topics) topics",
                remedy: "Write at most \(FormulaPlan.formulaLimit)")
        }
    }

    /// A name becomes a part of a topic and a word of later formulas.
    private static func checkName(_ name: String) throws(SettingRefusal) {
        let bytes = Array(name.utf8)
        let isName = bytes.first.map(FormulaScanner.isLetter) == true && bytes.allSatisfy(FormulaScanner.isPartOfName)
        guard isName, bytes.count <= FormulaScanner.nameLimit else {
            throw SettingRefusal(
                problem: "this cannot be a formula's name",
                remedy: "Write letters, digits and _, a letter first, at most \(FormulaScanner.nameLimit)")
        }
        guard !FormulaVocabulary.all.contains(name) else {
            throw SettingRefusal(
                problem: "\"\(name)\" has a meaning of its own in formulas", remedy: "Choose another name")
        }
    }

    var topics: [String] { bars.flatMap { bar in plan.programs.map { "formula/\($0.name)/\(bar)/" } } }
}
