package import Codecs
internal import Kernels

/// What writer and reader of a `documents` file share; the format is described at `DocumentWriter`.
package enum DocumentFormat {
  package static let kind = FileKind("documents")
  /// The file's name in a shard.
  package static let fileName = "documents"

  static let texts = "texts"
  static let textBlocks = "text.blocks"
  static let dictionary = "dictionary"
  static let ids = "ids"
  static let idBlocks = "id.blocks"
  static let order = "order"
  static let ranks = "ranks"
  static let summary = "summary"

  static let textRowBytes = 16

  /// The section `summary`: 32 bytes.
  struct Summary: Equatable {
    static let bytes = 32

    var documents = 0
    var textBlocks = 0
    var idBytes = 0
    var textBytes = 0
    var storesText = false

    /// Blocks of the section `ids`.
    var idBlocks: Int { (documents + IDBlock.capacity - 1) / IDBlock.capacity }

    var encoded: [UInt8] {
      var bytes: [UInt8] = []
      bytes.appendLittleEndian(UInt32(documents))
      bytes.appendLittleEndian(UInt32(IDBlock.capacity))
      bytes.appendLittleEndian(UInt32(textBlocks))
      bytes.appendLittleEndian(UInt32(storesText ? 1 : 0))
      bytes.appendLittleEndian(UInt64(idBytes))
      bytes.appendLittleEndian(UInt64(textBytes))
      return bytes
    }

    /// `nil` for anything that no writer writes.
    init?(_ view: ByteView) {
      guard view.count == Self.bytes, let flags = try? view.load(UInt32.self, at: 12), flags <= 1,
        let capacity = try? view.load(UInt32.self, at: 4), capacity == IDBlock.capacity,
        let documents = try? view.load(UInt32.self, at: 0), let blocks = try? view.load(UInt32.self, at: 8),
        let idBytes = try? view.load(Int.self, at: 16), idBytes >= 0,
        let textBytes = try? view.load(Int.self, at: 24), textBytes >= 0
      else { return nil }
      self.documents = Int(documents)
      self.textBlocks = Int(blocks)
      self.idBytes = idBytes
      self.textBytes = textBytes
      storesText = flags == 1
    }

    init() {}
  }
}
