package import Codecs
internal import Kernels

/// A product quantizer on disk.
///
/// ```
/// file      = Envelope of kind "quantizer", version 1, with lists 2; little-endian
/// summary   = dimension:u32 parts:u32 bits:u32 (lists:u32 of version 2)
/// rotation  = f32{dimension, dimension}             rows are the axes of the rotated space
/// codebooks = f32{parts, 2^bits, dimension / parts}
/// lists     = f32{lists, dimension}                 version 2: centroids of lists, not rotated, see `CoarseLists`
/// ```
/// Version history: 1; 2, which is written where there are lists.
extension ProductQuantizer {
  package static let kind = FileKind("quantizer", versions: 1...2)
  package static let fileName = "quantizer"

  package func write(to path: String, attempt: Int = 0) throws -> FileSeal {
    let kind = FileKind(Self.kind.name, versions: 1...(lists == nil ? 1 : 2))
    let writer = try EnvelopeWriter(path: path, kind: kind, attempt: attempt)
    var summary: [UInt8] = []
    for value in [shape.dimension, shape.parts, shape.bits] + (lists.map { [$0.count] } ?? []) {
      summary.appendLittleEndian(UInt32(value))
    }
    try writer.section("summary", summary)
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(contentsOf: rotation)
    try writer.section("rotation", bytes)
    bytes = []
    bytes.appendLittleEndian(contentsOf: codebooks)
    try writer.section("codebooks", bytes)
    if let lists {
      bytes = []
      bytes.appendLittleEndian(contentsOf: lists.centroids)
      try writer.section("lists", bytes)
    }
    return try writer.commit()
  }

  /// Throws `FileError`, `FormatError`.
  package init(path: String) throws {
    let envelope = try Envelope(path: path, kind: Self.kind, access: .positional)
    let summary = try envelope.verifiedSection("summary")
    let count = envelope.version == 1 ? 3 : 4
    let fields = summary.count == 4 * count ? try summary.array(of: UInt32.self, at: 0, count: count).map(Int.init) : []
    guard fields.count == count, fields[0] < 1 << 16,
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
      codebooks: try codebooks.floats(at: 0, count: codebooks.count / 4),
      lists: count == 3 ? nil : try Self.lists(envelope, fields[3], dimension: shape.dimension))
  }

  private static func lists(_ envelope: Envelope, _ count: Int, dimension: Int) throws -> CoarseLists {
    let centroids = try envelope.verifiedSection("lists")
    guard count > 0, centroids.count == count * dimension * 4 else {
      throw FormatError.corrupt(
        path: envelope.path, detail: "its lists do not have the length that its summary tells")
    }
    return CoarseLists(dimension: dimension, centroids: try centroids.floats(at: 0, count: count * dimension))
  }
}
