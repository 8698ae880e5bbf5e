internal import Codecs
internal import Foundation
internal import Kernels

/// Writes the dictionary beside `FittedPostingsWriter`'s lists: kind `terms`, version 3. Short lists, of one block, stand in
/// it.
///
/// Terms ascend as unsigned bytes, a prefix first; 64 make a block (see `TermBlocks` for the other sections). A block is a
/// string of bits, the lowest of a byte first, padded to a byte:
/// ```
/// section blocks  block*
/// block           = width:6  offset:width  placeWidth:6  place:placeWidth [1...4]  field[1...64]  list*
/// field           = (shared letter*)     all but the first of a block        frequency  class
///                   (length maximum checksum:32)                             of a long list
/// list            = (gap impact)*                                            of each short list, see `FittedModel`
/// section codes   a zstd frame of `TermCodes`, which says what each field is
/// ```
/// `offset` is where the first long list of the block begins in the section `lists` of `postings`; the others follow from
/// the lengths. There is a `place` for every 16 terms that the block has, the last for fewer: their short lists begin so
/// many bits behind those of the 16 before, the first ones behind the beginning of the fields. Fields and lists follow each
/// other without gaps. `letter*` are those behind the shared ones, and the term's end.
/// A list of up to 256 postings is short. A long one has the CRC-32C of its bytes in `postings`; a short one is covered by
/// its block's. A short list's largest impact is not stored: it is decoded when it is asked for.
///
/// Version history: 3 has Huffman codes for what were bytes, and all short lists.
struct FittedTermsWriter {
  static let blockTerms = 64
  /// Terms whose short lists have one place.
  static let groupTerms = 16

  /// What the dictionary says of a list of more than one block.
  struct LongList: Sendable {
    let length: Int
    let maximum: Int
    let checksum: UInt32
  }

  /// (terms) each.
  let terms: ByteStrings
  let frequencies: [UInt32]
  let classes: [UInt8]
  /// (terms + 1): where each list begins in the spool.
  let starts: [UInt64]
  let spool: ByteView
  let model: FittedModel
  /// In the order of their terms.
  let longLists: [LongList]

  /// Whether a list of so many postings stands in the dictionary.
  static func isShort(_ frequency: Int) -> Bool { frequency <= FittedModel.blockLength }

  /// Writes the file, which is to be committed. Throws `FileError`.
  func write(to path: String, totals: PostingTotals, attempt: Int) throws -> EnvelopeWriter {
    let file = try EnvelopeWriter(path: path, kind: FileKind("terms", versions: 3...3), attempt: attempt)
    let places = places()
    var counts = TermCodes.Counts()
    for place in places { putFields(of: place, into: &counts) }
    let codes = counts.codes
    var blocks = try TermBlocksWriter(file, version: 3)
    // Coded a part at a time, so that what is not written yet is small.
    let processors = ProcessInfo.processInfo.activeProcessorCount
    for part in stride(from: 0, to: places.count, by: 1024) {
      let coded = Parallel.results(min(1024, places.count - part), threads: processors) {
        block(places[part + $0], codes)
      }
      for (block, place) in zip(coded, places[part...]) {
        try blocks.append(block, firstTerm: terms[place.terms.lowerBound])
      }
    }
    try file.section("codes", ZstdCompressor(level: 19).compress(codes.bytes))
    try blocks.finish(totals)
    return file
  }

  /// A block's terms, its first long list, and where that begins.
  private struct Place: Sendable {
    let terms: Range<Int>
    let firstLong: Int
    let offset: Int
  }

  private func places() -> [Place] {
    var places: [Place] = []
    var (long, offset) = (0, 0)
    for start in stride(from: 0, to: terms.count, by: Self.blockTerms) {
      let range = start..<min(start + Self.blockTerms, terms.count)
      places.append(Place(terms: range, firstLong: long, offset: offset))
      for term in range where !Self.isShort(Int(frequencies[term])) {
        offset += longLists[long].length
        long += 1
      }
    }
    return places
  }

  private func putFields(of place: Place, into sink: inout some TermFieldSink) {
    var long = place.firstLong
    for term in place.terms {
      if term > place.terms.lowerBound {
        let shared = sharedPrefixLength(terms[term - 1], terms[term])
        sink.number(shared, .shared)
        sink.letters(of: terms[term], from: shared)
      }
      let frequency = Int(frequencies[term])
      sink.number(frequency - 1, .frequency)
      sink.put(Int(classes[term]), .impactClass(frequency: frequency), extra: 0, bits: 0)
      if Self.isShort(frequency) { continue }
      sink.number(ListSurplus.of(length: longLists[long].length, frequency: frequency), .length)
      sink.number(longLists[long].maximum - 1, .maximum)
      sink.put(UInt64(longLists[long].checksum), bits: 32)
      long += 1
    }
  }

  private func block(_ place: Place, _ codes: TermCodes) -> [UInt8] {
    var fields = TermCodes.Writer(codes)
    putFields(of: place, into: &fields)
    var lists = BitWriter()
    var distances: [Int] = []
    var before = -fields.bits.count
    for term in place.terms {
      if (term - place.terms.lowerBound) % Self.groupTerms == 0 {
        distances.append(lists.count - before)
        before = lists.count
      }
      let frequency = Int(frequencies[term])
      guard Self.isShort(frequency) else { continue }
      let list = model.encodeShort(spool, at: Int(starts[term]), frequency: frequency, impactClass: classes[term])
      lists.append(list.bytes, bits: list.bits)
    }
    var block = BitWriter()
    Self.append([place.offset], to: &block)
    Self.append(distances, to: &block)
    block.append(fields.bits)
    block.append(lists)
    return block.padded
  }

  /// Numbers, each in as many bits as the largest needs, behind how many those are.
  private static func append(_ values: [Int], to block: inout BitWriter) {
    let width = Int.bitWidth - (values.max() ?? 0).leadingZeroBitCount
    block.append(UInt64(width), bits: 6)
    for value in values { block.append(UInt64(value), bits: width) }
  }
}
