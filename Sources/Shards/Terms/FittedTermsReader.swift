internal import Codecs
internal import Kernels

/// The dictionary of version 3 (see `FittedTermsWriter` for the format).
struct FittedTermsReader: TermDictionary {
  let blocks: TermBlocks
  private let codes: TermCodes
  private let model: FittedModel

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

  /// The list begins with bit `offset % 8`.
  func inlineList(of entry: TermEntry, at offset: Int) throws -> ByteView {
    try asCorruption(of: blocks.path) {
      let rest = blocks.blocks.count - offset / 8
      return try blocks.blocks.slice(offset / 8, min(rest, FittedModel.mostShortBytes))
    }
  }

  func open(_ block: Int) throws -> FittedTermBlock {
    try FittedTermBlock(try blocks.open(block), codes: codes, model: model, totals: totals, path: blocks.path)
  }
}
