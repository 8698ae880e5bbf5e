package import Codecs
internal import Kernels

/// Writes a shard's forward index: "here is a document, give me its terms and their impacts". For feedback and for
/// scoring given documents.
///
/// ```
/// file     = Envelope of kind "forward", version 1; integers little-endian
/// records  = record{documents}
///   record = terms:varint gap:varint{terms} impact{terms} crc:u32
///                                              gap: the term's number less the one before, the first as it is;
///                                              impact: varint of a whole number, or f32; crc: CRC-32C of the rest
/// offsets  = u64{documents + 1}                where each record begins, and where they end
/// terms.offsets, terms                         the terms in byte order: term n has number n; `PackedBytes`
/// summary  = documents:u32 kind:u32            kind of impacts, see `ImpactKind`
/// ```
/// Example: a document with terms 3 and 7 of impacts 1 and 200 is `02 03 04 01 c8 01` and a checksum.
/// Version history: 1.
package final class ForwardWriter {
  package static let kind = FileKind("forward")
  package static let fileName = "forward"
  static let records = "records"
  static let offsets = "offsets"
  static let terms = "terms"
  static let summary = "summary"

  private let writer: EnvelopeWriter
  private let impactKind: ImpactKind
  private let vocabulary: ByteStrings
  private var offsets: [UInt8] = []
  private var count = 0

  /// - Parameter vocabulary: in byte order, no term twice.
  package init(folder: String, vocabulary: ByteStrings, impactKind: ImpactKind, attempt: Int = 0) throws {
    self.vocabulary = vocabulary
    self.impactKind = impactKind
    writer = try EnvelopeWriter(path: folder + "/" + Self.fileName, kind: Self.kind, attempt: attempt)
    try writer.begin(Self.records)
    offsets.appendLittleEndian(UInt64(0))
  }

  /// A document's record. `entries`: numbers of terms, each once, with their impacts, in any order.
  package static func record(_ entries: [(term: UInt32, impact: Float)], kind: ImpactKind) -> [UInt8] {
    let entries = entries.sorted { $0.term < $1.term }
    var record: [UInt8] = []
    VarintList.append(UInt64(entries.count), to: &record)
    var previous: UInt32 = 0
    for entry in entries {
      VarintList.append(UInt64(entry.term - previous), to: &record)
      previous = entry.term
    }
    for entry in entries {
      switch kind {
      case .integers: VarintList.append(UInt64(entry.impact), to: &record)
      case .floats: record.appendLittleEndian(entry.impact)
      }
    }
    record.appendLittleEndian(CRC32C.checksum(record))
    return record
  }

  package func append(record: [UInt8]) throws {
    try writer.append(record)
    offsets.appendLittleEndian(UInt64(writer.sectionLength))
    count += 1
  }

  package func commit() throws -> FileSeal {
    try writer.section(Self.offsets, offsets)
    try writer.section("\(Self.terms).offsets", PackedBytes.packOffsets(vocabulary))
    try writer.section(Self.terms, PackedBytes.pack(vocabulary.data))
    var summary: [UInt8] = []
    summary.appendLittleEndian(UInt32(count))
    summary.appendLittleEndian(UInt32(impactKind.rawValue))
    try writer.section(Self.summary, summary)
    return try writer.commit()
  }
}
