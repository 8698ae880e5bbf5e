import Codecs
import Foundation
import Interchange
import Kernels
import Testing

/// Whatever the bytes: an error that names the file, or rows; never a crash, never memory beyond what the file has.
@Suite struct HostileFileTests {
  private static let files = ["toy.ciff", "toy.csr", "vectors.npy", "vectors.fbin", "vectors.fvecs", "numpy.f8.npy"]

  private func open(_ name: String, _ path: String) throws {
    if name.hasSuffix("ciff") {
      let file = try CIFFFile(path: path, temporary: path + ".unpacked")
      _ = try file.rows(0..<file.documentCount)
      return
    }
    let format = String(name.split(separator: ".").last ?? "")
    let file = try #require(RowFiles.named(format)).init(path: path)
    guard let ids = RowIDs.decode([], first: 0, count: file.rowCount, isNumbered: true) else { return }
    _ = try file.decode(file.read(0..<file.rowCount)[...], rows: file.rowCount, ids: ids)
  }

  /// Nothing but these three kinds of errors, and the path in each.
  private func expectOrder(_ name: String, _ bytes: [UInt8], in folder: String, _ what: @autoclosure () -> String)
    throws
  {
    let path = "\(folder)/hostile.\(name)"
    try FileAppender(creating: path).write(bytes)
    do {
      try open(name, path)
    } catch let error as InterchangeError {
      #expect(error.description.contains("hostile"), "\(what()): \(error)")
    } catch let error as FileError {
      Issue.record("\(what()): \(error)")
    } catch is StreamError {
      // Bytes that begin like a compressed file.
    }
  }

  @Test(arguments: files) func everyTruncationIsFound(_ name: String) throws {
    let bytes = try TestIndex.golden(name)
    try TestIndex.withFolder { folder in
      for length in 0..<bytes.count {
        let path = "\(folder)/hostile.\(name)"
        try FileAppender(creating: path).write(Array(bytes[..<length]))
        // Vectors of .fvecs have no count: a file of fewer rows is one.
        if name == "vectors.fvecs", length % 16 == 0, length > 0 { continue }
        #expect(throws: InterchangeError.self, "\(name) cut to \(length)") { try open(name, path) }
      }
    }
  }

  @Test(arguments: files) func damageNeverCrashes(_ name: String) throws {
    let original = try TestIndex.golden(name)
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var state = seed
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let values: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF]
    try TestIndex.withFolder { folder in
      for round in 0..<100 {
        var bytes = original
        for _ in 0...next(4) {
          switch next(4) {
          case 0: bytes[next(bytes.count)] ^= 1 << UInt8(next(8))
          case 1: bytes[next(bytes.count)] = values[next(values.count)]
          case 2:
            // An absurd count: eight bytes of the largest or most negative number.
            let start = next(bytes.count)
            for index in start..<min(bytes.count, start + 8) { bytes[index] = values[next(values.count)] }
          default: bytes.insert(values[next(values.count)], at: next(bytes.count + 1))
          }
        }
        try expectOrder(name, bytes, in: folder, "\(name), seed \(seed), round \(round)")
      }
    }
  }

  @Test func absurdCountsAllocateNothing() throws {
    try TestIndex.withFolder { folder in
      var csr: [UInt8] = []
      csr.appendLittleEndian(contentsOf: [Int64(1) << 60, 5, 1 << 60, 0, 0])
      try expectOrder("x.csr", csr, in: folder, "csr")
      csr = []
      csr.appendLittleEndian(contentsOf: [Int64.min, -1, Int64.max, 0])
      try expectOrder("x.csr", csr, in: folder, "csr")
      var fbin: [UInt8] = []
      fbin.appendLittleEndian(contentsOf: [UInt32.max, UInt32.max, 1])
      try expectOrder("x.fbin", fbin, in: folder, "fbin")
      let npy = [0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255]
      try expectOrder("x.npy", npy, in: folder, "npy")
      let shape = "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }\n"
      try expectOrder(
        "x.npy", [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(shape.utf8.count), 0] + Array(shape.utf8), in: folder,
        "npy")
      // A header that tells 2^31 lists, then nothing.
      try expectOrder("x.ciff", [9, 8, 1, 16, 0x80, 0x80, 0x80, 0x80, 8, 24], in: folder, "ciff")
    }
  }

  @Test func deepAndOddJSONIsRejected() {
    let deep = "{\"id\":\"a\",\"x\":" + String(repeating: "[", count: 100_000) + "}"
    #expect(JSONVectorLines.sparse(Array(deep.utf8)).rejected.map { $0.reason } == ["malformed-json"])
    let good = Array("{\"id\":\"a\",\"vector\":{\"b\\u00e9\":1.5e0,\"c\":2}}".utf8)
    for length in 1..<good.count {
      #expect(JSONVectorLines.sparse(Array(good[..<length])).rejected.count == 1, "cut to \(length)")
    }
    for index in good.indices {
      for byte in [0, 0x22, 0x5C, 0x7B, 0xFF] as [UInt8] {
        var bytes = good
        bytes[index] = byte
        let batch = JSONVectorLines.sparse(bytes)
        #expect(batch.rejected.count + batch.ids.count >= 1)
      }
    }
  }
}
