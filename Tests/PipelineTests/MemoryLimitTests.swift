import Foundation
import Testing

/// A process that gets less memory than it needs, by `ulimit -v`.
@Suite(.serialized) struct MemoryLimitTests {
  /// From a limit under which the program does not even load to one that suffices.
  @Test func outOfMemoryIsToldInOneLineAndLosesNothing() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let expected = try program.index()
    try FileManager.default.removeItem(atPath: program.folder + "/out")
    var codes: [Int32: Int] = [:]
    // KiB, in steps of a tenth.
    var limit = 48 << 10
    while limit < 16 << 20 {
      let run = try limited(program, kibibytes: limit)
      codes[run.status, default: 0] += 1
      if run.status == 0 { break }
      // 127 is the dynamic loader's: our program has not begun.
      #expect([73, 74, 75, 127].contains(run.status), "\(limit) KiB: \(run.status) \(run.errors)")
      if run.status != 127 {
        let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("pipeline: ") }
        #expect(lines.count == 1 && lines[0].contains("memory"), "\(limit) KiB: \(run.errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: program.folder + "/out/current"))
      limit += limit / 10
    }
    print("up to \(limit) KiB of address space, exit codes \(codes.sorted { $0.key < $1.key })")
    #expect(codes[75, default: 0] > 0)
    #expect(try program.index() == expected)
    #expect(try program.run(["verify", program.folder + "/out"]).status == 0)
  }

  private func limited(_ program: PipelineProgram, kibibytes: Int) throws -> PipelineProgram.Result {
    try program.run(
      [
        "-c", "ulimit -v \(kibibytes); exec timeout -s KILL 60 \"$0\" \"$@\"", PipelineProgram.path, "run", program.job,
        "--workers", "2",
      ], of: "/bin/sh")
  }
}
