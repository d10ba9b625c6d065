internal import Market

/// Turns a parsed file into a topology, or into all that is wrong with it.
///
/// What compares nodes with each other leaves out those that are faulty themselves: one mistake, one fault.
struct TopologyChecker {
    typealias EdgeDraft = TopologyDraft.EdgeDraft

    let kinds: KindList
    private(set) var faults: Set<TopologyFault> = []
    private(set) var nodes: [Topology.Node] = []
    /// Every node's name, those of unknown kind included, in file order.
    private(set) var names: [String] = []
    private(set) var places: [String: (path: JSONPath, position: JSONPosition)] = [:]
    /// Nodes whose facts say nothing, because their settings have faults.
    private(set) var faulty: Set<String> = []
    /// A source or a sink as it was read, before anybody knows what it belongs to.
    struct ReadNode {
        let kind: NodeKind
        let settings: SettingsObject
        let facts: NodeFacts
        let isFaulty: Bool
    }
    private var defaults: [String: SettingsObject] = [:]
    var comparisons = 0

    init(kinds: KindList) { self.kinds = kinds }

    /// The topology; nil, or one that must not run, where `faults` is not empty.
    mutating func check(_ file: JSONValue, environment: [String: String]) -> Topology? {
        var variables = EnvironmentText(environment)
        let file = variables.replace(file, at: .root)
        faults.formUnion(variables.faults)
        guard file.members != nil else {
            add(.root, file.position, "\(file.shown) cannot stand here", "Begin with { \"millrace\": 1, …")
            return nil
        }
        let (draft, faults) = SettingsReader.read(TopologyDraft.self, from: SettingsObject(file, path: .root))
        self.faults.formUnion(faults)
        readDefaults(draft.defaults)
        checkSessions(draft)
        guard let nodes = draft.nodes, readNodes(nodes) else { return nil }
        checkDefaultsOfUnusedKinds()
        let edges = checkEdges(draft.edges)
        checkRoles(at: nodes.position)
        checkConnections(edges)
        checkProcesses(draft, edges)
        checkHoldings(draft)
        if draft.data == nil { checkStores() }
        checkSymbols(edges)
        return Topology(
            data: draft.data, status: draft.status?.definition, nodes: self.nodes, edges: edges.map(\.edge),
            instruments: InstrumentTable(draft.instruments.map(\.definition)),
            calendars: draft.calendars.map(\.definition), processes: draft.processes.map(\.definition))
    }

    mutating func add(_ path: JSONPath, _ position: JSONPosition, _ problem: String, _ remedy: String) {
        faults.insert(TopologyFault(path: path, position: position, problem: problem, remedy: remedy))
    }

    /// A fault in a field of an edge or another object; at the object where the field is absent.
    mutating func add(_ object: SettingsObject, _ name: String, _ problem: String, _ remedy: String) {
        let field = object.field(name)
        add(field?.path ?? object.path, field?.value.position ?? object.position, problem, remedy)
    }

    func node(_ name: String) -> Topology.Node? { nodes.first { $0.name == name } }

    // MARK: Sessions

    private mutating func checkSessions(_ draft: TopologyDraft) {
        var known = Calendars.names
        if draft.calendars.count > Topology.calendarLimit {
            add(
                JSONPath("calendars"), draft.calendars[Topology.calendarLimit].object.position,
                "the file has \(draft.calendars.count) calendars", "Write at most \(Topology.calendarLimit)")
        }
        for (object, calendar) in draft.calendars.prefix(Topology.calendarLimit) {
            if Calendars.named(calendar.name) != nil {
                add(object.path, object.position, "a built-in session has this name", "Choose another name")
            }
            known.append(calendar.name)
            if !faults.contains(where: { $0.path.description.hasPrefix(object.path.description) }) {
                checkCalendar(calendar, object)
            }
        }
        for (object, instrument) in draft.instruments {
            guard let session = instrument.session, !known.contains(session), let value = object["session"] else {
                continue
            }
            add(
                object, "session", "no session or calendar is called \(value.shown)",
                Spelling.remedy(for: session, among: known))
        }
    }

    /// Makes the calendar: only the system knows its zones.
    private mutating func checkCalendar(_ calendar: CalendarDefinition, _ object: SettingsObject) {
        do {
            _ = try calendar.calendar()
        } catch {
            switch error {
            case .unknownZone, .unreadableZone:
                add(
                    object, "zone", "the system has no time zone \(object["zone"]?.shown ?? "")",
                    "Write a name of the tz database such as \"America/New_York\", and install tzdata")
            case .overlap(let date):
                add(
                    object, "exceptions", "the session of \(date) overlaps its neighbour",
                    "Let it open later or close earlier")
            case .tooManyExceptions(let count, let limit):
                add(object, "exceptions", "there are \(count) of them", "Write at most \(limit)")
            case .badTime, .badDate, .unknownDay, .noDays:
                preconditionFailure("A calendar's texts must have been checked: \(error)")
            }
        }
    }

    // MARK: Defaults

