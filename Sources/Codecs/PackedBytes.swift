package import Kernels

/// A byte array in LZ4 blocks, for sections of intermediate files.
///
/// `rawLength:u64 (packedLength:u32 rawLength:u32 lz4Block)*`, blocks of at most 1 MiB raw, integers little-endian.
package enum PackedBytes {
  private static let blockBytes = 1 << 20

  /// Bytes that do not unpack.
  package struct Corrupt: Error {}

  package static func pack(_ raw: [UInt8]) -> [UInt8] {
    var packed: [UInt8] = []
    packed.appendLittleEndian(UInt64(raw.count))
    for start in stride(from: 0, to: raw.count, by: blockBytes) {
      let block = Array(raw[start..<min(start + blockBytes, raw.count)])
      let compressed = LZ4Block.compress(block)
      packed.appendLittleEndian(UInt32(compressed.count))
      packed.appendLittleEndian(UInt32(block.count))
      packed += compressed
    }
    return packed
  }

  package static func unpack(_ section: ByteView) throws -> [UInt8] {
    do {
      let total = Int(truncatingIfNeeded: try section.load(UInt64.self, at: 0))
      // LZ4 cannot make more than 255 bytes of one.
      guard total >= 0, total <= section.count * 256 else { throw Corrupt() }
      var raw: [UInt8] = []
      raw.reserveCapacity(total)
      var offset = 8
      while offset < section.count {
        let compressed = Int(try section.load(UInt32.self, at: offset))
        let length = Int(try section.load(UInt32.self, at: offset + 4))
        guard length <= blockBytes else { throw Corrupt() }
        raw += try LZ4Block.decompress(section.slice(offset + 8, compressed), length: length)
        offset += 8 + compressed
      }
      guard raw.count == total else { throw Corrupt() }
      return raw
    } catch is ByteView.OutOfBounds {
      throw Corrupt()
    } catch is LZ4Block.Corrupt {
      throw Corrupt()
    }
  }

  /// The running sums of the lengths of `strings`, packed; `pack(strings.data)` is the other half.
  package static func packOffsets(_ strings: ByteStrings) -> [UInt8] {
    var raw: [UInt8] = []
    raw.appendLittleEndian(contentsOf: strings.offsets)
    return pack(raw)
  }

  /// The strings of the two halves.
  package static func strings(offsets: ByteView, data: ByteView) throws -> ByteStrings {
    let raw = ByteView(try unpack(offsets))
    guard
      let strings = ByteStrings(
        offsets: try raw.array(of: UInt32.self, at: 0, count: raw.count / 4), data: try unpack(data))
    else { throw Corrupt() }
    return strings
  }
}
