internal import CKernels

/// Huffman codes fitted to the lists of a shard: what codes and decodes their blocks of 256 postings. Immutable.
///
/// A gap (the difference of documents; at the beginning of a list document + 1) is a symbol: gap - 1 below 16, above
/// `16 + 4 (e - 4) + m`, where e is the exponent of gap - 1 and m its next two bits, followed by its other e - 2 bits.
/// An impact is a symbol too: impact - 1 below 240, above `240 + e`, where e is the exponent of impact - 240, followed
/// by its other e bits. Codes are `PrefixCodes`. Which table of codes a symbol has is looked up by its context; lg of a gap
/// is the exponent of the gap where gap - 1 is below 16, else of gap - 1:
/// - `gapTable` by the list's density (the bits of documents / frequency, rounded down, at most 15) and a state: 0 for the
///   first of a block, else 1 and one more for each of the density's five `gapBounds` that
///   `2 lg(gap before) + lg(gap before that)` reaches; the second of a block has no gap before that, and takes the one
///   before twice.
/// - `impactTable` by the list's class, one of at most 32 that k-means found by the length of code, and a state: 0 for the
///   first of a block and where lg of the posting's own gap is above 6, else 1 and one more for each of the class's three
///   `impactBounds`, quartiles, that the symbol of the impact before reaches.
///
/// A block is `gaps padding impacts`: the gaps from the front, the impacts from the back (its first bit is the lowest of
/// the last byte, and it goes on with the byte before), each padded to whole bytes, so that both are decoded at once and no
/// length is stored. A short list, of one block, is `(gap impact)*` in bits (see `encodeShort`).
///
/// ```
/// model = classes:u16 gapTables:u16 tables:u16 256:u16  gapBounds:u8[16][5]  impactBounds:u8[classes][3]
///         gapTable:u16[16][7]  impactTable:u16[classes][5]  lengths:u4[128] a gap table  lengths:u4[256] an impact table
/// ```
/// Tables below `gapTables` are of gaps, the others, up to `tables`, of impacts. A byte has two lengths, the first in its
/// lower half; a symbol that never occurs has length 0.
/// Contexts with fewer than 512 symbols share a table. Why Huffman: with symbols of 6 bits of entropy it loses 0.03 bits,
/// needs no state at the ends of blocks, and one look-up a symbol.
@safe package final class FittedModel: @unchecked Sendable {
  // Sendable: the C structure is never written after it was made.
  private let model: OpaquePointer

  package static let blockLength = Int(CK_FITTED_BLOCK)
  /// More than a short list has, wherever in a byte it begins: a posting has at most 66 bits, 40 of its gap.
  package static let mostShortBytes = 9 * blockLength + 8

  private init(_ model: OpaquePointer) { unsafe self.model = unsafe model }

  // Made by the functions below, freed once.
  deinit { unsafe ck_fitted_free(model) }

  /// Appends postings to a spool: `range` of both arrays, after document `base` (2^32 - 1: none). Impacts are integers of
  /// 1...65535.
  package static func spool(
    _ documents: [UInt32], _ impacts: [Float], in range: Range<Int>, after base: UInt32, into spool: inout [UInt8]
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= documents.count && range.upperBound <= impacts.count)
    let start = spool.count
    spool.append(contentsOf: repeatElement(0, count: 10 * range.count))
    var written = 0
    unsafe spool.withUnsafeMutableBufferPointer { target in
      unsafe documents.withUnsafeBufferPointer { documents in
        unsafe impacts.withUnsafeBufferPointer { impacts in
          guard let out = target.baseAddress, let document = documents.baseAddress, let impact = impacts.baseAddress
          else { return }
          // Reads range.count of both, writes at most 10 bytes each.
          written = unsafe ck_spool(
            document + range.lowerBound, impact + range.lowerBound, range.count, base, out + start)
        }
      }
    }
    spool.removeLast(10 * range.count - written)
  }

  /// Fits codes to the lists of a spool that `ck_spool` wrote: `starts` (lists + 1) ascend, `frequencies` (lists).
  /// Also gives each list's class.
  package static func fit(
    spool: ByteView, starts: [UInt64], frequencies: [UInt32], documentCount: Int
  ) -> (model: FittedModel, classes: [UInt8]) {
    precondition(starts.count == frequencies.count + 1 && starts.last == UInt64(spool.count))
    var classes = [UInt8](repeating: 0, count: frequencies.count)
    let model = unsafe spool.withUnsafeBytes { bytes in
      unsafe classes.withUnsafeMutableBufferPointer { classes in
        // The spool is this program's own: each list has as many postings as its frequency says.
        unsafe ck_fitted_fit(
          bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), starts, frequencies, frequencies.count,
          UInt64(documentCount), classes.baseAddress)
      }
    }
    guard let model = unsafe model else { preconditionFailure("out of memory") }
    return unsafe (FittedModel(model), classes)
  }

  /// The model as it is stored.
  package var bytes: [UInt8] {
    let size = unsafe ck_fitted_size(model)
    var bytes = [UInt8](repeating: 0, count: size)
    // Writes `size` bytes.
    unsafe bytes.withUnsafeMutableBufferPointer { unsafe ck_fitted_write(model, $0.baseAddress) }
    return bytes
  }

  /// `nil` where `bytes` are of no model.
  package init?(_ bytes: [UInt8], documentCount: Int) {
    // Reads bytes.count bytes and checks what it finds.
    guard let model = unsafe ck_fitted_read(bytes, bytes.count, UInt64(documentCount)) else { return nil }
    unsafe self.model = unsafe model
  }

  /// A list in its blocks.
  package struct EncodedList: Sendable {
    package var bytes: [UInt8]
    /// (blocks) each: last document, bytes, largest impact.
    package var lasts: [UInt32]
    package var lengths: [UInt32]
    package var maxima: [UInt32]
  }

  /// Encodes the list of `frequency` postings that begins at `offset` of the spool. `impactClass` is what `fit` gave it.
  package func encode(_ spool: ByteView, at offset: Int, frequency: Int, impactClass: UInt8) -> EncodedList {
    precondition(offset >= 0 && offset < spool.count && frequency > 0)
    let blocks = (frequency + Self.blockLength - 1) / Self.blockLength
    var list = EncodedList(
      bytes: [UInt8](repeating: 0, count: 10 * frequency + 16), lasts: .init(repeating: 0, count: blocks),
      lengths: .init(repeating: 0, count: blocks), maxima: .init(repeating: 0, count: blocks))
    var written = 0
    unsafe spool.withUnsafeBytes { source in
      unsafe list.bytes.withUnsafeMutableBufferPointer { bytes in
        // Reads the list's bytes of this program's own spool; writes at most 10 bytes a posting, `blocks` of the others.
        written = unsafe ck_fitted_encode(
          model, UInt32(impactClass), source.baseAddress?.advanced(by: offset).assumingMemoryBound(to: UInt8.self),
          UInt32(frequency), bytes.baseAddress, &list.lasts, &list.lengths, &list.maxima)
      }
    }
    list.bytes.removeLast(list.bytes.count - written)
    return list
  }

  /// Encodes the list of `frequency` postings that begins at `offset` of the spool as one string of bits: gap, impact, gap,
  /// impact, ..., each code followed by its other bits. The last byte's other bits are 0.
  /// - Precondition: `frequency <= blockLength`.
  package func encodeShort(
    _ spool: ByteView, at offset: Int, frequency: Int, impactClass: UInt8
  ) -> (bytes: [UInt8], bits: Int) {
    precondition(offset >= 0 && offset < spool.count && frequency > 0 && frequency <= Self.blockLength)
    var bytes = [UInt8](repeating: 0, count: 10 * frequency)
    var bits = 0
    unsafe spool.withUnsafeBytes { source in
      unsafe bytes.withUnsafeMutableBufferPointer { target in
        // Reads the list's bytes of this program's own spool; writes at most 10 bytes a posting.
        bits = unsafe ck_fitted_encode_short(
          model, UInt32(impactClass), source.baseAddress?.advanced(by: offset).assumingMemoryBound(to: UInt8.self),
          UInt32(frequency), target.baseAddress)
      }
    }
    bytes.removeLast(bytes.count - (bits + 7) / 8)
    return (bytes, bits)
  }

  /// Decodes the short list that begins at `bit` of `bytes` into the first elements of both arrays; gives the bit behind
  /// it, `nil` where it is malformed. Documents ascend and are below the model's count. Any bytes may be given.
  /// - Precondition: `frequency <= blockLength`, and the arrays have room.
  package func decodeShort(
    _ bytes: ByteView, at bit: Int, frequency: Int, impactClass: UInt8, into documents: inout [UInt32],
    _ impacts: inout [Float]
  ) -> Int? {
    precondition(frequency >= 0 && frequency <= Self.blockLength && bit >= 0)
    precondition(frequency <= documents.count && frequency <= impacts.count)
    let end = unsafe bytes.withUnsafeBytes { source in
      unsafe documents.withUnsafeMutableBufferPointer { documents in
        unsafe impacts.withUnsafeMutableBufferPointer { impacts in
          // Reads source.count bytes, writes `frequency` to both.
          unsafe ck_fitted_decode_short(
            model, UInt32(impactClass), UInt32(frequency), source.baseAddress?.assumingMemoryBound(to: UInt8.self),
            source.count, UInt64(bit), documents.baseAddress, impacts.baseAddress)
        }
      }
    }
    return end == 0 ? nil : Int(end)
  }

  /// Decodes the block of `count` postings in `bytes` into both arrays from `start` on; `base` is the document before.
  /// `false` where the block is malformed. Documents ascend behind `base` and are below the model's count. Any bytes may be
  /// given.
  /// - Precondition: `count <= blockLength`, and the arrays have room.
  package func decode(
    _ bytes: ByteView, count: Int, after base: UInt32, frequency: Int, impactClass: UInt8,
    into documents: inout [UInt32], _ impacts: inout [Float], at start: Int
  ) -> Bool {
    precondition(count >= 0 && count <= Self.blockLength && start >= 0)
    precondition(start + count <= documents.count && start + count <= impacts.count)
    return unsafe bytes.withUnsafeBytes { source in
      unsafe documents.withUnsafeMutableBufferPointer { documents in
        unsafe impacts.withUnsafeMutableBufferPointer { impacts in
          guard let document = documents.baseAddress, let impact = impacts.baseAddress else { return false }
          // Reads source.count bytes, writes `count` to both.
          return unsafe ck_fitted_decode(
            model, UInt32(impactClass), UInt32(truncatingIfNeeded: frequency),
            source.baseAddress?.assumingMemoryBound(to: UInt8.self), source.count, UInt32(count), base,
            document + start, impact + start) != 0
        }
      }
    }
  }
}
