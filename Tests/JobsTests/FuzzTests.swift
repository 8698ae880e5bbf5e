import Dataflow
import Foundation
import Jobs
import Testing

/// Mutations of valid files. `BIGRAIN_SEED` repeats a run, `BIGRAIN_ROUNDS` makes a longer one.
@Suite struct FuzzTests {
  private static let fragments: [[UInt8]] =
    [
      "&a ", "*a", "<<: ", "!!str ", "!x ", "---\n", "...\n", "\t", "${", "${A}", "$${", "$tilde", "$", "}", "{", "[",
      "]",
      "\"", "'", "|\n", ">-\n", "? ", "- ", ": ", "# ", "\n", "\r", "\r\n", "  ", ",", "~", "null: 1\n", "5: 6\n",
      "%YAML 1.1\n",
      "%TAG ! !\n", "@", "`", "\u{85}", "\u{2028}", "\u{FEFF}", "\u{0}", "\u{7F}", "\u{1F600}", "e\u{301}", "\\x",
      "\\uD800",
    ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]]

  private func mutate(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, place + Int.random(in: 0...24, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
      case 3: bytes.removeLast(Int.random(in: 0...min(40, bytes.count), using: &random))
      default: bytes.insert(contentsOf: Self.fragments.randomElement(using: &random) ?? [], at: place)
      }
    }
    return bytes
  }

  /// One line, no control characters, beginning with a known file and ending the process with a code for mistakes.
  private func check(_ error: any Error, files: [String], _ note: Comment) {
    guard let error = error as? ConfigError else {
      Issue.record("\(type(of: error)): \(error), \(note)")
      return
    }
    let line = "\(error)"
    #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control }, note)
    #expect(!line.contains { $0.isNewline }, note)
    #expect(files.contains(error.location.file), note)
    #expect(error.location.line >= 1 && error.location.column >= 1, note)
    #expect([.configuration, .noInput].contains(error.exitCode), note)
  }

  @Test func damagedFilesAreReadOrRefusedWithAPlace() throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["BIGRAIN_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    let rounds = environment["BIGRAIN_ROUNDS"].flatMap(Int.init) ?? 3000
    print("FuzzTests: BIGRAIN_SEED=\(seed)")
    var random = SplitMix(state: seed)
    let folder = try Folder()
    let job = try Example.write(in: folder)
    let pipeline = "\(folder.path)/pipelines/tildev2.yaml"
    var refused = 0
    for round in 0..<rounds {
      let isJob = Bool.random(using: &random)
      let (name, text) = isJob ? ("jobs/msmarco.yaml", Example.job) : ("pipelines/tildev2.yaml", Example.pipeline)
      let bytes = mutate(Array(text.utf8), &random)
      try folder.write(name, bytes: bytes)
      let note: Comment = "seed \(seed), round \(round), \(name): \(String(decoding: bytes, as: UTF8.self))"
      do {
        let read = try Job.load(path: job, environment: ["A": "b"])
        for stage in read.pipeline.stages { _ = try stage.parameters([String: ConfigNode].self) }
      } catch {
        refused += 1
        check(error, files: [job, pipeline], note)
      }
      try folder.write(name, text)
    }
    #expect(refused > rounds / 4)
  }

  @Test func anyBytesAreReadOrRefused() {
    let seed = UInt64.random(in: 0 ... .max)
    print("FuzzTests: seed \(seed)")
    var random = SplitMix(state: seed)
    for round in 0..<3000 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...30, using: &random) {
        bytes += Self.fragments.randomElement(using: &random) ?? []
        if Bool.random(using: &random) { bytes.append(UInt8.random(in: 0x20...0x7E, using: &random)) }
      }
      do {
        let node = try YAMLReader(file: "x.yaml").read(bytes)
        _ = node?.canonicalBytes
      } catch {
        check(error, files: ["x.yaml"], "seed \(seed), round \(round), \(bytes)")
      }
    }
  }

  @Test func canonicalBytesDoNotDependOnStyle() throws {
    let block = "b:\n  - 1\n  - \"x\"\na: {d: 'y', c: ~}\n"
    let flow = "{\"a\": {c: null, d: y}, b: [0x1, 'x']} # the same\n"
    let read = { (text: String) in try YAMLReader(file: "x").read(Array(text.utf8))?.canonicalBytes }
    #expect(try read(block) == read(flow))
  }
}
