internal import Glibc

/// Searches in byte arrays that run at the machine's speed, over ranges that the caller has inside the array.
package enum ByteScan {
  /// The first index in `range` that holds `byte`.
  package static func first(_ byte: UInt8, in bytes: [UInt8], _ range: Range<Int>) -> Int? {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    guard !range.isEmpty else { return nil }
    // SAFETY: `range` lies inside the array; the pointer is used during the call only.
    return unsafe bytes.withUnsafeBytes { buffer in
      let base = buffer.baseAddress!
      guard let hit = unsafe memchr(base + range.lowerBound, Int32(byte), range.count) else { return nil }
      return unsafe UnsafeRawPointer(hit) - base
    }
  }

  /// How often `byte` occurs in `range`.
  package static func count(_ byte: UInt8, in bytes: [UInt8], _ range: Range<Int>) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    let pattern = ones &* UInt64(byte)
    // SAFETY: eight-byte loads end at or before `range.upperBound`, single ones lie inside `range`.
    return unsafe bytes.withUnsafeBytes { buffer in
      var count = 0
      var index = range.lowerBound
      while index + 8 <= range.upperBound {
        // Eight counters in a word; each counts to 255 before they are added up.
        var lanes: UInt64 = 0
        let end = min(index + 255 * 8, range.upperBound - 7)
        while index < end {
          let difference = unsafe buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ pattern
          // Exact in every byte: its top bit is clear only if the byte is zero.
          let nonzero = ((difference & ~tops) &+ ~tops) | difference
          lanes &+= (~nonzero & tops) >> 7
          index += 8
        }
        let pairs = (lanes & 0x00FF_00FF_00FF_00FF) &+ (lanes >> 8 & 0x00FF_00FF_00FF_00FF)
        count += Int((pairs &* 0x0001_0001_0001_0001) >> 48)
      }
      while index < range.upperBound {
        count += unsafe buffer[index] == byte ? 1 : 0
        index += 1
      }
      return count
    }
  }

  /// The first index in `range` whose byte ends or interrupts a JSON string: `"`, `\` or a control character below 0x20.
  ///
  /// Eight bytes a step; the bit tricks are exact for the lowest hit, which is the one that is used.
  package static func firstJSONStop(in bytes: [UInt8], _ range: Range<Int>) -> Int? {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    // SAFETY: eight-byte loads end at or before `range.upperBound`, single ones lie inside `range`.
    return unsafe bytes.withUnsafeBytes { buffer in
      var index = range.lowerBound
      while index + 8 <= range.upperBound {
        let word = UInt64(littleEndian: unsafe buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        let stops = lowBytes(word ^ (ones &* 0x22), 1) | lowBytes(word ^ (ones &* 0x5C), 1) | lowBytes(word, 0x20)
        if stops != 0 { return index + stops.trailingZeroBitCount / 8 }
        index += 8
      }
      while index < range.upperBound {
        let byte = unsafe buffer[index]
        if byte == 0x22 || byte == 0x5C || byte < 0x20 { return index }
        index += 1
      }
      return nil
    }
  }

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// Top bits set in the bytes of `word` below `bound` (at most 128). A borrow can add false hits above a true one only.
  private static func lowBytes(_ word: UInt64, _ bound: UInt64) -> UInt64 {
    (word &- ones &* bound) & ~word & tops
  }
}
