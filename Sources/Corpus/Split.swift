package import Codecs

/// A run of whole records of one file: what one task reads. Its borders come from the content alone (`SplitCutter`).
package struct Split: Codable, Hashable, Sendable {
  /// Index in `DocumentCollection.files`.
  package var file: Int
  /// `CollectionFile.name`.
  package var name: String
  /// Position of its first byte in the uncompressed file; in a plain file, in the file.
  package var offset: UInt64
  /// Uncompressed bytes.
  package var length: UInt64
  /// 1-based line of its first byte.
  package var firstLine: UInt64
  /// SHA-256 of its uncompressed bytes.
  package var fingerprint: Fingerprint
  /// One record above `limits.record`, alone: it is never read, and gives one `record-too-long`.
  package var isOverlongRecord: Bool

  package init(
    file: Int, name: String, offset: UInt64, length: UInt64, firstLine: UInt64, fingerprint: Fingerprint,
    isOverlongRecord: Bool = false
  ) {
    self.file = file
    self.name = name
    self.offset = offset
    self.length = length
    self.firstLine = firstLine
    self.fingerprint = fingerprint
    self.isOverlongRecord = isOverlongRecord
  }
}
