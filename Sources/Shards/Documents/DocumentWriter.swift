package import Codecs
internal import Kernels

/// Writes a shard's `documents` file: "here is a document's number, give me its id and its text; here is an id, give me
/// its number". Documents come one after the other in the shard's order; memory stays bounded.
///
/// ```
/// file        = Envelope of kind "documents", version 1, with these sections in this order; integers little-endian
/// texts       = frame*                       absent without stored text; one Zstandard frame a block, made with the
///                                            dictionary, with content size and checksum
///   frame     = length{n} text{n}            decompressed: LEB128 lengths of the block's n texts, then the texts;
///                                            at most 16 KiB, or one text
/// text.blocks = (first:u32 raw:u32 offset:u64)*   a row a block: its first document, its bytes when decompressed,
///                                            where its frame begins in `texts`; one more row: documents, 0,
///                                            end of texts. Absent without stored text
/// dictionary  = bytes                        a Zstandard dictionary, may be empty; absent without stored text
/// ids         = block*                       all ids in byte order, 16 a block, the last may have fewer; see `IDBlock`
/// id.blocks   = offset:u64{blocks + 1}       where each block begins in `ids`, and where `ids` ends
/// order       = document:u32{documents}      which document has the rank
/// ranks       = rank:u32{documents}          which rank a document's id has; the inverse of `order`
/// summary     = documents:u32 16:u32 textBlocks:u32 storesText:u32 idBytes:u64 textBytes:u64
/// ```
/// Ids are opaque bytes, one or more, different from each other, compared as unsigned bytes; texts are opaque bytes.
/// Document numbers and ranks begin with 0.
///
/// Example: the documents `b2`, `a10`, `b1` without text. `ids` is one block: 4 bytes of checksum, `3 "a10"`,
/// `0 2 "b1"`, `1 1 "2"`; `id.blocks` is 0, 15; `order` is 1, 2, 0; `ranks` is 2, 0, 1; `summary` is 3, 16, 0, 0, 7, 0.
///
/// Ids are stored once, in rank order, because neighbours share most of their bytes: the numbers below 10 million take
/// 4.1 bytes each with offsets and checksums, instead of 7 and an offset. A document's id is then one look into `ranks`
/// and one block. `order` and `ranks` check each other, so neither needs checksums of its own when a single document is
/// asked for.
///
/// Version history: 1.
package final class DocumentWriter {
  /// What a caller may choose; the memory changes no byte of the file.
  package struct Options: Sendable {
    /// Whether texts are kept. Without, `append` ignores them.
    package var storesText = true
    /// From `TextSample`; empty is fine.
    package var dictionary: [UInt8] = []
    /// Zstandard's level, 1...19. On MS MARCO's passages 6 takes three times as long as 3 for 5 % fewer bytes.
    package var level = 3
    /// Bytes for ids before they go to the spill folder, and for the rank table.
    package var memory = 64 << 20

    package init() {}
  }

  private let options: Options
  private let spillFolder: String
  private let prefix: String
  private let writer: EnvelopeWriter
  private let sorter: IDSorter
  private var texts: TextBlocks?
  private let textTable: Spill
  private var summary = DocumentFormat.Summary()

  /// - Parameters:
  ///   - path: the file to make.
  ///   - spillFolder: an existing folder for temporary files, which are gone when the writer is. Its names begin with
  ///     `spillPrefix`, so several writers can share it.
  package init(
    path: String, spillFolder: String, spillPrefix: String = "documents", attempt: Int = 0, options: Options = Options()
  ) throws {
    self.options = options
    self.spillFolder = spillFolder
    prefix = spillPrefix
    writer = try EnvelopeWriter(path: path, kind: DocumentFormat.kind, attempt: attempt)
    sorter = IDSorter(folder: spillFolder, name: "\(spillPrefix).ids", memory: options.memory)
    textTable = try Spill(path: "\(spillFolder)/\(spillPrefix).text.blocks")
    summary.storesText = options.storesText
    if options.storesText {
      texts = TextBlocks(table: textTable, dictionary: options.dictionary, level: options.level)
      try writer.begin(DocumentFormat.texts)
    }
  }

  /// Documents so far.
  package var count: Int { summary.documents }

  /// Adds the next document. Throws `DocumentError` for an empty id or too large a text, `FileError`.
  package func append(id: ArraySlice<UInt8>, text: ArraySlice<UInt8> = []) throws {
    guard !id.isEmpty else { throw DocumentError.emptyID(document: count) }
    guard id.count < TextBlocks.largestText else {
      throw DocumentError.tooLarge(document: count, detail: "its id has 1 GiB or more")
    }
    guard count < Int(UInt32.max) else {
      throw DocumentError.tooLarge(
        document: count, detail: "a shard has at most \(UInt32.max) documents; use more shards")
    }
    try texts?.append(text, to: writer)
    try sorter.add(id, number: UInt64(count))
    summary.idBytes += id.count
    summary.documents += 1
  }

  /// Adds the next document.
  package func append(id: [UInt8], text: [UInt8] = []) throws {
    try append(id: id[...], text: text[...])
  }

  /// Sorts the ids, writes the tables and makes the file appear under its name.
  /// Throws `DocumentError.duplicateID`, `FileError`.
  package func commit() throws -> FileSeal {
    try finishTexts()
    let order = try writeIDs()
    try writer.begin(DocumentFormat.order)
    try copy(order)
    try writer.begin(DocumentFormat.ranks)
    try RankTable.append(inverseOf: order, count: count, memory: options.memory, to: writer)
    try writer.section(DocumentFormat.summary, summary.encoded)
    return try writer.commit()
  }

  private func finishTexts() throws {
    guard var texts else { return }
    try texts.finish(to: writer)
    summary.textBlocks = texts.blocks
    summary.textBytes = texts.rawBytes
    self.texts = nil
    try writer.begin(DocumentFormat.textBlocks)
    try copy(textTable)
    try writer.section(DocumentFormat.dictionary, options.dictionary)
  }

  private func copy(_ spill: Spill) throws {
    try spill.forEachPiece(of: 1 << 16) { try writer.append($0) }
  }

  /// Writes `ids` and `id.blocks`; gives `order`.
  private func writeIDs() throws -> Spill {
    let order = try Spill(path: "\(spillFolder)/\(prefix).order")
    let blocks = try Spill(path: "\(spillFolder)/\(prefix).id.blocks")
    try writer.begin(DocumentFormat.ids)
    try drainIDs(order: order, blocks: blocks)
    try order.finish()
    try blocks.finish()
    try writer.begin(DocumentFormat.idBlocks)
    try copy(blocks)
    return order
  }

  private func drainIDs(order: Spill, blocks: Spill) throws {
    var encoder = IDBlock.Encoder()
    var last: (id: [UInt8], document: UInt64)?
    try blocks.append(UInt64(0))
    try sorter.drain { id, document in
      if let last, last.id == id {
        throw DocumentError.duplicateID(id: id, first: Int(last.document), second: Int(document))
      }
      last = (id, document)
      encoder.append(id)
      try order.append(UInt32(document))
      guard encoder.count == IDBlock.capacity else { return }
      try writer.append(encoder.finish())
      try blocks.append(UInt64(writer.sectionLength))
    }
    guard encoder.count > 0 else { return }
    try writer.append(encoder.finish())
    try blocks.append(UInt64(writer.sectionLength))
  }
}
