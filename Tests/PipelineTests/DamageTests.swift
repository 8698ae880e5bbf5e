import Dataflow
import Foundation
import Kernels
import Search
import Shards
import Stages
import Testing

@Suite struct IndexDamageTests {
  /// 2,400 random flips over every file of an index and of its work directory; BIGRAIN_FLIPS says another number,
  /// BIGRAIN_SEED repeats.
  @Test func everyFlippedBitIsFoundAndSearchNeverCrashes() throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["BIGRAIN_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    let flips = environment["BIGRAIN_FLIPS"].flatMap(Int.init) ?? 2400
    print("BIGRAIN_SEED=\(seed)")
    var random = SplitMix(state: seed)
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let output = program.folder + "/out"
    let generation = output + "/" + (try FileManager.default.destinationOfSymbolicLink(atPath: output + "/current"))
    let query = Array("how do bees find their way home in the field".utf8)
    let expected = try IndexSearcher(output).search(query, k: 20).map(\.id)
    let indexFiles = try PipelineProgram.files(below: generation).keys.sorted().map { generation + "/" + $0 }
    let workFiles = try PipelineProgram.files(below: output + "/work").keys.sorted()
      .filter { $0 != "lock" }.map { output + "/work/" + $0 }
    for round in 0..<flips / 2 {
      let path = indexFiles[round % indexFiles.count]
      try withFlippedBit(path, &random) { bit in
        let report = try IndexVerifier.verify(output)
        #expect(!report.isSound, "bit \(bit) of \(path)")
        // A search answers rightly or says what is wrong.
        if let found = try? IndexSearcher(output).search(query, k: 20) {
          #expect(found.map(\.id) == expected, "bit \(bit) of \(path)")
        }
      }
    }
    for round in 0..<flips / 2 {
      let path = workFiles[round % workFiles.count]
      try withFlippedBit(path, &random) { bit in
        let problems = try WorkVerifier.verify(output + "/work")
        #expect(!problems.isEmpty, "bit \(bit) of \(path)")
      }
    }
    #expect(try program.run(["verify", output]).status == 0)
    print("\(flips) flips in \(indexFiles.count + workFiles.count) files")
  }

  @Test func everyTruncationIsFound() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let output = program.folder + "/out"
    for (name, content) in try PipelineProgram.files(below: output)
    where !(name == "lock" || name.hasSuffix("/lock")) && name != "current" && !name.hasPrefix("history/")
      && name != "report.html" && !content.isEmpty
    {
      let url = URL(fileURLWithPath: output + "/" + name)
      for length in [0, content.count / 2, content.count - 1] {
        try content.prefix(length).write(to: url)
        let index = try IndexVerifier.verify(output).problems.count
        let work = try WorkVerifier.verify(output + "/work").count
        #expect(index + work > 0, "\(name) cut to \(length)")
      }
      try content.write(to: url)
    }
    #expect(try program.run(["verify", output]).status == 0)
  }

  private func withFlippedBit(_ path: String, _ random: inout SplitMix, _ body: (Int) throws -> Void) throws {
    let url = URL(fileURLWithPath: path)
    let content = try Data(contentsOf: url)
    guard !content.isEmpty else { return }
    let bit = Int(random.next() % UInt64(content.count * 8))
    let handle = try FileHandle(forUpdating: url)
    defer { try? handle.close() }
    try handle.seek(toOffset: UInt64(bit / 8))
    try handle.write(contentsOf: Data([content[bit / 8] ^ (1 << UInt8(bit % 8))]))
    try body(bit)
    try handle.seek(toOffset: UInt64(bit / 8))
    try handle.write(contentsOf: Data([content[bit / 8]]))
  }
}
