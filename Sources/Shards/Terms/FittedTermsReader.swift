internal import Codecs
internal import Kernels

/// The dictionary of version 3 (see `FittedTermsWriter` for the format).
struct FittedTermsReader: TermDictionary {
  private let blocks: TermBlocks
  private let codes: TermCodes
  private let model: FittedModel

  var totals: PostingTotals { blocks.totals }

  /// `model` is that of the lists. Throws `FileError` and `FormatError`.
  init(path: String, model: FittedModel) throws {
    let envelope = try Envelope(path: path, kind: FileKind("terms", versions: 3...3))
    blocks = try TermBlocks(envelope, blockTerms: FittedTermsWriter.blockTerms)
    self.model = model
    guard let bytes = try? ZstdDecompressor().decompress(envelope.verifiedSection("codes"), limit: 1 << 16),
      let codes = TermCodes(bytes)
    else { throw FormatError.corrupt(path: path, detail: "its codes are of no terms") }
    self.codes = codes
  }

  func lookup(_ term: [UInt8]) throws -> TermEntry? {
    try asCorruption(of: blocks.path) {
      guard let found = try blocks.find(term) else { return nil }
      var block = try open(found)
      while try block.next() {
        if block.term == term { return try block.entry() }
        if !block.term.lexicographicallyPrecedes(term) { return nil }
      }
      return nil
    }
  }

  /// The list begins with bit `offset % 8`.
  func inlineList(of entry: TermEntry, at offset: Int) throws -> ByteView {
    try asCorruption(of: blocks.path) {
      let rest = blocks.blocks.count - offset / 8
      return try blocks.blocks.slice(offset / 8, min(rest, FittedModel.mostShortBytes))
    }
  }

  func terms() -> any TermSequence { Sequence(reader: self) }

  private func open(_ block: Int) throws -> FittedTermBlock {
    try FittedTermBlock(try blocks.open(block), codes: codes, model: model, totals: totals, path: blocks.path)
  }

  private struct Sequence: TermSequence {
    let reader: FittedTermsReader
    var nextBlock = 0
    var block: FittedTermBlock?

    mutating func next() throws -> (term: [UInt8], entry: TermEntry)? {
      try asCorruption(of: reader.blocks.path) {
        while true {
          if try block?.next() == true, let entry = try block?.entry(), let term = block?.term { return (term, entry) }
          guard nextBlock < reader.blocks.count else { return nil }
          block = try reader.open(nextBlock)
          nextBlock += 1
        }
      }
    }
  }
}
