import Foundation
import Testing

@Suite(.serialized) struct KillTests {
  /// 50 kills here; `make soak` has 1,000.
  @Test func aRunThatIsKilledAnywhereGoesOnToTheSameBytes() throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["BIGRAIN_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    print("BIGRAIN_SEED=\(seed)")
    var random = SplitMix(state: seed)
    let program = try PipelineProgram(copies: 4)
    defer { program.remove() }
    let clean = try PipelineProgram(copies: 4)
    defer { clean.remove() }
    let begun = Date()
    #expect(try clean.run(["run", clean.job]).status == 0)
    let whole = Date().timeIntervalSince(begun)
    let expected = try clean.index()
    #expect(try clean.run(["gc", clean.job]).status == 0)
    let expectedNames = try Set(PipelineProgram.files(below: clean.folder + "/out/work").keys)
    var kills = 0
    var tries = 0
    while kills < 50 && tries < 600 {
      tries += 1
      let before = chunks(program)
      let process = try program.start(["run", program.job, "--workers", "3"])
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      usleep(UInt32(random.next() % UInt64(max(whole, 0.05) * 500_000)))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      // At most one chunk a worker is done twice: files that were there and were written again had no row yet. In no
      // pass of this job a chunk has more than two: a listing and a contribution.
      let after = chunks(program)
      #expect(before.filter { after[$0.key] != nil && after[$0.key] != $0.value }.count <= 2 * 3)
      let wasKilled = process.terminationReason == .uncaughtSignal
      if wasKilled { kills += 1 }
      if !wasKilled || kills % 4 == 0 {
        #expect(try program.run(["run", program.job]).status == 0)
        #expect(try program.index() == expected)
        #expect(try program.run(["gc", program.job]).status == 0)
        let names = try Set(PipelineProgram.files(below: program.folder + "/out/work").keys)
        #expect(names == expectedNames)
        try FileManager.default.removeItem(atPath: program.folder + "/out")
      }
    }
    #expect(try program.run(["run", program.job]).status == 0)
    #expect(try program.index() == expected)
    #expect(try program.run(["verify", program.folder + "/out"]).status == 0)
    print("killed \(kills) of \(tries) runs")
    #expect(kills >= 50)
  }

  private func chunks(_ program: PipelineProgram) -> [String: UInt64] {
    let folder = program.folder + "/out/work/chunks"
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    var inodes: [String: UInt64] = [:]
    for name in names where !name.contains(".tmp-") {
      let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)
      if attributes?[.type] as? FileAttributeType == .typeRegular {
        inodes[name] = (attributes?[.systemFileNumber] as? NSNumber)?.uint64Value
      }
    }
    return inodes
  }
}

/// A small seeded generator (Steele, Lea and Flood, 2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
