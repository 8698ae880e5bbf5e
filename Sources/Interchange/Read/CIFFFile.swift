package import Codecs
internal import Kernels

/// An index in CIFF (see `CIFFExport` for the format), read as documents: any range of them, each with its terms.
///
/// Opening reads the whole file once and checks it: lists and documents as many as told, document numbers ascending in a
/// list and below the number of documents, records in order. Fields that are not known are skipped.
///
/// Memory: the terms, 40 bytes a list, a place in long lists every 64 KiB and one in the records every 4,096. A range is one
/// more pass over the lists that reach into it, long ones from the last place before it. Safe from several threads.
package final class CIFFFile: Sendable {
  package static let name = "ciff"
  package static let summary = "an index in the Common Index File Format, plain or gzip"

  package let path: String
  package let documentCount: Int
  /// In the file's order.
  package let terms: ByteStrings
  package let postingCount: Int
  /// Bytes of the (unpacked) file.
  package var byteCount: Int { file.length }

  private let file: PositionalFile
  private let lists: [List]
  /// Where every 4,096th record begins.
  private let records: [Int]

  private static let placeBytes = 1 << 16
  private static let recordStep = 4096
  private static let maxTermBytes = 1 << 16

  private struct Place {
    let offset: Int
    /// The document before it; -1 before the first.
    let document: Int
  }

  private struct List {
    var end = 0
    var first = Int.max
    var last = -1
    /// The beginning, and places inside a long list.
    var places: [Place] = []
  }

  /// Opens a file; one that is packed by gzip is unpacked into `temporary`, which is removed at once. Throws `FileError`,
  /// `StreamError`, `InterchangeError`.
  package init(path: String, temporary: String) throws {
    self.path = path
    file = try Self.open(path, temporary)
    do {
      var bytes = ForwardBytes(file, at: 0, end: file.length)
      let header = try Self.header(&bytes)
      // A message has at least one byte, so neither count can be above what is left.
      guard header.lists <= file.length, header.documents <= file.length, header.documents <= Int(Int32.max) else {
        throw bytes.bad("its header tells \(header.lists) lists and \(header.documents) documents")
      }
      documentCount = header.documents
      var terms = ByteStrings()
      var lists: [List] = []
      var postings = 0
      for _ in 0..<header.lists {
        let (term, list, count) = try Self.list(&bytes, documents: header.documents)
        terms.append(term)
        lists.append(list)
        postings += count
      }
      self.terms = terms
      self.lists = lists
      postingCount = postings
      records = try Self.records(&bytes, count: header.documents)
      guard bytes.isAtEnd else { throw bytes.bad("more follows the last document") }
    } catch let error as ForwardBytes.Bad {
      throw InterchangeError(path: path, detail: "byte \(error.offset): \(error.detail)")
    }
    try checkTerms()
  }

  private static func open(_ path: String, _ temporary: String) throws -> PositionalFile {
    let input = try InputFile(path: path)
    let compression = try Compression.detected(in: input)
    guard compression != .none else { return try PositionalFile(path) }
    let stream = compression.stream(input)
    let output = try FileAppender(creating: temporary)
    defer { try? FileSystem.removeFile(temporary) }
    var block = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try stream.read(into: &block, at: 0)
      if count == 0 { break }
      try output.write(count == block.count ? block : Array(block[0..<count]))
    }
    return try PositionalFile(temporary)
  }

  private func checkTerms() throws {
    let order = (0..<terms.count).sorted { terms.precedes($0, $1) }
    for (left, right) in zip(order, order.dropFirst()) where terms[left] == terms[right] {
      throw InterchangeError(
        path: path, detail: "the term `\(String(decoding: terms[left].prefix(60), as: UTF8.self))` has two lists")
    }
  }

  // MARK: Messages

  private static func header(_ bytes: inout ForwardBytes) throws -> (lists: Int, documents: Int) {
    let end = try bytes.length() + bytes.offset
    var fields: [UInt64: UInt64] = [:]
    while bytes.offset < end {
      let tag = try bytes.varint()
      if tag & 7 == 0, tag >> 3 <= 6 { fields[tag >> 3] = try bytes.varint() } else { try bytes.skipField(tag & 7) }
    }
    guard bytes.offset == end else { throw bytes.bad("a field of the header leads out of it") }
    guard fields[1] == 1 else { throw bytes.bad("it is no CIFF of version 1") }
    guard let lists = Int(exactly: fields[2] ?? 0), let documents = Int(exactly: fields[3] ?? 0) else {
      throw bytes.bad("its header has an impossible count")
    }
    return (lists, documents)
  }

  private static func list(
    _ bytes: inout ForwardBytes, documents: Int
  ) throws -> (term: [UInt8], list: List, postings: Int) {
    var list = List()
    var term: [UInt8] = []
    var frequency: UInt64 = 0
    var count = 0
    let end = try bytes.length() + bytes.offset
    list.end = end
    list.places = [Place(offset: bytes.offset, document: -1)]
    while bytes.offset < end {
      let place = bytes.offset
      let tag = try bytes.varint()
      switch tag {
      case 1 << 3 | 2:
        let length = try bytes.length()
        guard length <= maxTermBytes else {
          throw bytes.bad("a term of \(length) bytes; at most \(maxTermBytes) are read")
        }
        term = try bytes.bytes(length)
      case 2 << 3: frequency = try bytes.varint()
      case 4 << 3 | 2:
        if place - (list.places.last?.offset ?? 0) >= placeBytes {
          list.places.append(Place(offset: place, document: list.last))
        }
        let posting = try Self.posting(&bytes)
        let document = (list.last < 0 ? 0 : list.last) + posting.gap
        guard document < documents, document > list.last else {
          throw bytes.bad("document \(document) follows \(list.last), of \(documents)")
        }
        list.first = min(list.first, document)
        list.last = document
        count += 1
      default: try bytes.skipField(tag & 7)
      }
    }
    guard bytes.offset == end else { throw bytes.bad("a field of a list leads out of it") }
    guard frequency == UInt64(count) else { throw bytes.bad("a list has \(count) postings and tells \(frequency)") }
    guard !term.isEmpty else { throw bytes.bad("a list has no term") }
    return (term, list, count)
  }

  private static func posting(_ bytes: inout ForwardBytes) throws -> (gap: Int, tf: Int) {
    let end = try bytes.length() + bytes.offset
    var gap: UInt64 = 0
    var tf: UInt64 = 0
    while bytes.offset < end {
      let tag = try bytes.varint()
      switch tag {
      case 1 << 3: gap = try bytes.varint()
      case 2 << 3: tf = try bytes.varint()
      default: try bytes.skipField(tag & 7)
      }
    }
    guard bytes.offset == end, gap <= UInt64(Int32.max), tf <= UInt64(Int32.max) else {
      throw bytes.bad("a posting is no posting")
    }
    return (Int(gap), Int(tf))
  }

  private static func records(_ bytes: inout ForwardBytes, count: Int) throws -> [Int] {
    var places: [Int] = []
    for document in 0..<count {
      if document % recordStep == 0 { places.append(bytes.offset) }
      _ = try record(&bytes, expected: document, keepsID: false)
    }
    return places
  }

  private static func record(_ bytes: inout ForwardBytes, expected: Int, keepsID: Bool) throws -> [UInt8] {
    let end = try bytes.length() + bytes.offset
    var number: UInt64 = 0
    var id: [UInt8] = []
    while bytes.offset < end {
      let tag = try bytes.varint()
      switch tag {
      case 1 << 3: number = try bytes.varint()
      case 2 << 3 | 2:
        let length = try bytes.length()
        guard length <= maxTermBytes else {
          throw bytes.bad("an id of \(length) bytes; at most \(maxTermBytes) are read")
        }
        if keepsID { id = try bytes.bytes(length) } else { try bytes.skip(length) }
      default: try bytes.skipField(tag & 7)
      }
    }
    guard bytes.offset == end else { throw bytes.bad("a field of a document leads out of it") }
    guard number == UInt64(expected) else { throw bytes.bad("document \(number) comes where \(expected) should") }
    return id
  }

  // MARK: Rows

  /// The documents of a range with their terms, in the order of terms in the file. A tf of 0 is no entry.
  package func rows(_ range: Range<Int>) throws -> VectorBatch {
    do {
      var columns: [[(term: UInt32, tf: UInt32)]] = .init(repeating: [], count: range.count)
      for (number, list) in lists.enumerated() where list.first < range.upperBound && list.last >= range.lowerBound {
        try forEachPosting(list, range) { document, tf in
          if tf > 0 { columns[document - range.lowerBound].append((UInt32(number), UInt32(tf))) }
        }
      }
      var builder = SparseRows()
      for (row, id) in try ids(range).enumerated() {
        guard !id.isEmpty else {
          builder.reject(row, at: 0, id, "empty-id", "document \(range.lowerBound + row) has no id")
          continue
        }
        builder.begin(id)
        for (term, tf) in columns[row] { builder.append(number: term, Float(tf)) }
      }
      return builder.finish { Array(terms[Int($0)]) }
    } catch let error as ForwardBytes.Bad {
      throw InterchangeError(path: path, detail: "byte \(error.offset): \(error.detail); it changed while it was read")
    }
  }

  private func forEachPosting(_ list: List, _ range: Range<Int>, _ body: (Int, Int) -> Void) throws {
    let place = list.places.last { $0.document < range.lowerBound } ?? list.places[0]
    var bytes = ForwardBytes(
      file, at: place.offset, end: list.end, blockBytes: min(1 << 16, max(256, list.end - place.offset)))
    var document = place.document
    while !bytes.isAtEnd {
      let tag = try bytes.varint()
      guard tag == 4 << 3 | 2 else {
        try bytes.skipField(tag & 7)
        continue
      }
      let posting = try Self.posting(&bytes)
      document = (document < 0 ? 0 : document) + posting.gap
      if document >= range.upperBound { return }
      if document >= range.lowerBound { body(document, posting.tf) }
    }
  }

  private func ids(_ range: Range<Int>) throws -> [[UInt8]] {
    guard !range.isEmpty else { return [] }
    let step = range.lowerBound / Self.recordStep
    var bytes = ForwardBytes(file, at: records[step], end: file.length)
    var ids: [[UInt8]] = []
    for document in step * Self.recordStep..<range.upperBound {
      let isWanted = document >= range.lowerBound
      let id = try Self.record(&bytes, expected: document, keepsID: isWanted)
      if isWanted { ids.append(id) }
    }
    return ids
  }
}
