package import Codecs
package import Dataflow

/// Texts with ids: what a collection is after it was read, and after it was cut into passages.
package struct Passages: Sendable {
  package static let type = RecordType("Passage", columns: ["ids", "texts"], layout: [.rows, .rows])

  /// (rows). Opaque bytes.
  package let ids: ByteStrings
  /// (rows). UTF-8.
  package let texts: ByteStrings

  package init(ids: ByteStrings, texts: ByteStrings) {
    precondition(ids.count == texts.count)
    self.ids = ids
    self.texts = texts
  }

  /// - Precondition: the batch is of this type, which the graph has checked.
  package init(_ batch: Batch) {
    guard case .strings(let ids) = batch.columns[0], case .strings(let texts) = batch.columns[1] else {
      preconditionFailure("a batch of \(batch.type) where passages were promised")
    }
    self.init(ids: ids, texts: texts)
  }

  package func batch(rejected: [Rejection] = [], notices: [String: Int] = [:]) -> Batch {
    Batch(
      Self.type, rows: ids.count, columns: [.strings(ids), .strings(texts)], rejected: rejected, notices: notices)
  }
}
