internal import Codecs
internal import Dataflow
internal import Foundation
internal import Kernels
internal import Tokenizers

/// A tokenizer as a file of an index, so that queries need no model's folder for their tokens.
///
/// File `tokenizer-` + 12 digits of its digest: an `Envelope` of kind `tokenizer`; sections `options` (JSON with sorted
/// keys), `pieces.offsets`, `pieces` (`PackedBytes`; by id, empty where there is none). Version history: 1.
enum TokenizerFile {
  static let kind = FileKind("tokenizer")

  static func name(_ digest: String) -> String { "tokenizer-\(digest.prefix(12))" }

  static func attachment(_ tokenizer: WordPieceTokenizer, digest: Fingerprint) -> Attachment {
    Attachment(name: name(digest.description)) { try write(tokenizer, to: $0) }
  }

  static func write(_ tokenizer: WordPieceTokenizer, to path: String) throws -> FileSeal {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var options = tokenizer.options
    options.addedTokens = tokenizer.addedTokens
    options.template = tokenizer.template
    let pieces = ByteStrings((0..<Int32(tokenizer.vocabularySize)).map { tokenizer.token($0) ?? [] })
    let writer = try EnvelopeWriter(path: path, kind: kind, attempt: 0)
    try writer.section("options", Array(encoder.encode(options)))
    try writer.section("pieces.offsets", PackedBytes.packOffsets(pieces))
    try writer.section("pieces", PackedBytes.pack(pieces.data))
    return try writer.commit()
  }

  /// Throws `FormatError`, also when it is not the tokenizer with `digest`.
  static func read(_ path: String, digest: String) throws -> WordPieceTokenizer {
    let envelope = try Envelope(path: path, kind: kind, access: .positional)
    let tokenizer: WordPieceTokenizer
    do {
      let options = try JSONDecoder().decode(
        WordPieceOptions.self, from: Data(envelope.verifiedSection("options").bytes))
      let pieces = try PackedBytes.strings(
        offsets: envelope.verifiedSection("pieces.offsets"), data: envelope.verifiedSection("pieces"))
      let entries = pieces.indices.filter { !pieces[$0].isEmpty }.map { (bytes: Array(pieces[$0]), id: Int32($0)) }
      tokenizer = try WordPieceTokenizer(pieces: entries, options: options, file: path)
    } catch let error as FormatError {
      throw error
    } catch {
      throw FormatError.corrupt(path: path, detail: "it holds no tokenizer: \(error)")
    }
    guard Fingerprint.of(tokenizer.canonicalDescription).description == digest else {
      throw FormatError.corrupt(path: path, detail: "its tokenizer is not the one that the manifest names")
    }
    return tokenizer
  }
}
