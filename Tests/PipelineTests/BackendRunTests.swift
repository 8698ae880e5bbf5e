import Foundation
import Testing

/// Jobs whose vectors come from a child process.
@Suite struct BackendRunTests {
  private static let worker = URL(fileURLWithPath: PipelineProgram.path).deletingLastPathComponent()
    .appendingPathComponent("example-worker").path

  /// A job over the sample in small chunks, encoded by the example worker with `options`.
  private func program(_ options: [String] = [], identity: String? = "example-1", more: String = "") throws
    -> PipelineProgram
  {
    let program = try PipelineProgram(copies: 2)
    try write(program, [Self.worker, "dense", "--dimension", "16"] + options, identity: identity, more: more)
    return program
  }

  private func write(_ program: PipelineProgram, _ command: [String], identity: String?, more: String = "") throws {
    let list = command.map { "\"\($0)\"" }.joined(separator: ", ")
    // Only who never answers is waited for in vain.
    let patience = command.contains("never") ? 2 : 60
    let said = identity.map { ", identity: \"\($0)\"" } ?? ""
    try """
    stages:
      passages: {use: read, format: msmarco-tsv, input: $collection, chunk: 4KiB}
      vectors:
        use: encode.dense
        from: passages
        backend: {command: [\(list)]\(said), batch: 4, retries: 0, answer-seconds: \(patience)\(more)}
    """.write(toFile: program.folder + "/pipeline.yaml", atomically: true, encoding: .utf8)
  }

  private func chunks(_ program: PipelineProgram) throws -> [String: Data] {
    let folder = program.folder + "/out/work/chunks"
    guard FileManager.default.fileExists(atPath: folder) else { return [:] }
    return try PipelineProgram.files(below: folder)
  }

  @Test func vectorsOfAChildAreStoredAndNotMadeAgain() throws {
    let program = try program()
    defer { program.remove() }
    let first = try program.run(["run", program.job, "--until", "vectors"])
    #expect(first.status == 0, "\(first.errors)")
    let stored = try chunks(program)
    #expect(stored.count > 2)
    // A worker that cannot start is not needed any more, nor for a plan.
    try write(program, ["/no/such/worker"], identity: "example-1")
    #expect(try program.run(["run", program.job, "--until", "vectors"]).status == 0)
    #expect(try program.run(["plan", program.job, "--until", "vectors"]).status == 0)
    #expect(try chunks(program) == stored)
  }

  @Test func aPlanStartsNothingWhenTheFileSaysWhoTheWorkerIs() throws {
    let program = try program()
    defer { program.remove() }
    let mark = program.folder + "/started"
    let shell = ["sh", "-c", "touch started; exec \(Self.worker) dense --dimension 16"]
    try write(program, shell, identity: "example-1")
    #expect(try program.run(["plan", program.job]).status == 0)
    #expect(!FileManager.default.fileExists(atPath: mark))
    // Without it, the worker is asked; in the folder of the file that names it.
    try write(program, shell, identity: nil)
    #expect(try program.run(["plan", program.job]).status == 0)
    #expect(FileManager.default.fileExists(atPath: mark))
  }

  @Test func anotherIdentityEncodesAgain() throws {
    let program = try program()
    defer { program.remove() }
    #expect(try program.run(["run", program.job, "--until", "vectors"]).status == 0)
    let before = try chunks(program)
    try write(
      program, [Self.worker, "dense", "--dimension", "16", "--identity", "example-2"], identity: "example-2")
    let plan = try program.run(["plan", program.job, "--until", "vectors"])
    #expect(plan.output.contains("content of `backend`"), "\(plan.output)")
    #expect(try program.run(["run", program.job, "--until", "vectors"]).status == 0)
    // Of a chunk's two files the listing of its documents, which knows no worker, stays the same.
    #expect(try 2 * chunks(program).count == 3 * before.count)
  }

  @Test(arguments: [("nan", 65), ("print", 65), ("count", 65), ("error", 65), ("exit-0", 69), ("never", 69)])
  func aBrokenWorkerStoresNothingOfItsChunkAndTheNextRunGoesOn(how: String, status: Int) throws {
    let clean = try program()
    defer { clean.remove() }
    #expect(try clean.run(["run", clean.job, "--until", "vectors"]).status == 0)
    let program = try program(["--misbehave", how])
    defer { program.remove() }
    let broken = try program.run(["run", program.job, "--until", "vectors"])
    #expect(broken.status == Int32(status), "\(broken.errors)")
    #expect(broken.errors.contains("vectors"), "\(broken.errors)")
    #expect(broken.errors.contains("backend `"))
    let expected = try chunks(clean)
    for (name, content) in try chunks(program) { #expect(expected[name] == content) }
    try write(program, [Self.worker, "dense", "--dimension", "16"], identity: "example-1")
    #expect(try program.run(["run", program.job, "--until", "vectors"]).status == 0)
    #expect(try chunks(program) == expected)
  }

  @Test func childrenDieWithUs() throws {
    let program = try program(["--misbehave", "never"])
    defer { program.remove() }
    try write(
      program, ["sh", "-c", "echo here >&2; exec \(Self.worker) dense --dimension 16 --misbehave never"],
      identity: "example-1", more: ", processes: 2")
    let process = try program.start(["run", program.job, "--until", "vectors"])
    let words = program.folder + "/words"
    _ = FileManager.default.createFile(atPath: words, contents: nil)
    process.standardError = FileHandle(forWritingAtPath: words)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    var children: [Int32] = []
    for _ in 0..<500 where children.count < 2 {
      usleep(10_000)
      children = try String(contentsOfFile: words, encoding: .utf8).split(separator: "\n")
        .filter { $0.hasSuffix(": here") }.compactMap { Int32($0.split(separator: " ")[1].dropLast()) }
    }
    #expect(children.count == 2)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    for child in children {
      for _ in 0..<300 where kill(child, 0) == 0 && !isZombie(child) { usleep(10_000) }
      #expect(kill(child, 0) != 0 || isZombie(child))
    }
  }

  /// Whether it is dead and nobody has asked how.
  private func isZombie(_ process: Int32) -> Bool {
    let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return status?.split(separator: ")").last?.hasPrefix(" Z") ?? true
  }
}
