import Interchange
import Kernels
import Shards
import Testing

@Suite struct ExportLimitTests {
  private typealias Document = TestIndex.Document

  private func refusal(_ format: String, _ documents: [TestIndex.Document], kind: ImpactKind = .integers) throws
    -> String
  {
    try TestIndex.withFolder { folder in
      let index = try TestIndex.build([documents], kind: kind, in: folder)
      let before = try FileSystem.list(folder)
      let format = try #require(ExportFormats.named(format))
      do {
        try TestIndex.export(index, format, to: folder + "/out")
        return "not refused"
      } catch let error as ExportRefusal {
        #expect(error.exitCode == .badData)
        #expect(try FileSystem.list(folder) == before, "something was written")
        return error.detail
      }
    }
  }

  @Test func whatAFormatCannotHoldIsRefusedBeforeAnythingIsWritten() throws {
    #expect(try refusal("bmp", [Document(id: "a", vector: [("x", 256)])]).contains("impact of 256"))
    #expect(try refusal("bmp", [Document(id: "a", vector: [("x", 255)])]) == "not refused")
    #expect(try refusal("jsonl", [Document(id: "a", vector: [("x y", 1)])]).contains("white space"))
    #expect(try refusal("jsonl", [Document(id: "a", vector: [("x\u{2003}y", 1)])]).contains("white space"))
    #expect(
      try refusal("jsonl", [Document(id: "a", vector: [(String(repeating: "x", count: 256), 1)])]).contains("256"))
    #expect(
      try refusal("jsonl", [Document(id: "a", vector: [(String(repeating: "x", count: 255), 1)])]) == "not refused")
    #expect(try refusal("jsonl", [Document(id: "a", vector: [("x", 0.9)])], kind: .floats).contains("fractions"))
    #expect(try refusal("ciff", [Document(id: "a", vector: [("x", 0.9)])], kind: .floats).contains("fractions"))
    #expect(try refusal("pisa", [Document(id: "a\nb", vector: [("x", 1)])]).contains("line end"))
    #expect(try refusal("seismic", [Document(id: "a", vector: [("x", 1)])]).contains("whole number"))
    #expect(try refusal("seismic", [Document(id: "007", vector: [("x", 1)])]).contains("whole number"))
    #expect(try refusal("seismic", [Document(id: "7", vector: [("x", -1)])], kind: .floats).contains("above 0"))
    #expect(try refusal("elasticsearch", [Document(id: "a", vector: [("1.5", 1)])]).contains("dot"))
    #expect(
      try refusal("opensearch", [Document(id: String(repeating: "x", count: 513), vector: [("y", 1)])]).contains("513"))
  }

  @Test func anOptionClipsAndCounts() throws {
    try TestIndex.withFolder { folder in
      let index = try TestIndex.build(
        [[Document(id: "a", vector: [("x", 300), ("y z", 2)]), Document(id: "b", vector: [("x", 256), ("v", 9)])]],
        in: folder)
      var options = ExportOptions()
      options.clip = [.impacts, .terms]
      let bmp = try TestIndex.export(index, try #require(ExportFormats.named("bmp")), to: folder + "/bmp", options)
      #expect(bmp.clipped == ["impacts": 2])
      let jsonl = try TestIndex.export(
        index, try #require(ExportFormats.named("jsonl")), to: folder + "/jsonl", options)
      #expect(jsonl.clipped == ["terms": 1, "postings": 1])
      #expect(
        try TestIndex.text(folder + "/jsonl")
          == "{\"id\":\"a\",\"contents\":\"\",\"vector\":{\"x\":300}}\n{\"id\":\"b\",\"contents\":\"\",\"vector\":{\"v\":9,\"x\":256}}\n"
      )
      options.clip = [.ids]
      let seismic = try TestIndex.export(
        index, try #require(ExportFormats.named("seismic")), to: folder + "/seismic", options)
      #expect(seismic.clipped == ["ids": 2])
      #expect(try TestIndex.text(folder + "/seismic.ids") == "a\nb\n")
    }
  }

  @Test func tooManyTermsForBMPAreTheRarest() throws {
    try TestIndex.withFolder { folder in
      let first = Document(id: "a", vector: (0..<65_536).map { ("t\($0)", 1) })
      // All terms but one come twice.
      let second = Document(id: "b", vector: (0..<65_536).filter { $0 != 4711 }.map { ("t\($0)", 1) })
      let index = try TestIndex.build([[first], [second]], in: folder)
      let bmp = try #require(ExportFormats.named("bmp"))
      #expect(throws: ExportRefusal.self) { try TestIndex.export(index, bmp, to: folder + "/out") }
      var options = ExportOptions()
      options.clip = [.terms]
      let report = try TestIndex.export(index, bmp, to: folder + "/out", options)
      #expect(report.terms == 65_535)
      #expect(report.clipped == ["terms": 1, "postings": 1])
    }
  }

  @Test func damageIsAnErrorAndLeavesNoFile() throws {
    try TestIndex.withFolder { folder in
      let index = try TestIndex.build([[Document(id: "a", vector: [("x", 3), ("y", 4)])]], in: folder)
      let path = index + "/current/shard-0000/postings"
      var bytes = try TestIndex.read(path)
      // The first bytes behind the envelope's header are the lists.
      for offset in bytes.indices.dropFirst(8).prefix(120) {
        bytes[offset] ^= 0x10
        try FileAppender(creating: path).write(bytes)
        bytes[offset] ^= 0x10
        do {
          try TestIndex.export(index, try #require(ExportFormats.named("ciff")), to: folder + "/out")
          // Padding between sections may change unseen; what was written is then what it was.
        } catch {
          #expect(!FileSystem.exists(folder + "/out.tmp-0"))
        }
      }
    }
  }
}
