package import Codecs
internal import Kernels

/// Writes a shard's product-quantized codes, what is held in memory to find candidates: in the order of its documents, or
/// list by list.
///
/// ```
/// file      = Envelope of kind "codes", version 1, with lists 2; integers little-endian
/// codes     = block*               32 entries a block, the last filled with zeros; whatever list they belong to
///   block   = part{parts}          more than 4 bits: code of entries 0...31, a byte each
///                                  up to 4 bits: 16 bytes, byte i = code of entry i | code of entry i + 16 << 4
/// summary   = documents:u32 parts:u32 bits:u32 (lists:u32 of version 2)
/// starts    = u32{lists + 1}       version 2: list l has the entries from the l-th number to below the next
/// documents = u32{documents}       version 2: the document of each entry; ascending in a list
/// ```
/// An entry is a document, number for number in version 1. Example, documents 0, 1, 2 in lists 1, 0, 1 of two: starts
/// 0 1 3, documents 1 0 2. Which vectors the codes stand for, and which lists are near to a query, is in the generation's
/// file `quantizer`. Version history: 1; 2, which is written where there are lists.
package final class CodeWriter {
  package static let kind = FileKind("codes", versions: 1...2)
  package static let fileName = "codes.pq"
  static let codes = "codes"
  static let summary = "summary"
  static let starts = "starts"
  static let documents = "documents"

  private let writer: EnvelopeWriter
  private let parts: Int
  private let bits: Int
  private let lists: CodeLists?
  private var count = 0
  private var block: [UInt8]

  package init(folder: String, parts: Int, bits: Int, lists: CodeLists? = nil, attempt: Int = 0) throws {
    precondition((1...8).contains(bits))
    self.parts = parts
    self.bits = bits
    self.lists = lists
    block = [UInt8](repeating: 0, count: CodeKernels.blockBytes(parts: parts, bits: bits))
    let kind = FileKind(Self.kind.name, versions: 1...(lists == nil ? 1 : 2))
    writer = try EnvelopeWriter(path: folder + "/" + Self.fileName, kind: kind, attempt: attempt)
    try writer.begin(Self.codes)
  }

  /// The next entry's codes: (parts).
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
    precondition(lists.map { $0.documents.count == count } ?? true)
    try writer.section(Self.summary, Self.bytes([count, parts, bits] + (lists.map { [$0.count] } ?? [])))
    if let lists {
      try writer.section(Self.starts, Self.bytes(lists.starts))
      try writer.section(Self.documents, Self.bytes(lists.documents))
    }
    return try writer.commit()
  }

  private static func bytes(_ values: [some BinaryInteger]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * values.count)
    for value in values { bytes.appendLittleEndian(UInt32(value)) }
    return bytes
  }
}
