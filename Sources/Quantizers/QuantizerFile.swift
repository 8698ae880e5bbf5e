package import Codecs
internal import Kernels

/// A product quantizer on disk.
///
/// ```
/// file      = Envelope of kind "quantizer", version 1; little-endian
/// summary   = dimension:u32 parts:u32 bits:u32
/// rotation  = f32{dimension, dimension}             rows are the axes of the rotated space
/// codebooks = f32{parts, 2^bits, dimension / parts}
/// ```
/// Version history: 1.
extension ProductQuantizer {
  package static let kind = FileKind("quantizer")
  package static let fileName = "quantizer"

  package func write(to path: String, attempt: Int = 0) throws -> FileSeal {
    let writer = try EnvelopeWriter(path: path, kind: Self.kind, attempt: attempt)
    var summary: [UInt8] = []
    for value in [shape.dimension, shape.parts, shape.bits] { summary.appendLittleEndian(UInt32(value)) }
    try writer.section("summary", summary)
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(contentsOf: rotation)
    try writer.section("rotation", bytes)
    bytes = []
    bytes.appendLittleEndian(contentsOf: codebooks)
    try writer.section("codebooks", bytes)
    return try writer.commit()
  }

  /// Throws `FileError`, `FormatError`.
  package init(path: String) throws {
    let envelope = try Envelope(path: path, kind: Self.kind, access: .positional)
    let summary = try envelope.verifiedSection("summary")
    let fields = summary.count == 12 ? try summary.array(of: UInt32.self, at: 0, count: 3).map(Int.init) : []
    guard fields.count == 3, fields[0] < 1 << 16,
      let shape = Shape(dimension: fields[0], parts: fields[1], bits: fields[2])
    else { throw FormatError.corrupt(path: path, detail: "its summary is not one") }
    let rotation = try envelope.verifiedSection("rotation")
    let codebooks = try envelope.verifiedSection("codebooks")
    guard rotation.count == shape.dimension * shape.dimension * 4,
      codebooks.count == shape.clusters * shape.dimension * 4
    else {
      throw FormatError.corrupt(path: path, detail: "its sections do not have the lengths that its summary tells")
    }
    self.init(
      shape: shape, rotation: try rotation.floats(at: 0, count: rotation.count / 4),
      codebooks: try codebooks.floats(at: 0, count: codebooks.count / 4))
  }
}
