import Foundation
import Kernels
import Shards
import Testing

@Suite struct DocumentGoldenTests {
  /// The ids of `make_documents.py`.
  static let ids: [[UInt8]] =
    (0..<20).map { Array("d\($0 * 7 % 20)".utf8) }
    + [[0], [0xFF, 0xFE], Array("\u{e9}".utf8), Array("e\u{301}".utf8), [UInt8](repeating: 120, count: 200)]

  static let texts = ids.indices.map { Array("text \($0) \(String(repeating: "of some length ", count: $0 * 9))".utf8) }

  @Test func theWriterFollowsItsDescriptionByteForByte() throws {
    try Fixture.withFolder { folder in
      var options = DocumentWriter.Options()
      options.storesText = false
      try Fixture.writeDocuments(Self.ids.map { ($0, []) }, to: folder + "/documents", options: options)
      #expect(try Fixture.read(folder + "/documents") == Fixture.read(Fixture.golden("documents-v1")))
    }
  }

  @Test func version1IsReadForEver() throws {
    let path = Fixture.golden("documents-text-v1")
    if ProcessInfo.processInfo.environment["BIGRAIN_WRITE_GOLDEN"] != nil {
      try Fixture.writeDocuments(Array(zip(Self.ids, Self.texts)), to: path)
    }
    for (path, storesText) in [(path, true), (Fixture.golden("documents-v1"), false)] {
      let reader = try DocumentReader(path: path)
      try reader.verify()
      for (number, id) in Self.ids.enumerated() {
        #expect(try reader.id(of: number) == id)
        #expect(try reader.number(of: id) == number)
        #expect(try reader.text(of: number) == (storesText ? Self.texts[number] : nil))
      }
    }
  }
}
