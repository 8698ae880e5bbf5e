import Codecs
import Interchange
import Kernels
import Testing

@Suite struct SparseImportTests {
  private static let expected: [String: [String: Float]] = [
    "17": ["b": 3, "a\"": 255, "zoë": 1], "3": ["b": 200], "20": [:], "0": ["c": 7, "b": 1],
  ]

  static func vectors(_ batch: VectorBatch) -> [String: [String: Float]] {
    guard case .sparse(let vocabulary, let offsets, let terms, let weights) = batch.values else { return [:] }
    var result: [String: [String: Float]] = [:]
    for row in 0..<batch.ids.count {
      var vector: [String: Float] = [:]
      for index in Int(offsets[row])..<Int(offsets[row + 1]) {
        vector[String(decoding: vocabulary[Int(terms[index])], as: UTF8.self)] = weights[index]
      }
      result[String(decoding: batch.ids[row], as: UTF8.self)] = vector
    }
    return result
  }

  @Test(arguments: ["x.ciff", "x.ciff.gz"]) func aCIFFIsReadAsTheDocumentsItWasMadeOf(_ name: String) throws {
    try TestIndex.withFolder { folder in
      let index = try TestIndex.build(TestIndex.toy, in: folder)
      try TestIndex.export(index, try #require(ExportFormats.named("ciff")), to: "\(folder)/\(name)")
      let file = try CIFFFile(path: "\(folder)/\(name)", temporary: folder + "/unpacked")
      #expect(!FileSystem.exists(folder + "/unpacked"))
      #expect(file.documentCount == 4 && file.postingCount == 6)
      for size in 1...5 {
        var found: [String: [String: Float]] = [:]
        for first in stride(from: 0, to: 4, by: size) {
          found.merge(Self.vectors(try file.rows(first..<min(4, first + size)))) { $1 }
        }
        #expect(found == Self.expected, "ranges of \(size)")
      }
    }
  }

  /// The file of ciff#12, made by Google's protobuf (`make_exports.py`).
  @Test func protobufsOwnFileIsRead() throws {
    let file = try CIFFFile(path: RowFileTests.goldenPath("toy.ciff"), temporary: "/nonexistent")
    #expect(Self.vectors(try file.rows(0..<4)) == Self.expected)
  }

  @Test func longListsAreReadFromTheMiddle() throws {
    try TestIndex.withFolder { folder in
      let documents = (0..<30_000).map { number -> TestIndex.Document in
        var vector: [(term: String, impact: Float)] = [(term: "all", impact: Float(1 + number % 200))]
        if number % 7 == 3 { vector.append((term: "some", impact: Float(1 + number % 100))) }
        return TestIndex.Document(id: "d\(number)", vector: vector)
      }
      let index = try TestIndex.build([documents], in: folder)
      try TestIndex.export(index, try #require(ExportFormats.named("ciff")), to: folder + "/x.ciff")
      let file = try CIFFFile(path: folder + "/x.ciff", temporary: "")
      for range in [0..<1, 29_990..<30_000, 12_345..<12_400, 4_095..<4_097, 20_000..<25_000] {
        let found = Self.vectors(try file.rows(range))
        #expect(found.count == range.count)
        for number in range {
          let vector = Dictionary(uniqueKeysWithValues: documents[number].vector.map { ($0.term, $0.impact) })
          guard found["d\(number)"] == vector else {
            Issue.record("document \(number)")
            break
          }
        }
      }
    }
  }

  @Test func aMatrixIsReadRangeByRange() throws {
    let file = try CSRFile(path: RowFileTests.goldenPath("toy.csr"))
    let terms = ["a\"", "b", "c", "zoë"]
    let names = ["17", "3", "20", "0"]
    for size in 1...4 {
      var found: [String: [String: Float]] = [:]
      for first in stride(from: 0, to: 4, by: size) {
        let range = first..<min(4, first + size)
        let ids = ByteStrings(range.map { Array(names[$0].utf8) })
        let batch = try file.decode(file.read(range)[...], rows: range.count, ids: ids)
        for (id, vector) in Self.vectors(batch) {
          found[id] = Dictionary(uniqueKeysWithValues: vector.map { (terms[Int($0.key) ?? 0], $0.value) })
        }
      }
      #expect(found == Self.expected, "ranges of \(size)")
    }
  }

  @Test func jsonLinesOfAllToolkitsAreRead() {
    let text = """
      {"id": "a", "contents": "x \\"y\\" {", "vector": {"b": 3, "\\u00e9\\ud83d\\ude00": 0.25, "zero": 0, "e": 1e-2}}\r
      {"docid":7,"nested":{"vector":[1,{"x":null}]},"vector":{}}

      {"_id":"z","vector":{"t":1.5},"id":"first"}
      \u{FEFF}{"id":"bom","vector":{"t":2}}
      {"id":"d","vector":{"t":1,"t":2}}
      {"id":"e","vector":[1,2]}
      {"id":"f"}
      {"vector":{"t":1}}
      {"id":"g","vector":{"t":1e999}}
      {"id":"h","vector":{"t":01}}
      {"id":1.5,"vector":{"t":1}}
      {"id":"i","vector":{"t":1}} x
      {"id":"j","vector":{"t":NaN}}
      {"id":"k","vector":{"\\ud800":1}}
      {"id":"","vector":{}}
      """
    let batch = JSONVectorLines.sparse(Array(text.utf8))
    #expect(
      Self.vectors(batch) == [
        "a": ["b": 3, "é😀": 0.25, "e": 0.01], "7": [:], "first": ["t": 1.5], "bom": ["t": 2],
      ])
    #expect(
      batch.rejected.map { $0.reason } == [
        "duplicate-term", "wrong-type", "missing-vector", "missing-id", "not-finite", "malformed-json", "wrong-type",
        "malformed-json", "malformed-json", "malformed-json", "empty-id",
      ])
    #expect(batch.rejected.first?.row == 5)
  }

  @Test func denseJSONLinesMustHaveOneDimension() {
    let text =
      "{\"id\":\"a\",\"vector\":[1,-2.5,1e3]}\n{\"docid\":\"b\",\"vector\":[1,2]}\n{\"id\":\"c\",\"vector\":[0,0,-0.0]}"
    let batch = JSONVectorLines.dense(Array(text.utf8), dimension: 3)
    #expect(batch.ids.map { String(decoding: $0, as: UTF8.self) } == ["a", "c"])
    guard case .dense(3, let values) = batch.values else {
      Issue.record("not dense")
      return
    }
    #expect(values == [1, -2.5, 1000, 0, 0, 0])
    #expect(batch.rejected.map { $0.reason } == ["wrong-dimension"])
  }
}
