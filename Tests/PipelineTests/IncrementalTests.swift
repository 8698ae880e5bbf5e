import Foundation
import Kernels
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
    #expect(try changes(program) == ["documents": whole, "new": 0, "changed": 0, "deleted": 0, "unchanged": whole])
    lines[10] += " and something else"
    lines[200] += " and something else"
    lines.remove(at: 100)
    lines.insert("new-1\ta new passage", at: 50)
    lines.append("new-2\tanother new passage")
    // A document that only moves is what it was.
    lines.append(lines.remove(at: 0))
    try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
    #expect(
      try changes(program) == ["documents": whole + 1, "new": 2, "changed": 2, "deleted": 1, "unchanged": whole - 3])
    let text = try program.run(["plan", program.job]).output
    #expect(
      text.contains("documents of passages: \(whole + 1); 2 new, 2 changed, 1 deleted, \(whole - 3) as they were"))
    #expect(try program.run(["run", program.job]).status == 0)
    #expect(try program.run(["gc", program.job]).status == 0)
    #expect(
      try changes(program) == ["documents": whole + 1, "new": 0, "changed": 0, "deleted": 0, "unchanged": whole + 1])
    // The new generation has the bytes of a full build.
    #expect(try program.run(["run", program.job, "--output", program.folder + "/full"]).status == 0)
    #expect(try program.index() == program.index("full"))
    #expect(try program.run(["verify", program.folder + "/out"]).status == 0)
  }

  /// The lock is held as a run holds it; a byte of the work directory that changed would be one that the run wrote.
  @Test func planAndExplainReadBesideARun() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let path = program.folder + "/collection.tsv"
    try (String(contentsOfFile: path, encoding: .utf8) + "new-1\ta new passage\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    let commands = [
      ["plan", program.job, "--no-forecast"], ["explain", program.job, "--document", "0-bees-001"],
      ["explain", program.job, "--document", "new-1"],
    ]
    let alone = try commands.map { try program.run($0) }
    #expect(alone.allSatisfy { $0.status == 0 } && alone[0].output.contains("1 new, 0 changed"), "\(alone)")
    let lock = try FileLock(program.folder + "/out/work/lock")
    let before = try PipelineProgram.files(below: program.folder + "/out")
    for (command, expected) in zip(commands, alone) {
      let beside = try program.run(command)
      #expect(beside.status == 0 && beside.errors == expected.errors, "\(command): \(beside.errors)")
      #expect(beside.output == expected.output, "\(command)")
    }
    #expect(try program.run(["plan", program.job]).output.contains("forecast: "))
    #expect(try PipelineProgram.files(below: program.folder + "/out") == before)
    #expect(try program.run(["run", program.job]).status == 75)
    withExtendedLifetime(lock) {}
  }

  /// What a run that was killed, or a damaged disk, leaves is read from a copy; the work directory stays as it is.
  @Test func aPlanRescuesNothing() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let whole = try program.run(["plan", program.job])
    let database = program.folder + "/out/work/checkpoint.sqlite"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: database))
    for place in stride(from: bytes.count / 2, to: bytes.count, by: 97) { bytes[place] ^= 0x55 }
    try bytes.write(to: URL(fileURLWithPath: database))
    let before = try PipelineProgram.files(below: program.folder + "/out")
    let plan = try program.run(["plan", program.job, "--no-forecast"])
    #expect(plan.status == 0 && plan.errors.contains("a run will put it aside and keep"), "\(plan.errors)")
    #expect(plan.errors.contains(database) && whole.errors.isEmpty, "\(plan.errors)")
    #expect(try PipelineProgram.files(below: program.folder + "/out") == before)
    #expect(try program.run(["run", program.job]).status == 0)
    #expect(try program.run(["plan", program.job]).errors.isEmpty)
  }
}
