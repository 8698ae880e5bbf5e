internal import Codecs
internal import Dispatch
internal import Kernels

/// Writes lists of integer impacts small: two files, `terms` (see `TermsWriter`), and `postings`, of which this is the
/// format: kind `postings`, version 2, little-endian.
///
/// ```
/// section lists    list*                    those that are not in `terms` themselves, in the order of terms
/// list           = [directory] block*       of 256 postings, the last of 1...256; see `FittedModel`
/// directory      = shortest:varint (last:varint length:varint maximum:varint)*      one entry a block
/// section model    a zstd frame of the model
/// section codec    name[16]  kind:u32  documents:u32          "huffman256", kind 1
/// ```
/// A list of one block has no directory. `last` is the block's last document, less that of the block before (less
/// 2^32 - 1, modulo 2^32, for the first: one more than the document); `length` its bytes less `shortest`; `maximum` its
/// largest impact less one. The checksum in `terms` is of all of the list's bytes, and is compared once a process.
///
/// Codes are fitted to the shard, so the lists are spooled until all are there (`postings.spool`, some 2.3 bytes a
/// posting), then read once for the fit, and once, on all processors, to be coded. The bytes do not depend on how many
/// there are. Memory: some 30 bytes a term, 20 MiB of lists in work. Version history: 2 is the first of this format.
final class FittedPostingsWriter: ShardPostingsWriter {
  static let codecName = "huffman256"
  /// What is read; what is written is the newest.
  static let kind = FileKind("postings", versions: 1...2)
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
    let dictionary = try TermsWriter(
      path: "\(directory)/\(PostingsWriter.termsName)", format: .inlined64, attempt: attempt)
    try lists.begin("lists")
    for group in groups() {
      let encoded = encode(group, spool, model, classes)
      for (index, list) in zip(group, encoded) { try write(list, index, classes[index], lists, dictionary) }
    }
    try lists.section("model", ZstdCompressor(level: 19).compress(model.bytes))
    var codec = Array(Self.codecName.utf8)
    codec += [UInt8](repeating: 0, count: 16 - codec.count)
    codec.appendLittleEndian(UInt32(ImpactKind.integers.rawValue))
    codec.appendLittleEndian(UInt32(totals.documentCount))
    try lists.section("codec", codec)
    try FileSystem.removeFile(spoolPath)
    return try PostingsWriter.commit([
      (PostingsWriter.postingsName, lists), (PostingsWriter.termsName, try dictionary.finish(totals)),
    ])
  }

  /// Lists in their order, some 2 million postings together, so that what is coded and not yet written is small.
  private func groups() -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var (start, postings) = (0, 0)
    for index in frequencies.indices {
      postings += Int(frequencies[index])
      guard postings >= 2 << 20 || index == frequencies.count - 1 else { continue }
      groups.append(start..<index + 1)
      (start, postings) = (index + 1, 0)
    }
    return groups
  }

  private struct CodedList: Sendable {
    var bytes: [UInt8]
    var maximum: Float
    var blocks: Int
  }

  /// Codes the lists of a group, 256 at a time on each processor.
  private func encode(
    _ group: Range<Int>, _ spool: ByteView, _ model: FittedModel, _ classes: [UInt8]
  ) -> [CodedList] {
    let (starts, frequencies) = (starts, frequencies)
    let parts = (group.count + 255) / 256
    return ConcurrentMap.map(parts) { part in
      let first = group.lowerBound + part * 256
      return (first..<min(first + 256, group.upperBound)).map { index in
        Self.coded(
          model.encode(
            spool, at: Int(starts[index]), frequency: Int(frequencies[index]), impactClass: classes[index]))
      }
    }.flatMap { $0 }
  }

  private static func coded(_ list: FittedModel.EncodedList) -> CodedList {
    let maximum = Float(list.maxima.max() ?? 0)
    guard list.lasts.count > 1, let shortest = list.lengths.min() else {
      return CodedList(bytes: list.bytes, maximum: maximum, blocks: list.lasts.count)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(list.bytes.count + 6 * list.lasts.count)
    VarintList.append(UInt64(shortest), to: &bytes)
    var last = UInt32.max
    for block in list.lasts.indices {
      VarintList.append(UInt64(list.lasts[block] &- last), to: &bytes)
      VarintList.append(UInt64(list.lengths[block] - shortest), to: &bytes)
      VarintList.append(UInt64(list.maxima[block] - 1), to: &bytes)
      last = list.lasts[block]
    }
    bytes += list.bytes
    return CodedList(bytes: bytes, maximum: maximum, blocks: list.lasts.count)
  }

  private func write(
    _ list: CodedList, _ index: Int, _ impactClass: UInt8, _ lists: EnvelopeWriter, _ dictionary: TermsWriter
  ) throws {
    guard list.bytes.count <= UInt32.max else {
      throw PostingsError.limit("a list of postings has at most 4 GiB; use more shards")
    }
    let isInline = list.blocks == 1 && list.bytes.count <= TermsWriter.inlineBytes
    let entry = TermEntry(
      ordinal: index, documentFrequency: Int(frequencies[index]), offset: totals.listBytes, length: list.bytes.count,
      firstBlock: 0, maxImpact: list.maximum, checksum: isInline ? 0 : CRC32C.checksum(list.bytes),
      blockCapacity: FittedModel.blockLength, impactClass: impactClass)
    try dictionary.append(Array(terms[index]), entry, kind: .integers, inline: isInline ? list.bytes : nil)
    guard !isInline else { return }
    try lists.append(list.bytes)
    totals.listBytes += list.bytes.count
  }
}
