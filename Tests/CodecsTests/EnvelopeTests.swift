import Codecs
import Foundation
import Kernels
import Testing

@Suite struct EnvelopeTests {
  static let kind = FileKind("test", versions: 2...3)

  func withFile(_ body: (String) throws -> Void) throws {
    let directory = NSTemporaryDirectory() + "envelope-\(UInt64.random(in: 0...UInt64.max))"
    try FileSystem.createDirectories(directory)
    defer { try? FileSystem.removeTree(directory) }
    try body(directory + "/file")
  }

  func write(_ path: String) throws -> FileSeal {
    let writer = try EnvelopeWriter(path: path, kind: Self.kind)
    try writer.section("first", Array("hello".utf8))
    try writer.begin("second")
    try writer.append([UInt8](repeating: 3, count: 1000))
    try writer.append([4])
    try writer.section("empty", [])
    return try writer.commit()
  }

  /// Writes without waiting for the disk: these tests are about content.
  func damage(_ path: String, _ bytes: [UInt8]) throws {
    try FileAppender(creating: path).write(bytes)
  }

  @Test func sectionsComeBackMappedAndPositional() throws {
    try withFile { path in
      let seal = try write(path)
      #expect(seal == (try FileSeal.measure(path)))
      for access in [Envelope.Access.mapped, .positional] {
        let envelope = try Envelope(path: path, kind: Self.kind, access: access)
        #expect(envelope.version == 3)
        #expect(try envelope.verifiedSection("first").bytes == Array("hello".utf8))
        #expect(try envelope.section("second").count == 1001)
        #expect(try envelope.verifiedSection("empty").count == 0)
        #expect(throws: FormatError.self) { try envelope.section("absent") }
        #expect(envelope.sections.allSatisfy { $0.offset % 64 == 0 })
        try envelope.verify()
      }
      #expect(try FileSystem.list(FileSystem.directory(of: path)) == ["file"])
    }
  }

  /// A file with right checksums and impossible numbers: whoever makes a file can make those.
  @Test(arguments: [UInt64(1) << 63, .max, .max - 63, 1 << 40, UInt64(Int.max)])
  func lengthsAndOffsetsBeyondTheFileAreCorrupt(_ number: UInt64) throws {
    try withFile { path in
      _ = try write(path)
      let good = try PositionalFile(path).read(at: 0, count: 1 << 20)
      let directory = good.count - 32 - 3 * 40
      for field in [16, 24, 40 + 16, 80 + 24] {
        var made = good
        for byte in 0..<8 { made[directory + field + byte] = UInt8(truncatingIfNeeded: number >> UInt64(8 * byte)) }
        seal(&made, directory)
        try damage(path, made)
        for access in [Envelope.Access.mapped, .positional] {
          #expect(throws: FormatError.self) { try Envelope(path: path, kind: Self.kind, access: access).verify() }
        }
      }
      for field in [0, 16] {
        var made = good
        for byte in 0..<8 {
          made[good.count - 32 + field + byte] = UInt8(truncatingIfNeeded: number >> UInt64(8 * byte))
        }
        seal(&made, directory)
        try damage(path, made)
        #expect(throws: FormatError.self) { try Envelope(path: path, kind: Self.kind) }
      }
    }
  }

  /// Makes the checksums of directory and footer right.
  private func seal(_ bytes: inout [UInt8], _ directory: Int) {
    let footer = bytes.count - 32
    func put(_ value: UInt32, _ place: Int) {
      for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: value >> UInt32(8 * byte)) }
    }
    put(CRC32C.checksum(Array(bytes[directory..<footer])), footer + 12)
    put(CRC32C.checksum(Array(bytes[footer..<footer + 24])), footer + 24)
  }

  @Test func everyFlippedBitAndEveryTruncationIsFound() throws {
    try withFile { path in
      _ = try write(path)
      let good = try PositionalFile(path).read(at: 0, count: 1 << 20)
      for bit in 0..<(good.count * 8) {
        var damaged = good
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        try damage(path, damaged)
        #expect(throws: FormatError.self) { try Envelope(path: path, kind: Self.kind, access: .positional).verify() }
      }
      for length in 0..<good.count {
        try damage(path, Array(good.prefix(length)))
        #expect(throws: FormatError.self) { try Envelope(path: path, kind: Self.kind).verify() }
      }
      try DurableFile.write(good + [0], to: path)
      #expect(throws: FormatError.self) { try Envelope(path: path, kind: Self.kind).verify() }
    }
  }

  @Test func kindAndVersionErrorsAreDifferent() throws {
    try withFile { path in
      _ = try write(path)
      func message(_ kind: FileKind) -> String {
        do {
          _ = try Envelope(path: path, kind: kind)
          return "opened"
        } catch { return String("\(error)".dropFirst(path.count)) }
      }
      #expect(message(FileKind("other")) == " is not a file of kind `other`: it is of kind `test`")
      #expect(message(FileKind("test", versions: 1...2)).contains("use a newer bigrain"))
      #expect(message(FileKind("test", versions: 4...5)).contains("build it again"))
    }
  }

  @Test func anUncommittedFileLeavesNothing() throws {
    try withFile { path in
      do {
        let writer = try EnvelopeWriter(path: path, kind: Self.kind)
        try writer.section("first", [1, 2, 3])
      }
      #expect(try FileSystem.list(FileSystem.directory(of: path)) == [])
    }
  }
}
