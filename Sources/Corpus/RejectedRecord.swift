/// Why a record gave no document. The raw values are the words of the quarantine file and never change.
package enum RejectionReason: String, Codable, Sendable, CaseIterable {
  case invalidUTF8 = "invalid-utf8"
  case missingColumn = "missing-column"
  case extraColumn = "extra-column"
  case missingId = "missing-id"
  case emptyId = "empty-id"
  case duplicateId = "duplicate-id"
  case missingText = "missing-text"
  case wrongType = "wrong-type"
  case malformedJSON = "malformed-json"
  case malformedSGML = "malformed-sgml"
  case missingDocno = "missing-docno"
  case recordTooLong = "record-too-long"
}

/// A record that gave no document: one line of the quarantine file.
package struct RejectedRecord: Codable, Hashable, Sendable {
  package var reason: RejectionReason
  /// What is wrong and what to do about it, in words.
  package var detail: String
  /// The record's id if it was found, with U+FFFD for bytes that are not UTF-8.
  package var id: String?
  /// `CollectionFile.name`.
  package var file: String
  /// 1-based line of the record's first byte, in the uncompressed file.
  package var line: UInt64
  /// Of the record's first byte, in the uncompressed file.
  package var byteOffset: UInt64
  /// Bytes of the record, its line end included.
  package var length: UInt64
  /// Further records of the split with the same reason, for which this one stands.
  package var more = 0
  /// Records for which it stands.
  package var count: Int { 1 + more }

  /// Records of a split with the same reason that are told one by one. A collection whose every line is bad must not
  /// take more room than one that is good.
  package static let toldOfAReason = 100

  package init(
    reason: RejectionReason, detail: String, id: String?, file: String, line: UInt64, byteOffset: UInt64, length: UInt64
  ) {
    self.reason = reason
    self.detail = detail
    self.id = id
    self.file = file
    self.line = line
    self.byteOffset = byteOffset
    self.length = length
  }

  /// The same record when its split, unchanged, is found at another place.
  package func moved(from old: Split, to new: Split) -> RejectedRecord {
    var copy = self
    copy.file = new.name
    copy.line = new.firstLine + (line - old.firstLine)
    copy.byteOffset = new.offset + (byteOffset - old.offset)
    return copy
  }
}

/// What a format throws for one record; `DocumentBatch` adds the place.
package struct Rejection: Error, Equatable {
  let reason: RejectionReason
  let detail: String
  let id: [UInt8]?

  init(_ reason: RejectionReason, _ detail: String, id: [UInt8]? = nil) {
    self.reason = reason
    self.detail = detail
    self.id = id
  }
}
