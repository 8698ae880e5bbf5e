package import Codecs
internal import Kernels

/// Writes a shard's product-quantized codes, in the order of its documents: what is held in memory to find candidates.
///
/// ```
/// file    = Envelope of kind "codes", version 1; integers little-endian
/// codes   = block*                 32 documents a block, the last filled with zeros
///   block = part{parts}            more than 4 bits: code of documents 0...31, a byte each
///                                  up to 4 bits: 16 bytes, byte i = code of document i | code of document i + 16 << 4
/// summary = documents:u32 parts:u32 bits:u32
/// ```
/// Which vectors the codes stand for is in the generation's file `quantizer`. Version history: 1.
package final class CodeWriter {
  package static let kind = FileKind("codes")
  package static let fileName = "codes.pq"
  static let codes = "codes"
  static let summary = "summary"

  private let writer: EnvelopeWriter
  private let parts: Int
  private let bits: Int
  private var count = 0
  private var block: [UInt8]

  package init(folder: String, parts: Int, bits: Int, attempt: Int = 0) throws {
    precondition((1...8).contains(bits))
    self.parts = parts
    self.bits = bits
    block = [UInt8](repeating: 0, count: CodeKernels.blockBytes(parts: parts, bits: bits))
    writer = try EnvelopeWriter(path: folder + "/" + Self.fileName, kind: Self.kind, attempt: attempt)
    try writer.begin(Self.codes)
  }

  /// The next document's codes: (parts).
  package func append(_ codes: [UInt8]) throws {
    precondition(codes.count == parts)
    let place = count % CodeKernels.blockDocuments
    for part in 0..<parts {
      if bits > 4 {
        block[part * 32 + place] = codes[part]
      } else {
        block[part * 16 + place % 16] |= place < 16 ? codes[part] : codes[part] << 4
      }
    }
    count += 1
    if place == CodeKernels.blockDocuments - 1 { try flush() }
  }

  private func flush() throws {
    try writer.append(block)
    for index in block.indices { block[index] = 0 }
  }

  package func commit() throws -> FileSeal {
    if count % CodeKernels.blockDocuments > 0 { try flush() }
    var bytes: [UInt8] = []
    for value in [count, parts, bits] { bytes.appendLittleEndian(UInt32(value)) }
    try writer.section(Self.summary, bytes)
    return try writer.commit()
  }
}
