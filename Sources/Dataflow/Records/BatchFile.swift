package import Codecs
internal import Foundation
internal import Kernels

/// A batch on disk: the checkpoint of a map stage.
///
/// An `Envelope` of kind `chunk`. Section `schema` is JSON `{"type","rows","tokens","columns":[kind...]}`. Column i is
/// in section `<i>`; a column of strings has its lengths' running sums in `<i>.offsets`. Column sections are
/// `PackedBytes`, values little-endian. Section `row.names`, where there is one, has 16 bytes a row: see `RowReuse`.
/// Version history: 1.
package enum BatchFile {
  package static let kind = FileKind("chunk")

  private struct Schema: Codable {
    let type: String
    let rows: Int
    let tokens: Int
    let columns: [String]
  }

  /// Writes `batch` durably. Rejections are not in the file: they are in the checkpoint row.
  package static func write(_ batch: Batch, to path: String, attempt: Int) throws -> FileSeal {
    try write(batch, names: [], to: path, attempt: attempt)
  }

  static func write(_ batch: Batch, names: [RowName], to path: String, attempt: Int) throws -> FileSeal {
    let writer = try EnvelopeWriter(path: path, kind: kind, attempt: attempt)
    let schema = Schema(
      type: batch.type, rows: batch.rows, tokens: batch.tokens, columns: batch.columns.map(kindName))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try writer.section("schema", Array(encoder.encode(schema)))
    for (index, column) in batch.columns.enumerated() {
      if case .strings(let strings) = column {
        try writer.section("\(index).offsets", PackedBytes.packOffsets(strings))
      }
      try writer.section("\(index)", PackedBytes.pack(bytes(of: column)))
    }
    if !names.isEmpty {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(names.count * RowName.bytes)
      for name in names { name.append(to: &bytes) }
      try writer.section("row.names", bytes)
    }
    return try writer.commit()
  }

  /// The names of the rows; none where the file has none.
  static func names(_ path: String) throws -> [RowName] {
    let envelope = try Envelope(path: path, kind: kind, access: .positional)
    guard envelope.sections.contains(where: { $0.name == "row.names" }) else { return [] }
    let bytes = try envelope.verifiedSection("row.names").bytes
    return stride(from: 0, to: bytes.count - bytes.count % RowName.bytes, by: RowName.bytes).map {
      RowName(bytes[$0..<$0 + RowName.bytes])
    }
  }

  private static func kindName(_ column: Column) -> String {
    switch column {
    case .strings: "strings"
    case .integers: "u32"
    case .shorts: "u16"
    case .floats: "f32"
    case .bytes: "u8"
    }
  }

  private static func bytes(of column: Column) -> [UInt8] {
    var bytes: [UInt8] = []
    switch column {
    case .strings(let strings): return strings.data
    case .integers(let values): bytes.appendLittleEndian(contentsOf: values)
    case .shorts(let values): bytes.appendLittleEndian(contentsOf: values)
    case .floats(let values): bytes.appendLittleEndian(contentsOf: values)
    case .bytes(let values): return values
    }
    return bytes
  }

  /// Reads a whole batch and checks every checksum on the way. Throws `FormatError.corrupt`.
  package static func read(_ path: String) throws -> Batch {
    let envelope = try Envelope(path: path, kind: kind, access: .positional)
    do {
      let schema = try JSONDecoder().decode(Schema.self, from: Data(envelope.verifiedSection("schema").bytes))
      let columns = try schema.columns.enumerated().map { try column($1, $0, envelope) }
      return Batch(type: schema.type, rows: schema.rows, columns: columns, tokens: schema.tokens)
    } catch let error as DecodingError {
      throw FormatError.corrupt(path: path, detail: "its schema does not decode: \(error)")
    }
  }

  private static func column(_ kind: String, _ index: Int, _ envelope: Envelope) throws -> Column {
    let raw = ByteView(try read("\(index)", envelope))
    switch kind {
    case "strings":
      let offsets = ByteView(try read("\(index).offsets", envelope))
      guard
        let strings = ByteStrings(
          offsets: try offsets.array(of: UInt32.self, at: 0, count: offsets.count / 4), data: raw.bytes)
      else { throw FormatError.corrupt(path: envelope.path, detail: "column \(index) has offsets out of order") }
      return .strings(strings)
    case "u32": return .integers(try raw.array(of: UInt32.self, at: 0, count: raw.count / 4))
    case "u16": return .shorts(try raw.array(of: UInt16.self, at: 0, count: raw.count / 2))
    case "u8": return .bytes(raw.bytes)
    case "f32": return .floats(try raw.floats(at: 0, count: raw.count / 4))
    default: throw FormatError.corrupt(path: envelope.path, detail: "column \(index) has the unknown kind `\(kind)`")
    }
  }

  private static func read(_ name: String, _ envelope: Envelope) throws -> [UInt8] {
    do {
      return try PackedBytes.unpack(envelope.verifiedSection(name))
    } catch is PackedBytes.Corrupt {
      throw FormatError.corrupt(path: envelope.path, detail: "section `\(name)` does not decompress")
    }
  }
}
