import Foundation
import Interchange
import Kernels
import Shards
import Testing

@Suite struct ExportTests {
  /// The golden files were made of the same documents by `make_exports.py`, with Google's protobuf and NumPy.
  @Test(arguments: [
    "ciff", "pisa.docs", "pisa.freqs", "pisa.sizes", "pisa.terms", "pisa.documents", "csr", "csr.ids", "csr.terms",
  ])
  func writesTheBytesThatTheFormatsOwnLibrariesWrite(_ file: String) throws {
    try TestIndex.withFolder { folder in
      let index = try TestIndex.build(TestIndex.toy, in: folder)
      let format = try #require(ExportFormats.named(String(file.prefix { $0 != "." })))
      try TestIndex.export(index, format, to: folder + "/" + format.name)
      #expect(try TestIndex.read(folder + "/" + file) == TestIndex.golden("toy." + file))
    }
  }

  @Test func jsonLinesHaveEscapesAndTermsInByteOrder() throws {
    try TestIndex.withFolder { folder in
      let index = try TestIndex.build(TestIndex.toy, in: folder)
      var options = ExportOptions()
      options.text = true
      try TestIndex.export(index, try #require(ExportFormats.named("jsonl")), to: folder + "/out", options)
      #expect(
        try TestIndex.text(folder + "/out") == """
          {"id":"17","contents":"a \\"quoted\\" text","vector":{"a\\"":255,"b":3,"zoë":1}}
          {"id":"3","contents":"","vector":{"b":200}}
          {"id":"20","contents":"","vector":{}}
          {"id":"0","contents":"x\\ty","vector":{"b":1,"c":7}}

          """)
      try TestIndex.export(index, try #require(ExportFormats.named("seismic")), to: folder + "/out")
      #expect(try TestIndex.text(folder + "/out").hasPrefix("{\"id\":17,\"content\":\"\",\"vector\":{\"a\\\"\":255,"))
    }
  }

  @Test func everyFormatIsDeterministicAndLeavesNoTemporaryFile() throws {
    try TestIndex.withFolder { folder in
      let index = try TestIndex.build(TestIndex.toy, in: folder)
      for format in ExportFormats.all where !format.needsVectors {
        for run in ["one", "two"] {
          try FileSystem.createDirectories("\(folder)/\(run)")
          try TestIndex.export(index, format, to: "\(folder)/\(run)/\(format.name)")
        }
      }
      let names = try FileSystem.list(folder + "/one")
      #expect(try FileSystem.list(folder + "/two") == names)
      for name in names {
        #expect(!name.contains("tmp"))
        #expect(try TestIndex.read("\(folder)/one/\(name)") == TestIndex.read("\(folder)/two/\(name)"), "\(name)")
      }
    }
  }

  @Test func aPathThatEndsInGzIsPackedTheSameWayEachTime() throws {
    try TestIndex.withFolder { folder in
      let index = try TestIndex.build(TestIndex.toy, in: folder)
      let ciff = try #require(ExportFormats.named("ciff"))
      try TestIndex.export(index, ciff, to: folder + "/a.ciff")
      try TestIndex.export(index, ciff, to: folder + "/a.ciff.gz")
      try TestIndex.export(index, ciff, to: folder + "/b.ciff.gz")
      let stream = Compression.gzip.stream(try InputFile(path: folder + "/a.ciff.gz"))
      var bytes = [UInt8](repeating: 0, count: 1 << 16)
      let count = try stream.read(into: &bytes, at: 0)
      #expect(Array(bytes[..<count]) == (try TestIndex.read(folder + "/a.ciff")))
      #expect(try TestIndex.read(folder + "/a.ciff.gz") == TestIndex.read(folder + "/b.ciff.gz"))
    }
  }

  @Test func theRowsOfSmallWindowsAreThoseOfOne() throws {
    try TestIndex.withFolder { folder in
      var random = SystemRandomNumberGenerator()
      let seed = UInt64.random(in: 0...UInt64.max, using: &random)
      print("seed \(seed)")
      var state = seed
      func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
      }
      let shards = (0..<3).map { shard in
        (0..<150).map { number in
          let terms = Set((0..<next(40)).map { _ in next(60) })
          return TestIndex.Document(
            id: "\(shard)-\(number)", vector: terms.map { ("t\($0)", Float(1 + next(300))) })
        }
      }
      let index = try TestIndex.build(shards, in: folder)
      let expected = shards.flatMap { $0 }.map { document in
        Dictionary(uniqueKeysWithValues: document.vector.map { ($0.term, $0.impact) })
      }
      for budget in [1, 100, 5000, 1 << 20] {
        let rows = try ExportInspection.rows(index, budget: budget)
        #expect(rows == expected, "budget \(budget)")
      }
    }
  }
}
