internal import Codecs
internal import Kernels
internal import Synchronization

/// A shard's `documents` file, mapped: id and text of a document, number and rank of an id. See `DocumentWriter` for
/// the format. Safe to use from several threads; `text(of:)` lets one of them in at a time, a `TextCursor` each does
/// not.
///
/// Whatever is read has been compared with a checksum or with a second copy: damaged bytes give `FormatError.corrupt`,
/// never another document's id or text, and never a crash.
package final class DocumentReader: Sendable {
  package let path: String
  private let summary: DocumentFormat.Summary
  private let envelope: Envelope
  private let ids: ByteView
  private let idBlocks: ByteView
  private let order: ByteView
  private let ranks: ByteView
  private let texts: ByteView
  private let textBlocks: ByteView
  private let dictionary: [UInt8]
  private let cursor = Mutex<TextCursor?>(nil)

  /// Opens a file and checks its small sections. Throws `FileError`, `FormatError`.
  package init(path: String) throws {
    self.path = path
    envelope = try Envelope(path: path, kind: DocumentFormat.kind)
    guard let summary = DocumentFormat.Summary(try envelope.verifiedSection(DocumentFormat.summary)) else {
      throw FormatError.corrupt(path: path, detail: "its summary is not one")
    }
    self.summary = summary
    ids = try envelope.section(DocumentFormat.ids)
    idBlocks = try envelope.section(DocumentFormat.idBlocks)
    order = try envelope.section(DocumentFormat.order)
    ranks = try envelope.section(DocumentFormat.ranks)
    let stored = summary.storesText
    texts = stored ? try envelope.section(DocumentFormat.texts) : ByteView([])
    textBlocks = stored ? try envelope.verifiedSection(DocumentFormat.textBlocks) : ByteView([])
    dictionary = stored ? try envelope.verifiedSection(DocumentFormat.dictionary).bytes : []
    try checkLengths()
  }

  private func checkLengths() throws {
    let rows = summary.storesText ? (summary.textBlocks + 1) * DocumentFormat.textRowBytes : 0
    guard idBlocks.count == (summary.idBlocks + 1) * 8, order.count == count * 4, ranks.count == count * 4,
      textBlocks.count == rows
    else { throw corrupt("its sections do not have the lengths that its summary tells") }
  }

  /// Documents.
  package var count: Int { summary.documents }
  /// Whether texts were stored.
  package var storesText: Bool { summary.storesText }
  /// Bytes of all ids as they were given.
  package var idBytes: Int { summary.idBytes }
  /// Bytes of all texts before compression.
  package var textBytes: Int { summary.textBytes }

  private func corrupt(_ detail: String) -> FormatError { .corrupt(path: path, detail: detail) }

  /// Runs what takes offsets from the file; one that leads out of it means that the file is damaged.
  private func checked<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as ByteView.OutOfBounds { throw corrupt("\(error)") }
  }

  /// The place of a document's id among all ids of the shard in byte order.
  /// Throws `FormatError.corrupt`, also for a number that no document has.
  package func rank(of document: Int) throws -> Int {
    try lookUp(document, in: ranks, inverse: order)
  }

  /// The document whose id has the rank.
  package func document(atRank rank: Int) throws -> Int {
    try lookUp(rank, in: order, inverse: ranks)
  }

  private func lookUp(_ index: Int, in table: ByteView, inverse: ByteView) throws -> Int {
    guard index >= 0, index < count else { throw corrupt("it has no document or rank \(index): it has \(count)") }
    return try checked {
      let result = Int(try table.uint32(at: index * 4))
      guard result < count, Int(try inverse.uint32(at: result * 4)) == index else {
        throw corrupt("its order of ids is damaged at \(index)")
      }
      return result
    }
  }

  /// The id of a document, as it was given.
  package func id(of document: Int) throws -> [UInt8] {
    let rank = try rank(of: document)
    var block = try decoder(rank / IDBlock.capacity)
    for _ in 0...(rank % IDBlock.capacity) {
      guard block.advance() else { throw corrupt("its ids are damaged at rank \(rank)") }
    }
    return block.id
  }

  /// A decoder of a block of ids whose checksum is right.
  private func decoder(_ number: Int) throws -> IDBlock.Decoder {
    let block = try checked {
      let start = try idBlocks.load(Int.self, at: number * 8)
      let length = try idBlocks.load(Int.self, at: number * 8 + 8).subtractingReportingOverflow(start)
      return try ids.slice(start, length.overflow ? -1 : length.partialValue)
    }
    guard let decoder = IDBlock.Decoder(block, number: number) else {
      throw corrupt("the checksum of block \(number) of its ids is wrong")
    }
    return decoder
  }

  /// The document with the id, or `nil`. O(log documents).
  package func number(of id: [UInt8]) throws -> Int? {
    guard let number = try lastBlock(notAbove: id) else { return nil }
    var block = try decoder(number)
    var rank = number * IDBlock.capacity
    while !block.isAtEnd {
      guard block.advance() else { throw corrupt("block \(number) of its ids is damaged") }
      if block.id == id { return try document(atRank: rank) }
      rank += 1
    }
    return nil
  }

  /// The last block whose first id is not above `id`.
  private func lastBlock(notAbove id: [UInt8]) throws -> Int? {
    var low = 0
    var high = summary.idBlocks
    while low < high {
      let middle = (low + high) / 2
      var block = try decoder(middle)
      guard block.advance() else { throw corrupt("block \(middle) of its ids is damaged") }
      if id.lexicographicallyPrecedes(block.id) { high = middle } else { low = middle + 1 }
    }
    return low == 0 ? nil : low - 1
  }

  /// Reads texts without waiting for other threads.
  package func textCursor() -> TextCursor {
    TextCursor(path: path, frames: texts, table: textBlocks, documents: count, dictionary: dictionary)
  }

  /// The text of a document; `nil` if the file stores no texts.
  package func text(of document: Int) throws -> [UInt8]? {
    guard storesText else { return nil }
    return try cursor.withLock { cursor in
      let reader = cursor ?? textCursor()
      cursor = reader
      return try reader.text(of: document)
    }
  }
}

extension DocumentReader {
  /// Checks every bit, and that the content is what a writer writes: ids ascending, `order` and `ranks` inverse to each
  /// other, texts complete. Throws `FormatError.corrupt` with the first problem.
  package func verify() throws {
    try envelope.verify()
    try verifyIDs()
    for document in 0..<count { _ = try rank(of: document) }
    guard storesText else { return }
    let cursor = textCursor()
    var bytes = 0
    for document in 0..<count { bytes += try cursor.length(of: document) }
    guard bytes == textBytes else { throw corrupt("its texts have \(bytes) bytes instead of \(textBytes)") }
  }

  private func verifyIDs() throws {
    var last: [UInt8] = []
    var (found, bytes) = (0, 0)
    for number in 0..<summary.idBlocks {
      var block = try decoder(number)
      while !block.isAtEnd {
        guard block.advance(), last.lexicographicallyPrecedes(block.id) else {
          throw corrupt("block \(number) of its ids is not in order")
        }
        last = block.id
        found += 1
        bytes += last.count
      }
    }
    guard found == count, bytes == idBytes else { throw corrupt("it has \(found) ids instead of \(count)") }
  }
}
