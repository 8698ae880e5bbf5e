internal import Codecs
internal import Dataflow
internal import Kernels
internal import Shards

/// What one chunk contributes to an index: its sorted postings (see `RunWriter`), and in the same file its documents,
/// as the sections `ids.offsets`, `ids`, `texts.offsets`, `texts` (`PackedBytes`).
enum ShardContribution {
  static func write(_ postings: ChunkPostings, _ passages: Passages, to path: String, attempt: Int) throws -> FileSeal {
    try postings.writeRun(
      to: path, attempt: attempt,
      adding: [
        ("ids.offsets", PackedBytes.packOffsets(passages.ids)), ("ids", PackedBytes.pack(passages.ids.data)),
        ("texts.offsets", PackedBytes.packOffsets(passages.texts)), ("texts", PackedBytes.pack(passages.texts.data)),
      ])
  }

  static func ids(_ path: String) throws -> ByteStrings { try strings("ids", path) }

  static func passages(_ path: String) throws -> Passages {
    Passages(ids: try strings("ids", path), texts: try strings("texts", path))
  }

  private static func strings(_ name: String, _ path: String) throws -> ByteStrings {
    let envelope = try Envelope(path: path, access: .positional)
    do {
      return try PackedBytes.strings(
        offsets: envelope.verifiedSection("\(name).offsets"), data: envelope.verifiedSection(name))
    } catch is PackedBytes.Corrupt {
      throw FormatError.corrupt(path: path, detail: "section `\(name)` does not decompress")
    } catch is ByteView.OutOfBounds {
      throw FormatError.corrupt(path: path, detail: "section `\(name)` has a wrong length")
    }
  }
}
