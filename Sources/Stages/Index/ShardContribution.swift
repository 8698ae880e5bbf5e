internal import Codecs
internal import Dataflow
internal import Kernels
internal import Shards

/// What one chunk contributes to an index, in one file: its sorted postings (see `RunWriter`), if there is a sparse
/// side, and sections that the parts add. Without postings, an `Envelope` of kind `contribution` with the sections.
///
/// Lists of strings are two sections, `<name>.offsets` and `<name>`, as `PackedBytes`.
struct ShardContribution {
  static let kind = FileKind("contribution")

  /// Of the chunk's passages.
  let ids: ByteStrings
  var postings: ChunkPostings?
  private var sections: [(name: String, bytes: [UInt8])] = []

  init(ids: ByteStrings) { self.ids = ids }

  mutating func add(_ name: String, _ bytes: [UInt8]) { sections.append((name, bytes)) }

  mutating func add(_ name: String, _ strings: ByteStrings) {
    add("\(name).offsets", PackedBytes.packOffsets(strings))
    add(name, PackedBytes.pack(strings.data))
  }

  /// Throws `Misaligned` unless `other` are the ids of the chunk's passages.
  func check(_ other: ByteStrings, port: String) throws {
    guard other == ids else { throw Misaligned(port: port) }
  }

  /// Two inputs do not have the same documents in the same order.
  struct Misaligned: ExitCoded, CustomStringConvertible {
    let port: String
    var exitCode: ExitCode { .configuration }
    var description: String {
      "`\(port)` and `documents` have different documents: both must come from the same passages"
    }
  }

  func write(to path: String, attempt: Int) throws -> FileSeal {
    if let postings { return try postings.writeRun(to: path, attempt: attempt, adding: sections) }
    let writer = try EnvelopeWriter(path: path, kind: Self.kind, attempt: attempt)
    for section in sections { try writer.section(section.name, section.bytes) }
    return try writer.commit()
  }
}

extension ShardContribution {
  /// Reads the sections of a contribution; each is checked against its checksum.
  struct Reader {
    let path: String
    private let envelope: Envelope

    init(_ path: String) throws {
      self.path = path
      envelope = try Envelope(path: path, access: .positional)
    }

    func section(_ name: String) throws -> ByteView { try envelope.verifiedSection(name) }

    func ids() throws -> ByteStrings { try strings("ids") }

    func passages() throws -> Passages { Passages(ids: try ids(), texts: try strings("texts")) }

    func strings(_ name: String) throws -> ByteStrings {
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
}
