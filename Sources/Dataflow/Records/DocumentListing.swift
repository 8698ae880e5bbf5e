package import Codecs
internal import Kernels

/// The documents of a chunk of a collection as digests: by which the next plan tells new, changed and deleted ones.
///
/// File: an `Envelope` of kind `listing`; section `documents` = (id:u64 content:16 bytes)*, the first 8 bytes of the id's
/// SHA-256 and the first 16 of the whole row's. Version history: 1.
package enum DocumentListing {
  static let kind = FileKind("listing")

  struct Entry: Hashable {
    let id: UInt64
    let content: RowName
  }

  /// What the listing of a source's chunk is called.
  package static func name(of chunk: Fingerprint) -> Fingerprint {
    var hasher = FingerprintHasher()
    hasher.field("documents")
    hasher.field(chunk)
    return hasher.finalize()
  }

  /// `nil` for records that do not say how they are laid out, or that have no texts as ids in front.
  static func entries(of batch: Batch, _ type: RecordType) -> [Entry]? {
    guard let layout = RowLayout(type), layout.fits(batch), case .strings(let ids)? = batch.columns.first,
      ids.count == batch.rows
    else { return nil }
    return zip(ids, layout.names(of: batch, salt: Fingerprint.of([]))).map { id, content in
      Entry(id: RowName(Fingerprint.of(id)).high, content: content)
    }
  }

  static func write(_ entries: [Entry], to path: String, attempt: Int) throws -> FileSeal {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entries.count * 24)
    for entry in entries {
      bytes.appendLittleEndian(entry.id)
      entry.content.append(to: &bytes)
    }
    let writer = try EnvelopeWriter(path: path, kind: kind, attempt: attempt)
    try writer.section("documents", bytes)
    return try writer.commit()
  }

  static func read(_ path: String) throws -> [Entry] {
    let section = try Envelope(path: path, kind: kind, access: .positional).verifiedSection("documents")
    let bytes = section.bytes
    return try stride(from: 0, to: bytes.count - bytes.count % 24, by: 24).map { start in
      Entry(id: try section.load(UInt64.self, at: start), content: RowName(bytes[(start + 8)..<(start + 24)]))
    }
  }
}
