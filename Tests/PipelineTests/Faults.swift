import Foundation
import Testing

/// A job that has published an index, a collection that has changed since, and a run that is hit by one failure: see
/// Tests/CFaults/faults.c.
struct FaultyJob {
  /// The library that makes calls fail, built with the tests.
  static let library =
    URL(fileURLWithPath: PipelineProgram.path).deletingLastPathComponent().path + "/libCFaults.so"

  let program: PipelineProgram
  /// The index of the old collection and of the new one.
  let before: [String: Data]
  let after: [String: Data]

  init() throws {
    let program = try PipelineProgram(shards: 1)
    self.program = program
    let pipeline = program.folder + "/pipeline.yaml"
    let text = try String(contentsOfFile: pipeline, encoding: .utf8)
    // Few chunks: there are as many runs as calls on files.
    try text.replacingOccurrences(of: "chunk: 4KiB", with: "chunk: 128KiB").write(
      toFile: pipeline, atomically: true, encoding: .utf8)
    let collection = program.folder + "/collection.tsv"
    let lines = try String(contentsOfFile: collection, encoding: .utf8).split(separator: "\n").map { $0 + "\n" }
    try lines.dropLast(2).joined().write(toFile: collection, atomically: true, encoding: .utf8)
    #expect(try program.run(["run", program.job, "--workers", "1"]).status == 0)
    before = try program.index()
    try FileManager.default.moveItem(atPath: program.folder + "/out", toPath: program.folder + "/start")
    try (["new-1\ta passage that was not there before\n"] + lines).joined().write(
      toFile: collection, atomically: true, encoding: .utf8)
    try Self.restore(program)
    #expect(try program.run(["run", program.job, "--workers", "1"]).status == 0)
    after = try program.index()
  }

  var output: String { program.folder + "/out" }

  func remove() { program.remove() }

  /// The state before the run.
  func restore() throws { try Self.restore(program) }

  private static func restore(_ program: PipelineProgram) throws {
    let output = program.folder + "/out"
    if FileManager.default.fileExists(atPath: output) { try FileManager.default.removeItem(atPath: output) }
    try FileManager.default.copyItem(atPath: program.folder + "/start", toPath: output)
  }

  /// A run with one worker: the k-th call is the same one every time.
  func run(_ faults: [String: String], _ options: [String] = []) throws -> PipelineProgram.Result {
    var environment = ["LD_PRELOAD": Self.library, "FAULT_ROOT": output]
    for (key, value) in faults { environment["FAULT_" + key] = value }
    return try program.run(["run", program.job, "--workers", "1"] + options, environment: environment)
  }

  /// The pass rule: a documented exit code, one line that names a path, the published index whole, and a next run that
  /// completes to the same bytes.
  func check(_ result: PipelineProgram.Result, _ what: String, isKill: Bool = false) throws {
    let published = try program.index()
    #expect(published == before || published == after, "\(what): a mixture is published")
    if result.status == 0 {
      #expect(published == after, "\(what)")
    } else if !(isKill && result.status == -SIGKILL) {
      #expect([65, 66, 73, 74, 75].contains(result.status), "\(what): \(result.status) \(result.errors)")
      let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("pipeline: ") }
      #expect(lines.count == 1 && lines[0].contains("/"), "\(what): \(result.errors)")
    }
    let next = try program.run(["run", program.job, "--workers", "1"])
    #expect(next.status == 0, "\(what), the next run: \(next.errors)")
    #expect(try program.index() == after, "\(what): the next run gave other bytes")
  }
}

@Suite(.serialized) struct FaultTests {
  /// Every k, unless BIGRAIN_FAULT_STRIDE says that only every so many.
  private static let step = ProcessInfo.processInfo.environment["BIGRAIN_FAULT_STRIDE"].flatMap(Int.init) ?? 1

  /// Every k of every kind of call, each with one of its errors, once or for ever in turn. scripts/fault_soak.py has them
  /// all.
  @Test(arguments: [
    ("write", [ENOSPC, EIO, EDQUOT, EINTR, 0]), ("fsync", [EIO, ENOSPC, EINTR]), ("rename", [EIO, ENOSPC]),
    ("mmap", [ENOMEM, EIO]), ("read", [EIO, EINTR, 0]), ("open", [EMFILE, EIO, ENOSPC]),
  ]) func everyCallMayFail(_ call: String, _ errors: [Int32]) throws {
    let job = try FaultyJob()
    defer { job.remove() }
    let mark = job.program.folder + "/mark"
    var codes: [Int32: Int] = [:]
    for k in stride(from: 1, to: Int.max, by: Self.step) {
      let error = errors[k % errors.count]
      let isPassing = error == EINTR || error == 0
      try job.restore()
      try? FileManager.default.removeItem(atPath: mark)
      var faults = ["CALL": call, "AT": "\(k)", "ERROR": error == 0 ? "short" : "\(error)", "MARK": mark]
      if !isPassing, k / errors.count % 2 == 1 { faults["EVER"] = "1" }
      let result = try job.run(faults)
      guard FileManager.default.fileExists(atPath: mark) else {
        #expect(k > 2)
        let endings = codes.sorted { $0.key < $1.key }.map { "\($1) x \($0)" }
        print("\(call): \(codes.values.reduce(0, +)) calls failed, exit codes \(endings)")
        break
      }
      codes[result.status, default: 0] += 1
      // A full disk and a used-up quota are the same to whoever has to act.
      if call == "write", faults["EVER"] != nil, error == ENOSPC || error == EDQUOT {
        #expect(result.status == 75, "write \(k), error \(error): \(result.errors)")
      }
      try job.check(result, "\(call) \(k), error \(error), \(faults["EVER"] == nil ? "once" : "for ever")")
    }
  }

  /// `kill -9` in the place of every write, fsync and rename.
  @Test(arguments: ["write", "fsync", "rename"]) func theProcessMayDieAtEveryCall(_ call: String) throws {
    let job = try FaultyJob()
    defer { job.remove() }
    let mark = job.program.folder + "/mark"
    for k in stride(from: 1, to: Int.max, by: Self.step) {
      try job.restore()
      try? FileManager.default.removeItem(atPath: mark)
      let result = try job.run(["CALL": call, "AT": "\(k)", "ERROR": "kill", "MARK": mark])
      guard FileManager.default.fileExists(atPath: mark) else {
        #expect(k > 2)
        print("killed at \((k - 1) / Self.step) calls of \(call)")
        break
      }
      try job.check(result, "killed at \(call) \(k)", isKill: true)
    }
  }
}
