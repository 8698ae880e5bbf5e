import Codecs
import Dataflow
import Foundation
import Kernels
import Testing

@Suite struct BatchFileTests {
  static let type = RecordType("everything", columns: ["strings", "integers", "shorts", "floats"])

  func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "batch-\(UInt64.random(in: 0...UInt64.max))"
    try FileSystem.createDirectories(folder)
    defer { try? FileSystem.removeTree(folder) }
    try body(folder + "/file")
  }

  static func batch(_ rows: Int) -> Batch {
    let strings = ByteStrings((0..<rows).map { Array("é\u{0}\($0)".utf8) })
    return Batch(
      type, rows: rows,
      columns: [
        .strings(strings), .integers((0..<UInt32(rows)).map { $0 &* 2_654_435_769 }),
        .shorts((0..<rows).map { UInt16(truncatingIfNeeded: $0) }),
        .floats((0..<rows).map { Float($0) / 3 - 1 } + [.infinity, -0.0]),
      ], tokens: rows * 2)
  }

  @Test(arguments: [0, 1, 2, 1000, 600_000]) func whatIsWrittenComesBack(rows: Int) throws {
    try withFolder { path in
      let batch = Self.batch(rows)
      let seal = try BatchFile.write(batch, to: path, attempt: 0)
      #expect(try BatchFile.read(path) == batch)
      #expect(try FileSeal.measure(path) == seal)
      #expect(try BatchFile.write(batch, to: path + "2", attempt: 9) == seal)
      #expect(try FileSystem.list(FileSystem.directory(of: path)) == ["file", "file2"])
    }
  }

  @Test func rejectionsAreNotInTheFile() throws {
    try withFolder { path in
      var batch = Self.batch(3)
      batch.rejected = [Rejection(reason: "r", detail: "d", id: "i", offset: 0, line: 0)]
      _ = try BatchFile.write(batch, to: path, attempt: 0)
      #expect(try BatchFile.read(path).rejected.isEmpty)
    }
  }

  @Test func everyFlippedBitIsFound() throws {
    try withFolder { path in
      let batch = Self.batch(3)
      let seal = try BatchFile.write(batch, to: path, attempt: 0)
      let bytes = try ToyJob.bytes(path)
      for bit in 0..<bytes.count * 8 {
        try ToyJob.overwrite(path, CheckpointDamageTests.flipped(bytes, bit))
        #expect(throws: FormatError.self, "bit \(bit)") { try Envelope(path: path, access: .positional).verify() }
        // Reading may overlook padding, never content.
        if let read = try? BatchFile.read(path) { #expect(read == batch, "bit \(bit)") }
        if bit % 97 == 0 { #expect(try FileSeal.measure(path) != seal) }
      }
    }
  }

  @Test func everyTruncationIsFound() throws {
    try withFolder { path in
      _ = try BatchFile.write(Self.batch(3), to: path, attempt: 0)
      let bytes = try ToyJob.bytes(path)
      for length in bytes.indices {
        try ToyJob.overwrite(path, Array(bytes[..<length]))
        #expect(throws: FormatError.self, "\(length) bytes") { try BatchFile.read(path) }
      }
      try ToyJob.overwrite(path, bytes + [0])
      #expect(throws: FormatError.self) { try BatchFile.read(path) }
    }
  }

  @Test func anotherKindOfFileIsRefused() throws {
    try withFolder { path in
      _ = try ToySum.write(3, to: path, attempt: 0)
      let error = #expect(throws: FormatError.self) { try BatchFile.read(path) }
      #expect(error?.exitCode == .badData && "\(error!)".contains(path))
    }
  }
}
