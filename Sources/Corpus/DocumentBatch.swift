internal import Kernels

/// What a split holds: documents in file order, the records that gave none, and what was met on the way.
package struct DocumentBatch: Sendable, Hashable {
  package var documents: [Document] = []
  /// (documents): where each one's record begins in the split, bytes.
  package var starts: [Int] = []
  package var rejected: [RejectedRecord] = []
  package var notices = Notices()

  package init() {}

  static func overlong(_ split: Split, limit: Int) -> DocumentBatch {
    var batch = DocumentBatch()
    batch.rejected.append(
      RejectedRecord(
        reason: .recordTooLong,
        detail: "a record of \(split.length) bytes; limits.record allows \(limit)"
          + " (is it the right format, and does the file have line ends?)",
        id: nil, file: split.name, line: split.firstLine, byteOffset: split.offset, length: split.length))
    return batch
  }
}

extension DocumentFormat {
  package func documents(in bytes: [UInt8], of split: Split) -> DocumentBatch {
    var reader = BatchReader(format: self, bytes: bytes, split: split)
    reader.readAll()
    return reader.batch
  }
}

/// An id to look up. Swift's own hash of an array goes byte by byte.
private struct IdKey: Hashable {
  private let id: [UInt8]
  private let hash: UInt64

  init(_ id: [UInt8]) {
    self.id = id
    var hash = RecordHash()
    hash.update(id, 0..<id.count)
    self.hash = hash.value
  }

  func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// The loop over a split's records, with everything that all formats share: byte order marks, encodings, empty and
/// duplicate ids, repairs, places.
private struct BatchReader<Format: DocumentFormat> {
  let format: Format
  let bytes: [UInt8]
  let split: Split
  var batch = DocumentBatch()
  /// Rejections so far by reason, and which of them stands for those that are not told one by one.
  private var told: [RejectionReason: Int] = [:]
  private var summaries: [RejectionReason: Int] = [:]
  /// Of each accepted id, where its record starts.
  private var starts: [IdKey: Int] = [:]
  private let isValidUTF8: Bool
  /// The last place whose line was asked for; lines are counted only when somebody asks.
  private var counted: (index: Int, line: UInt64)

  init(format: Format, bytes: [UInt8], split: Split) {
    self.format = format
    self.bytes = bytes
    self.split = split
    isValidUTF8 = UTF8Text.firstInvalid(bytes, 0..<bytes.count) == nil
    counted = (0, split.firstLine)
    starts.reserveCapacity(min(bytes.count / 256, 1 << 20))
  }

  mutating func readAll() {
    var borders = format.makeBorders()
    var start = 0
    while start < bytes.count {
      let end = borders.next(in: bytes, start..<bytes.count) ?? bytes.count
      read(start..<end)
      start = end
    }
    if let last = bytes.last, last != UInt8(ascii: "\n") { batch.notices.add(.missingLastNewline) }
    if ByteScan.first(0, in: bytes, 0..<bytes.count) != nil {
      batch.notices.add(.nulByte, ByteScan.count(0, in: bytes, 0..<bytes.count))
    }
  }

  private mutating func read(_ range: Range<Int>) {
    do throws(Rejection) {
      if let document = try document(in: withoutMark(range)) { try accept(document, range.lowerBound) }
    } catch {
      reject(error, range)
    }
  }

  /// U+FEFF goes wherever a record starts with it, not only at the file's start: files are concatenated with theirs.
  private mutating func withoutMark(_ range: Range<Int>) -> Range<Int> {
    guard range.count >= 3, bytes[range.lowerBound] == 0xEF, bytes[range.lowerBound + 1] == 0xBB,
      bytes[range.lowerBound + 2] == 0xBF
    else { return range }
    batch.notices.add(.byteOrderMark)
    return range.lowerBound + 3..<range.upperBound
  }

  private mutating func document(in range: Range<Int>) throws(Rejection) -> Document? {
    guard !isValidUTF8, let invalid = UTF8Text.firstInvalid(bytes, range) else {
      return try format.document(in: bytes, range, notices: &batch.notices)
    }
    switch format.options.invalidUTF8 ?? Format.invalidUTF8 {
    case .reject:
      throw Rejection(
        .invalidUTF8,
        "byte \(invalid - range.lowerBound + 1) of the record (0x\(String(bytes[invalid], radix: 16, uppercase: true)))"
          + " is not UTF-8; `invalid-utf8: replace` or `latin-1` reads it")
    case .replace:
      let (record, count) = UTF8Text.replacingInvalid(bytes, range)
      batch.notices.add(.replacement, count)
      let document = try format.document(in: record, 0..<record.count, notices: &batch.notices)
      if let id = document?.id, UTF8Text.hasReplacement(id) {
        throw Rejection(.invalidUTF8, "the id is not UTF-8, and an id is never changed", id: id)
      }
      return document
    case .latin1:
      let (record, count) = UTF8Text.fromLatin1(bytes, range)
      batch.notices.add(.latin1)
      batch.notices.add(.replacement, count)
      return try format.document(in: record, 0..<record.count, notices: &batch.notices)
    }
  }

  private mutating func accept(_ document: Document, _ start: Int) throws(Rejection) {
    var document = document
    guard !document.id.isEmpty else { throw Rejection(.emptyId, "the id is empty") }
    let key = IdKey(document.id)
    if let first = starts.updateValue(start, forKey: key) {
      starts[key] = first
      // The line is counted from the start of the split: not for each of a million.
      let isTold = told[.duplicateId, default: 0] <= RejectedRecord.toldOfAReason
      let place = isTold ? "line \(line(at: first, remember: false)) has this id already; the first one counts" : ""
      throw Rejection(.duplicateId, place, id: document.id)
    }
    if document.id.contains(where: PythonSpace.isASCIISpace) { batch.notices.add(.spaceInId) }
    if document.text.isEmpty { batch.notices.add(.emptyText) }
    if format.options.repair == .doubleEncoding {
      batch.notices.add(.repairedCharacter, DoubleEncoding.repair(&document.title))
      batch.notices.add(.repairedCharacter, DoubleEncoding.repair(&document.text))
    }
    batch.documents.append(document)
    batch.starts.append(start)
  }

  private mutating func reject(_ rejection: Rejection, _ range: Range<Int>) {
    let count = told[rejection.reason, default: 0]
    told[rejection.reason] = count + 1
    if count > RejectedRecord.toldOfAReason, let last = summaries[rejection.reason] {
      batch.rejected[last].more += 1
      batch.rejected[last].detail = "and \(batch.rejected[last].more) more of this chunk with this reason"
      return
    }
    if count == RejectedRecord.toldOfAReason { summaries[rejection.reason] = batch.rejected.count }
    batch.rejected.append(
      RejectedRecord(
        reason: rejection.reason, detail: rejection.detail,
        id: rejection.id.map { String(decoding: $0, as: UTF8.self) }, file: split.name,
        line: line(at: range.lowerBound, remember: true), byteOffset: split.offset + UInt64(range.lowerBound),
        length: UInt64(range.count)))
  }

  private mutating func line(at index: Int, remember: Bool) -> UInt64 {
    let from = index >= counted.index ? counted : (index: 0, line: split.firstLine)
    let line = from.line + UInt64(ByteScan.count(UInt8(ascii: "\n"), in: bytes, from.index..<index))
    if remember { counted = (index, line) }
    return line
  }
}
