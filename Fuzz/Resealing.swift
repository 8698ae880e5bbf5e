internal import Codecs
internal import Kernels

/// Whoever makes a file can make its checksums right, too: without this the fuzzer would only ever try checksums.
enum Resealing {
  /// An envelope with the checksums that its bytes call for; see `Envelope` for the layout.
  static func envelope(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    guard bytes.count >= 96 else { return bytes }
    put(CRC32C.checksum(bytes[..<28]), at: 28, in: &bytes)
    let footer = bytes.count - 32
    let count = Int(number(at: footer + 8, in: bytes) % 64)
    let directory = footer - 40 * count
    guard directory >= 32 else { return bytes }
    putLong(UInt64(directory), at: footer, in: &bytes)
    put(UInt32(count), at: footer + 8, in: &bytes)
    for entry in stride(from: directory, to: footer, by: 40) {
      let (start, length) = (long(at: entry + 16, in: bytes), long(at: entry + 24, in: bytes))
      guard start <= UInt64(directory), length <= UInt64(directory) - start else { continue }
      put(CRC32C.checksum(bytes[Int(start)..<Int(start + length)]), at: entry + 32, in: &bytes)
    }
    put(CRC32C.checksum(bytes[directory..<footer]), at: footer + 12, in: &bytes)
    putLong(UInt64(bytes.count), at: footer + 16, in: &bytes)
    put(CRC32C.checksum(bytes[footer..<footer + 24]), at: footer + 24, in: &bytes)
    bytes.replaceSubrange(footer + 28..<footer + 32, with: Array("end\n".utf8))
    return bytes
  }

  /// A file `terms` whose blocks have the checksums that they call for, too; see `TermBlocks`.
  static func terms(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = envelope(bytes)
    guard let blocks = section("blocks", of: bytes), let starts = section("starts", of: bytes),
      let checksums = section("checksums", of: bytes)
    else { return bytes }
    let hasLengths = number(at: 24, in: bytes) >= 3
    let ends = ByteView(Array(bytes[starts]))
    var start: UInt64 = 0
    var position = hasLengths ? 0 : 8
    for place in stride(from: checksums.lowerBound, to: checksums.upperBound - 3, by: 4) {
      guard let number = try? hasLengths ? VarintList.read(ends, at: &position) : ends.load(UInt64.self, at: position)
      else { break }
      if !hasLengths { position += 8 }
      let end = hasLengths ? start &+ number : number
      guard end >= start, end <= UInt64(blocks.count) else { break }
      let block = blocks.lowerBound + Int(start)..<blocks.lowerBound + Int(end)
      put(CRC32C.checksum(bytes[block]), at: place, in: &bytes)
      start = end
    }
    return envelope(bytes)
  }

  /// Where a section of a sealed envelope lies.
  private static func section(_ name: String, of bytes: [UInt8]) -> Range<Int>? {
    let footer = bytes.count - 32
    guard bytes.count >= 96, let directory = Int(exactly: long(at: footer, in: bytes)), directory <= footer else {
      return nil
    }
    for entry in stride(from: directory, to: footer - 39, by: 40)
    where bytes[entry..<entry + 16].starts(with: Array(name.utf8) + [0]) {
      let (start, length) = (long(at: entry + 16, in: bytes), long(at: entry + 24, in: bytes))
      guard start <= UInt64(directory), length <= UInt64(directory) - start else { return nil }
      return Int(start)..<Int(start + length)
    }
    return nil
  }

  /// A manifest whose last line fits the others; see `Manifest`.
  static func manifest(_ bytes: [UInt8]) -> [UInt8] {
    let seal = Array("  \"sha256\": \"".utf8)
    var start = bytes.count
    while start > 0, !bytes[(start - 1)...].starts(with: seal) { start -= 1 }
    let content = Array(start > 0 ? bytes[..<(start - 1)] : bytes[...])
    return content + seal + Array(Fingerprint.of(content).description.utf8) + Array("\"}\n".utf8)
  }

  private static func number(at offset: Int, in bytes: [UInt8]) -> UInt32 {
    bytes.integers(of: UInt32.self, at: offset, count: 1)[0]
  }

  private static func long(at offset: Int, in bytes: [UInt8]) -> UInt64 {
    UInt64(number(at: offset, in: bytes)) | UInt64(number(at: offset + 4, in: bytes)) << 32
  }

  private static func put(_ value: UInt32, at offset: Int, in bytes: inout [UInt8]) {
    for place in 0..<4 { bytes[offset + place] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(place))) }
  }

  private static func putLong(_ value: UInt64, at offset: Int, in bytes: inout [UInt8]) {
    put(UInt32(truncatingIfNeeded: value), at: offset, in: &bytes)
    put(UInt32(truncatingIfNeeded: value >> 32), at: offset + 4, in: &bytes)
  }
}
