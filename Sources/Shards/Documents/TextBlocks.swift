internal import Codecs
internal import Kernels

/// Cuts texts into blocks and compresses each; see `DocumentWriter` for the format.
struct TextBlocks {
  /// A block is closed before it would have more bytes than this; a larger text has one of its own.
  static let blockBytes = 1 << 14
  static let largestText = 1 << 30

  private let compressor: ZstdCompressor
  private let table: Spill
  private var lengths: [UInt8] = []
  private var texts: [UInt8] = []
  private var first = 0
  private var next = 0
  private(set) var blocks = 0
  /// Bytes of all texts before compression.
  private(set) var rawBytes = 0

  /// - Parameter table: takes the section `text.blocks`.
  init(table: Spill, dictionary: [UInt8], level: Int) {
    self.table = table
    compressor = ZstdCompressor(dictionary: dictionary, level: level)
  }

  /// Adds the next document's text; a full block goes to the open section of `writer`.
  mutating func append(_ text: ArraySlice<UInt8>, to writer: EnvelopeWriter) throws {
    guard text.count < Self.largestText else {
      throw DocumentError.tooLarge(document: next, detail: "its text has 1 GiB or more")
    }
    if next > first && lengths.count + texts.count + text.count > Self.blockBytes { try flush(to: writer) }
    Leb128.append(UInt64(text.count), to: &lengths)
    texts.append(contentsOf: text)
    rawBytes += text.count
    next += 1
  }

  /// Writes the block that is not full yet, and the end of the table.
  mutating func finish(to writer: EnvelopeWriter) throws {
    if next > first { try flush(to: writer) }
    try appendRow(rawLength: 0, offset: writer.sectionLength)
    try table.finish()
  }

  private mutating func flush(to writer: EnvelopeWriter) throws {
    let raw = lengths + texts
    try appendRow(rawLength: raw.count, offset: writer.sectionLength)
    try writer.append(compressor.compress(raw))
    lengths.removeAll(keepingCapacity: true)
    // One huge text must not keep its memory until the end.
    texts.removeAll(keepingCapacity: texts.capacity <= 1 << 20)
    first = next
    blocks += 1
  }

  private func appendRow(rawLength: Int, offset: Int) throws {
    var row: [UInt8] = []
    row.appendLittleEndian(UInt32(first))
    row.appendLittleEndian(UInt32(rawLength))
    row.appendLittleEndian(UInt64(offset))
    try table.append(row)
  }
}
