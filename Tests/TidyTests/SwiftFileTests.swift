import Testing

/// The scanner that the other tests rely on.
@Suite struct `Reading Swift files` {
    @Test func `comments and texts are no code`() {
        let file = SwiftFile(
            "x.swift",
            #"""
            let a = "try! \(b("}")) {" // try!
            let c = 1 /* { */
            """#)
        #expect(file.code[0].filter { $0 != " " } == "leta=")
        #expect(file.code[1].filter { $0 != " " } == "letc=1*/" || file.code[1].filter { $0 != " " } == "letc=1")
        #expect(file.lines[0].hasSuffix("// try!"))
    }

    @Test func `a long text ends where its marks end`() {
        let file = SwiftFile("x.swift", "let a = #\"\"\"\n{ \" } \\(\n\"\"\"#\nlet b = 2")
        #expect(file.code[1].allSatisfy { $0 == " " })
        #expect(file.code[3] == "let b = 2")
    }

    @Test func `functions are counted with head and braces`() {
        let file = SwiftFile(
            "x.swift",
            """
            protocol P {
                func requirement(_ a: Int)
                func other() -> Int
            }
            struct S {
                init() { a = 1 }
                func long(
                    _ a: Int,
                    _ body: () -> Void = {}
                ) -> Int {
                    if a > 0 {
                        return "}".count
                    }
                    return 2
                }
                deinit {
                }
            }
            """)
        #expect(file.functions.map(\.firstLine) == [5, 6, 15])
        #expect(file.functions.map(\.lineCount) == [1, 9, 2])
    }
}
