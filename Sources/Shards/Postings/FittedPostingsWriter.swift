internal import Codecs
internal import Foundation
internal import Kernels

/// Writes lists of integer impacts small: two files, `terms` (see `FittedTermsWriter`), which has the lists of up to 256
/// postings, and `postings`, of which this is the format: kind `postings`, version 3, little-endian.
///
/// ```
/// section lists    list*                    of more than 256 postings, in the order of terms
/// list           = directory block*         of 256 postings, the last of 1...256; see `FittedModel`
/// directory      = width:5 [3]  shortest:12  (last length fall)*      bits, the lowest of a byte first, padded to a byte
/// section model    a zstd frame of the model
/// section codec    name[16]  kind:u32  documents:u32          "huffman256", kind 1
/// ```
/// A directory has an entry a block, each number in a Rice code (see `RiceCode`) of the width that is best for the list's:
/// `last` is the block's last document less that of the block before (for the first: one more than the document), and less
/// the block's postings; `length` its bytes less `shortest`; `fall` the largest impact of the list less the block's. Widths
/// are of `last`, `length` and `fall`; a list has at least two blocks, and an entry's three numbers stand together. The
/// checksum in `terms` is of all of the list's bytes, and is compared once a process.
///
/// Codes are fitted to the shard, so the lists are spooled until all are there (`postings.spool`, some 2.3 bytes a
/// posting), then read once for the fit, and once, on all processors, to be coded. The bytes do not depend on how many
/// there are. Memory: some 30 bytes a term, 20 MiB of lists in work.
/// Version history: 2 is the first of this format; 3 has directories in bits and all short lists in `terms`.
final class FittedPostingsWriter: ShardPostingsWriter {
  static let codecName = "huffman256"
  /// What is read; what is written is the newest.
  static let kind = FileKind("postings", versions: 1...3)
  private static let spoolBytes = 1 << 20

  private let directory: String
  private let attempt: Int
  private let spoolPath: String
  private let appender: FileAppender
  private var spool: [UInt8] = []
  private var spooled = 0
  private var totals: PostingTotals
  private var terms = ByteStrings([])
  /// (terms + 1), (terms).
  private var starts: [UInt64] = [0]
  private var frequencies: [UInt32] = []
  private var term: [UInt8] = []
  private var frequency = 0
  /// The list's last document; 2^32 - 1 where there is none.
  private var last = UInt32.max
  private var smallest = Float.infinity

  init(directory: String, documentCount: Int, attempt: Int) throws {
    self.directory = directory
    self.attempt = attempt
    spoolPath = "\(directory)/\(PostingsWriter.postingsName).spool"
    appender = try FileAppender(creating: spoolPath)
    totals = PostingTotals(documentCount: documentCount, impactKind: .integers)
  }

  deinit { try? FileSystem.removeFile(spoolPath) }

  func begin(term: [UInt8]) throws {
    if let previous = terms.last, !previous.lexicographicallyPrecedes(term) {
      throw PostingsError.termOrder(term: term, previous: Array(previous))
    }
    self.term = term
    frequency = 0
    last = UInt32.max
  }

  func append(documents: [UInt32], impacts: [Float], in range: Range<Int>) throws {
    guard !range.isEmpty else { return }
    try check(documents, impacts, range)
    FittedModel.spool(documents, impacts, in: range, after: last, into: &spool)
    last = documents[range.upperBound - 1]
    frequency += range.count
    if spool.count >= Self.spoolBytes { try flush() }
  }

  private func check(_ documents: [UInt32], _ impacts: [Float], _ range: Range<Int>) throws {
    var last = last
    var smallest = smallest
    let count = UInt32(totals.documentCount)
    for index in range {
      let (document, impact) = (documents[index], impacts[index])
      guard document >= last &+ 1, document < count, ImpactKind.integers.allows(impact) else {
        throw PostingsError.unfit(
          term: term, document: document, impact: impact, previous: last, documentCount: totals.documentCount)
      }
      last = document
      smallest = min(smallest, impact)
    }
    self.smallest = smallest
  }

  private func flush() throws {
    try appender.write(spool)
    spooled += spool.count
    spool.removeAll(keepingCapacity: true)
  }

  func endTerm() throws {
    guard frequency > 0 else { return }
    terms.append(term)
    frequencies.append(UInt32(frequency))
    starts.append(UInt64(spooled + spool.count))
    totals.postingCount += frequency
  }

