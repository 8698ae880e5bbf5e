package import Codecs

/// Writes the inverted lists of a shard in one of the forms (see `PostingsForm`). One thread at a time.
///
/// Limits, checked: fewer than 2^32 - 1 documents; impacts are integers of 1...65535 or finite floats; a list has at
/// most 4 GiB.
package final class PostingsWriter: PostingSink {
  package static let termsName = "terms"
  static let postingsName = "postings"
  static let maximaName = "blockmax"

  /// A file of the shard and its seal, for the manifest.
  package struct WrittenFile: Sendable {
    package let name: String
    package let seal: FileSeal
  }

  private let writer: any ShardPostingsWriter

  /// Begins the files in `directory`, which exists. Throws `FileError` and, for too many documents,
  /// `PostingsError.limit`.
  package init(
    directory: String, documentCount: Int, impactKind: ImpactKind, form: PostingsForm = .fast, attempt: Int = 0
  ) throws {
    guard documentCount >= 0, documentCount < UInt32.max else {
      throw PostingsError.limit("a shard holds fewer than 2^32 - 1 documents, not \(documentCount); use more shards")
    }
    writer = try form.writer(
      directory: directory, documentCount: documentCount, impactKind: impactKind, attempt: attempt)
  }

  package func begin(term: [UInt8]) throws { try writer.begin(term: term) }

  package func append(documents: [UInt32], impacts: [Float], in range: Range<Int>) throws {
    try writer.append(documents: documents, impacts: impacts, in: range)
  }

  package func endTerm() throws { try writer.endTerm() }

  /// Makes the files appear, `terms` last.
  package func commit() throws -> [WrittenFile] { try writer.commit() }

  /// Makes the files of a shard appear, in this order.
  static func commit(_ files: [(name: String, writer: EnvelopeWriter)]) throws -> [WrittenFile] {
    let seals = try EnvelopeWriter.commit(files.map(\.writer))
    return zip(files, seals).map { WrittenFile(name: $0.name, seal: $1) }
  }
}

/// A version of the format.
protocol ShardPostingsWriter: PostingSink {
  func commit() throws -> [PostingsWriter.WrittenFile]
}
