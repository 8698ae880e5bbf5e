package import Codecs
package import Dataflow
internal import Kernels

/// In which order the passages of a collection come into an index.
///
/// File: an `Envelope` of kind `order` with the section `places` = `PackedBytes` of a u32 for each passage, in collection
/// order: its place in the new order, each place once. Version history: 1.
package struct DocumentOrder: Artifact {
  static let kind = FileKind("order")

  /// (passages, those with an id that came before included).
  let places: [UInt32]

  package init(path: String) throws {
    let envelope = try Envelope(path: path, kind: Self.kind, access: .positional)
    do {
      let raw = ByteView(try PackedBytes.unpack(envelope.verifiedSection("places")))
      places = try raw.array(of: UInt32.self, at: 0, count: raw.count / 4)
    } catch is PackedBytes.Corrupt {
      throw FormatError.corrupt(path: path, detail: "it does not decompress")
    }
    var seen = [Bool](repeating: false, count: places.count)
    for place in places {
      guard Int(place) < seen.count, !seen[Int(place)] else {
        throw FormatError.corrupt(path: path, detail: "it is no order: place \(place) is taken twice or not there")
      }
      seen[Int(place)] = true
    }
  }

  static func write(_ places: [UInt32], to path: String, attempt: Int) throws -> FileSeal {
    var raw: [UInt8] = []
    raw.appendLittleEndian(contentsOf: places)
    let writer = try EnvelopeWriter(path: path, kind: kind, attempt: attempt)
    try writer.section("places", PackedBytes.pack(raw))
    return try writer.commit()
  }
}