  func commit() throws -> [PostingsWriter.WrittenFile] {
    try flush()
    totals.termCount = frequencies.count
    totals.minImpact = frequencies.isEmpty ? 0 : smallest
    let spool = try MappedFile.open(spoolPath, access: .sequential)
    let (model, classes) = FittedModel.fit(
      spool: spool, starts: starts, frequencies: frequencies, documentCount: totals.documentCount)
    let lists = try EnvelopeWriter(
      path: "\(directory)/\(PostingsWriter.postingsName)", kind: Self.kind, attempt: attempt)
    try lists.begin("lists")
    var long: [FittedTermsWriter.LongList] = []
    for group in groups() {
      for list in encode(group, spool, model, classes) { long.append(try write(list, lists)) }
    }
    try lists.section("model", ZstdCompressor(level: 19).compress(model.bytes))
    var codec = Array(Self.codecName.utf8)
    codec += [UInt8](repeating: 0, count: 16 - codec.count)
    codec.appendLittleEndian(UInt32(ImpactKind.integers.rawValue))
    codec.appendLittleEndian(UInt32(totals.documentCount))
    try lists.section("codec", codec)
    let dictionary = FittedTermsWriter(
      terms: terms, frequencies: frequencies, classes: classes, starts: starts, spool: spool, model: model,
      longLists: long)
    let written = try dictionary.write(
      to: "\(directory)/\(PostingsWriter.termsName)", totals: totals, attempt: attempt)
    try FileSystem.removeFile(spoolPath)
    return try PostingsWriter.commit([
      (PostingsWriter.postingsName, lists), (PostingsWriter.termsName, written),
    ])
  }

  /// Long lists in their order, some 2 million postings together, so that what is coded and not yet written is small.
  private func groups() -> [[Int]] {
    var groups: [[Int]] = [[]]
    var postings = 0
    for index in frequencies.indices where !FittedTermsWriter.isShort(Int(frequencies[index])) {
      groups[groups.count - 1].append(index)
      postings += Int(frequencies[index])
      guard postings >= 2 << 20 else { continue }
      groups.append([])
      postings = 0
    }
    return groups
  }

  private struct CodedList: Sendable {
    var bytes: [UInt8]
    var maximum: Int
  }

  /// Codes the lists of a group, 64 at a time on each processor.
  private func encode(
    _ group: [Int], _ spool: ByteView, _ model: FittedModel, _ classes: [UInt8]
  ) -> [CodedList] {
    let (starts, frequencies) = (starts, frequencies)
    return Parallel.results((group.count + 63) / 64, threads: ProcessInfo.processInfo.activeProcessorCount) { part in
      group[(64 * part)..<min(64 * part + 64, group.count)].map { index in
        let frequency = Int(frequencies[index])
        return Self.coded(
          model.encode(spool, at: Int(starts[index]), frequency: frequency, impactClass: classes[index]),
          frequency: frequency)
      }
    }.flatMap { $0 }
  }

  private static func coded(_ list: FittedModel.EncodedList, frequency: Int) -> CodedList {
    let blocks = list.lasts.indices
    let maximum = list.maxima.max() ?? 0
    let shortest = list.lengths.min() ?? 0
    let lasts = blocks.map { block in
      let before = block > 0 ? list.lasts[block - 1] : .max
      let count = min(FittedModel.blockLength, frequency - block * FittedModel.blockLength)
      return list.lasts[block] &- before &- UInt32(count)
    }
    let columns = [lasts, list.lengths.map { $0 - shortest }, list.maxima.map { maximum - $0 }]
    let codes = columns.map { RiceCode(fitting: $0) }
    var directory = BitWriter()
    for code in codes { directory.append(UInt64(code.width), bits: 5) }
    directory.append(UInt64(shortest), bits: 12)
    for block in blocks {
      for (column, code) in zip(columns, codes) { code.append(column[block], to: &directory) }
    }
    return CodedList(bytes: directory.padded + list.bytes, maximum: Int(maximum))
  }

  private func write(_ list: CodedList, _ lists: EnvelopeWriter) throws -> FittedTermsWriter.LongList {
    guard list.bytes.count <= UInt32.max else {
      throw PostingsError.limit("a list of postings has at most 4 GiB; use more shards")
    }
    try lists.append(list.bytes)
    totals.listBytes += list.bytes.count
    return FittedTermsWriter.LongList(
      length: list.bytes.count, maximum: list.maximum, checksum: CRC32C.checksum(list.bytes))
  }
}