    private mutating func readDefaults(_ value: JSONValue?) {
        guard let value else { return }
        let path = JSONPath("defaults")
        guard let members = value.members else {
            let complaint = Conversion.wrongType(value, "an object by kind")
            return add(path, value.position, complaint.problem, complaint.remedy)
        }
        for member in members {
            let place = path.member(member.name)
            guard kinds[member.name] != nil else {
                addUnknownKind(Quoted.text(member.name), member.name, at: place, member.position)
                continue
            }
            guard member.value.members != nil else {
                let complaint = Conversion.wrongType(member.value, "an object of settings")
                add(place, member.value.position, complaint.problem, complaint.remedy)
                continue
            }
            let object = SettingsObject(member.value, path: place)
            if object["kind"] != nil {
                add(object, "kind", "the defaults of a kind name no kind", "Take it away")
            }
            defaults[member.name] = object.without("kind")
        }
    }

    /// Defaults that a node uses are checked with it; of the others, what the file writes is checked alone.
    private mutating func checkDefaultsOfUnusedKinds() {
        let used = Set(nodes.map(\.kind) + nodes.compactMap(\.beginning?.kind))
        for (name, object) in defaults where !used.contains(name) {
            guard let kind = kinds[name] else { continue }
            var reader = SettingsReader(object)
            _ = kind.read(&reader)
            let absent = Set(reader.fields.map(\.name).filter { !reader.has($0) }.map(object.path.member))
            faults.formUnion(reader.finish().filter { !absent.contains($0.path) })
        }
    }

    // MARK: Nodes

    /// Reads every node; false where there is none to go on with.
    private mutating func readNodes(_ value: JSONValue) -> Bool {
        let path = JSONPath("nodes")
        guard let members = value.members else {
            let complaint = Conversion.wrongType(value, "an object of nodes by name")
            add(path, value.position, complaint.problem, complaint.remedy)
            return false
        }
        guard !members.isEmpty, members.count <= Topology.nodeLimit else {
            add(
                path, value.position, "the file has \(members.count) nodes",
                "Write a source, a symbols node and a sink, at most \(Topology.nodeLimit) nodes")
            return false
        }
        for member in members { readNode(member, at: path.member(member.name)) }
        return true
    }

    private mutating func readNode(_ member: JSONMember, at path: JSONPath) {
        names.append(member.name)
        places[member.name] = (path, member.position)
        faulty.insert(member.name)
        if !TopologyChecker.isNodeName(member.name) {
            add(
                path, member.position, "this name is none for a node",
                "Write a letter, then letters, digits, - and _, at most 64")
        }
        var beginning: ReadNode?
        var place = (value: member.value, path: path)
        if let elements = member.value.elements {
            beginning = readBeginning(elements, at: path, member.value.position)
            guard beginning != nil else { return }
            place = (elements[1], path.element(1))
        }
        guard let node = read(place.value, at: place.path) else { return }
        if beginning != nil, !checkContinuation(node, place.value, at: place.path) { return }
        if !node.isFaulty, beginning?.isFaulty != true { faulty.remove(member.name) }
        nodes.append(
            Topology.Node(
                name: member.name, kind: node.kind.name, role: node.kind.role, settings: node.settings,
                facts: node.facts,
                beginning: beginning.map { Topology.Beginning(kind: $0.kind.name, settings: $0.settings) }))
    }

    /// Reads a node's kind and settings; nil where it has no usable kind.
    mutating func read(_ value: JSONValue, at path: JSONPath) -> ReadNode? {
        guard value.members != nil else {
            let complaint = Conversion.wrongType(value, "an object with the node's kind and settings")
            add(path, value.position, complaint.problem, complaint.remedy)
            return nil
        }
        let object = SettingsObject(value, path: path)
        guard let value = object["kind"] else {
            let known = kinds.kinds.map { Quoted.text($0.name) }.joined(separator: ", ")
            add(path.member("kind"), object.position, "the field is missing", "Write one of \(known)")
            return nil
        }
        guard let name = value.text, let kind = kinds[name] else {
            if value.origin != .missing {
                addUnknownKind(value.shown, value.text ?? "", at: path.member("kind"), value.position)
            }
            return nil
        }
        let settings = object.without("kind").filled(
            from: defaults[name] ?? .empty(at: path, position: object.position))
        var reader = SettingsReader(settings)
        let facts = kind.read(&reader)
        let own = reader.finish()
        faults.formUnion(own)
        return ReadNode(
            kind: kind, settings: settings, facts: facts,
            isFaulty: !own.isEmpty || settings.hasOrigin { $0 == .missing })
    }

    private mutating func addUnknownKind(_ shown: String, _ name: String, at path: JSONPath, _ position: JSONPosition) {
        add(
            path, position, "no node kind is called \(shown)",
            Spelling.remedy(for: name, among: kinds.kinds.map(\.name)))
    }

    static func isNodeName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (65...90).contains(first & 0xDF), name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte & 0xDF) || byte == 95 || byte == 45
        }
    }

    /// Roles that the file lacks; silent while a node's kind is unknown.
    private mutating func checkRoles(at position: JSONPosition) {
        guard nodes.count == names.count else { return }
        for role in NodeRole.allCases where !nodes.contains(where: { $0.role == role }) {
            let possible = kinds.kinds.filter { $0.role == role }.map { Quoted.text($0.name) }
            add(
                JSONPath("nodes"), position, "no node is \(role.noun)",
                "Add a node of kind \(possible.joined(separator: " or "))")
        }
    }
}
