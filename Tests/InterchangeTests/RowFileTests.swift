import Codecs
import Foundation
import Interchange
import Kernels
import Testing

@Suite struct RowFileTests {
  /// Vectors that a test sees as they were exported.
  struct Rows: VectorRows {
    let dimension: Int
    let values: [[Float]]
    var count: Int { values.count }
    func vector(of document: Int) throws -> [Float] { values[document] }
  }

  static let rows = Rows(dimension: 3, values: [[1, -2.5, 0.1], [0, 1e-8, 3e10], [-0.5, 7, 65504], [2, 2, 2]])

  static func exported(_ format: String, in folder: String) throws -> String {
    let index = try TestIndex.build(TestIndex.toy, in: folder)
    let output = ExportOutput(path: "\(folder)/x.\(format)")
    _ = try #require(ExportFormats.named(format)).export(
      ExportSource(index, vectors: rows, codes: codes), to: output, options: ExportOptions())
    _ = try output.commit()
    return output.path
  }

  struct Codes: CodeRows {
    let count = 4
    let dimension = 4
    let rotation: [Float] = [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1]
    let parts = 2
    let bits = 4
    let centroids: [Float] = (0..<64).map { Float($0) / 8 }
    func codes(of document: Int) throws -> [UInt8] { [UInt8(document), UInt8(15 - document)] }
  }

  static let codes = Codes()

  /// The golden files were made by `make_vectors.py` with NumPy and faiss.
  @Test(arguments: ["npy", "fvecs", "fbin", "faiss-flat", "faiss-pq"])
  func writesTheBytesThatTheFormatsOwnLibrariesWrite(_ format: String) throws {
    try TestIndex.withFolder { folder in
      let path = try Self.exported(format, in: folder)
      #expect(try TestIndex.read(path) == TestIndex.golden("vectors.\(format)"))
      #expect(try TestIndex.text(path + ".ids") == "17\n3\n20\n0\n")
    }
  }

  @Test(arguments: ["npy", "fvecs", "fbin"]) func whatWasExportedIsImported(_ format: String) throws {
    try TestIndex.withFolder { folder in
      let path = try Self.exported(format, in: folder)
      let file = try #require(RowFiles.named(format)).init(path: path)
      let ids = try RowIDs(path: path + ".ids")
      #expect(file.rowCount == 4)
      for size in 1...5 {
        var found: [[Float]] = []
        var names: [String] = []
        for (part, lines) in try ids.ranges(rows: 4, size: size).enumerated() {
          let range = part * size..<min(4, part * size + size)
          let decoded = try #require(
            try RowIDs.decode(ids.read(lines)[...], first: range.lowerBound, count: range.count, isNumbered: false))
          let batch = try file.decode(file.read(range)[...], rows: range.count, ids: decoded)
          guard case .dense(let dimension, let values) = batch.values else { continue }
          for row in 0..<batch.ids.count { found.append(Array(values[row * dimension..<(row + 1) * dimension])) }
          names += batch.ids.map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(found == Self.rows.values && names == ["17", "3", "20", "0"], "parts of \(size)")
      }
    }
  }

  @Test func numPysOwnFilesAreReadAndObjectsAreRefused() throws {
    for (name, tolerance) in [("f2", Float(0.05)), ("f4", 0), ("f8", 0), ("v2", 0)] {
      let file = try NPYFile(path: Self.goldenPath("numpy.\(name).npy"))
      let ids = try #require(RowIDs.decode([], first: 0, count: file.rowCount, isNumbered: true))
      let batch = try file.decode(file.read(0..<file.rowCount)[...], rows: file.rowCount, ids: ids)
      guard case .dense(3, let values) = batch.values else {
        Issue.record("\(name) has another shape")
        continue
      }
      let expected: [Float] = [1, -2.5, 0.1, 0, 0.25, 3]
      for (left, right) in zip(values, expected) { #expect(abs(left - right) <= tolerance * abs(right), "\(name)") }
      #expect(batch.ids.map { String(decoding: $0, as: UTF8.self) } == ["0", "1"])
    }
    for (name, word) in [("object", "objects"), ("fortran", "Fortran"), ("i4", "<i4"), ("cube", "axes")] {
      #expect { try NPYFile(path: Self.goldenPath("numpy.\(name).npy")) } throws: { "\($0)".contains(word) }
    }
  }

  static func goldenPath(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/\(name)").path
  }

  @Test func rowsThatAreNoVectorsAreRejectedOneByOne() throws {
    try TestIndex.withFolder { folder in
      var bytes: [UInt8] = []
      for (dimension, values) in [(2, [Float(1), 2]), (3, [3, 4]), (2, [.nan, 5]), (2, [6, 7])] {
        bytes.appendLittleEndian(Int32(dimension))
        bytes.appendLittleEndian(contentsOf: values)
      }
      try DurableFile.write(bytes, to: folder + "/x.fvecs")
      let file = try FVecsFile(path: folder + "/x.fvecs")
      let ids = try #require(RowIDs.decode([], first: 0, count: 4, isNumbered: true))
      let batch = try file.decode(file.read(0..<4)[...], rows: 4, ids: ids)
      #expect(batch.rejected.map { $0.reason } == ["wrong-dimension", "not-finite"])
      #expect(batch.rejected.map { $0.id } == ["1", "2"])
      #expect(batch.ids.count == 2)
    }
  }

  @Test func idsMustBeAsManyAsRows() throws {
    try TestIndex.withFolder { folder in
      for (text, isRight) in [
        ("a\nb\nc\n", true), ("a\nb\nc", true), ("a\r\nb\nc\n", true), ("a\nb\n", false), ("a\nb\nc\nd", false),
        ("", false), ("a\nb\nc\n\n", false),
      ] {
        try DurableFile.write(Array(text.utf8), to: folder + "/ids")
        let ids = try RowIDs(path: folder + "/ids")
        for size in [1, 2, 3, 7] {
          guard isRight else {
            #expect(throws: InterchangeError.self, "\(text) by \(size)") { try ids.ranges(rows: 3, size: size) }
            continue
          }
          var lines: [[UInt8]] = []
          for (part, range) in try ids.ranges(rows: 3, size: size).enumerated() {
            let count = min(size, 3 - part * size)
            let decoded = RowIDs.decode(try ids.read(range)[...], first: 0, count: count, isNumbered: false)
            lines += try #require(decoded).map { Array($0) }
          }
          #expect(lines == ["a", "b", "c"].map { Array($0.utf8) }, "\(text) by \(size)")
        }
      }
    }
  }
}
