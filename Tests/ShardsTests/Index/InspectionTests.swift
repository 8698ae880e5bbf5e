import Codecs
import Kernels
import Shards
import Testing

@Suite struct InspectionTests {
  @Test func aFileIsDescribedBySectionsThatAddUp() throws {
    try Fixture.withFolder { folder in
      let path = folder + "/documents"
      try Fixture.writeDocuments((0..<100).map { (Array("id\($0)".utf8), Array("text \($0)".utf8)) }, to: path)
      let inspection = try Inspection.describe(path)
      #expect(inspection.parts.reduce(0) { $0 + $1.bytes } == inspection.bytes)
      #expect(inspection.parts.allSatisfy { $0.isIntact != false })
      #expect(inspection.facts.contains { $0.name == "documents" && $0.value == "100" })
      #expect(inspection.text.contains("total") && !inspection.text.contains("DAMAGED"))
      var bytes = try Fixture.read(path)
      let order = try Envelope(path: path).location(of: "order")
      bytes[order.offset] ^= 1
      try Fixture.overwrite(path, bytes)
      #expect(try Inspection.describe(path).parts.filter { $0.isIntact == false }.map(\.name) == ["order"])
      #expect(try Inspection.describe(path).text.contains("DAMAGED"))
    }
  }

  @Test func anIndexIsDescribedByThePartsOfAllShards() throws {
    try Fixture.withFolder { folder in
      let index = IndexFolder(folder)
      let generation = try Fixture.build(index, "a")
      try index.publish(generation)
      let inspection = try Inspection.describe(folder)
      let onDisk = try Fixture.files(generation.path).reduce(0) { $0 + (try FileSystem.status($1)?.size ?? 0) }
      #expect(inspection.bytes == onDisk)
      #expect(inspection.parts.filter { $0.level == 0 }.reduce(0) { $0 + $1.bytes } == onDisk)
      #expect(
        Set(inspection.parts.filter { $0.level == 0 }.map(\.name)) == [
          "documents", "terms", "manifest.json", "quarantine.jsonl",
        ])
      #expect(inspection.parts.contains { $0.level == 1 && $0.name == "texts" })
      #expect(try JSONValue(parsing: inspection.json.encoded) == inspection.json)
      #expect(throws: IndexError.self) { try Inspection.describe(folder + "/absent") }
      #expect(throws: IndexError.self) { try Inspection.describe(generation.path + "/manifest.json") }
    }
  }
}
