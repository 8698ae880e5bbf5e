import Foundation
import Testing

@Suite struct IncrementalTests {
  /// What `plan --json` says of the documents.
  private func changes(_ program: PipelineProgram) throws -> [String: Int] {
    struct Summary: Decodable { let documents: [String: [String: Int]] }
    let plan = try program.run(["plan", program.job, "--json"])
    #expect(plan.status == 0, "\(plan.errors)")
    return try JSONDecoder().decode(Summary.self, from: Data(plan.output.utf8)).documents["passages"] ?? [:]
  }

  @Test func aPlanCountsNewChangedAndDeletedDocuments() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try changes(program).isEmpty)
    #expect(try program.run(["run", program.job]).status == 0)
    let path = program.folder + "/collection.tsv"
    var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    let whole = lines.count
    #expect(try changes(program) == ["documents": whole, "new": 0, "changed": 0, "deleted": 0])
    lines[10] += " and something else"
    lines[200] += " and something else"
    lines.remove(at: 100)
    lines.insert("new-1\ta new passage", at: 50)
    lines.append("new-2\tanother new passage")
    // A document that only moves is what it was.
    lines.append(lines.remove(at: 0))
    try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try changes(program) == ["documents": whole + 1, "new": 2, "changed": 2, "deleted": 1])
    let text = try program.run(["plan", program.job]).output
    #expect(
      text.contains("documents of passages: \(whole + 1); 2 new, 2 changed, 1 deleted, \(whole - 3) as they were"))
    #expect(try program.run(["run", program.job]).status == 0)
    #expect(try program.run(["gc", program.job]).status == 0)
    #expect(try changes(program) == ["documents": whole + 1, "new": 0, "changed": 0, "deleted": 0])
    // The new generation has the bytes of a full build.
    #expect(try program.run(["run", program.job, "--output", program.folder + "/full"]).status == 0)
    #expect(try program.index() == program.index("full"))
    #expect(try program.run(["verify", program.folder + "/out"]).status == 0)
  }
}
