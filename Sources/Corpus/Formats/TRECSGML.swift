internal import Kernels

/// TREC's SGML files: `<DOC>` ... `</DOC>`, the id in `<DOCNO>` or else in `<DOC id="...">`.
///
/// This is not XML: entities are undeclared, attributes may lack quotes, tags come in either case. What counts:
/// - the text is that of the `content-tags` elements in their order, one line feed between two; those among them that are
///   `title-tags` make the title, joined by a space;
/// - an element inside another content element is part of it; every other tag in it becomes a space, a comment nothing;
/// - `<` that starts no tag is itself, as is an entity that `SGMLEntities` does not know (noticed);
/// - white space at both ends of an element and of an id is removed, inside it stays;
/// - a record that is not UTF-8 is Latin-1 unless `invalid-utf8` says otherwise;
/// - patterns leave out `readme*` and what lies in folders `cr`, `dtd` and `dtds`, as Anserini does.
package struct TRECSGML: DocumentFormat {
  package static let name = "trec-sgml"
  package static let summary = "<DOC> with <DOCNO> and content tags (TREC disks, AQUAINT, Gigaword)"
  package static let invalidUTF8 = InvalidUTF8.latin1

  package let options: ReadOptions
  /// Lower case.
  private let contentTags: Set<[UInt8]>
  private let titleTags: Set<[UInt8]>
  private static let docTag = Array("doc".utf8)
  private static let docnoTag = Array("docno".utf8)

  package init(options: ReadOptions) {
    self.options = options
    contentTags = Set(options.contentTags.map { Array($0.lowercased().utf8) })
    titleTags = Set(options.titleTags.map { Array($0.lowercased().utf8) })
  }

  package func makeBorders() -> DocEndBorders { DocEndBorders() }

  package func leavesOut(_ relativePath: String) -> Bool {
    let parts = relativePath.lowercased().split(separator: "/")
    return parts.last?.hasPrefix("readme") ?? false || parts.dropLast().contains { ["cr", "dtd", "dtds"].contains($0) }
  }

  package func document(
    in bytes: [UInt8], _ range: Range<Int>, notices: inout Notices
  ) throws(Rejection) -> Document? {
    if bytes[range].allSatisfy(PythonSpace.isASCIISpace) { return nil }
    var record = RecordParts()
    var markup = SGMLMarkup(bytes, range)
    while let piece = markup.next() {
      try take(piece, bytes, &record, &notices)
    }
    return try finish(record, &notices)
  }

  /// What has been seen of a record.
  private struct RecordParts {
    var hasStarted = false
    var hasEnded = false
    var attributeId: [UInt8] = []
    var docno: [UInt8]?
    var titles: [[UInt8]] = []
    var texts: [[UInt8]] = []
    /// The element that is being read: its tag, how many of the same name are open, what it holds.
    var open: (tag: [UInt8], depth: Int, content: [UInt8])?
  }

  private func take(
    _ piece: SGMLMarkup.Piece, _ bytes: [UInt8], _ record: inout RecordParts, _ notices: inout Notices
  ) throws(Rejection) {
    switch piece {
    case .text(let range):
      guard record.open != nil else { return }
      let unknown = SGMLEntities.append(bytes, range, to: &record.open!.content)
      notices.add(.unknownEntity, unknown)
    case .start(let tag, let attributes):
      if tag == Self.docTag {
        try startDocument(&record, SGMLMarkup.attribute("id", in: bytes, attributes))
      } else {
        start(tag, &record)
      }
    case .end(let tag):
      if tag == Self.docTag { record.hasEnded = true }
      end(tag, &record)
    }
  }

  private func startDocument(_ record: inout RecordParts, _ id: [UInt8]) throws(Rejection) {
    if record.hasStarted {
      throw Rejection(.malformedSGML, "a <DOC> begins before the one before it has ended", id: record.docno)
    }
    record.hasStarted = true
    record.attributeId = id
  }

  private func start(_ tag: [UInt8], _ record: inout RecordParts) {
    guard record.hasStarted else { return }
    if record.open == nil {
      if tag == Self.docnoTag || contentTags.contains(tag) { record.open = (tag, 1, []) }
    } else {
      if record.open?.tag == tag { record.open?.depth += 1 }
      record.open?.content.append(0x20)
    }
  }

  private func end(_ tag: [UInt8], _ record: inout RecordParts) {
    guard let open = record.open else { return }
    let isDocumentEnd = tag == Self.docTag
    guard isDocumentEnd || (open.tag == tag && open.depth == 1) else {
      if open.tag == tag { record.open?.depth -= 1 }
      record.open?.content.append(0x20)
      return
    }
    record.open = nil
    let content = PythonSpace.strip(open.content)
    if tag == Self.docnoTag || (isDocumentEnd && open.tag == Self.docnoTag) {
      record.docno = record.docno ?? content
    } else if titleTags.contains(open.tag) {
      record.titles.append(content)
    } else {
      record.texts.append(content)
    }
  }

  private func finish(_ record: RecordParts, _ notices: inout Notices) throws(Rejection) -> Document? {
    guard record.hasStarted else { throw Rejection(.malformedSGML, "no <DOC> in this record") }
    guard record.hasEnded else {
      throw Rejection(.malformedSGML, "the file ends before </DOC>", id: record.docno)
    }
    let id = record.docno ?? record.attributeId
    guard !id.isEmpty else { throw Rejection(.missingDocno, "neither <DOCNO> nor <DOC id=\"...\">") }
    if record.titles.isEmpty && record.texts.isEmpty { notices.add(.noContentTag) }
    return Document(
      id: id, title: Array(record.titles.filter { !$0.isEmpty }.joined(separator: [0x20])),
      text: Array(record.texts.filter { !$0.isEmpty }.joined(separator: [0x0A])))
  }
}
