internal import Codecs
internal import Kernels

/// Reads stored texts, one thread at a time; keeps the last block, so that texts in document order are decompressed
/// once. Made by `DocumentReader.textCursor()`.
package final class TextCursor {
  private let path: String
  private let frames: ByteView
  private let table: ByteView
  private let documents: Int
  private let decompressor: ZstdDecompressor
  /// The documents of `block`, and where each text begins in it; one offset more than there are documents.
  private var loaded = 0..<0
  private var block: [UInt8] = []
  private var starts: [Int] = []

  init(path: String, frames: ByteView, table: ByteView, documents: Int, dictionary: [UInt8]) {
    self.path = path
    self.frames = frames
    self.table = table
    self.documents = documents
    decompressor = ZstdDecompressor(dictionary: dictionary)
  }

  /// The text of a document. Throws `FormatError.corrupt` for a damaged block or a number that no document has.
  package func text(of document: Int) throws -> [UInt8] {
    try load(document)
    let index = document - loaded.lowerBound
    return Array(block[starts[index]..<starts[index + 1]])
  }

  /// Bytes of a document's text.
  package func length(of document: Int) throws -> Int {
    try load(document)
    let index = document - loaded.lowerBound
    return starts[index + 1] - starts[index]
  }

  private func corrupt(_ detail: String) -> FormatError { .corrupt(path: path, detail: detail) }

  private func load(_ document: Int) throws {
    if loaded.contains(document) { return }
    guard (0..<documents).contains(document) else {
      throw corrupt("it has no document \(document): it has \(documents)")
    }
    do {
      try loadBlock(try blockNumber(of: document), holding: document)
    } catch let error as ByteView.OutOfBounds {
      throw corrupt("a text block is misplaced: \(error)")
    } catch let error as ZstdDecompressor.Corrupt {
      throw corrupt("the text block of document \(document): \(error)")
    }
  }

  /// The last block whose first document is not above `document`.
  private func blockNumber(of document: Int) throws -> Int {
    var low = 0
    var high = table.count / DocumentFormat.textRowBytes - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(try table.load(UInt32.self, at: middle * DocumentFormat.textRowBytes)) <= document {
        low = middle
      } else {
        high = middle
      }
    }
    return low
  }

  private func loadBlock(_ number: Int, holding document: Int) throws {
    let row = number * DocumentFormat.textRowBytes
    let first = Int(try table.load(UInt32.self, at: row))
    let end = Int(try table.load(UInt32.self, at: row + DocumentFormat.textRowBytes))
    let rawLength = Int(try table.load(UInt32.self, at: row + 4))
    let offset = try table.load(Int.self, at: row + 8)
    let length = try table.load(Int.self, at: row + DocumentFormat.textRowBytes + 8).subtractingReportingOverflow(
      offset)
    guard first <= document, document < end, !length.overflow else {
      throw corrupt("its table of text blocks is wrong")
    }
    let raw = try decompressor.decompress(try frames.slice(offset, length.partialValue), limit: rawLength)
    guard raw.count == rawLength, let starts = Self.starts(raw, count: end - first) else {
      throw corrupt("the text block of document \(document) has another content than its table says")
    }
    self.starts = starts
    block = raw
    loaded = first..<end
  }

  /// Where the `count` texts of a block begin, and where the last ends; `nil` if the lengths do not describe the block.
  private static func starts(_ block: [UInt8], count: Int) -> [Int]? {
    guard count <= block.count else { return nil }
    var position = 0
    var starts = [0]
    for _ in 0..<count {
      guard let length = Leb128.readCount(block, at: &position, limit: block.count) else { return nil }
      starts.append(starts[starts.count - 1] + length)
    }
    guard starts[count] == block.count - position else { return nil }
    return starts.map { $0 + position }
  }
}
